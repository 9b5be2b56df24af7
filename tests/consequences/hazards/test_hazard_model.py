import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consequences.reference import R, table
from ctresearch.consequences import HazardModel
from ctresearch.core import DataError, FitError, SpecificationError

ROSSI = "fin + age + race + wexp + mar + paro + prio"
SAME = {"rel": 1e-7}  # Newton stops at 1e-7 standard deviations, one quadratic step after which is far closer


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_rossi_equals_r(ties):
    result, known = (
        HazardModel(ROSSI, duration="week", event="arrest", ties=ties).fit(table("rossi")),
        R[f"rossi_{ties}"],
    )
    assert dict(result.estimates["estimate"]) == pytest.approx(known["coef"], **SAME)
    assert dict(result.estimates["std_error"]) == pytest.approx(known["se"], **SAME)
    assert [result.log_likelihood_null, result.log_likelihood] == pytest.approx(known["loglik"], rel=1e-12)
    assert list(result.proportionality["p_value"]) == pytest.approx(known["zph"], rel=1e-6)


def test_the_published_figures_of_rossi():
    result = HazardModel(ROSSI, duration="week", event="arrest").fit(table("rossi"))
    assert result.estimates.loc["fin", "estimate"] == pytest.approx(
        -0.379422166, abs=1e-9
    )  # one more Newton step than R makes
    assert result.log_likelihood == pytest.approx(-658.747659, abs=5e-7)
    assert result.events == 114
    assert next(c for c in result.checks if c.name == "proportional hazards").status == "review"  # age, p = 0.0146


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_delayed_entry_ties_and_clusters_equal_r(ties):
    options = {"duration": "stop", "event": "event", "entry": "start", "ties": ties}
    known = R[f"cox_{ties}"]
    plain = HazardModel("x + z", **options).fit(table("entry"))
    robust = HazardModel("x + z", **options, cluster="id").fit(table("entry"))
    assert dict(plain.estimates["estimate"]) == pytest.approx(known["coef"], **SAME)
    assert dict(plain.estimates["std_error"]) == pytest.approx(known["se"], **SAME)
    assert dict(robust.estimates["std_error"]) == pytest.approx(known["robust"], **SAME)
    assert list(plain.proportionality["chi_square"]) == pytest.approx(known["zph"], rel=1e-6)
    # R leaves columns of 0 and 1 as they are, the baseline here stands at the mean of every column.
    shift = np.exp(-plain.estimates.loc["z", "estimate"] * table("entry")["z"].mean())
    hazard = shift * np.interp(known["time"], plain.baseline["time"], plain.baseline["cumulative_hazard"], left=0.0)
    at_events = np.isin(known["time"], plain.baseline["time"])
    assert hazard[at_events] == pytest.approx(np.array(known["hazard"])[at_events], **SAME)


def test_a_row_that_enters_at_an_event_time_is_not_at_risk_then():
    rows = pd.DataFrame({"entry": [0, 0, 5, 0], "stop": [5, 9, 7, 8], "event": [1, 1, 1, 0], "x": [1.0, 0.0, 3.0, 2.0]})
    model = HazardModel("x", duration="stop", event="event", entry="entry")
    # The third row is at risk from just after 5: at 5 it does not count, whatever its covariate.
    at_the_time = model.fit(rows).estimates
    just_after = model.fit(rows.assign(entry=[0, 0, 5.001, 0])).estimates
    before = model.fit(rows.assign(entry=[0, 0, 4.999, 0])).estimates
    assert at_the_time["estimate"].iloc[0] == pytest.approx(just_after["estimate"].iloc[0], abs=1e-12)
    assert abs(at_the_time["estimate"].iloc[0] - before["estimate"].iloc[0]) > 0.1


