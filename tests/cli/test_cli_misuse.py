"""Wrong files, wrong keys, nothing at all, a folder for a file: one sentence, the right exit code, nothing begun."""

import os
import re
import shutil

import pytest

from signing_keys import keys
from small_project import call

__all__ = ["keys"]
WHY = ("--reason", "A person could be recognised")
NO_KEY, NO_ZIP = "is no SSH key", "is no zip file, must be a bundle"
CASES = [
    # command, what it is given, exit code, part of the sentence
    ("sign EMPTY --key KEY", 2, NO_ZIP),
    ("sign TEXT --key KEY", 2, NO_ZIP),
    ("sign LOOP --key KEY", 2, "Too many levels of symbolic links"),
    ("sign NONE --key KEY", 2, "cannot be read: No such file"),
    ("sign HUGE --key KEY", 2, "a bundle must have fewer"),
    ("sign CUT --key KEY", 4, "does not verify, so it is not signed"),
    ("sign BUNDLE.sha256 --key KEY", 2, NO_ZIP),
    ("sign STONE --key KEY", 2, "the tombstone"),
    ("sign BUNDLE --key EMPTY", 2, NO_KEY),
    ("sign BUNDLE --key TEXT", 2, NO_KEY),
    ("sign BUNDLE --key HUGE", 2, NO_KEY),
    ("sign BUNDLE --key BUNDLE", 2, NO_KEY),
    ("sign BUNDLE --key LOOP", 2, "is no file, must be a private SSH key"),
    ("sign BUNDLE --key /dev/zero", 2, "is no file, must be a private SSH key"),
    ("sign BUNDLE --key OPEN", 2, "others may read it: `chmod 600` it first"),
    ("sign FOLDER --key KEY", 2, "is a directory"),
    ("sign BUNDLE --key FOLDER", 2, "is a directory"),
    ("sign BUNDLE", 2, "Missing option '--key'"),
    ("deposit EMPTY --to zenodo", 2, NO_ZIP),
    ("deposit CUT --to zenodo", 4, "does not verify, so it is not deposited"),
    ("deposit FOLDER --to zenodo", 2, "is a directory"),
    ("deposit BUNDLE --to zenodo --doi abc", 2, "must look like 10.5281/zenodo"),
    ("deposit BUNDLE --to zenodo --doi 10.5281/zenodo.1", 2, "cites none"),
    ("deposit BUNDLE --to zenodo --out TEXT", 2, "is a file"),
    ("deposit BUNDLE --to osf", 2, "is not one of"),
    ("key rotate --old KEY --new KEY", 2, "is the old key itself"),
    ("key rotate --old KEY --new TEXT", 2, "is no public SSH key"),
    ("key rotate --old KEY --new HUGE", 2, "is no public SSH key"),
    ("key rotate --old KEY --new /dev/zero", 2, "is no public SSH key"),
    ("key rotate --old EMPTY --new KEY.pub", 2, NO_KEY),
    ("key revoke x --key KEY", 2, "must look like SHA256:"),
    ("key revoke PRINT --key TEXT", 2, NO_KEY),
    ("key revoke PRINT --key KEY --since 2026-02-30", 2, "must be a day such as"),
    ("key revoke PRINT --key KEY --since 9999-01-01", 2, "is to come"),
    ("recall demo 9.9 WHY", 2, "is no release in"),
    ("recall nobody 1.0 WHY", 2, "is no release in"),
    ("recall ../demo 1.0 WHY", 2, "must be the name of a study"),
    ("recall demo .. WHY", 2, "must look like 1.0"),
    ("recall demo 1.0.0", 2, "must say in 1 to 200"),
    ("recall demo 1.0.0 WHY --key TEXT", 2, NO_KEY),
    ("recall demo 1.0.0 WHY --out FOLDER", 2, "is no release in"),
    ("withdraw demo 1.0.0 --reason x --key TEXT", 2, NO_KEY),
    ("bundle TEXT", 2, NO_ZIP),
    ("bundle NONE", 2, "cannot be read: No such file"),
    ("check ../demo", 2, "holds no study.toml"),
    ("check demo --minutes nan", 2, "must be a number of minutes"),
    ("check demo --badge FOLDER", 2, "is a directory"),
    ("check demo --jsonl FOLDER", 2, "Is a directory"),
    ("check demo --junit NONE/x.xml", 2, "cannot write or read"),
    ("check demo --data lists", 2, "must be name=file"),
    ("check demo --json --markdown", 2, "choose one"),
]


@pytest.fixture(scope="module")
def place(publication, keys, tmp_path_factory):
    """A project with a release, and what somebody could give in place of what is meant."""
    folder = tmp_path_factory.mktemp("misuse")
    root = folder / "project"
    shutil.copytree(publication.study.parents[1], root)
    bundle = root / "studies" / "demo" / "releases" / "demo-1.0.0.zip"
    given = {name: folder / name.lower() for name in ("EMPTY", "TEXT", "HUGE", "CUT", "OPEN", "FOLDER", "LOOP", "NONE")}
    given |= {"STONE": folder / "x.withdrawn.json", "BUNDLE": bundle, "KEY": keys.ana}
    given["EMPTY"].touch()
    given["TEXT"].write_text("hello\n")
    given["HUGE"].touch()
    os.truncate(given["HUGE"], 10**10)
    given["CUT"].write_bytes(bundle.read_bytes()[:3000])
    given["OPEN"].write_bytes(keys.ana.read_bytes())
    given["OPEN"].chmod(0o644)
    given["FOLDER"].mkdir()
    given["LOOP"].symlink_to(given["LOOP"])
    given["STONE"].write_text("[]")
    return root, {name: str(path) for name, path in given.items()} | {"PRINT": keys.fingerprint("ana")}


def said_in(words, given):
    """Put in what the words of a case stand for."""
    for word in words.split():
        if word == "WHY":
            yield from WHY
        else:
            yield re.sub(r"\b[A-Z]{3,}\b", lambda found: given[found[0]], word)


@pytest.mark.parametrize(("words", "code", "sentence"), CASES, ids=[one[0] for one in CASES])
def test_a_misuse_is_one_sentence_and_nothing_is_begun(place, capsys, monkeypatch, words, code, sentence):
    root, given = place
    monkeypatch.chdir(root)
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()}
    ended, out, err = call(capsys, *said_in(words, given))
    told = [line for line in (out + err).splitlines() if line and not line.startswith(("Usage:", "Try "))]
    assert (ended, len(told)) == (code, 1), told
    assert sentence in told[0]
    assert "Traceback" not in out + err
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file()} == before
