"""Outcomes of people some of whom are lost to sight: reintegration after return, health after care."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import pandas as pd

from ctresearch.causes.table.study_table import record_columns
from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.result import table_field
from ctresearch.core.scope import Scope
from ctresearch.core.validate import in_range, is_level, one_of, whole_number
from ctresearch.programmes.follow.follow_up_estimates import bootstrap_bounds, follow_up_difference
from ctresearch.programmes.follow.follow_up_table import FollowUpTable, follow_up_cells, read_follow_up
from ctresearch.programmes.follow.selection_bounds import Bounds, lee_bounds, limits_of_bounded, worst_case_bounds
from ctresearch.programmes.groups.age_groups import AGE, age_groups, checks_by_group, fit_apart
from ctresearch.programmes.groups.grouped_rows import grouped_table
from ctresearch.programmes.trials.trial_result import GroupedResult
from ctresearch.programmes.trials.trial_table import one_spelling
from ctresearch.stats.regression.influence import check_clusters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ctresearch.programmes.groups.grouped_rows import Row
    from ctresearch.stats.regression.generalized_linear import Floats

COMPARABLE = "But for the programme, the arms are alike (randomised, or made so beforehand)."
LOST_BY_COVARIATES = (
    "effect_weighted: among people alike in arm and covariates, the lost would have fared like those seen."
)
ONE_DIRECTION = "bounds_lee: the programme makes following up more likely for all, or less likely for all."
TERMS = ("effect_observed", "effect_weighted", "bounds_lee", "bounds_worst_case")
# a person seen with a smaller chance stands for more than twenty, and a few such people carry the weighted mean
_RARE = 0.05


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class FollowUpResult(GroupedResult):
    """Effects with the people lost to follow-up taken as alike, weighted for, and bounded.

    Parameters
    ----------
    bounds : pandas.DataFrame
        One row a group and kind of bounds: ``low`` and ``high``. Limits in ``estimates`` carry sampling error besides.
    followed : pandas.DataFrame
        One row a group and arm: ``persons``, ``followed`` and ``share``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms have the key column ``group``.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1, 2, 2, 1] * 20, "y": [1.0, 2, 2, 3, None] * 16})
    >>> FollowUp(outcome="y", treatment="a", covariates=["x"], age=None).fit(frame).followed["share"].tolist()
    [0.8, 0.8]
    """

    terms: ClassVar = {
        "complete": col.model("Effect, those lost taken to be like the others"),
        "weighted": col.model("Effect, those followed weighted for those lost", headline=True),
        "*": col.model(),
    }

    bounds: pd.DataFrame = table_field(
        {
            "group": col.key("Group"),
            "kind": col.key("Kind of bounds"),
            "low": col.model("Least effect possible"),
            "high": col.model("Greatest effect possible"),
        }
    )
    followed: pd.DataFrame = table_field(
        {
            "group": col.key("Group"),
            "arm": col.key("Arm"),
            "persons": col.count("People"),
            "followed": col.count("People followed up"),
            "share": col.share("Share followed up", "persons"),
        }
    )


@dataclass(frozen=True, slots=True)
class FollowUpFit:
    """Estimates of one group.

    Parameters
    ----------
    rows : dict
        Term to estimate, standard error and limits.
    bounds : dict
        Kind to bounds.
    followed : tuple of tuple
        Persons and followed up, by arm.
    checks : tuple of Check
        On loss, weights and clusters.

    Examples
    --------
    >>> FollowUpFit({}, {}, ((3, 3), (3, 2)), ()).followed[1]
    (3, 2)
    """

    rows: dict[str, Row]
    bounds: dict[str, Bounds]
    followed: tuple[tuple[int, int], tuple[int, int]]
    checks: tuple[Check, ...]


class FollowUp(Options):
    """Effect of a programme on an outcome that is missing for those lost to follow-up.

    Parameters
    ----------
    outcome, treatment : str
        Columns: a number, missing for the lost, and 0 or 1.
    covariates : sequence of str
        Columns that loss may depend on, known for all.
    cluster : str, optional
        Column of clusters.
    low, high : float, optional
        Smallest and largest outcome there can be; 0 and 1 for an outcome of yes or no. Without them there are no
        worst-case bounds.
    age : str or None
        Column of ages, by which children (under 18) are analysed apart; None keeps all together. A role of its own and
        no ``by``: children are never pooled with adults unless that is said.
    bootstrap : int
        Draws of clusters, or of people where there are none, for the errors of the bounds.
    merge_names : bool
        Take names of clusters that differ in case, accents, spaces or type alone for one; they are refused otherwise.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or SeedSequence
        Of the bootstrap.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Chances of following up are logistic, by arm; the standard error accounts for their being fitted. Bounds have no
    point estimate: their row holds limits for the effect [3]_, and ``bounds`` the bounds themselves. Those of Lee are
    about people who are followed up in either arm.

    References
    ----------
    .. [1] Lee, D. S. (2009). Training, wages, and sample selection: estimating sharp bounds on treatment effects.
       Review of Economic Studies 76, 1071-1102. https://doi.org/10.1111/j.1467-937X.2009.00536.x
    .. [2] Horowitz, J. L. and Manski, C. F. (2000). Nonparametric analysis of randomized experiments with missing
       covariate and outcome data. Journal of the American Statistical Association 95, 77-84.
       https://doi.org/10.1080/01621459.2000.10473902
    .. [3] Imbens, G. W. and Manski, C. F. (2004). Confidence intervals for partially identified parameters.
       Econometrica 72, 1845-1857. https://doi.org/10.1111/j.1468-0262.2004.00555.x

    Examples
    --------
    >>> from ctresearch.data.synthetic import campaign_evaluation
    >>> made = campaign_evaluation(24, 40, seed=3)
    >>> model = FollowUp(
    ...     outcome="score", treatment="campaign", covariates=["score_before"], cluster="village",
    ...     low=0, high=6, age=None
    ... )
    >>> found = model.fit(made.frame).bounds.set_index("kind")
    >>> print("if loss works in one direction, the effect is {low:.2f} to {high:.2f} points".format(**found.loc["lee"]))
    if loss works in one direction, the effect is 0.68 to 0.69 points
    """

    def __init__(
        self,
        *,
        outcome: str,
        treatment: str,
        covariates: Sequence[str],
        cluster: str | None = None,
        low: float | None = None,
        high: float | None = None,
        age: str | None = AGE,
        bootstrap: int = 500,
        merge_names: bool = False,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.outcome, self.treatment = column_name("outcome", outcome), column_name("treatment", treatment)
        self.covariates = column_names("covariates", covariates)
        self.cluster = None if cluster is None else column_name("cluster", cluster)
        if (low is None) != (high is None) or (low is not None and high is not None and low >= high):
            raise SpecificationError(
                f"low == {low!r} and high == {high!r}, must be two numbers in order, or both left out"
            )
        self.low = None if low is None else in_range("low", low)
        self.high = None if high is None else in_range("high", high)
        self.age = None if age is None else column_name("age", age)
        self.bootstrap = whole_number("bootstrap", bootstrap, 50, 100_000)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed, self.scope = seed, scope or Scope()

    def fit(self, frame: pd.DataFrame) -> FollowUpResult:
        """Estimate and bound the effect, for adults and children apart.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person; the outcome alone may be missing.

        Returns
        -------
        FollowUpResult
            Terms ``effect_observed``, ``effect_weighted``, ``bounds_lee`` and, where the range is known,
            ``bounds_worst_case``, by ``group``.

        Raises
        ------
        DataError
            If the table does not hold what the options name, or nobody of an arm was followed up.
        FitError
            If covariates tell for sure who is lost.

        Examples
        --------
        >>> frame = pd.DataFrame({"a": [0, 1] * 40, "x": [1, 2, 2, 1] * 20, "y": [1.0, 2, 2, 3, None] * 16})
        >>> result = FollowUp(outcome="y", treatment="a", covariates=["x"], age=None).fit(frame)
        >>> list(result.estimates.index)
        ['effect_observed', 'effect_weighted', 'bounds_lee']
        """
        known = [self.treatment, *self.covariates, *([] if self.cluster is None else [self.cluster])]
        follow_up_cells(
            frame, outcome=self.outcome, treatment=self.treatment, known=known, low=self.low, high=self.high
        )
        cells, merged = (
            (frame, ()) if self.cluster is None else one_spelling(frame, self.cluster, merge=self.merge_names)
        )
        groups = age_groups(cells, self.age)
        found, checks = fit_apart(groups, self._fit_group)
        fits = {name: fit for name, fit in found.items() if fit is not None}
        own = checks_by_group({name: None if fit is None else fit.checks for name, fit in found.items()})
        used = [self.outcome, self.treatment, *self.covariates]
        used += [c for c in (self.cluster, self.age) if c is not None and c in frame.columns]
        terms = next(iter(fits.values())).rows
        return FollowUpResult(
            method="Effect with people lost to follow-up: observed, weighted and bounded",
            estimates=grouped_table(
                {name: None if fit is None else fit.rows for name, fit in found.items()},
                list(terms),
                unit=f"difference in mean {self.outcome}",
            ),
            n=sum(sum(persons for persons, _ in fit.followed) for fit in fits.values()),
            smallest_group=min(
                number
                for fit in fits.values()
                for persons, followed in fit.followed
                for number in (followed, persons - followed)
                if number
            ),
            level=self.level,
            interval="normal, and of bounded effects",
            scope=self.scope,
            checks=(*groups.checks, *merged, *checks, *own),
            assumptions=(COMPARABLE, LOST_BY_COVARIATES, ONE_DIRECTION),
            references=references(FollowUp),
            inputs=record_columns(frame, used, recorded_seed(self.seed)),
            bounds=_bounds_table(fits),
            followed=_followed_table(fits),
        )

    def _fit_group(self, rows: pd.DataFrame) -> FollowUpFit:
        """Estimate one group of people."""
        table = read_follow_up(
            rows,
            outcome=self.outcome,
            treatment=self.treatment,
            covariates=self.covariates,
            cluster=self.cluster,
            low=self.low,
            high=self.high,
        )
        estimates = {
            "effect_observed": _normal(*follow_up_difference(table, weighted=False)[:2], self.level),
        }
        effect, error, smallest = follow_up_difference(table, weighted=True)
        estimates["effect_weighted"] = _normal(effect, error, self.level)
        kinds: dict[str, Callable[[Floats, Floats, Floats], Bounds]] = {"lee": lee_bounds}
        if table.range is not None:
            low, high = table.range
            kinds["worst_case"] = lambda y, a, seen: worst_case_bounds(y, a, seen, low, high)
        bounds = {}
        for kind, bound in kinds.items():
            bounds[kind], errors = bootstrap_bounds(table, bound, self.bootstrap, self.seed)
            limits = limits_of_bounded(bounds[kind], errors, self.level)
            estimates[f"bounds_{kind}"] = (float("nan"), float("nan"), *limits)
        return FollowUpFit(
            estimates,
            bounds,
            table.followed,
            (_check_loss(table), _check_weights(smallest), *check_clusters(table.clusters)),
        )


def _normal(estimate: float, error: float, level: float) -> Row:
    """Return an estimate with normal limits."""
    from scipy.special import ndtri

    reach = float(ndtri((1 + level) / 2)) * error
    return estimate, error, estimate - reach, estimate + reach


def _bounds_table(fits: dict[str, FollowUpFit]) -> pd.DataFrame:
    """Lay the bounds of all groups out."""
    rows = [(name, kind, one.low, one.high) for name, fit in fits.items() for kind, one in fit.bounds.items()]
    return pd.DataFrame(rows, columns=["group", "kind", "low", "high"])


def _followed_table(fits: dict[str, FollowUpFit]) -> pd.DataFrame:
    """Lay out who was followed up."""
    rows = [
        (name, arm, persons, seen, seen / persons)
        for name, fit in fits.items()
        for arm, (persons, seen) in enumerate(fit.followed)
    ]
    return pd.DataFrame(rows, columns=["group", "arm", "persons", "followed", "share"])


def _check_loss(table: FollowUpTable) -> Check:
    """Say how many are lost, and whether the arms differ in it."""
    lost = [1 - seen / persons for persons, seen in table.followed]
    numbers = {"lost_without": lost[0], "lost_with": lost[1]}
    said = say(
        "{lost:.1%} without and {with_programme:.1%} with the programme were lost to follow-up.",
        lost=lost[0],
        with_programme=lost[1],
    )
    apart = abs(lost[1] - lost[0])
    if max(lost) > 0.2 or apart > _RARE:
        return Check("attrition", "review", said + " Report the bounds beside any single number.", numbers)
    return Check("attrition", "pass", said, numbers)


def _check_weights(smallest: float) -> Check:
    """Say whether a few people stand for many."""
    numbers = {"smallest_chance": smallest}
    if smallest < _RARE:
        said = say(
            "Somebody followed up had a chance of {smallest:.3g} of it and stands for {stands_for:.0f}: "
            "look at covariates.",
            smallest=smallest,
            stands_for=1 / smallest,
        )
        return Check("weights", "review", said, numbers)
    return Check(
        "weights", "pass", say("Chances of being followed up are at least {smallest:.2g}.", smallest=smallest), numbers
    )
