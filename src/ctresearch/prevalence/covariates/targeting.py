"""Targeted chances of being listed: learned ones, moved until the plug-in needs no correction.

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

from ctresearch.prevalence.covariates.inverse_capture import Chances, InverseCapture, plug_in

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

# The smallest chance and the number of rounds are those of drpop, whose results are so reproduced.
MARGIN, STOP, ROUNDS = 0.005, 0.005, 250
_NEWTON, _CONVERGED = 25, 1e-8


@dataclass(frozen=True, slots=True)
class Targeted:
    """Chances after targeting, the largest coefficient of the last round, and whether it is small enough to stop."""

    chances: Chances
    last_step: float
    converged: bool


def target(on_first: Array, on_second: Array, chances: Chances, margin: float = MARGIN) -> Targeted:
    """Move chances along the efficient influence function until a round moves them no more.

    In turn, the chances of both lists, of the first only and of the second only are moved on the logit scale by a
    logistic regression on their derivative.

    Parameters
    ----------
    on_first, on_second : numpy.ndarray
        Whether a person is on the list, 0 or 1, shape (n,).
    chances : Chances
        Of these people, within their bounds.
    margin : float
        Smallest value of each of the three, at least 0.005.

    Returns
    -------
    Targeted
        The chances; not to be used unless they have converged.

    Examples
    --------
    >>> on = np.tile([1, 1, 0, 1], 5), np.tile([0, 1, 1, 1], 5)
    >>> target(*on, Chances(np.full(20, 0.7), np.full(20, 0.75), np.full(20, 0.45))).converged
    True
    """
    least = max(margin, MARGIN)
    both, only_first, only_second = (
        np.clip(values, least, 1 - least)
        for values in (chances.both, chances.first - chances.both, chances.second - chances.both)
    )
    step = np.inf
    for _ in range(ROUNDS):
        first, second = 1 + only_first / both, 1 + only_second / both
        both, moved = _move(both, on_first * on_second, first + second - first * second)
        both = np.clip(both, least, 1)
        only_first, one = _move(only_first, on_first * (1 - on_second), 1 + only_second / both)
        only_first = np.clip(np.minimum(only_first, 1 - both), least, 1)
        only_second, other = _move(only_second, on_second * (1 - on_first), 1 + only_first / both)
        only_second = np.clip(np.minimum(only_second, 1 - only_first - both), least, 1)
        step = max(abs(moved), abs(one), abs(other))
        if not step > STOP:
            break
    first = np.minimum(both + only_first, 1)
    second = np.maximum(np.minimum(np.minimum(both + only_second, 1 + both - first), 1), both / first)
    return Targeted(Chances(first, second, both), float(step), bool(step <= STOP))


@dataclass(frozen=True, slots=True)
class TargetedCapture:
    """Mean inverse chance by targeting, the largest last step over folds, and whether all folds converged."""

    mean: InverseCapture
    last_step: float
    converged: bool


def targeted(on_first: Array, on_second: Array, chances: Chances, folds: Array, margin: float) -> TargetedCapture:
    """Target the chances of each fold and average their inverses.

    Parameters
    ----------
    on_first, on_second : numpy.ndarray
        Whether a person is on the list, 0 or 1, shape (n,).
    chances : Chances
        Learned on the other folds.
    folds : numpy.ndarray
        Fold of each person, shape (n,).
    margin : float
        Smallest chance of each combination of lists.

    Returns
    -------
    TargetedCapture
        The mean, with the variance of the influence function at the targeted chances.

    Examples
    --------
    >>> on = np.tile([1, 1, 0, 1], 5), np.tile([0, 1, 1, 1], 5)
    >>> chances = Chances(np.full(20, 0.75), np.full(20, 0.75), np.full(20, 0.5))
    >>> targeted(*on, chances, np.arange(20) // 10, 0.005).converged
    True
    """
    moved = Chances(*(np.empty(len(folds)) for _ in range(3)))
    steps, settled = [], []
    for fold in np.unique(folds):
        rows = folds == fold
        found = target(on_first[rows], on_second[rows], chances.of(rows), margin)
        for whole, part in zip(
            (moved.first, moved.second, moved.both),
            (found.chances.first, found.chances.second, found.chances.both),
            strict=True,
        ):
            whole[rows] = part
        steps.append(found.last_step)
        settled.append(found.converged)
    return TargetedCapture(plug_in(on_first, on_second, moved, folds), max(steps), all(settled))


def _move(chance: Array, seen: Array, direction: Array) -> tuple[Array, float]:
    """Move chances on the logit scale along a direction, as far as the likelihood of what was seen says.

    The logistic regression starts and stops as R's ``glm`` does, since the last digits of the result hang on it.
    """
    offset = np.log(chance) - np.log1p(-np.minimum(chance, 1 - 1e-15))
    fitted = (seen + 0.5) / 2
    linear = np.log(fitted / (1 - fitted))
    deviance, length = np.inf, 0.0
    for _ in range(_NEWTON):
        weight = np.maximum(fitted * (1 - fitted), 1e-300)
        response = linear - offset + (seen - fitted) / weight
        length = float((weight * direction) @ response / ((weight * direction) @ direction))
        linear = offset + direction * length
        fitted = 1 / (1 + np.exp(-np.clip(linear, -700, 700)))
        before, deviance = deviance, 2 * float(np.logaddexp(0, np.where(seen > 0, -linear, linear)).sum())
        if abs(deviance - before) / (abs(deviance) + 0.1) < _CONVERGED:
            break
    return fitted, length
