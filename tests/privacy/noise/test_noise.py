"""Noise: its exact distribution, the privacy loss an attacker can measure, and the ledger that pays for it."""

import math
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ctresearch.core import DataError, DisclosureError, SpecificationError
from ctresearch.privacy import Output, PrivacyBudget, private_counts, private_histogram, private_mean, release
from ctresearch.privacy.noise.entropy import entropy
from ctresearch.privacy.noise.noise import discrete_gaussian, discrete_laplace

DRAWS = 20_000


def fits(drawn, weight):
    """Chi-square p-value of draws against a distribution given up to its constant."""
    support = np.arange(-60, 61)
    share = np.array([weight(abs(int(x))) for x in support])
    expected = DRAWS * share / share.sum()
    counted = Counter(drawn)
    observed = np.array([counted[int(x)] for x in support], dtype=float)
    usual = expected >= 5
    tail = [observed[~usual].sum(), DRAWS - observed.sum()]
    observed = np.r_[observed[usual], sum(tail)]
    expected = np.r_[expected[usual], DRAWS - expected[usual].sum()]
    return stats.chisquare(observed, expected).pvalue


@pytest.mark.parametrize("scale", [Fraction(1, 2), Fraction(2), Fraction(7, 3)])
def test_laplace_noise_has_its_distribution(scale):
    draw = entropy(1)
    drawn = [discrete_laplace(scale, draw) for _ in range(DRAWS)]
    assert fits(drawn, lambda x: math.exp(-x / scale)) > 1e-4  # a fixed seed; a wrong sampler gives 0


@pytest.mark.parametrize("variance", [Fraction(1, 3), Fraction(4), Fraction(19, 2)])
def test_gaussian_noise_has_its_distribution(variance):
    draw = entropy(2)
    drawn = [discrete_gaussian(variance, draw) for _ in range(DRAWS)]
    assert fits(drawn, lambda x: math.exp(-(x**2) / (2 * variance))) > 1e-4
    assert np.var(drawn) <= float(variance) * 1.05  # below the variance in truth; five percent for chance


def test_a_test_of_fit_would_notice_a_wrong_scale():
    draw = entropy(1)
    drawn = [discrete_laplace(Fraction(2), draw) for _ in range(DRAWS)]
    assert fits(drawn, lambda x: math.exp(-x / 2.2)) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize(("epsilon", "delta"), [(0.5, 0.0), (1.0, 0.0), (2.0, 0.0), (1.0, 1e-3)])
def test_an_attacker_measures_no_more_than_the_claimed_loss(epsilon, delta):
    """Lower confidence limit of the loss over many events on neighbouring tables, against the claim."""
    zeros = pd.Series(np.zeros(DRAWS, dtype=int))
    without = private_counts(zeros, epsilon=epsilon, delta=delta, seed=1).table.to_numpy()
    person = private_counts(zeros + 1, epsilon=epsilon, delta=delta, seed=2).table.to_numpy()
    worst = -np.inf
    events = range(-3, 5)
    for cut in events:
        for one, two in (
            ((person >= cut).sum(), (without >= cut).sum()),
            ((without <= cut).sum(), (person <= cut).sum()),
        ):
            # one-sided limits at 1e-4 each: sixteen events, so a false alarm in under four of a thousand seeds
            low = stats.binomtest(int(one), DRAWS).proportion_ci(1 - 2e-4).low
            high = stats.binomtest(int(two), DRAWS).proportion_ci(1 - 2e-4).high
            if low > delta:
                worst = max(worst, math.log((low - delta) / high))
    assert worst <= epsilon
    if delta == 0:
        assert worst > 0.8 * epsilon  # Laplace noise uses its budget up: the audit can see a loss at all


def test_one_person_in_several_cells_costs_more_noise():
    counts = pd.Series([100] * 4)
    assert (
        private_counts(counts, epsilon=1, cells_per_person=4).noise_sd
        > 3.9 * private_counts(counts, epsilon=1).noise_sd
    )
    gauss = [private_counts(counts, epsilon=1, delta=1e-6, cells_per_person=c).noise_sd for c in (1, 4)]
    assert gauss[1] / gauss[0] == pytest.approx(2, rel=1e-4)  # square root of four; the variance is rounded up


