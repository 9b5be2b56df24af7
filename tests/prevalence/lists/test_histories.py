"""Tables of lists: every way in, and what they can do."""

import contextlib
import dataclasses
import pickle
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pins import published_lists

from ctresearch.core import DataError, Scope
from ctresearch.prevalence import CaptureHistories

LISTS = ["police", "charity", "court"]


def frame_of(*rows):
    """Build a table of counts of three lists."""
    return pd.DataFrame(rows, columns=[*LISTS, "count"])


SMALL = frame_of((1, 0, 0, 60), (0, 1, 0, 40), (0, 0, 1, 30), (1, 1, 0, 9), (1, 0, 1, 5), (1, 1, 1, 2))

tables = st.integers(2, 6).flatmap(
    lambda lists: st.lists(
        st.tuples(st.integers(1, (1 << lists) - 1), st.integers(0, 1000)), min_size=1, max_size=40
    ).map(lambda rows: (lists, rows))
)


def from_rows(lists, rows):
    """Build a table from bit patterns and counts."""
    columns = {f"L{i}": [pattern >> i & 1 for pattern, _ in rows] for i in range(lists)}
    return pd.DataFrame(columns | {"count": [count for _, count in rows]})


@settings(deadline=None)
@given(tables, st.randoms(use_true_random=False))
def test_order_and_repetition_of_rows_do_not_matter(table, random):
    lists, rows = table
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, two = (CaptureHistories.from_counts(from_rows(lists, r)) for r in (rows, shuffled))
    assert one == two
    assert hash(one) == hash(two)
    assert one.counts.equals(two.counts)
    assert one.n_observed == sum(count for _, count in rows) == one.counts["count"].sum()
    assert len(one.counts) == (1 << lists) - 1
    assert bool(one.notes) == (len({pattern for pattern, _ in rows}) < len(rows))


@settings(deadline=None)
@given(tables)
def test_counts_records_and_appearances_give_the_same_table(table):
    lists, rows = table
    rows = [(pattern, count % 7) for pattern, count in rows]
    counted = from_rows(lists, rows)
    people = counted.loc[counted.index.repeat(counted["count"])].drop(columns="count").reset_index(drop=True)
    expected = CaptureHistories.from_counts(counted)
    if len(people):
        found = CaptureHistories.from_records(people, lists=list(people.columns))
        assert found == expected
    seen = people.rename_axis("who").reset_index().melt("who", var_name="where", value_name="on")
    seen = seen[seen["on"] == 1].sample(frac=1, random_state=1)
    if seen["where"].nunique() == lists <= len(people):  # more lists than people look like swapped columns
        assert CaptureHistories.from_long(seen, person="who", source="where") == expected


@settings(deadline=None)
@given(tables)
def test_overlaps_are_sums_over_people(table):
    lists, rows = table
    frame = from_rows(lists, rows)
    overlaps = CaptureHistories.from_counts(frame).overlaps()
    for one in overlaps.index:
        for two in overlaps.columns:
            assert overlaps.loc[one, two] == (frame[one] * frame[two] * frame["count"]).sum()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda f: f.to_dict(), "must be a pandas DataFrame"),
        (lambda f: f.iloc[:0], "must hold at least one"),
        (lambda f: f.rename(columns={"court": "police"}), "'police' more than once"),
        (lambda f: f.drop(columns="count"), "no column 'count'"),
        (lambda f: f[["police", "count"]], "has 1 list"),
        (lambda f: f.replace({"police": {1: 2}}), "must be 0 or 1 everywhere"),
        (
            lambda f: f.astype({"police": float}).replace({"police": {1: np.nan}}),
            "cells are missing (rows 1",
        ),
        (
            lambda f: f.assign(police=["yes", "no", "no", "yes", "yes", "yes"]),
            "6 of 6 cells are text (rows 1, 2, 3, 4, 5 and 1 more)",
        ),
        (lambda f: f.assign(country="GB"), "column 'country': 6 of 6 cells are text"),
        (lambda f: f.assign(count=[-1, 0, 0, 0, 0, 0]), "1 of 6 cells is a whole number (row 1), must not be negative"),
        (
            lambda f: f.assign(count=[60, 0.5, 0, 0, 0, 0]),
            "1 of 6 cells is a number (row 2), must be whole numbers of people",
        ),
        (lambda f: f.assign(count=[60, 4, None, 0, 0, 0]), "1 of 6 cells is missing (row 3), must be whole numbers"),
        (lambda f: f.assign(count=[60, 4, np.inf, 0, 0, 0]), "must be at most 100,000,000 people"),
        (lambda f: f.assign(count=[10**25, 4, 3, 2, 1, 0]), "must be at most 100,000,000 people"),
        (lambda f: f.assign(count=[9 * 10**7] * 6), "add up to"),
        (lambda f: f.assign(count=list("abcdef")), "6 of 6 cells are text"),
        (lambda f: pd.concat([f, frame_of((0, 0, 0, 7))]), "must not count people on no list"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused_in_one_sentence(change, says):
    with pytest.raises(DataError) as caught:
        CaptureHistories.from_counts(change(SMALL))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


values = st.one_of(st.integers(-3, 3), st.floats(), st.none(), st.text(max_size=2), st.booleans())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(values, values, values), min_size=1, max_size=4))
def test_whatever_stands_in_the_cells_there_is_a_table_or_our_error(rows):
    frame = pd.DataFrame(rows, columns=["A", "B", "count"])
    with contextlib.suppress(DataError):
        table = CaptureHistories.from_counts(frame)
        assert table.n_observed == pytest.approx(pd.to_numeric(frame["count"]).sum())


