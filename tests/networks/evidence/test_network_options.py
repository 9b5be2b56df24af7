"""What each option of the network does, its defaults, and what stays with it."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.networks import CriminalNetwork, as_network
from ctresearch.networks.evidence.actor_names import ActorNames
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.graph_nodes import node_attributes

KEY = b"k" * 32
ROWS = pd.DataFrame(
    {
        "from": list("abca"),
        "to": list("bcdd"),
        "calls": [9, 1, 4, 2],
        "how": ["phone", "kin", "phone", "kin"],
        "when": ["2020-01-01", "2020-02-01", "2020-03-01", None],
        "file": ["f1", "f2", "f1", "f3"],
        "sure": [0.9, 0.5, 0.4, 1.0],
    }
)
OPTIONS = {
    "source": "from",
    "target": "to",
    "weight": "calls",
    "kind": "how",
    "date": "when",
    "evidence": "file",
    "confidence": "sure",
}


def built(**options):
    return CriminalNetwork.from_edges(ROWS, **OPTIONS | options)


def test_every_column_arrives_on_its_ties():
    network = built(weight_is="distance")
    assert list(network.ties.columns) == ["source", "target", "weight", "kind", "date", "evidence", "confidence"]
    assert network.graph["a"]["b"] == {
        "rows": 1,
        "weight": 9.0,
        "kinds": ("phone",),
        "sources": ("f1",),
        "first": pd.Timestamp("2020-01-01"),
        "last": pd.Timestamp("2020-01-01"),
        "confidence": 0.9,
    }
    assert pd.isna(network.graph["a"]["d"]["first"])
    assert (network.weight_is, network.combine, network.dates, network.incidence) == ("distance", None, None, None)
    assert network.weights_as("distance").tolist() == [9.0, 2.0, 1.0, 4.0]
    assert network.weights_as("strength").tolist() == [1 / 9, 0.5, 1.0, 0.25]
    assert not network.directed
    assert network.checks == ()


def test_tables_about_actors_are_marked():
    network = CriminalNetwork.from_incidence(
        pd.DataFrame({"who": ["a", "b"], "where": ["m", "m"]}), actor="who", event="where"
    )
    for table in (network.actors, network.ties, network.incidence):
        assert table.attrs["record_level"] == ["actor", "source", "target"]


def test_what_the_words_of_a_network_say():
    assert repr(built()) == "4 actors, 4 ties (undirected, weights are not explained)"
    assert repr(built(directed=True, weight_is="strength")) == "4 actors, 4 ties (directed, weights are strength)"
    assert repr(built(weight=None)) == "4 actors, 4 ties (undirected, without weights)"
    assert len(built()) == 4


def test_arrays_are_of_ties_in_order_and_read_only():
    network = built(directed=True, weight_is="strength")
    assert network.edges_index.tolist() == [[0, 1], [0, 3], [1, 2], [2, 3]]
    assert network.edges_index.dtype == np.int64
    assert not network.edges_index.flags.writeable
    assert network.adjacency.toarray().tolist() == [[0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1], [0, 0, 0, 0]]
    both = network.undirected_adjacency
    assert both.toarray().tolist() == [[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]]
    assert both.has_sorted_indices
    assert network.matrix_as("strength").toarray()[0].tolist() == [0, 9, 0, 2]
    undirected = built(weight_is="strength")
    assert undirected.undirected_adjacency is undirected.adjacency
    assert (undirected.matrix_as("distance") != undirected.matrix_as("distance").T).nnz == 0
    assert undirected.matrix_as("distance").toarray()[0].tolist() == [0, 1 / 9, 0, 0.5]
    mutual = CriminalNetwork.from_edges(pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"]}), directed=True)
    assert mutual.undirected_adjacency.toarray().tolist() == [[0, 1], [1, 0]]
    empty = as_network(nx.empty_graph(2))
    assert empty.edges_index.shape == (0, 2)


def test_meanings_of_weights_are_asked_and_refused():
    with pytest.raises(SpecificationError, match="meaning == 'length', must be one of 'strength', 'distance'"):
        built(weight_is="strength").weights_as("length")
    with pytest.raises(SpecificationError, match="weight_is == 'length', must be one of 'strength', 'distance'"):
        built(weight_is="length")
    with pytest.raises(SpecificationError, match=r"^this network has no weights to read as distances: name"):
        built(weight=None).weights_as("distance")
    with pytest.raises(
        SpecificationError, match=r"^weight_is == None, but weights are asked for as distances: must be 'strength'"
    ):
        built().matrix_as("distance")
    assert built(weight=None, weight_is="strength").weight_is is None
    counted = built(weight=None, combine="count")
    assert (counted.weight_is, counted.weighted, counted.combine) == ("strength", True, "count")
    assert built(combine="count", weight_is="strength").weight_is == "strength"
    with pytest.raises(SpecificationError, match="combine == 'count', but weight_is == 'distance'"):
        built(combine="count", weight_is="distance")


def test_attributes_come_to_nodes_and_a_key_to_everybody():
    actors = pd.DataFrame({"actor": ["z", "b"], "role": ["x", "y"], 7: [1, 2], "phone": ["+43 1", "+43 2"]})
    network = built(actors=actors)
    assert network.nodes == ("z", "b", "a", "c", "d")
    assert network.graph.nodes["b"] == {"role": "y", "7": 2, "phone": "+43 2"}
    assert network.actors.index.tolist() == list(network.nodes)
    assert network.actors.index.name == "actor"
    assert [(check.name, check.status) for check in network.checks] == [("attributes", "review")]
    keyed = built(actors=actors, key=KEY)
    assert not set(keyed.nodes) & set("abcdz")
    assert keyed.nodes[1] == keyed.ties["target"][0] == keyed.ties["source"][1]
    assert keyed.actors["role"].tolist()[:2] == ["x", "y"]
    assert "phone" not in keyed.actors
    assert len(keyed) == 5


def test_events_with_a_key_and_attributes():
    seen = pd.DataFrame({"who": ["c", "a", "a", "b", "d"], "where": ["m1", "m1", "m2", "m2", "m3"]})
    actors = pd.DataFrame({"actor": ["b", "z"], "role": ["x", "y"]})
    network = CriminalNetwork.from_incidence(seen, actor="who", event="where", actors=actors)
    assert network.nodes == ("b", "z", "c", "a", "d")
    assert network.incidence.index.tolist() == list(network.nodes)
    assert network.incidence.to_numpy().tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1]]
    assert (network.incidence.index.name, network.incidence.columns.name) == ("actor", "event")
    assert network.actors["role"].tolist()[:2] == ["x", "y"]
    assert network.actors["role"].isna().tolist() == [False, False, True, True, True]
    assert (network.weight_is, network.combine, network.directed) == ("strength", None, False)
    assert {frozenset(e) for e in network.graph.edges} == {frozenset("ca"), frozenset("ab")}
    (check,) = network.checks
    assert check.numbers == {"without_ties": 1, "with_attributes": 2, "without_attributes": 3}
    keyed = CriminalNetwork.from_incidence(seen, actor="who", event="where", actors=actors, key=KEY)
    assert all(len(node) == 16 for node in keyed.nodes)
    assert keyed.incidence.to_numpy().tolist() == network.incidence.to_numpy().tolist()
    assert keyed.actors["role"].tolist()[:2] == ["x", "y"]
    with pytest.raises(CellError, match=r"column 'who' row 1; actors row 1\)"):
        CriminalNetwork.from_incidence(seen, actor="who", event="where", actors=actors.assign(actor=["C", "z"]))


def test_graphs_with_a_weight_a_key_and_attributes():
    graph = nx.DiGraph()
    graph.add_node("z", role="x", name="Zoe")
    graph.add_edge("a", "b", calls=3, note="n")
    graph.add_edge("b", "b", calls=1)
    with pytest.raises(DataError, match="row 2 ties an actor to itself"):
        CriminalNetwork.from_graph(graph)
    network = CriminalNetwork.from_graph(graph, weight="calls", weight_is="distance", self_ties="drop")
    assert network.directed
    assert network.nodes == ("z", "a", "b")
    assert network.graph["a"]["b"] == {"rows": 1, "weight": 3.0}
    assert (network.weight_is, network.combine) == ("distance", None)
    assert network.graph.nodes["z"] == {"role": "x", "name": "Zoe"}
    assert network.actors.index.name == "actor"
    bare = CriminalNetwork.from_graph(graph, self_ties="drop")
    assert not bare.weighted
    keyed = CriminalNetwork.from_graph(graph, "calls", self_ties="drop", key=KEY)
    assert all(len(node) == 16 for node in keyed.nodes)
    assert list(keyed.actors.columns) == ["role"]
    assert keyed.graph.nodes[keyed.nodes[0]] == {"role": "x"}
    assert keyed.graph.has_edge(keyed.nodes[1], keyed.nodes[2])
    assert CriminalNetwork.from_graph(graph, combine="count", self_ties="drop").weight_is == "strength"
    with pytest.raises(DataError, match=r"^network is a dict, must be a CriminalNetwork or a networkx graph"):
        CriminalNetwork.from_graph({})
    with pytest.raises(CellError, match=r"first seen in node rows 1 and 3\)"):
        CriminalNetwork.from_graph(nx.path_graph(["a", "b", "A"]))


def test_a_network_has_as_many_actors_as_a_method_needs():
    network = as_network(nx.path_graph(3), at_least=3)
    assert as_network(network) is network
    with pytest.raises(DataError, match=r"^the network has 3 actors, must have at least 4$"):
        as_network(network, at_least=4)
    with pytest.raises(DataError, match="has 0 actors, must have at least 1"):
        as_network(nx.Graph())


def test_a_part_of_the_evidence_keeps_what_was_said_of_it():
    network = built(weight_is="strength", directed=True, dates="month first", actors=pd.DataFrame({"actor": ["z"]}))
    part = network.select(kind="kin")
    assert part.nodes == ("b", "c", "a", "d") or set(part.nodes) == set("bcad")
    assert part.ties.index.tolist() == [0, 1]
    assert (part.directed, part.weight_is, part.dates, part.combine) == (True, "strength", "month first", None)
    assert "z" not in part.nodes
    assert network.select(kind="kin", keep_isolated=True).nodes == network.nodes
    assert network.select(start="2/1/2020").ties["kind"].tolist() == ["kin", "phone"]
    assert network.select(start="2/1/2020", dates="day first").ties["kind"].tolist() == ["kin", "phone"]
    assert network.select(start="3/1/2020", dates="day first").ties["kind"].tolist() == ["kin", "phone"]
    assert network.select(start="3/1/2020").ties["kind"].tolist() == ["phone"]
    assert network.select(end="2/1/2020").ties["kind"].tolist() == ["phone"]
    assert network.select(min_confidence=0.5).ties["confidence"].tolist() == [0.9, 0.5, 1.0]
    assert network.select(kind="phone", min_confidence=0.5).nodes == ("a", "b")


def test_nodes_that_are_one_actor_bring_their_attributes_together():
    graph = nx.Graph()
    graph.add_nodes_from([("Ana", {"role": "Driver"}), ("Bo", {}), ("ana ", {"role": "driver", "age": 30})])
    names = ActorNames({"ana ": "Ana"}, 1, 2)
    assert node_attributes(graph, names) == {"Ana": {"role": "Driver", "age": 30}, "Bo": {}}
    graph.nodes["ana "]["role"], graph.nodes["Ana"]["age"] = "guard", 31
    with pytest.raises(
        CellError, match=r"^node 3 is another spelling .* their values of 2 attributes differ"
    ) as refused:
        node_attributes(graph, names)
    assert list(refused.value.rows) == [3]


def test_the_record_of_a_network_knows_its_ties_weights_size_and_direction_and_no_names():
    path = as_network(nx.path_graph(3))
    same = recorded(as_network(nx.path_graph(["x", "y", "z"])))
    assert recorded(path) == same
    longer = nx.path_graph(3)
    longer.add_node(9)
    digests = {
        same.digest,
        recorded(as_network(longer)).digest,
        recorded(as_network(nx.path_graph(3, create_using=nx.DiGraph))).digest,
        recorded(as_network(nx.star_graph([1, 0, 2]))).digest,
        recorded(built(weight_is="strength")).digest,
        recorded(built(weight=None)).digest,
        recorded(CriminalNetwork.from_edges(ROWS.assign(calls=[9, 1, 4, 3]), **OPTIONS)).digest,
    }
    assert len(digests) == 7
    seeded = recorded(path, seed=5, packages=("pandas",))
    assert seeded.seed == 5
    assert set(seeded.versions) >= {"numpy", "scipy", "networkx", "pandas"}
    assert same.seed is None
    assert {"numpy", "scipy", "networkx"} <= set(same.versions)
    assert "non-punishment" in CAVEATS[1]
    assert len(CAVEATS) == 2
