"""Brokerage: counts from the definition, moments of both kinds of chance against simulation."""

from itertools import permutations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from ctresearch.core import DataError, SpecificationError
from ctresearch.networks import as_network, brokerage
from ctresearch.networks.position.brokerage import ROLES, count_roles, open_paths
from ctresearch.networks.position.brokerage_null import random_ties


def staged(n, p, seed, groups, directed=True):
    """Make a random graph whose actors have groups."""
    graph = nx.gnp_random_graph(n, p, seed=seed, directed=directed)
    nx.set_node_attributes(graph, {i: f"g{i % groups}" for i in graph}, "stage")
    return graph


def by_definition(graph, broker):
    """Count the roles of one broker, path by path."""
    group = nx.get_node_attributes(graph, "stage")
    counts = dict.fromkeys(ROLES, 0)
    for a, b in permutations(graph, 2):
        if broker in (a, b) or graph.has_edge(a, b) or not (graph.has_edge(a, broker) and graph.has_edge(broker, b)):
            continue
        ga, gv, gb = group[a], group[broker], group[b]
        role = (
            "coordinator"
            if ga == gv == gb
            else "itinerant"
            if ga == gb
            else "gatekeeper"
            if gv == gb
            else "representative"
            if ga == gv
            else "liaison"
        )
        counts[role] += 1
    return counts


@given(st.integers(3, 10), st.floats(0.1, 0.7), st.integers(0, 10_000), st.integers(1, 4), st.booleans())
@settings(max_examples=25, deadline=None)
def test_counts_are_those_of_the_definition(n, p, seed, groups, directed):
    graph = staged(n, p, seed, groups, directed)
    found = brokerage(graph, "stage")
    for broker in graph:
        rows = found.loc[[broker]]
        assert dict(zip(rows["role"], rows["count"], strict=True)) == by_definition(graph, broker)
    if not directed:
        wide = found.reset_index().pivot_table(index="actor", columns="role", values="count")
        assert (wide["gatekeeper"] == wide["representative"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("directed", [True, False])
def test_moments_under_random_ties_are_those_of_simulation(directed):
    codes, density, draws = np.array([0] * 4 + [1] * 5 + [2] * 3), 0.3, 2000
    exact = random_ties(codes, density, directed=directed)
    rng, counts = np.random.default_rng(8), []
    for _ in range(draws):
        ties = rng.random((12, 12)) < density
        if not directed:
            ties = np.triu(ties, 1) | np.triu(ties, 1).T
        np.fill_diagonal(ties, False)
        counts.append(count_roles(open_paths(csr_array(ties.astype(float))), codes))
    counts = np.array(counts)
    error = exact.std_dev / np.sqrt(draws)
    assert (np.abs(counts.mean(axis=0) - exact.expected) < 4.5 * error + 1e-12).all()
    # a standard deviation from 2,000 draws is known to about 1.6 % times the root of a kurtosis of up to 10
    assert np.allclose(counts.std(axis=0), exact.std_dev, rtol=0.2)


def test_groups_dealt_at_random_give_the_stated_expectation_and_honest_levels():
    graph = staged(14, 0.3, 3, 3)
    found = brokerage(graph, "stage", null="groups", draws=1000, seed=1)
    total = found.groupby(level=0)["count"].sum()
    assert np.allclose(found.groupby(level=0)["expected"].sum(), total)
    paths, codes = open_paths(as_network(graph).adjacency), np.arange(14) % 3
    rng = np.random.default_rng(2)
    mean = np.mean([count_roles(paths, rng.permutation(codes)) for _ in range(1000)], axis=0)
    error = found["std_dev"].to_numpy().reshape(-1, 5) / np.sqrt(1000)
    assert (np.abs(mean - found["expected"].to_numpy().reshape(-1, 5)) < 5 * error + 1e-9).all()
    assert found["p_value"].between(1 / 1001, 1).all()
    assert brokerage(graph, "stage", null="groups", draws=50, seed=1).equals(
        brokerage(graph, "stage", null="groups", draws=50, seed=1)
    )


def test_a_liaison_stands_out():
    graph = nx.DiGraph([(f"a{i}", "x") for i in range(4)] + [("x", f"b{i}") for i in range(4)])
    nx.set_node_attributes(graph, {v: v[0] for v in graph}, "stage")
    rows = brokerage(graph, "stage").loc[["x"]].set_index("role")
    assert rows.loc["liaison", "count"] == 16
    assert rows.loc["liaison", "z"] > 5
    assert rows.loc["liaison", "p_value"] != rows.loc["liaison", "p_value"]  # no assignments were drawn


def test_z_is_empty_where_chance_leaves_no_room():
    graph = nx.complete_graph(4)
    nx.set_node_attributes(graph, "g", "stage")
    assert brokerage(graph, "stage")["z"].isna().all()


def test_a_role_missing_for_someone_is_refused():
    graph = staged(5, 0.5, 1, 2)
    del graph.nodes[3]["stage"]
    with pytest.raises(DataError, match="1 of 5 actors have no 'stage'"):
        brokerage(graph, "stage")
    with pytest.raises(DataError, match="no column 'country'"):
        brokerage(graph, "country")
    with pytest.raises(SpecificationError, match="null == 'both'"):
        brokerage(staged(5, 0.5, 1, 2), "stage", null="both")
