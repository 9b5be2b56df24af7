"""Fine and Gray's weighted score for the hazard of the subdistribution.

Somebody who had another event at ``X`` stays at risk with the chance of being under observation, ``K(t) / K(X)``: not
to have been censored [1]_ and, where entry is delayed, to have come in [2]_. Baselines may differ by stratum [3]_. All
sums over risk sets are cumulative sums over sorted times, so a step costs ``n log n`` once and ``n`` after that.

References
----------
.. [1] Fine, J. P. and Gray, R. J. (1999). A proportional hazards model for the subdistribution of a competing risk.
   Journal of the American Statistical Association 94, 496-509. https://doi.org/10.1080/01621459.1999.10474144
.. [2] Geskus, R. B. (2011). Cause-specific cumulative incidence estimation and the Fine and Gray model under both left
   truncation and right censoring. Biometrics 67, 39-49. https://doi.org/10.1111/j.1541-0420.2010.01420.x
.. [3] Zhou, B., Latouche, A., Rocha, V. and Fine, J. (2011). Competing risks regression for stratified data. Biometrics
   67, 661-670. https://doi.org/10.1111/j.1541-0420.2010.01493.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.regression.newton import Local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.consequences.durations.durations import Booleans, Durations, Floats, Integers
    from ctresearch.consequences.durations.observation_weights import ObservationWeights


@dataclass(frozen=True, slots=True)
class WeightedSets:
    """Weighted risk sets of one stratum at the times of the cause of interest.

    Parameters
    ----------
    place : numpy.ndarray
        Where the stratum's rows stand in the table, shape (rows,).
    columns : numpy.ndarray
        Covariates, rows by columns.
    weights : numpy.ndarray
        Weight of each row, shape (rows,).
    happened : numpy.ndarray
        Rows that ended in the cause, shape (rows,).
    group : numpy.ndarray
        Group of censoring of each row from 0, shape (rows,).
    times, deaths : numpy.ndarray
        Different times of the cause, ascending, and weighted events at each, shape (times,) each.
    level_time, level_share, level_weight : numpy.ndarray
        Terms of the likelihood: at which time, which share of the tied is left out (0 under Breslow's ties), and how
        much each counts, shape (levels,) each.
    uncensored : numpy.ndarray
        Chance of being under observation just before each time, groups by times.
    scale : numpy.ndarray
        One over that chance at the row's own end, for those with another event; else 0. Shape (rows,).
    entered, reached : numpy.ndarray
        How many event times lie at or before each row's entry and end, shape (rows,) each.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> from ctresearch.consequences.durations.observation_weights import observation_weights
    >>> rows = Durations(np.full(3, -np.inf), np.array([1.0, 2, 3]), np.array([True, True, False]))
    >>> kept = observation_weights(rows, np.array([2, 1, 0]), 1)
    >>> weighted_sets(rows, np.array([2, 1, 0]) == 1, np.zeros((3, 1)), kept)[0].scale.tolist()
    [1.0, 0.0, 0.0]
    """

    place: Integers
    columns: Floats
    weights: Floats
    happened: Booleans
    group: Integers
    times: Floats
    deaths: Floats
    level_time: Integers
    level_share: Floats
    level_weight: Floats
    uncensored: Floats
    scale: Floats
    entered: Integers
    reached: Integers


@dataclass(frozen=True, slots=True)
class WeightedSums:
    """Sums over the weighted risk set at each event time.

    Parameters
    ----------
    risk : numpy.ndarray
        Each row's relative hazard times its weight, shape (rows,).
    total, level_mean : numpy.ndarray
        Weighted sum of those at risk, and their mean covariates, levels and levels by columns.
    hazard, hazard_mean : numpy.ndarray
        Step of the baseline, and the same times the mean covariates, times and times by columns.
    mean : numpy.ndarray
        Mean covariates at each time, times by columns.
    held, held_mean : numpy.ndarray
        Sum over event times of each row's weight times the step, and times the mean, rows and rows by columns.

    Examples
    --------
    >>> one, two = np.ones(1), np.ones((1, 1))
    >>> WeightedSums(one, one, two, one, two, two, one, two).total.tolist()
    [1.0]
    """

    risk: Floats
    total: Floats
    level_mean: Floats
    hazard: Floats
    hazard_mean: Floats
    mean: Floats
    held: Floats
    held_mean: Floats


def weighted_sets(
    rows: Durations,
    happened: Booleans,
    columns: Floats,
    kept: ObservationWeights,
    *,
    strata: Integers | None = None,
    weights: Floats | None = None,
    efron: bool = False,
) -> tuple[WeightedSets, ...]:
    """Order the rows of each stratum.

    Parameters
    ----------
    rows : Durations
        When each was observed.
    happened : numpy.ndarray
        Whether it ended in the cause, shape (rows,).
    columns : numpy.ndarray
        Covariates, rows by columns.
    kept : ObservationWeights
        Chances of being under observation.
    strata : numpy.ndarray, optional
        Stratum of each row from 0, shape (rows,); one by default.
    weights : numpy.ndarray, optional
        Weight of each row, shape (rows,); 1 by default.
    efron : bool
        Whether ties follow Efron; otherwise Breslow.

    Returns
    -------
    tuple of WeightedSets
        What the score needs; strata in which the cause does not happen are left out, since they say nothing.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> from ctresearch.consequences.durations.observation_weights import observation_weights
    >>> rows, kind = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True])), np.array([1, 2])
    >>> weighted_sets(rows, kind == 1, np.zeros((2, 1)), observation_weights(rows, kind, 1))[0].times.tolist()
    [1.0]
    """
    codes = np.zeros(rows.n, np.int64) if strata is None else strata
    weight = np.ones(rows.n) if weights is None else weights
    out = []
    for code in np.unique(codes[happened]):
        place = np.flatnonzero(codes == code)
        here, died, part = rows.where(codes == code), happened[place], weight[place]
        times, at, count = np.unique(here.stop[died], return_inverse=True, return_counts=True)
        deaths = np.bincount(at, part[died]).astype(float)
        level = np.repeat(np.arange(len(times)), count) if efron else np.arange(len(times))
        rank = np.arange(len(level)) - np.repeat(np.cumsum(count) - count, count) if efron else 0 * level
        divisor = count[level] if efron else np.ones(len(times), np.int64)
        entered, reached = (np.searchsorted(times, when, side="right") for when in (here.entry, here.stop))
        out.append(
            WeightedSets(
                place,
                np.ascontiguousarray(columns[place]),
                part,
                died,
                kept.group[place],
                times,
                deaths,
                level,
                rank / divisor,
                deaths[level] / divisor,
                kept.at(times),
                kept.scale[place],
                entered,
                reached,
            )
        )
    return tuple(out)


def subdistribution_likelihood(strata: Sequence[WeightedSets], point: Floats) -> Local:
    """Return the weighted log partial likelihood, its gradient and its information.

    Parameters
    ----------
    strata : sequence of WeightedSets
        Weighted risk sets.
    point : numpy.ndarray
        Coefficients, shape (columns,).

    Returns
    -------
    Local
        At ``point``.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> from ctresearch.consequences.durations.observation_weights import observation_weights
    >>> rows, kind = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True])), np.array([1, 2])
    >>> sets = weighted_sets(rows, kind == 1, np.array([[1.0], [0.0]]), observation_weights(rows, kind, 1))
    >>> subdistribution_likelihood(sets, np.zeros(1)).score.tolist()
    [0.5]
    """
    value, score, information = 0.0, np.zeros(len(point)), np.zeros((len(point), len(point)))
    for sets in strata:
        linear = sets.columns @ point
        linear -= linear.max()
        sums = weighted_sums(sets, linear)
        own = sets.weights[sets.happened]
        value += float(own @ linear[sets.happened] - sets.level_weight @ np.log(sums.total))
        score += own @ sets.columns[sets.happened] - sets.level_weight @ sums.level_mean
        information += (sets.columns * (sums.risk * sums.held)[:, None]).T @ sets.columns
        information -= (sums.level_mean * sets.level_weight[:, None]).T @ sums.level_mean
    return Local(value, score, information)


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
        By level of the likelihood, by event time and by row.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> from ctresearch.consequences.durations.observation_weights import observation_weights
    >>> rows, kind = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([True, True])), np.array([1, 2])
    >>> sets = weighted_sets(rows, kind == 1, np.zeros((2, 1)), observation_weights(rows, kind, 1))
    >>> weighted_sums(sets[0], np.zeros(2)).total.tolist()
    [2.0]
    """
    risk = np.exp(linear) * sets.weights
    values = np.column_stack([risk, sets.columns * risk[:, None]])
    own = sets.reached[sets.happened] - 1
    tied = np.zeros((len(sets.times), values.shape[1]))
    np.add.at(tied, own, values[sets.happened])
    left = _at_risk(sets, values)[sets.level_time] - sets.level_share[:, None] * tied[sets.level_time]
    total = np.maximum(left[:, 0], 1e-300)  # 0 only where coefficients run away
    level_mean = left[:, 1:] / total[:, None]
    step = sets.level_weight / total
    steps = np.column_stack([step, step[:, None] * level_mean])
    sums, less, mean = (
        _by_time(sets, part)
        for part in (steps, steps * sets.level_share[:, None], level_mean * sets.level_weight[:, None])
    )
    held = _held(sets, sums)
    held[sets.happened] -= less[own]
    mean /= sets.deaths[:, None]
    return WeightedSums(risk, total, level_mean, sums[:, 0], sums[:, 1:], mean, held[:, 0], held[:, 1:])


