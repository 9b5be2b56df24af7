"""Releases a version of a study: run, gate, bundle, checksum beside it; once, and never again.

The bundle appears under its name whole or not at all, and a version that exists, or was withdrawn, is never written
again. Its line in the ledger, its SHA-256 and its signature are there before the bundle is; what is cut short in
between is taken up by the same command.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  (the examples make paths)
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DisclosureError, SpecificationError
from ctresearch.studies.asked.other_data import refuse_other_data
from ctresearch.studies.asked.project import Project, find_root
from ctresearch.studies.base.archive import pack
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.whole import locked, write_whole
from ctresearch.studies.kept.evidence import from_folder
from ctresearch.studies.received.bundles import refuse_unpinned
from ctresearch.studies.release import blobs
from ctresearch.studies.release.bundle import Edition, bundle_files, part, sidecar
from ctresearch.studies.release.shared_inputs import refuse_people
from ctresearch.studies.release.withdraw import RELEASES, read_tombstone
from ctresearch.studies.running.plan import plan_runs
from ctresearch.studies.running.run import run_plans
from ctresearch.studies.shown import gate
from ctresearch.studies.signing.ledger import enter_release, load_ledger
from ctresearch.studies.signing.ssh import sign
from ctresearch.studies.signing.vouch import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.running.build import Listener
    from ctresearch.studies.running.plan import Plan

_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){1,3}(-[0-9A-Za-z]+(\.[0-9A-Za-z]+)*)?", re.ASCII)
_LONGEST = 64
_BUILDS = 2
_DOI = re.compile(
    r"10\.[0-9]{4,9}(\.[0-9]+)*/[A-Za-z0-9:/_;\-.()\[\]\\]+", re.ASCII
)  # as the Citation File Format takes it


@dataclass(frozen=True, slots=True)
class Released:
    """A bundle that is in its place.

    Parameters
    ----------
    path : pathlib.Path
        The zip file.
    sha256 : str
        Its hash, which also stands in the file beside it.
    new : bool
        Whether it was written now; ``False`` if the same bytes were there already.

    Examples
    --------
    >>> Released(Path("demo-1.0.zip"), "ab", True).new
    True
    """

    path: Path
    sha256: str
    new: bool


def release_study(
    study: Study,
    version: str,
    *,
    date: str | None = None,
    data: Mapping[str, str | Path] | None = None,
    out: Path | None = None,
    without: Sequence[str] = (),
    unsealed: str = "",
    jobs: int = 1,
    listen: Listener | None = None,
    key: Path | None = None,
    doi: str | None = None,
) -> Released:
    """Run a study twice from clean, compare the two, send it through the gate and write the bundle of a version.

    Parameters
    ----------
    study : Study
        The study.
    version : str
        Its version, such as ``"1.0.0"``.
    date : str, optional
        Day of the release; that of ``SOURCE_DATE_EPOCH``, or today, by default. It is part of the bytes.
    data : mapping, optional
        Files of inputs that the manifest names no source for.
    out : pathlib.Path, optional
        Where to write; the study's folder ``releases`` by default.
    without : sequence of str
        Outputs to leave out.
    unsealed : str
        Why runs that could not be sealed are released all the same; it is recorded in the bundle.
    jobs : int
        Worker processes for the runs of a grid.
    listen : callable, optional
        Told how the runs go.
    key : pathlib.Path, optional
        SSH key that signs the bundle and its line in the ledger.
    doi : str, optional
        One that an archive reserved for this release; it stands in ``CITATION.cff``.

    Returns
    -------
    Released
        The bundle.

    Raises
    ------
    SpecificationError
        If the version, the date or an output left out is not valid, the study names no authors, or the version exists
        with other bytes, or a run was not sealed and nobody signs for it.
    IntegrityError
        If a run made again gives other bytes.
    DisclosureError
        If the gate keeps an output back that is not left out.

    Examples
    --------
    >>> from ctresearch.studies.asked.manifest import Study
    >>> release_study(Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1), "../1")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: version == '../1', must look like 1.0, 1.0.1 or 1.0-beta
    """
    check_version(version)
    doi = None if doi is None else check_doi(doi)
    project = Project.at(find_root(study.folder))
    shelf = out or project.root
    day = release_date(date or _entered_date(shelf, study.name, version))
    _refuse_nameless(study)
    folder = out or study.folder / RELEASES
    for place in (folder, study.folder / RELEASES):
        _refuse_withdrawn(place, study.name, version)
    unknown = [name for name in without if name not in study.outputs]
    if unknown:
        raise SpecificationError(
            f"without == {unknown[0]!r}, must be an output of {study.name!r}: {list(study.outputs)}"
        )
    plans = plan_runs(study, data=data)
    refuse_other_data(study, plans[0].inputs)
    refuse_unpinned(study, plans[0].inputs)
    given = {name: one.path for name, one in plans[0].inputs.items() if name in (data or {}) and one.path is not None}
    refuse_people(study, given)
    for _ in range(_BUILDS):
        _build_from_clean(plans, jobs, listen, unsealed.strip())
    _pass_gate(study, plans, folder, without)
    edition = Edition(study, project, version, day, given, tuple(without), unsealed.strip(), doi)
    whole = bundle_files(edition, [plan.folder for plan in plans])
    _refuse_another(whole, bundle_files(edition, [plan.folder for plan in plans]))
    files, kept = part(whole)
    content = pack(files)
    _refuse_other_bytes(folder / f"{edition.name}.zip", content)
    signature = None if key is None else sign(content, key).text
    with locked(shelf, shelf / blobs.STORE):
        for one in kept:
            blobs.put(shelf / blobs.STORE, one)
    enter_release(shelf, study.name, version, hashlib.sha256(content).hexdigest(), day, key=key)
    return publish(folder, edition.name, content, signature)


def _build_from_clean(plans: Sequence[Plan], jobs: int, listen: Listener | None, unsealed: str) -> None:
    """Make each run anew, hold it to the one that stands, and refuse one that nothing sealed or signs for."""
    for outcome in run_plans(plans, jobs=jobs, force=True, listen=listen):
        if outcome.error is not None:
            raise outcome.error
        if not (unsealed or (outcome.seal is not None and outcome.seal.whole)):
            raise SpecificationError(
                f"{outcome.plan.label} ran unsealed on this machine, so that a file nobody declared could enter: "
                "release it on a machine with landlock (Linux 5.13 or later), or sign for it with --unsealed REASON"
            )


def _refuse_another(first: Mapping[str, bytes], second: Mapping[str, bytes]) -> None:
    """Refuse a bundle that comes out differently when it is put together again."""
    other = sorted(path for path in {*first, *second} if first.get(path) != second.get(path))
    if other:
        raise IntegrityError(
            f"the bundle put together again has other bytes in {', '.join(other[:5])}: nothing is written"
        )


def publish(folder: Path, name: str, content: bytes, signature: str | None = None) -> Released:
    """Put a bundle in its place, whole or not at all, and never over another.

    Parameters
    ----------
    folder : pathlib.Path
        Where releases are kept.
    name : str
        Name of the bundle, without ending.
    content : bytes
        The archive.
    signature : str, optional
        One of it, which is put beside it first.

    Returns
    -------
    Released
        The bundle.

    Raises
    ------
    SpecificationError
        If a bundle of that name exists with other bytes.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> publish(folder, "demo-1.0", b"zip").new, publish(folder, "demo-1.0", b"zip").new
    (True, False)
    """
    digest = hashlib.sha256(content).hexdigest()
    path = folder / f"{name}.zip"
    with locked(folder):
        _refuse_other_bytes(path, content)
        new = not path.exists()
        if signature is not None:
            write_whole(path.with_name(path.name + SIGNATURE), signature.encode())
        if new:
            write_whole(sidecar(path), f"{digest}  {path.name}\n".encode())
            write_whole(path, content)
    return Released(path, digest, new=new)


def check_version(version: str) -> str:
    """Return a version that may name a file.

    Parameters
    ----------
    version : str
        The version.

    Returns
    -------
    str
        The same.

    Raises
    ------
    SpecificationError
        If it is not two to four numbers with dots between, with or without a suffix after a hyphen.

    Examples
    --------
    >>> check_version("1.0.0")
    '1.0.0'
    """
    if _VERSION.fullmatch(version) is None or len(version) > _LONGEST:
        raise SpecificationError(f"version == {version!r}, must look like 1.0, 1.0.1 or 1.0-beta")
    return version


def release_date(date: str | None) -> str:
    """Decide the day of a release.

    Parameters
    ----------
    date : str, optional
        ``YYYY-MM-DD``; by default that of ``SOURCE_DATE_EPOCH``, or today in UTC.

    Returns
    -------
    str
        ``YYYY-MM-DD``.

    Raises
    ------
    SpecificationError
        If it is no day.

    Examples
    --------
    >>> release_date("2026-01-31")
    '2026-01-31'
    """
    if date is None:
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        moment = dt.datetime.fromtimestamp(int(epoch), dt.UTC) if epoch else dt.datetime.now(dt.UTC)
        return moment.date().isoformat()
    try:
        return dt.date.fromisoformat(date).isoformat()
    except ValueError as error:
        raise SpecificationError(f"date == {date!r}, must be a day such as 2026-01-31") from error


def check_doi(doi: str) -> str:
    """Return a DOI as it is written in a citation.

    Parameters
    ----------
    doi : str
        With or without ``doi:`` or the address of the resolver before it.

    Returns
    -------
    str
        It alone.

    Raises
    ------
    SpecificationError
        If it is none.

    Examples
    --------
    >>> check_doi("https://doi.org/10.1234/abc.1")
    '10.1234/abc.1'
    """
    bare = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", doi.strip())
    if _DOI.fullmatch(bare) is None:
        raise SpecificationError(f"doi == {doi!r}, must look like 10.5281/zenodo.1234567, as the archive reserved it")
    return bare


def _entered_date(shelf: Path, study: str, version: str) -> str | None:
    """Return the day under which a version was entered in the ledger: a release that was cut short goes on with it."""
    mine = (one for one in load_ledger(shelf) if one.kind == "release" and one.is_of(study, version))
    return next((str(one.body["date"]) for one in mine), None)


def _refuse_other_bytes(path: Path, content: bytes) -> None:
    """Refuse to write over a bundle with other bytes."""
    if path.exists() and path.read_bytes() != content:
        raise SpecificationError(
            f"{path} exists with other bytes, and a version once released is never overwritten: choose another version"
        )


def _refuse_nameless(study: Study) -> None:
    """Refuse a study that nobody signs: a release is cited by its authors."""
    if not study.authors:
        raise SpecificationError(
            f"{study.name!r} names no authors, and a release is cited by them: state the key `authors` in study.toml, "
            'such as authors = [{ name = "Ana Pérez" }]'
        )


def _refuse_withdrawn(folder: Path, study: str, version: str) -> None:
    """Refuse a version that was withdrawn."""
    tombstone = read_tombstone(folder, study, version)
    if tombstone is not None:
        raise SpecificationError(
            f"version == {version!r} of {study!r} was withdrawn on {tombstone['date']} ({tombstone['reason']}), "
            "and is never released again: choose another version"
        )


def _pass_gate(study: Study, plans: Sequence[Plan], folder: Path, without: Sequence[str]) -> None:
    """Refuse what the gate keeps back: outputs, what the notebooks show, differences from earlier releases."""
    runs = [from_folder(plan.folder) for plan in plans]
    refused: dict[str, str] = {}
    for one in runs:
        verdicts: Mapping[str, Any] = one.results["gate"]
        refused |= {name: v["message"] for name, v in verdicts.items() if v["status"] != "pass" and name not in without}
    refused |= gate.judge_notebooks(study, [plan.folder for plan in plans], bare=study.runs_restricted or bool(without))
    earlier = gate.released_tables(study, [folder, study.folder / RELEASES])
    refused |= gate.judge_differences(study, runs, earlier, without)
    if refused:
        lines = "; ".join(f"{name}: {message.rstrip('.')}" for name, message in refused.items())
        raise DisclosureError(
            f"the gate keeps back {len(refused)} of the outputs of {study.name!r}: {lines}; cure them, or leave an "
            "output out with --without NAME"
        )
