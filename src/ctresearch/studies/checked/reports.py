"""What a check writes: Markdown for the page of a CI run, JUnit for its tables, a badge for a README."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from ctresearch.core import render
from ctresearch.studies.checked.verdict import counted
from ctresearch.studies.compare.compare import markdown
from ctresearch.studies.shown.words import as_markdown, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.studies.checked.drift import Moved
    from ctresearch.studies.checked.verdict import Verdict

_FAILURES = frozenset({"drifted", "not reproduced", "refused"})
_ERRORS = frozenset({"wrong input", "crashed", "out of time"})
_SKIPPED = frozenset({"needs data", "not run"})
_COLOURS = {0: ("brightgreen", "#2c6e49"), 1: ("lightgrey", "#555555"), 2: ("red", "#a1281b")}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LETTER = 6.6  # width of a letter of the badge in its units; a wider one only makes the field wider


def summary_markdown(verdicts: Sequence[Verdict]) -> str:
    """Write verdicts as Markdown: a table of all studies, then the outputs of those that are not the same.

    Parameters
    ----------
    verdicts : sequence of Verdict
        One a study, also of those that crashed or were not run.

    Returns
    -------
    str
        The summary.

    Examples
    --------
    >>> from ctresearch.studies.checked.verdict import Verdict
    >>> print(summary_markdown([Verdict("demo", "crashed", "cell 2 of 3: boom")]))
    ## 1 crashed
    <BLANKLINE>
    | study | status | |
    | --- | --- | --- |
    | demo | **crashed** | cell 2 of 3: boom |
    <BLANKLINE>
    """
    rows = [f"| {as_markdown(one.study)} | {_emphasised(one)} | {as_markdown(in_words(one))} |" for one in verdicts]
    parts = ["\n".join([f"## {totals(verdicts)}", "", "| study | status | |", "| --- | --- | --- |", *rows, ""])]
    for one in verdicts:
        if any(output.status != "same" for output in one.outputs):
            parts.append(markdown(one.study, one.outputs))
        if one.moved:
            parts.append(_moved_table(one.moved))
    return "\n".join(parts)


def totals(verdicts: Sequence[Verdict]) -> str:
    """Count verdicts in words.

    Parameters
    ----------
    verdicts : sequence of Verdict
        One a study.

    Returns
    -------
    str
        The gravest last.

    Examples
    --------
    >>> from ctresearch.studies.checked.verdict import Verdict
    >>> totals([Verdict("a", "drifted"), Verdict("b", "same")])
    '1 same, 1 drifted'
    """
    return ", ".join(f"{many} {status}" for status, many in counted(verdicts).items()) or "no study"


def in_words(one: Verdict) -> str:
    """Say in a few words what was found about a study.

    Parameters
    ----------
    one : Verdict
        What was found.

    Returns
    -------
    str
        Its message, or how many outputs it has and how many of them changed.

    Examples
    --------
    >>> from ctresearch.studies.checked.verdict import Verdict
    >>> in_words(Verdict("demo", "same", reused=True))
    '0 outputs, already there'
    """
    if one.message:
        return one.message
    changed = sum(output.status != "same" for output in one.outputs)
    words = [f"{len(one.outputs)} outputs"] + ([f"{changed} of them changed"] if changed else [])
    places = [row.place for row in one.moved]
    words += [f"{places.count(place)} {place}" for place in dict.fromkeys(places)]
    return ", ".join([*words, "already there"] if one.reused else words)


def junit(verdicts: Sequence[Verdict]) -> str:
    """Write verdicts as JUnit XML: a suite a study, a case an output.

    Parameters
    ----------
    verdicts : sequence of Verdict
        One a study.

    Returns
    -------
    str
        XML. An output that drifted is a failure, a study that crashed an error, one that needs data is skipped.

    Examples
    --------
    >>> from ctresearch.studies.checked.verdict import Verdict
    >>> print(junit([Verdict("demo", "needs data", "give the file")]).splitlines()[3].strip())
    <testcase name="study" classname="demo" time="0.000"><skipped message="give the file"/></testcase>
    """
    seconds = sum(one.seconds for one in verdicts)
    every = _counts([case for one in verdicts for case in _cases(one)])
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="ctresearch check" {every} time="{seconds:.3f}">')
    for one in verdicts:
        cases, study = list(_cases(one)), _attribute(one.study)
        lines.append(f'  <testsuite name={study} {_counts(cases, skipped=True)} time="{one.seconds:.3f}">')
        each = one.seconds / max(len(cases), 1)
        for name, kind, message in cases:
            head = f'    <testcase name={_attribute(name)} classname={study} time="{each:.3f}"'
            lines.append(head + (f"><{kind} {_said(kind, message)}</testcase>" if kind else "/>"))
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def badge_json(verdicts: Sequence[Verdict], label: str = "studies") -> str:
    """Write what a badge says, as the endpoint of shields.io reads it.

    Parameters
    ----------
    verdicts : sequence of Verdict
        One a study.
    label : str
        What it is about.

    Returns
    -------
    str
        JSON.

    Examples
    --------
    >>> from ctresearch.studies.checked.verdict import Verdict
    >>> json.loads(badge_json([Verdict("demo", "same")]))["message"]
    '1 of 1 reproduce'
    """
    message, grade = _badge(verdicts)
    content = {"schemaVersion": 1, "label": label, "message": message, "color": _COLOURS[grade][0]}
    return json.dumps(content | ({"isError": True} if grade == 2 else {}), ensure_ascii=False) + "\n"


def badge_svg(verdicts: Sequence[Verdict], label: str = "studies") -> str:
    """Draw a badge; its words carry the meaning and its colour repeats it.

    Parameters
    ----------
    verdicts : sequence of Verdict
        One a study.
    label : str
        What it is about.

    Returns
    -------
    str
        SVG that needs nothing from anywhere.

    Examples
    --------
    >>> from ctresearch.studies.checked.verdict import Verdict
    >>> "1 of 1 reproduce" in badge_svg([Verdict("demo", "same")])
    True
    """
    message, grade = _badge(verdicts)
    left, right = (round(_LETTER * len(words) + 12) for words in (label, message))
    text = 'y="14" fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle"'
    said = escape(f"{label}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{said}"><title>{said}</title>'
        f'<rect width="{left}" height="20" fill="#333333"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{_COLOURS[grade][1]}"/>'
        f'<text x="{left / 2:g}" {text}>{escape(label)}</text>'
        f'<text x="{left + right / 2:g}" {text}>{escape(message)}</text></svg>\n'
    )


def _badge(verdicts: Sequence[Verdict]) -> tuple[str, int]:
    """Say what a badge says, and how grave it is: 0 all is well, 1 nobody knows, 2 something is wrong."""
    asked = [one for one in verdicts if one.status not in _SKIPPED]
    wrong = [one for one in asked if one.code]
    if wrong:
        gravest = max(wrong, key=lambda one: one.code).status
        return f"{len(wrong)} of {len(asked)} do not reproduce ({gravest})", 2
    if not asked or any(one.status == "not run" for one in verdicts):
        return "not checked" if not asked else f"{len(asked)} of {len(verdicts)} checked", 1
    return f"{len(asked)} of {len(asked)} reproduce", 0


def _emphasised(one: Verdict) -> str:
    """Write a status, in bold where it is an error."""
    return f"**{one.status}**" if one.code else one.status


def _moved_table(rows: Sequence[Moved]) -> str:
    """Write how far estimates moved."""
    lines = [
        "| output | term | released | interval | now | of the way to the limit | |",
        "| --- | --- | ---: | --- | ---: | ---: | --- |",
    ]
    for one in rows:
        reach = f"{100 * one.reach:.0f} %" if one.reach < 1e6 else "–"
        cells = (one.output, one.term, render.number(one.released), _interval(one), render.number(one.now), reach)
        lines.append(f"| {' | '.join(map(as_markdown, cells))} | {one.place} (of {as_markdown(one.source)}) |")
    return "\n".join(lines) + "\n"


def _interval(one: Moved) -> str:
    """Write the interval that was released, empty where there is none."""
    if math.isnan(one.low) and math.isnan(one.high):
        return ""
    return f"{render.number(one.low)} to {render.number(one.high)}"


def _cases(one: Verdict) -> Iterator[tuple[str, str, str]]:
    """Go through the cases of a study: name, what is wrong (failure, error, skipped or nothing), and why."""
    kind = "error" if one.status in _ERRORS else "skipped" if one.status in _SKIPPED else ""
    if not one.outputs:
        yield "study", kind or ("failure" if one.status in _FAILURES else ""), one.message
    for output in one.outputs:
        failed = output.status == "drifted" and one.status != "moved"
        yield f"{output.output} ({output.kind})", "failure" if failed else "", output.message


def _counts(cases: Sequence[tuple[str, str, str]], *, skipped: bool = False) -> str:
    """Count cases for an element of JUnit."""
    kinds = [kind for _, kind, _ in cases]
    words = f'tests="{len(kinds)}" failures="{kinds.count("failure")}" errors="{kinds.count("error")}"'
    return f'{words} skipped="{kinds.count("skipped")}"' if skipped else words


def _said(kind: str, message: str) -> str:
    """Write why a case failed, errors and failures with their type."""
    said = f"message={_attribute(message)}"
    return f"{said}/>" if kind == "skipped" else f'{said} type="{kind}">{escape(_clean(message))}</{kind}>'


def _attribute(text: str) -> str:
    """Write an attribute of XML."""
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    """Leave out what XML cannot hold."""
    return _NOT_XML.sub("\ufffd", one_line(text))
