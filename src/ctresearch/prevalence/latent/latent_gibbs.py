"""The Gibbs steps of the latent-class model: people to classes, then chances and weights of classes.

People with one pattern are alike, so the classes of all of them are one multinomial draw.

References
----------
.. [1] Manrique-Vallier, D. (2016). Bayesian population size estimation using Dirichlet process mixtures. Biometrics
   72, 1246-1254. https://doi.org/10.1111/biom.12502
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from ctresearch.prevalence.latent.latent_state import Patterns, Prior, State, Work
    from ctresearch.prevalence.lists.cells import Array

# Up to so many people one draw each is quicker than a binomial draw for every class; the distribution is the same.
_FEW = 8
# A gamma variate of a small shape can be zero in double precision; its log or an inverse would then be infinite.
_FLOOR = 1e-30


@kernel
def gibbs(rng: np.random.Generator, patterns: Patterns, prior: Prior, state: State, work: Work) -> int:
    """Take one round of Gibbs steps; return the number of people on no list, drawn from the state before it."""
    unseen = _draw_classes(rng, patterns, state, work)
    _draw_chances(rng, state, work)
    _draw_weights(rng, prior, state, work)
    return unseen


@kernel
def _draw_classes(rng: np.random.Generator, patterns: Patterns, state: State, work: Work) -> int:
    """Draw the number on no list, and how many people of each pattern belong to each class."""
    work.on[:] = 0.0
    people = 0
    nowhere = state.scalars[1]
    for m in range(patterns.counts.size):
        people += patterns.counts[m]
    unseen = rng.poisson(rng.standard_gamma(people) * nowhere / (1 - nowhere))
    _share_out(rng, unseen, state.base, nowhere, work.share)
    for k in range(work.size.size):
        work.size[k] = work.share[k]
    for m in range(patterns.counts.size):
        _share_out(rng, patterns.counts[m], state.cell[m], state.total[m], work.share)
        for k in range(work.size.size):
            if work.share[k] > 0:
                work.size[k] += work.share[k]
                for s in range(patterns.sizes[m]):
                    work.on[k, patterns.members[m, s]] += work.share[k]
    return int(unseen)


@kernel
def _share_out(rng: np.random.Generator, people: int, chances: Array, rest: float, share: Array) -> None:
    """Draw a multinomial vector for chances that add up to ``rest``: few people one by one, many class by class."""
    share[:] = 0
    last = chances.size - 1
    if people <= _FEW:
        for _ in range(people):
            left, k = rng.random() * rest, 0
            while k < last and left >= chances[k]:
                left -= chances[k]
                k += 1
            share[k] += 1
        return
    for k in range(last):
        if people == 0:
            return
        chance = chances[k] / rest if rest > 0 else 1.0
        drawn = people if chance >= 1 else rng.binomial(people, chance)
        share[k] = drawn
        people -= drawn
        rest -= chances[k]
    share[last] = people


@kernel
def _draw_chances(rng: np.random.Generator, state: State, work: Work) -> None:
    """Draw the chance of each list in each class from its beta distribution, as a ratio of gammas."""
    classes, lists = state.odds.shape
    for k in range(classes):
        for j in range(lists):
            on = rng.standard_gamma(1.0 + work.on[k, j])
            off = rng.standard_gamma(1.0 + work.size[k] - work.on[k, j]) + _FLOOR
            state.odds[k, j] = on / off
            state.miss[k, j] = off / (on + off)


@kernel
def _draw_weights(rng: np.random.Generator, prior: Prior, state: State, work: Work) -> None:
    """Draw the weights by breaking a stick, on the log scale, and then the concentration."""
    classes = state.weight.size
    later = 0.0
    for k in range(classes):
        later += work.size[k]
    left = 0.0
    for k in range(classes - 1):
        later -= work.size[k]
        taken = np.log(rng.standard_gamma(1.0 + work.size[k]) + _FLOOR)
        rest = _log_gamma_variate(rng, state.scalars[0] + later)
        both = max(taken, rest) + np.log1p(np.exp(-abs(taken - rest)))
        state.log_weight[k] = taken - both + left
        left += rest - both
        state.weight[k] = np.exp(state.log_weight[k])
    state.log_weight[classes - 1] = left
    state.weight[classes - 1] = np.exp(left)
    state.scalars[0] = rng.standard_gamma(prior.shape + classes - 1) / (prior.rate - left)


@kernel
def _log_gamma_variate(rng: np.random.Generator, shape: float) -> float:
    """Draw the logarithm of a gamma variate, which may be far below what a float holds."""
    if shape >= 1:
        return float(np.log(rng.standard_gamma(shape)))
    return float(np.log(rng.standard_gamma(shape + 1)) + np.log(rng.random()) / shape)
