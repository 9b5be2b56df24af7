"""Limits of a proportion of a simple random sample: Clopper-Pearson, Wilson, Blaker and Sterne.

References
----------
.. [1] Blaker, H. (2000). Confidence curves and improved exact confidence intervals for discrete distributions. Canadian
   Journal of Statistics 28, 783-798. https://doi.org/10.2307/3315916
.. [2] Reiczigel, J., Földi, J. and Ózsvári, L. (2010). Exact confidence limits for prevalence of a disease with an
   imperfect diagnostic test. Epidemiology and Infection 138, 1674-1678. https://doi.org/10.1017/S0950268810000385
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from ctresearch.prevalence.surveys.survey_design import Floats

EXACT = ("clopper_pearson", "wilson", "blaker", "sterne")
_GRID, _AT_ONCE, _HALVINGS = 2000, 50, 40


def binomial_limits(kind: str, hits: int, size: int, level: float) -> tuple[float, float]:
    """Return limits of a proportion.

    Parameters
    ----------
    kind : {"clopper_pearson", "wilson", "blaker", "sterne"}
        Which.
    hits, size : int
        People with the outcome, and all.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of float
        Between 0 and 1.

    Examples
    --------
    >>> [round(limit, 4) for limit in binomial_limits("wilson", 4, 80, 0.95)]
    [0.0196, 0.1216]
    """
    from scipy.special import betaincinv, ndtri

    tail = (1 - level) / 2
    if kind == "clopper_pearson":
        low = float(betaincinv(hits, size - hits + 1, tail)) if hits else 0.0
        return low, float(betaincinv(hits + 1, size - hits, 1 - tail)) if hits < size else 1.0
    if kind == "wilson":
        z = float(ndtri(1 - tail))
        middle = (hits + z**2 / 2) / (size + z**2)
        reach = z / (size + z**2) * float(np.sqrt(hits * (size - hits) / size + z**2 / 4))
        return middle - reach if hits else 0.0, middle + reach if hits < size else 1.0
    accept = _blaker if kind == "blaker" else _sterne
    low = _outermost(lambda p: accept(hits, size, p), hits / size, level)
    high = _outermost(lambda p: accept(size - hits, size, p), 1 - hits / size, level)
    return low, 1 - high


def _outermost(accept: Callable[[Floats], Floats], share: float, level: float) -> float:
    """Return the lowest proportion that is not rejected: on a grid below the estimate first, then by halving."""
    if share == 0:
        return 0.0
    grid = np.linspace(0, share, _GRID + 1)[1:]
    found = np.concatenate([accept(some) for some in np.split(grid, _GRID // _AT_ONCE)])
    first = int(np.argmax(found > 1 - level))
    low, high = (grid[first - 1] if first else 0.0), grid[first]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        inside = bool(accept(np.array([middle]))[0] > 1 - level)
        low, high = (low, middle) if inside else (middle, high)
    return float(high)


def _chances(size: int, chance: Floats) -> Floats:
    """Return the probabilities of 0 to ``size`` hits, shape (size + 1, chances)."""
    from scipy.special import gammaln, xlog1py, xlogy

    hits = np.arange(size + 1)[:, None]
    ways = gammaln(size + 1) - gammaln(hits + 1) - gammaln(size - hits + 1)
    return np.asarray(np.exp(ways + xlogy(hits, chance) + xlog1py(size - hits, -chance)))


def _blaker(hits: int, size: int, chance: Floats) -> Floats:
    """Return Blaker's acceptability: the nearer tail and the largest other one that is no likelier."""
    every = _chances(size, chance)
    below, above = np.cumsum(every, axis=0), np.cumsum(every[::-1], axis=0)[::-1]
    near = np.minimum(below[hits], above[hits])
    other = np.where(above[hits] < below[hits], below, above)
    far = np.where(other <= near * (1 + 1e-12), other, 0.0).max(axis=0)
    return np.asarray(np.minimum(near + far, 1.0))


def _sterne(hits: int, size: int, chance: Floats) -> Floats:
    """Return the probability of everything that is no likelier than what was seen."""
    every = _chances(size, chance)
    return np.asarray(np.where(every <= every[hits] * (1 + 1e-7), every, 0.0).sum(axis=0))
