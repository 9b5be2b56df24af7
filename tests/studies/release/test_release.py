"""A release is one deterministic archive, once, whole or not at all, of what the gate passed."""

import io
import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256

import pytest

from ctresearch.core import DataError, DisclosureError, SpecificationError
from ctresearch.core.compile import source_hash
from ctresearch.core.pseudonym import create_key
from ctresearch.studies import load_study
from ctresearch.studies.asked.manifest import study_from_table
from ctresearch.studies.asked.project import Project
from ctresearch.studies.base.archive import unpack
from ctresearch.studies.kept.evidence import bundle_bytes, from_bundle, from_folder, read_bundle
from ctresearch.studies.release.blobs import read_whole
from ctresearch.studies.release.bundle import BUNDLE_NAME, Edition, _source_files
from ctresearch.studies.release.front_matter import _data
from ctresearch.studies.release.wheel import build_wheel, wheel_source
from ctresearch.studies.release.withdraw import read_tombstone, withdraw
from ctresearch.studies.releasing.release import check_version, publish, release_date, release_study, sidecar
from publication import make_grid, make_publication, make_restricted
from small_project import names

DAY = "2026-01-31"


def inside(bundle):
    return {path.partition("/")[2]: content for path, content in read_whole(bundle).items()}


@pytest.mark.slow
def test_two_clones_give_the_same_bytes(publication, tmp_path):
    other = make_publication(tmp_path / "a clone, with spaces and é")
    released = release_study(load_study(other), "1.0.0", date=DAY)
    assert released.path.read_bytes() == publication.bundle.read_bytes()
    assert sidecar(released.path).read_text() == f"{released.sha256}  demo-1.0.0.zip\n"


def test_a_bundle_holds_everything_and_is_small(publication):
    files = inside(publication.bundle)
    home = "source/studies/demo"
    assert set(files) >= {
        "notebook.ipynb",
        "report.html",
        "results.json",
        "results.schema.json",
        "provenance.json",
        "CITATION.cff",
        "LICENSE.md",
        "README.md",
        "requirements.txt",
        "ro-crate-metadata.json",
        BUNDLE_NAME,
        "tables/table.csv",
        "figures/figure.svg",
        "estimates/estimate.json",
        "files/notes.txt",
        "source/pyproject.toml",
        f"{home}/study.toml",
        f"{home}/demo.ipynb",
        f"{home}/lists.csv",
        f"{home}/README.md",
    }
    with zipfile.ZipFile(publication.bundle) as archive:
        wheel = sum(one.compress_size for one in archive.infolist() if "/wheel/" in one.filename)
    assert publication.bundle.stat().st_size - wheel < 2**18  # all but the library
    assert b"'=B" in files["tables/table.csv"]  # no cell that a spreadsheet would execute
    run = from_folder(publication.run).run_id
    assert f"Run `{run}`".encode() in files["notebook.ipynb"]
    assert str(publication.study).encode() not in b"".join(files.values())


def test_the_pdf_is_inside_and_deterministic(publication):
    pytest.importorskip("typst")
    assert inside(publication.bundle)["report.pdf"].startswith(b"%PDF-")
    assert json.loads(inside(publication.bundle)[BUNDLE_NAME])["pdf"].startswith("typst ")


def test_the_wheel_is_the_package_that_ran(publication, tmp_path):
    name, content = build_wheel()
    assert inside(publication.bundle)[f"wheel/{name}"] == content
    zipfile.ZipFile(io.BytesIO(content)).extractall(tmp_path)
    assert source_hash(tmp_path / "ctresearch") == source_hash() == wheel_source(content)
    record = next(tmp_path.glob("*.dist-info/RECORD")).read_text().splitlines()
    assert len(record) == sum(path.is_file() for path in tmp_path.rglob("*"))
    assert next(tmp_path.glob("*.dist-info/METADATA")).read_text().startswith("Metadata-Version")


