"""Four Markov chains for one log-linear model and its prior."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import solve_triangular

from ctresearch.core.errors import FitError
from ctresearch.core.parallel import map_chunks
from ctresearch.prevalence.averages.importance import Proposals, mixed_chain, propose, recentre
from ctresearch.prevalence.averages.poisson_posterior import Mode, Target, find_mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

CHAINS = 4
PILOT, WARM_UP = 1000, 100
# Roberts, Gelman and Gilks (1997): a random walk of 2.38 / sqrt(dimension) standard deviations mixes fastest.
_NEAR_SCALE = 2.38


@dataclass(frozen=True, slots=True)
class Chains:
    """Draws of P coefficients: ``betas`` (4, draws, P), and the share of far proposals that were accepted."""

    betas: Array
    accepted: float


def design_of(terms: Array, cells: Array) -> Array:
    """Return the columns of terms over cells, 1 where a cell is on all lists of the term.

    Parameters
    ----------
    terms, cells : numpy.ndarray
        Patterns, shapes (P,) and (C,).

    Returns
    -------
    numpy.ndarray
        Floats, shape (C, P).

    Examples
    --------
    >>> design_of(np.array([0, 1, 3]), np.array([1, 2, 3])).tolist()
    [[1.0, 1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    """
    design: Array = ((terms[None, :] & ~cells[:, None]) == 0).astype(np.float64)
    return design


def mode_of(target: Target) -> Mode:
    """Find the mode of a posterior from least squares on the log counts.

    Parameters
    ----------
    target : Target
        The posterior, which must be proper.

    Returns
    -------
    Mode
        The mode.

    Raises
    ------
    FitError
        If it is not found.

    Examples
    --------
    >>> target = Target(np.ones((2, 1)), np.array([8.0, 8.0]), np.zeros(1), 0.0, 0.0)
    >>> float(np.exp(mode_of(target).beta[0]).round(6))
    8.0
    """
    weight = target.counts + 0.1
    weighted = target.design * weight[:, None]
    information = target.design.T @ weighted + np.diag(target.precision)
    mode = find_mode(target, np.linalg.lstsq(information, weighted.T @ np.log(weight), rcond=None)[0])
    if not mode.found:
        raise FitError(
            f"the posterior of a model with {target.precision.size} coefficients has no mode that Newton's method "
            "reaches: give interactions a proper prior or leave some out"
        )
    return mode


def centre_of(target: Target, randoms: Sequence[np.random.Generator]) -> Mode:
    """Find the mean and covariance of a posterior by pilots around its mode, one from each stream.

    Parameters
    ----------
    target : Target
        The posterior, which must be proper.
    randoms : sequence of numpy.random.Generator
        Independent streams; they move on.

    Returns
    -------
    Mode
        Where to draw proposals.

    Raises
    ------
    FitError
        If the mode is not found.

    Examples
    --------
    >>> target = Target(np.ones((2, 1)), np.array([3.0, 5.0]), np.zeros(1), 0.0, 0.0)
    >>> centre_of(target, [np.random.default_rng(1)]).beta[0] < mode_of(target).beta[0]
    np.True_
    """
    mode = mode_of(target)
    pilots = [propose(target, mode, PILOT, random) for random in randoms]
    betas = np.concatenate([pilot.betas for pilot in pilots])
    return recentre(mode, Proposals(betas, np.concatenate([pilot.log_weights for pilot in pilots])))


def run_chains(target: Target, centre: Mode, draws: int, randoms: Sequence[np.random.Generator]) -> Chains:
    """Draw from a posterior by one chain a generator, far and near proposals in turn.

    Parameters
    ----------
    target : Target
        The posterior, which must be proper.
    centre : Mode
        Where to draw far proposals, from :func:`centre_of`.
    draws : int
        Draws a chain, after a warm-up of 100.
    randoms : sequence of numpy.random.Generator
        One a chain; they move on.

    Returns
    -------
    Chains
        The draws, the same for any number of workers.

    Examples
    --------
    >>> target = Target(np.ones((2, 1)), np.array([30.0, 50.0]), np.zeros(1), 0.0, 0.0)
    >>> randoms = [np.random.default_rng(i) for i in range(4)]
    >>> found = run_chains(target, centre_of(target, randoms), 1000, randoms)
    >>> found.betas.shape, round(float(np.exp(found.betas).mean()))
    ((4, 1000, 1), 40)
    """
    parts = map_chunks(partial(_one_chain, target, centre, draws), list(randoms))
    return Chains(np.stack([betas for betas, _ in parts]), float(np.mean([accepted for _, accepted in parts])))


def _one_chain(target: Target, centre: Mode, draws: int, random: np.random.Generator) -> tuple[Array, float]:
    """Run one chain; return its draws and the share of far proposals accepted."""
    total = draws + WARM_UP
    near = random.standard_normal((total, centre.beta.size)) * _NEAR_SCALE / np.sqrt(centre.beta.size)
    steps = solve_triangular(centre.factor.T, near.T, lower=False).T.copy()
    far = propose(target, centre, total, random).betas
    betas, accepted = mixed_chain(target, centre, far, steps, random.random((total, 2)))
    return betas[WARM_UP:], accepted
