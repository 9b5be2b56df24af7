"""Shortest paths between all actors, counted by Brandes' algorithm in a compiled kernel.

References
----------
.. [1] Brandes, U. (2001). A faster algorithm for betweenness centrality. Journal of Mathematical Sociology 25, 163-177.
   https://doi.org/10.1080/0022250X.2001.9990249
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array


@dataclass(frozen=True, slots=True)
class PathCounts:
    """What the shortest paths from and through each actor add up to.

    Parameters
    ----------
    betweenness : numpy.ndarray
        Share of the shortest paths of all ordered pairs that pass each actor, summed over pairs, shape (actors,).
    reached : numpy.ndarray
        Others that each actor can reach, shape (actors,).
    distance : numpy.ndarray
        Sum of the distances to those, shape (actors,).
    inverse_distance : numpy.ndarray
        Sum of their inverses, shape (actors,); an actor out of reach adds nothing.
    eccentricity : numpy.ndarray
        Distance to the farthest that is reached, shape (actors,).

    Examples
    --------
    >>> zero = np.zeros(1)
    >>> PathCounts(zero, zero, zero, zero, zero).reached.shape
    (1,)
    """

    betweenness: NDArray[np.float64]
    reached: NDArray[np.float64]
    distance: NDArray[np.float64]
    inverse_distance: NDArray[np.float64]
    eccentricity: NDArray[np.float64]


def count_paths(adjacency: csr_array) -> PathCounts:
    """Count the shortest paths between all ordered pairs of actors, every tie being one step.

    Parameters
    ----------
    adjacency : scipy.sparse.csr_array
        Ties, shape (actors, actors); a symmetric one for undirected networks, whose betweenness then counts both
        directions.

    Returns
    -------
    PathCounts
        Sums by actor; the paths start at the actor, except for the betweenness.

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> import networkx as nx
    >>> count_paths(as_network(nx.path_graph(3)).adjacency).betweenness.tolist()
    [0.0, 2.0, 0.0]
    """
    sums = path_sums(adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int64))
    return PathCounts(*sums)


@kernel
def path_sums(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Run one breadth-first search an actor and add the dependencies up [1]_.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Rows of an adjacency (``indptr``, ``indices``), shapes (actors + 1,) and (ties,).

    Returns
    -------
    numpy.ndarray
        Betweenness over ordered pairs, actors reached, distances, inverse distances and eccentricity, shape (5,
        actors).

    References
    ----------
    .. [1] Brandes, U. (2001). A faster algorithm for betweenness centrality. Journal of Mathematical Sociology 25,
       163-177. https://doi.org/10.1080/0022250X.2001.9990249

    Examples
    --------
    >>> path_sums(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1]))[0].tolist()  # betweenness in a path of three
    [0.0, 2.0, 0.0]
    """
    n = len(starts) - 1
    sums = np.zeros((5, n))
    order, depth, steps_back = np.empty(n, np.int64), np.full(n, -1), np.zeros(n, np.int64)
    paths, depends, back = np.zeros(n), np.zeros(n), np.empty(len(ends), np.int64)
    slot = _slots(ends, n)
    for root in range(n):
        order[0], depth[root], paths[root], steps_back[root] = root, 0, 1.0, 0
        seen = _search(starts, ends, slot, order, depth, paths, back, steps_back)
        for place in range(seen - 1, 0, -1):
            here = order[place]
            share = (1.0 + depends[here]) / paths[here]
            for k in range(slot[here], slot[here] + steps_back[here]):
                depends[back[k]] += paths[back[k]] * share
            sums[0, here] += depends[here]
            sums[2, root] += depth[here]
            sums[3, root] += 1.0 / depth[here]
        sums[1, root] = seen - 1
        sums[4, root] = depth[order[seen - 1]]
        for place in range(seen):
            depth[order[place]], depends[order[place]] = -1, 0.0
    return sums


@kernel
def _slots(ends: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    """Say where the ties that enter each actor would begin in a list of all ties, shape (actors + 1,)."""
    slot = np.zeros(n + 1, np.int64)
    for there in ends:
        slot[there + 1] += 1
    return np.cumsum(slot)


@kernel
def _search(  # noqa: PLR0917
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    slot: NDArray[np.int64],
    order: NDArray[np.int64],
    depth: NDArray[np.int64],
    paths: NDArray[np.float64],
    back: NDArray[np.int64],
    steps_back: NDArray[np.int64],
) -> int:
    """Search from ``order[0]``, counting shortest paths and noting the last step of each; return who was reached."""
    seen, head = 1, 0
    while head < seen:
        here = order[head]
        head += 1
        further = depth[here] + 1
        for k in range(starts[here], starts[here + 1]):
            there = ends[k]
            if depth[there] < 0:
                depth[there], paths[there], steps_back[there] = further, 0.0, 0
                order[seen] = there
                seen += 1
            if depth[there] == further:
                paths[there] += paths[here]
                back[slot[there] + steps_back[there]] = here
                steps_back[there] += 1
    return seen


def distances(adjacency: csr_array) -> NDArray[np.int16]:
    """Measure the steps between all ordered pairs of actors.

    Parameters
    ----------
    adjacency : scipy.sparse.csr_array
        Ties, shape (actors, actors).

    Returns
    -------
    numpy.ndarray
        Steps, shape (actors, actors); -1 where there is no path.

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> import networkx as nx
    >>> distances(as_network(nx.path_graph(3)).adjacency)[0].tolist()
    [0, 1, 2]
    """
    return _all_distances(adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int64))


@kernel
def _all_distances(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int16]:
    """Run one breadth-first search an actor."""
    n = len(starts) - 1
    steps = np.full((n, n), -1, dtype=np.int16)
    order = np.empty(n, dtype=np.int64)
    for root in range(n):
        order[0], steps[root, root] = root, 0
        seen = 1
        for head in range(n):
            if head == seen:
                break
            here = order[head]
            for k in range(starts[here], starts[here + 1]):
                there = ends[k]
                if steps[root, there] < 0:
                    steps[root, there] = steps[root, here] + 1
                    order[seen] = there
                    seen += 1
    return steps
