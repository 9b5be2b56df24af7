"""Dates, telephones, papers and addresses on the net: what is found by its figures and the words beside them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from ctresearch.qualitative.transcripts.letters import plain
from ctresearch.qualitative.transcripts.vocabulary import Language, language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Kind = Literal["NAME", "PLACE", "DATE", "PHONE", "PAPER", "CONTACT"]
KINDS: tuple[Kind, ...] = ("NAME", "PLACE", "DATE", "PHONE", "PAPER", "CONTACT")


@dataclass(frozen=True, slots=True)
class Found:
    """An identifier in a text, or a place where one may stand: which letters, of what kind, and why."""

    start: int
    end: int
    kind: Kind
    why: str
    sure: bool = True


_CONTACTS = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{2,24}){1,4}"
    r"|(?:https?://|www\.)[^\s<>\"'\u00bb\u201d]*[\w/]"
    r"|(?<![\w@.])@[A-Za-z_][\w.]{1,28}\w"
)
_IBAN = r"[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?"
_NUMERIC = (
    r"\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:\d{4}|\d\d)",
    r"\d{4}[./-]\d{1,2}[./-]\d{1,2}",
)
_YEAR = r"(?:1[89]|20)\d\d"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_SUFFIX = r"(?:st|nd|rd|th|er|ero|o|a|-?(?:i|e|го|е|и|a|lea))?"
_PHONE = re.compile(r"(?<![\w.,])(?:\+|00)? ?(?:\(\+?\d{1,5}\)[ .-]?)?\d+(?:(?: ?[-./] ?| № ?| )?\(?\d+\)?)*(?!\w)")
_YEARS = re.compile(rf"{_YEAR}\s?[-/]\s?(?:{_YEAR}|\d\d)")
_TIMES = re.compile(r"\d{1,2}[.:]\d\d\s?-\s?\d{1,2}[.:]\d\d")
_LETTERED = re.compile(
    r"(?<![\w/-])(?:[A-ZА-Я]{1,4}[ /-]?(?:№ ?)?\d[\w/-]{2,24}|\d{1,12}[A-ZА-Я][\w/-]{2,24}"
    r"|\d{5,12}-?[A-ZА-Я]|\d{1,8}[/-][A-ZА-Я]{1,4}[/-]\d{2,6})(?![\w/])"
)
_PLATE = re.compile(r"(?<![\w-])(?=[\w -]*\d)[A-ZА-Я0-9]{1,3}[ -]?[A-ZА-Я0-9]{2,4}(?:[ -][A-ZА-Я0-9]{2,4})?(?![\w-])")
_A_YEAR = re.compile(r"^[^\W\d_]{1,3} (?:19|20)\d\d$")
_FIGURES = re.compile(r"(?<![\w])\d[\d./ №-]{2,}\d(?:[-/][A-Z\d]{1,4})?(?!\w)")
_ANY_NUMBER = frozenset(
    [
        "number",
        "numero",
        "номер",
        "номеру",
        "numar",
        "numarul",
        "so",
        "رقم",
        "رقمي",
        "رقمه",
        "رقمها",
        "الرقم",
        "line",
        "card",
    ]
)
_NEAR = 48  # letters before a number in which a word may say what it is


def _any(words: Iterable[str]) -> str:
    """Write the pattern of any one of some words."""
    return "(?:" + "|".join(re.escape(word) for word in sorted(set(words), key=len, reverse=True)) + ")"


@cache
def _dates(code: str) -> tuple[re.Pattern[str], ...]:
    """Compile what dates look like in a language, written without accents."""
    lists = language(code).lists
    patterns = [rf"(?<![\d./-])(?:{one})(?![\d/-]|\.\d)" for one in _NUMERIC]
    if code == "vi":
        word = _any(plain(w) for w in f"{lists['ordinals']} gieng chap tu".split())
        day, month = rf"(?:{_DAY}|{word}(?: {word})?)", rf"(?:1[0-2]|0?[1-9]|{word}(?: {word})?)"
        year = rf"(?: ?[,/-]? ?(?:nam )?{_YEAR}| nam {word}(?: (?:{word}|nghin|ngan|tram|linh|le|muoi|khong)){{1,7}})"
        patterns += [
            rf"\b{day},? thang {month}\b{year}?",
            rf"(?<=thang ){month}{year}",
            rf"(?<=ngay ){_DAY}[/.-](?:1[0-2]|0?[1-9])(?![\d/])",
            rf"(?<=mung ){_DAY}[/.-](?:1[0-2]|0?[1-9])(?![\d/])",
        ]
        return tuple(re.compile(one) for one in patterns)
    named = [plain(w) for w in [*lists["months"].split(), *lists.get("months_of_two", [])]]
    short = _any(w for w in named if len(w) <= 4) if code != "ar" else "(?!)"
    months = rf"(?:{_any(named)}\b|{short}\.)"
    links = _any(plain(w) for w in lists["link"].split()) if lists["link"] else "(?!)"
    ordinals = _any(plain(w) for w in lists["ordinals"].split())
    spelled = _any(plain(w) for w in lists["year_words"].split()) if lists["year_words"] else "(?!)"
    link = rf"(?:(?:{links}|من|شهر)\s?){{0,2}}"
    year = rf"(?:,?\s(?:{links}\s?|(?:an(?:ul)?|ano|ano de|سنه|عام|في عام|سنة)\s)?(?:{_YEAR}|'\d\d))\b"
    worded = rf"(?:,?\s(?:{links}\s?)?{spelled}(?:[ -]{spelled}){{1,6}})\b"
    day = rf"(?:{_DAY}{_SUFFIX}|{ordinals}(?:[ -](?:{ordinals}|si unu|y uno|e um))?)"
    patterns += [
        rf"(?<![\w/]){day}\.?(?:\s?(?:-|to|and|si|et|y|e|по|и)\s?{day})?\s{link}{months}(?:{year}|{worded})?",
        rf"(?<!\w){months}\s(?:the\s)?{_DAY}{_SUFFIX}(?![\d:])(?:,?\s{_YEAR}|,?\s'\d\d)?\b",
        rf"(?<!\w){months}(?:{year}|/{_YEAR}\b|-{_YEAR}\b)",
        rf"(?<!\w)(?:1[0-2]|0?[1-9])/{_YEAR}(?!\w)",
    ]
    return tuple(re.compile(one) for one in patterns)


def _free(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    """Say whether no letter of a span is taken."""
    return all(end <= begin or start >= stop for begin, stop in taken)


def numbers_in(text: str, own: Language, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Find contacts, dates, papers and telephones.

    Parameters
    ----------
    text : str
        A text, in composed letters.
    own : Language
        Its language.
    taken : list of tuple
        Spans that are found already; what is found is added.

    Yields
    ------
    Found
        One identifier, or a number that a person should look at.
    """
    small = plain(text)
    for match in _CONTACTS.finditer(text):
        yield from _take(match.start(), match.end(), "CONTACT", "written as an address", taken)
    for match in re.finditer(rf"(?<![\w-]){_IBAN}(?![\w-])", text):
        yield from _take(match.start(), match.end(), "PAPER", "written as an account", taken)
    for pattern in _dates(own.code):
        for match in pattern.finditer(small):
            start, end = match.start(), match.start() + len(match[0].rstrip(" .,"))
            yield from _take(start, end, "DATE", "written as a date", taken)
    yield from _papers(text, small, own, taken)
    yield from _phones(text, small, own, taken)
    yield from _spoken(small, own, taken)


