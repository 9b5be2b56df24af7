"""How far to trust estimates of one table."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import Check, DataError, Result, estimates_table
from ctresearch.prevalence import CaptureHistories, LogLinear, list_sensitivity, verdict


def result(estimate, low=np.nan, high=np.nan, checks=()):
    return Result(method="m", estimates=estimates_table({"population": (estimate, 1, low, high)}), n=9, checks=checks)


def answers(results, table="korea", **options):
    return {check.name: check for check in verdict(published_lists(table), results, **options)}


def test_published_tables_are_told_apart():
    for name, expected in (("uk-2013-5", "review"), ("kosovo", "pass"), ("new-orleans", "review")):
        table = published_lists(name)
        assert answers({"a": result(5.0)}, name)["sparse"].status == expected
        assert answers({"a": result(5.0)}, name)["sparse"].numbers["people"] == table.n_observed


@pytest.mark.parametrize(("both", "status"), [(6, "fail"), (7, "review"), (30, "pass")])
def test_few_repeats_fail(both, status):
    rows = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [60, 40, both]})
    assert verdict(CaptureHistories.from_counts(rows), {"a": result(5.0)})[0].status == status


@pytest.mark.parametrize(
    ("estimates", "status", "factor"),
    [((100, 140), "pass", 1.4), ((100, 160), "review", 1.6), ((100, 310), "fail", 3.1)],
)
def test_methods_that_differ(estimates, status, factor):
    check = answers({f"m{i}": result(float(e)) for i, e in enumerate(estimates)})["method"]
    assert check.status == status
    assert check.numbers["factor"] == pytest.approx(factor)


def test_intervals_that_do_not_meet_and_missing_estimates_ask_for_review():
    apart = answers({"a": result(100.0, 90, 105), "b": result(120.0, 110, 130)})["method"]
    assert apart.status == "review"
    assert apart.numbers["apart"] == 1
    gone = answers({"a": result(100.0), "b": result(110.0), "c": result(np.nan)})
    assert gone["method"].status == "review"
    assert "c (no estimate)" in gone["boundary"].message
    assert answers({"c": result(np.nan)})["method"].status == "fail"


def test_boundaries():
    edge = Check("boundary", "review", "At minus infinity.")
    found = answers({"a": result(100.0, 90, 2000), "b": result(100.0, checks=(edge,)), "c": result(99.0, 80, 120)})
    assert found["boundary"].numbers["at_boundary"] == 2
    assert "upper limit 20 times" in found["boundary"].message
    assert answers({"a": result(9.0, 8, np.inf), "b": result(9.0, checks=(edge,))})["boundary"].status == "fail"
    assert answers({"c": result(99.0, 80, 120)})["boundary"].status == "pass"


def test_stability_is_that_of_lists_left_out():
    table = published_lists("uk-2013-5")
    rows = list_sensitivity(table, LogLinear("stepwise"))
    check = answers({"a": result(5.0)}, "uk-2013-5", sensitivity=rows)["unstable"]
    others = rows["estimate"].drop("all lists")
    moved = np.exp(np.abs(np.log(others / rows["estimate"]["all lists"])).max())
    assert check.numbers["factor"] == pytest.approx(moved)
    assert others.map("{:,.0f}".format).isin(check.message.replace(")", "").split()).any()
    none = rows.assign(estimate=np.nan)
    assert answers({"a": result(5.0)}, "uk-2013-5", sensitivity=none)["unstable"].status == "fail"
    assert "unstable" not in answers({"a": result(5.0)})


def test_refusals():
    with pytest.raises(DataError, match="at least one Result"):
        answers({})
    with pytest.raises(DataError, match="must be a Result with a population"):
        answers({"a": 3})
