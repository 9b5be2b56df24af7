"""The three shapes in which people keep lists: counted patterns, one row a person, one row an appearance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.names import Names, name_key, read_names
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.prevalence.lists.table_columns import (
    MAX_LISTS,
    join_alike,
    list_columns,
    read_counts,
    read_patterns,
    read_strata,
    require_number,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.check import Check
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class Tally:
    """People by pattern and stratum, as they came.

    ``rows`` has columns ``pattern`` and ``count`` and one a division of the table; ``notes`` say what was done,
    ``checks`` what every estimate from the table must say, and ``refused`` which columns cannot divide it, and why.
    """

    lists: tuple[str, ...]
    rows: pd.DataFrame
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Appearances:
    """Who appeared on which list: ``person`` and ``source`` (rows,) are codes, from 0.

    ``lists`` are the names that ``source`` points into; ``checks`` say which spellings were merged.
    """

    person: Array
    source: Array
    lists: tuple[str, ...]
    checks: tuple[Check, ...]


def tally_counts(frame: pd.DataFrame, lists: Sequence[str] | None, count: str, *, merge: bool = False) -> Tally:
    """Read a table with one row a pattern.

    Parameters
    ----------
    frame : pandas.DataFrame
        List columns of 0 and 1, a column of counts, and columns that divide the table.
    lists : sequence of str, optional
        The list columns; by default all but the counts.
    count : str
        The column of counts.
    merge : bool
        Take spellings of one name for one.

    Returns
    -------
    Tally
        The same rows; a note says if patterns repeat.

    Examples
    --------
    >>> tally_counts(pd.DataFrame({"A": [1, 1], "B": [0, 0], "count": [3, 4]}), None, "count").notes
    ('1 row repeated a pattern and was added to it',)
    """
    names = list_columns(frame, lists, [count])
    kept, patterns, merged = join_alike(names, read_patterns(frame, names), merge=merge)
    strata, refused = read_strata(frame, [*names, count], merge=merge)
    rows = strata.assign(pattern=patterns, count=read_counts(frame[count], patterns))
    repeats = int(rows.drop(columns="count").duplicated().sum())
    words = "1 row repeated a pattern and was" if repeats == 1 else f"{repeats} rows repeated a pattern and were"
    return Tally(kept, rows, (f"{words} added to it",) if repeats else (), said_merged(merged, len(kept)), refused)


def tally_records(frame: pd.DataFrame, lists: Sequence[str], *, merge: bool = False) -> Tally:
    """Read a table with one row a person.

    Parameters
    ----------
    frame : pandas.DataFrame
        List columns of 0 and 1 and columns that divide the table.
    lists : sequence of str
        The list columns.
    merge : bool
        Take spellings of one name for one.

    Returns
    -------
    Tally
        One row a person, each counted once.

    Raises
    ------
    DataError
        If a person is on no list.

    Examples
    --------
    >>> tally_records(pd.DataFrame({"A": [1, 1], "B": [0, 1]}), ["A", "B"]).rows["pattern"].tolist()
    [1, 3]
    """
    names = list_columns(frame, lists, [])
    kept, patterns, merged = join_alike(names, read_patterns(frame, names), merge=merge)
    nowhere = patterns == 0
    if nowhere.any():
        raise DataError(
            f"{int(nowhere.sum())} of {len(frame)} people are on no list, the first in row "
            f"{int(np.argmax(nowhere)) + 1}; each must be on at least one: remove the others"
        )
    strata, refused = read_strata(frame, names, merge=merge)
    return Tally(kept, strata.assign(pattern=patterns, count=1), checks=said_merged(merged, len(kept)), refused=refused)


def tally_appearances(frame: pd.DataFrame, person: str, source: str, *, merge: bool = False) -> Tally:
    """Read a table with one row for every time a person appears on a list.

    Parameters
    ----------
    frame : pandas.DataFrame
        The appearances; columns with one value a person divide the table.
    person, source : str
        Columns that say who and on which list.
    merge : bool
        Take spellings of one name for one.

    Returns
    -------
    Tally
        One row a person; lists in order of their names.

    Raises
    ------
    DataError
        If who or where is missing, or the two columns seem to be swapped.

    Examples
    --------
    >>> seen = pd.DataFrame({"who": [1, 1, 2], "where": ["police", "charity", "charity"]})
    >>> tally_appearances(seen, "who", "where").rows["pattern"].tolist()
    [3, 1]
    """
    read = read_appearances(frame, person, source, merge=merge)
    repeats = int(pd.DataFrame({"who": read.person, "where": read.source}).duplicated().sum())
    patterns = patterns_of(read)
    strata, refused = read_strata(frame, [person, source], merge=merge)
    people = strata.groupby(read.person)
    settled = people.nunique().le(1).all()
    rows = people.first().loc[:, settled[settled].index].reindex(range(len(patterns)))
    notes = (f"{repeats} appearances of a person on a list they were already on count once",) if repeats else ()
    return Tally(read.lists, rows.assign(pattern=patterns, count=1), notes, read.checks, refused)


def read_appearances(frame: pd.DataFrame, person: str, source: str, *, merge: bool = False) -> Appearances:
    """Read who appeared on which list, each person and each list by one name.

    Parameters
    ----------
    frame : pandas.DataFrame
        The appearances.
    person, source : str
        Columns that say who and on which list.
    merge : bool
        Take spellings of one name for one.

    Returns
    -------
    Appearances
        Codes, names of the lists in their order, and what must be said of merged spellings.

    Raises
    ------
    DataError
        If who or where is missing, names differ in their spelling alone, or there are not from two lists to sixty.

    Examples
    --------
    >>> seen = pd.DataFrame({"who": [1, 1, 2], "where": ["police", "charity", "charity"]})
    >>> read_appearances(seen, "who", "where").source.tolist()
    [1, 0, 0]
    """
    has_columns("the table of appearances", is_frame("the table of appearances", frame), [person, source])
    for column in (person, source):
        gone = np.flatnonzero(frame[column].isna()) + 1
        if len(gone):
            raise CellError(
                f"column {column!r} is missing in {len(gone):,} of {len(frame):,} rows ({row_words(gone.tolist())}), "
                "every row must say who and on which list",
                column=column,
                rows=gone.tolist(),
            )
    _refuse_swapped(frame, person, source)
    where = read_names(frame[source], source, merge=merge)
    require_number(len(where.spellings))
    who = _read_people(frame[person], person, merge=merge)
    order = sorted(range(len(where.spellings)), key=lambda code: str(where.spellings[code]))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    names = tuple(str(where.spellings[code]) for code in order)
    return Appearances(who.codes, place[where.codes], names, (*where.checks("lists"), *who.checks("people")))


def patterns_of(read: Appearances) -> Array:
    """Return the pattern of lists of each person.

    Parameters
    ----------
    read : Appearances
        Who appeared where.

    Returns
    -------
    numpy.ndarray
        Bit patterns, shape (people,).

    Examples
    --------
    >>> patterns_of(Appearances(np.array([0, 0, 1]), np.array([1, 0, 0]), ("a", "b"), ())).tolist()
    [3, 1]
    """
    patterns = np.zeros(int(read.person.max()) + 1, dtype=np.int64)
    np.bitwise_or.at(patterns, read.person, np.int64(1) << read.source)
    return patterns


def said_merged(merged: int, lists: int) -> tuple[Check, ...]:
    """Say that list columns were merged, where they were.

    Parameters
    ----------
    merged, lists : int
        Lists that had more than one spelling, of how many.

    Returns
    -------
    tuple of Check
        Empty where nothing was merged.

    Examples
    --------
    >>> said_merged(0, 3)
    ()
    """
    return Names(np.zeros(0, dtype=np.int64), tuple(range(lists)), merged).checks("lists")


def _refuse_swapped(frame: pd.DataFrame, person: str, source: str) -> None:
    """Refuse a column of lists that holds too many of them, as one of people does, and name none."""
    sources, people = len({name_key(one) for one in frame[source].unique()}), int(frame[person].nunique())
    if sources > people or sources > MAX_LISTS:
        raise CellError(
            f"column {source!r}, given as source, has {sources:,} different values and column {person!r}, given as "
            f"person, {people:,}: a source is one of 2 to {MAX_LISTS} lists that many people are on; are the two "
            "columns swapped?",
            column=source,
        )


def _read_people(column: pd.Series[Any], name: str, *, merge: bool) -> Names:
    """Read identifiers; ask where two differ in their spelling alone, since case may be what tells people apart."""
    if column.dtype.kind in "iufb":  # numbers have one spelling
        codes, values = pd.factorize(column)
        return Names(codes.astype(np.int64), tuple(range(len(values))), 0)
    try:
        return read_names(column, name, merge=merge)
    except CellError as error:
        raise CellError(
            f"{error}; where they are different people, number them first with pandas.factorize",
            column=error.column,
            rows=error.rows,
        ) from None
