"""The id of a run: a hash of everything that went in.

Two runs with one id are one run and give the same bytes. Code, prose, parameters, data, installed versions, Python,
the package's own source and the seed each stand as a component, so that two ids can be compared part by part.
"""

from __future__ import annotations

import hashlib
import json
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from ctresearch.core.compile import source_hash
from ctresearch.core.errors import SpecificationError
from ctresearch.studies.asked.modules import module_digests
from ctresearch.studies.asked.parameters import Value, to_json
from ctresearch.studies.base.remembered import remembered, stamps

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ctresearch.studies.asked.inputs import ResolvedInput
    from ctresearch.studies.asked.manifest import Study

SHORT = 16
_SENTENCES = {
    "code": "a code cell of the notebook changed",
    "prose": "the text of the notebook changed",
    "manifest": "title, authors, promised outputs, citation or terms in study.toml changed",
    "source": "the source of ctresearch changed",
}


def components(
    study: Study,
    notebook: Mapping[str, Any],
    parameters: Mapping[str, Value],
    inputs: Mapping[str, ResolvedInput],
    modules: Mapping[str, bytes] | None = None,
) -> dict[str, Any]:
    """Gather what a run is made from.

    Parameters
    ----------
    study : Study
        The manifest.
    notebook : mapping
        The notebook as read from its file.
    parameters : mapping
        The parameters of this run.
    inputs : mapping of str to ResolvedInput
        The data of this run.
    modules : mapping of str to bytes, optional
        Helper modules of the notebook.

    Returns
    -------
    dict
        Component to value, ready for JSON; what ``provenance.json`` lists.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> study = Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1)
    >>> sorted(components(study, {"cells": []}, {}, {}))[:4]
    ['code', 'inputs', 'manifest', 'packages']
    """
    return {
        **written(study, notebook),
        **module_digests(modules or {}),
        "parameters": to_json(parameters),
        "inputs": {name: one.record() for name, one in inputs.items()},
        "packages": installed(tuple(study.extras)),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "source": source_hash(),
    }


def written(study: Study, notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Name what somebody wrote for a run: the components that notebook and manifest alone decide.

    Parameters
    ----------
    study : Study
        The manifest.
    notebook : mapping
        The notebook, executed or not; outputs and metadata play no part.

    Returns
    -------
    dict
        ``code``, ``prose``, ``manifest`` and ``seed``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> written(Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1), {"cells": []})["seed"]
    1
    """
    return {
        "code": _cells_digest(notebook, "code"),
        "prose": _cells_digest(notebook, "markdown"),
        "manifest": _manifest_digest(study),
        "seed": study.seed,
    }


def run_id(parts: Mapping[str, Any]) -> str:
    """Hash the components of a run.

    Parameters
    ----------
    parts : mapping
        What :func:`components` returned.

    Returns
    -------
    str
        SHA-256 as 64 hexadecimal digits; the first sixteen name the folder of the run.

    Examples
    --------
    >>> run_id({"seed": 1}) == run_id({"seed": 2})
    False
    """
    return hashlib.sha256(_canonical(parts)).hexdigest()


def explain(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Say what differs between the components of two runs.

    Parameters
    ----------
    old, new : mapping
        What :func:`components` returned for each.

    Returns
    -------
    list of str
        One sentence a difference; empty where the two are the same run.

    Examples
    --------
    >>> explain({"seed": 1, "parameters": {"n": 1}}, {"seed": 2, "parameters": {"n": 5}})
    ['parameter n: 1 -> 5', 'seed: 1 -> 2']
    """
    out = [sentence for part, sentence in _SENTENCES.items() if old.get(part) != new.get(part)]
    out += _changes("parameter", old.get("parameters", {}), new.get("parameters", {}))
    out += _changes("input", _digests(old), _digests(new))
    out += [f"module {name} changed" for name in _other(old.get("modules", {}), new.get("modules", {}))]
    out += _changes("package", old.get("packages", {}), new.get("packages", {}))
    pairs = [(part, old.get(part), new.get(part)) for part in ("python", "seed")]
    return out + [f"{part}: {before} -> {after}" for part, before, after in pairs if before != after]


