"""Combinations of few cases, and items that few have or lack, are left out where that is asked."""

import pandas as pd
import pytest

from ctresearch.core import SpecificationError
from ctresearch.networks import act_means_purpose

CASES = pd.DataFrame(
    {"moved": [1] * 20, "force": [1] * 17 + [0] * 3, "debt": [0] * 12 + [1] * 8, "labour": [1] * 2 + [0] * 18}
)


def profile():
    return act_means_purpose(CASES, acts=["moved"], means=["force", "debt"], purposes=["labour"])


def test_what_few_have_or_lack_is_left_out_and_the_smallest_group_is_that_of_the_rest():
    whole, kept = profile(), profile().at_least(5)
    assert whole.smallest_group == 2
    assert sorted(whole.combinations["cases"]) == [2, 3, 5, 10]
    assert sorted(kept.combinations["cases"]) == [5, 10]
    assert kept.smallest_group == 5
    items = list(zip(kept.estimates["element"], kept.estimates["item"], strict=True))
    # 17 have force and 3 lack it, 2 have labour; all were moved, and debt is that of 8 of 20
    assert ("means", "debt") in items
    assert ("act", "moved") in items
    assert ("means", "force") not in items
    assert ("purpose", "labour") not in items
    assert whole.at_least(1) == whole


def test_fewest_cases_are_a_whole_number():
    with pytest.raises(SpecificationError, match="cases == 0"):
        profile().at_least(0)
