"""What a table seen in part shows against an estimate from it."""

import numpy as np
import pandas as pd
from pins import published_lists

from ctresearch.prevalence import PartialHistories, PartialLogLinear, diagnose
from ctresearch.prevalence.partial.partial_diagnosis import diagnose_partial
from ctresearch.prevalence.trust.strata_diagnosis import DIAGNOSIS


def test_a_table_that_is_known_is_diagnosed_as_it_is_seen_whole():
    table = published_lists("kosovo")
    result = PartialLogLinear("fixed", model="[12,34]").fit(table)
    assert [check for check in result.checks if check.name in DIAGNOSIS] == list(diagnose(table, allows=["pairs"]))
    alone = PartialLogLinear("fixed", model="[1,2,3,4]").fit(table)
    assert [check for check in alone.checks if check.name in DIAGNOSIS] == list(diagnose(table))


def test_counts_known_as_a_range_stand_at_what_is_expected():
    rows = published_lists("hav-taiwan").counts.astype({"count": str})
    rows.loc[rows.index[-1], "count"] = "<40"
    table = PartialHistories.from_counts(rows)
    expected = np.array([69.0, 55.0, 63.0, 21.0, 17.0, 18.0, 27.6])
    found = diagnose_partial(table, expected)
    whole = published_lists("hav-taiwan")
    assert found == diagnose(whole)  # 27.6 is rounded to the 28 that are there


def test_impossible_patterns_are_not_taken_for_empty_ones():
    frame = pd.DataFrame(
        {"A": [1, 0, 1, 0, 0], "B": [0, 1, 1, 0, 1], "C": [0, 0, 0, 1, 1], "count": [40, 50, 9, 30, 8]}
    )
    table = PartialHistories.from_counts(frame, impossible=[["A", "C"]])
    (check,) = diagnose_partial(table, table.counts["low"].to_numpy())
    assert (check.name, check.status, check.numbers["impossible"]) == ("diagnosis", "review", 2)
    assert check.message.startswith("2 patterns of lists are impossible")
    names = [check.name for check in PartialLogLinear("fixed", model="[1,2,3]").fit(table).checks]
    assert "diagnosis" in names
    assert "people differ" not in names


def test_overlaps_that_may_be_empty_tell_nothing():
    frame = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": ["60", "40", "<5"]})
    (check,) = diagnose_partial(PartialHistories.from_counts(frame), np.array([60.0, 40.0, 0.3]))
    assert (check.status, check.numbers["impossible"]) == ("review", 0)
    assert "Hardly anybody is on two lists" in check.message
