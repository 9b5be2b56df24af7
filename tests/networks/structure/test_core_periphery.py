"""Core and periphery: exhaustive where that can be run, bounds that hold, planted cores found."""

from itertools import chain, combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError, FitError, Result, SpecificationError
from ctresearch.networks import CriminalNetwork, core_periphery
from ctresearch.networks.structure.core_bound import highest_fit, highest_star_fit, untouched_by_spectrum
from ctresearch.networks.structure.core_fit import best_of_all, climb


def correlate(matrix, core, ideal):
    """Correlate ties and ideal from the definition, with numpy alone."""
    member = np.isin(np.arange(len(matrix)), core)
    both, either = np.logical_and.outer(member, member), np.logical_or.outer(member, member)
    used = ~np.eye(len(matrix), dtype=bool)
    if ideal == "missing":
        used &= both | ~either
    picture = (both if ideal == "missing" else either)[used].astype(float)
    ties = matrix[used]
    if picture.std() == 0 or ties.std() == 0:
        return -2.0
    return np.corrcoef(ties, picture)[0, 1]


def best_by_hand(matrix, ideal):
    """Try every core."""
    n = len(matrix)
    cores = chain.from_iterable(combinations(range(n), c) for c in range(1, n))
    return max(correlate(matrix, core, ideal) for core in cores)


@pytest.mark.parametrize("ideal", ["missing", "star"])
@given(st.integers(4, 8), st.floats(0.2, 0.8), st.integers(0, 10_000), st.booleans())
@settings(max_examples=8, deadline=None)
def test_small_networks_are_settled_by_trying_every_core(ideal, n, p, seed, directed):
    graph = nx.gnp_random_graph(n, p, seed=seed, directed=directed)
    matrix = nx.to_numpy_array(graph)
    best = best_by_hand(matrix, ideal)
    if best <= -2:
        with pytest.raises(FitError, match="no correlation exists"):
            core_periphery(graph, ideal)
        return
    found = core_periphery(graph, ideal)
    assert found.correlation == pytest.approx(best, abs=1e-9)
    assert correlate(matrix, found.core, ideal) == pytest.approx(best, abs=1e-9)
    assert found.proven


@pytest.mark.parametrize("ideal", ["missing", "star"])
@given(st.integers(6, 11), st.floats(0.15, 0.6), st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_bounds_beyond_hold_where_every_core_can_be_tried(ideal, n, p, seed):
    matrix = nx.to_numpy_array(nx.gnp_random_graph(n, p, seed=seed))
    ties = np.stack([matrix + matrix.T, 2 * matrix**2])
    best = best_of_all(ties, ideal == "star")[0]
    if best <= -2:
        return
    start = climb(ties, np.arange(n) < n // 2, ideal == "star")
    bound = highest_star_fit(ties, start, 10_000) if ideal == "star" else highest_fit(ties, start, binary=True)
    assert start <= best + 1e-9
    assert bound >= best - 1e-9
    if ideal == "star":
        assert bound == pytest.approx(best, abs=1e-9)  # branch and bound is exact with enough effort


@given(st.integers(5, 10), st.floats(0.1, 0.9), st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_the_spectrum_bounds_what_any_core_leaves_untouched(n, p, seed):
    matrix = nx.to_numpy_array(nx.gnp_random_graph(n, p, seed=seed)) * np.random.default_rng(seed).integers(1, 4)
    bound = untouched_by_spectrum(2 * matrix)
    for size in range(n):
        left = [matrix[np.ix_(rest, rest)].sum() for rest in map(list, combinations(range(n), n - size))]
        assert bound[size] <= min(left) + 1e-8


def test_a_network_of_chance_has_a_bound_worth_reading():
    result = core_periphery(nx.gnp_random_graph(60, 0.3, seed=1), "star", effort=100)
    assert not result.proven
    assert result.gap < 0.25  # the bound of all bounds, 1, would leave 0.8


def test_a_climb_stops_where_no_move_or_exchange_helps():
    matrix = nx.to_numpy_array(nx.gnp_random_graph(14, 0.3, seed=3))
    core = np.arange(14) < 5
    value = climb(np.stack([2 * matrix, 2 * matrix]), core, False)
    members = np.flatnonzero(core).tolist()
    assert value == pytest.approx(correlate(matrix, members, "missing"), abs=1e-12)
    others = [v for v in range(14) if v not in members]
    near = [[*members, v] for v in others] + [[m for m in members if m != v] for v in members]
    near += [[m for m in members if m != v] + [w] for v in members for w in others]
    assert max(correlate(matrix, one, "missing") for one in near) <= value + 1e-9


@pytest.mark.parametrize("ideal", ["missing", "star"])
def test_a_planted_core_is_found(ideal):
    rng = np.random.default_rng(11)
    n, size = 60, 8
    member = np.arange(n) < size
    between = 0.85 if ideal == "star" else 0.3
    p = np.where(
        np.logical_and.outer(member, member), 0.9, np.where(np.logical_or.outer(member, member), between, 0.03)
    )
    upper = np.triu(rng.random((n, n)) < p, 1)
    found = core_periphery(nx.from_numpy_array(upper + upper.T), ideal)
    planted = correlate((upper + upper.T).astype(float), range(size), ideal)
    assert found.correlation >= planted - 1e-12
    if ideal == "star":
        assert (found.core, found.proven) == (tuple(range(size)), True)
    else:  # who has ties to the core alone costs nothing there, and may join it by chance
        assert set(range(size)) <= set(found.core)
    values = found.estimates["estimate"]
    assert values["core_density"] > 0.6 > 0.1 > values["periphery_density"]


def test_strengths_can_stand_in_for_presence():
    graph = nx.complete_graph(6)
    for u, v in graph.edges:
        graph[u][v]["calls"] = 10.0 if max(u, v) < 3 else 1.0
    network = CriminalNetwork.from_graph(graph, weight="calls", weight_is="strength")
    found = core_periphery(network, weighted=True)
    assert found.correlation == pytest.approx(1.0)
    assert set(found.core) <= {0, 1, 2}
    assert found.checks[1].numbers["cores"] == 4  # any two of the three, or all, leave a periphery of 1s alone
    with pytest.raises(FitError, match="6 actors with 15 ties"):
        core_periphery(network)
    large = nx.disjoint_union(graph, nx.path_graph(20))
    nx.set_edge_attributes(large, {e: large.edges[e].get("calls", 1.0) for e in large.edges}, "calls")
    unproven = core_periphery(CriminalNetwork.from_graph(large, weight="calls", weight_is="strength"), weighted=True)
    assert unproven.correlation + unproven.gap == 1.0  # nothing better is known of weighted ties


def test_the_result_says_whether_it_is_proven_and_repeats():
    graph = nx.barabasi_albert_graph(40, 2, seed=1)
    one, two = core_periphery(graph, seed=5), core_periphery(graph, seed=5)
    assert one == two
    assert Result.from_dict(one.to_dict()) == one
    assert not one.proven
    assert one.checks[0].status == "review"
    assert core_periphery(graph, "star").proven


def test_what_has_no_core_is_refused():
    with pytest.raises(FitError, match="4 actors with 0 ties"):
        core_periphery(nx.empty_graph(4))
    with pytest.raises(DataError, match="3 actors, must have at least 4"):
        core_periphery(nx.path_graph(3))
    with pytest.raises(SpecificationError, match="ideal == 'ring'"):
        core_periphery(nx.path_graph(5), "ring")
