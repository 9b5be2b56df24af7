"""Log-normal limits of a population size: the number never seen is positive, and its logarithm about normal.

References
----------
.. [1] Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability.
   Biometrics 43, 783-791. https://doi.org/10.2307/2531532
"""

from __future__ import annotations

import numpy as np


def lognormal_limits(seen: float, unseen: float, std_error: float, level: float) -> tuple[float, float]:
    """Return limits that lie above the number of people seen.

    Parameters
    ----------
    seen : float
        People on at least one list.
    unseen : float
        Estimate of the people on none.
    std_error : float
        Its standard error.
    level : float
        Coverage as a proportion.

    Returns
    -------
    tuple of float
        Lower and upper limit of the population; both ``seen`` where nobody is unseen and that is certain, NaN where
        it is not.

    Examples
    --------
    >>> low, high = lognormal_limits(100, 50, 20, 0.95)
    >>> round(low, 1), round(high, 1)
    (123.5, 206.4)
    """
    from scipy.special import ndtri

    if unseen <= 0:
        edge = seen if std_error == 0 else float("nan")
        return edge, edge
    ratio = float(np.exp(ndtri((1 + level) / 2) * np.sqrt(np.log1p((std_error / unseen) ** 2))))
    return seen + unseen / ratio, seen + unseen * ratio
