"""How few people a number rests on."""

import numpy as np

from ctresearch.stats.groups.smallest import smallest_cell, smallest_level


def test_the_smallest_group_is_that_of_a_level_or_a_cell():
    x = np.random.default_rng(1).normal(size=20)
    assert smallest_level([x], 20) == 20
    assert smallest_level([np.ones(20)], 20) == 20
    assert smallest_level([x, np.r_[np.zeros(17), np.ones(3)], np.r_[np.zeros(10), np.ones(10)]], 20) == 3
    assert smallest_level([], 7) == 7
    arm, event = np.r_[np.zeros(10), np.ones(10)], np.r_[np.zeros(18), np.ones(2)]
    assert smallest_cell(arm, event) == 2
    assert smallest_cell(arm, x) == 10
    assert smallest_cell(list("aab"), [True, True, True]) == 1
