"""Verifies a bundle: every byte, every hash, what the hashes claim to be. It reads, and executes nothing.

That a bundle agrees with itself says that nobody changed it by accident or by hand. Somebody who writes the whole
bundle anew can make it agree with itself; a SHA-256 that was published elsewhere finds that, and a signature by a key
that the reader trusts.
"""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.check import Check, worst
from ctresearch.core.errors import CtResearchError, DataError
from ctresearch.core.message import say
from ctresearch.studies.asked.identity import run_id
from ctresearch.studies.base.archive import MAX_BYTES, MAX_FILES, drop, unpack
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.schemas import without_iri_grammar
from ctresearch.studies.base.whole import read_beginning
from ctresearch.studies.kept.evidence import bundle_bytes
from ctresearch.studies.kept.record import PROVENANCE
from ctresearch.studies.release import blobs, pages
from ctresearch.studies.release.bundle import BUNDLE_NAME, FORMATS, sidecar
from ctresearch.studies.release.wheel import wheel_source
from ctresearch.studies.release.withdraw import MOST_BESIDE, read_tombstone, tombstone_path
from ctresearch.studies.shown import results
from ctresearch.studies.signing.vouch import SIGNATURE, Claim, ledger_near, trust_near, vouched

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from ctresearch.core.check import Status
    from ctresearch.studies.signing.trust import Trust


_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found about a bundle.

    Parameters
    ----------
    name : str
        File name of the bundle.
    sha256 : str
        Its hash.
    listing : mapping
        Its ``bundle.json``; empty where it could not be read.
    checks : tuple of Check
        The questions asked, and their answers.

    Examples
    --------
    >>> Verification("demo.zip", "ab", {}, (Check("archive", "pass", "Whole."),)).status
    'pass'
    """

    name: str
    sha256: str
    listing: Mapping[str, Any]
    checks: tuple[Check, ...]

    @property
    def status(self) -> Status:
        """The gravest answer."""
        return worst(self.checks)

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as plain values.

        Returns
        -------
        dict
            Ready for :func:`json.dumps`.

        Examples
        --------
        >>> Verification("demo.zip", "ab", {}, ()).to_dict()["status"]
        'pass'
        """
        shown = {key: self.listing.get(key) for key in ("study", "version", "date", "runs")}
        checks = [check.to_dict() for check in self.checks]
        return {"bundle": self.name, "sha256": self.sha256, "status": self.status, **shown, "checks": checks}


def verify_bundle(
    path: Path,
    expect: str | None = None,
    releases: Sequence[Path] = (),
    store: Path | None = None,
    *,
    trust: Trust | None = None,
    ledger: Path | None = None,
    head: str | None = None,
) -> Verification:
    """Verify a bundle without executing anything in it.

    Parameters
    ----------
    path : pathlib.Path
        The zip file.
    expect : str, optional
        SHA-256 that was published beside the original.
    releases : sequence of pathlib.Path
        More folders to look for a tombstone in, beside that of the bundle.
    store : pathlib.Path, optional
        Where files that releases share may stand, besides the folders above the bundle.
    trust : Trust, optional
        Whose signatures count; by default those that a trust file above the bundle names.
    ledger : pathlib.Path, optional
        The ledger of the releases; by default the one above the bundle.
    head : str, optional
        Digest of a line that the ledger must have.

    Returns
    -------
    Verification
        One check a question; a failed one means tampering, damage or withdrawal.

    Raises
    ------
    DataError
        If the file cannot be read, or is no zip file at all.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "demo.zip"
    >>> _ = path.write_bytes(b"PK, and then nothing that fits")
    >>> verify_bundle(path).status
    'fail'
    """
    data = bundle_bytes(path)
    refuse_no_zip(path, data)
    digest = hashlib.sha256(data).hexdigest()
    checks = [*_published_hash(path, digest, expect)]
    listing: dict[str, Any] = {}
    try:
        files = unpack(data)
        checks.append(
            Check("archive", "pass", say("All {data:,} bytes are those of the canonical archive.", data=len(data)))
        )
        listing, inside = _listing(files)
        inside, lost = blobs.complete(listing, inside, blobs.stores_near(path, store))
        claim = _claim(path, data, listing, [path.parent, *releases])
        checks += _seal(listing)
        checks += [*_hashes(listing, inside, lost), *_tombstones(listing, claim.digest, [path.parent, *releases])]
        lines = ledger_near(path) if ledger is None else ledger.read_bytes()
        checks += vouched(claim, lines, trust or trust_near(path, None), head)
        checks += _wheel(listing, inside) if not any(one.startswith("wheel/") for one in lost) else ()
        for home, claimed in listing["runs"].items():
            checks += _run(home, claimed, inside)
        checks += [*pages.number_checks(listing, inside), *pages.page_checks(listing, inside)]
    except RecursionError:
        checks.append(Check("contents", "fail", say("The bundle's own files are nested too deeply to be read.")))
    except IntegrityError as error:
        checks.append(
            Check("archive", "fail", say("{error}{which_entries}", error=error, which_entries=_which_entries(data)))
        )
    except (KeyError, TypeError, ValueError, AttributeError, CtResearchError) as error:
        checks.append(Check("contents", "fail", say("The bundle's own files cannot be read: {error!r}.", error=error)))
    return Verification(path.name, digest, listing, tuple(checks))


