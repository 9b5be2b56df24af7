"""What changed between two runs, read from what they published."""

import json
import math

import pytest

from ctresearch.studies.compare.diff import EstimateChange, diff_runs
from ctresearch.studies.kept.evidence import Evidence

NAN = math.nan


def evidence(rows, components=None, cells=(("a", "n"), ("x", "10")), figure="aa"):
    keys = ("term", "estimate", "ci_low", "ci_high", "unit")
    made = [dict(zip(keys, (*row, "persons"), strict=True)) for row in rows]
    table = {"sha256": json.dumps(cells)}
    results = {
        "estimates": {"e": {"rows": made}},
        "tables": {"t": table},
        "figures": {"f": {"sha256": figure}},
        "files": {},
    }
    return Evidence(results, {"run_id": "ab" * 32, "components": components or {}}, {"t": [list(row) for row in cells]})


@pytest.mark.parametrize(
    ("old", "new", "limits", "reading"),
    [
        (100.0, 100.0, (NAN, NAN), "same"),
        (100.0, 105.0, (90.0, 110.0), "within the old interval"),
        (100.0, 111.0, (90.0, 110.0), "beyond the old interval"),
        (100.0, 111.0, (NAN, NAN), "no interval to compare with"),
        (100.0, 111.0, (90.0, math.inf), "within the old interval"),
        (NAN, 5.0, (NAN, NAN), "new"),
        (5.0, NAN, (1.0, 9.0), "gone"),
        (NAN, NAN, (NAN, NAN), "no estimate on either side"),
    ],
)
def test_a_change_is_read_against_the_old_interval(old, new, limits, reading):
    assert EstimateChange("e", "population", old, new, limits, (NAN, NAN), "").reading == reading


def test_an_interval_that_changed_is_never_the_same():
    same = EstimateChange("e", "population", 5.0, 5.0, (1.0, NAN), (1.0, NAN), "")
    assert same.reading == "same"
    for limits in ((1.0, 9.0), (1.5, NAN), (NAN, NAN)):
        assert EstimateChange("e", "population", 5.0, 5.0, (1.0, NAN), limits, "").reading == "interval changed"


def test_equal_numbers_have_no_per_cent_and_two_studies_a_caution():
    one, other = evidence([("a", 200.0, 1.0, 300.0)]), evidence([("a", 200.0, 1.0, 301.0)])
    assert diff_runs(one, one).rows()[0][6:] == ["same", "same"]
    assert diff_runs(one, other).rows()[0][6:] == ["same", "interval changed"]
    assert diff_runs(one, one).caution == ""
    other.results["study"] = "netherlands"
    assert "netherlands: they may count different people." in diff_runs(one, other).markdown()


def test_estimates_are_paired_by_term_and_keys():
    found = diff_runs(
        evidence([("a", 1.0, 0.5, 2.0), ("b", 5.0, None, None)]),
        evidence([("b", 6.0, None, None), ("c", 1.0, 0.0, 9.0)]),
    )
    assert {one.term: one.reading for one in found.estimates} == {
        "a": "gone",
        "b": "no interval to compare with",
        "c": "new",
    }


def test_causes_name_input_parameter_package_code_and_seed():
    old = {
        "code": "1",
        "parameters": {"n": 1},
        "inputs": {"lists": {"source": "a.csv", "digest": "00" * 32}},
        "packages": {"numpy": "1"},
        "seed": 1,
    }
    new = {
        "code": "2",
        "parameters": {"n": 2},
        "inputs": {"lists": {"source": "b.csv", "digest": "11" * 32}},
        "packages": {"numpy": "2"},
        "seed": 2,
    }
    causes = " / ".join(diff_runs(evidence([], old), evidence([], new)).causes)
    for words in ("code cell", "parameter n: 1 -> 2", "input lists: a.csv", "package numpy: 1 -> 2", "seed: 1 -> 2"):
        assert words in causes


@pytest.mark.parametrize(
    ("cells", "change"),
    [
        ((("a", "n"), ("x", "10")), "same"),
        ((("a", "n"), ("x", "11")), "1 of 2 cells"),
        ((("a", "n"), ("x", "10"), ("y", "1")), "1 rows to 2"),
        ((("a", "m"), ("x", "10")), "other columns"),
    ],
)
def test_tables_say_how_much_of_them_changed(cells, change):
    found = diff_runs(evidence([]), evidence([], cells=cells, figure="bb"))
    assert {one.output: one.change for one in found.outputs} == {"t": change, "f": "changed"}


def test_markdown_and_json_say_the_same():
    found = diff_runs(
        evidence([("population", 11418.0, 9900.0, 13100.0)]), evidence([("population", 12000.0, 10000.0, "inf")])
    )
    assert (
        "| e | population | 11,418 | 9,900 to 13,100 | 12,000 | 10,000 to ∞ | +582 (+5.1 %) | within the old interval |"
        in found.markdown()
    )
    row = json.loads(json.dumps(found.to_dict(), allow_nan=False))["estimates"][0]
    assert (row["change"], row["new_interval"]) == (582.0, [10000.0, None])


def test_a_fall_has_a_minus_sign_and_nothing_is_divided_by_zero():
    found = diff_runs(
        evidence([("a", 200.0, None, None), ("b", 0.0, None, None)]),
        evidence([("a", 150.0, None, None), ("b", 1.0, None, None)]),
    )
    assert [row[6] for row in found.rows()] == ["−50 (−25.0 %)", "+1"]
