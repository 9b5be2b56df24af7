"""The network at the door: what is read, what is refused, what the arrays say."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.networks import CriminalNetwork, as_network, centrality, describe

CALLS = pd.DataFrame({"source": ["a", "b", "c", "a"], "target": ["b", "c", "a", "d"], "calls": [9, 1, 4, 2]})


def test_edges_become_a_frozen_graph_with_arrays_in_the_order_of_its_nodes():
    network = CriminalNetwork.from_edges(CALLS, weight="calls", weight_is="strength")
    assert network.nodes == ("a", "b", "c", "d")
    assert [(network.nodes[i], network.nodes[j]) for i, j in network.edges_index] == list(network.graph.edges)
    assert np.array_equal(network.adjacency.toarray(), nx.to_numpy_array(network.graph, weight=None))
    assert np.array_equal(network.matrix_as("strength").toarray(), nx.to_numpy_array(network.graph))
    with pytest.raises(nx.NetworkXError, match="Frozen"):
        network.graph.add_edge("a", "z")
    with pytest.raises(ValueError, match="read-only"):
        network.edges_index[0, 0] = 3


def test_direction_is_kept_where_it_is_asked_for():
    both_ways = pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"]})
    assert len(CriminalNetwork.from_edges(both_ways).edges_index) == 1
    directed = CriminalNetwork.from_edges(both_ways.iloc[:1], directed=True)
    assert directed.adjacency.toarray().tolist() == [[0, 1], [0, 0]]
    assert directed.undirected_adjacency.toarray().tolist() == [[0, 1], [1, 0]]


def test_weights_are_never_guessed_and_the_other_meaning_is_the_inverse():
    silent = CriminalNetwork.from_edges(CALLS, weight="calls")
    with pytest.raises(SpecificationError, match="weight_is == None"):
        silent.weights_as("strength")
    with pytest.raises(SpecificationError, match="no weights"):
        CriminalNetwork.from_edges(CALLS).weights_as("distance")
    strengths = CriminalNetwork.from_edges(CALLS, weight="calls", weight_is="strength")
    miles = CriminalNetwork.from_edges(CALLS, weight="calls", weight_is="distance")
    assert np.array_equal(strengths.weights_as("distance"), miles.weights_as("strength"))
    assert (
        centrality(strengths, "betweenness", weighted=True)["c"] != centrality(miles, "betweenness", weighted=True)["c"]
    )


def test_duplicate_ties_with_different_weights_ask_how_to_combine_them():
    twice = pd.DataFrame({"source": ["a", "b"], "target": ["b", "a"], "calls": [2, 5]})
    with pytest.raises(DataError, match=r"row 2 repeats a pair .* combine='sum'"):
        CriminalNetwork.from_edges(twice, weight="calls")
    found = {
        how: CriminalNetwork.from_edges(twice, weight="calls", combine=how).graph["a"]["b"]["weight"]
        for how in ("sum", "max", "min", "mean", "count")
    }
    assert found == {"sum": 7, "max": 5, "min": 2, "mean": 3.5, "count": 2}
    assert len(CriminalNetwork.from_edges(twice, weight="calls", directed=True).edges_index) == 2
    with pytest.raises(SpecificationError, match="'median', must be one of"):
        CriminalNetwork.from_edges(twice, weight="calls", combine="median")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"calls": [9, -1, 4, 2]}, r"'calls': 1 of 4 cells is a whole number \(row 2\), must be numbers above 0"),
        ({"calls": [9, 0, 4, 2]}, "row 2"),
        ({"calls": [9, np.nan, 4, 2]}, r"missing \(row 2"),
        ({"calls": [9, np.inf, 4, 2]}, r"infinite \(row 2"),
        ({"calls": ["nine", "1", "4", "2"]}, r"1 of 4 cells is text \(row 1"),
        ({"target": ["b", "c", "c", "d"]}, "row 3 ties an actor to itself"),
        ({"target": ["a", "c", "c", "d"]}, "rows 1 and 3 tie an actor to itself"),
        ({"target": ["b", None, "a", "d"]}, r"missing \(row 2\), must name an actor"),
    ],
)
def test_ties_that_are_none_are_refused(change, message):
    with pytest.raises(DataError, match=message):
        CriminalNetwork.from_edges(CALLS.assign(**change), weight="calls")


def test_ties_to_oneself_can_be_left_out():
    loops = CALLS.assign(target=["b", "c", "c", "d"])
    assert len(CriminalNetwork.from_edges(loops, self_ties="drop").edges_index) == 3
    with pytest.raises(DataError, match="itself"):
        describe(nx.Graph([(0, 0), (0, 1), (1, 2)]))


def test_missing_columns_and_other_things_than_tables_are_named():
    with pytest.raises(DataError, match="no column 'from'"):
        CriminalNetwork.from_edges(CALLS, source="from")
    with pytest.raises(DataError, match="ties are a list"):
        CriminalNetwork.from_edges([("a", "b")])
    with pytest.raises(DataError, match="network is a str"):
        as_network("a path")


def test_isolated_actors_come_from_the_table_of_actors_and_keep_its_order():
    actors = pd.DataFrame({"actor": ["z", "b", "a"], "role": ["recruiter", None, "driver"]})
    network = CriminalNetwork.from_edges(CALLS, actors=actors)
    assert network.nodes == ("z", "b", "a", "c", "d")
    assert network.actors["role"].isna().tolist() == [False, True, False, True, True]
    assert network.graph.nodes["z"]["role"] == "recruiter"
    assert describe(network).estimates["estimate"]["isolates"] == 1
    with pytest.raises(DataError, match="1 actors twice"):
        CriminalNetwork.from_edges(CALLS, actors=pd.DataFrame({"actor": ["a", "a"]}))


def test_a_network_without_ties_or_actors_is_possible_and_methods_say_what_they_need():
    none = pd.DataFrame({"source": [], "target": []})
    assert len(CriminalNetwork.from_edges(none)) == 0
    alone = CriminalNetwork.from_edges(none, actors=pd.DataFrame({"actor": ["a"]}))
    assert (len(alone), alone.adjacency.nnz) == (1, 0)
    for small in (none, alone):
        with pytest.raises(DataError, match=r"has [01] actors, must have at least 3"):
            describe(small if small is alone else CriminalNetwork.from_edges(none))


def test_a_key_keeps_names_out_of_everything():
    actors = pd.DataFrame({"actor": ["a", "b"], "role": ["driver", "guard"]})
    network = CriminalNetwork.from_edges(CALLS, actors=actors, key=b"k" * 32)
    assert all(len(node) == 16 and set(node) <= set("0123456789abcdef") for node in network.nodes)
    assert set(network.ties["source"]) | set(network.ties["target"]) <= set(network.nodes)
    assert network.actors["role"].tolist()[:2] == ["driver", "guard"]
    other = CriminalNetwork.from_edges(CALLS, key=b"x" * 32)
    assert not set(network.nodes) & set(other.nodes)
    assert nx.is_isomorphic(network.graph, CriminalNetwork.from_edges(CALLS).graph)


def test_two_modes_are_projected_on_shared_events_and_kept():
    seen = pd.DataFrame({"who": list("abcabda"), "where": ["m1", "m1", "m1", "m2", "m2", "m3", "m2"]})
    network = CriminalNetwork.from_incidence(seen, actor="who", event="where")
    assert {frozenset(e[:2]): e[2] for e in network.graph.edges(data="weight")} == {
        frozenset("ab"): 2.0,
        frozenset("ac"): 1.0,
        frozenset("bc"): 1.0,
    }
    assert network.weight_is == "strength"
    assert network.incidence.index.tolist() == list(network.nodes)
    assert network.incidence.loc["a"].tolist() == [1, 1, 0]  # the repeated row counts once
    with pytest.raises(DataError, match=r"'where': 1 of 7 cells is missing \(row 2"):
        CriminalNetwork.from_incidence(seen.assign(where=["m1", None, *["m2"] * 5]), actor="who", event="where")


def test_evidence_can_be_divided_by_kind_date_and_confidence():
    ties = pd.DataFrame(
        {
            "source": list("aabc"),
            "target": list("bbcd"),
            "how": ["phone", "kin", "phone", "cash"],
            "when": pd.to_datetime(["2020-01-01", "2020-02-01", "2020-03-01", "2020-04-01"]),
            "sure": [0.9, 0.5, 0.4, 1.0],
            "file": ["f1", "f2", "f1", "f3"],
        }
    )
    network = CriminalNetwork.from_edges(
        ties, kind="how", date="when", confidence="sure", evidence="file", combine="one"
    )
    tie = network.graph["a"]["b"]
    assert (tie["kinds"], tie["sources"], tie["rows"], tie["confidence"]) == (("kin", "phone"), ("f1", "f2"), 2, 0.9)
    assert network.select(kind="phone").nodes == ("a", "b", "c")
    assert len(network.select(start=pd.Timestamp("2020-02-01"), end=pd.Timestamp("2020-04-01")).edges_index) == 2
    assert network.select(min_confidence=0.8, keep_isolated=True).nodes == network.nodes
    with pytest.raises(SpecificationError, match="has no confidence"):
        CriminalNetwork.from_edges(ties, combine="one").select(min_confidence=0.5)
    with pytest.raises(DataError, match=r"'sure': 4 of 4 cells are a number"):
        CriminalNetwork.from_edges(ties.assign(sure=1.5), confidence="sure")


def test_graphs_of_any_kind_go_in():
    many = nx.MultiDiGraph([(1, 2), (1, 2), (2, 1)])
    assert len(CriminalNetwork.from_graph(many, combine="one").edges_index) == 2
    with pytest.raises(DataError, match=r"row 2 repeats a pair .* combine='count'"):
        CriminalNetwork.from_graph(many)
    pairs = nx.Graph([(("a", 1), ("b", 2))])
    assert as_network(pairs).nodes == (("a", 1), ("b", 2))
    weighted = nx.Graph()
    weighted.add_edge("a", "b", calls=3)
    weighted.add_edge("b", "c")
    with pytest.raises(DataError, match=r"missing \(row 2"):
        CriminalNetwork.from_graph(weighted, weight="calls")


@pytest.mark.slow
def test_two_hundred_thousand_ties_are_read_and_described_by_degree():
    rng = np.random.default_rng(3)
    ends = rng.integers(0, 20_000, (200_000, 2))
    frame = pd.DataFrame(ends[ends[:, 0] != ends[:, 1]], columns=["source", "target"])
    network = CriminalNetwork.from_edges(frame, combine="one")
    degree = centrality(network, "degree", normalized=False)
    assert degree.sum() == 2 * len(network.edges_index) > 390_000
