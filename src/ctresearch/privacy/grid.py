"""Anything that looks like a table, in one plain shape, so that each rule is written once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TOTALS = frozenset({"all", "total", "totals", "sum", "grand total", "overall"})
_WHOLE = re.compile(r"^-?\d+(?:\.0+)?(?=$|\s*\()")
_NUMBER = re.compile(r"^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?%?$|^$")
_MISSING = frozenset({"nan", "NaN", "<NA>", "None", "NaT", "null"})


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
        names = tuple(header)
        width = len(names)
        fitted = (([""] * (width - len(row)) + [word(v) for v in row])[-width:] for row in rows)
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
    text = "" if value is None or value != value else str(value).strip()  # noqa: PLR0124
    if text in _MISSING:
        return ""
    return text.replace(",", "") if re.match(r"^\d{1,3}(?:,\d{3})+$", text) else text


def is_whole(text: str) -> bool:
    """Say whether a word is a whole number, alone or with a share in brackets behind it.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    bool
        ``True`` for ``"12"``, ``"12.0"`` and ``"12 (3%)"``.

    Examples
    --------
    >>> is_whole("12.0"), is_whole("12 (3%)"), is_whole("12.5"), is_whole("<5")
    (True, True, False, False)
    """
    return _WHOLE.match(text) is not None


def whole(text: str) -> float:
    """Read the whole number that :func:`is_whole` saw.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    float
        The number.

    Examples
    --------
    >>> whole("12 (3%)")
    12.0
    """
    return float(text.split("(", maxsplit=1)[0])


def is_number(text: str) -> bool:
    """Say whether a word is a number or missing.

    Parameters
    ----------
    text : str
        A value of a grid.

    Returns
    -------
    bool
        ``True`` for ``"12.5"``, ``"3%"`` and an empty word.

    Examples
    --------
    >>> is_number("12.5"), is_number("Woman")
    (True, False)
    """
    return _NUMBER.match(text) is not None or is_whole(text)
