"""Messages say what came, what is allowed and what to do."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, MissingExtraError, SpecificationError
from ctresearch.core.validate import has_columns, in_range, is_frame, is_level, one_of, require_extra, whole_number


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: one_of("select", "bicc", ("bic", "aic")), "select == 'bicc', must be one of 'bic', 'aic'"),
        (lambda: one_of("flag", 1, (True, False)), "flag == 1, must be one of True, False"),
        (lambda: in_range("p", 1.2, 0, 1), "p == 1.2, must be between 0 and 1 (both included)"),
        (lambda: in_range("p", 0, 0, 1, open_ends=True), "p == 0, must be between 0 and 1 (both excluded)"),
        (lambda: in_range("p", float("nan"), 0), "p == nan, must be a number at least 0"),
        (lambda: in_range("p", "0.5", 0), "p == '0.5', must be a number at least 0"),
        (lambda: in_range("p", float("inf"), high=3), "p == inf, must be at most 3"),
        (lambda: in_range("p", float("inf")), "p == inf, must be finite"),
        (lambda: in_range("p", True), "p == True, must be a number"),
        (lambda: whole_number("k", 1.0, 1), "k == 1.0, must be a whole number at least 1"),
        (lambda: whole_number("k", 0, 1, 4), "k == 0, must be a whole number between 1 and 4 (both included)"),
        (lambda: is_level(95), "level == 95, must be a proportion: write 0.95"),
        (lambda: is_level(1), "level == 1, must be between 0 and 1 (both excluded)"),
    ],
)
def test_options(call, message):
    with pytest.raises(SpecificationError) as caught:
        call()
    assert str(caught.value) == message


def test_what_is_allowed_comes_back():
    assert whole_number("k", np.int64(3)) == 3
    assert type(whole_number("k", np.int64(3))) is int
    assert in_range("p", np.float32(0.5), 0, 1) == 0.5
    assert one_of("x", None, (None, "a")) is None


def test_tables():
    with pytest.raises(DataError, match="cases is a list, must be a pandas DataFrame"):
        is_frame("cases", [1])
    with pytest.raises(DataError, match="'a' more than once"):
        is_frame("cases", pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(DataError, match="0 rows"):
        is_frame("cases", pd.DataFrame({"a": []}))
    with pytest.raises(DataError, match=r"no column 'b'; its columns are 'a'$"):
        has_columns("cases", pd.DataFrame({"a": [1]}), ["a", "b"])


def test_a_missing_package_names_its_extra():
    with pytest.raises(MissingExtraError, match=r"pip install 'ctresearch\[networks\]'"):
        require_extra("a_package_that_is_not_there", "networks")


def test_a_near_miss_of_a_column_is_asked_about():
    with pytest.raises(DataError, match=r"no column 'educaton'.*did you mean 'education'\?"):
        has_columns("cases", pd.DataFrame({"education": [1], "age": [2]}), ["educaton"])
