"""Releases that are signed, verified by whom one trusts, withdrawn and handed over, on the command line."""

import json
import os
import shutil

import pytest

from ctresearch.studies import load_study
from ctresearch.studies.release import verify
from ctresearch.studies.release.verify import verify_bundle
from ctresearch.studies.releasing import release
from ctresearch.studies.releasing.release import release_study, sidecar
from ctresearch.studies.signing.ledger import LEDGER, load_ledger
from ctresearch.studies.signing.trust import TRUST
from signing_keys import keys
from small_project import call, contents, names

__all__ = ["keys"]
DAY = "2026-01-31"


@pytest.fixture
def project(publication, tmp_path, monkeypatch):
    """A copy of the project of a release that nobody signed."""
    root = tmp_path / "project"
    shutil.copytree(publication.study.parents[1], root)
    monkeypatch.chdir(root)
    return root


@pytest.fixture(autouse=True)
def _signatures_alone(monkeypatch):
    """Leave out what costs seconds and is asked elsewhere: pages set again, the package unpacked."""
    monkeypatch.setattr(verify.pages, "page_checks", lambda *_: ())
    monkeypatch.setattr(verify, "_wheel", lambda *_: ())


def bundle_in(root):
    return root / "studies" / "demo" / "releases" / "demo-1.0.0.zip"


def status(path, **options):
    return {check.name: check.status for check in verify_bundle(path, **options).checks}


def test_from_a_signature_to_a_reader_far_away(project, keys, tmp_path, monkeypatch, capsys):
    bundle, trust = bundle_in(project), tmp_path / "trust"
    keys.trust("ana", path=trust)
    assert call(capsys, "verify", str(bundle), "--trust", str(trust))[0] == 4  # unsigned, and a signature was asked for
    code, out, _ = call(capsys, "sign", str(bundle), "--key", str(keys.ana))
    assert code == 0
    assert "line 2 of " in out
    head = load_ledger(project)[-1].digest
    code, out, _ = call(capsys, "verify", str(bundle), "--trust", str(trust), "--strict", "--head", head)
    assert code == 0
    assert "Signed by ana@example.org, whom trust trusts" in out
    assert call(capsys, "verify", str(bundle), "--key", f"{keys.ana}.pub")[0] == 0
    assert call(capsys, "verify", str(bundle), "--key", f"{keys.ben}.pub")[0] == 4
    assert call(capsys, "verify", str(bundle), "--key", f"{keys.ben}.pub", "--trust", str(trust))[0] == 2
    assert call(capsys, "verify", str(bundle), "--head", "ab" * 32)[0] == 4
    code, out, _ = call(capsys, "verify", str(bundle))
    assert (code, "which is not trusted here" in out) == (0, True)
    shutil.copy(trust, project / TRUST)
    assert "whom allowed_signers trusts" in call(capsys, "verify", str(bundle))[1]

    away = tmp_path / "away"  # the bundle, its signature and the ledger, and nothing else of the project
    away.mkdir()
    for path in (bundle, sidecar(bundle), bundle.with_name(f"{bundle.name}.sig"), project / LEDGER):
        shutil.copy(path, away)
    monkeypatch.chdir(away)
    given = ("--trust", str(trust), "--store", str(project))
    assert call(capsys, "verify", bundle.name, *given, "--strict")[0] == 0
    (away / LEDGER).unlink()
    code, out, _ = call(capsys, "verify", bundle.name, *given)
    assert (code, "No ledger is here" in out) == (0, True)
    assert call(capsys, "verify", bundle.name, *given, "--ledger", str(project / LEDGER), "--strict")[0] == 0
    (away / f"{bundle.name}.sig").unlink()
    assert call(capsys, "verify", bundle.name, *given)[0] == 4


def test_the_archive_that_holds_all_of_it_has_the_signature_of_its_bundle(project, keys, tmp_path, capsys):
    bundle = bundle_in(project)
    assert call(capsys, "sign", str(bundle), "--key", str(keys.ana))[0] == 0
    assert call(capsys, "bundle", str(bundle), "--full", "--out", str(tmp_path / "whole"))[0] == 0
    whole = tmp_path / "whole" / "demo-1.0.0-full.zip"
    found = status(whole, trust=keys.trust("ana"), ledger=project / LEDGER)
    assert set(found.values()) == {"pass"}
    assert status(whole, trust=keys.trust("ben"), ledger=project / LEDGER)["signature"] == "fail"


def test_a_bundle_that_does_not_verify_is_not_signed(project, keys, capsys):
    bundle = bundle_in(project)
    sidecar(bundle).write_text(f"{'ab' * 32}  {bundle.name}\n")
    before = contents(project)
    code, _, err = call(capsys, "sign", str(bundle), "--key", str(keys.ana))
    assert code == 4
    assert "does not verify, so it is not signed: sha256" in err
    assert contents(project) == before


