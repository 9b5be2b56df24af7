"""Which pairs of cohorts a two-way model compares, with what weight, and what each pair says.

References
----------
.. [1] Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of Econometrics
   225, 254-277. https://doi.org/10.1016/j.jeconom.2021.03.014
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ctresearch.policy.panels.panel import Flags
    from ctresearch.policy.panels.panel_columns import Floats, Integers

    Row = tuple[float, float, str, float, float]

CLEAN, WAITING, FORBIDDEN = "never treated", "not yet treated", "already treated"


def bacon_decomposition(outcome: Floats, first_treated: Floats, times: Integers) -> pd.DataFrame:
    """Decompose the coefficient of a two-way model into comparisons of two cohorts over two spans of time.

    Parameters
    ----------
    outcome : numpy.ndarray
        Units by times, without gaps.
    first_treated : numpy.ndarray
        Shape (units,), infinity for never.
    times : numpy.ndarray
        The periods.

    Returns
    -------
    pandas.DataFrame
        ``treated`` and ``control`` (first period of treatment of the cohorts, infinity for those never treated within
        the panel, minus infinity for those treated throughout), ``kind`` of control, ``weight`` and ``estimate``.
        Weights sum to one, and the weighted estimates to the coefficient.

    Examples
    --------
    >>> outcome = np.array([[1.0, 2.0, 4.0], [1.0, 1.0, 3.0], [0.0, 1.0, 1.0]])
    >>> table = bacon_decomposition(outcome, np.array([2.0, 3.0, np.inf]), np.array([1, 2, 3]))
    >>> round(float((table["weight"] * table["estimate"]).sum()), 6)
    1.0
    """
    start = np.where(first_treated <= times[0], -np.inf, np.where(first_treated > times[-1], np.inf, first_treated))
    cohorts, code = np.unique(start, return_inverse=True)
    means = np.array([outcome[code == i].mean(axis=0) for i in range(len(cohorts))])
    sizes = np.bincount(code) / len(code)
    treated = times[None, :] >= cohorts[:, None]
    rows = list(_pairs(cohorts, means, sizes, treated))
    table = pd.DataFrame(rows, columns=["treated", "control", "kind", "weight", "estimate"])
    return table.assign(weight=table["weight"] / table["weight"].sum())


def _pairs(cohorts: Floats, means: Floats, sizes: Floats, treated: Flags) -> Iterator[Row]:
    """Yield every comparison with its weight before it is scaled."""
    share = treated.mean(axis=1)
    for k, early in enumerate(cohorts):
        for j in range(k + 1, len(cohorts)):
            late = cohorts[j]
            both = sizes[k] + sizes[j]
            spread = (sizes[k] / both) * (sizes[j] / both)
            if np.isfinite(early):  # the earlier is treated; the later has not been yet, and is watched until it is
                window = ~treated[j]
                kept = window.mean()
                part = (window & treated[k]).sum() / window.sum()
                kind = CLEAN if np.isinf(late) else WAITING
                weight = (both * kept) ** 2 * spread * part * (1 - part)
                yield float(early), float(late), kind, float(weight), _contrast(means, treated, k, j, window)
            if np.isfinite(late):  # the later is treated; the earlier has been already, and stands as its control
                window = treated[k]
                part = share[j] / share[k]
                weight = (both * share[k]) ** 2 * spread * part * (1 - part)
                yield float(late), float(early), FORBIDDEN, float(weight), _contrast(means, treated, j, k, window)


def _contrast(means: Floats, treated: Flags, k: int, j: int, window: Flags) -> float:
    """Return the difference in differences of two cohorts within a window of time."""
    after, before = window & treated[k], window & ~treated[k]
    gap = means[k] - means[j]
    return float(gap[after].mean() - gap[before].mean())