@pytest.mark.parametrize(
    ("lists", "says"),
    [
        ("police", "must be several names"),
        (["police"], "has 1 list"),
        (["police", "police"], "more than once"),
        (["police", "bank"], "no column 'bank'"),
        (["police", "count"], "which is the column of counts"),
    ],
)
def test_lists_that_are_not_there_are_refused(lists, says):
    with pytest.raises(DataError, match=says):
        CaptureHistories.from_counts(SMALL, lists)


def test_a_row_of_zeros_that_counts_nobody_and_other_number_types_are_fine():
    frame = pd.concat([SMALL, frame_of((0, 0, 0, 0))]).astype({"police": bool, "charity": float, "count": "Int64"})
    assert CaptureHistories.from_counts(frame) == CaptureHistories.from_counts(SMALL)


def test_people_on_no_list_are_refused_among_records():
    with pytest.raises(DataError, match="1 of 3 people are on no list, the first in row 2"):
        CaptureHistories.from_records(pd.DataFrame({"A": [1, 0, 1], "B": [0, 0, 1]}), lists=["A", "B"])


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ([1], "must be a pandas DataFrame"),
        (pd.DataFrame({"who": [1]}), "no column 'where'"),
        (pd.DataFrame({"who": [1, None], "where": ["a", "b"]}), r"'who' is missing in 1 of 2 rows \(2\)"),
        (pd.DataFrame({"who": [1, 2], "where": ["a", "a"]}), "has 1 list"),
    ],
)
def test_appearances_that_do_not_say_who_and_where_are_refused(frame, says):
    with pytest.raises(DataError, match=says):
        CaptureHistories.from_long(frame, person="who", source="where")


def test_a_second_appearance_on_a_list_counts_once_and_is_noted():
    seen = pd.DataFrame({"who": [1, 1, 1, 2], "where": ["a", "a", "b", "b"]})
    table = CaptureHistories.from_long(seen, person="who", source="where")
    assert table.counts["count"].tolist() == [0, 1, 1]
    assert table.notes == ("1 appearances of a person on a list they were already on count once",)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"A,B,count\n1,0,\xe9\n", "column 'count': 1 of 1 cells is text"),
        (b"", "is empty"),
        (b"A,A,count\n1,0,2\n", "'A' more than once"),
        (b'A,B,count\n1,0,"2\n', "a quote that is not closed"),
        (b"A B count\n1 0 2\n", "has 1 list"),
        (b"A,,count\n0,1,3\n", "column 2, which has no name"),
        (b"PK\x03\x04", "Excel workbooks"),
    ],
)
def test_files_that_are_no_such_table_are_refused(tmp_path, content, says):
    path = tmp_path / "lists.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        CaptureHistories.from_csv(path)


