"""What link-tracing says of a population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ctresearch.core.meaning import model
from ctresearch.core.result import value_field
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.population_table import PopulationResult


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LinkTracingResult(PopulationResult):
    """Population size from samples that start at random and follow links.

    Parameters
    ----------
    common : float
        People who were met at random in two samples, on average over orders: nobody's own number.
    alone : float
        Standard error that people met at random alone would leave, on average over orders.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.data.synthetic import city, linked_samples
    >>> from ctresearch.prevalence import LinkedSamples, LinkTracing
    >>> made = linked_samples(city(4_000, seed=1), 20, 40, seed=2)
    >>> result = LinkTracing(seed=1).fit(LinkedSamples.from_frames(made.frame, made.tables["links"]))
    >>> bool(result.estimates.loc["population", "std_error"] < result.alone)
    True
    """

    common: float = value_field(model("People met at random twice, on average over orders", "persons"))
    alone: float = value_field(model("Standard error from people met at random alone", "persons"))

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work log-normal limits out at another level."""
        unseen, error = self.estimates.loc["unobserved", ["estimate", "std_error"]].to_numpy(dtype=float)
        ends = lognormal_limits(self.n, float(unseen), float(error), level)
        index = self.estimates.index
        low, high = (pd.Series([end, end - self.n], index=index) for end in ends)
        return low, high
