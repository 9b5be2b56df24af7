"""The door out: every output of a run is judged by the privacy gate before it is published, compared or cited."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ctresearch.core.declaration import Declaration, read_meanings
from ctresearch.core.errors import DataError
from ctresearch.core.result import Result
from ctresearch.privacy.gate.notebook import scan_notebook
from ctresearch.privacy.gate.release import release
from ctresearch.privacy.verdicts.marks import MARKS
from ctresearch.privacy.verdicts.output import Output
from ctresearch.studies.asked.modules import read_modules
from ctresearch.studies.asked.project import Project, find_root
from ctresearch.studies.kept.evidence import from_bundle, read_bundle
from ctresearch.studies.kept.record import RunRecord
from ctresearch.studies.shown.normalise import without_outputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ctresearch.privacy.verdicts.policy import Level
    from ctresearch.privacy.verdicts.verdict import Verdict
    from ctresearch.studies.asked.manifest import Study
    from ctresearch.studies.kept.evidence import Evidence

    Tables = Mapping[str, list[list[str]]]

_PICTURES = frozenset({"image/png", "image/jpeg", "image/svg+xml"})
_PLACES = 3


def judge(study: Study, saved: Mapping[str, Mapping[str, Any]], folder: Path) -> dict[str, Verdict]:
    """Send the saved outputs of a run through the release gate.

    Parameters
    ----------
    study : Study
        Promises each output with its level.
    saved : mapping
        Name to ``kind``, ``path`` relative to ``folder`` and ``counts``.
    folder : pathlib.Path
        Folder of the run.

    Returns
    -------
    dict of str to Verdict
        One verdict an output. Unless every input is a published table, an output promised as ``public`` is judged as
        ``restricted``: what data about people went into is not public because a manifest says so.

    Raises
    ------
    DataError
        If an output cannot be read.

    Examples
    --------
    >>> judge(None, {}, None)
    {}
    """
    if not saved:
        return {}
    outputs = [_output(study, name, saved, folder) for name in sorted(saved)]
    signed = [one.signed() for one in study.overrides if one.output in saved]
    return {verdict.output: verdict for verdict in release(outputs, study.owner_policy, overrides=signed).verdicts}


def verdict_entry(verdict: Verdict, level: str) -> dict[str, Any]:
    """Write a verdict as ``results.json`` shows it.

    Parameters
    ----------
    verdict : Verdict
        What the gate said.
    level : str
        Privacy level of the output.

    Returns
    -------
    dict
        Level, status, rule and a sentence; and who set which rule aside, and why, where somebody did.

    Examples
    --------
    >>> from ctresearch.privacy.verdicts.verdict import Finding, Verdict
    >>> verdict_entry(Verdict.of("ages", [Finding("threshold", "pass", "Fine.")]), "restricted")["status"]
    'pass'
    """
    message = f"{verdict.sentence} {verdict.cure}".strip()
    entry: dict[str, Any] = {"level": level, "status": verdict.verdict, "rule": verdict.rule, "message": message}
    if verdict.verdict != "pass":
        rules = _troubles(verdict)
        entry |= {"message": f"{message} (to be cured, or set aside by name: {', '.join(rules)})", "rules": rules}
    signed = [{"rule": one.rule, "reason": one.reason, "name": one.name} for one in verdict.overrides]
    return entry | ({"overrides": signed} if signed else {})


def _troubles(verdict: Verdict) -> list[str]:
    """Name every rule that did not pass and that nobody has set aside."""
    aside = {one.rule for one in verdict.overrides}
    return list(dict.fromkeys(f.rule for f in verdict.findings if f.verdict != "pass" and f.rule not in aside))


def effective_level(study: Study, name: str) -> Level:
    """Say at which level an output is judged.

    Parameters
    ----------
    study : Study
        The manifest.
    name : str
        An output it promises.

    Returns
    -------
    {"public", "restricted", "record"}
        The level.

    Examples
    --------
    >>> from types import SimpleNamespace as S
    >>> effective_level(S(outputs={"map": S(level="public")}, published_only=False), "map")
    'restricted'
    """
    level = study.outputs[name].level
    return "restricted" if level == "public" and not study.published_only else level


def judge_notebooks(study: Study, folders: Sequence[Path], *, bare: bool) -> dict[str, str]:
    """Send the executed notebooks of some runs through the gate, as they would be released.

    Parameters
    ----------
    study : Study
        The manifest.
    folders : sequence of pathlib.Path
        Folder of each run.
    bare : bool
        Whether only text and code are released.

    Returns
    -------
    dict of str to str
        Run to why its notebook may not leave; empty where all may.

    Examples
    --------
    >>> judge_notebooks(None, [], bare=True)
    {}
    """
    if not folders:
        return {}
    shown = {one.name: one for one in (_notebook(study, folder, bare=bare) for folder in folders)}
    refused = release(list(shown.values()), study.owner_policy).refused
    return {one.output: f"{one.sentence} {_places(study, shown[one.output]) or one.cure}".strip() for one in refused}


def _places(study: Study, notebook: Output) -> str:
    """Say which cells of a notebook keep it back; nothing that they show is repeated."""
    _, found = scan_notebook(notebook.content, study.owner_policy, level=notebook.level)
    if not found:
        return ""
    more = f" and {len(found) - _PLACES} more." if len(found) > _PLACES else ""
    return f"{' '.join(one.sentence for one in found[:_PLACES])}{more} Cells count from 0; change these and run again."


def judge_differences(
    study: Study, runs: Sequence[Evidence], earlier: Sequence[Tables], without: Sequence[str] = ()
) -> dict[str, str]:
    """Compare the tables about to leave with those that left before, whose difference could show a person.

    Parameters
    ----------
    study : Study
        The manifest; tables of published data alone are not compared.
    runs : sequence of Evidence
        What is about to leave.
    earlier : sequence of mapping of str to list of list of str
        Tables that others have seen.
    without : sequence of str
        Outputs that are left out.

    Returns
    -------
    dict of str to str
        Table to why it may not leave; empty where all may.

    Examples
    --------
    >>> judge_differences(None, [], [])
    {}
    """
    refused: dict[str, str] = {}
    signed = {one.output for one in study.overrides if one.rule == "differencing"} if runs else set()
    for one in runs:
        ran = study.run_on(one.provenance["components"]["inputs"])
        if ran.published_only:
            continue
        before = [output for tables in earlier for output in _tables(ran, tables, ())]
        verdicts = release(_tables(ran, one.tables, without), study.owner_policy, before).verdicts
        found = [
            (v.output, f) for v in verdicts for f in v.findings if f.rule == "differencing" and f.verdict != "pass"
        ]
        refused |= {name: f"{f.sentence} {f.cure}".strip() for name, f in found if name not in signed}
    return refused


def released_tables(study: Study, folders: Sequence[Path]) -> list[Tables]:
    """Read the tables of every earlier release of a study.

    Parameters
    ----------
    study : Study
        The study.
    folders : sequence of pathlib.Path
        Where its bundles are.

    Returns
    -------
    list of mapping of str to list of list of str
        Cells of each table, one mapping a run.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> released_tables(SimpleNamespace(name="demo"), [])
    []
    """
    paths = sorted({path.resolve() for folder in folders for path in folder.glob(f"{study.name}-*.zip")})
    return [one.tables for path in paths for one in from_bundle(read_bundle(path), path.name)]


def _tables(study: Study, tables: Tables, without: Sequence[str]) -> list[Output]:
    """Turn published tables into what the gate compares."""
    import pandas as pd

    return [
        Output(name, "table", effective_level(study, name), content=pd.DataFrame(cells[1:], columns=cells[0]))
        for name, cells in tables.items()
        if name in study.outputs and name not in without
    ]


def _notebook(study: Study, folder: Path, *, bare: bool) -> Output:
    """Read the notebook of a run as it would leave.

    On files that their owner calls public, pictures are not looked into: what they show was promised and judged.
    """
    notebook = json.loads((folder / "notebook.ipynb").read_bytes())
    ran = study.run_on(RunRecord.open(folder).components["inputs"])
    level: Level = "public" if ran.published_only else "restricted"
    shown = without_outputs(notebook) if bare else notebook
    if level == "restricted" and not ran.runs_restricted:
        shown = _without_pictures(shown)
    helpers = read_modules(study, study.notebook_path(Project.at(find_root(study.folder)))) if study.code else {}
    code = [
        {"cell_type": "code", "source": text.decode("utf-8", errors="replace"), "outputs": []}
        for text in helpers.values()
    ]
    shown = {**shown, "cells": [*shown["cells"], *code]}
    return Output(f"notebook {folder.name}", "notebook", level, content=shown, citation=_citation(ran))


def _without_pictures(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a notebook without the pictures that its cells displayed."""
    cells = [dict(cell) for cell in notebook["cells"]]
    for cell in cells:
        if "outputs" in cell:
            cell["outputs"] = [_without_picture(output) for output in cell["outputs"]]
    return {**notebook, "cells": cells}


