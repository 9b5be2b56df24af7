"""Numbers of people that a text names, so that tables and other outputs can be set against them."""

from __future__ import annotations

import re

from ctresearch.privacy.reading.numbers import spoken
from ctresearch.privacy.vocabulary.vocabulary import any_of

ONE_PERSON, MANY_PEOPLE = any_of("one.counted"), any_of("many")
_NO_ADJECTIVE = rf"(?:{any_of('around.no_adjectives')}|\w*[^s\W]s)\b"
BETWEEN = rf"(?:(?!{_NO_ADJECTIVE})[^\W\d_][\w-]*[ ]){{0,3}}"
_GROUPS = r"\d{1,3}(?:[, ]\d{3})+"
_A_RATE = r"(?!\s+(?:per|in|of every)\s+(?!(?:19|20)\d\d\b)\d)"
PEOPLE_NUMBER = re.compile(rf"(?i)(?<![\w.,/-])({_GROUPS}|\d+)\s+{BETWEEN}{MANY_PEOPLE}\b{_A_RATE}")
_IN_ALL = re.compile(
    rf"(?i)\b{any_of('totals.in_texts')}\b(?:\s+{any_of('totals.counted')}\b){{0,3}}\s*[:=]?\s*"
    r"(\d{1,3}(?:,\d{3})+|\d+)\b(?![.,]\d|\s*%)"
)
_N = re.compile(r"(?<![\w.])[nN]\s*=\s*(\d[\d,]*)(?![\d.])")


def people_in_text(text: str) -> frozenset[float]:
    """Read the numbers of people that a text names.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    frozenset of float
        Numbers before a word for people, after a word for a total, and ``n``.

    Examples
    --------
    >>> sorted(people_in_text("There were 4,119 victims in 2020; the total is 5,000 (n = 40)."))
    [40.0, 4119.0, 5000.0]
    """
    return frozenset(float(spoken(m[1])) for p in (PEOPLE_NUMBER, _IN_ALL, _N) for m in p.finditer(text))
