"""How near a set of actors is to all others: the distance-weighted reach of key players [1]_.

References
----------
.. [1] Borgatti, S. P. (2006). Identifying sets of key players in a social network. Computational and Mathematical
   Organization Theory 12, 21-34. https://doi.org/10.1007/s10588-006-7084-x
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.networks.removal.loss_bounds import LossBounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.networks.removal.removal_measures import Completions
    from ctresearch.networks.structure.search_limit import SearchLimit


class DistanceReach:
    """Cost: what the inverse distances from the set to all actors lack to 1, added up; members lack nothing."""

    ends = 1

    def __init__(self, steps: NDArray[np.int16]) -> None:
        self.n = len(steps)
        self._near = np.divide(1.0, steps, out=np.zeros(steps.shape), where=steps > 0)
        np.fill_diagonal(self._near, 1.0)

    def cost(self, members: Sequence[int]) -> float:
        """Add up what is lacking."""
        return float(self.n - self._nearest(members).sum())

    def after_each(
        self, members: Sequence[int], allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> NDArray[np.float64]:
        """Add it up after each addition."""
        found = self.losses(members, limit)
        return np.asarray(found.now[0] - found.losses[0, allowed])

    def complete(
        self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float, limit: SearchLimit
    ) -> Completions:
        """Find the last member."""
        costs = self.after_each(members, allowed, best, limit)
        good = costs <= best
        return allowed[good][:, None], costs[good], np.inf

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Subtract the most that can be near: within each distance, no more than the k widest circles hold together."""
        most, total, met = 0.0, 0.0, -1
        for step in range(1, self.n + 1):
            held = np.concatenate(
                [np.count_nonzero(self._near[rows] >= 1.0 / step, axis=1) for rows in _blocks(self.n)]
            )
            within = min(float(self.n), float(np.sort(held[allowed])[-k:].sum()))
            total, most = total + (within - most) / step, within
            if most >= self.n or int(held.sum()) == met:
                break
            met = int(held.sum())
        return max(0.0, self.n - total) * (1 - 1e-11)

    def losses(self, members: Sequence[int], limit: SearchLimit) -> LossBounds:
        """Say what each further member would add; the gains of several add up to no less than their joint one."""
        nearest = self._nearest(members)
        gains = np.concatenate([np.maximum(self._near[rows] - nearest, 0.0).sum(axis=1) for rows in _blocks(self.n)])
        return LossBounds(np.array([float(self.n - nearest.sum())]), gains[None])

    def value(self, cost: float, k: int) -> float:
        """Take the mean inverse distance to the n - k others."""
        return (self.n - cost - k) / (self.n - k)

    def _nearest(self, members: Sequence[int]) -> NDArray[np.float64]:
        """Give the inverse distance of each actor from the nearest member, 1 for members."""
        return np.asarray(self._near[list(members)].max(axis=0, initial=0.0))


def _blocks(n: int) -> list[slice]:
    """Cut the rows of a square table, so that no second table of its size is held."""
    step = max(1, 1_000_000 // n)
    return [slice(first, first + step) for first in range(0, n, step)]
