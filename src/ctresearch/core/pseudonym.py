"""Keyed pseudonyms: identifiers and restricted inputs as HMAC digests [1]_.

A plain hash of a name, or of a small table, can be guessed by hashing every candidate. A keyed digest cannot, as long
as the key stays with the custodian of the data: outside the repository, outside every bundle, readable by its owner
alone.

References
----------
.. [1] Krawczyk, H., Bellare, M. and Canetti, R. (1997). HMAC: keyed-hashing for message authentication. RFC 2104.
   https://doi.org/10.17487/RFC2104
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from ctresearch.core.errors import DataError, SpecificationError

KEY_VARIABLE = "CTRESEARCH_KEY_FILE"
# As long as a digest of SHA-256: RFC 2104 discourages shorter keys, and longer ones add nothing.
_KEY_BYTES = 32


def create_key(path: str | Path) -> Path:
    """Write a new key that only its owner can read.

    Parameters
    ----------
    path : str or pathlib.Path
        Where to put it: outside every repository.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    SpecificationError
        If the file exists already, or lies inside a git repository.

    Examples
    --------
    >>> import tempfile
    >>> create_key(Path(tempfile.mkdtemp()) / "key").stat().st_size
    64
    """
    path = Path(path).expanduser().resolve()
    repository = next((p for p in path.parents if (p / ".git").exists()), None)
    if repository is not None:
        raise SpecificationError(
            f"the key {path.name!r} would lie inside the repository {repository.name!r}: put it outside"
        )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise SpecificationError(f"{path} exists, and a key is never overwritten: choose another name") from error
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(_KEY_BYTES))
    return path


def load_key(path: str | Path | None = None) -> bytes:
    """Read the custodian's key.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The key file; by default the one that the environment variable ``CTRESEARCH_KEY_FILE`` names.

    Returns
    -------
    bytes
        The key, 32 bytes.

    Raises
    ------
    DataError
        If there is none, or it is not a key.

    Examples
    --------
    >>> import tempfile
    >>> len(load_key(create_key(Path(tempfile.mkdtemp()) / "key")))
    32
    """
    named = path or os.environ.get(KEY_VARIABLE)
    if not named:
        raise DataError(
            f"restricted data need the custodian's key: set {KEY_VARIABLE} to a key file, "
            "or make one with ctresearch.core.pseudonym.create_key(path)"
        )
    try:
        key = bytes.fromhex(Path(named).expanduser().read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise DataError(
            f"the key file {named} cannot be read as {2 * _KEY_BYTES} hexadecimal digits: {error}"
        ) from error
    if len(key) != _KEY_BYTES:
        raise DataError(
            f"the key file {named} holds {len(key)} bytes, must hold {_KEY_BYTES}: make one with create_key()"
        )
    return key


def pseudonym(value: str | bytes, key: bytes, *, purpose: str) -> str:
    """Return the keyed digest of a value.

    Parameters
    ----------
    value : str or bytes
        An identifier, or the bytes of a file.
    key : bytes
        The custodian's key.
    purpose : str
        What the digest is for; digests of one value for two purposes cannot be matched.

    Returns
    -------
    str
        HMAC-SHA-256 as 64 hexadecimal digits.

    Examples
    --------
    >>> len(pseudonym("a name", b"k" * 32, purpose="linkage"))
    64
    """
    content = value.encode() if isinstance(value, str) else value
    own = hmac.new(key, purpose.encode(), hashlib.sha256).digest()
    return hmac.new(own, content, hashlib.sha256).hexdigest()
