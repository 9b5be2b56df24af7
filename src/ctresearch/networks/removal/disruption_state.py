"""The state of a network under disruption, and the compiled steps that change and measure it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ctresearch.core.compile import ZERO, kernel
from ctresearch.networks.removal.removal_scores import component

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Booleans = NDArray[np.bool_]


class State(NamedTuple):
    """A network of N actors and at most M ties, changed in place by the steps of one run.

    ``pairs`` (M, 2) and ``weight`` (M,) the ties there are, ``counts[0]`` of them; ``tied`` (N, N) 1 where there is
    one; ``lost`` (M, 2) who lost a tie and whom to, and ``lost_weight`` (M,), ``counts[1]`` of which wait to be
    replaced; ``is_alive`` (N,) who is still there; ``substitute`` (N,) who stands in for whom, -1 for nobody.
    """

    pairs: Integers
    weight: Floats
    tied: NDArray[np.uint8]
    lost: Integers
    lost_weight: Floats
    is_alive: Booleans
    substitute: Integers
    counts: Integers


@kernel
def new_state(n: int, pairs: Integers, weight: Floats) -> State:
    """Return the state of a network that nobody has touched.

    Parameters
    ----------
    n : int
        Number of actors, N.
    pairs, weight : numpy.ndarray
        The two actors of each tie, once, and its weight, shapes (M, 2) and (M,).

    Returns
    -------
    State
        With copies of the arrays.

    Examples
    --------
    >>> new_state(3, np.array([[0, 1], [1, 2]]), np.ones(2)).counts.tolist()
    [2, 0]
    """
    tied = np.zeros((n, n), np.uint8)
    for one, two in pairs:
        tied[one, two] = tied[two, one] = 1
    counts = np.array([len(pairs), 0])
    return State(
        pairs.copy(),
        weight.copy(),
        tied,
        np.zeros_like(pairs),
        np.zeros_like(weight),
        np.ones(n, np.bool_),
        np.full(n, -1),
        counts,
    )


@kernel
def compressed(state: State) -> tuple[Integers, Integers, Floats]:
    """Turn the ties into compressed rows, both directions.

    Parameters
    ----------
    state : State
        The network.

    Returns
    -------
    tuple of numpy.ndarray
        Where each actor's ties begin (N + 1,), the other actor (2M,), and the weight (2M,).

    Examples
    --------
    >>> starts, ends, _ = compressed(new_state(3, np.array([[0, 1], [1, 2]]), np.ones(2)))
    >>> starts.tolist(), ends.tolist()
    ([0, 1, 3, 4], [1, 0, 2, 1])
    """
    count = state.counts[0]
    starts = np.zeros(len(state.is_alive) + 1, np.int64)
    for tie in range(count):
        starts[state.pairs[tie, 0] + 1] += 1
        starts[state.pairs[tie, 1] + 1] += 1
    starts = np.cumsum(starts)
    ends, weights, fill = np.empty(2 * count, np.int64), np.empty(2 * count), starts[:-1].copy()
    for tie in range(count):
        for side in range(2):
            here = state.pairs[tie, side]
            ends[fill[here]], weights[fill[here]] = state.pairs[tie, 1 - side], state.weight[tie]
            fill[here] += 1
    return starts, ends, weights


@kernel
def in_sight(state: State, hidden: NDArray[np.uint8]) -> State:
    """Leave out the ties that are not seen.

    Parameters
    ----------
    state : State
        The network; it stays as it is.
    hidden : numpy.ndarray
        1 for pairs whose tie is not seen, shape (N, N), or (0, 0) where all are.

    Returns
    -------
    State
        The network with the ties that are seen; the same one where all are.

    Examples
    --------
    >>> hidden = np.array([[0, 0, 0], [0, 0, 1], [0, 1, 0]], np.uint8)
    >>> in_sight(new_state(3, np.array([[0, 1], [1, 2]]), np.ones(2)), hidden).counts.tolist()
    [1, 0]
    """
    if not len(hidden):
        return state
    pairs, weight, kept = state.pairs.copy(), state.weight.copy(), 0
    for tie in range(state.counts[0]):
        one, two = state.pairs[tie, 0], state.pairs[tie, 1]
        if not hidden[one, two]:
            pairs[kept, 0], pairs[kept, 1], weight[kept] = one, two, state.weight[tie]
            kept += 1
    counts = np.array([kept, state.counts[1]])
    return State(pairs, weight, state.tied, state.lost, state.lost_weight, state.is_alive, state.substitute, counts)


@kernel
def remove_actor(state: State, actor: int) -> None:
    """Take an actor and their ties out, in place; those who lost a tie wait to replace it.

    Parameters
    ----------
    state : State
        The network.
    actor : int
        Who is removed.

    Examples
    --------
    >>> state = new_state(3, np.array([[0, 1], [1, 2]]), np.ones(2))
    >>> remove_actor(state, 0)
    >>> state.counts.tolist(), state.lost[0].tolist()
    ([1, 1], [1, 0])
    """
    state.is_alive[actor] = False
    still = ZERO
    for place in range(state.counts[1]):  # the removed actor no longer seeks anybody
        if state.lost[place, 0] != actor:
            _wait(state, still, state.lost[place, 0], state.lost[place, 1], state.lost_weight[place])
            still += 1
    kept = 0
    for tie in range(state.counts[0]):
        one, two, weight = state.pairs[tie, 0], state.pairs[tie, 1], state.weight[tie]
        if actor in (one, two):
            state.tied[one, two] = state.tied[two, one] = 0
            _wait(state, still, two if one == actor else one, actor, weight)
            still += 1
        else:
            state.pairs[kept, 0], state.pairs[kept, 1], state.weight[kept] = one, two, weight
            kept += 1
    state.counts[0], state.counts[1] = kept, still


@kernel
def _wait(state: State, place: int, seeker: int, gone: int, weight: float) -> None:
    """Note that somebody lost a tie."""
    state.lost[place, 0], state.lost[place, 1], state.lost_weight[place] = seeker, gone, weight


@kernel
def largest_component(starts: Integers, ends: Integers, is_alive: Booleans) -> int:
    """Count the actors of the largest component.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Ties as compressed rows, shapes (N + 1,) and (2M,).
    is_alive : numpy.ndarray
        Who is still there, shape (N,).

    Returns
    -------
    int
        Its size.

    Examples
    --------
    >>> largest_component(np.array([0, 1, 2, 2]), np.array([1, 0]), np.ones(3, dtype=bool))
    2
    """
    n, best = len(is_alive), 0
    seen, queue = np.zeros(n, np.int64), np.empty(n, np.int64)
    for root in range(n):
        if is_alive[root] and not seen[root]:
            best = max(best, component(starts, ends, root, ZERO - 1, seen, ZERO + 1, queue))
    return best


@kernel
def inverse_distances(starts: Integers, ends: Integers) -> float:
    """Sum the inverse distances of all ordered pairs; pairs out of reach add nothing.

    Sixty-four searches run at once, one in each bit of a word [1]_.

    Parameters
    ----------
    starts, ends : numpy.ndarray
        Ties as compressed rows, shapes (N + 1,) and (2M,).

    Returns
    -------
    float
        The sum; over N (N - 1) it is the efficiency.

    References
    ----------
    .. [1] Then, M., Kaufmann, M., Chirigati, F., Hoang-Vu, T.-A., Pham, K., Kemper, A., Neumann, T. and Vo, H. T.
       (2014). The more the merrier: efficient multi-source graph traversal. Proceedings of the VLDB Endowment 8,
       449-460. https://doi.org/10.14778/2735496.2735507

    Examples
    --------
    >>> inverse_distances(np.array([0, 1, 3, 4]), np.array([1, 0, 2, 1]))
    5.0
    """
    n, total = len(starts) - 1, 0.0
    seen, front, fresh = np.empty(n, np.uint64), np.empty(n, np.uint64), np.empty(n, np.uint64)
    for first in range(0, n, 64):
        for actor in range(n):
            bit = np.uint64(1) << np.uint64(actor - first) if first <= actor < first + 64 else np.uint64(0)
            seen[actor] = front[actor] = bit
        depth, found = 0, 1
        while found:
            depth, found = depth + 1, 0
            for actor in range(n):
                reached = np.uint64(0)
                for place in range(starts[actor], starts[actor + 1]):
                    reached |= front[ends[place]]
                fresh[actor] = reached & ~seen[actor]
            for actor in range(n):
                front[actor] = fresh[actor]
                if fresh[actor]:
                    seen[actor] |= fresh[actor]
                    found += int(_bits(fresh[actor]))
            total += found / depth
    return total


@kernel
def _bits(word: np.uint64) -> np.int64:
    """Count the bits that are set in a word of 64."""
    pairs = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    fours = (pairs & np.uint64(0x3333333333333333)) + ((pairs >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bytes_ = (fours + (fours >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bytes_ * np.uint64(0x0101010101010101)) >> np.uint64(56))
