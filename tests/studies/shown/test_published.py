"""Published numbers are rounded to the digits machines share, and tables are harmless in a spreadsheet."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.studies.shown.published import published_number, spreadsheet_safe, write_csv


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (11417.987654321, 11417.988),
        (1 / 3, 0.33333333),
        (1e-12 / 3, 3.3333333e-13),
        (64105700, 64105700),
        (2.0, 2),
        (True, True),
        (math.nan, None),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (-0.0, 0),
        (1e300, 1e300),
    ],
)
def test_numbers_are_rounded_to_eight_digits(value, shown):
    assert published_number(value) == shown
    assert type(published_number(value)) is type(shown)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=1e-200, max_value=1e200))
def test_rounding_stays_within_half_a_unit_of_the_eighth_digit(value):
    # 5e-8 is half a unit of the eighth digit of a number that begins with 1; the margin is for the division itself
    assert abs(published_number(value) - value) <= 5e-8 * value * (1 + 1e-9)
    assert published_number(published_number(value)) == published_number(value)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+SUM(A1)", "-2+3", "@cmd", "\t=1", "\r=1", " =1", "=cmd|' /C calc'!A0", "＝1", "+44 20 7946 0000"]
)
def test_cells_that_a_spreadsheet_would_execute_are_escaped(cell, tmp_path):
    assert spreadsheet_safe(cell) == "'" + cell
    write_csv(pd.DataFrame({cell: [cell]}, index=pd.Index([cell], name=cell + "x")), tmp_path / "t.csv")
    read = pd.read_csv(tmp_path / "t.csv", dtype=str, keep_default_na=False)
    assert all(text.startswith("'") for text in [*read.columns, *read.iloc[0]])


@pytest.mark.parametrize("cell", ["-0.5", "+3", "-1e-3", "LA:NG", "a=b", "", "−2", "2013-01-31"])
def test_harmless_cells_stay_as_they_are(cell):
    assert spreadsheet_safe(cell) == cell


def test_a_table_is_written_the_same_everywhere(tmp_path):
    frame = pd.DataFrame(
        {"n": [1, 2], "share": [1 / 3, np.nan], "word": ['a,"b"', None], "flag": [True, False]},
        index=pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["list", "order"]),
    )
    write_csv(frame, tmp_path / "t.csv")
    assert (
        tmp_path / "t.csv"
    ).read_bytes() == b'list,order,n,share,word,flag\nx,1,1,0.33333333,"a,""b""",True\ny,2,2,,,False\n'


def test_an_index_without_a_name_is_left_out(tmp_path):
    write_csv(pd.DataFrame({("a", "b"): [np.float32(0.5)]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "a / b\n0.5\n"
