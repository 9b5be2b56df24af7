"""How many separate chains still lead from origin to destination.

Two chains are separate if no actor serves in both. By Menger's theorem their largest number is a maximum flow in which
every actor carries one chain, found here by augmenting paths.

References
----------
.. [1] Menger, K. (1927). Zur allgemeinen Kurventheorie. Fundamenta Mathematicae 10, 96-115.
   https://doi.org/10.4064/fm-10-1-96-115
.. [2] Edmonds, J. and Karp, R. M. (1972). Theoretical improvements in algorithmic efficiency for network flow problems.
   Journal of the ACM 19, 248-264. https://doi.org/10.1145/321694.321699
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


@kernel
def count_chains(starts: Integers, ends: Integers, stage: Integers, last: int) -> int:
    """Count the chains of actors, no actor in two of them, that pass all stages in order.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Ties as compressed rows, shapes (N + 1,) and (2M,).
    stage : numpy.ndarray
        Stage of each actor from 0 to ``last``; negative for those who take no part, shape (N,).
    last : int
        The stage at the destination. A chain steps to an actor of the same stage or of the next.

    Returns
    -------
    int
        The largest number of separate chains.

    Examples
    --------
    >>> starts, ends = np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1])
    >>> count_chains(starts, ends, np.array([0, 1, 2]), 2), count_chains(starts, ends, np.array([0, 2, 1]), 2)
    (1, 0)
    """
    n = len(stage)
    # Where each actor's chain comes from and goes to: -1 for nobody, n for outside the network.
    before, after = np.full(n, -1), np.full(n, -1)
    count = 0
    while _augment(starts, ends, stage, last, before, after):
        count += 1
    return count


@kernel
def _augment(  # noqa: PLR0917
    starts: Integers, ends: Integers, stage: Integers, last: int, before: Integers, after: Integers
) -> bool:
    """Find one more chain by breadth-first search in the residual network and write it in; say whether there was one.

    State ``i`` is the way into actor ``i``, state ``n + i`` the way out.
    """
    n = len(stage)
    came, queue = np.full(2 * n, -2), np.empty(2 * n, np.int64)
    size = 0
    for actor in range(n):
        if stage[actor] == 0 and before[actor] < 0:
            came[actor] = -1
            queue[size] = actor
            size += 1
    head, finish = 0, -1
    while head < size and finish < 0:
        state = queue[head]
        head += 1
        if state < n:
            if before[state] < n:  # free: pass through; taken: push the chain that comes in back where it came from
                size = _visit(came, queue, size, n + (state if before[state] < 0 else before[state]), state)
        else:
            actor = state - n
            if stage[actor] == last and after[actor] < 0:
                finish = state
                break
            if before[actor] >= 0:  # a chain runs through: undo its passage
                size = _visit(came, queue, size, actor, state)
            for place in range(starts[actor], starts[actor + 1]):
                there = ends[place]
                if after[actor] != there and 0 <= stage[actor] <= stage[there] <= stage[actor] + 1:
                    size = _visit(came, queue, size, there, state)
    if finish < 0:
        return False
    _write(came, finish, before, after)
    return True


@kernel
def _visit(came: Integers, queue: Integers, size: int, state: int, origin: int) -> int:
    """Put a state into the queue if it is new; return the queue's length."""
    if came[state] != -2:
        return size
    came[state] = origin
    queue[size] = state
    return size + 1


@kernel
def _write(came: Integers, finish: int, before: Integers, after: Integers) -> None:
    """Follow an augmenting path back from its end and turn its steps into chains."""
    n = len(before)
    # Steps that a chain gives up are cleared before those of the new path are written.
    state = finish
    while came[state] >= 0:
        origin = came[state]
        if state >= n and origin < n and state - n != origin:
            before[origin] = -1
            after[state - n] = -1
        state = origin
    after[finish - n] = n
    state = finish
    while came[state] >= 0:
        origin = came[state]
        if state < n and origin >= n and origin - n != state:
            after[origin - n] = state
            before[state] = origin - n
        state = origin
    before[state] = n
