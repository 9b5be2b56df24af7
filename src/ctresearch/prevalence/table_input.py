"""The three shapes in which people keep lists: counted patterns, one row a person, one row an appearance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.prevalence.table_columns import list_columns, read_counts, read_patterns, read_strata

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Tally:
    """People by pattern and stratum, as they came.

    ``rows`` has columns ``pattern`` and ``count`` and one a division of the table; ``notes`` say what was done.
    """

    lists: tuple[str, ...]
    rows: pd.DataFrame
    notes: tuple[str, ...] = ()


def tally_counts(frame: pd.DataFrame, lists: Sequence[str] | None, count: str) -> Tally:
    """Read a table with one row a pattern.

    Parameters
    ----------
    frame : pandas.DataFrame
        List columns of 0 and 1, a column of counts, and columns that divide the table.
    lists : sequence of str, optional
        The list columns; by default all but the counts.
    count : str
        The column of counts.

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
    patterns = read_patterns(frame, names)
    rows = read_strata(frame, [*names, count]).assign(pattern=patterns, count=read_counts(frame[count], patterns))
    repeats = int(rows.drop(columns="count").duplicated().sum())
    words = "1 row repeated a pattern and was" if repeats == 1 else f"{repeats} rows repeated a pattern and were"
    return Tally(names, rows, (f"{words} added to it",) if repeats else ())


def tally_records(frame: pd.DataFrame, lists: Sequence[str]) -> Tally:
    """Read a table with one row a person.

    Parameters
    ----------
    frame : pandas.DataFrame
        List columns of 0 and 1 and columns that divide the table.
    lists : sequence of str
        The list columns.

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
    patterns = read_patterns(frame, names)
    nowhere = patterns == 0
    if nowhere.any():
        raise DataError(
            f"{int(nowhere.sum())} of {len(frame)} people are on no list, the first in row {int(np.argmax(nowhere)) + 1}; "
            "each must be on at least one: remove the others"
        )
    return Tally(names, read_strata(frame, names).assign(pattern=patterns, count=1))


def tally_appearances(frame: pd.DataFrame, person: str, source: str) -> Tally:
    """Read a table with one row for every time a person appears on a list.

    Parameters
    ----------
    frame : pandas.DataFrame
        The appearances; columns with one value a person divide the table.
    person, source : str
        Columns that say who and on which list.

    Returns
    -------
    Tally
        One row a person; lists in order of their names.

    Raises
    ------
    DataError
        If who or where is missing.

    Examples
    --------
    >>> seen = pd.DataFrame({"who": [1, 1, 2], "where": ["police", "charity", "charity"]})
    >>> tally_appearances(seen, "who", "where").rows["pattern"].tolist()
    [3, 1]
    """
    has_columns("the table of appearances", is_frame("the table of appearances", frame), [person, source])
    for column in (person, source):
        if frame[column].isna().any():
            at = int(np.argmax(frame[column].isna())) + 1
            raise DataError(f"{column!r} is missing in row {at}, every row must say who and on which list")
    repeats = int(frame.duplicated([person, source]).sum())
    who = frame[person].to_numpy()
    wide = pd.crosstab(frame[person], frame[source].astype("str")).clip(upper=1)
    names = list_columns(wide, None, [])
    strata = read_strata(frame, [person, source]).groupby(who)
    settled = strata.nunique().le(1).all()
    rows = strata.first().loc[:, settled[settled].index].reindex(wide.index).reset_index(drop=True)
    notes = (f"{repeats} appearances of a person on a list they were already on count once",) if repeats else ()
    return Tally(names, rows.assign(pattern=read_patterns(wide, names), count=1), notes)
