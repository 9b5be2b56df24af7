"""Shares of people who come to a stage, refuse it or leave, by the time waited."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.consequences.competing_ends.aalen_johansen import aalen_johansen
from ctresearch.consequences.durations.life_table import life_table, log_log_limits

if TYPE_CHECKING:
    from ctresearch.consequences.competing_ends.aalen_johansen import Incidence
    from ctresearch.consequences.durations.competing import CompetingDurations
    from ctresearch.programmes.groups.grouped_rows import Row

# a share of 1 but for rounding has no log-log, and so no limits
_ROUNDING = 1e-9
COLUMNS = ("outcome", "time", "at_risk", "events", "share", "std_error", "ci_low", "ci_high")


def waiting_curves(data: CompetingDurations, level: float) -> pd.DataFrame:
    """Return the cumulative incidence of each way in which waiting ends.

    Parameters
    ----------
    data : CompetingDurations
        Waiting times.
    level : float
        Coverage of the limits, as a proportion.

    Returns
    -------
    pandas.DataFrame
        One row an outcome and time at which any wait ended; empty if none did.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 2.0]), np.ones(2, bool))
    >>> from ctresearch.consequences.durations.competing import CompetingDurations
    >>> waiting_curves(CompetingDurations(rows, np.array([1, 2]), ("left", "reached")), 0.95)["share"].tolist()
    [0.5, 0.5, 0.0, 0.5]
    """
    parts = [_curve(aalen_johansen(data, i + 1), level).assign(outcome=cause) for i, cause in enumerate(data.causes)]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in COLUMNS})
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]


def share_at(curves: pd.DataFrame, outcome: str, time: float) -> Row:
    """Return the share with an outcome just after a time.

    Parameters
    ----------
    curves : pandas.DataFrame
        From :func:`waiting_curves`.
    outcome : str
        Which.
    time : float
        When.

    Returns
    -------
    tuple of float
        Share, standard error and limits; a share of 0 without limits before the first.

    Examples
    --------
    >>> share_at(pd.DataFrame({"outcome": ["left"], "time": [3.0]}), "left", 1.0)[0]
    0.0
    """
    past = curves[(curves["outcome"] == outcome) & (curves["time"] <= time)]
    if past.empty:
        return 0.0, float("nan"), float("nan"), float("nan")
    last = past.iloc[-1]
    return float(last["share"]), float(last["std_error"]), float(last["ci_low"]), float(last["ci_high"])


def followed_to(data: CompetingDurations) -> float:
    """Return the time up to which shares are known.

    Parameters
    ----------
    data : CompetingDurations
        Waiting times.

    Returns
    -------
    float
        The longest wait seen; infinite if nobody is left waiting there.

    Examples
    --------
    >>> from ctresearch.consequences.durations.competing import CompetingDurations
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> rows = Durations(np.zeros(1), np.array([3.0]), np.zeros(1, bool))
    >>> followed_to(CompetingDurations(rows, np.zeros(1, int), ()))
    3.0
    """
    table = life_table(data.rows)
    return float("inf") if table.survival[-1] == 0 else float(table.times[-1])


def _curve(found: Incidence, level: float) -> pd.DataFrame:
    """Write a curve as a table, with limits from the log-log scale; none where the share is 0 or 1."""
    error = np.sqrt(found.variance)
    inside = (found.share > 0) & (found.share < 1 - _ROUNDING)
    safe = np.where(inside, found.share, 0.5)
    low, high = log_log_limits(safe, (error / safe) ** 2, level)
    return pd.DataFrame(
        {
            "time": found.times,
            "at_risk": found.at_risk,
            "events": found.events,
            "share": found.share,
            "std_error": error,
            "ci_low": np.where(inside, low, np.nan),
            "ci_high": np.where(inside, high, np.nan),
        }
    )
