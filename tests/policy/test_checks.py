"""Each check of the room fails on data made to break it, and passes where nothing is wrong."""

import numpy as np
import pandas as pd
import pytest

import policy_examples as given
from ctresearch.causes.sensitivity import detection_bounds
from ctresearch.policy import (
    BorrowedClauses,
    InterruptedSeries,
    LawIndex,
    OutcomeRule,
    Panel,
    PanelRegression,
    TimeToAdoption,
    TwoWayWeights,
)


def status(result, name):
    return next(check for check in result.checks if check.name == name).status


def laws(dates, growth, seed=1):
    """Build 40 countries whose effect grows by ``growth`` a year from the law on."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"c": np.repeat(np.arange(40), 12), "t": np.tile(np.arange(12), 40)})
    frame["law"] = frame["c"].map(lambda c: dates[c % len(dates)])
    since = (frame["t"] - frame["law"] + 1).clip(lower=0).fillna(0)
    frame["y"] = (growth * since if growth else 0.5 * (since > 0)) + frame["c"] / 10 + rng.normal(0, 0.1, 480)
    return Panel.from_frame(frame, unit="c", time="t", outcome="y", adopted="law", outcome_kind="response")


def test_two_way_comparisons_pass_with_one_date_and_fail_where_effects_grow():
    one = TwoWayWeights().fit(laws([6, None], 0))
    assert status(one, "two-way comparisons") == "pass"
    assert one.estimates.loc["two_way", "estimate"] == pytest.approx(0.5, abs=0.05)
    many = TwoWayWeights().fit(laws([4, 7, 10, None], 0.2))
    assert status(many, "two-way comparisons") == "fail"
    assert many.estimates.loc["two_way", "estimate"] < many.estimates.loc["clean_comparisons", "estimate"]
    assert status(PanelRegression(["treatment"]).fit(laws([4, 7, 10, None], 0.2)), "two-way comparisons") == "fail"


def test_bounds_of_what_occurred_are_those_of_the_detection_node():
    chances = ((0.2, 0.4), (0.3, 0.5))
    other = detection_bounds(cases=(40, 60), people=(1000, 1000), detection=chances)
    low, high = np.exp(other.estimates.loc["log_ratio", ["ci_low", "ci_high"]].astype(float))
    assert OutcomeRule("detection", chances).occurrence(1.5, 1.5) == pytest.approx((low, high), rel=1e-12)


def test_a_detected_outcome_fails_unless_the_chances_settle_the_sign():
    assert OutcomeRule("detection").checks(1.5)[0].status == "fail"
    assert OutcomeRule("detection", ((0.2, 0.4), (0.3, 0.5))).checks(1.5)[0].status == "fail"
    assert OutcomeRule("detection", ((0.2, 0.21), (0.2, 0.21))).checks(1.5)[0].status == "review"
    assert OutcomeRule("adoption of a law").checks(1.5) == ()


def test_a_strong_instrument_passes_and_contradictory_ones_void():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"c": np.repeat(np.arange(60), 8), "t": np.tile(np.arange(8), 60)})
    z, w, u = rng.normal(size=(3, 480))
    frame = frame.assign(z=z, w=w, d=z + w + u, y=0.5 * (z + w + u) + u)
    roles = {
        "unit": "c",
        "time": "t",
        "outcome": "y",
        "treatment": "d",
        "covariates": ["z", "w"],
        "outcome_kind": "response",
    }
    model = PanelRegression(["treatment"], endogenous="treatment", instruments=["z", "w"])
    fine = model.fit(Panel.from_frame(frame, **roles))
    assert status(fine, "instruments") == "pass"
    row = fine.estimates.loc["treatment"]
    assert row["ci_low"] < 0.5 < row["ci_high"]
    broken = model.fit(Panel.from_frame(frame.assign(y=frame["y"] + 3 * frame["w"]), **roles))
    assert not broken.stands


def test_series_pass_where_nothing_is_wrong_and_fail_where_it_is():
    rng, t = np.random.default_rng(4), np.arange(96)
    roles = {"count": "y", "time": "t", "start": 64, "outcome_kind": "detection", "counting_breaks": {}, "slope": False}
    fine = InterruptedSeries(**roles).fit(pd.DataFrame({"t": t, "y": rng.poisson(80 * np.exp(0.3 * (t >= 64)))}))
    assert (status(fine, "autocorrelation"), status(fine, "fictitious start")) == ("pass", "pass")
    assert fine.estimates.loc["level", "estimate"] == pytest.approx(0.3, abs=0.1)
    early = InterruptedSeries(**roles).fit(pd.DataFrame({"t": t, "y": rng.poisson(80 * np.exp(0.6 * (t >= 32)))}))
    assert status(early, "fictitious start") == "fail"
    wave = pd.DataFrame({"t": t, "y": rng.poisson(80 * np.exp(0.4 * np.sin(t / 4)))})
    assert status(InterruptedSeries(**roles).fit(wave), "autocorrelation") == "fail"
    assert status(InterruptedSeries(**roles, newey_west=8).fit(wave), "autocorrelation") == "review"
    form = pd.DataFrame({"t": t, "y": rng.poisson(80 * np.exp(0.5 * (t >= 58)))})
    moved = InterruptedSeries(**roles | {"counting_breaks": {"form": 58}}).fit(form)
    assert status(moved, "effect of counting") == "review"
    assert abs(moved.estimates.loc["level", "estimate"]) < 0.2


def test_lost_adoptions_and_those_before_are_told():
    result = TimeToAdoption("aid").fit(given.LAWS)
    assert status(result, "entry") == "pass"
    assert status(result, "covariates") == "pass"
    frame = given.COUNTRIES.assign(aid=given.COUNTRIES["aid"].where(given.COUNTRIES["country"] > "c09"))
    roles = {
        "unit": "country",
        "time": "year",
        "outcome": "done",
        "covariates": ["aid"],
        "outcome_kind": "adoption of a law",
    }
    assert status(TimeToAdoption("aid").fit(Panel.from_frame(frame, **roles)), "covariates") == "fail"
    early = given.COUNTRIES.assign(done=given.COUNTRIES["done"].where(given.COUNTRIES["country"] > "c02", 1))
    assert status(TimeToAdoption("aid").fit(Panel.from_frame(early, **roles)), "entry") == "review"


def test_coders_who_disagree_fail_and_alpha_is_krippendorffs():
    assert status(LawIndex(["labour"], law="law", coder="by").fit(given.CODED), "agreement") == "pass"
    found = LawIndex(["labour", "sale"], law="law", coder="by").fit(given.CODED)
    assert status(found, "agreement") in {"review", "fail"}
    # by hand: pairs (1,1), (1,0), (0,0): one of three laws disagrees; 1 - 5 * 1 / (3 * 3)
    assert found.agreement.loc["sale", "alpha"] == pytest.approx(1 - 5 * 1 / 9)


def test_a_clause_taken_over_is_found_with_the_law_it_came_from():
    found = BorrowedClauses(law="law", date="year", text="text").fit(given.STATUTES)
    assert found.laws.set_index("law")["source"].to_dict() == {"A": "", "B": "A"}
    assert found.clauses["similarity"].tolist() == pytest.approx([1.0])
    assert found.clauses["alignment"].iloc[0].startswith("whoever recruits")
