"""A finished run, read back and held to the hashes that were recorded when it was made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.core.render import as_card
from ctresearch.studies.base.errors import IntegrityError

if TYPE_CHECKING:
    from pathlib import Path

PROVENANCE, LOG = "provenance.json", "run.log.json"
UNHASHED = frozenset({PROVENANCE, LOG, "ro-crate-metadata.json"})


@dataclass(frozen=True, slots=True, eq=False)
class RunRecord:
    """What a finished run was made from and what came out.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the run.
    provenance : dict
        Content of its ``provenance.json``.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "provenance.json").write_text('{"run_id": "ab", "study": "s", "components": {}, "outputs": {}}')
    >>> RunRecord.open(folder).problems()
    []
    """

    folder: Path
    provenance: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> RunRecord:
        """Read a finished run.

        Parameters
        ----------
        folder : pathlib.Path
            Folder of the run.

        Returns
        -------
        RunRecord
            The run; its files are not verified yet.

        Raises
        ------
        SpecificationError
            If there is no run.
        IntegrityError
            If its ``provenance.json`` cannot be read.

        Examples
        --------
        >>> import pathlib
        >>> RunRecord.open(pathlib.Path("no such run"))
        Traceback (most recent call last):
        ...
        ctresearch.core.errors.SpecificationError: 'no such run' holds no provenance.json, ...
        """
        try:
            content = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise SpecificationError(
                f"{str(folder)!r} holds no {PROVENANCE}, must be the folder of a finished run"
            ) from None
        except (ValueError, RecursionError) as error:
            raise IntegrityError(f"{folder / PROVENANCE} is damaged ({error}): run the study again") from error
        missing = [key for key in ("run_id", "study", "components", "outputs") if key not in content]
        if missing:
            raise IntegrityError(f"{folder / PROVENANCE} lacks {missing[0]!r}: run the study again")
        return cls(folder, content)

    @property
    def run_id(self) -> str:
        """Full id of the run."""
        return str(self.provenance["run_id"])

    @property
    def study(self) -> str:
        """Name of the study."""
        return str(self.provenance["study"])

    @property
    def components(self) -> dict[str, Any]:
        """What the run was made from."""
        return dict(self.provenance["components"])

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the run."""
        return dict(self.components.get("parameters", {}))

    @property
    def outputs(self) -> dict[str, str]:
        """SHA-256 of every file, by its relative path."""
        return dict(self.provenance["outputs"])

    @property
    def results(self) -> dict[str, Any]:
        """Content of ``results.json``: what the gate passed."""
        content: dict[str, Any] = json.loads((self.folder / "results.json").read_text(encoding="utf-8"))
        return content

    @property
    def log(self) -> dict[str, Any]:
        """When, where and how long: content of ``run.log.json``."""
        content: dict[str, Any] = json.loads((self.folder / LOG).read_text(encoding="utf-8"))
        return content

    def problems(self) -> list[str]:
        """Compare every file with its recorded hash.

        Returns
        -------
        list of str
            One sentence a missing, changed or added file; empty where the run is whole.

        Examples
        --------
        >>> import pathlib
        >>> RunRecord(pathlib.Path("gone"), {"outputs": {"a.csv": "00"}}).problems()
        ['a.csv is missing']
        """
        there = file_hashes(self.folder) if self.folder.is_dir() else {}
        found = [f"{path} is missing" for path in self.outputs if path not in there]
        found += [f"{path} was changed" for path, digest in self.outputs.items() if there.get(path, digest) != digest]
        return found + [f"{path} was added" for path in there if path not in self.outputs]

    def verify(self) -> None:
        """Refuse a run whose files are not those that were recorded.

        Raises
        ------
        IntegrityError
            If a file is missing, changed or added.

        Examples
        --------
        >>> import pathlib
        >>> RunRecord(pathlib.Path("gone"), {"outputs": {}}).verify()
        """
        found = self.problems()
        if found:
            raise IntegrityError(f"the run in {self.folder} is not as it was made: {'; '.join(found[:5])}")

    def _repr_html_(self) -> str:
        return as_card(self, says=[], show=["provenance"])


def file_hashes(folder: Path) -> dict[str, str]:
    """Hash the files of a run.

    Parameters
    ----------
    folder : pathlib.Path
        Folder of the run.

    Returns
    -------
    dict of str to str
        Relative path to SHA-256, in order of path; provenance, crate and log stay out.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file_hashes(pathlib.Path(tempfile.mkdtemp()))
    {}
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    relative = {path.relative_to(folder).as_posix(): path for path in paths}
    return {name: _sha256(path) for name, path in relative.items() if name not in UNHASHED}


def _sha256(path: Path) -> str:
    """Hash one file; a link is no output of a run and has no hash."""
    if path.is_symlink():
        return "link"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
