"""The population that a likelihood over a grid leaves open, where how people differ is one point of the grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class OpenSize:
    """What is fitted to a table: ``population`` at the smallest ``deviance``, and which are not ruled out.

    ``low`` and ``high`` are the smallest and largest of these; ``high`` is infinite where nothing bounds it.
    """

    population: float
    low: float
    high: float
    deviance: float


@dataclass(frozen=True, slots=True)
class Points:
    """At each point of a grid, shape (G,): deviance, people on no list, and the variance of the log of these.

    A deviance is infinite where there is no fit.
    """

    deviance: Array
    unseen: Array
    variance: Array


def limits_over(seen: float, points: Points, level: float, *, last: int | None = None) -> OpenSize:
    """Work out limits of the population by a likelihood ratio with one degree of freedom.

    Parameters
    ----------
    seen : float
        People on the lists.
    points : Points
        Fits, one a point of the grid.
    level : float
        Coverage, as a proportion.
    last : int, optional
        Where the grid ends: unless that point has a fit and is ruled out, nothing bounds the population from above.

    Returns
    -------
    OpenSize
        At each point limits of the number on no list are log-normal, and use up what the point has left of the ratio.

    Examples
    --------
    >>> one = Points(np.array([3.0, 9.0]), np.array([50.0, 90.0]), np.array([0.01, 0.01]))
    >>> limits_over(100.0, one, 0.95).population, limits_over(100.0, one, 0.95, last=0).high
    (150.0, inf)
    """
    from scipy.special import gammaincinv

    if not np.isfinite(points.deviance).any():
        return OpenSize(np.nan, np.nan, np.inf, np.inf)
    width = np.sqrt(np.log1p(1 / points.unseen + points.variance))
    room = 2 * float(gammaincinv(0.5, level)) - (points.deviance - points.deviance.min())
    reach = np.where(room >= 0, np.sqrt(np.maximum(room, 0.0)) * width, np.nan)
    bounded, best = last is None or -np.inf < room[last] < 0, int(points.deviance.argmin())
    return OpenSize(
        seen + float(points.unseen[best]),
        seen + float(np.nanmin(points.unseen * np.exp(-reach))),
        seen + float(np.nanmax(points.unseen * np.exp(reach))) if bounded else np.inf,
        float(points.deviance[best]),
    )
