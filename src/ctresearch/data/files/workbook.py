"""Workbooks of Excel: the sheet whose header fits best, as rows of text."""

from __future__ import annotations

import contextlib
import itertools
import re
import warnings
import zipfile
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.data.files.opened_file import SEARCH, FirstRows, OpenFile, as_text, find_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ctresearch.data.files.opened_file import Header, HeaderScore

_BLOCK = 1 << 20
_FORMULA = re.compile(rb"<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>")


@contextlib.contextmanager
def _workbook(path: Path) -> Iterator[dict[str, Iterator[tuple[str, ...]]]]:
    """Open a workbook as its sheets' rows of text, and close it."""
    import openpyxl

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl warns of styles it does not keep
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except Exception:  # what openpyxl says may hold a cell
            raise DataError(
                f"{path.name} is not a workbook that can be read: open it in a spreadsheet program and save it anew"
            ) from None
    with contextlib.closing(book):
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write a size that is too small
        yield {s.title: (tuple(map(as_text, row)) for row in s.iter_rows(values_only=True)) for s in book.worksheets}


def first_rows_of_sheets(path: Path) -> tuple[FirstRows, ...]:
    """Read the first rows of every sheet.

    Parameters
    ----------
    path : pathlib.Path
        The workbook.

    Returns
    -------
    tuple of FirstRows
        One a sheet, in their order.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.xlsx")
    >>> pd.DataFrame({"year": [2020]}).to_excel(file, sheet_name="data", index=False)
    >>> first_rows_of_sheets(file)[0].rows
    (('year',), ('2020',))
    """
    with _workbook(path) as sheets:
        return tuple(FirstRows(name, tuple(itertools.islice(rows, SEARCH))) for name, rows in sheets.items())


def open_excel(path: Path, score: HeaderScore, *, sheet: str | None = None, header: Header | None = None) -> OpenFile:
    """Open the sheet of a workbook whose header fits best.

    Parameters
    ----------
    path : pathlib.Path
        The workbook.
    score : callable
        Says how well a row serves as the header.
    sheet : str, optional
        The sheet; the one whose header fits best by default.
    header : Header, optional
        The header of the sheet, where the caller has found it already.

    Returns
    -------
    OpenFile
        With a notice of other sheets that hold something, and of formulas that were saved without their values.

    Raises
    ------
    DataError
        If it is no workbook, or no row serves as the header.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.xlsx")
    >>> pd.DataFrame({"year": [2020]}).to_excel(file, sheet_name="data", index=False)
    >>> open_excel(file, len).reading
    "Excel, sheet 'data'"
    """
    with _workbook(path) as sheets:
        heads = {name: list(itertools.islice(rows, SEARCH)) for name, rows in sheets.items()}
    if sheet is not None and sheet not in heads:
        raise DataError(f"{path.name} has no sheet {sheet!r}, must be one of {', '.join(map(repr, heads))}")
    best = sheet or max(heads, key=lambda name: max((score(row) for row in heads[name]), default=0))
    found = header or find_header(path, heads[best], score)

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the rows that hold anything."""
        with _workbook(path) as sheets:
            numbered = enumerate(sheets[best], start=1)
            body = ((at, row) for at, row in itertools.islice(numbered, found.at + 1, None) if any(row))
            while part := list(itertools.islice(body, rows)):
                picked = [[row[i] if i < len(row) else "" for i in columns] for _, row in part]
                yield pd.DataFrame(picked, index=[at for at, _ in part], columns=columns, dtype="str")

    notices = (*_other_sheets(heads, best), *_formulas(path))
    return OpenFile(
        path=path,
        header=found.names,
        reading=f"Excel, sheet {best!r}",
        chunks=chunks,
        record=found.record,
        notices=notices,
    )


def _other_sheets(heads: Mapping[str, list[tuple[str, ...]]], best: str) -> tuple[str, ...]:
    """Say which sheets were not read."""
    others = [name for name, rows in heads.items() if name != best and any(map(any, rows))]
    if not others:
        return ()
    names = ", ".join(map(repr, others[:5])) + (", ..." if len(others) > 5 else "")
    return (f"Of {len(heads)} sheets only {best!r} was read, whose header fits best, and not {names}.",)


def _formulas(path: Path) -> tuple[str, ...]:
    """Count the cells of all sheets that hold a formula without the value it had when the workbook was saved."""
    count = 0
    with zipfile.ZipFile(path) as parts:
        for name in parts.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with parts.open(name) as file:
                    left = b""
                    while block := file.read(_BLOCK):
                        whole, cell, left = (left + block).rpartition(b"</c>")
                        count += len(_FORMULA.findall(whole + cell))
    if not count:
        return ()
    told = f"{count:,} cells hold formulas whose values were not saved, and are blank here"
    return (f"{told}: open the workbook in a spreadsheet program and save it.",)
