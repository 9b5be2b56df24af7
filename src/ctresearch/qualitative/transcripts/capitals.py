"""People and places in a language that writes them with a capital.

Inside a sentence a capital is a name unless the word is known to identify nobody. At its beginning every word has one:
there a list of names, a title, or the same word inside another sentence must say so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ctresearch.qualitative.transcripts.letters import plain, words_of
from ctresearch.qualitative.transcripts.numbers import Found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.qualitative.transcripts.letters import Word
    from ctresearch.qualitative.transcripts.numbers import Kind
    from ctresearch.qualitative.transcripts.vocabulary import Language

_BEGINS = re.compile(
    r"[.!?\u2026:|*]|[\"\u201c\u201e\u00ab\u2018(\[\u00bf\u00a1]\s*$|(?:^|\s)['\u2018]$|\s[-\u2013\u2014]\s|[\u2014]|^\s*[-\u2013\u2022]|\n\s*\n"
)
_JOINS = re.compile(r"[ \u00a0\u202f]|\n|[ ]?[\u2011-][ ]?")
_PARTICLES = frozenset(
    [
        "de",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "la",
        "las",
        "los",
        "van",
        "von",
        "der",
        "den",
        "di",
        "du",
        "le",
        "el",
        "al",
        "bin",
        "ben",
        "ibn",
        "abu",
        "al-",
        "y",
        "e",
        "ul",
    ]
)
_STREETS = frozenset(
    [
        "street",
        "road",
        "avenue",
        "via",
        "viale",
        "corso",
        "rue",
        "boulevard",
        "calle",
        "carrera",
        "rua",
        "strada",
        "ulica",
        "ulitsa",
        "улица",
        "duong",
        "pho",
    ]
)
_SHORTENED = frozenset(
    map(
        plain,
        [
            "mr",
            "mrs",
            "ms",
            "dr",
            "prof",
            "st",
            "sr",
            "sra",
            "srta",
            "m",
            "mme",
            "mlle",
            "mm",
            "sta",
            "dl",
            "dna",
            "d-na",
            "d-l",
            "str",
            "ul",
            "tp",
            "г",
            "ул",
            "пр",
            "г-н",
            "г-жа",
            "пос",
            "bd",
            "av",
            "rev",
            "lt",
            "sgt",
            "capt",
        ],
    )
)
_COMPASS = frozenset(
    [
        "north",
        "south",
        "east",
        "west",
        "new",
        "upper",
        "lower",
        "great",
        "saint",
        "norte",
        "sur",
        "este",
        "oeste",
        "sul",
        "leste",
        "nord",
        "sud",
        "est",
        "ouest",
        "vest",
        "nueva",
        "nuevo",
        "nova",
        "novo",
        "noua",
        "nou",
        "sao",
        "san",
        "santa",
    ]
)
_CAMEL = re.compile(r"[a-zа-я][A-ZА-Я]")
_CAMEL_NAMES = re.compile(r"(?:Mc|Mac|De|Di|La|Le|O')[A-Z]")
_RUSSIAN_ENDS = re.compile(
    r"(?:ами|ями|ого|ому|ыми|ими|ой|ою|ей|ею|ом|ем|ым|им|ую|юю|ая|яя|ах|ях|ам|ям|ов|ев|ии|ию|ия|ие|ью|а|я|ы|и|у|ю|е|о|ь|и)$"
)
_PATRONYMIC = re.compile(r"(?:ович|евич|ьич|инич)(?:а|у|ем|е)?$|(?:овн|евн|ичн|инишн)(?:а|ы|е|у|ои)$")
_SURNAME = re.compile(r"[а-я]{2,}(?:енко|швили|дзе|оглу|заде|янц?(?:а|у|ом|е)?)$")
_ROMANIAN_ENDS = re.compile(r"(?:ului|ilor|elor|ei|ii|ul|lui|ea|i|a|e|o)$")


@dataclass(slots=True)
class Reader:
    """One text as it is read: its words, which of them begin a sentence, and which are nobody's name."""

    text: str
    own: Language
    taken: list[tuple[int, int]]
    seen: dict[str, Kind]
    words: list[Word] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    begins: list[bool] = field(default_factory=list)
    still: list[bool] = field(default_factory=list)
    place: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find the words and mark them."""
        self.words = [
            word
            for word in words_of(self.text, self.own.code)
            if all(word.end <= begin or word.start >= end for begin, end in self.taken)
        ]
        self.keys = [word.key for word in self.words]
        self.begins = [self._begins(i) for i in range(len(self.words))]
        self.place = [0] * len(self.words)
        self.still = [self._identifies_nobody(word) for word in self.words]
        self._mark_phrases()

    def gap(self, i: int) -> str:
        """Return what stands between a word and the one before it."""
        return self.text[self.words[i - 1].end if i else 0 : self.words[i].start]

    def _begins(self, i: int) -> bool:
        """Say whether a word begins a sentence, a line of a speaker or a quotation."""
        if not i:
            return True
        gap, before = self.gap(i), self.words[i - 1]
        if gap.startswith(".") and not gap.strip(". \u00a0"):
            short = before.key in _SHORTENED
            letter = len(before.text) == 1 and before.capital and before.key not in self.own.begins
            return not (short or (letter and before.key not in self.own.kept))
        if "\n" in gap and "\n" not in gap.strip(" "):
            begun = self.text.rfind("\n", 0, before.end) + 1
            return before.end - begun < 40 or bool(_BEGINS.search(gap))
        return bool(_BEGINS.search(gap))

    def _identifies_nobody(self, word: Word) -> bool:
        """Say whether a word with a capital is known to be no name."""
        own = self.own
        month = own.code == "en" and word.key in own.words("months")
        if word.key in own.kept or month or own.is_people(word.key):
            return True
        if _CAMEL.search(word.text) and not _CAMEL_NAMES.match(word.text) and "-" not in word.text:
            return True
        if len(word.text) == 1:
            return True
        if own.code == "vi" and re.search(r"-[^\W\d_A-ZÀ-Þ]", word.text):
            return True  # a name of another tongue, written by its sound: An-ba-ni
        return word.shouted and (len(word.text) < 4 or self._named(word.key) == "")

    def _mark_phrases(self) -> None:
        """Mark words that stand in names of places, and in names of countries, which stay."""
        own = self.own
        plains = [plain(word.text) for word in self.words]
        i = 0
        while i < len(self.words):
            if not self.words[i].capital:
                i += 1
                continue
            town = self._longest(plains, i, own.longest_place, town=True)
            land = self._longest(self.keys, i, own.longest_country, town=False)
            if land and land >= town:
                self.still[i : i + land] = [True] * land
            elif town:
                self.place[i : i + town] = [town, *([-1] * (town - 1))]
                self.still[i : i + town] = [False] * town
            i += max(town, land, 1)

    def _longest(self, keys: list[str], i: int, most: int, *, town: bool) -> int:
        """Return how many words from one on are a known place; 0 where none is."""
        parts, ends = [], []
        for j in range(i, min(i + most, len(keys))):
            small = not self.words[j].capital and self.words[j].key not in _PARTICLES and town
            if j > i and (small or not _JOINS.fullmatch(self.gap(j))):
                break
            parts += keys[j].split("-")
            ends.append((tuple(parts), j - i + 1))
        known = self.own.places if town else self.own.countries
        for found, n in reversed(ends):
            if found in known or (not town and self.own.stems and _in_another_case(found, known)):
                return n
            if town and self.own.stems and any(form in known for form in _bare(found, self.own.code)):
                return n
        return 0

    def _named(self, key: str) -> str:
        """Say how a word is known as a name: ``"sure"``, ``"word"`` where it is a word too, or not at all."""
        own, key = self.own, key.removesuffix("'s")
        whole = [key, *(part for part in key.split("-") if len(part) > 3 and own.code != "vi")]
        forms = {form for one in whole for form in (one, *_forms(one, own.code))}
        hits = forms & own.names
        if own.code == "ru" and (_PATRONYMIC.search(key) or _SURNAME.match(key)) and key not in own.begins:
            return "sure"
        if not hits:
            return ""
        return "word" if hits <= own.also or key in own.also else "sure"

    def found(self) -> Iterator[Found]:
        """Yield people and places."""
        i = 0
        while i < len(self.words):
            if not self._may_begin(i):
                i += 1
                continue
            end = self._run_end(i)
            one = self._judge(i, end)
            if one is not None:
                yield one
            i = max(end, i + 1)

    def _may_begin(self, i: int) -> bool:
        """Say whether a name may begin with a word."""
        word = self.words[i]
        if not word.capital:
            return False
        if len(word.text) == 1 and (not self.begins[i] or word.key in self.own.titles):
            return self._initial_begins(i)
        if self.still[i]:
            return self._still_begins(i)
        follows = i + 1 < len(self.words) and self.words[i + 1].capital and self._joined(i + 1)
        plainly = self._named(word.key) == "sure" and word.key not in self.own.titles
        if follows and not plainly and self._says_what_follows(i):
            return False
        return not self.begins[i] or self.place[i] != 0 or self._opens(i, follows)

    def _joined(self, i: int) -> bool:
        """Say whether a word stands right behind the one before it, or behind one that is shortened: ``Mr. Smith``."""
        return bool(_JOINS.fullmatch(self.gap(i))) or (self.gap(i) == ". " and self.keys[i - 1] in _SHORTENED)

    def _initial_begins(self, i: int) -> bool:
        """Say whether one letter is the first of a name: ``J. Okafor``."""
        key = self.words[i].key
        if key in self.own.titles or key in self.own.begins or key in self.own.kept or i + 1 >= len(self.words):
            return False
        return self.gap(i + 1) in (". ", ".") and self.words[i + 1].capital and not self.still[i + 1]

    def _still_begins(self, i: int) -> bool:
        """Say whether a word that identifies nobody by itself is part of a name here: ``East Ham``, ``Julio Mejía``."""
        word = self.words[i]
        if word.key in _COMPASS and not self.begins[i] and not word.shouted:
            return self._capital(i + 1) and not self.still[i + 1]
        named = word.key in self.own.names and not word.shouted
        return named and (self._announced(i) or self._surname_follows(i))

    def _opens(self, i: int, follows: bool) -> bool:
        """Say whether a word that begins a sentence may be a name: no word of every sentence, and none that leans."""
        word = self.words[i]
        leaning = re.search(r"-[^\W\d_A-ZÀ-ÞА-Я]", word.text) is not None  # I-am, Disse-me, Est-ce
        if leaning and self._named(word.key.partition("-")[0]) != "sure":
            return False
        full = self.own.code == "vi" and word.key in self.own.words("surnames") and follows and self._capital(i + 2)
        return full or (word.key not in self.own.begins and word.key not in self.own.titles)

    def _capital(self, i: int) -> bool:
        """Say whether a word follows the one before it at once, and has a capital."""
        return i < len(self.words) and self.gap(i) == " " and self.words[i].capital

    def _says_what_follows(self, i: int) -> bool:
        """Say whether a word with a capital is no name but a title, a kind of street, or a thing in front of one."""
        own, key = self.own, self.words[i].key
        if self.place[i] > 0:
            return False
        if key in own.titles or key in own.words("place_nouns") or key in _STREETS:
            return True
        thing = self.begins[i] and own.code in ("ru", "ro") and not self._named(key) and not self.place[i]
        return thing and key not in self.seen

    def _surname_follows(self, i: int) -> bool:
        """Say whether a word that may be a country or a month has a name behind it, as first names have."""
        if i + 1 >= len(self.words) or self.gap(i + 1) != " " or self.own.code == "vi":
            return False
        after = self.words[i + 1]
        return after.capital and not self.still[i + 1] and not self.place[i + 1] and self._named(after.key) == "sure"

    def _run_end(self, i: int) -> int:
        """Return the word behind the last of a name that begins with one."""
        j = i + (self.place[i] if self.place[i] > 0 else 1)
        if self.place[i] > 0 and not self._announced(i):
            return j
        while j < len(self.words):
            gap = self.gap(j)
            initial = len(self.words[j - 1].text) == 1 and gap.strip() == "."
            if not (_JOINS.fullmatch(gap) or initial) or "\n\n" in gap:
                break
            word = self.words[j]
            if (
                (word.capital and not self.still[j] and self.place[j] <= 0 and word.key not in self.own.titles)
                or (word.capital and self.still[j] and word.key in self.own.names and self._named(self.keys[i]))
                or (word.capital and len(word.text) == 1 and self._initial(j))
                or (word.key in _PARTICLES and word.text.islower() and self._goes_on(j))
                or (word.capital and self.place[j] > 0 and self._named(self.keys[i]) and self._named(word.key))
            ):
                j += 1
            else:
                break
        return j

    def _initial(self, j: int) -> bool:
        """Say whether one letter stands between two parts of a name."""
        after = j + 1
        return (
            after < len(self.words)
            and self.gap(after) in (" ", ". ")
            and self.words[after].capital
            and not self.still[after]
        )

    def _goes_on(self, j: int) -> bool:
        """Say whether a particle stands between two parts of one name."""
        if self.own.code in ("fr", "es", "pt", "ro") and self.words[j].key in (
            "a",
            "e",
            "y",
            "o",
            "la",
            "le",
            "el",
            "al",
        ):
            return False
        following = j + 1
        if following < len(self.words) and self.words[following].key in ("la", "los", "las"):
            following += 1
        if following >= len(self.words) or self.gap(j + 1) != " ":
            return False
        after = self.words[following]
        if self.place[following] or self.still[following] or not after.capital:
            return False
        return bool(self._named(self.keys[j - 1])) and (bool(self._named(after.key)) or self.own.code in ("pt", "en"))

    def _announced(self, i: int) -> bool:
        """Say whether a title or a phrase before a word announces a name."""
        if not i:
            return False
        before = self.keys[i - 1]
        gap = self.gap(i).strip(" \u00a0\n")
        if (gap == "" or (gap == "." and before in _SHORTENED)) and before in self.own.titles:
            return True
        close = gap in ("", '"', "\u201c", "\u00ab", "'", ",", ":", "\u2018", "\u201e")
        return close and any(
            self.own.said_before(self.keys, i, (one,)) for one in self.own.phrases if one[-1] == before
        )

    def _placed(self, i: int) -> bool:
        """Say whether the word before says that a place follows."""
        if not i or self.gap(i).strip(" \n\u00a0"):
            return False
        before = self.keys[i - 1]
        return before in self.own.words("place_before") or before in self.own.words("place_nouns")

    def _judge(self, i: int, end: int) -> Found | None:
        """Say whether words are a name, and whose."""
        start, stop = self.words[i].start, self.words[end - 1].end
        if self._announced(i):
            return Found(start, stop, "NAME", "announced by a title or a phrase")
        if not self.begins[i] or self._label(i, end):
            return Found(start, stop, self._kind(i, end), "a capital inside a sentence")
        if self.place[i] > 0 and (self.place[i] > 1 or self._stands_for_a_place(i)):
            return Found(start, stop, "PLACE", "a known place")
        return self._at_the_beginning(i, end, start, stop)

    def _kind(self, i: int, end: int) -> Kind:
        """Say whether words inside a sentence are a place or a person."""
        names = [self._named(word.key) for word in self.words[i:end]]
        if self.place[i] > 0:
            return "PLACE"
        placed = self._placed(i) and "sure" not in names and not (any(names) and len(names) > 1)
        return "PLACE" if placed else "NAME"

    def _at_the_beginning(self, i: int, end: int, start: int, stop: int) -> Found | None:
        """Judge words at the beginning of a sentence, where every word has a capital."""
        first = self.words[i].key
        names = [self._named(word.key) for word in self.words[i:end]]
        alone = end - i == 1
        if "sure" in names and (not alone or first not in self.own.begins):
            return self._first(i, end, start, stop)
        known = self.seen.get(first)
        if known is not None:
            return Found(start, stop, known, "the same word inside another sentence")
        if not alone:
            return Found(start, stop, "NAME", "several capitals")
        return self._by_verb(i, start, stop, bool(names[0]))

    def _stands_for_a_place(self, i: int) -> bool:
        """Say whether one word that is a place is one at the beginning of a sentence, by what follows."""
        key = self.words[i].key
        if key in self.own.begins or key in self.own.also or i + 1 >= len(self.words):
            return False
        after = self.keys[i + 1]
        return after in self.own.words("states") or after in ("and", "et", "y", "e", "si", "и", "va")

    def _first(self, i: int, end: int, start: int, stop: int) -> Found | None:
        """Judge a known name at the beginning of a sentence; Vietnamese ones are syllables of other words too."""
        if self.own.code == "vi" and end - i == 1:
            after = self.keys[end] if end < len(self.words) else ""
            comma = end < len(self.words) and self.gap(end).startswith(",")
            if not (comma or after in self.own.words("speech") or after in self.own.words("states")):
                return None
        return Found(start, stop, "NAME", "a known name")

    def _by_verb(self, i: int, start: int, stop: int, named: bool) -> Found | None:
        """Judge one capital at the beginning of a sentence by the word that follows."""
        after = self.keys[i + 1] if i + 1 < len(self.words) and self.gap(i + 1) == " " else ""
        if after in self.own.words("speech") and (named or after not in self.own.words("states")):
            return Found(start, stop, "NAME", "a capital before a verb of people", named or len(after) > 2)
        if named and after in self.own.words("states"):
            return Found(start, stop, "NAME", "a name that is a word too", sure=False)
        return None

    def _label(self, i: int, end: int) -> bool:
        """Say whether words at the beginning of a line are the name of who speaks."""
        before = self.text[: self.words[i].start].rsplit("\n", 1)[-1]
        after = self.text[self.words[end - 1].end :][:2]
        known = any(self._named(word.key) for word in self.words[i:end])
        return not before.strip() and after.lstrip(" ").startswith(":") and known


def _forms(word: str, code: str) -> set[str]:
    """Return what a word may be in the case in which lists hold it."""
    if code == "ru":
        stem = _RUSSIAN_ENDS.sub("", word)
        return (
            {stem + end for end in ("", "а", "я", "и", "ь", "ия", "ья", "о", "ии", "ая", "еи")}
            if len(stem) >= 2
            else set()
        )
    if code == "ro" and re.search(r"(?:ei|ai|ii|ului)$", word):
        stem = _ROMANIAN_ENDS.sub("", word)
        return {stem + end for end in ("", "a", "e", "u", "ia", "ea")} if len(stem) >= 3 else set()
    return set()


def _bare(found: tuple[str, ...], code: str) -> list[tuple[str, ...]]:
    """Return what a place may be called in the case in which lists hold it: its last word, or each of them."""
    last = [(*found[:-1], form) for form in _forms(found[-1], code)]
    every = [tuple(sorted(_forms(word, code) | {word}, key=len)[0] for word in found)] if len(found) > 1 else []
    return last + every


def _in_another_case(found: tuple[str, ...], known: frozenset[tuple[str, ...]]) -> bool:
    """Say whether words are a known name with other endings."""
    return found in _stems(known) or any(
        tuple(word[: len(word) - cut] for word in found) in _stems(known)
        for cut in (1, 2, 3)
        if min(map(len, found)) > cut + 2
    )


_KNOWN_STEMS: dict[int, frozenset[tuple[str, ...]]] = {}


def _stems(known: frozenset[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
    """Return names without the last vowels of their words."""
    if id(known) not in _KNOWN_STEMS:
        _KNOWN_STEMS[id(known)] = frozenset(
            tuple(re.sub(r"[аеиоуыьюяaeiou]$", "", word) for word in name) for name in known if min(map(len, name)) > 3
        )
    return _KNOWN_STEMS[id(known)]
