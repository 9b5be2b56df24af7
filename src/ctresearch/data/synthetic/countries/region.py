"""A region in which flows, laws, detection and reporting are known, each apart from the others."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.countries.laws import draw_laws, laws_table
from ctresearch.data.synthetic.countries.places import NAMES, draw_places, pairs, succession
from ctresearch.data.synthetic.countries.published import Rule, publish
from ctresearch.data.synthetic.countries.victims import Gravity, draw_effort, draw_victims, flows_table
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.data.synthetic.countries.laws import Laws
    from ctresearch.data.synthetic.countries.places import Places
    from ctresearch.data.synthetic.countries.victims import Effort, Victims

FIRST_YEAR = 2008
COEFFICIENTS: Mapping[str, float] = MappingProxyType(
    {"log_distance": -0.9, "border": 0.5, "language": 0.4, "gdp_ratio": 0.5, "domestic": 0.3}
)
"""The gravity by which people are taken from one country to another."""


def region(
    countries: int = 12,
    years: int = 15,
    *,
    occurrence: float = -0.3,
    detection: float = 0.5,
    prosecution: float = 0.6,
    hotline: float = 0.4,
    selection: float = 0.0,
    split: int | None = 2014,
    total: float = 40_000.0,
    dispersion: float = 0.3,
    censored_below: int = 5,
    gaps: float = 0.15,
    unlisted: float = 0.2,
    seed: Seed = 0,
) -> Synthetic:
    """Draw a region: what happens, what is detected of it, what is recorded of that, and what is published.

    Parameters
    ----------
    countries, years : int
        Number of each, from 2008; the last country splits, and there is one more afterwards.
    occurrence, detection, prosecution : float
        What a law that makes trafficking a crime does, in the country that has it: to the log of how many are exploited
        there (a third in its first year, whole from the third), to the log-odds of detection, and to the log of
        prosecutions for each person detected.
    hotline : float
        What a hotline does to the log-odds of detection; it does nothing else.
    selection : float
        How strongly richer countries are early adopters, from 0 to 1.
    split : int, optional
        First year of the two parts; ``None`` for a country that stays whole.
    total : float
        People exploited in a year, where no law does anything.
    dispersion : float
        Variance of the gamma factor on each corridor and year; 0 gives Poisson counts.
    censored_below : int
        Counts from 1 to one below this are published as ``<5``, in the number given; 0 or 1 publishes all.
    gaps : float
        Chance that a country does not report a year.
    unlisted : float
        Chance that a corridor of a masked count is left out, into ``Abroad``.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: what is published, with the columns of UNODC's workbook. ``tables``: ``corridors`` (``origin``,
        ``destination``, ``year``, ``recorded`` as published, under the names of that year; a country with itself is
        domestic), ``reported`` (which country published which year, and citizenships), ``countries``, ``country_years``
        (``population``, ``log_gdp``, ``effort_index``, ``contributors``, and 0 or 1 for each law), ``pairs``,
        ``laws`` (year of adoption, missing for never) and ``succession``. ``truth``: ``flows`` (every cell of origin,
        destination, year, form, sex and age: people ``occurred``, ``detected`` and ``recorded``, under the names of
        today and of then), ``country_years`` (as destination: ``occurred``, ``detected``, ``recorded``,
        ``prosecuted``, ``convicted``, ``effort``, ``recorded_share``, ``detection`` as a probability, and what laws
        add to each predictor), ``effects``, ``coefficients``, ``simple`` (mean effect of the law on log occurrence
        over the years of those that adopted within the span) and ``masked`` (share of published cells).

    Raises
    ------
    SpecificationError
        If an option is out of range.

    References
    ----------
    .. [1] Santos Silva, J. M. C. and Tenreyro, S. (2006). The log of gravity. Review of Economics and Statistics,
       88(4), 641-658. https://doi.org/10.1162/rest.88.4.641

    Examples
    --------
    >>> made = region(6, 8, split=2012, seed=1)
    >>> made.tables["succession"]["successor"].tolist()
    ['North Fasqua', 'South Fasqua']
    >>> counts = made.truth["flows"][["occurred", "detected", "recorded"]].sum()
    >>> bool(counts["occurred"] > counts["detected"] > counts["recorded"])
    True
    """
    countries = whole_number("countries", countries, low=4, high=len(NAMES))
    years = whole_number("years", years, low=6, high=40)
    below = whole_number("censored_below", censored_below, low=0)
    sizes = {"occurrence": occurrence, "detection": detection, "prosecution": prosecution, "hotline": hotline}
    for name, value in sizes.items():
        in_range(name, value)
    for name, value in (("selection", selection), ("gaps", gaps), ("unlisted", unlisted)):
        in_range(name, value, 0, 1)
    in_range("total", total, 0, open_ends=True)
    in_range("dispersion", dispersion, 0)
    if split is not None:
        whole_number("split", split, low=FIRST_YEAR + 1, high=FIRST_YEAR + years - 1)
    if gaps == 1:
        raise SpecificationError(f"gaps == {gaps:g} leaves no year reported, must be below 1")
    rng = generator(seed)
    effects = {
        "criminalisation": {"occurrence": occurrence, "detection": detection, "prosecution": prosecution},
        "hotline": {"detection": hotline},
    }
    places = draw_places(rng, countries, FIRST_YEAR + np.arange(years), split)
    laws = draw_laws(rng, places, effects, selection)
    effort = draw_effort(rng, places)
    victims = draw_victims(rng, places, laws, effort, Gravity(COEFFICIENTS, total, dispersion))
    published = publish(rng, places, victims, Rule(below, gaps, unlisted))
    return Synthetic(
        name="region",
        frame=published.workbook,
        tables={
            "corridors": published.corridors,
            "reported": published.reported,
            "countries": _countries(places),
            "country_years": _country_years(places, laws, effort),
            "pairs": pairs(places),
            "laws": laws_table(places, laws),
            "succession": succession(places),
        },
        truth=_truth(places, laws, effort, victims, effects)
        | {"masked": float(published.workbook["txtVALUE"].str.startswith("<").mean())},
        seed=recorded_seed(seed),
    )


def _countries(places: Places) -> pd.DataFrame:
    """Lay out the countries of today."""
    columns = {"iso3": places.iso3, "country": places.name, "former": places.former, "language": places.language}
    return pd.DataFrame(columns)


def _cells(places: Places) -> dict[str, Any]:
    """Return the two columns that name a country of today and a year."""
    return {
        "country": np.repeat(places.name, len(places.years)),
        "year": np.tile(places.years, len(places.name)),
    }


def _country_years(places: Places, laws: Laws, effort: Effort) -> pd.DataFrame:
    """Lay out what a researcher knows of a country of today in a year."""
    named = [places.named(int(year))[i] for i in range(len(places.name)) for year in places.years]
    columns = _cells(places) | {
        "country_then": named,
        "population": places.population.ravel().astype(np.int64),
        "log_gdp": places.log_gdp.ravel(),
        "effort_index": effort.index.ravel(),
        "contributors": effort.contributors.ravel(),
    }
    for law, when in laws.adopted.items():
        columns[law] = (when[:, None] <= places.years[None, :]).ravel().astype(np.int8)
    return pd.DataFrame(columns)


def _truth(
    places: Places, laws: Laws, effort: Effort, victims: Victims, effects: dict[str, dict[str, float]]
) -> dict[str, Any]:
    """Gather what an estimate can be held against."""
    into = (0, 3, 4, 5)
    occurred, detected = victims.occurred.sum(axis=into), victims.detected.sum(axis=into)
    columns = _cells(places) | {
        "occurred": occurred.ravel(),
        "detected": detected.ravel(),
        "recorded": victims.recorded.sum(axis=into).ravel(),
        "prosecuted": victims.prosecuted.ravel(),
        "convicted": victims.convicted.ravel(),
        "effort": effort.effort.ravel(),
        "recorded_share": effort.recorded.ravel(),
        "detection": victims.detection.mean(axis=2).ravel(),
        "effect_on_occurrence": laws.occurrence.ravel(),
        "effect_on_detection": laws.detection.ravel(),
        "effect_on_prosecution": laws.prosecution.ravel(),
    }
    when = laws.adopted["criminalisation"]
    within = np.isfinite(when) & (when > places.years[0])
    in_force = within[:, None] & (when[:, None] <= places.years[None, :])
    return {
        "flows": flows_table(places, victims),
        "country_years": pd.DataFrame(columns),
        "effects": pd.DataFrame(effects).T.rename_axis("law").fillna(0.0),
        "coefficients": pd.Series(COEFFICIENTS),
        "simple": float(laws.occurrence[in_force].mean()) if in_force.any() else float("nan"),
        "occurred": int(victims.occurred.sum()),
    }
