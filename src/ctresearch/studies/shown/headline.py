"""All published estimates of a run as one table: each with its interval, under the words of its term."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

from ctresearch.core.message import as_message, say
from ctresearch.core.tongue import ENGLISH
from ctresearch.studies.shown import labels
from ctresearch.studies.shown.contract import NO_CONTRACT, headline_name, rejected_outputs
from ctresearch.studies.shown.reader import reader_row, term_words
from ctresearch.studies.shown.standing import to_mind, voiding, without_limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ctresearch.core.tongue import Tongue
    from ctresearch.studies.shown.contract import Contract

_COLUMNS = frozenset({"term", "estimate", "std_error", "ci_low", "ci_high", "unit"})
_MOST_ROWS = 6


def headline(document: Mapping[str, Any], contract: Contract = NO_CONTRACT, tongue: Tongue = ENGLISH) -> str:
    """Write the estimates of a run as a reader wants them: the answer first, what the data reject last.

    Parameters
    ----------
    document : mapping
        ``results.json``: its ``estimates``, and the ``checks`` which say whether an estimate stands and what a reader
        must mind.
    contract : Contract
        What the study marks.
    tongue : Tongue
        Language of words and numbers.

    Returns
    -------
    str
        HTML: one table, and the words that say whom it counts where that differs; empty where the run published no
        estimate.

    Examples
    --------
    >>> row = {"term": "population", "estimate": 11417.99, "ci_low": 9830.3, "ci_high": 15505.4, "unit": "persons"}
    >>> entry = {"rows": [row], "level": 0.95, "status": "pass", "population": "victims", "definition": "",
    ...     "reference_period": "2013"}
    >>> "11,418</td>" in headline({"estimates": {"estimate": entry}, "checks": []})
    True
    """
    estimates, checks = document["estimates"], document.get("checks", ())
    if not estimates:
        return ""
    head = headline_name(document, contract)
    rejected = rejected_outputs({"estimates": estimates, "checks": checks}, head)
    order = sorted(estimates, key=lambda name: (name in rejected, name != head))
    level = _one_level(estimates)
    columns = (labels.TERM, labels.ESTIMATE, labels.INTERVAL if level is None else _interval_head(level, tongue))
    heads = "".join(
        f"<th{kind}>{_said(words, tongue)}</th>"
        for words, kind in zip(columns, ("", ' class="number"', ' class="number"'), strict=True)
    )
    body = "".join(
        _group(
            name,
            document,
            contract,
            tongue,
            gone=name in rejected,
            show_level=level is None,
        )
        for name in order
    )
    title = _said(labels.ESTIMATES, tongue)
    return (
        f'<section class="estimates" aria-label="{title}">\n<h2>{title}</h2>\n<div class="wide" tabindex="0"><table>\n'
        f"<thead><tr>{heads}</tr></thead>\n{body}</table></div>\n"
        f"{_scopes({name: estimates[name] for name in order}, tongue)}</section>\n"
    )


def _one_level(estimates: Mapping[str, Any]) -> float | None:
    """Return the level of all intervals; ``None`` where they differ."""
    levels = {entry["level"] for entry in estimates.values()}
    return levels.pop() if len(levels) == 1 else None


def _interval_head(level: float, tongue: Tongue) -> str:
    """Call the column of intervals by their level."""
    return say("{level} interval", level=tongue.per_cent(level))


def _group(
    name: str, document: Mapping[str, Any], contract: Contract, tongue: Tongue, *, gone: bool, show_level: bool
) -> str:
    """Write the rows of one estimate under its name; those beyond a handful are counted."""
    entry, checks = contract.entry(name, document), document.get("checks", ())
    void = voiding(name, checks)
    stands = not void and entry.get("stands", True)
    called = as_message(contract.words.get(name) or name.replace("_", " "))
    marks = _standing(entry, void, to_mind(name, checks), tongue, stands=stands)
    if gone:
        marks += f' <b class="rejected">{_said(labels.REJECTED_ESTIMATE, tongue)}</b>'
    kind = ' class="rejected"' if gone else ""
    lines = [f'<tbody{kind}>\n<tr><th colspan="3" scope="rowgroup">{_said(called, tongue)}{marks}</th></tr>\n']
    shown = [_row(entry, row, tongue, stands=stands, show_level=show_level) for row in entry["rows"][:_MOST_ROWS]]
    more = len(entry["rows"]) - _MOST_ROWS
    if more > 0:
        told = say("and {n} more in results.json", n=more)
        shown.append(f'<tr><td colspan="3">{_said(told, tongue)}</td></tr>\n')
    return "".join([*lines, *shown, "</tbody>\n"])


def _row(entry: Mapping[str, Any], whole: Mapping[str, Any], tongue: Tongue, *, stands: bool, show_level: bool) -> str:
    """Write one row: term and unit, number, interval."""
    row = reader_row(entry, whole if stands else without_limits(whole))
    keys = [
        _key(column, value, tongue) for column, value in sorted(row.items()) if column not in _COLUMNS and value != ""
    ]
    term = html.escape(", ".join([tongue.write(as_message(term_words(entry, row["term"]))), *keys]))
    unit = html.escape(tongue.write(as_message(str(row["unit"]))))
    told = f'{term} <span class="unit">{unit}</span>' if unit else term
    level = f" ({tongue.per_cent(entry['level'])})" if show_level and stands else ""
    return (
        f'<tr><td>{told}</td><td class="number">{_number(row["estimate"], tongue)}</td>'
        f'<td class="number">{_interval(row, tongue)}{level}</td></tr>\n'
    )


def _key(column: str, value: Any, tongue: Tongue) -> str:
    """Say what tells a row apart from others of its term."""
    told = value if isinstance(value, str) else f"{value:g}" if tongue.digits is None else tongue.number(float(value))
    return f"{tongue.write(as_message(column))} {tongue.write(as_message(told))}"


def _standing(
    entry: Mapping[str, Any], void: Sequence[str], mind: Sequence[str], tongue: Tongue, *, stands: bool
) -> str:
    """Say beside an estimate that it does not stand, or what to mind in reading it."""
    if not stands:
        return f' <b class="void">{_because(say("does not stand"), void, tongue)}</b>'
    if mind or entry["status"] == "fail":
        return f' <b class="fail">{_because(say("mind the reading"), mind, tongue)}</b>'
    return ""


def _because(words: str, why: Iterable[str], tongue: Tongue) -> str:
    """Say something, and by which checks."""
    names = ", ".join(tongue.write(as_message(name)) for name in why)
    return html.escape(tongue.write(words) + (f": {names}" if names else ""))


def _scopes(estimates: Mapping[str, Any], tongue: Tongue) -> str:
    """Say whom the estimates count; outputs that count the same people share one list."""
    shared: dict[tuple[str, ...], list[str]] = {}
    keys = [key for key in labels.SCOPE if key != "measure"]
    for name, entry in estimates.items():
        shared.setdefault(tuple(entry[key] for key in keys), []).append(name.replace("_", " "))
    parts = []
    for words, outputs in shared.items():
        label = f"<p>{html.escape(', '.join(outputs))}</p>\n" if len(shared) > 1 else ""
        items = "".join(
            f"<dt>{_said(labels.SCOPE[key], tongue)}</dt>"
            f"<dd>{_said(as_message(word) if word else labels.NOT_STATED, tongue)}</dd>\n"
            for key, word in zip(keys, words, strict=True)
        )
        parts.append(f"{label}<dl>\n{items}</dl>\n")
    return "".join(parts)


def _interval(row: Mapping[str, Any], tongue: Tongue) -> str:
    """Write an interval; a dash where there is none."""
    if row["ci_low"] is None and row["ci_high"] is None:
        return "–"
    ends = {"low": _number(row["ci_low"], tongue), "high": _number(row["ci_high"], tongue)}
    return html.escape(tongue.write(say("{low} to {high}", **ends)))


def _number(value: Any, tongue: Tongue) -> str:
    """Write a published number, in which ``None`` is missing and infinities are words."""
    return tongue.number(math.nan if value is None else float(value))


def _said(words: str, tongue: Tongue) -> str:
    """Write words into a page."""
    return html.escape(tongue.write(words))
