"""A level that wanders and is seen with errors, fitted to many beginnings of one series at once.

The likelihood hangs on one number, the share of the variance of a step that is the level's own; that of a beginning is
a sum so far of the whole series, so that one pass of Kalman's filter over a grid of shares serves every beginning.

References
----------
.. [1] Durbin, J. and Koopman, S. J. (2012). Time Series Analysis by State Space Methods, 2nd edition. Oxford
   University Press. https://doi.org/10.1093/acprof:oso/9780199641178.001.0001
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_GRID, _ROUNDS = 201, 6  # points of each grid, and finer ones: the share is then right to 1e-12


def local_level(series: Floats, ends: Sequence[int], steps: int) -> tuple[Floats, Floats]:
    """Forecast from each of several ends.

    Parameters
    ----------
    series : numpy.ndarray
        Shape (times,).
    ends : sequence of int
        How many times each beginning has; at least three.
    steps : int
        How many times ahead.

    Returns
    -------
    tuple of numpy.ndarray
        Means and standard errors with parameters taken as known, shape (ends, steps) each.

    Examples
    --------
    >>> mean, error = local_level(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [6], 1)
    >>> float(mean[0, 0].round(6)), float(error[0, 0].round(6))
    (6.0, 1.0)
    """
    at = np.asarray(ends)
    share, width = np.full(len(at), 0.5), 0.5
    for _ in range(_ROUNDS):
        near = np.clip(share[:, None] + np.linspace(-width, width, _GRID), 0.0, 1.0)
        likelihood = _filtered(series, near, at)[0]
        share = np.take_along_axis(near, likelihood.argmax(axis=1)[:, None], axis=1)[:, 0]
        width /= _GRID / 4
    _, level, unsure, scale = (one[..., 0] for one in _filtered(series, share[:, None], at))
    ahead = np.arange(1, steps + 1)
    variance = scale[:, None] * (unsure[:, None] + ahead * share[:, None] + (1 - share[:, None]))
    return np.repeat(level[:, None], steps, axis=1), np.sqrt(np.maximum(variance, 1e-12))


def _filtered(series: Floats, share: Floats, ends: NDArray[np.int64]) -> tuple[Floats, Floats, Floats, Floats]:
    """Return log likelihood, level, its variance and the scale of each beginning and share, (ends, shares)."""
    level, unsure = np.full(share.shape, series[0]), 1 - share
    squares, logs = np.zeros(share.shape), np.zeros(share.shape)
    out = np.empty((4, *share.shape))
    for t, value in enumerate(series[1 : ends.max()], start=1):
        before = unsure + share
        spread = before + 1 - share
        error = value - level
        level = level + before / spread * error
        unsure = before * (1 - before / spread)
        squares += error**2 / spread
        logs += np.log(spread)
        rows = ends == t + 1
        if rows.any():
            scale = np.maximum(squares[rows] / t, 1e-300)
            out[:, rows] = np.stack([-(t * np.log(scale) + logs[rows]) / 2, level[rows], unsure[rows], scale])
    return out[0], out[1], out[2], out[3]
