"""Countries: ISO 3166-1 codes, M49 numbers and United Nations regions, and names as sources write them.

``codelists/countries.csv`` holds one row a country or territory; ``XKX`` is a user-assigned code without an M49 number,
in use for Kosovo (as under Security Council resolution 1244). ``codelists/country-names.csv`` adds other names,
languages and nationalities. A nationality word is matched to a country and kept beside it: it stays the source's word.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.validate import one_of
from ctresearch.data.contents.codelist import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LOST = "\N{REPLACEMENT CHARACTER}"
# The second and later bytes of a letter in UTF-8 (80 to BF), as Latin-1 and as Windows-1252 show them.
_LATER = "[\u0080-\u00bf\u2018-\u203a\u20ac\u2122\u0152-\u0178\u02c6\u02dc\u0192\u2013\u2014]"
_MANGLED = re.compile(f"[\u00c2-\u00c5\u00d0\u00d1]{_LATER}|\u00e2{_LATER}{{2}}")
_STANDARDS = ("alpha3", "alpha2", "m49", "name", "region", "subregion")


@dataclass(frozen=True, slots=True)
class Country:
    """One country or territory.

    Parameters
    ----------
    alpha2, alpha3 : str
        Codes of ISO 3166-1.
    m49 : str
        Three digits of the United Nations; empty for a user-assigned code.
    name : str
        English name, as the United Nations write it where they list it.
    region, subregion : str
        M49 region and subregion.

    Examples
    --------
    >>> country("NGA").subregion
    'Western Africa'
    """

    alpha2: str
    alpha3: str
    m49: str
    name: str
    region: str
    subregion: str


def countries() -> pd.DataFrame:
    """Return the table of countries.

    Returns
    -------
    pandas.DataFrame
        One row a country or territory: ``alpha2``, ``alpha3``, ``m49`` (text, three digits), ``name``, ``region``,
        ``subregion``.

    References
    ----------
    .. [1] International Organization for Standardization (2020). ISO 3166-1: Codes for the representation of names of
       countries and their subdivisions, part 1.
    .. [2] United Nations Statistics Division. Standard country or area codes for statistical use (M49).

    Examples
    --------
    >>> countries().set_index("alpha3").loc["KHM", ["alpha2", "m49", "region"]].tolist()
    ['KH', '116', 'Asia']
    """
    return pd.DataFrame([{key: getattr(c, key) for key in Country.__dataclass_fields__} for c in _table()])


def country(word: str) -> Country | None:
    r"""Find the one country that a code, name or nationality stands for.

    Upper and lower case, accents and brackets do not count. Characters lost in a wrong encoding are taken as unknown
    letters; the word is matched only if one country fits. Words for two countries (``"Congo"`` is the Republic of the
    Congo in the United Nations list; ``"Korea"`` is neither) and words for groups are not guessed.

    Parameters
    ----------
    word : str
        Such as ``"NGA"``, ``"NG"``, ``"566"``, ``"Nigeria"``, ``"Nigerians"`` or ``"Espa\ufffda"``.

    Returns
    -------
    Country or None
        ``None`` where none or several fit.

    Examples
    --------
    >>> country("Espa\ufffda").alpha3, country("cote d'ivoire").alpha3, country("Korea") is None
    ('ESP', 'CIV', True)
    """
    if not isinstance(word, str) or not word.strip():
        return None
    text = repair_encoding(word).strip()
    found = _by_code().get(text) or _by_name().get(fold(text))
    if found is None and LOST in text:
        fits = {one.alpha3: one for one in _matching(text)}
        return next(iter(fits.values())) if len(fits) == 1 else None
    return found


def country_codes(words: Iterable[object], to: str = "alpha3") -> pd.Series[str]:
    """Translate a column of country words; the column itself is left as the source labels it.

    Parameters
    ----------
    words : iterable
        Codes, names or nationalities.
    to : {"alpha3", "alpha2", "m49", "name", "region", "subregion"}
        What to return.

    Returns
    -------
    pandas.Series
        Same length; missing where a word does not name one country. The index is kept.

    Raises
    ------
    SpecificationError
        If ``to`` is none of these.

    Examples
    --------
    >>> country_codes(["Nigerian", "Viet Nam", "foreigners"]).isna().tolist()
    [False, False, True]
    """
    one_of("to", to, _STANDARDS)
    given = words if isinstance(words, pd.Series) else pd.Series(list(words), dtype=object)
    found = {word: country(str(word)) for word in given.dropna().unique()}
    table = {word: getattr(one, to) for word, one in found.items() if one is not None}
    return given.astype(object).map(table).astype("str")


def repair_encoding(text: str) -> str:
    r"""Undo UTF-8 that was read as Latin-1 or Windows-1252.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text as it was meant; unchanged where it is not such a case.

    Examples
    --------
    >>> repair_encoding("Espa\u00c3\u00b1a"), repair_encoding("España")
    ('España', 'España')
    """
    if not _MANGLED.search(text):
        return text
    whole = _decode(text)
    return _MANGLED.sub(lambda found: _decode(found[0]), text) if whole == text else whole


def _decode(text: str) -> str:
    """Read text as the UTF-8 that it was; unchanged where it was none."""
    for encoding in ("cp1252", "latin-1"):
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return text


def fold(text: str) -> str:
    """Reduce a name to plain lower-case letters, so that accents, brackets and spaces do not count.

    Parameters
    ----------
    text : str
        A name.

    Returns
    -------
    str
        Letters and single spaces; characters lost in a wrong encoding stay.

    Examples
    --------
    >>> fold("CÔTE d’Ivoire"), fold("Bolivia (Plurinational State of)")
    ('cote d ivoire', 'bolivia plurinational state of')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(rf"[^\w{LOST}]+", " ", plain.replace("ı", "i")).split()).removeprefix("the ")


def _rows(name: str) -> list[dict[str, str]]:
    """Read a packaged table."""
    return list(csv.DictReader((FOLDER / name).read_text(encoding="utf-8").splitlines()))


@cache
def _table() -> tuple[Country, ...]:
    """Read the table of countries."""
    return tuple(Country(**row) for row in _rows("countries.csv"))


@cache
def _by_code() -> Mapping[str, Country]:
    """Index the countries by every code."""
    return {code: one for one in _table() for code in (one.alpha2, one.alpha3, one.m49) if code}


@cache
def _by_name() -> Mapping[str, Country]:
    """Index the countries by every name, folded."""
    codes = _by_code()
    others = {fold(n): codes[row["alpha3"]] for row in _rows("country-names.csv") for n in row["names"].split("|")}
    return others | {fold(one.name): one for one in _table()} | {fold(one.alpha3): one for one in _table()}


def _matching(text: str) -> list[Country]:
    """Find the names that fit a text with lost characters, each standing for one or two letters."""
    pattern = re.compile(".{1,2}".join(map(re.escape, fold(text).split(LOST))))
    return [one for name, one in _by_name().items() if pattern.fullmatch(name)]
