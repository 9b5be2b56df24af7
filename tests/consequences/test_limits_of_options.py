"""Every limit of an option: what lies just beyond is refused under the option's own name, what lies on it is taken."""

import re

import pytest

from consequences.figure_cases import CAUSES, CLOCK, COSTS, ROWS
from ctresearch.consequences import (
    CumulativeIncidence,
    DurationModel,
    FineGray,
    HazardModel,
    HealthBurden,
    RecurrentEvents,
    SocietalCost,
    Survival,
    Uncertain,
    exact_odds_ratio,
    outcome_shares,
)
from ctresearch.core import SpecificationError

TINY = 1e-9
LEVEL = {"level": ((0.0, 1.0, "0.9"), (0.5,))}
NAMES = {"merge_names": (("yes",), (True, False))}
HORIZON = {"horizon": ((0.0, -1.0), (None, TINY))}
MONEY = {"discount": ((-TINY, 1 + TINY), (None, 0.0, 1.0)), "draws": ((1, 4001), (2, 4000))}
REPEATED = {"duration": "stop", "event": "event", "person": "id", "entry": "start"}
# what is called, the options it needs, and option to values just beyond and values still allowed
LIMITS = {
    "survival": (Survival, CLOCK, LEVEL | NAMES | HORIZON | {"rho": ((-TINY,), (0.0, 1.0))}),
    "incidence": (CumulativeIncidence, CAUSES, LEVEL | NAMES | HORIZON),
    "repeats": (RecurrentEvents, REPEATED, LEVEL | NAMES | HORIZON),
    "hazards": (
        HazardModel,
        CLOCK | {"formula": "x"},
        LEVEL | NAMES | {"ties": (("random",), ("efron", "breslow", "exact"))},
    ),
    "fine-gray": (
        FineGray,
        CAUSES | {"formula": "x", "cause": "exit"},
        LEVEL
        | NAMES
        | {
            "ties": (("exact",), ("efron", "breslow")),
            "censoring_ties": (("before",), ("together", "after")),
            "censoring_weighted": (("yes",), (True, False)),
            "censoring_error": (("yes",), (True, False)),
        },
    ),
    "durations": (DurationModel, {"after": "after", "before": "by"}, LEVEL),
    "cost": (
        SocietalCost,
        {"victims": 10.0},
        LEVEL | MONEY | {"victims": ((-TINY,), (0.0,)), "duration": ((-TINY,), (0.0,)), "price_year": ((2020.5,), ())},
    ),
    "burden": (HealthBurden, {"victims": 10.0}, LEVEL | MONEY | {"victims": ((-TINY,), (0.0,))}),
    "shares": (outcome_shares, {"frame": ROWS, "outcome": "event"}, LEVEL),
    "odds": (exact_odds_ratio, {"frame": ROWS, "outcome": "event", "exposure": "far"}, LEVEL),
}
BEYOND = [(name, o, value) for name, (*_, rows) in LIMITS.items() for o, (wrong, _) in rows.items() for value in wrong]
ALLOWED = [(name, o, value) for name, (*_, rows) in LIMITS.items() for o, (_, right) in rows.items() for value in right]


@pytest.mark.parametrize(("name", "option", "value"), BEYOND)
def test_what_lies_beyond_a_limit_is_refused_by_name(name, option, value):
    call, needed, _ = LIMITS[name]
    with pytest.raises(SpecificationError, match=rf"^{re.escape(option)} == .*, must be "):
        call(**needed | {option: value})


@pytest.mark.parametrize(("name", "option", "value"), ALLOWED)
def test_what_lies_on_a_limit_is_taken(name, option, value):
    call, needed, _ = LIMITS[name]
    assert call(**needed | {option: value}) is not None


@pytest.mark.parametrize(
    ("victims", "told"),
    [
        ((2.0, 1.0), r"victims == \(2\.0, 1\.0\), must have its lower end first"),
        ((1.0, 2.0, 3.0), "victims has 3 parts, must be a number, a pair"),
        ((-1.0, 2.0), r"victims == -1\.0, must be"),
        ("many", "victims "),
    ],
)
@pytest.mark.parametrize("estimator", [SocietalCost, HealthBurden])
def test_a_number_of_victims_is_a_number_a_pair_or_an_estimate(estimator, victims, told):
    with pytest.raises(SpecificationError, match=f"^{told}"):
        estimator(victims=victims)


def test_the_ends_of_a_range_may_be_one():
    assert SocietalCost(victims=(5.0, 5.0), draws=2).fit(COSTS).estimates.loc["total", "estimate"] > 0


def test_a_distribution_is_one_of_those_there_are():
    with pytest.raises(SpecificationError, match=r"^distribution == 'normal', must be one of"):
        Uncertain(1.0, 0.5, 2.0, "normal")


def test_a_curve_is_read_from_time_0_on():
    fitted = Survival(**CLOCK).fit(ROWS)
    with pytest.raises(SpecificationError, match=r"^time == "):
        fitted.at(-TINY)
    assert fitted.at(0.0) is not None
