"""Rosenbaum's bounds for matched pairs: how unequal hidden odds of treatment may be before a finding falls.

References
----------
.. [1] Rosenbaum, P. R. (1987). Sensitivity analysis for certain permutation inferences in matched observational
   studies. Biometrika 74, 13-26. https://doi.org/10.1093/biomet/74.1.13
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import DataError
from ctresearch.core.validate import in_range

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.stats.regression.generalized_linear import Floats


def rosenbaum_bounds(differences: Floats, gammas: Sequence[float] = (1.0, 1.25, 1.5, 2.0, 3.0)) -> pd.DataFrame:
    """Bound the p-value of Wilcoxon's signed-rank test under hidden bias.

    Parameters
    ----------
    differences : numpy.ndarray
        Treated minus untreated outcome of each pair, shape (pairs,); pairs without a difference take no part.
    gammas : sequence of float
        Largest ratio of the odds of treatment within a pair; 1 is an experiment.

    Returns
    -------
    pandas.DataFrame
        By ``gamma`` the bounds ``p_low`` and ``p_high`` on the one-sided p-value that treatment raises the outcome.

    Raises
    ------
    DataError
        If they are no numbers, or fewer than ten pairs differ.
    SpecificationError
        If a gamma is below 1.

    References
    ----------
    .. [1] Rosenbaum, P. R. (1987). Sensitivity analysis for certain permutation inferences in matched observational
       studies. Biometrika 74, 13-26. https://doi.org/10.1093/biomet/74.1.13

    Examples
    --------
    >>> table = rosenbaum_bounds(np.arange(1.0, 21.0) - 4, [1, 2])
    >>> bool(table.loc[1.0, "p_high"] < 0.01), bool(table.loc[2.0, "p_high"] < 0.05)
    (True, True)
    """
    from scipy.stats import norm, rankdata

    try:
        values = np.asarray(differences, dtype=float)
    except (TypeError, ValueError):  # their own words would show a cell
        raise DataError(
            f"differences are a {type(differences).__name__}, must be one number a pair, treated minus untreated: "
            "matching with replacement makes no such pairs"
        ) from None
    if not np.isfinite(values).all():
        raise DataError(
            f"differences hold {int((~np.isfinite(values)).sum())} values that are not finite, must be numbers"
        )
    values = values[values != 0]
    if len(values) < 10:
        raise DataError(f"{len(values)} pairs differ, must be at least 10 for the normal approximation")
    ranks = rankdata(np.abs(values))
    statistic = float(ranks[values > 0].sum())
    rows = {}
    for gamma in gammas:
        in_range("gamma", gamma, 1)
        highest = gamma / (1 + gamma)
        spread = np.sqrt(highest * (1 - highest) * (ranks**2).sum())
        rows[float(gamma)] = [
            float(norm.sf((statistic - share * ranks.sum()) / spread)) for share in (1 - highest, highest)
        ]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["p_low", "p_high"]).rename_axis("gamma")
