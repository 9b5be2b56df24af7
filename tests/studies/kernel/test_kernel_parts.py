"""Parts of a kernel's life one by one, without a notebook: its server, its folder, its memory and what stops a cell."""

import io
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from ctresearch.studies.base import temporary
from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.kernel import engine, kernel, memory
from ctresearch.studies.kernel.forked_kernel import ForkedKernel
from ctresearch.studies.kernel.memory import MemoryWatch
from ctresearch.studies.kernel.notebook_client import StudyClient
from patience import until


@pytest.fixture
def server(monkeypatch):
    """The module that a server of kernels runs, here beside the tests."""
    monkeypatch.setitem(sys.modules, "debugpy", None)
    from ctresearch.studies.kernel import kernel_server

    return kernel_server


def test_a_server_answers_line_by_line_until_it_becomes_a_kernel(server, monkeypatch):
    launched, out = [], io.StringIO()
    monkeypatch.setattr(server, "_look", lambda pid: {"exit": pid + 1})
    monkeypatch.setattr(server, "_fork", lambda request: None if request["argv"] == ["-f", "k"] else {"pid": 7})
    monkeypatch.setattr(server.RunKernelApp, "launch_instance", lambda **given: launched.append(given))
    monkeypatch.setattr(server.sys, "stdout", out)
    asked = [{"pid": 3}, {"argv": ["-f", "j"]}, {"argv": ["-f", "k"]}, {"pid": 4}]
    monkeypatch.setattr(server.sys, "stdin", io.StringIO("".join(json.dumps(one) + "\n" for one in asked)))
    server.serve()
    assert out.getvalue() == '{"exit": 4}\n{"pid": 7}\n'
    assert launched == [{"argv": ["-f", "k"], "parent_handle": os.getppid()}]


def test_a_fork_has_session_folder_environment_and_log_of_its_own(server, tmp_path):
    log = tmp_path / "log"
    log.write_text("before ")
    request = {"log": str(log), "environment": {"TZ": "Asia/Tokyo", "A": "b"}, "folder": str(tmp_path)}
    here = os.getpid()
    sys.stdout.flush()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # of forking beside threads: this fork does next to nothing
            answer = server._fork(request)
        if answer is None:
            told = [os.getsid(0) == os.getpid(), str(Path.cwd()), sys.path[0], sorted(os.environ), time.tzname[0]]
            os.write(1, json.dumps(told).encode())
            os.write(2, b" and its errors")
            os.write(1, b" input" if os.read(0, 1) == b"" else b" no end")
            os._exit(3)
    finally:
        if os.getpid() != here:  # the fork must not go on as a second run of the tests
            os._exit(1)
    assert list(answer) == ["pid"]
    until(lambda: "input" in log.read_text(), "the word of the fork")
    words, _, rest = log.read_text().removeprefix("before ").partition(" and")
    first, folder, path, names, zone = json.loads(words)
    assert (first, folder, path, zone) == (True, str(tmp_path), str(tmp_path), "JST")
    assert {"A", "TZ"} <= set(names)
    assert "PATH" not in names
    assert rest == " its errors input"
    found = {}
    until(lambda: found.update(server._look(answer["pid"])) or found["exit"] is not None, "the end of the fork")
    assert found["exit"] == 3
    assert 0 <= found["cpu"] < 60


def test_a_living_process_has_no_exit_code_and_a_killed_one_that_of_the_signal(server):
    process = subprocess.Popen(["sleep", "600"])
    assert server._look(process.pid) == {"exit": None}
    process.kill()
    found = {}
    until(lambda: found.update(server._look(process.pid)) or found["exit"] is not None, "the end of a process")
    assert found["exit"] == -signal.SIGKILL
    process.returncode = -signal.SIGKILL  # waited for already


class Server:
    """A server of kernels whose answers are made up."""

    alive = True

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def ask(self, request):
        self.asked.append(request)
        return self.answers.pop(0)


