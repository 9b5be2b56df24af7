"""Panels: what is read, what is refused, and lags that stay at home."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError
from ctresearch.policy import Panel, lag

ROLES = {"unit": "c", "time": "t", "outcome": "y", "outcome_kind": "response"}
TABLE = pd.DataFrame(
    {
        "c": list("AAABBBCC"),
        "t": [1, 2, 3] * 2 + [1, 3],
        "law": [2] * 3 + [None] * 5,
        "y": [1.0, 2, 3, 4, None, 6, 7, 8],
    }
)


def read(frame=TABLE, **options):
    return Panel.from_frame(frame, **ROLES | options)


def test_a_matrix_has_a_row_a_unit_and_a_column_a_period():
    panel = read(TABLE.sample(frac=1, random_state=1), adopted="law")
    assert panel.units == ("A", "B", "C")
    assert panel.times.tolist() == [1, 2, 3]
    assert panel.outcome[0].tolist() == [1, 2, 3]
    assert panel.first_treated.tolist() == [2, np.inf, np.inf]
    assert panel.treatment[0].tolist() == [0, 1, 1]
    assert panel.gaps().to_numpy().tolist() == [["B", 2, "y"], ["C", 2, "no row"]]
    with pytest.raises(ValueError, match="read-only"):
        panel.outcome[0, 0] = 9


def test_gaps_and_units_that_come_and_go_are_said_and_absent_where_there_are_none():
    whole = read(TABLE[TABLE["c"] == "A"])
    assert [check.status for check in whole.checks] == ["pass", "pass"]
    ragged = read(TABLE.drop(index=[0, 7]), adopted="law")
    assert {check.name: check.status for check in ragged.checks} == dict.fromkeys(
        ["gaps", "units that come and go", "dates of adoption"], "review"
    )
    assert ragged.checks[1].numbers == {"begin_late": 1, "end_early": 1}
    assert ragged.checks[2].numbers["unsure"] == 1  # the year before the law has no row


def test_a_balanced_panel_drops_units_or_periods():
    panel = read()
    assert panel.balanced().units == ("A",)
    ends = read(TABLE[(TABLE["c"] != "C") & (TABLE["t"] < 3) | (TABLE["c"] == "A")].assign(y=1.0))
    assert ends.balanced("periods").times.tolist() == [1, 2]
    with pytest.raises(DataError, match="periods that follow one another"):
        panel.balanced("periods")


def test_years_two_apart_make_a_grid_of_two_and_a_law_between_starts_with_the_next():
    frame = pd.DataFrame({"c": list("AAA"), "t": [2010, 2012, 2016], "law": 2011, "y": 1.0})
    panel = read(frame, adopted="law")
    assert panel.times.tolist() == [2010, 2012, 2014, 2016]
    assert panel.first_treated.tolist() == [2012]


def test_a_dose_may_rise_and_fall():
    frame = pd.DataFrame({"c": list("AAABBB"), "t": [1, 2, 3] * 2, "dose": [0, 2, 1, 1, 1, 1], "y": 1.0})
    panel = read(frame, treatment="dose")
    assert (panel.is_dose, panel.switches_off) == (True, True)
    assert panel.first_treated.tolist() == [2, 1]
    assert panel.first_change.tolist() == [2, np.inf]


def test_a_lag_is_the_same_unit_so_many_periods_earlier():
    frame = pd.DataFrame({"c": list("BABAB"), "t": [2003, 2001, 2001, 2002, 2002], "x": [3, 10, 1, 20, 2]})
    shuffled = frame.sample(frac=1, random_state=3)
    found = lag(shuffled, "x", unit="c", time="t")
    assert found.loc[frame.index].fillna(-1).tolist() == [2, -1, -1, 10, 1]
    assert lag(frame, "x", unit="c", time="t", periods=-1).fillna(-1).tolist() == [-1, 20, 2, -1, 3]
    gap = frame.drop(index=4)
    assert np.isnan(lag(gap, "x", unit="c", time="t").loc[0])  # 2003 does not take 2001


def test_a_lag_never_crosses_units_whatever_the_order_and_the_gaps():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"c": np.repeat(np.arange(30), 12), "t": np.tile(np.arange(12), 30)})
    frame["x"] = frame["c"] * 1000 + frame["t"]
    frame = frame.sample(frac=0.6, random_state=5)
    for periods in (1, 2, 5):
        found = lag(frame, "x", unit="c", time="t", periods=periods)
        known = found.dropna()
        assert (known == frame.loc[known.index, "x"] - periods).all()
        cells = set(zip(frame["c"], frame["t"], strict=True))
        there = [(c, t - periods) in cells for c, t in zip(frame["c"], frame["t"], strict=True)]
        assert found.notna().tolist() == there
    assert rng is not None


def test_countries_that_split_are_joined_as_declared():
    frame = pd.DataFrame(
        {
            "c": ["Union", "Union", "North", "South", "North", "South", "Other"] + ["Other"] * 3,
            "t": [1, 2, 3, 3, 4, 4, 1, 2, 3, 4],
            "y": [10.0, 12, 5, 8, 6, None, 1, 1, 1, 1],
            "people": [100, 100, 40, 60, 40, 60, 9, 9, 9, 9],
        }
    )
    walk = {"north ": "Union", "South": "Union"}
    panel = read(frame, population="people", crosswalk=walk, joined={"y": "sum", "people": "sum"})
    assert panel.units == ("Other", "Union")
    assert panel.outcome[1].tolist()[:3] == [10, 12, 13]
    assert np.isnan(panel.outcome[1, 3])  # a sum of which one part is missing is missing
    assert panel.population[1].tolist() == [100, 100, 100, 100]
    mean = read(frame, population="people", crosswalk=walk, joined={"y": "population mean", "people": "sum"})
    assert mean.outcome[1, 2] == pytest.approx((5 * 40 + 8 * 60) / 100)
    assert panel.checks[0].name == "units that split or merge"


def test_the_picture_shows_every_cell_that_is_known():
    panel = read(adopted="law")
    drawn = panel.plot().get_figure()._ctresearch_shows[0]
    assert len(drawn) == 8
    many = pd.DataFrame({"c": np.repeat(np.arange(100), 3), "t": [1, 2, 3] * 100, "law": 2, "y": 1.0})
    assert read(many, adopted="law").plot().get_ylabel() == "First treated (units)"


def test_an_outcome_that_nobody_named_fails_until_somebody_does():
    frame = pd.DataFrame({"c": list("AABB"), "t": [1, 2] * 2, "law": [2, 2, None, None], "y": [3, 7, 5, 6]})
    roles = {"unit": "c", "time": "t", "outcome": "y", "adopted": "law"}
    unsaid = Panel.from_frame(frame, **roles).rule
    assert [(check.name, check.status) for check in unsaid.checks()] == [("outcome", "fail")]
    assert Panel.from_frame(frame, **roles, outcome_kind="adoption of a law").rule.checks() == ()
