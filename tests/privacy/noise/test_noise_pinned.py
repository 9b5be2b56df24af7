"""Noise and rounding drawn from a seed: exact numbers, marks, options and the ledger's sentences."""

import json
import math
import random
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, DisclosureError, SpecificationError
from ctresearch.privacy import (
    Policy,
    PrivacyBudget,
    Spending,
    private_counts,
    private_histogram,
    private_mean,
    round_counts,
)
from ctresearch.privacy.noise.entropy import entropy, entropy_check
from ctresearch.privacy.noise.noise import discrete_gaussian, discrete_laplace
from ctresearch.privacy.noise.noised_table import noised_table
from ctresearch.privacy.noise.protection_seal import (
    Loss,
    declare_loss,
    declared_private,
    protection,
    seal,
    seeded,
    weak_noise,
)
from ctresearch.privacy.noise.rounding import controlled_rounding, random_rounding

# drawn by exact whole-number arithmetic, so that no rounding of the machine can change them
LAPLACE = [1, -4, 0, -4, -2, -6, -3, 4, 0, -2, 5, 2, -1, 1, 4, 0, 6, 0, 1, 0, 4, 3, 4, -2, 0, 6, -5, -2, 2, -2]
GAUSSIAN = [0, 0, -6, -5, -6, -2, -1, 1, 2, -8, -6, 0, 0, -2, 1, 2, 4, 2, 3, 4, 1, 3, 1, 3, 0, -2, 2, 1, 2, 0]
COUNTS = np.array([[1, 5, 9, 4], [14, 2, 7, 0], [3, 3, 8, 11]])


def test_a_seed_draws_the_same_noise():
    draw = entropy(7)
    assert [discrete_laplace(Fraction(7, 3), draw) for _ in range(30)] == LAPLACE
    draw = entropy(7)
    assert [discrete_gaussian(Fraction(19, 2), draw) for _ in range(30)] == GAUSSIAN
    with pytest.raises(SpecificationError, match=r"^scale == 0, must be above 0$"):
        discrete_laplace(Fraction(0), draw)
    with pytest.raises(SpecificationError, match=r"^variance == -1/2, must be above 0$"):
        discrete_gaussian(Fraction(-1, 2), draw)
    assert isinstance(discrete_laplace(Fraction(1, 1000), draw), int)


def test_entropy_is_of_the_system_or_of_a_seed_and_says_so():
    assert type(entropy()) is random.SystemRandom
    assert type(entropy(0)) is random.Random
    assert entropy(3).random() == entropy(3).random() != entropy(4).random()
    for wrong in (-1, 1.5, "1"):
        with pytest.raises(SpecificationError, match="seed == "):
            entropy(wrong)
    assert (entropy_check(None).name, entropy_check(None).status) == ("entropy", "pass")
    assert (entropy_check(0).name, entropy_check(0).status) == ("entropy", "fail")


def test_a_seed_rounds_the_same():
    assert random_rounding(COUNTS, 3, entropy(5)).tolist() == [[0, 6, 9, 3], [12, 0, 6, 0], [3, 3, 9, 9]]
    assert random_rounding(COUNTS, 5, entropy(5)).tolist() == [[0, 5, 10, 0], [15, 0, 10, 0], [5, 5, 10, 10]]
    assert controlled_rounding(COUNTS, 3, entropy(5)).tolist() == [[0, 6, 9, 3], [15, 0, 6, 0], [3, 3, 9, 12]]
    assert controlled_rounding(COUNTS, 5, entropy(5)).tolist() == [[0, 5, 10, 5], [10, 5, 5, 0], [5, 0, 10, 10]]


