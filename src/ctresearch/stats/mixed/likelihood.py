"""The likelihood of a linear mixed model, given how much each random term varies.

Random terms are written as a triangle times independent standard normals, and these and the fixed coefficients are
taken out by one Cholesky factor, as Bates et al. (2015) do; here the levels of the largest term are taken out first,
each by itself. Every function takes several candidates at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.stats.mixed.terms import Products

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Factored:
    """The model with its random terms taken out, for several candidates.

    Parameters
    ----------
    inner : numpy.ndarray
        Inverse of the block of each level of the first term, shape (candidates, levels, width, width).
    beside : numpy.ndarray
        The first term with the rest, scaled, shape (candidates, levels, width, rest).
    lower : numpy.ndarray
        Cholesky factor of the rest, shape (candidates, rest, rest).
    log_random, log_fixed : numpy.ndarray
        Log determinants, shape (candidates,).
    left : numpy.ndarray
        Penalised sum of squares, shape (candidates,).
    """

    inner: Floats
    beside: Floats
    lower: Floats
    log_random: Floats
    log_fixed: Floats
    left: Floats


def factor(products: Products, triangles: Sequence[Floats]) -> Factored:
    """Take random terms and fixed coefficients out.

    Parameters
    ----------
    products : Products
        Cross-products.
    triangles : sequence of numpy.ndarray
        For each term in their order, shape (candidates, width, width): a lower triangle whose square is the covariance
        over that of the residual.

    Returns
    -------
    Factored
        Log determinants, the sum of squares, and what solves for coefficients.

    Raises
    ------
    numpy.linalg.LinAlgError
        If columns tell the same twice or nothing is left of the outcome.
    """
    first, many = triangles[0], triangles[0].shape[0]
    turned = first.transpose(0, 2, 1)[:, None]
    block = turned @ products.blocks[None] @ first[:, None] + np.eye(products.widths[0])
    beside = turned @ products.beside[None]
    rest = np.repeat(products.rest[None], many, axis=0)
    at = 0
    for width, levels, triangle in zip(products.widths[1:], products.levels[1:], triangles[1:], strict=True):
        here = slice(at, at + width * levels)
        beside[..., here] = _scaled(beside[..., here], triangle, levels)
        rest[:, :, here] = _scaled(rest[:, :, here], triangle, levels)
        rest[:, here, :] = _scaled(rest[:, here, :].transpose(0, 2, 1), triangle, levels).transpose(0, 2, 1)
        at += width * levels
    rest[:, np.arange(at), np.arange(at)] += 1.0
    inner: Floats = np.asarray(np.linalg.inv(block), dtype=np.float64)
    long = beside.reshape(many, -1, beside.shape[-1])
    rest -= long.transpose(0, 2, 1) @ (inner @ beside).reshape(long.shape)
    lower: Floats = np.asarray(np.linalg.cholesky(rest), dtype=np.float64)
    diagonal = np.log(np.diagonal(lower, axis1=1, axis2=2))
    log_random = np.linalg.slogdet(block)[1].sum(axis=1) + 2 * diagonal[:, :at].sum(axis=1)
    log_fixed = 2 * diagonal[:, at:-1].sum(axis=1)
    return Factored(inner, beside, lower, log_random, log_fixed, lower[:, -1, -1] ** 2)


def _scaled(columns: Floats, triangle: Floats, levels: int) -> Floats:
    """Multiply the columns of a term, level by level, by its triangle; shape (candidates, ..., levels * width)."""
    shape, width = columns.shape, triangle.shape[-1]
    flat = columns.reshape(shape[0], -1, width)
    return np.asarray((flat @ triangle).reshape(shape), dtype=np.float64) if levels else columns


def deviance(products: Products, triangles: Sequence[Floats], *, known: bool, restricted: bool = True) -> Floats:
    """Return minus twice the log likelihood.

    Parameters
    ----------
    products : Products
        Cross-products.
    triangles : sequence of numpy.ndarray
        As :func:`factor` takes them.
    known : bool
        Whether the variance of each row is one over its weight; else it is that times one number to be found.
    restricted : bool
        Whether coefficients are integrated out.

    Returns
    -------
    numpy.ndarray
        Shape (candidates,).
    """
    found = factor(products, triangles)
    free = products.rows - (products.fixed if restricted else 0)
    out = found.log_random - products.log_weights + (found.log_fixed if restricted else 0.0)
    if known:
        return np.asarray(out + found.left + free * np.log(2 * np.pi), dtype=np.float64)
    return np.asarray(out + free * (1 + np.log(2 * np.pi * found.left / free)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Solved:
    """Coefficients at given triangles, per unit of residual variance.

    Parameters
    ----------
    fixed : numpy.ndarray
        Shape (fixed,).
    covariance : numpy.ndarray
        Shape (fixed, fixed).
    deviations : tuple of numpy.ndarray
        For each term, in the order of the products: shape (levels, width).
    given : tuple of numpy.ndarray
        Covariance of these where fixed coefficients are known, shape (levels, width, width).
    whole : tuple of numpy.ndarray
        Covariance of these and the fixed coefficients, shape (levels, width + fixed, width + fixed).
    """

    fixed: Floats
    covariance: Floats
    deviations: tuple[Floats, ...]
    given: tuple[Floats, ...]
    whole: tuple[Floats, ...]


def solve(products: Products, triangles: Sequence[Floats]) -> Solved:
    """Return coefficients and what is not known of them.

    Parameters
    ----------
    products : Products
        Cross-products.
    triangles : sequence of numpy.ndarray
        One candidate: for each term, shape (width, width).

    Returns
    -------
    Solved
        Fixed coefficients, deviations of each level and covariances.
    """
    found = factor(products, [one[None] for one in triangles])
    p = products.fixed
    lower, inner, beside = found.lower[0], found.inner[0], found.beside[0]
    half = np.linalg.inv(lower[:-1, :-1])
    rest = half.T @ half
    random = len(rest) - p
    places = half.T @ lower[-1, :-1]
    half_random = np.linalg.inv(lower[:random, :random])
    rest_random = half_random.T @ half_random
    t0 = triangles[0]
    step = inner @ beside[..., :-1]
    deviations = [(inner @ beside[..., -1:] - step @ places[:, None])[..., 0] @ t0.T]
    onto = t0 @ step
    common = t0 @ inner @ t0.T
    met = -onto @ rest[:, random:]
    given = [common + onto[..., :random] @ rest_random @ onto[..., :random].transpose(0, 2, 1)]
    whole = [_joined(common + onto @ rest @ onto.transpose(0, 2, 1), met, rest[random:, random:])]
    at = 0
    for width, levels, t in zip(products.widths[1:], products.levels[1:], triangles[1:], strict=True):
        deviations.append(places[at : at + width * levels].reshape(levels, width) @ t.T)
        where = at + np.arange(levels * width).reshape(levels, width)
        one = t @ rest[where[:, :, None], where[:, None, :]] @ t.T
        given.append(t @ rest_random[where[:, :, None], where[:, None, :]] @ t.T)
        whole.append(_joined(one, t @ rest[where][:, :, random:], rest[random:, random:]))
        at += width * levels
    return Solved(places[random:], rest[random:, random:], tuple(deviations), tuple(given), tuple(whole))


def _joined(own: Floats, met: Floats, fixed: Floats) -> Floats:
    """Join covariances of deviations, of these with fixed coefficients, and of fixed ones; level by level."""
    width, p, levels = own.shape[-1], len(fixed), len(own)
    out = np.empty((levels, width + p, width + p))
    out[:, :width, :width], out[:, :width, width:] = own, met
    out[:, width:, :width], out[:, width:, width:] = met.transpose(0, 2, 1), fixed
    return out
