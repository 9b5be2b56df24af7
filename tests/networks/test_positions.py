"""Ranks under doubt, mixing, equivalence, and a group over time."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, FitError, Result, SpecificationError
from ctresearch.networks import (
    CriminalNetwork,
    centrality,
    centrality_ranks,
    describe,
    efficiency_security,
    equivalence,
    homophily,
    phases,
)


def test_sure_ties_give_sure_ranks_and_doubt_widens_them():
    graph = nx.barabasi_albert_graph(20, 2, seed=3)
    sure, doubtful = (
        centrality_ranks(graph, confidence=1.0, draws=20),
        centrality_ranks(graph, confidence=0.7, draws=100),
    )
    assert sure["rank_low"].equals(sure["rank_high"])
    assert (sure["rank"] == sure["rank_low"]).all()
    assert (doubtful["rank_high"] - doubtful["rank_low"]).mean() > 2
    assert sure["value"].sort_index().equals(centrality(graph).rename("value"))


def test_confidence_of_the_evidence_is_used():
    ties = pd.DataFrame({"source": list("aaabb"), "target": list("bcdce"), "sure": [0.1, 0.1, 0.1, 1.0, 1.0]})
    network = CriminalNetwork.from_edges(ties, confidence="sure")
    ranks = centrality_ranks(network, draws=200, seed=2)
    assert ranks.loc["a", "value"] == ranks.loc["b", "value"]  # both have three ties as seen
    assert ranks.loc["b", "first"] > 0.9 > 0.5 > ranks.loc["a", "first"]
    assert centrality_ranks(network, draws=40, seed=2).equals(centrality_ranks(network, draws=40, seed=2))
    with pytest.raises(SpecificationError, match="carry none"):
        centrality_ranks(nx.path_graph(4))


@pytest.mark.slow
def test_rank_intervals_hold_the_true_rank():
    rng, inside = np.random.default_rng(6), []
    for seed in range(15):
        truth = nx.barabasi_albert_graph(25, 2, seed=seed)
        true = centrality(truth).rank(ascending=False)
        seen = truth.copy()
        absent = [e for e in nx.non_edges(truth) if rng.random() < 0.04]
        seen.add_edges_from(absent)  # false reports, which make a reported tie real with this probability
        confidence = truth.number_of_edges() / seen.number_of_edges()
        ranks = centrality_ranks(seen, confidence=confidence, draws=100, seed=seed)
        inside.append(((ranks["rank_low"] <= true[ranks.index]) & (true[ranks.index] <= ranks["rank_high"])).mean())
    assert np.mean(inside) > 0.9  # 95 % wanted; equals at the end of the ranking cost some


@pytest.mark.parametrize("directed", [False, True])
def test_assortativity_is_that_of_networkx(directed):
    graph = nx.gnp_random_graph(40, 0.15, seed=5, directed=directed)
    nx.set_node_attributes(graph, {i: "xyz"[i % 3] for i in graph}, "country")
    found = homophily(graph, "country", draws=99)
    peer = nx.attribute_assortativity_coefficient(graph, "country")
    assert found.estimates.loc["assortativity", "estimate"] == pytest.approx(peer, abs=1e-12)
    same = np.mean([u % 3 == v % 3 for u, v in graph.edges])
    assert found.estimates.loc["same_share", "estimate"] == pytest.approx(same)
    assert found.estimates.loc["ei_index", "estimate"] == pytest.approx(1 - 2 * same)
    assert Result.from_dict(found.to_dict()) == found


def test_levels_of_mixing_are_kept_and_small_groups_are_for_review():
    levels = []
    for seed in range(120):
        graph = nx.barabasi_albert_graph(30, 2, seed=seed)
        order = np.random.default_rng(seed).permutation(30)
        nx.set_node_attributes(graph, {i: int(order[i] < 10) for i in graph}, "stage")
        levels.append(homophily(graph, "stage", draws=99, seed=seed).estimates.loc["assortativity", "p_value"])
    assert 0.02 <= np.mean(np.array(levels) <= 0.1) <= 0.18  # 10 % within 3 standard errors of 120 networks
    pair = nx.path_graph(4)
    nx.set_node_attributes(pair, {0: "a", 1: "a", 2: "a", 3: "b"}, "role")
    assert homophily(pair, "role", draws=19).checks[0].status == "review"


def test_mixing_needs_ties_and_differences():
    graph = nx.path_graph(4)
    nx.set_node_attributes(graph, "a", "role")
    with pytest.raises(FitError, match="3 ties and 1 values"):
        homophily(graph, "role")
    del graph.nodes[0]["role"]
    with pytest.raises(DataError, match="1 of 4 actors"):
        homophily(graph, "role")


def test_structural_equivalence_is_the_correlation_of_profiles():
    leaves = equivalence(nx.star_graph(4))
    assert (leaves.loc[1:, 1:] == 1.0).all(axis=None)
    graph = nx.gnp_random_graph(12, 0.4, seed=2, directed=True)
    matrix = nx.to_numpy_array(graph)
    found = equivalence(graph)
    others = [k for k in range(12) if k not in (3, 7)]
    profiles = [np.concatenate([matrix[i, others], matrix[others, i]]) for i in (3, 7)]
    assert found.loc[3, 7] == pytest.approx(np.corrcoef(*profiles)[0, 1], abs=1e-12)
    assert np.array_equal(found, found.T, equal_nan=True)


def test_regular_equivalence_sees_stages_of_separate_chains():
    chains = nx.DiGraph([("r1", "d1"), ("d1", "e1"), ("r2", "d2"), ("d2", "e2")])
    found = equivalence(chains, "regular")
    for stage in "rde":
        assert found.loc[f"{stage}1", f"{stage}2"] == pytest.approx(1.0)
    assert found.loc["r1", "e1"] == 0.0
    assert equivalence(chains).loc["r1", "r2"] < 0.0  # structurally they have nothing in common
    undirected = equivalence(nx.path_graph(5), "regular")
    assert (undirected == 1.0).all(axis=None)


def test_a_star_is_quick_and_a_path_is_safe():
    star, path = efficiency_security(nx.star_graph(9)), efficiency_security(nx.path_graph(10))
    assert star["efficiency"] > path["efficiency"]
    assert star["security"] == path["security"] == pytest.approx(1 - 18 / 90)  # both have nine ties
    whole = efficiency_security(nx.complete_graph(5))
    assert whole == {"efficiency": 1.0, "security": 0.0, "balance": 0.0}


def test_phases_are_described_and_counted():
    ties = pd.DataFrame({"source": list("aabbc"), "target": list("bccde"), "when": [1, 1, 2, 2, 2]})
    network = CriminalNetwork.from_edges(ties, date="when")
    found = phases({"first": network.select(end=2), "second": network.select(start=2)})
    assert found["actors"].tolist() == [3, 4]
    assert found.loc["second", ["stayed", "new"]].tolist() == [2, 2]
    assert found.loc["first", "density"] == describe(network.select(end=2)).estimates.loc["density", "estimate"]
    with pytest.raises(SpecificationError, match="1 phases"):
        phases({1: network})
