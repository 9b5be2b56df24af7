"""What has become of every release: ``releases.jsonl``, to which lines are added and from which none is taken.

Each line holds the digest of the one before, and is signed where a key was given. So a line that is edited, removed or
moved breaks the chain, and whoever mends the chain breaks the signatures behind it. Lines cut from the end leave a
whole chain: only the digest of its last line, kept elsewhere, finds that.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.whole import locked, write_whole
from ctresearch.studies.signing.ssh import public_key, read_signature, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ctresearch.studies.signing.ssh import Signature

LEDGER = "releases.jsonl"
FORMAT = "ctresearch-ledger/1"
FIRST = "0" * 64
GONE = ("withdraw", "recall")
_MAX_BYTES, _MAX_LINE = 2**24, 2**16
_ALWAYS = {"format", "number", "previous", "kind", "time", "key"}
_OWN = {
    "release": {"study", "version", "bundle", "date"},
    "withdraw": {"study", "version", "bundle", "tombstone"},
    "recall": {"study", "version", "bundle", "tombstone"},
    "key": {"action", "subject", "public", "since"},
}
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line.

    Parameters
    ----------
    body : mapping
        What it says: ``number``, ``previous``, ``kind``, ``time``, ``key`` (the fingerprint of who signed it; empty for
        nobody) and what belongs to its kind.
    digest : str
        SHA-256 of that.
    signature : str
        Signature of that; empty where nobody signed.

    Examples
    --------
    >>> Entry({"kind": "release"}, "ab", "").kind
    'release'
    """

    body: Mapping[str, Any]
    digest: str
    signature: str

    @property
    def kind(self) -> str:
        """One of release, withdraw, recall, key."""
        return str(self.body["kind"])

    @property
    def key(self) -> str:
        """Fingerprint of the key that signed; empty for none."""
        return str(self.body["key"])

    @property
    def number(self) -> int:
        """Its place, from 1."""
        return int(self.body["number"])

    @property
    def moment(self) -> dt.datetime:
        """When it was written, as its writer says."""
        return read_moment(self.body["time"])

    @property
    def signed(self) -> bytes:
        """What the signature is of."""
        return canonical(self.body)

    def is_of(self, study: str, version: str) -> bool:
        """Say whether it is about a version of a study.

        Parameters
        ----------
        study, version : str
            The release.

        Returns
        -------
        bool
            Whether it is.

        Examples
        --------
        >>> Entry({"study": "demo", "version": "1.0"}, "", "").is_of("demo", "1.1")
        False
        """
        return (self.body.get("study"), self.body.get("version")) == (study, version)

    def read_signature(self) -> Signature:
        """Read the signature, and hold it to the key that the line names.

        Returns
        -------
        Signature
            The signature; whether it fits is not known yet.

        Raises
        ------
        IntegrityError
            If it is none, or another key's.
        """
        made = read_signature(self.signature)
        if made.key.fingerprint != self.key:
            raise IntegrityError(f"line {self.number} of {LEDGER} names another key than that of its signature")
        return made


