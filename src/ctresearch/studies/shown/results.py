"""``results.json``: the numbers of a run as they may be published, for programs to read.

It holds what the release gate passed, rounded to significant digits. What the gate kept back is named with the reason
and nothing else. The lossless results stay beside it in ``estimates/``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from ctresearch.core.check import Check, worst
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.result import Result
from ctresearch.studies.shown import gate
from ctresearch.studies.shown.published import published_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ctresearch.studies.asked.manifest import Study

FORMAT = "ctresearch-results/1"
SCHEMA_NAME = "results.schema.json"
_GROUPS = {"estimate": "estimates", "table": "tables", "figure": "figures", "file": "files"}


def build(
    study: Study,
    run_id: str,
    saved: Mapping[str, Mapping[str, Any]],
    folder: Path,
    replaced: Mapping[str, Sequence[str]] | None = None,
    *,
    restricted: Sequence[str] = (),
) -> dict[str, Any]:
    """Gather the published numbers of a run.

    Parameters
    ----------
    study : Study
        The manifest, which promises the outputs and their levels.
    run_id : str
        Id of the run.
    saved : mapping
        What the notebook saved: name to ``kind``, ``path`` relative to ``folder`` and ``counts``.
    folder : pathlib.Path
        Folder of the run.
    replaced : mapping of str to sequence of str, optional
        Inputs for which other data than the study's own were given, with what nobody has stated of those.
    restricted : sequence of str
        Inputs that not everybody may see.

    Returns
    -------
    dict
        The document, valid under ``results.schema.json``.

    Raises
    ------
    DataError
        If a saved estimate cannot be read back.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> study = SimpleNamespace(name="s", title="S", outputs={}, data={})
    >>> build(study, "ab12", {}, None)["status"]
    'pass'
    """
    verdicts = gate.judge(study, saved, folder)
    document: dict[str, Any] = {
        "$schema": SCHEMA_NAME,
        "format": FORMAT,
        "study": study.name,
        "title": study.title,
        "run_id": run_id,
        "estimates": {},
        "tables": {},
        "figures": {},
        "files": {},
    }
    checks: list[dict[str, Any]] = []
    for name, entry in sorted(saved.items()):
        if verdicts[name].verdict != "pass":
            continue
        content = (folder / entry["path"]).read_bytes()
        shown: dict[str, Any] = {"path": entry["path"], "sha256": hashlib.sha256(content).hexdigest()}
        if entry["kind"] == "estimate":
            result = _read_result(name, content, entry.get("declaration"))
            shown |= estimate_entry(result) | ({"trust": entry["trust"]} if "trust" in entry else {})
            checks += [{"output": name, **check_entry(check)} for check in result.checks]
        elif entry["kind"] == "table":
            shown |= _table_entry(content) | _meanings(entry)
        elif entry["kind"] == "figure":
            shown |= _drawn(entry, folder)
        document[_GROUPS[entry["kind"]]][name] = shown
    levels = {name: gate.effective_level(study, name) for name in sorted(saved)}
    document["gate"] = {name: gate.verdict_entry(verdicts[name], levels[name]) for name in levels}
    document["checks"] = checks
    if replaced:
        document["replaced"] = {name: list(missing) for name, missing in replaced.items()}
    if restricted:
        document["restricted"] = sorted(restricted)
    document["status"] = worst([Check(c["name"], c["status"], c["message"]) for c in checks])
    return document


def results_bytes(document: Mapping[str, Any]) -> bytes:
    r"""Write the document as canonical JSON.

    Parameters
    ----------
    document : mapping
        What :func:`build` made.

    Returns
    -------
    bytes
        UTF-8, keys in order, ending in a newline.

    Examples
    --------
    >>> results_bytes({"b": 1, "a": None})
    b'{\n "a": null,\n "b": 1\n}\n'
    """
    text = json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``results.json``.

    Returns
    -------
    dict
        Draft 2020-12.

    Examples
    --------
    >>> schema()["title"]
    'Published results of one run of a study'
    """
    text = resources.files("ctresearch.studies.shown").joinpath(SCHEMA_NAME).read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def estimate_entry(result: Result) -> dict[str, Any]:
    """Write one result with rounded numbers and the words that travel with them.

    Parameters
    ----------
    result : Result
        Any result of the library.

    Returns
    -------
    dict
        Method, scope, level, one row a term, and the gravest status of its checks.

    Examples
    --------
    >>> from ctresearch.core.result import estimates_table
    >>> table = estimates_table({"population": (1 / 3, float("nan"), 0.1, 0.9)}, unit="persons")
    >>> estimate_entry(Result(method="m", estimates=table, n=3))["rows"][0]["estimate"]
    0.33333333
    """
    scope = {key: getattr(result, key) for key in ("population", "definition", "reference_period", "measure")}
    rows = result.estimates.reset_index().to_dict("records")
    return {
        "method": str(result.method),
        "n": int(result.n),
        "level": result.level,
        "interval": result.interval,
        "scale": result.scale,
        "status": result.status,
        "stands": result.stands,
        "assumptions": [str(one) for one in result.assumptions],
        "references": list(result.references),
        **scope,
        "terms": {term: result.term_meaning(term).to_dict() for term in dict.fromkeys(result.estimates.index)},
        "rows": [{str(key): _plain(value) for key, value in row.items()} for row in rows],
    }


def check_entry(check: Check) -> dict[str, Any]:
    """Write one check with rounded numbers.

    Parameters
    ----------
    check : Check
        A check of a result.

    Returns
    -------
    dict
        Name, status, message and numbers; ``voids`` where a failure means that the estimates do not stand.

    Examples
    --------
    >>> check_entry(Check("fit", "review", "Look.", {"p": 1 / 3}))["numbers"]
    {'p': 0.33333333}
    """
    return {**check.to_dict(), "numbers": {key: published_number(value) for key, value in check.numbers.items()}}


def _read_result(name: str, content: bytes, said: Mapping[str, Any] | None = None) -> Result:
    """Read a saved estimate back, with what it said of itself where its class cannot."""
    try:
        result = Result.from_dict(json.loads(content))
        return result if said is None else replace(result, declaration=Declaration.from_dict(said))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        kind = type(error).__name__
        raise DataError(f"the estimate {name!r} cannot be read back ({kind}): save a Result with run.save()") from None


def _table_entry(content: bytes) -> dict[str, Any]:
    """Describe a saved table by its columns and number of rows."""
    import csv
    import io

    rows = list(csv.reader(io.StringIO(content.decode("utf-8"))))
    return {"columns": rows[0] if rows else [], "rows": max(len(rows) - 1, 0)}


def _meanings(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Say what the columns of a table mean, where somebody said so."""
    return {"meanings": entry["roles"]} if entry.get("roles") else {}


def _drawn(entry: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Say what a figure draws: a table of its own beside it, or another output by its name."""
    if entry.get("drawn_from"):
        return {"drawn_from": entry["drawn_from"]}
    if "data" not in entry:
        return {}
    content = (folder / entry["data"]).read_bytes()
    return {"data": {"path": entry["data"], "sha256": hashlib.sha256(content).hexdigest()}} | _meanings(entry)


def _plain(value: Any) -> Any:
    """Turn a cell of the estimates into what JSON holds."""
    import numpy as np

    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (str, bool)):
        return value
    return published_number(value) if isinstance(value, (int, float)) else str(value)
