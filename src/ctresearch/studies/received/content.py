"""What a verified bundle lets a notebook read: its estimates and tables that passed the gate, and how it is cited."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.release.blobs import LISTING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KINDS = ("estimates", "tables")
_LEVELS = ("public", "restricted")


def read_content(files: Mapping[str, bytes], digest: str) -> dict[str, Any]:
    """Take out of a bundle what a notebook may read; figures, pages, notebooks and files stay inside.

    Parameters
    ----------
    files : mapping of str to bytes
        The unpacked bundle, which :func:`ctresearch.studies.release.verify.verify_bundle` found whole.
    digest : str
        SHA-256 of the archive.

    Returns
    -------
    dict
        ``cited`` (how it is cited), ``level`` (the strictest of what it carries), ``headline`` and ``runs``, ready for
        JSON.

    Raises
    ------
    IntegrityError
        If it carries an output that did not pass the gate, or its own files are not as a release writes them.

    Examples
    --------
    >>> read_content({"k-1.0/bundle.json": b"[]"}, "ab")
    Traceback (most recent call last):
    ...
    ctresearch.studies.base.errors.IntegrityError: its own files cannot be read (TypeError)
    """
    inside = {path.partition("/")[2]: content for path, content in files.items()}
    try:
        return _content(inside, digest)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise IntegrityError(f"its own files cannot be read ({type(error).__name__})") from None


def _content(inside: Mapping[str, bytes], digest: str) -> dict[str, Any]:
    """Gather what may be read."""
    listing = json.loads(inside[LISTING])
    study = str(listing["study"])
    manifest = tomllib.loads(inside[f"source/studies/{study}/study.toml"].decode("utf-8"))
    runs = [_run(home, inside) for home in listing["runs"]]
    outputs = manifest.get("outputs", {})
    names = {name for run in runs for kind in _KINDS for name in run[kind]}
    levels = {outputs.get(name, {}).get("level", "restricted") for name in names}
    other = sorted(levels - set(_LEVELS))
    if other:
        raise IntegrityError(f"it carries an output of the level {other[0]!r}, must be of {' or '.join(_LEVELS)}")
    rests_on = sorted({one for run in runs for one in run.pop("rests_on")})
    return {
        "cited": {
            "study": study,
            "version": str(listing["version"]),
            "date": str(listing["date"]),
            "title": str(manifest["title"]),
            "authors": [str(author["name"]) for author in manifest.get("authors", [])],
            "doi": manifest.get("cite", {}).get("doi"),
            "runs": [run["run_id"] for run in runs],
            "rests_on": rests_on,
        },
        "digest": digest,
        "level": max(levels, key=_LEVELS.index, default="public"),
        "headline": next((name for name, one in outputs.items() if one.get("headline")), None),
        "runs": runs,
    }


def _run(home: str, inside: Mapping[str, bytes]) -> dict[str, Any]:
    """Gather the estimates and tables of one run."""
    document = json.loads(inside[f"{home}results.json"])
    provenance = json.loads(inside[f"{home}provenance.json"])
    for kind in (*_KINDS, "figures", "files"):
        for name in document[kind]:
            if document["gate"][name]["status"] != "pass":
                raise IntegrityError(f"its output {name!r} did not pass the gate")
    return {
        "run_id": str(provenance["run_id"]),
        "parameters": dict(provenance["components"]["parameters"]),
        "rests_on": [*_rests_on(provenance["components"]["inputs"])],
        "estimates": {n: json.loads(inside[home + one["path"]]) for n, one in document["estimates"].items()},
        "tables": {n: inside[home + one["path"]].decode("utf-8") for n, one in document["tables"].items()},
    }


def _rests_on(inputs: Mapping[str, Any]) -> Iterator[str]:
    """List the digests of bundles that a run took itself, and of those that these rest on."""
    for record in inputs.values():
        if "bundle" in record:
            yield str(record["digest"])
            yield from map(str, record["bundle"].get("rests_on", ()))
