"""Dated entries: the likelihood against R's, rates and ratios recovered, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from pins import pinned

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, DatedReferral, LogLinear
from ctresearch.prevalence.referral.dated_entries import exposure_of, read_entries
from ctresearch.prevalence.referral.referral_fit import design_of, evaluate, fit_referral

ROLES = {"person": "who", "source": "by", "date": "when"}
NAMES = np.array(["ngo", "nrm", "police"])


def long_table(times):
    """Return one row an entry before the end of the window."""
    who, where = np.nonzero(times < 1)
    return pd.DataFrame({"who": who, "by": NAMES[where], "when": times[who, where]})


def by_formula():
    """Return the entries of the outside values."""
    i = np.arange(400)
    one = -0.9 * np.log(1 - (i % 400 + 0.5) / 400)
    two = -1.6 * np.log(1 - ((i * 77) % 400 + 0.5) / 400)
    three = -1.3 * np.log(1 - ((i * 153) % 400 + 0.5) / 400)
    two = np.where(two > one, one + (two - one) / 3, two)
    three = np.where(three > two, two + (three - two) / 2, three)
    return long_table(np.column_stack([one, two, three]))


def drawn(seed, n=2000, ratio=5.0, rates=(0.5, 0.25, 0.3), busy=1.0):
    """Draw entries; the first list refers to the second, and the second half of the window may be busier."""
    rng = np.random.default_rng(seed)

    def wait(rate):
        clock = rng.exponential(1.0, n) / rate
        return np.where(clock < 0.5, clock, 0.5 + (clock - 0.5) / busy)

    first, second, third = (wait(rate) for rate in rates)
    sent = first + rng.exponential(1.0, n) / (rates[1] * ratio)
    return long_table(np.column_stack([first, np.where(second > first, sent, second), third]))


def test_it_is_the_estimate_of_the_likelihood_that_r_writes_out():
    outside = pinned("flows")["referral"]
    result = DatedReferral(start=0, end=1, referrals=[("ngo", "nrm"), ("nrm", "police")], **ROLES).fit(by_formula())
    theta = [*np.log(result.rates["rate"]), *result.referrals["estimate"]]
    assert result.n == outside["people"]
    # optim stops where its numerical gradient is about 1e-5 of the curvature, and takes its Hessian numerically
    assert theta == pytest.approx(outside["theta"], abs=5e-7)
    assert result.referrals["std_error"].tolist() == pytest.approx(outside["std_error"][3:], rel=2e-4)
    row = result.estimates.loc["population"]
    assert row["estimate"] == pytest.approx(outside["population"], rel=1e-7)
    assert [row["ci_low"], row["ci_high"]] == pytest.approx([outside["low"], outside["high"]], abs=2e-5)
    assert result.log_likelihood == pytest.approx(outside["loglik"], abs=1e-7)


def test_gradient_and_information_are_those_of_the_likelihood():
    read = read_entries(by_formula(), ("who", "by", "when"), (0, 1), "refuse")
    design, _ = design_of(exposure_of(read, 2), [(0, 1), (1, 2)], 2)
    theta = np.linspace(-0.4, 0.5, design.matrix.shape[1])
    _, score, information = evaluate(design, theta)
    step = 1e-5
    for place in range(theta.size):
        shift = np.zeros(theta.size)
        shift[place] = step
        up, down = evaluate(design, theta + shift), evaluate(design, theta - shift)
        # central differences of a sum of about 700, at steps of 1e-5
        assert score[place] == pytest.approx((up[0] - down[0]) / (2 * step), rel=1e-5, abs=1e-5)
        assert information[place] == pytest.approx(-(up[1] - down[1]) / (2 * step), rel=1e-5, abs=1e-4)


def test_one_rate_is_the_truncated_exponential():
    """Where no list acts on another, the first entry of each person is exponential, cut off at the end."""
    frame = drawn(3, ratio=1.0)
    frame = frame[frame["by"] != "police"]  # of three lists and more, two may act on one, and by the same factors
    result = DatedReferral(start=0, end=1, referrals="all", **ROLES).fit(frame)
    first = frame.groupby("who")["when"].min()
    total = float(result.rates["rate"].sum())
    score = len(first) / total - first.sum() - len(first) * np.exp(-total) / (1 - np.exp(-total))
    assert score == pytest.approx(0.0, abs=1e-6 * len(first))


def test_exposure_adds_up_to_the_window_of_everybody():
    read = read_entries(drawn(1), ("who", "by", "when"), (0, 1), "refuse")
    for pieces in (1, 4):
        found = exposure_of(read, pieces)
        assert found.time.sum() == pytest.approx(found.people, rel=1e-12)
        assert found.entries.sum() == np.isfinite(read.times).sum()


def test_pieces_of_equal_rates_have_the_likelihood_of_one():
    frame = by_formula()
    one = DatedReferral(start=0, end=1, referrals=[("ngo", "nrm")], **ROLES).fit(frame)
    more = DatedReferral(start=0, end=1, referrals=[("ngo", "nrm")], pieces=3, **ROLES).fit(frame)
    assert more.log_likelihood >= one.log_likelihood
    assert len(more.rates) == 9


@pytest.mark.slow
def test_it_recovers_population_and_direction_where_log_linear_models_miss():
    held, ratios, biased = 0, [], []
    for seed in range(20):
        frame = drawn(seed)
        result = DatedReferral(start=0, end=1, referrals=[("ngo", "nrm")], **ROLES).fit(frame)
        row = result.estimates.loc["population"]
        held += row["ci_low"] <= 2000 <= row["ci_high"]
        ratios.append(result.referrals["estimate"].iloc[0])
        table = CaptureHistories.from_long(frame[["who", "by"]], person="who", source="by")
        biased.append(LogLinear("fixed", model="[1,2,3]").fit(table).estimates.loc["population", "ci_high"])
    assert held >= 17  # at .95 twenty draws hold fewer than 17 times once in 60
    assert np.mean(ratios) == pytest.approx(np.log(5.0), abs=4 * 0.15 / np.sqrt(20))  # four standard errors of the mean
    assert np.max(biased) < 2000


def test_patterns_at_the_end_are_expected_as_they_were_drawn():
    frame = pd.concat([drawn(seed, n=20_000).assign(who=lambda d, s=seed: d["who"] + s * 20_000) for seed in range(2)])
    result = DatedReferral(start=0, end=1, referrals=[("ngo", "nrm")], **ROLES).fit(frame)
    assert result.fitted["observed"].sum() == result.n
    assert result.fitted["residual"].abs().max() < 3.5
    assert result.fitted["fitted"].sum() == pytest.approx(result.n, rel=1e-6)


def test_a_referral_that_was_not_named_is_found():
    result = DatedReferral(start=0, end=1, referrals=[("nrm", "ngo")], **ROLES).fit(drawn(2))
    check = {c.name: c for c in result.checks}["other referrals"]
    assert check.status == "review"
    assert "Once on ngo, people come onto nrm more often" in check.message


def test_busy_times_are_found_and_pieces_take_them_in():
    frame = drawn(4, n=8000, busy=2.0)
    options = {"start": 0, "end": 1, "referrals": [("ngo", "nrm")], **ROLES}
    constant, pieces = DatedReferral(**options).fit(frame), DatedReferral(pieces=2, **options).fit(frame)
    assert {c.name: c.status for c in constant.checks}["rates in time"] == "review"
    assert {c.name: c.status for c in pieces.checks}["rates in time"] == "pass"
    row = pieces.estimates.loc["population"]
    assert row["ci_low"] <= 8000 <= row["ci_high"]


def test_with_all_referrals_it_says_what_is_left():
    result = DatedReferral(start=0, end=1, referrals="all", **ROLES).fit(drawn(5, rates=(1.2, 0.8, 0.9)))
    checks = {c.name: c.status for c in result.checks}
    assert checks["referrals"] == "review"
    assert "other referrals" not in checks


def test_a_model_of_which_two_columns_are_one_is_refused():
    read = read_entries(by_formula(), ("who", "by", "when"), (0, 1), "refuse")
    design, _ = design_of(exposure_of(read, 2), [(0, 1)], 1)
    with pytest.raises(FitError, match="another size of the population fits as well"):
        fit_referral(design.with_columns(design.matrix[:, -1:]))


def test_days_count_as_their_middle():
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta([0, 9, 9], unit="D")
    frame = pd.DataFrame({"who": [1, 1, 2], "by": ["ngo", "police", "police"], "when": days})
    read = read_entries(frame, ("who", "by", "when"), ("2024-01-01", "2024-01-10"), "refuse")
    assert read.times[0].tolist() == pytest.approx([0.05, 0.95])


def test_ties_are_refused_or_taken_as_asked():
    frame = pd.DataFrame({"who": [1, 1, 2], "by": ["ngo", "police", "police"], "when": [4.0, 4.0, 6.0]})
    with pytest.raises(DataError, match="1 of 2 people came onto two lists on one day"):
        read_entries(frame, ("who", "by", "when"), (0, 10), "refuse")
    together = exposure_of(read_entries(frame, ("who", "by", "when"), (0, 10), "together"), 1)
    ordered = exposure_of(read_entries(frame, ("who", "by", "when"), (0, 10), ["police", "ngo"]), 1)
    assert together.entries[0, 0].tolist() == [1.0, 2.0]
    assert ordered.entries[0, 0].tolist() == [0.0, 2.0]
    assert ordered.entries[0, 2].tolist() == [1.0, 0.0]
    assert together.time.tolist() == ordered.time.tolist()
    with pytest.raises(SpecificationError, match="ties names 1 lists"):
        read_entries(frame, ("who", "by", "when"), (0, 10), ["police"])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"referrals": "some"}, "must be pairs of lists"),
        ({"referrals": [("ngo",)]}, "must be a pair of two lists"),
        ({"referrals": [("ngo", "ngo")]}, "must be a pair of two lists"),
        ({"referrals": [("ngo", "nrm"), ("ngo", "nrm")]}, "name each once"),
        ({"referrals": [], "ties": "first"}, "ties == 'first'"),
        ({"referrals": [], "date": "who"}, "must be 3"),
    ],
)
def test_options_that_cannot_be_used_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        DatedReferral(**{"start": 0, "end": 1, **ROLES, **options})


def test_entries_that_tell_nothing_are_refused():
    frame = by_formula()
    options = {"start": 0, "end": 1, **ROLES}
    with pytest.raises(SpecificationError, match="not among the 3 lists"):
        DatedReferral(referrals=[("ngo", "court")], **options).fit(frame)
    with pytest.raises(DataError, match="must lie in the window"):
        DatedReferral(referrals=[], **{**options, "end": 0.5}).fit(frame)
    with pytest.raises(DataError, match="must hold the day of every entry"):
        DatedReferral(referrals=[], **options).fit(frame.assign(when=[np.nan, *frame["when"][1:]]))
    with pytest.raises(SpecificationError, match="start == 1 is not before end == 1"):
        DatedReferral(referrals=[], **{**options, "start": 1}).fit(frame)
    alone = frame[(frame["by"] != "police") | ~frame["who"].isin(frame.loc[frame["by"] == "ngo", "who"])]
    with pytest.raises(FitError, match="was followed by nobody"):
        DatedReferral(referrals=[("ngo", "police")], **options).fit(alone)


def test_entries_that_do_not_fall_off_leave_no_limit():
    rng = np.random.default_rng(1)
    who = np.arange(600)
    frame = pd.DataFrame({"who": who, "by": NAMES[who % 3], "when": rng.random(600) ** 0.7})
    with pytest.raises(FitError, match=r"does not exist|not identified|did not converge"):
        DatedReferral(start=0, end=1, referrals=[("ngo", "nrm")], **ROLES).fit(
            pd.concat([frame, pd.DataFrame({"who": [0], "by": ["nrm"], "when": [0.999]})])
        )
