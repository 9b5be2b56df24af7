"""Helper modules of a notebook, named under ``[code]``: files whose bytes are part of what a run is made from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ctresearch.studies.asked.manifest import Study


def read_modules(study: Study, notebook: Path) -> dict[str, bytes]:
    """Read the modules that a study names.

    Parameters
    ----------
    study : Study
        The manifest.
    notebook : pathlib.Path
        The study's notebook; a module lies in the study's folder, or beside it.

    Returns
    -------
    dict of str to bytes
        Module to the bytes of its file.

    Raises
    ------
    SpecificationError
        If there is no such file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> read_modules(Study(name="demo", folder=Path("demo"), title="T", notebook="n", seed=1), Path("n.ipynb"))
    {}
    """
    out = {}
    for name, file in study.code.items():
        places = [folder / file for folder in (study.folder, notebook.parent)]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise SpecificationError(
                f"code.{name} == {file!r} is not a file, must lie in the study's folder or beside the notebook"
            )
        out[name] = found.read_bytes()
    return out


def module_digests(modules: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    """Return what a run id is made from for its modules.

    Parameters
    ----------
    modules : mapping of str to bytes
        Module to the bytes of its file.

    Returns
    -------
    dict
        ``{"modules": {module: SHA-256}}``; empty where there are none, so that no other id changes.

    Examples
    --------
    >>> module_digests({})
    {}
    """
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in modules.items()}
    return {"modules": digests} if digests else {}
