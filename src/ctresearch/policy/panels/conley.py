"""Standard errors for units that are near one another: errors go together over space, and over time within a unit.

References
----------
.. [1] Conley, T. G. (1999). GMM estimation with cross sectional dependence. Journal of Econometrics 92, 1-45.
   https://doi.org/10.1016/S0304-4076(98)00084-0
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.policy.panels.panel_columns import Floats, Integers

EARTH = 6371.0088  # mean radius in kilometres


def kilometres(latitude: Floats, longitude: Floats) -> Floats:
    """Return distances over the globe.

    Parameters
    ----------
    latitude, longitude : numpy.ndarray
        In degrees, shape (units,).

    Returns
    -------
    numpy.ndarray
        Units by units.

    Examples
    --------
    >>> float(kilometres(np.array([0.0, 0.0]), np.array([0.0, 90.0]))[0, 1].round(1))
    10007.6
    """
    phi, lam = np.radians(latitude), np.radians(longitude)
    half = np.sin((phi[:, None] - phi) / 2) ** 2
    half = half + np.cos(phi[:, None]) * np.cos(phi) * np.sin((lam[:, None] - lam) / 2) ** 2
    return np.asarray(2 * EARTH * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))), dtype=np.float64)


def conley_meat(
    scores: Floats, unit: Integers, time: Integers, distance: Floats, *, reach: float, lags: int, bartlett: bool
) -> Floats:
    """Sum the products of scores of rows that are near.

    Parameters
    ----------
    scores : numpy.ndarray
        Rows by columns.
    unit, time : numpy.ndarray
        Places of each row, shape (rows,).
    distance : numpy.ndarray
        Kilometres, units by units.
    reach : float
        Kilometres beyond which errors of one period are independent.
    lags : int
        Periods beyond which errors of one unit are.
    bartlett : bool
        Whether nearness falls in a straight line to 0, rather than all at once.

    Returns
    -------
    numpy.ndarray
        Columns by columns.

    Examples
    --------
    >>> scores = np.array([[1.0], [2.0]])
    >>> conley_meat(
    ...     scores, np.array([0, 1]), np.array([0, 0]), np.array([[0.0, 50], [50, 0]]), reach=100, lags=0, bartlett=True
    ... ).tolist()
    [[7.0]]
    """
    near = np.clip(1 - distance / reach, 0.0, 1.0) if bartlett else (distance <= reach).astype(np.float64)
    cells = np.zeros((int(time.max()) + 1, len(distance), scores.shape[1]))
    cells[time, unit] = scores
    meat = np.einsum("tia,tib->ab", cells, np.einsum("ij,tjb->tib", near, cells))
    for lag in range(1, min(lags, len(cells) - 1) + 1):
        weight = 1 - lag / (lags + 1) if bartlett else 1.0
        crossed = np.einsum("tia,tib->ab", cells[lag:], cells[:-lag])
        meat = meat + weight * (crossed + crossed.T)
    return np.asarray(meat, dtype=np.float64)
