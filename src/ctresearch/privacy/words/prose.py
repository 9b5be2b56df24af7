"""Texts that speak of people: a case told in words, and numbers of people too small to be named."""

from __future__ import annotations

import re

from ctresearch.privacy.reading.grid import unmarked
from ctresearch.privacy.reading.numbers import spoken
from ctresearch.privacy.vocabulary.vocabulary import any_of, capitalised
from ctresearch.privacy.words.counted_in_words import few_in_words
from ctresearch.privacy.words.identifiers import snake
from ctresearch.privacy.words.people_in_text import BETWEEN, MANY_PEOPLE, ONE_PERSON
from ctresearch.privacy.words.record_tables import ATTRIBUTE
from ctresearch.privacy.words.shares_in_text import small_shares_text

_NUMERALS = {"one": 1, "single": 1, "two": 2, "couple": 2, "both": 2, "three": 3, "four": 4}
_PEOPLE = rf"(?:{ONE_PERSON}|{MANY_PEOPLE})"
_NUMERAL = any_of("numbers.few")
_NUMERAL_OR_DIGITS = rf"({_NUMERAL}|\d{{1,6}})"
_ARGUED = rf"(?!\s+{any_of('around.of_an_argument')}\s+{any_of('around.argues')}\b)"
_A_RATE = (
    r"(?!\s+(?:per|in|of every)\s+(?:(?!(?:19|20)\d\d\b)\d"
    rf"|{any_of('numbers.bases')}(?=\s*(?:$|[.,;:)]|(?:is|are|was|were)\b))))"
)
_FEW = re.compile(
    rf"(?i)(?<![\w.,/-])(?:(\d{{1,6}}|{any_of('numbers.several')}{_ARGUED})\s+{BETWEEN}{MANY_PEOPLE}"
    rf"|(1)\s+{BETWEEN}{ONE_PERSON})\b{_A_RATE}"
)
_NOT_COUNTED = re.compile(
    rf"(?i)(?:\b(?:{any_of('around.not_counted')}|article \d+ and)|(?:\d|one|two|three) {any_of('around.ratios')}"
    r"|(?!(?:19|20)\d\d[ ])[\d,]\d\d\d[ ])[ ]?$"
)
_SINGLE = re.compile(
    rf"(?i)\b{any_of('numbers.single')} {BETWEEN}{ONE_PERSON}\b"
    rf"|\bthere (?:was|is) one {BETWEEN}(?!case\b){ONE_PERSON}\b(?! (?:per|for|in (?:every|each|\d)))"
)
_WORDED = re.compile(
    rf"(?i)\ball but {_NUMERAL_OR_DIGITS}\b(?! (?:lists?|models?|columns?))|\ba (couple) of {MANY_PEOPLE}\b"
    rf"|\b(both) (?!cases){MANY_PEOPLE}\b(?!,? (?:and|or)\b)"
    rf"|\bonly {_NUMERAL_OR_DIGITS} (?:was|were) (?:an? )?{_PEOPLE}\b"
    rf"|(?<![\w.,/-])(\d{{1,6}}) (?:were |was )?{any_of('around.rescued')}(?=\s*(?:$|[.;,\n]))"
)
_YEAR = (
    r"(?:\s*[(,]?\s*(?:(?:in|of|for|during)\s+)?(?:the year\s+)?(?:19|20)\d\d(?:[/–-]\d{2,4})?\)?"
    r"(?=\s*[:=–—(]))?"
)
_ENDS = r"(?=\s*(?:$|[.,;:)\n]|(?:and|from|in|at|aged|under|over|who|of|with)\b))"
_WERE = re.compile(
    rf"(?i)(?<![\w.,/-])(\d{{1,6}}|{_NUMERAL})(?: of (?:them|these|those|whom))?(?:\s*\(\d+(?:\.\d+)?\s?%\))? "
    rf"(?:was|were) (?:an? )?{BETWEEN}{_PEOPLE}\b{_ENDS}"
)
_NUMBERED = re.compile(
    rf"(?i)\bnumber of {BETWEEN}{MANY_PEOPLE}(?:\s+in\s+(?:19|20)\d\d)?\s+(?:is|was|were)\s+(?:only\s+|just\s+)?"
    rf"(\d{{1,6}}|{_NUMERAL})\b(?![.,]\d|\s*(?:%|to\b|or\b|times\b|per\b))"
    rf"|\b{MANY_PEOPLE}\s+(?:in\s+(?:19|20)\d\d\s+)?numbered\s+(?:only\s+|just\s+)?(\d{{1,6}}|{_NUMERAL})\b"
    rf"|\b(?:all|everyone|everybody)\b[^.\n]{{0,40}}\bexcept(?: for)? {_NUMERAL_OR_DIGITS}(?=\s*(?:$|[.,;]))"
)
_LABELLED = re.compile(
    rf"(?i)(?<![\w-]){_PEOPLE}{_YEAR}"
    r"(?:\s*(?:[:=–—]|[ ]-)\s*|\s*\(|[ ](?=\d+\s*(?:$|[;<\n])))(?:n\s*=\s*)?(\d{1,6})"
    r"(?![\w%+/]|[.,:]\d|\s?[-–]\s?\d|\s*(?:%|years?|months?|times|lists|per\b|to \d|or more|and over))",
    re.MULTILINE,
)
_AFTER_COMMA = re.compile(rf"(?i)(?<![\w-]){_PEOPLE},\s(\d{{1,6}})\s*(?=$|[;\n])", re.MULTILINE)
_N_EQUALS = re.compile(
    rf"(?<![\w.])[nN](?:_\{{?{any_of('numbers.subscripts')}\}}?)?(?:\s*[=:]\s*|(?<=\(n)\s+)(\d+)(?![\d.,]*\d)"
    rf"(?!\s+(?!{MANY_PEOPLE}\b|was\b|is\b|has\b|does\b)[a-z]+s\b)"
)
_PART_OF = re.compile(
    rf"(?i)(?<![\w.,/-])(\d+) of (?:the |all )?(\d{{1,3}}(?:[, ]\d{{3}})+|\d+) {BETWEEN}{MANY_PEOPLE}\b"
)
_OF_WHOM = re.compile(
    rf"(?i)\bof (?:all |the |these |those ){{0,2}}(\d{{1,3}}(?:[, ]\d{{3}})+|\d+) {BETWEEN}{MANY_PEOPLE}\b"
    rf"[^.;:\n]{{0,60}}?,\s+(?:only |just )?(\d{{1,6}}|{_NUMERAL})\b"
    rf"(?![.,]\d|\s*(?:%|per\b|{any_of('around.things')}\b))"
)
_WITH_A_SHARE = re.compile(r"(?m)^\s*(\d{1,6})\s*[(\[]\s*\d+(?:[.,]\d+)?\s*%\s*[)\]]\s*$")
# the number of a section: before a capital, in a heading of few words that says nothing of them
_SECTION = re.compile(r"(?m)(?<=# )\d{1,2}\.?(?= [A-Z]\w*(?: (?!was\b|were\b|from\b|had\b)\w+){0,3}$)")
_SMALLEST_BASE = 10  # one of four is a ratio, 119 of 120 is a count
_BEFORE_A_WORD = re.compile(
    r"(?i)([^\W\d_][\w.-]*\s+)?(?<![\w.,/+=<>:%-])(\d{1,2})\s+([^\W\d_][\w-]*(?:\s+[^\W\d_][\w-]*)?)"
)
_THING = any_of("around.things")
_NO_PEOPLE = re.compile(
    rf"(?i){any_of('around.things', 'around.no_adjectives', 'around.around_a_label')}\b|\w+\s+{_THING}\b"
)
_NUMBERED_THING = re.compile(rf"(?i)^(?:{any_of('around.not_counted', 'around.things')})s?\b")
_SEX = any_of("one.sexes", "one.grown")
_LABEL = any_of("one.harmed", "one.heard", "one.served", "person.told_of")
_WHO = any_of(
    *("one.grown", "one.sexes", "one.young", "one.harmed", "one.moving", "one.parents"),
    *("one.french", "one.spanish", "one.german"),
)
_TENS, _UNITS, _TEENS = any_of("numbers.tens"), any_of("numbers.units"), any_of("numbers.teens")
_AGE = rf"(?:\d{{1,2}}|{_UNITS}|{_TEENS}|{_TENS}(?:-{_UNITS})?)"
_NO_BAND = r"(?!\s*(?:to|or|and (?:over|under|above|below|older|younger)|[-–])|\+|[.,]\d|\s*%)"
_NARRATIVE = re.compile(
    rf"(?i)\b{_LABEL}\s*(?:no\.?|nr\.?|id|number)?\s*[:#]?\s*[A-Z]{{0,4}}-?\d{{2,}}\b"
    rf"(?:[^.\n]{{0,60}}\b(?:{_SEX}|aged?\s*\d{{1,2}}|\d{{1,2}}[\s-]*(?:years?|y/o|yo))\b|,\s*[FM],\s*\d\d\b)"
    rf"|\b(?:an?|the|one|this)\s+(?:[^\W\d_]+\s+)?{_AGE}[\s-]years?[\s-]old\b"
    rf"|[(,;]\s*{_SEX},\s*(?:aged?\s*)?\d{{1,2}}\b(?!\s*%|[.,]\d)"
    rf"|\b(?:an?|one|this)\s+(?:[^\W\d_]+\s+){{0,2}}{_WHO}"
    rf"(?:,?\s+(?:who (?:is|was)\s+)?aged?\s+{_AGE}\b{_NO_BAND}(?=[,.);\s]|$)"
    rf"|,\s+\d{{1,2}}(?=[,.;)]\s)|\s+of\s+{_AGE}\s+years\b(?! (?:or|and))|\s+\(\d{{1,2}}\))"
    rf"|\b\d{{1,2}}\s?(?:yo|y/o|y\.o\.)\s+(?:[^\W\d_]+\s+)?{_WHO}\b"
    rf"|\b(?:she|he)\s+was\s+(?:only\s+|just\s+|about\s+)?{_AGE}\s+(?:years\s+old\s+)?(?:when|at the time)\b"
    rf"|\bone\s+(?:{_WHO}|interviewee|respondent|case),?\s+(?:was\s+)?an?\s+[^\W\d_][^,.\n]{{2,40}},"
    r"|\b(?:une? (?:fille|femme|garçon|homme|jeune \w+)|un[ao]? (?:niñ[ao]|mujer|hombre|chic[ao])) de \d{1,2} a[nñ]"
    r"|\beine?n? \d{1,2}-jährige"
    r"|\b(?:an?|one|this)\s+(?:[^\W\d_]+\s+){1,2}?[^\W\d_]+,\s+\d{2},\s+(?:was|had|who|from|told|said|is)\b"
)
_ROW = re.compile(r"[(\[]([^()\[\]\n]{8,})[)\]]")
_FIELDS = {
    "sex": re.compile(rf"^(?:{capitalised('one.grown', 'one.sexes', either=True)}|[FfMm])$"),
    "age": re.compile(r"^(?:\d{1,2}--?\d{1,2}|\d{2}\+|[1-9]\d?)$"),
    "country": re.compile(r"^[A-Z]{3}$"),
    "year": re.compile(r"^(?:19|20)\d\d$"),
}