def slim(data: bytes, listing: Mapping[str, Any]) -> bytes:
    """Return the bytes that are signed: those of the archive without what the store keeps.

    Parameters
    ----------
    data : bytes
        A bundle, or the archive that holds all of it.
    listing : mapping
        Its ``bundle.json``.

    Returns
    -------
    bytes
        Those of the bundle.

    Examples
    --------
    >>> slim(b"the bytes of a bundle that keeps nothing apart", {"study": "demo", "version": "1.0"})[:9]
    b'the bytes'
    """
    away = [f"{listing['study']}-{listing['version']}/{path}" for path in listing.get("store", ())]
    return drop(data, away) if away else data


def _claim(path: Path, data: bytes, listing: Mapping[str, Any], folders: Sequence[Path]) -> Claim:
    """Gather what the signatures are about."""
    names = (path.name, path.name.replace("-full.zip", ".zip"))
    beside = next((one for name in names if (one := path.with_name(name + SIGNATURE)).is_file()), None)
    study, version = listing["study"], listing["version"]
    stone = next((one for f in folders if (one := tombstone_path(f, study, version)).is_file()), None)
    return Claim(
        study=study,
        version=version,
        date=listing["date"],
        content=slim(data, listing),
        beside=None if beside is None else read_beginning(beside, MOST_BESIDE).decode("utf-8", "replace"),
        tombstone=None if stone is None else read_beginning(stone, MOST_BESIDE),
    )


def refuse_no_zip(path: Path, data: bytes) -> None:
    """Refuse a file that is no zip file at all; one that is damaged is for verification to tell.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    data : bytes
        Its content.

    Raises
    ------
    DataError
        If it is none.

    Examples
    --------
    >>> import pathlib
    >>> refuse_no_zip(pathlib.Path("notes.txt"), b"notes")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: 'notes.txt' is no zip file, must be a bundle that `ctresearch release` wrote
    """
    if not (data.startswith(b"PK") or zipfile.is_zipfile(io.BytesIO(data))):
        raise DataError(f"{str(path)!r} is no zip file, must be a bundle that `ctresearch release` wrote")


