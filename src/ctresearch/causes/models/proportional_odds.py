"""Maximum likelihood of the proportional-odds model.

References
----------
.. [1] McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society B 42, 109-142.
   https://doi.org/10.1111/j.2517-6161.1980.tb01109.x
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, FitError
from ctresearch.stats.regression.newton import Local, maximise

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats
    from ctresearch.stats.regression.influence import Integers


@dataclass(frozen=True, slots=True)
class ProportionalOdds:
    """A fitted proportional-odds model.

    Parameters
    ----------
    parameters : numpy.ndarray
        Coefficients, then thresholds, shape (columns + levels - 1,).
    covariance : numpy.ndarray
        Inverse of the observed information.
    scores : numpy.ndarray
        Derivative of each row's log-likelihood, times its weight, rows by parameters.
    log_likelihood : float
        At the maximum.
    grams : numpy.ndarray, optional
        Observed information of each cluster, clusters by parameters by parameters; None without clusters.

    Examples
    --------
    >>> fit_proportional_odds(np.array([[1.0], [2], [1], [2]]), np.array([0, 1, 1, 0])).parameters.round(6).tolist()
    [0.0, 0.0]
    """

    parameters: Floats
    covariance: Floats
    scores: Floats
    log_likelihood: float
    grams: Floats | None = None


def fit_proportional_odds(
    design: Floats, levels: Integers, weights: Floats | None = None, clusters: Integers | None = None
) -> ProportionalOdds:
    """Fit the model that every threshold is passed with odds multiplied by the same factor.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns, without a constant.
    levels : numpy.ndarray
        Level of each row from 0, none of them empty, shape (rows,).
    weights : numpy.ndarray, optional
        Survey weights, shape (rows,); 1 by default.
    clusters : numpy.ndarray, optional
        Cluster of each row from 0, shape (rows,), where the information of each is wanted.

    Returns
    -------
    ProportionalOdds
        The maximum.

    Raises
    ------
    DataError
        If columns are constant or collinear.
    FitError
        If the covariates separate the levels.

    Examples
    --------
    >>> fit = fit_proportional_odds(np.array([[0.0], [0], [1], [1], [0], [1]]), np.array([0, 0, 1, 2, 2, 0]))
    >>> bool(fit.parameters[0] > 0)
    True
    """
    centre, scale = design.mean(axis=0), design.std(axis=0)
    if (scale == 0).any():
        raise DataError(f"covariate {int(np.argmin(scale)) + 1} of the design is constant, must vary: leave it out")
    x = (design - centre) / scale
    if np.linalg.cond(x.T @ x) > 1e13:
        raise DataError(f"the {x.shape[1]} covariates are collinear, must be linearly independent: leave one out")
    weights = np.ones(len(levels)) if weights is None else weights
    counts = np.bincount(levels, weights)
    if counts.min() == 0:
        raise DataError(f"level {int(counts.argmin())} has no row with a weight above 0: merge levels")
    shares = np.cumsum(counts)[:-1] / counts.sum()
    start = np.concatenate([np.zeros(x.shape[1]), np.log(shares / (1 - shares))])
    try:
        values = maximise(
            lambda point: _local(x, levels, point, weights), tuple(map(str, range(start.size))), start=start
        ).point
    except FitError as error:
        raise FitError(
            f"coefficients run off: covariates separate the levels ({x.shape[1]} columns, {len(counts)} levels, "
            f"{len(levels):,} rows), so merge levels or leave a covariate out"
        ) from error
    height, scores, information = _derivatives(x, levels, values, weights)
    back = _units(centre, scale, len(values))
    covariance = back @ np.linalg.inv(information) @ back.T
    ahead = np.linalg.inv(back)
    grams = None if clusters is None else ahead.T @ _by_cluster(x, levels, values, weights, clusters) @ ahead
    return ProportionalOdds(back @ values, covariance, scores @ ahead, height, grams)


def _by_cluster(x: Floats, levels: Integers, values: Floats, weights: Floats, clusters: Integers) -> Floats:
    """Return the observed information of each cluster."""
    rows = [clusters == g for g in range(int(clusters.max()) + 1)]
    return np.stack([_derivatives(x[mine], levels[mine], values, weights[mine])[2] for mine in rows])


def _local(x: Floats, levels: Integers, values: Floats, weights: Floats) -> Local:
    """Return the likelihood for Newton's method; thresholds out of order are not allowed."""
    if (np.diff(values[x.shape[1] :]) <= 0).any():
        return Local(-np.inf, values, np.eye(len(values)))
    height, scores, information = _derivatives(x, levels, values, weights)
    return Local(height, scores.sum(axis=0), information)


def _derivatives(x: Floats, levels: Integers, values: Floats, weights: Floats) -> tuple[float, Floats, Floats]:
    """Return the log-likelihood, the rows' scores and the observed information."""
    from scipy.special import expit

    width, cuts = x.shape[1], values[x.shape[1] :]
    shift = x @ values[:width]
    ends = np.concatenate([[-np.inf], cuts, [np.inf]])
    upper, lower = expit(ends[levels + 1] - shift), expit(ends[levels] - shift)
    chance = np.maximum(upper - lower, 1e-300)
    slopes = (upper * (1 - upper), lower * (1 - lower))
    bends = (slopes[0] * (1 - 2 * upper), slopes[1] * (1 - 2 * lower))
    moves = np.zeros((2, len(x), len(values)))  # derivative of both ends with respect to the parameters
    for end, at in enumerate((levels, levels - 1)):
        inside = (at >= 0) & (at < len(cuts))
        moves[end, inside, width + at[inside]] = 1.0
        moves[end, inside, :width] = -x[inside]
    scores = (slopes[0][:, None] * moves[0] - slopes[1][:, None] * moves[1]) / chance[:, None]
    curved = sum(
        sign * (moves[end] * (weights * bends[end] / chance)[:, None]).T @ moves[end]
        for end, sign in ((0, 1.0), (1, -1.0))
    )
    weighted = scores * weights[:, None]
    return float(weights @ np.log(chance)), weighted, np.asarray(weighted.T @ scores - curved, dtype=float)


def _units(centre: Floats, scale: Floats, size: int) -> Floats:
    """Return what turns parameters of centred and scaled columns into those of the columns themselves."""
    width = len(centre)
    back = np.eye(size)
    back[:width, :width] = np.diag(1 / scale)
    back[width:, :width] = centre / scale
    return back
