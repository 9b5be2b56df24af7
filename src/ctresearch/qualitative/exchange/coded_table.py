"""Coded segments as a plain table or CSV file, which every tool can write."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.validate import file_path, is_a
from ctresearch.data.files.encoding import DELIMITERS, detect_encoding, parse
from ctresearch.data.files.opened_file import SEARCH
from ctresearch.data.files.reading import CHUNK, open_file
from ctresearch.qualitative.coding.code import SEPARATOR, Code
from ctresearch.qualitative.coding.codebook import Codebook
from ctresearch.qualitative.coding.segments import COLUMNS, CodedSegments
from ctresearch.qualitative.exchange.material import CodedMaterial

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_NEEDED = ("document", "start", "end", "code")
# What programs of statistics write where nothing stands; a code or a coder of such a name would be a guess.
_MISSING = ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NULL", "null", "None")


def read_coded_table(
    table: pd.DataFrame | str | Path,
    *,
    texts: Mapping[str, str] | None = None,
    codebook: Codebook | None = None,
    merge_names: bool = False,
) -> CodedMaterial:
    """Read coded segments from a table or a CSV file, whose encoding and delimiter are found.

    Parameters
    ----------
    table : DataFrame, str or pathlib.Path
        Columns ``document``, ``start``, ``end``, ``code``; where there are, ``coder`` and ``memo``.
    texts : mapping of str to str, optional
        Document to its text.
    codebook : Codebook, optional
        The codes; by default those that the table names, ``" > "`` between a code and the one above it.
    merge_names : bool
        Take names that differ in case, accents or spaces alone for one; they are refused otherwise.

    Returns
    -------
    CodedMaterial
        Codes and segments.

    Raises
    ------
    DataError
        If the file or table cannot be used.

    Examples
    --------
    >>> marked = pd.DataFrame({"document": ["A"], "start": [0], "end": [9], "code": ["means > debt"]})
    >>> read_coded_table(marked).codebook.keys
    ('means', 'means > debt')
    """
    frame = table if isinstance(table, pd.DataFrame) else _csv(table)
    memo = "memo" if "memo" in frame.columns else None
    found = CodedSegments.from_frame(frame, memo=memo, texts=texts, codebook=codebook, merge_names=merge_names)
    book = _book(found) if codebook is None else codebook
    check = Check(
        "taken over", "pass", say("{n:,} segments were read.", n=len(found.table)), {"read": len(found.table)}
    )
    return CodedMaterial(book, found, pd.DataFrame(columns=["case"]), (check,))


def write_coded_table(segments: CodedSegments, path: str | Path) -> Path:
    """Write coded segments as a CSV file in UTF-8, without the texts.

    Parameters
    ----------
    segments : CodedSegments
        The segments.
    path : str or pathlib.Path
        Where.

    Returns
    -------
    pathlib.Path
        The file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> marked = pd.DataFrame({"document": ["A"], "start": [0], "end": [9], "code": ["debt"]})
    >>> segments = CodedSegments.from_frame(marked)
    >>> read_coded_table(write_coded_table(segments, Path(tempfile.mkdtemp(), "a.csv"))).segments == segments
    True
    """
    target = file_path("path", path)
    is_a("segments", segments, CodedSegments)
    segments.frame[list(COLUMNS)].to_csv(target, index=False, encoding="utf-8", lineterminator="\n")
    return target


def _csv(path: str | Path) -> pd.DataFrame:
    """Read a CSV file, every cell as text."""
    file = file_path("path", path)
    if not file.is_file():
        raise DataError("there is no such file: give the path of a table in CSV")
    held = _first_line(file)
    lacks = [one for one in _NEEDED if one not in held]
    if lacks:  # a first line without the names may be a row, so it is not shown
        raise DataError(
            f"the first line of the file does not name {lacks[0]!r}, must name document, start, end and code"
        )
    opened = open_file(file, lambda row: float(_named(row) == len(_NEEDED)))
    columns = [place for place, name in enumerate(opened.header) if name in COLUMNS]
    names = [opened.header[place] for place in columns]
    parts = [part.set_axis(names, axis=1) for part in opened.chunks(columns, CHUNK)]
    cells = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names, dtype="str")
    return cells.mask(cells.apply(lambda column: column.str.strip().isin(_MISSING)))


def _first_line(file: Path) -> list[str]:
    """Read the first line that holds anything, parted as most of the columns' names ask for."""
    try:
        with file.open(encoding=detect_encoding(file), newline="") as text:
            lines = list(text)[:SEARCH]  # all are read, so that a byte of another encoding is found here
        rows = [next((row for row in parse(lines, mark) if any(row)), []) for mark in DELIMITERS]
    except (OSError, UnicodeError, csv.Error) as error:
        raise DataError(
            f"the file cannot be read ({type(error).__name__}), must be a table in CSV with a header"
        ) from None
    return [cell.strip() for cell in max(rows, key=_named)]


def _named(row: Sequence[str]) -> int:
    """Count the columns that a row names."""
    return len({cell.strip() for cell in row}.intersection(_NEEDED))


def _book(segments: CodedSegments) -> Codebook:
    """Make a codebook of the codes that were given, and those above them."""
    made: dict[str, Code] = {}
    for key in segments.codes:
        parts = key.split(SEPARATOR)
        for i, name in enumerate(parts):
            above = SEPARATOR.join(parts[:i])
            made.setdefault(SEPARATOR.join(parts[: i + 1]), Code(name, parent=above))
    return Codebook(tuple(made[key] for key in sorted(made)))
