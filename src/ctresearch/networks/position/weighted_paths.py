"""Shortest paths through each actor where ties have lengths and, it may be, a direction.

Lengths that are inverses of strengths are rounded, so that two equally long paths, such as 1/3 + 1/6 and 1/2, seldom
have the same length to the last digit. Paths that differ by rounding alone count as equal, as in R's igraph; networkx
asks for equality to the last digit and misses some of them.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

SAME_DISTANCE = 1e-12
"""Distances whose relative difference is below this are equal: sums of inverse counts differ in their last digits."""


def paths_through(lengths: csr_array) -> Floats:
    """Add up the share of shortest paths that pass each actor.

    Parameters
    ----------
    lengths : scipy.sparse.csr_array
        Length of each tie from row to column, above 0, shape (actors, actors).

    Returns
    -------
    numpy.ndarray
        Over all ordered pairs of others, shape (actors,).

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> paths_through(csr_array([[0.0, 1.0, 3.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])).tolist()
    [0.0, 1.0, 0.0]
    """
    found: Floats = weighted_betweenness(
        lengths.indptr.astype(np.int64), lengths.indices.astype(np.int64), lengths.data.astype(float)
    )
    return found


@kernel
def weighted_betweenness(starts: Integers, ends: Integers, lengths: Floats) -> Floats:
    """Count the shortest paths through each actor where ties have lengths: the farthest pass theirs on first.

    Parameters
    ----------
    starts, ends, lengths : numpy.ndarray
        Ties as compressed rows with their lengths, shapes (N + 1,), (ties,), (ties,); a tie without direction stands
        in both rows.

    Returns
    -------
    numpy.ndarray
        Over all ordered pairs of others, shape (N,).

    Examples
    --------
    >>> starts, ends = np.array([0, 2, 4, 6]), np.array([1, 2, 0, 2, 0, 1])
    >>> weighted_betweenness(starts, ends, np.array([1.0, 3.0, 1.0, 1.0, 3.0, 1.0])).tolist()
    [0.0, 2.0, 0.0]
    """
    n = len(starts) - 1
    total, depends = np.zeros(n), np.zeros(n)
    for root in range(n):
        if starts[root] == starts[root + 1]:
            continue
        distance, paths, order = _shortest(starts, ends, lengths, root)
        depends[:] = 0.0
        for place in range(len(order) - 1, 0, -1):
            here = order[place]
            for k in range(starts[here], starts[here + 1]):
                there = ends[k]
                if there != root and _equal(distance[here] + lengths[k], distance[there]):
                    depends[here] += paths[here] / paths[there] * (1.0 + depends[there])
            total[here] += depends[here]
    return total


@kernel
def _equal(one: float, two: float) -> bool:
    """Say whether two distances are equal but for rounding."""
    return abs(one - two) <= SAME_DISTANCE * max(one, two)


@kernel
def _shortest(starts: Integers, ends: Integers, lengths: Floats, root: int) -> tuple[Floats, Floats, Integers]:
    """Run Dijkstra's algorithm from one actor; return distances, numbers of shortest paths and the order of visits."""
    n = len(starts) - 1
    distance, paths, done = np.full(n, np.inf), np.zeros(n), np.zeros(n, np.bool_)
    order, size = np.empty(n, np.int64), 0
    distance[root], paths[root] = 0.0, 1.0
    heap = [(0.0, root)]
    while heap:
        _, here = heapq.heappop(heap)
        if done[here]:
            continue
        done[here] = True
        order[size] = here
        size += 1
        for k in range(starts[here], starts[here + 1]):
            there, reach = ends[k], distance[here] + lengths[k]
            if done[there]:
                continue
            if np.isfinite(distance[there]) and _equal(reach, distance[there]):
                paths[there] += paths[here]
            elif reach < distance[there]:
                distance[there], paths[there] = reach, paths[here]
                heapq.heappush(heap, (reach, there))
    return distance, paths, order[:size]
