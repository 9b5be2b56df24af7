"""Each file of tests is taken by one process, those of a room by the same one where the time allows it."""

import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

import shares

ROOT = Path("/r")


def test_a_row_is_cut_where_each_piece_takes_the_same_time():
    files = [ROOT / name for name in "abcdef"]
    taken = dict(zip(files, [4.0, 1.0, 1.0, 2.0, 1.0, 3.0], strict=True))
    assert list(shares.shared_out(files, taken, 2).values()) == [0, 0, 0, 1, 1, 1]
    assert list(shares.shared_out(files, taken, 3).values()) == [0, 1, 1, 1, 2, 2]
    assert set(shares.shared_out(files, taken, 1).values()) == {0}
    assert list(shares.shared_out(files[:4], {}, 2).values()) == [0, 0, 1, 1], "what was never timed counts alike"
    assert shares.shared_out([], taken, 2) == {}


@pytest.fixture
def project(tmp_path):
    for name in ("tests/b/test_y.py", "tests/a/test_x.py", "src/p/b/n.py", "src/p/a/m.py", "tests/test_all.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    return tmp_path


def test_the_tests_of_a_room_stand_beside_its_examples(project):
    row = shares.in_a_row([project / "tests", project / "src" / "p"], project)
    assert [file.relative_to(project).as_posix() for file in row] == [
        "src/p/a/m.py",
        "tests/a/test_x.py",
        "src/p/b/n.py",
        "tests/b/test_y.py",
        "tests/test_all.py",
    ]


@pytest.mark.parametrize(
    "args", [["tests", "src/p"], ["tests/a"], ["tests/b/test_y.py::test_it", "src/../src/p/b/n.py"]]
)
def test_every_file_is_left_to_all_processes_but_one(project, args):
    leaves = []
    for name in ("gw0", "gw1"):
        work = {"workerid": name, "workercount": 2}
        asked = SimpleNamespace(dir=project)
        config = SimpleNamespace(args=args, rootpath=project, workerinput=work, invocation_params=asked)
        one = shares.OneShare(config)
        leaves.append({file for file in project.rglob("*.py") if one.pytest_ignore_collect(file)})
        items = [SimpleNamespace(path=file) for file in project.rglob("*.py")]
        one.pytest_collection_modifyitems(items)
        assert {item.path for item in items} == set(project.rglob("*.py")) - leaves[-1]
    paths = [project / arg.partition("::")[0] for arg in args]
    asked_for = {file for path in paths for file in ([path.resolve()] if path.is_file() else path.rglob("*.py"))}
    assert leaves[0] ^ leaves[1] == leaves[0] | leaves[1] == asked_for


RUNS = {
    "whole": (["tests"], "def test_x(): pass", 0, "2 passed"),
    "named": (["tests/a/test_x.py", "tests/b/test_y.py::test_y"], "def test_x(): pass", 0, "2 passed"),
    "one fails": (["tests"], "def test_x(): assert 0", 1, "1 failed, 1 passed"),
    "one is no Python": (["tests"], "def", 1, "1 error"),
    "one ends its process": (["tests"], "import os; os._exit(0)", 3, "gw0 did not run its share"),
    "one leaves": (["tests"], "import sys; sys.exit()", 3, "gw0 did not run its share"),
}


@pytest.mark.parametrize(
    "name", ["one ends its process", *(pytest.param(one, marks=pytest.mark.slow) for one in RUNS if "its" not in one)]
)
def test_a_run_tells_when_not_all_of_it_was_run(project, name):
    args, code, status, told = RUNS[name]
    for file in (Path(shares.__file__), shares.SECONDS):
        shutil.copy(file, project / "tests")
    (project / "tests" / "conftest.py").write_text('pytest_plugins = ["shares"]')
    (project / "pytest.ini").write_text("[pytest]\npythonpath = tests\naddopts = --import-mode=importlib")
    (project / "tests/a/test_x.py").write_text(code)
    (project / "tests/b/test_y.py").write_text("def test_y(): pass")
    words = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "each", "--max-worker-restart", "0", *args]
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False)
    assert told in done.stdout + done.stderr
    assert done.returncode == status


def test_what_takes_long_is_noted_by_file(monkeypatch, tmp_path):
    monkeypatch.setattr(shares, "SECONDS", tmp_path / "seconds.csv")
    known = "file,seconds\nt/a.py,1.0\nt/c.py,3.0\nt/d.py,3.0\nt/gone.py,3.0\n"
    (tmp_path / "seconds.csv").write_text(known)
    (tmp_path / "t").mkdir()
    for name in "abcd":
        (tmp_path / "t" / f"{name}.py").touch()
    watch = shares.NotedSeconds(tmp_path)
    for test, took in (("t/b.py::x", 0.3), ("t/a.py::x", 2.0), ("t/b.py::y[1]", 0.25), ("t/c.py::x", 0.1)):
        watch.pytest_runtest_logreport(SimpleNamespace(nodeid=test, duration=took))
    watch.pytest_sessionfinish()
    assert (tmp_path / "seconds.csv").read_text() == "file,seconds\nt/a.py,2.0\nt/b.py,0.6\nt/d.py,3.0\n"
    assert shares.noted(ROOT) == {ROOT / "t/a.py": 2.0, ROOT / "t/b.py": 0.6, ROOT / "t/d.py": 3.0}
