"""Whether a table of lists can tell anything about people on no list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.prevalence.lists.histories import CaptureHistories

if TYPE_CHECKING:
    from collections.abc import Sequence

# 2**16 cells: each list more doubles the memory and the time of every fit.
MAX_LISTS = 16


def require_histories(histories: Any) -> CaptureHistories:
    """Return a table of lists if it is one.

    Parameters
    ----------
    histories : CaptureHistories
        The table.

    Returns
    -------
    CaptureHistories
        The same.

    Raises
    ------
    DataError
        If it is anything else.

    Examples
    --------
    >>> require_histories(CaptureHistories.from_published("korea")).n_observed
    123
    """
    if type(histories).__name__ == "PartialHistories":  # by name: its own file reads this one
        raise DataError(
            f"a {type(histories).__name__} was given, must be CaptureHistories, with exact counts: estimate from "
            "ranges of counts with PartialLogLinear"
        )
    if not isinstance(histories, CaptureHistories):
        raise DataError(
            f"a {type(histories).__name__} was given, must be CaptureHistories: "
            "make one with CaptureHistories.from_counts, from_records, from_long or from_csv"
        )
    return histories


def require_estimable(histories: Any) -> CaptureHistories:
    """Return a table if an estimate of the population can be asked of it.

    Parameters
    ----------
    histories : CaptureHistories
        The table.

    Returns
    -------
    CaptureHistories
        The same.

    Raises
    ------
    DataError
        If it is not such a table, has too many lists, or a list is empty, holds everybody or overlaps with no other.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
    >>> require_estimable(CaptureHistories.from_counts(table)).n_observed
    120
    """
    table = require_histories(histories)
    if len(table.lists) > MAX_LISTS:
        raise DataError(f"the table has {len(table.lists)} lists, must have at most {MAX_LISTS}: merge the smallest")
    if table.n_observed == 0:
        raise DataError(
            f"all counts of the {len(table.lists)} lists are 0, nobody was seen: there is nothing to estimate from"
        )
    shared = table.overlaps().to_numpy()
    for place, size in enumerate(np.diag(shared)):
        which, cure = f"list {place + 1} of {len(table.lists)}", f"leave it out with .drop(table.lists[{place}])"
        if size == 0:
            raise DataError(f"{which} is empty: {cure}")
        if size == table.n_observed:
            raise DataError(
                f"{which} holds all {size:,} people, so nobody is seen outside it and the number on no list cannot be "
                f"told: {cure} or check that it is a list"
            )
    if not np.triu(shared, 1).any():
        raise nothing_shared(table.lists)
    return table


def nothing_shared(lists: Sequence[str]) -> DataError:
    """Return the refusal of lists that have nobody in common.

    Parameters
    ----------
    lists : sequence of str
        Their names, of which the message tells the number alone.

    Returns
    -------
    DataError
        To be raised.

    Examples
    --------
    >>> print(str(nothing_shared(["police", "charity", "court"])).partition(";")[0])
    no two lists have anybody in common, of 3
    """
    return DataError(
        f"no two lists have anybody in common, of {len(lists)}; the number on no list is estimated from overlaps and "
        "any number would fit: check that the same people were matched across lists"
    )
