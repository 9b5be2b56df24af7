"""Ordered logit for incidence scales, such as very low to very high."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.causes.graph.detection import Detected, check_detected, graph_checks
from ctresearch.causes.graph.graph_columns import column_checks
from ctresearch.causes.models.proportional_odds import fit_proportional_odds
from ctresearch.causes.table.column_rules import refuse_shared_roles
from ctresearch.causes.table.effect_result import limits
from ctresearch.causes.table.perfect_fit import refuse_copies
from ctresearch.causes.table.study_table import (
    read_clusters,
    read_design,
    read_weights,
    record_columns,
    refuse_constant,
)
from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.columns import column_names, read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.estimator import Options
from ctresearch.core.names import read_names
from ctresearch.core.result import Result, estimates_table
from ctresearch.core.scope import Scope
from ctresearch.core.validate import has_columns, is_frame, is_level
from ctresearch.stats.regression.influence import check_clusters, standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.graph.graph import CausalGraph
    from ctresearch.stats.regression.influence import Integers

FEW_IN_LEVEL = 5


class OrderedLogit(Options):
    """Proportional-odds regression of an ordered outcome.

    Parameters
    ----------
    outcome : str
        Column of numbers or ordered categories; only their order counts.
    covariates : sequence of str
        Columns of the regression; text becomes indicators.
    weights, cluster : str, optional
        Columns of survey weights and of cluster labels; with either the errors are robust, else those of the
        likelihood.
    graph : CausalGraph, optional
        What is assumed; the first covariate is then the treatment and the others are held to the graph.
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
        covariates: Sequence[str],
        weights: str | None = None,
        cluster: str | None = None,
        graph: CausalGraph | None = None,
        detected: Detected | None = None,
        level: float = 0.95,
        scope: Scope | None = None,
    ) -> None:
        self.outcome, self.covariates = outcome, column_names("covariates", covariates, least=1)
        self.weights, self.cluster, self.graph = weights, cluster, graph
        self.detected = check_detected(detected)
        self.level, self.scope = is_level(level), scope or Scope()
        refuse_shared_roles({"outcome": outcome}, covariates=self.covariates, weights=weights)
        self._graph_checks = graph_checks(graph, detected, self.covariates[0], outcome, self.covariates[1:])

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
        used = [self.outcome, *self.covariates, *(name for name in (self.weights, self.cluster) if name is not None)]
        is_frame("frame", frame)
        has_columns("frame", frame, used)
        refuse_missing(frame, used)
        codes, labels = self._levels(frame)
        design, names, sources = read_design(frame, self.covariates)
        refuse_copies(design, sources, codes.astype(float), self.outcome, "outcome", read_weights(frame, self.weights))
        fit = fit_proportional_odds(design[:, 1:], codes, read_weights(frame, self.weights))
        clusters = read_clusters(frame, self.cluster)
        errors = np.sqrt(np.diag(fit.covariance))
        if clusters is not None or self.weights is not None:
            errors = np.array([standard_error(fit.scores @ row, clusters) for row in fit.covariance])
        terms = [*names[1:], *(f"{a}|{b}" for a, b in pairwise(labels))]
        rows = {
            t: limits(float(b), float(e), self.level) for t, b, e in zip(terms, fit.parameters, errors, strict=True)
        }
        return Result(
            method="Ordered logit (proportional odds)",
            estimates=estimates_table(rows),
            n=len(codes),
            level=self.level,
            interval="normal",
            scale="logit",
            scope=self.scope,
            checks=(
                *self._graph_checks,
                *column_checks(self.graph, frame),
                _check_levels(codes, labels),
                *check_clusters(clusters),
            ),
            assumptions=("A covariate shifts the odds of passing every threshold by the same factor.",),
            references=references(OrderedLogit),
            inputs=record_columns(frame, used),
        )

    def _levels(self, frame: pd.DataFrame) -> tuple[Integers, list[str]]:
        """Return the level of each row from 0, and the names of the levels."""
        import pandas as pd

        column = frame[self.outcome]
        if isinstance(column.dtype, pd.CategoricalDtype):
            if not column.cat.ordered:
                raise DataError(
                    f"outcome {self.outcome!r} is categorical without order: make it an ordered Categorical"
                )
            column = column.cat.remove_unused_categories()
            read_names(column, self.outcome, cure="")
            codes = np.asarray(column.cat.codes, dtype=np.int64)
            refuse_constant(self.outcome, np.asarray(codes, dtype=np.float64))
            return codes, [str(value) for value in column.cat.categories]
        numbers = read_numbers(frame, self.outcome)
        refuse_constant(self.outcome, numbers)
        found, codes = np.unique(numbers, return_inverse=True)
        if len(found) > 20:
            raise DataError(
                f"outcome {self.outcome!r} has {len(found)} levels, must have at most 20: use OutcomeRegression"
            )
        short = [f"{value:g}" for value in found]
        labels = short if len(set(short)) == len(short) else [repr(float(value)) for value in found]
        return codes.astype(np.int64), labels


def _check_levels(codes: Integers, labels: list[str]) -> Check:
    """Say how many rows the rarest level has."""
    counts = np.bincount(codes)
    rarest = int(counts.argmin())
    said = f"The rarest level, {labels[rarest]}, has {counts[rarest]} of {len(codes):,} rows"
    few = counts[rarest] < FEW_IN_LEVEL
    return Check(
        "levels",
        "review" if few else "pass",
        f"{said}{': merge levels' if few else ''}.",
        {"rarest": float(counts.min())},
    )