def _without_picture(output: Mapping[str, Any]) -> Mapping[str, Any]:
    """Copy one output of a cell without its picture; its text stays."""
    if "data" not in output:
        return output
    return {**output, "data": {kind: value for kind, value in output["data"].items() if kind not in _PICTURES}}


def _output(study: Study, name: str, saved: Mapping[str, Mapping[str, Any]], folder: Path) -> Output:
    """Read one saved output into what the gate judges: a picture by the numbers that it draws, where they are told."""
    entry = saved[name]
    told = saved[entry["drawn_from"]] if entry.get("drawn_from") else entry
    content, beside = _content(name, entry, folder), None
    if entry["kind"] == "figure" and (told is not entry or "data" in entry):
        beside = content
        drawn = {**entry, "kind": "table", "path": entry["data"]} if told is entry else told
        content = _content(name, drawn, folder)
    roles = told.get("roles")
    return Output(
        name,
        entry["kind"],
        effective_level(study, name),
        content=content,
        counts=entry["counts"] if entry.get("counts") is not None else told.get("counts"),
        operational_detail=study.outputs[name].operational_detail,
        citation=_citation(study),
        roles=None if roles is None else read_meanings(roles),
        smallest_group=entry.get("smallest_group"),
        beside=beside,
    )


def _content(name: str, entry: Mapping[str, Any], folder: Path) -> Any:
    """Read what will be seen: a table, an estimate as plain values, or bytes."""
    import pandas as pd

    content = (folder / entry["path"]).read_bytes()
    try:
        if entry["kind"] == "table":
            frame = pd.read_csv(io.BytesIO(content))
            frame.attrs |= {mark: entry.get(mark) for mark in MARKS}
            return frame
        if entry["kind"] == "estimate":
            return _declared(json.loads(content), entry.get("declaration"))
    except ValueError as error:
        kind = type(error).__name__  # what it says may hold a cell
        raise DataError(f"the output {name!r} cannot be read back ({kind}): save it with run.save()") from None
    return content


def _declared(written: Any, declaration: Mapping[str, Any] | None) -> Any:
    """Give an estimate back what it said of itself, unless more is written there than an estimate holds."""
    if declaration is None:
        return written
    result = Result.from_dict(written)
    whole = set(written) <= set(result.to_dict())
    return replace(result, declaration=Declaration.from_dict(declaration)) if whole else written


def _citation(study: Study) -> str | None:
    """Name the published source of a study whose inputs are all public."""
    published = [one.published for one in study.data.values() if one.published]
    if published:
        from ctresearch.data.published import published as table

        return "; ".join(table(name).citation for name in published)
    return "; ".join(study.cite.references) or None
