"""Bias, coverage and length with their Monte Carlo errors, against formulas and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.prevalence.simulation.performance import median_error, performance, wilson_limits


def test_figures_of_a_case_worked_by_hand():
    estimate = np.array([80.0, 110.0, 140.0, np.nan])
    low, high = np.array([70.0, 90.0, 105.0, np.nan]), np.array([95.0, 130.0, np.nan, np.nan])
    found = performance(estimate, low, high, 100.0)
    assert (found.populations, found.with_estimate, found.with_interval) == (4, 3, 2)
    assert found.bias == pytest.approx(0.1, abs=1e-12)
    assert found.bias_se == pytest.approx(0.3 / np.sqrt(3), abs=1e-12)
    assert found.median_bias == pytest.approx(0.1, abs=1e-12)
    assert (found.below, found.above, found.coverage) == (1, 0, 0.5)
    assert found.coverage_se == pytest.approx(np.sqrt(0.125), abs=1e-12)
    assert found.length == pytest.approx(0.325, abs=1e-12)


def test_a_method_that_never_gives_a_number_has_none():
    gone = np.full(3, np.nan)
    found = performance(gone, gone, gone, 100.0)
    assert (found.with_estimate, found.with_interval, found.below) == (0, 0, 0)
    assert np.isnan([found.bias, found.median_bias, found.coverage, found.coverage_se, found.length]).all()


def test_monte_carlo_errors_are_the_spread_of_what_they_belong_to():
    rng = np.random.default_rng(2)
    truth, repeats, size = 100.0, 400, 300
    draws = truth * np.exp(rng.normal(0, 0.3, (repeats, size)))
    found = [performance(row, row * 0.8, row * 1.3, truth) for row in draws]
    for name in ("bias", "median_bias", "coverage"):
        spread = np.std([getattr(one, name) for one in found], ddof=1)
        stated = np.mean([getattr(one, f"{name}_se") for one in found])
        # the spread over 400 repeats has an error of 3.5 %; the order statistics are rounder than that: 15 %
        assert stated == pytest.approx(spread, rel=0.15), name


def test_the_median_of_few_values_has_no_error():
    assert np.isnan(median_error(np.arange(4.0)))


@given(st.integers(0, 200), st.integers(1, 200))
def test_wilson_limits_hold_the_share_and_stay_between_0_and_1(hits, more):
    count = hits + more
    low, high = wilson_limits(hits / count, count, 0.95)
    assert 0 <= low <= hits / count + 1e-12  # rounding, where the limit is the share itself
    assert hits / count - 1e-12 <= high <= 1


def test_wilson_limits_against_statsmodels():
    from statsmodels.stats.proportion import proportion_confint

    np.testing.assert_allclose(wilson_limits(0.93, 500, 0.9), proportion_confint(465, 500, 0.1, "wilson"), rtol=1e-10)
    assert np.isnan(wilson_limits(np.nan, 0, 0.9)).all()
