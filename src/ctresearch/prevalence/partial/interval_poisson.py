"""Poisson regression on counts that are known exactly or only to lie in a range, by Newton's method.

A cell whose count lies from ``low`` to ``high`` contributes the probability of that range. Its logarithm is concave in
the log mean, with slope ``E - mean`` and curvature ``V - mean``, where ``E`` and ``V`` are the mean and variance of the
count within the range; a range of one number gives the ordinary likelihood. Rows may carry a known offset, and
coefficients a normal prior. The tables here are small, so the design is written out.

References
----------
.. [1] Fienberg, S. E. and Rinaldo, A. (2012). Maximum likelihood estimation in log-linear models. Annals of
   Statistics 40, 996-1023. https://doi.org/10.1214/12-AOS986
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.prevalence.loglinear.existence import recedes

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

_MAX_ITERATIONS, _MAX_HALVINGS = 200, 50
_CONVERGED = 1e-12
# exp(26) is more than any number of people, and what a range without end holds near it fits into memory.
_LARGEST_LOG = 26.0
# Standard deviations beyond the mean of a Poisson variable where what is left has no weight in double precision.
_TAIL = 12.0


@dataclass(frozen=True, slots=True)
class Ranges:
    """Counts of C cells and what is known of their log means.

    ``design`` (C, P); ``low``, ``high`` (C,) ends of what each count may be, equal where it is known, ``high``
    infinite where it has no end; ``offset`` (C,) known part of the log mean; ``precision`` (P,) of a normal prior
    around zero for each coefficient, 0 for none.
    """

    design: Array
    low: Array
    high: Array
    offset: Array
    precision: Array


@dataclass(frozen=True, slots=True)
class RangeFit:
    """One Poisson regression, on the K coefficients and C cells it was asked about.

    ``status`` is ``ok``, ``ok_extended`` (columns that no person can belong to were removed), ``no_mle`` or
    ``not_identified``; ``kept`` (P,) says which columns stayed; ``beta`` (P,), minus infinity for the others;
    ``means`` (C,); ``expected`` and ``variance`` (C,) of each count within its range; ``loglik`` with all constants,
    without the prior; ``covariance`` (P, P), zero for columns that were removed. NaN throughout without an estimate.
    """

    status: str
    kept: Array
    beta: Array
    means: Array
    expected: Array
    variance: Array
    loglik: float
    covariance: Array


def exact_ranges(design: Array, counts: Array, offset: Array | None = None) -> Ranges:
    """Return a table whose counts are all known.

    Parameters
    ----------
    design : numpy.ndarray
        Shape (C, P).
    counts : numpy.ndarray
        People by cell, shape (C,).
    offset : numpy.ndarray, optional
        Known part of the log means, shape (C,).

    Returns
    -------
    Ranges
        The same, without a prior.

    Examples
    --------
    >>> exact_ranges(np.ones((2, 1)), np.array([3.0, 5.0])).high.tolist()
    [3.0, 5.0]
    """
    cells, columns = design.shape
    known = np.zeros(cells) if offset is None else offset
    return Ranges(design, counts.astype(float), counts.astype(float), known, np.zeros(columns))


def fit_ranges(table: Ranges, *, exists: bool = False) -> RangeFit:
    """Fit a Poisson regression and settle whether its estimate exists.

    Parameters
    ----------
    table : Ranges
        The counts.
    exists : bool
        Whether the estimate is known to exist and to be identified, which saves the proof.

    Returns
    -------
    RangeFit
        Estimates, or a status that says why there are none.

    Raises
    ------
    FitError
        If the estimate exists but the search does not reach it.

    Examples
    --------
    >>> design = np.array([[1.0, 0.0], [1.0, 1.0]])
    >>> known = fit_ranges(exact_ranges(design, np.array([20.0, 3.0])))
    >>> known.means.round(6).tolist()
    [20.0, 3.0]
    >>> below_5 = Ranges(design, np.array([20.0, 1.0]), np.array([20.0, 4.0]), np.zeros(2), np.zeros(2))
    >>> bool(1 < fit_ranges(below_5).means[1] < 4)
    True
    """
    cells, columns = table.design.shape
    empty = table.high == 0
    lonely = (table.design >= 0).all(axis=0) & (table.precision == 0)
    removed = lonely & ~((table.design > 0) & ~empty[:, None]).any(axis=0) & (table.design > 0).any(axis=0)
    alive: Array = ~np.asarray((table.design[:, removed] > 0).any(axis=1))
    part = Ranges(
        table.design[np.ix_(alive, ~removed)],
        table.low[alive],
        table.high[alive],
        table.offset[alive],
        table.precision[~removed],
    )
    status = "ok" if exists else _settle(part)
    if status != "ok":
        gone = np.full(cells, np.nan)
        return RangeFit(
            status, ~removed, np.full(columns, np.nan), gone, gone, gone, np.nan, np.full((columns, columns), np.nan)
        )
    beta, information = _newton(part)
    point = _likelihood(part, beta)
    covariance = np.zeros((columns, columns))
    covariance[np.ix_(~removed, ~removed)] = np.linalg.inv(information)
    whole = np.full(columns, -np.inf)
    whole[~removed] = beta
    means, expected, variance = (_spread(values, alive) for values in (point.means, point.expected, point.variance))
    word = "ok_extended" if removed.any() else "ok"
    return RangeFit(word, ~removed, whole, means, expected, variance, point.loglik, covariance)


def _spread(values: Array, alive: Array) -> Array:
    """Put values back among all cells, zero in those that hold nobody."""
    whole = np.zeros(len(alive))
    whole[alive] = values
    return whole


def _settle(table: Ranges) -> str:
    """Say whether the estimate of what is left is identified and exists."""
    informed = (table.low > 0) | np.isfinite(table.high)
    prior = np.diag(table.precision)[table.precision > 0]
    rows = np.vstack([table.design[informed], prior])
    if np.linalg.matrix_rank(rows) < table.design.shape[1]:
        return "not_identified"
    low, high = table.low[informed], table.high[informed]
    falling, rising = low == 0, np.isinf(high)
    design = table.design[informed]
    fixed = np.vstack([design[~falling & ~rising], prior])
    return "no_mle" if recedes(np.vstack([design[falling], -design[rising]]), fixed) else "ok"


@dataclass(frozen=True, slots=True)
class _Point:
    """Log-likelihood at one set of coefficients, and the means and moments there, (C,) each."""

    loglik: float
    means: Array
    expected: Array
    variance: Array


def _likelihood(table: Ranges, beta: Array) -> _Point:
    """Work out the log-likelihood and the moments of every count within its range."""
    from scipy.special import gammaln

    logs = table.design @ beta + table.offset
    if logs.max(initial=-np.inf) > _LARGEST_LOG:
        return _Point(-np.inf, logs, logs, logs)
    means = np.exp(logs)
    expected, variance = table.low.astype(float), np.zeros(len(means))
    known = table.low == table.high
    loglik = float(np.sum(table.low[known] * logs[known] - means[known] - gammaln(table.low[known] + 1)))
    for cell in np.flatnonzero(~known):
        values = _support(table.low[cell], table.high[cell], means[cell])
        weights = values * logs[cell] - gammaln(values + 1)
        top = weights.max()
        weights = np.exp(weights - top)
        total = weights.sum()
        loglik += float(np.log(total) + top - means[cell])
        expected[cell] = weights @ values / total
        variance[cell] = weights @ (values - expected[cell]) ** 2 / total
    return _Point(loglik, means, expected, variance)


def _support(low: float, high: float, mean: float) -> Array:
    """List the numbers of a range that have weight: a range without end has it near its mean alone."""
    centre = min(max(low, mean), high)
    reach = np.ceil(_TAIL * np.sqrt(centre) + 5 * _TAIL)
    return np.arange(max(low, np.floor(centre - reach)), min(high, np.ceil(centre + reach)) + 1)


def _newton(table: Ranges) -> tuple[Array, Array]:
    """Climb to the maximum; return the coefficients and the information there."""
    start = np.where(np.isfinite(table.high), (table.low + table.high) / 2, table.low) + 0.1
    root = np.sqrt(start)
    ridge = np.diag(np.sqrt(table.precision))
    target = np.concatenate([root * (np.log(start) - table.offset), np.zeros(len(ridge))])
    beta = np.linalg.lstsq(np.vstack([table.design * root[:, None], ridge]), target, rcond=None)[0]
    point = _likelihood(table, beta)
    for _ in range(_MAX_ITERATIONS):
        score = table.design.T @ (point.expected - point.means) - table.precision * beta
        weight = np.maximum(point.means - point.variance, 0.0)
        information = (table.design * weight[:, None]).T @ table.design + np.diag(table.precision)
        step = np.linalg.lstsq(information, score, rcond=None)[0]
        if score @ step < _CONVERGED:
            return beta + step, information
        beta, point = _advance(table, beta, step, point)
    raise FitError(
        f"the estimate of a model with {len(beta)} coefficients exists, but Newton's method did not reach it in "
        f"{_MAX_ITERATIONS} steps: leave interactions out or merge small lists"
    )


def _advance(table: Ranges, beta: Array, step: Array, point: _Point) -> tuple[Array, _Point]:
    """Take Newton's step, halved until the objective does not fall."""

    def height(coefficients: Array, there: _Point) -> float:
        return there.loglik - float(table.precision @ coefficients**2) / 2

    here, scale = height(beta, point), 1.0
    for _ in range(_MAX_HALVINGS):
        new = beta + scale * step
        there = _likelihood(table, new)
        if height(new, there) >= here - 1e-10 * (1 + abs(here)):
            break
        scale /= 2
    return new, there