@cache
def installed(extras: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the installed versions of everything that ctresearch depends on.

    Parameters
    ----------
    extras : tuple of str
        Extras that the study declares to use.

    Returns
    -------
    dict of str to str
        Distribution to version, in alphabetical order; ctresearch itself is among them.

    Raises
    ------
    SpecificationError
        If an extra is unknown or one of its packages is not installed.

    Examples
    --------
    >>> "numpy" in installed()
    True
    """
    key = f"{_state_of_installed()} {' '.join(extras)}"
    found: dict[str, str] = remembered(f"installed {' '.join(extras)}", key, lambda: _installed(extras))
    return dict(sorted(found.items()))


@cache
def _state_of_installed() -> str:
    """Name the state of what is installed, once for all studies of a command."""
    return stamps(sys.path)


def _installed(extras: tuple[str, ...]) -> dict[str, str]:
    """Go through what ctresearch depends on, and what that depends on."""
    from importlib.metadata import distribution

    offered = distribution("ctresearch").metadata.get_all("Provides-Extra") or []
    unknown = [extra for extra in extras if extra not in offered]
    if unknown:
        raise SpecificationError(f"extras == {unknown[0]!r}, must be one of {', '.join(offered)}")
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [("ctresearch", extra) for extra in ("", *extras)]
    while waiting:
        pair = waiting.pop()
        if pair not in seen:
            seen.add(pair)
            waiting += _requirements(*pair, found, needed=pair[0] == "ctresearch" or bool(extras))
    return found


def notebook_content(path: Path) -> dict[str, Any]:
    r"""Read a notebook.

    Parameters
    ----------
    path : pathlib.Path
        An ``.ipynb`` file.

    Returns
    -------
    dict
        Its content, with sources as plain text.

    Raises
    ------
    SpecificationError
        If it is not a notebook of format 4.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "n.ipynb"
    >>> _ = path.write_text('{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["1\\n", "2"]}]}')
    >>> notebook_content(path)["cells"][0]["source"]
    '1\n2'
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if content["nbformat"] != 4 or not isinstance(content["cells"], list):
            raise ValueError(f"nbformat is {content['nbformat']}")
        for cell in content["cells"]:
            source = cell["source"]
            cell["source"] = "".join(source) if isinstance(source, list) else source
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise SpecificationError(
            f"{path} is not a notebook of format 4: {error!r}; save it anew in JupyterLab"
        ) from error
    return content


def _requirements(name: str, extra: str, found: dict[str, str], *, needed: bool) -> list[tuple[str, str]]:
    """Note one distribution and return what it requires."""
    from importlib.metadata import PackageNotFoundError, distribution

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    try:
        found_one = distribution(name)
    except PackageNotFoundError:
        if needed:
            raise SpecificationError(f"package == {name!r} is not installed, and the study needs it") from None
        return []
    found[name] = found_one.version
    out: list[tuple[str, str]] = []
    for line in found_one.requires or []:
        one = Requirement(line)
        if one.marker is None or one.marker.evaluate({"extra": extra}):
            out += [(canonicalize_name(one.name), more) for more in ("", *sorted(one.extras))]
    return out


def _cells_digest(notebook: Mapping[str, Any], kind: str) -> str:
    """Hash the sources of the cells of one kind; outputs and metadata play no part."""
    sources = [cell["source"].replace("\r\n", "\n") for cell in notebook["cells"] if cell["cell_type"] == kind]
    return hashlib.sha256(_canonical(sources)).hexdigest()


def _manifest_digest(study: Study) -> str:
    """Hash what the manifest brings into the outputs beside parameters, data and seed."""
    kept = {"title", "description", "authors", "outputs", "ethics", "cite", "overrides"}
    scopes = {name: one.scope for name, one in study.data.items() if one.scope}
    policy = study.owner_policy.to_dict() if study.owner_policy else None
    words = {"name": study.name, "scopes": scopes, "policy": policy, **study.model_dump(mode="json", include=kept)}
    return hashlib.sha256(_canonical(words)).hexdigest()


def _canonical(value: Any) -> bytes:
    """Write a value as the one JSON text that stands for it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def _digests(parts: Mapping[str, Any]) -> dict[str, str]:
    """Return the inputs of a run as source and the head of the digest."""
    return {name: f"{one['source']} ({one['digest'][:12]})" for name, one in parts.get("inputs", {}).items()}


def _other(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """List what is not the same in two tables."""
    return [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]


def _changes(what: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Say which entries of a table differ."""
    names = [*old, *(name for name in new if name not in old)]
    shown = [(name, old.get(name, "none"), new.get(name, "none")) for name in names]
    return [f"{what} {name}: {before} -> {after}" for name, before, after in shown if before != after]
