"""Projects of Taguette: the SQLite file that it exports, or its own database."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.message import say
from ctresearch.qualitative.exchange.material import CodedMaterial, distinct, make_codebook, make_segments
from ctresearch.qualitative.exchange.sqlite_file import SqliteFile, open_sqlite

if TYPE_CHECKING:
    from pathlib import Path

_TOOL = "Taguette"


def read_taguette(path: str | Path, *, project: str | None = None, coder: str = "unknown") -> CodedMaterial:
    """Read a project of Taguette.

    Parameters
    ----------
    path : str or pathlib.Path
        The SQLite file.
    project : str, optional
        Name of the project, where the file holds several.
    coder : str
        Who coded it: Taguette keeps no coder with a highlight, so blind coders work in a project each.

    Returns
    -------
    CodedMaterial
        Tags as codes (a dot in a name heads others, as in ``means.debt``), highlights as segments of the plain text of
        each document; Taguette counts places in bytes, which become characters here.

    Raises
    ------
    DataError
        If it is no such file, or its parts do not fit together.
    SpecificationError
        If there are several projects and none was named, or none of that name.

    Examples
    --------
    >>> read_taguette("nothing.sqlite3")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: there is no such file: give the path of a project of Taguette
    """
    with open_sqlite(path, _TOOL) as held:
        number, title = _project(held, project)
        documents = [
            one for one in held.rows("documents", ("id", "name", "contents", "project_id")) if one[3] == number
        ]
        tags = [one for one in held.rows("tags", ("id", "path", "description", "project_id")) if one[3] == number]
        highlights = held.rows("highlights", ("id", "document_id", "start_offset", "end_offset"))
        given = held.rows("highlight_tags", ("highlight_id", "tag_id"))
    codebook, keys, renamed = make_codebook(_tag_rows(tags), title)
    names, alike = distinct(str(one[1]) for one in documents)
    texts = {name: plain_text(str(one[2] or "")) for name, one in zip(names, documents, strict=True)}
    called = {one[0]: name for name, one in zip(names, documents, strict=True)}
    places = {name: _characters(text) for name, text in texts.items()}
    where = {one[0]: one[1:] for one in highlights if one[1] in called}
    tagged = {highlight for highlight, _ in given}
    rows, broken = [], sum(highlight not in tagged for highlight in where)
    for highlight, tag in given:
        if highlight not in where:  # of another project
            continue
        if str(tag) not in keys:
            broken += 1
            continue
        document, first, last = where[highlight]
        name = called[document]
        start, end = places[name].get(first), places[name].get(last)
        if start is None or end is None or end <= start:
            broken += 1
            continue
        rows.append((name, start, end, keys[str(tag)], coder, ""))
    said = say(
        "{n:,} highlights with a tag were read; {broken} without one, or at no place in their text, were left out; "
        "{renamed} names were changed so that each has its own; Taguette does not say who coded.",
        n=len(rows),
        broken=broken,
        renamed=renamed + alike,
    )
    numbers = {"read": len(rows), "broken": broken, "renamed": renamed + alike}
    check = Check("taken over", "review" if broken or renamed + alike else "pass", said, numbers)
    return CodedMaterial(codebook, make_segments(rows, texts), pd.DataFrame(columns=["case"]), (check,))


def _project(held: SqliteFile, asked: str | None) -> tuple[Any, str]:
    """Return number and name of the project that was asked for."""
    there = held.rows("projects", ("id", "name"))
    found = [one for one in there if asked is None or one[1] == asked]
    if len(found) != 1:
        raise SpecificationError(
            f"project fits {len(found)} of the {len(there)} projects in the file, must fit one: give its name"
        )
    return found[0][0], str(found[0][1])


def _tag_rows(tags: list[tuple[Any, ...]]) -> list[tuple[str, str, dict[str, object]]]:
    """Return tags as rows of a codebook; what stands before the last dot of a name heads the tag, where it is a tag."""
    by_path = {str(path): str(identifier) for identifier, path, _, _ in tags}
    rows: list[tuple[str, str, dict[str, object]]] = []
    if len(by_path) < len(tags):
        raise DataError(
            f"{len(tags) - len(by_path)} of {len(tags)} tags have the name of another: the project is broken"
        )
    for identifier, path, description, _ in tags:
        above, _, name = str(path).rpartition(".")
        parent = by_path.get(above, "")
        fields: dict[str, object] = {
            "name": name if parent and name else str(path),
            "definition": str(description or ""),
        }
        rows.append((str(identifier), parent, fields))
    return rows


class _Words(HTMLParser):
    """Gather the text of a document: its characters as they stand between tags."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        """Keep what stands between tags."""
        self.parts.append(data)


def plain_text(html: str) -> str:
    """Return the text of a document, of which Taguette counts the bytes.

    Parameters
    ----------
    html : str
        As it stands in the database.

    Returns
    -------
    str
        All text between tags, nothing added or taken away.

    Examples
    --------
    >>> plain_text("<p>She <b>owed</b> money &amp; more</p>")
    'She owed money & more'
    """
    parser = _Words()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts)


def _characters(text: str) -> dict[int, int]:
    """Return the character at each byte where one starts, and the end of the text."""
    found, at = {0: 0}, 0
    for i, letter in enumerate(text, start=1):
        at += len(letter.encode("utf-8", "surrogatepass"))
        found[at] = i
    return found
