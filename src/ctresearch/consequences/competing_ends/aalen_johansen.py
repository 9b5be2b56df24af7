"""Share of people who have had each kind of event, when one kind keeps the others from happening.

References
----------
.. [1] Aalen, O. O. and Johansen, S. (1978). An empirical transition matrix for non-homogeneous Markov chains based on
   censored observations. Scandinavian Journal of Statistics 5, 141-150.
.. [2] Marubini, E. and Valsecchi, M. G. (1995). Analysing Survival Data from Clinical Trials and Observational Studies.
   Wiley.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.consequences.durations.life_table import count_at

if TYPE_CHECKING:
    from ctresearch.consequences.durations.competing import CompetingDurations
    from ctresearch.consequences.durations.durations import Floats, Integers


@dataclass(frozen=True, slots=True)
class Incidence:
    """Cumulative incidence of one cause.

    Parameters
    ----------
    times : numpy.ndarray
        Times of any event, ascending, shape (times,).
    at_risk, events : numpy.ndarray
        Number at risk and events of the cause, shape (times,) each.
    share : numpy.ndarray
        Share with an event of the cause by each time, shape (times,).
    variance : numpy.ndarray
        Its variance, shape (times,).

    Examples
    --------
    >>> one = np.ones(1)
    >>> Incidence(one, one.astype(int), one.astype(int), one, one).share.tolist()
    [1.0]
    """

    times: Floats
    at_risk: Integers
    events: Integers
    share: Floats
    variance: Floats


def aalen_johansen(data: CompetingDurations, cause: int) -> Incidence:
    """Estimate the cumulative incidence of a cause, with its delta-method variance.

    Parameters
    ----------
    data : CompetingDurations
        Durations; delayed entry is allowed.
    cause : int
        Number of the cause, from 1.

    Returns
    -------
    Incidence
        The curve.

    Examples
    --------
    >>> from ctresearch.consequences.durations.competing import CompetingDurations
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.ones(2, bool))
    >>> aalen_johansen(CompetingDurations(rows, np.array([1, 2]), ("a", "b")), 1).share.tolist()
    [0.5, 0.5]
    """
    rows = data.rows
    times = np.unique(rows.stop[rows.event])
    at_risk, (ended, events) = count_at(rows, times, (rows.event, data.kind == cause))
    survival = np.cumprod(1 - ended / at_risk)
    before = np.concatenate([[1.0], survival[:-1]])
    share = np.cumsum(before * events / at_risk)
    return Incidence(times, at_risk, events, share, _variance(at_risk, ended, events, before, share))


def _variance(at_risk: Integers, ended: Integers, events: Integers, before: Floats, share: Floats) -> Floats:
    """Expand the squared distance of the share from where it stood at each earlier time."""
    risk = at_risk.astype(float)
    left = risk - ended
    any_event = np.divide(ended, risk * left, out=np.zeros_like(risk), where=left > 0)
    own = before**2 * events * (risk - events) / risk**3
    both = before * events / risk**2
    squared = (
        share**2 * np.cumsum(any_event) - 2 * share * np.cumsum(any_event * share) + np.cumsum(any_event * share**2)
    )
    return np.asarray(
        np.maximum(squared + np.cumsum(own) - 2 * (share * np.cumsum(both) - np.cumsum(both * share)), 0.0), dtype=float
    )
