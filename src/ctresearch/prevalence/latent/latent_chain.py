"""Chains of the latent-class model: Gibbs steps, and between them moves that carry the chain from mode to mode."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.core.parallel import map_chunks
from ctresearch.core.random import Seed, streams
from ctresearch.prevalence.latent.latent_gibbs import gibbs
from ctresearch.prevalence.latent.latent_moves import shift, split, swap
from ctresearch.prevalence.latent.latent_state import Patterns, Prior, State, fill_cells, start, workspace

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class Schedule:
    """Rounds of a chain: ``warmup`` that are thrown away, ``iterations`` after them, one kept in ``thin``.

    ``moves`` says whether moves between modes are taken; without them it is the plain Gibbs sampler.
    """

    warmup: int
    iterations: int
    thin: int
    moves: bool = True


class Rounds(NamedTuple):
    """A schedule as compiled code takes it: ``total`` rounds, one kept in ``thin``, and whether ``moves`` are taken."""

    total: int
    thin: int
    moves: bool


@dataclass(frozen=True, slots=True)
class LatentDraws:
    """Draws of people on no list ``unobserved`` and of classes in use ``classes``, shapes (chains, draws)."""

    unobserved: Array
    classes: Array


def draw_chains(
    patterns: Patterns, classes: int, prior: Prior, schedule: Schedule, *, chains: int, seed: Seed
) -> LatentDraws:
    """Run some chains, each from a start of its own.

    Parameters
    ----------
    patterns : Patterns
        The table.
    classes : int
        Largest number of classes.
    prior : Prior
        Of the concentration.
    schedule : Schedule
        How long.
    chains : int
        How many chains.
    seed : int or numpy.random.SeedSequence
        Where the streams start.

    Returns
    -------
    LatentDraws
        The draws that are kept.

    Examples
    --------
    >>> patterns = Patterns(np.array([[0, 0], [1, 0], [0, 1]]), np.array([1, 1, 2]), np.array([60, 40, 20]))
    >>> drawn = draw_chains(patterns, 3, Prior(0.25, 0.25), Schedule(10, 50, 10), chains=2, seed=1)
    >>> drawn.unobserved.shape
    (2, 5)
    """
    work = partial(_one_chain, patterns, classes, prior, schedule)
    drawn = np.stack(map_chunks(work, streams(seed, chains), progress="Latent-class chains"))
    return LatentDraws(unobserved=drawn[:, 0], classes=drawn[:, 1])


def _one_chain(patterns: Patterns, classes: int, prior: Prior, schedule: Schedule, rng: np.random.Generator) -> Array:
    """Run one chain; return people on no list and classes in use, shape (2, draws)."""
    state = start(patterns, classes, rng)
    _run(rng, patterns, prior, state, Rounds(schedule.warmup, schedule.thin, schedule.moves))
    drawn: Array = _run(rng, patterns, prior, state, Rounds(schedule.iterations, schedule.thin, schedule.moves))
    return drawn


@kernel
def _run(rng: np.random.Generator, patterns: Patterns, prior: Prior, state: State, rounds: Rounds) -> Array:
    """Take many rounds and keep one in ``thin``: people on no list, and classes in use."""
    kept = np.empty((2, rounds.total // rounds.thin))
    work = workspace(state.weight.size, patterns.members.shape[1])
    for i in range(1, kept.shape[1] * rounds.thin + 1):
        unseen = gibbs(rng, patterns, prior, state, work)
        if i % rounds.thin == 0:
            kept[0, i // rounds.thin - 1] = unseen
            kept[1, i // rounds.thin - 1] = np.sum(work.size > 0)
        fill_cells(patterns, state)
        if rounds.moves:
            shift(rng, patterns, state, work)
            swap(rng, patterns, state, work)
            split(rng, patterns, state, work)
    return kept
