"""People with covariates, read into columns of numbers."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError
from ctresearch.prevalence.lists.covariate_lists import read_covariate_lists

PEOPLE = pd.DataFrame(
    {
        "a": [1, 1, 0, 1],
        "b": [1, 0, 1, 1],
        "age": [20, 30, 40, 50],
        "sex": ["f", "m", "f", "x"],
        "q": [0.1, 0.2, 0.0, 1.0],
    }
)


def read(frame=PEOPLE, covariates=("age", "sex"), extra=("q", None)):
    """Read the people."""
    return read_covariate_lists(frame, ["a", "b"], list(covariates), extra)


def test_numbers_stay_and_words_become_indicators_of_all_but_the_first():
    found = read()
    assert found.on_first.tolist() == [1, 1, 0, 1]
    assert found.on_second.tolist() == [1, 0, 1, 1]
    assert found.features.tolist() == [[20, 0, 0], [30, 1, 0], [40, 0, 0], [50, 0, 1]]
    assert found.features.dtype == np.float64
    assert (found.people, list(found.frame.columns)) == (4, ["a", "b", "age", "sex", "q"])
    assert read(covariates=()).features.shape == (4, 0)
    assert found.chance("q").tolist() == [0.1, 0.2, 0.0, 1.0]
    assert found.column("sex").tolist() == ["f", "m", "f", "x"]


def test_groups_mark_all_people_and_each_group():
    everyone = read().groups(None)
    assert list(everyone) == ["all"]
    assert everyone["all"].dtype == bool
    assert everyone["all"].all()
    assert {name: rows.tolist() for name, rows in read().groups("sex").items()} == {
        "all": [True] * 4,
        "f": [True, False, True, False],
        "m": [False, True, False, False],
        "x": [False, False, False, True],
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"age": [20, np.inf, 40, 50]}, r"column 'age': 1 of 4 cells is .*\(row 2\), must be finite"),
        ({"sex": ["f", None, "f", "m"]}, "column 'sex' misses 1 of 4 values"),
        ({"a": [1, 2, 0, 1]}, r"column 'a': 1 of 4 cells .*\(row 2\), must be 1 for a person on the list"),
        ({"a": [1, 0, 0, 1], "b": [1, 0, 1, 1]}, "1 of 4 people are on none of the lists"),
        ({"a": [1, 1, 0, 0], "b": [1, 0, 1, 1]}, "'a' and 'b' share 1 people, must share at least 2"),
    ],
)
def test_what_cannot_be_used_is_refused(change, says):
    with pytest.raises(DataError, match=says):
        read(PEOPLE.assign(**change))


@pytest.mark.parametrize("values", [[0.1, 1.2, 0, 1], [0.1, -0.2, 0, 1], list("abcd"), [True, False, True, True]])
def test_chances_are_numbers_from_0_to_1(values):
    with pytest.raises(DataError, match=r"column 'q'.*must be chances from 0 to 1"):
        read(PEOPLE.assign(q=values)).chance("q")


def test_a_table_that_is_none_and_columns_that_are_not_there_are_named():
    with pytest.raises(DataError, match=r"^people "):
        read_covariate_lists([1], ["a", "b"], [])
    with pytest.raises(DataError, match="people has no column 'weight'"):
        read(extra=("weight",))
