"""Where the names of columns stand among the first rows: below a title, in one row or in two, or nowhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.names import name_key
from ctresearch.data.files.first_row import is_record, reads_like_values
from ctresearch.data.front_door.plain_cells import plain
from ctresearch.data.front_door.vocabulary import column_key, column_words, truth_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.data.files.opened_file import FirstRows

_KINDS = ("count", "person", "source", "date", "note", "attribute", "agency", "cases", "interviews")


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """The names of the columns, and the last row (from 0) that they stand in; ``why`` says why there are none."""

    names: tuple[str, ...]
    last: int
    why: str = ""


def find_names(first: FirstRows) -> ColumnNames:
    """Find the names of the columns among the first rows.

    A row holds names where it fills at least half the columns, holds no number and no date, and a word in it is one
    that columns are called by, or it stands over numbers or over yes and no. Where its neighbours below are empty and
    the next row names what it spans, as merged cells do, the two rows are one name each.

    Parameters
    ----------
    first : FirstRows
        The first rows as they stand.

    Returns
    -------
    ColumnNames
        The names, with ``why`` where there are none.

    Examples
    --------
    >>> from ctresearch.data.files.opened_file import FirstRows
    >>> rows = (("Report 2020", "", ""), ("id", "Seen by", ""), ("", "police", "NGO"), ("7", "yes", "no"))
    >>> find_names(FirstRows("", rows))
    ColumnNames(names=('id', 'police', 'NGO'), last=2, why='')
    """
    rows = [tuple(plain(cell) for cell in row) for row in first.rows]
    if first.typed:
        return ColumnNames(rows[0], 0)
    wide = Counter(sum(map(bool, row)) for row in rows if sum(map(bool, row)) > 1)
    if not wide:
        return ColumnNames((), -1, "holds one column alone, must hold two or more parted by commas, semicolons or tabs")
    typical = max(wide, key=lambda n: (wide[n], n))
    held = [at for at, row in enumerate(rows) if sum(map(bool, row)) > 1 and 2 * sum(map(bool, row)) >= typical]
    names = [at for at in held[:10] if not reads_like_values(rows[at])]
    known = [at for at in names if _known(rows[at]) >= 2]
    at = next((at for at in known if at > names[0] and _known(rows[names[0]]) == 0), names[0]) if names else held[0]
    if not names or (at > held[0] and at not in known and not _is_title(rows, held[0], at)):
        return ColumnNames((), -1, _NO_NAMES)
    for upper in (at - 1, at):
        joined = _joined(rows, upper) if upper >= 0 and any(rows[upper]) else None
        if joined is not None:
            return ColumnNames(joined, upper + 1)
    return ColumnNames(rows[at], at) if _reads_like_names(rows[at], rows[at + 1 :]) else ColumnNames((), -1, _NO_NAMES)


_NO_NAMES = "has no row of names: its first row reads like a record; add a row that names the columns"


def known_words(first: FirstRows) -> int:
    """Count the cells that are names of columns or yes and no, as a measure of whether letters are read right.

    Parameters
    ----------
    first : FirstRows
        The first rows.

    Returns
    -------
    int
        How many.

    Examples
    --------
    >>> from ctresearch.data.files.opened_file import FirstRows
    >>> known_words(FirstRows("", (("Poliþia", "Spital"),))), known_words(FirstRows("", (("Poliţia", "Spital"),)))
    (1, 2)
    """
    rows = [tuple(plain(cell) for cell in row) for row in first.rows]
    return sum(_known(row) + sum(name_key(cell) in truth_words() for cell in row if cell) for row in rows)


def _is_title(rows: Sequence[tuple[str, ...]], first: int, at: int) -> bool:
    """Say whether all rows before the names fill fewer cells than those."""
    width = sum(map(bool, rows[at]))
    return all(sum(map(bool, rows[i])) < width for i in range(first, at))


def _known(row: Sequence[str]) -> int:
    """Count the cells that columns are called by."""
    words = frozenset().union(*(column_words(kind) for kind in _KINDS))
    return sum(column_key(cell) in words for cell in row if cell)


def _reads_like_names(row: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Say whether a row holds names, in doubt not."""
    if any(name_key(cell) in truth_words() for cell in row if cell):
        return False
    repeated = any(
        cell and sum(len(other) > place and other[place] == cell for other in body) > 0
        for place, cell in enumerate(row)
    )
    if repeated:
        # a table pasted below another brings its header along: then the whole row is repeated and no record
        return any(tuple(other[: len(row)]) == tuple(row) for other in body) and _known(row) > 0
    return _known(row) > 0 or not is_record(row, body) or any(_over_truths(place, body) for place in range(len(row)))


def _over_truths(place: int, body: Sequence[Sequence[str]]) -> bool:
    """Say whether every cell below is a yes or a no."""
    cells = [row[place] for row in body if len(row) > place and row[place]]
    return len(cells) > 1 and all(name_key(cell) in truth_words() for cell in cells)


def _joined(rows: Sequence[tuple[str, ...]], at: int) -> tuple[str, ...] | None:
    """Join two rows of names, the upper of which spans several columns; ``None`` where there is one row alone."""
    if at + 1 >= len(rows):
        return None
    upper, lower = rows[at], rows[at + 1]
    width = max(len(upper), len(lower))
    upper, lower = (*upper, *[""] * (width - len(upper))), (*lower, *[""] * (width - len(lower)))
    gaps = [place for place in range(width) if not upper[place]]
    spans = [place for place in gaps if lower[place]]
    body = rows[at + 2 :]
    if not spans or any(reads_like_values([cell]) or name_key(cell) in truth_words() for cell in lower if cell):
        return None
    if sum(map(bool, lower)) < 2 or any(
        cell and any(len(row) > place and row[place] == cell for row in body) for place, cell in enumerate(lower)
    ):
        return None
    if not all(lower[place] or not any(len(row) > place and row[place] for row in body) for place in gaps):
        return None  # a gap that the lower row does not name, over cells: the lower row is a record
    covered = [place for place in range(width) if upper[place] and not lower[place]]
    if not covered and all(lower):
        # every column has a name in the lower row: the upper one is a title, or heads of groups
        return lower if len(set(map(name_key, lower))) == width else None
    return tuple(below or above for above, below in zip(upper, lower, strict=True))
