"""Betweenness, and bounds of shares whose counts are ranges."""

import networkx as nx
import numpy as np
import pytest

from ctresearch.routes.flows.betweenness import flow_betweenness
from ctresearch.routes.flows.share_bounds import share_bounds


@pytest.mark.parametrize(
    ("places", "share", "tolerance"), [(12, 0.4, 1e-12), (70, 0.15, 1e-6)]
)  # single precision from 60 on
def test_betweenness_equals_that_of_networkx(places, share, tolerance):
    rng = np.random.default_rng(places)
    weights = (rng.random((places, places)) < share) * rng.integers(1, 60, (places, places)).astype(float)
    np.fill_diagonal(weights, 0)
    graph = nx.Graph()
    both = weights + weights.T
    graph.add_weighted_edges_from((i, j, both[i, j]) for i in range(places) for j in range(i) if both[i, j])
    peer = nx.current_flow_betweenness_centrality(graph, weight="weight")
    ours = flow_betweenness(weights)
    assert max(abs(ours[i] - value) for i, value in peer.items()) < tolerance


def test_components_are_apart_and_lone_places_have_no_betweenness():
    weights = np.zeros((6, 6))
    weights[0, 1] = weights[1, 2] = 4
    weights[3, 4] = 9
    assert np.allclose(flow_betweenness(weights), [0, 1, 0, 0, 0, np.nan], equal_nan=True, atol=1e-12)


def test_bounds_hold_every_choice_within_the_ranges():
    rng = np.random.default_rng(3)
    for _ in range(60):
        size = int(rng.integers(1, 6))
        low = rng.integers(0, 20, size).astype(float)
        high = low + rng.integers(0, 5, size) * rng.integers(0, 2, size)
        if low.sum() == 0:
            continue
        bounds = share_bounds(low, high)
        corners = np.array(np.meshgrid(*zip(low, high, strict=True))).reshape(size, -1).T
        chosen = np.vstack([low + (high - low) * rng.random((400, size)), corners])
        shares = chosen / chosen.sum(axis=1, keepdims=True)
        squared = (shares**2).sum(axis=1)
        even = np.exp(-(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1))
        assert bounds.concentration[0] <= squared.min() + 1e-9
        assert bounds.concentration[1] >= squared.max() - 1e-9
        assert bounds.effective[0] <= even.min() + 1e-9
        assert bounds.effective[1] >= even.max() - 1e-9


def test_nobody_for_certain_has_no_shares():
    assert np.isnan(share_bounds(np.zeros(3), np.full(3, 4.0)).concentration).all()
