"""Estimating equations against their definition over all rows, and the moments of the working correlation."""

import itertools

import numpy as np
import pytest

from ctresearch.core import DataError, FitError
from ctresearch.stats.clusters import estimating_equations
from ctresearch.stats.clusters.estimating_equations import cluster_sums, fit_clustered, moment_correlation

SIZES = np.array([3, 1, 4, 2, 5, 3])
G = np.repeat(np.arange(6), SIZES)
ORDER = np.random.default_rng(3).permutation(len(G))  # rows of a cluster need not stand together


def rows(family, seed=7):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(len(G)), rng.normal(size=len(G)), (G % 2) * 1.0])
    wide = 2 if family == "logistic" else 1
    line = 0.3 * x[:, 1] + 0.5 * x[:, 2] + wide * np.array([1.5, -1.2, 0.8, -1.5, 1.0, -0.6])[G]
    y = {
        "linear": line + rng.normal(size=len(G)),
        "logistic": (rng.random(len(G)) < 1 / (1 + np.exp(-line))) * 1.0,
        "poisson": rng.poisson(np.exp(line + 0.5)) * 1.0,
    }[family]
    return x[ORDER], y[ORDER], G[ORDER]


def means(family, line):
    if family == "linear":
        return line, np.ones_like(line)
    if family == "logistic":
        p = 1 / (1 + np.exp(-line))
        return p, p * (1 - p)
    return np.exp(line), np.exp(line)


def by_pairs(residual, groups, columns):
    """Return correlation and dispersion from all pairs of rows."""
    phi = (residual**2).sum() / (len(residual) - columns)
    products = [
        residual[i] * residual[j] for i, j in itertools.combinations(range(len(groups)), 2) if groups[i] == groups[j]
    ]
    return sum(products) / ((len(products) - columns) * phi), phi


@pytest.mark.parametrize("family", ["linear", "logistic", "poisson"])
def test_the_solution_meets_its_definition(family):
    x, y, g = rows(family)
    found = fit_clustered(x, y, g, family, "exchangeable")
    mean, slope = means(family, x @ found.coefficients)
    alpha, phi = by_pairs((y - mean) / np.sqrt(slope), g, 3)
    # the last step is below 1e-10, and the correlation is of the step before
    assert found.correlation == pytest.approx(alpha, abs=1e-8)
    assert found.dispersion == pytest.approx(phi, rel=1e-8)
    scores, grams = np.zeros((6, 3)), np.zeros((6, 3, 3))
    for one in range(6):
        mine = g == one
        root = np.sqrt(slope[mine])
        inverse = np.linalg.inv((1 - alpha) * np.eye(mine.sum()) + alpha)
        whitened = x[mine] * root[:, None]
        scores[one] = whitened.T @ inverse @ ((y - mean)[mine] / root)
        grams[one] = whitened.T @ inverse @ whitened
    assert np.abs(scores.sum(axis=0)).max() < 1e-7
    np.testing.assert_allclose(found.scores, scores, atol=1e-7)
    np.testing.assert_allclose(found.grams, grams, rtol=1e-7)
    np.testing.assert_allclose(found.bread, np.linalg.inv(grams.sum(axis=0)), rtol=1e-7)


@pytest.mark.parametrize("family", ["linear", "logistic", "poisson"])
def test_independence_is_the_regression_of_rows(family):
    x, y, g = rows(family)
    found = fit_clustered(x, y, g, family, "independence")
    mean, slope = means(family, x @ found.coefficients)
    np.testing.assert_allclose(x.T @ (y - mean), 0, atol=1e-7)
    assert np.isnan(found.correlation)
    assert found.dispersion == pytest.approx((((y - mean) ** 2) / slope).sum() / (len(y) - 3), rel=1e-9)
    np.testing.assert_allclose(found.grams.sum(axis=0), x.T @ (x * slope[:, None]), rtol=1e-9)
    np.testing.assert_allclose(found.scores[4], x[g == 4].T @ (y - mean)[g == 4], atol=1e-9)


