"""Do small studies find what large ones find: every test that goes by Egger's name, and the one by ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.pooling.regression import pooled_regression

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ctresearch.stats.pooling.random_effects import Between

    Floats = NDArray[np.float64]

SIZES: dict[str, Callable[[Floats], Floats]] = {
    "standard error": np.sqrt,
    "variance": lambda v: v,
}
"""What stands for the size of a study, from its variance."""
_EXACT = 50
"""Studies from which the test by ranks goes by its normal limit, as R's does."""


@dataclass(frozen=True, slots=True)
class AsymmetryTest:
    """One test.

    Parameters
    ----------
    statistic, df, p_value : float
        z where ``df`` is infinite, t otherwise; Kendall's tau for the test by ranks, whose ``df`` is ``NaN``.
    limit : float
        Estimate of a study whose size is without bound; ``NaN`` for the test by ranks.
    """

    statistic: float
    df: float
    p_value: float
    limit: float


def mixed_test(y: Floats, v: Floats, size: Floats, method: Between) -> AsymmetryTest:
    """Regress estimates on the size of studies with variance between added to their own.

    Parameters
    ----------
    y, v, size : numpy.ndarray
        Estimates, variances and what stands for size, shape (studies,).
    method : {"reml", "ml", "dl", "pm", "fixed"}
        How the variance between is found.

    Returns
    -------
    AsymmetryTest
        A z test.

    Examples
    --------
    >>> mixed_test(np.array([0.1, 0.2, 0.3]), np.array([0.1, 0.2, 0.3]), np.array([1.0, 2.0, 3.0]), "fixed").df
    inf
    """
    from scipy.special import ndtr

    fit = pooled_regression(y, v, np.column_stack([np.ones(len(y)), size]), method)
    z = float(fit.coefficients[1] / np.sqrt(fit.covariance[1, 1]))
    return AsymmetryTest(z, np.inf, float(2 * ndtr(-abs(z))), float(fit.coefficients[0]))


def weighted_test(y: Floats, v: Floats, size: Floats) -> AsymmetryTest:
    """Regress estimates on size by weighted least squares with a scale of its own: Egger's test as first published.

    Parameters
    ----------
    y, v, size : numpy.ndarray
        As :func:`mixed_test` takes them.

    Returns
    -------
    AsymmetryTest
        A t test with two degrees of freedom less than studies.

    References
    ----------
    .. [1] Egger, M., Davey Smith, G., Schneider, M. and Minder, C. (1997). Bias in meta-analysis detected by a simple,
       graphical test. BMJ 315, 629-634. https://doi.org/10.1136/bmj.315.7109.629

    Examples
    --------
    >>> weighted_test(np.array([0.1, 0.3, 0.2, 0.5]), np.full(4, 0.1), np.arange(4.0)).df
    2.0
    """
    from scipy.special import stdtr

    fit = pooled_regression(y, v, np.column_stack([np.ones(len(y)), size]), "fixed")
    df = len(y) - 2
    error = float(np.sqrt(fit.scale * fit.covariance[1, 1]))
    if error == 0:  # all on one line: there is no error to hold the slope against
        return AsymmetryTest(np.nan, float(df), np.nan, float(fit.coefficients[0]))
    t = float(fit.coefficients[1]) / error
    return AsymmetryTest(t, float(df), float(2 * stdtr(df, -abs(t))), float(fit.coefficients[0]))


def rank_test(y: Floats, v: Floats) -> AsymmetryTest:
    """Correlate standardised distances from the common value with variances, by Kendall's tau.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (studies,).

    Returns
    -------
    AsymmetryTest
        Exact where there are no ties.

    References
    ----------
    .. [1] Begg, C. B. and Mazumdar, M. (1994). Operating characteristics of a rank correlation test for publication
       bias. Biometrics 50, 1088-1101. https://doi.org/10.2307/2533446

    Examples
    --------
    >>> rank_test(np.array([0.1, 0.2, 0.4]), np.array([0.1, 0.2, 0.3])).statistic
    1.0
    """
    from scipy.stats import kendalltau

    weights = 1 / v
    mean = weights @ y / weights.sum()
    apart = (y - mean) / np.sqrt(v - 1 / weights.sum())
    alone = len(np.unique(apart)) == len(np.unique(v)) == len(v)
    found = kendalltau(apart, v, method="exact" if alone and len(v) < _EXACT else "asymptotic")
    return AsymmetryTest(float(found.statistic), np.nan, float(found.pvalue), np.nan)
