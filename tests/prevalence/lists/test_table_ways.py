"""What a table of lists keeps of what came in, and what no estimate can be asked of."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import DataError
from ctresearch.data import published
from ctresearch.prevalence import CaptureHistories, PartialHistories
from ctresearch.prevalence.lists.csv_input import read_csv
from ctresearch.prevalence.lists.estimable import require_estimable
from ctresearch.prevalence.lists.population_table import population_table
from ctresearch.prevalence.lists.table_checks import checks_of, each_once
from ctresearch.prevalence.lists.table_columns import join_alike, list_columns, read_strata, refuse_taken
from ctresearch.prevalence.lists.table_input import read_appearances

ROWS = pd.DataFrame({"A": [1, 0, 1, 1], "B": [0, 1, 1, 0], "sex": ["f", "m", "f", None], "count": [6, 4, 2, 1]})


def test_the_population_is_those_seen_and_those_on_no_list():
    found = population_table(100, 50.0, 7.0, (130.0, 180.0))
    assert found.loc["population"].tolist() == [150, 7, 130, 180, "persons"]
    assert found.loc["unobserved"].tolist() == [50, 7, 30, 80, "persons"]
    assert (list(found.index), found.index.name) == (["population", "unobserved"], "term")


def test_strata_keep_notes_references_and_a_name_for_what_is_not_stated():
    table = CaptureHistories.from_counts(pd.concat([ROWS, ROWS]), ["A", "B"])
    parts = table.by("sex")
    assert {name: part.n_observed for name, part in parts.items()} == {"f": 16, "m": 8, "not stated": 2}
    assert table.notes
    assert all(part.notes[: len(table.notes)] == table.notes for part in parts.values())
    named = read_strata(ROWS.assign(sex=["f", "Not stated", "f", None]), ["A", "B", "count"])[0]
    assert named["sex"].tolist() == ["f", "Not stated", "f", "Not stated"]
    many = pd.DataFrame({"A": [1] * 51, "group": range(51), "id": range(51)})
    assert list(read_strata(many.head(50), ["A", "id"])[0]) == ["group"]
    assert list(read_strata(many, ["A", "id"])[0]) == []


def test_a_published_table_brings_its_words_and_its_source():
    source = published("uk-2013")
    table = CaptureHistories.from_published(source)
    assert table.scope == source.scope != CaptureHistories.from_counts(source.frame, source.lists).scope
    assert table.references == tuple(source.references[:1])
    assert table == published_lists("uk-2013")


def test_names_are_merged_only_where_asked(tmp_path):
    wide = pd.DataFrame({"NGO": [1, 0, 0], "police": [0, 1, 0], "ngo ": [0, 1, 1], "count": [5, 3, 2]})
    with pytest.raises(DataError, match="in case, accents"):
        CaptureHistories.from_counts(wide)
    table = CaptureHistories.from_counts(wide, merge_names=True)
    assert table.lists == ("NGO", "police")
    assert table.counts["count"].tolist() == [7, 0, 3]
    assert [check.status for check in table.checks] == ["review"]
    assert "1 of 2 lists" in table.checks[0].message
    assert checks_of(table, table) == table.checks == each_once([*table.checks, *table.checks])
    names, patterns, merged = join_alike(["x", "y", "X "], np.array([1, 2, 4, 6]), merge=True)
    assert (names, patterns.tolist(), merged) == (("x", "y"), [1, 2, 1, 3], 1)
    people = wide.loc[wide.index.repeat(wide["count"])].drop(columns="count")
    with pytest.raises(DataError, match="in case, accents"):
        CaptureHistories.from_records(people, list(people.columns))
    assert CaptureHistories.from_records(people, list(people.columns), merge_names=True) == table
    long = pd.DataFrame({"who": [1, 1, 2, 3], "where": ["NGO", "police", "ngo", "police"]})
    with pytest.raises(DataError, match="in case, accents"):
        CaptureHistories.from_long(long, person="who", source="where")
    read = read_appearances(long, "who", "where", merge=True)
    assert (read.lists, read.source.tolist(), read.person.tolist()) == (("NGO", "police"), [0, 1, 0, 1], [0, 0, 1, 2])
    path = tmp_path / "lists.csv"
    wide.to_csv(path, index=False)
    with pytest.raises(DataError):
        read_csv(path)
    assert CaptureHistories.from_csv(path, merge_names=True) == table


def test_labels_of_strata_are_merged_with_the_names():
    frame = ROWS.assign(sex=["f", "m", "F ", "m"])
    refusing = CaptureHistories.from_counts(frame, ["A", "B"])
    with pytest.raises(DataError, match="cannot be divided"):
        refusing.by("sex")
    merged = CaptureHistories.from_counts(frame, ["A", "B"], merge_names=True)
    assert {name: part.n_observed for name, part in merged.by("sex").items()} == {"f": 8, "m": 5}


def lists_of(number, rows):
    """Build a table of so many lists from patterns and counts."""
    columns = {f"L{i}": [pattern >> i & 1 for pattern, _ in rows] for i in range(number)}
    return pd.DataFrame(columns | {"count": [count for _, count in rows]})


@pytest.mark.parametrize(
    ("number", "rows", "says"),
    [
        (17, [(3, 5), ((1 << 17) - 4, 2)], "has 17 lists, must have at most 16"),
        (2, [(1, 0)], "nobody was seen"),
        (3, [(1, 5), (2, 4), (3, 1)], "list 3 of 3 is empty: .*drop.table.lists.2"),
        (2, [(1, 5), (3, 4)], "list 1 of 2 holds all 9 people"),
        (2, [(1, 5), (2, 4)], "no two lists have anybody in common"),
    ],
)
def test_no_estimate_can_be_asked_of_such_a_table(number, rows, says):
    with pytest.raises(DataError, match=says):
        require_estimable(CaptureHistories.from_counts(lists_of(number, rows)))


def test_sixteen_lists_can_be_estimated_and_ten_seen_in_part():
    rows = [(3, 5), ((1 << 16) - 1, 2), (1, 4), (2, 3)]
    assert require_estimable(CaptureHistories.from_counts(lists_of(16, rows))).n_observed == 14
    ten = [(3, 5), (1023, 2)]
    assert len(PartialHistories.from_counts(lists_of(10, ten)).lists) == 10
    assert len(PartialHistories.from_histories(CaptureHistories.from_counts(lists_of(10, ten))).lists) == 10
    with pytest.raises(DataError, match="has 11 lists, must have at most 10"):
        PartialHistories.from_counts(lists_of(11, ten))
    with pytest.raises(DataError, match="has 11 lists, must have at most 10"):
        PartialHistories.from_histories(CaptureHistories.from_counts(lists_of(11, ten)))


def test_nobody_can_have_an_impossible_pattern():
    frame = pd.DataFrame({"N": [1, 0, 0], "S": [0, 1, 0], "C": [1, 1, 1], "count": [3, 4, "<5"]})
    table = PartialHistories.from_counts(frame, impossible=[["N", "S"]])
    assert table.possible.tolist() == [True, True, True, False, True, True, True, False]
    assert table.high[[3, 7]].tolist() == [0, 0]
    assert (table.low[4], table.high[4]) == (0, 4)
    assert not table.high.flags.writeable
    assert "2 patterns impossible" in repr(table)
    with pytest.raises(DataError, match="3 people are on 2 lists that impossible says"):
        PartialHistories.from_counts(frame, impossible=[["N", "C"]])
    for wrong in ([["N"]], [["N", "N"]], [["N", "X"]], ["NS"]):
        with pytest.raises(DataError, match="must be two or more of the 3 lists"):
            PartialHistories.from_counts(frame, impossible=wrong)


def test_a_column_of_lists_that_looks_like_one_of_people_is_refused():
    seen = pd.DataFrame({"who": [1, 1, 2], "where": ["a", "b", "c"]})
    with pytest.raises(
        DataError, match=r"'where', given as source, has 3 different values and column 'who'.*2: .*swap"
    ):
        CaptureHistories.from_long(seen, person="who", source="where")
    sixty = pd.DataFrame({"who": [*range(60), 0], "where": [*(f"L{i:02}" for i in range(60)), "L01"]})
    assert len(CaptureHistories.from_long(sixty, person="who", source="where").lists) == 60
    more = pd.DataFrame({"who": range(61), "where": [f"L{i:02}" for i in range(61)]})
    with pytest.raises(DataError, match="has 61 different values"):
        CaptureHistories.from_long(more, person="who", source="where")


def test_columns_of_another_role_are_no_lists():
    assert list_columns(ROWS, None, ["count", "sex"]) == ("A", "B")
    with pytest.raises(DataError, match="number 3"):
        list_columns(ROWS, ["A", "B", "A"], ["count"])
    with pytest.raises(DataError, match="list 2 of 2 is named 'fitted'"):
        refuse_taken(["a", "Fitted "], ["fitted"])
