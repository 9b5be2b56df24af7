"""Groups and blocks: planted ones recovered, published optima met, unsteadiness shown."""

import networkx as nx
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from ctresearch.core import FitError, Result, SpecificationError
from ctresearch.networks import CriminalNetwork, as_network, block_model, groups
from ctresearch.networks.structure.leiden import modularity, partition

CLUB = nx.Graph(nx.karate_club_graph().edges)
FACTION = [nx.karate_club_graph().nodes[v]["club"] for v in CLUB]


def test_the_highest_modularity_of_the_club_is_reached():
    # the optimum of integer programming is 0.4198 with four groups: Brandes et al. (2008), doi:10.1109/TKDE.2007.190689
    found = groups(CLUB)
    assert round(found.modularity, 4) == 0.4198
    assert found.estimates["estimate"]["groups"] == 4
    members = [[v for v, g in found.membership.items() if g == label] for label in range(4)]
    assert found.modularity == pytest.approx(nx.community.modularity(CLUB, members), abs=1e-12)


@pytest.mark.parametrize("engine", ["igraph", "networkx"])
def test_both_engines_find_planted_groups(engine):
    graph = nx.planted_partition_graph(4, 20, 0.4, 0.02, seed=3)
    labels = partition(as_network(graph).adjacency, 1.0, 5, method=engine)
    assert adjusted_rand_score(labels, np.arange(80) // 20) > 0.95
    assert np.array_equal(labels, partition(as_network(graph).adjacency, 1.0, 5, method=engine))


def test_strength_and_direction_enter_the_modularity():
    graph = nx.karate_club_graph()
    network = CriminalNetwork.from_graph(graph, weight="weight", weight_is="strength")
    labels = np.array([0 if f == "Mr. Hi" else 1 for f in FACTION])
    parts = [np.flatnonzero(labels == g).tolist() for g in (0, 1)]
    expected = nx.community.modularity(graph, parts, weight="weight")
    assert modularity(network.matrix_as("strength"), labels) == pytest.approx(expected, abs=1e-12)
    assert groups(network, weighted=True).modularity > expected
    both = nx.DiGraph(CLUB)
    assert groups(both).modularity == pytest.approx(groups(CLUB).modularity, abs=1e-12)


@pytest.mark.slow
def test_a_scan_gives_more_groups_at_higher_resolution_and_noise_is_for_review():
    found = groups(CLUB, scan=(0.3, 3.0))
    assert found.scan["resolution"].tolist() == [0.3, 1.0, 3.0]
    assert found.scan["groups"].is_monotonic_increasing
    noise = groups(nx.gnp_random_graph(80, 0.1, seed=1))
    assert noise.checks[0].status == "review"
    assert noise.members["agreement"].mean() < 0.9
    assert found.members["agreement"].min() > 0.5


def test_isolated_actors_stand_alone_and_no_tie_is_no_group():
    graph = nx.disjoint_union(nx.complete_graph(4), nx.empty_graph(2))
    found = groups(graph)
    assert found.estimates["estimate"]["groups"] == 3
    assert found.members["agreement"].isna().tolist() == [False] * 4 + [True] * 2
    for method in (groups, block_model):
        with pytest.raises(FitError, match="4 actors and no tie"):
            method(nx.empty_graph(4))
    with pytest.raises(SpecificationError, match="resolution == -1"):
        groups(CLUB, resolution=-1)


@pytest.mark.parametrize("method", [groups, block_model])
def test_results_repeat_and_round_trip(method):
    one, two = method(CLUB, seed=3), method(CLUB, seed=3)
    assert one == two
    assert Result.from_dict(one.to_dict()) == one
    assert one.record_level


@pytest.mark.parametrize("corrected", [False, True])
def test_planted_blocks_are_recovered_and_their_number_chosen(corrected):
    scores = []
    for seed in range(3):
        found = block_model(
            nx.planted_partition_graph(3, 30, 0.35, 0.05, seed=seed),
            blocks=range(2, 5),
            starts=3,
            degree_corrected=corrected,
        )
        scores.append(adjusted_rand_score(found.members["block"], np.arange(90) // 30))
        assert found.estimates["estimate"]["blocks"] == 3
        assert found.checks[0].status == "pass"
    assert np.mean(scores) > 0.93  # a few of 90 actors have ties that fit another block better


def test_one_block_is_chosen_where_there_is_no_structure():
    for seed in range(3):
        assert (
            block_model(nx.gnp_random_graph(60, 0.15, seed=seed), blocks=range(1, 4), starts=3).estimates["estimate"][
                "blocks"
            ]
            == 1
        )


def test_degree_correction_finds_factions_where_the_plain_model_finds_hubs():
    # the example of Karrer and Newman (2011)
    corrected, plain = block_model(CLUB, blocks=2, degree_corrected=True), block_model(CLUB, blocks=2)
    assert adjusted_rand_score(corrected.members["block"], FACTION) > 0.75
    hubs = plain.members.groupby("block")["actor"].apply(lambda actors: np.mean([CLUB.degree(v) for v in actors]))
    assert hubs.max() > 3 * hubs.min()


@pytest.mark.slow
@pytest.mark.parametrize("hubs", [False, True])
def test_the_correction_for_degrees_is_chosen_where_it_made_the_ties_and_only_there(hubs):
    rng = np.random.default_rng(3)
    for seed in range(2):
        block = np.arange(120) % 2
        activity = rng.lognormal(0, 0.8, 120) if hubs else np.ones(120)
        mean = np.outer(activity, activity) * np.where(block[:, None] == block, 0.14, 0.025) / activity.mean() ** 2
        ties = np.triu(rng.random((120, 120)) < mean, 1)
        found = block_model(
            nx.from_numpy_array(ties + ties.T), blocks=range(1, 4), degree_corrected=None, starts=3, seed=seed
        )
        best = found.ranking.loc[found.ranking["icl"].idxmax()]
        assert bool(best["degree_corrected"]) == hubs
        assert best["blocks"] == 2
        assert ("degree-corrected" in found.method) == hubs


def test_blocks_without_inner_ties_and_directed_chains_are_found():
    rng = np.random.default_rng(5)
    stage = np.repeat([0, 1, 2], 15)
    chance = np.array([[0.05, 0.5, 0.02], [0.02, 0.05, 0.5], [0.02, 0.02, 0.05]])
    ties = rng.random((45, 45)) < chance[np.ix_(stage, stage)]
    np.fill_diagonal(ties, False)
    found = block_model(nx.from_numpy_array(ties.astype(int), create_using=nx.DiGraph), blocks=range(1, 5))
    assert adjusted_rand_score(found.members["block"], stage) > 0.9
    rates = found.connectivity.to_numpy()
    assert (rates > 0.3).sum() == 2
    assert np.trace(rates) < 0.3


def test_a_number_at_the_edge_is_for_review():
    graph = nx.planted_partition_graph(4, 15, 0.6, 0.05, seed=1)
    assert block_model(graph, blocks=[1, 2]).checks[1].status == "review"
    with pytest.raises(SpecificationError, match="blocks == 0"):
        block_model(graph, blocks=0)
