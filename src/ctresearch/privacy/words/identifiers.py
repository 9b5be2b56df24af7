"""Direct identifiers: names, contacts, papers and dates of birth, in text and in column names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.privacy.reading.grid import visible
from ctresearch.privacy.vocabulary.vocabulary import any_of, capitalised, column, in_column, whole_column
from ctresearch.privacy.words.given_names import GIVEN_NAMES
from ctresearch.privacy.words.patterns import kinds_in_text
from ctresearch.privacy.words.person_names import labelled_name, looks_like_a_person, names_in_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.privacy.reading.grid import Grid

_OF_A_COLUMN = re.compile(r"[a-z][A-Za-z0-9_]*$")
_LABEL = capitalised(
    "one.harmed", "one.accused", "one.heard", "one.parents", "one.anyone", "person.before_a_label", either=True
)
_LABELLED = re.compile(
    rf"\b({_LABEL})(?:_?name)?['\"]?\s*[:=]\s*['\"]?"
    r"([A-ZÀ-Þ][\w'’-]*[a-zà-ÿ]\s+[A-ZÀ-Þ][\w'’-]*[a-zà-ÿ])"
)
_NAMED = column(
    *("cues.parts_of_names", "one.anyone"),
    *("one.harmed", "one.accused", "one.heard", "one.served", "one.parents"),
)
_COLUMNS = re.compile(rf"^(?:{_NAMED}_?name|{column('identifiers')})$")
_COORDINATE = whole_column("cues.coordinates")
_PRECISE = re.compile(r"-?\d{1,3}\.\d{3,}")
_NUMBERS = re.compile(r"^(?:[A-Z]{1,2}\d{6,9}|[A-Z]{2,6}[-/]\d{2,4}[-/]\d{3,})$")
_PSEUDONYM = re.compile(
    r"^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{16,64})$",
    re.IGNORECASE,
)
_OF_A_FILE = re.compile(any_of("cues.files"))
_IN_WORDS = re.compile(r"^-?\d{1,2}\.\d{3,}\s*[,;]\s*-?\d{1,3}\.\d{3,}$")
_PLACE, _BIRTH, _CONTACT = in_column("cues.places"), in_column("cues.births"), in_column("cues.contacts")
_DAY = re.compile(r"^\d{4}-\d\d-\d\d|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$")
_DIALLED = re.compile(r"^\+?\d(?:[ -]?\d){6,14}(?:\.0)?$")
_HANDLE = re.compile(r"^@[A-Za-z_][\w.]{2,29}$")


def snake(name: str) -> str:
    """Write a column name in lower case with underscores.

    Parameters
    ----------
    name : str
        As in the table.

    Returns
    -------
    str
        Such as ``"date_of_birth"`` for ``"Date of Birth"`` and ``"dateOfBirth"``.

    Examples
    --------
    >>> snake("dateOfBirth"), snake("Case ID")
    ('date_of_birth', 'case_id')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"\W+|_+", "_", parted).strip("_").lower()


def identifiers_in_text(text: str) -> list[str]:
    """Name the kinds of direct identifier that a text holds.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        Kinds, never the identifiers themselves.

    Examples
    --------
    >>> identifiers_in_text("write to someone@example.org")
    ['an e-mail address']
    """
    text = visible(text)
    kinds = kinds_in_text(text)
    if any(labelled_name(match[1], match[2]) for match in _LABELLED.finditer(text)):
        return [*kinds, "a labelled name"]
    return [*kinds, "a person's name"] if "a titled name" not in kinds and names_in_text(text) else kinds


def identifying_columns(grid: Grid) -> list[str]:
    """Name the columns of a table that hold direct identifiers.

    Parameters
    ----------
    grid : Grid
        A table.

    Returns
    -------
    list of str
        Column names, if any of their values is there. What a column is called decides, and so does what it holds: one
        with the name of a person in it is among them whatever its name, as is one of pseudonyms, document numbers,
        exact coordinates or accounts, and one that is itself called like a person.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> identifying_columns(Grid(("surname", "age"), (("x", "17"),)))
    ['surname']
    >>> identifying_columns(Grid(("name", "n"), (("Jane Example", "17"),)))
    ['name']
    """
    return [name for i, name in enumerate(grid.header) if _identifies(name, grid.column(i))]


def column_words(grid: Grid, *, named: bool) -> list[str]:
    """Say which columns hold direct identifiers, without repeating a name that may be a person's.

    Parameters
    ----------
    grid : Grid
        A table.
    named : bool
        Whether its columns surely have names: the first line of a text may be a person.

    Returns
    -------
    list of str
        Names in quotation marks, or the number of the column.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> column_words(Grid(("surname", "Jane Example"), (("x", "17"),)), named=True)
    ["'surname'", 'number 2']
    """
    found = [(i, name) for i, name in enumerate(grid.header, start=1) if _identifies(name, grid.column(i - 1))]
    return [
        repr(name) if _COLUMNS.match(snake(name)) or (named and not looks_like_a_person(name)) else f"number {i}"
        for i, name in found
    ]


def may_be_named(name: str) -> bool:
    """Say whether the name of a column is a name of columns, and may be repeated.

    Parameters
    ----------
    name : str
        As in the table.

    Returns
    -------
    bool
        ``True`` for one word that begins with a small letter and is no given name.

    Examples
    --------
    >>> may_be_named("n_women"), may_be_named("ageBroad"), may_be_named("Jane Example"), may_be_named("maria")
    (True, True, False, False)
    """
    return _OF_A_COLUMN.match(name) is not None and name not in GIVEN_NAMES and not looks_like_a_person(name)


def _identifies(name: str, values: Sequence[str]) -> bool:
    """Say whether a column points at people, by what it is called or by what it holds."""
    there = [value for value in values if value]
    if not there:
        return False
    called = snake(name)
    if _COLUMNS.match(called) or looks_like_a_person(name):
        return True
    if _COORDINATE.match(called):
        return any(_PRECISE.search(value) for value in there)
    cued = ((_PLACE, _IN_WORDS), (_BIRTH, _DAY), (_CONTACT, _DIALLED))
    if any(cue.search(called) and any(pattern.match(value) for value in there) for cue, pattern in cued):
        return True
    words = [value for value in set(there) if not _is_a_number(value)]
    named = any(looks_like_a_person(value, called) or _HANDLE.match(value) for value in words)
    return named or _one_a_row(called, there)


def _is_a_number(value: str) -> bool:
    """Say whether a word is a number and nothing else."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def _one_a_row(called: str, there: Sequence[str]) -> bool:
    """Say whether a column gives each row a document number or a pseudonym of its own."""
    if len(there) < 2 or len(set(there)) < len(there) or _OF_A_FILE.search(called):
        return False
    return any(all(pattern.match(value) for value in there) for pattern in (_NUMBERS, _PSEUDONYM))
