"""Limits that rest on few degrees of freedom: how far they reach, and how many stand behind limits that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# A ratio of reach to error this near to the normal one comes of rounding, not of degrees of freedom: 1e-9 stands for
# more than a billion of them.
_NORMAL = 1e-9


def reach(level: float, df: Any) -> Floats:
    """Return how many standard errors limits lie from an estimate.

    Parameters
    ----------
    level : float
        Coverage, as a proportion.
    df : float or numpy.ndarray
        Degrees of freedom of Student's t; infinity for the normal distribution.

    Returns
    -------
    numpy.ndarray
        Of the shape of ``df``.

    Examples
    --------
    >>> reach(0.95, [5.0, np.inf]).round(3).tolist()
    [2.571, 1.96]
    """
    from scipy.special import ndtri, stdtrit

    free = np.asarray(df, dtype=float)
    share = (1 + level) / 2
    found = np.where(np.isinf(free), ndtri(share), stdtrit(np.where(np.isinf(free), 1.0, free), share))
    return np.asarray(found, dtype=np.float64)


def freedom(ratio: Any, level: float) -> Floats:
    """Return the degrees of freedom behind limits.

    Parameters
    ----------
    ratio : float or numpy.ndarray
        How many standard errors the limits lie from the estimate.
    level : float
        Their coverage, as a proportion.

    Returns
    -------
    numpy.ndarray
        Infinity for normal limits, and NaN where there are no limits.

    Examples
    --------
    >>> freedom(reach(0.95, [5.0, np.inf]), 0.95).round(6).tolist()
    [5.0, inf]
    """
    from scipy.special import ndtri, stdtridf

    far = np.asarray(ratio, dtype=float)
    share = (1 + level) / 2
    normal = far <= ndtri(share) * (1 + _NORMAL)
    found = np.where(normal, np.inf, stdtridf(share, np.where(normal | np.isnan(far), 5.0, far)) + 0 * far)
    return np.asarray(found, dtype=np.float64)
