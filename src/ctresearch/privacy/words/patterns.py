"""What direct identifiers look like in a text: contacts, papers, accounts, places, dates of birth, numbers of cases."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from ctresearch.privacy.vocabulary.vocabulary import any_of

if TYPE_CHECKING:
    from collections.abc import Callable

_BORN = any_of("identifiers_in_texts.born")
_DATE = r"(?:\d{4}-\d\d-\d\d|\d{1,2}\.?[-/. ]\w+[-/. ]\d{2,4})"
_STREET, _PAPER = any_of("identifiers_in_texts.streets"), any_of("identifiers_in_texts.papers")
_VEHICLE, _CASE = any_of("identifiers_in_texts.vehicles"), any_of("identifiers_in_texts.cases")
PATTERNS = {
    "an e-mail address": re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}\.[A-Za-z]\w"),
    "a telephone number": re.compile(
        r"(?<![\w.])(?:\+\d{1,3}|00[1-9]\d{0,2}[ -])(?:[\s()-]*\d){8,12}(?![\d.])"
        r"|(?<![\w.,-])(?:\(0\d{2,4}\)|0(?=[01]*[2-9])\d{2,4})[ -]\d{3,4}[ -]?\d{3,4}(?![\w.-])"
        r"|(?<![\w.,-])\(?\d{3}\)?[ -]\d{3}-\d{4}(?![\w.-])"
        rf"|\b(?i:{any_of('identifiers_in_texts.telephones')})\b\W{{0,3}}(?:(?:no|number|nr)\W{{0,3}})?"
        r"\d(?:[ -]?\d){6,13}(?![\d.])"
    ),
    "a titled name": re.compile(rf"\b{any_of('person.titles')}\.?\s+[A-ZÀ-Þ][a-zà-ÿ'’-]+"),
    "a date of birth": re.compile(
        rf"(?i)\b(?:{_BORN})\b['\"]?\W{{0,3}}{_DATE}|\bborn (?:in|at) [^.\n]{{2,40}} on (?:the )?{_DATE}"
    ),
    "a passport or identity number": re.compile(
        rf"(?i)\b(?:{_PAPER})\b\s*(?:no|nr|number)?\W{{0,3}}(?=\w*\d)[A-Z0-9]{{6,}}"
        rf"|\b(?:{_PAPER})\b\s*(?:no|nr|number)?\W{{0,3}}\d{{2,4}}(?:[ -]\d{{2,5}}){{2,}}"
        r"|(?<![\w.-])\d{3}-\d\d-\d{4}(?![\w.-])|\b(?-i:[A-CEGHJ-PR-TW-Z]{2} ?\d\d ?\d\d ?\d\d ?[A-D])\b"
    ),
    "a number of a case": re.compile(
        rf"(?i)\b{_CASE}\s*(?:no|nr|number|id|ref(?:erence)?)?\.?\s*[:#]?\s*"
        r"(?:[A-Z]{1,6}[-/](?:\d{2,4}[-/])?\d{3,}|(?:19|20)\d\d/\d{3,}|\d{3,}/(?:19|20)\d\d)(?![\w.])"
    ),
    "a street address": re.compile(
        rf"\b\d{{1,4}}[A-Za-z]?,? (?:[A-ZÀ-Þ][\w'’-]* ){{1,3}}{_STREET}(?!\w)"
        r"|\b[A-ZÄÖÜ][a-zäöüß]{2,}(?:straße|strasse|gasse) \d{1,4}\b"
        r"|\b\d{1,4},? rue (?:de |du |des )?[A-ZÀ-Þ]|\b(?:Calle|Via|Rua) [A-ZÀ-Þ]\w+,? \d"
        r"|(?<![\w-])(?:[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2})(?![\w-])"
    ),
    "an account of a social network": re.compile(
        rf"(?i)\b{any_of('identifiers_in_texts.networks')}(?:\.com)?/@?\w[\w.]{{2,}}"
        r"|(?<=[^\s\w.@/][ ])@\w[\w.]{2,29}\b(?!\s*[/({])"
        r"|(?<=[a-z][ ])@(?=\w*[\d_])\w{3,30}\b(?!\s*[/({])"
    ),
    "exact coordinates": re.compile(
        r"\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:\.\d+)?\s?[\"″”]\s?)?[NSEWO]\b"
        r"|(?i:\"point\"[^{}]{0,20}\"coordinates\"\s*:\s*)\[\s*-?\d{1,3}\.\d{3,}"
        rf"|\b(?i:{any_of('identifiers_in_texts.where')})\b\W{{0,3}}-?\d{{1,2}}\.\d{{3,}}\s*°?\s*[NS]?"
        r"\s*[,;/ ]\s*(?:(?i:lon(?:gitude)?|lng)\W{0,3})?-?\d{1,3}\.\d{3,}"
    ),
    "a number plate": re.compile(
        rf"(?i)\b{_VEHICLE}\b\W{{0,3}}(?:no\W{{0,3}}|number\W{{0,3}})?"
        r"(?-i:(?=[A-Z0-9 -]*\d)(?=[A-Z0-9 -]*[A-Z])[A-Z0-9]{1,4}(?:[ -][A-Z0-9]{1,4}){1,3}"
        r"|[A-Z]{2,3}\d{3,5}[A-Z]{0,3})(?!\w)"
    ),
    "an address on the internet": re.compile(
        rf"(?i)\b{any_of('identifiers_in_texts.addresses')}\b\W{{0,3}}(?:address\W{{0,3}})?"
        r"(?:\d{1,3}\.){3}\d{1,3}(?![\w.])"
    ),
}
_DRAWN = re.compile(r"\s(?:d|points|transform|viewBox|values|id|style|clip-path)=\"[^\"]*\"")
_IBAN = re.compile(r"(?<![\w-])[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![\w-])")
_CARD = re.compile(r"(?<![\w./-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w.-])")
_DIGEST = re.compile(r"(?<![\w-])(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{16}(?![\w-])")  # a name under a secret key
_OF_NO_PERSON = re.compile(
    rf"(?i)(?:\b|_){any_of('identifiers_in_texts.of_no_person')}(?:_?id)?\W{{0,3}}(?:[0-9a-f]{{16}} to )?$"
    r"|\b10\.\d{4,}/\S*$"  # the end of a digital object identifier
)


def kinds_in_text(text: str) -> list[str]:
    """Name the kinds of number, contact and place that point at one person.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    list of str
        Kinds, never the identifiers themselves.

    Examples
    --------
    >>> kinds_in_text("paid to GB82 WEST 1234 5698 7654 32"), kinds_in_text("GB82 WEST 1234 5698 7654 33")
    (['a number of a bank account'], [])
    """
    text = _DRAWN.sub(" ", text) if "<svg" in text else text
    kinds = [kind for kind, pattern in PATTERNS.items() if pattern.search(text)]
    checked: list[tuple[str, re.Pattern[str], Callable[[str], bool]]] = [
        ("a number of a bank account", _IBAN, _is_iban),
        ("a number of a card", _CARD, _is_card),
    ]
    if any(not _OF_NO_PERSON.search(text, max(0, m.start() - 40), m.start()) for m in _DIGEST.finditer(text)):
        kinds.append("a keyed pseudonym")
    return kinds + [kind for kind, pattern, holds in checked if any(holds(m[0]) for m in pattern.finditer(text))]


def _is_iban(text: str) -> bool:
    """Verify the two check digits of an international bank account number."""
    plain = text.replace(" ", "")
    return 15 <= len(plain) <= 34 and int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def _is_card(text: str) -> bool:
    """Verify the check digit of a payment card: it begins with 2 to 6, and identifiers of researchers with 0."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [n if i % 2 else sum(divmod(2 * n, 10)) for i, n in enumerate(digits)]
    return digits[0] in range(2, 7) and sum(doubled) % 10 == 0 and any(a != b for a, b in pairwise(digits))
