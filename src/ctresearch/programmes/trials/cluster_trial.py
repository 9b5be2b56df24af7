"""Trials in which villages, schools or shelters were randomised whole."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ctresearch.causes.table.study_table import record_columns
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name, column_names
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.random import Seed, recorded_seed, seed_sequence
from ctresearch.core.renamed import renamed
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of, whole_number
from ctresearch.programmes.groups.age_groups import AGE, age_groups, fit_apart
from ctresearch.programmes.trials.trial_fit import METHODS, SHOWN, Method, Shown, TrialOptions, fit_trial
from ctresearch.programmes.trials.trial_refusals import refuse_empty_arm
from ctresearch.programmes.trials.trial_report import FAMILIES, limits_in_words, trial_result
from ctresearch.programmes.trials.trial_table import read_trial, trial_cells
from ctresearch.stats.clusters.bias_reduced import CORRECTIONS, Correction
from ctresearch.stats.clusters.estimating_equations import CORRELATIONS, Correlation
from ctresearch.stats.clusters.kenward_roger import Df, degrees_of_freedom

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.programmes.trials.trial_fit import TrialFit
    from ctresearch.programmes.trials.trial_result import TrialResult
    from ctresearch.programmes.trials.trial_table import TrialTable
    from ctresearch.stats.regression.generalized_linear import Family

RANDOMISED = "Clusters were randomised as the table says, and people entered them without knowing the arm."
NO_SPILL_OVER = "A cluster's programme changes nobody's outcome elsewhere; SpillOver asks whether that is so."
INTENTION = (
    "The effect is of being assigned to the programme, whoever took part; ComplierEffect is about those who did."
)


class ClusterTrial(Options):
    """Effect of a programme that was randomised to whole clusters, as assigned (intention to treat).

    Parameters
    ----------
    outcome, treatment, cluster : str
        Columns: a number, 0 or 1 as randomised, and what was randomised together.
    covariates : sequence of str
        Columns measured before the programme that the effect is adjusted for; text becomes indicators.
    strata : str, optional
        Column of the strata or pairs within which clusters were randomised.
    family : {"linear", "logistic", "poisson"}
        Of the outcome. Linear gives differences of means, and of shares for an outcome of 0 and 1.
    method : {"gee", "mixed"}
        Generalised estimating equations, or a mixed model by restricted maximum likelihood (linear alone).
    correlation : {"exchangeable", "independence"}
        Working correlation of the equations.
    correction : {"kauermann_carroll", "mancl_derouen", "none"}
        Of their variance for few clusters.
    df : {"satterthwaite", "kenward-roger"}
        Degrees of freedom of the mixed model; Kenward and Roger's widen its standard error too.
    interval : {"t", "wild bootstrap", "randomisation"}
        Which test's limits stand with the estimate; all three are in ``tests``.
    age : str or None
        Column of ages, by which children (under 18) are analysed apart; None keeps all together. A role of its own and
        no ``by``: children are never pooled with adults unless that is said.
    draws : int
        Draws of the wild bootstrap and of randomisation, where there are too many to go through all.
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
    Limits of the t test have Satterthwaite degrees of freedom, or Kenward and Roger's [4]_. The wild bootstrap draws
    scores of clusters from fits that leave the cluster out [5]_, in logistic and Poisson models too [6]_. The limits of
    randomisation rest on least squares, whose estimate stands beside them; other families have its p-value alone. With
    fewer than eight clusters randomisation alone is exact.

    References
    ----------
    .. [1] Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika
       73, 13-22. https://doi.org/10.1093/biomet/73.1.13
    .. [2] Kauermann, G. and Carroll, R. J. (2001). A note on the efficiency of sandwich covariance matrix estimation.
       Journal of the American Statistical Association 96, 1387-1396. https://doi.org/10.1198/016214501753382309
    .. [3] Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2008). Bootstrap-based improvements for inference with
       clustered errors. Review of Economics and Statistics 90, 414-427. https://doi.org/10.1162/rest.90.3.414
    .. [4] Kenward, M. G. and Roger, J. H. (1997). Small sample inference for fixed effects from restricted maximum
       likelihood. Biometrics 53, 983-997. https://doi.org/10.2307/2533558
    .. [5] MacKinnon, J. G., Nielsen, M. O. and Webb, M. D. (2023). Fast and reliable jackknife and bootstrap methods
       for cluster-robust inference. Journal of Applied Econometrics 38, 671-694. https://doi.org/10.1002/jae.2969
    .. [6] Kline, P. and Santos, A. (2012). A score based approach to wild bootstrap inference. Journal of Econometric
       Methods 1, 23-41. https://doi.org/10.1515/2156-6674.1006

    Examples
    --------
    >>> from ctresearch.data.synthetic import campaign_trial
    >>> frame = campaign_trial(20, 30, effect=0.2, seed=4).frame
    >>> result = ClusterTrial(outcome="knows_signs", treatment="campaign", cluster="village", age=None).fit(frame)
    >>> low, high = 100 * result.estimates.loc["effect", ["ci_low", "ci_high"]].astype(float)
    >>> print(f"the campaign lets {low:.0f} to {high:.0f} more people in 100 name the signs")
    the campaign lets 14 to 35 more people in 100 name the signs
    """

    @renamed(gone="0.3", arm="treatment", stratum="strata")
    def __init__(
        self,
        *,
        outcome: str,
        treatment: str,
        cluster: str,
        covariates: Sequence[str] = (),
        strata: str | None = None,
        family: Family = "linear",
        method: Method = "gee",
        correlation: Correlation = "exchangeable",
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
        self.cluster = column_name("cluster", cluster)
        self.covariates = column_names("covariates", covariates)
        self.strata = None if strata is None else column_name("strata", strata)
        self.family: Family = one_of("family", family, FAMILIES)
        self.method: Method = one_of("method", method, METHODS)
        if self.method == "mixed" and self.family != "linear":
            raise SpecificationError(f"family == {family!r} with method='mixed', must be 'linear': use method='gee'")
        self.correlation: Correlation = one_of("correlation", correlation, CORRELATIONS)
        self.correction: Correction = one_of("correction", correction, CORRECTIONS)
        self.df: Df = degrees_of_freedom(df, self.method)
        self.interval: Shown = one_of("interval", interval, SHOWN)
        if self.interval == "randomisation" and self.family != "linear":
            raise SpecificationError(
                f"interval == 'randomisation' with family={family!r}, must be 't' or 'wild bootstrap': a constant shift"
                " of the outcome has no meaning there"
            )
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
            One row a person, without missing values in the columns used.

        Returns
        -------
        TrialResult
            Term ``effect`` by ``group``.

        Raises
        ------
        DataError
            If the table is not that of a trial: see :func:`ctresearch.programmes.trials.trial_table.read_trial`.
        FitError
            If the estimate does not exist.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"v": list("aabbccdd"), "arm": [0] * 4 + [1] * 4, "y": [1.0, 2, 3, 4, 9, 8, 9, 8]})
        >>> trial = ClusterTrial(outcome="y", treatment="arm", cluster="v", method="mixed", age=None)
        >>> trial.fit(frame).estimates.loc["effect", "estimate"].round(6)
        np.float64(6.0)
        """
        cells, merged = trial_cells(
            frame,
            outcome=self.outcome,
            treatment=self.treatment,
            cluster=self.cluster,
            covariates=self.covariates,
            strata=self.strata,
            merge=self.merge_names,
        )
        groups = age_groups(cells, self.age)
        options = TrialOptions(
            self.method,
            self.family,
            self.correlation,
            self.correction,
            False,
            self.level,
            self.draws,
            self.seed,
            self.df,
        )
        found, checks = fit_apart(groups, lambda rows: self._fit_group(rows, options))
        used = [self.outcome, self.treatment, self.cluster, *self.covariates]
        used += [c for c in (self.strata, self.age) if c is not None and c in frame.columns]
        words = {"gee": "generalised estimating equations", "mixed": "mixed model"}[self.method]
        result = trial_result(found, options, outcome=self.outcome, shown=self.interval)
        return replace(
            result,
            method=say(
                "Cluster-randomised trial, intention to treat, {how}, {limits}",
                how=words,
                limits=limits_in_words(self.interval, self.df),
            ),
            scope=self.scope,
            checks=(*groups.checks, *merged, *checks, *result.checks),
            assumptions=(RANDOMISED, NO_SPILL_OVER, INTENTION),
            references=references(ClusterTrial),
            inputs=record_columns(frame, used, recorded_seed(self.seed)),
        )

    def _fit_group(self, rows: pd.DataFrame, options: TrialOptions) -> tuple[TrialTable, TrialFit]:
        """Fit one group of people."""
        table = read_trial(
            rows,
            outcome=self.outcome,
            treatment=self.treatment,
            cluster=self.cluster,
            covariates=self.covariates,
            strata=self.strata,
        )
        refuse_empty_arm(table, family=self.family, outcome=self.outcome, treatment=self.treatment)
        return table, fit_trial(table, options)
