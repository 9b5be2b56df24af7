"""All in one cell: when everyone in a group falls into one category, the table tells it of each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.core.message import say
from ctresearch.privacy.declared.table import LABELS
from ctresearch.privacy.verdicts.verdict import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from ctresearch.privacy.declared.part import Part
    from ctresearch.privacy.declared.table import Table


def all_in_one_cell(counts: ArrayLike) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Find the rows and columns of a table whose people all fall into one cell.

    Parameters
    ----------
    counts : array-like
        Two-way table of people without totals; ``NaN`` where masked, which may hide anyone.

    Returns
    -------
    numpy.ndarray of bool
        One a row.
    numpy.ndarray of bool
        One a column.

    Raises
    ------
    DataError
        If the table has not two dimensions.

    Examples
    --------
    >>> rows, columns = all_in_one_cell([[25, 0, 0], [30, 12, 9], [14, 0, 8]])
    >>> rows.tolist(), columns.tolist()
    ([True, False, False], [False, True, False])
    """
    try:
        table = np.asarray(counts, dtype=float)
    except (TypeError, ValueError):
        raise DataError(
            f"counts are a {type(counts).__name__} that holds what is no number, must be a two-way table of numbers"
        ) from None
    if table.ndim != 2:
        raise DataError(f"counts have {table.ndim} dimensions, must be a two-way table")
    filled = (table > 0) | np.isnan(table)
    shown = table > 0
    rows = (filled.sum(axis=1) == 1) & shown.any(axis=1) & (table.shape[1] > 1)
    columns = (filled.sum(axis=0) == 1) & shown.any(axis=0) & (table.shape[0] > 1)
    return rows, columns


def concentration_rule(people: NDArray[np.float64]) -> Finding | None:
    """Ask for a person's eye where a two-way table puts a whole group into one cell.

    Parameters
    ----------
    people : numpy.ndarray
        People behind each cell.

    Returns
    -------
    Finding or None
        Rule ``"all_in_one_cell"``, a review; ``None`` where there is nothing to say.

    Examples
    --------
    >>> import numpy as np
    >>> concentration_rule(np.array([[25.0, 0.0, 0.0], [30.0, 12.0, 9.0]])).verdict
    'review'
    """
    if people.ndim != 2 or min(people.shape) < 2:
        return None
    rows, columns = all_in_one_cell(_without_totals(people))
    groups = int(rows.sum() + columns.sum())
    if not groups:
        return None
    return Finding(
        "all_in_one_cell",
        "review",
        say(
            "{n} whole group of the table falls into one cell, which tells it of everyone in it.",
            many="{n} whole groups of the table fall into one cell, which tells it of everyone in it.",
            n=groups,
        ),
        say("Join categories, or say in an override why this is no secret (the category defines the group)."),
        {"groups": groups},
    )


def declared_cross_tabulations(tables: Sequence[Table]) -> Iterator[NDArray[np.float64]]:
    """Lay out the two-way tables that are declared: a count under two labels, or counts that one pattern declares.

    Parameters
    ----------
    tables : sequence of Table
        What an output declares.

    Yields
    ------
    numpy.ndarray
        People in each cell, ``NaN`` where masked or not there.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.core.declaration import read_roles
    >>> from ctresearch.privacy.declared.table import Table
    >>> frame = pd.DataFrame({"sex": ["w", "w", "m"], "age": ["0-8", "9-17", "9-17"], "n": [7, 12, 30]})
    >>> table = Table("", frame, read_roles({"sex": "key", "age": "key", "n": "count"}))
    >>> [people.tolist() for people in declared_cross_tabulations([table])]
    [[[7.0, 12.0], [nan, 30.0]]]
    """
    for table in tables:
        labels = [c for c in table.columns if c.role in LABELS]
        counts = [c for c in table.columns if c.role == "count" and c.people and not (c.meaning and c.meaning.rows)]
        across = [c for c in counts if c.name not in table.declared] or _side_by_side(counts)
        if len(across) > 1:
            yield np.column_stack([c.numbers for c in across])
        elif len(labels) == 2 and len(counts) == 1:
            down, side = (c.coded for c in labels)
            people = np.full((len(down[1]), len(side[1])), np.nan)
            people[down[0], side[0]] = counts[0].numbers
            if people.size <= 2 * len(table):  # labels that are crossed, not one within the other
                yield people


def _side_by_side(counts: Sequence[Part]) -> list[Part]:
    """Leave out the counts of which others are parts, or which are parts of others, and those of another unit."""
    return [
        one
        for one in counts
        if not any(
            bool((one.numbers <= other.numbers).all() or (one.numbers >= other.numbers).all())
            or one.meaning.of != other.meaning.of  # type: ignore[union-attr]
            for other in counts
            if other is not one
        )
    ]


def _without_totals(people: NDArray[np.float64]) -> NDArray[np.float64]:
    """Leave out the first or last row and column where it adds up the others: a total is no category."""
    for axis in (0, 1):
        for place in (-1, 0):
            rest = np.delete(people, place, axis=axis)
            if rest.shape[axis] > 1 and np.array_equal(rest.sum(axis=axis), np.take(people, place, axis=axis)):
                people = rest
                break
    return people
