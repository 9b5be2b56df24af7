"""Groups under missing ties: planted ones hold, those of chance do not, and pairs are counted as they should be."""

import json
from itertools import combinations

import networkx as nx
import numpy as np
import pytest

from ctresearch.core import DataError, FitError, Result, SpecificationError
from ctresearch.core.parallel import workers
from ctresearch.networks import group_stability
from ctresearch.networks.missing.group_stability import _compare

PLANTED = nx.planted_partition_graph(4, 15, 0.5, 0.03, seed=2)
KINDS = ("ties", "actors", "attention", "unseen")


def test_pairs_are_those_counted_one_by_one():
    rng = np.random.default_rng(1)
    before, after = rng.integers(0, 3, 14), rng.integers(0, 4, 14)
    _, found_groups, together, apart, *held = _compare(before, after, 3)
    pairs = [(before[i] == before[j], after[i] == after[j], before[i]) for i, j in combinations(range(14), 2)]
    assert found_groups == len(set(after))
    assert together == pytest.approx(np.mean([two for one, two, _ in pairs if one]))
    assert apart == pytest.approx(np.mean([not two for one, two, _ in pairs if not one]))
    assert held == pytest.approx([np.mean([two for one, two, g in pairs if one and g == k]) for k in range(3)])


@pytest.mark.slow
@pytest.mark.parametrize("missing", KINDS)
def test_planted_groups_hold_and_groups_of_chance_do_not(missing):
    planted = group_stability(PLANTED, missing=missing, draws=30, seed=1)
    chance = group_stability(
        nx.gnm_random_graph(60, PLANTED.number_of_edges(), seed=4), missing=missing, draws=30, seed=1
    )
    assert planted.estimates.loc["together", "estimate"] > 0.9
    assert planted.estimates.loc["held", "actors"].tolist() == [15, 15, 15, 15]
    assert planted.status == "pass"
    assert chance.estimates.loc["together", "estimate"] < 0.7
    assert chance.status == "review"


def test_the_more_goes_missing_the_less_holds():
    held = [
        group_stability(PLANTED, rate=rate, draws=30).estimates.loc["agreement", "estimate"]
        for rate in (0.05, 0.4, 0.8)
    ]
    assert held[0] > held[1] > held[2]


def test_the_same_whatever_the_workers_and_through_json():
    one = group_stability(PLANTED, draws=30, seed=5)
    with workers(2):
        assert group_stability(PLANTED, draws=30, seed=5) == one
    assert Result.from_dict(json.loads(json.dumps(one.to_dict()))) == one
    assert "person" not in one.estimates.to_string()


def test_what_is_refused():
    for options in ({"rate": 0.0}, {"rate": 1.0}, {"missing": "all"}, {"draws": 5}, {"resolution": 0}):
        with pytest.raises(SpecificationError):
            group_stability(PLANTED, **options)
    with pytest.raises(DataError, match="at least 5"):
        group_stability(nx.path_graph(4))
    with pytest.raises(FitError, match="no tie"):
        group_stability(nx.empty_graph(6))
    with pytest.raises(SpecificationError, match="1,001 actors"):
        group_stability(nx.path_graph(1001))


def test_a_group_of_one_has_no_pairs_to_hold():
    graph = nx.complete_graph(5)
    graph.add_node("alone")
    held = group_stability(graph, draws=20).estimates.loc["held"]
    assert np.isnan(held["estimate"].iloc[-1])
