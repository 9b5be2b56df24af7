"""The tables of a result of staggered adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.result import reach
from ctresearch.policy.adoption.multiplier import cluster_influence

if TYPE_CHECKING:
    from ctresearch.policy.adoption.adoption_limits import Limits
    from ctresearch.policy.adoption.estimated_cells import Estimated
    from ctresearch.policy.adoption.summaries import Kind, Summaries
    from ctresearch.policy.adoption.two_periods import Floats

_OVERALL = ("simple", "dynamic", "group", "calendar")


def adoption_tables(estimated: Estimated, found: Summaries, limits: Limits, *, level: float, n: int) -> dict[str, Any]:
    """Write what was found as the tables of a result.

    Parameters
    ----------
    estimated : Estimated
        Effects by cohort and time.
    found : Summaries
        Averages.
    limits : Limits
        Their limits.
    level : float
        Coverage of the limits of effects by cohort and time.
    n : int
        Units over which influence averages.

    Returns
    -------
    dict
        Field to table.
    """
    events = np.flatnonzero(found.of("event"))
    events = events[np.argsort(found.place[events], kind="stable")]
    since = pd.Index(found.place[events], name="since")
    spread = pd.DataFrame(limits.covariance[np.ix_(events, events)], index=since, columns=[f"{one:g}" for one in since])
    return {
        "estimates": _overall(found, limits),
        "event_study": _at(found, limits, events, "event", "since"),
        "by_cohort": _at(found, limits, np.flatnonzero(found.of("cohort")), "cohort", "cohort"),
        "by_time": _at(found, limits, np.flatnonzero(found.of("time")), "time", "time"),
        "group_time": _group_time(estimated, limits, level, n),
        "covariance": spread.reset_index(),
    }


def _overall(found: Summaries, limits: Limits) -> pd.DataFrame:
    """Write the averages over all."""
    rows = [int(np.flatnonzero(found.kind == one)[0]) for one in _OVERALL if (found.kind == one).any()]
    frame = _columns(found, limits, np.array(rows))
    frame.index = pd.Index(found.kind[rows].tolist(), name="term", dtype="str")
    return frame


def _columns(found: Summaries, limits: Limits, rows: np.ndarray) -> pd.DataFrame:
    """Write estimates and limits."""
    columns = {
        "estimate": found.effect[rows],
        "std_error": limits.error[rows],
        "ci_low": limits.low[rows],
        "ci_high": limits.high[rows],
    }
    return pd.DataFrame(columns).assign(unit="")


def _at(found: Summaries, limits: Limits, rows: np.ndarray, kind: Kind, name: str) -> pd.DataFrame:
    """Write the averages at one place, with their band."""
    frame = _columns(found, limits, rows)
    away = limits.critical.get(kind, float("nan")) * limits.error[rows]
    behind = (found.part[:, rows] > 0).sum(axis=0)
    frame = frame.assign(band_low=frame["estimate"] - away, band_high=frame["estimate"] + away, units=behind)
    frame.insert(0, name, found.place[rows])
    return frame


def _group_time(estimated: Estimated, limits: Limits, level: float, n: int) -> pd.DataFrame:
    """Write effects by cohort and time; limits only where influence functions make them."""
    cells = estimated.cells
    if cells is None:
        columns = ["cohort", "time", "estimate", "std_error", "ci_low", "ci_high", "unit", "units", "compared"]
        return pd.DataFrame(columns=columns)
    error: Floats = np.full(len(cells.effect), np.nan)
    if limits.inference == "analytic":
        error = np.sqrt((cluster_influence(cells.influence, cells.clusters) ** 2).sum(axis=0)) / n
        error = np.where(error > 0, error, np.nan)
    away = float(reach(level, np.inf)) * error
    return pd.DataFrame(
        {
            "cohort": cells.cohort,
            "time": cells.time,
            "estimate": cells.effect,
            "std_error": error,
            "ci_low": cells.effect - away,
            "ci_high": cells.effect + away,
            "unit": "",
            "units": cells.treated,
            "compared": cells.compared,
        }
    )
