"""How well the date of a break is known, and tests of whether there is one.

The estimated date less the true one, in units of the squared size of the break over the variance before it, is
distributed as the place of the maximum of two Brownian motions that drift down on both sides of the truth. A motion of
drift ``-m`` and variance ``v`` reaches its maximum ``h`` first at time ``t`` with the density of a first passage, and
the maximum of the other side is exponential; the integral over ``h`` is in closed form, that over ``t`` numerical.

References
----------
.. [1] Bai, J. (1997). Estimation of a change point in multiple regression models. Review of Economics and Statistics
   79, 551-563. https://doi.org/10.1162/003465397557132
.. [2] Andrews, D. W. K. (1993). Tests for parameter instability and structural change with unknown change point.
   Econometrica 61, 821-856. https://doi.org/10.2307/2951764
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.routes.trends.segment_costs import Cost

    Floats = NDArray[np.float64]

_FARTHEST = 1e7


def _beyond(time: float, drift: float, variance: float, rate: float) -> float:
    """Return the density of the first passage, discounted at a rate in the height, over all heights."""
    from scipy.special import erfcx

    slope = drift + rate * variance
    x = slope * np.sqrt(time / variance)
    # exp(c^2 t / 2v) Q(x) is erfcx(x / sqrt 2) / 2, so nothing grows without end
    first = np.sqrt(variance / (2 * np.pi * time))
    return float(np.exp(-(drift**2) * time / (2 * variance)) * (first - slope * erfcx(x / np.sqrt(2)) / 2))


def _tail(at: float, own: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the chance that the maximum lies on one side, farther away than a time."""
    from scipy.integrate import quad

    drift, variance = own
    rate = 2 * other[0] / other[1]

    def density(root: float) -> float:  # by the square root of time, where nothing is singular
        time = root**2
        both = _beyond(time, drift, variance, 0.0) - _beyond(time, drift, variance, rate)
        return 2 * root * 2 * drift / variance * both

    end = np.sqrt(at) + 60 * np.sqrt(variance) / drift
    return float(quad(density, np.sqrt(max(at, 1e-12)), end, limit=400)[0])


@lru_cache(maxsize=4096)
def date_reach(level: float, ratio: float) -> tuple[float, float]:
    """Return how far the truth may lie before and after the estimated date, in units of the break.

    Parameters
    ----------
    level : float
        Coverage.
    ratio : float
        Variance after the break over that before it.

    Returns
    -------
    tuple of float
        Distances before and after, of equal chance to be passed.

    Examples
    --------
    >>> [round(one, 2) for one in date_reach(0.95, 1.0)]
    [11.03, 11.03]
    """
    from scipy.optimize import brentq

    left, right = (0.5, 1.0), (0.5, ratio)
    tail = (1 - level) / 2
    out = []
    for own, other in ((left, right), (right, left)):
        chance = _tail(0.0, own, other)
        out.append(
            0.0 if chance <= tail else float(brentq(lambda x, o=own, p=other: _tail(x, o, p) - tail, 0.0, _scale(own)))
        )
    # the estimate lies to the right of the truth as often as the truth lies to the left of the estimate
    return out[1], out[0]


def _scale(side: tuple[float, float]) -> float:
    """Return a time that hardly any maximum is later than."""
    return 400.0 * side[1] / side[0]


def date_limits(cut: int, means: tuple[float, float], variances: tuple[float, float], level: float) -> tuple[int, int]:
    """Return the limits of a date, as places counted from 1; they may lie outside the series.

    Parameters
    ----------
    cut : int
        Last place before the break.
    means, variances : tuple of float
        Before and after.
    level : float
        Coverage.

    Returns
    -------
    tuple of int
        First and last.

    Examples
    --------
    >>> date_limits(28, (1097.75, 849.97), (17200.0, 15600.0), 0.95)
    (25, 32)
    """
    size = (means[1] - means[0]) ** 2
    if size <= 0 or min(variances) <= 0:
        return (cut, cut) if size > 0 else (int(-_FARTHEST), int(_FARTHEST))
    before, after = date_reach(round(level, 6), float(f"{variances[1] / variances[0]:.4g}"))
    unit = variances[0] / size
    return cut - int(np.floor(before * unit)) - 1, cut + int(np.floor(after * unit)) + 1


