"""Sample coverage of overlapping lists and the three estimators that rest on it, for many tables at once.

References
----------
.. [1] Chao, A. and Tsay, P. K. (1998). A sample coverage approach to multiple-system estimation with application to
   census undercount. Journal of the American Statistical Association 93, 283-293.
.. [2] Chao, A., Tsay, P. K., Lin, S.-H., Shau, W.-Y. and Chao, D.-Y. (2001). The applications of capture-recapture
   models to epidemiological data. Statistics in Medicine 20, 3123-3157. https://doi.org/10.1002/sim.996
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from ctresearch.prevalence.lists.cells import Array, set_size

VERSIONS = ("independent", "high_coverage", "one_step")


@dataclass(frozen=True, slots=True)
class Coverage:
    """Estimates for S tables: ``coverage``, ``independent``, ``high_coverage`` and ``one_step``, each of shape (S,).

    An estimate below the number of people seen is NaN.
    """

    coverage: Array
    independent: Array
    high_coverage: Array
    one_step: Array

    def estimate(self, name: str) -> Array:
        """Return the estimates of one name, shape (S,)."""
        return {"independent": self.independent, "high_coverage": self.high_coverage, "one_step": self.one_step}[name]

    def to_frame(self) -> pd.DataFrame:
        """Return the estimates of the first table, indexed by ``estimator``."""
        values = [float(self.estimate(name)[0]) for name in VERSIONS]
        return pd.DataFrame({"estimate": values}, index=pd.Index(VERSIONS, name="estimator"))


def coverage_estimates(patterns: Array, counts: Array, lists: int) -> Coverage:
    """Estimate populations by their sample coverage.

    Parameters
    ----------
    patterns : numpy.ndarray
        Patterns of lists, shape (P,).
    counts : numpy.ndarray
        People by table and pattern, shape (S, P).
    lists : int
        Number of lists.

    Returns
    -------
    Coverage
        Coverage and estimates, NaN where a list is empty too.

    Examples
    --------
    >>> found = coverage_estimates(np.arange(1, 8), np.array([[69.0, 55, 21, 63, 17, 18, 28]]), 3)
    >>> round(float(found.coverage[0]), 3), round(float(found.one_step[0]))
    (0.513, 508)
    """
    member = patterns[:, None] >> np.arange(lists) & 1
    alone = counts @ (member * (set_size(patterns) == 1)[:, None])
    seen = counts.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = 1 - (alone / (counts @ member)).mean(axis=1)
        left_out = seen - alone.mean(axis=1)
        independent = left_out / coverage
        only, tied = _pairs(patterns, counts, lists)
        shared = np.einsum("sp,sp->s", only, tied)
        high = (lists * left_out - only.sum(axis=1)) / (lists * coverage - shared)
        high = np.where(lists * coverage - shared > 0, high, np.nan)
        step = independent
        for _ in range(2):
            step = independent + (step * shared - only.sum(axis=1)) / (lists * coverage)
    return Coverage(coverage, *(np.where(value >= seen, value, np.nan) for value in (independent, high, step)))


def _pairs(patterns: Array, counts: Array, lists: int) -> tuple[Array, Array]:
    """Return, by table and pair of lists, the people on these only (twice those on both) and the scaled overlap."""
    sizes = counts @ (patterns[:, None] >> np.arange(lists) & 1)
    only, tied = [], []
    for i, j in combinations(range(lists), 2):
        pair = 1 << i | 1 << j
        only.append(counts @ np.where(patterns & ~pair == 0, set_size(patterns), 0))
        tied.append(counts @ (patterns & pair == pair) / (sizes[:, i] * sizes[:, j]))
    return np.column_stack(only), np.column_stack(tied)