def _take(
    start: int, end: int, kind: Kind, why: str, taken: list[tuple[int, int]], *, sure: bool = True
) -> Iterator[Found]:
    """Yield an identifier whose letters are free, and take them."""
    if _free(start, end, taken):
        taken.append((start, end))
        yield Found(start, end, kind, why, sure)


@cache
def _cue(code: str, name: str) -> re.Pattern[str]:
    """Compile the words that say what a number is."""
    own = language(code)
    words = [plain(w) for w in own.lists[name]]
    clitic = "(?:و|ف)?(?:ب|ل|ك)?" if code == "ar" else ""
    return re.compile(rf"(?<!\w){clitic}{_any(words)}(?!\w)")


@cache
def _own_cue(code: str) -> re.Pattern[str]:
    """Compile the words that say that a number is a telephone's, without those for any number."""
    words = [plain(w) for w in language(code).lists["phones"]]
    return re.compile(rf"(?<!\w){_any(w for w in words if w not in _ANY_NUMBER)}(?!\w)")


def _behind(small: str, at: int, cue: re.Pattern[str]) -> int:
    """Return how far before a place the last word stands that says what follows; -1 where none is in its sentence."""
    before = re.split(r"[!?;\n]|\.\s+(?=\w{3})", small[max(at - _NEAR, 0) : at])[-1]
    ends = [match.end() for match in cue.finditer(before)]
    return len(before) - ends[-1] if ends else -1


