"""Countries with and without a survey: what is found, what each check says, and what is refused."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, Result, Scope, SpecificationError, estimates_table
from ctresearch.data.synthetic import region_surveys
from ctresearch.regions import CountryTable, NationalEstimates, illegal_profits
from ctresearch.regions.national.country_chain import CountryModel, marginals

READ = {"region": "part", "cells": ["sex"], "design_effect": "design_effect"}
SAID = {"measure": "measure", "definition": "definition"}
FEW = {"draws": 2000, "seed": 1}


@cache
def made(surveyed=8):
    return region_surveys(12, surveyed, seed=20250121)


def table(surveyed=8, *, cases="cases", **changes):
    one = made(surveyed)
    return CountryTable.from_frames(one.frame, one.tables["people"], cases=cases, **READ | SAID | changes)


def totals():
    return {row.part: (row.total, row.std_error) for row in made().tables["totals"].itertuples()}


@cache
def fitted(surveyed=8, benchmark=False):
    return NationalEstimates("log_gdp", benchmark=totals() if benchmark else None, **FEW).fit(table(surveyed))


def check(result, name):
    return next(one for one in result.checks if one.name == name)


@pytest.mark.slow
def test_limits_hold_the_countries_that_were_made():
    found, truth = fitted(benchmark=True), made().truth["countries"]
    countries = found.countries
    assert list(countries["country"]) == list(truth["country"])
    assert ((countries["source"] == "survey") == truth["survey"]).all()
    assert (countries["interviewed"][~truth["survey"]] == 0).all()
    assert ((countries["ci_low"] <= truth["victims"]) & (truth["victims"] <= countries["ci_high"])).sum() >= 11
    total = found.estimates.loc["total"]
    assert total["ci_low"] <= made().truth["total"] <= total["ci_high"]
    assert found.scope.measure == "stock"
    assert found.smallest_group == 4000


def test_the_error_of_a_country_without_a_survey_stands_beside_every_number():
    found = fitted()
    assert (found.countries["left_out_error"] >= 1).all()
    assert found.regions["left_out_error"].notna().all()
    modelled = found.countries["source"] == "modelled"
    assert (found.countries.loc[modelled, "left_out_error"] == found.left_out_error).all()
    assert found.countries.loc[~modelled, "without_survey"].notna().all()


def test_parts_are_brought_to_their_totals_draw_by_draw():
    found = fitted(benchmark=True)
    for name, (total, error) in totals().items():
        row = found.regions.set_index("region").loc[name]
        assert row["estimate"] == pytest.approx(total, rel=0.02)
        assert row["std_error"] == pytest.approx(error, rel=0.1)
    plain = fitted().countries
    shares = plain["estimate"] / plain.groupby("region")["estimate"].transform("sum")
    brought = found.countries["estimate"] / found.countries.groupby("region")["estimate"].transform("sum")
    assert shares.to_numpy() == pytest.approx(brought.to_numpy(), abs=0.06)
    assert fitted().regions["factor"].isna().all()


def test_sums_carry_what_countries_share():
    found = fitted()
    draws = found.country_draws.to_numpy()
    apart = np.sqrt((found.countries["std_error"] ** 2).sum())
    assert found.draws.loc["total"].to_numpy() == pytest.approx(draws.sum(axis=0))
    assert found.estimates.loc["total", "std_error"] > 1.02 * apart
    part = found.part("Coast")
    row = found.regions.set_index("region").loc["coast"]
    assert part.estimates.loc["total", "estimate"] == pytest.approx(row["estimate"])
    assert found.part("aldermark").draws.shape == (1, 2000)
    with pytest.raises(DataError, match="no country and no region"):
        found.part("nowhere")


def test_every_check_passes_and_is_seen_to_ask():
    asked = {one.name: one.status for one in fitted().checks}
    assert asked == {
        "mixing": "pass",
        "surveys": "review",
        "modelled": "review",
        "reach": "review",
        "left out": "pass",
        "order": "review",
    }
    whole = NationalEstimates("log_gdp", **FEW).fit(table(12))
    for name in ("mixing", "surveys", "modelled", "reach", "left out"):
        assert check(whole, name).status == "pass", name
    assert check(fitted(benchmark=True), "benchmark").status == "pass"
    off = NationalEstimates(benchmark={"coast": (5e7, 1e6)}, **FEW).fit(table(12))
    assert check(off, "benchmark").status == "review"


def test_a_prior_that_lets_no_country_differ_is_seen_when_surveys_are_left_out():
    people = pd.DataFrame({"country": [f"c{i}" for i in range(14)], "population": 1e6})
    surveys = people[["country"]].assign(cases=np.linspace(10, 90, 14).astype(int), interviewed=1000)
    found = NationalEstimates(draws=800, prior_spread=0.01, seed=1).fit(CountryTable.from_frames(surveys, people))
    assert check(found, "left out").status == "review"


def test_an_order_is_known_where_countries_are_far_apart():
    people = pd.DataFrame({"country": list("abcde"), "population": 1e6})
    surveys = people[["country"]].assign(cases=[20, 200, 1000, 3000, 8000], interviewed=10_000)
    found = NationalEstimates(prior_spread=3.0, **FEW).fit(CountryTable.from_frames(surveys, people))
    assert check(found, "order").status == "pass"
    assert check(found, "surveys").status == "review"


def test_chains_that_do_not_mix_leave_no_limits():
    found = NationalEstimates("log_gdp", draws=400).fit(table())
    assert check(found, "mixing").status == "fail"
    assert found.countries[["ci_low", "rate_low"]].isna().all(axis=None)
    assert found.draws is None
    with pytest.raises(DataError, match="does not stand"):
        found.part("coast")


def test_levels_are_integrated_out_as_fine_quadrature_does():
    model = CountryModel(
        np.ones((3, 1)), np.array([[0.3], [-0.3]]), np.array([[0.0, 3.0], [9.0, 1.0], [0.0, 0.0]]),
        np.array([[400.0, 500.0], [300.0, 20.0], [0.0, 0.0]]), 1.0,
    )  # fmt: skip
    mean, spread, shift = -4.0, 0.8, np.array([0.15, -0.15])
    found = marginals(model, np.full((1, 3), mean), shift[None], np.array([spread]))[0]
    grid = np.linspace(mean - 10, mean + 10, 40_001)
    for j in range(2):
        line = grid[:, None] + shift
        height = (model.cases[j] * line - model.interviewed[j] * np.logaddexp(0, line)).sum(axis=1)
        height += -0.5 * ((grid - mean) / spread) ** 2 - np.log(spread * np.sqrt(2 * np.pi))
        whole = np.log(np.exp(height - height.max()).sum() * (grid[1] - grid[0])) + height.max()
        assert found[j] == pytest.approx(whole, abs=1e-4)
    assert found[2] == 0


def test_respondents_with_weights_are_read_as_kish_has_it():
    rng = np.random.default_rng(1)
    people = pd.DataFrame({"country": ["a", "b"], "population": [1e6, 2e6]})
    asked = pd.DataFrame({"country": ["a"] * 300, "cases": rng.integers(0, 2, 300), "w": rng.uniform(1, 3, 300)})
    found = CountryTable.from_frames(asked, people, interviewed=None, weight="w")
    w = asked["w"]
    assert found.interviewed[0, 0] == pytest.approx(w.sum() ** 2 / (w**2).sum())
    assert found.cases[0, 0] / found.interviewed[0, 0] == pytest.approx(np.average(asked["cases"], weights=w))
    assert found.asked.tolist() == [300, 0]
    plain = CountryTable.from_frames(asked, people, interviewed=None, design_effect=2.0)
    assert plain.interviewed[0, 0] == 150


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cases": 0}, "none or all of"),
        ({"cases": 2001}, "from 0 to the number interviewed"),
        ({"interviewed": 0.5}, "at least 1|from 0 to"),
        ({"design_effect": 0.5}, "at least 1"),
        ({"country": "Nowhere"}, "the table of people does not hold"),
        ({"sex": "other"}, "the table of people does not hold"),
        ({"measure": ["stock"] * 15 + ["flow"]}, "measures differ"),
        ({"definition": ["one"] * 15 + ["two"]}, "2 definitions"),
        ({"country": None}, "missing"),
    ],
)
def test_surveys_that_cannot_be_read_are_refused(change, words):
    surveys = made().frame.assign(**change)
    with pytest.raises(DataError, match=words):
        CountryTable.from_frames(surveys, made().tables["people"], **READ | SAID)


def test_people_that_cannot_be_read_are_refused():
    people = made().tables["people"]
    for wrong, words in (
        (people.assign(population=0), "above 0"),
        (people.iloc[1:], "lack people in some cell"),
        (pd.concat([people, people.head(1)]), "repeat a country"),
        (people.assign(part=["a", "b"] * 12), "several regions"),
    ):
        with pytest.raises(DataError, match=words):
            CountryTable.from_frames(made().frame, wrong, **READ)


def test_too_little_to_go_by_is_refused():
    with pytest.raises(DataError, match="4 countries have a survey, must be at least 5"):
        NationalEstimates().fit(table(4))
    people = made().tables["people"]
    holes = people.assign(log_gdp=people["log_gdp"].where(people["country"] != "Aldermark"))
    with pytest.raises(DataError, match=r"missing for 1 of 12 countries \(numbers 1\)") as caught:
        NationalEstimates("log_gdp").fit(CountryTable.from_frames(made().frame, holes, **READ))
    assert "Aldermark" not in str(caught.value)
    with pytest.raises(DataError, match="same in all countries with a survey"):
        NationalEstimates("flat").fit(CountryTable.from_frames(made().frame, people.assign(flat=1.0), **READ))
    twice = CountryTable.from_frames(made().frame, people.assign(twin=2 * people["log_gdp"] + 1), **READ)
    with pytest.raises(DataError, match="tell the same twice"):
        NationalEstimates("log_gdp + twin").fit(twice)
    with pytest.raises(DataError, match="one value for each country"):
        NationalEstimates("sex").fit(table())
    with pytest.raises(DataError, match="region that no country belongs to"):
        NationalEstimates(benchmark={"moon": (1e5, 1e4)}, draws=400).fit(table())
    with pytest.raises(DataError, match="must be one measure"):
        NationalEstimates(scope=Scope(measure="flow")).fit(table())
    with pytest.raises(DataError, match="two definitions"):
        NationalEstimates(scope=Scope(definition="other")).fit(table())
    with pytest.raises(SpecificationError, match="total and standard error"):
        NationalEstimates(benchmark={"coast": 5.0})


def test_nothing_sorts_countries_by_their_number():
    rates = fitted().countries["rate"]
    assert not rates.is_monotonic_increasing
    assert not rates.is_monotonic_decreasing
    assert check(fitted(), "order").numbers["known"] < 1


def people_of(size, error=0.1, *, draws=None, measure="stock", **more):
    row = estimates_table({"total": (size, size * error, size * (1 - 2 * error), size * (1 + 2 * error))})
    held = None if draws is None else pd.DataFrame([draws], index=row.index)
    return Result(method="m", estimates=row, n=9, draws=held, scope=Scope(measure=measure), **more)


EACH = pd.DataFrame(
    {"form": ["sexual", "other"], "region": "world", "profit": [27_252, 3_687], "std_error": [1_000, 100]}
)
WORLD = {("sexual", "world"): people_of(6.332e6), ("other", "world"): people_of(17.3e6)}


def test_the_published_total_of_236_billion_comes_out():
    """Rounded numbers of victims and of profits give the published billions to one in a hundred."""
    found = illegal_profits(WORLD, EACH)
    assert found.estimates.loc["total", "estimate"] == pytest.approx(236e9, rel=0.01)
    assert found.forms.set_index("form").loc["sexual", "estimate"] / 236e9 == pytest.approx(0.73, abs=0.01)
    assert found.cells["estimate"].sum() == pytest.approx(236e9, rel=0.01)


def test_profits_carry_both_kinds_of_doubt():
    wide = EACH.assign(std_error=0.5 * EACH["profit"])
    sure, unsure = illegal_profits(WORLD, EACH), illegal_profits(WORLD, wide)
    assert unsure.estimates.loc["total", "std_error"] > 2 * sure.estimates.loc["total", "std_error"]
    assert check(sure, "source").status == "pass"
    assert check(unsure, "source").status == "review"
    apart = illegal_profits(WORLD, wide, correlation=0.0)
    assert apart.estimates.loc["total", "std_error"] < unsure.estimates.loc["total", "std_error"]
    draws = np.exp(np.random.default_rng(1).normal(np.log(5e6), 0.2, 1000))
    with_draws = {name: people_of(5e6, 0.2, draws=draws) for name in WORLD}
    assert check(illegal_profits(with_draws, EACH), "draws").status == "pass"
    assert check(sure, "draws").status == "review"
    assert check(sure, "victims").status == "pass"
    held = {("sexual", "coast"): fitted().part("coast")}
    found = illegal_profits(held, EACH.head(1).assign(region="coast"))
    assert check(found, "victims").status == "review"


def test_parts_of_one_fit_are_carried_together():
    each = pd.DataFrame({"form": "all", "region": ["coast", "inland"], "profit": 1.0, "std_error": 1e-6})
    own = {("all", name): fitted().part(name) for name in ("coast", "inland")}
    found = illegal_profits(own, each)
    assert found.estimates.loc["total", "std_error"] == pytest.approx(
        fitted().estimates.loc["total", "std_error"], rel=0.15
    )


def test_pay_withheld_is_what_is_due_less_what_is_paid():
    pay = EACH.assign(due=[np.nan, 5_000], paid=[np.nan, 1_313], profit=[27_252, np.nan])
    found = illegal_profits(WORLD, pay, due="due", paid="paid")
    assert found.estimates.loc["total", "estimate"] == pytest.approx(236e9, rel=0.01)
    with pytest.raises(DataError, match="pay due above pay that is paid"):
        illegal_profits(WORLD, pay.assign(paid=9_000), due="due", paid="paid")
    with pytest.raises(SpecificationError, match="give both or neither"):
        illegal_profits(WORLD, pay, due="due")


@pytest.mark.parametrize("measure", ["flow", "period", "lifetime", "not stated"])
def test_only_people_at_one_moment_are_multiplied(measure):
    with pytest.raises(DataError, match="must be 'stock'"):
        illegal_profits(WORLD | {("other", "world"): people_of(1e6, measure=measure)}, EACH)


def test_profits_that_do_not_belong_are_refused():
    for victims, profits, words in (
        ({("sexual", "world"): people_of(1e6)}, EACH, "on one side alone"),
        (WORLD, EACH.assign(std_error=0.0), "known without error"),
        (WORLD, EACH.assign(profit=-1.0), "profits above 0"),
        (WORLD, pd.concat([EACH, EACH]), "repeat a form"),
        ({"sexual": people_of(1e6)}, EACH, "a pair"),
        ([], EACH, "must map"),
        ({("sexual", "world"): 3}, EACH.head(1), "must be a Result"),
    ):
        with pytest.raises(DataError, match=words):
            illegal_profits(victims, profits)
