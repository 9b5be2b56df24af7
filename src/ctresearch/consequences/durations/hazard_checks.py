"""What a hazard model's data allow: events enough for the columns, clusters enough for the errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError, FitError
from ctresearch.core.message import say

if TYPE_CHECKING:
    from ctresearch.consequences.durations.design import Design
    from ctresearch.consequences.durations.durations import Booleans, Floats, Integers

# ten events a coefficient is the usual rule of thumb; sandwich errors are too small with few clusters; with few people
# at risk, the end of one moves the whole curve
_EVENTS_A_COLUMN, _FEW_CLUSTERS, _FEW_AT_RISK = 10, 30, 10
# two times are always a line of two groups, so no copy can be told; correlations of copies differ from 1 by rounding
_ENOUGH_TIMES, _COPY = 3, 1e-10


def require_events(event: Booleans, what: str) -> int:
    """Return the number of events, and refuse data without any.

    Parameters
    ----------
    event : numpy.ndarray
        Whether each row ended in the event, shape (rows,).
    what : str
        The event in words, for the message.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    DataError
        If there is none.

    Examples
    --------
    >>> require_events(np.array([True, False]), "event 'recorded'")
    1
    """
    count = int(event.sum())
    if count == 0:
        raise DataError(
            f"{what} never happens in {len(event):,} rows, must happen at least once: nothing can be said of its hazard"
            " but an upper limit"
        )
    return count


def refuse_perfect(design: Design, stop: Floats, event: Booleans, duration: str) -> None:
    """Refuse columns that hold the answer: a copy of the duration, or two groups of which one has no event.

    Parameters
    ----------
    design : Design
        Columns of the model.
    stop : numpy.ndarray
        When each row ended, shape (rows,).
    event : numpy.ndarray
        Whether it ended in the event, shape (rows,).
    duration : str
        Name of the column of times, for the message.

    Raises
    ------
    FitError
        If a column is a copy of the duration, or no row of one of the two groups of a column ends in the event.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.consequences.durations.design import read_design
    >>> columns = read_design(pd.DataFrame({"housed": [0, 1, 0, 1]}), "housed")
    >>> refuse_perfect(columns, np.arange(1.0, 5.0), np.array([True, True, False, False]), "months")
    """
    for word, column in zip(design.words, design.standard.T, strict=True):
        _refuse_copy(word, column, stop, duration)
        low = column < 0
        if len(np.unique(column)) == 2 and event[low].any() != event[~low].any():
            without = int(low.sum() if event[~low].any() else (~low).sum())
            raise FitError(
                f"the likelihood has no maximum: of the two groups of {word!r}, the one of {without:,} rows has no "
                "event, so its coefficient is infinite; merge it with another group, or leave it out and show each "
                "group by itself"
            )


def _refuse_copy(word: str, column: Floats, times: Floats, name: str) -> None:
    """Refuse a column that is a linear function of the times or of their logarithm."""
    with np.errstate(divide="ignore"):
        forms = [times, np.log(times)]
    for form in forms:
        rows = np.isfinite(form)
        if len(np.unique(form[rows])) < _ENOUGH_TIMES or np.ptp(column[rows]) == 0:
            continue  # two times are matched by two groups of the same rows, which is no copy
        if abs(np.corrcoef(column[rows], form[rows])[0, 1]) > 1 - _COPY:
            raise FitError(
                f"{word!r} is a copy of the duration {name!r} and explains it by itself, must be known before the "
                "outcome: leave it out"
            )


def check_events(count: int, columns: int) -> Check:
    """Say whether there are enough events for the columns of the model.

    Parameters
    ----------
    count : int
        Events.
    columns : int
        Coefficients.

    Returns
    -------
    Check
        A review below ten events a coefficient.

    Examples
    --------
    >>> check_events(25, 3).status
    'review'
    """
    numbers = {"events": count, "coefficients": columns}
    if count < _EVENTS_A_COLUMN * columns:
        said = say(
            "{count:,} events for {columns} coefficients: below {events_a_column} each, estimates are unsteady.",
            count=count,
            columns=columns,
            events_a_column=_EVENTS_A_COLUMN,
        )
        return Check("events", "review", said, numbers)
    return Check(
        "events", "pass", say("{count:,} events for {columns} coefficients.", count=count, columns=columns), numbers
    )


def check_clusters(clusters: Integers | None) -> tuple[Check, ...]:
    """Say whether there are enough clusters for normal limits.

    Parameters
    ----------
    clusters : numpy.ndarray or None
        Cluster of each row from 0.

    Returns
    -------
    tuple of Check
        Empty without clusters.

    Raises
    ------
    DataError
        If all rows are in one.

    Examples
    --------
    >>> check_clusters(np.array([0, 0, 1]))[0].status
    'review'
    """
    if clusters is None:
        return ()
    sizes = np.bincount(clusters)
    numbers = {"clusters": len(sizes), "largest": float(sizes.max())}
    if len(sizes) == 1:
        raise DataError(f"cluster holds 1 group of {sizes[0]:,} rows, must hold at least 2: leave cluster out")
    if len(sizes) < _FEW_CLUSTERS:
        said = say(
            "{sizes} clusters are few: normal limits are too narrow below about {few_clusters}.",
            sizes=len(sizes),
            few_clusters=_FEW_CLUSTERS,
        )
        return (Check("clusters", "review", said, numbers),)
    if sizes.max() == 1:
        said = say("All {sizes:,} clusters hold one row: errors are robust, but nothing is grouped.", sizes=len(sizes))
        return (Check("clusters", "review", said, numbers),)
    return (Check("clusters", "pass", say("Errors are clustered in {sizes:,} groups.", sizes=len(sizes)), numbers),)


def check_entries(fewest: int | None) -> tuple[Check, ...]:
    """Say whether weights through delayed entry hang on few people.

    Parameters
    ----------
    fewest : int or None
        Smallest number at risk at an entry on which a weight hangs; None without any.

    Returns
    -------
    tuple of Check
        Empty without any; a review below 10.

    Examples
    --------
    >>> check_entries(4)[0].status
    'review'
    """
    if fewest is None:
        return ()
    if fewest < _FEW_AT_RISK:
        said = say(
            "Weights for late entry hang on a time at which {fewest} had come in and were still there: start later.",
            fewest=fewest,
        )
        return (Check("late entry", "review", said, {"fewest": fewest}),)
    return (
        Check(
            "late entry",
            "pass",
            say("Weights for late entry hang on {fewest} people or more.", fewest=fewest),
            {"fewest": fewest},
        ),
    )
