"""Columns that nobody declared: somebody must say what they are, and the cure is the line to add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.message import say
from ctresearch.privacy.reading.numbers import is_number
from ctresearch.privacy.rules.telling import told
from ctresearch.privacy.words.identifiers import may_be_named
from ctresearch.privacy.words.suggested_roles import suggested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.reading.grid import Grid
    from ctresearch.privacy.verdicts.output import Output
    from ctresearch.privacy.verdicts.verdict import Finding

_LONG = 4  # words
_SUGGESTED = 8  # columns in the line to add


def undeclared_rule(output: Output) -> Iterator[Finding]:
    """Ask what the columns are that nobody declared, and what the tables in a file are.

    Parameters
    ----------
    output : Output
        What wants to leave.

    Yields
    ------
    Finding
        Rule ``"undeclared"``, a review.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.verdicts.output import Output
    >>> table = pd.DataFrame({"sex": ["Woman", "Man"], "n": [40, 30]})
    >>> next(undeclared_rule(Output("sex", "table", "restricted", content=table))).cure
    "Say what they are: roles={'sex': 'key', 'n': 'count'}."
    """
    grids = [t.grid for t in output.tables] or [grid for grid in output.grids if _is_a_table(grid)]
    missing = [(grid, i, name) for grid in grids for i, name in enumerate(grid.header) if grid.role(i) is None]
    columns = [(name, 1) for _, _, name in missing]
    if output.kind != "estimate":
        roles = {
            name if may_be_named(name) else "*": suggested(grid, i, counted=_counted(output, grid))
            for grid, i, name in missing[:_SUGGESTED]
        }
        cure = say("Say what they are: roles={roles}.", roles=repr(roles))
        yield from told("undeclared", "review", columns, "Columns that nobody declared: {columns}.", cure)
        return
    terms = [row for table in output.tables for row in table.unsaid]
    guessed = {k: v for table in output.tables for k, v in _guessed_terms(table).items()}
    cure = say("Say what they are where it is made: declaration=Declaration({roles}).", roles=repr(guessed))
    yield from told("undeclared", "review", columns + terms, "Columns or terms that nobody declared: {columns}.", cure)


def _counted(output: Output, grid: Grid) -> bool:
    """Say whether somebody counted the people of each row."""
    people = output.people
    return people is not None and people.size > 1 and people.shape[0] == len(grid.rows)


def _guessed_terms(table: Table) -> dict[str, str]:
    """Guess what the terms of an estimate are that nobody declared: whole numbers may be people."""
    terms, estimates = table.column("term"), table.column("estimate")
    if terms is None or estimates is None:
        return {}
    unsaid = dict(table.unsaid) if estimates.meaning is not None else dict.fromkeys(terms.words, 1)
    values = [(n, v) for n, v in zip(terms.words, estimates.numbers, strict=True) if n in unsaid][:_SUGGESTED]
    return {n if may_be_named(n) else "*": "count" if v >= 0 and float(v).is_integer() else "model" for n, v in values}


def _is_a_table(grid: Grid) -> bool:
    """Say whether what was read of a text is a table of labels and numbers: two rows, two columns, one of numbers."""
    numbers = [
        bool(any(values)) and all(map(is_number, values)) for values in map(grid.column, range(len(grid.header)))
    ]
    cells = grid.header if any(grid.header) else [cell for row in grid.rows for cell in row]
    named = all(len(cell.split()) <= _LONG for cell in cells)  # lines of prose have commas too
    return named and len(grid.rows) > 1 and len(grid.header) > 1 and any(numbers)
