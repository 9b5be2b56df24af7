"""Regressions with effects of units and times whose other columns are the same for a cohort at a time.

Two-way models, event studies by leads and lags, and Sun and Abraham's interactions are all of this kind, so cross
products are built from sums over cohorts, and no design matrix is ever written out.

References
----------
.. [1] Sun, L. and Abraham, S. (2021). Estimating dynamic treatment effects in event studies with heterogeneous
   treatment effects. Journal of Econometrics 225, 175-199. https://doi.org/10.1016/j.jeconom.2020.09.006
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from ctresearch.policy.adoption.group_time import Adoptions, Integers
    from ctresearch.policy.adoption.two_periods import Booleans, Floats

# a column of which units, or units and times, leave no more than this share is fixed by them
_FIXED = 1e-9


@dataclass(frozen=True, slots=True)
class CellFit:
    """Coefficients of a regression by cells.

    Parameters
    ----------
    coefficient : numpy.ndarray
        One a column, NaN where units and times fix it, shape (columns,).
    influence : numpy.ndarray
        Influence of each unit, with the small-sample correction of a regression clustered by unit, units by columns.
    residual : numpy.ndarray
        Units by times, 0 where a cell is not used.
    rows : int
        Cells that were used.
    """

    coefficient: Floats
    influence: Floats
    residual: Floats
    rows: int


def cell_regression(panel: Adoptions, used: Booleans, columns: Floats, *, corrected: bool = True) -> CellFit:
    """Regress outcomes on columns by cohort and time, covariates, units and times.

    Parameters
    ----------
    panel : Adoptions
        The data.
    used : numpy.ndarray
        Cells to use, units by times.
    columns : numpy.ndarray
        Columns of each unit's cohort, cohorts by times by columns, in the order of the sorted first times of treatment.
    corrected : bool
        Multiply variances by clusters / (clusters - 1) and (rows - 1) / (rows - columns), units not counted.

    Returns
    -------
    CellFit
        Coefficients of the columns.

    Raises
    ------
    FitError
        If no column varies within units beside the times.

    Examples
    --------
    >>> from ctresearch.policy.adoption.group_time import Adoptions
    >>> y = np.array([[1.0, 2, 6], [0, 1, 2], [0, 1, 2]])
    >>> law, none = np.array([2.0, np.inf, np.inf]), np.zeros((3, 3, 0))
    >>> panel = Adoptions(y, law, np.arange(3.0), np.ones(3), np.arange(3), none)
    >>> after = np.array([[0.0, 0, 1], [0, 0, 0]])[:, :, None]
    >>> cell_regression(panel, np.isfinite(y), after).coefficient.round(6).tolist()
    [3.0]
    """
    cohorts, member = np.unique(panel.first, return_inverse=True)
    used = used & np.isfinite(panel.outcome) & np.isfinite(panel.covariates).all(axis=2)
    hold = used * panel.weights[:, None]
    total = np.where(hold.sum(axis=1) > 0, hold.sum(axis=1), 1.0)[:, None]
    y = _within(np.where(used, panel.outcome, 0.0)[:, :, None], hold, total)[:, :, 0]
    given = np.where(used[:, :, None], panel.covariates, 0.0)
    x = _within(given, hold, total)
    kept = np.abs(x).max(axis=(0, 1), initial=0.0) <= _FIXED * np.abs(given).max(axis=(0, 1), initial=0.0)
    x[:, :, kept] = 0.0  # what is left of a covariate that a unit keeps is rounding
    times, k, covariates = len(panel.times), columns.shape[2], x.shape[2]
    # what each cohort adds: columns are [times, columns], and covariates stand behind
    own = np.concatenate([np.broadcast_to(np.eye(times), (len(cohorts), times, times)), columns], axis=2)
    size = times + k + covariates
    gram, product = np.zeros((size, size)), np.zeros(size)
    for place in range(len(cohorts)):
        rows = np.flatnonzero(member == place)
        share = hold[rows]
        left = np.diag(share.sum(axis=0)) - share.T @ (share / total[rows])
        gram[: times + k, : times + k] += own[place].T @ left @ own[place]
        product[: times + k] += own[place].T @ (share * y[rows]).sum(axis=0)
        gram[: times + k, times + k :] += own[place].T @ np.einsum("ut,utk->tk", share, x[rows])
    gram[times + k :, : times + k] = gram[: times + k, times + k :].T
    gram[times + k :, times + k :] = np.einsum("ut,utk,utl->kl", hold, x, x)
    product[times + k :] = np.einsum("ut,utk,ut->k", hold, x, y)
    bread, known = _inverse(gram, times, k)
    beta = bread @ product
    fitted = (own @ beta[: times + k])[member]
    fitted = fitted - (fitted * hold).sum(axis=1, keepdims=True) / total + x @ beta[times + k :]
    residual = (y - fitted) * used
    score = np.zeros((len(member), size))
    for place in range(len(cohorts)):
        rows = np.flatnonzero(member == place)
        score[rows, : times + k] = (hold[rows] * residual[rows]) @ own[place]
    score[:, times + k :] = np.einsum("ut,utk,ut->uk", hold, x, residual)
    influence = score @ bread[:, times : times + k] * len(member)
    if corrected:
        influence = influence * np.sqrt(
            _correction(panel, int(used.sum()), times + int(known.sum()) + int((~kept).sum()))
        )
    return CellFit(np.where(known, beta[times : times + k], np.nan), influence, residual, int(used.sum()))


def _within(values: Floats, hold: Floats, total: Floats) -> Floats:
    """Take the mean of each unit out of values."""
    mean = np.einsum("ut,utk->uk", hold, values) / total
    return np.asarray((values - mean[:, None]) * (hold > 0)[:, :, None], dtype=float)


def _inverse(gram: Floats, times: int, k: int) -> tuple[Floats, Booleans]:
    """Invert normal equations; columns that units, times and the columns before them fix are left out."""
    some = np.diag(gram).copy()
    scale = np.sqrt(np.where(some > 0, some, 1.0))
    unit = gram / np.outer(scale, scale)
    kept = np.ones(len(gram), dtype=bool)
    kept[:times] = _independent(unit, np.arange(times), [])
    own = _independent(unit, np.arange(times, len(gram)), list(np.flatnonzero(kept[:times])))
    kept[times:] = own
    if not kept[times : times + k].any():
        raise FitError(
            f"{k} columns of treatment are all fixed by units and times: give units that are treated at other times"
        )
    bread = np.zeros_like(gram)
    inside = np.ix_(kept, kept)
    bread[inside] = np.linalg.inv(unit[inside])
    return bread / np.outer(scale, scale), kept[times : times + k]


def _independent(unit: Floats, places: Integers, before: list[int]) -> Booleans:
    """Mark the columns that those before them do not fix, one after the other."""
    chosen, keep = list(before), []
    for place in places:
        inside = unit[np.ix_(chosen, chosen)]
        beside = unit[chosen, place]
        left = unit[place, place] - (beside @ np.linalg.solve(inside, beside) if chosen else 0.0)
        keep.append(left > _FIXED)
        chosen += [int(place)] if left > _FIXED else []
    return np.array(keep, dtype=bool)


def _correction(panel: Adoptions, rows: int, columns: int) -> float:
    """Return the usual correction of a variance by clusters, as fixest makes it."""
    clusters = int(panel.clusters.max()) + 1
    return clusters / (clusters - 1) * (rows - 1) / (rows - columns)
