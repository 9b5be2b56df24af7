import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.consequences.curves.log_rank import log_rank
from ctresearch.consequences.curves.restricted_mean import restricted_mean
from ctresearch.consequences.durations.durations import Durations
from ctresearch.consequences.durations.life_table import count_at, life_table, log_log_limits

observed = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 6), st.booleans()), min_size=1, max_size=25)


def rows_of(drawn):
    entry = np.array([float(e) for e, _, _ in drawn])
    return Durations(
        entry, entry + [float(length) for _, length, _ in drawn], np.array([happened for *_, happened in drawn])
    )


@settings(max_examples=60, deadline=None)
@given(observed)
def test_who_is_at_risk_is_counted_one_by_one(drawn):
    rows = rows_of(drawn)
    table = life_table(rows)
    for time, at_risk, events in zip(table.times, table.at_risk, table.events, strict=True):
        assert at_risk == sum(e < time <= s for e, s in zip(rows.entry, rows.stop, strict=True))
        assert events == sum(h and s == time for h, s in zip(rows.event, rows.stop, strict=True))
    assert ((table.survival >= 0) & (table.survival <= 1)).all()
    assert table.events.sum() + table.censored.sum() == rows.n


@settings(max_examples=60, deadline=None)
@given(observed)
def test_the_restricted_mean_is_the_area(drawn):
    table = life_table(rows_of(drawn))
    horizon = float(table.times[-1])
    fine = (np.arange(20_000) + 0.5) * horizon / 20_000
    # At most one of the 20,000 pieces is cut at each of some ten steps.
    assert restricted_mean(table, horizon)[0] == pytest.approx(
        table.at(fine).mean() * horizon, abs=12 * horizon / 20_000
    )


@settings(max_examples=40, deadline=None)
@given(observed.filter(lambda d: any(h for *_, h in d)), st.randoms(use_true_random=False))
def test_the_log_rank_test_knows_no_order_of_groups(drawn, random):
    rows = rows_of(drawn)
    groups = np.array([random.randint(0, 1) for _ in drawn])
    if groups.min() == groups.max():
        groups[0] = 1 - groups[0]
    if groups.max() == 1 and len(drawn) > 1:
        one, two = log_rank(rows, groups), log_rank(rows, 1 - groups)
        assert one.chi_square == pytest.approx(two.chi_square, rel=1e-9, abs=1e-9)
        assert one.score.sum() == pytest.approx(0, abs=1e-9)


def test_limits_hold_the_curve_and_know_where_they_end():
    survival, greenwood = np.array([1.0, 0.5, 0.0]), np.array([0.0, 0.02, np.inf])
    low, high = log_log_limits(survival, greenwood, 0.9)
    assert (low[0], high[0]) == (1.0, 1.0)
    assert low[1] < 0.5 < high[1]
    assert np.isnan([low[2], high[2]]).all()


def test_counting_takes_any_kinds():
    rows = Durations(np.array([0.0, 2.0]), np.array([2.0, 4.0]), np.array([True, False]))
    at_risk, (first, second) = count_at(rows, np.array([2.0, 4.0]), (rows.event, ~rows.event))
    assert at_risk.tolist() == [1, 1]  # the second enters at 2 and is not at risk then
    assert (first.tolist(), second.tolist()) == ([1, 0], [0, 1])
