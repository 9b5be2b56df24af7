"""The folder of runs: locks that die with their process, moves that are whole."""

import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from ctresearch.core import SpecificationError
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.kept.store import Store
from patience import FAR

ID, OTHER = "a" * 64, "b" * 64
SPAWN = multiprocessing.get_context("spawn")


def hold(folder, run_id, ready, leave, left):
    store = Store(folder)
    with store.locked(run_id):
        (store.new_build(run_id) / "half").touch()
        ready.set()
        leave.wait(FAR)
        left.set()


def count(folder, times):
    for _ in range(times):
        with Store(folder).locked(ID):
            value = int((folder / "n").read_text())
            time.sleep(0.002)
            (folder / "n").write_text(str(value + 1))


def holder(folder, run_id):
    """Start a process that holds a run until it may leave, and says when it leaves."""
    ready, leave, left = SPAWN.Event(), SPAWN.Event(), SPAWN.Event()
    process = SPAWN.Process(target=hold, args=(folder, run_id, ready, leave, left))
    process.start()
    assert ready.wait(FAR)
    return process, leave, left


def test_a_second_run_waits_for_the_first(tmp_path):
    process, leave, left = holder(tmp_path, ID)
    threading.Timer(0.3, leave.set).start()
    with Store(tmp_path).locked(ID):
        assert left.is_set()
    process.join()
    assert [path.name for path in tmp_path.iterdir()] == []  # the half build is cleared, and no lock file stays


def test_another_run_does_not_wait_and_leaves_it_alone(tmp_path):
    process, leave, left = holder(tmp_path, ID)
    with Store(tmp_path).locked(OTHER):
        assert not left.is_set()
        assert len(list(tmp_path.glob(".build-*"))) == 1
    leave.set()
    process.join()


def test_a_killed_process_leaves_neither_lock_nor_build(tmp_path):
    process, _, _ = holder(tmp_path, ID)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert list(tmp_path.glob(".build-*"))
    with Store(tmp_path).locked(OTHER):
        assert not list(tmp_path.glob(".build-*"))
    assert list(tmp_path.iterdir()) == []


def test_many_processes_take_turns(tmp_path):
    (tmp_path / "n").write_text("0")
    processes = [SPAWN.Process(target=count, args=(tmp_path, 20)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert (tmp_path / "n").read_text() == "60"


def test_a_damaged_run_is_set_aside_and_not_lost(tmp_path):
    store = Store(tmp_path)
    for content in ("old", "new"):
        build = store.new_build(ID)
        (build / "x").write_text(content)
        store.publish(build, ID)
    assert (store.run_folder(ID) / "x").read_text() == "new"
    assert (tmp_path / "failed" / f"{ID[:16]}-damaged" / "x").read_text() == "old"


def test_latest_holds_ids_and_nothing_else(tmp_path):
    store = Store(tmp_path)
    store.set_latest([ID, OTHER])
    assert store.latest() == [ID[:16], OTHER[:16]]
    assert [path.name for path in tmp_path.iterdir()] == ["latest"]
    (tmp_path / "latest").write_text("../../etc\n")
    with pytest.raises(IntegrityError, match="delete it and run the study again"):
        store.latest()


def test_a_folder_that_cannot_be_written_is_named():
    with (
        pytest.raises(SpecificationError, match=r"/proc/runs cannot be written to .*: give another folder with --out"),
        Store(Path("/proc/runs")).locked(ID),
    ):
        pass
