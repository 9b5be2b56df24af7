"""Every limit of an option of the room; see ``option_limits``."""

import pytest

import policy_examples as given
from ctresearch.policy import (
    AdoptionEstimators,
    BorrowedClauses,
    HonestBounds,
    InterruptedSeries,
    JusticeFunnel,
    LawIndex,
    OrderedPanel,
    OutcomeRule,
    Panel,
    PanelRegression,
    PretestPower,
    StaggeredAdoption,
    SwitchingTreatment,
    SyntheticControl,
    SyntheticDifference,
    TimeToAdoption,
    TwoWayWeights,
    lag,
    simulate_adoption,
    simulate_sections,
)
from option_limits import FLAG, LEVEL, TINY, allowed, beyond, refuses, takes

ROLES = {"unit": "country", "time": "year", "outcome": "score", "outcome_kind": "response"}
CONLEY = {"regressors": ["aid"], "errors": "conley", "coordinates": ("aid", "rain")}
MOST = 1e6


def detection(detection):
    return OutcomeRule("detection", detection)


LIMITS = {
    "series": (
        InterruptedSeries,
        given.SERIES,
        LEVEL
        | {
            "start": ((2.5, "24", None), (0, -7)),
            "full": ((23, 24.5), (24, 25)),
            "phase": (("step",), ("ramp", "leave out")),
            "slope": FLAG,
            "family": (("poisson",), ("quasi-poisson", "negative binomial")),
            "harmonics": ((-1, 7, 1.0), (0, 6)),
            "period": ((2 - TINY,), (2, 2.5)),
            "newey_west": ((-1, 1001), (0, 1000, None)),
            "corrected": FLAG,
        },
    ),
    "control": (
        SyntheticControl,
        {},
        LEVEL
        | {
            "method": (("ridge",), ("simplex", "augmented", "penalised")),
            "demean": FLAG,
            "anticipation": ((-1, 0.5), (0, 1)),
            "inference": (("bootstrap",), ("placebo", "shifts", "none")),
            "fit_periods": (((1960, 1959), (1960,), "1960", 1960), ((1960, 1960), (1960, 1969), None)),
        },
    ),
    "penalised": (SyntheticControl, {"method": "penalised"}, {"penalty": ((-TINY,), (0, 0.1, None))}),
    "difference": (
        SyntheticDifference,
        {},
        LEVEL | {"errors": (("robust",), ("placebo", "bootstrap", "jackknife", "none")), "draws": ((19, 20.0), (20,))},
    ),
    "index": (LawIndex, {"provisions": ["labour"], "law": "law", "coder": "by"}, {"merge_names": FLAG}),
    "clauses": (
        BorrowedClauses,
        {"law": "law", "date": "year", "text": "text"},
        {"least": ((0, 1), (TINY, 1 - TINY)), "letters": ((1, 13), (2, 12))},
    ),
    "funnel": (
        JusticeFunnel,
        given.JUSTICE,
        {"lag": ((-1, 51), (0, 50)), "least": ((-1, 2), (0, 1)), "merge_names": FLAG},
    ),
    "ordered": (
        OrderedPanel,
        {"regressors": ["aid"]},
        LEVEL | {"method": (("probit",), ("mundlak", "conditional")), "periods": FLAG},
    ),
    "lag": (
        lag,
        {"frame": given.COUNTRIES, "column": "aid", "unit": "country", "time": "year"},
        {"periods": ((0, -1001, 1001), (-1, 1, 1000, -1000)), "merge_names": FLAG},
    ),
    "panel": (
        Panel.from_frame,
        {"frame": given.COUNTRIES} | ROLES,
        {
            "every": ((0, 10_001), (1, None)),
            "merge_names": FLAG,
            "never": (("0", [0, "never"]), ([0], [0, 9999], ())),
            "outcome_kind": (("victims", None), ("response", "detection")),
        },
    ),
    "balanced": (given.PANEL.balanced, {}, {"drop": (("rows",), ("units", "periods"))}),
    "lagged": (given.PANEL.lag, {"name": "aid"}, {"periods": ((0, 8), (1, 7)), "name": (("gdp",), ("rain",))}),
    "weights": (TwoWayWeights, {}, LEVEL),
    "regression": (
        PanelRegression,
        {"regressors": ["aid"]},
        LEVEL
        | {
            "effects": ((("country",),), (("unit",), ("time",), ("unit", "time"), ())),
            "errors": (("robust",), ("cluster", "heteroskedastic", "wild")),
            "lags": ((-1, 1001), (0, 1000)),
            "kernel": (("parzen",), ("bartlett", "uniform")),
            "draws": ((98, 1_000_001), (99, 1_000_000)),
        },
    ),
    "conley": (PanelRegression, CONLEY, {"reach": ((0, float("inf")), (TINY,))}),
    "bounds": (
        HonestBounds,
        {},
        LEVEL
        | {
            "restriction": (("none",), ("relative_magnitudes", "smoothness")),
            "bound": ((-TINY, "1"), (0, 0.5, None)),
            "bounds": (([-TINY], 1, "1", [], ["1"]), ([0], [0.5, 1, 2], None)),
            "target": (("last",), ("average", "first", [0, 1])),
        },
    ),
    "power": (
        PretestPower,
        {"power": [0.9]},
        LEVEL | {"power": (([0.05], [0.999], 0.5, "0.5", [], ["0.5"]), ([0.05 + TINY, 0.999 - TINY],))},
    ),
    "adoption times": (
        TimeToAdoption,
        {"formula": "aid"},
        LEVEL
        | {
            "lags": ((-1, 101), (0, 100)),
            "since": ((2001.5,), (2001, None)),
            "ties": (("none",), ("efron", "breslow", "exact")),
        },
    ),
    "switching": (
        SwitchingTreatment,
        {},
        LEVEL
        | {
            "effects": ((0, 1001), (1, 1000)),
            "placebos": ((-1, 1001), (0, 1000)),
            "changes": (("all",), ("both", "up", "down")),
        },
    ),
    "staggered": (
        StaggeredAdoption,
        {},
        LEVEL
        | {
            "method": (("ols",), ("doubly_robust", "regression", "weighting")),
            "control": (("all",), ("never", "not_yet")),
            "anticipation": ((-TINY,), (0, 1, 0.5)),
            "base": (("none",), ("varying", "universal")),
            "draws": ((98, 1_000_001), (99, 1_000_000)),
        },
    ),
    "estimators": (
        AdoptionEstimators,
        {},
        LEVEL
        | {
            "control": (("all",), ("never", "not_yet")),
            "anticipation": ((-TINY,), (0, 1)),
            "inference": (("bootstrap",), ("auto", "analytic", "leave-one-out")),
            "draws": ((98, 1_000_001), (99, 1_000_000)),
        },
    ),
    "invented panel": (
        simulate_adoption,
        {"units": 6, "periods": 4, "cohorts": (2,)},
        {
            "units": ((3, 1_000_001), (4,)),
            "periods": ((2, 1_001), (3, 1_000)),
            "treated": ((0, 7), (1, 6)),
            "cohorts": (((0,), (4,)), ((1,), (3,))),
            "correlation": ((-0.991, 0.991), (-0.99, 0.99)),
            "missing": ((-TINY, 0.9 + TINY), (0, 0.9)),
            "effect": ((-MOST - 1, MOST + 1), (-MOST, MOST)),
        },
    ),
    "invented people": (
        simulate_sections,
        {"people": 100, "periods": 4},
        {"people": ((99, 10_000_001), (100,)), "periods": ((3, 1_001), (4, 1_000)), "effect": ((MOST + 1,), (MOST,))},
    ),
    "rule": (
        detection,
        {},
        {
            "detection": (
                (((0.2, 1 + TINY), (0.1, 0.2)), ((0.3, 0.2), (0.1, 0.2)), ((-TINY, 0.2), (0.1, 0.2))),
                (((TINY, 1), (0.2, 0.2)), None),
            )
        },
    ),
}


@pytest.mark.parametrize(("name", "option", "value"), beyond(LIMITS))
def test_what_lies_beyond_a_limit_is_refused_by_name(name, option, value):
    refuses(LIMITS, name, option, value)


@pytest.mark.parametrize(("name", "option", "value"), allowed(LIMITS))
def test_what_lies_on_a_limit_is_taken_and_kept(name, option, value):
    takes(LIMITS, name, option, value)
