import numpy as np
import pandas as pd
import pytest

from consequences.reference import R, table
from ctresearch.consequences import Survival
from ctresearch.core import DataError, SpecificationError

DIGITS = {"rel": 1e-12}  # closed forms: rounding alone differs


def test_rossi_equals_r():
    result = Survival(duration="week", event="arrest", by="fin").fit(table("rossi"))
    means = result.estimates.loc["restricted_mean"]
    assert list(means["stratum"]) == ["0", "1"]
    assert list(means["estimate"]) == pytest.approx(R["rossi"]["rmean"], **DIGITS)
    assert list(means["std_error"]) == pytest.approx(R["rossi"]["se"], **DIGITS)
    assert result.log_rank.loc[0, "chi_square"] == pytest.approx(R["rossi"]["log_rank"], **DIGITS)
    assert result.horizon == 52
    assert result.estimates.loc["median", "estimate"].isna().all()  # fewer than half were arrested


def test_the_published_figures_of_rossi():
    result = Survival(duration="week", event="arrest", by="fin").fit(table("rossi"))
    assert result.log_rank.loc[0, "chi_square"] == pytest.approx(3.83757, abs=5e-6)
    assert list(result.estimates.loc["restricted_mean", "estimate"]) == pytest.approx([44.833, 46.875], abs=5e-4)


def test_delayed_entry_equals_r():
    result, known = Survival(duration="stop", event="event", entry="start").fit(table("entry")), R["km"]
    assert list(result.curve["at_risk"]) == known["at_risk"]
    for ours, theirs in (("survival", "surv"), ("std_error", "se")):
        assert list(result.curve[ours]) == pytest.approx(known[theirs], **DIGITS)
    moved = result.curve["survival"] < 1  # R gives no limits before the first event
    for ours, theirs in (("ci_low", "low"), ("ci_high", "high")):
        assert list(result.curve.loc[moved, ours]) == pytest.approx(
            [v for v in known[theirs] if v is not None], **DIGITS
        )


def test_three_strata_equal_r():
    frame = table("competing").assign(event=lambda d: d["outcome"] != "censor")
    result = Survival(duration="months", event="event", by="route", horizon=15).fit(frame)
    known = pd.DataFrame(R["rmst"]["table"])
    means, medians = result.estimates.loc["restricted_mean"], result.estimates.loc["median"]
    assert list(means["estimate"]) == pytest.approx(list(known["rmean"]), **DIGITS)
    assert list(means["std_error"]) == pytest.approx(list(known["se(rmean)"]), **DIGITS)
    assert list(medians["estimate"]) == list(known["median"])
    assert result.log_rank.loc[0, "chi_square"] == pytest.approx(R["log_rank3"]["chisq"], **DIGITS)


def test_without_censoring_it_is_the_plain_share_and_mean():
    months = np.array([1.0, 4, 4, 6, 10])
    result = Survival(duration="months", event="event").fit(pd.DataFrame({"months": months, "event": 1}))
    assert result.at(4).loc["all", "survival"] == pytest.approx(np.mean(months > 4))
    assert result.estimates.loc["restricted_mean", "estimate"] == pytest.approx(months.mean())
    # The standard error of a mean with divisor n.
    assert result.estimates.loc["restricted_mean", "std_error"] == pytest.approx(months.std() / np.sqrt(5))
    assert result.at(12).loc["all", "survival"] == 0  # the curve has come down


def test_shares_beyond_the_last_time_are_not_known():
    result = Survival(duration="week", event="arrest").fit(table("rossi"))
    assert result.at(53).isna().all(axis=None)
    assert result.at(0.5).loc["all", "survival"] == 1
    with pytest.raises(SpecificationError, match="time == -1"):
        result.at(-1)


@pytest.mark.slow
def test_limits_cover_the_truth():
    rng, hits = np.random.default_rng(11), []
    for _ in range(400):
        event, censored = rng.exponential(10, 80), rng.uniform(0, 25, 80)
        frame = pd.DataFrame({"months": np.minimum(event, censored), "event": event < censored})
        row = Survival(duration="months", event="event").fit(frame).at(8).iloc[0]
        hits.append(row["ci_low"] <= np.exp(-0.8) <= row["ci_high"])
    assert 0.92 <= np.mean(hits) <= 0.98  # 0.95 give or take three Monte Carlo errors of 0.011


def test_thin_early_risk_sets_show():
    late = pd.DataFrame({"entry": [0, 5, 5, 5], "months": [1, 8, 9, 10], "event": [1, 1, 0, 1]})
    result = Survival(duration="months", event="event", entry="entry").fit(late)
    assert result.status == "fail"  # the only one at risk at 1 has the event
    assert "DOES NOT STAND risk set" in result.summary().replace("✗ ", "")
    assert not result.stands
    for table_of_limits in (result.estimates, result.curve, result.at(0.5), result.at(6)):
        assert table_of_limits[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    thin = Survival(duration="stop", event="event", entry="start").fit(table("entry"))
    assert thin.checks[0].status == "pass"  # 18 at risk at the first event


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"horizon": 60}, r"1 of 1 strata were not followed to it \(the shortest ends with row"),
        ({"by": "nobody"}, "'nobody'"),
    ],
)
def test_what_was_not_seen_is_refused(options, words):
    with pytest.raises(DataError, match=words):
        Survival(duration="week", event="arrest", **options).fit(table("rossi"))


def test_bad_options_are_refused():
    with pytest.raises(SpecificationError, match="horizon == 0"):
        Survival(duration="week", event="arrest", horizon=0)
    with pytest.raises(SpecificationError, match="duration == 3"):
        Survival(duration=3, event="arrest")


def test_other_levels_are_refused_and_curves_drawn():
    result = Survival(duration="week", event="arrest", by="fin").fit(table("rossi"))
    with pytest.raises(SpecificationError, match=r"fit with level=0\.5"):
        result.confidence_interval(0.5)
    ax = result.plot()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["0", "1"]
    assert ax.get_legend().get_title().get_text() == "fin"
    assert ax.lines[0].get_ydata()[-1] == pytest.approx(result.at(52).loc["0", "survival"])
