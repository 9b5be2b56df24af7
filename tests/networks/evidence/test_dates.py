"""Every form in which a date is written, and what is refused with its rows."""

import datetime

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, SpecificationError
from ctresearch.networks.evidence.dates import read_bound, read_dates

MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def cells(*values):
    return pd.Series(values, dtype=object)


def read(*values, order=None):
    return read_dates(cells(*values), "on", order)


@pytest.mark.parametrize(
    ("text", "order", "time"),
    [
        ("2021-03-04", None, "2021-03-04"),
        ("2021/3/4", None, "2021-03-04"),
        ("2021.03.04", "iso", "2021-03-04"),
        ("2021-03-04T05:06", None, "2021-03-04 05:06"),
        ("2021-03-04 05:06:07", None, "2021-03-04 05:06:07"),
        ("2021-03-04 05:06:07.899", None, "2021-03-04 05:06:07"),
        ("2021-03-04T05:06:07,5Z", None, "2021-03-04 05:06:07"),
        ("2021-03-04T05:06+02:00", None, "2021-03-04 05:06"),
        ("2021-03-04T05:06-0330", None, "2021-03-04 05:06"),
        ("2021-03-04 12:30 AM", None, "2021-03-04 00:30"),
        ("2021-03-04 12:30 pm", None, "2021-03-04 12:30"),
        ("2021-03-04 1:30pm", None, "2021-03-04 13:30"),
        ("2021-03-04 11:59 am", None, "2021-03-04 11:59"),
        ("4/3/2021", "day first", "2021-03-04"),
        ("4.3.2021 5:06", "day first", "2021-03-04 05:06"),
        ("4-3-2021", "month first", "2021-04-03"),
        ("13/3/2021", None, "2021-03-13"),
        ("3/13/2021", None, "2021-03-13"),
        ("4 March 2021", None, "2021-03-04"),
        ("4th March 2021", "day first", "2021-03-04"),
        ("1st-mar.-2021", "month first", "2021-03-01"),
        ("2nd MAR, 2021", None, "2021-03-02"),
        ("23rd sept 2021", None, "2021-09-23"),
        ("March 4, 2021", None, "2021-03-04"),
        ("Mar. 3rd 2021 5:06", None, "2021-03-03 05:06"),
        ("  4 March 2021 ", None, "2021-03-04"),
    ],
)
def test_a_date_is_read_in_each_form(text, order, time):
    column, found = read(text, order=order)
    assert column.tolist() == [pd.Timestamp(time)]
    assert column.dtype.kind == "M"
    assert found == order or (order is None and found in ("day first", "month first"))


@pytest.mark.parametrize("number", range(1, 13))
def test_months_are_known_by_their_names_and_first_letters(number):
    name = MONTHS[number - 1]
    for text in (f"5 {name} 2020", f"5 {name[:3].upper()} 2020", f"{name.lower()} 5, 2020"):
        assert read(text)[0].tolist() == [pd.Timestamp(2020, number, 5)]


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("2021-3-4 and more", None),
        ("about 2021-03-04", None),
        ("5 Januarya 2020", None),
        ("5 xyz 2020", None),
        ("2021-13-01", None),
        ("2021-00-10", None),
        ("0000-01-10", None),
        ("2021-03-04 25:00", None),
        ("2021-03-04 10:60", None),
        ("31/4/2021", "day first"),
        ("13/1/2021", "month first"),
        ("1/13/2021", "day first"),
        ("1/2/21", "day first"),
        ("4 March 2021", "iso"),
        ("March 4, 2021", "iso"),
        ("4/3/2021", "iso"),
    ],
)
def test_what_is_no_such_date_is_refused(text, order):
    with pytest.raises(CellError, match=r"'on': 1 of 3 cells is text \(row 2\), must be dates") as refused:
        read("2021-01-01", text, None, order=order)
    assert list(refused.value.rows) == [2]
    assert refused.value.column == "on"


def test_an_order_is_found_where_one_alone_fits_and_both_where_they_agree():
    assert read("13/3/2021", "4/3/2021")[1] == "day first"
    assert read("3/13/2021", "4/3/2021")[0].tolist() == [pd.Timestamp(2021, 3, 13), pd.Timestamp(2021, 4, 3)]
    assert read("3/13/2021", "4/3/2021")[1] == "month first"
    assert read("2/2/2021", "3/3/2021")[1] == "day first", "both read the same"
    assert read("2021-02-03", "4 May 2021")[1] is None, "nothing to ask"
    assert read("2021-02-03", order="month first")[1] == "month first"


