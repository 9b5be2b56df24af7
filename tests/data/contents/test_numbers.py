"""Text that is a number, and text that only looks like one."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.data.contents.numbers import (
    count_in,
    has_decimal_point,
    is_unclear,
    number_in,
    range_in,
    whole_in,
    without_points,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0", 0.0),
        ("-2.5", -2.5),
        ("+3.", 3.0),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1E-12", 1e-12),
        ("1e123", None),
        ("1_000", None),
        ("1,000", None),
        ("nan", None),
        ("inf", None),
        ("Infinity", None),
        (".", None),
        ("1.2.3", None),
        (" 1", None),
        ("1 ", None),
        ("--1", None),
        ("0x10", None),
        ("", None),
    ],
)
def test_numbers(text, number):
    assert number_in(text) == number


@given(st.floats(-1e15, 1e15).map(lambda x: f"{x:.6f}"))
def test_a_decimal_is_read_as_written(text):
    assert number_in(text) == float(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("7", (7, 7)),
        ("0", (0, 0)),
        ("<0", (0, -1)),
        ("<5", (0, 4)),
        ("< 5", (0, 4)),
        ("<=5", (0, 5)),
        ("≤5", (0, 5)),
        ("12.0", (12, 12)),
        ("12.00", (12, 12)),
        ("12.0000", (12, 12)),
        ("12.000", None),
        ("12.5", None),
        ("1,192", (1192, 1192)),
        ("61 102 019", (61102019, 61102019)),
        ("61 102,019", None),
        ("<1,192", (0, 1191)),
        ("<1,5", None),
        ("0,192", None),
        ("12,5", None),
        ("1,2,3", None),
        ("7.", (7, 7)),
        ("1,192.000", (1192, 1192)),
        ("1192.000", (1192, 1192)),
        ("1192,000", None),
        ("1,19", None),
        (">5", None),
        ("-5", None),
        ("", None),
    ],
)
def test_counts(text, count):
    assert count_in(text) == count


@pytest.mark.parametrize(
    ("cell", "ends"),
    [
        ("1,192", (1192, 1192)),
        (" 7 ", (7, 7)),
        (7.0, (7, 7)),
        (Decimal("7.000"), (7, 7)),
        ("7.000", None),
        ("<5", (2, 4)),
        ("<=1,192", (2, 1192)),
        ("≤ 5", (2, 5)),
        ("<1", (2, 0)),
        ("10+", (10, math.inf)),
        (">= 1,192", (1192, math.inf)),
        ("≥10", (10, math.inf)),
        ("5-9", (5, 9)),
        ("1,000 to 1,999", (1000, 1999)),
        ("9–5", (9, 5)),
        ("12,5", None),
        ("1,2,3", None),
        ("<12,5", None),
        ("12,5+", None),
        (">=1,5", None),
        ("1,5-2,5", None),
        ("1-2,5", None),
        ("1.000-2.000", None),
        ("5-10+", None),
        (">5", None),
        ("-5", None),
        (7.5, None),
        (True, None),
        (None, None),
        ("", None),
    ],
)
def test_counts_as_publishers_write_them(cell, ends):
    assert range_in(cell, least=2) == ends


@pytest.mark.parametrize(
    ("text", "unclear", "point"),
    [
        ("1.192", True, False),
        ("999.000", True, False),
        ("0.192", False, False),
        ("\u0661.192", True, False),
        ("1234.567", False, False),
        ("12.5", False, True),
        ("-.25", False, True),
        ("1.2345", False, True),
        ("12,5", False, False),
        ("12", False, False),
    ],
)
def test_points_with_one_reading_and_with_two(text, unclear, point):
    assert (is_unclear(text), has_decimal_point(text)) == (unclear, point)


@pytest.mark.parametrize(
    ("text", "whole", "decimal"),
    [
        ("1.234", "1234", "1234"),
        ("12.345.678", "12345678", "12345678"),
        ("<1.000", "<1000", "<1000"),
        ("≤ 1.000", "≤ 1000", "≤ 1000"),
        ("2,5", "2,5", "2.5"),
        ("-2,25", "-2,25", "-2.25"),
        ("2,3456", "2,3456", "2.3456"),
        ("0,125", "0,125", "0.125"),
        ("1.234,567", "1.234,567", "1234.567"),
        ("1,234", "1,234", "1,234"),
        ("0.125", "0.125", "0.125"),
        ("1.23", "1.23", "1.23"),
        ("x", "x", "x"),
        ("", "", ""),
    ],
)
def test_numbers_of_continental_europe(text, whole, decimal):
    assert without_points(text, decimals=False) == whole
    assert without_points(text, decimals=True) == decimal


@pytest.mark.parametrize(
    "cell", ["9" * 5000, "<" + "9" * 5000, "1" + " " * 100_000 + "x", "1-" * 50_000, "1,234" * 9999]
)
def test_a_cell_as_long_as_a_page_is_no_count_and_takes_no_time(cell):
    assert [read(cell) for read in (whole_in, count_in, range_in)] == [None] * 3
