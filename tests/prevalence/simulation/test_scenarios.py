"""Scenarios say what they are: chances add up, dependence and heterogeneity have the stated size."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import (
    CaptureHistories,
    ClosedPopulation,
    LogLinear,
    SampleCoverage,
    Scenario,
    scenarios_like,
)
from ctresearch.prevalence.simulation.scenarios import CHANCES, SCENARIOS

PATTERNS = np.arange(16)


def odds_ratio(chances, one, other):
    a, b = PATTERNS >> one & 1, PATTERNS >> other & 1
    cell = {(i, j): chances[(a == i) & (b == j)].sum() for i in (0, 1) for j in (0, 1)}
    return cell[1, 1] * cell[0, 0] / (cell[1, 0] * cell[0, 1])


@pytest.mark.parametrize(
    ("name", "ratio"), [("independence", 1.0), ("positive", 5.0), ("negative", 0.2), ("sparse", 1.0)]
)
def test_the_first_two_lists_depend_as_stated(name, ratio):
    chances = Scenario.named(name).chances
    assert odds_ratio(chances, 0, 1) == pytest.approx(ratio, rel=1e-12)
    assert odds_ratio(chances, 2, 3) == pytest.approx(1.0, rel=1e-12)
    assert chances.sum() == pytest.approx(1.0, abs=1e-12)


def test_people_who_differ_make_every_pair_depend_and_leave_the_mean_chance():
    chances = Scenario.named("heterogeneous").chances
    for one in range(4):
        assert chances[PATTERNS >> one & 1 == 1].sum() == pytest.approx(CHANCES[one], rel=1e-12)
        for other in range(one):
            assert odds_ratio(chances, one, other) > 1.5


def test_half_of_the_people_are_out_of_reach_of_the_fourth_list():
    chances = Scenario.named("half_covered").chances
    assert chances[PATTERNS >> 3 & 1 == 1].sum() == pytest.approx(CHANCES[3] / 2, rel=1e-12)


@pytest.mark.parametrize("name", SCENARIOS)
def test_drawn_tables_have_the_expected_counts(name):
    scenario = Scenario.named(name, population=200_000)
    table = scenario.draw(np.random.default_rng(3))
    expected = scenario.population * scenario.chances[1:]
    # 16 cells and 6 scenarios: a chi-square over 15 degrees of freedom passes 50 once in 20,000 draws
    assert ((table.cell_counts()[1:] - expected) ** 2 / expected).sum() < 50
    assert scenario.name in table.scope.population


def test_populations_like_a_table_see_as_many_people_as_it_has():
    table = published_lists("uk-2013-5")
    like = {one.name: one for one in scenarios_like(table)}
    assert list(like) == ["like independence", "like BIC", "like Mth"]
    for scenario in like.values():
        seen = scenario.population * (1 - scenario.chances[0])
        assert seen == pytest.approx(table.n_observed, abs=1.0)  # the likelihood equations; the population is rounded
        sizes = scenario.population * np.array([scenario.chances[np.arange(32) >> i & 1 == 1].sum() for i in range(5)])
        np.testing.assert_allclose(sizes, np.diag(table.overlaps()), rtol=1e-3)  # list totals are fitted; rounding
    assert like["like BIC"].population == 25311
    assert like["like independence"].population == 13444


def test_the_truth_of_a_fit_is_its_estimate():
    result = LogLinear("fixed", model="[12,13,23]").fit(published_lists("hav-taiwan"))
    scenario = Scenario.from_fit(result, name="pairs")
    assert scenario.population == round(result.estimates.loc["population", "estimate"])
    assert scenario.lists == result.lists
    back = scenario.population * scenario.chances
    fitted = result.fitted.set_index(list(result.lists))["fitted"]
    assert back[0b111] == pytest.approx(fitted.loc[(1, 1, 1)], rel=1e-3)  # the population is rounded


def test_chances_cannot_be_edited():
    with pytest.raises(ValueError, match="read-only"):
        Scenario.named("sparse").chances[0] = 1.0


def test_what_is_no_scenario_is_refused():
    with pytest.raises(SpecificationError, match=r"name == 'dense', must be one of 'independence'"):
        Scenario.named("dense")
    with pytest.raises(SpecificationError, match="must have 4 values for 2 lists"):
        Scenario("s", "s", ("A", "B"), 100, np.full(3, 1 / 3))
    with pytest.raises(SpecificationError, match="must be 0 or more, sum to 1"):
        Scenario("s", "s", ("A", "B"), 100, np.array([0.5, 0.2, 0.2, 0.2]))
    with pytest.raises(SpecificationError, match="leave some chance of being seen"):
        Scenario("s", "s", ("A", "B"), 100, np.array([1.0, 0.0, 0.0, 0.0]))
    with pytest.raises(SpecificationError, match="population == 3"):
        Scenario.named("sparse", population=3)


def test_a_fit_without_an_estimate_is_no_truth():
    failed = SampleCoverage().fit(published_lists("uk-2013-5"))
    assert failed.status == "fail"
    with pytest.raises(FitError, match="gives no truth to draw from: coverage"):
        Scenario.from_fit(failed, name="coverage")


def test_a_table_that_tells_nothing_has_no_like():
    frame = pd.DataFrame({"A": [1, 0], "B": [0, 1], "count": [10, 12]})
    with pytest.raises(DataError, match="no two lists have anybody in common"):
        scenarios_like(CaptureHistories.from_counts(frame))


def test_two_lists_have_a_like_by_independence_only():
    two = published_lists("hav-taiwan").drop("L3")
    found = scenarios_like(two)
    assert [one.name for one in found] == ["like independence", "like BIC"]
    assert found[0].population == round(ClosedPopulation("Mt").fit(two).estimates.loc["population", "estimate"])
