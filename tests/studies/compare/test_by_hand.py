"""What two runs and what was accepted are compared by, cell by cell and word by word."""

import json
import math
from types import SimpleNamespace

import pytest

from ctresearch.core import DataError
from ctresearch.studies.asked.identity import explain, run_id
from ctresearch.studies.compare import compare as cells
from ctresearch.studies.compare.diff import Diff, EstimateChange, OutputChange, _cells_changed, estimate_changes
from ctresearch.studies.compare.expected import _MOST_ROWS, FORMAT, _expected_table, compare, read_expected, run_key

NAN = math.nan
NONE = (NAN, NAN)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1, "b": "x"}, {"a": 1, "b": "x"}, ("same", "", "")),
        ({"a": 1}, {"a": 1, "b": 2}, ("drifted", "b is new", "otherwise")),
        ({"a": 1, "b": 2}, {"a": 1}, ("drifted", "b is gone", "otherwise")),
        ({"a": 100}, {"a": 109}, ("within tolerance", "a: 100 to 109 (rtol 0.1, atol 0.5)", "numbers")),
        ({"a": 100}, {"a": 120}, ("drifted", "a: 100 to 120", "numbers")),
        ({"a": 0.0}, {"a": 0.5}, ("within tolerance", "a: 0.0 to 0.5 (rtol 0.1, atol 0.5)", "numbers")),
        ({"a": 0.0}, {"a": -0.6}, ("drifted", "a: 0.0 to -0.6", "numbers")),
        ({"a": "9"}, {"a": "9.1"}, ("within tolerance", "a: 9 to 9.1 (rtol 0.1, atol 0.5)", "numbers")),
        ({"a": "x"}, {"a": "y"}, ("drifted", "a: x to y", "otherwise")),
        ({"a": 1}, {"a": None}, ("drifted", "a: 1 to None", "otherwise")),
        ({"a": True}, {"a": False}, ("drifted", "a: True to False", "otherwise")),
        ({"a": 10, "b": 100}, {"a": 15, "b": 200}, ("drifted", "b: 100 to 200", "numbers")),  # the farthest, relatively
        ({"a": 200, "b": 10}, {"a": 100, "b": 6}, ("drifted", "a: 200 to 100", "numbers")),
        ({"a": 10, "b": "x"}, {"a": 90, "b": "y"}, ("drifted", "b: x to y", "otherwise")),
        ({"a": 100, "b": 1}, {"a": 105, "b": 99}, ("drifted", "b: 1 to 99", "numbers")),
        ({"a": math.inf}, {"a": 1.0}, ("drifted", "a: inf to 1.0", "numbers")),
    ],
)
def test_cells_are_compared_by_tolerance_and_words_exactly(before, after, found):
    assert (*cells.compare_cells(before, after, 0.1, 0.5), cells.kind_of_change(before, after)) == found


def test_the_gravest_of_all_stands_in_the_heading():
    same, near, far = (cells.Comparison("o|x", "table", s, "m") for s in ("same", "within tolerance", "drifted"))
    assert [cells.gravest(some) for some in ([same], [same, near], [far, near, same], [near, far])] == [
        "same",
        "within tolerance",
        "drifted",
        "drifted",
    ]
    lines = cells.markdown("demo", [same, near]).splitlines()
    assert lines[0] == "### demo: within tolerance"
    assert lines[1:4] == ["", "| output | kind | status | |", "| --- | --- | --- | --- |"]
    assert [line.count(" | ") for line in lines[4:]] == [3, 3]
    assert lines[4].endswith("| table | same | m |")


def change(old, new, limits=(5.0, 12.0), after=(5.0, 12.0), **more):
    return EstimateChange("e", "population", old, new, limits, after, "persons", **more)


