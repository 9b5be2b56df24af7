"""Is it likelier to be tied to one's like: closed forms, statsmodels, coverage and honest levels."""

import networkx as nx
import numpy as np
import pytest
import statsmodels.api as sm

from ctresearch.core import DataError, FitError, Result, SpecificationError
from ctresearch.networks import mrqap, tie_model


def staged(seed, n=40, inside=0.3, outside=0.1, directed=False):
    """Plant two stages with likelier ties inside."""
    rng = np.random.default_rng(seed)
    stage = np.arange(n) % 2
    ties = rng.random((n, n)) < np.where(stage[:, None] == stage, inside, outside)
    if not directed:
        ties = np.triu(ties, 1)
    np.fill_diagonal(ties, False)
    graph = nx.from_numpy_array(
        (ties if directed else ties | ties.T).astype(int), create_using=nx.DiGraph if directed else nx.Graph
    )
    nx.set_node_attributes(graph, {i: f"s{stage[i]}" for i in graph}, "stage")
    nx.set_node_attributes(graph, {i: f"c{i % 3}" for i in graph}, "country")
    return graph


@pytest.mark.parametrize("directed", [False, True])
def test_one_attribute_has_a_closed_form(directed):
    graph = staged(1, directed=directed)
    stage = nx.get_node_attributes(graph, "stage")
    table = np.zeros((2, 2))
    for u in graph:
        for v in graph:
            if u != v and (directed or u < v):
                table[int(stage[u] == stage[v]), int(graph.has_edge(u, v))] += 1
    found = tie_model(graph, ["stage"])
    odds = table[1, 1] * table[0, 0] / (table[1, 0] * table[0, 1])
    assert found.estimates.loc["same_stage", "estimate"] == pytest.approx(
        np.log(odds), abs=1e-9
    )  # stops at steps of 1e-9
    assert found.estimates.loc["same_stage", "std_error"] == pytest.approx(np.sqrt((1 / table).sum()), rel=1e-7)
    assert found.to_frame(exponentiate=True).loc["same_stage", "estimate"] == pytest.approx(odds, rel=1e-8)


def test_several_predictors_are_those_of_a_logistic_regression():
    graph = staged(2)
    distance = np.abs(np.subtract.outer(np.arange(40), np.arange(40))).astype(float)
    found = tie_model(graph, ["stage", "country"], matrices={"distance": distance})
    i, j = np.triu_indices(40, 1)
    same = [
        np.array([graph.nodes[a][k] == graph.nodes[b][k] for a, b in zip(i, j, strict=True)])
        for k in ("stage", "country")
    ]
    design = np.column_stack([np.ones(len(i)), *same, distance[i, j]]).astype(float)
    peer = sm.Logit(nx.to_numpy_array(graph)[i, j], design).fit(disp=0, tol=1e-12)
    assert np.allclose(found.estimates["estimate"], peer.params, atol=1e-7)
    assert np.allclose(found.estimates["std_error"], peer.bse, rtol=1e-6)


@pytest.mark.slow
def test_intervals_cover_a_planted_odds_ratio():
    truth = np.log((0.3 / 0.7) / (0.1 / 0.9))
    inside = [tie_model(staged(seed), ["stage"]).confidence_interval() for seed in range(200)]
    share = np.mean([i.low["same_stage"] <= truth <= i.high["same_stage"] for i in inside])
    assert 0.91 <= share <= 0.98  # 95 % within 2.6 standard errors of 200 networks


def test_no_estimate_is_given_where_none_exists():
    apart = nx.disjoint_union(nx.complete_graph(4), nx.complete_graph(4))
    nx.set_node_attributes(apart, {i: i // 4 for i in apart}, "stage")
    with pytest.raises(FitError, match="no maximum"):
        tie_model(apart, ["stage"])
    with pytest.raises(FitError, match="no maximum"):
        tie_model(
            staged(1), ["stage"], matrices={"again": [[float(i % 2 == j % 2) for j in range(40)] for i in range(40)]}
        )
    with pytest.raises(FitError, match="do not vary"):
        mrqap(nx.create_empty_copy(staged(1)), ["stage"])


def test_predictors_are_checked():
    graph = staged(1)
    with pytest.raises(SpecificationError, match="name at least one predictor"):
        tie_model(graph, [])
    with pytest.raises(DataError, match=r"'x' has shape \(2, 2\)"):
        tie_model(graph, [], matrices={"x": np.eye(2)})
    with pytest.raises(DataError, match="'x' is the same for every dyad"):
        mrqap(graph, ["stage"], matrices={"x": np.ones((40, 40))})
    with pytest.raises(SpecificationError, match="name of another predictor"):
        mrqap(graph, ["stage"], matrices={"same_stage": np.eye(40)})
    del graph.nodes[0]["stage"]
    with pytest.raises(DataError, match="1 of 40 actors have no 'stage'"):
        mrqap(graph, ["stage"])


def test_slopes_are_those_of_least_squares_and_the_planted_one_is_seen():
    graph = staged(4)
    found = mrqap(graph, ["stage", "country"], draws=199)
    i, j = np.triu_indices(40, 1)
    same = [
        np.array([graph.nodes[a][k] == graph.nodes[b][k] for a, b in zip(i, j, strict=True)])
        for k in ("stage", "country")
    ]
    design = np.column_stack([np.ones(len(i)), *same]).astype(float)
    slopes = np.linalg.lstsq(design, nx.to_numpy_array(graph)[i, j], rcond=None)[0]
    assert np.allclose(found.estimates["estimate"], slopes, atol=1e-12)
    assert found.estimates.loc["same_stage", "p_value"] == 1 / 200
    assert found.estimates.loc["same_country", "p_value"] > 0.05
    assert found.estimates[["std_error", "ci_low"]].isna().all(axis=None)


def test_levels_are_kept_where_ties_depend_on_actors():
    # actors differ much in activity, so dyads are far from independent; the predictor goes with nothing
    levels = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        active = rng.gamma(0.6, 1.0, 24)
        ties = np.triu(rng.random((24, 24)) < 1 - np.exp(-0.4 * np.outer(active, active)), 1)
        graph = nx.from_numpy_array((ties | ties.T).astype(int))
        if not graph.number_of_edges():
            continue
        trait = rng.normal(size=24)
        levels.append(
            mrqap(
                graph, [], matrices={"gap": np.abs(np.subtract.outer(trait, trait))}, draws=99, seed=seed
            ).estimates.loc["gap", "p_value"]
        )
    # a level of 10 % within 3 standard errors of 120 networks
    assert 0.02 <= np.mean(np.array(levels) <= 0.1) <= 0.18
    assert 0.35 < np.mean(levels) < 0.65


def test_directed_ties_results_repeat_and_round_trip():
    graph = staged(5, directed=True)
    one, two = mrqap(graph, ["stage"], draws=150, seed=9), mrqap(graph, ["stage"], draws=150, seed=9)
    assert one == two
    assert Result.from_dict(one.to_dict()) == one
    assert one.checks[0].status == "review"
    assert one.estimates.loc["same_stage", "p_value"] < 0.05
