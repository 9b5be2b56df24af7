"""``ctresearch check`` over several studies, with runs made beforehand: what is asked of which, and the exit code."""

import json
import signal
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from ctresearch.cli import check, run
from ctresearch.studies.checked import many
from ctresearch.studies.checked.verdict import Verdict
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
        return [SimpleNamespace(results=results) for results in runs[study.name]]

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
        (("--gate", "--changed", "HEAD"), "no other form of answer.\n"),
        (("demo", "--changed", "HEAD"), "--changed finds the studies by itself: name none.\n"),
        (("--json", "--jsonl", "-"), "all write to the terminal: choose one.\n"),
        (("--badge", "badge.png"), "--badge badge.png: must end in .svg or .json.\n"),
    ],
)
def test_forms_that_do_not_go_together_are_refused_before_anything_runs(asked, capsys, words, said):
    code, out, err = call(capsys, "check", *words)
    assert (code, out) == (2, "")
    assert err.endswith(said)
    assert asked == []


def test_a_study_that_cannot_be_judged_stops_no_other(asked, tmp_path, capsys):
    (tmp_path / "studies" / "full" / "study.toml").write_text("title =")
    code, out, err = call(capsys, "check", "--gate")
    assert code == 2
    assert "lacking: 2 undeclared, 1 held back" in out
    assert err.startswith("full: ")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Studies whose verdicts are made up, and a note of what was asked."""
    make_project(tmp_path)
    for name in ("full", "lacking"):
        write_study(tmp_path, TOML, name)
    monkeypatch.chdir(tmp_path)
    verdicts = [Verdict("demo", "crashed", "cell 1"), Verdict("full", "same"), Verdict("lacking", "drifted")]
    noted = SimpleNamespace(asked=[], how=[], stop_after=9)

    @contextmanager
    def checks(asked, **how):
        noted.asked += asked
        noted.how.append(how)

        def come():
            names = [one.study for one in asked]
            for number, one in enumerate(one for one in verdicts if one.study in names):
                if number == noted.stop_after:
                    raise KeyboardInterrupt
                yield one.study, one

        yield come()

    monkeypatch.setattr(many, "checks", checks)
    return noted


def test_all_studies_are_checked_as_the_options_say_and_the_gravest_code_comes_at_the_end(made, capsys, tmp_path):
    words = ("--json", "--jobs", "2", "--force", "--minutes", "3", "--alarm", "outside", "--badge", "badge.json")
    code, out, err = call(capsys, "check", *words)
    assert code == 4
    assert [(one["study"], one["status"]) for one in json.loads(out)] == [
        ("demo", "crashed"),
        ("full", "same"),
        ("lacking", "drifted"),
    ]
    assert err.splitlines() == [
        "[1/3] demo: crashed after 0.0 s",
        "[2/3] full: same after 0.0 s",
        "[3/3] lacking: drifted after 0.0 s",
    ]
    assert [(one.study, one.force, one.minutes, one.alarm) for one in made.asked] == [
        (name, True, 3.0, "outside") for name in ("demo", "full", "lacking")
    ]
    assert made.how == [{"jobs": 2, "cluster": None, "hear": None}]
    assert json.loads((tmp_path / "badge.json").read_text())["message"] == "2 of 3 do not reproduce (drifted)"


def test_an_interrupted_check_tells_what_was_finished_and_what_was_not(made, capsys, monkeypatch, tmp_path):
    heard = []
    monkeypatch.setattr(check.signal, "signal", lambda *given: heard.append(given))
    made.stop_after = 2
    code, out, err = call(capsys, "check", "--markdown", "--junit", "junit.xml")
    assert code == 130
    assert "| lacking | not run | the check was interrupted before its end |" in out
    assert "| demo | **crashed** | cell 1 |" in out
    assert err.endswith("what was finished is told, nothing half-done was left behind\n")
    assert {number for number, what in heard if what == signal.SIG_IGN} == {signal.SIGINT, signal.SIGTERM}
    assert 'skipped="1"' in (tmp_path / "junit.xml").read_text()


def test_a_file_that_cannot_be_written_is_known_before_anything_runs(made, capsys, tmp_path):
    for words in (("--jsonl", "no/lines"), ("--junit", "no/junit.xml"), ("--badge", "no/badge.svg")):
        code, out, err = call(capsys, "check", *words)
        assert (code, out, made.asked) == (2, "", [])
        assert err.startswith("ctresearch: cannot write or read")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notebooks", "pyproject.toml", "studies"]


def test_studies_that_a_change_touches_are_found_by_git(made, capsys, monkeypatch):
    from ctresearch.studies.checked import changed

    found = [changed.Changed(("full",)), changed.Changed(("demo", "full"), "git does not know the revision 'x' here")]
    monkeypatch.setattr(changed, "changed_studies", lambda project, revision: found.pop(0))
    assert call(capsys, "check", "--changed", "HEAD~1")[2].startswith(
        "1 of 3 may be touched by what changed since HEAD~1"
    )
    assert call(capsys, "check", "--changed", "x")[2].startswith("all studies: git does not know the revision 'x' here")
    assert [one.study for one in made.asked] == ["full", "demo", "full"]


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


def test_runs_are_made_and_the_first_fault_stops_the_judgement(tmp_path, monkeypatch):
    from ctresearch.core import DataError
    from ctresearch.studies import load_study
    from ctresearch.studies.kept import evidence
    from ctresearch.studies.running import run as running

    asked = []

    def made(plans, **options):
        asked.append(options)
        return (SimpleNamespace(error=(options["jobs"] > 2 and DataError("no list")) or None) for _ in plans)

    monkeypatch.setattr(running, "run_plans", made)
    monkeypatch.setattr(evidence, "from_folder", lambda folder: folder)
    study = load_study(make_project(tmp_path, toml=TOML.replace("[outputs]", "[grid]\nn = [1, 2]\n\n[outputs]")))
    folders = check._run(study, {}, 2)
    assert (len(folders), len(set(folders))) == (2, 2)
    assert {folder.parent for folder in folders} == {tmp_path / "runs" / "demo"}
    with pytest.raises(DataError, match="no list"):
        check._run(study, {}, 3)
    assert [(one["jobs"], callable(one["listen"])) for one in asked] == [(2, True), (3, True)]
