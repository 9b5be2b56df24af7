"""Three questions that a set of key players may answer, in the shape that the search needs.

Each measure turns a set of actors into a *cost* that the search makes small, and bounds from below what further
members could bring it to. KPP-Neg asks how far the network falls apart without the set, KPP-Pos how many the set
reaches [1]_.

References
----------
.. [1] Borgatti, S. P. (2006). Identifying sets of key players in a social network. Computational and Mathematical
   Organization Theory 12, 21-34. https://doi.org/10.1007/s10588-006-7084-x
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from ctresearch.core.random import generator
from ctresearch.networks.removal.fragmentation import best_pairs, pairs_after_each
from ctresearch.networks.removal.loss_bounds import LossBounds
from ctresearch.networks.removal.path_loads import inverse_distances, path_loads
from ctresearch.networks.removal.tree_loads import tree_loads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ctresearch.networks.structure.search_limit import SearchLimit

_LONGEST = 1001  # pairs of one cost that are listed: more than a result lists
_FIRST_TREES, _TREES, _TREES_A_CALL = 256, 24, 8
_PATHS_TOO = 500  # actors up to which the loads of shortest paths are worth their time beside those of trees
_BOUND_PAIRS = 200  # actors above which bounds save more time than they take in the search for the last two
_A_CALL = 1_000_000  # actors and ties that a call of a kernel goes through, so that the clock is looked at
_ROUNDED = 1e-11  # by how much sums of positive numbers may be rounded
_EACH = 2000  # actors above which bounds by paths are worked out once, and the most promising alone are tried
_TRIED = 64

# additions, shape (found, left), their costs, and the lowest bound of those that there was no time for
Completions = tuple["NDArray[np.int64]", "NDArray[np.float64]", float]


class RemovalMeasure(Protocol):
    """What the search asks of a measure. Whatever takes long looks at the clock."""

    n: int
    ends: int  #: how many last members of a set :meth:`complete` can find at once

    def cost(self, members: Sequence[int]) -> float:
        """Return the cost of a set, exactly."""
        ...

    def after_each(
        self, members: Sequence[int], allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> NDArray[np.float64]:
        """Return the cost with each allowed actor added, shape (allowed,); inf where above ``best`` or not tried."""
        ...

    def complete(
        self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> Completions:
        """Return at most ``ends`` additions of ``left`` actors that cost no more than ``best``, with all the best."""
        ...

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Bound the cost of any set of ``k`` from below, at hardly any effort."""
        ...

    def losses(self, members: Sequence[int], limit: SearchLimit) -> LossBounds:
        """Bound by how much each further member can lower the cost of the set."""
        ...

    def value(self, cost: float, k: int) -> float:
        """Turn the cost of a set of ``k`` into the published measure."""
        ...


