"""What a signature, a ledger and a trust file are worth, sentence by sentence, with no key and no program to sign."""

import base64
import datetime as dt
import hashlib
import struct
from pathlib import Path
from types import SimpleNamespace

import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.signing import keys, ledger, ssh, trust, vouch
from ctresearch.studies.signing.keys import Keys, Standing
from ctresearch.studies.signing.ledger import FIRST, LEDGER, Entry, canonical
from ctresearch.studies.signing.ssh import PublicKey, Signature
from ctresearch.studies.signing.trust import Trust, TrustedKey
from ctresearch.studies.signing.vouch import Claim

DAY = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)
MINE, OTHER = "SHA256:mine", "SHA256:other"
OWN = Trust((), "allowed_signers", "project")


def entry(kind="release", number=1, key=MINE, time="2026-01-31T12:00:00Z", **body):
    said = {"study": "demo", "version": "1.0", "bundle": "d"} | body
    whole = {"kind": kind, "number": number, "key": key, "time": time} | said
    return Entry(whole, f"digest {number}", "signed")


def claim(**changed):
    given = {"study": "demo", "version": "1.0", "date": "2026-01-31", "content": b"zip", "beside": None}
    return Claim(**(given | changed))


def told(check):
    return check.name, check.status, str(check.message)


@pytest.mark.parametrize(
    ("grade", "origin", "asked", "status", "said"),
    [
        ("trusted", "project", False, "pass", f"Signed by Ana, whom allowed_signers trusts, with {MINE}."),
        ("trusted", "asked", True, "pass", f"Signed by Ana, whom allowed_signers trusts, with {MINE}."),
        ("trusted", "beside", False, "review", f"Signed by Ana with {MINE}, says the trust file that came with the b"),
        ("unknown", "project", False, "review", f"Signed with {MINE}, which is not trusted here: ask whose it is"),
        ("unknown", "asked", True, "fail", f"Signed with {MINE}, which is not trusted here: ask whose it is"),
        ("out of its dates", "project", False, "fail", f"Signed with {MINE} of Ana, outside the dates for which it is"),
        ("revoked", "project", False, "fail", f"Signed with {MINE}, which was revoked."),
    ],
)
def test_what_the_best_signature_is_worth(grade, origin, asked, status, said):
    worse = ["trusted", "unknown", "out of its dates", "revoked"]
    found = [(OTHER, Standing(one, "Eve")) for one in worse[worse.index(grade) + 1 :]] + [
        (MINE, Standing(grade, "Ana"))
    ]
    check = vouch._weighed(found, Trust((), "allowed_signers", origin), asked=asked)
    assert (check.name, check.status) == ("signature", status)
    assert str(check.message).startswith(said)


class Standings:
    """Keys of which each has the standing that it is given."""

    def __init__(self, grade="trusted"):
        self.trust, self.asked, self.grade = OWN, [], grade

    def standing(self, *given):
        self.asked.append(given)
        return Standing(self.grade, "Ana")


def signed_by(fingerprint, fits=True):
    return SimpleNamespace(key=SimpleNamespace(fingerprint=fingerprint), fits=lambda content: fits)


def test_signatures_beside_and_in_the_ledger_are_weighed_once_each(monkeypatch):
    weighed = []
    monkeypatch.setattr(vouch, "_weighed", lambda *given, asked: weighed.append((*given, asked)) or "weighed")
    monkeypatch.setattr(vouch, "read_signature", lambda text: signed_by(OTHER))
    mine = claim(beside="text")
    lines = [
        entry(bundle=mine.digest),
        entry(bundle=mine.digest, key=""),
        entry(bundle="another"),
        entry("withdraw", bundle=mine.digest),
    ]
    known = Standings()
    assert vouch._signature(mine, lines, known, asked=True) == "weighed"
    ((found, trusted, asked),) = weighed
    assert found == [(OTHER, Standing("trusted", "Ana")), (MINE, Standing("trusted", "Ana"))]
    assert (trusted, asked) == (OWN, True)
    end_of_day = dt.datetime(2026, 1, 31, 23, 59, 59, tzinfo=dt.UTC)
    assert known.asked == [(OTHER, end_of_day), (MINE, lines[0].moment, 1)]
    monkeypatch.setattr(vouch, "read_signature", lambda text: signed_by(MINE))
    vouch._signature(mine, lines, known, asked=False)
    assert [key for key, _ in weighed[1][0]] == [MINE]  # the line in the ledger says more of it