def canonical(content: Mapping[str, Any]) -> bytes:
    """Write a mapping in its one form.

    Parameters
    ----------
    content : mapping
        Plain values.

    Returns
    -------
    bytes
        JSON with sorted keys and no spaces.

    Examples
    --------
    >>> canonical({"b": 1, "a": "é"}).decode()
    '{"a":"é","b":1}'
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def read_moment(text: str) -> dt.datetime:
    """Read a time such as ``2026-01-31T12:00:00Z``.

    Parameters
    ----------
    text : str
        The time.

    Returns
    -------
    datetime.datetime
        The same, in UTC.

    Examples
    --------
    >>> read_moment("2026-01-31T12:00:00Z").hour
    12
    """
    return dt.datetime.strptime(text, _TIME).replace(tzinfo=dt.UTC)


def read_ledger(content: bytes) -> tuple[Entry, ...]:
    r"""Read a ledger and check its chain; signatures are not looked at.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    tuple of Entry
        Its lines, in order.

    Raises
    ------
    IntegrityError
        If a line was edited, removed or moved, or is none that this package writes.

    Examples
    --------
    >>> read_ledger(b'{"kind": "release"}\n')
    Traceback (most recent call last):
    ...
    ctresearch.studies.base.errors.IntegrityError: line 1 of releases.jsonl is none that ctresearch writes: ...
    """
    if len(content) > _MAX_BYTES:
        raise IntegrityError(f"{LEDGER} has more than {_MAX_BYTES} bytes, must have fewer")
    if content and not content.endswith(b"\n"):
        raise IntegrityError(f"the last line of {LEDGER} is cut short")
    entries: list[Entry] = []
    for number, line in enumerate(content.split(b"\n")[:-1], 1):
        one = _read_line(number, line)
        previous = entries[-1] if entries else None
        if one.number != number or one.body["previous"] != (previous.digest if previous else FIRST):
            raise IntegrityError(
                f"line {number} of {LEDGER} does not follow on the one before: a line was removed, moved or put in"
            )
        if previous is not None and one.moment < previous.moment:
            raise IntegrityError(f"line {number} of {LEDGER} is dated before the one before")
        entries.append(one)
    return tuple(entries)


def load_ledger(folder: Path) -> tuple[Entry, ...]:
    """Read the ledger of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        The project.

    Returns
    -------
    tuple of Entry
        Its lines; empty where there is none.

    Raises
    ------
    IntegrityError
        If its chain is broken.

    Examples
    --------
    >>> import pathlib
    >>> load_ledger(pathlib.Path("no such folder"))
    ()
    """
    try:
        return read_ledger((folder / LEDGER).read_bytes())
    except FileNotFoundError:
        return ()


def enter(
    folder: Path,
    body: Mapping[str, Any],
    key: Path | None,
    *,
    hold: Callable[[Sequence[Entry], str], Entry | None] | None = None,
    now: dt.datetime | None = None,
) -> Entry:
    """Add a line, whole or not at all.

    Parameters
    ----------
    folder : pathlib.Path
        The project.
    body : mapping
        The kind, and what belongs to it.
    key : pathlib.Path, optional
        The key that signs.
    hold : callable, optional
        Shown the lines there are, and who signs; refuses, or returns the line that says the same already.
    now : datetime.datetime, optional
        The time; that of the clock by default, and never before that of the last line.

    Returns
    -------
    Entry
        The line.

    Raises
    ------
    IntegrityError
        If the chain is broken: nothing is added to it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> said = {"kind": "release", "study": "demo", "version": "1.0", "bundle": "ab" * 32, "date": "2026-01-31"}
    >>> enter(folder, said, None).number, len(load_ledger(folder))
    (1, 1)
    """
    whose = "" if key is None else public_key_of(key)
    with locked(folder):
        entries = load_ledger(folder)
        there = hold(entries, whose) if hold is not None else None
        if there is not None:
            return there
        last = entries[-1] if entries else None
        moment = (now or dt.datetime.now(dt.UTC)).replace(microsecond=0)
        place = {
            "format": FORMAT,
            "number": len(entries) + 1,
            "previous": last.digest if last else FIRST,
            "time": (max(moment, last.moment) if last else moment).strftime(_TIME),
            "key": whose,
        }
        whole = {**body, **place}
        made = "" if key is None else _sign(canonical(whole), key, whose)
        entry = Entry(whole, hashlib.sha256(canonical(whole)).hexdigest(), made)
        line = canonical({**whole, "digest": entry.digest, "signature": made})
        earlier = (folder / LEDGER).read_bytes() if entries else b""
        _read_line(entry.number, line)
        write_whole(folder / LEDGER, earlier + line + b"\n")
    return entry


def public_key_of(key: Path) -> str:
    """Return the fingerprint of a key that signs; one whose public half is not beside it signs once to show it.

    Parameters
    ----------
    key : pathlib.Path
        The key.

    Returns
    -------
    str
        Its fingerprint.
    """
    beside = key.with_name(key.name + ".pub")
    if key.suffix == ".pub" or beside.is_file():
        return public_key(key).fingerprint
    return sign(b"", key).key.fingerprint


def enter_release(folder: Path, study: str, version: str, bundle: str, date: str, *, key: Path | None = None) -> Entry:
    """Enter a release, before its bundle is in its place.

    Parameters
    ----------
    folder : pathlib.Path
        The project.
    study, version : str
        What is released.
    bundle : str
        SHA-256 of the bundle.
    date : str
        Day of the release, which is part of those bytes.
    key : pathlib.Path, optional
        The key that signs.

    Returns
    -------
    Entry
        The line; the one that is there where it says the same.

    Raises
    ------
    SpecificationError
        If the version was entered with other bytes, or was withdrawn.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> [enter_release(folder, "demo", "1.0", "ab" * 32, "2026-01-31").number for _ in range(2)]
    [1, 1]
    """

    def hold(entries: Sequence[Entry], whose: str) -> Entry | None:
        mine = [one for one in entries if one.is_of(study, version)]
        gone = next((one for one in mine if one.kind in GONE), None)
        if gone is not None:
            raise SpecificationError(
                f"{LEDGER} says that {study} {version} was withdrawn on {gone.body['time'][:10]}: choose another "
                "version"
            )
        other = next((one for one in mine if one.body["bundle"] != bundle), None)
        if other is not None:
            raise SpecificationError(
                f"{study} {version} was entered in {LEDGER} with other bytes, dated {other.body['date']}, and a "
                "version once released is never overwritten: choose another version"
            )
        return next((one for one in mine if whose in {"", one.key}), None)

    body = {"kind": "release", "study": study, "version": version, "bundle": bundle, "date": date}
    return enter(folder, body, key, hold=hold)


def enter_gone(folder: Path, kind: str, stone: Mapping[str, Any], tombstone: str, *, key: Path | None = None) -> Entry:
    """Enter a withdrawal or a recall, before the bundle goes.

    Parameters
    ----------
    folder : pathlib.Path
        The project.
    kind : str
        ``"withdraw"`` or ``"recall"``.
    stone : mapping
        What the tombstone says.
    tombstone : str
        SHA-256 of the tombstone.
    key : pathlib.Path, optional
        The key that signs.

    Returns
    -------
    Entry
        The line; the one that is there where it says the same.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> stone = {"study": "demo", "version": "1.0", "sha256": "ab" * 32}
    >>> enter_gone(pathlib.Path(tempfile.mkdtemp()), "recall", stone, "cd" * 32).kind
    'recall'
    """
    body = {"kind": kind, "study": stone["study"], "version": stone["version"], "bundle": stone["sha256"]}
    body |= {"tombstone": tombstone}

    def hold(entries: Sequence[Entry], whose: str) -> Entry | None:
        same = (one for one in entries if all(one.body.get(name) == value for name, value in body.items()))
        return next((one for one in same if whose in {"", one.key}), None)

    return enter(folder, body, key, hold=hold)


def _sign(content: bytes, key: Path, whose: str) -> str:
    """Sign a line with the key that it names."""
    made = sign(content, key)
    if made.key.fingerprint != whose:
        raise SpecificationError(
            f"key == {str(key)!r} signs as {made.key.fingerprint}, and the file .pub beside it is {whose}: put its own "
            "there"
        )
    return made.text


def _read_line(number: int, line: bytes) -> Entry:
    """Read one line, which has one form only."""
    wrong = IntegrityError(f"line {number} of {LEDGER} is none that ctresearch writes: it was edited")
    if len(line) > _MAX_LINE:
        raise wrong
    try:
        whole = json.loads(line)
        digest, signature = whole.pop("digest"), whole.pop("signature")
        kind = whole["kind"]
        texts = {name: value for name, value in whole.items() if name != "number"}
        fits = (
            set(whole) == _ALWAYS | _OWN[kind]
            and whole["format"] == FORMAT
            and all(isinstance(value, str) for value in (*texts.values(), digest, signature))
            and type(whole["number"]) is int
            and bool(signature) == bool(whole["key"])
            and canonical({**whole, "digest": digest, "signature": signature}) == line
        )
        read_moment(whole["time"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise wrong from None
    if not fits or hashlib.sha256(canonical(whole)).hexdigest() != digest:
        raise wrong
    return Entry(whole, digest, signature)
