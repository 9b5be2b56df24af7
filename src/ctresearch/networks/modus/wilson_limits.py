"""Wilson's limits of proportions, for tables of shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

if TYPE_CHECKING:
    from numpy.typing import NDArray


def wilson(share: NDArray[np.float64], n: int, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return Wilson's limits [1]_.

    Parameters
    ----------
    share : numpy.ndarray
        Proportions, shape (rows,).
    n : int
        Cases that each rests on.
    level : float
        Coverage.

    Returns
    -------
    tuple of numpy.ndarray
        Lower and upper limits, shape (rows,); inside 0 and 1.

    References
    ----------
    .. [1] Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
       American Statistical Association 22, 209-212. https://doi.org/10.1080/01621459.1927.10502953

    Examples
    --------
    >>> [limit.round(3).tolist() for limit in wilson(np.array([0.0, 0.5]), 10, 0.95)]
    [[0.0, 0.237], [0.278, 0.763]]
    """
    z = float(ndtri((1 + level) / 2))
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(middle - reach, 0.0), np.minimum(middle + reach, 1.0)
