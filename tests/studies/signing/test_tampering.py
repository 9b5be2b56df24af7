"""Whoever changes a bundle, a signature, the ledger or its order without the key is found."""

import dataclasses

import pytest

from ctresearch.studies.signing import keys as handing_over
from ctresearch.studies.signing.ledger import LEDGER, canonical, enter_gone
from ctresearch.studies.signing.ssh import read_signature
from signing_keys import claim_of, enter_claim, lines_of, rechained, said, written

STONE = {"study": "old", "version": "0.9", "sha256": "ab" * 32}


@pytest.fixture(scope="module")
def history(keys, tmp_path_factory):
    """Five lines: an old release and its withdrawal, ours, a key handed over, a release by the new key."""
    folder = tmp_path_factory.mktemp("history")
    enter_claim(folder, claim_of(b"old", study="old", version="0.9"), keys.ana)
    enter_gone(folder, "withdraw", STONE, "cd" * 32, key=keys.ana)
    ours = claim_of(key=keys.ana)
    enter_claim(folder, ours, keys.ana)
    handing_over.rotate(folder, keys.ana, keys.ben.with_name("ben.pub"))
    enter_claim(folder, claim_of(b"new", version="1.1"), keys.ben)
    return ours, lines_of(folder), keys.trust("ana")


def test_what_was_left_alone_passes(history):
    ours, lines, trust = history
    assert said(ours, written(lines), trust) == {"ledger": "pass", "signature": "pass"}
    assert said(ours, written(lines), trust, head=lines[-1]["digest"]) == {"ledger": "pass", "signature": "pass"}
    new = claim_of(b"new", version="1.1")
    assert said(new, written(lines), trust) == {"ledger": "pass", "signature": "pass"}  # the key was handed over


def edit(place, **changed):
    return lambda lines: [{**one, **changed} if one["number"] == place else one for one in lines]


def swap(lines):
    return [lines[0], lines[2], lines[1], *lines[3:]]


