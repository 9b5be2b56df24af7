"""Values that look like the name of a person, as a cell, a parameter or a line of text may hold one.

Two capitalised words are no name by themselves, as "Hotel Cleaning" and "Palermo Protocol" show. A value is taken for a
name if one of its words is a common given name and its shape is that of a name; or if the column, parameter or label
says that it names people and the value is no word of the field.
"""

from __future__ import annotations

import re

from ctresearch.privacy.vocabulary.vocabulary import any_of, capitalised, column, listed
from ctresearch.privacy.words.given_names import CHINESE_SURNAMES, GIVEN_NAMES, NAMES_THAT_ARE_WORDS
from ctresearch.privacy.words.named_persons import drawn_texts, labelled_by_names, named_beside

_PARTICLE = any_of("person.particles")
_CAPITAL = r"(?:[^\W\d_a-zß-ÿ][\w'’-]*\.?)"
_NAME = rf"{_CAPITAL}(?:[ ]+(?:{_PARTICLE}[ ]+){{0,2}}{_CAPITAL}){{1,3}}"
_SHAPE = re.compile(rf"^{_NAME}$")
_COMMA = re.compile(rf"^{_CAPITAL}(?:[ -]{_CAPITAL})?,[ ]?{_CAPITAL}(?:[ ]{_CAPITAL})?$")
_RUN = re.compile(rf"(?<![\w/.@-]){_NAME}")
_WORDS = re.compile(r"^[^\W\d_]+(?:[ '’-]+[^\W\d_]+){0,3}$")
_INITIALS = re.compile(r"^(?:[A-ZÀ-Þ]\.[ ]?){2,3}$")
_HAN = re.compile(r"^[\u4e00-\u9fff]{2,3}$")
_AGED = re.compile(r"(?<![\w.])([A-ZÀ-Þ][a-zà-ÿ'’-]+),\s*(?:aged?\s*)?[1-9]\d?(?=[,;.)\s]|$)(?![.,]\d)")
_LISTED = r"(?:[A-ZÀ-Þ][\w'’. -]{0,40}(?:,|\band\b|&)[ ]?(?:and[ ])?){0,6}"
_MADE_BY = (
    rf"(?:(?:^|[\n.;:|#*_>(]\s*)[Bb]y\b|(?i:\b{any_of('no_persons.works')} (?:by|of)\b)"
    rf"|(?i:\b{any_of('no_persons.makers')}\b)|©)"
)
_AUTHORSHIP = re.compile(rf"{_MADE_BY}\W{{0,6}}{_LISTED}$")
_PERSON = capitalised("person.before_a_name")
_ROLES = re.compile(rf"^(?:{_PERSON}[:,]?[ ]+)+")
_BEGINS = re.compile(rf"^(?:{capitalised('no_persons.beginnings', 'person.before_a_name')}[ ]+)+")
_YEAR = r"\s?[(\[,]?\s?(?:1[89]|20)\d\d\b"
_AUTHOR = r"[A-ZÀ-Þ][\w'’. -]{1,40}"
_CITED = re.compile(
    rf"^(?:,? et al\.?|(?:, {_AUTHOR}){{0,6}},? (?:and|&) {_AUTHOR}|,?[ ])?{_YEAR}"
    rf"|^'s {any_of('no_persons.named_after')}"
)
_ROLE = column(
    *("one.harmed", "one.accused", "one.tried", "one.heard", "one.served", "one.kin", "one.helping"),
    "one.anyone",
)
_NAMES_OF = column("cues.says_name")
_SAYS_NAME = re.compile(rf"^(?:{_NAMES_OF}_?name|surname|alias|(?:the_)?{_ROLE}_?name)$")
_PERSON_LIKE = re.compile(rf"^(?:the_|target_|focus_)?{_ROLE}s?$|^{column('cues.names')}s?$")
_STRICT = re.compile(rf"^(?:the_)?{_ROLE}$")
_NOT_PERSONS = frozenset(listed("no_persons.places", "no_persons.terms", "no_persons.months"))
_STYLE = re.compile(
    r"(?s)\sstyle=\"[^\"]*\"|\sfont-family=\"[^\"]*\"|<style\b[^<>]{0,200}>(?:<!\[CDATA\[)?[^<]*"
)  # fonts are called like people
_QUERY = re.compile(r"\b(\w+)`?\s*[!=]=\s*['\"]([^'\"\n]{2,60})['\"]")
_AGED_NAMES = (GIVEN_NAMES | NAMES_THAT_ARE_WORDS) - frozenset(listed("no_persons.months"))


