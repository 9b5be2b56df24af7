"""The table of an interrupted series as the columns of its regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.policy.panels.panel_columns import read_times

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from ctresearch.policy.panels.panel_columns import Floats, Integers

_FEWEST = 3  # periods on either side, below which a level and a trend fit whatever there is


@dataclass(frozen=True, slots=True)
class Series:
    """Counts over time, of one series or of one with a control.

    Parameters
    ----------
    counts : numpy.ndarray
        Shape (rows,), sorted by series and time.
    time : numpy.ndarray
        Periods, shape (rows,).
    exposure : numpy.ndarray
        People at risk, shape (rows,); 1 where none were named.
    affected : numpy.ndarray
        1 for the series that the policy reached, 0 for the control, shape (rows,).
    gaps : int
        Periods between the first and the last that no row holds.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"month": [2, 1], "cases": [7, 5]})
    >>> read_series(frame, count="cases", time="month").counts.tolist()
    [5.0, 7.0]
    """

    counts: Floats
    time: Integers
    exposure: Floats
    affected: Floats
    gaps: int


def read_series(
    frame: pd.DataFrame, *, count: str, time: str, population: str | None = None, control: str | None = None
) -> Series:
    """Read the counts of each period.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a period, or a period and series.
    count, time : str
        Columns of counts and of periods as whole numbers.
    population : str, optional
        Column of people at risk.
    control : str, optional
        Column that is 0 for the control series and 1 for the series that the policy reached.

    Returns
    -------
    Series
        Sorted.

    Raises
    ------
    DataError
        If a cell is missing or of the wrong kind, or a period stands twice in one series.

    Examples
    --------
    >>> import pandas as pd
    >>> read_series(pd.DataFrame({"month": [1, 2, 4], "cases": [7, 5, 6]}), count="cases", time="month").gaps
    1
    """
    used = [one for one in (count, time, population, control) if one is not None]
    has_columns("frame", is_frame("frame", frame), used)
    refuse_missing(frame, used)
    counts = read_numbers(frame, count)
    refuse_cells(frame[count], counts < 0, "must be counts of at least 0")
    exposure = np.ones(len(frame)) if population is None else read_numbers(frame, population)
    if population is not None:
        refuse_cells(frame[population], exposure <= 0, "must be above 0")
    affected = np.ones(len(frame)) if control is None else read_numbers(frame, control)
    if control is not None:
        wrong = ~np.isin(affected, (0.0, 1.0))
        refuse_cells(frame[control], wrong, "must be 0 for the control and 1 for the other series")
        if len(np.unique(affected)) < 2:
            raise DataError(f"column {control!r} names one series alone, must name a control (0) and the other (1)")
    times = read_times(frame, time)
    order = np.lexsort((times, affected))
    same = (np.diff(times[order]) == 0) & (np.diff(affected[order]) == 0)
    if same.any():
        rows = sorted((order[1:][same] + 1).tolist())
        raise CellError(
            f"column {time!r}: {len(rows)} rows repeat a period of the same series (rows {row_words(rows)}), must "
            "stand once: add their counts first, or name control=",
            column=time,
            rows=rows,
        )
    span = int(times.max() - times.min()) + 1
    return Series(
        counts=counts[order],
        time=times[order],
        exposure=exposure[order],
        affected=affected[order],
        gaps=span * len(np.unique(affected)) - len(times),
    )


@dataclass(frozen=True, slots=True)
class SeriesDesign:
    """Columns of the regression.

    Parameters
    ----------
    columns : numpy.ndarray
        Rows by columns.
    names : tuple of str
        ``constant``, ``trend``, ``level``, ``slope``, counting breaks, seasons and control columns.
    policy : numpy.ndarray
        Which columns are the policy's, shape (columns,).
    force : numpy.ndarray
        How far the policy is in force, from 0 to 1, in the series it reached, shape (rows,).
    kept : numpy.ndarray
        Rows that are used, shape (rows,).

    Examples
    --------
    >>> import pandas as pd
    >>> series = read_series(pd.DataFrame({"t": range(8), "y": range(8)}), count="y", time="t")
    >>> series_design(series, start=4, full=4, leave_out=False, slope=True, harmonics=0, period=12, breaks={}).names
    ('constant', 'trend', 'level', 'slope')
    """

    columns: Floats
    names: tuple[str, ...]
    policy: NDArray[np.bool_]
    force: Floats
    kept: NDArray[np.bool_]


def series_design(
    series: Series,
    *,
    start: int,
    full: int,
    leave_out: bool,
    slope: bool,
    harmonics: int,
    period: float,
    breaks: Mapping[str, int],
) -> SeriesDesign:
    """Build the columns of the regression.

    Parameters
    ----------
    series : Series
        The counts.
    start, full : int
        First period with the policy, and first with all of it.
    leave_out : bool
        Leave the periods between out, rather than let the policy grow in a straight line.
    slope : bool
        Whether the trend may change as well.
    harmonics : int
        Pairs of sine and cosine.
    period : float
        Periods in a year.
    breaks : mapping of str to int
        Name of a change in counting to its first period.

    Returns
    -------
    SeriesDesign
        The columns.

    Raises
    ------
    DataError
        If fewer than three periods lie on either side.

    Examples
    --------
    >>> import pandas as pd
    >>> series = read_series(pd.DataFrame({"t": range(8), "y": range(8)}), count="y", time="t")
    >>> made = series_design(series, start=3, full=5, leave_out=False, slope=False, harmonics=0, period=12, breaks={})
    >>> made.force.round(2).tolist()
    [0.0, 0.0, 0.0, 0.33, 0.67, 1.0, 1.0, 1.0]
    """
    t = series.time.astype(np.float64)
    kept = ~((t >= start) & (t < full)) if leave_out else np.ones(len(t), dtype=bool)
    own = series.affected == 1
    for words, side in (("before", own & kept & (t < start)), ("after", own & kept & (t >= full))):
        if int(side.sum()) < _FEWEST:
            raise DataError(
                f"{int(side.sum())} periods lie {words} the policy, must be at least {_FEWEST}: fewer fit any level "
                "and trend"
            )
    ramp = (t >= start).astype(np.float64) if leave_out else np.clip((t - start + 1) / (full - start + 1), 0.0, 1.0)
    after = np.maximum(t - start, 0.0)
    columns: dict[str, Floats] = {"constant": np.ones(len(t)), "trend": t - start}
    controlled = bool((series.affected == 0).any())
    if controlled:
        columns |= {"series": series.affected, "series trend": series.affected * (t - start), "common level": ramp}
        columns |= {"common slope": after} if slope else {}
    columns["level"] = ramp * series.affected
    if slope:
        columns["slope"] = after * series.affected
    for name, first in breaks.items():
        columns[f"counting: {name}"] = (t >= first) * series.affected
    for k in range(1, harmonics + 1):
        angle = 2 * np.pi * k * t / period
        columns |= {f"sine {k}": np.sin(angle), f"cosine {k}": np.cos(angle)}
    names = tuple(columns)
    return SeriesDesign(
        columns=np.column_stack(list(columns.values())),
        names=names,
        policy=np.array([name in {"level", "slope"} for name in names]),
        force=ramp * series.affected,
        kept=kept,
    )
