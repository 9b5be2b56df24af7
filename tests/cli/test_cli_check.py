"""``ctresearch check`` over several studies, with runs made beforehand: what is asked of which, and the exit code."""

import json
from types import SimpleNamespace

import pytest

from ctresearch.cli import check, run
from small_project import ETHICS, RESTRICTED, TOML, call, make_project, write_study

COLUMNS = {"tables": {"ages": {"columns": ["age", "n"], "meanings": {"age": {}}}}, "figures": {}, "estimates": {}}
NOTHING = {"tables": {}, "figures": {}, "estimates": {}}
HELD = {"map": {"status": "review", "rules": ["undeclared"], "message": "A map\nof homes."}}


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Three studies, the first without a file of its own for its cases, and what the runs of each gave."""
    make_project(tmp_path, toml=TOML + RESTRICTED + ETHICS)
    for name in ("full", "lacking"):
        write_study(tmp_path, TOML, name)
    monkeypatch.chdir(tmp_path)
    runs = {
        "demo": [NOTHING],
        "full": [NOTHING, NOTHING],
        "lacking": [COLUMNS, NOTHING | {"gate": HELD}],
    }
    asked = []

    def made(study, data, jobs):
        asked.append((study.name, study.folder, dict(data), jobs))
        return study, [SimpleNamespace(results=results) for results in runs[study.name]]

    monkeypatch.setattr(check, "_run", made)
    return asked


def test_the_gate_is_asked_of_every_study_and_what_lacks_data_is_passed_over(asked, tmp_path, capsys):
    code, out, err = call(capsys, "check", "--gate", "--jobs", "2")
    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "demo: not judged, needs data: give each restricted input with --data",
        "full: all declared",
        "lacking: 2 undeclared, 1 held back",
        "  ages: n; declare with run.save('ages', ..., roles=)",
        "  map: A map of homes.",
    ]
    studies = tmp_path / "studies"
    assert asked == [("full", studies / "full", {}, 2), ("lacking", studies / "lacking", {}, 2)]


def test_the_gate_is_content_only_where_something_was_judged_and_all_is_declared(asked, capsys):
    assert call(capsys, "check", "--gate", "full")[:2] == (0, "full: all declared\n")
    assert call(capsys, "check", "--gate", "demo", "full")[0] == 0
    assert call(capsys, "check", "--gate", "demo")[0] == 1
    assert call(capsys, "check", "--gate", "demo", "demo")[0] == 1
    assert [name for name, *_ in asked] == ["full", "full"]


def test_data_reach_the_one_study_they_are_for(asked, tmp_path, capsys):
    (tmp_path / "cases.csv").write_text("a\n1\n")
    assert call(capsys, "check", "--gate", "demo", "--data", "cases=cases.csv")[:2] == (0, "demo: all declared\n")
    assert [list(data) for _, _, data, _ in asked] == [["cases"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--data", "cases=x"), "Error: --data is for one study, and 0 are named.\n"),
        (("demo", "full", "--data", "cases=x"), "Error: --data is for one study, and 2 are named.\n"),
        (("--gate", "--json"), "no other form of answer.\n"),
        (("--gate", "--markdown"), "no other form of answer.\n"),
        (("--gate", "--update"), "no other form of answer.\n"),
    ],
)
def test_forms_that_do_not_go_together_are_refused_before_anything_runs(asked, capsys, words, said):
    code, out, err = call(capsys, "check", *words)
    assert (code, out) == (2, "")
    assert err.endswith(said)
    assert asked == []


def test_all_studies_are_compared_and_one_that_lacks_data_stops_no_other(asked, tmp_path, monkeypatch, capsys):
    from ctresearch.studies.compare import expected
    from ctresearch.studies.compare.compare import Comparison

    held_to, refused = [], []
    monkeypatch.setattr(expected, "read_expected", lambda study: {"of": study.name})
    monkeypatch.setattr(check, "_refuse_differences", lambda *given: refused.append(given[2]))

    def compared(accepted, runs, outputs):
        held_to.append((accepted, len(runs), list(outputs)))
        return [Comparison("t", "file", "drifted" if accepted == {"of": "lacking"} else "same", "")]

    monkeypatch.setattr(expected, "compare", compared)
    code, out, _ = call(capsys, "check", "--json")
    assert code == 4
    assert [(one["study"], one["status"]) for one in json.loads(out)] == [
        ("demo", "needs data: give each restricted input with --data"),
        ("full", "same"),
        ("lacking", "drifted"),
    ]
    assert refused == [{"of": "full"}, {"of": "lacking"}]
    assert held_to == [({"of": "full"}, 2, ["t"]), ({"of": "lacking"}, 2, ["t"])]
    assert call(capsys, "check", "full", "demo")[0] == 0

    monkeypatch.setattr(expected, "write_expected", lambda study, runs: f"{study.name} of {len(runs)} runs")
    assert call(capsys, "check", "full", "--update")[:2] == (0, "full: accepted: full of 2 runs\n")


def test_what_is_there_is_explained_as_there(capsys, monkeypatch):
    from ctresearch.studies.running import run as running

    plans = [SimpleNamespace(label=f"demo n={i}", run_id=f"{i}" * 64, folder=f"/runs/{i}") for i in (1, 2)]
    monkeypatch.setattr(running, "why_new", lambda plan: [] if plan is plans[0] else ["seed: 7 -> 8", "n: 1 -> 2"])
    assert run._explain(plans, False) == 0
    assert capsys.readouterr().out.splitlines() == [
        "demo n=1: /runs/1 is there and whole",
        f"demo n=2: run {'2' * 16} is new",
        "  seed: 7 -> 8",
        "  n: 1 -> 2",
    ]
    assert run._explain(plans, True) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"run": "demo n=1", "run_id": "1" * 64, "new": False, "why": []},
        {"run": "demo n=2", "run_id": "2" * 64, "new": True, "why": ["seed: 7 -> 8", "n: 1 -> 2"]},
    ]


def test_runs_are_made_anew_as_the_options_say_and_the_first_fault_stops_the_comparison(tmp_path, monkeypatch):
    from ctresearch.core import DataError
    from ctresearch.studies.asked.manifest import load_study
    from ctresearch.studies.kept import evidence
    from ctresearch.studies.running import run as running

    asked = []

    def made(plans, **options):
        asked.append(options)
        return (SimpleNamespace(error=(options["jobs"] > 2 and DataError("no list")) or None) for _ in plans)

    monkeypatch.setattr(running, "run_plans", made)
    monkeypatch.setattr(evidence, "from_folder", lambda folder: folder)
    study = load_study(make_project(tmp_path, toml=TOML.replace("[outputs]", "[grid]\nn = [1, 2]\n\n[outputs]")))
    ran, folders = check._run(study, {}, 2)
    assert (ran.name, len(folders), len(set(folders))) == ("demo", 2, 2)
    assert {folder.parent for folder in folders} == {tmp_path / "runs" / "demo"}
    with pytest.raises(DataError, match="no list"):
        check._run(study, {}, 3)
    assert [(one["jobs"], one["force"], callable(one["listen"])) for one in asked] == [(2, True, True), (3, True, True)]
