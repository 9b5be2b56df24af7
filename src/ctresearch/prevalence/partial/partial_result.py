"""What a log-linear model says about a table that is seen in part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from ctresearch.core.meaning import count
from ctresearch.core.meaning import model as model_figure
from ctresearch.core.result import Result, table_field, value_field
from ctresearch.prevalence.lists.declared import CELLS, LISTS, MODEL, MODELS, POPULATION
from ctresearch.prevalence.loglinear.model_terms import read_model
from ctresearch.prevalence.partial.interval_poisson import fit_ranges
from ctresearch.prevalence.partial.partial_model_fit import model_ranges, predict_population

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PartialLogLinearResult(Result):
    """Population size from a log-linear model of a table that is seen in part.

    Parameters
    ----------
    model : str
        The model by its generators.
    models : pandas.DataFrame
        Models that were considered, the chosen one first: ``estimate``, ``bic``, ``aic``, ``parameters``, ``status``.
    fitted : pandas.DataFrame
        By pattern: ``low``, ``high``, ``fitted``, and ``expected``, the mean of the count within its range.
    lists : tuple of str
        Names of the lists; digits in a model count them from 1.
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``; ``n`` is
        the expected number on at least one list, rounded.

    Examples
    --------
    >>> from ctresearch.prevalence import PartialHistories, PartialLogLinear
    >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": ["60", "40", "20-24"]})
    >>> result = PartialLogLinear(select="fixed", model="[1,2]").fit(PartialHistories.from_counts(table))
    >>> result.fitted["expected"].round(1).tolist()
    [60.0, 40.0, 22.0]
    """

    model: str = value_field(MODEL)
    models: pd.DataFrame = table_field(MODELS)
    fitted: pd.DataFrame = table_field(
        {
            **CELLS,
            "low": count("Least number of people observed"),
            "high": count("Greatest number of people observed"),
            "expected": model_figure("People expected within the range", "persons"),
        }
    )
    lists: tuple[str, ...] = value_field(LISTS)
    terms: ClassVar[Mapping[str, Meaning]] = POPULATION

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work profile limits out from the table."""
        if self.interval != "profile":
            return super()._limits(level)
        rows = self.fitted
        cells = np.asarray(sum(rows[name].to_numpy() << i for i, name in enumerate(self.lists)))
        low, high = np.zeros(1 << len(self.lists)), np.zeros(1 << len(self.lists))
        low[cells], high[cells] = rows["low"], rows["high"]
        table = model_ranges(read_model(self.model, self.lists), cells, low, high)
        found, terms = predict_population(table, fit_ranges(table, exists=True), level), self.estimates.index
        lower, upper = (pd.Series([end, end - found.seen], index=terms) for end in (found.low, found.high))
        return lower, upper
