"""Strata one by one, and their total."""

import json

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import DataError, FitError, Result, Scope, SpecificationError
from ctresearch.prevalence import CaptureHistories, LogLinear, LowerBound, stratified
from ctresearch.prevalence.strata.stratified import add_up

TAIWAN = published_lists("hav-taiwan")
FIXED = LogLinear("fixed", model="[1,2,3]")


def test_strata_are_what_the_estimator_says_and_the_total_their_sum():
    korea = published_lists("korea")
    result = stratified(FIXED, {"t": TAIWAN, "k": korea})
    rows = result.estimates.set_index("stratum")
    for name, table in (("t", TAIWAN), ("k", korea)):
        alone = FIXED.fit(table).estimates.loc["population"]
        assert (
            rows.loc[name, ["estimate", "ci_low", "ci_high"]].tolist()
            == alone[["estimate", "ci_low", "ci_high"]].tolist()
        )
    assert rows.loc["all", "estimate"] == pytest.approx(rows.loc[["t", "k"], "estimate"].sum())
    # standard errors of independent strata add in quadrature, and the limits of the sum lie inside the sum of limits
    assert rows.loc["all", "std_error"] == pytest.approx(np.hypot(*rows.loc[["t", "k"], "std_error"]))
    assert rows.loc["all", "ci_low"] > rows.loc[["t", "k"], "ci_low"].sum()
    assert rows.loc["all", "ci_high"] < rows.loc[["t", "k"], "ci_high"].sum()


def test_draws_of_strata_are_paired_at_random():
    """Equal strata drawn from one seed would move together, and the total would be twice as uncertain as one."""
    estimator = LogLinear("fixed", model="[1,2,3]", bootstrap=1000)
    result = stratified(estimator, {"one": TAIWAN, "two": TAIWAN}, seed=2)
    drawn = result.draws.loc["population"]
    # three standard errors of a correlation of nothing over 1,000 draws
    assert abs(np.corrcoef(drawn)[0, 1]) < 3 / np.sqrt(1000)
    rows = result.estimates.set_index("stratum")
    # quantiles of 1,000 draws are good to a few per cent
    assert rows.loc["all", "std_error"] == pytest.approx(np.sqrt(2) * rows.loc["one", "std_error"], rel=0.1)
    assert result.interval == "percentile"
    assert result == stratified(estimator, {"one": TAIWAN, "two": TAIWAN}, seed=2)
    assert Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False))) == result
    assert [text.get_text() for text in result.plot().get_yticklabels()] == ["one", "two", "total"]


def test_a_stratum_without_an_estimate_leaves_no_total():
    apart = CaptureHistories.from_counts(
        pd.DataFrame({"L1": [1, 0, 0], "L2": [0, 1, 0], "L3": [0, 0, 1], "count": [3, 4, 5]})
    )
    result = stratified(FIXED, {"t": TAIWAN, "small": apart})
    rows = result.estimates.set_index("stratum")
    assert np.isfinite(rows.loc["t", "estimate"])
    assert rows.loc[["small", "all"], "estimate"].isna().all()
    assert result.status == "fail"
    assert "anybody in common" in result.notes[1]
    assert "no total" in result.checks[0].message
    with pytest.raises(FitError, match="none of 2 strata has an estimate"):
        stratified(FIXED, {"a": apart, "b": apart})


def test_no_limits_in_a_stratum_are_no_limits_in_the_total():
    total = add_up(np.array([[10.0, np.nan, np.nan, np.nan], [10.0, 1, 8, 12]]), None, 12, 0.95)
    assert total.estimate == 20
    assert np.isnan([total.std_error, total.low, total.high]).all()
    assert total.interval == "none"


def test_the_words_of_the_whole_come_back():
    rows = pd.DataFrame(
        {"A": [1, 0, 1] * 2, "B": [0, 1, 1] * 2, "sex": ["f"] * 3 + ["m"] * 3, "count": [60, 40, 20, 30, 20, 10]}
    )
    table = CaptureHistories.from_counts(rows, ["A", "B"], scope=Scope(population="potential victims"))
    result = stratified(LogLinear("fixed", model="[1,2]"), table.by("sex"))
    assert result.population == "potential victims"
    # Lincoln and Petersen in each: 80 * 60 / 20 and 40 * 30 / 10
    assert result.estimates["estimate"].tolist() == pytest.approx([240, 120, 360])


def test_refusals():
    with pytest.raises(DataError, match="two tables or more"):
        stratified(FIXED, {"one": TAIWAN})
    with pytest.raises(DataError, match="must be CaptureHistories"):
        stratified(FIXED, {"one": TAIWAN, "two": 3})
    with pytest.raises(SpecificationError, match="must have a method fit"):
        stratified("LogLinear", {"one": TAIWAN, "two": TAIWAN})


def test_coefficients_of_the_strata_stand_one_below_the_other():
    table = CaptureHistories.from_published("hav-taiwan")
    model = LogLinear("fixed", model="[12,3]")
    result = stratified(model, {"one": table, "two": table})
    alone = model.fit(table)
    assert result.coefficients["stratum"].tolist() == ["one"] * 5 + ["two"] * 5
    assert result.coefficients["estimate"].tolist() == alone.coefficients["estimate"].tolist() * 2
    assert result.odds_ratios["odds_ratio"].tolist() == alone.odds_ratios["odds_ratio"].tolist() * 2


def test_strata_of_a_method_without_coefficients_have_none():
    table = CaptureHistories.from_published("hav-taiwan")
    result = stratified(LowerBound(), {"one": table, "two": table})
    assert result.coefficients is None
    with pytest.raises(DataError, match="holds no coefficients"):
        _ = result.odds_ratios
