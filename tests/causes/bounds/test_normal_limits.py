"""Limits of single regressions are normal, and the result says how much further Student's would reach."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ctresearch.causes import ExtremeBounds
from ctresearch.causes.bounds.normal_limits import check_normal_limits


def fitted(rows, clusters, **options):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.normal(size=(rows, 4)), columns=["y", "a", "b", "c"])
    frame["village"] = np.arange(rows) % clusters
    result = ExtremeBounds(outcome="y", candidates=["a", "b"], fixed=["c"], size=1, **options).fit(frame)
    assert ("clusters" in {check.name for check in result.checks}) is ("cluster" in options)
    return {check.name: check for check in result.checks}["limits"]


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("clusters", [6, 27, 40])
def test_the_level_that_is_named_reaches_as_far_as_students(clusters, level):
    check = fitted(80, clusters, cluster="village", level=level)
    student = stats.t.ppf((1 + level) / 2, clusters - 1)
    assert check.numbers["df"] == clusters - 1
    assert stats.norm.ppf((1 + check.numbers["level"]) / 2) == pytest.approx(student, rel=1e-6)
    assert check.numbers["further"] == pytest.approx(student / stats.norm.ppf((1 + level) / 2) - 1, rel=1e-9)
    assert f"{clusters} clusters" in check.message


def test_rows_beyond_the_columns_count_where_there_are_no_clusters():
    check = fitted(29, 1)
    assert check.numbers["df"] == 29 - 4  # constant, focus, one other, one fixed
    assert (check.status, "25 rows beyond" in check.message, "level=0.96" in check.message) == ("review", True, True)
    assert fitted(30, 1).status == "pass"


def test_a_twentieth_of_the_width_is_the_bound():
    assert [check_normal_limits(df, 0.95, clustered=True).status for df in (24, 25, 26, 27)] == ["review"] * 2 + [
        "pass"
    ] * 2


def test_two_clusters_are_too_few_for_any_level():
    check = fitted(80, 2, cluster="village")
    assert check.status == "review"
    assert check.message.endswith("with 2 clusters Student's reach 548% further: they are too few for limits.")
    assert "level=" in fitted(80, 6, cluster="village").message
