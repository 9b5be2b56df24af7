"""Files: what is written by others is read, names stay outside, and what is broken is said."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.networks import from_matrix, read_network
from ctresearch.networks.files.dl_file import parse_dl

WRITERS = {".graphml": nx.write_graphml, ".gexf": nx.write_gexf, ".net": nx.write_pajek}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("directed", [False, True])
def test_graphs_that_networkx_writes_come_back(tmp_path, kind, directed):
    graph = nx.gnp_random_graph(12, 0.3, seed=2, directed=directed)
    graph = nx.relabel_nodes(graph, {i: f"actor {i}" for i in graph})
    for u, v in graph.edges:
        graph[u][v]["weight"] = float(len(u) + len(v))
    WRITERS[kind](graph, tmp_path / f"group{kind}")
    found = read_network(tmp_path / f"group{kind}", weight="weight", weight_is="strength")
    assert found.directed == directed
    assert set(found.nodes) == set(graph)
    edges = {(u, v): w for u, v, w in found.graph.edges(data="weight")}
    expected = {(u, v): w for u, v, w in graph.edges(data="weight")}
    assert {e if directed else frozenset(e): w for e, w in edges.items()} == {
        e if directed else frozenset(e): w for e, w in expected.items()
    }


def test_names_stay_outside(tmp_path):
    graph = nx.path_graph(["Real Name", "Other Name"])
    nx.set_node_attributes(graph, {v: {"label": v, "role": "driver"} for v in graph})
    nx.write_graphml(graph, tmp_path / "names.graphml")
    found = read_network(tmp_path / "names.graphml", key=b"k" * 32)
    everything = (
        f"{list(found.graph.nodes(data=True))} {list(found.graph.edges(data=True))} {found.actors} {found.ties}"
    )
    assert "Name" not in everything
    assert found.actors["role"].tolist() == ["driver", "driver"]


@pytest.mark.parametrize(
    ("text", "actors", "ties"),
    [
        (
            "dl n=3 format=fullmatrix\nlabels:\na,b,c\ndata:\n0 1 0\n2 0 0\n0 0 0",
            ["a", "b", "c"],
            [("a", "b", 1.0), ("b", "a", 2.0)],
        ),
        (
            "DL n = 2\nLABELS EMBEDDED\nDATA:\n".replace("EMBEDDED", "embedded:") + "  x y\nx 0 1\ny 0 0",
            ["x", "y"],
            [("x", "y", 1.0)],
        ),
        ("dl n=2 data: 0 1 1 0", ["1", "2"], [("1", "2", 1.0), ("2", "1", 1.0)]),
        (
            'dl n=3, format=edgelist1\nlabels:\n"big a" b c\ndata:\n1 2 5\n3 1',
            ["big a", "b", "c"],
            [("big a", "b", 5.0), ("c", "big a", 1.0)],
        ),
        (
            "dl n=3 format=nodelist1\nlabels embedded:\ndata:\na b c\nb c",
            ["a", "b", "c"],
            [("a", "b", 1.0), ("a", "c", 1.0), ("b", "c", 1.0)],
        ),
    ],
)
def test_dl_files_in_their_forms(text, actors, ties):
    assert parse_dl(text) == (actors, ties)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("*vertices 3", "something else than 'dl'"),
        ("dl nr=2 nc=3 data: 0 1 0 0 1 1", "from_incidence"),
        ("dl n=2 nm=2 data: 0 1 0 0", "one network"),
        ("dl n=2 format=blockmatrix data: 1", "has a format"),
        ("dl n=2 data: 0 1 1", "has 3 entries, must have 4"),
        ("dl n=2 labels: a data: 0 1 1 0", "names 1 actors and says n=2"),
        ("dl n=2 data: 0 one 1 0", "text where a number"),
        ("dl n=2 format=edgelist1 data:\n1 2 3 4", "has 4 entries"),
        (
            "dl n=2 format=edgelist1 data:\n1 7",
            r"1 ties of the DL file \(numbers 1\) name an actor by something else than a number from 1 to 2",
        ),
        ("dl data: 0 1 1 0", "must say n="),
    ],
)
def test_dl_files_that_are_none_are_refused(text, message):
    with pytest.raises(DataError, match=message):
        parse_dl(text)


def test_dl_and_csv_files_are_networks(tmp_path):
    (tmp_path / "a.dl").write_text("dl n=3 format=edgelist1 data:\n1 2\n2 1", encoding="utf-8")
    found = read_network(tmp_path / "a.dl")
    assert (found.directed, len(found), len(found.edges_index)) == (True, 3, 2)
    assert len(read_network(tmp_path / "a.dl", directed=False).edges_index) == 1
    (tmp_path / "b.csv").write_text("source,target\n01,2\n", encoding="utf-8-sig")
    assert read_network(tmp_path / "b.csv").nodes == ("01", "2")


def test_what_cannot_be_read_is_said(tmp_path):
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><graphml>&b;</graphml>'
    (tmp_path / "bomb.graphml").write_text(bomb, encoding="utf-8")
    (tmp_path / "torn.gexf").write_text("<gexf", encoding="utf-8")
    (tmp_path / "other.csv").write_text("first,second\n1,2\n", encoding="utf-8")
    for name, message in (
        ("bomb.graphml", "EntitiesForbidden"),
        ("torn.gexf", "torn.gexf cannot be read"),
        ("none.net", "none.net does not exist"),
        ("other.csv", "no column 'source'"),
    ):
        with pytest.raises(DataError, match=message):
            read_network(tmp_path / name)
    with pytest.raises(SpecificationError, match="must end in"):
        read_network(tmp_path / "a.xlsx")
    with pytest.raises(SpecificationError, match="says itself"):
        read_network(tmp_path / "bomb.graphml", directed=True)


def write(path, text):
    path.write_text(text, encoding="utf-8-sig")
    return path


SQUARE = {
    "analysts' export": ("a.csv", '"",N1,N2,N3\nN1,0,3,0\nN2,3,0,2\nN3,0,2,0\n'),
    "named corner": ("b.csv", '"players","N1","N2","N3"\n"N1",0,3,0\n"N2",3,0,2\n"N3",0,2,0\n'),
    "as R writes tables": ("c.txt", '"N1" "N2" "N3"\n"N1" 0 3 0\n"N2" 3 0 2\n"N3" 0 2 0\n'),
    "semicolons and gaps on the diagonal": ("d.csv", ";N1;N2;N3\nN1;;3;0\nN2;3;-;2\nN3;0;2;\n"),
    "columns in another order": ("e.tsv", "\tN3\tN1\tN2\nN1\t0\t0\t3\nN2\t2\t3\t0\nN3\t0\t0\t2\n"),
}


@pytest.mark.parametrize("case", SQUARE)
def test_square_matrices_are_networks(tmp_path, case):
    name, text = SQUARE[case]
    found = read_network(write(tmp_path / name, text), weight_is="strength")
    assert found.nodes == ("N1", "N2", "N3")
    assert not found.directed  # it is symmetric
    assert sorted(found.graph.edges(data="weight")) == [("N1", "N2", 3.0), ("N2", "N3", 2.0)]
    assert not read_network(tmp_path / name).weighted
    assert len(read_network(tmp_path / name, directed=True).edges_index) == 4


def test_a_symmetric_matrix_states_each_tie_once(tmp_path):
    path = write(tmp_path / "a.csv", SQUARE["analysts' export"][1])
    found = read_network(path, weight_is="strength", directed=False, combine="sum")
    assert found.graph["N1"]["N2"]["weight"] == 3.0


def test_direction_is_never_guessed(tmp_path):
    path = write(tmp_path / "calls.csv", ",01,2,3\n01,0,3,0\n2,1,0,2\n3,0,0,0\n")
    with pytest.raises(DataError, match=r"row 1, column 2 .* differs from row 2, column 1: say directed=True"):
        read_network(path)
    one_way = read_network(path, directed=True, weight_is="strength")
    assert sorted(one_way.graph.edges(data="weight")) == [("01", "2", 3.0), ("2", "01", 1.0), ("2", "3", 2.0)]
    with pytest.raises(DataError, match="combine='sum'"):
        read_network(path, directed=False, weight_is="strength")
    both = read_network(path, directed=False, weight_is="strength", combine="sum")
    assert both.graph["01"]["2"]["weight"] == 4.0
    assert len(read_network(path, directed=False).edges_index) == 2


def test_two_modes_as_a_matrix(tmp_path):
    path = write(tmp_path / "seen.csv", ",m1,m2,m3\nann,1,1,0\nben,0,1,0\ncal,0,0,0\n")
    with pytest.raises(DataError, match="say two_mode=True"):  # it is square
        read_network(path)
    found = read_network(path, two_mode=True)
    path = write(tmp_path / "seen.csv", ",m1,m2,m3,m4\nann,1,1,0,0\nben,0,1,0,0\ncal,0,0,0,0\n")
    assert read_network(path).incidence.drop(columns="m4").equals(found.incidence)
    assert found.nodes == ("ann", "ben", "cal")  # who attended nothing stays
    assert found.incidence.to_numpy().tolist() == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert list(found.graph.edges(data="weight")) == [("ann", "ben", 1.0)]
    square = write(tmp_path / "square.csv", ",1,2\n1,1,0\n2,1,1\n")
    assert read_network(square, two_mode=True).incidence.shape == (2, 2)
    named = write(tmp_path / "named.csv", "actor,m1,m2,m3\nann,1,1,0\nben,0,1,0\n")
    assert read_network(named, two_mode=True).incidence.shape == (2, 3)
    digests = read_network(path, key=b"k" * 32)
    assert "ann" not in f"{digests.nodes} {digests.incidence}"
    assert digests.incidence.to_numpy().sum() == 3


LISTS = {
    "blanks": ("a.txt", "0 1\n0 2\n"),
    "comments and runs of blanks": ("b.edgelist", "# found\n0   1\n% more\n0 2\n\n"),
    "tabs under a name that promises commas": ("c.csv", "0\t1\n0\t2\n"),
    "commas without a header": ("d.csv", "0,1\n0,2\n"),
    "as networkx writes them": ("e.edgelist", "0 1 {}\n0 2 {}\n"),
}


@pytest.mark.parametrize("case", LISTS)
def test_plain_lists_are_networks(tmp_path, case):
    name, text = LISTS[case]
    found = read_network(write(tmp_path / name, text))
    assert (found.nodes, found.directed, found.weighted) == (("0", "1", "2"), False, False)
    assert len(found.edges_index) == 2
    assert read_network(tmp_path / name, directed=True).directed
    with pytest.raises(DataError, match="holds two columns"):
        read_network(tmp_path / name, weight_is="strength")


def test_lists_may_hold_values_and_actors_attributes(tmp_path):
    graph = nx.Graph([("a", "b", {"weight": 2.5}), ("b", "c", {"weight": 1.0})])
    nx.write_edgelist(graph, tmp_path / "a.edgelist")
    write(tmp_path / "b.txt", "a b 2.5\nb c 1\n")
    roles = pd.DataFrame({"actor": ["c", "a", "b", "alone"], "role": ["host", "driver", "driver", "host"]})
    for name in ("a.edgelist", "b.txt"):
        found = read_network(tmp_path / name, weight_is="strength", actors=roles)
        assert found.graph["a"]["b"]["weight"] == 2.5
        assert found.actors.loc["alone", "role"] == "host"
        assert read_network(tmp_path / name, weight="weight").weighted


def test_matrices_take_attributes_and_keep_the_order_of_rows(tmp_path):
    path = write(tmp_path / "a.csv", SQUARE["analysts' export"][1])
    roles = pd.DataFrame({"actor": ["N3", "N1"], "role": ["host", "driver"]})
    found = read_network(path, actors=roles)
    assert found.nodes == ("N1", "N2", "N3")
    assert found.actors["role"].dropna().tolist() == ["driver", "host"]
    with pytest.raises(DataError, match=r"1 of 2 actors with attributes \(rows 1\) stand in no row"):
        read_network(path, actors=roles.replace("N3", "N4"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (",a,b\na,0,-1\nb,-1,0\n", r"row 1, column 2 of the matrix and 1 more must hold 0 or a finite number above 0"),
        (",a,b\na,0,x\nb,1,0\n", r"row 1, column 2 of the matrix must hold 0 or a finite number"),
        (",a,b\na,0,\nb,1,0\n", r"row 1, column 2 of the matrix must hold 0 or a finite number"),
        (",a,b\na,0,inf\nb,1,0\n", r"row 1, column 2 of the matrix must hold 0 or a finite number"),
        (",a,b\na,0,1\nb,1\n", r"row 2 of odd.csv, header left out, has 2 cells, must have 3"),
        (",a,b\na,0,1\nc,1,0\n", r"1 of 2 rows and 2 columns have the same label"),
        (",a,b\nc,0,1\nd,1,0\n", r"0 of 2 rows and 2 columns have the same label"),
        (",a,b,c\na,0,1,1\nd,1,0,0\n", r"1 of 2 rows and 3 columns have the same label"),
        (",a,a\na,0,1\nb,1,0\n", r"column 2 of the matrix has a label that stands there twice"),
        (",a,b\na,0,1\n,1,0\n", r"row 2 of the matrix has no label"),
        (",a,b\na,1,1\nb,1,0\n", r"row 1, column 1 of the matrix ties an actor to itself"),
        (",m1,m2,m3\na,1,2,0\nb,1,0,0\n", r"row 1, column 2 of the matrix must hold 1 for an actor"),
        ("", "holds no row"),
    ],
)
def test_matrices_that_are_none_are_refused(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_network(write(tmp_path / "odd.csv", text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("first second\n1 2\n3 4\n", "looks like a header"),
        ("0 3 1 2\n3 0 5 4\n1 5 0 6\n2 4 6 0\n", "could be labels or ties"),
        ("1 2 x\n1 3 2\n", "row 1, column 3 of odd.txt holds no number"),
        ("1\n2\n", "has 1 cell, must have two actors"),
        ("1 2 3\n1 2\n", "row 2 of odd.txt, header left out, has 2 cells, must have 3"),
    ],
)
def test_lists_that_are_none_are_refused(tmp_path, text, message):
    with pytest.raises(DataError, match=message):
        read_network(write(tmp_path / "odd.txt", text))


def test_self_ties_on_the_diagonal_may_be_dropped(tmp_path):
    path = write(tmp_path / "a.csv", ",a,b\na,5,1\nb,1,0\n")
    assert len(read_network(path, self_ties="drop").edges_index) == 1


def test_options_that_do_not_fit_a_file_are_refused(tmp_path):
    ties = write(tmp_path / "a.txt", "0 1\n")
    with pytest.raises(DataError, match="nobody who attended"):
        read_network(ties, two_mode=True)
    named = write(tmp_path / "named.csv", "source,target\na,b\n")
    with pytest.raises(SpecificationError, match="holds ties"):
        read_network(named, two_mode=True)
    seen = write(tmp_path / "b.csv", ",m1,m2,m3\na,1,1,0\nb,1,0,0\n")
    for options, message in (({"directed": True}, "no direction"), ({"weight_is": "distance"}, "are strengths")):
        with pytest.raises(SpecificationError, match=message):
            read_network(seen, **options)
    nx.write_graphml(nx.path_graph(3), tmp_path / "c.graphml")
    with pytest.raises(SpecificationError, match="holds attributes itself"):
        read_network(tmp_path / "c.graphml", actors=pd.DataFrame({"actor": ["0"]}))
    with pytest.raises(SpecificationError, match="only a matrix as text"):
        read_network(tmp_path / "c.graphml", two_mode=True)


def test_matrices_in_memory_keep_their_labels():
    array = from_matrix(np.array([[0.0, 2.0], [0.0, 0.0]]), directed=True, weighted=True)
    assert (array.nodes, array.weighted, array.weight_is) == ((0, 1), True, None)
    table = pd.DataFrame([[False, True], [True, False]], index=["a", "b"], columns=["b", "a"])
    with pytest.raises(DataError, match="an actor to itself"):  # the columns stand in another order: a is tied to a
        from_matrix(table)
    with pytest.raises(DataError, match="must be a pandas DataFrame or an array"):
        from_matrix([[0, 1], [1, 0]])
    with pytest.raises(DataError, match="must be all where actors stand on both sides"):
        from_matrix(pd.DataFrame([[1, 0]], index=["a"], columns=["m1", "m2"]), two_mode=False)
    assert array.graph.number_of_edges() == 1


def test_reading_leaves_a_table_as_it_was():
    table = pd.DataFrame([["", "1"], ["1", "0"]], index=["a", "b"], columns=["a", "b"], dtype=object)
    before = table.copy()
    from_matrix(table)
    pd.testing.assert_frame_equal(table, before)


def test_pajek_files_in_their_forms(tmp_path):
    vertices = '*Vertices 3\n1 "a" 0.1 0.2\n2 "b b"\n'
    for text, directed, ties in (
        (vertices + "*Arcslist\n1 2 3", True, {("a", "b b"), ("a", "3")}),
        (vertices + "*Edgeslist\n1 2 3", False, {("a", "b b"), ("a", "3")}),
        (vertices + "*Arcs\n1 2\n*Edges\n2 3 5 c Blue", True, {("a", "b b"), ("b b", "3"), ("3", "b b")}),
        (vertices + "*Edges\n2 3\n*Arcs\n1 2", True, {("a", "b b"), ("b b", "3"), ("3", "b b")}),
        ("\ufeff*network x\n" + vertices + "% note\n*Matrix\n0 1 0\n0 0 0\n2 0 0", True, {("a", "b b"), ("3", "a")}),
    ):
        (tmp_path / "x.net").write_text(text, encoding="utf-8")
        found = read_network(tmp_path / "x.net")
        assert (found.directed, set(found.graph.edges)) == (directed, ties)
    for text, message in (
        ('*Vertices 2\n1 "a"\n2 "a"\n*Edges\n1 2', "stand at several vertices"),
        ("*Vertices 5 2\n*Edges\n1 3", "two modes"),
        ("*Vertices 2\n*Edges\n1 3", "names a vertex by something else"),
        ("*Vertices 2\n*Arcs :1\n1 2\n*Arcs :2\n2 1", "2 relations"),
        ("1 2", "something else than"),
    ):
        (tmp_path / "x.net").write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=message):
            read_network(tmp_path / "x.net")


def test_headers_are_no_actors_and_cells_are_taken_without_blanks(tmp_path):
    for name, text in (
        ("x.txt", "from to\na b\nb NA\n"),
        ("x.edgelist", "Source Target\na b\nb NA\n"),
        ("x.csv", "source , target\n a, b\nb , NA\n"),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert set(read_network(tmp_path / name).graph.edges) == {("a", "b"), ("b", "NA")}
    (tmp_path / "y.csv").write_text("to,from,calls\na,b,3\nNone,a,\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"'calls': 1 of 2 cells is missing \(row 2"):
        read_network(tmp_path / "y.csv", weight="calls", weight_is="strength")


def test_with_a_key_no_attribute_that_holds_names_stays(tmp_path):
    graph = nx.path_graph(["x1", "x2"])
    for actor, name, born in (("x1", "Juan Perez", "2010-03-04"), ("x2", "Maria Lopez", "1970-03-04")):
        graph.nodes[actor].update(full_name=name, known_as=name, dob=born, role="driver", phone="+49 30 1234567")
    nx.write_graphml(graph, tmp_path / "n.graphml")
    table = pd.DataFrame([dict(graph.nodes[a]) for a in graph], index=list(graph))
    (tmp_path / "n.csv").write_text("source,target\nx1,x2\n", encoding="utf-8")
    for found in (
        read_network(tmp_path / "n.graphml", key=b"k" * 32),
        read_network(tmp_path / "n.csv", actors=table, key=b"k" * 32),
    ):
        assert list(found.actors) == ["role", "birth_year"]
        assert found.actors["birth_year"].tolist() == [2010, 1970]


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(DataError, match="does not exist: correct the path"):
        read_network("nowhere/ties.csv")
