"""Errors of series whose near periods go together, corrected for how short the series is.

Newey and West's sum [1]_ is too small in short series, for two reasons: residuals are smaller than errors, most of all
where a step and a trend follow them, and few of them are independent. Both are worked out here under a working model,
errors that fade by the same share from period to period: the sum is put up by what it is expected to miss, and its
degrees of freedom are those of a chi-squared with its mean and variance, as for few clusters [2]_. The model is a
yardstick and no assumption: where errors go together otherwise, the sum still follows them.

References
----------
.. [1] Newey, W. K. and West, K. D. (1987). A simple, positive semi-definite, heteroskedasticity and autocorrelation
   consistent covariance matrix. Econometrica 55, 703-708. https://doi.org/10.2307/1913610
.. [2] Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and
   hypothesis testing in fixed effects models. Journal of Business and Economic Statistics 36, 672-683.
   https://doi.org/10.1080/07350015.2016.1247004
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.regression.generalized_linear import weighted_gram

if TYPE_CHECKING:
    from ctresearch.policy.panels.panel_columns import Floats
    from ctresearch.policy.series.count_regression import CountFit

_MOST_ROWS = 1500  # the matrices of the correction have rows squared numbers: above this it no longer matters
_MOST_FADING = 0.95  # share that errors keep from period to period, above which a series has no level of its own


@dataclass(frozen=True, slots=True)
class SerialErrors:
    """Variance of any sum of coefficients.

    Parameters
    ----------
    reach : numpy.ndarray
        How much each row moves each coefficient, in residuals of equal variance, rows by columns.
    near : numpy.ndarray
        Weight of each pair of rows, rows by rows.
    left : numpy.ndarray
        Covariance of residuals under the working model, rows by rows.
    seen, expected, true : numpy.ndarray
        The sum, what the working model expects of it, and the covariance under the model, columns by columns.
    fading : float
        Share that errors keep from period to period.
    """

    reach: Floats
    near: Floats
    left: Floats
    seen: Floats
    expected: Floats
    true: Floats
    fading: float

    def variance(self, sums: Floats) -> Floats:
        """Return the variance of sums of coefficients.

        Parameters
        ----------
        sums : numpy.ndarray
            Sums by columns.

        Returns
        -------
        numpy.ndarray
            Shape (sums,).
        """
        seen, expected, true = (
            np.einsum("ia,ab,ib->i", sums, one, sums) for one in (self.seen, self.expected, self.true)
        )
        more = np.divide(true, expected, out=np.ones_like(true), where=expected > 0)
        return np.asarray(np.maximum(seen, 0.0) * more, dtype=np.float64)

    def freedom(self, one: Floats) -> float:
        """Return the degrees of freedom of the variance of one sum of coefficients.

        Parameters
        ----------
        one : numpy.ndarray
            Shape (columns,).

        Returns
        -------
        float
            At least 1.
        """
        moves = self.reach @ one
        product = (moves[:, None] * self.near * moves[None]) @ self.left
        spread = 2.0 * float(np.einsum("ij,ji->", product, product))
        return max(1.0, 2.0 * float(np.trace(product)) ** 2 / spread) if spread > 0 else 1.0


def serial_errors(
    design: Floats, counts: Floats, fit: CountFit, order: Floats, lags: int, *, negative_binomial: bool
) -> SerialErrors | None:
    """Work out the errors of a fit whose near periods go together.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns.
    counts : numpy.ndarray
        Shape (rows,).
    fit : CountFit
        The fit.
    order : numpy.ndarray
        Period and series of each row as rows by 2.
    lags : int
        Periods within which errors go together.
    negative_binomial : bool
        Which model was fitted.

    Returns
    -------
    SerialErrors or None
        None where a series is so long that the correction no longer matters.

    Examples
    --------
    >>> from ctresearch.policy.series.count_regression import fit_counts
    >>> counts, design = np.array([1.0, 5, 3, 7, 4, 4]), np.ones((6, 1))
    >>> fit = fit_counts(design, counts, np.zeros(6), negative_binomial=False)
    >>> order = np.column_stack([np.arange(6.0), np.zeros(6)])
    >>> made = serial_errors(design, counts, fit, order, 0, negative_binomial=False)
    >>> made.variance(np.ones((1, 1))).round(6).tolist(), round(made.freedom(np.ones(1)), 6)
    ([0.041667], 5.0)
    """
    if len(counts) > _MOST_ROWS:
        return None
    slack = 1 + (fit.dispersion if negative_binomial else 0.0) * fit.fitted
    root = np.sqrt(fit.fitted / slack)
    residual = (counts - fit.fitted) / np.sqrt(fit.fitted * slack)
    columns = design * root[:, None]
    reach = columns @ np.linalg.inv(weighted_gram(design, fit.fitted / slack))
    apart = np.abs(order[:, None, 0] - order[None, :, 0])
    same = order[:, None, 1] == order[None, :, 1]
    near = np.clip(1 - apart / (lags + 1), 0.0, 1.0) * same
    fading, errors, left = _working_model(columns, reach, residual, apart, same)
    return SerialErrors(
        reach,
        near,
        left,
        reach.T @ (near * np.outer(residual, residual)) @ reach,
        reach.T @ (near * left) @ reach,
        reach.T @ errors @ reach,
        fading,
    )


def _working_model(
    columns: Floats, reach: Floats, residual: Floats, apart: Floats, same: Floats
) -> tuple[float, Floats, Floats]:
    """Find the fading under which neighbours are as alike as they are; and the covariance of errors and residuals."""
    neighbours = same & (apart == 1)
    seen = float((neighbours * np.outer(residual, residual)).sum() / max(float(residual @ residual), 1e-300))

    def covariances(fading: float) -> tuple[Floats, Floats]:
        errors = np.where(same, fading**apart, 0.0)
        half = errors - columns @ (reach.T @ errors)
        return errors, np.asarray(half - (half @ reach) @ columns.T, dtype=np.float64)

    def likeness(fading: float) -> float:
        left = covariances(fading)[1]
        return float((neighbours * left).sum() / np.trace(left))

    low, high = 0.0, _MOST_FADING
    if likeness(low) >= seen:
        high = low
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (middle, high) if likeness(middle) < seen else (low, middle)
    return (high, *covariances(high))
