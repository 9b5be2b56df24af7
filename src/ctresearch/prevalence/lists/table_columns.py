"""Columns of a table of lists, read into patterns and counts, with one sentence for what cannot be right.

No sentence shows a cell: a table of people may hold a name wherever a number should be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.groups import read_groups
from ctresearch.core.names import name_key, read_names, refuse_alike
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array

# A pattern is one bit a list of a signed 64-bit integer, with room to spare.
MAX_LISTS = 60
MAX_PEOPLE = 100_000_000  # up to which every model that exists was reached by Newton's method in double precision
RANGES = "a suppressed count such as '<5' is for PartialHistories.from_counts and PartialLogLinear"
# A column of more values names people or places one by one and is no stratum: it is not kept.
MAX_STRATA = 50
RESERVED = ("pattern", "count")
NOT_STATED = "not stated"
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
    doubled = [place for place, name in enumerate(names, start=1) if name in names[: place - 1]]
    if doubled:
        raise DataError(f"lists names a column more than once (number {doubled[0]}), each list must be named once")
    taken = [name for name in names if name in others]
    if taken:
        raise DataError(f"lists names {taken[0]!r}, which is the column of counts: name the lists only")
    require_number(len(names))
    return tuple(names)


def require_number(lists: int) -> None:
    """Refuse too few lists and too many.

    Parameters
    ----------
    lists : int
        How many there are.

    Raises
    ------
    DataError
        If there are fewer than two or more than 60.

    Examples
    --------
    >>> require_number(2)
    """
    if not 2 <= lists <= MAX_LISTS:
        raise DataError(f"the table has {lists} list{'s' if lists != 1 else ''}, must have from 2 to {MAX_LISTS}")


def refuse_taken(lists: Sequence[Any], words: Sequence[str]) -> None:
    """Refuse lists that are named as the table names its own columns.

    Parameters
    ----------
    lists : sequence
        Names of the lists.
    words : sequence of str
        Words that the table uses.

    Raises
    ------
    CellError
        If one is taken; the message names the word and the place, not the list.

    Examples
    --------
    >>> refuse_taken(["police"], TAKEN)
    """
    for place, name in enumerate(lists, start=1):
        if name_key(name) in words:
            raise CellError(
                f"list {place} of {len(lists)} is named {name_key(name)!r}, a word that the table itself uses: give it "
                "another name",
                rows=[place],
            )


def join_alike(names: Sequence[Any], patterns: Array, *, merge: bool) -> tuple[tuple[str, ...], Array, int]:
    """Take list columns whose names differ in their spelling alone for one list, or refuse them.

    Parameters
    ----------
    names : sequence
        Names of the list columns.
    patterns : numpy.ndarray
        Bit patterns over these columns.
    merge : bool
        Whether to take them for one list, which then holds whoever is on any of them.

    Returns
    -------
    tuple
        Names of the lists, the first spelling of each; patterns over them; how many lists had several spellings.

    Raises
    ------
    CellError
        If names are alike and ``merge`` is false.
    DataError
        If fewer than two lists are left.

    Examples
    --------
    >>> names, patterns, merged = join_alike(["NGO", "police", "ngo "], np.array([1, 4, 6]), merge=True)
    >>> names, patterns.tolist(), merged
    (('NGO', 'police'), [1, 1, 3], 1)
    """
    if not merge:
        refuse_alike(names, "lists")
        return tuple(map(str, names)), patterns, 0
    read = read_names(pd.Series(list(names), dtype=object), "lists", merge=True)
    require_number(len(read.spellings))
    joined = np.zeros_like(patterns)
    for old, new in enumerate(read.codes):
        joined |= (patterns >> old & 1) << new
    return tuple(map(str, read.spellings)), joined, read.merged


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
        refuse_cells(
            column,
            wrong,
            "must be 0 or 1 everywhere; a column that is no list, such as a country or an age group, "
            "is kept apart by naming the lists: lists=[...]",
            name=str(name),
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
    readable = column if column.dtype.kind not in "cmM" else column.astype(str)  # dates count nobody
    numbers = pd.to_numeric(readable, errors="coerce")
    text = (numbers.isna() & column.notna()).to_numpy()
    values = numbers.to_numpy(dtype=float, na_value=np.nan)
    nowhere = (
        "must not count people on no list, the number to be estimated, which nobody observes: remove the row of zeros"
    )
    for wrong, must in (
        (text, f"must be whole numbers in plain digits; {RANGES}"),
        (np.isnan(values), "must be whole numbers; write 0 where nobody was seen"),
        (values < 0, "must not be negative"),
        (values > MAX_PEOPLE, f"must be at most {MAX_PEOPLE:,} people"),
        (values != np.floor(values), "must be whole numbers of people, not fractions, rates or weights"),
        ((patterns == 0) & (values > 0), nowhere),
    ):
        refuse_cells(column, wrong, must)
    if values.sum() > MAX_PEOPLE:
        raise DataError(f"the counts add up to {values.sum():,.0f}, must be at most {MAX_PEOPLE:,} people")
    return values.astype(np.int64)


def read_strata(
    frame: pd.DataFrame, roles: Sequence[str], *, merge: bool = False
) -> tuple[pd.DataFrame, tuple[tuple[str, str], ...]]:
    """Return the columns that can divide a table into strata, and why others cannot.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    roles : sequence of str
        Columns that are lists, counts or identifiers.
    merge : bool
        Take spellings of one label for one.

    Returns
    -------
    tuple
        Other columns of at most 50 distinct values, as text; one with more identifies people rather than groups and
        stays behind. Then, as pairs of name and reason, columns whose labels are alike but for spelling or read
        ``"all"``: nobody may want to divide by them, so the reason waits until somebody does.

    Examples
    --------
    >>> read_strata(pd.DataFrame({"A": [1], "sex": ["female"]}), ["A"])[0]["sex"].tolist()
    ['female']
    """
    columns: dict[str, Any] = {}
    refused = []
    for name in [c for c in frame.columns if c not in roles and c not in RESERVED]:
        if frame[name].nunique(dropna=False) <= MAX_STRATA:
            try:
                columns[str(name)] = _labels(_stated(frame[name]), str(name), merge=merge)
            except CellError as error:
                refused.append((str(name), str(error)))
    return pd.DataFrame(columns, index=range(len(frame))), tuple(refused)


def _stated(column: pd.Series[Any]) -> pd.Series[Any]:
    """Give missing labels a name, in the spelling that the column itself has for it."""
    word = next((one for one in column.dropna().unique() if name_key(one) == NOT_STATED), NOT_STATED)
    return column if column.notna().all() else column.astype(object).where(column.notna(), word)


def _labels(column: pd.Series[Any], name: str, *, merge: bool) -> Array:
    """Return one text a row, or say why the labels cannot be told apart."""
    if merge:
        read = read_names(column, name, merge=True)
        column = pd.Series([read.spellings[code] for code in read.codes], dtype=object)
    groups = read_groups(pd.DataFrame({name: column.to_numpy()}), name)
    return np.array(groups.names, dtype=object)[groups.codes]
