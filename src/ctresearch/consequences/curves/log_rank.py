"""The log-rank test that groups have the event at the same rate.

References
----------
.. [1] Peto, R. and Peto, J. (1972). Asymptotically efficient rank invariant test procedures. Journal of the Royal
   Statistical Society A 135, 185-207. https://doi.org/10.2307/2344317
.. [2] Harrington, D. P. and Fleming, T. R. (1982). A class of rank test procedures for censored survival data.
   Biometrika 69, 553-566. https://doi.org/10.1093/biomet/69.3.553
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.consequences.durations.life_table import count_at

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Durations, Floats, Integers


@dataclass(frozen=True, slots=True)
class GroupTest:
    """A chi-squared test that groups do not differ.

    Parameters
    ----------
    chi_square : float
        The statistic.
    df : int
        Groups less one.
    p_value : float
        Chance of a statistic at least as large if groups do not differ.
    score : numpy.ndarray
        Events seen above those expected, shape (groups,).

    Examples
    --------
    >>> GroupTest(3.84, 1, 0.05, np.array([1.0, -1.0])).df
    1
    """

    chi_square: float
    df: int
    p_value: float
    score: Floats


def log_rank(rows: Durations, groups: Integers, *, rho: float = 0.0) -> GroupTest:
    """Compare the events seen in each group with those expected if all had the same hazard.

    Parameters
    ----------
    rows : Durations
        When each was observed; delayed entry is allowed.
    groups : numpy.ndarray
        Group of each row from 0, shape (rows,).
    rho : float
        Power of survival just before an event by which it counts [2]_: 0 is the log-rank test, 1 that of Peto and Peto.

    Returns
    -------
    GroupTest
        With ``groups`` less one degrees of freedom.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(4, -np.inf), np.array([1.0, 2, 3, 4]), np.ones(4, bool))
    >>> round(log_rank(rows, np.array([0, 0, 1, 1])).chi_square, 4)
    2.8824
    """
    times = np.unique(rows.stop[rows.event])
    happened = rows.where(rows.event)
    count = int(groups.max()) + 1
    risk, seen = np.empty((count, len(times))), np.empty((count, len(times)))
    for group in range(count):
        risk[group] = count_at(rows.where(groups == group), times, ())[0]
        seen[group] = np.bincount(
            np.searchsorted(times, happened.stop[groups[rows.event] == group]), minlength=len(times)
        )
    return chi_square_test(*_score(risk, seen, rho))


def chi_square_test(score: Floats, covariance: Floats) -> GroupTest:
    """Test that a score that sums to 0 over groups is 0.

    Parameters
    ----------
    score : numpy.ndarray
        Shape (groups,).
    covariance : numpy.ndarray
        Groups by groups.

    Returns
    -------
    GroupTest
        The last group is left out, since it follows from the others.

    Examples
    --------
    >>> chi_square_test(np.array([2.0, -2.0]), np.array([[1.0, -1.0], [-1.0, 1.0]])).chi_square
    4.0
    """
    from scipy.stats import chi2

    df = len(score) - 1
    statistic = float(score[:-1] @ np.linalg.pinv(covariance[:-1, :-1], hermitian=True) @ score[:-1])
    return GroupTest(statistic, df, float(chi2.sf(statistic, df)), score)


def _score(risk: Floats, seen: Floats, rho: float) -> tuple[Floats, Floats]:
    """Return what was seen above what was expected, and the hypergeometric covariance."""
    at_risk, events = risk.sum(axis=0), seen.sum(axis=0)
    share = risk / at_risk
    weight = np.concatenate([[1.0], np.cumprod(1 - events / at_risk)[:-1]]) ** rho
    spread = weight**2 * events * (at_risk - events) / np.maximum(at_risk - 1, 1)
    covariance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    return ((seen - share * events) * weight).sum(axis=1), covariance
