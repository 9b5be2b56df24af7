"""The rows of a panel for a regression of an ordered outcome, and what its coefficients mean for chances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError, SpecificationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.policy.panels.panel import Panel
    from ctresearch.policy.panels.panel_columns import Floats, Integers

_MOST_LEVELS = 20
_SAME = 1e-9  # share of a regressor's spread that lies within units; below this it is rounding


@dataclass(frozen=True, slots=True)
class OrderedRows:
    """Rows in which the outcome and every regressor are known.

    Parameters
    ----------
    levels : numpy.ndarray
        Level of each row from 0, shape (rows,).
    labels : tuple of str
        What the levels are called.
    design : numpy.ndarray
        Regressors, their unit means where asked for, and periods, rows by columns.
    names : tuple of str
        Of the columns.
    unit, time, clusters : numpy.ndarray
        Places of each row, and its cluster from 0, shape (rows,).
    weights : numpy.ndarray
        Shape (rows,).
    moving : int
        Units whose outcome is not the same in all their rows.
    """

    levels: Integers
    labels: tuple[str, ...]
    design: Floats
    names: tuple[str, ...]
    unit: Integers
    time: Integers
    clusters: Integers
    weights: Floats
    moving: int


def ordered_rows(panel: Panel, regressors: Sequence[str], *, periods: bool, means: bool) -> OrderedRows:
    """Lay out the rows of a panel.

    Parameters
    ----------
    panel : Panel
        The panel.
    regressors : sequence of str
        ``"treatment"`` or covariates.
    periods : bool
        Whether periods have columns.
    means : bool
        Whether unit means have columns.

    Returns
    -------
    OrderedRows
        The rows.

    Raises
    ------
    SpecificationError
        If the panel has no such covariate.
    DataError
        If the outcome has one level or too many, or a regressor does not vary within units.
    """
    known = {"treatment": panel.treatment, **panel.covariates}
    missing = [one for one in regressors if one not in known]
    if missing:
        raise SpecificationError(
            f"the panel has no covariate {missing[0]!r}, must be one of {', '.join(known)}: name it in covariates= "
            "when the panel is read"
        )
    stack = np.stack([panel.outcome, *(known[one] for one in regressors)])
    masses = np.ones(panel.outcome.shape) if panel.weights is None else np.nan_to_num(panel.weights)
    unit, time = np.nonzero(np.isfinite(stack).all(axis=0) & (masses > 0))
    found, levels = np.unique(panel.outcome[unit, time], return_inverse=True)
    if not 2 <= len(found) <= _MOST_LEVELS:
        raise DataError(
            f"the outcome has {len(found)} levels in {len(unit):,} rows, must have 2 to {_MOST_LEVELS}: for amounts "
            "use PanelRegression"
        )
    weights = masses[unit, time]
    x = stack[1:, unit, time].T
    own = _unit_means(x, unit, weights)
    _refuse_kept(x, own, regressors)
    columns, names = [x], list(regressors)
    if means:
        columns.append(own)
        names += [f"mean of {one}" for one in regressors]
    if periods:
        places = np.unique(time)[1:]
        columns.append((time[:, None] == places).astype(np.float64))
        names += [f"period {panel.times[at]}" for at in places]
    low, high = np.full(len(panel.units), np.inf), np.full(len(panel.units), -np.inf)
    np.minimum.at(low, unit, levels)
    np.maximum.at(high, unit, levels)
    return OrderedRows(
        levels=levels.astype(np.int64),
        labels=tuple(f"{one:g}" for one in found),
        design=np.column_stack(columns),
        names=tuple(names),
        unit=unit,
        time=time,
        clusters=np.unique(panel.clusters[unit], return_inverse=True)[1].astype(np.int64),
        weights=weights,
        moving=int((high > low).sum()),
    )


def average_chances(rows: OrderedRows, parameters: Floats) -> tuple[Floats, Floats]:
    """Average over rows how the chance of each level changes where the first regressor is one higher.

    Parameters
    ----------
    rows : OrderedRows
        The rows.
    parameters : numpy.ndarray
        Coefficients, then thresholds.

    Returns
    -------
    change : numpy.ndarray
        Shape (levels,).
    slopes : numpy.ndarray
        Its derivatives, levels by parameters.
    """
    first = rows.design[:, 0]
    switch = bool(np.isin(first, (0.0, 1.0)).all())
    without, under = rows.design.copy(), rows.design.copy()
    without[:, 0] = 0.0 if switch else first
    under[:, 0] = 1.0 if switch else first + 1.0
    share = rows.weights / rows.weights.sum()
    (low, low_slope), (high, high_slope) = _chances(without, parameters, share), _chances(under, parameters, share)
    return high - low, high_slope - low_slope


def _chances(design: Floats, parameters: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Return the mean chance of each level, and its derivatives."""
    from scipy.special import expit

    width = design.shape[1]
    cuts = parameters[width:]
    at_most = expit(cuts[None] - (design @ parameters[:width])[:, None])
    slope = at_most * (1 - at_most) * share[:, None]
    below = np.concatenate([[0.0], share @ at_most, [1.0]])
    turned = np.zeros((len(cuts) + 2, len(parameters)))
    turned[1:-1, :width] = -slope.T @ design
    turned[np.arange(1, len(cuts) + 1), width + np.arange(len(cuts))] = slope.sum(axis=0)
    return np.diff(below), np.diff(turned, axis=0)


def _unit_means(x: Floats, unit: Integers, weights: Floats) -> Floats:
    """Return the mean of each column over the rows of a unit, at each row."""
    total = np.bincount(unit, weights)
    sums = np.stack([np.bincount(unit, weights * one) for one in x.T], axis=1)
    return np.asarray((sums / np.where(total > 0, total, 1.0)[:, None])[unit], dtype=np.float64)


def _refuse_kept(x: Floats, own: Floats, regressors: Sequence[str]) -> None:
    """Refuse a regressor that every unit keeps: what units keep is taken out."""
    spread = np.abs(x - x.mean(axis=0)).max(axis=0)
    within = np.abs(x - own).max(axis=0)
    for name, all_of_it, inside in zip(regressors, spread, within, strict=True):
        if inside <= _SAME * max(float(all_of_it), 1e-300):
            raise DataError(
                f"column {name!r} does not vary within units, must vary there, since what units keep over time is "
                "taken out: leave it out"
            )
