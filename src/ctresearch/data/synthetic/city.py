"""An invented city: people in households, districts and ties, of whom some are exploited and hidden.

Everybody knows others, more of the own district than of elsewhere; exploited people know each other more often, and not
everybody who knows one is aware of it. Some go out to venues, some are on lists. Whatever design a survey has, it can
be drawn from these people, whose number is known.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.draws import bernoulli, categories, gammas, normals, poissons, uniforms
from ctresearch.data.synthetic.generated import Synthetic

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.data.synthetic.draws import Floats, Integers

GROUPS: Mapping[str, float] = MappingProxyType(
    {"teachers": 0.024, "nurses": 0.018, "drivers": 0.012, "bakers": 0.006, "postal_workers": 0.004}
)
"""Known groups, and the share of adults in each."""

LISTS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"police": (-2.2, 0.0), "charity": (-1.6, 0.8), "inspectorate": (-2.4, -0.6)}
)
"""Lists, with the log-odds for an exploited person to be on each, and how much more so for one who goes out often."""

ZONES, AREA_SIZE, VENUES = 4, 125, 24
_HOUSEHOLD = 4.0
_ADULT = 0.72
_SPREAD = 0.6
_NIGHTS = 1.5


def city(
    n: int = 50_000,
    *,
    prevalence: float = 0.03,
    mean_degree: float = 40.0,
    near: float = 0.5,
    alike: float = 0.2,
    aware: float = 0.8,
    seed: Seed = 0,
) -> Synthetic:
    """Make a city of people who know each other, and of whom some are exploited.

    Parameters
    ----------
    n : int
        Number of people.
    prevalence : float
        Share of adults who are exploited, on average; it differs between districts and by age.
    mean_degree : float
        People whom one knows, on average.
    near : float
        Share of ties that lie within an area.
    alike : float
        Share of the ties of exploited people that lie among them.
    aware : float
        Chance that who knows an exploited person is aware of it.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: one row a person, with ``person``, ``zone``, ``area``, ``household``, ``adult``, ``woman``, known
        groups, ``exploited``, ``nights`` out in two weeks, ``venue``, the usual one, and the lists. ``tables["ties"]``:
        ``one``, ``other``, and whether each is aware that the other is exploited. ``truth``: ``population``,
        ``adults``, ``exploited``, ``prevalence`` among adults, ``mean_degree``, ``visible_share`` (people aware of an
        exploited person, over the mean degree), and the sizes of the known groups.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    Notes
    -----
    It takes a second, and is written nowhere: the seed makes it again.

    Examples
    --------
    >>> made = city(4_000, seed=1)
    >>> made.truth["population"], made.truth["exploited"] == made.frame["exploited"].sum()
    (4000, np.True_)
    """
    n = whole_number("n", n, low=2 * ZONES * AREA_SIZE)
    in_range("prevalence", prevalence, 0, 0.5, open_ends=True)
    in_range("mean_degree", mean_degree, 1.0, n / 20)
    for name, share in (("near", near), ("alike", alike), ("aware", aware)):
        in_range(name, share, 0, 1)
    rng = generator(seed)
    frame = _people(rng, n, prevalence)
    if not frame["exploited"].any():
        raise SpecificationError(f"prevalence == {prevalence!r} leaves nobody exploited of {n:,}: raise one of them")
    propensity = np.exp(_SPREAD * normals(rng, n))
    ties = _ties(rng, frame, propensity, (mean_degree, near, alike))
    exploited = frame["exploited"].to_numpy(dtype=bool)
    for side, of in (("one_aware", "other"), ("other_aware", "one")):
        seen = exploited[ties[of].to_numpy()] & (bernoulli(rng, np.full(len(ties), aware)) == 1)
        ties[side] = seen.astype(np.int8)
    ties[["one", "other"]] += 1
    return Synthetic(
        name="city", frame=frame, tables={"ties": ties}, truth=_truth(frame, ties), seed=recorded_seed(seed)
    )


def _people(rng: np.random.Generator, n: int, prevalence: float) -> pd.DataFrame:
    """Draw people area by area, household by household."""
    areas = ZONES * (n // (ZONES * AREA_SIZE))
    area = np.sort(categories(rng, gammas(rng, 8.0, areas), n))
    household = _households(rng, area)
    adult, woman = bernoulli(rng, np.full(n, _ADULT)), bernoulli(rng, np.full(n, 0.5))
    local = 0.5 * normals(rng, areas)[area] + np.array([0.6, 0.2, -0.2, -0.6])[area % ZONES]
    nights = poissons(rng, _NIGHTS * gammas(rng, 1.0, n)) * adult
    frame = pd.DataFrame(
        {
            "person": np.arange(1, n + 1),
            "zone": area % ZONES + 1,
            "area": area + 1,
            "household": household + 1,
            "adult": adult,
            "woman": woman,
        }
    )
    for name, share in GROUPS.items():
        frame[name] = bernoulli(rng, share * adult)
    score = local - 0.3 * woman + 0.15 * nights
    shift = _shift(score[adult == 1], prevalence)
    frame["exploited"] = bernoulli(rng, expit(score + shift) * adult)
    frame["nights"] = nights
    frame["venue"] = (area % ZONES * (VENUES // ZONES) + categories(rng, np.ones(VENUES // ZONES), n) + 1) * (
        nights > 0
    )
    return frame.join(draw_lists(rng, frame))


def draw_lists(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Put exploited people on lists, those who go out often on some of them more and on others less.

    Parameters
    ----------
    rng : numpy.random.Generator
        The stream.
    people : pandas.DataFrame
        With ``exploited`` and ``nights``.

    Returns
    -------
    pandas.DataFrame
        A column of 0 and 1 a list, with the index of the people.

    Examples
    --------
    >>> people = pd.DataFrame({"exploited": [0, 0], "nights": [3, 0]})
    >>> draw_lists(generator(1), people).to_numpy().sum()
    np.int64(0)
    """
    often = people["nights"].to_numpy() > _NIGHTS
    exploited = people["exploited"].to_numpy()
    drawn = {name: bernoulli(rng, expit(base + more * often) * exploited) for name, (base, more) in LISTS.items()}
    return pd.DataFrame(drawn, index=people.index)


