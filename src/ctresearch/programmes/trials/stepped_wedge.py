"""Stepped wedges: every cluster gets the programme in the end, at a time that was randomised."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.table.study_table import record_columns
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.renamed import renamed
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.programmes.groups.age_groups import AGE, age_groups, fit_apart
from ctresearch.programmes.trials.cluster_trial import INTENTION, NO_SPILL_OVER
from ctresearch.programmes.trials.trial_fit import METHODS, SHOWN, Method, Shown, TrialOptions, fit_trial
from ctresearch.programmes.trials.trial_report import limits_in_words, trial_result
from ctresearch.programmes.trials.trial_table import read_trial, trial_cells
from ctresearch.stats.clusters.bias_reduced import CORRECTIONS, Correction
from ctresearch.stats.clusters.kenward_roger import Df, degrees_of_freedom

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.programmes.trials.trial_fit import TrialFit
    from ctresearch.programmes.trials.trial_result import TrialResult
    from ctresearch.programmes.trials.trial_table import TrialTable

ORDER = "The order in which clusters cross was randomised, and time moves all clusters alike."
SAME_EFFECT = "The effect is the same however long a cluster has had the programme."


class SteppedWedge(Options):
    """Effect of a programme that clusters come to at randomised times, over and above what time does.

    Parameters
    ----------
    outcome, treatment, cluster, period : str
        Columns: a number, 0 before and 1 after crossing, what crosses together, and when, in numbers or dates.
    covariates : sequence of str
        Columns that the effect is adjusted for.
    strata : str, optional
        Column of the strata within which the order was randomised.
    method : {"mixed", "gee"}
        A mixed model with effects of clusters and of clusters in a period, or estimating equations.
    correction : {"kauermann_carroll", "mancl_derouen", "none"}
        Of the variance of the equations.
    df : {"satterthwaite", "kenward-roger"}
        Degrees of freedom of the mixed model; Kenward and Roger's widen its standard error too.
    interval : {"t", "wild bootstrap", "randomisation"}
        Which test's limits stand with the estimate.
    age : str or None
        Column of ages, by which children (under 18) are analysed apart; None keeps all together. A role of its own and
        no ``by``: children are never pooled with adults unless that is said.
    draws : int
        Draws of the wild bootstrap and of randomisation.
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

    Notes
    -----
    Periods are fixed effects [1]_. A random effect of each cluster in a period lets people seen at one time be more
    alike than those seen at two [2]_; without it the precision is overstated. Kenward and Roger's degrees of freedom
    [3]_ put back what the estimation of the variances costs.

    References
    ----------
    .. [1] Hussey, M. A. and Hughes, J. P. (2007). Design and analysis of stepped wedge cluster randomized trials.
       Contemporary Clinical Trials 28, 182-191. https://doi.org/10.1016/j.cct.2006.05.007
    .. [2] Hooper, R., Teerenstra, S., de Hoop, E. and Eldridge, S. (2016). Sample size calculation for stepped wedge
       and other longitudinal cluster randomised trials. Statistics in Medicine 35, 4718-4728.
       https://doi.org/10.1002/sim.7028
    .. [3] Kenward, M. G. and Roger, J. H. (1997). Small sample inference for fixed effects from restricted maximum
       likelihood. Biometrics 53, 983-997. https://doi.org/10.2307/2533558

    Examples
    --------
    >>> from ctresearch.data.synthetic import campaign_rollout
    >>> frame = campaign_rollout(clusters=12, size=20, effect=0.2, seed=1).frame
    >>> wedge = SteppedWedge(outcome="knows_signs", treatment="campaign", cluster="village", period="quarter", age=None)
    >>> low, high = 100 * wedge.fit(frame).estimates.loc["effect", ["ci_low", "ci_high"]].astype(float)
    >>> print(f"once it has arrived, {low:.0f} to {high:.0f} more people in 100 name the signs")
    once it has arrived, 7 to 31 more people in 100 name the signs
    """

    @renamed(gone="0.3", arm="treatment", stratum="strata")
    def __init__(
        self,
        *,
        outcome: str,
        treatment: str,
        cluster: str,
        period: str,
        covariates: Sequence[str] = (),
        strata: str | None = None,
        method: Method = "mixed",
        correction: Correction = "kauermann_carroll",
        df: Df = "satterthwaite",
        interval: Shown = "t",
        age: str | None = AGE,
        draws: int = 1999,
        merge_names: bool = False,
        level: float = 0.95,
        seed: Seed = 0,
        scope: Scope | None = None,
    ) -> None:
        self.outcome, self.treatment = column_name("outcome", outcome), column_name("treatment", treatment)
        self.cluster, self.period = column_name("cluster", cluster), column_name("period", period)
        self.covariates = column_names("covariates", covariates)
        self.strata = None if strata is None else column_name("strata", strata)
        self.method: Method = one_of("method", method, METHODS)
        self.correction: Correction = one_of("correction", correction, CORRECTIONS)
        self.df: Df = degrees_of_freedom(df, self.method)
        self.interval: Shown = one_of("interval", interval, SHOWN)
        self.age = None if age is None else column_name("age", age)
        self.draws = whole_number("draws", draws, 99, 1_000_000)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level = is_level(level)
        seed_sequence(seed)
        self.seed, self.scope = seed, scope or Scope()

    def fit(self, frame: pd.DataFrame) -> TrialResult:
        """Estimate the effect, for adults and children apart.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person and period, without missing values in the columns used.

        Returns
        -------
        TrialResult
            Term ``effect`` by ``group``.

        Raises
        ------
        DataError
            If a cluster goes back to control, crosses in part, or all cross at once.
        FitError
            If the estimate does not exist.

        Examples
        --------
        >>> from ctresearch.data.synthetic import campaign_rollout
        >>> frame = campaign_rollout(clusters=9, size=10, seed=1).frame
        >>> roles = {"outcome": "knows_signs", "treatment": "campaign", "cluster": "village", "period": "quarter"}
        >>> wedge = SteppedWedge(**roles, method="gee")
        >>> wedge.fit(frame).estimates["group"].tolist()
        ['adults', 'children']
        """
        cells, merged = trial_cells(
            frame,
            outcome=self.outcome,
            treatment=self.treatment,
            cluster=self.cluster,
            period=self.period,
            covariates=self.covariates,
            strata=self.strata,
            merge=self.merge_names,
        )
        groups = age_groups(cells, self.age)
        options = TrialOptions(
            self.method,
            "linear",
            "exchangeable",
            self.correction,
            True,
            self.level,
            self.draws,
            self.seed,
            self.df,
        )
        found, checks = fit_apart(groups, lambda rows: self._fit_group(rows, options))
        used = [self.outcome, self.treatment, self.cluster, self.period, *self.covariates]
        used += [c for c in (self.strata, self.age) if c is not None and c in frame.columns]
        words = {"gee": "generalised estimating equations", "mixed": "mixed model"}[self.method]
        result = trial_result(found, options, outcome=self.outcome, shown=self.interval)
        return replace(
            result,
            method=say(
                "Stepped-wedge trial, intention to treat, {how}, {limits}",
                how=words,
                limits=limits_in_words(self.interval, self.df),
            ),
            scope=self.scope,
            checks=(*groups.checks, *merged, *checks, *result.checks),
            assumptions=(ORDER, SAME_EFFECT, NO_SPILL_OVER, INTENTION),
            references=references(SteppedWedge),
            inputs=record_columns(frame, used, recorded_seed(self.seed)),
        )

    def _fit_group(self, rows: pd.DataFrame, options: TrialOptions) -> tuple[TrialTable, TrialFit]:
        """Fit one group of people."""
        table = read_trial(
            rows,
            outcome=self.outcome,
            treatment=self.treatment,
            cluster=self.cluster,
            period=self.period,
            covariates=self.covariates,
            strata=self.strata,
        )
        fit = fit_trial(table, options)
        return table, replace(fit, checks=(*fit.checks, _check_wedge(table)))


def _check_wedge(table: TrialTable) -> Check:
    """Say how clusters and periods carry the effect."""
    schedule = table.schedule
    gaps = int(np.isnan(schedule).sum())
    both = int((((schedule == 0).any(axis=0)) & ((schedule == 1).any(axis=0))).sum())
    numbers = {"periods": schedule.shape[1], "with_both": both, "gaps": gaps}
    said = say(
        "{both} of {periods} periods have clusters before and after crossing; {gaps} cluster-periods are not there.",
        both=both,
        periods=schedule.shape[1],
        gaps=gaps,
    )
    return Check("wedge", "review" if gaps or both < 2 else "pass", said, numbers)
