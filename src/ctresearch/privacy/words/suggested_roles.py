"""What a column that nobody declared may be, for whoever declares it to confirm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.privacy.reading.numbers import is_number, is_whole
from ctresearch.privacy.vocabulary.vocabulary import in_column
from ctresearch.privacy.words.counting_columns import counting_columns, is_key
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from ctresearch.privacy.reading.grid import Grid

_SHARE, _OF_NOBODY = in_column("measures.shares"), in_column("measures.of_nobody")
_SENTENCE = 4  # words


def suggested(grid: Grid, position: int) -> str:
    """Guess what a column is, for whoever declares it to confirm.

    Parameters
    ----------
    grid : Grid
        Its table.
    position : int
        Which, from 0.

    Returns
    -------
    str
        A role in the words of ``roles=``.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> table = Grid(("year", "victims", "percent_men", "bic"), (("2020", "40", "20", "61.2"),))
    >>> [suggested(table, i) for i in range(4)]
    ['key', 'count', 'share of victims', 'model']
    """
    counting = counting_columns(grid) or counting_columns(grid, guess=True)
    name, values = snake(grid.header[position]), [v for v in grid.column(position) if v]
    if position in counting and all(is_whole(v) and not v.startswith("-") for v in values):
        return "count"
    numeric = bool(values) and all(map(is_number, values))
    statistic = next((f"{kind} of all" for kind in ("mean", "median") if numeric and kind in name.split("_")), "")
    if statistic:
        return statistic
    if is_key(grid, position):
        return "text" if any(len(v.split()) > _SENTENCE for v in values) else "key"
    if _SHARE.search(name) and not _OF_NOBODY.search(name) and numeric:
        return f"share of {grid.header[counting[0]]}" if counting else "share of all"
    return "model"
