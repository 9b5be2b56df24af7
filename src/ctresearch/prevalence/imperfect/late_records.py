"""Records of lists with the unit of the case and the unit in which they arrived, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, shown
from ctresearch.core.errors import CellError, DataError, SpecificationError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.prevalence.imperfect.delays import count_delays
from ctresearch.prevalence.lists.table_input import read_appearances

if TYPE_CHECKING:
    from ctresearch.core.check import Check
    from ctresearch.prevalence.imperfect.delays import Delays
    from ctresearch.prevalence.lists.cells import Array

UNITS = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "Y"}
MOST_LISTS, MOST_UNITS = 8, 400


@dataclass(frozen=True, slots=True)
class LateRecords:
    """Records that had arrived by the cut, one a person and list.

    ``person``, ``source``, ``unit`` and ``delay`` (records,) are whole numbers; ``lists`` are names; ``cut`` is the
    unit of the cut, ``later`` the number of records that came after it.
    """

    person: Array
    source: Array
    unit: Array
    delay: Array
    lists: tuple[str, ...]
    cut: int
    later: int
    checks: tuple[Check, ...]

    def of_list(self, place: int) -> tuple[Array, Array]:
        """Return unit and delay of the records of one list."""
        mine = self.source == place
        return self.unit[mine], self.delay[mine]

    def delays(self) -> list[Delays]:
        """Count the records of each list by delay."""
        return [count_delays(*self.of_list(place), self.cut) for place in range(len(self.lists))]

    def seen(self, first: int, last: int) -> Array:
        """Count people by unit, from ``first`` to ``last``, and by cell, shape (units, 2 ** lists)."""
        codes, people = np.unique(self.person, return_inverse=True)
        patterns, units = np.zeros(codes.size, dtype=np.int64), np.zeros(codes.size, dtype=np.int64)
        np.bitwise_or.at(patterns, people, np.int64(1) << self.source)
        units[people] = self.unit
        inside = (units >= first) & (units <= last)
        table = np.zeros((last - first + 1, 1 << len(self.lists)), dtype=np.int64)
        np.add.at(table, (units[inside] - first, patterns[inside]), 1)
        return table


def read_late(frame: Any, columns: tuple[str, str, str, str], unit: str, as_of: Any) -> LateRecords:
    """Read a table with one row a record.

    Parameters
    ----------
    frame : pandas.DataFrame
        The records.
    columns : tuple of str
        Person, source, date of the case and date of arrival.
    unit : str
        ``"day"``, ``"week"``, ``"month"``, ``"quarter"`` or ``"year"``.
    as_of : str, date or int
        The cut; later arrivals are left out.

    Returns
    -------
    LateRecords
        The records, each person's first on each list.

    Raises
    ------
    DataError
        If the table cannot be used; the message says why.

    Examples
    --------
    >>> frame = pd.DataFrame({"who": [1, 1, 2], "by": ["a", "b", "a"], "case": [0, 0, 1], "in": [0, 2, 1]})
    >>> read = read_late(frame, ("who", "by", "case", "in"), "month", 1)
    >>> read.delay.tolist(), read.later
    ([0, 0], 1)
    """
    person, source, case, came = columns
    has_columns("the table of records", is_frame("the table of records", frame), columns)
    read = read_appearances(frame, person, source)
    if len(read.lists) > MOST_LISTS:
        raise DataError(f"the table has {len(read.lists)} lists, must have at most {MOST_LISTS}: merge the smallest")
    units, arrivals = _units(frame[case], unit), _units(frame[came], unit)
    cut = unit_of("as_of", as_of, unit, numeric=is_numbered(frame[case]))
    wrong = arrivals < units
    refuse_cells(frame[came], wrong, f"must not lie before the date of the case, in {case!r}")
    _refuse_two_cases(read.person, units, case)
    there = (arrivals <= cut) & (units <= cut)
    if not there.any():
        raise DataError(f"none of {len(frame):,} records had arrived by the cut: give a later as_of")
    rows = pd.DataFrame({"person": read.person, "source": read.source, "unit": units, "delay": arrivals - units})
    kept = rows[there].sort_values("delay", kind="stable").drop_duplicates(["person", "source"])
    kept = kept.sort_values(["person", "source"], kind="stable")
    who, where, when, after = (kept[name].to_numpy(dtype=np.int64) for name in ("person", "source", "unit", "delay"))
    return LateRecords(who, where, when, after, read.lists, cut, int((~there).sum()), read.checks)


def _units(column: pd.Series[Any], unit: str) -> Array:
    """Count the units of a column of dates; whole numbers are units already."""
    if is_numbered(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        wrong = ~(np.isfinite(values) & (values == np.floor(values)))
        refuse_cells(column, wrong, "must be dates, or whole numbers of units")
        return values.astype(np.int64)
    dates = pd.to_datetime(column, errors="coerce", format="ISO8601") if column.dtype.kind != "M" else column
    wrong = dates.isna().to_numpy()
    refuse_cells(column, wrong, "must be dates such as 2024-05-31, or whole numbers of units")
    return dates.dt.tz_localize(None).dt.to_period(UNITS[unit]).map(lambda one: one.ordinal).to_numpy(dtype=np.int64)


def is_numbered(column: pd.Series[Any]) -> bool:
    """Say whether a column holds numbers of units and no dates."""
    return column.dtype.kind in "iuf"


def unit_of(name: str, value: Any, unit: str, *, numeric: bool) -> int:
    """Return the unit that an option names, as a date or, where the table is numbered, as a number.

    Parameters
    ----------
    name : str
        The option.
    value : object
        What the user gave.
    unit : str
        Word of the unit.
    numeric : bool
        Whether the table has numbers of units.

    Returns
    -------
    int
        The unit.

    Raises
    ------
    SpecificationError
        If it is of the other kind.

    Examples
    --------
    >>> unit_of("as_of", "1970-03-09", "month", numeric=False)
    2
    """
    if numeric:
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            raise SpecificationError(f"{name} == {shown(value)}, must be a whole number, as the dates of the table are")
        return int(value)
    try:
        date: Any = pd.NaT if isinstance(value, (int, float, bool)) else pd.Timestamp(value)
    except (ValueError, TypeError):
        date = pd.NaT
    if date is pd.NaT:
        raise SpecificationError(f"{name} == {shown(value)}, must be a date such as '2024-12-31'")
    return int(date.tz_localize(None).to_period(UNITS[unit]).ordinal)


def _refuse_two_cases(person: Array, units: Array, case: str) -> None:
    """Refuse people whose records name cases of different units."""
    spread = pd.Series(units).groupby(person).agg(["min", "max"])
    several = int((spread["min"] != spread["max"]).sum())
    if several:
        raise CellError(
            f"column {case!r} differs between the records of {several:,} of {len(spread):,} people, must be the date "
            "of the case, one a person: take the earliest of each",
            column=case,
        )
