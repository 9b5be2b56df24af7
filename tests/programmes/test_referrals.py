"""Paths of referral: shares against other ends, refusals apart, published counts."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.consequences import CumulativeIncidence
from ctresearch.core import DataError
from ctresearch.data.synthetic import referral_paths
from ctresearch.programmes import ReferralCascade, load_referrals, referral_counts
from ctresearch.programmes.groups.age_groups import age_groups


def test_the_shares_that_were_put_in_are_found():
    made = referral_paths(6_000, seed=11)
    found = ReferralCascade(horizon=180).fit(made.frame).estimates
    rows = found[(found["outcome"] == "reached") & (found["unit"] == "share of those at the stage before")]
    for group, shares in made.truth["reached"].items():
        for stage, share in shares.items():
            row = rows[rows["group"] == group].loc[stage]
            assert abs(row["estimate"] - share) < 4 * row["std_error"], (group, stage)


def test_a_step_is_the_cumulative_incidence_of_its_waits():
    frame = referral_paths(500, seed=12).frame
    here = frame[frame["presumed"].notna() & (frame["age"] >= 18)]
    waits = pd.DataFrame({"days": here["identified"].fillna(here["end"]) - here["presumed"]})
    waits["why"] = np.where(here["identified"].notna(), "reached", here["reason"])
    there = CumulativeIncidence(duration="days", event="why", horizon=200).fit(waits).estimates.loc["reached"]
    found = ReferralCascade(horizon=200).fit(frame).estimates
    row = found[(found["group"] == "adults") & (found["outcome"] == "reached") & (found["since"] == "presumed")]
    names = ["estimate", "std_error", "ci_low", "ci_high"]
    assert row[names].iloc[0].tolist() == pytest.approx(there[names].tolist(), rel=1e-12)


def test_refusals_are_apart_and_a_childs_is_a_question():
    made = referral_paths(800, seed=13)
    found = ReferralCascade(horizon=180).fit(made.frame)
    steps = found.steps.set_index(["group", "stage"])
    assert steps.loc["adults", "refused"].sum() == (made.frame["reason"] == "refused").sum() > 0
    assert (steps["entered"] == steps[["reached", "refused", "other_ends", "waiting"]].sum(axis=1)).all()
    referred = steps.loc[("adults", "referred")]
    rows = (
        found.estimates.query("group == 'adults' and since == 'detected'")
        .loc["referred"]
        .set_index("outcome")["estimate"]
    )
    assert referred["share_of_consenting"] == pytest.approx(rows["reached"] / (1 - rows["refused"]))
    assert referred["share_of_consenting"] > rows["reached"] + 0.1, "refusal does not count against the programme"
    marked = made.frame.assign(reason=made.frame["reason"].where(made.frame["age"] >= 18, "refused"))
    assert any(c.name == "consent, children" and c.status == "review" for c in ReferralCascade().fit(marked).checks)


def test_dates_are_days():
    frame = referral_paths(300, seed=14).frame
    times = [c for c in frame.columns if c not in {"age", "reason"}]
    dated = frame.copy()
    for name in times:
        dated[name] = pd.Timestamp("2020-01-01") + pd.to_timedelta(frame[name], unit="D")
    one, other = ReferralCascade(horizon=90).fit(frame), ReferralCascade(horizon=90).fit(dated)
    assert one.estimates.equals(other.estimates)


def test_a_share_beyond_what_was_followed_is_missing():
    found = ReferralCascade(horizon=2_000).fit(referral_paths(300, seed=15).frame)
    row = found.estimates.query("outcome == 'reached' and since == 'accepted' and group == 'adults'")
    assert row["estimate"].isna().all()
    assert any(c.name == "follow-up of completed" for c in found.checks)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seen": [None, 0]}, "missing values"),
        ({"helped": [-1, None]}, "before 'asked'"),
        ({"asked": [None, 2], "helped": [4, 5]}, "without 'asked'"),
        ({"end": [3, None]}, "must say when"),
        ({"end": [9, 0]}, "after 'end'"),
        ({"reason": ["censor", None]}, "say 'censor'"),
        ({"helped": ["x", None]}, "must hold numbers or dates"),
        ({"end": pd.Timestamp("2020-01-01")}, "holds no dates"),
        ({"reason": "reached"}, "call that reason otherwise"),
        ({"helped": [np.inf, None]}, "'helped' is infinite for 1"),
        ({"helped": ["2020-01-01", None]}, "pandas.to_datetime"),
    ],
)
def test_paths_that_cannot_be_are_refused(change, message):
    frame = pd.DataFrame(
        {
            "seen": [0, 1],
            "asked": [1, 2],
            "helped": [4, None],
            "end": [9, 9],
            "reason": ["censor", "censor"],
        }
    )
    with pytest.raises(DataError, match=message):
        ReferralCascade(stages=["seen", "asked", "helped"], age=None).fit(frame.assign(**change))


TABLE = """year,stage,outcome,age_group,count
2021,Referral,,Adult,200
2021,Referral,,Child,90
2021,Duty to notify,,Adult,50
2021,RG,Positive,Adult,160
2021,RG,Negative,Adult,40
2021,RG,Positive,Child,80
2021,RG,Negative,Child,[c]
2021,CG,Positive,Adult,45
2021,CG,Negative,Adult,5
"""


def test_published_counts_are_read_with_refusals_apart(tmp_path):
    path = tmp_path / "nrm.csv"
    path.write_text(TABLE)
    found = load_referrals(path)
    adults = found.estimates.query("group == 'adults'")["estimate"]
    assert adults.to_dict() == {"referrals": 200, "presumed": 0.8, "identified": 0.9, "did_not_consent": 0.2}
    children = found.estimates.query("group == 'children'")["estimate"]
    assert children["referrals"] == 90
    assert np.isnan(children["presumed"]), "a count that is not published is never taken as 0"
    assert "did_not_consent" not in children
    from scipy.stats import beta

    limits = found.estimates.query("group == 'adults'").loc["identified", ["ci_low", "ci_high"]]
    assert limits.tolist() == pytest.approx([beta.ppf(0.025, 45, 6), beta.ppf(0.975, 46, 5)])
    assert any("not published" in c.message for c in found.checks if c.status == "review")
    assert any("8910" in reference for reference in found.references)


def test_counts_that_are_none_are_refused():
    good = pd.DataFrame({"year": [2020], "stage": ["referral"], "count": [3]})
    with pytest.raises(DataError, match=r"column 'stage'.*must be one of"):
        referral_counts(good.assign(stage="other"))
    with pytest.raises(DataError, match="at least 0"):
        referral_counts(good.assign(count=-1))
    with pytest.raises(DataError, match="no column 'stage'"):
        referral_counts(good.drop(columns="stage"))


def test_a_word_for_censoring_that_nobody_has_is_refused():
    frame = referral_paths(200, seed=15).frame.replace({"reason": {"censor": "still waiting"}})
    with pytest.raises(DataError, match="nobody's 'reason' is 'censor', there are 4 other reasons"):
        ReferralCascade().fit(frame)
    right = ReferralCascade(censored="still waiting", refused="refusal").fit(frame)
    consent = next(check for check in right.checks if check.name == "consent, adults")
    assert consent.status == "review"
    assert "'refused'" in consent.message  # the word in the data is another


def test_the_word_for_censoring_may_be_of_those_who_came_to_the_end():
    frame = pd.DataFrame({"seen": [0, 0], "helped": [3, None], "end": [20, 8], "reason": ["censor", "refused"]})
    found = ReferralCascade(stages=["seen", "helped"], age=None, horizon=6).fit(frame)
    assert found.estimates.loc["helped", "estimate"].tolist() == [0.5, 0.0]


def test_dates_with_and_without_a_time_zone_are_refused():
    days = pd.to_datetime(["2020-01-01", "2020-02-01"])
    frame = pd.DataFrame({"seen": days, "helped": (days + pd.Timedelta(days=3)).tz_localize("UTC"), "end": days})
    with pytest.raises(DataError, match="'helped' has a time zone and 'seen' has none"):
        ReferralCascade(stages=["seen", "helped"], age=None).fit(frame.assign(reason="censor"))


@pytest.mark.parametrize("dates", [False, True])
def test_a_stage_that_nobody_reached_may_be_empty(dates):
    frame = pd.DataFrame({"seen": [0, 1], "asked": [1, 2], "end": [9, 9]})
    frame = frame.apply(pd.to_datetime, unit="D") if dates else frame
    frame = frame.assign(helped=pd.Series([None, None], dtype=object), reason="censor")
    found = ReferralCascade(stages=["seen", "asked", "helped"], age=None, horizon=3).fit(frame).estimates
    assert found.loc["helped", "estimate"].tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("ages", "message"),
    [
        ([0, 1], "frame\\['child'\\].astype"),
        (["17", "30"], "bool column 'child'"),
        (pd.Categorical([17, 30]), "bool column 'child'"),
        (pd.Categorical(["0-17", "18+"]), "bool column 'child'"),
    ],
)
def test_what_are_no_ages_is_refused_with_the_way_out(ages, message):
    with pytest.raises(DataError, match=message):
        age_groups(pd.DataFrame({"child": ages}), "child")
