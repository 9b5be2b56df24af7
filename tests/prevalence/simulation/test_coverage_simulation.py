"""Simulated coverage finds what is known: exact models cover, dependence and differences break independence."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.prevalence import Chapman, ClosedPopulation, Scenario, simulate_coverage
from ctresearch.prevalence.simulation.coverage_simulation_result import performance_table

METHODS = ["Independence (Mt)", "Lower bound", "BIC average"]


@pytest.fixture(scope="module")
def found():
    """Runs enough for what a result says of them."""
    return simulate_coverage(["independence", "positive", "heterogeneous"], METHODS, replications=8, seed=7, jobs=1)


@pytest.fixture(scope="module")
def many():
    """Runs enough for coverages."""
    return simulate_coverage(["independence", "positive", "heterogeneous"], METHODS, replications=60, seed=7, jobs=1)


@pytest.mark.slow
def test_a_true_model_covers_as_often_as_it_claims(many):
    row = many.performance.loc[("independence", "Independence (Mt)")]
    # 3 Monte Carlo errors of a coverage of .95 after 60 populations, .084
    assert row["coverage"] == pytest.approx(0.95, abs=0.084)
    assert abs(row["bias"]) < 3 * row["bias_se"] + 0.005  # .005: the bias of a ratio, of order 1 / overlaps
    assert (row["populations"], row["with_estimate"], row["truth"]) == (60, 60, 2000)


@pytest.mark.slow
def test_dependence_and_differences_break_independence_in_the_known_direction(many):
    for scenario in ("positive", "heterogeneous"):
        row = many.performance.loc[(scenario, "Independence (Mt)")]
        assert row["bias"] < -5 * row["bias_se"]
        assert row["below"] > row["above"]
    bound = many.performance.loc[("heterogeneous", "Lower bound")]
    assert bound["bias"] < 0  # a lower bound where people differ
    assert bound["bias"] > many.performance.loc[("heterogeneous", "Independence (Mt)"), "bias"]
    check = next(one for one in many.checks if one.name == "coverage")
    assert check.status == "review"
    assert "Independence (Mt) (heterogeneous, 0%)" in check.message


@pytest.mark.slow
def test_estimates_are_the_coverages_with_wilsons_limits(found):
    assert len(found.estimates) == 9
    row = found.estimates[found.estimates["scenario"] == "positive"].loc["BIC average"]
    assert row["estimate"] == found.performance.loc[("positive", "BIC average"), "coverage"]
    assert row["ci_low"] < row["estimate"] <= row["ci_high"] + 1e-12  # rounding
    assert found.interval == "wilson"
    assert Result.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_the_table_can_be_made_again_from_the_runs(found):
    assert len(found.runs) == 3 * 3 * 8
    pd.testing.assert_frame_equal(performance_table(found.runs), found.performance)


def test_the_same_seed_gives_the_same_runs_for_any_number_of_workers():
    one, two = (
        simulate_coverage("sparse", ["Independence (Mt)", "Lower bound"], replications=12, seed=3, jobs=jobs)
        for jobs in (1, 2)
    )
    pd.testing.assert_frame_equal(one.runs, two.runs)


def test_more_replications_begin_with_the_same_populations():
    short, long = (simulate_coverage("positive", ["Lower bound"], replications=r, seed=3, jobs=1).runs for r in (4, 9))
    pd.testing.assert_frame_equal(short, long.head(4))


@pytest.mark.slow
def test_populations_like_a_table_say_which_methods_to_trust():
    result = simulate_coverage(published_lists("kosovo"), ["Independence (Mt)", "Chapman"], replications=20, jobs=1)
    coverage = result.performance["coverage"].droplevel("method")
    assert coverage["like independence"] > 0.8  # 20 populations; below .8 once in 700 if the coverage is .95
    assert coverage["like BIC"] == 0.0  # the truth is then 40 % above what independence says
    assert result.not_applicable.index.tolist() == ["Chapman"]


def test_populations_that_tell_nothing_are_counted_as_without_an_interval():
    chances = np.array([0.94, 0.03, 0.03, 0.0005])
    lonely = Scenario("lonely", "hardly an overlap", ("A", "B"), 200, chances / chances.sum())
    result = simulate_coverage(lonely, ["Independence (Mt)", "Chapman"], replications=30, seed=2, jobs=1)
    row = result.performance.loc[("lonely", "Chapman")]
    assert row["with_interval"] < 15
    assert row["populations"] == 30
    check = next(one for one in result.checks if one.name == "no interval")
    assert check.status == "review"
    assert "Chapman (lonely" in check.message


def test_the_picture_has_a_row_a_method_and_scenario(found):
    ax = found.plot()
    assert ax.get_yticklabels()[0].get_text() == "independence: Independence (Mt)"
    assert len(ax.get_yticklabels()) == 9


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("dense", {}, "name == 'dense'"),
        ([], {}, r"source == \[\], must be capture histories"),
        (3, {}, "source == 3, must be capture histories"),
        (["sparse", "sparse"], {}, "each a name of its own"),
        ("sparse", {"replications": 1}, "replications == 1"),
        (
            "sparse",
            {"methods": ["Chapman"], "replications": 2, "jobs": 1},
            "no method applies to 4 lists; Chapman says",
        ),
        ("sparse", {"methods": {"a": Chapman(level=0.8)}}, "level == 0.8, must have 0.95"),
        ("sparse", {"level": 0}, "level == 0"),
    ],
)
def test_what_cannot_be_simulated_is_refused(source, options, words):
    with pytest.raises(SpecificationError, match=words):
        simulate_coverage(source, **options)


def test_runs_without_a_column_are_refused(found):
    with pytest.raises(DataError, match="no column 'truth'"):
        performance_table(found.runs.drop(columns="truth"))


def test_own_methods_can_be_put_to_the_test():
    result = simulate_coverage(
        "independence", {"mine": ClosedPopulation("M0")}, replications=10, level=0.95, seed=1, jobs=1
    )
    assert result.performance.index.tolist() == [("independence", "mine")]
