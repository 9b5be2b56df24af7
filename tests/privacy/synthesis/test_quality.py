"""The measures of synthetic tables, against hand counts, brute force and scipy."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats.contingency import association

from ctresearch.core import DataError
from ctresearch.privacy import microdata_quality
from ctresearch.privacy.synthesis.combinations import compare_combinations
from ctresearch.privacy.synthesis.learning import propensity, transfer
from ctresearch.privacy.synthesis.quality import cramers_v


def tables(seed=1, n=400):
    """Two random tables with the same columns."""
    rng = np.random.default_rng(seed)
    levels = {"sex": ["Woman", "Man", None], "age": ["9--17", "18--20", "21--23", "24+"], "debt": ["", "0", "1"]}
    return [
        pd.DataFrame({c: rng.choice(v, n, p=rng.dirichlet(np.ones(len(v)))) for c, v in levels.items()})
        for _ in range(2)
    ]


def test_distances_against_pandas():
    real, synthetic = (t.fillna("missing") for t in tables())

    def distance(columns):
        """Total variation by pandas alone."""
        one, two = real.value_counts(columns, normalize=True), synthetic.value_counts(columns, normalize=True)
        return one.sub(two, fill_value=0).abs().sum() / 2

    single = [distance([c]) for c in real]
    double = [distance(list(pair)) for pair in combinations(real, 2)]
    quality = microdata_quality(real, synthetic)
    # rounding of sums of at most twelve shares
    assert (quality.one_way, quality.one_way_max) == pytest.approx((np.mean(single), max(single)), abs=1e-12)
    assert (quality.two_way, quality.two_way_max) == pytest.approx((np.mean(double), max(double)), abs=1e-12)


def test_cramers_v_against_scipy():
    for seed in range(20):
        table = np.random.default_rng(seed).integers(1, 40, (3, 5))
        # the same formula in another order of operations
        assert cramers_v(table) == pytest.approx(association(table, method="cramer"), abs=1e-12)
    padded = np.zeros((4, 6), dtype=int)
    padded[:3, :5] = table
    assert cramers_v(padded) == cramers_v(table)
    assert cramers_v(np.array([[4, 6]])) == 0.0


def test_combinations_against_sets():
    real, synthetic = (t.astype(object) for t in tables(4, 90))
    found = microdata_quality(real, synthetic).combinations

    def held(table, columns):
        """Combinations that say something, with how many people hold them."""
        told = table[list(columns)]
        told = told[~told.isin(["", "0"]).any(axis=1) & told.notna().all(axis=1)]
        return {(columns, *key): n for key, n in told.value_counts().items()}

    for size in (1, 2, 3):
        one, two = {}, {}
        for columns in combinations(real, size):
            one |= held(real, columns)
            two |= held(synthetic, columns)
        got = found[size - 1]
        frequent = {k for k, n in one.items() if n >= 10}
        assert (got.real, got.synthetic) == (len(one), len(two))
        assert got.lost == pytest.approx(len(one.keys() - two.keys()) / len(one))
        assert got.invented == pytest.approx(len(two.keys() - one.keys()) / len(two))
        assert got.lost_frequent == pytest.approx(len(frequent - two.keys()) / len(frequent) if frequent else 0.0)


def test_nothing_is_lost_where_nothing_was():
    absent = [np.array([False])]
    (found,) = compare_combinations(np.zeros((1, 5), int), np.zeros((1, 5), int), absent)
    assert (found.real, found.lost, found.invented) == (0, 0.0, 0.0)


def test_a_copy_cannot_be_told_apart_and_copies_every_unique_row():
    real, _ = tables(5, 4000)
    real["case"] = np.arange(4000) % 1500
    quality = microdata_quality(real, real)
    assert quality.one_way == quality.two_way == quality.cramers_v == 0
    assert quality.propensity.auc == pytest.approx(0.5, abs=0.05)  # four standard errors of an AUC on 4,000 rows
    assert quality.copied_uniques == 1
    assert microdata_quality(real, real.assign(case=9999)).copied_uniques == 0


def test_prediction_is_as_good_as_the_answers_are():
    rng = np.random.default_rng(1)
    sex = rng.integers(0, 2, 3000)
    real = pd.DataFrame({"sex": sex, "debt": sex ^ (rng.random(3000) < 0.05)})
    shuffled = real.assign(debt=rng.permutation(real["debt"]))
    good, bad = microdata_quality(real, real, target="sex"), microdata_quality(real, shuffled, target="sex")
    assert good.target == "sex"
    assert good.synthetic_auc == pytest.approx(good.real_auc, abs=0.01)
    assert good.real_auc == pytest.approx(0.95, abs=0.02)  # one answer in twenty is wrong
    assert bad.cramers_v > 0.8


def test_what_cannot_be_learned_is_nan():
    one = np.zeros((1, 3), dtype=int)
    assert np.isnan(propensity(one, one, np.array([1])).auc)
    assert np.isnan(transfer(one, one, np.array([1]), 0, 0))
    quality = microdata_quality(pd.DataFrame({"a": ["x"] * 9}), pd.DataFrame({"a": ["x"] * 9}))
    assert np.isnan(quality.two_way)
    assert np.isnan(quality.synthetic_auc)


def test_the_table_names_every_figure():
    series = microdata_quality(*tables()).to_series()
    assert len(series) == 10 + 3 * 3 + 1
    assert series.index.is_unique


def test_tables_that_do_not_fit_are_refused():
    real, synthetic = tables()
    with pytest.raises(DataError, match="no column 'debt'"):
        microdata_quality(real, synthetic.drop(columns="debt"))
    with pytest.raises(DataError, match="no column 'debt'"):
        microdata_quality(real.drop(columns="debt"), synthetic)
    with pytest.raises(DataError, match="no column 'month'"):
        microdata_quality(real, synthetic, target="month")
    with pytest.raises(DataError, match="0 rows"):
        microdata_quality(real, synthetic.iloc[:0])
