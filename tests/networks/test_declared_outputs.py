"""Every measure of the room says what each of its columns and terms is, how few people it speaks of, and by template."""

import copy
import pickle
from dataclasses import replace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from tests.test_outputs import is_label, written

from ctresearch import networks
from ctresearch.core import Meaning, Message, Result, plot
from ctresearch.core.declaration import column_names, find_meaning, undeclared

ROLES = ["recruiter"] * 3 + ["driver"] * 4 + ["host"] * 5
STAGES = ["recruitment"] * 4 + ["transport"] * 4 + ["exploitation"] * 4


def group():
    """Give twelve actors in two knots, with the roles and stages above and a doubt about every tie."""
    graph = nx.disjoint_union(nx.complete_graph(6), nx.complete_graph(6))
    graph.add_edges_from([(0, 6), (1, 7), (2, 9)])
    graph.remove_edges_from([(0, 1), (6, 8), (3, 5)])
    ties = pd.DataFrame(graph.edges, columns=["source", "target"]).assign(sure=0.8, calls=1.0)
    actors = pd.DataFrame({"actor": range(12), "role": ROLES, "stage": STAGES})
    return networks.CriminalNetwork.from_edges(
        ties, weight="calls", weight_is="strength", confidence="sure", actors=actors
    )


def tree():
    """Give a chain of command, with directions."""
    return networks.CriminalNetwork.from_edges(
        pd.DataFrame({"source": list("aabbcc"), "target": list("bcdefg")}), directed=True
    )


def cases():
    """Give forty cases with three marks."""
    random = np.random.default_rng(3)
    table = pd.DataFrame(random.random((40, 3)) < [0.6, 0.5, 0.4], columns=["debt", "house", "work"])
    return table.assign(debt=table["debt"] | table["house"])


def events():
    """Give the steps of twelve cases."""
    ways = ["offer", "move", "work"], ["offer", "work"], ["marry", "move", "work"]
    rows = [(case, step, act) for case in range(12) for step, act in enumerate(ways[case % 3])]
    return pd.DataFrame(rows, columns=["case", "order", "act"])


def heard():
    """Give what two coders heard of twenty offenders."""
    codes = np.arange(20) % 4 == 0
    return pd.DataFrame({"money": codes, "money_2": codes ^ (np.arange(20) == 1), "fear": ~codes})


MADE = {
    "describe": lambda: networks.describe(group()),
    "describe, with directions": lambda: networks.describe(tree()),
    "describe, of two modes": lambda: networks.describe(nx.davis_southern_women_graph()),
    "small_world": lambda: networks.small_world(group(), draws=20),
    "centralisation": lambda: networks.centralisation(group(), "closeness"),
    "krackhardt": lambda: networks.krackhardt(tree()),
    "efficiency_security": lambda: networks.efficiency_security(group()),
    "phases": lambda: networks.phases({"before": group(), "after": group().graph.subgraph(range(6))}),
    "phases, with directions": lambda: networks.phases({"before": tree(), "after": tree()}),
    "equivalence": lambda: networks.equivalence(group()),
    "core_periphery": lambda: networks.core_periphery(group()),
    "continuous_core": lambda: networks.continuous_core(group()),
    "continuous_core, with directions": lambda: networks.continuous_core(tree()),
    "groups": lambda: networks.groups(group(), scan=[0.5], runs=3),
    "block_model": lambda: networks.block_model(group(), blocks=[1, 2], degree_corrected=None, starts=2),
    "centrality": lambda: networks.centrality(group(), "collective_influence"),
    "centrality, weighted": lambda: networks.centrality(group(), "degree", weighted=True),
    "centrality_ranks": lambda: networks.centrality_ranks(group(), draws=20),
    "structural_holes": lambda: networks.structural_holes(group()),
    "brokerage": lambda: networks.brokerage(group(), "role"),
    "brokerage, of groups": lambda: networks.brokerage(group(), "role", null="groups", draws=20),
    "brokerage_by_group": lambda: networks.brokerage_by_group(group(), "role", draws=19),
    "role_positions": lambda: networks.role_positions(group(), "role", draws=20),
    "role_densities": lambda: networks.role_densities(group(), "role"),
    "homophily": lambda: networks.homophily(group(), "role", draws=19),
    "mrqap": lambda: networks.mrqap(group(), ["role"], draws=19),
    "tie_model": lambda: networks.tie_model(group(), ["role"]),
    "key_players": lambda: networks.key_players(group(), 2),
    "key_players, greedy": lambda: networks.key_players(group(), 2, "reach", search="greedy"),
    "disrupt": lambda: networks.disrupt(group(), recovery="skill", steps=2, draws=4, stage="stage"),
    "disrupt, at once": lambda: networks.disrupt(group(), steps=2, draws=1, one_shot=True, ties="first"),
    "compare_strategies": lambda: networks.compare_strategies(
        group(), ["degree", "random"], "preferential", steps=2, draws=4
    ),
    "disruption_bands": lambda: networks.disruption_bands(
        group(), "degree", "preferential", steps=2, draws=20, stage="stage"
    ),
    "disruption_bands, unseen": lambda: networks.disruption_bands(group(), missing="unseen", steps=2, draws=20),
    "deletion_bands": lambda: networks.deletion_bands(group(), rates=[0.1], draws=5),
    "group_stability": lambda: networks.group_stability(group(), draws=20),
    "missing_ties": lambda: networks.missing_ties(group(), 0.2, draws=40, blocks=2),
    "scripts": lambda: networks.scripts(events(), draws=20),
    "optimal_matching": lambda: networks.optimal_matching(["ab", "b", "cab"]),
    "act_means_purpose": lambda: networks.act_means_purpose(cases(), acts=["house"], means=["debt"], purposes=["work"]),
    "associations": lambda: networks.associations(cases(), false_discovery=0.5),
    "correspondence": lambda: networks.correspondence(cases().astype(str), dimensions=2),
    "latent_classes": lambda: networks.latent_classes(cases().astype(str), classes=1),
    "organisation_types": lambda: networks.organisation_types(
        cases().assign(number=[1, 2, 3, 4] * 10), traffickers="number", repeated="debt", territory="work"
    ),
    "recruiters": lambda: networks.recruiters(cases(), {"kin": "debt", "partner": "house"}),
    "business_model": lambda: networks.business_model(
        networks.Scheme(price=(10, 20, 30), volume=20, months=6, monthly_cost=50), draws=100
    ),
    "offender_testimony": lambda: networks.offender_testimony(
        heard(),
        {"money": "money", "fear": "fear"},
        second={"money": "money_2"},
        levers={"fear": "detection"},
    ),
}
RESULTS: dict[str, Result] = {}


