"""The run described as an RO-Crate, so that repositories and other tools can read what it holds and how it was made.

References
----------
.. [1] Soiland-Reyes, S. et al. (2022). Packaging research artefacts with RO-Crate. Data Science 5(2), 97-138.
   https://doi.org/10.3233/DS-210053
"""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from ctresearch.studies.shown.standing import replaced_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ctresearch.studies.asked.manifest import Study

CRATE_NAME = "ro-crate-metadata.json"
_LICENCES = "https://spdx.org/licenses/"
_UNPUBLISHED = "1970-01-01"
_TYPES = {
    ".csv": "text/csv",
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".md": "text/markdown",
    ".toml": "application/toml",
    ".cff": "application/yaml",
    ".whl": "application/zip",
    ".txt": "text/plain",
}
_WORDS = {
    "notebook.ipynb": "The executed notebook",
    "report.html": "The report, to read in a browser",
    "report.pdf": "The report, to print",
    "results.json": "Published numbers, for programs",
    "results.schema.json": "JSON Schema of results.json",
    "provenance.json": "What went into the run, and the hash of what came out",
    "requirements.txt": "Packages of the run, for pip",
    "CITATION.cff": "How to cite the study",
    "LICENSE.md": "Licences of the parts",
    "README.md": "What this is, and how to verify it and run it again",
}
_FOLDERS = {
    "tables": "A table of the study",
    "figures": "A figure of the study",
    "estimates": "An estimate of the study, without loss",
    "files": "A file of the study",
    "wheel": "The package that ran the study",
    "source": "What it takes to run the study again",
}


def write_crate(
    folder: Path,
    study: Study,
    provenance: Mapping[str, Any],
    *,
    date: str | None = None,
    version: str | None = None,
    runs: Mapping[str, Mapping[str, Any]] | None = None,
) -> None:
    """Write ``ro-crate-metadata.json`` for the files of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        A finished run, or a bundle being built.
    study : Study
        Title, authors and references.
    provenance : mapping
        What ``provenance.json`` holds.
    date : str, optional
        Day of publication, ``YYYY-MM-DD``. RO-Crate asks for one; for a run that is not published it is the first
        day of 1970, so that no clock enters the bytes.
    version : str, optional
        Version of the release.
    runs : mapping of str to mapping, optional
        Folder below ``folder``, with its slash, to the provenance of the run in it, where there are several.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> cite = SimpleNamespace(references=[], licence="CC-BY-4.0")
    >>> study = SimpleNamespace(name="s", title="How many?", authors=[], cite=cite)
    >>> write_crate(folder, study, {"run_id": "ab12", "components": {"inputs": {}, "packages": {}, "python": "3.11"}})
    >>> "How many?" in (folder / "ro-crate-metadata.json").read_text(encoding="utf-8")
    True
    """
    from rocrate.rocrate import ROCrate

    crate = ROCrate()
    crate.name = study.title
    crate.description = f"Study {study.name!r} run by ctresearch: notebook, parameters, outputs and provenance."
    inputs = provenance["components"]["inputs"]
    told = replaced_words({name: one["replaced"] for name, one in inputs.items() if "replaced" in one})
    crate.description += f" {told}" if told else ""
    crate.license = _licence(crate, study.cite.licence)
    crate.datePublished = date or _UNPUBLISHED
    if version is not None:
        crate.root_dataset["version"] = version
    crate.root_dataset["identifier"] = provenance["run_id"]
    people = [_person(crate, place, author) for place, author in enumerate(study.authors, 1)]
    if people:
        crate.creator = _one_or_all(people)
    files = {path: _file(crate, folder, path) for path in _paths(folder)}
    software = _software(crate, provenance["components"])
    actions = [_action(crate, software, home, one, files) for home, one in (runs or {"": provenance}).items()]
    crate.root_dataset["mentions"] = _one_or_all(actions)
    citations = [_citation(crate, reference) for reference in study.cite.references]
    citations += [_taken(crate, record) for _, record in sorted(inputs.items()) if "bundle" in record]
    if citations:
        crate.root_dataset["citation"] = _one_or_all(citations)
    document = crate.metadata.generate()
    document["@graph"].sort(key=lambda entity: (entity["@id"] != CRATE_NAME, entity["@id"] != "./", entity["@id"]))
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False)
    (folder / CRATE_NAME).write_text(text + "\n", encoding="utf-8", newline="\n")


