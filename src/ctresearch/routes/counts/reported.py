"""Counts of people as sources give them: numbers, and cells that are known by a bound alone.

``<5`` says that a count is not published. It stands for a range, and nothing here makes it narrower: sums are of the
least and of the greatest that each published cell allows by itself, never of what several of them allow together.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.errors import SpecificationError
from ctresearch.data.contents.numbers import range_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

_MOST = 10**9
_MUST = (
    "must be whole numbers of at least 0 and at most a billion, with commas or blanks between thousands alone "
    "('1,234'), bounds such as '<5' or ranges such as '5-9'"
)


def read_counts(column: pd.Series[Any], name: str, *, least_masked: int = 0) -> tuple[Counts, Counts]:
    """Read counts and ranges.

    Parameters
    ----------
    column : pandas.Series
        Whole numbers, or words such as ``"1,234"``, ``"<5"`` and ``"5-9"``.
    name : str
        What the column is called.
    least_masked : {0, 1}
        The least that ``"<5"`` can stand for: 0, or 1 where the source publishes its zeros.

    Returns
    -------
    tuple of numpy.ndarray
        Least and greatest count of each row.

    Raises
    ------
    CellError
        If a cell is neither; a negative flow and a missing count are such cells.

    Examples
    --------
    >>> low, high = read_counts(pd.Series([12, "<5", "5-9"]), "people")
    >>> low.tolist(), high.tolist()
    ([12, 0, 5], [12, 4, 9])
    """
    least_known(least_masked)
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        wrong = ~np.isfinite(values) | (values < 0) | (values != np.floor(values)) | (values > _MOST)
        refuse_cells(column, wrong, _MUST, name=name)
        return values.astype(np.int64), values.astype(np.int64)
    cells = [one if isinstance(one, Hashable) else None for one in column.to_numpy(dtype=object)]
    read = {one: _bounds(one, least_masked) for one in set(cells)}
    bounds = [read[one] for one in cells]
    wrong = np.array([one is None for one in bounds])
    refuse_cells(column, wrong, _MUST, name=name)
    both = np.array(bounds, dtype=np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def least_known(value: int) -> int:
    """Return the least that a masked cell can stand for, 0 or 1."""
    if type(value) is not int or value not in (0, 1):
        raise SpecificationError(
            f"least_masked == {value!r}, must be 0, or 1 where the source publishes its zeros"
            if isinstance(value, (int, float, str, bool))
            else f"least_masked is a {type(value).__name__}, must be 0 or 1"
        )
    return value


def _bounds(cell: object, least: int) -> tuple[int, int] | None:
    """Read one cell."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float, np.integer, np.floating)):
        whole = 0 <= cell <= _MOST and float(cell).is_integer()
        return (int(cell), int(cell)) if whole else None
    low, high = range_in(cell, least=least) or (0, -1)
    return (low, int(high)) if low <= high <= _MOST else None


def as_number(cell: object) -> float:
    """Return a cell as a number, NaN where it is none."""
    try:
        return float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def people_words(low: Counts, high: Counts) -> list[str]:
    """Write counts as a reader is shown them: a number, ``<5`` or a range.

    Parameters
    ----------
    low, high : numpy.ndarray
        Least and greatest counts.

    Returns
    -------
    list of str
        One a row.

    Examples
    --------
    >>> people_words(np.array([12, 0, 12]), np.array([12, 4, 16]))
    ['12', '<5', '12 to 16']
    """
    return [
        str(a) if a == b else f"<{b + 1}" if a <= 1 else f"{a} to {b}"
        for a, b in zip(low.tolist(), high.tolist(), strict=True)
    ]
