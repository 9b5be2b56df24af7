"""Flows of people between countries, drawn from a gravity model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import gammas, normals, poissons
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from ctresearch.data.synthetic.draws import Floats

_NEIGHBOURS = 0.15
_SAME_LANGUAGE = 0.3
_REGIONS = 4


def flows(
    countries: int = 20,
    years: int = 5,
    *,
    distance: float = -1.2,
    border: float = 0.6,
    language: float = 0.5,
    visa: float = -0.4,
    gdp: float = 0.7,
    total: float = 5_000.0,
    dispersion: float = 0.5,
    seed: Seed = 0,
) -> Synthetic:
    """Draw detected victims by origin, destination and year from a gravity model.

    The mean of a flow is ``exp(origin + destination + year + distance * log(distance) + ...)``; the count is Poisson
    around it, or negative binomial, so that zeros are many and informative.

    Parameters
    ----------
    countries, years : int
        Number of each; countries are called C01, C02, ... and lie at random on a square of 6,000 km.
    distance, border, language, visa, gdp : float
        Coefficients of log distance, of a common border and language, of a visa that the destination asks for in that
        year, and of the log ratio of income between destination and origin in that year.
    total : float
        Expected total over all flows and years.
    dispersion : float
        Variance of the gamma factor on each mean; 0 gives Poisson counts.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: ``origin``, ``destination``, ``year``, ``flow``, ``log_distance``, ``border``, ``language``,
        ``visa``, ``gdp_ratio``. ``tables["countries"]``: place and effects of each country. ``truth``:
        ``coefficients``, ``total``, ``dispersion``.

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
    >>> made = flows(6, 2, seed=1)
    >>> made.frame.shape, float(made.truth["coefficients"]["log_distance"])
    ((60, 9), -1.2)
    """
    countries = whole_number("countries", countries, low=3, high=500)
    years = whole_number("years", years, low=1)
    in_range("total", total, 0, open_ends=True)
    in_range("dispersion", dispersion, 0)
    coefficients = pd.Series(
        {"log_distance": distance, "border": border, "language": language, "visa": visa, "gdp_ratio": gdp}, dtype=float
    )
    for name, value in coefficients.items():
        in_range(str(name), float(value))
    rng = generator(seed)
    places = _places(rng, countries)
    frame = _pairs(rng, places, years)
    score = frame[list(coefficients.index)].to_numpy() @ coefficients.to_numpy() + _effects(frame, places)
    mean = total * np.exp(score - score.max()) / np.exp(score - score.max()).sum()
    factor = gammas(rng, 1 / dispersion, len(mean)) if dispersion else np.ones(len(mean))
    frame.insert(3, "flow", poissons(rng, mean * factor))
    truth = {"coefficients": coefficients, "total": total, "dispersion": dispersion}
    return Synthetic(name="flows", frame=frame, tables={"countries": places}, truth=truth, seed=recorded_seed(seed))


def _places(rng: np.random.Generator, countries: int) -> pd.DataFrame:
    """Draw where countries lie and how much leaves and enters them."""
    return pd.DataFrame(
        {
            "country": [f"C{i:02d}" for i in range(1, countries + 1)],
            "east": np.round(6000 * rng.random(countries), 1),
            "north": np.round(6000 * rng.random(countries), 1),
            "language": (rng.random(countries) * max(_REGIONS, countries * _SAME_LANGUAGE)).astype(np.int64),
            "log_gdp": np.round(9 + normals(rng, countries), 4),
            "origin_effect": np.round(normals(rng, countries), 4),
            "destination_effect": np.round(normals(rng, countries), 4),
        }
    )


def _pairs(rng: np.random.Generator, places: pd.DataFrame, years: int) -> pd.DataFrame:
    """Set up every ordered pair of different countries in every year."""
    n = len(places)
    origin, destination, year = (a.ravel() for a in np.indices((n, n, years)))
    keep = origin != destination
    origin, destination, year = origin[keep], destination[keep], year[keep]
    east, north, language = (places[name].to_numpy() for name in ("east", "north", "language"))
    apart = np.hypot(east[origin] - east[destination], north[origin] - north[destination]) + 50
    growth = np.round(0.05 * normals(rng, (n, years)), 4).cumsum(axis=1)
    income = places["log_gdp"].to_numpy()[:, None] + growth
    begins = (rng.random((n, n)) * 2 * years).astype(np.int64)
    names = places["country"].to_numpy()
    return pd.DataFrame(
        {
            "origin": names[origin],
            "destination": names[destination],
            "year": 2015 + year,
            "log_distance": np.round(np.log(apart), 6),
            "border": (apart < np.quantile(apart, _NEIGHBOURS)).astype(np.int8),
            "language": (language[origin] == language[destination]).astype(np.int8),
            "visa": (begins[origin, destination] <= year).astype(np.int8),
            "gdp_ratio": np.round(income[destination, year] - income[origin, year], 6),
        }
    )


def _effects(frame: pd.DataFrame, places: pd.DataFrame) -> Floats:
    """Add the effects of origin, destination and a common growth of 3 % a year."""
    by_country = places.set_index("country")
    leaves = frame["origin"].map(by_country["origin_effect"]).to_numpy(dtype=float)
    enters = frame["destination"].map(by_country["destination_effect"]).to_numpy(dtype=float)
    return np.asarray(leaves + enters + 0.03 * (frame["year"].to_numpy() - 2015), dtype=float)
