"""Before and after, with and without: two waves of a survey and two arms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.causes.table.study_table import record_columns
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.renamed import renamed
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of, whole_number
from ctresearch.programmes.groups.age_groups import AGE, age_groups, checks_by_group, fit_apart
from ctresearch.programmes.groups.grouped_rows import grouped_table, t_limits
from ctresearch.programmes.trials.trial_result import GroupedResult
from ctresearch.programmes.trials.trial_table import read_trial, trial_cells
from ctresearch.stats.clusters.bias_reduced import CORRECTIONS, Correction, robust_variance
from ctresearch.stats.clusters.estimating_equations import fit_clustered
from ctresearch.stats.clusters.wild_bootstrap import wild_bootstrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.programmes.groups.grouped_rows import Row
    from ctresearch.programmes.trials.trial_table import TrialTable
    from ctresearch.stats.regression.generalized_linear import Floats

PARALLEL = "Without the programme, its clusters would have changed by as much as the others did (parallel trends)."
NO_ANTICIPATION = "Nobody changed in the first wave because the programme was coming."
TERMS = ("effect", "baseline_difference", "change_without")


@dataclass(frozen=True, slots=True)
class DifferenceFit:
    """Estimates of one group.

    Parameters
    ----------
    rows : dict
        Term to estimate, standard error and limits.
    n : int
        Rows.
    checks : tuple of Check
        On waves, clusters and trends.

    Examples
    --------
    >>> DifferenceFit({}, 3, ()).n
    3
    """

    rows: dict[str, Row]
    n: int
    checks: tuple[Check, ...]


class DifferenceInDifferences(Options):
    """Effect of a programme that was not randomised, from two waves with and without it.

    Parameters
    ----------
    outcome, treatment, wave, cluster : str
        Columns: a number, 0 or 1 for clusters that get the programme between the waves, two ordered values, and the
        clusters; of a panel without clusters, the persons.
    covariates : sequence of str
        Columns that the effect is adjusted for.
    correction : {"kauermann_carroll", "mancl_derouen", "none"}
        Of the variance for few clusters.
    age : str or None
        Column of ages, by which children (under 18) are analysed apart; None keeps all together. A role of its own and
        no ``by``: children are never pooled with adults unless that is said.
    draws : int
        Draws of the wild bootstrap, where it does not go through all signs.
    merge_names : bool
        Take names of clusters that differ in case, accents, spaces or type alone for one; they are refused otherwise.
    level : float
        Coverage of the limits, as a proportion.
    seed : int or SeedSequence
        Of the draws.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    References
    ----------
    .. [1] Bertrand, M., Duflo, E. and Mullainathan, S. (2004). How much should we trust differences-in-differences
       estimates? Quarterly Journal of Economics 119, 249-275. https://doi.org/10.1162/003355304772839588
    .. [2] Pustejovsky, J. E. and Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and
       hypothesis testing in fixed effects models. Journal of Business and Economic Statistics 36, 672-683.
       https://doi.org/10.1080/07350015.2016.1247004

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {"v": list("aabbccdd") * 2, "arm": [0, 0, 0, 0, 1, 1, 1, 1] * 2, "wave": [1] * 8 + [2] * 8,
    ...      "y": [1.0, 2, 2, 3, 2, 3, 3, 2, 2, 2, 3, 4, 6, 7, 8, 5]}
    ... )
    >>> model = DifferenceInDifferences(outcome="y", treatment="arm", wave="wave", cluster="v", age=None)
    >>> effect = model.fit(frame).estimates.loc["effect", "estimate"]
    >>> print(f"if trends are parallel, the programme added {effect:.2f}")
    if trends are parallel, the programme added 3.25
    """

    @renamed(gone="0.3", arm="treatment")
    def __init__(
        self,
        *,
        outcome: str,
        treatment: str,
        wave: str,
        cluster: str,
        covariates: Sequence[str] = (),
        correction: Correction = "kauermann_carroll",
        age: str | None = AGE,
        draws: int = 1999,
        merge_names: bool = False,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.outcome, self.treatment = column_name("outcome", outcome), column_name("treatment", treatment)
        self.wave, self.cluster = column_name("wave", wave), column_name("cluster", cluster)
        self.covariates = column_names("covariates", covariates)
        self.correction: Correction = one_of("correction", correction, CORRECTIONS)
        self.age = None if age is None else column_name("age", age)
        self.draws = whole_number("draws", draws, 99, 1_000_000)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed, self.scope = seed, scope or Scope()

    def fit(self, frame: pd.DataFrame) -> GroupedResult:
        """Estimate the effect, for adults and children apart.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person and wave.

        Returns
        -------
        GroupedResult
            Terms ``effect``, ``baseline_difference`` and ``change_without`` (from wave to wave, without the programme),
            by ``group``.

        Raises
        ------
        DataError
            If there are not two waves, a cluster changes its arm, or an arm has one cluster.

        Examples
        --------
        >>> frame = pd.DataFrame({"v": list("abcd") * 4, "arm": [0, 0, 1, 1] * 4, "wave": [1] * 8 + [2] * 8})
        >>> frame["y"] = frame["arm"] * frame["wave"] + [0.0, 0.1] * 8
        >>> model = DifferenceInDifferences(outcome="y", treatment="arm", wave="wave", cluster="v", age=None)
        >>> model.fit(frame).estimates["estimate"].round(6).abs().tolist()
        [1.0, 1.0, 0.0]
        """
        used = [self.outcome, self.treatment, self.wave, self.cluster, *self.covariates]
        is_frame("frame", frame)
        has_columns("frame", frame, used)
        refuse_missing(frame, used)
        second = _second_wave(frame, self.wave)
        cells, merged = trial_cells(
            frame,
            outcome=self.outcome,
            treatment=self.treatment,
            cluster=self.cluster,
            covariates=self.covariates,
            merge=self.merge_names,
        )
        groups = age_groups(cells, self.age)
        found, checks = fit_apart(
            groups, lambda rows: self._fit_group(rows, np.asarray(second.loc[rows.index], dtype=float))
        )
        used += [self.age] if self.age is not None and self.age in frame.columns else []
        fits = {name: fit for name, fit in found.items() if fit is not None}
        own = checks_by_group({name: None if fit is None else fit.checks for name, fit in found.items()})
        return GroupedResult(
            method="Difference in differences, two waves",
            estimates=grouped_table(
                {name: None if fit is None else fit.rows for name, fit in found.items()},
                TERMS,
                unit=f"difference in mean {self.outcome}",
            ),
            n=sum(fit.n for fit in fits.values()),
            smallest_group=groups.smallest(self.treatment, self.outcome),
            level=self.level,
            interval="t",
            scope=self.scope,
            checks=(*groups.checks, *merged, *checks, *own),
            assumptions=(PARALLEL, NO_ANTICIPATION),
            references=references(DifferenceInDifferences),
            inputs=record_columns(frame, used, recorded_seed(self.seed)),
        )

    def _fit_group(self, rows: pd.DataFrame, second: Floats) -> DifferenceFit:
        """Estimate one group of people."""
        table = read_trial(
            rows, outcome=self.outcome, treatment=self.treatment, cluster=self.cluster, covariates=self.covariates
        )
        lonely = _seen_once(table, second)
        design = np.column_stack([table.base, table.treatment, second, table.treatment * second])
        fit = fit_clustered(design, table.outcome, table.clusters, "linear", "independence")
        rows_out: dict[str, Row] = {}
        for term, place in zip(TERMS, (-1, -3, -2), strict=True):
            contrast = np.zeros(design.shape[1])
            contrast[place] = 1.0
            found = robust_variance(fit.grams, fit.scores, fit.bread, contrast, self.correction)
            rows_out[term] = t_limits(float(fit.coefficients[place]), found.std_error, found.df, self.level)
        wild = wild_bootstrap(design, table.outcome, table.clusters, draws=self.draws, seed=self.seed)
        checks = (_check_wild(wild.p_value()), _check_waves(lonely, len(table.cluster_names)), _CHECK_TRENDS)
        return DifferenceFit(rows_out, table.n, checks)


_CHECK_TRENDS = Check(
    "parallel trends",
    "review",
    "Two waves cannot show whether trends are parallel: look for an earlier wave, or argue it.",
)


def _second_wave(frame: pd.DataFrame, wave: str) -> pd.Series[float]:
    """Mark the rows of the second wave."""
    column = frame[wave]
    if not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)):
        raise DataError(
            f"wave {wave!r} is of type {column.dtype}, whose order in time is not known: give numbers or dates"
        )
    values = sorted(column.unique())
    if len(values) != 2:
        raise DataError(
            f"wave {wave!r} holds {len(values):,} different values, must hold two: choose the two to compare"
        )
    return pd.Series(np.asarray(column == values[1], dtype=float), index=frame.index)


def _seen_once(table: TrialTable, second: Floats) -> int:
    """Count clusters of one wave, and refuse an arm without both waves."""
    for value in (0, 1):
        waves = np.unique(second[table.treatment == value])
        if len(waves) < 2:
            raise DataError(
                f"arm {value} was seen in one wave only, must be seen in both: there is no change to compare"
            )
    share = np.bincount(table.clusters, second) / table.sizes
    return int(((share == 0) | (share == 1)).sum())


def _check_wild(p_value: float) -> Check:
    """Report the wild bootstrap's test."""
    return Check(
        "wild bootstrap",
        "pass",
        say("No effect: p = {p_value:.3g} by the wild bootstrap over clusters.", p_value=p_value),
        {"p_value": p_value},
    )


def _check_waves(lonely: int, clusters: int) -> Check:
    """Say whether the same clusters were seen twice."""
    numbers = {"seen_once": lonely, "clusters": clusters}
    if lonely:
        said = say(
            "{lonely} of {clusters} clusters were seen in one wave only, so that change mixes with who was seen.",
            lonely=lonely,
            clusters=clusters,
        )
        return Check("waves", "review", said, numbers)
    return Check("waves", "pass", say("All {clusters} clusters were seen in both waves.", clusters=clusters), numbers)
