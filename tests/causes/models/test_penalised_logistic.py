"""Firth's penalty against closed forms, direct maximisation and another program."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq, minimize

from ctresearch.causes import DoublyRobustEffect, OutcomeRegression
from ctresearch.causes.models.penalised_logistic import fit_penalised
from ctresearch.core import FitError, SpecificationError

ROLES = {"treatment": "t", "outcome": "y", "covariates": []}


def arms(untreated, treated):
    """Rows of two arms, each given by events and others."""
    cells = [(0, 1, untreated[0]), (0, 0, untreated[1]), (1, 1, treated[0]), (1, 0, treated[1])]
    return pd.DataFrame([(t, y) for t, y, count in cells for _ in range(count)], columns=["t", "y"])


def separated(n=60):
    rng = np.random.default_rng(7)
    design = np.column_stack([np.ones(n), rng.integers(0, 2, n), rng.normal(size=n), rng.normal(size=n)]).round(3)
    y = ((design[:, 1] == 0) & (rng.random(n) < 0.4 + 0.2 * (design[:, 2] > 0))).astype(float)
    return design, y


@pytest.mark.parametrize("counts", [((10, 30), (0, 25)), ((0, 9), (4, 5)), ((7, 0), (3, 8)), ((5, 9), (6, 4))])
def test_two_arms_are_those_with_half_a_person_more_in_each_cell(counts):
    """In a saturated model Firth's estimate is the closed form of Haldane and Anscombe."""
    result = OutcomeRegression(**ROLES, family="logistic", penalised="firth").fit(arms(*counts))
    halves = np.array(counts) + 0.5
    odds = np.log(halves[1, 0] / halves[1, 1]) - np.log(halves[0, 0] / halves[0, 1])
    assert result.coefficients.loc["t", "estimate"] == pytest.approx(odds, abs=1e-8)
    risks = halves[:, 0] / halves.sum(axis=1)
    assert result.estimates.loc["effect", "estimate"] == pytest.approx(risks[1] - risks[0], abs=1e-8)
    for table in (result.estimates, result.coefficients):
        assert ((table["ci_low"] < table["estimate"]) & (table["estimate"] < table["ci_high"])).all()
    assert result.interval == "profile"


def test_estimates_and_profile_limits_are_those_of_another_program():
    """firthmodels 0.8.2: FirthLogisticRegression(gtol=1e-10, xtol=1e-10, max_iter=500).fit(x, y).conf_int(method="pl").

    It prints eight decimals, and stops its search for limits at 1e-4 of a step.
    """
    design, y = separated()
    fit = fit_penalised(design, y)
    np.testing.assert_allclose(
        fit.coefficients, [-0.008345695789, -4.15440265, 0.2113503, -0.42155679], rtol=0, atol=2e-7
    )
    assert fit.height == pytest.approx(-15.291425691532709, abs=1e-9)
    expected = [
        (-0.84660395, 0.78271904),
        (-9.02969311, -2.01632767),
        (-0.5771004, 1.07731288),
        (-1.26519081, 0.31156804),
    ]
    for place, unit in enumerate(np.eye(4)):
        found = fit.limits(lambda at, k=place: float(at[k]), lambda _, u=unit: u, 0.95)
        np.testing.assert_allclose(found, expected[place], atol=1e-4)


def test_limits_are_where_a_profile_found_by_brute_force_falls():
    design, y = separated()
    fit = fit_penalised(design, y)

    def height(at):
        line = design @ at
        chance = 1 / (1 + np.exp(-line))
        information = (design * (chance * (1 - chance))[:, None]).T @ design
        return (y * line - np.logaddexp(0, line)).sum() + np.linalg.slogdet(information)[1] / 2

    def profile(value):
        fixed = lambda rest: -height(np.array([rest[0], rest[1], value, rest[2]]))  # noqa: E731
        return -minimize(
            fixed, fit.coefficients[[0, 1, 3]], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11}
        ).fun

    best = minimize(
        lambda at: -height(at),
        np.zeros(4),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 20_000, "maxfev": 20_000},
    )
    np.testing.assert_allclose(best.x, fit.coefficients, atol=1e-5)  # flat at the top: half the digits of the height
    drop = fit.height - 3.841458820694124 / 2
    low, high = fit.limits(lambda at: float(at[2]), lambda _: np.eye(4)[2], 0.95)
    assert low == pytest.approx(brentq(lambda v: profile(v) - drop, -2, fit.coefficients[2]), abs=1e-5)
    assert high == pytest.approx(brentq(lambda v: profile(v) - drop, fit.coefficients[2], 3), abs=1e-5)


def test_an_arm_without_events_says_what_it_is_and_what_serves():
    frame = arms((10, 30), (0, 25))
    for model in (
        OutcomeRegression(**ROLES, family="logistic"),
        DoublyRobustEffect(**ROLES),
    ):
        with pytest.raises(FitError, match=r"0 of 25 treated rows have the outcome 'y'.*penalised='firth'"):
            model.fit(frame)
    with pytest.raises(FitError, match="7 of 7 untreated rows"):
        OutcomeRegression(**ROLES, family="logistic").fit(arms((7, 0), (3, 8)))


def test_the_penalty_goes_with_an_unweighted_logistic_regression_alone():
    for options in (
        {"family": "linear"},
        {"family": "logistic", "weights": "w"},
        {"family": "logistic", "cluster": "v"},
    ):
        with pytest.raises(SpecificationError, match="must go with family 'logistic'"):
            OutcomeRegression(**ROLES, penalised="firth", **options)
    with pytest.raises(SpecificationError, match="penalised == 'ridge', must be one of 'firth'"):
        OutcomeRegression(**ROLES, family="logistic", penalised="ridge")
