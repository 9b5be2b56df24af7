"""How long people wait for a stage: the median with its limits, and curves at even times."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd

from ctresearch.core.validate import in_range, whole_number
from ctresearch.programmes.referral.cascade_table import REACHED

_SHOWN = ["share", "ci_low", "ci_high"]
# lets the last even time be the horizon itself, which a sum of steps may miss by rounding
_NEXT = 1e-9


def median_wait(curve: pd.DataFrame) -> tuple[float, float, float]:
    """Return the time by which half of all at a stage had come on to the next, with limits.

    Parameters
    ----------
    curve : pandas.DataFrame
        From :func:`ctresearch.programmes.referral.cascade_curves.waiting_curves`.

    Returns
    -------
    tuple of float
        Median and limits, by where the curve and its limits reach one half [1]_; missing where they do not. Those who
        left or refused count among those who did not come on, so where fewer than half ever do there is no median.

    References
    ----------
    .. [1] Brookmeyer, R. and Crowley, J. (1982). A confidence interval for the median survival time. Biometrics 38,
       29-41.

    Examples
    --------
    >>> curve = pd.DataFrame({
    ...     "outcome": "reached", "time": [2.0, 5.0, 9.0], "share": [0.3, 0.5, 0.7], "ci_low": [0.1, 0.3, 0.5],
    ...     "ci_high": [0.5, 0.7, 0.9],
    ... })
    >>> median_wait(curve)
    (5.0, 2.0, 9.0)
    """
    rows = curve[curve["outcome"] == REACHED]
    half, early, late = (
        _first(rows["time"][rows[name].to_numpy(dtype=float) >= 0.5]) for name in ("share", "ci_high", "ci_low")
    )
    return half, early, late


def at_even_times(
    curve: pd.DataFrame, steps: pd.DataFrame, every: float, horizon: float, least: int = 1
) -> pd.DataFrame:
    """Read curves at even times, since their own steps are single people's.

    Parameters
    ----------
    curve : pandas.DataFrame
        One row a ``group``, ``stage``, ``outcome`` and ``time``, with ``events``, ``share`` and limits.
    steps : pandas.DataFrame
        One row a ``group`` and ``stage``: ``followed``, the time up to which shares are known.
    every, horizon : float
        Distance of the times, and the last of them.
    least : int
        Smallest number of people, above 0, behind a share that is given.

    Returns
    -------
    pandas.DataFrame
        ``group``, ``stage``, ``outcome``, ``time``, ``share`` and limits; missing beyond what was followed and where
        fewer than ``least`` people are behind it.

    Raises
    ------
    SpecificationError
        If a time is not above 0, or ``least`` not at least 1.

    Examples
    --------
    >>> step = {"group": "all", "stage": "referred", "outcome": "reached", "time": 3.0, "events": 1}
    >>> curve = pd.DataFrame([step | {"share": 0.5, "ci_low": 0.2, "ci_high": 0.8}])
    >>> steps = pd.DataFrame({"group": ["all"], "stage": ["referred"], "followed": [4.0]})
    >>> at_even_times(curve, steps, 2, 6)["share"].tolist()
    [0.0, 0.0, 0.5, nan]
    """
    in_range("every", every, 0, open_ends=True)
    in_range("horizon", horizon, 0, open_ends=True)
    whole_number("least", least, low=1)
    times = np.arange(0, horizon + _NEXT, every)
    known = dict(zip(zip(steps["group"], steps["stage"], strict=True), steps["followed"].astype(float), strict=True))
    parts = []
    for key, rows in curve.groupby(["group", "stage", "outcome"], sort=False):
        group, stage, outcome = cast("tuple[str, str, str]", key)
        place = np.searchsorted(rows["time"].to_numpy(), times, side="right")
        table = np.vstack([[0.0, np.nan, np.nan], rows[_SHOWN].to_numpy(dtype=float)])[place]
        events = np.concatenate([[0], rows["events"].cumsum().to_numpy()])[place]
        table[(times > known[group, stage]) | ((events > 0) & (events < least))] = np.nan
        part = pd.DataFrame(table, columns=_SHOWN)
        part.insert(0, "time", times)
        parts.append(part.assign(group=group, stage=stage, outcome=outcome))
    return pd.concat(parts, ignore_index=True)[["group", "stage", "outcome", "time", *_SHOWN]]


def _first(times: pd.Series[float]) -> float:
    """Return the first of some times."""
    return float(times.min()) if len(times) else float("nan")
