"""A policy that units adopt at different times: what it did, by several estimators of the field."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.policy.adoption.adoption_checks import (
    check_bands,
    check_lost,
    check_treated,
    check_trends,
    check_two_way,
)
from ctresearch.policy.adoption.adoption_limits import (
    INFERENCES,
    VERY_FEW_IN_COHORT,
    Inference,
    Limits,
    analytic_limits,
    choose_inference,
    left_out_limits,
    placebo_averages,
)
from ctresearch.policy.adoption.adoption_tables import adoption_tables
from ctresearch.policy.adoption.estimated_cells import ESTIMATORS, Estimated, EstimatorName, estimate_cells
from ctresearch.policy.adoption.group_time import BASES, CONTROLS, Base, Control, periods_compared
from ctresearch.policy.adoption.leave_one_out import FEWEST, left_out_moves, left_out_quickly
from ctresearch.policy.adoption.placebo import PLACEBOS
from ctresearch.policy.adoption.read_adoptions import read_adoptions
from ctresearch.policy.adoption.repeated_sections import RepeatedSections
from ctresearch.policy.adoption.sections import section_cells
from ctresearch.policy.adoption.staggered_result import SectionsResult, StaggeredResult
from ctresearch.policy.adoption.summaries import Summaries, summaries
from ctresearch.policy.adoption.two_periods import METHODS, Method

if TYPE_CHECKING:
    from ctresearch.core.check import Check
    from ctresearch.core.inputs import Inputs
    from ctresearch.core.scope import Scope
    from ctresearch.policy.adoption.group_time import Adoptions, GroupTime
    from ctresearch.policy.adoption.two_periods import Floats
    from ctresearch.policy.outcomes.outcome_rule import OutcomeRule
    from ctresearch.policy.panels.panel import Panel

PARALLEL = "Without the policy, adopters would have changed by as much as those they are compared with."
PARALLEL_GIVEN = (
    "Without the policy, adopters would have changed by as much as comparison units with the same covariates."
)
NO_ANTICIPATION = "Nothing moved before adoption but for the periods of anticipation that were given."
NO_SPILL = "The policy of one unit moved no other: no displacement of cases, and no example set."
KEPT = "Who adopted kept the policy, and adopted the same one."
NAMES = {
    "callaway-santanna": say("Callaway and Sant'Anna"),
    "sun-abraham": say("Sun and Abraham"),
    "borusyak-jaravel-spiess": say("Borusyak, Jaravel and Spiess"),
    "gardner": say("Gardner, two stages"),
    "two-way": say("Two-way fixed effects"),
}


class StaggeredAdoption(Options):
    """Effect of a policy that units adopt at different times and keep.

    Parameters
    ----------
    method : {"doubly_robust", "regression", "weighting"}
        How covariates are used by Callaway and Sant'Anna; without covariates all three are the same.
    control : {"never", "not_yet"}
        Whom adopters are compared with: units that never adopt, or also those that have not adopted yet.
    estimator : str
        ``"callaway-santanna"``, ``"sun-abraham"`` (interactions), ``"borusyak-jaravel-spiess"`` (imputation),
        ``"gardner"`` (two stages), or ``"two-way"``, the model that they replace, to be shown beside them.
    anticipation : float
        How long before adoption the outcome may already move.
    base : {"varying", "universal"}
        Hold times before adoption against the time before each, or all against the last one before adoption, as
        :class:`HonestBounds` needs.
    inference : str
        ``"auto"`` takes influence functions (``"analytic"``) where at least 50 clusters adopt and 15 in every cohort,
        and otherwise ``"leave-one-out"``. ``"randomisation"``, ``"conley-taber"``, ``"ferman-pinto"`` (needs
        ``population`` in the panel) and ``"wild"`` are for panels without covariates and gaps, by Callaway and
        Sant'Anna.
    draws : int
        Draws of bands and of random inferences.
    level : float
        Coverage of limits and bands, as a proportion.
    seed : int or SeedSequence
        Of the draws.
    scope : Scope, optional
        Whom the estimate is about; that of the panel by default.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed, or two do not go together.

    Notes
    -----
    An average of few adopters has no limits where fewer than three clusters stand behind it. With 40 countries, 8 of
    which adopt in cohorts some of one, errors that last and variances by size, leaving each country out covers as it
    should, and influence functions do not: ``benchmarks/results/coverage_adoption_few.csv``.

    A unit that lacks one of two periods is left out of that comparison alone, so units may come and go; what is missing
    must not depend on the policy. Covariates are taken at the earlier of two periods, which the policy cannot have
    moved.

    References
    ----------
    .. [1] Callaway, B. and Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal of
       Econometrics 225, 200-230. https://doi.org/10.1016/j.jeconom.2020.12.001
    .. [2] Sun, L. and Abraham, S. (2021). Estimating dynamic treatment effects in event studies with heterogeneous
       treatment effects. Journal of Econometrics 225, 175-199. https://doi.org/10.1016/j.jeconom.2020.09.006
    .. [3] Borusyak, K., Jaravel, X. and Spiess, J. (2024). Revisiting event-study designs: robust and efficient
       estimation. Review of Economic Studies 91, 3253-3285. https://doi.org/10.1093/restud/rdae007
    .. [4] Gardner, J. (2022). Two-stage differences in differences. https://doi.org/10.48550/arXiv.2207.05943

    Examples
    --------
    >>> from ctresearch.policy import simulate_adoption
    >>> panel = simulate_adoption(units=200, effect=2.0, seed=7)
    >>> row = StaggeredAdoption(method="regression").fit(panel).estimates.loc["simple"]
    >>> limits = f"{row['ci_low']:.2f} to {row['ci_high']:.2f}"
    >>> print(f"if trends were parallel, the policy added {row['estimate']:.2f} where it was adopted ({limits})")
    if trends were parallel, the policy added 1.92 where it was adopted (1.67 to 2.17)
    """

    def __init__(
        self,
        *,
        method: Method = "doubly_robust",
        control: Control = "never",
        estimator: EstimatorName = "callaway-santanna",
        anticipation: float = 0,
        base: Base = "varying",
        inference: Inference = "auto",
        draws: int = 999,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.method: Method = one_of("method", method, METHODS)
        self.control: Control = one_of("control", control, CONTROLS)
        self.estimator: EstimatorName = one_of("estimator", estimator, ESTIMATORS)
        self.anticipation = float(in_range("anticipation", anticipation, 0))
        self.base: Base = one_of("base", base, BASES)
        self.inference: Inference = one_of("inference", inference, INFERENCES)
        self.draws = whole_number("draws", draws, 99, 1_000_000)
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed, self.scope = seed, scope
        if inference in PLACEBOS and estimator != "callaway-santanna":
            raise SpecificationError(
                f"inference == {inference!r} with estimator == {estimator!r}, must go with 'callaway-santanna': use "
                "inference='leave-one-out'"
            )

    def fit(self, data: Panel | RepeatedSections) -> StaggeredResult:
        """Estimate the effects.

        Parameters
        ----------
        data : Panel or RepeatedSections
            Units over times, or other people each time.

        Returns
        -------
        StaggeredResult
            Terms ``simple``, ``dynamic``, ``group`` and ``calendar``, with the event study and all effects by cohort
            and time.

        Raises
        ------
        DataError
            If nobody adopts, all adopt at once, a treatment falls or has doses, or nobody can be compared.
        FitError
            If covariates are collinear, or tell who adopted exactly.
        SpecificationError
            If the inference asked for does not fit the data.

        Examples
        --------
        >>> from ctresearch.policy import simulate_adoption
        >>> result = StaggeredAdoption(control="not_yet").fit(simulate_adoption(units=100, seed=2))
        >>> bool(result.estimates.loc["simple", "ci_low"] > 0)
        True
        """
        if isinstance(data, RepeatedSections):
            return self._fit_sections(data)
        panel, told = read_adoptions(data, control=self._compared_with(), anticipation=self.anticipation)
        estimated = self._again(panel)
        found = summaries(estimated)
        treated, smallest = _treated_clusters(panel)
        limits = self._limits(panel, estimated, found, size=_sizes(data, panel), counted=(treated, smallest))
        base = "universal" if self.estimator in {"sun-abraham", "two-way"} else self.base
        return self._result(
            StaggeredResult,
            estimated,
            found,
            limits,
            told=(*data.checks, *told),
            rule=data.rule,
            inputs=data.inputs,
            scope=self.scope or data.scope,
            counted=(treated, smallest),
            n=len(panel.first),
            given=bool(data.covariates),
            baseline=_without(panel, found.effect[0]),
            base=base,
            smallest_group=None,
        )

    def _compared_with(self) -> str:
        """Say whom adopters are compared with; ``control`` is asked of Callaway and Sant'Anna's estimator alone."""
        if self.estimator == "callaway-santanna":
            return self.control
        return "never or last" if self.estimator == "sun-abraham" else "not_yet"

    def _again(self, panel: Adoptions) -> Estimated:
        """Estimate effects by cohort and time."""
        return estimate_cells(
            panel,
            self.estimator,
            method=self.method,
            control=self.control,
            base=self.base,
            anticipation=self.anticipation,
        )

    def _limits(
        self, panel: Adoptions, estimated: Estimated, found: Summaries, *, size: Floats | None, counted: tuple[int, int]
    ) -> Limits:
        """Make errors and limits."""
        chosen = choose_inference(self.inference, *counted, int(panel.clusters.max()) + 1)
        if chosen == "leave-one-out":
            moves = self._left_out(panel, estimated, found)
            return left_out_limits(moves, found, panel.clusters, level=self.level, seed=self.seed)
        if chosen in PLACEBOS:
            if chosen == "ferman-pinto" and size is None:
                raise SpecificationError(
                    f"inference == {chosen!r} needs the sizes of units, must have population= in Panel.from_frame"
                )
            return placebo_averages(
                panel,
                estimated,
                found,
                chosen,
                control=self.control,
                base=self.base,
                anticipation=self.anticipation,
                size=size,
                level=self.level,
                draws=self.draws,
                seed=self.seed,
            )
        return analytic_limits(
            found,
            panel.clusters,
            len(panel.first),
            fewest=VERY_FEW_IN_COHORT if self.inference == "auto" else 1,
            level=self.level,
            draws=self.draws,
            seed=self.seed,
        )

    def _left_out(self, panel: Adoptions, estimated: Estimated, found: Summaries) -> Floats:
        """Leave out each cluster, all at once where effects are differences of means."""
        cells = estimated.cells
        if not panel.covariates.shape[2] and self.estimator == "callaway-santanna" and cells is not None:
            pairs = periods_compared(panel, self.control, self.base, self.anticipation)
            by = {(one.cohort, float(panel.times[one.now])): one for one in pairs}
            there = [by[key] for key in zip(cells.cohort.tolist(), cells.time.tolist(), strict=True)]
            return left_out_quickly(panel, cells, there, found)
        return left_out_moves(panel, found, self._again)

    def _fit_sections(self, data: RepeatedSections) -> StaggeredResult:
        """Estimate from other people each time."""
        if self.estimator != "callaway-santanna" or self.inference not in {"auto", "analytic"}:
            raise SpecificationError(
                f"estimator == {self.estimator!r} with inference == {self.inference!r}, of repeated cross-sections "
                "must be 'callaway-santanna' with 'analytic'"
            )
        cells = section_cells(
            data, method=self.method, control=self.control, base=self.base, anticipation=self.anticipation
        )
        found = summaries(Estimated(cells))
        inside = cells.member >= 0
        pairs = np.unique(np.column_stack([cells.member[inside], data.clusters[inside]]), axis=0)
        by = np.bincount(pairs[:, 0])
        limits = analytic_limits(
            found,
            data.clusters,
            data.n,
            fewest=FEWEST if self.inference == "auto" else 1,
            level=self.level,
            draws=self.draws,
            seed=self.seed,
        )
        treated = np.isfinite(data.first) & (data.time >= data.first)
        return self._result(
            SectionsResult,
            Estimated(cells),
            found,
            limits,
            told=(),
            rule=data.rule,
            inputs=data.inputs,
            scope=self.scope or data.scope,
            counted=(int(by.sum()), int(by.min())),
            n=data.n,
            given=data.covariates.shape[1] > 0,
            baseline=float(data.outcome[treated].mean() - found.effect[0]),
            base=self.base,
            smallest_group=int(min(cells.treated.min(), cells.compared.min())),
        )

    def _result(
        self,
        kind: type[StaggeredResult],
        estimated: Estimated,
        found: Summaries,
        limits: Limits,
        *,
        told: tuple[Check, ...],
        rule: OutcomeRule,
        inputs: Inputs,
        scope: Scope,
        counted: tuple[int, int],
        n: int,
        given: bool,
        baseline: float,
        base: str,
        smallest_group: int | None,
    ) -> StaggeredResult:
        """Lay out what was found."""
        treated, smallest = counted
        ratio, known = _ratios(rule, found, limits, baseline)
        checks = (
            *told,
            *check_lost(estimated.lost),
            check_treated(treated, smallest, limits.inference, limits),
            self._check_trends(estimated.cells, found, limits, treated),
            *check_bands(found, limits),
            *((check_two_way(estimated.cohorts),) if self.estimator == "two-way" else ()),
            *rule.checks(ratio, known),
        )
        return kind(
            method=say("Staggered adoption: {estimator}", estimator=NAMES[self.estimator]),
            **adoption_tables(estimated, found, limits, level=self.level, n=n),
            n=n,
            smallest_group=smallest_group,
            level=self.level,
            interval={"analytic": "normal", "leave-one-out": "t"}.get(limits.inference, limits.inference),
            scope=scope,
            checks=checks,
            assumptions=(PARALLEL_GIVEN if given else PARALLEL, NO_ANTICIPATION, NO_SPILL, KEPT, rule.assumption),
            references=_cited(self.estimator),
            inputs=_with_seed(inputs, self.seed),
            declaration=Declaration(rule.means(kind.terms)),
            **_occurrence(rule, ratio, known),
            estimator=self.estimator,
            base=base,
            anticipation=self.anticipation,
            critical_value=limits.critical.get("event", float("nan")),
            p_value=limits.p_value,
        )

    def _check_trends(self, cells: GroupTime | None, found: Summaries, limits: Limits, treated: int) -> Check:
        """Test the effects before adoption: by cohort where influence functions give them, else by time since."""
        if cells is not None and self.estimator == "callaway-santanna" and limits.inference == "analytic":
            before = cells.time < cells.cohort - self.anticipation
            if 3 * int(before.sum()) <= treated:
                from ctresearch.policy.adoption.multiplier import cluster_influence, covariance

                moved = cluster_influence(cells.influence[:, before], cells.clusters)
                return check_trends(cells.effect[before], covariance(moved, len(cells.member)), treated)
        before = found.of("event") & (found.place < -self.anticipation) & np.isfinite(limits.error)
        return check_trends(found.effect[before], limits.covariance[np.ix_(before, before)], treated)


def _cited(estimator: EstimatorName) -> tuple[str, ...]:
    """Return the paper of an estimator; the two-way model is criticised in the first two."""
    every = references(StaggeredAdoption)
    return every[:2] if estimator == "two-way" else (every[ESTIMATORS.index(estimator)],)


def _treated_clusters(panel: Adoptions) -> tuple[int, int]:
    """Count the clusters that adopt, and those of the smallest cohort."""
    by = [len(np.unique(panel.clusters[panel.first == one])) for one in panel.cohorts]
    return len(np.unique(panel.clusters[np.isin(panel.first, panel.cohorts)])), min(by)


def _sizes(data: Panel, panel: Adoptions) -> Floats | None:
    """Return the mean population of the units that were kept."""
    if data.population is None:
        return None
    kept = ~((np.asarray(data.first_treated) <= data.times[0]) | ~np.isfinite(data.outcome).any(axis=1))
    size = np.nanmean(data.population[kept], axis=1) if len(panel.first) == int(kept.sum()) else None
    return None if size is None else np.asarray(size, dtype=float)


def _without(panel: Adoptions, effect: float) -> float:
    """Return what the treated cells would have been without the effect, on average."""
    after = (panel.times[None] >= panel.first[:, None]) & np.isfinite(panel.outcome)
    return float(panel.outcome[after].mean() - effect) if after.any() else float("nan")


def _ratios(
    rule: OutcomeRule, found: Summaries, limits: Limits, baseline: float
) -> tuple[float, tuple[float, float] | None]:
    """Return the average effect as a ratio, and its limits where both are known."""
    low, high = (rule.ratio(float(one[0]), baseline) for one in (limits.low, limits.high))
    known = (low, high) if np.isfinite([low, high]).all() else None
    return rule.ratio(float(found.effect[0]), baseline), known


def _occurrence(rule: OutcomeRule, ratio: float, known: tuple[float, float] | None) -> dict[str, Any]:
    """Say what the outcome is, and bound what occurred where detected cases were measured."""
    if rule.kind != "detection":
        return {"outcome_kind": rule.kind}
    low, high = rule.occurrence(*(known or (ratio, ratio)))
    return {"outcome_kind": rule.kind, "occurrence_low": low, "occurrence_high": high}


def _with_seed(inputs: Inputs, seed: Seed) -> Inputs:
    """Write the seed into the record."""
    return replace(inputs, seed=recorded_seed(seed))