def made(name):
    """Make one result, once."""
    if name not in RESULTS:
        RESULTS[name] = MADE[name]()
    return RESULTS[name]


def test_every_measure_of_the_room_stands_here():
    by_hand = {"Result", "Recovery", "Scheme", "Strategy", "CriminalNetwork", "NetworkPage"}
    others = {
        "as_network",
        "from_matrix",
        "read_network",
        "protected_actors",
        "backbone",
        "network_page",
        "ergm",
        "explore_removal",
    }
    functions = {n for n in networks.__all__ if n[0].islower() and not n.startswith("plot_")} - others
    assert functions == {name.partition(",")[0] for name in MADE}
    assert not by_hand & functions


@pytest.mark.parametrize("name", MADE)
def test_every_column_and_term_is_declared_under_a_readers_name(name):
    result = made(name)
    missing = []
    for field, meaning in result.meanings().items():
        held = getattr(result, field)
        if isinstance(held, pd.DataFrame):
            missing += [f"{field}.{column}" for column in undeclared(meaning, held)]
            missing += [c for c in column_names(held) if c and not is_label(find_meaning(meaning, c).label)]
    terms = list(result.estimates.index.unique())
    missing += [term for term in terms if find_meaning(result.terms, term) is None]
    assert not missing
    assert all(is_label(result.term_meaning(term).label) for term in terms)
    assert sum(result.term_meaning(term).headline for term in terms) <= 1


@pytest.mark.parametrize("name", MADE)
def test_every_sentence_is_a_template_of_the_package(name):
    result = made(name)
    said = [*result.assumptions, result.method, *(check.message for check in result.checks)]
    for words in said:
        templates = words.templates() if isinstance(words, Message) else [words]
        assert templates
        assert not [one for one in templates if one not in written()]


@pytest.mark.parametrize("name", MADE)
def test_a_declaration_goes_with_copies_and_leaves_json_alone(name):
    result = made(name)
    assert pickle.loads(pickle.dumps(result)).roles() == result.roles()
    assert copy.copy(result).roles() == result.roles()
    assert replace(result, level=0.9).meanings() == result.meanings()
    again = type(result).from_dict(result.to_dict())
    assert again == result
    assert not {"terms", "keys", "smallest_group", "declaration"} & set(result.to_dict())


FEWEST = {
    "describe": 12,
    "phases": 6,
    "brokerage_by_group": 3,
    "role_positions": 3,
    "role_densities": 3,
    "group_stability": 6,
    "homophily": 12,
    "disrupt": 12,
    "missing_ties": 12,
    "centrality": 1,
    "key_players": 1,
    "groups": 1,
    "block_model": 1,
    "optimal_matching": 1,
    "scripts": 4,
    "organisation_types": 6,
    "offender_testimony": 5,
    "business_model": None,
}


@pytest.mark.parametrize("name", MADE)
def test_every_result_knows_how_few_people_it_speaks_of(name):
    fewest = made(name).smallest_group
    assert fewest == FEWEST.get(name, fewest)
    assert fewest is None if name == "business_model" else 1 <= fewest <= made(name).n


