"""What a pooled estimate owes to each study: left out, and in the usual measures of influence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.pooling.random_effects import pooled_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.stats.pooling.random_effects import Between

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Influence:
    """One value a study, each of shape (studies,).

    Parameters
    ----------
    without, error_without, tau2_without, q_without : numpy.ndarray
        Pooled estimate, its standard error, variance between and Cochran's Q without the study.
    studentised : numpy.ndarray
        Distance of the study from what the others say, over its standard error.
    moves : numpy.ndarray
        Change of its own fitted value, over its standard error (DFFITS).
    cook : numpy.ndarray
        Squared change of the pooled estimate over its variance.
    covariance_ratio : numpy.ndarray
        Variance of the pooled estimate without the study, over that with it.
    """

    without: Floats
    error_without: Floats
    tau2_without: Floats
    q_without: Floats
    studentised: Floats
    moves: Floats
    cook: Floats
    covariance_ratio: Floats


def influence(y: Floats, v: Floats, method: Between) -> Influence:
    """Leave out each study in turn.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (studies,), three or more.
    method : {"reml", "ml", "dl", "pm", "fixed"}
        How the variance between is found, anew each time.

    Returns
    -------
    Influence
        The measures.

    References
    ----------
    .. [1] Viechtbauer, W. and Cheung, M. W.-L. (2010). Outlier and influence diagnostics for meta-analysis. Research
       Synthesis Methods 1, 112-125. https://doi.org/10.1002/jrsm.11

    Examples
    --------
    >>> found = influence(np.array([0.0, 0.1, 3.0]), np.full(3, 0.1), "fixed")
    >>> found.without.round(3).tolist()
    [1.55, 1.5, 0.05]
    """
    whole = pooled_mean(y, v, method)
    rows = np.empty((len(y), 8))
    for i in range(len(y)):
        kept = np.arange(len(y)) != i
        less = pooled_mean(y[kept], v[kept], method)
        change = whole.mean - less.mean
        rows[i] = (
            less.mean,
            np.sqrt(less.variance),
            less.tau2,
            less.q,
            (y[i] - less.mean) / np.sqrt(v[i] + less.tau2 + less.variance),
            change / np.sqrt(whole.weights[i] * (less.tau2 + v[i])),
            change**2 / whole.variance,
            less.variance / whole.variance,
        )
    return Influence(*rows.T)
