"""One cell of somebody's table as plain text, as a count and as a date: nothing that has two readings is read."""

from __future__ import annotations

import datetime
import re
import unicodedata
from typing import TYPE_CHECKING, Literal

from ctresearch.core.names import name_key
from ctresearch.data.front_door.vocabulary import below_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    Decimal = Literal["", ".", ","]
    DateOrder = Literal["none", "iso", "day-first", "month-first", "unclear", "mixed", "short years"]

# Marks of direction, a byte-order mark inside a file, the blank of no width and the soft hyphen: nobody sees them.
_UNSEEN = dict.fromkeys(
    map(ord, "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad")
)
_BLANKS = {ord(c): " " for c in "\u00a0\u2007\u2009\u202f\u3000"}
_MARKS = {ord("٫"): ".", ord("٬"): ",", ord("＜"): "<", ord("≦"): "≤", ord("−"): "-", ord("–"): "-"}
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_LOCAL = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_SHORT = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2}")
_WHOLE = re.compile(r"\d+([.,]0{1,2})?")
_GROUPED = {",": re.compile(r"\d{1,3}(\.\d{3})+"), ".": re.compile(r"\d{1,3}(,\d{3})+")}
_SPACED = re.compile(r"\d{1,3}([ '’]\d{3})+")
_UNCLEAR = re.compile(r"\d{1,3}([.,]\d{3})+")
_NUMBER = {
    ".": re.compile(r"[+-]?(\d{1,3}([ ,]\d{3})+|\d+)(\.\d+)?"),
    ",": re.compile(r"[+-]?(\d{1,3}([ .]\d{3})+|\d+)(,\d+)?"),
}


def plain(text: str) -> str:
    r"""Write a cell without what nobody sees, its digits as 0 to 9.

    Parameters
    ----------
    text : str
        A cell as it stands in the file.

    Returns
    -------
    str
        Trimmed, with plain blanks and without marks of direction.

    Examples
    --------
    >>> plain(" ١٢ "), plain("oui\u00a0"), plain("１，"), plain("３")
    ('12', 'oui', '1，', '3')
    """
    if text.isascii():
        return text.strip()
    shown = unicodedata.normalize("NFC", text).translate(_UNSEEN).translate(_BLANKS)
    digits = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in shown)
    return digits.strip()


def plain_number(text: str) -> str:
    """Write the marks of a number the plain way: Arabic decimal marks, wide and long signs.

    Parameters
    ----------
    text : str
        A cell that :func:`plain` gave.

    Returns
    -------
    str
        The same with ASCII marks.

    Examples
    --------
    >>> plain_number("1٫5"), plain_number("＜5")
    ('1.5', '<5')
    """
    return text.translate(_MARKS)


def count_text(text: str, decimal: Decimal) -> str | None:
    """Read a count of people, which may be known as a range only.

    Parameters
    ----------
    text : str
        A cell.
    decimal : {"", ".", ","}
        The mark before decimals, so that the other one parts thousands; empty where nobody knows.

    Returns
    -------
    str or None
        Plain digits, or a range such as ``<5``, ``<=4``, ``1-4``, ``10+``; ``None`` for what is no count or has two
        readings.

    Examples
    --------
    >>> [count_text(one, "") for one in ("12", "1 234", "< 5", "moins de 5", "1.234", "-3", "2.5")]
    ['12', '1234', '<5', '<5', None, None, None]
    >>> count_text("1.234", ","), count_text("1,234", ","), count_text("1 - 4", ""), count_text("≥10", "")
    ('1234', None, '1-4', '10+')
    """
    shown = plain_number(text)
    if found := re.fullmatch(r"(<=?|≤)\s*(.+)", shown):
        high = _digits(found[2], decimal)
        return None if high is None else f"{'<' if found[1] == '<' else '<='}{high}"
    if found := re.fullmatch(r"(>=|≥)\s*(.+)|(\d.*?)\s*\+", shown):
        low = _digits(found[2] or found[3], decimal)
        return None if low is None else f"{low}+"
    if found := re.fullmatch(r"(\d[\d ]*?)\s*(?:-|to|à|a|до)\s*(\d[\d ]*)", shown):
        low, high = _digits(found[1], decimal), _digits(found[2], decimal)
        return None if low is None or high is None or int(low) > int(high) else f"{low}-{high}"
    key = name_key(shown)
    for word in below_words():
        if key.startswith(f"{word} ") or (not word.isascii() and key.startswith(word)):
            high = _digits(key.removeprefix(word).strip(), decimal)
            return None if high is None else f"<{high}"
    return _digits(shown, decimal)


def _digits(text: str, decimal: Decimal) -> str | None:
    """Read a whole number."""
    if _WHOLE.fullmatch(text):
        return str(int(re.split(r"[.,]", text)[0]))
    if _SPACED.fullmatch(text):
        return re.sub(r"\D", "", text)
    grouped = _GROUPED.get(decimal)
    return re.sub(r"\D", "", text) if grouped is not None and grouped.fullmatch(text) else None


