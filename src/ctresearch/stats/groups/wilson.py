"""Wilson's limits of a share of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def wilson_limits(share: ArrayLike, n: ArrayLike, level: float) -> tuple[Any, Any]:
    """Return Wilson's limits of proportions, the inverse of the score test [1]_ [2]_.

    Parameters
    ----------
    share : array-like
        Proportions; a number or shape (rows,).
    n : array-like
        How many each rests on.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple
        Lower and upper limits inside 0 and 1, each of the shape of what was given; NaN where there is nobody.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212. https://doi.org/10.1080/01621459.1927.10502953
    .. [2] Brown, L. D., Cai, T. T. and DasGupta, A. (2001). Interval estimation for a binomial proportion. Statistical
       Science 16, 101-133. https://doi.org/10.1214/ss/1009213286

    Examples
    --------
    >>> [round(limit, 4) for limit in wilson_limits(0.05, 80, 0.95)]
    [0.0196, 0.1216]
    >>> [limit.round(3).tolist() for limit in wilson_limits(np.array([0.0, 0.5]), 10, 0.95)]
    [[0.0, 0.237], [0.278, 0.763]]
    """
    z = float(ndtri((1 + level) / 2))
    p, size = np.asarray(share, dtype=float), np.asarray(n, dtype=float)
    size = np.where(size > 0, size, np.nan)
    middle = (p + z**2 / (2 * size)) / (1 + z**2 / size)
    reach = z / (1 + z**2 / size) * np.sqrt(p * (1 - p) / size + z**2 / (4 * size**2))
    low, high = np.maximum(middle - reach, 0.0), np.minimum(middle + reach, 1.0)
    return (low, high) if low.ndim else (float(low), float(high))