def test_a_signature_that_does_not_fit_fails_and_none_is_told(monkeypatch):
    assert told(vouch._signature(claim(), [], Standings(), asked=False)) == (
        "signature",
        "review",
        "Unsigned: nobody vouches for this bundle.",
    )
    assert vouch._signature(claim(), [], Standings(), asked=True).status == "fail"
    monkeypatch.setattr(vouch, "read_signature", lambda text: signed_by(MINE, fits=False))
    said = "The signature beside the bundle is not one of these bytes."
    assert told(vouch._signature(claim(beside="x"), [], Standings(), asked=False)) == ("signature", "fail", said)

    def broken(text):
        raise IntegrityError("the signature is none that ssh-keygen writes")

    monkeypatch.setattr(vouch, "read_signature", broken)
    said = "The signature beside the bundle: the signature is none that ssh-keygen writes."
    assert told(vouch._signature(claim(beside="x"), [], Standings(), asked=False)) == ("signature", "fail", said)


def test_what_the_ledger_knows_of_a_bundle():
    mine = claim()
    line, other = entry(bundle=mine.digest), entry(version="0.9", number=2)

    def said(entries, beside=None, found=True):
        return [told(one) for one in vouch._ledger(claim(beside=beside), entries, found)]

    assert said([], found=False) == []
    words = "No ledger is here, so whether the release was withdrawn since is not known."
    assert said([], beside="x", found=False) == [("ledger", "review", words)]
    words = "The ledger has another SHA-256 for this version: another bundle."
    assert said([entry(), line]) == [("ledger", "fail", words)]
    words = "The bundle is signed and the ledger does not know it: a line was removed, or never entered."
    assert said([other], beside="x") == [("ledger", "fail", words)]
    words = "The ledger is whole and knows the bundle; its last line, 2, is digest 2."
    assert said([line, other]) == [("ledger", "pass", words)]
    words = "The ledger does not know this bundle: it may be older."
    assert said([other]) == said([]) == [("ledger", "review", words)]


@pytest.mark.parametrize("kind", ["withdraw", "recall"])
def test_a_withdrawal_in_the_ledger_is_told_with_who_said_so(kind):
    gone = entry(kind, number=3, time="2026-02-01T08:00:00Z", tombstone=hashlib.sha256(b"stone").hexdigest())

    def said(grade="trusted", line=gone, **changed):
        known = Standings(grade)
        found = [told(one) for one in vouch._gone(claim(**changed), [entry(), line, line], known)]
        return found, known.asked

    assert said() == (
        [("withdrawn", "fail", "Withdrawn on 2026-02-01, says the ledger, signed by Ana.")],
        [(MINE, gone.moment, 3)],
    )
    assert said(tombstone=b"stone")[0] == said()[0]
    other = "Withdrawn on 2026-02-01, says the ledger, signed by Ana. The tombstone is another than the ledger has."
    assert said(tombstone=b"other")[0][0][2] == other
    assert said("unknown")[0][0][2].endswith(f"signed by {MINE}.")
    unsigned = entry(kind, key="", time="2026-02-01T08:00:00Z", tombstone="x")
    assert said(line=unsigned) == (
        [("withdrawn", "fail", "Withdrawn on 2026-02-01, says the ledger, signed by nobody.")],
        [],
    )
    assert said(version="1.1")[0] == []


