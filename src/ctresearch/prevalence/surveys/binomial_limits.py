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
_GRID, _HALVINGS = 2000, 40


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
    from scipy.stats import binomtest

    if kind in {"clopper_pearson", "wilson"}:
        method = "exact" if kind == "clopper_pearson" else "wilson"
        found = binomtest(hits, size).proportion_ci(level, method=method)
        return float(found.low), float(found.high)
    accept = _blaker if kind == "blaker" else _sterne
    low = _outermost(lambda p: accept(hits, size, p), hits / size, level)
    high = _outermost(lambda p: accept(size - hits, size, p), 1 - hits / size, level)
    return low, 1 - high


def _outermost(accept: Callable[[Floats], Floats], share: float, level: float) -> float:
    """Return the lowest proportion that is not rejected: on a grid below the estimate first, then by halving."""
    if share == 0:
        return 0.0
    grid = np.linspace(0, share, _GRID + 1)[1:]
    first = int(np.argmax(accept(grid) > 1 - level))
    low, high = (grid[first - 1] if first else 0.0), grid[first]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        inside = bool(accept(np.array([middle]))[0] > 1 - level)
        low, high = (low, middle) if inside else (middle, high)
    return float(high)


def _blaker(hits: int, size: int, chance: Floats) -> Floats:
    """Return Blaker's acceptability of proportions."""
    from scipy.stats import binom

    above, below = binom.sf(hits - 1, size, chance), binom.cdf(hits, size, chance)
    # The other tail is the largest no likelier than the nearer one; quantiles round up, hence 1e-12.
    other = np.where(
        above < below,
        binom.cdf(binom.ppf(above * (1 - 1e-12), size, chance) - 1, size, chance),
        binom.sf(binom.isf(below * (1 - 1e-12), size, chance), size, chance),
    )
    return np.asarray(np.minimum(np.minimum(above, below) + other, 1.0))


def _sterne(hits: int, size: int, chance: Floats) -> Floats:
    """Return the probability of everything that is no likelier than what was seen."""
    from scipy.stats import binom

    every = binom.pmf(np.arange(size + 1)[:, None], size, chance[None, :])
    return np.asarray(np.where(every <= every[hits] * (1 + 1e-7), every, 0.0).sum(axis=0))
