"""How many people stand behind each declared number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.meaning import ALL
from ctresearch.privacy.vocabulary.vocabulary import in_column
from ctresearch.privacy.words.counting_columns import of_a_model
from ctresearch.privacy.words.identifiers import snake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table

    Numbers = NDArray[np.float64]
    Found = Sequence[tuple[str, int]]

_SUMMARY, _OF_EVERYBODY = in_column("measures.summaries"), in_column("measures.of_everybody")


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
    >>> roles = read_roles({"n": "count", "age": "mean of n"})
    >>> table = Table("", pd.DataFrame({"n": [40, 30], "age": [17.0, 21.0]}), roles)
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


def one_for_all(table: Table, part: Part) -> bool:
    """Say whether rows are groups, and the only number of people behind them is one for all of them together.

    Parameters
    ----------
    table : Table
        Where it stands.
    part : Part
        A figure.

    Returns
    -------
    bool
        Whether nobody said how many people each row has.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.core.declaration import read_roles
    >>> from ctresearch.privacy.declared.table import Table
    >>> roles = read_roles({"place": "place", "age": "mean of all"})
    >>> table = Table("", pd.DataFrame({"place": ["a", "b"], "age": [17.0, 21.0]}), roles, np.array([80.0]))
    >>> one_for_all(table, table.parts[1])
    True
    """
    if part.meaning is not None and part.meaning.kind == "at risk":
        return False
    said = part.role in {"statistic", "money"} or (part.role == "model" and _SUMMARY.search(snake(part.name)))
    single = table.people is not None and table.people.size == 1 and table.counted is None and table.smallest is None
    everybody = part.meaning is not None and part.meaning.base in {"", ALL}
    if not (said and single and everybody) or len(table) < 2 or of_a_model(table.grid):
        return False
    labels = [c for c in table.columns if c.role in {"key", "place", "date"} and len(c.coded[1]) > 1]
    return bool(labels) and not any(_OF_EVERYBODY.search(snake(c.name)) for c in labels)
