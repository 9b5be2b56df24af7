"""Whatever happens in the middle of a run or a release: what was there stays whole, and nothing half-made is shown."""

import datetime as dt
import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from itertools import count
from types import SimpleNamespace

import psutil
import pytest

from ctresearch.core.pseudonym import create_key
from ctresearch.studies import RunRecord, load_study, run_study
from ctresearch.studies.release.blobs import read_whole
from ctresearch.studies.release.verify import verify_bundle
from ctresearch.studies.releasing.release import release_study, sidecar
from ctresearch.studies.releasing.rerun import rerun
from ctresearch.studies.running import build
from patience import command, living, until
from publication import make_grid, make_publication, make_restricted, sound
from signing_keys import keys
from small_project import HEAD, SAVE, contents, make_project, names

__all__ = ["keys"]
DAY = "2026-01-31"
COMMAND = [sys.executable, "-c", "from ctresearch.cli import main; main()"]
MOMENTS = 50


def start(project, *words):
    """Start the command line."""
    return subprocess.Popen([*COMMAND, *words], cwd=project, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def how_long(project, *words):
    """Time a command that is left in peace."""
    began = time.monotonic()
    assert start(project, *words).wait() == 0
    return time.monotonic() - began


class Kills:
    """Ends processes with signal 9, each at a moment of its own, and counts those that still ran.

    How long a command takes is learned as it goes, since it depends on what else the machine does: without that, every
    kill would come too early on a machine that grew busy, or too late on one that came to rest.
    """

    def __init__(self, seconds, seed):
        self.count, self._seconds, self._chance = 0, seconds, random.Random(seed)

    def __call__(self, process):
        """End a process some time after it began; return what it had started by then."""
        began = time.monotonic()
        with suppress(subprocess.TimeoutExpired):
            process.wait(self._chance.uniform(0, 1.2 * self._seconds))
        family = descendants(process.pid)
        process.kill()
        killed = process.wait() == -signal.SIGKILL
        self.count += killed
        self._seconds = 1.1 * self._seconds if killed else time.monotonic() - began
        return family


def check_releases(folder, trust):
    """Every bundle that shows is whole, signed and stands beside its hash; return their names."""
    shown = sorted(path.name for path in folder.glob("*.zip"))
    for name in shown:
        found = verify_bundle(folder / name, sidecar(folder / name).read_text().split()[0], trust=trust)
        assert found.status == "pass"
    return shown


@pytest.mark.slow
def test_a_release_killed_at_fifty_moments(tmp_path, monkeypatch, keys, record_property):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    project = tmp_path / "project"
    study = make_publication(project)
    folder = study / "releases"
    words = ("--date", DAY, "--key", str(keys.ana))
    kill = Kills(how_long(project, "release", "demo", "1.0", *words), seed=2)
    before = (folder / "demo-1.0.zip").read_bytes()
    for turn in range(MOMENTS):
        # a new number of lists each time, so that the kill may come in the run, at the gate, or while the bundle is
        # written
        (study / "lists.csv").write_text(f"list,people\nA,{30 + 20 * turn}\nB,25\n", encoding="utf-8")
        kill(start(project, "release", "demo", f"1.{turn + 1}", *words))
        assert (folder / "demo-1.0.zip").read_bytes() == before
        shown = check_releases(folder, keys.trust("ana"))
        assert len(shown) <= turn + 2
    assert 1 < len(shown) < MOMENTS
    assert start(project, "release", "demo", f"1.{MOMENTS}", *words).wait() == 0
    assert f"demo-1.{MOMENTS}.zip" in check_releases(folder, keys.trust("ana"))
    assert not [name for name in names(folder) if name.startswith(".")]
    assert not [
        name for name in names(tmp_path) if name.startswith("ctr-")
    ]  # temporary folders of those who were killed
    tell(record_property, "release", MOMENTS, kill.count, len(shown) - 1)


def tell(record_property, what, started, killed, whole):
    """Leave for ``benchmarks/check_kills.py`` how often what was ended, and how many results stood whole afterwards."""
    for name, value in (("what", what), ("started", started), ("killed", killed), ("whole", whole)):
        record_property(name, value)


STRAYS = """import os, subprocess
subprocess.Popen(['sleep', '604'], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp('sleep', ['sleep', '604'])
    os._exit(0)"""


def left_running(project):
    """Find what a run of a project left: its children, and the servers of kernels it started."""
    found = []
    for one in living(list(psutil.process_iter())):
        with suppress(psutil.Error):
            if command(one) == "sleep 604" or ("kernel_server" in command(one) and one.cwd() == str(project)):
                found.append(one)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("rung", ["namespaces", "landlock"])
def test_a_run_killed_at_fifty_moments(tmp_path, monkeypatch, rung, record_property):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("CTRESEARCH_SEAL", rung)
    project = tmp_path / "project"
    make_project(project, HEAD, STRAYS, SAVE)
    kill = Kills(how_long(project, "run", "demo"), seed=3)
    runs, stood = project / "runs" / "demo", {}
    for turn in range(MOMENTS):
        kill(start(project, "run", "demo", "-p", f"n={turn + 4}"))
        until(lambda: not left_running(project), "the end of everything a killed run had started")
        for folder in (one for one in runs.iterdir() if one.is_dir() and not one.name.startswith(".")):
            assert RunRecord.open(folder).problems() == []
            assert stood.setdefault(folder.name, contents(folder)) == contents(folder)  # nothing lost, nothing changed
    assert 1 < len(stood) <= MOMENTS + 1
    assert start(project, "run", "demo", "-p", "n=99").wait() == 0
    assert not [name for name in names(runs) if name.startswith(".")]
    assert not [path for path in tmp_path.iterdir() if path != project]
    tell(record_property, f"run, {rung}", MOMENTS, kill.count, len(stood) - 1)


@pytest.mark.slow
def test_an_update_killed_at_fifty_moments(tmp_path, monkeypatch, record_property):
    """What is accepted is what was accepted before or what came out, whole, and nothing goes on after the kill."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    project = tmp_path / "project"
    study = make_publication(project)
    file = study / "expected.json"
    kill = Kills(how_long(project, "check", "demo", "--update"), seed=3)
    accepted, changed = {file.read_bytes()}, 0
    for turn in range(MOMENTS):
        people = 30 + 20 * turn
        (study / "lists.csv").write_text(f"list,people\nA,{people}\nB,25\n", encoding="utf-8")
        before = file.read_bytes()
        family = kill(start(project, "check", "demo", "--update"))
        until(lambda family=family: not living(family), "the end of workers and kernels")
        after = file.read_bytes()
        if after != before:
            changed += 1
            assert json.loads(after)["study"] == "demo"
            assert after not in accepted
        accepted.add(after)
        for folder in (project / "runs" / "demo").glob("[0-9a-f]*"):
            assert RunRecord.open(folder).problems() == []
    assert 0 < changed < MOMENTS
    assert start(project, "check", "demo", "--update").wait() == 0
    assert start(project, "check", "demo", "--force").wait() == 0
    assert start(project, "check", "demo").wait() == 0
    hidden = [name for folder in (study, project / "runs" / "demo") for name in names(folder) if name.startswith(".")]
    assert hidden == []
    assert not [name for name in names(tmp_path) if name.startswith("ctr-")]
    tell(record_property, "check --update", MOMENTS, kill.count, changed)


def descendants(number):
    """Return the processes that a process started, and those that they did; none where it has ended."""
    try:
        return psutil.Process(number).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


@pytest.mark.slow
def test_a_clock_set_back_changes_nothing(tmp_path, monkeypatch):
    study = load_study(make_publication(tmp_path))
    first = run_study(study)
    before = contents(first.folder)
    backwards = count(915_148_800, -3600)  # from 1 January 1999, an hour back at each look
    monkeypatch.setattr(time, "time", lambda: float(next(backwards)))
    early = SimpleNamespace(now=lambda zone: dt.datetime(1999, 1, 1, tzinfo=zone))
    monkeypatch.setattr(build, "dt", SimpleNamespace(datetime=early, UTC=dt.UTC))
    again = run_study(study, force=True)
    assert (again.folder, contents(again.folder)) == (first.folder, before)
    other = run_study(study, {"n": 6})
    assert other.log["started"].startswith("1999-01-01")
    assert 0 < other.log["seconds"] < 600
    os.utime(first.folder / "results.json", (5e9, 5e9))  # a file of the year 2128
    assert run_study(study).folder == first.folder
    assert sound(verify_bundle(release_study(study, "1.0", date=DAY).path))


def clone(origin, place):
    """Clone a repository."""
    subprocess.run(["git", "clone", "-q", str(origin), str(place)], check=True)
    return place / "studies" / "demo"


@pytest.mark.slow
def test_two_git_clones_give_the_same_bundle(tmp_path):
    origin = tmp_path / "origin"
    make_publication(origin)
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-qm", "A study"]):
        subprocess.run(["git", "-C", str(origin), *words], check=True)
    places = [tmp_path / "one", tmp_path / "a second clone, é"]
    bundles = []
    for place in places:
        clone(origin, place)
        assert start(place, "release", "demo", "1.0", "--date", DAY).wait() == 0
        bundles.append((place / "studies" / "demo" / "releases" / "demo-1.0.zip").read_bytes())
    assert bundles[0] == bundles[1]


@pytest.mark.slow
def test_a_grid_is_run_again_from_its_bundle(tmp_path):
    study = load_study(make_grid(tmp_path))
    again = rerun(read_whole(release_study(study, "1.0", date=DAY).path))
    assert again.same_id
    assert [one.status for one in again.comparisons] == ["same", "same"]


@pytest.mark.slow
def test_a_restricted_bundle_is_run_again_where_its_data_are(tmp_path, monkeypatch):
    monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(create_key(tmp_path / "key")))
    study, cases = load_study(make_restricted(tmp_path / "project")), tmp_path / "cases.txt"
    cases.write_text("secretname " * 30)
    released = release_study(study, "1.0", data={"cases": cases}, date=DAY, without=["map"])
    files = read_whole(released.path)
    assert json.loads(files["demo-1.0/provenance.json"])["components"]["inputs"]["cases"]["keyed"]
    again = rerun(files, {"cases": str(cases)})
    assert again.same_id
    assert {one.output: one.status for one in again.comparisons}["table"] == "same"
    cases.write_text("secretname " * 60)
    other = rerun(files, {"cases": str(cases)})
    assert {one.output: one.status for one in other.comparisons}["table"] == "drifted"
    assert any(line.startswith("input cases") for line in other.differences)
