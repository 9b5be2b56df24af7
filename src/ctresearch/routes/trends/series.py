"""Reading a series of counts in time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, row_words, wrong_cells
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import CellError, DataError
from ctresearch.core.groups import read_units
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.routes.counts.reported import read_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Counts in order of time.

    ``time`` (N,) as numbers, days from 1970 for dates; ``low``, ``high`` (N,) ends of each count; ``group`` (N,) codes
    of contributors, and their ``names``; ``labels`` (N,) the times as they are shown; ``gaps`` times left out between;
    ``dated`` whether times are dates.
    """

    time: Floats
    low: Whole
    high: Whole
    group: Whole
    names: tuple[str, ...]
    labels: list[str]
    gaps: int
    dated: bool


def read_series(
    frame: pd.DataFrame,
    time: str,
    count: str,
    *,
    contributor: str | None = None,
    least_masked: int = 0,
    fewest: int = 3,
    exact: bool = False,
) -> tuple[Series, pd.DataFrame]:
    """Read counts in time, and return them with the table in the same order.

    Raises
    ------
    DataError
        If a column is missing, a time or a count is wrong, a time stands twice, or there are too few.
    """
    used = [time, count, *([contributor] if contributor else [])]
    has_columns("counts", is_frame("counts", frame), used)
    refuse_missing(frame, used)
    when, labels = _times(frame, time)
    groups = read_units(frame, contributor) if contributor else None
    codes = groups.codes if groups is not None else np.zeros(len(frame), dtype=np.int64)
    low, high = read_counts(frame[count].reset_index(drop=True), count, least_masked=least_masked)
    if exact and (low < high).any():
        raise wrong_cells(frame[count], low < high, "must be known: this method takes no ranges", name=count)
    order = np.lexsort((codes, when))
    keys = pd.DataFrame({"when": when, "group": codes})
    twice = keys.duplicated(keep=False).to_numpy()
    if twice.any():
        rows = (np.flatnonzero(twice) + 1).tolist()
        who = " and contributor" if contributor else ""
        raise CellError(
            f"{int(twice.sum()):,} of {len(frame):,} rows are of one time{who} with another (rows {row_words(rows)}), "
            "must be one row each: add them up",
            column=time,
            rows=rows,
        )
    times = np.unique(when)
    if len(times) < fewest:
        raise DataError(f"{len(times)} times are there, must be at least {fewest} to see a change")
    if not high.sum():
        raise DataError("all counts are 0, must be at least one person to see a change")
    steps = np.diff(times)
    gaps = int(np.round(steps / steps.min() - 1).clip(min=0).sum()) if len(steps) else 0
    made = Series(
        time=when[order],
        low=low[order],
        high=high[order],
        group=codes[order],
        names=groups.names if groups is not None else (),
        labels=[labels[i] for i in order],
        gaps=gaps,
        dated=pd.api.types.is_datetime64_any_dtype(frame[time]),
    )
    return made, frame.iloc[order]


def _times(frame: pd.DataFrame, name: str) -> tuple[Floats, list[str]]:
    """Return times as numbers and as words."""
    column = frame[name]
    if pd.api.types.is_datetime64_any_dtype(column):
        days = (column.dt.tz_localize(None) - pd.Timestamp(1970, 1, 1)).dt.total_seconds().to_numpy(
            dtype=float
        ) / 86_400
        return days, time_labels(days, dated=True)
    values = read_numbers(frame, name)
    return values, time_labels(values, dated=False)


def time_labels(times: Floats, *, dated: bool) -> list[str]:
    """Write times as a reader is shown them: numbers in full, days from 1970 as dates."""
    if dated:
        days = pd.Timestamp(1970, 1, 1) + pd.to_timedelta(np.round(times * 86_400), "s")
        return days.strftime("%Y-%m-%d").tolist()
    return [f"{time:.15g}" for time in times]


def read_exposure(frame: pd.DataFrame, name: str) -> Floats:
    """Read a column that must be above 0: effort, people at risk, a share that reported."""
    has_columns("counts", frame, [name])
    refuse_missing(frame, [name])
    values = read_numbers(frame, name)
    refuse_cells(frame[name], values <= 0, "must be above 0: nobody is found without exposure", name=name)
    return values
