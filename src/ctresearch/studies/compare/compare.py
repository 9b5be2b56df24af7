"""Whether published numbers still are what they were: the same, within the tolerance, or drifted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ctresearch.studies.shown.words import as_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Status = Literal["same", "within tolerance", "drifted"]
Change = Literal["", "numbers", "otherwise", "new", "gone"]
_GRAVITY: tuple[Status, ...] = ("same", "within tolerance", "drifted")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether one output still is what was accepted.

    Parameters
    ----------
    output : str
        Name of the output, with the parameters of its run where a study has several.
    kind : str
        ``estimate``, ``table``, ``figure`` or ``file``.
    status : {"same", "within tolerance", "drifted"}
        The answer.
    message : str
        What differs; empty for the same.
    change : {"", "numbers", "otherwise", "new", "gone"}
        What kind of change it is: of numbers alone, as new data bring it, or another one.

    Examples
    --------
    >>> Comparison("estimate", "estimate", "same", "").status
    'same'
    """

    output: str
    kind: str
    status: Status
    message: str
    change: Change = ""


def gravest(comparisons: Iterable[Comparison]) -> Status:
    """Return the gravest status among some comparisons.

    Parameters
    ----------
    comparisons : iterable of Comparison
        May be empty.

    Returns
    -------
    str
        ``drifted`` if any drifted.

    Examples
    --------
    >>> gravest([])
    'same'
    """
    return max((one.status for one in comparisons), key=_GRAVITY.index, default="same")


def markdown(study: str, comparisons: Sequence[Comparison]) -> str:
    """Write comparisons as Markdown for the page of a CI run.

    Parameters
    ----------
    study : str
        Name of the study.
    comparisons : sequence of Comparison
        What was found.

    Returns
    -------
    str
        A heading and a table.

    Examples
    --------
    >>> print(markdown("demo", [Comparison("total", "estimate", "same", "")]))
    ### demo: same
    <BLANKLINE>
    | output | kind | status | |
    | --- | --- | --- | --- |
    | total | estimate | same |  |
    <BLANKLINE>
    """
    rows = [
        f"| {as_markdown(one.output)} | {one.kind} | {one.status} | {as_markdown(one.message)} |" for one in comparisons
    ]
    head = [f"### {study}: {gravest(comparisons)}", "", "| output | kind | status | |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *rows]) + "\n"


def compare_cells(before: Mapping[str, Any], after: Mapping[str, Any], rtol: float, atol: float) -> tuple[Status, str]:
    """Compare two sets of named cells, numbers by the tolerance and words exactly.

    Parameters
    ----------
    before, after : mapping
        Name of a cell to its value.
    rtol, atol : float
        Relative and absolute tolerance.

    Returns
    -------
    tuple of str
        Status, and the cell that is farthest off.

    Examples
    --------
    >>> compare_cells({"a": 1.0}, {"a": 1.5}, 0.1, 0.0)
    ('drifted', 'a: 1.0 to 1.5')
    """
    if before.keys() != after.keys():
        odd = sorted(before.keys() ^ after.keys())
        return "drifted", f"{odd[0]} is {'gone' if odd[0] in before else 'new'}"
    differing = [name for name in before if before[name] != after[name]]
    beyond = [name for name in differing if not _close(before[name], after[name], rtol, atol)]
    worst = max(beyond or differing, key=lambda name: _distance(before[name], after[name]), default=None)
    if worst is None:
        return "same", ""
    message = f"{worst}: {before[worst]} to {after[worst]}"
    return ("drifted", message) if beyond else ("within tolerance", f"{message} (rtol {rtol:g}, atol {atol:g})")


def kind_of_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Change:
    """Say whether two sets of named cells differ in numbers alone.

    Parameters
    ----------
    before, after : mapping
        Name of a cell to its value.

    Returns
    -------
    str
        Empty where nothing differs, ``numbers``, or ``otherwise``: a word, a cell more, a number that is none any more.

    Examples
    --------
    >>> kind_of_change({"n": 4, "unit": "people"}, {"n": 5, "unit": "people"})
    'numbers'
    >>> kind_of_change({"n": 4, "unit": "people"}, {"n": 4, "unit": "cases"})
    'otherwise'
    """
    if before.keys() != after.keys():
        return "otherwise"
    differing = [(before[name], after[name]) for name in before if before[name] != after[name]]
    if not differing:
        return ""
    numbers = all(_number(old) is not None and _number(new) is not None for old, new in differing)
    return "numbers" if numbers else "otherwise"


def _number(value: Any) -> float | None:
    """Read a number, or nothing."""
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _close(before: Any, after: Any, rtol: float, atol: float) -> bool:
    """Say whether two cells are numbers within the tolerance."""
    old, new = _number(before), _number(after)
    return old is not None and new is not None and math.isclose(old, new, rel_tol=rtol, abs_tol=atol)


def _distance(before: Any, after: Any) -> float:
    """Say how far two cells are apart, words farthest."""
    old, new = _number(before), _number(after)
    if old is None or new is None or not math.isfinite(old - new):
        return math.inf
    return abs(old - new) / max(abs(old), abs(new))
