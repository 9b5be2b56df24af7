"""Files in: CSV, Excel, Parquet, Stata and SPSS as chunks of text cells, whatever the source.

Every cell comes out as text, blank where nothing stands, so that one set of rules holds for all formats and nothing is
guessed before a schema is known: ``NA`` may be Namibia, ``007`` a code, and ``<5`` a count.
"""

from __future__ import annotations

import contextlib
import csv
import re
import struct
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.errors import CellError, DataError
from ctresearch.core.names import refuse_alike
from ctresearch.data.files.columnar import open_parquet, open_spss, open_stata
from ctresearch.data.files.encoding import detect_delimiter, detect_encoding, first_lines, parse, rows_of_data
from ctresearch.data.files.opened_file import SEARCH, FirstRows, OpenFile, find_header
from ctresearch.data.files.workbook import first_rows_of_sheets, open_excel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ctresearch.data.files.opened_file import Header, HeaderScore

CHUNK = 200_000
TEXT = (".csv", ".tsv", ".txt", ".tab")
_EXCEL = (".xlsx", ".xlsm")
_PARQUET = (".parquet", ".pq")
_STATA = (".dta",)
_SPSS = (".sav", ".zsav")
# What pandas, pyarrow and the standard library raise at a damaged file; their words may hold a cell.
_DAMAGED = (ValueError, KeyError, TypeError, csv.Error, struct.error)
_AT_LINE = re.compile(r"in line (\d+)")


def open_file(
    path: str | Path,
    score: HeaderScore,
    *,
    encoding: str | None = None,
    coded: Callable[[str], bool] | None = None,
    alike: bool = False,
    header: Header | None = None,
    sheet: str | None = None,
) -> OpenFile:
    r"""Open a file and find its header.

    Parameters
    ----------
    path : str or pathlib.Path
        CSV or other delimited text, Excel (``.xlsx``), Parquet, Stata or SPSS, told by the ending.
    score : callable
        Says how well a row serves as the header; the best of the first 40 is taken.
    encoding : str, optional
        Encoding of a text file; found from its bytes by default.
    coded : callable, optional
        Says by its name whether a column of a Stata or SPSS file is wanted as values; all others come as value labels.
    alike : bool
        Let columns stand whose names differ in their spelling alone, for a caller who joins them.
    header : Header, optional
        The header of a text or a sheet, where the caller has found it already.
    sheet : str, optional
        Sheet of a workbook; the one whose header fits best by default.

    Returns
    -------
    OpenFile
        The header and the way to read the rows.

    Raises
    ------
    DataError
        If there is no such file, it is empty, of another format or damaged, no row serves as the header, or two columns
        have names that differ in case, accents or spaces alone.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_text("a;b\n1;2\n")
    >>> opened = open_file(file, len)
    >>> opened.header, next(opened.chunks([0, 1], 10)).values.tolist()
    (('a', 'b'), [['1', '2']])
    """
    path, kind = _known(path)
    with _readable(path):
        if kind in TEXT:
            opened = _open_text(path, score, encoding, header)
        elif kind in _EXCEL:
            opened = open_excel(path, score, sheet=sheet, header=header)
        elif kind in _PARQUET:
            opened = open_parquet(path)
        elif kind in _SPSS:
            opened = open_spss(path, coded or (lambda _: False))
        else:
            opened = open_stata(path, coded or (lambda _: False))
    if not alike:
        refuse_alike([name for name in opened.header if name], f"columns of {path.name}")
    return replace(opened, chunks=_guarded(opened))


def first_rows(path: str | Path, *, encoding: str | None = None) -> tuple[FirstRows, ...]:
    r"""Read the first rows of a file as they stand, for a caller who finds the header.

    Parameters
    ----------
    path : str or pathlib.Path
        Any file that :func:`open_file` opens.
    encoding : str, optional
        Encoding of a text file; found from its bytes by default.

    Returns
    -------
    tuple of FirstRows
        One of a text; one a sheet of a workbook; the names alone of a file that holds columns with types.

    Raises
    ------
    DataError
        As :func:`open_file`.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_text("a;b\n1;2\n")
    >>> first_rows(file)[0].rows
    (('a', 'b'), ('1', '2'))
    """
    path, kind = _known(path)
    with _readable(path):
        if kind in _EXCEL:
            return first_rows_of_sheets(path)
        if kind in TEXT:
            _refuse_zip(path)
            codec = encoding or detect_encoding(path)
            lines = first_lines(path, codec, SEARCH)
            rows = tuple(tuple(row) for row in parse(lines, detect_delimiter(lines)))
            return (FirstRows("", rows),)
    return (FirstRows("", (open_file(path, len, alike=True).header,), typed=True),)