def test_a_file_of_a_gigabyte_is_refused_unread(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(1_000_000_000)  # sparse: takes no room on the disk
    with pytest.raises(DataError, match="has 1,000 MB, must have at most 100 MB"):
        CaptureHistories.from_csv(path)
    with pytest.raises(DataError, match="is not a file"):
        CaptureHistories.from_csv(tmp_path)


def test_a_file_with_a_byte_order_mark_reads_like_the_table(tmp_path):
    path = tmp_path / "lists.csv"
    SMALL.to_csv(path, index=False, encoding="utf-8-sig")
    assert CaptureHistories.from_csv(path) == CaptureHistories.from_counts(SMALL)


def test_merging_the_lists_of_2013_gives_the_published_smaller_tables():
    six = published_lists("uk-2013")
    five = six.merge(["PF", "NCA"], "PFNCA")
    assert five == published_lists("uk-2013-5")
    assert five.drop("GP") == published_lists("uk-2013-4")
    assert six.n_observed == five.n_observed == 2744
    assert five.notes[-1] == "lists PF, NCA were merged into 'PFNCA'"
    assert five.references == six.references


def test_dropping_a_list_loses_those_who_are_on_no_other():
    table = CaptureHistories.from_counts(SMALL)
    less = table.drop("court")
    assert less.lists == ("police", "charity")
    assert less.counts["count"].tolist() == [65, 40, 11]
    assert table.n_observed - less.n_observed == 30


@pytest.mark.parametrize(
    ("action", "says"),
    [
        (lambda t: t.drop("bank"), "1 of the 1 lists given (number 1) are not among the 3"),
        (lambda t: t.drop("court").drop("charity"), "1 of 2 lists would be left"),
        (lambda t: t.merge(["police", "charity", "court"], "all"), "1 of 3 lists would be left"),
        (lambda t: t.merge(["police"], "x"), "at least two different lists"),
        (lambda t: t.merge("police", "x"), "at least two different lists"),
        (lambda t: t.merge(["police", "charity"], "court"), "is taken"),
        (lambda t: t.merge(["police", "bank"], "x"), "1 of the 2 lists given (number 2) are not among the 3"),
        (lambda t: t.by("sex"), "cannot be divided by 'sex'; it keeps the columns []"),
    ],
)
def test_what_a_table_cannot_do_is_refused(action, says):
    with pytest.raises(DataError) as caught:
        action(CaptureHistories.from_counts(SMALL))
    assert says in str(caught.value)


def test_strata_add_up_and_say_whom_they_count():
    frame = pd.concat([SMALL.assign(sex="f", age=[1, 2] * 3), SMALL.assign(sex="m", age=1)])
    scope = Scope(population="potential victims", measure="period")
    table = CaptureHistories.from_counts(frame, LISTS, scope=scope)
    parts = table.by("sex")
    assert list(parts) == ["f", "m"]
    assert sum(part.n_observed for part in parts.values()) == table.n_observed == 2 * 146
    assert parts["f"].counts.equals(CaptureHistories.from_counts(SMALL).counts)
    assert parts["f"].scope.population == "potential victims; sex f"
    assert parts["f"].by("age")["2"].n_observed == 40 + 9 + 2
    assert table.drop("court").by("sex")["m"].n_observed == 116


def test_identifiers_do_not_travel_with_records():
    people = pd.DataFrame({"A": [1] * 60, "B": [0, 1] * 30, "name": [f"person {i}" for i in range(60)], "sex": "f"})
    table = CaptureHistories.from_records(people, lists=["A", "B"])
    assert "name" not in table.rows
    assert list(table.by("sex")) == ["f"]


def test_columns_that_change_within_a_person_do_not_divide_appearances():
    seen = pd.DataFrame({"who": [1, 1, 2], "where": list("aba"), "sex": list("ffm"), "day": list("xyx")})
    table = CaptureHistories.from_long(seen, person="who", source="where")
    assert {k: v.n_observed for k, v in table.by("sex").items()} == {"f": 1, "m": 1}
    with pytest.raises(DataError, match="'day'"):
        table.by("day")


def test_many_lists_take_room_by_what_was_seen():
    rng = np.random.default_rng(0)
    rows = [(int(1 << i | 1 << j), int(n)) for i, j, n in rng.integers([0, 0, 1], [40, 40, 9], (300, 3))]
    frame = from_rows(40, rows)
    tracemalloc.start()
    table = CaptureHistories.from_counts(frame)
    shown = table.counts
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(shown) == len({pattern for pattern, _ in rows})
    assert table.overlaps().to_numpy().trace() >= table.n_observed
    assert peak < 20e6  # all patterns of 40 lists would take a million megabytes


def test_a_table_is_frozen_and_can_be_sent_to_another_process():
    table = published_lists("korea")
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.lists = ("a", "b")
    with pytest.raises(ValueError, match="read-only"):
        table.frequencies[0] = 0
    for handed_out in (table.counts, table.rows):
        handed_out["count"] = 0
    assert table.counts["count"].sum() == table.rows["count"].sum() == table.n_observed == 123
    assert pickle.loads(pickle.dumps(table)) == table
    assert table != "korea"
    assert repr(table) == "123 people on 3 lists: b 77, c 71, d 59; 3 of 3 pairs of lists overlap"


def test_a_list_merged_with_itself_is_refused():
    table = CaptureHistories.from_published("korea")
    for lists in (["b", "b", "c"], ["b"], None, "bc"):
        with pytest.raises(DataError, match="two different lists"):
            table.merge(lists, "x")


@pytest.mark.parametrize("name", ["count", "pattern", "observed", "fitted", "residual"])
def test_a_list_may_not_take_a_word_of_the_table(name):
    records = pd.DataFrame({name: [1, 0, 1, 1], "B": [0, 1, 1, 1]})
    with pytest.raises(DataError, match=f"list 1 of 2 is named '{name}'"):
        CaptureHistories.from_records(records, [name, "B"])
