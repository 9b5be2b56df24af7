"""How sentences and numbers are written out: the one place that another language replaces."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core import render
from ctresearch.core.message import as_message, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from ctresearch.core.message import Find

_LARGE = ((1e12, say("trillion")), (1e9, say("billion")), (1e6, say("million")))
_DIGITS, _MOST_DIGITS = 3, 8


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: how words are found in it, and how it writes numbers.

    Parameters
    ----------
    code : str
        As ``lang`` of a page says it.
    find : callable, optional
        From a template, its plural and the number that decides, to the words of the language; ``None`` for English.
    number : callable
        From a number to its digits.
    digits : callable, optional
        From the digits of English to those of the language, for numbers that stand in sentences.
    finish : callable, optional
        Mends a sentence that is written out, where words that meet in it change.

    Examples
    --------
    >>> Tongue("fr", lambda one, many, n: {"million": "millions de"}.get(one, one)).about(2.5e6)
    '2.5 millions de'
    """

    code: str = "en"
    find: Find | None = None
    number: Callable[[float], str] = render.number
    digits: Callable[[str], str] | None = None
    finish: Callable[[str], str] | None = None

    def write(self, words: str) -> str:
        """Write words out.

        Parameters
        ----------
        words : str
            A message, or words that are their own template.

        Returns
        -------
        str
            In this language.

        Examples
        --------
        >>> ENGLISH.write(say("{n} lists", n=3))
        '3 lists'
        """
        if self.find is None:
            return str(words)
        text = as_message(words).translated(self.find, self.digits)
        return text if self.finish is None or text == words else self.finish(text)

    def about(self, value: float, digits: int = _DIGITS) -> str:
        """Write a number as it is said: a few digits, and words for millions.

        Parameters
        ----------
        value : float
            Any number.
        digits : int
            Significant digits.

        Returns
        -------
        str
            Words.

        Examples
        --------
        >>> ENGLISH.about(11417.99), ENGLISH.about(3780280000), ENGLISH.about(0.78677)
        ('11,400', '3.78 billion', '0.787')
        """
        if not math.isfinite(value):
            return self.number(value)
        rounded = float(f"{value:.{digits}g}")
        for size, word in _LARGE:
            if abs(rounded) >= size:
                return self.write(say("{number} {size}", number=self.number(rounded / size), size=word))
        return self.number(rounded)

    def per_cent(self, share: float) -> str:
        """Write a share of one as per cent.

        Parameters
        ----------
        share : float
            From 0 to 1.

        Returns
        -------
        str
            Words.

        Examples
        --------
        >>> ENGLISH.per_cent(0.95)
        '95 %'
        """
        return self.write(say("{number} %", number=self.number(100 * share)))

    def day(self, date: dt.date) -> str:
        """Write a day.

        Parameters
        ----------
        date : datetime.date
            The day.

        Returns
        -------
        str
            As ``2026-01-31`` in English, which is read alike everywhere; in words in other languages.

        Examples
        --------
        >>> import datetime as dt
        >>> Tongue("fr").day(dt.date(2026, 1, 31))
        '31 janvier 2026'
        """
        if self.code == "en":
            return date.isoformat()
        from babel.dates import format_date

        return format_date(date, "long", locale=self.code)


def digits_for(*values: float) -> int:
    """Say with how many digits an estimate and its limits are told apart.

    Parameters
    ----------
    *values : float
        Estimate and limits; what is missing or infinite does not count.

    Returns
    -------
    int
        Three, or as many as it takes to show two digits of the width.

    Examples
    --------
    >>> digits_for(11417.9, 9086.4, 14736.1), digits_for(12345.0, 12340.0, 12351.0)
    (3, 5)
    """
    known = [value for value in values if math.isfinite(value)]
    width = max(known, default=0.0) - min(known, default=0.0)
    largest = max(map(abs, known), default=0.0)
    if width <= 0 or largest <= 0:
        return _DIGITS
    needed = math.floor(math.log10(largest)) - math.floor(math.log10(width)) + 2
    return min(max(needed, _DIGITS), _MOST_DIGITS)


ENGLISH = Tongue()
