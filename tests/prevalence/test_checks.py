"""Checks at their thresholds: each turns where its page says, and carries the figures it turned by."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import Check, Result, estimates_table
from ctresearch.prevalence.averages.grid_summary import check_grid, check_mean
from ctresearch.prevalence.averages.model_average import _check_weights as check_mixture
from ctresearch.prevalence.averages.threshold_selection import check_threshold
from ctresearch.prevalence.averages.weighted_average import Average, _check_spread
from ctresearch.prevalence.closed.sample_coverage import _check_coverage, _check_draws
from ctresearch.prevalence.covariates.conditional_likelihood import _check_independence, _check_weights
from ctresearch.prevalence.covariates.doubly_robust import _check_margin
from ctresearch.prevalence.diagnostics.verdict import check_edges, check_methods, check_unstable
from ctresearch.prevalence.loglinear import loglinear_checks as checks
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.sensitivity.linkage import _check_lost, _check_worst
from ctresearch.prevalence.simulation.performance import median_error, performance
from ctresearch.prevalence.strata.stratified import _check_strata


def result(estimate, low, high, *given):
    """Build a result with an estimate, limits and checks."""
    rows = estimates_table({"population": (estimate, 1.0, low, high)}, unit="persons")
    return Result(method="m", estimates=rows, n=5, checks=given)


@pytest.mark.parametrize(
    ("factor", "status"), [(1.0, "pass"), (1.49, "pass"), (1.51, "review"), (2.99, "review"), (3.01, "fail")]
)
def test_an_estimate_that_moves_is_graded_by_its_factor(factor, status):
    for times in (factor, 1 / factor):
        rows = pd.DataFrame({"estimate": [100.0, 100 * times, 100]}, index=["all lists", "without a", "without b"])
        found = check_unstable(rows)
        assert (found.name, found.status) == ("unstable", status)
        assert found.numbers == pytest.approx({"tables": 2, "factor": factor, "without_estimate": 0})
    if factor > 1:
        assert "'without a'" in found.message
    methods = check_methods({"a": result(100, 1, 1e9), "b": result(100 * factor, 1, 1e9)})
    assert (methods.name, methods.status) == ("method", status)
    assert methods.numbers == pytest.approx({"methods": 2, "factor": factor, "apart": 0, "without_estimate": 0})


def test_missing_estimates_and_intervals_that_do_not_meet_ask_for_review():
    rows = pd.DataFrame({"estimate": [100.0, np.nan, 100]}, index=["all lists", "without a", "without b"])
    assert check_unstable(rows).status == "review"
    assert check_unstable(rows).numbers["without_estimate"] == 1
    for none in (rows.assign(estimate=[np.nan, 1, 1]), rows.assign(estimate=[1, np.nan, np.nan])):
        assert check_unstable(none).status == "fail"
        assert check_unstable(none).numbers["tables"] == 2
    apart = check_methods({"a": result(100, 90, 105), "b": result(110, 106, 120), "c": result(100, 100, 106)})
    assert (apart.status, apart.numbers["apart"]) == ("review", 1)
    assert check_methods({"a": result(np.nan, np.nan, np.nan)}).status == "fail"
    assert check_methods({"a": result(1, 1, 1)}).numbers == {"methods": 1, "without_estimate": 0}
    one = check_methods({"a": result(100, 90, 110), "b": result(np.nan, np.nan, np.nan), "c": result(100, 90, 110)})
    assert (one.status, one.numbers["without_estimate"]) == ("review", 1)


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (result(10, 5, 100), ""),
        (result(10, 5, 101), "upper limit 10 times the estimate"),
        (result(10, 5, np.inf), "no upper limit"),
        (result(np.nan, np.nan, np.nan), "no estimate"),
        (result(10, 5, 20, Check("boundary", "review", "x.")), "boundary"),
        (result(10, 5, 20, Check("fit", "review", "x.")), ""),
        (result(10, 5, 20, Check("fit", "fail", "x.")), "fit"),
        (result(10, 5, 20, Check("grid", "fail", "x.", voids=True)), "does not stand: grid"),
    ],
)
def test_an_estimate_at_a_boundary_is_named_with_the_reason(one, why):
    alone = check_edges({"m": one})
    assert alone.numbers == {"results": 1, "at_boundary": int(bool(why))}
    assert alone.status == ("review" if why else "pass")
    assert f"m ({why})" in alone.message if why else "None of 1" in alone.message
    both = check_edges({"m": one, "n": one})
    assert both.status == ("fail" if why else "pass")
    assert check_edges({"m": one, "sound": result(10, 5, 20)}).status == ("review" if why else "pass")


def test_pairs_of_lists_that_share_few_are_counted():
    shared = pd.DataFrame([[9, 0, 4], [0, 9, 5], [4, 5, 9]])
    found = checks.check_overlaps(shared)
    assert (found.name, found.status, found.numbers) == ("overlaps", "review", {"pairs": 3, "empty": 1, "below_5": 2})
    assert checks.check_overlaps(shared.clip(lower=5)).status == "pass"


def test_rivals_within_two_and_ten_units():
    models = pd.DataFrame({"bic": [50.0, 52, 52.1, 60, 60.1], "estimate": [100.0, 90, 120, 130, 900]})
    found = checks.check_rivals(models, "bic")
    assert found.numbers == {
        "within_2": 2,
        "within_2_low": 90,
        "within_2_high": 100,
        "within_10": 4,
        "within_10_low": 90,
        "within_10_high": 130,
    }
    assert found.status == "pass"
    assert checks.check_rivals(models.assign(estimate=[100, 90, 120, 136, 9]), "bic").status == "review"


def test_a_bootstrap_that_chooses_otherwise_or_gives_nothing():
    chosen = fit_model(np.array([0.0, 60, 40, 20]), np.array([0, 1, 2]))
    key, other = chosen.terms.tobytes(), np.array([0, 1, 2, 3]).tobytes()
    drawn = np.full(100, 240.0)
    sound = checks.check_draws(drawn, {key: 50, other: 50}, chosen, "ab", 0.95)
    assert (sound.status, sound.numbers) == (
        "pass",
        {"tables": 100, "without_estimate": 0, "chosen_share": 0.5, "models": 2},
    )
    assert checks.check_draws(drawn, {key: 49, other: 51}, chosen, "ab", 0.95).status == "review"
    drawn[:2] = np.nan
    lost = checks.check_draws(drawn, {key: 98}, chosen, "ab", 0.95)
    assert (lost.status, lost.numbers["without_estimate"], lost.stands) == ("review", 2, True)
    drawn[2] = np.nan  # more than the 2.5 % below a lower limit
    gone = checks.check_draws(drawn, {key: 97}, chosen, "ab", 0.95)
    assert (gone.status, gone.stands) == ("fail", False)
    assert checks.check_draws(drawn, {key: 97}, chosen, "ab", 0.9).status == "review"
    assert checks.check_draws(drawn * np.nan, {}, chosen, "ab", 0.9).numbers["chosen_share"] == 0


@pytest.mark.parametrize(
    ("low", "high", "interval", "status"),
    [
        (1, 2, "bca", "pass"),
        (1, np.inf, "profile", "review"),
        (np.nan, 2, "bca", "fail"),
        (1, np.nan, "bca", "fail"),
        (np.nan, np.nan, "none", "review"),
    ],
)
def test_limits_are_there_finite_or_not_made(low, high, interval, status):
    found = checks.check_limits(low, high, interval)
    assert (found.name, found.status) == ("limits", status)


def test_a_grid_that_cuts_the_posterior():
    summary = SimpleNamespace(beyond=0.0499, population=np.array([10.0, 99]), mean=100.0, longer_mean=100.9)
    found = check_grid(summary, 0.9)
    assert (found.status, found.stands) == ("review", True)
    assert found.numbers == pytest.approx({"beyond": 0.0499, "allowed": 0.05})
    summary.beyond = 0.051
    assert (check_grid(summary, 0.9).status, check_grid(summary, 0.9).stands) == ("fail", False)
    summary.beyond = 0.004
    assert check_grid(summary, 0.9).status == "pass"
    assert check_mean(summary).status == "pass"
    for moved in (101.1, 98.9):
        summary.longer_mean = moved
        assert (check_mean(summary).status, check_mean(summary).stands) == ("fail", True)
        assert check_mean(summary).numbers == {"mean": 100, "longer_mean": moved}


@pytest.mark.parametrize(
    ("covered", "effective", "bridge", "status"),
    [
        (0.99, 400, 0.1, "pass"),
        (0.95, 400, 0, "review"),
        (0.99, 399, 0, "fail"),
        (0.99, 900, 0.11, "fail"),
        (0.99, 900, -0.11, "fail"),
    ],
)
def test_weights_of_models_that_are_not_known(covered, effective, bridge, status):
    found = check_mixture(SimpleNamespace(covered=covered, effective=effective, bridge=bridge))
    assert (found.name, found.status, found.stands) == ("weights", status, status != "fail")
    assert found.numbers == {"covered": covered, "effective": effective, "bridge": bridge}


def stage(statistic, error, effective):
    """Say what one round of thresholding found."""
    found = np.array(statistic, dtype=float)
    return SimpleNamespace(
        statistic=found, error=np.full(found.size, error), tested=np.full(found.size, True), effective=effective
    )


def test_a_statistic_near_the_threshold():
    far = check_threshold([stage([5, 2.5], 0.1, 900), stage([3.0], 0.1, 400)], 2.0)
    assert (far.name, far.status) == ("threshold", "pass")
    assert far.numbers == pytest.approx({"nearest": 2.5, "standard_errors": 5, "near": 0, "effective": 400})
    near = check_threshold([stage([1.75], 0.1, 900)], 2.0)
    assert (near.status, near.numbers["near"]) == ("review", 1)
    few = check_threshold([stage([5], 0.1, 399)], 2.0)
    assert (few.status, few.stands) == ("fail", False)


def test_spread_between_models_is_a_share_of_the_variance():
    models = pd.DataFrame({"weight": [0.5, 0.5], "estimate": [90.0, 110], "std_error": [10.0, 10]})
    found = _check_spread(models, Average(100.0, 14.0))
    assert (found.status, found.name) == ("pass", "spread")
    assert found.numbers == pytest.approx({"models": 2, "between": 10, "share": 0.5, "heaviest": 0.5})
    assert _check_spread(models.assign(std_error=9.9), Average(100.0, 14.0)).status == "review"


@pytest.mark.parametrize(
    ("coverage", "version", "status"),
    [
        (0.56, "one_step", "pass"),
        (0.55, "high_coverage", "pass"),
        (0.54, "one_step", "review"),
        (0.54, "independent", "pass"),
        (0.3, "independent", "pass"),
        (0.29, "independent", "fail"),
    ],
)
def test_coverages_of_a_third_and_of_a_half(coverage, version, status):
    found = _check_coverage(coverage, version)
    assert (found.name, found.status, found.stands) == ("coverage", status, status != "fail")
    assert found.numbers == {"coverage": coverage}


def test_bootstrap_tables_without_an_estimate():
    missing = np.array([True, False, False, False])
    for usable, gone, status in (
        (True, missing, "review"),
        (True, ~missing & missing, "pass"),
        (False, missing, "fail"),
    ):
        found = _check_draws(gone, usable=usable)
        assert (found.name, found.status, found.stands) == ("bootstrap", status, usable)
        assert found.numbers == {"tables": 4, "without_estimate": gone.sum()}


def test_people_who_are_hardly_ever_seen():
    even = _check_weights(SimpleNamespace(seen=np.full(200, 0.5)))
    assert (even.name, even.status) == ("weights", "pass")
    assert even.numbers == pytest.approx({"smallest_chance": 0.5, "rare": 0, "top_percent": 0.01})
    one = _check_weights(SimpleNamespace(seen=np.r_[0.04, np.full(199, 0.5)]))
    assert (one.status, one.numbers["rare"]) == ("review", 1 / 200)
    # two of 200 stand for 20 each: 40 of 40 + 198
    heavy = _check_weights(SimpleNamespace(seen=np.r_[0.05, 0.05, np.ones(198)]))
    assert heavy.numbers["top_percent"] == pytest.approx(40 / 238)
    assert heavy.status == "review"


@pytest.mark.parametrize(("worst", "status", "way"), [(2.9, "pass", "above"), (-3.1, "review", "below")])
def test_the_pair_of_lists_farthest_from_independence_is_named(worst, status, way):
    residuals = np.zeros((3, 3))
    residuals[0, 2] = residuals[2, 0] = worst
    found = _check_independence(residuals, ["a", "b", "c"])
    assert (found.name, found.status, found.numbers) == ("independence", status, {"largest": worst})
    assert "a and c" in found.message
    assert way in found.message


def test_people_at_the_margin():
    chances = np.full(200, 0.2)
    assert _check_margin(chances, 0.005).status == "pass"
    assert _check_margin(chances, 0.005).numbers == {"share_at_margin": 0, "margin": 0.005, "smallest": 0.2}
    chances[:2] = 0.005
    found = _check_margin(chances, 0.005)
    assert (found.status, found.stands, found.numbers["share_at_margin"]) == ("review", True, 0.01)
    chances[2] = 0.001
    gone = _check_margin(chances, 0.005)
    assert (gone.status, gone.stands, gone.numbers["smallest"]) == ("fail", False, 0.001)


def test_linked_tables_and_their_fits():
    assert (_check_lost(10, 10).status, _check_lost(10, 10).numbers) == ("pass", {"tables": 10, "lost": 0})
    assert (_check_lost(9, 10).status, _check_lost(9, 10).numbers) == ("review", {"tables": 10, "lost": 1})
    sound, asked, bad = result(1, 1, 1), *(result(1, 1, 1, Check("c", one, "x.")) for one in ("review", "fail"))
    for fits, status, numbers in (
        ([sound, sound], "pass", {"failed": 0, "to_review": 0}),
        ([sound, asked], "review", {"failed": 0, "to_review": 1}),
        ([sound, bad], "review", {"failed": 1, "to_review": 0}),
        ([bad, bad, asked], "fail", {"failed": 2, "to_review": 1}),
    ):
        found = _check_worst(fits)
        assert (found.name, found.status, found.numbers) == ("single fits", status, numbers)


def test_strata_without_an_estimate_and_those_that_ask_for_care():
    for statuses, notes, status, numbers in (
        (("pass", "pass"), ("", ""), "pass", (0, 0)),
        (("pass", "review"), ("", ""), "review", (0, 1)),
        (("pass", "fail"), ("", ""), "fail", (0, 1)),
        (("pass", "fail"), ("", "nobody"), "fail", (1, 0)),
    ):
        found = _check_strata(("a", "b"), statuses, notes)
        assert (found.name, found.status) == ("strata", status)
        assert found.numbers == {"strata": 2, "without_estimate": numbers[0], "doubtful": numbers[1]}


def test_performance_by_hand():
    # truth 100: two intervals hold it, one lies below, one above, one is not there
    estimate = np.array([90.0, 110, 60, 150, np.nan])
    low, high = np.array([80.0, 95, 50, 120, np.nan]), np.array([105.0, 125, 70, 180, np.nan])
    found = performance(estimate, low, high, 100)
    assert (found.populations, found.with_estimate, found.with_interval, found.below, found.above) == (5, 4, 4, 1, 1)
    errors = np.array([-0.1, 0.1, -0.4, 0.5])
    assert found.bias == pytest.approx(errors.mean())
    assert found.bias_se == pytest.approx(errors.std(ddof=1) / 2)
    assert found.median_bias == pytest.approx(0)
    assert (found.coverage, found.coverage_se) == (0.5, 0.25)
    assert found.length == pytest.approx((0.25 + 0.3) / 2)
    nothing = performance(estimate[4:], low[4:], high[4:], 100)
    assert (nothing.populations, nothing.with_estimate, nothing.with_interval) == (1, 0, 0)
    assert np.isnan([nothing.bias, nothing.bias_se, nothing.median_bias, nothing.coverage, nothing.length]).all()
    assert np.isnan(performance(estimate[:1], low[:1], high[:1], 100).bias_se)
    assert np.isnan(median_error(np.arange(4.0)))


def test_a_model_with_removed_terms_or_nobody_unseen_is_at_a_boundary():
    model = fit_model(published_lists("hav-taiwan").cell_counts(), np.array([0, 1, 2, 4]))
    assert (checks.check_boundary(model).status, checks.check_existence(model).status) == ("pass", "pass")
    assert checks.check_boundary(dataclasses.replace(model, unobserved=0.99)).status == "review"
    less = dataclasses.replace(model, kept=model.kept[:-1])
    assert (checks.check_boundary(less).status, checks.check_boundary(less).numbers["at_infinity"]) == ("review", 1)
    assert checks.check_existence(less).numbers == {"parameters": 4, "removed": 1}
