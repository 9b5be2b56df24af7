"""What the gate sees of an output, column by column: roles, labels and how many cells, never a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

    from ctresearch.core.meaning import Unit
    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table

RULES = {
    "": "undeclared",
    "count": "small_cells",
    "weighted count": "threshold",
    "share": "small_cells",
    "statistic": "threshold",
    "model": "smallest_group",
    "money": "dominance",
    "text": "small_cells",
    "quote": "quotes",
    "operational detail": "operational_detail",
    "protected person": "protected_person",
}
"""Which rule decides about a role first; of all others, that people are not described one by one."""


def explain(tables: Iterable[Table], threshold: Callable[[Unit], int]) -> pd.DataFrame:
    """Show what the gate sees of some tables.

    Parameters
    ----------
    tables : iterable of Table
        What an output holds.
    threshold : callable
        From whom a cell counts to the smallest number that may be shown.

    Returns
    -------
    pandas.DataFrame
        One row a column, and one a meaning where its rows mean different things.

    Examples
    --------
    >>> explain([], lambda of: 5).shape
    (0, 10)
    """
    import pandas as pd

    rows = [_row(table, part, threshold) for table in tables for part in table.parts]
    names = ["table", "column", "role", "label", "unit", "base", "cells", "masked", "below threshold", "rule"]
    return pd.DataFrame(rows, columns=names)


def _row(table: Table, part: Part, threshold: Callable[[Unit], int]) -> list[Any]:
    """Write one row."""
    said = part.meaning
    words = part.role in {"", "key", "place", "date", "mark", "text", "quote", "actor"}
    masked = 0 if words else int(np.isnan(part.numbers).sum())
    below = ""
    if said is not None and part.role == "count" and part.people:
        below = "yes" if ((part.shown > 0) & (part.shown < threshold(said.of))).any() else "no"
    known = ["not declared", "", "", ""] if said is None else [said.role, said.label, said.unit, said.base]
    return [table.name, part.name, *known, len(part.rows) - masked, masked, below, RULES.get(part.role, "records")]
