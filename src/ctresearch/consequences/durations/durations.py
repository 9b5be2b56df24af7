"""Durations read from a table once: when observation began, when it ended, and whether it ended in the event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctresearch.core.cells import refuse_cells, row_words
from ctresearch.core.columns import read_numbers, refuse_missing
from ctresearch.core.errors import CellError
from ctresearch.core.groups import read_units
from ctresearch.core.validate import has_columns, is_frame

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from ctresearch.core.groups import Groups

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]
# the square root of the precision of doubles: what subtracted dates differ by, and what R's survival takes for a tie
_NEAR = 1.5e-8
RECORDED = (
    "Events are those that were recorded. An event that nobody recorded counts as none, so levels are lower bounds; "
    "the direction of bias in a comparison is undetermined unless recording is as complete in every group."
)
NONINFORMATIVE = "Those whose observation ended would have fared like those still observed: censoring says nothing."


@dataclass(frozen=True, slots=True)
class Durations:
    """Observation of each row.

    Parameters
    ----------
    entry : numpy.ndarray
        When observation began, shape (rows,); minus infinity where it began with the clock.
    stop : numpy.ndarray
        When it ended, shape (rows,), above ``entry``.
    event : numpy.ndarray
        Whether it ended in the event, shape (rows,).

    Examples
    --------
    >>> Durations(np.array([-np.inf]), np.array([3.0]), np.array([True])).n
    1
    """

    entry: Floats
    stop: Floats
    event: Booleans

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.stop)

    def where(self, rows: Booleans) -> Durations:
        """Return some of the rows.

        Parameters
        ----------
        rows : numpy.ndarray
            Which, shape (rows,).

        Returns
        -------
        Durations
            Those.

        Examples
        --------
        >>> two = Durations(np.zeros(2), np.array([3.0, 4.0]), np.array([True, False]))
        >>> two.where(two.event).stop.tolist()
        [3.0]
        """
        return Durations(self.entry[rows], self.stop[rows], self.event[rows])


def read_durations(frame: pd.DataFrame, *, duration: str, event: str, entry: str | None = None) -> Durations:
    """Read durations that end in one kind of event or are censored.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a person, or a stretch of a person's time.
    duration : str
        Column of times at which observation ended.
    event : str
        Column of 0 and 1, or of truth values.
    entry : str, optional
        Column of times at which observation began; from the start of the clock where there is none.

    Returns
    -------
    Durations
        The arrays.

    Raises
    ------
    DataError
        If a column is missing, a value is missing or negative, the event is not of 0 and 1, or a row ends at or
        before its entry.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"months": [3, 8], "recorded": [1, 0]})
    >>> read_durations(frame, duration="months", event="recorded").event.tolist()
    [True, False]
    """
    entered, stop = read_times(frame, duration=duration, entry=entry, also=[event])
    happened = read_numbers(frame, event)
    other = ~np.isin(happened, (0, 1))
    refuse_cells(frame[event], other, "must hold 0 (censored) and 1 (event) only", name=event)
    return Durations(entered, stop, happened == 1)


def read_times(
    frame: pd.DataFrame, *, duration: str, entry: str | None = None, also: Iterable[str] = ()
) -> tuple[Floats, Floats]:
    """Read when observation began and ended.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    duration : str
        Column of times at which observation ended.
    entry : str, optional
        Column of times at which it began.
    also : iterable of str
        Other columns that must be there and complete.

    Returns
    -------
    tuple of numpy.ndarray
        Entry and end, shape (rows,) each.

    Raises
    ------
    DataError
        If a column or a value is missing, a time is negative, or a row ends at or before its entry.

    Examples
    --------
    >>> import pandas as pd
    >>> read_times(pd.DataFrame({"months": [3, 8]}), duration="months")[1].tolist()
    [3.0, 8.0]
    """
    is_frame("frame", frame)
    used = [duration, *also] + ([] if entry is None else [entry])
    has_columns("frame", frame, used)
    refuse_missing(frame, used)
    stop = _read_clock(frame, duration)
    if entry is None:
        return np.full(len(stop), -np.inf), join_near_times(stop)
    began, stop = np.split(join_near_times(np.concatenate([_read_clock(frame, entry), stop])), 2)
    wrong = (np.flatnonzero(stop <= began) + 1).tolist()
    if wrong:
        raise CellError(
            f"{len(wrong):,} rows end at or before their entry (rows {row_words(wrong)} of {duration!r} and {entry!r});"
            " an end must lie above its entry: correct the dates, or drop rows never under observation",
            column=duration,
            rows=wrong,
        )
    return began, stop


def join_near_times(times: Floats) -> Floats:
    """Make times equal that differ by the rounding of arithmetic alone, as 0.1 + 0.2 and 0.3 do.

    Whether two events are tied, and whether an entry falls on an event, hangs on equality.

    Parameters
    ----------
    times : numpy.ndarray
        Shape (rows,).

    Returns
    -------
    numpy.ndarray
        Each time replaced by the earliest of those that follow one another within a share of 1.5e-8, shape (rows,).

    Examples
    --------
    >>> join_near_times(np.array([0.1 + 0.2, 0.3])).tolist()
    [0.3, 0.3]
    """
    different, place = np.unique(times, return_inverse=True)
    apart = np.diff(different) > _NEAR * np.abs(different[1:])
    first = different[np.concatenate([[True], apart])]
    return np.asarray(first[np.concatenate([[0], np.cumsum(apart)])[place]], dtype=float)


def refuse_repeats(frame: pd.DataFrame, rows: Durations, person: str, *, merge: bool = False) -> Groups:
    """Refuse stretches of one person that overlap, which would count that time, or that person, twice.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    rows : Durations
        When each row was observed.
    person : str
        Column that names the person.
    merge : bool
        Take spellings of one name for one.

    Returns
    -------
    Groups
        Who the rows are of.

    Raises
    ------
    DataError
        If a name is missing, names differ in their spelling alone, or a person is under observation twice at one time.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = Durations(np.full(2, -np.inf), np.array([3.0, 4.0]), np.array([True, False]))
    >>> refuse_repeats(pd.DataFrame({"who": ["a", "b"]}), rows, "who").names
    ('a', 'b')
    """
    persons = read_units(frame, person, merge=merge)
    order = np.lexsort((rows.entry, persons.codes))
    same = persons.codes[order][1:] == persons.codes[order][:-1]
    early = same & (rows.entry[order][1:] < rows.stop[order][:-1])
    wrong = sorted((order[1:][early] + 1).tolist())
    if wrong:
        raise CellError(
            f"{len(wrong):,} rows begin while another row of the same person in {person!r} is still under observation "
            f"(rows {row_words(wrong)}); they must not overlap: keep one row a person, or cut the time with "
            "counting_process",
            column=person,
            rows=wrong,
        )
    return persons


def _read_clock(frame: pd.DataFrame, name: str) -> Floats:
    """Read times that count from 0."""
    times = read_numbers(frame, name)
    refuse_cells(frame[name], times < 0, "must be times of at least 0", name=name)
    return times


def read_weights(frame: pd.DataFrame, name: str) -> Floats:
    """Return survey weights.

    Parameters
    ----------
    frame : pandas.DataFrame
        The data.
    name : str
        The column.

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Raises
    ------
    DataError
        If the column is missing, holds missing values or one that is not above 0.

    Examples
    --------
    >>> import pandas as pd
    >>> read_weights(pd.DataFrame({"w": [1, 3]}), "w").tolist()
    [1.0, 3.0]
    """
    has_columns("frame", frame, [name])
    refuse_missing(frame, [name])
    values = read_numbers(frame, name)
    refuse_cells(frame[name], values <= 0, "must be weights above 0: leave out rows that count nothing", name=name)
    return values
