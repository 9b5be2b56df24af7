"""Centralities and structural holes: against networkx, and where they are undefined."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import FitError, SpecificationError
from ctresearch.networks import CriminalNetwork, centrality, structural_holes
from ctresearch.networks.position.centrality import KINDS

GRAPHS = {
    "club": nx.Graph(nx.karate_club_graph().edges),
    "pieces": nx.gnp_random_graph(50, 0.04, seed=2),
    "directed": nx.gnp_random_graph(40, 0.1, seed=1, directed=True),
}
PEERS = {
    "degree": nx.degree_centrality,
    "betweenness": nx.betweenness_centrality,
    "closeness": nx.closeness_centrality,
    "harmonic": lambda g: {v: h / (len(g) - 1) for v, h in nx.harmonic_centrality(g).items()},
    "pagerank": lambda g: nx.pagerank(g, weight=None, tol=1e-13, max_iter=5000),
    "coreness": lambda g: nx.core_number(nx.Graph(g)),
    "clustering": lambda g: nx.clustering(nx.Graph(g)),
}


@pytest.mark.parametrize("kind", PEERS)
@pytest.mark.parametrize("name", GRAPHS)
def test_values_are_those_of_networkx(name, kind):
    found, peer = centrality(GRAPHS[name], kind), PEERS[kind](GRAPHS[name])
    # pagerank stops at a change of 1e-14 an actor; the rest differ by the order of summing
    assert np.allclose(found.to_numpy(), [peer[v] for v in found.index], rtol=0, atol=1e-11)
    assert found.index.name == "actor"


@pytest.mark.parametrize("name", ["club", "directed"])
def test_the_eigenvector_is_that_of_the_power_iteration(name):
    graph = GRAPHS[name]
    peer = nx.eigenvector_centrality(graph, tol=1e-13, max_iter=5000)
    found = centrality(graph, "eigenvector")
    assert np.allclose(found, [peer[v] for v in graph], rtol=0, atol=1e-9)  # the iteration stops at 1e-13 a step
    assert centrality(graph, "eigenvector", normalized=False).max() == 1.0


def test_no_eigenvector_is_given_where_it_is_not_unique():
    twins = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(4))
    with pytest.raises(FitError, match="two largest eigenvalues are 3 and 3"):
        centrality(twins, "eigenvector")
    with pytest.raises(FitError, match="no unique eigenvector"):
        centrality(nx.DiGraph([(0, 1), (1, 2)]), "eigenvector")


@pytest.mark.parametrize("kind", ["betweenness", "closeness", "constraint", "effective_size", "degree", "pagerank"])
def test_weighted_values_are_those_of_networkx(kind):
    graph = nx.karate_club_graph()
    for _, _, data in graph.edges(data=True):
        data["miles"] = 1.0 / data["weight"]
        data["steps"] = 420 // data["weight"]  # whole numbers, so that networkx sees which paths are equally long
    peers = {
        "betweenness": lambda: nx.betweenness_centrality(graph, weight="steps"),
        "closeness": lambda: nx.closeness_centrality(graph, distance="miles"),
        "constraint": lambda: nx.constraint(graph, weight="weight"),
        "effective_size": lambda: nx.effective_size(graph, nodes=list(graph), weight="weight"),
        "degree": lambda: dict(graph.degree(weight="weight")),
        "pagerank": lambda: nx.pagerank(graph, weight="weight", tol=1e-13, max_iter=5000),
    }
    network = CriminalNetwork.from_graph(graph, weight="weight", weight_is="strength")
    found, peer = centrality(network, kind, weighted=True), peers[kind]()
    assert np.allclose(found.to_numpy(), [peer[v] for v in graph], rtol=0, atol=1e-11)


def test_paths_that_differ_by_rounding_are_equally_short():
    ties = [("a", "b", 3.0), ("b", "z", 6.0), ("a", "c", 6.0), ("c", "z", 3.0), ("a", "d", 10.0), ("d", "e", 10.0)]
    ties += [("e", "f", 10.0), ("f", "g", 10.0), ("g", "z", 10.0)]  # three ways from a to z of length 1/2, one rounded
    for one_way in (False, True):
        table = pd.DataFrame(ties, columns=["source", "target", "calls"])
        network = CriminalNetwork.from_edges(table, weight="calls", weight_is="strength", directed=one_way)
        stretched = nx.DiGraph() if one_way else nx.Graph()
        stretched.add_weighted_edges_from((u, v, 30 / w) for u, v, w in ties)  # whole numbers
        peer = nx.betweenness_centrality(stretched, weight="weight", normalized=False)
        found = centrality(network, "betweenness", weighted=True, normalized=False)
        assert np.allclose(found, [peer[v] for v in found.index], rtol=0, atol=1e-12)  # thirds, summed


def test_the_holes_of_directed_strengths_are_those_of_their_sums():
    random = np.random.default_rng(3)
    graph = nx.gnp_random_graph(30, 0.15, seed=4, directed=True)
    rows = [(u, v, float(random.integers(1, 9))) for u, v in graph.edges]
    table = pd.DataFrame(rows, columns=["source", "target", "calls"])
    both = [
        structural_holes(
            CriminalNetwork.from_edges(table, weight="calls", weight_is="strength", directed=d, combine="sum"),
            weighted=True,
        ).sort_index()
        for d in (True, False)
    ]
    pd.testing.assert_frame_equal(*both, rtol=1e-12)  # the order of adding


@pytest.mark.parametrize("name", GRAPHS)
def test_holes_are_burts_for_directed_ties_too(name):
    graph = GRAPHS[name]
    found = structural_holes(graph)
    constraint, size = nx.constraint(graph), nx.effective_size(graph, nodes=list(graph))
    for column, peer in (("constraint", constraint), ("effective_size", size)):
        assert np.allclose(found[column], [peer[v] for v in graph], rtol=0, atol=1e-12, equal_nan=True)
    isolated = [v for v in graph if graph.degree(v) == 0]
    assert found.loc[isolated, ["constraint", "effective_size", "efficiency"]].isna().all(axis=None)
    assert (found["efficiency"].dropna() <= 1.0).all()


def test_the_effective_size_of_a_directed_pair_counts_one_contact():
    assert structural_holes(nx.DiGraph([(0, 1), (1, 0)]))["effective_size"].tolist() == [1.0, 1.0]


def test_collective_influence_is_degree_times_the_frontier():
    path = nx.path_graph(5)  # the middle: (2 - 1) * ((1 - 1) + (1 - 1)); its neighbours: 1 * (2 - 1)
    assert centrality(path, "collective_influence").tolist() == [0.0, 1.0, 0.0, 1.0, 0.0]
    graph, expected = GRAPHS["club"], {}
    for v in graph:
        ring = [u for u, d in nx.single_source_shortest_path_length(graph, v, cutoff=2).items() if d == 2]
        expected[v] = (graph.degree(v) - 1) * sum(graph.degree(u) - 1 for u in ring)
    assert dict(centrality(graph, "collective_influence").items()) == expected


def test_kinds_and_weights_that_are_none_are_refused():
    with pytest.raises(SpecificationError, match="'power', must be one of"):
        centrality(GRAPHS["club"], "power")
    with pytest.raises(SpecificationError, match="'coreness' has no weighted form"):
        centrality(GRAPHS["club"], "coreness", weighted=True)
    with pytest.raises(SpecificationError, match="no weights to read"):
        centrality(nx.karate_club_graph(), "degree", weighted=True)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "eigenvector"])
def test_one_actor_alone_has_every_other_centrality(kind):
    assert len(centrality(nx.empty_graph(1), kind)) == 1


@given(st.integers(3, 12), st.floats(0.1, 0.9), st.integers(0, 10_000), st.permutations(range(12)))
@settings(max_examples=12, deadline=None)
def test_names_and_their_order_do_not_matter(n, p, seed, order):
    graph = nx.gnp_random_graph(n, p, seed=seed)
    renamed = nx.relabel_nodes(graph, {i: f"x{order[i]}" for i in range(n)})
    shuffled = nx.Graph()
    shuffled.add_nodes_from(sorted(renamed))
    shuffled.add_edges_from(renamed.edges)
    for kind in ("betweenness", "harmonic", "constraint"):
        one, two = centrality(graph, kind), centrality(shuffled, kind)
        assert np.allclose(one, two[[f"x{order[i]}" for i in range(n)]], atol=1e-12, equal_nan=True)
