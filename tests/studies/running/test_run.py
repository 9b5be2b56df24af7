"""Runs of a study: the same bytes each time, whole or not at all, whatever happens on the way."""

import datetime as dt
import errno
import json
import platform
import socket
from pathlib import Path

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies import RunRecord, run_study
from ctresearch.studies.base.errors import IntegrityError, NotebookError
from ctresearch.studies.door import current
from ctresearch.studies.running import build
from ctresearch.studies.running.plan import plan_runs
from ctresearch.studies.running.run import run_plans, why_new
from small_project import HEAD, SAVE, TOML, contents, make_project, names


def test_a_run_is_complete_and_two_projects_give_the_same_bytes(tmp_path):
    records = [run_study(make_project(tmp_path / place)) for place in ("one", "two, with spaces and é")]
    first = contents(records[0].folder)
    assert sorted(first) == [
        "files/t.txt",
        "notebook.ipynb",
        "provenance.json",
        "report.html",
        "results.json",
        "ro-crate-metadata.json",
    ]
    assert contents(records[1].folder) == first
    assert first["files/t.txt"] == b"3"
    assert records[0].run_id[:16] == records[0].folder.name
    assert records[0].run_id in first["notebook.ipynb"].decode()
    assert str(tmp_path) not in b"".join(first.values()).decode()  # no folder of this machine
    assert names(tmp_path / "one" / "runs" / "demo") == [records[0].folder.name, "latest"]
    log = records[0].log
    assert list(log) == [
        *("started", "seconds", "host", "platform", "python", "seal", "kernel_peak_mb", "kernel_cpu_seconds"),
    ]
    assert dt.datetime.fromisoformat(log["started"]) <= dt.datetime.now(dt.UTC)
    assert (log["host"], log["platform"], log["python"]) == (
        *(socket.gethostname(), platform.platform(), platform.python_version()),
    )
    assert 0 < log["kernel_cpu_seconds"] < 60
    assert 0 < log["seconds"] < 600
    assert 20 < log["kernel_peak_mb"] < 2000
    assert {"rung", "landlock", "sealed"} <= set(log["seal"])


def test_what_is_there_and_whole_is_not_made_again(tmp_path, monkeypatch):
    study = make_project(tmp_path)
    record = run_study(study)
    assert why_new(plan_runs(study)[0]) == []

    def never(*_):
        raise AssertionError("made again")

    monkeypatch.setattr(build, "_execute", never)
    assert run_study(study).folder == record.folder


def test_a_damaged_run_is_made_again(tmp_path):
    study = make_project(tmp_path)
    record = run_study(study)
    whole = contents(record.folder)
    (record.folder / "files" / "t.txt").write_text("4")
    assert why_new(plan_runs(study)[0]) == ["its outputs are not whole: files/t.txt was changed"]
    assert contents(run_study(study).folder) == whole


def test_force_makes_it_again_and_keeps_the_run_that_stands(tmp_path):
    study = make_project(tmp_path)
    record = run_study(study)
    stamp = (record.folder / "run.log.json").stat().st_mtime_ns
    assert run_study(study, force=True).folder == record.folder
    assert (record.folder / "run.log.json").stat().st_mtime_ns == stamp
    assert names(tmp_path / "runs" / "demo") == [record.folder.name, "latest"]


def test_a_notebook_that_reads_the_clock_is_found_by_force(tmp_path):
    code = "import time\nPath('t.txt').write_text(str(time.time_ns()))\nrun.save('t', 't.txt')"
    study = make_project(tmp_path, HEAD + "\nfrom pathlib import Path", code)
    record = run_study(study)
    whole = contents(record.folder)
    with pytest.raises(IntegrityError, match=r"gave other bytes in files/t.txt.*such as the clock.*marked as refuted"):
        run_study(study, force=True)
    assert contents(record.folder) == whole
    for force in (False, True):  # it stands, and is never used again
        with pytest.raises(IntegrityError, match=r"was refuted: made again, run \w+ gave other bytes in files/t.txt"):
            run_study(study, force=force)
    (plan,) = plan_runs(study)
    assert why_new(plan) == ["it was refuted: made again, it gave other bytes in files/t.txt"]
    mark = plan.store.mark_of(plan.run_id)
    assert names(mark.parent) == sorted(["failed", "latest", record.folder.name, mark.name])
    mark.write_text("{")  # a mark that cannot be read is no acquittal
    with pytest.raises(IntegrityError, match="gave other bytes in its files"):
        run_study(study)


