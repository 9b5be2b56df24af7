"""Dates of birth as they are compared: whole, with day and month exchanged, and by their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from typing import Any

_SHAPE = r"^(?P<year>\d{4})(?:-(?P<month>\d{2}))?(?:-(?P<day>\d{2}))?$"
_FIRST_YEAR, _LAST_YEAR = 1850, 2150


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
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.dt.strftime("%Y-%m-%d")
    text = column.astype("string").str.strip()
    text = text.mask(text == "")
    parts = text.str.extract(_SHAPE)
    numbers = pd.DataFrame({name: pd.to_numeric(parts[name]).astype("Int64") for name in parts.columns})
    bad = text.notna() & ~(
        numbers["year"].between(_FIRST_YEAR, _LAST_YEAR)
        & numbers["month"].fillna(1).between(1, 12)
        & numbers["day"].fillna(1).between(1, 31)
    ).fillna(value=False)
    if bad.any():
        raise DataError(
            f"row {int(bad.to_numpy().argmax())} of column {column.name!r} is no date, dates of birth must be "
            "datetimes or text such as 1998-07-23, 1998-07 or 1998, and missing where not known"
        )
    return numbers


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
