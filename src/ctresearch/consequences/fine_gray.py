"""Fine and Gray's model: how covariates move the share of people who come to one of several events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.consequences.competing import read_competing
from ctresearch.consequences.design import read_design
from ctresearch.consequences.durations import RECORDED, read_groups
from ctresearch.consequences.hazard_checks import check_clusters, check_events, require_events
from ctresearch.consequences.hazard_model import coefficient_table
from ctresearch.consequences.hazard_result import HazardResult
from ctresearch.consequences.score_residuals import clustered_covariance
from ctresearch.consequences.subdistribution import (
    subdistribution_likelihood,
    subdistribution_residuals,
    weighted_sets,
    weighted_sums,
)
from ctresearch.core.cite import references
from ctresearch.core.columns import column_name
from ctresearch.core.inputs import record
from ctresearch.core.scope import Scope
from ctresearch.core.validate import is_level
from ctresearch.stats.newton import maximise

if TYPE_CHECKING:
    from ctresearch.consequences.durations import Floats
    from ctresearch.consequences.subdistribution import WeightedSets

ASSUMPTIONS = (
    "Subdistribution hazards are proportional: a term multiplies that of the cause by the same number at all times.",
    "Censoring says nothing about the events and does not depend on the columns of the model.",
    RECORDED,
)


class FineGray:
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
    cluster : str, optional
        Column that groups rows; standard errors then allow for clusters.
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
    Ties follow Breslow. Standard errors are the sandwich of the paper, which counts that censoring weights are estimated.

    References
    ----------
    .. [1] Fine, J. P. and Gray, R. J. (1999). A proportional hazards model for the subdistribution of a competing risk.
       Journal of the American Statistical Association 94, 496-509. https://doi.org/10.1080/01621459.1999.10474144

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
        cluster: str | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.formula = column_name("formula", formula)
        self.duration, self.event = column_name("duration", duration), column_name("event", event)
        self.cause, self.censored = cause, censored
        self.cluster = None if cluster is None else column_name("cluster", cluster)
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
            If a column or value is missing, a time is negative, nobody has the label for censoring, or columns cannot be
            told apart.
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
        data = read_competing(frame, duration=self.duration, event=self.event, censored=self.censored)
        cause = data.number(self.cause)
        events = require_events(data.kind == cause, f"cause {self.cause!r}")
        clusters = None if self.cluster is None else read_groups(frame, self.cluster)[0]
        cluster_checks = check_clusters(clusters)
        design = read_design(frame, self.formula)
        sets = weighted_sets(data, cause, design.standard)
        top = maximise(lambda point: subdistribution_likelihood(sets, point), design.names)
        residuals = subdistribution_residuals(sets, top.point)
        covariance = clustered_covariance(residuals, top.covariance, clusters)
        named = (self.duration, self.event, self.cluster, *design.used)
        used = list(dict.fromkeys(name for name in named if name is not None))
        return HazardResult(
            method=f"Fine-Gray model of the subdistribution hazard, cause {str(self.cause)!r}",
            estimates=coefficient_table(design, top.point, covariance, self.level, "log subdistribution hazard ratio"),
            n=data.rows.n,
            level=self.level,
            scope=self.scope,
            interval="normal",
            scale="log",
            checks=(check_events(events, len(design.names)), *cluster_checks),
            assumptions=ASSUMPTIONS,
            references=references(FineGray),
            inputs=record(frame[used], packages=("numpy", "pandas", "formulaic")),
            formula=self.formula,
            events=events,
            log_likelihood=top.end.value,
            log_likelihood_null=top.start.value,
            baseline=_baseline(sets, top.point),
            proportionality=pd.DataFrame(columns=["chi_square", "df", "p_value"]),
        )


def _baseline(sets: WeightedSets, point: Floats) -> pd.DataFrame:
    """Return the cumulative subdistribution hazard at the mean of every column."""
    sums = weighted_sums(sets, sets.columns @ point)
    return pd.DataFrame({"time": sets.times, "cumulative_hazard": np.cumsum(sets.deaths / sums.total)})
