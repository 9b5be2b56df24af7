"""Effects by cohort and time, after Callaway and Sant'Anna.

References
----------
.. [1] Callaway, B. and Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal of
   Econometrics 225, 200-230. https://doi.org/10.1016/j.jeconom.2020.12.001
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.policy.adoption.two_periods import compare, difference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ctresearch.policy.adoption.two_periods import Booleans, Floats, Method

    Integers = NDArray[np.int64]

Control = Literal["never", "not_yet"]
Base = Literal["varying", "universal"]
CONTROLS: tuple[Control, ...] = ("never", "not_yet")
BASES: tuple[Base, ...] = ("varying", "universal")


@dataclass(frozen=True, slots=True)
class Adoptions:
    """A panel as the estimators of this folder read it.

    Parameters
    ----------
    outcome : numpy.ndarray
        Units by times, NaN where nothing was seen.
    first : numpy.ndarray
        First time of treatment of each unit, infinite where there is none, shape (units,).
    times : numpy.ndarray
        The times, rising, shape (times,).
    weights : numpy.ndarray
        Weights of the units, of mean 1, shape (units,).
    clusters : numpy.ndarray
        Cluster of each unit from 0, shape (units,).
    covariates : numpy.ndarray
        Units by times by covariates.
    """

    outcome: Floats
    first: Floats
    times: Floats
    weights: Floats
    clusters: Integers
    covariates: Floats

    @property
    def cohorts(self) -> Floats:
        """Times at which some adopted, after the first time seen."""
        found = np.unique(self.first[np.isfinite(self.first)])
        return np.asarray(found[(found > self.times[0]) & (found <= self.times[-1])], dtype=float)

    def with_first(self, first: Floats) -> Adoptions:
        """Return the same with other times of adoption.

        Parameters
        ----------
        first : numpy.ndarray
            First time of treatment of each unit.

        Returns
        -------
        Adoptions
            A new panel.
        """
        return replace(self, first=first)

    def keep(self, units: Booleans) -> Adoptions:
        """Return some of the units.

        Parameters
        ----------
        units : numpy.ndarray
            Which to keep, shape (units,).

        Returns
        -------
        Adoptions
            A new panel, weights again of mean 1.
        """
        clusters = np.unique(self.clusters[units], return_inverse=True)[1]
        return Adoptions(
            outcome=self.outcome[units],
            first=self.first[units],
            times=self.times,
            weights=self.weights[units] / self.weights[units].mean(),
            clusters=clusters.astype(np.int64),
            covariates=self.covariates[units],
        )


@dataclass(frozen=True, slots=True)
class GroupTime:
    """Effects by cohort and time.

    Parameters
    ----------
    cohort, time : numpy.ndarray
        First time of treatment and time of each effect, shape (cells,).
    effect : numpy.ndarray
        Average effect on the cohort at that time, NaN where nobody compares, shape (cells,).
    influence : numpy.ndarray
        Influence of each unit, units by cells.
    share : numpy.ndarray
        How much each cell counts in averages: the weighted share of its cohort among the units, shape (cells,).
    treated, compared : numpy.ndarray
        Units of the cohort and comparison units behind each, shape (cells,).
    member : numpy.ndarray
        Cohort of each unit as a place in ``cohorts``, -1 for none, shape (units,).
    cohorts : numpy.ndarray
        The cohorts, rising.
    weights : numpy.ndarray
        Weights of the units, of mean 1, shape (units,).
    clusters : numpy.ndarray
        Cluster of each unit from 0, shape (units,).
    drawn : {"units", "cells", "no"}
        Whether averages count that the sizes of cohorts, or of cells, are themselves drawn.
    seen : numpy.ndarray or None
        Weights of the cells that were seen, units by times, and ``times``; where cells are drawn.
    """

    cohort: Floats
    time: Floats
    effect: Floats
    influence: Floats
    share: Floats
    treated: Integers
    compared: Integers
    member: Integers
    cohorts: Floats
    weights: Floats
    clusters: Integers
    drawn: Literal["units", "cells", "no"] = "units"
    seen: Floats | None = None
    times: Floats | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two periods of a cohort: places of its base and of the time, and who may be compared."""

    cohort: float
    base: int
    now: int
    outside: Booleans


def group_time(
    panel: Adoptions, *, method: Method, control: Control, base: Base = "varying", anticipation: float = 0.0
) -> GroupTime:
    """Estimate every effect by cohort and time that has a comparison.

    Units that lack one of the two periods are left out of that pair alone.

    Parameters
    ----------
    panel : Adoptions
        The data.
    method, control, base : str
        How covariates are used, who is compared, and against which period times before adoption are held.
    anticipation : float
        How long before adoption the outcome may already move.

    Returns
    -------
    GroupTime
        One cell a cohort and time.

    Raises
    ------
    DataError
        If nobody adopts within the times, or nobody compares.

    Examples
    --------
    >>> y = np.array([[1.0, 2, 6], [0, 1, 2], [0, 1, 2]])
    >>> law, none = np.array([2.0, np.inf, np.inf]), np.zeros((3, 3, 0))
    >>> panel = Adoptions(y, law, np.arange(3.0), np.ones(3), np.arange(3), none)
    >>> group_time(panel, method="regression", control="never").effect.tolist()
    [0.0, 3.0]
    """
    pairs = list(periods_compared(panel, control, base, anticipation))
    units = len(panel.first)
    influence, effect = np.zeros((units, len(pairs))), np.full(len(pairs), np.nan)
    counts = np.zeros((2, len(pairs)), dtype=np.int64)
    for together, rows in _alike(panel, pairs):
        own = panel.first[rows] == pairs[together[0]].cohort
        counts[:, together] = np.array([[own.sum()], [len(own) - own.sum()]])
        if not counts[:, together[0]].all():
            continue
        compared = compare(own, panel.weights[rows], _covariates(panel, pairs[together[0]], rows), method)
        now, before = [pairs[i].now for i in together], [pairs[i].base for i in together]
        seen = panel.outcome[rows]
        found = difference(compared, seen[:, now] - seen[:, before], method)
        effect[together] = found.effect
        influence[np.ix_(rows, np.array(together))] = found.influence * (units / len(rows))
    return _collected(panel, pairs, effect, influence, counts)


