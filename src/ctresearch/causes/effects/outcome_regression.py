"""Effects from a regression of the outcome, standardised over the target population."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.causes.effects.effect_equations import ESTIMANDS, Estimand, in_target
from ctresearch.causes.effects.extrapolation import check_extrapolation
from ctresearch.causes.effects.inverse_probability import NO_HIDDEN_CAUSE, ONE_VERSION
from ctresearch.causes.effects.penalised_effect import coefficient_table, standardised_table
from ctresearch.causes.graph.roles import Roles
from ctresearch.causes.models.penalised_logistic import fit_penalised
from ctresearch.causes.sensitivity.hidden_cause import check_effect, robustness_of
from ctresearch.causes.table.effect_result import EffectResult, check_arms, effect_table, interval_of
from ctresearch.causes.table.perfect_fit import refuse_one_sided_arm, refuse_perfect_fit
from ctresearch.core.cite import references
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.validate import one_of
from ctresearch.stats.clusters.small_samples import FittedRows, Spread, check_limits, regression_spread
from ctresearch.stats.regression.generalized_linear import Family, fit_regression, slope_of
from ctresearch.stats.regression.influence import regression_share, standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.graph.detection import Detected
    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.causes.sensitivity.omitted_variable import OmittedVariable
    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.core.check import Check
    from ctresearch.core.scope import Scope
    from ctresearch.stats.clusters.bias_reduced import Correction
    from ctresearch.stats.regression.generalized_linear import Floats, Regression

Robust = Literal["HC0", "HC1", "HC2", "HC3"]
CORRECTIONS: dict[str, Correction] = {
    "HC0": "none",
    "HC1": "none",
    "HC2": "kauermann_carroll",
    "HC3": "mancl_derouen",
}
RIGHT_MODEL = "The model of the outcome is right, also where an arm is thin."


@dataclass(frozen=True, slots=True)
class _Arm:
    """Mean outcome under one treatment, its derivative by the coefficients, and each row's own share in its error."""

    mean: float
    gradient: Floats
    own: Floats


