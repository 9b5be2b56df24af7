"""What is not there, is of the wrong kind or has no estimate is refused in one sentence that shows no cell."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CtResearchError
from ctresearch.data.synthetic import flows
from ctresearch.routes import (
    Alarms,
    Breaks,
    ChangeSplit,
    Composition,
    CorridorChanges,
    Corridors,
    FirstSeen,
    FlowTable,
    Forecast,
    Gravity,
    Hubs,
    IntervalGravity,
    Nowcast,
    Trend,
    check_mass,
    compare_reports,
)

CELL = "Marie"
YEARLY = pd.DataFrame(
    {
        "year": range(2000, 2012),
        "count": [10, 12, 11, 14, 13, 16, 15, 18, 17, 20, 22, 25],
        "who": list("abcd") * 3,
        "effort": 2.0,
    }
)
FLOWN = pd.DataFrame({"a": ["NGA", "ITA", "ROU"], "b": ["ITA"] * 3, "t": [2001, 2002, 2003], "n": [9, 8, 7]})
WHOLES = pd.DataFrame({"place": ["ITA"] * 3, "year": [2001, 2002, 2003], "low": [9, 8, 7], "high": [9, 8, 7]})
PAIRS = flows(8, 2, total=4000, seed=2).frame.assign(low=lambda d: d["flow"], high=lambda d: d["flow"])
ENTRIES = pd.DataFrame({"of": np.repeat(range(8), 3), "came": np.repeat(range(8), 3) + np.tile([0, 1, 2], 8)})
AS = {"citizenship": "a", "detection": "b", "year": "t", "count": "n"}
READERS = {
    "FlowTable.from_frame": (lambda frame: FlowTable.from_frame(frame, **AS), FLOWN, ["a", "b", "t", "n"], ["t", "n"]),
    "check_mass": (
        lambda frame: check_mass(FlowTable.from_frame(FLOWN, **AS), frame),
        WHOLES,
        list(WHOLES.columns),
        ["year", "low", "high"],
    ),
    "Gravity": (
        Gravity(["visa"], year="year").fit,
        PAIRS,
        ["origin", "destination", "year", "visa", "flow"],
        ["year", "visa", "flow"],
    ),
    "IntervalGravity": (
        IntervalGravity(["visa"], year="year").fit,
        PAIRS,
        ["origin", "destination", "year", "visa", "low", "high"],
        ["year", "visa", "low", "high"],
    ),
    "Trend": (
        Trend(exposure="effort", contributor="who").fit,
        YEARLY,
        list(YEARLY.columns),
        ["year", "count", "effort"],
    ),
    "ChangeSplit": (
        ChangeSplit(after=2006, effort="effort").fit,
        YEARLY,
        ["year", "count", "effort"],
        ["year", "count", "effort"],
    ),
    "Composition": (
        Composition(after=2006, contributor="who").fit,
        YEARLY,
        ["year", "count", "who"],
        ["year", "count"],
    ),
    "FirstSeen": (FirstSeen(["who"], since=2006).fit, YEARLY, ["year", "count", "who"], ["year", "count"]),
    "Breaks": (Breaks().fit, YEARLY, ["year", "count"], ["year", "count"]),
    "Breaks mean": (Breaks(model="mean").fit, YEARLY, ["year", "count"], ["year", "count"]),
    "Alarms": (Alarms(time="year", per_year=12).fit, YEARLY, ["year", "count"], ["year", "count"]),
    "Forecast": (Forecast(model="last value").fit, YEARLY, ["year", "count"], ["year", "count"]),
    "Nowcast": (Nowcast(of="of", came="came", greatest=2).fit, ENTRIES, ["of", "came"], ["of", "came"]),
}


def attacks(frame, names, numbers):
    """Yield tables that no reader may take."""
    yield from (frame.drop(columns=name) for name in names)
    yield frame.head(0)
    yield None
    yield frame.to_numpy()
    for name in numbers:
        for cell in (CELL, np.nan, np.inf, -np.inf, None, pd.NaT):
            spoiled = frame[name].astype(object).copy()
            spoiled.iloc[1] = cell
            yield frame.assign(**{name: spoiled})
            yield frame.assign(**{name: pd.Series([cell] * len(frame), index=frame.index)})
        yield frame.assign(**{name: frame[name].astype("Int64").mask(frame.index == frame.index[1])})
        yield frame.assign(**{name: [[CELL]] * len(frame)})


@pytest.mark.parametrize("name", READERS)
def test_bad_tables_are_refused_in_one_sentence_that_shows_no_cell(name):
    read, frame, names, numbers = READERS[name]
    for data in attacks(frame, names, numbers):
        with pytest.raises(CtResearchError) as caught:
            read(data)
        assert CELL not in str(caught.value)
        assert "\n" not in str(caught.value)


def beside(**columns):
    return PAIRS.assign(**columns)


FEW = pd.DataFrame(
    {"origin": np.repeat(["p", "q", "r"], 4), "destination": list("stuv") * 3, "flow": range(3, 15)}
    | {f"x{i}": np.random.default_rng(i).normal(size=12) for i in range(6)}
)
NOBODY = ((PAIRS["flow"] == 0) & (PAIRS.index % 2 == 0)).astype(float)
NO_ESTIMATE = {
    "told by zeros alone": lambda: Gravity(["visa", "z"], year="year").fit(beside(z=NOBODY)),
    "told by masked counts alone": lambda: IntervalGravity(["visa", "z"], year="year").fit(
        beside(z=NOBODY, low=PAIRS["low"].where(PAIRS["low"] > 4, 0), high=PAIRS["high"].clip(lower=4))
    ),
    "all the same": lambda: Gravity(["log_distance"], year="year").fit(beside(flow=5)),
    "ranges all the same": lambda: IntervalGravity(["log_distance"], year="year").fit(beside(low=5, high=5)),
    "as many effects as flows": lambda: Gravity([f"x{i}" for i in range(6)]).fit(FEW),
    "one cluster": lambda: Gravity(["log_distance"], year="year", effects=["year"], cluster="origin").fit(
        PAIRS[PAIRS["origin"] == PAIRS["origin"].iloc[-1]]
    ),
    "an effect that is missing": lambda: Gravity(["visa"], year="year", effects=["origin", "k"]).fit(
        beside(k=[None, *["a"] * (len(PAIRS) - 1)])
    ),
    "a trend of masked counts alone": lambda: Trend().fit(YEARLY.assign(count="<5")),
    "a level for every time": lambda: Trend(contributor="who").fit(YEARLY.assign(who=list("abcdefghijkl"))),
    "a range too wide": lambda: Trend().fit(YEARLY.assign(count="0-900000000")),
    "a range too wide for breaks": lambda: Breaks().fit(YEARLY.assign(count="0-900000000")),
    "a forecast of what never varied": lambda: Forecast().fit(YEARLY.assign(count=50)),
    "delays that the window never saw": lambda: Nowcast(of="of", came="came", greatest=5, window=5),
    "transit alone": lambda: Corridors().fit(FlowTable.from_frame(FLOWN, transit="a", year="t", count="n")),
    "a panel of one place": lambda: FlowTable.from_frame(FLOWN, detection="a", count="n").panel(),
    "hubs of nobody": lambda: Hubs().fit(FlowTable.from_frame(FLOWN.assign(n=0), **AS)),
    "places that are lists": lambda: FlowTable.from_frame(FLOWN.assign(a=[[CELL], "ITA", "ROU"]), **AS),
    "wholes that are crossed": lambda: check_mass(FlowTable.from_frame(FLOWN, **AS), WHOLES.assign(low=99)),
    "wholes below nobody": lambda: check_mass(FlowTable.from_frame(FLOWN, **AS), WHOLES.assign(low=-1)),
    "no table of flows": lambda: CorridorChanges(after=2002).fit(FLOWN),
    "no tables of flows": lambda: compare_reports(FLOWN, FLOWN),
    "no effects": lambda: Gravity(["visa"], effects=None),
    "a number of effects": lambda: Gravity(["visa"], effects=5),
    "joined to a number": lambda: FlowTable.from_frame(FLOWN, joined={"SCG": 5}, **AS),
    "joined to lists": lambda: FlowTable.from_frame(FLOWN, joined={"SCG": [["SRB"]]}, **AS),
    "one year": lambda: FlowTable.from_frame(FLOWN, **AS).select(years=2001),
    "years in words": lambda: FlowTable.from_frame(FLOWN, **AS).select(years=["2001"]),
    "domestic in words": lambda: FlowTable.from_frame(FLOWN, **AS).select(domestic="no"),
}


@pytest.mark.parametrize("name", NO_ESTIMATE)
def test_what_has_no_estimate_or_is_no_option_is_refused(name):
    with pytest.raises(CtResearchError) as caught:
        NO_ESTIMATE[name]()
    assert CELL not in str(caught.value)


def test_zeros_that_tell_of_a_covariate_both_ways_leave_an_estimate():
    both = beside(z=np.where(PAIRS["flow"] == 0, np.where(PAIRS.index % 2 == 0, 1.0, -1.0), 0.0))
    found = Gravity(["visa", "z"], year="year").fit(both)
    assert found.stands
    assert np.isfinite(found.estimates["std_error"]).all()


def test_stops_and_reporters_are_joined_as_places_are():
    frame = pd.DataFrame(
        {"a": ["NGA"] * 2, "by": ["SRB|MNE|ITA", "ITA"], "b": ["SCG", "SRB"], "r": ["SCG", "SRB"], "n": [7, 8]}
    )
    flows_of = FlowTable.from_frame(
        frame, recruitment="a", transit="by", detection="b", reporter="r", count="n", joined={"SCG": ["SRB", "MNE"]}
    )
    assert set(flows_of.frame["transit"]) == {"SCG|ITA", "ITA"}
    assert set(flows_of.frame["reporter"]) == {"SCG"}


def test_times_are_written_in_full():
    days = YEARLY.assign(year=[20200101 + i for i in range(12)], count=[3, 4, 3, 5, 4, 3, 40, 44, 39, 41, 42, 40])
    assert Breaks().fit(days).breaks["last_before"].tolist() == ["20200106"]
    dates = YEARLY.assign(year=pd.date_range("2000-01-01", periods=12, freq="D", tz="UTC"))
    assert Trend().fit(dates).series["time"].iloc[0] == "2000-01-01"
    assert Forecast(model="last value", steps=1).fit(dates).forecast["time"].tolist() == ["2000-01-13"]
