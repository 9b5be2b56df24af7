"""Tables that once lost a column, or ended in an error of the algebra."""

import numpy as np
import pandas as pd
import pytest

from consequences.reference import table
from ctresearch.consequences import FineGray, HazardModel

COX = {"duration": "stop", "event": "event"}


@pytest.mark.parametrize("formula", ["Intercept + z", "`Intercept` + z"])
def test_a_column_may_be_called_intercept(formula):
    plain = HazardModel("x + z", **COX).fit(table("entry")).estimates
    found = HazardModel(formula, **COX).fit(table("entry").rename(columns={"x": "Intercept"})).estimates
    assert list(found.index) == ["Intercept", "z"]
    assert list(found["estimate"]) == list(plain["estimate"])


@pytest.mark.parametrize("formula", ["site", "C(site)"])
def test_levels_that_no_row_has_are_left_out(formula):
    frame = table("entry").assign(site=lambda rows: pd.Categorical(np.where(rows["z"] > 0, "bar", "farm")))
    wide = frame.assign(
        site=frame["site"].cat.add_categories(["shop"]), end=np.where(frame["event"] > 0, "a", "censor")
    )
    for model in (HazardModel(formula, **COX), FineGray(formula, duration="stop", event="end", cause="a")):
        assert list(model.fit(wide).estimates.index) == [f"{formula}[farm]"]


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
@pytest.mark.parametrize("time", [0.0, 3.0])
def test_without_different_times_proportionality_is_not_tested(ties, time):
    rows = pd.DataFrame({"stop": time, "event": [1, 1, 0, 1, 0, 1], "x": [0.0, 1.0, 1.0, 0.0, 2.0, 3.0]})
    result = HazardModel("x", **COX, ties=ties).fit(rows)
    assert result.proportionality.empty
    assert "could not be tested" in next(c.message for c in result.checks if c.name == "proportional hazards")


def test_one_event_leaves_the_test_of_proportionality_out():
    rows = pd.DataFrame({"stop": np.arange(1.0, 101), "event": 0, "x": np.sin(np.arange(100.0))})
    rows.loc[40, "event"] = 1
    result = HazardModel("x", **COX).fit(rows)
    assert result.proportionality.empty
    assert np.isfinite(result.estimates["std_error"]).all()
