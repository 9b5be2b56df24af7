"""Mean time without the event up to a horizon: the area under the survival curve.

References
----------
.. [1] Royston, P. and Parmar, M. K. B. (2013). Restricted mean survival time: an alternative to the hazard ratio for
   the design and analysis of randomized trials with a time-to-event outcome. BMC Medical Research Methodology 13, 152.
   https://doi.org/10.1186/1471-2288-13-152
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Floats
    from ctresearch.consequences.durations.life_table import LifeTable


def restricted_mean(table: LifeTable, horizon: float) -> tuple[float, float]:
    """Return the area under a survival curve from 0 to a horizon, and its standard error.

    Parameters
    ----------
    table : LifeTable
        The curve.
    horizon : float
        Where the area ends; at most the last time of the table, unless the curve has come down to 0.

    Returns
    -------
    tuple of float
        Mean and standard error, in the unit of time.

    Examples
    --------
    >>> from ctresearch.consequences.durations.durations import Durations
    >>> from ctresearch.consequences.durations.life_table import life_table
    >>> rows = Durations(np.full(2, -np.inf), np.array([1.0, 3.0]), np.array([True, True]))
    >>> mean, std_error = restricted_mean(life_table(rows), 3.0)
    >>> mean, round(std_error, 4)
    (2.0, 0.7071)
    """
    inside = table.times < horizon
    times, survival = table.times[inside], table.survival[inside]
    widths = np.diff(np.concatenate([[0.0], times, [horizon]]))
    pieces = widths * np.concatenate([[1.0], survival])
    after = np.cumsum(pieces[::-1])[::-1][1:]
    return float(pieces.sum()), float(np.sqrt(_variance(table, inside, after)))


def _variance(table: LifeTable, inside: np.ndarray[tuple[int], np.dtype[np.bool_]], after: Floats) -> float:
    """Weigh the steps of Greenwood's sum by the squared area to their right; no area is left after the last one."""
    risk, events = table.at_risk[inside].astype(float), table.events[inside].astype(float)
    left = risk - events
    counts = (events > 0) & (left > 0)
    return float((after[counts] ** 2 * events[counts] / (risk[counts] * left[counts])).sum())
