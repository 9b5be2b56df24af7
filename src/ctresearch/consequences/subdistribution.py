"""Fine and Gray's weighted score for the hazard of the subdistribution.

Somebody who had another event stays at risk with the chance of not having been censored since, ``G(t) / G(X)``. All sums over
risk sets are cumulative sums over sorted times, so a step costs ``n log n`` once and ``n`` after that.

References
----------
.. [1] Fine, J. P. and Gray, R. J. (1999). A proportional hazards model for the subdistribution of a competing risk. Journal
   of the American Statistical Association 94, 496-509. https://doi.org/10.1080/01621459.1999.10474144
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.consequences.life_table import life_table
from ctresearch.core.errors import DataError
from ctresearch.stats.newton import Local

if TYPE_CHECKING:
    from ctresearch.consequences.competing import CompetingDurations
    from ctresearch.consequences.durations import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True)
class WeightedSets:
    """Weighted risk sets at the times of the cause of interest.

    Parameters
    ----------
    columns : numpy.ndarray
        Covariates, rows by columns.
    stop : numpy.ndarray
        When observation ended, shape (rows,).
    happened, other, free : numpy.ndarray
        Rows that ended in the cause, in another, or censored, shape (rows,) each.
    times, deaths : numpy.ndarray
        Different times of the cause, ascending, and events at each, shape (times,) each.
    uncensored : numpy.ndarray
        Chance of not being censored before each of those times, shape (times,).
    scale : numpy.ndarray
        One over that chance at the row's own end, for those with another event; else 0. Shape (rows,).
    reached : numpy.ndarray
        How many event times lie at or before each row's end, shape (rows,).

    Examples
    --------
    >>> from ctresearch.consequences.competing import CompetingDurations
    >>> from ctresearch.consequences.durations import Durations
    >>> rows = Durations(np.full(3, -np.inf), np.array([1.0, 2, 3]), np.array([True, True, False]))
    >>> weighted_sets(CompetingDurations(rows, np.array([2, 1, 0]), ("exit", "return")), 1, np.zeros((3, 1))).scale.tolist()
    [1.0, 0.0, 0.0]
    """

    columns: Floats
    stop: Floats
    happened: Booleans
    other: Booleans
    free: Booleans
    times: Floats
    deaths: Floats
    uncensored: Floats
    scale: Floats
    reached: Integers


@dataclass(frozen=True, slots=True)
class WeightedSums:
    """Sums over the weighted risk set at each event time.

    Parameters
    ----------
    risk : numpy.ndarray
        Each row's relative hazard, shape (rows,).
    total : numpy.ndarray
        Weighted sum of those at risk, shape (times,).
    mean : numpy.ndarray
        Their weighted mean covariates, times by columns.
    held : numpy.ndarray
        Sum over event times of each row's weight times the step of the hazard, shape (rows,).
    held_mean : numpy.ndarray
        The same with the mean covariates, rows by columns.

    Examples
    --------
    >>> one = np.ones(1)
    >>> WeightedSums(one, one, np.ones((1, 1)), one, np.ones((1, 1))).total.tolist()
    [1.0]
    """

    risk: Floats
    total: Floats
    mean: Floats
    held: Floats
    held_mean: Floats


def weighted_sets(data: CompetingDurations, cause: int, columns: Floats) -> WeightedSets:
    """Weigh those who had another event by the chance of not having been censored since.

    Parameters
    ----------
    data : CompetingDurations
        Durations without delayed entry.
    cause : int
        Number of the cause, from 1.
    columns : numpy.ndarray
        Covariates, rows by columns.

    Returns
    -------
    WeightedSets
        What the score needs.

    Raises
    ------
    DataError
        If somebody had another event after the last of whom could still be censored, so that no weight exists.

    Examples
    --------
    >>> from ctresearch.consequences.competing import CompetingDurations
    >>> from ctresearch.consequences.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> weighted_sets(CompetingDurations(rows, np.array([1, 2]), ("exit", "return")), 1, np.zeros((2, 1))).times.tolist()
    [1.0]
    """
    stop = data.rows.stop
    happened, free = data.kind == cause, data.kind == 0
    other = ~happened & ~free
    times, deaths = np.unique(stop[happened], return_counts=True)
    order, curve = _censoring(stop, free)
    at = curve[np.searchsorted(order, stop, side="left")]
    if (at[other] == 0).any():
        raise DataError("censoring leaves nobody before the last events, must leave somebody: cut follow-up earlier")
    scale = np.divide(1.0, at, out=np.zeros_like(at), where=other)
    uncensored = curve[np.searchsorted(order, times, side="left")]
    reached = np.searchsorted(times, stop, side="right")
    return WeightedSets(columns, stop, happened, other, free, times, deaths.astype(float), uncensored, scale, reached)


def subdistribution_likelihood(sets: WeightedSets, point: Floats) -> Local:
    """Return the weighted log partial likelihood, its gradient and its information.

    Parameters
    ----------
    sets : WeightedSets
        Weighted risk sets; ties follow Breslow.
    point : numpy.ndarray
        Coefficients, shape (columns,).

    Returns
    -------
    Local
        At ``point``.

    Examples
    --------
    >>> from ctresearch.consequences.competing import CompetingDurations
    >>> from ctresearch.consequences.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> data = CompetingDurations(rows, np.array([1, 2]), ("exit", "return"))
    >>> subdistribution_likelihood(weighted_sets(data, 1, np.array([[1.0], [0.0]])), np.zeros(1)).score.tolist()
    [0.5]
    """
    linear = sets.columns @ point
    linear -= linear.max()
    sums = weighted_sums(sets, linear)
    value = linear[sets.happened].sum() - sets.deaths @ np.log(sums.total)
    score = sets.columns[sets.happened].sum(axis=0) - sets.deaths @ sums.mean
    second = (sets.columns * (sums.risk * sums.held)[:, None]).T @ sets.columns
    return Local(float(value), score, second - (sums.mean * sets.deaths[:, None]).T @ sums.mean)


def weighted_sums(sets: WeightedSets, linear: Floats) -> WeightedSums:
    """Add up over the weighted risk sets.

    Parameters
    ----------
    sets : WeightedSets
        Weighted risk sets.
    linear : numpy.ndarray
        Linear predictor of each row, shape (rows,).

    Returns
    -------
    WeightedSums
        By event time and by row.

    Examples
    --------
    >>> from ctresearch.consequences.competing import CompetingDurations
    >>> from ctresearch.consequences.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> sets = weighted_sets(CompetingDurations(rows, np.array([1, 2]), ("exit", "return")), 1, np.zeros((2, 1)))
    >>> weighted_sums(sets, np.zeros(2)).total.tolist()
    [2.0]
    """
    risk = np.exp(linear)
    total = np.maximum(_at_risk(sets, risk[:, None])[:, 0], 1e-300)  # 0 only where coefficients run away
    mean = _at_risk(sets, sets.columns * risk[:, None]) / total[:, None]
    step = sets.deaths / total
    held = _held(sets, step[:, None])[:, 0]
    return WeightedSums(risk, total, mean, held, _held(sets, mean * step[:, None]))


def subdistribution_residuals(sets: WeightedSets, point: Floats) -> Floats:
    """Return each row's share in the score, the part through the estimated censoring included.

    Parameters
    ----------
    sets : WeightedSets
        Weighted risk sets.
    point : numpy.ndarray
        Coefficients at the maximum, shape (columns,).

    Returns
    -------
    numpy.ndarray
        Rows by columns.

    Examples
    --------
    >>> from ctresearch.consequences.competing import CompetingDurations
    >>> from ctresearch.consequences.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True]))
    >>> data = CompetingDurations(rows, np.array([1, 2]), ("exit", "return"))
    >>> subdistribution_residuals(weighted_sets(data, 1, np.array([[1.0], [0.0]])), np.zeros(1)).ravel().tolist()
    [0.25, 0.25]
    """
    linear = sets.columns @ point
    sums = weighted_sums(sets, linear - linear.max())
    out = -sums.risk[:, None] * (sets.columns * sums.held[:, None] - sums.held_mean)
    at = np.flatnonzero(sets.happened)
    out[at] += sets.columns[at] - sums.mean[sets.reached[at] - 1]
    return np.asarray(out + _through_censoring(sets, sums), dtype=float)


def _censoring(stop: Floats, free: Booleans) -> tuple[Floats, Floats]:
    """Return times, and the chance of not being censored before each and after the last."""
    from ctresearch.consequences.durations import Durations

    table = life_table(Durations(np.full(len(stop), -np.inf), stop, free))
    return table.times, np.concatenate([[1.0], table.survival])


def _at_risk(sets: WeightedSets, values: Floats) -> Floats:
    """Sum values over the weighted risk set at each event time."""
    shape = (len(sets.times) + 1, values.shape[1])
    under, gone = np.zeros(shape), np.zeros(shape)
    np.add.at(under, sets.reached, values)
    before = np.searchsorted(sets.times, sets.stop[sets.other], side="right")
    np.add.at(gone, before, values[sets.other] * sets.scale[sets.other, None])
    still = np.cumsum(under[::-1], axis=0)[::-1][1:]
    return np.asarray(still + sets.uncensored[:, None] * np.cumsum(gone, axis=0)[:-1], dtype=float)


def _held(sets: WeightedSets, steps: Floats) -> Floats:
    """Sum steps over event times, each weighed as the row is weighed then."""
    zero = np.zeros((1, steps.shape[1]))
    plain = np.concatenate([zero, np.cumsum(steps, axis=0)])
    later = np.concatenate([np.cumsum((steps * sets.uncensored[:, None])[::-1], axis=0)[::-1], zero])
    return np.asarray(plain[sets.reached] + sets.scale[:, None] * later[sets.reached], dtype=float)


def _through_censoring(sets: WeightedSets, sums: WeightedSums) -> Floats:
    """Return each row's share in the error of the chance of not being censored, carried into the score."""
    order, start = np.unique(sets.stop), np.sort(sets.stop)
    censored = np.bincount(np.searchsorted(order, sets.stop[sets.free]), minlength=len(order))
    at_risk = len(start) - np.searchsorted(start, order, side="left")
    gradient = _gradient(sets, sums, order) / at_risk[:, None]
    paid = np.cumsum(gradient * (censored / at_risk)[:, None], axis=0)
    where = np.searchsorted(order, sets.stop)
    out = -paid[where]
    out[sets.free] += gradient[where[sets.free]]
    return np.asarray(out, dtype=float)


def _gradient(sets: WeightedSets, sums: WeightedSums, order: Floats) -> Floats:
    """Return what a censoring at each time does to the score, through those who had another event by then."""
    weight = sums.risk * sets.scale
    place = np.searchsorted(order, sets.stop)
    shape = (len(order) + 1, sets.columns.shape[1] + 1)
    before = np.zeros(shape)
    np.add.at(before, place, np.column_stack([weight, weight[:, None] * sets.columns]))
    before = np.cumsum(before, axis=0)[:-1]
    step = (sets.deaths / sums.total * sets.uncensored)[:, None]
    later = np.concatenate([np.cumsum((step * np.column_stack([np.ones(len(step)), sums.mean]))[::-1], axis=0)[::-1],
                            np.zeros((1, shape[1]))])  # fmt: skip
    after = later[np.searchsorted(sets.times, order, side="right")]
    return np.asarray(before[:, 1:] * after[:, :1] - before[:, :1] * after[:, 1:], dtype=float)