@pytest.mark.parametrize(
    ("one", "reading", "written"),
    [
        (change(9.0, 9.0), "same", "same"),
        (change(9.0, 9.0, after=(5.0, 13.0)), "interval changed", "same"),
        (change(9.0, 9.0, after=(4.0, 12.0)), "interval changed", "same"),
        (change(9.0, 9.0, limits=NONE, after=NONE), "same", "same"),
        (change(9.0, 9.0, limits=NONE), "interval changed", "same"),
        (change(9.0, 12.0), "within the old interval", "+3 (+33.3 %)"),
        (change(9.0, 5.0), "within the old interval", "−4 (−44.4 %)"),
        (change(9.0, 12.1), "beyond the old interval", "+3.1 (+34.4 %)"),
        (change(9.0, 4.9), "beyond the old interval", "−4.1 (−45.6 %)"),
        (change(9.0, 10.0, limits=(NAN, 12.0)), "no interval to compare with", "+1 (+11.1 %)"),
        (change(9.0, 10.0, limits=(5.0, NAN)), "no interval to compare with", "+1 (+11.1 %)"),
        (change(-2.0, 2.0, limits=(-3.0, 3.0)), "within the old interval", "+4 (+200.0 %)"),
        (change(0.0, 2.0, limits=(-3.0, 3.0)), "within the old interval", "+2"),
        (change(10_000.0, 10_001.0, limits=(9_000.0, 11_000.0)), "within the old interval", "+1"),
        (change(NAN, 9.0), "new", "–"),
        (change(9.0, NAN), "gone", "–"),
        (change(NAN, NAN), "no estimate on either side", "–"),
        (change(9.0, 9.0, stands=False), "does not stand", "same"),
    ],
)
def test_a_change_is_read_against_the_old_interval(one, reading, written):
    assert one.reading == reading
    row = Diff("ab", "cd", (), (one,), ()).rows()[0]
    assert [part.replace("-", "−") for part in row[-2:]] == [written, reading.replace("-", "−")]
    assert row[:2] == ["e", "population"]


def test_what_differs_is_written_for_machines_and_for_readers():
    found = Diff(
        "a" * 64, "b" * 64, ("seed: 1 -> 2",), (change(9.0, NAN, after=NONE),), (OutputChange("m", "file", "new"),)
    )
    plain = found.to_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert plain["estimates"] == [
        {
            "output": "e",
            "term": "population",
            "unit": "persons",
            "old": 9.0,
            "new": None,
            "change": None,
            "old_interval": [5.0, 12.0],
            "new_interval": [None, None],
            "reading": "gone",
        }
    ]
    assert plain["outputs"] == [{"output": "m", "kind": "file", "change": "new"}]
    assert (plain["old"], plain["new"], plain["causes"], plain["caution"]) == ("a" * 64, "b" * 64, ["seed: 1 -> 2"], "")
    lines = found.markdown().splitlines()
    assert lines[0] == f"### Run {'a' * 16} to {'b' * 16}"
    assert lines[-1] == "| m | file | new |"
    assert "- seed: 1 -> 2" in [line.replace("\\", "").replace("&gt;", ">") for line in lines]
    heads = [line for line in lines if line.startswith("| output")]
    assert [head.count("|") for head in heads] == [9, 4]
    assert next(line for line in lines if line.startswith("| e |")).split(" | ")[3] == "5 to 12"


def test_rows_are_paired_by_term_and_keys_whatever_their_order():
    def row(year, value):
        return {"term": "people", "year": year, "estimate": value, "ci_low": None, "ci_high": None, "unit": "persons"}

    old = {"e": {"rows": [row(1, 5.0), row(2, 6.0)]}, "gone": {"rows": [row(1, 1.0)]}}
    new = {"e": {"rows": [row(2, 7.0), row(1, 5.0)], "stands": False}, "came": {"rows": [row(1, 2.0)]}}
    found = {(one.output, one.term): one for one in estimate_changes(old, new)}
    assert list(found) == [
        ("e", "people, year 1"),
        ("e", "people, year 2"),
        ("gone", "people, year 1"),
        ("came", "people, year 1"),
    ]
    assert found["e", "people, year 2"].change == 1
    assert [one.stands for one in found.values()] == [False, False, True, True]
    assert [one.reading for one in found.values()][2:] == ["gone", "new"]
    assert {one.unit for one in found.values()} == {"persons"}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ([["n"], ["9"]], [["m"], ["9"]], "other columns"),
        ([["n"], ["9"]], [["n"], ["9"], ["8"]], "1 rows to 2"),
        ([["n", "m"], ["9", "8"], ["7", "6"]], [["n", "m"], ["9", "1"], ["0", "6"]], "2 of 4 cells"),
    ],
)
def test_a_table_says_how_much_of_it_changed(old, new, said):
    assert _cells_changed(old, new) == said


