"""Numerics of pooling against metafor, clubSandwich, pimeta and lme4, and against known truth.

R 4.5.0 with metafor 4.8.0, clubSandwich 0.5.11, pimeta 1.1.3 and lme4 1.1-37. The thirteen trials of BCG vaccine are
published counts: Colditz, G. A. et al. (1994). JAMA 271, 698-702.
"""

import numpy as np
import pytest

from ctresearch.core.random import generator
from ctresearch.stats.pooling.asymmetry import mixed_test, rank_test, weighted_test
from ctresearch.stats.pooling.binomial import pooled_proportion
from ctresearch.stats.pooling.influence import influence
from ctresearch.stats.pooling.many import pool_many
from ctresearch.stats.pooling.multilevel import fit_multilevel, robust_errors
from ctresearch.stats.pooling.prediction import bootstrap_limits, higgins_limits, partlett_limits
from ctresearch.stats.pooling.random_effects import pooled_mean
from ctresearch.stats.pooling.regression import pooled_regression
from ctresearch.stats.pooling.selection import select_by_steps
from ctresearch.stats.pooling.trim_fill import trim_and_fill

COUNTS = np.array(
    [
        [4, 119, 11, 128, 44],
        [6, 300, 29, 274, 55],
        [3, 228, 11, 209, 42],
        [62, 13536, 248, 12619, 52],
        [33, 5036, 47, 5761, 13],
        [180, 1361, 372, 1079, 44],
        [8, 2537, 10, 619, 19],
        [505, 87886, 499, 87892, 13],
        [29, 7470, 45, 7232, 27],
        [17, 1699, 65, 1600, 42],
        [186, 50448, 141, 27197, 18],
        [5, 2493, 3, 2338, 33],
        [27, 16886, 29, 17825, 33],
    ],
    dtype=float,
)  # ill and well of the vaccinated, ill and well of the others, latitude
ILL, WELL, ILL_OTHERS, WELL_OTHERS, LATITUDE = COUNTS.T
Y = np.log(ILL / (ILL + WELL)) - np.log(ILL_OTHERS / (ILL_OTHERS + WELL_OTHERS))
V = 1 / ILL - 1 / (ILL + WELL) + 1 / ILL_OTHERS - 1 / (ILL_OTHERS + WELL_OTHERS)
# metafor stops its search for the variance between at steps of 1e-5; where it converges slowly, as with a covariate, its
# last digits are short by as much.
SEARCH, SLOW = 1e-6, 1e-4


def test_a_meta_regression_is_metafors():
    design = np.column_stack([np.ones(13), LATITUDE])
    fit = pooled_regression(Y, V, design, "reml")
    assert fit.coefficients == pytest.approx([0.251464294374285, -0.0291016609280148], rel=SLOW)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx([0.249103666389133, 0.00719555475708091], rel=SLOW)
    assert fit.tau2 == pytest.approx(0.0763546947056598, rel=SLOW)
    assert fit.i2 == pytest.approx(0.683931305090481, rel=SLOW)
    assert fit.q == pytest.approx(30.7330900107493, rel=1e-9)
    hartung = np.sqrt(np.diag(fit.covariance) * fit.scale)
    assert hartung == pytest.approx([0.283930037419131, 0.00820154179600833], rel=SLOW)


@pytest.mark.parametrize(
    ("method", "tau2"),
    [("reml", 0.313243325980895), ("ml", 0.280028171049595), ("dl", 0.308760262862376), ("pm", 0.318068452205024)],
)
def test_without_a_covariate_it_is_the_pooled_mean(method, tau2):
    fit, mean = pooled_regression(Y, V, np.ones((13, 1)), method), pooled_mean(Y, V, method)
    assert fit.tau2 == pytest.approx(tau2, rel=SEARCH)
    assert fit.coefficients[0] == pytest.approx(mean.mean, rel=1e-10)
    assert fit.i2 == pytest.approx(mean.i2, rel=1e-10)


def test_each_study_left_out_as_metafor_does():
    found = influence(Y, V, "reml")
    assert found.without[:3] == pytest.approx([-0.707083788031437, -0.654031200397814, -0.685554417972832], rel=SEARCH)
    assert found.error_without[:2] == pytest.approx([0.189961024702717, 0.180695386623819], rel=SEARCH)
    assert found.q_without[:2] == pytest.approx([151.582572747109, 145.317607670209], rel=1e-9)
    assert found.studentised[:2] == pytest.approx([-0.218142474344442, -1.29179018325719], rel=SEARCH)
    assert found.moves[:2] == pytest.approx([-0.0407075604868468, -0.343587736952733], rel=1e-5)
    assert found.cook[:2] == pytest.approx([0.0017165423672918, 0.113249704512703], rel=1e-4)  # squares of these
    assert found.covariance_ratio[:2] == pytest.approx([1.11644899104804, 1.01019211996711], rel=SEARCH)
    assert found.tau2_without[:2] == pytest.approx([0.336156745300306, 0.292583085554123], rel=SEARCH)


