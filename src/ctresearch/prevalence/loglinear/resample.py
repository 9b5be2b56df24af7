"""Repeating the choice of a model and its estimate on other tables: the bootstrap and the jackknife.

Bootstrap tables are multinomial over the observed patterns in canonical order. They are cut into chunks of fixed size
with one random stream each, so the draws depend on the seed alone, not on the number of workers.

References
----------
.. [1] Silverman, B. W., Chan, L. and Vincent, K. (2024). Bootstrapping multiple systems estimates to account for
   model selection. Statistics and Computing 34, 44. https://doi.org/10.1007/s11222-023-10346-9
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.parallel import map_chunks, split
from ctresearch.core.random import Seed, streams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.prevalence.lists.cells import Array
    from ctresearch.prevalence.loglinear.selection import Rule

# Tables drawn from one random stream: fixed, so that the bytes do not depend on the number of workers.
_CHUNK = 20


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Estimates from B bootstrap tables: ``estimates`` (B,), NaN where there was none, and how often each model won.

    ``winners`` maps the bytes of a model's terms to a number of tables.
    """

    estimates: Array
    winners: Mapping[bytes, int]


def bootstrap(rule: Rule, patterns: Array, frequencies: Array, cells: int, *, samples: int, seed: Seed) -> Bootstrap:
    """Choose and estimate anew on multinomial samples.

    Parameters
    ----------
    rule : Rule
        How a model is chosen.
    patterns, frequencies : numpy.ndarray
        Observed patterns in canonical order and the people with each, shape (patterns,).
    cells : int
        2 ** lists.
    samples : int
        Number of bootstrap tables.
    seed : int or numpy.random.SeedSequence
        Where the streams start.

    Returns
    -------
    Bootstrap
        Population sizes, and the models they rest on.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.selection import FixedModel
    >>> rule, patterns = FixedModel(np.array([0, 1, 2])), np.array([1, 2, 3])
    >>> bootstrap(rule, patterns, np.array([60, 40, 20]), 4, samples=5, seed=1).estimates.shape
    (5,)
    """
    chunks = split(samples, _CHUNK)
    work = list(zip(streams(seed, len(chunks)), map(len, chunks), strict=True))
    parts = map_chunks(partial(_bootstrap_chunk, rule, patterns, frequencies, cells), work, progress="Bootstrap")
    winners: Counter[bytes] = Counter()
    for _, won in parts:
        winners.update(won)
    return Bootstrap(estimates=np.concatenate([estimates for estimates, _ in parts]), winners=winners)


def jackknife(rule: Rule, patterns: Array, frequencies: Array, cells: int) -> Array:
    """Choose and estimate anew with one person of each pattern left out.

    Parameters
    ----------
    rule : Rule
        How a model is chosen.
    patterns, frequencies : numpy.ndarray
        Observed patterns and the people with each, shape (patterns,).
    cells : int
        2 ** lists.

    Returns
    -------
    numpy.ndarray
        Population sizes, shape (patterns,), NaN where there was no estimate.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.selection import FixedModel
    >>> rule = FixedModel(np.array([0, 1, 2]))
    >>> jackknife(rule, np.array([1, 2, 3]), np.array([60, 40, 20]), 4).round(2).tolist()
    [237.0, 236.0, 245.32]
    """
    chunks = split(len(patterns), _CHUNK)
    return np.concatenate(map_chunks(partial(_jackknife_chunk, rule, patterns, frequencies, cells), chunks))


def _bootstrap_chunk(
    rule: Rule, patterns: Array, frequencies: Array, cells: int, work: tuple[np.random.Generator, int]
) -> tuple[Array, Counter[bytes]]:
    """Estimate from the bootstrap tables of one stream."""
    generator, samples = work
    people = int(frequencies.sum())
    estimates, winners, counts = np.full(samples, np.nan), Counter[bytes](), np.zeros(cells)
    for b, drawn in enumerate(generator.multinomial(people, frequencies / people, size=samples)):
        counts[patterns] = drawn
        chosen = rule.choose(counts)
        if chosen is not None:
            estimates[b] = people + chosen.unobserved
            winners[chosen.terms.tobytes()] += 1
    return estimates, winners


def _jackknife_chunk(rule: Rule, patterns: Array, frequencies: Array, cells: int, places: range) -> Array:
    """Estimate without one person of each of some patterns."""
    estimates, counts = np.full(len(places), np.nan), np.zeros(cells)
    for i, place in enumerate(places):
        counts[patterns] = frequencies
        counts[patterns[place]] -= 1
        chosen = rule.choose(counts)
        if chosen is not None:
            estimates[i] = frequencies.sum() - 1 + chosen.unobserved
    return estimates
