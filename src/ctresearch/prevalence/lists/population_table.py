"""The table of estimates that every method for overlapping lists gives: the population and its unobserved part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ctresearch.core.meaning import key, model
from ctresearch.core.result import Result, estimates_table
from ctresearch.prevalence.lists.declared import POPULATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.core.meaning import Meaning


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class PopulationResult(Result):
    """Population size by a method that has no more to tell than the size.

    Parameters
    ----------
    **fields
        Everything that :class:`ctresearch.core.Result` holds. Terms are ``population`` and ``unobserved``, by ``group``
        where groups were asked for, and ``linkage_share`` where linkages were carried through.

    Examples
    --------
    >>> from ctresearch.prevalence import CaptureHistories, LowerBound
    >>> LowerBound().fit(CaptureHistories.from_published("korea")).term_meaning("population").label
    'Estimated population'
    """

    terms: ClassVar[Mapping[str, Meaning]] = {
        **POPULATION,
        "linkage_share": model("Share of the variance that comes from linkage", reader="percent"),
    }
    keys: ClassVar[Mapping[str, Meaning]] = {"group": key("Group")}


def population_table(people: float, unobserved: float, std_error: float, limits: tuple[float, float]) -> pd.DataFrame:
    """Build the table of a :class:`ctresearch.core.Result` from the number of people on no list.

    Parameters
    ----------
    people : float
        Number on at least one list.
    unobserved : float
        Estimate of the number on none.
    std_error : float
        Its standard error, which is that of the population too.
    limits : tuple of float
        Lower and upper limit of the population.

    Returns
    -------
    pandas.DataFrame
        Terms ``population`` and ``unobserved``, in persons.

    Examples
    --------
    >>> population_table(100, 50, 20, (123, 206)).loc["unobserved", "ci_low"]
    np.float64(23.0)
    """
    low, high = limits
    rows = {
        "population": (people + unobserved, std_error, low, high),
        "unobserved": (unobserved, std_error, low - people, high - people),
    }
    return estimates_table(rows, unit="persons")
