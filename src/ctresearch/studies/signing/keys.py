"""Which keys count when: those of the trust file, those that one of them handed over to, and none that was revoked."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.signing.ledger import enter, public_key_of
from ctresearch.studies.signing.ssh import public_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ctresearch.studies.signing.ledger import Entry
    from ctresearch.studies.signing.trust import Trust

ROTATE, REVOKE = "rotate", "revoke"
Grade = Literal["trusted", "unknown", "out of its dates", "revoked"]


@dataclass(frozen=True, slots=True)
class Standing:
    """What a reader makes of a key at a moment.

    Parameters
    ----------
    grade : str
        ``"trusted"``, ``"unknown"``, ``"out of its dates"`` or ``"revoked"``.
    who : str
        Whose it is, where that is known.

    Examples
    --------
    >>> Standing("unknown", "").grade
    'unknown'
    """

    grade: Grade
    who: str


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that count, as far as a ledger has been read.

    Parameters
    ----------
    trust : Trust
        What the reader says.
    added : mapping
        Key to the line that handed over to it, and whose it is.
    revoked : mapping
        Key to the line that revoked it, and the moment from which on it does not count.
    """

    trust: Trust
    added: Mapping[str, tuple[int, str]]
    revoked: Mapping[str, tuple[int, dt.datetime]]

    def standing(self, key: str, moment: dt.datetime, number: int | None = None) -> Standing:
        """Say what to make of a signature.

        Parameters
        ----------
        key : str
            Fingerprint of who signed.
        moment : datetime.datetime
            When.
        number : int, optional
            On which line of the ledger; ``None`` for a signature that stands in none.

        Returns
        -------
        Standing
            What it is worth.
        """
        listed = self.trust.of(key)
        valid = next((one.who for one in listed if one.counts_at(moment)), None)
        line, who = self.added.get(key, (0, ""))
        who = valid or who or (listed[0].who if listed else "")
        if key in self.revoked:
            last, since = self.revoked[key]
            if moment >= since or (number is not None and number > last):
                return Standing("revoked", who)
        if valid is not None or (line and (number is None or number > line)):
            return Standing("trusted", who)
        return Standing("out of its dates" if listed else "unknown", who)


def keys_of(entries: Sequence[Entry], trust: Trust) -> Keys:
    """Follow the lines about keys; those of keys that do not count change nothing.

    A revocation reaches back: what a stolen key did after the theft, handing over included, does not count. So the
    lines are followed twice, the second time with what is known to be revoked.

    Parameters
    ----------
    entries : sequence of Entry
        Lines whose signatures fit.
    trust : Trust
        What the reader says.

    Returns
    -------
    Keys
        The keys that count.

    Examples
    --------
    >>> from ctresearch.studies.signing.trust import Trust
    >>> keys_of((), Trust((), "", "asked")).added
    {}
    """
    known: Mapping[str, tuple[int, dt.datetime]] = {}
    for _ in range(2):
        added: dict[str, tuple[int, str]] = {}
        revoked = dict(known)
        for one in entries:
            if one.kind != "key" or not one.key:
                continue
            subject, action = str(one.body["subject"]), one.body["action"]
            standing = Keys(trust, added, revoked).standing(one.key, one.moment, one.number)
            counts = standing.grade == "trusted"
            if action == ROTATE and counts:
                added.setdefault(subject, (one.number, standing.who))
                revoked.setdefault(one.key, (one.number, one.moment + dt.timedelta(seconds=1)))
            if action == REVOKE and (counts or one.key == subject):
                since = _day(one.body["since"]) or one.moment
                earlier = revoked.get(subject)
                revoked[subject] = (one.number, since) if earlier is None else (earlier[0], min(earlier[1], since))
        known = revoked
    return Keys(trust, added, known)


def rotate(folder: Path, old: Path, new: Path) -> Entry:
    """Hand over from one key to another: the old one signs the new one, and signs nothing after that.

    Parameters
    ----------
    folder : pathlib.Path
        The project.
    old : pathlib.Path
        The key that signs.
    new : pathlib.Path
        The public half of the new one.

    Returns
    -------
    Entry
        The line of the ledger.

    Raises
    ------
    SpecificationError
        If both are one key.
    """
    key = public_key(new)
    if key.fingerprint == public_key_of(old):
        raise SpecificationError(f"new == {str(new)!r} is the old key itself, must be another one")
    body = {"kind": "key", "action": ROTATE, "subject": key.fingerprint, "public": key.line, "since": ""}
    return enter(folder, body, old)


def revoke(folder: Path, subject: str, key: Path, since: str | None = None) -> Entry:
    """Say that a key does not count any more.

    Parameters
    ----------
    folder : pathlib.Path
        The project.
    subject : str
        Fingerprint of the key.
    key : pathlib.Path
        The key that signs: another one that readers trust, or the key itself.
    since : str, optional
        Day from which on its signatures do not count, ``YYYY-MM-DD``: that on which it may have been stolen. By default
        they count until now.

    Returns
    -------
    Entry
        The line of the ledger.

    Raises
    ------
    SpecificationError
        If the fingerprint or the day is none.

    Examples
    --------
    >>> from pathlib import Path
    >>> revoke(Path("project"), "ana", Path("key"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: fingerprint == 'ana', must look like SHA256:mxe7Bp..., ...
    """
    if not subject.startswith("SHA256:") or not 50 <= len(subject) <= 51:
        raise SpecificationError(
            f"fingerprint == {subject!r}, must look like SHA256:mxe7Bp..., as `ssh-keygen -l` writes it"
        )
    try:
        begins = _day(since or "")
    except ValueError as error:
        raise SpecificationError(f"since == {since!r}, must be a day such as 2026-01-31") from error
    if begins is not None and begins > dt.datetime.now(dt.UTC):
        raise SpecificationError(
            f"since == {since!r} is to come, and until then the key would count: leave --since out"
        )
    body = {"kind": "key", "action": REVOKE, "subject": subject, "public": "", "since": since or ""}
    return enter(folder, body, key)


def _day(text: str) -> dt.datetime | None:
    """Read a day as the moment at which it begins; nothing for no day."""
    return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(), dt.UTC) if text else None
