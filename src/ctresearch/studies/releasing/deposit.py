"""Writes what an archive asks of a release: the JSON of a deposit at Zenodo, or of a draft at any InvenioRDM.

Nothing is sent. The DOI is reserved at the archive first and given to ``ctresearch release --doi``, so that it stands
in the bundle that is deposited.
"""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import SpecificationError
from ctresearch.studies.base.errors import IntegrityError
from ctresearch.studies.base.whole import write_whole
from ctresearch.studies.kept.evidence import read_bundle
from ctresearch.studies.release.blobs import LISTING
from ctresearch.studies.release.pages import as_written
from ctresearch.studies.release.verify import verify_bundle
from ctresearch.studies.releasing.release import check_doi

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ctresearch.studies.asked.manifest import Author, Study

ARCHIVES = ("zenodo", "inveniordm")
_SPDX = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{1,40}")
_CITED = re.compile(r'^doi: "(.*)"$', re.MULTILINE)
_DOI = re.compile(r"^(?:doi:|https?://(?:dx\.)?doi\.org/)(10\.\S+)$")
_TWO = 2  # words of a name of which the last may be taken for the family's


@dataclass(frozen=True, slots=True)
class Deposit:
    """A file for an archive.

    Parameters
    ----------
    path : pathlib.Path
        The JSON.
    doi : str, optional
        The DOI in it and in the bundle.
    guessed : tuple of str
        Authors whose family name was not told by a comma, and was guessed.

    Examples
    --------
    >>> from pathlib import Path
    >>> Deposit(Path("demo-1.0.zenodo.json"), None, ()).guessed
    ()
    """

    path: Path
    doi: str | None
    guessed: tuple[str, ...]


def deposit(bundle: Path, archive: str, doi: str | None = None, out: Path | None = None) -> Deposit:
    """Write the JSON that an archive asks for.

    Parameters
    ----------
    bundle : pathlib.Path
        A bundle that verifies.
    archive : str
        ``"zenodo"`` or ``"inveniordm"``.
    doi : str, optional
        The DOI that the archive reserved; it must be the one in the bundle.
    out : pathlib.Path, optional
        Folder to write to; that of the bundle by default.

    Returns
    -------
    Deposit
        The file.

    Raises
    ------
    SpecificationError
        If the archive is none of these, the licence is none that it could know, or the DOI is not that of the bundle.
    IntegrityError
        If the bundle does not verify.

    Examples
    --------
    >>> from pathlib import Path
    >>> deposit(Path("demo-1.0.zip"), "attic")
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.SpecificationError: archive == 'attic', must be one of zenodo, inveniordm
    """
    if archive not in ARCHIVES:
        raise SpecificationError(f"archive == {archive!r}, must be one of {', '.join(ARCHIVES)}")
    found = verify_bundle(bundle)
    wrong = next((check for check in found.checks if check.status == "fail"), None)
    if wrong is not None:
        raise IntegrityError(f"{bundle.name} does not verify, so it is not deposited: {wrong.name}, {wrong.message}")
    inside = {path.partition("/")[2]: content for path, content in read_bundle(bundle).items()}
    listing = json.loads(inside[LISTING])
    study, _ = as_written(listing, inside)
    cited = _cited_doi(inside, doi, bundle)
    write = zenodo_json if archive == "zenodo" else invenio_json
    content = write(study, listing["version"], listing["date"], cited)
    path = (out or bundle.parent) / f"{bundle.stem}.{archive}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    return Deposit(path, cited, tuple(one.name for one in study.authors if "," not in one.name))


def zenodo_json(study: Study, version: str, date: str, doi: str | None) -> dict[str, Any]:
    """Return what Zenodo's deposit interface takes.

    Parameters
    ----------
    study : Study
        Title, authors, licence and references.
    version, date : str
        Version and day of the release.
    doi : str, optional
        The DOI that was reserved; without one Zenodo is asked to reserve it.

    Returns
    -------
    dict
        ``{"metadata": {...}}``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> study = Study(name="demo", folder=Path("demo"), title="How many?", notebook="n", seed=1)
    >>> zenodo_json(study, "1.0", "2026-01-31", None)["metadata"]["upload_type"]
    'dataset'
    """
    metadata: dict[str, Any] = {
        "title": study.title,
        "upload_type": "dataset",
        "publication_date": date,
        "description": _described(study),
        "creators": [_creator(author) for author in study.authors],
        "access_right": "open",
        "license": _licence(study),
        "version": version,
    }
    cited, others = _references(study)
    if cited:
        links = [{"identifier": one, "relation": "cites", "scheme": "doi"} for one in cited]
        metadata["related_identifiers"] = links
    if others:
        metadata["references"] = others
    return {"metadata": {**metadata, **({"doi": doi} if doi else {"prereserve_doi": True})}}


