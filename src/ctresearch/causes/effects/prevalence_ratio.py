"""Prevalence and rate ratios by Poisson regression with robust errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.causes.graph.detection import Detected, check_detected, graph_checks
from ctresearch.causes.graph.graph_columns import column_checks
from ctresearch.causes.sensitivity.hidden_cause import check_log_ratio
from ctresearch.causes.table.column_rules import refuse_shared_roles
from ctresearch.causes.table.effect_result import limits, while_standing
from ctresearch.causes.table.perfect_fit import refuse_copies
from ctresearch.causes.table.study_table import (
    read_clusters,
    read_design,
    read_weights,
    record_columns,
    refuse_constant,
)
from ctresearch.core.cells import wrong_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names, read_numbers, refuse_missing
from ctresearch.core.estimator import Options
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level, one_of
from ctresearch.stats.regression.generalized_linear import fit_regression
from ctresearch.stats.regression.influence import check_clusters, regression_share, standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.stats.regression.generalized_linear import Floats, Regression
    from ctresearch.stats.regression.influence import Integers

Errors = Literal["robust", "quasi", "model"]
WIDELY_SPREAD = 1.5


class PrevalenceRatio(Options):
    """Ratios of prevalence, or of rates, by modified Poisson regression.

    For an outcome of 0 and 1 that is not rare, odds ratios overstate ratios of prevalence; a Poisson regression with
    robust errors gives the ratios themselves [1]_.

    Parameters
    ----------
    outcome : str
        Column of 0 and 1, or of counts.
    covariates : sequence of str
        Columns of the regression, the exposure among them; text becomes indicators.
    exposure : str, optional
        Column of person-time or population by which counts are divided.
    errors : {"robust", "quasi", "model"}
        Sandwich, Poisson times the dispersion, or plain Poisson; the last is for counts alone.
    weights, cluster : str, optional
        Columns of survey weights and of cluster labels.
    graph : CausalGraph, optional
        What is assumed; the first covariate is then the treatment and the others are held to the graph.
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
    .. [1] Zou, G. (2004). A modified Poisson regression approach to prospective studies with binary data. American
       Journal of Epidemiology 159, 702-706. https://doi.org/10.1093/aje/kwh090

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"violence": [0] * 50 + [1] * 50, "anxious": [1] * 10 + [0] * 40 + [1] * 20 + [0] * 30})
    >>> result = PrevalenceRatio(outcome="anxious", covariates=["violence"]).fit(frame)
    >>> row = result.to_frame(exponentiate=True).loc["violence", ["estimate", "ci_low", "ci_high"]].astype(float).round(2)
    >>> print(f"anxiety is {row['estimate']} times as frequent ({row['ci_low']} to {row['ci_high']})")
    anxiety is 2.0 times as frequent (1.04 to 3.83)
    """

    def __init__(
        self,
        *,
        outcome: str,
        covariates: Sequence[str],
        exposure: str | None = None,
        errors: Errors = "robust",
        weights: str | None = None,
        cluster: str | None = None,
        graph: CausalGraph | None = None,
        detected: Detected | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.outcome, self.exposure = outcome, exposure
        self.covariates = column_names("covariates", covariates, least=1)
        self.errors: Errors = one_of("errors", errors, ("robust", "quasi", "model"))
        self.weights, self.cluster, self.graph = weights, cluster, graph
        self.detected = check_detected(detected)
        self.level, self.scope = is_level(level), scope or Scope()
        refuse_shared_roles({"outcome": outcome}, covariates=self.covariates, weights=weights, exposure=exposure)
        self._graph_checks = graph_checks(graph, detected, self.covariates[0], outcome, self.covariates[1:])

    def fit(self, frame: pd.DataFrame) -> Result:
        """Estimate the ratios.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a unit, without missing values in the columns used.

        Returns
        -------
        Result
            One term a column of the regression, on the log scale; ``to_frame(exponentiate=True)`` gives ratios.

        Raises
        ------
        DataError
            If the table does not hold what the options name.
        FitError
            If a ratio is 0 or infinite, as where a group has no cases.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"cases": [4, 8], "people": [100.0, 100.0], "after": [0, 1]})
        >>> model = PrevalenceRatio(outcome="cases", covariates=["after"], exposure="people", errors="model")
        >>> float(model.fit(frame).to_frame(exponentiate=True).loc["after", "estimate"].round(6))
        2.0
        """
        used = [
            self.outcome,
            *self.covariates,
            *(name for name in (self.exposure, self.weights, self.cluster) if name is not None),
        ]
        y = self._read_outcome(frame, used)
        design, names, sources = read_design(frame, self.covariates)
        weights, clusters = read_weights(frame, self.weights), read_clusters(frame, self.cluster)
        offset = self._offset(frame, y)
        refuse_copies(
            design, sources, y if self.exposure is None else y / np.exp(offset), self.outcome, "outcome", weights
        )
        model = fit_regression(design, y, "poisson", weights=weights, offset=offset, names=names)
        checks = self._checks(y, design, model, weights)
        errors = self._standard_errors(
            (y - model.fitted) * weights, design, model, clusters, checks[0].numbers["dispersion"]
        )
        rows = {
            name: limits(float(b), float(e), self.level)
            for name, b, e in zip(names, model.coefficients, errors, strict=True)
        }
        estimates = estimates_table(rows)
        undone = self._hidden_cause(estimates, design, names, sources)
        return Result(
            method=(
                "Modified Poisson regression"
                if self.errors == "robust"
                else f"Poisson regression, {self.errors} errors"
            ),
            estimates=estimates,
            n=len(y),
            level=self.level,
            interval="normal",
            scale="log",
            scope=self.scope,
            checks=(
                *self._graph_checks,
                *column_checks(self.graph, frame),
                *checks,
                *(while_standing(one, (*self._graph_checks, *column_checks(self.graph, frame))) for one in undone),
                *check_clusters(clusters),
            ),
            assumptions=("Ratios multiply: the log of the mean is linear in the covariates.",),
            references=(*references(PrevalenceRatio), *(references(check_log_ratio) if undone else ())),
            inputs=record_columns(frame, used),
        )

    def _read_outcome(self, frame: pd.DataFrame, used: list[str]) -> Floats:
        """Check the columns and return the outcome."""
        is_frame("frame", frame)
        has_columns("frame", frame, used)
        refuse_missing(frame, used)
        y = read_numbers(frame, self.outcome)
        wrong = (y < 0) | (y % 1 != 0)
        if wrong.any():
            raise wrong_cells(frame[self.outcome], wrong, "must be 0 or 1, or a whole count")
        return y

    def _offset(self, frame: pd.DataFrame, outcome: Floats) -> Floats:
        """Return the log of person-time, and refuse what has no ratio."""
        if self.exposure is None:
            refuse_constant(self.outcome, outcome)
            return np.zeros(len(outcome))
        exposure = read_numbers(frame, self.exposure)
        if exposure.min() <= 0:
            raise wrong_cells(frame[self.exposure], exposure <= 0, "must be above 0 as exposure")
        return np.asarray(np.log(exposure), dtype=float)

    def _standard_errors(
        self, residual: Floats, design: Floats, model: Regression, clusters: Integers | None, dispersion: float
    ) -> list[float]:
        """Return standard errors of the coefficients."""
        if self.errors != "robust":
            return list(np.sqrt(np.diag(model.inverse) * (dispersion if self.errors == "quasi" else 1.0)))
        unit = np.eye(design.shape[1])
        return [standard_error(regression_share(design, residual, model.inverse, one), clusters) for one in unit]

    def _hidden_cause(
        self, estimates: pd.DataFrame, design: Floats, names: Sequence[str], sources: Sequence[str]
    ) -> tuple[Check, ...]:
        """Say what would undo the first covariate's ratio, where it is a treatment of 0 and 1."""
        first = self.covariates[0]
        own = [name for name, source in zip(names, sources, strict=True) if source == first]
        if len(own) != 1 or not np.isin(design[:, names.index(own[0])], (0, 1)).all():
            return ()
        return (check_log_ratio(estimates, own[0]),)

    def _checks(self, y: Floats, design: Floats, model: Regression, weights: Floats) -> tuple[Check, ...]:
        """Say how far counts spread, and whether fitted prevalences pass 1."""
        free = max(len(y) - design.shape[1], 1)
        dispersion = float((weights * (y - model.fitted) ** 2 / np.maximum(model.fitted, 1e-300)).sum() / free)
        numbers = {"dispersion": dispersion, "largest_fitted": float(model.fitted.max())}
        if y.max() > 1 and dispersion > WIDELY_SPREAD and self.errors == "model":
            said = f"Counts spread {dispersion:.2f} times as widely as Poisson's: use errors='quasi' or 'robust'."
            return (Check("dispersion", "fail", said, numbers),)
        if self.exposure is None and y.max() <= 1 and model.fitted.max() > 1:
            said = (
                f"Fitted prevalences reach {model.fitted.max():.2f}: ratios cannot be constant over these covariates."
            )
            return (Check("dispersion", "review", said, numbers),)
        return (Check("dispersion", "pass", f"The dispersion is {dispersion:.2f}; the errors allow for it.", numbers),)
