"""Which studies a change since a revision may touch; where that cannot be known, all of them.

A study rests on its folder, its notebook, its data, the package and what is installed. A path of which nobody knows
what it is for counts as something that every study may rest on.
"""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ctresearch.core.errors import CtResearchError
from ctresearch.studies.asked.manifest import load_study
from ctresearch.studies.release.withdraw import RELEASES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.asked.project import Project

_HARMLESS = ("docs/", "tests/", "benchmarks/", ".github/", ".gitlab/", "store/")  # nothing in them enters a run
_PACKAGE = "ctresearch"
# What every study goes through, whichever room it uses.
_COMMON = frozenset({"core", "data", "privacy", "stats", "studies", ""})
# Rooms that build on others beside the common ones.
_ABOVE = {
    "policy": ("causes", "consequences"),
    "programmes": ("causes", "consequences"),
    "regions": ("prevalence", "routes", "causes", "consequences", "networks", "qualitative", "policy", "programmes"),
}
_NAMED = re.compile(rf"^\s*(?:from\s+{_PACKAGE}\.(\w+)|import\s+{_PACKAGE}\.(\w+))", re.MULTILINE)
_WHOLE = re.compile(
    rf"^\s*(?:import\s+{_PACKAGE}\s*(?:$|,|#|;|as\b)|from\s+{_PACKAGE}\s+import)|import_module|__import__|\bexec\(|%run",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Changed:
    """Which studies to check.

    Parameters
    ----------
    studies : tuple of str
        Their names, in alphabetical order.
    why_all : str
        Why all of them, where it cannot be told which; empty otherwise.

    Examples
    --------
    >>> Changed(("demo",)).why_all
    ''
    """

    studies: tuple[str, ...]
    why_all: str = ""


def changed_studies(project: Project, revision: str) -> Changed:
    """Find the studies that a change since a revision may touch, changes that are not committed among them.

    Parameters
    ----------
    project : Project
        The project, in a git repository.
    revision : str
        A commit, branch or tag.

    Returns
    -------
    Changed
        All studies where git does not know the revision, or a path changed that any of them may rest on.

    Examples
    --------
    >>> from ctresearch.studies.asked.project import Project
    >>> changed_studies(Project.at(Path("no such folder")), "HEAD").studies
    ()
    """
    names = tuple(project.study_names())
    paths = _changed_paths(project.root, revision)
    if paths is None:
        return Changed(names, f"git does not know the revision {revision!r} here")
    roles = [(path, _role(project, path)) for path in paths]
    common = next((path for path, role in roles if role == "all"), None)
    if common is not None:
        return Changed(names, f"{common} changed, on which any study may rest")
    rooms = {role.removeprefix("room ") for _, role in roles if role.startswith("room ")}
    return Changed(tuple(name for name in names if _touched(project, name, paths, rooms)))


def _changed_paths(root: Path, revision: str) -> list[str] | None:
    """List what changed below the root since a revision, or nothing where git cannot say."""
    commit = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if not commit:
        return None
    changed = _git(root, "diff", "--name-only", "--no-renames", "--relative", "-z", commit.strip(), "--", ".")
    fresh = _git(root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    if changed is None or fresh is None:
        return None
    return sorted({path for path in (changed + fresh).split("\0") if path})


def _git(root: Path, *words: str) -> str | None:
    """Ask git; nothing where it fails or is not there."""
    command = ["git", "-c", "core.quotepath=off", *words]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=120)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", errors="surrogateescape") if done.returncode == 0 else None


def _role(project: Project, path: str) -> str:
    """Say what a changed path is: of a study, of a notebook, of a room of the package, nothing's, or anybody's."""
    studies, notebooks, runs = (
        one.relative_to(project.root).as_posix() + "/" for one in (project.studies, project.notebooks, project.runs)
    )
    parts = PurePosixPath(path).parts
    if path.startswith(studies) and len(PurePosixPath(path).relative_to(studies).parts) > 1:
        return "study"
    if path.startswith(notebooks) and path.endswith((".ipynb", ".toml")):
        return "notebook"
    if path.startswith("src/ctresearch/"):
        inside = parts[2:]
        room = inside[0] if len(inside) > 1 else ""
        return "all" if room in _COMMON else "harmless" if room == "cli" else f"room {room}"
    if path.startswith((runs, *_HARMLESS)) or (path.endswith(".md") and len(parts) == 1):
        return "harmless"
    return "all"


def _touched(project: Project, name: str, paths: Sequence[str], rooms: set[str]) -> bool:
    """Say whether a change may touch a study; one that cannot be read is touched by anything."""
    try:
        study = load_study(name, project.root)
        notebook = study.notebook_path(project)
        files = {notebook, notebook.with_suffix(".toml")}
        files |= {study.folder / one.source for one in study.data.values() if one.source and one.published is None}
        used = _rooms_used(notebook)
    except (CtResearchError, OSError, ValueError, KeyError, TypeError):
        return True
    if rooms and (used is None or rooms & used):
        return True
    real = {file.resolve() for file in files}
    return any(_belongs(project, study, project.root / path, real) for path in paths)


def _belongs(project: Project, study: Study, path: Path, files: set[Path]) -> bool:
    """Say whether a path is of a study's folder, releases excepted, or one of its files."""
    if path.resolve() in files:
        return True
    try:
        inside = path.relative_to(project.studies / study.name)
    except ValueError:
        return False
    return inside.parts[:1] != (RELEASES,)


@cache
def _rooms_used(notebook: Path) -> frozenset[str] | None:
    """Return the rooms that a notebook imports, and those below them; nothing where it may import any."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    if _WHOLE.search(code):
        return None
    named = {first or second for first, second in _NAMED.findall(code)}
    return frozenset(named | {below for room in named for below in _ABOVE.get(room, ())})
