import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError, FitError
from ctresearch.stats.regression.generalized_linear import fit_regression, weighted_gram

FAMILIES = {"linear": sm.families.Gaussian(), "logistic": sm.families.Binomial(), "poisson": sm.families.Poisson()}


def simulated(family, n=400, seed=1):
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(n), rng.normal(size=(n, 3))])
    mean = design @ np.array([0.2, 0.5, -0.4, 0.3])
    draws = {
        "linear": lambda: mean + rng.normal(size=n),
        "logistic": lambda: (rng.random(n) < 1 / (1 + np.exp(-mean))) * 1.0,
        "poisson": lambda: rng.poisson(np.exp(mean)).astype(float),
    }
    return design, draws[family](), rng.uniform(0.5, 2, n)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_coefficients_and_information_agree_with_statsmodels(family, weighted):
    design, outcome, weights = simulated(family)
    weights = weights if weighted else np.ones(len(outcome))
    ours = fit_regression(design, outcome, family, weights=weights if weighted else None)
    theirs = sm.GLM(outcome, design, family=FAMILIES[family], freq_weights=weights).fit(tol=1e-12, maxiter=100)
    # Both solve the same score equations to rounding; statsmodels stops at a relative change of deviance of 1e-12.
    np.testing.assert_allclose(ours.coefficients, theirs.params, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours.inverse, theirs.normalized_cov_params, rtol=1e-5, atol=1e-9)


def test_an_offset_moves_the_constant_alone():
    design, outcome, _ = simulated("poisson")
    plain = fit_regression(design, outcome, "poisson")
    moved = fit_regression(design, outcome, "poisson", offset=np.full(len(outcome), np.log(2.0)))
    np.testing.assert_allclose(
        plain.coefficients - moved.coefficients, [np.log(2), 0, 0, 0], atol=1e-9
    )  # exact algebra


def test_the_start_from_a_thinned_sample_does_not_move_the_answer():
    design, outcome, _ = simulated("logistic", n=120_000)
    fit = fit_regression(design, outcome, "logistic")
    score = design.T @ (outcome - fit.fitted)
    assert np.abs(score).max() < 1e-6  # of 120,000 rows: nil to rounding


@given(shift=st.floats(-3, 3), scale=st.floats(0.1, 10))
@settings(max_examples=25, deadline=None)
def test_linear_fits_are_equivariant(shift, scale):
    design, outcome, _ = simulated("linear", n=60)
    base = fit_regression(design, outcome, "linear").coefficients
    moved = fit_regression(design, shift + scale * outcome, "linear").coefficients
    np.testing.assert_allclose(moved, scale * base + np.array([shift, 0, 0, 0]), atol=1e-8)  # rounding of a solve


def test_gram_over_many_blocks_is_the_plain_product():
    rng = np.random.default_rng(1)
    design, weights = rng.normal(size=(20_001, 3)), rng.random(20_001)
    np.testing.assert_allclose(weighted_gram(design, weights), design.T @ (design * weights[:, None]), rtol=1e-10)


@pytest.mark.parametrize("quasi", [False, True])
def test_perfect_separation_is_refused_with_its_column(quasi):
    x = np.array([-3.0, -2, -1, 1, 2, 3])
    outcome = (x > 0) * 1.0
    if quasi:
        x, outcome = np.append(x, [0.0, 0.0]), np.append(outcome, [0.0, 1.0])
    with pytest.raises(FitError, match=r"separate the classes perfectly.*column 1"):
        fit_regression(np.column_stack([np.ones(len(x)), x]), outcome, "logistic")


def test_strong_effects_that_do_not_separate_are_fitted():
    x = np.array([-9.0] * 30 + [9.0] * 30 + [0.0, 0.1])
    outcome = np.array([0.0] * 30 + [1.0] * 30 + [1.0, 0.0])
    fit = fit_regression(np.column_stack([np.ones(62), x]), outcome, "logistic")
    assert np.isfinite(fit.coefficients).all()


def test_collinear_columns_are_refused():
    design, outcome, _ = simulated("linear")
    with pytest.raises(DataError, match="collinear"):
        fit_regression(np.column_stack([design, design[:, 1] * 2]), outcome, "linear")
    with pytest.raises(DataError, match="constant at 0"):
        fit_regression(np.column_stack([design, np.zeros(len(design))]), outcome, "linear")
