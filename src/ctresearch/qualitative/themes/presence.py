"""Interviews by codes, read as zeros and ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ctresearch.core.cells import refuse_cells
from ctresearch.core.columns import column_names
from ctresearch.core.errors import DataError
from ctresearch.core.names import refuse_alike
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Presence:
    """Which code stands in which interview.

    Parameters
    ----------
    there : numpy.ndarray
        Shape (interviews, codes): whether it does.
    codes : tuple of str
        Names of the codes.

    Examples
    --------
    >>> import pandas as pd
    >>> read_presence(pd.DataFrame({"debt": [1, 0]}), None).there.tolist()
    [[True], [False]]
    """

    there: NDArray[np.bool_]
    codes: tuple[str, ...]


def read_presence(frame: pd.DataFrame, codes: Sequence[str] | None, *, least: int = 2) -> Presence:
    """Read one row an interview and one column a code.

    Parameters
    ----------
    frame : pandas.DataFrame
        Zeros and ones, or true and false; counts are refused, since three times in one interview is one interview.
    codes : sequence of str, optional
        Columns; all by default.
    least : int
        Fewest interviews.

    Returns
    -------
    Presence
        In the order of the rows.

    Raises
    ------
    DataError
        If there are too few rows, a cell is neither 0 nor 1, or names differ in spelling alone.
    """
    is_frame("interviews", frame)
    names = list(frame.columns) if codes is None else list(column_names("codes", codes))
    has_columns("interviews", frame, names)
    refuse_alike([str(one) for one in names], "codes")
    if len(frame) < least or not names:
        raise DataError(f"interviews has {len(frame)} rows and {len(names)} codes, must have at least {least} and 1")
    for name in names:
        fine = frame[name].isin([0, 1])
        refuse_cells(frame[name], ~fine, "must be 0 or 1: whether the code stands in the interview", name=str(name))
    return Presence(frame[names].to_numpy(dtype=float) == 1, tuple(map(str, names)))
