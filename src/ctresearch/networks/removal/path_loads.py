"""What the shortest paths of a network lose with each actor, and what they add up to: kernels.

Spread each pair over its shortest paths. A set of actors parts the pair, or lengthens its way, only if it hits all of
them, that is if its members bear at least the whole pair together; so the loads of actors, which Brandes' recursion
adds up [1]_, bound from above what a set can take away. Distances of 64 actors at a time are searched with one bit each
[2]_.

References
----------
.. [1] Brandes, U. (2001). A faster algorithm for betweenness centrality. Journal of Mathematical Sociology 25, 163-177.
   https://doi.org/10.1080/0022250X.2001.9990249
.. [2] Then, M. et al. (2014). The more the merrier: efficient multi-source graph traversal. Proceedings of the VLDB
   Endowment 8, 449-460. https://doi.org/10.14778/2735496.2735507
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import ZERO, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Rows = tuple[NDArray[np.int64], NDArray[np.int64]]


@kernel
def path_loads(
    rows: Rows, gone: NDArray[np.bool_], inverse: bool, span: tuple[int, int], loads: NDArray[np.float64]
) -> float:
    """Add the loads of all pairs of which the first actor is in a span.

    Parameters
    ----------
    rows : tuple of numpy.ndarray
        Rows of a symmetric adjacency (``indptr``, ``indices``), shapes (actors + 1,) and (2 ties,).
    gone : numpy.ndarray
        Actors already removed, shape (actors,).
    inverse : bool
        Whether a pair weighs its inverse distance, or 1.
    span : tuple of int
        First actor, and the one after the last.
    loads : numpy.ndarray
        Loads, added to in place, shape (actors,); a pair loads both its ends whole.

    Returns
    -------
    float
        What those pairs weigh together.

    Examples
    --------
    >>> rows, loads = (np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1])), np.zeros(3)  # a path of three
    >>> path_loads(rows, np.zeros(3, dtype=bool), False, (0, 3), loads), loads.tolist()
    (3.0, [2.0, 3.0, 2.0])
    """
    starts, ends = rows
    n = len(starts) - 1
    order, depth = np.empty(n, np.int64), np.full(n, -1)
    paths, bears = np.zeros(n), np.zeros(n)
    known = 0.0
    for root in range(span[0], span[1]):
        if gone[root]:
            continue
        order[0], depth[root], paths[root], seen, head = root, 0, 1.0, 1, 0
        while head < seen:
            here = order[head]
            head += 1
            for k in range(starts[here], starts[here + 1]):
                there = ends[k]
                if gone[there]:
                    continue
                if depth[there] < 0:
                    depth[there], paths[there] = depth[here] + 1, 0.0
                    order[seen] = there
                    seen += 1
                if depth[there] == depth[here] + 1:
                    paths[there] += paths[here]
        for place in range(seen - 1, 0, -1):
            here = order[place]
            own = 0.0
            if here > root:
                own = 1.0 / depth[here] if inverse else 1.0
            known += own
            whole = own + bears[here]
            loads[here] += whole
            for k in range(starts[here], starts[here + 1]):
                there = ends[k]
                if not gone[there] and depth[there] == depth[here] - 1:
                    bears[there] += paths[there] * whole / paths[here]
        loads[root] += bears[root]
        for place in range(seen):
            depth[order[place]], bears[order[place]] = -1, 0.0
    return known


@kernel
def inverse_distances(rows: Rows, gone: NDArray[np.bool_]) -> float:
    """Add up the inverse distances of all pairs that remain.

    Parameters
    ----------
    rows, gone
        As in :func:`path_loads`.

    Returns
    -------
    float
        Sum over unordered pairs; a pair without a path adds nothing.

    Examples
    --------
    >>> inverse_distances((np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1])), np.zeros(3, dtype=bool))
    2.5
    """
    starts, ends = rows
    n = len(starts) - 1
    at_distance = np.zeros(n + 1, dtype=np.int64)
    front, new = np.zeros(n, np.uint64), np.zeros(n, np.uint64)
    active, met = np.empty(n, np.int64), np.empty(n, np.int64)
    for first in range(0, n, 64):
        seen = np.zeros(n, np.uint64)
        count = ZERO
        for root in range(first, min(first + 64, n)):
            if not gone[root]:
                seen[root] = front[root] = np.uint64(1) << np.uint64(root - first)
                active[count] = root
                count += 1
        step = 0
        while count:
            step += 1
            count, pairs = _one_step(starts, ends, gone, seen, front, new, active, met, count)
            at_distance[step] += pairs
    total = 0.0
    for d in range(1, n):
        total += at_distance[d] / (2.0 * d)
    return total


@kernel
def _one_step(  # noqa: PLR0917 - a kernel's work arrays
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    gone: NDArray[np.bool_],
    seen: NDArray[np.uint64],
    front: NDArray[np.uint64],
    new: NDArray[np.uint64],
    active: NDArray[np.int64],
    met: NDArray[np.int64],
    count: int,
) -> tuple[int, int]:
    """Go one step from the active actors; return how many are active then, and pairs that were met."""
    fresh = 0
    for a in range(count):
        here = active[a]
        for k in range(starts[here], starts[here + 1]):
            there = ends[k]
            if gone[there]:
                continue
            bits = front[here] & ~seen[there]
            if bits:
                if not new[there]:
                    met[fresh] = there
                    fresh += 1
                new[there] |= bits
    for a in range(count):
        front[active[a]] = 0
    pairs = 0
    for m in range(fresh):
        here = met[m]
        front[here] = new[here]
        seen[here] |= new[here]
        pairs += _count_bits(new[here])
        new[here] = 0
        active[m] = here
    return fresh, pairs


@kernel
def _count_bits(word: np.uint64) -> int:
    """Count the ones of a word, in pairs, fours and bytes."""
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((word * np.uint64(0x0101010101010101)) >> np.uint64(56))