def test_without_the_tool_nothing_is_checked_and_who_asked_is_told(monkeypatch):
    monkeypatch.setattr(vouch, "installed", lambda: False)
    words = "Signatures were not checked: ssh-keygen is not installed."
    for given in ((claim(beside="x"), None), (claim(), b"lines")):
        assert [told(one) for one in vouch.vouched(*given, OWN)] == [("signature", "review", words)]
        with pytest.raises(SpecificationError, match=r"^ssh-keygen is not installed, so no signature can be checked"):
            list(vouch.vouched(*given, Trust((), "t", "asked")))
    assert [one.name for one in vouch.vouched(claim(), None, None)] == ["signature"]


def test_a_ledger_that_is_not_whole_is_told_and_the_rest_is_weighed_without_it(monkeypatch):
    monkeypatch.setattr(vouch, "installed", lambda: True)
    seen = []

    def sound(*given):
        seen.append(given)
        raise IntegrityError("line 2 of the ledger was edited")

    monkeypatch.setattr(vouch, "_sound", sound)
    found = [told(one) for one in vouch.vouched(claim(), b"lines", None, "head")]
    assert found[0] == ("ledger", "fail", "The ledger is not whole: line 2 of the ledger was edited.")
    assert [name for name, *_ in found] == ["ledger", "signature"]
    assert seen == [(b"lines", "head")]


def test_a_line_that_the_reader_knows_must_be_there(monkeypatch):
    monkeypatch.setattr(vouch, "sound_entries", lambda content: (entry(), entry(number=2)) if content else ())
    assert len(vouch._sound(b"x", None)) == 2
    assert len(vouch._sound(b"x", " DIGEST 2\n")) == 2
    for content, head in ((b"x", "digest 3"), (None, "digest 1")):
        with pytest.raises(IntegrityError, match="has the digest that was given with --head, so lines were removed"):
            vouch._sound(content, head)
    assert vouch._sound(None, None) == ()


def test_trust_and_ledger_are_found_near(monkeypatch, tmp_path):
    read = []
    monkeypatch.setattr(vouch, "read_trust", lambda *given: read.append(given) or "trust")
    bundle = tmp_path / "p" / "releases" / "demo.zip"
    bundle.parent.mkdir(parents=True)
    project = tmp_path / "mine"
    project.mkdir()
    assert vouch.trust_near(bundle, project) is None
    assert vouch.ledger_near(bundle) is None
    (tmp_path / "allowed_signers").touch()
    (tmp_path / LEDGER).write_bytes(b"far")
    (tmp_path / "p" / LEDGER).write_bytes(b"near")
    assert vouch.ledger_near(bundle) == b"near"
    assert vouch.trust_near(bundle, None) == "trust"
    (project / "allowed_signers").touch()
    vouch.trust_near(bundle, project)
    assert read == [(tmp_path / "allowed_signers", "beside"), (project / "allowed_signers", "project")]


def test_who_signed_a_tombstone_is_said_in_words(monkeypatch, tmp_path):
    stone, known = tmp_path / "stone.json", Standings()
    stone.write_bytes(b"stone")
    made = signed_by(MINE)
    monkeypatch.setattr(vouch, "installed", lambda: True)
    monkeypatch.setattr(vouch, "keys_of", lambda entries, trust: known)
    monkeypatch.setattr(vouch, "read_signature", lambda text: made if text == "signed" else pytest.fail(text))
    assert vouch.signer_of(stone, "2026-02-01", None) == "not signed"
    (tmp_path / "stone.json.sig").write_text("signed")
    assert vouch.signer_of(stone, "2026-02-01", None) == "signed by Ana"
    assert known.asked == [(MINE, dt.datetime(2026, 2, 1, 23, 59, 59, tzinfo=dt.UTC))]
    known.grade = "unknown"
    assert vouch.signer_of(stone, "2026-02-01", None) == f"signed by {MINE}, which is unknown"
    changed = "whose signature is not one of it: somebody changed it"
    assert vouch.signer_of(stone, "no day", None) == changed
    made = signed_by(MINE, fits=False)
    assert vouch.signer_of(stone, "2026-02-01", None) == changed
    monkeypatch.setattr(vouch, "installed", lambda: False)
    assert vouch.signer_of(stone, "2026-02-01", None) == "its signature was not checked: ssh-keygen is not installed"


