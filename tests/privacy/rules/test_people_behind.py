"""Whom each declared number rests on: said by row, by cell, by name, or for all together."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core.declaration import read_roles
from ctresearch.privacy.declared.table import Table
from ctresearch.privacy.rules.behind import one_for_all, people_behind

FRAME = pd.DataFrame(
    {"place": ["a", "b", "c"], "age": [17.0, 21.0, 30.0], "pay": [1.0, 2.0, 3.0], "note": ["", "", ""]}
)
ROLES = read_roles({"place": "place", "age": "mean of all", "pay": "mean of all"})


def behind(table, name):
    part = next(one for one in table.parts if one.name == name)
    found = people_behind(table, part)
    return None if found is None else found.tolist()


def test_people_behind_each_cell_are_those_of_its_own_column():
    people = np.array([[10.0, 40.0], [20.0, 50.0], [30.0, 60.0]])
    table = Table("", FRAME[["place", "age", "pay"]], ROLES, people)
    assert behind(table, "age") == [10.0, 20.0, 30.0]
    assert behind(table, "pay") == [40.0, 50.0, 60.0]
    assert behind(table, "place") == [10.0, 20.0, 30.0]  # no figure: the fewest of the row


def test_people_behind_each_row_are_those_of_all_its_columns():
    table = Table("", FRAME, ROLES, np.array([[10.0], [20.0], [30.0]]))
    assert behind(table, "age") == behind(table, "pay") == [10.0, 20.0, 30.0]
    three = Table("", FRAME[["place", "age", "pay"]], ROLES, np.arange(9.0).reshape(3, 3))
    assert behind(three, "pay") == [0.0, 3.0, 6.0]  # more numbers than figures: the fewest of the row


def test_people_in_another_shape_fit_only_if_there_is_one_for_each_row():
    assert behind(Table("", FRAME, ROLES, np.array([[10.0, 20.0, 30.0]])), "age") == [10.0, 20.0, 30.0]
    assert behind(Table("", FRAME, ROLES, np.array([[10.0, 20.0]])), "age") is None


def test_a_base_is_a_column_or_a_number_beside_and_else_the_fewest_there_are():
    frame = pd.DataFrame({"n": [40, 30], "age": [17.0, 21.0]})
    roles = read_roles({"n": "count", "age": "mean of n"})
    assert behind(Table("", frame, roles), "age") == [40.0, 30.0]
    alone = frame[["age"]]
    assert behind(Table("", alone, roles, beside={"n": 12.0}), "age") == [12.0, 12.0]
    assert behind(Table("", alone, roles, beside={"m": 12.0}), "age") is None
    plain = read_roles({"place": "key", "age": "model"})
    assert behind(Table("", alone, plain, smallest=4), "age") == [4.0, 4.0]
    assert behind(Table("", alone, plain), "age") is None


@pytest.mark.parametrize(
    ("people", "said"), [(None, False), (np.array([60.0]), True), (np.array([[10.0], [20.0], [30.0]]), False)]
)
def test_one_number_for_all_rows_is_told_apart(people, said):
    table = Table("", FRAME, ROLES, people, smallest=None)
    part = next(one for one in table.parts if one.name == "age")
    assert one_for_all(table, part) is said


def test_a_column_names_the_rows_if_it_is_a_label_or_counts_things_once_each():
    from ctresearch.privacy.rules.declared_models import _named

    things, people = "count of nobody", "count"
    found = [
        ({"n": [1, 2, 3]}, things, True),
        ({"n": [1, 2, 2]}, things, False),
        ({"n": [1, 2, 3]}, people, False),
        ({"n": [1, 2, 3]}, "model", False),
        ({"n": [1]}, "model", True),
        ({"n": ["a", "b", "b"]}, "key", True),
        ({"n": ["a", "b", "b"]}, "text", True),
    ]
    for columns, role, named in found:
        table = Table(
            "", pd.DataFrame(columns | {"fit": [0.1] * len(columns["n"])}), read_roles({"n": role, "fit": "model"})
        )
        assert _named(table) is named, (columns, role)
