"""A text under a passphrase: scrypt makes a key of it [1]_, and Fernet encrypts and signs with that key [2]_.

References
----------
.. [1] Percival, C. and Josefsson, S. (2016). The scrypt password-based key derivation function. RFC 7914.
   https://doi.org/10.17487/RFC7914
.. [2] Python Cryptographic Authority. Fernet (symmetric encryption). https://cryptography.io/en/latest/fernet/
"""

from __future__ import annotations

import base64
import hashlib
import os
import unicodedata
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.validate import is_a, require_extra

if TYPE_CHECKING:
    from collections.abc import Mapping

_WAY = "scrypt-fernet"
_SALT_BYTES, _KEY_BYTES = 16, 32
_COST, _BLOCK, _LANES = 1 << 17, 8, 1  # 128 MiB and a fraction of a second a guess, as OWASP advises
_MOST_COST = 1 << 20  # a stranger's file may not ask for more than a gigabyte
_LEAST = 12  # characters: shorter ones are found by trying


def seal(text: str, passphrase: str) -> dict[str, Any]:
    """Return a text encrypted, with all that opens it again but the passphrase."""
    if len(is_a("passphrase", passphrase, str).strip()) < _LEAST:
        raise SpecificationError(
            f"passphrase has fewer than {_LEAST} characters, must have at least as many: four words that belong to "
            "nothing are easy to keep and hard to guess"
        )
    fernet = require_extra("cryptography.fernet", "encryption")
    salt = os.urandom(_SALT_BYTES)
    token = fernet.Fernet(_key(passphrase, salt, _COST)).encrypt(text.encode("utf-8"))
    return {
        "encrypted": _WAY,
        "cost": _COST,
        "salt": base64.b64encode(salt).decode("ascii"),
        "token": token.decode("ascii"),
    }


def is_sealed(held: Any) -> bool:
    """Say whether a file's content is encrypted."""
    return isinstance(held, dict) and "encrypted" in held


def unseal(held: Mapping[str, Any], passphrase: str, name: str) -> str:
    """Return the text; ``name`` is that of the file, for the message."""
    fernet = require_extra("cryptography.fernet", "encryption")
    is_a("passphrase", passphrase, str)
    try:
        salt, cost, token = base64.b64decode(held["salt"], validate=True), held["cost"], held["token"].encode("ascii")
        right = (
            held["encrypted"] == _WAY and isinstance(cost, int) and 2 <= cost <= _MOST_COST and not cost & (cost - 1)
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        right = False
    if not right:
        raise DataError(f"{name!r} is encrypted in a way that is not known here: give what Legend.save() wrote")
    try:
        opened = fernet.Fernet(_key(passphrase, salt, cost)).decrypt(token)
    except fernet.InvalidToken:
        raise DataError(
            f"the passphrase does not open {name!r}, or the file was changed: give the one it was saved with"
        ) from None
    return str(opened.decode("utf-8"))


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    """Make a key; a passphrase is one whatever keyboard composed its accents."""
    words = unicodedata.normalize("NFC", passphrase.strip()).encode("utf-8", "surrogatepass")
    most = 256 * cost * _BLOCK  # bytes: scrypt needs 128 a block and some more
    made = hashlib.scrypt(words, salt=salt, n=cost, r=_BLOCK, p=_LANES, maxmem=most, dklen=_KEY_BYTES)
    return base64.urlsafe_b64encode(made)
