"""The kernel that joins records keeps to its arrays: as Python, where a step outside is an error, it joins the same."""

import numpy as np
import pytest

from ctresearch.data.linkage.partition import group_records, sweep
from interpreted import interpreted


@pytest.mark.parametrize("one_per_list", [True, False])
def test_records_are_joined_the_same_as_python(one_per_list):
    rng = np.random.default_rng(5)
    left, right = np.triu_indices(14, 1)
    log_odds = rng.normal(-1, 3, len(left))
    list_of = rng.integers(0, 3, 14)
    groups = group_records(left, right, log_odds, list_of)

    def labels():
        label, stream, found = np.arange(len(groups.members)), np.random.default_rng(2), []
        for _ in range(5):
            sweep(label, groups, log_odds, stream, rounds=3, one_per_list=one_per_list)
            found.append(label.tolist())
        return found

    compiled = labels()
    with interpreted("data"):
        assert labels() == compiled
    assert len({tuple(one) for one in compiled}) > 1
    for label in compiled if one_per_list else ():
        persons = list(zip(label, groups.lists.tolist(), strict=True))
        assert len(set(persons)) == len(persons)
