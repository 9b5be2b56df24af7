"""How well a method did over simulated populations: bias, coverage and length, each with its Monte Carlo error.

References
----------
.. [1] Morris, T. P., White, I. R. and Crowther, M. J. (2019). Using simulation studies to evaluate statistical
   methods. Statistics in Medicine 38, 2074-2102. https://doi.org/10.1002/sim.8086
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class Performance:
    """What a method did over R populations of one size; numbers end in ``_se``, their Monte Carlo errors.

    ``bias`` and ``median_bias`` are shares of the population. ``coverage`` is among the
    ``with_interval`` populations that have an interval; ``below`` and ``above`` count intervals wholly below and above
    the truth. ``length`` is the median length of an interval as a share of the population. ``with_estimate`` counts the
    populations with an estimate.
    """

    populations: int
    with_estimate: int
    with_interval: int
    bias: float
    bias_se: float
    median_bias: float
    median_bias_se: float
    coverage: float
    coverage_se: float
    below: int
    above: int
    length: float
    length_se: float


def performance(estimate: Array, low: Array, high: Array, truth: float) -> Performance:
    """Measure a method over simulated populations.

    Parameters
    ----------
    estimate, low, high : numpy.ndarray
        What the method said of each, shape (populations,); ``NaN`` where it gave no number.
    truth : float
        Size of the population.

    Returns
    -------
    Performance
        The figures; ``NaN`` where nothing was given.

    References
    ----------
    .. [1] Morris, T. P., White, I. R. and Crowther, M. J. (2019). Using simulation studies to evaluate statistical
       methods. Statistics in Medicine 38, 2074-2102. https://doi.org/10.1002/sim.8086

    Examples
    --------
    >>> found = performance(np.array([90.0, 120.0]), np.array([80.0, 105.0]), np.array([105.0, 150.0]), 100.0)
    >>> round(found.bias, 3), found.coverage, found.above
    (0.05, 0.5, 1)
    """
    errors = estimate[np.isfinite(estimate)] / truth - 1
    limits = np.isfinite(low) & np.isfinite(high)
    low, high = low[limits], high[limits]
    below, above, intervals = int((high < truth).sum()), int((low > truth).sum()), int(limits.sum())
    share = (intervals - below - above) / intervals if intervals else np.nan
    lengths = (high - low) / truth
    return Performance(
        populations=len(estimate),
        with_estimate=len(errors),
        with_interval=intervals,
        bias=float(errors.mean()) if len(errors) else np.nan,
        bias_se=float(errors.std(ddof=1) / np.sqrt(len(errors))) if len(errors) > 1 else np.nan,
        median_bias=float(np.median(errors)) if len(errors) else np.nan,
        median_bias_se=median_error(errors),
        coverage=share,
        coverage_se=float(np.sqrt(share * (1 - share) / intervals)) if intervals else np.nan,
        below=below,
        above=above,
        length=float(np.median(lengths)) if intervals else np.nan,
        length_se=median_error(lengths),
    )


def median_error(values: Array) -> float:
    """Return the standard error of a median, from the order statistics about it.

    The number of values below the true median is binomial, so the values half the square root of their number above
    and below the middle rank stand one standard error from it, whatever the distribution.

    Parameters
    ----------
    values : numpy.ndarray
        Shape (values,).

    Returns
    -------
    float
        Half the distance of the two; ``NaN`` for fewer than five values.

    Examples
    --------
    >>> median_error(np.arange(100.0))
    5.0
    """
    count = len(values)
    if count < 5:
        return float("nan")
    middle, reach = (count - 1) / 2, np.sqrt(count) / 2
    ordered = np.sort(values)
    low, high = np.interp([middle - reach, middle + reach], np.arange(count), ordered)
    return float(high - low) / 2


def wilson_limits(share: float, count: int, level: float) -> tuple[float, float]:
    """Return Wilson's limits of a proportion.

    Parameters
    ----------
    share : float
        What was seen, from 0 to 1.
    count : int
        Trials.
    level : float
        Level of the limits.

    Returns
    -------
    tuple of float
        Lower and upper limit; ``NaN`` where there were no trials.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> [round(limit, 3) for limit in wilson_limits(0.95, 500, 0.95)]
    [0.927, 0.966]
    """
    from scipy.special import ndtri

    if count == 0:
        return float("nan"), float("nan")
    z = float(ndtri((1 + level) / 2))
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    reach = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return max(float(middle - reach), 0.0), min(float(middle + reach), 1.0)
