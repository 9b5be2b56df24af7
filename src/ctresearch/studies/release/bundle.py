"""What a release holds, put together in memory: everything to read, to verify and to run a study again.

Restricted inputs are named with their schema, keyed digest and access route, and stay with their custodian; so does a
public file whose manifest says how to get it elsewhere, since it is not the study's to pass on. Outputs
that the gate did not pass stay out, and where an input is restricted so does everything the notebook displayed.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.asked.modules import read_modules
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.temporary import temporary_folder
from ctresearch.studies.kept.evidence import Evidence, from_folder
from ctresearch.studies.release import blobs, front_matter
from ctresearch.studies.release.shared_inputs import shared_inputs
from ctresearch.studies.release.wheel import build_wheel, wheel_source
from ctresearch.studies.shown import pdf
from ctresearch.studies.shown.crate import CRATE_NAME, write_crate
from ctresearch.studies.shown.normalise import normalise_notebook, notebook_bytes, without_outputs
from ctresearch.studies.shown.pages import PRINTED, set_pages
from ctresearch.studies.shown.results import SCHEMA_NAME, results_bytes, schema

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.asked.project import Project

FORMATS = ("ctresearch-bundle/1", "ctresearch-bundle/2")  # the second keeps some files in a store
BUNDLE_NAME = blobs.LISTING
_GROUPS = ("estimates", "tables", "figures", "files")


@dataclass(frozen=True, slots=True)
class Edition:
    """Which release of a study is being made.

    Parameters
    ----------
    study : Study
        The study.
    project : Project
        Where its notebook is.
    version : str
        Version of the release.
    date : str
        Day of the release, ``YYYY-MM-DD``.
    data : mapping of str to pathlib.Path
        Files given for inputs that the manifest names no source for.
    without : sequence of str
        Outputs to leave out.
    unsealed : str
        Why runs that nothing sealed are released all the same; empty where they were sealed.
    doi : str, optional
        One that an archive reserved for this release.

    Examples
    --------
    >>> Edition.__dataclass_fields__["without"].default_factory()
    ()
    """

    study: Study
    project: Project
    version: str
    date: str
    data: Mapping[str, Path] = field(default_factory=dict)
    without: Sequence[str] = field(default_factory=tuple)
    unsealed: str = ""
    doi: str | None = None

    @property
    def cited(self) -> Study:
        """The study as it is cited: under the DOI of this release, where there is one."""
        if self.doi is None:
            return self.study
        return self.study.model_copy(update={"cite": self.study.cite.model_copy(update={"doi": self.doi})})

    @property
    def name(self) -> str:
        """Name of the bundle, without ending."""
        return f"{self.study.name}-{self.version}"


def bundle_files(edition: Edition, folders: Sequence[Path]) -> dict[str, bytes]:
    """Put together the files of a release.

    Parameters
    ----------
    edition : Edition
        What is released.
    folders : sequence of pathlib.Path
        Folder of each run, one a combination of parameters.

    Returns
    -------
    dict of str to bytes
        Path in the bundle to content; the same runs give the same bytes.

    Raises
    ------
    SpecificationError
        If there is no run to release.
    IntegrityError
        If the package is not the one that made the run.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> bundle_files(Edition(SimpleNamespace(name="demo"), None, "1.0", "2026-01-31"), [])
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: 'demo' has 0 runs to release, must have at least one
    """
    if not folders:
        raise SpecificationError(f"{edition.study.name!r} has {len(folders)} runs to release, must have at least one")
    files: dict[str, bytes] = {}
    runs: dict[str, Evidence] = {}
    for folder in folders:
        home = f"runs/{folder.name}/" if len(folders) > 1 else ""
        runs[home] = from_folder(folder)
        files |= {home + path: content for path, content in _run_files(edition, folder, runs[home]).items()}
    files |= _source_files(edition)
    wheel, content = build_wheel()
    study, first = edition.study, next(iter(runs.values())).provenance
    if wheel_source(content) != first["components"]["source"]:
        raise IntegrityError(
            f"the source of ctresearch changed since run {next(iter(runs.values())).run_id} was made: run the study "
            "again"
        )
    files[f"wheel/{wheel}"] = content
    files[SCHEMA_NAME] = results_bytes(schema())
    files["requirements.txt"] = front_matter.requirements_txt(first["components"]["packages"]).encode()
    ids = [one.run_id for one in runs.values()]
    taken = [one for _, one in sorted(first["components"]["inputs"].items()) if "bundle" in one]
    files["CITATION.cff"] = front_matter.citation_cff(edition.cited, edition.version, edition.date, ids, taken).encode()
    files["LICENSE.md"] = front_matter.licence_text(study).encode()
    files["README.md"] = front_matter.readme(
        study, edition.version, edition.date, runs, wheel=wheel, withheld=edition.without
    ).encode()
    files[CRATE_NAME] = _crate(edition, files, {home: one.provenance for home, one in runs.items()})
    files[BUNDLE_NAME] = _listing(edition, files, runs)
    return {f"{edition.name}/{path}": content for path, content in files.items()}


def part(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[bytes]]:
    """Part the files of a release into those of its archive and those that the store keeps.

    Parameters
    ----------
    files : mapping of str to bytes
        From :func:`bundle_files`.

    Returns
    -------
    files : dict of str to bytes
        What the archive holds.
    kept : list of bytes
        Contents for the store.

    Examples
    --------
    >>> part({"d/bundle.json": b'{"store": ["wheel/w.whl"]}', "d/wheel/w.whl": b"1"})
    ({'d/bundle.json': b'{"store": ["wheel/w.whl"]}'}, [b'1'])
    """
    top = next(iter(files)).partition("/")[0]
    away = {f"{top}/{path}" for path in json.loads(files[f"{top}/{BUNDLE_NAME}"])["store"]}
    return {p: c for p, c in files.items() if p not in away}, [files[path] for path in sorted(away)]


def sidecar(path: Path) -> Path:
    """Return the file beside a bundle that holds its SHA-256.

    Parameters
    ----------
    path : pathlib.Path
        The bundle.

    Returns
    -------
    pathlib.Path
        Its name with ``.sha256``, in the form that ``sha256sum --check`` reads.

    Examples
    --------
    >>> from pathlib import Path
    >>> sidecar(Path("demo-1.0.zip")).name
    'demo-1.0.zip.sha256'
    """
    return path.with_name(path.name + ".sha256")


def _run_files(edition: Edition, folder: Path, one: Evidence) -> dict[str, bytes]:
    """Gather what may be seen of one run."""
    results = leave_out(one.results, edition.without)
    kept = [entry["path"] for group in _GROUPS for entry in results[group].values()]
    kept += [entry["data"]["path"] for entry in results["figures"].values() if "data" in entry]
    files = {path: (folder / path).read_bytes() for path in kept}
    notebook = normalise_notebook(json.loads((folder / "notebook.ipynb").read_bytes()), one.run_id)
    shown = _shown(edition, notebook)
    files["notebook.ipynb"] = notebook_bytes(shown)
    parts = one.provenance["components"]
    files |= set_pages(edition.study, shown, results, parts, files.__getitem__, date=edition.date)
    files["results.json"] = results_bytes(results)
    recorded = {path: hashlib.sha256(content).hexdigest() for path, content in sorted(files.items()) if path != PRINTED}
    files["provenance.json"] = results_bytes({**one.provenance, "outputs": recorded})
    return files


def _shown(edition: Edition, notebook: Mapping[str, Any]) -> Mapping[str, Any]:
    """Show a notebook as it ran, or its text and code alone where what it displayed did not pass the gate."""
    return without_outputs(notebook) if edition.study.runs_restricted or edition.without else notebook


def leave_out(results: Mapping[str, Any], left_out: Sequence[str]) -> dict[str, Any]:
    """Take outputs out of the results, their checks included.

    Parameters
    ----------
    results : mapping
        ``results.json``.
    left_out : sequence of str
        Names of outputs.

    Returns
    -------
    dict
        A copy without them.

    Examples
    --------
    >>> document = {**{group: {"a": {}} for group in _GROUPS}, "checks": [{"output": "a"}]}
    >>> leave_out(document, ["a"])["checks"]
    []
    """
    kept = {group: {n: e for n, e in results[group].items() if n not in left_out} for group in _GROUPS}
    return {**results, **kept, "checks": [c for c in results["checks"] if c["output"] not in left_out]}


def _source_files(edition: Edition) -> dict[str, bytes]:
    """Gather what it takes to run the study again: a small project with manifest, notebook and public files."""
    study = edition.study
    home = f"source/studies/{study.name}"
    files = {"source/pyproject.toml": b"[tool.ctresearch]\n"}
    for path in filter(None, ("study.toml", "README.md", study.policy)):
        if (study.folder / path).is_file():
            files[f"{home}/{path}"] = (study.folder / path).read_bytes()
    files[f"{home}/{study.notebook}.ipynb"] = study.notebook_path(edition.project).read_bytes()
    for name, content in read_modules(study, study.notebook_path(edition.project)).items():
        files[f"{home}/{study.code[name]}"] = content
    for name, file in shared_inputs(study, edition.data):
        place = f"source/data/{name}{file.suffix}" if name in edition.data else f"{home}/{study.data[name].source}"
        files[place] = file.read_bytes()
    return files


def _crate(edition: Edition, files: Mapping[str, bytes], runs: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Describe the files of the bundle as an RO-Crate."""
    with temporary_folder() as place:
        folder = place / "crate"
        for path, content in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        first = next(iter(runs.values()))
        write_crate(folder, edition.cited, first, date=edition.date, version=edition.version, runs=runs)
        return (folder / CRATE_NAME).read_bytes()


def _listing(edition: Edition, files: Mapping[str, bytes], runs: Mapping[str, Evidence]) -> bytes:
    """Write ``bundle.json``: what this is, and the hash of every file."""
    return results_bytes(
        {
            "format": FORMATS[-1],
            "study": edition.study.name,
            "version": edition.version,
            "date": edition.date,
            "runs": {home: one.run_id for home, one in runs.items()},
            "source_hash": next(iter(runs.values())).provenance["components"]["source"],
            "pdf": pdf.renderer(),
            "without": sorted(edition.without),
            "store": blobs.apart(files),
            **({"unsealed": edition.unsealed} if edition.unsealed else {}),
            "files": {
                path: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
                for path, content in sorted(files.items())
            },
        }
    )