def _households(rng: np.random.Generator, area: Integers) -> Integers:
    """Give each person a household; one starts with every area, and else with one chance in their mean size."""
    starts = uniforms(rng, area.size) < 1 / _HOUSEHOLD
    starts[0] = False
    starts[1:] |= area[1:] != area[:-1]
    return np.asarray(np.cumsum(starts), dtype=np.int64)


def _shift(score: Floats, prevalence: float) -> float:
    """Find what is added to all log-odds so that their mean chance is the prevalence."""
    from scipy.optimize import brentq

    return float(brentq(lambda shift: expit(score + shift).mean() - prevalence, -30, 30))


def _ties(
    rng: np.random.Generator, frame: pd.DataFrame, propensity: Floats, options: tuple[float, float, float]
) -> pd.DataFrame:
    """Tie people by their propensities, within areas, among exploited people, and anywhere."""
    mean_degree, near, alike = options
    n = len(frame)
    number = int(n * mean_degree / 2 * 1.03)  # some come twice, or are of a person with itself
    one = _chosen(rng, propensity, np.zeros(number), np.ones(number))
    exploited = frame["exploited"].to_numpy(dtype=bool)
    among = exploited[one] & (uniforms(rng, number) < alike)
    local = ~among & (uniforms(rng, number) < near)
    other = _chosen(rng, propensity, np.zeros(number), np.ones(number))
    area = frame["area"].to_numpy()[one[local]] - 1
    cumulative = np.append(0.0, np.cumsum(propensity)) / propensity.sum()
    edges = np.searchsorted(frame["area"].to_numpy(), np.arange(1, int(frame["area"].max()) + 2))
    other[local] = _chosen(rng, propensity, cumulative[edges[area]], cumulative[edges[area + 1]])
    places = np.flatnonzero(exploited)
    weight = propensity[places]
    count = int(among.sum())
    other[among] = places[_chosen(rng, weight, np.zeros(count), np.ones(count))]
    low, high = np.minimum(one, other), np.maximum(one, other)
    pairs = np.unique(low[low != high] * n + high[low != high])
    return pd.DataFrame({"one": pairs // n, "other": pairs % n})


def _chosen(rng: np.random.Generator, weight: Floats, low: Floats, high: Floats) -> NDArray[np.int64]:
    """Draw people by weight, each between two points of the cumulative weights."""
    cumulative = np.cumsum(weight) / weight.sum()
    at = low + (high - low) * uniforms(rng, low.size)
    return np.minimum(np.searchsorted(cumulative, at, side="right"), weight.size - 1)


def _truth(frame: pd.DataFrame, ties: pd.DataFrame) -> dict[str, object]:
    """Say how many there are."""
    adults = frame["adult"] == 1
    exploited = frame["exploited"].to_numpy(dtype=bool)
    toward = int(exploited[ties["one"].to_numpy() - 1].sum() + exploited[ties["other"].to_numpy() - 1].sum())
    seen = int(ties[["one_aware", "other_aware"]].to_numpy().sum())
    degree = 2 * len(ties) / len(frame)
    return {
        "population": len(frame),
        "adults": int(adults.sum()),
        "exploited": int(exploited.sum()),
        "prevalence": float(exploited.sum() / adults.sum()),
        "mean_degree": degree,
        "visible_share": float(seen / exploited.sum() / degree) if toward else float("nan"),
        **{name: int(frame[name].sum()) for name in GROUPS},
    }
