"""What each function of networks says of its own result: on how few it rests, by which limits, and what was asked."""

import inspect

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch import networks as n
from ctresearch.core import CtResearchError
from ctresearch.networks.missing import deletion_bands, disruption_bands, group_stability, missing_ties
from ctresearch.networks.removal import disruption
from lawful import defaults_of

TIES = [*(pair for four in ("abcd", "efgh") for pair in nx.complete_graph(four).edges), ("d", "e")]
ROLES = pd.DataFrame({"actor": list("abcdefgh"), "role": ["x"] * 3 + ["y"] * 5})
EDGES = pd.DataFrame(TIES, columns=["source", "target"])
NET = n.CriminalNetwork.from_edges(EDGES, actors=ROLES)
ARCS = n.CriminalNetwork.from_edges(EDGES, actors=ROLES, directed=True)
FEW = {"draws": 20, "level": 0.9}

# the fewest people behind a figure: one where rows are people, the smaller role (3) or group (4), or all eight
RESTS = {
    "describe": (lambda: n.describe(NET), 8, "none", ["connected"]),
    "small_world": (lambda: n.small_world(nx.wheel_graph(8), **FEW), 8, "random networks", ["chance"]),
    "centralisation": (lambda: n.centralisation(NET), 8, "none", ["connected"]),
    "krackhardt": (lambda: n.krackhardt(ARCS), 8, "none", ["defined"]),
    "efficiency_security": (lambda: n.efficiency_security(NET), 8, "none", ["connected"]),
    "equivalence": (lambda: n.equivalence(NET), 1, "none", ["defined"]),
    "core_periphery": (lambda: n.core_periphery(NET), 1, "none", ["optimality", "ties"]),
    "continuous_core": (lambda: n.continuous_core(NET, starts=0), 1, "none", ["convergence", "starts"]),
    "groups": (lambda: n.groups(NET, runs=2), 1, "none", ["consensus"]),
    "block_model": (lambda: n.block_model(NET, blocks=1), 1, "none", ["convergence", "number", "certainty"]),
    "centrality": (lambda: n.centrality(NET), 1, "none", ["defined"]),
    "centrality_ranks": (
        lambda: n.centrality_ranks(NET, confidence=0.9, **FEW),
        1,
        "percentile of draws",
        ["doubt"],
    ),
    "structural_holes": (lambda: n.structural_holes(NET), 1, "none", ["defined"]),
    "brokerage": (lambda: n.brokerage(NET, "role", draws=2), 1, "none", ["group sizes", "defined"]),
    "brokerage_by_group": (
        lambda: n.brokerage_by_group(NET, "role", **FEW),
        3,
        "none",
        ["group sizes"],
    ),
    "role_positions": (
        lambda: n.role_positions(NET, "role", confidence=0.9, **FEW),
        3,
        "percentile of draws",
        ["doubt", "role sizes"],
    ),
    "role_densities": (lambda: n.role_densities(NET, "role"), 3, "none", ["role sizes", "defined"]),
    "homophily": (lambda: n.homophily(NET, "role", draws=19), 8, "none", ["group sizes"]),
    "mrqap": (lambda: n.mrqap(NET, ["role"], draws=19), 8, "none", ["permutations"]),
    "tie_model": (lambda: n.tie_model(NET, ["role"], level=0.9), 8, "normal", ["dependence"]),
    "key_players": (lambda: n.key_players(NET, 1), 1, "none", ["optimality", "ties", "protection"]),
    "disrupt": (
        lambda: n.disrupt(NET, steps=1, **FEW),
        8,
        "percentile of runs",
        ["protected", "removals", "ties"],
    ),
    "compare_strategies": (
        lambda: n.compare_strategies(NET, ["degree", "random"], steps=1, **FEW),
        8,
        "percentile of runs",
        ["protected", "protected"],
    ),
    "disruption_bands": (
        lambda: n.disruption_bands(NET, steps=1, **FEW),
        8,
        "percentile of draws",
        ["protected", "removals", "ties", "sight"],
    ),
    "deletion_bands": (
        lambda: n.deletion_bands(NET, rates=[0.2], draws=2, level=0.9),
        8,
        "percentile of thinned networks",
        ["ties"],
    ),
    "group_stability": (lambda: n.group_stability(NET, **FEW), 4, "percentile of networks", ["stability"]),
    "missing_ties": (
        lambda: n.missing_ties(NET, 0.2, draws=40, blocks=1, level=0.9),
        8,
        "percentile",
        ["ties", "triangles", "mixing"],
    ),
}
LEVELLED = {name for name in RESTS if "level" in inspect.signature(getattr(n, name)).parameters}
SAID = {
    "compare_strategies": (disruption, "disruption"),
    "disrupt": (disruption, "disruption"),
    "disruption_bands": (disruption_bands, "disruption bands"),
    "deletion_bands": (deletion_bands, "deletion bands"),
    "group_stability": (group_stability, "group stability"),
    "missing_ties": (missing_ties, "missing ties"),
}


@pytest.mark.parametrize("name", RESTS)
@pytest.mark.filterwarnings("ignore")  # so few draws warn of what they cannot tell
def test_a_result_says_how_few_it_rests_on_by_which_limits_and_what_was_asked(monkeypatch, name):
    made, fewest, interval, checks = RESTS[name]
    told = []
    if name in SAID:  # what stands beside the bar of a long work
        module, words = SAID[name]
        kept = module.map_chunks
        monkeypatch.setattr(module, "map_chunks", lambda *given, **how: told.append(how) or kept(*given, **how))
    result = made()
    assert (result.smallest_group, result.n, result.interval) == (fewest, 8, interval)
    assert [check.name for check in result.checks] == checks
    assert result.level == (0.9 if name in LEVELLED else 0.95)
    assert {how["progress"] for how in told} == ({words} if name in SAID else set())


