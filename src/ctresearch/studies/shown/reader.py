"""Published numbers as a reader wants them: words for terms, ratios in place of logarithms, and what lacks both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ctresearch.core.answer import for_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SHOWN = ("estimate", "ci_low", "ci_high")


def term_words(entry: Mapping[str, Any], term: str) -> str:
    """Return what a reader calls a term.

    Parameters
    ----------
    entry : mapping
        One estimate of ``results.json``.
    term : str
        One of its terms.

    Returns
    -------
    str
        Its label; the term itself in results that do not tell.

    Examples
    --------
    >>> term_words({"terms": {"population": {"role": "model", "label": "People"}}}, "population")
    'People'
    >>> term_words({}, "population")
    'population'
    """
    return str(entry.get("terms", {}).get(term, {}).get("label") or term)


def reader_row(entry: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row on the scale that a reader is shown.

    Parameters
    ----------
    entry : mapping
        One estimate of ``results.json``.
    row : mapping
        One of its rows.

    Returns
    -------
    dict
        The row; logarithms that are declared to be read as ratios are ratios, without a standard error, and shares of
        one are percentages.

    Examples
    --------
    >>> entry = {"scale": "log", "terms": {"age": {"role": "model", "label": "Age", "reader": "ratio"}}}
    >>> row = {"term": "age", "estimate": 0.0, "ci_low": None, "ci_high": "inf", "std_error": 1.0}
    >>> shown = reader_row(entry, row | {"unit": "log odds ratio"})
    >>> shown["estimate"], shown["ci_high"], shown["unit"]
    (1.0, inf, 'odds ratio')
    """
    meaning = entry.get("terms", {}).get(row["term"], {})
    change, unit = for_reader(row, reader=meaning.get("reader", "as it is"), scale=entry.get("scale", "identity"))
    if change is None:
        return dict(row)
    return {**row, **_shown(row, change), "std_error": None, "unit": unit}


def undeclared_outputs(results: Mapping[str, Any]) -> dict[str, list[str]]:
    """Name what the published results do not explain.

    Parameters
    ----------
    results : mapping
        ``results.json``.

    Returns
    -------
    dict of str to list of str
        Table to columns without a meaning, figure to ``["data"]`` where nobody said what it draws, estimate to terms
        without words, and what the gate held back because nobody declared it. Files are read as texts.

    Examples
    --------
    >>> tables = {"ages": {"columns": ["age", "n"], "meanings": {"age": {"role": "key", "label": "Age"}}}}
    >>> undeclared_outputs({"tables": tables, "figures": {"map": {}}, "estimates": {}})
    {'ages': ['n'], 'map': ['data']}
    """
    held = {name: one for name, one in results.get("gate", {}).items() if "undeclared" in one.get("rules", ())}
    found = {name: ["held back by the gate as undeclared"] for name in held}
    found |= {
        name: [column for column in entry["columns"] if column not in entry.get("meanings", {})]
        for name, entry in results["tables"].items()
    }
    for name, entry in results["figures"].items():
        found[name] = [] if "data" in entry or "drawn_from" in entry else ["data"]
    for name, entry in results["estimates"].items():
        terms = dict.fromkeys(row["term"] for row in entry["rows"])
        found[name] = [term for term in terms if term not in entry.get("terms", {})]
    return {name: missing for name, missing in found.items() if missing}


def _shown(row: Mapping[str, Any], change: Callable[[float], float]) -> dict[str, Any]:
    """Change what a reader sees of a row; what is missing stays missing."""
    return {name: None if row[name] is None else change(float(row[name])) for name in _SHOWN}
