"""Tables of lists at their edges: the last value that is taken, the first that is not, and where an error points."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import CellError, DataError, Scope, SpecificationError
from ctresearch.prevalence import CaptureHistories, PanelHistories, PartialHistories
from ctresearch.prevalence.lists.csv_input import read_csv
from ctresearch.prevalence.lists.table_columns import (
    MAX_PEOPLE,
    join_alike,
    list_columns,
    read_counts,
    read_patterns,
    read_strata,
    refuse_taken,
)
from ctresearch.prevalence.lists.table_input import tally_appearances, tally_counts, tally_records

ROWS = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "count": [6, 4, 2]})


def numbered_lists(number, rows):
    """Build a table of so many lists from patterns and counts."""
    columns = {f"L{i}": [pattern >> i & 1 for pattern, _ in rows] for i in range(number)}
    return pd.DataFrame(columns | {"count": [count for _, count in rows]})


def caught(call):
    """Return the error of a call that points at cells."""
    with pytest.raises(CellError) as found:
        call()
    return found.value


def test_a_hundred_million_people_are_taken_and_one_more_is_not():
    patterns = np.array([1, 2])
    most = read_counts(pd.Series([MAX_PEOPLE, 0]), patterns)
    assert (most.tolist(), most.dtype) == ([100_000_000, 0], np.int64)
    assert read_counts(pd.Series([MAX_PEOPLE - 1, 1]), patterns).sum() == MAX_PEOPLE
    with pytest.raises(DataError, match="must be at most 100,000,000 people"):
        read_counts(pd.Series([MAX_PEOPLE + 1, 0], name="n"), patterns)
    with pytest.raises(DataError, match=r"the counts add up to 100,000,001, must be at most 100,000,000 people"):
        read_counts(pd.Series([MAX_PEOPLE, 1]), patterns)
    with pytest.raises(DataError, match="must not count people on no list"):
        read_counts(pd.Series([1, 3], name="n"), np.array([0, 1]))
    assert read_counts(pd.Series([0, 3]), np.array([0, 1])).tolist() == [0, 3]


@pytest.mark.parametrize(
    ("cells", "rows", "says"),
    [
        (pd.Series([5, -1]), [2], "must not be negative"),
        (pd.Series([0.5, 2.0]), [1], "must be whole numbers of people"),
        (pd.Series([np.nan, 2.0]), [1], "must be whole numbers; write 0"),
        (pd.Series(["<5", "7"]), [1], "PartialHistories.from_counts"),
        (pd.to_datetime(pd.Series(["2020-01-01", "2020-01-02"])), [1, 2], "a suppressed count"),
        (pd.to_timedelta(pd.Series([5, 6]), unit="ns"), [1, 2], "a suppressed count"),
        (pd.Series([1j, 2]), [1, 2], "a suppressed count"),
    ],
)
def test_counts_that_are_none_are_named_by_column_and_row(cells, rows, says):
    error = caught(lambda: read_counts(cells.rename("n"), np.array([1, 2])))
    assert says in str(error)
    assert (error.column, list(error.rows)) == ("n", rows)


def test_patterns_are_bits_in_the_order_of_the_lists():
    frame = pd.DataFrame({"b": [1, 0, 1], "a": [0, 1, 1], "c": [True, False, False]})
    assert read_patterns(frame, ["a", "b", "c"]).tolist() == [6, 1, 3]
    assert read_patterns(frame, ["b", "a"]).dtype == np.int64
    error = caught(lambda: read_patterns(frame.assign(a=[0, 3, 1]), ["b", "a"]))
    assert (error.column, list(error.rows)) == ("a", [2])
    assert list(caught(lambda: read_patterns(frame.assign(a=[0, None, 1]), ["b", "a"])).rows) == [2]


def test_lists_are_counted_by_name_and_must_be_from_two_to_sixty():
    columns = {f"L{i}": [1, 0] for i in range(61)}
    sixty = pd.DataFrame({name: columns[name] for name in list(columns)[:60]})
    assert len(list_columns(sixty, None, [])) == 60
    with pytest.raises(DataError, match="the table has 61 lists, must have from 2 to 60"):
        list_columns(pd.DataFrame(columns), None, [])
    with pytest.raises(DataError, match="the table has 1 list, must have from 2 to 60"):
        list_columns(ROWS, ["A"], ["count"])
    with pytest.raises(DataError, match="the table has 0 lists, must"):
        list_columns(ROWS[["count"]], None, ["count"])
    with pytest.raises(DataError, match=r"lists == 'A', must be several names"):
        list_columns(ROWS, "A", ["count"])
    with pytest.raises(DataError, match=r"more than once \(number 2\)"):
        list_columns(ROWS, ["A", "A", "B"], ["count"])
    with pytest.raises(DataError, match="names 'count', which is the column of counts"):
        list_columns(ROWS, ["A", "B", "count"], ["count"])
    numbers = ROWS.rename(columns={"A": 1, "B": 2})
    assert CaptureHistories.from_counts(numbers).lists == ("1", "2")
    assert PartialHistories.from_counts(numbers).lists == ("1", "2")


def test_names_that_are_alike_become_one_list_and_never_fewer_than_two():
    patterns = np.array([0b001, 0b010, 0b110])
    assert join_alike(["NGO", "police", "ngo"], patterns, merge=True)[0] == ("NGO", "police")
    joined = join_alike(["NGO", "ngo", "police"], patterns, merge=True)
    assert (joined[1].tolist(), joined[2]) == ([1, 1, 3], 1)
    apart = join_alike(["a", 7, "c"], patterns, merge=False)
    assert (apart[0], apart[1].tolist(), apart[2]) == (("a", "7", "c"), patterns.tolist(), 0)
    with pytest.raises(DataError, match="the table has 1 list, must"):
        join_alike(["NGO", "ngo"], patterns, merge=True)


@pytest.mark.parametrize(("words", "place"), [(["a", "Low"], 2), (["high", "b"], 1)])
def test_ends_of_ranges_are_no_names_of_lists(words, place):
    rows = pd.DataFrame({words[0]: [1, 0], words[1]: [1, 1], "count": [3, 4]})
    error = caught(lambda: PartialHistories.from_counts(rows))
    assert f"list {place} of 2 is named" in str(error)
    assert list(error.rows) == [place]
    assert CaptureHistories.from_counts(rows).n_observed == 7
    assert list(caught(lambda: refuse_taken(["a", "b", " FITTED"], ["fitted"])).rows) == [3]


def test_columns_of_many_values_stay_behind_and_refused_ones_wait_with_their_reason():
    fifty = pd.DataFrame({"A": [1] * 51, "area": [*range(50), 3], "more": [*range(50), None], "pattern": 1})
    kept, refused = read_strata(fifty, ["A"])
    assert (list(kept), refused) == (["area"], ())
    assert kept["area"].tolist()[-2:] == ["49", "3"]
    odd = pd.DataFrame({"A": [1, 1], "area": ["n", "N"], "sex": ["f", "m"]}, index=[7, 3])
    kept, refused = read_strata(odd, ["A"])
    assert (list(kept), list(kept.index), kept["sex"].tolist()) == (["sex"], [0, 1], ["f", "m"])
    assert [name for name, _ in refused] == ["area"]
    assert "spelled in more than one way" in refused[0][1]
    assert read_strata(odd, ["A"], merge=True)[0]["area"].tolist() == ["n", "n"]


def test_a_reason_why_a_column_cannot_divide_stays_with_every_table_made_from_it():
    frame = pd.DataFrame(
        {"A": [1, 0, 1, 1], "B": [0, 1, 1, 0], "C": [1, 1, 0, 0], "area": ["n", "N", "s", "s"], "sex": list("mfmf")}
    )
    scope = Scope(population="people", measure="stock")
    table = CaptureHistories.from_records(frame, ["A", "B", "C"], scope=scope)
    assert list(table.by("sex")) == ["f", "m"]
    for one in (table, table.drop("C"), table.merge(["A", "B"], "AB"), table.by("sex")["f"]):
        error = caught(lambda one=one: one.by("area"))
        assert str(error).startswith("the table cannot be divided: column 'area'")
        assert error.column == "area"
        with pytest.raises(DataError, match="cannot be divided by 'age'; it keeps the columns"):
            one.by("age")
    with pytest.raises(DataError, match=r"keeps the columns \['sex'\]"):
        table.by("age")
    assert table.drop("C").scope == table.merge(["A", "B"], "AB").scope == scope
    assert table.by("sex")["m"].scope.population == "people; sex m"
    assert table.by("sex")["m"].scope.measure == "stock"
    plain = CaptureHistories.from_records(frame, ["A", "B", "C"])
    assert plain.by("sex")["m"].scope == Scope()
    assert table.drop("C").notes == ("list 'C' was left out",)
    assert table.merge(["A", "B"], "x").notes == ("lists A, B were merged into 'x'",)


def test_parts_keep_where_a_published_table_comes_from():
    source = published_lists("uk-2013")
    assert source.references
    for one in (source.drop("GO"), source.merge(["PF", "NCA"], "both")):
        assert one.references == source.references
    frame = source.counts.assign(area="north")
    whole = CaptureHistories.from_counts(frame, source.lists)
    assert whole.by("area")["north"].references == ()


def test_a_merged_list_may_keep_the_name_of_one_of_its_parts_and_stands_at_the_first():
    table = CaptureHistories.from_counts(numbered_lists(4, [(1, 5), (2, 4), (4, 3), (8, 2), (12, 1), (3, 7)]))
    merged = table.merge(["L3", "L1"], "L3")
    assert merged.lists == ("L0", "L3", "L2")
    assert merged.cell_counts().tolist() == [0, 5, 6, 7, 3, 0, 1, 0]
    for name in ("", "L0", "l0 ", "Count", "observed"):
        with pytest.raises(DataError, match=r"is taken by another list or by the table itself|is empty"):
            table.merge(["L1", "L3"], name)
    with pytest.raises(DataError, match=r"1 of the 2 lists given \(number 2\) are not among the 4 of the table"):
        table.merge(["L1", "X"], "y")
    with pytest.raises(DataError, match=r"lists is a str, must be"):
        table.merge("L1", "y")


def test_rows_hold_those_who_were_seen_and_nothing_can_be_written():
    rows = pd.concat([ROWS, pd.DataFrame({"A": [0, 1], "B": [0, 0], "count": [0, 1]})])
    table = CaptureHistories.from_counts(rows)
    assert table.rows["pattern"].tolist() == [1, 2, 3]
    assert table.rows["count"].tolist() == [7, 4, 2]
    assert table.notes == ("1 row repeated a pattern and was added to it",)
    zeros = CaptureHistories.from_counts(ROWS.assign(count=[6, 0, 1]))
    assert (zeros.rows["count"].tolist(), zeros.patterns.tolist(), zeros.frequencies.tolist()) == (
        [6, 1],
        [1, 3],
        [6, 1],
    )
    for values in (table.patterns, table.frequencies):
        assert not values.flags.writeable
    twice = CaptureHistories.from_counts(pd.concat([ROWS, ROWS]))
    assert twice.notes == ("3 rows repeated a pattern and were added to it",)
    assert CaptureHistories.from_counts(ROWS).notes == ()
    assert twice.overlaps().index.name == "list"
    assert twice.overlaps().to_numpy().tolist() == [[16, 4], [4, 12]]


def test_tables_differ_by_lists_scope_patterns_and_frequencies():
    table = CaptureHistories.from_counts(ROWS)
    others = [
        CaptureHistories.from_counts(ROWS.rename(columns={"A": "C"})[["C", "B", "count"]]),
        CaptureHistories.from_counts(ROWS, scope=Scope(population="others")),
        CaptureHistories.from_counts(ROWS.assign(count=[6, 4, 3])),
        CaptureHistories.from_counts(ROWS.assign(count=[6, 4, 0])),
        CaptureHistories.from_counts(ROWS.assign(A=[0, 1, 1], B=[1, 0, 1])),
    ]
    for other in others:
        assert table != other
    assert table == CaptureHistories.from_counts(ROWS.iloc[::-1])
    assert (table == 3) is False
    assert len({hash(one) for one in (table, *others)}) >= 4


def test_pairs_that_overlap_in_one_person_are_counted_and_those_in_none_are_not():
    table = CaptureHistories.from_counts(numbered_lists(3, [(1, 1500), (2, 4), (4, 3), (3, 1), (6, 2)]))
    assert repr(table) == "1,510 people on 3 lists: L0 1,501, L1 7, L2 5; 2 of 3 pairs of lists overlap"


def test_all_patterns_of_twelve_lists_are_shown_and_of_thirteen_those_seen():
    rows = [(3, 5), (4095, 2), (8, 1)]
    twelve = CaptureHistories.from_counts(numbered_lists(12, rows)).counts
    assert (len(twelve), twelve["count"].sum(), twelve["count"].dtype) == (4095, 8, np.int64)
    thirteen = CaptureHistories.from_counts(numbered_lists(13, [*rows, (4096, 9)])).counts
    assert thirteen["count"].tolist() == [1, 9, 5, 2]
    assert thirteen["L12"].tolist() == [0, 1, 0, 0]


def test_appearances_point_at_what_is_missing_and_keep_what_is_settled():
    seen = pd.DataFrame({"who": ["x", None, "y", None], "where": ["a", "b", "b", "a"]})
    error = caught(lambda: CaptureHistories.from_long(seen, person="who", source="where"))
    assert (error.column, list(error.rows)) == ("who", [2, 4])
    assert "missing in 2 of 4 rows (2 and 4)" in str(error)
    swapped = pd.DataFrame({"who": [1, 1, 2], "where": ["a", "b", "c"]})
    assert caught(lambda: CaptureHistories.from_long(swapped, person="who", source="where")).column == "where"
    spelled = pd.DataFrame({"who": ["x", "X ", "y", "z"], "where": ["a", "b", "b", "a"]})
    error = caught(lambda: CaptureHistories.from_long(spelled, person="who", source="where"))
    assert error.column == "who"
    assert list(error.rows)
    tally = tally_appearances(
        pd.DataFrame({"who": [5, 5, 5, 9], "where": list("bbaa"), "sex": list("fffm"), "day": list("xyyz")}),
        "who",
        "where",
    )
    assert (tally.lists, tally.rows["pattern"].tolist(), tally.rows["count"].tolist()) == (("a", "b"), [3, 1], [1, 1])
    assert list(tally.rows.columns) == ["sex", "pattern", "count"]
    assert tally.notes == ("1 appearances of a person on a list they were already on count once",)
    assert tally_appearances(swapped.assign(who=[1, 2, 3]), "who", "where").notes == ()


@pytest.mark.parametrize("people", [[1.5, 2.5, 1.5], [True, False, True], pd.Series([3, 4, 3], dtype="uint8")])
def test_people_may_be_numbers_of_any_kind(people):
    seen = pd.DataFrame({"who": people, "where": ["a", "b", "b"]})
    assert CaptureHistories.from_long(seen, person="who", source="where").cell_counts().tolist() == [0, 0, 1, 1]


def test_records_on_no_list_are_counted_from_the_first():
    frame = pd.DataFrame({"A": [1, 0, 0], "B": [1, 0, 0]})
    with pytest.raises(DataError, match=r"2 of 3 people are on no list, the first in row 2; each must"):
        tally_records(frame, ["A", "B"])
    tally = tally_records(pd.DataFrame({"A": [1, 0], "B": [1, 1], "sex": ["f", "m"]}), ["A", "B"])
    assert tally.rows.to_dict("list") == {"sex": ["f", "m"], "pattern": [3, 2], "count": [1, 1]}
    assert (tally.notes, tally.checks, tally.refused) == ((), (), ())
    counted = tally_counts(ROWS.assign(sex="f"), ["A", "B"], "count")
    assert list(counted.rows.columns) == ["sex", "pattern", "count"]
    same = tally_counts(pd.concat([ROWS.assign(sex="f"), ROWS.assign(sex="m")]), ["A", "B"], "count")
    assert same.notes == ()  # a pattern of another stratum is no repetition


def test_a_file_may_name_its_count_and_its_lists_or_hold_one_row_a_person(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text("A,B,sex,n\n1,0,f,4\n0,1,m,3\n1,1,f,2\n")
    table = CaptureHistories.from_csv(path, ["A", "B"], "n", scope=Scope(population="people"))
    assert (table.lists, table.n_observed, table.scope.population) == (("A", "B"), 9, "people")
    assert list(table.by("sex")) == ["f", "m"]
    path.write_text("A,B\n1,0\n0,1\n1,1\n1,1\n")
    frame = read_csv(path)
    assert frame["count"].tolist() == [1, 1, 1, 1]
    assert CaptureHistories.from_csv(str(path)).cell_counts().tolist() == [0, 1, 1, 2]
    with pytest.raises(DataError, match="path is a int, must be"):
        read_csv(3)


@pytest.mark.parametrize(
    ("word", "smallest", "ends"),
    [
        ("<1", 0, (0, 0)),
        ("≤4", 2, (2, 4)),
        ("≥ 10", 0, (10, np.inf)),
        ("10 +", 3, (10, np.inf)),
        ("1–4", 0, (1, 4)),
        ("1to4", 0, (1, 4)),
        ("5-5", 0, (5, 5)),
        ("12.", 0, (12, 12)),
        ("1,000,000", 0, (1e6, 1e6)),
        ("0-1000000", 0, (0, 1e6)),
        (" 6 ", 4, (6, 6)),
        ("<= 3", 3, (3, 3)),
        ("< 3", 2, (2, 2)),
    ],
)
def test_every_form_of_a_range_has_its_two_ends(word, smallest, ends):
    table = PartialHistories.from_counts(ROWS.assign(count=["60", word, "7"]), smallest=smallest)
    assert (table.low[2], table.high[2]) == ends
    assert table.low.dtype == table.high.dtype == np.float64


@pytest.mark.parametrize("word", ["0-100000001", "100000001", "<= 2", "5-4", "<3", "x1", "1e3", "1 4"])
def test_a_range_that_is_none_points_at_its_row(word):
    error = caught(lambda: PartialHistories.from_counts(ROWS.assign(count=["60", word, "7"]), smallest=3))
    assert "row 2" in str(error)
    assert list(error.rows) == [2]


def test_a_table_seen_in_part_says_how_much_is_known():
    one = PartialHistories.from_counts(ROWS.assign(count=["1,060", "40", "<5"]))
    assert repr(one) == "1,100 to 1,104 people on 2 lists: A, B; 1 count known as a range, 0 patterns impossible"
    two = PartialHistories.from_counts(ROWS.assign(count=["1-3", "40", "<5"]))
    assert repr(two) == "41 to 47 people on 2 lists: A, B; 2 counts known as a range, 0 patterns impossible"
    known = PartialHistories.from_counts(ROWS)
    assert repr(known) == "12 people on 2 lists: A, B; 0 counts known as a range, 0 patterns impossible"
    assert known.counts.to_dict("list") == {"A": [1, 0, 1], "B": [0, 1, 1], "low": [6, 4, 2], "high": [6, 4, 2]}
    for values in (one.low, one.high, one.possible):
        assert not values.flags.writeable
    scope = Scope(population="people")
    assert PartialHistories.from_counts(ROWS, scope=scope).scope == scope
    assert (known.scope, known.references, known.checks) == (Scope(), (), ())
    spelled = pd.DataFrame({"NGO": [1, 0], "ngo ": [0, 0], "police": [1, 1], "n": [3, 4]})
    merged = PartialHistories.from_counts(spelled, count="n", merge_names=True)
    assert (merged.lists, [check.name for check in merged.checks]) == (("NGO", "police"), ["names"])
    with pytest.raises(SpecificationError, match="smallest == -1"):
        PartialHistories.from_counts(ROWS, smallest=-1)
    with pytest.raises(DataError, match="2 patterns repeat; ranges cannot be added up"):
        PartialHistories.from_counts(pd.concat([ROWS, ROWS.head(2)]))
    with pytest.raises(DataError, match="a row stands for people on no list; ranges"):
        PartialHistories.from_counts(pd.concat([ROWS, pd.DataFrame({"A": [0], "B": [0], "count": [0]})]))


def test_lists_that_cannot_meet_are_any_number_and_published_tables_keep_their_words():
    table = published_lists("hav-taiwan")
    known = PartialHistories.from_histories(table)
    assert (known.scope, known.references, known.checks) == (table.scope, table.references, table.checks)
    assert table.references
    rows = pd.DataFrame({"A": [1, 0, 0, 1], "B": [0, 1, 0, 1], "C": [0, 0, 1, 0], "count": [6, 4, 2, 3]})
    apart = PartialHistories.from_counts(rows, impossible=[["A", "B", "C"], ("A", "C")])
    assert np.flatnonzero(~apart.possible).tolist() == [5, 7]
    assert apart.cells.tolist() == [1, 2, 4, 3, 6]
    exact = CaptureHistories.from_counts(rows)
    assert PartialHistories.from_histories(exact, [["B", "C"]]).possible.tolist() == [True] * 6 + [False] * 2
    with pytest.raises(DataError, match="3 people are on 2 lists that impossible says"):
        PartialHistories.from_histories(exact, [["A", "B"]])


def test_fifty_years_can_be_followed_and_errors_point_at_their_column():
    years = pd.DataFrame(
        {"who": [0, 0, *range(1, 50)], "where": ["a", "b"] * 25 + ["a"], "year": [0, 1, *range(1, 50)]}
    )
    roles = {"person": "who", "source": "where", "year": "year"}
    assert len(PanelHistories.from_long(years, **roles).years) == 50
    more = pd.concat([years, pd.DataFrame({"who": [70], "where": ["b"], "year": [50]})])
    with pytest.raises(DataError, match="'year' has 51 values, must have from 2 to 50"):
        PanelHistories.from_long(more, **roles)
    named = years.assign(year=np.where(years["year"] == 0, "Period", "x"))
    error = caught(lambda: PanelHistories.from_long(named, **roles))
    assert error.column == "year"
    with pytest.raises(DataError, match="'who' or 'year' is missing in 3 rows"):
        PanelHistories.from_long(
            years.assign(who=years["who"].where(years["who"] > 0), year=years["year"].where(years["year"] != 5)),
            **roles,
        )
    panel = PanelHistories.from_long(years, **roles)
    assert panel.repeated == 1
    assert panel.absent["0"] == ("b",)
    assert repr(panel).startswith("50 people on 2 lists in 50 years: 0 1, 1 2, 2 1, ")
