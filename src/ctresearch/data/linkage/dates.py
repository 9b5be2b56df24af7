"""Dates of birth as they are compared: whole, with day and month exchanged, and by their parts."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd

from ctresearch.core.cells import wrong_cells

_SHAPE = r"^(?P<year>\d{4})(?:-(?P<month>\d{2}))?(?:-(?P<day>\d{2}))?$"
_FIRST_YEAR, _LAST_YEAR = 1850, 2150
_DAYS = dict(enumerate((31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31), start=1))


def date_parts(column: pd.Series[Any]) -> pd.DataFrame:
    """Split dates of birth that may be known to the year or month alone.

    Parameters
    ----------
    column : pandas.Series
        Datetimes, or text such as ``1998-07-23``, ``1998-07`` or ``1998``; missing and empty values stay missing.

    Returns
    -------
    pandas.DataFrame
        Columns ``year``, ``month`` and ``day`` of dtype ``Int64``, with the index of ``column``.

    Raises
    ------
    DataError
        If a value is none of these; the message gives its row, not the date.

    Examples
    --------
    >>> date_parts(pd.Series(["1998-07-23", "2001", None])).astype(object).to_numpy().tolist()
    [[1998, 7, 23], [2001, <NA>, <NA>], [<NA>, <NA>, <NA>]]
    """
    given = column
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    # a year among missing ones is a float, and a midnight may stand behind a date
    text = column.map(_written, na_action="ignore").astype("string").str.strip()
    text = text.mask(text == "")
    parts = text.str.extract(_SHAPE)
    numbers = pd.DataFrame({name: pd.to_numeric(parts[name]).astype("Int64") for name in parts.columns})
    bad = text.notna() & ~(
        numbers["year"].between(_FIRST_YEAR, _LAST_YEAR)
        & numbers["month"].fillna(1).between(1, 12)
        & (numbers["day"].fillna(1).between(1, _last_day(numbers)))
    ).fillna(value=False)
    if bad.any():
        must = (
            f"must be dates of birth from {_FIRST_YEAR} to {_LAST_YEAR}, as datetimes or text such as 1998-07-23, "
            "1998-07 or 1998, and missing where not known: write year, month and day in this order, since 03/04/1998 "
            "is two dates"
        )
        raise wrong_cells(given, bad, must)
    return numbers


def _written(value: Any) -> str:
    """Write one cell as text."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _last_day(numbers: pd.DataFrame) -> pd.Series[Any]:
    """Return the last day of each month; 31 where the month is not known or is none."""
    month, year = numbers["month"].fillna(1), numbers["year"].fillna(2000)
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    return month.map(_DAYS).fillna(31).astype("int64") + (leap & (month == 2)).astype("int64")


def date_words(parts: pd.DataFrame) -> pd.DataFrame:
    """Write the dates in the forms in which two records may agree.

    Parameters
    ----------
    parts : pandas.DataFrame
        What :func:`date_parts` gives.

    Returns
    -------
    pandas.DataFrame
        Text columns: ``date`` whole, ``exchanged`` with day and month exchanged, ``year_month``, ``year_day``,
        ``month_day`` and ``year``, missing where a part is; and ``first_january``, the date where it is the first of
        January, on which offices put dates that nobody knows.

    Examples
    --------
    >>> date_words(date_parts(pd.Series(["1998-07-04"]))).loc[0, ["date", "exchanged"]].tolist()
    ['1998-07-04', '1998-04-07']
    """
    text = {name: parts[name].astype("string").str.zfill(2) for name in ("year", "month", "day")}
    year, month, day = text["year"], text["month"], text["day"]
    return pd.DataFrame(
        {
            "date": year + "-" + month + "-" + day,
            "exchanged": year + "-" + day + "-" + month,
            "year_month": year + "-" + month,
            "year_day": year + "--" + day,
            "month_day": month + "-" + day,
            "year": year,
            "first_january": (year + "-01-01").where((parts["month"] == 1) & (parts["day"] == 1)),
        }
    )
