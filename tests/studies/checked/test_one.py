"""One study: whatever happens to it becomes a verdict, and none of it tells what a cell of the data holds."""

import json
import math
from types import SimpleNamespace

import pytest

from ctresearch.core import DataError, DisclosureError
from ctresearch.studies.base.errors import IntegrityError, NotebookError, NotebookInputError
from ctresearch.studies.checked import one
from ctresearch.studies.checked.one import Asked, check_one, told
from ctresearch.studies.checked.verdict import Verdict
from ctresearch.studies.kept.evidence import from_folder
from ctresearch.studies.kernel.engine import CellEvent
from ctresearch.studies.running.build import Options
from small_project import ETHICS, HEAD, RESTRICTED, TOML, make_project, names, write_notebook, write_study

TABLE = (
    "import pandas as pd\n"
    "run.save('t', pd.DataFrame({'n': [run.parameters['n'] + 20]}), counts=[[20]], roles={'n': 'count'})"
)
PUBLIC = (
    TOML.replace('kind = "file"', 'kind = "table"') + '\n[data.lists]\nsource = "published:uk-2013"\nlevel = "public"\n'
)


@pytest.fixture
def project(tmp_path):
    make_project(tmp_path, HEAD, TABLE, toml=PUBLIC)
    return tmp_path


def test_a_study_is_accepted_then_the_same_without_a_run_then_drifted(project, monkeypatch):
    ask, heard = Asked("demo", project), []
    lacking = check_one(ask)
    assert (lacking.status, lacking.code) == ("wrong input", 2)
    assert "has no expected.json: accept its outputs with `ctresearch check demo --update`" in lacking.message
    assert check_one(Asked("demo", project, update=True), heard.append).status == "accepted"
    assert [(told.label, type(event)) for told, event in heard] == [
        ("demo", CellEvent),
        ("demo", CellEvent),
        ("demo", type(None)),
    ]
    heard.clear()
    same = check_one(ask, heard.append)
    assert (same.status, same.reused, heard, len(same.outputs)) == ("same", True, [], 1)
    made = []
    monkeypatch.setattr(one, "_run", lambda plans, *_: made.append(len(plans)) or [from_folder(plans[0].folder)])
    again = check_one(Asked("demo", project, force=True))
    assert (again.status, again.reused, made) == ("same", False, [1])
    file = project / "studies" / "demo" / "expected.json"
    file.write_text(file.read_text().replace('"23"', '"24"'))
    drifted = check_one(ask)
    assert (drifted.status, drifted.code, drifted.outputs[0].change, len(made)) == ("drifted", 4, "numbers", 2)
    assert drifted.outputs[0].message == "row 1 n: 24 to 23"
    assert check_one(Asked("demo", project, alarm="outside")).status == "moved"
    run = next(path for path in (project / "runs" / "demo").iterdir() if path.is_dir())
    (run / "tables" / "t.csv").write_text("n\n24\n")
    check_one(ask)
    assert len(made) == 4  # a run that was changed since is not taken for the outputs of the study


def test_a_study_stopped_by_its_time_says_so(project):
    write_notebook(project, HEAD, "import time\ntime.sleep(600)")
    found = check_one(Asked("demo", project, update=True, minutes=0.02))
    assert (found.status, found.code) == ("out of time", 3)
    assert "took longer than limits.minutes allows" in found.message
    assert names(project / "studies" / "demo") == ["study.toml"]


@pytest.mark.parametrize(
    ("toml", "status", "said"),
    [
        ("title = ", "wrong input", "studies/bad/study.toml cannot be read"),
        ("x = " + "[" * 20000, "wrong input", "studies/bad/study.toml is nested too deeply"),
        (
            f'title="T"\nnotebook="n"\nseed=1\nx={"[" * 90}{"]" * 90}',
            "wrong input",
            "x == [[[[[[[...]]]]]]] is not a key",
        ),
        (TOML.replace('"demo"', '"gone"'), "wrong input", "notebook == 'gone' does not exist"),
        (TOML + RESTRICTED + ETHICS, "needs data", "give each restricted input with --data"),
    ],
)
def test_what_cannot_be_run_is_told_without_a_folder_of_this_machine(project, toml, status, said):
    write_study(project, toml, "bad")
    found = check_one(Asked("bad", project, update=True))
    assert (found.study, found.status) == ("bad", status)
    assert said in found.message
    assert str(project) + "/studies" not in found.message
    assert len(found.message) < 600
    assert check_one(Asked("none", project)).status == "wrong input"


SECRET = "Ana Horvat of Split"


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (NotebookInputError("cell 1"), "wrong input", "cell 1"),
        (NotebookError("demo: cell 1"), "crashed", "cell 1"),
        (IntegrityError("other bytes"), "not reproduced", "other bytes"),
        (DisclosureError("a difference"), "refused", "a difference"),
        (DataError("no file"), "wrong input", "no file"),
        (
            OSError(28, "No space left on device", SECRET),
            "wrong input",
            "cannot write or read: No space left on device",
        ),
        (ZeroDivisionError(SECRET), "crashed", "ZeroDivisionError"),
        (RecursionError(SECRET), "crashed", "RecursionError"),
        (SystemExit(SECRET), "crashed", "SystemExit"),
    ],
)
def test_every_error_becomes_a_verdict_and_no_message_of_a_fault_is_repeated(
    monkeypatch, tmp_path, error, status, message
):
    def fail(*_):
        raise error

    monkeypatch.setattr(one, "_check", fail)
    found = check_one(Asked("demo", tmp_path))
    assert found.status == status
    assert found.message.startswith(message)
    assert SECRET not in json.dumps(found.to_dict())


def test_what_is_kept_is_named_at_home_and_not_in_a_summary(tmp_path):
    error = NotebookError(f"demo: cell 2 of 3: boom; the notebook as far as it got is {tmp_path}/runs/x")
    error.what, error.kept = "demo: cell 2 of 3: boom", f"{tmp_path}/runs/x"
    assert told(Asked("demo", tmp_path), error).message == "cell 2 of 3: boom"
    assert (
        told(Asked("studies/demo", tmp_path), DataError(f"{tmp_path.resolve()}/a.csv is gone")).message
        == "a.csv is gone"
    )
    assert told(Asked("./studies/demo", tmp_path), DataError("x")).study == "demo"


def test_what_is_asked_is_what_the_runs_are_given(monkeypatch, project):
    asked, clock = {}, iter([100.0, 130.0, 160.0, 190.0])

    def run_plans(plans, **given):
        asked.update(given, plans=len(plans))
        return iter(())

    monkeypatch.setattr(one, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    monkeypatch.setattr(one, "run_plans", run_plans)
    found = check_one(Asked("demo", project, update=True, jobs=3, kernel_jobs=2, minutes=4))
    assert (found.status, found.seconds) == ("wrong input", 30.0)
    options = Options(force=True, kernel_jobs=2, until=100 + 240)
    assert asked == {"plans": 1, "jobs": 3, "options": options, "listen": asked["listen"]}
    for ends, status in ((339.9, "crashed"), (340.0, "out of time")):
        clock = iter([100.0, ends, 400.0])
        monkeypatch.setattr(one, "told", lambda *_: Verdict("demo", "crashed", "x"))
        found = check_one(Asked("demo", project, update=True, minutes=4))
        assert (found.status, found.seconds) == (status, 300.0)


def test_time_is_without_limit_unless_it_is_given():
    assert Asked("demo", None).minutes == math.inf
