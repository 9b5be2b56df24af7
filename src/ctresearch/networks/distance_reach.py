"""How near a set of actors is to all others: the distance-weighted reach of key players [1]_.

References
----------
.. [1] Borgatti, S. P. (2006). Identifying sets of key players in a social network. Computational and Mathematical
   Organization Theory 12, 21-34. https://doi.org/10.1007/s10588-006-7084-x
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.networks.removal_measures import Completions


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

    def after_each(self, members: Sequence[int], allowed: NDArray[np.int64], best: float) -> NDArray[np.float64]:
        """Add it up after each addition."""
        now, losses = self.losses(members)
        return now - losses[allowed]

    def complete(self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float) -> Completions:
        """Find the last member."""
        costs = self.after_each(members, allowed, best)
        good = costs <= best
        return allowed[good][:, None], costs[good]

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Subtract the largest sums of inverse distances from the number of actors."""
        return max(0.0, self.n - float(np.sort(self._near.sum(axis=1)[allowed])[-k:].sum()))

    def losses(self, members: Sequence[int]) -> tuple[float, NDArray[np.float64]]:
        """Say what each further member would add; the gains of several add up to no less than their joint one."""
        nearest = self._nearest(members)
        gains: NDArray[np.float64] = np.maximum(self._near - nearest, 0.0).sum(axis=1)
        return float(self.n - nearest.sum()), gains

    def value(self, cost: float, k: int) -> float:
        """Take the mean inverse distance to the n - k others."""
        return (self.n - cost - k) / (self.n - k)

    def _nearest(self, members: Sequence[int]) -> NDArray[np.float64]:
        """Give the inverse distance of each actor from the nearest member, 1 for members."""
        return np.asarray(self._near[list(members)].max(axis=0, initial=0.0))
