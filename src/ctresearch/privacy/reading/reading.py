"""Reading tables out of whatever an output holds.

A DataFrame, a CSV file, an HTML page, JSON and printed text all become grids of words. Reading is deliberately
generous: what cannot be read as a table is no table, never an error.
"""

from __future__ import annotations

import ast
import json
import re
from html.parser import HTMLParser
from typing import Any

from ctresearch.privacy.reading.delimited import delimited_grids
from ctresearch.privacy.reading.grid import Grid
from ctresearch.privacy.reading.nested_values import grids_of_values
from ctresearch.privacy.reading.plain_values import is_frame, plain
from ctresearch.privacy.reading.printed_tables import printed_grids
from ctresearch.privacy.vocabulary.vocabulary import any_of

_SENTENCE = 4
_OF_A_FILE = re.compile(rf"(?i)\b{any_of('marks.of_a_file')}\b")
_SCALAR = re.compile(r"\bnp\.u?(?:int|float)\d+\((-?[\d.e+-]+)\)")
_CODED = re.compile(r"(?<![\w+/=:.-])(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{25,}={0,2}(?![\w+/.:-])")
_VERSION = re.compile(r"(?:[=<>~!]=\s?[\w.]+|\bv?\d+(?:\.\d+){2,}\w*)")
_CLOSED = (
    b"PK\x03\x04",
    b"%PDF",
    b"\x1f\x8b",
    b"PAR1",
    b"BZh",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x89PNG",
    b"\x89HDF",
    b"\xff\xd8\xff",
)


def read_grids(content: Any) -> list[Grid]:
    r"""Read every table in a content.

    Parameters
    ----------
    content : object
        DataFrame or Series, bytes or text of CSV, JSON, HTML or printed tables, records, arrays, results, or
        containers of those.

    Returns
    -------
    list of Grid
        Empty where there is none.

    Examples
    --------
    >>> read_grids("sex,n\nWoman,12\nMan,9\n")[0].header
    ('sex', 'n')
    >>> read_grids({"rows": [{"sex": "Woman", "n": 12}]})[0].rows
    (('Woman', '12'),)
    """
    content = plain(content)
    if is_frame(content):
        return _from_frame(content if hasattr(content, "columns") else content.to_frame())
    if isinstance(content, bytes):
        content = decoded(content) or ""
    if isinstance(content, str):
        return _from_text(content)
    return [*grids_of_values(content), *(grid for frame in _inner_frames(content) for grid in read_grids(frame))]


def decoded(content: bytes) -> str | None:
    r"""Read bytes as text.

    Parameters
    ----------
    content : bytes
        A file.

    Returns
    -------
    str or None
        ``None`` if it is no text that can be read here, such as a picture or an archive.

    Examples
    --------
    >>> decoded("José".encode("latin-1")), decoded(b"PK\x03\x04\x00")
    ('José', None)
    """
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or content[:4] == b"\0\0\xfe\xff":
        wide = "utf-32" if content[:4] in {b"\xff\xfe\0\0", b"\0\0\xfe\xff"} else "utf-16"
        return content.decode(wide, errors="replace")
    if b"\0" in content or content.startswith(_CLOSED):
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def unread_figures(text: str) -> bool:
    r"""Say whether a text holds lines of figures that are neither prose nor a table that can be read.

    Parameters
    ----------
    text : str
        A file.

    Returns
    -------
    bool
        ``True`` if somebody should look at it.

    Examples
    --------
    >>> unread_figures("<r><sex>M</sex><n>3</n></r>"), unread_figures("In 2017, 412 girls were referred.")
    (True, False)
    """
    if ";base64," in text or _coded(text) or _in_attributes(text):
        return True
    if read_grids(text):
        return False
    stripped = _VERSION.sub("", text).strip()
    pieces = re.split(r"<[^<>]{0,500}>", stripped) if stripped.startswith("<") else stripped.splitlines()
    odd = 0
    for piece in pieces:
        figures = len(re.findall(r"(?<![\w.])\d[\d.,]*%?(?![\w/])", piece))
        words = len(re.findall(r"[^\W\d_]{2,}", piece))
        odd += figures > 0 and (words < figures or words < _SENTENCE)
    return odd > (0 if len(pieces) > 1 and stripped.startswith("<") else 1)


