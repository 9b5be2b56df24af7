"""Steps of the searches for key players, one by one, on graphs small enough to see the answer."""

import networkx as nx
import numpy as np
import pytest

from ctresearch.networks import as_network, key_players
from ctresearch.networks.position.shortest_paths import distances
from ctresearch.networks.removal import set_search
from ctresearch.networks.removal.distance_reach import DistanceReach
from ctresearch.networks.removal.loss_bounds import LossBounds
from ctresearch.networks.removal.removal_measures import DistanceFragmentation, Fragmentation, Reach
from ctresearch.networks.removal.set_search import MAX_SETS, Candidates, Found, branch_and_bound, greedy, swap
from ctresearch.networks.structure.search_limit import SECONDS, SearchLimit

LIMIT = SearchLimit("search", effort=10_000)
STARS = nx.Graph([(hub, f"{hub}{i}") for hub, leaves in (("a", 4), ("b", 5), ("c", 6)) for i in range(leaves)])
PLACE = {name: i for i, name in enumerate(STARS)}


def anyone(graph):
    """Say that all may be in a set, at no cost."""
    return Candidates(np.arange(len(graph)), np.zeros(len(graph)), np.inf)


def measures(graph):
    """Make the four measures of a graph."""
    network = as_network(graph)
    steps = distances(network.undirected_adjacency)
    return (
        Fragmentation(network.undirected_adjacency),
        DistanceFragmentation(network.undirected_adjacency),
        Reach((steps >= 0) & (steps <= 1)),
        DistanceReach(steps),
    )


@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_an_exchange_tries_each_member_and_ends_with_the_hubs(which, wrong):
    measure, hubs = measures(STARS)[which], [PLACE[hub] for hub in "abc"]
    members = [hub if i != wrong else PLACE["c0"] for i, hub in enumerate(hubs)]
    found = Found()
    set_search._exchange(measure, members, anyone(STARS), found, LIMIT)
    assert found.sets == {tuple(hubs)}
    assert found.cost == measure.cost(hubs)


@pytest.mark.parametrize("which", range(4))
def test_the_last_members_are_those_of_every_set_tried(which):
    measure, all_ = measures(STARS)[which], np.arange(len(STARS))
    hub = PLACE["c"]
    allowed = all_[all_ != hub]
    costs = {int(one): measure.cost([hub, int(one)]) for one in allowed}
    lowest = min(costs.values())
    added, cost, open_ = measure.complete([hub], 1, allowed, np.inf, LIMIT)
    assert added[cost == lowest].ravel().tolist() == [one for one, value in costs.items() if value == lowest]
    assert open_ == np.inf
    none, _, open_ = measure.complete([hub], 1, allowed, lowest - 1, LIMIT)
    assert (len(none), open_) == (0, np.inf)
    each = measure.after_each([hub], allowed, np.inf, LIMIT)
    known = np.isfinite(each)
    assert each[known].tolist() == [costs[int(one)] for one in allowed[known]]
    assert each.min() == lowest
    bounds = measure.losses([hub], LIMIT)
    assert bounds.of_any(allowed, 1) <= lowest + 1e-9
    assert (bounds.with_each(allowed, 1) <= np.array(list(costs.values())) + 1e-9).all()
    assert measure.floor(2, all_) <= lowest + 1e-9


@pytest.mark.parametrize("which", range(4))
def test_greedy_swaps_and_branches_find_the_hubs(which):
    measure, hubs = measures(STARS)[which], tuple(PLACE[hub] for hub in "abc")
    assert sorted(greedy(measure, 3, anyone(STARS), LIMIT)) == list(hubs)
    assert greedy(measure, 3, anyone(STARS), LIMIT, (hubs[0], hubs[1])) == hubs
    assert swap(measure, 3, anyone(STARS), LIMIT, starts=2, seed=0).sets == {hubs}
    found = branch_and_bound(measure, 3, anyone(STARS), Found(), SearchLimit("search", effort=10_000))
    assert (found.sets, found.open_bound, found.settled, found.complete) == ({hubs}, np.inf, True, True)
    assert found.looked > 1
    few = branch_and_bound(measure, 3, anyone(STARS), Found(), SearchLimit("search", effort=1))
    assert few.open_bound <= measure.cost(hubs) + 1e-9  # what was left open may hold the best


