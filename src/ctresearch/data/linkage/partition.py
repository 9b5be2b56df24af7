"""Which records are one person: one best answer, and answers drawn as the match probabilities allow.

Pairs are not independent. If A is B and B is C, then A is C; and where a list holds nobody twice, a record can be only
one of its near-doubles there. So what is drawn is a whole division of the records into persons, one record at a time,
within groups that pairs of any plausibility hold together. A record joins a person with odds that are the mean of its
odds with that person's records: it is a copy of one of them, any as likely as the other. Their product would hear
the same evidence twice, as records of one person agree among themselves. Between two lists the draws are those of the
Gibbs sampler of [1]_; between more they come from these conditional odds, which no joint distribution need have
exactly. Pairs that no block let meet neither speak for nor against.

References
----------
.. [1] Sadinle, M. (2017). Bayesian estimation of bipartite matchings for record linkage. Journal of the American
   Statistical Association 112(518), 600-612. https://doi.org/10.1080/01621459.2016.1148612
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Chances below which a pair does not join a group, tried from the left until no group is too large to be drawn: the
# lower the chance, the fewer links are given up.
PLAUSIBLE = (1e-4, 1e-3, 1e-2, 0.05, 0.2)
LARGEST_GROUP = 400
SWEEPS = 20


@dataclass(frozen=True, slots=True)
class Groups:
    """Records held together by plausible pairs, group after group.

    ``members`` (records,) are the records of groups of two or more; ``starts`` (groups + 1,) says where each group
    begins among them; ``lists`` (records,) is the list of each member. Neighbours of member ``i`` are
    ``neighbours[edges[i]:edges[i + 1]]``, positions among the members; ``pairs``, at the same places, says which
    scored pair it is.
    """

    members: NDArray[np.int64]
    starts: NDArray[np.int64]
    lists: NDArray[np.int64]
    edges: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    pairs: NDArray[np.int64]


def group_records(
    left: NDArray[np.int64], right: NDArray[np.int64], log_odds: NDArray[np.float64], list_of: NDArray[np.int64]
) -> Groups:
    """Find the groups of records that plausible pairs hold together.

    Parameters
    ----------
    left, right : numpy.ndarray
        Records of each scored pair, shape (pairs,).
    log_odds : numpy.ndarray
        Log-odds that the two are one person, shape (pairs,).
    list_of : numpy.ndarray
        List of each record, shape (records,).

    Returns
    -------
    Groups
        Joined by pairs of probability 0.0001 or more, or in long lists, where such pairs would hold nearly everybody
        together, by the least of 0.001, 0.01, 0.05 and 0.2 that keeps groups to 400 records. All scored pairs within
        a group speak.

    Examples
    --------
    >>> found = group_records(np.array([0, 1]), np.array([2, 3]), np.array([4.0, -12.0]), np.array([0, 0, 1, 1]))
    >>> found.members.tolist(), found.starts.tolist()
    ([0, 2], [0, 2])
    """
    records = len(list_of)
    for chance in PLAUSIBLE:
        plausible = log_odds >= np.log(chance / (1 - chance))
        ones = np.ones(int(plausible.sum()))
        graph = coo_array((ones, (left[plausible], right[plausible])), shape=(records, records))
        _, label = connected_components(graph, directed=False)
        if np.bincount(label).max() <= LARGEST_GROUP:
            break
    members = np.flatnonzero(np.bincount(label)[label] > 1)
    members = members[np.argsort(label[members], kind="stable")]
    starts = np.flatnonzero(np.r_[True, np.diff(label[members]) != 0, True]) if len(members) else np.zeros(1, dtype=int)
    place = np.full(records, -1)
    place[members] = np.arange(len(members))
    inside = (label[left] == label[right]) & (place[left] >= 0)
    one, other = place[left[inside]], place[right[inside]]
    ends, others = np.r_[one, other], np.r_[other, one]
    order = np.argsort(ends, kind="stable")
    edges = np.r_[0, np.cumsum(np.bincount(ends, minlength=len(members)))]
    pairs = np.tile(np.flatnonzero(inside), 2)[order]
    return Groups(members, starts, list_of[members], edges, others[order], pairs)


def best_division(
    left: NDArray[np.int64],
    right: NDArray[np.int64],
    log_odds: NDArray[np.float64],
    list_of: NDArray[np.int64],
    *,
    one_per_list: bool = True,
) -> NDArray[np.int64]:
    """Join pairs that are more likely than not one person, the likeliest first.

    Parameters
    ----------
    left, right : numpy.ndarray
        Records of each scored pair, shape (pairs,).
    log_odds : numpy.ndarray
        Log-odds that the two are one person, shape (pairs,).
    list_of : numpy.ndarray
        List of each record, shape (records,).
    one_per_list : bool
        Whether a pair is passed over if it would put two records of one list into one person.

    Returns
    -------
    numpy.ndarray
        Person of each record, shape (records,): the smallest record number among that person's.

    Examples
    --------
    Record 2 could be 0 or 1 of the first list; the likelier wins.

    >>> best_division(np.array([0, 1]), np.array([2, 2]), np.array([3.0, 1.0]), np.array([0, 0, 1])).tolist()
    [0, 1, 0]
    """
    person = np.arange(len(list_of))
    held = {record: [record] for record in range(len(list_of))}
    chosen = np.flatnonzero(log_odds > 0)
    for pair in chosen[np.argsort(-log_odds[chosen], kind="stable")]:
        keep, gone = sorted((int(person[left[pair]]), int(person[right[pair]])))
        if keep == gone:
            continue
        lists = list_of[held[keep] + held[gone]]
        if one_per_list and len(set(lists.tolist())) < len(lists):
            continue
        person[held[gone]] = keep
        held[keep] += held.pop(gone)
    return person


def sweep(
    label: NDArray[np.int64],
    groups: Groups,
    log_odds: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    rounds: int = SWEEPS,
    one_per_list: bool = True,
) -> None:
    """Move every member of the groups to a person drawn as the odds allow, in place.

    Parameters
    ----------
    label : numpy.ndarray
        Person of each member, a position among the members of its group, shape (members,). Changed.
    groups : Groups
        What :func:`group_records` gives.
    log_odds : numpy.ndarray
        Log-odds of all scored pairs, shape (pairs,).
    rng : numpy.random.Generator
        The stream.
    rounds : int
        How often each member moves.
    one_per_list : bool
        Whether a person has at most one record of a list.

    Examples
    --------
    >>> pair, odds = group_records(np.array([0]), np.array([1]), np.array([50.0]), np.array([0, 1])), np.array([50.0])
    >>> label = np.arange(2)
    >>> sweep(label, pair, odds, np.random.default_rng(1))
    >>> bool(label[0] == label[1])
    True
    """
    layout = (groups.starts, groups.lists, groups.edges, groups.neighbours, log_odds[groups.pairs])
    for _ in range(rounds):
        _sweep(label, layout, rng.random(len(label)), one_per_list)


def person_of_records(label: NDArray[np.int64], groups: Groups, records: int) -> NDArray[np.int64]:
    """Name each person by the smallest of its records.

    Parameters
    ----------
    label : numpy.ndarray
        Person of each member, shape (members,).
    groups : Groups
        What :func:`group_records` gives.
    records : int
        Number of all records; those in no group are persons of their own.

    Returns
    -------
    numpy.ndarray
        Person of each record, shape (records,).

    Examples
    --------
    >>> pair = group_records(np.array([0]), np.array([2]), np.array([50.0]), np.array([0, 0, 1]))
    >>> person_of_records(np.array([1, 1]), pair, 3).tolist()
    [0, 1, 0]
    """
    person = np.arange(records)
    smallest = np.full(len(label), records)
    np.minimum.at(smallest, label, groups.members)
    person[groups.members] = smallest[label]
    return person


@kernel
def _sweep(label: Any, layout: Any, uniforms: Any, one_per_list: bool) -> None:
    """Move every record once; labels of a group are positions within it."""
    starts, lists, edges, neighbours, odds = layout
    for group in range(len(starts) - 1):
        first, last = starts[group], starts[group + 1]
        score, heard = np.zeros(last - first), np.zeros(last - first, dtype=np.int64)
        for i in range(first, last):
            _hear(score, heard, odds[edges[i] : edges[i + 1]], label[neighbours[edges[i] : edges[i + 1]]] - first)
            offered = heard > 0
            used = np.zeros(last - first, dtype=np.bool_)
            for k in range(first, last):
                if k != i:
                    used[label[k] - first] = True
                    if one_per_list and lists[k] == lists[i]:
                        offered[label[k] - first] = False
            empty = 0
            while used[empty]:
                empty += 1
            score[empty] = 0.0
            offered[empty] = True
            label[i] = first + _pick(score, offered, uniforms[i])


@kernel
def _hear(score: Any, heard: Any, odds: Any, places: Any) -> None:
    """Average the odds with the records of each person; ``heard`` counts them."""
    heard[:] = 0
    for e in range(len(odds)):
        place = places[e]
        score[place] = np.logaddexp(score[place], odds[e]) if heard[place] else odds[e]
        heard[place] += 1
    for place in range(len(score)):
        if heard[place]:
            score[place] -= np.log(heard[place])


@kernel
def _pick(score: Any, offered: Any, uniform: float) -> int:
    """Pick one of the offered places in proportion to the exponential of its score."""
    top = -np.inf
    for place in range(len(score)):
        if offered[place] and score[place] > top:
            top = score[place]
    total = 0.0
    for place in range(len(score)):
        if offered[place]:
            total += np.exp(score[place] - top)
    left, picked = uniform * total, 0
    for place in range(len(score)):
        if offered[place]:
            left -= np.exp(score[place] - top)
            picked = place
            if left < 0:
                break
    return picked
