"""People and places in a text without capitals: Arabic, and speech that a machine wrote in small letters.

Here lists and what stands before a word must say that it is a name. Arabic writes *and*, *in*, *to* and *like* as one
letter before the word; that letter stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ctresearch.qualitative.transcripts.letters import plain, words_of
from ctresearch.qualitative.transcripts.numbers import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.qualitative.transcripts.letters import Word
    from ctresearch.qualitative.transcripts.vocabulary import Language

_LEANS = re.compile(r"(?:و|ف)?(?:ب|ل|ك)?(?=\w{3})")
_TO_THE = re.compile(r"(?:و|ف)?لل(?=\w{2})")  # "to the": the article loses its first letter
_KIN = ("بن", "ابن", "بنت", "بو", "ابو", "ام", "ال", "عبد", "ابي")
_TO_ME = frozenset(plain(word) for word in ("لي", "لنا", "له", "لها", "لهم", "إلي", "معي", "علي", "عني"))
_SPACE = re.compile(r"[ \u00a0\u0640]|\n")


class CaselessReader:
    """One text without capitals."""

    def __init__(self, text: str, own: Language, taken: list[tuple[int, int]]) -> None:
        self.text, self.own = text, own
        self.words = [
            word
            for word in words_of(text, own.code)
            if all(word.end <= begin or word.start >= end for begin, end in taken)
        ]
        self.keys = [word.key for word in self.words]
        self.arabic = own.code == "ar"

    def found(self) -> Iterator[Found]:
        """Yield people and places."""
        i = 0
        while i < len(self.words):
            one, end = self._place(i) or self._person(i) or (None, i + 1)
            if one is not None:
                yield one
            i = end

    def _near(self, i: int) -> bool:
        """Say whether a word follows the one before it with nothing between."""
        return i > 0 and _SPACE.fullmatch(self.text[self.words[i - 1].end : self.words[i].start]) is not None

    def _cuts(self, word: Word) -> list[int]:
        """Return after how many letters a name may begin: at once, or behind letters that lean on it."""
        if not self.arabic or word.key in self.own.names or word.key in self.own.weak or (word.key,) in self.own.places:
            return [0]
        found = {0}
        for length in (1, 2):
            rest = word.key[length:]
            long = len(rest) >= 3 or rest == "ام"
            if re.fullmatch(r"(?:و|ف)?(?:ب|ل|ك)?", word.key[:length]) and long:
                found.add(length)
        return sorted(found)

    def _place(self, i: int) -> tuple[Found, int] | None:
        """Judge whether a place begins with a word."""
        word, before = self.words[i], self.keys[i - 1] if self._near(i) else ""
        nouns = self.own.words("place_nouns")
        for cut in self._cuts(word):
            for n in range(self.own.longest_place, 0, -1):
                if i + n > len(self.words) or not all(self._near(j) for j in range(i + 1, i + n)):
                    continue
                parts = (word.key[cut:], *self.keys[i + 1 : i + n])
                if parts in self.own.places and (n > 1 or self._counts(parts[0], i)):
                    start = word.start + self._letters(word, cut)
                    return Found(start, self.words[i + n - 1].end, "PLACE", "a known place"), i + n
        article = _TO_THE.match(word.key)
        if self.arabic and article and ("ال" + word.key[article.end() :],) in self.own.places:
            return Found(word.start + self._letters(word, article.end()), word.end, "PLACE", "a known place"), i + 1
        if before in nouns and self.arabic and self._unheard_of(word.key):
            return Found(word.start, word.end, "PLACE", "behind the word for a place"), i + 1
        return None

    def _counts(self, key: str, i: int) -> bool:
        """Say whether one word that is a place is one here, and not a person or another word."""
        if self.arabic:
            noun = key in self.own.words("place_nouns") or key.removeprefix("ال") in self.own.words("place_nouns")
            return not noun and key not in self.own.begins and not (key in self.own.names and self._announced(i))
        before = self.keys[i - 1] if i else ""
        return key not in self.own.begins and before in self.own.words("place_before")

    def _unheard_of(self, key: str) -> bool:
        """Say whether a word behind the word for a place may be its name."""
        return key not in self.own.begins and key not in self.own.words("not_places") and len(key) > 2

    def _letters(self, word: Word, letters: int) -> int:
        """Return how many signs of a word its first letters take, with the marks that need not be written."""
        heard = 0
        for at, sign in enumerate(word.text):
            if heard == letters:
                return at
            heard += plain(sign) in word.key and not _mark(sign)
        return len(word.text)

    def _known(self, key: str) -> bool:
        """Say whether a word is surely a name."""
        return key in self.own.names and key not in self.own.begins and (self.arabic or key not in self.own.also)

    def _announced(self, i: int) -> bool:
        """Say whether a title, a relation or a phrase before a word announces a name."""
        if not self._near(i):
            return False
        own = self.own
        if own.said_before(self.keys, i, own.phrases):
            return True
        return any(form in own.titles or form in own.words("kin") for form in self._before(i))

    def _before(self, i: int) -> tuple[str, ...]:
        """Return the word before another, and the same without a letter that leans on it."""
        before = self.keys[i - 1]
        leans = self.arabic and before[:1] in "وفبل" and len(before) > 3
        return (before, before[1:]) if leans else (before,)

    def _spoken_of(self, i: int) -> bool:
        """Say whether a verb of people stands before a word."""
        if not self._near(i):
            return False
        if self.keys[i - 1] in _TO_ME and self._near(i - 1):
            return any(form in self.own.words("speech") for form in self._before(i - 1))
        return any(form in self.own.words("speech") for form in self._before(i))

    def _person(self, i: int) -> tuple[Found, int] | None:
        """Judge whether a name begins with a word."""
        word, own = self.words[i], self.own
        announced = self._announced(i)
        meant = word.key in own.weak and (announced or self._spoken_of(i))
        if word.key in own.begins and word.key not in own.names and not (meant or self._servant(word.key, i)):
            return None
        for cut in self._cuts(word):
            key = word.key[cut:]
            begun = self._known(key) or ((announced or self._spoken_of(i)) and not cut and key in own.weak)
            begun = begun or self._servant(key, i) or (key in own.weak and self._son_of(i))
            if begun:
                end = self._end(i)
                start = word.start + self._letters(word, cut)
                return Found(start, self.words[end - 1].end, "NAME", "a known name"), end
        named = self._near(i) and own.said_before(self.keys, i, own.phrases)
        titled = self._near(i) and any(form in own.titles for form in self._before(i))
        titled = titled and not (self.arabic and word.key.startswith("ال") and not word.key.endswith("ي"))
        if (named or titled) and word.key not in own.begins and len(word.key) > 2:
            end = self._end(i)
            return Found(word.start, self.words[end - 1].end, "NAME", "announced by a title or a phrase"), end
        title = word.key in own.titles
        if (
            word.key in own.weak
            and not title
            and self._near(i + 1 if i + 1 < len(self.words) else 0)
            and self._known(self.keys[i + 1])
        ):
            end = self._end(i)
            return Found(word.start, self.words[end - 1].end, "NAME", "beside a known name"), end
        return None

    def _servant(self, key: str, i: int) -> bool:
        """Say whether a word begins a name of two words: servant, father or mother of somebody."""
        if not self.arabic or i + 1 >= len(self.words) or not self._near(i + 1):
            return False
        after = self.keys[i + 1]
        if key == "عبد":
            return after.startswith("ال")
        return key in ("ابو", "ام", "ابي") and (self._known(after) or after in self.own.names)

    def _son_of(self, i: int) -> bool:
        """Say whether *son of* or *daughter of* follows a word."""
        return i + 1 < len(self.words) and self._near(i + 1) and self.keys[i + 1] in ("بن", "بنت", "ابن")

    def _end(self, i: int) -> int:
        """Return the word behind the last of a name that begins with one."""
        j = i + 1
        if self.keys[i].endswith("عبد") or self.keys[i] in ("ابو", "ام", "ابي"):
            j += 1
        while j < len(self.words) and self._near(j):
            key = self.keys[j]
            if self.arabic and key in _KIN and j + 1 < len(self.words) and self._near(j + 1):
                j += 2
            elif key in self.own.begins or not self._goes_on(key):
                break
            else:
                j += 1
        return j

    def _goes_on(self, key: str) -> bool:
        """Say whether a word behind a name is part of it."""
        if key in self.own.names or key in self.own.weak:
            return key not in self.own.also
        return self.arabic and re.fullmatch(r"ال\w{2,}ي", key) is not None and key not in self.own.words("not_places")


def _mark(sign: str) -> bool:
    """Say whether a sign is one that need not be written."""
    return "\u064b" <= sign <= "\u065f" or sign in ("\u0670", "\u0640")