def invenio_json(study: Study, version: str, date: str, doi: str | None) -> dict[str, Any]:
    """Return what a draft of InvenioRDM takes.

    Parameters
    ----------
    study : Study
        Title, authors, licence and references.
    version, date : str
        Version and day of the release.
    doi : str, optional
        The DOI that was reserved for the draft.

    Returns
    -------
    dict
        Access, files, identifiers and metadata.

    Examples
    --------
    >>> from pathlib import Path
    >>> from ctresearch.studies.asked.manifest import Study
    >>> study = Study(name="demo", folder=Path("demo"), title="How many?", notebook="n", seed=1)
    >>> invenio_json(study, "1.0", "2026-01-31", None)["metadata"]["resource_type"]
    {'id': 'dataset'}
    """
    metadata: dict[str, Any] = {
        "resource_type": {"id": "dataset"},
        "title": study.title,
        "publication_date": date,
        "creators": [_person(author) for author in study.authors],
        "description": _described(study),
        "version": version,
        "rights": [{"id": _licence(study)}],
    }
    cited, others = _references(study)
    if cited:
        links = [{"identifier": one, "scheme": "doi", "relation_type": {"id": "cites"}} for one in cited]
        metadata["related_identifiers"] = links
    if others:
        metadata["references"] = [{"reference": one} for one in others]
    whole: dict[str, Any] = {
        "access": {"record": "public", "files": "public"},
        "files": {"enabled": True},
        "metadata": metadata,
    }
    if doi:
        whole["pids"] = {"doi": {"identifier": doi, "provider": "datacite", "client": "datacite"}}
    return whole


def _cited_doi(inside: Mapping[str, bytes], doi: str | None, bundle: Path) -> str | None:
    """Return the DOI in the bundle, and refuse another one."""
    match = _CITED.search(inside["CITATION.cff"].decode("utf-8"))
    cited = match[1] if match else None
    if doi is not None and check_doi(doi) != cited:
        raise SpecificationError(
            f"doi == {doi!r}, and {bundle.name} cites {cited or 'none'}: a DOI that was reserved goes into the bundle, "
            "so release with --doi first"
        )
    return cited


def _described(study: Study) -> str:
    """Describe the release in HTML, which both archives take."""
    words = study.description or study.title
    whole = "A study with its report, tables, figures, results, provenance and what it takes to run it again."
    return f"<p>{html.escape(' '.join(words.split()), quote=False)}</p><p>{whole}</p>"


def _licence(study: Study) -> str:
    """Write a licence as both archives name it: its SPDX name in small letters."""
    licence = study.cite.licence
    if _SPDX.fullmatch(licence) is None:
        raise SpecificationError(
            f"cite.licence == {licence!r}, must be the SPDX name of a licence, such as CC-BY-4.0, that an archive knows"
        )
    return licence.lower()


def _references(study: Study) -> tuple[list[str], list[str]]:
    """Part the references into DOIs and others."""
    found = [(_DOI.match(one), one) for one in study.cite.references]
    return [match[1] for match, _ in found if match], [one for match, one in found if not match]


def _creator(author: Author) -> dict[str, str]:
    """Write an author for Zenodo, family name first."""
    family, given = _parted(author.name)
    made = {"name": f"{family}, {given}" if given else family}
    made |= {"affiliation": author.affiliation} if author.affiliation else {}
    return made | ({"orcid": author.orcid} if author.orcid else {})


def _person(author: Author) -> dict[str, Any]:
    """Write an author for InvenioRDM."""
    family, given = _parted(author.name)
    person: dict[str, Any] = {"type": "personal", "family_name": family}
    person |= {"given_name": given} if given else {}
    person |= {"identifiers": [{"scheme": "orcid", "identifier": author.orcid}]} if author.orcid else {}
    made: dict[str, Any] = {"person_or_org": person}
    return made | ({"affiliations": [{"name": author.affiliation}]} if author.affiliation else {})


def _parted(name: str) -> tuple[str, str]:
    """Part a name at its comma; two words are taken for a given name and a family name, and others are left whole."""
    family, comma, given = name.partition(",")
    if comma:
        return family.strip(), given.strip()
    words = name.split()
    return (words[1], words[0]) if len(words) == _TWO else (name, "")
