"""Scores by which actors are removed from a network, compiled: each recomputes in a fraction of a second.

References
----------
.. [1] Morone, F. and Makse, H. A. (2015). Influence maximization in complex networks through optimal percolation.
   Nature 524, 65-68. https://doi.org/10.1038/nature14604
.. [2] Borgatti, S. P. (2006). Identifying sets of key players in a social network. Computational and Mathematical
   Organization Theory 12, 21-34. https://doi.org/10.1007/s10588-006-7084-x
.. [3] Brandes, U. (2001). A faster algorithm for betweenness centrality. Journal of Mathematical Sociology 25, 163-177.
   https://doi.org/10.1080/0022250X.2001.9990249
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@kernel
def degrees(starts: Integers, weights: Floats) -> Floats:
    """Sum the weights of each actor's ties.

    Parameters
    ----------
    starts : numpy.ndarray
        Where each actor's ties begin, shape (N + 1,).
    weights : numpy.ndarray
        Strength of each tie, ones for plain degrees, shape (2M,).

    Returns
    -------
    numpy.ndarray
        Shape (N,).

    Examples
    --------
    >>> degrees(np.array([0, 1, 3, 4]), np.ones(4)).tolist()
    [1.0, 2.0, 1.0]
    """
    out = np.zeros(len(starts) - 1)
    for actor in range(len(out)):
        for place in range(starts[actor], starts[actor + 1]):
            out[actor] += weights[place]
    return out


@kernel
def collective_influence(starts: Integers, ends: Integers, weights: Floats, radius: int) -> Floats:
    """Multiply each actor's degree less one by the sum of degrees less one at a given distance.

    Parameters
    ----------
    starts, ends, weights : numpy.ndarray
        Ties as compressed rows with their strengths, shapes (N + 1,), (2M,), (2M,).
    radius : int
        Number of steps to the actors that are summed over.

    Returns
    -------
    numpy.ndarray
        Shape (N,).

    Examples
    --------
    >>> starts, ends = np.array([0, 1, 3, 5, 6]), np.array([1, 0, 2, 1, 3, 2])
    >>> collective_influence(starts, ends, np.ones(6), 1).tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    n = len(starts) - 1
    degree, out = degrees(starts, weights), np.zeros(n)
    depth, queue = np.full(n, -1), np.empty(n, np.int64)
    for actor in range(n):
        depth[actor], queue[0] = 0, actor
        size, head = 1, 0
        while head < size and depth[queue[head]] < radius:
            here = queue[head]
            head += 1
            for place in range(starts[here], starts[here + 1]):
                there = ends[place]
                if depth[there] < 0:
                    depth[there] = depth[here] + 1
                    queue[size] = there
                    size += 1
        total = 0.0
        for place in range(size):
            if depth[queue[place]] == radius:
                total += degree[queue[place]] - 1
            depth[queue[place]] = -1
        out[actor] = (degree[actor] - 1) * total
    return out


@kernel
def fragmentation_without(starts: Integers, ends: Integers, is_alive: NDArray[np.bool_]) -> Floats:
    """Count the ordered pairs that are cut from each other when one actor is removed.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Ties as compressed rows, shapes (N + 1,) and (2M,).
    is_alive : numpy.ndarray
        Who is still there, shape (N,).

    Returns
    -------
    numpy.ndarray
        Minus the number of ordered pairs of the others that stay connected, shape (N,): the largest is the removal
        that fragments most. ``-inf`` for those who are not there.

    Examples
    --------
    >>> starts, ends = np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1])
    >>> fragmentation_without(starts, ends, np.ones(3, dtype=bool)).tolist()
    [-2.0, 0.0, -2.0]
    """
    n = len(is_alive)
    out, seen, queue = np.full(n, -np.inf), np.zeros(n, np.int64), np.empty(n, np.int64)
    for gone in range(n):
        if not is_alive[gone]:
            continue
        connected, stamp = 0.0, gone + 1
        for root in range(n):
            if root == gone or not is_alive[root] or seen[root] == stamp:
                continue
            size = component(starts, ends, root, gone, seen, stamp, queue)
            connected -= size * (size - 1.0)
        out[gone] = connected
    return out


@kernel
def component(  # noqa: PLR0917
    starts: Integers, ends: Integers, root: int, gone: int, seen: Integers, stamp: int, queue: Integers
) -> int:
    """Mark the component of one actor, one other actor left out, and return its size.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Ties as compressed rows, shapes (N + 1,) and (2M,).
    root : int
        Where to begin.
    gone : int
        The actor left out; -1 for nobody.
    seen : numpy.ndarray
        Marks, changed in place, shape (N,).
    stamp : int
        The mark to set.
    queue : numpy.ndarray
        Scratch space, shape (N,).

    Returns
    -------
    int
        Number of actors.

    Examples
    --------
    >>> starts, ends = np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1])
    >>> component(starts, ends, 0, -1, np.zeros(3, np.int64), 1, np.zeros(3, np.int64))
    3
    """
    queue[0], seen[root] = root, stamp
    size, head = 1, 0
    while head < size:
        here = queue[head]
        head += 1
        for place in range(starts[here], starts[here + 1]):
            there = ends[place]
            if there != gone and seen[there] != stamp:
                seen[there] = stamp
                queue[size] = there
                size += 1
    return size
