"""Says who vouches for a bundle: its signatures, whether they are trusted, and whether the ledger is whole.

What can be checked and is wrong fails. What nobody signed, or a key that is not known, is for somebody to look at;
where the reader named whom to trust, that fails too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.whole import read_beginning
from ctresearch.studies.signing.keys import Keys, keys_of
from ctresearch.studies.signing.ledger import GONE, LEDGER, read_ledger
from ctresearch.studies.signing.ssh import LONGEST, TOOL, installed, read_signature
from ctresearch.studies.signing.trust import TRUST, Trust, read_trust

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ctresearch.studies.signing.keys import Standing
    from ctresearch.studies.signing.ledger import Entry

SIGNATURE = ".sig"


@dataclass(frozen=True, slots=True)
class Claim:
    """What is vouched for.

    Parameters
    ----------
    study, version, date : str
        The release, and the day that it says of itself.
    content : bytes
        The bytes that are signed.
    beside : str, optional
        The signature that stands beside them.
    tombstone : bytes, optional
        What stands in its place, where it was withdrawn.

    Examples
    --------
    >>> Claim("demo", "1.0", "2026-01-31", b"", None).digest[:8]
    'e3b0c442'
    """

    study: str
    version: str
    date: str
    content: bytes
    beside: str | None
    tombstone: bytes | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes."""
        return hashlib.sha256(self.content).hexdigest()


def vouched(claim: Claim, ledger: bytes | None, trust: Trust | None, head: str | None = None) -> Iterator[Check]:
    """Ask who vouches for a bundle.

    Parameters
    ----------
    claim : Claim
        The bundle.
    ledger : bytes, optional
        The ledger, where one was found.
    trust : Trust, optional
        Whom the reader trusts, where that is said.
    head : str, optional
        Digest of a line of the ledger that was kept elsewhere: it must be there.

    Yields
    ------
    Check
        ``ledger`` where there is one or there should be, ``withdrawn`` where it says so, and ``signature``.

    Examples
    --------
    >>> [(one.name, one.status) for one in vouched(Claim("demo", "1.0", "2026-01-31", b"", None), None, None)]
    [('signature', 'review')]
    """
    asked = trust is not None and trust.origin == "asked"
    if not installed() and (claim.beside or ledger):
        if asked:
            raise SpecificationError(f"{TOOL} is not installed, so no signature can be checked: install OpenSSH")
        told = say("Signatures were not checked: {tool} is not installed.", tool=TOOL)
        yield Check("signature", "review", told)
        return
    entries: tuple[Entry, ...] = ()
    try:
        entries = _sound(ledger, head)
    except IntegrityError as error:
        yield Check("ledger", "fail", say("The ledger is not whole: {error}.", error=str(error)))
    else:
        yield from _ledger(claim, entries, ledger is not None)
    keys = keys_of(entries, trust or Trust((), TRUST, "project"))
    yield from _gone(claim, entries, keys)
    yield _signature(claim, entries, keys, asked=asked)


def trust_near(bundle: Path, project: Path | None) -> Trust | None:
    """Find the trust file of the project that the reader works in, or else the one that came with the bundle.

    Parameters
    ----------
    bundle : pathlib.Path
        The bundle.
    project : pathlib.Path, optional
        Root of the reader's project.

    Returns
    -------
    Trust or None
        What it says; ``None`` where there is none.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> trust_near(pathlib.Path(tempfile.mkdtemp()) / "demo-1.0.zip", None) is None
    True
    """
    if project is not None and (project / TRUST).is_file():
        return read_trust(project / TRUST, "project")
    place = next((one for one in bundle.resolve().parents if (one / TRUST).is_file()), None)
    return None if place is None else read_trust(place / TRUST, "beside")


def signer_of(file: Path, date: str, trust: Trust | None) -> str:
    """Say in words who signed a tombstone.

    Parameters
    ----------
    file : pathlib.Path
        The tombstone.
    date : str
        The day it says.
    trust : Trust, optional
        Whom the reader trusts.

    Returns
    -------
    str
        A few words.

    Examples
    --------
    >>> import pathlib
    >>> signer_of(pathlib.Path("demo-1.0.withdrawn.json"), "2026-01-31", None)
    'not signed'
    """
    beside = file.with_name(file.name + SIGNATURE)
    if not beside.is_file():
        return "not signed"
    if not installed():
        return f"its signature was not checked: {TOOL} is not installed"
    try:
        made = read_signature(read_beginning(beside, LONGEST + 1).decode("utf-8", "replace"))
        fits = made.fits(file.read_bytes())
        standing = keys_of((), trust or Trust((), TRUST, "project")).standing(made.key.fingerprint, _day(date))
    except (IntegrityError, ValueError):
        fits = False
    if not fits:
        return "whose signature is not one of it: somebody changed it"
    known = standing.who if standing.grade == "trusted" else f"{made.key.fingerprint}, which is {standing.grade}"
    return f"signed by {known}"


def ledger_near(bundle: Path) -> bytes | None:
    """Find the ledger above a bundle.

    Parameters
    ----------
    bundle : pathlib.Path
        The bundle.

    Returns
    -------
    bytes or None
        Its content; ``None`` where there is none.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> ledger_near(pathlib.Path(tempfile.mkdtemp()) / "demo-1.0.zip") is None
    True
    """
    place = next((one for one in bundle.resolve().parents if (one / LEDGER).is_file()), None)
    return None if place is None else (place / LEDGER).read_bytes()


