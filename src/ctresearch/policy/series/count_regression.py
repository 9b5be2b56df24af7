"""Regressions of counts that vary more than chance, with errors that go together over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.stats.regression.generalized_linear import fit_regression, inverse_information, weighted_gram

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.policy.panels.panel_columns import Floats

_STEPS, _SETTLED = 200, 1e-10


@dataclass(frozen=True, slots=True)
class CountFit:
    """A fitted log-linear model of counts.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Shape (columns,).
    covariance : numpy.ndarray
        Columns by columns, with the dispersion in it.
    fitted : numpy.ndarray
        Expected counts, shape (rows,).
    dispersion : float
        Variance over mean of the quasi-Poisson model; of the negative binomial, the alpha in mean + alpha mean^2.
    freedom : float
        Degrees of freedom of the limits; infinity for the negative binomial.

    Examples
    --------
    >>> fit_counts(np.ones((4, 1)), np.array([1.0, 5, 3, 7]), np.zeros(4), negative_binomial=False).fitted.tolist()
    [4.0, 4.0, 4.0, 4.0]
    """

    coefficients: Floats
    covariance: Floats
    fitted: Floats
    dispersion: float
    freedom: float


def fit_counts(
    design: Floats, counts: Floats, offset: Floats, *, negative_binomial: bool, names: Sequence[str] = ()
) -> CountFit:
    """Fit a quasi-Poisson or negative binomial regression with a logarithmic link.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns.
    counts, offset : numpy.ndarray
        Shape (rows,).
    negative_binomial : bool
        Which.
    names : sequence of str
        Of the columns, for messages.

    Returns
    -------
    CountFit
        The fit.

    Raises
    ------
    DataError
        If the columns are collinear.
    FitError
        If the likelihood has no maximum.

    Examples
    --------
    >>> fit = fit_counts(np.ones((4, 1)), np.array([1.0, 5, 3, 7]), np.zeros(4), negative_binomial=True)
    >>> round(float(np.exp(fit.coefficients[0])), 6)
    4.0
    """
    fit = fit_regression(design, counts, "poisson", offset=offset, names=names)
    freedom = float(len(counts) - design.shape[1])
    pearson = float(((counts - fit.fitted) ** 2 / fit.fitted).sum())
    if not negative_binomial:
        dispersion = pearson / freedom if freedom > 0 else np.nan
        return CountFit(fit.coefficients, fit.inverse * dispersion, fit.fitted, dispersion, freedom)
    if pearson <= freedom:  # counts vary no more than chance: the maximum lies at alpha = 0
        return CountFit(fit.coefficients, fit.inverse, fit.fitted, 0.0, np.inf)
    return _negative_binomial(design, counts, offset, fit.coefficients, names)


def _negative_binomial(design: Floats, counts: Floats, offset: Floats, start: Floats, names: Sequence[str]) -> CountFit:
    """Maximise the likelihood over alpha, the coefficients being the best for each."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    held = {"point": start}

    def height(log_alpha: float) -> float:
        alpha = float(np.exp(log_alpha))
        held["point"] = _for_alpha(design, counts, offset, held["point"], alpha)
        mean = np.exp(design @ held["point"] + offset)
        size = 1 / alpha
        terms = gammaln(counts + size) - gammaln(size) - gammaln(counts + 1) - size * np.log1p(alpha * mean)
        return -float((terms + counts * (np.log(alpha * mean) - np.log1p(alpha * mean))).sum())

    found = minimize_scalar(height, bounds=(np.log(1e-8), np.log(1e4)), method="bounded", options={"xatol": 1e-9})
    alpha = float(np.exp(found.x))
    point = _for_alpha(design, counts, offset, held["point"], alpha)
    mean = np.exp(design @ point + offset)
    gram = weighted_gram(design, mean / (1 + alpha * mean))
    return CountFit(point, inverse_information(gram, names), mean, alpha, np.inf)


def _for_alpha(design: Floats, counts: Floats, offset: Floats, point: Floats, alpha: float) -> Floats:
    """Return the best coefficients for one alpha, by scoring."""
    for _ in range(_STEPS):
        mean = np.exp(design @ point + offset)
        weight = mean / (1 + alpha * mean)
        step = np.linalg.solve(weighted_gram(design, weight), design.T @ ((counts - mean) / (1 + alpha * mean)))
        point = point + step
        if float(np.abs(step).max()) < _SETTLED:
            return np.asarray(point, dtype=np.float64)
    raise FitError(f"the negative binomial regression did not settle in {_STEPS} steps: take family='quasi-poisson'")


def newey_west(
    design: Floats, counts: Floats, fit: CountFit, order: Floats, lags: int, *, negative_binomial: bool
) -> Floats:
    """Return the covariance of the coefficients where errors of near periods go together.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns.
    counts : numpy.ndarray
        Shape (rows,).
    fit : CountFit
        The fit.
    order : numpy.ndarray
        Period and series of each row as rows by 2: rows of one series and periods apart by at most ``lags`` are near.
    lags : int
        How many periods.
    negative_binomial : bool
        Which model was fitted.

    Returns
    -------
    numpy.ndarray
        Columns by columns, with the correction n / (n - columns).

    References
    ----------
    .. [1] Newey, W. K. and West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and
       autocorrelation consistent covariance matrix. Econometrica 55, 703-708. https://doi.org/10.2307/1913610

    Examples
    --------
    >>> counts = np.array([1.0, 5, 3, 7])
    >>> fit = fit_counts(np.ones((4, 1)), counts, np.zeros(4), negative_binomial=False)
    >>> order = np.column_stack([np.arange(4.0), np.zeros(4)])
    >>> newey_west(np.ones((4, 1)), counts, fit, order, 0, negative_binomial=False).round(6).tolist()
    [[0.104167]]
    """
    alpha = fit.dispersion if negative_binomial else 0.0
    slack = 1 + alpha * fit.fitted
    scores = design * ((counts - fit.fitted) / slack)[:, None]
    bread = np.linalg.inv(weighted_gram(design, fit.fitted / slack))
    apart = np.abs(order[:, None, 0] - order[None, :, 0])
    near = np.clip(1 - apart / (lags + 1), 0.0, 1.0) * (order[:, None, 1] == order[None, :, 1])
    rows, columns = design.shape
    return np.asarray(bread @ (scores.T @ near @ scores) @ bread * rows / max(rows - columns, 1), dtype=np.float64)
