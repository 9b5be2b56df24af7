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

from ctresearch.core.errors import FitError
from ctresearch.stats.regression.generalized_linear import (
    Family,
    Floats,
    fit_regression,
    inverse_information,
    mean_of,
    slope_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.stats.regression.influence import Integers

Correlation = Literal["exchangeable", "independence"]
CORRELATIONS: tuple[Correlation, ...] = ("exchangeable", "independence")
_CALM, _STOP, _INSIDE = 20, 1e-10, 0.9
_MAX_STEPS = (
    5_000  # with one cluster far larger than the rest the correlation creeps: 657 steps at most in 12,000 such trials
)


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
    design: Floats,
    outcome: Floats,
    clusters: Integers,
    family: Family,
    correlation: Correlation,
    *,
    names: Sequence[str] = (),
) -> ClusteredFit:
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
        The solution. A correlation that the sizes do not allow is drawn back into its range, which costs efficiency
        alone.

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
    coefficients, alpha = start.coefficients, 0.0
    for step_number in range(_MAX_STEPS):
        mean = mean_of(family, design @ coefficients)
        slope = slope_of(family, mean)
        before = alpha
        sums = cluster_sums(design, outcome - mean, clusters, slope)
        square = float(sums.products[:, -1, -1].sum())
        alpha, phi = moment_correlation(sums.totals[:, -1], sums.sizes, square, design.shape[1])
        alpha = alpha if step_number < _CALM else (before + alpha) / 2  # two values may follow each other for ever
        both = sums.whitened(alpha if correlation == "exchangeable" else 0.0)
        grams, scores = both[:, :-1, :-1], both[:, :-1, -1]
        if correlation == "independence":
            return ClusteredFit(coefficients, float("nan"), phi, grams, scores)
        step = inverse_information(grams.sum(axis=0), names) @ scores.sum(axis=0)
        coefficients = coefficients + step
        if np.abs(step).max() < _STOP * (1 + np.abs(coefficients).max()):
            return ClusteredFit(coefficients, alpha, phi, grams, scores)
    raise FitError(
        f"the estimating equations did not settle in {_MAX_STEPS:,} iterations: use correlation='independence', or "
        "fewer covariates"
    )


def moment_correlation(sums: Floats, sizes: Integers, square: float, columns: int) -> tuple[float, float]:
    """Return the correlation and the dispersion by the moments of the residuals.

    Parameters
    ----------
    sums : numpy.ndarray
        Sum of the Pearson residuals of each cluster, shape (clusters,).
    sizes : numpy.ndarray
        Rows of each cluster, shape (clusters,).
    square : float
        Sum of the squared residuals of all rows.
    columns : int
        How many coefficients were fitted.

    Returns
    -------
    tuple of float
        Correlation of two rows of a cluster, drawn back into the range that the sizes allow, and dispersion.

    Examples
    --------
    >>> moment_correlation(np.array([2.0, -2.0]), np.array([2, 2]), 4.0, 1)[0].__round__(3)
    0.999
    """
    phi = square / (int(sizes.sum()) - columns)
    pairs = float((sizes * (sizes - 1)).sum()) / 2 - columns
    if pairs <= 0 or phi == 0:
        return 0.0, phi
    alpha = (float(sums @ sums) - square) / 2 / (pairs * phi)
    lowest = -1 / (sizes.max() - 1)
    return float(np.clip(alpha, _INSIDE * lowest, 0.999)), phi


@dataclass(frozen=True, slots=True)
class ClusterSums:
    """Cross-products and totals of weighted columns, the residual the last, by cluster.

    Parameters
    ----------
    products : numpy.ndarray
        Clusters by columns by columns.
    totals : numpy.ndarray
        Clusters by columns.
    sizes : numpy.ndarray
        Rows of each cluster, shape (clusters,).

    Examples
    --------
    >>> sums = cluster_sums(np.ones((4, 1)), np.array([1.0, 2, 3, 4]), np.array([0, 0, 1, 1]))
    >>> sums.totals.tolist()
    [[2.0, 3.0], [2.0, 7.0]]
    """

    products: Floats
    totals: Floats
    sizes: Integers

    def whitened(self, correlation: float) -> Floats:
        """Return the cross-products of the rows after whitening by an exchangeable correlation.

        Parameters
        ----------
        correlation : float
            Of two rows of a cluster.

        Returns
        -------
        numpy.ndarray
            Clusters by columns by columns.

        Examples
        --------
        >>> sums = cluster_sums(np.ones((4, 1)), np.array([1.0, 2, 3, 4]), np.array([0, 0, 1, 1]))
        >>> sums.whitened(0.5)[:, 0].round(4).tolist()
        [[1.3333, 2.0], [1.3333, 4.6667]]
        """
        shared = correlation / (1 + (self.sizes - 1) * correlation)
        outer = self.totals[:, :, None] * self.totals[:, None, :]
        return np.asarray((self.products - shared[:, None, None] * outer) / (1 - correlation), dtype=float)


def cluster_sums(design: Floats, residual: Floats, clusters: Integers, slope: Floats | None = None) -> ClusterSums:
    """Add weighted rows up by cluster.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns.
    residual : numpy.ndarray
        Outcomes less their means, shape (rows,).
    clusters : numpy.ndarray
        Cluster of each row from 0, shape (rows,).
    slope : numpy.ndarray, optional
        How means move with the linear predictor, shape (rows,); 1 by default.

    Returns
    -------
    ClusterSums
        Of columns times the root of the slope and residuals divided by it.

    Examples
    --------
    >>> cluster_sums(np.ones((2, 1)), np.array([1.0, 2.0]), np.array([0, 0]), np.array([4.0, 4.0])).totals.tolist()
    [[4.0, 1.5]]
    """
    if slope is None:
        joined = np.column_stack([design, residual])
    else:
        root = np.sqrt(slope)
        joined = np.column_stack([design * root[:, None], residual / root])
    count = int(clusters.max()) + 1
    joined = joined[np.argsort(clusters, kind="stable")]
    sizes = np.bincount(clusters, minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    products = np.stack([block.T @ block for block in np.split(joined, starts[1:])])
    return ClusterSums(products, np.add.reduceat(joined, starts, axis=0), np.asarray(sizes, dtype=np.int64))
