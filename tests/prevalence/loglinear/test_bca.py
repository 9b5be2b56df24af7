"""BCa limits and acceleration against two outside implementations."""

import numpy as np
import pytest
from pins import cells_of, pinned
from scipy import stats

from ctresearch.prevalence.loglinear.bca import acceleration, bca_limits, robust_spread
from ctresearch.prevalence.loglinear.resample import jackknife
from ctresearch.prevalence.loglinear.selection import Stepwise


@pytest.mark.parametrize(("table", "lists"), [("korea", 3), ("uk-2013-5", 5)])
def test_acceleration_equals_sparsemse(table, lists):
    counts = cells_of(table)
    patterns = np.flatnonzero(counts)
    frequencies = counts[patterns].astype(np.int64)
    left_out = jackknife(Stepwise(lists, 2, 0.02), patterns, frequencies, counts.size)
    expected = pinned("sparsemse")[table]["bootstrap"]["acceleration"]
    assert acceleration(left_out, frequencies) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("level", [0.95, 0.9, 0.8, 0.68])
def test_limits_from_the_draws_of_sparsemse_equal_its_own(level):
    pin = pinned("sparsemse")["uk-2013-5"]
    drawn, accel = pin["bootstrap"], pin["bootstrap"]["acceleration"]
    estimate = pin["stepwise"][0]["estimate"]
    low, high = bca_limits(np.array(drawn["draws"]), estimate, accel, level)
    alpha = round((1 - level) / 2, 3)
    assert low == pytest.approx(drawn["limits"][f"{alpha:g}"], rel=1e-9)
    assert high == pytest.approx(drawn["limits"][f"{1 - alpha:g}"], rel=1e-9)


def test_limits_equal_those_of_scipy_for_a_mean():
    sample = np.random.default_rng(5).exponential(size=40)
    found = stats.bootstrap((sample,), np.mean, n_resamples=4000, rng=np.random.default_rng(6))
    left_out = (sample.sum() - sample) / (sample.size - 1)
    low, high = bca_limits(found.bootstrap_distribution, sample.mean(), acceleration(left_out, np.ones(40)), 0.95)
    # scipy interpolates quantiles by another rule: half a draw in 4,000, here up to 0.3 % of the estimate
    assert low == pytest.approx(found.confidence_interval.low, rel=3e-3)
    assert high == pytest.approx(found.confidence_interval.high, rel=3e-3)


def test_weights_stand_for_people_left_out_one_by_one():
    left_out, weights = np.array([9.0, 10.0, 14.0]), np.array([10, 5, 1])
    one_by_one = np.repeat(left_out, weights)
    assert acceleration(left_out, weights) == pytest.approx(acceleration(one_by_one, np.ones(16)), rel=1e-12)


def test_a_draw_that_equals_the_estimate_counts_as_half():
    draws = np.array([1.0, 2.0, 2.0, 3.0])
    tied = bca_limits(draws, 2.0, 0.0, 0.5)
    noisy = bca_limits(draws, 2.0 * (1 + 1e-13), 0.0, 0.5)
    assert tied == pytest.approx(noisy, rel=1e-9)
    # half below and half above: no bias, so these are plain percentiles
    assert tied == pytest.approx(tuple(np.quantile(draws, [0.25, 0.75], method="median_unbiased")), rel=1e-12)


@pytest.mark.parametrize(
    ("draws", "accel"),
    [(np.full(9, 5.0), 0.0), (np.arange(20, 30.0), 0.0), (np.full(9, np.nan), 0.0), (np.arange(10.0), np.nan)],
    ids=["all below", "all above", "none", "no acceleration"],
)
def test_limits_that_are_not_determined_are_missing(draws, accel):
    assert np.isnan(bca_limits(draws, 9.5 if accel == accel else 4.0, accel, 0.95)).all()


def test_tables_without_an_estimate_are_left_out():
    draws = np.arange(1.0, 101.0)
    assert bca_limits(np.append(draws, np.nan), 50.0, 0.0, 0.9) == bca_limits(draws, 50.0, 0.0, 0.9)


def test_no_influence_no_acceleration():
    assert acceleration(np.full(3, 7.0), np.array([2, 3, 4])) == 0.0


@pytest.mark.parametrize(
    ("draws", "estimate", "accel", "level"),
    [
        (np.arange(1.0, 1001.0), 700.0, 0.4, 0.99),  # the transformation turns round: limits would cross
        (np.arange(1.0, 1001.0), 300.0, -0.4, 0.99),
        (np.arange(1.0, 6.0), 3.0, 0.0, 0.95),  # five draws have no tail of 2.5 %
        (np.arange(1.0, 51.0), 25.0, 0.0, 0.999999),
    ],
)
def test_limits_that_the_draws_cannot_give_are_missing(draws, estimate, accel, level):
    assert np.isnan(bca_limits(draws, estimate, accel, level)).all()


def test_the_robust_spread_is_the_standard_deviation_of_normal_draws_and_ignores_runaways():
    draws = np.random.default_rng(5).normal(100, 7, 100_000)
    # the standard error of this spread at n = 100,000 is about 0.03
    assert robust_spread(draws) == pytest.approx(7, abs=0.12)
    assert robust_spread(np.append(draws, [1e12, np.nan])) == pytest.approx(7, abs=0.12)
    assert np.isnan(robust_spread(np.array([1.0])))
