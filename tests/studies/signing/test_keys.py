"""Which keys count when: dates, handing over, revoking, loss; and that ssh-keygen says the same."""

import dataclasses
import datetime as dt
import os
import subprocess
from pathlib import Path

import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.signing import keys as handing_over
from ctresearch.studies.signing import ledger, ssh
from ctresearch.studies.signing.ledger import LEDGER, enter, enter_gone, enter_release, load_ledger
from ctresearch.studies.signing.trust import read_trust, trust_in_key
from signing_keys import DAY, claim_of, enter_claim, said

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHwMZ4xeaIgHG+0rNRRhvIp0+tsAbd/84J37vf1f8iEN"


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        ("", True),
        ('valid-after="20260131"', True),
        ('valid-after="20260201"', False),
        ('valid-before="20260201"', True),
        ('valid-before="20260131"', False),
        ('valid-after="202601310000Z",valid-before="20260131235959Z"', True),
        ('valid-before="20260131235958Z"', False),
        ('namespaces="ctresearch-release"', True),
        ('namespaces="git,ctresearch-*"', True),
        ('namespaces="git"', False),
        ('namespaces="*,!ctresearch-release"', False),
    ],
)
def test_a_key_counts_within_its_dates_and_for_its_purpose_as_ssh_keygen_says(keys, tmp_path, options, counts):
    ours = claim_of(key=keys.ana)
    trust = keys.trust("ana", options=options, path=tmp_path / "trust")
    assert (said(ours, None, trust)["signature"] == "pass") is counts
    (tmp_path / "sig").write_text(ours.beside)
    command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "trust"), "-I", "ana@example.org"]
    command += ["-n", ssh.NAMESPACE, "-s", str(tmp_path / "sig"), "-O", "verify-time=20260131235959Z"]
    done = subprocess.run(command, input=ours.content, capture_output=True, check=False)
    assert (done.returncode == 0) is counts


@pytest.mark.parametrize(
    "line",
    [
        "ana@example.org",
        "ana@example.org ssh-ed25519",
        "ana@example.org ssh-ed25519 AAAA",
        f"ana@example.org cert-authority {PUBLIC}",
        f'ana@example.org valid-after="2026-01-31" {PUBLIC}',
        f'ana@example.org valid-after="20261331" {PUBLIC}',
        f"ana@example.org valid-after=20260131 {PUBLIC}",
        f'ana@example.org valid-until="20260131" {PUBLIC}',
        f'ana@example.org valid-after="20260131",valid-after="20250131" {PUBLIC}',
        f"{PUBLIC}",
        PUBLIC.replace("ssh-ed25519", "ana ssh-rsa"),
        PUBLIC.replace("ssh-ed25519", "ana ssh-dss"),
    ],
)
def test_a_trust_file_that_is_not_understood_is_refused_with_its_line(tmp_path, line):
    (tmp_path / "trust").write_text(f"# whom we trust\n\nben {PUBLIC}\n{line}\n")
    with pytest.raises(DataError, match=r"the trust file '.*trust', line 4: "):
        read_trust(tmp_path / "trust")


def test_a_trust_file_is_text_of_some_size(tmp_path):
    (tmp_path / "trust").write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="no UTF-8 text"):
        read_trust(tmp_path / "trust")
    (tmp_path / "trust").write_bytes(b"#" * (2**20 + 1))
    with pytest.raises(DataError, match="must have fewer"):
        read_trust(tmp_path / "trust")
    (tmp_path / "trust").write_text(f'"ana maria@example.org" {PUBLIC} a comment\n')
    assert read_trust(tmp_path / "trust").keys[0].who == "ana maria@example.org"


def test_one_key_may_be_asked_for_alone(keys):
    ours = claim_of(key=keys.ana)
    assert said(ours, None, trust_in_key(keys.ana.with_name("ana.pub")))["signature"] == "pass"
    assert said(ours, None, trust_in_key(keys.ben))["signature"] == "fail"
    with pytest.raises(DataError, match="is no public SSH key"):
        trust_in_key(keys.ana.with_name("trust")) if (keys.ana.with_name("trust").write_text("x")) else None


