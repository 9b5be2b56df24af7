"""Rows of evidence become ties: columns, values, pairs, ways to combine."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.networks.evidence.actor_names import ActorNames
from ctresearch.networks.evidence.ties import COMBINES, TIE_COLUMNS, given_columns, merge_ties, pseudonyms, read_ties

KEY = b"k" * 32
FULL = pd.DataFrame(
    {
        "from": ["a", "b", "c"],
        "to": ["b", "c", "d"],
        "calls": [9, 1, 4],
        "how": ["phone", None, "kin"],
        "when": [2020, 2021, 2022],
        "file": ["f1", "f2", "f1"],
        "sure": [1.0, 0.5, 0.25],
    }
)
NAMES = {
    "source": "from",
    "target": "to",
    "weight": "calls",
    "kind": "how",
    "date": "when",
    "evidence": "file",
    "confidence": "sure",
}


def test_columns_get_one_name_each_in_one_order():
    ties = read_ties(FULL, **NAMES)
    assert tuple(ties.columns) == TIE_COLUMNS == tuple(NAMES)
    for role, name in NAMES.items():
        assert ties[role].dropna().tolist() == FULL[name].dropna().tolist()
    assert ties["weight"].dtype == float
    assert ties.index.tolist() == [0, 1, 2]
    bare = read_ties(FULL.rename(columns={"from": "source", "to": "target"}))
    assert list(bare.columns) == ["source", "target"]


@pytest.mark.parametrize("role", NAMES)
def test_a_column_that_is_not_there_is_named(role):
    with pytest.raises(DataError, match=f"ties has no column '{NAMES[role]}'"):
        read_ties(FULL.drop(columns=NAMES[role]), **NAMES)
    if role not in ("source", "target"):
        assert role not in read_ties(FULL, **NAMES | {role: None})


def test_what_is_given_is_a_table():
    with pytest.raises(DataError, match="ties are a dict, must be a pandas DataFrame"):
        given_columns({}, source="a")
    assert given_columns(FULL, source="from", weight=None, target="to") == {"source": "from", "target": "to"}


@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("calls", [1, 0, 2], r"'calls': 1 of 3 cells .*\(row 2\), must be numbers above 0: correct"),
        ("calls", [1, -1, 2], r"\(row 2\)"),
        ("calls", [1, np.inf, 2], r"\(row 2\)"),
        ("calls", [1, None, 2], r"\(row 2\)"),
        ("calls", ["1", "two", "3"], r"\(row 2\)"),
        ("sure", [1, 0, 1], r"'sure': 1 of 3 cells .*\(row 2\), must be numbers above 0 and at most 1: correct"),
        ("sure", [1, 1.001, 1], r"\(row 2\)"),
        ("sure", [1, np.nan, 1], r"\(row 2\)"),
        ("from", ["a", " ", "c"], r"'from': 1 of 3 cells .*\(row 2\), must name an actor: complete it"),
        ("to", ["a", None, "c"], r"'to': 1 of 3 cells .*\(row 2\), must name an actor: complete it"),
    ],
)
def test_values_that_are_none_are_refused_with_their_column_and_row(column, values, message):
    with pytest.raises(CellError, match=message) as refused:
        read_ties(FULL.assign(**{column: values}), **NAMES)
    assert list(refused.value.rows) == [2]


def test_values_at_the_bounds_are_taken():
    ties = read_ties(FULL.assign(calls=["1e-9", "5", "2.5"], sure=[1, 1e-9, "0.5"]), **NAMES)
    assert ties["weight"].tolist() == [1e-9, 5, 2.5]
    assert ties["confidence"].tolist() == [1, 1e-9, 0.5]
    assert read_ties(FULL.assign(**{"from": [0, 1, 2], "to": [5, 6, 7]}), **NAMES)["source"].tolist() == [0, 1, 2]


def test_ties_to_oneself_are_refused_or_dropped_and_rows_keep_their_numbers():
    loops = FULL.assign(to=["b", "b", "c"])
    with pytest.raises(CellError, match=r"^rows 2 and 3 tie an actor to itself: correct them, or leave") as refused:
        read_ties(loops, **NAMES)
    assert list(refused.value.rows) == [2, 3]
    with pytest.raises(CellError, match=r"^row 1 ties an actor to itself"):
        read_ties(FULL.assign(to=["a", "c", "d"]), **NAMES)
    kept = read_ties(FULL.assign(to=["a", "c", "d"]), **NAMES, self_ties="drop")
    assert kept.index.tolist() == [1, 2]
    assert kept["source"].tolist() == ["b", "c"]
    with pytest.raises(SpecificationError, match="self_ties == 'keep'"):
        read_ties(FULL, **NAMES, self_ties="keep")


def test_spellings_of_actors_kinds_and_sources():
    names = ActorNames({"d": "c"}, 1, 3)
    with pytest.raises(CellError, match="row 3 ties an actor to itself"):
        read_ties(FULL, **NAMES, names=names)
    ties = read_ties(FULL, **NAMES, names=ActorNames({"d": "D", "a": "A"}, 1, 3))
    assert (ties["source"].tolist(), ties["target"].tolist()) == (["A", "b", "c"], ["b", "c", "D"])
    for column, role in (("how", "kind"), ("file", "evidence")):
        spelled = FULL.assign(**{column: ["X", "x", "X"]})
        with pytest.raises(CellError, match=f"column '{column}': 1 name"):
            read_ties(spelled, **NAMES)
        assert read_ties(spelled, **NAMES, merge_names=True)[role].tolist() == ["X", "X", "X"]


def test_pseudonyms_are_of_the_key_the_actor_and_sixteen_digits():
    assert pseudonyms(iter([1, "b", None]), None) == [1, "b", None]
    found = pseudonyms(["a", "b", "a", 1, "1"], KEY)
    assert found[0] == found[2] != found[1]
    assert found[3] == found[4], "what is no text is written as text first"
    assert all(len(one) == 16 and set(one) <= set("0123456789abcdef") for one in found)
    assert pseudonyms(["a"], b"x" * 32) != found[:1]
    assert len(set(found)) == 3
    keyed = read_ties(FULL, **NAMES, key=KEY)
    assert keyed["source"].tolist() == pseudonyms(FULL["from"], KEY)
    assert keyed["target"].tolist() == pseudonyms(FULL["to"], KEY)
    assert keyed["source"].dtype == object
    numbered = FULL.assign(**{"from": [1, 2, 3], "to": [2, 3, 4]})
    assert read_ties(numbered, **NAMES, key=KEY)["source"].tolist() == pseudonyms([1, 2, 3], KEY)
    assert read_ties(numbered, **NAMES)["source"].dtype == np.int64


REPEATED = pd.DataFrame(
    {
        "source": ["b", "a", "c", "a"],
        "target": ["a", "b", "a", "b"],
        "weight": [2.0, 4.0, 1.0, 9.0],
        "kind": ["phone", "kin", None, "phone"],
        "evidence": ["f2", None, "f3", "f1"],
        "date": [2021, 2019, 2020, 2022],
        "confidence": [0.4, 0.9, 0.3, 0.5],
    }
)


@pytest.mark.parametrize(
    ("combine", "expected"),
    [("sum", [15, 1]), ("max", [9, 1]), ("min", [2, 1]), ("mean", [5, 1]), ("count", [3, 1])],
)
def test_rows_of_a_pair_become_one_tie(combine, expected):
    ties = merge_ties(REPEATED, directed=False, combine=combine)
    assert ties[["source", "target"]].to_numpy().tolist() == [["b", "a"], ["a", "c"]]
    assert ties["weight"].tolist() == expected
    assert ties["weight"].dtype == float
    assert ties["rows"].tolist() == [3, 1]
    assert ties["kinds"].tolist() == [("kin", "phone"), ()]
    assert ties["sources"].tolist() == [("f1", "f2"), ("f3",)]
    assert ties["first"].tolist() == [2019, 2020]
    assert ties["last"].tolist() == [2022, 2020]
    assert ties["confidence"].tolist() == [0.9, 0.3]


def test_directions_are_kept_apart():
    ties = merge_ties(REPEATED, directed=True, combine="sum")
    assert ties[["source", "target"]].to_numpy().tolist() == [["b", "a"], ["a", "b"], ["c", "a"]]
    assert ties["weight"].tolist() == [2, 13, 1]
    assert ties["kinds"].tolist() == [("phone",), ("kin", "phone"), ()]


def test_pairs_are_written_as_their_actors_first_appear():
    ties = pd.DataFrame({"source": ["c", "b", "a"], "target": ["b", "a", "c"]})
    merged = merge_ties(ties, directed=False, combine=None)
    # in the column of sources first: c, b, a
    assert merged[["source", "target"]].to_numpy().tolist() == [["c", "b"], ["b", "a"], ["c", "a"]]
    assert list(merged.columns) == ["source", "target", "rows"]
    none = merge_ties(ties.iloc[:0], directed=False, combine=None)
    assert len(none) == 0


@pytest.mark.parametrize("directed", [False, True])
def test_repeats_ask_how_with_their_rows(directed):
    weighted = REPEATED[["source", "target", "weight"]]
    rows, words = ([4], "row 4 repeats") if directed else ([2, 4], "rows 2 and 4 repeat a pair")
    with pytest.raises(
        CellError, match=f"^{words}.* combine='sum', 'mean', 'max' or 'min' of their weights"
    ) as refused:
        merge_ties(weighted, directed=directed, combine=None)
    assert list(refused.value.rows) == rows
    with pytest.raises(
        CellError, match=r"^row 4 repeats a pair.* combine='count', where the number of rows"
    ) as refused:
        merge_ties(weighted.drop(columns="weight"), directed=directed, combine=None)
    assert list(refused.value.rows) == [4]
    one = merge_ties(weighted.drop(columns="weight"), directed=directed, combine="one")
    assert "weight" not in one
    assert one["rows"].tolist() == ([1, 2, 1] if directed else [3, 1])


def test_ways_to_combine_that_do_not_fit_are_refused():
    assert COMBINES == ("sum", "max", "min", "mean", "count", "one")
    bare = REPEATED[["source", "target"]]
    for combine in ("sum", "max", "min", "mean"):
        with pytest.raises(SpecificationError, match=f"^combine == '{combine}', but ties have no weights"):
            merge_ties(bare, directed=False, combine=combine)
    with pytest.raises(SpecificationError, match="weights: 'sum', 'max', 'min', 'mean', 'count' keep one each"):
        merge_ties(REPEATED, directed=False, combine="one")
    with pytest.raises(SpecificationError, match="combine == 'first', must be one of"):
        merge_ties(bare, directed=False, combine="first")
    assert merge_ties(bare, directed=False, combine="count")["weight"].tolist() == [3.0, 1.0]
