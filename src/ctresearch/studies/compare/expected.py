"""``expected.json``: what a study gave when it was last accepted, and whether it still does.

The file holds outputs that passed the release gate and nothing else, so it may stand in a public repository.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import DataError
from ctresearch.studies.compare.compare import Comparison, compare_cells, kind_of_change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from ctresearch.studies.asked.manifest import Output, Study
    from ctresearch.studies.compare.compare import Change, Status
    from ctresearch.studies.kept.evidence import Evidence

FORMAT = "ctresearch-expected/1"
EXPECTED_NAME = "expected.json"
_MOST_ROWS = 500
_IDENTITY = ("method", "n", "level", "interval", "scale", "population", "definition", "reference_period", "measure")


def build_expected(study: str, runs: Iterable[Evidence]) -> dict[str, Any]:
    """Write down what the runs of a study gave.

    Parameters
    ----------
    study : str
        Name of the study.
    runs : iterable of Evidence
        One a combination of parameters.

    Returns
    -------
    dict
        Content of ``expected.json``.

    Examples
    --------
    >>> build_expected("demo", [])["runs"]
    []
    """
    return {"format": FORMAT, "study": study, "runs": [_accepted_run(one) for one in runs]}


def write_expected(study: Study, runs: Iterable[Evidence]) -> Path:
    """Accept what the runs of a study gave.

    Parameters
    ----------
    study : Study
        The study, in whose folder the file is written.
    runs : iterable of Evidence
        One a combination of parameters.

    Returns
    -------
    pathlib.Path
        The file.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pathlib, tempfile
    >>> write_expected(SimpleNamespace(name="demo", folder=pathlib.Path(tempfile.mkdtemp())), []).name
    'expected.json'
    """
    path = study.folder / EXPECTED_NAME
    text = json.dumps(build_expected(study.name, runs), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    draft = path.with_name(f".{EXPECTED_NAME}.new")
    draft.write_text(text + "\n", encoding="utf-8", newline="\n")
    draft.replace(path)
    return path


def read_expected(study: Study) -> dict[str, Any]:
    """Read what was accepted.

    Parameters
    ----------
    study : Study
        The study.

    Returns
    -------
    dict
        Content of ``expected.json``.

    Raises
    ------
    DataError
        If there is none, or it is not one.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pathlib
    >>> read_expected(SimpleNamespace(name="demo", folder=pathlib.Path("no such folder")))
    Traceback (most recent call last):
    ...
    ctresearch.core.errors.DataError: 'demo' has no expected.json: ...
    """
    path = study.folder / EXPECTED_NAME
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        cure = f"accept its outputs with `ctresearch check {study.name} --update`"
        raise DataError(f"{study.name!r} has no {EXPECTED_NAME}: {cure}") from None
    except RecursionError:
        raise DataError(f"{path} is nested too deeply to be read: accept it anew with --update") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT or content.get("study") != study.name:
        raise DataError(
            f"{path} does not have format {FORMAT!r} and study {study.name!r}: accept it anew with --update"
        )
    return content


def accepted_tables(expected: Mapping[str, Any]) -> list[dict[str, list[list[str]]]]:
    """Return the tables that were accepted.

    Parameters
    ----------
    expected : mapping
        Content of ``expected.json``.

    Returns
    -------
    list of dict
        Cells of each table, one dict a run; long tables, of which only the hash is kept, are left out.

    Examples
    --------
    >>> accepted_tables({"runs": [{"table": {"t": {"cells": [["n"], ["9"]]}, "long": {"sha256": "ab"}}}]})
    [{'t': [['n'], ['9']]}]
    """
    return [
        {name: entry["cells"] for name, entry in run["table"].items() if "cells" in entry} for run in expected["runs"]
    ]


def compare(expected: Mapping[str, Any], runs: Sequence[Evidence], outputs: Mapping[str, Output]) -> list[Comparison]:
    """Compare runs with what was accepted, output by output.

    Parameters
    ----------
    expected : mapping
        Content of ``expected.json``.
    runs : sequence of Evidence
        The runs as they are now.
    outputs : mapping of str to Output
        Promised outputs with their tolerances.

    Returns
    -------
    list of Comparison
        One an output and run; an output that is new or gone has drifted.

    Examples
    --------
    >>> compare({"runs": []}, [], {})
    []
    """
    then = {run_key(one["parameters"]): one for one in expected["runs"]}
    now = {run_key(one.parameters): one for one in runs}
    several = len(then.keys() | now.keys()) > 1
    return [
        comparison
        for key in dict.fromkeys([*then, *now])
        for comparison in _compare_run(then.get(key, {}), now.get(key), outputs, f" [{key}]" if several else "")
    ]


def run_key(parameters: Mapping[str, Any]) -> str:
    """Name a run by its parameters.

    Parameters
    ----------
    parameters : mapping
        Parameters as JSON holds them.

    Returns
    -------
    str
        Names and values, in alphabetical order.

    Examples
    --------
    >>> run_key({"n": 3, "fast": True})
    'fast=true, n=3'
    """
    return ", ".join(f"{name}={json.dumps(value, sort_keys=True)}" for name, value in sorted(parameters.items()))


def _accepted_run(one: Evidence) -> dict[str, Any]:
    """Write down one run, and what can be seen of its figures."""
    run = _expected_run(one)
    for name, entry in run["figure"].items():
        if drawing := one.drawing(name):
            entry["drawing"] = drawing
    return run


def _expected_run(one: Evidence) -> dict[str, Any]:
    """Write down one run."""
    results = one.results
    return {
        "parameters": one.parameters,
        "estimate": {
            name: {**{key: entry[key] for key in (*_IDENTITY, "status")}, **_standing(entry), "rows": entry["rows"]}
            for name, entry in results["estimates"].items()
        },
        "table": {name: _expected_table(one.tables[name], entry) for name, entry in results["tables"].items()},
        "figure": {name: {"sha256": entry["sha256"]} for name, entry in results["figures"].items()},
        "file": {name: {"sha256": entry["sha256"]} for name, entry in results["files"].items()},
    }


def _standing(entry: Mapping[str, Any]) -> dict[str, bool]:
    """Note that an estimate does not stand; of one that does, nothing."""
    return {} if entry.get("stands", True) else {"stands": False}


def _expected_table(cells: list[list[str]], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Write down a table: its cells, or its hash alone where it is long."""
    return {"sha256": entry["sha256"]} | ({"cells": cells} if len(cells) <= _MOST_ROWS else {})


