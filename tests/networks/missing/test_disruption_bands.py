"""Disruption under part sight: full sight as its limit, shares worked by hand, bands, protection, what is refused."""

import json

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.core.parallel import workers
from ctresearch.networks import CriminalNetwork, Recovery, Strategy, as_network, disrupt, disruption_bands
from ctresearch.networks.missing.disruption_sight import _sights
from ctresearch.networks.removal.disruption_run import run
from ctresearch.networks.removal.disruption_setup import CHAIN, group_of, plan_of

WAYS = ["ties", "actors", "attention", "unseen"]
LIMITS = ["ci_low", "ci_high"]


def group(seed=3, n=40):
    return nx.barabasi_albert_graph(n, 2, seed=seed)


def staged():
    graph = group()
    for actor in graph:
        graph.nodes[actor]["stage"] = ("recruitment", "transport", "exploitation")[actor % 3]
        graph.nodes[actor]["role"] = "ab"[actor % 2]
    return graph


def status(result):
    return {check.name: check.status for check in result.checks}


@pytest.mark.parametrize("missing", WAYS)
@pytest.mark.parametrize("one_shot", [False, True])
def test_rate_zero_is_disrupt(missing, one_shot):
    options = {"steps": 6, "ties": "first", "stage": "stage", "one_shot": one_shot}
    made = disruption_bands(staged(), "betweenness", missing=missing, rate=0.0, draws=30, **options)
    whole = disrupt(staged(), "betweenness", **options)
    for outcome in ("largest_component", "efficiency", "flow"):
        for column in ("estimate", "full_sight"):
            np.testing.assert_array_equal(made.curve(outcome)[column], whole.curve(outcome)["estimate"])
        assert made.curve(outcome)[LIMITS].isna().all(axis=None)  # nothing here is left to chance


@pytest.mark.slow
@pytest.mark.parametrize("missing", WAYS)
@pytest.mark.parametrize("recovery", ["preferential", "replacement"])
def test_rate_zero_loses_nothing_run_by_run(missing, recovery):
    options = {"steps": 5, "stage": "stage", "draws": 400}
    made = disruption_bands(staged(), "random", recovery, missing=missing, rate=0.0, seed=8, **options)
    for outcome in ("largest_component", "efficiency", "flow"):
        assert (made.curve(f"{outcome}_loss")["estimate"] == 0).all()
        assert made.curve(f"{outcome}_loss")[LIMITS].isna().all(axis=None)
    assert (made.curve("agreement")["estimate"] == 1).all()
    assert made.estimates.loc["time_to_recover_loss", "estimate"] == 0
    robust = disrupt(staged(), "random", recovery, seed=9, **options).runs["robustness"]
    error = 1.25 * robust.std() * np.sqrt(2 / 400)  # of the difference of two medians of normal values
    assert made.estimates.loc["robustness", "full_sight"] == pytest.approx(robust.median(), abs=4 * error)


@pytest.mark.parametrize("missing", [*WAYS[:-1], pytest.param(WAYS[-1], marks=pytest.mark.slow)])
def test_random_removal_loses_nothing(missing):
    made = disruption_bands(group(), "random", missing=missing, rate=0.3, steps=8, draws=200)
    curve = made.curve("efficiency").iloc[1:]
    assert (curve["ci_low"] < curve["full_sight"]).all()
    assert (curve["full_sight"] < curve["ci_high"]).all()
    assert status(made)["sight"] == "pass"
    if missing == "ties":  # a tie that is not seen changes nothing for those who choose by lot
        assert (made.curve("largest_component_loss")["estimate"] == 0).all()


def test_runs_of_one_chunk_are_independent():
    """Where hardly a tie is seen all six are equal: the hub goes in some draws and not in others."""
    graph = nx.star_graph(5)
    made = disruption_bands(graph, "degree", missing="ties", rate=0.999, steps=1, draws=25, seed=3)
    assert 0 < first_share(made) < 1


@pytest.mark.parametrize("kind", ["degree", "betweenness"])
@pytest.mark.parametrize("missing", ["ties", "attention", "actors"])
def test_one_run_is_that_of_networkx(kind, missing):
    """Choose on the graph that is seen, remove from the whole one, the last among equals."""
    graph, rng = group(n=30), np.random.default_rng(5)
    score = {"degree": lambda g: dict(g.degree), "betweenness": nx.betweenness_centrality}[kind]
    whole = group_of(as_network(graph), Strategy(kind), None, np.ones(30, bool), "role", None, CHAIN)
    plan = plan_of(Strategy(kind), None, 8, False, "last")
    hidden, known = next(_sights(whole, plan, missing, 0.4, 1, rng))[1:3]
    outcomes, removed = run(whole._replace(hidden=hidden, may_go=known), plan, rng)
    left, seen = graph.copy(), graph.copy()
    seen.remove_edges_from([tie for tie in graph.edges if hidden[tie]])
    assert 0 < seen.number_of_edges() < graph.number_of_edges()
    for step in range(8):
        scores = score(seen)
        top = max(scores[v] for v in seen if known[v])
        first = [v for v in seen if known[v] and scores[v] >= top - 1e-9 * abs(top)][-1]  # as the kernel's SAME_SCORE
        assert first == removed[step]
        for one in (left, seen):
            one.remove_node(first)
        assert outcomes[step + 1, 0] == len(max(nx.connected_components(left), key=len))
        pairs = len(left) * (len(left) - 1)
        assert outcomes[step + 1, 1] == pytest.approx(nx.global_efficiency(left) * pairs)


