"""Recalls a release that exposed somebody: bytes, blobs, runs and caches go, a tombstone that repeats nothing stays.

What is to go is written down first, by hashes alone, so that a recall cut short goes on where it was. What no command
here can reach is said.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError, DisclosureError, SpecificationError
from ctresearch.privacy.words.given_names import GIVEN_NAMES
from ctresearch.privacy.words.identifiers import identifiers_in_text
from ctresearch.studies.asked.identity import SHORT
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.whole import locked, write_whole
from ctresearch.studies.kept.evidence import read_bundle, read_table
from ctresearch.studies.kept.record import PROVENANCE
from ctresearch.studies.release import blobs
from ctresearch.studies.release.withdraw import (
    RELEASES,
    read_tombstone,
    remove_bundle,
    set_tombstone,
)
from ctresearch.studies.signing.ledger import enter_gone
from ctresearch.studies.signing.ssh import sign
from ctresearch.studies.signing.vouch import SIGNATURE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ctresearch.studies.asked.project import Project

_LONGEST = 200  # characters of a reason
_OTHERS = ("source/", "wheel/")  # what a study was made from, not what it gave
_COMMON = {"LICENSE.md", "requirements.txt", "results.schema.json", blobs.LISTING}
_PURGED = (".cache", "build", ".ctresearch")  # folders of a project that hold copies and nothing of its own
_SKIPPED = {".git", ".venv", "node_modules", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a recall did, and what it leaves to people.

    Parameters
    ----------
    tombstone : pathlib.Path
        What stays.
    gone : tuple of pathlib.Path
        Files and folders that were deleted.
    copies : tuple of pathlib.Path
        Files of the project with the same bytes as a file of the release, which a person must decide on.
    alike : tuple of pathlib.Path
        Other releases that hold some of the same outputs.
    entered : bool
        Whether the ledger took the line; one whose chain is broken does not.

    Examples
    --------
    >>> Recalled(Path("demo-1.0.withdrawn.json"), (), (), (), True).entered
    True
    """

    tombstone: Path
    gone: tuple[Path, ...]
    copies: tuple[Path, ...]
    alike: tuple[Path, ...]
    entered: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to go: ids of runs, hashes of files, hashes of what the store keeps for this release alone."""

    stone: dict[str, Any]
    runs: list[str]
    files: list[str]
    sizes: list[int]
    kept: list[str]


def recall(
    project: Project, study: str, version: str, reason: str, *, out: Path | None = None, key: Path | None = None
) -> Recalled:
    """Recall a release.

    Parameters
    ----------
    project : Project
        The project; the manifest of the study is not read, since it may be part of what went wrong.
    study, version : str
        What is recalled.
    reason : str
        Why, in words that could stand in a newspaper: it is published. It may hold no number and nothing that stands in
        a cell of the release.
    out : pathlib.Path, optional
        Where the release is; the study's folder ``releases`` by default.
    key : pathlib.Path, optional
        SSH key that signs.

    Returns
    -------
    Recalled
        What was deleted, and what is left to people.

    Raises
    ------
    SpecificationError
        If there is no such release and none was withdrawn, or the reason is empty or too long.
    DisclosureError
        If the reason could repeat what was exposed.

    Examples
    --------
    >>> from ctresearch.studies.asked.project import Project
    >>> recall(Project.at(Path("no such project")), "demo", "1.0", "a person could be recognised")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: demo 1.0 is no release in no such project/studies/demo/releases, ...
    """
    folder = out or project.studies / study / RELEASES
    bundle, note = folder / f"{study}-{version}.zip", folder / f".recall-{study}-{version}.json"
    plan = _read_plan(note)
    if plan is None:
        if key is not None:
            sign(b"", key)  # one that cannot sign is told before anything is begun
        plan = _make_plan(project, bundle, study, version, reason)
        with locked(folder):
            write_whole(note, json.dumps(asdict(plan)).encode())
    stone = set_tombstone(folder, plan.stone, key)
    entered = _entered(out or project.root, stone, plan.stone, key)
    gone = tuple(_purge(project, bundle, plan))  # all of it, before anything else
    alike = tuple(one for one in _bundles(project, folder) if set(plan.files) & _hashes_of(one))
    copies = tuple(_copies(project, plan, but={stone, *alike}))
    note.unlink(missing_ok=True)
    return Recalled(stone, gone, copies, alike, entered)


def out_of_reach(project: Project, done: Recalled, study: str, version: str) -> list[str]:
    """Say what no command here can reach, and what to do about it.

    Parameters
    ----------
    project : Project
        The project.
    done : Recalled
        What was done.
    study, version : str
        What was recalled.

    Returns
    -------
    list of str
        Lines to read.

    Examples
    --------
    >>> from ctresearch.studies.asked.project import Project
    >>> done = Recalled(Path("studies/demo/releases/demo-1.0.withdrawn.json"), (), (), (), True)
    >>> "git history" in out_of_reach(Project.at(Path()), done, "demo", "1.0")[0]
    True
    """
    bundle = f"{RELEASES}/{study}-{version}.zip"
    there = [f"{project.studies.name}/{study}/{bundle}{end}" for end in ("", SIGNATURE)]
    there += [one.relative_to(project.root).as_posix() for one in done.gone if _tracked(project, one)]
    paths = " ".join(f"--path '{one}'" for one in dict.fromkeys(there))
    return [
        "The git history still holds it. In a fresh clone with every branch and tag:",
        f"    git filter-repo --invert-paths {paths}",
        "    git push --force --all && git push --force --tags",
        "Clones and forks still hold it: ask everybody who has one to delete it and to clone anew; ask the host to",
        "    delete cached views, pull requests and forks that hold the old commits.",
        "Artifacts and caches of CI still hold it: delete them there, and run the workflows anew.",
        "Archives such as Zenodo still hold it: ask for its files to be taken down; the DOI then leads to a tombstone.",
        "Backups, mails, slides and printed copies still hold it: write to whoever was given one.",
        "Tell the data owner, who decides how the people concerned are told and protected.",
    ]


def check_reason(reason: str, cells: set[str]) -> str:
    """Return a reason that repeats nothing.

    Parameters
    ----------
    reason : str
        The words.
    cells : set of str
        What stands in cells of the release, in small letters.

    Returns
    -------
    str
        The reason.

    Raises
    ------
    SpecificationError
        If it is empty or too long.
    DisclosureError
        If it holds a number, a name, or what stands in a cell. The message repeats nothing.

    Examples
    --------
    >>> check_reason("a person could be recognised", {"ibadan"})
    'a person could be recognised'
    """
    plain = " ".join(reason.split())
    if not plain or len(plain) > _LONGEST:
        raise SpecificationError(
            f"reason has {len(plain)} characters, must say in 1 to {_LONGEST} why the release is recalled"
        )
    words = re.findall(r"\w+", plain.casefold())
    said = {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + 7, len(words) + 1))}
    names = [word for word in re.findall(r"\w+", plain)[1:] if word != word.lower()]
    if re.search(r"\d", plain) or names or set(words) & GIVEN_NAMES or identifiers_in_text(plain) or said & cells:
        raise DisclosureError(
            "the reason holds a number, a name, a capital letter within, or words that stand in a cell of the "
            "release, and it is published: say why without saying what, such as 'a person could be recognised'"
        )
    return plain


def _make_plan(project: Project, bundle: Path, study: str, version: str, reason: str) -> _Plan:
    """Write down what is to go, from the bundle while it is there."""
    earlier = read_tombstone(bundle.parent, study, version)
    if not bundle.is_file() and earlier is None:
        raise SpecificationError(f"{study} {version} is no release in {bundle.parent}, and none was withdrawn there")
    inside, runs = _inside(bundle)
    stone = earlier or {
        "study": study,
        "version": version,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "reason": "",
        "sha256": hashlib.sha256(bundle.read_bytes()).hexdigest(),
    }
    cells = {cell for path, content in inside.items() for cell in _cells(path, content)}
    if earlier is None:
        stone["reason"] = check_reason(reason, cells)
    shown = {path: content for path, content in inside.items() if not path.startswith(_OTHERS) and path not in _COMMON}
    files = sorted({hashlib.sha256(content).hexdigest() for content in shown.values()} | {stone["sha256"]})
    sizes = sorted({len(content) for content in shown.values()} | ({bundle.stat().st_size} if inside else set()))
    kept = blobs.alone(bundle, _bundles(project, bundle.parent))
    return _Plan(stone, runs, files, sizes, kept)


def _read_plan(note: Path) -> _Plan | None:
    """Read what an earlier recall wrote down."""
    try:
        return _Plan(**json.loads(note.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, RecursionError) as error:
        raise DataError(f"{note} cannot be read ({type(error).__name__}): delete it and recall again") from error


def _inside(bundle: Path) -> tuple[dict[str, bytes], list[str]]:
    """Read the files of a bundle and the ids of its runs; nothing of one that is gone or damaged."""
    try:
        inside = {path.partition("/")[2]: content for path, content in read_bundle(bundle).items()}
        runs = [str(one) for one in json.loads(inside[blobs.LISTING])["runs"].values()]
    except (DataError, IntegrityError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, []
    return inside, runs


def _cells(path: str, content: bytes) -> Iterator[str]:
    """Say what stands in the cells of a table that is more than two letters."""
    if path.endswith(".csv"):
        try:
            rows = read_table(content)
        except (ValueError, TypeError):
            return
        for cell in (one for row in rows[1:] for one in row):
            plain = " ".join(re.findall(r"\w+", cell.casefold()))
            if len(plain) > 2:
                yield plain


def _entered(shelf: Path, stone: Path, said: Mapping[str, Any], key: Path | None) -> bool:
    """Enter the recall in the ledger; one that is broken must not hold a recall up."""
    try:
        enter_gone(shelf, "recall", said, hashlib.sha256(stone.read_bytes()).hexdigest(), key=key)
    except IntegrityError:
        return False
    return True


def _purge(project: Project, bundle: Path, plan: _Plan) -> Iterator[Path]:
    """Delete the bundle, what it alone kept, the runs and caches that hold any of it, and what is expected of them."""
    study = plan.stone["study"]
    for folder in dict.fromkeys((bundle.parent, project.studies / study / RELEASES)):
        yield from remove_bundle(folder / bundle.name)
    yield from blobs.forget(bundle, plan.kept)
    expected = project.studies / study / "expected.json"
    if expected.is_file():
        expected.unlink()
        yield expected
    for run in _runs(project.runs / study):
        if not plan.files[1:] or run.name[:SHORT] in {one[:SHORT] for one in plan.runs} or _holds(run, plan):
            shutil.rmtree(run)
            yield run
    (project.runs / study / "latest").unlink(missing_ok=True)
    for name in _PURGED:
        for path in _files(project.root / name):
            if _same(path, plan):
                path.unlink()
                yield path


def _runs(folder: Path) -> list[Path]:
    """List the folders of runs of a study, those that failed or are half built included."""
    return [one for place in (folder, folder / "failed") for one in sorted(place.glob("*/")) if one.name != "failed"]


def _holds(run: Path, plan: _Plan) -> bool:
    """Say whether a run holds a file of the release."""
    return any(_same(path, plan) for path in _files(run) if path.name != PROVENANCE)


def _same(path: Path, plan: _Plan) -> bool:
    """Say whether a file has the bytes of one of the release."""
    try:
        return path.stat().st_size in plan.sizes and hashlib.sha256(path.read_bytes()).hexdigest() in plan.files
    except OSError:
        return False


def _files(folder: Path) -> Iterator[Path]:
    """List the files below a folder; links are not followed."""
    for place, names, files in os.walk(folder):
        names[:] = [name for name in names if name not in _SKIPPED]
        yield from (path for name in files if not (path := Path(place) / name).is_symlink())


def _copies(project: Project, plan: _Plan, but: set[Path]) -> Iterator[Path]:
    """Look for the same bytes anywhere in the project."""
    return (path for path in _files(project.root) if path not in but and _same(path, plan))


def _bundles(project: Project, folder: Path) -> list[Path]:
    """List all bundles that share a store."""
    return sorted({*project.studies.glob(f"*/{RELEASES}/*.zip"), *folder.glob("*.zip")})


def _hashes_of(bundle: Path) -> set[str]:
    """List the hashes of what a bundle shows."""
    inside, _ = _inside(bundle)
    shown = (content for path, content in inside.items() if not path.startswith(_OTHERS) and path not in _COMMON)
    return {hashlib.sha256(content).hexdigest() for content in shown}


def _tracked(project: Project, path: Path) -> bool:
    """Say whether a path could stand in a repository: below the root, and not among runs and caches."""
    apart = (project.runs, *(project.root / name for name in _PURGED))
    return path.is_relative_to(project.root) and not any(path.is_relative_to(one) for one in apart)
