"""Schemas and code lists: each is complete, and wrong names are answered with the nearest ones."""

import pytest

from ctresearch.core import SpecificationError
from ctresearch.core.scope import NOT_STATED
from ctresearch.data import codelist, published, schema, schemas

COLUMNS = {"ctdc-synthetic": 27, "ctdc-k-anonymised": 62, "ctdc-victim-perpetrator": 16, "glotip": 13, "htcds": 83}
COUNTS_PEOPLE = set(schemas()) - {"tip-tiers", "3p-index", "lists"}


@pytest.mark.parametrize("name", schemas())
def test_every_schema_can_be_used(name):
    one = schema(name)
    assert len(set(one.names)) == len(one.columns) == COLUMNS.get(name, len(one.columns))
    assert one.blank
    assert one.references
    assert 1 <= one.needs <= max(len(one.columns), 1)
    assert (one.scope.population != NOT_STATED) == (name in COUNTS_PEOPLE)
    for column in one.columns:
        assert column.label
        assert (column.codes is not None) or column.kind not in ("code", "codes")
    frame = one.to_frame()
    assert frame["name"].tolist() == list(one.names)


def test_no_source_of_reports_calls_people_identified_victims():
    for name in ("dtm-survey", "hotline", "nrm"):
        assert "identified victim" not in schema(name).scope.population
    assert "potential victims" in schema("nrm").scope.population
    assert "not a prevalence" in " ".join(schema("dtm-survey").notes)


def test_variants_never_shadow_a_code():
    for name in {c.codes.name for s in schemas() for c in schema(s).columns if c.codes is not None}:
        one = codelist(name)
        assert not set(one.variants) & set(one.labels)
        assert set(one.variants.values()) <= set(one.labels)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: schema("glotp"), "name == 'glotp' is not a source; did you mean glotip"),
        (lambda: schema("ctdc"), "did you mean ctdc-k-anonymised, ctdc-synthetic, ctdc-victim-perpetrator?"),
        (lambda: schema("?"), "is not a source; must be one of 3p-index, "),
        (lambda: published("?"), "is not a published table; must be one of "),
        (lambda: codelist("ctdc/age"), "name == 'ctdc/age' is not a code list"),
        (lambda: schema("glotip").column("Years"), "name == 'Years' is not a column of glotip; did you mean Year"),
    ],
)
def test_wrong_names(call, words):
    with pytest.raises(SpecificationError, match=words):
        call()


def test_a_schema_is_read_as_it_is_written():
    one = schema("hotline")
    assert (one.name, one.extra, one.needs, one.counted) == ("hotline", "keep", 3, ("count",))
    assert one.names == ("year", "unit", "count")
    assert one.column("unit").codes == codelist("hotline/unit")
    assert one.column("count").variants == ("value", "number", "n")
    assert (one.column("year").low, one.column("year").high, one.column("year").required) == (2000, 2026, True)
    assert (one.scope.measure, one.missing) == ("flow", ())
    assert schema("nrm").missing[:2] == ("[x]", "[z]")
    assert schema("eurostat-thb").column("flag").separator == ""
    assert schema("ctdc-k-anonymised").column("typeOfLabourConcatenated").separator == ";"
    assert schema("tip-tiers").counted == ()
    assert schema("eurostat-thb").counted == ("value", "flag", "note")


@pytest.mark.parametrize("name", schemas())
def test_columns_that_are_counted_are_columns(name):
    one = schema(name)
    assert set(one.counted) <= set(one.names)
    assert not one.counted or one.column(one.counted[0]).kind in ("count", "number")


def test_the_codebook_is_a_table():
    frame = schema("hotline").to_frame()
    assert frame.columns.tolist() == ["name", "kind", "label", "codes", "low", "high", "unit", "required"]
    rows = frame.set_index("name")
    assert rows.loc["unit", "codes"] == "; ".join(codelist("hotline/unit").codes)
    assert rows.loc["year", ["kind", "low", "high", "required", "codes"]].tolist() == ["year", 2000.0, 2026.0, True, ""]


def test_lists_of_codes_hold_labels_and_other_spellings():
    ages = codelist("ctdc/age-broad")
    assert ages.name == "ctdc/age-broad"
    assert ages.codes == tuple(ages.labels)
    assert ages.variants["09--17"] == "9--17"
    assert "" not in ages.variants
    with pytest.raises(TypeError):
        ages.labels["x"] = "y"
    with pytest.raises(
        SpecificationError, match="name == 'glotip/indicatr' is not a code list; did you mean glotip/in"
    ):
        codelist("glotip/indicatr")
    with pytest.raises(SpecificationError, match="did you mean ctdc/"):
        codelist("#")
