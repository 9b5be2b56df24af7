"""Describing a file shows no small count, no rare value, and none that can be worked out."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.core import SpecificationError
from ctresearch.data import describe_file
from ctresearch.data.sources.describe import safe_counts


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 60), max_size=8), st.integers(2, 20))
def test_no_count_below_the_threshold_is_shown_or_worked_out(counts, threshold):
    shown = safe_counts(counts, threshold)
    hidden = [n for name, n in counts.items() if name not in shown]
    assert all(counts[name] == n and (n == 0 or n >= threshold) for name, n in shown.items())
    if hidden and any(n >= threshold for n in shown.values()):
        # The sum of what is hidden is known to everybody: it must be no small count, and not one cell alone.
        assert sum(hidden) >= threshold
        assert len(hidden) >= 2


def write(path, **columns):
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def described(path, **options):
    return {one["name"]: one for one in describe_file(path, **options).columns}


def test_types_missing_cells_and_values(tmp_path):
    path = write(
        tmp_path / "a.csv",
        sex=["f"] * 40 + ["m"] * 30 + ["x"] * 3 + [None] * 27,
        name=[f"person {i}" for i in range(100)],
        age=[*range(18, 38)] * 5,
        score=[0.5, 1] * 50,
        day=["2020-01-01", "2020-01-02"] * 50,
        code=["-99", "1"] * 50,
        none=[None] * 100,
        rare=["a"] * 97 + ["Rosa"] * 3,
    )
    told = describe_file(path)
    columns = described(path)
    assert (told.rows, len(told.columns)) == (100, 8)
    assert {name: one["type"] for name, one in columns.items()} == {
        "sex": "text",
        "name": "text",
        "age": "whole number",
        "score": "number",
        "day": "date",
        "code": "whole number",
        "none": "empty",
        "rare": "text",
    }
    # 3 is hidden; with it the smallest other cell, the 27 that are missing, so that 100 minus the rest tells nothing.
    assert columns["sex"]["values"] == {"f": 40, "m": 30}
    assert columns["sex"]["missing"] is None
    assert columns["name"] | {"values": {}} == {
        "name": "name",
        "type": "text",
        "missing": 0,
        "distinct": 100,
        "values": {},
    }
    assert columns["rare"]["values"] == {}
    assert "Rosa" not in told.summary()
    assert "person" not in told.summary()
    assert "not shown" in told.summary()


def test_few_missing_or_few_present_are_not_told(tmp_path):
    path = write(
        tmp_path / "a.csv", few=[None] * 3 + list(range(97)), most=[None] * 98 + ["a", "b"], all_=list(range(100))
    )
    columns = described(path)
    assert columns["few"]["missing"] is None
    assert columns["most"]["missing"] is None
    assert columns["all_"]["missing"] == 0


def test_a_small_file_shows_no_counts_at_all(tmp_path):
    told = describe_file(write(tmp_path / "a.csv", sex=["f"] * 6 + ["m"] * 4))
    assert told.rows is None
    assert told.columns[0]["values"] == {}
    assert "fewer than 11 rows" in told.summary()
    assert describe_file(tmp_path / "a.csv", threshold=5).rows == 10
    with pytest.raises(SpecificationError, match="threshold == 0"):
        describe_file(tmp_path / "a.csv", threshold=0)
