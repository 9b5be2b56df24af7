"""Signatures by SSH keys, made and checked by ``ssh-keygen -Y``: one scheme, offline, with keys that people have.

A signature is read here, so that whose it is can be told even where it does not fit; whether it fits is decided by
``ssh-keygen`` alone.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import struct
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.temporary import temporary_folder
from ctresearch.studies.base.whole import read_beginning

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "ctresearch-release"
TOOL = "ssh-keygen"
LONGEST = 2**14  # characters of a signature or a public key; that of a large RSA key has 3,000
KINDS = (
    *("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"),
    *("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"),
)
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG" + struct.pack(">L", 1)


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The public half of a key.

    Parameters
    ----------
    kind : str
        Such as ``"ssh-ed25519"``.
    blob : bytes
        The key as SSH writes it.

    Examples
    --------
    >>> PublicKey("ssh-ed25519", b"").fingerprint[:7]
    'SHA256:'
    """

    kind: str
    blob: bytes

    @property
    def fingerprint(self) -> str:
        """What the key is called, as ``ssh-keygen -l`` writes it."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.blob).digest()).rstrip(b"=").decode()

    @property
    def line(self) -> str:
        """The key as a line of ``allowed_signers`` ends."""
        return f"{self.kind} {base64.b64encode(self.blob).decode()}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it was read; whether it fits is another question.

    Parameters
    ----------
    text : str
        The armoured form.
    key : PublicKey
        Whose it says it is.
    namespace : str
        What it was made for.

    Examples
    --------
    >>> Signature("", PublicKey("ssh-ed25519", b""), NAMESPACE).namespace
    'ctresearch-release'
    """

    text: str
    key: PublicKey
    namespace: str

    def fits(self, content: bytes) -> bool:
        """Ask ``ssh-keygen`` whether the signature is one of this content, for releases.

        Parameters
        ----------
        content : bytes
            What was signed.

        Returns
        -------
        bool
            Whether it is.

        Raises
        ------
        SpecificationError
            If ``ssh-keygen`` is not installed.
        """
        return self.namespace == NAMESPACE and _fits(self.text, self.key.fingerprint, content)


def sign(content: bytes, key: Path) -> Signature:
    """Sign a content.

    Parameters
    ----------
    content : bytes
        What is signed.
    key : pathlib.Path
        The private key, or the public half of one that an agent or a security key holds.

    Returns
    -------
    Signature
        One that fits.

    Raises
    ------
    SpecificationError
        If the key cannot sign, or ``ssh-keygen`` is not installed.

    Examples
    --------
    >>> from pathlib import Path
    >>> sign(b"", Path("no such key"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: key == 'no such key' is no file, ...
    """
    must = "must be a private SSH key, or the public half of one that an agent holds"
    if not key.is_file():
        raise SpecificationError(f"key == {str(key)!r} is no file, {must}")
    if not _is_key(key):
        raise SpecificationError(f"key == {str(key)!r} cannot sign: it is no SSH key, {must}")
    done = _ask("sign", "-q", "-f", str(key), content=content)
    if done.returncode != 0:
        raise SpecificationError(f"key == {str(key)!r} cannot sign: {_why(done.stderr)}")
    made = read_signature(done.stdout.decode("ascii", "replace"))
    if not made.fits(content):
        raise SpecificationError(f"key == {str(key)!r} gave a signature that {TOOL} does not accept: use another key")
    return made


def read_signature(text: str) -> Signature:
    """Read a signature.

    Parameters
    ----------
    text : str
        The armoured form.

    Returns
    -------
    Signature
        Whose it says it is, and what for.

    Raises
    ------
    IntegrityError
        If it is none.

    Examples
    --------
    >>> read_signature("signed, A.")
    Traceback (most recent call last):
    ...
    ctresearch.studies.base.errors.IntegrityError: the signature is none that ssh-keygen writes: no beginning or no end
    """
    lines = text.strip().splitlines()
    if len(text) > LONGEST or len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise IntegrityError(f"the signature is none that {TOOL} writes: no beginning or no end")
    try:
        content = base64.b64decode("".join(lines[1:-1]), validate=True)
        if not content.startswith(_MAGIC):
            raise IntegrityError(f"the signature is none that {TOOL} writes: it begins as another thing")
        blob, rest = _part(content[len(_MAGIC) :])
        namespace, _ = _part(rest)
        return Signature("\n".join(lines) + "\n", PublicKey(_kind(blob), blob), namespace.decode("ascii"))
    except ValueError as error:
        raise IntegrityError(f"the signature is none that {TOOL} writes: it cannot be decoded") from error


