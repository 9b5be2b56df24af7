"""Masks that totals undo: a masked cell that a reader can work out by subtracting is no mask."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.privacy.grid import TOTALS, is_number
from ctresearch.privacy.reading import read_grids
from ctresearch.privacy.verdict import Finding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.privacy.grid import Grid
    from ctresearch.privacy.output import Output

_FLOAT = re.compile(r"^\d+(?:\.\d+)?$")


def recoverable_rule(output: Output, threshold: int) -> Finding | None:
    """Attack the masked cells of a table that shows its totals.

    Parameters
    ----------
    output : Output
        With labelled counts, or a content whose last row or column is a total.
    threshold : int
        Smallest number of people that may be shown.

    Returns
    -------
    Finding or None
        Rule ``"recoverable"``, a fail, if totals narrow a masked cell down further than the mask itself says; ``None``
        where there is nothing to say.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.privacy.output import Output
    >>> table = pd.DataFrame({"sex": ["Woman", "Man", "Total"], "n": [40, None, 43]})
    >>> recoverable_rule(Output("sex", "table", "restricted", content=table), 5).sentence
    'Totals give away 1 masked cell.'
    """
    labelled = hasattr(getattr(output.counts, "index", None), "nlevels")
    grids = read_grids(output.counts.rename_axis("key") if labelled else output.content)  # type: ignore[union-attr]
    exposed = sum(_exposed(grid, threshold) for grid in grids if len(grid.rows) > 1)
    if not exposed:
        return None
    sentence = f"Totals give away {exposed} masked cell{'s' if exposed > 1 else ''}."
    return Finding("recoverable", "fail", sentence, "Mask further cells (suppress).", {"exposed": exposed})


def _exposed(grid: Grid, threshold: int) -> int:
    """Count the masked cells of one table that its totals narrow down."""
    from ctresearch.privacy.audit import attack

    words = [i for i in range(len(grid.header)) if i == 0 or not any(is_number(v) and v for v in grid.column(i))]
    values = [i for i in range(len(grid.header)) if i not in words]
    down = grid.rows[-1][0].strip().lower() in TOTALS
    across = bool(values) and grid.header[values[-1]].strip().lower() in TOTALS
    table = _numbers(grid, values)
    if not (down or across) or not np.isnan(table).any():
        return 0
    pieces = [table] if down and across else list(table) if across else list(table.T)
    exposed = 0
    for piece in pieces:
        hidden = np.isnan(piece)
        if not hidden.any():
            continue
        try:
            known = attack(piece, hidden, hidden)
        except FitError:  # totals that do not add up, as after rounding, give nothing away
            continue
        exposed += int(((known.high > 0) & (known.high < threshold) & (known.high - known.low < threshold - 2)).sum())
    return exposed


def _numbers(grid: Grid, columns: list[int]) -> NDArray[np.float64]:
    """Read the cells as numbers; what is none is masked."""
    rows = [[float(row[i]) if _FLOAT.match(row[i]) else np.nan for i in columns] for row in grid.rows]
    return np.array(rows, dtype=float).reshape(len(grid.rows), len(columns))
