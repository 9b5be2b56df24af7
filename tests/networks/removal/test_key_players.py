"""Key players: never below exhaustive search, all ties, protected people left out."""

from itertools import combinations

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.core import DataError, Result, SpecificationError
from ctresearch.networks import CriminalNetwork, disrupt, key_players, protected_actors

MEASURES = ("fragmentation", "distance_fragmentation", "reach", "distance_reach")


def by_hand(graph, members, measure):
    """Work a measure out from its definition, with networkx."""
    left = graph.copy()
    left.remove_nodes_from(members)
    n = len(left)
    if measure == "reach":
        return len({u for m in members for u in graph[m]} - set(members)) / n
    if measure == "distance_reach":
        near = nx.multi_source_dijkstra_path_length(graph, set(members), weight=None)
        return sum(1 / d for d in near.values() if d) / n
    lengths = [d for _, row in nx.all_pairs_shortest_path_length(left) for d in row.values() if d]
    return 1 - sum(1 / d if measure == "distance_fragmentation" else 1 for d in lengths) / (n * (n - 1))


def exhaustive(graph, k, measure, allowed=None):
    """Try all sets."""
    values = {s: by_hand(graph, s, measure) for s in combinations(sorted(allowed or graph), k)}
    best = max(values.values())
    return best, {s for s, v in values.items() if v > best - 1e-9}


@pytest.mark.parametrize("measure", MEASURES)
@given(st.integers(6, 11), st.floats(0.1, 0.6), st.integers(0, 10_000), st.integers(1, 4))
@settings(max_examples=12, deadline=None)
def test_the_value_and_all_ties_are_those_of_exhaustive_search(measure, n, p, seed, k):
    graph = nx.gnp_random_graph(n, p, seed=seed)
    value, sets = exhaustive(graph, k, measure)
    found = key_players(graph, k, measure, effort=1_000_000)  # branches, since a clock may end it on a busy machine
    assert found.value == pytest.approx(value, abs=1e-12)
    assert {tuple(sorted(s)) for s in found.sets} == sets
    assert found.proven
    assert found.gap == 0.0


@pytest.mark.parametrize("measure", MEASURES)
def test_swaps_and_greed_give_no_more_than_the_proof_and_their_bounds_hold(measure):
    graph = nx.barabasi_albert_graph(60, 2, seed=5)
    exact = key_players(graph, 3, measure)
    assert exact.proven
    for search in ("swap", "greedy"):
        found = key_players(graph, 3, measure, search=search)
        assert found.value <= exact.value + 1e-12
        assert found.value + found.gap >= exact.value - 1e-12
    assert exact.estimates["estimate"]["greedy_loss"] >= 0.0


def test_greed_loses_where_two_halves_hang_on_a_pair():
    # two cliques joined through two actors: no single removal parts them, the pair does
    graph = nx.disjoint_union(nx.complete_graph(6), nx.complete_graph(6))
    graph.add_edges_from([(0, 12), (12, 6), (1, 13), (13, 7)])
    graph.add_edges_from([(2, 14), (14, 15)])  # a tail that tempts the first choice
    found = key_players(graph, 2)
    assert found.value == pytest.approx(exhaustive(graph, 2, "fragmentation")[0])
    assert found.estimates["estimate"]["greedy_loss"] > 0.2


def test_victims_victim_defendants_and_children_are_never_targets():
    graph = nx.star_graph(6)
    graph.add_edge(1, 7)
    statuses = {0: "Victim-defendant", 1: "victim", 2: "offender", 3: None}
    nx.set_node_attributes(graph, statuses, "status")
    nx.set_node_attributes(graph, {4: True, 5: False}, "child")
    assert protected_actors(graph) == {0, 1, 4}
    found = key_players(graph, 1)
    assert not {0, 1, 4} & {a for s in found.sets for a in s}
    assert "3 actors were kept out" in found.summary() or found.checks[-1].numbers["excluded"] == 3
    value, sets = exhaustive(graph, 1, "fragmentation", [2, 3, 5, 6, 7])
    assert (found.value, set(found.sets)) == (pytest.approx(value), sets)
    assert not {0, 1, 4} & {a for s in key_players(graph, 1, exclude=[3]).sets for a in s}
    open_to_all = key_players(graph, 1, protect=False)
    assert open_to_all.sets == ((0,),)
    assert open_to_all.status == "fail"


