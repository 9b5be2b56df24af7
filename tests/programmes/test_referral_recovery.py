"""A cascade finds the shares and the median waits that were put in, and its limits hold them as often as they say."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from ctresearch.core import SpecificationError
from ctresearch.data.synthetic import referral_paths, referral_records, referral_shares
from ctresearch.programmes import ReferralCascade

HORIZON = 365
SAMPLES, SMALLEST_CHANCE = 60, 1e-5


def fitted(n, seed, level=0.95):
    """Fit invented records, with lost contact as the end of observation."""
    made = referral_records(n, seed=seed)
    frame = made.frame.assign(reason=made.frame["reason"].replace("contact lost", "censor"))
    truth = referral_shares(made.tables["ends"], HORIZON).set_index(["group", "stage"])
    return ReferralCascade(horizon=HORIZON, level=level).fit(frame), truth


def keyed(rows):
    return rows.rename_axis("stage").reset_index().set_index(["group", "stage"])


@pytest.mark.slow
def test_shares_and_medians_are_found():
    found, truth = fitted(40_000, seed=21)
    parts = {
        "reached": found.from_before.query("outcome == 'reached'"),
        "reached_of_detected": found.from_first,
        "refused": found.from_before.query("outcome == 'refused'"),
    }
    away = np.concatenate(
        [
            (keyed(rows)["estimate"] - truth.loc[keyed(rows).index, name]) / keyed(rows)["std_error"]
            for name, rows in parts.items()
        ]
    )
    assert len(away) == 26
    # 26 normal deviates: all within this but in one of 10,000 samples
    assert np.abs(away).max() < norm.isf(1e-4 / 26 / 2)
    steps = found.steps.set_index(["group", "stage"])
    strict, _ = fitted(40_000, seed=21, level=1 - 1e-4 / 12)  # all 12 medians are held but in one of 10,000 samples
    limits = strict.steps.set_index(["group", "stage"])
    assert truth["median_wait"].between(limits["median_low"], limits["median_high"]).all()
    # half of a spread of days: 40,000 people leave less than a tenth of a median to chance
    assert (steps["median_wait"] - truth["median_wait"]).abs().lt(1 + 0.1 * truth["median_wait"]).all()


@pytest.mark.slow
def test_limits_hold_the_truth_as_often_as_they_say():
    shares, medians, known = [], [], 0
    for seed in range(SAMPLES):
        found, truth = fitted(2_500, seed=3_000 + seed)
        rows = keyed(found.from_before.query("outcome == 'reached'"))
        shares.append(truth["reached"].between(rows["ci_low"], rows["ci_high"]).to_numpy())
        steps = found.steps.set_index(["group", "stage"])
        high = steps["median_high"].fillna(np.inf)
        medians.append(truth["median_wait"].between(steps["median_low"], high).to_numpy())
        known += int(np.isfinite(steps["median_low"]).sum())
    fewest = binom.ppf(SMALLEST_CHANCE / 12, SAMPLES, 0.94)  # log-log limits are a percent short for 400 people
    assert np.array(shares).sum(axis=0).min() >= fewest
    assert np.array(medians).sum(axis=0).min() >= fewest
    assert np.mean(shares) > 0.92
    assert np.mean(medians) > 0.92
    assert known == 12 * SAMPLES


def test_lost_contact_taken_as_leaving_is_too_low():
    made = referral_records(40_000, seed=22)
    truth = referral_shares(made.tables["ends"], HORIZON).set_index(["group", "stage"])["reached"]
    rows = keyed(ReferralCascade(horizon=HORIZON).fit(made.frame).from_before.query("outcome == 'reached'"))
    low = rows.loc[("adults", "identified")]
    assert low["ci_high"] < truth["adults", "identified"]


def test_a_median_that_is_never_reached_is_missing():
    waits = {"seen": [0] * 10, "helped": [5.0] * 4 + [None] * 6, "end": [20] * 10, "reason": ["left"] * 10}
    found = ReferralCascade(stages=["seen", "helped"], censored=None, age=None, horizon=10).fit(pd.DataFrame(waits))
    row = found.steps.iloc[0]
    assert np.isnan(row["median_wait"])
    assert found.estimates.loc["helped", "estimate"].max() == pytest.approx(0.4)


def test_curves_leave_at_even_times_and_hide_few_people():
    found = ReferralCascade(horizon=180).fit(referral_paths(400, seed=16).frame)
    curves = found.curves(every=30)
    assert set(curves["time"] % 30) == {0}
    rows = curves.query("group == 'adults' and stage == 'referred' and outcome == 'left'")
    events = found.curve.query("group == 'adults' and stage == 'referred' and outcome == 'left' and time <= 180")[
        "events"
    ]
    assert 0 < events.sum() < 5
    assert rows["share"].iloc[-1:].isna().all()
    assert found.curves(every=30, least=1).query("time == 180")["share"].notna().any()
    at_end = found.curves(every=180, least=1).query("time == 180 and outcome == 'reached'")
    assert at_end["share"].tolist() == pytest.approx(
        found.from_before.query("outcome == 'reached'")["estimate"].tolist()
    )
    with pytest.raises(SpecificationError, match="every == 0"):
        found.curves(every=0)
    with pytest.raises(SpecificationError, match="least == 0"):
        found.curves(least=0)
    with pytest.raises(SpecificationError, match="must be named"):
        ReferralCascade().fit(referral_paths(400, seed=16).frame).curves()


def test_pictures_say_what_they_show():
    found = ReferralCascade(horizon=180).fit(referral_paths(400, seed=17).frame)
    ends = found.plot_ends(unit="weeks")
    assert ends.get_xlabel() == "share of those at the stage before, within 180 weeks"
    assert [one.get_text() for one in ends.get_legend().get_texts()][:2] == ["came on", "refused"]
    assert ends.get_yticklabels()[0].get_text() == "detected → referred, adults"
    assert [one.get_text() for one in found.plot_cascade().get_legend().get_texts()] == ["adults", "children"]
    panels = found.plot_waits(every=10).figure.axes
    assert [ax.get_title() for ax in panels][-1] == "accepted → completed"
    assert all(ax.get_xlabel() and len(ax.lines) == 2 for ax in panels)
    assert "within" not in ReferralCascade().fit(referral_paths(400, seed=17).frame).plot_ends().get_xlabel()
