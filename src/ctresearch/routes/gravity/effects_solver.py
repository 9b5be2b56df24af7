"""Weighted least squares with many fixed effects that are never written out.

Effects are solved for by conjugate gradients on their normal equations, scaled by their diagonal, all columns at once;
what is left of each column is regressed as usual. Memory is three numbers a row and effect.
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


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Fixed effects of N rows as a matrix of noes and ones.

    ``design`` (N, all levels), the same turned ``across`` (all levels, N), and ``sizes`` of each kind.
    """

    design: csr_array
    across: csr_array
    sizes: tuple[int, ...]


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
    return Effects(design, design.T.tocsr(), sizes)


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
