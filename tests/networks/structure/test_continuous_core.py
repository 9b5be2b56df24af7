"""The continuous core: planted places come back, and directed ties have two sides."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from ctresearch.core import DataError, FitError
from ctresearch.networks import CriminalNetwork, continuous_core
from ctresearch.networks.structure.continuous_core import fit_places


def valued(matrix, *, directed):
    graph = nx.from_numpy_array(matrix, create_using=nx.DiGraph if directed else nx.Graph)
    return CriminalNetwork.from_graph(graph, "weight", weight_is="strength")


def test_exact_products_give_their_places_back():
    places = np.linspace(0.1, 1, 9)
    result = continuous_core(valued(np.outer(places, places) * (1 - np.eye(9)), directed=False), weighted=True)
    assert result.members["core"].to_numpy() == pytest.approx(places, abs=1e-6)  # stops when places move by 1e-10
    assert result.estimates.loc[["correlation", "explained"], "estimate"].tolist() == pytest.approx([1, 1], abs=1e-9)
    assert result.status == "pass"


def test_directed_ties_have_a_core_of_senders_and_one_of_receivers():
    sends, receives = np.linspace(1, 0.1, 8), np.linspace(0.2, 1, 8)
    result = continuous_core(valued(np.outer(sends, receives) * (1 - np.eye(8)), directed=True), weighted=True)
    assert result.members["out_core"].to_numpy() == pytest.approx(sends, abs=1e-5)
    assert result.members["in_core"].to_numpy() == pytest.approx(receives, abs=1e-5)
    assert result.estimates.loc["sides", "estimate"] < -0.99


def test_no_other_minimiser_does_better():
    ties = nx.to_numpy_array(nx.karate_club_graph(), weight=None)
    off = ~np.eye(len(ties), dtype=bool)

    def lost(places):
        return ((ties - np.outer(places, places))[off] ** 2).sum()

    best = min(
        minimize(lost, np.random.default_rng(s).uniform(0, 1, len(ties)), method="L-BFGS-B").fun for s in range(3)
    )
    assert fit_places(ties, np.full(len(ties), 0.5), directed=False).lost <= best + 1e-6


def test_a_planted_core_stands_at_the_top():
    rng = np.random.default_rng(4)
    core = np.arange(40) < 8
    chance = np.where(np.outer(core, core), 0.9, np.where(core[:, None] | core, 0.3, 0.03))
    ties = np.triu(rng.random((40, 40)) < chance, 1)
    result = continuous_core(nx.from_numpy_array(ties + ties.T))
    assert set(result.members.nlargest(8, "core")["actor"]) == set(range(8))
    assert result.record_level


def test_isolated_actors_are_at_the_rim_and_orders_do_not_matter():
    graph = nx.barabasi_albert_graph(20, 2, seed=1)
    graph.add_node(99)
    places = continuous_core(graph, seed=2).members.set_index("actor")["core"]
    assert places[99] == 0
    assert (places >= 0).all()
    moved = nx.Graph()
    moved.add_nodes_from(reversed(list(graph)))
    moved.add_edges_from(graph.edges)
    other = continuous_core(moved, seed=5).members.set_index("actor")["core"]
    pd.testing.assert_series_equal(places.sort_index(), other.sort_index(), atol=1e-6)


def test_what_has_no_core_is_refused():
    for graph in (nx.empty_graph(5), nx.complete_graph(5)):
        with pytest.raises(FitError, match="all 5 actors"):
            continuous_core(graph)
    with pytest.raises(DataError, match="at least 4"):
        continuous_core(nx.path_graph(3))
