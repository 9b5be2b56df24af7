"""Whatever network comes in, an answer or one sentence comes out: no other error, no number made of nothing."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch import networks
from ctresearch.core import CtResearchError, Result, SpecificationError
from ctresearch.networks import CriminalNetwork, centrality, describe
from ctresearch.networks.position.centrality import KINDS

NONE = pd.DataFrame({"source": [], "target": []})


def with_roles(graph):
    nx.set_node_attributes(graph, {actor: "ab"[i % 2] for i, actor in enumerate(graph)}, "role")
    nx.set_node_attributes(
        graph, {actor: ("recruitment", "exploitation")[i % 2] for i, actor in enumerate(graph)}, "stage"
    )
    return CriminalNetwork.from_graph(graph)


def isolated():
    graph = nx.krackhardt_kite_graph()
    graph.add_nodes_from(["alone", "apart"])
    return graph


NETWORKS = {
    "empty": lambda: CriminalNetwork.from_edges(NONE),
    "one actor": lambda: with_roles(nx.empty_graph(1)),
    "one tie": lambda: with_roles(nx.path_graph(2)),
    "no ties": lambda: with_roles(nx.empty_graph(6)),
    "no directed ties": lambda: with_roles(nx.empty_graph(6, create_using=nx.DiGraph)),
    "all ties": lambda: with_roles(nx.complete_graph(6)),
    "isolated actors": lambda: with_roles(isolated()),
    "two parts": lambda: with_roles(nx.disjoint_union(nx.cycle_graph(5), nx.star_graph(4))),
    "one way": lambda: with_roles(nx.DiGraph([(1, 2), (2, 3), (3, 4), (1, 5)])),
}
METHODS = {
    "describe": describe,
    "centralisation": lambda network: networks.centralisation(network, "degree"),
    "brokerage": lambda network: networks.brokerage(network, "role"),
    "brokerage_by_group": lambda network: networks.brokerage_by_group(network, "role", draws=20),
    "structural_holes": networks.structural_holes,
    "krackhardt": networks.krackhardt,
    "small_world": lambda network: networks.small_world(network, draws=20),
    "homophily": lambda network: networks.homophily(network, "role"),
    "equivalence": networks.equivalence,
    "core_periphery": networks.core_periphery,
    "core_periphery star": lambda network: networks.core_periphery(network, "star"),
    "continuous_core": networks.continuous_core,
    "groups": lambda network: networks.groups(network, runs=3),
    "block_model": lambda network: networks.block_model(network, blocks=2, starts=2),
    "key_players": lambda network: networks.key_players(network, 1),
    "key_players distance": lambda network: networks.key_players(network, 1, "distance_fragmentation"),
    "key_players reach": lambda network: networks.key_players(network, 1, "reach"),
    "tie_model": lambda network: networks.tie_model(network, ["role"]),
    "mrqap": lambda network: networks.mrqap(network, ["role"], draws=19),
    "role_positions": lambda network: networks.role_positions(network, "role", confidence=0.8, draws=20),
    "centrality_ranks": lambda network: networks.centrality_ranks(network, confidence=0.8, draws=20),
    "disrupt": lambda network: networks.disrupt(network, "betweenness", steps=1, draws=20),
    "disrupt with recovery": lambda network: networks.disrupt(network, "random", "distance", steps=1, draws=20),
    "compare_strategies": lambda network: networks.compare_strategies(network, ["random", "degree"], steps=1, draws=20),
    "missing_ties": lambda network: networks.missing_ties(network, 0.2, draws=40),
    "deletion_bands": lambda network: networks.deletion_bands(network, rates=[0.2], draws=10),
    "efficiency_security": networks.efficiency_security,
    "group_stability": lambda network: networks.group_stability(network, draws=20),
    "network_page": lambda network: networks.network_page(network, role="role"),
    "protected_actors": networks.protected_actors,
    "role_densities": lambda network: networks.role_densities(network, "role"),
    "plot_network": lambda network: networks.plot_network(network, role="role"),
    "plot_adjacency": lambda network: networks.plot_adjacency(network, "role"),
    "plot_roles": lambda network: networks.plot_roles(network, "role"),
}
METHODS |= {f"centrality {kind}": lambda network, kind=kind: centrality(network, kind) for kind in KINDS}


def answered(method, network):
    """Return what a method gives, and the sentence where it refuses."""
    try:
        return METHODS[method](network), None
    except CtResearchError as error:
        return None, str(error)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("error")
def test_an_answer_or_one_sentence(network, method):
    found, sentence = answered(method, NETWORKS[network]())
    if sentence is not None:
        assert len(sentence) > 20
        assert "\n" not in sentence
    if isinstance(found, Result):
        assert not np.isinf(found.estimates["estimate"]).any()
        assert found.summary()


@pytest.mark.parametrize("method", [name for name in METHODS if name != "krackhardt"])
def test_ordinary_networks_get_an_answer(method):
    """So that the test above is about the odd ones."""
    METHODS[method](with_roles(nx.krackhardt_kite_graph()))


def test_distances_between_parts_are_left_out_and_never_infinite():
    graph = nx.disjoint_union(nx.path_graph(3), nx.path_graph(2))
    values = describe(graph).estimates["estimate"]
    assert values["components"] == 2
    assert values["mean_distance"] == pytest.approx((1 + 2 + 1 + 1) / 4)  # over the four pairs that reach each other
    assert values["global_efficiency"] == pytest.approx(nx.global_efficiency(graph))
    assert centrality(graph, "harmonic", normalized=False).tolist() == [1.5, 2, 1.5, 1, 1]
    assert np.isfinite(centrality(graph, "closeness")).all()


@pytest.mark.parametrize(
    "method", ["brokerage", "homophily", "brokerage_by_group", "role_positions", "tie_model", "mrqap"]
)
def test_a_role_missing_for_someone_is_refused_or_a_group_of_its_own(method):
    graph = nx.krackhardt_kite_graph()
    nx.set_node_attributes(graph, {actor: "ab"[actor % 2] for actor in graph if actor != 3}, "role")
    found, sentence = answered(method, graph)
    if sentence is not None:
        assert "role" in sentence
        return
    words = found.estimates.to_string() if isinstance(found, Result) else found.to_string()
    assert "unknown" in words or "not known" in words or found.n < len(graph)


def test_weights_are_asked_about_wherever_they_count():
    calls = pd.DataFrame({"source": list("abcd"), "target": list("bcda"), "calls": [1, 2, 3, 4]})
    silent = CriminalNetwork.from_edges(calls, weight="calls")
    for method in (
        lambda network: centrality(network, "betweenness", weighted=True),
        lambda network: networks.structural_holes(network, weighted=True),
        lambda network: networks.groups(network, weighted=True),
        lambda network: networks.core_periphery(network, weighted=True),
        lambda network: networks.continuous_core(network, weighted=True),
        networks.backbone,
    ):
        with pytest.raises(SpecificationError, match="weight_is == None"):
            method(silent)


@pytest.mark.slow
def test_two_hundred_thousand_ties_work_or_say_what_will_not():
    rng = np.random.default_rng(5)
    ends = rng.integers(0, 20_000, (200_000, 2))
    large = CriminalNetwork.from_edges(
        pd.DataFrame(ends[ends[:, 0] != ends[:, 1]], columns=["source", "target"]), combine="one"
    )
    assert np.isfinite(networks.structural_holes(large)["constraint"].dropna()).all()
    assert centrality(large, "pagerank").sum() == pytest.approx(1)
    assert centrality(large, "coreness").max() > 5
    for method in ("missing_ties", "disrupt"):
        with pytest.raises(SpecificationError, match="actors"):
            METHODS[method](large)