def test_times_that_differ_by_rounding_alone_are_equal():
    rows = pd.DataFrame({"entry": [0, 0, 3, 0], "stop": [3, 9, 7, 8], "event": [1, 1, 1, 0], "x": [1.0, 0.0, 3.0, 2.0]})
    model = HazardModel("x", duration="stop", event="event", entry="entry")
    tenths = rows.assign(entry=[0, 0, 0.1 + 0.2, 0], stop=[0.3, 0.9, 0.7, 0.8])  # the third enters at the first event
    assert tenths["entry"][2] > tenths["stop"][0]  # in binary, 0.1 + 0.2 lies above 0.3
    assert list(model.fit(tenths).estimates["estimate"]) == pytest.approx(
        list(model.fit(rows).estimates["estimate"]), **SAME
    )
    later = rows.assign(stop=[0.1 + 0.2, 0.9, 0.7, 0.8], entry=[0, 0, 0.3, 0])
    assert later["entry"][2] < later["stop"][0]
    assert list(model.fit(later).estimates["estimate"]) == pytest.approx(
        list(model.fit(rows).estimates["estimate"]), **SAME
    )


def test_a_persons_time_may_be_split_without_changing_anything():
    whole = table("rossi")
    late = whole[whole["week"] > 20]
    split = pd.concat(
        [
            whole.assign(entry=0, arrest=whole["arrest"] * (whole["week"] <= 20), week=whole["week"].clip(upper=20)),
            late.assign(entry=20),
        ]
    )
    one = HazardModel("fin + age", duration="week", event="arrest").fit(whole)
    two = HazardModel("fin + age", duration="week", event="arrest", entry="entry").fit(split)
    assert two.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-12)
    assert list(two.estimates["std_error"]) == pytest.approx(list(one.estimates["std_error"]), rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.sampled_from(["efron", "breslow"]))
def test_units_of_time_and_of_covariates_do_not_matter(seed, unit, ties):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"months": rng.integers(1, 9, 60), "event": rng.integers(0, 2, 60), "x": rng.normal(size=60)})
    model = HazardModel("x", duration="months", event="event", ties=ties)
    here, there = model.fit(frame), model.fit(frame.assign(months=frame["months"] * unit, x=frame["x"] / unit + 3))
    # Rounding in the standardised column moves the last of some ten digits.
    assert there.estimates["estimate"].iloc[0] == pytest.approx(
        here.estimates["estimate"].iloc[0] * unit, rel=1e-6, abs=1e-8
    )
    assert there.log_likelihood == pytest.approx(here.log_likelihood, rel=1e-10)


def test_ratios_and_limits():
    result = HazardModel("x", duration="stop", event="event").fit(table("entry"))
    ratio = result.to_frame(exponentiate=True).loc["x"]
    assert ratio["estimate"] == pytest.approx(np.exp(result.estimates.loc["x", "estimate"]))
    low = result.confidence_interval(0.5).low["x"]
    assert result.estimates.loc["x", "ci_low"] < low < result.estimates.loc["x", "estimate"]
    assert "recorded" in result.summary()


@pytest.mark.parametrize("label", ["fails", "never fails"])
def test_separation_is_refused_with_the_term(label):
    frame = table("entry").assign(site=lambda d: np.where(d["event"] == (label == "fails"), "a", "b"))
    with pytest.raises(
        FitError, match=r"no maximum: of the two groups of 'site', the one of [\d,]+ rows has no event.*merge"
    ):
        HazardModel("x + site", duration="stop", event="event").fit(frame)


def test_a_column_that_orders_all_events_is_refused():
    frame = pd.DataFrame({"months": np.arange(1.0, 51), "event": 1, "x": -np.arange(50.0)})
    with pytest.raises(FitError, match="'x'"):
        HazardModel("x", duration="months", event="event").fit(frame)


def test_times_of_very_different_size_stay_apart():
    rng = np.random.default_rng(0)
    x = rng.normal(size=2000)
    frame = pd.DataFrame({"months": rng.exponential(np.exp(-8 * x)), "event": 1, "x": x * 1e6 + 1e9})
    row = HazardModel("x", duration="months", event="event").fit(frame).estimates.loc["x"]
    assert row["ci_low"] < 8e-6 < row["ci_high"]


