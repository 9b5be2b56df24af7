"""Loads of trees are the pairs that each actor parts or takes away, counted one by one; run as Python, without compiling."""

import numpy as np
import pytest

from ctresearch.networks.removal import tree_loads as kernels
from interpreted import interpreted


def rows_of(n, ties):
    """Lay ties out as rows of a symmetric adjacency."""
    near = [sorted({b for a, b in ties if a == one} | {a for a, b in ties if b == one}) for one in range(n)]
    return np.cumsum([0, *map(len, near)]), np.array([two for row in near for two in row], dtype=np.int64)


def pairs(n, ties, gone=()):
    """Count the pairs that a way joins, actors who are gone left out, by brute force."""
    part = list(range(n))
    for _ in range(n):
        for a, b in ties:
            if a not in gone and b not in gone:
                part = [min(part[a], part[b]) if one in (part[a], part[b]) else one for one in part]
    left = [one for one in range(n) if one not in gone]
    return sum(part[a] == part[b] for a in left for b in left if a < b)


def loads_of(n, ties, gone=(), trees=2):
    """Add up the loads of some trees."""
    loads, away = np.zeros(n), np.isin(np.arange(n), list(gone))
    with interpreted("networks"):
        kernels.tree_loads(rows_of(n, ties), away, np.arange(n), (0, trees), loads)
    return loads


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("trees", [1, 3])
def test_in_a_forest_every_tree_gives_what_each_actor_parts(seed, trees):
    rng = np.random.default_rng(seed)
    ties = [(int(rng.integers(0, k)), k) for k in range(1, 12) if k not in (5, 9)]  # three parts
    gone = {3} if seed % 2 else set()
    lost = [pairs(12, ties, gone) - pairs(12, ties, gone | {one}) for one in range(12)]
    assert loads_of(12, ties, gone, trees) == pytest.approx(trees * np.array(lost))


@pytest.mark.parametrize("seed", range(4))
def test_no_actor_parts_more_than_the_mean_of_its_loads(seed):
    rng = np.random.default_rng(seed)
    ties = sorted({tuple(sorted(map(int, rng.choice(10, 2, replace=False)))) for _ in range(16)})
    loads = loads_of(10, ties, trees=6) / 6
    whole = pairs(10, ties)
    for one in range(10):
        assert whole - pairs(10, ties, {one}) <= loads[one] + 1e-9
        assert loads[one] <= whole


def test_busy_actors_are_gone_round():
    ring = [(k, (k + 1) % 6) for k in range(6)]
    one, many = loads_of(6, ring, trees=1), loads_of(6, ring, trees=60) / 60
    assert one.max() > 10  # a tree cuts the ring open, and its middle bears most
    assert many.max() - many.min() < 0.1 * many.mean()  # in turn each bears as much
