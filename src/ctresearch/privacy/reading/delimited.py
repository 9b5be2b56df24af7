"""Delimited text as it is found in files: under a title, above a footer, with ragged rows, or several tables."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.privacy.reading.grid import Grid
from ctresearch.privacy.reading.nested_values import headed
from ctresearch.privacy.reading.numbers import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

_DELIMITERS = ",;\t|^"
_LONGEST = 24  # cells of a table are shorter than what stands between the commas of prose
_GAP = re.compile(r"[^,;\s]\s{2,}[^,;\s]")
_IN_PROSE = re.compile(  # 1,000 tables; the model [12,13]; the step 0|1 of an ordered scale
    r"(?<=\s)\d{1,3}(?:,\d{3})+(?=\s+[^\W\d])|\[\d+(?:,\d+)*\](?=\s+[^\W\d])|(?<!\S)\d+\|\d+(?=\s{2,}\S)"
)
_KEY_VALUE = re.compile(
    r"^\s*(?:[-*\u2022]\s*)?[\"']?([^\d\W][^:=\"']{0,60}?)[\"']?\s*[:=\u2013\u2014]\s*(\d[\d,]*)\s*,?$"
)


@dataclass(frozen=True, slots=True)
class Delimited:
    """The tables of a text.

    Parameters
    ----------
    grids : tuple of Grid
        What was read.
    rest : str
        Lines that belong to no table.
    """

    grids: tuple[Grid, ...]
    rest: str


def delimited_grids(text: str) -> Delimited:
    r"""Read comma, semicolon, tab or pipe separated text, and lines of a label and its number.

    Parameters
    ----------
    text : str
        A file, or what a program printed.

    Returns
    -------
    Delimited
        No grids where there is no such table.

    Examples
    --------
    >>> delimited_grids("Victims by sex\nsex,n\nWoman,40\nMan,3\nSource: agency\n").grids[0].rows
    (('Woman', '40'), ('Man', '3'))
    >>> delimited_grids("women: 40\nmen: 3\n").grids[0].rows
    (('women', '40'), ('men', '3'))
    """
    lines = _IN_PROSE.sub(lambda found: re.sub("[,|]", "", found[0]), text).splitlines()
    best = Delimited((), text)
    most = 0
    aligned = sum(_GAP.search(line) is not None for line in lines) * 2 > len(lines)  # commas are those of labels
    for delimiter in _DELIMITERS:
        if sum(delimiter in line and not line.startswith("|") for line in lines) < 2 or (delimiter == "," and aligned):
            continue
        found, cells = _tables(lines, delimiter)
        if cells > most:
            best, most = found, cells
    if not best.grids:
        return _key_values(lines, text)
    others = delimited_grids(best.rest)  # tables of other delimiters, each time on fewer lines
    return Delimited((*best.grids, *others.grids), others.rest)


def _tables(lines: Sequence[str], delimiter: str) -> tuple[Delimited, int]:
    """Read the tables of one delimiter, and say how many cells they have."""
    runs: list[list[list[str]]] = [[]]
    rest: list[str] = []
    try:
        for row in csv.reader(lines, delimiter=delimiter, quotechar=_quote(lines)):
            if len(row) > 1:
                runs[-1].append([cell.strip() for cell in row])
            else:
                rest += row
                runs.append([])
    except csv.Error:
        return Delimited((), ""), 0
    grids: list[Grid] = []
    for run in runs:
        kept, left = _even(run)
        rest += [delimiter.join(row) for row in left]
        grids += [headed(_under_title(kept))] if kept else []
    return Delimited(tuple(grids), "\n".join(rest)), sum(len(g.header) * len(g.rows) for g in grids)


def _quote(lines: Sequence[str]) -> str:
    """Find the mark around cells."""
    return "'" if lines and sum(line.startswith("'") for line in lines) * 2 > len(lines) else '"'


def _even(run: list[list[str]]) -> tuple[list[list[str]], list[list[str]]]:
    """Split a run of rows into a table and the titles and footers around it; ragged rows within it stay."""
    if len(run) < 2:
        return [], run
    width = Counter(len(row) for row in run).most_common(1)[0][0]
    at = [i for i, row in enumerate(run) if len(row) == width]
    inside, around = run[at[0] : at[-1] + 1], run[: at[0]] + run[at[-1] + 1 :]
    even = len(at) == len(run)
    short = sum(len(cell) for row in inside for cell in row) <= _LONGEST * sum(map(len, inside))
    if len(inside) < 2 or not (even or (short and len(at) * 2 > len(inside))):
        return [], run
    widest = max(map(len, inside))
    return [row + [""] * (widest - len(row)) for row in inside], around


def _under_title(rows: list[list[str]]) -> list[list[str]]:
    """Leave out a title that happens to be as wide as the table: names stand right above numbers."""
    for i in range(1, min(3, len(rows) - 1)):
        above = any(cell and is_number(cell) for row in rows[: i + 1] for cell in row)
        below = any(cell and is_number(cell) for cell in rows[i + 1])
        if not above and below:
            return rows[i:]
    return rows


def _key_values(lines: Sequence[str], text: str) -> Delimited:
    """Read a text that is nothing but labels with a whole number each."""
    found = [_KEY_VALUE.match(line) for line in lines if line.strip()]
    pairs = [(match[1].strip(), match[2]) for match in found if match]
    if len(pairs) < 2 or len(pairs) < len(found):
        return Delimited((), text)
    return Delimited((Grid.of(["", ""], pairs),), "")
