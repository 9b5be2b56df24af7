"""Effects that are right if either the model of treatment or the model of the outcome is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.causes.effects.effect_equations import ESTIMANDS, Estimand
from ctresearch.causes.effects.effect_slopes import effect_slopes
from ctresearch.causes.effects.inverse_probability import NO_HIDDEN_CAUSE, ONE_VERSION, POSITIVITY
from ctresearch.causes.effects.nuisance import Nuisance, fit_learned, fit_parametric, mean_under
from ctresearch.causes.graph.roles import Roles
from ctresearch.causes.sensitivity.hidden_cause import check_effect
from ctresearch.causes.table.balance import balance_table, check_balance, check_overlap, overlap_table
from ctresearch.causes.table.effect_result import (
    EffectResult,
    arm_spreads,
    check_arms,
    effect_table,
    interval_of,
    jackknifed,
    limits,
)
from ctresearch.causes.table.outcome_kind import check_outcome_kind
from ctresearch.causes.table.perfect_fit import refuse_one_sided_arm, refuse_perfect_fit
from ctresearch.core.cells import row_words
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names, read_numbers, refuse_missing
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import ALL, read_groups
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import estimates_table
from ctresearch.core.validate import has_columns, one_of, whole_number
from ctresearch.stats.clusters.small_samples import check_limits, influence_spread
from ctresearch.stats.groups.smallest import smallest_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.causes.effects.effect_equations import ArmMean
    from ctresearch.causes.graph.detection import Detected
    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.core.scope import Scope
    from ctresearch.stats.clusters.small_samples import Spread
    from ctresearch.stats.regression.generalized_linear import Family, Floats

OutcomeModel = Literal["auto", "linear", "logistic", "poisson"]
OUTCOME_MODELS: tuple[OutcomeModel, ...] = ("auto", "linear", "logistic", "poisson")
Mean = tuple["ArmMean", "Floats"]
SMALLEST_GROUP = 20


class DoublyRobustEffect(Options):
    """Effect of a binary treatment by augmented inverse probability weighting (AIPW).

    Parameters
    ----------
    treatment, outcome : str
        Columns: 0 or 1, and a number.
    covariates : sequence of str
        Columns adjusted for; text becomes indicators.
    estimand : {"ate", "att", "atc"}
        Average over everybody, the treated or the untreated.
    outcome_model : {"auto", "linear", "logistic", "poisson"}
        Regression of the outcome in each arm; ``"auto"`` is logistic where the outcome is 0 or 1, else linear.
    outcome_covariates : sequence of str, optional
        Those of the covariates that the outcome models use; all by default.
    learner : scikit-learn estimator or pair, optional
        In place of regressions: the outcome's learner and the treatment's classifier; a classifier alone serves both
        where the outcome is 0 or 1. Its limits hold only if both learn well enough.
    folds : int
        Parts for cross-fitting; 1 fits and predicts on the same rows, which learners must not.
    by : str, optional
        Column of groups, each estimated too, from models fitted to all rows.
    along : sequence of str
        Columns of numbers along which the average effect may change, as the slopes of the best straight line [3]_; for
        ``estimand="ate"``.
    weights, cluster : str, optional
        Columns of survey weights and of cluster labels.
    graph : CausalGraph, optional
        What is assumed: colliders and mediators among the covariates are then refused, and open paths fail a check.
    detected : {"outcome", "sample"}, optional
        How detection enters: the outcome counts detected cases only, or the rows are detected cases only.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or numpy.random.SeedSequence
        Deals rows to folds.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed, or does not go with the others.

    Notes
    -----
    With regressions the standard error comes from the stacked equations of all three models, so that limits keep
    their coverage when either the treatment's or the outcome's model is wrong. With learners it rests on the estimate's
    own influence values, which needs both to be consistent.

    References
    ----------
    .. [1] Robins, J. M., Rotnitzky, A. and Zhao, L. P. (1994). Estimation of regression coefficients when some
       regressors are not always observed. Journal of the American Statistical Association 89, 846-866.
       https://doi.org/10.1080/01621459.1994.10476818
    .. [2] Chernozhukov, V., Chetverikov, D., Demirer, M., Duflo, E., Hansen, C., Newey, W. and Robins, J. (2018).
       Double/debiased machine learning for treatment and structural parameters. Econometrics Journal 21, C1-C68.
       https://doi.org/10.1111/ectj.12097
    .. [3] Semenova, V. and Chernozhukov, V. (2021). Debiased machine learning of conditional average treatment effects
       and other causal functions. Econometrics Journal 24, 264-289. https://doi.org/10.1093/ectj/utaa027

    Examples
    --------
    >>> from ctresearch.data.synthetic import vulnerability_survey
    >>> made = vulnerability_survey(n=4000, seed=1)
    >>> covariates = ["sex", "age_group", "education", "route"]
    >>> result = DoublyRobustEffect(treatment="alone", outcome="any_indicator", covariates=covariates).fit(made.frame)
    >>> low, high = result.estimates.loc["effect", ["ci_low", "ci_high"]]
    >>> bool(low < made.truth["ate"] < high)
    True
    """

    def __init__(
        self,
        *,
        treatment: str,
        outcome: str,
        covariates: Sequence[str],
        estimand: Estimand = "ate",
        outcome_model: OutcomeModel = "auto",
        outcome_covariates: Sequence[str] | None = None,
        learner: Any = None,
        folds: int = 1,
        by: str | None = None,
        along: Sequence[str] = (),
        weights: str | None = None,
        cluster: str | None = None,
        graph: CausalGraph | None = None,
        detected: Detected | None = None,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.roles = Roles(
            treatment=treatment,
            outcome=outcome,
            covariates=covariates,
            weights=weights,
            cluster=cluster,
            graph=graph,
            detected=detected,
            level=level,
            scope=scope,
            apart={"by": by, "along": along},
        )
        self.estimand: Estimand = one_of("estimand", estimand, ESTIMANDS)
        self.outcome_model: OutcomeModel = one_of("outcome_model", outcome_model, OUTCOME_MODELS)
        self.outcome_covariates = _outcome_covariates(outcome_covariates, self.roles.names)
        self.learner, self.folds = learner, whole_number("folds", folds, low=1, high=100)
        _refuse_learner_with(learner is not None, folds, weights)
        self.by, self.along, self.seed = by, _along(along, estimand), seed
        seed_sequence(seed)

    def fit(self, frame: pd.DataFrame) -> EffectResult:
        """Estimate the effect.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a unit, without missing values in the columns used.

        Returns
        -------
        EffectResult
            Terms ``effect``, ``mean_treated`` and ``mean_untreated``; with ``by`` in each ``group`` and ``"all"``; with
            ``along`` also ``slope[column]``, the change of the effect for one unit.

        Raises
        ------
        DataError
            If the table does not hold what the options name, or a group lacks an arm.
        FitError
            If covariates separate the treated from the untreated, or an outcome model has no estimate.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1.0, 2, 2, 1] * 20, "y": [4.0, 6, 5, 5, 2, 4, 3, 3] * 10})
        >>> result = DoublyRobustEffect(treatment="a", outcome="y", covariates=["x"]).fit(frame)
        >>> float(result.estimates.loc["effect", "estimate"].round(6))
        1.0
        """
        table = self.roles.read(frame, seed=recorded_seed(self.seed))
        groups = _groups(frame, self.by, table)
        nuisance = self._nuisance(table)
        if nuisance.outcome_models is not None and nuisance.outcome_models[0].family == "linear":
            own = np.where(table.treatment == 1, nuisance.predicted[1], nuisance.predicted[0])
            refuse_perfect_fit(table.outcome, own, self.roles.outcome, table.weights)
        found = {name: self._means(table, nuisance, inside) for name, inside in groups.items()}
        tables, spreads = self._estimates(table, found, groups)
        if self.along:
            slopes, more = self._slopes(frame, table, nuisance)
            tables, spreads = [*tables, slopes], [*spreads, *more]
        weights = (found[ALL][0][0].row_weights, found[ALL][1][0].row_weights)
        balance = balance_table(table.design, table.names, table.treatment, table.weights, weights)
        return EffectResult(
            method=say("Augmented inverse probability weighting, {estimand}", estimand=self.estimand.upper()),
            estimates=pd.concat(tables),
            interval=interval_of(spreads),
            **self.roles.about(table) | {"smallest_group": _smallest(table, groups)},
            checks=(
                *self.roles.checks(frame),
                check_overlap(nuisance.chance, table.treatment, self.estimand, weights),
                check_balance(balance),
                check_effect(tables[0], table),
                *self._outcome_check(table),
                *check_arms(table),
                *check_limits(spreads, table.clusters, jackknifed(table)),
                *self._learner_checks(),
            ),
            assumptions=(NO_HIDDEN_CAUSE, POSITIVITY, ONE_VERSION, self._models_right()),
            references=(*references(DoublyRobustEffect), *references(check_effect)),
            estimand=self.estimand,
            balance=balance,
            overlap=overlap_table(nuisance.chance, table.treatment),
        )

    def _estimates(
        self, table: StudyTable, found: dict[str, tuple[Mean, Mean]], groups: dict[str, Floats | None]
    ) -> tuple[list[pd.DataFrame], list[Spread]]:
        """Return a table of each group, everybody first, and the errors in all of them."""
        tables: list[pd.DataFrame] = []
        spreads: list[Spread] = []
        for name, (low, high) in found.items():
            mine = arm_spreads((low[1], high[1]), table, columns=self._fitted(table), inside=groups[name])
            one = effect_table((low[0].value, high[0].value), mine, self.roles.level)
            tables.append(one if self.by is None else one.assign(group=name))
            spreads += mine
        return tables, spreads

    def _fitted(self, table: StudyTable) -> int:
        """Return how many parameters the outcome models have together: those of learners cannot be counted."""
        return 2 * table.columns_of(self.outcome_covariates).shape[1] if self.learner is None else 2

    def _slopes(self, frame: pd.DataFrame, table: StudyTable, nuisance: Nuisance) -> tuple[pd.DataFrame, list[Spread]]:
        """Return how the effect changes along columns, and the errors of that."""
        has_columns("frame", frame, self.along)
        refuse_missing(frame, self.along)
        columns = np.column_stack([read_numbers(frame, name) for name in self.along])
        found = effect_slopes(table, nuisance, columns, self.along)
        spent = self._fitted(table)
        spreads = [influence_spread(one, table.clusters, columns=spent) for one in found.influence.T]
        rows = {
            f"slope[{name}]": limits(float(value), one.std_error, self.roles.level, one.df)
            for name, value, one in zip(self.along, found.values, spreads, strict=True)
        }
        slopes = estimates_table(rows)
        return slopes if self.by is None else slopes.assign(group=ALL), spreads

    def _means(self, table: StudyTable, nuisance: Nuisance, inside: Floats | None) -> tuple[Mean, Mean]:
        """Return the means without and with treatment, and their influence values."""
        survey = table.weights if inside is None else table.weights * inside
        low, high = (mean_under(table, nuisance, survey, arm, self.estimand) for arm in (0, 1))
        return low, high

    def _nuisance(self, table: StudyTable) -> Nuisance:
        """Fit the models the effect leans on."""
        if self.learner is not None:
            return fit_learned(table, self.learner, self.folds, self.seed)
        family: Family = "logistic" if table.binary else "linear"
        if self.outcome_model != "auto":
            family = self.outcome_model
        if family == "logistic" and not table.binary:
            raise DataError(
                f"outcome {self.roles.outcome!r} holds other values than 0 and 1: use outcome_model='linear'"
            )
        if family == "poisson" and table.outcome.min() < 0:
            raise DataError(
                f"outcome {self.roles.outcome!r} is below 0 in {int((table.outcome < 0).sum()):,} rows, must be at "
                "least 0 for outcome_model='poisson'"
            )
        refuse_one_sided_arm(table.outcome, table.treatment, self.roles.outcome)
        return fit_parametric(table, family, table.columns_of(self.outcome_covariates))

    def _outcome_check(self, table: StudyTable) -> tuple[Check, ...]:
        """Say that stray values decided how the outcome is modelled, where the user did not."""
        if self.learner is None and self.outcome_model != "auto":
            return ()
        model = "a linear regression" if self.learner is None else "the learner of numbers"
        return check_outcome_kind(table.outcome, self.roles.outcome, model)

    def _learner_checks(self) -> tuple[Check, ...]:
        """Say that learners must not predict the rows they were fitted to."""
        if self.learner is None or self.folds > 1:
            return ()
        said = "Learners predict the rows they were fitted to, so limits may be far too narrow: use folds=5."
        return (Check("cross-fitting", "review", said),)

    def _models_right(self) -> str:
        """Say which models must be right."""
        if self.learner is None:
            return "The model of treatment or the models of the outcome are right; one of the two suffices."
        return "The learners of treatment and outcome are both consistent, and fast enough together."


def _smallest(table: StudyTable, groups: Mapping[str, Floats | None]) -> int:
    """Return the fewest rows of an arm, of an outcome in it, or of a level, in any of the groups."""
    inside = [rows > 0 for rows in groups.values() if rows is not None]
    cells = (smallest_cell(table.treatment[rows], table.outcome[rows]) for rows in inside)
    return min([table.smallest_group, *cells])


def _groups(frame: pd.DataFrame, by: str | None, table: StudyTable) -> dict[str, Floats | None]:
    """Return which rows each group has; None stands for all."""
    found: dict[str, Floats | None] = {ALL: None}
    if by is None:
        return found
    groups = read_groups(frame, by)
    arms = [np.bincount(groups.codes[table.treatment == arm], minlength=len(groups.names)) for arm in (0, 1)]
    small = np.flatnonzero(np.minimum(*arms) < SMALLEST_GROUP)
    if len(small):
        rows = [int(np.argmax(groups.codes == code)) + 1 for code in small]
        raise CellError(
            f"{len(small):,} of {len(groups.names):,} groups of column {by!r} (first seen in rows {row_words(rows)}) "
            f"have too few rows in one arm, must have at least {SMALLEST_GROUP} in each: merge groups",
            column=by,
            rows=rows,
        )
    return found | {name: rows.astype(float) for name, rows in groups.rows().items()}


def _outcome_covariates(given: Sequence[str] | None, covariates: tuple[str, ...]) -> tuple[str, ...]:
    """Return the covariates of the outcome models: some of all."""
    if given is None:
        return covariates
    names = column_names("outcome_covariates", given)
    if not set(names) <= set(covariates):
        raise SpecificationError(f"outcome_covariates == {given!r}, must be among covariates {list(covariates)!r}")
    return names


def _along(given: Sequence[str], estimand: Estimand) -> tuple[str, ...]:
    """Return the columns along which the effect may change, of everybody alone."""
    names = column_names("along", given)
    if names and estimand != "ate":
        raise SpecificationError(f"along == {given!r} with estimand {estimand!r}, must go with estimand 'ate'")
    return names


def _refuse_learner_with(learner: bool, folds: int, weights: str | None) -> None:
    """Refuse folds without a learner, and weights with one."""
    if not learner and folds > 1:
        raise SpecificationError(f"folds == {folds!r} without a learner, must be 1: regressions need no cross-fitting")
    if learner and weights is not None:
        raise SpecificationError(
            f"weights == {weights!r} with a learner, must be left out: learners take no survey weights"
        )
