"""From records that are one person to who stands on which lists; nothing else leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def inclusion_counts(person: NDArray[np.int64], list_of: NDArray[np.int64], lists: Sequence[str]) -> pd.DataFrame:
    """Count persons by the lists they are on.

    Parameters
    ----------
    person : numpy.ndarray
        Person of each record, shape (records,).
    list_of : numpy.ndarray
        List of each record, shape (records,).
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    pandas.DataFrame
        A 0/1 column for each list and ``count``, one row a pattern that somebody has, in order of the pattern.

    Examples
    --------
    >>> inclusion_counts(np.array([0, 1, 0]), np.array([0, 0, 1]), ["police", "charity"]).to_numpy().tolist()
    [[1, 0, 1], [1, 1, 1]]
    """
    _, who = np.unique(person, return_inverse=True)
    on = np.zeros((who.max() + 1, len(lists)), dtype=bool)
    on[who, list_of] = True
    patterns, counts = np.unique(on @ (1 << np.arange(len(lists))), return_counts=True)
    columns = {name: (patterns >> i & 1).astype(np.int64) for i, name in enumerate(lists)}
    return pd.DataFrame(columns | {"count": counts})
