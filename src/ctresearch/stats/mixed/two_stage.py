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

_PARTS = 200  # of a mixture, at even quantiles: fewer show in the tails, more cost time and change nothing


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


def mixtures(draws: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Turn draws of units into mixtures of normal distributions of one width each.

    Parameters
    ----------
    draws : sequence of numpy.ndarray
        Shape (draws,) for each unit.

    Returns
    -------
    tuple of numpy.ndarray
        Centres, shape (units, parts), and variances, shape (units,). Centres are drawn in to their mean, so that the
        mixture has the variance of the draws.
    """
    centres, variances = [], []
    for one in draws:
        at = np.quantile(one, (np.arange(_PARTS) + 0.5) / _PARTS)
        spread = float(np.std(one))
        width = min(1.06 * spread * len(one) ** -0.2, 0.5 * spread)
        wanted = np.sqrt(max(spread**2 - width**2, 0.0))
        mean = float(np.mean(one))
        centres.append(mean + (at - at.mean()) * wanted / at.std())
        variances.append(width**2)
    return np.array(centres), np.array(variances)


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
    centres, variances = mixtures(draws)

    def parts(points: Floats) -> tuple[Floats, Floats, Floats]:
        total = variances + np.exp(2 * points[:, 1:2])
        logs = -((centres - points[:, :1, None]) ** 2) / (2 * total[..., None])
        top = logs.max(axis=-1)
        weights = np.exp(logs - top[..., None])
        return weights, top + np.log(weights.mean(axis=-1)) - np.log(total) / 2, total

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
    units = [_values(points, centres, variances, parts(points), random) for points in np.array_split(flat, CHAINS * 8)]
    return OverUnits(walked, np.concatenate(units))


def _values(
    points: Floats,
    centres: Floats,
    variances: Floats,
    parts: tuple[Floats, Floats, Floats],
    random: np.random.Generator,
) -> Floats:
    """Draw the value of each unit, given mean and spread: a part of its mixture, then a normal value."""
    weights, _, total = parts
    ladder = weights.cumsum(axis=-1)
    which = (ladder < random.random(total.shape)[..., None] * ladder[..., -1:]).sum(axis=-1)
    chosen = centres[np.arange(len(centres)), which]
    between = np.exp(2 * points[:, 1:2])
    mean = (chosen * between + points[:, :1] * variances) / total
    noise = random.standard_normal(mean.shape)
    return np.asarray(mean + noise * np.sqrt(between * variances / total), dtype=np.float64)
