"""Effects of a binary treatment from weighting, outcome models or both, with stacked-equation influence values.

One form covers inverse probability weighting (outcome predictions 0), and augmented weighting [1]_ that is right when
either the treatment model or the outcome models are. Weights are normalised (Hajek). The influence values carry the
error of the fitted models, so the standard error holds when one of them is wrong [2]_.

References
----------
.. [1] Robins, J. M., Rotnitzky, A. and Zhao, L. P. (1994). Estimation of regression coefficients when some regressors
   are not always observed. Journal of the American Statistical Association 89, 846-866.
   https://doi.org/10.1080/01621459.1994.10476818
.. [2] Lunceford, J. K. and Davidian, M. (2004). Stratification and weighting via the propensity score in estimation of
   causal treatment effects: a comparative study. Statistics in Medicine 23, 2937-2960.
   https://doi.org/10.1002/sim.1903
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.stats.regression.generalized_linear import Floats, slope_of
from ctresearch.stats.regression.influence import regression_share

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Regression

Estimand = Literal["ate", "att", "atc"]
ESTIMANDS: tuple[Estimand, ...] = ("ate", "att", "atc")


@dataclass(frozen=True, slots=True)
class ArmMean:
    """Mean outcome of the target population under one treatment.

    Parameters
    ----------
    value : float
        The mean.
    influence : numpy.ndarray
        Each row's share in its error, shape (rows,).
    row_weights : numpy.ndarray
        Normalised weight of each row of the arm, 0 elsewhere, shape (rows,).

    Examples
    --------
    >>> ArmMean(1.0, np.zeros(2), np.array([0.5, 0.5])).value
    1.0
    """

    value: float
    influence: Floats
    row_weights: Floats


def target_weights(estimand: Estimand, chance: Floats, arm: int) -> tuple[Floats, Floats]:
    """Return the weight that makes an arm stand for the target population, and its slope on the logit scale.

    Parameters
    ----------
    estimand : {"ate", "att", "atc"}
        Everybody, the treated or the untreated.
    chance : numpy.ndarray
        Chance of treatment of each row, shape (rows,).
    arm : {0, 1}
        Whose outcomes are weighted.

    Returns
    -------
    tuple of numpy.ndarray
        Weights and their derivative with respect to the logit of the chance, each of shape (rows,).

    Examples
    --------
    >>> target_weights("att", np.array([0.5, 0.75]), 0)[0].tolist()
    [1.0, 3.0]
    """
    one = np.ones_like(chance)
    odds = chance / (1 - chance)
    if arm == 1:
        if estimand == "att":
            return one, np.zeros_like(chance)
        return (1 / chance, -1 / odds) if estimand == "ate" else (1 / odds, -1 / odds)
    if estimand == "atc":
        return one, np.zeros_like(chance)
    return (1 / (1 - chance), odds) if estimand == "ate" else (odds, odds)


def in_target(estimand: Estimand, treatment: Floats) -> Floats:
    """Mark the rows of the population that an effect is about.

    Parameters
    ----------
    estimand : {"ate", "att", "atc"}
        Everybody, the treated or the untreated.
    treatment : numpy.ndarray
        0 or 1, shape (rows,).

    Returns
    -------
    numpy.ndarray
        1 for rows of the target, shape (rows,).

    Examples
    --------
    >>> in_target("att", np.array([0.0, 1.0])).tolist()
    [0.0, 1.0]
    """
    return {"ate": np.ones_like(treatment), "att": treatment, "atc": 1 - treatment}[estimand]


def arm_mean(
    outcome: Floats,
    treatment: Floats,
    survey: Floats,
    *,
    arm: int,
    estimand: Estimand,
    chance: Floats,
    predicted: Floats,
) -> ArmMean:
    """Estimate the mean outcome under one treatment, the chance and the predictions taken as known.

    Parameters
    ----------
    outcome, treatment, survey : numpy.ndarray
        Outcome, 0 or 1, and survey weight of each row, shape (rows,).
    arm : {0, 1}
        The treatment.
    estimand : {"ate", "att", "atc"}
        The target population.
    chance : numpy.ndarray
        Chance of treatment, shape (rows,).
    predicted : numpy.ndarray
        Predicted outcome under the arm, shape (rows,); zeros for weighting alone.

    Returns
    -------
    ArmMean
        Normalised augmented mean.

    Examples
    --------
    >>> y, a, half = np.array([1.0, 2, 3, 4]), np.array([0.0, 1, 0, 1]), np.full(4, 0.5)
    >>> arm_mean(y, a, np.ones(4), arm=1, estimand="ate", chance=half, predicted=np.zeros(4)).value
    3.0
    """
    target = in_target(estimand, treatment) * survey
    target = target / target.sum()
    weight, _ = target_weights(estimand, chance, arm)
    own = (treatment == arm) * survey * weight
    own = own / own.sum()
    base = float(target @ predicted)
    residual = outcome - predicted
    correction = float(own @ residual)
    influence = target * (predicted - base) + own * (residual - correction)
    return ArmMean(base + correction, influence, own)


def treatment_model_share(
    mean: ArmMean,
    design: Floats,
    outcome: Floats,
    predicted: Floats,
    *,
    arm: int,
    estimand: Estimand,
    model: Regression,
    residual: Floats,
) -> Floats:
    """Return the influence that the fitted treatment model passes on to an arm's mean.

    Parameters
    ----------
    mean : ArmMean
        The mean and its weights.
    design : numpy.ndarray
        Rows by columns of the treatment model.
    outcome, predicted : numpy.ndarray
        Outcome and its prediction under the arm, shape (rows,).
    arm : {0, 1}
        The treatment.
    estimand : {"ate", "att", "atc"}
        The target population.
    model : Regression
        Logistic model of treatment.
    residual : numpy.ndarray
        Its weighted residuals, shape (rows,).

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Examples
    --------
    >>> from ctresearch.stats.regression.generalized_linear import fit_regression
    >>> y, a, x = np.array([1.0, 2, 3, 5]), np.array([0.0, 1, 0, 1]), np.ones((4, 1))
    >>> model = fit_regression(x, a, "logistic")
    >>> mean = arm_mean(y, a, np.ones(4), arm=1, estimand="ate", chance=model.fitted, predicted=np.zeros(4))
    >>> share = treatment_model_share(
    ...     mean, x, y, np.zeros(4), arm=1, estimand="ate", model=model, residual=a - model.fitted
    ... )
    >>> bool(np.allclose(share, 0))
    True
    """
    weight, slope = target_weights(estimand, model.fitted, arm)
    correction = float(mean.row_weights @ (outcome - predicted))
    gradient = design.T @ (mean.row_weights * (slope / weight) * (outcome - predicted - correction))
    return regression_share(design, residual, model.inverse, gradient)


def outcome_model_share(
    mean: ArmMean, design: Floats, target: Floats, *, model: Regression, residual: Floats
) -> Floats:
    """Return the influence that the fitted outcome model of an arm passes on to its mean.

    Parameters
    ----------
    mean : ArmMean
        The mean and its weights.
    design : numpy.ndarray
        Rows by columns of the outcome model, with the arm's treatment.
    target : numpy.ndarray
        Normalised weight of each row in the target population, shape (rows,).
    model : Regression
        Fitted to the arm; ``fitted`` holds predictions for all rows.
    residual : numpy.ndarray
        Its weighted residuals, 0 outside the arm, shape (rows,).

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Examples
    --------
    >>> from ctresearch.stats.regression.generalized_linear import fit_regression
    >>> y, a, x = np.array([1.0, 2, 3, 5]), np.array([0.0, 1, 0, 1]), np.ones((4, 1))
    >>> model = fit_regression(x, y, "linear", weights=a)
    >>> mean = arm_mean(y, a, np.ones(4), arm=1, estimand="ate", chance=np.full(4, 0.5), predicted=model.fitted)
    >>> share = outcome_model_share(mean, x, np.full(4, 0.25), model=model, residual=a * (y - model.fitted))
    >>> bool(np.allclose(share, 0))
    True
    """
    gradient = design.T @ ((target - mean.row_weights) * slope_of(model.family, model.fitted))
    return regression_share(design, residual, model.inverse, gradient)
