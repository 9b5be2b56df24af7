"""Rows of estimates by age group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.result import estimates_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = tuple[float, float, float, float]
NO_ROW: Row = (float("nan"), float("nan"), float("nan"), float("nan"))


def grouped_table(
    found: Mapping[str, Mapping[str, Row] | None], terms: Sequence[str], *, unit: str = ""
) -> pd.DataFrame:
    """Lay the rows of all groups out, those of a group without an estimate as missing.

    Parameters
    ----------
    found : mapping
        Group to term to estimate, standard error and limits; None where there is no estimate.
    terms : sequence of str
        Terms of a group without one.
    unit : str
        What is counted.

    Returns
    -------
    pandas.DataFrame
        As a result holds it, with the key column ``group``.

    Examples
    --------
    >>> grouped_table({"adults": {"effect": (1, 1, 0, 2)}, "children": None}, ["effect"])["estimate"].tolist()
    [1.0, nan]
    """
    parts = [
        estimates_table(dict.fromkeys(terms, NO_ROW) if rows is None else rows, unit=unit, group=group)
        for group, rows in found.items()
    ]
    return pd.concat(parts)


def t_limits(estimate: float, error: float, df: float, level: float) -> Row:
    """Return an estimate, its standard error and limits by the t distribution.

    Parameters
    ----------
    estimate, error, df : float
        Point, standard error and degrees of freedom.
    level : float
        Coverage, as a proportion.

    Returns
    -------
    tuple of float
        Estimate, standard error, lower and upper limit.

    Examples
    --------
    >>> [round(v, 3) for v in t_limits(0.0, 1.0, 10.0, 0.95)]
    [0.0, 1.0, -2.228, 2.228]
    """
    from scipy.special import stdtrit

    reach = float(stdtrit(df, (1 + level) / 2)) * error if np.isfinite(df) else float("nan")
    return estimate, error, estimate - reach, estimate + reach
