"""Each check answers both ways: on data made to break it, and on data where nothing is wrong."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.data.synthetic import flows
from ctresearch.routes import (
    Alarms,
    Breaks,
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
from ctresearch.routes.gravity import gravity_fit


def table(*rows, **options):
    frame = pd.DataFrame(rows, columns=["a", "b", "t", "n"])
    return FlowTable.from_frame(frame, citizenship="a", detection="b", year="t", count="n", **options)


def returned(count):
    frame = pd.DataFrame({"a": ["ITA"], "b": ["NGA"], "n": [count]})
    return FlowTable.from_frame(frame, returned_from="a", repatriation="b", count="n")


def mass(whole):
    return check_mass(
        table(("NGA", "ITA", 2020, 31)), pd.DataFrame({"place": ["ITA"], "year": [2020], "low": whole, "high": whole})
    )


def changes(*counts, **options):
    years = [2001, 2002, 2011, 2012] if len(counts) == 4 else [2001, 2011]
    return CorridorChanges(after=2011, **options).fit(
        table(*[("NGA", "ITA", year, count) for year, count in zip(years, counts, strict=True)])
    )


def gravity(effects=("origin-year", "destination-year"), twice=False, **options):
    frame = flows(8, 2, total=4000, seed=2).frame
    frame = pd.concat([frame, frame.head(5)], ignore_index=True) if twice else frame
    return Gravity(["visa"], year="year", effects=list(effects), **options).fit(frame)


def unsettled(monkeypatch):
    monkeypatch.setattr(gravity_fit, "_MOST_STEPS", 1)
    return gravity()


def ranges(some=None, least=0, **options):
    frame = flows(8, 3, seed=3).frame
    low, high = (frame["flow"].mask(frame["flow"].between(least, 4), end) for end in (0, 4))
    frame = frame.assign(low=low, high=high)
    frame = frame if some is None else frame[some(frame)]
    return IntervalGravity(["visa"], year="year", **options).fit(frame)


def cut(flow):
    frame = flows(12, 3, seed=3).frame.drop(columns=["low", "high"], errors="ignore")
    frame = frame.assign(low=flow(frame), high=flow(frame))
    return IntervalGravity(["visa"], year="year", listed="positive").fit(frame[frame["low"] > 0])


def heavy(frame):
    return np.minimum(1 + np.floor(np.random.default_rng(2).pareto(0.5, len(frame))), 2000)


def yearly(counts):
    return pd.DataFrame({"year": range(2000, 2000 + len(counts)), "count": counts})


def weekly(latest, **options):
    frame = pd.DataFrame({"week": range(300), "count": [4, 5, 3, 4] * 74 + [4, 5, 3, latest]})
    return Alarms(time="week", **options).fit(frame)


def first_seen(new):
    rows = [(2019, name, 1 if name < "k" else 40) for name in "abcdefghijkl"] + [(2021, "new", new), (2021, "k", 400)]
    return FirstSeen(["form"], since=2021).fit(pd.DataFrame(rows, columns=["year", "form", "count"]))


def nowcast(delays, each=5, **options):
    of = np.repeat(np.arange(20), each * len(delays))
    frame = pd.DataFrame({"of": of, "came": of + np.tile(np.repeat(delays, each), 20)})
    return Nowcast(of="of", came="came", draws=200, **options).fit(frame[frame["came"] <= 19])


def composition(years):
    frame = pd.DataFrame({"year": years, "who": "a", "count": 9})
    return Composition(after=2010, contributor="who").fit(frame)


STEADY, STEP = [10, 12, 9, 11, 10] * 4, [10, 12, 9, 11, 10] * 2 + [30, 33, 28, 31, 30] * 2
VEE = [400, 300, 200, 150, 100, 70, 50, 35, 50, 70, 100, 150, 200, 300, 400, 550, 800]
WILD = [1, 60, 3, 80, 2, 70, 1, 90] * 2
CASES = {
    ("mass", "fail"): lambda: mass(20),
    ("mass", "review"): lambda: mass(40),
    ("mass", "pass"): lambda: mass(31),
    ("symmetry", "review"): lambda: compare_reports(table(("NGA", "ITA", 2020, 31)), returned(40)),
    ("symmetry", "review", "none in both"): lambda: compare_reports(table(("ROU", "ITA", 2020, 31)), returned(40)),
    ("symmetry", "pass"): lambda: compare_reports(table(("NGA", "ITA", 2020, 31)), returned(12)),
    ("dispersion", "review", "corridors"): lambda: changes(9, 40),
    ("dispersion", "review", "corridors of nobody"): lambda: changes(0, 0, 0, 0),
    ("dispersion", "pass", "corridors"): lambda: changes(9, 8, 40, 41),
    ("unlisted corridors", "review"): lambda: changes(9, 8, 40, 41, unlisted="zero"),
    ("unlisted corridors", "pass"): lambda: changes(9, 8, 40, 41),
    ("places known", "review"): lambda: Corridors().fit(table(("NGA", "ITA", 2020, 31), (None, "ITA", 2020, 3))),
    ("places known", "pass"): lambda: Corridors().fit(table(("NGA", "ITA", 2020, 31))),
    ("flows between places", "fail"): lambda: Hubs().fit(table(("ITA", "ITA", 2020, 31))),
    ("flows between places", "pass"): lambda: Hubs().fit(table(("NGA", "ITA", 2020, 31))),
    ("masked counts and hubs", "review"): lambda: Hubs().fit(
        table(*[(a, b, 2020, "<500") for a, b in (("NGA", "ITA"), ("ITA", "FRA"))], ("ROU", "ITA", 2020, 9))
    ),
    ("masked counts and hubs", "pass"): lambda: Hubs().fit(
        table(("NGA", "ITA", 2020, 90), ("ITA", "FRA", 2020, 80), ("ROU", "ITA", 2020, "5-6"))
    ),
    ("convergence", "pass", "gravity"): gravity,
    ("incidental effects", "review", "left in"): lambda: gravity(corrected=False),
    ("incidental effects", "review", "pairs"): lambda: gravity(["pair", "year"]),
    ("incidental effects", "review", "repeated"): lambda: gravity(twice=True),
    ("incidental effects", "pass"): gravity,
    ("incidental effects", "pass", "ranges"): ranges,
    ("incidental effects", "review", "ranges left in"): lambda: ranges(corrected=False),
    ("incidental effects", "review", "ranges of pairs"): lambda: ranges(effects=["pair", "year"]),
    ("corridors listed", "pass"): ranges,
    ("corridors listed", "pass", "zeros"): lambda: ranges(some=lambda d: (d["flow"] > 9) | (d.index % 3 == 0), least=5),
    ("corridors listed", "review"): lambda: ranges(some=lambda d: d["flow"] > 12),
    ("corridors listed", "pass", "positive"): lambda: cut(lambda d: d["flow"]),
    ("corridors listed", "review", "positive"): lambda: cut(lambda d: d["flow"] * (d.index % 2)),
    ("size", "pass"): lambda: cut(lambda d: d["flow"]),
    ("size", "fail"): lambda: cut(heavy),
    ("chance", "review", "alarms"): lambda: weekly(4, last=60),
    ("chance", "pass", "alarms"): lambda: weekly(4),
    ("chance", "review", "new"): lambda: first_seen(9),
    ("chance", "pass", "new"): lambda: first_seen(3),
    ("enough people", "review"): lambda: Alarms(time="week").fit(pd.DataFrame({"week": range(300), "count": 1})),
    ("enough people", "pass"): lambda: weekly(4),
    ("late entries", "review"): lambda: weekly(4),
    ("any break", "review"): lambda: Breaks(penalty=1e9).fit(yearly(STEP)),
    ("any break", "review", "ranges"): lambda: Breaks().fit(yearly([f"{n}-{n + 2}" for n in STEP])),
    ("any break", "review", "ranges, none"): lambda: Breaks().fit(yearly([f"{n}-{n + 2}" for n in STEADY])),
    ("any break", "pass"): lambda: Breaks().fit(yearly(STEP)),
    ("any break", "pass", "none"): lambda: Breaks().fit(yearly(STEADY)),
    ("dates", "review"): lambda: Breaks(penalty=0.5, level=0.999).fit(yearly([10, 12, 13, 9, 11, 14, 10, 13, 14, 12])),
    ("dates", "pass"): lambda: Breaks().fit(yearly(STEP)),
    ("dispersion", "review", "series"): lambda: Breaks(dispersion=1.0).fit(yearly(WILD)),
    ("dispersion", "pass", "series"): lambda: Breaks().fit(yearly(WILD)),
    ("times", "review", "breaks"): lambda: Breaks().fit(yearly(STEADY[:10])),
    ("times", "pass", "breaks"): lambda: Breaks().fit(yearly(STEADY)),
    ("times", "review", "composition"): lambda: composition([2009, 2010, 2011]),
    ("times", "pass", "composition"): lambda: composition([2008, 2009, 2010, 2011]),
    ("convergence", "review", "forecast"): lambda: Forecast(model="arima", steps=1).fit(yearly([3, 90] * 5)),
    ("convergence", "pass", "forecast"): lambda: Forecast(model="last value", steps=1).fit(yearly(STEADY)),
    ("limits of past times", "review"): lambda: Forecast(model="ets", steps=1).fit(yearly(VEE)),
    ("limits of past times", "pass"): lambda: Forecast(model="last value", steps=1).fit(yearly(STEADY)),
    ("come so far", "review"): lambda: nowcast([0, *[2] * 12], each=2, greatest=3),
    ("come so far", "pass"): lambda: nowcast([0, 0, 1], greatest=3),
    ("entries", "review"): lambda: nowcast([0], each=1, greatest=3),
    ("entries", "pass"): lambda: nowcast([0, 0, 1], greatest=3),
    ("greatest delay", "review"): lambda: nowcast([0, 1, 2, 3], greatest=3),
    ("greatest delay", "review", "later"): lambda: nowcast([0, 0, 9], greatest=3),
    ("greatest delay", "pass"): lambda: nowcast([0, 0, 1], greatest=3),
    ("convergence", "fail", "trend"): lambda: Trend().fit(yearly([0] * 11 + [50])),
    ("convergence", "fail", "masked trend"): lambda: Trend().fit(yearly(["<5"] * 11 + ["50"])),
    ("convergence", "pass", "trend"): lambda: Trend().fit(yearly(STEP)),
}


@pytest.mark.filterwarnings("ignore")  # statsmodels warns of fits that the check is about
@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_a_check_says_what_is_the_case(case):
    made = CASES[case]()
    checks = getattr(made, "checks", (made,))
    assert {check.name: check.status for check in checks}[case[0]] == case[1]


def test_a_gravity_model_that_does_not_settle_does_not_stand(monkeypatch):
    found = unsettled(monkeypatch)
    assert {check.name: check.status for check in found.checks}["convergence"] == "fail"
    assert not found.stands


def test_years_without_anybody_do_not_make_counts_look_steady():
    rows = [("NGA", "ITA", year, count) for year, count in zip(range(2001, 2007), [5, 60, 9, 70, 3, 80], strict=True)]
    empty = [(place, "ITA", year, 0) for place in ("ROU", "GHA", "ALB") for year in range(2001, 2007)]
    alone, beside = (CorridorChanges(after=2004).fit(table(*some)) for some in (rows, rows + empty))
    assert beside.dispersion == pytest.approx(alone.dispersion)


def test_a_published_zero_is_shown_and_what_is_not_listed_stays_empty():
    assert changes(0, 0, 40, 41).changes[["before", "change"]].to_numpy().tolist() == [["0", "more"]]
    assert changes(0, 0, 40, 41, unlisted="zero").changes[["before", "change"]].to_numpy().tolist() == [["0", "new"]]
