"""Standard errors from influence values: each row's share in the error of an estimate.

The estimate's error is the sum of the rows' influence values, so its variance is the sum of their squares, or of the
squares of their sums by cluster [1]_. Estimated nuisance models enter as further terms of the same sum [2]_.

References
----------
.. [1] Liang, K.-Y. and Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika 73,
   13-22. https://doi.org/10.1093/biomet/73.1.13
.. [2] Stefanski, L. A. and Boos, D. D. (2002). The calculus of M-estimation. The American Statistician 56, 29-38.
   https://doi.org/10.1198/000313002753631330
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ctresearch.core.check import Check
from ctresearch.core.message import say

if TYPE_CHECKING:
    from ctresearch.stats.regression.generalized_linear import Floats

Integers = NDArray[np.int64]
FEW_CLUSTERS = 30


def standard_error(influence: Floats, clusters: Integers | None = None) -> float:
    """Return the standard error of an estimate from its influence values.

    Parameters
    ----------
    influence : numpy.ndarray
        Each row's share in the error, shape (rows,); they sum to about 0.
    clusters : numpy.ndarray, optional
        Cluster of each row from 0, shape (rows,).

    Returns
    -------
    float
        With clusters, corrected by G / (G - 1) for G of them.

    Examples
    --------
    >>> standard_error(np.array([0.3, -0.3, 0.4, -0.4])).__round__(6)
    0.707107
    """
    if clusters is None:
        return float(np.sqrt(influence @ influence))
    sums = np.bincount(clusters, influence)
    return float(np.sqrt(sums @ sums * len(sums) / (len(sums) - 1)))


def regression_share(design: Floats, residual: Floats, inverse: Floats, gradient: Floats) -> Floats:
    """Return the influence that estimated coefficients pass on to a quantity that depends on them.

    Parameters
    ----------
    design : numpy.ndarray
        Rows by columns.
    residual : numpy.ndarray
        Weighted residual of each row, shape (rows,).
    inverse : numpy.ndarray
        Inverse information, columns by columns.
    gradient : numpy.ndarray
        Derivative of the quantity with respect to the coefficients, shape (columns,).

    Returns
    -------
    numpy.ndarray
        Shape (rows,).

    Examples
    --------
    >>> regression_share(np.ones((2, 1)), np.array([1.0, -1.0]), np.array([[0.5]]), np.array([1.0])).tolist()
    [0.5, -0.5]
    """
    return np.asarray((design @ (inverse @ gradient)) * residual, dtype=float)


def check_clusters(clusters: Integers | None) -> tuple[Check, ...]:
    """Say whether there are enough clusters for a normal interval.

    Parameters
    ----------
    clusters : numpy.ndarray or None
        Cluster of each row from 0.

    Returns
    -------
    tuple of Check
        Empty without clusters.

    Examples
    --------
    >>> check_clusters(np.array([0, 0, 1, 1]))[0].status
    'review'
    """
    if clusters is None:
        return ()
    sizes = np.bincount(clusters)
    numbers = {"clusters": len(sizes), "smallest": float(sizes.min()), "largest": float(sizes.max())}
    if sizes.max() == 1:
        return (
            Check(
                "clusters",
                "review",
                say("All {clusters:,} clusters hold one row: name the column that groups rows.", clusters=len(sizes)),
                numbers,
            ),
        )
    if len(sizes) < FEW_CLUSTERS:
        said = say(
            "{clusters} clusters are few: normal limits are too narrow below about {enough}.",
            clusters=len(sizes),
            enough=FEW_CLUSTERS,
        )
        return (Check("clusters", "review", said, numbers),)
    return (
        Check("clusters", "pass", say("Errors are clustered in {clusters:,} groups.", clusters=len(sizes)), numbers),
    )
