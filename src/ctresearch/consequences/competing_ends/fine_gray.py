"""Fine and Gray's model: how covariates move the share of people who come to one of several events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.consequences.competing_ends.subdistribution import (
    subdistribution_likelihood,
    weighted_sets,
    weighted_sums,
)
from ctresearch.consequences.competing_ends.subdistribution_residuals import subdistribution_residuals
from ctresearch.consequences.durations.competing import read_competing
from ctresearch.consequences.durations.design import read_design
from ctresearch.consequences.durations.durations import RECORDED, read_weights, refuse_repeats
from ctresearch.consequences.durations.hazard_checks import (
    check_clusters,
    check_entries,
    check_events,
    refuse_perfect,
    require_events,
)
from ctresearch.consequences.durations.observation_weights import fewest_entering, observation_weights
from ctresearch.consequences.hazards.hazard_model import coefficient_table
from ctresearch.consequences.hazards.hazard_result import HazardResult
from ctresearch.consequences.hazards.score_residuals import clustered_covariance
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.estimator import Options
from ctresearch.core.groups import Groups, read_groups, read_units
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of
from ctresearch.stats.groups.smallest import smallest_level
from ctresearch.stats.regression.newton import maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.consequences.competing_ends.subdistribution import WeightedSets
    from ctresearch.consequences.durations.competing import CompetingDurations
    from ctresearch.consequences.durations.design import Design
    from ctresearch.consequences.durations.durations import Floats
    from ctresearch.consequences.durations.observation_weights import ObservationWeights

ASSUMPTIONS = (
    "Subdistribution hazards are proportional: a term multiplies that of the cause by the same number at all times.",
    "Censoring says nothing about the events and, within its groups, does not depend on the columns of the model.",
    RECORDED,
)
_LATE = (
    "Who came under observation late would have fared like the others: entry says nothing and is as free of the "
    "columns."
)


class FineGray(Options):
    """Estimate how covariates change the cumulative incidence of one cause, in the presence of others.

    A positive coefficient means that a larger share comes to the cause by any time. It is no rate among those still at
    risk: for that, fit a :class:`HazardModel` with the other causes censored.

    Parameters
    ----------
    formula : str
        Columns of the model, such as ``"age + C(sex)"``, without a left side or a constant.
    duration : str
        Column of times at which observation ended.
    event : str
        Column of labels for what ended it.
    cause : object
        Label of the cause of interest.
    censored : object
        Label of those whose observation ended without any event; ``None`` if there are none.
    entry : str, optional
        Column of times at which observation began: delayed entry. One row a person, never stretches of a person's time.
        A row whose entry equals an event time is not at risk at that time.
    cluster : str, optional
        Column that groups rows; standard errors then allow for clusters.
    strata : str, optional
        Column of groups with a baseline of their own; all share the coefficients.
    weights : str, optional
        Column of survey weights, above 0.
    ties : {"breslow", "efron"}
        How events of the cause at one time are handled.
    censoring_strata : str, optional
        Column of groups that are censored, and come in, each in its own way.
    censoring_ties : {"together", "after"}
        Whether those who have an event at the time of a censoring count among those who could have been censored then.
    censoring_weighted : bool
        Whether survey weights count in the chances of being censored and of having come in, too.
    censoring_error : bool
        Whether standard errors count that these chances are estimated.
    person : str, optional
        Column that names the person; rows of one may then not overlap, so that nobody counts twice.
    merge_names : bool
        Take names in ``event``, ``cluster`` and ``person`` that differ in case, accents, spaces or type alone for one;
        they are refused otherwise.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimates are about.

    Raises
    ------
    SpecificationError
        If an option is not allowed.

    Notes
    -----
    Those who had another event stay at risk with the chance of being under observation at ``t`` over that at their own
    end: not to have been censored and, with ``entry``, to have come in [2]_. Standard errors are always a sandwich. By
    default it counts that both chances are estimated, with entry, weights and strata as without;
    ``censoring_error=False`` takes the chances as known. By default the figures are those of ``crr`` of the R package
    cmprsk. Those of ``finegray`` and ``coxph`` of the R package survival come with ``ties="efron"``,
    ``censoring_ties="after"``, ``censoring_weighted=False`` and ``censoring_error=False``.

    References
    ----------
    .. [1] Fine, J. P. and Gray, R. J. (1999). A proportional hazards model for the subdistribution of a competing risk.
       Journal of the American Statistical Association 94, 496-509. https://doi.org/10.1080/01621459.1999.10474144
    .. [2] Geskus, R. B. (2011). Cause-specific cumulative incidence estimation and the Fine and Gray model under both
       left truncation and right censoring. Biometrics 67, 39-49. https://doi.org/10.1111/j.1541-0420.2010.01420.x
    .. [3] Zhou, B., Latouche, A., Rocha, V. and Fine, J. (2011). Competing risks regression for stratified data.
       Biometrics 67, 661-670. https://doi.org/10.1111/j.1541-0420.2010.01493.x

    Examples
    --------
    >>> frame = pd.DataFrame({"months": [2, 3, 5, 7, 8, 9], "housed": [0, 1, 0, 1, 1, 0]})
    >>> frame["end"] = ["return", "return", "exit", "return", "censor", "return"]
    >>> result = FineGray("housed", duration="months", event="end", cause="return").fit(frame)
    >>> round(float(result.estimates.loc["housed", "estimate"]), 3)
    0.564
    """

    def __init__(
        self,
        formula: str,
        *,
        duration: str,
        event: str,
        cause: Any,
        censored: Any = "censor",
        entry: str | None = None,
        cluster: str | None = None,
        strata: str | None = None,
        weights: str | None = None,
        ties: Literal["breslow", "efron"] = "breslow",
        censoring_strata: str | None = None,
        censoring_ties: Literal["together", "after"] = "together",
        censoring_weighted: bool = True,
        censoring_error: bool = True,
        person: str | None = None,
        merge_names: bool = False,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.formula = column_name("formula", formula)
        self.duration, self.event = column_name("duration", duration), column_name("event", event)
        self.cause, self.censored = cause, censored
        self.entry = None if entry is None else column_name("entry", entry)
        self.cluster = None if cluster is None else column_name("cluster", cluster)
        self.strata = None if strata is None else column_name("strata", strata)
        self.weights = None if weights is None else column_name("weights", weights)
        self.censoring_strata = None if censoring_strata is None else column_name("censoring_strata", censoring_strata)
        self.ties = one_of("ties", ties, ("breslow", "efron"))
        self.censoring_ties = one_of("censoring_ties", censoring_ties, ("together", "after"))
        self.censoring_weighted = one_of("censoring_weighted", censoring_weighted, (True, False))
        self.censoring_error = one_of("censoring_error", censoring_error, (True, False))
        self.person = None if person is None else column_name("person", person)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> HazardResult:
        """Estimate the coefficients.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person.

        Returns
        -------
        HazardResult
            One term a column of the model, on the log scale of the subdistribution hazard.

        Raises
        ------
        DataError
            If a column or value is missing, a row ends at or before its entry, nobody has the label for censoring,
            nobody is left to estimate a weight, or columns cannot be told apart.
        SpecificationError
            If no row ends in ``cause``.
        FitError
            If the likelihood has no maximum.

        Examples
        --------
        >>> frame = pd.DataFrame({"months": [2, 3, 5, 7, 8, 9], "housed": [0, 1, 0, 1, 1, 0]})
        >>> frame["end"] = ["return", "return", "exit", "return", "censor", "return"]
        >>> FineGray("housed", duration="months", event="end", cause="return").fit(frame).events
        4
        """
        data = read_competing(
            frame,
            duration=self.duration,
            event=self.event,
            censored=self.censored,
            entry=self.entry,
            merge=self.merge_names,
        )
        cause = data.number(self.cause)
        events = require_events(data.kind == cause, f"cause {self.cause!r}")
        strata, groups = (
            None if name is None else read_groups(frame, name) for name in (self.strata, self.censoring_strata)
        )
        clusters = None if self.cluster is None else read_units(frame, self.cluster, merge=self.merge_names)
        persons = None if self.person is None else refuse_repeats(frame, data.rows, self.person, merge=self.merge_names)
        named = (*data.checks, *(clusters.checks if clusters else ()), *(persons.checks if persons else ()))
        weights = None if self.weights is None else read_weights(frame, self.weights)
        codes = None if clusters is None else clusters.codes
        cluster_checks = check_clusters(codes)
        design = read_design(frame, self.formula)
        refuse_perfect(design, data.rows.stop, data.kind == cause, self.duration)
        kept = self._chances(data, cause, groups, weights)
        sets = weighted_sets(
            data.rows,
            data.kind == cause,
            design.standard,
            kept,
            strata=None if strata is None else strata.codes,
            weights=weights,
            efron=self.ties == "efron",
        )
        top = maximise(lambda point: subdistribution_likelihood(sets, point), design.words)
        residuals = subdistribution_residuals(sets, kept, top.point, estimated=self.censoring_error)
        covariance = clustered_covariance(residuals, top.covariance, codes)
        return HazardResult(
            method=say("Fine-Gray model of the subdistribution hazard, cause {cause!r}", cause=str(self.cause)),
            estimates=coefficient_table(design, top.point, covariance, self.level, "log subdistribution hazard ratio"),
            n=data.rows.n,
            smallest_group=smallest_level([data.kind == cause, *design.standard.T], data.rows.n),
            level=self.level,
            scope=self.scope,
            interval="normal",
            scale="log",
            checks=(
                check_events(events, len(design.names)),
                *named,
                *cluster_checks,
                *check_entries(fewest_entering(kept)),
            ),
            assumptions=ASSUMPTIONS if self.entry is None else (*ASSUMPTIONS, _LATE),
            references=references(FineGray),
            inputs=record(frame[self._columns(design)], packages=("numpy", "pandas", "formulaic")),
            formula=self.formula,
            events=events,
            log_likelihood=top.end.value,
            log_likelihood_null=top.start.value,
            baseline=_baseline(sets, strata, top.point),
            proportionality=pd.DataFrame(columns=["chi_square", "df", "p_value"]),
        )

    def _chances(
        self, data: CompetingDurations, cause: int, groups: Groups | None, weights: Floats | None
    ) -> ObservationWeights:
        """Estimate the chances of being under observation."""
        return observation_weights(
            data.rows,
            data.kind,
            cause,
            groups=None if groups is None else groups.codes,
            weights=weights if self.censoring_weighted else None,
            after=self.censoring_ties == "after",
        )

    def _columns(self, design: Design) -> list[str]:
        """Return the columns of the table that were used."""
        named = (self.duration, self.event, self.entry, self.cluster, self.strata, self.weights, self.censoring_strata)
        return list(dict.fromkeys(name for name in (*named, self.person, *design.used) if name is not None))


def _baseline(strata: Sequence[WeightedSets], groups: Groups | None, point: Floats) -> pd.DataFrame:
    """Return the cumulative subdistribution hazard of each stratum at the mean of every column."""
    out = []
    for sets in strata:
        steps = weighted_sums(sets, sets.columns @ point).hazard
        events = np.bincount(sets.reached[sets.happened] - 1, minlength=len(sets.times))
        table = pd.DataFrame({"time": sets.times, "events": events, "cumulative_hazard": np.cumsum(steps)})
        out.append(table if groups is None else table.assign(stratum=groups.names[groups.codes[sets.place[0]]]))
    return pd.concat(out, ignore_index=True)