def looks_like_a_person(value: object, variable: str = "") -> bool:
    """Say whether a value looks like the name of a person.

    Parameters
    ----------
    value : object
        Value of a cell or a parameter; only text can be a name.
    variable : str
        What it is assigned to, or the name of its column.

    Returns
    -------
    bool
        ``True`` if it does.

    Examples
    --------
    >>> [looks_like_a_person(v) for v in ("Jane Example", "Santos, Maria", "United Kingdom", "Brick Kilns", "uk-2013")]
    [True, True, False, False, False]
    >>> looks_like_a_person("maria"), looks_like_a_person("maria", variable="victim")
    (False, True)
    """
    if not isinstance(value, str) or not value or len(value) > 80:
        return False
    value = _ROLES.sub("", value.strip())
    words = _words(value)
    if not words or any(word in _NOT_PERSONS for word in words):
        return False
    if _shaped(value) and _has_given_name(words):
        return True
    if _HAN.match(value) and value[0] in CHINESE_SURNAMES:
        return True
    return _said_to_be_a_person(value, words, variable.strip().lower())


def names_in_text(text: str) -> bool:
    """Say whether a text names a person: a common given name with a surname, or with an age behind it.

    Parameters
    ----------
    text : str
        Any text. The names of authors, and of those who are cited with a year, do not count.

    Returns
    -------
    bool
        ``True`` if it does.

    Examples
    --------
    >>> names_in_text("Maria Santos told the court"), names_in_text("row 17 (Maria, 16, NGA)")
    (True, True)
    >>> names_in_text("by Jane Example; Kaplan Meier curves; Maria Santos (2014)")
    False
    >>> names_in_text("victim: Santos, Maria; place: Lagos"), names_in_text("place: Benin City, Nigeria")
    (True, False)
    >>> names_in_text("The trafficker, Ehi Osazuwa, was jailed."), names_in_text("<svg><text>Maria Santos</text></svg>")
    (True, True)
    """
    if "<svg" in text:
        labels = drawn_texts(text)
        text = "\n".join([_STYLE.sub(" ", text), *labels])
        if labelled_by_names(labels):
            return True
    if named_beside(text, _NOT_PERSONS):
        return True
    for match in _RUN.finditer(text):
        begins = _BEGINS.match(match[0])
        words = _words(match[0][begins.end() if begins else 0 :])
        if len(words) < 2 or not _has_given_name(words) or any(word in _NOT_PERSONS for word in words):
            continue
        start = match.start() + (begins.end() if begins else 0)
        before, after = text[max(0, start - 120) : start], text[match.end() : match.end() + 200]
        if not _AUTHORSHIP.search(before) and not _CITED.match(after):
            return True
    return any(m[1].lower() in _AGED_NAMES for m in _AGED.finditer(text)) or any(
        (_HAN.match(piece) and piece[0] in CHINESE_SURNAMES) or (_COMMA.match(piece) and looks_like_a_person(piece))
        for piece in map(str.strip, re.split(r"[\n<>'\"|;:=\t]+", text))
        if 0 < len(piece) < 60
    )


def quoted_name(text: str) -> bool:
    """Say whether a query picks out a person: a column of people, compared with a name in quotes.

    Parameters
    ----------
    text : str
        Such as what goes to ``DataFrame.query``.

    Returns
    -------
    bool
        ``True`` if it does.

    Examples
    --------
    >>> quoted_name("victim == 'Maria'"), quoted_name("victim == 'yes'")
    (True, False)
    """
    return any(looks_like_a_person(match[2], match[1]) for match in _QUERY.finditer(text))


def labelled_name(label: str, value: str) -> bool:
    """Say whether what stands behind a label in a text is a name.

    Parameters
    ----------
    label : str
        Such as ``"victim"``.
    value : str
        Two or more capitalised words.

    Returns
    -------
    bool
        ``True`` if it is; labels that also stand for other things, such as name and child, need a given name.

    Examples
    --------
    >>> labelled_name("suspect", "Ehi Osazuwa"), labelled_name("name", "Random Forest")
    (True, False)
    """
    words = _words(value)
    if any(word in _NOT_PERSONS for word in words):
        return False
    return label.lower() not in listed("person.of_other_things") or _has_given_name(words)


def _words(value: str) -> list[str]:
    """Cut a value into words in lower case; a double name is also its parts."""
    words = re.findall(r"[\w'’-]+", value.lower())
    return words + [part for word in words if "-" in word for part in word.split("-")]


def _has_given_name(words: list[str]) -> bool:
    """Say whether one of the words is a common given name."""
    return any(word in GIVEN_NAMES for word in words)


def _shaped(value: str) -> bool:
    """Say whether a value is written as a full name."""
    return (_SHAPE.match(value) or _COMMA.match(value)) is not None or (
        not value.isascii() and _WORDS.match(value) is not None and " " in value
    )


def _said_to_be_a_person(value: str, words: list[str], variable: str) -> bool:
    """Say whether a value is a name because of what it is assigned to."""
    says, like = _SAYS_NAME.match(variable) is not None, _PERSON_LIKE.match(variable) is not None
    if not (says or like):
        return False
    if says and (_WORDS.match(value) or _SHAPE.match(value)):
        return True
    if _INITIALS.match(value):
        return True
    also = words[0] in NAMES_THAT_ARE_WORDS and variable != "name"  # a place or a method has a name too
    if _WORDS.match(value) and (_has_given_name(words) or also):
        return True
    return _STRICT.match(variable) is not None and _SHAPE.match(value) is not None
