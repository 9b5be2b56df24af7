"""Typed parameters: what fits is kept as it is, and what does not is refused before anything runs."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ctresearch.core import SpecificationError
from ctresearch.studies.asked.parameters import Parameter, as_words, combinations, parse, resolve, to_json

DECLARED = {
    "n": Parameter(type="int", value=3, min=1, max=10),
    "x": Parameter(type="float", value=1),
    "fast": Parameter(type="bool", value=False),
    "table": Parameter(type="str", value="uk-2013"),
    "select": Parameter(type="choice", value="bic", choices=["bic", "aic"]),
    "day": Parameter(type="date", value="2013-01-31", min=dt.date(2000, 1, 1)),
    "lists": Parameter(type="list", items="int", value=[1, 2], min=0),
}


def test_values_keep_their_types():
    values = resolve(DECLARED, {"n": 5, "day": dt.date(2014, 2, 1)})
    assert values == {
        "n": 5,
        "x": 1.0,
        "fast": False,
        "table": "uk-2013",
        "select": "bic",
        "day": dt.date(2014, 2, 1),
        "lists": (1, 2),
    }
    assert isinstance(values["x"], float)
    assert to_json(values)["day"] == "2014-02-01"


def test_words_of_the_command_line_are_read_by_type():
    words = ["n=4", "x=1e-3", "fast=yes", "table=a=b", "select=aic", "day=2020-02-29", "lists=3, 4"]
    assert parse(DECLARED, words) == {
        "n": 4,
        "x": 0.001,
        "fast": True,
        "table": "a=b",
        "select": "aic",
        "day": dt.date(2020, 2, 29),
        "lists": (3, 4),
    }
    assert parse(DECLARED, ["lists="]) == {"lists": ()}


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("n=ten", "n == 'ten', must be of type int"),
        ("n=11", "n == 11, must be int, 1 to 10"),
        ("n=1.5", "must be of type int"),
        ("x=nan", "must be of type float"),
        ("fast=maybe", "true or false"),
        ("select=BIC", "must be one of 'bic', 'aic'"),
        ("day=31.1.2013", "such as 2013-01-31"),
        ("day=1999-12-31", "at least 2000-01-01"),
        ("lists=1,-1", "at least 0"),
        ("m=3", "parameter == 'm' is not one of this study's, did you mean n"),
        ("n", "must be name=value"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(word, says):
    with pytest.raises(SpecificationError) as caught:
        parse(DECLARED, [word])
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_parameter_given_twice_is_refused():
    with pytest.raises(SpecificationError, match="given twice"):
        parse(DECLARED, ["n=1", "n=2"])


@pytest.mark.parametrize("value", [True, "3", 3.0, None, [3]])
def test_an_int_takes_nothing_but_whole_numbers(value):
    with pytest.raises(SpecificationError, match="must be of type int"):
        DECLARED["n"].accept("n", value)


@pytest.mark.parametrize(
    "declaration",
    [
        {"type": "choice", "value": "a"},
        {"type": "int", "value": 1, "choices": [1]},
        {"type": "str", "value": "a", "min": 1},
        {"type": "int", "value": 1, "min": dt.date(2000, 1, 1)},
        {"type": "int", "value": 1, "items": "int"},
        {"type": "number", "value": 1},
        {"type": "int", "value": 1, "minimum": 0},
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(declaration):
    with pytest.raises(ValidationError):
        Parameter.model_validate(declaration)


def test_the_declared_value_must_fit_too():
    with pytest.raises(ValidationError, match="value == 0, must be int, at least 1"):
        Parameter(type="int", value=0, min=1)


@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.integers(), min_size=1, max_size=3, unique=True)))
def test_a_grid_holds_every_combination_once(grid):
    rows = combinations(grid)
    expected = 1
    for values in grid.values():
        expected *= len(values)
    assert len(rows) == expected == len({tuple(row.items()) for row in rows})


@given(st.integers(1, 10), st.floats(allow_nan=False, allow_infinity=False), st.booleans())
def test_what_is_written_as_words_is_read_back(n, x, fast):
    values = {"n": n, "x": x, "fast": fast}
    assert parse(DECLARED, as_words(values).split(" ")) == values