class Fragmentation:
    """Cost: pairs still connected without the set."""

    ends = 2

    def __init__(self, adjacency: csr_array) -> None:
        self.n = adjacency.shape[0]
        self._rows = (adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int64))
        self._roots = generator(0).permutation(self.n)  # for the bounds alone: no seed of a user's reaches it
        self._first: LossBounds | None = None

    def cost(self, members: Sequence[int]) -> float:
        """Count the connected pairs."""
        return float(pairs_after_each(*self._rows, _mask(self.n, members))[0])

    def after_each(
        self, members: Sequence[int], allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> NDArray[np.float64]:
        """Count them after each addition, all in one search."""
        found: NDArray[np.float64] = pairs_after_each(*self._rows, _mask(self.n, members))[1]
        return found[allowed]

    def complete(
        self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> Completions:
        """Find the last member or the last two."""
        if left == 1:
            return _last(self.after_each(members, allowed, best, limit), allowed, best)
        lowest = np.zeros(len(allowed))
        if self.n > _BOUND_PAIRS:
            lowest = self.losses(members, limit).with_each(allowed, 2)
        gone, step = _mask(self.n, members), max(1, _A_CALL // sum(map(len, self._rows)))
        pairs, costs, open_bound = np.empty((0, 2), dtype=np.int64), np.empty(0), np.inf
        for first in range(0, len(allowed), step):
            if limit.over:
                open_bound = float(lowest[first:].min())
                break
            span = (first, min(first + step, len(allowed)))
            more, cost = best_pairs(self._rows, gone, allowed, lowest, best, _LONGEST, span)
            if len(cost):  # all of them alike, and no worse than those before
                tied = len(costs) > 0 and costs[0] == cost[0]
                pairs = np.concatenate([pairs, more]) if tied else more
                costs = np.concatenate([costs, cost]) if tied else cost
                best = float(cost[0]) - 0.5 * (len(costs) >= _LONGEST)  # with a full list, better ones alone are of use
        return pairs, costs, open_bound

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Count the ties that any k actors leave, each a connected pair."""
        return _ties_left(self._rows[0], k, allowed)

    def losses(self, members: Sequence[int], limit: SearchLimit) -> LossBounds:
        """Bound the pairs that further members can part, by ways round the busy and by shortest paths."""
        if not members and self._first is not None:
            return self._first
        gone, loads, trees = _mask(self.n, members), np.zeros(self.n), 0
        while trees < (_TREES if members else _FIRST_TREES) and not (trees and limit.over):
            tree_loads(self._rows, gone, self._roots, (trees, trees + _TREES_A_CALL), loads)
            trees += _TREES_A_CALL
        kinds = [loads / trees]
        if self.n <= _PATHS_TOO:
            kinds.append(np.zeros(self.n))
            path_loads(self._rows, gone, False, (0, self.n), kinds[1])
        found = LossBounds(np.full(len(kinds), self.cost(members)), np.stack(kinds) * (1 + _ROUNDED))
        if not members:
            self._first = found
        return found

    def value(self, cost: float, k: int) -> float:
        """Take the share of pairs of the n - k that are parted."""
        return 1.0 - cost / _pairs(self.n - k)


class DistanceFragmentation:
    """Cost: inverse distances between all pairs that remain, added up."""

    ends = 1

    def __init__(self, adjacency: csr_array) -> None:
        self.n = adjacency.shape[0]
        self._rows = (adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int64))
        self._first: LossBounds | None = None

    def cost(self, members: Sequence[int]) -> float:
        """Add the inverse distances up."""
        return float(inverse_distances(self._rows, _mask(self.n, members)))

    def after_each(
        self, members: Sequence[int], allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> NDArray[np.float64]:
        """Add them up after each addition that can reach ``best``, the most promising first."""
        many = self.n > _EACH
        bounds = self.losses([] if many else members, limit)
        lowest = bounds.now[0] - bounds.losses[0, list(members)].sum() * many - bounds.losses[0, allowed]
        found = np.full(len(allowed), np.inf)
        for turn, place in enumerate(np.argsort(lowest, kind="stable")):
            if lowest[place] > best + 1e-9 or (turn and limit.over) or (many and turn >= _TRIED):
                break
            found[place] = self.cost([*members, int(allowed[place])])
            best = min(best, found[place])
        return found

    def complete(
        self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> Completions:
        """Find the last member."""
        bounds = self.losses(members, limit)
        lowest = bounds.now[0] - bounds.losses[0, allowed]
        costs, open_bound = np.full(len(allowed), np.inf), np.inf
        for place in np.argsort(lowest, kind="stable"):
            if lowest[place] > best + 1e-9:
                break
            if limit.over:
                open_bound = float(lowest[place])
                break
            costs[place] = self.cost([*members, int(allowed[place])])
            best = min(best, costs[place])
        good = costs <= best + 1e-9
        return allowed[good][:, None], costs[good], open_bound

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Count the ties that any k actors leave, each a pair at distance 1."""
        return _ties_left(self._rows[0], k, allowed)

    def losses(self, members: Sequence[int], limit: SearchLimit) -> LossBounds:
        """Bound what further members can take away; pairs whose paths there is no time for count as lost."""
        if not members and self._first is not None:
            return self._first
        gone, loads, known, first = _mask(self.n, members), np.zeros(self.n), 0.0, 0
        step, within = max(1, _A_CALL // sum(map(len, self._rows))), limit.share(0.5)
        while first < self.n and not (first and within.over):
            last = min(first + step, self.n)
            known += path_loads(self._rows, gone, True, (first, last), loads)
            first = last
        found = LossBounds(np.array([known * (1 - _ROUNDED)]), loads[None] * (1 + _ROUNDED))
        if not members:
            self._first = found
        return found

    def value(self, cost: float, k: int) -> float:
        """Compare with the n - k all tied to each other."""
        return 1.0 - cost / _pairs(self.n - k)


class Reach:
    """Cost: actors that the set does not reach within some steps."""

    ends = 1

    def __init__(self, within: NDArray[np.bool_]) -> None:
        self.n = len(within)
        self._within = within

    def cost(self, members: Sequence[int]) -> float:
        """Count those out of reach."""
        return float(self.n - np.count_nonzero(self._covered(members)))

    def after_each(
        self, members: Sequence[int], allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> NDArray[np.float64]:
        """Count them after each addition."""
        found = self.losses(members, limit)
        return np.asarray(found.now[0] - found.losses[0, allowed])

    def complete(
        self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> Completions:
        """Find the last member."""
        return _last(self.after_each(members, allowed, best, limit), allowed, best)

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Subtract the largest reaches from the number of actors."""
        return max(0.0, self.n - float(np.sort(self._within.sum(axis=1)[allowed])[-k:].sum()))

    def losses(self, members: Sequence[int], limit: SearchLimit) -> LossBounds:
        """Count whom each further member would add; the gains of several add up to no less than their joint one."""
        open_to = ~self._covered(members)
        gains = (self._within & open_to).sum(axis=1).astype(float)
        return LossBounds(np.array([float(np.count_nonzero(open_to))]), gains[None])

    def value(self, cost: float, k: int) -> float:
        """Take the share of the n - k others that is reached."""
        return (self.n - cost - k) / (self.n - k)

    def _covered(self, members: Sequence[int]) -> NDArray[np.bool_]:
        """Mark whom the set reaches, itself included."""
        return np.asarray(self._within[list(members)].any(axis=0))


def _last(costs: NDArray[np.float64], allowed: NDArray[np.int64], best: float) -> Completions:
    """Keep the additions that are good enough."""
    good = costs <= best
    return allowed[good][:, None], costs[good], np.inf


def _ties_left(starts: NDArray[np.int64], k: int, allowed: NDArray[np.int64]) -> float:
    """Count the ties less the k largest degrees."""
    degree = np.diff(starts)
    return max(0.0, float(starts[-1] / 2 - np.sort(degree[allowed])[-k:].sum()))


def _mask(n: int, members: Sequence[int]) -> NDArray[np.bool_]:
    """Mark the members of a set."""
    gone = np.zeros(n, dtype=np.bool_)
    gone[list(members)] = True
    return gone


def _pairs(n: int) -> float:
    """Count the pairs of ``n`` actors."""
    return n * (n - 1) / 2
