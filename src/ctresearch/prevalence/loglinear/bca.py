"""Bias-corrected and accelerated limits from bootstrap estimates.

References
----------
.. [1] DiCiccio, T. J. and Efron, B. (1996). Bootstrap confidence intervals. Statistical Science 11, 189-228.
   https://doi.org/10.1214/ss/1032280214
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

_CENTRAL = (0.15865525393145707, 0.8413447460685429)  # one standard deviation of a normal to either side
# Draws that repeat the table give the estimate but for rounding; half of them count as below it, as in a distribution
# with ties.
_SAME = 1e-9


def acceleration(left_out: Array, weights: Array) -> float:
    """Work out the acceleration from estimates with one person left out.

    Parameters
    ----------
    left_out : numpy.ndarray
        Estimate without one person of each cell, shape (C,).
    weights : numpy.ndarray
        People in each of those cells, shape (C,).

    Returns
    -------
    float
        The acceleration; 0 where leaving people out changes nothing, NaN where an estimate is missing.

    Examples
    --------
    >>> acceleration(np.array([9.0, 10.0, 14.0]), np.array([10, 5, 1])) < 0
    True
    """
    away = np.average(left_out, weights=weights) - left_out
    spread = np.sum(weights * away**2)
    if spread == 0:
        return 0.0
    return float(np.sum(weights * away**3) / (6 * spread**1.5))


def bca_limits(draws: Array, estimate: float, accel: float, level: float) -> tuple[float, float]:
    """Return the limits of the BCa interval; a draw that equals the estimate counts as half below it.

    Parameters
    ----------
    draws : numpy.ndarray
        Bootstrap estimates, NaN where a sample gave none; those are left out.
    estimate : float
        The estimate from the data.
    accel : float
        Acceleration.
    level : float
        Coverage as a proportion.

    Returns
    -------
    tuple of float
        Lower and upper limit; NaN where all draws lie on one side of the estimate, the acceleration is NaN or too
        large for the level, or there are fewer than ``2 / (1 - level)`` draws, so that a tail holds none.

    Examples
    --------
    >>> low, high = bca_limits(np.arange(1.0, 1001.0), 500.0, 0.0, 0.9)
    >>> round(low), round(high)
    (50, 950)
    """
    from scipy.special import ndtr, ndtri

    usable = draws[np.isfinite(draws)]
    same = np.abs(usable - estimate) <= _SAME * abs(estimate)
    below = np.mean(np.where(same, 0.5, usable < estimate)) if usable.size else 0.0
    if not 0 < below < 1 or np.isnan(accel) or usable.size * (1 - level) < 2:
        return np.nan, np.nan
    bias = ndtri(below)
    shifted = bias + ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    if (1 - accel * shifted <= 0).any():
        return np.nan, np.nan
    at = ndtr(bias + shifted / (1 - accel * shifted))
    low, high = np.quantile(usable, at, method="median_unbiased")
    return float(low), float(high)


def robust_spread(draws: Array) -> float:
    """Return half the width of the central 68.3 % of draws: the standard deviation, were they normal.

    A few bootstrap tables whose models run away dominate the standard deviation itself and say nothing of the rest.

    Parameters
    ----------
    draws : numpy.ndarray
        Bootstrap estimates, NaN where a sample gave none.

    Returns
    -------
    float
        In the unit of the draws; NaN for fewer than two.

    Examples
    --------
    >>> round(robust_spread(np.append(np.arange(1000.0), 1e9)))
    341
    """
    usable = draws[np.isfinite(draws)]
    if usable.size < 2:
        return float("nan")
    low, high = np.quantile(usable, _CENTRAL)
    return float(high - low) / 2
