"""Disruption: curves against a plain networkx one, recovery rules, protection, bands, and what is refused."""

import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.core.parallel import workers
from ctresearch.networks import CriminalNetwork, DisruptionResult, Recovery, Strategy, compare_strategies, disrupt


def weighted_graph(seed=3, n=40):
    graph = nx.barabasi_albert_graph(n, 2, seed=seed)
    rng = np.random.default_rng(seed)
    for _, _, data in graph.edges(data=True):
        data["weight"] = float(rng.integers(1, 9))
    return graph


def influence(graph, weight=None):
    degree = dict(graph.degree(weight=weight))
    return {v: (degree[v] - 1) * sum(degree[u] - 1 for u in graph[v]) for v in graph}


PLAIN = {
    "degree": lambda g, w: dict(g.degree(weight=w)),
    "betweenness": lambda g, w: nx.betweenness_centrality(g, weight=w),
    "collective_influence": influence,
}


def plain_curve(graph, score, steps):
    """Remove the actor of the highest score, the last among equals, and follow the largest component and efficiency."""
    left, curves = graph.copy(), []
    n, whole = len(graph), nx.global_efficiency(graph)
    first = len(max(nx.connected_components(graph), key=len))
    for step in range(steps + 1):
        if step:
            scores = score(left)
            top = max(scores.values())
            left.remove_node([v for v in left if scores[v] >= top - 1e-9 * abs(top)][-1])
        share = len(left) * (len(left) - 1) / (n * (n - 1))  # efficiency counts the pairs of the start
        curves.append(
            (len(max(nx.connected_components(left), key=len)) / first, nx.global_efficiency(left) * share / whole)
        )
    return np.array(curves)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", list(PLAIN))
def test_curves_are_those_of_networkx(kind, weighted):
    graph = weighted_graph()
    meaning = "distance" if kind == "betweenness" else "strength"
    network = CriminalNetwork.from_graph(graph, weight="weight", weight_is=meaning)
    result = disrupt(network, Strategy(kind, weighted=weighted), steps=12, ties="last")
    weight = "weight" if weighted else None
    expected = plain_curve(graph, lambda left: PLAIN[kind](left, weight), 12)
    for place, outcome in enumerate(("largest_component", "efficiency")):
        found = result.curve(outcome)["estimate"].to_numpy()
        assert found == pytest.approx(expected[:, place], abs=1e-12)  # the same sums in another order
    assert result.estimates["ci_low"].isna().all()  # nothing here is left to chance


def test_meetings_counted_as_strength_are_inverted_for_betweenness():
    graph = weighted_graph()
    strong = CriminalNetwork.from_graph(graph, weight="weight", weight_is="strength")
    inverse = graph.copy()
    for _, _, data in inverse.edges(data=True):
        data["weight"] = 1 / data["weight"]
    far = CriminalNetwork.from_graph(inverse, weight="weight", weight_is="distance")
    curves = [disrupt(g, Strategy("betweenness", weighted=True), steps=8, ties="last").estimates for g in (strong, far)]
    pd.testing.assert_frame_equal(*curves)


def test_optimal_is_the_best_single_removal():
    graph = weighted_graph(seed=11)

    def connected_pairs(actor):
        left = graph.subgraph(set(graph) - {actor})
        return sum(len(c) * (len(c) - 1) for c in nx.connected_components(left))

    result = disrupt(graph, "optimal", steps=1, ties="first")
    assert connected_pairs(result.raw[0, 0]) == min(map(connected_pairs, graph))


def test_one_shot_ranks_once():
    graph = nx.relabel_nodes(nx.path_graph(7), str)
    once = disrupt(graph, "betweenness", steps=3, one_shot=True, ties="first")
    again = disrupt(graph, "betweenness", steps=3, ties="first")
    assert set(once.raw[0]) == {"3", "2", "4"}
    assert set(again.raw[0]) != {"3", "2", "4"}
    assert once.curve("largest_component").loc[3, "estimate"] == pytest.approx(2 / 7)


