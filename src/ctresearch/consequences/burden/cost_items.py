"""The table of unit costs, read and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

import numpy as np

from ctresearch.consequences.burden.present_value import convert_prices, years_counted
from ctresearch.consequences.burden.uncertain import Shape, Uncertain, read_limits, read_uncertain
from ctresearch.core.cells import refuse_cells, row_words, wrong_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.names import name_key
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from ctresearch.consequences.durations.durations import Floats

STAGES = ("anticipation", "consequence", "response")
PER = ("victim", "victim-year", "society")
INPUTS = ("victims", "duration")


@dataclass(frozen=True, slots=True)
class CostItems:
    """Unit costs in the prices of one year.

    Parameters
    ----------
    names, stages, per : tuple of str
        What each is, which stage it belongs to and what it is a cost of, shape (items,) each.
    units : tuple of Uncertain
        Unit costs, shape (items,).
    years : numpy.ndarray
        Years over which the cost of a victim falls, shape (items,); 0 for at once.

    Examples
    --------
    >>> unit = Uncertain(10.0, 10.0, 10.0)
    >>> CostItems(("care",), ("response",), ("victim",), (unit,), np.zeros(1)).names
    ('care',)
    """

    names: tuple[str, ...]
    stages: tuple[str, ...]
    per: tuple[str, ...]
    units: tuple[Uncertain, ...]
    years: Floats

    def totals(self, units: Floats, victims: Floats, duration: Floats, rate: float | None) -> Floats:
        """Multiply unit costs out.

        Parameters
        ----------
        units : numpy.ndarray
            Unit costs, items by draws.
        victims, duration : numpy.ndarray
            People, and years each is held, shape (draws,) each.
        rate : float or None
            Discount rate a year.

        Returns
        -------
        numpy.ndarray
            Cost of each item, items by draws.

        Examples
        --------
        >>> items = CostItems(("care",), ("response",), ("victim",), (Uncertain(1, 1, 1),), np.zeros(1))
        >>> items.totals(np.array([[2.0]]), np.array([3.0]), np.array([1.0]), None).tolist()
        [[6.0]]
        """
        spread = np.where(
            self.years > 0, years_counted(self.years, rate) / np.where(self.years > 0, self.years, 1), 1.0
        )
        count = {
            "victim": victims,
            "victim-year": victims * years_counted(duration, rate),
            "society": np.ones(len(victims)),
        }
        return np.asarray(units * spread[:, None] * np.array([count[kind] for kind in self.per]), dtype=float)


def read_cost_items(
    frame: pd.DataFrame, *, price_year: int | None = None, index: Mapping[int, float] | None = None
) -> CostItems:
    """Read a table of unit costs.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``item``, ``stage``, ``cost``, and where wanted ``low`` and ``high``, ``distribution``, ``per``,
        ``years`` and ``price_year``.
    price_year : int, optional
        Year whose prices are wanted.
    index : mapping of int to float, optional
        Price level by year.

    Returns
    -------
    CostItems
        In the prices of ``price_year``.

    Raises
    ------
    DataError
        If a column is missing, a cost is negative, an item is named twice, or prices cannot be converted.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"item": ["care"], "stage": ["response"], "cost": [10.0]})
    >>> read_cost_items(frame).per
    ('victim',)
    """
    is_frame("items", frame)
    has_columns("items", frame, ["item", "stage", "cost"])
    refuse_missing(frame, ["item", "stage", "cost"])
    names = tuple(frame["item"].astype(str))
    _refuse_items(frame)
    stages, per = _words(frame, "stage", STAGES), _words(frame, "per", PER)
    years = read_numbers(frame, "years") if "years" in frame else np.zeros(len(frame))
    _refuse_negative(frame, "years", years)
    units = _units(frame, _factor(frame, price_year, index))
    return CostItems(names, stages, per, units, years)


def _words(frame: pd.DataFrame, column: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Read a column of few words; the first is the default where there is no column."""
    if column not in frame:
        return (allowed[0],) * len(frame)
    wrong = ~frame[column].isin(allowed)
    refuse_cells(frame[column], wrong, f"must be one of {', '.join(map(repr, allowed))}", name=column)
    return tuple(frame[column])


def _refuse_items(frame: pd.DataFrame) -> None:
    """Refuse items that come twice, and names of the other inputs, which an item would replace."""
    keys = frame["item"].map(name_key)
    if keys.duplicated().any():
        rows = (np.flatnonzero(keys.duplicated(keep=False)) + 1).tolist()
        raise CellError(
            f"column 'item': {int(keys.duplicated().sum())} items come twice, whatever their spelling (rows "
            f"{row_words(rows)}), must come once: they would be counted twice",
            column="item",
            rows=rows,
        )
    taken = keys.isin(INPUTS)
    if taken.any():
        must = f"must not be called {' or '.join(map(repr, INPUTS))}, which are inputs of their own: rename the item"
        raise wrong_cells(frame["item"], taken, must, name="item")


def _factor(frame: pd.DataFrame, to: int | None, index: Mapping[int, float] | None) -> Floats:
    """Return by what each cost is multiplied to be in the prices wanted."""
    if "price_year" not in frame:
        return np.ones(len(frame))
    read = read_numbers(frame, "price_year")
    refuse_cells(frame["price_year"], read % 1 != 0, "must be whole years", name="price_year")
    years = read.astype(int)
    if to is None or index is None:
        if (years == (years[0] if to is None else to)).all():
            return np.ones(len(frame))
        raise DataError(
            f"costs stand in prices of {len(set(years))} years, must stand in one: give price_year= and index="
        )
    return convert_prices(np.ones(len(frame)), years, to, index)


def _units(frame: pd.DataFrame, factor: Floats) -> tuple[Uncertain, ...]:
    """Read costs with their limits; without limits they are known."""
    cost = read_numbers(frame, "cost")
    low, high = (read_limits(frame, column, cost) for column in ("low", "high"))
    for column, values in (("cost", cost), ("low", low), ("high", high)):
        _refuse_negative(frame, column, values)
    shapes = ["triangular" if wide else "fixed" for wide in low < high]
    if "distribution" in frame:
        given = frame["distribution"]
        wrong = ~given.isin(get_args(Shape)) & given.notna()
        if wrong.any():
            must = f"must be one of {', '.join(map(repr, get_args(Shape)))}"
            raise wrong_cells(given, wrong, must, name="distribution")
        shapes = [own if told else one for own, told, one in zip(given, given.notna(), shapes, strict=True)]
    return read_uncertain("cost", cost * factor, low * factor, high * factor, cast("list[Shape]", shapes))


def _refuse_negative(frame: pd.DataFrame, column: str, values: Floats) -> None:
    """Refuse a negative cost or time."""
    if column in frame:
        must = "must be at least 0: what is saved belongs into another table"
        refuse_cells(frame[column], values < 0, must, name=column)
