"""The best set of k actors: by branch and bound with proof, by swaps beyond.

The bound [1]_: the losses that single further members can cause at most add up to no less than what they cause
together. A branch is left when even the largest of them cannot bring the cost down to the best found, ties included.

References
----------
.. [1] Land, A. H. and Doig, A. G. (1960). An automatic method of solving discrete programming problems. Econometrica
   28, 497-520. https://doi.org/10.2307/1910129
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.random import generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.core.random import Seed
    from ctresearch.networks.removal.removal_measures import RemovalMeasure
    from ctresearch.networks.structure.search_limit import SearchLimit

MAX_SETS = 1000
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may be in the set.

    Parameters
    ----------
    allowed : numpy.ndarray
        Positions of the actors, shape (allowed,).
    costs : numpy.ndarray
        What each actor of the network costs, shape (actors,).
    budget : float
        What the whole set may cost.

    Examples
    --------
    >>> Candidates(np.arange(2), np.ones(2), 1.0).affordable([0], 1).tolist()
    []
    """

    allowed: NDArray[np.int64]
    costs: NDArray[np.float64]
    budget: float

    def affordable(self, members: list[int], left: int) -> NDArray[np.int64]:
        """Return who can join a set that needs ``left`` more members, the cheapest for the rest assumed.

        Parameters
        ----------
        members : list of int
            The set so far.
        left : int
            Members still to be added, the next one included.

        Returns
        -------
        numpy.ndarray
            Positions, in order.

        Examples
        --------
        >>> Candidates(np.arange(3), np.array([1.0, 1.0, 5.0]), 2.0).affordable([0], 1).tolist()
        [1]
        """
        free = self.allowed[~np.isin(self.allowed, members)]
        if not np.isfinite(self.budget):
            return free
        cheapest = np.sort(self.costs[free])[: left - 1].sum()
        spent = float(self.costs[members].sum() + cheapest)
        return np.asarray(free[self.costs[free] <= self.budget - spent + _TIE])


@dataclass(slots=True)
class Found:
    """The best sets so far, and the lowest cost that any branch not looked into could have.

    Parameters
    ----------
    cost : float
        Of the best sets.
    sets : set
        Those sets, as sorted tuples of positions.
    open_bound : float
        Lowest bound among branches that were left for want of effort; infinite if all were settled.
    looked : int
        Branches that were opened.

    Examples
    --------
    >>> found = Found()
    >>> found.offer(2.0, (1,))
    >>> found.offer(1.0, (0,))
    >>> found.cost, found.sets
    (1.0, {(0,)})
    """

    cost: float = float("inf")
    sets: set[tuple[int, ...]] = field(default_factory=set)
    open_bound: float = float("inf")
    looked: int = 0

    def offer(self, cost: float, members: tuple[int, ...]) -> None:
        """Take a set that is better, or as good.

        Parameters
        ----------
        cost : float
            Its cost.
        members : tuple of int
            Its members, sorted.

        Examples
        --------
        >>> Found().offer(1.0, (0,))
        """
        if cost < self.cost - _TIE:
            self.cost, self.sets = cost, {members}
        elif cost <= self.cost + _TIE and len(self.sets) <= MAX_SETS:
            self.sets.add(members)

    @property
    def complete(self) -> bool:
        """Whether all ties that were met are listed."""
        return len(self.sets) <= MAX_SETS

    @property
    def reach(self) -> float:
        """The cost that a branch must be able to come down to: that of a tie, while there is room for more of them."""
        return self.cost + (_TIE if self.complete else -_TIE)

    @property
    def settled(self) -> bool:
        """Whether no branch is open in which another set of this cost could be."""
        return self.open_bound > self.cost + _TIE


def greedy(
    measure: RemovalMeasure, k: int, who: Candidates, limit: SearchLimit, members: tuple[int, ...] = ()
) -> tuple[int, ...]:
    """Add the member that helps most, one after the other; half the time is for it.

    Parameters
    ----------
    measure : RemovalMeasure
        What is asked.
    k : int
        Members.
    who : Candidates
        Who may be in the set.
    limit : SearchLimit
        Its clock; without time each choice is the most promising one.
    members : tuple of int
        Where to start.

    Returns
    -------
    tuple of int
        Positions, in the order of their choice; fewer than ``k`` where nobody else is affordable.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> from ctresearch.networks.removal.removal_measures import Fragmentation
    >>> from ctresearch.networks.structure.search_limit import SearchLimit
    >>> measure = Fragmentation(as_network(nx.path_graph(5)).adjacency)
    >>> greedy(measure, 1, Candidates(np.arange(5), np.ones(5), np.inf), SearchLimit("search"))
    (2,)
    """
    chosen = list(members)
    while len(chosen) < k:
        free = who.affordable(chosen, k - len(chosen))
        if not len(free):
            break
        within = limit.share(0.5 / (k - len(chosen)))
        chosen.append(int(free[np.argmin(measure.after_each(chosen, free, np.inf, within))]))
    return tuple(chosen)


