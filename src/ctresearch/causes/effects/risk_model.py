"""What a risk model is worth, as a prediction: no cause, and no score for anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.causes.effects.risk_result import RiskResult
from ctresearch.causes.graph.detection import Detected, check_detected, graph_checks
from ctresearch.causes.models.prediction import area_under_curve, calibration_line, calibration_table, decision_curve
from ctresearch.causes.table.column_rules import refuse_shared_roles
from ctresearch.causes.table.effect_result import limits
from ctresearch.causes.table.perfect_fit import refuse_copies
from ctresearch.causes.table.study_table import read_design, record_columns, refuse_constant, refuse_other_than
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import estimates_table
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, whole_number
from ctresearch.stats.groups.smallest import smallest_level
from ctresearch.stats.regression.cross_fitting import assign_folds, cross_fit_probabilities

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.stats.regression.generalized_linear import Floats

THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5)
FEW_CASES, SMALLEST_GROUP = 10, 20
PREDICTION = (
    "This is a prediction and no cause: changing a predictor need not change the outcome, and a predictor may stand for"
    " something else."
)
NO_SCORE = "It describes how well groups are told apart. It scores no person and must not be used to decide about one."


class RiskModel(Options):
    """Judge how well an outcome can be predicted, each row by a model that never saw it.

    Parameters
    ----------
    outcome : str
        Column of 0 and 1.
    predictors : sequence of str
        Columns; text becomes indicators.
    learner : scikit-learn classifier, optional
        Logistic regression by default.
    folds : int
        Parts for cross-fitting, at least 2.
    groups : int
        Groups of the calibration table, each of at least 20 people.
    thresholds : sequence of float
        Chances of the decision curve.
    detected : {"outcome", "sample"}, optional
        How detection enters: a model of detected cases predicts who is *found*.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Deals rows to folds.
    scope : Scope, optional
        Whom the data are about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    There is no ``predict``, and the result keeps no chance of any row: nothing here scores a person.

    Limits are normal. There are at least 40 people, two groups of 20, where Student's t would reach 3 in 100 farther
    and so mends little. What makes limits of the area too narrow is few cases, of whom the check ``cases`` speaks, and
    the area has no degrees of freedom that would say how much.

    References
    ----------
    .. [1] Steyerberg, E. W. et al. (2010). Assessing the performance of prediction models: a framework for traditional
       and novel measures. Epidemiology 21, 128-138. https://doi.org/10.1097/EDE.0b013e3181c30fb2
    .. [2] Vickers, A. J. and Elkin, E. B. (2006). Decision curve analysis: a novel method for evaluating prediction
       models. Medical Decision Making 26, 565-574. https://doi.org/10.1177/0272989X06295361

    Examples
    --------
    >>> from ctresearch.data.synthetic import vulnerability_survey
    >>> frame = vulnerability_survey(n=3000, seed=1).frame
    >>> result = RiskModel(outcome="any_indicator", predictors=["alone", "age_group", "route"]).fit(frame)
    >>> chance = result.estimates.loc["auc", "estimate"]
    >>> print(f"a case gets the higher chance in {chance:.0%} of pairs: far from certain")
    a case gets the higher chance in 67% of pairs: far from certain
    """

    def __init__(
        self,
        *,
        outcome: str,
        predictors: Sequence[str],
        learner: Any = None,
        folds: int = 5,
        groups: int = 10,
        thresholds: Sequence[float] = THRESHOLDS,
        detected: Detected | None = None,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.outcome, self.predictors = outcome, column_names("predictors", predictors, least=1)
        refuse_shared_roles({"outcome": outcome}, predictors=self.predictors)
        self.learner = learner
        self.folds = whole_number("folds", folds, low=2, high=100)
        self.groups = whole_number("groups", groups, low=2, high=100)
        self.thresholds = tuple(float(in_range("thresholds", t, 0, 1, open_ends=True)) for t in thresholds)
        self.detected = check_detected(detected)
        self.level, self.seed, self.scope = is_level(level), seed, scope or Scope()
        seed_sequence(seed)

    def fit(self, frame: pd.DataFrame) -> RiskResult:
        """Cross-fit the model and judge it.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person, without missing values in the columns used.

        Returns
        -------
        RiskResult
            Measures of discrimination and calibration, with no chance of any row.

        Raises
        ------
        DataError
            If the table does not hold what the options name, the outcome is not of 0 and 1 or does not vary, or there
            are too few people for the groups.
        FitError
            If the predictions separate the cases from the others.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"x": range(200), "y": [0, 0, 1, 0] * 25 + [1, 1, 0, 1] * 25})
        >>> sorted(RiskModel(outcome="y", predictors=["x"]).fit(frame).estimates.index)[:2]
        ['auc', 'brier']
        """
        y = self._outcome(frame)
        whole, _, sources = read_design(frame, self.predictors)
        refuse_copies(whole, sources, y, self.outcome, "outcome")
        design = whole[:, 1:]
        dealt = assign_folds(len(y), self.folds, self.seed)
        chance = cross_fit_probabilities(self._learner(), design, y.astype(np.int64), dealt)[:, 1]
        return RiskResult(
            method=say(
                "Prediction of {outcome}, cross-fitted in {folds} folds", outcome=self.outcome, folds=self.folds
            ),
            estimates=self._estimates(chance, y),
            n=len(y),
            level=self.level,
            interval="normal",
            scope=self.scope,
            checks=(
                Check("no score", "pass", NO_SCORE),
                _check_cases(y, design.shape[1]),
                *graph_checks(None, self.detected, self.predictors[0], self.outcome, self.predictors[1:]),
            ),
            assumptions=(PREDICTION, "Those the model would be used for are like those in the data."),
            references=references(RiskModel),
            inputs=record_columns(frame, [self.outcome, *self.predictors], recorded_seed(self.seed)),
            smallest_group=smallest_level([y, *design.T], len(y)),
            calibration=calibration_table(chance, y, self.groups),
            decision=decision_curve(chance, y, self.thresholds),
        )

    def _outcome(self, frame: pd.DataFrame) -> Floats:
        """Check the columns and return the outcome."""
        used = [self.outcome, *self.predictors]
        is_frame("frame", frame)
        has_columns("frame", frame, used)
        refuse_missing(frame, used)
        y = read_numbers(frame, self.outcome)
        refuse_constant(self.outcome, y)
        refuse_other_than(frame, self.outcome, "outcome")
        if len(y) < self.groups * SMALLEST_GROUP:
            raise DataError(
                f"{len(y)} rows make groups of {len(y) // self.groups}, must be at least {SMALLEST_GROUP}: use fewer "
                "groups"
            )
        return y

    def _learner(self) -> Any:
        """Return the learner, or a logistic regression that is hardly held back."""
        if self.learner is not None:
            return self.learner
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), LogisticRegression(C=1e4, max_iter=1000))

    def _estimates(self, chance: Floats, y: Floats) -> pd.DataFrame:
        """Build the table of measures."""
        area, spread = area_under_curve(chance, y)
        squares = (y - chance) ** 2
        (shift, slope), errors = calibration_line(chance, y)
        rows = {
            "auc": limits(area, spread, self.level),
            "brier": limits(float(squares.mean()), float(squares.std(ddof=1) / np.sqrt(len(y))), self.level),
            "calibration_intercept": limits(float(shift), float(errors[0]), self.level),
            "calibration_slope": limits(float(slope), float(errors[1]), self.level),
        }
        return estimates_table(rows)


def _check_cases(y: Floats, columns: int) -> Check:
    """Say whether there are enough cases for so many predictors."""
    rarer = int(min(y.sum(), len(y) - y.sum()))
    numbers = {"rarer": rarer, "columns": columns}
    said = say(
        "{rarer} people have the rarer outcome, {each:.1f} for each of {columns} columns",
        rarer=rarer,
        each=rarer / columns,
        columns=columns,
    )
    few = rarer < FEW_CASES * columns
    return Check(
        "cases",
        "review" if few else "pass",
        say("{said}: leave predictors out.", said=said) if few else say("{said}.", said=said),
        numbers,
    )