def test_a_key_counts_by_file_by_hand_over_and_until_it_is_revoked():
    listed = Trust((TrustedKey("Ana", MINE, DAY, DAY + dt.timedelta(days=9)),), "t", "project")
    plain = Keys(listed, {}, {})
    assert plain.standing(MINE, DAY) == Standing("trusted", "Ana")
    assert plain.standing(MINE, DAY + dt.timedelta(days=9)) == Standing("trusted", "Ana")
    assert plain.standing(MINE, DAY - dt.timedelta(seconds=1)) == Standing("out of its dates", "Ana")
    assert plain.standing(MINE, DAY + dt.timedelta(days=9, seconds=1)) == Standing("out of its dates", "Ana")
    assert plain.standing(OTHER, DAY) == Standing("unknown", "")
    handed = Keys(listed, {OTHER: (3, "Ben")}, {})
    assert [handed.standing(OTHER, DAY, number).grade for number in (None, 4, 3)] == ["trusted", "trusted", "unknown"]
    assert handed.standing(OTHER, DAY).who == "Ben"
    gone = Keys(listed, {}, {MINE: (5, DAY + dt.timedelta(days=1))})
    assert gone.standing(MINE, DAY, 5) == Standing("trusted", "Ana")
    assert gone.standing(MINE, DAY, 6) == Standing("revoked", "Ana")
    assert gone.standing(MINE, DAY + dt.timedelta(days=1)) == Standing("revoked", "Ana")
    assert gone.standing(MINE, DAY) == Standing("trusted", "Ana")


@pytest.mark.parametrize(
    ("subject", "fits"),
    [
        ("SHA256:" + "x" * 43, True),
        ("SHA256:" + "x" * 44, True),
        ("SHA256:" + "x" * 42, False),
        ("SHA256:" + "x" * 45, False),
        ("MD5:xx:" + "x" * 43, False),
    ],
)
def test_a_fingerprint_has_its_length(monkeypatch, tmp_path, subject, fits):
    entered = []
    monkeypatch.setattr(keys, "enter", lambda *given: entered.append(given) or "line")
    if not fits:
        with pytest.raises(SpecificationError, match=f"^fingerprint == '{subject}', must look like SHA256:"):
            keys.revoke(tmp_path, subject, tmp_path / "key")
        return
    assert keys.revoke(tmp_path, subject, tmp_path / "key", "2026-01-31") == "line"
    body = {"kind": "key", "action": "revoke", "subject": subject, "public": "", "since": "2026-01-31"}
    assert entered == [(tmp_path, body, tmp_path / "key")]
    keys.revoke(tmp_path, subject, tmp_path / "key")
    assert entered[1][1]["since"] == ""
    tomorrow = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)).isoformat()
    with pytest.raises(SpecificationError, match=f"^since == '{tomorrow}' is to come, and until then the key would"):
        keys.revoke(tmp_path, subject, tmp_path / "key", tomorrow)
    with pytest.raises(SpecificationError, match=r"^since == 'soon', must be a day such as 2026-01-31$"):
        keys.revoke(tmp_path, subject, tmp_path / "key", "soon")


