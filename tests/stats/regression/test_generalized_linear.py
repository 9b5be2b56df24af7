import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError, FitError
from ctresearch.stats.regression import generalized_linear
from ctresearch.stats.regression.generalized_linear import (
    fit_regression,
    inverse_information,
    mean_of,
    slope_of,
    weighted_gram,
)

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


def test_means_and_slopes_of_each_family():
    at = np.array([-1.0, 0.0, 2.0])
    assert mean_of("linear", at) is at
    np.testing.assert_allclose(mean_of("poisson", at), np.exp(at), rtol=1e-15)
    np.testing.assert_allclose(mean_of("logistic", at), 1 / (1 + np.exp(-at)), rtol=1e-15)
    assert mean_of("poisson", np.array([500.0]))[0] == np.exp(300.0)  # kept within what a number can hold
    mean = np.array([0.2, 0.5])
    assert slope_of("linear", mean).tolist() == [1.0, 1.0]
    assert slope_of("poisson", mean) is mean
    np.testing.assert_allclose(slope_of("logistic", mean), [0.16, 0.25], rtol=1e-15)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_fit_predicts_the_rows_it_was_fitted_to(family):
    design, outcome, _ = simulated(family)
    fit = fit_regression(design, outcome, family)
    assert fit.family == family
    np.testing.assert_allclose(fit.predict(design), fit.fitted, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(design.T @ (outcome - fit.fitted), 0, atol=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_offset_and_weights_agree_with_statsmodels(family):
    design, outcome, weights = simulated(family)
    offset = np.linspace(-0.5, 0.5, len(outcome))
    weights[:50] = 0.0  # takes no part
    ours = fit_regression(design, outcome, family, weights=weights, offset=offset)
    kept = weights > 0
    theirs = sm.GLM(
        outcome[kept], design[kept], family=FAMILIES[family], freq_weights=weights[kept], offset=offset[kept]
    ).fit(tol=1e-12, maxiter=100)
    np.testing.assert_allclose(ours.coefficients, theirs.params, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(ours.inverse, theirs.normalized_cov_params, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(ours.fitted[kept], theirs.fittedvalues, rtol=1e-6)


@pytest.mark.parametrize("family", ["logistic", "poisson"])
def test_a_thinned_start_is_that_of_every_so_many_th_row(monkeypatch, family):
    design, outcome, weights = simulated(family)
    offset = np.linspace(-0.1, 0.1, 400)
    monkeypatch.setattr(generalized_linear, "_THIN", 100)
    problem = generalized_linear._Problem(design, outcome, family, weights, offset, ())
    there = fit_regression(design[::4], outcome[::4], family, weights=weights[::4], offset=offset[::4]).coefficients
    np.testing.assert_allclose(generalized_linear._first_guess(problem), there, rtol=1e-8)
    monkeypatch.setattr(generalized_linear, "_THIN", 200)
    two = fit_regression(design[::2], outcome[::2], family, weights=weights[::2], offset=offset[::2]).coefficients
    np.testing.assert_allclose(generalized_linear._first_guess(problem), two, rtol=1e-8)
    monkeypatch.setattr(generalized_linear, "_THIN", 201)
    assert generalized_linear._first_guess(problem).tolist() == [0.0] * 4


def test_linear_models_and_thinned_rows_without_a_fit_start_from_0(monkeypatch):
    monkeypatch.setattr(generalized_linear, "_THIN", 10)
    design, outcome, _ = simulated("linear")
    make = generalized_linear._Problem
    assert generalized_linear._first_guess(make(design, outcome, "linear", None, outcome * 0, ())).tolist() == [0.0] * 4
    few = np.zeros((400, 2))
    few[:, 0] = 1.0
    few[1::2, 1] = 1.0  # constant among the rows that are kept
    ill = (np.arange(400) % 3 == 0) * 1.0
    assert generalized_linear._first_guess(make(few, ill, "logistic", None, ill * 0, ())).tolist() == [0.0, 0.0]


def test_the_likelihood_by_hand():
    make, y = generalized_linear._Problem, np.array([0.0, 1.0, 3.0])
    fitted, weights = np.array([0.5, 1.5, 2.0]), np.array([1.0, 2.0, 0.5])
    counts = make(np.ones((3, 1)), y, "poisson", None, y * 0, ())
    assert generalized_linear._likelihood(counts, fitted) == pytest.approx(
        -4.0 + np.log(1.5) + 3 * np.log(2.0), rel=1e-14
    )
    weighted = make(np.ones((3, 1)), y, "poisson", weights, y * 0, ())
    assert generalized_linear._likelihood(weighted, fitted) == pytest.approx(
        -0.5 + 2 * (np.log(1.5) - 1.5) + 0.5 * (3 * np.log(2.0) - 2.0), rel=1e-14
    )
    ill = make(np.ones((3, 1)), np.array([0.0, 1.0, 1.0]), "logistic", None, y * 0, ())
    chances = np.array([0.2, 0.4, 0.9])
    assert generalized_linear._likelihood(ill, chances) == pytest.approx(np.log([0.8, 0.4, 0.9]).sum(), rel=1e-14)
    assert generalized_linear._likelihood(ill, np.array([1.0, 1.0, 0.0])) == -1490.0  # two chances of 0, kept finite
    assert generalized_linear._likelihood(make(np.ones((3, 1)), y, "linear", None, y * 0, ()), fitted) == 0.0


def test_a_step_too_far_is_halved_until_the_likelihood_does_not_fall():
    y = np.array([1.0, 2.0, 3.0, 2.0])
    problem = generalized_linear._Problem(np.ones((4, 1)), y, "poisson", None, np.full(4, 0.1), ("one",))
    start = np.zeros(1)
    height = generalized_linear._likelihood(problem, np.full(4, np.exp(0.1)))
    after, fitted, reached = generalized_linear._climb(problem, start, np.array([6.0]), height)
    assert after.tolist() == [0.75]  # 6, 3 and 1.5 lie beyond where the likelihood is as high as at 0
    np.testing.assert_allclose(fitted, np.exp(0.85), rtol=1e-14)
    assert reached == generalized_linear._likelihood(problem, fitted) > height
    whole, _, _ = generalized_linear._climb(problem, start, np.array([0.5]), height)
    assert whole.tolist() == [0.5]
    with pytest.raises(FitError, match=r"the poisson regression found no step upwards from log-likelihood 50"):
        generalized_linear._climb(problem, start, np.array([1.0]), 50.0)


def test_messages_name_columns_and_never_a_level():
    column = generalized_linear._column
    assert column(("one", "age", "sex[m]"), 1) == "'age'"
    assert column(("one", "age", "sex[m]"), 2) == "a level of 'sex'"
    assert column(("one", "age"), 2) == "column 2 of the design"
    assert column((), 0) == "column 0 of the design"
    with pytest.raises(DataError, match=r"^a level of 'sex' is constant at 0"):
        inverse_information(np.diag([1.0, 0.0]), ("one", "sex[m]"))
    with pytest.raises(DataError, match="constant at 0"):
        inverse_information(np.array([[1.0, np.inf], [np.inf, 1.0]]), ("one", "age"))
    gram = np.array([[4.0, 1.0], [1.0, 9.0]])
    np.testing.assert_allclose(inverse_information(gram), np.linalg.inv(gram), rtol=1e-14)
    near = np.array([[1.0, 1 - 1e-9], [1 - 1e-9, 1.0]])
    np.testing.assert_allclose(inverse_information(near), np.linalg.inv(near), rtol=1e-6)
    with pytest.raises(DataError, match="collinear"):
        inverse_information(np.array([[1.0, 1 - 1e-12], [1 - 1e-12, 1.0]]))


@pytest.mark.parametrize(("cases", "which"), [((0, 0, 0, 2, 1, 0), "the lower"), ((2, 1, 0, 0, 0, 0), "the higher")])
def test_rates_that_run_off_name_the_column_with_nobody(cases, which):
    design = np.column_stack([np.ones(6), np.arange(6.0) % 3, [0.0, 0, 0, 1, 1, 1]])
    with pytest.raises(FitError, match=f"since nobody with {which} of the two values of 'arm' has the outcome"):
        fit_regression(design, np.array(cases, dtype=float), "poisson", names=("one", "age", "arm"))


def test_rates_apart_are_judged_without_the_offset():
    design = np.column_stack([np.ones(6), [0.0, 0, 0, 1, 1, 1]])
    offset = np.log([1.0, 1, 1, 1e9, 1e9, 1e9])
    fit = fit_regression(design, np.array([1.0, 2, 3, 2e9, 1e9, 3e9]), "poisson", offset=offset)
    np.testing.assert_allclose(fit.fitted, 2.0 * np.exp(offset), rtol=1e-8)
    assert fit.coefficients[1] == pytest.approx(0.0, abs=1e-8)  # rates are alike
    make = generalized_linear._Problem
    problem = make(design, np.ones(6), "poisson", None, np.zeros(6), ())
    generalized_linear._refuse_no_cases(problem, np.array([1.01e-7, 1.0]))
    with pytest.raises(FitError, match=r"from 9\.9e-08 to 1, as where some category has no cases, so a ratio is 0"):
        generalized_linear._refuse_no_cases(problem, np.array([9.9e-8, 1.0]))


def test_a_row_of_weight_0_does_not_hide_that_classes_are_separated():
    x = np.array([-3.0, -2, -1, 1, 2, 3, 5])
    outcome = (x > 0) * 1.0
    outcome[-1] = 0.0
    design, weights = np.column_stack([np.ones(7), x]), np.array([1.0] * 6 + [0.0])
    with pytest.raises(FitError, match=r"separate the classes perfectly .*'age'"):
        fit_regression(design, outcome, "logistic", weights=weights, names=("one", "age"))
    assert np.isfinite(fit_regression(design, outcome, "logistic", names=("one", "age")).coefficients).all()


def test_outcomes_all_alike_are_separated_by_the_constant():
    with pytest.raises(FitError, match="most of all 'one'"):
        fit_regression(np.ones((5, 1)), np.ones(5), "logistic", names=("one",))


def test_of_several_columns_the_one_that_separates_is_named():
    rng = np.random.default_rng(2)
    sick = (np.arange(40) % 2) * 1.0
    design = np.column_stack([np.ones(40), rng.normal(size=40), 100 * (sick - 0.5), rng.normal(size=40)])
    with pytest.raises(FitError, match="most of all 'told'"):
        fit_regression(design, sick, "logistic", names=("one", "age", "told", "height"))


def test_chances_near_0_or_1_are_looked_at_again():
    edge = np.exp(-15.0)
    assert not generalized_linear._far_out(np.array([edge * 1.01, 0.5, 1 - edge * 1.01]))
    assert generalized_linear._far_out(np.array([edge * 0.99, 0.5]))
    assert generalized_linear._far_out(np.array([0.5, 1 - edge * 0.99]))


def test_iterations_that_do_not_settle_are_refused(monkeypatch):
    monkeypatch.setattr(generalized_linear, "_MAX_ITERATIONS", 1)
    design, outcome, _ = simulated("poisson")
    with pytest.raises(FitError, match="the poisson regression did not settle in 1 iterations, as where some category"):
        fit_regression(design, outcome, "poisson")
