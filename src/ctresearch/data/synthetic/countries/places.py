"""Countries of an invented region: where they lie, how many live there, how rich they are, and one that splits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.data.synthetic.draws import normals

if TYPE_CHECKING:
    from ctresearch.data.synthetic.draws import Floats, Integers

NAMES = (
    "Aldermark",
    "Bevoria",
    "Cestrania",
    "Dovrinia",
    "Elmaria",
    "Fasqua",
    "Gorvany",
    "Hestland",
    "Ilvoria",
    "Jarmania",
    "Kestovia",
    "Lomberia",
    "Merrowland",
    "Nivaria",
    "Ostrania",
    "Pellania",
    "Quorria",
    "Ravonia",
    "Sestria",
    "Tolvania",
    "Umbrosia",
    "Varkania",
    "Westeria",
    "Yelland",
)
"""Names of no country that there is."""

_SIDE, _WITHIN = 3_000.0, 60.0
_GROWTH, _SWING = 0.02, 0.02
_NEAREST = 0.25


@dataclass(frozen=True, slots=True)
class Places:
    """The countries of today, and what they were before one of them split.

    Parameters
    ----------
    iso3, name : tuple of str
        Codes from the part of ISO 3166 that is left to users, and names, shape (countries,).
    former : tuple of str
        Name under which each stood before the split; its own where it did not split.
    split : int or None
        First year in which the two parts report on their own.
    years : numpy.ndarray
        Shape (years,).
    log_distance : numpy.ndarray
        Logarithm of kilometres, within a country on the diagonal, shape (countries, countries).
    border, language : numpy.ndarray
        Whether two countries touch, and which language each speaks, shapes (countries, countries) and (countries,).
    population, log_gdp : numpy.ndarray
        Residents, and logarithm of income a head, shape (countries, years).
    """

    iso3: tuple[str, ...]
    name: tuple[str, ...]
    former: tuple[str, ...]
    split: int | None
    years: Integers
    log_distance: Floats
    border: Integers
    language: Integers
    population: Floats
    log_gdp: Floats

    def named(self, year: int) -> tuple[str, ...]:
        """Return the names under which countries stood in a year."""
        return self.former if self.split is not None and year < self.split else self.name


def draw_places(rng: np.random.Generator, countries: int, years: Integers, split: int | None) -> Places:
    """Draw where countries lie and how they grow; the last of them is the one that splits."""
    names = list(NAMES[:countries])
    former = list(names)
    if split is not None:
        former[-1:] = [names[-1]] * 2
        names[-1:] = [f"North {names[-1]}", f"South {names[-1]}"]
    n = len(names)
    east, north = _SIDE * rng.random(countries), _SIDE * rng.random(countries)
    people = np.exp(16 + 0.9 * normals(rng, countries))
    income = 8.8 + 0.8 * normals(rng, countries)
    language = (rng.random(countries) * max(2, countries // 4)).astype(np.int64)
    mother = np.minimum(np.arange(n), countries - 1)
    people = people[mother]
    if split is not None:
        people[-2:] *= [0.6, 0.4]
        east, north = np.append(east, east[-1]), np.append(north, north[-1] - 200)
    apart = np.hypot(east[:, None] - east[None, :], north[:, None] - north[None, :]) + 80
    np.fill_diagonal(apart, _WITHIN)
    swing = _SWING * normals(rng, (countries, len(years))).cumsum(axis=1)
    near = np.quantile(apart[np.triu_indices(n, 1)], _NEAREST)
    span = np.arange(len(years))
    return Places(
        iso3=tuple(f"X{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(n)),
        name=tuple(names),
        former=tuple(former),
        split=split,
        years=years,
        log_distance=np.round(np.log(apart), 6),
        border=((apart <= near) & ~np.eye(n, dtype=bool)).astype(np.int64),
        language=language[mother],
        population=np.round(people[:, None] * np.exp(0.01 * span), -3),
        log_gdp=np.round(income[mother, None] + _GROWTH * span + swing[mother], 6),
    )


def pairs(places: Places) -> pd.DataFrame:
    """Lay out what is known of every ordered pair of countries of today, each with itself among them."""
    n = len(places.name)
    origin, destination = (a.ravel() for a in np.indices((n, n)))
    return pd.DataFrame(
        {
            "origin": np.array(places.name)[origin],
            "destination": np.array(places.name)[destination],
            "log_distance": places.log_distance.ravel(),
            "border": places.border.ravel(),
            "language": (places.language[origin] == places.language[destination]).astype(np.int8),
            "domestic": (origin == destination).astype(np.int8),
        }
    )


def succession(places: Places) -> pd.DataFrame:
    """Lay out which country became which, when, and with what share of its residents."""
    rows = [i for i, (new, old) in enumerate(zip(places.name, places.former, strict=True)) if new != old]
    people = places.population[rows, 0]
    return pd.DataFrame(
        {
            "former": [places.former[i] for i in rows],
            "successor": [places.name[i] for i in rows],
            "year": pd.array([places.split] * len(rows), dtype="Int64"),
            "share": np.round(people / people.sum(), 4) if rows else np.array([], dtype=float),
        }
    )