def test_one_key_hands_over_to_another_and_not_to_itself(monkeypatch, tmp_path):
    new, entered = PublicKey("ssh-ed25519", b"blob"), []
    monkeypatch.setattr(keys, "public_key", lambda path: new)
    monkeypatch.setattr(keys, "public_key_of", lambda path: MINE)
    monkeypatch.setattr(keys, "enter", lambda *given: entered.append(given) or "line")
    assert keys.rotate(tmp_path, tmp_path / "old", tmp_path / "new") == "line"
    body = {"kind": "key", "action": "rotate", "subject": new.fingerprint, "public": new.line, "since": ""}
    assert entered == [(tmp_path, body, tmp_path / "old")]
    monkeypatch.setattr(keys, "public_key_of", lambda path: new.fingerprint)
    with pytest.raises(SpecificationError, match=f"^new == '{tmp_path / 'new'}' is the old key itself"):
        keys.rotate(tmp_path, tmp_path / "old", tmp_path / "new")


def string(content):
    return struct.pack(">L", len(content)) + content


BLOB = string(b"ssh-ed25519") + string(b"k" * 32)


def armoured(content):
    lines = base64.encodebytes(content).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}-----END SSH SIGNATURE-----\n"


def test_a_key_goes_by_the_hash_of_its_blob():
    key = PublicKey("ssh-ed25519", BLOB)
    assert key.fingerprint == "SHA256:" + base64.b64encode(hashlib.sha256(BLOB).digest()).decode().rstrip("=")
    assert key.line == f"ssh-ed25519 {base64.b64encode(BLOB).decode()}"
    assert ssh.read_key(f"{key.line} a comment\n") == key
    for text in ("", "ssh-ed25519", f"ssh-rsa {base64.b64encode(BLOB).decode()}", "ssh-ed25519 ?", "x y"):
        with pytest.raises(
            DataError, match=r"^this is no public SSH key, must be a line that begins with one of ssh-ed"
        ):
            ssh.read_key(text)


def test_a_signature_is_read_for_its_key_and_its_purpose():
    magic = b"SSHSIG" + struct.pack(">L", 1)
    text = armoured(magic + string(BLOB) + string(b"ctresearch-release") + string(b"") + string(b"sha512"))
    made = ssh.read_signature(f"\n{text}\n")
    assert (made.key, made.namespace) == (PublicKey("ssh-ed25519", BLOB), "ctresearch-release")
    assert made.text == text
    for wrong, said in (
        ("", "no beginning or no end"),
        ("-----BEGIN SSH SIGNATURE-----\n-----END SSH SIGNATURE-----\n", "no beginning or no end"),
        (text.replace("BEGIN", "BEGINS"), "no beginning or no end"),
        (text + "x" * 2**14, "no beginning or no end"),
        (armoured(b"SSHSIG" + struct.pack(">L", 2) + string(BLOB)), "it begins as another thing"),
        (armoured(magic + string(BLOB)[:-1]), "it cannot be decoded"),
        (armoured(magic + b"\0\0"), "it cannot be decoded"),
        (text.replace(text.splitlines()[1], "?" * 8), "it cannot be decoded"),
    ):
        with pytest.raises(IntegrityError, match=f"^the signature is none that ssh-keygen writes: {said}$"):
            ssh.read_signature(wrong)
    assert ssh._part(string(b"ab") + b"rest") == (b"ab", b"rest")
    assert ssh._part(string(b"")) == (b"", b"")


def test_a_signature_fits_only_for_releases(monkeypatch):
    asked = []
    monkeypatch.setattr(ssh, "_fits", lambda *given: asked.append(given) or True)
    key = PublicKey("ssh-ed25519", BLOB)
    assert Signature("text", key, "ctresearch-release").fits(b"zip")
    assert asked == [("text", key.fingerprint, b"zip")]
    assert not Signature("text", key, "git").fits(b"zip")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("code", "said", "fits"), [(0, f"Good signature with {MINE} key", True), (1, MINE, False), (0, "Good x", False)]
)
def test_the_tool_is_asked_about_a_file_of_its_own(monkeypatch, code, said, fits):
    asked = []

    def ask(what, *words, content):
        asked.append((what, words[0], Path(words[1]).read_text(encoding="ascii"), content))
        return SimpleNamespace(returncode=code, stdout=said.encode())

    monkeypatch.setattr(ssh, "_ask", ask)
    assert ssh._fits.__wrapped__("text", MINE, b"zip") is fits
    assert asked == [("check-novalidate", "-s", "text", b"zip")]


