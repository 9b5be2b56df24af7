"""Act, means and purpose: indicated, never a finding; a child is known by the age at the act alone."""

import itertools

import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.data import protocol_elements, schema

ALL = {"recruiterRelationFriend": 1, "meansThreats": 1, "isForcedLabour": 1}


def elements(source="ctdc-synthetic", age_at_act=None, **cells):
    row = protocol_elements(pd.DataFrame({name: [value] for name, value in cells.items()}), source, age_at_act).iloc[0]
    return row["elements"], row["age"]


@pytest.mark.parametrize("band", [*schema("ctdc-synthetic").column("ageBroad").codes.codes, None])
def test_age_broad_alone_never_decides_who_was_a_child(band):
    assert elements(ageBroad=band, **ALL) == ("indicated", "undetermined")
    without_means = {**ALL, "meansThreats": None}
    assert elements(ageBroad=band, **without_means) == ("undetermined", "undetermined")


@pytest.mark.parametrize(
    ("age", "means", "expected"),
    [
        (17, None, ("indicated", "child")),
        (0, None, ("indicated", "child")),
        (18, None, ("undetermined", "adult")),
        (18, 1, ("indicated", "adult")),
        (None, 1, ("indicated", "undetermined")),
        (None, None, ("undetermined", "undetermined")),
    ],
)
def test_a_child_needs_no_means_and_an_adult_does(age, means, expected):
    assert elements(age_at_act="age", age=age, **{**ALL, "meansThreats": means}) == expected


def test_the_source_own_age_at_the_act_is_used():
    flags = {"recruiterRelationFamily": 1, "isSexualExploit": 1}
    k = "ctdc-k-anonymised"
    assert elements(k, majorityStatusAtExploit="Minor", majorityStatus="Adult", **flags) == ("indicated", "child")
    assert elements(k, majorityStatusAtExploit=None, majorityStatus="Minor", **flags)[1] == "undetermined"
    htcds = {"vic_MethodOfRecruitment": "AtWork", "vic_TypeOfExploitation": "ForcedBegging"}
    assert elements("htcds", vic_AgeWhenTrafficked=16.0, **htcds) == ("indicated", "child")
    assert elements("htcds", vic_AgeWhenTrafficked=30.0, **htcds) == ("undetermined", "adult")


def test_a_blank_is_undetermined_and_only_reported_absence_is_not_indicated():
    flags = ["isForcedLabour", "isSexualExploit", "isOtherExploit"]
    for cells in itertools.product([1, 0, None], repeat=3):
        table = pd.DataFrame([dict(zip(flags, cells, strict=True))], columns=flags, dtype="Int8")
        purpose = protocol_elements(table, "ctdc-synthetic")["purpose"].tolist()[0]
        expected = "indicated" if 1 in cells else "not indicated" if None not in cells else "undetermined"
        assert purpose == expected


def test_a_missing_flag_of_an_element_leaves_it_undetermined():
    assert protocol_elements(pd.DataFrame({"isForcedLabour": [0]}), "ctdc-synthetic")["purpose"].tolist() == [
        "undetermined"
    ]


def test_long_hours_are_exploitation_and_no_means():
    row = {"recruiterRelationFriend": 1, "meansExcessiveWorkHours": 1, "isForcedLabour": 1, "age": 30}
    assert elements(age_at_act="age", **row) == ("undetermined", "adult")
    htcds = {
        "vic_MethodOfRecruitment": "AtWork",
        "vic_MethodsOfControl": "ExcessiveWorkingHours",
        "vic_TypeOfExploitation": "ForcedLabour",
    }
    assert elements("htcds", vic_AgeWhenTrafficked=30.0, **htcds) == ("undetermined", "adult")


def test_means_are_needed_unless_the_age_says_otherwise():
    table = protocol_elements(pd.DataFrame({"age": [17, 18, None]}), "ctdc-synthetic", "age")
    assert table["means_needed"].astype(object).fillna("?").tolist() == [False, True, "?"]


def test_wrong_input_is_refused():
    with pytest.raises(SpecificationError, match="source == 'glotip'"):
        protocol_elements(pd.DataFrame({"a": [1]}), "glotip")
    with pytest.raises(DataError, match="has no column 'age'"):
        protocol_elements(pd.DataFrame({"a": [1]}), "ctdc-synthetic", "age")


@pytest.mark.parametrize("code", [-99, -9, 999, 2015])
def test_a_code_is_no_age_and_makes_no_child(code):
    cases = pd.DataFrame({"isForcedLabour": [1], "age_then": [code]})
    with pytest.raises(CellError, match=r"a whole number \(row 1\), must be ages at the act") as caught:
        protocol_elements(cases, "ctdc-synthetic", age_at_act="age_then")
    assert f"{code} " not in str(caught.value).replace("such as -99 ", "")


@pytest.mark.parametrize("column", ["ageBroad", "majorityStatus", "yearOfRegistration"])
def test_columns_of_the_registration_are_no_age_at_the_act(column):
    with pytest.raises(SpecificationError, match="tells of the registration"):
        protocol_elements(pd.DataFrame({column: ["Minor"]}), "ctdc-k-anonymised", age_at_act=column)


def test_every_state_is_a_category_also_where_no_row_is_in_it():
    told = protocol_elements(pd.DataFrame({"isForcedLabour": [1]}), "ctdc-synthetic", None)
    assert told["elements"].cat.categories.tolist() == told["means"].cat.categories.tolist()
    assert len(told["elements"].cat.categories) > told["elements"].nunique()