def _coded(text: str) -> bool:
    """Say whether a text is a file written in letters and digits, as base64 and hexadecimal are."""
    coded = sum(len(m[0]) for m in _CODED.finditer(text))
    return coded * 2 > len(text.strip()) and not _OF_A_FILE.search(text)


def _in_attributes(text: str) -> bool:
    """Say whether marked-up data keep numbers in their attributes; drawings and pages do so to be drawn."""
    stripped = text.lstrip()
    drawn = re.search(r"(?i)<(?:svg|html|table|div|style|body|p|span|!doctype html)\b", stripped)
    return stripped.startswith("<") and not drawn and re.search(r"\s[\w:-]+\s*=\s*[\"']\d+[\"']", text) is not None


def _from_frame(frame: Any) -> list[Grid]:
    """Read a DataFrame, and the tables in its cells; an unnamed index that merely numbers the rows is left out."""
    plainly = frame.index.nlevels == 1 and frame.index.name is None and frame.index.dtype.kind in "iu"
    table = (
        frame if plainly else frame.reset_index(names=[str(n or "") for n in frame.index.names], allow_duplicates=True)
    )
    header = [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in table.columns]
    rows = list(table.itertuples(index=False, name=None))
    nested = [plain(v) for row in rows for v in row if not isinstance(v, (str, bytes, int, float)) and v is not None]
    return [Grid.of(header, rows), *(grid for v in nested for grid in grids_of_values(v))]


def _inner_frames(value: Any) -> list[Any]:
    """Find the frames, and the files of bytes, in nested values."""
    if isinstance(value, (dict, list)):
        return [frame for v in (value.values() if isinstance(value, dict) else value) for frame in _inner_frames(v)]
    return [value] if is_frame(value) or isinstance(value, bytes) else []


def _from_text(text: str) -> list[Grid]:
    """Try the formats a text may be in, the most telling first."""
    stripped = text.strip()
    stripped = _SCALAR.sub(r"\1", stripped)
    opened = re.match(r"^(?:Counter|defaultdict|OrderedDict|dict|array)?\(?(?:<class '\w+'>, )?(?=[\[{])", stripped)
    if opened:
        value = literal(stripped[opened.end() :].rstrip(")"))
        if value is not None:
            return read_grids(value)
    lines = [literal(line) for line in stripped.splitlines() if line.strip()] if stripped[:1] in {"{", "["} else []
    if len(lines) > 1 and all(isinstance(line, (dict, list)) for line in lines):
        return read_grids(lines)
    if "<table" in stripped.lower():
        return _from_html(stripped)
    delimited = delimited_grids(stripped)
    return [*delimited.grids, *printed_grids(delimited.rest if delimited.grids else text)]


def literal(text: str) -> Any:
    """Read JSON, or what Python prints for plain values.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    object
        The value; ``None`` if it is neither.

    Examples
    --------
    >>> literal('{"n": 40}'), literal("{'n': 40}"), literal("Woman")
    ({'n': 40}, {'n': 40}, None)
    """
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


_PARTS = frozenset({"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"})


class _Tables(HTMLParser):
    """Collects the cells of every table; HTML lets the end tags of cells and rows be left out."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        if tag in _PARTS:
            self._close()
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self.tables and self.tables[-1]:
            self._cell = []
            self.tables[-1][-1].extend("" for _ in range(int(dict(attrs).get("colspan") or 1) - 1))

    def handle_endtag(self, tag: str) -> None:
        """Close a cell."""
        if tag in _PARTS:
            self._close()

    def _close(self) -> None:
        """Keep the cell that is open."""
        if self._cell is not None:
            self.tables[-1][-1].append(" ".join("".join(self._cell).split()))
            self._cell = None

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self._cell is not None:
            self._cell.append(data)


def _from_html(text: str) -> list[Grid]:
    """Read the tables of an HTML text; pandas' own second header row names the index."""
    parser = _Tables()
    parser.feed(text)
    grids = []
    for table in parser.tables:
        rows = [row for row in table if row]
        if len(rows) < 2:
            continue
        header, body = rows[0], rows[1:]
        if any(header) and body[0][0] and not any(body[0][1:]) and len(body) > 1:
            header = [*(body[0][:1] if not header[0] else header[:1]), *header[1:]]
            body = body[1:]
        grids.append(Grid.of(header, body))
    return grids