def read_key(text: str) -> PublicKey:
    """Read a public key.

    Parameters
    ----------
    text : str
        A line such as that of a file ``.pub``.

    Returns
    -------
    PublicKey
        The key.

    Raises
    ------
    DataError
        If it is none.

    Examples
    --------
    >>> read_key("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHwMZ4xeaIgHG+0rNRRhvIp0+tsAbd/84J37vf1f8iEN ana").fingerprint
    'SHA256:mxe7BpNNNMheGWswvqceJ/hc02Ku2JV8gkVSObu3DRs'
    """
    words = text[:LONGEST].split()
    try:
        kind, blob = words[0], base64.b64decode(words[1], validate=True)
        if kind in KINDS and _kind(blob) == kind:
            return PublicKey(kind, blob)
    except (IndexError, ValueError):
        pass
    raise DataError(f"this is no public SSH key, must be a line that begins with one of {', '.join(KINDS)}")


def public_key(path: Path) -> PublicKey:
    """Read the public half of a key from its file.

    Parameters
    ----------
    path : pathlib.Path
        A file ``.pub``, or a private key that stands beside its own.

    Returns
    -------
    PublicKey
        The key.

    Raises
    ------
    DataError
        If there is none.

    Examples
    --------
    >>> from pathlib import Path
    >>> public_key(Path("no such key"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: 'no such key' cannot be read: No such file or directory
    """
    beside = path.with_name(path.name + ".pub")
    chosen = beside if path.suffix != ".pub" and beside.is_file() else path
    try:
        return read_key(read_beginning(chosen, LONGEST).decode())
    except OSError as error:
        raise DataError(f"{str(chosen)!r} cannot be read: {error.strerror}") from error
    except ValueError as error:  # a DataError too
        raise DataError(
            f"{str(chosen)!r} is no public SSH key: give the file .pub that `{TOOL} -t ed25519` wrote beside the "
            "private one"
        ) from error


def installed() -> bool:
    """Say whether ``ssh-keygen`` is there.

    Returns
    -------
    bool
        Whether it is.

    Examples
    --------
    >>> isinstance(installed(), bool)
    True
    """
    return shutil.which(TOOL) is not None


def _ask(what: str, *words: str, content: bytes) -> subprocess.CompletedProcess[bytes]:
    """Call ``ssh-keygen -Y`` with a content on its standard input."""
    program = shutil.which(TOOL)
    if program is None:
        raise SpecificationError(
            f"{TOOL} is not installed, and signatures are made and checked by it: install OpenSSH 8.2 or newer"
        )
    plain = os.environ | {"LC_ALL": "C", "TZ": "UTC"}
    command = [program, "-Y", what, "-n", NAMESPACE, *words]
    return subprocess.run(command, input=content, capture_output=True, check=False, env=plain)


@lru_cache(maxsize=1024)
def _fits(text: str, fingerprint: str, content: bytes) -> bool:
    """Ask whether a signature is one of a content, by the key that it names."""
    with temporary_folder() as place:
        file = place / "signature"
        file.write_text(text, encoding="ascii")
        done = _ask("check-novalidate", "-s", str(file), content=content)
    return done.returncode == 0 and fingerprint.encode() in done.stdout.split()


def _is_key(file: Path) -> bool:
    """Say whether a file looks like a key; ``ssh-keygen`` would read one that is none to its end."""
    try:
        beginning = read_beginning(file, LONGEST + 1)
    except OSError:
        return True  # it says why it cannot be read
    private = beginning.startswith(b"-----BEGIN ") and b"PRIVATE KEY-----" in beginning[:100]
    return len(beginning) <= LONGEST and (private or beginning.startswith(tuple(one.encode() for one in KINDS)))


def _why(said: bytes) -> str:
    """Say in words why ``ssh-keygen`` did not sign."""
    text = said.decode("utf-8", "replace")
    if "UNPROTECTED" in text:
        return "others may read it: `chmod 600` it first"
    if "passphrase" in text:
        return "it is locked by a passphrase that was not given: add it to an agent with `ssh-add`"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else f"{TOOL} does not say why"


def _part(content: bytes) -> tuple[bytes, bytes]:
    """Cut the first string off what SSH wrote."""
    if len(content) < 4:
        raise ValueError("too short")
    (size,) = struct.unpack(">L", content[:4])
    if size > len(content) - 4:
        raise ValueError("too short")
    return content[4 : 4 + size], content[4 + size :]


def _kind(blob: bytes) -> str:
    """Read the kind that a key says of itself."""
    return _part(blob)[0].decode("ascii")
