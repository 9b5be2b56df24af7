"""Cells of a user's table in a message: where they stand, of what kind and how many they are, never what they hold.

A message travels further than a table: into a log, a failed notebook, a mail. So it names the column, the rows, the
kind of value and the number of cells, and what must stand there instead.
"""

from __future__ import annotations

import datetime
import math
import numbers
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import CellError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_TRUTHS = {"bool", "bool_"}  # Python's and numpy's
SHOWN = 5  # rows that a message lists before it counts the rest


def row_words(rows: Sequence[int], *, shown: int = SHOWN) -> str:
    """Write row numbers as a person would.

    Parameters
    ----------
    rows : sequence of int
        Numbers counted from 1.
    shown : int
        How many to list before the rest are counted.

    Returns
    -------
    str
        Such as ``"2, 5 and 7 more"``.

    Examples
    --------
    >>> row_words([3]), row_words([3, 8]), row_words(range(1, 9))
    ('3', '3 and 8', '1, 2, 3, 4, 5 and 3 more')
    """
    listed = [f"{row:,}" for row in list(rows)[:shown]]
    rest = len(rows) - len(listed)
    last = f"{rest:,} more" if rest else listed.pop() if len(listed) > 1 else ""
    return ", ".join(listed) + (f" and {last}" if last else "")


def kind_of(value: Any) -> str:
    """Say of what kind a value is.

    Parameters
    ----------
    value : object
        A cell.

    Returns
    -------
    str
        ``"missing"``, ``"yes or no"``, ``"a whole number"``, ``"a number"``, ``"infinite"``, ``"a date"``, ``"text"``
        or the type's name.

    Examples
    --------
    >>> kind_of("Marie"), kind_of(3), kind_of(None)
    ('text', 'a whole number', 'missing')
    """
    if _is_missing(value):
        return "missing"
    kinds: tuple[tuple[Any, str], ...] = (
        (str, "text"),
        (numbers.Integral, "a whole number"),
        (numbers.Real, "a number"),
        ((datetime.date, datetime.time), "a date"),
    )
    if type(value).__name__ in _TRUTHS:
        return "yes or no"
    word = next((word for kind, word in kinds if isinstance(value, kind)), f"a {type(value).__name__}")
    return "infinite" if word == "a number" and abs(value) == math.inf else word


def _is_missing(value: Any) -> bool:
    """Say whether a cell holds nothing: what is unlike itself (not a number, not a time), or pandas' NA."""
    if value is None or type(value).__name__ == "NAType":  # by its name, so that this file needs no pandas
        return True
    unlike = value != value  # noqa: PLR0124
    return type(unlike).__name__ in _TRUTHS and bool(unlike)


def shown(value: Any) -> str:
    """Write the value of an option for a message; a table that was passed in its place is named by its type alone.

    Parameters
    ----------
    value : object
        What the user gave.

    Returns
    -------
    str
        Its ``repr``, or such as ``"a DataFrame"`` where it is or holds a table, a column or an array.

    Examples
    --------
    >>> import pandas as pd
    >>> shown("bic"), shown(pd.Series(["Marie"])), shown([pd.Series(["Marie"])])
    ("'bic'", 'a Series', 'a list of tables')
    """
    if getattr(value, "ndim", 0):
        return f"a {type(value).__name__}"
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, (list, tuple, set)) else ()
    if any(getattr(one, "ndim", 0) for one in inside):
        return f"a {type(value).__name__} of tables"
    return repr(value)


def wrong_cells(column: pd.Series[Any], wrong: Iterable[bool], must: str, *, name: str | None = None) -> CellError:
    """Return the error that says which cells of a column are wrong, without showing one.

    Parameters
    ----------
    column : pandas.Series
        The column.
    wrong : iterable of bool
        Which of its cells are wrong, at least one.
    must : str
        What must stand there: ``"must be whole numbers of at least 0"``.
    name : str, optional
        What the column is called; its own name by default.

    Returns
    -------
    CellError
        To be raised.

    Examples
    --------
    >>> import pandas as pd
    >>> ages = pd.Series([12, "Marie", 14], name="age")
    >>> print(wrong_cells(ages, [False, True, False], "must be whole numbers of at least 0"))
    column 'age': 1 of 3 cells is text (row 2), must be whole numbers of at least 0
    """
    import numpy as np

    mask = _known_true(wrong)
    rows = (np.flatnonzero(mask) + 1).tolist()
    kinds = sorted({kind_of(value) for value in column.to_numpy(dtype=object)[mask]})
    name = str(column.name) if name is None else name
    are, row = ("is", "row") if len(rows) == 1 else ("are", "rows")
    return CellError(
        f"column {name!r}: {len(rows):,} of {len(mask):,} cells {are} {' or '.join(kinds)} ({row} {row_words(rows)}), "
        f"{must}",
        column=name,
        rows=rows,
    )


def refuse_cells(column: pd.Series[Any], wrong: Iterable[bool], must: str, *, name: str | None = None) -> None:
    """Refuse a column that has wrong cells, by the error of :func:`wrong_cells`; where none is wrong, do nothing.

    Parameters
    ----------
    column : pandas.Series
        The column.
    wrong : iterable of bool
        Which of its cells are wrong.
    must : str
        What must stand there: ``"must be whole numbers of at least 0"``.
    name : str, optional
        What the column is called; its own name by default.

    Raises
    ------
    CellError
        If a cell is wrong.

    Examples
    --------
    >>> import pandas as pd
    >>> ages = pd.Series([12, -1], name="age")
    >>> refuse_cells(ages, ages > 120, "must be at most 120")
    >>> refuse_cells(ages, ages < 0, "must be at least 0")
    Traceback (most recent call last):
        ...
    ctresearch.core.errors.CellError: column 'age': 1 of 2 cells is a whole number (row 2), must be at least 0
    """
    mask = _known_true(wrong)
    if mask.any():
        raise wrong_cells(column, mask, must, name=name)


def _known_true(marks: Iterable[bool]) -> NDArray[np.bool_]:
    """Return marks as an array, in which one that is missing counts for nothing."""
    import numpy as np
    import pandas as pd

    if isinstance(marks, np.ndarray) and marks.dtype == bool:
        return marks
    return pd.Series(marks, dtype="boolean").fillna(False).to_numpy(dtype=bool)
