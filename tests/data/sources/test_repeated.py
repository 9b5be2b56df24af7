"""Rows that describe one count twice are told for every table of counts, and only where they surely do."""

import pytest

from ctresearch.data import load

REPEATED = "rows describe a count that another row describes too"


def notices(tmp_path, text, source, **options):
    (tmp_path / "t.csv").write_text(text)
    return [one for one in load(tmp_path / "t.csv", source, **options).report.notices if REPEATED in one]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("hotline", "year,unit,count,place\n2020,cases,5,A\n2020,cases,6,A\n2020,cases,5,B\n2020,signals,5,A\n"),
        ("nrm", "year,quarter,stage,count\n2020,Q1,referral,5\n2020,Q1,referral,<7\n2021,Q1,referral,5\n"),
        (
            "eurostat-thb",
            "freq,unit,geo,year,value,flag,note\nA,NR,BE,2020,5,b,x\nA,NR,BE,2020,6,,y\nA,P_HTHAB,BE,2020,5,,\n",
        ),
    ],
)
def test_two_rows_of_one_count_are_told(tmp_path, source, text):
    (said,) = notices(tmp_path, text, source)
    assert said == f"2 {REPEATED}, 2 of them with another value: choose one before adding up."


def test_the_same_value_twice_is_told_apart_from_another_value(tmp_path):
    rows = ["year,unit,count", *["2020,cases,5"] * 2, "2021,cases,5", "2021,cases,8", "2022,cases,1"]
    (said,) = notices(tmp_path, "\n".join(rows), "hotline")
    assert said.startswith(f"4 {REPEATED}, 2 of them")


def test_a_wide_file_of_eurostat_is_compared_count_by_count(tmp_path):
    wide = "freq,unit,geo\\TIME_PERIOD\t2020\t2021\nA,NR,BE\t12 b\t:\nA,NR,NL\t3\t4\n"
    assert notices(tmp_path, wide, "eurostat-thb") == []
    (said,) = notices(tmp_path, wide + "A,NR,BE\t12\t7\n", "eurostat-thb")
    assert said.startswith(f"4 {REPEATED}, 2 of them")


def test_cells_that_broke_a_rule_may_differ_and_are_not_compared(tmp_path):
    assert notices(tmp_path, "year,unit,count\n1066,cases,5\n1067,cases,6\n2020,cases,6\n", "hotline") == []
    rows = "year,unit,count\n2020,Cases,5\n2020,cases,6\n2020,cases,x\n"  # another case is repaired; a count is no key
    (said,) = notices(tmp_path, rows, "hotline")
    assert said.startswith(f"3 {REPEATED}, 3 of them")


def test_rows_that_are_told_apart_by_a_column_left_out_are_not_repeated(tmp_path):
    text = "year,unit,count,place\n2020,cases,5,A\n2020,cases,6,B\n"
    assert notices(tmp_path, text, "hotline", columns=["year", "unit", "count"]) == []
    assert notices(tmp_path, text, "hotline") == []


def test_rows_that_are_no_counts_are_not_compared(tmp_path):
    assert notices(tmp_path, "country,year,tier\nA,2010,2\nA,2010,2\n", "tip-tiers") == []