@pytest.mark.slow
def test_the_stated_deviation_is_that_of_the_noise():
    for options in ({}, {"delta": 1e-4}):
        noised = private_counts(pd.Series(np.zeros(DRAWS, dtype=int)), epsilon=0.7, seed=5, **options)
        assert noised.table.std() == pytest.approx(noised.noise_sd, rel=0.05)  # five percent: 20,000 heavy-tailed draws
        assert abs(noised.table.mean()) < 5 * noised.noise_sd / math.sqrt(DRAWS)


def test_a_histogram_counts_code_list_categories_only():
    noised = private_histogram(["a"] * 500 + ["b"] * 200 + ["unknown"] * 90, ["b", "a", "c"], epsilon=2.0)
    assert list(noised.table.index) == ["b", "a", "c"]
    assert np.abs(noised.table - [200, 500, 0]).max() < 30  # noise beyond 30 at epsilon 2 has probability below 1e-25


def test_a_mean_is_near_and_within_its_limits():
    values = np.r_[np.full(4000, 10.0), np.full(1000, 500.0)]
    found = private_mean(values, lower=0, upper=60, epsilon=1.0)
    assert found.table["mean"] == pytest.approx(20.0, abs=1.0)  # 500 is moved to 60; noise of the sum about 0.03
    few = [private_mean([3.0], lower=0, upper=60, epsilon=0.01, seed=i).table["mean"] for i in range(50)]
    assert min(few) >= 0
    assert max(few) <= 60


def test_noise_for_release_is_never_the_same_twice_and_a_seed_is_refused():
    counts = pd.Series([100] * 40, index=[f"c{i}" for i in range(40)])
    one, two = private_counts(counts, epsilon=0.1), private_counts(counts, epsilon=0.1)
    assert not one.table.equals(two.table)
    assert one.private
    seeded = private_counts(counts, epsilon=0.1, seed=3)
    assert not seeded.private
    assert release([Output("n", "table", "restricted", seeded.table, [100] * 40)])["n"].rule == "seeded_noise"


def test_a_ledger_refuses_overspending_and_survives_restarts(tmp_path):
    path = tmp_path / "ledger.jsonl"
    PrivacyBudget.create(path, epsilon=1.0, delta=1e-6)
    for _ in range(10):
        PrivacyBudget(path).spend(0.1, purpose="a table")
    with pytest.raises(DisclosureError, match=r"costs epsilon 0\.1"):
        PrivacyBudget(path).spend(0.1, purpose="one more")
    assert len(PrivacyBudget(path).spendings) == 10
    assert PrivacyBudget(path).total == (1.0, 1e-6)


def test_amounts_add_up_as_they_are_written(tmp_path):
    budget = PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=0.3)
    for _ in range(3):
        budget.spend(0.1, purpose="a table")
    assert budget.remaining == (0.0, 0.0)  # in floating point 0.1 + 0.1 + 0.1 > 0.3


def test_a_refused_release_draws_no_noise_and_pays_nothing(tmp_path):
    budget = PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=0.5)
    with pytest.raises(DisclosureError):
        private_counts(pd.Series([5]), epsilon=1.0, budget=budget)
    assert budget.remaining == (0.5, 0.0)
    private_mean([1.0], lower=0, upper=2, epsilon=0.5, budget=budget)
    assert budget.remaining == (0.0, 0.0)


def pay(path):
    """Pay as often as the ledger allows."""
    paid = 0
    try:
        while True:
            PrivacyBudget(path).spend(0.03125, purpose="a table")
            paid += 1
    except DisclosureError:
        return paid


def test_those_who_pay_at_once_never_overspend(tmp_path):
    path = tmp_path / "ledger.jsonl"
    PrivacyBudget.create(path, epsilon=1.0)
    with ThreadPoolExecutor(4) as pool:  # each payment opens and locks the file anew, as another process would
        paid = list(pool.map(pay, [path] * 4))
    assert sum(paid) == 32
    assert PrivacyBudget(path).remaining == (0.0, 0.0)


