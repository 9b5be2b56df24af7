"""Surveys in some countries of an invented region whose victims are known, and what is known of all of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctresearch.core.errors import SpecificationError
from ctresearch.core.random import Seed, generator, recorded_seed, seed_sequence
from ctresearch.core.validate import in_range, whole_number
from ctresearch.data.synthetic.countries.region import region
from ctresearch.data.synthetic.generated import Synthetic

_SEXES = ("female", "male")
_FORMS = {"sexual exploitation": "sexual_exploitation"}
_OTHER = "forced_labour"
_EACH = {"sexual_exploitation": 21_000.0, _OTHER: 3_400.0}
_PART = {"coast": 1.25, "inland": 0.8}
DEFINITION = "as an invented survey asks"


def region_surveys(
    countries: int = 12,
    surveyed: int = 8,
    *,
    interviewed: int = 4_000,
    design_effect: float = 1.5,
    total: float = 1_500_000.0,
    seed: Seed = 0,
) -> Synthetic:
    """Draw a region of which all victims are known, and surveys in some of its countries.

    Parameters
    ----------
    countries, surveyed : int
        Countries of the region, and those among them with a survey.
    interviewed : int
        People in each survey, half of either sex.
    design_effect : float
        By how much more the number of cases varies than in a simple sample.
    total : float
        People exploited at a moment in the whole region, were there no laws.
    seed : int or SeedSequence
        Where the random stream starts.

    Returns
    -------
    Synthetic
        ``frame``: one row a surveyed country and sex: ``interviewed``, ``cases`` and of these
        ``sexual_exploitation`` and ``forced_labour``, ``design_effect``, ``measure`` and ``definition``. ``tables``:
        ``people`` (every country and sex: ``part`` of the region, ``population``, ``log_gdp``), ``totals`` (of each
        part, from elsewhere, with an error) and ``profits`` (of one victim in a year, by form and part). ``truth``:
        ``countries`` (victims by country, part and form, and whether there is a survey), ``total`` and ``profits``.

    Raises
    ------
    SpecificationError
        If an option is out of range.

    Examples
    --------
    >>> made = region_surveys(6, 4, seed=1)
    >>> made.frame["country"].nunique(), made.tables["people"]["country"].nunique()
    (4, 6)
    """
    whole_number("countries", countries, low=1)
    whole_number("surveyed", surveyed, low=1)
    whole_number("interviewed", interviewed, low=100)
    in_range("design_effect", design_effect, 1, 10)
    if surveyed > countries:
        raise SpecificationError(f"surveyed == {surveyed}, must be at most countries == {countries}")
    first, second = seed_sequence(seed).spawn(2)
    made = region(countries, split=None, total=total, seed=first)
    rng = generator(second)
    people, victims = _people(made, rng)
    chosen = np.sort(rng.permutation(countries)[:surveyed])
    names = list(dict.fromkeys(people["country"]))
    asked = {names[i] for i in chosen}
    frame = _surveys(victims, asked, interviewed, design_effect, rng)
    truth = victims.groupby(["country", "part"], sort=False)[list(_EACH)].sum().reset_index()
    truth = truth.assign(victims=truth[list(_EACH)].sum(axis=1), survey=truth["country"].isin(asked))
    totals = truth.groupby("part", sort=False)["victims"].sum()
    off = np.exp(0.06 * rng.standard_normal(len(totals)))
    profits = pd.DataFrame(
        [(form, part, each * _PART[part]) for form, each in _EACH.items() for part in totals.index],
        columns=["form", "part", "profit"],
    )
    earned = sum(
        float(truth.loc[truth["part"] == part, form].sum() * each)
        for form, part, each in profits.itertuples(index=False)
    )
    return Synthetic(
        name="region_surveys",
        frame=frame,
        tables={
            "people": people.drop(columns="cell"),
            "totals": pd.DataFrame(
                {
                    "part": totals.index.to_list(),
                    "total": (totals * off).round().to_list(),
                    "std_error": (0.06 * totals).round().to_list(),
                }
            ),
            "profits": profits.assign(std_error=(0.12 * profits["profit"]).round()),
        },
        truth={"countries": truth, "total": float(truth["victims"].sum()), "profits": earned},
        seed=recorded_seed(seed),
    )


def _people(made: Synthetic, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return people and victims of each country and sex in the last year."""
    years, flows = made.tables["country_years"], made.truth["flows"]
    last = int(years["year"].max())
    now = years[years["year"] == last]
    people = now[["country", "population", "log_gdp"]].merge(pd.DataFrame({"sex": _SEXES}), how="cross")
    share = np.where(people["sex"] == "female", 0.51, 0.49)
    people["population"] = (people["population"] * share).round().astype(np.int64)
    near = dict(zip(now["country"], np.where(rng.permutation(len(now)) % 2, "coast", "inland"), strict=True))
    people["part"] = people["country"].map(near)
    people["cell"] = people["country"] + people["sex"]
    flows = flows[flows["year"] == last].assign(
        kind=lambda d: d["form"].map(_FORMS).fillna(_OTHER), cell=lambda d: d["destination"] + d["sex"]
    )
    wide = flows.pivot_table(index="cell", columns="kind", values="occurred", aggfunc="sum", fill_value=0)
    victims = people.merge(wide[list(_EACH)], left_on="cell", right_index=True, how="left").fillna(
        dict.fromkeys(_EACH, 0)
    )
    order = ["country", "part", "sex", "population", "log_gdp", "cell"]
    return people[order], victims


def _surveys(
    victims: pd.DataFrame,
    asked: set[str],
    interviewed: int,
    design_effect: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Ask people of either sex; cases come in clumps, so that they vary more than in a simple sample."""
    here = victims[victims["country"].isin(asked)].reset_index(drop=True)
    each = interviewed // len(_SEXES)
    rows = {}
    for form in _EACH:
        mean = each * (here[form] / here["population"]).to_numpy(dtype=float)
        rate = mean if design_effect == 1 else rng.gamma(mean / (design_effect - 1), design_effect - 1)
        rows[form] = np.minimum(rng.poisson(rate), each // 4)
    found = pd.DataFrame(rows)
    return here[["country", "sex"]].assign(
        interviewed=each,
        cases=found.sum(axis=1),
        **{form: found[form] for form in _EACH},
        design_effect=design_effect,
        measure="stock",
        definition=DEFINITION,
    )