def never_treated(panel: Adoptions, anticipation: float = 0.0) -> Booleans:
    """Mark the units that do not adopt within the times.

    Parameters
    ----------
    panel : Adoptions
        The data.
    anticipation : float
        How long before adoption the outcome may already move.

    Returns
    -------
    numpy.ndarray
        Shape (units,).

    Examples
    --------
    >>> y, none = np.zeros((2, 2)), np.zeros((2, 2, 0))
    >>> panel = Adoptions(y, np.array([1.0, 9]), np.arange(2.0), np.ones(2), np.arange(2), none)
    >>> never_treated(panel).tolist()
    [False, True]
    """
    return np.asarray(panel.first > panel.times[-1] + anticipation, dtype=bool)


def cohort_places(first: Floats, cohorts: Floats) -> Integers:
    """Return the place of each unit's cohort.

    Parameters
    ----------
    first : numpy.ndarray
        First time of treatment of each unit, shape (units,).
    cohorts : numpy.ndarray
        The cohorts, rising.

    Returns
    -------
    numpy.ndarray
        -1 for units of no cohort, shape (units,).

    Examples
    --------
    >>> cohort_places(np.array([2.0, np.inf, 1.0]), np.array([1.0, 2.0])).tolist()
    [1, -1, 0]
    """
    member = np.full(len(first), -1, dtype=np.int64)
    inside = np.isin(first, cohorts)
    member[inside] = np.searchsorted(cohorts, first[inside])
    return member


def periods_compared(panel: Adoptions, control: Control, base: Base, anticipation: float) -> Iterator[Pair]:
    """Yield the pairs of periods of every cohort that have somebody to compare with.

    Parameters
    ----------
    panel : Adoptions
        The data.
    control, base, anticipation
        As :func:`group_time` takes them.

    Yields
    ------
    Pair
        A cohort, two places in the times, and who is compared.
    """
    never = never_treated(panel, anticipation)
    for cohort in panel.cohorts:
        before = np.flatnonzero(panel.times + anticipation < cohort)
        if not len(before):
            continue
        last = int(before[-1])
        for now in range(len(panel.times)):
            held = last if now > last or base == "universal" else now - 1
            if held < 0 or held == now:
                continue
            outside = never
            if control == "not_yet":
                later = panel.first > panel.times[max(now, held)] + anticipation
                outside = never | (later & (panel.first != cohort))
            if outside.any():
                yield Pair(float(cohort), held, now, outside)


def _alike(panel: Adoptions, pairs: list[Pair]) -> Iterator[tuple[list[int], Integers]]:
    """Yield the pairs that compare the same units with the same covariates, and the places of these units."""
    seen = np.isfinite(panel.outcome)
    whole = bool(seen.all())
    still = panel.covariates.shape[2] == 0 or bool((panel.covariates == panel.covariates[:, :1]).all())
    found: dict[tuple[float, bytes, int], tuple[list[int], Booleans]] = {}
    for place, pair in enumerate(pairs):
        rows = (panel.first == pair.cohort) | pair.outside
        if not whole:
            rows = rows & seen[:, pair.now] & seen[:, pair.base]
        early = 0 if still else min(pair.now, pair.base)
        kept = np.isfinite(panel.covariates[:, early]).all(axis=1)
        key = (pair.cohort, np.packbits(rows & kept).tobytes(), early)
        found.setdefault(key, ([], rows & kept))[0].append(place)
    for together, rows in found.values():
        yield together, np.flatnonzero(rows)


def _covariates(panel: Adoptions, pair: Pair, rows: Integers) -> Floats:
    """Return covariates as they were at the earlier of the two periods."""
    return np.asarray(panel.covariates[rows, min(pair.now, pair.base)], dtype=float)


def _collected(panel: Adoptions, pairs: list[Pair], effect: Floats, influence: Floats, counts: Integers) -> GroupTime:
    """Gather the cells that were estimated."""
    kept = np.isfinite(effect)
    if not kept.any():
        raise DataError(
            f"{len(panel.cohorts)} cohorts adopt after the first time and within the times, and no pair of periods has "
            "both a cohort and units to compare it with: give units that adopt later or never, or more periods"
        )
    cohorts, member = panel.cohorts, cohort_places(panel.first, panel.cohorts)
    inside = member >= 0
    shares = np.bincount(member[inside], panel.weights[inside], minlength=len(cohorts)) / len(member)
    of = np.array([pair.cohort for pair in pairs])[kept]
    return GroupTime(
        cohort=of,
        time=panel.times[np.array([pair.now for pair in pairs])[kept]],
        effect=effect[kept],
        influence=influence[:, kept] if not kept.all() else influence,
        share=shares[np.searchsorted(cohorts, of)],
        treated=counts[0, kept],
        compared=counts[1, kept],
        member=member,
        cohorts=cohorts,
        weights=panel.weights,
        clusters=panel.clusters,
    )
