"""Two kinds of people, the one likelier to be on every list: the sizes that a table leaves open.

With chances of their own for lists, and odds of the likelier people so many times those of the others, the mean of a
pattern of lists is that of two populations of independent lists. Sums over patterns are products over lists, so that
any number of lists takes a few milliseconds: all that the likelihood asks of a table is how many people are on each
list, and how many on one list, on two, and so on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.closed.open_size import OpenSize, Points, limits_over
from ctresearch.prevalence.lists.cells import set_size
from ctresearch.prevalence.trust.pair_scores import independent_population

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

# The likelihood is flat towards rare kinds and towards kinds that hardly differ, and has several tops: it is looked at
# everywhere between odds half as high again and thirty times as high, and between one likelier person in a million of
# those unseen and four in five.
_TIMES = np.log(np.geomspace(1.5, 30.0, 22))
_WEIGHTS = np.linspace(-14.0, 1.5, 32)
_STEPS, _HALVINGS, _CLOSE = 80, 30, 1e-9
# Twice what a further step of Newton's would gain, which moves no limit.
_SETTLED = 1e-6
# A log mean above this overflows; no table holds e ** 50 people.
_TOP = 50.0
PARAMETERS = 3
"""Parameters beside one for each list: the people, how many are likelier, and how much."""


def fit_two_kinds(counts: Array, level: float) -> OpenSize:
    """Fit two kinds of people over a grid of how many are likelier to be listed, and how much.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,), of at least four lists; the first is not used.
    level : float
        Coverage of the limits, as a proportion.

    Returns
    -------
    OpenSize
        As :func:`ctresearch.prevalence.closed.open_size.limits_over` works it out over the grid.

    Examples
    --------
    >>> from ctresearch.prevalence import Scenario
    >>> found = fit_two_kinds(2000 * Scenario.named("heterogeneous").chances, 0.95)
    >>> found.low < 2000 < found.high
    True
    """
    weight, times = (side.ravel() for side in np.meshgrid(_WEIGHTS, _TIMES, indexing="ij"))
    people, seen = counts[1:].astype(np.float64), float(counts[1:].sum())
    tops = _climb(counts, weight, times)
    held = people[people > 0]
    deviance = np.maximum(2 * (float(held @ np.log(held)) - seen - tops.height), 0.0)
    unseen = np.exp(np.minimum(tops.intercept, _TOP)) * (1 + np.exp(weight))
    return limits_over(seen, Points(deviance, unseen, tops.variance), level)


@dataclass(frozen=True, slots=True)
class _Tops:
    """At each point of the grid, shape (G,): log-likelihood, intercept and its variance.

    A climb that did not settle has a log-likelihood of minus infinity.
    """

    height: Array
    intercept: Array
    variance: Array


def _climb(counts: Array, weight: Array, times: Array) -> _Tops:
    """Fit chances of lists and the number of people at every point by Newton's method, all points at once."""
    lists = len(counts).bit_length() - 1
    cells = np.arange(len(counts))
    sizes = counts.astype(np.float64) @ (cells[:, None] >> np.arange(lists) & 1)
    seen = np.append(0.0, counts[1:]).astype(np.float64)
    by_size = np.bincount(set_size(cells), weights=seen, minlength=lists + 1)
    told = np.concatenate([[seen.sum()], sizes])
    bent = np.logaddexp(0.0, weight[:, None] + times[:, None] * np.arange(lists + 1)) @ by_size
    beta = _start(told, weight, times)
    height, slope, curve = _likelihood(beta, told, bent, weight, times)
    for _ in range(_STEPS):
        step = np.linalg.solve(curve, slope[..., None])[..., 0]
        size = np.ones(len(beta))
        for _ in range(_HALVINGS):
            trial = _likelihood(beta + size[:, None] * step, told, bent, weight, times)
            falls = ~(trial[0] >= height - _CLOSE)
            if not falls.any():
                break
            size[falls] /= 2
        beta, gain = beta + size[:, None] * step, trial[0] - height
        height, slope, curve = trial
        if float(gain.max()) < _CLOSE:
            break
    inverse = np.linalg.inv(curve)
    to_gain = np.einsum("ga,gab,gb->g", slope, inverse, slope)
    return _Tops(np.where(to_gain < _SETTLED, height, -np.inf), beta[:, 0], inverse[:, 0, 0])


def _start(told: Array, weight: Array, times: Array) -> Array:
    """Start from lists that are independent, with as many people on a list as there are."""
    people, sizes = told[0], told[1:]
    total = float(independent_population(sizes[None], told[:1])[0])
    odds = np.log(sizes / (total - sizes)) if np.isfinite(total) else np.log(sizes / people)
    beta = np.concatenate([[0.0], odds]) * np.ones((len(weight), 1))
    first, second = np.logaddexp(0, odds).sum(), np.logaddexp(0, odds + times[:, None]).sum(axis=1)
    beta[:, 0] = np.log(people) - np.log(np.expm1(first) + np.exp(weight) * np.expm1(second))
    return beta


def _likelihood(beta: Array, told: Array, bent: Array, weight: Array, times: Array) -> tuple[Array, Array, Array]:
    """Return log-likelihood, its slope and the information, shapes (G,), (G, P) and (G, P, P)."""
    odds = beta[:, 1:]
    slope, curve = np.zeros_like(beta), np.zeros((len(beta), beta.shape[1], beta.shape[1]))
    for more, share in ((0.0, 0.0), (times[:, None], weight)):
        whole = np.exp(np.minimum(beta[:, 0] + share + np.logaddexp(0, odds + more).sum(axis=1), _TOP))
        chance = np.concatenate([np.ones((len(beta), 1)), 1 / (1 + np.exp(-(odds + more)))], axis=1)
        mean = whole[:, None] * chance
        both = mean[:, :, None] * chance[:, None, :]
        diagonal = np.arange(beta.shape[1])
        both[:, diagonal, diagonal] = mean
        nobody = np.exp(np.minimum(beta[:, 0] + share, _TOP))
        slope += mean
        curve += both
        slope[:, 0] -= nobody
        curve[:, 0, 0] -= nobody
    height = beta @ told + bent - slope[:, 0]
    return height, told - slope, curve
