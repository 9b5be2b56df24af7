"""People of an invented region: how many are exploited, how many of them are detected, and how many of those recorded.

The three are drawn apart. Around a common mean, those whom nobody detects, those who are detected and not recorded, and
those who are recorded are independent Poisson counts, so that their sum is what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit

from ctresearch.data.synthetic.draws import gammas, normals, poissons

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.data.synthetic.countries.laws import Laws
    from ctresearch.data.synthetic.countries.places import Places
    from ctresearch.data.synthetic.draws import Floats, Integers

FORMS = ("sexual exploitation", "forced labour", "other forms")
SEXES, AGES = ("female", "male"), ("adult", "child")
_FORM_SHARES = (0.5, 0.38, 0.12)
_FEMALE, _CHILD = (0.92, 0.35, 0.55), (0.28, 0.15, 0.45)
_FORM_ODDS = (0.25, -0.35, -0.2)
"""How much easier or harder each form is to detect, in log-odds."""
_ODDS, _ODDS_SPREAD, _BY_EFFORT = -2.9, 0.4, 0.5
_UNRECORDED = 0.45
_PROSECUTED, _CONVICTED = 0.35, 0.55


@dataclass(frozen=True, slots=True)
class Effort:
    """What makes the exploited visible, apart from laws.

    Parameters
    ----------
    effort : numpy.ndarray
        Detection effort, in log units about 0, shape (countries, years).
    index : numpy.ndarray
        The effort as a published index has it, with error, shape (countries, years).
    contributors : numpy.ndarray
        Bodies that record victims, shape (countries, years); each records a part of those detected.
    recorded : numpy.ndarray
        Share of those detected who are recorded, shape (countries, years).
    """

    effort: Floats
    index: Floats
    contributors: Integers
    recorded: Floats


class Gravity(NamedTuple):
    """What draws people from one country to another, how many a year, and how unevenly."""

    coefficients: Mapping[str, float]
    total: float
    dispersion: float


@dataclass(frozen=True, slots=True)
class Victims:
    """Counts by origin, destination, year, form, sex and age, in this order of axes.

    Parameters
    ----------
    occurred, detected, recorded : numpy.ndarray
        Shape (countries, countries, years, 3, 2, 2); each is part of the one before.
    detection : numpy.ndarray
        Probability of detection, shape (countries, years, 3).
    prosecuted, convicted : numpy.ndarray
        Persons, shape (countries, years).
    """

    occurred: Integers
    detected: Integers
    recorded: Integers
    detection: Floats
    prosecuted: Integers
    convicted: Integers


def draw_effort(rng: np.random.Generator, places: Places) -> Effort:
    """Draw effort that wanders, and bodies that begin to record in some years."""
    shape = places.population.shape
    effort = 0.3 * normals(rng, (shape[0], 1)) + (0.02 + 0.12 * normals(rng, shape)).cumsum(axis=1)
    begins = 1 + (rng.random((shape[0], 4)) * 2 * shape[1]).astype(np.int64)  # half begin after the last year
    contributors = 1 + (np.arange(shape[1])[None, None, :] >= begins[:, :, None]).sum(axis=1)
    return Effort(
        effort=np.round(effort, 6),
        index=np.round(effort + 0.15 * normals(rng, shape), 4),
        contributors=contributors,
        recorded=1 - _UNRECORDED**contributors,
    )


def draw_victims(
    rng: np.random.Generator,
    places: Places,
    laws: Laws,
    effort: Effort,
    gravity: Gravity,
) -> Victims:
    """Draw how many are exploited, detected, recorded, and how many are prosecuted and convicted."""
    n, span = places.population.shape
    mean = gravity.total * span * _means(rng, places, laws, gravity.coefficients)
    size = gravity.dispersion
    factor = gammas(rng, 1 / size, mean.size).reshape(mean.shape) if size else np.ones(mean.shape)
    cells = (mean * factor)[..., None, None, None] * _composition()
    base = _ODDS + _ODDS_SPREAD * normals(rng, (n, 1)) + _BY_EFFORT * effort.effort + laws.detection
    detection = expit(base[:, :, None] + np.array(_FORM_ODDS))
    seen = detection[None, :, :, :, None, None]
    kept = effort.recorded[None, :, :, None, None, None]
    recorded = poissons(rng, cells * seen * kept)
    detected = recorded + poissons(rng, cells * seen * (1 - kept))
    occurred = detected + poissons(rng, cells * (1 - seen))
    found = detected.sum(axis=(0, 3, 4, 5))
    prosecuted = poissons(rng, _PROSECUTED * found * np.exp(laws.prosecution))
    before = np.concatenate([prosecuted[:, :1], prosecuted[:, :-1]], axis=1)
    return Victims(occurred, detected, recorded, detection, prosecuted, poissons(rng, _CONVICTED * before))


def flows_table(places: Places, victims: Victims) -> pd.DataFrame:
    """Lay out what happened, one row a cell, those of nobody among them."""
    axes = [a.ravel() for a in np.indices(victims.occurred.shape)]
    names = {year: np.array(places.named(int(year))) for year in places.years}
    year = places.years[axes[2]]
    then = np.stack([names[one] for one in places.years])
    return pd.DataFrame(
        {
            "origin": np.array(places.name)[axes[0]],
            "destination": np.array(places.name)[axes[1]],
            "origin_then": then[axes[2], axes[0]],
            "destination_then": then[axes[2], axes[1]],
            "year": year,
            "form": np.array(FORMS)[axes[3]],
            "sex": np.array(SEXES)[axes[4]],
            "age": np.array(AGES)[axes[5]],
            "occurred": victims.occurred.ravel(),
            "detected": victims.detected.ravel(),
            "recorded": victims.recorded.ravel(),
        }
    )


def _means(rng: np.random.Generator, places: Places, laws: Laws, coefficients: Mapping[str, float]) -> Floats:
    """Return the share of all people that each corridor and year has in expectation, as gravity gives it."""
    n, span = places.population.shape
    leaves, enters = 0.5 * normals(rng, (n, 1, 1)), 0.5 * normals(rng, (1, n, 1))
    people = 0.5 * np.log(places.population)
    same = (places.language[:, None] == places.language[None, :]).astype(float)
    score = (
        leaves
        + enters
        + people[:, None, :]
        + people[None, :, :]
        + coefficients["log_distance"] * places.log_distance[:, :, None]
        + coefficients["border"] * places.border[:, :, None]
        + coefficients["language"] * same[:, :, None]
        + coefficients["domestic"] * np.eye(n)[:, :, None]
        + coefficients["gdp_ratio"] * (places.log_gdp[None, :, :] - places.log_gdp[:, None, :])
        + 0.02 * np.arange(span)
    )
    # Laws come after the scale, so that what they do changes the total and not only who has it.
    share = np.exp(score - score.max())
    return np.asarray(share / share.sum() * np.exp(laws.occurrence)[None, :, :])


def _composition() -> Floats:
    """Return the shares of forms, sexes and ages, shape (3, 2, 2)."""
    female, child = np.array(_FEMALE), np.array(_CHILD)
    sex, age = np.stack([female, 1 - female], axis=1), np.stack([1 - child, child], axis=1)
    return np.asarray(np.array(_FORM_SHARES)[:, None, None] * sex[:, :, None] * age[:, None, :])
