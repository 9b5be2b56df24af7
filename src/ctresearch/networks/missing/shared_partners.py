"""Change statistics of a network whose ties depend on each other through partners that two actors share.

The statistics are those of Snijders and others: geometrically weighted edgewise shared partners (``gwesp``), dyadwise
shared partners (``gwdsp``) and degrees (``gwdegree``), each with a fixed decay. A network is held as four arrays that
:func:`toggle` keeps in step: the table of ties, degrees, lists of neighbours and counts of shared partners.

References
----------
.. [1] Snijders, T. A. B., Pattison, P. E., Robins, G. L. and Handcock, M. S. (2006). New specifications for exponential
   random graph models. Sociological Methodology 36, 99-153. https://doi.org/10.1111/j.1467-9531.2006.00176.x
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Table = NDArray[np.uint8]
    State = tuple[Table, Integers, Integers, Integers]

TERMS = ("blocks", "gwesp", "gwdsp", "gwdegree")
SHARED_DECAY, DEGREE_DECAY = 1.5, 1.0
_SHARED, _DEGREE = 1.0 - math.exp(-SHARED_DECAY), 1.0 - math.exp(-DEGREE_DECAY)


@kernel
def network_state(table: Table) -> State:
    """Lay a network out for :func:`change_statistics` and :func:`toggle`.

    Parameters
    ----------
    table : numpy.ndarray
        1 where there is a tie; symmetric, zeros on the diagonal, shape (N, N).

    Returns
    -------
    tuple of numpy.ndarray
        A copy of the table, degrees (N,), neighbours (N, N) of which the first of each row count, and numbers of shared
        partners (N, N).

    Examples
    --------
    >>> network_state((1 - np.eye(3)).astype(np.uint8))[3][0].tolist()
    [0, 1, 1]
    """
    n = len(table)
    degree, near, shared = np.zeros(n, np.int64), np.zeros((n, n), np.int64), np.zeros((n, n), np.int64)
    for one in range(n):
        for two in range(n):
            if table[one, two]:
                near[one, degree[one]] = two
                degree[one] += 1
    for actor in range(n):
        for a in range(degree[actor]):
            for b in range(degree[actor]):
                if a != b:
                    shared[near[actor, a], near[actor, b]] += 1
    return table.copy(), degree, near, shared


@kernel
def powers(n: int) -> Floats:
    """Return the weights of one more shared partner, and of one more tie, for each number there may be.

    Parameters
    ----------
    n : int
        Number of actors.

    Returns
    -------
    numpy.ndarray
        Powers of one less the inverse exponential of each decay, shape (2, N + 1).

    Examples
    --------
    >>> powers(2).round(3).tolist()
    [[1.0, 0.777, 0.604], [1.0, 0.632, 0.4]]
    """
    out = np.ones((2, n + 1))
    for k in range(1, n + 1):
        out[0, k], out[1, k] = out[0, k - 1] * _SHARED, out[1, k - 1] * _DEGREE
    return out


@kernel
def change_statistics(state: State, one: int, two: int, power: Floats) -> tuple[float, float, float]:
    """Return how much ``gwesp``, ``gwdsp`` and ``gwdegree`` are larger with a tie than without it.

    Parameters
    ----------
    state : tuple of numpy.ndarray
        From :func:`network_state`; whether the tie is there makes no difference.
    one, two : int
        Actors.
    power : numpy.ndarray
        From :func:`powers`.

    Returns
    -------
    tuple of float
        The three changes.

    Examples
    --------
    >>> path = network_state(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.uint8))
    >>> [round(x, 3) for x in change_statistics(path, 0, 2, powers(3))]  # three edges get one shared partner each
    [3.0, 2.0, 1.264]
    """
    table, degree, near, shared = state
    there = np.int64(table[one, two])
    both = shared[one, two]
    edgewise = (1.0 - power[0, both]) / (1.0 - _SHARED)
    dyadwise = 0.0
    for place in range(degree[one]):
        other = near[one, place]
        if other != two:
            gain = power[0, shared[two, other] - there]
            dyadwise += gain
            if both and table[two, other]:
                edgewise += gain
    for place in range(degree[two]):
        other = near[two, place]
        if other != one:
            gain = power[0, shared[one, other] - there]
            dyadwise += gain
            if both and table[one, other]:
                edgewise += gain
    return edgewise, dyadwise, power[1, degree[one] - there] + power[1, degree[two] - there]


@kernel
def toggle(state: State, one: int, two: int) -> None:
    """Put a tie in, or take it out if it is there, in place.

    Parameters
    ----------
    state : tuple of numpy.ndarray
        From :func:`network_state`.
    one, two : int
        Actors.

    Examples
    --------
    >>> state = network_state(np.zeros((3, 3), np.uint8))
    >>> toggle(state, 0, 1), toggle(state, 1, 2), int(state[3][0, 2])
    (None, None, 1)
    """
    table, degree, near, shared = state
    step = -1 if table[one, two] else 1
    if step < 0:
        _drop(degree, near, one, two)
        _drop(degree, near, two, one)
    for place in range(degree[one]):
        other = near[one, place]
        shared[two, other] += step
        shared[other, two] += step
    for place in range(degree[two]):
        other = near[two, place]
        shared[one, other] += step
        shared[other, one] += step
    if step > 0:
        near[one, degree[one]] = two
        near[two, degree[two]] = one
        degree[one] += 1
        degree[two] += 1
    table[one, two] = table[two, one] = 1 if step > 0 else 0


@kernel
def _drop(degree: Integers, near: Integers, one: int, two: int) -> None:
    """Take ``two`` out of the neighbours of ``one``."""
    for place in range(degree[one]):
        if near[one, place] == two:
            degree[one] -= 1
            near[one, place] = near[one, degree[one]]
            return


@kernel
def network_statistics(state: State, log_odds: Floats, block: Integers, power: Floats) -> Floats:
    """Work out the statistics of :data:`TERMS`.

    Parameters
    ----------
    state : tuple of numpy.ndarray
        From :func:`network_state`.
    log_odds : numpy.ndarray
        Log-odds of a tie between every two blocks, shape (K, K).
    block : numpy.ndarray
        Block of each actor, shape (N,).
    power : numpy.ndarray
        From :func:`powers`.

    Returns
    -------
    numpy.ndarray
        The sum of the log-odds over ties, ``gwesp``, ``gwdsp`` and ``gwdegree``, shape (4,).

    Examples
    --------
    >>> state = network_state((1 - np.eye(3)).astype(np.uint8))
    >>> network_statistics(state, np.zeros((1, 1)), np.zeros(3, np.int64), powers(3)).round(3).tolist()
    [0.0, 3.0, 3.0, 4.896]
    """
    table, degree, _, shared = state
    out = np.zeros(4)
    for one in range(len(table)):
        out[3] += (1.0 - power[1, degree[one]]) / (1.0 - _DEGREE)
        for two in range(one):
            weight = (1.0 - power[0, shared[one, two]]) / (1.0 - _SHARED)
            out[2] += weight
            if table[one, two]:
                out[0] += log_odds[block[one], block[two]]
                out[1] += weight
    return out
