"""A file whose header was found, whatever its format: what is known of it before a row is read."""

from __future__ import annotations

import datetime
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.data.files.first_row import is_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    #: Says how well a row of cells serves as the header; 0 or less where it does not.
    HeaderScore = Callable[[Sequence[str]], float]

SEARCH = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A file whose header was found, ready to be read in chunks.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    header : tuple of str
        Names of the columns, as they stand in the file; blank where a column has none.
    reading : str
        How it is read, in words.
    chunks : callable
        Takes the positions of the wanted columns and the rows of a chunk; yields tables of text whose index is the row
        of the file, 1 the first, as a spreadsheet numbers them.
    record : bool
        Whether the row taken for the header reads like a record, so that its cells must not be shown.
    continental : bool
        Whether fields are parted by semicolons, so that a comma may be the decimal mark and a point part thousands.
    notices : tuple of str
        What a reader must know of the file.
    """

    path: Path
    header: tuple[str, ...]
    reading: str
    chunks: Callable[[list[int], int], Iterator[pd.DataFrame]]
    record: bool = False
    continental: bool = False
    notices: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The first rows of a text or of a sheet, as they stand; ``typed`` where they are the names of columns for sure."""

    sheet: str
    rows: tuple[tuple[str, ...], ...]
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """The header among the first rows: its place from 0, its names, and whether it reads like a record."""

    at: int
    names: tuple[str, ...]
    record: bool


def find_header(path: Path, rows: Iterable[Sequence[str]], score: HeaderScore) -> Header:
    """Find the header among the first rows. No message shows a cell, since a file may have no header.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    rows : iterable of sequence of str
        The first rows.
    score : callable
        Says how well a row serves as the header.

    Returns
    -------
    Header
        The row that serves best.

    Raises
    ------
    DataError
        If none serves, or two columns have the same name.

    Examples
    --------
    >>> from pathlib import Path
    >>> find_header(Path("a.csv"), [["Title", ""], ["year", "count"], ["2020", "5"]], lambda row: float("year" in row))
    Header(at=1, names=('year', 'count'), record=False)
    """
    seen = [tuple(cell.strip() for cell in row) for row in itertools.islice(rows, SEARCH)]
    scores = [score(row) for row in seen]
    if not seen or max(scores) <= 0:
        raise DataError(
            f"{path.name} has no header that fits: none of its first {len(seen)} rows holds enough of the names of "
            "columns that are looked for: name the source that the file is of (`schema(name).names` lists its "
            "columns), or add the row of names"
        )
    at = scores.index(max(scores))
    names, record = seen[at], is_record(seen[at], seen[at + 1 :])
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        which = "a column" if record else f"the column {twice[0]!r}"
        raise DataError(f"{path.name} has {which} more than once, names must be unique: rename one")
    return Header(at, names, record)


def as_text(value: object) -> str:
    """Write one value as the text that a CSV file would hold.

    Parameters
    ----------
    value : object
        A cell of Excel, Parquet, Stata or SPSS.

    Returns
    -------
    str
        Blank for a missing value; whole numbers without a point; dates as ISO 8601.

    Examples
    --------
    >>> as_text(3.0), as_text(None), as_text(True), as_text(float("nan"))
    ('3', '', '1', '')
    """
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124 - NaN
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat().removesuffix("T00:00:00")
    return str(value)
