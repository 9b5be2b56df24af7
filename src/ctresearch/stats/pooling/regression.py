"""Pooling of estimates whose true values follow covariates: variance that is left, coefficients, heterogeneity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from ctresearch.stats.pooling.random_effects import Between

    Floats = NDArray[np.float64]

_GRID = 120
_FARTHEST = 1e8  # variances between beyond this multiple of the spread are not looked at


@dataclass(frozen=True, slots=True)
class Regression:
    """Coefficients and what they rest on.

    Parameters
    ----------
    coefficients : numpy.ndarray
        Shape (terms,).
    covariance : numpy.ndarray
        Inverse of the weighted cross product, shape (terms, terms).
    tau2 : float
        Variance between true values that covariates do not tell.
    q : float
        Weighted squares left, by the weights of a common value.
    within : float
        The typical variance within.
    scale : float
        Mean weighted square left, by which Knapp and Hartung multiply the covariance.
    weights, leverage : numpy.ndarray
        One over the variances, and how far each estimate pulls its own fitted value, shape (estimates,).
    log_likelihood : float
        Restricted for REML, full otherwise, but for constants.
    """

    coefficients: Floats
    covariance: Floats
    tau2: float
    q: float
    within: float
    scale: float
    weights: Floats
    leverage: Floats
    log_likelihood: float

    @property
    def i2(self) -> float:
        """Share of what covariates leave that lies between true values."""
        return self.tau2 / (self.tau2 + self.within)


def pooled_regression(y: Floats, v: Floats, design: Floats, method: Between) -> Regression:
    """Fit a meta-regression.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (estimates,).
    design : numpy.ndarray
        Shape (estimates, terms), of full rank.
    method : {"reml", "ml", "dl", "pm", "fixed"}
        How the variance between is found.

    Returns
    -------
    Regression
        The fit.

    Raises
    ------
    FitError
        If the variance between has no maximum within reach.

    References
    ----------
    .. [1] Knapp, G. and Hartung, J. (2003). Improved tests for a random effects meta-regression with a single
       covariate. Statistics in Medicine 22, 2693-2710. https://doi.org/10.1002/sim.1482

    Examples
    --------
    >>> x = np.column_stack([np.ones(4), np.arange(4.0)])
    >>> pooled_regression(np.array([0.0, 1.0, 2.0, 3.0]), np.ones(4), x, "reml").coefficients.round(6).tolist()[1]
    1.0
    """
    tau2 = _between(y, v, design, method)
    n, p = design.shape
    projection, weights, covariance = _projection(v, design, tau2)
    fixed, _, _ = _projection(v, design, 0.0)
    coefficients = covariance @ design.T @ (weights * y)
    scale = float(y @ projection @ y) / (n - p) if n > p else np.nan
    leverage = weights * np.einsum("ij,jk,ik->i", design, covariance, design)
    return Regression(
        coefficients=coefficients,
        covariance=covariance,
        tau2=tau2,
        q=float(y @ fixed @ y),
        within=float((n - p) / np.trace(fixed)),
        scale=scale,
        weights=weights,
        leverage=leverage,
        log_likelihood=_profile(y, v, design, tau2, restricted=method == "reml"),
    )


def _projection(v: Floats, design: Floats, tau2: float) -> tuple[Floats, Floats, Floats]:
    """Return the matrix that takes the fit out, the weights, and the covariance of coefficients."""
    weights = 1 / (v + tau2)
    cross = design.T @ (weights[:, None] * design)
    covariance: Floats = np.asarray(np.linalg.inv(cross), dtype=np.float64)
    weighted = weights[:, None] * design
    return np.diag(weights) - weighted @ covariance @ weighted.T, weights, covariance


def _profile(y: Floats, v: Floats, design: Floats, tau2: float, *, restricted: bool) -> float:
    """Return the log likelihood of the variance between."""
    projection, weights, covariance = _projection(v, design, tau2)
    value = float(np.log(weights).sum() - y @ projection @ y)
    if restricted:
        value += float(np.linalg.slogdet(covariance)[1])
    return value / 2


def _between(y: Floats, v: Floats, design: Floats, method: Between) -> float:
    """Find the variance between."""
    if method == "fixed":
        return 0.0
    n, p = design.shape
    fixed, _, _ = _projection(v, design, 0.0)
    if method == "dl":
        return max(0.0, float((y @ fixed @ y - (n - p)) / np.trace(fixed)))
    if method == "pm":
        return _falling(lambda t: float(y @ _projection(v, design, t)[0] @ y) - (n - p), y, v)
    restricted = method == "reml"

    def slope(tau2: float) -> float:
        projection, weights, _ = _projection(v, design, tau2)
        pulled = projection @ y
        return float(pulled @ pulled - (np.trace(projection) if restricted else weights.sum()))

    reach = float(np.ptp(y) ** 2 + v.max())
    grid = np.concatenate([[0.0], np.geomspace(v.min() * 1e-4, 4 * reach, _GRID)])
    best = int(np.argmax([_profile(y, v, design, float(t), restricted=restricted) for t in grid]))
    if best == 0 and slope(0.0) <= 0:
        return 0.0
    from scipy.optimize import brentq

    low, high = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, _GRID)])
    if slope(low) <= 0 or slope(high) >= 0:
        raise FitError(
            f"the likelihood of the variance between {n:,} estimates has no maximum within reach: use method='dl'"
        )
    return float(brentq(slope, low, high, xtol=1e-15, rtol=1e-14, maxiter=500))


def _falling(function: Callable[[float], float], y: Floats, v: Floats) -> float:
    """Find where a falling function is 0; 0 if it starts there or below."""
    from scipy.optimize import brentq

    if function(0.0) <= 0:
        return 0.0
    start = high = float(np.ptp(y) ** 2 + v.max())
    while function(high) > 0:
        high *= 4
        if high > _FARTHEST * start:
            raise FitError(
                f"the variance between has no value within reach, up to {high:.3g}: too few estimates, or far too "
                "exact ones"
            )
    return float(brentq(function, 0.0, high, xtol=1e-14 * high, rtol=1e-14, maxiter=500))
