"""What comparisons say, word for word, and which cell each message names."""

import json
import math
from types import SimpleNamespace

import pytest

from ctresearch.core import DataError
from ctresearch.studies.compare import diff, expected
from ctresearch.studies.compare.compare import Comparison, compare_cells, gravest, markdown
from ctresearch.studies.kept.evidence import Evidence

NAN = math.nan
ROW = {
    "term": "people",
    "sex": "f",
    "estimate": 9.0,
    "std_error": 1.0,
    "ci_low": 7.0,
    "ci_high": 11.0,
    "unit": "persons",
}
IDENTITY = {key: key.upper() for key in expected._IDENTITY}


@pytest.mark.parametrize(
    ("before", "after", "tolerance", "found"),
    [
        ({}, {}, (0, 0), ("same", "")),
        ({"a": 1.0, "b": "x"}, {"a": 1.0, "b": "x"}, (0, 0), ("same", "")),
        ({"a": 1}, {"b": 1}, (9, 9), ("drifted", "a is gone")),
        ({"b": 1}, {"b": 1, "a": 1}, (9, 9), ("drifted", "a is new")),
        ({"a": 10.0, "b": 1.0}, {"a": 11.0, "b": 2.0}, (0.01, 0), ("drifted", "b: 1.0 to 2.0")),
        # a is farther off, yet within its tolerance in absolute terms
        ({"a": 0.1, "b": 100.0}, {"a": 0.2, "b": 120.0}, (0, 0.5), ("drifted", "b: 100.0 to 120.0")),
        ({"a": 1.0, "b": "x"}, {"a": 9.0, "b": "y"}, (0, 0), ("drifted", "b: x to y")),
        ({"a": True}, {"a": False}, (9, 9), ("drifted", "a: True to False")),
        ({"a": None}, {"a": 1.0}, (9, 9), ("drifted", "a: None to 1.0")),
        ({"a": 1.0}, {"a": "inf"}, (0.1, 0), ("drifted", "a: 1.0 to inf")),
        ({"a": 1.0}, {"a": 1.5}, (0.5, 0.25), ("within tolerance", "a: 1.0 to 1.5 (rtol 0.5, atol 0.25)")),
        ({"a": "1.0"}, {"a": 1.0}, (0, 0), ("within tolerance", "a: 1.0 to 1.0 (rtol 0, atol 0)")),
        ({"a": -4.0, "b": 1.0}, {"a": -1.0, "b": 2.0}, (0, 0), ("drifted", "a: -4.0 to -1.0")),
        ({"a": 1.0, "b": 1.0}, {"a": -1.0, "b": 1.5}, (0, 0), ("drifted", "a: 1.0 to -1.0")),
    ],
)
def test_cells_are_held_to_the_tolerance_and_the_farthest_is_named(before, after, tolerance, found):
    assert compare_cells(before, after, *tolerance) == found


def test_the_gravest_is_found_and_markdown_escapes():
    kinds = [Comparison("a", "file", one, "x|y") for one in ("within tolerance", "same")]
    assert gravest(kinds) == "within tolerance"
    assert gravest([*kinds, Comparison("a", "file", "drifted", "")]) == "drifted"
    assert markdown("demo", kinds[:1]) == (
        "### demo: within tolerance\n\n| output | kind | status | |\n| --- | --- | --- | --- |\n"
        "| a | file | within tolerance | x\\|y |\n"
    )


def evidence(parameters=None, rows=(ROW,), cells=(("a", "n"), ("x", "10")), **entry):
    results = {
        "study": "demo",
        "estimates": {"e": {**IDENTITY, "status": "pass", "rows": list(rows), **entry}},
        "tables": {"t": {"sha256": json.dumps(cells)}},
        "figures": {"f": {"sha256": "f" * 64}},
        "files": {"g": {"sha256": "0" * 64}},
    }
    parts = {"run_id": "ab" * 32, "components": {"parameters": parameters or {}}}
    return Evidence(results, parts, {"t": [list(row) for row in cells]})


