"""Weights are the exact minimum, which another solver and the condition of the minimum confirm."""

import numpy as np
import pytest
from scipy.optimize import minimize

from ctresearch.policy.synthetic.donors import (
    choose_penalty,
    choose_ridge,
    gaps_to,
    plain_weights,
    ridge_weights,
    tied_donors,
)
from ctresearch.policy.synthetic.predictor_weights import predictor_shares, weights_of
from ctresearch.policy.synthetic.simplex import simplex_weights
from synthetic_panels import BEFORE, own_and_others


def problem(rng, units, rows, linear):
    """Draw a problem with columns far from or about the origin."""
    columns = rng.normal(size=(rows, units)) + 2 * rng.normal()
    return columns.T @ columns, rng.normal(size=units) if linear else np.zeros(units)


@pytest.mark.parametrize("seed", range(40))
def test_the_condition_of_the_minimum_holds(seed):
    rng = np.random.default_rng(seed)
    quadratic, linear = problem(rng, rng.integers(2, 60), rng.integers(1, 30), seed % 2)
    weights, converged = simplex_weights(quadratic, linear)
    slope = quadratic @ weights - linear
    assert converged
    assert weights.sum() == pytest.approx(1, abs=1e-12)
    assert weights.min() >= 0
    scale = max(1.0, np.abs(quadratic).max())
    assert (slope - weights @ slope).min() > -1e-9 * scale  # nobody outside would improve it
    assert np.abs((slope - weights @ slope)[weights > 1e-9]).max() < 1e-8 * scale  # and those inside are level


@pytest.mark.parametrize("seed", range(5))
def test_a_general_solver_finds_no_better_weights(seed):
    quadratic, linear = problem(np.random.default_rng(seed), 8, 6, seed % 2)

    def value(w):
        return w @ quadratic @ w / 2 - linear @ w

    weights, _ = simplex_weights(quadratic, linear)
    other = minimize(
        value,
        np.full(8, 1 / 8),
        bounds=[(0, 1)] * 8,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert value(weights) <= other.fun + 1e-9
    assert value(weights) == pytest.approx(other.fun, abs=1e-5 * (1 + abs(other.fun)))  # SLSQP stops early


def test_a_unit_that_is_a_mixture_of_donors_is_found_out():
    rng = np.random.default_rng(1)
    donors = rng.normal(size=(12, 6))
    truth = np.array([0.5, 0, 0.3, 0, 0.2, 0])
    found = plain_weights(gaps_to(donors @ truth, donors))
    np.testing.assert_allclose(found.weights, truth, atol=1e-10)


def test_one_donor_and_donors_alike():
    one, _ = simplex_weights(np.array([[2.0]]), np.array([0.0]))
    assert one.tolist() == [1.0]
    alike, converged = simplex_weights(np.ones((4, 4)), np.zeros(4))
    assert converged
    assert alike.sum() == pytest.approx(1)
    assert simplex_weights(np.zeros((3, 3)), np.zeros(3))[0].tolist() == [1 / 3] * 3


def test_cigarettes_as_published():
    own, others = own_and_others()
    weights = plain_weights(gaps_to(own[:BEFORE], others[:BEFORE])).weights
    gap = own - others @ weights
    assert gap[BEFORE:].mean() == pytest.approx(-19.5136, abs=5e-5)  # to the digits printed


def test_a_penalty_takes_the_nearest_donors():
    """With pysyncon 1.7.0's PenalizedSynth, each year over its standard deviation; it stops at three digits."""
    own, others = own_and_others()
    spread = np.column_stack([own, others])[:BEFORE].std(axis=1, ddof=1)
    gaps = gaps_to(own[:BEFORE] / spread, others[:BEFORE] / spread[:, None])
    some = plain_weights(gaps, 0.1).weights
    assert np.sort(some)[::-1][:4] == pytest.approx([0.420, 0.337, 0.149, 0.093], abs=2e-3)
    assert (own - others @ some)[BEFORE:].mean() == pytest.approx(-23.025, abs=0.05)
    nearest = plain_weights(gaps, 1e3).weights
    assert nearest.argmax() == (gaps**2).sum(axis=0).argmin()
    assert nearest.max() == pytest.approx(1)


def test_a_chosen_penalty_is_one_that_was_tried():
    rng = np.random.default_rng(3)
    assert choose_penalty(rng.normal(size=(10, 6)), 7) >= 0


def test_ridge_mends_and_leaves_the_range():
    own, others = own_and_others()
    one, other = own[:BEFORE], others[:BEFORE]
    base = plain_weights(gaps_to(one, other)).weights
    far = ridge_weights(one, other, base, 1e14)
    np.testing.assert_allclose(far, base, atol=1e-6)
    near = ridge_weights(one, other, base, 1e-8)
    np.testing.assert_allclose(other @ near, one, atol=1e-3)  # more donors than years: it can follow all of them
    chosen = ridge_weights(one, other, base, choose_ridge(one, other))
    assert chosen.sum() == pytest.approx(1)
    assert chosen.min() < 0
    missed = one - other @ base
    centred = other - other.mean(axis=1, keepdims=True)
    slopes = np.linalg.solve(centred @ centred.T + 10.0 * np.eye(BEFORE), centred)
    by_regression = others[BEFORE:] @ base + (others[BEFORE:] @ (slopes.T @ missed))
    np.testing.assert_allclose(others[BEFORE:] @ ridge_weights(one, other, base, 10.0), by_regression)


def test_ties_are_counted():
    rng = np.random.default_rng(4)
    gaps = gaps_to(np.zeros(2), rng.normal(size=(2, 8)))  # two rows and eight donors about them
    found = plain_weights(gaps)
    assert tied_donors(found.weights, gaps.T @ gaps, np.zeros(8)) == 5
    outside = gaps_to(np.full(12, 9.0), rng.normal(size=(12, 8)))
    found = plain_weights(outside)
    assert tied_donors(found.weights, outside.T @ outside, np.zeros(8)) == 0


@pytest.mark.slow
def test_the_importance_of_predictors_follows_the_outcome():
    rng = np.random.default_rng(5)
    donors = rng.normal(size=(4, 15))
    gaps = gaps_to(np.zeros(10), rng.normal(size=(10, 4)) @ donors + 0.1 * rng.normal(size=(10, 15)))
    shares, error = predictor_shares(donors, gaps, thorough=False)
    best, least = predictor_shares(donors, gaps)
    assert shares.sum() == pytest.approx(1)
    assert least <= error + 1e-12
    bound = ((gaps @ plain_weights(gaps).weights) ** 2).mean()
    assert bound <= least  # nothing undercuts matching the outcome itself
    weights, converged = weights_of(best, donors)
    assert converged
    assert ((gaps @ weights) ** 2).mean() == pytest.approx(least)
    grid = rng.dirichlet(np.ones(4), 400)
    tried = min(((gaps @ weights_of(one, donors)[0]) ** 2).mean() for one in grid)
    assert least <= tried * (1 + 1e-6)  # 400 choices at random find nothing better
    alone, _ = predictor_shares(donors[:1].copy(), gaps)
    assert alone.tolist() == [1.0]