def _known(path: str | Path) -> tuple[Path, str]:
    """Refuse what is no file of a known format, and return its ending."""
    path = Path(path)
    if not path.is_file():
        raise DataError(f"path == {str(path)!r} is not a file: give the path of a CSV, Excel, Parquet or Stata file")
    if path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty, must hold a header and rows")
    kind = path.suffix.lower()
    known = (*TEXT, *_EXCEL, *_PARQUET, *_STATA, *_SPSS)
    if kind not in known:
        raise DataError(f"{path.name} ends in {kind!r}, must end in one of {', '.join(known)}: save it as one of these")
    return path, kind


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what the libraries say of a damaged file, which may hold a cell, into one sentence that holds none."""
    try:
        yield
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{path.name} cannot be read: {error.strerror or 'it is damaged'}") from None
    except _DAMAGED:
        raise DataError(
            f"{path.name} cannot be read as {path.suffix.lower()}: it is damaged, or of another format than its name "
            "says"
        ) from None


def _guarded(opened: OpenFile) -> Callable[[list[int], int], Iterator[pd.DataFrame]]:
    """Watch over the rows as over the header."""

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the rows."""
        parts = opened.chunks(columns, rows)
        while True:
            with _readable(opened.path):
                part = next(parts, None)
            if part is None:
                return
            yield part

    return chunks


def _refuse_zip(path: Path) -> None:
    """Refuse a workbook that was named like a text."""
    with path.open("rb") as file:
        if file.read(4) == b"PK\x03\x04":
            raise DataError(
                f"{path.name} is a zip file, as Excel workbooks are: name it .xlsx, or save the sheet as 'CSV UTF-8'"
            )


def _ragged(path: Path, width: int, words: str) -> CellError:
    """Say that rows have another width than the header, or that a quote is not closed, and where, without a cell."""
    at = _AT_LINE.search(words)
    line = [int(at[1])] if at else []
    where = f" (line {line[0]:,})" if line else ""
    what = (
        "a quote that is not closed: close it"
        if "inside string" in words
        else f"rows of another width than its {width} columns: give each row one cell a column"
    )
    return CellError(f"{path.name} has {what}{where}", rows=line)


def _open_text(path: Path, score: HeaderScore, encoding: str | None, header: Header | None) -> OpenFile:
    """Open delimited text."""
    _refuse_zip(path)
    codec = encoding or detect_encoding(path)
    lines = first_lines(path, codec, SEARCH)
    serves = (lambda _: True) if header else (lambda d: any(score(row) > 0 for row in parse(lines, d)))
    delimiter = detect_delimiter(lines, serves)
    found = header or find_header(path, parse(lines, delimiter), score)
    skipped = found.at + 1

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the rows."""
        places = rows_of_data(path, codec, delimiter, skipped)
        options: dict[str, Any] = {"sep": delimiter, "encoding": codec, "skiprows": skipped, "header": None}
        options |= {"names": range(len(found.names)), "index_col": False, "chunksize": rows}
        options |= {"dtype": "str", "keep_default_na": False, "na_filter": False}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)
                with pd.read_csv(path, **options) as reader:
                    for part in reader:
                        yield part[columns].fillna("").set_axis(places(part.index), axis=0)
        except pd.errors.EmptyDataError:
            return
        except UnicodeError:
            raise DataError(f"{path.name} is not {codec} throughout: give its encoding with encoding=") from None
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            raise _ragged(path, len(found.names), str(error)) from None

    name = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}[delimiter]
    return OpenFile(
        path=path,
        header=found.names,
        reading=f"text, {codec}, {name}",
        chunks=chunks,
        record=found.record,
        continental=delimiter == ";",
    )