def _paths(folder: Path) -> list[str]:
    """List the files to describe; the log of times and the crate itself stay out."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if path not in {CRATE_NAME, "run.log.json"})


def _file(crate: Any, folder: Path, path: str) -> Any:
    """Describe one file."""
    suffix = "." + path.rpartition(".")[2]
    properties = {
        "name": path,
        "description": _described(path),
        "encodingFormat": _TYPES.get(suffix, "application/octet-stream"),
        "contentSize": str((folder / path).stat().st_size),
    }
    return crate.add_file(folder / path, path, properties=properties)


def _described(path: str) -> str:
    """Say what a file is."""
    inside = path.split("/")
    known = next((_FOLDERS[part] for part in inside[:-1] if part in _FOLDERS), None)
    return known or _WORDS.get(inside[-1], "A file of the run")


def _one_or_all(entities: list[Any]) -> Any:
    """Write a single value as itself and several as a list."""
    return entities[0] if len(entities) == 1 else entities


def _person(crate: Any, place: int, author: Any) -> Any:
    """Describe one author."""
    from rocrate.model.person import Person

    orcid = getattr(author, "orcid", None)
    address = f"https://orcid.org/{orcid.rpartition('/')[2]}" if orcid else f"#author-{place}"
    return crate.add(Person(crate, address, properties={"name": author.name}))


def _licence(crate: Any, name: str) -> Any:
    """Describe the licence of the study's own content."""
    from rocrate.model.contextentity import ContextEntity

    known = not name.startswith("LicenseRef-")
    described = f"SPDX licence {name}" if known else "No licence of the SPDX list is stated"
    properties = {"@type": "CreativeWork", "name": name, "identifier": name, "description": described}
    return crate.add(ContextEntity(crate, f"{_LICENCES}{name}" if known else f"#{name}", properties=properties))


def _citation(crate: Any, reference: str) -> Any:
    """Describe one work that the study rests on."""
    from rocrate.model.contextentity import ContextEntity

    address = f"https://doi.org/{reference.removeprefix('doi:')}" if reference.startswith("doi:") else reference
    is_address = address.startswith("https://")
    properties = {"@type": "ScholarlyArticle", "name": reference}
    identifier = address if is_address else uuid.uuid5(uuid.NAMESPACE_OID, reference).urn  # what is cited is absolute
    return crate.add(ContextEntity(crate, identifier, properties=properties))


def _taken(crate: Any, record: Mapping[str, Any]) -> Any:
    """Describe a released bundle that the study takes as data, under the SHA-256 of its bytes."""
    from rocrate.model.contextentity import ContextEntity

    cited = record["bundle"]
    properties = {
        "@type": "Dataset",
        "name": cited["title"],
        "description": f"Release {cited['version']} of the study {cited['study']!r}",
        "version": cited["version"],
        "datePublished": cited["date"],
        "identifier": f"sha256:{record['digest']}",
        "creditText": ", ".join(cited["authors"]) or "Authors not stated",
    }
    if cited.get("doi"):
        properties["sameAs"] = f"https://doi.org/{cited['doi'].removeprefix('doi:')}"
    return crate.add(ContextEntity(crate, f"urn:sha256:{record['digest']}", properties=properties))


def _action(crate: Any, software: Any, home: str, provenance: Mapping[str, Any], files: Mapping[str, Any]) -> Any:
    """Describe one run: instrument, inputs and results."""
    run = provenance["run_id"][:16]
    inputs = [_input(crate, name, record) for name, record in sorted(provenance["components"]["inputs"].items())]
    paths = [home + path for path in sorted(provenance.get("outputs", {}))]
    results = [files[path] for path in paths if path in files]
    return crate.add_action(
        software,
        identifier=f"#run-{run}",
        object=_one_or_all(inputs) if inputs else None,
        result=_one_or_all(results) if results else None,
        properties={"name": f"Run {run}", "description": f"The notebook of the study, executed as run {run}"},
    )


def _input(crate: Any, name: str, record: Mapping[str, Any]) -> Any:
    """Describe one data input, and who may see it."""
    from rocrate.model.contextentity import ContextEntity

    if "bundle" in record:
        return _taken(crate, record)
    properties = {
        "@type": "CreativeWork",
        "name": name,
        "identifier": record["digest"],
        "conditionsOfAccess": record["level"],
        "isAccessibleForFree": record["level"] == "public",
    }
    return crate.add(ContextEntity(crate, f"#input-{name}", properties=properties))


def _software(crate: Any, components: Mapping[str, Any]) -> Any:
    """Describe ctresearch itself."""
    from importlib.metadata import metadata

    from rocrate.model.contextentity import ContextEntity

    addresses = metadata("ctresearch").get_all("Project-URL") or ["Documentation, #ctresearch"]
    address = addresses[0].partition(", ")[2]
    properties = {
        "@type": "SoftwareApplication",
        "name": "ctresearch",
        "url": address,
        "version": components["packages"].get("ctresearch", "unknown"),
        "softwareRequirements": f"Python {components['python']}; versions in provenance.json",
    }
    return crate.add(ContextEntity(crate, address, properties=properties))
