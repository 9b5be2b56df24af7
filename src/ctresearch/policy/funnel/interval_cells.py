"""Published counts in which small cells read "<5": read as what they can be, never as missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells

if TYPE_CHECKING:
    from ctresearch.policy.panels.panel_columns import Floats

_BELOW = re.compile(r"\s*(<|<=|≤)\s*(\d{1,6})\s*")
_NUMBER = re.compile(r"\s*\d{1,12}(?:\.0+)?\s*")


def read_intervals(frame: pd.DataFrame, name: str, *, least: int) -> tuple[Floats, Floats]:
    """Return the least and the greatest that each cell can be.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table.
    name : str
        Column of whole numbers, of text such as ``"<5"`` or ``"≤4"``, or missing cells.
    least : int
        The least that stands behind a cell such as ``"<5"``: 1 where a zero is written as zero.

    Returns
    -------
    tuple of numpy.ndarray
        Shape (rows,) each; NaN where missing.

    Raises
    ------
    CellError
        If a cell is none of these.

    Examples
    --------
    >>> low, high = read_intervals(pd.DataFrame({"victims": [12, "<5", None]}), "victims", least=1)
    >>> low.tolist(), high.tolist()
    ([12.0, 1.0, nan], [12.0, 4.0, nan])
    """
    low, high = np.full(len(frame), np.nan), np.full(len(frame), np.nan)
    wrong = np.zeros(len(frame), dtype=bool)
    for row, cell in enumerate(frame[name].astype(object)):
        if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
            continue
        if isinstance(cell, str) and (found := _BELOW.fullmatch(cell)):
            below = int(found[2]) - (found[1] == "<")
            wrong[row] = below < least
            low[row], high[row] = least, below
        elif isinstance(cell, str) and _NUMBER.fullmatch(cell):
            low[row] = high[row] = float(cell)
        elif isinstance(cell, (int, float, np.number)) and not isinstance(cell, bool) and float(cell).is_integer():
            wrong[row] = float(cell) < 0
            low[row] = high[row] = float(cell)
        else:
            wrong[row] = True
    refuse_cells(frame[name], wrong, "must be counts of at least 0, such as 12, or '<5', or missing")
    return low, high