def test_a_role_or_an_age_protects_as_a_status_does():
    graph = nx.path_graph(5)
    graph.nodes[0].update(role="Victim", age=30)
    graph.nodes[1].update(role="recruiter", age=17)
    graph.nodes[2].update(role="recruiter", age=18)
    graph.nodes[3].update(role="victim support", age="not known")
    assert protected_actors(graph) == {0, 1}
    assert not {0, 1} & {actor for one in key_players(graph, k=1).sets for actor in one}


@pytest.mark.parametrize(
    ("name", "value", "protected"),
    [
        ("role", "Victima reclutador", True),
        ("Role", "Víctima", True),
        ("role", "recruiter (former victim)", True),
        ("status", "survivor", True),
        ("status", "not a victim", False),
        ("status", "non-victim", False),
        ("status", "under 18", True),
        ("role", "minor", True),
        ("role", "minor dealer", False),
        ("role", "victim support worker", False),
        ("is_victim", "yes", True),
        ("is_victim", "No", False),
        ("victim", 0, False),
        ("victim_defendant", 1.0, True),
        ("child", np.nan, False),
        ("Age", "17", True),
        ("age", 18.0, False),
        ("age group", "9--17", True),
        ("age_group", "18-24", False),
        ("age", "under 18", True),
        ("age", None, False),
        *[
            ("role", words, True)
            for words in (
                "victim, worker",
                "victim-worker",
                "victim; service provider",
                "Victim (lawyer appointed)",
                "No. Victim",
                "child, exploited",
                "child labourer",
                "minor female",
                "Minor (16)",
                "juvenile",
                "girl, 15",
                "15-year-old",
                "menor",
                "trafficked person",
                "sobreviviente",
                "жертва",
                "ofiara",
                "victim/worker",
                "child recruiter",
                "aged 16",
            )
        ],
        *[
            ("role", words, False)
            for words in (
                "victim's lawyer",
                "victim’s advocate",
                "child protection officer",
                "driver, aged 45",
                "not a child",
                "twenty-seven years old",
                "recruiter",
            )
        ],
        ("age", "seventeen", True),
        ("age", "twenty-seven", False),
        ("age_group", "Child", True),
        ("age_years", 15, True),
        ("Age (years)", 17.0, True),
        ("Age (years)", 18.5, False),
        ("age_at_offence", "16", True),
        ("dob", "1970-01-02", True),  # without dated evidence nobody can say how old they were
        ("birth_year", 1970, True),
        ("dob", "unknown", False),
        ("place_of_birth", "Room 2015", False),
        ("victim_status", "identified", True),
        ("legal_status", "victim of trafficking", True),
        ("person_type", "Survivor", True),
        ("category", "child", True),
        ("roles", "driver;victim", True),
        ("survivor", 1, True),
        ("trafficked", "Y", True),
        ("juvenile", True, True),
        ("isMinor", True, True),
        ("victims", "yes", True),
        *[("victim", no, False) for no in ("none", "nein", "no", "0", "0.0", "N/A", "not identified")],
    ],
)
def test_who_is_protected_in_what_words(name, value, protected):
    graph = nx.star_graph(4)
    nx.set_node_attributes(graph, {0: value, 1: None}, name)
    assert protected_actors(graph) == ({0} if protected else set())
    if protected:
        assert 0 not in {actor for one in key_players(graph, 1).sets for actor in one}
        after = disrupt(graph, "degree", steps=1, draws=20).curve("largest_component")["estimate"]
        assert after.iloc[-1] == pytest.approx(0.8), "the middle of the star stays"


def test_a_network_that_marks_nobody_is_for_review():
    found = key_players(nx.star_graph(4), 1)
    assert found.checks[-1].status == "review"
    assert "status" in found.checks[-1].message
    roles = nx.star_graph(4)
    nx.set_node_attributes(roles, "driver", "role")
    assert key_players(roles, 1).checks[-1].status == "review", "a role says nothing of who was a victim"


