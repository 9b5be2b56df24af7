"""Many studies: a crash, a kill, a broken manifest and a fault of one leave the others as they are."""

import json
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from lxml import etree

from ctresearch.core import SpecificationError
from ctresearch.studies.checked import many
from ctresearch.studies.checked.many import checks
from ctresearch.studies.checked.one import Asked
from ctresearch.studies.checked.verdict import Verdict
from ctresearch.studies.running import pool
from patience import command, living, until
from small_project import HEAD, SAVE, TOML, contents, make_project, names, write_notebook, write_study

COMMAND = [sys.executable, "-c", "from ctresearch.cli import main; main()"]
KILL = "import os, signal\nos.kill({}, signal.SIGKILL)\nimport time\ntime.sleep(9)"
WORKER = "__import__('psutil').Process(os.getppid()).ppid()"  # a kernel is forked by a server, which the worker started


def messages(*sent):
    """A pool that sends made-up messages."""
    return lambda self, tasks: ((task, message) for task, message in zip(tasks, sent, strict=True))


def test_each_end_of_a_task_is_a_verdict(monkeypatch, tmp_path):
    same, heard = Verdict("c", "same"), []
    sent = [pool.Lost(3, -9), pool.Lost(1, -15, late=True), pool.Event(("run", "a cell")), pool.Done(same)]
    monkeypatch.setattr(pool.Pool, "results", messages(*sent))
    asked = [Asked(name, tmp_path, minutes=2.0) for name in "abcc"]
    with checks(asked, jobs=2, hear=heard.append) as verdicts:
        found = dict(verdicts)
    assert (found["a"].status, found["a"].message) == ("crashed", "3 workers died at it (exit code -9)")
    assert (found["b"].status, found["b"].message) == ("out of time", "it took longer than 2 minutes")
    assert (found["c"], heard) == (same, [("run", "a cell")])


def test_the_cores_are_shared_among_studies_and_one_study_shares_its_grid(monkeypatch, tmp_path):
    seen = []
    monkeypatch.setattr(pool.Pool, "results", lambda self, tasks: seen.append((self._jobs, self._seconds, tasks)) or [])
    monkeypatch.setattr(many, "available_cores", lambda: 8)
    for studies, jobs in ((1, 4), (3, 2), (2, 9)):
        with checks([Asked("a", tmp_path)] * studies, jobs=jobs) as verdicts:
            list(verdicts)
    with checks([Asked("a", tmp_path, minutes=1.0)]) as verdicts:
        list(verdicts)
    assert [(workers, one[0].jobs, one[0].kernel_jobs) for workers, _, one in seen] == [
        (1, 4, None),
        (2, 1, 4),
        (2, 1, 4),
        (1, 1, None),
    ]
    assert [seconds for _, seconds, _ in seen] == [None, None, None, 60 + many._GRACE]


class Future:
    """A future of a made-up cluster."""

    def __init__(self, content):
        self.content = content

    def exception(self):
        return self.content if isinstance(self.content, Exception) else None

    def result(self):
        return self.content


class Cluster:
    """A made-up cluster, which loses the second study, and the first one with it."""

    loop, cancelled, closed = "the loop", None, False

    def __init__(self):
        self.asked = []

    def Client(self, address, **options):
        if address == "tcp://nowhere":
            raise OSError
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.closed = True

    def submit(self, function, asked, **options):
        self.asked.append(asked.study)
        unlucky = asked.study == "b" or (asked.study == "a" and self.asked.count("a") == 1)
        return Future(RuntimeError("a secret") if unlucky else function(asked))

    def as_completed(self, futures, *, loop):
        return reversed(futures)

    def cancel(self, futures):
        self.cancelled = len(futures)


def test_a_cluster_tells_of_every_study_and_a_project_must_be_seen_from_it(monkeypatch, tmp_path):
    made = Cluster()
    monkeypatch.setattr(many, "require_extra", lambda *_: made)
    monkeypatch.setattr(many, "check_one", lambda asked: Verdict(asked.study, "same"))
    asked = [Asked("a", tmp_path), Asked("b", tmp_path), Asked("c", tmp_path / "elsewhere")]
    with checks(asked, cluster="tcp://a:1") as verdicts:
        found = list(verdicts)
    assert [(word, one.status) for word, one in found] == [("c", "wrong input"), ("b", "crashed"), ("a", "same")]
    assert found[1][1].message == "the cluster lost it: RuntimeError"
    assert (made.asked, made.cancelled, made.closed) == (["a", "b", "c", "b", "a"], 5, True)
    with pytest.raises(SpecificationError, match="did not answer"), checks(asked, cluster="tcp://nowhere"):
        pass


def several(root):
    """Write studies of which some go wrong, each in a way of its own."""
    make_project(root)
    for name in ("a", "z"):
        write_study(root, TOML, name)
    for name, cell in (("crash", "1 / 0"), ("killed", KILL.format("os.getpid()")), ("fatal", KILL.format(WORKER))):
        write_notebook(root, HEAD, cell, SAVE, name=name)
        write_study(root, TOML.replace('"demo"', f'"{name}"'), name)
    write_study(root, "title =", "broken")
    expected = {"format": "ctresearch-expected/1", "runs": []}
    for folder in (root / "studies").iterdir():
        (folder / "expected.json").write_text(json.dumps(expected | {"study": folder.name}))
    return root


