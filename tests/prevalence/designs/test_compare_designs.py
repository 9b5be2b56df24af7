"""Designs for one population: pooled with the bias of methods as metafor does, by hand, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from ctresearch.core import Check, DataError, Result, Scope, SpecificationError, estimates_table
from ctresearch.prevalence import compare_designs
from ctresearch.stats.pooling.random_effects import pooled_mean

Z = 1.959963984540054


def said(point, error, *, unit="persons", checks=(), term="population", level=0.95):
    """Make a result with limits on the log scale."""
    row = (point, point * error, point * np.exp(-Z * error), point * np.exp(Z * error))
    return Result(method="m", estimates=estimates_table({term: row}, unit=unit), n=100, checks=checks, level=level)


def test_a_comparison_is_about_whom_its_designs_say_alike():
    one = Scope(population="presumed victims", reference_period="2013")
    other = Scope(population="presumed victims", reference_period="2014", measure="period")
    made = {"a": replace(said(800, 0.1), scope=one), "b": replace(said(900, 0.1), scope=other), "c": said(850, 0.1)}
    assert compare_designs(made).scope == Scope(population="presumed victims", measure="period")
    assert compare_designs(made, scope=one).scope == one


def test_methods_of_one_design_each_are_pooled_on_the_log_scale():
    made = {"a": said(800, 0.1), "b": said(1200, 0.2), "c": said(1500, 0.15)}
    result = compare_designs(made)
    y, v = np.log([800, 1200, 1500]), np.array([0.1, 0.2, 0.15]) ** 2
    expected = pooled_mean(y, v, "reml")
    row = result.estimates.loc["pooled"]
    assert row["estimate"] == pytest.approx(np.exp(expected.mean), rel=1e-9)
    weights = 1 / (v + expected.tau2)
    error = np.sqrt(max((weights @ (y - expected.mean) ** 2) / 2, 1) / weights.sum())
    from scipy.stats import t

    assert np.log(row["ci_high"] / row["estimate"]) == pytest.approx(t.ppf(0.975, 2) * error, rel=1e-9)
    assert row["std_error"] == pytest.approx(row["estimate"] * error)
    assert result.designs["weight"].tolist() == pytest.approx(expected.weights)
    assert result.designs["ratio"].tolist() == pytest.approx(np.array([800, 1200, 1500]) / np.exp(expected.mean))
    assert result.designs["bias_sd"].iloc[0] == pytest.approx(np.sqrt(expected.tau2))
    assert result.n == 300


def test_designs_of_one_method_share_its_bias():
    made = {"a1": said(800, 0.1), "a2": said(900, 0.1), "b": said(1500, 0.1)}
    shared = compare_designs(made, methods={"a1": "A", "a2": "A"})
    two = compare_designs({"a": said(np.sqrt(800 * 900), 0.1 / np.sqrt(2)), "b": said(1500, 0.1)})
    assert shared.estimates.loc["pooled"].tolist()[:4] == pytest.approx(two.estimates.loc["pooled"].tolist()[:4])
    assert shared.designs["weight"].tolist()[:2] == pytest.approx([two.designs["weight"].iloc[0] / 2] * 2)
    assert {check.name: check.numbers for check in shared.checks}["methods"]["methods"] == 2


def test_a_known_bias_is_taken_off_and_its_error_added():
    made = {"a": said(700, 0.1), "b": said(1000, 0.1)}
    plain = compare_designs({"a": said(1000, np.sqrt(0.01 + np.log1p(0.04))), "b": said(1000, 0.1)})
    told = compare_designs(made, bias={"a": (0.7, 0.2)})
    assert told.estimates.loc["pooled", "estimate"] == pytest.approx(plain.estimates.loc["pooled", "estimate"])
    assert told.estimates.loc["pooled", "ci_high"] == pytest.approx(plain.estimates.loc["pooled", "ci_high"])
    assert told.estimates.loc["a", "estimate"] == 700
    assert [check.name for check in told.checks if check.name == "assumed bias"] == ["assumed bias"]


def test_a_design_that_does_not_stand_is_shown_and_not_pooled():
    broken = said(5000, 0.1, checks=(Check("x", "fail", "No.", voids=True),))
    result = compare_designs({"a": said(800, 0.1), "b": said(900, 0.1), "c": broken})
    assert result.estimates.loc["c", "estimate"] == 5000
    assert np.isnan(result.estimates.loc["c", "ci_low"])
    two = compare_designs({"a": said(800, 0.1), "b": said(900, 0.1)})
    assert result.estimates.loc["pooled", "estimate"] == pytest.approx(two.estimates.loc["pooled", "estimate"])
    assert np.isnan(result.designs.loc["c", "weight"])
    alone = compare_designs({"a": said(800, 0.1), "c": broken})
    assert "pooled" not in alone.estimates.index
    assert {check.name: check.status for check in alone.checks} == {
        "agreement": "review",
        "methods": "review",
        "without limits": "review",
    }


def test_designs_that_differ_by_more_than_chance_are_named():
    far = compare_designs({"a": said(800, 0.05), "b": said(1600, 0.05), "c": said(900, 0.05)})
    check = next(check for check in far.checks if check.name == "agreement")
    assert check.status == "review"
    assert check.numbers["factor"] == pytest.approx(2.0)
    assert str(check.message).startswith("b gives 2.00 times what a does")
    near = compare_designs({"a": said(800, 0.2), "b": said(900, 0.2)})
    found = next(check for check in near.checks if check.name == "agreement")
    assert found.status == "pass"
    from scipy.stats import norm

    assert found.numbers["p_value"] == pytest.approx(2 * norm.sf(np.log(900 / 800) / np.hypot(0.2, 0.2)))


def test_five_methods_are_enough_to_tell_how_far_methods_are_off():
    made = {name: said(800 + 50 * k, 0.1) for k, name in enumerate("abcde")}
    found = {
        n: [c.status for c in compare_designs(dict(list(made.items())[:n])).checks if c.name == "methods"]
        for n in (4, 5)
    }
    assert found == {4: ["review"], 5: ["pass"]}


def test_prevalences_are_compared_as_well():
    made = {"a": said(0.2, 0.1, unit="share", term="prevalence"), "b": said(0.3, 0.1, unit="share", term="prevalence")}
    mixed = compare_designs({"a": said(0.2, 0.1, term="total"), "b": said(0.3, 0.1)}, term={"a": "total"})
    assert mixed.estimates.loc[["a", "b"], "estimate"].tolist() == pytest.approx([0.2, 0.3])
    result = compare_designs(made, term="prevalence", headline="a")
    assert result.headline == "a"
    assert 0.2 < result.estimates.loc["pooled", "estimate"] < 0.3


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"a": said(1, 0.1)}, "at least two designs"),
        ([said(1, 0.1)] * 2, "at least two designs"),
        ({"a": said(1, 0.1), "b": 3}, "must be a Result"),
        ({"a": said(1, 0.1), "b": said(1, 0.1, term="effect")}, "0 rows of the term 'population'"),
        ({"a": said(1, 0.1), "b": said(1, 0.1, unit="share")}, "2 units and 1 levels"),
        ({"a": said(1, 0.1), "b": said(1, 0.1, level=0.9)}, "1 units and 2 levels"),
        ({"a": said(1, 0.1), "pooled": said(1, 0.1)}, "stands for all together"),
    ],
)
def test_results_that_cannot_be_compared_are_refused(made, words):
    with pytest.raises(DataError, match=words):
        compare_designs(made)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"headline": "c"}, "headline == 'c'"),
        ({"methods": {"c": "m"}}, "methods names 'c'"),
        ({"bias": {"c": (0.7, 0.2)}}, "bias names 'c'"),
        ({"bias": {"a": 0.7}}, "a ratio and its relative error"),
        ({"bias": {"a": (0.0, 0.2)}}, "above 0"),
    ],
)
def test_options_that_are_none_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        compare_designs({"a": said(1, 0.1), "b": said(1, 0.1)}, **options)
