"""What the connected pairs of a network lose with each actor, where every pair is led round the busy: kernels.

Pairs keep connected while one way between them is left. So any way a pair, or any mixture of ways, bounds what a set of
actors can part: the pairs led through its members, counted once for each. The lower the largest loads, the better the
bound. Each tree leads all pairs; the next tree is one of shortest ways where an actor is as long as its load so far,
squared, after the way in which packing and covering problems are solved by weights that multiply [1]_.

References
----------
.. [1] Plotkin, S. A., Shmoys, D. B. and Tardos, E. (1995). Fast approximation algorithms for fractional packing and
   covering problems. Mathematics of Operations Research 20, 257-301. https://doi.org/10.1287/moor.20.2.257
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import ZERO, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = tuple[NDArray[np.int64], NDArray[np.int64]]


@kernel
def tree_loads(
    rows: Rows, gone: NDArray[np.bool_], order: NDArray[np.int64], span: tuple[int, int], loads: NDArray[np.float64]
) -> None:
    """Add the loads of some trees more.

    Parameters
    ----------
    rows : tuple of numpy.ndarray
        Rows of a symmetric adjacency (``indptr``, ``indices``), shapes (actors + 1,) and (2 ties,).
    gone : numpy.ndarray
        Actors already removed, shape (actors,).
    order : numpy.ndarray
        Actors in the order in which they become roots, shape (actors,).
    span : tuple of int
        Trees that the loads hold already, and trees that they shall hold.
    loads : numpy.ndarray
        Loads of all trees, changed in place, shape (actors,); a pair loads both its ends.

    Examples
    --------
    >>> loads = np.zeros(3)  # of a path of three, which is a tree
    >>> rows = np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1])
    >>> tree_loads(rows, np.zeros(3, dtype=bool), np.arange(3), (0, 2), loads)
    >>> (loads / 2).tolist()
    [2.0, 3.0, 2.0]
    """
    n = len(order)
    stride, pairs = max(1, n // 256), max(1.0, n * (n - 1) / 2)
    reached, above, length = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n)
    for tree in range(span[0], span[1]):
        for actor in range(n):
            length[actor] = (loads[actor] / (max(tree, 1) * pairs) + 1.0 / n) ** 2
        done, first = gone.copy(), ZERO
        way, size, cut = np.full(n, np.inf), np.zeros(n), np.zeros(n)
        for turn in range(n):
            root = order[(tree * stride + turn) % n]
            if not done[root]:
                last = _shortest_ways(rows, length, root, done, way, above, reached, first)
                _add_loads(reached[first:last], above, size, cut, loads)
                first = last


@kernel
def _shortest_ways(  # noqa: PLR0917 - a kernel's work arrays
    rows: Rows,
    length: NDArray[np.float64],
    root: int,
    done: NDArray[np.bool_],
    way: NDArray[np.float64],
    above: NDArray[np.int64],
    reached: NDArray[np.int64],
    first: int,
) -> int:
    """Grow a tree of shortest ways over the component of a root; return where its list of actors ends."""
    starts, ends = rows
    heap = [(0.0, root)]
    way[root], above[root], last = 0.0, -1, first
    while heap:
        _, here = heapq.heappop(heap)
        if done[here]:
            continue
        done[here] = True
        reached[last] = here
        last += 1
        further = way[here] + length[here]
        for k in range(starts[here], starts[here + 1]):
            there = ends[k]
            if not done[there] and further < way[there]:
                way[there], above[there] = further, here
                heapq.heappush(heap, (further, there))
    return last


@kernel
def _add_loads(
    reached: NDArray[np.int64],
    above: NDArray[np.int64],
    size: NDArray[np.float64],
    cut: NDArray[np.float64],
    loads: NDArray[np.float64],
) -> None:
    """Add, for each actor of a tree, the pairs that its removal parts or takes away."""
    for here in reached[::-1]:
        size[here] += 1.0
        over = above[here]
        if over >= 0:
            size[over] += size[here]
            cut[over] += size[here] * (size[here] - 1.0) / 2
    whole = float(len(reached))
    for here in reached:
        rest = whole - size[here]
        loads[here] += whole * (whole - 1.0) / 2 - cut[here] - rest * (rest - 1.0) / 2
