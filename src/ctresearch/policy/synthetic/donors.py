"""Weights of donors: the numbers behind a synthetic control, on arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.policy.synthetic.predictor_weights import predictor_shares, weights_of
from ctresearch.policy.synthetic.simplex import simplex_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RIDGE_GRID = 20
PENALTIES = (0.0, 1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0)
"""Penalties tried, in parts of what a donor is away from the treated unit on average."""
_RIDGE_REACH = 1e-8


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights of donors.

    Parameters
    ----------
    weights : numpy.ndarray
        Shape (donors,), adding up to 1.
    importance : numpy.ndarray
        Shares of importance of predictors, shape (predictors,); empty where the outcome itself is matched.
    penalty : float
        Of the penalised method, or the ridge; ``NaN`` where there is none.
    converged : bool
        Whether the condition of the minimum was reached.
    """

    weights: Floats
    importance: Floats
    penalty: float
    converged: bool


def gaps_to(treated: Floats, untreated: Floats) -> Floats:
    """Return how far each donor is from the treated unit, as the kernels take it.

    Parameters
    ----------
    treated, untreated : numpy.ndarray
        Shape (rows,) and (rows, donors).

    Returns
    -------
    numpy.ndarray
        Shape (rows, donors).
    """
    return np.ascontiguousarray(untreated - treated[:, None], dtype=np.float64)


def plain_weights(gaps: Floats, penalty: float = 0.0) -> Weights:
    """Match the rows with weights of 0 or more, dearer for donors that are far away.

    Parameters
    ----------
    gaps : numpy.ndarray
        As :func:`gaps_to` makes them.
    penalty : float
        Price of a donor's own distance: 0 for the plain method, large for the nearest neighbour.

    Returns
    -------
    Weights
        The exact minimum.

    References
    ----------
    .. [1] Abadie, A. and L'Hour, J. (2021). A penalized synthetic control estimator for disaggregated data. Journal of
       the American Statistical Association 116, 1817-1834. https://doi.org/10.1080/01621459.2021.1971535
    """
    far = (gaps**2).sum(axis=0)
    weights, converged = simplex_weights(gaps.T @ gaps, -penalty * far / 2)
    return Weights(weights, np.zeros(0), penalty, bool(converged))


def matched_weights(predictors: Floats, gaps: Floats, importance: Floats | None, *, thorough: bool) -> Weights:
    """Match predictors, by given importance or by the one that follows the outcome before best.

    Parameters
    ----------
    predictors, gaps : numpy.ndarray
        Standardised predictors and outcomes before, as :func:`gaps_to` makes them.
    importance : numpy.ndarray, optional
        Shape (predictors,).
    thorough : bool
        Search from many starts.

    Returns
    -------
    Weights
        With the importance.

    References
    ----------
    .. [1] Abadie, A., Diamond, A. and Hainmueller, J. (2010). Synthetic control methods for comparative case studies.
       Journal of the American Statistical Association 105, 493-505. https://doi.org/10.1198/jasa.2009.ap08746
    """
    if importance is None:
        importance, _ = predictor_shares(predictors, gaps, thorough=thorough)
    weights, converged = weights_of(importance, predictors)
    return Weights(weights, importance, np.nan, bool(converged))


def ridge_weights(treated: Floats, untreated: Floats, base: Floats, ridge: float) -> Floats:
    """Mend what weights miss by ridge regression on the outcomes before.

    Parameters
    ----------
    treated, untreated : numpy.ndarray
        Outcomes before, shape (periods,) and (periods, donors).
    base : numpy.ndarray
        Weights of 0 or more, shape (donors,).
    ridge : float
        Above 0.

    Returns
    -------
    numpy.ndarray
        Weights that add up to 1, some of which may be negative.

    References
    ----------
    .. [1] Ben-Michael, E., Feller, A. and Rothstein, J. (2021). The augmented synthetic control method. Journal of the
       American Statistical Association 116, 1789-1803. https://doi.org/10.1080/01621459.2021.1929245
    """
    centred = untreated - untreated.mean(axis=1, keepdims=True)
    missed = treated - untreated @ base
    slopes = np.linalg.solve(centred @ centred.T + ridge * np.eye(len(treated)), missed)
    return np.asarray(base + centred.T @ slopes)


def choose_ridge(treated: Floats, untreated: Floats) -> float:
    """Choose the ridge by leaving out one period before at a time.

    The largest is taken whose error is within one standard error of the smallest, so that the weights leave those of
    the plain method only as far as the data ask for.

    Parameters
    ----------
    treated, untreated : numpy.ndarray
        As :func:`ridge_weights` takes them.

    Returns
    -------
    float
        The ridge.
    """
    periods = len(treated)
    centred = untreated - untreated.mean(axis=1, keepdims=True)
    grid = np.linalg.norm(centred, 2) ** 2 * np.geomspace(1.0, _RIDGE_REACH, RIDGE_GRID + 1)
    errors = np.empty((periods, len(grid)))
    for t in range(periods):
        kept = np.arange(periods) != t
        base = plain_weights(gaps_to(treated[kept], untreated[kept])).weights
        size, turn = np.linalg.eigh(centred[kept] @ centred[kept].T)
        missed = turn.T @ (treated[kept] - untreated[kept] @ base)
        mended = (untreated[t] @ centred[kept].T @ turn) @ (missed[:, None] / (np.maximum(size, 0)[:, None] + grid))
        errors[t] = (treated[t] - untreated[t] @ base - mended) ** 2
    mean, error = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(periods)
    best = int(np.argmin(mean))
    return float(grid[np.flatnonzero(mean <= mean[best] + error[best])[0]])


def choose_penalty(untreated: Floats, before: int) -> float:
    """Choose the penalty under which donors are told best from one another after the treatment.

    Parameters
    ----------
    untreated : numpy.ndarray
        Outcomes of donors in all periods, shape (periods, donors).
    before : int
        Periods before.

    Returns
    -------
    float
        One of :data:`PENALTIES`.
    """
    missed = np.zeros(len(PENALTIES))
    for j in range(untreated.shape[1]):
        others = np.delete(untreated, j, axis=1)
        gaps = gaps_to(untreated[:before, j], others[:before])
        for i, penalty in enumerate(PENALTIES):
            weights = plain_weights(gaps, penalty).weights
            missed[i] += float(((untreated[before:, j] - others[before:] @ weights) ** 2).sum())
    return PENALTIES[int(np.argmin(missed))]


def tied_donors(weights: Floats, quadratic: Floats, linear: Floats) -> int:
    """Count the ways in which weights could change and fit just as well.

    Parameters
    ----------
    weights : numpy.ndarray
        A minimum, shape (donors,).
    quadratic, linear : numpy.ndarray
        What :func:`simplex_weights` took.

    Returns
    -------
    int
        Dimensions of the set of weights that are equally good, as far as donors that could enter without loss tell; 0
        where the weights are the only ones.
    """
    slope = quadratic @ weights - linear
    scale = max(float(np.abs(quadratic).max()), 1e-300)
    free = np.flatnonzero((weights > 1e-9) | (slope - weights @ slope <= 1e-9 * scale))
    if len(free) < 2:
        return 0
    part = quadratic[np.ix_(free, free)] / scale
    turned = np.eye(len(free)) - 1 / len(free)
    values = np.linalg.eigvalsh(turned @ part @ turned)
    return int((values <= 1e-10 * max(float(values[-1]), 1e-300)).sum()) - 1