def is_unclear(text: str) -> bool:
    """Say whether a number is a thousand and more, or has three decimals.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    bool
        Whether it has two readings as long as nobody says which mark stands before decimals.

    Examples
    --------
    >>> is_unclear("1.234"), is_unclear("1,234"), is_unclear("12.34")
    (True, True, False)
    """
    return _UNCLEAR.fullmatch(plain_number(text)) is not None


def number_text(text: str, decimal: Decimal) -> str | None:
    """Read a number with its decimals.

    Parameters
    ----------
    text : str
        A cell.
    decimal : {"", ".", ","}
        The mark before decimals; empty where nobody knows, and then a number with one mark is none.

    Returns
    -------
    str or None
        The number with a point; ``None`` for what is no number.

    Examples
    --------
    >>> number_text("1 234,5", ","), number_text("2,5", "."), number_text("7", "")
    ('1234.5', None, '7')
    """
    shown = plain_number(text)
    if not decimal:
        return shown if re.fullmatch(r"[+-]?\d+", shown) else None
    if not _NUMBER[decimal].fullmatch(shown):
        return None
    thousands = "." if decimal == "," else ","
    return shown.replace(" ", "").replace(thousands, "").replace(decimal, ".")


def decimal_mark(cells: Iterable[str]) -> Decimal | None:
    """Find which mark stands before decimals.

    Parameters
    ----------
    cells : iterable of str
        Different cells that are numbers.

    Returns
    -------
    {"", ".", ","} or None
        The mark that some cell shows beyond doubt; empty where none does; ``None`` where cells contradict each other.

    Examples
    --------
    >>> decimal_mark(["2,5", "7"]), decimal_mark(["1.234"]), decimal_mark(["2,5", "2.5"])
    (',', '', None)
    """
    found: set[Decimal] = set()
    for cell in map(plain_number, cells):
        point = re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+\.\d+|[+-]?\d*\.(\d{1,2}|\d{4,})|[+-]?0?\.\d+", cell)
        comma = re.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+|[+-]?\d*,(\d{1,2}|\d{4,})|[+-]?0?,\d+", cell)
        found |= {"."} if point else {","} if comma else set()
    return None if len(found) > 1 else found.pop() if found else ""


def date_order(cells: Iterable[str]) -> DateOrder:
    """Find in which order the dates of a column are written.

    Parameters
    ----------
    cells : iterable of str
        The different cells.

    Returns
    -------
    {"none", "iso", "day-first", "month-first", "unclear", "mixed", "short years"}
        ``none`` where the column holds other things; ``unclear`` where no date shows which number is the day;
        ``mixed`` where dates contradict each other.

    Examples
    --------
    >>> date_order(["31/01/2020", "2020-02-01"]), date_order(["03/04/2020"]), date_order(["31/01/2020", "01/31/2020"])
    ('day-first', 'unclear', 'mixed')
    """
    cells = [_TIME.sub("", cell) for cell in cells]
    if not cells:
        return "none"
    local = [found for cell in cells if (found := _LOCAL.fullmatch(cell))]
    short = sum(_SHORT.fullmatch(cell) is not None for cell in cells)
    if len(local) + short + sum(_ISO.fullmatch(cell) is not None for cell in cells) < len(cells):
        return "none"
    if short:
        return "short years"
    if not local:
        return "iso"
    day, month = any(int(one[1]) > 12 for one in local), any(int(one[2]) > 12 for one in local)
    return "mixed" if day and month else "day-first" if day else "month-first" if month else "unclear"


def iso_date(text: str, order: str) -> str | None:
    """Write a date as ISO 8601.

    Parameters
    ----------
    text : str
        A cell.
    order : {"day-first", "month-first", "iso"}
        How dates are written where the year does not stand first.

    Returns
    -------
    str or None
        The date; ``None`` where there is no such day.

    Examples
    --------
    >>> iso_date("3/4/2020", "day-first"), iso_date("2020-02-30", "iso")
    ('2020-04-03', None)
    """
    text = _TIME.sub("", text)
    if found := _ISO.fullmatch(text):
        parts = (int(found[1]), int(found[2]), int(found[3]))
    elif (found := _LOCAL.fullmatch(text)) and order in ("day-first", "month-first"):
        day, month = (found[1], found[2]) if order == "day-first" else (found[2], found[1])
        parts = (int(found[3]), int(month), int(day))
    else:
        return None
    try:
        return datetime.date(*parts).isoformat()
    except ValueError:
        return None


def each_once(column: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Change every different cell of a column once, however many rows hold it.

    Parameters
    ----------
    column : pandas.Series
        Text.
    change : callable
        What is made of a cell.

    Returns
    -------
    pandas.Series
        The column, changed.

    Examples
    --------
    >>> import pandas as pd
    >>> each_once(pd.Series([" a", "b"]), str.strip).tolist()
    ['a', 'b']
    """
    import pandas as pd

    codes, values = pd.factorize(column.astype(object))
    made = pd.array([change(str(value)) for value in values], dtype="str")
    return pd.Series(made.take(codes), index=column.index, name=column.name)
