"""The coefficients of an event study and the effect among them that is bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Coefficients in the order of time, without the reference, and a weighted sum of those after it.

    Parameters
    ----------
    estimate : numpy.ndarray
        Shape (periods,).
    covariance : numpy.ndarray
        Periods by periods.
    before : int
        How many lie before the reference.
    target : numpy.ndarray
        Weights of those after it, shape (periods - before,).
    """

    estimate: Floats
    covariance: Floats
    before: int
    target: Floats
