"""Cox's partial likelihood with delayed entry, in one compiled sweep over the event times.

The sweep goes back in time: rows join the risk set when their end is reached and leave it when their entry is, so the
cost is one addition and one removal a row. A row is at risk at ``t`` if ``entry < t <= stop``; one that enters at the
very time of an event is not. Ties follow Efron [2]_ or Breslow [3]_.

References
----------
.. [1] Cox, D. R. (1972). Regression models and life-tables. Journal of the Royal Statistical Society B 34, 187-220.
   https://doi.org/10.1111/j.2517-6161.1972.tb00899.x
.. [2] Efron, B. (1977). The efficiency of Cox's likelihood function for censored data. Journal of the American
   Statistical Association 72, 557-565. https://doi.org/10.1080/01621459.1977.10480613
.. [3] Breslow, N. (1974). Covariance analysis of censored survival data. Biometrics 30, 89-99.
   https://doi.org/10.2307/2529620
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.compile import ZERO, kernel
from ctresearch.stats.regression.newton import Local

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Booleans, Durations, Floats, Integers

    Sums = tuple[Floats, Floats, Floats]


# in place of an empty risk set's weight, so that a step that runs away has a finite logarithm and is halved
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class RiskSets:
    """Rows in the order in which a sweep back in time meets them.

    Parameters
    ----------
    order : numpy.ndarray
        Row of the table at each place, latest end first, shape (rows,).
    columns : numpy.ndarray
        Covariates in that order, rows by columns.
    died : numpy.ndarray
        Whether the place's end is an event, shape (rows,).
    leaving : numpy.ndarray
        Places by entry, latest first, shape (rows,).
    times : numpy.ndarray
        Different event times, latest first, shape (times,).
    begin, end : numpy.ndarray
        Places that end at each event time, from ``begin`` up to but without ``end``, shape (times,) each.
    gone : numpy.ndarray
        How many have left by each event time, shape (times,).
    weights : numpy.ndarray
        Weight of the row at each place, shape (rows,).

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.array([0.0, 1, 2]), np.array([2.0, 3, 4]), np.array([True, False, True]))
    >>> sets = risk_sets(rows, np.zeros((3, 1)))
    >>> sets.times.tolist(), (sets.end - sets.gone).tolist()
    ([4.0, 2.0], [1, 2])
    """

    order: Integers
    columns: Floats
    died: Booleans
    leaving: Integers
    times: Floats
    begin: Integers
    end: Integers
    gone: Integers
    weights: Floats


@dataclass(frozen=True, slots=True)
class EventTerms:
    """What each event time adds to hazards and residuals; latest time first.

    Parameters
    ----------
    hazard : numpy.ndarray
        Step of the baseline hazard for those at risk who live on, shape (times,).
    hazard_mean : numpy.ndarray
        The same times the mean covariates of the risk set, times by columns.
    own : numpy.ndarray
        Step for those who have the event, smaller under Efron's ties, shape (times,).
    own_mean : numpy.ndarray
        The same times the mean covariates, times by columns.
    mean : numpy.ndarray
        Mean covariates of the risk set, times by columns.

    Examples
    --------
    >>> EventTerms(np.ones(1), np.ones((1, 2)), np.ones(1), np.ones((1, 2)), np.ones((1, 2))).mean.shape
    (1, 2)
    """

    hazard: Floats
    hazard_mean: Floats
    own: Floats
    own_mean: Floats
    mean: Floats


def risk_sets(rows: Durations, columns: Floats, weights: Floats | None = None) -> RiskSets:
    """Order rows for the sweep.

    Parameters
    ----------
    rows : Durations
        When each was observed.
    columns : numpy.ndarray
        Covariates, rows by columns.
    weights : numpy.ndarray, optional
        How many people each row stands for, shape (rows,); 1 by default.

    Returns
    -------
    RiskSets
        The order.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> one = Durations(np.array([-np.inf]), np.array([2.0]), np.array([True]))
    >>> risk_sets(one, np.zeros((1, 1))).times.tolist()
    [2.0]
    """
    order = np.argsort(-rows.stop, kind="stable")
    back = -rows.stop[order]
    leaving = np.argsort(-rows.entry[order], kind="stable")
    times = np.ascontiguousarray(np.unique(rows.stop[rows.event])[::-1])
    return RiskSets(
        order,
        np.ascontiguousarray(columns[order]),
        rows.event[order],
        leaving,
        times,
        np.searchsorted(back, -times, side="left"),
        np.searchsorted(back, -times, side="right"),
        np.searchsorted(-rows.entry[order][leaving], -times, side="right"),
        np.ones(rows.n) if weights is None else np.ascontiguousarray(weights[order]),
    )


def partial_likelihood(sets: RiskSets, point: Floats, *, efron: bool, weight: Floats | None = None) -> Local:
    """Return the log partial likelihood, its gradient and its information.

    Parameters
    ----------
    sets : RiskSets
        Rows in order.
    point : numpy.ndarray
        Coefficients, shape (columns,).
    efron : bool
        Whether ties follow Efron; otherwise Breslow.
    weight : numpy.ndarray, optional
        What each event time counts, shape (times,); 1 by default. Functions of time give tests of proportionality.

    Returns
    -------
    Local
        At ``point``.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> here = partial_likelihood(risk_sets(rows, np.array([[1.0], [0.0]])), np.zeros(1), efron=True)
    >>> round(here.value, 6), here.score.tolist()
    (-0.693147, [0.5])
    """
    value, score, information, _ = _run(sets, point, efron=efron, weight=weight)
    return Local(value, score, information)


def event_terms(sets: RiskSets, point: Floats, *, efron: bool) -> EventTerms:
    """Return what each event time adds to hazards and residuals.

    Parameters
    ----------
    sets : RiskSets
        Rows in order.
    point : numpy.ndarray
        Coefficients, shape (columns,).
    efron : bool
        Whether ties follow Efron; otherwise Breslow.

    Returns
    -------
    EventTerms
        Latest time first.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> event_terms(risk_sets(rows, np.array([[1.0], [0.0]])), np.zeros(1), efron=True).hazard.tolist()
    [1.0, 0.5]
    """
    hazard, own, terms = _run(sets, point, efron=efron, weight=None)[3]
    return EventTerms(hazard, terms[0], own, terms[1], terms[2])


def _run(sets: RiskSets, point: Floats, *, efron: bool, weight: Floats | None) -> tuple[Any, ...]:
    """Sweep once; linear predictors are shifted by their largest, which the likelihood does not see."""
    linear = sets.columns @ point
    linear -= linear.max()
    scale = np.ones(len(sets.times)) if weight is None else weight
    value, score, lower, hazard, own, terms = _sweep(
        sets.columns, linear, sets.weights, sets.died, sets.leaving, sets.begin, sets.end, sets.gone, scale, efron
    )
    return value, score, lower + np.tril(lower, -1).T, (hazard, own, terms)


@kernel
def _sweep(  # noqa: PLR0917
    columns: Floats,
    linear: Floats,
    weights: Floats,
    died: Booleans,
    leaving: Integers,
    begin: Integers,
    end: Integers,
    gone: Integers,
    scale: Floats,
    efron: bool,
) -> tuple[float, Floats, Floats, Floats, Floats, Floats]:
    """Walk back over the event times, with the sums over the risk set and over those who have the event."""
    width, count = columns.shape[1], len(begin)
    risk = weights * np.exp(linear)
    everyone = (np.zeros(1), np.zeros(width), np.zeros((width, width)))
    tied = (np.zeros(1), np.zeros(width), np.zeros((width, width)))
    score, information = np.zeros(width), np.zeros((width, width))
    hazard, own, terms = np.zeros(count), np.zeros(count), np.zeros((3, count, width))
    value, added, removed = 0.0, 0, 0
    for k in range(count):
        for row in range(added, begin[k]):
            _move(row, 1.0, columns, risk, everyone)
        for place in range(removed, gone[k]):
            _move(leaving[place], -1.0, columns, risk, everyone)
        if begin[k] == gone[k]:
            _clear(everyone)
        _clear(tied)
        deaths, weight = ZERO, 0.0
        for row in range(begin[k], end[k]):
            _move(row, 1.0, columns, risk, everyone)
            if died[row]:
                _move(row, 1.0, columns, risk, tied)
                deaths += 1
                weight += weights[row]
                value += scale[k] * weights[row] * linear[row]
                score += scale[k] * weights[row] * columns[row]
        added, removed = end[k], gone[k]
        each = weight / max(deaths, 1)
        value -= _tie(k, deaths, efron, scale[k], each, everyone, tied, score, information, hazard, own, terms)
    return value, score, information, hazard, own, terms


@kernel
def _move(row: int, sign: float, columns: Floats, risk: Floats, sums: Sums) -> None:
    """Add a row to the sums of risk, risk times covariates and their products, or take it away."""
    total, first, second = sums
    share = sign * risk[row]
    total[0] += share
    for a in range(len(first)):
        part = share * columns[row, a]
        first[a] += part
        for b in range(a + 1):
            second[a, b] += part * columns[row, b]


@kernel
def _clear(sums: Sums) -> None:
    """Set sums to exactly 0, so that nothing is left of rows that came and went."""
    total, first, second = sums
    total[:] = 0.0
    first[:] = 0.0
    second[:] = 0.0


@kernel
def _tie(  # noqa: PLR0917
    k: int,
    deaths: int,
    efron: bool,
    scale: float,
    each: float,
    everyone: Sums,
    tied: Sums,
    score: Floats,
    information: Floats,
    hazard: Floats,
    own: Floats,
    terms: Floats,
) -> float:
    """Take the events of one time out of the likelihood, one after the other, each with their mean weight."""
    logs = 0.0
    mean = np.empty(len(score))
    for j in range(deaths):
        share = j / deaths if efron else 0.0
        total = max(everyone[0][0] - share * tied[0][0], _TINY)  # 0 only where coefficients run away
        logs += np.log(total)
        hazard[k] += each / total
        own[k] += (1 - share) * each / total
        for a in range(len(score)):
            mean[a] = (everyone[1][a] - share * tied[1][a]) / total
            terms[0, k, a] += each * mean[a] / total
            terms[1, k, a] += (1 - share) * each * mean[a] / total
            terms[2, k, a] += mean[a] / deaths
            score[a] -= scale * each * mean[a]
            for b in range(a + 1):
                second = (everyone[2][a, b] - share * tied[2][a, b]) / total
                information[a, b] += scale * each * (second - mean[a] * mean[b])
    return scale * each * logs
