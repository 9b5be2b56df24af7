"""Divisions of records into persons: the best, and draws held against every division by hand."""

from itertools import product

import numpy as np
import pytest

from ctresearch.data.linkage.inclusion import inclusion_counts
from ctresearch.data.linkage.linkage_error import linkage_error
from ctresearch.data.linkage.partition import best_division, group_records, person_of_records, sweep
from ctresearch.data.linkage.prior import match_odds, prior_log_odds

# records 0 and 1 on the first list, 2 on the second, 3 on the third; every pair between lists is scored
LIST_OF = np.array([0, 0, 1, 2])
LEFT, RIGHT = np.array([0, 1, 0, 1, 2]), np.array([2, 2, 3, 3, 3])
ODDS = np.array([1.0, 0.5, -0.5, 0.8, 0.3])


def named(labels):
    """Name each person by its first record."""
    first = {}
    return tuple(first.setdefault(label, record) for record, label in enumerate(labels))


def divisions(list_of):
    """All divisions of four records with at most one record of a list in a person."""
    every = {named(labels) for labels in product(range(4), repeat=4)}
    return sorted(p for p in every if len(set(zip(p, list_of, strict=True))) == 4)


def moves(record, places, list_of, left, right, odds):
    """The step that moves one record: chances from each division to each, by the mean of the odds with a person."""
    steps = np.zeros((len(places), len(places)))
    pair = {frozenset(ends): np.exp(one) for *ends, one in zip(left, right, odds, strict=True)}
    for person, at in places.items():
        others = {one: [r for r in range(4) if r != record and person[r] == one] for one in set(person)}
        weights = {named([4 if r == record else p for r, p in enumerate(person)]): 1.0}
        for one, members in others.items():
            heard = [pair[frozenset((record, r))] for r in members if frozenset((record, r)) in pair]
            if heard and all(list_of[r] != list_of[record] for r in members):
                weights[named([one if r == record else p for r, p in enumerate(person)])] = np.mean(heard)
        for to, weight in weights.items():
            steps[at, places[to]] += weight / sum(weights.values())
    return steps


def draw(rng, n, *, one_per_list=True):
    groups = group_records(LEFT, RIGHT, ODDS, LIST_OF)
    found = []
    for _ in range(n):
        label = np.arange(len(groups.members))
        sweep(label, groups, ODDS, rng, rounds=15, one_per_list=one_per_list)
        found.append(tuple(person_of_records(label, groups, 4).tolist()))
    return found


def test_draws_have_the_probabilities_of_the_chain_by_hand():
    places = {person: at for at, person in enumerate(divisions(LIST_OF))}
    sweep_once = np.linalg.multi_dot([moves(r, places, LIST_OF, LEFT, RIGHT, ODDS) for r in range(4)])
    weights = np.linalg.matrix_power(sweep_once, 200)[0]
    draws = 6000
    found = draw(np.random.default_rng(1), draws)
    assert set(found) <= set(places)
    shares = np.array([found.count(person) / draws for person in places])
    # four standard errors of a share, over all divisions
    assert (np.abs(shares - weights) < 4 * np.sqrt(weights * (1 - weights) / draws) + 1e-12).all()


def test_between_two_lists_a_division_is_as_likely_as_the_product_of_its_odds():
    lists, left, right = np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), np.array([2, 3, 2, 3])
    odds = np.array([1.0, 0.5, -0.5, 0.8])
    places = {person: at for at, person in enumerate(divisions(lists))}
    joint = np.array(
        [
            np.exp(sum(o for i, j, o in zip(left, right, odds, strict=True) if person[i] == person[j]))
            for person in places
        ]
    )
    groups, rng, draws = group_records(left, right, odds, lists), np.random.default_rng(4), 6000
    found = []
    for _ in range(draws):
        label = np.arange(len(groups.members))
        sweep(label, groups, odds, rng, rounds=15)
        found.append(tuple(person_of_records(label, groups, 4).tolist()))
    weights = joint / joint.sum()
    shares = np.array([found.count(person) / draws for person in places])
    assert (np.abs(shares - weights) < 4 * np.sqrt(weights * (1 - weights) / draws)).all()


def test_a_match_is_sought_among_records_without_one():
    assert np.exp(prior_log_odds(0.05, 10, 10, one_per_list=True)) == pytest.approx(5 / 25)
    assert np.exp(prior_log_odds(0.05, 10, 10, one_per_list=False)) == pytest.approx(0.05 / 0.95)


def test_without_the_limit_a_person_may_stand_twice_on_a_list():
    found = draw(np.random.default_rng(2), 300, one_per_list=False)
    assert any(person[0] == person[1] for person in found)


def test_the_best_division_takes_the_likelier_of_two():
    best = best_division(LEFT, RIGHT, ODDS, LIST_OF)
    assert best[0] == best[2], "the largest odds"
    assert best[1] == best[3], "the next that does not put both records of the first list together"
    assert best[0] != best[1]


def test_transitivity_joins_what_no_pair_scores():
    lists = np.array([0, 1, 2])
    best = best_division(np.array([0, 1]), np.array([1, 2]), np.array([5.0, 5.0]), lists)
    assert best.tolist() == [0, 0, 0]


def test_hopeless_pairs_hold_nothing_together():
    groups = group_records(LEFT, RIGHT, np.full(5, -20.0), LIST_OF)
    assert len(groups.members) == 0
    assert person_of_records(np.zeros(0, dtype=int), groups, 4).tolist() == [0, 1, 2, 3]


def test_counts_and_errors_by_hand():
    person = np.array([0, 1, 0, 1])
    table = inclusion_counts(person, LIST_OF, ["A", "B", "C"])
    assert table.to_numpy().tolist() == [[1, 1, 0, 1], [1, 0, 1, 1]]
    error = linkage_error(person, [np.array([0, 1, 0, 3]), person])
    assert error.false_matches.tolist() == [0.5, 0.0]
    assert error.missed_matches.tolist() == [0.0, 0.0]
    assert error.joined == 2


def test_nothing_joined_has_no_rate():
    assert np.isnan(linkage_error(np.arange(4), [np.arange(4)]).false_matches).all()


@pytest.mark.parametrize("share", [0.001, 0.01])
def test_the_share_of_matches_is_found(share):
    rng = np.random.default_rng(3)
    pairs = 1_000_000
    matches = int(share * pairs)
    # normal log-likelihood ratios of separation 12: mean 6 and -6, variance 12, as that of a ratio must be
    log_ratio = np.r_[rng.normal(6, 12**0.5, matches), rng.normal(-6, 12**0.5, pairs - matches)]
    got = match_odds(log_ratio, np.zeros(pairs, int), np.ones(pairs, int), [1000, 1000], met=1.0, one_per_list=False)
    assert got.shares[0, 1] == pytest.approx(share, rel=0.1)  # two standard errors at 1,000 matches, blurred by overlap
    chance = 1 / (1 + np.exp(-got.log_odds))
    assert chance.sum() == pytest.approx(share * pairs, rel=0.1)
