"""Every limit of an option: what lies just beyond is refused under the option's own name, what lies on it is taken."""

import re

import pytest

from causes.figure_cases import CANDIDATES, CLASSES, PAIR, ROWS
from ctresearch.causes import (
    DoublyRobustEffect,
    ExtremeBounds,
    InverseProbability,
    Mediation,
    NearestNeighbour,
    OrderedLogit,
    OutcomeRegression,
    PrevalenceRatio,
    RiskModel,
    negative_control,
    selection_weights,
    sensitivity,
)
from ctresearch.core import SpecificationError

TINY = 1e-9
OUTCOME = {"outcome": "harm", "covariates": ["x"]}
RISK = {"outcome": "harm", "predictors": ["x"]}
NUMBERS = {"estimate": 1.0, "std_error": 0.3, "free": 40}
RATIO = {"ratio": 2.0, "low": 1.5, "high": 2.7}
EVERYWHERE = {"level": ((0.0, 1.0, "0.9"), (0.5,)), "detected": (("all",), ("outcome", "sample", None))}


def rosenbaum(gamma):
    return sensitivity.rosenbaum_bounds(ROWS["fear"].to_numpy(), gammas=(gamma,))


# what is called, the options it needs, and option to values just beyond and values still allowed
LIMITS = {
    "matching": (
        NearestNeighbour,
        CLASSES,
        EVERYWHERE
        | {
            "distance": (("euclid",), ("propensity",)),
            "neighbours": ((0, 101), (1, 100)),
            "correct_bias": (("yes",), (True,)),
        },
    ),
    "weighting": (InverseProbability, CLASSES, EVERYWHERE | {"estimand": (("late",), ("ate", "att", "atc"))}),
    "mediation": (Mediation, CLASSES | {"mediator": "fear"}, EVERYWHERE),
    "ordered": (OrderedLogit, OUTCOME, EVERYWHERE),
    "ratio": (PrevalenceRatio, OUTCOME, EVERYWHERE | {"errors": (("HC0",), ("robust", "quasi", "model"))}),
    "risk": (
        RiskModel,
        RISK,
        EVERYWHERE | {"folds": ((1, 101), (2, 100)), "groups": ((1, 101), (2, 100))},
    ),
    "regression": (
        OutcomeRegression,
        CLASSES,
        EVERYWHERE
        | {
            "family": (("probit",), ("linear", "logistic", "poisson")),
            "interactions": (("yes",), (True, False)),
            "estimand": (("late",), ("ate", "att", "atc")),
            "robust": (("HC4",), ("HC0", "HC1", "HC2", "HC3")),
            "penalised": (("ridge",), (None,)),
        },
    ),
    "doubly robust": (
        DoublyRobustEffect,
        CLASSES,
        EVERYWHERE
        | {
            "estimand": (("late",), ("ate", "att", "atc")),
            "outcome_model": (("probit",), ("auto", "linear", "logistic", "poisson")),
            "folds": ((0, 101), (1,)),
        },
    ),
    "bounds": (
        ExtremeBounds,
        CANDIDATES,
        EVERYWHERE
        | {
            "size": ((-1, 5), (0, 4)),
            "missing": (("each",), ("complete",)),
            "errors": (("HC1",), ("classical", "robust")),
            "weights": (("none",), ("likelihood", "equal")),
        },
    ),
    "omitted": (
        sensitivity.omitted_variable,
        NUMBERS,
        {
            "estimate": ((float("inf"),), (-1.0,)),
            "std_error": ((0.0,), (TINY,)),
            "free": ((1,), (2,)),
            "level": ((0.0, 1.0), (0.5,)),
        },
    ),
    "e-value": (sensitivity.e_value, RATIO, {"ratio": ((0.0,), ()), "low": ((0.0,), ()), "null": ((0.0,), (1.5,))}),
    "rosenbaum": (rosenbaum, {}, {"gamma": ((1 - TINY,), (1.0,))}),
    "corrected": (sensitivity.detection_corrected, PAIR | {"detection": (0.5, 0.5)}, {"level": ((0.0, 1.0), (0.5,))}),
    "selection": (
        selection_weights,
        {"frame": ROWS, "selected": "afraid", "covariates": ["x"]},
        {"longest": ((1.0,), (1.01,))},
    ),
    "manski": (
        sensitivity.manski_bounds,
        {"frame": ROWS, "treatment": "debt", "outcome": "harm"},
        {"low": ((float("-inf"),), (-1.0,)), "high": ((float("inf"),), (2.0,)), "monotone": (("yes",), (True,))},
    ),
}
BEYOND = [(name, o, value) for name, (*_, rows) in LIMITS.items() for o, (wrong, _) in rows.items() for value in wrong]
ALLOWED = [(name, o, value) for name, (*_, rows) in LIMITS.items() for o, (_, right) in rows.items() for value in right]


@pytest.mark.parametrize(("name", "option", "value"), BEYOND)
def test_what_lies_beyond_a_limit_is_refused_by_name(name, option, value):
    call, needed, _ = LIMITS[name]
    with pytest.raises(SpecificationError, match=rf"^{re.escape(option)}\S* == .*, must be "):
        call(**needed | {option: value})


@pytest.mark.parametrize(("name", "option", "value"), ALLOWED)
def test_what_lies_on_a_limit_is_taken(name, option, value):
    call, needed, _ = LIMITS[name]
    assert call(**needed | {option: value}) is not None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"people": (0, 120)}, "people == 0, must be"),
        ({"cases": (0, 20)}, "cases == 0, must be"),
        ({"cases": (101, 20)}, "cases == 101, must be"),
        ({"cases": (30, 121)}, "cases == 121, must be"),
        ({"detection": (1.1, 0.5)}, r"detection == 1\.1, must be"),
        ({"detection": (0.5, -0.1)}, r"detection == -0\.1, must be"),
        ({"errors": (-0.1, 0.0)}, r"errors == -0\.1, must be"),
    ],
)
def test_pairs_of_groups_are_checked_one_by_one(changed, told):
    with pytest.raises(SpecificationError, match=f"^{told}"):
        sensitivity.detection_corrected(**PAIR | {"detection": (0.5, 0.5)} | changed)


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        (((0.4, 1.1), (0.5, 0.9)), r"detection == 1\.1, must be"),
        (((0.7, 0.6), (0.5, 0.9)), r"detection == 0\.7, must be"),
        (((-0.1, 0.6), (0.5, 0.9)), r"detection == -0\.1, must be"),
    ],
)
def test_ranges_of_detection_are_checked(ranges, told):
    with pytest.raises(SpecificationError, match=f"^{told}"):
        sensitivity.detection_bounds(**PAIR, detection=ranges)


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_thresholds_lie_between_0_and_1(threshold):
    with pytest.raises(SpecificationError, match=r"^thresholds == "):
        RiskModel(**RISK, thresholds=(0.5, threshold))


def test_a_picture_of_omission_has_an_end():
    found = sensitivity.omitted_variable(**NUMBERS)
    for wrong in (0.0, 1.0):
        with pytest.raises(SpecificationError, match=r"^largest == "):
            found.plot(wrong)


def test_a_control_has_a_level():
    fitted = OutcomeRegression(**CLASSES).fit(ROWS)
    with pytest.raises(SpecificationError, match=r"^level == "):
        negative_control(fitted, fitted, level=1.0)
