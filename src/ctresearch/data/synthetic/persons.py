"""Lists of invented persons, spelt as offices spell them, with known truth: what linkage is tried on.

Names are put together from syllables, so that none of them is anybody's. A few are common and most are rare, as names
are. Every list writes a person down anew: by another transliteration, with a slip of the pen, with given and family
name exchanged, with day and month exchanged, with a date that is only a year, or the first of January.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import bernoulli, categories, shuffled, uniforms
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.data.synthetic.draws import Floats

ERRORS: Mapping[str, float] = {
    "transliteration": 0.15,
    "slip": 0.04,
    "exchanged_names": 0.01,
    "exchanged_day_month": 0.01,
    "wrong_part": 0.02,
    "year_apart": 0.02,
    "year_only": 0.05,
    "first_january": 0.03,
    "unknown": 0.02,
}
_GIVEN, _FAMILY = 900, 4000
_ONSETS = (
    "k",
    "kh",
    "m",
    "mb",
    "s",
    "sh",
    "t",
    "th",
    "r",
    "l",
    "n",
    "d",
    "dj",
    "b",
    "f",
    "g",
    "y",
    "z",
    "h",
    "w",
    "v",
    "p",
    "nd",
    "q",
    "ch",
    "zh",
)
_NUCLEI = ("a", "e", "i", "o", "u", "ou", "ee", "ia")
_CODAS = ("", "", "", "n", "r", "m", "s", "l", "d", "k")
_VARIANTS = (
    ("kh", "h"),
    ("sh", "ch"),
    ("ou", "u"),
    ("ee", "i"),
    ("dj", "j"),
    ("q", "k"),
    ("w", "v"),
    ("th", "t"),
    ("zh", "j"),
    ("y", "i"),
    ("ia", "iya"),
    ("ch", "tch"),
    ("m", "mm"),
    ("s", "ss"),
    ("a", "e"),
    ("o", "u"),
    ("k", "c"),
    ("v", "b"),
)
_COUNTRIES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG", "HHH")
_COUNTRY_SHARES = (0.3, 0.2, 0.15, 0.1, 0.1, 0.06, 0.05, 0.04)
_YEARS = (1965, 45)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def person_lists(
    n: int = 2_000,
    lists: int | Sequence[str] = 3,
    *,
    inclusion: float | Sequence[float] = 0.3,
    errors: Mapping[str, float] | float | None = None,
    seed: Seed = 0,
) -> Synthetic:
    """Draw lists of persons from a known population, each list with its own spelling and mistakes.

    Parameters
    ----------
    n : int
        Size of the population.
    lists : int or sequence of str
        Number of lists, called A, B, C, ..., or their names.
    inclusion : float or sequence of float
        Chance of being on each list; lists are independent of one another.
    errors : mapping of str to float, or float, optional
        Chances of the mistakes in :data:`ERRORS`, in place of the defaults there; a number multiplies all of them.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: all records with ``list``, ``given_name``, ``family_name``, ``birth_date`` (text, whole or only
        the year), ``sex`` and ``nationality``, an invented code. ``tables``: the records of each list by its name.
        ``truth``: ``population``, ``observed``, and ``persons``, the true person of every row of ``frame``.

    Raises
    ------
    SpecificationError
        If an option is out of range or a mistake is not known.

    Examples
    --------
    >>> made = person_lists(n=500, lists=["police", "charity"], inclusion=0.4, seed=1)
    >>> sorted(made.tables), made.truth["population"], len(made.truth["persons"]) == len(made.frame)
    (['charity', 'police'], 500, True)
    """
    names = _list_names(lists)
    chances = _chances(inclusion, len(names))
    mistakes = _mistakes(errors)
    whole_number("n", n, low=2)
    rng = generator(seed)
    persons = _persons(rng, n)
    seen = rng.random((n, len(names))) < chances
    parts, who = [], []
    for i, name in enumerate(names):
        rows = np.flatnonzero(seen[:, i])
        rows = rows[shuffled(rng, len(rows))]
        parts.append(_write_down(rng, persons.iloc[rows].reset_index(drop=True), mistakes).assign(list=name))
        who.append(rows)
    columns = ["list", *persons.columns]
    return Synthetic(
        name="person_lists",
        frame=pd.concat(parts, ignore_index=True)[columns],
        truth={"population": n, "observed": int(seen.any(axis=1).sum()), "persons": np.concatenate(who).tolist()},
        tables={name: part.drop(columns="list") for name, part in zip(names, parts, strict=True)},
        seed=recorded_seed(seed),
    )


def _list_names(lists: int | Sequence[str]) -> list[str]:
    """Name the lists."""
    if isinstance(lists, int):
        return list(_LETTERS.upper()[: whole_number("lists", lists, low=2, high=len(_LETTERS))])
    if len(lists) < 2 or len(set(lists)) < len(lists):
        raise SpecificationError(f"lists == {list(lists)}, must be at least two different names")
    return list(lists)


def _chances(inclusion: float | Sequence[float], lists: int) -> Floats:
    """Return the chance of each list."""
    several = [inclusion] * lists if isinstance(inclusion, (int, float)) else list(inclusion)
    if len(several) != lists:
        raise SpecificationError(f"inclusion has {len(several)} chances, must have one for each of the {lists} lists")
    return np.array([in_range("inclusion", chance, 0, 1, open_ends=True) for chance in several])


def _mistakes(errors: Mapping[str, float] | float | None) -> dict[str, float]:
    """Return the chance of each mistake."""
    if errors is None or isinstance(errors, (int, float)):
        factor = in_range("errors", 1.0 if errors is None else errors, 0)
        return {name: min(1.0, factor * chance) for name, chance in ERRORS.items()}
    unknown = sorted(set(errors) - set(ERRORS))
    if unknown:
        raise SpecificationError(f"errors names {unknown[0]!r}, must be among {', '.join(ERRORS)}")
    return dict(ERRORS) | {name: in_range(f"errors[{name!r}]", chance, 0, 1) for name, chance in errors.items()}


def _inventory(rng: np.random.Generator, size: int, syllables: int) -> list[str]:
    """Put different names together from syllables."""
    names: dict[str, None] = {}
    while len(names) < size:
        parts = [
            _ONSETS[categories(rng, np.ones(len(_ONSETS)), 1)[0]]
            + _NUCLEI[categories(rng, np.ones(len(_NUCLEI)), 1)[0]]
            for _ in range(syllables)
        ]
        names["".join(parts) + _CODAS[categories(rng, np.ones(len(_CODAS)), 1)[0]]] = None
    return list(names)


def _persons(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Draw the population as it truly is."""
    given, family = (np.array(_inventory(rng, size, k)) for size, k in ((_GIVEN, 2), (_FAMILY, 3)))
    year = _YEARS[0] + np.floor(_YEARS[1] * uniforms(rng, n)).astype(int)
    day_of_year = np.floor(365 * uniforms(rng, n)).astype(int)
    born = pd.to_datetime(pd.Series(year).astype(str), format="%Y") + pd.to_timedelta(day_of_year, unit="D")
    return pd.DataFrame(
        {
            "given_name": given[categories(rng, 1 / (np.arange(_GIVEN) + 10.0), n)],
            "family_name": family[categories(rng, 1 / (np.arange(_FAMILY) + 20.0), n)],
            "birth_date": born.dt.strftime("%Y-%m-%d"),
            "sex": np.array(["woman", "man"])[bernoulli(rng, np.full(n, 0.4))],
            "nationality": np.array(_COUNTRIES)[categories(rng, _COUNTRY_SHARES, n)],
        }
    )


