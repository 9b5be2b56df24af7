"""Where things are: the project's root, its studies, notebooks and runs.

The root is the nearest folder whose ``pyproject.toml`` has a table ``[tool.ctresearch]``. Notebooks are looked for in
the study's own folder, in the project's notebooks folder, and last among those shipped with the package.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ctresearch.core.errors import SpecificationError

MANIFEST = "study.toml"
_PACKAGE = Path(__file__).resolve().parents[2]
# Inside a wheel the notebooks lie in the package; where the package is installed from its sources, beside those.
_SHIPPED = next((p for p in (_PACKAGE / "notebooks", _PACKAGE.parents[1] / "notebooks") if p.is_dir()), _PACKAGE)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Project:
    """Folders of one project.

    Parameters
    ----------
    root : pathlib.Path
        Folder of the ``pyproject.toml``.
    studies, notebooks, runs : pathlib.Path
        Where studies, notebooks and finished runs are kept.

    Examples
    --------
    >>> Project.at(Path("bench")).runs.as_posix()
    'bench/runs'
    """

    root: Path
    studies: Path
    notebooks: Path
    runs: Path

    @classmethod
    def at(cls, root: Path) -> Project:
        """Return the folders of the project at a root.

        Parameters
        ----------
        root : pathlib.Path
            Its folder; the table ``[tool.ctresearch]`` of its ``pyproject.toml`` may rename the three folders.

        Returns
        -------
        Project
            The folders, whether they exist or not.

        Raises
        ------
        SpecificationError
            If one of them is not a path inside the root.

        Examples
        --------
        >>> Project.at(Path("bench")).studies.name
        'studies'
        """
        table = _tool_table(root / "pyproject.toml") or {}
        named = {key: str(table.get(key, key)) for key in ("studies", "notebooks", "runs")}
        for key, value in named.items():
            if Path(value).is_absolute() or ".." in Path(value).parts:
                raise SpecificationError(
                    f"{root / 'pyproject.toml'}: tool.ctresearch.{key} == {value!r}, must be a folder inside the "
                    "project"
                )
        return cls(root, *(root / value for value in named.values()))

    def study_names(self) -> list[str]:
        """Return the names of the studies there are, in alphabetical order.

        Returns
        -------
        list of str
            Folders that hold a ``study.toml``.

        Examples
        --------
        >>> Project.at(Path("no such folder")).study_names()
        []
        """
        return sorted(path.parent.name for path in self.studies.glob(f"*/{MANIFEST}"))

    def study_folder(self, name: str) -> Path:
        """Return the folder of a study.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        pathlib.Path
            The folder, which holds a ``study.toml``.

        Raises
        ------
        SpecificationError
            If there is no such study; the message gives the nearest names.

        Examples
        --------
        >>> Project.at(Path("no such folder")).study_folder("x")
        Traceback (most recent call last):
        ...
        ctresearch.core.errors.SpecificationError: study == 'x' does not exist in no such folder/studies, ...
        """
        if not is_name(name) or not (self.studies / name / MANIFEST).exists():
            names = self.study_names()
            near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) or names
            cure = f"did you mean {', '.join(near)}?" if near else "make one with `ctresearch new NAME --notebook N`"
            raise SpecificationError(f"study == {name!r} does not exist in {self.studies}, {cure}")
        return self.studies / name


def find_root(start: Path | None = None) -> Path:
    """Find the root of the project that holds a folder.

    Parameters
    ----------
    start : pathlib.Path, optional
        Where to start looking, upwards; the working directory by default.

    Returns
    -------
    pathlib.Path
        The nearest folder whose ``pyproject.toml`` has ``[tool.ctresearch]``.

    Raises
    ------
    SpecificationError
        If there is none.

    Examples
    --------
    >>> import tempfile
    >>> root = Path(tempfile.mkdtemp()).resolve()
    >>> _ = (root / "pyproject.toml").write_text("[tool.ctresearch]")
    >>> (root / "studies").mkdir()
    >>> find_root(root / "studies") == root
    True
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if _tool_table(folder / "pyproject.toml") is not None:
            return folder
    raise SpecificationError(
        f"{start} is in no project: go to one, or write the line [tool.ctresearch] into a pyproject.toml at its root"
    )


def is_name(name: str) -> bool:
    """Say whether a word can name a study: lower case letters, digits, hyphens and underscores.

    Parameters
    ----------
    name : str
        The word.

    Returns
    -------
    bool
        Whether it can.

    Examples
    --------
    >>> is_name("uk-2013-prevalence"), is_name("../x")
    (True, False)
    """
    return _NAME.fullmatch(name) is not None


def find_notebook(name: str, folder: Path, notebooks: Path) -> Path:
    """Find a notebook by its name.

    Parameters
    ----------
    name : str
        Name without ``.ipynb``.
    folder : pathlib.Path
        Folder of the study, looked in first.
    notebooks : pathlib.Path
        Notebooks of the project, looked in next; those shipped with the package come last.

    Returns
    -------
    pathlib.Path
        The notebook.

    Raises
    ------
    SpecificationError
        If there is none of that name; the message lists those there are.

    Examples
    --------
    >>> find_notebook("no_such", Path("a"), Path("b"))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: notebook == 'no_such' does not exist; ...
    """
    places = (folder, notebooks, _SHIPPED)
    for place in places:
        if (place / f"{name}.ipynb").is_file():
            return place / f"{name}.ipynb"
    found = {path.stem for place in places for path in place.glob("*.ipynb")}
    there = sorted(one for one in found if not one.startswith(_TAUGHT))
    known = f"there are {', '.join(there)}" if there else "there are no notebooks yet"
    raise SpecificationError(f"notebook == {name!r} does not exist; {known}, in {notebooks} or in the study's folder")


_TAUGHT = ("tutorial_", "lesson_", "welcome")  # notebooks that belong to no study


@lru_cache(maxsize=8)
def _parsed(text: str) -> dict[str, Any]:
    """Read TOML; a command asks for the same project many times."""
    return tomllib.loads(text)


def _tool_table(pyproject: Path) -> dict[str, object] | None:
    """Read ``[tool.ctresearch]``, or ``None`` where there is none."""
    try:
        content = _parsed(pyproject.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except RecursionError:
        raise SpecificationError(f"{pyproject} is nested too deeply to be read: write it with fewer brackets") from None
    except (OSError, ValueError) as error:
        raise SpecificationError(f"{pyproject} cannot be read: {error}; it must be a UTF-8 TOML file") from error
    table = content.get("tool", {}).get("ctresearch")
    return table if isinstance(table, dict) else None
