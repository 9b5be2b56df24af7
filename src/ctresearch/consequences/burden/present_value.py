"""Costs and health over years brought to one year: discounting, as a switch, and price levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError, DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.consequences.durations.durations import Floats


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
    wanted, values = (_as_numbers(name, one) for name, one in (("years", years), ("amounts", amounts)))
    without = [i for i, year in enumerate(wanted, start=1) if year not in levels]
    if without or int(to) not in levels:
        lacks = f"the price years of {len(without):,} amounts (rows {row_words(without)})" if without else f"year {to}"
        raise CellError(
            f"index has no level for {lacks}, it runs from {min(levels)} to {max(levels)}: add it", rows=without
        )
    wrong = [year for year in levels if not levels[year] > 0]
    if wrong:
        raise DataError(
            f"index has {len(wrong)} levels that are not above 0 (the first in {wrong[0]}), must be above 0"
        )
    factor = np.array([levels[int(to)] / levels[int(year)] for year in wanted])
    return np.asarray(values * factor, dtype=float)


def _as_numbers(name: str, values: Any) -> Floats:
    """Return an array of numbers."""
    try:
        return np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):  # these would show the value
        raise DataError(f"{name} hold something else than numbers, must be numbers alone") from None
