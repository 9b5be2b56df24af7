"""The table of unit costs, read and checked once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from ctresearch.consequences.present_value import convert_prices, years_counted
from ctresearch.consequences.uncertain import Uncertain
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.consequences.durations import Floats
    from ctresearch.consequences.uncertain import Shape

STAGES = ("anticipation", "consequence", "response")
PER = ("victim", "victim-year", "society")


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
        Columns ``item``, ``stage``, ``cost``, and where wanted ``low`` and ``high``, ``distribution``, ``per``, ``years`` and
        ``price_year``.
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
    >>> frame = pd.DataFrame({"item": ["care"], "stage": ["response"], "cost": [10.0]})
    >>> read_cost_items(frame).per
    ('victim',)
    """
    is_frame("items", frame)
    has_columns("items", frame, ["item", "stage", "cost"])
    refuse_missing(frame, ["item", "stage", "cost"])
    names = tuple(frame["item"].astype(str))
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"item {twice!r} comes twice, must come once: it would be counted twice")
    stages, per = _words(frame, "stage", STAGES), _words(frame, "per", PER)
    years = read_numbers(frame, "years") if "years" in frame else np.zeros(len(frame))
    _refuse_negative("years", years, names)
    units = _units(frame, names, _factor(frame, price_year, index))
    return CostItems(names, stages, per, units, years)


def _words(frame: pd.DataFrame, column: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Read a column of few words; the first is the default where there is no column."""
    if column not in frame:
        return (allowed[0],) * len(frame)
    wrong = frame.loc[~frame[column].isin(allowed), column]
    if not wrong.empty:
        raise DataError(f"column {column!r} holds {wrong.iloc[0]!r}, must be one of {', '.join(map(repr, allowed))}")
    return tuple(frame[column])


def _factor(frame: pd.DataFrame, to: int | None, index: Mapping[int, float] | None) -> Floats:
    """Return by what each cost is multiplied to be in the prices wanted."""
    if "price_year" not in frame:
        return np.ones(len(frame))
    years = read_numbers(frame, "price_year").astype(int)
    if to is None or index is None:
        if (years == (years[0] if to is None else to)).all():
            return np.ones(len(frame))
        raise DataError(
            f"costs stand in prices of {years.min()} to {years.max()}, must stand in one: give price_year= and index="
        )
    return convert_prices(np.ones(len(frame)), years, to, index)


def _units(frame: pd.DataFrame, names: tuple[str, ...], factor: Floats) -> tuple[Uncertain, ...]:
    """Read costs with their limits; without limits they are known."""
    cost = read_numbers(frame, "cost")
    limits = [frame[c].fillna(frame["cost"]).to_numpy(dtype=float) if c in frame else cost for c in ("low", "high")]
    for column, values in zip(("cost", "low", "high"), (cost, *limits), strict=True):
        _refuse_negative(column, values, names)
    wide = limits[0] < limits[1]
    default = np.where(wide, "triangular", "fixed")
    shapes = frame["distribution"].fillna(pd.Series(default, frame.index)) if "distribution" in frame else default
    rows = zip(cost * factor, limits[0] * factor, limits[1] * factor, shapes, strict=True)
    return tuple(
        Uncertain(float(v), float(low), float(high), cast("Shape", str(shape))) for v, low, high, shape in rows
    )


def _refuse_negative(column: str, values: Floats, names: tuple[str, ...]) -> None:
    """Refuse a negative cost or time."""
    if (values < 0).any():
        worst = int(np.argmin(values))
        raise DataError(
            f"{column} of item {names[worst]!r} is {values[worst]:g}, must be at least 0: what is saved belongs into another table"
        )
