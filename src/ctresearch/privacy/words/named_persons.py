"""Persons named by the words beside them: "the victim Osazuwa", "a woman called Blessing", "Ehi Osazuwa, a witness"."""

from __future__ import annotations

import re
from html import unescape

from ctresearch.privacy.vocabulary.vocabulary import any_of
from ctresearch.privacy.words.given_names import GIVEN_NAMES, NAMES_THAT_ARE_WORDS

_ROLE = any_of(
    "one.harmed", "one.accused", "one.tried", "one.heard", "one.recruiting", "one.grown", "one.kin", "one.near"
)
_IN_FILES = any_of("one.harmed", "one.accused", "one.tried", "one.heard")
_CAPITAL = r"[A-ZÀ-Þ][a-zà-ÿ'’-]{2,}"
_FULL = rf"{_CAPITAL}(?: {_CAPITAL}){{1,2}}"
_ENDS = rf"(?=\s*(?:$|[.,;)\n]|{any_of('around.behind_a_name')}\b))"
_PATTERNS = (
    re.compile(rf"\b{_ROLE},? (?P<name>{_CAPITAL}(?: (?:{_CAPITAL}|[A-Z]\.)){{0,2}}){_ENDS}", re.MULTILINE),
    re.compile(
        rf"(?P<name>{_FULL})(?:, (?:an?|the|one of the) (?:[a-z]+ )?{_ROLE}{_ENDS}| \((?:the )?{_ROLE}\))", re.MULTILINE
    ),
    re.compile(rf"\b[Vv]ictim (?P<name>{_FULL}){_ENDS}", re.MULTILINE),
    re.compile(
        rf"\b(?:{_ROLE}|child|person|teenager) (?:named|called|known as|by the name of) [\"'“‘]?(?P<name>{_CAPITAL})"
    ),
    re.compile(
        rf"\b(?:[Hh]er|[Hh]is|[Tt]heir|[Mm]y) (?:real |full |first |last )?name (?:is|was) (?P<name>{_CAPITAL})"
    ),
    re.compile(rf"\b{any_of('person.called_with_a_name')} (?P<name>{_CAPITAL})"),
    re.compile(rf"\b{_IN_FILES}\s*[:=]\s*['\"]?(?P<name>[A-ZÀ-Þ]{{3,}} [A-ZÀ-Þ]{{3,}})\b"),
)
_NO_NAME = re.compile(rf"(?i){any_of('no_persons.endings')}$|^{any_of('no_persons.beside_people')}$")
_TEXTS = re.compile(r"(?s)<(text|title|desc)\b[^>]{0,2000}>(.{0,2000}?)</\1\s*>|\baria-label=\"([^\"]*)\"")
_TAG = re.compile(r"<[^<>]*>")


def named_beside(text: str, words: frozenset[str] = frozenset()) -> bool:
    """Say whether a text gives a name beside a word for a person.

    Parameters
    ----------
    text : str
        Any text.
    words : frozenset of str
        Words in lower case that are no names, such as those of places and terms.

    Returns
    -------
    bool
        ``True`` if it does, whether or not the name is a common one.

    Examples
    --------
    >>> named_beside("The victim Osazuwa told the court."), named_beside("a girl named Ehi")
    (True, True)
    >>> named_beside("The victim told Victim Support."), named_beside("a method called Lasso")
    (False, False)
    """
    found = (match["name"] for pattern in _PATTERNS for match in pattern.finditer(text))
    return any(all(_may_be_a_name(part, words) for part in name.split()) for name in found)


def _may_be_a_name(word: str, words: frozenset[str]) -> bool:
    """Say whether a capitalised word beside a word for a person may be a name."""
    plain = word.lower()
    if plain in words:
        return False
    return plain in GIVEN_NAMES or plain in NAMES_THAT_ARE_WORDS or _NO_NAME.search(word) is None


def drawn_texts(drawing: str) -> list[str]:
    """Read what the viewer of an SVG drawing reads: labels of axes and marks, titles, descriptions.

    Parameters
    ----------
    drawing : str
        SVG, or a page with SVG in it.

    Returns
    -------
    list of str
        One text a label, its parts joined.

    Examples
    --------
    >>> drawn_texts("<svg><text><tspan>Benin</tspan> <tspan>City</tspan></text></svg>")
    ['Benin City']
    """
    found = (match[2] if match[1] else match[3] for match in _TEXTS.finditer(drawing))
    return [" ".join(unescape(_TAG.sub(" ", text)).split()) for text in found]


def labelled_by_names(labels: list[str]) -> bool:
    """Say whether labels of a drawing are given names: two of them or more, each alone.

    Parameters
    ----------
    labels : list of str
        Texts of a drawing.

    Returns
    -------
    bool
        ``True`` if they are. One alone may be a place or a method; names that are also words do not count.

    Examples
    --------
    >>> labelled_by_names(["Fatima", "Joanna", "0", "10"]), labelled_by_names(["Georgia", "Jordan", "Chad"])
    (True, False)
    """
    return len({label.lower() for label in labels} & GIVEN_NAMES) > 1
