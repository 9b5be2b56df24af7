"""Studies that were more likely to be published where they were significant: weights by steps of the p value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Alternative = Literal["greater", "less"]
_BOUND = 8.0


@dataclass(frozen=True, slots=True)
class Selected:
    """A pooled mean that counts what was not published.

    Parameters
    ----------
    mean, tau2 : float
        Mean of true values, and the variance between them.
    chances : numpy.ndarray
        Chance of publication of each step over that of the first, shape (steps,).
    covariance : numpy.ndarray
        Of mean, log variance between (where it is estimated) and logs of chances but the first; ``NaN`` where the
        information cannot be inverted.
    log_likelihood, without : float
        With selection and without it.
    counts : numpy.ndarray
        Studies of each step.
    converged : bool
        Whether the search ended.
    """

    mean: float
    tau2: float
    chances: Floats
    covariance: Floats
    log_likelihood: float
    without: float
    counts: NDArray[np.int64]
    converged: bool


def select_by_steps(y: Floats, v: Floats, steps: Floats, alternative: Alternative, *, between: bool = True) -> Selected:
    """Maximise the likelihood of a step function of the one-sided p value.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (studies,).
    steps : numpy.ndarray
        Ends of the steps, rising, the last 1.
    alternative : {"greater", "less"}
        Which estimates were wanted.
    between : bool
        Whether true values differ.

    Returns
    -------
    Selected
        The fit.

    References
    ----------
    .. [1] Vevea, J. L. and Hedges, L. V. (1995). A general linear model for estimating effect size in the presence of
       publication bias. Psychometrika 60, 419-435. https://doi.org/10.1007/BF02294384

    Examples
    --------
    >>> y, v = np.array([0.5, 0.6, 0.1, 0.7, 0.2]), np.full(5, 0.04)
    >>> select_by_steps(y, v, np.array([0.025, 1.0]), "greater").counts.tolist()
    [3, 2]
    """
    from scipy.optimize import minimize
    from scipy.special import ndtr

    sign = 1.0 if alternative == "greater" else -1.0
    z = sign * y / np.sqrt(v)
    place = np.searchsorted(steps, ndtr(-z), side="left")
    many = len(steps) - 1
    start = np.zeros(1 + between + many)
    start[0] = np.average(y, weights=1 / v)
    if between:
        start[1] = np.log(max(y.var(), 1e-3 * v.mean()))

    def negative(parameters: Floats, chosen: bool = True) -> float:
        mean, tau2 = parameters[0], np.exp(parameters[1]) if between else 0.0
        logs = np.concatenate([[0.0], parameters[1 + between :]]) if chosen else np.zeros(many + 1)
        return -_likelihood((y, v), (mean, tau2), logs, (steps, place), sign)

    bounds = [(None, None), *([(-25, 10)] * between), *([(-_BOUND, _BOUND)] * many)]
    plain = minimize(lambda p: negative(np.append(p, np.zeros(many)), False), start[: 1 + between], method="BFGS")
    starts = [np.append(plain.x, np.full(many, one)) for one in (0.0, -1.0)]
    tries = [
        minimize(
            negative, one, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 2000}
        )
        for one in starts
    ]
    best = min(tries, key=lambda one: float(one.fun))
    ended = bool(np.all(np.abs(best.x[1 + between :]) < _BOUND - 1e-3)) and bool(np.isfinite(best.fun))
    return Selected(
        mean=float(best.x[0]),
        tau2=float(np.exp(best.x[1])) if between else 0.0,
        chances=np.exp(np.concatenate([[0.0], best.x[1 + between :]])),
        covariance=inverse_information(negative, best.x),
        log_likelihood=-float(best.fun),
        without=-float(plain.fun),
        counts=np.bincount(place, minlength=many + 1),
        converged=ended,
    )


def _likelihood(
    data: tuple[Floats, Floats], truth: tuple[float, float], logs: Floats, cut: tuple[Floats, Floats], sign: float
) -> float:
    """Return the log likelihood of published estimates."""
    from scipy.special import ndtr, ndtri

    (y, v), (mean, tau2), (steps, place) = data, truth, cut
    spread = np.sqrt(v + tau2)
    ends = -ndtri(steps[:-1])[None, :] * np.sqrt(v)[:, None]  # an estimate above has a p value below
    above = ndtr(-(ends - sign * mean) / spread[:, None])
    shares = np.diff(np.column_stack([np.zeros(len(y)), above, np.ones(len(y))]), axis=1)
    density = -0.5 * ((y - mean) / spread) ** 2 - np.log(spread) - 0.5 * np.log(2 * np.pi)
    return float((density + logs[place] - np.log(np.maximum(shares @ np.exp(logs), 1e-300))).sum())


def inverse_information(negative: Callable[[Floats], float], at: Floats) -> Floats:
    """Invert the curvature of a negative log likelihood, by central differences.

    Parameters
    ----------
    negative : callable
        From parameters to the negative log likelihood.
    at : numpy.ndarray
        Where, shape (parameters,).

    Returns
    -------
    numpy.ndarray
        Shape (parameters, parameters), ``NaN`` where it is no covariance.

    Examples
    --------
    >>> inverse_information(lambda x: 2.0 * float(x @ x), np.array([0.0])).round(3).tolist()
    [[0.25]]
    """
    k, step = len(at), 1e-4 * np.maximum(np.abs(at), 1.0)
    curve = np.empty((k, k))
    for i in range(k):
        for j in range(i + 1):
            values = []
            for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                point = at.copy()
                point[i] += a * step[i]
                point[j] += b * step[j]
                values.append(negative(point))
            curve[i, j] = curve[j, i] = (values[0] - values[1] - values[2] + values[3]) / (4 * step[i] * step[j])
    try:
        found = np.linalg.inv(curve)
    except np.linalg.LinAlgError:
        return np.full((k, k), np.nan)
    return np.asarray(found) if (np.diag(found) > 0).all() else np.full((k, k), np.nan)
