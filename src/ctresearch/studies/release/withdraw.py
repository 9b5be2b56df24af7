"""Withdraws a release: the bundle goes, a tombstone with day and reason stays."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path  # noqa: TC003  (the examples make paths)
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.studies.base.whole import locked, read_beginning, write_whole
from ctresearch.studies.release import blobs
from ctresearch.studies.signing.ledger import enter_gone
from ctresearch.studies.signing.ssh import sign
from ctresearch.studies.signing.vouch import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RELEASES = "releases"
FORMAT = "ctresearch-tombstone/1"
STONE = ".withdrawn.json"
MOST_BESIDE = 2**20  # bytes of a hash, signature or tombstone; a real one has some hundreds


def withdraw(
    folder: Path,
    study: str,
    version: str,
    reason: str,
    *,
    date: str | None = None,
    key: Path | None = None,
    shelf: Path | None = None,
    others: Iterable[Path] = (),
) -> Path:
    """Withdraw a version of a study.

    The tombstone stands first, then its line in the ledger; then goes what the bundle alone kept in the store, and the
    bundle last. Cut short in between, the same command goes on.

    Parameters
    ----------
    folder : pathlib.Path
        Where releases are kept.
    study, version : str
        What is withdrawn.
    reason : str
        Why: a risk of re-identification, consent withdrawn, an error. It is published, so it names nobody.
    date : str, optional
        The day, ``YYYY-MM-DD``; today by default.
    key : pathlib.Path, optional
        SSH key that signs.
    shelf : pathlib.Path, optional
        Folder of the ledger; without it nothing is entered.
    others : iterable of pathlib.Path
        All other bundles that share the store.

    Returns
    -------
    pathlib.Path
        The tombstone. It stands before the bundle is deleted.

    Raises
    ------
    SpecificationError
        If there is no such release, it was withdrawn before, or the reason is empty.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "demo-1.0.zip").write_bytes(b"zip")
    >>> withdraw(folder, "demo", "1.0", "consent withdrawn").name
    'demo-1.0.withdrawn.json'
    >>> (folder / "demo-1.0.zip").exists()
    False
    """
    if not reason.strip():
        raise SpecificationError(f"reason == {reason!r}, must say why the release is withdrawn")
    bundle = folder / f"{study}-{version}.zip"
    earlier = read_tombstone(folder, study, version)
    if earlier is not None and not bundle.exists():
        raise SpecificationError(f"{study} {version} was withdrawn on {earlier['date']} already: {earlier['reason']}")
    if earlier is None and not bundle.is_file():
        there = sorted(path.stem for path in folder.glob(f"{study}-*.zip"))
        raise SpecificationError(f"{study} {version} is no release in {folder}, there are {', '.join(there) or 'none'}")
    if earlier is None:
        digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
        day = date or dt.datetime.now(dt.UTC).date().isoformat()
        earlier = {"study": study, "version": version, "date": day, "reason": reason.strip(), "sha256": digest}
    stone = set_tombstone(folder, earlier, key)
    if shelf is not None:
        enter_gone(shelf, "withdraw", earlier, hashlib.sha256(stone.read_bytes()).hexdigest(), key=key)
    blobs.forget(bundle, blobs.alone(bundle, others))
    remove_bundle(bundle)
    return stone


def set_tombstone(folder: Path, stone: Mapping[str, Any], key: Path | None) -> Path:
    """Write the tombstone of a version and its signature; one that stands is left as it is.

    Parameters
    ----------
    folder : pathlib.Path
        Where releases are kept.
    stone : mapping
        Study, version, date, reason and SHA-256.
    key : pathlib.Path, optional
        SSH key that signs.

    Returns
    -------
    pathlib.Path
        The tombstone.

    Examples
    --------
    >>> import tempfile
    >>> stone = {"study": "demo", "version": "1.0", "date": "2026-01-31", "reason": "an error", "sha256": "ab"}
    >>> set_tombstone(Path(tempfile.mkdtemp()), stone, None).name
    'demo-1.0.withdrawn.json'
    """
    path = tombstone_path(folder, stone["study"], stone["version"])
    text = json.dumps({"format": FORMAT, **stone}, indent=1, ensure_ascii=False) + "\n"
    with locked(folder):
        content = path.read_bytes() if path.exists() else text.encode()
        if key is not None:
            write_whole(path.with_name(path.name + SIGNATURE), sign(content, key).text.encode())
        if not path.exists():
            write_whole(path, content)
    return path


def remove_bundle(bundle: Path) -> list[Path]:
    """Delete a bundle and what stands beside it; the bundle goes last.

    Parameters
    ----------
    bundle : pathlib.Path
        The zip file.

    Returns
    -------
    list of pathlib.Path
        What was deleted.

    Examples
    --------
    >>> remove_bundle(Path("no such bundle.zip"))
    []
    """
    full = bundle.with_name(f"{bundle.stem}-full.zip")
    names = [one.with_name(one.name + end) for one in (full, bundle) for end in (".sha256", SIGNATURE, "")]
    found = [path for path in names if path.is_file()]
    for path in found:
        path.unlink(missing_ok=True)
    return found


def tombstone_path(folder: Path, study: str, version: str) -> Path:
    """Return where the tombstone of a version stands.

    Parameters
    ----------
    folder : pathlib.Path
        Where releases are kept.
    study, version : str
        The release.

    Returns
    -------
    pathlib.Path
        The file.

    Examples
    --------
    >>> tombstone_path(Path("releases"), "demo", "1.0").as_posix()
    'releases/demo-1.0.withdrawn.json'
    """
    return folder / f"{study}-{version}{STONE}"


def find_withdrawn(path: Path, releases: Sequence[Path] = ()) -> dict[str, Any] | None:
    """Look for the tombstone of a bundle that is not there.

    Parameters
    ----------
    path : pathlib.Path
        Where the bundle would be.
    releases : sequence of pathlib.Path
        More folders to look in.

    Returns
    -------
    dict or None
        The tombstone.

    Examples
    --------
    >>> import pathlib
    >>> find_withdrawn(pathlib.Path("no such folder/demo-1.0.zip")) is None
    True
    """
    places = [folder / f"{path.stem}{STONE}" for folder in (path.parent, *releases)]
    for place in places:
        if place.is_file():
            try:
                content = json.loads(read_beginning(place, MOST_BESIDE))
                return read_tombstone(place.parent, content["study"], content["version"])
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise DataError(f"the tombstone {place} cannot be read: {type(error).__name__}") from error
    return None


def read_tombstone(folder: Path, study: str, version: str) -> dict[str, Any] | None:
    """Read the tombstone of a version.

    Parameters
    ----------
    folder : pathlib.Path
        Where releases are kept.
    study, version : str
        The release.

    Returns
    -------
    dict or None
        Study, version, date, reason and SHA-256 of what was withdrawn; ``None`` where nothing was.

    Raises
    ------
    DataError
        If there is one that cannot be read.

    Examples
    --------
    >>> read_tombstone(Path("no such folder"), "demo", "1.0") is None
    True
    """
    path = tombstone_path(folder, study, version)
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {key: content[key] for key in ("study", "version", "date", "reason", "sha256")}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"the tombstone {path} cannot be read: {type(error).__name__}") from error
