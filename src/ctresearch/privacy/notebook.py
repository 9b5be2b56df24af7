"""Scanning an executed notebook, and the copy of it that may be released.

Notebooks leak where nobody looks: a table shown on the way, a traceback with a value in it, a parameter that is a name.
The released copy keeps the code and loses those outputs; what was taken out is listed, without repeating it.
"""

from __future__ import annotations

import ast
import copy
import json
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError
from ctresearch.core.validate import one_of
from ctresearch.privacy.identifiers import identifiers_in_text, identifying_columns
from ctresearch.privacy.person_names import looks_like_a_person
from ctresearch.privacy.policy import Policy
from ctresearch.privacy.reading import read_grids
from ctresearch.privacy.records import row_level, row_level_text, small_counts, small_counts_text
from ctresearch.privacy.verdict import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ctresearch.privacy.policy import Level

REMOVED = "[removed by the release gate]"
_READABLE = {"text/plain", "text/html", "text/markdown", "text/latex", "application/json"}
_PARAMETER_TAGS = {"parameters", "injected-parameters"}
_SENTENCES = {
    "traceback": "holds a traceback, which may repeat values of the data",
    "identifier": "holds {what}",
    "records": "describes people one by one",
    "small_cells": "shows counts of fewer than {what} people",
    "unseen": "holds {what}, which cannot be looked into",
    "parameter": "gives a parameter a value that looks like a person's name",
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
    >>> shown = {"output_type": "stream", "name": "stdout", "text": "gender\nWoman  40\nMan  3\nName: count, dtype: int64"}
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
        findings += _scan_source(cell, number)
        for i, output in enumerate(cell.get("outputs", ())):
            found = _judge_output(output, threshold, level)
            if found is not None:
                findings.append(_finding(*found, cell=number, output=i))
                cell["outputs"][i] = {"output_type": "stream", "name": "stdout", "text": REMOVED}
    findings += _scan_parameters(copied)
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
        return Finding("notebook", "pass", "Nothing in its cells describes, counts or names too few people.")
    rules = ", ".join(dict.fromkeys(f.rule for f in findings))
    return Finding(
        "notebook",
        "fail",
        f"{len(findings)} parts of it must not be seen ({rules}).",
        "Release the stripped copy that scan_notebook() gives.",
        {"parts": len(findings)},
    )


def _read(notebook: Mapping[str, Any] | str | bytes) -> dict[str, Any]:
    """Copy a notebook, from JSON if need be."""
    try:
        loaded: Any = json.loads(notebook) if isinstance(notebook, (str, bytes)) else copy.deepcopy(notebook)
    except ValueError as error:
        raise DataError(f"the notebook is no JSON: {error}") from error
    if not hasattr(loaded, "keys") or not isinstance(loaded.get("cells"), list):
        raise DataError(f"the notebook is a {type(loaded).__name__} without cells, must be a notebook of format 4")
    return loaded  # type: ignore[no-any-return]  # NotebookNode is a dict


def _finding(rule: str, what: str, *, cell: int, output: int | None = None) -> Finding:
    """Say what was taken out, and from where."""
    where = f"Cell {cell}" + ("" if output is None else f", output {output}")
    numbers = {"cell": cell} | ({} if output is None else {"output": output})
    sentence = f"{where} {_SENTENCES[rule].format(what=what)}."
    return Finding(rule, "fail", sentence, "It is left out of the released copy.", numbers)


def _judge_output(output: Mapping[str, Any], threshold: int, level: Level) -> tuple[str, str] | None:
    """Name the first rule that an output of a cell breaks, and with what."""
    if output.get("output_type") == "error":
        return "traceback", ""
    data = output.get("data", {"text/plain": output.get("text", "")})
    unseen = sorted(kind for kind in data if kind not in _READABLE)
    texts = [_joined(value) for kind, value in data.items() if kind in _READABLE or kind == "image/svg+xml"]
    for text in texts:
        found = _judge_text(text, threshold, level)
        if found is not None:
            return found
    return ("unseen", unseen[0]) if unseen and level != "public" else None


def _judge_text(text: str, threshold: int, level: Level) -> tuple[str, str] | None:
    """Name the first rule that a text breaks."""
    if "Traceback (most recent call last)" in text:
        return "traceback", ""
    grids = read_grids(text)
    kinds = identifiers_in_text(text) or [f"a column {name!r}" for grid in grids for name in identifying_columns(grid)]
    if kinds:
        return "identifier", kinds[0]
    if level == "public":
        return None
    if row_level_text(text) or any(map(row_level, grids)):
        return "records", ""
    if any(small_counts(grid, threshold, guess=True) for grid in grids) or small_counts_text(text, threshold):
        return "small_cells", str(threshold)
    return None


def _joined(value: Any) -> str:
    """Notebooks keep long text as a list of lines, and JSON as it is."""
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _scan_source(cell: dict[str, Any], number: int) -> Iterator[Finding]:
    """Look for identifiers in code and prose; an author's e-mail address may stand there."""
    source = _joined(cell.get("source", ""))
    kinds = [kind for kind in identifiers_in_text(source) if kind != "an e-mail address"]
    if _PARAMETER_TAGS & set(cell.get("metadata", {}).get("tags", ())):
        cleaned = _clean_assignments(source)
        if cleaned != source:
            yield _finding("parameter", "", cell=number)
            cell["source"] = source = cleaned
            kinds = [kind for kind in identifiers_in_text(source) if kind != "an e-mail address"]
    if kinds:
        yield _finding("identifier", kinds[0], cell=number)
        cell["source"] = f"# {REMOVED}" if cell.get("cell_type") == "code" else REMOVED


def _clean_assignments(source: str) -> str:
    """Replace the names of people that a parameter cell assigns."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    segments: list[str] = []
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        variable = target.id if isinstance(target, ast.Name) else ""
        segments += [
            ast.get_source_segment(source, leaf) or repr(leaf.value)
            for leaf in ast.walk(node.value)
            if isinstance(leaf, ast.Constant) and looks_like_a_person(leaf.value, variable)
        ]
    for segment in segments:
        source = source.replace(segment, repr(REMOVED))
    return source


def _scan_parameters(notebook: dict[str, Any]) -> Iterator[Finding]:
    """Look into the parameters that the runner wrote into the notebook's metadata."""
    runner = notebook.get("metadata", {}).get("papermill", {})
    parameters = runner.get("parameters", {})
    for name, value in list(parameters.items()):
        values = value if isinstance(value, list) else [value]
        if any(looks_like_a_person(v, name) for v in values):
            parameters[name] = REMOVED
            sentence = f"Parameter {name!r} has a value that looks like a person's name."
            yield Finding("parameter", "fail", sentence, "It is left out of the released copy.")
