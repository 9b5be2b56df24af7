"""Withdraws a release: the bundle goes, a tombstone with day and reason stays."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from ctresearch.core.errors import DataError, SpecificationError

RELEASES = "releases"
FORMAT = "ctresearch-tombstone/1"


def withdraw(folder: Path, study: str, version: str, reason: str, *, date: str | None = None) -> Path:
    """Withdraw a version of a study.

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
    stone = tombstone_path(folder, study, version)
    if earlier is None:
        digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
        day = date or dt.datetime.now(dt.UTC).date().isoformat()
        content = {
            "format": FORMAT,
            "study": study,
            "version": version,
            "date": day,
            "reason": reason.strip(),
            "sha256": digest,
        }
        _write(stone, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    bundle.unlink()
    bundle.with_name(bundle.name + ".sha256").unlink(missing_ok=True)
    return stone


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
    return folder / f"{study}-{version}.withdrawn.json"


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
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"the tombstone {path} cannot be read: {error!r}") from error


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=".draft-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    Path(name).replace(path)