def test_rounded_tables_say_what_they_are():
    counts = pd.DataFrame(COUNTS, index=list("abc"), columns=list("wxyz"))
    one = round_counts(counts, 3, seed=5)
    assert one.table.to_numpy().tolist() == random_rounding(COUNTS, 3, entropy(5)).tolist()
    assert (one.base, one.private, one.check.status) == (3, False, "fail")
    assert one.table.attrs["private"] is False
    assert one.table.attrs["protected"]["by"] == "random rounding to multiples of 3"
    assert set(one.table.attrs["protected"]) == {"by", "figures"}
    assert (one.table.dtypes == np.int64).all()
    assert counts.attrs == {}
    assert counts.to_numpy().tolist() == COUNTS.tolist()
    two = round_counts(counts, 5, method="controlled", seed=5)
    assert two.table.to_numpy().tolist() == controlled_rounding(COUNTS, 5, entropy(5)).tolist()
    line = round_counts(pd.Series([1, 5, 9]), method="controlled", seed=1)
    assert line.table.shape == (3,)
    assert (line.table % 3 == 0).all()
    assert round_counts(counts).base == 3
    assert round_counts(counts).table.attrs["private"] is True
    assert protection(round_counts(counts, 5)) == "random rounding to multiples of 5"
    assert (
        round_counts(pd.Series([7, 8]), seed=0).table.tolist()
        == random_rounding(np.array([7, 8]), 3, entropy(0)).tolist()
    )


def test_noised_counts_of_a_seed_and_their_cost():
    laplace = private_counts(pd.Series([100, 40, 7], index=list("abc")), epsilon=0.7, seed=5)
    assert laplace.table.to_dict() == {"a": 99, "b": 41, "c": 7}
    decay = math.exp(-0.7)
    assert laplace.noise_sd == pytest.approx(math.sqrt(2 * decay) / (1 - decay), rel=1e-12)  # rounding of the machine
    assert (laplace.epsilon, laplace.delta, laplace.mechanism, laplace.private) == (0.7, 0.0, "laplace", False)
    assert laplace.table.attrs["protected"]["by"] == "laplace noise of standard deviation 1.98 (epsilon = 0.7)"
    assert laplace.table.attrs["protected"]["noise_sd"] == laplace.noise_sd
    gauss = private_counts(pd.DataFrame([[100, 40], [7, 0]]), epsilon=0.7, delta=1e-5, cells_per_person=3, seed=5)
    assert gauss.table.to_numpy().tolist() == [[86, 39], [13, -9]]
    need = math.log(1e5)
    rho = (math.sqrt(need + 0.7) - math.sqrt(need)) ** 2
    # the variance is rounded up to a millionth
    assert gauss.noise_sd == pytest.approx(math.sqrt(3 / (2 * rho)), rel=1e-8)
    assert (gauss.epsilon, gauss.delta, gauss.mechanism) == (0.7, 1e-5, "gaussian")
    assert gauss.table.attrs["private"] is False
    spread = private_counts(pd.Series([10]), epsilon=0.7, cells_per_person=2, seed=1)
    decay = math.exp(-0.35)
    assert spread.noise_sd == pytest.approx(math.sqrt(2 * decay) / (1 - decay), rel=1e-8)  # epsilon to a billionth
    assert private_counts(pd.Series([10]), epsilon=1.0).table.attrs["private"] is True


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epsilon": 9e-7}, "epsilon == 9e-07"),
        ({"epsilon": 101}, "epsilon == 101"),
        ({"epsilon": 1, "delta": -1e-9}, "delta == -1e-09"),
        ({"epsilon": 1, "delta": 0.51}, "delta == 0.51"),
        ({"epsilon": 1, "cells_per_person": 0}, "cells_per_person == 0"),
        ({"epsilon": 1, "cells_per_person": 1.5}, "cells_per_person == 1.5"),
        ({"epsilon": 1, "backend": "own"}, "backend == 'own', must be one of 'exact', 'opendp'"),
        ({"epsilon": 1, "backend": "opendp", "seed": 1}, r"^seed == 1, must be None"),
        ({"epsilon": 1, "seed": -1}, "seed == -1"),
    ],
)
def test_options_of_counts_out_of_range(options, message):
    with pytest.raises(SpecificationError, match=message):
        private_counts(pd.Series([10]), **options)


def test_options_of_counts_at_their_bounds():
    for options in ({"epsilon": 1e-6}, {"epsilon": 100}, {"epsilon": 1, "delta": 0.5}):
        assert private_counts(pd.Series([10]), seed=1, **options).table.size == 1


