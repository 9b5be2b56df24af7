"""Single cells against the rule of their column."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.data import Column, codelist, schema
from ctresearch.data.contents.cells import allowed, judge

COUNT = Column(name="n", kind="count", low=0, high=10_000, required=True)


@pytest.mark.parametrize(
    ("text", "value", "rule"),
    [
        ("<5", (0, 4), ""),
        ("< 5", (0, 4), ""),
        ("<=4", (0, 4), ""),
        ("<11", (0, 10), ""),
        ("1,192", (1192, 1192), ""),
        ("7.0", (7, 7), ""),
        ("0", (0, 0), ""),
        ("6,112,019", None, "range"),
        ("-3", None, "range"),
        ("<0", None, "range"),
        ("1.192", None, "count"),
        ("1,19", None, "count"),
        ("several", None, "count"),
        ("", None, "required"),
        ("NA", None, "missing_code"),
    ],
)
def test_counts_are_intervals(text, value, rule):
    cell = judge(COUNT, text)
    assert (cell.value, cell.rule) == (value, rule)


@given(st.integers(0, 10_000), st.sampled_from(["{}", "{:,}", "{}.0"]))
def test_a_whole_count_is_read_as_it_was_written(number, form):
    assert judge(COUNT, form.format(number)).value == (number, number)


@given(st.text(max_size=12))
def test_no_cell_of_any_kind_raises_and_a_broken_rule_leaves_no_number(text):
    for column in (*schema("glotip").columns, *schema("ctdc-synthetic").columns[:7], *schema("htcds").columns):
        cell = judge(column, text)
        if cell.rule and cell.rule not in {"whitespace", "letter_case"}:
            assert cell.value is None


@pytest.mark.parametrize(
    ("column", "text", "value", "rule"),
    [
        (Column(name="d", kind="date"), "2019-02-28", datetime.date(2019, 2, 28), ""),
        (Column(name="d", kind="date"), "2019-02-28 00:00:00", datetime.date(2019, 2, 28), ""),
        (Column(name="d", kind="date"), "2019-02-30", None, "date"),
        (Column(name="d", kind="date"), "28/02/2019", None, "date"),
        (Column(name="b", kind="boolean"), "No", False, ""),
        (Column(name="b", kind="boolean"), "maybe", None, "boolean"),
        (Column(name="b", kind="boolean"), " yes ", True, "whitespace"),
        (Column(name="x", kind="number", low=-90, high=90), "-12.5", -12.5, ""),
        (Column(name="x", kind="number", low=-90, high=90), "91", None, "range"),
        (Column(name="x", kind="number"), "inf", None, "number"),
        (Column(name="x", kind="integer"), "3.0", 3, ""),
        (Column(name="c", kind="country", standard="alpha2"), "NA", "NA", ""),
        (Column(name="c", kind="country", standard="alpha3"), "NA", None, "missing_code"),
        (Column(name="c", kind="country"), "nam", "NAM", "letter_case"),
        (Column(name="c", kind="countries", separator=";"), "NG;gh", "NG;GH", "letter_case"),
        (Column(name="c", kind="countries", separator=";"), "NG;NG", None, "repeated_code"),
        (Column(name="t", kind="text", pattern="[a-z]{2}"), "abc", None, "pattern"),
        (Column(name="t", kind="text"), "  kept as it is ", "  kept as it is ", ""),
        (schema("ctdc-k-anonymised").column("isAbduction"), "1.0", 1, ""),
        (schema("ctdc-synthetic").column("ageBroad"), "9–17", "9--17", ""),
        (schema("eurostat-thb").column("flag"), "bd", "bd", ""),
        (schema("eurostat-thb").column("flag"), "bX", None, "code_list"),
    ],
)
def test_kinds(column, text, value, rule):
    cell = judge(column, text)
    assert (cell.value, cell.rule) == (value, rule)


def test_minus_99_is_missing_only_where_the_source_says_so():
    k, synthetic = (schema(name).column("isForcedLabour") for name in ("ctdc-k-anonymised", "ctdc-synthetic"))
    assert judge(k, "-99", schema("ctdc-k-anonymised").missing).rule == ""
    assert judge(synthetic, "-99", schema("ctdc-synthetic").missing).rule == "missing_code"


def test_every_kind_is_said_in_words():
    columns = [c for name in ("glotip", "ctdc-synthetic", "htcds", "eurostat-thb") for c in schema(name).columns]
    assert all(allowed(column) for column in columns)
    assert allowed(COUNT) == "a whole number from 0 to 10000, or an upper bound such as <5"
    assert allowed(Column(name="c", kind="code", codes=codelist("policy/tier"))).endswith("3, special, or blank")
