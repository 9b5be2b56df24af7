"""Dated entries on lists, turned into what a model of referral needs: entries and time at risk, by lists already on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cells import refuse_cells, shown
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.validate import has_columns, is_frame
from ctresearch.prevalence.lists.table_input import read_appearances

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.core.check import Check
    from ctresearch.prevalence.lists.cells import Array

MOST_LISTS = 6


@dataclass(frozen=True, slots=True)
class DatedEntries:
    """When each person came onto each list.

    ``times`` (people, lists) from 0, the start of the window, to 1, its end, infinite where a person is not on a list;
    ``order`` (lists,) says which list comes first where times are equal, ``None`` that neither does; ``frame`` are the
    rows that were read.
    """

    times: Array
    lists: tuple[str, ...]
    order: Array | None
    frame: pd.DataFrame
    checks: tuple[Check, ...]

    @property
    def patterns(self) -> Array:
        """Lists of each person at the end of the window, shape (people,)."""
        bits = np.int64(1) << np.arange(len(self.lists))
        return np.asarray(np.isfinite(self.times) @ bits)


@dataclass(frozen=True, slots=True)
class Exposure:
    """Entries and time at risk of the people seen.

    ``entries`` (pieces, 2 ** lists, lists) onto each list by lists already on; ``time`` (pieces, 2 ** lists) spent by
    people on exactly these lists; ``lengths`` (pieces,) of the window, which add up to 1.
    """

    entries: Array
    time: Array
    lengths: Array
    people: int


def read_entries(
    frame: Any, columns: tuple[str, str, str], window: tuple[Any, Any], ties: str | Sequence[str]
) -> DatedEntries:
    """Read a table with one row an entry; a person's first entry on a list counts.

    Parameters
    ----------
    frame : pandas.DataFrame
        The entries.
    columns : tuple of str
        Person, source and date.
    window : tuple
        First and last day, or first and last time where dates are numbers.
    ties : str or sequence of str
        ``"refuse"``, ``"together"``, or lists in the order in which entries of one day are taken.

    Returns
    -------
    DatedEntries
        The entries.

    Raises
    ------
    DataError
        If the table cannot be used; the message says why.

    Examples
    --------
    >>> frame = pd.DataFrame({"who": [1, 1, 2], "by": ["ngo", "police", "police"], "when": [2.0, 6.0, 4.0]})
    >>> read_entries(frame, ("who", "by", "when"), (0, 10), "refuse").times.tolist()
    [[0.2, 0.6], [inf, 0.4]]
    """
    person, source, date = columns
    has_columns("the table of entries", is_frame("the table of entries", frame), columns)
    read = read_appearances(frame, person, source)
    if len(read.lists) > MOST_LISTS:
        raise DataError(f"the table has {len(read.lists)} lists, must have at most {MOST_LISTS}: merge the smallest")
    when = _within(frame[date], window)
    times = np.full((int(read.person.max()) + 1, len(read.lists)), np.inf)
    np.minimum.at(times, (read.person, read.source), when)
    order = _order(times, read.lists, ties)
    rows = pd.DataFrame({"person": read.person, "source": read.source, "time": when})
    return DatedEntries(times, read.lists, order, rows, read.checks)


def exposure_of(entries: DatedEntries, pieces: int) -> Exposure:
    """Count entries and time at risk by piece of the window and lists already on.

    Parameters
    ----------
    entries : DatedEntries
        When people came onto lists.
    pieces : int
        Equal pieces of the window.

    Returns
    -------
    Exposure
        Entries and person-time.

    Examples
    --------
    >>> frame = pd.DataFrame({"who": [1, 1, 2], "by": ["ngo", "police", "police"], "when": [2.0, 6.0, 4.0]})
    >>> found = exposure_of(read_entries(frame, ("who", "by", "when"), (0, 10), "refuse"), 1)
    >>> found.time.round(3).tolist(), found.entries[0, 1].tolist()
    ([[0.6, 0.4, 0.6, 0.4]], [0.0, 1.0])
    """
    times, (people, lists) = entries.times, entries.times.shape
    bits = np.int64(1) << np.arange(lists)
    earlier = times[:, :, None] < times[:, None, :]
    if entries.order is not None:
        same = (times[:, :, None] == times[:, None, :]) & (entries.order[:, None] < entries.order[None, :])
        earlier |= same & np.isfinite(times)[:, None, :]
    before = np.einsum("ikj,k->ij", earlier.astype(np.int64), bits)
    edges = np.linspace(0.0, 1.0, pieces + 1)
    who, where = np.nonzero(np.isfinite(times))
    piece = np.minimum((times[who, where] * pieces).astype(np.int64), pieces - 1)
    counted = np.zeros((pieces, 1 << lists, lists))
    np.add.at(counted, (piece, before[who, where], where), 1.0)
    steps = np.minimum(np.sort(times, axis=1), 1.0)
    steps = np.concatenate([np.zeros((people, 1)), steps, np.ones((people, 1))], axis=1)
    history = np.zeros(people, dtype=np.int64)
    ranked = np.argsort(times, axis=1, kind="stable")
    spent = np.zeros((pieces, 1 << lists))
    for step in range(lists + 1):
        for one in range(pieces):
            overlap = np.minimum(steps[:, step + 1], edges[one + 1]) - np.maximum(steps[:, step], edges[one])
            np.add.at(spent[one], history, np.maximum(overlap, 0.0))
        if step < lists:
            came = ranked[:, step]
            history |= np.where(np.isfinite(times[np.arange(people), came]), bits[came], 0)
    return Exposure(counted, spent, np.diff(edges), people)


def _within(column: pd.Series[Any], window: tuple[Any, Any]) -> Array:
    """Return the times of a column as shares of the window; a day counts as its middle."""
    gone = column.isna()
    refuse_cells(column, gone, "must hold the day of every entry; those without one cannot be used")
    if column.dtype.kind in "iuf":
        values = column.to_numpy(dtype=float, na_value=np.nan)
        start, end = (_number(name, value) for name, value in zip(("start", "end"), window, strict=True))
        half = 0.0
    else:
        dates = pd.to_datetime(column, errors="coerce", format="ISO8601") if column.dtype.kind != "M" else column
        days = (dates.dt.tz_localize(None).dt.normalize() - pd.Timestamp(0)) / pd.Timedelta(days=1)
        values = days.to_numpy(dtype=float)
        start, end = (_day(name, value) for name, value in zip(("start", "end"), window, strict=True))
        end, half = end + 1.0, 0.5
    if not start < end:
        raise SpecificationError(
            f"start == {window[0]!r} is not before end == {window[1]!r}, must be the first and the last day of "
            "the window"
        )
    unread = ~np.isfinite(values)
    refuse_cells(column, unread, "must be dates such as 2024-05-31, or numbers")
    outside = (values + half < start) | (values + half > end)
    must = "must lie in the window from start to end: leave out people who were on a list before it, or widen it"
    refuse_cells(column, outside, must)
    return np.asarray((values + half - start) / (end - start))


def _number(name: str, value: Any) -> float:
    """Return an end of the window as a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise SpecificationError(f"{name} == {shown(value)}, must be a number, as the dates of the table are")
    return float(value)


