"""What networks measure is a result with checks and inputs, and reads like the table, number or dictionary it holds."""

import copy
import json
import pickle

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch import networks
from ctresearch.core import Result
from ctresearch.networks import (
    ActorsResult,
    CriminalNetwork,
    MeasureResult,
    SequencesResult,
    brokerage,
    centralisation,
    centrality,
    centrality_ranks,
    efficiency_security,
    equivalence,
    krackhardt,
    optimal_matching,
    phases,
    role_densities,
    structural_holes,
)
from ctresearch.privacy import Output, release
from ctresearch.studies.door.current import kind_of


def staged(graph, size=2):
    """Give every actor a role."""
    nx.set_node_attributes(graph, {v: f"r{i // size}" for i, v in enumerate(graph)}, "role")
    return graph


PATH = staged(nx.path_graph(["a", "b", "c", "d"]))
CHAIN = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "d")])
MADE = {
    "centrality": lambda: centrality(PATH, "betweenness"),
    "centrality_ranks": lambda: centrality_ranks(PATH, confidence=0.8, draws=20, level=0.9, seed=7),
    "structural_holes": lambda: structural_holes(PATH),
    "brokerage": lambda: brokerage(PATH, "role"),
    "equivalence": lambda: equivalence(PATH),
    "optimal_matching": lambda: optimal_matching(["abc", "ab", "a"]),
    "centralisation": lambda: centralisation(PATH),
    "krackhardt": lambda: krackhardt(CHAIN),
    "efficiency_security": lambda: efficiency_security(PATH),
    "phases": lambda: phases({1: PATH, 2: nx.path_graph(["b", "c", "d"])}),
    "role_densities": lambda: role_densities(PATH, "role"),
}
ONE_BY_ONE = {
    "centrality",
    "centrality_ranks",
    "structural_holes",
    "brokerage",
    "equivalence",
    "optimal_matching",
}
METHODS = {
    "centrality": "Centrality of actors by betweenness",
    "centrality_ranks": "Ranks of actors by degree, ties kept with their confidence",
    "structural_holes": "Structural holes",
    "brokerage": "Brokerage of actors by role, against ties at random",
    "equivalence": "Structural equivalence of actors",
    "optimal_matching": "Optimal matching of sequences, constant costs of substitution",
    "centralisation": "Centralisation by degree",
    "krackhardt": "Dimensions of hierarchy",
    "efficiency_security": "Efficiency against security",
    "phases": "A group over 2 phases",
    "role_densities": "Density of ties by role",
}
CHECKS = {
    "centrality": {"connected": "pass", "defined": "pass"},
    "centrality_ranks": {"doubt": "pass"},
    "structural_holes": {"defined": "pass"},
    "brokerage": {"group sizes": "review", "defined": "review"},
    "equivalence": {"defined": "review"},
    "optimal_matching": {"lengths": "review"},
    "centralisation": {"connected": "pass"},
    "krackhardt": {"defined": "pass"},
    "efficiency_security": {"connected": "pass"},
    "phases": {"phase sizes": "review"},
    "role_densities": {"role sizes": "review", "defined": "pass"},
}
UNITS = {
    "centrality": {""},
    "centrality_ranks": {"", "rank", "share of draws"},
    "structural_holes": {"actors", "share", ""},
    "brokerage": {"open paths"},
    "equivalence": {""},
    "optimal_matching": {"cost"},
    "centralisation": {"share of a star's"},
    "krackhardt": {"share"},
    "efficiency_security": {"share"},
    "phases": {""},
    "role_densities": {"share of possible ties"},
}


@pytest.fixture(scope="module")
def made():
    return {name: make() for name, make in MADE.items()}


@pytest.mark.parametrize("name", MADE)
def test_a_measure_says_what_it_is(made, name):
    result = made[name]
    assert isinstance(result, MeasureResult)
    assert result.method == METHODS[name]
    assert {check.name: check.status for check in result.checks} == CHECKS[name]
    assert all(check.message and check.numbers for check in result.checks if check.name != "doubt")
    assert set(result.estimates["unit"]) == UNITS[name]
    assert result.n == {"optimal_matching": 3}.get(name, 4)
    assert len(result.references) == len(set(result.references)) > 0
    assert len(result.inputs.digest) == 64
    assert len(result.assumptions) >= 2
    assert (result.interval, result.level) == (
        ("percentile of draws", 0.9) if name == "centrality_ranks" else ("none", 0.95)
    )
    assert result.inputs.seed == (7 if name == "centrality_ranks" else None)
    assert result.estimates["std_error"].isna().all()
    if name != "optimal_matching":
        assert any("non-punishment" in one for one in result.assumptions)


@pytest.mark.parametrize("name", MADE)
def test_a_measure_comes_back_from_json_and_pickle(made, name):
    result = made[name]
    again = Result.from_dict(json.loads(json.dumps(result.to_dict())))
    assert again == result
    assert hash(again) == hash(result)
    assert type(again) is type(result)
    assert [str(c) for c in again.table.columns] == [str(c) for c in result.table.columns]
    assert pickle.loads(pickle.dumps(result)) == copy.deepcopy(result) == result
    assert repr(result).startswith(result.method)