class OutcomeRegression(Options):
    """Effect of a binary treatment from one regression of the outcome on treatment and covariates.

    Each unit's outcome is predicted with and without treatment, and the predictions are averaged over the target
    population (marginal standardisation, or the parametric g-formula). In a linear model without interactions the
    effect is the coefficient of treatment.

    Parameters
    ----------
    treatment, outcome : str
        Columns: 0 or 1, and a number.
    covariates : sequence of str or str
        Columns adjusted for; text becomes indicators. Or a formula of them, such as ``"age * C(sex)"``; products with
        the treatment are for ``interactions``.
    family : {"linear", "logistic", "poisson"}
        Of the outcome; effects are differences of means or risks throughout.
    interactions : bool
        Let the treatment's effect differ with each covariate.
    estimand : {"ate", "att", "atc"}
        Average over everybody, the treated or the untreated.
    robust : {"HC0", "HC1", "HC2", "HC3"}
        Correction of the residuals for few rows; with clusters it is that of the same name for clusters, CR2 by
        default.
    penalised : {"firth"}, optional
        Fit a logistic family with Firth's penalty, which has an estimate where an arm has no events or covariates
        separate the outcome; limits are those of the profile penalised likelihood, given the covariates [3]_, and the
        result holds the log odds ratios in ``coefficients``.
    weights, cluster : str, optional
        Columns of survey weights and of cluster labels.
    graph : CausalGraph, optional
        What is assumed: colliders and mediators among the covariates are then refused, and open paths fail a check.
    detected : {"outcome", "sample"}, optional
        How detection enters: the outcome counts detected cases only, or the rows are detected cases only.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    References
    ----------
    .. [1] Robins, J. (1986). A new approach to causal inference in mortality studies with a sustained exposure period.
       Mathematical Modelling 7, 1393-1512. https://doi.org/10.1016/0270-0255(86)90088-6
    .. [2] MacKinnon, J. G. and White, H. (1985). Some heteroskedasticity-consistent covariance matrix estimators with
       improved finite sample properties. Journal of Econometrics 29, 305-325.
       https://doi.org/10.1016/0304-4076(85)90158-7
    .. [3] Heinze, G. and Schemper, M. (2002). A solution to the problem of separation in logistic regression.
       Statistics in Medicine 21, 2409-2419. https://doi.org/10.1002/sim.1047

    Examples
    --------
    >>> from ctresearch.data.synthetic import vulnerability_survey
    >>> made = vulnerability_survey(n=4000, seed=1)
    >>> covariates = ["sex", "age_group", "education", "route"]
    >>> model = OutcomeRegression(
    ...     treatment="alone", outcome="any_indicator", covariates=covariates, family="logistic"
    ... )
    >>> low, high = model.fit(made.frame).estimates.loc["effect", ["ci_low", "ci_high"]]
    >>> bool(low < made.truth["ate"] < high)
    True
    """

    def __init__(
        self,
        *,
        treatment: str,
        outcome: str,
        covariates: Sequence[str] | str,
        family: Family = "linear",
        interactions: bool = False,
        estimand: Estimand = "ate",
        robust: Robust = "HC2",
        penalised: Literal["firth"] | None = None,
        weights: str | None = None,
        cluster: str | None = None,
        graph: CausalGraph | None = None,
        detected: Detected | None = None,
        level: float = 0.95,
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
            formulas=True,
        )
        self.family: Family = one_of("family", family, ("linear", "logistic", "poisson"))
        self.interactions = one_of("interactions", interactions, (True, False))
        self.estimand: Estimand = one_of("estimand", estimand, ESTIMANDS)
        self.robust: Robust = one_of("robust", robust, ("HC0", "HC1", "HC2", "HC3"))
        self.penalised = None if penalised is None else one_of("penalised", penalised, ("firth",))
        if penalised is not None and (family != "logistic" or weights is not None or cluster is not None):
            raise SpecificationError(
                f"penalised == {penalised!r} with family {family!r}, weights {weights!r} and cluster {cluster!r}, must "
                "go with family 'logistic' and neither of the others, whose likelihood it would have to be"
            )

    def fit(self, frame: pd.DataFrame) -> EffectResult:
        """Estimate the effect.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a unit, without missing values in the columns used.

        Returns
        -------
        EffectResult
            Terms ``effect``, ``mean_treated`` and ``mean_untreated``.

        Raises
        ------
        DataError
            If the table does not hold what the options name, or its columns are collinear.
        FitError
            If the regression has no finite estimate.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1.0, 2, 2, 1] * 20, "y": [4.0, 6, 5, 5, 2, 4, 3, 3] * 10})
        >>> result = OutcomeRegression(treatment="a", outcome="y", covariates=["x"]).fit(frame)
        >>> float(result.estimates.loc["effect", "estimate"].round(6))
        1.0
        """
        table = self.roles.read(frame)
        self._refuse_outcome(table)
        if self.penalised is not None:
            return self._fit_penalised(table, self._checks(frame, table))
        refuse_one_sided_arm(table.outcome, table.treatment, self.roles.outcome)
        design, names = self._design(table, table.treatment), (*table.names, self.roles.treated or "")
        model = fit_regression(design, table.outcome, self.family, weights=table.survey, names=names)
        if self.family == "linear":
            refuse_perfect_fit(table.outcome, model.fitted, self.roles.outcome, table.weights)
        arms = (self._arm(table, model, 0.0), self._arm(table, model, 1.0))
        spreads = self._spreads(table, design, model, arms)
        robustness = self._robustness(table, design, model)
        estimates = effect_table((arms[0].mean, arms[1].mean), spreads, self.roles.level)
        return EffectResult(
            method=say(
                "Outcome regression ({family}), standardised, {estimand}",
                family=self.family,
                estimand=self.estimand.upper(),
            ),
            estimates=estimates,
            interval=interval_of(spreads),
            **self.roles.about(table),
            checks=(
                *self._checks(frame, table),
                check_effect(estimates, table, robustness),
                *check_arms(table),
                *check_limits(spreads, table.clusters, self._how(table)),
            ),
            assumptions=(NO_HIDDEN_CAUSE, ONE_VERSION, RIGHT_MODEL),
            references=(
                *references(OutcomeRegression),
                *references(check_effect),
                *(references(robustness_of) if robustness else ()),
            ),
            estimand=self.estimand,
        )

    def _arm(self, table: StudyTable, model: Regression, arm: float) -> _Arm:
        """Predict everybody's outcome under one treatment, and average it over the target population."""
        target = in_target(self.estimand, table.treatment) * table.weights
        share = target / target.sum()
        counterfactual = self._design(table, np.full(table.n, arm))
        predicted = model.predict(counterfactual)
        mean = float(target @ predicted / target.sum())
        return _Arm(mean, counterfactual.T @ (share * slope_of(self.family, predicted)), share * (predicted - mean))

    def _spreads(self, table: StudyTable, design: Floats, model: Regression, arms: tuple[_Arm, _Arm]) -> list[Spread]:
        """Return the errors of the effect and of both means, treated first."""
        low, high = arms
        working = table.weights * slope_of(self.family, model.fitted)
        plain = (table.outcome - model.fitted) * table.weights
        rows = FittedRows(design, plain, working, model.inverse, table.clusters)
        pairs = ((high.gradient - low.gradient, high.own - low.own), (high.gradient, high.own), (low.gradient, low.own))
        if rows.few:
            if table.clusters is None and self.robust == "HC1":
                rows = replace(rows, residual=self._residual(table, rows))
            return [regression_spread(rows, g, CORRECTIONS[self.robust], own) for g, own in pairs]
        residual = self._residual(table, rows)
        each = [own + regression_share(design, residual, model.inverse, g) for g, own in pairs]
        return [Spread(standard_error(one, table.clusters), np.inf) for one in each]

    def _how(self, table: StudyTable) -> str:
        """Say what made the degrees of freedom."""
        what = self.robust if table.clusters is None else f"CR{self.robust[-1].replace('1', '0')}"
        return say("{what}, Satterthwaite's degrees of freedom", what=what)

    def _checks(self, frame: pd.DataFrame, table: StudyTable) -> tuple[Check, ...]:
        """Return what is asked of the question and the table, whatever the fit."""
        return (*self.roles.checks(frame), check_extrapolation(table, self.estimand))

    def _fit_penalised(self, table: StudyTable, checks: tuple[Check, ...]) -> EffectResult:
        """Fit with Firth's penalty, and take limits from the profile of the penalised likelihood."""
        names = (
            *table.names,
            self.roles.treated or "",
            *(f"{self.roles.treated}:{one}" for one in table.names[1:] if self.interactions),
        )
        arms = tuple(self._design(table, np.full(table.n, arm)) for arm in (0.0, 1.0))
        model = fit_penalised(self._design(table, table.treatment), table.outcome, names)
        estimates = standardised_table(
            model, (arms[0], arms[1]), in_target(self.estimand, table.treatment), self.roles.level
        )
        return EffectResult(
            method=say(
                "Outcome regression (logistic, Firth's penalty), standardised, {estimand}",
                estimand=self.estimand.upper(),
            ),
            estimates=estimates,
            interval="profile",
            **self.roles.about(table),
            checks=(*checks, check_effect(estimates, table)),
            assumptions=(NO_HIDDEN_CAUSE, ONE_VERSION, RIGHT_MODEL),
            references=(*references(OutcomeRegression), *references(check_effect)),
            estimand=self.estimand,
            coefficients=coefficient_table(model, names, self.roles.level),
        )

    def _design(self, table: StudyTable, treatment: Floats) -> Floats:
        """Return the constant, the covariates, the treatment and its products with centred covariates."""
        columns = [table.design, treatment[:, None]]
        if self.interactions:
            centred = table.design[:, 1:] - table.design[:, 1:].mean(axis=0)
            columns.append(centred * treatment[:, None])
        return np.hstack(columns)

    def _residual(self, table: StudyTable, rows: FittedRows) -> Floats:
        """Return weighted residuals, corrected for leverage or the number of columns."""
        if table.clusters is not None or self.robust == "HC0":
            return rows.residual
        if self.robust == "HC1":
            return np.asarray(rows.residual * np.sqrt(table.n / (table.n - rows.design.shape[1])), dtype=float)
        leverage = np.einsum("ij,ij->i", rows.design @ rows.inverse, rows.design) * rows.working
        power = 0.5 if self.robust == "HC2" else 1.0
        return np.asarray(rows.residual / np.maximum(1 - leverage, 1e-12) ** power, dtype=float)

    def _robustness(self, table: StudyTable, design: Floats, model: Regression) -> OmittedVariable | None:
        """Return the robustness values where the effect is the coefficient of treatment, in the last column."""
        if self.family != "linear" or self.interactions:
            return None
        return robustness_of(model, design, table, design.shape[1] - 1, self.roles.level)

    def _refuse_outcome(self, table: StudyTable) -> None:
        """Refuse an outcome that its family cannot have."""
        if self.family == "logistic" and not table.binary:
            raise DataError(f"outcome {self.roles.outcome!r} holds other values than 0 and 1: use family='linear'")
        if self.family == "poisson" and table.outcome.min() < 0:
            raise DataError(
                f"outcome {self.roles.outcome!r} is below 0 in {int((table.outcome < 0).sum()):,} rows, must be at "
                "least 0: use family='linear'"
            )
