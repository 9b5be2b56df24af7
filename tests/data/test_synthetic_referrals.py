"""Invented referral records and testimony hold the truth that they say they hold."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from ctresearch.core import SpecificationError
from ctresearch.data.synthetic import coded_testimony, referral_records, referral_shares
from ctresearch.data.synthetic.referral_records import SHARES, WAITS
from ctresearch.networks import offender_testimony
from ctresearch.programmes import load_referrals

STAGES = ["detected", "referred", "presumed", "identified", "offered", "accepted", "completed"]
RARE = norm.isf(1e-6 / 2)  # a standard error is passed this often once in a million


def watched_to_the_end(n, seed):
    """Draw people of whom every wait is seen to end: nobody lost, and three years more than they need."""
    made = referral_records(n, lost=0, years=40, seed=seed)
    return made.frame[made.frame["detected"] < "2050-01-01"], made.tables["ends"]


def test_shares_and_medians_are_those_that_are_said():
    frame, ends = watched_to_the_end(60_000, seed=5)
    truth = referral_shares(ends, 365).set_index(["group", "stage"])
    group = np.where(frame["age"] < 18, "children", "adults")
    for before, stage in pairwise(STAGES):
        for name in ("adults", "children"):
            here = frame[(group == name) & frame[before].notna()]
            days = (here[stage] - here[before]).dt.days.fillna(np.inf)
            first = (here[stage] - here["detected"]).dt.days.fillna(np.inf)
            row = truth.loc[(name, stage)]
            margin = RARE * np.sqrt(row["reached"] * (1 - row["reached"]) / len(here))
            assert abs((days <= 365).mean() - row["reached"]) < margin, (name, stage)
            # the share by the median day is the first of at least a half
            assert (days <= row["median_wait"]).mean() > 0.5 - RARE * 0.5 / np.sqrt(len(here))
            assert (days <= row["median_wait"] - 1).mean() < 0.5 + RARE * 0.5 / np.sqrt(len(here))
            whole = first.reindex(frame.index[group == name], fill_value=np.inf).le(365).mean()
            share = row["reached_of_detected"]
            assert abs(whole - share) < RARE * np.sqrt(share * (1 - share) / (group == name).sum())


def test_who_is_not_detected_is_in_no_row():
    made = referral_records(20_000, seed=6)
    hidden = made.truth["undetected"]
    assert len(made.frame) == made.truth["detected"] == 20_000 - sum(hidden.values())
    children = int((made.frame["age"] < 18).sum())
    # 0.35 of the children are detected, give or take four standard errors
    assert children / (children + hidden["children"]) == pytest.approx(0.35, abs=4 * np.sqrt(0.35 * 0.65 / 7_000))
    assert children / len(made.frame) < 0.35 < (children + hidden["children"]) / 20_000 + 0.02


def test_paths_are_in_order_and_children_are_not_asked():
    frame = referral_records(3_000, seed=7).frame
    when = frame[STAGES].apply(lambda column: (column - pd.Timestamp("2020-01-01")).dt.days)
    assert (when.diff(axis=1).iloc[:, 1:].min() >= 1).all()
    assert (frame[STAGES].max(axis=1) <= frame["end"]).all()
    assert not frame.loc[frame["age"] < 18, "reason"].eq("refused").any()
    assert frame.loc[frame["reason"] == "completed", "completed"].notna().all()
    assert frame.loc[frame["reason"] == "censor", "end"].eq(pd.Timestamp("2023-12-31")).all()
    assert referral_records(500, lost=0, seed=7).frame["reason"].ne("contact lost").all()
    assert set(referral_records(1, detected={"adults": 0, "children": 0}, seed=1).frame.columns) == set(frame.columns)


def test_published_counts_are_the_people_and_small_ones_are_masked(tmp_path):
    made = referral_records(3_600, seed=20250117)
    counts, frame = made.tables["counts"], made.frame
    shown = counts[counts["stage"] == "Referral"].set_index(["year", "age_group"])["count"].astype(int)
    years = frame["referred"].dt.year[frame["age"] >= 18]
    assert shown[2021, "Adult"] == (years == 2021).sum()
    assert counts["count"].eq("[c]").any()
    assert pd.to_numeric(counts["count"], errors="coerce").min() >= 5
    counts.to_csv(tmp_path / "nrm.csv", index=False)
    found = load_referrals(tmp_path / "nrm.csv").estimates
    assert found.query("group == 'adults' and year == 2021").loc["referrals", "estimate"] == shown[2021, "Adult"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n == 0"),
        ({"years": 0}, "years == 0"),
        ({"children": 2}, "children == 2"),
        ({"lost": -1}, "lost == -1"),
        ({"detected": {"adults": 2, "children": 0}}, r"detected\['adults'\] == 2"),
        ({"waits": {**WAITS, "offered": (0, 1)}}, r"waits\['offered'\] == 0"),
        ({"shares": {**SHARES, "adults": {**SHARES["adults"], "offered": (0.5, 0.5)}}}, "must be 4 shares"),
        ({"shares": {**SHARES, "adults": {**SHARES["adults"], "offered": (0.5, 0.2, 0, 0)}}}, "add up to 1"),
        ({"shares": {**SHARES, "children": SHARES["adults"]}}, "has refusals, must have none"),
    ],
)
def test_records_that_cannot_be_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        referral_records(**({"n": 20} | options))


def test_a_horizon_is_whole_days():
    with pytest.raises(SpecificationError, match="horizon == 0"):
        referral_shares(referral_records(10, seed=1).tables["ends"], 0)


def test_testimony_has_the_shares_and_the_agreement_that_are_said():
    made = coded_testimony(20_000, accuracy=0.9, uncoded=0.1, seed=3)
    themes = {name: name for name in made.truth["shares"].index}
    found = offender_testimony(made.frame, themes, second={name: f"{name}_again" for name in themes}).estimates
    shares = found.loc["share"].set_index("theme")
    away = (shares["estimate"] - made.truth["shares"]) / shares["std_error"]
    assert away.astype(float).abs().max() < RARE
    # 16,000 pairs of codes: the standard error of a kappa of 0.81 is at most about 0.007 for the rarest theme
    assert found.loc["kappa", "estimate"].to_numpy(dtype=float) == pytest.approx(0.81, abs=4 * 0.007)
    assert made.truth["kappa"] == pytest.approx(0.81)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n == 0"),
        ({"themes": {}}, "at least one theme"),
        ({"themes": {"debt": 2}}, r"themes\['debt'\] == 2"),
        ({"accuracy": 2}, "accuracy == 2"),
        ({"uncoded": -1}, "uncoded == -1"),
    ],
)
def test_testimony_that_cannot_be_is_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        coded_testimony(**options)
