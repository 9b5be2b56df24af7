"""How much each predictor counts: the search that makes the donors follow the outcome before the law best.

For every choice of the importance of predictors the donors' weights follow by least squares; the choice is the one with
the smallest error of the outcome before. That problem has many valleys, so it is searched from several starts, and the
error that no choice can undercut, the one of matching the outcome itself, says how much is left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.policy.synthetic.simplex import simplex_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_SPREAD, _RANGE = 1.0, 25.0
_CLOSE = 1e-10


@kernel
def _importance(angles: Floats) -> Floats:
    """Turn free numbers into shares that add up to 1, the first of them fixed."""
    shares = np.empty(len(angles) + 1)
    shares[0] = 1.0
    for k in range(len(angles)):
        shares[k + 1] = np.exp(min(max(angles[k], -_RANGE), _RANGE))
    total = shares.sum()
    for k in range(len(shares)):
        shares[k] /= total
    return shares


@kernel
def weights_of(shares: Floats, predictors: Floats) -> tuple[Floats, bool]:
    """Return the donors' weights for given shares of importance.

    Parameters
    ----------
    shares, predictors : numpy.ndarray
        Importance, shape (predictors,); standardised distances to the treated unit, shape (predictors, donors).

    Returns
    -------
    tuple of numpy.ndarray and bool
        Weights, shape (donors,), and whether they are the minimum.
    """
    scaled = predictors * np.sqrt(shares).reshape(-1, 1)
    return simplex_weights(scaled.T @ scaled, np.zeros(predictors.shape[1]))


@kernel
def _error(angles: Floats, predictors: Floats, gaps: Floats) -> float:
    """Return the mean squared error of the outcome before, for a point of the search."""
    weights, _ = weights_of(_importance(angles), predictors)
    missed = gaps @ weights
    return float((missed**2).mean())


@kernel
def _replace(points: Floats, values: Floats, centre: Floats, predictors: Floats, gaps: Floats) -> None:
    """Move the worst corner, the last, through the middle of the others; or draw all of them to the best."""
    k = len(centre)
    point = 2 * centre - points[k]
    value = _error(point, predictors, gaps)
    if value < values[0]:
        further = 3 * centre - 2 * points[k]
        beyond = _error(further, predictors, gaps)
        if beyond < value:
            point, value = further, beyond
    elif value >= values[k - 1]:
        nearer = 1.5 * centre - 0.5 * points[k] if value < values[k] else 0.5 * centre + 0.5 * points[k]
        within = _error(nearer, predictors, gaps)
        if within >= min(value, values[k]):
            for i in range(1, k + 1):
                points[i] = (points[0] + points[i]) / 2
                values[i] = _error(points[i], predictors, gaps)
            return
        point, value = nearer, within
    points[k] = point
    values[k] = value


@kernel
def search(start: Floats, predictors: Floats, gaps: Floats, most: int) -> tuple[Floats, float]:
    """Walk down from one start by Nelder and Mead's simplex.

    Parameters
    ----------
    start : numpy.ndarray
        Free numbers, shape (predictors - 1,).
    predictors, gaps : numpy.ndarray
        Distances of donors to the treated unit: predictors by donors, and periods by donors.
    most : int
        Steps at most.

    Returns
    -------
    tuple of numpy.ndarray and float
        Shares of importance, shape (predictors,), and the mean squared error.
    """
    k = len(start)
    points, values = np.empty((k + 1, k)), np.empty(k + 1)
    for i in range(k + 1):
        points[i] = start
        if i > 0:
            points[i, i - 1] += _SPREAD
        values[i] = _error(points[i], predictors, gaps)
    for _ in range(most):
        order = np.argsort(values)
        points, values = points[order], values[order]
        if values[k] - values[0] <= _CLOSE * (values[0] + 1e-300):
            break
        centre = np.zeros(k)
        for i in range(k):
            centre += points[i] / k
        _replace(points, values, centre, predictors, gaps)
    best = int(np.argmin(values))
    return _importance(points[best]), values[best]


def starts(predictors: Floats, gaps: Floats) -> list[Floats]:
    """Return the points from which the search begins.

    Parameters
    ----------
    predictors, gaps : numpy.ndarray
        As :func:`search` takes them.

    Returns
    -------
    list of numpy.ndarray
        All predictors alike; by how they tell the outcome of the donors in a regression; and each alone before others.
    """
    k = len(predictors)
    design = np.column_stack([np.ones(predictors.shape[1]), predictors.T])
    slopes = np.linalg.lstsq(design, gaps.T, rcond=None)[0][1:]
    told = np.maximum((slopes**2).sum(axis=1), 1e-12)
    shares = [np.ones(k), told]
    shares += [np.where(np.arange(k) == i, 50.0, 1.0) for i in range(k)]
    return [np.asarray(np.log(one[1:] / one[0])) for one in shares]


def predictor_shares(predictors: Floats, gaps: Floats, *, thorough: bool = True) -> tuple[Floats, float]:
    """Find the importance of predictors that follows the outcome before best.

    Parameters
    ----------
    predictors, gaps : numpy.ndarray
        As :func:`search` takes them.
    thorough : bool
        From all starts; otherwise from the two usual ones, all predictors alike and by regression.

    Returns
    -------
    tuple of numpy.ndarray and float
        Shares, shape (predictors,), and the mean squared error of the outcome before.
    """
    k = len(predictors)
    if k == 1:
        shares = np.ones(1)
        weights, _ = weights_of(shares, predictors)
        return shares, float(((gaps @ weights) ** 2).mean())
    begin = starts(predictors, gaps)
    if not thorough:
        begin = begin[:2]
    tried = [search(one, predictors, gaps, 120 * k if thorough else 40 * k) for one in begin]
    best = min(tried, key=lambda one: float(one[1]))
    for _ in range(20 if thorough else 2):
        again = search(np.log(best[0][1:] / best[0][0]), predictors, gaps, 120 * k)
        if again[1] >= best[1] * (1 - 1e-6):
            break
        best = again
    return best[0], float(best[1])
