"""Reading a table of counts or amounts: what cannot be counted is told by its place, and like labels are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells
from ctresearch.core.errors import DataError
from ctresearch.core.names import name_key, refuse_alike

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


def read_counts(counts: Any, name: str = "counts", *, whole: bool = True, hint: str = "") -> NDArray[np.float64]:
    """Read numbers of 0 or more from a table.

    Parameters
    ----------
    counts : pandas.DataFrame or pandas.Series
        The table.
    name : str
        What it is called, for the message.
    whole : bool
        Whether they count, and must be whole.
    hint : str
        What else to mind, for the message.

    Returns
    -------
    numpy.ndarray
        The numbers in the shape of the table.

    Raises
    ------
    DataError
        If it is no table, a cell is no such number, or labels differ in their spelling alone; no message shows a cell.

    Examples
    --------
    >>> read_counts(pd.Series({"Woman": 12, "Man": 9})).tolist()
    [12.0, 9.0]
    """
    if not isinstance(counts, (pd.DataFrame, pd.Series)) or counts.size == 0:
        raise DataError(
            f"{name} is a {type(counts).__name__}, must be a pandas DataFrame or Series with at least one cell"
        )
    alike(counts.index, f"rows of {name}")
    columns = [counts] if isinstance(counts, pd.Series) else [counts.iloc[:, i] for i in range(counts.shape[1])]
    if isinstance(counts, pd.DataFrame):
        alike(counts.columns, f"columns of {name}")
    must = f"must be {'whole numbers' if whole else 'amounts'} of 0 or more{hint}"
    read = [_column(column, name, i, must, whole=whole) for i, column in enumerate(columns)]
    return read[0] if isinstance(counts, pd.Series) else np.column_stack(read)


def _column(column: pd.Series[Any], name: str, position: int, must: str, *, whole: bool) -> NDArray[np.float64]:
    """Read one column."""
    values = np.array([_number(v) for v in column.to_numpy(dtype=object)], dtype=float)
    wrong = ~(np.isfinite(values) & (values >= 0))
    wrong |= whole & ~wrong & (values != np.round(values))
    refuse_cells(column, wrong, must, name=f"{name}, number {position + 1}")
    return values


def _number(value: Any) -> float:
    """Read one number; words are none, even where they are digits."""
    if isinstance(value, (str, bytes)) or np.ndim(value):
        return float("nan")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return float("nan")


def alike(labels: Iterable[Any], what: str) -> None:
    """Refuse labels that differ in their spelling alone; the same label twice is one label.

    Parameters
    ----------
    labels : iterable
        Labels of rows or columns, or tuples of them.
    what : str
        What they name, in the plural.

    Raises
    ------
    CellError
        If two are the same to a reader; the message gives their places.

    Examples
    --------
    >>> alike(["Nord", "Sud"], "districts")
    """
    unique = list(dict.fromkeys(labels))
    refuse_alike([" | ".join(map(name_key, v)) if isinstance(v, tuple) else v for v in unique], what)


def refuse_alike_values(frame: pd.DataFrame, columns: Sequence[Any]) -> None:
    """Refuse columns of categories in which one category is spelled in more than one way: it would be two small groups.

    Parameters
    ----------
    frame : pandas.DataFrame
        Records.
    columns : sequence
        Which columns; numbers and dates have one spelling.

    Raises
    ------
    CellError
        If there is one; the message gives the rows.

    Examples
    --------
    >>> refuse_alike_values(pd.DataFrame({"district": ["Nord", "Sud"]}), ["district"])
    """
    from ctresearch.core.names import read_names

    for name in columns:
        column = frame[name]
        if column.dtype.kind not in "iufbmM":
            read_names(column, str(name), cure="")
