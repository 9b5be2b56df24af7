"""People whose log odds of being on any list vary by a normal distribution: the sizes that a table leaves open.

With log odds of lists of their own, and a person's own that is added to all of them, the chance of a pattern of lists
is an integral over the person's. It depends on the pattern by its lists and by how many they are, so that all that the
likelihood asks of a table is how many people are on each list, and how many on one list, on two, and so on.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.closed.open_size import OpenSize, Points, limits_over
from ctresearch.prevalence.lists.cells import set_size

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

# The spread is looked at everywhere up to 4, where people on either side differ in odds by a factor of 3,000, and then
# finely about the best, since a large table tells it to a few hundredths.
_COARSE, _WIDEST, _FINE = 0.2, 4.0, 11
# A sum over 81 points up to six standard deviations: exact to nine digits, as for any smooth density that has died out.
_POINTS = np.linspace(-6.0, 6.0, 81)
_WEIGHTS = -(_POINTS**2) / 2 - np.log(np.exp(-(_POINTS**2) / 2).sum())
_STEPS, _CLOSE, _LONGEST = 200, 1e-8, 2.0
PARAMETERS = 2
"""Parameters beside one for each list: the people, and the spread of their log odds."""


def fit_normal_odds(counts: Array, level: float) -> OpenSize:
    """Fit people whose log odds vary by a normal distribution, for each spread of a grid.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,), of at least three lists; the first is not used.
    level : float
        Coverage of the limits, as a proportion.

    Returns
    -------
    OpenSize
        As :func:`ctresearch.prevalence.closed.open_size.limits_over` works it out over spreads. Where even the widest
        spread is not ruled out, nothing bounds the people from above, and ``high`` is infinite.

    Examples
    --------
    >>> from ctresearch.prevalence import Scenario
    >>> found = fit_normal_odds(2000 * Scenario.named("independence").chances, 0.95)
    >>> found.low < 2000 < found.high
    True
    """
    coarse = np.arange(_COARSE, _WIDEST + _COARSE / 2, _COARSE)
    wide = _climb(counts, coarse)
    best = coarse[wide.deviance.argmin()]
    fine = np.linspace(max(best - _COARSE, _COARSE / _FINE), best + _COARSE, 2 * _FINE)
    both = [np.concatenate(pair) for pair in zip(astuple(wide), astuple(_climb(counts, fine)), strict=True)]
    return limits_over(float(counts[1:].sum()), Points(*both), level, last=len(coarse) - 1)


def _climb(counts: Array, spreads: Array) -> Points:
    """Fit log odds of lists at every spread by Newton's method with a growing or shrinking ridge, all at once.

    A spread at which the climb does not settle has no deviance.
    """
    lists = len(counts).bit_length() - 1
    cells = np.arange(len(counts))
    seen = np.append(0.0, counts[1:]).astype(np.float64)
    told = seen @ (cells[:, None] >> np.arange(lists) & 1)
    by_size = np.bincount(set_size(cells), weights=seen, minlength=lists + 1)
    beta = np.log(told / np.maximum(1.5 * seen.sum() - told, 1.0)) * np.ones((len(spreads), 1))
    now, ridge = _likelihood(beta, spreads, told, by_size), np.full(len(spreads), 1e-3)
    for _ in range(_STEPS):
        values, vectors = np.linalg.eigh(-now.curve)
        scale = np.abs(np.einsum("gaa->ga", now.curve)).max(axis=1)
        # uphill along every direction, whichever way the likelihood bends there
        bend = np.maximum(np.abs(values), 1e-8 * scale[:, None]) + (ridge * scale)[:, None]
        along = np.einsum("gba,gb->ga", vectors, now.slope)
        settled = (along**2 / np.maximum(np.abs(values), 1e-8 * scale[:, None])).sum(axis=1) < _CLOSE
        if settled.all():
            break
        step = np.einsum("gab,gb->ga", vectors, along / bend)
        trial = beta + np.clip(step, -_LONGEST, _LONGEST)
        then = _likelihood(trial, spreads, told, by_size)
        rises = then.height >= now.height
        beta, now = np.where(rises[:, None], trial, beta), now.where(rises, then)
        ridge = np.maximum(np.where(rises, ridge / 5, np.minimum(8 * ridge + 1e-6, 1e3)), 1e-9)
    people = seen.sum()
    missed = np.exp(now.nobody)
    held = seen[seen > 0]
    slope = -now.chance / (1 - missed)[:, None]  # of the log of those unseen, people as many as were seen
    variance = np.einsum("ga,gab,gb->g", slope, np.linalg.pinv(-now.curve), slope) + 1 / people
    deviance = np.maximum(2 * (float(held @ np.log(held / people)) - now.height), 0.0)
    return Points(np.where(settled, deviance, np.inf), people * missed / (1 - missed), variance)


@dataclass(frozen=True, slots=True)
class _Height:
    """At each spread: log-likelihood of patterns given being seen, (G,), its slope (G, L) and curvature (G, L, L).

    ``nobody`` is the log chance of no list, and ``chance`` the mean chance of each list among those on none.
    """

    height: Array
    slope: Array
    curve: Array
    nobody: Array
    chance: Array

    def where(self, taken: Array, other: _Height) -> _Height:
        """Return the other where it is taken."""
        return _Height(
            np.where(taken, other.height, self.height),
            np.where(taken[:, None], other.slope, self.slope),
            np.where(taken[:, None, None], other.curve, self.curve),
            np.where(taken, other.nobody, self.nobody),
            np.where(taken[:, None], other.chance, self.chance),
        )


def _likelihood(beta: Array, spreads: Array, told: Array, by_size: Array) -> _Height:
    """Integrate over people: sums over points, shape (G, J), for every number of lists, (G, K)."""
    own = spreads[:, None] * _POINTS
    odds = beta[:, None, :] + own[:, :, None]
    chance = 1 / (1 + np.exp(-odds))
    logs = (_WEIGHTS - np.logaddexp(0, odds).sum(axis=2))[:, :, None] + own[:, :, None] * np.arange(len(by_size))
    top = logs.max(axis=1)
    share = np.exp(logs - top[:, None, :])
    whole = share.sum(axis=1)
    share, logs_of = share / whole[:, None, :], top + np.log(whole)
    mean = np.einsum("gjk,gjl->gkl", share, chance)
    bend = np.einsum("gjk,gja,gjb->gkab", share, chance, chance) - mean[:, :, :, None] * mean[:, :, None, :]
    diagonal = np.arange(beta.shape[1])
    bend[:, :, diagonal, diagonal] -= np.einsum("gjk,gja->gka", share, chance * (1 - chance))
    missed, people = np.exp(logs_of[:, 0]), by_size.sum()
    odd = missed / (1 - missed)
    none = mean[:, 0]
    height = beta @ told + logs_of @ by_size - people * np.log1p(-missed)
    slope = told - np.einsum("k,gka->ga", by_size, mean) - people * odd[:, None] * none
    curve = np.einsum("k,gkab->gab", by_size, bend) + people * odd[:, None, None] * (
        bend[:, 0] + (1 + odd)[:, None, None] * none[:, :, None] * none[:, None, :]
    )
    return _Height(height, slope, curve, logs_of[:, 0], none)