def test_every_test_by_eggers_name_is_its_own():
    root = np.sqrt(V)
    found = {
        "weighted, error": (weighted_test(Y, V, root), -1.40128200228933, 0.188706995081979, -0.19092864235982),
        "weighted, variance": (weighted_test(Y, V, V), -0.856813965044409, 0.40982581214622, -0.379953506428271),
        "common, error": (mixed_test(Y, V, root, "fixed"), -4.80194624502346, 1.57130879602e-06, -0.190928642359821),
    }
    for name, (one, statistic, p_value, limit) in found.items():
        assert (one.statistic, one.p_value, one.limit) == pytest.approx((statistic, p_value, limit), rel=1e-8), name
    mixed = mixed_test(Y, V, root, "reml")
    assert (mixed.statistic, mixed.p_value) == pytest.approx((-0.803329112070106, 0.421784535672228), rel=SEARCH)
    assert (mixed.limit, mixed.df) == (pytest.approx(-0.5104318837895, rel=SEARCH), np.inf)
    ranks = rank_test(Y, V)
    assert (ranks.statistic, ranks.p_value) == pytest.approx((0.0256410256410256, 0.952361907960866), rel=1e-12)


@pytest.mark.parametrize(
    ("method", "estimator", "side", "missing", "error", "mean"),
    [
        ("reml", "L0", "left", 0, 2.16665853701039, -0.714532348365101),
        ("reml", "L0", "right", 1, 2.45279864318293, -0.657082800760365),
        ("fixed", "L0", "right", 4, 2.38532559119295, -0.291025992106353),
        ("reml", "R0", "right", 0, 1.4142135623731, -0.714532348365101),
        ("fixed", "R0", "right", 4, 3.16227766016838, -0.291025992106353),
        ("reml", "Q0", "right", 1, 2.77862574085483, -0.657082800760365),
        ("fixed", "Q0", "left", 0, 0.406438751491814, -0.430285163654091),
        ("fixed", "Q0", "right", 5, 3.9691833511491, -0.286260374516564),
    ],
)
def test_trim_and_fill_is_metafors(method, estimator, side, missing, error, mean):
    found = trim_and_fill(Y, V, method, estimator, side)
    assert found.missing == missing
    assert found.std_error == pytest.approx(error, rel=1e-8)
    assert pooled_mean(found.y, found.v, method).mean == pytest.approx(mean, rel=SEARCH)


@pytest.mark.parametrize(
    ("steps", "between", "mean", "error", "tau2", "chances", "ratio"),
    [
        ((0.025, 1), True, -0.62056204436348, 0.261324516317978, 0.291244699177995, (0.6355297793,), 0.242499482268),
        ((0.025, 1), False, -0.409939608524759, 0.0432950841904, 0.0, (0.3126306200878,), 2.31392677),
        ((0.025, 0.5, 1), True, -0.671195804779, 0.27996993672, 0.26390361672, (0.63155008, 0.92784376), 0.34691981),
        ((0.025, 0.5, 1), False, -0.414646067218, 0.0434097573757, 0.0, (0.25386139, 0.66972985), 3.2909978),
    ],
)
def test_selection_by_steps_is_metafors(steps, between, mean, error, tau2, chances, ratio):
    found = select_by_steps(Y, V, np.array(steps), "less", between=between)
    assert found.converged
    assert found.mean == pytest.approx(mean, rel=1e-3)  # two searches for one maximum
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(error, rel=1e-3)
    assert found.tau2 == pytest.approx(tau2, rel=1e-3)
    assert found.chances[1:] == pytest.approx(chances, rel=1e-3)
    assert 2 * (found.log_likelihood - found.without) == pytest.approx(ratio, rel=1e-3)


def test_predictions_are_pimetas():
    assert higgins_limits(Y, V, 0.95) == pytest.approx((-1.99883849575212, 0.570604051605664), rel=1e-8)
    # pimeta's REML stops at 1e-5
    assert partlett_limits(Y, V, 0.95, "hartung-knapp") == pytest.approx((-2.00904671, 0.57998304), rel=5e-5)
    assert partlett_limits(Y, V, 0.95, "sidik-jonkman") == pytest.approx((-2.00831294, 0.57924926), rel=5e-5)
    # two seeds of pimeta differ by .0137 and .0202; four times that
    low, high = bootstrap_limits(Y, V, 0.95, generator(1))
    assert low == pytest.approx(-2.2115615, abs=0.055)
    assert high == pytest.approx(0.7628397, abs=0.081)


