"""Prevalence and rate ratios by Poisson regression with robust errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.causes.graph.roles import Roles
from ctresearch.causes.sensitivity.hidden_cause import check_log_ratio
from ctresearch.causes.table.effect_result import interval_of, limits, while_standing
from ctresearch.causes.table.study_table import refuse_constant
from ctresearch.core import meaning as col
from ctresearch.core.cells import refuse_cells
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import read_numbers
from ctresearch.core.declaration import Declaration
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.validate import one_of
from ctresearch.stats.clusters.small_samples import (
    CORRECTED,
    FittedRows,
    Spread,
    check_limits,
    few_units,
    regression_spread,
)
from ctresearch.stats.regression.generalized_linear import fit_regression
from ctresearch.stats.regression.influence import regression_share, standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.graph.detection import Detected
    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.core.scope import Scope
    from ctresearch.stats.regression.generalized_linear import Floats, Regression

Errors = Literal["robust", "quasi", "model"]
WIDELY_SPREAD = 1.5

_DECLARED = Declaration({"*": col.model("", "log of the ratio of means", reader="ratio")})


class PrevalenceRatio(Options):
    """Ratios of prevalence, or of rates, by modified Poisson regression.

    For an outcome of 0 and 1 that is not rare, odds ratios overstate ratios of prevalence; a Poisson regression with
    robust errors gives the ratios themselves [1]_.

    Parameters
    ----------
    outcome : str
        Column of 0 and 1, or of counts.
    covariates : sequence of str or str
        Columns of the regression; text becomes indicators. Or a formula of them, with interactions, such as
        ``"debt * C(sex) + age"``.
    treatment : str, optional
        The column whose coefficient is asked about, put before the covariates where it is not among them; by default
        the first of them. It is what ``graph`` and the check of hidden causes take for the treatment.
    exposure : str, optional
        Column of person-time or population by which counts are divided: the offset of a rate, as epidemiology calls it,
        and not who was treated.
    errors : {"robust", "quasi", "model"}
        Sandwich, Poisson times the dispersion, or plain Poisson; the last is for counts alone.
    weights, cluster : str, optional
        Columns of survey weights and of cluster labels.
    graph : CausalGraph, optional
        What is assumed; the treatment and the other covariates are held to it.
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
    >>> ratios = result.to_frame(exponentiate=True)
    >>> row = ratios.loc["violence", ["estimate", "ci_low", "ci_high"]].astype(float).round(2)
    >>> print(f"anxiety is {row['estimate']} times as frequent ({row['ci_low']} to {row['ci_high']})")
    anxiety is 2.0 times as frequent (1.04 to 3.86)
    """

    def __init__(
        self,
        *,
        outcome: str,
        covariates: Sequence[str] | str,
        treatment: str | None = None,
        exposure: str | None = None,
        errors: Errors = "robust",
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
            others={} if exposure is None else {"exposure": exposure},
            least=1,
            formulas=True,
            regression=True,
        )
        self.exposure = exposure
        self.errors: Errors = one_of("errors", errors, ("robust", "quasi", "model"))

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
        table = self.roles.read(
            frame, outcome=self._read_outcome, compared=lambda y: y / np.exp(self._offset(frame, y))
        )
        offset = self._offset(frame, table.outcome)
        model = fit_regression(
            table.design, table.outcome, "poisson", weights=table.weights, offset=offset, names=table.names
        )
        checks = self._checks(table, model)
        spreads = self._spreads(table, model, checks[0].numbers["dispersion"])
        rows = {
            name: limits(float(value), one.std_error, self.roles.level, one.df)
            for name, value, one in zip(table.names, model.coefficients, spreads, strict=True)
        }
        estimates = estimates_table(rows)
        held, undone = self.roles.checks(frame), self._hidden_cause(estimates, table)
        robust = self.errors == "robust"
        return Result(
            declaration=_DECLARED,
            method="Modified Poisson regression"
            if robust
            else say("Poisson regression, {errors} errors", errors=self.errors),
            estimates=estimates,
            interval=interval_of(spreads),
            scale="log",
            **self.roles.about(table),
            checks=(
                *held,
                *checks,
                *(while_standing(one, held) for one in undone),
                *check_limits(spreads[1:], table.clusters, self._how(table)),
            ),
            assumptions=("Ratios multiply: the log of the mean is linear in the covariates.",),
            references=(*references(PrevalenceRatio), *(references(check_log_ratio) if undone else ())),
        )

    def _read_outcome(self, frame: pd.DataFrame) -> Floats:
        """Return the outcome, of whole counts."""
        y = read_numbers(frame, self.roles.outcome)
        wrong = (y < 0) | (y % 1 != 0)
        refuse_cells(frame[self.roles.outcome], wrong, "must be 0 or 1, or a whole count")
        if self.exposure is None:
            refuse_constant(self.roles.outcome, y)
        return y

    def _offset(self, frame: pd.DataFrame, outcome: Floats) -> Floats:
        """Return the log of person-time, and refuse what has no ratio."""
        if self.exposure is None:
            return np.zeros(len(outcome))
        exposure = read_numbers(frame, self.exposure)
        refuse_cells(frame[self.exposure], exposure <= 0, "must be above 0 as exposure")
        return np.asarray(np.log(exposure), dtype=float)

    def _spreads(self, table: StudyTable, model: Regression, dispersion: float) -> list[Spread]:
        """Return the errors of the coefficients."""
        free = table.n - table.design.shape[1]
        if self.errors != "robust":
            scale = dispersion if self.errors == "quasi" else 1.0
            df = float(free) if self.errors == "quasi" and free > 0 and few_units(free) else np.inf
            return [Spread(float(one), df) for one in np.sqrt(np.diag(model.inverse) * scale)]
        residual, unit = (table.outcome - model.fitted) * table.weights, np.eye(table.design.shape[1])
        rows = FittedRows(table.design, residual, model.fitted * table.weights, model.inverse, table.clusters)
        if rows.few and table.clusters is not None:
            return [regression_spread(rows, one, "kauermann_carroll") for one in unit]
        # without clusters the textbook's error of a log ratio is kept, which the plain sandwich gives exactly
        df = float(max(free, 1)) if rows.few else np.inf
        each = [regression_share(table.design, residual, model.inverse, one) for one in unit]
        return [Spread(standard_error(one, table.clusters), df) for one in each]

    def _how(self, table: StudyTable) -> str:
        """Say what made the degrees of freedom."""
        if self.errors == "robust" and table.clusters is not None:
            return CORRECTED
        return "rows less columns"

    def _hidden_cause(self, estimates: pd.DataFrame, table: StudyTable) -> tuple[Check, ...]:
        """Say what would undo the treatment's ratio, where it is of 0 and 1 and has one ratio for all."""
        treated = self.roles.treated
        own = [name for name, source in zip(table.names, table.sources, strict=True) if source == treated]
        in_products = any(treated in source.split(":") for source in table.sources if ":" in source)
        if len(own) != 1 or in_products or not np.isin(table.design[:, table.names.index(own[0])], (0, 1)).all():
            return ()
        return (check_log_ratio(estimates, own[0]),)

    def _checks(self, table: StudyTable, model: Regression) -> tuple[Check, ...]:
        """Say how far counts spread, and whether fitted prevalences pass 1."""
        y, free = table.outcome, max(table.n - table.design.shape[1], 1)
        dispersion = float((table.weights * (y - model.fitted) ** 2 / np.maximum(model.fitted, 1e-300)).sum() / free)
        numbers = {"dispersion": dispersion, "largest_fitted": float(model.fitted.max())}
        if y.max() > 1 and dispersion > WIDELY_SPREAD and self.errors == "model":
            said = say(
                "Counts spread {dispersion:.2f} times as widely as Poisson's: use errors='quasi' or 'robust'.",
                dispersion=dispersion,
            )
            return (Check("dispersion", "fail", said, numbers),)
        if self.exposure is None and y.max() <= 1 and model.fitted.max() > 1:
            said = say(
                "Fitted prevalences reach {max:.2f}: ratios cannot be constant over these covariates.",
                max=model.fitted.max(),
            )
            return (Check("dispersion", "review", said, numbers),)
        return (
            Check(
                "dispersion",
                "pass",
                say("The dispersion is {dispersion:.2f}; the errors allow for it.", dispersion=dispersion),
                numbers,
            ),
        )
