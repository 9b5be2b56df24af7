"""Standardised risks and log odds ratios of a logistic regression with Firth's penalty, with profile limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.result import estimates_table
from ctresearch.stats.regression.generalized_linear import mean_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ctresearch.causes.models.penalised_logistic import Penalised
    from ctresearch.stats.regression.generalized_linear import Floats

Row = tuple[float, float, float, float]


def standardised_table(model: Penalised, arms: tuple[Floats, Floats], target: Floats, level: float) -> pd.DataFrame:
    """Return the effect and the risks of both arms in the target population.

    Parameters
    ----------
    model : Penalised
        The regression.
    arms : tuple of numpy.ndarray
        Its columns without and with treatment, rows by columns.
    target : numpy.ndarray
        Weight of each row in the population that the effect is about, shape (rows,).
    level : float
        Coverage of the limits, as a proportion.

    Returns
    -------
    pandas.DataFrame
        Terms ``effect``, ``mean_treated`` and ``mean_untreated``.

    Examples
    --------
    >>> from ctresearch.causes.models.penalised_logistic import fit_penalised
    >>> a = np.array([0.0, 0, 0, 0, 1, 1, 1, 1])
    >>> low, high = (np.column_stack([np.ones(8), np.full(8, arm)]) for arm in (0.0, 1.0))
    >>> model = fit_penalised(np.column_stack([np.ones(8), a]), np.array([0.0, 0, 0, 0, 1, 1, 1, 0]))
    >>> standardised_table(model, (low, high), np.ones(8), 0.95)["estimate"].round(2).tolist()
    [0.6, 0.7, 0.1]
    """
    share = target / target.sum()
    signs = {"effect": (-1.0, 1.0), "mean_treated": (0.0, 1.0), "mean_untreated": (1.0, 0.0)}

    def row(parts: tuple[float, float]) -> Row:
        used = [(sign, arm) for sign, arm in zip(parts, arms, strict=True) if sign]

        def value(at: Floats) -> float:
            return float(sum(sign * (share @ mean_of("logistic", arm @ at)) for sign, arm in used))

        def slope(at: Floats) -> Floats:
            total = np.zeros(len(at))
            for sign, arm in used:
                chance = mean_of("logistic", arm @ at)
                total += sign * (arm.T @ (share * chance * (1 - chance)))
            return total

        steep = slope(model.coefficients)
        error = float(np.sqrt(steep @ model.inverse @ steep))
        return (value(model.coefficients), error, *model.limits(value, slope, level))

    return estimates_table({name: row(parts) for name, parts in signs.items()})


def coefficient_table(model: Penalised, names: Sequence[str], level: float) -> pd.DataFrame:
    """Return the log odds ratios with profile limits.

    Parameters
    ----------
    model : Penalised
        The regression.
    names : sequence of str
        Of its columns.
    level : float
        Coverage of the limits, as a proportion.

    Returns
    -------
    pandas.DataFrame
        One row a column.

    Examples
    --------
    >>> from ctresearch.causes.models.penalised_logistic import fit_penalised
    >>> model = fit_penalised(np.ones((4, 1)), np.zeros(4))
    >>> coefficient_table(model, ["constant"], 0.95)["estimate"].round(4).tolist()
    [-2.1972]
    """
    rows: dict[str, Row] = {}
    for place, name in enumerate(names):
        unit = np.zeros(len(names))
        unit[place] = 1.0
        low, high = model.limits(lambda at, k=place: float(at[k]), lambda _, u=unit: u, level)  # type: ignore[misc]
        rows[name] = (float(model.coefficients[place]), float(np.sqrt(model.inverse[place, place])), low, high)
    return estimates_table(rows, unit="log odds ratio")
