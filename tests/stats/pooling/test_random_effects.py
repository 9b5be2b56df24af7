"""Pooled means against values worked out by hand or from the definitions, one method at a time."""

import itertools

import numpy as np
import pytest

from ctresearch.core import FitError
from ctresearch.stats.pooling import random_effects
from ctresearch.stats.pooling.random_effects import METHODS, cochran, pooled_mean, share_between, tau2_limits

Y, V = np.array([0.0, 2.0, 7.0]), np.array([1.0, 2.0, 4.0])
SPREAD = np.array([-1.0, 0.5, 2.0, 4.5, 3.0, 9.0])
UNEQUAL = np.array([0.5, 0.2, 1.0, 0.7, 0.3, 2.0])


def test_the_weighted_sum_of_squares_by_hand():
    # weights 1, 1/2, 1/4; mean (1 + 7/4) / (7/4) = 11/7
    mean = 11 / 7
    q = mean**2 + 0.5 * (2 - mean) ** 2 + 0.25 * (7 - mean) ** 2
    assert cochran(Y, V, 0.0) == pytest.approx(q, rel=1e-14)
    # a variance between of 2 gives the weights 1/3, 1/4, 1/6
    w = np.array([1 / 3, 1 / 4, 1 / 6])
    mean = (0.5 + 7 / 6) / w.sum()
    assert cochran(Y, V, 2.0) == pytest.approx(float((w * (Y - mean) ** 2).sum()), rel=1e-14)


def test_the_share_between():
    assert share_between(3.0, 1.0) == 0.75
    assert share_between(0.0, 2.0) == 0.0


def test_a_common_value_by_hand():
    found = pooled_mean(Y, V, "fixed")
    assert found.tau2 == 0.0
    assert found.mean == pytest.approx(11 / 7, rel=1e-14)
    assert found.variance == pytest.approx(4 / 7, rel=1e-14)
    assert found.weights == pytest.approx([4 / 7, 2 / 7, 1 / 7], rel=1e-14)
    assert found.q == cochran(Y, V, 0.0)
    # Higgins and Thompson: 2 * S1 / (S1^2 - S2) with S1 = 7/4 and S2 = 21/16
    assert found.within == pytest.approx(2 * 1.75 / (1.75**2 - 1.3125), rel=1e-14)
    assert found.i2 == 0.0


def test_moments_of_dersimonian_and_laird_by_hand():
    # (Q - 2) / (S1 - S2 / S1) with S1 = 7/4, S2 = 21/16
    tau2 = (cochran(Y, V, 0.0) - 2) / (1.75 - 1.3125 / 1.75)
    found = pooled_mean(Y, V, "dl")
    assert found.tau2 == pytest.approx(tau2, rel=1e-14)
    w = 1 / (V + tau2)
    assert found.mean == pytest.approx(float(w @ Y / w.sum()), rel=1e-14)
    assert found.variance == pytest.approx(1 / w.sum(), rel=1e-14)
    assert found.i2 == pytest.approx(tau2 / (tau2 + found.within), rel=1e-14)
    assert found.q == cochran(Y, V, 0.0)


@pytest.mark.parametrize("method", METHODS)
def test_estimates_alike_have_no_variance_between(method):
    found = pooled_mean(np.array([1.0, 1.1, 0.9]), np.ones(3), method)
    assert found.tau2 == 0.0
    assert found.mean == pytest.approx(1.0, rel=1e-14)
    assert found.variance == pytest.approx(1 / 3, rel=1e-14)


def test_equal_variances_have_closed_forms():
    # with one variance v: REML, DL and PM all give s^2 - v, ML gives (n - 1) / n * s^2 - v
    y, v = SPREAD, np.full(6, 0.5)
    s2 = float(np.var(y, ddof=1))
    for method in ("reml", "dl", "pm"):
        assert pooled_mean(y, v, method).tau2 == pytest.approx(s2 - 0.5, rel=1e-9)
    assert pooled_mean(y, v, "ml").tau2 == pytest.approx(s2 * 5 / 6 - 0.5, rel=1e-9)


def restricted(tau2, y, v):
    """Write the restricted log likelihood out, as Viechtbauer (2005) gives it."""
    w = 1 / (v + tau2)
    mean = (w * y).sum() / w.sum()
    return 0.5 * (np.log(w).sum() - np.log(w.sum()) - (w * (y - mean) ** 2).sum())


def full(tau2, y, v):
    return restricted(tau2, y, v) + 0.5 * np.log((1 / (v + tau2)).sum())


