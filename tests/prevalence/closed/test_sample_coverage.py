"""Sample coverage against its published formulas and values, and what it refuses."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pins import published_lists

from ctresearch.core import FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, SampleCoverage
from ctresearch.prevalence.closed.coverage_estimators import coverage_estimates


def slow_formulas(cells, lists):
    """Write out equations 9, 12 and 13 of Chao et al. (2001) pattern by pattern."""
    on = [[cells[c] for c in range(1, len(cells)) if c >> i & 1] for i in range(lists)]
    size = [sum(values) for values in on]
    coverage = 1 - sum(cells[1 << i] / size[i] for i in range(lists)) / lists
    others = sum(cells[c] for i in range(lists) for c in range(1, len(cells)) if c & ~(1 << i)) / lists
    independent = others / coverage
    pairs = list(combinations(range(lists), 2))
    only = {(i, j): cells[1 << i] + cells[1 << j] + 2 * cells[1 << i | 1 << j] for i, j in pairs}
    both = {(i, j): sum(cells[c] for c in range(len(cells)) if c >> i & 1 and c >> j & 1) for i, j in pairs}
    dependence = lambda size_, i, j: size_ * both[i, j] / (size[i] * size[j]) - 1  # noqa: E731
    twice = sum(cells[c] for i in range(lists) for c in range(len(cells)) if bin(c & ~(1 << i)).count("1") >= 2)
    high = twice / (lists * coverage - sum(only[p] * both[p] / (size[p[0]] * size[p[1]]) for p in pairs))
    first = independent + sum(only[p] * dependence(independent, *p) for p in pairs) / (lists * coverage)
    one_step = independent + sum(only[p] * dependence(first, *p) for p in pairs) / (lists * coverage)
    return coverage, independent, high, one_step


@given(st.lists(st.integers(1, 60), min_size=15, max_size=15))
@settings(max_examples=60, deadline=None)
def test_four_lists_follow_the_published_formulas(counts):
    cells = np.array([0, *counts], dtype=float)
    found = coverage_estimates(np.arange(1, 16), cells[None, 1:], 4)
    expected = slow_formulas(cells, 4)
    for value, wanted in zip(
        (found.coverage, found.independent, found.high_coverage, found.one_step), expected, strict=True
    ):
        usable = wanted == expected[0] or wanted >= cells.sum()
        assert np.isnan(value[0]) if not usable else value[0] == pytest.approx(wanted, rel=1e-10)


def test_hepatitis_a_gives_the_values_of_care1():
    result = SampleCoverage(seed=1).fit(published_lists("hav-taiwan"))
    assert round(result.coverage, 3) == 0.513
    assert result.estimators["estimate"].round().tolist() == [407, 971, 508]


def test_the_standard_error_does_not_hang_on_the_seed():
    errors = [
        SampleCoverage(seed=seed).fit(published_lists("hav-taiwan")).estimates["std_error"]["population"]
        for seed in range(4)
    ]
    # 1,000 draws know a standard deviation to 1 / sqrt(2000) = 2.2 %, a little less for a skewed estimate
    assert np.ptp(errors) / np.mean(errors) < 4 * np.sqrt(2) * 0.03


def test_independent_lists_are_recovered_by_all_three():
    rng = np.random.default_rng(8)
    seen = rng.random((20_000, 4)) < np.array([0.4, 0.5, 0.3, 0.45])
    names = list("ABCD")
    lists = CaptureHistories.from_records(pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=names), lists=names)
    for version in ("independent", "high_coverage", "one_step"):
        row = SampleCoverage(version=version, bootstrap=200).fit(lists).estimates.loc["population"]
        assert abs(row["estimate"] - 20_000) < 4 * row["std_error"]
    assert "high_coverage" in SampleCoverage(bootstrap=50).fit(lists).method


def test_little_coverage_fails_the_check():
    result = SampleCoverage(version="independent", bootstrap=50).fit(published_lists("uk-2013-5"))
    check = next(check for check in result.checks if check.name == "coverage")
    assert check.status == "fail"
    assert check.numbers["coverage"] < 0.3


def test_limits_at_another_level_come_from_the_same_standard_error():
    result = SampleCoverage(seed=2).fit(published_lists("hav-taiwan"))
    inner, outer = result.confidence_interval(0.5), result.confidence_interval(0.99)
    assert outer.low["population"] < inner.low["population"] < 508 < inner.high["population"] < outer.high["population"]


def test_fewer_people_than_seen_are_refused():
    # nobody on one list only but few on two: the overlaps say that there are fewer than were seen
    counts = [1, 1, 60, 1, 60, 60, 2]
    patterns = np.arange(1, 8)
    frame = pd.DataFrame({name: patterns >> i & 1 for i, name in enumerate("abc")} | {"count": counts})
    with pytest.raises(FitError, match="gives no population above"):
        SampleCoverage(version="one_step").fit(CaptureHistories.from_counts(frame))


def test_two_lists_are_refused():
    with pytest.raises(SpecificationError, match="at least 3"):
        SampleCoverage().fit(published_lists("hav-taiwan").drop("L1"))
    with pytest.raises(SpecificationError, match="between 50"):
        SampleCoverage(bootstrap=3)