def _by_time(sets: WeightedSets, values: Floats) -> Floats:
    """Add levels up by event time."""
    out = np.zeros((len(sets.times), values.shape[1]))
    np.add.at(out, sets.level_time, values)
    return out


def _at_risk(sets: WeightedSets, values: Floats) -> Floats:
    """Sum values over the weighted risk set at each event time; a row is at risk after its entry, up to its end."""
    change = np.zeros((len(sets.times) + 1, values.shape[1]))
    np.add.at(change, sets.reached, values)
    late = sets.entered > 0
    np.subtract.at(change, sets.entered[late], values[late])
    out = np.cumsum(change[::-1], axis=0)[::-1][1:]
    for group, chance in enumerate(sets.uncensored):
        other = (sets.group == group) & (sets.scale > 0)
        gone = np.zeros_like(change)
        np.add.at(gone, sets.reached[other], values[other] * sets.scale[other, None])
        out += chance[:, None] * np.cumsum(gone, axis=0)[:-1]
    return np.asarray(out, dtype=float)


def _held(sets: WeightedSets, steps: Floats) -> Floats:
    """Sum steps over event times, each weighed as the row is weighed then."""
    zero = np.zeros((1, steps.shape[1]))
    plain = np.concatenate([zero, np.cumsum(steps, axis=0)])
    out = plain[sets.reached] - plain[sets.entered]
    for group, chance in enumerate(sets.uncensored):
        other = (sets.group == group) & (sets.scale > 0)
        later = np.concatenate([np.cumsum((steps * chance[:, None])[::-1], axis=0)[::-1], zero])
        out[other] += sets.scale[other, None] * later[sets.reached[other]]
    return np.asarray(out, dtype=float)
