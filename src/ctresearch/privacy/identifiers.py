"""Direct identifiers: names, contacts, papers and dates of birth, in text and in column names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.privacy.person_names import looks_like_a_person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.privacy.grid import Grid

_PATTERNS = {
    "an e-mail address": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.[A-Za-z]\w"),
    "a telephone number": re.compile(r"(?<![\w.])\+\d{1,3}(?:[\s()-]*\d){8,12}(?![\d.])"),
    "a titled name": re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mme)\.?\s+[A-ZÀ-Þ][a-zà-ÿ'’-]+"),
    "a labelled name": re.compile(
        r"\b(?:[Nn]ame|[Vv]ictim|[Ss]urvivor|[Ww]itness|[Aa]lias|[Cc]hild|[Mm]other|[Ff]ather|[Tt]rafficker|[Ss]uspect"
        r"|[Rr]espondent|[Ii]nterviewee|[Pp]erson)(?:_?name)?['\"]?\s*[:=]\s*['\"]?"
        r"[A-ZÀ-Þ][\w'’-]*[a-zà-ÿ]\s+[A-ZÀ-Þ][\w'’-]*[a-zà-ÿ]"
    ),
    "a date of birth": re.compile(
        r"(?i)\b(?:born(?: on)?|dob|date[ _]of[ _]birth|birth[ _]?date)\b['\"]?\W{0,3}(?:\d{4}-\d\d-\d\d|\d{1,2}[-/. ]\w+[-/. ]\d{2,4})"
    ),
    "a passport or identity number": re.compile(
        r"(?i)\b(?:passport|national id|identity card|id card)\b\s*(?:no|nr|number)?\W{0,3}(?=\w*\d)[A-Z0-9]{6,}"
    ),
}
_COLUMNS = re.compile(
    r"^(?:(?:first|last|given|family|full|maiden|middle|fore|sur|nick|birth|victim|person|survivor|witness|suspect|offender"
    r"|trafficker|perpetrator|mother|father|child|respondent|contact|client)_?name|alias|initials"
    r"|dob|date_?of_?birth|birth_?date|birth_?day|passport(?:_?(?:no|nr|number))?|phone(?:_?number)?|telephone|mobile"
    r"|e_?mail(?:_?address)?|(?:home_?|street_?)?address|ssn|national_?id(?:_?number)?|iban|gps|ip_?address)$"
)


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
    return [kind for kind, pattern in _PATTERNS.items() if pattern.search(text)]


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
        of whose values most look like the names of people is among them whatever its name.

    Examples
    --------
    >>> from ctresearch.privacy.grid import Grid
    >>> identifying_columns(Grid(("surname", "age"), (("x", "17"),)))
    ['surname']
    >>> identifying_columns(Grid(("name", "n"), (("Jane Example", "17"),)))
    ['name']
    """
    named = [_COLUMNS.match(snake(name)) is not None and any(grid.column(i)) for i, name in enumerate(grid.header)]
    return [name for i, name in enumerate(grid.header) if named[i] or _holds_names(grid.column(i))]


def _holds_names(values: Sequence[str]) -> bool:
    """Say whether most of the values that are there look like names of people."""
    there = {v for v in values if v}
    return bool(there) and sum(map(looks_like_a_person, there)) > len(there) / 2
