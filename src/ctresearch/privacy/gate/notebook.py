"""Scanning an executed notebook, and the copy of it that may be released.

Notebooks leak where nobody looks: a table shown on the way, a traceback with a value in it, a parameter that is a name.
The released copy keeps the code and loses those outputs; what was taken out is listed, without repeating it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.core.validate import one_of
from ctresearch.privacy.gate.notebook_cells import joined, judge_code, judge_output, judge_text, parsed, texts_of
from ctresearch.privacy.verdicts.policy import Policy
from ctresearch.privacy.verdicts.verdict import Finding
from ctresearch.privacy.words.identifiers import identifiers_in_text
from ctresearch.privacy.words.person_names import looks_like_a_person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.privacy.verdicts.policy import Level

REMOVED = "[removed by the release gate]"
_PARAMETER_TAGS = {"parameters", "injected-parameters"}
_SENTENCES = {
    "traceback": "{where} holds a traceback, which may repeat values of the data.",
    "identifier": "{where} holds {what}.",
    "records": "{where} describes people one by one.",
    "small_cells": "{where} shows counts of fewer than {what} people.",
    "unseen": "{where} holds {what}, which cannot be looked into.",
    "parameter": "{where} gives a parameter a value that looks like a person's name.",
}


def scan_notebook(
    notebook: Mapping[str, Any] | str | bytes, policy: Policy | None = None, *, level: Level = "restricted"
) -> tuple[dict[str, Any], tuple[Finding, ...]]:
    r"""Take out of an executed notebook what could expose a person.

    Parameters
    ----------
    notebook : mapping, str or bytes
        An executed notebook (format 4), as a dict or as its JSON.
    policy : Policy, optional
        Thresholds; joined with the default, the stricter counts.
    level : {"public", "restricted", "record"}
        Level of the data it ran on. On published data, tables and pictures stay, and only tracebacks, identifiers and
        names in parameters are taken out. Otherwise pictures go too, since nobody can look into them here: figures
        leave by their own verdict.

    Returns
    -------
    dict
        A copy that may be released; the original is untouched.
    tuple of Finding
        What was taken out and from which cell (numbered from 0), empty if nothing was.

    Raises
    ------
    DataError
        If it is no notebook.

    Examples
    --------
    >>> text = "gender\nWoman  40\nMan  3\nName: count, dtype: int64"
    >>> shown = {"output_type": "stream", "name": "stdout", "text": text}
    >>> cell = {"cell_type": "code", "source": "x", "metadata": {}, "outputs": [shown]}
    >>> stripped, findings = scan_notebook({"nbformat": 4, "metadata": {}, "cells": [cell]})
    >>> findings[0].sentence
    'Cell 0, output 0 shows counts of fewer than 5 people.'
    >>> stripped["cells"][0]["outputs"][0]["text"]
    '[removed by the release gate]'
    """
    one_of("level", level, ("public", "restricted", "record"))
    copied = _read(notebook)
    threshold = Policy().stricter(policy or Policy()).threshold(level)
    findings: list[Finding] = []
    for number, cell in enumerate(copied["cells"]):
        findings += _scan_source(cell, number, threshold, level)
        findings += _scan_surroundings(cell, number, level)
        for i, output in enumerate(cell.get("outputs", ())):
            found = judge_output(output, threshold, level)
            if found is not None:
                findings.append(_finding(*found, cell=number, output=i))
                cell["outputs"][i] = {"output_type": "stream", "name": "stdout", "text": REMOVED}
    findings += _scan_parameters(copied)
    findings += _scan_metadata(copied, level)
    return copied, tuple(findings)


def notebook_rule(content: Any, policy: Policy, level: Level) -> Finding:
    """Say whether a notebook may leave as it is.

    Parameters
    ----------
    content : mapping, str or bytes
        The notebook.
    policy : Policy
        Thresholds.
    level : {"public", "restricted", "record"}
        Level of the data it ran on.

    Returns
    -------
    Finding
        Rule ``"notebook"``.

    Examples
    --------
    >>> notebook_rule({"nbformat": 4, "metadata": {}, "cells": []}, Policy(), "restricted").verdict
    'pass'
    """
    _, findings = scan_notebook(content, policy, level=level)
    if not findings:
        return Finding("notebook", "pass", say("Nothing in its cells describes, counts or names too few people."))
    rules = list(dict.fromkeys(f.rule for f in findings))
    return Finding(
        "notebook",
        "fail",
        say("{parts} parts of it must not be seen ({rules}).", parts=len(findings), rules=rules),
        say("Release the stripped copy that scan_notebook() gives."),
        {"parts": len(findings)},
    )


def _read(notebook: Mapping[str, Any] | str | bytes) -> dict[str, Any]:
    """Copy a notebook, from JSON if need be."""
    try:
        loaded: Any = json.loads(notebook) if isinstance(notebook, (str, bytes)) else copy.deepcopy(notebook)
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(f"the notebook is no JSON{where}, must be a notebook of format 4") from None
    if not isinstance(loaded, Mapping) or not isinstance(loaded.get("cells"), list):
        raise DataError(f"the notebook is a {type(loaded).__name__} without cells, must be a notebook of format 4")
    for number, cell in enumerate(loaded["cells"]):
        if not isinstance(cell, Mapping) or not isinstance(cell.get("outputs", []), list):
            raise DataError(f"cell {number} of the notebook is no cell, must be one of a notebook of format 4")
    return loaded  # type: ignore[return-value]  # NotebookNode is a dict


def _finding(rule: str, what: str, *, cell: int, output: int | None = None) -> Finding:
    """Say what was taken out, and from where."""
    where = (
        say("Cell {cell}", cell=cell)
        if output is None
        else say("Cell {cell}, output {output}", cell=cell, output=output)
    )
    numbers = {"cell": cell} | ({} if output is None else {"output": output})
    sentence = say(_SENTENCES[rule], where=where, what=what)
    return Finding(rule, "fail", sentence, say("It is left out of the released copy."), numbers)


def _scan_source(cell: dict[str, Any], number: int, threshold: int, level: Level) -> Iterator[Finding]:
    """Look into code and prose; an author's e-mail address may stand there."""
    source = joined(cell.get("source", ""))
    code = cell.get("cell_type") == "code"
    if _PARAMETER_TAGS & set(_metadata(cell).get("tags") or ()):
        cleaned = _clean_assignments(source)
        if cleaned != source:
            yield _finding("parameter", "", cell=number)
            cell["source"] = source = cleaned
    found = judge_code(source, threshold, level) if code else judge_text(source, threshold, level, authored=True)
    if found is not None:
        yield _finding(*found, cell=number)
        cell["source"] = f"# {REMOVED}" if code else REMOVED


