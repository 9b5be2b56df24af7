"""Signing, withdrawing and recalling, ended with signal 9 at fifty moments each: nothing is lost or half-written."""

import os
import random
import shutil
import signal
import sys
import time

import pytest

from ctresearch.cli import main
from ctresearch.studies.release import recall as recall_module
from ctresearch.studies.release import verify
from ctresearch.studies.release.blobs import STORE
from ctresearch.studies.signing.ledger import LEDGER
from ctresearch.studies.signing.vouch import sound_entries
from signing_keys import keys
from small_project import names

__all__ = ["keys"]
MOMENTS = 50
RELEASES = "studies/demo/releases"
WORDS = {
    "sign": (f"{RELEASES}/demo-1.0.0.zip",),
    "withdraw": ("demo", "1.0.0", "--reason", "an error"),
    "recall": ("demo", "1.0.0", "--reason", "a person could be recognised"),
}


def begin(root, words):
    """Run a command in a fork of this process, which has imported all of it."""
    child = os.fork()
    if child == 0:
        os.chdir(root)
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            sys.stdout = sys.stderr = nowhere
            try:
                main(list(words))
            except SystemExit as done:
                os._exit(int(done.code or 0))
            os._exit(99)
    return child


def finish(root, words):
    """Run a command to its end; return its exit code and how long it took."""
    began = time.monotonic()
    return os.waitstatus_to_exitcode(os.waitpid(begin(root, words), 0)[1]), time.monotonic() - began


def faults(root, trust):
    """Name what fails in the bundle as it is: its pages apart, which no command here touches."""
    found = verify.verify_bundle(root / RELEASES / "demo-1.0.0.zip", trust=trust)
    return {check.name for check in found.checks if check.status != "pass"}


def check_between(root, command, trust):
    """Nothing is lost: the bundle is as it was, or its tombstone stands already; the ledger is whole."""
    entries = sound_entries((root / LEDGER).read_bytes())
    folder = root / RELEASES
    stone = folder / "demo-1.0.0.withdrawn.json"
    if not stone.exists():
        assert (folder / "demo-1.0.0.zip").exists()
        assert len(list((root / STORE).rglob("*.xz"))) == 1
        assert [one.kind for one in entries if one.kind != "release"] == []
        assert faults(root, trust) <= {"signature"}
    return len(entries), tuple(names(folder))


def check_after(root, command, trust):
    """Run to its end, the command leaves what it leaves when nobody ends it; no draft is left."""
    entries = sound_entries((root / LEDGER).read_bytes())
    assert not list(root.rglob(".draft-*"))
    assert not list(root.rglob(".recall-*"))
    if command == "sign":
        assert faults(root, trust) == set()
        assert len(entries) == 2
        return
    assert names(root / RELEASES) == ["demo-1.0.0.withdrawn.json", "demo-1.0.0.withdrawn.json.sig"]
    assert [one.kind for one in entries] == ["release", command]
    assert not list((root / STORE).rglob("*.xz"))
    assert command != "recall" or not any((root / "runs" / "demo").glob("[0-9a-f]*"))


@pytest.mark.slow
@pytest.mark.parametrize("command", WORDS)
def test_killed_at_fifty_moments(publication, keys, tmp_path, monkeypatch, command):
    monkeypatch.setattr(verify.pages, "page_checks", lambda *_: ())
    monkeypatch.setattr(verify, "_wheel", lambda *_: ())
    assert recall_module
    trust, words = keys.trust("ana"), (command, *WORDS[command], "--key", str(keys.ana))
    first = tmp_path / "first"
    shutil.copytree(publication.study.parents[1], first)
    finish(first, words)
    shutil.rmtree(first)
    shutil.copytree(publication.study.parents[1], first)
    code, whole = finish(first, words)
    assert code == 0
    check_after(first, command, trust)
    moments, seen = random.Random(3), set()
    for turn in range(MOMENTS):
        root = tmp_path / str(turn)
        shutil.copytree(publication.study.parents[1], root)
        child = begin(root, words)
        time.sleep(moments.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        seen.add(check_between(root, command, trust))
        code, _ = finish(root, words)
        assert code == 0 or (command == "withdraw" and not (root / RELEASES / "demo-1.0.0.zip").exists())
        check_after(root, command, trust)
        shutil.rmtree(root)
    assert len(seen) > 1
