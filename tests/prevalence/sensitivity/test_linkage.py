"""Linkage error is carried into the interval, by Rubin's rules or by mixing draws."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student

from ctresearch.core import DataError, FitError, Result, SpecificationError
from ctresearch.prevalence import CaptureHistories, LogLinear, carry_linkage
from ctresearch.prevalence.sensitivity.linkage import combine

FIXED = LogLinear("fixed", model="[1,2,3]")


def table(moved=0):
    """Three lists; ``moved`` matches between the first two were missed."""
    rows = {
        (1, 0, 0): 200 + moved,
        (0, 1, 0): 210 + moved,
        (0, 0, 1): 205,
        (1, 1, 0): 90 - moved,
        (1, 0, 1): 85,
        (0, 1, 1): 88,
        (1, 1, 1): 40,
    }
    frame = pd.DataFrame([*map(list, rows)], columns=["A", "B", "C"]).assign(count=list(rows.values()))
    return CaptureHistories.from_counts(frame)


MOVED = (-8, -4, -2, 0, 1, 3, 5, 9)
TABLES = [table(moved) for moved in MOVED]


def test_rubins_rules_by_hand():
    estimates, errors = np.array([90.0, 100.0, 110.0, 105.0, 95.0]), np.array([9.0, 10.0, 11.0, 10.0, 9.5])
    got = combine(estimates, errors, 0.95)
    within = np.mean((errors / estimates) ** 2)
    between = 1.2 * np.var(np.log(estimates), ddof=1)
    assert got.std_error / got.estimate == pytest.approx(np.sqrt(within + between))
    assert got.from_linkage == pytest.approx(between / (within + between))
    assert got.estimate == pytest.approx(np.exp(np.log(estimates).mean()))
    freedom = 4 / got.from_linkage**2  # Rubin (1987), equation 3.1.6, with one over one plus 1/r as the share
    reach = student.ppf(0.975, freedom) * np.sqrt(within + between)
    assert [np.log(got.low / got.estimate), np.log(got.high / got.estimate)] == pytest.approx([-reach, reach])
    assert reach > 1.96 * np.sqrt(within + between)


def test_tables_that_agree_add_nothing():
    plain = FIXED.fit(table()).estimates.loc["population"]
    carried = carry_linkage(FIXED, [table()] * 6).estimates
    assert carried.loc["population", "estimate"] == pytest.approx(plain["estimate"])
    assert carried.loc["population", "std_error"] == pytest.approx(plain["std_error"])
    assert carried.loc["linkage_share", "estimate"] == 0


def test_tables_that_differ_widen_the_interval():
    plain = FIXED.fit(table()).estimates.loc["population"]
    carried = carry_linkage(FIXED, TABLES)
    row = carried.estimates.loc["population"]
    assert row["ci_high"] - row["ci_low"] > plain["ci_high"] - plain["ci_low"]
    assert 0.05 < carried.estimates.loc["linkage_share", "estimate"] < 1
    assert carried.interval == "rubin"
    assert carried.status == "pass"
    assert Result.from_dict(carried.to_dict()) == carried
    with pytest.raises(SpecificationError, match="limits of kind 'rubin'"):
        carried.confidence_interval(0.5)


def test_bootstrap_draws_are_mixed():
    estimator = LogLinear("stepwise", bootstrap=60, seed=1)
    carried = carry_linkage(estimator, TABLES, level=0.9)
    single = [estimator.fit(one).draws.loc["population"] for one in TABLES]
    assert carried.interval == "percentile"
    assert carried.draws.shape[1] == 60 * len(TABLES)
    low, high = np.quantile(pd.concat(single), [0.05, 0.95])
    assert carried.estimates.loc["population", ["ci_low", "ci_high"]].tolist() == pytest.approx([low, high])
    assert carried.confidence_interval(0.5).low["population"] > low


def test_too_few_or_unlike_tables_are_refused():
    with pytest.raises(DataError, match="holds 4 linked tables"):
        carry_linkage(FIXED, TABLES[:4])
    with pytest.raises(DataError, match="all must have the same"):
        carry_linkage(FIXED, [*TABLES, table().drop("A")])
    with pytest.raises(SpecificationError, match="must have a method fit"):
        carry_linkage("stepwise", TABLES)
    with pytest.raises(SpecificationError, match="level == 95"):
        carry_linkage(FIXED, TABLES, level=95)


def test_tables_without_an_estimate_are_not_passed_over():
    rows = [[1, 0, 50], [0, 1, 50]]
    empty = CaptureHistories.from_counts(pd.DataFrame(rows, columns=["A", "B", "count"]))
    full = CaptureHistories.from_counts(pd.DataFrame([*rows, [1, 1, 9]], columns=["A", "B", "count"]))
    two = LogLinear("fixed", model="[1,2]")
    with pytest.raises(FitError, match="2 of 6 linked tables have no estimate"):
        carry_linkage(two, [full] * 4 + [empty] * 2)
    check = next(c for c in carry_linkage(two, [full] * 19 + [empty]).checks if c.name == "linked tables")
    assert check.status == "review"
    assert check.numbers["lost"] == 1


def test_an_estimator_without_an_interval_is_refused():
    with pytest.raises(FitError, match="no finite estimate and standard error"):
        carry_linkage(LogLinear("bic"), TABLES)
