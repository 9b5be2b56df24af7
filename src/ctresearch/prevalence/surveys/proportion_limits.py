"""Limits of a proportion from a survey, which stay between 0 and 1.

References
----------
.. [1] Korn, E. L. and Graubard, B. I. (1998). Confidence intervals for proportions with small expected number of
   positive counts estimated from survey data. Survey Methodology 24, 193-201.
"""

from __future__ import annotations

import numpy as np


def proportion_limits(
    kind: str, share: float, std_error: float, *, rows: int, freedom: int, level: float
) -> tuple[float, float]:
    """Return limits of a proportion.

    Parameters
    ----------
    kind : {"logit", "beta", "arcsine"}
        Student's limits on the logit or the arcsine of the root, or those of Clopper and Pearson at the effective
        sample size.
    share, std_error : float
        The proportion and its standard error.
    rows : int
        People behind it.
    freedom : int
        Degrees of freedom of the design.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of float
        Between 0 and 1; NaN where the standard error is 0, except for ``"beta"``, which then takes all rows.

    Examples
    --------
    >>> low, high = proportion_limits("beta", 0.1, 0.03, rows=100, freedom=99, level=0.95)
    >>> round(low, 3), round(high, 3)
    (0.049, 0.176)
    """
    from scipy.special import betaincinv, stdtrit

    reach = float(stdtrit(freedom, (1 + level) / 2))
    if kind == "beta":
        size = float(rows)
        if std_error > 0:
            size = share * (1 - share) / std_error**2 * (float(stdtrit(rows - 1, (1 + level) / 2)) / reach) ** 2
        hits, tail = size * share, (1 - level) / 2
        low = float(betaincinv(hits, size - hits + 1, tail)) if hits > 0 else 0.0
        return low, float(betaincinv(hits + 1, size - hits, 1 - tail)) if hits < size else 1.0
    if not std_error > 0:
        return float("nan"), float("nan")
    if kind == "logit":
        middle, error = np.log(share / (1 - share)), std_error / (share * (1 - share))
        return tuple(float(1 / (1 + np.exp(-(middle + side * reach * error)))) for side in (-1, 1))  # type: ignore[return-value]
    middle, error = np.arcsin(np.sqrt(share)), std_error / (2 * np.sqrt(share * (1 - share)))
    ends = np.clip([middle - reach * error, middle + reach * error], 0, np.pi / 2)
    return float(np.sin(ends[0]) ** 2), float(np.sin(ends[1]) ** 2)
