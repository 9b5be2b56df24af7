"""Draws of a linear mixed model where its likelihood alone does not settle how much groups vary.

Standard deviations have half-Cauchy priors, correlations of slopes and intercepts a uniform one; fixed coefficients
and the logarithm of the residual variance are flat. Coefficients and deviations are integrated out, the few numbers
left are walked through, and then everything else is drawn exactly, given these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.mixed.likelihood import factor
from ctresearch.stats.mixed.metropolis import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.stats.mixed.terms import Products

    Floats = NDArray[np.float64]

CHAINS = 4
_AT_ONCE = 50  # candidates whose factors are held at a time


@dataclass(frozen=True, slots=True)
class MixedDraws:
    """Draws, chain after chain.

    Parameters
    ----------
    walked : numpy.ndarray
        Numbers that were walked through, shape (chains, draws, numbers): logarithms of standard deviations, and
        correlations by their inverse hyperbolic tangents.
    fixed : numpy.ndarray
        Shape (draws, fixed).
    deviations : tuple of numpy.ndarray
        For each term in the order of the products, shape (draws, levels, width).
    covariances : tuple of numpy.ndarray
        Shape (draws, width, width).
    residual : numpy.ndarray
        Residual variance, shape (draws,).
    """

    walked: Floats
    fixed: Floats
    deviations: tuple[Floats, ...]
    covariances: tuple[Floats, ...]
    residual: Floats


def sample_mixed(
    products: Products, scales: Sequence[Floats], random: np.random.Generator, *, known: bool, draws: int, thin: int
) -> MixedDraws:
    """Draw from the posterior.

    Parameters
    ----------
    products : Products
        Cross-products.
    scales : sequence of numpy.ndarray
        Scale of the half-Cauchy prior of each standard deviation, in units of the residual, shape (width,) a term.
    random : numpy.random.Generator
        The stream.
    known : bool
        Whether the variance of each row is known.
    draws, thin : int
        Draws kept of each of four chains, one in ``thin``.

    Returns
    -------
    MixedDraws
        4 times ``draws`` of everything.
    """
    free = products.rows - products.fixed

    def target(points: Floats) -> Floats:
        triangles, prior = _read(points, products.widths, scales)
        try:
            found = factor(products, triangles)
        except np.linalg.LinAlgError:
            return np.full(len(points), -np.inf)
        likely = -(found.log_random + found.log_fixed) / 2
        likely -= found.left / 2 if known else free / 2 * np.log(found.left)
        return np.asarray(np.where(np.isfinite(likely), prior + likely, -np.inf), dtype=np.float64)

    size = sum(width * (width + 1) // 2 for width in products.widths)
    start = _first(products.widths, scales, random, size)
    walked = walk(target, start, random, draws=draws, thin=thin).draws
    parts = [
        _given(products, _read(points, products.widths, scales)[0], random, known=known)
        for points in np.array_split(walked.reshape(-1, size), max(1, CHAINS * draws // _AT_ONCE))
    ]
    fixed, residual = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    held = range(len(products.widths))
    deviations = tuple(np.concatenate([part[2][i] for part in parts]) for i in held)
    covariances = tuple(np.concatenate([part[3][i] for part in parts]) for i in held)
    return MixedDraws(walked, fixed, deviations, covariances, residual)


def _first(widths: Sequence[int], scales: Sequence[Floats], random: np.random.Generator, size: int) -> Floats:
    """Return starting points far apart: standard deviations from a tenth of the prior's scale to three times it."""
    start, at = 0.3 * random.standard_normal((CHAINS, size)), 0
    for width, scale in zip(widths, scales, strict=True):
        start[:, at : at + width] = np.log(scale) + random.uniform(np.log(0.1), np.log(3), (CHAINS, width))
        at += width * (width + 1) // 2
    return start


def _read(points: Floats, widths: Sequence[int], scales: Sequence[Floats]) -> tuple[list[Floats], Floats]:
    """Return the triangles that points stand for, and the log density of their priors."""
    triangles, prior, at = [], np.zeros(len(points)), 0
    for width, scale in zip(widths, scales, strict=True):
        logs = points[:, at : at + width]
        prior += (logs - np.log1p(np.exp(2 * (logs - np.log(scale))))).sum(axis=1)
        at += width
        partial = np.tanh(points[:, at : at + width * (width - 1) // 2])
        at += partial.shape[1]
        lower, more = _correlations(partial, width)
        prior += more
        triangles.append(np.exp(logs)[:, :, None] * lower)
    return triangles, prior


def _correlations(partial: Floats, width: int) -> tuple[Floats, Floats]:
    """Return Cholesky factors of correlations from partial ones, and the log density under which all are alike."""
    lower, density, at = np.zeros((len(partial), width, width)), np.zeros(len(partial)), 0
    lower[:, 0, 0] = 1.0
    for i in range(1, width):
        left = np.ones(len(partial))
        for j in range(i):
            one = partial[:, at]
            lower[:, i, j] = one * np.sqrt(left)
            left = left * (1 - one**2)
            density += (1 + (width - 2 - j) / 2) * np.log1p(-np.minimum(one**2, 1 - 1e-15))
            at += 1
        lower[:, i, i] = np.sqrt(left)
    return lower, density


def _given(
    products: Products, triangles: Sequence[Floats], random: np.random.Generator, *, known: bool
) -> tuple[Floats, Floats, list[Floats], list[Floats]]:
    """Draw residual variance, coefficients and deviations, given triangles."""
    found = factor(products, triangles)
    many, rest = len(found.left), found.lower.shape[-1] - 1
    free = products.rows - products.fixed
    residual = np.ones(many) if known else found.left / random.chisquare(free, many)
    sigma = np.sqrt(residual)
    right = found.lower[:, -1, :-1] + sigma[:, None] * random.standard_normal((many, rest))
    turned = found.lower[:, :-1, :-1].transpose(0, 2, 1)
    places: Floats = np.asarray(np.linalg.solve(turned, right[..., None])[..., 0], dtype=np.float64)
    mean = found.inner @ (found.beside[..., -1:] - found.beside[..., :-1] @ places[:, None, :, None])
    noise = random.standard_normal(mean.shape) * sigma[:, None, None, None]
    own = (mean + np.linalg.cholesky(found.inner) @ noise)[..., 0]
    deviations, at = [own @ triangles[0].transpose(0, 2, 1)], 0
    for width, levels, t in zip(products.widths[1:], products.levels[1:], triangles[1:], strict=True):
        some = places[:, at : at + width * levels].reshape(many, levels, width)
        deviations.append(some @ t.transpose(0, 2, 1))
        at += width * levels
    covariances = [t @ t.transpose(0, 2, 1) * residual[:, None, None] for t in triangles]
    return places[:, at:], residual, deviations, covariances
