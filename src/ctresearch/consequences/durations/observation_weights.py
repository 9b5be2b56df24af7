"""Weights of those who had another event: the chance of being under observation since, by group of censoring.

References
----------
.. [1] Geskus, R. B. (2011). Cause-specific cumulative incidence estimation and the Fine and Gray model under both left
   truncation and right censoring. Biometrics 67, 39-49. https://doi.org/10.1111/j.1541-0420.2010.01420.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.consequences.durations.observation_chances import censoring_steps, entry_steps
from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Durations, Floats, Integers
    from ctresearch.consequences.durations.observation_chances import Steps


@dataclass(frozen=True, slots=True)
class ObservationWeights:
    """Chances of being under observation, and what each row is divided by.

    Parameters
    ----------
    group : numpy.ndarray
        Group of censoring of each row from 0, shape (rows,).
    places : tuple of numpy.ndarray
        Rows of each group.
    weights : numpy.ndarray
        What each row counts in the curves, shape (rows,).
    stop : numpy.ndarray
        When each row ended, shape (rows,).
    censoring : tuple of Steps
        Curve of not being censored, by group.
    entering : tuple of Steps
        Curve of having come in, by group; empty where entry is not delayed.
    scale : numpy.ndarray
        One over the chance at the row's own end, for those with another event; else 0. Shape (rows,).
    after : bool
        Whether censoring comes after events of the same time.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([False, True]))
    >>> observation_weights(rows, np.array([0, 2]), 1).scale.tolist()
    [0.0, 2.0]
    """

    group: Integers
    places: tuple[Integers, ...]
    weights: Floats
    stop: Floats
    censoring: tuple[Steps, ...]
    entering: tuple[Steps, ...]
    scale: Floats
    after: bool

    def at(self, times: Floats) -> Floats:
        """Return the chance of being under observation just before some times.

        Parameters
        ----------
        times : numpy.ndarray
            Shape (times,).

        Returns
        -------
        numpy.ndarray
            Groups by times.

        Examples
        --------
        >>> from ctresearch.consequences.durations.durations import Durations
        >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.array([False, True]))
        >>> observation_weights(rows, np.array([0, 1]), 1).at(np.array([1.0, 2.0])).tolist()
        [[1.0, 0.5]]
        """
        return np.array([_chance(self.censoring, self.entering, g, times) for g in range(len(self.places))])


def observation_weights(
    rows: Durations,
    kind: Integers,
    cause: int,
    *,
    groups: Integers | None = None,
    weights: Floats | None = None,
    after: bool = False,
) -> ObservationWeights:
    """Estimate the chances of not being censored and of having come in.

    Parameters
    ----------
    rows : Durations
        When each was observed.
    kind : numpy.ndarray
        0 where censored, otherwise the cause from 1, shape (rows,).
    cause : int
        Number of the cause of interest.
    groups : numpy.ndarray, optional
        Group of censoring of each row from 0, shape (rows,); one by default.
    weights : numpy.ndarray, optional
        What each row counts, shape (rows,); 1 by default.
    after : bool
        Whether censoring comes after events of the same time.

    Returns
    -------
    ObservationWeights
        The curves.

    Raises
    ------
    DataError
        If somebody had another event where the chance of being under observation is 0, so that no weight exists.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.array([0.0, 1.0]), np.array([2.0, 3.0]), np.array([True, True]))
    >>> observation_weights(rows, np.array([2, 1]), 1).at(np.array([3.0])).tolist()
    [[1.0]]
    """
    group = np.zeros(rows.n, np.int64) if groups is None else groups
    weight = np.ones(rows.n) if weights is None else weights
    places = tuple(np.flatnonzero(group == g) for g in range(int(group.max()) + 1))
    delayed = bool(np.isfinite(rows.entry).any())
    free = kind == 0
    censoring = tuple(censoring_steps(rows.entry[p], rows.stop[p], free[p], weight[p], after=after) for p in places)
    entering = tuple(entry_steps(rows.entry[p], rows.stop[p], weight[p]) for p in places) if delayed else ()
    scale = np.zeros(rows.n)
    for g, place in enumerate(places):
        other = place[(kind[place] > 0) & (kind[place] != cause)]
        chance = _chance(censoring, entering, g, rows.stop[other])
        if (chance == 0).any():
            wrong = sorted((other[chance == 0] + 1).tolist())
            raise CellError(_nobody(wrong, delayed=delayed), rows=wrong)
        scale[other] = 1 / chance
    return ObservationWeights(group, places, weight, rows.stop, censoring, entering, scale, after)


def fewest_entering(kept: ObservationWeights) -> int | None:
    """Return the smallest number at risk on which a weight through delayed entry hangs.

    Parameters
    ----------
    kept : ObservationWeights
        The curves.

    Returns
    -------
    int or None
        None where no weight hangs on entries.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.array([0.0, 1.0]), np.array([0.5, 3.0]), np.array([True, True]))
    >>> fewest_entering(observation_weights(Durations(np.zeros(2), rows.stop, rows.event), np.array([2, 1]), 1))
    """
    found = []
    for steps, place in zip(kept.entering, kept.places, strict=False):  # none where entry is not delayed
        other = kept.stop[place][kept.scale[place] > 0]
        matters = -steps.times >= other.min(initial=np.inf)
        if matters.any():
            came, left = np.sort(steps.entry), np.sort(steps.stop)
            risk = np.searchsorted(came, steps.times) - np.searchsorted(left, steps.times)
            found.append(int(risk[matters].min()))
    return min(found) if found else None


def _chance(censoring: tuple[Steps, ...], entering: tuple[Steps, ...], group: int, times: Floats) -> Floats:
    """Return the chance of being under observation just before some times."""
    out = censoring[group].before(times)
    return out * entering[group].upto(-times) if entering else out


def _nobody(rows: list[int], *, delayed: bool) -> str:
    """Say that no weight exists."""
    if delayed:
        return (
            f"the events of rows {row_words(rows)} lie where nobody is left who could still be censored or had come in,"
            " weights need somebody: begin or cut follow-up where enough are at risk"
        )
    return "censoring leaves nobody before the last events, must leave somebody: cut follow-up earlier"
