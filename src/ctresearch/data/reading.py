"""Files in: CSV, Excel, Parquet and Stata as chunks of text cells, whatever the source.

Every cell comes out as text, blank where nothing stands, so that one set of rules holds for all formats and nothing is
guessed before a schema is known: ``NA`` may be Namibia, ``007`` a code, and ``<5`` a count.
"""

from __future__ import annotations

import contextlib
import csv
import datetime
import itertools
import struct
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.validate import require_extra
from ctresearch.data.encoding import detect_delimiter, detect_encoding, first_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    #: Says how well a row of cells serves as the header; 0 or less where it does not.
    HeaderScore = Callable[[Sequence[str]], float]

CHUNK = 200_000
_SEARCH = 40
_TEXT = (".csv", ".tsv", ".txt", ".tab")
_EXCEL = (".xlsx", ".xlsm")
_PARQUET = (".parquet", ".pq")
_STATA = (".dta",)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A file whose header was found, ready to be read in chunks.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    header : tuple of str
        Names of the columns, as they stand in the file.
    reading : str
        How it is read, in words.
    chunks : callable
        Takes the positions of the wanted columns and the rows of a chunk; yields tables of text.
    """

    path: Path
    header: tuple[str, ...]
    reading: str
    chunks: Callable[[list[int], int], Iterator[pd.DataFrame]]


def open_file(
    path: str | Path, score: HeaderScore, *, encoding: str | None = None, coded: Callable[[str], bool] | None = None
) -> OpenFile:
    r"""Open a file and find its header.

    Parameters
    ----------
    path : str or pathlib.Path
        CSV or other delimited text, Excel (``.xlsx``), Parquet or Stata, told by the ending.
    score : callable
        Says how well a row serves as the header; the best of the first 40 is taken.
    encoding : str, optional
        Encoding of a text file; found from its bytes by default.
    coded : callable, optional
        Says by its name whether a column of a Stata file is wanted as values; all others come as value labels.

    Returns
    -------
    OpenFile
        The header and the way to read the rows.

    Raises
    ------
    DataError
        If there is no such file, it is empty, of another format or damaged, or no row serves as the header.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_text("a;b\n1;2\n")
    >>> opened = open_file(file, len)
    >>> opened.header, next(opened.chunks([0, 1], 10)).values.tolist()
    (('a', 'b'), [['1', '2']])
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"path == {str(path)!r} is not a file: give the path of a CSV, Excel, Parquet or Stata file")
    if path.stat().st_size == 0:
        raise DataError(f"{path.name} is empty, must hold a header and rows")
    kind = path.suffix.lower()
    known = (*_TEXT, *_EXCEL, *_PARQUET, *_STATA)
    if kind not in known:
        raise DataError(f"{path.name} ends in {kind!r}, must end in one of {', '.join(known)}: save it as one of these")
    with _readable(path):
        if kind in _TEXT:
            opened = _open_text(path, score, encoding)
        elif kind in _EXCEL:
            opened = _open_excel(path, score)
        elif kind in _PARQUET:
            opened = _open_parquet(path)
        else:
            opened = _open_stata(path, coded or (lambda _: False))
    return replace(opened, chunks=_guarded(opened))


def as_text(value: object) -> str:
    """Write one value as the text that a CSV file would hold.

    Parameters
    ----------
    value : object
        A cell of Excel, Parquet or Stata.

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


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what the libraries say of a damaged file into one sentence."""
    try:
        yield
    except DataError:
        raise
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        words = " ".join(str(error).split())[:200]
        raise DataError(f"{path.name} cannot be read as {path.suffix.lower()}: {words}") from error


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


def _find_header(path: Path, rows: Iterable[Sequence[str]], score: HeaderScore) -> tuple[int, tuple[str, ...]]:
    """Return the place of the header among the first rows, and its names."""
    seen = [tuple(cell.strip() for cell in row) for row in itertools.islice(rows, _SEARCH)]
    scores = [score(row) for row in seen]
    if not seen or max(scores) <= 0:
        widest = max(seen, key=len, default=())
        raise DataError(
            f"{path.name} has no header that fits: the first rows read {', '.join(map(repr, widest[:8])) or 'nothing'}; "
            "name the source that the file is of, or check the file"
        )
    at = scores.index(max(scores))
    header = seen[at]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise DataError(f"{path.name} has the column {twice[0]!r} more than once, names must be unique: rename one")
    return at, header


