"""Costs and health over years brought to one year: discounting, as a switch, and price levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.consequences.durations import Floats


def years_counted(years: Floats, rate: float | None) -> Floats:
    """Return how many years count when each later one counts less.

    Parameters
    ----------
    years : numpy.ndarray
        Length of an even flow, of any shape.
    rate : float or None
        Discount rate a year; ``None`` counts every year in full.

    Returns
    -------
    numpy.ndarray
        Of the same shape; ``(1 - (1 + rate) ** -years) / log(1 + rate)``, the flow being continuous.

    Examples
    --------
    >>> years_counted(np.array([10.0]), 0.035).round(3).tolist()
    [8.461]
    >>> years_counted(np.array([10.0]), None).tolist()
    [10.0]
    """
    if not rate:
        return np.asarray(years, dtype=float)
    force = np.log1p(rate)
    return np.asarray(-np.expm1(-force * years) / force, dtype=float)


def convert_prices(amounts: Any, years: Any, to: int, index: Mapping[int, float]) -> Floats:
    """Bring amounts from the prices of their years to those of one year.

    Parameters
    ----------
    amounts : array_like
        Amounts, shape (items,).
    years : array_like
        Year of the prices of each, shape (items,).
    to : int
        Year to bring them to.
    index : mapping of int to float
        Price level by year, such as the GDP deflator; its base does not matter.

    Returns
    -------
    numpy.ndarray
        Shape (items,).

    Raises
    ------
    DataError
        If the index lacks a year or holds a level that is not above 0.

    Examples
    --------
    >>> convert_prices([100.0], [2016], 2020, {2016: 95.0, 2020: 104.5}).round(9).tolist()
    [110.0]
    """
    levels = {int(year): float(level) for year, level in dict(index).items()}
    wanted = [int(year) for year in np.atleast_1d(np.asarray(years))]
    for year in [*wanted, int(to)]:
        if year not in levels:
            raise DataError(f"index has no year {year}, it runs from {min(levels)} to {max(levels)}: add it")
        if not levels[year] > 0:
            raise DataError(f"index is {levels[year]:g} in {year}, must be above 0")
    factor = np.array([levels[int(to)] / levels[year] for year in wanted])
    return np.asarray(np.asarray(amounts, dtype=float) * factor, dtype=float)
