"""Where a further study's true value will lie: limits that count how little few studies tell of how they differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.pooling.random_effects import pooled_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 25_000
_GRID, _NODES = 150, 1500
_AT_ONCE = 32  # factors that are multiplied before their logarithm is taken, so that none grows too large


def higgins_limits(y: Floats, v: Floats, level: float) -> tuple[float, float]:
    """Return Higgins, Thompson and Spiegelhalter's limits: moments, and two degrees of freedom less than studies.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (studies,), three or more.
    level : float
        Coverage.

    Returns
    -------
    tuple of float
        Low and high.

    References
    ----------
    .. [1] Higgins, J. P. T., Thompson, S. G. and Spiegelhalter, D. J. (2009). A re-evaluation of random-effects
       meta-analysis. Journal of the Royal Statistical Society A 172, 137-159.
       https://doi.org/10.1111/j.1467-985X.2008.00552.x

    Examples
    --------
    >>> low, high = higgins_limits(np.array([0.0, 1.0, 2.0]), np.full(3, 0.1), 0.9)
    >>> round(low + high, 6)
    2.0
    """
    found = pooled_mean(y, v, "dl")
    return _student(found.mean, found.tau2 + found.variance, len(y) - 2, level)


def partlett_limits(y: Floats, v: Floats, level: float, kind: str) -> tuple[float, float]:
    """Return Partlett and Riley's limits: REML, and the variance of the mean by Hartung and Knapp or Sidik and Jonkman.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (studies,), three or more.
    level : float
        Coverage.
    kind : {"hartung-knapp", "sidik-jonkman"}
        Which variance.

    Returns
    -------
    tuple of float
        Low and high.

    References
    ----------
    .. [1] Partlett, C. and Riley, R. D. (2017). Random effects meta-analysis: coverage performance of 95% confidence
       and prediction intervals following REML estimation. Statistics in Medicine 36, 301-317.
       https://doi.org/10.1002/sim.7140

    Examples
    --------
    >>> low, high = partlett_limits(np.array([0.0, 1.0, 2.0]), np.full(3, 0.1), 0.9, "hartung-knapp")
    >>> round(low + high, 6)
    2.0
    """
    found = pooled_mean(y, v, "reml")
    left = (y - found.mean) ** 2
    if kind == "hartung-knapp":
        variance = float(found.weights @ left) / (len(y) - 1)
    else:
        variance = float((found.weights**2 / (1 - found.weights)) @ left)
    return _student(found.mean, found.tau2 + variance, len(y) - 2, level)


def bootstrap_limits(
    y: Floats, v: Floats, level: float, rng: np.random.Generator, draws: int = DRAWS
) -> tuple[float, float]:
    """Return Nagashima, Noma and Furukawa's limits: the variance between is drawn from its confidence distribution.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (studies,), three or more.
    level : float
        Coverage.
    rng : numpy.random.Generator
        The stream.
    draws : int
        How many.

    Returns
    -------
    tuple of float
        Low and high.

    References
    ----------
    .. [1] Nagashima, K., Noma, H. and Furukawa, T. A. (2019). Prediction intervals for random-effects meta-analysis: a
       confidence distribution approach. Statistical Methods in Medical Research 28, 1689-1702.
       https://doi.org/10.1177/0962280218773520

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> low, high = bootstrap_limits(np.array([0.0, 1.0, 2.0]), np.full(3, 0.1), 0.9, rng, 2000)
    >>> low < 0 < 2 < high
    True
    """
    from scipy.special import ndtri, stdtrit

    tau2 = _drawn_between(y, v, rng.random(draws))
    normal, student = ndtri(rng.random(draws)), stdtrit(len(y) - 1, rng.random(draws))
    weights = 1 / (v[None, :] + tau2[:, None])
    total = weights.sum(axis=1)
    mean = weights @ y / total
    spread = (weights * (y[None, :] - mean[:, None]) ** 2).sum(axis=1) / (len(y) - 1) / total
    new = mean + normal * np.sqrt(tau2) - student * np.sqrt(spread)
    low, high = np.quantile(new, [(1 - level) / 2, (1 + level) / 2])
    return (float(low), float(high))


def _student(mean: float, variance: float, df: int, level: float) -> tuple[float, float]:
    """Return limits by Student's distribution."""
    from scipy.special import stdtrit

    reach = float(stdtrit(df, (1 + level) / 2) * np.sqrt(variance))
    return (mean - reach, mean + reach)


def _drawn_between(y: Floats, v: Floats, uniform: Floats) -> Floats:
    """Draw variances between so that Cochran's Q as seen has the chance drawn, none where that asks for less than 0."""
    fixed = 1 / v
    seen = float(fixed @ (y - fixed @ y / fixed.sum()) ** 2)
    at_most = float(np.ptp(y) ** 2 + v.max())
    while _chance_above(seen, v, np.array([at_most]))[0] < 1 - 0.5 / len(uniform) and at_most < 1e6 * np.ptp(y) ** 2:
        at_most *= 3
    grid = np.concatenate([[0.0], np.geomspace(1e-5 * v.min(), at_most, _GRID)])
    chance = np.maximum.accumulate(_chance_above(seen, v, grid))
    return np.asarray(np.interp(uniform, chance, grid, left=0.0))


def _chance_above(seen: float, v: Floats, tau2: Floats) -> Floats:
    """Return the chance that Q exceeds what was seen, for each variance between, by Imhof's integral."""
    fixed = 1 / v
    centre = np.diag(fixed) - np.outer(fixed, fixed) / fixed.sum()
    roots = np.sqrt(v + tau2[:, None])
    sizes = np.stack([np.linalg.eigvalsh(root[:, None] * centre * root)[1:] for root in roots])
    scale = 1 / sizes.mean(axis=1, keepdims=True)
    angle = (np.arange(_NODES) + 0.5) / _NODES * (np.pi / 2)
    u = scale * np.tan(angle)
    theta, log_rho = -0.5 * seen * u, np.zeros_like(u)
    for few in np.array_split(sizes, range(_AT_ONCE, sizes.shape[1], _AT_ONCE), axis=1):
        turned = np.ones(u.shape, dtype=np.complex128)  # the product of 1 + i u l, whose angle is continuous in u
        for one in few.T:
            turned *= 1 + 1j * one[:, None] * u
        theta += 0.5 * np.unwrap(np.angle(turned), axis=1)
        log_rho += 0.5 * np.log(np.abs(turned))
    inside = np.sin(theta) * np.exp(-log_rho) / u * scale / np.cos(angle) ** 2
    return np.asarray(np.clip(0.5 + inside.sum(axis=1) * (1 / 2 / _NODES), 0.0, 1.0))
