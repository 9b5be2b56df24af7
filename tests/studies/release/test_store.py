"""Files that releases share are kept once, found again by their hash, and go with the last bundle that needs them."""

import hashlib
import json
import lzma
import shutil

import pytest

from ctresearch.core import DataError
from ctresearch.studies import load_study
from ctresearch.studies.base.archive import pack, unpack
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.release import blobs
from ctresearch.studies.release.bundle import BUNDLE_NAME
from ctresearch.studies.release.verify import verify_bundle
from ctresearch.studies.releasing.release import release_study
from ctresearch.studies.shown.results import results_bytes
from publication import make_publication, sound
from small_project import call

DAY = "2026-01-31"


@pytest.fixture
def copy(publication, tmp_path):
    """A project of its own with a release and its store."""
    root = tmp_path / "project"
    shutil.copytree(publication.study.parents[1], root)
    return root / "studies" / "demo" / "releases" / "demo-1.0.0.zip"


def kept(root):
    return sorted(path for path in (root / blobs.STORE).rglob("*") if path.is_file())


def test_a_release_is_slim_and_verifies_whole(publication):
    files = unpack(publication.bundle.read_bytes())
    listing = json.loads(files[f"demo-1.0.0/{BUNDLE_NAME}"])
    assert [path.partition("/")[0] for path in listing["store"]] == ["wheel"]
    assert not any("/wheel/" in path for path in files)
    assert publication.bundle.stat().st_size < 2**18
    assert len(kept(publication.study.parents[1])) == 1
    assert sound(verify_bundle(publication.bundle))


@pytest.mark.slow
def test_two_releases_of_one_source_share_the_package(tmp_path):
    folder = make_publication(tmp_path / "project")
    for version in ("1.0", "1.1"):
        release_study(load_study(folder), version, date=DAY)
    assert len(kept(tmp_path / "project")) == 1


def test_a_bundle_without_its_store_says_what_was_not_checked(copy, tmp_path):
    away = tmp_path / "elsewhere" / copy.name
    away.parent.mkdir()
    shutil.copy(copy, away)
    found = verify_bundle(away)
    told = {check.name: check for check in found.checks}
    assert told["store"].status == "review"
    assert "1 file is kept in a store that is not here" in told["store"].message
    assert "package" not in told
    for place in (copy.parents[3], copy.parents[3] / "store", copy.parents[3] / blobs.STORE):
        assert "package" in {check.name for check in verify_bundle(away, store=place).checks}
    with pytest.raises(DataError, match="name its folder with --store"):
        blobs.read_whole(away)


@pytest.mark.parametrize("content", [b"no archive", lzma.compress(b"another content"), lzma.compress(bytes(10**8))])
def test_what_stands_under_a_hash_is_held_to_it(copy, content):
    kept(copy.parents[3])[0].write_bytes(content)
    found = verify_bundle(copy)
    assert [check.name for check in found.checks if check.status == "fail"] == ["archive"]
    assert "of the store" in found.checks[-1].message


@pytest.mark.parametrize("path", ["report.html", "results.json", "provenance.json", "bundle.json", "wheel/none.whl"])
def test_only_what_a_release_keeps_apart_may_be_missing(copy, path):
    files = unpack(copy.read_bytes())
    listing = json.loads(files[f"demo-1.0.0/{BUNDLE_NAME}"])
    listing["store"].append(path)
    if path in listing["files"]:
        del files[f"demo-1.0.0/{path}"]
    copy.write_bytes(pack(files | {f"demo-1.0.0/{BUNDLE_NAME}": results_bytes(listing)}))
    failed = [check for check in verify_bundle(copy).checks if check.status == "fail"]
    assert failed[-1].name == "archive"
    assert "which no release does with such a file" in failed[-1].message


def test_a_hash_that_is_none_leads_nowhere(copy):
    files = unpack(copy.read_bytes())
    listing = json.loads(files[f"demo-1.0.0/{BUNDLE_NAME}"])
    listing["files"][listing["store"][0]]["sha256"] = "../../../etc/passwd"
    copy.write_bytes(pack(files | {f"demo-1.0.0/{BUNDLE_NAME}": results_bytes(listing)}))
    assert "that are no SHA-256" in " ".join(check.message for check in verify_bundle(copy).checks)


def test_one_archive_holds_all_of_it_and_runs_on_its_own(copy, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, out, _ = call(capsys, "bundle", str(copy), "--out", str(tmp_path / "whole"))
    assert code == 0
    whole = tmp_path / "whole" / "demo-1.0.0-full.zip"
    assert hashlib.sha256(whole.read_bytes()).hexdigest() in out
    assert unpack(whole.read_bytes()) == blobs.read_whole(copy)
    assert sound(verify_bundle(whole))
    assert "there already" in call(capsys, "bundle", str(copy), "--out", str(tmp_path / "whole"))[1]


def test_what_a_withdrawn_bundle_alone_used_goes_with_it(copy, monkeypatch, capsys):
    root = copy.parents[3]
    monkeypatch.chdir(root)
    release_study(load_study(root / "studies" / "demo"), "1.1", date=DAY)
    assert call(capsys, "withdraw", "demo", "1.0.0", "--reason", "an error")[0] == 0
    assert len(kept(root)) == 1  # the other bundle needs it
    assert sound(verify_bundle(copy.with_name("demo-1.1.zip")))
    assert call(capsys, "withdraw", "demo", "1.1", "--reason", "an error")[0] == 0
    assert kept(root) == []


def test_a_content_is_written_once_and_whole(tmp_path):
    place = blobs.put(tmp_path, b"one")
    stamp = place.stat().st_mtime_ns
    assert blobs.put(tmp_path, b"one") == place
    assert place.stat().st_mtime_ns == stamp
    assert not list(tmp_path.rglob(".draft-*"))
    with pytest.raises(IntegrityError, match="another content"):
        blobs.take([tmp_path], hashlib.sha256(b"one").hexdigest(), 1)  # more bytes than were listed


@pytest.mark.parametrize(
    "listing",
    [
        b"no json",
        b"[]",
        b"[" * 100_000,
        b'{"store": 3, "files": {}}',
        b'{"store": ["wheel/w"], "files": {"wheel/w": {"bytes": "x"}}}',
    ],
)
def test_a_listing_that_cannot_be_read_is_one_sentence(copy, tmp_path, capsys, listing):
    files = unpack(copy.read_bytes())
    copy.write_bytes(pack(files | {f"demo-1.0.0/{BUNDLE_NAME}": listing}))
    code, out, err = call(capsys, "bundle", str(copy), "--out", str(tmp_path))
    assert (code, out) == (4, "")
    assert err.startswith("ctresearch: bundle.json of demo-1.0.0.zip is not as")
    assert err.count("\n") == 1
