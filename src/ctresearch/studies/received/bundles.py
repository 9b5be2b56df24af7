"""A released bundle as the data of a study: found, held to every check of ``ctresearch verify``, and cited.

A bundle that was changed, withdrawn or is another than the one pinned is refused before a notebook starts. Nothing in
it is executed or written out; what the notebook is given is made anew from its estimates and tables.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch.core.compile import source_hash
from ctresearch.core.errors import CtResearchError, DataError, SpecificationError
from ctresearch.studies.asked.bundle_source import BUNDLE, RECEIVED, BundleSource
from ctresearch.studies.asked.inputs import ResolvedInput, refuse_unknown, resolve_inputs
from ctresearch.studies.asked.manifest import PUBLISHED
from ctresearch.studies.base.archive import unpack
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.remembered import remembered
from ctresearch.studies.kept.evidence import bundle_bytes
from ctresearch.studies.received.content import read_content
from ctresearch.studies.release.withdraw import RELEASES, STONE, find_withdrawn
from ctresearch.studies.signing.ledger import LEDGER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.studies.asked.manifest import DataInput, Study
    from ctresearch.studies.asked.project import Project


def resolve_data(
    study: Study, given: Mapping[str, str | Path] | None, project: Project, *, look: bool = False
) -> dict[str, ResolvedInput]:
    """Find, check and hash every data input of a study, released bundles among them.

    Parameters
    ----------
    study : Study
        The manifest.
    given : mapping of str to str or pathlib.Path, optional
        Files, ``published:NAME`` or bundles that take the place of the manifest's sources this time.
    project : Project
        Where bundles lie.
    look : bool
        Whether nothing is done with the data, so that a bundle which verified before and is the same, with all that
        stands beside it, is not verified again.

    Returns
    -------
    dict of str to ResolvedInput
        In the order of the manifest.

    Raises
    ------
    SpecificationError
        If an input is unknown, none is given for it, or its level is less strict than that of its bundle.
    DataError
        If a file is missing, is not the one pinned, or does not fit its columns.
    IntegrityError
        If a bundle does not verify, or was withdrawn.

    Examples
    --------
    >>> from ctresearch.studies.asked.manifest import Study
    >>> from ctresearch.studies.asked.project import Project
    >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1,
    ...     data={"kenya": {"source": "bundle:kenya@1.0"}})
    >>> resolve_data(study, None, Project.at(Path("no such project")))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: data.kenya: the bundle kenya-1.0.zip is in none of bundles/, store/, ...
    """
    given = given or {}
    refuse_unknown(study, given)
    taken = {
        name: one
        for name, one in study.data.items()
        if one.bundle is not None or str(given.get(name, "")).startswith(BUNDLE)
    }
    files = study.model_copy(update={"data": {n: one for n, one in study.data.items() if n not in taken}})
    found = resolve_inputs(files, {n: one for n, one in given.items() if n not in taken})
    found |= {
        name: _resolve_bundle(study, name, one, given.get(name), project, look=look) for name, one in taken.items()
    }
    return {name: found[name] for name in study.data}


def refuse_unpinned(study: Study, inputs: Mapping[str, ResolvedInput]) -> None:
    """Refuse to release a study whose manifest does not say which bundles it means, byte for byte.

    Parameters
    ----------
    study : Study
        The manifest.
    inputs : mapping of str to ResolvedInput
        The data of the run.

    Raises
    ------
    SpecificationError
        If a bundle is not pinned.

    Examples
    --------
    >>> refuse_unpinned(None, {})
    """
    for name, one in inputs.items():
        if one.bundle is not None and study.data[name].sha256 is None:
            raise SpecificationError(
                f"data.{name} of {study.name!r} is a bundle that the manifest does not pin: compare its SHA-256 with "
                f'the one that was published with it, and write sha256 = "{one.digest}" under [data.{name}] of '
                "study.toml"
            )


def _resolve_bundle(
    study: Study, name: str, declared: DataInput, given: str | Path | None, project: Project, *, look: bool
) -> ResolvedInput:
    """Find, verify and read one bundle, and say whether it is the study's own."""
    source, path = _where(name, declared, given, project)
    releases = [project.root / RECEIVED, *(project.studies / one / RELEASES for one in project.study_names())]
    if not path.is_file():
        _refuse_missing(name, source, path, releases)
    pinned = declared.sha256 if given is None else None
    data = _looked_at(name, path, pinned, releases) if look else _verified(name, path, pinned, releases)
    try:
        content = read_content(unpack(data), hashlib.sha256(data).hexdigest())
    except IntegrityError as error:
        raise IntegrityError(f"data.{name}: the bundle {path.name} is refused, {error}") from None
    cited = content["cited"]
    own = declared.bundle is not None and _is_meant(declared.bundle, cited, path)
    if not own and given is None:
        raise IntegrityError(
            f"data.{name}: {path.name} holds {cited['study']} {cited['version']}, another release than its name says"
        )
    if own and declared.sha256 not in (None, content["digest"]):
        raise IntegrityError(
            f"data.{name}: {path.name} has the SHA-256 {content['digest']}, must be {declared.sha256}: it is not the "
            "bundle pinned"
        )
    _refuse_less_strict(study, name, declared, content["level"])
    level = "restricted" if declared.stated and declared.level == "restricted" else content["level"]
    return ResolvedInput(
        name=name,
        source=f"{BUNDLE}{cited['study']}@{cited['version']}",
        level=level,
        digest=content["digest"],
        keyed=False,
        bytes=len(data),
        rows="published" if level == "public" else None,
        replaced=None if own else (),
        content=json.dumps(content, ensure_ascii=False).encode(),
        bundle=cited,
    )


