"""What a column that nobody declared may be, for whoever declares it to confirm."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.privacy.reading.numbers import decimal, is_number, is_whole, unmasked
from ctresearch.privacy.vocabulary.vocabulary import in_column, whole_column
from ctresearch.privacy.words.counting_columns import counting_columns, is_fractional, is_key, of_a_model
from ctresearch.privacy.words.identifiers import snake
from ctresearch.privacy.words.record_tables import is_matrix

if TYPE_CHECKING:
    from ctresearch.privacy.reading.grid import Grid

_SHARE, _OF_NOBODY = in_column("measures.shares"), in_column("measures.of_nobody")
_EXTREME = in_column("measures.extremes", "measures.first_and_last")
_GREATEST = in_column("measures.greatest")
_SPREAD, _OF_MODELS = in_column("measures.spreads"), whole_column("measures.of_models")
_WEIGHTED = in_column("counts.weighted")
_ENDS = whole_column("rows.ends_of_ties")
_SENTENCE = 4  # words
_DATE = re.compile(r"^\d{4}-\d\d-\d\d(?:[ T]|$)")
FILL_IN = "<the column that counts them>"


def suggested(grid: Grid, position: int, *, counted: bool = False) -> str:
    """Guess what a column is, for whoever declares it to confirm.

    The guess is never one that lets pass what an honest declaration would hold back: a figure that may be of people
    is a share or a mean of those beside it, and where nobody counts them a place to fill in.

    Parameters
    ----------
    grid : Grid
        Its table.
    position : int
        Which, from 0.
    counted : bool
        Whether somebody counted the people of each row.

    Returns
    -------
    str
        A role in the words of ``roles=``.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> header = ("year", "victims", "percent_men", "oldest", "hiv", "bic")
    >>> table = Grid(header, (("2020", "40", "20", "61", "0.025", "61.2"),))
    >>> [suggested(table, i) for i in range(6)]
    ['key', 'count', 'share of victims', 'greatest of victims', 'share of victims', 'model']
    """
    counting = counting_columns(grid) or counting_columns(grid, guess=True)
    name, values = snake(grid.header[position]), [v for v in grid.column(position) if v]
    base = _base(grid, counting, position, counted=counted)
    named = _label(grid, position, name, values)
    if named:
        return named
    if _EXTREME.search(name):
        return f"{'greatest' if _GREATEST.search(name) else 'least'} of {base}"
    if _SPREAD.search(name) and not _OF_MODELS.match(name):
        return f"spread of {base}"
    if _WEIGHTED.search(name):
        return f"weighted count of {base}"
    if position in counting and all((is_whole(v) or not unmasked(v)) and v[:1] != "-" for v in values):
        return "count of nobody" if _ties(grid) else "count"
    return _figure(name, values, base, model=of_a_model(grid) or is_matrix(grid))


def _label(grid: Grid, position: int, name: str, values: list[str]) -> str:
    """Guess what names the rows; empty for figures, and for values of single people."""
    numeric = bool(values) and all(map(is_number, values))
    if position in _ties(grid):
        return "actor"
    if of_a_model(grid, [position]) and any(decimal(v) != decimal(v) for v in values):
        return "key"
    if values and (numeric or all(map(_DATE.match, values))) and _EXTREME.search(name):
        return ""
    if numeric and ((_SPREAD.search(name) and not _OF_MODELS.match(name)) or _WEIGHTED.search(name)):
        return ""
    if not numeric or (is_key(grid, position) and not is_fractional(values)):
        return "text" if any(len(v.split()) > _SENTENCE for v in values) else "key"
    return ""


def _base(grid: Grid, counting: list[int], position: int, *, counted: bool) -> str:
    """Name the column that counts the people of each row, or a place to fill in; ``all`` where each row is counted."""
    return next((grid.header[i] for i in counting if i != position), "all" if counted else FILL_IN)


def _ties(grid: Grid) -> list[int]:
    """Find the two ends of ties: columns that are called so, and that the same members stand in."""
    ends = [i for i, h in enumerate(grid.header) if _ENDS.match(snake(h))]
    return ends if len(ends) == 2 and set(grid.column(ends[0])) & set(grid.column(ends[1])) else []


def _figure(name: str, values: list[str], base: str, *, model: bool) -> str:
    """Guess what a column of figures is."""
    parts = name.split("_")
    if _OF_MODELS.match(name):
        return "model"
    statistic = next((kind for kind in ("mean", "median") if kind in parts), "")
    if statistic and not model:
        return f"{statistic} of {base}"
    if _SHARE.search(name) and not _OF_NOBODY.search(name):
        return f"share of {base}"
    if model:
        return "model"
    return f"{'share' if _between(values) else 'mean'} of {base}"


def _between(values: list[str]) -> bool:
    """Say whether figures lie between nothing and all."""
    return all("%" in v or 0 <= decimal(v) <= 1 for v in values if decimal(v) == decimal(v))