def test_equal_scores_by_lot_give_a_band():
    result = disrupt(nx.star_graph(8), "random", steps=1, draws=400, seed=4)
    row = result.curve("largest_component").loc[1]
    centre = np.mean([who == 0 for who in result.raw[:, 0]])
    assert centre == pytest.approx(1 / 9, abs=0.05)  # over three standard errors of 400 draws
    assert row["estimate"] == pytest.approx((centre + 8 * (1 - centre)) / 9)
    assert row["ci_low"] < row["ci_high"]


def chain_of_three(extra_roles=("driver", "driver")):
    """Two recruiters, one driver who links them to two hosts, and two idle drivers known to a recruiter."""
    ties = pd.DataFrame(
        {"source": ["r1", "r2", "d1", "d1", "r1", "r1"], "target": ["d1", "d1", "h1", "h2", "d2", "d3"]}
    )
    names = ["r1", "r2", "d1", "h1", "h2", "d2", "d3"]
    roles = ["recruiter", "recruiter", "driver", "host", "host", *extra_roles]
    stages = ["recruitment"] * 2 + ["transport"] + ["exploitation"] * 2 + ["transport"] * 2
    actors = pd.DataFrame({"actor": names, "role": roles, "stage": stages, "value": [1, 2, 9, 3, 4, 5, 6]})
    return CriminalNetwork.from_edges(ties, actors=actors)


def test_flow_counts_separate_chains_and_replacement_restores_them():
    network = chain_of_three()
    cut = disrupt(network, Strategy("value", column="value"), steps=1, stage="stage")
    assert cut.raw[0, 0] == "d1"
    assert cut.curve("flow")["estimate"].tolist() == [1.0, 0.0]
    mend = Recovery("replacement", rate=1.0, rounds=0, horizon=3, recovered=0.6)
    back = disrupt(network, Strategy("value", column="value"), mend, steps=1, stage="stage", draws=30)
    flow = back.curve("flow")
    assert flow["estimate"].tolist() == [1.0, 0.0, 1.0, 1.0, 1.0]
    assert flow["phase"].tolist() == ["removal"] * 2 + ["recovery"] * 3
    assert (back.runs["time_to_recover"] == 1).all()


@pytest.mark.parametrize("rule", ["skill", "replacement"])
def test_without_anybody_in_the_role_nothing_recovers(rule):
    network = chain_of_three(extra_roles=("host", "host"))
    result = disrupt(network, Strategy("value", column="value"), Recovery(rule, rate=1.0), steps=1, draws=10)
    curve = result.curve("efficiency")["estimate"]
    assert curve.iloc[1:].tolist() == [curve.iloc[1]] * 11
    assert result.runs["time_to_recover"].isna().all()


def test_distance_recovery_turns_to_those_who_stood_nearest():
    """On a path whose middle goes, each side's nearest stranger is two steps away: its end links to the other side."""
    result = disrupt(nx.path_graph(5), "betweenness", Recovery("distance", rate=1.0, horizon=0), steps=1, draws=200)
    shares = set(np.round(result.runs["robustness"] * 5).astype(int))
    assert shares <= {2, 4}
    assert 4 in shares


def test_recovery_never_makes_more_ties_than_were_lost_and_rate_zero_makes_none():
    graph = weighted_graph(seed=5)
    none = disrupt(graph, "degree", steps=6, ties="first")
    still = disrupt(graph, "degree", Recovery("preferential", rate=0.0), steps=6, ties="first", draws=3)
    assert still.curve("efficiency")["estimate"].iloc[:7].tolist() == pytest.approx(
        none.curve("efficiency")["estimate"]
    )
    full = disrupt(graph, "degree", Recovery("preferential", rate=1.0), steps=6, draws=50)
    assert (full.curve("efficiency")["estimate"].iloc[1:7] > none.curve("efficiency")["estimate"].iloc[1:7]).all()


def test_role_strategy_stops_when_the_role_is_gone():
    result = disrupt(chain_of_three(), Strategy("role", roles=("host",)), steps=3)
    assert set(result.raw[0]) == {"h1", "h2", None}
    assert {c.name: c.status for c in result.checks}["removals"] == "review"