def swap(measure: RemovalMeasure, k: int, who: Candidates, limit: SearchLimit, *, starts: int, seed: Seed) -> Found:
    """Exchange members for better ones until no single exchange helps, from a greedy and from random starts.

    Parameters
    ----------
    measure : RemovalMeasure
        What is asked.
    k : int
        Members.
    who : Candidates
        Who may be in the set.
    limit : SearchLimit
        Its clock.
    starts : int
        Starts, the greedy one included.
    seed : int or SeedSequence
        Of the random ones.

    Returns
    -------
    Found
        The best sets seen.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> from ctresearch.networks.removal.removal_measures import Fragmentation
    >>> from ctresearch.networks.structure.search_limit import SearchLimit
    >>> measure = Fragmentation(as_network(nx.path_graph(5)).adjacency)
    >>> swap(measure, 2, Candidates(np.arange(5), np.ones(5), np.inf), SearchLimit("search"), starts=2, seed=0).sets
    {(1, 3)}
    """
    found, random = Found(), generator(seed)
    anyone = who.affordable([], k)
    for start in range(starts if len(anyone) else 0):
        first = () if start == 0 else (int(random.choice(anyone)),)
        if limit.over and found.sets:
            break
        members = list(greedy(measure, k, who, limit, first))
        if len(members) < k:
            continue
        _exchange(measure, members, who, found, limit)
    return found


def branch_and_bound(measure: RemovalMeasure, k: int, who: Candidates, found: Found, limit: SearchLimit) -> Found:
    """Go through all sets that could be as good as the best one.

    Parameters
    ----------
    measure : RemovalMeasure
        What is asked.
    k : int
        Members.
    who : Candidates
        Who may be in the set.
    found : Found
        A good set to start from; it is changed.
    limit : SearchLimit
        When to end; the branches left over enter ``open_bound``.

    Returns
    -------
    Found
        All best sets, with proof if ``open_bound`` is not below their cost.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks import as_network
    >>> from ctresearch.networks.removal.removal_measures import Fragmentation
    >>> from ctresearch.networks.structure.search_limit import SearchLimit
    >>> measure = Fragmentation(as_network(nx.cycle_graph(4)).adjacency)
    >>> who = Candidates(np.arange(4), np.ones(4), np.inf)
    >>> sorted(branch_and_bound(measure, 2, who, Found(), SearchLimit("search", effort=100)).sets)
    [(0, 2), (1, 3)]
    """
    losses = measure.losses([], limit).losses[0]
    ranked = who.allowed[np.argsort(-losses[who.allowed], kind="stable")]
    place = np.full(measure.n, -1)
    place[ranked] = np.arange(len(ranked))
    _branch(_Search(measure, k, who, found, limit, place), [], -np.inf)
    return found


@dataclass(frozen=True, slots=True)
class _Search:
    """What all branches of a search share; ``place`` orders the actors, shape (actors,)."""

    measure: RemovalMeasure
    k: int
    who: Candidates
    found: Found
    limit: SearchLimit
    place: NDArray[np.int64]


def _branch(search: _Search, members: list[int], lowest: float) -> None:
    """Open one branch, no set of which costs less than ``lowest``: ``members`` and actors of a later place."""
    measure, who, found, place = search.measure, search.who, search.found, search.place
    left = search.k - len(members)
    free = who.affordable(members, left)
    free = free[place[free] > (place[members[-1]] if members else -1)]
    free = free[np.argsort(place[free])]
    if len(free) < left:
        return
    found.looked += 1
    if left <= (measure.ends if np.isinf(who.budget) else 1):
        added, costs, open_bound = measure.complete(members, left, free, found.reach, search.limit)
        for more, cost in zip(added.tolist(), costs.tolist(), strict=True):
            found.offer(cost, tuple(sorted([*members, *more])))
        found.open_bound = min(found.open_bound, max(lowest, open_bound))
        return
    bounds = np.maximum(measure.losses(members, search.limit).with_each(free, left), lowest)[: len(free) - left + 1]
    for i, bound in enumerate(bounds.tolist()):
        if bound > found.reach:
            continue
        if search.limit.reached(found.looked, best=measure.value(found.cost, search.k)):
            found.open_bound = min(found.open_bound, float(bounds[i:].min()))
            return
        _branch(search, [*members, int(free[i])], bound)


def _exchange(measure: RemovalMeasure, members: list[int], who: Candidates, found: Found, limit: SearchLimit) -> None:
    """Exchange members one at a time until a whole round brings nothing, offering every set on the way."""
    cost, k = measure.cost(members), len(members)
    found.offer(cost, tuple(sorted(members)))
    quiet, turn = 0, 0
    while quiet < k and not limit.reached(0):
        rest = [m for i, m in enumerate(members) if i != turn % k]
        free = who.affordable(rest, 1)
        costs = measure.after_each(rest, free, cost, limit)
        for i in np.flatnonzero(costs <= min(cost, found.cost) + _TIE):
            found.offer(float(costs[i]), tuple(sorted([*rest, int(free[i])])))
        best = int(np.argmin(costs))
        if costs[best] < cost - _TIE:
            members, cost, quiet = [*rest, int(free[best])], float(costs[best]), 0
            turn = 0
        else:
            quiet, turn = quiet + 1, turn + 1
