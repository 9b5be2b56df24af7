"""Honest bounds and the power of pre-tests: against HonestDiD, and against what they must refuse."""

import json
import time
from pathlib import Path

import numpy as np
import pytest

from ctresearch.core import CtResearchError
from ctresearch.policy import EventStudy, HonestBounds, PretestPower, StaggeredAdoption, simulate_adoption
from ctresearch.policy.honest.coefficients import Coefficients
from ctresearch.policy.honest.relative import polyhedra
from ctresearch.policy.honest.smoothness import fixed_length, folded_quantile

PINNED = json.loads((Path(__file__).parents[1] / "reference" / "policy" / "honestdid_medicaid.json").read_text())
STUDY = EventStudy(PINNED["since"], PINNED["estimate"], PINNED["covariance"])


@pytest.mark.parametrize("target", ["first", "average"])
def test_relative_magnitudes_are_those_of_honestdid(target):
    """Theirs lie on a grid and rest on 1,000 draws of the first stage: one step of it and .0005."""
    pinned = PINNED["targets"][target]
    found = HonestBounds(target=target, bounds=pinned["RM"]["Mbar"]).fit(STUDY)
    away = pinned["RM"]["grid_step"] + 5e-4
    assert found.bounds["ci_low"].to_numpy() == pytest.approx(np.array(pinned["RM"]["lb"]), abs=away)
    assert found.bounds["ci_high"].to_numpy() == pytest.approx(np.array(pinned["RM"]["ub"]), abs=away)


def test_the_breakdown_value_lies_in_the_bracket_of_honestdid():
    low, high = PINNED["targets"]["first"]["RM_breakdown_Mbar"]
    assert low - 0.05 <= HonestBounds(target="first").fit(STUDY).breakdown <= high + 0.05


def test_smoothness_is_that_of_honestdid():
    """Their optimiser stops at about 1e-6; its flatness at M = 0 is why the tolerance is 1e-5."""
    pinned = PINNED["targets"]["first"]["SD"]
    found = HonestBounds(restriction="smoothness", target="first", bounds=[one["M"] for one in pinned], bound=0.01).fit(
        STUDY
    )
    ends = np.array([one["FLCI"] for one in pinned])
    assert found.bounds[["ci_low", "ci_high"]].to_numpy() == pytest.approx(ends, abs=1e-5)
    low, high = PINNED["targets"]["first"]["SD_breakdown_M"]
    assert low <= found.breakdown <= high