def districts(seed=1, many=12, each=4, between=0.3, within=0.2):
    """Draw estimates of districts."""
    rng = np.random.default_rng(seed)
    study = np.repeat(np.arange(many), each)
    v = rng.uniform(0.02, 0.1, len(study))
    y = 0.5 + between * rng.normal(size=many)[study] + within * rng.normal(size=len(study))
    return y + np.sqrt(v) * rng.normal(size=len(study)), v, study


def test_a_multilevel_fit_is_at_its_maximum():
    from scipy.stats import multivariate_normal

    y, v, study = districts()
    design = np.ones((len(y), 1))
    fit = fit_multilevel(y, v, design, study)
    same = study[:, None] == study[None, :]

    def restricted(between, within):
        full = np.diag(v + within) + between * same
        inverse = np.linalg.inv(full)
        cross = (design.T @ inverse @ design).item()
        mean = (design.T @ inverse @ y).item() / cross
        density = multivariate_normal(np.full(len(y), mean), full).logpdf(y)
        return density - 0.5 * np.log(cross) + 0.5 * len(y) * np.log(2 * np.pi)

    best = restricted(fit.between, fit.within)
    assert best == pytest.approx(fit.log_likelihood)
    for a, b in ((1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99)):
        assert restricted(a * fit.between, b * fit.within) < best


def test_robust_errors_by_the_matrices_of_the_paper():
    y, v, study = districts(2, many=6, each=3)
    design = np.column_stack([np.ones(len(y)), np.arange(len(y)) % 5])
    fit = fit_multilevel(y, v, design, study, 0.5)
    found = robust_errors(fit, y, design)
    n = len(y)
    full, weight = np.zeros((n, n)), np.zeros((n, n))
    for rows, inverse in zip(fit.blocks, fit.inverses, strict=True):
        full[np.ix_(rows, rows)], weight[np.ix_(rows, rows)] = np.linalg.inv(inverse), inverse
    bread = np.linalg.inv(design.T @ weight @ design)
    out = np.eye(n) - design @ bread @ design.T @ weight
    meat, sides = np.zeros((2, 2)), []
    for rows in fit.blocks:
        upper = np.linalg.cholesky(full[np.ix_(rows, rows)]).T
        inner = upper @ (out[rows] @ full @ out[rows].T) @ upper.T
        values, vectors = np.linalg.eigh(inner)
        adjust = upper.T @ (vectors / np.sqrt(values)) @ vectors.T @ upper
        half = out[rows].T @ adjust @ weight[np.ix_(rows, rows)] @ design[rows] @ bread
        sides.append(half)
        score = (adjust @ weight[np.ix_(rows, rows)] @ design[rows] @ bread).T @ (y - design @ fit.coefficients)[rows]
        meat += np.outer(score, score)
    np.testing.assert_allclose(found.covariance, meat, rtol=1e-8)
    for k in range(2):
        one = np.array([half[:, k] for half in sides])
        together = one @ full @ one.T
        assert found.df[k] == pytest.approx(np.trace(together) ** 2 / (together**2).sum())


def test_proportions_by_quadrature_agree_with_a_fine_sum():
    rng = np.random.default_rng(3)
    total = rng.integers(5, 60, 14).astype(float)
    events = rng.binomial(total.astype(int), 1 / (1 + np.exp(-(0.8 + 0.7 * rng.normal(size=14))))).astype(float)
    found = pooled_proportion(events, total)
    grid = np.linspace(-9, 9, 4001)
    prior = np.exp(-(grid**2) / 2) / np.sqrt(2 * np.pi) * (grid[1] - grid[0])

    def likelihood(mean, spread):
        odds = mean + spread * grid
        each = events[:, None] * odds - total[:, None] * np.logaddexp(0, odds)
        return np.log(np.exp(each) @ prior).sum()

    best = likelihood(found.mean, np.sqrt(found.tau2))
    for mean, spread in ((0.01, 0), (-0.01, 0), (0, 0.01), (0, -0.01)):
        assert likelihood(found.mean + mean, np.sqrt(found.tau2) + spread) < best
    assert pooled_proportion(events, total, 7).mean == pytest.approx(found.mean, abs=1e-4)


def test_thousands_at_once_are_what_they_are_alone():
    rng = np.random.default_rng(4)
    y, v = rng.normal(size=(300, 8)), rng.uniform(0.05, 1, (300, 8))
    y[rng.random(y.shape) < 0.2] = np.nan
    y[0], y[1, 1:] = np.nan, np.nan
    found = pool_many(y, v)
    assert np.isnan(found.mean[:2]).all()
    assert not found.converged[:2].any()
    assert found.converged[2:].all()
    for i in range(2, 300, 7):
        known = np.isfinite(y[i])
        alone = pooled_mean(y[i][known], v[i][known], "reml")
        assert found.tau2[i] == pytest.approx(alone.tau2, abs=1e-8)
        assert found.mean[i] == pytest.approx(alone.mean, abs=1e-8)
        assert found.q[i] == pytest.approx(alone.q)
