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

from ctresearch.networks.fragmentation import best_pairs, loss_bounds, pairs_after_each, path_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_LONGEST = 100_000  # pairs that one call lists

Completions = tuple["NDArray[np.int64]", "NDArray[np.float64]"]  # additions, shape (found, left), and their costs


class RemovalMeasure(Protocol):
    """What the search asks of a measure."""

    n: int
    ends: int  #: how many last members of a set :meth:`complete` can find at once

    def cost(self, members: Sequence[int]) -> float:
        """Return the cost of a set, exactly."""
        ...

    def after_each(self, members: Sequence[int], allowed: NDArray[np.int64], best: float) -> NDArray[np.float64]:
        """Return the cost of the set with each allowed actor added, shape (allowed,); inf where above ``best``."""
        ...

    def complete(self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float) -> Completions:
        """Return the additions of ``left`` actors, at most ``ends``, whose cost is not above ``best``, among them all the best."""
        ...

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Bound the cost of any set of ``k`` from below, at hardly any effort."""
        ...

    def losses(self, members: Sequence[int]) -> tuple[float, NDArray[np.float64]]:
        """Return the cost of the set, and by how much each further member can lower it at most."""
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

    def cost(self, members: Sequence[int]) -> float:
        """Count the connected pairs."""
        return float(pairs_after_each(*self._rows, _mask(self.n, members))[0])

    def after_each(self, members: Sequence[int], allowed: NDArray[np.int64], best: float) -> NDArray[np.float64]:
        """Count them after each addition, all in one search."""
        found: NDArray[np.float64] = pairs_after_each(*self._rows, _mask(self.n, members))[1]
        return found[allowed]

    def complete(self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float) -> Completions:
        """Find the last member or the last two."""
        if left == 1:
            return _last(self.after_each(members, allowed, best), allowed, best)
        return best_pairs(self._rows, _mask(self.n, members), allowed, best, _LONGEST)

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Count the ties that any k actors leave, each a connected pair."""
        return _ties_left(self._rows[0], k, allowed)

    def losses(self, members: Sequence[int]) -> tuple[float, NDArray[np.float64]]:
        """Bound the pairs that further members can part."""
        steps = path_sums(*self._rows, _mask(self.n, members))[1]
        return float(np.count_nonzero(steps > 0) / 2), loss_bounds(steps, False)

    def value(self, cost: float, k: int) -> float:
        """Take the share of pairs of the n - k that are parted."""
        return 1.0 - cost / _pairs(self.n - k)


class DistanceFragmentation:
    """Cost: inverse distances between all pairs that remain, added up."""

    ends = 1

    def __init__(self, adjacency: csr_array) -> None:
        self.n = adjacency.shape[0]
        self._rows = (adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int64))

    def cost(self, members: Sequence[int]) -> float:
        """Add the inverse distances up."""
        return float(path_sums(*self._rows, _mask(self.n, members))[0])

    def after_each(self, members: Sequence[int], allowed: NDArray[np.int64], best: float) -> NDArray[np.float64]:
        """Add them up after each addition that can reach ``best``, the most promising first."""
        now, losses = self.losses(members)
        found = np.full(len(allowed), np.inf)
        for place in np.argsort(-losses[allowed], kind="stable"):
            if now - losses[allowed[place]] > best + 1e-9:
                break
            found[place] = self.cost([*members, int(allowed[place])])
            best = min(best, found[place])
        return found

    def complete(self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float) -> Completions:
        """Find the last member."""
        return _last(self.after_each(members, allowed, best), allowed, best)

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Count the ties that any k actors leave, each a pair at distance 1."""
        return _ties_left(self._rows[0], k, allowed)

    def losses(self, members: Sequence[int]) -> tuple[float, NDArray[np.float64]]:
        """Bound what further members can take away."""
        total, steps = path_sums(*self._rows, _mask(self.n, members))
        return float(total), loss_bounds(steps, True)

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

    def after_each(self, members: Sequence[int], allowed: NDArray[np.int64], best: float) -> NDArray[np.float64]:
        """Count them after each addition."""
        now, losses = self.losses(members)
        return now - losses[allowed]

    def complete(self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float) -> Completions:
        """Find the last member."""
        return _last(self.after_each(members, allowed, best), allowed, best)

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Subtract the largest reaches from the number of actors."""
        return max(0.0, self.n - float(np.sort(self._within.sum(axis=1)[allowed])[-k:].sum()))

    def losses(self, members: Sequence[int]) -> tuple[float, NDArray[np.float64]]:
        """Count whom each further member would add; the gains of several add up to no less than their joint one."""
        open_to = ~self._covered(members)
        return float(np.count_nonzero(open_to)), (self._within & open_to).sum(axis=1).astype(float)

    def value(self, cost: float, k: int) -> float:
        """Take the share of the n - k others that is reached."""
        return (self.n - cost - k) / (self.n - k)

    def _covered(self, members: Sequence[int]) -> NDArray[np.bool_]:
        """Mark whom the set reaches, itself included."""
        return np.asarray(self._within[list(members)].any(axis=0))


def _last(costs: NDArray[np.float64], allowed: NDArray[np.int64], best: float) -> Completions:
    """Keep the additions that are good enough."""
    good = costs <= best
    return allowed[good][:, None], costs[good]


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
