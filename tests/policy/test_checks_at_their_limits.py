"""Every check of the room turns at its limit, keeps one name whatever it says, and carries the numbers it judged by."""

from types import SimpleNamespace

import numpy as np
import pytest

from ctresearch.policy.adoption.adoption_checks import (
    check_bands,
    check_lost,
    check_treated,
    check_trends,
    check_two_way,
)
from ctresearch.policy.adoption.adoption_limits import FEW_IN_COHORT, FEW_TREATED, VERY_FEW, VERY_FEW_IN_COHORT
from ctresearch.policy.panels.panel_checks import _FEW, _FEWEST, check_clusters
from ctresearch.policy.synthetic import control_checks as control

UP, DOWN = np.inf, -np.inf
KNOWN, UNKNOWN = (SimpleNamespace(low=np.array([one]), high=np.array([one])) for one in (0.0, np.nan))
HALF = SimpleNamespace(low=np.array([np.nan]), high=np.array([1.0]))
P_AT_SIZE = 1.959963984540054  # the normal quantile at .975: a test of one effect at 5 %


def trends(effect, clusters=50, many=1):
    return check_trends(np.full(many, effect), np.eye(many), clusters)


def treated(number, smallest=99, inference="leave-one-out", limits=KNOWN):
    return check_treated(number, smallest, inference, limits)


def donors(*weights):
    block = SimpleNamespace(donors=["a"] * len(weights), left_out={"treated": 2, "gaps": 3})
    return control.check_donors(block, np.array(weights))


def limits(inference="placebo", level=0.95, units=20, periods=20, made=True):
    return control.check_limits(inference, level, units, periods, made)


FIT, FIT_FAR = control.CLOSE, control.FAR


def cases():
    """Make all checks anew: a name, and for each check what it must say, whether it voids and some of its numbers."""
    return {
        "solver": [(control.check_solver(True), "pass", False), (control.check_solver(False), "fail", True)],
        "fit before": [
            (control.check_fit(FIT, 1.0), "pass", False),
            (control.check_fit(2 * np.nextafter(FIT, UP), 2.0), "review", False),
            (control.check_fit(FIT_FAR, 1.0), "review", False),
            (control.check_fit(np.nextafter(FIT_FAR, UP), 1.0), "fail", True),
            (control.check_fit(0.0, 0.0), "pass", False),
            (control.check_fit(0.1, 0.0), "fail", True),
            (control.check_fit(0.5, 1.0, 0.4, 0.6), "review", False),
        ],
        "periods held back": [
            (control.check_held_out(np.nan, 1.0, 3), "review", False),
            (control.check_held_out(2 * control.HELD_OUT, 2.0, 3), "pass", False),
            (control.check_held_out(np.nextafter(control.HELD_OUT, UP), 1.0, 3), "review", False),
            (control.check_held_out(0.0, 0.0, 3), "pass", False),
            (control.check_held_out(0.1, 0.0, 3), "review", False),
        ],
        "donors": [
            (donors(0.9, 0.1), "pass", False),
            (donors(0.05, 0.95), "review", False),
            (donors(-0.95, 1), "review", 0),
        ],
        "one solution": [(control.check_unique(0), "pass", False), (control.check_unique(1), "review", False)],
        "importance of predictors": [
            (control.check_valleys(1.0, 0.81, 2.0, 3.0), "pass", False),
            (control.check_valleys(1.0, 0.8, 2.0, 3.0), "review", False),
        ],
        "each donor left out": [
            (control.check_left_out(1.0, np.nan, np.nan), "pass", False),
            (control.check_left_out(1.0, 0.5, 2.0), "pass", False),
            (control.check_left_out(-1.0, -2.0, -0.5), "pass", False),
            (control.check_left_out(1.0, -0.5, 2.0), "review", False),
            (control.check_left_out(1.0, 0.0, 2.0), "review", False),
        ],
        "weights below 0": [
            (control.check_extrapolation(np.array([1.1, -0.1])), "pass", False),
            (control.check_extrapolation(np.array([1.2, -0.1, -0.1])), "review", False),
        ],
        "limits": [
            (limits("none"), "review", False),
            (limits(units=20, periods=2), "pass", False),
            (limits(units=19, periods=99), "review", False),
            (limits("shifts", units=2, periods=20), "pass", False),
            (limits("shifts", units=99, periods=19), "review", False),
            (limits(level=0.5, units=2), "pass", False),
            (limits(made=False), "review", False),
        ],
        "trends before adoption": [
            (trends(0, many=0), "review", False),
            (trends(P_AT_SIZE - 1e-6), "pass", False),
            (trends(P_AT_SIZE + 1e-6), "fail", False),
            (trends(0, clusters=2), "review", False),
            (trends(0, clusters=3), "pass", False),
            (trends(0, clusters=5, many=2), "review", False),
            (check_trends(np.zeros(1), np.full((1, 1), np.nan), 50), "review", False),
        ],
        "few treated": [
            (treated(FEW_TREATED, FEW_IN_COHORT), "pass", False),
            (treated(FEW_TREATED - 1, FEW_IN_COHORT), "review", False),
            (treated(FEW_TREATED, FEW_IN_COHORT - 1), "review", False),
            (treated(FEW_TREATED, FEW_IN_COHORT, limits=UNKNOWN), "fail", False),
            (treated(FEW_TREATED, FEW_IN_COHORT, limits=HALF), "pass", False),
            (treated(VERY_FEW, VERY_FEW_IN_COHORT, "analytic"), "review", False),
            (treated(VERY_FEW - 1, VERY_FEW_IN_COHORT, "analytic"), "fail", VERY_FEW <= 2),
            (treated(VERY_FEW, VERY_FEW_IN_COHORT - 1, "analytic"), "fail", False),
            (treated(1, 1, "analytic"), "fail", True),
            (treated(2, 1, "analytic"), "fail", False),
            (treated(2, 1, "conley-taber"), "review", False),
            (treated(2, 1, "ferman-pinto"), "review", False),
            (treated(2, 1, "randomisation"), "review", False),
            (treated(2, 1, "wild"), "review", False),
        ],
        "forbidden comparisons": [(check_two_way(1), "pass", False), (check_two_way(2), "fail", False)],
        "cells without comparison": [(*check_lost(1), "review", False)],
        "clusters": [
            (check_clusters(40, "cluster", 1), "fail", True),
            (check_clusters(40, "cluster", 2), "fail", False),
            (check_clusters(40, "heteroskedastic", 20), "review", False),
            (check_clusters(40, "conley", 20), "pass", False),
            (check_clusters(40, "cluster", _FEWEST - 1), "fail", False),
            (check_clusters(_FEW, "cluster", _FEWEST), "pass", False),
            (check_clusters(_FEW - 1, "cluster", _FEWEST), "fail", False),
            (check_clusters(_FEW, "conley", 9), "pass", False),
            (check_clusters(_FEW - 1, "conley", 9), "review", False),
            (check_clusters(_FEWEST, "wild", 9), "pass", False),
            (check_clusters(_FEWEST - 1, "wild", 9), "fail", False),
            (check_clusters(40, "wild", 20), "pass", False),
        ],
    }