@pytest.mark.parametrize(("method", "likelihood"), [("reml", restricted), ("ml", full)])
def test_the_likelihood_is_highest_where_it_is_said_to_be(method, likelihood):
    tau2 = pooled_mean(SPREAD, UNEQUAL, method).tau2
    top = likelihood(tau2, SPREAD, UNEQUAL)
    grid = np.linspace(0, 10 * tau2, 2001)
    assert top >= max(likelihood(one, SPREAD, UNEQUAL) for one in grid)
    near = [(likelihood(tau2 * f, SPREAD, UNEQUAL) - top) for f in (1 - 1e-4, 1 + 1e-4)]
    assert near[0] < 0 > near[1]
    assert near[0] == pytest.approx(near[1], rel=1e-3)  # a parabola about its top


def test_of_two_tops_the_higher_one_is_taken():
    # two exact estimates apart and many alike and inexact: the likelihood has a top near 0 and another far away
    y, v = np.array([0.0, 0.001, 30.0, 31.0]), np.array([1e-6, 1e-6, 400.0, 400.0])
    tau2 = pooled_mean(y, v, "ml").tau2
    grid = np.concatenate([[0.0], np.geomspace(1e-10, 1e4, 4001)])
    assert full(tau2, y, v) >= max(full(one, y, v) for one in grid) - 1e-9


def test_a_top_at_0_is_left_for_a_higher_one():
    # two exact estimates that agree make the likelihood fall from 0, and three others that differ make it rise again
    y, v = np.array([0.0, 0.0, 10.0, -10.0, 10.0]), np.array([1e-6, 1e-6, 1.0, 1.0, 1.0])
    assert full(1e-9, y, v) < full(0.0, y, v)
    for method, likelihood in (("ml", full), ("reml", restricted)):
        tau2 = pooled_mean(y, v, method).tau2
        assert tau2 > 10
        assert likelihood(tau2, y, v) >= max(likelihood(one, y, v) for one in np.linspace(0, 300, 3001))


def test_paule_and_mandel_bring_q_to_its_expectation():
    tau2 = pooled_mean(SPREAD, UNEQUAL, "pm").tau2
    assert tau2 > 0
    assert cochran(SPREAD, UNEQUAL, tau2) == pytest.approx(5.0, rel=1e-10)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
def test_limits_are_where_q_meets_the_quantiles_of_chi_squared(level):
    from scipy.stats import chi2

    low, high = tau2_limits(SPREAD, UNEQUAL, level)
    assert 0 < low < high
    assert cochran(SPREAD, UNEQUAL, low) == pytest.approx(chi2.ppf((1 + level) / 2, 5), rel=1e-10)
    assert cochran(SPREAD, UNEQUAL, high) == pytest.approx(chi2.ppf((1 - level) / 2, 5), rel=1e-10)


def test_limits_are_0_where_estimates_are_more_alike_than_chance_makes_them():
    assert tau2_limits(np.array([0.0, 0.001, 0.002]), np.ones(3), 0.95) == (0.0, 0.0)
    low, high = tau2_limits(np.array([0.0, 1.0, 2.0]), np.ones(3), 0.95)
    assert low == 0.0 < high


def test_a_little_more_spread_than_chance_makes_has_a_little_variance():
    # Q is 2.5 with two degrees of freedom: half a unit above its expectation
    y = np.sqrt(1.25) * np.array([-1.0, 0.0, 1.0])
    assert cochran(y, np.ones(3), 0.0) == pytest.approx(2.5, rel=1e-14)
    assert pooled_mean(y, np.ones(3), "pm").tau2 == pytest.approx(0.25, rel=1e-12)


def test_what_has_no_limit_within_reach_is_refused():
    # with two estimates and a level next to 1 the lower quantile is some 1e-19, where Q comes at a variance of 1e19
    with pytest.raises(FitError, match="no limit within reach"):
        tau2_limits(np.array([0.0, 3.0]), np.ones(2), 1 - 1e-9)


def test_a_likelihood_without_a_top_is_refused(monkeypatch):
    monkeypatch.setattr(random_effects, "_reach", lambda _y, v: 1e-3 * v.min())  # a grid that ends before the top
    with pytest.raises(FitError, match="no maximum within reach: use method='dl'"):
        pooled_mean(SPREAD, UNEQUAL, "reml")


def test_the_scale_of_the_estimates_plays_no_part():
    for method, scale in itertools.product(METHODS, (1e3, 1e-3)):
        one = pooled_mean(SPREAD, UNEQUAL, method)
        other = pooled_mean(SPREAD * scale, UNEQUAL * scale**2, method)
        assert other.mean == pytest.approx(one.mean * scale, rel=1e-7)
        assert other.tau2 == pytest.approx(one.tau2 * scale**2, rel=1e-7)
        assert other.i2 == pytest.approx(one.i2, rel=1e-7)