def _published_hash(path: Path, digest: str, expect: str | None) -> Iterator[Check]:
    """Compare with the hash that was published, by hand or in the file beside the bundle."""
    claims = {} if expect is None else {"expected": expect.strip().lower()}
    beside = sidecar(path)
    if beside.is_file():
        words = read_beginning(beside, MOST_BESIDE).decode("utf-8", "replace").split()
        claims["published beside it"] = words[0] if words else ""
    for source, claim in claims.items():
        if claim == digest:
            yield Check("sha256", "pass", say("The SHA-256 is the one {source}.", source=source))
        else:
            yield Check(
                "sha256",
                "fail",
                say(
                    "The SHA-256 is {digest}, and the one {source} is {claim!r}: another bundle.",
                    digest=digest,
                    source=source,
                    claim=claim,
                ),
            )
    if not claims:
        message = "No published SHA-256 to compare with: give one with --expect to be sure that this is the original."
        yield Check("sha256", "review", message)


def _which_entries(data: bytes) -> str:
    """Name the entries of a damaged archive that are not as its own listing says; nothing where that cannot be told."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
            if len(listed) > MAX_FILES or sum(one.file_size for one in listed) > MAX_BYTES:
                return ""
            inside = {one.filename.partition("/")[2]: _entry_hash(archive, one) for one in listed}
            place = next(one for one in listed if one.filename.partition("/")[2] == BUNDLE_NAME)
            claimed = {path: entry["sha256"] for path, entry in json.loads(archive.read(place))["files"].items()}
    except (*_UNREADABLE, StopIteration, KeyError, TypeError, AttributeError):
        return ""
    inside.pop(BUNDLE_NAME)
    wrong = sorted(path for path in {*claimed, *inside} if claimed.get(path) != inside.get(path))
    if not wrong:
        return "; every file in it still has its listed SHA-256"
    return f"; changed, missing or not listed: {', '.join(repr(path) for path in wrong[:5])}"


def _entry_hash(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> str:
    """Hash one entry; one that cannot be unpacked has no hash."""
    try:
        return hashlib.sha256(archive.read(one)).hexdigest()
    except _UNREADABLE:
        return "damaged"


def _listing(files: Mapping[str, bytes]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Read ``bundle.json`` and strip the common folder from the paths."""
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or f"{min(tops)}/{BUNDLE_NAME}" not in files:
        raise IntegrityError(f"the archive holds {sorted(tops)[:3]}, must hold one folder with a {BUNDLE_NAME}")
    inside = {path.partition("/")[2]: content for path, content in files.items()}
    listing = json.loads(inside[BUNDLE_NAME])
    if not isinstance(listing, dict) or listing.get("format") not in FORMATS:
        raise IntegrityError(f"{BUNDLE_NAME} does not say a format of {', '.join(FORMATS)}")
    if results.results_bytes(listing) != inside[BUNDLE_NAME] or tops != {f"{listing['study']}-{listing['version']}"}:
        raise IntegrityError(f"{BUNDLE_NAME} is not as `ctresearch release` writes it")
    known = {*inside, *listing["files"]}  # what is listed and not there is found by its hash
    found = {path.removesuffix(PROVENANCE) for path in known if path.endswith(PROVENANCE)}
    if not found or set(listing["runs"]) != found:
        raise IntegrityError(f"{BUNDLE_NAME} lists {len(listing['runs'])} runs, and the archive holds {len(found)}")
    return listing, inside


def _hashes(listing: Mapping[str, Any], inside: Mapping[str, bytes], lost: Sequence[str]) -> Iterator[Check]:
    """Compare every file with its listed hash, and say which are in a store that is not here."""
    if lost:
        told = say(
            "{n} file is kept in a store that is not here and was not checked: {lost}; name its folder with --store.",
            many="{n} files are kept in a store that is not here and were not checked: {lost}; name its folder with "
            "--store.",
            n=len(lost),
            lost=lost[:5],
        )
        yield Check("store", "review", told)
    listed = {path: entry["sha256"] for path, entry in listing["files"].items() if path not in lost}
    there = {path: hashlib.sha256(content).hexdigest() for path, content in inside.items() if path != BUNDLE_NAME}
    wrong = sorted(path for path in {*listed, *there} if listed.get(path) != there.get(path))
    if wrong:
        yield Check("files", "fail", say("Changed, missing or not listed: {wrong}.", wrong=", ".join(wrong[:5])))
    else:
        yield Check("files", "pass", say("All {there} files have their listed SHA-256.", there=len(there)))


