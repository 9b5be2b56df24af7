"""Missing ties with shared partners: statistics by brute force, sampler by enumeration, intervals where blocks fail."""

from collections import Counter
from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from scipy.stats import chisquare

from ctresearch.core import SpecificationError
from ctresearch.core.parallel import workers
from ctresearch.networks import missing_ties
from ctresearch.networks.missing.dependence_sampler import (
    PRIOR_MEAN,
    PRIOR_SD,
    exchange,
    listed,
    pair_statistics,
    resize,
    swap_ties,
)
from ctresearch.networks.missing.shared_partners import (
    DEGREE_DECAY,
    SHARED_DECAY,
    change_statistics,
    network_state,
    network_statistics,
    powers,
    toggle,
)
from ctresearch.networks.missing.whole_statistics import rows_of, whole_statistics

ONE, NOTHING = np.zeros(5, np.int64), np.zeros((1, 1))


def table_of(graph):
    return nx.to_numpy_array(graph, dtype=np.uint8, weight=None)


def clustered(seed):
    """Eight cliques of five with one tie in five led elsewhere, and what is seen of them."""
    whole = table_of(nx.relaxed_caveman_graph(8, 5, 0.2, seed=seed))
    np.fill_diagonal(whole, 0)
    upper = np.triu(whole.astype(bool) & (np.random.default_rng(seed).random(whole.shape) < 0.7), 1)
    return whole, nx.from_numpy_array((upper | upper.T).astype(int))


def by_hand(graph):
    """Work the statistics out from their definition [Snijders et al. 2006], pair by pair."""
    shared, degree = 1 - np.exp(-SHARED_DECAY), 1 - np.exp(-DEGREE_DECAY)
    partners = {pair: len(list(nx.common_neighbors(graph, *pair))) for pair in combinations(graph, 2)}
    weight = {pair: (1 - shared**k) * np.exp(SHARED_DECAY) for pair, k in partners.items()}
    return [
        sum(value for pair, value in weight.items() if graph.has_edge(*pair)),
        sum(weight.values()),
        sum((1 - degree**d) * np.exp(DEGREE_DECAY) for _, d in graph.degree()),
    ]


def test_statistics_are_those_of_the_definition():
    graph = nx.les_miserables_graph()
    state, n = network_state(table_of(graph)), len(graph)
    block, log_odds = np.arange(n) % 2, np.array([[0.5, -1.0], [-1.0, 2.0]])
    found = network_statistics(state, log_odds, block, powers(n))
    place = {name: at for at, name in enumerate(graph)}
    blocks = sum(log_odds[block[place[a]], block[place[b]]] for a, b in graph.edges())
    assert found == pytest.approx([blocks, *by_hand(graph)], rel=1e-10)  # sums of thousands in another order


def test_changes_are_differences_and_toggles_keep_all_in_step():
    rng = np.random.default_rng(4)
    graph = nx.gnp_random_graph(12, 0.3, seed=4)
    state, power, block = network_state(table_of(graph)), powers(12), np.zeros(12, np.int64)
    for _ in range(60):
        one, two = rng.choice(12, 2, replace=False)
        before, change = network_statistics(state, NOTHING, block, power), change_statistics(state, one, two, power)
        sign = -1 if state[0][one, two] else 1
        toggle(state, one, two)
        after = network_statistics(state, NOTHING, block, power)
        assert after[1:] - before[1:] == pytest.approx(
            sign * np.array(change), abs=1e-9
        )  # differences of sums near 100
        assert change == pytest.approx(change_statistics(state, one, two, power), abs=1e-9)
        anew = network_state(state[0])
        assert (state[1] == anew[1]).all()
        assert (np.where(np.eye(12), 0, state[3]) == np.where(np.eye(12), 0, anew[3])).all()
        near = [set(state[2][actor, : state[1][actor]]) for actor in range(12)]
        assert near == [set(np.flatnonzero(row)) for row in state[0]]


