"""One reader of numbers: what people write in a cell, and what of it is a number of people."""

from __future__ import annotations

import math

import pytest

from ctresearch.privacy.reading.numbers import (
    bounds,
    count,
    decimal,
    is_figure,
    is_number,
    is_whole,
    spoken,
    ungrouped,
    unmasked,
    whole,
)

INF, NAN = math.inf, math.nan


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("12", 12), ("-3", -3), ("12.0", 12), ("12.00", 12), ("١٢", 12), ("three", 3), ("Ten", 10), ("one", 1)],
        *[("12*", 12), ("12†", 12), ("~12", 12), ("≈12", 12), ("about 12", 12), ("c. 12", 12), ("circa 12", 12)],
        *[("approx. 12", 12), ("n = 12", 12), ("N: 12", 12), ("12 (3%)", 12), ("12 [3%]", 12), ("12 ± 2", 12)],
        *[("12 +/- 2", 12), ("(12)", 12), ("[12]", 12), ("(n = 12)", 12), ("(12)*", 12), ("12 women", 12)],
        *[("12 minors", 12), ("1 woman", 1), ("12/90", 12), ("12 of 90", 12), ("12 out of 90", 12)],
        *[("2.5% (3)", 3), ("2.5 (n = 3)", 3), ("3% [4]", 4), ("12 (4)", 12)],
        *[(text, NAN) for text in ("2019/20", "12.5", "<5", "9--17", "", "-", "3%", "Woman", "12 lists", "12 90")],
    ],
)
def test_a_whole_number_is_read_however_it_is_dressed(text, number):
    assert same(whole(text), number)
    assert is_whole(text) is not math.isnan(number)
    assert type(whole(text)) is float


@pytest.mark.parametrize(
    ("text", "number", "figure"),
    [
        *[("12.5", True, False), ("-1.5e-3", True, False), ("3%", True, False), ("", True, False)],
        *[("<5", True, False), ("≤ 5", True, False), ("--", True, False), ("…", False, False), ("***", True, False)],
        *[
            ("****", False, False),
            ("12", True, True),
            ("(12)", True, True),
            ("~12", True, True),
            ("n = 12", True, True),
        ],
        *[("three", False, False), ("Woman", False, False), ("-3", True, False), ("12 women", True, True)],
    ],
)
def test_what_is_a_number_and_what_is_a_figure(text, number, figure):
    assert (is_number(text), is_figure(text)) == (number, figure)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        *[("12", 12, 12), ("0", 0, 0), ("-3", 0, INF), ("three", 0, INF), ("12 (3%)", 12, 12)],
        *[("<5", 1, 4), ("≤5", 1, 5), ("<=5", 1, 5), ("up to 5", 1, 5), ("at most 5", 1, 5), ("fewer than 5", 1, 4)],
        *[("Less than 5", 1, 4), ("under 5", 1, 4), ("5-9", 5, 9), ("5–9", 5, 9), ("5 to 9", 5, 9)],
        *[(">5", 6, INF), ("≥5", 5, INF), (">=5", 5, INF), ("at least 5", 5, INF), ("more than 5", 6, INF)],
        *[("10+", 10, INF), ("10 or more", 10, INF), ("10 and over", 10, INF), ("[c]", 0, INF), ("", 0, INF)],
    ],
)
def test_a_cell_says_a_number_a_range_or_nothing(text, low, high):
    assert bounds(text) == (low, high)


@pytest.mark.parametrize(
    "mask", ["<5", "[c]", "x", "n/a", "NA", "suppressed", "masked", "withheld", "hidden", "##", "…", "-", ":c"]
)
def test_masks_are_left_out_and_numbers_stay(mask):
    assert unmasked(mask) == ""
    assert unmasked(f"12 {mask}") == f"12 {mask}"


@pytest.mark.parametrize(
    ("text", "counted", "share"),
    [
        *[("12", 12, 12), ("12.5", 12.5, 12.5), ("12 (3%)", 12, NAN), ("3%", NAN, 3), ("2.5 %", NAN, 2.5)],
        *[("<5", NAN, NAN), ("1e3", 1000, 1000), ("-1.5", NAN, -1.5), ("Woman", NAN, NAN), ("", NAN, NAN)],
        *[("1 203", NAN, 1203), ("three", 3, NAN)],
    ],
)
def test_counts_and_shares(text, counted, share):
    assert same(count(text), counted)
    assert same(decimal(text), share)


def test_commas_part_thousands_and_nothing_else():
    assert [ungrouped(t) for t in ("1,203", "12,000,000", "12,5", "1203,000", ",123", "1,203 men")] == [
        *("1203", "12000000", "12,5", "1203,000", ",123", "1,203 men")
    ]
    assert (spoken("4,119"), spoken("4 119"), spoken("40")) == (4119, 4119, 40)