def _seal(listing: Mapping[str, Any]) -> Iterator[Check]:
    """Say where runs were released that nothing sealed."""
    if "unsealed" in listing:
        told = say("Its runs were not sealed: {reason}.", reason=str(listing["unsealed"]).rstrip("."))
        yield Check("seal", "review", told)


def _wheel(listing: Mapping[str, Any], inside: Mapping[str, bytes]) -> Iterator[Check]:
    """Hold the package in the bundle to the source hash that the run ids contain."""
    wheels = [content for path, content in inside.items() if path.startswith("wheel/")]
    claimed = [listing["source_hash"]]
    claimed += [json.loads(inside[f"{home}provenance.json"])["components"]["source"] for home in listing["runs"]]
    derived = wheel_source(wheels[0]) if len(wheels) == 1 else say("of {wheels} wheels", wheels=len(wheels))
    if set(claimed) == {derived}:
        told = say("The package in the bundle is the one that ran: source {derived}.", derived=derived[:16])
        yield Check("package", "pass", told)
        return
    yield Check(
        "package",
        "fail",
        say(
            "The package in the bundle has the source hash {derived}, and the run had {claimed}.",
            derived=derived,
            claimed=claimed[-1],
        ),
    )


def _tombstones(listing: Mapping[str, Any], digest: str, folders: Sequence[Path]) -> Iterator[Check]:
    """Say whether the release was withdrawn."""
    for folder in dict.fromkeys(folders):
        stone = read_tombstone(folder, listing["study"], listing["version"])
        if stone is not None:
            same = "" if stone["sha256"] == digest else say(" The withdrawn bundle had another SHA-256.")
            yield Check(
                "withdrawn",
                "fail",
                say("Withdrawn on {date}: {reason}.{same}", date=stone["date"], reason=stone["reason"], same=same),
            )
            return


def _run(home: str, claimed: str, inside: Mapping[str, bytes]) -> Iterator[Check]:
    """Hold the files of one run to its provenance, and its id to what went in."""
    with without_iri_grammar():
        import jsonschema  # type: ignore[import-untyped, unused-ignore]

    which = say(" of {run}", run=home.rstrip("/")) if home else ""
    provenance = json.loads(inside[f"{home}provenance.json"])
    document = json.loads(inside[f"{home}results.json"])
    derived = run_id(provenance["components"])
    if {derived, provenance["run_id"], document["run_id"]} == {claimed}:
        yield Check("run id", "pass", say("The run id{which} is the hash of what went in.", which=which))
    else:
        yield Check(
            "run id",
            "fail",
            say(
                "The run id{which} is {claimed}, and what went in gives {derived}.",
                which=which,
                claimed=claimed,
                derived=derived,
            ),
        )
    wrong = [
        path
        for path, digest in provenance["outputs"].items()
        if hashlib.sha256(inside.get(home + path, b"")).hexdigest() != digest
    ]
    if wrong:
        yield Check(
            "provenance", "fail", say("Not as recorded{which}: {wrong}.", which=which, wrong=", ".join(wrong[:5]))
        )
    else:
        yield Check(
            "provenance",
            "pass",
            say("All {outputs} outputs{which} are as recorded.", outputs=len(provenance["outputs"]), which=which),
        )
    problem = next(iter(jsonschema.Draft202012Validator(results.schema()).iter_errors(document)), None)
    if problem is not None:
        yield Check(
            "schema",
            "fail",
            say(
                "results.json{which} does not fit its schema at {json_path}.", which=which, json_path=problem.json_path
            ),
        )
    else:
        yield Check("schema", "pass", say("results.json{which} fits its schema.", which=which))
