"""The command line: one sentence and an exit code for every outcome, quick to start."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from ctresearch.cli import main
from ctresearch.cli.main import COMMANDS
from ctresearch.studies import RunRecord, run_study
from ctresearch.studies.running import plan
from ctresearch.studies.running.plan import plan_runs
from patience import FAR, command, until
from small_project import HEAD, SAVE, call, make_project

CODE = "from ctresearch.cli import main; main()"


@pytest.fixture
def project(tmp_path, monkeypatch):
    make_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_help_and_completion_import_nothing_heavy():
    code = (
        "import sys, contextlib\nfrom ctresearch.cli import main\n"
        "with contextlib.suppress(SystemExit): main(['--help'])\n"
        "heavy = {'numpy', 'pandas', 'papermill', 'nbformat', 'pydantic', 'rich', 'jupyter_client', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["rnu"], "No such command 'rnu', did you mean run?"),
        (["publish"], "No such command 'publish'."),
        (["run"], "Missing argument 'STUDY'"),
        (["run", "dmeo"], "did you mean demo?"),
        (["run", "demo", "-p", "m=1"], "parameter == 'm' is not one of this study's, did you mean n?"),
        (["run", "demo", "-p", "n=ten"], "n == 'ten', must be of type int"),
        (["run", "demo", "--data", "lists=x"], "this study takes no data"),
        (["run", "demo", "--jobs", "0"], "0 is not in the range x>=1"),
        (["run", "demo", "--out", "/proc/x"], "cannot be written to"),
        (["new", "demo", "--notebook", "demo"], "is taken by"),
        (["new", "x", "--notebook", "nowhere"], "does not exist; there are"),
    ],
)
def test_a_user_s_mistake_is_one_sentence_and_exit_code_2(project, capsys, words, says):
    code, out, err = call(capsys, *words)
    assert code == 2
    assert says in err
    assert "Traceback" not in err
    assert out == ""
    assert not (project / "runs").exists()


def test_outside_a_project_the_sentence_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, _, err = call(capsys, "list")
    assert code == 2
    assert "[tool.ctresearch]" in err


def test_a_crash_of_the_notebook_is_exit_code_3(project, capsys):
    make_project(project, HEAD, "import sys\nsys.exit(0)", SAVE)
    code, _, err = call(capsys, "run", "demo")
    assert code == 3
    assert "it called sys.exit(0)" in err


def test_a_fault_of_the_library_keeps_its_traceback(project, monkeypatch):
    def fault(*_, **__):
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr(plan, "plan_runs", fault)
    with pytest.raises(ZeroDivisionError):
        main(["run", "demo"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_is_exit_code_130_and_leaves_nothing(project, number):
    sleeper = f"sleep {600 + number}"  # what the notebook does and the outside can see of it
    make_project(project, HEAD, f"import subprocess\nsubprocess.run({sleeper.split()!r})")
    # a shell starts what it puts into the background deaf to interrupts, and its children inherit that
    heard = f"import signal; signal.signal({number}, signal.default_int_handler); " if number == signal.SIGINT else ""
    process = subprocess.Popen([sys.executable, "-c", heard + CODE, "run", "demo"], stderr=subprocess.PIPE, text=True)
    until(lambda: any(command(one) == sleeper for one in psutil.process_iter()) or process.poll() is not None)
    os.kill(process.pid, number)
    _, err = process.communicate(timeout=FAR)
    assert process.returncode == 130
    assert err.strip() == "ctresearch: interrupted: nothing half-done was left behind"
    assert list((project / "runs" / "demo").iterdir()) == []
    until(lambda: not any(command(one) == sleeper for one in psutil.process_iter()), "the end of what it had started")


@pytest.mark.slow
def test_two_processes_at_once_make_one_run(project):
    started = [
        subprocess.Popen([sys.executable, "-c", CODE, "run", "demo"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = sorted(process.communicate(timeout=FAR)[0].split(", ")[0] for process in started)
    assert said == ["demo: already there", "demo: done"]
    assert len(list((project / "runs" / "demo").iterdir())) == 2  # the run, and latest


def test_a_disk_that_takes_no_more_is_one_sentence_and_leaves_nothing(project):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)); "
    done = subprocess.run(
        [sys.executable, "-c", limit + CODE, "run", "demo"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "File too large; nothing was kept, so free some space" in done.stderr
    assert list((project / "runs" / "demo").iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_loses_nothing(project):
    (project / "runs").mkdir()
    small = ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(project / "runs")]
    if subprocess.run(small, check=False).returncode != 0:
        pytest.skip("this machine mounts no small disk")
    try:
        record = run_study(project / "studies" / "demo")
        for cell in (SAVE.replace("str(run.parameters['n'])", "'x' * 10**6"), f"print('x' * {10**5})\n{SAVE}"):
            make_project(project, HEAD, cell)
            done = subprocess.run(
                [sys.executable, "-c", CODE, "run", "demo"], capture_output=True, text=True, check=False
            )
            assert done.returncode == 2, done.stderr
            told = rf"cannot write or read( {project / 'runs'}/\S+)?: No space left on device; nothing was kept"
            assert re.search(told, done.stderr), done.stderr
            assert RunRecord.open(record.folder).problems() == []
            assert not list((project / "runs" / "demo").glob(".*"))
    finally:
        subprocess.run(["umount", str(project / "runs")], check=True)


@pytest.mark.slow
def test_kill_at_any_moment_leaves_old_runs_whole_and_no_half_ones(project):
    standing = run_study(project / "studies" / "demo").folder
    before = {path: path.read_bytes() for path in standing.rglob("*") if path.is_file()}
    dice = random.Random(20131)
    folder = plan_runs(project / "studies" / "demo", {"n": 4})[0].folder
    for _ in range(50):
        process = subprocess.Popen([sys.executable, "-c", CODE, "run", "demo", "-p", "n=4"], stdout=subprocess.DEVNULL)
        time.sleep(dice.uniform(0, 4))
        process.kill()
        process.wait()
        assert {path: path.read_bytes() for path in standing.rglob("*") if path.is_file()} == before
        if folder.exists():
            assert RunRecord.open(folder).problems() == []
            shutil.rmtree(folder)
    assert run_study(project / "studies" / "demo", {"n": 4}).problems() == []
    left = {path.name for path in (project / "runs" / "demo").iterdir()}
    assert left == {standing.name, folder.name, "latest"}
