"""Pooling of estimates whose true values differ: variance between them, common mean, heterogeneity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Between = Literal["reml", "ml", "dl", "pm", "fixed"]
METHODS: tuple[Between, ...] = ("reml", "ml", "dl", "pm", "fixed")
_GRID = 400  # points on which the likelihood is searched for its highest top
_FARTHEST = 1e8  # variances between beyond this multiple of the spread are not looked at


@dataclass(frozen=True, slots=True)
class PooledMean:
    """A common mean and what it rests on.

    Parameters
    ----------
    mean, variance : float
        The weighted mean, and one over the sum of the weights.
    tau2 : float
        Variance between the true values.
    q : float
        Cochran's statistic of heterogeneity, by the weights of a common value.
    within : float
        The typical variance within, of which :math:`I^2` is made.
    weights : numpy.ndarray
        Shares of the mean, shape (estimates,), which sum to 1.
    """

    mean: float
    variance: float
    tau2: float
    q: float
    within: float
    weights: Floats

    @property
    def i2(self) -> float:
        """Share of the variance that lies between the true values, from 0 to 1."""
        return share_between(self.tau2, self.within)


def pooled_mean(y: Floats, v: Floats, method: Between) -> PooledMean:
    r"""Pool estimates of known variance.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (estimates,), two or more, variances above 0.
    method : {"reml", "ml", "dl", "pm", "fixed"}
        How the variance between is found: restricted or full maximum likelihood, the moments of DerSimonian and Laird,
        those of Paule and Mandel, or none.

    Returns
    -------
    PooledMean
        The mean and its parts.

    Raises
    ------
    FitError
        If the variance between has no maximum within reach.

    References
    ----------
    .. [1] Viechtbauer, W. (2005). Bias and efficiency of meta-analytic variance estimators in the random-effects model.
       Journal of Educational and Behavioral Statistics 30, 261-293. https://doi.org/10.3102/10769986030003261

    Examples
    --------
    >>> found = pooled_mean(np.array([0.0, 2.0]), np.array([1.0, 1.0]), "dl")
    >>> found.mean, found.tau2
    (1.0, 1.0)
    """
    tau2 = _BETWEEN[method](y, v)
    weights = 1 / (v + tau2)
    mean = float(weights @ y / weights.sum())
    fixed = 1 / v
    within = (len(y) - 1) * fixed.sum() / (fixed.sum() ** 2 - (fixed**2).sum())
    return PooledMean(mean, float(1 / weights.sum()), tau2, cochran(y, v, 0.0), float(within), weights / weights.sum())


def share_between(tau2: float, within: float) -> float:
    r"""Return :math:`I^2`, the share of the variance that lies between the true values.

    Parameters
    ----------
    tau2, within : float
        Variance between, and the typical variance within.

    Returns
    -------
    float
        From 0 to 1.

    Examples
    --------
    >>> share_between(3.0, 1.0)
    0.75
    """
    return tau2 / (tau2 + within)


def cochran(y: Floats, v: Floats, tau2: float) -> float:
    """Return the weighted sum of squares about the weighted mean.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (estimates,).
    tau2 : float
        Variance between.

    Returns
    -------
    float
        Cochran's Q where ``tau2`` is 0.

    Examples
    --------
    >>> cochran(np.array([0.0, 2.0]), np.array([1.0, 1.0]), 0.0)
    2.0
    """
    weights = 1 / (v + tau2)
    return float(weights @ (y - weights @ y / weights.sum()) ** 2)


def tau2_limits(y: Floats, v: Floats, level: float) -> tuple[float, float]:
    """Return limits of the variance between, from the distribution of Cochran's Q [1]_.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (estimates,).
    level : float
        Coverage.

    Returns
    -------
    tuple of float
        Low and high. Both are 0 where estimates are more alike than chance makes them.

    References
    ----------
    .. [1] Viechtbauer, W. (2007). Confidence intervals for the amount of heterogeneity in meta-analysis. Statistics in
       Medicine 26, 37-52. https://doi.org/10.1002/sim.2514

    Examples
    --------
    >>> tau2_limits(np.array([0.0, 0.1, 0.2]), np.array([1.0, 1.0, 1.0]), 0.95)[0]
    0.0
    """
    from scipy.special import gammaincinv  # the quantile of chi-squared, without the half second of scipy.stats

    low, high = (2 * gammaincinv((len(y) - 1) / 2, tail) for tail in ((1 + level) / 2, (1 - level) / 2))
    return _where_q_is(y, v, float(low)), _where_q_is(y, v, float(high))


def _where_q_is(y: Floats, v: Floats, aim: float) -> float:
    """Return the variance between at which Q, which falls with it, comes down to ``aim``; 0 if it is there at once."""
    return _root(lambda tau2: cochran(y, v, tau2) - aim, _reach(y, v))


def _root(falling: Callable[[float], float], start: float) -> float:
    """Find where a falling function is 0; 0 if it starts there or below."""
    from scipy.optimize import brentq

    if falling(0.0) <= 0:
        return 0.0
    high = start
    while falling(high) > 0:
        high *= 4
        if high > _FARTHEST * start:
            raise FitError(
                f"the variance between has no limit within reach, up to {high:.3g}: too few estimates, or far too "
                "exact ones"
            )
    return float(brentq(falling, 0.0, high, xtol=1e-14 * high, rtol=1e-14, maxiter=500))


def _reach(y: Floats, v: Floats) -> float:
    """Return a variance that is surely not small."""
    return float(np.ptp(y) ** 2 + v.max())


def _dersimonian_laird(y: Floats, v: Floats) -> float:
    weights = 1 / v
    spare = weights.sum() - (weights**2).sum() / weights.sum()
    return max(0.0, (cochran(y, v, 0.0) - (len(y) - 1)) / float(spare))


def _likelihood(y: Floats, v: Floats, *, restricted: bool) -> float:
    """Find the highest top of the likelihood: on a grid first, since it may have several, then where its slope is 0."""
    from scipy.optimize import brentq

    def profile(tau2: Floats) -> Floats:
        weights = 1 / (v + tau2[:, None])
        whole = weights.sum(axis=1)
        left = y - (weights @ y / whole)[:, None]
        value = np.log(weights).sum(axis=1) - (weights * left**2).sum(axis=1)
        return np.asarray(value - np.log(whole) if restricted else value)

    def slope(tau2: float) -> float:
        weights = 1 / (v + tau2)
        mean = weights @ y / weights.sum()
        value = float(weights**2 @ (y - mean) ** 2 - weights.sum())
        return value + float((weights**2).sum() / weights.sum()) if restricted else value

    grid = np.concatenate([[0.0], np.geomspace(v.min() * 1e-4, 4 * _reach(y, v), _GRID)])
    best = int(np.argmax(profile(grid)))
    if best == 0 and slope(0.0) <= 0:
        return 0.0
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, _GRID)]
    if slope(low) <= 0 or slope(high) >= 0:
        raise FitError(
            f"the likelihood of the variance between {len(y):,} estimates has no maximum within reach: use method='dl'"
        )
    return float(brentq(slope, low, high, xtol=1e-15, rtol=1e-14, maxiter=500))


_BETWEEN: dict[str, Callable[[Floats, Floats], float]] = {
    "reml": lambda y, v: _likelihood(y, v, restricted=True),
    "ml": lambda y, v: _likelihood(y, v, restricted=False),
    "dl": _dersimonian_laird,
    "pm": lambda y, v: _where_q_is(y, v, len(y) - 1.0),
    "fixed": lambda _y, _v: 0.0,
}