def test_a_version_is_never_overwritten(publication, tmp_path):
    folder = tmp_path / "releases"
    shutil.copytree(publication.bundle.parent, folder)
    study = load_study(publication.study)
    again = release_study(study, "1.0.0", date=DAY, out=folder)
    assert again.new is False
    before = (folder / "demo-1.0.0.zip").read_bytes()
    with pytest.raises(SpecificationError, match="never overwritten"):
        release_study(study, "1.0.0", date="2026-02-01", out=folder)
    assert (folder / "demo-1.0.0.zip").read_bytes() == before
    assert release_study(study, "1.0.1", date=DAY, out=folder).new is True


@pytest.mark.parametrize(
    "version",
    ["../1", "1/2", "", ".hidden", "1..2", "a b", "1.0\n", "é", "-x", "1", "v1.0", "final", "1.0-", "1.0-a..b", "1.٣"],
)
def test_versions_that_are_none_or_could_lead_out_are_refused(publication, version):
    with pytest.raises(SpecificationError, match=r"version == .*, must look like 1\.0, 1\.0\.1 or 1\.0-beta"):
        release_study(load_study(publication.study), version)


@pytest.mark.parametrize("version", ["1.0", "1.0.1", "2024.11.3", "1.0-beta", "1.0.0-rc.1"])
def test_versions_are_numbers_with_dots_and_perhaps_a_suffix(version):
    assert check_version(version) == version


def test_a_study_that_nobody_signs_is_not_released(publication):
    nameless = load_study(publication.study).model_copy(update={"authors": []})
    with pytest.raises(SpecificationError, match=r"'demo' names no authors.*key `authors` in study\.toml"):
        release_study(nameless, "9.0")


