"""Text that is a number: the one reader for cells of files, whoever asks.

What counts as a number is written out here and not left to ``float``, which takes ``1_000`` for a thousand and ``nan``
and ``infinity`` for numbers: in a file of the field those are words. What could be read in two ways is no number, and
is said so.
"""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
# A whole number may have commas between thousands, or blanks; with both, or behind a zero, a comma is a decimal one.
# Its decimals are zeros; three of them are not taken where a point may part thousands, as in 1.000.
_WHOLE = re.compile(r"((?!0)\d{1,3}((,\d{3})+|(\s\d{3})+)|\d+)(\.0*)?")
_UNCLEAR = re.compile(r"(?!0)\d{1,3}\.\d{3}")
# A count may stand behind "<" where the source does not publish small ones.
_COUNT = re.compile(r"(?P<censored><=?|≤)?\s*(?P<whole>\d.*)")
_RANGE = re.compile(
    r"<\s*(?P<below>\d.*)|(<=|≤)\s*(?P<most>\d.*)|(>=|≥)\s*(?P<least>\d.*)|(?P<more>\d.*?)\s*\+"
    r"|(?P<low>\d.*?)\s*(-|–|to)\s*(?P<high>\d.*)"
)
_LONGEST = 60  # letters of a count or a range: what is as long as a page would take the square of its length
_THOUSANDS = re.compile(r"[<≤=\s]*[1-9]\d{0,2}(\.\d{3})+")
# A comma with three digits behind it is a decimal only after 0 or behind points: 1,234 alone has two readings.
_DECIMAL = re.compile(r"[+-]?([1-9]\d{0,2}(\.\d{3})+,\d+|0,\d+|\d+,(\d{1,2}|\d{4,}))")
_POINT = re.compile(r"[+-]?\d*\.(\d{1,2}|\d{4,})")


def number_in(text: str) -> float | None:
    """Read a plain decimal number.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    float or None
        The number; nothing where the text is none, among them ``nan``, ``inf`` and ``1_000``.

    Examples
    --------
    >>> [number_in(text) for text in ("-2.5", "1e3", ".5", "1,000", "nan", "")]
    [-2.5, 1000.0, 0.5, None, None, None]
    """
    return float(text) if _NUMBER.fullmatch(text) else None


def whole_in(text: str) -> int | None:
    """Read a whole number of at least 0, with commas or blanks between thousands or without.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    int or None
        The number; nothing where the text is none or has two readings, among them ``12,5``, ``1,2,3`` and ``1.000``.

    Examples
    --------
    >>> [whole_in(text) for text in ("7", "1,192", "1 192", "12.0", "12,5", "1,2,3", "0,192", "1.192")]
    [7, 1192, 1192, 12, None, None, None, None]
    """
    if len(text) > _LONGEST or _WHOLE.fullmatch(text) is None or is_unclear(text):
        return None
    return int(re.sub(r"[,\s]", "", text.partition(".")[0]))


def count_in(text: str) -> tuple[int, int] | None:
    """Read a count, which may be known by an upper bound only.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    tuple of int, or None
        The lowest and the highest value; nothing where the text is no count. ``<0`` has no value, so its highest is -1.

    Examples
    --------
    >>> [count_in(text) for text in ("7", "1,192", "<5", "≤4", "1.192", "-3")]
    [(7, 7), (1192, 1192), (0, 4), (0, 4), None, None]
    """
    found = _COUNT.fullmatch(text)
    whole = whole_in(found["whole"]) if found else None
    if found is None or whole is None:
        return None
    high = whole - (found["censored"] == "<")
    return 0 if found["censored"] else high, high


def range_in(cell: object, *, least: int = 0) -> tuple[int, float] | None:
    """Read a count as publishers write it: a whole number, a bound such as ``<5`` or ``10+``, a range such as ``5-9``.

    Parameters
    ----------
    cell : object
        Text; or a number, which has one reading, whatever its decimals.
    least : int
        The least that ``<5`` can stand for.

    Returns
    -------
    tuple of int and float, or None
        The lowest and the highest value, infinite where there is no end and below the lowest where the range is empty;
        nothing where the cell is no count or has two readings.

    Examples
    --------
    >>> [range_in(text) for text in ("1,192", "<5", "5-9", "1,000 to 1,999", "10+", "9-5")]
    [(1192, 1192), (0, 4), (5, 9), (1000, 1999), (10, inf), (9, 5)]
    >>> [range_in(text) for text in ("12,5", "<1,5", "1,2,3", "1.192", "few")]
    [None, None, None, None, None]
    """
    text = cell.strip() if isinstance(cell, str) else re.sub(r"\.0+$", "", str(cell))
    exact, found = whole_in(text), _RANGE.fullmatch(text) if len(text) <= _LONGEST else None
    if exact is not None or found is None:
        return None if exact is None else (exact, exact)
    ends = {name: whole_in(part) for name, part in found.groupdict().items() if part is not None}
    match ends:
        case {"below": int(high)}:
            return least, high - 1
        case {"most": int(high)}:
            return least, high
        case {"least": int(low)} | {"more": int(low)}:
            return low, math.inf
        case {"low": int(low), "high": int(high)}:
            return low, high
    return None


def is_unclear(text: str) -> bool:
    """Tell whether a number is a thousand with a point, or one with three decimals, as nobody can know.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    bool
        Whether it has two readings.

    Examples
    --------
    >>> is_unclear("1.192"), is_unclear("0.192"), is_unclear("1.19")
    (True, False, False)
    """
    return _UNCLEAR.fullmatch(text) is not None


def has_decimal_point(text: str) -> bool:
    """Tell whether a number has a point that can only be a decimal one.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    bool
        Whether it has.

    Examples
    --------
    >>> has_decimal_point("12.5"), has_decimal_point("1.192"), has_decimal_point("12,5")
    (True, False, False)
    """
    return _POINT.fullmatch(text) is not None


def without_points(text: str, *, decimals: bool) -> str:
    """Write a number of continental Europe the plain way: no points between thousands, a point before decimals.

    Parameters
    ----------
    text : str
        A cell.
    decimals : bool
        Whether the number may have decimals.

    Returns
    -------
    str
        The number; the text as it is where it has two readings or is no such number.

    Examples
    --------
    >>> [without_points(text, decimals=True) for text in ("1.234", "2,5", "1.234,5", "1,234", "none")]
    ['1234', '2.5', '1234.5', '1,234', 'none']
    """
    if _THOUSANDS.fullmatch(text):
        return text.replace(".", "")
    if decimals and _DECIMAL.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text
