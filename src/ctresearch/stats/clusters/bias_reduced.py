"""Cluster-robust variances that hold with few clusters, and the degrees of freedom that go with them.

A residual is smaller than the error behind it, the more so the more its cluster moves the fit. Multiplying residuals by
the inverse root of one less the leverage undoes this on average (Kauermann and Carroll [1]_, "CR2"), the inverse itself
goes somewhat further (Mancl and DeRouen [2]_, "CR3"). Degrees of freedom match the first two moments of the variance
under the working model (Satterthwaite [3]_, as by Bell and McCaffrey [4]_).

References
----------
.. [1] Kauermann, G. and Carroll, R. J. (2001). A note on the efficiency of sandwich covariance matrix estimation.
   Journal of the American Statistical Association 96, 1387-1396. https://doi.org/10.1198/016214501753382309
.. [2] Mancl, L. A. and DeRouen, T. A. (2001). A covariance estimator for GEE with improved small-sample properties.
   Biometrics 57, 126-134. https://doi.org/10.1111/j.0006-341X.2001.00126.x
.. [3] Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics Bulletin
   2, 110-114. https://doi.org/10.2307/3002019
.. [4] Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and
   hypothesis testing in fixed effects models. Journal of Business and Economic Statistics 36, 672-683.
   https://doi.org/10.1080/07350015.2016.1247004
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats

Correction = Literal["kauermann_carroll", "mancl_derouen", "none"]
CORRECTIONS: tuple[Correction, ...] = ("kauermann_carroll", "mancl_derouen", "none")
_POWERS = {"kauermann_carroll": 0.5, "mancl_derouen": 1.0, "none": 0.0}
_ALONE = 1e-9


@dataclass(frozen=True, slots=True)
class RobustVariance:
    """Variance of one combination of coefficients.

    Parameters
    ----------
    variance : float
        Of the combination.
    df : float
        Satterthwaite degrees of freedom under the working model.
    influence : numpy.ndarray
        Each cluster's share in the error, shape (clusters,); the variance is the sum of their squares.

    Examples
    --------
    >>> RobustVariance(4.0, 10.0, np.zeros(3)).std_error
    2.0
    """

    variance: float
    df: float
    influence: Floats

    @property
    def std_error(self) -> float:
        """Root of the variance."""
        return float(np.sqrt(self.variance))


def robust_variance(
    grams: Floats, scores: Floats, bread: Floats, contrast: Floats, correction: Correction
) -> RobustVariance:
    """Estimate the variance of a combination of coefficients from the sums of the clusters.

    Parameters
    ----------
    grams, scores : numpy.ndarray
        Whitened cross-products, clusters by columns by columns, and scores, clusters by columns.
    bread : numpy.ndarray
        Inverse of the sum of ``grams``.
    contrast : numpy.ndarray
        Weights of the coefficients, shape (columns,).
    correction : {"kauermann_carroll", "mancl_derouen", "none"}
        How leverage is undone; ``"none"`` multiplies by G / (G - 1) for G clusters.

    Returns
    -------
    RobustVariance
        Variance, degrees of freedom and influence.

    Examples
    --------
    >>> grams, scores = np.full((4, 1, 1), 2.0), np.array([[1.0], [-1.0], [2.0], [-2.0]])
    >>> found = robust_variance(grams, scores, np.array([[1 / 8]]), np.ones(1), "kauermann_carroll")
    >>> round(found.variance, 6), round(found.df, 6)
    (0.208333, 3.0)
    """
    root = _power(bread, 0.5)
    target = root @ contrast
    power = _POWERS[correction]
    influence, own, passed = np.zeros(len(grams)), np.zeros(len(grams)), np.zeros((len(grams), len(contrast)))
    for g, (gram, score) in enumerate(zip(grams, scores, strict=True)):
        leverage = root @ gram @ root
        factor, squared = _undo(leverage, power), _undo(leverage, 2 * power)
        influence[g] = target @ factor @ root @ score
        own[g] = target @ squared @ leverage @ target
        passed[g] = factor @ leverage @ target
    spread = np.diag(own) - passed @ passed.T
    df = float(np.trace(spread) ** 2 / (spread**2).sum())
    scale = len(grams) / (len(grams) - 1) if correction == "none" else 1.0
    influence = influence * np.sqrt(scale)
    return RobustVariance(float(influence @ influence), df, influence)


def _power(matrix: Floats, power: float) -> Floats:
    """Raise a positive definite matrix to a power."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**power) @ vectors.T, dtype=float)


def _undo(leverage: Floats, power: float) -> Floats:
    """Raise one less the leverage to minus a power; directions that a cluster fixes alone count 0."""
    values, vectors = np.linalg.eigh(leverage)
    left = 1 - values
    scaled = np.where(left > _ALONE, np.maximum(left, _ALONE) ** -power, 0.0 if power else 1.0)
    return np.asarray((vectors * scaled) @ vectors.T, dtype=float)