def test_the_tool_is_called_for_releases_and_in_plain_words(monkeypatch):
    asked = []
    monkeypatch.setattr(ssh.shutil, "which", lambda name: f"/bin/{name}")
    monkeypatch.setattr(ssh.subprocess, "run", lambda *given, **more: asked.append((given, more)) or "done")
    monkeypatch.setenv("LC_ALL", "fr_FR")
    assert ssh._ask("sign", "-q", content=b"x") == "done"
    ((command,), options), *_ = asked
    assert command == ["/bin/ssh-keygen", "-Y", "sign", "-n", "ctresearch-release", "-q"]
    environment = options.pop("env")
    assert (environment["LC_ALL"], environment["TZ"]) == ("C", "UTC")
    assert "PATH" in environment
    assert options == {"input": b"x", "capture_output": True, "check": False}
    monkeypatch.setattr(ssh.shutil, "which", lambda name: None)
    assert not ssh.installed()
    with pytest.raises(
        SpecificationError, match=r"^ssh-keygen is not installed, and signatures are made and checked by"
    ):
        ssh._ask("sign", content=b"")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (b"@ WARNING: UNPROTECTED PRIVATE KEY FILE!\n", "others may read it: `chmod 600` it first"),
        (
            b"incorrect passphrase supplied\n",
            "it is locked by a passphrase that was not given: add it to an agent with",
        ),
        (b"first\n  last words \n\n", "last words"),
        (b"", "ssh-keygen does not say why"),
        (b"\xff\n", "\ufffd"),
    ],
)
def test_why_a_key_does_not_sign(said, why):
    assert ssh._why(said).startswith(why)


@pytest.mark.parametrize(
    ("content", "is_key"),
    [
        (b"-----BEGIN OPENSSH PRIVATE KEY-----\n", True),
        (b"-----BEGIN " + b"x" * 72 + b" PRIVATE KEY-----", True),
        (b"-----BEGIN " + b"x" * 73 + b" PRIVATE KEY-----", False),
        (b"-----BEGIN CERTIFICATE-----\n", False),
        (b" -----BEGIN OPENSSH PRIVATE KEY-----\n", False),
        (b"ssh-ed25519 AAAA", True),
        (b"sk-ssh-ed25519@openssh.com AAAA", True),
        (b"text", False),
        (b"ssh-ed25519 " + b"x" * (2**14 - 12), True),
        (b"ssh-ed25519 " + b"x" * (2**14 - 11), False),
    ],
)
def test_what_looks_like_a_key(tmp_path, content, is_key):
    (tmp_path / "key").write_bytes(content)
    assert ssh._is_key(tmp_path / "key") is is_key
    assert ssh._is_key(tmp_path)  # which says itself why it cannot be read


