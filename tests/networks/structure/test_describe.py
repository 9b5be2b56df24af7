"""Structure: against networkx, against closed forms, and where a figure does not exist."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.networks import centralisation, describe, krackhardt

EXACT = 1e-12  # both sides are sums of a few hundred rationals in double precision


def values(graph):
    """Take the estimates of a description."""
    return describe(graph).estimates["estimate"]


@pytest.mark.parametrize(
    "graph", [nx.karate_club_graph(), nx.krackhardt_kite_graph(), nx.gnp_random_graph(60, 0.04, seed=4)]
)
def test_figures_are_those_of_networkx(graph):
    found = values(graph)
    plain = nx.Graph(graph.edges)
    plain.add_nodes_from(graph)
    assert found["density"] == pytest.approx(nx.density(plain), abs=EXACT)
    assert found["global_efficiency"] == pytest.approx(nx.global_efficiency(plain), abs=EXACT)
    assert found["transitivity"] == pytest.approx(nx.transitivity(plain), abs=EXACT)
    assert found["components"] == nx.number_connected_components(plain)
    assert found["largest_core"] == max(nx.core_number(plain).values())
    lengths = [d for _, row in nx.all_pairs_shortest_path_length(plain) for d in row.values() if d]
    assert found["mean_distance"] == pytest.approx(np.mean(lengths), abs=EXACT)
    assert found["diameter"] == max(lengths)
    n = len(plain)
    assert found["fragmentation"] == pytest.approx(1 - len(lengths) / (n * (n - 1)), abs=EXACT)


@pytest.mark.parametrize("kind", ["degree", "betweenness", "closeness"])
@pytest.mark.parametrize("n", [3, 8, 31])
def test_a_star_is_wholly_centralised_and_a_ring_not_at_all(kind, n):
    assert centralisation(nx.star_graph(n - 1), kind) == pytest.approx(1.0, abs=EXACT)
    assert centralisation(nx.cycle_graph(n), kind) == pytest.approx(0.0, abs=EXACT)


def test_directed_stars_are_centralised_by_direction():
    out = nx.DiGraph([(0, i) for i in range(1, 6)])
    assert centralisation(out, "out_degree") == pytest.approx(1.0)
    assert centralisation(out, "in_degree") == pytest.approx((6 * 1 - 5) / 25)
    assert centralisation(nx.DiGraph(nx.star_graph(5)), "closeness") < 1.0
    assert np.isnan(centralisation(out, "closeness"))  # nobody can reach the centre
    with pytest.raises(SpecificationError, match="'power', must be one of"):
        centralisation(out, "power")


def test_figures_that_do_not_exist_are_not_invented():
    empty = values(nx.empty_graph(4))
    assert empty[["diameter", "mean_distance", "transitivity", "degree_assortativity"]].isna().all()
    assert empty[["density", "global_efficiency", "degree_centralisation"]].eq(0).all()
    assert np.isnan(values(nx.cycle_graph(5))["degree_assortativity"])  # all degrees are equal
    assert np.isnan(values(nx.empty_graph(4, create_using=nx.DiGraph))["reciprocity"])
    with pytest.raises(DataError, match="2 actors, must have at least 3"):
        describe(nx.path_graph(2))


def test_a_network_in_pieces_is_for_review_and_the_caveats_travel():
    result = describe(nx.Graph([(0, 1), (2, 3), (3, 4)]))
    assert result.status == "review"
    assert "2 components" in result.summary()
    assert any("non-punishment" in text for text in result.assumptions)
    assert Result.from_dict(result.to_dict()) == result


def test_an_out_tree_is_a_perfect_hierarchy_and_a_two_way_one_is_none():
    tree = nx.balanced_tree(2, 3, create_using=nx.DiGraph)
    assert set(krackhardt(tree).values()) == {1.0}
    both = nx.DiGraph(nx.balanced_tree(2, 3))
    assert krackhardt(both)["hierarchy"] == 0.0
    with pytest.raises(SpecificationError, match="no direction"):
        krackhardt(nx.path_graph(4))


def test_two_heads_break_the_unity_of_command():
    two_heads = nx.DiGraph([(0, 2), (1, 2), (1, 3)])  # of six pairs 0-1 and 0-3 have no common superior
    found = krackhardt(two_heads)
    assert found["unity_of_command"] == pytest.approx(1 - 2 / 3)  # possible violations: 3 * 2 / 2
    assert found["tree_efficiency"] == 1.0


@given(st.integers(4, 14), st.floats(0.05, 0.9), st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_shares_lie_between_0_and_1_and_fragmentations_are_ordered(n, p, seed):
    found = values(nx.gnp_random_graph(n, p, seed=seed))
    shares = ["density", "largest_component", "degree_centralisation", "betweenness_centralisation", "fragmentation"]
    assert found[shares].between(-EXACT, 1 + EXACT).all()
    assert found["fragmentation"] <= found["distance_fragmentation"] + EXACT
    assert found["distance_fragmentation"] == pytest.approx(1 - found["global_efficiency"], abs=EXACT)
