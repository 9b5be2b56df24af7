"""Shares in a text: 2.5 % of 40 victims is one person, and 97.5 % leaves one over."""

from __future__ import annotations

import re

from ctresearch.privacy.reading.numbers import spoken
from ctresearch.privacy.vocabulary.vocabulary import any_of, listed
from ctresearch.privacy.words.people_in_text import PEOPLE_NUMBER

_PERCENT = re.compile(r"(?i)(?<![\w.,])(\d+(?:\.\d+)?)\s*(?:%|per ?cent\b)")
_NOT_OF_PEOPLE = re.compile(rf"(?i)^\s*(?:\w+\s+)?{any_of('around.no_share_of_people')}\b")
_A_CHANGE = re.compile(rf"(?i)\b{any_of('around.changes')}\s*$")
_IN_WORDS = re.compile(rf"(?i)\b({any_of('numbers.units', 'numbers.teens')})\s+(?:%|per ?cent\b)")
_WORDS = {name: str(n) for n, name in enumerate(listed("numbers.units", "numbers.teens"), start=1)}
_OF_SO_MANY = re.compile(r"(?i)(?:%|per ?cent)\s+of\s+(?:the |all )?(\d[\d,]*)\s+(?:was|were|are|had|have)\b")
_N = re.compile(r"(?<![\w.])[nN]\s*=\s*(\d[\d,]*)")
_SMALLEST_BASE = 10  # one of four is a ratio


def small_shares_text(text: str, threshold: int) -> int:
    """Count the sentences in which a share of a number of people means fewer of them than a threshold.

    Parameters
    ----------
    text : str
        Any text.
    threshold : int
        Smallest number that may be told.

    Returns
    -------
    int
        Sentences that give one number of people and such a share.

    Examples
    --------
    >>> small_shares_text("Of 40 victims, 2.5% were men. Of 4,120 victims, 38% were men.", 5)
    1
    """
    return sum(
        _few_in(sentence, threshold)
        for sentence in re.split(r"(?<=[.;!?])\s+|\n", text)
        if "%" in sentence or "cent" in sentence
    )


def _few_in(sentence: str, threshold: int) -> bool:
    """Say whether a sentence gives one number of people and a share of it that is small."""
    sentence = _IN_WORDS.sub(lambda m: f"{_WORDS[m[1].lower()]} %", sentence)
    bases = {spoken(m[1]) for pattern in (PEOPLE_NUMBER, _N, _OF_SO_MANY) for m in pattern.finditer(sentence)}
    bases = {n for n in bases if n >= _SMALLEST_BASE}
    if len(bases) != 1:
        return False
    base = bases.pop()
    shares = [
        float(m[1])
        for m in _PERCENT.finditer(sentence)
        if not _NOT_OF_PEOPLE.match(sentence[m.end() :]) and not _A_CHANGE.search(sentence[: m.start()])
    ]
    parts = [round(share * base / 100) for share in shares if share <= 100]
    return any(0 < part < threshold or 0 < base - part < threshold for part in parts)
