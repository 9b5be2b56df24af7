"""Trim and fill: how many studies a funnel would need on one side to be even."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.stats.pooling.random_effects import pooled_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.stats.pooling.random_effects import Between

    Floats = NDArray[np.float64]

Missing = Literal["L0", "R0", "Q0"]
Side = Literal["left", "right"]
_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Filled:
    """Studies with those filled in at the end.

    Parameters
    ----------
    missing : int
        How many were filled in.
    std_error : float
        Standard error of that number.
    y, v : numpy.ndarray
        Estimates and variances, shape (studies + missing,).
    """

    missing: int
    std_error: float
    y: Floats
    v: Floats


def trim_and_fill(y: Floats, v: Floats, method: Between, estimator: Missing, side: Side) -> Filled:
    """Trim the far side until the funnel is even, and fill in what is then missing.

    Parameters
    ----------
    y, v : numpy.ndarray
        Estimates and their variances, shape (studies,).
    method : {"reml", "ml", "dl", "pm", "fixed"}
        How the centre is found.
    estimator : {"L0", "R0", "Q0"}
        How the number missing is estimated.
    side : {"left", "right"}
        Where studies are missing.

    Returns
    -------
    Filled
        The even funnel.

    References
    ----------
    .. [1] Duval, S. and Tweedie, R. (2000). Trim and fill: a simple funnel-plot-based method of testing and adjusting
       for publication bias in meta-analysis. Biometrics 56, 455-463. https://doi.org/10.1111/j.0006-341X.2000.00455.x

    Examples
    --------
    >>> trim_and_fill(np.array([0.0, 0.1, -0.1]), np.full(3, 0.1), "fixed", "L0", "left").missing
    0
    """
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * y, kind="stable")
    one, var, n = sign * y[order], v[order], len(y)
    missing, error = 0, np.nan
    for _ in range(_ROUNDS):
        centre = pooled_mean(one[: n - missing], var[: n - missing], method).mean
        before = missing
        missing, error = _count(one - centre, estimator)
        missing = min(missing, n - 2)
        if missing == before:
            break
    mirrored = 2 * centre - one[n - missing :]
    return Filled(missing, error, np.append(y, sign * mirrored), np.append(v, var[n - missing :]))


def _count(apart: Floats, estimator: Missing) -> tuple[int, float]:
    """Estimate the number missing from distances to the centre, and its standard error."""
    n = len(apart)
    rank = np.empty(n)
    rank[np.argsort(np.abs(apart), kind="stable")] = np.arange(1, n + 1)
    if estimator == "R0":
        below = rank[apart < 0]
        found = n - (float(below.max()) if len(below) else 0.0) - 1
        return max(0, round(found)), float(np.sqrt(2 * max(0.0, found) + 2))
    above = float(rank[apart > 0].sum())
    if estimator == "L0":
        found = (4 * above - n * (n + 1)) / (2 * n - 1)
        return max(0, round(found)), float(4 * np.sqrt(_spread(n, found)) / (2 * n - 1))
    inside = 2 * n**2 - 4 * above + 0.25
    found = n - 0.5 - np.sqrt(max(inside, 0.0))
    lower = (n - 0.5) ** 2 - found * (2 * n - found - 1)
    return max(0, round(found)), float(2 * np.sqrt(_spread(n, found)) / np.sqrt(max(lower, 1e-300)))


def _spread(n: int, missing: float) -> float:
    """Return the variance of the sum of ranks."""
    value = n * (n + 1) * (2 * n + 1) + 10 * missing**3 + 27 * missing**2 + 17 * missing
    value += -18 * n * missing**2 - 18 * n * missing + 6 * n**2 * missing
    return max(value / 24, 0.0)
