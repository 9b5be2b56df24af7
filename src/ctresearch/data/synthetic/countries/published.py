"""What an invented region publishes: the columns of UNODC's workbook, with its ``<5``, gaps and corridors left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from ctresearch.data.synthetic.countries.victims import AGES, FORMS, SEXES

if TYPE_CHECKING:
    from ctresearch.data.synthetic.countries.places import Places
    from ctresearch.data.synthetic.countries.victims import Victims
    from ctresearch.data.synthetic.draws import Floats, Integers

COLUMNS = (
    "Iso3_code",
    "Country",
    "Region",
    "Subregion",
    "Indicator",
    "Dimension",
    "Category",
    "Sex",
    "Age",
    "Year",
    "Unit of measurement",
    "txtVALUE",
    "Source",
)
_FORM_WORDS = ("Sexual exploitation", "Forced labour", "Other forms of exploitation")
_SEX_WORDS = ("Female", "Male")
_AGE_WORDS = ("18 years or over", "0 to 17 years")
_VICTIMS = "Detected trafficking victims"
_FORMER_CODE = "XZZ"


class Published(NamedTuple):
    """The workbook, its corridors with one row each, and which country and year reported what."""

    workbook: pd.DataFrame
    corridors: pd.DataFrame
    reported: pd.DataFrame


class Rule(NamedTuple):
    """Counts below which a cell is masked, the chance of a year without report, and of a small corridor left out."""

    below: int
    gaps: float
    unlisted: float


class _Report(NamedTuple):
    """What one country publishes of one year."""

    iso3: str
    country: str
    year: int


def publish(rng: np.random.Generator, places: Places, victims: Victims, rule: Rule) -> Published:
    """Write what each country reports of each year.

    A country of each ten never reports, and another never says citizenships; others leave years out. Zeros are never
    listed. A corridor of a masked count is left out with the chance ``unlisted`` and is then part of "Abroad", which
    stands where anything was left out.
    """
    rows: list[tuple[object, ...]] = []
    corridors: list[tuple[object, ...]] = []
    reported: list[tuple[object, ...]] = []
    silent, without = _reporters(rng, places)
    for t, year in enumerate(places.years):
        names = places.named(int(year))
        chance, hidden = rng.random(len(names)), rng.random((len(names), len(names)))
        for name in dict.fromkeys(names):
            parts = [i for i, one in enumerate(names) if one == name]
            answers = name not in silent and chance[parts[0]] >= rule.gaps
            said = answers and name not in without
            reported.append((name, int(year), answers, said))
            if not answers:
                continue
            code = _FORMER_CODE if name not in places.name else places.iso3[parts[0]]
            who = _Report(code, name, int(year))
            cells = victims.recorded[:, parts, t].sum(axis=1)
            rows += _totals(who, cells.sum(axis=0), rule.below)
            rows += _justice(who, victims.prosecuted[parts, t].sum(), victims.convicted[parts, t].sum(), rule.below)
            if said:
                listed = _corridors(who, cells.sum(axis=(1, 2, 3)), names, hidden[parts[0]], rule)
                corridors += listed
                rows += [
                    (*who[:2], _VICTIMS, "by citizenship", one[0], "Total", "Total", who.year, one[3]) for one in listed
                ]
    frame = pd.DataFrame(rows, columns=[c for c in COLUMNS if c not in _CONSTANT])
    workbook = frame.assign(**_CONSTANT)[list(COLUMNS)]
    table = pd.DataFrame(corridors, columns=["origin", "destination", "year", "recorded"])
    kept = pd.DataFrame(reported, columns=["country", "year", "reported", "citizenships"])
    return Published(workbook, table, kept.astype({"reported": np.int8, "citizenships": np.int8}))


_CONSTANT = {
    "Region": "Invented",
    "Subregion": "Invented",
    "Unit of measurement": "Counts",
    "Source": "invented",
}


def _reporters(rng: np.random.Generator, places: Places) -> tuple[set[str], set[str]]:
    """Choose who never reports and who never says citizenships, among those that did not split."""
    whole = [name for name, old in zip(places.name, places.former, strict=True) if name == old]
    few = max(1, round(len(whole) / 10))
    order = np.argsort(rng.random(len(whole)), kind="stable")
    return {whole[i] for i in order[:few]}, {whole[i] for i in order[few : 2 * few]}


def _value(count: float, below: int) -> str:
    """Write a count as the workbook does."""
    return f"<{below}" if 0 < count < below else f"{int(count):,}"


def _totals(who: _Report, cells: Integers, below: int) -> list[tuple[object, ...]]:
    """Write the total, by sex and age, and by form, sex and age; cells of nobody are left out."""
    groups = [(s, a) for s in range(len(SEXES)) for a in range(len(AGES))]
    shown = [("Total", "Total", "Total", "Total", cells.sum())]
    shown += [("Total", "Total", _SEX_WORDS[s], _AGE_WORDS[a], cells[:, s, a].sum()) for s, a in groups]
    for f in range(len(FORMS)):
        form = ("by form of exploitation", _FORM_WORDS[f])
        shown.append((*form, "Total", "Total", cells[f].sum()))
        shown += [(*form, _SEX_WORDS[s], _AGE_WORDS[a], cells[f, s, a]) for s, a in groups]
    return [
        (*who[:2], _VICTIMS, dimension, category, sex, age, who.year, _value(count, below))
        for dimension, category, sex, age, count in shown
        if count > 0
    ]


def _justice(who: _Report, prosecuted: int, convicted: int, below: int) -> list[tuple[object, ...]]:
    """Write persons prosecuted and convicted."""
    return [
        (*who[:2], indicator, "Total", "Total", "Total", "Total", who.year, _value(count, below))
        for indicator, count in (("Persons prosecuted", prosecuted), ("Persons convicted", convicted))
        if count > 0
    ]


def _corridors(
    who: _Report, counts: Integers, names: tuple[str, ...], hidden: Floats, rule: Rule
) -> list[tuple[str, str, int, str]]:
    """Write the corridors into a country: its own citizens first, small ones sometimes among "Abroad"."""
    shown, elsewhere = [], 0
    for name in dict.fromkeys(names):
        parts = [i for i, one in enumerate(names) if one == name]
        count = int(counts[parts].sum())
        if 0 < count < rule.below and name != who.country and hidden[parts[0]] < rule.unlisted:
            elsewhere += count
        elif count > 0:
            shown.append((name, who.country, who.year, _value(count, rule.below)))
    if elsewhere:
        shown.append(("Abroad", who.country, who.year, _value(elsewhere, rule.below)))
    return shown
