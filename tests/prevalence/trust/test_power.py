"""What a table of a given size could show."""

import numpy as np
import pytest

from ctresearch.prevalence import Scenario
from ctresearch.prevalence.trust.pair_scores import scores_of_tables
from ctresearch.prevalence.trust.power import (
    CLEAR,
    SOFT,
    TABLES,
    independent_chances,
    power_of,
    repel_bound,
    two_classes,
)

SIZES, PEOPLE = np.array([160.0, 240, 320, 400]), 912.0


def test_it_is_the_same_at_every_call_and_another_for_another_seed():
    assert power_of(SIZES, PEOPLE, 1) == power_of(SIZES, PEOPLE, 1)
    assert power_of(SIZES, PEOPLE, 1) != power_of(SIZES, PEOPLE, 2)


def test_it_grows_with_the_table():
    small, large = power_of(SIZES / 8, PEOPLE / 8, 1), power_of(SIZES * 8, PEOPLE * 8, 1)
    assert small.clear < 0.6 < 0.95 < large.clear
    assert small.mild < large.mild
    assert small.repulsion < 0.6 < 0.95 < large.repulsion
    assert (small.shows, large.shows) == (False, True)


def test_two_classes_give_lists_of_the_sizes_at_hand():
    chances, total = two_classes(SIZES, PEOPLE, *CLEAR)
    on = np.arange(16)[:, None] >> np.arange(4) & 1
    assert total * (1 - chances[0]) == pytest.approx(PEOPLE, rel=1e-9)
    assert total * (chances @ on) == pytest.approx(SIZES, rel=1e-9)
    assert chances.sum() == pytest.approx(1)


def test_it_is_how_often_the_score_is_over_its_bound():
    chances, total = two_classes(SIZES, PEOPLE, 0.5, 3.0)
    tables = np.random.default_rng(8).multinomial(round(total), chances, size=2000).astype(float)
    found = scores_of_tables(tables)
    # the 200 tables of the power have three Monte Carlo errors of .1 near one half
    assert power_of(SIZES, PEOPLE, 1).mild == pytest.approx(np.mean(found.common > SOFT), abs=3 / np.sqrt(4 * TABLES))
    assert power_of(SIZES, PEOPLE, 1).hidden == pytest.approx(np.median(found.population) / total - 1, abs=0.02)


def test_bounds_are_crossed_as_seldom_as_they_say():
    tables = np.random.default_rng(9).multinomial(20_000, Scenario.named("independence").chances, size=2000)
    found = scores_of_tables(tables.astype(float))
    assert np.mean(found.common > SOFT) == pytest.approx(0.2, abs=0.03)  # three Monte Carlo errors
    crossed = np.mean(found.pairs.min(axis=1) < repel_bound(6))
    assert 0.04 < crossed < 0.13  # six scores that are not independent: at most a tenth, but for error


def test_independent_chances_are_products():
    found = independent_chances(np.array([0.1, 0.3, 0.6]))
    assert found[0b101] == pytest.approx(0.1 * 0.7 * 0.6)
    assert found.sum() == pytest.approx(1)


def test_lists_that_never_meet_show_nothing():
    found = power_of(np.array([5.0, 6.0, 7.0]), 18.0, 1)
    assert (found.clear, found.mild, found.repulsion, found.shows) == (0, 0, 0, False)
