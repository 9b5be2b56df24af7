"""Cox's proportional hazards model, with delayed entry, time-varying covariates and clusters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.consequences.durations.design import Design, read_design
from ctresearch.consequences.durations.durations import (
    NONINFORMATIVE,
    RECORDED,
    read_durations,
    read_weights,
    refuse_repeats,
)
from ctresearch.consequences.durations.hazard_checks import check_clusters, check_events, refuse_perfect, require_events
from ctresearch.consequences.hazards.exact_ties import require_exact
from ctresearch.consequences.hazards.hazard_result import HazardResult
from ctresearch.consequences.hazards.partial_likelihood import event_terms
from ctresearch.consequences.hazards.proportionality import check_proportionality, proportionality_tests
from ctresearch.consequences.hazards.score_residuals import clustered_covariance
from ctresearch.consequences.hazards.strata import joint_likelihood, joint_residuals, split_strata
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.errors import SpecificationError
from ctresearch.core.estimator import Options
from ctresearch.core.groups import ALL, read_groups, read_units
from ctresearch.core.inputs import record
from ctresearch.core.message import say
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level, one_of
from ctresearch.stats.groups.smallest import smallest_level
from ctresearch.stats.regression.newton import maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.consequences.durations.durations import Floats
    from ctresearch.consequences.hazards.strata import Stratum

ASSUMPTIONS = (
    "Hazards are proportional: a term multiplies the hazard by the same number at all times.",
    NONINFORMATIVE,
    RECORDED,
)


class HazardModel(Options):
    """Estimate how covariates multiply the rate of an event.

    Parameters
    ----------
    formula : str
        Columns of the model, such as ``"age + C(sex)"``, without a left side or a constant.
    duration : str
        Column of times at which observation ended.
    event : str
        Column of 0 (censored) and 1 (event).
    entry : str, optional
        Column of times at which observation began: delayed entry, or the start of a stretch over which time-varying
        covariates stay the same. A row whose entry equals an event time is not at risk at that time.
    cluster : str, optional
        Column that groups rows of one person, shelter or site; standard errors then allow for clusters. Name the person
        where an event may recur (the Andersen-Gill model).
    strata : str, optional
        Column of groups with a baseline hazard of their own, such as sites; all share the coefficients.
    weights : str, optional
        Column of survey weights, above 0; standard errors are then robust ones.
    ties : {"efron", "breslow", "exact"}
        How events at one time are handled; Efron's is closer to the exact likelihood. ``"exact"`` is for times that are
        discrete by nature, such as interviews: the odds of the event at each are proportional, and the baseline follows
        Breslow. It goes with ``entry`` and ``strata``, not with ``weights`` or ``cluster``, and up to 1e9 steps: the
        sum over times of events times those left without it, times columns and pairs of columns.
    person : str, optional
        Column that names the person; rows of one may then not overlap, so that nobody counts twice.
    merge_names : bool
        Take names in ``cluster`` and ``person`` that differ in case, accents, spaces or type alone for one; they are
        refused otherwise.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimates are about.

    Raises
    ------
    SpecificationError
        If an option is not allowed, or exact ties are asked for with weights or clusters.

    Notes
    -----
    Estimates stand on the log-hazard scale; ``to_frame(exponentiate=True)`` gives hazard ratios. Where a term separates
    events from the rest the likelihood has no maximum, and ``fit`` refuses rather than stop at a large number.

    References
    ----------
    .. [1] Cox, D. R. (1972). Regression models and life-tables. Journal of the Royal Statistical Society B 34, 187-220.
       https://doi.org/10.1111/j.2517-6161.1972.tb00899.x
    .. [2] Andersen, P. K. and Gill, R. D. (1982). Cox's regression model for counting processes: a large sample study.
       Annals of Statistics 10, 1100-1120. https://doi.org/10.1214/aos/1176345976
    .. [3] Lin, D. Y. and Wei, L. J. (1989). The robust inference for the Cox proportional hazards model. Journal of the
       American Statistical Association 84, 1074-1078. https://doi.org/10.1080/01621459.1989.10478874
    .. [4] Gail, M. H., Lubin, J. H. and Rubinstein, L. V. (1981). Likelihood calculations for matched case-control
       studies and survival studies with tied death times. Biometrika 68, 703-707.
       https://doi.org/10.1093/biomet/68.3.703

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> housed = rng.integers(0, 2, 400)
    >>> months = rng.exponential(20 * np.exp(0.7 * housed))
    >>> frame = pd.DataFrame({"months": months.clip(max=24), "recorded": months < 24, "housed": housed})
    >>> result = HazardModel("housed", duration="months", event="recorded").fit(frame)
    >>> row = result.to_frame(exponentiate=True).loc["housed"]
    >>> print(f"recorded {row['estimate']:.2f} times as often ({row['ci_low']:.2f} to {row['ci_high']:.2f}) if housed")
    recorded 0.50 times as often (0.38 to 0.65) if housed
    """

    def __init__(
        self,
        formula: str,
        *,
        duration: str,
        event: str,
        entry: str | None = None,
        cluster: str | None = None,
        strata: str | None = None,
        weights: str | None = None,
        ties: Literal["efron", "breslow", "exact"] = "efron",
        person: str | None = None,
        merge_names: bool = False,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.formula = column_name("formula", formula)
        self.duration, self.event = column_name("duration", duration), column_name("event", event)
        self.entry = None if entry is None else column_name("entry", entry)
        self.cluster = None if cluster is None else column_name("cluster", cluster)
        self.strata = None if strata is None else column_name("strata", strata)
        self.weights = None if weights is None else column_name("weights", weights)
        self.ties = one_of("ties", ties, ("efron", "breslow", "exact"))
        if ties == "exact" and (weights is not None or cluster is not None):
            raise SpecificationError(
                f"ties == 'exact' with {'weights' if weights is not None else 'cluster'}, must be 'efron' or 'breslow' "
                "there: the exact likelihood has no robust error"
            )
        self.person = None if person is None else column_name("person", person)
        self.merge_names = one_of("merge_names", merge_names, (True, False))
        self.level, self.scope = is_level(level), scope or Scope()

    def fit(self, frame: pd.DataFrame) -> HazardResult:
        """Estimate the coefficients.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a person, or a stretch of a person's time.

        Returns
        -------
        HazardResult
            One term a column of the model, on the log-hazard scale.

        Raises
        ------
        DataError
            If a column or value is missing, a row ends at or before its entry, no event happens, columns cannot be told
            apart, or too many are tied for the exact likelihood.
        FitError
            If the likelihood has no maximum.

        Examples
        --------
        >>> frame = pd.DataFrame({"months": [2, 3, 5, 7, 8, 9], "event": [1, 1, 1, 1, 0, 1], "job": [0, 1, 0, 1, 1, 0]})
        >>> result = HazardModel("job", duration="months", event="event").fit(frame)
        >>> round(float(result.estimates.loc["job", "estimate"]), 4)
        -0.2739
        """
        rows = read_durations(frame, duration=self.duration, event=self.event, entry=self.entry)
        events = require_events(rows.event, f"event {self.event!r}")
        units = None if self.cluster is None else read_units(frame, self.cluster, merge=self.merge_names)
        clusters = None if units is None else units.codes
        persons = None if self.person is None else refuse_repeats(frame, rows, self.person, merge=self.merge_names)
        named_checks = (
            *(units.checks if units else ()),
            *(persons.checks if persons else ()),
            *check_clusters(clusters),
        )
        design, efron = read_design(frame, self.formula), self.ties == "efron"
        refuse_perfect(design, rows.stop, rows.event, self.duration)
        exact = self.ties == "exact"
        weights = None if self.weights is None else read_weights(frame, self.weights)
        groups = None if self.strata is None else read_groups(frame, self.strata)
        codes, names = (None, (ALL,)) if groups is None else (groups.codes, groups.names)
        strata = split_strata(rows, design.standard, codes, weights)
        if exact:
            require_exact(rows, codes, len(design.names))
        top = maximise(lambda point: joint_likelihood(strata, point, efron=efron, exact=exact), design.words)
        covariance = top.covariance
        if clusters is not None or weights is not None:
            residuals = joint_residuals(strata, top.point, efron=efron)
            covariance = clustered_covariance(residuals, covariance, clusters)
        tests = proportionality_tests(rows, strata, top.point, design.names, efron=efron, exact=exact)
        return HazardResult(
            method=say("Cox proportional hazards model, {ties_of} ties", ties_of=self.ties.capitalize()),
            estimates=coefficient_table(design, top.point, covariance, self.level, "log hazard ratio"),
            n=rows.n,
            smallest_group=smallest_level([rows.event, *design.standard.T], rows.n),
            level=self.level,
            scope=self.scope,
            interval="normal",
            scale="log",
            checks=(check_events(events, len(design.names)), *named_checks, check_proportionality(tests)),
            assumptions=ASSUMPTIONS,
            references=references(HazardModel),
            inputs=record(frame[self._columns(design)], packages=("numpy", "pandas", "formulaic", "numba")),
            formula=self.formula,
            events=events,
            log_likelihood=top.end.value,
            log_likelihood_null=top.start.value,
            baseline=_baseline(strata, names, top.point, efron=efron),
            proportionality=tests,
        )

    def _columns(self, design: Design) -> list[str]:
        """Return the columns of the table that were used."""
        named = (
            self.duration,
            self.event,
            self.entry,
            self.cluster,
            self.strata,
            self.weights,
            self.person,
            *design.used,
        )
        return list(dict.fromkeys(name for name in named if name is not None))


def coefficient_table(design: Design, point: Floats, covariance: Floats, level: float, unit: str) -> pd.DataFrame:
    """Build the table of coefficients in the columns' own units.

    Parameters
    ----------
    design : Design
        The columns.
    point : numpy.ndarray
        Coefficients of the standardised columns, shape (columns,).
    covariance : numpy.ndarray
        Their covariance, columns by columns.
    level : float
        Coverage of the limits.
    unit : str
        What a coefficient is.

    Returns
    -------
    pandas.DataFrame
        Indexed by term, with normal limits.

    Examples
    --------
    >>> design = read_design(pd.DataFrame({"age": [1.0, 5.0]}), "age")
    >>> coefficient_table(design, np.ones(1), np.eye(1), 0.95, "").loc["age", "std_error"]
    np.float64(0.5)
    """
    from scipy.special import ndtri

    estimate, std_error = point / design.spread, np.sqrt(np.diag(design.covariance(covariance)))
    reach = float(ndtri((1 + level) / 2)) * std_error
    columns = {"estimate": estimate, "std_error": std_error, "ci_low": estimate - reach, "ci_high": estimate + reach}
    return pd.DataFrame(columns, index=pd.Index(design.names, name="term", dtype="str")).assign(unit=unit)


def _baseline(strata: Sequence[Stratum], names: Sequence[str], point: Floats, *, efron: bool) -> pd.DataFrame:
    """Return the cumulative hazard of each stratum at the mean of every column."""
    out = []
    for stratum, name in zip(strata, names, strict=True):
        steps = event_terms(stratum.sets, point, efron=efron).hazard[::-1]
        shift = np.exp(-(stratum.columns @ point).max())
        seen = np.concatenate([[0], np.cumsum(stratum.sets.died)])
        columns = {
            "time": stratum.sets.times[::-1],
            "events": (seen[stratum.sets.end] - seen[stratum.sets.begin])[::-1],
            "cumulative_hazard": np.cumsum(steps) * shift,
        }
        out.append(pd.DataFrame(columns if len(strata) == 1 else columns | {"stratum": name}))
    return pd.concat(out, ignore_index=True)