def test_a_set_is_kept_for_a_tie_and_dropped_for_a_better_one():
    found = Found()
    for cost, members in ((3.0, (0,)), (2.0, (1,)), (2.0 + 1e-12, (2,)), (2.5, (3,))):
        found.offer(cost, members)
    assert (found.cost, found.sets) == (2.0, {(1,), (2,)})
    assert found.reach > found.cost
    assert found.settled
    found.open_bound = 2.0
    assert not found.settled
    for one in range(MAX_SETS + 5):
        found.offer(2.0, (1, one))
    assert (len(found.sets), found.complete) == (MAX_SETS + 1, False)
    assert found.reach < found.cost


def test_who_is_affordable_leaves_enough_for_the_cheapest_others():
    who = Candidates(np.array([0, 1, 2, 3]), np.array([1.0, 2.0, 3.0, 4.0]), 5.0)
    assert who.affordable([], 1).tolist() == [0, 1, 2, 3]
    assert who.affordable([], 2).tolist() == [0, 1, 2, 3]  # 4 and the cheapest, 1
    assert who.affordable([1], 1).tolist() == [0, 2]
    assert who.affordable([0], 2).tolist() == [1]  # 1 and 2 spent or kept: 2 left
    assert who.affordable([2], 2).tolist() == [0]
    assert Candidates(who.allowed, who.costs, np.inf).affordable([1], 1).tolist() == [0, 2, 3]


def test_bounds_take_the_highest_and_of_those_behind_the_largest():
    bounds = LossBounds(np.array([9.0, 8.0]), np.array([[1.0, 5.0, 2.0], [0.0, 1.0, 1.0]]))
    everyone = np.arange(3)
    assert bounds.of_any(everyone, 1) == 7.0  # 9 - 5 and 8 - 1
    assert bounds.of_any(everyone, 2) == 6.0  # 9 - 7 and 8 - 2
    assert bounds.with_each(everyone, 1).tolist() == [8.0, 7.0, 7.0]
    assert bounds.with_each(everyone, 2).tolist() == [7.0, 6.0, 7.0]


def test_a_limit_is_of_time_of_branches_or_of_both(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("ctresearch.networks.structure.search_limit.time.monotonic", lambda: now[0])
    usual, effort, both = SearchLimit("x"), SearchLimit("x", effort=3), SearchLimit("x", 4.0, 3)
    assert (usual.seconds, usual.effort, SECONDS) == (10.0, None, 10.0)
    assert (effort.seconds, effort.effort, effort.left) == (None, 3, np.inf)
    assert (both.seconds, both.effort, both.left) == (4.0, 3, 4.0)
    assert [effort.reached(one) for one in (2, 3)] == [False, True]
    half = both.share(0.5)
    assert (half.left, half.seconds, half.effort) == (2.0, 4.0, 3)
    now[0] = 103.0
    assert (half.over, both.over, both.left, half.left) == (True, False, 1.0, -1.0)
    assert half.share(0.5).left == 0.0
    assert both.ended_by(1_200) == "the search ended after 1,200 branches"
    now[0] = 104.5
    assert (both.over, both.reached(0), usual.over, effort.over) == (True, True, False, False)
    assert both.ended_by(1_200) == "the search ended with its time, 4 s, after 1,200 branches"
    assert effort.ended_by(3) == "the search ended after 3 branches"


def test_what_was_left_open_is_told_with_its_reason():
    graph = nx.gnp_random_graph(24, 0.2, seed=3)
    cut = key_players(graph, 4, effort=1)
    (proof,) = [check for check in cut.checks if check.name == "optimality"]
    assert (proof.status, dict(proof.numbers)["gap"]) == ("review", pytest.approx(cut.gap))
    assert "ended after" in proof.message
    assert not cut.proven
    for search in ("swap", "greedy"):
        found = key_players(graph, 4, search=search)
        assert f"a {search} search proves nothing" in found.checks[0].message
        assert "was not looked for" in found.checks[1].message
