"""Columns that a user names: what is accepted comes back, what is not is told without showing a cell."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError, name_key, read_groups, read_names
from ctresearch.core.cells import kind_of, refuse_cells, row_words, shown, wrong_cells
from ctresearch.core.columns import column_name, column_names, read_numbers, refuse_missing
from ctresearch.core.groups import read_units
from ctresearch.core.names import refuse_alike, unknown_names

FRAME = pd.DataFrame({"x": [1.5, -2.0], "b": [True, False], "t": ["Marie", "Ana"], "m": [np.nan, 1.0]})


@pytest.mark.parametrize("value", ["", None, 3, ["x"], ("x",)])
def test_a_column_is_named_by_a_word(value):
    with pytest.raises(SpecificationError) as caught:
        column_name("time", value)
    assert str(caught.value) == f"time == {value!r}, must be the name of a column"
    assert column_name("time", "months") == "months"


@pytest.mark.parametrize(
    ("names", "least"), [("age", 0), (["a", "a"], 0), ([], 1), (["a"], 2), (np.array(["a", "b"]), 0)]
)
def test_columns_are_a_list_of_different_names(names, least):
    many = f"at least {least} different columns" if least else "different columns"
    with pytest.raises(SpecificationError, match=rf"^covariates == .*, must be a list of {many}"):
        column_names("covariates", names, least=least)


@pytest.mark.parametrize(
    ("names", "least", "sentence"),
    [
        (
            "a * g",
            0,
            "'a * g', must be a list of different columns: write ['a * g'] if that is one column; formulas are not read",
        ),
        (
            "age",
            1,
            "'age', must be a list of at least 1 different columns: write ['age'] if that is one column; formulas are not read",
        ),
        ("", 0, "'', must be a list of different columns"),
        (["a", "a"], 0, "['a', 'a'], must be a list of different columns"),
        (None, 0, "None, must be a list of different columns"),
        (pd.Series(["Marie", "Ana"]), 0, "a Series, must be a list of different columns"),
        ([pd.Series(["Marie", "Ana"])] * 2, 2, "a list of tables, must be a list of at least 2 different columns"),
    ],
)
def test_what_is_no_list_of_columns_is_told_with_what_to_do_and_without_a_cell(names, least, sentence):
    with pytest.raises(SpecificationError) as caught:
        column_names("slopes", names, least=least)
    assert str(caught.value) == f"slopes == {sentence}"


@pytest.mark.parametrize(("names", "least"), [([], 0), (["a"], 0), (["a"], 1), (("a", "b"), 2)])
def test_a_list_of_columns_comes_back_as_a_tuple(names, least):
    assert column_names("covariates", names, least=least) == tuple(names)
    assert column_names("covariates", names) == tuple(names)


def test_numbers_are_read_as_floats():
    for name, values in (("x", [1.5, -2.0]), ("b", [1.0, 0.0])):
        read = read_numbers(FRAME, name)
        assert read.dtype == np.float64
        assert read.tolist() == values


def test_what_is_no_finite_number_is_told_by_type_and_number():
    with pytest.raises(DataError, match=r"^column 't' is of type \w+, must hold numbers$"):
        read_numbers(FRAME, "t")
    with pytest.raises(DataError, match=r"^column 'w' holds 2 values that are not finite$"):
        read_numbers(pd.DataFrame({"w": [np.nan, np.inf, 1]}), "w")


def test_missing_values_are_counted_and_columns_not_asked_for_are_left():
    assert refuse_missing(FRAME, ["x", "t"]) is None
    with pytest.raises(DataError, match=r"^column 'm' has 1 missing values of 2, must have none"):
        refuse_missing(FRAME, ["x", "m"])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("bic", "'bic'"),
        (np.float64(2), "np.float64(2.0)"),
        (FRAME, "a DataFrame"),
        (np.zeros(2), "a ndarray"),
        ([FRAME["x"]], "a list of tables"),
        ({"a": FRAME["x"]}, "a dict of tables"),
        ({1: "x"}, "{1: 'x'}"),
        (("a", 2), "('a', 2)"),
        (None, "None"),
    ],
)
def test_options_are_shown_and_tables_are_not(value, text):
    assert shown(value) == text


@pytest.mark.parametrize(
    ("rows", "text"),
    [([3], "3"), ([], ""), ([1, 2], "1 and 2"), ([1, 2, 3, 4, 5], "1, 2, 3, 4 and 5"), ([1200], "1,200")],
)
def test_rows_in_words(rows, text):
    assert row_words(rows) == text
    assert row_words(range(1, 5), shown=2) == "1, 2 and 2 more"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("", "text"),
        (3, "a whole number"),
        (np.int8(3), "a whole number"),
        (None, "missing"),
        (pd.NaT, "missing"),
        (False, "yes or no"),
        (pd.Timestamp("2020-01-01").time(), "a date"),
        ([1], "a list"),
    ],
)
def test_kinds_of_cells(value, kind):
    assert kind_of(value) == kind


def test_one_wrong_cell_is_told_in_the_singular_under_the_name_given():
    error = wrong_cells(FRAME["t"], [False, True], "must be a number", name="age")
    assert str(error) == "column 'age': 1 of 2 cells is text (row 2), must be a number"
    assert (error.column, error.rows) == ("age", (2,))
    assert wrong_cells(FRAME["t"], [True, True], "x").column == "t"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        (" Police  `A` ", "police 'a'"),
        ("É-\u2013 X\u2019", "e-- x'"),
        (2.0, "2"),
        (2.5, "2.5"),
        (True, "true"),
        ("A\u00a0B", "a b"),
        ("a\tb\n", "a b"),
    ],
)
def test_keys_of_names(name, key):
    assert name_key(name) == key


def test_plain_and_accented_names_take_the_same_way():
    for code in range(128):
        name = f" {chr(code)}Ab{chr(code)} "
        assert name_key(name) == name_key(name + "\u200b")  # an invisible sign: the way of all other letters


def test_spellings_are_counted_and_placed():
    column = pd.Series(["NGO", "ngo", "ngo", "Police", "police", None, "court"])
    read = read_names(column, "source", merge=True)
    assert (read.spellings, read.merged) == (("ngo", "Police", "court"), 2)
    assert read.codes.tolist() == [0, 0, 0, 1, 1, -1, 2]
    (check,) = read.checks("lists")
    assert (check.name, check.status, dict(check.numbers)) == ("names", "review", {"merged": 2, "names": 3})
    assert check.message.startswith("2 of 3 lists were spelled")
    assert read_names(column[[0, 6]], "source").checks("lists") == ()
    with pytest.raises(CellError, match=r"^column 'source': 2 names are spelled .* rows 1, 2, 4 and 5\)") as caught:
        read_names(column, "source", cure="")
    assert caught.value.column == "source"
    assert "pass" not in str(caught.value)
    with pytest.raises(CellError, match=r"1 name is spelled.*or pass merge_names=True to take them as one"):
        read_names(column[:3], "source")


def test_names_that_are_one_are_placed():
    with pytest.raises(CellError, match=r"^4 of 5 lists \(numbers 1, 2, 4 and 5\)") as caught:
        refuse_alike(["a", "b", "c", "B", "A"], "lists")
    assert caught.value.rows == (1, 2, 4, 5)
    assert refuse_alike([], "lists") is None
    assert unknown_names(["x", "a", "y"], ["a"]) == [1, 3]


def test_units_are_read_in_order_and_merged_when_asked():
    frame = pd.DataFrame({"site": ["b", "a", "all", "A "]})
    with pytest.raises(CellError, match="merge_names=True"):
        read_units(frame, "site")
    units = read_units(frame, "site", merge=True)
    assert units.names == ("a", "all", "b")  # no result has a row for all of them, so the word is free
    assert units.codes.tolist() == [2, 0, 1, 0]
    assert units.checks[0].message.startswith("1 of 3 names in 'site' was")
    assert read_units(frame[:2], "site").checks == ()
    for read in (read_units, read_groups):
        with pytest.raises(DataError, match="frame has no column 'place'"):
            read(frame, "place")
        with pytest.raises(DataError, match="frame is a list"):
            read([1], "place")
        with pytest.raises(DataError, match="'site' has 1 missing values of 2"):
            read(pd.DataFrame({"site": ["a", None]}), "site")


def test_rows_of_groups_and_of_the_reserved_word():
    frame = pd.DataFrame({"g": ["n", "ALL", "s", "ALL"]})
    with pytest.raises(CellError, match=r"column 'g' has a group named 'all' \(rows 2 and 4\)") as caught:
        read_groups(frame, "g")
    assert (caught.value.column, caught.value.rows) == ("g", (2, 4))
    groups = read_groups(frame[::2], "g")
    assert {name: rows.tolist() for name, rows in groups.rows().items()} == {"n": [True, False], "s": [False, True]}
    assert groups.rows(overall=True)["all"].tolist() == [True, True]
    with pytest.raises(SpecificationError, match="by == 3"):
        read_groups(frame, 3)


@pytest.mark.parametrize(
    "marks",
    [
        [False, None, True],
        np.array([False, False, True]),
        pd.Series([False, None, True], dtype="boolean"),
        (one > 2 for one in (1, 2, 3)),
    ],
    ids=["list", "array", "column", "generator"],
)
def test_marks_of_any_kind_refuse_what_they_mark_and_missing_ones_nothing(marks):
    ages = pd.Series([1, 2, 3], name="age")
    with pytest.raises(CellError, match=r"^column 'age': 1 of 3 cells is a whole number \(row 3\), must be at most 2$"):
        refuse_cells(ages, marks, "must be at most 2")
    refuse_cells(ages, [False, None, False], "must be at most 2")
    refuse_cells(ages, (one > 9 for one in ages), "must be at most 9")
