"""Small worlds: rings with shortcuts are, random networks are not, and rewiring keeps degrees."""

import networkx as nx
import numpy as np
import pytest

from ctresearch.core import FitError, Result, SpecificationError
from ctresearch.networks import small_world
from ctresearch.networks.structure.rewiring import rewired


def test_a_ring_with_shortcuts_is_a_small_world_and_chance_is_none():
    ring = small_world(nx.connected_watts_strogatz_graph(80, 6, 0.1, seed=2), draws=40)
    assert ring.estimates.loc["small_world", "ci_low"] > 2
    assert ring.checks[0].status == "pass"
    chance = small_world(nx.gnp_random_graph(80, 0.12, seed=2), draws=100).estimates.loc["small_world"]
    assert chance["ci_low"] < 1 < chance["ci_high"]


def test_rewiring_keeps_every_degree_and_moves_most_ties():
    tied = nx.to_numpy_array(nx.barabasi_albert_graph(60, 3, seed=4)) > 0
    new = rewired(tied, np.random.default_rng(1))
    assert np.array_equal(new.sum(axis=0), tied.sum(axis=0))
    assert np.array_equal(new, new.T)
    assert not new.diagonal().any()
    assert (new & tied).sum() < 0.5 * tied.sum()


def test_rewiring_reaches_all_networks_of_the_degrees_alike():
    ring = nx.to_numpy_array(nx.cycle_graph(6)) > 0  # 60 hexagons and 10 pairs of triangles have these degrees
    rng, triangles = np.random.default_rng(3), 0
    for _ in range(1500):
        triangles += np.trace(np.linalg.matrix_power(rewired(ring, rng).astype(int), 3)) > 0
    assert triangles / 1500 == pytest.approx(10 / 70, abs=0.036)  # 4 standard errors


def test_ratios_that_do_not_exist_are_refused():
    with pytest.raises(FitError, match="no closed triad"):
        small_world(nx.cycle_graph(8))
    with pytest.raises(FitError, match=r"\d+ of 200 random networks of the same degrees"):
        small_world(nx.disjoint_union(nx.complete_graph(3), nx.path_graph(12)))
    with pytest.raises(SpecificationError, match="draws == 3"):
        small_world(nx.complete_graph(5), draws=3)


def test_the_result_repeats_and_round_trips():
    graph = nx.karate_club_graph()
    one, two = small_world(graph, draws=30, seed=5), small_world(graph, draws=30, seed=5)
    assert one == two
    assert Result.from_dict(one.to_dict()) == one
    assert one.estimates.loc["transitivity_ratio", "estimate"] > 0
