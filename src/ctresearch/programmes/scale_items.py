"""Items of a scale of knowledge, attitudes or practice, read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import DataError
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.generalized_linear import Floats


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

    Examples
    --------
    >>> import pandas as pd
    >>> read_items(pd.DataFrame({"q1": [0, 1, 1], "q2": [1, 0, 1]}), ["q1", "q2"], binary=True).tolist()
    [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    """
    is_frame("frame", frame)
    has_columns("frame", frame, items)
    refuse_missing(frame, items)
    answers = np.column_stack([read_numbers(frame, item) for item in items])
    if len(answers) <= len(items):
        raise DataError(
            f"{len(answers)} people answered {len(items)} items, must be more people than items: ask more people"
        )
    for place, item in enumerate(items):
        if answers[:, place].min() == answers[:, place].max():
            raise DataError(
                f"item {item!r} has the same answer {answers[0, place]:g} from all {len(answers):,} people, must vary: leave it out"
            )
        if binary and not np.isin(answers[:, place], (0, 1)).all():
            raise DataError(
                f"item {item!r} holds other answers than 0 and 1, must hold these: score it right or wrong first"
            )
    return answers
