"""Distribution of a duration that is only known to end between two dates.

References
----------
.. [1] Turnbull, B. W. (1976). The empirical distribution function with arbitrarily grouped, censored and truncated data.
   Journal of the Royal Statistical Society B 38, 290-295. https://doi.org/10.1111/j.2517-6161.1976.tb01597.x
.. [2] Gentleman, R. and Geyer, C. J. (1994). Maximum likelihood for interval censored data: consistency and computation.
   Biometrika 81, 618-623. https://doi.org/10.1093/biomet/81.3.618
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from ctresearch.consequences.durations import Floats

_MAX_ROUNDS, _TOLERANCE = 50_000, 1e-7


@dataclass(frozen=True, slots=True)
class Masses:
    """Where probability may lie, and how much lies there.

    Parameters
    ----------
    after, by : numpy.ndarray
        Ends of the intervals that can hold probability, shape (intervals,) each; ``by`` may be infinite.
    mass : numpy.ndarray
        Probability in each, shape (intervals,); where in the interval it lies is not known.
    gap : float
        How far the likelihood may still be from its maximum, a row.

    Examples
    --------
    >>> Masses(np.zeros(1), np.ones(1), np.ones(1), 0.0).mass.sum()
    np.float64(1.0)
    """

    after: Floats
    by: Floats
    mass: Floats
    gap: float


def turnbull(after: Floats, by: Floats) -> Masses:
    """Estimate the distribution by self-consistency, to a proven distance from the maximum.

    Parameters
    ----------
    after, by : numpy.ndarray
        Each duration lies above ``after`` and at most at ``by``, or is known where both are equal; shape (rows,) each.

    Returns
    -------
    Masses
        The maximum likelihood estimate.

    Raises
    ------
    FitError
        If 50,000 rounds do not reach it.

    Examples
    --------
    >>> turnbull(np.array([0.0, 2.0]), np.array([1.0, np.inf])).mass.tolist()
    [0.5, 0.5]
    """
    left, right = _innermost(after, by)
    holds = ((left[None, :] >= after[:, None]) & (right[None, :] <= by[:, None])).astype(float)
    mass = np.full(len(left), 1 / len(left))
    for _ in range(_MAX_ROUNDS):
        gain = (holds / (holds @ mass)[:, None]).mean(axis=0)
        gap = float(gain.max() - 1)
        if gap < _TOLERANCE:
            return Masses(left, right, mass, gap)
        mass = mass * gain
        mass = np.where(mass < 1e-12, 0.0, mass) if gap < 1e-3 else mass
        mass /= mass.sum()
    raise FitError(
        f"the distribution is {gap:.1e} a row from its maximum after {_MAX_ROUNDS:,} rounds: group the dates more"
    )


def _innermost(after: Floats, by: Floats) -> tuple[Floats, Floats]:
    """Return the intervals from a left end to the next right end, with no other end between them."""
    known = after == by
    lefts = [(a, 0 if exact else 2, 0) for a, exact in zip(after, known, strict=True)]
    ends = sorted({*lefts, *((b, 1, 1) for b in by)})
    pairs = [(one[0], two[0]) for one, two in pairwise(ends) if one[2] == 0 and two[2] == 1]
    return np.array([p[0] for p in pairs], dtype=float), np.array([p[1] for p in pairs], dtype=float)
