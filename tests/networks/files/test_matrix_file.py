"""Matrices: which cell is wrong, which option is asked for, and what becomes of the diagonal and of two sides."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.networks import from_matrix

ABC = list("abc")


def square(rows, labels=ABC):
    return pd.DataFrame(rows, index=labels, columns=labels)


RING = square([[0, 2, 1], [2, 0, 3], [1, 3, 0]])
ONE_WAY = square([[0, 2, 0], [0, 0, 3], [1, 0, 0]])


def edges(network, **data):
    return sorted((a, b, kept.get("weight")) for a, b, kept in network.graph.edges(data=True))


def test_symmetric_matrices_have_no_direction_unless_it_is_said():
    network = from_matrix(RING, weight_is="distance")
    assert edges(network) == [("a", "b", 2.0), ("a", "c", 1.0), ("b", "c", 3.0)]
    assert (network.weight_is, network.directed, network.combine, network.checks) == ("distance", False, None, ())
    assert edges(from_matrix(RING)) == [("a", "b", None), ("a", "c", None), ("b", "c", None)]
    assert edges(from_matrix(RING, weighted=False, weight_is="strength"))[0] == ("a", "b", None)
    silent = from_matrix(RING, weighted=True)
    assert (silent.weighted, silent.weight_is) == (True, None)
    both = from_matrix(RING, directed=True)
    assert both.directed
    assert len(both.edges_index) == 6
    assert from_matrix(RING.to_numpy()).nodes == (0, 1, 2)


def test_other_matrices_ask_for_direction_and_weights_for_a_way_to_combine():
    with pytest.raises(
        DataError, match=r"^directed == None, but row 1, column 2 of the matrix differs from row 2, column 1"
    ):
        from_matrix(ONE_WAY)
    assert edges(from_matrix(ONE_WAY, directed=True, weight_is="strength")) == [
        ("a", "b", 2.0),
        ("b", "c", 3.0),
        ("c", "a", 1.0),
    ]
    assert len(from_matrix(ONE_WAY, directed=False).edges_index) == 3
    uneven = square([[0, 2, 1], [5, 0, 3], [1, 3, 0]])
    with pytest.raises(
        DataError, match=r"^row 1, column 2 of the matrix differs from row 2, column 1: say how the two"
    ):
        from_matrix(uneven, directed=False, weight_is="strength")
    summed = from_matrix(uneven, directed=False, weight_is="strength", combine="sum")
    assert edges(summed) == [("a", "b", 7.0), ("a", "c", 2.0), ("b", "c", 6.0)]
    assert edges(from_matrix(uneven, directed=False)) == [("a", "b", None), ("a", "c", None), ("b", "c", None)]


@pytest.mark.parametrize("empty", ["", "-", "nan", "None", None, " "])
def test_the_diagonal_may_be_empty(empty):
    table = RING.astype(object)
    for label in ABC:
        table.loc[label, label] = empty
    assert len(from_matrix(table).edges_index) == 3


def test_a_diagonal_of_gaps_in_numbers_is_empty_and_gaps_beside_it_are_refused():
    table = RING.astype(float).where(~np.eye(3, dtype=bool))
    assert len(from_matrix(table).edges_index) == 3
    table.loc["a", "b"] = np.nan
    with pytest.raises(DataError, match=r"^row 1, column 2 of the matrix must hold 0 or a finite number above 0"):
        from_matrix(table)


def test_ties_to_oneself_are_refused_with_their_place_or_dropped():
    table = RING.copy()
    table.loc["b", "b"] = 4
    with pytest.raises(DataError, match=r"^row 2, column 2 of the matrix ties an actor to itself: correct them"):
        from_matrix(table)
    table.loc["c", "c"] = 4
    with pytest.raises(
        DataError, match=r"^row 2, column 2 of the matrix and 1 more cells of the diagonal tie an actor"
    ):
        from_matrix(table)
    assert len(from_matrix(table, self_ties="drop").edges_index) == 3
    assert table.loc["b", "b"] == 4
    with pytest.raises(SpecificationError, match="self_ties == 'keep'"):
        from_matrix(RING, self_ties="keep")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (-1, "^row 3, column 1 of the matrix must hold 0 or a finite number above 0: correct it"),
        (np.inf, "^row 3, column 1 of the matrix must hold"),
        ("x", "^row 3, column 1 of the matrix must hold"),
        ([1], "^row 3, column 1 of the matrix must hold"),
    ],
)
def test_cells_that_are_no_numbers(cell, words):
    table = RING.astype(object)
    table.at["c", "a"] = cell  # noqa: PD008 - a cell that is a list
    with pytest.raises(DataError, match=words):
        from_matrix(table)
    table = RING - 5
    with pytest.raises(DataError, match=r"^row 1, column 1 of the matrix and 8 more must hold"):
        from_matrix(table)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([[0, 1], [1, 0]], "^the matrix is a list, must be a pandas DataFrame or an array of two dimensions"),
        (np.zeros(4), "^the matrix is a ndarray"),
        (pd.DataFrame(np.zeros((2, 2)), index=["a", None], columns=["a", "b"]), "^row 2 of the matrix has no label"),
        (pd.DataFrame(np.zeros((2, 2)), index=["a", "b"], columns=[" ", "b"]), "^column 1 of the matrix has no label"),
        (pd.DataFrame(np.zeros((2, 2)), index=["a", "a"], columns=["a", "b"]), "^row 2 of the matrix has a label that"),
        (
            pd.DataFrame(np.zeros((2, 2)), index=["a", "b"], columns=["b", "b"]),
            "^column 2 of the matrix has a label that",
        ),
    ],
)
def test_matrices_are_tables_whose_labels_stand_once(table, words):
    with pytest.raises(DataError, match=words):
        from_matrix(table)


SEEN = pd.DataFrame([[1, 0], [1, 1], [0, 1], [0, 0]], index=list("abcd"), columns=["m1", "m2"])


def test_events_stand_in_columns():
    network = from_matrix(SEEN)
    assert network.nodes == ("a", "b", "c", "d")
    assert edges(network) == [("a", "b", 1.0), ("b", "c", 1.0)]
    assert network.incidence.to_numpy().tolist() == SEEN.to_numpy().tolist()
    assert (network.incidence.columns.name, network.weight_is) == ("event", "strength")
    idle = SEEN.assign(m3=0)
    assert list(from_matrix(idle).incidence.columns) == ["m1", "m2", "m3"]
    same = square([[1, 0, 0], [1, 1, 0], [0, 1, 1]])
    assert from_matrix(same, two_mode=True).incidence is not None
    assert edges(from_matrix(same, two_mode=True)) == [("a", "b", 1.0), ("b", "c", 1.0)]
    for options, words in (
        ({"directed": True}, "^directed == True, but shared events have no direction"),
        ({"weight_is": "distance"}, "^weight_is == 'distance', but shared events"),
    ):
        with pytest.raises(SpecificationError, match=words):
            from_matrix(SEEN, **options)
    assert from_matrix(SEEN, directed=False, weight_is="strength").weight_is == "strength"
    for cell in (2, 0.5):
        with pytest.raises(DataError, match=r"^row 2, column 1 of the matrix must hold 1 for an actor who attended"):
            from_matrix(SEEN.astype(float).mask(np.arange(8).reshape(4, 2) == 2, cell))
    with pytest.raises(DataError, match=r"^the matrix has shape \(4, 2\) and holds nobody who attended anything"):
        from_matrix(SEEN * 0)


@pytest.mark.parametrize(
    ("index", "columns", "two_mode", "words"),
    [
        ("ab", "ac", None, "^1 of 2 rows and 2 columns have the same label, must be all .* or none and not square"),
        ("ab", "cd", None, "^0 of 2 rows and 2 columns have the same label"),
        ("abc", "ad", None, "^1 of 3 rows and 2 columns"),
        ("ab", "ac", False, "^1 of 2 rows and 2 columns have the same label, must be all where actors stand on both"),
        ("abc", "de", False, "^0 of 3 rows and 2 columns have the same label, must be all where"),
    ],
)
def test_what_could_be_read_either_way_is_asked(index, columns, two_mode, words):
    table = pd.DataFrame(np.ones((len(index), len(columns))), index=list(index), columns=list(columns))
    with pytest.raises(DataError, match=words):
        from_matrix(table, two_mode=two_mode)


def test_columns_in_another_order_are_the_same_matrix():
    assert edges(from_matrix(RING[list("cab")], weight_is="strength")) == edges(from_matrix(RING, weight_is="strength"))


def test_attributes_are_of_actors_in_the_rows():
    told = pd.DataFrame({"actor": ["c", "a"], "role": ["x", "y"]})
    network = from_matrix(RING, actors=told)
    assert network.nodes == ("a", "b", "c")
    assert network.actors["role"].tolist()[::2] == ["y", "x"]
    assert from_matrix(RING, actors=told.set_index("actor")).actors["role"].tolist()[::2] == ["y", "x"]
    assert from_matrix(SEEN, actors=told).actors["role"].tolist()[:3:2] == ["y", "x"]
    with pytest.raises(CellError, match=r"^1 of 2 actors with attributes \(rows 1\) stand in no row of the matrix"):
        from_matrix(RING, actors=told.replace("c", "z"))
    with pytest.raises(CellError, match=r"^actors name 1 actors twice \(rows 2\): each must stand in one row"):
        from_matrix(RING, actors=told.replace("c", "a"))
    keyed = from_matrix(RING, actors=told.assign(phone=["+43 1", "+43 2"]), key=b"k" * 32)
    assert all(len(node) == 16 for node in keyed.nodes)
    assert list(keyed.actors.columns) == ["role"]
    seen = from_matrix(SEEN, key=b"k" * 32)
    assert all(len(node) == 16 for node in seen.nodes)


def test_spellings_beside_and_above():
    spelled = RING.set_axis(["A", "b", "c"], axis=1)
    with pytest.raises(CellError, match=r"rows of the matrix, row 1; columns of the matrix, row 1"):
        from_matrix(spelled)
    merged = from_matrix(spelled, merge_names=True)
    assert len(merged) == 3
    assert [check.name for check in merged.checks] == ["names"]
    for table, words in ((RING.set_axis(["a", "A", "c"]), "rows"), (RING.set_axis(["a", "A", "c"], axis=1), "columns")):
        with pytest.raises(CellError, match=rf"2 of 3 {words} of the matrix \(numbers 1 and 2\)"):
            from_matrix(table, merge_names=True)
    events = from_matrix(SEEN.set_axis(["A", "m2"], axis=1), two_mode=True)
    assert list(events.incidence.columns) == ["A", "m2"]
