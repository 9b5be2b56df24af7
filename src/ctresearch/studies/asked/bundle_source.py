"""How a manifest names a released bundle that it takes as data: ``bundle:NAME@VERSION`` or ``bundle:PATH.zip``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ctresearch.studies.asked.project import is_name

BUNDLE = "bundle:"
RECEIVED = "bundles"
"""Folder of a project for bundles that others released."""
_KEPT = "store"
_VERSION = re.compile(r"[0-9][0-9A-Za-z]*([.-][0-9A-Za-z]+){0,12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BundleSource:
    """Which bundle is meant.

    Parameters
    ----------
    study, version : str
        Name and version of the release; empty where a path is given.
    path : str
        Path of the zip file below the root of the project; empty where a name is given.

    Examples
    --------
    >>> BundleSource.read("bundle:kenya@1.0").file
    'kenya-1.0.zip'
    """

    study: str = ""
    version: str = ""
    path: str = ""

    @classmethod
    def read(cls, source: str) -> BundleSource:
        """Read the words of a manifest.

        Parameters
        ----------
        source : str
            What stands under ``source``.

        Returns
        -------
        BundleSource
            Which bundle is meant.

        Raises
        ------
        ValueError
            If it is neither a name with a version nor the path of a zip file inside the project.

        Examples
        --------
        >>> BundleSource.read("bundle:bundles/kenya-1.0.zip").path
        'bundles/kenya-1.0.zip'
        """
        words = source.removeprefix(BUNDLE)
        study, at, version = words.partition("@")
        if at and is_name(study) and _VERSION.fullmatch(version):
            return cls(study=study, version=version)
        parts = PurePosixPath(words).parts
        inside = not words.startswith("/") and ".." not in parts and "\\" not in words and ":" not in words
        if at or not words.endswith(".zip") or not inside:
            raise ValueError(
                f"source == {source!r}, must be bundle:NAME@VERSION, such as bundle:kenya@1.0, or bundle:PATH of a zip "
                "file inside the project, such as bundle:bundles/kenya-1.0.zip"
            )
        return cls(path=words)

    @property
    def file(self) -> str:
        """Name of the zip file."""
        return f"{self.study}-{self.version}.zip" if self.study else PurePosixPath(self.path).name

    def places(self, root: Path, studies: Path) -> list[Path]:
        """List where the bundle may lie.

        Parameters
        ----------
        root, studies : pathlib.Path
            The project, and its folder of studies.

        Returns
        -------
        list of pathlib.Path
            The one place of a path; or those of a name, in the order in which they are looked in: what was received,
            the store, and the project's own releases.

        Examples
        --------
        >>> [path.as_posix() for path in BundleSource.read("bundle:k@1.0").places(Path("p"), Path("p/studies"))]
        ['p/bundles/k-1.0.zip', 'p/store/k-1.0.zip', 'p/studies/k/releases/k-1.0.zip']
        """
        if self.path:
            return [root / self.path]
        return [folder / self.file for folder in (root / RECEIVED, root / _KEPT, studies / self.study / "releases")]
