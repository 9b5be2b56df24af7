"""Whether the first row of a file holds names of columns, or is a record of a file that has none.

A record that is taken for the header would show its cells as names: a person's name, a date of birth. So in doubt a row
is a record. Names betray themselves by words that columns are called by, or by standing over cells of another kind.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_VALUE = re.compile(
    r"[<>≤≥+-]?\s*\d[\d\s.,:;/+()-]*[%a-z]?|\d.*T\d.*|.*@.*|[A-Za-z]{1,3}-?\d{5,}|yes|no|true|false", re.IGNORECASE
)
_YEAR = re.compile(r"(19|20)\d\d")


def is_record(header: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Say whether a row reads like a record.

    Parameters
    ----------
    header : sequence of str
        The row that may hold names.
    body : sequence of sequence of str
        Rows below it.

    Returns
    -------
    bool
        True where it holds a number, a date, an address or a cell that its column repeats; else false where one of its
        cells is a known name, or stands over numbers and dates; else true.

    Examples
    --------
    >>> rows = [["Rosa Lima", "1990-01-02"], ["Ana Paz", "1991-03-04"]]
    >>> is_record(rows[0], rows[1:]), is_record(["client", "day"], rows), is_record(["full name", "town"], [])
    (True, False, False)
    """
    if reads_like_values(header) or any(_repeats(name, place, body) for place, name in enumerate(header)):
        return True
    return not (any(map(_is_name, header)) or any(_over_values(place, body) for place in range(len(header))))


def reads_like_values(row: Sequence[str]) -> bool:
    """Say whether a row holds a cell that is no name: a number, a date, an address; a row of years may be names.

    Parameters
    ----------
    row : sequence of str
        Cells.

    Returns
    -------
    bool
        Whether there is one. Years count as names where there are two or more and they go steadily up or down.

    Examples
    --------
    >>> [reads_like_values(row) for row in (["geo", "2019", "2020"], ["Rosa", "1990"], ["sex", "age"])]
    [False, True, False]
    """
    values = [cell for cell in row if cell and _VALUE.fullmatch(cell)]
    if len(values) > 1 and all(map(_YEAR.fullmatch, values)):
        steps = {int(later) - int(earlier) for earlier, later in itertools.pairwise(values)}
        return len(steps) > 1 or steps == {0}
    return bool(values)


def _repeats(name: str, place: int, body: Sequence[Sequence[str]]) -> bool:
    """Say whether the column repeats the cell."""
    return bool(name) and any(len(row) > place and row[place] == name for row in body)


def _over_values(place: int, body: Sequence[Sequence[str]]) -> bool:
    """Say whether every cell below is a number or a date."""
    cells = [row[place] for row in body if len(row) > place and row[place]]
    return bool(cells) and all(map(_VALUE.fullmatch, cells))


def _is_name(cell: str) -> bool:
    """Say whether a cell is a name of a source, or made of words that columns are called by."""
    if "_" in cell.strip("_") or cell in _known():
        return True
    words = [word for word in re.findall(r"[^\W\d_]+", cell.casefold()) if word not in _words()["joining"]]
    return bool(words) and all(word in _words()["columns"] for word in words)


@cache
def _known() -> frozenset[str]:
    """Collect the names of all sources."""
    from ctresearch.data.contents.schema import schema, schemas

    return frozenset(name for one in schemas() for c in schema(one).columns for name in (c.name, *c.variants))


@cache
def _words() -> dict[str, frozenset[str]]:
    """Read the words that columns are called by, and those that join them."""
    text = (files("ctresearch.data.files") / "column_words.toml").read_text(encoding="utf-8")
    return {kind: frozenset(words) for kind, words in tomllib.loads(text).items()}
