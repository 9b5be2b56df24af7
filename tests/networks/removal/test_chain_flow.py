"""Separate chains against networkx's maximum flow on random networks."""

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.networks.removal.chain_flow import count_chains


def by_networkx(graph, stage, last):
    flow = nx.DiGraph()
    flow.add_nodes_from("ST")
    for actor in graph:
        flow.add_edge((actor, 0), (actor, 1), capacity=1)
        if stage[actor] == 0:
            flow.add_edge("S", (actor, 0), capacity=1)
        if stage[actor] == last:
            flow.add_edge((actor, 1), "T", capacity=1)
    for pair in graph.edges:
        for one, two in (pair, pair[::-1]):
            if stage[one] >= 0 and stage[two] in (stage[one], stage[one] + 1):
                flow.add_edge((one, 1), (two, 0), capacity=1)
    return nx.maximum_flow_value(flow, "S", "T")


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 25), st.floats(0.05, 0.5), st.integers(0, 3), st.integers(0, 10_000))
def test_equals_maximum_flow(n, density, last, seed):
    graph = nx.gnp_random_graph(n, density, seed=seed)
    stage = np.random.default_rng(seed).integers(-1, last + 1, n)
    matrix = nx.to_scipy_sparse_array(graph, format="csr")
    found = count_chains(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64), stage, last)
    assert found == by_networkx(graph, stage, last)
