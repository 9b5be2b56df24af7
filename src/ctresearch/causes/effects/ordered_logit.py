"""Ordered logit for incidence scales, such as very low to very high."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.graph.roles import Roles
from ctresearch.causes.models.proportional_odds import fit_proportional_odds
from ctresearch.causes.table.effect_result import interval_of, jackknifed, limits
from ctresearch.causes.table.study_table import refuse_constant
from ctresearch.core import meaning as col
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import read_numbers
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.core.result import Result, estimates_table
from ctresearch.stats.clusters.small_samples import (
    CORRECTED,
    Spread,
    check_limits,
    few_units,
    influence_spread,
    information_spread,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.graph.detection import Detected
    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.causes.models.proportional_odds import ProportionalOdds
    from ctresearch.causes.table.study_table import StudyTable
    from ctresearch.core.scope import Scope
    from ctresearch.stats.regression.generalized_linear import Floats
    from ctresearch.stats.regression.influence import Integers

FEW_IN_LEVEL = 5

_EFFECT = col.model("", "log odds of a higher level", reader="ratio")


def _declared(thresholds: list[str]) -> Declaration:
    """Say what the terms are: ratios of odds, and thresholds, of which no reader wants the ratio."""
    cuts = {one: col.model(say("Threshold {levels}", levels=one), "logit") for one in thresholds}
    return Declaration({**cuts, "*": _EFFECT})


class OrderedLogit(Options):
    """Proportional-odds regression of an ordered outcome.

    Parameters
    ----------
    outcome : str
        Column of numbers or ordered categories; only their order counts.
    covariates : sequence of str or str
        Columns of the regression; text becomes indicators. Or a formula of them, with interactions, such as
        ``"debt * C(sex) + age"``.
    treatment : str, optional
        The column whose coefficient is asked about, put before the covariates where it is not among them; by default
        the first of them. It is what ``graph`` takes for the treatment.
    weights, cluster : str, optional
        Columns of survey weights and of cluster labels; with either the errors are robust, else those of the
        likelihood.
    graph : CausalGraph, optional
        What is assumed; the treatment and the other covariates are held to it.
    detected : {"outcome", "sample"}, optional
        How detection enters: the outcome reflects detected cases only, or the rows are detected cases only.
    level : float
        Coverage of the limits, as a proportion.
    scope : Scope, optional
        Whom the estimate is about.

    Raises
    ------
    SpecificationError
        If an option is not one of those allowed.

    Notes
    -----
    Thresholds are terms too, named ``0|1`` and so on. A coefficient is the change in the log odds of a higher level.

    References
    ----------
    .. [1] McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society B 42,
       109-142. https://doi.org/10.1111/j.2517-6161.1980.tb01109.x
    .. [2] Rao, S. and Presenti, C. (2012). Understanding human trafficking origin: a cross-country empirical analysis.
       Feminist Economics 18 (2), 231-263. https://doi.org/10.1080/13545701.2012.680978

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=500)
    >>> frame = pd.DataFrame({"x": x, "scale": np.digitize(x + rng.logistic(size=500), [-1, 1])})
    >>> row = OrderedLogit(outcome="scale", covariates=["x"]).fit(frame).to_frame(exponentiate=True).loc["x"]
    >>> print(f"one unit of x multiplies the odds of a higher level by {row['estimate']:.1f}")
    one unit of x multiplies the odds of a higher level by 2.6
    """

    def __init__(
        self,
        *,
        outcome: str,
        covariates: Sequence[str] | str,
        treatment: str | None = None,
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
            least=1,
            formulas=True,
            regression=True,
        )

    def fit(self, frame: pd.DataFrame) -> Result:
        """Estimate coefficients and thresholds.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row a unit, without missing values in the columns used.

        Returns
        -------
        Result
            One term a covariate, then the thresholds, on the logit scale.

        Raises
        ------
        DataError
            If the table does not hold what the options name, or the outcome has one level.
        FitError
            If the covariates separate the levels.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"y": [0, 1, 2, 0, 1, 2, 0, 2], "x": [1, 2, 3, 2, 1, 2, 1, 3]})
        >>> bool(OrderedLogit(outcome="y", covariates=["x"]).fit(frame).estimates.loc["x", "estimate"] > 0)
        True
        """
        labels: list[str] = []

        def levels(table: pd.DataFrame) -> Floats:
            codes, names = self._levels(table)
            labels.extend(names)
            return codes.astype(float)

        table = self.roles.read(frame, outcome=levels)
        codes = table.outcome.astype(np.int64)
        few = table.clusters if table.clusters is not None and few_units(int(table.clusters.max()) + 1) else None
        fit = fit_proportional_odds(table.design[:, 1:], codes, table.weights, few)
        spreads = self._spreads(table, fit)
        cuts = [f"{a}|{b}" for a, b in pairwise(labels)]
        terms = [*table.names[1:], *cuts]
        rows = {
            term: limits(float(value), one.std_error, self.roles.level, one.df)
            for term, value, one in zip(terms, fit.parameters, spreads, strict=True)
        }
        return Result(
            declaration=_declared(cuts),
            method="Ordered logit (proportional odds)",
            estimates=estimates_table(rows),
            interval=interval_of(spreads),
            scale="logit",
            **self.roles.about(table) | {"smallest_group": min(table.smallest_group, int(np.bincount(codes).min()))},
            checks=(
                *self.roles.checks(frame),
                _check_levels(codes, labels),
                *check_limits(spreads, table.clusters, jackknifed(table) if few is None else CORRECTED),
            ),
            assumptions=("A covariate shifts the odds of passing every threshold by the same factor.",),
            references=references(OrderedLogit),
        )

    def _spreads(self, table: StudyTable, fit: ProportionalOdds) -> list[Spread]:
        """Return the errors of coefficients and thresholds: those of the likelihood, or of its scores."""
        columns = len(fit.parameters)
        if table.clusters is not None and fit.grams is not None:
            scores = np.array([np.bincount(table.clusters, one) for one in fit.scores.T], dtype=float).T
            return [information_spread(fit.grams, scores, fit.covariance, unit) for unit in np.eye(columns)]
        if table.clusters is not None or self.roles.weights is not None:
            return [influence_spread(fit.scores @ row, table.clusters, columns=columns) for row in fit.covariance]
        return [Spread(float(one), np.inf) for one in np.sqrt(np.diag(fit.covariance))]

    def _levels(self, frame: pd.DataFrame) -> tuple[Integers, list[str]]:
        """Return the level of each row from 0, and the names of the levels."""
        import pandas as pd

        column = frame[self.roles.outcome]
        if isinstance(column.dtype, pd.CategoricalDtype):
            if not column.cat.ordered:
                raise DataError(
                    f"outcome {self.roles.outcome!r} is categorical without order: make it an ordered Categorical"
                )
            column = column.cat.remove_unused_categories()
            read_names(column, self.roles.outcome, cure="")
            codes = np.asarray(column.cat.codes, dtype=np.int64)
            refuse_constant(self.roles.outcome, np.asarray(codes, dtype=np.float64))
            return codes, [str(value) for value in column.cat.categories]
        numbers = read_numbers(frame, self.roles.outcome)
        refuse_constant(self.roles.outcome, numbers)
        found, codes = np.unique(numbers, return_inverse=True)
        if len(found) > 20:
            raise DataError(
                f"outcome {self.roles.outcome!r} has {len(found)} levels, must have at most 20: use OutcomeRegression"
            )
        short = [f"{value:g}" for value in found]
        labels = short if len(set(short)) == len(short) else [repr(float(value)) for value in found]
        return codes.astype(np.int64), labels


def _check_levels(codes: Integers, labels: list[str]) -> Check:
    """Say how many rows the rarest level has."""
    counts = np.bincount(codes)
    rarest = int(counts.argmin())
    said = say(
        "The rarest level, {labels}, has {counts} of {codes:,} rows",
        labels=labels[rarest],
        counts=counts[rarest],
        codes=len(codes),
    )
    few = counts[rarest] < FEW_IN_LEVEL
    return Check(
        "levels",
        "review" if few else "pass",
        say("{said}: merge levels.", said=said) if few else say("{said}.", said=said),
        {"rarest": float(counts.min())},
    )
