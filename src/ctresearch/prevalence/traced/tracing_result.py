"""What link-tracing says of a population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.meaning import key, model
from ctresearch.core.result import table_field
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.lists.population_table import PopulationResult

if TYPE_CHECKING:
    from ctresearch.prevalence.traced.overlap import Overlap


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LinkTracingResult(PopulationResult):
    """Population size from samples that start at random and follow links.

    Parameters
    ----------
    tried : pandas.DataFrame
        Indexed by ``from``: ``met at random``, what the first people of the samples alone say, and ``all orders``. With
        the people they have in ``common``, ``estimate`` and ``std_error``.
    **fields
        Everything that :class:`ctresearch.core.Result` holds.

    Examples
    --------
    >>> from ctresearch.data.synthetic import city, linked_samples
    >>> from ctresearch.prevalence import LinkedSamples, LinkTracing
    >>> made = linked_samples(city(4_000, seed=1), 20, 40, seed=2)
    >>> result = LinkTracing(seed=1).fit(LinkedSamples.from_frames(made.frame, made.tables["links"]))
    >>> result.tried.index.tolist()
    ['met at random', 'all orders']
    """

    tried: pd.DataFrame = table_field(
        {
            "from": key("From whom"),
            "common": model("People in two samples", "persons"),
            "estimate": model("Estimated population", "persons"),
            "std_error": model("Standard error", "persons"),
        }
    )

    def _limits(self, level: float) -> tuple[pd.Series[Any], pd.Series[Any]]:
        """Work log-normal limits out at another level."""
        unseen, error = (float(self.estimates.loc["unobserved", name]) for name in ("estimate", "std_error"))
        ends = lognormal_limits(self.n, unseen, error, level)
        index = self.estimates.index
        low, high = (pd.Series([end, end - self.n], index=index, name=None) for end in ends)
        return low, high


def compared(observed: Overlap, averaged: tuple[float, float], common: float) -> pd.DataFrame:
    """Put the estimate from people met at random beside that from all orders.

    Parameters
    ----------
    observed : Overlap
        Of the people met at random, one draw.
    averaged : tuple of float
        Estimate and error from all orders.
    common : float
        People in two samples, on average over orders.

    Returns
    -------
    pandas.DataFrame
        One row each.

    Examples
    --------
    >>> import numpy as np
    >>> from ctresearch.prevalence.traced.overlap import Overlap
    >>> one = np.array([4.0])
    >>> compared(Overlap(one, one * 100, one * 400), (380.0, 21.0), 5.5)["std_error"].tolist()
    [40.0, 21.0]
    """
    rows = {
        "met at random": (float(observed.common[0]), float(observed.estimate[0]), float(observed.variance[0]) ** 0.5),
        "all orders": (common, *averaged),
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["common", "estimate", "std_error"])
    return table.set_axis(pd.Index(list(rows), name="from", dtype="str"))
