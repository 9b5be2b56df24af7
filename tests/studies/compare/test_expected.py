"""What was accepted, and whether it still is: same, within tolerance, drifted."""

import copy
import dataclasses
import json
from types import SimpleNamespace

import pytest

from ctresearch.core import DataError
from ctresearch.studies.asked.manifest import Output
from ctresearch.studies.compare.compare import gravest, markdown
from ctresearch.studies.compare.expected import build_expected, compare, read_expected, write_expected
from ctresearch.studies.kept.evidence import Evidence, from_folder

OUTPUTS = {
    "e": Output(kind="estimate", level="public", rtol=1e-6),
    "t": Output(kind="table", level="public", rtol=1e-6, atol=0.5),
}


def evidence(parameters=None, estimate=100.0, cells=None, **more):
    row = {
        "term": "population",
        "estimate": estimate,
        "std_error": None,
        "ci_low": 90.0,
        "ci_high": "inf",
        "unit": "persons",
    }
    entry = dict.fromkeys(
        ("method", "interval", "scale", "population", "definition", "reference_period", "measure"), "x"
    )
    results = {
        "estimates": {"e": {**entry, "n": 9, "level": 0.95, "status": "pass", "rows": [row], **more}},
        "tables": {"t": {"sha256": json.dumps(cells)}},
        "figures": {"f": {"sha256": "aa" * 32, "path": "figures/f.svg"}},
        "files": {},
    }
    provenance = {"run_id": "ab", "components": {"parameters": parameters or {}}}
    return Evidence(results, provenance, {"t": cells or [["a", "n"], ["x", "10"]]})


def statuses(before, after):
    found = compare(build_expected("demo", [before]), [after], OUTPUTS)
    return {one.output: one.status for one in found}


def test_the_same_is_the_same():
    assert set(statuses(evidence(), evidence()).values()) == {"same"}


@pytest.mark.parametrize(
    ("after", "status"),
    [
        (evidence(estimate=100.00005), "within tolerance"),  # 5e-7 relative, and rtol is 1e-6
        (evidence(estimate=100.0002), "drifted"),  # 2e-6
        (evidence(estimate=None), "drifted"),
        (evidence(status="fail"), "drifted"),
        (evidence(population="other people"), "drifted"),
        (evidence(n=10), "drifted"),
    ],
)
def test_estimates_are_held_to_their_tolerance_and_their_words_exactly(after, status):
    found = statuses(evidence(), after)
    assert found["e"] == status
    assert found["f"] == "same"


@pytest.mark.parametrize(
    ("cells", "status"),
    [
        ([["a", "n"], ["x", "10.4"]], "within tolerance"),  # atol is 0.5
        ([["a", "n"], ["x", "10.6"]], "drifted"),
        ([["a", "n"], ["y", "10"]], "drifted"),
        ([["a", "n"], ["x", "10"], ["y", "1"]], "drifted"),
        ([["a", "m"], ["x", "10"]], "drifted"),
    ],
)
def test_tables_are_compared_cell_by_cell(cells, status):
    assert statuses(evidence(), evidence(cells=cells))["t"] == status


def test_figures_are_their_bytes_and_outputs_may_not_come_or_go():
    other = evidence()
    other.results["figures"]["f"]["sha256"] = "bb" * 32
    assert statuses(evidence(), other)["f"] == "drifted"
    gone = evidence()
    del gone.results["figures"]["f"]
    assert statuses(evidence(), gone)["f"] == statuses(gone, evidence())["f"] == "drifted"


@pytest.mark.parametrize(
    ("svg", "status"),
    [
        ('<clipPath id="p1"/><path clip-path="url(#p1)" d="M 10 0.004 L 2.5 7"/>', "same"),
        ('<clipPath id="p9"/><path clip-path="url(#p9)" d="M 10 -0.0 L 2.5000001 7"/>', "within tolerance"),
        ('<clipPath id="p1"/><path clip-path="url(#p1)" d="M 10 0.006 L 2.5 7"/>', "drifted"),  # a hundredth more
        ('<clipPath id="p1"/><path clip-path="url(#p2)" d="M 10 0.004 L 2.5 7"/>', "drifted"),  # clipped by another
        ('<clipPath id="p1"/><path clip-path="url(#p1)" d="M 10 0.004 L 2.5 7" fill="#a1"/>', "drifted"),
    ],
)
def test_a_figure_whose_last_digits_differ_is_within_tolerance(svg, status):
    then, now = (
        dataclasses.replace(evidence(), read=lambda path, one=one: one.encode())
        for one in ('<clipPath id="p1"/><path clip-path="url(#p1)" d="M 10 0.004 L 2.5 7"/>', svg)
    )
    now.results["figures"]["f"]["sha256"] = ("aa" if status == "same" else "bb") * 32
    assert statuses(then, now)["f"] == status
    assert statuses(evidence(), now)["f"] == ("same" if status == "same" else "drifted")  # accepted without a drawing


def test_long_tables_are_kept_by_their_hash():
    rows = [["a", "n"], *[["x", str(i)] for i in range(600)]]
    kept = build_expected("demo", [evidence(cells=rows)])["runs"][0]["table"]["t"]
    assert list(kept) == ["sha256"]
    other = [*rows[:-1], ["x", "0"]]
    assert statuses(evidence(cells=rows), evidence(cells=other))["t"] == "drifted"


def test_runs_of_a_grid_are_paired_by_their_parameters():
    runs = [evidence({"n": 1}, 1.0), evidence({"n": 2}, 2.0)]
    found = compare(build_expected("demo", runs), runs[::-1], OUTPUTS)
    assert {one.status for one in found} == {"same"}
    assert "e [n=1]" in {one.output for one in found}
    missing = compare(build_expected("demo", runs), runs[:1], OUTPUTS)
    assert gravest(missing) == "drifted"


def test_messages_name_the_cell_that_is_farthest_off():
    one = next(
        c for c in compare(build_expected("d", [evidence()]), [evidence(estimate=120.0)], OUTPUTS) if c.output == "e"
    )
    assert one.message == "population (1) estimate: 100.0 to 120.0"
    assert "| e | estimate | drifted | population (1) estimate: 100.0 to 120.0 |" in markdown("d", [one])


def test_written_read_and_refused(tmp_path, publication):
    study = SimpleNamespace(name="demo", folder=tmp_path)
    with pytest.raises(DataError, match="--update"):
        read_expected(study)
    one = from_folder(publication.run)
    write_expected(study, [one])
    kept = read_expected(study)
    assert kept == json.loads(json.dumps(build_expected("demo", [one])))
    assert [path.name for path in tmp_path.iterdir()] == ["expected.json"]
    for broken in ("{", "[]", json.dumps(kept | {"format": "x"}), json.dumps(kept | {"study": "other"})):
        (tmp_path / "expected.json").write_text(broken)
        with pytest.raises(DataError, match=r"expected\.json"):
            read_expected(study)


def test_a_real_run_is_the_same_as_itself_and_holds_what_passed_the_gate_alone(publication):
    one = from_folder(publication.run)
    outputs = dict.fromkeys(("estimate", "table", "figure", "notes"))
    found = compare(build_expected("demo", [one]), [copy.deepcopy(one)], outputs)
    assert {each.output for each in found} == set(outputs)
    assert gravest(found) == "same"