def test_what_is_accepted_is_written_out():
    found = expected.build_expected("demo", [evidence({"n": 1}, stands=False)])
    assert found["format"] == "ctresearch-expected/1"
    assert found["study"] == "demo"
    assert found["runs"] == [
        {
            "parameters": {"n": 1},
            "estimate": {"e": {**IDENTITY, "status": "pass", "stands": False, "rows": [ROW]}},
            "table": {"t": {"sha256": json.dumps((("a", "n"), ("x", "10"))), "cells": [["a", "n"], ["x", "10"]]}},
            "figure": {"f": {"sha256": "f" * 64}},
            "file": {"g": {"sha256": "0" * 64}},
        }
    ]
    assert "stands" not in expected.build_expected("demo", [evidence()])["runs"][0]["estimate"]["e"]
    assert expected.accepted_tables(found) == [{"t": [["a", "n"], ["x", "10"]]}]
    for rows, kept in ((499, True), (500, False)):  # the head is a row of the 500
        table = [("a",), *[("x",)] * rows]
        run = expected.build_expected("demo", [evidence(cells=table)])["runs"][0]
        assert ("cells" in run["table"]["t"]) is kept


def compared(before, after, outputs=None):
    found = expected.compare(expected.build_expected("demo", [before]), [after], outputs or {})
    return {one.output: (one.kind, one.status, one.message) for one in found}


def test_every_kind_of_output_says_what_became_of_it():
    same = compared(evidence(), evidence())
    assert same == {
        name: (kind, "same", "") for name, kind in zip("etfg", ("estimate", "table", "figure", "file"), strict=True)
    }
    other = evidence(rows=[{**ROW, "ci_high": 12.0}], cells=(("a", "n"), ("x", "12", "more")))
    other.results["figures"] = {"f": {"sha256": "a" * 64}}
    other.results["files"] = {"h": {"sha256": "0" * 64}}
    found = compared(evidence(), other)
    assert found == {
        "e": ("estimate", "drifted", "people (1) ci_high: 11.0 to 12.0"),
        "t": ("table", "drifted", "row 1 2 is new"),
        "f": ("figure", "drifted", "its bytes changed: ffffffffffff to aaaaaaaaaaaa"),
        "g": ("file", "drifted", "was accepted and is gone, or the gate keeps it back"),
        "h": ("file", "drifted", "is new: accept it with --update"),
    }
    wide = SimpleNamespace(rtol=0.5, atol=0.0)
    near = SimpleNamespace(rtol=0.0, atol=1.0)
    found = compared(
        evidence(), evidence(rows=[{**ROW, "ci_high": 12.0}], cells=(("a", "n"), ("x", "11"))), {"e": wide}
    )
    assert found["e"][1:] == ("within tolerance", "people (1) ci_high: 11.0 to 12.0 (rtol 0.5, atol 0)")
    assert found["t"][1:] == ("drifted", "row 1 n: 10 to 11")
    found = compared(evidence(), evidence(cells=(("a", "n"), ("x", "11"))), {"t": near})
    assert found["t"][1:] == ("within tolerance", "row 1 n: 10 to 11 (rtol 0, atol 1)")
    assert compared(evidence(), evidence(stands=False))["e"][1:] == ("drifted", "stands: True to False")
    assert compared(evidence(), evidence(level="L"))["e"][1:] == ("drifted", "level: LEVEL to L")


def test_runs_are_named_by_their_parameters_where_there_are_several():
    runs = [evidence({"n": 1, "a": "x"}), evidence({"n": 2, "a": "x"})]
    kept = expected.build_expected("demo", runs)
    names = [one.output for one in expected.compare(kept, runs[1:], {})]
    assert names[0] == 'e [a="x", n=1]'
    assert names[4] == 'e [a="x", n=2]'
    alone = expected.compare(expected.build_expected("demo", runs[:1]), runs[:1], {})
    assert alone[0].output == "e"


def test_the_file_is_written_in_order_and_messages_name_it(tmp_path):
    study = SimpleNamespace(name="demo", folder=tmp_path)
    path = expected.write_expected(study, [evidence({"é": 1})])
    text = path.read_text(encoding="utf-8")
    assert text.startswith('{\n "format": "ctresearch-expected/1",\n "runs": [\n')
    assert text.endswith('"study": "demo"\n}\n')
    assert "é" in text
    bad = evidence()
    bad.results["estimates"]["e"]["rows"][0] = {**ROW, "estimate": math.nan}
    with pytest.raises(ValueError, match="JSON"):
        expected.write_expected(study, [bad])
    assert path.read_text(encoding="utf-8") == text  # what was accepted stays
    path.write_text("{")
    with pytest.raises(DataError, match=r"expected.json cannot be read: Expecting"):
        expected.read_expected(study)
    path.write_text("[]")
    with pytest.raises(
        DataError, match="does not have format 'ctresearch-expected/1' and study 'demo': accept it anew"
    ):
        expected.read_expected(study)
    path.unlink()
    with pytest.raises(
        DataError, match=r"^'demo' has no expected.json: accept its outputs with `ctresearch check demo --update`$"
    ):
        expected.read_expected(study)


