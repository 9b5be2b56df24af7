"""Columns of numbers in files with semicolons: what is rewritten, what is told, what is left."""

import pandas as pd

from ctresearch.data import schema
from ctresearch.data.files.european_numbers import read_points


def test_counts_are_rewritten_and_told_and_words_are_left():
    raw = pd.DataFrame({"year": ["2020"] * 4, "unit": ["1.000"] * 4, "count": ["1.000", "<5", "1.000", "12.345.678"]})
    plain, repairs = read_points(raw, schema("hotline"))
    assert plain["count"].tolist() == ["1000", "<5", "1000", "12345678"]
    assert plain["unit"].tolist() == raw["unit"].tolist()  # no column of numbers
    assert raw["count"].tolist()[0] == "1.000"
    told = repairs[["column", "value", "repaired", "n"]].to_numpy().tolist()
    assert told == [["count", "1.000", "1000", 2], ["count", "12.345.678", "12345678", 1]]
    assert set(repairs["why"]) == {"number with points between thousands or a decimal comma"}


def test_a_column_with_a_decimal_point_is_left_whole():
    values = ["2,5", "1.234", "12.5"]
    raw = pd.DataFrame({"geo": ["BE"] * 3, "year": ["2020"] * 3, "value": values})
    plain, repairs = read_points(raw, schema("eurostat-thb"))
    assert plain["value"].tolist() == values
    assert repairs.empty
    plain, repairs = read_points(raw[:2], schema("eurostat-thb"))
    assert plain["value"].tolist() == ["2.5", "1234"]
    assert repairs["n"].tolist() == [1, 1]
