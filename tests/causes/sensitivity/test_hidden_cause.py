"""How strong a hidden cause must be to undo an effect, against the formulas of the papers worked out by hand."""

from math import exp, sqrt

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from ctresearch.causes import (
    DoublyRobustEffect,
    InverseProbability,
    NearestNeighbour,
    OutcomeRegression,
    PrevalenceRatio,
)
from ctresearch.causes.graph.roles import Roles
from ctresearch.causes.sensitivity.hidden_cause import check_effect
from ctresearch.core import estimates_table

ROLES = {"treatment": "a", "covariates": ["x"]}
ESTIMATORS = [DoublyRobustEffect, InverseProbability, NearestNeighbour, OutcomeRegression]


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(1)
    x = rng.normal(size=2_000)
    a = rng.random(2_000) < 1 / (1 + np.exp(-x))
    hurt = rng.random(2_000) < 0.1 + 0.15 * a + 0.05 * (x > 0)
    return pd.DataFrame(
        {"a": a * 1, "x": x, "hurt": hurt * 1, "hours": a + x + rng.normal(size=2_000), "noise": rng.normal(size=2_000)}
    )


def hidden(result):
    return next(check for check in result.checks if check.name == "hidden cause")


def bias_needed(ratio):
    ratio = max(ratio, 1 / ratio)
    return ratio + sqrt(ratio * (ratio - 1))


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_effect_on_a_risk_carries_the_e_values_of_the_risk_ratio(estimator, frame):
    result = estimator(**ROLES, outcome="hurt").fit(frame)
    rows, numbers = result.estimates, hidden(result).numbers
    untreated = rows.loc["mean_untreated", "estimate"]
    nearer = (untreated + rows.loc["effect", "ci_low"]) / untreated
    assert numbers["e_value"] == pytest.approx(bias_needed(rows.loc["mean_treated", "estimate"] / untreated))
    assert numbers["e_value_limit"] == pytest.approx(bias_needed(nearer))
    assert hidden(result).status == "pass"
    assert f"{numbers['e_value']:.3g}" in result.summary()
    assert any("VanderWeele, T. J. and Ding" in cited for cited in result.references)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_an_effect_on_a_number_is_read_in_standard_deviations(estimator, frame):
    result = estimator(**ROLES, outcome="hours").fit(frame)
    row, spread = result.estimates.loc["effect"], frame["hours"].std(ddof=0)
    assert hidden(result).numbers["e_value"] == pytest.approx(bias_needed(exp(0.91 * row["estimate"] / spread)))
    assert hidden(result).numbers["e_value_limit"] == pytest.approx(bias_needed(exp(0.91 * row["ci_low"] / spread)))


def test_a_linear_regression_carries_the_robustness_values(frame):
    result = OutcomeRegression(**ROLES, outcome="hours").fit(frame)
    theirs = sm.OLS(frame["hours"], sm.add_constant(frame[["a", "x"]])).fit()
    f2 = theirs.tvalues["a"] ** 2 / theirs.df_resid
    assert hidden(result).numbers["robustness"] == pytest.approx((sqrt(f2**2 + 4 * f2) - f2) / 2, rel=1e-8)
    assert 0 < hidden(result).numbers["robustness_level"] < hidden(result).numbers["robustness"]
    assert "robustness" not in hidden(OutcomeRegression(**ROLES, outcome="hours", interactions=True).fit(frame)).numbers


def test_an_effect_whose_limits_hold_none_is_left_to_a_person(frame):
    for estimator in ESTIMATORS:
        check = hidden(estimator(**ROLES, outcome="noise").fit(frame))
        assert (check.status, check.numbers["e_value_limit"]) == ("review", 1.0)
        assert "the limits include no effect already" in check.message


def test_a_harm_averted_counts_like_a_harm_done(frame):
    averted = hidden(OutcomeRegression(**ROLES, outcome="safe").fit(frame.assign(safe=1 - frame["hurt"])))
    rows = OutcomeRegression(**ROLES, outcome="hurt").fit(frame).estimates["estimate"]
    assert averted.numbers["risk_ratio"] == pytest.approx((1 - rows["mean_treated"]) / (1 - rows["mean_untreated"]))
    assert averted.numbers["e_value"] == pytest.approx(bias_needed(averted.numbers["risk_ratio"]))


def test_groups_are_judged_as_a_whole(frame):
    grouped = DoublyRobustEffect(**ROLES, outcome="hurt", by="old").fit(frame.assign(old=frame["x"] > 0))
    whole = DoublyRobustEffect(**ROLES, outcome="hurt").fit(frame)
    assert hidden(grouped) == hidden(whole)


@pytest.mark.parametrize(("treated", "untreated"), [(0.3, 0.0), (0.0, 0.3), (0.3, -0.1)])
def test_no_number_is_said_where_a_risk_is_nil(treated, untreated):
    table = Roles(treatment="a", outcome="y", covariates=[]).read(pd.DataFrame({"a": [0, 1, 0, 1], "y": [0, 1, 1, 1]}))
    effect = treated - untreated
    rows = {"effect": (effect, 0.1, effect - 0.2, effect + 0.2), "mean_untreated": (untreated, 0.1, 0.0, 0.2)}
    check = check_effect(estimates_table(rows), table)
    assert check.status == "review"
    assert "e_value" not in check.numbers
    assert "no E-value" in check.message


def test_the_first_covariate_of_a_prevalence_ratio_is_judged_where_it_is_a_treatment(frame):
    result = PrevalenceRatio(outcome="hurt", covariates=["a", "x"]).fit(frame)
    ratio = exp(result.estimates.loc["a", "estimate"])
    assert hidden(result).numbers["e_value"] == pytest.approx(bias_needed(ratio))
    named = frame.assign(a=np.where(frame["a"] == 1, "sent", "local"))
    assert hidden(PrevalenceRatio(outcome="hurt", covariates=["a", "x"]).fit(named)).numbers["risk_ratio"] > 1
    other = PrevalenceRatio(outcome="hurt", covariates=["x", "a"]).fit(frame)
    assert all(check.name != "hidden cause" for check in other.checks)
