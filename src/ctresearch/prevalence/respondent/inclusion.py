"""Chances to be in a sample that is drawn one by one, each time by degree among those who are left.

Let everybody's clock ring after an exponential time with rate their degree: the order in which clocks ring is the
order of such a sample, so that the sample are the first n to ring. Whoever has degree d is in it if their clock rings
while fewer than n others have rung, and that chance is one integral over time. The number who have rung by a time is a
sum of independent yeses and noes; its distribution is taken from its first three moments, which errs by less than one
in a thousand where twenty people or more are drawn and as many are left.

References
----------
.. [1] Gile, K. J. (2011). Improved inference for respondent-driven sampling data with application to HIV prevalence
   estimation. Journal of the American Statistical Association 106, 135-146. https://doi.org/10.1198/jasa.2011.ap09475
"""

from __future__ import annotations

from math import erfc, exp, pi, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

# Gauss and Legendre's rule on the eight standard deviations to either side of the time when n have rung.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)
_REACH = 8.0
_MAX_NEWTON = 100
# Chances are repeated until none moves by more than this part of itself: shares then agree in seven digits.
_SETTLED = 1e-8
_MAX_ROUNDS = 1000


class Degrees(NamedTuple):
    """Classes of one degree each: ``size`` (K,) the degree, ``people`` (K,) how many the sample has of it."""

    size: Array
    people: Array


@kernel
def inclusion(size: Array, members: Array, drawn: float, chance: Array) -> None:
    """Fill in the chance of a member of each class to be among the first ``drawn`` people.

    Parameters
    ----------
    size : numpy.ndarray
        Degree of each class, shape (K,).
    members : numpy.ndarray
        Members of each class in the population, not necessarily whole, shape (K,).
    drawn : float
        People drawn; fewer than the population.
    chance : numpy.ndarray
        Filled in, shape (K,).
    """
    classes = size.size
    middle = _time_when(size, members, drawn)
    slope, spread = 0.0, 0.0
    for k in range(classes):
        left = exp(-size[k] * middle)
        slope += members[k] * size[k] * left
        spread += members[k] * left * (1 - left)
    reach = _REACH * sqrt(spread + 1.0) / slope
    low = max(0.0, middle - reach)
    half = (middle + reach - low) / 2
    for k in range(classes):
        chance[k] = 1 - exp(-size[k] * low)
    for node in range(_NODES.size):
        time = low + half * (1 + _NODES[node])
        mean, variance, skew = 0.0, 0.0, 0.0
        for k in range(classes):
            left = exp(-size[k] * time)
            part = members[k] * left * (1 - left)
            mean += members[k] * (1 - left)
            variance += part
            skew += part * (2 * left - 1)
        for k in range(classes):
            left = exp(-size[k] * time)
            own = left * (1 - left)
            fewer = _at_most(drawn - 1, mean - (1 - left), variance - own, skew - own * (2 * left - 1))
            chance[k] += _WEIGHTS[node] * half * size[k] * left * fewer


@kernel
def _time_when(size: Array, members: Array, drawn: float) -> float:
    """Return the time by which ``drawn`` people are expected to have rung; Newton's steps come up from below."""
    time = 0.0
    for _ in range(_MAX_NEWTON):
        rung, slope = 0.0, 0.0
        for k in range(size.size):
            left = exp(-size[k] * time)
            rung += members[k] * (1 - left)
            slope += members[k] * size[k] * left
        step = (drawn - rung) / slope
        time += step
        if step <= 1e-12 * time:
            break
    return time


@kernel
def _at_most(most: float, mean: float, variance: float, skew: float) -> float:
    """Return the chance that a count is ``most`` or fewer, by its mean, variance and third central moment."""
    if variance <= 1e-12:
        return 1.0 if mean <= most + 0.5 else 0.0
    deviation = sqrt(variance)
    x = (most + 0.5 - mean) / deviation
    normal = 0.5 * erfc(-x / sqrt(2.0))
    density = exp(-0.5 * x * x) / sqrt(2 * pi)
    # The third moment after Edgeworth; a count moves by whole steps, which takes 1/24 off the variance (Sheppard).
    found = normal - density * (skew / (6 * variance * deviation) * (x * x - 1) - x / (24 * variance))
    return min(1.0, max(0.0, found))


@kernel
def settle(size: Array, people: Array, population: float, chance: Array) -> int:
    """Find the chances of inclusion that agree with the numbers by degree they imply.

    ``people`` (K,) is how many of each class the sample holds. The members of a class in the population are those over
    their chance, scaled to the population. ``chance`` (K,) is where to start and is filled in.

    Returns
    -------
    int
        Rounds that were needed, -1 where they did not settle.
    """
    drawn = people.sum()
    if drawn >= population:
        chance[:] = 1.0
        return 0
    members = np.empty(size.size)
    fresh = np.empty(size.size)
    for rounds in range(1, _MAX_ROUNDS + 1):
        total = 0.0
        for k in range(size.size):
            members[k] = people[k] / chance[k] if people[k] > 0 else 0.0
            total += members[k]
        for k in range(size.size):
            members[k] *= population / total
        inclusion(size, members, drawn, fresh)
        moved = 0.0
        for k in range(size.size):
            moved = max(moved, abs(fresh[k] / chance[k] - 1))
            chance[k] = fresh[k]
        if moved < _SETTLED:
            return rounds
    return -1


def inclusion_of(degree: Array, population: float) -> Array:
    """Return everybody's chance to be in the sample, by successive sampling.

    Parameters
    ----------
    degree : numpy.ndarray
        Degrees of those in the sample, shape (n,).
    population : float
        People in the population, n at least.

    Returns
    -------
    numpy.ndarray
        Chances, shape (n,).

    Raises
    ------
    FitError
        If chances and numbers by degree do not settle.

    Examples
    --------
    >>> chance = inclusion_of(np.array([2.0, 2.0, 4.0, 8.0] * 25), 400)
    >>> bool(chance[0] < chance[2] < chance[3]), round(float((1 / chance).sum()))
    (True, 400)
    """
    size, place, people = np.unique(degree, return_inverse=True, return_counts=True)
    chance = np.minimum(size / size.max(), 1.0)
    if settle(size, people.astype(np.float64), float(population), chance) < 0:
        raise FitError(
            f"the chances of {len(degree):,} people in a population of {population:,.0f} did not settle in "
            f"{_MAX_ROUNDS:,} rounds: the degrees differ too much for successive sampling, look at the largest"
        )
    found: Array = chance[place]
    return found