def test_a_failed_run_says_cell_and_parameters_and_keeps_its_notebook_apart(tmp_path):
    study = make_project(tmp_path, HEAD, "# Sums", "print('so far')\nraise ValueError('no sum')")
    with pytest.raises(NotebookError) as caught:
        run_study(study, {"n": 5})
    message = str(caught.value)
    assert message.startswith("demo: cell 2 of 2 (Sums): ValueError: no sum [parameters: n=5]; the notebook")
    kept = Path(message.rpartition(" is ")[2])
    assert kept.parent.parent == tmp_path / "runs" / "demo" / "failed"
    cells = json.loads(kept.read_text())["cells"]
    assert cells[2]["outputs"][0]["text"] == "so far\n"
    assert names(tmp_path / "runs" / "demo") == ["failed"]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("pass", "the promised output 't' was not saved"),
        ("run.save('u', 'x')", "output == 'u' is not promised by 'demo'"),
        ("run.data('lists')", "data == 'lists' is not an input of 'demo', the study declares no data"),
        (SAVE + "\n(run.folder / 'extra.csv').touch()", "the file 'extra.csv' was written beside the outputs"),
    ],
)
def test_outputs_are_held_to_the_promises(tmp_path, code, says):
    with pytest.raises(NotebookError, match=says.replace("(", r"\(")):
        run_study(make_project(tmp_path, HEAD, code))


CODE = TOML.replace("[outputs]", '[code]\nsums = "sums.py"\n\n[outputs]')


def test_a_module_that_is_declared_is_part_of_what_a_run_is_made_from(tmp_path):
    save = "import sums\nfrom pathlib import Path\nPath('t.txt').write_text(str(sums.TWICE))\nrun.save('t', 't.txt')"
    study = make_project(tmp_path, HEAD, save, toml=CODE)
    with pytest.raises(
        SpecificationError, match=r"code.sums == 'sums.py' is not a file, must lie in the study's folder"
    ):
        plan_runs(study)
    (study / "sums.py").write_text("TWICE = 6\n")
    first = run_study(study)
    assert contents(first.folder)["files/t.txt"] == b"6"
    assert list(first.components["modules"]) == ["sums"]
    (study / "sums.py").write_text("TWICE = 7\n")
    assert why_new(plan_runs(study)[0]) == ["module sums changed"]
    assert contents(run_study(study).folder)["files/t.txt"] == b"7"
    assert run_study(study).log["seal"]["sealed"] is True


@pytest.mark.parametrize("line", ['sums = "../sums.py"', 'json = "sums.py"', 'sums = "sums.txt"', '"a-b" = "sums.py"'])
def test_a_module_lies_within_and_takes_no_name_that_there_is(tmp_path, line):
    with pytest.raises(SpecificationError, match=r"study\.toml: code"):
        plan_runs(make_project(tmp_path, toml=CODE.replace('sums = "sums.py"', line)))


def test_what_nobody_declared_is_refused_before_it_can_become_old_numbers(tmp_path):
    code = "import helper\nfrom pathlib import Path\nPath('t.txt').write_text(helper.N)\nrun.save('t', 't.txt')"
    study = make_project(tmp_path, HEAD, code)
    (study / "helper.py").write_text("N = '1'")
    with pytest.raises(
        NotebookError, match=r"it imports 'helper' from a file .* under \[code\], as helper = 'helper.py'"
    ):
        run_study(study)
    assert "latest" not in names(tmp_path / "runs" / "demo")


@pytest.mark.parametrize("made", ["symlink_to(FILE)", "parent.mkdir() or __import__('os').mkfifo(PLACE)"])
def test_what_a_notebook_leaves_must_be_plain_files(tmp_path, made):
    (tmp_path / "secret.txt").write_text("91418")
    code = SAVE + "\nPLACE = run.folder / 'files' / 't.txt'\nPLACE.unlink()\nPLACE.parent.rmdir()\n"
    code += f"FILE = {str(tmp_path / 'secret.txt')!r}\nPLACE." + made.replace(
        "symlink", "parent.mkdir() or PLACE.symlink"
    )
    with pytest.raises(NotebookError, match="1 of the files it left are links or no files: save plain files"):
        run_study(make_project(tmp_path / "project", HEAD, code))


def test_an_input_that_changes_meanwhile_fails_the_run(tmp_path):
    toml = TOML + '\n[data.lists]\nlevel = "public"\nsource = "lists.csv"\n'
    study = make_project(tmp_path, HEAD, SAVE, toml=toml)
    (study / "lists.csv").write_text("B")
    (outcome,) = run_plans(plan_runs(study), listen=lambda *_: (study / "lists.csv").write_text("A"))
    assert "data.lists changed while the notebook was running" in str(outcome.error)


