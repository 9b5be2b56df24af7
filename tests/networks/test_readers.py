"""Files: what is written by others is read, names stay outside, and what is broken is said."""

import networkx as nx
import pytest

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.networks import read_network
from ctresearch.networks.dl_file import parse_dl

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
        e if directed else frozenset(e): w for e, w in expected.items()}  # fmt: skip


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
        ("dl n=3 format=fullmatrix\nlabels:\na,b,c\ndata:\n0 1 0\n2 0 0\n0 0 0", ["a", "b", "c"], [("a", "b", 1.0), ("b", "a", 2.0)]),
        ("DL n = 2\nLABELS EMBEDDED\nDATA:\n".replace("EMBEDDED", "embedded:") + "  x y\nx 0 1\ny 0 0", ["x", "y"], [("x", "y", 1.0)]),
        ("dl n=2 data: 0 1 1 0", ["1", "2"], [("1", "2", 1.0), ("2", "1", 1.0)]),
        ('dl n=3, format=edgelist1\nlabels:\n"big a" b c\ndata:\n1 2 5\n3 1', ["big a", "b", "c"], [("big a", "b", 5.0), ("c", "big a", 1.0)]),
        ("dl n=3 format=nodelist1\nlabels embedded:\ndata:\na b c\nb c", ["a", "b", "c"], [("a", "b", 1.0), ("a", "c", 1.0), ("b", "c", 1.0)]),
    ],
)  # fmt: skip
def test_dl_files_in_their_forms(text, actors, ties):
    assert parse_dl(text) == (actors, ties)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("*vertices 3", "must begin with 'dl'"),
        ("dl nr=2 nc=3 data: 0 1 0 0 1 1", "from_incidence"),
        ("dl n=2 nm=2 data: 0 1 0 0", "one network"),
        ("dl n=2 format=blockmatrix data: 1", "blockmatrix"),
        ("dl n=2 data: 0 1 1", "has 3 entries, must have 4"),
        ("dl n=2 labels: a data: 0 1 1 0", "names 1 actors and says n=2"),
        ("dl n=2 data: 0 one 1 0", "'one' where a number"),
        ("dl n=2 format=edgelist1 data:\n1 2 3 4", "has 4 entries"),
        ("dl n=2 format=edgelist1 data:\n1 7", "actor '7', must be a number from 1 to 2"),
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
    (tmp_path / "other.csv").write_text("from,to\n1,2\n", encoding="utf-8")
    for name, message in (
        ("bomb.graphml", "EntitiesForbidden"),
        ("torn.gexf", "torn.gexf cannot be read"),
        ("none.net", "none.net cannot be read"),
        ("other.csv", "no column 'source'"),
    ):
        with pytest.raises(DataError, match=message):
            read_network(tmp_path / name)
    with pytest.raises(SpecificationError, match="must end in"):
        read_network(tmp_path / "a.xlsx")
    with pytest.raises(SpecificationError, match="says itself"):
        read_network(tmp_path / "bomb.graphml", directed=True)
