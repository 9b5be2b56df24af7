"""The words by which attributes say who is protected: one data file for all languages, read when first needed."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ctresearch.core.names import name_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROLES = ("victim", "child", "agent", "handler", "verb", "helper", "kin", "other", "spared")
_ARABIC = (
    "وال",
    "بال",
    "ال",
    "لل",
    "و",
    "ل",
    "ب",
)  # the article and small words that are written as part of the next one
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text, and what stands between it and the next one.

    Parameters
    ----------
    word : str
        Without capitals and accents.
    gap : str
        Spaces and signs.

    Examples
    --------
    >>> Token("victim", "'s ").word
    'victim'
    """

    word: str
    gap: str


@dataclass(frozen=True, slots=True)
class Match:
    """Tokens that fit an entry.

    Parameters
    ----------
    start, end : int
        From which token to before which.
    roles : frozenset of str
        Lists that hold the entry.

    Examples
    --------
    >>> Match(0, 2, frozenset({"victim"})).end
    2
    """

    start: int
    end: int
    roles: frozenset[str]


@dataclass(frozen=True)
class Lexicon:
    """Entries of one or several lists, each under the name of its list.

    Parameters
    ----------
    entries : tuple of (str, str)
        Name of the list, and an entry as the data file writes it.

    Examples
    --------
    >>> lexicon = Lexicon((("victim", "victim*"), ("agent", "victimiser*")))
    >>> sorted(lexicon.roles("victims")), sorted(lexicon.roles("victimisers"))
    (['victim'], ['agent'])
    """

    entries: tuple[tuple[str, str], ...]

    @cached_property
    def _single(self) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Whole words, and stems."""
        words: dict[str, set[str]] = {}
        stems: dict[str, set[str]] = {}
        for role, entry in self.entries:
            if " " in entry or entry.startswith("~"):
                continue
            held = stems if entry.endswith("*") else words
            held.setdefault(name_key(entry.removesuffix("*")), set()).add(role)
        return words, stems

    @cached_property
    def _phrases(self) -> list[tuple[tuple[str, ...], str]]:
        """Several words in a row, the longest first."""
        found = [(tuple(map(_element, entry.split())), role) for role, entry in self.entries if " " in entry]
        return sorted(found, key=lambda phrase: -len(phrase[0]))

    @cached_property
    def _signs(self) -> list[tuple[str, str]]:
        """Signs of texts without spaces, the longest first."""
        found = [(name_key(entry[1:]), role) for role, entry in self.entries if entry.startswith("~")]
        return sorted(found, key=lambda one: -len(one[0]))

    def roles(self, word: str) -> frozenset[str]:
        """Return the lists whose longest entry fits a word.

        Parameters
        ----------
        word : str
            A word without capitals and accents.

        Returns
        -------
        frozenset of str
            Names of lists, empty where none fits.

        Examples
        --------
        >>> Lexicon((("child", "boy"),)).roles("boyfriend")
        frozenset()
        """
        words, stems = self._single
        forms = [word, *(word.removeprefix(p) for p in _ARABIC if word.startswith(p))]
        for form in forms:
            if form in words:
                return frozenset(words[form] | stems.get(form, set()))
        for form in forms:
            for length in range(len(form), _SHORTEST - 1, -1):
                if form[:length] in stems:
                    return frozenset(stems[form[:length]])
        return self._roles_of_signs(word)

    def _roles_of_signs(self, word: str) -> frozenset[str]:
        """Read a text without spaces from left to right, at each place the longest entry."""
        found, place = set(), 0
        while place < len(word) and not word.isascii():
            fits = next(((signs, role) for signs, role in self._signs if word.startswith(signs, place)), None)
            if fits is not None:
                found.add(fits[1])
            place += len(fits[0]) if fits is not None else 1
        return frozenset(found)

    def read(self, tokens: Sequence[Token]) -> list[Match]:
        """Find all entries in a text.

        Parameters
        ----------
        tokens : sequence of Token
            The text.

        Returns
        -------
        list of Match
            In the order of the text; several words in a row stand before single ones.

        Examples
        --------
        >>> [m.end for m in Lexicon((("victim", "nạn nhân"),)).read(tokens_of("là nạn nhân"))]
        [3]
        """
        found, place = [], 0
        while place < len(tokens):
            end, roles = self._at(tokens, place)
            if roles:
                found.append(Match(place, end, roles))
            place = end
        return found

    def _at(self, tokens: Sequence[Token], place: int) -> tuple[int, frozenset[str]]:
        """Read the entry that begins at a token."""
        for elements, role in self._phrases:
            part = tokens[place : place + len(elements)]
            if len(part) == len(elements) and all(map(_fits, elements, part)) and _together(part):
                return place + len(elements), frozenset({role})
        return place + 1, self.roles(tokens[place].word)

    def holds(self, text: Any) -> bool:
        """Say whether a text holds any entry.

        Parameters
        ----------
        text : object
            The text.

        Returns
        -------
        bool
            Whether it does.

        Examples
        --------
        >>> Lexicon((("unknown", "not known"),)).holds("Not  known")
        True
        """
        return bool(self.read(tokens_of(text)))


@lru_cache(maxsize=1)
def _file() -> Mapping[str, Mapping[str, list[str]]]:
    """Read the data file."""
    return tomllib.loads(
        files("ctresearch.networks.protection").joinpath("protected_words.toml").read_text(encoding="utf-8")
    )


@lru_cache(maxsize=64)
def words(section: str, part: str) -> Lexicon:
    """Return one list of the data file.

    Parameters
    ----------
    section, part : str
        Its place, such as ``"columns"`` and ``"age"``.

    Returns
    -------
    Lexicon
        The entries, under the name of the part.

    Examples
    --------
    >>> words("columns", "age").holds("Edad")
    True
    """
    return Lexicon(tuple((part, entry) for entry in _file()[section][part]))


@lru_cache(maxsize=1)
def people() -> Lexicon:
    """Return all that can be said of a person: victim, child, and who acts on them, helps them or stands elsewhere.

    Returns
    -------
    Lexicon
        Entries under the names of :data:`ROLES`.

    Examples
    --------
    >>> sorted(people().roles("жертвой"))
    ['victim']
    """
    return Lexicon(tuple((role, entry) for role in ROLES for entry in _entries(_file()[role].values())))


def tokens_of(text: Any) -> list[Token]:
    """Split a text into words without capitals and accents, each with what stands between it and the next.

    Parameters
    ----------
    text : object
        Anything that has a text.

    Returns
    -------
    list of Token
        Words and numbers; the s of a possessive belongs to what stands between.

    Examples
    --------
    >>> [(t.word, t.gap) for t in tokens_of("Víctima's 16y")]
    [('victima', "'s "), ('16', ''), ('y', '')]
    """
    plain = name_key(str(text)).replace("n't", "n not")
    runs = [(kind, "".join(signs)) for kind, signs in groupby(plain, _kind)]
    found: list[Token] = []
    for kind, run in runs:
        if kind == "gap":
            if found:
                found[-1] = Token(found[-1].word, found[-1].gap + run)
        elif run == "s" and found and found[-1].gap == "'":
            found[-1] = Token(found[-1].word, "'s")
        elif found and found[-1].word == "u" and not found[-1].gap and kind == "digit":
            found[-1] = Token("u" + run, "")
        else:
            found.append(Token(run, ""))
    return found


def _kind(sign: str) -> str:
    """Say whether a sign is a digit, part of a word, or stands between words."""
    if sign.isdecimal():
        return "digit"
    return "letter" if sign.isalpha() or unicodedata.category(sign)[0] == "M" else "gap"


def _entries(parts: Iterable[list[str]]) -> list[str]:
    """Join the lists of all languages."""
    return [entry for part in parts for entry in part]


def _element(word: str) -> str:
    """Write an element of a phrase plainly; a star stays."""
    return name_key(word.removesuffix("*")) + ("*" if word.endswith("*") else "")


def _fits(element: str, token: Token) -> bool:
    """Say whether a token is this element of a phrase."""
    return token.word.startswith(element[:-1]) if element.endswith("*") else token.word == element


def _together(tokens: Sequence[Token]) -> bool:
    """Say whether nothing but spaces, hyphens and points stand between words."""
    return all(not token.gap.strip(" _-.") for token in tokens[:-1])
