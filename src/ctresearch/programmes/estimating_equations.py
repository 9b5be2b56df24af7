"""Generalised estimating equations with exchangeable correlation, and the sums by cluster that everything else needs.

Rows are whitened by the working variance, after which the equations are those of least squares. Each cluster then
counts by two sums alone, its cross-products and its score, so that corrections and bootstraps cost nothing [1]_.

References
----------
.. [1] Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika 73,
   13-22. https://doi.org/10.1093/biomet/73.1.13
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.causes.generalized_linear import Family, Floats, fit_regression, inverse_information, mean_of, slope_of
from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.causes.influence import Integers

Correlation = Literal["exchangeable", "independence"]
CORRELATIONS: tuple[Correlation, ...] = ("exchangeable", "independence")
_MAX_STEPS, _STOP, _INSIDE = 100, 1e-10, 0.9


@dataclass(frozen=True, slots=True)
class ClusteredFit:
    """A fitted set of estimating equations.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Shape (columns,).
    correlation : float
        Working correlation of two rows of a cluster; NaN under independence.
    dispersion : float
        Scale of the variance.
    grams : numpy.ndarray
        Cross-products of the whitened columns of each cluster, clusters by columns by columns.
    scores : numpy.ndarray
        Whitened columns times whitened residuals of each cluster, clusters by columns.

    Examples
    --------
    >>> fit = fit_clustered(np.ones((4, 1)), np.array([1.0, 2, 3, 4]), np.array([0, 0, 1, 1]), "linear", "independence")
    >>> fit.coefficients.tolist(), fit.scores.tolist()
    ([2.5], [[-2.0], [2.0]])
    """

    coefficients: Floats
    correlation: float
    dispersion: float
    grams: Floats
    scores: Floats

    @property
    def bread(self) -> Floats:
        """Inverse of the sum of the cross-products, columns by columns."""
        return inverse_information(self.grams.sum(axis=0))


def fit_clustered(
    design: Floats, outcome: Floats, clusters: Integers, family: Family, correlation: Correlation,
    *, names: Sequence[str] = (),
) -> ClusteredFit:  # fmt: skip
    """Solve the equations.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns.
    outcome : numpy.ndarray
        Shape (rows,).
    clusters : numpy.ndarray
        Cluster of each row from 0, shape (rows,).
    family : {"linear", "logistic", "poisson"}
        Distribution with its canonical link.
    correlation : {"exchangeable", "independence"}
        Working correlation within a cluster.
    names : sequence of str
        Of the columns, for messages.

    Returns
    -------
    ClusteredFit
        The solution. A correlation that the sizes do not allow is drawn back into its range, which costs efficiency alone.

    Raises
    ------
    DataError
        If the columns are collinear.
    FitError
        If there is no finite solution, or the iterations do not settle.

    Examples
    --------
    >>> x = np.column_stack([np.ones(8), np.repeat([0.0, 1.0], 4)])
    >>> y, g = np.array([1.0, 2, 3, 4, 3, 4, 5, 6]), np.repeat([0, 1, 2, 3], 2)
    >>> fit_clustered(x, y, g, "linear", "exchangeable").coefficients.round(6).tolist()
    [2.5, 2.0]
    """
    start = fit_regression(design, outcome, family, names=names)
    coefficients, alpha, phi = start.coefficients, 0.0, 1.0
    for _ in range(_MAX_STEPS):
        alpha, phi = _moments(design, outcome, clusters, family, coefficients)
        grams, scores = _sums(
            design, outcome, clusters, family, coefficients, alpha=alpha if correlation == "exchangeable" else 0.0
        )
        if correlation == "independence":
            return ClusteredFit(coefficients, float("nan"), phi, grams, scores)
        step = inverse_information(grams.sum(axis=0), names) @ scores.sum(axis=0)
        coefficients = coefficients + step
        if np.abs(step).max() < _STOP * (1 + np.abs(coefficients).max()):
            return ClusteredFit(coefficients, alpha, phi, grams, scores)
    raise FitError(
        f"the estimating equations did not settle in {_MAX_STEPS} iterations: use correlation='independence', or fewer covariates"
    )


def _moments(
    design: Floats, outcome: Floats, clusters: Integers, family: Family, coefficients: Floats
) -> tuple[float, float]:
    """Return the correlation and the dispersion by the moments of the residuals."""
    mean = mean_of(family, design @ coefficients)
    residual = (outcome - mean) / np.sqrt(slope_of(family, mean))
    rows, columns = design.shape
    phi = float(residual @ residual) / (rows - columns)
    sizes, sums = np.bincount(clusters), np.bincount(clusters, residual)
    pairs = float((sizes * (sizes - 1)).sum()) / 2 - columns
    if pairs <= 0 or phi == 0:
        return 0.0, phi
    alpha = (float(sums @ sums) - float(residual @ residual)) / 2 / (pairs * phi)
    lowest = -1 / (sizes.max() - 1)
    return float(np.clip(alpha, _INSIDE * lowest, 0.999)), phi


def _sums(
    design: Floats, outcome: Floats, clusters: Integers, family: Family, coefficients: Floats, *, alpha: float
) -> tuple[Floats, Floats]:
    """Return cross-products and scores of the whitened rows by cluster."""
    mean = mean_of(family, design @ coefficients)
    root = np.sqrt(slope_of(family, mean))
    columns = design * root[:, None]
    residual = (outcome - mean) / root
    count = int(clusters.max()) + 1
    order = np.argsort(clusters, kind="stable")
    sizes = np.bincount(clusters, minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    joined = np.column_stack([columns, residual])[order]
    totals = np.add.reduceat(joined, starts, axis=0)
    products = np.stack([block.T @ block for block in np.split(joined, starts[1:])])
    shared = alpha / (1 + (sizes - 1) * alpha)
    whitened = (products - shared[:, None, None] * totals[:, :, None] * totals[:, None, :]) / (1 - alpha)
    return np.asarray(whitened[:, :-1, :-1], dtype=float), np.asarray(whitened[:, :-1, -1], dtype=float)