def test_ties_are_for_review_and_too_many_are_counted():
    ring = key_players(nx.cycle_graph(6), 1)
    assert len(ring.sets) == 6
    assert ring.checks[1].status == "review"
    everything = key_players(nx.complete_graph(22), 3)
    assert len(everything.sets) == 1000
    assert "More than 1000" in everything.checks[1].message


@given(st.integers(0, 10_000), st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_a_budget_is_kept_and_the_best_affordable_set_found(seed, k):
    graph = nx.gnp_random_graph(9, 0.35, seed=seed)
    costs = {v: 1.0 + graph.degree(v) for v in graph}
    budget = 1.2 * sum(sorted(costs.values())[:k])
    sets = {s: by_hand(graph, s, "fragmentation") for s in combinations(graph, k) if sum(costs[v] for v in s) <= budget}
    found = key_players(graph, k, costs=costs, budget=budget)
    assert found.value == pytest.approx(max(sets.values()), abs=1e-12)
    assert all(sum(costs[v] for v in s) <= budget + 1e-9 for s in found.sets)


def test_little_effort_gives_a_gap_that_holds():
    graph = nx.barabasi_albert_graph(40, 3, seed=8)
    rushed, exact = (
        key_players(graph, 4, "distance_fragmentation", effort=1),
        key_players(graph, 4, "distance_fragmentation"),
    )
    assert exact.proven
    assert not rushed.proven
    assert rushed.checks[0].status == "review"
    assert rushed.value <= exact.value + 1e-12 <= rushed.value + rushed.gap + 2e-12


def test_reach_counts_steps():
    path = nx.path_graph(9)
    assert key_players(path, 1, "reach").value == pytest.approx(2 / 8)
    assert key_players(path, 1, "reach", steps=4).sets == ((4,),)
    assert key_players(path, 1, "reach", steps=4).value == 1.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"k": 0}, "k == 0, must be a whole number"),
        ({"k": 9}, "k == 9, must be a whole number between 1 and 8"),
        ({"measure": "power"}, "measure == 'power'"),
        ({"search": "best"}, "search == 'best'"),
        ({"exclude": ["nobody"]}, r"holds 1 of 1 actors who are not in the network \(numbers 1\)"),
        ({"exclude": range(10)}, "only 0 actors may be in a set"),
        ({"costs": {0: 1.0}}, "go together"),
        ({"costs": {0: 1.0}, "budget": 1.0}, "9 actors have no cost"),
        ({"costs": dict.fromkeys(range(10), 5.0), "budget": 1.0}, "budget == 1.0 was too small"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        key_players(nx.krackhardt_kite_graph(), **{"k": 1} | options)


def test_two_actors_are_too_few():
    with pytest.raises(DataError, match="2 actors"):
        key_players(nx.path_graph(2), 1)


def test_the_result_round_trips_and_repeats():
    actors = pd.DataFrame({"actor": ["a", "b"], "fee": [1.0, 2.0]})
    ties = pd.DataFrame({"source": ["a", "b", "c", "c"], "target": ["b", "c", "d", "e"]})
    network = CriminalNetwork.from_edges(ties, actors=actors)
    one, two = key_players(network, 2, seed=4), key_players(network, 2, seed=4)
    assert one == two
    assert Result.from_dict(one.to_dict()) == one
    assert one.record_level
    with pytest.raises(SpecificationError, match="3 actors have no cost"):
        key_players(network, 1, costs="fee", budget=3.0)
    assert np.isnan(one.estimates["std_error"]).all()


@pytest.mark.parametrize(
    ("born", "protected"), [("2003-01-02", True), ("2002-12-31", True), ("2001-01-01", False), (1970, False)]
)
def test_births_count_against_the_first_dated_evidence(born, protected):
    ties = pd.DataFrame(
        {"source": ["a", "b"], "target": ["b", "c"], "on": pd.to_datetime(["2020-05-01", "2024-05-01"])}
    )
    actors = pd.DataFrame({"actor": ["a", "b", "c"], "dob": [born, None, None]})
    network = CriminalNetwork.from_edges(ties, date="on", actors=actors)
    assert (protected_actors(network) == {"a"}) is protected