def first_share(made):
    """Share of draws in which the hub of a star goes first: under full sight it always does."""
    return made.curve("agreement").loc[1, "estimate"]


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.5, 0.8, 0.9])
@pytest.mark.parametrize("missing", ["ties", "attention"])
def test_share_in_which_a_hub_is_seen_as_one(rate, missing):
    """With two ties seen or more the hub leads, with one it shares the lead with a leaf, with none with everybody."""
    leaves, draws, p = 4, 4_000, 1 - rate  # all ties of a star join the same numbers of ties: attention is even
    none, one = (1 - p) ** leaves, leaves * p * (1 - p) ** (leaves - 1)
    by_hand = 1 - none - one + one / 2 + none / (leaves + 1)
    made = disruption_bands(nx.star_graph(leaves), "degree", missing=missing, rate=rate, steps=1, draws=draws)
    error = np.sqrt(by_hand * (1 - by_hand) / draws)
    assert first_share(made) == pytest.approx(by_hand, abs=4 * error)  # four standard errors of the simulation


@pytest.mark.slow
def test_share_in_which_a_hub_is_known():
    """Three in ten of the actors are unknown, the hub among them three times in ten; a known one is seen to lead."""
    draws = 4_000
    made = disruption_bands(nx.star_graph(9), "degree", missing="actors", rate=0.3, steps=1, draws=draws)
    assert first_share(made) == pytest.approx(0.7, abs=4 * np.sqrt(0.7 * 0.3 / draws))  # four standard errors
    left = made.curve("largest_component").loc[1]
    assert left[["estimate", "ci_low", "ci_high", "full_sight"]].tolist() == pytest.approx([0.1, 0.1, 0.9, 0.1])
    loss = made.curve("largest_component_loss").loc[1]
    assert loss[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx([0.0, 0.0, 0.8])


def test_ties_that_are_not_seen_are_cut_all_the_same():
    """The hub is named by its value, so nothing needs to be seen: all its ties go."""
    graph = nx.star_graph(9)
    nx.set_node_attributes(graph, {actor: float(actor == 0) for actor in graph}, "value")
    made = disruption_bands(graph, Strategy("value", column="value"), rate=0.9, steps=1, draws=20)
    assert made.curve("efficiency").loc[1, "estimate"] == 0
    assert (made.curve("agreement")["estimate"] == 1).all()


@pytest.mark.parametrize("missing", WAYS)
def test_less_sight_costs_more(missing):
    """A strategy that needs sight leaves more standing, the less of it there is."""
    losses = [
        disruption_bands(group(5, 80), "degree", missing=missing, rate=rate, steps=12, draws=100)
        .curve("efficiency_loss")
        .loc[12, "estimate"]
        for rate in (0.1, 0.7)
    ]
    assert losses[1] > losses[0] >= 0


def test_a_loss_beyond_chance_is_flagged():
    made = disruption_bands(group(5, 80), "degree", missing="actors", rate=0.6, steps=12, draws=100)
    assert status(made)["sight"] == "review"


def test_ties_put_in_make_the_whole_denser_than_what_was_seen():
    """The removals act on the completed group: more holds together than in the given one."""
    made = disruption_bands(group(), "degree", missing="unseen", rate=0.4, steps=8, draws=60)
    given = disrupt(group(), "degree", steps=8).curve("largest_component")["estimate"]
    assert (made.curve("largest_component")["estimate"].iloc[4:] > given.iloc[4:]).all()
    assert {"seen ties", "triangles"} <= set(status(made))
    clique = nx.disjoint_union_all([nx.complete_graph(4)] * 8)
    assert status(disruption_bands(clique, missing="unseen", rate=0.2, steps=2, draws=60))["triangles"] == "review"


def test_time_to_recover_and_what_not_seeing_takes_from_it():
    answer = Recovery("distance", rate=0.5, horizon=6, recovered=0.8)
    made = disruption_bands(group(), "degree", answer, missing="actors", rate=0.5, steps=4, draws=100).estimates
    assert made.loc["time_to_recover_loss", "estimate"] >= 0
    assert 0 <= made.loc["recovered", "full_sight"] <= made.loc["recovered", "estimate"] <= 1
    never = disruption_bands(group(), "degree", Recovery("distance", rate=0.0, horizon=3), rate=0.2, steps=4, draws=20)
    assert np.isnan(never.estimates.loc["time_to_recover", "estimate"])
    assert never.estimates.loc["recovered", "estimate"] == 0


def test_ties_made_later_are_seen_with_the_same_chance():
    """With no tie seen at the start, those that recovery makes are the only ones; at rate 0.99 they hardly show."""
    answer = Recovery("preferential", rate=1.0, rounds=1, horizon=0)
    made = disruption_bands(group(), "degree", answer, rate=0.99, steps=6, draws=200)
    blind = disruption_bands(group(), "random", answer, rate=0.99, steps=6, draws=200)
    for outcome in ("largest_component", "efficiency"):
        assert made.curve(outcome)["estimate"].to_numpy() == pytest.approx(
            blind.curve(outcome)["estimate"].to_numpy(), abs=0.15
        )  # near chance: half the width of the bands at the last step


def test_protected_actors_stay():
    graph = nx.star_graph(9)
    graph.nodes[0]["status"] = "victim-defendant"
    made = disruption_bands(graph, "degree", rate=0.3, steps=5, draws=50)
    expected = [1 - step / 10 for step in range(6)]  # leaves go, the centre holds the others
    assert made.curve("largest_component")["estimate"].tolist() == pytest.approx(expected)
    assert made.curve("largest_component")["full_sight"].tolist() == pytest.approx(expected)
    assert status(made)["protected"] == "pass"
    assert status(disruption_bands(graph, rate=0.3, steps=1, draws=20, protect=False))["protected"] == "fail"


def test_same_seed_same_bytes_for_any_number_of_workers_and_no_actor_in_them():
    graph = nx.relabel_nodes(group(), {actor: f"person-{actor}" for actor in group()})
    for missing in WAYS:
        made = []
        for jobs in (1, 3):
            with workers(jobs):
                result = disruption_bands(graph, "degree", "distance", missing=missing, rate=0.2, draws=60, seed=9)
                made.append(json.dumps(result.to_dict()))
        assert made[0] == made[1]
        assert "person-" not in made[0]
        assert result.raw is None
        assert Result.from_dict(json.loads(made[0])) == result
    other = disruption_bands(graph, "degree", "distance", missing="unseen", rate=0.2, draws=60, seed=10)
    assert not other.estimates.equals(result.estimates)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"rate": 1.0}, "rate == 1.0, must be at least 0 and below 1"),
        ({"rate": -0.1}, "rate == -0.1"),
        ({"rate": float("nan")}, "rate == nan"),
        ({"missing": "edges"}, "missing == 'edges'"),
        ({"draws": 5}, "draws == 5"),
        ({"steps": 0}, "steps == 0"),
        ({"steps": 99}, "steps == 99"),
        ({"level": 95}, "level == 95"),
        ({"ties": "best"}, "ties == 'best'"),
        ({"one_shot": "no"}, "one_shot == 'no'"),
        ({"strategy": "closeness"}, "strategy == 'closeness'"),
        ({"recovery": "hope"}, "recovery == 'hope'"),
        ({"stage": "stage"}, "column == 'stage'"),
        ({"exclude": ["nobody"]}, "not in the network"),
        ({"seed": -1}, "seed == -1"),
        ({"strategy": Strategy("degree", weighted=True), "missing": "unseen"}, "have no weight"),
    ],
)
def test_bad_options(options, match):
    with pytest.raises(SpecificationError, match=match):
        disruption_bands(nx.path_graph(6), **options)


