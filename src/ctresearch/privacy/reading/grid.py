"""Anything that looks like a table, in one plain shape, so that each rule is written once."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ctresearch.privacy.reading.numbers import ungrouped
from ctresearch.privacy.vocabulary.vocabulary import any_of, listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ONE_TOTAL, _OF_A_GROUP = any_of("totals.labels", "totals.of_two"), any_of("totals.beginnings")
_TOTAL = re.compile(rf"^{_ONE_TOTAL}$|^{_OF_A_GROUP} ?(?:[-:(\u2013]|(?:the |of )?[a-z]+$)")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_MARKUP = re.compile(r"\\(?:num|textbf|textit|emph)\{([^{}\n]*)\}|(?:\*\*|__)(?=[^\s*_])([^*_\n]+)(?:\*\*|__)")
_SHORT = 200  # signs; forms of letters matter in a cell, and a long text is scanned as it is
_MISSING = frozenset({"", *listed("numbers.missing")})


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
    roles : tuple of str or None
        What each column was declared to be, ``None`` where nobody said; empty where nobody declared any.
    lists : tuple of int
        Columns whose labels, or whose own names, are declared to be lists that people are on.

    Examples
    --------
    >>> Grid(("sex", "n"), (("Woman", "12"),)).column(1)
    ('12',)
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    counts: bool = False
    roles: tuple[str | None, ...] = ()
    lists: tuple[int, ...] = ()

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
        return tuple([row[position] for row in self.rows])

    def role(self, position: int) -> str | None:
        """Return what a column was declared to be.

        Parameters
        ----------
        position : int
            Which, from 0.

        Returns
        -------
        str or None
            ``None`` where nobody said.

        Examples
        --------
        >>> Grid(("sex", "n"), (), roles=("key", None)).role(0)
        'key'
        """
        return self.roles[position] if self.roles else None


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
    return ungrouped(text)


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


@lru_cache(maxsize=50_000)
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