def test_steps_that_are_calmed_end_at_the_same_solution(monkeypatch):
    x, y, g = rows("linear")
    plain = fit_clustered(x, y, g, "linear", "exchangeable")
    monkeypatch.setattr(estimating_equations, "_CALM", 0)
    calmed = fit_clustered(x, y, g, "linear", "exchangeable")
    assert calmed.correlation == pytest.approx(plain.correlation, abs=1e-8)
    np.testing.assert_allclose(calmed.coefficients, plain.coefficients, atol=1e-8)
    monkeypatch.setattr(estimating_equations, "_MAX_STEPS", 2)
    with pytest.raises(FitError, match="did not settle in 2 iterations"):
        fit_clustered(x, y, g, "linear", "exchangeable")


def test_a_collinear_column_is_named_as_the_caller_names_it():
    x, y, g = rows("linear")
    with pytest.raises(DataError, match=r"most in 'age'|most in 'twice'"):
        fit_clustered(
            np.column_stack([x, 2 * x[:, 1]]), y, g, "linear", "exchangeable", names=("c", "age", "arm", "twice")
        )


def test_the_correlation_by_hand():
    # residuals 3 1 | -2 0 | 1 -1 -2, one column: phi = 20 / 6; sums 4, -2, -2 of squares 24; pairs 1 + 1 + 3 - 1 = 4
    alpha, phi = moment_correlation(np.array([4.0, -2, -2]), np.array([2, 2, 3]), 20.0, 1)
    assert phi == pytest.approx(20 / 6, rel=1e-14)
    assert alpha == pytest.approx(2 / (4 * 20 / 6), rel=1e-14)


def test_the_correlation_is_drawn_back_into_what_the_sizes_allow():
    sizes = np.array([5, 5, 2])
    assert moment_correlation(np.zeros(3), sizes, 30.0, 1)[0] == pytest.approx(-0.9 / 4, rel=1e-14)
    assert moment_correlation(np.full(3, 100.0), sizes, 30.0, 1)[0] == 0.999


def test_without_pairs_or_without_residuals_there_is_no_correlation():
    ones = np.array([1, 1, 1, 1])
    assert moment_correlation(np.array([1.0, -1, 2, -2]), ones, 10.0, 1) == (0.0, 10 / 3)
    two = np.array([2, 1, 1, 1])  # a single pair, for one column: none is left
    assert moment_correlation(np.array([3.0, -1, 2, -2]), two, 10.0, 1) == (0.0, 2.5)
    assert moment_correlation(np.zeros(2), np.array([3, 3]), 0.0, 1) == (0.0, 0.0)
    three = np.array([3, 1])  # three pairs for two columns: one is left, and counts
    assert moment_correlation(np.array([2.0, 0.0]), three, 4.0, 2)[0] == 0.0
    assert moment_correlation(np.array([2.5, 0.0]), three, 4.0, 2)[0] == pytest.approx(2.25 / 2 / 2, rel=1e-14)


def test_sums_are_of_weighted_rows_in_any_order():
    x, y, g = rows("poisson")
    slope = np.random.default_rng(1).uniform(0.5, 2, len(y))
    sums = cluster_sums(x, y, g, slope)
    assert sums.sizes.tolist() == SIZES.tolist()
    both = np.column_stack([x * np.sqrt(slope)[:, None], y / np.sqrt(slope)])
    for one in range(6):
        np.testing.assert_allclose(sums.products[one], both[g == one].T @ both[g == one], rtol=1e-12)
        np.testing.assert_allclose(sums.totals[one], both[g == one].sum(axis=0), rtol=1e-12, atol=1e-12)
        inverse = np.linalg.inv(0.7 * np.eye(SIZES[one]) + 0.3)
        np.testing.assert_allclose(
            sums.whitened(0.3)[one], both[g == one].T @ inverse @ both[g == one], rtol=1e-9, atol=1e-12
        )
    plain = cluster_sums(x, y, g)
    np.testing.assert_allclose(plain.totals[2, -1], y[g == 2].sum(), rtol=1e-12)
    np.testing.assert_allclose(plain.products.sum(axis=0)[:-1, :-1], x.T @ x, rtol=1e-12)
