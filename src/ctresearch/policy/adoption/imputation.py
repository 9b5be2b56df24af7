"""Effects against imputed outcomes: Borusyak, Jaravel and Spiess, and Gardner's two stages.

Both fit units and times on cells without treatment and carry the fit to the treated cells; the averages are the same
and the standard errors differ. Those of the first are conservative where effects within a cohort and time differ;
those of the second treat the second stage as a regression.

References
----------
.. [1] Borusyak, K., Jaravel, X. and Spiess, J. (2024). Revisiting event-study designs: robust and efficient estimation.
   Review of Economic Studies 91, 3253-3285. https://doi.org/10.1093/restud/rdae007
.. [2] Gardner, J. (2022). Two-stage differences in differences. https://doi.org/10.48550/arXiv.2207.05943
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError
from ctresearch.policy.adoption.two_way import TwoWay, reached, two_way

if TYPE_CHECKING:
    from ctresearch.policy.adoption.group_time import Adoptions, Integers
    from ctresearch.policy.adoption.two_periods import Booleans, Floats


_FIXED = 1e-9  # share of a covariate that units and times leave; below this it is rounding


@dataclass(frozen=True, slots=True)
class Imputed:
    """Outcomes less what units and times would have given without treatment.

    Parameters
    ----------
    gap : numpy.ndarray
        Outcome less the fit, units by times; NaN where there is none.
    since : numpy.ndarray
        Time since adoption, minus infinity for units that never adopt, units by times.
    fitted : TwoWay
        Effects on the untreated cells.
    untreated, treated : numpy.ndarray
        Cells that are fitted, and treated cells with a fit, units by times.
    controls : numpy.ndarray
        Covariates less their effects of units and times on untreated cells, units by times by covariates.
    gram : numpy.ndarray
        Inverse of their cross-products on untreated cells.
    outside : int
        Treated cells that were seen and have no fit.
    """

    gap: Floats
    since: Floats
    fitted: TwoWay
    untreated: Booleans
    treated: Booleans
    controls: Floats
    gram: Floats
    outside: int


def impute(panel: Adoptions, anticipation: float = 0.0) -> Imputed:
    """Fit units, times and covariates on untreated cells.

    Parameters
    ----------
    panel : Adoptions
        The data.
    anticipation : float
        How long before adoption cells count as treated.

    Returns
    -------
    Imputed
        Gaps to the fit.

    Raises
    ------
    DataError
        If no treated cell has a fit.

    Examples
    --------
    >>> from ctresearch.policy.adoption.group_time import Adoptions
    >>> y = np.array([[1.0, 2, 6], [0, 1, 2], [0, 1, 2]])
    >>> law, none = np.array([2.0, np.inf, np.inf]), np.zeros((3, 3, 0))
    >>> panel = Adoptions(y, law, np.arange(3.0), np.ones(3), np.arange(3), none)
    >>> impute(panel).gap[0, 2].round(6)
    np.float64(3.0)
    """
    since = panel.times[None] - np.where(np.isfinite(panel.first), panel.first, np.inf)[:, None]
    seen = np.isfinite(panel.outcome) & np.isfinite(panel.covariates).all(axis=2)
    untreated = seen & (since < -anticipation)
    fitted = two_way(untreated * panel.weights[:, None])
    known = reached(fitted)
    treated = seen & (since >= -anticipation) & known
    if not treated.any():
        raise DataError(
            f"{int((seen & (since >= 0)).sum()):,} cells are treated, and none has a unit and a time that were also "
            "seen untreated: give earlier times of the adopters and units that adopt later or never"
        )
    filled, given = np.where(seen, panel.outcome, 0.0), np.where(seen[:, :, None], panel.covariates, 0.0)
    hold = fitted.hold[:, :, None]
    unit, time = fitted.project(given * hold)
    controls = (given - unit[:, None] - time[None]) * (seen & known)[:, :, None]
    controls, gram = _independent_controls(controls, given, fitted.hold)
    slopes = gram @ np.einsum("utk,ut->k", controls * hold, filled)
    left = filled - given @ slopes
    unit, time = fitted.project((left * fitted.hold)[:, :, None])
    gap = np.where(seen & known, left - unit - time.T, np.nan)
    lost = int((seen & (since >= -anticipation) & ~known).sum())
    return Imputed(gap, since, fitted, untreated, treated, controls, gram, lost)


def _independent_controls(controls: Floats, given: Floats, hold: Floats) -> tuple[Floats, Floats]:
    """Leave out covariates that units and times fix; invert the cross-products of the others, whatever their scale."""
    size = np.sqrt(np.einsum("utk,ut,utk->k", controls, hold, controls))
    whole = np.sqrt(np.einsum("utk,ut,utk->k", given, hold, given))
    moves = size > _FIXED * whole  # what is left of a covariate that a unit keeps is rounding
    scale = np.where(moves, size, np.inf)
    scaled = controls / scale
    inverse = np.linalg.pinv(np.einsum("utk,ut,utl->kl", scaled, hold, scaled), rcond=1e-11, hermitian=True)
    return np.where(moves, controls, 0.0), np.asarray(inverse / np.outer(scale, scale), dtype=float)


def carried(imputed: Imputed, weights: Floats) -> Floats:
    """Return how much every cell counts in weighted sums of gaps, those that were fitted among them.

    Parameters
    ----------
    imputed : Imputed
        Gaps.
    weights : numpy.ndarray
        Weights of the gaps in each sum, units by times by sums.

    Returns
    -------
    numpy.ndarray
        What the fit takes away from the weights of untreated cells, units by times by sums.
    """
    unit, time = imputed.fitted.solve(weights.sum(axis=1), weights.sum(axis=0))
    moved = unit[:, None] + time[None]
    if imputed.controls.shape[2]:
        moved = moved + imputed.controls @ (imputed.gram @ np.einsum("utk,utj->kj", imputed.controls, weights))
    return np.asarray(moved * imputed.fitted.hold[:, :, None], dtype=float)


def cell_influence(
    imputed: Imputed, rows: Integers, time: int, weights: Floats, *, squared: bool
) -> tuple[float, Floats]:
    """Average the gaps of some units at one time, and return what each unit does to the average.

    Parameters
    ----------
    imputed : Imputed
        Gaps.
    rows : numpy.ndarray
        Places of the units.
    time : int
        Place of the time.
    weights : numpy.ndarray
        Weights of these units, of sum 1, shape (rows,).
    squared : bool
        Hold gaps against their mean by squared weights, as equation (8) of Borusyak, Jaravel and Spiess does.

    Returns
    -------
    tuple
        The average, and influence of shape (units,), times the number of units.
    """
    gap = imputed.gap[rows, time]
    mean = float(weights @ gap)
    spread = np.zeros((*imputed.gap.shape, 1))
    spread[rows, time, 0] = weights
    spare = np.where(imputed.untreated, imputed.gap, 0.0)
    influence = -np.einsum("ut,ut->u", carried(imputed, spread)[:, :, 0], spare)
    against = float(weights**2 @ gap / (weights**2).sum()) if squared else mean
    influence[rows] += weights * (gap - against)
    return mean, np.asarray(influence * len(imputed.gap), dtype=float)