def sound_entries(content: bytes) -> tuple[Entry, ...]:
    """Read a ledger whose chain is whole and whose signatures fit.

    Parameters
    ----------
    content : bytes
        The file.

    Returns
    -------
    tuple of Entry
        Its lines.

    Raises
    ------
    IntegrityError
        If it is not so.

    Examples
    --------
    >>> sound_entries(b"")
    ()
    """
    entries = read_ledger(content)
    for one in entries:
        if one.key and not one.read_signature().fits(one.signed):
            raise IntegrityError(f"the signature of line {one.number} of {LEDGER} is not one of that line")
    return entries


def _sound(ledger: bytes | None, head: str | None) -> tuple[Entry, ...]:
    """Read the ledger, and look for the line that the reader knows of."""
    entries = sound_entries(ledger or b"")
    if head is not None and head.strip().lower() not in {one.digest for one in entries}:
        raise IntegrityError(f"no line of {LEDGER} has the digest that was given with --head, so lines were removed")
    return entries


def _ledger(claim: Claim, entries: Sequence[Entry], found: bool) -> Iterator[Check]:
    """Say whether the ledger knows the bundle."""
    mine = [one for one in entries if one.is_of(claim.study, claim.version)]
    if not found:
        if claim.beside:
            told = say("No ledger is here, so whether the release was withdrawn since is not known.")
            yield Check("ledger", "review", told)
    elif any(one.body["bundle"] != claim.digest for one in mine):
        yield Check("ledger", "fail", say("The ledger has another SHA-256 for this version: another bundle."))
    elif not mine and claim.beside:
        told = say("The bundle is signed and the ledger does not know it: a line was removed, or never entered.")
        yield Check("ledger", "fail", told)
    elif entries and mine:
        last = entries[-1]
        told = say(
            "The ledger is whole and knows the bundle; its last line, {number}, is {digest}.",
            number=last.number,
            digest=last.digest,
        )
        yield Check("ledger", "pass", told)
    else:
        yield Check("ledger", "review", say("The ledger does not know this bundle: it may be older."))


def _gone(claim: Claim, entries: Sequence[Entry], keys: Keys) -> Iterator[Check]:
    """Say what the ledger says of a withdrawal; whoever says so is believed, since silence could harm somebody."""
    for one in entries:
        if one.kind in GONE and one.is_of(claim.study, claim.version):
            standing = keys.standing(one.key, one.moment, one.number) if one.key else None
            by = standing.who if standing is not None and standing.grade == "trusted" else one.key
            stone = claim.tombstone
            edited = stone is not None and hashlib.sha256(stone).hexdigest() != one.body["tombstone"]
            told = say(
                "Withdrawn on {date}, says the ledger, signed by {by}.{edited}",
                date=one.body["time"][:10],
                by=by or say("nobody"),
                edited=say(" The tombstone is another than the ledger has.") if edited else "",
            )
            yield Check("withdrawn", "fail", told)
            return


def _signature(claim: Claim, entries: Sequence[Entry], keys: Keys, *, asked: bool) -> Check:
    """Weigh all signatures of a bundle: the best counts, and one that does not fit fails."""
    found: list[tuple[str, Standing]] = []
    entered = [one for one in entries if one.kind == "release" and one.key and one.body["bundle"] == claim.digest]
    if claim.beside is not None:
        try:
            made = read_signature(claim.beside)
            fits = made.fits(claim.content)
        except IntegrityError as error:
            return Check("signature", "fail", say("The signature beside the bundle: {error}.", error=str(error)))
        if not fits:
            return Check("signature", "fail", say("The signature beside the bundle is not one of these bytes."))
        if made.key.fingerprint not in {one.key for one in entered}:
            found.append((made.key.fingerprint, keys.standing(made.key.fingerprint, _day(claim.date))))
    found += [(one.key, keys.standing(one.key, one.moment, one.number)) for one in entered]
    if not found:
        told = say("Unsigned: nobody vouches for this bundle.")
        return Check("signature", "fail" if asked else "review", told)
    return _weighed(found, keys.trust, asked=asked)


def _weighed(found: Sequence[tuple[str, Standing]], trust: Trust, *, asked: bool) -> Check:
    """Say what the best of the signatures is worth."""
    order = ("trusted", "unknown", "out of its dates", "revoked")
    key, best = min(found, key=lambda one: order.index(one[1].grade))
    if best.grade == "trusted" and trust.origin != "beside":
        told = say("Signed by {who}, whom {source} trusts, with {key}.", who=best.who, source=trust.source, key=key)
        return Check("signature", "pass", told)
    if best.grade == "trusted":
        told = say(
            "Signed by {who} with {key}, says the trust file that came with the bundle: give your own with --trust.",
            who=best.who,
            key=key,
        )
        return Check("signature", "review", told)
    if best.grade == "unknown":
        told = say(
            "Signed with {key}, which is not trusted here: ask whose it is, and name it in a trust file (--trust).",
            key=key,
        )
        return Check("signature", "fail" if asked else "review", told)
    if best.grade == "revoked":
        return Check("signature", "fail", say("Signed with {key}, which was revoked.", key=key))
    told = say("Signed with {key} of {who}, outside the dates for which it is trusted.", key=key, who=best.who)
    return Check("signature", "fail", told)


def _day(text: str) -> dt.datetime:
    """Read the day that a bundle says of itself, as its end: a key that began on it counts."""
    return dt.datetime.combine(dt.date.fromisoformat(text), dt.time(23, 59, 59), dt.UTC)
