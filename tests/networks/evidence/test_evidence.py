"""Tables of evidence before they are a network: attendances, attributes, chosen rows."""

import networkx as nx
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.networks.evidence.actor_names import ActorNames
from ctresearch.networks.evidence.evidence import (
    actor_labels,
    attendance_columns,
    chosen_rows,
    graph_of,
    read_actors,
    read_attendances,
    shared_events,
    unmatched_check,
    without_names,
)

KEY = b"k" * 32
SEEN = pd.DataFrame({"who": ["b", "a", "b", "b", "c"], "where": ["m2", "m1", "m1", "m2", "m3"]})


def test_attendances_are_laid_out_in_the_order_of_the_actors():
    table = read_attendances(SEEN, actor="who", event="where", key=None)
    assert table.index.tolist() == ["b", "a", "c"]
    assert table.columns.tolist() == ["m1", "m2", "m3"]
    assert table.to_numpy().tolist() == [[1, 1, 0], [1, 0, 0], [0, 0, 1]]


def test_attendances_take_names_and_keys_and_spellings_of_events():
    named = read_attendances(
        SEEN.assign(where=["m1", "M1", "m1", "m1", "m2"]),
        actor="who",
        event="where",
        key=None,
        names=ActorNames({"c": "a"}, 1, 2),
        merge_names=True,
    )
    assert named.index.tolist() == ["b", "a"]
    assert named.to_numpy().tolist() == [[1, 0], [1, 1]]
    keyed = read_attendances(SEEN, actor="who", event="where", key=KEY)
    assert all(len(name) == 16 for name in keyed.index)
    assert keyed.to_numpy().tolist() == read_attendances(SEEN, actor="who", event="where", key=None).to_numpy().tolist()
    with pytest.raises(CellError, match="column 'where': 1 name"):
        read_attendances(SEEN.assign(where=["m1", "M1", "m1", "m1", "m2"]), actor="who", event="where", key=None)


@pytest.mark.parametrize(("column", "empty"), [("who", None), ("who", " "), ("where", ""), ("where", float("nan"))])
def test_attendances_have_no_gaps(column, empty):
    table = SEEN.astype(object)
    table.loc[[1, 3], column] = empty
    with pytest.raises(CellError, match=rf"'{column}': 2 of 5 cells .*\(rows 2 and 4\), must be complete"):
        attendance_columns(table, "who", "where")
    attendance_columns(SEEN.assign(who=[0, 1, 2, 3, 4]), "who", "where")


def test_attendances_are_a_table_with_their_columns():
    with pytest.raises(DataError, match="attendances is a list"):
        attendance_columns([1], "who", "where")
    for column in ("who", "where"):
        with pytest.raises(DataError, match=f"attendances has no column '{column}'"):
            attendance_columns(SEEN.drop(columns=column), "who", "where")


def test_shared_events_are_counted_once_a_pair():
    table = pd.DataFrame([[1, 1, 1], [1, 1, 0], [0, 0, 1], [0, 0, 0]], index=["d", "c", "b", "a"])
    ties = shared_events(table)
    assert list(ties.columns) == ["source", "target", "weight"]
    assert ties.to_numpy().tolist() == [["d", "c", 2.0], ["d", "b", 1.0]]
    assert ties["weight"].dtype == float


def test_labels_stand_in_a_column_or_in_the_index():
    table = pd.DataFrame({"role": ["x", "y"]}, index=["a", "b"])
    assert actor_labels(table) == ["a", "b"]
    assert actor_labels(table.assign(actor=["c", "d"])) == ["c", "d"]
    assert actor_labels(None) == []
    assert actor_labels(pd.DataFrame(index=["a"])) == ["a"]
    with pytest.raises(DataError, match="actors is a list"):
        actor_labels(["a"])
    with pytest.raises(DataError, match="actors"):
        actor_labels(pd.DataFrame({"actor": []}))


