"""Rounding: multiples next to the count, no bias, totals that add up, and no seed in what leaves."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ctresearch.core import DataError, SpecificationError
from ctresearch.privacy import Output, release, round_counts
from ctresearch.privacy.noise.entropy import entropy
from ctresearch.privacy.noise.rounding import controlled_rounding

TABLES = hnp.arrays(np.int64, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=st.integers(0, 30))


@given(TABLES, st.sampled_from([3, 5]))
@settings(max_examples=100, deadline=None)
def test_controlled_rounding_moves_no_cell_and_no_total_by_the_base(counts, base):
    rounded = controlled_rounding(counts, base, entropy())
    assert (rounded % base == 0).all()
    for axis in (0, 1, (0, 1), ()):
        gap = np.abs(rounded.sum(axis=axis) - counts.sum(axis=axis))
        assert (gap < base).all()
        assert (gap[counts.sum(axis=axis) % base == 0] == 0).all() if axis else True


@pytest.mark.slow
@pytest.mark.parametrize("method", ["random", "controlled"])
def test_rounding_is_unbiased(method):
    counts = pd.DataFrame([[1, 5, 9], [14, 2, 7]])
    draws = np.array([round_counts(counts, 5, method=method, seed=i).table.to_numpy() for i in range(4000)])
    for values, truth in ((draws, counts.to_numpy()), (draws.sum(axis=2), counts.sum(axis=1).to_numpy())):
        # a cell's error is below 5, its standard deviation at most 2.5 a cell; 5 standard errors of 4,000 draws
        reach = 5 * 2.5 * np.sqrt(3) / np.sqrt(4000)
        assert np.abs(values.mean(axis=0) - truth).max() < reach


@pytest.mark.slow
def test_random_rounding_goes_up_as_often_as_the_remainder_says():
    drawn = Counter(int(round_counts(pd.Series([4]), 3, seed=i).table.iloc[0]) for i in range(3000))
    assert set(drawn) == {3, 6}
    assert abs(drawn[6] / 3000 - 1 / 3) < 5 * np.sqrt(2 / 9 / 3000)  # five standard errors


def test_labels_stay_and_two_roundings_differ():
    counts = pd.Series(range(1, 60, 2), index=[f"c{i}" for i in range(30)], name="n")
    one, two = round_counts(counts), round_counts(counts)
    assert one.table.index.equals(counts.index)
    assert not one.table.equals(two.table)  # equal with probability below 2 ** -20
    assert one.private


def test_the_gate_refuses_what_came_from_a_seed():
    counts = pd.DataFrame({"n": [121, 40]}, index=pd.Index(["Woman", "Man"], name="sex"))
    tables = {True: round_counts(counts, seed=1), False: round_counts(counts)}
    for seeded, rounded in tables.items():
        assert rounded.private is not seeded
        gate = release([Output("sex", "table", "restricted", content=rounded.table, counts=[121, 40])])
        assert gate["sex"].verdict == ("fail" if seeded else "pass")
    for content in (tables[True], tables[True].table):
        assert release([Output("sex", "table", "restricted", content, [121, 40])])["sex"].rule == "seeded_noise"


@pytest.mark.parametrize(
    ("counts", "options", "error", "words"),
    [
        (pd.Series([1.5]), {}, DataError, "must be whole numbers of 0 or more"),
        (pd.Series([-3]), {}, DataError, "must be whole numbers of 0 or more"),
        ([1, 2], {}, DataError, "counts is a list"),
        (pd.Series(["3", "4"]), {}, DataError, "must be whole numbers of 0 or more"),
        (pd.Series([3, "few"]), {}, DataError, "must be whole numbers of 0 or more"),
        (pd.Series([3, [4]]), {}, DataError, "must be whole numbers of 0 or more"),
        (pd.Series([1]), {"base": 4}, SpecificationError, "base == 4, must be one of 3, 5"),
        (pd.Series([1]), {"method": "nearest"}, SpecificationError, "method == 'nearest'"),
        (pd.Series([1]), {"seed": -1}, SpecificationError, "seed == -1"),
    ],
)
def test_bad_input_is_refused(counts, options, error, words):
    with pytest.raises(error, match=words):
        round_counts(counts, **options)
