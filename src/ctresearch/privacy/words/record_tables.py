"""Rows about people: tables that nobody declared and that describe persons one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.privacy.reading.numbers import is_number
from ctresearch.privacy.vocabulary.vocabulary import any_of, capitalised, column, in_column, whole_column
from ctresearch.privacy.words.counting_columns import is_fractional, speaks_of_a_number
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
_NUMBERED = re.compile(
    rf"^(P|p|{any_of('one.harmed', 'one.heard', 'one.served', 'person.numbered')}[ _-]?)[_-]?0*(\d{{1,4}})$",
    re.IGNORECASE,
)
_TOLD = whole_column("rows.told")
_FIRST_PERSON = re.compile(rf"(?:^|[^\w]){any_of('around.first_persons')}(?=[ ,'’])")
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
        ``True`` if it numbers cases, has a row or more for each member of a group, quotes people, or has two or more
        attributes of a person and no statistic beside them.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> row_level(Grid(("gender", "ageBroad"), (("Woman", "9--17"),)))
    True
    >>> row_level(Grid(("gender", "ageBroad", "citizenship", "n"), (("Woman", "9--17", "NGA", "40"),)))
    False
    """
    if not grid.rows or grid.counts or is_matrix(grid) or (grid.roles and all(grid.roles)):
        return False
    names = [snake(h) for h in grid.header]
    attributes = [i for i, name in enumerate(names) if ATTRIBUTE.match(name) and not is_fractional(grid.column(i))]
    if any(points_at_a_person(grid, i, len(attributes), counted=counted) for i in range(len(names))):
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


def is_matrix(grid: Grid) -> bool:
    """Say whether the rows are called as the columns are, as in a matrix of correlations.

    Parameters
    ----------
    grid : Grid
        A table.

    Returns
    -------
    bool
        ``True`` if they are.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> is_matrix(Grid(("", "age", "debt"), (("age", "1", "0.3"), ("debt", "0.3", "1"))))
    True
    """
    return len(grid.rows) > 1 and set(grid.column(0)) == set(grid.header[1:])


def points_at_a_person(grid: Grid, position: int, attributes: int, *, counted: bool) -> bool:
    """Say whether one column makes each row a person: a number of a case, a member of a group, or what one said.

    Parameters
    ----------
    grid : Grid
        A table.
    position : int
        Which column.
    attributes : int
        How many columns describe a person.
    counted : bool
        Whether the people behind each row are counted.

    Returns
    -------
    bool
        ``True`` if it does.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> points_at_a_person(Grid(("case_id",), (("A-1",), ("A-2",))), 0, 0, counted=False)
    True
    """
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
        if "age" in found and (name.isdigit() or speaks_of_a_number(name) or _STATISTIC.search(name)):
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
