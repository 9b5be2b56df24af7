"""Least squares with weights that are not negative and add up to one: the exact minimum, by an active set.

The set of units with weight grows by the one that would improve the fit most, and shrinks where a weight would fall
below zero; it ends where no unit outside would improve it, which is the condition of the minimum. Each step solves the
equations of the units in the set, so that the answer is exact but for rounding, where gradient steps stop short.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import copy_into, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

_JITTER = 1e-12
"""Added to the diagonal in parts of its largest entry: of equally good weights it takes those most alike."""
_TOLERANCE = 1e-11
"""A unit that improves the objective by less than this part of its largest slope stays outside."""
_ROUNDS = 20
"""Rounds a unit; the set rarely needs two."""


@kernel
def simplex_weights(quadratic: Floats, linear: Floats) -> tuple[Floats, bool]:
    """Minimise ``w'Qw / 2 - c'w`` over weights of 0 or more that add up to 1.

    Parameters
    ----------
    quadratic, linear : numpy.ndarray
        ``Q``, symmetric and not negative, shape (units, units), and ``c``, shape (units,).

    Returns
    -------
    tuple of numpy.ndarray and bool
        Weights, shape (units,), and whether the condition of the minimum was reached.
    """
    n = len(linear)
    jitter, scale = 0.0, 0.0
    for i in range(n):
        jitter = max(jitter, abs(quadratic[i, i]))
        scale = max(scale, abs(linear[i]))
    scale = max(scale, jitter)
    jitter *= _JITTER
    if scale == 0.0:
        return np.full(n, 1.0 / n), True
    weights, inside = np.zeros(n), np.zeros(n, dtype=np.bool_)
    best = 0
    for j in range(1, n):
        if quadratic[j, j] / 2 - linear[j] < quadratic[best, best] / 2 - linear[best]:
            best = j
    weights[best] = 1.0
    inside[best] = True
    for _ in range(_ROUNDS * n):
        slope = quadratic @ weights + jitter * weights - linear
        level, enters, gain = 0.0, -1, -_TOLERANCE * scale
        for j in range(n):
            level += weights[j] * slope[j]
        for j in range(n):
            if not inside[j] and slope[j] - level < gain:
                enters, gain = j, slope[j] - level
        if enters < 0:
            return weights, True
        inside[enters] = True
        if not _settle(quadratic, linear, jitter, weights, inside):
            return weights, False
    return weights, False


@kernel
def _settle(quadratic: Floats, linear: Floats, jitter: float, weights: Floats, inside: Flags) -> bool:
    """Move to the minimum over the units in the set, taking out those whose weight comes down to 0 on the way."""
    for _ in range(len(weights) + 1):
        held = np.flatnonzero(inside)
        k = len(held) - 1
        goal = np.zeros(k + 1)
        goal[k] = 1.0
        if k > 0:
            copy_into(goal[:k], _reduced(quadratic, linear, jitter, held))
            goal[k] = 1.0 - goal[:k].sum()
        step = 1.0
        for i in range(k + 1):
            now = weights[held[i]]
            if goal[i] <= 0.0 and now - goal[i] > 0.0:
                step = min(step, now / (now - goal[i]))
        out = False
        for i in range(k + 1):
            moved = weights[held[i]] + step * (goal[i] - weights[held[i]])
            if step < 1.0 and (moved <= 1e-15 and goal[i] <= 0.0):
                inside[held[i]] = False
                out = True
                moved = 0.0
            weights[held[i]] = moved
        if step >= 1.0:
            return True
        if not out:
            return False
        weights /= weights.sum()
    return False


@kernel
def _reduced(quadratic: Floats, linear: Floats, jitter: float, held: NDArray[np.int64]) -> Floats:
    """Solve for the weights of all units in the set but the last, which takes the rest."""
    k, last = len(held) - 1, held[-1]
    lower, right = np.zeros((k, k)), np.zeros(k)
    end = quadratic[last, last] + jitter
    for i in range(k):
        a = held[i]
        right[i] = linear[a] - linear[last] + end - quadratic[a, last]
        for j in range(i + 1):
            b = held[j]
            value = quadratic[a, b] - quadratic[a, last] - quadratic[b, last] + end
            lower[i, j] = value + jitter if a == b else value
    for i in range(k):  # Cholesky's factor in place
        for j in range(i + 1):
            value = lower[i, j]
            for m in range(j):
                value -= lower[i, m] * lower[j, m]
            lower[i, j] = np.sqrt(max(value, jitter)) if i == j else value / lower[j, j]
    for i in range(k):
        for m in range(i):
            right[i] -= lower[i, m] * right[m]
        right[i] /= lower[i, i]
    for i in range(k - 1, -1, -1):
        for m in range(i + 1, k):
            right[i] -= lower[m, i] * right[m]
        right[i] /= lower[i, i]
    return right
