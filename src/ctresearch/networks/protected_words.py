"""How attributes say that somebody is a victim or a child, in whatever words; where they leave a doubt, they say yes."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
from typing import Any, Literal

import pandas as pd

ADULT = 18
Says = Literal["text", "mark", "age", "birth"]
_VICTIM = re.compile(
    r"victim|vitima|vittim|viktim|opfer|slachtoffer|survivor|survivant|sobrevivi|superviv|sopravvissut|uberlebend"
    r"|ofiar|obet|zrtv|aldozat|magdur|trafficked|exploited|enslaved|жертв|потерпевш|пострадав|жртв|ضحي|المجني"
    r"|.*(?:受害|被害)"
)
_CHILD = re.compile(
    r"(?:child|children|minors?|juveniles?|teen|teens|teenagers?|adolescen\w*|underage\w*|infant|baby|toddler"
    r"|girl|boy|schoolgirl|schoolboy|menor|menores|nino|nina|enfants?|mineure?s?|minderjahrig\w*|jugendlich\w*"
    r"|kind|kinder|crianca|bambin\w|minorenn\w|dziecko|dziewczynka|maloletn\w*|nieletni\w*|copil|u18"
    r"|ребенок|дети|несовершеннолетн\w*|дитина|неповнолітн\w*)$"
)
_ENGLISH_MINOR = ("minor", "minors")
_SLIGHT = (
    "accomplice", "actor", "associate", "contact", "crime", "criminal", "dealer", "figure", "helper", "involvement",
    "member", "offence", "offense", "part", "participant", "player", "role", "supplier",
)  # fmt: skip
_NOT = ("no", "non", "not", "never", "kein", "keine", "nicht", "nie", "nao", "ni", "не", "niet")
_NO = (
    *_NOT, "n", "none", "false", "f", "nein", "nee", "nej", "ninguno", "ninguna", "nessuno", "nessuna", "aucun", "aucune",
    "brak", "нет", "ні", "na", "nan", "null", "0",
)  # fmt: skip
_HELPS = (
    "support", "supporter", "service", "services", "assistance", "advocate", "advocacy", "lawyer", "attorney",
    "protection", "welfare",
)  # fmt: skip
_ARTICLES = ("a", "an", "the", "ein", "eine", "un", "una", "uma", "une")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SPELT = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
)  # fmt: skip
_AGED = ("age", "aged", "ages", "edad", "alter", "idade", "wiek")
_YEARS = ("y", "yo", "yr", "yrs", "year", "years", "old", "anos", "ans", "jahre", "lat")
_AGE_COLUMNS = (*_AGED, "agebroad", "agegroup", "ageband", "agerange")
_BIRTH_COLUMNS = (
    "dob",
    "yob",
    "born",
    "birthdate",
    "birthday",
    "birthyear",
    "dateofbirth",
    "geburtsdatum",
    "geburtsjahr",
)
_TEXT_COLUMNS = ("status", "role", "roles", "type", "category", "capacity", "function", "position", "rol", "rolle")
_AROUND_MARKS = (
    "is", "was", "has", "been", "a", "flag", "status", "type", "defendant", "offender", "person", "persons", "trafficking",
    "identified", "confirmed", "presumed", "potential", "former", "human", "of",
)  # fmt: skip
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def plain_words(text: Any) -> list[str]:
    """Split a text into words, without capitals and accents, and at the capitals of a name such as isMinor.

    Parameters
    ----------
    text : object
        Anything that has a text.

    Returns
    -------
    list of str
        Words and numbers.

    Examples
    --------
    >>> plain_words("isMinor"), plain_words("Víctima (2)")
    (['is', 'minor'], ['victima', '2'])
    """
    return [word for word, _ in _with_gaps(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(text)))]


def column_says(name: Any) -> Says | None:
    """Say what an attribute of this name can tell of whether somebody is protected.

    Parameters
    ----------
    name : object
        Name of the attribute.

    Returns
    -------
    {"text", "mark", "age", "birth"} or None
        Words that describe a person, a mark that is true or not, an age, a date or year of birth; or nothing.

    Examples
    --------
    >>> [column_says(name) for name in ("victim_status", "Age (years)", "birth_year", "roles", "isMinor", "city")]
    ['mark', 'age', 'birth', 'text', 'mark', None]
    """
    words = plain_words(name)
    bare = [word for word in words if word not in _AROUND_MARKS]
    if bare and all(_VICTIM.match(w) or (_CHILD.match(w) and w not in ("children", "kind")) for w in bare):
        return "mark"
    if bare in (["under", "age"], ["under", "18"], ["below", "18"]):
        return "mark"
    if any(word in _BIRTH_COLUMNS for word in words) or ("birth" in words and {"year", "date", "day"} & set(words)):
        return "birth"
    if any(word in _AGE_COLUMNS for word in words):
        return "age"
    return "text" if any(word in _TEXT_COLUMNS for word in words) else None


def describes_protected(text: Any) -> bool:
    """Say whether a status or role names a victim or a child.

    Parameters
    ----------
    text : object
        The words.

    Returns
    -------
    bool
        ``True`` also where they leave a doubt. A helper is one where nothing stands between: ``"victim's lawyer"``.

    Examples
    --------
    >>> [describes_protected(t) for t in ("victim, worker", "victim support worker", "not a victim", "girl, 15")]
    [True, False, False, True]
    """
    found = [(word, gap) for word, gap in _with_gaps(text) if word not in _ARTICLES]
    words = [word for word, _ in found]
    around = zip(["", *words], ["", *(gap for _, gap in found)], found, [*words[1:], ""], strict=False)
    for before, gap_before, (word, gap), after in around:
        if not (_VICTIM.match(word) or _CHILD.match(word)):
            continue
        negated = before in _NOT and re.fullmatch(r"[\s_-]*", gap_before)
        helps = after in _HELPS and re.fullmatch(r"(?:['’]s?)?[\s_]+", gap)
        slight = word in _ENGLISH_MINOR and after in _SLIGHT and not gap.strip()
        if not (negated or helps or slight):
            return True
    return _tells_a_young_age(words, str(text))


def is_marked(value: Any) -> bool:
    """Say whether a mark is set; words that say no are not.

    Parameters
    ----------
    value : object
        A truth value, a number or a word.

    Returns
    -------
    bool
        ``False`` for nothing, zero and no.

    Examples
    --------
    >>> [is_marked(v) for v in ("yes", "nein", "none", "0", 1.0, None)]
    [True, False, False, False, True, False]
    """
    if pd.isna(value):
        return False
    if not isinstance(value, str):
        return bool(value)
    words = plain_words(value)
    if describes_protected(value):
        return True
    return bool(words) and (words[0] not in _NO or (words[0] == "0" and set(words) != {"0"}))


def is_young(age: Any) -> bool:
    """Say whether an age, or a group of ages, begins under 18.

    Parameters
    ----------
    age : object
        Years, as a number or in words, or the name of a group.

    Returns
    -------
    bool
        ``True`` for ``17``, ``"15-17"``, ``"seventeen"`` and ``"Child"``.

    Examples
    --------
    >>> [is_young(a) for a in (17, "18-24", "seventeen", "Child", "under 18")]
    [True, False, True, True, True]
    """
    if pd.isna(age):
        return False
    text = str(age).lower()
    numbers = _numbers(_with_gaps(re.sub(r"(\d)[.,]\d+", r"\1", text)))
    below = any(word in text for word in ("under", "below", "<"))
    return describes_protected(age) or any(n < ADULT or (below and n <= ADULT) for n in numbers[:1])


def is_born_late(birth: Any, year: int | None) -> bool:
    """Say whether somebody may have been under 18 in a year.

    Parameters
    ----------
    birth : object
        Year or date of birth.
    year : int, optional
        The year; ``None`` where nobody knows it.

    Returns
    -------
    bool
        ``True`` also for those who turned 18 in it, and for every birth where the year is not known.

    Examples
    --------
    >>> is_born_late("2003-05-01", 2020), is_born_late(1980, 2020)
    (True, False)
    """
    born = year_of(birth)
    return born is not None and (year is None or year - born <= ADULT)


def year_of(value: Any) -> int | None:
    """Find the year of a date, however it is written.

    Parameters
    ----------
    value : object
        A date, a year, or either as text.

    Returns
    -------
    int or None
        The year.

    Examples
    --------
    >>> year_of("born 1999"), year_of(2001.0), year_of("?")
    (1999, 2001, None)
    """
    written = _YEAR.search(str(value))
    if written is not None:
        return int(written[0])
    try:
        date = pd.NaT if not isinstance(value, str) else pd.to_datetime(value, dayfirst=True, errors="coerce")
    except (ValueError, TypeError, OverflowError):
        return None
    return None if pd.isna(date) else int(date.year)


def _with_gaps(text: Any) -> list[tuple[str, str]]:
    """Split a text into words without capitals and accents, each with what stands between it and the next."""
    parted = unicodedata.normalize("NFKD", str(text)).lower()
    plain = "".join(sign for sign in parted if not unicodedata.combining(sign))
    pieces = re.split(r"([^\W_]+)", re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?<!u)(?=\d)", " ", plain))
    pieces = _join_possessive(pieces)
    return list(zip(pieces[1::2], pieces[2::2], strict=True))


def _join_possessive(pieces: list[str]) -> list[str]:
    """Take the s of a possessive to what stands between the words."""
    joined = pieces[:1]
    for word, gap in zip(pieces[1::2], pieces[2::2], strict=True):
        if word == "s" and joined[-1] in ("'", "’"):
            joined[-1] += "s" + gap
        else:
            joined += [word, gap]
    return joined


def _numbers(found: list[tuple[str, str]]) -> list[float]:
    """Read the numbers among words, in figures or spelt; seven of twenty-seven is none."""
    words = [word for word, _ in found]
    return [
        float(word) if word.isdecimal() else float(_SPELT.index(word))
        for before, word in pairwise(["", *words])
        if word.isdecimal() or (word in _SPELT and before not in _TENS)
    ]


def _tells_a_young_age(words: list[str], text: str) -> bool:
    """Say whether words tell an age under 18, such as 15-year-old, aged 16 or under 18."""
    if any(pair in {("under", "age"), ("under", "18"), ("below", "18")} for pair in pairwise(words)) or "<18" in text:
        return True
    beside = list(zip(["", *words], words, [*words[1:], ""], strict=False))
    return any(
        (before in _AGED or after in _YEARS) and any(n < ADULT for n in _numbers([(word, "")])) and before not in _TENS
        for before, word, after in beside
    )