def _scan_surroundings(cell: dict[str, Any], number: int, level: Level) -> Iterator[Finding]:
    """Look at what a cell carries unseen: pictures attached to its text, and its metadata."""
    if cell.get("attachments") and level != "public":
        yield _finding("unseen", "an attachment", cell=number)
        del cell["attachments"]
    kinds = identifiers_in_text(joined(_metadata(cell)))
    if kinds:
        yield _finding("identifier", say("{kind} in its metadata", kind=kinds[0]), cell=number)
        cell["metadata"] = {}


def _metadata(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the metadata of a cell."""
    found = cell.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _clean_assignments(source: str) -> str:
    """Replace the names of people that a parameter cell assigns."""
    for value, variable in texts_of(parsed(source)):
        if looks_like_a_person(value, variable):
            for written in (repr(value), json.dumps(value, ensure_ascii=False)):
                source = source.replace(written, repr(REMOVED))
    return source


def _scan_parameters(notebook: dict[str, Any]) -> Iterator[Finding]:
    """Look into the parameters that the runner wrote into the notebook's metadata."""
    runner = _metadata(notebook).get("papermill", {})
    parameters = runner.get("parameters", {}) if isinstance(runner, Mapping) else {}
    for name, value in list(parameters.items()):
        values = value if isinstance(value, list) else [value]
        if any(looks_like_a_person(v, name) for v in values):
            parameters[name] = REMOVED
            sentence = say("Parameter {name} has a value that looks like a person's name.", name=repr(name))
            yield Finding("parameter", "fail", sentence, say("It is left out of the released copy."))


def _scan_metadata(notebook: dict[str, Any], level: Level) -> Iterator[Finding]:
    """Look into the rest of the notebook's metadata; authors may stand there, and the state of widgets may not."""
    metadata = dict(_metadata(notebook))
    for name, value in metadata.items():
        kinds = [] if name == "authors" else identifiers_in_text(f"{name}: {joined(value)}")
        if kinds or (name == "widgets" and level != "public"):
            what = kinds[0] if kinds else say("the state of widgets, which cannot be looked into")
            rule = "identifier" if kinds else "unseen"
            sentence = say("Its metadata {name} hold {what}.", name=repr(name), what=what)
            yield Finding(rule, "fail", sentence, say("They are left out of the released copy."))
            del notebook["metadata"][name]
