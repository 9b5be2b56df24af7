"""Runs of a simulation: how they are cut, what is split off, and when a coverage is called short."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from pins import published_lists
from scipy.special import ndtri

from ctresearch.core import FitError, Result, Scope, SpecificationError, estimates_table
from ctresearch.prevalence import ClosedPopulation, LogLinear, LowerBound, Scenario, simulate_coverage
from ctresearch.prevalence.simulation.coverage_simulation import (
    _check_coverage,
    _check_silent,
    _chunks,
    _population,
    _scenarios,
    _split_off,
    _truths,
)
from ctresearch.prevalence.simulation.coverage_simulation_result import coverage_table, performance_table
from ctresearch.prevalence.simulation.performance import median_error, performance, wilson_limits
from ctresearch.prevalence.simulation.scenarios import DESCRIPTIONS, SCENARIOS

SPARSE = Scenario.named("sparse")


def test_populations_come_in_fives_from_streams_of_their_own():
    chunks = _chunks((SPARSE, Scenario.named("positive")), 12, 3)
    assert [(one.name, len(seeds)) for one, seeds in chunks] == [
        ("sparse", 5),
        ("sparse", 5),
        ("sparse", 2),
        ("positive", 5),
        ("positive", 5),
        ("positive", 2),
    ]
    states = {seed.generate_state(1)[0] for _, seeds in chunks for seed in seeds}
    assert len(states) == 24


def test_sources_are_names_scenarios_tables_or_several():
    assert [one.name for one in _scenarios("sparse")] == ["sparse"]
    assert _scenarios(SPARSE) == (SPARSE,)
    assert [one.name for one in _scenarios(("sparse", Scenario.named("positive")))] == ["sparse", "positive"]
    assert [one.name for one in _scenarios(published_lists("hav-taiwan").drop("L1"))] == [
        "like independence",
        "like BIC",
    ]
    two = Scenario("two", "of two lists", ("A", "B"), 100, np.full(4, 0.25))
    with pytest.raises(SpecificationError, match="source holds sparse of 4 lists, two of 2 lists: all must"):
        _scenarios([SPARSE, two])
    with pytest.raises(SpecificationError, match="source holds sparse of 4 lists, sparse of 4 lists"):
        _scenarios([SPARSE, "sparse"])
    for wrong in ((), [], {"sparse"}, None):
        with pytest.raises(SpecificationError, match="must be capture histories, a scenario or a list of scenarios"):
            _scenarios(wrong)
    assert _truths([two]).to_dict("list") == {"name": ["two"], "population": [100], "chances": [[0.25] * 4]}


class Failing:
    """An estimator that never gives an estimate."""

    def fit(self, data):
        """Refuse."""
        raise FitError("no estimate exists")


class Silent:
    """An estimator whose number is missing."""

    def fit(self, data):
        """Give a result without a number."""
        return Result(method="s", estimates=estimates_table({"population": (np.nan,) * 4}, unit="persons"), n=1)


def test_a_population_gives_a_row_a_method():
    seed = np.random.SeedSequence(4)
    rows = _population({"bound": LowerBound(), "failing": Failing(), "mb": ClosedPopulation("Mt")}, SPARSE, seed)
    assert [(row["scenario"], row["method"], row["truth"]) for row in rows] == [
        ("sparse", "bound", 2000),
        ("sparse", "failing", 2000),
        ("sparse", "mb", 2000),
    ]
    table = SPARSE.draw(np.random.default_rng(np.random.SeedSequence(4)))
    alone = LowerBound().fit(table).estimates.loc["population"]
    assert [rows[0][name] for name in ("estimate", "ci_low", "ci_high")] == [
        alone["estimate"],
        alone["ci_low"],
        alone["ci_high"],
    ]
    assert [row["not_for"] for row in rows] == ["", "", ""]
    assert np.isnan(rows[1]["estimate"])
    apart = Scenario("apart", "no overlap", ("A", "B"), 100, np.array([0.2, 0.4, 0.4, 0.0]))
    (row,) = _population({"bound": LowerBound()}, apart, seed)
    assert (row["not_for"], np.isnan(row["estimate"])) == ("", True)


def test_methods_that_never_apply_leave_the_table_with_their_first_reason():
    runs = pd.DataFrame(
        {
            "method": ["a", "b", "c", "a", "b", "c"],
            "estimate": [1.0, np.nan, np.nan, np.nan, np.nan, np.nan],
            "not_for": ["", "takes 2", "", "takes 3", "takes 4", ""],
        }
    )
    kept, never = _split_off(runs)
    assert never.to_dict() == {"b": "takes 2"}
    assert kept["method"].tolist() == ["a", "c", "a", "c"]
    assert kept.index.tolist() == [0, 1, 2, 3]
    assert list(kept.columns) == ["method", "estimate"]


def shares(with_interval, coverage=0.95, populations=100):
    """Build a table of performance of two methods."""
    index = pd.MultiIndex.from_tuples([("sparse", "a"), ("sparse", "b")], names=["scenario", "method"])
    columns = {"populations": populations, "with_interval": with_interval, "coverage": coverage}
    return pd.DataFrame(columns, index=index)


@pytest.mark.parametrize(("without", "status"), [(10, "pass"), (11, "review")])
def test_more_than_a_tenth_without_an_interval_is_told(without, status):
    check = _check_silent(shares([100, 100 - without]))
    assert (check.name, check.status) == ("no interval", status)
    assert check.numbers == pytest.approx(
        {"pairs": 2, "silent": int(status == "review"), "largest_share": without / 100}
    )
    assert ("b (sparse, 11%)" in check.message) == (status == "review")
    assert ("at least 90%" in check.message) == (status == "pass")
    both = _check_silent(shares([50, 20]))
    assert both.message.endswith("a (sparse, 50%); b (sparse, 80%).")


@pytest.mark.parametrize(("covered", "status"), [(0.95, "pass"), (0.885, "pass"), (0.884, "review"), (np.nan, "pass")])
def test_coverage_is_short_from_three_monte_carlo_errors(covered, status):
    # 3 * sqrt(0.95 * 0.05 / 100) = 0.0654
    check = _check_coverage(shares([100, 100], [0.95, covered]), 0.95)
    assert (check.name, check.status) == ("coverage", status)
    assert check.numbers == {"pairs": 2, "short": int(status == "review")}
    assert ("1 of 2 cover the truth clearly less often than in 95 %: b (sparse, 88%)." in check.message) == (
        status == "review"
    )
    few = _check_coverage(shares([25, 25], [0.95, covered]), 0.95)
    assert few.status == "pass"  # the same share of 25 populations says less
    none = _check_coverage(shares([0, 100], [0.0, 0.95]), 0.95)
    assert none.status == "pass"
    assert "less often than in 90 % of the populations" in _check_coverage(shares([100, 100]), 0.9).message


def test_tables_of_coverage_by_hand():
    runs = pd.DataFrame(
        {
            "scenario": ["x"] * 4 + ["y"] * 2,
            "method": ["a", "a", "b", "b", "a", "a"],
            "truth": 100.4,
            "estimate": [90.0, 110, 100, np.nan, 50, 60],
            "ci_low": [80.0, 105, 90, np.nan, 40, 50],
            "ci_high": [105.0, 120, 110, np.nan, 60, 70],
        }
    )
    table = performance_table(runs)
    assert table.index.tolist() == [("x", "a"), ("x", "b"), ("y", "a")]
    assert table["truth"].tolist() == [100, 100, 100]
    assert table["populations"].tolist() == [2, 2, 2]
    assert table["with_interval"].tolist() == [2, 1, 2]
    assert table["coverage"].tolist() == [0.5, 1.0, 0.0]
    assert table["bias"].tolist() == pytest.approx([100 / 100.4 - 1, 100 / 100.4 - 1, 55 / 100.4 - 1])
    rows = coverage_table(table, 0.9)
    assert rows.index.tolist() == ["a", "b", "a"]
    assert rows["scenario"].tolist() == ["x", "x", "y"]
    assert rows["estimate"].tolist() == [0.5, 1, 0]
    assert rows["std_error"].tolist() == table["coverage_se"].tolist()
    for (_, row), count in zip(rows.iterrows(), [2, 1, 2], strict=True):
        assert (row["ci_low"], row["ci_high"]) == pytest.approx(wilson_limits(row["estimate"], count, 0.9))
    with pytest.raises(SpecificationError, match="level == 90"):
        coverage_table(table, 90)


def test_wilson_by_its_formula():
    z = ndtri(0.95)
    centre = (0.3 + z**2 / 40) / (1 + z**2 / 20)
    reach = z * np.sqrt(0.3 * 0.7 / 20 + z**2 / 1600) / (1 + z**2 / 20)
    assert wilson_limits(0.3, 20, 0.9) == pytest.approx((centre - reach, centre + reach))
    assert wilson_limits(0.0, 5, 0.9)[0] == 0
    assert wilson_limits(1.0, 5, 0.9)[1] == 1
    assert np.isfinite(wilson_limits(1.0, 1, 0.9)).all()


def test_the_error_of_a_median_is_half_the_reach_of_its_order_statistics():
    values = np.array([5.0, 1, 9, 3, 7])
    middle, reach = 2, np.sqrt(5) / 2
    low, high = np.interp([middle - reach, middle + reach], np.arange(5), [1, 3, 5, 7, 9])
    assert median_error(values) == pytest.approx((high - low) / 2)
    assert np.isnan(median_error(values[:4]))
    one = performance(np.array([90.0]), np.array([80.0]), np.array([95.0]), 100.0)
    assert (one.bias, one.below, one.above, one.coverage) == pytest.approx((-0.1, 1, 0, 0))
    assert np.isnan([one.bias_se, one.median_bias_se, one.length_se]).all()
    assert (one.length, one.coverage_se, one.median_bias) == pytest.approx((0.15, 0, -0.1))
    touching = performance(np.array([9.0, 9]), np.array([100.0, 90]), np.array([110.0, 100]), 100.0)
    assert (touching.below, touching.above, touching.coverage) == (0, 0, 1)
    two = performance(np.array([90.0, 120]), np.array([80.0, np.nan]), np.array([np.inf, 95.0]), 100.0)
    assert two.with_interval == 0
    assert two.bias_se == pytest.approx(np.std([-0.1, 0.2], ddof=1) / np.sqrt(2))


def test_scenarios_are_named_described_and_of_two_thousand_people():
    for name in SCENARIOS:
        one = Scenario.named(name)
        assert (one.name, one.description, one.lists, one.population) == (name, DESCRIPTIONS[name], tuple("ABCD"), 2000)
    table = SPARSE.draw(np.random.default_rng(1))
    assert table.scope == Scope(population="simulated people, sparse", definition=DESCRIPTIONS["sparse"])
    assert table.lists == tuple("ABCD")
    size = [SPARSE.chances[np.arange(16) >> i & 1 == 1].sum() for i in range(4)]
    assert size == pytest.approx([0.015, 0.02, 0.025, 0.03])
    negative = Scenario.named("negative").chances
    assert negative[np.arange(16) & 1 == 1].sum() == pytest.approx(0.08)
    assert Scenario("s", "s", ("A",), 10, np.array([0.5, 0.5])).population == 10
    with pytest.raises(SpecificationError, match="population == 9"):
        Scenario("s", "s", ("A",), 9, np.array([0.5, 0.5]))
    with pytest.raises(SpecificationError, match="must be 0 or more"):
        Scenario("s", "s", ("A",), 10, np.array([1.2, -0.2]))
    assert Scenario("s", "s", ("A",), 10, np.array([0.0, 1.0])).chances.tolist() == [0, 1]
    fitted = LogLinear("fixed", model="[12,3]").fit(published_lists("hav-taiwan"))
    truth = Scenario.from_fit(fitted, name="mine")
    assert (truth.name, truth.description) == ("mine", f"the fitted model is true: {fitted.method}")
    assert truth.chances.sum() == pytest.approx(1)
    assert truth.chances[0] * truth.population == pytest.approx(fitted.estimates["estimate"]["unobserved"], rel=1e-3)
    unknown = dataclasses.replace(fitted, estimates=fitted.estimates.assign(estimate=np.nan))
    with pytest.raises(FitError, match="gives no truth to draw from: estimate nan"):
        Scenario.from_fit(unknown, name="x")


def test_simulations_need_two_populations_and_methods_that_apply():
    methods = {"bound": LowerBound()}
    assert simulate_coverage("sparse", methods, replications=2, jobs=1).n == 2
    with pytest.raises(SpecificationError, match="replications == 1"):
        simulate_coverage("sparse", methods, replications=1)
    with pytest.raises(SpecificationError, match="replications == 1000001"):
        simulate_coverage("sparse", methods, replications=1_000_001)
    with pytest.raises(SpecificationError, match="bootstrap == 49"):
        simulate_coverage("sparse", methods, bootstrap=49)
    with pytest.raises(SpecificationError, match="seed == -1"):
        simulate_coverage("sparse", methods, seed=-1)
    never = {"silent": Silent()}
    found = simulate_coverage("sparse", never, replications=2, jobs=1)
    assert found.performance["with_estimate"].tolist() == [0]
    assert found.not_applicable.empty
    assert [check.status for check in found.checks] == ["review", "pass"]
