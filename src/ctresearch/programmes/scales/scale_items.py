"""Items of a scale of knowledge, attitudes or practice, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError, FitError
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.stats.regression.generalized_linear import Floats

# an item that is a copy correlates by 1 but for rounding
_COPY = 1e-10


def read_items(frame: pd.DataFrame, items: Sequence[str], *, binary: bool) -> Floats:
    """Read the answers of people to items.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    items : sequence of str
        Columns.
    binary : bool
        Whether answers must be 0 and 1.

    Returns
    -------
    numpy.ndarray
        Persons by items.

    Raises
    ------
    DataError
        If a column or an answer is missing, an item is constant, or an answer is not of 0 and 1 where it must be.
    FitError
        If two items are copies of one another.

    Examples
    --------
    >>> import pandas as pd
    >>> read_items(pd.DataFrame({"q1": [0, 1, 1], "q2": [1, 0, 1]}), ["q1", "q2"], binary=True).tolist()
    [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    """
    answer_cells(frame, items, binary=binary)
    answers = np.column_stack([read_numbers(frame, item) for item in items])
    if len(answers) <= len(items):
        raise DataError(
            f"{len(answers)} people answered {len(items)} items, must be more people than items: ask more people"
        )
    for place, item in enumerate(items):
        if answers[:, place].min() == answers[:, place].max():
            raise DataError(
                f"item {item!r} has the same answer from all {len(answers):,} people, must vary: leave it out"
            )
    _refuse_copies(answers, items)
    return answers


def answer_cells(frame: pd.DataFrame, items: Sequence[str], *, binary: bool) -> None:
    """Look at every answer before people are parted by age, so that errors name rows of the whole table.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    items : sequence of str
        Columns.
    binary : bool
        Whether answers must be 0 and 1.

    Raises
    ------
    DataError
        If a column or an answer is missing, or an answer is not what it must be.

    Examples
    --------
    >>> import pandas as pd
    >>> answer_cells(pd.DataFrame({"q1": [0, 1, 1]}), ["q1"], binary=True)
    """
    is_frame("frame", frame)
    has_columns("frame", frame, items)
    refuse_missing(frame, items)
    for item in items:
        answers = read_numbers(frame, item)
        other = ~np.isin(answers, (0, 1))
        if binary:
            must = "must hold no other answers than 0 and 1: score it right or wrong first"
            refuse_cells(frame[item], other, must, name=item)


def _refuse_copies(answers: Floats, items: Sequence[str]) -> None:
    """Refuse two items of which each tells the other for sure: they are one item, and count as two."""
    apart = np.abs(np.triu(np.corrcoef(answers, rowvar=False), k=1))
    if len(items) > 1 and apart.max() > 1 - _COPY:
        one, other = divmod(int(apart.argmax()), len(items))
        raise FitError(
            f"items {items[one]!r} and {items[other]!r} have the same answers from all {len(answers):,} people, or the "
            "opposite ones, so that they count one thing twice and fit each other without error: leave one out"
        )
