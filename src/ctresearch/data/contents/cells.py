"""One cell against the rule of its column: what it is worth, and which rule it breaks.

A column has few different cells, so each distinct text is judged once and the verdict is spread over the rows. The
rules are those of the schema and nothing is guessed: a cell that breaks one is missing in the table, unless only its
spelling is off (spaces around it, upper and lower case), where what was meant is beyond doubt. Both are violations and
told.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ctresearch.data.contents.countries import country
from ctresearch.data.contents.numbers import count_in, is_unclear, number_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ctresearch.data.contents.schema import Column

# Cells by which programs write "missing" where the source leaves a blank or has a code of its own.
FOREIGN_MISSING = frozenset(
    {
        "-99",
        "-99.0",
        "-9",
        "99",
        "999",
        "NA",
        "N/A",
        "n/a",
        "#N/A",
        "NaN",
        "nan",
        "<NA>",
        "NULL",
        "null",
        "None",
        ".",
        "Unknown",
        "unknown",
        "-",
        "?",
    }
)
_DATE_LIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ][\d:.+Z-]+)?")
_TRUTH = {"yes": True, "y": True, "true": True, "1": True, "no": False, "n": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Cell:
    """Verdict on one distinct cell.

    Parameters
    ----------
    value : object
        What stands in the table; ``None`` where it is missing. A count is the pair of its lowest and highest value.
    rule : str
        Rule that the cell breaks; empty where it breaks none.
    variant : bool
        Whether the source is known to write the value in this other way, which breaks no rule.

    Examples
    --------
    >>> Cell(1).rule
    ''
    """

    value: Any = None
    rule: str = ""
    variant: bool = False


def judge(column: Column, text: str, missing: tuple[str, ...] = ()) -> Cell:
    """Judge one cell.

    Parameters
    ----------
    column : Column
        What the cells may hold.
    text : str
        The cell as it stands in the file; empty where it is blank.
    missing : tuple of str
        Cells that mean the same as a blank.

    Returns
    -------
    Cell
        Value and broken rule.

    Examples
    --------
    >>> from ctresearch.data.contents.schema import schema
    >>> judge(schema("glotip").column("txtVALUE"), "<5").value
    (0, 4)
    >>> judge(schema("ctdc-synthetic").column("gender"), "woman")
    Cell(value='Woman', rule='letter_case', variant=False)
    """
    if not text or text in missing or text.strip() in missing:
        told = bool(text) and column.kind in ("count", "number")  # withheld and said so, which is an answer
        return Cell(None, "required" if column.required and not told else "")
    if column.kind == "text" and not column.pattern:
        return Cell(text)
    plain = text.strip()
    if plain != text:
        inner = judge(column, plain, missing)
        return inner if inner.rule else replace(inner, rule="whitespace")
    cell = _JUDGES[column.kind](column, text)
    if cell.rule and text in FOREIGN_MISSING:
        return Cell(None, "missing_code")
    return cell


def kind_of_text(text: str) -> str:
    """Say of what kind a cell of text is, for a message that must not hold the cell.

    Parameters
    ----------
    text : str
        The cell as it stands in the file.

    Returns
    -------
    str
        ``"blank"``, ``"a whole number"``, ``"a number"``, ``"a date"`` or ``"text"``.

    Examples
    --------
    >>> [kind_of_text(text) for text in ("Marie", "-99", "2.5", "1/2/1990", " ")]
    ['text', 'a whole number', 'a number', 'a date', 'blank']
    """
    plain = text.strip()
    if not plain:
        return "blank"
    number = number_in(plain)
    if number is not None:
        return "a whole number" if number.is_integer() else "a number"
    return "a date" if _DATE_LIKE.fullmatch(plain) else "text"


def allowed(column: Column) -> str:
    """Say in words what a column may hold.

    Parameters
    ----------
    column : Column
        The column.

    Returns
    -------
    str
        One phrase.

    Examples
    --------
    >>> from ctresearch.data.contents.schema import schema
    >>> allowed(schema("ctdc-synthetic").column("yearOfRegistration"))
    'a whole number from 2002 to 2026, or blank'
    """
    span = ""
    if column.low is not None:
        span = f" from {column.low:g}" if column.high is None else f" from {column.low:.0f} to {column.high:.0f}"
    listed = (
        ", ".join(column.codes.codes[:12]) + (", ..." if len(column.codes.codes) > 12 else "") if column.codes else ""
    )
    iso = f"ISO 3166 {column.standard}" if column.standard else "ISO 3166"
    words = {
        "flag": "0 or 1",
        "code": f"one of {listed}",
        "codes": f"one or more of {listed}, joined by {column.separator!r}",
        "country": f"a country code, {iso}",
        "countries": f"country codes, {iso}, joined by {column.separator!r}",
        "year": f"a whole number{span}",
        "integer": f"a whole number{span}",
        "number": f"a number{span}",
        "count": f"a whole number{span}, or an upper bound such as <5",
        "date": "a date as YYYY-MM-DD",
        "boolean": "yes or no",
        "text": f"text that matches {column.pattern}" if column.pattern else "any text",
    }[column.kind]
    return words if column.required else f"{words}, or blank"


def _flag(column: Column, text: str) -> Cell:
    """Judge a flag."""
    number = number_in(text)
    return Cell(int(number)) if number in (0.0, 1.0) else Cell(None, "flag")


def _code(column: Column, text: str) -> Cell:
    """Judge one code of a list."""
    codes = column.codes
    if codes is None:
        return Cell(None, "code_list")
    if text in codes.labels:
        return Cell(text)
    if text in codes.variants:
        return Cell(codes.variants[text], variant=True)
    meant = {code.casefold(): code for code in codes.labels}.get(text.casefold())
    return Cell(meant, "letter_case") if meant else Cell(None, "code_list")


def _several(one: Callable[[Column, str], Cell]) -> Callable[[Column, str], Cell]:
    """Judge several codes in a cell by the rule for one."""

    def judge_all(column: Column, text: str) -> Cell:
        """Judge each part; the first rule broken speaks for the cell."""
        parts = text.split(column.separator) if column.separator else list(text.replace(" ", ""))
        cells = [one(column, part.strip()) for part in parts]
        rule = next((cell.rule for cell in cells if cell.rule), "")
        values = [cell.value for cell in cells]
        if None in values:
            return Cell(None, rule)
        if len(set(values)) < len(values):
            return Cell(None, "repeated_code")
        return Cell(column.separator.join(values), rule, variant=any(cell.variant for cell in cells))

    return judge_all


def _country(column: Column, text: str) -> Cell:
    """Judge a country code."""
    if column.codes is not None and text in column.codes.labels:
        return Cell(text)
    standards = (column.standard,) if column.standard else ("alpha2", "alpha3")
    found = country(text.upper()) if text.isalpha() and len(text) in (2, 3) else None
    for standard in standards:
        code = getattr(found, standard, None)
        if code == text.upper():
            return Cell(code, "" if code == text else "letter_case")
    return Cell(None, "country")


def _whole(column: Column, text: str) -> Cell:
    """Judge a whole number."""
    number = number_in(text)
    if number is None or not number.is_integer() or (column.kind == "integer" and is_unclear(text)):
        return Cell(None, "whole_number")
    return Cell(int(number)) if _within(column, number) else Cell(None, "range")


def _number(column: Column, text: str) -> Cell:
    """Judge a number."""
    number = number_in(text)
    if number is None:
        return Cell(None, "number")
    return Cell(number) if _within(column, number) else Cell(None, "range")


def _count(column: Column, text: str) -> Cell:
    """Judge a count, which may be known by an upper bound only."""
    count = count_in(text)
    if count is None:
        return Cell(None, "range" if number_in(text) is not None and text.startswith("-") else "count")
    return Cell(count) if count[1] >= 0 and _within(column, float(count[1])) else Cell(None, "range")


def _date(column: Column, text: str) -> Cell:
    """Judge a date."""
    try:
        return Cell(datetime.date.fromisoformat(re.sub(r"[T ]00:00(:00(\.0+)?)?$", "", text)))
    except ValueError:
        return Cell(None, "date")


def _boolean(column: Column, text: str) -> Cell:
    """Judge a yes or no."""
    truth = _TRUTH.get(text.casefold().removesuffix(".0"))
    return Cell(None, "boolean") if truth is None else Cell(truth)


def _text(column: Column, text: str) -> Cell:
    """Judge text that has a pattern."""
    return Cell(text) if re.fullmatch(column.pattern, text) else Cell(None, "pattern")


def _within(column: Column, number: float) -> bool:
    """Tell whether a number lies in the range of the column."""
    return (column.low is None or number >= column.low) and (column.high is None or number <= column.high)


_JUDGES: Mapping[str, Callable[[Column, str], Cell]] = {
    "flag": _flag,
    "code": _code,
    "codes": _several(_code),
    "country": _country,
    "countries": _several(_country),
    "year": _whole,
    "integer": _whole,
    "number": _number,
    "count": _count,
    "date": _date,
    "boolean": _boolean,
    "text": _text,
}
