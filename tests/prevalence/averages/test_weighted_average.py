"""Averages over log-linear models: weights, the unconditional standard error, and limits on what is averaged."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pins import pinned_models, published_lists

from ctresearch.core import SpecificationError
from ctresearch.prevalence import LogLinear, WeightedAverage
from ctresearch.prevalence.averages.weighted_average import Average, _check_rivals, average_estimates


@pytest.mark.parametrize("table", ["korea", "uk-2013-5"])
def test_the_bic_average_is_that_of_the_reference_models(table):
    known = np.array([(estimate, bic) for estimate, bic, order in pinned_models(table).values() if order <= 3])
    weight = np.exp(-(known[:, 1] - known[:, 1].min()) / 2)
    result = WeightedAverage().fit(published_lists(table))
    # models lighter than one in a million are left out
    assert result.estimates["estimate"]["population"] == pytest.approx(known[:, 0] @ weight / weight.sum(), rel=1e-4)
    assert result.models["weight"].sum() == pytest.approx(1, rel=1e-12)


def test_the_heaviest_model_is_the_one_selected():
    lists = published_lists("uk-2013-5")
    for criterion in ("bic", "aic"):
        assert WeightedAverage(criterion).fit(lists).models.index[0] == LogLinear(criterion).fit(lists).model


def test_the_interval_is_wider_than_that_of_the_best_model():
    lists = published_lists("uk-2013-5")
    best = LogLinear("fixed", model="[123,25,34]").fit(lists).estimates.loc["population"]
    row = WeightedAverage().fit(lists).estimates.loc["population"]
    assert row["ci_high"] - row["ci_low"] > best["ci_high"] - best["ci_low"]


@given(st.lists(st.tuples(st.floats(0.01, 1), st.floats(100, 1e5), st.floats(0.1, 1e4)), min_size=1, max_size=9))
def test_the_standard_error_is_never_below_the_mean_one(rows):
    weights, estimates, errors = (np.array(column) for column in zip(*rows, strict=True))
    weights = weights / weights.sum()
    average = average_estimates(weights, estimates, errors)
    assert average.std_error >= weights @ errors * (1 - 1e-12)
    assert estimates.min() * (1 - 1e-12) <= average.estimate <= estimates.max() * (1 + 1e-12)


def test_models_that_disagree_ask_for_review():
    result = WeightedAverage().fit(published_lists("uk-2013-5"))
    assert {check.name: check.status for check in result.checks}["spread"] == "review"
    assert {check.name: check.status for check in result.checks}["rivals"] == "review"


def test_rivals_are_those_that_the_limits_leave_out():
    models = pd.DataFrame({"weight": [0.9, 0.1], "estimate": [1000.0, 3000.0]})
    assert _check_rivals(models, 500, Average(1000.0, 100.0)).status == "review"
    assert _check_rivals(models, 500, Average(1200.0, 900.0)).status == "pass"
    assert _check_rivals(models.assign(weight=[0.97, 0.03]), 500, Average(1000.0, 100.0)).status == "pass"


def test_too_many_lists_or_too_high_an_order_are_refused():
    with pytest.raises(SpecificationError, match="at most 6"):
        WeightedAverage().fit(published_lists("new-orleans"))
    with pytest.raises(SpecificationError, match="max_order == 3"):
        WeightedAverage(max_order=3).fit(published_lists("korea"))
    with pytest.raises(SpecificationError, match="must be one of"):
        WeightedAverage("dic")


def test_coefficients_are_averaged_over_the_models_that_hold_them():
    table = published_lists("hav-taiwan")
    result = WeightedAverage("aic").fit(table)
    found, models = result.coefficients, result.models
    assert found.index.tolist() == ["intercept", "1", "2", "3", "12", "13", "23"]
    assert found["weight"].iloc[:4].tolist() == pytest.approx([1.0] * 4)
    holds = [name for name in models.index if any("12" in part for part in name.strip("[]").split(","))]
    weight = models["weight"][holds]
    assert found["weight"]["12"] == pytest.approx(weight.sum())
    alone = pd.concat([LogLinear("fixed", model=name).fit(table).coefficients.loc[["12"]] for name in holds])
    share, values, errors = (one.to_numpy() for one in (weight / weight.sum(), alone["estimate"], alone["std_error"]))
    mean = share @ values
    assert found["estimate"]["12"] == pytest.approx(mean)
    assert found["std_error"]["12"] == pytest.approx(share @ np.sqrt(errors**2 + (values - mean) ** 2))
    assert found["ci_high"]["12"] - mean == pytest.approx(1.959964 * found["std_error"]["12"], rel=1e-6)
    assert result.odds_ratios["odds_ratio"]["12"] == pytest.approx(np.exp(mean))


def test_an_interaction_of_lists_without_common_people_is_at_minus_infinity_on_average():
    found = WeightedAverage("aic").fit(published_lists("uk-2013-5")).coefficients
    empty = found[np.isneginf(found["estimate"])]
    assert "15" in empty.index
    assert empty["std_error"].isna().all()
    assert (empty["weight"] > 0).all()
