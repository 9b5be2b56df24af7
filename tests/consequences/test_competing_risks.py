import numpy as np
import pandas as pd
import pytest

from consequences.reference import R, table, untied
from ctresearch.consequences import CumulativeIncidence, FineGray, HazardModel, Survival
from ctresearch.core import DataError, FitError, SpecificationError

INCIDENCE = {"duration": "months", "event": "outcome"}
EXIT = INCIDENCE | {"cause": "exit"}


def simulated(n, seed, beta=0.6, share=0.5):
    """Draw from Fine and Gray's own model, a share of whom come to the cause at x = 0; censoring is uniform."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 2, n).astype(float)
    ever = 1 - (1 - share) ** np.exp(beta * x)
    cause = rng.random(n) < ever
    u = rng.random(n) * ever  # the cause's incidence is 1 - (1 - share (1 - exp(-t)))^exp(beta x)
    first = -np.log(1 - (1 - (1 - u) ** np.exp(-beta * x)) / share)
    time = np.where(cause, first, rng.exponential(np.exp(-0.4 * x)))
    censored = rng.uniform(0.5, 3, n)
    outcome = np.where(censored < time, "censor", np.where(cause, "exit", "return"))
    return pd.DataFrame({"months": np.minimum(time, censored), "outcome": outcome, "x": x})


@pytest.mark.parametrize(("horizon", "place"), [(3, 0), (6, 1), (10, 2), (15, 3)])
def test_incidence_equals_r(horizon, place):
    result = CumulativeIncidence(by="route", horizon=horizon, **INCIDENCE).fit(table("competing"))
    share, std_error = np.array(R["aj"]["pstate"]), np.array(R["aj"]["se"])
    for column, cause in ((1, "exit"), (2, "return")):
        rows = result.estimates.loc[cause]
        assert list(rows["stratum"]) == ["a", "b", "c"]
        assert list(rows["estimate"]) == pytest.approx(list(share[place::4, column]), rel=1e-12)
        assert list(rows["std_error"]) == pytest.approx(list(std_error[place::4, column]), rel=1e-10)


def test_grays_test_stays_near_cmprsk():
    # The covariance is derived anew: it agrees without ties up to terms of order 1 / n, with whole months to 1 %.
    apart = CumulativeIncidence(by="route", **INCIDENCE).fit(untied(table("competing")))
    tied = CumulativeIncidence(by="route", **INCIDENCE).fit(table("competing"))
    assert list(apart.gray["chi_square"]) == pytest.approx(R["gray_untied"], rel=5e-3)
    assert list(tied.gray["chi_square"]) == pytest.approx(R["gray"]["statistic"], rel=1e-2)
    assert list(tied.gray["df"]) == [2, 2]


@pytest.mark.slow
def test_grays_test_holds_its_size():
    refused = []
    for seed in range(400):
        frame = simulated(100, seed, beta=0.0)
        refused.append(CumulativeIncidence(by="x", **INCIDENCE).fit(frame).gray.loc["exit", "p_value"] < 0.05)
    assert 0.02 <= np.mean(refused) <= 0.085  # 0.05 give or take three Monte Carlo errors of 0.011


def test_shares_and_survivors_sum_to_one_and_one_cause_is_kaplan_meier():
    frame = table("competing")
    by_cause = CumulativeIncidence(horizon=10, **INCIDENCE).fit(frame).estimates["estimate"].sum()
    event = frame.assign(event=frame["outcome"] != "censor")
    survivors = Survival(duration="months", event="event").fit(event).at(10)["survival"].iloc[0]
    assert by_cause + survivors == pytest.approx(1, rel=1e-12)
    single = frame.assign(outcome=np.where(frame["outcome"] == "censor", "censor", "exit"))
    row = CumulativeIncidence(horizon=10, **INCIDENCE).fit(single).estimates.loc["exit"]
    greenwood = Survival(duration="months", event="event").fit(event).at(10).iloc[0]
    assert row["std_error"] == pytest.approx(greenwood["std_error"], rel=1e-9)


def test_delayed_entry_leaves_those_out_who_have_not_come_in():
    frame = pd.DataFrame(
        {"entry": [0, 0, 0, 2], "months": [2, 3, 4, 5], "outcome": ["exit", "return", "exit", "censor"]}
    )
    result = CumulativeIncidence(entry="entry", horizon=2, **INCIDENCE).fit(frame)
    assert result.estimates.loc["exit", "estimate"] == pytest.approx(1 / 3)  # the fourth enters at 2 and is not at risk


@pytest.mark.parametrize(("cause", "name"), [("exit", "crr"), ("return", "crr_return")])
def test_fine_gray_equals_cmprsk(cause, name):
    result, known = FineGray("age + route", **INCIDENCE, cause=cause).fit(table("competing")), R[name]
    assert list(result.estimates["estimate"]) == pytest.approx(list(known["coef"].values()), rel=1e-7)
    assert list(result.estimates["std_error"]) == pytest.approx(list(known["se"].values()), rel=1e-7)
    if "loglik" in known:
        assert result.log_likelihood == pytest.approx(known["loglik"], rel=1e-10)
        assert result.log_likelihood_null == pytest.approx(known["loglik_null"], rel=1e-10)


def test_fine_gray_without_ties_equals_cmprsk():
    result, known = FineGray("age + route", **EXIT).fit(untied(table("competing"))), R["crr_untied"]
    assert list(result.estimates["estimate"]) == pytest.approx(list(known["coef"].values()), rel=1e-7)
    assert list(result.estimates["std_error"]) == pytest.approx(list(known["se"].values()), rel=1e-7)


@pytest.mark.slow
def test_fine_gray_recovers_the_truth():
    found = [FineGray("x", **EXIT).fit(simulated(400, seed)).estimates.loc["x"] for seed in range(200)]
    rows = pd.DataFrame(found)
    assert rows["estimate"].mean() == pytest.approx(0.6, abs=3 * rows["estimate"].std() / np.sqrt(200))
    assert rows["std_error"].mean() == pytest.approx(
        rows["estimate"].std(), rel=0.15
    )  # three errors of a spread of 200
    covered = rows["ci_low"].astype(float).le(0.6) & rows["ci_high"].astype(float).ge(0.6)
    assert 0.90 <= covered.mean() <= 0.995  # 0.95 give or take three Monte Carlo errors of 0.015


def test_fine_gray_with_one_cause_is_cox_with_breslow_ties():
    frame = table("competing")
    single = frame.assign(outcome=np.where(frame["outcome"] == "censor", "censor", "exit"))
    ours = FineGray("age + route", **EXIT).fit(single)
    cox = HazardModel("age + route", duration="months", event="event", ties="breslow").fit(
        frame.assign(event=frame["outcome"] != "censor")
    )
    assert list(ours.estimates["estimate"]) == pytest.approx(list(cox.estimates["estimate"]), rel=1e-9)
    assert ours.log_likelihood == pytest.approx(cox.log_likelihood, rel=1e-12)
    assert list(ours.baseline["cumulative_hazard"]) == pytest.approx(list(cox.baseline["cumulative_hazard"]), rel=1e-8)


def test_doubled_persons_with_clusters_keep_their_error():
    frame = table("competing").assign(person=range(150))
    twice = pd.concat([frame, frame])
    one = FineGray("age", **EXIT).fit(frame).estimates.loc["age"]
    two = FineGray("age", **EXIT, cluster="person").fit(twice).estimates.loc["age"]
    assert two["estimate"] == pytest.approx(one["estimate"], rel=1e-9)
    assert two["std_error"] == pytest.approx(one["std_error"], rel=1e-6)


def test_separation_is_refused():
    frame = table("competing").assign(housed=lambda d: (d["outcome"] != "exit") * 1)
    with pytest.raises(FitError, match="'housed'"):
        FineGray("housed", **EXIT).fit(frame)


def test_labels_that_are_not_there_are_refused():
    frame = table("competing")
    with pytest.raises(DataError, match="no row of column 'outcome' is 'lost', it has 3 other labels"):
        CumulativeIncidence(censored="lost", **INCIDENCE).fit(frame)
    with pytest.raises(SpecificationError, match="cause == 'rescue' ends no row, must be one of the 2 other labels"):
        FineGray("age", **INCIDENCE, cause="rescue").fit(frame)
    with pytest.raises(DataError, match="some must end in an event"):
        CumulativeIncidence(**INCIDENCE).fit(frame.assign(outcome="censor"))
    with pytest.raises(DataError, match="not followed to it"):
        CumulativeIncidence(horizon=1000, **INCIDENCE).fit(frame)


def test_rare_causes_ask_for_review_and_curves_are_drawn():
    frame = table("competing")
    frame.loc[0, "outcome"] = "death"
    result = CumulativeIncidence(horizon=10, **INCIDENCE).fit(frame)
    assert result.checks[0].status == "review"
    assert [t.get_text() for t in result.plot().get_legend().get_texts()] == ["death", "exit", "return"]


@pytest.mark.parametrize("entry", [None, "came"])
def test_grays_test_is_in_the_summary_and_strata_have_their_name(entry):
    frame = table("competing").assign(child=lambda rows: rows.index % 2, came=0.0)
    result = CumulativeIncidence(**INCIDENCE, by="child", entry=entry).fit(frame)
    checks = {check.name: check for check in result.checks}
    for cause, p_value in result.gray["p_value"].items():
        assert checks[f"Gray's test, {cause}"].numbers["p_value"] == p_value
    assert result.plot().get_legend().get_title().get_text() == "event, child"
    weighted = CumulativeIncidence(**INCIDENCE, by="child", weights="w").fit(frame.assign(w=1.0))
    assert "does not allow for weights" in weighted.summary()
