"""Effects by inverse probability weighting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.causes.effects.effect_equations import ESTIMANDS, Estimand
from ctresearch.causes.effects.nuisance import fit_weighting, mean_under
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
)
from ctresearch.causes.table.perfect_fit import refuse_one_sided_arm
from ctresearch.core.cite import references
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.validate import one_of
from ctresearch.stats.clusters.small_samples import check_limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.graph.detection import Detected
    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.core.scope import Scope

NO_HIDDEN_CAUSE = "Nothing but the covariates affects both treatment and outcome (no hidden common cause)."
ONE_VERSION = "Treatment is one thing, and one unit's treatment does not affect another's outcome (no spill-over)."
POSITIVITY = "Whatever the covariates, a unit of the target population had some chance of either treatment."


class InverseProbability(Options):
    """Effect of a binary treatment, by weighting each unit by the inverse of its chance of the treatment it had.

    Parameters
    ----------
    treatment, outcome : str
        Columns: 0 or 1, and a number.
    covariates : sequence of str
        Columns the chance of treatment depends on; text becomes indicators.
    estimand : {"ate", "att", "atc"}
        Average over everybody, the treated or the untreated.
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

    Notes
    -----
    Weights are normalised in each arm (Hajek). The standard error accounts for the fitted chances [2]_.

    References
    ----------
    .. [1] Rosenbaum, P. R. and Rubin, D. B. (1983). The central role of the propensity score in observational studies
       for causal effects. Biometrika 70, 41-55. https://doi.org/10.1093/biomet/70.1.41
    .. [2] Lunceford, J. K. and Davidian, M. (2004). Stratification and weighting via the propensity score in estimation
       of causal treatment effects: a comparative study. Statistics in Medicine 23, 2937-2960.
       https://doi.org/10.1002/sim.1903

    Examples
    --------
    >>> from ctresearch.data.synthetic import vulnerability_survey
    >>> frame = vulnerability_survey(n=4000, seed=1).frame
    >>> covariates = ["sex", "age_group", "education", "route"]
    >>> effect = InverseProbability(treatment="alone", outcome="any_indicator", covariates=covariates).fit(frame)
    >>> low, high = 100 * effect.estimates.loc["effect", ["ci_low", "ci_high"]].astype(float)
    >>> print(f"if nothing else confounds, travelling alone adds {low:.0f} to {high:.0f} cases in 100")
    if nothing else confounds, travelling alone adds 12 to 18 cases in 100
    """

    def __init__(
        self,
        *,
        treatment: str,
        outcome: str,
        covariates: Sequence[str],
        estimand: Estimand = "ate",
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
        )
        self.estimand: Estimand = one_of("estimand", estimand, ESTIMANDS)

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
            If the table does not hold what the options name.
        FitError
            If covariates separate the treated from the untreated, so that there is no overlap.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1.0, 2, 2, 1] * 20})
        >>> frame["y"] = [3.0, 5, 4, 4] * 18 + [2.0, 4, 5, 5] * 2
        >>> result = InverseProbability(treatment="a", outcome="y", covariates=["x"]).fit(frame)
        >>> float(result.estimates.loc["effect", "estimate"].round(6))
        1.0
        """
        table = self.roles.read(frame)
        refuse_one_sided_arm(table.outcome, table.treatment, self.roles.outcome)
        nuisance = fit_weighting(table)
        means, errors = zip(
            *(mean_under(table, nuisance, table.weights, arm, self.estimand) for arm in (0, 1)), strict=True
        )
        weights = (means[0].row_weights, means[1].row_weights)
        balance = balance_table(table.design, table.names, table.treatment, table.weights, weights)
        spreads = arm_spreads((errors[0], errors[1]), table, columns=table.design.shape[1] + 1)
        estimates = effect_table((means[0].value, means[1].value), spreads, self.roles.level)
        return EffectResult(
            method=say("Inverse probability weighting, {estimand}", estimand=self.estimand.upper()),
            estimates=estimates,
            interval=interval_of(spreads),
            **self.roles.about(table),
            checks=(
                *self.roles.checks(frame),
                check_overlap(nuisance.chance, table.treatment, self.estimand, weights),
                check_balance(balance),
                check_effect(estimates, table),
                *check_arms(table),
                *check_limits(spreads, table.clusters, jackknifed(table)),
            ),
            assumptions=(NO_HIDDEN_CAUSE, POSITIVITY, ONE_VERSION, "The model of treatment is right."),
            references=(*references(InverseProbability), *references(check_effect)),
            estimand=self.estimand,
            balance=balance,
            overlap=overlap_table(nuisance.chance, table.treatment),
        )