def row_level_text(text: str) -> bool:
    """Say whether a text describes a person: a case with sex or age told in words, or a row printed as a tuple or list.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    bool
        ``True`` if it does.

    Examples
    --------
    >>> row_level_text("Case 0417: girl, recruited by a relative"), row_level_text("In 2017, 412 girls")
    (True, False)
    >>> row_level_text("('Woman', 17, 'NGA')"), row_level_text("A sixteen-year-old girl from the coast")
    (True, True)
    >>> row_level_text("a child aged 16 or under"), row_level_text("A girl, 16, from the coast")
    (False, True)
    """
    return _NARRATIVE.search(text) is not None or any(_is_a_row(match[1]) for match in _ROW.finditer(text))


def small_counts_text(text: str, threshold: int) -> int:
    """Count the places where a text speaks of fewer people than a threshold.

    Parameters
    ----------
    text : str
        Any text.
    threshold : int
        Smallest number that may be named.

    Returns
    -------
    int
        Places such as three men, n = 2, or 119 of 120 victims.

    Examples
    --------
    >>> small_counts_text("Only 3 men were found among 120 cases (n = 2)", 5)
    2
    >>> small_counts_text("119 of 120 victims were women; victims: 3; 0.5% of the 400 victims", 5)
    3
    >>> small_counts_text("2020: 3 victims. Victims in 2020: 3. Of 120 victims, three were men.", 5)
    3
    >>> small_counts_text("2 victims per 100,000; 412 girls; 1 in 4 victims; at least 2 people; n = 3 lists", 5)
    0
    """
    text = _SECTION.sub("", unmarked(text))
    found = [m for pattern in (_FEW, _WERE) for m in pattern.finditer(text)]
    found = [m for m in found if not _NOT_COUNTED.search(text[max(0, m.start() - 24) : m.start()])]
    found = [
        m for m in found if not (m[0].lower().endswith("cases") and not m[0][0].isdigit())
    ]  # two cases of an argument
    found += [
        m
        for pattern in (_WORDED, _LABELLED, _AFTER_COMMA, _N_EQUALS, _NUMBERED, _WITH_A_SHARE)
        for m in pattern.finditer(text)
    ]
    at = {match.start(i): match[i].lower() for match in found for i in range(1, match.re.groups + 1) if match[i]}
    # a number that two patterns see stands in one place
    few = {i for i, word in at.items() if 0 < _NUMERALS.get(word, int(word) if word.isdigit() else 0) < threshold}
    told = len(few)
    parts = [_small_part(int(m[1]), spoken(m[2]), threshold) for m in _PART_OF.finditer(text)]
    parts += [
        _small_part(_NUMERALS.get(m[2].lower()) or spoken(m[2]), spoken(m[1]), threshold)
        for m in _OF_WHOM.finditer(text)
        if m.start(2) not in few
    ]
    told += sum(parts) + small_shares_text(text, threshold) + len(_SINGLE.findall(text))
    return told or few_in_words(text, threshold)


