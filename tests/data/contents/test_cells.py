"""Single cells against the rule of their column."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.data import Column, codelist, schema
from ctresearch.data.contents.cells import Cell, allowed, judge, kind_of_text

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


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "blank"),
        ("  ", "blank"),
        (" 7 ", "a whole number"),
        ("7.0", "a whole number"),
        ("-99", "a whole number"),
        ("2.5", "a number"),
        ("1/2/1990", "a date"),
        ("2020-01-02T10:00:00Z", "a date"),
        ("2020-01-02 x", "text"),
        ("<5", "text"),
    ],
)
def test_kinds_of_text(text, kind):
    assert kind_of_text(text) == kind


FLAG = Column(name="f", kind="flag")
YEAR = Column(name="y", kind="year", low=2000, high=2026)
WHOLE = Column(name="i", kind="integer", low=0)
CODE = schema("ctdc-synthetic").column("gender")


@pytest.mark.parametrize(
    ("column", "text", "cell"),
    [
        (FLAG, "0", Cell(0)),
        (FLAG, "1.0", Cell(1)),
        (FLAG, "2", Cell(None, "flag")),
        (FLAG, "yes", Cell(None, "flag")),
        (FLAG, "Unknown", Cell(None, "missing_code")),
        (YEAR, "2000", Cell(2000)),
        (YEAR, "2026", Cell(2026)),
        (YEAR, "1999", Cell(None, "range")),
        (YEAR, "2027", Cell(None, "range")),
        (YEAR, "2020.5", Cell(None, "whole_number")),
        (WHOLE, "1.000", Cell(None, "whole_number")),
        (WHOLE, "0", Cell(0)),
        (WHOLE, "-1", Cell(None, "range")),
        (CODE, "Woman", Cell("Woman")),
        (CODE, " woman", Cell("Woman", "letter_case")),
        (CODE, " Woman ", Cell("Woman", "whitespace")),
        (CODE, "person", Cell(None, "code_list")),
        (CODE, "n/a", Cell(None, "missing_code")),
        (Column(name="c", kind="code"), "x", Cell(None, "code_list")),
        (Column(name="b", kind="boolean"), "Y", Cell(True)),
        (Column(name="b", kind="boolean"), "0.0", Cell(False)),
        (Column(name="b", kind="boolean"), "1.5", Cell(None, "boolean")),
        (Column(name="c", kind="country", standard="alpha2"), "gb", Cell("GB", "letter_case")),
        (Column(name="c", kind="country"), "GB", Cell("GB")),
        (Column(name="c", kind="country"), "1B", Cell(None, "country")),
        (Column(name="c", kind="country", standard="alpha3"), "GB", Cell(None, "country")),
        (Column(name="t", kind="text", pattern="[a-z]+"), "abc", Cell("abc")),
        (Column(name="d", kind="date"), "2019-02-28T00:00", Cell(datetime.date(2019, 2, 28))),
        (Column(name="d", kind="date"), "2019-02-28T01:00", Cell(None, "date")),
        (Column(name="n", kind="number", low=0, required=True), "", Cell(None, "required")),
        (Column(name="n", kind="number"), "", Cell(None, "")),
        (COUNT, "-1", Cell(None, "range")),
        (COUNT, "10000", Cell((10000, 10000))),
        (COUNT, "10001", Cell(None, "range")),
    ],
)
def test_verdicts(column, text, cell):
    assert judge(column, text) == cell


def test_a_withheld_count_is_an_answer_and_a_withheld_word_is_none():
    assert judge(COUNT, ":", (":",)) == Cell(None, "")
    assert judge(COUNT, " : ", (":",)) == Cell(None, "")
    required = Column(name="g", kind="code", codes=CODE.codes, required=True)
    assert judge(required, ":", (":",)) == Cell(None, "required")


def test_several_codes_in_a_cell():
    several = Column(name="s", kind="codes", codes=CODE.codes, separator=";")
    assert judge(several, "Woman; Man") == Cell("Woman;Man")
    assert judge(several, "woman;Man") == Cell("Woman;Man", "letter_case")
    assert judge(several, "Woman;x;man") == Cell(None, "code_list")
    assert judge(several, "Woman;woman") == Cell(None, "repeated_code")


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (FLAG, "0 or 1, or blank"),
        (YEAR, "a whole number from 2000 to 2026, or blank"),
        (WHOLE, "a whole number from 0, or blank"),
        (Column(name="i", kind="integer", required=True), "a whole number"),
        (Column(name="x", kind="number", low=0.5), "a number from 0.5, or blank"),
        (Column(name="d", kind="date"), "a date as YYYY-MM-DD, or blank"),
        (Column(name="b", kind="boolean"), "yes or no, or blank"),
        (Column(name="t", kind="text"), "any text, or blank"),
        (Column(name="t", kind="text", pattern="[a-z]"), "text that matches [a-z], or blank"),
        (Column(name="c", kind="country"), "a country code, ISO 3166, or blank"),
        (Column(name="c", kind="country", standard="alpha2"), "a country code, ISO 3166 alpha2, or blank"),
        (Column(name="c", kind="countries", separator=";"), "country codes, ISO 3166, joined by ';', or blank"),
    ],
)
def test_what_is_allowed_in_words(column, words):
    assert allowed(column) == words


def test_long_lists_of_codes_are_cut():
    long = next(c for c in schema("htcds").columns if c.codes is not None and len(c.codes.codes) > 12)
    said = allowed(long)
    assert ", ...".join(["", ""]) in said
    assert long.codes.codes[11] in said
    assert f"{long.codes.codes[12]}," not in said
    several = Column(name="s", kind="codes", codes=CODE.codes, separator=";", required=True)
    assert allowed(several) == f"one or more of {', '.join(CODE.codes.codes)}, joined by ';'"