CASES = tuple(cases())


@pytest.mark.parametrize("name", CASES)
def test_a_check_turns_at_its_limit(name):
    for place, (check, status, voids) in enumerate(cases()[name]):
        assert (check.name, check.status, check.voids) == (name, status, voids), place
        assert check.message
        assert all(isinstance(one, (int, float, np.number)) for one in check.numbers.values()), place


def test_a_check_carries_the_numbers_it_judged_by():
    assert control.check_fit(3.0, 2.0).numbers == {"rmse_before": 3.0, "noise": 2.0, "ratio": 1.5}
    assert control.check_fit(3.0, 0.0).numbers["ratio"] == 1e300
    assert control.check_held_out(3.0, 2.0, 4).numbers == {"rmse": 3.0, "noise": 2.0, "periods": 4}
    assert donors(0.6, 0.4, 0.0).numbers == {"donors": 3, "used": 2, "largest": 0.6, "treated": 2, "gaps": 3}
    assert [control.check_unique(n).numbers["ways"] for n in (-1, 0, 2)] == [0, 0, 2]
    assert control.check_extrapolation(np.array([1.3, -0.1, -0.2])).numbers["below"] == pytest.approx(0.3)
    assert limits("shifts", periods=25).numbers == {"number": 25, "least": 0.04}
    assert limits("placebo", units=10).numbers == {"number": 10, "least": 0.1}
    found = check_trends(np.array([1.0, 2.0]), np.diag([1.0, 4.0]), 50).numbers
    assert found == pytest.approx({"statistic": 2.0, "tests": 2, "p_value": np.exp(-1)})  # chi-squared with 2 degrees
    lying = check_trends(np.array([1.0, 1.0]), np.ones((2, 2)), 50).numbers  # one effect, twice: one degree of freedom
    assert lying["p_value"] == pytest.approx(0.31731050786)
    assert treated(9, 4).numbers == {"treated": 9, "smallest_cohort": 4}
    assert check_lost(0) == ()
    assert check_lost(3)[0].numbers == {"cells": 3}


def test_averages_without_limits_are_counted():
    found = SimpleNamespace(of=lambda kind: np.array([False, True, True, True]) if kind == "event" else None)
    some = SimpleNamespace(low=np.array([0.0, np.nan, 0.1, np.nan]), inference="analytic")
    assert check_bands(found, some)[0].numbers == {"without": 2, "events": 3}
    assert check_bands(found, SimpleNamespace(low=np.zeros(4), inference="analytic")) == ()
    assert check_bands(found, SimpleNamespace(low=np.array([np.nan, np.nan, 0, 0]), inference="analytic")) == ()
