"""Averages of effects by cohort and time: over all, by time since adoption, by cohort and by calendar time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ctresearch.policy.adoption.group_time import GroupTime
    from ctresearch.policy.adoption.two_periods import Booleans, Floats


@dataclass(frozen=True, slots=True)
class Averages:
    """Some averages with their influence functions.

    Parameters
    ----------
    at : numpy.ndarray
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
    """

    at: Floats
    effect: Floats
    influence: Floats
    overall: float
    overall_influence: Floats
    cells: Floats


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
    return _averages(cells, np.zeros(1), [treated], lambda effect, influence: (effect[0], influence[:, 0]))


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
    return _averages(
        cells,
        at,
        [since == one for one in at],
        lambda effect, influence: (effect[after].mean(), influence[:, after].mean(axis=1)),
    )


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
    return _averages(
        cells,
        at,
        [treated & (cells.time == one) for one in at],
        lambda effect, influence: (effect.mean(), influence.mean(axis=1)),
    )


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
    share = cells.share[[int(np.flatnonzero(row)[0]) for row in weights]]
    moved = _share_influence(cells, np.searchsorted(cells.cohorts, at))
    part = share / share.sum()
    passed = (moved - part * moved.sum(axis=1, keepdims=True)) / share.sum()
    return Averages(at, effect, influence, float(part @ effect), influence @ part + passed @ effect, weights)


def _even(chosen: Booleans) -> Floats:
    """Return equal weights on some cells."""
    return np.asarray(chosen / chosen.sum(), dtype=float)


def _share_influence(cells: GroupTime, places: NDArray[np.int64]) -> Floats:
    """Return the influence of each unit on the shares of some cohorts."""
    mine = (cells.member[:, None] == places) * cells.weights[:, None]
    return np.asarray(mine - mine.mean(axis=0), dtype=float)


def _averages(
    cells: GroupTime,
    at: Floats,
    chosen: list[Booleans],
    whole: Callable[[Floats, Floats], tuple[float, Floats]],
) -> Averages:
    """Average sets of cells by the size of their cohorts, and count that these sizes are themselves drawn."""
    weights = np.stack([one * cells.share / (one @ cells.share) for one in chosen])
    influence = cells.influence @ weights.T
    # the sizes enter through one number a cohort, so units of a cohort are moved alike: sums over cohorts do
    slope = np.zeros((len(at), len(cells.cohorts)))
    place = np.searchsorted(cells.cohorts, cells.cohort)
    effect = weights @ cells.effect
    for row, one in enumerate(chosen):
        left = one * (cells.effect - effect[row]) / (one @ cells.share)
        slope[row] = np.bincount(place, left, minlength=len(cells.cohorts))
    every = np.arange(len(cells.cohorts))
    influence = influence + _share_influence(cells, every) @ slope.T
    overall, overall_influence = whole(effect, influence)
    return Averages(at, effect, influence, float(overall), overall_influence, weights)
