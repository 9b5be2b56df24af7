"""Distribution of a duration that is only known to end between two dates.

References
----------
.. [1] Turnbull, B. W. (1976). The empirical distribution function with arbitrarily grouped, censored and truncated
   data. Journal of the Royal Statistical Society B 38, 290-295. https://doi.org/10.1111/j.2517-6161.1976.tb01597.x
.. [2] Gentleman, R. and Geyer, C. J. (1994). Maximum likelihood for interval censored data: consistency and
   computation. Biometrika 81, 618-623. https://doi.org/10.1093/biomet/81.3.618
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from ctresearch.consequences.durations.durations import Floats, Integers

# how far a mean log-likelihood may be from its maximum: far below what rounding of a printed share shows
_TOLERANCE = 1e-9
# steps of self-consistency cost as much as reading the rows, but are slow at the end, so Newton's method takes over
_EASY_STEPS = 500
_NEWTON_STEPS, _HALVINGS = 100, 40
# of a mean of logs: a smaller fall is no fall
_ROUNDING = 1e-14


@dataclass(frozen=True, slots=True)
class Masses:
    """Where probability may lie, and how much lies there.

    Parameters
    ----------
    after, before : numpy.ndarray
        Ends of the intervals that can hold probability, shape (intervals,) each; ``before`` may be infinite.
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
    before: Floats
    mass: Floats
    gap: float


def turnbull(after: Floats, before: Floats) -> Masses:
    """Estimate the distribution by self-consistency and then Newton's method, to a proven distance from the maximum.

    Parameters
    ----------
    after, before : numpy.ndarray
        Each duration lies above ``after`` and at most at ``before``, or is known where both are equal; shape (rows,)
        each.

    Returns
    -------
    Masses
        The maximum likelihood estimate.

    Raises
    ------
    FitError
        If 100 steps of Newton's method do not reach it.

    Examples
    --------
    >>> turnbull(np.array([0.0, 2.0]), np.array([1.0, np.inf])).mass.tolist()
    [0.5, 0.5]
    """
    left, right = _innermost(after, before)
    first, last = np.searchsorted(left, after), np.searchsorted(right, before, side="right")
    first += (after < before) & (right[first] == after)  # a duration above 5 is not one known to be 5
    mass = np.full(len(left), 1 / len(left))
    for step in range(_EASY_STEPS + _NEWTON_STEPS):
        chances = _chances(mass, first, last)
        gain = _gain(chances, first, last, len(mass))
        gap = float(gain.max() - 1)
        if gap < _TOLERANCE:
            return Masses(left, right, mass, max(gap, 0.0))
        if step < _EASY_STEPS:
            mass = mass * gain
            mass = np.where(mass < 1e-12, 0.0, mass) if gap < 1e-3 else mass
            mass /= mass.sum()
        else:
            mass = _climb(mass, _newton(mass, gain, chances, first, last), gain, first, last)
    raise FitError(
        f"the distribution is {gap:.1e} a row from its maximum after {step + 1:,} steps: group the dates more"
    )


def _chances(mass: Floats, first: Integers, last: Integers) -> Floats:
    """Return the probability of what is known of each row: the mass from its first interval to before its last."""
    below = np.concatenate([[0.0], np.cumsum(mass)])
    return np.asarray(below[last] - below[first], dtype=float)


def _gain(chances: Floats, first: Integers, last: Integers, count: int) -> Floats:
    """Return the derivative of the mean log-likelihood by the mass of each interval."""
    weight = 1 / (len(chances) * chances)
    steps = np.bincount(first, weight, count + 1) - np.bincount(last, weight, count + 1)
    return np.asarray(np.cumsum(steps)[:-1], dtype=float)


def _newton(mass: Floats, gain: Floats, chances: Floats, first: Integers, last: Integers) -> Floats:
    """Return where the quadratic approximation is highest, on the present intervals and peaks of the gain.

    With masses that sum to 1 it is a sum of squares without a constant, so the least squares are found up to their
    scale.
    """
    from scipy.optimize import nnls

    around = np.concatenate([[-np.inf], gain, [-np.inf]])
    used = np.flatnonzero((mass > 0) | ((gain >= around[:-2]) & (gain >= around[2:])))
    holds = (used >= first[:, None]) & (used < last[:, None])
    level = np.sqrt(len(chances))
    rows = np.vstack([holds / chances[:, None] - 2, np.full((1, len(used)), level)])
    try:
        found, _ = nnls(rows, np.append(np.zeros(len(chances)), level), maxiter=30 * len(used))
    except RuntimeError:
        raise FitError(
            f"the masses of the distribution did not settle on {len(used):,} intervals of {len(chances):,} durations: "
            "group the dates more"
        ) from None
    out = np.zeros(len(mass))
    out[used] = found / found.sum()
    return out


def _climb(mass: Floats, to: Floats, gain: Floats, first: Integers, last: Integers) -> Floats:
    """Go towards a distribution, half as far until the likelihood rises by a third of what the gain promises."""
    here, slope, share = float(np.log(_chances(mass, first, last)).mean()), float(gain @ (to - mass)), 1.0
    for _ in range(_HALVINGS):
        trial = mass + share * (to - mass) if share < 1 else to
        there = _chances(trial, first, last)
        if there.min() > 0 and np.log(there).mean() >= here + share * slope / 3 - _ROUNDING * max(1.0, abs(here)):
            return trial
        share /= 2
    return mass * gain


def _innermost(after: Floats, before: Floats) -> tuple[Floats, Floats]:
    """Return the intervals from a left end to the next right end, with no other end between them."""
    known = after == before
    lefts = [(a, 0 if exact else 2, 0) for a, exact in zip(after, known, strict=True)]
    ends = sorted({*lefts, *((b, 1, 1) for b in before)})
    pairs = [(one[0], two[0]) for one, two in pairwise(ends) if one[2] == 0 and two[2] == 1]
    return np.array([p[0] for p in pairs], dtype=float), np.array([p[1] for p in pairs], dtype=float)
