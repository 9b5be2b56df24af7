"""How many people stand behind each declared number, and how a rule says in which columns too few do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.meaning import ALL
from ctresearch.core.message import say
from ctresearch.privacy.verdicts.verdict import Finding
from ctresearch.privacy.words.identifiers import may_be_named

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from ctresearch.core.check import Status
    from ctresearch.core.message import Message
    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.verdicts.output import Output

    Numbers = NDArray[np.float64]
    Found = Sequence[tuple[str, int]]

_NAMED = 4  # columns in a sentence; the rest are counted
MASK = say("Mask them and enough others, or join categories (suppress).")
_SAVE_LESS = say(
    "Save what rests on enough people in place of the whole result: its .estimates with counts= and "
    "roles=result.roles('estimates'), or its curve read at a few even times, far enough apart."
)


def people_behind(table: Table, part: Part) -> Numbers | None:
    """Find the people behind each number of a part of a table.

    Parameters
    ----------
    table : Table
        Where it stands.
    part : Part
        One of its columns, or some rows of it.

    Returns
    -------
    numpy.ndarray or None
        One number a row, ``NaN`` where it is masked; ``None`` where nobody said. They are looked for under the name of
        the base, then among those that the output rests on, then in the counts of the same row.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.core.declaration import read_roles
    >>> from ctresearch.privacy.declared.table import Table
    >>> frame = pd.DataFrame({"n": [40, 30], "age": [17.0, 21.0]})
    >>> table = Table("", frame, read_roles({"n": "count", "age": "mean of n"}))
    >>> people_behind(table, table.parts[1]).tolist()
    [40.0, 30.0]
    """
    base = "" if part.meaning is None else part.meaning.base
    if base not in {"", ALL}:
        column = table.column(base)
        if column is not None:
            return column.numbers[part.rows]
        return np.full(len(part.rows), table.beside[base]) if base in table.beside else None
    if table.people is not None and table.people.size > 1:
        return _of_cells(table, part, table.people)
    if table.everybody is not None:
        return np.full(len(part.rows), table.everybody)
    if table.counted is not None:
        return table.counted[part.rows]
    return None if table.smallest is None else np.full(len(part.rows), float(table.smallest))


def _of_cells(table: Table, part: Part, people: Numbers) -> Numbers | None:
    """Read the people behind the rows, or behind the cells, of an output's own table."""
    if people.shape[0] != len(table):
        return people.ravel()[part.rows] if people.size == len(table) else None
    rows = people.reshape(len(table), -1)
    figures = [c.name for c in table.columns if len(c.shown)]
    at = figures.index(part.name) if rows.shape[1] == len(figures) > 1 and part.name in figures else None
    return (rows.min(axis=1) if at is None else rows[:, at])[part.rows]


def instead(output: Output, cure: Message) -> Message:
    """Say what to do about single cells: those of a result cannot be masked, so less of it is saved.

    Parameters
    ----------
    output : Output
        What wants to leave.
    cure : str
        What to do where its cells are the user's own.

    Returns
    -------
    str
        What to do.

    Examples
    --------
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> instead(Output("sizes", "table", "restricted", content={"n": 3}), MASK)
    'Mask them and enough others, or join categories (suppress).'
    """
    return _SAVE_LESS if output.is_result else cure


def columns_of(found: Found) -> Message:
    """Name columns, without repeating what may be a cell: pivoted tables have cells for names.

    Parameters
    ----------
    found : sequence of tuple
        Names, each with a number.

    Returns
    -------
    Message
        Such as ``'age' and 'sex'``.

    Examples
    --------
    >>> columns_of([("n", 1), ("Jane Example", 3)])
    "'n', a column whose name may be a cell's"
    """
    names = dict.fromkeys(name for name, _ in found)
    other = say("a column whose name may be a cell's")
    safe = list(dict.fromkeys(repr(name) if may_be_named(name) else other for name in names))
    more = len(safe) - _NAMED
    return say("{names}", names=[*safe[:_NAMED], *([say("{n} more", n=more)] if more > 0 else [])])


def told(rule: str, verdict: Status, found: Found, sentence: str, cure: str) -> Iterator[Finding]:
    """Say where a rule is broken; nothing where it is not.

    Parameters
    ----------
    rule : str
        Its name.
    verdict : {"review", "fail"}
        What follows.
    found : sequence of tuple
        Columns with the number of cells that break it.
    sentence : str
        A template with ``{columns}`` and, for the number of cells, ``{n}``.
    cure : str
        What to do.

    Yields
    ------
    Finding
        At most one.

    Examples
    --------
    >>> list(told("threshold", "fail", [], "{n} in {columns}", ""))
    []
    """
    broken = [(name, many) for name, many in found if many]
    if broken:
        n = sum(many for _, many in broken)
        yield Finding(rule, verdict, say(sentence, n=n, columns=columns_of(broken)), cure, {"cells": n})
