"""Holds what people read to what was computed: report, PDF and numbers of a bundle, set again and compared.

Nothing in the bundle is executed. The pages are set by the package that is installed here, and only where that is the
package that set them; otherwise they are said not to be checked.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from ctresearch.core.check import Check
from ctresearch.core.compile import source_hash
from ctresearch.core.errors import CtResearchError
from ctresearch.core.message import say
from ctresearch.core.result import Result
from ctresearch.studies.asked.identity import notebook_content, written
from ctresearch.studies.asked.manifest import load_study
from ctresearch.studies.asked.modules import module_digests
from ctresearch.studies.base.temporary import temporary_folder
from ctresearch.studies.kept.record import PROVENANCE
from ctresearch.studies.shown import pdf
from ctresearch.studies.shown.normalise import FOOTER_ID, normalise_notebook, notebook_bytes
from ctresearch.studies.shown.pages import PRINTED, set_pages
from ctresearch.studies.shown.results import check_entry, estimate_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ctresearch.core.message import Message
    from ctresearch.studies.asked.manifest import Study

_HELD = (
    *("rows", "method", "n", "level", "interval", "scale", "status", "stands", "assumptions", "references"),
    *("population", "definition", "reference_period", "measure"),
)


def number_checks(listing: Mapping[str, Any], inside: Mapping[str, bytes]) -> Iterator[Check]:
    """Hold the numbers in ``results.json`` to the results that were saved.

    Parameters
    ----------
    listing : mapping
        ``bundle.json``.
    inside : mapping of str to bytes
        Files of the bundle.

    Yields
    ------
    Check
        One a run.

    Examples
    --------
    >>> list(number_checks({"runs": {}}, {}))
    []
    """
    for home in listing["runs"]:
        document = json.loads(inside[f"{home}results.json"])
        wrong = [*_other_files(home, document, inside), *_other_numbers(home, document, inside)]
        if wrong:
            told = say(
                "The numbers{run} are not those of the saved results: {wrong}.",
                run=_which(home),
                wrong=", ".join(dict.fromkeys(wrong)),
            )
            yield Check("numbers", "fail", told)
        else:
            told = say("Every number{run} is that of the result that was saved.", run=_which(home))
            yield Check("numbers", "pass", told)


def page_checks(listing: Mapping[str, Any], inside: Mapping[str, bytes]) -> Iterator[Check]:
    """Set the pages of each run again and compare them.

    Parameters
    ----------
    listing : mapping
        ``bundle.json``.
    inside : mapping of str to bytes
        Files of the bundle.

    Yields
    ------
    Check
        ``"review"`` where another version of the package, or of what sets the PDF, set them.

    Examples
    --------
    >>> [check.status for check in page_checks({"source_hash": "of another version", "runs": {"": "ab"}}, {})]
    ['review']
    """
    if listing["source_hash"] != source_hash():
        told = say(
            "The pages were not checked: another version of the package set them. Verify with that version, or with "
            "--rerun, which executes it."
        )
        yield Check("pages", "review", told)
        return
    study, notebook = as_written(listing, inside)
    for home in listing["runs"]:
        yield _source_of(home, study, notebook, inside)
        yield _pages_of(home, listing, study, inside)


def _source_of(home: str, study: Study, notebook: Mapping[str, Any], inside: Mapping[str, bytes]) -> Check:
    """Hold the notebook as written and as executed, and the manifest, to what the run id was made from."""
    ran, document, provenance = _run_parts(home, inside)
    parts = provenance["components"]
    replaced = {"manifest"} if document.get("replaced") else set()  # its page says that other data speak
    told = {name: value for name, value in written(study, notebook).items() if name not in replaced}
    wrong = [name for name, value in told.items() if parts[name] != value]
    place = f"source/studies/{study.name}/"
    told_modules = module_digests({name: inside.get(place + file, b"") for name, file in study.code.items()})
    wrong += ["modules"] if told_modules.get("modules") != parts.get("modules") else []
    executed = written(study, {"cells": [cell for cell in ran["cells"] if cell.get("id") != FOOTER_ID]})
    wrong += [f"{name} of notebook.ipynb" for name in ("code", "prose") if parts[name] != executed[name]]
    if not replaced and document["title"] != study.title:
        wrong.append("title")
    if wrong:
        said = say("Not what the run{run} was made from: {wrong}.", run=_which(home), wrong=", ".join(wrong))
        return Check("source", "fail", said)
    return Check("source", "pass", say("Notebook and manifest{run} are those that ran.", run=_which(home)))


def _pages_of(home: str, listing: Mapping[str, Any], study: Study, inside: Mapping[str, bytes]) -> Check:
    """Set the report and the PDF of one run again."""
    notebook, document, provenance = _run_parts(home, inside)
    parts, date = provenance["components"], listing["date"]
    again = set_pages(study, notebook, document, parts, lambda path: inside[home + path], date=date)
    again["notebook.ipynb"] = notebook_bytes(notebook)
    printed = home + PRINTED in inside
    unchecked = printed and listing.get("pdf") != pdf.renderer()
    if unchecked or not printed:
        again.pop(PRINTED, None)
    wrong = sorted(name for name, content in again.items() if inside.get(home + name) != content)
    which = _which(home)
    if wrong:
        said = say(
            "Not what the notebook and the results{run} give when the page is set again: {wrong}.",
            run=which,
            wrong=", ".join(wrong),
        )
        return Check("pages", "fail", said)
    if unchecked:
        said = say(
            "The report{run} is what notebook and results give; the PDF was not checked, since it was set by "
            "{renderer}.",
            run=which,
            renderer=str(listing.get("pdf")),
        )
        return Check("pages", "review", said)
    return Check("pages", "pass", say("Report and PDF{run} are what notebook and results give.", run=which))


def _run_parts(home: str, inside: Mapping[str, bytes]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Read the notebook, the results and the provenance of a run."""
    read, document, provenance = (
        json.loads(inside[f"{home}{name}"]) for name in ("notebook.ipynb", "results.json", PROVENANCE)
    )
    return normalise_notebook(read, document["run_id"]), document, provenance


