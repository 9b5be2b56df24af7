"""What totals tell of masked cells, and what a mask itself tells besides."""

import pandas as pd
import pytest

from ctresearch.privacy import Output
from ctresearch.privacy.attack.margins import recoverable_rule


def given_away(*cells, threshold=5):
    rows = ["Woman", "Man", "Other", "Total"]
    table = pd.DataFrame({"sex": rows[: len(cells) - 1] + rows[-1:], "n": cells})
    found = recoverable_rule(Output("sex", "table", "restricted", content=table), threshold)
    return 0 if found is None else found.numbers["exposed"]


@pytest.mark.parametrize(
    ("cells", "exposed"),
    [
        ((40, "<5", "<5", 48), 2),  # both are 4, since neither is more
        ((40, "<5", "<5", 47), 2),  # 3 or 4 each
        ((40, "< 5", "less than 5", 48), 2),
        ((40, "moins de 5", "menos de 5", 48), 2),
        ((40, "<5", "<5", 45), 0),  # 1 to 4 each is what the masks say
        ((40, None, None, 48), 0),  # no mask says how much it may be: 0 to 8 each
        ((40, "<5", None, 60), 0),
        ((40, "<5", 43), 1),
        ((40, "<10", "<10", 58), 0),  # 9 each, which may be shown
    ],
)
def test_a_mask_that_says_how_much_it_may_be_tells_an_attacker_as_much(cells, exposed):
    assert given_away(*cells) == exposed


def test_two_ways_of_totals_use_what_the_masks_say():
    table = pd.DataFrame(
        {
            "sex": ["Woman", "Man", "Other", "Total"],
            "child": [20, "<5", "<5", 28],
            "adult": [30, 12, 14, 56],
            "Total": [50, "16", "18", 84],
        }
    )
    found = recoverable_rule(Output("sex", "table", "restricted", content=table), 5)
    assert found.numbers["exposed"] == 2