def test_networks_without_ties_and_too_small_ones():
    for missing in ("ties", "actors", "attention"):
        made = disruption_bands(nx.empty_graph(6), missing=missing, rate=0.3, steps=1, draws=20)
        assert made.status == "fail"
        assert made.curve("efficiency")["estimate"].isna().all()
    with pytest.raises(DataError, match="at least 5"):
        disruption_bands(nx.path_graph(4))


def test_two_weights_of_a_pair_are_refused_and_joined_ones_taken():
    ties = pd.DataFrame({"source": [*"abcdea"], "target": [*"bcdeab"], "weight": [1.0, 2, 3, 4, 5, 6]})
    ties.loc[6] = ["b", "a", 2.0]
    options = {"weight": "weight", "weight_is": "strength", "combine": "sum"}
    directed = CriminalNetwork.from_edges(ties, directed=True, **options)
    for function in (disrupt, disruption_bands):
        with pytest.raises(SpecificationError, match="directed=False and say with combine="):
            function(directed, Strategy("degree", weighted=True), steps=1)
    joined = CriminalNetwork.from_edges(ties, directed=False, **options)
    assert disruption_bands(joined, Strategy("degree", weighted=True), steps=1, draws=20).n == 5


def test_picture_shows_the_band_and_full_sight():
    result = disruption_bands(group(), "degree", "distance", rate=0.3, steps=4, draws=30)
    ax = result.plot(outcome="efficiency")
    assert len(ax.collections) + len(ax.patches) == 2  # a band, and the shaded rounds
    assert [line.get_linestyle() for line in ax.lines] == ["-", "--"]
    assert "under full sight" in [text.get_text() for text in ax.get_legend().get_texts()]
    assert result.plot(outcome="agreement").get_ylabel() == "agreement (share of the removed)"
    assert result.plot(outcome="efficiency_loss").get_ylabel() == "efficiency loss (share of the start)"
    with pytest.raises(SpecificationError, match="outcome == 'robustness'"):
        result.curve("robustness")
