"""Bands that hold everywhere at once, by the multiplier bootstrap of influence functions.

Each draw turns the sign of every cluster's influence at random; the largest t-statistic of a draw says how far a set of
estimates strays together [1]_. A draw costs one sum over clusters, in single precision: signs are exact in it, and a
quantile of 999 draws has three digits.

References
----------
.. [1] Callaway, B. and Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal of
   Econometrics 225, 200-230. https://doi.org/10.1016/j.jeconom.2020.12.001
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.random import Seed, generator

if TYPE_CHECKING:
    from ctresearch.policy.adoption.group_time import Integers
    from ctresearch.policy.adoption.two_periods import Floats

# signs of this many clusters and draws are held at once: 64 MB in single precision
_HELD = 16_000_000
# an estimate whose error is below this share of the largest is fixed by the data: it cannot stray
_FIXED = 1e-9


def cluster_influence(influence: Floats, clusters: Integers) -> Floats:
    """Add influence up within clusters.

    Parameters
    ----------
    influence : numpy.ndarray
        Units by estimates.
    clusters : numpy.ndarray
        Cluster of each unit from 0, shape (units,).

    Returns
    -------
    numpy.ndarray
        Clusters by estimates.
    """
    count = int(clusters.max()) + 1
    if count == len(clusters):
        return influence
    order = np.argsort(clusters, kind="stable")
    starts = np.searchsorted(clusters[order], np.arange(count))
    return np.asarray(np.add.reduceat(influence[order], starts, axis=0), dtype=float)


def covariance(influence: Floats, units: int) -> Floats:
    """Return the covariance of estimates.

    Parameters
    ----------
    influence : numpy.ndarray
        Summed within clusters, clusters by estimates.
    units : int
        Units over which influence averages.

    Returns
    -------
    numpy.ndarray
        Estimates by estimates.
    """
    return np.asarray(influence.T @ influence / units**2, dtype=float)


def critical_value(influence: Floats, *, level: float, draws: int, seed: Seed) -> float:
    """Return by how many standard errors a band must reach so that it holds for all estimates at once.

    Parameters
    ----------
    influence : numpy.ndarray
        Summed within clusters, clusters by estimates.
    level : float
        Coverage of the band.
    draws : int
        Multiplier draws.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    float
        Quantile of the largest absolute t-statistic.

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=(400, 1))
    >>> round(critical_value(values, level=0.95, draws=4999, seed=1), 1)
    1.9
    """
    error = np.sqrt((influence**2).sum(axis=0))
    moves = error > _FIXED * error.max()
    scaled = (influence[:, moves] / error[moves]).astype(np.float32)
    rng, largest, done = generator(seed), np.empty(draws), 0
    chunk = max(8, _HELD // len(scaled) // 8 * 8)
    total = scaled.sum(axis=0, dtype=np.float64)
    while done < draws:
        many = min(chunk, draws - done)
        random = np.frombuffer(rng.bytes(len(scaled) * ((many + 7) // 8)), dtype=np.uint8).reshape(len(scaled), -1)
        heads = np.unpackbits(random, axis=1, count=many).astype(np.float32)
        drawn = np.abs(2 * (heads.T @ scaled) - total)
        largest[done : done + many] = drawn.max(axis=1)
        done += many
    return float(np.quantile(largest, level))
