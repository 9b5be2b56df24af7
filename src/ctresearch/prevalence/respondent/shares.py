"""Point estimates from how often people are in a sample: RDS-I, RDS-II and successive sampling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.prevalence.respondent.inclusion import settle

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]


def weighted_shares(values: Array, weights: Array) -> Array:
    """Return weighted means.

    Parameters
    ----------
    values : numpy.ndarray
        One column a term, shape (n, terms).
    weights : numpy.ndarray
        One row a sample, shape (B, n).

    Returns
    -------
    numpy.ndarray
        Shape (B, terms); ``NaN`` where all weights are zero.

    Examples
    --------
    >>> weighted_shares(np.array([[1.0], [0.0]]), np.array([[1.0, 3.0]])).tolist()
    [[0.25]]
    """
    total = weights.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares: Array = (weights @ values) / total
    return shares


def stationary(moves: Array) -> Array:
    """Return the shares at which recruitment between groups no longer changes them.

    Parameters
    ----------
    moves : numpy.ndarray
        Recruitments from group to group, shape (B, G, G).

    Returns
    -------
    numpy.ndarray
        Shape (B, G), adding up to one; ``NaN`` where the groups do not all reach one another, so that there are none.

    Notes
    -----
    By elimination after Grassmann, Taksar and Heyman [1]_, which subtracts nothing and so loses no digits.

    References
    ----------
    .. [1] Grassmann, W. K., Taksar, M. I. and Heyman, D. P. (1985). Regenerative analysis and steady state
       distributions for Markov chains. Operations Research 33, 1107-1116. https://doi.org/10.1287/opre.33.5.1107

    Examples
    --------
    >>> stationary(np.array([[[6.0, 2.0], [4.0, 4.0]]])).round(6).tolist()
    [[0.666667, 0.333333]]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        chance = moves / moves.sum(axis=2, keepdims=True)
        groups = moves.shape[1]
        for k in range(groups - 1, 0, -1):
            out = chance[:, k, :k].sum(axis=1)
            chance[:, :k, k] /= out[:, None]
            chance[:, :k, :k] += chance[:, :k, k, None] * chance[:, k, None, :k]
        share = np.ones(moves.shape[:2])
        for k in range(1, groups):
            share[:, k] = (share[:, :k] * chance[:, :k, k]).sum(axis=1)
        share /= share.sum(axis=1, keepdims=True)
    share[~(share > 0).all(axis=1)] = np.nan
    return share


def salganik_heckathorn_shares(times: Array, moves: Array, group: Array, degree: Array) -> Array:
    """Return RDS-I estimates: stationary shares over harmonic mean degrees.

    Parameters
    ----------
    times : numpy.ndarray
        How often each person is in a sample, shape (B, n).
    moves : numpy.ndarray
        Recruitments from group to group, shape (B, G, G).
    group, degree : numpy.ndarray
        Of each person, shape (n,); a degree that is ``NaN`` is left out.

    Returns
    -------
    numpy.ndarray
        Shape (B, G); ``NaN`` where there is no estimate.

    Examples
    --------
    >>> moves, group, degree = np.array([[[6.0, 2.0], [4.0, 4.0]]]), np.array([0, 0, 1]), np.array([4.0, 4.0, 2.0])
    >>> salganik_heckathorn_shares(np.ones((1, 3)), moves, group, degree).tolist()
    [[0.5, 0.5]]
    """
    known = np.isfinite(degree)
    member = (group[:, None] == np.arange(moves.shape[1])) & known[:, None]
    inverse = np.where(known, 1 / np.where(known, degree, 1.0), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        over_mean = (times @ (member * inverse[:, None])) / (times @ member.astype(np.float64))
        part = stationary(moves) * over_mean
        shares: Array = part / part.sum(axis=1, keepdims=True)
    return shares


def successive_weights(times: Array, degree: Array, population: float, chance: Array) -> Array:
    """Return weights by successive sampling.

    Parameters
    ----------
    times : numpy.ndarray
        How often each person is in a sample, shape (B, n).
    degree : numpy.ndarray
        Of each person, shape (n,); ``NaN`` for those left out.
    population : float
        People in the population.
    chance : numpy.ndarray
        Everybody's chance of inclusion in the sample itself, to start from, shape (n,).

    Returns
    -------
    numpy.ndarray
        Shape (B, n); ``NaN`` where chances did not settle.

    Examples
    --------
    >>> degree = np.array([2.0, 4.0] * 20)
    >>> weights = successive_weights(np.ones((1, 40)), degree, 400.0, degree / 8)
    >>> round(float(weights[0, 0] / weights[0, 1]), 2)
    1.93
    """
    known = np.isfinite(degree)
    size, first, place = np.unique(degree[known], return_index=True, return_inverse=True)
    counts = np.zeros((times.shape[0], size.size))
    for k in range(size.size):
        counts[:, k] = times[:, known][:, place == k].sum(axis=1)
    found = _settle_each(size, counts, population, chance[known][first])
    weights = np.zeros(times.shape)
    weights[:, known] = times[:, known] / found[:, place]
    return weights


@kernel
def _settle_each(size: Array, counts: Array, population: float, start: Array) -> Array:
    """Settle the chances of some samples, each from the same start, shape (B, K)."""
    found = np.empty(counts.shape)
    for b in range(counts.shape[0]):
        found[b] = start
        if settle(size, counts[b], population, found[b]) < 0:
            found[b] = np.nan
    return found
