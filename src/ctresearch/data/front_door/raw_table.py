"""A file as one table of text with names: the sheet that holds a table, below its title, without what is no row."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import row_words
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.names import name_key
from ctresearch.data.files.encoding import detect_encoding
from ctresearch.data.files.opened_file import Header
from ctresearch.data.files.reading import CHUNK, TEXT, first_rows, open_file
from ctresearch.data.front_door.first_lines import ColumnNames, find_names, known_words
from ctresearch.data.front_door.plain_cells import each_once, plain
from ctresearch.data.front_door.vocabulary import total_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.data.files.opened_file import FirstRows


@dataclass(frozen=True, slots=True, eq=False)
class RawTable:
    """A table of text.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    frame : pandas.DataFrame
        Trimmed text, digits as 0 to 9; blank where nothing stands.
    lines : numpy.ndarray
        Shape (rows,): where each row stands in the file, 1 the first.
    reading : str
        How the file is written, in words.
    sheet : str
        Sheet of a workbook that has several; empty otherwise.
    continental : bool
        Whether fields are parted by semicolons, so that a comma may stand before decimals.
    totals : tuple of int
        Lines of rows of totals, which are not in the table.
    notes : tuple of str
        What was left out.

    Examples
    --------
    >>> RawTable("a.csv", pd.DataFrame({"a": ["1"]}), np.array([2]), "text").sheet
    ''
    """

    name: str
    frame: pd.DataFrame
    lines: NDArray[np.int64]
    reading: str
    sheet: str = ""
    continental: bool = False
    totals: tuple[int, ...] = ()
    total_rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()

    def error(self, column: str, wrong: NDArray[np.bool_], must: str) -> CellError:
        """Return the error that says which lines of a column are wrong, without a cell.

        Parameters
        ----------
        column : str
            The column.
        wrong : numpy.ndarray
            Shape (rows,): which cells.
        must : str
            What is wrong with them, and what to do.

        Returns
        -------
        CellError
            To be raised.

        Examples
        --------
        >>> raw = RawTable("a.csv", pd.DataFrame({"a": ["?"]}), np.array([2]), "text")
        >>> print(raw.error("a", np.array([True]), "no number: correct it"))
        a.csv, column 'a': 1 of 1 cells (line 2) is no number: correct it
        """
        lines = self.lines[wrong].tolist()
        many = len(lines) != 1
        return CellError(
            f"{self.name}, column {column!r}: {len(lines):,} of {len(self.frame):,} cells (line{'s' * many} "
            f"{row_words(lines)}) {'are' if many else 'is'} {must}",
            column=column,
            rows=lines,
        )


def read_raw(path: str | Path, *, sheet: str | None = None, encoding: str | None = None) -> RawTable:
    r"""Read a file as one table of text.

    Parameters
    ----------
    path : str or pathlib.Path
        CSV or other delimited text, Excel, Parquet, Stata or SPSS.
    sheet : str, optional
        Sheet of a workbook, needed where several hold a table.
    encoding : str, optional
        Encoding of a text file; found from its bytes by default.

    Returns
    -------
    RawTable
        The table.

    Raises
    ------
    DataError
        If it has no names of columns, two columns of one name, a column without a name that holds something, or no
        rows; or if several sheets hold tables.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_text("Cases 2020;\n\nid;police\n7; oui\n\n")
    >>> raw = read_raw(file)
    >>> raw.frame.values.tolist(), raw.lines.tolist()
    ([['7', 'oui']], [4])
    """
    path = Path(path)
    encoding, page = (encoding, ()) if encoding else _code_page(path)
    first, names, told = _table_of(path.name, first_rows(path, encoding=encoding), sheet)
    header = Header(names.last, names.names, record=False)
    opened = open_file(path, len, encoding=encoding, alike=True, header=header, sheet=first.sheet or None)
    parts = list(opened.chunks(list(range(len(names.names))), CHUNK))
    frame = pd.concat(parts) if parts else pd.DataFrame(columns=range(len(names.names)), dtype="str")
    frame = pd.DataFrame({place: each_once(frame[place], plain) for place in frame.columns}, index=frame.index)
    return _without_no_rows(path.name, frame, names.names, opened=opened, first=first, told=(*told, *page))


def raw_from_frame(name: str, frame: pd.DataFrame) -> RawTable:
    """Take a table that stands in memory already, such as one of a database.

    Parameters
    ----------
    name : str
        What it is called, for messages.
    frame : pandas.DataFrame
        Text.

    Returns
    -------
    RawTable
        The table; its lines are its rows, 1 the first.

    Examples
    --------
    >>> raw_from_frame("cases", pd.DataFrame({"a": [" 1"]})).frame["a"].tolist()
    ['1']
    """
    made = pd.DataFrame({place: each_once(frame.iloc[:, place], plain) for place in range(frame.shape[1])})
    made.index = pd.RangeIndex(1, len(made) + 1)
    return _without_no_rows(name, made, tuple(map(str, frame.columns)), opened=None, first=None, told=())


# Tried in this order where a text is not UTF-8; the one that is found from its bytes is preferred among equals.
_PAGES = ("cp1252", "cp1250", "cp1251", "cp1256")


def _code_page(path: Path) -> tuple[str | None, tuple[str, ...]]:
    """Choose among code pages the one under which most names and words are known, and say so."""
    if path.suffix.lower() not in TEXT or not path.is_file() or not path.stat().st_size:
        return None, ()
    found = detect_encoding(path)
    if found.startswith("utf"):
        return found, ()
    words = {}
    for page in (found, *(one for one in _PAGES if one != found)):
        with contextlib.suppress(DataError):
            words[page] = known_words(first_rows(path, encoding=page)[0])
    best = max(words, key=lambda page: words[page]) if words else found
    return best, (f"Letters are read by the code page {best}: where names look wrong, say --encoding.",)


def _table_of(
    file: str, sheets: Sequence[FirstRows], sheet: str | None
) -> tuple[FirstRows, ColumnNames, tuple[str, ...]]:
    """Find the sheet that holds a table, and say which others are not read."""
    if sheet is not None and sheets[0].sheet:
        chosen = [one for one in sheets if one.sheet == sheet]
        if not chosen:
            raise DataError(f"{file} has no sheet {sheet!r}, must be one of {', '.join(repr(s.sheet) for s in sheets)}")
        sheets = chosen
    found = [(one, find_names(one)) for one in sheets if any(map(any, one.rows))]
    if not found:
        raise DataError(f"{file} holds nothing, must hold a row of names and rows below it")
    tables = [(one, names) for one, names in found if not names.why and len(one.rows) > names.last + 1]
    tables = tables or [(one, names) for one, names in found if not names.why]
    if len(tables) > 1:
        which = ", ".join(repr(one.sheet) for one, _ in tables)
        raise DataError(f"{file} has {len(tables)} sheets that hold a table ({which}): name one with --sheet NAME")
    if not tables:
        first, names = found[0]
        where = f", sheet {first.sheet!r}," if first.sheet else ""
        raise DataError(f"{file}{where} {names.why}")
    one, names = tables[0]
    told = (f"Of {len(found)} sheets only {one.sheet!r} holds a table, and is read.",) if len(found) > 1 else ()
    return one, names, told


def _without_no_rows(
    file: str, frame: pd.DataFrame, names: Sequence[str], *, opened: Any, first: FirstRows | None, told: tuple[str, ...]
) -> RawTable:
    """Leave out blank rows, repeated names, totals and empty columns, and say so."""
    blank = (frame == "").all(axis=1).to_numpy()
    repeated = ((frame == list(names)).all(axis=1) & ~pd.Series(blank, index=frame.index)).to_numpy()
    notes = [*told]
    if blank.any():
        notes.append(f"{int(blank.sum()):,} rows are blank and are left out.")
    if repeated.any():
        notes.append(f"{int(repeated.sum()):,} rows repeat the names of the columns and are left out.")
    frame = frame[~(blank | repeated)]
    kept, left = _named_columns(file, frame, names)
    notes += left
    frame = frame[list(kept)].set_axis(list(kept.values()), axis=1)
    total = _are_totals(frame)
    lines = frame.index.to_numpy(dtype=np.int64)
    if total.any():
        where = row_words(lines[total].tolist())
        notes.append(f"Rows of totals are left out: line{'s' * (int(total.sum()) > 1)} {where}.")
    if total.all():
        raise DataError(f"{file} has names of columns and no rows below them, must hold at least one")
    return RawTable(
        name=file,
        frame=frame[~total].reset_index(drop=True),
        lines=lines[~total],
        reading=opened.reading if opened else "a table of a database",
        sheet=first.sheet if first and told else "",
        continental=bool(opened and opened.continental),
        totals=tuple(lines[total].tolist()),
        total_rows=frame[total].reset_index(drop=True),
        notes=tuple(notes),
    )


def _named_columns(file: str, frame: pd.DataFrame, names: Sequence[str]) -> tuple[dict[int, str], list[str]]:
    """Return the columns that have a name and hold something, by their place, and what is said of the others."""
    kept: dict[int, str] = {}
    notes = []
    for place, name in enumerate(names):
        cells = frame[place]
        empty = bool((cells == "").all())
        if name and not empty:
            kept[place] = name
        elif name:
            notes.append(f"Column {name!r} is empty and is left out.")
        elif not empty and cells.tolist() == [str(n) for n in range(1, len(cells) + 1)]:
            notes.append(f"Column {place + 1} has no name and numbers the rows: it is left out.")
        elif not empty:
            line = int(frame.index[(cells != "").to_numpy()][0])
            raise DataError(
                f"{file}, column {place + 1} has no name and holds something (first in line {line:,}): give it a name, "
                "or empty it"
            )
    keys = Counter(map(name_key, kept.values()))
    twice = [place + 1 for place, name in kept.items() if keys[name_key(name)] > 1]
    if len(set(kept.values())) < len(kept):
        raise DataError(
            f"{file} has columns of one name (columns {row_words(twice)}): give each a name of its own, or join them"
        )
    return kept, notes


def _is_total(cell: str) -> bool:
    """Say whether a cell reads as a total; what ends in a digit, as most identifiers do, is told apart at once."""
    return not cell[-1:].isdigit() and name_key(cell.rstrip(" :")) in total_words()


def _are_totals(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Mark the rows whose first cell that holds anything reads as a total."""
    found = np.zeros(len(frame), dtype=np.bool_)
    open_ = np.ones(len(frame), dtype=np.bool_)
    for name in frame.columns:
        cells = frame[name]
        codes, values = pd.factorize(cells.astype(object))
        total = np.array([_is_total(str(value)) for value in values], dtype=np.bool_)
        held = np.array([value != "" for value in values], dtype=np.bool_)
        if not len(values):
            continue
        found |= open_ & total[codes]
        open_ &= ~held[codes]
        if not open_.any():
            break
    return found
