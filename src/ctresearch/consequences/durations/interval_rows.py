"""Durations known to end between two dates, read from a table once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.cells import row_words
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    import pandas as pd

    from ctresearch.consequences.durations.durations import Floats


def read_intervals(frame: pd.DataFrame, *, after: str, before: str) -> tuple[Floats, Floats]:
    """Read the two ends between which each duration lies.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person.
    after : str
        Column of times at which it was still going on.
    before : str
        Column of times by which it had ended; missing where it was not seen to end, and equal to ``after`` where the
        end is known exactly.

    Returns
    -------
    tuple of numpy.ndarray
        Both ends, shape (rows,) each; the second infinite where no end was seen.

    Raises
    ------
    DataError
        If a column is missing, a time is negative, an end lies before its start or at 0, or no duration has an end.

    Examples
    --------
    >>> import pandas as pd
    >>> read_intervals(pd.DataFrame({"after": [0, 6], "by": [3, None]}), after="after", before="by")[1].tolist()
    [3.0, inf]
    """
    is_frame("frame", frame)
    has_columns("frame", frame, [after, before])
    refuse_missing(frame, [after])
    low = read_numbers(frame, after)
    open_ended = frame[before].isna().to_numpy()
    if open_ended.all():
        raise DataError(f"column {before!r} is missing in all {len(low):,} rows, some durations must have an end")
    high = np.full(len(low), np.inf)
    high[~open_ended] = read_numbers(frame[~open_ended], before)
    wrong = (np.flatnonzero((low < 0) | (high < low) | (high <= 0)) + 1).tolist()
    if wrong:
        raise CellError(
            f"{len(wrong):,} rows have no possible duration (rows {row_words(wrong)}); times must be at least 0, and "
            f"{before!r} at least {after!r} and above 0: correct the dates",
            column=before,
            rows=wrong,
        )
    return low, high
