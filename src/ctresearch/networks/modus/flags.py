"""Columns of true and false, as codes of cases come: 0 and 1, perhaps with gaps, and never anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import wrong_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_flags(column: pd.Series[Any], *, gaps: bool = True) -> NDArray[np.float64]:
    """Read a column of true and false.

    Parameters
    ----------
    column : pandas.Series
        ``True`` and ``False``, or 1 and 0.
    gaps : bool
        Whether cells may be empty.

    Returns
    -------
    numpy.ndarray
        1, 0, and not a number where a cell is empty; shape (rows,).

    Raises
    ------
    CellError
        If a cell holds anything else.

    Examples
    --------
    >>> read_flags(pd.Series([True, None, 0], name="force")).tolist()
    [1.0, nan, 0.0]
    """
    empty = column.isna().to_numpy(dtype=bool)
    cells = column.astype(object)
    fits = [
        not gap and pd.api.types.is_scalar(cell) and not isinstance(cell, str) and cell in (0, 1)
        for cell, gap in zip(cells, empty, strict=True)
    ]
    wrong = ~np.array(fits, dtype=bool) & ~(empty & gaps)
    if wrong.any():
        allowed = "must be true, false or empty" if gaps else "must be true or false"
        raise wrong_cells(column, wrong, f"{allowed}: make columns of categories with pandas.get_dummies")
    return np.array([np.nan if gap else float(cell) for cell, gap in zip(column, empty, strict=True)])
