"""What a sealed run compiled is compiled again when nobody waits for an answer, and never after an interruption."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ctresearch.core.compile import COMPILED
from ctresearch.studies.kernel import caches
from patience import until

LINE = '["ctresearch.stats.some", "step", ["int64"]]\n'


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    place = tmp_path / "cache" / "ctresearch" / "kernels"
    place.mkdir(parents=True)
    (place / COMPILED).write_text(LINE)
    monkeypatch.setattr(caches, "_waiting", [])
    monkeypatch.setattr(caches, "_font_list", lambda: tmp_path / "no fonts")
    asked = []
    monkeypatch.setattr(caches, "_run", lambda *words, content=b"", **_: asked.append(content.decode()))
    yield tmp_path, asked
    caches.atexit.unregister(caches._compile_at_end)


def test_a_command_compiles_at_its_end_or_before_its_next_kernel(kernel):
    private, asked = kernel
    caches.keep_compiled(private)
    assert asked == []
    with caches.lent_caches(private, {}):
        pass
    assert asked == [LINE]
    caches.keep_compiled(private)
    caches._compile_at_end()
    assert asked == [LINE, LINE]
    caches._compile_at_end()
    assert asked == [LINE, LINE]


def test_an_interrupted_command_compiles_nothing(kernel):
    private, asked = kernel
    caches.keep_compiled(private)
    caches.forget_compiled()
    caches._compile_at_end()
    assert asked == []


def test_a_worker_compiles_at_its_task(kernel, monkeypatch):
    private, asked = kernel
    monkeypatch.setattr(caches.multiprocessing, "parent_process", lambda: "somebody")
    caches.keep_compiled(private)
    assert asked == [LINE]


def test_a_run_that_compiled_nothing_leaves_nothing_to_do(kernel, tmp_path):
    caches.keep_compiled(tmp_path / "another")
    assert caches._waiting == []


def test_python_files_are_compiled_only_where_that_may_stand(kernel, monkeypatch):
    private, asked = kernel
    there = f'"{private}/module.py"\n'
    noted = private / "cache" / "ctresearch" / "kernels" / COMPILED
    noted.write_text(there + '"/no/such/folder/module.py"\n')
    monkeypatch.setattr(caches.sys, "dont_write_bytecode", False)
    caches.keep_compiled(private)
    caches._compile_at_end()
    assert [one.strip() for one in asked] == [there.strip()]
    monkeypatch.setattr(caches.sys, "dont_write_bytecode", True)
    caches.keep_compiled(private)
    assert caches._waiting == []


def test_nothing_of_the_environment_reaches_what_is_made_for_all_runs(tmp_path, monkeypatch):
    """Neither the list of fonts nor what is compiled depends on a variable that a run does not name."""
    seen = []
    monkeypatch.setattr(caches.subprocess, "run", lambda words, *, env, **_: seen.append(env))
    monkeypatch.setattr(caches, "kernel_cache", lambda: tmp_path / "kernels")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "FONTCONFIG_FILE", "NUMBA_OPT", "HOME", "MPLCONFIGDIR"):
        monkeypatch.setenv(name, "/secret")
    caches._font_list()
    caches._run("-c", "")
    fonts, compiler = seen
    assert "/secret" not in fonts.values()
    assert {name for name, value in compiler.items() if value == "/secret"} <= set(caches._PLACES)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody tells a process of its parent's end")
def test_a_killed_command_leaves_no_compiler_behind(tmp_path):
    slow = tmp_path / "sitecustomize.py"
    slow.write_text(
        "import sys, os, pathlib\n"
        "if 'ctresearch.studies.kernel.compile_again' in sys.orig_argv:\n"
        "    import ctresearch.studies.kernel.compile_again as again, ctresearch.core.compile, time, json\n"
        f"    pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid()))\n"
        "    json.loads = lambda line: time.sleep(60)\n"
    )
    code = (
        "import os, pathlib; from ctresearch.studies.kernel import caches; caches.bare = lambda: dict(os.environ)\n"
        f"caches.keep_compiled(pathlib.Path({str(tmp_path)!r})); print('told', flush=True)"
    )
    place = tmp_path / "cache" / "ctresearch" / "kernels"
    place.mkdir(parents=True)
    (place / COMPILED).write_text(json.dumps(["a", "b", []]) + "\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    command = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
    assert command.stdout.readline() == "told\n"
    pid = int(until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text()))
    time.sleep(0.5)
    command.send_signal(signal.SIGKILL)
    command.wait()
    command.stdout.close()
    assert until(lambda: not _alive(pid))


def _alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
