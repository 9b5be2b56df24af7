"""What is left of a network when actors are taken out: the kernels behind the search for key players.

The pairs still connected after the removal of any one more actor come from a single depth-first search, as the
subtrees of an articulation point fall apart [1]_. That makes the last member of a set cheap to find exactly.

References
----------
.. [1] Tarjan, R. (1972). Depth-first search and linear graph algorithms. SIAM Journal on Computing 1, 146-160.
   https://doi.org/10.1137/0201010
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import ZERO, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray


@kernel
def pairs_after_each(
    starts: NDArray[np.int64], ends: NDArray[np.int64], gone: NDArray[np.bool_]
) -> tuple[float, NDArray[np.float64]]:
    """Count the connected pairs now and after the removal of each further actor.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Rows of a symmetric adjacency (``indptr``, ``indices``), shapes (actors + 1,) and (2 ties,).
    gone : numpy.ndarray
        Actors already removed, shape (actors,).

    Returns
    -------
    tuple
        Connected pairs now, and after removing each actor, shape (actors,); for those gone, as now.

    Examples
    --------
    >>> starts, ends = np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1])  # a path of three
    >>> pairs_after_each(starts, ends, np.zeros(3, dtype=bool))[1].tolist()
    [1.0, 0.0, 1.0]
    """
    n = len(starts) - 1
    entered, split, order = np.full(n, -1), np.zeros(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    work = (
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.int64),
        np.empty(n, dtype=np.int64),
    )
    cut, lost = np.zeros(n), np.zeros(n)  # pairs within the subtrees that an actor cuts off, and pairs lost with it
    connected, first = 0.0, ZERO
    for root in range(n):
        if gone[root] or entered[root] >= 0:
            continue
        last = _search_part(starts, ends, gone, (entered, split, order), work, cut, root, first)
        whole = last - first
        connected += whole * (whole - 1) / 2
        for k in range(first, last):
            here = order[k]
            rest = whole - 1 - split[here]
            lost[here] = whole * (whole - 1) / 2 - cut[here] - rest * (rest - 1) / 2
        first = last
    return connected, connected - lost


@kernel
def _search_part(  # noqa: PLR0917 - a kernel's work arrays
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    gone: NDArray[np.bool_],
    found: tuple[NDArray[np.int64], ...],
    work: tuple[NDArray[np.int64], ...],
    cut: NDArray[np.float64],
    root: int,
    clock: int,
) -> int:
    """Search one component by depth; fill when and in which order actors were entered and what each cuts off."""
    entered, split, order = found
    low, size, parent, place, stack = work
    _enter(entered, order, work, root, ZERO - 1, clock)
    place[root], stack[0] = starts[root], root
    clock, top = clock + 1, 0
    while top >= 0:
        here = stack[top]
        if place[here] < starts[here + 1]:
            there = ends[place[here]]
            place[here] += 1
            if gone[there] or there == parent[here]:
                continue
            if entered[there] >= 0:
                low[here] = min(low[here], entered[there])
                continue
            _enter(entered, order, work, there, here, clock)
            place[there] = starts[there]
            clock, top = clock + 1, top + 1
            stack[top] = there
            continue
        top -= 1
        above = parent[here]
        if above >= 0:
            size[above] += size[here]
            low[above] = min(low[above], low[here])
            if low[here] >= entered[above]:
                split[above] += size[here]
                cut[above] += size[here] * (size[here] - 1) / 2
    return clock


@kernel
def _enter(  # noqa: PLR0917 - a kernel's work arrays
    entered: NDArray[np.int64],
    order: NDArray[np.int64],
    work: tuple[NDArray[np.int64], ...],
    actor: int,
    above: int,
    clock: int,
) -> None:
    """Note an actor as met for the first time."""
    low, size, parent, _, _ = work
    entered[actor], low[actor], size[actor], order[clock] = clock, clock, 1, actor
    parent[actor] = above


@kernel
def best_pairs(  # noqa: PLR0917 - a kernel takes no keywords
    rows: tuple[NDArray[np.int64], NDArray[np.int64]],
    gone: NDArray[np.bool_],
    free: NDArray[np.int64],
    lowest: NDArray[np.float64],
    best: float,
    most: int,
    span: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """List the pairs of further actors after whose removal no more than ``best`` pairs are connected.

    Parameters
    ----------
    rows : tuple of numpy.ndarray
        ``starts`` and ``ends`` as in :func:`pairs_after_each`.
    gone : numpy.ndarray
        Actors already removed, shape (actors,).
    free : numpy.ndarray
        Actors who may be removed, shape (free,).
    lowest : numpy.ndarray
        Connected pairs that are left at least after removing each of them and a later one, shape (free,).
    best : float
        Connected pairs to reach; it falls as better pairs are met.
    most : int
        Longest list.
    span : tuple of int
        Places in ``free`` of the first actor of a pair: the first, and the one after the last.

    Returns
    -------
    tuple
        The pairs, shape (found, 2), and the connected pairs after each, shape (found,).

    Examples
    --------
    >>> rows = np.array([0, 1, 3, 5, 6]), np.array([1, 0, 2, 1, 3, 2])  # a path of four
    >>> best_pairs(rows, np.zeros(4, dtype=bool), np.arange(4), np.zeros(4), 0.5, 9, (0, 4))[0].tolist()
    [[0, 2], [1, 2], [1, 3]]
    """
    pairs, costs = np.empty((most, 2), dtype=np.int64), np.empty(most)
    found = 0
    without = gone.copy()
    for i in range(span[0], span[1]):
        if lowest[i] > best:
            continue
        without[free[i]] = True
        after = pairs_after_each(rows[0], rows[1], without)[1]
        without[free[i]] = False
        for j in range(i + 1, len(free)):
            cost = after[free[j]]
            if cost > best or (cost == best and found == most):
                continue
            if cost < best:
                best, found = cost, 0
            pairs[found, 0], pairs[found, 1], costs[found] = free[i], free[j], cost
            found += 1
    return pairs[:found], costs[:found]