@pytest.mark.parametrize("name", MADE)
def test_the_gate_and_a_run_take_it_for_an_estimate(made, name):
    result = made[name]
    assert kind_of("x", result) == "estimate"
    assert isinstance(result, (ActorsResult, SequencesResult)) == result.record_level == (name in ONE_BY_ONE)
    for content in (result, result.to_dict()):
        verdict = release([Output("x", "estimate", "restricted", content=content, counts=[40])])["x"]
        assert (verdict.rule == "records") == (name in ONE_BY_ONE)
        assert verdict.rule != "unreadable"
    if name in ONE_BY_ONE:
        assert verdict.verdict == "fail"
        assert release([Output("x", "table", "restricted", content=result.table, counts=[40])])["x"].rule == "records"


def test_a_column_reads_like_a_series():
    found = centrality(PATH, "betweenness")
    assert (found["b"], found.loc["a"], found.idxmax()) == (2 / 3, 0.0, "b")
    assert (list(found), len(found), "b" in found) == ([0.0, 2 / 3, 2 / 3, 0.0], 4, True)
    assert (found.name, found.index.name, list(found.index)) == ("betweenness", "actor", list("abcd"))
    assert np.allclose(np.asarray(found) * 3, [0, 2, 2, 0])
    assert (found > 0.5).tolist() == (found >= 2 / 3).tolist() == [False, True, True, False]
    assert (found < 0.5).tolist() == (found <= 0.0).tolist() == (found == 0.0).tolist() == [True, False, False, True]
    assert (found - found).abs().max() == 0.0
    assert found.sort_values().index[-1] in "bc"
    assert found.equals(centrality(PATH, "betweenness"))
    table = found.estimates
    assert table["actor"].tolist() == list("abcd")
    assert set(table.index) == {"betweenness"}
    assert table["estimate"].tolist() == found.tolist()
    assert bool(found)


def test_a_number_reads_like_a_float():
    star, ring = centralisation(nx.star_graph(4)), centralisation(nx.cycle_graph(5))
    assert (float(star), int(star), round(star), round(star, 2), abs(-star)) == (1.0, 1, 1, 1.0, 1.0)
    assert star == 1.0
    assert star > ring
    assert ring < star
    assert (star >= 1, star <= 1, ring != 1.0) == (True, True, True)
    assert (star + 1, 1 + star, star - 1, 3 - star, star * 2, 2 * star, star / 2, 3 / star) == (
        2.0,
        2.0,
        0.0,
        2.0,
        2.0,
        2.0,
        0.5,
        3.0,
    )
    assert (bool(star), bool(ring)) == (True, False)
    assert f"{star:.1f}" == "1.0"
    assert np.isclose(star, 1.0)
    assert np.asarray(star, dtype=int) == 1
    assert star.table.loc["degree", "centralisation"] == 1.0
    assert star.estimates.loc["centralisation", "estimate"] == 1.0
    with pytest.raises(TypeError):
        len(star)


def test_a_dictionary_reads_like_one():
    found = efficiency_security(nx.complete_graph(5))
    assert found == {"efficiency": 1.0, "security": 0.0, "balance": 0.0}
    assert list(found) == list(found.keys()) == ["efficiency", "security", "balance"]
    assert {"more": 1} | found == found | {"more": 1}
    assert dict(found) == found
    assert "security" in found
    assert found.estimates["estimate"].tolist() == list(found.values())
    assert bool(found)


def test_a_table_reads_like_one_and_cannot_be_changed_through_it():
    found = structural_holes(PATH)
    assert found.loc["b", "contacts"] == 2
    assert found["contacts"].tolist() == [1, 2, 2, 1]
    assert list(found) == ["contacts", "effective_size", "efficiency", "constraint"]
    assert bool(found)
    taken = found.table
    taken.loc["b", "contacts"] = 9
    assert found.loc["b", "contacts"] == 2
    rows = found.estimates.set_index("actor", append=True)["estimate"]
    assert rows["contacts", "b"] == 2
    assert np.array(found, copy=True).shape == (4, 4)
    assert not hasattr(found, "no_such_thing")


def test_square_tables_keep_the_labels_of_their_columns():
    found = Result.from_dict(json.loads(json.dumps(equivalence(nx.star_graph(4)).to_dict())))
    assert found.loc[1, 2] == 1.0
    assert found.columns.tolist() == [0, 1, 2, 3, 4]


def test_ranks_have_limits_only_where_a_tie_is_in_doubt():
    sure, doubtful = centrality_ranks(PATH, confidence=1.0, draws=20), centrality_ranks(PATH, confidence=0.5, draws=40)
    assert (sure.interval, sure.checks[-1].status) == ("none", "review")
    assert sure.estimates[["ci_low", "ci_high"]].isna().all(axis=None)
    rows = doubtful.estimates.loc["rank"].set_index("actor")
    assert (rows["ci_low"] == doubtful["rank_low"]).all()
    assert (rows["ci_high"] == doubtful["rank_high"]).all()
    assert (rows["estimate"] == doubtful["rank"]).all()
    assert doubtful.estimates.loc[["value", "first"], ["ci_low", "ci_high"]].isna().all(axis=None)