def _day(name: str, value: Any) -> float:
    """Return an end of the window as a day."""
    try:
        date: Any = pd.NaT if isinstance(value, (int, float, bool)) else pd.Timestamp(value)
    except (ValueError, TypeError):
        date = pd.NaT
    if date is pd.NaT:
        raise SpecificationError(f"{name} == {shown(value)}, must be a date such as '2024-01-01'")
    return float((date.tz_localize(None).normalize() - pd.Timestamp(0)) / pd.Timedelta(days=1))


def _order(times: Array, lists: tuple[str, ...], ties: str | Sequence[str]) -> Array | None:
    """Return the order of lists within one time, or refuse equal times."""
    if ties == "together":
        return None
    if not isinstance(ties, str):
        if sorted(map(str, ties)) != sorted(lists):
            raise SpecificationError(
                f"ties names {len(ties)} lists, must name each of the {len(lists)} of the table once, in the order in "
                "which entries of one day are taken"
            )
        return np.array([[str(one) for one in ties].index(name) for name in lists], dtype=np.int64)
    ranked = np.sort(times, axis=1)
    tied = int(((ranked[:, 1:] == ranked[:, :-1]) & np.isfinite(ranked[:, 1:])).any(axis=1).sum())
    if tied:
        raise DataError(
            f"{tied:,} of {len(times):,} people came onto two lists on one day, which does not tell who referred to "
            "whom: choose ties='together', where neither acts on the other, or name the lists in their order"
        )
    return None
