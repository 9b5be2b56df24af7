"""The published tables are whole, cited, and say whom they count."""

import pickle
import tomllib
from importlib.resources import files

import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.core.cite import doi
from ctresearch.data import PublishedTable, published

# People on at least one list, as the publications state them: entered by hand, apart from the files.
STATED = {
    "artificial-3": (3, 96),
    "australia": (4, 414),
    "diabetes-italy": (4, 2069),
    "hav-taiwan": (3, 271),
    "hiv-rome": (4, 1896),
    "korea": (3, 123),
    "kosovo": (4, 4400),
    "madigan-york-3": (3, 626),
    "madigan-york-5": (5, 537),
    "netherlands": (6, 8234),
    "netherlands-5": (5, 8234),
    "new-orleans": (8, 185),
    "new-orleans-5": (5, 185),
    "scotland-pwid": (4, 5670),
    "spina-bifida": (3, 621),
    "uk-2013": (6, 2744),
    "uk-2013-4": (4, 2428),
    "uk-2013-5": (5, 2744),
    "western-us": (5, 345),
}


def merged(table: PublishedTable, lists: list[str], name: str) -> dict[tuple[int, ...], int]:
    """Counts by pattern after lists are merged into one, keyed in the order of the sorted columns."""
    frame = table.frame
    frame[name] = frame[lists].max(axis=1)
    return by_pattern(frame.drop(columns=lists))


def by_pattern(frame: pd.DataFrame) -> dict[tuple[int, ...], int]:
    """Counts by pattern, keyed in the order of the sorted columns."""
    return frame.groupby(sorted(c for c in frame if c != "count"))["count"].sum().to_dict()


def test_the_list_of_tables_is_complete():
    found = published()
    assert list(found["name"]) == sorted(STATED)
    assert dict(zip(found["name"], zip(found["lists"], found["n"], strict=True), strict=True)) == STATED


@pytest.mark.parametrize("name", STATED)
def test_a_table_is_whole(name):
    table = published(name)
    frame = table.frame
    written = tomllib.loads((files("ctresearch.data") / "tables" / f"{name}.toml").read_text())
    assert table.n == written["n"] == STATED[name][1]
    assert list(frame.columns) == [*table.lists, *table.strata, "count"]
    assert frame[list(table.lists)].isin([0, 1]).all(axis=None)
    assert (frame[list(table.lists)].sum(axis=1) > 0).all(), "a person on no list cannot have been counted"
    assert (frame["count"] > 0).all()
    assert not frame.duplicated([*table.lists, *table.strata]).any()
    assert (frame[list(table.lists)].mul(frame["count"], axis=0).sum() > 0).all(), "no list is empty"


@pytest.mark.parametrize("name", STATED)
def test_a_table_says_whom_it_counts_and_where_it_is_from(name):
    table = published(name)
    assert all(table.list_names.values())
    assert table.citation == table.references[0]
    assert all("(19" in one or "(20" in one for one in table.references), "a reference has its year"
    if name != "madigan-york-5":  # the table as circulated does not say
        assert table.scope.population != "not stated"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("uk-2013", "potential victims of human trafficking"),
        ("netherlands", "presumed victims of human trafficking"),
        ("kosovo", "people killed"),
        ("korea", "held in sexual slavery"),
        ("artificial-3", "nobody"),
    ],
)
def test_populations_keep_the_words_of_their_source(name, words):
    assert words in published(name).scope.population


def test_what_is_not_known_reads_not_stated():
    assert published("new-orleans").scope.reference_period == "not stated"
    assert "inferred" in published("australia").note


def test_uk_tables_follow_from_the_six_lists():
    five = by_pattern(published("uk-2013-5").frame)
    assert merged(published("uk-2013"), ["PF", "NCA"], "PFNCA") == five
    four = published("uk-2013-5").frame.query("LA + NG + PFNCA + GO > 0").drop(columns="GP")
    assert by_pattern(published("uk-2013-4").frame) == by_pattern(four)


def test_smaller_tables_follow_from_the_larger_ones():
    small = by_pattern(published("new-orleans-5").frame)
    assert merged(published("new-orleans"), ["B", "E", "F", "G"], "BEFG") == small
    assert merged(published("netherlands"), ["I", "O"], "IO") == by_pattern(published("netherlands-5").frame)


def test_strata_part_the_table():
    table = published("scotland-pwid")
    assert table.strata == ("region", "sex", "age")
    assert table.frame.groupby(list(table.strata)).ngroups == 8


def test_sources_that_have_a_doi_give_it():
    assert doi(published("new-orleans").citation) == "10.1080/23322705.2019.1634936"
    assert "10.1111/j.1740-9713.2015.00824.x" in map(doi, published("uk-2013").references)


@pytest.mark.parametrize(("name", "near"), [("uk2013", "uk-2013"), ("Kosovo", "kosovo"), ("zzz", "western-us")])
def test_an_unknown_name_gets_the_near_ones(name, near):
    with pytest.raises(SpecificationError, match=f"{name}.*{near}"):
        published(name)


def test_a_table_cannot_be_changed():
    table = published("korea")
    frame = table.frame
    frame.loc[0, "count"] = 10**6
    assert table.n == 123
    with pytest.raises(AttributeError):
        table.name = "other"
    with pytest.raises(TypeError):
        table.list_names["b"] = "other"


def test_the_digest_is_that_of_the_values():
    assert published("korea").digest == published("korea").digest
    assert published("korea").digest != published("kosovo").digest


def test_it_reads_well_and_escapes():
    table = published("korea")
    assert repr(table).startswith("Korean women held in sexual slavery")
    assert "n = 123" in repr(table)
    assert "c: historical roster labelled c by the study (71 people)" in repr(table)
    assert "&quot;comfort women&quot;" in table._repr_html_()


def test_a_table_travels_between_processes():
    table = published("uk-2013")
    assert pickle.loads(pickle.dumps(table)) is table
