"""Lists that are one list under two names: identical, one inside the other, or nearly so; and lists that never meet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

Fault = Literal["identical", "nested", "nearly identical", "nearly nested"]
# Where 19 of 20 people of a list are on another, the pair says how the second was made, and no longer how many there
# are; from nine tenths on it is for somebody to look at.
_INSIDE, _MOSTLY = 0.95, 0.9
# Referral is common in this field, and odds ratios up to ten are seen between lists that are made apart.
_MODERATE = 10.0
_LEVEL = 0.01


@dataclass(frozen=True, slots=True)
class Repeated:
    """Two lists of a table by position, the one inside the other first, how they are one, and whether wholly so."""

    inner: int
    outer: int
    fault: Fault
    sure: bool


def repeated_lists(counts: Array) -> tuple[Repeated, ...]:
    """Find lists whose people are nearly all on one other list, more than a referral would bring there.

    The people who are on some third list tell how likely it is to be on the outer list. A pair is named where the
    share of the inner list that is on the outer one is above nine tenths, and even at odds ten times those of other
    people so large a share would come by chance in less than one table in a hundred, over all pairs. It is ``sure``
    above 19 in 20.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,); the first is not used.

    Returns
    -------
    tuple of Repeated
        Each pair once; empty where there are none. Of two lists alone only identical ones can be told.

    Examples
    --------
    >>> repeated_lists(np.array([0.0, 1, 60, 80, 90, 0, 20, 20]))[0].fault
    'nearly nested'
    """
    lists = len(counts).bit_length() - 1
    cells = np.arange(1, len(counts))
    on, people = cells[:, None] >> np.arange(lists) & 1 == 1, counts[1:].astype(np.float64)
    sizes = people @ on
    found: dict[frozenset[int], Repeated] = {}
    for inner in np.argsort(sizes, kind="stable").tolist():
        for outer in range(lists):
            pair = frozenset((inner, outer))
            if inner == outer or pair in found:
                continue
            one = _fault(on, people, sizes, inner, outer)
            if one is not None:
                found[pair] = one
    return tuple(found.values())


def _fault(on: Array, people: Array, sizes: Array, inner: int, outer: int) -> Repeated | None:
    """Say how one list is inside another, if it is."""
    lists = len(sizes)
    both = float(people[on[:, inner] & on[:, outer]].sum())
    if both == sizes[inner] == sizes[outer] > 0:
        return Repeated(inner, outer, "identical", True)
    if both <= _MOSTLY * sizes[inner] or lists == 2:
        return None
    third = on.sum(axis=1) - on[:, inner] - on[:, outer] > 0
    seen, there = float(people[third].sum()), float(people[third & on[:, outer] & ~on[:, inner]].sum())
    apart = float(people[third & ~on[:, inner]].sum())
    if seen == 0 or not _beyond(both, float(sizes[inner]), there, apart, lists):
        return None
    near, sure = bool(both > _MOSTLY * sizes[outer]), bool(both > _INSIDE * sizes[inner])
    if both == sizes[inner]:
        return Repeated(inner, outer, "nearly identical" if near else "nested", True)
    return Repeated(inner, outer, "nearly identical" if near else "nearly nested", sure)


def _beyond(both: float, size: float, there: float, apart: float, lists: int) -> bool:
    """Say whether the share of a list inside another is beyond what ten times the odds of other people would give."""
    from scipy.special import betainc

    share = (there + 1) / (apart + 2)
    odds = _MODERATE * share / (1 - share)
    expected = odds / (1 + odds)
    level = _LEVEL / (lists * (lists - 1))
    tail = betainc(both, size - both + 1, expected)  # chance of so many of the inner list, or more, on the outer
    return bool(tail < level)


def separate_groups(shared: Array) -> tuple[tuple[int, ...], ...]:
    """Sort lists into groups that have nobody in common.

    Parameters
    ----------
    shared : numpy.ndarray
        People in common, shape (lists, lists).

    Returns
    -------
    tuple of tuple of int
        Positions of the lists of each group; one group where all lists hang together.

    Examples
    --------
    >>> separate_groups(np.array([[9, 2, 0], [2, 8, 0], [0, 0, 7]]))
    ((0, 1), (2,))
    """
    groups: list[tuple[int, ...]] = []
    left = set(range(len(shared)))
    while left:
        group, fresh = set(), {min(left)}
        while fresh:
            group |= fresh
            fresh = {j for i in fresh for j in left if shared[i, j] + shared[j, i] > 0} - group
        groups.append(tuple(sorted(group)))
        left -= group
    return tuple(groups)