def test_the_fewest_of_a_table_of_cases_are_those_of_its_smallest_cell():
    table = cases()
    pairs = table.value_counts()
    assert networks.act_means_purpose(table, acts=["house"], means=["debt"], purposes=["work"]).smallest_group == min(
        pairs.min(), (~table).sum().min(), table.sum().min()
    )
    counts = np.array([table["debt"].sum(), table["house"].sum(), (table["debt"] | table["house"]).sum()])
    assert made("recruiters").smallest_group == min(counts.min(), (40 - counts).min())
    levels = np.concatenate([table.sum(), 40 - table.sum()])
    assert made("correspondence").smallest_group == made("latent_classes").smallest_group == levels.min()


def test_rows_of_single_people_are_actors_and_steps_of_scripts_operational_detail():
    roles = {name: made(name).roles("table") for name in ("centrality", "equivalence", "brokerage")}
    assert {held["actor"].role for held in roles.values()} == {"actor"}
    assert find_meaning(roles["equivalence"], "3").role == "actor"
    assert made("centrality").roles()["actor"].role == made("brokerage").roles()["actor"].role == "actor"
    assert find_meaning(made("optimal_matching").roles("table"), "0").role == "actor"
    meanings = made("scripts").meanings()
    assert meanings["typical"]["script"].role == meanings["estimates"]["source"].role == "operational detail"
    assert made("scripts").term_meaning("transition").role == "operational detail"
    assert made("business_model").term_meaning("profit").role == "operational detail"
    for name, field in (("groups", "members"), ("block_model", "members"), ("continuous_core", "members")):
        assert made(name).meanings()[field]["actor"].role == "actor"
    assert made("key_players").meanings()["sets"].role == made("core_periphery").meanings()["core"].role == "actor"


def test_the_tables_of_a_network_say_whose_rows_they_are():
    held = {name: vars(networks.CriminalNetwork)[name].columns for name in ("actors", "ties", "incidence")}
    assert held["actors"]["actor"].role == held["ties"]["source"].role == held["incidence"]["actor"].role == "actor"
    assert held["actors"]["status"].role == "protected person"
    found = group()
    for name in ("actors", "ties"):
        assert not undeclared(held[name], getattr(found, name))


def test_counts_and_shares_are_of_people_where_they_are():
    described = made("describe")
    assert described.term_meaning("actors").counts_people
    assert not described.term_meaning("ties").counts_people
    assert described.term_meaning("density").headline
    assert made("role_positions").term_meaning("top_tenth").base == "actors"
    assert made("role_positions").roles()["actors"].role == "count"
    assert made("associations").roles("rules")["confidence"].base == "with_antecedent"
    assert made("associations").meanings()["n"] == Meaning("count", "Cases", "cases", of="case")
    assert made("phases").roles("table")["new"].role == "count"
    assert made("role_densities").roles("table")["role"].role == "key"
    assert made("tie_model").term_meaning("same_role").reader == "ratio"
    assert made("missing_ties").roles()["observed"].row("largest_component").role == "share"


DRAWN = {
    "disrupt": lambda: made("disrupt").plot(),
    "flow": lambda: made("disrupt").plot(outcome="flow"),
    "disruption_bands": lambda: made("disruption_bands").plot(),
    "plot_roles": lambda: networks.plot_roles(group(), "role"),
    "plot_adjacency": lambda: networks.plot_adjacency(group(), "stage"),
    "plot_network": lambda: networks.plot_network(group(), role="role"),
    "plot_phases": lambda: networks.plot_phases({"before": group(), "after": group()}),
    "plot_script": lambda: networks.plot_script(events()),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_says_which_numbers_it_draws(name):
    table, roles = plot.shown(DRAWN[name]())
    assert len(table)
    assert not undeclared(roles, table)
    every_actor = name in {"plot_adjacency", "plot_network", "plot_phases"}
    assert every_actor == any(find_meaning(roles, c).role == "actor" for c in column_names(table))


def test_a_picture_of_roles_or_steps_draws_counts_and_a_curve_its_one_outcome():
    table, roles = plot.shown(DRAWN["plot_roles"]())
    assert table["actors"].tolist() == [4, 5, 3]
    assert roles["actors"].counts_people
    steps, roles = plot.shown(DRAWN["plot_script"]())
    assert steps["cases"].sum() == 4 * (3 + 2 + 3)
    assert roles["source"].role == roles["target"].role == "operational detail"
    assert plot.shown(DRAWN["flow"]())[1]["estimate"].label == "Separate chains from origin to destination"


def test_a_measure_is_still_a_dictionary_where_it_reads_like_one():
    measure = made("efficiency_security")
    assert dict(measure) == dict(measure.items())
    assert list(measure.keys()) == ["efficiency", "security", "balance"]
    assert list(made("centrality").keys()) == list(range(12))
    assert made("phases").keys["phase"].label == "Phase"
