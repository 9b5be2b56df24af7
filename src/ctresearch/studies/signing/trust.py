"""Whom a reader trusts: a file in the form of ``allowed_signers``, which ``ssh-keygen`` and git read too.

A line names who, when and which key:
``ana@example.org valid-after="20260101",valid-before="20280101" ssh-ed25519 AAAA``.
Days and times are those of UTC, so that a file means the same everywhere.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from ctresearch.core.errors import DataError
from ctresearch.studies.signing.ssh import KINDS, NAMESPACE, public_key, read_key

if TYPE_CHECKING:
    from pathlib import Path

TRUST = "allowed_signers"
_MAX_BYTES = 2**20
_WORD = re.compile(r'(?:[^\s"]|"[^"]*")+')
_OPTION = re.compile(r'([A-Za-z-]+)(?:="([^"]*)")?(?:,|$)')
_TIMES = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
Origin = Literal["asked", "project", "beside"]


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One key of a trust file.

    Parameters
    ----------
    who : str
        Whose it is.
    fingerprint : str
        The key.
    after, before : datetime.datetime, optional
        From when and until when its signatures count, both included, as SSH has it.

    Examples
    --------
    >>> TrustedKey("ana@example.org", "SHA256:x").counts_at(dt.datetime(2026, 1, 31, tzinfo=dt.UTC))
    True
    """

    who: str
    fingerprint: str
    after: dt.datetime | None = None
    before: dt.datetime | None = None

    def counts_at(self, moment: dt.datetime) -> bool:
        """Say whether a signature of a moment counts.

        Parameters
        ----------
        moment : datetime.datetime
            When it was made.

        Returns
        -------
        bool
            Whether it does.
        """
        return (self.after is None or moment >= self.after) and (self.before is None or moment <= self.before)


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that a reader trusts, and where that was said.

    Parameters
    ----------
    keys : tuple of TrustedKey
        The keys.
    source : str
        Name of the file.
    origin : str
        ``"asked"`` where the reader named it, ``"project"`` where it is that of the project the reader works in, and
        ``"beside"`` where it came with the bundle, and is no more to be trusted than that.

    Examples
    --------
    >>> Trust((), "allowed_signers", "asked").of("SHA256:x")
    ()
    """

    keys: tuple[TrustedKey, ...]
    source: str
    origin: Origin

    def of(self, fingerprint: str) -> tuple[TrustedKey, ...]:
        """Return what is said of a key.

        Parameters
        ----------
        fingerprint : str
            The key.

        Returns
        -------
        tuple of TrustedKey
            One a line that names it; empty where none does.
        """
        return tuple(one for one in self.keys if one.fingerprint == fingerprint)


def read_trust(path: Path, origin: Origin = "asked") -> Trust:
    """Read a trust file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    origin : str
        How it was found.

    Returns
    -------
    Trust
        Its keys.

    Raises
    ------
    DataError
        If it cannot be read, or says what is not understood: a line that is passed over would be trust withheld or
        given by mistake.

    Examples
    --------
    >>> import pathlib
    >>> read_trust(pathlib.Path("no such file"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: the trust file 'no such file' cannot be read: No such file or directory
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise DataError(f"the trust file {str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"the trust file {str(path)!r} cannot be read: it is no UTF-8 text") from error
    if len(content) > _MAX_BYTES:
        raise DataError(f"the trust file {str(path)!r} has more than {_MAX_BYTES} bytes, must have fewer")
    keys: list[TrustedKey] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                keys += _keys_of(line.strip())
            except DataError as error:
                raise DataError(f"the trust file {str(path)!r}, line {number}: {error}") from None
    return Trust(tuple(keys), path.name, origin)


def trust_in_key(path: Path) -> Trust:
    """Trust one key alone.

    Parameters
    ----------
    path : pathlib.Path
        The public key.

    Returns
    -------
    Trust
        That key, at all times.

    Examples
    --------
    >>> import pathlib
    >>> trust_in_key(pathlib.Path("no such key.pub"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: 'no such key.pub' cannot be read: No such file or directory
    """
    return Trust((TrustedKey(f"the holder of {path.name}", public_key(path).fingerprint),), path.name, "asked")


def _keys_of(line: str) -> list[TrustedKey]:
    """Read one line: who, options, key."""
    words = _WORD.findall(line)
    plain = len(words) > 1 and words[1] in KINDS
    rest = words[1:] if plain else words[2:]
    if len(rest) < 2:
        raise DataError(
            f"has {len(words)} words, must name who, then options if any, "
            "then a public key such as `ssh-ed25519 AAAA...`"
        )
    key = read_key(" ".join(rest[:2]))
    options = {} if plain else _options(words[1])
    spaces = options.get("namespaces")
    if spaces is not None and not _one_of(NAMESPACE, spaces):
        return []
    after, before = (_moment(options.get(name)) for name in ("valid-after", "valid-before"))
    return [TrustedKey(words[0].strip('"'), key.fingerprint, after, before)]


def _options(text: str) -> dict[str, str]:
    """Read the options of a line; one that is not known may narrow what is trusted, so it is refused."""
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        match = _OPTION.match(text, place)
        name = match[1].lower() if match else ""
        if (
            match is None
            or name not in {"namespaces", "valid-after", "valid-before"}
            or match[2] is None
            or name in found
        ):
            raise DataError(
                'options must be of namespaces="...", valid-after="YYYYMMDD" and valid-before="YYYYMMDD", each once, '
                "with commas between; certificate authorities are not taken"
            )
        found[name] = match[2]
        place = match.end()
    return found


def _one_of(name: str, patterns: str) -> bool:
    """Match a name with a list of patterns as SSH does: one that begins with ``!`` excludes."""
    listed = patterns.split(",")
    if any(one.startswith("!") and fnmatchcase(name, one[1:]) for one in listed):
        return False
    return any(fnmatchcase(name, one) for one in listed)


def _moment(text: str | None) -> dt.datetime | None:
    """Read a day, or a day and a time, of UTC."""
    if text is None:
        return None
    digits = text.removesuffix("Z")
    try:
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError(digits)
        return dt.datetime.strptime(digits, _TIMES[len(digits)]).replace(tzinfo=dt.UTC)
    except (KeyError, ValueError):
        raise DataError(f"{text!r} is no time, must look like 20260131, 202601311200 or 20260131120000Z") from None
