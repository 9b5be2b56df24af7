"""Letters and words of a text in any script, with the place of each, so that what is not replaced stays as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Collection

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

# Letters that Unicode does not take apart, and signs that are written in several ways: one letter for one, so that
# places in a text stay places.
_ALIKE = dict(zip("đøłıßæœə\u2019\u02bc\u2018`\u2011\u2010\u00a0\u202fىةکی", "dolisaoe''''--  يهكي", strict=True)) | {
    "№": "№"
}
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0640"
_PART = rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*"
_WORD = re.compile(rf"{_PART}(?:['\u2019\u02bc\u2011\u2010-]{_PART})*")
_UNHEARD = re.compile(rf"[{_MARKS}\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
"""Short vowels, the stretching sign and marks of direction: written or not, the word is the same."""


@lru_cache(maxsize=8192)
def _plain(letter: str) -> str:
    """Return one letter without case and accent; a digit of any script as a Latin one."""
    small = letter.lower()[0]
    if small in _ALIKE:
        return _ALIKE[small]
    digit = unicodedata.decimal(small, None)
    if digit is not None:
        return str(digit)
    first = unicodedata.normalize("NFKD", small)[0]
    return _ALIKE.get(first, first)


def plain(text: str) -> str:
    """Write a text without case and accents, as long as it was."""
    return "".join(map(_plain, text))


def given_words(option: str, words: Collection[str]) -> frozenset[str]:
    """Read an option that is a collection of words."""
    many = [words] if isinstance(words, (str, bytes)) or not isinstance(words, Iterable) else list(words)
    if many == [words] or not all(isinstance(word, str) for word in many):
        raise SpecificationError(f"{option} is a {type(words).__name__}, must be a list of words")
    return frozenset(many)


def word_key(word: str) -> str:
    """Return what spellings of a word have in common: no case, no accents, no marks that need not be written."""
    return plain(_UNHEARD.sub("", word))


@dataclass(frozen=True, slots=True)
class Composed:
    """A text in one form of Unicode, and where each of its letters, and its end, stood in the text as it came."""

    text: str
    at: tuple[int, ...] | None

    def place(self, position: int) -> int:
        """Return where a position stood in the text as it came."""
        return position if self.at is None else self.at[position]


def composed(text: str) -> Composed:
    """Put letters and their accents together."""
    if unicodedata.is_normalized("NFC", text):
        return Composed(text, None)
    begins = [i for i, letter in enumerate(text) if not unicodedata.combining(letter)]
    begins = [0, *begins[1:]] if begins and begins[0] else begins or [0]
    parts, at = [], []
    for begin, end in pairwise([*begins, len(text)]):
        whole = unicodedata.normalize("NFC", text[begin:end])
        parts.append(whole)
        at += [begin] * len(whole)
    return Composed("".join(parts), (*at, len(text)))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: where it stands, as it is written, and its key."""

    start: int
    end: int
    text: str
    key: str

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.text[0].isupper()

    @property
    def shouted(self) -> bool:
        """Whether it is all capitals."""
        return len(self.text) > 1 and self.text.isupper()


# Articles and prepositions that lose their vowel and lean on a name: d'Abidjan, l'Italie, qu'Amara.
_LEANS = re.compile(r"(?i:l|d|j|m|t|s|n|c|qu|jusqu|lorsqu|puisqu)['\u2019\u02bc](?=[^\W\d_])")
_OWNER = re.compile(r"['\u2019\u02bc]s$", re.IGNORECASE)


def words_of(text: str, language: str) -> list[Word]:
    """Return the words of a text in their order.

    Parameters
    ----------
    text : str
        Any text, in composed letters.
    language : str
        Code of its language: French elisions and the English genitive are taken off a capital word, and Vietnamese
        keys keep their marks, which tell words apart.

    Returns
    -------
    list of Word
        Each with its place.

    Examples
    --------
    >>> [word.text for word in words_of("Je viens d'Abidjan.", "fr")]
    ['Je', 'viens', "d'", 'Abidjan']
    """
    key = _lower_key if language == "vi" else word_key
    found = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        leans = _LEANS.match(text, start, end) if language == "fr" else None
        if leans and text[leans.end()].isupper():
            found.append(Word(start, leans.end(), text[start : leans.end()], key(text[start : leans.end()])))
            start = leans.end()
        owner = _OWNER.search(text[start:end]) if language == "en" and text[start].isupper() else None
        if owner and owner.start() > 1:
            end = start + owner.start()
        found.append(Word(start, end, text[start:end], key(text[start:end])))
    return found


def _lower_key(word: str) -> str:
    """Return a word in small letters, its marks kept."""
    return word.lower().replace("\u2019", "'")