def test_a_histogram_of_a_seed_counts_known_categories_alone():
    found = private_histogram(["a"] * 50 + ["b"] * 20 + ["z", None], ["b", "a", "c"], epsilon=0.5, seed=5)
    assert found.table.to_dict() == {"b": 21, "a": 50, "c": 0}
    assert not found.private
    assert found.mechanism == "laplace"
    assert private_histogram(["a"], ["a"], epsilon=0.5, delta=1e-4, seed=5).mechanism == "gaussian"
    with pytest.raises(DataError, match=r"values': 2 of 4 cells .*\(rows 2 and 3\), must be spelled as the category"):
        private_histogram(["a", "A", " a", None], ["a", "b"], epsilon=1.0)
    with pytest.raises(DataError, match="categories"):
        private_histogram(["a"], ["a", "A"], epsilon=1.0)
    for categories, words in (([], "0 entries, 0 of them"), (["a", "a", "b"], "3 entries, 2 of them")):
        with pytest.raises(SpecificationError, match=words):
            private_histogram(["a"], categories, epsilon=1.0)


def test_a_mean_of_a_seed_takes_steps_and_limits():
    values = [3, 7, 20, 100] * 25
    found = private_mean(values, lower=0, upper=60, epsilon=0.5, seed=5)
    assert found.table.to_dict() == pytest.approx({"mean": 24.084117647058825, "n": 102.0}, rel=1e-12)
    coarse = private_mean(values, lower=0, upper=60, epsilon=0.5, seed=5, steps=10)
    assert coarse.table["mean"] == pytest.approx(22.588235294117645, rel=1e-12)
    assert (found.epsilon, found.delta, found.mechanism, found.private) == (0.5, 0.0, "laplace", False)
    decay = math.exp(-0.25)
    assert found.noise_sd == pytest.approx(math.sqrt(2 * decay) / (1 - decay), rel=1e-9)  # half of epsilon
    few = private_mean([3], lower=-10, upper=60, epsilon=0.01, seed=1)
    assert few.table.to_dict() == {"mean": -10.0, "n": 35.0}
    assert private_mean([[1.0, 2.0]], lower=0, upper=3, epsilon=1.0, steps=2).table.size == 2


@pytest.mark.parametrize(
    ("values", "options", "error", "message"),
    [
        ([1.0], {"steps": 1}, SpecificationError, "steps == 1"),
        ([1.0], {"steps": 7}, SpecificationError, "^steps == 7, must be even"),
        ([1.0], {"lower": 5}, SpecificationError, "upper == 5"),
        ([1.0], {"lower": float("nan")}, SpecificationError, "lower == nan"),
        ([1.0], {"epsilon": 0}, SpecificationError, "epsilon == 0"),
        (["few"], {}, DataError, "^values are a list that holds what is no number"),
        ([[1], [1, 2]], {}, DataError, "^values are a list that holds what is no number"),
        ([1.0, np.nan, np.nan], {}, DataError, "^2 values are missing"),
    ],
)
def test_means_that_are_refused(values, options, error, message):
    with pytest.raises(error, match=message):
        private_mean(values, **{"lower": 0, "upper": 5, "epsilon": 1.0} | options)


def test_every_release_is_paid_with_its_purpose(tmp_path):
    path = tmp_path / "ledger.jsonl"
    budget = PrivacyBudget.create(path, epsilon=5, delta=1e-4)
    private_counts(pd.DataFrame([[1, 2, 3]]), epsilon=1, delta=1e-5, budget=budget)
    private_histogram(["a"], ["a", "b"], epsilon=0.5, delta=2e-5, budget=budget)
    private_mean([1.0], lower=0, upper=2, epsilon=0.25, budget=budget)
    assert budget.spendings == (
        Spending(1.0, 1e-5, "3 counts"),
        Spending(0.5, 2e-5, "2 counts"),
        Spending(0.25, 0.0, "a mean"),
    )
    assert budget.total == (5.0, 1e-4)
    assert budget.remaining == (3.25, pytest.approx(7e-5, rel=1e-12))
    head, first, *rest = path.read_text().splitlines()
    assert json.loads(head)["entries"] == "00000004"
    assert json.loads(first)["epsilon"] == 5.0
    assert len(rest) == 3


