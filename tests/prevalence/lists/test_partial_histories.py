"""Tables seen in part."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import CellError, DataError
from ctresearch.prevalence import PartialHistories
from ctresearch.prevalence.lists.partial_histories import read_range

ROWS = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": ["1,060", "40", "<5"]})


@pytest.mark.parametrize(
    ("word", "ends"),
    [
        ("<5", (1, 4)),
        ("< 5", (1, 4)),
        ("<=4", (1, 4)),
        ("1-4", (1, 4)),
        ("1 to 4", (1, 4)),
        ("10+", (10, np.inf)),
        (">=10", (10, np.inf)),
        ("7.0", (7, 7)),
        (7, (7, 7)),
        (np.int64(7), (7, 7)),
    ],
)
def test_ranges_are_read_as_publishers_write_them(word, ends):
    table = PartialHistories.from_counts(ROWS.assign(count=["60", "40", word]), smallest=1)
    assert (table.low[3], table.high[3]) == ends


@pytest.mark.parametrize("word", ["few", "", None, np.nan, -3, 2.5, "4-1", "<0", True, 10**9])
def test_other_words_are_refused_with_their_row(word):
    with pytest.raises(DataError, match="row 3"):
        PartialHistories.from_counts(ROWS.assign(count=["60", "40", word]))


def test_known_counts_come_over_unchanged():
    korea = published_lists("korea")
    table = PartialHistories.from_histories(korea)
    assert np.array_equal(table.low, korea.cell_counts())
    assert np.array_equal(table.low, table.high)
    assert table.counts["low"].tolist() == korea.counts["count"].tolist()
    assert table.scope == korea.scope


def test_lists_that_cannot_share_people():
    table = PartialHistories.from_histories(published_lists("korea").drop("d"), [])
    assert table.possible.all()
    rows = pd.DataFrame({"A": [1, 0, 0], "B": [0, 1, 0], "C": [0, 0, 1], "count": [6, 4, 2]})
    apart = PartialHistories.from_counts(rows, impossible=[["A", "B"]])
    assert np.flatnonzero(~apart.possible).tolist() == [3, 7]
    assert len(apart.counts) == 5
    assert "2 patterns impossible" in repr(apart)
    with pytest.raises(ValueError, match="read-only"):
        apart.low[1] = 0


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"count": ["60", "40", "20"]}, {"impossible": [["A", "B"]]}, "20 people are on 2 lists"),
        ({}, {"impossible": [["A", "Z"]]}, "must be two or more of the 2 lists"),
        ({}, {"impossible": ["AB"]}, "must be two or more of the 2 lists"),
        ({"A": [1, 1, 1], "B": [0, 0, 1]}, {}, "1 patterns repeat"),
        ({"A": [1, 0, 0], "B": [0, 1, 0]}, {}, "people on no list"),
    ],
)
def test_contradictions_are_refused(change, options, words):
    with pytest.raises(DataError, match=words):
        PartialHistories.from_counts(ROWS.assign(**change), **options)
    many = pd.DataFrame(np.eye(11, dtype=int), columns=list("ABCDEFGHIJK")).assign(count=3)
    with pytest.raises(DataError, match="at most 10"):
        PartialHistories.from_counts(many)


@pytest.mark.parametrize(
    ("word", "ends"),
    [
        ("1,234", (1234, 1234)),
        ("1 234", (1234, 1234)),
        ("1,234.0", (1234, 1234)),
        ("<1,000", (0, 999)),
        ("1,000-1,999", (1000, 1999)),
        ("1,000+", (1000, np.inf)),
    ],
)
def test_thousands_of_people_are_read(word, ends):
    assert read_range(word, 0, 1) == ends


@pytest.mark.parametrize("word", ["12,5", "1,5", "1,2,3", "1,2345", "0,125", "1.000", "<1,5", "1,5-2,5", "1,5+"])
def test_a_comma_that_parts_no_thousands_is_refused_without_the_cell(word):
    with pytest.raises(CellError, match=r"row 4 is text that cannot be read.*between thousands alone") as caught:
        read_range(word, 0, 4)
    assert caught.value.rows == (4,)
    assert word not in str(caught.value)