DEFAULTS = {
    "CriminalNetwork.from_edges": "source='source', target='target', weight=None, directed=False, actors=None, weight_is=None, combine=None, kind=None, date=None, evidence=None, confidence=None, self_ties='refuse', dates=None, merge_names=False, key=None",
    "CriminalNetwork.from_graph": "weight=None, weight_is=None, combine=None, self_ties='refuse', merge_names=False, key=None",
    "CriminalNetwork.from_incidence": "actors=None, merge_names=False, key=None",
    "act_means_purpose": "child=None, level=0.95",
    "as_network": "at_least=1",
    "associations": "features=None, min_support=0.05, max_size=3, false_discovery=0.05, level=0.95",
    "backbone": "method='disparity', alpha=0.05",
    "block_model": "blocks=None, degree_corrected=False, starts=10, seed=0",
    "brokerage": "null='ties', draws=1000, seed=0",
    "brokerage_by_group": "draws=999, level=0.95, seed=0",
    "business_model": "draws=10000, level=0.95, seed=0",
    "centralisation": "kind='degree'",
    "centrality": "kind='degree', weighted=False, normalized=True",
    "centrality_ranks": "kind='degree', confidence=None, draws=200, level=0.95, seed=0",
    "compare_strategies": "recovery=None, draws=200, level=0.95, seed=0",
    "continuous_core": "weighted=False, starts=10, seed=0",
    "core_periphery": "ideal='missing', weighted=False, starts=20, seconds=None, effort=None, seed=0",
    "correspondence": "items=None, dimensions=2, merge_names=False",
    "deletion_bands": "rates=(0.1, 0.2, 0.3), missing='ties', draws=500, level=0.95, seed=0",
    "disrupt": "strategy='degree', recovery=None, steps=None, draws=200, one_shot=False, ties='random', role='role', stage=None, chain=('recruitment', 'transport', 'exploitation'), exclude=None, protect=True, level=0.95, seed=0",
    "disruption_bands": "strategy='degree', recovery=None, missing='ties', rate=0.2, steps=None, draws=200, one_shot=False, ties='random', role='role', stage=None, chain=('recruitment', 'transport', 'exploitation'), exclude=None, protect=True, level=0.95, seed=0",
    "equivalence": "kind='structural', rounds=3",
    "ergm": "level=0.95, seed=0",
    "explore_removal": "strategy='degree', steps=None, draws=200, seed=0",
    "from_matrix": "weighted=None, weight_is=None, directed=None, two_mode=None, combine=None, self_ties='refuse', actors=None, merge_names=False, key=None",
    "group_stability": "rate=0.2, missing='ties', resolution=1.0, draws=200, level=0.95, seed=0",
    "groups": "weighted=False, resolution=1.0, scan=(), runs=20, seed=0",
    "homophily": "draws=999, seed=0",
    "key_players": "measure='fragmentation', steps=1, search='exact', exclude=None, protect=True, costs=None, budget=None, seconds=None, effort=None, seed=0",
    "latent_classes": "items=None, classes=2, starts=20, merge_names=False, level=0.95, seed=0",
    "missing_ties": "model='blocks', blocks=6, draws=2000, level=0.95, seed=0",
    "mrqap": "matrices=None, weighted=False, draws=1000, seed=0",
    "network_page": "role=None, certain=1.0, identifiers=False, title='Network', places=None",
    "offender_testimony": "second=None, levers=None, level=0.95",
    "optimal_matching": "indel=1.0, substitution='constant'",
    "organisation_types": "level=0.95",
    "plot_adjacency": "ax=None",
    "plot_network": "role=None, certain=1.0, labels=False, places=None, ax=None",
    "plot_phases": "role=None",
    "plot_roles": "ax=None",
    "plot_script": "case='case', order='order', act='act', at_least=1, most_steps=8, ax=None",
    "read_network": "weight=None, weight_is=None, directed=None, two_mode=None, combine=None, self_ties='refuse', actors=None, merge_names=False, key=None",
    "recruiters": "level=0.95",
    "role_positions": "kind='degree', confidence=None, draws=200, level=0.95, seed=0",
    "scripts": "case='case', order='order', act='act', clusters=None, substitution='constant', dates=None, merge_names=False, draws=1000, level=0.95, seed=0",
    "small_world": "draws=200, level=0.95, seed=0",
    "structural_holes": "weighted=False",
    "tie_model": "matrices=None, level=0.95",
}  # fmt: skip


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_stays_what_it_was_and_nothing_is_no_data(name):
    function = n
    for part in name.split("."):
        function = getattr(function, part)
    assert defaults_of(function) == DEFAULTS[name]
    needed = [one.name for one in inspect.signature(function).parameters.values() if one.default is one.empty]
    with pytest.raises((CtResearchError, AttributeError, TypeError)):
        function(**dict.fromkeys(needed))


def test_what_weights_mean_is_said_of_weights_alone():
    build = n.CriminalNetwork.from_edges
    calls = EDGES.assign(calls=np.arange(1.0, 14.0))
    assert build(EDGES, weight_is="strength").weight_is is None
    assert build(calls, weight="calls").weight_is is None
    assert build(calls, weight="calls", weight_is="distance").weight_is == "distance"
    counted = build(pd.concat([EDGES, EDGES]), combine="count")
    assert (counted.weight_is, counted.weighted) == ("strength", True)
    assert build(pd.concat([EDGES, EDGES]), combine="one").weight_is is None
