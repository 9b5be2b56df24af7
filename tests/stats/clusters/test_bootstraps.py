"""Wild bootstraps against the same test written out over all rows, fit by fit and draw by draw."""

import itertools

import numpy as np
import pytest
from scipy.optimize import root

from ctresearch.core import DataError, FitError
from ctresearch.stats.clusters import score_bootstrap
from ctresearch.stats.clusters.estimating_equations import cluster_sums, moment_correlation
from ctresearch.stats.clusters.linear_bootstrap import LinearBootstrap
from ctresearch.stats.clusters.score_bootstrap import ScoreBootstrap
from ctresearch.stats.clusters.wild_bootstrap import bootstrap_sums, draw_weights, wild_bootstrap

SIZES = np.array([3, 5, 2, 4, 6, 3, 2])
G = np.repeat(np.arange(7), SIZES)
RNG = np.random.default_rng(11)
X = np.column_stack([np.ones(len(G)), RNG.normal(size=len(G)), (G % 2) * 1.0])
Y = 1 + 0.5 * X[:, 1] + 0.8 * X[:, 2] + RNG.normal(size=7)[G] + RNG.normal(size=len(G))
ORDER = RNG.permutation(len(G))
X, Y, G = X[ORDER], Y[ORDER], G[ORDER]
WEIGHTS = draw_weights(7, 199, 4)


def least_squares(x, y):
    return np.linalg.lstsq(x, y, rcond=None)[0]


def t_squared(x, y, g):
    """Square the estimate over its error, from residuals by cluster, up to a constant."""
    fit = least_squares(x, y)
    bread = np.linalg.inv(x.T @ x)[-1]
    left = y - x @ fit
    return fit[-1] ** 2 / sum((bread @ x[g == one].T @ left[g == one]) ** 2 for one in np.unique(g))


def written_out(x, y, g, weights, effect=0.0):
    """Turn the residuals of each cluster from a fit without it, fit again, and count."""
    y = y - effect * x[:, -1]
    away = np.empty(len(y))
    for one in np.unique(g):
        mine = g == one
        away[mine] = (y - x[:, :-1] @ least_squares(x[~mine, :-1], y[~mine]))[mine]
    observed = t_squared(x, y, g)
    drawn = [t_squared(x, turn[g] * away, g) for turn in weights]
    return (1 + sum(one >= observed * (1 - 1e-9) for one in drawn)) / (1 + len(drawn)), np.array(drawn)


@pytest.mark.parametrize("effect", [0.0, 0.5, -0.6])
def test_sums_by_cluster_give_what_refits_give(effect):
    test = wild_bootstrap(X, Y, G, draws=199, seed=4)
    assert test.estimate == pytest.approx(least_squares(X, Y)[-1], rel=1e-9)
    share, drawn = written_out(X, Y, G, WEIGHTS, effect)
    np.testing.assert_array_equal(test.weights, WEIGHTS)
    scores = test.left_out[0] - effect * test.left_out[1]
    np.testing.assert_allclose(test.statistics(test.weights, scores), drawn, rtol=1e-7)
    assert 0 < share < 1
    assert test.p_value(effect) == share
    assert wild_bootstrap(X, Y, G, draws=199, seed=4).p_value() == test.p_value(0.0)


def test_by_default_999_weights_come_from_the_stream_0():
    np.testing.assert_array_equal(wild_bootstrap(X, Y, G).weights, draw_weights(7, 999, 0))


def test_statistics_of_the_trial_itself_are_its_own():
    test = wild_bootstrap(X, Y, G, draws=9, seed=4)
    assert test.statistics(np.ones((1, 7)), test.lines[0])[0] == pytest.approx(t_squared(X, Y, G), rel=1e-9)