def likelihood_limits(cost: Cost, edges: Sequence[int], least: int, dispersion: float, level: float) -> tuple[int, int]:
    """Return the first and the last date whose fit is hardly worse than the best.

    For a small break, twice the log likelihood that the true date falls short of the best is that of the larger of two
    exponential variables, one a side, whatever the size of the break; for a large one it is less, and limits hold more
    than they say.

    Parameters
    ----------
    cost : callable
        From starts and an end to the costs of these stretches.
    edges : sequence of int
        The break before, this one, and the break after: last places, counted from 1; 0 and the length at the ends.
    least : int
        Least length of a stretch.
    dispersion : float
        Variance over that of the likelihood.
    level : float
        Coverage.

    Returns
    -------
    tuple of int
        First and last.

    References
    ----------
    .. [1] Siegmund, D. (1987). Confidence sets in change-point problems. Technical report 2, Department of Statistics,
       Stanford University.

    Examples
    --------
    >>> from ctresearch.routes.trends.segment_costs import poisson_cost
    >>> counts = np.array([10.0, 12, 9, 11, 10, 20, 22, 19, 21, 20])
    >>> likelihood_limits(poisson_cost(counts), [0, 5, 10], 2, 1.0, 0.95)
    (4, 6)
    """
    before, cut, after = edges
    dates = np.arange(min(before + least, cut), max(after - least, cut) + 1)
    whole = cost(np.full(len(dates), before), dates) + cost(dates, after)
    near = dates[whole - whole.min() <= -2 * np.log1p(-np.sqrt(level)) * dispersion]
    return int(min(near.min(), cut)), int(max(near.max(), cut))


@dataclass(frozen=True, slots=True)
class BreakTests:
    """Supremum, average and exponential statistics of a break of the mean, and the p value of the supremum."""

    sup_f: float
    ave_f: float
    exp_f: float
    p_value: float


def break_tests(values: Floats, trim: float = 0.15) -> BreakTests:
    """Test whether the mean of a series breaks anywhere.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (times,).
    trim : float
        Share of the series at each end in which no break is looked for.

    Returns
    -------
    BreakTests
        NaN where the series does not vary.

    Examples
    --------
    >>> break_tests(np.repeat([0.0, 1.0], 20) + np.tile([0.0, 0.1], 20)).p_value < 0.001
    True
    """
    n = len(values)
    first = max(int(np.floor(trim * n)), 1)
    at = np.arange(first, n - first + 1)
    sums, squares = np.cumsum(values), float((values**2).sum())
    left, right = sums[at - 1], sums[-1] - sums[at - 1]
    apart = squares - left**2 / at - right**2 / (n - at)
    whole = squares - sums[-1] ** 2 / n
    if whole <= 0 or (apart <= 0).all():
        nan = float("nan")
        return BreakTests(nan, nan, nan, nan)
    f = (whole - apart) / (np.maximum(apart, 1e-300) / (n - 2))
    log_mean = float(np.log(np.mean(np.exp((f - f.max()) / 2))) + f.max() / 2)
    return BreakTests(float(f.max()), float(f.mean()), log_mean, _sup_f_tail(float(f.max()), trim))


def _sup_f_tail(statistic: float, trim: float) -> float:
    """Return how often a tied-down Bessel process exceeds a value between two ends, after DeLong's approximation."""
    ratio = np.log(((1 - trim) / trim) ** 2)
    density = np.sqrt(statistic / (2 * np.pi)) * np.exp(-statistic / 2)
    found = density * (ratio * (1 - 1 / statistic) + 2 / statistic) if statistic > 1 else 1.0
    return float(np.clip(found, 0.0, 1.0))
