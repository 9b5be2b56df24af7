"""Names of columns: matched where they can only mean one thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.core import DataError
from ctresearch.data import schema, schemas
from ctresearch.data.files.header import check_header, header_score, match_names, plain


@pytest.mark.parametrize("name", [n for n in schemas() if n != "lists"])
@given(data=st.data())
def test_case_punctuation_and_the_cut_of_stata_do_not_count(name, data):
    one = schema(name)
    change = data.draw(st.sampled_from([str.upper, str.lower, lambda n: n.replace("_", " "), lambda n: n[:32]]))
    changed = [change(n) for n in one.names]
    matched = match_names(changed, one)
    assert list(matched.columns.values()) == list(one.names)
    assert set(matched.renamed) == {n for n in changed if n not in one.names}


def test_two_columns_never_become_one():
    names = match_names(["year", "Year", "YEAR", "tier", "country"], schema("tip-tiers")).columns
    assert names == {"year": "year", "Year": "Year", "YEAR": "YEAR", "tier": "tier", "country": "country"}
    assert match_names(["name", "countryname"], schema("tip-tiers")).columns == {
        "name": "country",
        "countryname": "countryname",
    }


def test_a_title_is_no_header_and_another_source_is_named():
    assert header_score(["UNODC"], schema("glotip")) == 0
    assert header_score(schema("glotip").names, schema("glotip")) == 13
    with pytest.raises(DataError, match="it looks like 'ctdc-victim-perpetrator'"):
        check_header(schema("ctdc-victim-perpetrator").names, schema("glotip"), "f.csv")
    with pytest.raises(DataError, match="must have at least 8 of its columns"):
        check_header(["a", "b"], schema("glotip"), "f.csv")
    assert plain(" Unit of  Measurement (n) ") == "unit_of_measurement_n"