def test_a_trust_file_that_came_with_the_bundle_is_for_somebody_to_look_at(keys):
    ours, trust = claim_of(key=keys.ana), keys.trust("ana")
    assert said(ours, None, dataclasses.replace(trust, origin="beside"))["signature"] == "review"
    assert said(ours, None, dataclasses.replace(trust, origin="project"))["signature"] == "pass"
    assert said(claim_of(key=keys.ben), None, dataclasses.replace(trust, origin="project"))["signature"] == "review"


def test_a_key_handed_over_counts_from_then_on_and_the_old_one_until_then(keys, tmp_path):
    first, second, late = claim_of(), claim_of(b"2", version="1.1"), claim_of(b"3", version="1.2")
    trust = keys.trust("ana")
    enter_claim(tmp_path, first, keys.ana)
    handing_over.rotate(tmp_path, keys.ana, keys.ben.with_name("ben.pub"))
    enter_claim(tmp_path, second, keys.ben)
    enter_claim(tmp_path, late, keys.ana)  # the old key goes on
    content = (tmp_path / LEDGER).read_bytes()
    assert [said(one, content, trust)["signature"] for one in (first, second, late)] == ["pass", "pass", "fail"]
    with pytest.raises(SpecificationError, match="is the old key itself"):
        handing_over.rotate(tmp_path, keys.ana, keys.ana.with_name("ana.pub"))


def test_a_stolen_key_counts_until_the_theft_and_what_it_handed_over_does_not(keys, tmp_path):
    trust = keys.trust("ana", "ben")
    first, theirs = claim_of(), claim_of(b"2", version="1.1")
    day = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)
    body = {"kind": "release", "study": "demo", "version": "1.0", "bundle": first.digest, "date": DAY}
    enter(tmp_path, body, keys.ana, now=day)
    handing_over.rotate(tmp_path, keys.ana, keys.other.with_name("other.pub"))  # the thief, to a key of their own
    enter_claim(tmp_path, theirs, keys.other)
    content = (tmp_path / LEDGER).read_bytes()
    assert said(theirs, content, trust)["signature"] == "pass"  # nobody knows yet
    handing_over.revoke(tmp_path, keys.fingerprint("ana"), keys.ben, since="2026-02-01")
    content = (tmp_path / LEDGER).read_bytes()
    assert said(first, content, trust)["signature"] == "pass"
    assert said(theirs, content, trust)["signature"] == "fail"
    assert said(claim_of(b"9", version="9.0", key=keys.ana, date="2026-03-01"), content, trust)["signature"] == "fail"


def test_a_key_may_revoke_itself_and_no_stranger_may(keys, tmp_path):
    trust, ours = keys.trust("ana"), claim_of(b"2", version="1.1")
    handing_over.revoke(tmp_path, keys.fingerprint("ana"), keys.ana, since=DAY)
    enter_claim(tmp_path, ours, keys.ana)
    assert said(ours, (tmp_path / LEDGER).read_bytes(), trust)["signature"] == "fail"


def test_after_a_loss_another_key_signs_what_is_there(keys, tmp_path):
    ours = claim_of(key=keys.ana)
    enter_claim(tmp_path, ours, keys.ana)
    enter_claim(tmp_path, ours, keys.ben)
    assert len(load_ledger(tmp_path)) == 2
    content = (tmp_path / LEDGER).read_bytes()
    assert said(ours, content, keys.trust("ben"))["signature"] == "pass"
    assert enter_claim(tmp_path, ours, keys.ben).number == 2  # said already


@pytest.mark.parametrize(
    ("subject", "since"),
    [("ana", None), ("SHA256:x", None), ("SHA256:" + "A" * 43, "soon"), ("SHA256:" + "A" * 43, "9999-01-01")],
)
def test_what_is_no_fingerprint_or_day_is_refused(keys, tmp_path, subject, since):
    with pytest.raises(SpecificationError, match=r"must |is to come"):
        handing_over.revoke(tmp_path, subject, keys.ana, since)
    assert not (tmp_path / LEDGER).exists()


def test_a_withdrawal_is_believed_whoever_says_so_and_a_tombstone_is_held_to_it(keys, tmp_path):
    ours, stone = claim_of(tombstone=b"stone"), {"study": "demo", "version": "1.0", "sha256": claim_of().digest}
    enter_claim(tmp_path, ours, keys.ana)
    enter_gone(tmp_path, "withdraw", stone, "00" * 32)
    with pytest.raises(SpecificationError, match="was withdrawn on"):
        enter_release(tmp_path, "demo", "1.0", ours.digest, DAY)
    from ctresearch.studies.signing.vouch import vouched

    found = {one.name: one for one in vouched(ours, (tmp_path / LEDGER).read_bytes(), keys.trust("ana"))}
    assert found["withdrawn"].status == "fail"
    assert "signed by nobody" in found["withdrawn"].message
    assert "another than the ledger has" in found["withdrawn"].message