def _open_text(path: Path, score: HeaderScore, encoding: str | None) -> OpenFile:
    """Open delimited text."""
    codec = encoding or detect_encoding(path)
    lines = first_lines(path, codec, _SEARCH)
    delimiter = detect_delimiter(lines, lambda d: any(score(row) > 0 for row in csv.reader(lines, delimiter=d)))
    at, header = _find_header(path, csv.reader(lines, delimiter=delimiter), score)
    before = sum(1 for _ in itertools.islice(csv.reader(lines, delimiter=delimiter), at))

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the rows."""
        options: dict[str, Any] = {"sep": delimiter, "encoding": codec, "skiprows": before + 1, "header": None}
        options |= {"names": range(len(header)), "index_col": False, "chunksize": rows}
        options |= {"dtype": "str", "keep_default_na": False, "na_filter": False}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", pd.errors.ParserWarning)
                with pd.read_csv(path, **options) as reader:
                    for part in reader:
                        yield part[columns].fillna("")
        except pd.errors.EmptyDataError:
            return
        except UnicodeError as error:
            raise DataError(f"{path.name} is not {codec} throughout: give its encoding with encoding=") from error
        except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
            words = " ".join(str(error).split())[:160]
            raise DataError(f"{path.name} has rows of another width than its {len(header)} columns: {words}") from error

    name = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}[delimiter]
    return OpenFile(path=path, header=header, reading=f"text, {codec}, {name}", chunks=chunks)


@contextlib.contextmanager
def _workbook(path: Path) -> Iterator[dict[str, Iterator[tuple[str, ...]]]]:
    """Open a workbook as its sheets' rows of text, and close it."""
    import openpyxl  # type: ignore[import-untyped]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # openpyxl warns of styles it does not keep
        try:
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        except Exception as error:
            raise DataError(f"{path.name} is not a workbook that can be read: {str(error)[:160]}") from error
    with contextlib.closing(book):
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write a size that is too small
        yield {s.title: (tuple(map(as_text, row)) for row in s.iter_rows(values_only=True)) for s in book.worksheets}


def _open_excel(path: Path, score: HeaderScore) -> OpenFile:
    """Open the sheet of a workbook whose header fits best."""
    with _workbook(path) as sheets:
        heads = {name: list(itertools.islice(rows, _SEARCH)) for name, rows in sheets.items()}
    best = max(heads, key=lambda name: max((score(row) for row in heads[name]), default=0))
    at, header = _find_header(path, heads[best], score)

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the rows that hold anything."""
        with _workbook(path) as sheets:
            body = (row for row in itertools.islice(sheets[best], at + 1, None) if any(row))
            while part := list(itertools.islice(body, rows)):
                picked = [[row[i] if i < len(row) else "" for i in columns] for row in part]
                yield pd.DataFrame(picked, columns=columns, dtype="str")

    return OpenFile(path=path, header=header, reading=f"Excel, sheet {best!r}", chunks=chunks)


def _open_parquet(path: Path) -> OpenFile:
    """Open a Parquet file."""
    parquet = require_extra("pyarrow.parquet", "parquet")
    header = tuple(parquet.read_schema(path).names)

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the row groups."""
        wanted = [header[i] for i in columns]
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=rows, columns=wanted):
                yield _text_table(batch.to_pandas()[wanted].set_axis(columns, axis=1))

    return OpenFile(path=path, header=header, reading="Parquet", chunks=chunks)


def _open_stata(path: Path, coded: Callable[[str], bool]) -> OpenFile:
    """Open a Stata file, each column as its values or as their labels."""
    with pd.read_stata(path, iterator=True) as reader:
        header = tuple(map(str, reader.variable_labels()))

    def chunks(columns: list[int], rows: int) -> Iterator[pd.DataFrame]:
        """Read the rows twice at once: as values, and as labels."""
        wanted = [header[i] for i in columns]
        options: dict[str, Any] = {"chunksize": rows, "columns": wanted, "order_categoricals": False}
        with (
            pd.read_stata(path, convert_categoricals=False, **options) as values,
            pd.read_stata(path, convert_categoricals=True, **options) as labels,
        ):
            for value, label in zip(values, labels, strict=True):
                part = pd.DataFrame({n: (value if coded(n) else label)[n] for n in wanted})
                yield _text_table(part.set_axis(columns, axis=1))

    return OpenFile(path=path, header=header, reading="Stata", chunks=chunks)


def _text_table(frame: pd.DataFrame) -> pd.DataFrame:
    """Write every cell of a table as text, one distinct value at a time."""
    out = {}
    for name in frame.columns:
        codes, values = pd.factorize(frame[name].astype(object), use_na_sentinel=False)
        out[name] = pd.array([as_text(value) for value in values], dtype="str").take(codes)
    return pd.DataFrame(out, index=pd.RangeIndex(len(frame)))