def test_rows_in_doubt_are_counted_and_those_that_read_alike_are_not():
    with pytest.raises(CellError, match=r"column 'on': 2 of 5 dates could .* \(rows 1 and 4\)") as refused:
        read("1/2/2021", "2/2/2021", None, " 1/2/2021 ", "2021-01-01")
    assert list(refused.value.rows) == [1, 4]
    assert refused.value.column == "on"
    with pytest.raises(CellError, match=r"1 of 2 dates could have the day or the month first \(row 2\)"):
        read("2021-01-01", "1/2/2021")


def test_gaps_stay_gaps():
    column, _ = read("2021-01-02", None, " ", np.nan, pd.NaT)
    assert column.isna().tolist() == [False, True, True, True, True]
    years, order = read("2019", " ", None, " 2021 ")
    assert order is None
    assert years[[0, 3]].tolist() == [2019, 2021]
    assert years.isna().tolist() == [False, True, True, False]
    assert read("2019", "2020", order="iso")[1] == "iso"
    assert read(None, None)[0].isna().all()


def test_numbers_and_times_stay_what_they_are():
    years = pd.Series([2019, 2020])
    assert read_dates(years, "on", "day first")[0] is years
    assert read_dates(years, "on", "day first")[1] == "day first"
    times = pd.Series(pd.to_datetime(["2021-01-01 10:00", None]))
    column, order = read_dates(times, "on", "iso")
    assert (column[0], pd.isna(column[1]), order) == (pd.Timestamp("2021-01-01 10:00"), True, "iso")
    zoned = pd.Series(pd.to_datetime(["2021-01-01 23:30"])).dt.tz_localize("Asia/Tokyo")
    assert read_dates(zoned, "on")[0].tolist() == [pd.Timestamp("2021-01-01 23:30")]
    mixed = read(datetime.date(2021, 1, 2), datetime.datetime(2021, 1, 3, 4), np.datetime64("2021-01-05"), "2021-01-06")
    assert mixed[0].dt.day.tolist() == [2, 3, 5, 6]
    assert mixed[0].dt.hour.tolist() == [0, 4, 0, 0]


@pytest.mark.parametrize("other", [True, 3.5, 2021, ("2021",)])
def test_years_beside_something_else_are_no_years(other):
    with pytest.raises(CellError, match="'on'"):
        read("2021", other)


def test_infinite_years_and_truths_are_refused_with_their_rows():
    with pytest.raises(CellError, match=r"'on': 1 of 3 cells is infinite \(row 3\), must be dates") as refused:
        read_dates(pd.Series([2019.0, np.nan, np.inf]), "on")
    assert list(refused.value.rows) == [3]
    with pytest.raises(CellError, match=r"2 of 2 cells"):
        read_dates(pd.Series([True, False]), "on")


def test_an_order_that_there_is_not_is_refused():
    with pytest.raises(SpecificationError, match="dates == 'Day first', must be one of"):
        read("2021-01-01", order="Day first")


DAYS = pd.Series(pd.to_datetime(["2021-03-10"]))
YEARS = pd.Series([2020, 2021])


@pytest.mark.parametrize(
    ("value", "order", "expected"),
    [
        ("2021-02-03", None, pd.Timestamp(2021, 2, 3)),
        ("3/2/2021", "day first", pd.Timestamp(2021, 2, 3)),
        ("3/2/2021", "month first", pd.Timestamp(2021, 3, 2)),
        (pd.Timestamp("2021-02-03 04:05"), None, pd.Timestamp(2021, 2, 3, 4, 5)),
        (datetime.date(2021, 2, 3), None, pd.Timestamp(2021, 2, 3)),
    ],
)
def test_a_bound_is_a_time_where_the_evidence_has_dates(value, order, expected):
    assert read_bound("end", value, DAYS, order) == expected


@pytest.mark.parametrize("value", [2020, 2020.0, "2020", " 2020 ", np.int64(2020)])
def test_a_bound_is_a_number_where_the_evidence_has_numbers(value):
    found = read_bound("start", value, YEARS, None)
    assert found == 2020.0
    assert type(found) is float
    with pytest.raises(SpecificationError, match=r"^start is a number, but the evidence has dates: give a date"):
        read_bound("start", value, DAYS, None)


@pytest.mark.parametrize(
    ("value", "dates", "message"),
    [
        ("2020-01-01", YEARS, "^end is a date, but the evidence is dated by numbers"),
        (None, DAYS, "^end is no date: give one, or leave it out"),
        (True, YEARS, "^end is no date: give one, or leave it out"),
        (float("nan"), YEARS, "^end is no date: give one"),
        ("1/2/2021", DAYS, "^end is no date, or could be two: write it as 2021-03-10"),
        ("soon", DAYS, "^end is no date, or could be two"),
    ],
)
def test_a_bound_that_says_nothing_is_refused(value, dates, message):
    with pytest.raises(SpecificationError, match=message):
        read_bound("end", value, dates, None)
