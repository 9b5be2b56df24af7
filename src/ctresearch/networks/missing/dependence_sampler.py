"""An exponential random graph model of the whole network, sampled with the ties that were not seen.

The number of ties is drawn from the stated share alone. Given it, the network is an exponential random graph with the
terms of :mod:`ctresearch.networks.missing.shared_partners` and the log-odds that a stochastic block model of the ties
seen gives to each pair. Unseen ties move by swaps; coefficients by the exchange algorithm, with a network drawn anew.

References
----------
.. [1] Koskinen, J. H., Robins, G. L. and Pattison, P. E. (2010). Analysing exponential random graph (p-star) models
   with missing data using Bayesian data augmentation. Statistical Methodology 7, 366-384.
.. [2] Caimo, A. and Friel, N. (2011). Bayesian inference for exponential random graph models. Social Networks 33,
   41-55. https://doi.org/10.1016/j.socnet.2010.09.004
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import copy_into, kernel
from ctresearch.networks.missing.shared_partners import change_statistics, network_statistics, toggle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.networks.missing.shared_partners import State

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Table = NDArray[np.uint8]

# Normal priors of the coefficients: the block model alone is their centre, and the spread of gwdegree is wide since a
# group of even degrees has a large one.
PRIOR_MEAN = np.array([1.0, 0.0, 0.0, 0.0])
PRIOR_SD = np.array([0.7, 2.0, 1.0, 8.0])
# Moves tried for each tie: a network drawn anew, and unseen ties, which are few and find their place seldom.
SWAPS, SETTLE = 6, 40


@kernel
def listed(table: Table, left_out: Table) -> Integers:
    """List the ties of a network that are not in another one.

    Parameters
    ----------
    table, left_out : numpy.ndarray
        Symmetric ties, shape (N, N).

    Returns
    -------
    numpy.ndarray
        Pairs of actors, shape (ties, 2).

    Examples
    --------
    >>> listed((1 - np.eye(3)).astype(np.uint8), np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], np.uint8)).tolist()
    [[2, 0], [2, 1]]
    """
    n, fill = len(table), 0
    out = np.empty((n * (n - 1) // 2, 2), np.int64)
    for one in range(n):
        for two in range(one):
            if table[one, two] and not left_out[one, two]:
                out[fill, 0], out[fill, 1] = one, two
                fill += 1
    return out[:fill].copy()


@kernel
def _score(  # noqa: PLR0917
    state: State, log_odds: Floats, block: Integers, coefficient: Floats, one: int, two: int, power: Floats
) -> float:
    """Return the log-odds of a tie given all others."""
    edgewise, dyadwise, degrees = change_statistics(state, one, two, power)
    score: float = coefficient[0] * log_odds[block[one], block[two]]
    score += coefficient[1] * edgewise + coefficient[2] * dyadwise + coefficient[3] * degrees
    return score


@kernel
def swap_ties(  # noqa: PLR0917
    state: State,
    movable: Integers,
    log_odds: Floats,
    block: Integers,
    coefficient: Floats,
    steps: int,
    power: Floats,
    rng: np.random.Generator,
) -> None:
    """Move ties to other pairs of actors, in place, by the Metropolis rule; their number stays.

    Parameters
    ----------
    state : tuple of numpy.ndarray
        From :func:`ctresearch.networks.missing.shared_partners.network_state`.
    movable : numpy.ndarray
        Ties that may move, shape (ties, 2); kept in step.
    log_odds : numpy.ndarray
        Log-odds of a tie between every two blocks, shape (K, K).
    block : numpy.ndarray
        Block of each actor, shape (N,).
    coefficient : numpy.ndarray
        One for each of ``TERMS``, shape (4,).
    steps : int
        Moves tried.
    power : numpy.ndarray
        From :func:`ctresearch.networks.missing.shared_partners.powers`.
    rng : numpy.random.Generator
        Where chance comes from.

    Examples
    --------
    >>> from ctresearch.networks.missing.shared_partners import network_state, powers
    >>> path = network_state(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.uint8))
    >>> pair, one = np.array([[1, 0]]), np.zeros(3, np.int64)
    >>> swap_ties(path, pair, np.zeros((1, 1)), one, np.zeros(4), 9, powers(3), np.random.default_rng(1))
    >>> int(path[0].sum()) // 2, int(path[0][1, 2])  # two ties as before, one of which may not move
    (2, 1)
    """
    table, degree = state[0], state[1]
    n = len(table)
    if not len(movable) or degree.sum() == n * (n - 1):
        return
    for _ in range(steps):
        place = int(rng.random() * len(movable))
        one, two = int(rng.random() * n), int(rng.random() * n)
        if one == two or table[one, two]:
            continue
        old_one, old_two = movable[place]
        before = _score(state, log_odds, block, coefficient, old_one, old_two, power)
        toggle(state, old_one, old_two)
        after = _score(state, log_odds, block, coefficient, one, two, power)
        if after >= before or rng.random() < math.exp(after - before):
            toggle(state, one, two)
            movable[place, 0], movable[place, 1] = one, two
        else:
            toggle(state, old_one, old_two)


@kernel
def _log_prior(coefficient: Floats) -> float:
    """Return the logarithm of the normal prior, up to a constant."""
    return -0.5 * float((((coefficient - PRIOR_MEAN) / PRIOR_SD) ** 2).sum())


@kernel
def exchange(  # noqa: PLR0917
    state: State,
    seen: Table,
    log_odds: Floats,
    block: Integers,
    coefficient: Floats,
    spread: Floats,
    rounds: int,
    power: Floats,
    rng: np.random.Generator,
) -> tuple[Table, int]:
    """Move the unseen ties, then try new coefficients by the exchange algorithm, both in place, some times.

    Parameters
    ----------
    state : tuple of numpy.ndarray
        The completed network.
    seen : numpy.ndarray
        Ties that stay, shape (N, N).
    log_odds, block, coefficient, power, rng
        As in :func:`swap_ties`.
    spread : numpy.ndarray
        Root of the covariance of a proposal, shape (4, 4).
    rounds : int
        How many times.

    Returns
    -------
    tuple
        The last network drawn anew from the model, shape (N, N), and how many proposals were taken.

    Examples
    --------
    >>> from ctresearch.networks.missing.shared_partners import network_state, powers
    >>> ring = (np.roll(np.eye(8), 1, axis=1) + np.roll(np.eye(8), -1, axis=1)).astype(np.uint8)
    >>> state, one, at = network_state(ring), np.zeros(8, np.int64), np.array([1.0, 0, 0, 0])
    >>> rng = np.random.default_rng(1)
    >>> anew, taken = exchange(state, ring, np.zeros((1, 1)), one, at, 0.1 * np.eye(4), 5, powers(8), rng)
    >>> bool((state[0] == ring).all()), int(anew.sum()) // 2, 0 <= taken <= 5
    (True, 8, True)
    """
    hidden, nothing = listed(state[0], seen), np.zeros_like(seen)
    anew, taken = state[0], 0
    for _ in range(rounds):
        swap_ties(state, hidden, log_odds, block, coefficient, SETTLE * len(hidden), power, rng)
        proposal = coefficient + spread @ rng.standard_normal(4)
        other = (state[0].copy(), state[1].copy(), state[2].copy(), state[3].copy())
        ties = listed(other[0], nothing)
        swap_ties(other, ties, log_odds, block, proposal, SWAPS * len(ties), power, rng)
        gain = network_statistics(other, log_odds, block, power) - network_statistics(state, log_odds, block, power)
        log_ratio = float(((coefficient - proposal) * gain).sum()) + _log_prior(proposal) - _log_prior(coefficient)
        if math.log(rng.random()) < log_ratio:
            copy_into(coefficient, proposal)
            taken += 1
        anew = other[0]
    return anew, taken


@kernel
def resize(state: State, seen: Table, ties: int, rng: np.random.Generator) -> None:
    """Put unseen ties in, or take some out, in place, until the network has a given number of ties.

    Parameters
    ----------
    state : tuple of numpy.ndarray
        The completed network.
    seen : numpy.ndarray
        Ties that stay, shape (N, N).
    ties : int
        How many there should be, at least as many as were seen.
    rng : numpy.random.Generator
        Where chance comes from.

    Examples
    --------
    >>> from ctresearch.networks.missing.shared_partners import network_state, powers
    >>> nothing = np.zeros((6, 6), np.uint8)
    >>> state = network_state(nothing)
    >>> resize(state, nothing, 7, np.random.default_rng(1))
    >>> int(state[0].sum()) // 2
    7
    """
    n, there = len(seen), state[1].sum() // 2
    if there > ties:
        hidden = listed(state[0], seen)
        for last in range(len(hidden) - 1, len(hidden) - 1 - (there - ties), -1):
            place = int(rng.random() * (last + 1))  # one of those not taken yet; the last of them fills its place
            toggle(state, hidden[place, 0], hidden[place, 1])
            hidden[place, 0], hidden[place, 1] = hidden[last, 0], hidden[last, 1]
    while there < ties:
        one, two = int(rng.random() * n), int(rng.random() * n)
        if one != two and not state[0][one, two]:
            toggle(state, one, two)
            there += 1


@kernel
def pair_statistics(state: State, log_odds: Floats, block: Integers, power: Floats) -> Floats:
    """Lay the change statistics of all pairs out.

    Parameters
    ----------
    state, log_odds, block, power
        As in :func:`swap_ties`.

    Returns
    -------
    numpy.ndarray
        A column of ones, then one for each of ``TERMS``, shape (pairs, 5).

    Examples
    --------
    >>> from ctresearch.networks.missing.shared_partners import network_state, powers
    >>> path = network_state(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.uint8))
    >>> pair_statistics(path, np.zeros((1, 1)), np.zeros(3, np.int64), powers(3)).round(3)[1].tolist()
    [1.0, 0.0, 3.0, 2.0, 1.264]
    """
    n, row = len(state[0]), 0
    out = np.ones((n * (n - 1) // 2, 5))
    for one in range(n):
        for two in range(one):
            out[row, 1] = log_odds[block[one], block[two]]
            out[row, 2], out[row, 3], out[row, 4] = change_statistics(state, one, two, power)
            row += 1
    return out
