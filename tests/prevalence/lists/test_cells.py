"""Subset and superset sums against their definitions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.prevalence.lists.cells import (
    canonical_order,
    members,
    set_size,
    sum_over_subsets,
    sum_over_supersets,
    table_margins,
)

values_by_pattern = st.integers(1, 5).flatmap(
    lambda lists: st.lists(st.integers(-50, 50), min_size=1 << lists, max_size=1 << lists)
)


@settings(deadline=None)  # the first example compiles
@given(values_by_pattern)
def test_sums_follow_their_definition(values):
    up, down = np.array(values, dtype=float), np.array(values, dtype=float)
    sum_over_supersets(up)
    sum_over_subsets(down)
    patterns = range(len(values))
    # whole numbers in floats: equal to the last bit
    assert up.tolist() == [sum(values[c] for c in patterns if c & a == a) for a in patterns]
    assert down.tolist() == [sum(values[c] for c in patterns if c & a == c) for a in patterns]


def test_margins_leave_the_counts_alone():
    counts = np.array([0, 3, 4, 2])
    assert table_margins(counts).tolist() == [9, 5, 6, 2]
    assert counts.tolist() == [0, 3, 4, 2]


@pytest.mark.parametrize("lists", [2, 3, 6])
def test_canonical_order_is_by_size_then_as_in_a_dictionary(lists):
    patterns = np.random.default_rng(0).permutation(np.arange(1, 1 << lists))
    ordered = patterns[canonical_order(patterns, lists)]
    keys = [(len(members(int(p))), members(int(p))) for p in ordered]
    assert keys == sorted(keys)
    assert set_size(ordered).tolist() == [size for size, _ in keys]
