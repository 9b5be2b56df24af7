"""Small numbers of people that are told without a figure before them: all but three, two of the boys, drei Frauen."""

from __future__ import annotations

import re

from ctresearch.privacy.reading.numbers import spoken
from ctresearch.privacy.vocabulary.vocabulary import any_of, listed
from ctresearch.privacy.words.people_in_text import BETWEEN, MANY_PEOPLE, ONE_PERSON

_ENGLISH = {name: n for n, name in enumerate(listed("numbers.units", "numbers.teens"), start=1)}
_ABROAD = {
    word: number
    for number, name in enumerate(("ones_abroad", "twos_abroad", "threes_abroad", "fours_abroad"), start=1)
    for word in listed(f"numbers.{name}")
}
_PARTS = {"half": 0.5, "a third": 1 / 3, "one third": 1 / 3, "two thirds": 2 / 3, "a quarter": 0.25}
_PARTS |= {"one quarter": 0.25, "three quarters": 0.75, "a fifth": 0.2, "one fifth": 0.2}
_NUMBER = rf"(\d{{1,6}}|{any_of('numbers.units', 'numbers.teens')})"
_FEW_ABROAD = any_of("numbers.twos_abroad", "numbers.threes_abroad", "numbers.fours_abroad")
_A_FEW = re.compile(
    rf"(?i)(?<![\w.,/-]){_NUMBER} of (?:the|these|those|our) {BETWEEN}{MANY_PEOPLE}\b"
    rf"|\ball\b (?:of )?(?:(?:the|these|those|\d+) ){{0,2}}{BETWEEN}{MANY_PEOPLE},? "
    rf"{any_of('around.without')}(?: for)? {_NUMBER}\b"
    rf"|\bthe {BETWEEN}{MANY_PEOPLE},? (?:bar|except|save)(?: for)? {_NUMBER}\b"
    rf"|\b{MANY_PEOPLE}\s*[:–-]?\s+({any_of('numbers.few')})\b(?=\s*(?:$|[;.,\n]))",
    re.MULTILINE,
)
_OF_FEW_ABROAD = re.compile(
    rf"(?i)(?<![\w-])({_FEW_ABROAD}|\d{{1,6}})\s+(?:{any_of('around.of_abroad')}\s+)?(?:\d+\s+|[^\W\d_]+\s+)?"
    rf"{any_of('many.french', 'many.german', 'many.spanish', 'many.portuguese', 'many.italian')}\b"
    rf"|\b{any_of('around.of_abroad')}\s+\d+\s+{MANY_PEOPLE}\b[^.;\n]{{0,40}}?\b({_FEW_ABROAD})\b"
)
_ONE = re.compile(
    rf"(?i)\bexactly one {BETWEEN}{ONE_PERSON}\b"
    rf"|(?<!than )(?<!least )\bone {any_of('one.grown', 'one.young')},?\s+{any_of('around.goes_on')}\b"
    r"(?! (?:five|ten|\d))"
    rf"|\b{any_of('around.only_abroad')}\s+{any_of('numbers.ones_abroad')}\s+"
    rf"{any_of('one.french', 'one.spanish', 'one.german', 'one.elsewhere')}\b"
)
_ROMAN = re.compile(rf"\b(?i:{MANY_PEOPLE})\s*[:=]\s*(?:I{{1,3}}|IV)\b")
_PART = re.compile(
    rf"(?i)(?<![\w.,/-])(\d{{1,6}})\s?(?:out of|/)\s?(?:the |all )?(\d{{1,6}})\s+(?:(?:was|were|are)\s+(?:an? )?)?"
    rf"{BETWEEN}{MANY_PEOPLE}\b|(?<![\w.,/-])(\d{{1,6}}) in (\d*[1-9]) (?:was|were|are) {BETWEEN}{MANY_PEOPLE}\b"
)
_FRACTION = re.compile(
    rf"(?i)\b(half|a third|one[ -]third|two[ -]thirds|a quarter|one quarter|three[ -]quarters|a fifth|one fifth) of "
    rf"(?:the |all |these )?{_NUMBER} {BETWEEN}{MANY_PEOPLE}\b"
)
_SMALLEST_BASE = 10


def few_in_words(text: str, threshold: int) -> int:
    """Count the places where a text tells of fewer people than a threshold in words, in six languages.

    Parameters
    ----------
    text : str
        Any text.
    threshold : int
        Smallest number that may be told.

    Returns
    -------
    int
        Places that other patterns may see as well.

    Examples
    --------
    >>> few_in_words("All 52 women bar three accepted. Two of the boys left. Half of the six boys stayed.", 5)
    3
    >>> few_in_words("Seules trois femmes. Tres mujeres. Drei Frauen. Solo una niña.", 5)
    4
    >>> few_in_words("All lists but two; three of the models; 40 out of 520 women; half of the 60 boys", 5)
    0
    """
    found = [next(g for g in m.groups() if g) for p in (_A_FEW, _OF_FEW_ABROAD) for m in p.finditer(text)]
    told = sum(1 < _number(word) < threshold for word in found)
    parts = [[int(g) for g in m.groups() if g] for m in _PART.finditer(text)]
    told += sum(b >= _SMALLEST_BASE and (0 < a < threshold or 0 < b - a < threshold) for a, b in parts)
    for m in _FRACTION.finditer(text):
        base = _number(m[2])
        part = round(_PARTS[m[1].lower().replace("-", " ")] * base)
        told += 0 < part < threshold or 0 < base - part < threshold
    return told + len(_ONE.findall(text)) + len(_ROMAN.findall(text))


def _number(word: str) -> int:
    """Read a number in figures or in words."""
    low = word.lower()
    return spoken(low) if low.isdigit() else _ENGLISH.get(low) or _ABROAD.get(low, 0)