def small_numbers(text: str, threshold: int) -> int:
    """Count the small numbers in a text that may be of people, in whatever language: none of things, and no label.

    Parameters
    ----------
    text : str
        Any text.
    threshold : int
        Smallest number that may be named.

    Returns
    -------
    int
        Whole numbers before a word that is no thing, and not behind one that makes them a label.

    Examples
    --------
    >>> small_numbers("2 minore din sat", 5), small_numbers("Converged after 4 iterations; table 2 shows it", 5)
    (1, 0)
    """
    found = [m for m in _BEFORE_A_WORD.finditer(text) if 0 < int(m[2]) < threshold]
    return sum(not _NO_PEOPLE.match(m[3]) and not _NUMBERED_THING.search(m[1] or "") for m in found)


def _small_part(part: int, base: int, threshold: int) -> bool:
    """Say whether a part of a number of people, or the rest, is small."""
    return base >= _SMALLEST_BASE and (0 < part < threshold or 0 < base - part < threshold)


def _is_a_row(inside: str) -> bool:
    """Say whether what stands in brackets is a person's row: named attributes, or sex with two other kinds of value."""
    fields = [field.strip(" ,") for field in re.split(r",|(?<=['\"])\s+(?=['\"\d])|(?<=\d)\s+(?=['\"])", inside)]
    named = [field.split("=")[0] for field in fields if "=" in field]
    if sum(ATTRIBUTE.match(snake(name)) is not None for name in named) >= 2:
        return True
    plain = [field.strip("'\"") for field in fields]
    kinds = {kind for field in plain for kind, pattern in _FIELDS.items() if pattern.match(field)}
    return "sex" in kinds and len(kinds) >= 3
