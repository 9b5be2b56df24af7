"""Rows about people: tables that describe persons one by one, and tables with small counts in them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.privacy.reading.numbers import is_number, is_whole, whole
from ctresearch.privacy.rules.unnamed_counts import by_people, few_described, of_a_model
from ctresearch.privacy.vocabulary.vocabulary import any_of, capitalised, column, in_column, whole_column
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.privacy.reading.grid import Grid

_CASE = column("one.harmed", "one.accused", "one.heard", "one.served", "person.numbered", "person.filed")
_CASE_ID = re.compile(rf"^{_CASE}_?{column('rows.numbers')}$")
_MEMBER = re.compile(rf"^{column('rows.members')}(?:_?{column('rows.member_numbers')})?$")
_PLAIN_ID = whole_column("rows.plain_numbers")
ATTRIBUTE = whole_column("attributes")
_STATISTIC, _MEASURE = in_column("measures.statistics"), in_column("measures.others")
_EVERYBODY = column("counts.everybody", "counts.everybody_elsewhere")
_PEOPLE = column("counts.everybody", "counts.everybody_elsewhere", "counts.some")
_COUNT = re.compile(
    rf"^(?:{column('counts.alone')}|(?:\w+_)?{column('counts.words', 'counts.some')})$"
    rf"|^{_PEOPLE}_|(?:^|_){_EVERYBODY}(?:_|$)"
)
_NO_COUNT = in_column("counts.no_counts", also=r"\d{3,}s")  # per 1000s of people
_LABEL_NUMBER = in_column("counts.label_numbers")
_A_YEAR = re.compile(rf"_per_{column('counts.spans')}(?=_|$)")
_NUMBERED = re.compile(
    rf"^(P|p|{any_of('one.harmed', 'one.heard', 'one.served', 'person.numbered')}[ _-]?)[_-]?0*(\d{{1,4}})$",
    re.IGNORECASE,
)
_TOLD = whole_column("rows.told")
_FIRST_PERSON = re.compile(rf"(?:^|[^\w]){any_of('around.first_persons')}(?=[ ,'’])")
_KEY = in_column("rows.keys")
_SEX = any_of("person.sex_values")
KINDS = {
    "sex": re.compile(rf"^(?:{_SEX}|{capitalised('person.sex_values')})$"),
    "year": re.compile(r"^(?:19|20)\d\d$"),
    "age": re.compile(r"^[1-9]\d?$"),
    "country": re.compile(r"^[A-Z]{2,3}$"),
    "place": re.compile(r"^[^\W\d_]{3,}(?:[ '’-][^\W\d_]+){0,3}$"),
}
"""What single values about a person look like, whatever their column is called."""
_REFERENCE = re.compile(r"\((?:1[89]|20)\d\d[a-z]?\)\.")
_SENTENCE = 6  # words; a label is shorter


def row_level(grid: Grid, *, counted: bool = False) -> bool:
    """Say whether a table describes people one by one.

    Parameters
    ----------
    grid : Grid
        A table.
    counted : bool
        Whether the people behind each of its rows are counted elsewhere, so that a row is a group.

    Returns
    -------
    bool
        ``True`` if it numbers cases, has a row or more for each member of a network, quotes people, or has two or more
        attributes of a person and no statistic beside them.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> row_level(Grid(("gender", "ageBroad"), (("Woman", "9--17"),)))
    True
    >>> row_level(Grid(("gender", "ageBroad", "citizenship", "n"), (("Woman", "9--17", "NGA", "40"),)))
    False
    """
    if not grid.rows or grid.counts or _is_matrix(grid):
        return False
    names = [snake(h) for h in grid.header]
    attributes = [i for i, name in enumerate(names) if ATTRIBUTE.match(name) and not _is_fractional(grid.column(i))]
    if any(_points_at_a_person(grid, i, len(attributes), counted=counted) for i in range(len(names))):
        return True
    if _holds_people(grid, names):
        return True
    measured = [
        i
        for i in range(len(names))
        if i not in attributes and any(grid.column(i)) and all(map(is_number, grid.column(i)))
    ]
    if any(_STATISTIC.search(names[i]) or (counted and _MEASURE.search(names[i])) for i in measured):
        return False
    numeric = [i for i in measured if not (i == 0 and names[i] in {"", "unnamed_0"})]
    enough = 2 if "..." in grid.header or not numeric else 3  # a table too wide to print hides most of its columns
    return len(attributes) >= enough


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
        Cells from 1 to one below the threshold in columns that count.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> small_counts(Grid(("sex", "n"), (("Woman", "12"), ("Man", "3"))), 5)
    1
    """
    counting = counting_columns(grid, guess=guess)
    named = sum(is_whole(v) and 0 < whole(v) < threshold for i in counting for v in grid.column(i))
    return named or few_described(grid, threshold)


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
    named = [i for i, h in enumerate(grid.header) if _counts_people(snake(h))]
    if of_a_model(grid):
        named = [i for i in named if not _is_fractional(grid.column(i))]  # figures of a model, one of them whole
    if not named and by_people(grid):
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
        ``True`` for words, and for years, ages, periods and arms of a trial written as numbers.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> [is_key(Grid(("sex", "year", "n"), (("Woman", "2020", "12"),)), i) for i in range(3)]
    [True, True, False]
    """
    return _KEY.search(snake(grid.header[position])) is not None or not all(is_number(v) for v in grid.column(position))


def _counts_people(name: str) -> bool:
    """Say whether a column is called a count of people; after a word for them it may go on to their age or year."""
    plain = _A_YEAR.sub("", name)
    if not _COUNT.match(plain) and not _COUNT.search(plain):
        return False
    begins = re.match(rf"(?:n_)?{_PEOPLE}(?:_|$)", plain) is not None
    return _NO_COUNT.search(plain) is None and (begins or _LABEL_NUMBER.search(plain) is None)


def _is_matrix(grid: Grid) -> bool:
    """Say whether the rows are called as the columns are, as in a matrix of correlations."""
    return len(grid.rows) > 1 and set(grid.column(0)) == set(grid.header[1:])


def _is_fractional(values: Sequence[str]) -> bool:
    """Say whether a column holds shares or loadings, which are no attributes of a person."""
    return all(map(is_number, values)) and any("." in v and not is_whole(v) for v in values)


def _points_at_a_person(grid: Grid, position: int, attributes: int, *, counted: bool) -> bool:
    """Say whether one column makes each row a person: a number of a case, a member of a network, or what one said."""
    name, values = snake(grid.header[position]), grid.column(position)
    if _MEMBER.match(name) and any(values):
        return True
    sentences = [v for v in values if len(v.split()) >= _SENTENCE and not _REFERENCE.search(v)]
    if any(_TOLD.match(name) or _FIRST_PERSON.search(v) for v in sentences):
        return True
    if len(set(values)) < len(values) or not all(values):
        return False
    return (
        _CASE_ID.match(name) is not None
        or (_PLAIN_ID.match(name) is not None and attributes >= 2)
        or (not counted and _is_numbered(values))
    )


def _holds_people(grid: Grid, names: Sequence[str]) -> bool:
    """Say whether columns of any name hold sex, age and a country, and nothing measured beside them."""
    kinds: set[str] = set()
    for i, name in enumerate(names):
        there = {v for v in grid.column(i) if v}
        found = [kind for kind, pattern in KINDS.items() if there and all(map(pattern.match, there))]
        if "age" in found and (
            name.isdigit() or _COUNT.search(name) or _NO_COUNT.search(name) or _STATISTIC.search(name)
        ):
            return False
        if not found and there and all(map(is_number, there)):
            return False
        kinds.update(found[:1])
    return {"sex", "age"} <= kinds and bool({"country", "place", "year"} & kinds) and len(grid.rows) > 1


def _is_numbered(values: Sequence[str]) -> bool:
    """Say whether labels number people from one on, as P1, P2 and P3 do and percentiles do not."""
    found = [_NUMBERED.match(value) for value in values]
    numbers = sorted(int(match[2]) for match in found if match)
    return (
        len(values) > 1
        and len(numbers) == len(values)
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    )


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