def test_a_version_is_entered_once(keys, tmp_path):
    enter_claim(tmp_path, claim_of(), None)
    with pytest.raises(SpecificationError, match="with other bytes"):
        enter_claim(tmp_path, claim_of(b"other"), keys.ana)
    assert enter_claim(tmp_path, claim_of(), None).number == 1


def test_nothing_is_added_to_a_broken_chain(keys, tmp_path):
    enter_claim(tmp_path, claim_of(), keys.ana)
    (tmp_path / LEDGER).write_bytes((tmp_path / LEDGER).read_bytes().replace(b"demo", b"dema"))
    before = (tmp_path / LEDGER).read_bytes()
    with pytest.raises(IntegrityError, match=r"line 1 of releases\.jsonl is none"):
        enter_claim(tmp_path, claim_of(b"2", version="1.1"), keys.ana)
    assert (tmp_path / LEDGER).read_bytes() == before


def test_a_clock_set_back_never_dates_a_line_before_the_last(tmp_path):
    body = {"kind": "release", "study": "demo", "version": "1.0", "bundle": "ab" * 32, "date": DAY}
    later, earlier = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (2030, 1999))
    times = [enter(tmp_path, body, None, now=now).body["time"] for now in (later, earlier)]
    assert times == ["2030-01-01T00:00:00Z"] * 2
    assert len(load_ledger(tmp_path)) == 2


def test_a_key_that_cannot_sign_says_why(keys, tmp_path, monkeypatch):
    with pytest.raises(SpecificationError, match="is no file"):
        ssh.sign(b"", tmp_path / "none")
    (tmp_path / "open").write_bytes(keys.ana.read_bytes())
    (tmp_path / "open").chmod(0o644)
    with pytest.raises(SpecificationError, match="chmod 600"):
        ssh.sign(b"", tmp_path / "open")
    (tmp_path / "text").write_text("no key")
    (tmp_path / "text").chmod(0o600)
    (tmp_path / "empty").touch()
    (tmp_path / "large").write_bytes(keys.ana.read_bytes())
    os.truncate(tmp_path / "large", 10**11)  # which ssh-keygen would read to its end
    for name in ("text", "empty", "large"):
        with pytest.raises(SpecificationError, match="cannot sign: it is no SSH key, must be a private SSH key"):
            ssh.sign(b"", tmp_path / name)
        with pytest.raises(DataError, match="is no public SSH key"):
            ssh.public_key(tmp_path / name)
    with pytest.raises(DataError, match="is no public SSH key"):
        ssh.public_key(Path("/dev/zero"))
    (tmp_path / "broken").write_bytes(keys.ana.read_bytes()[:200])
    (tmp_path / "broken").chmod(0o600)
    with pytest.raises(SpecificationError, match="cannot sign: "):
        ssh.sign(b"", tmp_path / "broken")
    (tmp_path / "swapped").write_bytes(keys.ana.read_bytes())
    (tmp_path / "swapped").chmod(0o600)
    (tmp_path / "swapped.pub").write_bytes(keys.ben.with_name("ben.pub").read_bytes())
    with pytest.raises((SpecificationError, IntegrityError), match="swapped"):
        enter_claim(tmp_path, claim_of(), tmp_path / "swapped")
    assert load_ledger(tmp_path) == ()


def test_without_ssh_keygen_one_sentence_says_so(keys, monkeypatch):
    ours, trust = claim_of(key=keys.ana), keys.trust("ana")
    monkeypatch.setattr(ssh.shutil, "which", lambda name: None)
    with pytest.raises(SpecificationError, match="ssh-keygen is not installed"):
        ssh.sign(b"", keys.ana)
    assert said(ours, None, None) == {"signature": "review"}
    with pytest.raises(SpecificationError, match="ssh-keygen is not installed"):
        said(ours, None, trust)
    assert ledger.LEDGER == "releases.jsonl"
