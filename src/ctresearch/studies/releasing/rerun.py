"""Runs a bundle again, with the package version it carries, and compares.

This executes the notebook and the package inside the bundle. Verify the bundle first, and trust who published it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ctresearch.core.compile import source_hash
from ctresearch.core.errors import DataError
from ctresearch.studies.asked.identity import explain
from ctresearch.studies.asked.manifest import load_study
from ctresearch.studies.base.archive import unpack
from ctresearch.studies.base.errors import NotebookError
from ctresearch.studies.base.temporary import temporary_folder
from ctresearch.studies.compare.expected import build_expected, compare
from ctresearch.studies.kept.evidence import Evidence, from_bundle, from_folder
from ctresearch.studies.release.bundle import BUNDLE_NAME, leave_out
from ctresearch.studies.shown.normalise import normalise_notebook, notebook_bytes, without_outputs
from ctresearch.studies.shown.results import results_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ctresearch.studies.compare.compare import Comparison

_COMMAND = "from ctresearch.cli import main; main()"


@dataclass(frozen=True, slots=True)
class Rerun:
    """What came out when a bundle was run again.

    Parameters
    ----------
    comparisons : tuple of Comparison
        Each published output then and now.
    same_id : bool
        Whether code, parameters, data, packages, Python and seed were all the same.
    differences : tuple of str
        What was not the same.
    source_hash : str
        Hash of the package source that ran: the one in the bundle.
    installed_hash : str
        Hash of the package source that is installed here.
    other_pages : tuple of str
        Notebooks, results and reports of runs with the same id that came out differently.

    Examples
    --------
    >>> Rerun((), True, (), "ab", "ab").same_id
    True
    """

    comparisons: tuple[Comparison, ...]
    same_id: bool
    differences: tuple[str, ...]
    source_hash: str
    installed_hash: str
    other_pages: tuple[str, ...] = ()


def rerun(files: Mapping[str, bytes], data: Mapping[str, str] | None = None) -> Rerun:
    """Run the study of a bundle again in a folder of its own.

    Parameters
    ----------
    files : mapping of str to bytes
        The unpacked bundle.
    data : mapping of str to str, optional
        Files of restricted inputs.

    Returns
    -------
    Rerun
        How the published outputs compare.

    Raises
    ------
    DataError
        If the bundle lacks what it takes.
    NotebookError
        If the run fails here.

    Examples
    --------
    >>> rerun({"demo-1.0/README.md": b""})
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: the bundle holds 0 wheels, must hold one to be run again
    """
    wheels = [path for path in files if "/wheel/" in path]
    if len(wheels) != 1:
        raise DataError(f"the bundle holds {len(wheels)} wheels, must hold one to be run again")
    before = from_bundle(files, "the bundle")
    with temporary_folder() as folder:
        _write(folder / "bundle", {path.partition("/")[2]: content for path, content in files.items()})
        _write(folder / "package", unpack(files[wheels[0]]))
        project = folder / "bundle" / "source"
        name = str(before[0].results["study"])
        given = {**_public_files(project), **{key: str(Path(value).resolve()) for key, value in (data or {}).items()}}
        made = [Path(row["folder"]) for row in _run(project, folder / "package", name, given)]
        after = [from_folder(one) for one in made]
        other = tuple(_other_pages(files, dict(zip((one.run_id for one in after), made, strict=True))))
        outputs = load_study(project / "studies" / name).outputs
    return Rerun(
        comparisons=tuple(compare(build_expected(name, before), after, outputs)),
        same_id={one.run_id for one in before} == {one.run_id for one in after},
        differences=tuple(_differences(before, after)),
        source_hash=str(after[0].provenance["components"]["source"]),
        installed_hash=source_hash(),
        other_pages=other,
    )


def _other_pages(files: Mapping[str, bytes], made: Mapping[str, Path]) -> Iterator[str]:
    """Name the notebooks, results and reports that another run with the same id does not give.

    Where a notebook was published without what it displayed, so is the one it is compared with, and the report, which
    was set from that, is compared by :mod:`ctresearch.studies.release.pages` alone.
    """
    listings = [json.loads(content) for path, content in files.items() if path.endswith(f"/{BUNDLE_NAME}")]
    left_out = listings[0].get("without", ()) if listings else ()
    for path in sorted(path for path in files if path.endswith("/provenance.json")):
        home, run = path.removesuffix("provenance.json"), str(json.loads(files[path])["run_id"])
        if run not in made:
            continue
        results = leave_out(json.loads((made[run] / "results.json").read_bytes()), left_out)
        if files[f"{home}results.json"] != results_bytes(results):
            yield f"{home}results.json"
        told = files[f"{home}notebook.ipynb"]
        whole = normalise_notebook(json.loads((made[run] / "notebook.ipynb").read_bytes()), run)
        if told == notebook_bytes(whole):
            if files[f"{home}report.html"] != (made[run] / "report.html").read_bytes():
                yield f"{home}report.html"
        elif told != notebook_bytes(without_outputs(whole)):
            yield f"{home}notebook.ipynb"


def _differences(before: Sequence[Evidence], after: Sequence[Evidence]) -> list[str]:
    """Say what went in differently; the runs of a grid share all but their parameters."""
    pairs = zip(before, after, strict=False)
    if len(before) > 1:
        pairs = zip(sorted(before, key=_parameters), sorted(after, key=_parameters), strict=False)
    found = [line for old, new in pairs for line in explain(old.provenance["components"], new.provenance["components"])]
    return list(dict.fromkeys(found))


def _parameters(one: Evidence) -> str:
    """Write the parameters of a run as a key to sort by."""
    return json.dumps(one.parameters, sort_keys=True)


def _public_files(project: Path) -> dict[str, str]:
    """Find the public files that were given by hand when the bundle was made."""
    return {path.stem: str(path) for path in sorted((project / "data").glob("*"))}


def _run(project: Path, package: Path, name: str, data: Mapping[str, str]) -> list[dict[str, Any]]:
    """Run the study in a process of its own, with the package of the bundle."""
    words = [word for key, value in data.items() for word in ("--data", f"{key}={value}")]
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND, "run", name, "--json", *words],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        rows: list[dict[str, Any]] = json.loads(done.stdout)
        if all("folder" in row for row in rows):
            return rows
    except ValueError:
        pass
    told = done.stderr.strip().splitlines()
    why = told[-1].removeprefix("ctresearch: ") if told else f"exit code {done.returncode}"
    raise NotebookError(f"the bundle does not run here: {why}")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write unpacked files, whose names the archive has checked."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