@pytest.mark.parametrize("kind", ["betweenness", "closeness", "harmonic"])
def test_measures_along_paths_say_in_how_many_parts_a_network_falls(kind):
    pieces = nx.disjoint_union(nx.path_graph(3), nx.path_graph(2))
    check = next(c for c in centrality(pieces, kind).checks if c.name == "connected")
    assert (check.status, dict(check.numbers)) == ("review", {"components": 2})
    assert "connected" not in {c.name for c in centrality(pieces, "degree").checks}


def test_closeness_that_does_not_exist_does_not_stand():
    found = centralisation(nx.disjoint_union(nx.path_graph(3), nx.path_graph(2)), "closeness")
    assert np.isnan(found)
    assert not found.stands
    assert [c.name for c in found.checks if c.voids] == ["reach"]
    assert centralisation(nx.path_graph(3), "closeness").stands


def test_what_does_not_exist_is_counted():
    holes = structural_holes(nx.disjoint_union(nx.path_graph(3), nx.empty_graph(2)))
    assert dict(holes.checks[-1].numbers) == {"missing": 2}
    assert holes.checks[-1].status == "review"
    alone = role_densities(staged(nx.path_graph(3)), "role")
    assert np.isnan(alone.loc["r1", "r1"])
    assert dict(alone.checks[-1].numbers) == {"missing": 1}
    assert dict(alone.checks[-2].numbers) == {"smallest": 1}
    assert role_densities(staged(nx.path_graph(10), 5), "role").checks[-2].status == "pass"


def test_densities_stand_in_the_estimates_too():
    found = role_densities(PATH, "role")
    rows = found.estimates.set_index(["source", "target"])["estimate"]
    assert rows.to_dict() == {("r0", "r0"): 1.0, ("r0", "r1"): 0.25, ("r1", "r0"): 0.25, ("r1", "r1"): 1.0}
    assert found.loc["r0", "r1"] == 0.25


def test_means_of_pairs_are_told():
    star = equivalence(nx.star_graph(3))
    assert star.estimates["estimate"].index.tolist() == ["mean", "equivalent"]
    # three pairs of leaves are equivalent; the others' profiles do not vary
    assert star.estimates["estimate"].tolist() == [1.0, 1.0]
    assert dict(star.checks[-1].numbers) == {"missing": 3}
    assert equivalence(nx.complete_graph(3), "regular").method == "Regular equivalence of actors"
    script = optimal_matching(["abc", "ab", "a"])
    assert script.estimates["estimate"].to_dict() == {"mean_distance": 4 / 3, "largest_distance": 2.0}
    assert dict(script.checks[0].numbers) == {"shortest": 1, "longest": 3}
    assert optimal_matching(["ab", "b"]).checks[0].status == "pass"
    assert len(optimal_matching(["ab"]).estimates) == 0


def test_phases_count_all_who_were_seen_and_say_how_few():
    found = MADE["phases"]()
    assert dict(found.checks[-1].numbers) == {"phases": 2, "smallest": 3}
    assert found.estimates.loc["actors"].set_index("phase")["estimate"].to_dict() == {1: 4.0, 2: 3.0}
    assert found.loc[2, ["stayed", "new"]].tolist() == [3, 0]
    assert found.loc[1, ["efficiency", "security", "balance"]].tolist() == list(efficiency_security(PATH).values())
    large = phases({1: nx.path_graph(5), 2: nx.path_graph(6)})
    assert large.checks[-1].status == "pass"


def test_brokerage_says_what_fell_at_random():
    found = brokerage(PATH, "role", null="groups", draws=20, seed=4)
    assert (found.method, found.inputs.seed) == ("Brokerage of actors by role, against groups at random", 4)
    assert found.assumptions[-1] != brokerage(PATH, "role").assumptions[-1]
    rows = found.estimates
    assert rows.loc["liaison", "actor"].tolist() == list("abcd")
    assert rows["estimate"].tolist() == found["count"].tolist()
    assert rows["expected"].tolist() == found["expected"].tolist()


def test_checks_of_the_evidence_travel_with_every_measure():
    ties = pd.DataFrame({"source": ["a", "A ", "b", "c"], "target": ["b", "c", "c", "d"]})
    actors = pd.DataFrame({"actor": list("abcd"), "role": list("xxyy")})
    network = CriminalNetwork.from_edges(ties, actors=actors, merge_names=True)
    said = {check.name for check in network.checks}
    assert said
    asked = {
        "brokerage": lambda: brokerage(network, "role"),
        "phases": lambda: phases({1: network, 2: network}),
        "role_densities": lambda: role_densities(network, "role"),
        "centrality_ranks": lambda: centrality_ranks(network, confidence=0.9, draws=20),
    } | {
        name: lambda name=name: getattr(networks, name)(network)
        for name in ("centrality", "structural_holes", "equivalence", "centralisation", "efficiency_security")
    }
    for name, ask in asked.items():
        names = [check.name for check in ask().checks]
        assert said <= set(names), name
        assert len(names) == len(set(names)), name