def test_rows_of_pairs_are_their_change_statistics():
    state, power = network_state(table_of(nx.house_graph())), powers(5)
    rows = pair_statistics(state, NOTHING, ONE, power)
    pairs = [(one, two) for one in range(5) for two in range(one)]
    assert rows[:, 2:] == pytest.approx(np.array([change_statistics(state, *pair, power) for pair in pairs]))
    assert (rows[:, 0] == 1).all()


def all_networks(ties):
    """Every network of five actors with so many ties, and its statistics."""
    tables, values = [], []
    for chosen in combinations(list(combinations(range(5), 2)), ties):
        table = np.zeros((5, 5), np.uint8)
        for one, two in chosen:
            table[one, two] = table[two, one] = 1
        tables.append(table)
        values.append(network_statistics(network_state(table), NOTHING, ONE, powers(5)))
    return np.array(tables), np.array(values)


@pytest.mark.slow
def test_swaps_draw_from_the_model():
    """With three ties of a house kept, every way to place two more has the chance that enumeration gives it."""
    tables, values = all_networks(5)
    kept = np.zeros((5, 5), np.uint8)
    for one, two in ((0, 1), (1, 2), (2, 3)):
        kept[one, two] = kept[two, one] = 1
    coefficient = np.array([1.0, 0.4, -0.2, 0.3])
    holds = (tables >= kept).all(axis=(1, 2))
    weight = np.exp(values @ coefficient) * holds
    exact = (weight[:, None] * values).sum(axis=0) / weight.sum()
    rng, state, power = np.random.default_rng(5), network_state(kept), powers(5)
    resize(state, kept, 5, rng)
    movable, drawn = listed(state[0], kept), []
    for _ in range(6000):
        swap_ties(state, movable, NOTHING, ONE, coefficient, 15, power, rng)
        drawn.append(network_statistics(state, NOTHING, ONE, power))
    spread = np.sqrt((weight[:, None] * (values - exact) ** 2).sum(axis=0) / weight.sum())
    error = np.abs(np.mean(drawn, axis=0) - exact)
    assert (error <= 4 * spread / np.sqrt(1500) + 1e-9).all()  # four standard errors, one draw in four counted as free


def test_what_is_taken_out_is_any_of_the_unseen_ties_and_none_that_was_seen():
    unseen, rng, stayed = [(0, 3), (1, 4), (2, 5), (3, 5)], np.random.default_rng(8), Counter()
    seen = np.zeros((6, 6), np.uint8)
    seen[0, 1] = seen[1, 0] = 1
    whole = seen.copy()
    for one, two in unseen:
        whole[one, two] = whole[two, one] = 1
    for _ in range(600):
        state = network_state(whole)
        resize(state, seen, 3, rng)
        assert state[0][0, 1] == 1
        stayed[tuple(pair for pair in unseen if state[0][pair])] += 1
    assert {len(kept) for kept in stayed} == {2}
    assert chisquare([stayed[pair] for pair in combinations(unseen, 2)]).pvalue > 1e-3  # a fixed seed


