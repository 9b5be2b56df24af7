"""How well any core could fit: upper bounds on the correlation with the ideal picture.

With the ideal ``"star"`` the correlation of a core of given size grows with the ties that touch the core, so branch and
bound over the ties left untouched settles each size. With ``"missing"`` the ties in the core and those in the periphery
are linked through the degrees of the core: inside = outside + degrees - all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.networks.core_fit import fit
from ctresearch.networks.set_search import Candidates, Found, branch_and_bound, greedy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.networks.removal_measures import Completions


class Untouched:
    """Cost: strength of the ties that touch no member of a set, as :mod:`ctresearch.networks.set_search` asks.

    Parameters
    ----------
    ties : numpy.ndarray
        Symmetric strengths, shape (actors, actors).

    Examples
    --------
    >>> Untouched(np.array([[0.0, 1.0], [1.0, 0.0]])).cost([0])
    0.0
    """

    ends = 1

    def __init__(self, ties: NDArray[np.float64]) -> None:
        self.n = len(ties)
        self._ties = ties

    def cost(self, members: Sequence[int]) -> float:
        """Add up the ties among the others."""
        outside = np.ones(self.n, dtype=bool)
        outside[list(members)] = False
        return float(self._ties[np.ix_(outside, outside)].sum() / 2)

    def losses(self, members: Sequence[int]) -> tuple[float, NDArray[np.float64]]:
        """Add up, for each actor, the ties that nobody in the set touches."""
        outside = np.ones(self.n)
        outside[list(members)] = 0.0
        open_ties = (self._ties @ outside) * outside
        return float(open_ties.sum() / 2), open_ties

    def after_each(self, members: Sequence[int], allowed: NDArray[np.int64], best: float) -> NDArray[np.float64]:
        """Take the open ties of each addition away."""
        now, open_ties = self.losses(members)
        return now - open_ties[allowed]

    def complete(self, members: Sequence[int], left: int, allowed: NDArray[np.int64], best: float) -> Completions:
        """Find the last member."""
        costs = self.after_each(members, allowed, best)
        return allowed[costs <= best][:, None], costs[costs <= best]

    def floor(self, k: int, allowed: NDArray[np.int64]) -> float:
        """Take the k largest strengths away."""
        strength = self._ties.sum(axis=1)
        return max(0.0, float(strength.sum() / 2 - np.sort(strength[allowed])[-k:].sum()))

    def value(self, cost: float, k: int) -> float:
        """Return the cost itself."""
        return cost


def highest_star_fit(ties: NDArray[np.float64], best: float, effort: int) -> float:
    """Bound the correlation with the ideal ``"star"`` over all cores.

    Parameters
    ----------
    ties : numpy.ndarray
        Pair sums and their squares, as in :func:`ctresearch.networks.core_fit.climb`.
    best : float
        Correlation that was reached.
    effort : int
        Most branches for each size.

    Returns
    -------
    float
        ``best`` if no core can be better, else a bound above it.

    Examples
    --------
    >>> star = np.zeros((2, 4, 4))
    >>> star[:, 0, 1:] = star[:, 1:, 0] = 2.0
    >>> highest_star_fit(star, 1.0, 100)
    1.0
    """
    measure = Untouched(ties[0])
    who = Candidates(np.arange(measure.n), np.zeros(measure.n), np.inf)
    highest = best
    for size in range(1, measure.n - 1):
        if _star(ties, size, measure.floor(size, who.allowed)) <= best + 1e-10:
            continue
        first = greedy(measure, size, who)
        found = Found(measure.cost(first), {tuple(sorted(first))})
        branch_and_bound(measure, size, who, found, effort=effort)
        highest = max(highest, _star(ties, size, min(found.cost, found.open_bound)))
    return highest


def highest_fit(ties: NDArray[np.float64], best: float, *, binary: bool) -> float:
    """Bound the correlation with the ideal ``"missing"`` over all cores from the degrees.

    Parameters
    ----------
    ties, best
        As in :func:`highest_star_fit`.
    binary : bool
        Whether every tie counts 1; nothing below 1 is known otherwise.

    Returns
    -------
    float
        The bound, at least ``best``.

    Examples
    --------
    >>> ring = np.zeros((2, 6, 6))
    >>> for i in range(6):
    ...     ring[:, i, (i + 1) % 6] = ring[:, (i + 1) % 6, i] = 2.0
    >>> 0.3 <= highest_fit(ring, 0.3, binary=True) < 1.0
    True
    """
    if not binary:
        return 1.0
    n = ties.shape[1]
    strength = ties[0].sum(axis=1)
    total = float(strength.sum() / 2)
    top = np.cumsum(np.sort(strength)[::-1])
    highest = best
    for size in range(2, n - 1):
        most = min(size * (size - 1.0), float(np.sort(np.minimum(strength, 2.0 * (size - 1)))[-size:].sum() / 2))
        least = max(0.0, total - float(top[size - 1]))
        for outside in np.arange(least, total + 1.0):
            inside = min(most, outside + float(top[size - 1]) - total)
            sums = np.array([inside, outside, total, inside, outside, total])
            highest = max(highest, fit(n, size, False, sums))
    return highest


def _star(ties: NDArray[np.float64], size: int, untouched: float) -> float:
    """Correlate with the ideal ``"star"``, given the ties that a core of some size leaves untouched."""
    total, squares = ties[0].sum() / 2, ties[1].sum() / 2
    return float(fit(ties.shape[1], size, True, np.array([0.0, untouched, total, 0.0, 0.0, squares])))
