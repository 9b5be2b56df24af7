"""Anything that looks like a table, in one plain shape, so that each rule is written once."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_TOTAL = re.compile(
    r"^(?:(?:grand |sub-?|row |column )?totals?|all|sum|overall|both(?: "
    r"sexes)?|together|combined|gesamt|insgesamt|summe|alle"
    r"|ensemble|totaux|tous|toutes|todos|todas|totales?|suma|soma|totale)$"
    r"|^(?:all|(?:grand |sub-?)?total|sum of|overall|gesamt|insgesamt|ensemble|suma) ?(?:[-:(\u2013]|(?:the |of "
    r")?[a-z]+$)"
)
_PEOPLE = r"(?:people|persons?|victims?|cases?|women|men|girls?|boys?|children|adults?|individuals?|survivors?)"
_WHOLE = re.compile(
    r"^(?:[~\u2248=]|(?:c(?:a|irca)?\.?|about|approx\.?|[nN]\s*[=:])\s)?\s*(?:[nN]\s*[=:]\s*)?(?P<leading>-?\d+)(?:\.0+)?\s*"
    r"(?:$|[*\u2020\u2021\u00a7\u00b9\u00b2\u00b3]+$|[(\[]|(?:\u00b1|\+/-)\s*[\d.]+$"
    rf"|{_PEOPLE}$|(?P<of>/|(?:out )?of)\s*(?P<base>\d+)$)"
)
_ALONE = re.compile(r"^[(\[]\s*(?:[nN]\s*[=:]\s*)?(\d+)\s*[)\]]\*?$")
_BRACKETED = re.compile(r"^-?\d+(?:\.\d+)?\s*%?\s*[(\[]\s*(?:n\s*=\s*)?(\d+)\s*[)\]]$")
_NUMERALS = {
    name: number
    for number, name in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
    )
}
_MASKED = re.compile(r"^(?:[<\u2264]\s*\d+|[-\u2013\u2014.*]{1,3})$")
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?%?$|^$")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MARKUP = re.compile(r"\\(?:num|textbf|textit|emph)\{([^{}\n]*)\}|(?:\*\*|__)(?=[^\s*_])([^*_\n]+)(?:\*\*|__)")
_SHORT = 200
_MISSING = frozenset({"", "-", "--", "\u2013", "\u2014", "..", "nan", "NaN", "<NA>", "None", "NaT", "null"})


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as words.

    Parameters
    ----------
    header : tuple of str
        Column names; an index comes first under its own names.
    rows : tuple of tuple of str
        Values, each row as long as the header.
    counts : bool
        Whether its source says that the values are counts, as ``value_counts`` does.

    Examples
    --------
    >>> Grid(("sex", "n"), (("Woman", "12"),)).column(1)
    ('12',)
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    counts: bool = False

    @classmethod
    def of(cls, header: Iterable[str], rows: Iterable[Sequence[object]], *, counts: bool = False) -> Grid:
        """Build a grid from rows of any length: short ones lack cells on the left, as where a label spans rows.

        Parameters
        ----------
        header : iterable of str
            Column names.
        rows : iterable of sequence
            Values of any type.
        counts : bool
            Whether the values are known to be counts.

        Returns
        -------
        Grid
            Words, missing values empty, digits without separators of thousands.

        Examples
        --------
        >>> Grid.of(["sex", "n"], [["Woman", "1,203"], [None]]).rows
        (('Woman', '1203'), ('', ''))
        """
        names = tuple(visible(name) for name in header)
        width = len(names)
        fitted = (([""] * (width - len(row)) + [word(v) for v in row])[-width:] for row in rows if width)
        return cls(names, tuple(tuple(row) for row in fitted), counts)

    def column(self, position: int) -> tuple[str, ...]:
        """Return the values of one column.

        Parameters
        ----------
        position : int
            Which, from 0.

        Returns
        -------
        tuple of str
            Its values.

        Examples
        --------
        >>> Grid(("a",), (("1",), ("2",))).column(0)
        ('1', '2')
        """
        return tuple(row[position] for row in self.rows)


def word(value: object) -> str:
    """Write one value as a word.

    Parameters
    ----------
    value : object
        A value of a table.

    Returns
    -------
    str
        Empty for every kind of missing value.

    Examples
    --------
    >>> word(float("nan")), word("12,000"), word(3)
    ('', '12000', '3')
    """
    text = str(value)
    if isinstance(value, (tuple, list, set, frozenset)) and len(value) > 1 and all(isinstance(v, str) for v in value):
        text = " ".join(value)  # a name in parts is a name
    if value is None or text in _MISSING:
        return ""
    text = unmarked(visible(text))
    text = unicodedata.normalize("NFKC", text).strip() if not text.isascii() and len(text) < _SHORT else text.strip()
    return text.replace(",", "") if re.match(r"^\d{1,3}(?:,\d{3})+$", text) else text


def visible(text: str) -> str:
    """Leave out what no reader sees: marks without width, and marks that turn the direction of writing.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The same to the eye.

    Examples
    --------
    >>> visible("12\u200b")
    '12'
    """
    return text if text.isascii() else _UNSEEN.sub("", text)


def unmarked(text: str) -> str:
    r"""Leave out the marks by which Markdown and LaTeX set words and numbers off.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The words alone.

    Examples
    --------
    >>> unmarked("**3** men"), unmarked(r"\num{3} men")
    ('3 men', '3 men')
    """
    return _MARKUP.sub(r"\1\2", text) if "\\" in text or "**" in text or "__" in text else text


def is_total(label: str) -> bool:
    """Say whether a label stands for everybody rather than for a category.

    Parameters
    ----------
    label : str
        A value of a label column, or the name of a column.

    Returns
    -------
    bool
        ``True`` for the words of a total in the languages that tables here come in.

    Examples
    --------
    >>> [is_total(label) for label in ("Total", "All victims", "Total (all)", "Gesamt", "Women", "Allied forces")]
    [True, True, True, True, False, False]
    """
    return _TOTAL.match(label.strip().lower()) is not None


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
