"""Metropolis steps between the modes of the latent-class model, with people and their classes summed out.

Gibbs steps hardly move the size of the population: most people are on no list, and while they stay in their class they
hold its chances where they are. These steps work on the likelihood of the observed patterns alone. *Shift* moves all
chances of a class and makes up for it by its weight, so that about as many of its people are seen. *Swap* exchanges two
classes, which the prior does not hold alike. *Split* makes one class a shifted copy of another, or new, and divides
their weight.

References
----------
.. [1] Papaspiliopoulos, O. and Roberts, G. O. (2008). Retrospective Markov chain Monte Carlo methods for Dirichlet
   process hierarchical models. Biometrika 95, 169-186. https://doi.org/10.1093/biomet/asm086
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import copy_into, kernel
from ctresearch.prevalence.latent.latent_state import fill_cells, prior_change

if TYPE_CHECKING:
    from ctresearch.prevalence.latent.latent_state import Patterns, State, Work
    from ctresearch.prevalence.lists.cells import Array

# Scales of proposals decide how fast the chain moves, not where to: acceptance makes up for any.
_STEP = 0.5
_SHIFT, _NOISE = 1.5, 0.5
# Next to the ends of double precision: what lies beyond is refused or cut before it becomes zero or infinite.
_TINY, _LARGE = 1e-290, 600.0


@kernel
def shift(rng: np.random.Generator, patterns: Patterns, state: State, work: Work) -> bool:
    """Move the log odds of one class by one step and scale its weight; return whether that was accepted."""
    classes, lists = state.odds.shape
    k = rng.integers(0, classes)
    step = _STEP * rng.standard_normal()
    factor, old, new, change = np.exp(step), 1.0, 1.0, 0.0
    for j in range(lists):
        work.trial[j] = 1 / (1 + state.odds[k, j] * factor)
        old *= state.miss[k, j]
        new *= work.trial[j]
        change += step + 2 * np.log(work.trial[j] / state.miss[k, j])
    scale = (1 - old) / (1 - new)
    norm = 1 + state.weight[k] * (scale - 1)
    for i in range(classes):
        work.new[i] = state.weight[i] * (scale if i == k else 1.0) / norm
    last = (np.log(scale) if k == classes - 1 else 0.0) - np.log(norm)
    change += prior_change(state.weight, work.new, last, state.scalars[0]) + np.log(scale) - classes * np.log(norm)
    ratio = scale * new / old
    nowhere = (state.scalars[1] + state.base[k] * (ratio - 1)) / norm
    change -= np.sum(patterns.counts) * (np.log1p(-nowhere) - np.log1p(-state.scalars[1]))
    for m in range(patterns.counts.size):
        gain = state.cell[m, k] * (ratio * np.exp(step * patterns.sizes[m]) - 1)
        change += patterns.counts[m] * np.log((1 + gain / state.total[m]) / norm)
    if not np.log(rng.random()) < change:
        return False
    for j in range(lists):
        state.odds[k, j] *= factor
        state.miss[k, j] = work.trial[j]
    for i in range(classes):
        state.weight[i] = work.new[i]
        state.log_weight[i] += (np.log(scale) if i == k else 0.0) - np.log(norm)
    fill_cells(patterns, state)
    return True


@kernel
def swap(rng: np.random.Generator, patterns: Patterns, state: State, work: Work) -> bool:
    """Exchange two classes; return whether that was accepted. The likelihood does not change."""
    classes, lists = state.odds.shape
    one, other = rng.integers(0, classes), rng.integers(0, classes)
    if one == other:
        return False
    copy_into(work.new, state.weight)
    work.new[one], work.new[other] = state.weight[other], state.weight[one]
    last = 0.0
    if classes - 1 in (one, other):
        first = other if one == classes - 1 else one
        last = state.log_weight[first] - state.log_weight[classes - 1]
    if not np.log(rng.random()) < prior_change(state.weight, work.new, last, state.scalars[0]):
        return False
    for values in (state.weight, state.log_weight, state.base):
        values[one], values[other] = values[other], values[one]
    for j in range(lists):
        state.odds[one, j], state.odds[other, j] = state.odds[other, j], state.odds[one, j]
        state.miss[one, j], state.miss[other, j] = state.miss[other, j], state.miss[one, j]
    for m in range(patterns.counts.size):
        state.cell[m, one], state.cell[m, other] = state.cell[m, other], state.cell[m, one]
    return True


@kernel
def split(rng: np.random.Generator, patterns: Patterns, state: State, work: Work) -> bool:
    """Propose new chances for one class and a new division of its weight and another's; return if accepted.

    The new chances are, half of the time each, a noisy shift of the other class's or uniform.
    """
    classes, lists = state.odds.shape
    old, new = rng.integers(0, classes), rng.integers(0, classes)
    both = state.weight[old] + state.weight[new]
    share = rng.random()
    if old == new or min(state.weight[old], state.weight[new], both * min(share, 1 - share)) < _TINY:
        return False
    _propose_odds(rng, state.odds[old], work.trial)
    change = _proposal_ratio(state.odds[new], state.odds[old]) - _proposal_ratio(work.trial, state.odds[old])
    copy_into(work.new, state.weight)
    work.new[old], work.new[new] = both * share, both * (1 - share)
    last = np.log(work.new[classes - 1] / state.weight[classes - 1]) if classes - 1 in (old, new) else 0.0
    change += prior_change(state.weight, work.new, last, state.scalars[0])
    if change == -np.inf:
        return False
    change += _likelihood_change(patterns, state, work, old, new)
    if not np.log(rng.random()) < change:
        return False
    for k in (old, new):
        state.weight[k] = work.new[k]
        state.log_weight[k] = np.log(work.new[k])
    for j in range(lists):
        state.odds[new, j] = work.trial[j]
        state.miss[new, j] = 1 / (1 + work.trial[j])
    fill_cells(patterns, state)
    return True


@kernel
def _propose_odds(rng: np.random.Generator, odds: Array, trial: Array) -> None:
    """Draw odds near those of another class, all shifted alike, or uniform chances."""
    near = rng.random() < 0.5
    common = _SHIFT * rng.standard_normal()
    for j in range(odds.size):
        if near:
            trial[j] = odds[j] * np.exp(common + _NOISE * rng.standard_normal())
        else:
            chance = rng.random()
            trial[j] = chance / (1 - chance)


@kernel
def _proposal_ratio(odds: Array, centre: Array) -> float:
    """Return the log density with which odds are proposed around a centre, over that of uniform chances."""
    total, squares, uniform = 0.0, 0.0, 0.0
    for j in range(odds.size):
        gap = np.log(odds[j] / centre[j])
        total += gap
        squares += gap * gap
        uniform += np.log(odds[j]) - 2 * np.log1p(odds[j])
    inner, outer = _NOISE**2, _NOISE**2 + odds.size * _SHIFT**2
    distance = (squares - total**2 * _SHIFT**2 / outer) / inner
    scale = odds.size * np.log(2 * np.pi * inner) + np.log(outer / inner)
    return float(np.log(0.5 + 0.5 * np.exp(min(-0.5 * (distance + scale) - uniform, _LARGE))))


@kernel
def _likelihood_change(patterns: Patterns, state: State, work: Work, old: int, new: int) -> float:
    """Return how the log-likelihood of the observed patterns changes with a proposed split."""
    scale, base = work.new[old] / state.weight[old], work.new[new]
    for j in range(work.trial.size):
        base /= 1 + work.trial[j]
    nowhere = state.scalars[1] + state.base[old] * (scale - 1) + base - state.base[new]
    change = -np.sum(patterns.counts) * (np.log1p(-nowhere) - np.log1p(-state.scalars[1]))
    for m in range(patterns.counts.size):
        product = base
        for s in range(patterns.sizes[m]):
            product *= work.trial[patterns.members[m, s]]
        gain = state.cell[m, old] * (scale - 1) + product - state.cell[m, new]
        change += patterns.counts[m] * np.log1p(gain / state.total[m])
    return float(change)
