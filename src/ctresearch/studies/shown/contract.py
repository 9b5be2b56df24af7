"""What a study's contract says for the page of a reader: which output is the answer, and what stands beside it."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ctresearch.core.check import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ctresearch.studies.asked.manifest import Study

_LIMITS = ("estimate", "ci_low", "ci_high")
_FIT = "fit"
_SAID_REJECTED = f"{_FIT} ("
_BOUND = "lower bound"


@dataclass(frozen=True, slots=True)
class Contract:
    """What the manifest says of outputs that a reader's page needs.

    Parameters
    ----------
    headline : str
        Output that is the answer; empty where the study marks none.
    answer : str
        Its term that is the answer; empty for the one that its class marks.
    foremost : tuple of str
        Names of checks that a reader must know first.
    methods : str
        Output with what other defensible methods say.
    table : bytes
        That output where it is a table, as CSV.
    words : mapping of str to str
        Output to its help, which a reader is shown in place of its name.
    labels : mapping
        Output to what its terms are called.

    Examples
    --------
    >>> Contract().headline
    ''
    """

    headline: str = ""
    answer: str = ""
    foremost: tuple[str, ...] = ()
    methods: str = ""
    table: bytes = b""
    words: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def entry(self, name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return an estimate with its terms under the words that the study gives them.

        Parameters
        ----------
        name : str
            The output.
        document : mapping
            ``results.json``.

        Returns
        -------
        mapping
            Its entry.

        Examples
        --------
        >>> document = {"estimates": {"e": {"terms": {"x1": {"label": "X1"}}}}}
        >>> Contract(labels={"e": {"x1": "Age"}}).entry("e", document)["terms"]["x1"]["label"]
        'Age'
        """
        entry: Mapping[str, Any] = document["estimates"][name]
        given = self.labels.get(name, {})
        terms = {term: {**entry.get("terms", {}).get(term, {}), "label": words} for term, words in given.items()}
        return {**entry, "terms": {**entry.get("terms", {}), **terms}} if terms else entry


NO_CONTRACT = Contract()


@dataclass(frozen=True, slots=True)
class Other:
    """What another method, or a baseline, says of the same.

    Parameters
    ----------
    label : str
        What a reader calls it.
    estimate, low, high : float
        Its numbers; ``nan`` where there is none.
    rejected : bool
        Whether the data reject it.

    Examples
    --------
    >>> Other("smallest BIC", 12349.6, 9590.9, 26302.0).rejected
    False
    """

    label: str
    estimate: float
    low: float = math.nan
    high: float = math.nan
    rejected: bool = False


def contract_of(study: Study, document: Mapping[str, Any], read: Callable[[str], bytes]) -> Contract:
    """Read from a manifest what the page of a reader needs.

    Parameters
    ----------
    study : Study
        The manifest.
    document : mapping
        ``results.json``: what the gate kept back is not on the page.
    read : callable
        From the path of an output to its bytes.

    Returns
    -------
    Contract
        What is marked and published.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> contract_of(SimpleNamespace(outputs={}), {"estimates": {}, "tables": {}}, lambda path: b"")
    Contract(headline='', answer='', foremost=(), methods='', table=b'', words={}, labels={})
    """
    marked = {name: one for name, one in study.outputs.items() if one.headline and name in document["estimates"]}
    name = next(iter(marked), "")
    methods = next((other for other, one in study.outputs.items() if one.methods), "")
    table = document["tables"].get(methods)
    content = read(table["path"]) if table is not None else b""
    if table is None and methods not in document["estimates"]:
        methods = ""
    words = {other: one.help for other, one in study.outputs.items() if one.help}
    labels = {other: one.labels for other, one in study.outputs.items() if one.labels}
    if not name:
        return Contract(methods=methods, table=content, words=words, labels=labels)
    return Contract(name, marked[name].answer, tuple(marked[name].foremost), methods, content, words, labels)


def headline_name(document: Mapping[str, Any], contract: Contract) -> str:
    """Name the output that is the answer.

    Parameters
    ----------
    document : mapping
        ``results.json``.
    contract : Contract
        What the study marks.

    Returns
    -------
    str
        Its name; the only estimate where none is marked, and empty where there are several or none.

    Examples
    --------
    >>> headline_name({"estimates": {"a": {}}}, NO_CONTRACT)
    'a'
    """
    there = document["estimates"]
    if contract.headline in there:
        return contract.headline
    return next(iter(there)) if len(there) == 1 else ""


