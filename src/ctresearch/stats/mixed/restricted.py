"""Where the restricted likelihood of a linear mixed model is greatest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.stats.mixed.likelihood import deviance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from ctresearch.stats.mixed.terms import Products

    Floats = NDArray[np.float64]

_EDGE = 1e-4
"""A standard deviation so small beside that of the residual is none: lme4 calls a fit singular at the same figure."""
_STEP = 1e-4  # of central differences: the cube root of rounding times the curvature of a deviance
_SOLVED = 1e-3  # slope of the deviance, in units of its own curvature, at which a maximum has been found
_STARTS = (1.0, 0.1, 5.0)


@dataclass(frozen=True, slots=True)
class Maximum:
    """Where the search ended.

    Parameters
    ----------
    triangles : tuple of numpy.ndarray
        For each term in the order of the products, shape (width, width).
    deviance : float
        Minus twice the log likelihood.
    converged : bool
        Whether it is a maximum, as slope and curvature say.
    edge : bool
        Whether it lies where a standard deviation is 0 or a correlation is one.
    """

    triangles: tuple[Floats, ...]
    deviance: float
    converged: bool
    edge: bool


def maximise(products: Products, *, known: bool, restricted: bool = True) -> Maximum:
    """Search for the triangles under which the outcome is likeliest.

    Parameters
    ----------
    products : Products
        Cross-products.
    known : bool
        Whether the variance of each row is known.
    restricted : bool
        Whether to restrict the likelihood.

    Returns
    -------
    Maximum
        Polished by Newton's steps away from the edge.
    """
    from scipy.optimize import minimize

    def one(theta: Floats) -> float:
        try:
            return float(
                deviance(products, unpack(theta[None], products.widths), known=known, restricted=restricted)[0]
            )
        except np.linalg.LinAlgError:
            return 1e10

    at = _diagonal(products.widths)
    bounds = [(0.0 if diagonal else None, None) for diagonal in at]
    best: Any = None
    for start in sorted((start * at for start in _STARTS), key=one)[:2]:
        found = minimize(one, start, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14, "gtol": 1e-7})
        if best is None or found.fun < best.fun - 1e-9:
            best = found
    theta, solved = _polish(one, np.asarray(best.x, dtype=np.float64), at.astype(bool))
    triangles = tuple(part[0] for part in unpack(theta[None], products.widths))
    edge = any(float(np.abs(np.diag(part)).min()) < _EDGE for part in triangles)
    return Maximum(triangles, one(theta), solved, edge)


def unpack(theta: Floats, widths: Sequence[int]) -> list[Floats]:
    """Return the lower triangles that a row of numbers stands for.

    Parameters
    ----------
    theta : numpy.ndarray
        Shape (candidates, numbers): row by row of each triangle.
    widths : sequence of int
        Of each term.

    Returns
    -------
    list of numpy.ndarray
        Shape (candidates, width, width) each.
    """
    out, at = [], 0
    for width in widths:
        triangle = np.zeros((len(theta), width, width))
        rows, columns = np.tril_indices(width)
        triangle[:, rows, columns] = theta[:, at : at + len(rows)]
        out.append(triangle)
        at += len(rows)
    return out


def _diagonal(widths: Sequence[int]) -> Floats:
    """Return 1 for numbers on the diagonal of a triangle and 0 below it."""
    return np.concatenate([np.equal(*np.tril_indices(width)).astype(np.float64) for width in widths])


def _polish(one: Callable[[Floats], float], theta: Floats, diagonal: NDArray[np.bool_]) -> tuple[Floats, bool]:
    """Take Newton's steps in the numbers that are off the edge, and say whether a maximum is there."""
    free = np.flatnonzero(~(diagonal & (theta < _EDGE)))
    solved = len(free) == 0
    for _ in range(6):
        if solved:
            break
        slope, curve = _slopes(one, theta, free)
        try:
            np.linalg.cholesky(curve)
        except np.linalg.LinAlgError:
            return theta, False
        step = np.linalg.solve(curve, slope)
        solved = bool(slope @ step < _SOLVED**2 and np.abs(step).max() < 1e-6 * max(1.0, float(np.abs(theta).max())))
        new = theta.copy()
        new[free] -= step
        if (diagonal & (new < 0)).any() or one(new) > one(theta) + 1e-8:
            return theta, bool(slope @ step < _SOLVED**2)
        theta = new
    return theta, solved or bool(slope @ step < _SOLVED**2)


def _slopes(one: Callable[[Floats], float], theta: Floats, free: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Return slope and curvature by central differences."""
    size = len(free)
    steps = np.zeros((size, len(theta)))
    steps[np.arange(size), free] = _STEP * np.maximum(1.0, np.abs(theta[free]))
    here = one(theta)
    up, down = (np.array([one(theta + sign * step) for step in steps]) for sign in (1, -1))
    widths = steps[np.arange(size), free]
    slope, curve = (up - down) / (2 * widths), np.diag((up - 2 * here + down) / widths**2)
    for i in range(size):
        for j in range(i):
            mixed = sum(s * t * one(theta + s * steps[i] + t * steps[j]) for s in (1, -1) for t in (1, -1))
            curve[i, j] = curve[j, i] = mixed / (4 * widths[i] * widths[j])
    return slope, curve
