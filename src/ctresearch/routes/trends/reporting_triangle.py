"""Entries by the time they are of and by how late they came, and what share has come by now.

References
----------
.. [1] Lawless, J. F. (1994). Adjustments for reporting delays and the prediction of occurred but not reported events.
   Canadian Journal of Statistics 22, 15-31.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def delay_hazards(triangle: Floats) -> tuple[Floats, Floats]:
    """Return how many entries of each delay came, and how many came by then, where both can be known.

    Parameters
    ----------
    triangle : numpy.ndarray
        Shape (times, delays): entries, NaN where they cannot have come yet.

    Returns
    -------
    tuple of numpy.ndarray
        Both of shape (delays,); their ratio is the chance that an entry that came by then came just then.

    Examples
    --------
    >>> came, by_then = delay_hazards(np.array([[1.0, 3.0], [2.0, np.nan]]))
    >>> came.tolist(), by_then.tolist()
    ([3.0, 3.0], [3.0, 4.0])
    """
    known = np.isfinite(triangle)
    sums = np.cumsum(np.where(known, triangle, 0.0), axis=1)
    return np.where(known, triangle, 0.0).sum(axis=0), np.where(known, sums, 0.0).sum(axis=0)


def share_by_delay(hazards: Floats) -> Floats:
    """Return the share of entries that come by each delay, of those that come within the greatest.

    Parameters
    ----------
    hazards : numpy.ndarray
        Shape (..., delays): chance to come at a delay for those that came by it.

    Returns
    -------
    numpy.ndarray
        Same shape; 1 at the greatest delay.

    Examples
    --------
    >>> share_by_delay(np.array([1.0, 0.5, 0.2])).tolist()
    [0.4, 0.8, 1.0]
    """
    later = np.cumprod((1 - hazards)[..., :0:-1], axis=-1)[..., ::-1]
    return np.concatenate([later, np.ones((*hazards.shape[:-1], 1))], axis=-1)
