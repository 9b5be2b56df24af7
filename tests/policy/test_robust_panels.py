"""Panels as they come: covariates of any scale, units that adopt all, one treated unit, outcomes that never move."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError
from ctresearch.policy import (
    Panel,
    PanelRegression,
    StaggeredAdoption,
    SwitchingTreatment,
    SyntheticControl,
    SyntheticDifference,
    TwoWayWeights,
)

QUICK = {"inference": "analytic", "draws": 99}


def countries(laws, *, units=20, years=7, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "land": np.repeat([f"Ö{i:02d}" for i in range(units)], years),
            "year": np.tile(np.arange(2000.0, 2000 + years), units),
        }
    )
    number = np.repeat(np.arange(units), years)
    frame["law"] = np.array([laws[i % len(laws)] for i in number], dtype=float)
    frame["kept"] = np.repeat(rng.normal(size=units), years)
    frame["aid"] = rng.normal(size=len(frame))
    frame["size"] = np.repeat(np.exp(rng.normal(size=units)), years)
    since = frame["year"] >= frame["law"]
    frame["y"] = number / 5 + frame["year"] / 10 + since + 0.6 * frame["aid"] + 0.3 * rng.normal(size=len(frame))
    return frame


def panel(frame, **more):
    roles = {"unit": "land", "time": "year", "outcome": "y", "outcome_kind": "response", "adopted": "law"}
    return Panel.from_frame(frame, **roles, **more)


def check(result, name):
    return next((one for one in result.checks if one.name == name), None)


LAWS = [2003, 2004, None, None]


@pytest.mark.parametrize("estimator", ["borusyak-jaravel-spiess", "gardner", "sun-abraham", "two-way"])
def test_what_a_unit_keeps_moves_nothing_and_no_scale_matters(estimator):
    frame = countries(LAWS)
    fit = StaggeredAdoption(estimator=estimator, **QUICK)
    plain = fit.fit(panel(frame)).estimates.loc["simple", ["estimate", "std_error"]].to_numpy(float)
    kept = fit.fit(panel(frame, covariates=["kept"])).estimates.loc["simple", ["estimate", "std_error"]]
    assert kept.to_numpy(float) == pytest.approx(plain, rel=1e-9)
    one, other = (
        fit.fit(panel(frame.assign(aid=frame["aid"] * scale), covariates=["aid", "kept"])).estimates.loc["simple"]
        for scale in (1.0, 1e9)
    )
    assert other[["estimate", "std_error"]].to_numpy(float) == pytest.approx(
        one[["estimate", "std_error"]].to_numpy(float), rel=1e-9
    )
    assert abs(one["estimate"] - 1) < 4 * one["std_error"]


@pytest.mark.parametrize("estimator", ["borusyak-jaravel-spiess", "sun-abraham"])
def test_who_asks_for_no_untreated_units_needs_none(estimator):
    frame = countries([2002, 2003, 2005])
    found = StaggeredAdoption(estimator=estimator, **QUICK).fit(panel(frame))
    assert abs(found.estimates.loc["simple", "estimate"] - 1) < 0.6
    with pytest.raises(DataError, match="use control='not_yet'"):
        StaggeredAdoption(**QUICK).fit(panel(frame))


def test_one_treated_country_gives_no_tight_limits():
    frame = countries([None]).assign(law=lambda d: np.where(d["land"] == "Ö00", 2003.0, np.nan))
    for found in (TwoWayWeights().fit(panel(frame)), PanelRegression(["treatment"]).fit(panel(frame))):
        assert check(found, "clusters").status == "fail"
        assert not found.stands
        assert found.estimates["ci_low"].isna().all()
    fine = TwoWayWeights().fit(panel(countries(LAWS, units=40)))
    assert check(fine, "clusters").status == "pass"


def test_an_outcome_that_never_moves_has_no_effect_of_zero():
    still = panel(countries(LAWS).assign(y=1.0))
    for model in (TwoWayWeights(), PanelRegression(["treatment"]), SwitchingTreatment(), StaggeredAdoption()):
        with pytest.raises(DataError, match="the same in all 140 rows, must vary"):
            model.fit(still)


def test_columns_that_an_estimator_leaves_aside_are_told():
    frame = countries([2004, None, None])
    given = panel(frame, covariates=["aid"], weight="size")
    switching, difference = SwitchingTreatment().fit(given), SyntheticDifference().fit(given)
    assert str(check(switching, "columns left aside").message).startswith("The panel names covariates, which")
    assert "covariates and weights" in str(check(difference, "columns left aside").message)
    one = panel(frame.assign(law=np.where(frame["land"] == "Ö00", 2004.0, np.nan)), weight="size")
    control = SyntheticControl(inference="none").fit(one)
    assert "names weights" in str(check(control, "columns left aside").message)
    for model in (SwitchingTreatment(), SyntheticDifference()):
        assert check(model.fit(panel(frame)), "columns left aside") is None


def test_weights_that_change_within_units_are_told():
    frame = countries(LAWS)
    steady = StaggeredAdoption(**QUICK).fit(panel(frame, weight="size"))
    moving = StaggeredAdoption(**QUICK).fit(
        panel(frame.assign(size=frame["size"] * (frame["year"] - 1990)), weight="size")
    )
    assert check(steady, "weights") is None
    assert check(moving, "weights").status == "review"
