"""The answer of a run at the head of its report: each published estimate, its interval, and whom it counts."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

from ctresearch.core import render
from ctresearch.studies.shown.reader import reader_row, term_words
from ctresearch.studies.shown.standing import to_mind, voiding, without_limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLUMNS = frozenset({"term", "estimate", "std_error", "ci_low", "ci_high", "unit"})
_SCOPE = {"population": "Population", "definition": "Definition", "reference_period": "Reference period"}
_MOST_ROWS = 6


def headline(estimates: Mapping[str, Any], checks: Sequence[Mapping[str, Any]] = ()) -> str:
    """Write the estimates of a run as a reader wants them.

    Parameters
    ----------
    estimates : mapping
        ``estimates`` of ``results.json``: output to its entry.
    checks : sequence of mapping
        ``checks`` of ``results.json``, which say whether an estimate stands and what a reader must mind.

    Returns
    -------
    str
        HTML: one table, and the words that say whom it counts; empty where the run published no estimate.

    Examples
    --------
    >>> row = {"term": "population", "estimate": 11417.99, "ci_low": 9830.3, "ci_high": 15505.4, "unit": "persons"}
    >>> entry = {"rows": [row], "level": 0.95, "status": "pass", "population": "victims", "definition": "",
    ...     "reference_period": "2013"}
    >>> "11,418</td>" in headline({"estimate": entry})
    True
    """
    if not estimates:
        return ""
    levels = {entry["level"] for entry in estimates.values()}
    head = f"{_level(min(levels))} interval" if len(levels) == 1 else "Interval"
    body = "".join(_rows(name, entry, checks, show_level=len(levels) > 1) for name, entry in estimates.items())
    return (
        '<section class="estimates" aria-label="Estimates">\n<h2>Estimates</h2>\n<div class="wide"><table>\n'
        '<thead><tr><th>Output</th><th>Term</th><th class="number">Estimate</th>'
        f'<th class="number">{head}</th><th>Unit</th></tr></thead>\n<tbody>\n{body}</tbody></table></div>\n'
        f"{_scopes(estimates)}</section>\n"
    )


def _rows(name: str, entry: Mapping[str, Any], checks: Sequence[Mapping[str, Any]], *, show_level: bool) -> str:
    """Write the rows of one estimate; those beyond a handful are counted."""
    level = f" ({_level(entry['level'])})" if show_level else ""
    void = voiding(name, checks)
    stands = not void and entry.get("stands", True)
    shown = html.escape(name) + _standing(entry, void, to_mind(name, checks), stands=stands)
    lines = []
    for whole in entry["rows"][:_MOST_ROWS]:
        row = reader_row(entry, whole if stands else without_limits(whole))
        keys = [f"{column} {value}" for column, value in sorted(row.items()) if column not in _COLUMNS]
        term = html.escape(", ".join([term_words(entry, row["term"]), *keys]))
        lines.append(
            f'<tr><td>{shown}</td><td>{term}</td><td class="number">{_number(row["estimate"])}</td><td '
            f'class="number">{_interval(row)}{level if stands else ""}</td><td>{html.escape(row["unit"])}</td></tr>\n'
        )
    more = len(entry["rows"]) - _MOST_ROWS
    if more > 0:
        lines.append(f'<tr><td>{shown}</td><td colspan="4">and {more} more in results.json</td></tr>\n')
    return "".join(lines)


def _standing(entry: Mapping[str, Any], void: Sequence[str], mind: Sequence[str], *, stands: bool) -> str:
    """Say beside an estimate that it does not stand, or what to mind in reading it."""
    if not stands:
        why = f": {', '.join(void)}" if void else ""
        return f' <b class="void">does not stand{html.escape(why)}</b>'
    if mind or entry["status"] == "fail":
        why = f": {', '.join(mind)}" if mind else ""
        return f' <b class="fail">mind the reading{html.escape(why)}</b>'
    return ""


def _scopes(estimates: Mapping[str, Any]) -> str:
    """Say whom the estimates count; outputs that count the same people share one list."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for name, entry in estimates.items():
        shared.setdefault(tuple(entry[key] for key in _SCOPE), []).append(name)
    parts = []
    for words, outputs in shared.items():
        label = f"<p>{html.escape(', '.join(outputs))}</p>\n" if len(shared) > 1 else ""
        items = "".join(
            f"<dt>{head}</dt><dd>{html.escape(word or 'not stated')}</dd>\n"
            for head, word in zip(_SCOPE.values(), words, strict=True)
        )
        parts.append(f"{label}<dl>\n{items}</dl>\n")
    return "".join(parts)


def _interval(row: Mapping[str, Any]) -> str:
    """Write an interval; a dash where there is none."""
    if row["ci_low"] is None and row["ci_high"] is None:
        return "–"
    return f"{_number(row['ci_low'])} to {_number(row['ci_high'])}"


def _number(value: Any) -> str:
    """Write a published number, in which ``None`` is missing and infinities are words."""
    return render.number(math.nan if value is None else float(value))


def _level(level: float) -> str:
    """Write a level of confidence as per cent."""
    return f"{100 * level:g} %"
