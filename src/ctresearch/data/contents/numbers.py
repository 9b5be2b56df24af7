"""Text that is a number: the one reader for cells of files, whoever asks.

What counts as a number is written out here and not left to ``float``, which takes ``1_000`` for a thousand and ``nan``
and ``infinity`` for numbers: in a file of the field those are words. What could be read in two ways is no number, and
is said so.
"""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
# A count may stand behind "<" where the source does not publish small ones, and may have commas or spaces between
# thousands. Decimals of a whole count are zeros; three of them are not taken, since 1.000 is a thousand elsewhere.
_COUNT = re.compile(r"(?P<censored><=?|≤)?\s*(?P<digits>\d{1,3}([,\s]\d{3})+|\d+)(\.00?|\.0{4,})?")
_UNCLEAR = re.compile(r"[1-9]\d{0,2}\.\d{3}")
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
    if found is None:
        return None
    high = int(re.sub(r"[,\s]", "", found["digits"])) - (found["censored"] == "<")
    return 0 if found["censored"] else high, high


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
