"""Staggered adoption against other software, on invented data and on a panel with the moments of a published one."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.policy import Panel, StaggeredAdoption, SwitchingTreatment, simulate_adoption

REFERENCE = Path(__file__).parents[1] / "reference" / "policy"
MOMENTS = json.loads((REFERENCE / "mpdta_moments.json").read_text())
COVARIATE = json.loads((REFERENCE / "callaway_santanna_covariate.json").read_text())
# estimates and errors without covariates are closed forms: rounding alone; imputed ones were iterated to 1e-8 by fixest
CLOSED, ITERATED = 1e-9, 2e-8


@pytest.fixture(scope="module")
def panel():
    """Make a panel whose cohorts have the sizes, means and covariances of the published one."""
    rng, rows = np.random.default_rng(1), []
    for cohort, size, mean, spread in zip(
        MOMENTS["cohorts"], MOMENTS["sizes"], MOMENTS["means"], MOMENTS["covariances"], strict=True
    ):
        noise = rng.standard_normal((size, 5))
        noise -= noise.mean(axis=0)
        noise = noise @ np.linalg.inv(np.linalg.cholesky(noise.T @ noise / size)).T
        values = noise @ np.linalg.cholesky(np.array(spread)).T + np.array(mean)
        for i, row in enumerate(values):
            rows += [(f"{cohort} {i}", 2003 + t, cohort, y) for t, y in enumerate(row)]
    frame = pd.DataFrame(rows, columns=["unit", "year", "law", "y"])
    return Panel.from_frame(
        frame, unit="unit", time="year", outcome="y", adopted="law", never=[0], outcome_kind="response"
    )


def known(values, errors):
    """Leave out the reference, which has no error."""
    kept = np.array([one is not None for one in errors])
    return np.array(values)[kept], np.array(errors)[kept].astype(float)


@pytest.mark.parametrize("key", MOMENTS["did"])
def test_did_is_met_in_every_cell_and_average(panel, key):
    _, control, _, base, _ = key.split("|")
    result = StaggeredAdoption(
        control="never" if control == "nevertreated" else "not_yet", base=base, inference="analytic"
    ).fit(panel)
    pinned = MOMENTS["did"][key]
    effect, error = known(pinned["att_gt"]["att"], pinned["att_gt"]["se"])
    assert result.group_time["estimate"].to_numpy() == pytest.approx(effect, abs=CLOSED)
    assert result.group_time["std_error"].to_numpy() == pytest.approx(error, abs=CLOSED)
    for term in ("simple", "dynamic", "calendar"):
        assert result.estimates.loc[term, "estimate"] == pytest.approx(pinned[term]["overall"], abs=CLOSED)
        assert result.estimates.loc[term, "std_error"] == pytest.approx(pinned[term]["overall_se"], abs=CLOSED)
    effect, error = known(pinned["dynamic"]["att"], pinned["dynamic"]["se"])
    assert result.event_study["estimate"].to_numpy() == pytest.approx(effect, abs=CLOSED)
    assert result.event_study["std_error"].to_numpy() == pytest.approx(error, abs=CLOSED)
    assert result.by_cohort["std_error"].to_numpy() == pytest.approx(np.array(pinned["group"]["se"]), abs=CLOSED)
    assert result.by_time["estimate"].to_numpy() == pytest.approx(np.array(pinned["calendar"]["att"]), abs=CLOSED)


def test_the_mean_over_cohorts_has_the_error_that_reweighting_gives_and_not_that_of_did(panel):
    """did 2.1.2 takes the share of its first cohort for that of every cohort: its error is .01242, and here .01245."""
    pinned = MOMENTS["did"]["none|nevertreated|dr|varying|0"]["group"]
    row = StaggeredAdoption(inference="analytic").fit(panel).estimates.loc["group"]
    assert row["estimate"] == pytest.approx(pinned["overall"], abs=CLOSED)
    assert row["std_error"] == pytest.approx(pinned["overall_se"], abs=1e-4)
    assert abs(row["std_error"] - pinned["overall_se"]) > 1e-5


def test_the_wald_test_of_trends_is_that_of_did(panel):
    checks = StaggeredAdoption(inference="analytic").fit(panel).checks
    found = next(check for check in checks if check.name == "trends before adoption")
    pinned = MOMENTS["did"]["none|nevertreated|dr|varying|0"]["pretest_W"]
    assert found.numbers["statistic"] == pytest.approx(pinned, abs=1e-7)


def events(result, names):
    """Return the event study at the times that a package names."""
    since = [float(str(one).rsplit("::", maxsplit=1)[-1]) for one in names]
    return result.event_study.set_index("since").loc[since]


def test_sun_and_abraham_are_met(panel):
    result, pinned = StaggeredAdoption(estimator="sun-abraham", inference="analytic").fit(panel), MOMENTS["sunab"]
    table = events(result, pinned["event"]["name"])
    assert table["estimate"].to_numpy() == pytest.approx(np.array(pinned["event"]["estimate"]), abs=CLOSED)
    assert table["std_error"].to_numpy() == pytest.approx(np.array(pinned["event"]["se"]), abs=CLOSED)
    assert result.estimates.loc["simple", "std_error"] == pytest.approx(pinned["ATT"]["se"], abs=CLOSED)
    assert result.by_cohort["std_error"].to_numpy() == pytest.approx(np.array(pinned["cohort"]["se"]), abs=CLOSED)


def test_borusyak_jaravel_and_spiess_are_met_before_and_after(panel):
    result = StaggeredAdoption(estimator="borusyak-jaravel-spiess", inference="analytic").fit(panel)
    pinned = MOMENTS["bjs"]
    row = result.estimates.loc["simple"]
    assert row["estimate"] == pytest.approx(pinned["static"]["estimate"], abs=ITERATED)
    assert row["std_error"] == pytest.approx(pinned["static"]["std.error"], abs=CLOSED)
    table = events(result, pinned["event_pretrends"]["term"])
    assert table["estimate"].to_numpy() == pytest.approx(np.array(pinned["event_pretrends"]["estimate"]), abs=ITERATED)
    assert table["std_error"].to_numpy() == pytest.approx(np.array(pinned["event_pretrends"]["std.error"]), abs=CLOSED)


def test_two_stages_are_met(panel):
    result, pinned = StaggeredAdoption(estimator="gardner", inference="analytic").fit(panel), MOMENTS["did2s"]
    assert result.estimates.loc["simple", "std_error"] == pytest.approx(pinned["static"]["se"], abs=CLOSED)
    table, found = events(result, pinned["event_ref_inf_only"]["name"]), pinned["event_ref_inf_only"]
    assert table["estimate"].to_numpy() == pytest.approx(np.array(found["estimate"]), abs=ITERATED)
    assert table["std_error"].to_numpy() == pytest.approx(np.array(found["se"]), abs=CLOSED)


def test_the_two_way_model_is_that_of_fixest(panel):
    result = StaggeredAdoption(estimator="two-way", inference="analytic").fit(panel)
    row, pinned = result.estimates.loc["simple"], MOMENTS["twfe"]
    assert (row["estimate"], row["std_error"]) == pytest.approx((pinned["estimate"], pinned["se"]), abs=CLOSED)
    table, found = events(result, MOMENTS["twfe_event_study"]["name"]), MOMENTS["twfe_event_study"]
    assert table["estimate"].to_numpy() == pytest.approx(np.array(found["estimate"]), abs=CLOSED)
    assert table["std_error"].to_numpy() == pytest.approx(np.array(found["se"]), abs=CLOSED)


def test_did_multiplegt_dyn_is_met_to_the_five_decimals_that_it_prints(panel):
    result, pinned = SwitchingTreatment(effects=3, placebos=2).fit(panel), MOMENTS["did_multiplegt_dyn"]
    table = result.event_study.set_index("since")
    for since, row in zip((0.0, 1.0, 2.0, -2.0, -3.0), pinned["effects"] + pinned["placebos"], strict=True):
        found = table.loc[since, ["estimate", "std_error", "ci_low", "ci_high"]].tolist()
        assert found == pytest.approx(row[:4], abs=6e-6)
        assert table.loc[since, "units"] == row[5]
    assert result.estimates.iloc[0, :4].tolist() == pytest.approx(pinned["total"][:4], abs=6e-6)


@pytest.mark.parametrize("key", COVARIATE["found"])
def test_a_covariate_is_used_as_moderndid_uses_it(key):
    method, control = key.split("|")
    data = simulate_adoption(units=200, slope=0.2, effect=1, growth=0.2, correlation=0.4, seed=11)
    result = StaggeredAdoption(method=method, control=control, inference="analytic").fit(data)
    pinned = COVARIATE["found"][key]
    order = np.lexsort((pinned["time"], pinned["cohort"]))
    # the logistic regressions of both are iterated: theirs stops at 1e-8
    assert result.group_time["estimate"].to_numpy() == pytest.approx(np.array(pinned["att"])[order], abs=1e-8)
    assert result.group_time["std_error"].to_numpy() == pytest.approx(np.array(pinned["se"])[order], abs=1e-8)
    for term in ("simple", "dynamic"):
        assert result.estimates.loc[term, ["estimate", "std_error"]].tolist() == pytest.approx(pinned[term], abs=1e-8)
