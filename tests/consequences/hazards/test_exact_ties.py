"""Cox's exact partial likelihood; ``fine_gray_r.R`` made the outside values."""

import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consequences.reference import FOLDER, table
from ctresearch.consequences import HazardModel
from ctresearch.consequences.durations.durations import Durations
from ctresearch.consequences.hazards.exact_ties import exact_likelihood
from ctresearch.consequences.hazards.partial_likelihood import risk_sets
from ctresearch.core import DataError, FitError, SpecificationError

R = json.loads((FOLDER / "fine_gray_r.json").read_text())
SAME = {"rel": 1e-7}  # Newton stops at 1e-7 standard deviations, one quadratic step after which is far closer
CLOCK = {"duration": "stop", "event": "event", "entry": "start"}


def coarse():
    """Round times to threes, as the R script does."""
    frame = table("entry").assign(site=["a"] * 20 + ["b"] * 20)
    frame = frame.assign(start=frame["start"] // 3 * 3, stop=-(-frame["stop"] // 3) * 3)
    return frame[frame["stop"] > frame["start"]]


def same_as(result, known):
    assert dict(result.estimates["estimate"]) == pytest.approx(known["coef"], **SAME)
    assert dict(result.estimates["std_error"]) == pytest.approx(known["se"], **SAME)
    assert [result.log_likelihood_null, result.log_likelihood] == pytest.approx(known["loglik"], rel=1e-10)


@pytest.mark.parametrize(("case", "options"), [("exact_entry", {}), ("exact_strata", {"strata": "site"})])
def test_entry_and_strata_equal_r(case, options):
    same_as(HazardModel("x + z", **CLOCK, ties="exact", **options).fit(coarse()), R[case])


def test_rossi_equals_r():
    formula = "fin + age + race + wexp + mar + paro + prio"
    result = HazardModel(formula, duration="week", event="arrest", ties="exact").fit(table("rossi"))
    same_as(result, R["exact_rossi"])
    # cox.zph takes another likelihood for ties there; the tests differ by what ties can do.
    assert list(result.proportionality["chi_square"]) == pytest.approx(R["exact_zph"], rel=0.03)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_the_recursion_equals_the_sum_over_sets(seed):
    rng = np.random.default_rng(seed)
    entry = rng.integers(0, 3, 12).astype(float)
    rows = Durations(entry, entry + rng.integers(1, 4, 12), rng.random(12) < 0.7)
    rows.event[0] = True
    x, point, step = rng.normal(size=(12, 2)), np.array([0.7, -1.1]), 1e-5
    value = 0.0
    for time in np.unique(rows.stop[rows.event]):
        risk, died = np.flatnonzero((rows.entry < time) & (time <= rows.stop)), rows.event & (rows.stop == time)
        ways = [np.exp((x[list(s)] @ point).sum()) for s in combinations(risk, int(died.sum()))]
        value += (x[died] @ point).sum() - np.log(sum(ways))
    sets = risk_sets(rows, x)
    here = exact_likelihood(sets, rows.entry, point)
    assert here.value == pytest.approx(value, rel=1e-10, abs=1e-10)
    for i in range(2):
        ahead, behind = (exact_likelihood(sets, rows.entry, point + s * step * np.eye(2)[i]) for s in (1, -1))
        # Central differences of step 1e-5 are good to about nine digits of the value.
        assert here.score[i] == pytest.approx((ahead.value - behind.value) / (2 * step), rel=1e-5, abs=1e-6)
        assert here.information[i] == pytest.approx((behind.score - ahead.score) / (2 * step), rel=1e-5, abs=1e-6)


def test_without_ties_all_agree():
    frame = pd.DataFrame({"months": np.arange(1.0, 41), "event": 1, "x": np.random.default_rng(1).normal(size=40)})
    exact, breslow = (
        HazardModel("x", duration="months", event="event", ties=t).fit(frame) for t in ("exact", "breslow")
    )
    assert exact.log_likelihood == pytest.approx(breslow.log_likelihood, rel=1e-12)


def test_thousands_tied_neither_overflow_nor_cancel():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"wave": rng.integers(1, 4, 3000), "event": rng.integers(0, 2, 3000), "x": rng.normal(size=3000)}
    )
    result = HazardModel("x", duration="wave", event="event", ties="exact").fit(frame)
    assert (
        abs(result.estimates.loc["x", "estimate"]) < 4 * result.estimates.loc["x", "std_error"]
    )  # no effect was drawn


def test_sets_that_are_too_large_are_refused():
    n = 60_000
    frame = pd.DataFrame({"wave": 1, "event": np.arange(n) % 2, "x": np.arange(n) % 7})
    with pytest.raises(DataError, match=r"must be at most 1e\+09: the largest set has 30,000 of 60,000"):
        HazardModel("x", duration="wave", event="event", ties="exact").fit(frame)


@pytest.mark.parametrize("option", ["weights", "cluster"])
def test_what_has_no_exact_likelihood_is_refused(option):
    with pytest.raises(SpecificationError, match=f"ties == 'exact' with {option}"):
        HazardModel("x", **CLOCK, ties="exact", **{option: "id"})


def test_separation_is_refused():
    frame = coarse().assign(y=lambda d: d["event"] * 1.0)
    with pytest.raises(FitError, match="'y'"):
        HazardModel("y", **CLOCK, ties="exact").fit(frame)