def test_a_difference_is_plain_values_cells_and_markdown():
    one, two = evidence(), evidence(rows=[{**ROW, "estimate": 12.0, "ci_high": None}], cells=(("a", "n"), ("x", "1")))
    two.results["figures"] = {}
    two.results["files"]["h"] = {"sha256": "1"}
    two.provenance["run_id"] = "cd" * 32
    two.results["study"] = "other"
    found = diff.diff_runs(one, two)
    caution = "Two studies, demo and other: they may count different people."
    assert found.to_dict() == {
        "old": "ab" * 32,
        "new": "cd" * 32,
        "caution": caution,
        "causes": [],
        "estimates": [
            {
                "output": "e",
                "term": "people, sex f",
                "unit": "persons",
                "old": 9.0,
                "new": 12.0,
                "change": 3.0,
                "old_interval": [7.0, 11.0],
                "new_interval": [7.0, None],
                "reading": "beyond the old interval",
            }
        ],
        "outputs": [
            {"output": "t", "kind": "table", "change": "1 of 2 cells"},
            {"output": "f", "kind": "figure", "change": "gone"},
            {"output": "g", "kind": "file", "change": "same"},
            {"output": "h", "kind": "file", "change": "new"},
        ],
    }
    assert found.rows() == [
        ["e", "people, sex f", "9", "7 to 11", "12", "7 to –", "+3 (+33.3 %)", "beyond the old interval"]
    ]
    assert found.markdown() == (
        f"### Run {'ab' * 8} to {'cd' * 8}\n\n**{caution}**\n\nNothing that went in differs.\n\n"
        "| output | term | old | interval | new | interval | change | against the old interval |\n"
        "| --- | --- | ---: | --- | ---: | --- | ---: | --- |\n"
        "| e | people, sex f | 9 | 7 to 11 | 12 | 7 to – | +3 (+33.3 %) | beyond the old interval |\n\n"
        "| output | kind | change |\n| --- | --- | --- |\n"
        "| t | table | 1 of 2 cells |\n| f | figure | gone |\n| g | file | same |\n| h | file | new |\n"
    )
    caused = diff.Diff("ab", "cd", ("seed: 1 -> 2",), (), ())
    assert caused.markdown() == "### Run ab to cd\n\n- seed: 1 -\\> 2\n"


@pytest.mark.parametrize(
    ("old", "new", "written"),
    [
        (200.0, 150.0, "−50 (−25.0 %)"),
        (-200.0, -150.0, "+50 (+25.0 %)"),
        (0.0, 1.0, "+1"),
        (1e6, 1e6 + 1, "+1"),
        (1e6, 1e6 - 1, "−1"),
        (NAN, 1.0, "–"),
        (1.0, NAN, "–"),
        (5.0, 5.0, "same"),
        (1e6, 1e6 + 600, "+600 (+0.1 %)"),
    ],
)
def test_a_change_has_its_sign_and_per_cent(old, new, written):
    made = diff.EstimateChange("e", "t", old, new, (NAN, NAN), (NAN, NAN), "")
    assert diff._change(made) == written


def test_readings_at_the_limits():
    def reading(new, limits=(90.0, 110.0), stands=True):
        return diff.EstimateChange("e", "t", 100.0, new, limits, limits, "", stands).reading

    assert reading(90.0) == reading(110.0) == "within the old interval"
    assert reading(89.9) == reading(110.1) == "beyond the old interval"
    assert reading(101.0, (NAN, 110.0)) == reading(101.0, (90.0, NAN)) == "no interval to compare with"
    assert reading(101.0, stands=False) == "does not stand"
    gone = diff.diff_runs(evidence(), evidence(stands=False))
    assert gone.estimates[0].reading == "does not stand"
    lost = diff.diff_runs(evidence(), evidence(rows=()))
    assert (lost.estimates[0].reading, lost.estimates[0].unit) == ("gone", "persons")
    assert diff._interval((NAN, NAN)) == ""
    assert diff._interval((NAN, 2.0)) == "– to 2"


def test_tables_of_other_shapes():
    assert diff._cells_changed([["a"], ["1"], ["2"]], [["a"], ["1"]]) == "2 rows to 1"
    assert (
        diff._cells_changed([["a", "b"], ["1", "2"], ["3", "4"]], [["a", "b"], ["1", "0"], ["0", "0"]])
        == "3 of 4 cells"
    )
    assert diff._cells_changed([["a"]], [["b"]]) == "other columns"
