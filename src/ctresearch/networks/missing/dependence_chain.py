"""Chains of completed networks whose ties depend on each other, tuned and run from the kernels of the sampler.

The number of ties is drawn from the stated share alone: a negative binomial, under a flat prior.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.networks.missing.block_sampler import block_log_odds, sweep_blocks
from ctresearch.networks.missing.dependence_sampler import PRIOR_MEAN, PRIOR_SD, exchange, pair_statistics, resize
from ctresearch.networks.missing.shared_partners import network_state, powers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ctresearch.networks.missing.shared_partners import State

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]
    Table = NDArray[np.uint8]

WARM_UP, INNER, BETWEEN, FIRST_SWEEPS = 60, 4, 3, 200
STEP, _TUNE, _STAYS = 0.9, 10, 0.8  # small steps in the number of ties leave little to settle


def proposal_root(state: State, log_odds: Floats, block: Integers, coefficient: Floats, power: Floats) -> Floats:
    """Shape a proposal by the curvature of the pseudo-likelihood, with the intercept that gives the number of ties.

    Parameters
    ----------
    state, log_odds, block, coefficient, power
        As in :func:`swap_ties`.

    Returns
    -------
    numpy.ndarray
        Root of the covariance, shape (4, 4).

    Examples
    --------
    >>> ring = (np.roll(np.eye(8), 1, axis=1) + np.roll(np.eye(8), -1, axis=1)).astype(np.uint8)
    >>> at = (np.zeros((1, 1)), np.zeros(8, np.int64), np.array([1.0, 0, 0, 0]), powers(8))
    >>> proposal_root(network_state(ring), *at).shape
    (4, 4)
    """
    rows = pair_statistics(state, log_odds, block, power)
    ties = max(float(state[1].sum()) / 2, 0.5)
    score = rows[:, 1:] @ coefficient
    low, high = -score.max() - 30.0, -score.min() + 30.0
    for _ in range(40):  # halving a width of 100 this often leaves less than 1e-9
        middle = (low + high) / 2
        if (1 / (1 + np.exp(-np.clip(middle + score, -30, 30)))).sum() > ties:
            high = middle
        else:
            low = middle
    chance = 1 / (1 + np.exp(-np.clip(low + score, -30, 30)))
    curvature = (rows * (chance * (1 - chance))[:, None]).T @ rows
    curvature[1:, 1:] += np.diag(PRIOR_SD**-2.0)
    curvature[0, 0] += 1e-6  # a network without ties, or with all, has no curvature here
    return STEP * np.linalg.cholesky(np.linalg.inv(curvature)[1:, 1:])


def dependent_networks(  # noqa: PLR0917
    seen: Table, fixed: Integers | None, most: int, rate: float, kept: int, rng: np.random.Generator
) -> Iterator[tuple[Table, Table, Floats]]:
    """Run one chain and hand out completed networks.

    Parameters
    ----------
    seen : numpy.ndarray
        1 where a tie was seen; symmetric, shape (N, N).
    fixed : numpy.ndarray, optional
        Blocks that are known, shape (N,).
    most : int
        Blocks there may be.
    rate : float
        Share of the existing ties that is not seen.
    kept : int
        Networks.
    rng : numpy.random.Generator
        Where chance comes from.

    Yields
    ------
    tuple of numpy.ndarray
        Seen and imputed ties, shape (N, N), which the next step changes; a network drawn anew from the model; and the
        coefficients, shape (4,).

    Examples
    --------
    >>> ring = (np.roll(np.eye(8), 1, axis=1) + np.roll(np.eye(8), -1, axis=1)).astype(np.uint8)
    >>> made = dependent_networks(ring, None, 2, 0.3, 3, np.random.default_rng(1))
    >>> [bool((whole >= ring).all()) for whole, _, _ in made]
    [True, True, True]
    """
    from scipy.special import ndtr
    from scipy.stats import nbinom

    n, normal = len(seen), float(rng.standard_normal())
    block = fixed.copy() if fixed is not None else rng.integers(0, most, n)
    sweeps = most > 1 and fixed is None
    for _ in range(FIRST_SWEEPS if sweeps else 0):
        sweep_blocks(seen, block, most, rng)
    state, power, coefficient = network_state(seen), powers(n), PRIOR_MEAN.copy()
    there, pairs = int(seen.sum()) // 2, n * (n - 1) // 2
    spread, anew = np.zeros((4, 4)), seen
    for draw in range(-WARM_UP, kept):
        for _ in range(BETWEEN if sweeps else 0):
            sweep_blocks(seen, block, most, rng)
        log_odds = block_log_odds(seen, block, most, rate, rng)
        if draw <= 0 and draw % _TUNE == 0:
            spread = proposal_root(state, log_odds, block, coefficient, power)
        for _ in range(INNER):
            normal = _STAYS * normal + math.sqrt(1 - _STAYS**2) * float(rng.standard_normal())
            unseen = int(nbinom.ppf(ndtr(normal), there + 1, 1 - rate)) if rate > 0 else 0
            resize(state, seen, min(there + unseen, pairs), rng)
            anew, _ = exchange(state, seen, log_odds, block, coefficient, spread, 1, power, rng)
        if draw >= 0:
            yield state[0], anew, coefficient.copy()
