"""Small areas and time-location samples: written-out formulas, truths, refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import FayHerriot, SurveyTotal, TimeLocation


def areas(size=25, seed=1, between=0.05):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"area": [f"a{i}" for i in range(size)], "x": rng.random(size)})
    frame["v"] = rng.uniform(0.0005, 0.003, size)
    return frame.assign(y=0.1 + 0.2 * frame["x"] + rng.normal(0, between, size) + rng.normal(0, np.sqrt(frame["v"])))


AREAS = {"variance": "v", "area": "area", "formula": "x"}


def likelihood(between, frame, *, restricted):
    """Return minus the log-likelihood by matrices."""
    x, y = np.column_stack([np.ones(len(frame)), frame["x"]]), frame["y"].to_numpy()
    v = np.diag(between + frame["v"])
    inverse = np.linalg.inv(v)
    info = x.T @ inverse @ x
    left = y - x @ np.linalg.solve(info, x.T @ inverse @ y)
    value = np.linalg.slogdet(v)[1] + left @ inverse @ left
    return value + (np.linalg.slogdet(info)[1] if restricted else 0.0)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_the_variance_between_is_where_the_likelihood_is_highest(method):
    frame = areas()
    best = minimize_scalar(
        lambda b: likelihood(b, frame, restricted=method == "reml"),
        bounds=(1e-6, 0.1),
        method="bounded",
        options={"xatol": 1e-11},
    )
    result = FayHerriot("y", **AREAS, method=method).fit(frame)
    assert result.between == pytest.approx(best.x, rel=1e-4)  # a flat top: half the digits


def test_the_moment_equation_is_solved():
    frame = areas()
    result = FayHerriot("y", **AREAS, method="moment").fit(frame)
    whole = result.between + frame["v"]
    fitted = result.coefficients["estimate"]
    left = frame["y"] - fitted["Intercept"] - fitted["x"] * frame["x"]
    assert (left**2 / whole).sum() == pytest.approx(23, rel=1e-9)


@pytest.mark.parametrize("method", ["reml", "ml", "moment"])
def test_estimates_and_errors_written_out(method):
    frame = areas()
    result = FayHerriot("y", **AREAS, method=method).fit(frame)
    b, d = result.between, frame["v"].to_numpy()
    x, whole = np.column_stack([np.ones(25), frame["x"]]), b + d
    cov = np.linalg.inv(x.T @ np.diag(1 / whole) @ x)
    beta = cov @ x.T @ (frame["y"] / whole)
    weight = b / whole
    assert result.areas["weight"].to_numpy() == pytest.approx(weight)
    assert result.estimates["estimate"].to_numpy() == pytest.approx(weight * frame["y"] + (1 - weight) * (x @ beta))
    assert result.coefficients["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(cov)))
    one, two = (1 / whole).sum(), (1 / whole**2).sum()
    spread = 2 * 25 / one**2 if method == "moment" else 2 / two
    bias = {
        "reml": 0.0,
        "ml": -np.trace(cov @ (x.T @ np.diag(1 / whole**2) @ x)) / two,
        "moment": 2 * (25 * two - one**2) / one**3,
    }[method]
    terms = b * d / whole + (1 - weight) ** 2 * np.diag(x @ cov @ x.T)
    mse = terms + 2 * d**2 / whole**3 * spread - bias * (d / whole) ** 2
    assert result.estimates["std_error"].to_numpy() == pytest.approx(np.sqrt(mse))
    reach = result.estimates["ci_high"] - result.estimates["estimate"]
    assert reach.to_numpy() == pytest.approx(1.959963984540054 * np.sqrt(mse))


def test_areas_that_do_not_differ_give_no_errors():
    frame = areas(between=0.0).assign(v=0.05)
    for method in ("reml", "ml", "moment"):
        result = FayHerriot("y", **AREAS, method=method).fit(frame)
        assert result.between == 0
        assert not result.stands
        assert result.estimates["std_error"].isna().all()
        assert result.coefficients["std_error"].isna().all()


def test_checks_of_areas():
    assert {c.name: c.status for c in FayHerriot("y", **AREAS).fit(areas()).checks} == {
        "between": "pass",
        "areas": "pass",
    }
    few = FayHerriot("y", **AREAS).fit(areas(16))
    assert {c.name: c.status for c in few.checks}["areas"] == "review"
    assert few.estimates["group"].tolist()[:2] == ["a0", "a1"]
    assert few.n == 16


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"v": 0.0}, "sampling variances are 0 or below"),
        ({"area": "one"}, "25 rows have 1 names of areas"),
        ({"x": 1.0}, "no column may follow from the others"),
        ({"y": np.nan}, "missing values"),
    ],
)
def test_areas_that_cannot_be_used(change, words):
    with pytest.raises(DataError, match=words):
        FayHerriot("y", **AREAS).fit(areas().assign(**change))


def test_too_few_areas_and_unknown_methods():
    with pytest.raises(DataError, match="3 areas stand against 2 columns"):
        FayHerriot("y", **AREAS).fit(areas(3))
    with pytest.raises(SpecificationError):
        FayHerriot("y", **AREAS, method="fh")


def met():
    """Return interviews at eight events of two strata."""
    rows = [
        (stratum, f"{stratum}{event}", {"a": 40, "b": 15}[stratum], 6 + event, 1 + (person * 3 + event) % 5)
        for stratum in "ab"
        for event in range(4)
        for person in range(3 + event % 2)
    ]
    frame = pd.DataFrame(rows, columns=["stratum", "event", "events", "attended", "visits"])
    return frame.assign(forced=(frame.index % 3 == 0) * 1)


VENUES = {"event": "event", "events": "events", "attended": "attended", "visits": "visits", "strata": "stratum"}


def test_weights_of_venues_days_and_times():
    frame = met()
    asked = frame.groupby("event")["event"].transform("size")
    weight = frame["events"] / 4 * frame["attended"] / asked / frame["visits"]
    survey = SurveyTotal("forced", weight="w", strata="stratum", cluster="event").fit(frame.assign(w=weight))
    result = TimeLocation("forced", **VENUES).fit(frame)
    pd.testing.assert_frame_equal(result.estimates, survey.estimates)
    share = TimeLocation("forced", statistic="mean", by="stratum", **VENUES).fit(frame)
    assert share.estimates["estimate"].iloc[0] == pytest.approx(np.average(frame["forced"], weights=weight))
    assert share.estimates["group"].tolist() == ["all", "a", "b"]
    largest = weight.groupby(frame["event"]).sum().max() / weight.sum()
    check = {c.name: c for c in result.checks}["events"]
    assert check.numbers["largest"] == pytest.approx(largest)
    assert check.status == ("review" if largest > 0.2 else "pass")
    assert "Time-location" in result.method


def test_people_who_come_often_count_once():
    # everybody at everything: 30 people at each of 10 events, all of them asked at 5
    frame = pd.DataFrame({"event": np.repeat(range(5), 30), "events": 10, "attended": 30, "visits": 10})
    row = (
        TimeLocation(event="event", events="events", attended="attended", visits="visits").fit(frame).estimates.iloc[0]
    )
    assert row["estimate"] == pytest.approx(30)
    assert row["std_error"] == pytest.approx(0, abs=1e-12)
    assert row["unit"] == "persons"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"visits": 0}, "numbers below 1"),
        ({"visits": 400}, "more events than the frame has"),
        ({"attended": 2}, "events have more people interviewed than counted"),
        ({"events": 3}, "0 events have more people interviewed than counted there, 28 stand in a stratum"),
        ({"attended": range(6, 34)}, "have several counts"),
        ({"events": range(40, 68)}, "have several counts"),
        ({"_weight_": 1.0}, "must not: it is the weight"),
        ({"event": lambda d: d["stratum"], "attended": 30}, "hold one cluster"),
    ],
)
def test_interviews_that_cannot_be_used(change, words):
    with pytest.raises(DataError, match=words):
        TimeLocation(**VENUES).fit(met().assign(**change))