def test_a_signed_release_is_taken_up_where_it_was_cut_short(project, keys, monkeypatch):
    study = load_study(project / "studies" / "demo")
    folder = study.folder / "releases"
    real = release.publish
    monkeypatch.setattr(release, "publish", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        release_study(study, "1.1", date=DAY, key=keys.ana)
    assert not (folder / "demo-1.1.zip").exists()
    monkeypatch.setattr(release, "publish", real)
    done = release_study(study, "1.1", key=keys.ana)  # the day of the ledger, not today
    assert done.new
    assert len([one for one in load_ledger(project) if one.is_of("demo", "1.1")]) == 1
    assert set(status(done.path, trust=keys.trust("ana")).values()) == {"pass"}
    assert release_study(study, "1.1", key=keys.ana).new is False


def test_a_withdrawal_is_signed_and_its_tombstone_is_held_to_it(project, keys, tmp_path, capsys):
    bundle = bundle_in(project)
    kept = tmp_path / "kept" / bundle.name
    kept.parent.mkdir()
    shutil.copy(bundle, kept)
    words = ("withdraw", "demo", "1.0.0", "--reason", "an error", "--key", str(keys.ana))
    assert call(capsys, *words)[0] == 0
    stone = bundle.with_name("demo-1.0.0.withdrawn.json")
    assert names(bundle.parent) == [stone.name, f"{stone.name}.sig"]
    last = load_ledger(project)[-1]
    assert (last.kind, last.key) == ("withdraw", keys.fingerprint("ana"))
    trust = keys.trust("ana", path=project / TRUST)
    code, _, err = call(capsys, "verify", str(bundle))
    assert code == 4
    assert "was withdrawn on" in err
    assert "signed by ana@example.org" in err
    found = status(kept, trust=trust, ledger=project / LEDGER)
    assert found["withdrawn"] == "fail"
    stone.write_text(stone.read_text().replace("an error", "no reason"))
    code, _, err = call(capsys, "verify", str(bundle))
    assert (code, "whose signature is not one of it" in err) == (4, True)
    for path in (stone, stone.with_name(f"{stone.name}.sig")):
        path.unlink()
    shutil.copy(kept, bundle)  # as if nothing had been
    assert status(bundle)["withdrawn"] == "fail"
    code, _, err = call(capsys, "release", "demo", "1.0.0", "--date", DAY)
    assert (code, "says that demo 1.0.0 was withdrawn" in err) == (2, True)
    bundle.unlink()
    assert call(capsys, "verify", str(bundle))[0] == 2  # no tombstone, no bundle: there is nothing


def test_a_tombstone_may_be_signed_later(project, keys, capsys):
    bundle = bundle_in(project)
    assert call(capsys, "withdraw", "demo", "1.0.0", "--reason", "an error")[0] == 0
    stone = bundle.with_name("demo-1.0.0.withdrawn.json")
    assert call(capsys, "sign", str(stone), "--key", str(keys.ana))[0] == 0
    assert [one.key for one in load_ledger(project)][-2:] == ["", keys.fingerprint("ana")]


def test_keys_are_handed_over_and_revoked_by_command(project, keys, capsys):
    code, out, _ = call(capsys, "key", "rotate", "--old", str(keys.ana), "--new", f"{keys.ben}.pub")
    assert (code, out.endswith(f"hands over to {keys.fingerprint('ben')}\n")) == (0, True)
    words = ("key", "revoke", keys.fingerprint("ana"), "--key", str(keys.ben), "--since", DAY)
    assert call(capsys, *words)[0] == 0
    assert call(capsys, "key", "revoke", "ana", "--key", str(keys.ben))[0] == 2
    assert [one.kind for one in load_ledger(project)] == ["release", "key", "key"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), OSError(30, "Read-only file system")])
@pytest.mark.parametrize(
    "words",
    [
        ("sign", "studies/demo/releases/demo-1.0.0.zip", "--key", "KEY"),
        ("withdraw", "demo", "1.0.0", "--reason", "an error", "--key", "KEY"),
        ("recall", "demo", "1.0.0", "--reason", "a person could be recognised", "--key", "KEY"),
        ("release", "demo", "1.1", "--key", "KEY"),
        ("bundle", "studies/demo/releases/demo-1.0.0.zip"),
        ("key", "rotate", "--old", "KEY", "--new", "NEW"),
        ("deposit", "studies/demo/releases/demo-1.0.0.zip", "--to", "zenodo"),
    ],
    ids=lambda words: words[0] if isinstance(words, tuple) else "",
)
def test_a_disk_that_takes_nothing_is_one_sentence_and_nothing_is_half_written(
    project, keys, capsys, monkeypatch, error, words
):
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}

    def refuse(*_):
        raise error

    monkeypatch.setattr(os, "fsync", refuse)
    given = [{"KEY": str(keys.ana), "NEW": f"{keys.ben}.pub"}.get(word, word) for word in words]
    code, out, err = call(capsys, *given)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert error.strerror in err
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_ledger_of_a_folder_of_its_own(project, keys, tmp_path, capsys):
    out = tmp_path / "elsewhere"
    assert call(capsys, "release", "demo", "2.0", "--out", str(out), "--date", DAY, "--key", str(keys.ana))[0] == 0
    assert json.loads((out / LEDGER).read_text())["version"] == "2.0"
    assert set(status(out / "demo-2.0.zip", trust=keys.trust("ana")).values()) == {"pass"}
    words = ("withdraw", "demo", "2.0", "--reason", "an error", "--out", str(out), "--key", str(keys.ana))
    assert call(capsys, *words)[0] == 0
    assert not list((out / "store").rglob("*.xz"))