def test_victims_and_children_are_not_removed_unless_one_says_so():
    graph = nx.star_graph(5)
    graph.nodes[0]["status"] = "victim-defendant"
    graph.nodes[1]["status"] = "child"
    kept = disrupt(graph, "degree", steps=4, draws=20)
    assert not {0, 1} & set(kept.raw.ravel())
    assert not {0, 1, 2} & set(disrupt(graph, "degree", steps=3, exclude=[2]).raw.ravel())
    unprotected = disrupt(graph, "degree", steps=1, protect=False)
    assert (unprotected.raw[0, 0], unprotected.status) == (0, "fail")
    unmarked = disrupt(nx.star_graph(5), "degree", steps=1)
    assert {c.name: c.status for c in unmarked.checks}["protected"] == "review"
    with pytest.raises(SpecificationError, match="not in the network"):
        disrupt(graph, "degree", exclude=["nobody"])


def test_same_seed_same_bytes_for_any_number_of_workers():
    graph = weighted_graph()
    made = []
    for jobs in (1, 3):
        with workers(jobs):
            made.append(json.dumps(disrupt(graph, "random", "distance", steps=4, draws=60, seed=9).to_dict()))
    assert made[0] == made[1]
    assert DisruptionResult.from_dict(json.loads(made[0])).to_dict() == json.loads(made[0])
    assert all(f'"{name}"' not in made[0] for name in ("raw", "removed"))  # who was removed stays in the process


def test_strategies_compared():
    table = compare_strategies(weighted_graph(), ["random", "degree"], steps=6, draws=100).estimates
    row = table[table["strategy"] == "degree"].loc["difference"]
    assert row["estimate"] < -0.05
    assert row["ci_low"] < row["estimate"]
    mended = compare_strategies(weighted_graph(), ["random", "degree"], "distance", steps=6, draws=100).estimates
    assert set(mended.index) == {"robustness", "difference", "recovered"}
    again = mended[mended["strategy"] == "degree"].loc["difference"]
    assert abs(again["estimate"]) < abs(row["estimate"])  # recovery takes the effect away, as Duijn et al. found
    with pytest.raises(SpecificationError, match="at least two"):
        compare_strategies(weighted_graph(), ["degree"])


def test_networks_without_ties_and_too_small_ones():
    empty = nx.empty_graph(3)
    assert disrupt(empty, "degree", steps=1).status == "fail"
    assert np.isnan(disrupt(empty, "degree", steps=1).curve("efficiency")["estimate"]).all()
    for graph in (nx.empty_graph(0), nx.empty_graph(1)):
        with pytest.raises(DataError, match="at least 2"):
            disrupt(graph)


@pytest.mark.parametrize(
    ("arguments", "options", "match"),
    [
        (("closeness",), {}, "strategy == 'closeness'"),
        (("degree", "hope"), {}, "recovery == 'hope'"),
        (("degree",), {"steps": 0}, "steps == 0"),
        (("degree",), {"steps": 99}, "steps == 99"),
        (("degree",), {"draws": 0}, "draws == 0"),
        (("degree",), {"ties": "best"}, "ties == 'best'"),
        (("degree",), {"level": 95}, "level == 95"),
        (("degree", "skill"), {}, "column == 'role'"),
        (("degree",), {"stage": "stage"}, "column == 'stage'"),
    ],
)
def test_bad_options(arguments, options, match):
    with pytest.raises(SpecificationError, match=match):
        disrupt(nx.path_graph(5), *arguments, **options)


def test_bad_strategies():
    for options in ({"kind": "value"}, {"kind": "role"}, {"kind": "random", "weighted": True}, {"radius": 0}):
        with pytest.raises(SpecificationError):
            Strategy(**options)
    with pytest.raises(SpecificationError, match="rate == 2"):
        Recovery(rate=2)
    with pytest.raises(SpecificationError, match="no weights"):
        disrupt(nx.path_graph(4), Strategy("degree", weighted=True), steps=1)
    with pytest.raises(SpecificationError, match="no actor has such a role"):
        disrupt(chain_of_three(), Strategy("role", roles=("pilot",)), steps=1)


def test_pictures_show_the_band_and_the_rounds():
    ax = disrupt(weighted_graph(), "degree", "distance", steps=4, draws=30).plot(outcome="efficiency")
    assert len(ax.collections) + len(ax.patches) == 2  # a band, and the shaded rounds
    assert "recovery" in ax.get_xlabel()
