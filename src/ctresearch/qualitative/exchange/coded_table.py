"""Coded segments as a plain table or CSV file, which every tool can write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.validate import file_path, is_a
from ctresearch.qualitative.coding.code import SEPARATOR, Code
from ctresearch.qualitative.coding.codebook import Codebook
from ctresearch.qualitative.coding.segments import COLUMNS, CodedSegments
from ctresearch.qualitative.exchange.material import CodedMaterial

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def read_coded_table(
    table: pd.DataFrame | str | Path,
    *,
    texts: Mapping[str, str] | None = None,
    codebook: Codebook | None = None,
    merge_names: bool = False,
) -> CodedMaterial:
    """Read coded segments from a table or a CSV file in UTF-8.

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
    """Read a CSV file, every name as text."""
    names = ("document", "code", "coder", "memo")
    file = file_path("path", path)
    try:
        frame = pd.read_csv(file, encoding="utf-8-sig", dtype=dict.fromkeys(names, "str"))
    except FileNotFoundError:
        raise DataError("there is no such file: give the path of a table in CSV") from None
    except (UnicodeDecodeError, ValueError, OSError) as error:
        raise DataError(
            f"the file cannot be read ({type(error).__name__}), must be a table in CSV, in UTF-8, with a header"
        ) from None
    lacks = [one for one in ("document", "start", "end", "code") if one not in frame.columns]
    if lacks:  # a first line without the names may be a row, so it is not shown
        raise DataError(
            f"the first line of the file does not name {lacks[0]!r}, must name document, start, end and code"
        )
    return frame


def _book(segments: CodedSegments) -> Codebook:
    """Make a codebook of the codes that were given, and those above them."""
    made: dict[str, Code] = {}
    for key in segments.codes:
        parts = key.split(SEPARATOR)
        for i, name in enumerate(parts):
            above = SEPARATOR.join(parts[:i])
            made.setdefault(SEPARATOR.join(parts[: i + 1]), Code(name, parent=above))
    return Codebook(tuple(made[key] for key in sorted(made)))
