"""What a hazard model's data allow: events enough for the columns, clusters enough for the errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from ctresearch.consequences.durations import Booleans, Integers

_EVENTS_A_COLUMN, _FEW_CLUSTERS, _FEW_AT_RISK = 10, 30, 10


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
            f"{what} never happens in {len(event):,} rows, must happen at least once: nothing can be said of its hazard "
            "but an upper limit"
        )
    return count


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
        said = f"{count:,} events for {columns} coefficients: below {_EVENTS_A_COLUMN} each, estimates are unsteady."
        return Check("events", "review", said, numbers)
    return Check("events", "pass", f"{count:,} events for {columns} coefficients.", numbers)


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
        said = f"{len(sizes)} clusters are few: normal limits are too narrow below about {_FEW_CLUSTERS}."
        return (Check("clusters", "review", said, numbers),)
    if sizes.max() == 1:
        said = f"All {len(sizes):,} clusters hold one row: errors are robust, but nothing is grouped."
        return (Check("clusters", "review", said, numbers),)
    return (Check("clusters", "pass", f"Errors are clustered in {len(sizes):,} groups.", numbers),)


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
        said = f"Weights for late entry hang on a time at which {fewest} had come in and were still there: start later."
        return (Check("late entry", "review", said, {"fewest": fewest}),)
    return (
        Check("late entry", "pass", f"Weights for late entry hang on {fewest} people or more.", {"fewest": fewest}),
    )
