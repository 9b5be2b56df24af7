"""Models that an effect leans on: the chance of treatment, and the outcome under each treatment.

References
----------
.. [1] Chernozhukov, V., Chetverikov, D., Demirer, M., Duflo, E., Hansen, C., Newey, W. and Robins, J. (2018).
   Double/debiased machine learning for treatment and structural parameters. Econometrics Journal 21, C1-C68.
   https://doi.org/10.1111/ectj.12097
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.causes.effects.effect_equations import (
    ArmMean,
    arm_mean,
    in_target,
    outcome_model_share,
    treatment_model_share,
)
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.stats.regression.cross_fitting import assign_folds, cross_fit_probabilities
from ctresearch.stats.regression.generalized_linear import Family, Floats, Regression, fit_regression

if TYPE_CHECKING:
    from ctresearch.causes.effects.effect_equations import Estimand
    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.core.random import Seed


@dataclass(frozen=True, slots=True)
class Nuisance:
    """Fitted chances and predictions.

    Parameters
    ----------
    chance : numpy.ndarray
        Chance of treatment, shape (rows,).
    predicted : tuple of numpy.ndarray
        Outcome under no treatment and under treatment, each of shape (rows,).
    treatment_model : Regression or None
        None where a learner made the chances.
    outcome_models : tuple of Regression or None
        Of both arms; None for learners and for weighting alone.
    outcome_design : numpy.ndarray or None
        Rows by columns of the outcome models.

    Examples
    --------
    >>> Nuisance(np.array([0.5]), (np.zeros(1), np.zeros(1)), None, None).chance.tolist()
    [0.5]
    """

    chance: Floats
    predicted: tuple[Floats, Floats]
    treatment_model: Regression | None
    outcome_models: tuple[Regression, Regression] | None
    outcome_design: Floats | None = None


def fit_weighting(table: StudyTable) -> Nuisance:
    """Fit a logistic model of treatment, and predict nothing.

    Parameters
    ----------
    table : StudyTable
        The data.

    Returns
    -------
    Nuisance
        Predictions are 0.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes.graph.roles import Roles
    >>> table = Roles(treatment="a", outcome="y", covariates=[]).read(pd.DataFrame({"a": [0, 1], "y": [1, 2]}))
    >>> fit_weighting(table).chance.tolist()
    [0.5, 0.5]
    """
    model = fit_regression(table.design, table.treatment, "logistic", weights=table.survey, names=table.names)
    nothing = np.zeros(table.n)
    return Nuisance(model.fitted, (nothing, nothing), model, None)


def fit_parametric(table: StudyTable, family: Family, outcome_design: Floats) -> Nuisance:
    """Fit a logistic model of treatment and a regression of the outcome in each arm.

    Parameters
    ----------
    table : StudyTable
        The data.
    family : {"linear", "logistic", "poisson"}
        Of the outcome.
    outcome_design : numpy.ndarray
        A constant and the covariates of the outcome models, rows by columns.

    Returns
    -------
    Nuisance
        Fits and predictions.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes.graph.roles import Roles
    >>> table = Roles(treatment="a", outcome="y", covariates=[]).read(pd.DataFrame({"a": [0, 1], "y": [1, 2]}))
    >>> [float(p[0]) for p in fit_parametric(table, "linear", table.design).predicted]
    [1.0, 2.0]
    """
    model = fit_regression(table.design, table.treatment, "logistic", weights=table.survey, names=table.names)
    arms = []
    for arm in (0, 1):
        rows = table.treatment == arm
        fit = fit_regression(outcome_design[rows], table.outcome[rows], family, weights=table.weights[rows])
        arms.append(Regression(family, fit.coefficients, fit.inverse, fit.predict(outcome_design)))
    return Nuisance(model.fitted, (arms[0].fitted, arms[1].fitted), model, (arms[0], arms[1]), outcome_design)


def fit_learned(table: StudyTable, learner: Any, folds: int, seed: Seed) -> Nuisance:
    """Cross-fit learners of treatment and outcome [1]_.

    Parameters
    ----------
    table : StudyTable
        The data.
    learner : scikit-learn estimator or pair
        The outcome's learner and the treatment's; a classifier alone serves both where the outcome is 0 or 1.
    folds : int
        Parts of the data.
    seed : int or numpy.random.SeedSequence
        Deals rows to folds.

    Returns
    -------
    Nuisance
        Each row predicted by learners that never saw it, for two folds or more.

    Raises
    ------
    SpecificationError
        If the learners cannot predict what is asked.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from ctresearch.causes.graph.roles import Roles
    >>> frame = pd.DataFrame({"a": [0, 1] * 8, "y": [1, 0, 0, 1] * 4, "x": range(16)})
    >>> table = Roles(treatment="a", outcome="y", covariates=["x"]).read(frame)
    >>> fit_learned(table, DecisionTreeClassifier(max_depth=1), 2, 1).chance.shape
    (16,)
    """
    for_outcome, for_treatment = learner if isinstance(learner, tuple) and len(learner) == 2 else (learner, learner)
    if not hasattr(for_treatment, "predict_proba") or not hasattr(for_outcome, "fit"):
        raise SpecificationError(
            f"learner == {learner!r}, must be a pair (learner of the outcome, classifier of the treatment) of "
            "scikit-learn"
        )
    features = table.design[:, 1:]
    dealt = assign_folds(table.n, folds, seed)
    chance = cross_fit_probabilities(for_treatment, features, table.treatment.astype(np.int64), dealt)[:, 1]
    untreated, treated = (_cross_fit_outcome(for_outcome, table, features, arm, dealt) for arm in (0, 1))
    return Nuisance(chance, (untreated, treated), None, None)


def mean_under(
    table: StudyTable, nuisance: Nuisance, survey: Floats, arm: int, estimand: Estimand
) -> tuple[ArmMean, Floats]:
    """Estimate the mean under one treatment, and each row's share in its error with that of the fitted models.

    Parameters
    ----------
    table : StudyTable
        The data.
    nuisance : Nuisance
        Chances and predictions.
    survey : numpy.ndarray
        Survey weights, 0 outside the group asked about, shape (rows,).
    arm : {0, 1}
        The treatment.
    estimand : {"ate", "att", "atc"}
        The target population.

    Returns
    -------
    tuple
        The mean, and influence values of shape (rows,).

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.causes.graph.roles import Roles
    >>> table = Roles(treatment="a", outcome="y", covariates=[]).read(pd.DataFrame({"a": [0, 1], "y": [1, 2]}))
    >>> mean_under(table, fit_weighting(table), table.weights, 1, "ate")[0].value
    2.0
    """
    predicted = nuisance.predicted[arm]
    mean = arm_mean(
        table.outcome, table.treatment, survey, arm=arm, estimand=estimand, chance=nuisance.chance, predicted=predicted
    )
    influence = mean.influence
    if nuisance.treatment_model is not None:
        model = nuisance.treatment_model
        residual = (table.treatment - model.fitted) * table.weights
        influence = influence + treatment_model_share(
            mean, table.design, table.outcome, predicted, arm=arm, estimand=estimand, model=model, residual=residual
        )
    if nuisance.outcome_models is not None and nuisance.outcome_design is not None:
        own = nuisance.outcome_models[arm]
        target = in_target(estimand, table.treatment) * survey
        residual = (table.treatment == arm) * table.weights * (table.outcome - predicted)
        influence = influence + outcome_model_share(
            mean, nuisance.outcome_design, target / target.sum(), model=own, residual=residual
        )
    return mean, influence


def _cross_fit_outcome(learner: Any, table: StudyTable, features: Floats, arm: int, folds: Any) -> Floats:
    """Predict the outcome under one treatment for every row by learners fitted to that arm of the other folds."""
    from sklearn.base import clone

    found = np.empty(table.n)
    parts = np.unique(folds)
    classify = table.binary and hasattr(learner, "predict_proba")
    if not table.binary and hasattr(learner, "predict_proba"):
        raise SpecificationError(
            f"learner == {learner!r} is a classifier, must be a regressor since the outcome is no 0 or 1"
        )
    for part in parts:
        rows = (table.treatment == arm) & ((folds != part) if len(parts) > 1 else True)
        if not rows.any() or (classify and np.ptp(table.outcome[rows]) == 0):
            raise DataError(
                f"outside fold {part} arm {arm} has {int(rows.sum())} rows of one outcome, too few: use fewer folds"
            )
        fitted = clone(learner).fit(features[rows], table.outcome[rows])
        inside = features[folds == part]
        found[folds == part] = fitted.predict_proba(inside)[:, 1] if classify else fitted.predict(inside)
    return found
