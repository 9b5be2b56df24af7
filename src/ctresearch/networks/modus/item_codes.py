"""Items of a table: columns of categories, each of which has one spelling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.message import say
from ctresearch.core.names import read_names
from ctresearch.networks.evidence.actor_names import one_spelling

if TYPE_CHECKING:
    from collections.abc import Sequence


def one_spelling_each(
    frame: pd.DataFrame, columns: Sequence[str], *, merge: bool
) -> tuple[pd.DataFrame, tuple[Check, ...]]:
    """Read columns of codes so that each code of a column has one spelling.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    columns : sequence of str
        Columns of codes.
    merge : bool
        Take codes of a column that differ in case, accents, spaces or type alone for one.

    Returns
    -------
    tuple
        The columns, and what is to be said where spellings were merged.

    Raises
    ------
    CellError
        If there are such codes and ``merge`` is false.

    Examples
    --------
    >>> table, checks = one_spelling_each(pd.DataFrame({"act": ["Move", "move"]}), ["act"], merge=True)
    >>> table["act"].tolist(), len(checks)
    (['Move', 'Move'], 1)
    """
    merged = [read_names(frame[column], column, merge=True).merged for column in columns] if merge else [0]
    read = pd.DataFrame({column: one_spelling(frame[column], column, merge=merge) for column in columns})
    if not sum(merged):
        return read, ()
    message = say(
        "{merged:,} codes in {columns} columns were spelled in more than one way; as asked, spellings were merged.",
        merged=sum(merged),
        columns=sum(map(bool, merged)),
    )
    return read, (Check("names", "review", message, {"merged": sum(merged)}),)
