"""Who else could have been met at random: orders in which the same people could have come into a sample.

Given who is in a sample and their links, the chance of each order depends on the tracing alone and not on the size of
the population, so what an order says beyond that is noise, and can be averaged away.

References
----------
.. [1] Vincent, K. and Thompson, S. (2017). Estimating population size with link-tracing sampling. Journal of the
   American Statistical Association 112, 1286-1295. Preprint: https://doi.org/10.48550/arXiv.1210.2667
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.traced.linked_samples import TracedSample

    Array = NDArray[Any]

# A quarter of the draws before those that are kept: chains start at the order that was observed, which is a draw.
_WARMUP = 0.25
_TINY = 1e-200


class Walk(NamedTuple):
    """Draws of orders: who was met at random, ``initial`` (draws, n), and the share of steps that were ``taken``."""

    initial: Array
    taken: float


class Plan(NamedTuple):
    """How to walk: ``waves`` that followed every link, or 0, steps before draws are kept, and one kept in ``thin``."""

    waves: int
    warmup: int
    thin: int


def reorder(sample: TracedSample, waves: int, draws: int, thin: int, rng: np.random.Generator) -> Walk:
    """Walk through the orders in which a sample could have come about, by their chances.

    Parameters
    ----------
    sample : TracedSample
        The sample.
    waves : int
        How many waves followed every link; 0 where links were drawn one at a time.
    draws, thin : int
        Draws that are kept, one in so many steps.
    rng : numpy.random.Generator
        The stream.

    Returns
    -------
    Walk
        The draws.

    Examples
    --------
    >>> from ctresearch.data.synthetic import city, linked_samples
    >>> from ctresearch.prevalence import LinkedSamples
    >>> made = linked_samples(city(4_000, seed=1), 15, 30, seed=2)
    >>> sample = LinkedSamples.from_frames(made.frame, made.tables["links"]).samples[0]
    >>> set(reorder(sample, 0, 100, 5, np.random.default_rng(1)).initial.sum(axis=1).tolist())
    {15}
    """
    kept = np.zeros((draws, sample.person.size), dtype=np.bool_)
    if sample.initial == sample.person.size:
        kept[:] = True
        return Walk(kept, 0.0)
    plan = Plan(waves, int(_WARMUP * draws) * thin, thin)
    taken = walk_orders(rng, sample, plan, kept)
    return Walk(kept, taken / (plan.warmup + draws * thin))


@kernel
def walk_orders(rng: np.random.Generator, sample: TracedSample, plan: Plan, kept: Array) -> int:
    """Exchange two people of an order at a time, and take the new order by its chance over that of the old."""
    people, initial, taken = sample.degree.size, sample.initial, 0
    order, place, wave = np.arange(people), np.arange(people), np.empty(people, dtype=np.int64)
    old = log_chance(order, place, wave, sample, plan.waves)
    for step in range(plan.warmup + kept.shape[0] * plan.thin):
        # Most exchanges change who was met at random; the others only the order of those to whom links led.
        start, size = (0, initial) if plan.waves > 0 or rng.random() < 0.8 else (initial, people - initial)
        a, b = start + int(rng.random() * size), initial + int(rng.random() * (people - initial))
        one, other = order[a], order[b]
        order[a], order[b], place[one], place[other] = other, one, b, a
        new = log_chance(order, place, wave, sample, plan.waves)
        if np.log(rng.random()) < new - old:
            old = new
            taken += 1
        else:
            order[a], order[b], place[one], place[other] = one, other, a, b
        row = step - plan.warmup + 1
        if row > 0 and row % plan.thin == 0:
            for t in range(initial):
                kept[row // plan.thin - 1, order[t]] = True
    return taken


@kernel
def log_chance(order: Array, place: Array, wave: Array, sample: TracedSample, waves: int) -> float:
    """Return the logarithm of the chance of an order given its first people, minus infinity where there is none."""
    if waves > 0:
        return log_chance_of_waves(order, wave, sample, waves)
    chance, part, out = 0.0, 1.0, 0.0
    for t in range(order.size):
        now = order[t]
        before = 0
        for at in range(sample.first[now], sample.first[now + 1]):
            before += place[sample.linked[at]] < t
        if t >= sample.initial:
            if before == 0:
                return -np.inf
            part *= before / out
            if part < _TINY:  # one logarithm for many factors: they are most of the time
                chance += np.log(part)
                part = 1.0
        out += sample.degree[now] - 2 * before
    return chance + float(np.log(part))


@kernel
def log_chance_of_waves(order: Array, wave: Array, sample: TracedSample, waves: int) -> float:
    """Return 0 where following every link of the first people for some waves meets just these, else minus infinity."""
    wave[:] = -1
    queue = np.empty(order.size, dtype=np.int64)
    for t in range(sample.initial):
        wave[order[t]] = 0
        queue[t] = order[t]
    height = sample.initial
    for turn in range(order.size):
        if turn >= height:
            return -np.inf
        now = queue[turn]
        start, end = sample.first[now], sample.first[now + 1]
        if wave[now] < waves and sample.degree[now] > end - start:
            return -np.inf  # a link would have been followed to somebody who is not in the sample
        for at in range(start, end):
            one = sample.linked[at]
            if wave[one] < 0:
                if wave[now] == waves:
                    return -np.inf
                wave[one] = wave[now] + 1
                queue[height] = one
                height += 1
    return 0.0