@pytest.mark.slow
def test_exchange_draws_coefficient_and_ties_from_their_posterior():
    """One coefficient moves, so that its posterior, with that of the unseen ties, is a sum over networks and a grid."""
    tables, values = all_networks(5)
    kept = np.zeros((5, 5), np.uint8)
    for one, two in ((0, 1), (1, 2), (0, 2)):
        kept[one, two] = kept[two, one] = 1
    grid = np.linspace(-8, 8, 801)
    chance = np.exp(grid[:, None] * (values[:, 1] - values[:, 1].max()))
    chance /= chance.sum(axis=1, keepdims=True)
    chance *= (tables >= kept).all(axis=(1, 2)) * np.exp(-0.5 * (grid[:, None] / PRIOR_SD[1]) ** 2)
    chance /= chance.sum()
    mean = (chance.sum(axis=1) * grid).sum()
    sd = np.sqrt((chance.sum(axis=1) * (grid - mean) ** 2).sum())
    rng, state, power = np.random.default_rng(6), network_state(kept), powers(5)
    resize(state, kept, 5, rng)
    coefficient, spread, drawn = PRIOR_MEAN.copy(), np.diag([0.0, 1.2, 0.0, 0.0]), []
    for _ in range(20_000):
        exchange(state, kept, NOTHING, ONE, coefficient, spread, 1, power, rng)
        drawn.append((coefficient[1], network_statistics(state, NOTHING, ONE, power)[1]))
    found = np.array(drawn)
    assert found[:, 0].mean() == pytest.approx(
        mean, abs=0.12 * sd
    )  # about 1,500 free draws, and a short auxiliary chain
    assert found[:, 0].std() == pytest.approx(sd, rel=0.1)
    assert found[:, 1].mean() == pytest.approx((chance.sum(axis=0) * values[:, 1]).sum(), rel=0.04)


@pytest.mark.slow
def test_clustered_groups_are_covered_where_blocks_are_not():
    held = {"blocks": 0, "shared partners": 0}
    for seed in range(3):
        whole, seen = clustered(seed)
        truth = whole_statistics(*rows_of(whole))[2]
        for model in held:
            result = missing_ties(seen, 0.3, model=model, draws=8000, seed=seed)  # fewer have not mixed
            assert result.stands
            row = result.estimates.loc["transitivity"]
            held[model] += row["ci_low"] <= truth <= row["ci_high"]
            advice = {one.name: one for one in result.checks}["triangles"].message
            assert ("shared partners'" in advice) == (model == "blocks")
    assert held["blocks"] == 0
    assert held["shared partners"] >= 2


@pytest.mark.slow
def test_number_of_ties_follows_the_stated_share():
    seen = nx.gnm_random_graph(24, 36, seed=1)
    result = missing_ties(seen, 0.25, model="shared partners", draws=12_000, seed=2)
    row = result.estimates.loc["ties"]
    assert result.stands
    assert row["estimate"] == pytest.approx(36 / 0.75, rel=0.03)
    # of a negative binomial; 500 free draws give the spread to 3 %
    assert row["std_error"] == pytest.approx(np.sqrt(37 * 0.25) / 0.75, rel=0.1)


def test_chains_that_have_not_mixed_show_no_limits():
    result = missing_ties(nx.karate_club_graph(), 0.25, model="shared partners", draws=400, seed=2)
    assert not result.stands
    assert result.estimates[["std_error", "ci_low", "ci_high"]].isna().all(axis=None)


def test_same_seed_same_bytes_whatever_the_workers():
    graph = nx.karate_club_graph()
    once = missing_ties(graph, 0.2, model="shared partners", draws=40, seed=3)
    with workers(2):
        assert missing_ties(graph, 0.2, model="shared partners", draws=40, seed=3) == once


@pytest.mark.parametrize("graph", [nx.empty_graph(5), nx.complete_graph(5), nx.star_graph(4), nx.path_graph(3)])
def test_extreme_networks_run(graph):
    result = missing_ties(graph, 0.3, model="shared partners", draws=40)
    assert result.estimates.loc["ties", "estimate"] >= graph.number_of_edges()
    if not graph.number_of_edges():
        assert result.status == "fail"


def test_nothing_missing_gives_no_interval():
    table = missing_ties(nx.karate_club_graph(), 0.0, model="shared partners", draws=40).estimates
    assert table["estimate"].tolist() == pytest.approx(table["observed"].tolist())
    assert table["ci_low"].isna().all()


def test_refusals():
    with pytest.raises(SpecificationError, match="301 actors, missing_ties takes 300 at most with model"):
        missing_ties(nx.path_graph(301), 0.3, model="shared partners")
    with pytest.raises(SpecificationError, match="model"):
        missing_ties(nx.path_graph(5), 0.3, model="ergm")
