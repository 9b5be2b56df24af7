"""Roles are a small frozen vocabulary, and declarations find what each column means."""

import pickle

import pandas as pd
import pytest

from ctresearch.core import Meaning, Result, SpecificationError, estimates_table, plot
from ctresearch.core import meaning as col
from ctresearch.core.declaration import Declaration, column_names, find_meaning, read_role, read_roles, undeclared


@pytest.mark.parametrize(
    ("words", "role", "of", "base", "kind"),
    [
        ("count", "count", "person", "", ""),
        ("count of households", "count", "household", "", ""),
        ("count of cases", "count", "case", "", ""),
        ("count of groups", "count", "group", "", ""),
        ("count of nobody", "count", "nobody", "", ""),
        ("share of n", "share", "person", "n", ""),
        ("share", "share", "person", "all", ""),
        ("weighted count of n", "weighted count", "person", "n", ""),
        ("mean of n", "statistic", "person", "n", "mean"),
        ("median of n", "statistic", "person", "n", "quantile"),
        ("greatest", "statistic", "person", "all", "greatest"),
        ("at risk", "statistic", "person", "all", "at risk"),
        ("model", "model", "person", "", ""),
        ("protected person", "protected person", "person", "", ""),
        ("money of firms", "money", "person", "firms", ""),
    ],
)
def test_short_words_are_read(words, role, of, base, kind):
    found = read_roles({"some_column": words})["some_column"]
    assert (found.role, found.of, found.base, found.kind) == (role, of, base, kind)
    assert found.label == "Some column"


@pytest.mark.parametrize("words", ["number", "count of sheep", "key of n", "model of n", "", 3])
def test_other_words_are_refused_with_those_that_are_allowed(words):
    with pytest.raises(SpecificationError, match="weighted count, share, statistic"):
        read_roles({"n": words})


def test_roles_must_be_a_mapping():
    with pytest.raises(SpecificationError, match="a mapping of column to role"):
        read_roles(["count"])


def test_a_share_without_a_base_is_refused():
    with pytest.raises(SpecificationError, match="base"):
        Meaning("share", "Children")


@pytest.mark.parametrize("field", ["of", "kind", "outcome", "reader"])
def test_unknown_words_are_refused(field):
    with pytest.raises(SpecificationError, match=field):
        Meaning("count", **{field: "something"})


def test_exact_names_come_before_patterns_and_long_patterns_before_short():
    declared = {
        "*": col.model("Rest"),
        "with *": col.model("With"),
        "with block *": col.model("Block"),
        "n": col.count("N"),
    }
    assert [find_meaning(declared, c).label for c in ("n", "with block 3", "with care", "other")] == [
        "N",
        "Block",
        "With",
        "Rest",
    ]
    assert find_meaning({"n": col.count()}, "m") is None


def test_columns_are_those_that_a_reader_sees():
    frame = pd.DataFrame({("a", "b"): [1], ("a", "c"): [2]}, index=pd.Index(["x"], name="sex"))
    assert column_names(frame) == ["sex", "a b", "a c"]
    assert column_names(pd.DataFrame({"n": [1, 2]})) == ["n"]
    assert column_names(pd.Series([1], index=["x"], name="n")) == ["", "n"]
    assert undeclared({"n": col.count()}, pd.DataFrame({"n": [1], "m": [2]})) == ["m"]


def test_rows_of_one_column_may_mean_different_things():
    both = col.by_row("term", {"observed": col.count("People"), "*": col.model("Figure")})
    assert both.role == "count"
    assert both.row("observed").role == "count"
    assert both.row("population").role == "model"
    blocks = col.by_row("term", {"*": col.model("Any"), "share of *": col.share("Share of a block")})
    assert blocks.row("share of block 2").label == "Share of a block"
    assert col.model("Plain").row("anything").label == "Plain"


@pytest.mark.parametrize(
    "meaning",
    [
        col.key("Sex"),
        col.count("Households", "households", of="household"),
        col.share("Children", "n", unit="percent"),
        col.statistic("Median age", "years", kind="quantile", base="n"),
        col.model("Odds ratio", reader="ratio", headline=True),
        col.by_row("term", {"n": col.count("People"), "*": col.model()}),
        Meaning("model", "Convictions", outcome="response"),
    ],
)
def test_meanings_come_back_from_plain_values_and_pickles(meaning):
    assert Meaning.from_dict(meaning.to_dict()) == meaning
    assert pickle.loads(pickle.dumps(meaning)) == meaning
    assert hash(Meaning.from_dict(meaning.to_dict())) == hash(meaning)


def test_only_counts_of_those_who_are_protected_count():
    assert col.count("Women").counts_people
    assert col.weighted("Women").counts_people
    assert not col.count("Lists", "lists", of="nobody").counts_people
    assert not col.model("Density").counts_people


def test_a_result_says_what_it_holds():
    result = Result(method="m", estimates=estimates_table({"age_group": (1.0, 1.0, 0.0, 2.0)}), n=3)
    assert result.term_meaning("age_group").label == "Age group"
    assert result.meanings()["n"].role == "count"
    assert result.roles()["ci_low"].role == "model"
    with pytest.raises(SpecificationError, match="must be one of"):
        result.roles("nothing")


def test_a_picture_of_a_result_carries_its_numbers():
    said = Declaration({"x": "model"})
    result = Result(method="m", estimates=estimates_table({"x": (1.0, 1.0, 0.0, 2.0)}), n=3, declaration=said)
    table, roles = plot.shown(result.plot())
    assert table.equals(result.estimates)
    assert roles["estimate"].role == "model"
    assert plot.shown(plot.new_axes().get_figure()) is None


def test_figures_of_no_people_may_be_said_in_words():
    assert read_role("draws", "model of nobody").of == "nobody"
    assert read_role("cost", "money of nobody").of == "nobody"
    assert read_role("r_hat", "model").of == "person"
    with pytest.raises(SpecificationError, match="the role of 'year'"):
        read_role("year", "key of nobody")
