"""A result is used as what it holds: each operation hands on to the held thing, on both sides."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.networks import ActorsResult, MeasureResult, SequencesResult, as_network, centralisation
from ctresearch.networks.evidence.measure_result import (
    FEW,
    actor_index,
    by_row,
    connected_check,
    sizes_check,
    undefined_check,
    without_limits,
)
from ctresearch.networks.evidence.reads_like import ReadsLike, bare


class Holds(ReadsLike):
    def __init__(self, thing):
        self.thing = thing

    def _held(self):
        return self.thing


def test_numbers_go_through_every_operation_on_either_side():
    seven, two = Holds(7.5), Holds(2.0)
    for other in (2.0, two):
        assert (seven + other, seven - other, seven * other, seven / other) == (9.5, 5.5, 15.0, 3.75)
        assert (seven < other, seven <= other, seven > other, seven >= other) == (False, False, True, True)
    assert (2.0 + seven, 2.0 - seven, 2.0 * seven, 15.0 / seven) == (9.5, -5.5, 15.0, 2.0)
    same = Holds(7.5)
    assert (seven < same, seven <= same, seven > same, seven >= same) == (False, True, False, True)
    assert (float(seven), int(seven), round(seven), round(Holds(7.256), 1), abs(Holds(-1.5)), -seven) == (
        7.5,
        7,
        8,
        7.3,
        1.5,
        -7.5,
    )
    assert f"{seven:.2f}" == "7.50"
    assert (bool(seven), bool(Holds(0.0))) == (True, False)
    assert seven.is_integer() is False


def test_mappings_and_tables_go_through():
    one, other = Holds({"a": 1, "b": 2}), Holds({"b": 3})
    assert one | other == {"a": 1, "b": 3}
    assert {"b": 4, "c": 5} | one == {"a": 1, "b": 2, "c": 5}
    assert (one["a"], list(one), "a" in one, "c" in one, len(one)) == (1, ["a", "b"], True, False, 2)
    assert (bool(one), bool(Holds({}))) == (True, False)
    assert bool(Holds(pd.Series([], dtype=float)))
    column = Holds(pd.Series([1.0, 2.0]))
    assert column.equals(pd.Series([1.0, 2.0])) is True
    assert column.equals(Holds(pd.Series([1.0, 2.0]))) is True
    assert column.equals(pd.Series([1.0, 3.0])) is False
    assert (column + column).tolist() == [2.0, 4.0]
    assert (column.sum(), column[1]) == (3.0, 2.0)


def test_arrays_are_of_the_type_asked_for_and_copied_where_asked():
    held = np.array([1.0, 2.0])
    thing = Holds(held)
    assert np.asarray(thing, dtype=int).dtype == np.dtype(int)
    assert np.shares_memory(thing.__array__(), held)
    assert np.shares_memory(thing.__array__(copy=False), held)
    copied = thing.__array__(copy=True)
    assert not np.shares_memory(copied, held)
    assert copied.tolist() == [1.0, 2.0]


def test_private_names_are_not_handed_on():
    with pytest.raises(AttributeError, match=r"^_nothing$"):
        _ = Holds(3.0)._nothing
    with pytest.raises(AttributeError):
        _ = Holds(3.0).nothing
    assert bare(Holds(3)) == 3
    assert bare("x") == "x"


def test_a_measure_reads_as_it_says():
    made = centralisation(nx.star_graph(4))
    fields = {
        "method": "a measure",
        "estimates": made.estimates,
        "n": 2,
        "inputs": made.inputs,
        "assumptions": ("a",),
        "references": ("r",),
    }
    table = pd.DataFrame({"x": [1.5, 2.5], "y": [0.0, 1.0]}, index=["p", "q"])
    assert MeasureResult(**fields, table=table).loc["p", "x"] == 1.5
    assert list(MeasureResult(**fields, table=table)) == ["x", "y"]
    assert list(MeasureResult(**fields, table=table, reads_as="column")) == [1.5, 2.5]
    assert MeasureResult(**fields, table=table, reads_as="mapping") == {"p": 1.5, "q": 2.5}
    number = MeasureResult(**fields, table=table, reads_as="number")
    assert number == 1.5
    assert type(number._held()) is float
    assert number == MeasureResult(**fields, table=table, reads_as="number")
    assert number != MeasureResult(**fields, table=table + 1, reads_as="number")
    assert not number.record_level
    actors = ActorsResult(**fields, table=table)
    assert actors.table.attrs["record_level"] == ["actor"]
    assert SequencesResult(**fields, table=table).table.attrs["record_level"] is True
    assert SequencesResult.record_level is ActorsResult.record_level is True


def test_only_square_tables_of_one_set_of_labels_take_them_on_both_sides():
    made = centralisation(nx.star_graph(4))
    fields = {"method": "a measure", "estimates": made.estimates, "n": 2, "inputs": made.inputs}
    fields |= {"assumptions": ("a",), "references": ("r",)}
    square = pd.DataFrame(np.eye(2), index=pd.Index([0, 1], name="one"), columns=pd.Index(["0", "1"], name="two"))
    found = MeasureResult(**fields, table=square).table
    assert found.columns.tolist() == [0, 1]
    assert (found.index.name, found.columns.name) == ("one", "two")
    for other in (
        pd.DataFrame(np.eye(2), index=[0, 1], columns=["0", "2"]),
        pd.DataFrame(np.ones((2, 1)), index=[0, 1], columns=["0"]),
    ):
        kept = MeasureResult(**fields, table=other).table
        assert kept.columns.tolist() == other.columns.tolist()


def test_figures_without_limits_and_rows_by_actor():
    table = without_limits({"a": 1.5, "b": 2.0}, unit="share")
    assert table["estimate"].to_dict() == {"a": 1.5, "b": 2.0}
    assert set(table["unit"]) == {"share"}
    assert table[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert set(without_limits({"a": 1.0})["unit"]) == {""}
    laid = by_row(pd.DataFrame({"x": [1, 2], "y": [3, 4], "z": [5, 6]}, index=["p", "q"]), {"x": "u", "z": "w"})
    assert laid.index.tolist() == ["x", "x", "z", "z"]
    assert laid.index.name == "term"
    assert laid["estimate"].tolist() == [1.0, 2.0, 5.0, 6.0]
    assert laid["unit"].tolist() == ["u", "u", "w", "w"]
    assert laid["actor"].tolist() == ["p", "q", "p", "q"]
    assert laid[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert list(laid.columns) == ["estimate", "std_error", "ci_low", "ci_high", "unit", "actor"]
    assert "group" in by_row(pd.DataFrame({"x": [1]}), {"x": ""}, key="group")


def test_actors_are_an_index_with_their_tuples_whole():
    index = actor_index(as_network(nx.path_graph([("a", 1), ("b", 2)])))
    assert index.tolist() == [("a", 1), ("b", 2)]
    assert (index.nlevels, index.name, index.dtype) == (1, "actor", object)


def test_checks_of_shape_size_and_gaps():
    whole = connected_check(as_network(nx.DiGraph([(1, 2), (3, 2)])))
    assert (whole.name, whole.status, dict(whole.numbers)) == ("connected", "pass", {"components": 1})
    assert whole.message.startswith("All actors are connected")
    apart = connected_check(as_network(nx.Graph([(1, 2), (3, 4)])))
    assert (apart.name, apart.status, dict(apart.numbers)) == ("connected", "review", {"components": 2})
    assert apart.message.startswith("The network falls into 2 components")
    assert FEW == 5
    for smallest, status in ((4, "review"), (5, "pass"), (6, "pass")):
        check = sizes_check("role", np.array([9, smallest]), of="stage")
        assert (check.name, check.status, dict(check.numbers)) == ("role sizes", status, {"smallest": smallest})
        assert check.message == f"The smallest role of 'stage' has {smallest} actors."
    assert sizes_check("group", np.array([7])).message == "The smallest group has 7 actors."
    gaps = undefined_check("values", [1, np.nan, 2, np.nan])
    assert (gaps.name, gaps.status, dict(gaps.numbers)) == ("defined", "review", {"missing": 2})
    assert gaps.message.startswith("2 of 4 values do not exist")
    assert undefined_check("values", [[1, 2]]).status == "pass"
