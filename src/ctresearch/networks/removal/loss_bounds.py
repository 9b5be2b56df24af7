"""How far further members could bring a cost down at most: bounds that add up over members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LossBounds:
    """One or several bounds, each of which holds by itself.

    Parameters
    ----------
    now : numpy.ndarray
        What the cost is at least before anybody joins, shape (bounds,).
    losses : numpy.ndarray
        By how much each further member can lower that at most, shape (bounds, actors); those of several add up.

    Examples
    --------
    >>> LossBounds(np.array([9.0]), np.array([[1.0, 5.0, 2.0]])).of_any(np.arange(3), 2)
    2.0
    """

    now: NDArray[np.float64]
    losses: NDArray[np.float64]

    def of_any(self, allowed: NDArray[np.int64], k: int) -> float:
        """Bound the cost with any ``k`` of the allowed from below.

        Parameters
        ----------
        allowed : numpy.ndarray
            Positions of actors.
        k : int
            How many join.

        Returns
        -------
        float
            The bound.

        Examples
        --------
        >>> LossBounds(np.array([9.0]), np.array([[1.0, 5.0, 2.0]])).of_any(np.array([0, 2]), 1)
        7.0
        """
        return float((self.now - np.sort(self.losses[:, allowed], axis=1)[:, -k:].sum(axis=1)).max())

    def with_each(self, free: NDArray[np.int64], left: int) -> NDArray[np.float64]:
        """Bound, for each actor, the cost with that one and others who stand behind.

        Parameters
        ----------
        free : numpy.ndarray
            Positions of actors in their order.
        left : int
            How many join, the one included.

        Returns
        -------
        numpy.ndarray
            Bounds from below, shape (free,).

        Examples
        --------
        >>> LossBounds(np.array([9.0]), np.array([[1.0, 5.0, 2.0]])).with_each(np.arange(3), 2).tolist()
        [3.0, 2.0, 7.0]
        """
        each = [
            now - helps[free] - largest_after(helps[free], left - 1)
            for now, helps in zip(self.now, self.losses, strict=True)
        ]
        return np.asarray(np.max(each, axis=0))


@kernel
def largest_after(helps: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Add up, for each place, the ``count`` largest values that stand behind it.

    Parameters
    ----------
    helps : numpy.ndarray
        Values, none below 0, shape (places,).
    count : int
        How many.

    Returns
    -------
    numpy.ndarray
        Sums, shape (places,).

    Examples
    --------
    >>> largest_after(np.array([1.0, 3.0, 2.0]), 1).tolist()
    [3.0, 2.0, 0.0]
    """
    sums, top = (
        np.zeros(len(helps)),
        np.zeros(count + 1),
    )  # the largest so far, falling; the last is a place to sort into
    for i in range(len(helps) - 1, -1, -1):
        for place in range(count):
            sums[i] += top[place]
        place = count
        while place > 0 and top[place - 1] < helps[i]:
            top[place] = top[place - 1]
            place -= 1
        top[place] = helps[i]
    return sums
