"""Averages of effects by cohort and time: over all, by time since adoption, by cohort and by calendar time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.policy.adoption.group_time import GroupTime
    from ctresearch.policy.adoption.two_periods import Booleans, Floats


@dataclass(frozen=True, slots=True)
class Averages:
    """Some averages with their influence functions.

    Parameters
    ----------
    place : numpy.ndarray
        What each is the average at: time since adoption, cohort or time, shape (averages,).
    effect : numpy.ndarray
        The averages, shape (averages,).
    influence : numpy.ndarray
        Influence of each unit, units by averages.
    overall : float
        The average of the averages.
    overall_influence : numpy.ndarray
        Its influence, shape (units,).
    cells : numpy.ndarray
        How much each cell counts in each average, averages by cells.
    overall_cells : numpy.ndarray
        How much each cell counts in the average of the averages, shape (cells,).
    """

    place: Floats
    effect: Floats
    influence: Floats
    overall: float
    overall_influence: Floats
    cells: Floats
    overall_cells: Floats


def simple(cells: GroupTime, treated: Booleans) -> Averages:
    """Average over all cells of treated times, each by the size of its cohort.

    Parameters
    ----------
    cells : GroupTime
        Effects by cohort and time.
    treated : numpy.ndarray
        Which cells lie at or after adoption, shape (cells,).

    Returns
    -------
    Averages
        One average, at 0.
    """
    return _averages(cells, np.zeros(1), [treated], np.ones(1))


def dynamic(cells: GroupTime) -> Averages:
    """Average by time since adoption; the overall one is the mean over the times from adoption on.

    Parameters
    ----------
    cells : GroupTime
        Effects by cohort and time.

    Returns
    -------
    Averages
        One average a time since adoption, rising.
    """
    since = cells.time - cells.cohort
    at = np.unique(since)
    after = at >= 0
    return _averages(cells, at, [since == one for one in at], after / max(int(after.sum()), 1))


def calendar(cells: GroupTime, treated: Booleans) -> Averages:
    """Average by calendar time over the cohorts that had adopted by then; the overall one is their mean.

    Parameters
    ----------
    cells : GroupTime
        Effects by cohort and time.
    treated : numpy.ndarray
        Which cells lie at or after adoption.

    Returns
    -------
    Averages
        One average a time.
    """
    at = np.unique(cells.time[treated])
    return _averages(cells, at, [treated & (cells.time == one) for one in at], np.full(len(at), 1 / len(at)))


def by_cohort(cells: GroupTime, treated: Booleans) -> Averages:
    """Average over the treated times of each cohort; the overall one weighs cohorts by their size.

    Parameters
    ----------
    cells : GroupTime
        Effects by cohort and time.
    treated : numpy.ndarray
        Which cells lie at or after adoption.

    Returns
    -------
    Averages
        One average a cohort.
    """
    at = np.unique(cells.cohort[treated])
    weights = np.stack([_even(treated & (cells.cohort == one)) for one in at])
    effect, influence = weights @ cells.effect, cells.influence @ weights.T
    first = [int(np.flatnonzero(row)[0]) for row in weights]
    total = cells.share[first].sum()
    part = cells.share[first] / total
    overall = float(part @ effect)
    slope = np.zeros((1, len(cells.effect)))
    slope[0, first] = (effect - overall) / total
    moved = _moved_by_sizes(cells, slope)[:, 0]
    return Averages(at, effect, influence, overall, influence @ part + moved, weights, part @ weights)


def _even(chosen: Booleans) -> Floats:
    """Return equal weights on some cells."""
    return np.asarray(chosen / chosen.sum(), dtype=float)


def _averages(
    cells: GroupTime,
    place: Floats,
    chosen: list[Booleans],
    whole: Floats,
) -> Averages:
    """Average sets of cells by the size of their cohorts, and count that these sizes are themselves drawn."""
    weights = np.stack([one * cells.share / (one @ cells.share) for one in chosen])
    effect = weights @ cells.effect
    slope = np.stack([one / (one @ cells.share) for one in chosen]) * (cells.effect - effect[:, None])
    influence = cells.influence @ weights.T + _moved_by_sizes(cells, slope)
    if not whole.any():
        return Averages(place, effect, influence, np.nan, np.full(len(influence), np.nan), weights, whole @ weights)
    return Averages(place, effect, influence, float(whole @ effect), influence @ whole, weights, whole @ weights)


def _moved_by_sizes(cells: GroupTime, slope: Floats) -> Floats:
    """Return what each unit does to averages through the sizes of cohorts or cells, units by averages.

    Parameters are the slopes of the averages in the sizes, averages by cells.
    """
    out, place = np.zeros((len(cells.influence), len(slope))), np.searchsorted(cells.cohorts, cells.cohort)
    if cells.drawn == "no":
        return out
    for cohort in range(len(cells.cohorts)):
        rows = np.flatnonzero(cells.member == cohort)
        mine = np.flatnonzero(place == cohort)
        if cells.seen is None or cells.times is None:
            out[rows] = np.outer(cells.weights[rows], slope[:, mine].sum(axis=1))
        else:
            when = np.searchsorted(cells.times, cells.time[mine])
            out[rows] = cells.seen[np.ix_(rows, when)] @ slope[:, mine].T
    # sizes are means over all units, from which each unit's own stands apart
    return np.asarray(out - out.mean(axis=0), dtype=float)


def replicated(cells: GroupTime, effect: Floats, share: Floats) -> Floats:
    """Return all averages of many tables of effects at once.

    Parameters
    ----------
    cells : GroupTime
        Cohorts and times of the effects.
    effect : numpy.ndarray
        Tables by cells, NaN where a table lacks an effect.
    share : numpy.ndarray
        How much each cell counts in each table, tables by cells.

    Returns
    -------
    numpy.ndarray
        Tables by averages: over all, then the means by time since adoption, cohort and calendar time, then these one by
        one; NaN where a table lacks all of an average's effects.
    """
    known = np.isfinite(effect)
    value, share = np.where(known, effect, 0.0), np.where(known, share, 0.0)
    since, after = cells.time - cells.cohort, cells.time >= cells.cohort
    at = np.unique(since)
    cohorts, times = np.unique(cells.cohort[after]), np.unique(cells.time[after])
    events = _ratio(value * share, share, np.stack([since == one for one in at]))
    by = np.stack([after & (cells.cohort == one) for one in cohorts])
    means = _ratio(value, known.astype(float), by)
    size = np.stack([share[:, row].max(axis=1) for row in by], axis=1)
    dates = _ratio(value * share, share, np.stack([after & (cells.time == one) for one in times]))
    whole = _ratio(value * share, share, after[None])[:, 0]
    grouped = _ratio(np.nan_to_num(means) * size, size * np.isfinite(means), np.ones((1, len(cohorts)), bool))[:, 0]
    with np.errstate(invalid="ignore"):
        seen, dated = np.isfinite(events[:, at >= 0]), np.isfinite(dates)
        passed = np.nansum(events[:, at >= 0], axis=1) / seen.sum(axis=1)
        calendars = np.nansum(dates, axis=1) / dated.sum(axis=1)
    return np.column_stack([whole, passed, grouped, calendars, events, means, dates])


def _ratio(above: Floats, below: Floats, chosen: Booleans) -> Floats:
    """Divide sums over sets of cells; NaN where a set is empty."""
    total = below @ chosen.T
    return np.asarray(np.where(total > 0, above @ chosen.T / np.where(total > 0, total, 1.0), np.nan), dtype=float)
