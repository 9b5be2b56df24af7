"""The mixed model against its likelihood written out over all rows, with derivatives taken numerically."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from ctresearch.core import DataError, FitError
from ctresearch.stats.clusters import restricted_likelihood
from ctresearch.stats.clusters.restricted_likelihood import MixedFit, fit_mixed

CELLS = [(0, 0, 3), (0, 1, 2), (1, 0, 4), (1, 1, 3), (1, 2, 2), (2, 1, 5), (2, 2, 3), (3, 0, 2), (3, 2, 4), (4, 2, 3)]
CELLS += [(5, 0, 3), (5, 1, 3), (5, 2, 1), (6, 0, 2), (6, 1, 4)]


def trial(seed=2, cluster=1.0, period=0.8):
    """Draw people of seven clusters in three periods, and shuffle them."""
    rng = np.random.default_rng(seed)
    clusters = np.concatenate([np.full(n, c) for c, _, n in CELLS])
    periods = np.concatenate([np.full(n, p) for _, p, n in CELLS])
    shared = cluster * rng.normal(size=7)[clusters] + period * rng.normal(size=21)[clusters * 3 + periods]
    age = rng.normal(size=len(clusters))
    arm = ((clusters % 3) < periods) * 1.0
    outcome = 2 + age - arm + shared + rng.normal(size=len(clusters))
    order = rng.permutation(len(clusters))
    design = np.column_stack([np.ones(len(clusters)), age, arm])[order]
    return SimpleNamespace(
        design=design, outcome=outcome[order], clusters=clusters[order], periods=periods[order], words=("one", "age")
    )


def shapes_of(data, by_period):
    same = data.clusters[:, None] == data.clusters
    kinds = [np.eye(len(data.outcome)), same * 1.0]
    return kinds + ([same * (data.periods[:, None] == data.periods) * 1.0] if by_period else [])


def generalised(data, kinds, theta):
    """Return coefficients, their covariance and the restricted likelihood at some variances."""
    v = sum(t * k for t, k in zip(theta, kinds, strict=True))
    inverse = np.linalg.inv(v)
    x, y = data.design, data.outcome
    phi = np.linalg.inv(x.T @ inverse @ x)
    beta = phi @ x.T @ inverse @ y
    left = y - x @ beta
    value = -0.5 * (np.linalg.slogdet(v)[1] - np.linalg.slogdet(phi)[1] + left @ inverse @ left)
    return beta, phi, value


def slope_by_differences(of, theta):
    return approx_fprime(theta, of, 1e-6)


@pytest.mark.parametrize("by_period", [False, True])
def test_the_variances_are_where_the_likelihood_is_highest(by_period):
    data = trial()
    kinds = shapes_of(data, by_period)
    found = fit_mixed(data, by_period=by_period)
    assert found.at_zero is False
    assert (found.variances > 0.01).all()
    beta, phi, top = generalised(data, kinds, found.variances)
    np.testing.assert_allclose(found.coefficients, beta, rtol=1e-8)
    assert found.std_error == pytest.approx(np.sqrt(phi[-1, -1]), rel=1e-8)
    assert found.icc == pytest.approx(found.variances[1:].sum() / found.variances.sum(), rel=1e-14)
    for place in range(len(kinds)):
        for factor in (0.999, 1.001):
            moved = found.variances.copy()
            moved[place] *= factor
            assert generalised(data, kinds, moved)[2] < top


@pytest.mark.parametrize("by_period", [False, True])
def test_satterthwaite_matches_the_spread_of_the_variance(by_period):
    data = trial()
    kinds = shapes_of(data, by_period)
    found = fit_mixed(data, by_period=by_period)
    theta = found.variances

    def variance(at):
        return generalised(data, kinds, at)[1][-1, -1]

    gradient = np.array([(variance(theta + h) - variance(theta - h)) / 2e-4 for h in 1e-4 * np.eye(len(theta))])

    def likelihood(at):
        return generalised(data, kinds, at)[2]

    steps = 1e-3 * np.eye(len(theta))
    second = np.array(
        [
            [
                (
                    likelihood(theta + a + b)
                    - likelihood(theta + a - b)
                    - likelihood(theta - a + b)
                    + likelihood(theta - a - b)
                )
                / 4e-6
                for b in steps
            ]
            for a in steps
        ]
    )
    df = 2 * variance(theta) ** 2 / (gradient @ np.linalg.inv(-second) @ gradient)
    assert found.df == pytest.approx(df, rel=1e-4)  # differences of second order, steps of a thousandth


@pytest.mark.parametrize("by_period", [False, True])
def test_kenward_and_roger_over_all_rows(by_period):
    data = trial()
    kinds = shapes_of(data, by_period)
    found = fit_mixed(data, by_period=by_period, df="kenward-roger")
    x = data.design
    inverse = np.linalg.inv(sum(t * k for t, k in zip(found.variances, kinds, strict=True)))
    phi = np.linalg.inv(x.T @ inverse @ x)
    p = inverse - inverse @ x @ phi @ x.T @ inverse
    spread = np.linalg.inv([[np.trace(p @ k @ p @ m) / 2 for m in kinds] for k in kinds])
    middle = np.zeros((3, 3))
    for i, k in enumerate(kinds):
        for j, m in enumerate(kinds):
            middle += spread[i, j] * (x.T @ inverse @ k @ p @ m @ inverse @ x)
    error = (phi + 2 * phi @ middle @ phi)[-1, -1]
    slope = np.array([(phi @ x.T @ inverse @ k @ inverse @ x @ phi)[-1, -1] for k in kinds])
    assert found.std_error == pytest.approx(np.sqrt(error), rel=1e-7)
    assert found.df == pytest.approx(2 * phi[-1, -1] ** 2 / (slope @ spread @ slope), rel=1e-7)


def test_derivatives_are_those_of_the_likelihood():
    data = trial()
    blocks, within = restricted_likelihood._reduce(data, by_period=True)
    kinds = shapes_of(data, True)
    theta = np.array([1.3, 0.6, 0.4])

    def at(values):
        return restricted_likelihood._evaluate(blocks, within, values)

    point, other = at(theta), at(np.array([0.8, 0.2, 0.9]))
    # the constant of the likelihood is left out, so differences are compared
    there = [generalised(data, kinds, one)[2] for one in (theta, np.array([0.8, 0.2, 0.9]))]
    assert point.value - other.value == pytest.approx(there[0] - there[1], rel=1e-9)
    for place, step in enumerate(1e-5 * np.eye(3)):
        up, down = at(theta + step), at(theta - step)
        assert point.slope[place] == pytest.approx((up.value - down.value) / 2e-5, rel=1e-5)
        np.testing.assert_allclose(point.information[place], -(up.slope - down.slope) / 2e-5, rtol=1e-5, atol=1e-7)


def test_a_variance_whose_likelihood_falls_from_0_is_0():
    data = trial(cluster=0.0, period=0.0)
    data.outcome = (
        data.outcome
        - np.bincount(data.clusters, data.outcome)[data.clusters] / (np.bincount(data.clusters)[data.clusters])
    )
    found = fit_mixed(data, by_period=True)
    assert found.at_zero is True
    assert found.variances[1:].tolist() == [0.0, 0.0]
    assert found.icc == 0.0
    rest = data.outcome - data.design @ np.linalg.lstsq(data.design, data.outcome, rcond=None)[0]
    assert found.variances[0] == pytest.approx(rest @ rest / (len(rest) - 3), rel=1e-8)
    assert found.df == pytest.approx(len(rest) - 3, rel=1e-6)  # rows beyond columns, as in a plain regression
    inverse = np.linalg.inv(data.design.T @ data.design)
    assert found.std_error == pytest.approx(np.sqrt(found.variances[0] * inverse[2, 2]), rel=1e-8)


def test_the_scale_of_the_outcome_plays_no_part():
    data = trial()
    one = fit_mixed(data, by_period=True)
    data.outcome = data.outcome * 1000
    other = fit_mixed(data, by_period=True)
    np.testing.assert_allclose(other.variances, 1e6 * one.variances, rtol=1e-6)
    assert other.df == pytest.approx(one.df, rel=1e-6)


def test_the_share_between_is_of_all_variances_but_that_of_rows():
    fit = MixedFit(np.zeros(1), np.array([5.0, 2.0, 1.0]), 0.1, 8.0, False)
    assert fit.icc == 3 / 8


def test_collinear_columns_and_a_likelihood_without_a_top_are_refused(monkeypatch):
    data = trial()
    twice = SimpleNamespace(**vars(data))
    twice.design = data.design[:, [0, 1, 1, 2]]
    twice.words = ("one", "age", "again")
    with pytest.raises(DataError, match=r"most in 'age'|most in 'again'"):
        fit_mixed(twice, by_period=False)
    arms = SimpleNamespace(**vars(data))
    arms.design = np.column_stack([data.design, data.design[:, 2]])[:, [0, 2, 3]]
    with pytest.raises(DataError, match=r"most in 'the arm'|most in 'age'"):
        fit_mixed(arms, by_period=False)
    monkeypatch.setattr(restricted_likelihood, "_MAX_STEPS", 0)
    blocks, within = restricted_likelihood._reduce(data, by_period=False)
    with pytest.raises(FitError, match="was not maximised in 0 steps: use method='gee'"):
        restricted_likelihood._polish(blocks, within, np.array([0.1, 0.1]), 1.0)


def test_newton_steps_stop_before_a_variance_below_0_and_leave_one_at_0():
    data = trial()
    blocks, within = restricted_likelihood._reduce(data, by_period=False)
    top = fit_mixed(data, by_period=False).variances
    near = restricted_likelihood._polish(blocks, within, top * 1.05, float(np.var(data.outcome)))
    np.testing.assert_allclose(near, top, rtol=1e-8)
    alone = restricted_likelihood._polish(blocks, within, np.array([top.sum(), 0.0]), float(np.var(data.outcome)))
    assert alone[1] == 0.0
    rest = data.outcome - data.design @ np.linalg.lstsq(data.design, data.outcome, rcond=None)[0]
    assert alone[0] == pytest.approx(rest @ rest / (len(rest) - 3), rel=1e-8)
