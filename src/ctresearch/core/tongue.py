"""How sentences and numbers are written out, in English and in other languages.

A language is a :class:`Tongue`: it finds words in a catalogue and writes numbers. A catalogue is a ``.po`` file in
``core/languages``: a sentence of the package, with the names that stand in it, and the same in the language. ``make
catalogue`` keeps them complete. What a catalogue does not hold stays as it is: names of lists, titles of studies and
the words of their authors, unless a study brings its own (``words.fr.toml``).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING

from ctresearch.core import render
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import as_message, say

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

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

NAMES: Mapping[str, str] = MappingProxyType({"en": "English", "es": "español", "fr": "français"})
"""The languages there are, each by its own name."""

WORD = "word"
"""Context of single words that the code chooses, such as ``linear``: apart from labels and sentences."""

_GROUP = "\N{NARROW NO-BREAK SPACE}"
"""Between thousands: ISO 80000-1 and the academies of both languages ask for it, and a point would be read as the
decimal sign by half of those who read Spanish."""
_LEAST_GROUPED = {"es": 5}
"""Digits from which thousands are parted; four digits stand together in Spanish."""
_WHOLE = re.compile(r"\d{1,3}(?:,\d{3})+")
_MENDED: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "es": (
            (r"(?<=\d) %", "\N{NO-BREAK SPACE}%"),
            (r"(?<![\d,])1 millones\b", "1 millón"),
            (r"\b(mil millones|millón|millones|billones) (?!(?:de|a|y)\b)(?=[^\W\d_])", r"\1 de "),
        ),
        "fr": (
            (r"(?<=\d) %", "\N{NO-BREAK SPACE}%"),
            (r"(?<![\d,])(1(?:,\d+)? (?:million|milliard|billion))s\b", r"\1"),
            (r"\b((?:million|milliard|billion)s?) (?!(?:de|à|et)\b)(?=[^\W\d_])", r"\1 de "),
            (r"(?<=\w|[)»%\]]): ", "\N{NO-BREAK SPACE}: "),
            (r"(?<=\w|[)»%\]])([;?!]) ", "\N{NARROW NO-BREAK SPACE}\\1 "),
        ),
    }
)
"""What depends on the words that meet: millions are nouns, of which one stands in the singular, and before what is
counted stands ``de``; French puts a space before the signs of two parts, also between sentences that are joined."""
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_PART = re.compile(r"\{part\d+\}")
_JOINED = re.compile(r"\{part\d+\}(?: and \{part\d+\})+")


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """The words of one language.

    Parameters
    ----------
    entries : mapping
        Template and its plural, or ``None``, to the forms of the language.
    words : mapping of str to str
        Single words that the code chooses.
    plural : callable
        From a whole number to the form that it takes.
    digits : callable
        From the digits of English to those of the language.

    Examples
    --------
    >>> french = Catalogue({("{n} list", "{n} lists"): ("{n} liste", "{n} listes")}, {}, lambda n: int(n > 1))
    >>> french("{n} list", "{n} lists", 0)
    '{n} liste'
    """

    entries: Mapping[tuple[str, str | None], tuple[str, ...]]
    words: Mapping[str, str]
    plural: Callable[[int], int]
    digits: Callable[[str], str] = str

    def __call__(self, one: str, many: str | None = None, n: int = 1) -> str:
        """Find the words for a template.

        Parameters
        ----------
        one : str
            The template.
        many : str, optional
            Its plural.
        n : int
            The number that decides.

        Returns
        -------
        str
            A template of the language; the English one where there is none.
        """
        forms = self.entries.get((one, many))
        if forms is not None:
            return forms[0] if many is None else forms[self.plural(n)]
        if many is None and one in self.words:
            return self.words[one]
        if _JOINED.fullmatch(one):
            return one.replace(" and ", f" {self.words.get('and', 'and')} ")
        if many is None:
            return self._as_label(one) or self._by_pattern(one)
        return one if n == 1 else many

    def _as_label(self, text: str) -> str:
        """Find words that are known with another first letter, as names of checks are; empty where they are not."""
        first = text[:1]
        other = first.swapcase() + text[1:]
        found = self.entries.get((other, None), (self.words.get(other, ""),))[0]
        return (found[:1].upper() if first.isupper() else found[:1].lower()) + found[1:]

    def word(self, text: str) -> str:
        """Find the words for what the code puts into a sentence as a plain text.

        Parameters
        ----------
        text : str
            Such as ``"linear"``, or the name of a list.

        Returns
        -------
        str
            The same where the catalogue does not hold it.

        Examples
        --------
        >>> Catalogue({}, {"linear": "linéaire"}, int).word("linear")
        'linéaire'
        """
        bare = text.strip()
        if bare in self.words:
            return text.replace(bare, self.words[bare])
        found = self.entries.get((bare, None)) if " " in bare else None
        return text if found is None else text.replace(bare, found[0])

    def _by_pattern(self, text: str) -> str:
        """Find the words for a label that holds a number or a name: ``Posterior quantile, 5 %``."""
        plain = text.replace("{{", "{").replace("}}", "}")
        for pattern, form in _patterns(self):
            found = pattern.fullmatch(plain)
            if found is not None:
                parts = {name: self._part(part) for name, part in found.groupdict().items()}
                return _literal(form.format_map(parts))
        return text

    def _part(self, text: str) -> str:
        """Write what stands in a label: a number with the digits of the language, or words."""
        return self.digits(text) if _NUMBER.fullmatch(text) else self.word(self(text))


@lru_cache(maxsize=8)
def _patterns(catalogue: Catalogue) -> list[tuple[re.Pattern[str], str]]:
    """Read the labels with a part in them as patterns, the longest first."""
    found = []
    for (one, many), forms in catalogue.entries.items():
        if many is None and _PART.search(one) and not _JOINED.fullmatch(one):
            names = iter(_PART.findall(one))
            expression = "".join(
                re.escape(words) + (f"(?P<{name[1:-1]}>.+)" if (name := next(names, "")) else "")
                for words in _PART.split(one)
            )
            found.append((re.compile(expression), forms[0]))
    return sorted(found, key=lambda pair: len(pair[0].pattern), reverse=True)


def language(code: str) -> Tongue:
    """Return a language.

    Parameters
    ----------
    code : {"en", "es", "fr"}
        Its code.

    Returns
    -------
    Tongue
        To write sentences and numbers with.

    Raises
    ------
    SpecificationError
        If there is no catalogue for it.

    Examples
    --------
    >>> from ctresearch.core.message import say
    >>> language("fr").write(say("No sum is dominated by one or two contributors."))
    "Aucune somme n'est dominée par un ou deux contributeurs."
    """
    if code not in NAMES:
        known = ", ".join(f"{name!r} ({words})" for name, words in NAMES.items())
        raise SpecificationError(f"language == {code!r}, must be one of {known}")
    return ENGLISH if code == ENGLISH.code else _tongue(code)


def with_words(tongue: Tongue, words: Mapping[str, str]) -> Tongue:
    """Return a language that also knows the words of one study.

    Parameters
    ----------
    tongue : Tongue
        From :func:`language`.
    words : mapping of str to str
        What the study says, to the same in the language.

    Returns
    -------
    Tongue
        The study's words come first.

    Examples
    --------
    >>> with_words(language("fr"), {"independent lists": "listes indépendantes"}).write("independent lists")
    'listes indépendantes'
    """
    if not isinstance(tongue.find, Catalogue):
        return tongue
    own: dict[tuple[str, str | None], tuple[str, ...]] = {}
    own |= {(_literal(text), None): (_literal(translated),) for text, translated in words.items()}
    return replace(tongue, find=replace(tongue.find, entries={**tongue.find.entries, **own}))


def _literal(text: str) -> str:
    """Write words as a template in which nothing is put."""
    return text.replace("{", "{{").replace("}", "}}")


@lru_cache
def _tongue(code: str) -> Tongue:
    """Make a language of its catalogue and its way to write numbers."""
    from babel import Locale

    decimal = str(Locale(code).number_symbols["latn"]["decimal"])
    least = _LEAST_GROUPED.get(code, 4)

    def digits(text: str) -> str:
        """Write the digits of a number as the language does."""
        return _rewritten(text, decimal, least)

    def finish(text: str) -> str:
        """Mend what depends on the words that came to stand beside one another."""
        for pattern, form in _MENDED[code]:
            text = re.sub(pattern, form, text)
        return text

    find = replace(read_catalogue(code), digits=digits)
    return Tongue(code, find, lambda value: digits(render.number(value)), digits, finish)


def _rewritten(text: str, decimal: str, least: int) -> str:
    """Write the digits of an English number with other signs: ``11,418.5 %`` as ``11 418,5 %``."""
    whole = _WHOLE.match(text.lstrip("+-−"))
    short = whole is not None and sum(sign.isdigit() for sign in whole.group()) < least
    signs = {",": "" if short else _GROUP, ".": decimal, "%": "\N{NO-BREAK SPACE}%"}
    return "".join(signs.get(sign, sign) for sign in text)


@lru_cache
def read_catalogue(code: str) -> Catalogue:
    """Read the catalogue of a language.

    Parameters
    ----------
    code : str
        Its code.

    Returns
    -------
    Catalogue
        Its words.

    Examples
    --------
    >>> read_catalogue("es")("Standard error")
    'Error estándar'
    """
    from gettext import c2py

    from babel.messages.pofile import read_po

    file = resources.files("ctresearch.core").joinpath("languages", f"{code}.po")
    with file.open("rb") as content:
        read = read_po(content, locale=code)
    entries: dict[tuple[str, str | None], tuple[str, ...]] = {}
    words: dict[str, str] = {}
    for message in read:
        if not message.id or message.fuzzy:
            continue
        if message.context == WORD:
            words[str(message.id)] = str(message.string)
        elif isinstance(message.id, tuple):
            entries[message.id[0], message.id[1]] = tuple(message.string or ())
        elif message.string:
            entries[str(message.id), None] = (str(message.string),)
    return Catalogue(entries, words, c2py(read.plural_expr))
