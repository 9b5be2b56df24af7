"""Concentration and evenness of shares whose counts are ranges, as bounds.

Each count may lie anywhere in its own range. The least concentrated shares pull all counts towards one value, which is
found by search; the most concentrated ones are bounded by the chords of ``x**2`` and ``x log x`` over each range, which
the ends of the ranges attain. The bounds hold for every choice of counts, and use no more than each range by itself.

References
----------
.. [1] Hill, M. O. (1973). Diversity and evenness: a unifying notation and its consequences. Ecology 54, 427-432.
   https://doi.org/10.2307/1934352
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_GRID, _ROUNDS = 40, 4  # the common value is looked for on a grid that closes in fourfold: to 1e-5 of the range


@dataclass(frozen=True, slots=True)
class ShareBounds:
    """Least and greatest concentration (sum of squared shares) and effective number (exponential of the entropy)."""

    concentration: tuple[float, float]
    effective: tuple[float, float]


def share_bounds(low: Floats, high: Floats) -> ShareBounds:
    """Bound the concentration and the effective number of counts that are ranges.

    Parameters
    ----------
    low, high : numpy.ndarray
        Shape (counts,): ends of each range, not below 0.

    Returns
    -------
    ShareBounds
        NaN where nobody may have been counted at all.

    Examples
    --------
    >>> found = share_bounds(np.array([10.0, 10.0]), np.array([10.0, 10.0]))
    >>> found.concentration, round(found.effective[0], 6)
    ((0.5, 0.5), 2.0)
    """
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    low, high = low[high > 0], high[high > 0]
    nan = float("nan")
    if low.sum() <= 0:
        return ShareBounds((nan, nan), (nan, nan))
    if (low == high).all():
        shares = low / low.sum()
        squared, even = float(shares @ shares), float(np.exp(-_x_log_x(shares).sum()))
        return ShareBounds((squared, squared), (even, even))
    least = _levelled(low, high, _concentration)
    most_even = -_levelled(low, high, lambda counts: -_entropy(counts))
    total, value = _breaks(*_chords(low, high, low**2, high**2), lambda constant, slope: -2 * constant / slope)
    greatest = float((value / total**2).max())
    total, value = _breaks(*_chords(low, high, _x_log_x(low), _x_log_x(high)), lambda constant, slope: -constant)
    least_even = float((np.log(total) - value / total).min())
    return ShareBounds((least, min(1.0, greatest)), (max(1.0, float(np.exp(least_even))), float(np.exp(most_even))))


def _x_log_x(x: Floats) -> Floats:
    """Return x log x, 0 at 0."""
    return np.where(x > 0, x * np.log(np.where(x > 0, x, 1.0)), 0.0)


def _levelled(low: Floats, high: Floats, value: Callable[[Floats], Floats]) -> float:
    """Minimise over ``clip(t, low, high)``, where the least concentrated counts lie, by t."""
    grid = np.unique(np.concatenate([low, high, np.linspace(low.min(), high.max(), _GRID)]))
    best = np.inf
    for _ in range(_ROUNDS):
        found = value(np.clip(grid[:, None], low, high))
        at = int(found.argmin())
        best = min(best, float(found[at]))
        grid = np.linspace(grid[max(at - 1, 0)], grid[min(at + 1, len(grid) - 1)], _GRID)
    return best


def _chords(low: Floats, high: Floats, at_low: Floats, at_high: Floats) -> tuple[Floats, Floats]:
    """Return totals and the greatest sum of a convex function along them, at their corners."""
    width = high - low
    wide = width > 0
    slope = (at_high[wide] - at_low[wide]) / width[wide]
    order = np.argsort(-slope, kind="stable")
    totals = low.sum() + np.concatenate([[0.0], np.cumsum(width[wide][order])])
    values = at_low.sum() + np.concatenate([[0.0], np.cumsum((slope * width[wide])[order])])
    return totals, values


def _breaks(totals: Floats, values: Floats, stationary: Callable[[Floats, Floats], Floats]) -> tuple[Floats, Floats]:
    """Return the corners, and the places between two of them where a share statistic is stationary."""
    totals, values = totals[totals > 0], values[totals > 0]
    slope = np.diff(values) / np.diff(totals)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = stationary(values[:-1] - slope * totals[:-1], slope)
    inside = (totals[:-1] < at) & (at < totals[1:])
    between = (values[:-1] + slope * (at - totals[:-1]))[inside]
    return np.concatenate([totals, at[inside]]), np.concatenate([values, between])


def _concentration(counts: Floats) -> Floats:
    """Return the sum of squared shares of each row."""
    return np.asarray((counts**2).sum(axis=1) / counts.sum(axis=1) ** 2, dtype=np.float64)


def _entropy(counts: Floats) -> Floats:
    """Return the entropy of the shares of each row."""
    total = counts.sum(axis=1)
    return np.asarray(np.log(total) - _x_log_x(counts).sum(axis=1) / total, dtype=np.float64)