WRONG = {"broken": "wrong input", "crash": "crashed", "fatal": "crashed", "killed": "crashed"}


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_nothing_that_happens_to_one_study_stops_another(tmp_path, jobs):
    root = several(tmp_path)
    words = ["check", "--markdown", "--jobs", str(jobs), "--jsonl", "lines", "--junit", "junit.xml", "--badge", "b.svg"]
    done = subprocess.run([*COMMAND, *words], cwd=root, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in (root / "lines").read_text().splitlines()]
    assert {one["study"]: one["status"] for one in lines} == {"a": "same", "demo": "same", "z": "same", **WRONG}
    assert done.returncode == 3
    assert done.stdout.startswith("## 3 same, 1 wrong input, 3 crashed\n\n| study | status | |\n")
    for name, status in WRONG.items():
        assert f"| {name} | **{status}** |" in done.stdout
    assert str(root) not in done.stdout + (root / "lines").read_text() + (root / "junit.xml").read_text()
    schema = etree.XMLSchema(etree.parse(Path(__file__).with_name("junit.xsd")))
    schema.assertValid(etree.parse(root / "junit.xml"))
    assert "4 of 7 do not reproduce" in (root / "b.svg").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_check_that_is_ended_tells_what_was_finished_and_leaves_nothing_running(tmp_path, number):
    make_project(tmp_path)
    write_notebook(tmp_path, HEAD, "import time\ntime.sleep(600)", name="slow")
    for name in ("a", "b", "c"):
        write_study(tmp_path, TOML, name)
    for name in ("s", "t"):
        write_study(tmp_path, TOML.replace('"demo"', '"slow"'), name)
    expected = {"format": "ctresearch-expected/1", "runs": []}
    for folder in (tmp_path / "studies").iterdir():
        (folder / "expected.json").write_text(json.dumps(expected | {"study": folder.name}))
    words = ["check", "--markdown", "--junit", "junit.xml", "--jsonl", "lines"]
    process = subprocess.Popen(
        [*COMMAND, *words], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    lines = tmp_path / "lines"
    until(lambda: lines.exists() and len(lines.read_text().splitlines()) == 4)
    until(lambda: any((tmp_path / "runs" / "s").glob(".build-*")), "the fifth study")
    family = psutil.Process(process.pid).children(recursive=True)
    assert any("kernel_server" in command(one) for one in family)
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    until(lambda: not living(family), "the end of workers and kernels")
    cases = {one.get("name"): one for one in etree.parse(tmp_path / "junit.xml").iter("testsuite")}
    assert [name for name, one in cases.items() if one.get("skipped") == "1"] == ["s", "t"]
    if number != signal.SIGKILL:
        assert process.returncode == 130
        assert [f"| {name} | same |" in out for name in ("a", "b", "c", "demo")] == [True] * 4
        assert [f"| {name} | not run |" in out for name in ("s", "t")] == [True] * 2
        assert len(lines.read_text().splitlines()) == 6
        assert names(tmp_path / "runs" / "s") == []
        assert "nothing half-done was left behind" in err


@pytest.mark.slow
def test_a_cluster_of_two_workers_gives_what_one_process_gives(tmp_path):
    grid = TOML.replace("[outputs]", "[grid]\nn = [1, 2]\n\n[outputs]")
    roots = [tmp_path / name for name in ("serial", "processes", "cluster")]
    for root in roots:
        several(root)
        write_study(root, grid, "demo")
        shutil.rmtree(root / "studies" / "fatal")
    told = {}
    with cluster(tmp_path) as address:
        for root, words in zip(roots, ((), ("--jobs", "2"), ("--cluster", address)), strict=True):
            done = subprocess.run([*COMMAND, "check", "--json", *words], cwd=root, capture_output=True, check=False)
            told[root.name] = (done.returncode, done.stdout)
    assert told["cluster"] == told["processes"] == told["serial"]
    made = [
        {
            path.relative_to(root): contents(path)
            for path in root.glob("runs/*/*")
            if path.is_dir() and path.name != "failed"
        }
        for root in roots
    ]
    assert made[0] == made[1] == made[2]
    assert len(made[0]) == 4


class cluster:
    """A Dask scheduler with two worker processes, at an address."""

    def __init__(self, folder):
        self.folder, self.started = folder, []

    def __enter__(self):
        file = self.folder / "scheduler.json"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": self.folder}
        scheduler = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
        self.started.append(subprocess.Popen([*scheduler, "--scheduler-file", str(file)], **quiet))
        until(file.exists)
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--nthreads", "1"]
        for _ in range(2):
            self.started.append(subprocess.Popen([*worker, "--no-dashboard"], **quiet))
        return json.loads(file.read_text())["address"]

    def __exit__(self, *_):
        for process in reversed(self.started):
            process.send_signal(signal.SIGTERM)
            threading.Timer(60, process.kill).start()
            process.wait()
