"""Every limit of an option of the room; see ``option_limits``."""

import pandas as pd
import pytest

from ctresearch.routes import (
    Agreements,
    Alarms,
    Breaks,
    ChangeSplit,
    Composition,
    Cooperation,
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
    chord,
    choropleth,
    flow_map,
    map_page,
    sankey,
)
from option_limits import FLAG, LEVEL, TINY, allowed, beyond, refuses, takes

ROWS = pd.DataFrame({"from": ["UKR", "UKR", "NGA"], "to": ["POL", "DEU", "ITA"], "year": 2020, "count": [20, 10, 8]})
FLOWS = FlowTable.from_frame(ROWS, citizenship="from", detection="to", year="year")
BOUND = Agreements.from_frame(pd.DataFrame({"agreement": "A", "party": ["UKR", "POL"], "since": [2001, 2003]}))
ROLE = (("sender", 1), ("exploitation", None))
RANGE = (((2.0, 1.0), (0.0, 1.0), (float("nan"), 1)), ((0.5, 0.5), [0.5, 2]))
CLUSTER = (("country", None), ("pair", "origin", "destination", "both", "none"))
MASKED = ((-1, 2, 0.5, True), (0, 1))
SPLIT = {"after": 2015}
GRAVITY = {"covariates": ["log_distance"]}
DRAWN = {"data": FLOWS}

LIMITS = {
    "alarms": (
        Alarms,
        {},
        {
            "rule": (("ears",), ("noufaily", "farrington")),
            "last": ((0, 1.0), (1,)),
            "per_year": ((4, None), (52, 12)),
            "years": ((1, 2.0), (2, 9)),
            "alpha": ((0, 0.5), (TINY, 0.5 - TINY)),
        },
    ),
    "first": (
        FirstSeen,
        {"columns": ["form"], "since": 2020},
        {"since": (("2020",), (2020, -1.5)), "least": ((0,), (1,))},
    ),
    "breaks": (
        Breaks,
        {},
        LEVEL
        | {
            "model": (("trend",), ("counts", "level", "mean", "mean and variance", "waiting times")),
            "penalty": (("aicc", -TINY), ("bic", "mbic", 0, 3.5)),
            "least": ((0, 2.0), (1, None)),
            "trim": ((0.01 - TINY, 0.45 + TINY), (0.01, 0.45)),
            "dispersion": (("known", 0), ("estimated", TINY)),
            "least_masked": MASKED,
        },
    ),
    "split": (
        ChangeSplit,
        SPLIT,
        LEVEL
        | {
            "after": (("2015", float("inf")), (2015, 2015.5)),
            "elasticity": (((1.0, 0.5),), ((0.0, 0.0), (-1.0, 1.0))),
            "detection": RANGE,
            "reporting": RANGE,
            "least_masked": MASKED,
        },
    ),
    "trend": (Trend, {}, LEVEL | {"least_masked": MASKED}),
    "forecast": (
        Forecast,
        {},
        LEVEL | {"model": (("prophet",), ("ets", "arima", "components", "last value")), "steps": ((0, 51), (1, 50))},
    ),
    "nowcast": (
        Nowcast,
        {"of": "of", "came": "came"},
        LEVEL
        | {
            "now": ((2.5,), (2, -1, None)),
            "greatest": ((0, 401), (1, 400)),
            "window": ((12,), (13, None)),
            "draws": ((199, 4001), (200, 4000)),
        },
    ),
    "composition": (Composition, {"contributor": "who", "after": 2020}, {"after": (("2020",), (2020,))}),
    "cooperation": (
        Cooperation,
        {"agreements": BOUND},
        {"at": ((1899, 2101, 2000.5), (1900, 2100, None)), "origin": ROLE, "destination": ROLE},
    ),
    "changes": (
        CorridorChanges,
        {"after": 2020},
        {
            "after": ((2020.5,), (2020,)),
            "rate": ((0, 1), (TINY, 1 - TINY)),
            "unlisted": (("none",), ("missing", "zero")),
            "origin": ROLE,
            "destination": ROLE,
        },
    ),
    "hubs": (Hubs, {}, {"origin": ROLE, "destination": ROLE, "yearly": FLAG}),
    "corridors": (Corridors, {}, {"origin": ROLE, "destination": ROLE, "domestic": FLAG}),
    "gravity": (
        Gravity,
        GRAVITY,
        LEVEL | {"cluster": CLUSTER, "corrected": FLAG, "engine": (("fixest",), ("auto", "own", "pyfixest"))},
    ),
    "interval gravity": (
        IntervalGravity,
        GRAVITY,
        LEVEL
        | {
            "cluster": CLUSTER,
            "corrected": FLAG,
            "distribution": (("normal",), ("negative binomial", "poisson")),
        },
    ),
    "map": (
        flow_map,
        DRAWN,
        {"most": ((0, 401), ()), "mask_below": ((1, 2.0), ()), "unmatched": (("drop",), ()), "title": ((3,), ())},
    ),
    "areas": (choropleth, DRAWN, {"mask_below": ((1,), ()), "operational": (("yes",), ()), "unmatched": (("x",), ())}),
    "chord": (chord, DRAWN, {"most": ((2, 41), ())}),
    "sankey": (sankey, DRAWN, {"most": ((2, 41), ())}),
    "page": (map_page, DRAWN, {"unmatched": (("drop",), ()), "title": ((3,), ())}),
    "table": (FLOWS.select, {}, {"domestic": (("yes",), (True, False)), "years": (([2020.5],), ([2020],))}),
}


@pytest.mark.parametrize(("name", "option", "value"), beyond(LIMITS))
def test_what_lies_beyond_a_limit_is_refused_by_name(name, option, value):
    refuses(LIMITS, name, option, value)


@pytest.mark.parametrize(("name", "option", "value"), allowed(LIMITS))
def test_what_lies_on_a_limit_is_taken_and_kept(name, option, value):
    takes(LIMITS, name, option, value)
