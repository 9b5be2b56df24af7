import numpy as np
import pandas as pd
import pytest

from consequences.reference import R, table
from ctresearch.consequences import DurationModel, IntervalSurvival
from ctresearch.consequences.curves.turnbull import turnbull
from ctresearch.consequences.curves.weibull import fit_weibull
from ctresearch.core import DataError, FitError, SpecificationError

DATES = {"after": "after", "before": "by"}


def visited(n, seed, effect=0.5):
    """Draw Weibull durations of shape 1.5 that are seen to end at visits some three months apart."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    months = 10 * np.exp(effect * x) * rng.weibull(1.5, n)
    visits = np.cumsum(rng.uniform(1, 5, (n, 8)), axis=1)
    seen = (visits < months[:, None]).sum(axis=1)
    padded = np.hstack([np.zeros((n, 1)), visits, np.full((n, 1), np.nan)])
    rows = np.arange(n)
    return pd.DataFrame({"after": padded[rows, seen], "by": padded[rows, seen + 1], "x": x})


def test_weibull_equals_r():
    result, known = DurationModel("age + route", **DATES).fit(table("interval")), R["weibull"]
    expected = [*known["coef"].values(), np.log(known["scale"])]
    # Both stop where the likelihood is flat to rounding; differences of gradients give six digits of an error.
    assert list(result.estimates["estimate"]) == pytest.approx(expected, abs=1e-6)
    assert list(result.estimates["std_error"]) == pytest.approx(known["se"], rel=1e-5)


def test_known_durations_equal_r():
    months = np.array([1.0, 2.0, 4.0])
    found, known = fit_weibull(months, months, np.ones((3, 1))), R["weibull_known"]
    assert found.point.tolist() == pytest.approx([known["coef"], known["log_scale"]], abs=1e-6)
    assert found.value == pytest.approx(known["loglik"], rel=1e-9)


@pytest.mark.slow
def test_weibull_recovers_the_truth():
    found = pd.DataFrame(
        [DurationModel("x", **DATES).fit(visited(150, seed)).estimates.loc["x"] for seed in range(400)]
    )
    estimate, std_error = found["estimate"].astype(float), found["std_error"].astype(float)
    assert estimate.mean() == pytest.approx(0.5, abs=3 * estimate.std() / np.sqrt(400) + 0.005)  # and a bias of 1 / n
    covered = (found["ci_low"].astype(float) <= 0.5) & (found["ci_high"].astype(float) >= 0.5)
    assert 0.917 <= covered.mean() <= 0.983  # 0.95 give or take three Monte Carlo errors of 0.011
    assert std_error.mean() == pytest.approx(estimate.std(), rel=0.11)  # three errors of a spread of 400


def test_turnbull_stays_near_r():
    curve = IntervalSurvival(**DATES).fit(table("interval")).curve
    known = pd.Series(R["turnbull"]["surv"], R["turnbull"]["time"])
    shared = [t for t in curve["by"] if t in known.index]
    ours = 1 - curve.set_index("by")["ended"]
    # R stops its rounds early; here the distance to the maximum is proven.
    assert list(ours[shared]) == pytest.approx(list(known[shared]), abs=5e-3)
    assert len(shared) > 10


def test_turnbull_is_the_plain_share_where_ends_are_known_and_kaplan_meier_where_censored():
    known = turnbull(np.array([1.0, 2, 2, 5]), np.array([1.0, 2, 2, 5]))
    assert known.mass.tolist() == pytest.approx([0.25, 0.5, 0.25])
    right = turnbull(np.array([1.0, 2, 3, 4]), np.array([1.0, np.inf, 3, 4]))
    assert right.mass.tolist() == pytest.approx([0.25, 0.375, 0.375], abs=1e-6)


def test_turnbull_is_a_maximum():
    frame = visited(60, 3)
    after, by = frame["after"].to_numpy(), frame["by"].fillna(np.inf).to_numpy()
    found, rng = turnbull(after, by), np.random.default_rng(0)
    holds = (found.after >= after[:, None]) & (found.before <= by[:, None])
    best = np.log(holds @ found.mass).sum()
    for _ in range(200):
        other = found.mass * rng.uniform(0.8, 1.2, len(found.mass))
        assert np.log(holds @ (other / other.sum())).sum() <= best + 60 * found.gap


def test_the_median_is_an_interval_or_not_known():
    result = IntervalSurvival(**DATES).fit(pd.DataFrame({"after": [0, 3, 6, 6], "by": [3, 6, np.nan, np.nan]}))
    assert result.estimates["estimate"].tolist() == [3.0, 6.0]
    open_end = IntervalSurvival(**DATES).fit(pd.DataFrame({"after": [0, 6, 6], "by": [3, np.nan, np.nan]}))
    assert open_end.estimates.loc["median_after", "estimate"] == 6.0
    assert np.isnan(open_end.estimates.loc["median_by", "estimate"])
    assert result.status == "review"  # no standard error
    assert result.plot().get_xlabel() == "time"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"by": 1.0, "after": 2.0}, "no possible duration"),
        ({"after": -1.0}, "at least 0"),
        ({"by": 0.0, "after": 0.0}, "above 0"),
        ({"by": np.nan}, "missing in all"),
        ({"after": np.nan}, "missing values"),
    ],
)
def test_impossible_dates_are_refused(change, words):
    for model in (IntervalSurvival(**DATES), DurationModel("x", **DATES)):
        with pytest.raises(DataError, match=words):
            model.fit(visited(20, 1).assign(**change))


def test_a_term_that_separates_ends_from_none_is_refused():
    frame = visited(80, 2).assign(ended=lambda d: d["by"].notna() * 1)
    with pytest.raises(FitError, match="no maximum"):
        DurationModel("ended", **DATES).fit(frame)


def test_bad_options_are_refused():
    with pytest.raises(SpecificationError, match="before == None"):
        IntervalSurvival(after="after", before=None)
    with pytest.raises(SpecificationError, match="level"):
        DurationModel(after="after", before="by", level=2)


def test_who_was_last_seen_at_a_known_end_lies_above_it():
    # summary(survfit(Surv(c(5, 5, 8), c(5, NA, 8), type = "interval2") ~ 1)) of survival gives 0.667 after 5, as
    # Kaplan-Meier
    found = turnbull(np.array([5.0, 5, 8]), np.array([5.0, np.inf, 8]))
    assert found.mass == pytest.approx([1 / 3, 2 / 3], abs=1e-9)  # the gap that turnbull leaves


def test_many_dates_come_quickly_to_the_maximum():
    rng, rows = np.random.default_rng(0), 1_000
    visits = np.column_stack([np.zeros(rows), np.sort(rng.random((rows, 4)) * 25, axis=1), np.full(rows, np.inf)])
    place = (visits < (rng.weibull(1.5, rows) * 10)[:, None]).sum(axis=1) - 1
    after, by = visits[np.arange(rows), place], visits[np.arange(rows), place + 1]
    found = turnbull(after, by)
    assert found.gap < 1e-9  # self-consistency alone stops at 1e-7 after thousands of rounds
    holds = (found.after >= after[:, None]) & (found.before <= by[:, None])
    assert (holds / (holds @ found.mass)[:, None]).mean(axis=0).max() == pytest.approx(1, abs=2e-9)
