"""Orders in which a sample can have come about, against all of them written down, and the overlap they give."""

from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest

from ctresearch.prevalence import CaptureHistories, Chapman, LinkedSamples
from ctresearch.prevalence.traced.overlap import common_people, overlap_estimate
from ctresearch.prevalence.traced.reorderings import reorder

LINKS = [("a", "b"), ("a", "c"), ("b", "c"), ("c", "d"), ("d", "e"), ("b", "e")]
DEGREE = {"a": 2, "b": 4, "c": 3, "d": 5, "e": 2}
CLOSED = {"a": 2, "b": 3, "c": 3, "d": 2, "e": 2}


def sample_of(degree, initial=("a", "d")):
    """Read two samples of the same five people; return the first, and who is at each of its places."""
    people = pd.DataFrame(
        [(s, p, int(p in initial), degree[p]) for s in "12" for p in degree],
        columns=["sample", "person", "initial", "degree"],
    )
    links = pd.DataFrame(LINKS, columns=["one", "other"])
    sample = LinkedSamples.from_frames(people, links).samples[0]
    return sample, np.array(list(degree))[sample.person]


def chance_of(first, rest, degree):
    """Return the chance of a sequence of links, each drawn of all that lead out."""
    inside, chance = set(first), 1.0
    linked = {p: {x for link in LINKS for x in link if p in link} - {p} for p in degree}
    for new in rest:
        out = sum(degree[p] for p in inside) - sum(len(linked[p] & inside) for p in inside)
        chance *= len(linked[new] & inside) / out
        inside.add(new)
    return chance


def test_links_drawn_one_at_a_time_give_every_order_its_chance():
    sample, people = sample_of(DEGREE)
    weight = {
        frozenset(first): sum(chance_of(first, rest, DEGREE) for rest in permutations(set(DEGREE) - set(first)))
        for first in combinations(DEGREE, 2)
    }
    whole = sum(weight.values())
    walk = reorder(sample, 0, 40_000, 5, np.random.default_rng(3))
    drawn = pd.Series([frozenset(people[row].tolist()) for row in walk.initial]).value_counts(normalize=True)
    for first, chance in weight.items():
        # 40,000 draws, one in five steps of an order of five people: an error of about .004
        assert drawn.get(first, 0.0) == pytest.approx(chance / whole, abs=0.015)
    assert 0 < walk.taken < 1


def test_following_all_links_leaves_the_orders_that_meet_the_same_people():
    sample, people = sample_of(CLOSED)
    walk = reorder(sample, 1, 4000, 3, np.random.default_rng(3))
    drawn = {frozenset(people[row].tolist()) for row in walk.initial}
    linked = {p: {x for link in LINKS for x in link if p in link} for p in CLOSED}
    fit = {frozenset(one) for one in combinations(CLOSED, 2) if set.union(*(linked[p] for p in one)) == set(CLOSED)}
    assert drawn == fit
    assert len(fit) < 10
    # after two waves everybody is met from anybody
    assert (
        len({frozenset(people[row].tolist()) for row in reorder(sample, 2, 4000, 3, np.random.default_rng(3)).initial})
        == 10
    )


def test_people_with_links_outside_can_only_have_come_last():
    degree = CLOSED | {"e": 3}
    sample, people = sample_of(degree)
    walk = reorder(sample, 1, 2000, 3, np.random.default_rng(3))
    assert not walk.initial[:, people == "e"].any()


def test_two_samples_give_chapman():
    table = CaptureHistories.from_published("hav-taiwan").drop("L3")
    shared = table.overlaps().to_numpy()
    found = overlap_estimate([shared[0, 0], shared[1, 1]], {(0, 1): np.array([shared[0, 1]])})
    chapman = Chapman().fit(table).estimates.loc["population"]
    # the same formula: rounding alone differs
    assert found.estimate[0] == pytest.approx(chapman["estimate"], rel=1e-12)
    assert found.variance[0] ** 0.5 == pytest.approx(chapman["std_error"], rel=1e-12)


def test_more_samples_are_nearly_without_bias():
    rng = np.random.default_rng(5)
    person = [[np.sort(rng.choice(1000, 80, replace=False)) for _ in range(3)] for _ in range(2000)]
    met = np.ones((1, 80), dtype=bool)
    found = [overlap_estimate([80] * 3, common_people(one, [met] * 3)) for one in person]
    estimates = np.array([one.estimate[0] for one in found])
    # about 19 people in common: estimates spread by 22 %, so 2,000 samples have an error of half a percent
    assert estimates.mean() == pytest.approx(1000, rel=0.02)
    assert np.mean([one.variance[0] for one in found]) == pytest.approx(estimates.var(), rel=0.15)
