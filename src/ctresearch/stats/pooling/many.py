"""Thousands of outcomes pooled at once: the variance between of each by scoring, all rows together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.pooling.random_effects import pooled_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_STEPS, _CLOSE, _FAR = 60, 1e-10, 1e-2


@dataclass(frozen=True, slots=True)
class ManyPooled:
    """One row an outcome.

    Parameters
    ----------
    mean, std_error, tau2, i2, q : numpy.ndarray
        Shape (outcomes,).
    studies : numpy.ndarray
        How many studies each has, shape (outcomes,).
    converged : numpy.ndarray of bool
        Shape (outcomes,).
    """

    mean: Floats
    std_error: Floats
    tau2: Floats
    i2: Floats
    q: Floats
    studies: NDArray[np.int64]
    converged: Flags


def pool_many(y: Floats, v: Floats) -> ManyPooled:
    """Pool each row by restricted maximum likelihood.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (outcomes, studies); ``NaN`` where a study has no estimate. Memory is some
        ten times that of one of them.

    Returns
    -------
    ManyPooled
        Rows of fewer than two studies are ``NaN`` and not converged.

    Notes
    -----
    Fisher's scoring from the moments' estimate, steps halved where the likelihood would fall; it ends at the nearest
    top, which is held against no variance at all.

    Examples
    --------
    >>> found = pool_many(np.array([[0.0, 2.0], [1.0, 1.0]]), np.ones((2, 2)))
    >>> found.mean.tolist(), found.tau2.round(6).tolist()
    ([1.0, 1.0], [1.0, 0.0])
    """
    known = np.isfinite(y) & np.isfinite(v) & (v > 0)
    studies = known.sum(axis=1)
    y0, v0 = np.where(known, y, 0.0), np.where(known, v, 1.0)
    able = studies >= 2
    tau2, converged = np.zeros(len(y)), np.zeros(len(y), dtype=bool)
    weights, mean = _weights(known, y0, v0, tau2)
    q = (weights * (y0 - mean[:, None]) ** 2).sum(axis=1)
    first = weights.sum(axis=1)
    spare = first - (weights**2).sum(axis=1) / np.maximum(first, 1e-300)
    tau2 = np.where(able, np.maximum(0.0, (q - (studies - 1)) / np.maximum(spare, 1e-300)), 0.0)
    _score((known, y0, v0), tau2, converged, able)
    for i in np.flatnonzero(able & ~converged):  # flat likelihoods, a few in a thousand, one at a time
        tau2[i] = pooled_mean(y[i][known[i]], v[i][known[i]], "reml").tau2
        converged[i] = True
    none = _likelihood(known, y0, v0, np.zeros(len(y))) > _likelihood(known, y0, v0, tau2)
    tau2 = np.where(none, 0.0, tau2)
    weights, mean = _weights(known, y0, v0, tau2)
    within = (studies - 1) / np.maximum(spare, 1e-300)
    gone = np.where(able, 1.0, np.nan)
    return ManyPooled(
        mean=mean * gone,
        std_error=gone / np.sqrt(np.maximum(weights.sum(axis=1), 1e-300)),
        tau2=tau2 * gone,
        i2=gone * tau2 / np.maximum(tau2 + within, 1e-300),
        q=q * gone,
        studies=studies,
        converged=converged & able,
    )


def _weights(known: Flags, y: Floats, v: Floats, tau2: Floats) -> tuple[Floats, Floats]:
    """Return weights, 0 where nothing is known, and weighted means."""
    weights = known / (v + tau2[:, None])
    return weights, (weights * y).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-300)


def _likelihood(known: Flags, y: Floats, v: Floats, tau2: Floats) -> Floats:
    """Return the restricted log likelihood of each row, doubled."""
    weights, mean = _weights(known, y, v, tau2)
    logs = np.log(np.where(known, weights, 1.0)).sum(axis=1) - np.log(np.maximum(weights.sum(axis=1), 1e-300))
    return np.asarray(logs - (weights * (y - mean[:, None]) ** 2).sum(axis=1))


def _score(data: tuple[Flags, Floats, Floats], tau2: Floats, converged: Flags, able: Flags) -> None:
    """Walk every row to its top, in place; rows that have arrived are left alone."""
    (known, y, v), going = data, np.flatnonzero(able)
    for _ in range(_STEPS):
        if not len(going):
            return
        k, one, var, now = known[going], y[going], v[going], tau2[going]
        weights, mean = _weights(k, one, var, now)
        total, squares, cubes = weights.sum(axis=1), (weights**2).sum(axis=1), (weights**3).sum(axis=1)
        slope = (weights**2 * (one - mean[:, None]) ** 2).sum(axis=1) - (total - squares / total)
        curve = squares - 2 * cubes / total + (squares / total) ** 2
        step = slope / np.maximum(curve, 1e-300)
        goal, size = np.maximum(now + step, 0.0), np.median(var, axis=1)
        far = np.flatnonzero(np.abs(goal - now) > _FAR * (goal + size))  # near the top no step is too long
        start = _likelihood(k[far], one[far], var[far], now[far])
        for _ in range(30):
            worse = _likelihood(k[far], one[far], var[far], goal[far]) < start - 1e-12 * np.abs(start)
            if not worse.any():
                break
            goal[far] = np.where(worse, (goal[far] + now[far]) / 2, goal[far])
        tau2[going] = goal
        there = np.abs(goal - now) <= _CLOSE * (goal + size)
        converged[going[there]] = True
        going = going[~there]