def _compare_run(
    then: Mapping[str, Any], one: Evidence | None, outputs: Mapping[str, Output], which: str
) -> Iterator[Comparison]:
    """Compare the outputs of one run."""
    now = _expected_run(one) if one else {}
    for kind in ("estimate", "table", "figure", "file"):
        before, after = then.get(kind, {}), now.get(kind, {})
        for name in sorted(before.keys() | after.keys()):
            if name not in after:
                yield Comparison(
                    name + which, kind, "drifted", "was accepted and is gone, or the gate keeps it back", "gone"
                )
            elif name not in before:
                yield Comparison(name + which, kind, "drifted", "is new: accept it with --update", "new")
            else:
                promise = outputs.get(name)
                rtol, atol = (promise.rtol, promise.atol) if promise else (0.0, 0.0)
                found = _compare_output(kind, before[name], after[name], rtol, atol)
                if found[0] == "drifted" and one and _looks_alike(before[name], one, name):
                    found = "within tolerance", "its bytes changed, and nothing that can be seen", "numbers"
                yield Comparison(name + which, kind, *found)


def _looks_alike(before: Mapping[str, Any], one: Evidence, name: str) -> bool:
    """Say whether an output was accepted as a picture that looks as it does now."""
    return "drawing" in before and before["drawing"] == one.drawing(name)


def _compare_output(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any], rtol: float, atol: float
) -> tuple[Status, str, Change]:
    """Compare one output."""
    if before == after or (kind == "figure" and before["sha256"] == after["sha256"]):
        return "same", "", ""
    if kind == "estimate":
        then, now = dict(_estimate_cells(before)), dict(_estimate_cells(after))
    elif "cells" in before and "cells" in after:
        then, now = dict(_table_cells(before["cells"])), dict(_table_cells(after["cells"]))
    else:
        return "drifted", f"its bytes changed: {before['sha256'][:12]} to {after['sha256'][:12]}", "otherwise"
    return *compare_cells(then, now, rtol, atol), kind_of_change(then, now)


def _estimate_cells(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name every cell of an estimate."""
    for key in (*_IDENTITY, "status"):
        yield key, entry[key]
    yield "stands", entry.get("stands", True)
    for place, row in enumerate(entry["rows"], 1):
        for column, value in row.items():
            yield f"{row['term']} ({place}) {column}", value


def _table_cells(cells: Sequence[Sequence[str]]) -> Iterator[tuple[str, Any]]:
    """Name every cell of a table."""
    for place, row in enumerate(cells):
        for column, value in enumerate(row):
            yield f"row {place} {cells[0][column] if column < len(cells[0]) else column}", value