def test_attributes_that_speak_of_others_than_the_ties():
    known = pd.DataFrame({"role": ["x"] * 3}, index=["a", "b", "z"])
    (check,) = unmatched_check(known, pd.Series(["a", "b", "c", "d", "c"]))
    assert (check.name, check.status) == ("attributes", "review")
    assert check.numbers == {"without_ties": 1, "with_attributes": 3, "without_attributes": 2}
    assert check.message.startswith("1 of 3 actors with attributes have no tie, and 2 actors with ties have no attri")
    (failed,) = unmatched_check(known, pd.Series(["p", "q"]))
    assert (failed.name, failed.status) == ("attributes", "fail")
    assert failed.numbers == {"without_ties": 3, "with_attributes": 3, "without_attributes": 2}
    assert failed.message.startswith("3 of 3 actors with attributes have no tie, and 2 actors")
    assert unmatched_check(known, pd.Series(["a", "b", "z", "c"])) == ()
    assert unmatched_check(known, pd.Series(["a", "b"])) == ()
    assert unmatched_check(pd.DataFrame(index=["a"]), pd.Series(["p"])) == ()


def test_attributes_are_indexed_by_actor():
    given = pd.DataFrame({"actor": ["b", "a"], "role": ["x", "y"]})
    for table in (given, given.set_index("actor"), given.set_index("actor").rename_axis(None)):
        read = read_actors(table, None)
        assert read.index.tolist() == ["b", "a"]
        assert (read.index.name, read.index.dtype) == ("actor", object)
        assert read["role"].tolist() == ["x", "y"]
        assert list(read.columns) == ["role"]
    none = read_actors(None, None)
    assert (len(none), none.index.name, none.index.dtype) == (0, "actor", object)
    assert read_actors(given, None, ActorNames({"b": "B"}, 1, 2)).index.tolist() == ["B", "a"]
    assert [len(one) for one in read_actors(given, KEY).index] == [16, 16]
    pairs = pd.DataFrame({"actor": [("a", 1), ("b", 2)], "role": ["x", "y"]})
    assert read_actors(pairs, None).index.tolist() == [("a", 1), ("b", 2)]


def test_actors_stand_in_one_row_with_a_name():
    table = pd.DataFrame({"actor": ["a", None, "b", "a", "b", "a", None], "role": list("xxxxxxx")})
    with pytest.raises(CellError) as refused:
        read_actors(table, None)
    assert str(refused.value).startswith("actors name 3 actors twice and 2 not at all (rows 2, 4, 5, 6 and 7),")
    assert list(refused.value.rows) == [2, 4, 5, 6, 7]
    with pytest.raises(CellError, match=r"name 0 actors twice and 1 not at all \(rows 2\)"):
        read_actors(table.iloc[:2], None)


def test_a_key_drops_what_identifies_and_keeps_the_year_of_birth():
    table = pd.DataFrame(
        {
            " Label ": ["Ana", "Bo"],
            "names": ["Ana", "Bo"],
            "date_of_birth": ["1990-05-06", None],
            "phone": ["+43 660 1234567", "+43 660 7654321"],
            "role": ["driver", "guard"],
            "convictions": [0, 2],
        },
        index=["a", "b"],
    )
    assert without_names(table, None) is table
    kept = without_names(table, KEY)
    assert list(kept.columns) == ["role", "convictions", "birth_year"]
    assert kept["birth_year"].tolist()[0] == 1990
    assert kept["birth_year"].isna().tolist() == [False, True]
    both = without_names(table.assign(birth_year=[1, 2]), KEY)
    assert "birth_year" not in both or both["birth_year"].tolist() != [1990, None]
    for name in ("label", "name", "Names", "labels", "NAME"):
        assert list(without_names(pd.DataFrame({name: ["x1", "x2"], "role": ["a", "b"]}), KEY)) == ["role"]
    bare = pd.DataFrame(index=["a"])
    assert without_names(bare, KEY) is bare


ROWS = pd.DataFrame(
    {
        "source": list("abcd"),
        "target": list("bcde"),
        "kind": ["phone", "kin", "phone", None],
        "date": [2019.0, 2020.0, 2021.0, float("nan")],
        "confidence": [0.2, 0.5, 0.9, 1.0],
    }
)


