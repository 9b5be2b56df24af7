"""Designs of the classical models of a closed population: who differs, lists, people or behaviour.

References
----------
.. [1] Otis, D. L., Burnham, K. P., White, G. C. and Anderson, D. R. (1978). Statistical inference from capture data
   on closed animal populations. Wildlife Monographs 62.
.. [2] Rivest, L.-P. and Baillargeon, S. (2007). Applications and extensions of Chao's moment estimator for the size
   of a closed population. Biometrics 63, 999-1006.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ctresearch.prevalence.lists.cells import Array, set_size

Model = Literal["M0", "Mt", "Mh", "Mth", "Mb", "Mbh"]
Heterogeneity = Literal["chao", "poisson", "darroch", "gamma"]
THETA = {"poisson": 2.0, "gamma": 3.5}
"""Shape of the distribution of people's chances where the model has one, as in Rcapture."""


@dataclass(frozen=True, slots=True)
class ClosedDesign:
    """A model of 2 ** L cells by P columns.

    ``names`` (P,) of the columns; ``matrix`` (2 ** L, P), its first row the people on no list; ``may_leave`` (P,)
    marks the coefficients that may not be negative.
    """

    names: tuple[str, ...]
    matrix: Array
    may_leave: Array


def closed_design(lists: int, model: Model, heterogeneity: Heterogeneity | None, theta: float) -> ClosedDesign:
    """Build the design of one model.

    Parameters
    ----------
    lists : int
        Number of lists L, or of occasions.
    model : {"M0", "Mt", "Mh", "Mth", "Mb", "Mbh"}
        What the chance of being listed depends on.
    heterogeneity : {"chao", "poisson", "darroch", "gamma"}, optional
        How people differ, for ``Mh`` and ``Mth``.
    theta : float
        Shape of that distribution; not used by Chao's and Darroch's.

    Returns
    -------
    ClosedDesign
        The columns.

    Examples
    --------
    >>> closed_design(3, "Mh", "darroch", 0.0).matrix.tolist()[-1]
    [1.0, 3.0, 4.5]
    """
    patterns = np.arange(1 << lists)
    size = set_size(patterns).astype(np.float64)
    columns: dict[str, Array] = {"intercept": np.ones(patterns.size)}
    if model in ("Mt", "Mth"):
        columns |= {f"beta{i + 1}": (patterns >> i & 1).astype(np.float64) for i in range(lists)}
    elif model in ("M0", "Mh"):
        columns["beta"] = size
    else:
        columns |= _behaviour(patterns, size, lists, late=model == "Mbh")
    kept = len(columns)
    if heterogeneity is not None:
        columns |= _heterogeneity(size, lists, heterogeneity, theta)
    may_leave = np.zeros(len(columns), dtype=bool)
    may_leave[kept:] = heterogeneity == "chao"
    return ClosedDesign(tuple(columns), np.column_stack(list(columns.values())), may_leave)


def _heterogeneity(size: Array, lists: int, kind: Heterogeneity, theta: float) -> dict[str, Array]:
    """Return the columns by which people who differ bend the logs of the means."""
    if kind == "chao":
        return {f"eta{j}": np.maximum(size - j + 1, 0.0) for j in range(3, lists + 1)}
    if kind == "poisson":
        return {"tau": theta**size - 1}
    if kind == "darroch":
        return {"tau": size**2 / 2}
    return {"tau": np.log(theta) - np.log(theta + size)}


def _behaviour(patterns: Array, size: Array, lists: int, *, late: bool) -> dict[str, Array]:
    """Return the columns of occasions before the first capture and of captures after it."""
    lowest = patterns & -patterns
    before = np.where(patterns > 0, set_size(np.maximum(lowest - 1, 0)), lists).astype(np.float64)
    columns = {"before": before, "after": np.maximum(size - 1, 0.0)}
    if late:
        columns = {"late": (patterns & 1 == 0).astype(np.float64), **columns}
    return columns
