"""Columns that nobody declared: somebody must say what they are, and the cure is the line to add."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ctresearch.core.outputs.message import say
from ctresearch.privacy.reading.numbers import is_number, is_whole
from ctresearch.privacy.rules.behind import may_be_named, told
from ctresearch.privacy.vocabulary.vocabulary import in_column
from ctresearch.privacy.words.counting_columns import counting_columns, is_key
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ctresearch.privacy.declared.table import Table
    from ctresearch.privacy.reading.grid import Grid
    from ctresearch.privacy.verdicts.verdict import Finding

_SHARE, _OF_NOBODY = in_column("measures.shares"), in_column("measures.of_nobody")
_SUGGESTED = 8  # columns in the line to add
_SENTENCE = 4  # words


def undeclared_rule(tables: Sequence[Table]) -> Iterator[Finding]:
    """Ask what the columns are that nobody declared.

    Parameters
    ----------
    tables : sequence of Table
        All that an output shows.

    Yields
    ------
    Finding
        Rule ``"undeclared"``, a review.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.declared.table import Table
    >>> table = Table("", pd.DataFrame({"sex": ["Woman", "Man"], "n": [40, 30]}), {})
    >>> next(undeclared_rule([table])).cure
    "Say what they are: roles={'sex': 'key', 'n': 'count'}."
    """
    missing = [(t, i, c) for t in tables for i, c in enumerate(t.columns) if c.meaning is None]
    roles = {c.name if may_be_named(c.name) else "*": suggested(t.grid, i) for t, i, c in missing[:_SUGGESTED]}
    yield from told(
        "undeclared",
        "review",
        [(c, 1) for _, _, c in missing],
        ("{n} column is not declared: {columns}.", "{n} columns are not declared: {columns}."),
        say("Say what they are: roles={roles}.", roles=repr(roles)),
    )


def suggested(grid: Grid, position: int) -> str:
    """Guess what a column is, for whoever declares it to confirm.

    Parameters
    ----------
    grid : Grid
        Its table.
    position : int
        Which, from 0.

    Returns
    -------
    str
        A role in the words of ``roles=``.

    Examples
    --------
    >>> from ctresearch.privacy.reading.grid import Grid
    >>> table = Grid(("year", "victims", "percent_men", "bic"), (("2020", "40", "20", "61.2"),))
    >>> [suggested(table, i) for i in range(4)]
    ['key', 'count', 'share of victims', 'model']
    """
    counting = counting_columns(grid) or counting_columns(grid, guess=True)
    name, values = snake(grid.header[position]), [v for v in grid.column(position) if v]
    if position in counting and all(is_whole(v) and not v.startswith("-") for v in values):
        return "count"
    if is_key(grid, position):
        return "text" if any(len(v.split()) > _SENTENCE for v in values) else "key"
    if _SHARE.search(name) and not _OF_NOBODY.search(name) and all(map(is_number, values)):
        return f"share of {grid.header[counting[0]]}" if counting else "share of all"
    return next((f"{kind} of all" for kind in ("mean", "median") if kind in name), "model")