def _other_files(home: str, document: Mapping[str, Any], inside: Mapping[str, bytes]) -> Iterator[str]:
    """Name the outputs whose file is not the one that ``results.json`` describes."""
    for group in ("estimates", "tables", "figures", "files"):
        for name, entry in document[group].items():
            parts = [entry, *([entry["data"]] if "data" in entry else [])]
            found = [hashlib.sha256(inside.get(home + part["path"], b"")).hexdigest() for part in parts]
            if found != [part["sha256"] for part in parts]:
                yield name


def _other_numbers(home: str, document: Mapping[str, Any], inside: Mapping[str, bytes]) -> Iterator[str]:
    """Name the estimates whose numbers are not those of the saved result; older versions said less of each."""
    for name, entry in document["estimates"].items():
        try:
            result = Result.from_dict(json.loads(inside[home + entry["path"]]))
        except (KeyError, ValueError, TypeError, AttributeError, RecursionError, CtResearchError):
            yield name
            continue
        saved = estimate_entry(result)
        checks = [{"output": name, **check_entry(check)} for check in result.checks]
        shown = [check for check in document["checks"] if check["output"] == name]
        if any(saved[key] != entry[key] for key in _HELD if key in entry) or checks != shown:
            yield name


def as_written(listing: Mapping[str, Any], inside: Mapping[str, bytes]) -> tuple[Study, dict[str, Any]]:
    """Read the manifest and the notebook that a bundle carries.

    Parameters
    ----------
    listing : mapping
        ``bundle.json``.
    inside : mapping of str to bytes
        Files of the bundle.

    Returns
    -------
    study : Study
        The manifest; its folder is gone.
    notebook : dict
        The notebook as it was written.
    """
    home = f"source/studies/{listing['study']}/"
    with temporary_folder() as place:
        folder = place / "studies" / str(listing["study"])
        (place / "pyproject.toml").write_text("[tool.ctresearch]\n", encoding="utf-8")
        for path, content in inside.items():
            if path.startswith(home):
                target = folder / path.removeprefix(home)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        study = load_study(folder)
        return study, notebook_content(folder / f"{study.notebook}.ipynb")


def _which(home: str) -> Message | str:
    """Name a run where there are several."""
    return say(" of {run}", run=home.rstrip("/")) if home else ""
