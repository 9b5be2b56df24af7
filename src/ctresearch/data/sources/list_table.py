"""Tables of lists: the one reader for a file of them, whoever asks, so that what one passes no other refuses.

A file holds one row a pattern with its count, or one row a person without a column of counts. Beside what the schema
says of each cell, the whole must make sense: two lists or more, nobody counted on no list, no more people than can be.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import CellError, DataError
from ctresearch.data.contents.report import VIOLATION_COLUMNS, table
from ctresearch.data.contents.schema import Column, Schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.data.files.opened_file import OpenFile

NAME, COUNT = "lists", "count"
MAX_LISTS, MAX_PEOPLE, MAX_BYTES = 60, 100_000_000, 100_000_000
_NOWHERE = "1 on a list or more: nobody observes how many people are on none"


def as_lists(one: Schema, lists: Sequence[str] | None, count: str) -> Schema:
    """Say which columns of a file are lists and which the counts.

    Parameters
    ----------
    one : Schema
        The schema of lists.
    lists : sequence of str or None
        The lists; other columns are then kept as text. ``None`` takes every column but the counts for a list.
    count : str
        The column of counts.

    Returns
    -------
    Schema
        The schema for this file.

    Examples
    --------
    >>> from ctresearch.data.contents.schema import schema
    >>> as_lists(schema("lists"), ["police", "NGO"], "n").names
    ('n', 'police', 'NGO')
    """
    counts = one.columns[0] if count == COUNT else replace(one.columns[0], name=count, variants=(), optional=False)
    if lists is None:
        return replace(one, columns=(counts,))
    named = [Column(name=name, kind="flag", required=True) for name in lists if name != count]
    return replace(one, columns=(counts, *named), extra="keep")


def refuse_other_files(opened: OpenFile, held: Schema, names: Sequence[str]) -> None:
    r"""Refuse a file that is no table of lists whatever its cells.

    Parameters
    ----------
    opened : OpenFile
        The file.
    held : Schema
        What it is held to.
    names : sequence of str
        Its columns, under the names of the schema.

    Raises
    ------
    DataError
        If it lacks a column, or has too few or too many lists.

    Examples
    --------
    >>> from pathlib import Path
    >>> import tempfile
    >>> from ctresearch.data.files.reading import open_file
    >>> from ctresearch.data.contents.schema import schema
    >>> path = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = path.write_text("police,NGO\n1,0\n")
    >>> refuse_other_files(open_file(path, len), schema("lists"), ["police", "NGO"])
    """
    missing = next((name for name in held.names if name not in names and not held.column(name).optional), None)
    if missing is not None:
        there = ", ".join(map(repr, names[:12])) + ", ..." * (len(names) > 12)
        raise DataError(f"{opened.path.name} has no column {missing!r}; its columns are {there}")
    lists = len(lists_among(held, names))
    if lists + opened.header.count("") < 2 or lists > MAX_LISTS:  # a column without a name may turn out to be a list
        raise _number_of_lists(opened.path.name, lists)


def refuse_records(opened: OpenFile) -> None:
    """Refuse a file whose first row is a record, since its cells would become names of lists.

    Parameters
    ----------
    opened : OpenFile
        The file.

    Raises
    ------
    DataError
        If it has no header.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.data.files.opened_file import OpenFile
    >>> opened = OpenFile(path=Path("a.csv"), header=("police", "NGO"), reading="text", chunks=lambda *_: iter(()))
    >>> refuse_records(opened)
    """
    if opened.record:
        raise DataError(
            f"{opened.path.name} has no header: its first row reads like a record and not like names of lists; add one"
        )


def refuse_large(path: str | Path) -> None:
    """Refuse a file that is too large for a table of lists, before it is read.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.

    Raises
    ------
    DataError
        If it is larger than 100 MB.

    Examples
    --------
    >>> refuse_large("not-there.csv")
    """
    size = Path(path).stat().st_size if Path(path).is_file() else 0
    if size > MAX_BYTES:
        raise DataError(
            f"{Path(path).name} has {size / 1e6:,.0f} MB, must have at most {MAX_BYTES / 1e6:,.0f} MB: "
            "a table of lists has one row a pattern; count the records first"
        )


def lists_among(held: Schema, names: Sequence[str]) -> list[str]:
    """Return the columns that are lists.

    Parameters
    ----------
    held : Schema
        What the file is held to.
    names : sequence of str
        Its columns.

    Returns
    -------
    list of str
        Those that hold 0 and 1.

    Examples
    --------
    >>> from ctresearch.data.contents.schema import schema
    >>> lists_among(schema("lists"), ["police", "NGO", "count"])
    ['police', 'NGO']
    """
    counts, named = held.names[0], held.names[1:]
    return [name for name in names if name and name != counts and (held.extra == "flag" or name in named)]


@dataclass(slots=True)
class WholeTable:
    """What the chunks of a table of lists show of the whole; lives within one call.

    Parameters
    ----------
    file : str
        Name of the file, for messages.
    held : Schema
        What it is held to.

    Examples
    --------
    >>> from ctresearch.data.contents.schema import schema
    >>> whole = WholeTable("a.csv", schema("lists"))
    >>> whole.add(pd.DataFrame({"police": [0, 1], "NGO": [0, 1], "count": [3, 4]}), 0)["row"].tolist()
    [0]
    """

    file: str
    held: Schema
    rows: int = 0
    people: int = 0
    seen: set[tuple[int, ...]] = field(default_factory=set)
    right: dict[str, int] = field(default_factory=dict)

    def add(self, frame: pd.DataFrame, offset: int) -> pd.DataFrame:
        """Take one chunk, typed; return the rows that count people on no list, as violations."""
        lists, counts = lists_among(self.held, list(frame.columns)), self.held.names[0]
        marks = frame[lists].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        for name, n in zip(lists, np.isfinite(marks).sum(axis=0).tolist(), strict=True):
            self.right[name] = self.right.get(name, 0) + n
        people = np.ones(len(frame)) if counts not in frame else frame[counts].to_numpy(dtype=float, na_value=0)
        self.rows += len(frame)
        self.people += int(people.sum())
        if counts not in frame and len(self.seen) == self.rows - len(frame):  # none was alike so far
            marks = np.nan_to_num(marks, nan=-1)
            self.seen |= set(map(tuple, marks.astype(int).tolist()))
        at = np.flatnonzero((marks == 0).all(axis=1) & (people > 0))
        told = {"row": at + offset, "column": "all lists", "value": "0", "kind": "a whole number", "rule": "on_no_list"}
        return table(VIOLATION_COLUMNS, pd.DataFrame(told | {"allowed": _NOWHERE}, index=range(len(at))))

    def judge(self, *, counted: bool) -> tuple[str, ...]:
        """Refuse a whole that cannot be, and say how its rows were read."""
        if len(self.right) < 2:
            raise _number_of_lists(self.file, len(self.right))
        none = [place for place, n in enumerate(self.right.values(), start=1) if not n]
        if none:
            raise self._no_lists(none, counted=counted)
        if self.people > MAX_PEOPLE:
            raise DataError(f"{self.file} counts {self.people:,} people, must count at most {MAX_PEOPLE:,}")
        if counted:
            return ()
        if len(self.seen) == self.rows:
            raise DataError(
                f"{self.file} has no column {COUNT!r} and no two rows that are alike, as a table of patterns has that "
                "lost its counts: add the column, with 1 in each row if each is one person"
            )
        return (f"There is no column of counts: each of the {self.rows:,} rows is one person.",)

    def _no_lists(self, places: list[int], *, counted: bool) -> CellError:
        """Say that columns are no lists, and that the rows look like persons where they do."""
        names = ", ".join(map(repr, [name for name, n in self.right.items() if not n][:5])) + ", ..." * (
            len(places) > 5
        )
        rows = "" if counted else "; its rows look like persons and not like patterns with their counts"
        return CellError(
            f"{len(places)} of {len(self.right)} columns of {self.file} ({names}) hold 0 or 1 in no row, so they are no"
            f" lists{rows}: name the columns that are lists (lists=[...]), or keep the others out of the file"
        )


def _number_of_lists(file: str, lists: int) -> DataError:
    """Say that there are too few lists, or too many."""
    return DataError(
        f"{file} has {lists} list{'s' * (lists != 1)}, must have from 2 to {MAX_LISTS}: one column a list, parted by "
        "commas, semicolons or tabs"
    )