def _papers(text: str, small: str, own: Language, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Find numbers of papers, cases, accounts and plates."""
    cue = _cue(own.code, "papers")
    for match in _LETTERED.finditer(text):
        digits = sum(c.isdigit() for c in match[0])
        upper = not any(c.islower() for c in match[0])
        near = _behind(small, match.start(), cue) >= 0
        parted = re.match(r"[^\W\d_]+ ", match[0]) is not None and digits < 5
        if not parted and ((digits >= 5 and upper) or (near and digits >= 3 and upper) or digits >= 7):
            yield from _take(match.start(), match.end(), "PAPER", "letters and figures as on a paper", taken)
    for match in _FIGURES.finditer(small):
        digits, plainly = sum(c.isdigit() for c in match[0]), match[0].strip()
        phone = _behind(small, match.start(), _own_cue(own.code))
        paper = _behind(small, match.start(), cue)
        if (
            paper < 0
            or (0 <= phone < paper)
            or _YEARS.fullmatch(plainly)
            or small[match.start() - 1 : match.start()] == "+"
        ):
            continue
        direct = bool(
            re.search(r"(?:№|#|n[ro°º]\.?|number|numero|номер|серия|seria|رقم|so)\W{0,3}$", small[: match.start()])
        )
        if (digits >= 5 or (direct and digits >= 4)) and not _is_amount(text, match.end(), plainly, own):
            yield from _take(match.start(), match.end(), "PAPER", "figures behind the word for a paper", taken)
    for match in _PLATE.finditer(text):
        lettered = any(c.isalpha() for c in match[0]) and sum(c.isdigit() for c in match[0]) >= 2
        if lettered and not _A_YEAR.search(match[0]) and _behind(small, match.start(), cue) >= 0:
            yield from _take(
                match.start(), match.end(), "PAPER", "letters and figures behind the word for a paper", taken
            )


def _is_amount(text: str, end: int, figures: str, own: Language) -> bool:
    """Say whether figures are an amount: of money, of people, of a measure."""
    unit = re.match(r"\s?(?:[€$£₽₫]|([^\W\d_]+))", text[end:])
    units = own.words("money")
    if unit is not None and (
        unit[1] is None or own.key(unit[1]) in units or (own.code != "vi" and unit[1] in {plain(u) for u in units})
    ):
        return not figures.startswith(("0", "+"))
    return False


def _phones(text: str, small: str, own: Language, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Find telephone numbers."""
    cue = _cue(own.code, "phones")
    for match in _PHONE.finditer(small):
        start = match.start() + len(match[0]) - len(match[0].lstrip())
        end = start + len(match[0].strip())
        figures = small[start:end]
        digits = sum(c.isdigit() for c in figures)
        if not 6 <= digits <= 20 or _YEARS.fullmatch(figures) or _TIMES.fullmatch(figures):
            continue
        if _is_amount(text, end, figures, own) or small[max(start - 1, 0) : start] in ("€", "$", "£"):
            continue
        groups = re.findall(r"\d+", figures)
        grouped = len(groups) > 1 and len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:])
        near = _behind(small, start, cue) >= 0
        dialled = figures.startswith(("+", "0", "("))
        if grouped and not (near or dialled) and digits < 9:
            continue  # thousands and millions, of whatever
        if digits >= 9 or (digits >= 7 and (near or dialled or "-" in figures)) or (digits == 6 and near):
            yield from _take(start, end, "PHONE", "figures as of a telephone", taken)
        elif digits >= 7 and len(groups) == 1:
            yield from _take(start, end, "PHONE", "a long number", taken, sure=False)


def _spoken(small: str, own: Language, taken: list[tuple[int, int]]) -> Iterator[Found]:
    """Find telephone numbers that were spoken figure by figure."""
    word = _any(plain(w) for w in own.lists["digits"].split())
    for match in re.finditer(rf"(?<!\w){word}(?:[ ,-]{{1,2}}{word}){{5,}}(?!\w)", small):
        yield from _take(match.start(), match.end(), "PHONE", "figures spoken one by one", taken)
