"""How a text file is written: its encoding and its delimiter."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from typing import TYPE_CHECKING

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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
DELIMITERS = (",", ";", "\t", "|")


def detect_encoding(path: Path) -> str:
    r"""Find the encoding of a text file.

    A byte-order mark decides; then UTF-8 if the whole file is valid; then UTF-16 without a mark; then the likeliest code
    page, where Windows-1252 is taken unless another fits better.

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
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
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
    except (UnicodeError, LookupError) as error:
        raise DataError(f"encoding == {encoding!r} does not fit {path.name}: leave it out to have it found") from error


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
