"""How far people lost to follow-up can move an effect: bounds, with and without an assumption on who is lost.

References
----------
.. [1] Lee, D. S. (2009). Training, wages, and sample selection: estimating sharp bounds on treatment effects. Review of
   Economic Studies 76, 1071-1102. https://doi.org/10.1111/j.1467-937X.2009.00536.x
.. [2] Horowitz, J. L. and Manski, C. F. (2000). Nonparametric analysis of randomized experiments with missing covariate
   and outcome data. Journal of the American Statistical Association 95, 77-84.
   https://doi.org/10.1080/01621459.2000.10473902
.. [3] Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for partially identified parameters. Econometrica
   72, 1845-1857. https://doi.org/10.1111/j.1468-0262.2004.00555.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats


@dataclass(frozen=True, slots=True)
class Bounds:
    """The smallest and the largest effect that fit the data.

    Parameters
    ----------
    low, high : float
        The effects.

    Examples
    --------
    >>> Bounds(0.0, 1.0).high
    1.0
    """

    low: float
    high: float


def lee_bounds(outcome: Floats, treatment: Floats, seen: Floats) -> Bounds:
    """Bound the effect on people followed up in either arm, if the programme changes following up in one direction.

    The arm that is followed up more is trimmed at either end by the excess [1]_; a tie at the cut counts in part.

    Parameters
    ----------
    outcome, treatment, seen : numpy.ndarray
        Outcome (anything where lost), 0 or 1, and 1 for the followed up, shape (rows,) each.

    Returns
    -------
    Bounds
        NaN where an arm has nobody to compare.

    Examples
    --------
    >>> y, a = np.array([0.0, 1, 0, 1, 0, 1, 2, 3]), np.repeat([0.0, 1.0], 4)
    >>> lee_bounds(y, a, np.array([1.0, 1, 0, 0, 1, 1, 1, 1]))
    Bounds(low=0.0, high=2.0)
    """
    shares = [float(seen[treatment == arm].mean()) for arm in (0, 1)]
    values = [np.sort(outcome[(treatment == arm) & (seen == 1)]) for arm in (0, 1)]
    if min(len(v) for v in values) == 0:
        return Bounds(float("nan"), float("nan"))
    more = int(shares[1] > shares[0])
    kept = shares[1 - more] / shares[more]
    least, most = _end_mean(values[more], kept), -_end_mean(-values[more][::-1], kept)
    other = float(values[1 - more].mean())
    return Bounds(least - other, most - other) if more else Bounds(other - most, other - least)


def worst_case_bounds(outcome: Floats, treatment: Floats, seen: Floats, low: float, high: float) -> Bounds:
    """Bound the effect on everybody, if the lost had any outcome that there can be [2]_.

    Parameters
    ----------
    outcome, treatment, seen : numpy.ndarray
        Outcome (anything where lost), 0 or 1, and 1 for the followed up, shape (rows,) each.
    low, high : float
        Smallest and largest outcome there can be.

    Returns
    -------
    Bounds
        As wide as the sum of the shares lost, times the range.

    Examples
    --------
    >>> y, a = np.array([0.0, 1, 0, 1]), np.array([0.0, 0, 1, 1])
    >>> worst_case_bounds(y, a, np.array([1.0, 1, 1, 0]), 0.0, 1.0)
    Bounds(low=-0.5, high=0.0)
    """
    ends = [np.where(seen == 1, outcome, end) for end in (low, high)]
    least, most = ([float(e[treatment == arm].mean()) for arm in (0, 1)] for e in ends)
    return Bounds(least[1] - most[0], most[1] - least[0])


def limits_of_bounded(bounds: Bounds, errors: tuple[float, float], level: float) -> tuple[float, float]:
    """Return limits that hold the effect, not the whole of its bounds, as often as the level says [3]_.

    Parameters
    ----------
    bounds : Bounds
        Estimated.
    errors : tuple of float
        Standard errors of both.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of float
        Lower and upper limit.

    Examples
    --------
    >>> [round(v, 3) for v in limits_of_bounded(Bounds(0.0, 0.0), (1.0, 1.0), 0.95)]
    [-1.96, 1.96]
    >>> [round(v, 3) for v in limits_of_bounded(Bounds(0.0, 9.0), (1.0, 1.0), 0.95)]
    [-1.645, 10.645]
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    if not np.isfinite([bounds.low, bounds.high, *errors]).all():
        return float("nan"), float("nan")
    widest = max(errors)
    if widest == 0:
        return bounds.low, bounds.high
    width = max(bounds.high - bounds.low, 0.0) / widest
    two, one = float(ndtri((1 + level) / 2)), float(ndtri(level))
    critical = float(brentq(lambda c: ndtr(c + width) - ndtr(-c) - level, one - 1e-9, two + 1e-9))
    return bounds.low - critical * errors[0], bounds.high + critical * errors[1]


def _end_mean(ordered: Floats, share: float) -> float:
    """Return the mean of the first part of some ordered values; the value at the cut counts in part."""
    whole = share * len(ordered)
    weights = np.clip(whole - np.arange(len(ordered)), 0.0, 1.0)
    return float(weights @ ordered / weights.sum())
