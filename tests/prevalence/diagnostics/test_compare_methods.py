"""Every method on one table: numbers are those of the methods themselves, and none is shown that a check took away."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.prevalence import (
    BayesianThreshold,
    CaptureHistories,
    Chapman,
    ClosedPopulation,
    LogLinear,
    LowerBound,
    SampleCoverage,
    WeightedAverage,
    compare_methods,
)
from ctresearch.prevalence.diagnostics.method_catalogue import NEEDS_MORE

QUICK = ["Log-linear BIC", "BIC average", "Independence (Mt)", "Mth Darroch", "Lower bound"]


@pytest.fixture(scope="module")
def kosovo():
    return compare_methods(published_lists("kosovo"), QUICK, bootstrap=100, seed=4)


@pytest.mark.slow
def test_each_number_is_that_of_the_method_alone(kosovo):
    table = published_lists("kosovo")
    alone = {
        "Log-linear BIC": LogLinear("bic", bootstrap=100, seed=4),
        "BIC average": WeightedAverage("bic"),
        "Mth Darroch": ClosedPopulation("Mth", heterogeneity="darroch"),
        "Lower bound": LowerBound(),
    }
    for name, method in alone.items():
        single = method.fit(table).estimates.loc["population"]
        columns = ["estimate", "std_error", "ci_low", "ci_high"]
        np.testing.assert_array_equal(
            kosovo.estimates.loc[name, columns].to_numpy(float), single[columns].to_numpy(float)
        )
    assert kosovo.methods.loc["Log-linear BIC", "interval"] == "bca"
    assert kosovo.methods.loc["Independence (Mt)", "interval"] == "profile"
    assert kosovo.methods.loc["Lower bound", "reads_as"] == "lower bound"
    assert (kosovo.methods["assumptions"] != "").all()


def test_the_spread_is_found(kosovo):
    checks = {check.name: check for check in kosovo.checks}
    assert checks["method"].status == "review"
    assert checks["sparse"].status == "pass"
    claims = kosovo.estimates["estimate"].drop("Lower bound")
    assert checks["method"].numbers["factor"] == pytest.approx(claims.max() / claims.min(), rel=1e-12)
    outside = (
        ~claims.drop("Log-linear BIC").between(*kosovo.estimates.loc["Log-linear BIC", ["ci_low", "ci_high"]])
    ).sum()
    assert checks["headline interval"].numbers["outside"] == outside
    assert checks["lower bounds"].status == "pass"
    assert kosovo.headline == "Log-linear BIC"
    assert kosovo.status == "review"


def test_a_method_with_a_failed_check_is_named_without_a_number():
    table = published_lists("uk-2013-5")
    assert SampleCoverage().fit(table).status == "fail"  # the lists cover too little
    result = compare_methods(table, ["Independence (Mt)", "Sample coverage", "Chapman"])
    row = result.methods.loc["Sample coverage"]
    assert row[["estimate", "ci_low", "ci_high"]].isna().all()
    assert "coverage" in row["note"]
    assert row["interval"] == "none"
    assert result.estimates.loc["Sample coverage", ["estimate", "std_error", "ci_low", "ci_high"]].isna().all()
    assert "takes 2" in result.not_applicable.loc["Chapman", "reason"]
    words = result.paragraph()
    assert "No number can be given by Sample coverage" in words
    assert "13,444" in words
    assert "Lower bounds" not in words
    refused = next(check for check in result.checks if check.name == "refused methods")
    assert (refused.status, refused.numbers["refused"]) == ("review", 1)


def test_a_headline_without_a_number_fails_the_whole():
    result = compare_methods(
        published_lists("uk-2013-5"), ["Sample coverage", "Independence (Mt)"], headline="Sample coverage"
    )
    assert result.status == "fail"
    assert "MIND THE READING" in result.summary()
    assert "MIND THE READING" in result.plot().get_title(loc="left")
    assert "Sample coverage, the headline, gives no number" in result.paragraph()


def test_methods_that_do_not_exist_for_a_table_are_told_apart_from_those_that_failed():
    """Three lists with two empty overlaps: Mth has no estimate there; Chapman is for other tables."""
    frame = pd.DataFrame({"A": [1, 0, 0, 1], "B": [0, 1, 0, 1], "C": [0, 0, 1, 0], "count": [3, 4, 5, 2]})
    methods = {
        "two lists": Chapman(),
        "darroch": ClosedPopulation("Mth", heterogeneity="darroch"),
        "Mt": ClosedPopulation(),
    }
    result = compare_methods(CaptureHistories.from_counts(frame), methods)
    assert result.not_applicable.index.tolist() == ["two lists"]
    assert result.methods.index.tolist() == ["Mt", "darroch"]
    assert np.isnan(result.estimates.loc["darroch", "estimate"])
    assert result.headline == "darroch"  # the first that applies was fixed before it was seen, and is not replaced
    assert result.status == "fail"


def test_two_lists_have_chapman_as_headline():
    two = published_lists("hav-taiwan").drop("L3")
    result = compare_methods(two, ["Chapman", "Log-linear BIC", "Independence (Mt)", "Mth Poisson"], bootstrap=100)
    assert result.headline == "Chapman"
    assert result.not_applicable.index.tolist() == ["Mth Poisson"]
    assert result.estimates.loc["Chapman", "estimate"] == Chapman().fit(two).estimates.loc["population", "estimate"]


def test_ten_lists_leave_the_methods_that_cannot_take_them_with_a_reason():
    rng = np.random.default_rng(5)
    seen = rng.random((3000, 10)) < 0.12
    frame = pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=list("ABCDEFGHIJ"))
    table = CaptureHistories.from_records(frame, lists=list("ABCDEFGHIJ"))
    result = compare_methods(table, ["Independence (Mt)", "BIC average", "AIC average", "Lower bound"])
    assert set(result.not_applicable.index) == {"BIC average", "AIC average"}
    assert "at most 6" in result.not_applicable.loc["BIC average", "reason"]
    row = result.estimates.loc["Independence (Mt)"]
    assert row["ci_low"] < 3000 < row["ci_high"]  # the seed is fixed, and the model is right


def test_the_same_seed_gives_the_same_bytes():
    table = published_lists("korea")
    first, again = (
        compare_methods(table, ["Log-linear stepwise", "Bayesian threshold"], bootstrap=60, seed=9) for _ in range(2)
    )
    assert json.dumps(first.to_dict(), sort_keys=True) == json.dumps(again.to_dict(), sort_keys=True)
    assert Result.from_dict(json.loads(json.dumps(first.to_dict()))) == first


def test_own_methods_keep_their_names_and_numbers():
    methods = {"strict": BayesianThreshold(threshold=5.0, draws=500), "independent": ClosedPopulation("Mt")}
    result = compare_methods(published_lists("korea"), methods, headline="independent")
    assert sorted(result.methods.index) == ["independent", "strict"]
    assert result.not_applicable.empty  # the user named the methods: nothing is said of others
    assert result.paragraph().count("headline") == 1


def test_the_picture_marks_the_headline_and_names_the_refused():
    result = compare_methods(
        published_lists("uk-2013-5"),
        ["Sample coverage", "Lower bound", "Independence (Mt)"],
        headline="Independence (Mt)",
    )
    ax = result.plot()
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["Independence (Mt), headline", "Lower bound", "Sample coverage"]
    assert [text.get_text() for text in ax.texts] == ["no estimate"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"methods": ["Bayes"]}, "'Bayes', must be among 'Chapman'"),
        ({"methods": "Chapman"}, "methods == 'Chapman', must be a list"),
        ({"methods": []}, r"methods == \[\], must name at least one"),
        ({"methods": {"a": 3}}, r"methods\['a'\] == 3, must have a method fit"),
        ({"methods": {"a": LowerBound(level=0.9)}}, "level == 0.9, must have 0.95"),
        ({"methods": ["Chapman"]}, "none of 1 methods applies"),
        ({"headline": "mean"}, "headline == 'mean', must be among"),
        ({"methods": ["Chapman", "Lower bound"], "headline": "Chapman"}, "does not apply to this table"),
        ({"bootstrap": 3}, "bootstrap == 3, must be a whole number at least 50"),
        ({"level": 95}, "level == 95"),
        ({"seed": -1}, "seed == -1"),
    ],
)
def test_what_cannot_be_compared_is_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        compare_methods(published_lists("korea"), **options)


def test_a_method_without_a_population_is_refused():
    class Odd:
        def fit(self, histories):
            return Result(method="odd", estimates=LowerBound().fit(histories).estimates.drop("population"), n=1)

    with pytest.raises(SpecificationError, match="must give 'population'"):
        compare_methods(published_lists("korea"), {"odd": Odd()})


def test_a_table_without_overlaps_is_refused_before_any_method_runs():
    frame = pd.DataFrame({"A": [1, 0], "B": [0, 1], "count": [10, 12]})
    with pytest.raises(DataError, match="no two lists have anybody in common"):
        compare_methods(CaptureHistories.from_counts(frame))


@pytest.mark.slow
def test_all_methods_run_on_the_five_uk_lists():
    result = compare_methods(published_lists("uk-2013-5"), bootstrap=200)
    assert len(result.methods) == 17
    assert set(result.not_applicable.index) == {"Chapman", *NEEDS_MORE}
    known = result.estimates["estimate"]
    # the values of the reference software: see tests/reference/prevalence
    assert known["Log-linear BIC"] == pytest.approx(25311.2906125325, rel=1e-8)  # agreement of two Newton solvers
    assert known["Log-linear stepwise"] == pytest.approx(11312.990289435236, rel=1e-8)
    assert known["Independence (Mt)"] == pytest.approx(13444.13, rel=1e-6)
    assert known["Bayesian threshold"] == pytest.approx(12406, rel=0.03)  # Monte Carlo error of both samplers
    assert np.isnan(known["Sample coverage"])
