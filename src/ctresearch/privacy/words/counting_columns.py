"""Which columns of a table count people, by their names, their shape, or what was declared; and how small they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.privacy.declared.table import LABELS, WORDS
from ctresearch.privacy.reading.numbers import is_number, is_whole, whole
from ctresearch.privacy.vocabulary.vocabulary import any_of, column, in_column
from ctresearch.privacy.words.identifiers import snake
from ctresearch.privacy.words.people_in_text import MANY_PEOPLE, ONE_PERSON

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.privacy.reading.grid import Grid

_EVERYBODY = column("counts.everybody", "counts.everybody_elsewhere")
_PEOPLE = column("counts.everybody", "counts.everybody_elsewhere", "counts.some")
_COUNT = re.compile(
    rf"^(?:{column('counts.alone')}|(?:\w+_)?{column('counts.words', 'counts.some')})$"
    rf"|^{_PEOPLE}_|(?:^|_){_EVERYBODY}(?:_|$)"
)
_NO_COUNT = in_column("counts.no_counts", also=r"\d{3,}s")  # per 1000s of people
_LABEL_NUMBER = in_column("counts.label_numbers")
_A_YEAR = re.compile(rf"_per_{column('counts.spans')}(?=_|$)")
_KEY = in_column("rows.keys")
_OF_A_MODEL = re.compile(rf"^{any_of('models.columns')}s?$")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PERSONS = re.compile(rf"(?i)^(?:{MANY_PEOPLE}|{ONE_PERSON})$")


def small_counts(grid: Grid, threshold: int, *, guess: bool = False) -> int:
    """Count the cells of a table that show fewer people than a threshold.

    Parameters
    ----------
    grid : Grid
        A table.
    threshold : int
        Smallest number that may be shown.
    guess : bool
        Take a table whose numbers are all whole for counts, as a cross-tabulation is, whatever its columns are called.

    Returns
    -------
    int
        Cells from 1 to one below the threshold in columns that count and that nobody declared.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> small_counts(Grid(("sex", "n"), (("Woman", "12"), ("Man", "3"))), 5)
    1
    """
    counting = [i for i in counting_columns(grid, guess=guess) if grid.role(i) is None]
    named = sum(is_whole(v) and 0 < whole(v) < threshold for i in counting for v in grid.column(i))
    return named or (0 if grid.roles else _few_described(grid, threshold))


def counting_columns(grid: Grid, *, guess: bool = False) -> list[int]:
    """Find the columns of a table that count people.

    Parameters
    ----------
    grid : Grid
        A table.
    guess : bool
        Take a table whose numbers are all whole for counts.

    Returns
    -------
    list of int
        Their positions.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> counting_columns(Grid(("sex", "year", "n"), (("Woman", "2020", "12"),)))
    [2]
    """
    if grid.counts:
        return [len(grid.header) - 1]
    named = [i for i, h in enumerate(grid.header) if grid.role(i) is None and counts_people(snake(h))]
    if any(grid.roles):
        return sorted([*named, *(i for i, role in enumerate(grid.roles) if role == "count")])
    if of_a_model(grid):
        named = [i for i in named if not is_fractional(grid.column(i))]  # figures of a model, one of them whole
    if not named and _by_people(grid):
        return [1]
    return _whole_columns(grid) if guess and not named else named


def is_key(grid: Grid, position: int) -> bool:
    """Say whether a column describes the rows rather than measuring them.

    Parameters
    ----------
    grid : Grid
        A table.
    position : int
        Which column.

    Returns
    -------
    bool
        What was declared; else ``True`` for words, and for years, ages, periods and arms of a trial written as numbers.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> [is_key(Grid(("sex", "year", "n"), (("Woman", "2020", "12"),)), i) for i in range(3)]
    [True, True, False]
    """
    role = grid.role(position)
    if role is not None:
        return role in LABELS | WORDS
    return _KEY.search(snake(grid.header[position])) is not None or not all(is_number(v) for v in grid.column(position))


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


def speaks_of_a_number(name: str) -> bool:
    """Say whether a column is called a number, of people or of something else.

    Parameters
    ----------
    name : str
        In lower case with underscores.

    Returns
    -------
    bool
        ``True`` if so.

    Examples
    --------
    >>> speaks_of_a_number("victims"), speaks_of_a_number("rank"), speaks_of_a_number("colour")
    (True, True, False)
    """
    return (_COUNT.search(name) or _NO_COUNT.search(name)) is not None


def of_two_years(first: str, second: str) -> bool:
    """Say whether two columns are the same of two years, which are no part of each other.

    Parameters
    ----------
    first, second : str
        Names of columns.

    Returns
    -------
    bool
        ``True`` if the year alone tells them apart.

    Examples
    --------
    >>> of_two_years("victims 2020", "victims 2021"), of_two_years("victims 2020", "women 2020")
    (True, False)
    """
    return first != second and _YEAR.sub("", first) == _YEAR.sub("", second)


def is_fractional(values: Sequence[str]) -> bool:
    """Say whether a column holds shares or loadings, which are no attributes of a person.

    Parameters
    ----------
    values : sequence of str
        Its values.

    Returns
    -------
    bool
        ``True`` if all are numbers and one is no whole number.

    Examples
    --------
    >>> is_fractional(["1.0", "0.5"]), is_fractional(["1.0", "2"])
    (True, False)
    """
    return all(map(is_number, values)) and any("." in v and not is_whole(v) for v in values)


def counts_people(name: str) -> bool:
    """Say whether a column is called a count of people; after a word for them it may go on to their age or year.

    Parameters
    ----------
    name : str
        In lower case with underscores.

    Returns
    -------
    bool
        ``True`` if so.

    Examples
    --------
    >>> counts_people("n_women"), counts_people("mean_women")
    (True, False)
    """
    plain = _A_YEAR.sub("", name)
    if not _COUNT.match(plain) and not _COUNT.search(plain):
        return False
    begins = re.match(rf"(?:n_)?{_PEOPLE}(?:_|$)", plain) is not None
    return _NO_COUNT.search(plain) is None and (begins or _LABEL_NUMBER.search(plain) is None)


def _whole_columns(grid: Grid) -> list[int]:
    """Columns of a cross-tabulation: labels on the left, and every other column made of whole numbers."""
    numeric = [i for i in range(len(grid.header)) if grid.rows and all(is_number(v) for v in grid.column(i))]
    labels = [i for i in range(len(grid.header)) if i not in numeric]
    if of_a_model(grid, labels):
        return []
    counting = [i for i in numeric if not _not_counted(snake(grid.header[i]))]
    all_whole = all(is_whole(v) or v == "" for i in counting for v in grid.column(i))
    spread = {whole(v) for i in counting for v in grid.column(i) if v} - {0.0, 1.0}
    return counting if labels and all_whole and spread else []


def _not_counted(name: str) -> bool:
    """Say whether a column is called something that is no count."""
    return (_NO_COUNT.search(name) or _LABEL_NUMBER.search(name)) is not None


def _by_people(grid: Grid) -> bool:
    """Say whether unnamed whole numbers stand beside words for people, as in a mapping of sex to number."""
    if len(grid.header) != 2 or any(grid.header) or len(grid.rows) < 2:
        return False
    return all(_PERSONS.match(label) is not None and is_whole(number) for label, number in grid.rows)


def _few_described(grid: Grid, threshold: int) -> int:
    """Count the columns that pandas' ``describe`` made of fewer people than a threshold."""
    rows = [row for row in grid.rows if row[0] == "count"]
    if not {row[0] for row in grid.rows} >= {"count", "mean", "min", "max"}:
        return 0
    return sum(is_whole(v) and 0 < whole(v) < threshold for row in rows for v in row[1:])
