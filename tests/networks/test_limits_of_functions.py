"""Every limit of an option of the functions of networks, how large a network they take, and what they keep of it."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.networks import (
    CriminalNetwork,
    associations,
    backbone,
    block_model,
    brokerage,
    brokerage_by_group,
    centrality,
    centrality_ranks,
    continuous_core,
    core_periphery,
    correspondence,
    deletion_bands,
    disrupt,
    disruption_bands,
    equivalence,
    group_stability,
    groups,
    homophily,
    key_players,
    latent_classes,
    missing_ties,
    mrqap,
    network_page,
    optimal_matching,
    plot_network,
    plot_script,
    role_positions,
    scripts,
    small_world,
)
from ctresearch.networks.evidence import square_table
from ctresearch.networks.missing import disruption_bands_table
from ctresearch.networks.missing import group_stability as stability
from ctresearch.networks.missing import missing_ties as unseen
from ctresearch.networks.missing.deletion_bands import chances_to_miss
from ctresearch.networks.missing.missing_ties_checks import check_ties
from ctresearch.networks.modus.item_codes import one_spelling_each
from ctresearch.networks.pictures import network_page as page
from ctresearch.networks.position import centrality as positions
from ctresearch.networks.removal import disruption_setup
from option_limits import LEVEL, TINY, allowed, beyond, refuses, takes

EDGES = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("d", "e"), ("e", "f"), ("d", "f"), ("f", "g"), ("g", "h")]
ROLES = dict(zip("abcdefgh", ["x", "x", "y", "y", "x", "y", "x", "y"], strict=True))


def network():
    graph = nx.Graph(EDGES, provenance="invented")
    nx.set_node_attributes(graph, ROLES, "role")
    return CriminalNetwork.from_edges(
        pd.DataFrame(EDGES, columns=["source", "target"]),
        actors=pd.DataFrame({"actor": list(ROLES), "role": list(ROLES.values())}).set_index("actor"),
    )


NET = network()
OF = {"network": NET}
ROLED = OF | {"role": "role"}
RNG = np.random.default_rng(1)
CODES = pd.DataFrame({name: RNG.integers(0, 2, 40) for name in "pqr"}).astype(bool)
ITEMS = CODES.astype(int).astype(str)
EVENTS = pd.DataFrame({"case": np.repeat(range(5), 3), "order": [1, 2, 3] * 5, "act": list("abcabdacbabcabc")})
OPEN = ((0.0, 1.0), (TINY, 1 - TINY))
SHARE = ((-TINY, 1 + TINY), (0.0, 1.0))

LIMITS = {
    "block_model": (block_model, OF | {"blocks": 2, "starts": 1}, {"blocks": ((0, 8, 2.0), (1, 7)), "starts": ((0, 1.5), (1,))}),
    "equivalence": (equivalence, OF, {"rounds": ((0, 1.0), (1,)), "kind": (("same",), ("structural",))}),
    "small_world": (small_world, OF | {"draws": 20}, {"draws": ((19, 20.0), ())}),
    "backbone": (backbone, OF, {"alpha": ((0.0, 1.0), ())}),
    "groups": (groups, OF | {"runs": 2}, {"resolution": ((0.0, -1), (TINY,)), "runs": ((1, 2.0), (2,))}),
    "continuous_core": (continuous_core, OF | {"starts": 0}, {"starts": ((-1, 1.0), (0,))}),
    "core_periphery": (core_periphery, OF | {"starts": 0}, {"starts": ((-1, 1.0), (0,)), "seconds": ((0.0, -1), (1.0,))}),
    "network_page": (network_page, OF, {"certain": SHARE}),
    "plot_network": (plot_network, OF, {"certain": ((-TINY, 1 + TINY), ())}),
    "deletion_bands": (deletion_bands, OF | {"draws": 2}, {"rates": (([0.0], [1.0]), ([TINY],)), "draws": ((1, 2.0), (2,))}),
    "disruption_bands": (disruption_bands, OF | {"draws": 20, "steps": 1}, {"draws": ((19, 20.0), ())}),
    "missing_ties": (missing_ties, OF | {"rate": 0.2, "draws": 40}, {"draws": ((39, 40.0), ()), "blocks": ((0, 51), ()), "model": (("trees",), ())}),
    "group_stability": (
        group_stability,
        OF | {"draws": 20},
        {"rate": ((0.0, 1.0), ()), "resolution": ((0.0,), ()), "draws": ((19, 20.0), (20,)), "level": LEVEL["level"]},
    ),
    "homophily": (homophily, OF | {"attribute": "role", "draws": 19}, {"draws": ((18, 19.0), (19,))}),
    "mrqap": (mrqap, OF | {"same": ["role"], "draws": 19}, {"draws": ((18, 19.0), (19,))}),
    "brokerage_by_group": (brokerage_by_group, ROLED | {"draws": 19}, {"draws": ((18, 19.0), (19,)), "level": LEVEL["level"]}),
    "centrality_ranks": (centrality_ranks, OF | {"draws": 20, "confidence": 0.9}, {"draws": ((19, 20.0), (20,)), "confidence": SHARE, "level": LEVEL["level"]}),
    "role_positions": (role_positions, ROLED | {"draws": 20, "confidence": 0.9}, {"draws": ((19, 20.0), (20,))}),
    "brokerage": (brokerage, ROLED | {"draws": 1}, {"draws": ((0, 1.0), (1,)), "null": (("roles",), ("ties", "groups"))}),
    "scripts": (scripts, {"events": EVENTS, "draws": 0}, {"draws": ((-1, 1.0), (0,)), "clusters": ((0, 4, 1.0), (1, 3))}),
    "optimal_matching": (optimal_matching, {"sequences": [list("abc"), list("abd")]}, {"indel": ((0.0, -1), (TINY,))}),
    "latent_classes": (latent_classes, {"frame": ITEMS, "starts": 1, "classes": 1}, {"classes": ((0, 1.0), (1,)), "starts": ((0, 1.0), (1,))}),
    "associations": (
        associations,
        {"frame": CODES},
        {"min_support": OPEN, "false_discovery": OPEN, "max_size": ((1, 2.0), (2,))},
    ),
    "correspondence": (correspondence, {"frame": ITEMS}, {"dimensions": ((0, 4, 1.0), (1, 3))}),
    "plot_script": (plot_script, {"events": EVENTS}, {"at_least": ((0, 1.0), (1,)), "most_steps": ((1, 2.0), (2,))}),
    "disrupt": (disrupt, OF | {"draws": 1, "steps": 1}, {"draws": ((0, 1.0), (1,)), "steps": ((0, 9, 1.0), (1, 8))}),
    "key_players": (key_players, OF | {"k": 1}, {"k": ((0, 7, 1.0), (1, 6)), "steps": ((0, 1.0), (1,)), "measure": (("ties",), ())}),
}  # fmt: skip


@pytest.mark.parametrize(("name", "option", "value"), beyond(LIMITS))
def test_what_lies_beyond_a_limit_is_refused_by_name(name, option, value):
    refuses(LIMITS, name, option, value)


@pytest.mark.parametrize(("name", "option", "value"), allowed(LIMITS))
@pytest.mark.filterwarnings("ignore")  # small networks warn of what they cannot tell
def test_what_lies_on_a_limit_is_taken(name, option, value):
    takes(LIMITS, name, option, value)


@pytest.mark.parametrize(
    ("call", "tables"),
    [
        (lambda: mrqap(NET, ["role"], draws=19), ("mrqap", 8)),
        (lambda: brokerage(NET, "role", draws=1), ("brokerage", 2)),
        (lambda: equivalence(NET), ("equivalence", 4)),
        (lambda: core_periphery(NET, starts=0), ("core and periphery", 3)),
    ],
)
def test_square_tables_are_refused_by_the_name_of_what_needs_them(monkeypatch, call, tables):
    name, number = tables
    needed = 8 * number * 8 * 8
    monkeypatch.setattr(square_table, "LIMIT", needed)
    assert call() is not None
    monkeypatch.setattr(square_table, "LIMIT", needed - 1)
    with pytest.raises(
        SpecificationError, match=rf"^{name} needs 0 GiB for 8 actors, takes 0 GiB and 7 actors at most"
    ):
        call()


def test_the_largest_network_that_is_taken_is_taken(monkeypatch):
    monkeypatch.setattr(unseen, "LARGEST", {"blocks": 8, "shared partners": 8})
    for module, call in (
        (stability, lambda: group_stability(NET, draws=20)),
        (page, lambda: network_page(NET)),
        (disruption_setup, lambda: disrupt(NET, draws=1, steps=1)),
    ):
        monkeypatch.setattr(module, "LARGEST", 8)
        assert call() is not None
        monkeypatch.setattr(module, "LARGEST", 7)
        with pytest.raises(SpecificationError, match=r"the network has 8 actors, .* takes 7 at most"):
            call()
    for model in ("blocks", "shared partners"):
        monkeypatch.setattr(unseen, "LARGEST", {"blocks": 7, "shared partners": 7})
        with pytest.raises(SpecificationError, match=r"\b7\b"):
            missing_ties(NET, 0.2, model=model, draws=40)


def test_ties_of_the_obscure_are_missed_more_often():
    pairs = np.array([[0, 1], [0, 2], [3, 4]])
    degree = np.array([4.0, 2, 1, 1, 1])
    obscurity = np.array([1 / 6, 1 / 5, 1 / 2])
    wanted = 0.2 * obscurity / obscurity.mean()
    assert chances_to_miss(pairs, degree, 0.2, "attention") == pytest.approx(wanted)
    assert chances_to_miss(pairs, degree, 0.2, "ties").tolist() == [0.2] * 3
    cut = chances_to_miss(pairs, degree, 0.7, "attention")  # one would be above 1, and the others take over
    assert cut == pytest.approx(np.array([1.1 * 5 / 11, 1.1 * 6 / 11, 1.0]))
    assert chances_to_miss(pairs, degree, 0.0, "attention").tolist() == [0] * 3


@pytest.mark.parametrize(("ties", "status"), [(0, "fail"), (1, "review"), (2, "pass"), (3, "pass")])
def test_half_as_many_ties_as_actors_are_enough_to_learn_from(ties, status):
    seen = np.zeros((4, 4), dtype=np.uint8)
    for one, other in [(0, 1), (1, 2), (2, 3)][:ties]:
        seen[one, other] = seen[other, one] = 1
    said = check_ties(seen)
    assert (said.name, said.status, dict(said.numbers)) == ("ties", status, {"ties": ties})
    assert ("little to learn from" in str(said.message)) == (status == "review")
    assert said.voids == (status == "fail")


def test_merged_spellings_are_told():
    frame = pd.DataFrame({"act": ["Move", "move", "hold"], "place": ["x", "x", "y"]})
    read, (said,) = one_spelling_each(frame, ["act", "place"], merge=True)
    assert read["act"].tolist() == ["Move", "Move", "hold"]
    assert (said.name, said.status, dict(said.numbers)) == ("names", "review", {"merged": 1})
    assert dict(said.message.values) == {"merged": 1, "columns": 1}
    assert one_spelling_each(frame[2:], ["act"], merge=True)[1] == ()
    assert one_spelling_each(frame[2:], ["act"], merge=False)[1] == ()


def test_eigenvectors_of_large_networks_are_those_of_small_ones(monkeypatch):
    small = centrality(NET, "eigenvector")
    monkeypatch.setattr(positions, "_DENSE", 2)
    large = centrality(NET, "eigenvector")
    values, vectors = np.linalg.eigh(nx.to_numpy_array(nx.Graph(EDGES), nodelist=list(small.index)))
    wanted = np.abs(vectors[:, values.argmax()])
    for found in (small, large):
        assert found.to_numpy() == pytest.approx(wanted, abs=1e-8)


def test_draws_are_summed_up_by_middle_spread_and_limits():
    draws = np.array([[1.0, 5], [2, 5], [4, 5], [9, 5], [3, 5]])
    rows = disruption_bands_table._rows("flow", "chains", 0.5, draws, draws * 2)
    assert rows["step"].tolist() == [0, 1]
    assert rows["estimate"].tolist() == [3, 5]
    assert rows["std_error"].tolist() == pytest.approx([draws[:, 0].std(ddof=1), np.nan], nan_ok=True)
    assert rows.loc[0, ["ci_low", "ci_high", "full_sight", "full_low", "full_high"]].tolist() == [2, 4, 6, 4, 8]
    assert rows.loc[1, ["ci_low", "ci_high", "full_low"]].isna().all()
    assert set(rows["unit"]) == {"chains"}
    mean = disruption_bands_table._rows("flow", "chains", 0.5, draws, by_mean=True)
    assert mean["estimate"].tolist() == [3.8, 5]
    assert mean["full_sight"].isna().all()
    late = disruption_bands_table._rows("time", "rounds", 0.5, np.array([[1.0], [np.inf], [3.0]]))
    assert late["estimate"].tolist() == [3]
    assert late["std_error"].isna().all()


def test_scripts_without_draws_have_no_limits():
    assert scripts(EVENTS, draws=0).interval == "none"
    assert scripts(EVENTS, draws=20).interval == "percentile of cases drawn again"
