"""Limits of a share of people."""

from __future__ import annotations

import numpy as np


def wilson_limits(part: int, whole: int, level: float) -> tuple[float, float]:
    """Return Wilson's limits of a share, the inverse of the score test [1]_.

    Parameters
    ----------
    part, whole : int
        How many of how many.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of float
        Low and high; NaN where there is nobody.

    References
    ----------
    .. [1] Brown, L. D., Cai, T. T. and DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical
       Science 16, 101-133. https://doi.org/10.1214/ss/1009213286

    Examples
    --------
    >>> [round(limit, 4) for limit in wilson_limits(4, 80, 0.95)]
    [0.0196, 0.1216]
    """
    from scipy.special import ndtri

    if not whole:
        return float("nan"), float("nan")
    z = float(ndtri(0.5 + level / 2))
    share, spread = part / whole, z * z / whole
    middle = (share + spread / 2) / (1 + spread)
    reach = z * float(np.sqrt(share * (1 - share) / whole + spread / (4 * whole))) / (1 + spread)
    return max(middle - reach, 0.0), min(middle + reach, 1.0)
