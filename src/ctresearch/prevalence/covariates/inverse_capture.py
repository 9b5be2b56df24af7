"""The inverse of the chance that a person is on any list, averaged over people: plug-in and bias-corrected.

With ``q1``, ``q2`` and ``q12`` the chances, given covariates and given that a person is on some list, of being on the
first list, on the second and on both, the population is the number seen times the mean of ``q1 q2 / q12``.

References
----------
.. [1] Das, M., Kennedy, E. H. and Jewell, N. P. (2024). Doubly robust capture-recapture methods for estimating
   population size. Journal of the American Statistical Association 119, 1309-1321.
   https://doi.org/10.48550/arXiv.2104.14091
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class Chances:
    """Chances of n people: ``first``, ``second`` and ``both`` lists, each of shape (n,)."""

    first: Array
    second: Array
    both: Array

    def of(self, rows: Array) -> Chances:
        """Return the chances of some people, marked by a boolean array of shape (n,)."""
        return Chances(self.first[rows], self.second[rows], self.both[rows])


@dataclass(frozen=True, slots=True)
class InverseCapture:
    """Mean inverse chance of being on any list, and its sampling variance given the number of people seen."""

    value: float
    variance: float

    def population(self, people: int) -> tuple[float, float]:
        """Return the population size and its standard error for a number of people seen."""
        variance = people**2 * self.variance + people * self.value * (self.value - 1)
        return people * self.value, float(np.sqrt(variance))


def bound_chances(raw: Chances, margin: float) -> Chances:
    """Hold chances to what can be: none of both lists below a margin, and all consistent with one another.

    Parameters
    ----------
    raw : Chances
        As a learner gives them.
    margin : float
        Smallest chance of being on both lists.

    Returns
    -------
    Chances
        Such that ``both <= first, second <= 1`` and ``first + second - both <= 1``.

    Examples
    --------
    >>> bound_chances(Chances(np.array([0.6]), np.array([0.9]), np.array([0.2])), 0.005).second.round(6).tolist()
    [0.6]
    """
    both = np.maximum(raw.both, margin)
    first = np.minimum(np.maximum(both, raw.first), 1)
    second = np.maximum(both / first, np.minimum(np.minimum(raw.second, 1 + both - first), 1))
    return Chances(first, second, both)


def influence(on_first: Array, on_second: Array, chances: Chances) -> Array:
    """Return each person's contribution to the bias-corrected mean inverse chance.

    Parameters
    ----------
    on_first, on_second : numpy.ndarray
        Whether a person is on the list, 0 or 1, shape (n,).
    chances : Chances
        Of these people.

    Returns
    -------
    numpy.ndarray
        Uncentred efficient influence function, shape (n,).

    Examples
    --------
    >>> chances = Chances(np.array([0.75]), np.array([0.5]), np.array([0.25]))
    >>> influence(np.array([1]), np.array([0]), chances).tolist()
    [2.0]
    """
    inverse = chances.first * chances.second / chances.both
    ratio = on_second / chances.second + on_first / chances.first - on_first * on_second / chances.both
    return np.asarray(inverse * ratio)


def plug_in(on_first: Array, on_second: Array, chances: Chances, folds: Array) -> InverseCapture:
    """Average the inverse chance as learned, fold by fold.

    Parameters
    ----------
    on_first, on_second : numpy.ndarray
        Whether a person is on the list, 0 or 1, shape (n,).
    chances : Chances
        Learned on the other folds.
    folds : numpy.ndarray
        Fold of each person, shape (n,).

    Returns
    -------
    InverseCapture
        Its variance is that of the bias-corrected mean: the plug-in has none that is known.

    Examples
    --------
    >>> on = np.array([1, 1, 0, 1]), np.array([0, 1, 1, 1])
    >>> chances = Chances(np.full(4, 0.75), np.full(4, 0.75), np.full(4, 0.5))
    >>> plug_in(*on, chances, np.zeros(4)).value
    1.125
    """
    inverse = chances.first * chances.second / chances.both
    return InverseCapture(_fold_mean(inverse, folds), _variance(influence(on_first, on_second, chances), folds))


def bias_corrected(on_first: Array, on_second: Array, chances: Chances, folds: Array) -> InverseCapture:
    """Average the inverse chance, corrected by the efficient influence function, fold by fold.

    Parameters
    ----------
    on_first, on_second, chances, folds
        As for :func:`plug_in`.

    Returns
    -------
    InverseCapture
        No fold counts with less than 1.

    Examples
    --------
    >>> on = np.array([1, 1, 0, 1]), np.array([0, 1, 1, 1])
    >>> chances = Chances(np.full(4, 0.75), np.full(4, 0.75), np.full(4, 0.5))
    >>> bias_corrected(*on, chances, np.zeros(4)).value
    1.125
    """
    corrected = influence(on_first, on_second, chances)
    means = [max(float(corrected[folds == fold].mean()), 1.0) for fold in np.unique(folds)]
    return InverseCapture(float(np.mean(means)), _variance(corrected, folds))


def _fold_mean(values: Array, folds: Array) -> float:
    """Average the means of the folds."""
    return float(np.mean([values[folds == fold].mean() for fold in np.unique(folds)]))


def _variance(values: Array, folds: Array) -> float:
    """Return the variance of a mean from the mean variance within folds."""
    return float(np.mean([values[folds == fold].var(ddof=1) for fold in np.unique(folds)])) / len(values)
