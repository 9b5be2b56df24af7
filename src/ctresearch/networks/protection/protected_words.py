"""How attributes say that somebody is a victim or a child, in whatever words; where they leave a doubt, they say yes.

The words stand in one data file (:mod:`ctresearch.networks.protection.vocabulary`); what stands here is how they are
read: "victim" is one, "not a victim" is none, and "recruiter of victims", "victim handler" and "victim's lawyer" speak
of somebody else.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from ctresearch.networks.protection.vocabulary import Match, Token, people, tokens_of, words

if TYPE_CHECKING:
    from collections.abc import Sequence

ADULT = 18
Says = Literal["text", "mark", "age", "birth"]
Answer = Literal["protected", "other", "blank", "not understood"]
_PROTECTED = frozenset({"victim", "child"})
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
    return [token.word for token in _named(text)]


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
    tokens = _named(name)
    bare = [token for token in tokens if not _is(token.word, "columns", "around")]
    marks = [m for m in people().read(bare) if m.roles & _PROTECTED]
    covered = sum(m.end - m.start for m in marks)
    if bare and covered == len(bare) and not any(_is(t.word, "columns", "not_marks") for t in bare):
        return "mark"
    called = [token.word for token in tokens]
    dated = "birth" in called and any(_is(word, "columns", "birth_of") for word in called)
    if (dated or _names(tokens, "birth")) and not _names(tokens, "not_birth"):
        return "birth"
    if _names(tokens, "age"):
        return "age"
    return "text" if _names(tokens, "text") or _names(tokens, "status") else None


def is_status(name: Any) -> bool:
    """Say whether an attribute of this name states for everybody who is a victim, a suspect or something else.

    Parameters
    ----------
    name : object
        Name of the attribute.

    Returns
    -------
    bool
        ``True`` for a status of the person or the case; not for a role, nor for a marital status.

    Examples
    --------
    >>> is_status("status"), is_status("Estado"), is_status("role"), is_status("marital_status")
    (True, True, False, False)
    """
    tokens = _named(name)
    named = {place for m in words("columns", "status").read(tokens) for place in range(m.start, m.end)}
    rest = [t.word for place, t in enumerate(tokens) if place not in named]
    return bool(named) and all(_is(word, "columns", "status_of") for word in rest)


def describes_protected(text: Any) -> bool:
    """Say whether a status or role names a victim or a child.

    Parameters
    ----------
    text : object
        The words.

    Returns
    -------
    bool
        ``True`` also where they leave a doubt. Who helps, handles or recruits victims is none: ``"victim's lawyer"``.

    Examples
    --------
    >>> [describes_protected(t) for t in ("victim, worker", "victim support worker", "not a victim", "girl, 15")]
    [True, False, False, True]
    """
    tokens = tokens_of(text)
    named = any(m.roles & _PROTECTED and not _speaks_of_another(tokens, m) for m in people().read(tokens))
    return named or _tells_a_young_age(tokens)


def read_status(value: Any) -> Answer:
    """Say what a status tells of a person.

    Parameters
    ----------
    value : object
        A cell.

    Returns
    -------
    {"protected", "other", "blank", "not understood"}
        ``"other"`` where it says that somebody is no victim or stands elsewhere in the case.

    Examples
    --------
    >>> [read_status(value) for value in ("VOT", "suspect", "not a victim", "unknown", "grade 3")]
    ['protected', 'other', 'other', 'blank', 'not understood']
    """
    if is_blank(value):
        return "blank"
    if not isinstance(value, str):
        return "not understood"
    if describes_protected(value):
        return "protected"
    tokens = tokens_of(value)
    known = any(m.roles - {"spared", "verb"} for m in people().read(tokens))
    if known or _is(tokens[0].word, "grammar", "not"):
        return "other"
    return "not understood"


def is_blank(value: Any) -> bool:
    """Say whether a cell is empty or says that nothing is known.

    Parameters
    ----------
    value : object
        A cell.

    Returns
    -------
    bool
        ``True`` for a gap, a text without words, and words such as unknown.

    Examples
    --------
    >>> is_blank(None), is_blank(" ? "), is_blank("Unknown"), is_blank("no")
    (True, True, True, False)
    """
    if pd.isna(value):
        return True
    if not isinstance(value, str):
        return False
    tokens = tokens_of(value)
    covered = sum(m.end - m.start for m in words("grammar", "unknown").read(tokens))
    return covered == len(tokens)


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
    if describes_protected(value):
        return True
    said = plain_words(value)
    if not said:
        return False
    says_no = _is(said[0], "grammar", "no") or _is(said[0], "grammar", "not")
    return not says_no or (said[0] == "0" and set(said) != {"0"})


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
    tokens = tokens_of(_whole_years(age))
    below = "<" in str(age) or words("age", "below").read(tokens)
    numbers = _numbers([token.word for token in tokens])
    return describes_protected(age) or any(n < ADULT or (below and n <= ADULT) for n in numbers[:1])


def tells_an_age(age: Any) -> bool:
    """Say whether a cell can be read as an age.

    Parameters
    ----------
    age : object
        A cell.

    Returns
    -------
    bool
        ``True`` where it holds a number in figures or words, or names a child or an adult.

    Examples
    --------
    >>> [tells_an_age(a) for a in (17, "18-24", "adult", "old enough")]
    [True, True, True, False]
    """
    tokens = tokens_of(_whole_years(age))
    return bool(_numbers([token.word for token in tokens])) or bool(people().read(tokens))


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


def _is(word: str, section: str, part: str) -> bool:
    """Say whether a word stands in a list."""
    return bool(words(section, part).roles(word))


def _named(name: Any) -> list[Token]:
    """Split the name of an attribute, at its capitals too."""
    return tokens_of(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(name)).replace("_", " "))


def _names(tokens: Sequence[Token], part: str) -> bool:
    """Say whether the name of an attribute holds an entry of a list of columns."""
    return bool(words("columns", part).read(tokens))


def _speaks_of_another(tokens: Sequence[Token], found: Match) -> bool:
    """Say whether a word for victim or child is denied, small ("minor role"), or of one who deals with them."""
    return _is_denied(tokens, found) or _is_slight(tokens, found) or _is_dealt_with(tokens, found)


def _before(tokens: Sequence[Token], start: int, *lists: str) -> int:
    """Return the place of the last word before a match that is no little word, -1 where a sign stands between."""
    place = start - 1
    while place >= 0 and not tokens[place].gap.strip(" _-'"):
        if not any(_is(tokens[place].word, "grammar", part) for part in lists):
            return place
        place -= 1
    return -1


def _is_denied(tokens: Sequence[Token], found: Match) -> bool:
    """Read "not a victim", "is not identified as a victim", and the languages that put the no behind."""
    place = found.start
    while place > 0 and not tokens[place - 1].gap.strip(" _-"):
        place -= 1
        word = tokens[place].word
        if _is(word, "grammar", "not"):
            return True
        if not any(_is(word, "grammar", part) for part in ("article", "link")):
            break
    following = tokens[found.end : found.end + 1]
    return bool(following) and _plain(tokens[found.end - 1]) and _is(following[0].word, "grammar", "not_after")


def _is_slight(tokens: Sequence[Token], found: Match) -> bool:
    """Read "minor role", in which nobody is young."""
    following = tokens[found.end : found.end + 1]
    minor = _is(tokens[found.start].word, "slight", "minor")
    return minor and bool(following) and _spaced(tokens[found.end - 1]) and _is(following[0].word, "slight", "words")


def _is_dealt_with(tokens: Sequence[Token], found: Match) -> bool:
    """Read "victim handler", "victims' transporter", "recruiter of victims" and "recruits victims"."""
    if _roles_after(tokens, found.end) & _acting(tokens, found.end):
        return True
    doer = _before(tokens, found.start, "article", "preposition", "between")
    if doer < 0:
        return False
    roles = _roles_ending(tokens, doer)
    if "verb" in roles:
        return _spaced(tokens[doer])
    between = [token.word for token in tokens[doer + 1 : found.start]]
    tied = any(_is(word, "grammar", "preposition") for word in between) or words("grammar", "genitive").read(
        tokens[found.start : found.end]
    )
    return bool(tied) and bool(roles & {"agent", "handler", "helper", "kin"}) and not roles & _PROTECTED


def _acting(tokens: Sequence[Token], end: int) -> frozenset[str]:
    """Say who may stand behind a victim: after a possessive anybody who deals with them, else a helper or a handler."""
    gap = tokens[end - 1].gap
    owned = gap.startswith("'") or (len(tokens) > end and _is(tokens[end].word, "grammar", "possessive"))
    return frozenset({"helper", "handler", "agent", "kin"} if owned else {"helper", "handler"})


def _roles_after(tokens: Sequence[Token], end: int) -> frozenset[str]:
    """Say who stands right behind a match."""
    if end >= len(tokens) or not re.fullmatch(r"(?:'s?)?[\s_]+", tokens[end - 1].gap):
        return frozenset()
    place = end + 1 if _is(tokens[end].word, "grammar", "possessive") else end
    found = people().read(tokens[place:])
    return found[0].roles if found and found[0].start == 0 else frozenset()


def _roles_ending(tokens: Sequence[Token], last: int) -> frozenset[str]:
    """Say who is named by the words that end at a place."""
    return next((m.roles for m in people().read(tokens[: last + 1]) if m.end == last + 1), frozenset())


def _plain(token: Token) -> bool:
    """Say whether nothing but spaces and hyphens follow a word."""
    return not token.gap.strip(" _-")


def _spaced(token: Token) -> bool:
    """Say whether nothing but spaces follow a word."""
    return not token.gap.strip(" _")


def _whole_years(age: Any) -> str:
    """Take months and parts of years off an age."""
    return re.sub(r"(\d)[.,]\d+", r"\1", str(age))


def _numbers(said: list[str]) -> list[float]:
    """Read the numbers among words, in figures or spelt; seven of twenty-seven is none."""
    spelt = [entry for _, entry in words("age", "spelt").entries]
    return [
        float(word) if word.isdecimal() else float(spelt.index(word))
        for before, word in pairwise(["", *said])
        if word.isdecimal() or (word in spelt and not _is(before, "age", "tens"))
    ]


def _tells_a_young_age(tokens: Sequence[Token]) -> bool:
    """Say whether words tell an age under 18, such as 15-year-old, aged 16 or <18."""
    said = [token.word for token in tokens]
    for place, word in enumerate(said):
        before, after = ["", "", *said][place : place + 2], [*said, "", "", ""][place + 1 : place + 4]
        if _is(before[1], "age", "tens") or not any(n < ADULT for n in _numbers([word])):
            if word == "18" and place and tokens[place - 1].gap.strip() == "<":
                return True
            continue
        if _is(before[1], "age", "before") or (_is(after[0], "age", "after") and not _is_a_time(before, after)):
            return True
    return False


def _is_a_time(before: Sequence[str], after: Sequence[str]) -> bool:
    """Say whether years are of a sentence or of work and no age: "16 years in prison", not "16 years of age"."""
    counted = any(_is(word, "age", "not_before") for word in before)
    return counted or (_is(after[1], "age", "not_after") and not _is(after[2], "age", "before"))