def test_a_full_disk_keeps_nothing_and_loses_nothing(tmp_path, monkeypatch):
    study = make_project(tmp_path)
    whole = contents(run_study(study).folder)

    def full(path, content):
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(build, "_write_json", full)
    with pytest.raises(SpecificationError, match=r"cannot write or read .*: No space left on device; nothing was kept"):
        run_study(study, {"n": 4})
    assert names(tmp_path / "runs" / "demo") == [plan_runs(study)[0].folder.name, "latest"]
    assert contents(plan_runs(study)[0].folder) == whole


def test_an_interrupt_leaves_nothing(tmp_path):
    def interrupt(plan, event):
        raise KeyboardInterrupt

    study = make_project(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        list(run_plans(plan_runs(study), listen=interrupt))
    assert names(tmp_path / "runs" / "demo") == []


def test_an_unwritable_place_is_refused_before_the_notebook_runs(tmp_path):
    with pytest.raises(SpecificationError, match="give another folder with --out"):
        run_study(make_project(tmp_path), out=Path("/proc/runs"))


def test_everything_is_checked_before_anything_runs(tmp_path):
    study = make_project(tmp_path, "print('no code that matters')")
    for parameters, data in (({"m": 1}, None), ({"n": 0}, None), (None, {"lists": "x"})):
        with pytest.raises(SpecificationError):
            run_study(study, parameters, data)
    with pytest.raises(SpecificationError, match="has no code cell"):
        run_study(make_project(tmp_path / "empty", "# Only words"))
    assert not (tmp_path / "runs").exists()


def test_a_trial_does_not_become_the_studys_latest_run(tmp_path):
    toml = TOML + '\n[data.lists]\nlevel = "public"\nsource = "lists.csv"\n'
    study = make_project(tmp_path, toml=toml)
    (study / "lists.csv").write_text("B")
    (tmp_path / "other.csv").write_text("C")
    store = plan_runs(study)[0].store
    run_study(study, {"n": 4})
    assert store.latest() == []
    own = run_study(
        study, {"n": 3}, {"lists": study / "lists.csv"}
    ).folder.name  # given, and the study's own all the same
    assert store.latest() == [own]
    trials = {run_study(study, {"n": 4}).folder, run_study(study, data={"lists": tmp_path / "other.csv"}).folder}
    assert len(trials) == 2
    assert store.latest() == [own]


def test_one_combination_of_a_grid_does_not_take_the_place_of_all(tmp_path):
    study = make_project(tmp_path, toml=TOML.replace("[outputs]", "[grid]\nn = [1, 2]\n\n[outputs]"))
    plans = plan_runs(study)
    list(run_plans(plans))
    run_study(study, {"n": 1})
    assert plans[0].store.latest() == [plan.folder.name for plan in plans]


def test_a_run_says_why_it_is_new(tmp_path):
    study = make_project(tmp_path)
    assert why_new(plan_runs(study)[0]) == ["the study has not been run before"]
    run_study(study)
    assert why_new(plan_runs(study, {"n": 4})[0]) == ["parameter n: 3 -> 4"]


def test_a_grid_is_resumed_and_one_failure_does_not_stop_the_rest(tmp_path, monkeypatch):
    toml = TOML.replace("[outputs]", "[grid]\nn = [1, 2, 3]\n\n[outputs]")
    study = make_project(tmp_path, HEAD, SAVE, toml=toml)
    plans, real = plan_runs(study), build._check_outcome

    def not_yet(plan, folder):
        if plan.parameters["n"] == 2:
            raise NotebookError("not yet")
        real(plan, folder)

    monkeypatch.setattr(build, "_check_outcome", not_yet)
    with pytest.raises(SpecificationError, match="is a grid of 3 runs"):
        run_study(study)
    first = list(run_plans(plans))
    assert [outcome.error is None for outcome in first] == [True, False, True]
    assert plans[0].store.latest() == []
    monkeypatch.setattr(build, "_check_outcome", real)
    second = list(run_plans(plans))
    assert [outcome.reused for outcome in second] == [True, False, True]
    assert plans[0].store.latest() == [plan.folder.name for plan in plans]
    assert [RunRecord.open(plan.folder).parameters["n"] for plan in plans] == [1, 2, 3]


def test_another_environment_refuses_a_run_it_did_not_plan(tmp_path, monkeypatch):
    plan = plan_runs(make_project(tmp_path))[0]
    monkeypatch.setattr(build, "source_hash", lambda: "0" * 64)
    outcome = next(run_plans([plan]))
    assert "has another version of ctresearch" in str(outcome.error)


def test_the_spool_of_counts_does_not_stay(tmp_path):
    record = run_study(make_project(tmp_path))
    assert current.SAVED not in names(record.folder)
