"""National estimates: what is read, handed on, summed up, checked and drawn, against numbers worked out beside it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba
from scipy.stats import binom

from ctresearch.core import CellError, Check, DataError, Scope, SpecificationError, plot
from ctresearch.regions import CountryTable, NationalEstimates
from ctresearch.regions.national import left_out, national_estimates
from ctresearch.regions.national.benchmarked import Benchmarked, read_benchmarks, to_benchmarks
from ctresearch.regions.national.country_chain import CountryDraws, CountryModel, marginals, parts, sample_countries
from ctresearch.regions.national.country_table import standardised
from ctresearch.regions.national.left_out import LeftOut

COLUMNS = ["estimate", "std_error", "ci_low", "ci_high"]
PEOPLE = pd.DataFrame(
    {
        "country": ["Dor", "Dor", "Ash", "Ash", "Cab", "Cab"],
        "sex": ["f", "m"] * 3,
        "population": [100.0, 300, 50, 50, 10, 30],
        "part": ["coast", "coast", "inland", "inland", "coast", "coast"],
        "income": [3.0, 3, 1, 1, 2, 2],
    }
)
SURVEYS = pd.DataFrame(
    {
        "country": ["ash", "Dor", "Dor", "ash", "Dor"],
        "sex": ["m", "f", "m", "F", "f"],
        "cases": [1, 2, 3, 4, 5],
        "interviewed": [10, 20, 30, 40, 50],
        "deff": [1.0, 2, 1, 1, 2],
        "what": "Stock",
        "means": "as the convention says",
    }
)


def read(surveys=SURVEYS, people=PEOPLE, **options):
    return CountryTable.from_frames(surveys, people, **{"cells": ["sex"], "region": "part"} | options)


def test_countries_are_read_in_their_order_cell_by_cell():
    found = read(design_effect="deff", measure="what", definition="means")
    assert found.countries == ("Dor", "Ash", "Cab")
    assert found.regions == ("coast", "inland", "coast")
    assert found.cells.to_dict("list") == {"sex": ["f", "m"]}
    assert found.people.tolist() == [[100, 300], [50, 50], [10, 30]]
    assert found.cases.tolist() == [[3.5, 3], [4, 1], [0, 0]]
    assert found.interviewed.tolist() == [[35, 30], [40, 10], [0, 0]]
    assert found.asked.tolist() == [100, 50, 0]
    assert found.reported.tolist() == [True, True, False]
    assert (found.measure, found.definition) == ("stock", "as the convention says")
    assert list(found.about.index) == ["Dor", "Ash", "Cab"]
    assert found.about.index.name == "country"
    assert found.about["income"].tolist() == [3, 1, 2]
    assert "population" not in found.about
    assert "sex" not in found.about
    plain = read(design_effect=2.0)
    assert plain.interviewed.sum() == 75
    assert (plain.measure, plain.definition) == ("not stated", "not stated")
    bare = CountryTable.from_frames(SURVEYS, PEOPLE.drop_duplicates("country"))
    assert bare.regions == ("the region",) * 3
    assert bare.cells.shape == (1, 0)
    assert "as the convention says" in found._repr_html_()


def test_respondents_are_weighted_country_by_country():
    asked = pd.DataFrame(
        {"country": ["Ash", "Ash", "Dor", "Dor"], "cases": [1, 0, 0, 1], "w": [1.0, 3, 2, 2], "deff": [1.0, 1, 2, 2]}
    )
    people = PEOPLE.drop_duplicates("country")
    found = CountryTable.from_frames(asked, people, interviewed=None, weight="w")
    # Kish: (1 + 3)^2 / (1 + 9) = 1.6 people, a quarter of whose weight are cases; two of equal weight are two
    assert found.interviewed.ravel() == pytest.approx([2, 1.6, 0])
    assert found.cases.ravel() == pytest.approx([1, 0.4, 0])
    assert found.asked.tolist() == [2, 2, 0]
    both = CountryTable.from_frames(asked, people, interviewed=None, weight="w", design_effect="deff")
    assert both.interviewed.ravel() == pytest.approx([1, 1.6, 0])
    alike = CountryTable.from_frames(asked.assign(w=5.0), people, interviewed=None, weight="w", design_effect=2.0)
    assert alike.interviewed.ravel() == pytest.approx([1, 1, 0])


@pytest.mark.parametrize(
    ("change", "options", "words", "column"),
    [
        ({"cases": -1}, {}, "whole numbers from 0 to the number interviewed", "cases"),
        ({"cases": 0.5}, {}, "whole numbers from 0 to the number interviewed", "cases"),
        ({"cases": [11, 2, 3, 4, 5]}, {}, "whole numbers from 0 to the number interviewed", "cases"),
        ({"cases": 2}, {"interviewed": None}, "must be 0 or 1", "cases"),
        ({"interviewed": 100.5}, {}, r"whole numbers from 1 to 1e\+12", "interviewed"),
        ({"interviewed": 0, "cases": 0}, {}, r"whole numbers from 1 to 1e\+12", "interviewed"),
        ({"interviewed": 2e12}, {}, r"whole numbers from 1 to 1e\+12", "interviewed"),
        ({"deff": 0.99}, {"design_effect": "deff"}, "must be at least 1", "deff"),
        (
            {"cases": 1, "w": [1.0, 2, 0, 1, 1]},
            {"interviewed": None, "weight": "w"},
            r"must be above 0, from 1e-12 to 1e\+12",
            "w",
        ),
        (
            {"cases": 1, "w": [1.0, 2, 2e12, 1, 1]},
            {"interviewed": None, "weight": "w"},
            r"must be above 0, from 1e-12 to 1e\+12",
            "w",
        ),
        (
            {"country": ["ash", "Dor", "Eld", "ash", "Fen"]},
            {},
            r"^2 rows of surveys \(rows 3 and 5\) are of a country",
            "country",
        ),
        ({"sex": ["m", "f", "x", "f", "f"]}, {}, r"^1 rows of surveys \(rows? 3\) are of a cell", "sex"),
    ],
)
def test_a_survey_that_cannot_be_is_told_by_column(change, options, words, column):
    with pytest.raises(CellError, match=words) as caught:
        read(SURVEYS.assign(**change), **options)
    assert caught.value.column == column
    assert caught.value.rows


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"population": 0.0}, r"must be above 0 and at most 1e\+12"),
        ({"population": 2e12}, "must be above 0 and at most"),
    ],
)
def test_people_are_more_than_none(change, words):
    with pytest.raises(CellError, match=words) as caught:
        read(people=PEOPLE.assign(**change))
    assert caught.value.column == "population"
    assert read(people=PEOPLE.assign(population=1e12)).people.max() == 1e12


def test_tables_that_do_not_hold_together_are_refused():
    for people, words in (
        (pd.concat([PEOPLE, PEOPLE.head(2)]), "^2 rows of people repeat a country"),
        (PEOPLE.iloc[1:], "^1 countries lack people in some cell, must have all of 2"),
        (PEOPLE.assign(part=list("ababab")), "^column 'part' has several regions"),
        ([], "^people is a list"),
        *((PEOPLE.drop(columns=name), f"^people .*{name!r}") for name in ("country", "sex", "population", "part")),
    ):
        with pytest.raises(DataError, match=words):
            read(people=people)
    options = {"design_effect": "deff"}
    for surveys, words in (
        (SURVEYS.assign(cases=0), "^none or all of 150 people interviewed"),
        (SURVEYS.assign(cases=SURVEYS["interviewed"]), "^none or all of 150 people"),
        ([], "^surveys is a list"),
        *((SURVEYS.drop(columns=n), f"^surveys .*{n!r}") for n in ("country", "sex", "cases", "interviewed", "deff")),
        *((SURVEYS.assign(**{n: None}), n) for n in ("country", "sex", "cases", "interviewed", "deff")),
    ):
        with pytest.raises(DataError, match=words):
            read(surveys, **options)
    with pytest.raises(
        DataError, match=r"^weight == 'deff' is of respondents, must not stand beside interviewed == 'int"
    ):
        read(weight="deff")
    with pytest.raises(SpecificationError, match=r"^design_effect == 0\.9"):
        read(design_effect=0.9)
    with pytest.raises(DataError, match=r"must hold one"):
        read(SURVEYS.assign(means=list("ababa")), definition="means")
    with pytest.raises(DataError, match=r"measures differ"):
        read(SURVEYS.assign(what=["stock", "flow", "flow", "flow", "flow"]), measure="what")
    for option in ("country", "cases", "population", "region", "interviewed", "measure", "definition"):
        with pytest.raises(SpecificationError, match=r"^column"):
            read(**{option: 3})


def test_lists_in_a_table_of_people_say_nothing_of_a_country():
    found = read(people=PEOPLE.assign(notes=[[1]] * 6, same="x", differs=range(6)))
    assert list(found.about.columns) == ["country", "part", "income", "same"]


def test_what_surveys_count_joins_the_scope():
    found = read(measure="what", definition="means")
    assert found.scope(Scope(population="p", reference_period="2020")) == Scope(
        population="p", definition="as the convention says", reference_period="2020", measure="stock"
    )
    same = Scope(measure="stock", definition="as the convention says")
    assert found.scope(same) == same
    assert read().scope(same) == same
    with pytest.raises(DataError, match=r"^scope says 'flow' and the surveys 'stock', must be one measure"):
        found.scope(Scope(measure="flow"))
    with pytest.raises(DataError, match=r"two definitions"):
        found.scope(Scope(definition="other"))


def test_covariates_are_taken_about_countries_with_a_survey():
    columns, reported = np.array([[1.0, 5], [3, 6], [5, 1], [9, 2]]), np.array([True, True, True, False])
    out, means, spreads = standardised(columns, reported)
    assert means.tolist() == [3, 4]
    assert spreads == pytest.approx([np.sqrt(8 / 3), np.sqrt(14 / 3)])
    assert out == pytest.approx((columns - means) / spreads)
    with pytest.raises(DataError, match=r"^1 covariates are the same"):
        standardised(np.array([[1.0, 5], [1, 6], [1, 1], [9, 2]]), reported)
    with pytest.raises(DataError, match=r"^2 covariates tell the same twice"):
        standardised(np.array([[1.0, 2], [3, 6], [5, 10], [9, 2]]), reported)


def test_totals_of_regions_are_read():
    assert read_benchmarks(None) == {}
    assert read_benchmarks({"a": (5, 500), "b": (5.0, 0)}) == {"a": (5.0, 500.0), "b": (5.0, 0.0)}
    for given, words in (
        ({"a": (0, 1)}, "^total of a benchmark == 0"),
        ({"a": (1e15, 1)}, "^total of a benchmark"),
        ({"a": (5, -1)}, "^error of a benchmark"),
        ({"a": (5, 500.1)}, "^error of a benchmark"),
        ({"a": 5}, "^benchmark has a int"),
        ({"a": (1, 2, 3)}, "^benchmark has a tuple"),
        ([], "^benchmark"),
    ):
        with pytest.raises(SpecificationError, match=words):
            read_benchmarks(given)
    with pytest.raises(DataError, match=r"benchmark"):
        read_benchmarks({"a": (1, 1), "A ": (1, 1)})


def test_countries_of_a_region_are_multiplied_by_what_brings_their_sum_to_its_total():
    random = np.random.default_rng(3)
    people = random.uniform(10, 20, (5000, 3))
    before = people.copy()
    found = to_benchmarks(people, ("Coast", "inland", "coast "), {"coast": (90.0, 0.0)}, random, 0.9)
    assert people.tolist() == before.tolist()
    own = people[:, [0, 2]].sum(axis=1)
    assert found.people[:, 1].tolist() == people[:, 1].tolist()
    assert found.people[:, [0, 2]] == pytest.approx(people[:, [0, 2]] * (90 / own)[:, None])
    assert found.factors == {"coast": pytest.approx(90 / np.median(own))}
    assert found.outside == ("coast",)
    for end, outside in ((0.04, True), (0.06, False), (0.94, False), (0.96, True)):
        total = float(np.quantile(own, end))
        made = to_benchmarks(people, ("coast", "inland", "coast"), {"coast": (total, 0.0)}, random, 0.9)
        assert made.outside == (("coast",) if outside else ())
    unsure = to_benchmarks(people, ("coast", "inland", "coast"), {"coast": (30.0, 15.0)}, np.random.default_rng(1), 0.9)
    total = unsure.people[:, [0, 2]].sum(axis=1)
    assert (total.mean(), total.std()) == pytest.approx((30, 15), rel=0.05)
    assert np.std(np.log(total)) == pytest.approx(np.sqrt(np.log(1.25)), rel=0.03)
    assert unsure.factors["coast"] == pytest.approx(np.median(total) / np.median(own))
    with pytest.raises(DataError, match=r"^benchmark 2 of 2 is of a region that no country"):
        to_benchmarks(people, ("a", "a", "b"), {"a": (1.0, 0.0), "c": (1.0, 0.0)}, random, 0.9)


MODEL = CountryModel(
    np.column_stack([np.ones(3), [0.5, -1.0, 2.0]]),
    np.array([[0.5], [-0.5]]),
    np.array([[3.0, 2.0], [0.0, 0.0], [0.0, 0.0]]),
    np.array([[30.0, 20.0], [40.0, 10.0], [0.0, 0.0]]),
    0.7,
)


def test_points_stand_for_means_shifts_and_spreads():
    means, shifts, spreads = parts(MODEL, np.array([[1.0, 2.0, 3.0, np.log(4.0)]]))
    assert means.tolist() == [[2.0, -1.0, 5.0]]
    assert shifts.tolist() == [[1.5, -1.5]]
    assert spreads == pytest.approx([4.0])


def test_the_walk_begins_at_the_share_of_all_and_is_as_long_as_asked():
    made = replace(MODEL, cases=np.array([[3.0, 2.0], [6.0, 1.0], [0.0, 0.0]]))
    found = sample_countries(made, np.random.default_rng(1), draws=5, thin=1)
    assert found.walked.shape == (4, 5, 4)
    assert (found.means.shape, found.shifts.shape) == ((20, 3), (20, 2))
    assert found.spreads.tolist() == np.exp(found.walked.reshape(-1, 4)[:, -1]).tolist()
    assert found.levels.shape == (20, 3)


def draws_of(means, spread=1e-9):
    many = len(means)
    return CountryDraws(
        np.zeros((4, many // 4, 4)), np.asarray(means, float), np.tile([0.5, -0.5], (many, 1)), np.full(many, spread),
        np.asarray(means, float),
    )  # fmt: skip


def expit(x):
    return 1 / (1 + np.exp(-np.asarray(x, float)))


def test_a_country_left_out_is_predicted_from_the_rest():
    shares = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]])
    found = left_out.leave_out(
        MODEL, draws_of(np.full((400, 3), -40.0)), shares, np.random.default_rng(1), draws=9, thin=2
    )
    # with a chance of next to nothing nobody is drawn: below the five of the first, as many as the none of the second
    assert found.place.tolist() == pytest.approx([1.0, 0.5, np.nan], nan_ok=True)
    assert found.again == 0
    assert np.isnan(found.prevalence[2])
    assert found.prevalence[0] == pytest.approx(0.25 * expit(-39.5) + 0.75 * expit(-40.5))
    sure = left_out.leave_out(
        MODEL, draws_of(np.full((400, 3), 40.0)), shares, np.random.default_rng(1), draws=9, thin=2
    )
    assert sure.place[:2].tolist() == [0.0, 0.0]
    half = left_out.leave_out(
        MODEL, draws_of(np.full((4000, 3), -2.2)), shares, np.random.default_rng(1), draws=9, thin=2
    )
    many = np.convolve(binom.pmf(range(31), 30, expit(-1.7)), binom.pmf(range(21), 20, expit(-2.7)))
    assert half.place[0] == pytest.approx(many[:5].sum() + many[5] / 2, abs=0.03)
    wide = left_out.leave_out(
        MODEL, draws_of(np.zeros((4000, 3)), 2.0), shares[:, ::-1], np.random.default_rng(1), draws=9, thin=2
    )
    assert wide.prevalence[1] == pytest.approx(0.5, abs=0.05)


def test_draws_are_weighted_by_one_over_the_likelihood_of_the_survey():
    means = np.repeat([[-2.0] * 3, [-2.4] * 3], 1000, axis=0)
    drawn = draws_of(means, 1e-5)
    logs = marginals(MODEL, drawn.means, drawn.shifts, drawn.spreads)[:, 0]
    share = np.exp(-logs[0]) / (np.exp(-logs[0]) + np.exp(-logs[-1]))
    found = left_out.leave_out(MODEL, drawn, np.full((3, 2), 0.5), np.random.default_rng(1), draws=9, thin=2)
    at = -2.0 if share > 0.5 else -2.4
    assert found.prevalence[0] == pytest.approx((expit(at + 0.5) + expit(at - 0.5)) / 2, rel=1e-3)

    def below(at):
        many = np.convolve(binom.pmf(range(31), 30, expit(at + 0.5)), binom.pmf(range(21), 20, expit(at - 0.5)))
        return many[:5].sum() + many[5] / 2

    assert found.place[0] == pytest.approx(share * below(-2.0) + (1 - share) * below(-2.4), abs=0.03)


def test_a_model_that_its_draws_do_not_bear_is_fitted_again(monkeypatch):
    asked = []

    def sample(made, random, *, draws, thin):
        asked.append((made, draws, thin))
        return SimpleNamespace(walked=np.tile([1.0, 2.0, 3.0, -20.0], (4, 50, 1)))

    monkeypatch.setattr(left_out, "sample_countries", sample)
    few = draws_of(np.full((196, 3), -2.0))
    found = left_out.leave_out(MODEL, few, np.full((3, 2), 0.5), np.random.default_rng(1), draws=9, thin=2)
    assert (found.again, len(asked)) == (2, 2)
    assert [(draws, thin) for _, draws, thin in asked] == [(9, 2)] * 2
    assert asked[0][0].interviewed.tolist() == [[0, 0], [40, 10], [0, 0]]
    assert asked[0][0].cases.sum() == 0
    assert asked[1][0].cases.tolist() == MODEL.cases.tolist()
    assert asked[1][0].interviewed.tolist() == [[30, 20], [0, 0], [0, 0]]
    assert found.prevalence[:2] == pytest.approx([expit([3.5, 0.5]).mean(), expit([0.5, -2.5]).mean()])
    enough = draws_of(np.full((204, 3), -2.0))
    assert left_out.leave_out(MODEL, enough, np.full((3, 2), 0.5), np.random.default_rng(1), draws=9, thin=2).again == 0


def test_a_median_of_weighted_draws():
    assert left_out._weighted_median(np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.2, 0.6])) == 2
    assert left_out._weighted_median(np.array([3.0, 1.0, 2.0]), np.array([6.0, 2.0, 2.0])) == 3
    assert left_out._weighted_median(np.array([2.0, 1.0]), np.array([0.5, 0.5])) == 1


PLACES = ("a", "b", "c", "d", "e", "f")
WHO = pd.DataFrame(
    {
        "country": list(PLACES),
        "population": [1e6, 2e6, 3e6, 4e6, 5e6, 6e6],
        "part": list("uvuvuv"),
        "x": [1.0, 2, 3, 4, 5, 9],
    }
)
ASKED = pd.DataFrame({"country": list("abcde"), "cases": [1, 2, 3, 4, 5], "interviewed": [100, 200, 300, 400, 500]})


@pytest.fixture
def fitted(monkeypatch):
    """Fit with a sampler of noise, and keep what was handed on."""
    asked, random = {}, np.random.default_rng(7)
    walked = random.normal(size=(4, 100, 3))
    drawn = CountryDraws(
        walked, np.zeros((400, 6)), np.zeros((400, 1)), random.uniform(1, 2, 400), random.normal(-5, 0.3, (400, 6))
    )
    left = LeftOut(np.array([0.01, 0.02, 0.005, 0.004, 0.01, np.nan]), np.array([0.5, 0.01, 0.5, 0.5, 0.99, np.nan]), 2)

    def sample(made, random, *, draws, thin):
        asked.update(made=made, draws=draws, thin=thin, main=random.random())
        return drawn

    def leave(made, found, shares, random, *, draws, thin):
        asked.update(left=(made, found, shares, draws, thin), further=random.random())
        return left

    def mixing(chains):
        asked.update(chains=chains)
        return Check("mixing", "pass", "Asked elsewhere.")

    monkeypatch.setattr(national_estimates, "sample_countries", sample)
    monkeypatch.setattr(national_estimates, "leave_out", leave)
    monkeypatch.setattr(national_estimates, "check_mixing", mixing)
    made = CountryTable.from_frames(ASKED, WHO, region="part")
    options = {"benchmark": {"u": (1e5, 0.0)}, "prior_spread": 0.5, "draws": 400, "level": 0.8, "seed": 3}
    found = NationalEstimates("x", scope=Scope(population="p"), **options).fit(made)
    return SimpleNamespace(asked=asked, found=found, drawn=drawn, left=left, table=made)


def summary(draws, level=0.8):
    ends = np.quantile(draws, [0.5 - level / 2, 0.5 + level / 2])
    return [np.median(draws), np.std(draws), *ends]


def test_a_model_is_handed_to_the_sampler_and_to_what_is_left_out(fitted):
    made, x = fitted.asked["made"], np.array([1.0, 2, 3, 4, 5, 9])
    assert made.design == pytest.approx(np.column_stack([np.ones(6), (x - 3) / np.sqrt(2)]))
    assert made.traits.shape == (1, 0)
    assert made.cases.ravel().tolist() == [1, 2, 3, 4, 5, 0]
    assert made.interviewed.ravel().tolist() == [100, 200, 300, 400, 500, 0]
    assert made.spread == 0.5
    assert (fitted.asked["draws"], fitted.asked["thin"]) == (100, 9)
    model, drawn, shares, draws, thin = fitted.asked["left"]
    assert model is made
    assert drawn is fitted.drawn
    assert (shares.tolist(), draws, thin) == ([[1.0]] * 6, 100, 9)
    assert fitted.asked["main"] != fitted.asked["further"]
    assert {name: one.tolist() for name, one in fitted.asked["chains"].items()} == {
        f"number {i + 1}": fitted.drawn.walked[..., i].tolist() for i in range(3)
    }


def test_every_table_of_countries_by_hand(fitted):
    found, drawn = fitted.found, fitted.drawn
    whole = WHO["population"].to_numpy()
    plain = expit(drawn.levels) * whole
    people = plain.copy()
    people[:, ::2] *= (1e5 / plain[:, ::2].sum(axis=1))[:, None]
    away = np.abs(np.log(fitted.left.prevalence / np.median(plain / whole, axis=0)))
    typical = np.exp(np.sqrt(np.mean(away[:5] ** 2)))
    rows = found.countries
    assert rows["country"].tolist() == list(PLACES)
    assert rows["region"].tolist() == list("uvuvuv")
    assert rows["source"].tolist() == ["survey"] * 5 + ["modelled"]
    assert rows["interviewed"].tolist() == [100, 200, 300, 400, 500, 0]
    for i in range(6):
        own = summary(people[:, i])
        assert rows.loc[i, COLUMNS].tolist() == pytest.approx(own)
        rates = [own[0], own[2], own[3]] / whole[i] * 1000
        assert rows.loc[i, ["rate", "rate_low", "rate_high"]].tolist() == pytest.approx(rates)
    assert rows["before_benchmark"].to_numpy() == pytest.approx(np.median(plain, axis=0))
    assert rows["without_survey"].to_numpy() == pytest.approx(1000 * fitted.left.prevalence, nan_ok=True)
    assert rows["left_out_error"].to_numpy() == pytest.approx([*np.exp(away[:5]), typical])
    assert found.left_out_error == pytest.approx(typical)
    parts = found.regions
    assert parts["region"].tolist() == ["u", "v"]
    assert (parts["countries"].tolist(), parts["surveyed"].tolist()) == ([3, 3], [3, 2])
    assert parts.loc[1, COLUMNS].tolist() == pytest.approx(summary(people[:, 1::2].sum(axis=1)))
    assert parts["benchmark"].tolist() == pytest.approx([1e5, np.nan], nan_ok=True)
    factor = 1e5 / np.median(plain[:, ::2].sum(axis=1))
    assert parts["factor"].tolist() == pytest.approx([factor, np.nan], nan_ok=True)
    assert parts["left_out_error"].tolist() == pytest.approx([typical] * 2)
    total = people.sum(axis=1)
    flat = drawn.walked.reshape(-1, 3)
    terms = {"total": total, "rate": 1000 * total / whole.sum(), "spread": drawn.spreads, "slope x": flat[:, 1]}
    assert list(found.estimates.index) == list(found.draws.index) == list(terms)
    for name, draws in terms.items():
        assert found.estimates.loc[name, COLUMNS].tolist() == pytest.approx(summary(draws))
        assert found.draws.loc[name].to_numpy() == pytest.approx(draws)
    assert found.estimates["unit"].tolist() == ["persons", "persons per 1,000 people", "", ""]
    assert found.country_draws.to_numpy() == pytest.approx(people.T)
    assert (found.country_draws.index.name, list(found.country_draws.index)) == ("country", list(PLACES))
    assert found.draws.index.name == "term"


def test_what_was_done_is_said(fitted):
    found = fitted.found
    assert found.method == "6 countries estimated from surveys of 5"
    assert (found.n, found.level, found.interval, found.surveyed) == (1500, 0.8, "percentile", 5)
    assert (found.scope, found.smallest_group, found.inputs.seed) == (Scope(population="p"), 100, 3)
    assert found.inputs.versions.keys() >= {"numpy", "scipy"}
    assert len(found.assumptions) == 4
    assert len(found.references) == 2
    names = ["mixing", "surveys", "modelled", "reach", "left out", "order", "benchmark"]
    assert [check.name for check in found.checks] == names
    plain = NationalEstimates("x", draws=400).fit(fitted.table)
    assert len(plain.assumptions) == 3
    assert [check.name for check in plain.checks] == names[:-1]
    with pytest.raises(DataError, match=r"^table is a list, must be a CountryTable"):
        NationalEstimates().fit([])


def test_a_digest_is_of_everything_the_numbers_rest_on():
    made = read(design_effect="deff")
    found = national_estimates._went_in(made, np.array([[1.0, 4], [2, 5], [3, 6]]), ("x", "z"))
    assert found.to_dict("list") == {
        "country": ["Dor", "Ash", "Cab"], "region": ["coast", "inland", "coast"],
        "people 0": [100, 50, 10], "people 1": [300, 50, 30], "cases 0": [3.5, 4, 0], "cases 1": [3, 1, 0],
        "interviewed 0": [35, 40, 0], "interviewed 1": [30, 10, 0], "x": [1, 2, 3], "z": [4, 5, 6],
    }  # fmt: skip


def test_a_part_is_a_result_of_its_own(fitted):
    found = fitted.found
    part = found.part("V")
    draws = found.country_draws.to_numpy()[1::2].sum(axis=0)
    assert part.estimates.loc["total", COLUMNS].tolist() == pytest.approx(summary(draws))
    assert part.estimates["unit"].tolist() == ["persons"]
    assert part.draws.loc["total"].to_numpy() == pytest.approx(draws)
    assert part.method == "National estimates of a part of the countries"
    assert (part.level, part.scope) == (0.8, found.scope)
    one = found.part("b")
    assert one.estimates.loc["total", "estimate"] == pytest.approx(found.countries.loc[1, "estimate"])
    with pytest.raises(DataError, match=r"is named 'z': there are 6 countries"):
        found.part("z")
    failed = replace(found, checks=(Check("mixing", "fail", "No.", voids=True),))
    assert failed.countries[["rate_low", "rate_high", "ci_low", "ci_high"]].isna().all(axis=None)
    assert failed.countries["rate"].notna().all()
    assert failed.country_draws is None
    with pytest.raises(DataError, match=r"does not stand"):
        failed.part("b")


def test_a_picture_has_the_rate_of_each_country_in_the_order_of_the_table(fitted):
    rows = fitted.found.countries
    _, own = pyplot.subplots()
    ax = fitted.found.plot(ax=own)
    assert ax is own
    assert [one.get_text() for one in ax.get_yticklabels()] == list(PLACES)
    assert ax.get_yticks().tolist() == [5, 4, 3, 2, 1, 0]
    solid, dashed = ax.collections
    bars = np.array(
        [
            [[low, y], [high, y]]
            for low, high, y in zip(rows["rate_low"], rows["rate_high"], range(5, -1, -1), strict=True)
        ]
    )
    assert np.array(solid.get_segments()) == pytest.approx(bars[:5])
    assert np.array(dashed.get_segments()) == pytest.approx(bars[5:])
    assert solid.get_linestyle()[0][1] is None
    assert dashed.get_linestyle()[0][1] == [8.0, 4.0]  # over the width of the line, which is 2
    closed, hollow = ax.lines
    assert closed.get_xdata() == pytest.approx(rows["rate"][:5])
    assert (hollow.get_xdata().tolist(), hollow.get_ydata().tolist()) == ([rows.loc[5, "rate"]], [0])
    assert to_rgba(closed.get_markerfacecolor()) == to_rgba(plot.BLUE)
    assert to_rgba(hollow.get_markerfacecolor()) == to_rgba(ax.get_facecolor())
    assert {to_rgba(one.get_color()) for one in ax.lines} == {to_rgba(plot.BLUE)}
    assert {one.get_marker() for one in ax.lines} == {"o"}
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["with a survey", "modelled, no survey"]
    assert ax.get_legend()._ncols == 2
    assert (ax.get_ylim(), ax.get_xlim()[0]) == ((-0.7, 5.7), 0)
    assert ax.get_xlabel() == "persons per 1,000 people"
    assert "6 countries" in ax.get_title(loc="left")
    table, roles = plot.shown(ax)
    assert set(table.columns) == set(roles) == {"country", "source", "rate", "rate_low", "rate_high"}
    assert table["rate"].tolist() == rows["rate"].tolist()
    pyplot.close(ax.figure)
    alone = fitted.found.plot()
    assert alone.figure.get_size_inches().tolist() == pytest.approx([7.2, 3.6])
    pyplot.close(alone.figure)


def turned(check):
    return check.name, check.status, dict(check.numbers)


def test_twelve_surveys_are_enough():
    few, enough = national_estimates._check_surveys(11), national_estimates._check_surveys(12)
    assert turned(few) == ("surveys", "review", {"surveyed": 11, "enough": 12})
    assert turned(enough) == ("surveys", "pass", {"surveyed": 12, "enough": 12})
    assert few.message.startswith("11 countries have a survey; with fewer than 12")
    assert enough.message.startswith("12 countries have a survey: enough")


def test_countries_without_a_survey_are_counted():
    table = SimpleNamespace(reported=np.array([True, False, False]), countries=PLACES[:3])
    some = national_estimates._check_modelled(table)
    assert turned(some) == ("modelled", "review", {"modelled": 2, "countries": 3})
    assert some.message.startswith("2 of 3 countries have no survey")
    table.reported[:] = True
    assert turned(national_estimates._check_modelled(table)) == ("modelled", "pass", {"modelled": 0, "countries": 3})
    assert national_estimates._check_modelled(table).message == "All 3 countries have a survey."


@pytest.mark.parametrize(
    ("last", "outside"), [([1.0, 5.0], 0), ([3.0, 7.0], 0), ([0.9, 6.0], 1), ([3.1, 6.0], 1), ([2.0, 7.1], 1)]
)
def test_covariates_beyond_those_with_a_survey_are_counted(last, outside):
    columns = np.array([[1.0, 7.0], [3.0, 5.0], last])
    check = national_estimates._check_reach(columns, np.array([True, True, False]))
    assert turned(check) == ("reach", "review" if outside else "pass", {"outside": outside})
    assert ("1 country without a survey has covariates beyond" in check.message) is bool(outside)
    two = national_estimates._check_reach(np.array([[1.0], [2], [0], [3]]), np.array([True, True, False, False]))
    assert two.message.startswith("2 countries without a survey have covariates beyond")
    none = national_estimates._check_reach(np.empty((3, 0)), np.array([True, True, False]))
    assert turned(none) == ("reach", "pass", {"outside": 0})


def test_surveys_outside_their_prediction_are_more_than_chance_allows_above_a_quantile():
    most = int(binom.ppf(0.975, 20, 0.2))
    for outside in (most, most + 1):
        place = np.array([0.05, 0.95] * 10 + [np.nan])
        place[outside:20] = np.resize([0.1, 0.5, 0.9], 20 - outside)
        check = national_estimates._check_left_out(LeftOut(place, place, 3), 0.8)
        numbers = {"outside": outside, "surveys": 20, "refitted": 3}
        assert turned(check) == ("left out", "review" if outside > most else "pass", numbers)
        assert check.message.startswith(f"{outside} ")
        assert "of 20" in check.message
    one = national_estimates._check_left_out(LeftOut(place[-2:], np.array([0.01, np.nan]), 0), 0.2)
    assert one.message.startswith("1 of 1 surveys lies")


@pytest.mark.parametrize(("above", "known"), [(19, 1.0), (18, 0.0), (1, 1.0), (2, 0.0)])
def test_an_order_is_known_where_nineteen_in_twenty_draws_have_it(above, known):
    rates = np.column_stack([np.zeros(20), np.where(np.arange(20) < above, 1.0, -1.0)])
    check = national_estimates._check_order(rates)
    assert turned(check) == ("order", "pass" if known else "review", {"known": known})
    assert known or "is known of 0% of all pairs" in check.message
    three = national_estimates._check_order(np.column_stack([rates, np.full(20, 9.0)]))
    assert three.numbers["known"] == pytest.approx((2 + known) / 3)


def test_totals_that_disagree_with_the_model_are_counted():
    brought = Benchmarked(np.zeros((1, 1)), {}, ("u",))
    (some,) = national_estimates._check_benchmarks(brought, 3)
    assert turned(some) == ("benchmark", "review", {"outside": 1, "benchmarks": 3})
    assert some.message.startswith("1 of 3 regional totals")
    (none,) = national_estimates._check_benchmarks(replace(brought, outside=()), 3)
    assert turned(none) == ("benchmark", "pass", {"outside": 0, "benchmarks": 3})
    assert none.message.startswith("The model agrees with all 3 regional totals")
    assert national_estimates._check_benchmarks(brought, 0) == ()


def test_traits_of_cells_are_taken_about_those_who_were_asked():
    cells = pd.DataFrame({"sex": ["f", "m", "f", "m"], "age": ["x", "x", "y", "y"]})
    table = SimpleNamespace(cells=cells, interviewed=np.array([[1.0, 2, 3, 4], [0, 0, 0, 0]]))
    assert national_estimates._traits(table) == pytest.approx(
        np.array([[-0.6, -0.7], [0.4, -0.7], [-0.6, 0.3], [0.4, 0.3]])
    )
    table.interviewed = np.array([[1.0, 2, 0, 0]])
    with pytest.raises(DataError, match=r"^2 of 4 cells hold nobody who was interviewed"):
        national_estimates._traits(table)
    one = SimpleNamespace(cells=pd.DataFrame({"sex": ["f"]}), interviewed=np.array([[1.0]]))
    assert national_estimates._traits(one).shape == (1, 0)


def test_more_covariates_ask_for_more_surveys():
    made = CountryTable.from_frames(ASKED, WHO.assign(z=[1.0, 4, 2, 5, 3, 3], w=[2.0, 1, 1, 5, 3, 3], n=None))
    with pytest.raises(DataError, match=r"^5 countries have a survey, must be at least 6 with 3 covariates"):
        NationalEstimates("x + z + w")._model(made)
    model, columns, names = NationalEstimates("x + z")._model(made)
    assert (model.design.shape, columns.shape, names) == ((6, 3), (6, 2), ("x", "z"))
    model, columns, names = NationalEstimates()._model(made)
    assert (model.design.tolist(), columns.shape, names) == ([[1.0]] * 6, (6, 0), ())
    with pytest.raises(DataError, match=r"^column 'n' is missing for 6 of 6 countries \(numbers 1"):
        NationalEstimates("n")._model(made)
    with pytest.raises(DataError, match=r"has no column 'population'"):
        NationalEstimates("population")._model(made)
    with pytest.raises(DataError, match=r"^4 countries have a survey, must be at least 5 with 0"):
        NationalEstimates()._model(CountryTable.from_frames(ASKED.head(4), WHO))
