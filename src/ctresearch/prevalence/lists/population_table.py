"""The table of estimates that every method for overlapping lists gives: the population and its unobserved part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.result import estimates_table

if TYPE_CHECKING:
    import pandas as pd


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
