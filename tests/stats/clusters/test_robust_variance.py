"""Variances robust to clusters against the same formulas written out over all rows."""

import numpy as np
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.stats.clusters.bias_reduced import CORRECTIONS, robust_variance
from ctresearch.stats.clusters.estimating_equations import cluster_sums
from ctresearch.stats.clusters.kenward_roger import DFS, degrees_of_freedom, kenward_roger

POWER = {"kauermann_carroll": 0.5, "mancl_derouen": 1.0, "none": 0.0}
G = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 4])
RNG = np.random.default_rng(7)
X = np.column_stack([np.ones(12), RNG.normal(size=12), np.repeat([1.0, 0, 1, 0, 1], [3, 2, 4, 2, 1])])
Y = RNG.normal(size=12) + X[:, 1]


def to_power(matrix, power):
    """Raise a symmetric matrix to a power, where its values are above 0."""
    values, vectors = np.linalg.eigh(matrix)
    raised = np.array([value**power if value > 1e-9 else 0.0 for value in values])
    return vectors @ np.diag(raised) @ vectors.T


def over_all_rows(x, y, groups, contrast, correction):
    """Write variance and Satterthwaite's degrees of freedom out, residuals of independent rows of variance 1."""
    bread = np.linalg.inv(x.T @ x)
    hat = x @ bread @ x.T
    residual = y - hat @ y
    shares, moves = [], []
    for g in np.unique(groups):
        mine = groups == g
        undo = np.eye(mine.sum())
        if correction != "none":
            undo = to_power(np.eye(mine.sum()) - hat[np.ix_(mine, mine)], -POWER[correction])
        weight = np.zeros(len(y))
        weight[mine] = undo @ x[mine] @ bread @ contrast
        shares.append(weight @ residual)
        moves.append((np.eye(len(y)) - hat) @ weight)
    among = np.array(moves) @ np.array(moves).T
    count = len(shares)
    scale = count / (count - 1) if correction == "none" else 1.0
    return scale * np.square(shares).sum(), np.trace(among) ** 2 / (among**2).sum(), np.sqrt(scale) * np.array(shares)


@pytest.mark.parametrize("correction", CORRECTIONS)
@pytest.mark.parametrize("contrast", [[0.0, 0.0, 1.0], [1.0, 0.5, -2.0]])
def test_sums_by_cluster_give_what_all_rows_give(contrast, correction):
    contrast = np.array(contrast)
    bread = np.linalg.inv(X.T @ X)
    sums = cluster_sums(X, Y - X @ bread @ X.T @ Y, G).products
    found = robust_variance(sums[:, :-1, :-1], sums[:, :-1, -1], bread, contrast, correction)
    variance, df, shares = over_all_rows(X, Y, G, contrast, correction)
    assert found.variance == pytest.approx(variance, rel=1e-9)
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-9)
    assert found.df == pytest.approx(df, rel=1e-9)
    np.testing.assert_allclose(found.influence, shares, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_a_direction_that_a_cluster_fixes_alone_adds_nothing(correction):
    x = np.column_stack([X, G == 3])
    contrast = np.array([0.0, 0.0, 1.0, 0.0])
    bread = np.linalg.inv(x.T @ x)
    sums = cluster_sums(x, Y - x @ bread @ x.T @ Y, G).products
    found = robust_variance(sums[:, :-1, :-1], sums[:, :-1, -1], bread, contrast, correction)
    variance, df, _ = over_all_rows(x, Y, G, contrast, correction)
    assert (found.variance, found.df) == pytest.approx((variance, df), rel=1e-8)


def test_the_second_way_of_degrees_of_freedom_is_for_mixed_models():
    assert DFS == ("satterthwaite", "kenward-roger")
    assert degrees_of_freedom("satterthwaite", "gee") == "satterthwaite"
    assert degrees_of_freedom("satterthwaite", "mixed") == "satterthwaite"
    assert degrees_of_freedom("kenward-roger", "mixed") == "kenward-roger"
    with pytest.raises(SpecificationError, match=r"df == 'kenward-roger' with method='gee', must be 'satterthwaite'"):
        degrees_of_freedom("kenward-roger", "gee")
    with pytest.raises(SpecificationError, match=r"df == 'residual'"):
        degrees_of_freedom("residual", "mixed")


def test_kenward_and_roger_with_shapes_that_do_not_commute():
    # the formulas of the paper, term by term over all rows, for three variances
    shapes = [np.eye(12), (G[:, None] == G) * 1.0, np.outer(Y, Y)]
    theta = [1.0, 0.7, 0.3]
    inverse = np.linalg.inv(sum(t * shape for t, shape in zip(theta, shapes, strict=True)))
    phi = np.linalg.inv(X.T @ inverse @ X)
    push = [X.T @ inverse @ k @ inverse @ X for k in shapes]
    pair = [[X.T @ inverse @ k @ inverse @ m @ inverse @ X for m in shapes] for k in shapes]
    trace = [[np.trace(inverse @ k @ inverse @ m) for m in shapes] for k in shapes]
    error, df = kenward_roger(phi, np.array(push), np.array(pair), np.array(trace))

    p = inverse - inverse @ X @ phi @ X.T @ inverse
    spread = np.linalg.inv([[np.trace(p @ k @ p @ m) / 2 for m in shapes] for k in shapes])
    middle = sum(spread[i, j] * (pair[i][j] - push[i] @ phi @ push[j]) for i in range(3) for j in range(3))
    adjusted = phi + 2 * phi @ middle @ phi
    slope = np.array([(phi @ one @ phi)[-1, -1] for one in push])
    assert error == pytest.approx(np.sqrt(adjusted[-1, -1]), rel=1e-9)
    assert df == pytest.approx(2 * phi[-1, -1] ** 2 / (slope @ spread @ slope), rel=1e-9)


def test_a_collinear_column_is_named():
    from ctresearch.stats.regression.generalized_linear import inverse_information

    x = np.column_stack([X, X[:, 1]])
    with pytest.raises(DataError, match=r"most in 'age' *\)|most in 'again' *\)"):
        inverse_information(x.T @ x, ("constant", "age", "arm", "again"))