def test_a_ledger_says_what_is_wrong(tmp_path):
    path = tmp_path / "ledger.jsonl"
    for amounts, words in (
        ({"epsilon": 0}, "epsilon == 0 and delta == 0, must be above 0"),
        ({"epsilon": -1}, "epsilon == -1"),
        ({"epsilon": 1, "delta": 1.5}, "delta == 1.5"),
        ({"epsilon": 1, "delta": -0.5}, "delta == -0.5"),
    ):
        with pytest.raises(SpecificationError, match=words):
            PrivacyBudget.create(path, **amounts)
    assert not path.exists()
    with pytest.raises(DataError, match=r"^there is no ledger at .*ledger.jsonl': start one"):
        PrivacyBudget(path)
    budget = PrivacyBudget.create(str(path), epsilon=1, delta=0.25)
    assert budget.path == path
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(SpecificationError, match=r"ledger\.jsonl' exists, and a ledger is never started twice"):
        PrivacyBudget.create(path, epsilon=1)
    assert list(tmp_path.iterdir()) == [path]
    for purpose in ("", "  ", None, 3):
        with pytest.raises(SpecificationError, match="must say what is released"):
            budget.spend(0.1, purpose=purpose)
    with pytest.raises(DisclosureError, match=r"^'x' costs epsilon 1.5 and delta 0, but only 1 and 0.25 are left$"):
        budget.spend(1.5, purpose="x")
    with pytest.raises(DisclosureError, match=r"^'x' costs epsilon 0 and delta 0.5, but only 1 and 0.25 are left$"):
        budget.spend(0, 0.5, purpose="x")
    budget.spend(1, 0.25, purpose="all")
    assert budget.remaining == (0.0, 0.0)
    assert PrivacyBudget.create(tmp_path / "deltas", epsilon=0, delta=0.5).remaining == (0.0, 0.5)


def test_a_seal_holds_for_its_figures_alone():
    table = pd.DataFrame({"sex": ["Woman", "Man"], "n": [120, 3], "m": [1.5, 2.0]})
    seal(table, "random rounding to multiples of 3", private=True)
    assert table.attrs["protected"]["by"] == "random rounding to multiples of 3"
    assert protection(table) == "random rounding to multiples of 3"
    assert protection(table[["m", "n", "sex"]]) == "random rounding to multiples of 3", "in whatever order"
    assert protection(table.assign(sex=["x", "y"])) is not None, "words are no figures"
    for changed in (
        table.assign(n=[120, 4]),
        table.assign(more=[1, 2]),
        table.assign(sex=["Woman", "17"]),
        table.assign(sex=["Woman", "(17)*"]),
        table.iloc[:1],
        table.drop(columns="m"),
    ):
        changed.attrs = dict(table.attrs)
        assert protection(changed) is None
        assert declared_private(changed)
    unsealed = table.copy()
    unsealed.attrs = {"private": True}
    assert protection(unsealed) is None
    unsealed.attrs = {"private": "yes"}
    assert not declared_private(unsealed)
    assert protection("text") is None
    assert not declared_private(None)
    seal(table, "random rounding to multiples of 3", private=False)
    assert protection(table) is None
    assert not declared_private(table)
    noisy = pd.Series([3, 4])
    seal(noisy, "noise", private=True, loss=Loss(1.0, 1e-6, 1.25))
    assert noisy.attrs["protected"] | {"figures": ""} == {
        "by": "noise",
        "figures": "",
        "epsilon": 1.0,
        "delta": 1e-6,
        "noise_sd": 1.25,
    }
    assert protection(noisy) == "noise"


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (Loss(10.0, 1e-5, 1.25), None),
        (Loss(10.01, 1e-5, 1.25), "its epsilon is above 10"),
        (Loss(float("nan"), 0.0, 1.25), "its epsilon is above 10"),
        (Loss(10.0, 1.1e-5, 1.25), "its delta is above 1e-05"),
        (Loss(10.0, float("nan"), 1.25), "its delta is above 1e-05"),
        (Loss(10.0, 0.0, 1.24), "its standard deviation is below 1.25 people"),
        (Loss(10.0, 0.0, None), "its standard deviation is below 1.25 people"),
        (Loss("1", 0.0, 1.25), "it does not say what it cost"),
        (Loss(1.0, None, 1.25), "it does not say what it cost"),
    ],
)
def test_noise_is_too_weak_beyond_the_policy(loss, words):
    table = pd.Series([3, 4])
    seal(table, "noise", private=True, loss=loss)
    assert weak_noise(table, Policy()) == words
    assert (protection(table) is None) == (words is not None)
    strict = Policy(max_epsilon=0.5, max_delta=0, least_noise=9, owner="x")
    assert weak_noise(table, strict) is not None
    if words is None:
        assert protection(table, strict) is None


