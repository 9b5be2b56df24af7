"""How a text file is written: its encoding and its delimiter."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Windows and ISO code pages of the languages that national reports come in; the first is preferred among equals.
_CODE_PAGES = ["cp1252", "latin_1", "cp1250", "cp1251", "cp1253", "cp1254", "cp1256", "koi8_r", "gb18030", "shift_jis"]
# The csv module stops at cells of 131,072 characters by itself; a limit must fit 32 bits on Windows.
_LONGEST_CELL = 1 << 30
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n|\r[ \t]*\r")
DELIMITERS = (",", ";", "\t", "|")


def detect_encoding(path: Path) -> str:
    r"""Find the encoding of a text file.

    A byte-order mark decides; then UTF-8 if the whole file is valid; then UTF-16 without a mark; then the likeliest
    code page, where Windows-1252 is taken unless another fits better.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    str
        Name of a codec.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_bytes("país,año\n1,2\n".encode("latin-1"))
    >>> detect_encoding(file)
    'cp1252'
    """
    with path.open("rb") as file:
        start = file.read(_BLOCK)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    zeros = [start[side:4096:2].count(0) for side in (0, 1)]
    if sum(zeros) > len(start[:4096]) // 4:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    strange = _bytes_beyond_utf8(path)
    return "utf-8" if strange is None else _code_page(strange)


def detect_delimiter(lines: list[str], serves: Callable[[str], bool] = lambda _: True) -> str:
    """Find what parts the fields of a text table.

    Parameters
    ----------
    lines : list of str
        The first lines.
    serves : callable, optional
        Says whether a delimiter is possible at all, such as whether it yields a header; all are by default.

    Returns
    -------
    str
        The delimiter under which most lines have the same number of fields, and the more fields the better.

    Examples
    --------
    >>> detect_delimiter(["a;b;c", "1,5;2;3", "2,5;1;1"])
    ';'
    """

    def fit(delimiter: str) -> int:
        """Add up the delimiters in lines of the commonest width."""
        widths = [len(row) for row in parse(lines, delimiter)]
        common, n = Counter(widths).most_common(1)[0]
        return (common - 1) * n

    return max(filter(serves, DELIMITERS), key=fit, default=",") if lines else ","


def first_lines(path: Path, encoding: str, n: int) -> list[str]:
    r"""Read the first lines of a text file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    encoding : str
        Its codec.
    n : int
        How many lines at most.

    Returns
    -------
    list of str
        Lines with their ends.

    Raises
    ------
    DataError
        If the encoding does not fit the file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_text("a,b\n1,2\n")
    >>> first_lines(file, "utf-8", 1)
    ['a,b\n']
    """
    try:
        with path.open(encoding=encoding, newline="") as file:
            return [line for _, line in zip(range(n), file, strict=False)]
    except (UnicodeError, LookupError):  # what is said of the bytes holds cells
        raise DataError(f"encoding == {encoding!r} does not fit {path.name}: leave it out to have it found") from None


def parse(lines: Iterable[str], delimiter: str, *, skip_blanks: bool = False) -> Iterator[list[str]]:
    """Part lines into cells, however long a cell is.

    Parameters
    ----------
    lines : iterable of str
        Lines with their ends.
    delimiter : str
        What parts the fields.
    skip_blanks : bool
        Whether blanks before a cell are none of it, so that quotes may stand behind them.

    Yields
    ------
    list of str
        Cells of one row; none for a blank line.

    Examples
    --------
    >>> [len(cell) for cell in next(parse(["a," + "b" * 200_000], ","))]
    [1, 200000]
    """
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=skip_blanks)
    while True:
        before = csv.field_size_limit(_LONGEST_CELL)  # the limit is one for all readers, so it is put back at once
        try:
            row = next(reader, None)
        finally:
            csv.field_size_limit(before)
        if row is None:
            return
        yield row


def rows_of_data(path: Path, encoding: str, delimiter: str, skipped: int) -> Callable[[pd.Index], NDArray[np.int64]]:
    r"""Find at which row of a text file each row of data stands.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    encoding, delimiter : str
        How it is written.
    skipped : int
        Rows up to the header, itself included.

    Returns
    -------
    callable
        Takes the numbers of rows of data, 0 the first and blank lines not counted; gives the rows of the file, 1 the
        first and blank lines counted.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pandas as pd
    >>> file = pathlib.Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = file.write_text("a,b\n1,2\n\n3,4\n")
    >>> rows_of_data(file, "utf-8", ",", 1)(pd.RangeIndex(2)).tolist()
    [2, 4]
    """
    if not _has_blank_lines(path, encoding):
        return lambda numbers: np.asarray(numbers) + skipped + 1
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        held = [at for at, row in enumerate(parse(file, delimiter), start=1) if len(row) > 1 or "".join(row).strip()]
    places = np.array([at for at in held if at > skipped], dtype=np.int64)
    return lambda numbers: places[np.asarray(numbers)]


def _has_blank_lines(path: Path, encoding: str) -> bool:
    """Tell whether a file may hold a blank line, in a quoted cell or not."""
    end = ""
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        while block := file.read(_BLOCK):
            if _BLANK_LINE.search(end + block):
                return True
            end = block[-64:]
    return False


def _bytes_beyond_utf8(path: Path) -> bytes | None:
    """Return the block where a file stops being UTF-8; ``None`` if it never does."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                return block
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return block
    return None


def _code_page(sample: bytes) -> str:
    """Guess the code page from the lines that are not plain ASCII."""
    from charset_normalizer import from_bytes

    lines = b"\n".join(line for line in sample.splitlines() if not line.isascii())[:65536]
    matches = [match for match in from_bytes(lines, cp_isolation=_CODE_PAGES) if match.encoding in _CODE_PAGES]
    if not matches:
        return "latin_1"  # every byte has a letter there
    best = min(match.chaos for match in matches)
    fitting = [match.encoding for match in matches if match.chaos <= best]
    return min(fitting, key=_CODE_PAGES.index)