def test_a_level_without_events_is_refused():
    frame = table("rossi")
    frame["group"] = np.where(frame["arrest"] == 1, "a", np.where(frame.index % 3 == 0, "empty", "a"))
    with pytest.raises(FitError, match="two groups of 'group', the one of"):
        HazardModel("age + group", duration="week", event="arrest").fit(frame)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": 9}, "end at or before their entry"),
        ({"start": -1}, "at least 0"),
        ({"event": 0}, "never happens"),
        ({"event": 2}, "must hold 0"),
        ({"x": 1.0}, "same in all rows"),
        ({"x": np.nan}, "missing values"),
        ({"x": np.inf}, "not finite"),
        ({"stop": "long"}, "must hold numbers"),
        ({"id": 1}, "cluster holds 1 group"),
        ({"x": table("entry")["z"] * 2}, "combination"),
    ],
)
def test_bad_tables_are_refused(change, words):
    model = HazardModel("z + x", duration="stop", event="event", entry="start", cluster="id")
    with pytest.raises(DataError, match=words):
        model.fit(table("entry").assign(**change))


@pytest.mark.parametrize("formula", ["x +", "y ~ x", "1", "x + ~ z"])
def test_bad_formulas_are_refused(formula):
    with pytest.raises(SpecificationError, match="formula"):
        HazardModel(formula, duration="stop", event="event").fit(table("entry").assign(y=1))


def test_bad_options_are_refused():
    with pytest.raises(SpecificationError, match="ties == 'best'"):
        HazardModel("x", duration="stop", event="event", ties="best")
    with pytest.raises(SpecificationError, match="level == 95"):
        HazardModel("x", duration="stop", event="event", level=95)
    with pytest.raises(DataError, match="'nobody'"):
        HazardModel("nobody", duration="stop", event="event").fit(table("entry"))


def test_few_events_and_few_clusters_ask_for_review():
    result = HazardModel("x + z", duration="stop", event="event", entry="start", cluster="id").fit(table("entry"))
    assert {c.name: c.status for c in result.checks}["clusters"] == "review"  # 20 persons
    few = HazardModel("x + z + start", duration="stop", event="event").fit(table("entry"))
    assert {c.name: c.status for c in few.checks}["events"] == "review"  # 20 events for 3 terms


def test_recurrent_events_need_robust_errors():
    # Persons differ in how often they have events, so events of one person are alike.
    rng, rows = np.random.default_rng(7), []
    for person in range(300):
        x, frailty, now = float(rng.integers(0, 2)), rng.gamma(1.0, 1.0), 0.0
        while now < 10:
            gap = rng.exponential(3 / (frailty * np.exp(0.5 * x)))
            rows.append((person, now, min(now + gap, 10.0), now + gap < 10, x))
            now += gap
    frame = pd.DataFrame(rows, columns=["person", "entry", "stop", "event", "x"])
    options = {"duration": "stop", "event": "event", "entry": "entry"}
    plain, robust = (HazardModel("x", **options, cluster=c).fit(frame).estimates.loc["x"] for c in (None, "person"))
    assert robust["std_error"] > 1.4 * plain["std_error"]  # about the root of one plus events a person times frailty
    assert abs(robust["estimate"] - 0.5) < 3 * robust["std_error"]


def test_columns_with_a_dot_in_their_name_stand_in_backticks():
    plain = HazardModel("x + z", duration="stop", event="event").fit(table("entry")).estimates
    dotted = table("entry").rename(columns={"x": "the.x"})
    found = HazardModel("`the.x` + z", duration="stop", event="event").fit(dotted).estimates
    assert list(found.index) == ["the.x", "z"]
    assert list(found["estimate"]) == list(plain["estimate"])
