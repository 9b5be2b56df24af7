"""What is known of names, places and each language: lists in data files, read once when they are first needed."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.qualitative.transcripts.letters import plain, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LANGUAGES = ("ar", "en", "es", "fr", "pt", "ro", "ru", "vi")
_WORDS = re.compile(r"[^\W\d_]+")


def _listed(name: str) -> list[str]:
    """Read the lines of a list, its remarks left out."""
    text = files(__package__).joinpath("lexicon", f"{name}.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@cache
def function_words(code: str) -> frozenset[str]:
    """Return the words that often begin a sentence as they are written, in small letters."""
    return frozenset(word.lower() for line in _listed(f"common_{code}") for word in line.split())


@cache
def _set(name: str) -> frozenset[str]:
    """Return the words of a list, as keys."""
    return frozenset(plain(word) for line in _listed(name) for word in line.split())


@cache
def _places(name: str) -> tuple[frozenset[tuple[str, ...]], int]:
    """Return the places of a list as words, and of how many words the longest is."""
    found = frozenset(tuple(plain(line).replace("-", " ").split()) for line in _listed(f"places_{name}"))
    return found, max(map(len, found))


@dataclass(frozen=True, slots=True)
class Language:
    """What stands around identifiers in one language, all of it as keys of words.

    ``names`` are given names and surnames; ``weak`` those that are names only beside something that announces one, and
    ``also`` those that are words too. ``kept`` are words with a capital that identify nobody; ``countries`` names of
    countries and regions of the world, ``begins`` words that often begin a sentence. ``phrases`` announce a name.
    """

    code: str
    names: frozenset[str]
    weak: frozenset[str]
    also: frozenset[str]
    begins: frozenset[str]
    kept: frozenset[str]
    places: frozenset[tuple[str, ...]]
    longest_place: int
    countries: frozenset[tuple[str, ...]]
    longest_country: int
    stems: bool
    titles: frozenset[str]
    phrases: frozenset[tuple[str, ...]]
    lists: dict[str, Any]
    key: Callable[[str], str]

    def is_people(self, key: str) -> bool:
        """Say whether a word is one for the people of a country: it begins as the country does, and ends otherwise."""
        if self.code not in _PEOPLES or key in self.names or len(key) < 5:
            return False
        return key[:4] in _heads(self.code) and _PEOPLES[self.code].search(key) is not None

    def words(self, name: str) -> frozenset[str]:
        """Return the words of a list of the language, as keys."""
        return _own_words(self.code, name)

    def said_before(self, keys: list[str], at: int, phrases: Iterable[tuple[str, ...]]) -> bool:
        """Say whether one of some phrases ends before a word."""
        return any(tuple(keys[max(at - len(one), 0) : at]) == one for one in phrases)


_PEOPLES = {
    "en": re.compile(r"(?:ian|an|ese|ish|i|er)s?$"),
    "fr": re.compile(r"(?:ien|ienne|ais|aise|ois|oise|ain|aine|an|ane|eenne|een|on|onne|e)s?$"),
}


@cache
def _heads(code: str) -> frozenset[str]:
    """Return the first letters of the words in names of countries."""
    from babel import Locale

    names = [plain(str(name)) for name in Locale.parse(code).territories.values()]
    return frozenset(word[:4] for name in names for word in _WORDS.findall(name) if len(word) > 3)


@cache
def _own_words(code: str, name: str) -> frozenset[str]:
    """Return the words of one list of one language, as keys."""
    own = language(code)
    held = own.lists.get(name, "")
    return frozenset(own.key(word) for word in (held.split() if isinstance(held, str) else held))


@cache
def language(code: str) -> Language:
    """Return what is known of a language.

    Parameters
    ----------
    code : str
        One of :data:`LANGUAGES`.

    Returns
    -------
    Language
        Its lists.

    Raises
    ------
    SpecificationError
        If it is none of these.

    Examples
    --------
    >>> "amara" in language("en").names
    True
    """
    if code not in LANGUAGES:
        raise SpecificationError(f"language == {code!r}, must be 'auto' or one of {', '.join(LANGUAGES)}")
    text = files(__package__).joinpath("languages", f"{code}.toml").read_text(encoding="utf-8")
    lists = tomllib.loads(text)
    key = (lambda word: word.lower()) if code == "vi" else plain
    script = {"ru": "cyrillic", "ar": "arabic"}.get(code, "latin")
    names = frozenset(_given(code, key)) if code == "vi" else _set(f"names_{script}")
    places, longest = _places(script)
    countries = _countries(code, key) | {tuple(map(key, one.split())) for one in lists.get("keep_phrases", [])}
    also = _set(f"also_words_{code}") if code not in ("ar", "vi") else frozenset()
    kept = {
        part
        for word in f"{lists['keep']} {lists['days'] if code != 'vi' else ''} {_everywhere()}".split()
        for part in (key(word), *key(word).split("-"))
    }
    phrases = frozenset(tuple(word.key for word in words_of(one, code)) for one in lists["named"])
    return Language(
        code=code,
        names=names,
        weak=_set("names_arabic_weak") if code == "ar" else frozenset(),
        also=also,
        begins=frozenset(key(w) for line in _listed(f"common_{code}") for w in line.split())
        | frozenset(map(key, lists["common"].split())),
        kept=frozenset(kept) | _nationalities(code),
        places=places,
        longest_place=longest,
        countries=countries,
        longest_country=max(map(len, countries)),
        stems=code in ("ru", "ro"),
        titles=frozenset(map(key, lists["titles"].split())),
        phrases=phrases,
        lists=lists,
        key=key,
    )


@cache
def _everywhere() -> str:
    """Return what stays in every language: firms, organisations and what they are called for short."""
    text = files(__package__).joinpath("languages", "everywhere.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["keep"])


def _given(code: str, key: Callable[[str], str]) -> set[str]:
    """Return the syllables of which Vietnamese names are made."""
    text = files(__package__).joinpath("languages", f"{code}.toml").read_text(encoding="utf-8")
    lists = tomllib.loads(text)
    return {key(word) for name in ("surnames", "given") for word in lists[name].split()}


def _countries(code: str, key: Callable[[str], str]) -> frozenset[tuple[str, ...]]:
    """Return the names of countries and regions of the world in a language, and in English."""
    from babel import Locale

    from ctresearch.data.contents.countries import countries

    names = {str(name) for one in (code, "en") for name in Locale.parse(one).territories.values()}
    names |= set(countries()["name"]) | {name.partition("(")[0] for name in names}
    split = {tuple(key(word) for word in _WORDS.findall(name)) for name in names}
    return frozenset(one for one in split if len("".join(one)) > 2)


@cache
def _nationalities(code: str) -> frozenset[str]:
    """Return words for peoples and tongues, where the language writes them with a capital."""
    if code not in ("en", "fr"):
        return frozenset()
    from babel import Locale

    text = files("ctresearch.data").joinpath("codelists", "country-names.csv").read_text(encoding="utf-8")
    told = {plain(word) for word in _WORDS.findall(text) if len(word) > 3 and word[0].isupper()}
    tongues = {plain(str(name)) for name in Locale.parse("en").languages.values()} if code == "en" else set()
    return frozenset(told | {one for one in tongues if " " not in one})


def guess_language(text: str) -> str:
    """Guess the language of a text from its letters and the words that every sentence needs.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        One of :data:`LANGUAGES`; English where nothing tells.

    Examples
    --------
    >>> guess_language("Je suis partie avec une amie."), guess_language("Меня зовут иначе.")
    ('fr', 'ru')
    """
    letters = [c for c in text if c.isalpha()]
    total = max(len(letters), 1)
    if sum("\u0600" <= c <= "\u06ff" for c in letters) / total > 0.4:
        return "ar"
    if sum("\u0400" <= c <= "\u04ff" for c in letters) / total > 0.4:
        return "ru"
    small = _WORDS.findall(text.lower())[:4000]
    scores = {code: sum(map(_telling(code).count, small)) for code in ("en", "es", "fr", "pt", "ro", "vi")}
    return max(scores, key=lambda code: scores[code])


@cache
def _telling(code: str) -> tuple[str, ...]:
    """Return small words that one language has and the others with its letters have not."""
    told = {
        "en": "the and was my i they of that with she he we me from had were not who is to her him when for",
        "es": "el y los las una con por que pero yo ella del muy cuando me nos era mi hasta donde no él en la de",
        "fr": "le les et des une avec pour que mais je elle du très quand me nous était ma dans où est il qui la de",
        "pt": "o e os as uma com por que mas eu ela do muito quando me nos era minha até onde não ele em da ao na",
        "ro": "și să cu pe care nu mi era la din am a ea eu dar când mea pentru unde foarte în au că de se",
        "vi": "tôi và của là có không người đi em chị anh ở một được cho với này khi đã rồi thì nó bị",
    }
    return tuple(told[code].split())