def test_a_cluster_that_fixes_a_column_alone_has_no_residual_there():
    x = np.column_stack([X[:, :2], G == 3, X[:, 2]])
    test = wild_bootstrap(x, Y, G, draws=9, seed=4)
    for one in (0, 1, 2, 4, 5, 6):
        mine = one == G
        left = Y[mine] - x[mine, :-1] @ least_squares(x[~mine, :-1], Y[~mine])
        np.testing.assert_allclose(test.left_out[0][one], x[mine].T @ left, atol=1e-8)
    # without cluster 3 nothing tells the coefficient of its own column, so its residuals there keep their sum of 0
    assert abs(test.left_out[0][3, 2]) < 1e-8
    assert np.isfinite(test.p_value())


def test_collinear_columns_are_refused():
    with pytest.raises(DataError, match="collinear"):
        wild_bootstrap(np.column_stack([X, X[:, 2]]), Y, G)


@pytest.mark.parametrize("count", [10, 11, 13])
def test_all_signs_but_the_trial_itself_are_tried_once(count):
    signs = draw_weights(count, 99, 1)
    assert signs.shape == (2 ** (count - 1) - 1, count)
    assert set(signs.ravel()) == {-1.0, 1.0}
    assert (signs[:, -1] == 1.0).all()  # turning all at once changes nothing, so the last keeps its sign
    assert len(np.unique(signs, axis=0)) == len(signs)
    assert not (signs == 1.0).all(axis=1).any()


def test_six_values_below_ten_clusters_and_signs_above_thirteen():
    six = draw_weights(9, 4000, 1)
    assert six.shape == (4000, 9)
    values, counts = np.unique(six, return_counts=True)
    halves = np.sqrt([0.5, 1.0, 1.5])
    np.testing.assert_allclose(values, np.concatenate([-halves[::-1], halves]), rtol=1e-14)
    # 36,000 draws, 6,000 expected each with a standard deviation of 71, taken four times
    assert np.abs(counts - 6000).max() < 4 * 71
    signs = draw_weights(14, 4000, 1)
    assert signs.shape == (4000, 14)
    assert set(signs.ravel()) == {-1.0, 1.0}
    assert abs((signs == 1).mean() - 0.5) < 4 * 0.5 / np.sqrt(signs.size)
    np.testing.assert_array_equal(draw_weights(14, 50, 2), draw_weights(14, 50, 2))
    uniform = np.random.Generator(np.random.PCG64(np.random.SeedSequence(2))).random((50, 14))
    np.testing.assert_array_equal(draw_weights(14, 50, 2), np.where(uniform < 0.5, -1.0, 1.0))


@pytest.mark.parametrize("effect", [0.0, 0.7])
@pytest.mark.parametrize("correlation", ["independence", "exchangeable"])
def test_both_ways_of_a_linear_model_whiten_and_then_agree(correlation, effect):
    left = Y - effect * X[:, 2]
    residual = left - X[:, :2] @ least_squares(X[:, :2], left)
    sums = np.bincount(G, residual)
    shared = moment_correlation(sums, SIZES, float(residual @ residual), 2)[0]
    assert shared > 0.05
    alpha = shared if correlation == "exchangeable" else 0.0
    whitened_x, whitened_y = np.empty_like(X), np.empty_like(Y)
    for one in range(7):
        mine = one == G
        inverse = np.linalg.inv((1 - alpha) * np.eye(mine.sum()) + alpha)
        half = np.linalg.cholesky(inverse).T
        whitened_x[mine], whitened_y[mine] = half @ X[mine], half @ Y[mine]
    share, _ = written_out(whitened_x, whitened_y, G, WEIGHTS, effect)
    assert LinearBootstrap(cluster_sums(X, Y, G), correlation, WEIGHTS).p_value(effect) == share
    assert ScoreBootstrap(X, Y, G, "linear", correlation, WEIGHTS).p_value(effect) == share


def test_a_correlation_below_0_counts_as_0():
    y = Y - np.bincount(G, Y)[G] / SIZES[G]
    sums = cluster_sums(X, y, G)
    for one in (LinearBootstrap, None):
        pair = [
            one(sums, how, WEIGHTS) if one else ScoreBootstrap(X, y, G, "linear", how, WEIGHTS)
            for how in ("exchangeable", "independence")
        ]
        assert pair[0].p_value(0.0) == pair[1].p_value(0.0) == pair[0].p_value()


