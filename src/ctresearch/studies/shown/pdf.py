"""The report of a run as PDF, set by Typst.

Typst comes from PyPI with its own fonts, reads no font of the machine and takes the day from us, so the same notebook
gives the same bytes and the PDF may stand inside the hashed bundle. Without the extra ``pdf`` a bundle has none.
"""

from __future__ import annotations

import datetime as dt
import re
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import FitError
from ctresearch.core.message import as_message, say
from ctresearch.core.tongue import ENGLISH
from ctresearch.core.validate import require_extra
from ctresearch.studies.shown import labels
from ctresearch.studies.shown.blocks import notebook_blocks
from ctresearch.studies.shown.contract import NO_CONTRACT
from ctresearch.studies.shown.first_page import first_page_html, read_first_page
from ctresearch.studies.shown.headline import headline
from ctresearch.studies.shown.normalise import FOOTER_ID
from ctresearch.studies.shown.sanitise import clean_text
from ctresearch.studies.shown.standing import check_heading, check_words, data_words, graded
from ctresearch.studies.shown.typeset import from_html, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ctresearch.core.tongue import Tongue
    from ctresearch.studies.shown.contract import Contract

_TITLE = re.compile(r"<h1[^>]*>.*?</h1>\s*", re.DOTALL)
_FIRST_LEVEL = re.compile(r"(</?)h1\b")
_COLOURS = {"void": "#b3261e", "fail": "#b3261e", "review": "#8a5a00"}


def renderer() -> str | None:
    """Name the renderer of the PDF.

    Returns
    -------
    str or None
        Such as ``"typst 0.15.2"``; ``None`` where it is not installed.

    Examples
    --------
    >>> renderer() is None or renderer().startswith("typst ")
    True
    """
    try:
        return f"typst {version('typst')}"
    except PackageNotFoundError:
        return None


def render(
    nb: Mapping[str, Any],
    document: Mapping[str, Any],
    date: str,
    contract: Contract = NO_CONTRACT,
    *,
    tongue: Tongue = ENGLISH,
) -> bytes | None:
    """Set the report of a run as PDF.

    Parameters
    ----------
    nb : mapping
        The executed notebook, normalised.
    document : mapping
        ``results.json``: title, run id, estimates and checks, as the release gate passed them.
    date : str
        Day of the release, ``YYYY-MM-DD``; the PDF's own date.
    contract : Contract
        Which output is the answer, as the study marks it.
    tongue : Tongue
        Language of the page; the notebook below it keeps its own.

    Returns
    -------
    bytes or None
        The PDF; ``None`` where Typst is not installed.

    Raises
    ------
    FitError
        If Typst cannot set it.

    Examples
    --------
    >>> document = {"title": "How many?", "run_id": "ab12", "estimates": {}, "checks": []}
    >>> page = render({"cells": []}, document, "2026-01-31")
    >>> page is None or page[:5] == b"%PDF-"
    True
    """
    if renderer() is None:
        return None
    typst = require_extra("typst", "pdf")
    source = typst_source(nb, document, date, contract, tongue=tongue)
    moment = dt.datetime.combine(dt.date.fromisoformat(date), dt.time(), tzinfo=dt.UTC)
    try:
        content: bytes = typst.compile(
            source.encode(), format="pdf", ignore_system_fonts=True, timestamp=int(moment.timestamp())
        )
    except typst.TypstError as error:
        raise FitError(f"the PDF of run {document['run_id'][:16]} cannot be set: {error}") from error
    return content


def typst_source(
    nb: Mapping[str, Any],
    document: Mapping[str, Any],
    date: str,
    contract: Contract = NO_CONTRACT,
    *,
    tongue: Tongue = ENGLISH,
) -> str:
    """Write the report of a run as Typst.

    Parameters
    ----------
    nb, document, date, contract, tongue
        As for :func:`render`.

    Returns
    -------
    str
        Typst markup in which every word of the study is a quoted string.

    Examples
    --------
    >>> document = {"title": "#read(1)", "run_id": "ab12", "estimates": {}, "checks": []}
    >>> '"#read(1)"' in typst_source({"cells": []}, document, "2026-01-31")
    True
    """
    title, foot = tongue.write(as_message(document["title"])), tongue.write(say("Run {run}", run=document["run_id"]))
    style = resources.files("ctresearch.studies.shown").joinpath("report.typ").read_text(encoding="utf-8")
    parts = [f"#let foot = {quoted(foot)}\n", style, f"#set document(title: {quoted(title)})\n"]
    parts.append(f'#set text(lang: "{tongue.code}")\n')
    day = quoted(tongue.day(dt.date.fromisoformat(date)))
    parts.append(f"#text(size: 19pt, weight: 700, {quoted(title)})\n\n#text(fill: luma(90), {day})\n\n")
    told = data_words(document, judged=not any(cell.get("outputs") for cell in nb["cells"]))
    if told:
        head, words = quoted(tongue.write(say("Data."))), quoted(tongue.write(told))
        parts.append(f"#callout(rgb({quoted(_COLOURS['fail'])}), {head}, {words})\n")
    first = first_page_html(read_first_page(document, contract), tongue)
    parts.append(f"{from_html(first)}\n#pagebreak(weak: true)\n" if first else "")
    parts.append(f"{from_html(headline(document, contract, tongue))}\n\n")
    for grade, check in graded(document["checks"]):
        if grade != "pass":
            head = check_heading(grade, check["name"], [check["output"].replace("_", " ")])
            name, words = quoted(tongue.write(head)), quoted(tongue.write(check_words(check)))
            parts.append(f"#callout(rgb({quoted(_COLOURS[grade])}), {name}, {words})\n")
    below = quoted(tongue.write(labels.below(tongue.code)))
    parts.append(f"#line(length: 100%, stroke: 1pt)\n#text(size: 8pt, fill: luma(90), {below})\n\n")
    shown = [cell for cell in nb["cells"] if cell.get("id") != FOOTER_ID]
    blocks = [block for block in notebook_blocks({"cells": shown}, tongue) if block.kind != "code"]
    for place, block in enumerate(blocks):
        content = _TITLE.sub("", block.content, count=1) if place == 0 else block.content
        content = clean_text(_FIRST_LEVEL.sub(r"\1h2", content))
        parts.append(f"{from_html(content)}\n\n")
    return "".join(parts)