TAMPERED = {
    "a field edited": edit(3, study="other"),
    "a day edited": edit(3, date="2026-02-01"),
    "a field edited and the chain mended": lambda ls: rechained(edit(3, date="2026-02-01")(ls)),
    "another bundle put in and the chain mended": lambda ls: rechained(edit(5, bundle="ef" * 32)(ls)),
    "the first line removed": lambda ls: ls[1:],
    "a withdrawal removed": lambda ls: ls[:1] + ls[2:],
    "a withdrawal removed and the chain mended": lambda ls: rechained(ls[:1] + ls[2:]),
    "our own line removed, and all after it": lambda ls: ls[:2],
    "two lines swapped": swap,
    "two lines swapped and the chain mended": lambda ls: rechained(swap(ls)),
    "a line twice": lambda ls: ls[:3] + ls[2:],
    "a line twice and the chain mended": lambda ls: rechained(ls[:3] + ls[2:]),
    "a signature taken off": edit(3, signature=""),
    "a signature and its key taken off, the chain mended": lambda ls: rechained(edit(3, signature="", key="")(ls)),
    "a signature of another line": lambda ls: edit(3, signature=ls[0]["signature"])(ls),
    "the key of another": lambda ls: rechained(edit(3, key="SHA256:" + "A" * 43)(ls)),
    "a signature that is none": edit(3, signature="signed, Ana"),
    "a field too many": edit(3, note="x"),
    "a kind that is none": edit(3, kind="releases"),
    "the key handed over to another": lambda ls: rechained(edit(4, subject="SHA256:" + "A" * 43)(ls)),
    "a time set back": lambda ls: rechained(edit(2, time="2020-01-01T00:00:00Z")(ls)),
    "a time that is none": edit(2, time="today"),
    "a digest edited": edit(3, digest="00" * 32),
    "a number that is a text": edit(3, number="3"),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_ledger_that_was_tampered_with_fails(history, how):
    ours, lines, trust = history
    assert said(ours, written(TAMPERED[how](lines)), trust)["ledger"] == "fail"


RAW = {
    "a space": lambda b: b.replace(b'":"', b'": "', 1),
    "an empty line": lambda b: b.replace(b"\n", b"\n\n", 1),
    "the ends of lines of Windows": lambda b: b.replace(b"\n", b"\r\n"),
    "the last end of line": lambda b: b[:-1],
    "half a line": lambda b: b[: len(b) // 2],
    "a key twice": lambda b: b.replace(b"{", b'{"kind":"recall",', 1),
    "a list": lambda b: b"[]\n" + b,
    "depth": lambda b: b + b"[" * 50_000 + b"]" * 50_000 + b"\n",
    "length": lambda b: b + b'"' + b"x" * 2**17 + b'"\n',
    "bytes that are no text": lambda b: b + b"\xff\n",
    "a lone surrogate": lambda b: b.replace(b'"old"', b'"\\ud800"', 1),
}


@pytest.mark.parametrize("how", RAW)
def test_a_ledger_has_one_form_only(history, how):
    ours, lines, trust = history
    assert said(ours, RAW[how](written(lines)), trust)["ledger"] == "fail"


def test_lines_cut_from_the_end_are_found_by_a_digest_kept_elsewhere(history):
    ours, lines, trust = history
    assert said(ours, written(lines[:3]), trust)["ledger"] == "pass"  # a whole chain, as the guide says
    assert said(ours, written(lines[:3]), trust, head=lines[-1]["digest"])["ledger"] == "fail"


def test_a_bundle_that_was_changed_is_found_by_signature_and_ledger(history):
    ours, lines, trust = history
    other = dataclasses.replace(ours, content=b"the bundle!")
    assert said(other, written(lines), trust) == {"ledger": "fail", "signature": "fail"}
    assert said(other, None, trust)["signature"] == "fail"
    bare = dataclasses.replace(other, beside=None)
    assert said(bare, written(lines), trust) == {"ledger": "fail", "signature": "fail"}  # the signature stripped off
    assert said(bare, None, trust) == {"signature": "fail"}  # and the ledger too: the reader asked for a signature
    assert said(bare, None, None) == {"signature": "review"}


SIGNATURES = {
    "none": lambda text: "signed, Ana",
    "cut short": lambda text: text[: len(text) // 2],
    "no letters of base64": lambda text: text.replace("A", "!", 1),
    "nothing in it": lambda text: "\n".join([text.splitlines()[0], text.splitlines()[-1]]),
    "a letter changed": lambda text: text.replace(text.splitlines()[3][:5], "AAAAA"),
    "twice": lambda text: text + text,
    "too long": lambda text: text.replace("\n", "\n" + "A" * 2**14, 1),
}


@pytest.mark.parametrize("how", SIGNATURES)
def test_a_signature_that_was_changed_fails(history, how):
    ours, lines, trust = history
    other = dataclasses.replace(ours, beside=SIGNATURES[how](ours.beside))
    assert said(other, written(lines), trust)["signature"] == "fail"


def test_a_signature_made_for_another_purpose_fails(history, keys, tmp_path):
    import subprocess

    ours, _, trust = history
    command = ["ssh-keygen", "-Y", "sign", "-q", "-f", str(keys.ana), "-n", "git"]
    made = subprocess.run(command, input=ours.content, capture_output=True, check=True).stdout.decode()
    assert read_signature(made).namespace == "git"
    assert said(dataclasses.replace(ours, beside=made), None, trust)["signature"] == "fail"


def test_a_stranger_who_adds_lines_changes_nothing(history, keys, tmp_path):
    ours, lines, trust = history
    (tmp_path / LEDGER).write_bytes(written(lines))
    handing_over.revoke(tmp_path, keys.fingerprint("ana"), keys.other, "2000-01-01")
    handing_over.rotate(tmp_path, keys.other, keys.other.with_name("ben.pub"))
    assert said(ours, (tmp_path / LEDGER).read_bytes(), trust) == {"ledger": "pass", "signature": "pass"}
    theirs = claim_of(b"theirs", version="2.0", key=keys.other)
    enter_claim(tmp_path, theirs, keys.other)
    assert said(theirs, (tmp_path / LEDGER).read_bytes(), trust) == {"ledger": "pass", "signature": "fail"}
    assert said(theirs, (tmp_path / LEDGER).read_bytes(), None) == {"ledger": "pass", "signature": "review"}


def test_canonical_lines_are_read_back(history):
    _, lines, _ = history
    assert all(canonical(one).decode().startswith('{"') for one in lines)
