"""Counts beside counts: whole numbers whose column is not called a count, and parts that nearly fill their whole.

Honest numbers of people behind each row say nothing about a second column. One child among forty victims stands in it
as a 1; thirty-nine adults of forty say the same by subtraction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.privacy.reading.grid import Grid
from ctresearch.privacy.reading.numbers import is_number, is_whole, whole
from ctresearch.privacy.rules.records import counting_columns, is_key

if TYPE_CHECKING:
    from numpy.typing import NDArray


def small_beside(grid: Grid, people: NDArray[np.float64] | None, threshold: int) -> int:
    """Count the places where whole numbers of a table may show, or leave over, fewer people than a threshold.

    Parameters
    ----------
    grid : Grid
        A table.
    people : numpy.ndarray or None
        People behind its rows, or behind all of it.
    threshold : int
        Smallest number that may be shown.

    Returns
    -------
    int
        Small whole numbers in columns that may count, and small differences between a whole and its part.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> table = Grid(("country", "n", "pregnant"), (("XX", "40", "39"), ("YY", "30", "1")))
    >>> small_beside(table, None, 5)
    2
    """
    if not grid.rows:
        return 0
    named = counting_columns(grid)
    wholes = [_numbers(grid, i) for i in named]
    if people is not None and people.shape == (len(grid.rows),) and people.size > 1:
        wholes.append(people)
    labelled = any(is_key(grid, i) for i in range(len(grid.header)))
    parts = [i for i in range(len(grid.header)) if i not in named and _may_count(grid, i, labelled=labelled)]
    if labelled and not wholes:
        return 0  # a cross-tabulation has a rule of its own
    small = 0
    for i in parts:
        numbers = _numbers(grid, i)
        small += int(((numbers > 0) & (numbers < threshold)).sum())
    return small + sum(
        _left_over(whole_, part, threshold)
        for whole_ in wholes
        for part in [*wholes, *(_numbers(grid, i) for i in parts)]
        if part is not whole_
    )


def _may_count(grid: Grid, position: int, *, labelled: bool) -> bool:
    """Say whether a column may count people: whole numbers that neither name the rows nor number them."""
    values = grid.column(position)
    if is_key(grid, position) or not all(is_whole(v) or (is_number(v) and not v[:1].isdigit()) for v in values):
        return False
    numbers = [whole(v) for v in values]
    if len(numbers) > 1 and numbers in (list(range(len(numbers))), list(range(1, len(numbers) + 1))):
        return False
    flags = set(numbers) <= {0.0, 1.0}
    one = Grid(("label", grid.header[position]), tuple(("row", "2" if v in {"0", "1"} else v) for v in values))
    return 1 in counting_columns(one, guess=True) and (labelled or len(grid.rows) == 1 or not flags)


def _numbers(grid: Grid, position: int) -> NDArray[np.float64]:
    """Read a column; what is no whole number is missing."""
    return np.array([whole(v) for v in grid.column(position)])


def _left_over(total: NDArray[np.float64], part: NDArray[np.float64], threshold: int) -> int:
    """Count the rows in which a part, which must fit into its whole everywhere, leaves fewer over than may be shown."""
    rest = total - part
    shown = ~np.isnan(rest)
    if not shown.any() or (rest[shown] < 0).any() or (part[shown] * 2 < total[shown]).all():
        return 0
    return int(((rest > 0) & (rest < threshold)).sum())
