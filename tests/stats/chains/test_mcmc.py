"""Diagnostics of chains: outside values, known chains, and draws that say nothing."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError
from ctresearch.stats import check_mixing, ess_bulk, ess_tail, mcse_mean, rhat
from ctresearch.stats.chains import mcmc, mixing

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


def test_the_check_gives_the_worst_of_each_and_what_to_do():
    good = autoregressive(0.0, draws=1000)
    slow = autoregressive(0.9, draws=1000, seed=1)
    check = check_mixing({"good": good, "slow": slow})
    assert (check.name, check.status, check.voids) == ("mixing", "fail", True)
    assert dict(check.numbers) == {"rhat": rhat(slow), "ess_bulk": ess_bulk(slow), "ess_tail": ess_tail(slow)}
    assert f"R-hat {rhat(slow):.3f}, effective draws {ess_bulk(slow):,.0f} (bulk)" in check.message
    fine = check_mixing({"good": good})
    assert (fine.name, fine.status) == ("mixing", "pass")
    assert dict(fine.numbers) == {"rhat": rhat(good), "ess_bulk": ess_bulk(good), "ess_tail": ess_tail(good)}
    assert f"{ess_tail(good):,.0f} (tail)" in fine.message


def test_a_constant_beside_a_good_quantity_is_told():
    good = autoregressive(0.0, draws=1000)
    for order in (("good", "constant"), ("constant", "good")):
        check = check_mixing({name: good if name == "good" else np.ones((4, 1000)) for name in order})
        assert "of constant have not mixed" in check.message
        assert np.isnan(list(check.numbers.values())).all()


@pytest.mark.parametrize(
    ("draws", "found", "status", "said"),
    [
        (1000, (1.0099, 400.0, 400.0), "pass", "have mixed"),
        (1000, (1.01, 900.0, 900.0), "fail", "have not mixed"),
        (1000, (1.0, 399.0, 900.0), "fail", "have not mixed"),
        (1000, (1.0, 900.0, 399.0), "fail", "have not mixed"),
        (200, (1.0, 399.0, 900.0), "fail", "800 draws are too few"),
        (201, (1.0, 399.0, 900.0), "fail", "have not mixed"),  # more than twice the 400 that are needed
        (200, (1.01, 399.0, 900.0), "fail", "have not mixed"),
    ],
)
def test_few_draws_are_asked_for_more_before_the_model_is_blamed(monkeypatch, draws, found, status, said):
    for name, value in zip(("rhat", "ess_bulk", "ess_tail"), found, strict=True):
        monkeypatch.setattr(mixing, name, lambda _, value=value: value)
    check = check_mixing({"x": np.zeros((4, draws)), "y": np.zeros((1, 4))})
    assert (check.status, check.voids) == (status, status == "fail")
    assert said in check.message
    assert tuple(check.numbers.values()) == found


def test_four_draws_a_chain_are_the_fewest():
    four = np.random.default_rng(0).normal(size=(2, 4))
    assert all(np.isfinite(diagnose(four)) for diagnose in (rhat, ess_bulk, mcse_mean))
    assert np.isfinite(rhat(four[:1]))
    for wrong in (four[:, :3], four[:0], [["a"] * 4]):
        with pytest.raises(DataError, match="must be"):
            rhat(wrong)


def test_antithetic_chains_tell_at_most_draws_times_their_logarithm():
    assert ess_bulk(np.tile([1.0, -1.0], (4, 500))) == pytest.approx(4000 * np.log10(4000), rel=1e-12)


def test_ties_share_their_rank():
    # ranks of 1 1 1 2 | 2 2 1 2 among eight: four ones at 2.5, four twos at 6.5, whose scores are a and -a
    one, two = np.array([[1.0, 1, 1, 2]]), np.array([[2.0, 2, 1, 2]])
    a = 1.0  # the scale plays no part in R-hat
    halves = np.array([[-a, -a], [-a, a], [a, a], [-a, a]])
    within, between = halves.var(axis=1, ddof=1).mean(), halves.mean(axis=1).var(ddof=1)
    assert rhat(np.concatenate([one, two])) == pytest.approx(np.sqrt(0.5 + between / within), rel=1e-12)


def test_a_top_that_many_draws_share_leaves_the_lower_tail():
    draws = np.random.default_rng(0).normal(size=(4, 500))
    assert ess_tail(np.minimum(draws, 1.0)) == ess_tail(np.where(draws > -1.0, 1.0, draws)) > 400
    mostly = np.ones((4, 500))
    mostly[:, ::25] = 0.0  # a twenty-fifth are lower, so that both quantiles are the largest value
    assert np.isnan(ess_tail(mostly))


@pytest.mark.parametrize(
    ("correlation", "time"),
    [
        # pairs 1.5, 0: the sum stops before a pair of 0, and keeps the next correlation if it is above 0
        ([1, 0.5, 0.25, -0.25, 0.4, -0.5] + [0.0] * 6, -1 + 2 * 1.5 + 0.25),
        ([1, 0.5, -0.25, 0.1, 0.4, -0.5] + [0.0] * 6, -1 + 2 * 1.5),
        # pairs 1.1, 0.4, 0.6, 0.2: a pair is at most the one before
        ([1, 0.1, 0.3, 0.1, 0.4, 0.2, 0.1, 0.1, -0.1, 0.0, 0.5, 0.5], -1 + 2 * (1.1 + 0.4 + 0.4 + 0.2)),
        # the last five lags are left out: of nine, two pairs and the tail after them
        ([1, 0.1, 0.3, 0.1, 0.4, 0.2, 0.1, 0.1, 0.1], -1 + 2 * (1.1 + 0.4) + 0.4),
        # of ten, three pairs
        ([1, 0.1, 0.3, 0.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1], -1 + 2 * (1.1 + 0.4 + 0.3) + 0.1),
        # and one pair at the least
        ([1, 0.1, 0.3, 0.1], -1 + 2 * 1.1 + 0.3),
        ([1, 0.2], -1 + 2 * 1.2),
    ],
)
def test_the_integrated_time_by_hand(correlation, time):
    assert mcmc._integrated_time(np.array(correlation, dtype=float)) == pytest.approx(time, rel=1e-13)
