"""Makes a project in a folder, so that studies run wherever the package is installed."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.asked.project import Project

if TYPE_CHECKING:
    from pathlib import Path

_TOOL = """[tool.ctresearch]
# Marks the root of the project: studies, notebooks and runs lie in these folders below it.
studies = "studies"
notebooks = "notebooks"
runs = "runs"
"""
#: What git must not keep: runs, data, keys.
IGNORED = ("runs/", "data/", "*.key", "key")
_README = """# Studies

`ctresearch new NAME --from FILE` makes a study of a file; `ctresearch run NAME --data INPUT=FILE` runs it;
`ctresearch list` shows those there are. Data stay outside: `data/` is not kept by git.
"""


def init_project(folder: Path) -> tuple[Project, list[str]]:
    """Make a project in a folder; what is there already is kept.

    Parameters
    ----------
    folder : pathlib.Path
        Its root, made where it is not there.

    Returns
    -------
    tuple
        The project, and what was written.

    Raises
    ------
    SpecificationError
        If its ``pyproject.toml`` cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> project, written = init_project(Path(tempfile.mkdtemp(), "bench"))
    >>> project.studies.is_dir(), written
    (True, ['pyproject.toml', 'studies/', 'notebooks/', '.gitignore', 'README.md'])
    >>> init_project(project.root)[1]
    []
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = ["pyproject.toml"] if _mark(folder / "pyproject.toml") else []
    project = Project.at(folder)
    for place in (project.studies, project.notebooks):
        if not place.is_dir():
            place.mkdir(parents=True)
            written.append(f"{place.relative_to(folder).as_posix()}/")
    if _ignore(folder / ".gitignore"):
        written.append(".gitignore")
    if not (folder / "README.md").exists():
        (folder / "README.md").write_text(_README, encoding="utf-8")
        written.append("README.md")
    return project, written


def _mark(pyproject: Path) -> bool:
    """Write the table that marks the root of a project, where it is not there."""
    text = pyproject.read_text(encoding="utf-8") if pyproject.is_file() else ""
    try:
        there = tomllib.loads(text).get("tool", {})
    except ValueError as error:
        raise SpecificationError(f"{pyproject} is not TOML ({type(error).__name__}): correct it first") from None
    if "ctresearch" in there:
        return False
    pyproject.write_text(f"{text.rstrip()}\n\n{_TOOL}" if text.strip() else _TOOL, encoding="utf-8")
    return True


def _ignore(file: Path) -> bool:
    """Add what git must not keep, where it is not there."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    missing = [one for one in IGNORED if one not in lines]
    if missing:
        file.write_text("\n".join([*lines, *missing]) + "\n", encoding="utf-8")
    return bool(missing)
