"""Units of which each has draws of its own: a normal distribution of true values laid over them.

Draws of a unit become a smooth mixture with their mean and variance, whatever their shape, which stands for what the
unit alone says; mean and spread of true values are walked through with the values of units integrated out, and these
are then drawn exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.mixed.metropolis import walk
from ctresearch.stats.mixed.posterior import CHAINS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_ENDS, _INNER = 40, 120
"""Draws at either end that are a part by themselves, so that tails are kept, and groups of those between."""


@dataclass(frozen=True, slots=True)
class OverUnits:
    """Draws, chain after chain.

    Parameters
    ----------
    walked : numpy.ndarray
        Mean and logarithm of the spread, shape (chains, draws, 2).
    units : numpy.ndarray
        Values of units, shape (draws, units).
    """

    walked: Floats
    units: Floats


@dataclass(frozen=True, slots=True)
class Mixtures:
    """What each unit alone says, as a mixture of normal distributions of one width.

    Parameters
    ----------
    centres, weights : numpy.ndarray
        Shape (units, parts).
    variances : numpy.ndarray
        Of every part, shape (units,).
    """

    centres: Floats
    weights: Floats
    variances: Floats


def mixtures(draws: Sequence[Floats]) -> Mixtures:
    """Turn draws of units into mixtures.

    Parameters
    ----------
    draws : sequence of numpy.ndarray
        Shape (draws,) for each unit.

    Returns
    -------
    Mixtures
        The outermost draws by themselves, those between in groups of one size; centres are drawn in to the mean, so
        that a mixture has mean and variance of its draws.
    """
    made = [_mixture(np.sort(one)) for one in draws]
    return Mixtures(*(np.array([one[i] for one in made]) for i in range(3)))


def _mixture(ordered: Floats) -> tuple[Floats, Floats, float]:
    """Return centres, weights and the variance of a part, of draws in order."""
    many = len(ordered)
    ends = min(_ENDS, many // 4)
    inner = np.linspace(ends, many - ends, _INNER + 1).round().astype(int)
    edges = np.concatenate([np.arange(ends), inner, many - ends + 1 + np.arange(ends)])
    sizes = np.diff(edges)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    at = (sums[edges[1:]] - sums[edges[:-1]]) / np.maximum(sizes, 1)
    weights = sizes / many
    spread, mean = float(np.std(ordered)), float(np.mean(ordered))
    width = min(1.06 * spread * many**-0.2, 0.5 * spread)
    own = float(np.sqrt(weights @ (at - mean) ** 2))
    return mean + (at - mean) * np.sqrt(spread**2 - width**2) / own, weights, width**2


def sample_over_units(
    draws: Sequence[Floats], scale: float, random: np.random.Generator, *, kept: int, thin: int
) -> OverUnits:
    """Draw mean and spread of true values, and each unit's own.

    Parameters
    ----------
    draws : sequence of numpy.ndarray
        What each unit alone says, shape (draws,) each.
    scale : float
        Scale of the half-Cauchy prior of the spread; the mean is flat.
    random : numpy.random.Generator
        The stream.
    kept, thin : int
        Draws kept of each of four chains, one in ``thin``.

    Returns
    -------
    OverUnits
        4 times ``kept`` draws.
    """
    found = mixtures(draws)
    centres, variances = found.centres, found.variances

    def parts(points: Floats) -> tuple[Floats, Floats, Floats]:
        total = variances + np.exp(2 * points[:, 1:2])
        logs = -((centres - points[:, :1, None]) ** 2) / (2 * total[..., None])
        top = logs.max(axis=-1)
        weights = found.weights * np.exp(logs - top[..., None])
        return weights, top + np.log(weights.sum(axis=-1)) - np.log(total) / 2, total

    def target(points: Floats) -> Floats:
        prior = points[:, 1] - np.log1p(np.exp(2 * (points[:, 1] - np.log(scale))))
        return np.asarray(prior + parts(points)[1].sum(axis=1), dtype=np.float64)

    middle = float(np.mean([np.mean(one) for one in draws]))
    start = np.column_stack(
        [
            middle + scale * random.standard_normal(CHAINS),
            np.log(scale) + random.uniform(np.log(0.1), np.log(3), CHAINS),
        ]
    )
    walked = walk(target, start, random, draws=kept, thin=thin).draws
    flat = walked.reshape(-1, 2)
    units = [_values(points, found, parts(points), random) for points in np.array_split(flat, CHAINS * 8)]
    return OverUnits(walked, np.concatenate(units))


def _values(
    points: Floats,
    made: Mixtures,
    parts: tuple[Floats, Floats, Floats],
    random: np.random.Generator,
) -> Floats:
    """Draw the value of each unit, given mean and spread: a part of its mixture, then a normal value."""
    weights, _, total = parts
    centres, variances = made.centres, made.variances
    ladder = weights.cumsum(axis=-1)
    which = (
        (ladder < random.random(total.shape)[..., None] * ladder[..., -1:]).sum(axis=-1).clip(max=centres.shape[1] - 1)
    )
    chosen = centres[np.arange(len(centres)), which]
    between = np.exp(2 * points[:, 1:2])
    mean = (chosen * between + points[:, :1] * variances) / total
    noise = random.standard_normal(mean.shape)
    return np.asarray(mean + noise * np.sqrt(between * variances / total), dtype=np.float64)
