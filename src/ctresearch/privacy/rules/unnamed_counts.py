"""Numbers of people that no column name announces, and figures of models that only look like some."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ctresearch.privacy.reading.numbers import is_whole, whole
from ctresearch.privacy.rules.numbers_in_text import MANY_PEOPLE, ONE_PERSON
from ctresearch.privacy.vocabulary.vocabulary import any_of, column
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.privacy.reading.grid import Grid

_OF_A_MODEL = re.compile(rf"^{any_of('models.columns')}s?$")
_RUNNING = re.compile(rf"^{column('counts.running')}$|^{column('counts.cumulated')}_")
_PERSONS = re.compile(rf"(?i)^(?:{MANY_PEOPLE}|{ONE_PERSON})$")


def of_a_model(grid: Grid, among: Sequence[int] | None = None) -> bool:
    """Say whether a table gives figures of models: a column of it is called term, method, statistic or the like.

    Parameters
    ----------
    grid : Grid
        A table.
    among : sequence of int, optional
        Columns to look at; all of them by default.

    Returns
    -------
    bool
        ``True`` if one is.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> of_a_model(Grid(("method", "df"), (("Chao", "3"),))), of_a_model(Grid(("sex", "n"), (("Man", "30"),)))
    (True, False)
    """
    return any(_OF_A_MODEL.match(snake(h)) for i, h in enumerate(grid.header) if among is None or i in among)


def by_people(grid: Grid) -> bool:
    """Say whether unnamed whole numbers stand beside words for people, as in a mapping of sex to number.

    Parameters
    ----------
    grid : Grid
        A table.

    Returns
    -------
    bool
        ``True`` if they do.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> by_people(Grid(("", ""), (("Woman", "40"), ("Man", "3"))))
    True
    >>> by_people(Grid(("", ""), (("lists", "4"), ("df", "3"))))
    False
    """
    if len(grid.header) != 2 or any(grid.header) or len(grid.rows) < 2:
        return False
    return all(_PERSONS.match(label) is not None and is_whole(number) for label, number in grid.rows)


def few_described(grid: Grid, threshold: int) -> int:
    """Count the columns that pandas' ``describe`` made of fewer people than a threshold.

    Parameters
    ----------
    grid : Grid
        A table.
    threshold : int
        Smallest number that may be shown.

    Returns
    -------
    int
        Small numbers in the row ``count``, where ``mean``, ``min`` and ``max`` stand as well.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> few_described(Grid(("", "age"), (("count", "3.0"), ("mean", "16.3"), ("min", "15.0"), ("max", "18.0"))), 5)
    1
    """
    rows = [row for row in grid.rows if row[0] == "count"]
    if not {row[0] for row in grid.rows} >= {"count", "mean", "min", "max"}:
        return 0
    return sum(is_whole(v) and 0 < whole(v) < threshold for row in rows for v in row[1:])


def small_steps(grid: Grid, threshold: int) -> int:
    """Count the steps of fewer people than a threshold in numbers at risk and running totals.

    Parameters
    ----------
    grid : Grid
        A table.
    threshold : int
        Smallest number that may be shown.

    Returns
    -------
    int
        Pairs of rows, one below the other, whose whole numbers differ by that few.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> small_steps(Grid(("time", "at_risk"), (("0", "40"), ("1", "39"), ("2", "30"))), 5)
    1
    """
    running = [grid.column(i) for i, name in enumerate(grid.header) if _RUNNING.match(snake(name))]
    steps = (abs(whole(b) - whole(a)) for column in running for a, b in pairwise(column))
    return sum(0 < step < threshold for step in steps)
