"""Totals, means and ratios of a sample, and what each row adds to them.

References
----------
.. [1] Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. International
   Statistical Review 51, 279-292. https://doi.org/10.2307/1402588
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.surveys.survey_design import Floats

    Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Statistic:
    """What is asked of a sample of n rows.

    ``kind`` is ``"total"``, ``"mean"`` or ``"ratio"``; ``outcome`` and ``base`` have shape (n,), the second being what
    a ratio divides by; ``people`` is the known size of the population, for Hajek's total.
    """

    kind: str
    outcome: Floats
    base: Floats
    people: float | None

    def estimate(self, weight: Floats, inside: Bools) -> float:
        """Return the estimate for the rows of a domain."""
        top = float(weight @ (self.outcome * inside))
        if self.kind == "total":
            return top if self.people is None else self.people * top / float(weight.sum())
        below = float(weight @ (self.base * inside))
        return top / below if below else float("nan")

    def adds(self, weight: Floats, inside: Bools) -> Floats:
        """Return what each row adds to the estimate's error, weights left out, shape (n,)."""
        if self.kind == "total" and self.people is None:
            return self.outcome * inside
        if self.kind == "total":
            whole = float(weight.sum())
            return np.asarray((self.people or 0.0) * (self.outcome * inside - self.share(weight, inside)) / whole)
        below = float(weight @ (self.base * inside))
        return np.asarray((self.outcome - self.estimate(weight, inside) * self.base) * inside / below)

    def share(self, weight: Floats, inside: Bools) -> float:
        """Return the mean over all rows of the outcome within a domain."""
        return float(weight @ (self.outcome * inside) / weight.sum())


def simple_variance(adds: Floats, weight: Floats, *, finite: bool) -> float:
    """Return the variance that a simple random sample of as many rows would have.

    Parameters
    ----------
    adds : numpy.ndarray
        What each row adds, shape (n,).
    weight : numpy.ndarray
        Shape (n,).
    finite : bool
        Whether the weights add up to the population, so that the sampled share is taken off.

    Returns
    -------
    float
        The variance that a design effect divides by.

    Examples
    --------
    >>> round(simple_variance(np.array([1.0, 3.0]), np.array([5.0, 5.0]), finite=True), 6)
    80.0
    """
    size, whole = len(adds), float(weight.sum())
    mean = float(weight @ adds) / whole
    spread = float(weight @ (adds - mean) ** 2) / whole * size / (size - 1)
    left = (whole - size) / whole if finite and whole > size else 1.0
    return whole**2 / size * spread * left
