"""Signs what was released or withdrawn before: the file, and its line in the ledger."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.whole import locked, write_whole
from ctresearch.studies.kept.evidence import bundle_bytes
from ctresearch.studies.release.bundle import sidecar
from ctresearch.studies.release.verify import slim, verify_bundle
from ctresearch.studies.release.withdraw import STONE, read_tombstone
from ctresearch.studies.signing.ledger import LEDGER, Entry, enter_gone, enter_release
from ctresearch.studies.signing.ssh import sign
from ctresearch.studies.signing.vouch import SIGNATURE

if TYPE_CHECKING:
    from pathlib import Path

_MENDED = {"signature", "ledger"}  # what signing again puts right, such as a signature by a key that is lost


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that is in its place.

    Parameters
    ----------
    path : pathlib.Path
        Its file.
    fingerprint : str
        The key.
    ledger : pathlib.Path
        Where it was entered.
    number : int
        On which line.
    """

    path: Path
    fingerprint: str
    ledger: Path
    number: int


def sign_release(file: Path, key: Path) -> Signed:
    """Sign a bundle or a tombstone, and enter that in the ledger of its project.

    Parameters
    ----------
    file : pathlib.Path
        A bundle, or ``NAME.withdrawn.json``.
    key : pathlib.Path
        SSH key that signs.

    Returns
    -------
    Signed
        Where the signature is.

    Raises
    ------
    DataError
        If the file cannot be read.
    IntegrityError
        If the bundle does not verify: nobody should vouch for it.

    Examples
    --------
    >>> from pathlib import Path
    >>> sign_release(Path("no such bundle.zip"), Path("key"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: 'no such bundle.zip' cannot be read: No such file or directory
    """
    content = whole = bundle_bytes(file)
    shelf = _shelf(file)
    if file.name.endswith(STONE):
        made = sign(content, key)
        entry = _enter_stone(shelf, file, content, key)
    else:
        listing = _verified(file, content)
        content = slim(content, listing)
        made = sign(content, key)
        digest = hashlib.sha256(content).hexdigest()
        entry = enter_release(shelf, listing["study"], listing["version"], digest, listing["date"], key=key)
    path = file.with_name(file.name + SIGNATURE)
    with locked(file.parent):
        if not (sidecar(file).exists() or file.name.endswith(STONE)):
            write_whole(sidecar(file), f"{hashlib.sha256(whole).hexdigest()}  {file.name}\n".encode())
        write_whole(path, made.text.encode())
    return Signed(path, made.key.fingerprint, shelf / LEDGER, entry.number)


def _verified(file: Path, content: bytes) -> dict[str, Any]:
    """Verify a bundle but for its signatures, and return its listing."""
    found = verify_bundle(file)
    wrong = [check for check in found.checks if check.status == "fail" and check.name not in _MENDED]
    if wrong:
        raise IntegrityError(f"{file.name} does not verify, so it is not signed: {wrong[0].name}, {wrong[0].message}")
    if found.sha256 != hashlib.sha256(content).hexdigest():
        raise IntegrityError(f"{file.name} changed while it was read, so it is not signed: sign it when it is at rest")
    return dict(found.listing)


def _enter_stone(shelf: Path, file: Path, content: bytes, key: Path) -> Entry:
    """Enter a withdrawal whose tombstone stands."""
    try:
        said = json.loads(content)
        stone = read_tombstone(file.parent, said["study"], said["version"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"the tombstone {file} cannot be read: {type(error).__name__}") from error
    if stone is None:
        raise DataError(f"{file} is no tombstone that `ctresearch withdraw` wrote")
    kind = "recall" if said.get("kind") == "recall" else "withdraw"
    return enter_gone(shelf, kind, stone, hashlib.sha256(content).hexdigest(), key=key)


def _shelf(file: Path) -> Path:
    """Return the folder of the ledger: where one stands above the file, else its project, else beside it."""
    above = file.resolve().parents
    found = next((one for one in above if (one / LEDGER).is_file()), None)
    return found or next((one for one in above if (one / "store" / "sha256").is_dir()), file.resolve().parent)
