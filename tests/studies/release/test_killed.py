"""Signing, withdrawing and recalling, ended with signal 9 at fifty moments each: nothing is lost or half-written."""

import hashlib
import json
import os
import random
import signal
import time
from types import SimpleNamespace

import pytest

from ctresearch.studies.asked.project import Project
from ctresearch.studies.base.archive import pack, unpack
from ctresearch.studies.release import blobs, signed
from ctresearch.studies.release.bundle import FORMATS
from ctresearch.studies.release.recall import recall
from ctresearch.studies.release.signed import sign_release
from ctresearch.studies.release.withdraw import withdraw
from ctresearch.studies.releasing.release import publish, sidecar
from ctresearch.studies.shown.results import results_bytes
from ctresearch.studies.signing.ledger import LEDGER, enter_release
from ctresearch.studies.signing.ssh import read_signature
from ctresearch.studies.signing.vouch import sound_entries
from signing_keys import DAY, keys
from small_project import names

__all__ = ["keys"]
RUN, WHEEL = "ab" * 32, b"a wheel"
STONE = "demo-1.0.withdrawn.json"


def make_released(root):
    """Write a project with a run, a release of it that nobody signed, and its store."""
    files = {"tables/t.csv": b"place,n\nA,15\n", "wheel/w.whl": WHEEL}
    entries = {path: {"sha256": hashlib.sha256(one).hexdigest(), "bytes": len(one)} for path, one in files.items()}
    listing = {"format": FORMATS[-1], "study": "demo", "version": "1.0", "date": DAY, "runs": {"": RUN}}
    listing |= {"store": ["wheel/w.whl"], "files": entries}
    kept = {"demo-1.0/bundle.json": results_bytes(listing), "demo-1.0/tables/t.csv": files["tables/t.csv"]}
    run = root / "runs" / "demo" / RUN[:16]
    run.mkdir(parents=True)
    (run / "t.csv").write_bytes(files["tables/t.csv"])
    blobs.put(root / blobs.STORE, WHEEL)
    enter_release(root, "demo", "1.0", hashlib.sha256(pack(kept)).hexdigest(), DAY)
    return publish(root / "studies" / "demo" / "releases", "demo-1.0", pack(kept)).path


def do_sign(root, bundle, key):
    sign_release(bundle, key)


def do_withdraw(root, bundle, key):
    withdraw(bundle.parent, "demo", "1.0", "an error", date=DAY, key=key, shelf=root, others=[bundle])


def do_recall(root, bundle, key):
    recall(Project.at(root), "demo", "1.0", "a person could be recognised", key=key)


def begin(act, *words):
    """Do something in a fork of this process."""
    child = os.fork()
    if child == 0:
        try:
            act(*words)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return child


def check_between(root, bundle):
    """Nothing is lost: the bundle is as it was, or its tombstone stands already; the ledger is whole."""
    entries = sound_entries((root / LEDGER).read_bytes())
    if not (bundle.parent / STONE).exists():
        assert unpack(bundle.read_bytes())
        assert sidecar(bundle).read_text().split()[0] == hashlib.sha256(bundle.read_bytes()).hexdigest()
        assert len(list((root / blobs.STORE).rglob("*.xz"))) == 1
        assert {one.kind for one in entries} == {"release"}
    for file in bundle.parent.glob("*.sig"):
        if file.with_suffix("").exists():
            assert read_signature(file.read_text()).fits(file.with_suffix("").read_bytes())
    return len(entries), tuple(names(bundle.parent))


def check_after(root, bundle, act):
    """Done to its end, it leaves what it leaves when nobody ends it, and no draft."""
    entries = sound_entries((root / LEDGER).read_bytes())
    assert not [path for path in root.rglob(".*") if path.name.startswith((".draft-", ".recall-"))]
    if act is do_sign:
        assert read_signature(bundle.with_name(f"{bundle.name}.sig").read_text()).fits(bundle.read_bytes())
        assert [bool(one.key) for one in entries] == [False, True]
        return
    assert names(bundle.parent) == [STONE, f"{STONE}.sig"]
    assert [one.kind for one in entries] == ["release", act.__name__.removeprefix("do_")]
    assert not list((root / blobs.STORE).rglob("*.xz"))
    assert (root / "runs" / "demo" / RUN[:16]).exists() is (act is not do_recall)


def kill_at_moments(folder, act, key, moments):
    """End an act at some moments, each in a project of its own, then do it to its end; return what stood in between."""
    first = folder / "first"
    bundle = make_released(first)
    act(first, bundle, key)
    check_after(first, bundle, act)
    second = folder / "second"
    bundle = make_released(second)
    began = time.monotonic()
    os.waitpid(begin(act, second, bundle, key), 0)
    whole, seen, chance, killed = time.monotonic() - began, [], random.Random(3), 0
    for turn in range(moments):
        root = folder / str(turn)
        bundle = make_released(root)
        child = begin(act, root, bundle, key)
        time.sleep(chance.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        early = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        killed += early
        whole *= 1.1 if early else 0.9  # a machine may have grown busy since, or come to rest
        seen.append(check_between(root, bundle))
        if act is do_sign or bundle.exists() or act is do_recall:
            act(root, bundle, key)
        check_after(root, bundle, act)
    return seen, killed


@pytest.fixture
def _verified(monkeypatch):
    """Take it for granted that the small bundle verifies, which is asked elsewhere."""

    def found(file):
        content = file.read_bytes()
        listing = json.loads(unpack(content)["demo-1.0/bundle.json"])
        return SimpleNamespace(checks=(), sha256=hashlib.sha256(content).hexdigest(), listing=listing)

    monkeypatch.setattr(signed, "verify_bundle", found)


@pytest.mark.slow
@pytest.mark.usefixtures("_verified")
@pytest.mark.parametrize("act", [do_sign, do_withdraw, do_recall])
def test_killed_at_fifty_moments(keys, tmp_path, act, record_property):
    seen, killed = kill_at_moments(tmp_path, act, keys.ana, 50)
    assert len(set(seen)) > 1
    told = {"what": act.__name__.removeprefix("do_"), "started": 50, "killed": killed}
    for name, value in (told | {"whole": sum(entries == 2 for entries, _ in seen)}).items():
        record_property(name, value)


@pytest.mark.usefixtures("_verified")
@pytest.mark.parametrize("act", [do_sign, do_withdraw, do_recall])
def test_killed_at_three_moments(keys, tmp_path, act):
    assert kill_at_moments(tmp_path, act, keys.ana, 3)[0]
