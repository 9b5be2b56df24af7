"""SSH keys and ledgers for tests of signatures; the keys are made anew for each session."""

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from ctresearch.studies.signing.ledger import FIRST, LEDGER, canonical, enter_release
from ctresearch.studies.signing.ssh import public_key, sign
from ctresearch.studies.signing.trust import read_trust
from ctresearch.studies.signing.vouch import Claim, vouched

DAY = "2026-01-31"


@dataclass(frozen=True)
class Keys:
    """Private keys of Ana, of Ben who follows her, and of somebody else."""

    ana: Path
    ben: Path
    other: Path

    def trust(self, *names, options="", path=None):
        """Write a trust file and read it; Ana alone by default."""
        lines = [f"{name}@example.org {options} {public_key(getattr(self, name)).line}" for name in names or ("ana",)]
        file = path or self.ana.parent / "trust"
        file.write_text("".join(f"{' '.join(line.split())}\n" for line in lines))
        return read_trust(file)

    def fingerprint(self, name):
        return public_key(getattr(self, name)).fingerprint


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ana", "ben", "other"):
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)]
        subprocess.run(make, check=True)
    return Keys(folder / "ana", folder / "ben", folder / "other")


def claim_of(content=b"the bundle", key=None, **changed):
    """A release of these bytes, with a signature beside it if a key is given."""
    beside = None if key is None else sign(content, key).text
    return Claim(**{"study": "demo", "version": "1.0", "date": DAY, "content": content, "beside": beside, **changed})


def enter_claim(folder, claim, key):
    return enter_release(folder, claim.study, claim.version, claim.digest, claim.date, key=key)


def lines_of(folder):
    return [json.loads(line) for line in (folder / LEDGER).read_text().splitlines()]


def rechained(lines):
    """Number the lines anew and make their digests fit, as somebody would who knows the format but has no key."""
    done, previous = [], FIRST
    for number, line in enumerate(lines, 1):
        body = {k: v for k, v in line.items() if k not in {"digest", "signature"}}
        body |= {"number": number, "previous": previous}
        previous = hashlib.sha256(canonical(body)).hexdigest()
        done.append({**body, "digest": previous, "signature": line["signature"]})
    return done


def written(lines):
    return b"".join(canonical(line) + b"\n" for line in lines)


def said(claim, ledger, trust, head=None):
    """What is found, by name of the check: its status."""
    return {check.name: check.status for check in vouched(claim, ledger, trust, head)}
