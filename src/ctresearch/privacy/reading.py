"""Reading tables out of whatever an output holds.

A DataFrame, a CSV file, an HTML page, JSON and printed text all become grids of words. Reading is deliberately
generous: what cannot be read as a table is no table, never an error.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

from ctresearch.privacy.grid import Grid, is_number
from ctresearch.privacy.printed import printed_grids

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEPTH = 12


def read_grids(content: Any) -> list[Grid]:
    r"""Read every table in a content.

    Parameters
    ----------
    content : object
        DataFrame or Series, bytes or text of CSV, JSON, HTML or printed tables, records, or mappings of those.

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
    if hasattr(content, "to_frame") and hasattr(content, "nunique") and not hasattr(content, "columns"):
        content = content.to_frame()
    if hasattr(content, "columns") and hasattr(content, "itertuples"):
        return [_from_frame(content)]
    if isinstance(content, (bytes, bytearray)):
        content = decoded(bytes(content)) or ""
    if isinstance(content, str):
        return _from_text(content)
    return list(_from_values(content, _DEPTH))


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
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", errors="replace")
    if b"\0" in content or content[:4] in {b"%PDF", b"\x1f\x8b\x08\x00"}:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _from_frame(frame: Any) -> Grid:
    """Read a DataFrame; an index without a name that merely numbers the rows is left out."""
    plain = frame.index.nlevels == 1 and frame.index.name is None and frame.index.dtype.kind in "iu"
    table = frame if plain else frame.reset_index(names=[str(n or "") for n in frame.index.names])
    header = [" ".join(map(str, c)) if isinstance(c, tuple) else str(c) for c in table.columns]
    return Grid.of(header, table.itertuples(index=False, name=None))


def _from_text(text: str) -> list[Grid]:
    """Try the formats a text may be in, the most telling first."""
    stripped = text.strip()
    opened = re.match(r"^(?:Counter|defaultdict|OrderedDict|dict)?\(?(?:<class '\w+'>, )?(?=[\[{])", stripped)
    if opened:
        literal = _literal(stripped[opened.end() :].rstrip(")"))
        if literal is not None:
            return read_grids(literal)
    if "<table" in stripped.lower():
        return _from_html(stripped)
    delimited = _from_delimited(stripped)
    return [delimited] if delimited else printed_grids(text)


def _literal(text: str) -> Any:
    """Read JSON, or what Python prints for plain values; ``None`` if it is neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def _from_values(value: Any, depth: int) -> Iterator[Grid]:
    """Read nested values: lists of records, single records, and labels with whole numbers."""
    if depth == 0:
        return
    if isinstance(value, (list, tuple)):
        records = [v for v in value if isinstance(v, Mapping)]
        if records:
            header = list(dict.fromkeys(str(k) for r in records for k in r))
            yield Grid.of(header, [[_leaf(r.get(k)) for k in header] for r in records])
        for one in value:
            nested = one.values() if isinstance(one, Mapping) else [one]
            yield from (grid for v in nested if not isinstance(v, str) for grid in _from_values(v, depth - 1))
    elif isinstance(value, Mapping):
        leaves = {str(k): v for k, v in value.items() if not isinstance(v, (Mapping, list, tuple))}
        if len(leaves) > 1 and all(isinstance(v, int) and not isinstance(v, bool) for v in leaves.values()):
            yield Grid.of(["", ""], list(leaves.items()))
        if leaves:
            yield Grid.of(leaves, [list(leaves.values())])
        for one in value.values():
            yield from _from_values(one, depth - 1)


def _leaf(value: Any) -> Any:
    """Leave nested values to their own turn."""
    return None if isinstance(value, (Mapping, list, tuple)) else value


def _from_delimited(text: str) -> Grid | None:
    """Read comma, semicolon, tab or pipe separated text whose lines all have the same number of fields."""
    lines = [line for line in text.splitlines() if line.strip()]
    for delimiter in ",;\t|":
        if len(lines) < 2 or delimiter not in lines[0] or lines[0].startswith("|"):
            continue
        try:
            parsed = list(csv.reader(lines, delimiter=delimiter))
        except csv.Error:
            continue
        if (
            len({len(row) for row in parsed}) == 1
            and len(parsed[0]) > 1
            and not any(cell and is_number(cell) for cell in parsed[0])
        ):
            return Grid.of([cell.strip() for cell in parsed[0]], parsed[1:])
    return None


class _Tables(HTMLParser):
    """Collects the cells of every table."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, a row or a cell."""
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in {"td", "th"} and self.tables and self.tables[-1]:
            self._cell = []
            self.tables[-1][-1].extend("" for _ in range(int(dict(attrs).get("colspan") or 1) - 1))

    def handle_endtag(self, tag: str) -> None:
        """Close a cell."""
        if tag in {"td", "th"} and self._cell is not None:
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
