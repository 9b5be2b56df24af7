"""Trials agree with R, find what they were made from, and refuse what is no trial."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data.synthetic import campaign_rollout, campaign_trial
from ctresearch.programmes import ClusterTrial, ComplierEffect, DifferenceInDifferences, SteppedWedge
from ctresearch.programmes.trials.randomisation import randomisation_test
from ctresearch.programmes.trials.trial_table import read_trial
from ctresearch.stats.clusters.bias_reduced import robust_variance
from ctresearch.stats.clusters.estimating_equations import fit_clustered
from ctresearch.stats.clusters.restricted_likelihood import fit_mixed
from programmes.outside import VALUES, table

TRIAL = {"outcome": "knows_signs", "treatment": "campaign", "cluster": "village"}
EXACT = 1e-9  # both sides solve the same equations in closed form
SEARCHED = 2e-6  # R stops its search for variances at about this


@pytest.fixture(scope="module")
def trial():
    return table("trial")


def last(design):
    contrast = np.zeros(design.shape[1])
    contrast[-1] = 1.0
    return contrast


@pytest.mark.parametrize(("correction", "name"), [("kauermann_carroll", "CR2"), ("mancl_derouen", "CR3")])
def test_corrected_variances_and_degrees_of_freedom_are_those_of_clubsandwich(trial, correction, name):
    model = ClusterTrial(
        **TRIAL, covariates=["age", "woman"], correlation="independence", correction=correction, age=None
    )
    found, there = model.fit(trial), VALUES["ols"][name]
    row = found.estimates.loc["effect"]
    test = found.tests.set_index("test").loc["t"]
    assert row["estimate"] == pytest.approx(there["estimate"], rel=EXACT)
    assert row["std_error"] == pytest.approx(there["se"], rel=EXACT)
    assert test["df"] == pytest.approx(there["df"], rel=EXACT)
    assert test["p_value"] == pytest.approx(there["p"], rel=EXACT)


@pytest.mark.parametrize("family", ["linear", "logistic", "poisson"])
def test_exchangeable_equations_with_mancl_derouen_are_those_of_statsmodels(trial, family):
    import statsmodels.api as sm

    table = read_trial(trial, **TRIAL, covariates=["age"])
    kinds = {"linear": sm.families.Gaussian, "logistic": sm.families.Binomial, "poisson": sm.families.Poisson}
    peer = sm.GEE(
        table.outcome, table.design, table.clusters, family=kinds[family](), cov_struct=sm.cov_struct.Exchangeable()
    )
    there = peer.fit(cov_type="bias_reduced", ctol=1e-12)
    fit = fit_clustered(table.design, table.outcome, table.clusters, family, "exchangeable")
    error = robust_variance(fit.grams, fit.scores, fit.bread, last(table.design), "mancl_derouen").std_error
    near = 1e-7  # the peer stops its iterations earlier
    np.testing.assert_allclose(fit.coefficients, there.params, rtol=near)
    assert error == pytest.approx(there.bse[-1], rel=near)
    assert fit.correlation == pytest.approx(peer.cov_struct.dep_params, rel=near)


def test_log_odds_without_a_correction_are_those_of_geepack(trial):
    model = ClusterTrial(
        **TRIAL, covariates=["age"], family="logistic", correlation="independence", correction="none", age=None
    )
    found, there = model.fit(trial), VALUES["logit"]
    row = found.estimates.loc["effect"]
    assert row["estimate"] == pytest.approx(there["estimate"], rel=1e-7)  # the peer stops its iterations earlier
    larger = np.sqrt(12 / 11)  # ours multiplies the variance by G / (G - 1)
    assert row["std_error"] == pytest.approx(there["se"] * larger, rel=1e-6)
    assert found.scale == "logit"
    assert found.tests["test"].tolist() == ["t", "wild bootstrap", "randomisation"]


def test_the_mixed_model_is_that_of_lmertest(trial):
    found = ClusterTrial(**TRIAL, covariates=["age", "woman"], method="mixed", age=None).fit(trial)
    there = VALUES["mixed"]
    row = found.estimates.loc["effect"]
    assert row["estimate"] == pytest.approx(there["estimate"], rel=SEARCHED)
    assert row["std_error"] == pytest.approx(there["se"], rel=SEARCHED)
    assert found.tests["df"].iloc[0] == pytest.approx(there["df"], rel=SEARCHED)
    village, rest = there["variances"]["village"], there["variances"]["Residual"]
    assert found.clustering["icc"].iloc[0] == pytest.approx(village / (village + rest), rel=SEARCHED)


def test_the_stepped_wedge_with_two_random_effects_is_that_of_lmertest():
    wedge = read_trial(table("wedge"), **TRIAL, period="quarter", covariates=["age"])
    fit, there = fit_mixed(wedge, by_period=True), VALUES["wedge"]
    assert fit.coefficients[-1] == pytest.approx(there["estimate"], rel=SEARCHED)
    assert (fit.std_error, fit.df) == pytest.approx((there["se"], there["df"]), rel=SEARCHED)
    variances = [there["variances"][name] for name in ("Residual", "village", "vq")]
    assert fit.variances == pytest.approx(variances, rel=1e-5)  # flat at the top: R's search leaves the fifth digit


@pytest.mark.parametrize(("correction", "name"), [("kauermann_carroll", "CR2"), ("mancl_derouen", "CR3")])
def test_the_complier_effect_is_that_of_two_stage_least_squares(trial, correction, name):
    model = ComplierEffect(**TRIAL, received="attended", covariates=["age"], correction=correction, age=None)
    row, there = model.fit(trial).estimates.loc["complier_effect"], VALUES["iv"][name]
    assert (row["estimate"], row["std_error"]) == pytest.approx((there["estimate"], there["se"]), rel=EXACT)


@pytest.mark.parametrize(("correction", "name"), [("kauermann_carroll", "CR2"), ("mancl_derouen", "CR3")])
def test_difference_in_differences_is_that_of_clubsandwich(correction, name):
    frame = table("wedge")
    early = sorted(frame["village"].unique())[:6]
    frame = frame.assign(early=frame["village"].isin(early) * 1, second=(frame["quarter"] >= 3) * 1)
    model = DifferenceInDifferences(
        outcome="knows_signs", treatment="early", wave="second", cluster="village", correction=correction, age=None
    )
    row, there = model.fit(frame).estimates.loc["effect"], VALUES["did"][name]
    assert (row["estimate"], row["std_error"]) == pytest.approx((there["estimate"], there["se"]), rel=EXACT)
    from scipy.stats import t

    assert row["ci_high"] == pytest.approx(row["estimate"] + t.ppf(0.975, there["df"]) * there["se"], rel=EXACT)


def test_anderson_rubin_limits_are_the_effects_that_assignment_does_not_reject(trial):
    model = ComplierEffect(**TRIAL, received="attended", age=None)
    row = model.fit(trial).estimates.loc["complier_effect"]
    for limit in (row["ci_low"], row["ci_high"]):
        left = trial.assign(left=trial["knows_signs"] - limit * trial["attended"])
        tested = ClusterTrial(
            outcome="left", treatment="campaign", cluster="village", correlation="independence", age=None
        ).fit(left)
        assert tested.tests.set_index("test").loc["t", "p_value"] == pytest.approx(0.05, rel=1e-8)


def test_randomisation_goes_through_all_allocations_within_strata():
    frame = pd.DataFrame(
        {
            "v": np.repeat(list("abcdefgh"), 3),
            "s": np.repeat([0, 1], 12),
            "a": np.repeat([0, 1, 0, 1, 1, 1, 0, 0], 3),
            "y": np.random.default_rng(3).normal(size=24),
        }
    )
    table = read_trial(frame, outcome="y", treatment="a", cluster="v", strata="s")
    residual = table.outcome - table.base @ np.linalg.lstsq(table.base, table.outcome, rcond=None)[0]
    test = randomisation_test(table, residual)
    means = frame.groupby("v")["y"].mean().to_numpy()

    def effect(arms):
        arms = np.array(arms)
        return np.mean(
            [
                means[4 * s : 4 * s + 4][arms[4 * s : 4 * s + 4] == 1].mean()
                - means[4 * s : 4 * s + 4][arms[4 * s : 4 * s + 4] == 0].mean()
                for s in (0, 1)
            ]
        )

    balanced = [arms for arms in product((0, 1), repeat=8) if sum(arms[:4]) == 2 and sum(arms[4:]) == 2]
    effects = np.array([effect(arms) for arms in balanced])
    assert test.every
    assert len(test.effects[0]) == 36
    observed = effect([0, 1, 0, 1, 1, 1, 0, 0])
    assert test.estimate == pytest.approx(observed)
    assert test.p_value() == pytest.approx((abs(effects) >= abs(observed) - 1e-12).mean())


def test_children_are_apart_and_never_joined_where_they_are_too_few():
    frame = campaign_rollout(clusters=9, size=12, seed=1).frame
    wedge = {"outcome": "knows_signs", "treatment": "campaign", "cluster": "village", "period": "quarter"}
    both = SteppedWedge(**wedge).fit(frame)
    assert both.estimates["group"].tolist() == ["adults", "children"]
    adults = SteppedWedge(**wedge, age=None).fit(frame[frame["age"] >= 18])
    assert both.estimates["estimate"].iloc[0] == adults.estimates["estimate"].iloc[0]
    few = frame[(frame["age"] >= 18) | (frame["village"] == "v1")]
    found = SteppedWedge(**wedge).fit(few)
    assert np.isnan(found.estimates["estimate"].iloc[1])
    assert any(c.name == "too few children" and c.status == "review" for c in found.checks)


def test_the_effects_that_were_put_in_are_found():
    made = campaign_trial(200, 40, effect=0.2, attendance=0.6, icc=0.03, seed=5)
    itt = ClusterTrial(**TRIAL).fit(made.frame).estimates.loc["effect"]
    taking_part = ComplierEffect(**TRIAL, received="attended").fit(made.frame).estimates.loc["complier_effect"]
    assert abs(itt["estimate"] - made.truth["intention_to_treat"]) < 4 * itt["std_error"]
    assert itt["std_error"] < 0.02
    assert abs(taking_part["estimate"] - made.truth["effect_of_attending"]) < 4 * taking_part["std_error"]
    rolled = campaign_rollout(60, 40, effect=0.15, trend=0.03, seed=6)
    wedge = SteppedWedge(**TRIAL, period="quarter", age=None).fit(rolled.frame)
    row = wedge.estimates.loc["effect"]
    assert abs(row["estimate"] - 0.15) < 4 * row["std_error"]
    assert row["std_error"] < 0.03


BASE = pd.DataFrame(
    {
        "v": np.repeat([f"v{i}" for i in range(8)], 5),
        "a": np.repeat([0, 1], 20),
        "y": np.arange(40.0) % 7,
        "t": np.tile(range(5), 8),
    }
)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"v": range(40)}, "hold one row"),
        ({"y": 1.0}, "must vary"),
        ({"v": ["x"] * 20 + list(BASE["v"][20:])}, "arm 0 has 1 cluster"),
        ({"a": [0, 1] * 20}, "is 0 and 1 within 8 of 8 clusters"),
        ({"v": [None, *BASE["v"][1:]]}, "without its cluster"),
        ({"y": [None, *BASE["y"][1:]]}, "FollowUp"),
        ({"a": 2}, "must be 0 or 1 as randomised"),
        ({"age": [None] * 40}, "neither adults nor children"),
        ({"age": 200}, "must be years"),
    ],
)
def test_what_is_no_trial_is_refused_with_the_cure(change, message):
    with pytest.raises(DataError, match=message):
        ClusterTrial(outcome="y", treatment="a", cluster="v").fit(BASE.assign(**change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": [0, 0, 1, 1, 0] * 8}, "go back"),
        ({"a": [0, 0, 1, 1, 1] * 8}, "cross in the same period"),
        ({"t": [0, 0, 1, 1, 2] * 8, "a": [0, 1, 1, 1, 1] * 8}, "crosses whole"),
        ({"t": list("abcde") * 8}, "order in time is not known"),
        ({"t": 1, "a": BASE["a"]}, "needs at least 3 in 2"),
    ],
)
def test_what_is_no_stepped_wedge_is_refused_with_the_cure(change, message):
    crossing = (BASE["t"] > BASE["v"].str[1:].astype(int) % 4) * 1
    with pytest.raises(DataError, match=message):
        SteppedWedge(outcome="y", treatment="a", cluster="v", period="t").fit(BASE.assign(a=crossing).assign(**change))


def test_assignment_that_moves_hardly_anybody_gives_no_limits():
    frame = BASE.assign(went=(BASE.index == 20) * 1)  # one person of one village
    found = ComplierEffect(outcome="y", treatment="a", received="went", cluster="v").fit(frame)
    assert found.status == "fail"
    assert np.isnan(found.estimates.loc["complier_effect", "ci_low"])


def test_a_variance_at_zero_is_said_and_costs_degrees_of_freedom():
    frame = BASE.assign(y=np.tile([0.0, 1.0, 2.0, 3.0, 4.0], 8) + 0.1 * BASE["a"])
    found = ClusterTrial(outcome="y", treatment="a", cluster="v", method="mixed").fit(frame)
    assert any(c.name == "variance at zero" and c.status == "review" for c in found.checks)
    assert found.tests["df"].iloc[0] <= 6


@pytest.mark.parametrize(
    "options",
    [
        {"method": "mixed", "family": "logistic"},
        {"interval": "randomisation", "family": "poisson"},
        {"draws": 5},
        {"correction": "hc3"},
        {"level": 95},
        {"seed": -1},
        {"df": "kenward-roger"},
        {"df": "between", "method": "mixed"},
    ],
)
def test_options_that_do_not_go_together_are_refused(options):
    with pytest.raises(SpecificationError):
        ClusterTrial(outcome="y", treatment="a", cluster="v", **options)


def test_two_waves_are_refused_where_they_are_not_two():
    model = DifferenceInDifferences(outcome="y", treatment="a", wave="t", cluster="v")
    with pytest.raises(DataError, match="must hold two"):
        model.fit(BASE)
    with pytest.raises(DataError, match="order in time"):
        model.fit(BASE.assign(t=["x", "y"] * 20))
    with pytest.raises(DataError, match="one wave only"):
        model.fit(BASE.assign(t=BASE["a"]))