def test_rows_that_noise_made_need_no_deviation():
    rows = pd.DataFrame({"sex": ["Woman"]})
    declare_loss(rows, "synthesis", Loss(1.0, 1e-6, None))
    assert rows.attrs["protected"] == {"by": "synthesis", "epsilon": 1.0, "delta": 1e-6, "noise_sd": None}
    assert weak_noise(rows, Policy()) is None
    assert weak_noise(rows, Policy(max_epsilon=0.9, owner="x")) == "its epsilon is above 0.9"
    assert weak_noise(pd.Series([1]), Policy()) is None
    assert weak_noise("text", Policy()) is None
    rounded = pd.Series([3])
    seal(rounded, "random rounding to multiples of 3", private=True)
    assert weak_noise(rounded, Policy()) is None


def test_a_noised_table_is_marked_in_place():
    table = pd.Series([5])
    made = noised_table(table, (1.0, 1e-6), "gaussian", 2.3456, seed=None)
    assert made.table is table
    assert (made.epsilon, made.delta, made.mechanism, made.noise_sd, made.private) == (
        1.0,
        1e-6,
        "gaussian",
        2.3456,
        True,
    )
    assert table.attrs["private"] is True
    assert table.attrs["protected"]["by"] == "gaussian noise of standard deviation 2.35 (epsilon = 1)"
    assert protection(made) == protection(table) == "gaussian noise of standard deviation 2.35 (epsilon = 1)"
    assert not noised_table(pd.Series([5]), (1.0, 0.0), "laplace", 2.0, seed=0).private


def marked(private=False):
    table = pd.DataFrame({"n": [1]})
    table.attrs["private"] = private
    return table


class Holder:
    """Something that has estimates and plain values."""

    estimates = None

    def to_dict(self):
        return {"checks": [{"name": "entropy", "status": "fail"}]}


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (marked(), True),
        (marked(True), False),
        ([1, (marked(),)], True),
        ({"a": {"b": [marked()]}}, True),
        ({marked: 1}, False),
        (frozenset({1, 2}), False),
        ({"private": False}, True),
        ({"private": True}, False),
        ({"name": "entropy", "status": "fail"}, True),
        ({"name": "entropy", "status": "pass"}, False),
        ({"name": "other", "status": "fail"}, False),
        (Holder(), True),
        (private_counts(pd.Series([9]), epsilon=1, seed=1), True),
        (private_counts(pd.Series([9]), epsilon=1), False),
        (pd.DataFrame({"x": [{"private": False}, None]}), True),
        (pd.DataFrame({"x": ["a", 1]}), False),
        (pd.Series([[{"private": False}]], dtype=object), True),
        ('{"private": false}', True),
        (b'[{"name": "entropy", "status": "fail"}]', True),
        ('{"private": true}', False),
        ("noised with seed 17", True),
        (b"rounded to multiples of 3 (seed = 4)", True),
        ("seed 17 of the noised counts", True),
        ("the seed of doubt", False),
        (None, False),
        (3, False),
    ],
)
def test_what_a_seed_takes_away_is_found_wherever_it_stands(content, found):
    assert seeded(content) is found


def test_what_lies_deeper_than_asked_is_not_looked_for():
    inner = marked()
    for _ in range(3):
        inner = [inner]
    assert seeded(inner, depth=4)
    assert not seeded(inner, depth=3)
    assert not seeded(marked(), depth=0)
    deep = marked()
    for _ in range(11):
        deep = [deep]
    assert seeded(deep)
    assert not seeded([deep])