def _where(name: str, declared: DataInput, given: str | Path | None, project: Project) -> tuple[BundleSource, Path]:
    """Say which bundle is meant, and where it lies."""
    words = str(given) if given is not None else str(declared.source)
    if words.startswith(PUBLISHED):
        raise SpecificationError(f"data.{name} == {words!r}, but this input is a released bundle: give its zip file")
    if given is not None and not words.startswith(BUNDLE):
        return BundleSource(path=Path(words).name), Path(words)
    try:
        source = BundleSource.read(words)
    except ValueError as error:
        raise SpecificationError(f"data.{name}: {error}") from None
    places = source.places(project.root, project.studies)
    found = next((place for place in places if place.is_file()), places[0])
    if not found.resolve().is_relative_to(project.root.resolve()):
        raise SpecificationError(f"data.{name} == {words!r} leads out of the project: copy the bundle into it")
    return source, found


def _refuse_missing(name: str, source: BundleSource, path: Path, releases: list[Path]) -> None:
    """Say why there is no bundle: it was withdrawn, or nobody put it there."""
    stone = find_withdrawn(path.with_name(source.file), releases)
    if stone is not None:
        raise IntegrityError(
            f"data.{name}: the bundle {source.file} was withdrawn on {stone['date']} ({stone['reason']}): leave it out"
        )
    where = f"{RECEIVED}/, store/, studies/{source.study}/releases/" if source.study else "its place"
    raise DataError(
        f"data.{name}: the bundle {source.file} is in none of {where}: put what was released there, with the .sha256 "
        "beside it"
    )


def _verified(name: str, path: Path, pinned: str | None, releases: list[Path]) -> bytes:
    """Return the bytes of a bundle that verifies, and refuse another by the first thing that is wrong with it."""
    from ctresearch.studies.release.verify import verify_bundle

    try:
        data = bundle_bytes(path)
        found = verify_bundle(path, pinned, releases)
    except CtResearchError as error:
        raise DataError(f"data.{name}: {error}") from None
    failed = [check for check in found.checks if check.status == "fail"]
    if failed:
        raise IntegrityError(
            f"data.{name}: the bundle {path.name} does not verify ({failed[0].name}): {str(failed[0].message)[:400]}"
        )
    if found.sha256 != hashlib.sha256(data).hexdigest():
        raise IntegrityError(f"data.{name}: the bundle {path.name} changed while it was read")
    return data


def _looked_at(name: str, path: Path, pinned: str | None, releases: list[Path]) -> bytes:
    """Return the bytes of a bundle that verified before, and was told from what it is now by nothing that counts."""
    data = bundle_bytes(path)
    stones = [one for place in {path.parent, *releases} for one in place.glob(f"*{STONE}")]
    ledgers = [place / LEDGER for place in path.resolve().parents]
    near = (*stones, *ledgers, *(path.with_name(path.name + ending) for ending in (".sha256", ".sig")))
    state = {str(one): (one.stat().st_size, one.stat().st_mtime_ns) for one in near if one.is_file()}
    key = json.dumps([hashlib.sha256(data).hexdigest(), pinned, sorted(state.items()), source_hash()])
    remembered(f"verified {path.resolve()}", key, lambda: bool(_verified(name, path, pinned, releases)))
    return data


def _is_meant(source: BundleSource, cited: Mapping[str, object], path: Path) -> bool:
    """Say whether a bundle is the release that the manifest names."""
    if source.study:
        return (cited["study"], cited["version"]) == (source.study, source.version)
    return path.name == source.file


def _refuse_less_strict(study: Study, name: str, declared: DataInput, level: str) -> None:
    """Refuse a manifest that calls public what its custodian released as restricted."""
    if declared.stated and declared.level == "public" and level == "restricted":
        raise SpecificationError(
            f'data.{name} of {study.name!r} says level = "public", and its bundle carries restricted outputs: write '
            'level = "restricted", with access and [ethics]'
        )
