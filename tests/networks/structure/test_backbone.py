"""Backbones: the disparity filter by its formula, the exact degree sequence model against brute force."""

from itertools import product

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from ctresearch.core import SpecificationError
from ctresearch.networks import CriminalNetwork, backbone
from ctresearch.networks.structure.sdsm import attendance_probabilities, shared_event_tails


def attendances(matrix):
    """Turn a matrix of actors by events into rows."""
    return pd.DataFrame([(f"a{i}", f"e{j}") for i, j in np.argwhere(matrix)], columns=["who", "where"])


@pytest.mark.parametrize("directed", [False, True])
def test_the_disparity_filter_keeps_what_its_formula_says(directed):
    rng = np.random.default_rng(4)
    graph = nx.gnp_random_graph(30, 0.2, seed=7, directed=directed)
    for u, v in graph.edges:
        graph[u][v]["calls"] = float(rng.geometric(0.1))
    kept = backbone(CriminalNetwork.from_graph(graph, weight="calls", weight_is="strength"), alpha=0.1)
    for u, v, data in graph.edges(data=True):
        levels = []
        for end, side in ((u, "out"), (v, "in")):
            ties = (
                graph.edges(end, data="calls")
                if not directed
                else (graph.out_edges(end, data="calls") if side == "out" else graph.in_edges(end, data="calls"))
            )
            amounts = [w for _, _, w in ties]
            levels.append((1 - data["calls"] / sum(amounts)) ** (len(amounts) - 1) if len(amounts) > 1 else 1.0)
        assert kept.graph.has_edge(u, v) == (min(levels) < 0.1)
        if kept.graph.has_edge(u, v):
            assert kept.graph[u][v]["p_value"] == pytest.approx(min(levels), rel=1e-12)
    assert kept.nodes == tuple(graph)
    assert 0 < len(kept.ties) < graph.number_of_edges()


@given(st.integers(2, 7), st.integers(2, 6), st.floats(0.1, 0.9), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_configuration_model_meets_its_margins(n, events, p, seed):
    matrix = (np.random.default_rng(seed).random((n, events)) < p).astype(int)
    found = attendance_probabilities(matrix)
    # the fixed point stops when rows are met to 1e-10; columns are met in the same step
    assert np.allclose(found.sum(axis=1), matrix.sum(axis=1), atol=1e-8)
    assert np.allclose(found.sum(axis=0), matrix.sum(axis=0), atol=1e-8)
    assert ((found >= 0) & (found <= 1)).all()
    inner = found[(found > 0) & (found < 1)]
    assert len(inner) == 0 or inner.min() > 0


def test_odds_are_a_product_of_an_actor_and_an_event_factor():
    matrix = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 1]])
    odds = attendance_probabilities(matrix)
    logs = np.log(odds / (1 - odds))
    assert np.abs(logs - logs[:, :1] - logs[:1] + logs[0, 0]).max() < 1e-6  # rank one but for the stop at 1e-10


@given(st.integers(1, 8), st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_tails_are_those_of_all_outcomes_gone_through(events, seed):
    chances = np.random.default_rng(seed).random((2, events))
    both = chances.prod(axis=0)
    for observed in range(1, events + 1):
        brute = sum(
            np.prod(np.where(outcome, both, 1 - both))
            for outcome in product([0, 1], repeat=events)
            if sum(outcome) >= observed
        )
        found = shared_event_tails(chances, np.full((2, 2), observed))
        assert found[0, 1] == found[1, 0] == pytest.approx(brute, rel=1e-11)  # sums of at most 256 terms


def test_small_tails_keep_their_digits():
    chances = np.full((2, 40), 0.1)
    found = shared_event_tails(chances, np.full((2, 2), 40))[0, 1]
    assert found == pytest.approx(0.01**40, rel=1e-10)


def test_pairs_that_meet_more_than_their_activity_explains_are_kept():
    rng = np.random.default_rng(2)
    matrix = rng.random((60, 40)) < 0.15
    matrix[:5] = rng.random(40) < 0.3  # five who go to the same events
    network = CriminalNetwork.from_incidence(attendances(matrix), actor="who", event="where")
    kept = backbone(network, "sdsm", alpha=0.001)
    planted = {frozenset((f"a{i}", f"a{j}")) for i in range(5) for j in range(i)}
    assert planted <= {frozenset(e) for e in kept.graph.edges}
    assert len(kept.edges_index) < 20 < len(network.edges_index)
    assert kept.incidence is not None


def test_the_level_is_kept_under_the_model():
    rng = np.random.default_rng(9)
    actor, event = rng.gamma(2, 0.5, (60, 1)), rng.gamma(2, 0.5, (1, 40))
    chance = actor * event / (1 + actor * event)
    known, fitted = [], []
    pairs = np.triu_indices(60, 1)
    for _ in range(20):
        attended = (rng.random((60, 40)) < chance).astype(int)
        shared = attended @ attended.T
        known.append(np.mean(shared_event_tails(chance, shared)[pairs] < 0.05))
        fitted.append(np.mean(shared_event_tails(attendance_probabilities(attended), shared)[pairs] < 0.05))
    assert 0.015 < np.mean(known) < 0.05  # tails of counts are below the level, though not by far
    assert np.mean(fitted) < np.mean(known)  # margins fitted to the data take up part of the chance


def test_the_normal_approximation_would_be_wrong_where_events_are_few():
    chances = np.full((2, 10), 0.3)
    mean, deviation = 10 * 0.09, np.sqrt(10 * 0.09 * 0.91)
    exact = shared_event_tails(chances, np.full((2, 2), 3))[0, 1]
    assert norm.sf(3, mean, deviation) < 0.02 < 0.05 < exact


def test_what_a_backbone_needs_is_asked_for():
    plain = nx.path_graph(4)
    with pytest.raises(SpecificationError, match="no weights"):
        backbone(plain)
    with pytest.raises(SpecificationError, match="from_incidence"):
        backbone(plain, "sdsm")
    with pytest.raises(SpecificationError, match="method == 'noise'"):
        backbone(plain, "noise")
    with pytest.raises(SpecificationError, match="alpha == 5"):
        backbone(plain, alpha=5)
