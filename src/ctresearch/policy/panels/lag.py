"""Earlier values of a column that cannot come from another unit, and that a gap does not shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.columns import column_name
from ctresearch.core.errors import SpecificationError
from ctresearch.core.validate import has_columns, is_frame, one_of, whole_number
from ctresearch.policy.panels.panel_columns import read_times, read_unit_codes, refuse_duplicates, time_grid

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd


def lag(
    frame: pd.DataFrame,
    column: str,
    *,
    unit: str,
    time: str,
    periods: int = 1,
    merge_names: bool = False,
) -> pd.Series[Any]:
    """Return what a column held some periods earlier, in the same unit.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a unit and period, in any order.
    column : str
        The column.
    unit, time : str
        Columns of units and of periods: years, or whole numbers in order.
    periods : int
        How many periods earlier; below 0 for later ones.
    merge_names : bool
        Take names of units that differ in case, accents, spaces or type alone for one; they are refused otherwise.

    Returns
    -------
    pandas.Series
        Indexed as ``frame``; missing where there is no row of the same unit exactly so many periods earlier.

    Raises
    ------
    DataError
        If a column is missing, a period is no whole number, or a unit has two rows of one period.
    SpecificationError
        If ``periods`` is 0 or no whole number.

    Notes
    -----
    Moving a column down by one row, as ``shift`` does where rows are not grouped, gives the first year of each country
    the last year of the country above it: such lags stand in published replication files. A shift within groups still
    takes the year before a gap for the year before. Both cannot happen here.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"country": ["A", "A", "A", "B"], "year": [2001, 2002, 2004, 2001], "tier": [1, 2, 3, 2]})
    >>> lag(frame, "tier", unit="country", time="year").tolist()
    [nan, 1.0, nan, nan]
    """
    column_name("column", column), column_name("unit", unit), column_name("time", time)
    if whole_number("periods", periods, -1000, 1000) == 0:
        raise SpecificationError(f"periods == {periods}, must be another whole number: the column itself is no lag")
    one_of("merge_names", merge_names, (True, False))
    has_columns("frame", is_frame("frame", frame), [column, unit, time])
    codes, names, _ = read_unit_codes(frame, unit, merge=merge_names)
    times = read_times(frame, time)
    # the step is one, whatever the table shows: with years 2001 and 2003 the year before 2003 is 2002
    grid, place = (
        time_grid(times, 1) if len(np.unique(times)) > 1 else (times[:1], np.zeros(len(times), dtype=np.int64))
    )
    cell = codes * len(grid) + place
    cells = len(names) * len(grid)
    refuse_duplicates(cell, cells, unit, time)
    row_of = np.full(cells, -1, dtype=np.int64)
    row_of[cell] = np.arange(len(frame))
    source = place - periods
    inside = (source >= 0) & (source < len(grid))
    rows = np.where(inside, row_of[np.where(inside, codes * len(grid) + source, 0)], -1)
    taken = frame[column].reset_index(drop=True).reindex(rows)
    return taken.set_axis(frame.index)
