"""Diagnostics of chains: outside values, known chains, and draws that say nothing."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError
from ctresearch.stats import check_mixing, ess_bulk, ess_tail, mcse_mean, rhat

CASES = json.loads((Path(__file__).parents[2] / "reference" / "stats" / "mcmc.json").read_text())["cases"]
ALL = (rhat, ess_bulk, ess_tail, mcse_mean)


def autoregressive(rho, chains=4, draws=20_000, seed=0):
    """Draw stationary normal chains of one autocorrelation."""
    noise = np.random.default_rng(seed).normal(size=(chains, draws))
    values = noise.copy()
    for i in range(1, draws):
        values[:, i] = rho * values[:, i - 1] + np.sqrt(1 - rho**2) * noise[:, i]
    return values


@pytest.mark.parametrize("diagnose", ALL, ids=lambda f: f.__name__)
@pytest.mark.parametrize("case", sorted(CASES))
def test_equals_the_reference(case, diagnose):
    # the same formulas in double precision: only the order of sums differs
    assert diagnose(CASES[case]["draws"]) == pytest.approx(CASES[case][diagnose.__name__], rel=1e-9)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, -0.5])
def test_effective_draws_of_an_autoregressive_chain(rho):
    draws = autoregressive(rho)
    expected = draws.size * (1 - rho) / (1 + rho)
    # the integrated time is estimated over some 50 lags: standard error sqrt(4 * 50 / 80,000) = 5 %, taken three times
    assert ess_bulk(draws) == pytest.approx(expected, rel=0.15)
    assert mcse_mean(draws) == pytest.approx(1 / np.sqrt(expected), rel=0.08)


@pytest.mark.parametrize("change", ["location", "spread", "drift"])
def test_chains_that_differ_are_found(change):
    draws = autoregressive(0.2, draws=1000, seed=3)
    if change == "location":
        draws[0] += 0.5
    elif change == "spread":
        draws[0] *= 2
    else:
        draws += np.linspace(0, 1, 1000)
    assert rhat(draws) > 1.02
    assert check_mixing({"x": draws}).status == "fail"


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_ranks_alone_count(seed):
    draws = np.random.default_rng(seed).normal(size=(3, 50))
    for diagnose in (ess_bulk, ess_tail):
        assert diagnose(np.exp(draws)) == pytest.approx(diagnose(draws), rel=1e-9)


@pytest.mark.parametrize("diagnose", ALL, ids=lambda f: f.__name__)
@pytest.mark.parametrize("value", [1.0, np.nan, np.inf])
def test_draws_that_say_nothing_give_nan(diagnose, value):
    draws = np.full((4, 100), value)
    assert np.isnan(diagnose(draws))
    draws[0, 0] = np.nan
    assert np.isnan(diagnose(draws))


def test_chains_stuck_at_different_values_have_an_infinite_rhat():
    assert rhat(np.repeat([[0.0], [1.0]], 50, axis=1)) == np.inf


@pytest.mark.parametrize("draws", [[1.0, 2.0], [[1.0, 2.0, 3.0]], np.zeros((2, 3, 4))])
def test_other_shapes_are_refused(draws):
    with pytest.raises(DataError, match=r"must be \(chains, draws\)"):
        rhat(draws)


def test_mixing_names_the_quantity_that_failed():
    good = autoregressive(0.0, draws=1000)
    bad = np.cumsum(good, axis=1)
    assert check_mixing({"good": good}).status == "pass"
    check = check_mixing({"good": good, "bad": bad})
    assert "of bad have not mixed" in check.message
    assert check.numbers["rhat"] > 1.01


def test_few_effective_draws_fail_even_if_chains_agree():
    check = check_mixing({"short": autoregressive(0.0, draws=80)})
    assert check.status == "fail"
    assert check.numbers["ess_bulk"] < 400


def test_constant_draws_fail():
    assert check_mixing({"constant": np.ones((4, 100))}).status == "fail"