def test_a_key_signs_or_says_why_not(monkeypatch, tmp_path):
    key, asked = tmp_path / "key", []
    done = SimpleNamespace(returncode=0, stdout=b"signed\xff", stderr=b"no")
    made = SimpleNamespace(fits=lambda content: content == b"zip")
    monkeypatch.setattr(ssh, "_ask", lambda *given, **more: asked.append((given, more)) or done)
    monkeypatch.setattr(ssh, "read_signature", lambda text: made if text == "signed\ufffd" else None)
    with pytest.raises(SpecificationError, match=f"^key == '{key}' is no file, must be a private SSH key"):
        ssh.sign(b"zip", key)
    key.write_text("text")
    with pytest.raises(SpecificationError, match=f"^key == '{key}' cannot sign: it is no SSH key, must be"):
        ssh.sign(b"zip", key)
    key.write_text("ssh-ed25519 AAAA")
    assert ssh.sign(b"zip", key) is made
    assert asked == [(("sign", "-q", "-f", str(key)), {"content": b"zip"})]
    with pytest.raises(SpecificationError, match=f"^key == '{key}' gave a signature that ssh-keygen does not accept"):
        ssh.sign(b"other", key)
    done.returncode = 1
    with pytest.raises(SpecificationError, match=f"^key == '{key}' cannot sign: no$"):
        ssh.sign(b"zip", key)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ('namespaces="a,b"', {"namespaces": "a,b"}),
        ('valid-after="20260131",valid-before="20270131"', {"valid-after": "20260131", "valid-before": "20270131"}),
        ('Namespaces=""', {"namespaces": ""}),
        ('namespaces="a",namespaces="b"', None),
        ("namespaces", None),
        ("cert-authority", None),
        ('other="x"', None),
        ('namespaces="a" valid-after="x"', None),
    ],
)
def test_options_that_are_known_are_read_and_others_refused(text, options):
    if options is not None:
        assert trust._options(text) == options
    else:
        with pytest.raises(DataError, match=r'^options must be of namespaces="...", valid-after="YYYYMMDD"'):
            trust._options(text)


@pytest.mark.parametrize(
    ("patterns", "fits"),
    [
        ("ctresearch-release", True),
        ("git,ctresearch-*", True),
        ("git", False),
        ("*,!ctresearch-release", False),
        ("*,!git", True),
        ("", False),
        ("CTRESEARCH-RELEASE", False),
    ],
)
def test_names_match_as_ssh_matches_them(patterns, fits):
    assert trust._one_of("ctresearch-release", patterns) is fits


def test_a_line_says_who_with_what_for_what_and_when():
    key = PublicKey("ssh-ed25519", BLOB)
    (plain,) = trust._keys_of(f"ana {key.line} a comment")
    assert plain == TrustedKey("ana", key.fingerprint, None, None)
    (dated,) = trust._keys_of(f'"Ana P" namespaces="*",valid-after="20260131Z",valid-before="202701311200" {key.line}')
    assert (dated.who, dated.after) == ("Ana P", DAY)
    assert dated.before == dt.datetime(2027, 1, 31, 12, tzinfo=dt.UTC)
    assert trust._keys_of(f'ana namespaces="git" {key.line}') == []
    with pytest.raises(DataError, match=r"^has 2 words, must name who, then options if any"):
        trust._keys_of("ana ssh-ed25519")
    assert trust._moment("20260131120000Z") == DAY.replace(hour=12)
    assert trust._moment(None) is None
    for wrong in ("2026", "2026013x", "20261331", "٢٠٢٦٠١٣١"):
        with pytest.raises(DataError, match=f"^'{wrong}' is no time, must look like 20260131"):
            trust._moment(wrong)


def test_a_line_is_entered_on_the_one_before_and_its_clock_never_goes_back(monkeypatch, tmp_path):
    monkeypatch.setattr(ledger, "public_key_of", lambda key: MINE)
    monkeypatch.setattr(ledger, "_sign", lambda content, key, whose: f"signed {len(content)} {key} {whose}")
    body = {"kind": "release", "study": "demo", "version": "1.0", "bundle": "d", "date": "2026-01-31"}
    first = ledger.enter(tmp_path, body, None, now=DAY.replace(microsecond=9))
    place = {"format": "ctresearch-ledger/1", "number": 1, "previous": FIRST, "time": "2026-01-31T00:00:00Z", "key": ""}
    assert first.body == body | place
    assert (first.signature, first.digest) == ("", hashlib.sha256(canonical(first.body)).hexdigest())
    asked = []
    second = ledger.enter(tmp_path, body, "k", hold=lambda *given: asked.append(given), now=DAY - dt.timedelta(days=1))
    assert asked == [((first,), MINE)]
    assert (second.number, second.key, second.moment) == (2, MINE, DAY)
    assert second.body["previous"] == first.digest
    assert second.signature == f"signed {len(canonical(second.body))} k {MINE}"
    assert ledger.load_ledger(tmp_path) == (first, second)
    assert ledger.enter(tmp_path, body, None, hold=lambda entries, whose: entries[0]) == first
    assert len(ledger.load_ledger(tmp_path)) == 2