def test_the_dual_corners_solve_the_linear_programme():
    """The largest corner is the value of the programme that HonestDiD solves, for targets with either sign."""
    from scipy.optimize import linprog

    rng = np.random.default_rng(2)
    root = rng.standard_normal((6, 6))
    covariance, target = root @ root.T, np.array([0.5, -1.0, 2.0])
    noise = rng.multivariate_normal(np.zeros(6), covariance, 200)
    for value in (-1.0, 0.7):
        estimate = rng.standard_normal(6)
        study = Coefficients(estimate, covariance, 3, target)
        moves = np.delete(np.diff(np.eye(7), axis=0), 3, axis=1)
        for place, corners in enumerate(polyhedra(study, 0.8, 0.95, noise)):
            most = (1 if place % 2 == 0 else -1) * moves[place // 2]
            rows = np.vstack([moves[3:], -moves[3:]]) - 0.8 * most
            error = np.sqrt(np.einsum("ij,jk,ik->i", rows, covariance, rows))
            # unknown are the size of the violation and three effects whose weighted sum is the value
            solved = linprog(
                [1, 0, 0, 0],
                A_ub=np.column_stack([-error, -rows[:, 3:]]),
                b_ub=-rows @ estimate,
                A_eq=[[0, *target]],
                b_eq=[value],
                bounds=[(None, None)] * 4,
            )
            assert (corners.value - value * corners.slope).max() == pytest.approx(solved.fun, abs=1e-8)


def test_the_fixed_length_is_the_shortest_of_many():
    rng = np.random.default_rng(6)
    root = rng.standard_normal((5, 5))
    study = Coefficients(rng.standard_normal(5), root @ root.T, 3, np.array([0.5, 0.5]))
    found = fixed_length(study, 0.3, 0.95)
    half = (found.high - found.low) / 2
    back, ahead = np.array([3, 2, 1.0]), 1.5  # weights must undo a line
    for _ in range(300):
        weights = found.weights[:3] + 0.05 * rng.standard_normal(3)
        weights += back * ((ahead - weights @ back) / (back @ back))
        whole = np.concatenate([weights, study.target])
        error = np.sqrt(whole @ study.covariance @ whole)
        bends = [weights[0], 2 * weights[0] + weights[1]]  # two and one periods before the reference
        bias = 0.3 * (np.abs(bends).sum() + abs(1.5) + abs(0.5))
        assert error * folded_quantile(0.95, bias / error) >= half - 1e-9


def test_bounds_widen_and_take_no_time():
    panel = simulate_adoption(units=120, cohorts=(4,), effect=2.0, seed=3)
    result = StaggeredAdoption(base="universal", method="regression", inference="analytic").fit(panel)
    began = time.process_time()
    table = HonestBounds().fit(result).bounds
    assert time.process_time() - began < 8  # a loaded machine; benchmarks/results/policy.csv has the measured time
    assert (np.diff(table["ci_high"] - table["ci_low"]) > 0).all()


@pytest.mark.parametrize(
    ("study", "status", "words"),
    [
        (EventStudy([-3, -2, 0, 1], [0.0, 0.0, 1.0, 1.0], np.eye(4) * 0.001), "pass", "unless trends move"),
        (EventStudy([-3, -2, 0, 1], [0.3, 0.0, 0.4, 0.4], np.eye(4) * 0.003), "review", "only while trends move"),
        (EventStudy([-3, -2, 0, 1], [0.0, 0.0, 0.01, 0.0], np.eye(4) * 0.01), "fail", "even if the bound is 0"),
    ],
)
def test_the_bound_is_checked(study, status, words):
    check = next(one for one in HonestBounds().fit(study).checks if one.name == "bound")
    assert (check.status, words in check.message) == (status, True)


@pytest.mark.parametrize(
    ("effect", "status"), [(5.0, "pass"), (0.8, "review"), (0.05, "fail")], ids=["large", "middling", "small"]
)
def test_the_power_of_a_pretest_is_held_against_the_effect(effect, status):
    study = EventStudy([-3, -2, 0, 1], [0.0, 0.0, effect, effect], np.eye(4) * 0.04)
    result = PretestPower().fit(study)
    assert result.checks[0].status == status
    assert result.slopes["slope"].is_monotonic_increasing


def test_the_power_of_one_normal_coefficient_is_known():
    """With one coefficient of error .1, a slope is found half of the time where it is 1.96 errors."""
    found = PretestPower(power=[0.5], seed=4).fit(EventStudy([-2, 0], [0.0, 0.5], np.eye(2) * 0.01)).slopes
    assert found.loc[0, "slope"] == pytest.approx(0.196, abs=0.002)  # 40,000 draws
    assert found.loc[0, "bias_if_passed"] == pytest.approx(found.loc[0, "bias"], abs=0.003)  # errors do not go together


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (lambda: HonestBounds().fit(simulate_adoption(units=20)), "must be a result of StaggeredAdoption"),
        (lambda: HonestBounds().fit(StaggeredAdoption().fit(simulate_adoption(units=40))), "base == 'varying'"),
        (
            lambda: HonestBounds().fit(
                StaggeredAdoption(estimator="gardner").fit(simulate_adoption(units=40)),
            ),
            "share the reference",
        ),
        (lambda: EventStudy([-2, 0, 2], [0, 1, 1], np.eye(3)), "evenly spaced"),
        (lambda: EventStudy([0, 1], [0, 1], np.eye(2)), "nothing is known of trends before"),
        (lambda: EventStudy([-2, 0], [0, 1], -np.eye(2)), "no covariance"),
        (lambda: EventStudy([-2, 0], [0, 1], np.full((2, 2), np.nan)), "missing or infinite"),
        (lambda: EventStudy([-2, 0], [0, 1, 2], np.eye(2)), "as many each"),
        (lambda: HonestBounds(target=[1, 0, 0]).fit(STUDY), "one for each time after"),
        (lambda: HonestBounds(bounds=[-1]), "must be at least 0"),
        (lambda: HonestBounds(target="last"), "must be one of"),
        (lambda: PretestPower(power=[0.01]), "must be between"),
        (
            lambda: HonestBounds().fit(
                StaggeredAdoption(base="universal", inference="wild").fit(simulate_adoption(units=60, treated=9))
            ),
            "missing or infinite|has a standard error",
        ),
    ],
)
def test_what_is_no_event_study_is_refused(given, words):
    with pytest.raises(CtResearchError, match=words) as caught:
        given()
    assert "\n" not in str(caught.value)
