"""Each file of tests is taken by one process, those of a room by the same one where the time allows it."""

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


@pytest.mark.parametrize("args", [["tests", "src/p"], ["tests/a"], ["tests/b/test_y.py::test_it", "src/p/b/n.py"]])
def test_every_file_is_left_to_all_processes_but_one(project, args):
    leaves = []
    for name in ("gw0", "gw1"):
        work = {"workerid": name, "workercount": 2}
        asked = SimpleNamespace(dir=project)
        config = SimpleNamespace(args=args, rootpath=project, workerinput=work, invocation_params=asked)
        one = shares.OneShare(config)
        leaves.append({file for file in project.rglob("*.py") if one.pytest_ignore_collect(file)})
    paths = [project / arg.partition("::")[0] for arg in args]
    asked_for = {file for path in paths for file in ([path] if path.is_file() else path.rglob("*.py"))}
    assert leaves[0] ^ leaves[1] == leaves[0] | leaves[1] == asked_for


def test_what_takes_long_is_noted_by_file(monkeypatch, tmp_path):
    monkeypatch.setattr(shares, "SECONDS", tmp_path / "seconds.csv")
    watch = shares.NotedSeconds()
    for test, took in (("t/b.py::x", 0.3), ("t/a.py::x", 2.0), ("t/b.py::y[1]", 0.25), ("t/c.py::x", 0.1)):
        watch.pytest_runtest_logreport(SimpleNamespace(nodeid=test, duration=took))
    watch.pytest_sessionfinish()
    assert (tmp_path / "seconds.csv").read_text() == "file,seconds\nt/a.py,2.0\nt/b.py,0.6\n"
    assert shares.noted(ROOT) == {ROOT / "t/a.py": 2.0, ROOT / "t/b.py": 0.6}