def test_a_version_is_entered_once_a_key_and_never_with_other_bytes(monkeypatch, tmp_path):
    monkeypatch.setattr(ledger, "public_key_of", lambda key: key)
    monkeypatch.setattr(ledger, "_sign", lambda *_: "signed")

    def release(bundle="d", key=None, version="1.0"):
        return ledger.enter_release(tmp_path, "demo", version, bundle, "2026-01-31", key=key).number

    assert (release(), release(), release(key=MINE), release(key=MINE), release()) == (1, 1, 2, 2, 1)
    assert release(key=OTHER) == 3
    assert release(version="1.1", bundle="e") == 4
    told_so = f"^demo 1.0 was entered in {LEDGER} with other bytes, dated 2026-01-31, and a version once released is"
    with pytest.raises(SpecificationError, match=told_so):
        release("other")
    stone = {"study": "demo", "version": "1.0", "sha256": "d"}
    gone = ledger.enter_gone(tmp_path, "withdraw", stone, "t", key=MINE)
    assert {key: gone.body[key] for key in ("kind", "study", "version", "bundle", "tombstone")} == {
        "kind": "withdraw",
        "study": "demo",
        "version": "1.0",
        "bundle": "d",
        "tombstone": "t",
    }
    assert ledger.enter_gone(tmp_path, "withdraw", stone, "t").number == 5
    assert ledger.enter_gone(tmp_path, "withdraw", stone, "t", key=OTHER).number == 6
    assert ledger.enter_gone(tmp_path, "recall", stone, "t").number == 7
    day = gone.body["time"][:10]
    with pytest.raises(
        SpecificationError, match=f"^{LEDGER} says that demo 1.0 was withdrawn on {day}: choose another"
    ):
        release()


def test_a_key_is_known_by_its_public_half_or_by_signing_once(monkeypatch, tmp_path):
    beside = PublicKey("ssh-ed25519", BLOB)
    signed = []
    monkeypatch.setattr(ledger, "public_key", lambda path: beside)
    made = SimpleNamespace(key=SimpleNamespace(fingerprint=OTHER), text="signed")
    monkeypatch.setattr(ledger, "sign", lambda *given: signed.append(given) or made)
    assert ledger.public_key_of(tmp_path / "key") == OTHER
    assert signed == [(b"", tmp_path / "key")]
    assert ledger.public_key_of(tmp_path / "key.pub") == beside.fingerprint
    (tmp_path / "key.pub").touch()
    assert ledger.public_key_of(tmp_path / "key") == beside.fingerprint
    assert len(signed) == 1
    assert ledger._sign(b"line", tmp_path / "key", OTHER) == "signed"
    with pytest.raises(
        SpecificationError, match=f"signs as {OTHER}, and the file .pub beside it is {MINE}: put its own"
    ):
        ledger._sign(b"line", tmp_path / "key", MINE)


def test_a_line_has_one_form_whatever_its_letters_and_its_order():
    assert canonical({"b": "é", "a": [1, None], "c": {"z": 1, "y": 2}}) == (
        '{"a":[1,null],"b":"é","c":{"y":2,"z":1}}'.encode()
    )
    assert ledger.read_moment("2026-01-31T12:00:00Z") == DAY.replace(hour=12)
    assert entry().is_of("demo", "1.0")
    assert not entry().is_of("demo", "1.1")
    assert not entry("key", study=None).is_of("demo", "1.0")