def test_each_part_that_went_in_is_told_when_it_differs():
    words = ("code", "prose", "manifest")
    digest = {"source": "l.csv", "digest": "ab" * 9}
    old = dict.fromkeys(words, "a") | {"python": "3.11", "seed": 1, "packages": {"numpy": "2", "gone": "1"}}
    old |= {"parameters": {"n": 1}, "modules": {"m": "a", "same": "s"}, "inputs": {"lists": digest}}
    new = dict.fromkeys(words, "b") | {"python": "3.12", "seed": 2, "packages": {"numpy": "3", "came": "1"}}
    new |= {"parameters": {"n": 2, "m": 3}, "modules": {"m": "b", "same": "s"}}
    new["inputs"] = {"lists": digest | {"digest": "cd" * 9}}
    said = explain(old, new)
    assert said[3:] == [
        "parameter n: 1 -> 2",
        "parameter m: none -> 3",
        "input lists: l.csv (abababababab) -> l.csv (cdcdcdcdcdcd)",
        "module m changed",
        "package numpy: 2 -> 3",
        "package gone: 1 -> none",
        "package came: none -> 1",
        "python: 3.11 -> 3.12",
        "seed: 1 -> 2",
    ]
    assert len(set(said)) == 12
    assert explain(old, old) == []
    assert run_id(old) == run_id(dict(reversed(old.items())))
    assert len({run_id(old | {part: None}) for part in old} | {run_id(old)}) == len(old) + 1


def test_what_was_accepted_is_compared_run_by_run():
    def run(n, **tables):
        held = {name: {"sha256": name * 20, "cells": [["n"], [cell]]} for name, cell in tables.items()}
        return {"parameters": {"n": n}, "estimate": {}, "table": held, "figure": {}, "file": {}}

    def now(n, **tables):
        results = {"estimates": {}, "figures": {}, "files": {}}
        results["tables"] = {name: {"sha256": name * 20} for name in tables}
        held = {name: [["n"], [cell]] for name, cell in tables.items()}
        return SimpleNamespace(parameters={"n": n}, tables=held, results=results)

    def told(then, runs, **promised):
        return [(c.output, c.status, c.change) for c in compare({"runs": then}, runs, promised)]

    near = SimpleNamespace(rtol=0.2, atol=0.0)
    assert told([run(1, t="10")], [now(1, t="10")]) == [("t", "same", "")]
    assert told([run(1, t="10")], [now(1, t="11")]) == [("t", "drifted", "numbers")]
    assert told([run(1, t="10")], [now(1, t="11")], t=near) == [("t", "within tolerance", "numbers")]
    assert told([run(1, t="10")], [now(1)]) == [("t", "drifted", "gone")]
    assert told([run(1)], [now(1, t="10")]) == [("t", "drifted", "new")]
    assert told([run(1, t="10")], [now(2, t="10")]) == [("t [n=1]", "drifted", "gone"), ("t [n=2]", "drifted", "new")]
    assert run_key({"b": [1], "a": None}) == "a=null, b=[1]"


def test_long_tables_are_kept_by_their_hash_alone():
    for rows, kept in ((_MOST_ROWS, True), (_MOST_ROWS + 1, False)):
        made = _expected_table([["n"]] * rows, {"sha256": "ab"})
        assert made["sha256"] == "ab"
        assert ("cells" in made) is kept


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "cannot be read"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "does not have format"),
        (json.dumps({"format": "other", "study": "demo"}), "does not have format"),
        (json.dumps({"format": FORMAT, "study": "another"}), "does not have format"),
    ],
)
def test_what_was_accepted_is_refused_where_it_is_not_that(tmp_path, content, said):
    study = SimpleNamespace(name="demo", folder=tmp_path)
    (tmp_path / "expected.json").write_text(content)
    with pytest.raises(DataError, match=said):
        read_expected(study)
    (tmp_path / "expected.json").write_text(json.dumps({"format": FORMAT, "study": "demo", "runs": []}))
    assert read_expected(study)["runs"] == []