def checks_of(output: str, document: Mapping[str, Any]) -> list[Check]:
    """Return the checks of an output.

    Parameters
    ----------
    output : str
        Its name.
    document : mapping
        ``results.json``.

    Returns
    -------
    list of Check
        As they were made.

    Examples
    --------
    >>> one = {"output": "e", "name": "fit", "status": "pass", "message": "Fine."}
    >>> checks_of("e", {"checks": [one]})[0].name
    'fit'
    """
    fields = ("name", "status", "message", "said", "voids")
    return [
        Check.from_dict({key: one[key] for key in fields if key in one})
        for one in document["checks"]
        if one.get("output") == output
    ]


def rejected_outputs(document: Mapping[str, Any], head: str) -> list[str]:
    """Name the estimates that the data reject: their models miss part of what was seen.

    Parameters
    ----------
    document : mapping
        ``results.json``.
    head : str
        The output that is the answer, which is told by its checks and is none of these.

    Returns
    -------
    list of str
        Output names.

    Examples
    --------
    >>> one = {"output": "e", "name": "fit", "status": "review", "message": "The model misses part of the table."}
    >>> rejected_outputs({"estimates": {"e": {}}, "checks": [one]}, "f")
    ['e']
    """
    missed = {
        one["output"]
        for one in document["checks"]
        if one.get("output") and one["name"] == _FIT and one["status"] != "pass"
    }
    return [name for name in document["estimates"] if name in missed and name != head]


def other_methods(document: Mapping[str, Any], contract: Contract, head: str, term: str) -> list[Other]:
    r"""Gather what other methods say of the answer, those that the data reject among them.

    Parameters
    ----------
    document : mapping
        ``results.json``.
    contract : Contract
        What the study marks.
    head : str
        The output that is the answer.
    term : str
        Its term.

    Returns
    -------
    list of Other
        In the order of the study; lower bounds and methods without a number are left out.

    Examples
    --------
    >>> table = b"rule,estimate,ci_low,ci_high\nsmallest BIC,12349.6,9590.9,26302\n"
    >>> meanings = {"rule": {"role": "key", "label": "Rule"}}
    >>> document = {"estimates": {}, "checks": [], "tables": {"rules": {"meanings": meanings}}}
    >>> other_methods(document, Contract(methods="rules", table=table), "e", "population")[0].label
    'smallest BIC'
    """
    rejected = rejected_outputs(document, head)
    rows = [(name, entry, row) for name, entry in document["estimates"].items() for row in entry["rows"]]
    beside = [
        Other(contract.words.get(name) or str(entry["method"]), *_numbers(row), rejected=name in rejected)
        for name, entry, row in rows
        if name not in (head, contract.methods) and row["term"] == term and _same_scope(entry, document, head)
    ]
    if contract.table:
        meanings = document["tables"].get(contract.methods, {}).get("meanings", {})
        keys = [column for column, meaning in meanings.items() if meaning["role"] == "key"]
        return beside + _from_table(contract.table, keys, rejected, {one.estimate for one in beside if one.rejected})
    methods = document["estimates"].get(contract.methods)
    return beside + ([] if methods is None else [Other(str(row["term"]), *_numbers(row)) for row in methods["rows"]])


def _same_scope(entry: Mapping[str, Any], document: Mapping[str, Any], head: str) -> bool:
    """Say whether an estimate counts whom the answer counts."""
    answer = document["estimates"].get(head, {})
    return all(entry.get(key) == answer.get(key) for key in ("population", "definition", "reference_period"))


def _from_table(content: bytes, keys: Sequence[str], rejected: Sequence[str], known: set[float]) -> list[Other]:
    """Read methods from a table with a row each; what is drawn as rejected already is not repeated."""
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
    apart = [column for column in keys if rows and column in rows[0] and len({row[column] for row in rows}) > 1]
    found = []
    for row in rows:
        numbers = _numbers(row)
        if row.get("reads_as") == _BOUND or row.get("status") == "fail" or numbers[0] in known:
            continue
        words = [row.get(keys[0], "")] if keys and not apart else []
        words += [f"{row[column]} {column}" if row[column].isdigit() else row[column] for column in reversed(apart)]
        gone = any(row[column] in rejected for column in apart) or _SAID_REJECTED in row.get("checks", "")
        found.append(Other(", ".join(words), *numbers, rejected=gone))
    return found


def _numbers(row: Mapping[str, Any]) -> tuple[float, float, float]:
    """Read estimate and limits; an empty cell is missing."""
    values = [row.get(name) for name in _LIMITS]
    estimate, low, high = (math.nan if value in (None, "") else float(str(value)) for value in values)
    return estimate, low, high
