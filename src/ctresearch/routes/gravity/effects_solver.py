"""Weighted least squares with many fixed effects that are never written out.

Effects are solved for on their normal equations, all columns at once, and what is left of each column is regressed as
usual: by conjugate gradients scaled by the diagonal, or directly where levels are few. Memory is four numbers a row and
effect, and six megabytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

_TOLERANCE = 1e-11  # of the residual of the normal equations: estimates then agree with fixest's to eight digits
_MOST_STEPS = 5_000
_FEW_LEVELS = 600  # up to which their equations are solved by Cholesky's method: it takes a few milliseconds then
_ADDED = 1e-7  # to the diagonal of scaled equations, which are singular where effects overlap; refining takes it out
_MOST_REFINED = 30


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Fixed effects of N rows as a matrix of noes and ones.

    ``design`` (N, all levels), the same turned ``across`` (all levels, N), ``sizes`` of each kind, and ``codes``, the
    level of each row, one array (N,) a kind.
    """

    design: csr_array
    across: csr_array
    sizes: tuple[int, ...]
    codes: tuple[Codes, ...]


def read_effects(codes: list[Codes]) -> Effects:
    """Set up fixed effects.

    Parameters
    ----------
    codes : list of numpy.ndarray
        One array a kind of effect, shape (rows,): the level of each row, from 0.

    Returns
    -------
    Effects
        All levels side by side.

    Examples
    --------
    >>> read_effects([np.array([0, 0, 1])]).design.toarray().tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """
    rows = len(codes[0]) if codes else 0
    sizes = tuple(int(one.max()) + 1 for one in codes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]) if codes else np.zeros(0)
    columns = np.column_stack([one + int(start) for one, start in zip(codes, starts, strict=True)])
    pointer = np.arange(0, rows * len(codes) + 1, len(codes))
    design = csr_array((np.ones(rows * len(codes)), columns.ravel(), pointer), shape=(rows, sum(sizes)))
    return Effects(design, design.T.tocsr(), sizes, tuple(codes))


def fitted_effects(
    columns: Floats, weights: Floats, effects: Effects, start: Floats | None = None, tolerance: float = _TOLERANCE
) -> Floats:
    """Return the coefficients of the effects in a weighted regression of each column on them.

    Parameters
    ----------
    columns : numpy.ndarray
        Shape (rows, K).
    weights : numpy.ndarray
        Shape (rows,), above 0, or 0 for rows that do not count.
    effects : Effects
        The effects.
    start : numpy.ndarray, optional
        Where to begin, shape (levels, K).
    tolerance : float
        Of the residual of the normal equations.

    Returns
    -------
    numpy.ndarray
        Shape (levels, K); one of the many solutions where effects overlap, which all fit the same.

    Raises
    ------
    FitError
        If it does not settle.

    Examples
    --------
    >>> effects = read_effects([np.array([0, 0, 1])])
    >>> fitted_effects(np.array([[1.0], [3.0], [5.0]]), np.ones(3), effects).round(6).ravel().tolist()
    [2.0, 5.0]
    """
    if 0 < sum(effects.sizes) <= _FEW_LEVELS:
        found = _refined(columns, weights, effects, start, tolerance)
        if found is not None:
            return found
    return _by_gradients(columns, weights, effects, start, tolerance)


def _refined(
    columns: Floats, weights: Floats, effects: Effects, start: Floats | None, tolerance: float
) -> Floats | None:
    """Solve for few levels by Cholesky's method, and again for what that leaves; None where it does not settle."""
    from scipy.linalg import cho_factor, cho_solve

    whole = _crossed(effects, weights)
    diagonal = np.diag(whole)
    root = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))[:, None]
    whole *= root * root.T
    whole[np.diag_indices_from(whole)] += _ADDED
    factor = cho_factor(whole, overwrite_a=True, check_finite=False)
    right = effects.across @ (weights[:, None] * columns)
    size = ((right * root) ** 2).sum(axis=0)
    size = np.where(size > 0, size, 1.0)
    x = np.zeros_like(right) if start is None else start.copy()
    for _ in range(_MOST_REFINED):
        residual = right - effects.across @ (weights[:, None] * (effects.design @ x))
        if (((residual * root) ** 2).sum(axis=0) <= tolerance**2 * size).all():
            return x
        x += root * cho_solve(factor, root * residual, check_finite=False)
    return None


def _crossed(effects: Effects, weights: Floats) -> Floats:
    """Return the normal equations of all levels, written out; counts take an eighth of the time of sparse arrays."""
    starts = np.concatenate([[0], np.cumsum(effects.sizes)])
    out = np.zeros((starts[-1], starts[-1]))
    for i, (one, n) in enumerate(zip(effects.codes, effects.sizes, strict=True)):
        rows = slice(starts[i], starts[i + 1])
        out[rows, rows][np.diag_indices(n)] = np.bincount(one, weights, n)
        for j in range(i):
            columns, m = slice(starts[j], starts[j + 1]), effects.sizes[j]
            block = np.bincount(one * m + effects.codes[j], weights, n * m).reshape(n, m)
            out[rows, columns], out[columns, rows] = block, block.T
    return out


def _by_gradients(columns: Floats, weights: Floats, effects: Effects, start: Floats | None, tolerance: float) -> Floats:
    """Solve by conjugate gradients."""
    design, across = effects.design, effects.across
    diagonal = across @ weights
    scale = 1 / np.where(diagonal > 0, diagonal, 1.0)[:, None]
    right = across @ (weights[:, None] * columns)
    x = np.zeros_like(right) if start is None else start.copy()
    residual = right - across @ (weights[:, None] * (design @ x))
    size = np.sqrt((right**2 * scale).sum(axis=0))
    size = np.where(size > 0, size, 1.0)
    step = scale * residual
    rho = (residual * step).sum(axis=0)
    for _ in range(_MOST_STEPS):
        if (np.sqrt(np.maximum(rho, 0.0)) <= tolerance * size).all():
            return x
        image = across @ (weights[:, None] * (design @ step))
        curve = (step * image).sum(axis=0)
        along = rho / np.where(curve > 0, curve, 1.0)
        x += along * step
        residual -= along * image
        scaled = scale * residual
        following = (residual * scaled).sum(axis=0)
        step = scaled + following / np.where(rho > 0, rho, 1.0) * step
        rho = following
    raise FitError(
        f"fixed effects did not settle in {_MOST_STEPS:,} steps, must do so: leave effects out, or places of few flows"
    )
