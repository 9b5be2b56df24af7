"""Numbers as people write them: alone, of a base, beside a share, in words, grouped by thousands, masked or as a range.

Every rule reads numbers here, so that a number that one of them sees is seen by all. Digits of any script are digits.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ctresearch.privacy.vocabulary.vocabulary import any_of, listed

_N = r"(?:[nN]\s*[=:]\s*)?"
_ABOUT = r"(?:[~\u2248=]|(?:c(?:a|irca)?\.?|about|approx\.?|[nN]\s*[=:])\s)?"
_NOTE = r"[*\u2020\u2021\u00a7\u00b9\u00b2\u00b3]+$"
_PEOPLE = any_of("one.counted", "many.counted")
_WHOLE = re.compile(
    rf"^{_ABOUT}\s*{_N}(?P<leading>-?\d+)(?:\.0+)?\s*"
    rf"(?:$|{_NOTE}|[(\[]|(?:\u00b1|\+/-)\s*[\d.]+$|{_PEOPLE}$|(?P<of>/|(?:out )?of)\s*(?P<base>\d+)$)"
)
_ALONE = re.compile(rf"^[(\[]\s*{_N}(\d+)\s*[)\]]\*?$")
_BRACKETED = re.compile(r"^-?\d+(?:\.\d+)?\s*%?\s*[(\[]\s*(?:n\s*=\s*)?(\d+)\s*[)\]]$")
_NUMERALS = {name: number for number, name in enumerate(listed("numbers.numerals"), start=1)}
_MASKED = re.compile(r"^(?:[<\u2264]\s*\d+|[-\u2013\u2014.*]{1,3})$")
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?%?$|^$")
_GROUPED = re.compile(r"^\d{1,3}(?:,\d{3})+$")
_MASK = re.compile(rf"(?i)^(?:[-\u2013\u2014.*:\u2026]{{0,3}}|:?\[?[csxz]\]?|{any_of('numbers.masks')}|#+)$")
_BELOW = re.compile(rf"(?i)^(?:(<)|\u2264|{any_of('numbers.at_most')}|{any_of('numbers.fewer')}|(under ))\s*(\d+)$")
_ABOVE = re.compile(r"(?i)^(?:(>)|\u2265|>=|at least |more than )?\s*(\d+)\s*(\+|or more|and over)?$")
_RANGE = re.compile(r"^(\d+)\s*(?:-|\u2013|\u2014|to)\s*(\d+)$")
_once = lru_cache(maxsize=50_000)  # the same words come again in every row
_FIGURE = re.compile(r"^[\d(\[~n]")


def is_whole(text: str) -> bool:
    """Say whether a word is a whole number, alone, of a base, or with a mark or a share beside it.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    bool
        ``True`` for ``"12"``, ``"12.0"``, ``"12 (3%)"``, ``"12*"``, ``"(12)"``, ``"n = 12"``, ``"12 of 90"``,
        ``"3% (12)"`` and ``"three"``.

    Examples
    --------
    >>> is_whole("12.0"), is_whole("12 (3%)"), is_whole("12.5"), is_whole("<5"), is_whole("9--17")
    (True, True, False, False, False)
    """
    return _counted(text) is not None


def whole(text: str) -> float:
    """Read the whole number that :func:`is_whole` saw.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    float
        The number; ``NaN`` where there is none.

    Examples
    --------
    >>> whole("12 (3%)"), whole("2.5% (3)"), whole("3/120")
    (12.0, 3.0, 3.0)
    """
    found = _counted(text)
    return float("nan") if found is None else float(found)


@_once
def _counted(text: str) -> int | None:
    """Read the whole number that a word states, or ``None``."""
    bracketed = _BRACKETED.match(text)
    if bracketed and ("%" in text or "." in text.split("(", maxsplit=1)[0].split("[", maxsplit=1)[0]):
        return int(bracketed[1])
    alone = _ALONE.match(text)
    if alone:
        return int(alone[1])
    found = _WHOLE.match(text)
    if found is None:
        return _NUMERALS.get(text.lower())
    above = found["base"] is not None and int(found["leading"]) > int(found["base"])  # a season such as 2019/20
    return None if above else int(found["leading"])


@_once
def is_number(text: str) -> bool:
    """Say whether a word is a number, masked or missing.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    bool
        ``True`` for ``"12.5"``, ``"3%"``, ``"12 (3%)"``, ``"<5"``, a dash and an empty word.

    Examples
    --------
    >>> is_number("12.5"), is_number("Woman")
    (True, False)
    """
    found = _NUMBER.match(text) or _MASKED.match(text)
    return found is not None or (is_whole(text) and not text.isalpha())


def ungrouped(text: str) -> str:
    """Leave out the commas that part thousands; any other comma stays.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Digits alone if it was a number with separators, else the text.

    Examples
    --------
    >>> ungrouped("12,000"), ungrouped("12,5")
    ('12000', '12,5')
    """
    return text.replace(",", "") if _GROUPED.match(text) else text


def spoken(text: str) -> int:
    """Read a number with separators of thousands.

    Parameters
    ----------
    text : str
        Digits, commas and spaces.

    Returns
    -------
    int
        The number.

    Examples
    --------
    >>> spoken("4,119")
    4119
    """
    return int(re.sub(r"\D", "", text))


def decimal(text: str) -> float:
    """Read a figure that may be a share.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    float
        The number without its percent sign; ``NaN`` where there is none.

    Examples
    --------
    >>> decimal("2.5 %"), decimal("Woman")
    (2.5, nan)
    """
    try:
        return float(text.replace(" ", "").removesuffix("%"))
    except ValueError:
        return float("nan")


def count(text: str) -> float:
    """Read a count: the whole number that a word states, else a number of digits alone.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    float
        The number; ``NaN`` for a mask, a share and a word.

    Examples
    --------
    >>> count("12 (3%)"), count("12.5"), count("<5"), count("3%")
    (12.0, 12.5, nan, nan)
    """
    if is_whole(text):
        return whole(text)
    return float(text) if is_number(text) and text[:1].isdigit() and text[-1].isdigit() else float("nan")


@_once
def is_figure(text: str) -> bool:
    """Say whether a word is a whole number that begins as one, and no numeral.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    bool
        ``True`` for ``"12"``, ``"(12)"`` and ``"n = 12"``.

    Examples
    --------
    >>> is_figure("n = 12"), is_figure("three")
    (True, False)
    """
    return is_whole(text) and _FIGURE.match(text) is not None


@_once
def unmasked(text: str) -> str:
    """Leave out what stands for a masked number.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    str
        Empty for a mask, else the text.

    Examples
    --------
    >>> unmasked("<5"), unmasked("[c]"), unmasked("12")
    ('', '', '12')
    """
    return "" if _MASK.match(text) or _BELOW.match(text) else text


@_once
def bounds(text: str) -> tuple[float, float]:
    """Read what a cell says of a number of people: a number, a range, or nothing.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    tuple of (float, float)
        Least and greatest number that it may mean; 0 and infinity where it says nothing.

    Examples
    --------
    >>> bounds("12"), bounds("<5"), bounds("5-9"), bounds("10+"), bounds("[c]")
    ((12.0, 12.0), (1.0, 4.0), (5.0, 9.0), (10.0, inf), (0.0, inf))
    """
    if is_whole(text) and (_FIGURE.match(text) or is_number(text)):
        value = whole(text)
        return (value, value) if value >= 0 else (0.0, float("inf"))
    below, between, above = _BELOW.match(text), _RANGE.match(text), _ABOVE.match(text)
    if below:
        return 1.0, float(below[3]) - (1.0 if below[1] or below[2] or "than" in text else 0.0)
    if between:
        return float(between[1]), float(between[2])
    if above:
        return float(above[2]) + (1.0 if above[1] or "more than" in text else 0.0), float("inf")
    return 0.0, float("inf")