def test_the_day_comes_from_the_user_the_environment_or_the_clock(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert release_date(None) == "1970-01-02"
    assert release_date("2026-01-31") == "2026-01-31"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert release_date(None)[:2] == "20"
    with pytest.raises(SpecificationError, match="date == 'soon'"):
        release_date("soon")


@pytest.fixture
def restricted(tmp_path, monkeypatch):
    """A study of restricted data whose notebook shows more than it may."""
    key = create_key(tmp_path / "key")
    monkeypatch.setenv("CTRESEARCH_KEY_FILE", str(key))
    folder = make_restricted(tmp_path / "project")
    cases = tmp_path / "cases.txt"
    cases.write_text("secretname " * 30)
    return load_study(folder), cases


def test_restricted_studies_release_what_passed_and_nothing_that_was_shown(restricted, tmp_path):
    study, cases = restricted
    with pytest.raises(DisclosureError, match=r"keeps back 1 of the outputs.*map"):
        release_study(study, "1.0", data={"cases": cases}, date=DAY)
    assert not (study.folder / "releases").exists() or names(study.folder / "releases") == []
    released = release_study(study, "1.0", data={"cases": cases}, date=DAY, without=["map"])
    files = inside(released.path)
    everything = b"".join(content for name, content in files.items() if not name.endswith(".whl"))
    for leak in (
        b"Fatima",
        b"secretname",
        b"borders",
        cases.name.encode(),
        sha256(cases.read_bytes()).hexdigest().encode(),
    ):
        assert leak not in everything
    provenance = json.loads(files["provenance.json"])
    assert provenance["components"]["inputs"]["cases"]["keyed"] is True
    assert "files/map.txt" not in provenance["outputs"]
    assert "tables/table.csv" in provenance["outputs"]
    assert b"Left out of this release: map." in files["README.md"]


@pytest.mark.slow
def test_a_later_release_that_singles_people_out_is_refused(restricted):
    study, cases = restricted
    release_study(study, "1.0", data={"cases": cases}, date=DAY, without=["map"])
    cases.write_text("secretname " * 32)
    with pytest.raises(DisclosureError, match="table"):
        release_study(study, "1.1", data={"cases": cases}, date=DAY, without=["map"])
    cases.write_text("secretname " * 60)
    assert release_study(study, "1.2", data={"cases": cases}, date=DAY, without=["map"]).new


@pytest.mark.slow
def test_a_grid_is_released_run_by_run(tmp_path):
    study = load_study(make_grid(tmp_path))
    files = read_bundle(release_study(study, "1.0", date=DAY).path)
    runs = from_bundle(files, "demo")
    assert [one.parameters["n"] for one in sorted(runs, key=lambda one: one.parameters["n"])] == [1, 2]
    contents = sorted(content for path, content in files.items() if path.endswith("files/t.txt"))
    assert contents == [b"1", b"2"]
    crate = files["demo-1.0/ro-crate-metadata.json"]
    assert all(f"#run-{one.run_id[:16]}".encode() in crate for one in runs)


def test_unknown_outputs_to_leave_out_are_refused(publication):
    with pytest.raises(SpecificationError, match="without == 'tabel'"):
        release_study(load_study(publication.study), "9.0", without=["tabel"])


def test_a_withdrawn_version_leaves_a_tombstone_and_is_never_released_again(publication, tmp_path):
    shutil.copytree(publication.bundle.parent, tmp_path / "r")
    digest = sha256(publication.bundle.read_bytes()).hexdigest()
    withdraw(tmp_path / "r", "demo", "1.0.0", " consent withdrawn ", date=DAY)
    assert names(tmp_path / "r") == ["demo-1.0.0.withdrawn.json"]
    stone = read_tombstone(tmp_path / "r", "demo", "1.0.0")
    assert stone == {"study": "demo", "version": "1.0.0", "date": DAY, "reason": "consent withdrawn", "sha256": digest}
    with pytest.raises(SpecificationError, match=f"withdrawn on {DAY}"):
        release_study(load_study(publication.study), "1.0.0", date=DAY, out=tmp_path / "r")
    with pytest.raises(SpecificationError, match="already"):
        withdraw(tmp_path / "r", "demo", "1.0.0", "again")
    with pytest.raises(SpecificationError, match="is no release"):
        withdraw(tmp_path / "r", "demo", "2.0.0", "why")
    with pytest.raises(SpecificationError, match="must say why"):
        withdraw(tmp_path / "r", "demo", "1.0.0", "  ")


def test_a_withdrawal_cut_short_is_finished_the_next_time(publication, tmp_path, monkeypatch):
    shutil.copytree(publication.bundle.parent, tmp_path / "r")
    withdraw(tmp_path / "r", "demo", "1.0.0", "first reason", date=DAY)
    shutil.copy(publication.bundle, tmp_path / "r")  # as if the process had died between tombstone and deletion
    withdraw(tmp_path / "r", "demo", "1.0.0", "second reason")
    assert names(tmp_path / "r") == ["demo-1.0.0.withdrawn.json"]
    assert read_tombstone(tmp_path / "r", "demo", "1.0.0")["reason"] == "first reason"


def test_a_broken_tombstone_is_said_so(tmp_path):
    (tmp_path / "demo-1.0.withdrawn.json").write_text("{}")
    with pytest.raises(DataError, match="tombstone"):
        read_tombstone(tmp_path, "demo", "1.0")


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    publish(tmp_path, "old-1.0", b"old")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        publish(tmp_path, "demo-1.0", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


KILL = """
import os, pathlib, signal, sys, time
from ctresearch.studies.releasing.release import publish

for number, moment in enumerate(sys.argv[2:]):
    folder = pathlib.Path(sys.argv[1]) / str(number)
    child = os.fork()
    if child == 0:
        for i in range(10**6):
            publish(folder, f"demo-{i}", bytes([i % 256]) * 200_000)
    time.sleep(float(moment))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


def kill_at(folder, moments):
    """Have processes publish one bundle after another, and end each with signal 9 some time after it began."""
    subprocess.run([sys.executable, "-c", KILL, str(folder), *map(str, moments)], check=True)


def check_whole(folder):
    """Every bundle that is there is whole and has its hash beside it."""
    bundles = sorted(folder.glob("*.zip"))
    for path in bundles:
        number = int(path.stem.removeprefix("demo-"))
        assert path.read_bytes() == bytes([number % 256]) * 200_000
        assert sidecar(path).read_text().split() == [sha256(path.read_bytes()).hexdigest(), path.name]
    return len(bundles)


def test_killed_in_the_middle_nothing_is_half_there_and_the_next_release_clears_up(tmp_path):
    kill_at(tmp_path, [0.005, 0.02, 0.04, 0.06])
    for number in range(4):
        folder = tmp_path / str(number)
        whole = check_whole(folder) if folder.exists() else 0
        publish(folder, f"demo-{whole}", bytes([whole % 256]) * 200_000)
        assert check_whole(folder) == whole + 1
        assert not list(folder.glob(".draft-*"))


@pytest.mark.slow
def test_killed_at_fifty_moments(tmp_path):
    moments = random.Random(1)
    for longest in (0.1, 0.4, 1.6, 6.4):  # a busy machine publishes less in the same time
        folder = tmp_path / str(longest)
        kill_at(folder, [moments.uniform(0, longest) for _ in range(50)])
        whole = sum(check_whole(one) for one in folder.iterdir())
        if whole > 50:
            break
    assert whole > 50


ONCE = """
import pathlib, sys
from ctresearch.core.errors import SpecificationError
from ctresearch.studies.releasing.release import publish

try:
    publish(pathlib.Path(sys.argv[1]), "demo-1", sys.argv[2].encode() * 10**6)
except SpecificationError:
    sys.exit(2)
"""


@pytest.mark.slow
def test_two_releases_of_one_version_at_once(tmp_path):
    both = [subprocess.Popen([sys.executable, "-c", ONCE, str(tmp_path), word]) for word in "ab"]
    codes = sorted(process.wait() for process in both)
    assert codes == [0, 2]
    content = (tmp_path / "demo-1.zip").read_bytes()
    assert sidecar(tmp_path / "demo-1.zip").read_text().split()[0] == sha256(content).hexdigest()


def test_evidence_says_what_is_wrong_with_what_it_reads(tmp_path, publication, monkeypatch):
    with pytest.raises(DataError, match=r"holds no results\.json"):
        from_bundle({"x/README.md": b""}, "x.zip")
    for broken in (b"[]", b"{", b'{"tables": {"t": {}}}'):
        with pytest.raises(DataError, match="cannot be read as a run"):
            from_bundle({"x/results.json": broken, "x/provenance.json": b"{}"}, "x.zip")
    from ctresearch.studies.kept import evidence

    monkeypatch.setattr(evidence, "MAX_BUNDLE", 10)
    with pytest.raises(DataError, match="more than 10 bytes"):
        bundle_bytes(publication.bundle)
    assert unpack(publication.bundle.read_bytes())


def test_public_files_that_are_not_ours_to_pass_on_stay_out(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "n.ipynb").write_text("{}")
    (tmp_path / "people.csv").write_text("a\n1\n")
    held = {}
    for access in (None, "ask the archive"):
        data = {"people": {"level": "public", **({"access": access} if access else {})}}
        study = study_from_table(
            {"title": "T", "notebook": "n", "seed": 1, "data": data, "outputs": {}}, tmp_path / "studies" / "demo"
        )
        edition = Edition(study, Project.at(tmp_path), "1.0", DAY, {"people": tmp_path / "people.csv"})
        held[access] = "source/data/people.csv" in _source_files(edition)
        told = "\n".join(_data(study, {}))
        assert ("not in this bundle" in told and "ask the archive" in told) == (access is not None)
    assert held == {None: True, "ask the archive": False}
