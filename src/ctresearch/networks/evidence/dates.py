"""Dates of evidence: read as days or refused, and asked about where day and month could change places."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.errors import CellError, SpecificationError
from ctresearch.core.validate import one_of

if TYPE_CHECKING:
    from collections.abc import Callable

Order = Literal["day first", "month first", "iso"]
ORDERS = ("day first", "month first", "iso")
_TIME = r"(?:[T ]\s*(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?\s*([AaPp][Mm])?\s*(?:Z|[+-]\d\d:?\d\d)?)?"
_ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){_TIME}$")
_FIGURES = re.compile(rf"(\d{{1,2}})[-/.](\d{{1,2}})[-/.](\d{{4}}){_TIME}$")
_DAY_NAMED = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?[ -]([A-Za-z]{{3,9}})\.?[ ,-]+(\d{{4}}){_TIME}$")
_NAMED_DAY = re.compile(rf"([A-Za-z]{{3,9}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_TIME}$")
_YEAR = re.compile(r"\d{4}$")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MUST = (
    "must be dates, such as 2021-03-10, or 10/03/2021 with dates='day first' or dates='month first', or all whole "
    "numbers such as years"
)


def read_dates(column: pd.Series[Any], name: str, order: Order | None = None) -> tuple[pd.Series[Any], Order | None]:
    """Read a column of dates.

    Parameters
    ----------
    column : pandas.Series
        Dates, text that writes them, or numbers such as years; it may have gaps.
    name : str
        What it is called.
    order : {"day first", "month first", "iso"}, optional
        How text writes dates in figures; ``"iso"`` takes the year first and nothing else. Without it, an order is taken
        only where no other can read the column.

    Returns
    -------
    tuple
        The column as times or numbers, and the order in which its text was read.

    Raises
    ------
    CellError
        If a cell is no date, or day and month could change places and nobody said which comes first.

    Examples
    --------
    >>> read_dates(pd.Series(["28/2/2021", "10/3/2021"]), "on")[0].dt.month.tolist()
    [2, 3]
    """
    if order is not None:
        one_of("dates", order, ORDERS)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return _numbers(column, name), order
    cells = column.astype(object)
    if isinstance(column.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(column):
        return pd.to_datetime(cells.map(_moment, na_action="ignore")), order
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    if texts and all(map(_YEAR.match, texts)) and all(isinstance(cell, str) or pd.isna(cell) for cell in cells):
        return pd.to_numeric(cells.map(lambda cell: cell.strip() or np.nan, na_action="ignore")), order
    found = _order_of(cells, texts, name, order)
    read = {cell: _read(cell, found) for cell in dict.fromkeys(cells) if not _is_gap(cell)}
    wrong = cells.map(lambda cell: not _is_gap(cell) and read[cell] is None).to_numpy(dtype=bool)
    refuse_cells(cells, wrong, _MUST, name=name)
    return pd.to_datetime(cells.map(lambda cell: pd.NaT if _is_gap(cell) else read[cell])), found


def read_bound(name: str, value: Any, dates: pd.Series[Any], order: Order | None) -> Any:
    """Read the first or last date that is asked for.

    Parameters
    ----------
    name : str
        Name of the option.
    value : object
        What the user gave.
    dates : pandas.Series
        The dates it is compared to.
    order : {"day first", "month first", "iso"}, optional
        How text writes dates.

    Returns
    -------
    object
        A time, or a number where the dates are numbers.

    Raises
    ------
    SpecificationError
        If it cannot be compared to the dates, is no date, or could be two.

    Examples
    --------
    >>> read_bound("end", "28/2/2021", pd.Series(pd.to_datetime(["2021-03-10"])), None)
    Timestamp('2021-02-28 00:00:00')
    """
    one = pd.Series([value], dtype=object)
    if pd.isna(value) or isinstance(value, bool):
        raise SpecificationError(f"{name} is no date: give one, or leave it out")
    numeric = pd.api.types.is_numeric_dtype(dates)
    is_number = isinstance(value, (int, float, np.number))
    if is_number or (isinstance(value, str) and _YEAR.match(value.strip())):
        if numeric:
            return float(value)
        raise SpecificationError(f"{name} is a number, but the evidence has dates: give a date such as '2021-03-10'")
    if numeric:
        raise SpecificationError(f"{name} is a date, but the evidence is dated by numbers: give a number")
    try:
        return read_dates(one, name, order)[0].iloc[0]
    except CellError:
        raise SpecificationError(
            f"{name} is no date, or could be two: write it as 2021-03-10, or say dates='day first' or dates='month "
            "first'"
        ) from None


def _numbers(column: pd.Series[Any], name: str) -> pd.Series[Any]:
    """Take numbers as they are, without infinite ones."""
    infinite = np.isinf(column.to_numpy(dtype=float, na_value=np.nan))
    refuse_cells(column, infinite, _MUST, name=name)
    return column


def _order_of(cells: pd.Series[Any], texts: list[str], name: str, order: Order | None) -> Order | None:
    """Find the one order that fits text in figures; ask where two do."""
    figures = [text for text in dict.fromkeys(texts) if _FIGURES.match(text)]
    if order is not None or not figures:
        return order
    fits: dict[Order, list[pd.Timestamp | None]] = {
        "day first": [_text(t, "day first") for t in figures],
        "month first": [_text(t, "month first") for t in figures],
    }
    able = [one for one, read in fits.items() if all(time is not None for time in read)]
    if len(able) == 2 and fits["day first"] != fits["month first"]:
        two = {t for t, a, b in zip(figures, *fits.values(), strict=True) if a != b}
        rows = [i for i, cell in enumerate(cells, start=1) if isinstance(cell, str) and cell.strip() in two]
        raise CellError(
            f"column {name!r}: {len(rows):,} of {len(cells):,} dates could have the day or the month first (row"
            f"{'s' * (len(rows) > 1)} {row_words(rows)}): say dates='day first' or dates='month first'",
            column=name,
            rows=rows,
        )
    return able[0] if able else "day first"


def _read(cell: Any, order: Order | None) -> pd.Timestamp | None:
    """Read one cell, or nothing where it is no date."""
    if isinstance(cell, str):
        return _text(cell.strip(), order)
    return _moment(cell) if isinstance(cell, (datetime.date, np.datetime64)) else None


def _text(text: str, order: Order | None) -> pd.Timestamp | None:
    """Read a date that is written."""
    forms: list[tuple[re.Pattern[str], Callable[[Any, Any, Any], tuple[Any, Any, Any]]]] = [
        (_ISO, lambda y, m, d: (y, m, d))
    ]
    if order != "iso":
        forms += [(_DAY_NAMED, lambda d, m, y: (y, _month(m), d)), (_NAMED_DAY, lambda m, d, y: (y, _month(m), d))]
        forms += [(_FIGURES, (lambda m, d, y: (y, m, d)) if order == "month first" else (lambda d, m, y: (y, m, d)))]
    for form, sort in forms:
        match = form.match(text)
        if match is not None:
            return _time(sort(*match.groups()[:3]), match.groups()[3:])
    return None


def _month(name: str) -> int:
    """Read the English name of a month, or its first letters; 0 where it is none."""
    called = [i for i, month in enumerate(_MONTHS, start=1) if month.startswith(name.lower())]
    return called[0] if len(called) == 1 else 0


def _time(day: tuple[Any, Any, Any], clock: tuple[Any, ...]) -> pd.Timestamp | None:
    """Put day and time together, or nothing where there is no such day."""
    hour, minute, second, half = clock
    hours = int(hour or 0) % 12 + 12 * (half.lower() == "pm") if half else int(hour or 0)
    try:
        year, month, date = map(int, day)
        return pd.Timestamp(datetime.datetime(year, month, date, hours, int(minute or 0), int(second or 0)))
    except (ValueError, OverflowError):
        return None


def _moment(time: Any) -> pd.Timestamp | None:
    """Take a time as its clock showed it, whatever the zone."""
    return pd.Timestamp(time).tz_localize(None)


def _is_gap(cell: Any) -> bool:
    """Say whether a cell is empty."""
    return not cell.strip() if isinstance(cell, str) else bool(pd.isna(cell))
