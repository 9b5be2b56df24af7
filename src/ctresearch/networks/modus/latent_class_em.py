"""Latent classes by expectation-maximisation, compiled, on distinct answer patterns with their counts.

Item answers are independent within a class. Several random starts are run to convergence, since the likelihood has
local maxima; how many of them reach the best one is part of the answer.

References
----------
.. [1] Goodman, L. A. (1974). Exploratory latent structure analysis using both identifiable and unidentifiable models.
   Biometrika 61, 215-231. https://doi.org/10.1093/biomet/61.2.215
.. [2] Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM
   algorithm. Journal of the Royal Statistical Society, Series B 39, 1-38.
   https://doi.org/10.1111/j.2517-6161.1977.tb01600.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

TOLERANCE, MOST_STEPS = 1e-12, 20_000
SAME_MAXIMUM = 1e-4
"""Starts whose log-likelihoods differ by less than this have found the same maximum."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """Answers of N people to J items, collapsed to R distinct patterns.

    ``codes`` (R, J) category of each item, -1 where the answer is missing; ``counts`` (R,) people; ``offsets`` (J + 1,)
    where each item begins in a flat array of all C categories.
    """

    codes: Integers
    counts: Floats
    offsets: Integers


@dataclass(frozen=True, slots=True)
class ClassFit:
    """A latent class model of K classes, the largest first.

    ``shares`` (K,); ``probabilities`` (K, C) of each category of each item; ``posterior`` (R, K) class given pattern;
    ``log_likelihood``; ``start_log_likelihoods`` (S,) what each start reached; ``converged`` of the best start.
    """

    shares: Floats
    probabilities: Floats
    posterior: Floats
    log_likelihood: float
    start_log_likelihoods: Floats
    converged: bool


def fit_classes(patterns: Patterns, classes: int, starts: int, rng: np.random.Generator) -> ClassFit:
    """Maximise the likelihood of a latent class model from several random starts.

    Parameters
    ----------
    patterns : Patterns
        The answers.
    classes : int
        Number of classes, K.
    starts : int
        Number of random starts, S.
    rng : numpy.random.Generator
        Where the starts come from.

    Returns
    -------
    ClassFit
        The best of the starts, its classes ordered by size.

    Examples
    --------
    >>> codes = np.array([[0, 0], [1, 1]])
    >>> one = fit_classes(Patterns(codes, np.array([3.0, 1.0]), np.array([0, 2, 4])), 1, 1, np.random.default_rng(1))
    >>> one.probabilities.round(2).tolist()
    [[0.75, 0.25, 0.75, 0.25]]
    """
    width = int(patterns.offsets[-1])
    shares = np.full((starts, classes), 1 / classes)
    probabilities = rng.standard_exponential((starts, classes, width))
    for first, last in zip(patterns.offsets[:-1], patterns.offsets[1:], strict=True):
        probabilities[:, :, first:last] /= probabilities[:, :, first:last].sum(axis=2, keepdims=True)
    reached, steps = _climb(patterns.codes, patterns.counts, patterns.offsets, shares, probabilities)
    best = int(np.argmax(reached))
    order = np.lexsort((probabilities[best][:, 0], -shares[best]))
    share, probability = shares[best][order], probabilities[best][order]
    likelihood = pattern_likelihoods(patterns, share, probability)
    return ClassFit(
        shares=share,
        probabilities=probability,
        posterior=likelihood / likelihood.sum(axis=1, keepdims=True),
        log_likelihood=float(patterns.counts @ np.log(likelihood.sum(axis=1))),
        start_log_likelihoods=reached,
        converged=bool(steps[best] < MOST_STEPS),
    )


def pattern_likelihoods(patterns: Patterns, shares: Floats, probabilities: Floats) -> Floats:
    """Return the joint probability of class and pattern.

    Parameters
    ----------
    patterns : Patterns
        The answers.
    shares : numpy.ndarray
        Class sizes, shape (K,).
    probabilities : numpy.ndarray
        Category probabilities, shape (K, C).

    Returns
    -------
    numpy.ndarray
        Shape (R, K).

    Examples
    --------
    >>> codes = Patterns(np.array([[0], [-1]]), np.ones(2), np.array([0, 2]))
    >>> pattern_likelihoods(codes, np.array([1.0]), np.array([[0.2, 0.8]])).tolist()
    [[0.2], [1.0]]
    """
    joint = np.tile(shares, (len(patterns.codes), 1))
    for item, first in enumerate(patterns.offsets[:-1]):
        seen = patterns.codes[:, item] >= 0
        joint[seen] *= probabilities[:, first + patterns.codes[seen, item]].T
    return joint


@kernel
def _climb(
    codes: Integers, counts: Floats, offsets: Integers, shares: Floats, probabilities: Floats
) -> tuple[Floats, Integers]:
    """Run every start to its maximum, in place; return log-likelihoods and steps."""
    starts = shares.shape[0]
    reached, steps = np.empty(starts), np.empty(starts, np.int64)
    for start in range(starts):
        before = -np.inf
        for step in range(MOST_STEPS):
            now = _em_step(codes, counts, offsets, shares[start], probabilities[start])
            steps[start] = step + 1
            if now - before < TOLERANCE * max(1.0, abs(now)):
                break
            before = now
        reached[start] = now
    return reached, steps


@kernel
def _em_step(codes: Integers, counts: Floats, offsets: Integers, share: Floats, probability: Floats) -> Any:
    """Take one step of expectation and maximisation in place; return the log-likelihood before it."""
    rows, items = codes.shape
    classes, width = probability.shape
    new_share, new_probability = np.zeros(classes), np.zeros((classes, width))
    joint, log_likelihood = np.empty(classes), 0.0
    for row in range(rows):
        total = 0.0
        for k in range(classes):
            joint[k] = share[k]
            for item in range(items):
                if codes[row, item] >= 0:
                    joint[k] *= probability[k, offsets[item] + codes[row, item]]
            total += joint[k]
        log_likelihood += counts[row] * np.log(total)
        for k in range(classes):
            weight = counts[row] * joint[k] / total
            new_share[k] += weight
            for item in range(items):
                if codes[row, item] >= 0:
                    new_probability[k, offsets[item] + codes[row, item]] += weight
    people = counts.sum()
    for k in range(classes):
        share[k] = new_share[k] / people
        for item in range(items):
            total = new_probability[k, offsets[item] : offsets[item + 1]].sum()
            for place in range(offsets[item], offsets[item + 1]):
                if total > 0:
                    probability[k, place] = new_probability[k, place] / total
    return log_likelihood