def counts(family):
    rng = np.random.default_rng(9)
    groups = np.repeat(np.arange(9), [6, 8, 5, 9, 7, 6, 8, 10, 6])
    x = np.column_stack([np.ones(len(groups)), rng.normal(size=len(groups)), (groups % 2) * 1.0])
    line = 0.4 * x[:, 1] + 0.6 * x[:, 2] + 1.0 * rng.normal(size=9)[groups]
    if family == "poisson":
        return x, rng.poisson(np.exp(line)) * 1.0, groups
    return x, (rng.random(len(groups)) < 1 / (1 + np.exp(-line))) * 1.0, groups


@pytest.mark.parametrize("effect", [0.0, 0.5])
@pytest.mark.parametrize(
    ("family", "correlation"), list(itertools.product(["logistic", "poisson"], ["independence", "exchangeable"]))
)
def test_the_equations_with_the_effect_held_are_solved(family, correlation, effect):
    x, y, g = counts(family)
    base, shift = x[:, :2], effect * x[:, 2]

    def mean_and_slope(at):
        line = base @ at + shift
        mean = np.exp(line) if family == "poisson" else 1 / (1 + np.exp(-line))
        return mean, mean if family == "poisson" else mean * (1 - mean)

    def plain(at):
        return base.T @ (y - mean_and_slope(at)[0])

    first = root(plain, np.zeros(2), tol=1e-13).x
    mean, slope = mean_and_slope(first)
    pearson = (y - mean) / np.sqrt(slope)
    alpha = moment_correlation(np.bincount(g, pearson), np.bincount(g), float(pearson @ pearson), 2)[0]
    assert alpha > 0
    alpha = alpha if correlation == "exchangeable" else 0.0

    def by_cluster(at):
        mean, slope = mean_and_slope(at)
        grams, scores = [], []
        for one in range(9):
            mine = g == one
            half = np.sqrt(slope[mine])
            inverse = np.linalg.inv((1 - alpha) * np.eye(mine.sum()) + alpha)
            whitened = x[mine] * half[:, None]
            grams.append(whitened.T @ inverse @ whitened)
            scores.append(whitened.T @ inverse @ ((y - mean)[mine] / half))
        return np.array(grams), np.array(scores)

    solved = root(lambda at: by_cluster(at)[1].sum(axis=0)[:2], first, tol=1e-13).x
    weights = draw_weights(9, 199, 3)
    test = ScoreBootstrap(x, y, g, family, correlation, weights)
    grams, scores = test._solve(effect)
    there = by_cluster(solved)
    np.testing.assert_allclose(grams, there[0], rtol=1e-6)
    np.testing.assert_allclose(scores, there[1], atol=1e-6)
    assert test.p_value(effect) == bootstrap_sums(*there, weights).p_value(0.0)


def test_an_effect_without_a_solution_has_no_share(monkeypatch):
    x, y, g = counts("logistic")
    test = ScoreBootstrap(x, y, g, "logistic", "independence", draw_weights(9, 99, 3))
    assert np.isfinite(test.p_value(15.0))
    assert np.isnan(test.p_value(15.01))
    with pytest.raises(FitError, match=r"an effect of 15\.2 on the scale of the link leaves one arm without weight"):
        test._solve(15.2)
    linear = ScoreBootstrap(x, y, g, "linear", "independence", draw_weights(9, 99, 3))
    assert np.isfinite(linear.p_value(40.0))  # a linear scale has no such end
    monkeypatch.setattr(score_bootstrap, "_MAX_STEPS", 1)
    exchangeable = ScoreBootstrap(x, y, g, "logistic", "exchangeable", draw_weights(9, 99, 3))
    assert np.isnan(exchangeable.p_value(0.0))
    with pytest.raises(FitError, match="did not settle in 1 steps: use interval='t'"):
        exchangeable._solve(0.0)
