"""Limits where a trend may bend by at most M from period to period: the shortest intervals of fixed length.

The worst bias of a linear estimator is M times a sum of absolute values, so the frontier of bias and variance is the
path of a lasso, which is piecewise linear and found exactly [1]_.

References
----------
.. [1] Rambachan, A. and Roth, J. (2023). A more credible approach to parallel trends. Review of Economic Studies 90,
   2555-2591. https://doi.org/10.1093/restud/rdad018
.. [2] Armstrong, T. B. and Kolesar, M. (2018). Optimal inference in a class of regression models. Econometrica 86,
   655-683. https://doi.org/10.3982/ECTA14434
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.policy.honest.coefficients import Coefficients

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FixedLength:
    """A confidence interval of fixed length.

    Parameters
    ----------
    low, high : float
        Its limits.
    weights : numpy.ndarray
        Weights of all coefficients in its centre, shape (periods,).
    bias : float
        Largest bias that the bound allows.
    error : float
        Standard error of the centre.
    """

    low: float
    high: float
    weights: Floats
    bias: float
    error: float


def folded_quantile(level: float, bias: float) -> float:
    """Return the quantile of the absolute value of a normal variable with some mean and variance 1.

    Parameters
    ----------
    level : float
        Probability.
    bias : float
        Mean.

    Returns
    -------
    float
        The quantile.

    Examples
    --------
    >>> round(folded_quantile(0.95, 0.0), 4)
    1.96
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    mean = abs(bias)
    low, high = mean + ndtri(level), mean + ndtri((1 + level) / 2)
    if mean > 10:  # the other tail is below 1e-23
        return float(low)
    return float(brentq(lambda x: ndtr(x - mean) - ndtr(-x - mean) - level, max(low - 1e-9, 0.0), high + 1e-9))


def fixed_length(study: Coefficients, bend: float, level: float) -> FixedLength:
    """Return the shortest interval of fixed length for a weighted sum of effects.

    Parameters
    ----------
    study : Coefficients
        Estimates, and the effect among them.
    bend : float
        Largest change of the slope of the difference in trends from one period to the next.
    level : float
        Coverage.

    Returns
    -------
    FixedLength
        The interval.

    Examples
    --------
    >>> from ctresearch.policy.honest.coefficients import Coefficients
    >>> study = Coefficients(np.array([0.0, 1.0]), np.eye(2) * 0.01, 1, np.ones(1))
    >>> found = fixed_length(study, 0.0, 0.95)
    >>> round(found.low, 3), round(found.high, 3)  # with one period before, the line through it is carried on
    (0.723, 1.277)
    """
    from scipy.optimize import minimize_scalar

    before, target, covariance = study.before, study.target, study.covariance
    after = np.arange(1.0, len(target) + 1)
    turn, shift, fixed = _parametrised(before, target, after)
    knots = _frontier(turn, shift, target, covariance, bend)

    def weights_of(bends: Floats) -> Floats:
        return np.concatenate([turn @ bends + shift, target])

    def half(bends: Floats) -> float:
        weights = weights_of(bends)
        error = float(np.sqrt(weights @ covariance @ weights))
        bias = bend * (fixed + float(np.abs(bends).sum()))
        return error * folded_quantile(level, bias / error)

    best = min(knots, key=half)
    for one, two in itertools.pairwise(knots):

        def between(part: float, one: Floats = one, two: Floats = two) -> float:
            return half(one + part * (two - one))

        found = minimize_scalar(between, bounds=(0, 1), method="bounded", options={"xatol": 1e-10})
        there = one + found.x * (two - one)
        best = there if half(there) < half(best) else best
    weights = weights_of(best)
    reach, centre = half(best), float(weights @ study.estimate)
    error = float(np.sqrt(weights @ covariance @ weights))
    return FixedLength(centre - reach, centre + reach, weights, bend * (fixed + float(np.abs(best).sum())), error)


def _parametrised(before: int, target: Floats, after: Floats) -> tuple[Floats, Floats, float]:
    """Write weights of earlier periods as a line in how much each bend before counts, so that no slope is left over.

    A bend j periods before the reference moves those further back, s > j, by s - j; the slope moves all. Bends after
    the reference count the same whatever the weights are: their sum is the last value.
    """
    back = np.arange(before, 0, -1)
    moves = np.array([np.maximum(back - j, 0) for j in range(1, before)] or np.zeros((0, before)), dtype=float)
    system = np.vstack([moves, -back.astype(float)])
    inverse = np.linalg.inv(system)
    shift = inverse[:, -1] * -float(target @ after)
    ahead = [float(target @ np.maximum(after - j, 0)) for j in range(len(after))]
    return inverse[:, :-1], shift, float(np.abs(ahead).sum())


def _frontier(turn: Floats, shift: Floats, target: Floats, covariance: Floats, bend: float) -> list[Floats]:
    """Return the corners of the path from the least variance to the least bias."""
    before = len(shift)
    early, cross = covariance[:before, :before], covariance[:before, before:]
    gram = turn.T @ early @ turn
    pull = -turn.T @ (early @ shift + cross @ target)
    if not len(gram):
        return [np.zeros(0)]
    if bend == 0:
        return [np.asarray(np.linalg.solve(gram, pull), dtype=float)]
    from sklearn.linear_model import lars_path_gram

    scale = float(np.abs(pull).max()) or 1.0
    _, _, path = lars_path_gram(Xy=pull / scale, Gram=gram / scale, n_samples=1, method="lasso")
    return list(path.T)