def test_a_forked_kernel_asks_its_server_until_it_has_ended(monkeypatch):
    server = Server({"pid": 71}, {"exit": None}, {"exit": None}, {"exit": 0, "cpu": 1.5})
    forked = ForkedKernel(server, ["kernel", "-f", "k"], {"A": "b"}, "/work", "/log")
    assert server.asked == [{"argv": ["-f", "k"], "environment": {"A": "b"}, "folder": "/work", "log": "/log"}]
    sent = []
    monkeypatch.setattr(os, "kill", lambda *given: sent.append(given))
    forked.send_signal(signal.SIGINT)
    assert sent == [(71, signal.SIGINT)]
    assert (forked.poll(), forked.cpu_seconds) == (None, 0.0)
    assert (forked.wait(), forked.cpu_seconds) == (0, 1.5)
    assert server.asked[1:] == [{"pid": 71}] * 3
    forked.send_signal(signal.SIGINT)  # it has ended: nobody is asked and nothing is sent
    assert (len(server.asked), len(sent)) == (4, 1)


def test_a_kernel_whose_server_is_gone_has_ended_too():
    server = Server({"pid": 71})
    forked = ForkedKernel(server, ["kernel"], {}, "/", "/log")
    server.alive = False
    assert (forked.poll(), forked.cpu_seconds) == (1, 0.0)