def chosen(**asked):
    full = {"kind": None, "start": None, "end": None, "min_confidence": None} | asked
    return chosen_rows(ROWS, **full).tolist()


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, "1111"),
        ({"kind": "phone"}, "1010"),
        ({"start": 2020}, "0110"),
        ({"end": 2020}, "1000"),
        ({"start": 2019, "end": 2021}, "1100"),
        ({"min_confidence": 0.5}, "0111"),
        ({"min_confidence": 0}, "1111"),
        ({"min_confidence": 1}, "0001"),
        ({"kind": "phone", "start": 2020, "min_confidence": 0.3}, "0010"),
        ({"kind": "phone", "end": 2020}, "1000"),
    ],
)
def test_rows_are_chosen_from_start_on_before_end_and_at_least_this_sure(asked, expected):
    assert chosen(**asked) == [one == "1" for one in expected]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"kind": "Phone"}, r"matches none of 2 kinds of tie, but one that is written otherwise: write it"),
        ({"kind": "cash"}, r"matches none of 2 kinds of tie: write it"),
        ({"start": 2020, "end": 2020}, "start does not lie before end"),
        ({"start": "2020-01-01"}, "start is a date"),
        ({"end": "2020-01-01"}, "end is a date"),
        ({"min_confidence": 1.1}, r"min_confidence == 1.1"),
        ({"min_confidence": -0.1}, r"min_confidence == -0.1"),
    ],
)
def test_what_cannot_be_chosen_is_refused(asked, message):
    with pytest.raises(SpecificationError, match=message):
        chosen(**asked)


@pytest.mark.parametrize(
    ("asked", "column"),
    [({"kind": "x"}, "kind"), ({"start": 1}, "date"), ({"end": 1}, "date"), ({"min_confidence": 0.0}, "confidence")],
)
def test_a_column_that_was_never_named_cannot_be_asked_about(asked, column):
    full = {"kind": None, "start": None, "end": None, "min_confidence": None} | asked
    with pytest.raises(SpecificationError, match=rf"has no {column}: name its column in from_edges\(\.\.\., {column}="):
        chosen_rows(ROWS[["source", "target"]], **full)
    others = ROWS.drop(columns=column)
    assert chosen_rows(others, kind=None, start=None, end=None, min_confidence=None).all()


def test_bounds_are_read_in_the_order_that_is_said():
    dated = ROWS.assign(date=pd.to_datetime(["2021-01-01", "2021-02-01", "2021-03-01", None]))
    full = {"kind": None, "min_confidence": None, "dates": "day first"}
    assert chosen_rows(dated, start="1/2/2021", end="1/3/2021", **full).tolist() == [False, True, False, False]
    with pytest.raises(SpecificationError, match="start is no date, or could be two"):
        chosen_rows(dated, start="1/2/2021", end=None, kind=None, min_confidence=None)
    with pytest.raises(SpecificationError, match="end is no date, or could be two"):
        chosen_rows(dated, start=None, end="1/2/2021", kind=None, min_confidence=None)


def test_a_graph_holds_actors_first_and_what_is_known_of_ties():
    actors = read_actors(pd.DataFrame({"actor": ["z", "b"]}), None)
    merged = pd.DataFrame({"source": ["a", "b"], "target": ["b", "c"], "weight": [2.0, 1.0], "rows": [3, 1]})
    graph = graph_of(merged, actors, directed=True)
    assert isinstance(graph, nx.DiGraph)
    assert list(graph) == ["z", "b", "a", "c"]
    assert list(graph.edges(data=True)) == [
        ("b", "c", {"weight": 1.0, "rows": 1}),
        ("a", "b", {"weight": 2.0, "rows": 3}),
    ]
    plain = graph_of(merged, actors, directed=False)
    assert not plain.is_directed()
    assert plain["b"]["a"] == {"weight": 2.0, "rows": 3}
