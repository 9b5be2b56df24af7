"""Completeness by variable, year and source."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data import completeness, ic_tip


def cases():
    return pd.DataFrame(
        {
            "gender": ["Woman", None, "Man", "Man"],
            "isForcedLabour": pd.array([1, None, None, None], dtype="Int8"),
            "isSexualExploit": pd.array([None, 1, None, None], dtype="Int8"),
            "yearOfRegistration": pd.array([2019, 2019, 2020, None], dtype="Int64"),
            "office": ["a", "b", "a", "a"],
        }
    )


def share(table, variable):
    return table[table["variable"] == variable]["share"].tolist()


def test_a_variable_is_reported_where_one_of_its_columns_is():
    table = completeness(cases(), "ctdc-synthetic")
    assert share(table, "purpose") == [0.5]
    assert share(table, "victim_sex") == [0.75]
    assert len(table) == len(ic_tip().variables)


def test_what_is_not_collected_has_no_share():
    table = completeness(cases(), "ctdc-synthetic").set_index("variable")
    assert not table.loc["victim_education", "collected"]
    assert np.isnan(table.loc["victim_education", "share"])
    assert not table.loc["duration", "collected"]  # the source has the column, this table does not
    assert table["share"].dropna().between(0, 1).all()


def test_by_year_and_source_with_the_group_that_is_missing():
    table = completeness(cases(), "ctdc-synthetic", by=["yearOfRegistration", "office"])
    sex = table[table["variable"] == "victim_sex"]
    assert sex["yearOfRegistration"].fillna(-1).tolist() == [2019, 2019, 2020, -1]
    assert sex["office"].tolist() == ["a", "b", "a", "a"]
    assert sex["share"].tolist() == [1, 0, 1, 1]
    assert sex["n"].sum() == 4


def test_wrong_input_is_refused():
    with pytest.raises(SpecificationError, match="version == '2019', must be one of '2025'"):
        ic_tip("2019")
    with pytest.raises(SpecificationError, match="source == 'glotip'"):
        completeness(cases(), "glotip")
    with pytest.raises(DataError, match="has no column 'year'"):
        completeness(cases(), "ctdc-synthetic", by="year")


@pytest.mark.parametrize("by", ["n", "block", 3, None])
def test_groups_that_cannot_be_answered_are_refused(by):
    with pytest.raises(SpecificationError, match="by == "):
        completeness(pd.DataFrame({"gender": ["Man"], "n": [1], "block": ["x"]}), "ctdc-synthetic", by=by)
