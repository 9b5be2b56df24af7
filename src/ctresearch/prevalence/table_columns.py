"""Columns of a table of lists, read into patterns and counts, with one sentence for what cannot be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.cells import Array

MAX_LISTS = 60
MAX_PEOPLE = 1_000_000  # up to which every model that exists was reached by Newton's method in double precision
MAX_STRATA = 50
RESERVED = ("pattern", "count")
TAKEN = (*RESERVED, "observed", "fitted", "residual")


def list_columns(frame: pd.DataFrame, lists: Sequence[str] | None, others: Sequence[str]) -> tuple[str, ...]:
    """Settle which columns are lists.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    lists : sequence of str, optional
        Names given by the user; by default every column that is not in ``others``.
    others : sequence of str
        Columns that have another role.

    Returns
    -------
    tuple of str
        At least two distinct columns of the table.

    Raises
    ------
    DataError
        If one is missing, doubled or has another role, or there are too few or too many.

    Examples
    --------
    >>> list_columns(pd.DataFrame({"A": [1], "B": [0], "count": [3]}), None, ["count"])
    ('A', 'B')
    """
    is_frame("the table of lists", frame)
    if isinstance(lists, str):
        raise DataError(f"lists == {lists!r}, must be several names such as ['police', 'charity']")
    names = [c for c in frame.columns if c not in others] if lists is None else list(lists)
    has_columns("the table of lists", frame, [*names, *others])
    doubled = [name for i, name in enumerate(names) if str(name) in map(str, names[:i])]
    if doubled:
        raise DataError(f"lists names {doubled[0]!r} more than once, each list must be named once")
    taken = [name for name in names if name in others]
    if taken:
        raise DataError(f"lists names {taken[0]!r}, which is the column of counts: name the lists only")
    if not 2 <= len(names) <= MAX_LISTS:
        raise DataError(
            f"the table has {len(names)} list{'s' if len(names) != 1 else ''} ({', '.join(map(str, names))}), "
            f"must have from 2 to {MAX_LISTS}"
        )
    return tuple(names)


def read_patterns(frame: pd.DataFrame, lists: Sequence[str]) -> Array:
    """Turn columns of 0 and 1 into bit patterns.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    lists : sequence of str
        Its list columns.

    Returns
    -------
    numpy.ndarray
        One pattern a row.

    Raises
    ------
    DataError
        If a cell is missing or neither 0 nor 1.

    Examples
    --------
    >>> read_patterns(pd.DataFrame({"A": [1, 0], "B": [1, 1]}), ["A", "B"]).tolist()
    [3, 2]
    """
    patterns = np.zeros(len(frame), dtype=np.int64)
    for i, name in enumerate(lists):
        column = frame[name]
        is_one = (column == 1).fillna(False).to_numpy(dtype=bool)
        wrong = ~(is_one | (column == 0).fillna(False).to_numpy(dtype=bool))
        if wrong.any():
            at = int(np.argmax(wrong))
            value = column.iloc[at]
            came = "is missing" if pd.isna(value) else f"holds {str(value)!r}"
            raise DataError(
                f"list {name!r} {came} in row {at + 1}, must be 0 or 1 everywhere; a column that is no list, such as a "
                "country or an age group, is kept apart by naming the lists: lists=[...]"
            )
        patterns |= is_one.astype(np.int64) << i
    return patterns


def read_counts(column: pd.Series[Any], patterns: Array) -> Array:
    """Turn a column of counts into whole numbers.

    Parameters
    ----------
    column : pandas.Series
        Number of people with each pattern.
    patterns : numpy.ndarray
        The patterns.

    Returns
    -------
    numpy.ndarray
        Integers, of the same length.

    Raises
    ------
    DataError
        If a count is missing, negative, fractional or too large, or people are counted on no list.

    Examples
    --------
    >>> read_counts(pd.Series([3.0, 0.0]), np.array([1, 2])).tolist()
    [3, 0]
    """
    numbers = pd.to_numeric(column, errors="coerce") if column.dtype.kind not in "cM" else column * np.nan
    text = (numbers.isna() & column.notna()).to_numpy()
    if text.any():
        at = int(np.argmax(text))
        raise DataError(
            f"the count {str(column.iloc[at])!r} in row {at + 1} is no number, must be a whole number in plain digits; "
            "a suppressed count such as '<5' cannot be used"
        )
    values = numbers.to_numpy(dtype=float, na_value=np.nan)
    nowhere = "belongs to people on no list, the number to be estimated, which nobody observes: remove the row of zeros"
    for wrong, what in (
        (np.isnan(values), "is missing, must be a whole number; write 0 where nobody was seen"),
        (values < 0, "is negative, must be at least 0"),
        (values > MAX_PEOPLE, f"is more than {MAX_PEOPLE:,} people"),
        (values != np.floor(values), "is a fraction, must be a whole number of people, not a rate or a weight"),
        ((patterns == 0) & (values > 0), nowhere),
    ):
        if wrong.any():
            at = int(np.argmax(wrong))
            raise DataError(f"the count {column.iloc[at]} in row {at + 1} {what}")
    if values.sum() > MAX_PEOPLE:
        raise DataError(f"the counts add up to {values.sum():,.0f}, must be at most {MAX_PEOPLE:,} people")
    return values.astype(np.int64)


def read_strata(frame: pd.DataFrame, roles: Sequence[str]) -> pd.DataFrame:
    """Return the columns that can divide a table into strata.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    roles : sequence of str
        Columns that are lists, counts or identifiers.

    Returns
    -------
    pandas.DataFrame
        Other columns of at most 50 distinct values, as text; one with more identifies people rather than groups and
        stays behind.

    Examples
    --------
    >>> read_strata(pd.DataFrame({"A": [1], "sex": ["female"]}), ["A"])["sex"].tolist()
    ['female']
    """
    others = [c for c in frame.columns if c not in roles and c not in RESERVED]
    names = [c for c in others if frame[c].nunique(dropna=False) <= MAX_STRATA]
    columns = {str(c): frame[c].astype("str").fillna("not stated").to_numpy(dtype=object) for c in names}
    return pd.DataFrame(columns, index=range(len(frame)))
