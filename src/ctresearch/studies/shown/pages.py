"""The pages of a run, set from what the run holds: for a release, and again by whoever verifies it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ctresearch.studies.shown import pdf
from ctresearch.studies.shown.contract import contract_of
from ctresearch.studies.shown.report import byline, html_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ctresearch.studies.asked.manifest import Study

REPORT, PRINTED = "report.html", "report.pdf"


def set_pages(
    study: Study,
    notebook: Mapping[str, Any],
    document: Mapping[str, Any],
    components: Mapping[str, Any],
    read: Callable[[str], bytes],
    *,
    date: str,
) -> dict[str, bytes]:
    """Set the report of a run, and its PDF where Typst is installed.

    Parameters
    ----------
    study : Study
        The manifest.
    notebook : mapping
        The executed notebook, normalised.
    document : mapping
        ``results.json``.
    components : mapping
        What the run id is made from.
    read : callable
        From the path of an output to its bytes.
    date : str
        Day of the release, ``YYYY-MM-DD``.

    Returns
    -------
    dict of str to bytes
        ``report.html`` and perhaps ``report.pdf``.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> document = {"title": "How many?", "run_id": "ab12", "estimates": {}, "tables": {}, "checks": []}
    >>> parts = {"packages": {}, "python": "3.11", "seed": 1}
    >>> study = SimpleNamespace(outputs={}, authors=[])
    >>> pages = set_pages(study, {"cells": []}, document, parts, lambda path: b"", date="2026-01-31")
    >>> b"How many?" in pages["report.html"]
    True
    """
    marked = contract_of(study, document, read)
    pages = {REPORT: html_page(notebook, document, byline(study, components), marked).encode()}
    printed = pdf.render(notebook, document, date, marked)
    return pages if printed is None else {**pages, PRINTED: printed}
