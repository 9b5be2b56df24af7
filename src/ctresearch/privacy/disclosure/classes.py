"""Equivalence classes: rows that share their values, as arrays of codes.

Every privacy model counts them, so they are made once, here, and fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from numpy.typing import NDArray

_DENSE = 262_144


def codes(frame: pd.DataFrame, columns: Sequence[str]) -> NDArray[np.int64]:
    """Give the values of each column numbers; missing is a value of its own.

    Parameters
    ----------
    frame : pandas.DataFrame
        The records.
    columns : sequence of str
        Which columns.

    Returns
    -------
    numpy.ndarray of int, shape (rows, columns)
        From 0, in order of appearance.

    Examples
    --------
    >>> import pandas as pd
    >>> codes(pd.DataFrame({"a": ["x", None, "x"]}), ["a"]).ravel().tolist()
    [0, 1, 0]
    """
    numbered = [pd.factorize(frame[c], use_na_sentinel=False)[0] for c in columns]
    return np.column_stack(numbered).astype(np.int64) if numbered else np.zeros((len(frame), 0), dtype=np.int64)


def single_values(frame: pd.DataFrame, columns: Iterable[Hashable]) -> None:
    """Refuse cells that hold several values, which cannot be compared.

    Parameters
    ----------
    frame : pandas.DataFrame
        The records.
    columns : iterable
        Which columns.

    Raises
    ------
    DataError
        If a cell is a list, a set, a dictionary or the like; the message does not repeat it.

    Examples
    --------
    >>> import pandas as pd
    >>> single_values(pd.DataFrame({"a": ["x", None]}), ["a"])
    """
    for name in columns:
        cells = frame[name] if frame[name].dtype == object else ()
        odd = next((type(cell).__name__ for cell in cells if not pd.api.types.is_hashable(cell)), None)
        if odd is not None:
            raise DataError(f"{name!r} has a cell that is a {odd}, must hold single values: give each part a column")


def classes(numbered: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the combinations of values that occur numbers.

    Parameters
    ----------
    numbered : numpy.ndarray of int, shape (rows, columns)
        Codes of the values.

    Returns
    -------
    numpy.ndarray of int, shape (rows,)
        The class of each row, below the number of rows or, for few columns of few values, the number of combinations.

    Examples
    --------
    >>> import numpy as np
    >>> one, two, three = classes(np.array([[0, 1], [1, 1], [0, 1]]))
    >>> one == three, one == two
    (np.True_, np.False_)
    """
    out = np.zeros(numbered.shape[0], dtype=np.int64)
    width = 1
    for j in range(numbered.shape[1]):
        values = int(numbered[:, j].max(initial=0)) + 1
        out = out * values + numbered[:, j]
        width *= values
        if width > _DENSE:
            found, out = np.unique(out, return_inverse=True)
            width = len(found)
    return out


def sizes(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count the rows of each row's class.

    Parameters
    ----------
    label : numpy.ndarray of int, shape (rows,)
        The class of each row.

    Returns
    -------
    numpy.ndarray of int, shape (rows,)
        How many rows share it.

    Examples
    --------
    >>> import numpy as np
    >>> sizes(np.array([3, 0, 3])).tolist()
    [2, 1, 2]
    """
    counted: NDArray[np.int64] = np.bincount(label)[label]
    return counted
