"""Weibull accelerated failure times with durations known, bounded on one side, or between two dates.

With ``W`` the standard smallest-extreme-value variate, ``log T = x b + s W``: a coefficient multiplies durations by
``exp(b)``.

References
----------
.. [1] Kalbfleisch, J. D. and Prentice, R. L. (2002). The Statistical Analysis of Failure Time Data, second edition.
   Wiley. https://doi.org/10.1002/9781118032985
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Floats

# the first tells a maximum from a search that ran away, a row; the second balances the rounding of a gradient against
# the curvature over the step
_GRADIENT, _STEP = 1e-5, 1e-5
# in place of the log of a chance that rounds to 0: worse than any possible row, and finite, so the search turns back
_IMPOSSIBLE = -1e6


@dataclass(frozen=True, slots=True)
class WeibullFit:
    """Coefficients of log duration, the log of the scale last.

    Parameters
    ----------
    point : numpy.ndarray
        Shape (columns + 1,).
    covariance : numpy.ndarray
        Inverse observed information, of the same size square.
    value : float
        Log-likelihood, durations known exactly entering by their density.

    Examples
    --------
    >>> WeibullFit(np.zeros(2), np.eye(2), -1.0).point.shape
    (2,)
    """

    point: Floats
    covariance: Floats
    value: float


def fit_weibull(after: Floats, before: Floats, columns: Floats) -> WeibullFit:
    """Maximise the likelihood.

    Parameters
    ----------
    after, before : numpy.ndarray
        Each duration lies above ``after`` and at most at ``before``, or is known where both are equal; shape (rows,)
        each.
    columns : numpy.ndarray
        Covariates with a constant, rows by columns.

    Returns
    -------
    WeibullFit
        The maximum.

    Raises
    ------
    FitError
        If there is none.

    Examples
    --------
    >>> months = np.array([1.0, 2.0, 4.0])
    >>> fit_weibull(months, months, np.ones((3, 1))).point.round(3).tolist()
    [0.974, -0.699]
    """
    from scipy.optimize import minimize

    middle = np.where(np.isfinite(before), (after + before) / 2, np.maximum(after, 1e-3) * 1.5)
    start = np.append(np.linalg.lstsq(columns, np.log(np.maximum(middle, 1e-3)), rcond=None)[0], 0.0)
    found = minimize(
        lambda p: _negative(p, after, before, columns), start, jac=True, method="BFGS", options={"gtol": 1e-8}
    )
    gradient = _negative(found.x, after, before, columns)[1]
    information = _information(found.x, after, before, columns)
    if np.abs(gradient).max() > _GRADIENT * len(after) or np.linalg.eigvalsh(information).min() <= 1e-8:
        raise FitError(
            f"the Weibull likelihood of {len(after):,} durations and {columns.shape[1]} columns has no maximum inside "
            "its range: too few durations have an end, or a term separates them"
        )
    return WeibullFit(found.x, np.asarray(np.linalg.inv(information), dtype=float), -float(found.fun))


def _negative(point: Floats, after: Floats, before: Floats, columns: Floats) -> tuple[float, Floats]:
    """Return minus the log-likelihood and its gradient."""
    scale, centre = np.exp(point[-1]), columns @ point[:-1]
    known = after == before
    value, by_centre, by_scale = np.zeros(len(after)), np.zeros(len(after)), np.zeros(len(after))
    z = (np.log(before[known]) - centre[known]) / scale
    value[known] = z - np.exp(z) - point[-1] - np.log(before[known])
    by_centre[known] = (np.exp(z) - 1) / scale
    by_scale[known] = z * (np.exp(z) - 1) - 1
    rest = ~known
    value[rest], by_centre[rest], by_scale[rest] = _between(after[rest], before[rest], centre[rest], scale)
    gradient = np.append(columns.T @ by_centre, by_scale.sum())
    return -float(value.sum()), -gradient


def _between(after: Floats, before: Floats, centre: Floats, scale: float) -> tuple[Floats, Floats, Floats]:
    """Return the log chance of an end between two times, and its derivatives by centre and log scale."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        low, high = ((np.log(times) - centre) / scale for times in (after, before))
        first, second = np.exp(low), np.exp(high)
        value = -first + np.log(-np.expm1(first - second))
        value = np.nan_to_num(value, nan=_IMPOSSIBLE, neginf=_IMPOSSIBLE)
        chance = np.maximum(np.exp(value), 1e-300)
        ends = [np.where(np.isfinite(z), np.exp(z - e), 0.0) for z, e in ((low, first), (high, second))]
        at = [np.where(np.isfinite(z), z, 0.0) for z in (low, high)]
    by_centre = (ends[0] - ends[1]) / (scale * chance)
    by_scale = (at[0] * ends[0] - at[1] * ends[1]) / chance
    return value, by_centre, by_scale


def _information(point: Floats, after: Floats, before: Floats, columns: Floats) -> Floats:
    """Return the observed information by central differences of the gradient."""
    size = len(point)
    out = np.empty((size, size))
    for i in range(size):
        step = np.zeros(size)
        step[i] = _STEP
        ahead, behind = (_negative(point + sign * step, after, before, columns)[1] for sign in (1, -1))
        out[i] = (ahead - behind) / (2 * _STEP)
    return (out + out.T) / 2
