"""A stochastic block model of the ties that were seen, sampled with the ties that were not.

Actors fall into blocks, and a tie between blocks a and b exists with its own probability. A tie that exists is seen
with a stated probability, whatever the two actors. Given what was seen, the sampler draws the blocks with the
probabilities integrated out, then the probabilities, then the ties that exist unseen.

References
----------
.. [1] Nowicki, K. and Snijders, T. A. B. (2001). Estimation and prediction for stochastic blockstructures. Journal of
   the American Statistical Association 96, 1077-1087. https://doi.org/10.1198/016214501753208735
.. [2] Handcock, M. S. and Gile, K. J. (2010). Modeling social networks from sampled data. Annals of Applied Statistics
   4, 5-25. https://doi.org/10.1214/08-AOAS221
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


@kernel
def sweep_blocks(seen: Table, block: Integers, count: int, rng: np.random.Generator) -> None:
    """Draw the block of every actor once, in place, with all tie probabilities integrated out.

    Parameters
    ----------
    seen : numpy.ndarray
        1 where a tie was seen; symmetric, zeros on the diagonal, shape (N, N).
    block : numpy.ndarray
        Block of each actor from 0, shape (N,).
    count : int
        Number of blocks, K; some may be empty.
    rng : numpy.random.Generator
        Where chance comes from.

    Examples
    --------
    >>> seen = np.kron(np.eye(2), 1 - np.eye(6)).astype(np.uint8)  # two cliques of six
    >>> block, rng = np.arange(12) % 2, np.random.default_rng(1)
    >>> for _ in range(50):
    ...     sweep_blocks(seen, block, 2, rng)
    >>> [len(set(part.tolist())) for part in (block[:6], block[6:], block)]  # each clique is one block
    [1, 1, 2]
    """
    n = len(block)
    size, ties = _tallies(seen, block, count)
    score, links = np.empty(count), np.empty(count)
    for actor in range(n):
        links[:] = 0.0
        for other in range(n):
            if seen[actor, other]:
                links[block[other]] += 1.0
        _move(size, ties, block[actor], links, -1.0)
        for k in range(count):
            score[k] = math.log(size[k] + 1.0 / count)
            for other in range(count):
                pairs = size[k] * (size[k] - 1) / 2 if k == other else size[k] * size[other]
                added = size[other]
                score[k] += _log_beta(ties[k, other] + links[other], pairs + added)
                score[k] -= _log_beta(ties[k, other], pairs)
        block[actor] = _draw(score, rng)
        _move(size, ties, block[actor], links, 1.0)


@kernel
def _tallies(seen: Table, block: Integers, count: int) -> tuple[Floats, Floats]:
    """Count the actors of each block and the ties between every two."""
    size, ties = np.zeros(count), np.zeros((count, count))
    for one in range(len(block)):
        size[block[one]] += 1.0
        for two in range(one):
            if seen[one, two]:
                ties[block[one], block[two]] += 1.0
                if block[one] != block[two]:
                    ties[block[two], block[one]] += 1.0
    return size, ties


@kernel
def _move(size: Floats, ties: Floats, k: int, links: Floats, sign: float) -> None:
    """Take an actor with these links out of block ``k``, or put them in."""
    size[k] += sign
    for other in range(len(size)):
        ties[k, other] += sign * links[other]
        if other != k:
            ties[other, k] += sign * links[other]


@kernel
def _log_beta(ties: float, pairs: float) -> float:
    """Return the logarithm of the chance of the ties of a block, under a uniform prior on their probability."""
    return math.lgamma(ties + 1.0) + math.lgamma(pairs - ties + 1.0) - math.lgamma(pairs + 2.0)


@kernel
def _draw(score: Floats, rng: np.random.Generator) -> int:
    """Draw a place with the exponential of its score as weight."""
    top = score.max()
    total = 0.0
    for k in range(len(score)):
        total += math.exp(score[k] - top)
    left = rng.random() * total
    for k in range(len(score)):
        left -= math.exp(score[k] - top)
        if left <= 0.0:
            return k
    return len(score) - 1


@kernel
def complete(seen: Table, block: Integers, count: int, rate: float, rng: np.random.Generator) -> Table:
    """Draw the tie probabilities given the blocks, then the ties that exist unseen.

    Parameters
    ----------
    seen : numpy.ndarray
        As in :func:`sweep_blocks`, shape (N, N).
    block : numpy.ndarray
        Block of each actor, shape (N,).
    count : int
        Number of blocks.
    rate : float
        Share of the existing ties that is not seen.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    numpy.ndarray
        The completed network, shape (N, N).

    Examples
    --------
    >>> seen = np.zeros((30, 30), np.uint8)
    >>> whole = complete(seen, np.zeros(30, np.int64), 1, 0.0, np.random.default_rng(1))
    >>> int(whole.sum())  # nothing is missing
    0
    """
    n = len(block)
    chance = np.minimum(_chances_seen(seen, block, count, rng), 1.0 - rate)
    chance = rate * chance / ((1.0 - rate) * (1.0 - chance)) if rate > 0 else np.zeros_like(chance)
    whole = seen.copy()
    for one in range(n):
        for two in range(one):
            if not seen[one, two] and rng.random() < chance[block[one], block[two]]:
                whole[one, two] = whole[two, one] = 1
    return whole


@kernel
def seen_again(seen: Table, block: Integers, count: int, rng: np.random.Generator) -> Table:
    """Draw a network that might have been seen in place of this one, from the same blocks.

    Parameters
    ----------
    seen : numpy.ndarray
        As in :func:`sweep_blocks`, shape (N, N).
    block : numpy.ndarray
        Block of each actor, shape (N,).
    count : int
        Number of blocks.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    numpy.ndarray
        Symmetric, shape (N, N).

    Examples
    --------
    >>> seen = (1 - np.eye(30)).astype(np.uint8)
    >>> bool(seen_again(seen, np.zeros(30, np.int64), 1, np.random.default_rng(1)).mean() > 0.9)
    True
    """
    n = len(block)
    chance = _chances_seen(seen, block, count, rng)
    drawn = np.zeros_like(seen)
    for one in range(n):
        for two in range(one):
            if rng.random() < chance[block[one], block[two]]:
                drawn[one, two] = drawn[two, one] = 1
    return drawn


@kernel
def block_log_odds(seen: Table, block: Integers, count: int, rate: float, rng: np.random.Generator) -> Floats:
    """Draw the chance that a tie exists between every two blocks, given the blocks, as log-odds.

    Parameters
    ----------
    seen : numpy.ndarray
        As in :func:`sweep_blocks`, shape (N, N).
    block : numpy.ndarray
        Block of each actor, shape (N,).
    count : int
        Number of blocks, K.
    rate : float
        Share of the existing ties that is not seen.
    rng : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    numpy.ndarray
        Symmetric, shape (K, K). A chance is at most 0.999, so that log-odds stay finite.

    Examples
    --------
    >>> seen = (1 - np.eye(30)).astype(np.uint8)
    >>> bool(block_log_odds(seen, np.zeros(30, np.int64), 1, 0.0, np.random.default_rng(1))[0, 0] > 4)
    True
    """
    chance = np.minimum(_chances_seen(seen, block, count, rng) / (1.0 - rate), 0.999)
    odds: Floats = np.log(chance / (1.0 - chance))
    return odds


@kernel
def _chances_seen(seen: Table, block: Integers, count: int, rng: np.random.Generator) -> Floats:
    """Draw the chance that a tie between every two blocks is seen, from its posterior under a flat prior."""
    size, ties = _tallies(seen, block, count)
    chance = np.zeros((count, count))
    for a in range(count):
        for b in range(a + 1):
            pairs = size[a] * (size[a] - 1) / 2 if a == b else size[a] * size[b]
            chance[a, b] = chance[b, a] = rng.beta(ties[a, b] + 1.0, pairs - ties[a, b] + 1.0)
    return chance