def test_a_changed_ledger_is_noticed_and_a_torn_line_is_no_payment(tmp_path):
    path = tmp_path / "ledger.jsonl"
    budget = PrivacyBudget.create(path, epsilon=1.0)
    budget.spend(0.25, purpose="one")
    budget.spend(0.25, purpose="two")
    whole = path.read_text()
    path.write_text(whole + '{"after": "torn')
    assert budget.remaining == (0.5, 0.0)
    budget.spend(0.25, purpose="three")
    assert [s.purpose for s in budget.spendings] == ["one", "two", "three"]
    lines = whole.splitlines(keepends=True)
    cut = ["".join(lines[:-1]), lines[0] + lines[1], "".join(lines[:2]) + lines[3], whole + lines[3]]
    for changed in (whole.replace("0.25", "0.05", 1), whole.replace("1.0", "9.0", 1), whole[:-20], *cut):
        path.write_text(changed)
        with pytest.raises(DataError, match="was changed"):
            PrivacyBudget(path)
    for none in ("", "{}\n", "".join(lines[1:]), "[]\n[]\n", "paid\n"):
        path.write_text(none)
        with pytest.raises(DataError, match="spend nothing"):
            PrivacyBudget(path)


def test_a_payment_counts_though_the_end_of_its_line_is_lost(tmp_path):
    path = tmp_path / "ledger.jsonl"
    budget = PrivacyBudget.create(path, epsilon=1.0)
    budget.spend(0.75, purpose="one")
    path.write_text(path.read_text().rstrip("\n"))
    assert budget.remaining == (0.25, 0.0)
    budget.spend(0.25, purpose="two")
    assert [s.purpose for s in PrivacyBudget(path).spendings] == ["one", "two"]


def test_an_entry_that_was_written_before_its_head_counts(tmp_path):
    path = tmp_path / "ledger.jsonl"
    budget = PrivacyBudget.create(path, epsilon=1.0)
    before = path.read_text().splitlines()[0]
    budget.spend(0.75, purpose="one")
    path.write_text("\n".join([before, *path.read_text().splitlines()[1:], ""]))  # the power failed in between
    assert budget.remaining == (0.25, 0.0)
    budget.spend(0.25, purpose="two")
    assert PrivacyBudget(path).remaining == (0.0, 0.0)


def test_a_ledger_is_started_once(tmp_path):
    with pytest.raises(DataError, match="no ledger"):
        PrivacyBudget(tmp_path / "ledger.jsonl")
    PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=1.0)
    with pytest.raises(SpecificationError, match="never started twice"):
        PrivacyBudget.create(tmp_path / "ledger.jsonl", epsilon=1.0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: private_counts([1], epsilon=1), DataError, "counts is a list"),
        (
            lambda: private_counts(pd.Series([0.5]), epsilon=1),
            DataError,
            "1 of 1 cells is a number .row 1., must be whole numbers",
        ),
        (lambda: private_counts(pd.Series([5]), epsilon=0), SpecificationError, "epsilon == 0"),
        (lambda: private_counts(pd.Series([5]), epsilon=1, delta=0.9), SpecificationError, "delta == 0.9"),
        (
            lambda: private_counts(pd.Series([5]), epsilon=1, cells_per_person=0),
            SpecificationError,
            "cells_per_person == 0",
        ),
        (
            lambda: private_histogram(["a"], ["a", "a"], epsilon=1),
            SpecificationError,
            "categories has 2 entries, 1 of them different",
        ),
        (lambda: private_mean([np.nan], lower=0, upper=1, epsilon=1), DataError, "1 values are missing"),
        (lambda: private_mean([1.0], lower=1, upper=1, epsilon=1), SpecificationError, "upper == 1"),
        (
            lambda: private_mean([1.0], lower=0, upper=1, epsilon=1, steps=3),
            SpecificationError,
            "steps == 3, must be even",
        ),
        (lambda: discrete_laplace(Fraction(0), entropy(1)), SpecificationError, "scale == 0"),
        (lambda: discrete_gaussian(Fraction(-1), entropy(1)), SpecificationError, "variance == -1"),
    ],
)
def test_bad_input_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()