def _write_down(rng: np.random.Generator, people: pd.DataFrame, mistakes: Mapping[str, float]) -> pd.DataFrame:
    """Write people down as one list does."""
    made = {name: bernoulli(rng, np.full(len(people), chance)).astype(bool) for name, chance in mistakes.items()}
    for column in ("given_name", "family_name"):
        respelt = bernoulli(rng, np.full(len(people), mistakes["transliteration"])).astype(bool)
        slipped = bernoulli(rng, np.full(len(people), mistakes["slip"])).astype(bool)
        names = people[column].to_numpy(dtype=object)
        for row in np.flatnonzero(respelt):
            names[row] = _respell(rng, names[row])
        for row in np.flatnonzero(slipped):
            names[row] = _slip(rng, names[row])
        people[column] = [name.capitalize() for name in names]
    turned = made["exchanged_names"]
    people.loc[turned, ["given_name", "family_name"]] = people.loc[turned, ["family_name", "given_name"]].to_numpy()
    people["birth_date"] = _write_dates(rng, people["birth_date"], made)
    for column in ("sex", "nationality"):
        people[column] = people[column].astype(object).mask(rng.random(len(people)) < mistakes["unknown"])
    return people


def _respell(rng: np.random.Generator, name: str) -> str:
    """Transliterate a name in another way, if one of the known ways touches it."""
    fits = [(one, other) for one, other in _VARIANTS if one in name]
    if not fits:
        return name
    one, other = fits[int(rng.random() * len(fits))]
    return name.replace(one, other, 1)


def _slip(rng: np.random.Generator, name: str) -> str:
    """Lose, change, add or exchange a letter."""
    place, letter = int(rng.random() * (len(name) - 1)), _LETTERS[int(rng.random() * 26)]
    kind = int(rng.random() * 4)
    if kind == 0:
        return name[:place] + name[place + 1 :]
    if kind == 1:
        return name[:place] + letter + name[place + 1 :]
    if kind == 2:
        return name[:place] + letter + name[place:]
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def _write_dates(rng: np.random.Generator, dates: pd.Series[str], made: Mapping[str, np.ndarray]) -> list[str]:
    """Write dates of birth down, right or wrong."""
    year, month, day = (dates.str[a:b].astype(int).to_numpy() for a, b in ((0, 4), (5, 7), (8, 10)))
    turned = made["exchanged_day_month"] & (day <= 12)
    month, day = np.where(turned, day, month), np.where(turned, month, day)
    wrong = made["wrong_part"]
    day = np.where(wrong, 1 + np.floor(28 * uniforms(rng, len(day))).astype(int), day)
    year = year + np.where(made["year_apart"], np.where(rng.random(len(year)) < 0.5, -1, 1), 0)
    first = made["first_january"]
    month, day = np.where(first, 1, month), np.where(first, 1, day)
    only = made["year_only"]
    return [
        f"{y}" if unknown else f"{y}-{m:02d}-{d:02d}" for y, m, d, unknown in zip(year, month, day, only, strict=True)
    ]