def test_a_kernel_sees_what_is_fixed_and_what_its_run_says(monkeypatch, tmp_path):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["here", "", "/there"]))
    monkeypatch.delenv("CTRESEARCH_JOBS", raising=False)
    monkeypatch.delenv("CTRESEARCH_CLUSTER", raising=False)
    values = kernel.environment(tmp_path / "out", tmp_path / "own", jobs=3, cluster="tcp://a:1")
    assert values["PYTHONPATH"] == ""  # nobody declared what lies in those folders
    assert values[kernel.FILE_VARIABLE] == str(tmp_path / "own" / "run.json")
    assert values[kernel.FOLDER_VARIABLE] == str(tmp_path / "out")
    assert values["IPYTHONDIR"] == str(tmp_path / "own" / "ipython")
    assert values["MATPLOTLIBRC"] == str(tmp_path / "own" / "matplotlibrc")
    assert (values["CTRESEARCH_JOBS"], values["CTRESEARCH_CLUSTER"]) == ("3", "tcp://a:1")
    assert {"CTRESEARCH_JOBS", "CTRESEARCH_CLUSTER"}.isdisjoint(kernel.environment(tmp_path, tmp_path))
    threads = {name: value for name, value in values.items() if name.endswith("_NUM_THREADS")}
    assert set(threads.values()) == {"1"}
    assert {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"} <= set(threads)
    assert (values["TZ"], values["LC_ALL"], values["SOURCE_DATE_EPOCH"]) == ("UTC", "C.UTF-8", "315532800")


def test_a_private_folder_is_short_empty_and_gone(monkeypatch, tmp_path):
    monkeypatch.setattr(temporary.tempfile, "gettempdir", lambda: str(tmp_path / ("long" * 20)))
    with kernel.private_folder() as folder:
        assert folder.parent == Path("/tmp")
        own = ["cache", "code", "home", "lock", "matplotlibrc", "outputs", "root", "tmp", "work"]
        assert sorted(one.name for one in folder.iterdir()) == own
        assert (folder.stat().st_mode & 0o77) == 0
        assert list((folder / "work").iterdir()) == []
        (folder / "work" / "left").touch()
    assert not folder.exists()


def test_a_group_that_holds_too_much_is_ended_and_the_most_it_held_is_kept(monkeypatch):
    ended, held = [], iter([30.0, 20.0, 101.0])
    monkeypatch.setattr(memory, "_SECONDS", 0.001)
    monkeypatch.setattr(memory, "_family", lambda pid: [pid])
    monkeypatch.setattr(memory, "_resident_mb", lambda family: next(held) if family == [71] else 10_000)
    monkeypatch.setattr(memory.os, "killpg", lambda *given: ended.append(given))
    with MemoryWatch(71, 100) as watch:
        until(lambda: ended, "the end of the group")
    assert ended == [(71, signal.SIGKILL)]
    assert (watch.exceeded, watch.peak_mb) == (True, 101.0)


def test_a_group_may_hold_what_it_may_hold_and_children_are_looked_for_every_fourth_time(monkeypatch):
    looked, counted = [], []
    monkeypatch.setattr(memory, "_SECONDS", 0.001)
    monkeypatch.setattr(memory, "_family", lambda pid: looked.append(pid) or [pid])
    monkeypatch.setattr(memory, "_resident_mb", lambda family: counted.append(family) or 100.0 - len(counted) / 1000)
    with MemoryWatch(71, 100) as watch:
        until(lambda: len(counted) >= 9, "nine looks")
    assert (watch.exceeded, watch.peak_mb) == (False, 100.0 - 1 / 1000)
    assert len(looked) == -(-len(counted) // 4)


def test_memory_of_processes_is_added_up_in_mebibytes_and_what_is_gone_counts_nothing():
    import psutil

    def gone():
        raise psutil.NoSuchProcess(1)

    held = [SimpleNamespace(memory_info=lambda size=size: SimpleNamespace(rss=size * 2**20)) for size in (3, 4)]
    assert memory._resident_mb([held[0], SimpleNamespace(memory_info=gone), held[1]]) == 7.0
    assert memory._family(2**22 + 1) == []  # above the greatest process id there is
    process = subprocess.Popen(["sleep", "600"])
    assert process.pid in [one.pid for one in memory._family(os.getpid())]
    assert memory._family(os.getpid())[0].pid == os.getpid()
    process.kill()
    process.wait()


def test_output_is_counted_over_all_cells_and_kinds(monkeypatch):
    passed = []
    monkeypatch.setattr(NotebookClient, "process_message", lambda self, *given: passed.append(given) or "made")
    client = StudyClient(nbformat.v4.new_notebook(), deadline=time.monotonic() + 90, output_limit=10)
    assert 80 <= client.timeout_func(None) <= 90
    assert StudyClient(nbformat.v4.new_notebook(), deadline=0.0, output_limit=10).timeout_func(None) == 1
    first, second = {"source": "a"}, {"source": "b"}
    stream = {"msg_type": "stream", "content": {"name": "stdout", "text": "abcd"}}
    shown = {"msg_type": "display_data", "content": {"data": {"text/plain": "ab", "x/y": 1234}}}
    status = {"msg_type": "status", "content": {"execution_state": "busy"}}
    assert client.process_message(stream, first, 0) == "made"
    client.process_message(shown, second, 1)  # ten characters: all that there is room for
    client.process_message(status, second, 1)
    assert passed == [(stream, first, 0), (shown, second, 1), (status, second, 1)]
    with pytest.raises(NotebookError, match="more than 0 MB of output"):
        client.process_message({"msg_type": "stream", "content": {"name": "stdout", "text": "e"}}, first, 2)
    assert len(passed) == 3


def failed(name, value):
    return CellExecutionError("trace", name, value)


@pytest.mark.parametrize(
    ("error", "withhold", "said"),
    [
        (NotebookError("too much output"), True, "too much output"),
        (DeadKernelError("dead"), True, "the kernel died; it ran out of memory, or compiled code crashed"),
        (CellTimeoutError("Timeout waiting for IOPub output"), False, "its output did not arrive within 60 s"),
        (CellTimeoutError("A cell timed out"), True, "the run took longer than limits.minutes allows"),
        (failed("SystemExit", "2"), False, "it called sys.exit(2), but every cell must run to its end"),
        (failed("ValueError", "\x1b[31mn is 3\x1b[0m "), False, "ValueError: n is 3"),
        (failed("ValueError", "Marie is 17"), True, "KeyError in line 3"),
    ],
)
def test_what_stopped_a_cell_is_one_sentence(error, withhold, said):
    told = [{"output_type": "error", "evalue": one} for one in ("first", "\x1b[1mKeyError in line 3\x1b[0m")]
    assert engine._reason(error, {"outputs": [*told, {"output_type": "stream"}]}, withhold).startswith(said)


def test_a_long_reason_is_cut_and_a_withheld_one_without_words_says_so():
    assert engine._reason(failed("E", "x" * 397), None, False) == "E: " + "x" * 397
    assert engine._reason(failed("E", "x" * 398), None, False) == "E: " + "x" * 397 + " ..."
    silent = engine._reason(failed("E", "Marie"), {"outputs": [{"output_type": "stream"}]}, True)
    assert silent == "it stopped; its message may repeat a cell of the data and is withheld"


def test_code_cells_are_counted_with_the_last_heading_above_them():
    made = [
        ("code", "1"),
        ("markdown", "# One\ntext\n## Two  \nmore"),
        ("code", "  \n"),
        ("code", "2"),
        ("markdown", "no heading"),
        ("raw", "raw"),
        ("code", "3"),
    ]
    notebook = SimpleNamespace(cells=[SimpleNamespace(cell_type=kind, source=source) for kind, source in made])
    found = [(event.position, event.total, event.heading, index) for event, index in engine._code_cells(notebook)]
    assert found == [(1, 3, "", 0), (2, 3, "Two", 3), (3, 3, "Two", 6)]
