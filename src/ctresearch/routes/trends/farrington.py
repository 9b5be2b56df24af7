"""Bounds that a count of one week must pass to be unusual, from the same season of the years before.

References
----------
.. [1] Farrington, C. P., Andrews, N. J., Beale, A. D. and Catchpole, M. A. (1996). A statistical algorithm for the
   early detection of outbreaks of infectious disease. Journal of the Royal Statistical Society A 159, 547-563.
   https://doi.org/10.2307/2983331
.. [2] Noufaily, A., Enki, D. G., Farrington, P., Garthwaite, P., Andrews, N. and Charlett, A. (2013). An improved
   algorithm for outbreak detection in multiple surveillance systems. Statistics in Medicine 32, 1206-1222.
   https://doi.org/10.1002/sim.5595
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]

_STEPS = 50
_FEWEST_YEARS = 3  # below, a trend is not told from chance


@dataclass(frozen=True, slots=True)
class Rule:
    """How a bound is made.

    ``years`` before, ``half`` of the window in periods, ``seasons`` (1, or the parts of a year), ``skipped`` latest
    periods, ``outlier`` residual from which a past count weighs less, ``trend`` whether there is one, ``p_trend`` below
    which it is kept, ``method`` of the bound (``delta`` or ``nb``), ``alpha`` its error.
    """

    years: int
    half: int
    seasons: int
    skipped: int
    outlier: float
    trend: bool
    p_trend: float
    method: str
    alpha: float
    per_year: int


@dataclass(frozen=True, slots=True)
class Bound:
    """Expected count, upper bound, dispersion and trend at one time; NaN where past counts do not allow one."""

    expected: float
    upper: float
    dispersion: float
    trend: float


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """Coefficients, unscaled covariance, means, leverages, dispersion and rows of a weighted quasi-Poisson fit."""

    beta: Floats
    covariance: Floats
    mean: Floats
    leverage: Floats
    dispersion: float


def bound_at(counts: Floats, at: int, rule: Rule) -> Bound:
    """Return the bound for the count at a place, counted from 0.

    Examples
    --------
    >>> rule = Rule(3, 3, 1, 3, 1.0, True, 0.05, "delta", 0.01, 52)
    >>> bound_at(np.tile([1.0, 2.0, 3.0, 2.0], 60), 220, rule).upper > 3
    True
    """
    rows, season = _reference(at, rule)
    nan = Bound(float("nan"), float("nan"), float("nan"), float("nan"))
    if rows.min() < 0 or not counts[rows].sum():
        return nan
    y, time = counts[rows], rows.astype(float)
    levels = [(season == level).astype(float) for level in range(1, rule.seasons)]
    base = np.column_stack([np.ones(len(y)), *levels])
    trended = np.column_stack([base, time - at])  # 0 at the time that is asked about
    design = trended if rule.trend else base
    fit = _robust(design, y, rule.outlier)
    now = np.zeros(design.shape[1])
    now[0] = 1.0
    if fit is not None and rule.trend and not _keep_trend(fit, y, now, rule):
        design, now = base, now[:-1]
        fit = _robust(design, y, rule.outlier)
    if fit is None:
        return nan
    expected = float(np.exp(now @ fit.beta))
    error = float(np.sqrt(now @ fit.covariance @ now * fit.dispersion))
    slope = float(fit.beta[-1]) if design.shape[1] > base.shape[1] else float("nan")
    return Bound(expected, _upper(expected, error, fit.dispersion, rule), fit.dispersion, slope)


def _reference(at: int, rule: Rule) -> tuple[Whole, Whole]:
    """Return the past places that are looked at, and the part of the year of each, 0 for that of today."""
    anchors = at - rule.per_year * np.arange(rule.years, 0, -1)
    window = np.arange(-rule.half, rule.half + 1)
    if rule.seasons == 1:
        rows = (anchors[:, None] + window).ravel()
        return rows[rows < at - rule.skipped + 1], np.zeros(int((rows < at - rule.skipped + 1).sum()), dtype=np.int64)
    rows = np.arange(anchors[0] - rule.half, at - rule.skipped)
    since = (rows - (anchors[0] - rule.half)) % rule.per_year - len(window)
    width = (rule.per_year - len(window)) / (rule.seasons - 1)
    return rows, np.where(since < 0, 0, 1 + np.floor(since / width).astype(np.int64))


def _fit(design: Floats, y: Floats, weights: Floats) -> _Fit | None:
    """Fit a quasi-Poisson model with weights; none where it does not settle."""
    eta = np.log(y + 0.1)
    deviance = np.inf
    for _ in range(_STEPS):
        mean = np.exp(eta)
        working = weights * mean
        response = eta + (y - mean) / mean
        crossed = design.T @ (working[:, None] * design)
        beta = np.linalg.lstsq(crossed, design.T @ (working * response), rcond=None)[0]
        eta = np.clip(design @ beta, -30.0, 30.0)
        mean = np.exp(eta)
        after = 2 * float(
            (weights * (np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / mean), 0.0) - (y - mean))).sum()
        )
        if abs(after - deviance) <= 1e-8 * (abs(after) + 0.1):
            break
        deviance = after
    else:
        return None
    covariance = np.linalg.pinv(design.T @ (working[:, None] * design), hermitian=True)
    leverage = working * np.einsum("ij,jk,ik->i", design, covariance, design)
    free = int((weights > 0).sum()) - design.shape[1]
    if free < 1:
        return None
    # as in R, the weights are those of the last step, at whose end the residuals are
    dispersion = max(1.0, float((working * ((y - mean) / mean) ** 2).sum()) / free)
    coefficients: Floats = np.asarray(beta, dtype=np.float64)
    unscaled: Floats = np.asarray(covariance, dtype=np.float64)
    return _Fit(coefficients, unscaled, mean, leverage, dispersion)


def _robust(design: Floats, y: Floats, outlier: float) -> _Fit | None:
    """Fit, weigh past outbreaks down by their residuals, and fit again."""
    first = _fit(design, y, np.ones(len(y)))
    if first is None:
        return None
    spread = np.sqrt(first.dispersion * np.maximum(1 - first.leverage, 1e-9))
    residual = 1.5 * (y ** (2 / 3) - first.mean ** (2 / 3)) / first.mean ** (1 / 6) / spread
    weights = np.where(residual > outlier, 1 / np.maximum(residual, 1e-12) ** 2, 1.0)
    return _fit(design, y, weights * len(y) / weights.sum())


def _keep_trend(fit: _Fit, y: Floats, now: Floats, rule: Rule) -> bool:
    """Say whether a trend is seen, over enough years, and leads to no more than was ever seen."""
    from scipy.stats import t

    if rule.p_trend >= 1:
        return True
    error = float(np.sqrt(fit.covariance[-1, -1] * fit.dispersion))
    p_value = 2 * float(t.sf(abs(fit.beta[-1]) / error, len(y) - len(now))) if error > 0 else 1.0
    return p_value < rule.p_trend and rule.years >= _FEWEST_YEARS and float(np.exp(now @ fit.beta)) <= y.max()


def _upper(expected: float, error: float, dispersion: float, rule: Rule) -> float:
    """Return the bound: by the two-thirds power of 1996, two-sided, or by the negative binomial of 2013."""
    from scipy.special import ndtri
    from scipy.stats import nbinom, poisson

    if rule.method == "delta":
        spread = np.sqrt(4 / 9 * expected ** (1 / 3) * (dispersion + expected * error**2))
        return float((expected ** (2 / 3) + ndtri(1 - rule.alpha / 2) * spread) ** 1.5)
    if dispersion > 1:
        size = expected / (dispersion - 1)
        return float(nbinom.ppf(1 - rule.alpha, size, size / (size + expected)))
    return float(poisson.ppf(1 - rule.alpha, expected))
