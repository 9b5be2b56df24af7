"""One log-linear model of a table that is seen in part: its fit, the population by it, and profile limits.

References
----------
.. [1] Fienberg, S. E. (1972). The multiple recapture census for closed populations and incomplete 2^k contingency
   tables. Biometrika 59, 591-603. https://doi.org/10.1093/biomet/59.3.591
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.loglinear.profile_interval import climb_profile
from ctresearch.prevalence.partial.interval_poisson import RangeFit, Ranges, fit_ranges

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class Predicted:
    """People on at least one list and on none, standard error of their sum, limits of the sum."""

    seen: float
    unseen: float
    std_error: float
    low: float
    high: float


def subset_design(terms: Array, cells: Array) -> Array:
    """Write a design out: a term acts in the cells that contain it.

    Parameters
    ----------
    terms, cells : numpy.ndarray
        Patterns of lists, shapes (P,) and (C,).

    Returns
    -------
    numpy.ndarray
        Floats of 0 and 1, shape (C, P).

    Examples
    --------
    >>> subset_design(np.array([0, 1, 2]), np.array([1, 3])).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]
    """
    design: Array = ((terms[None, :] & ~cells[:, None]) == 0).astype(float)
    return design


def model_ranges(terms: Array, cells: Array, low: Array, high: Array) -> Ranges:
    """Write a table seen in part out for one model.

    Parameters
    ----------
    terms : numpy.ndarray
        Terms of the model, the intercept first, shape (P,).
    cells : numpy.ndarray
        Patterns that somebody can have, shape (C,).
    low, high : numpy.ndarray
        Smallest and largest number of people by cell, shape (2 ** lists,).

    Returns
    -------
    Ranges
        The table, C by P, without offset or prior.

    Examples
    --------
    >>> people = np.array([0.0, 60, 40, 20])
    >>> model_ranges(np.array([0, 1, 2]), np.array([1, 2, 3]), people, people).design.shape
    (3, 3)
    """
    return Ranges(subset_design(terms, cells), low[cells], high[cells], np.zeros(len(cells)), np.zeros(len(terms)))


def predict_population(table: Ranges, fitted: RangeFit, level: float | None) -> Predicted:
    """Estimate the population by a fitted model whose first column is the intercept.

    The variance adds up three parts: where within their ranges the counts lie, the number on no list around its mean,
    and the coefficients.

    Parameters
    ----------
    table : Ranges
        The counts.
    fitted : RangeFit
        Its fit, with an estimate.
    level : float, optional
        Coverage of the profile-likelihood limits; those of the number on no list are widened, in quadrature, by the
        ranges. Without a level there are no limits.

    Returns
    -------
    Predicted
        In persons.

    Examples
    --------
    >>> from ctresearch.prevalence.partial.interval_poisson import exact_ranges
    >>> table = exact_ranges(subset_design(np.array([0, 1, 2]), np.array([1, 2, 3])), np.array([60.0, 40.0, 20.0]))
    >>> predicted = predict_population(table, fit_ranges(table), 0.95)
    >>> round(predicted.unseen), round(predicted.low), round(predicted.high)
    (120, 182, 339)
    """
    from scipy.special import ndtri

    seen, unseen = float(fitted.expected.sum()), float(np.exp(fitted.beta[0]))
    within = float(fitted.variance.sum())
    slope = table.design.T @ fitted.variance
    slope[0] += unseen
    std_error = float(np.sqrt(within + unseen + slope @ fitted.covariance @ slope))
    if level is None:
        return Predicted(seen, unseen, std_error, np.nan, np.nan)
    ends = climb_profile(lambda missing: profile_height(table, missing)[0], 0.0, unseen, level)
    reach, centre = float(ndtri((1 + level) / 2) * np.sqrt(within)), seen + ends.estimate
    low = centre - float(np.hypot(centre - _total(table, ends.low), reach))
    high = centre + float(np.hypot(_total(table, ends.high) - centre, reach))
    return Predicted(seen, unseen, std_error, max(low, float(table.low.sum())), high)


def profile_height(table: Ranges, unseen: float) -> tuple[float, float]:
    """Return the profile log-likelihood at one number of people on no list, and the number expected on the lists.

    Parameters
    ----------
    table : Ranges
        The counts of a model whose estimate exists; the first column is the intercept.
    unseen : float
        People on no list.

    Returns
    -------
    tuple of float
        Log-likelihood given the size of the population, and the number on at least one list.

    Examples
    --------
    >>> from ctresearch.prevalence.partial.interval_poisson import exact_ranges
    >>> table = exact_ranges(subset_design(np.array([0, 1, 2]), np.array([1, 2, 3])), np.array([60.0, 40.0, 20.0]))
    >>> profile_height(table, 120.0)[0] > profile_height(table, 300.0)[0]
    True
    """
    from scipy.special import gammaln

    row = np.zeros((1, table.design.shape[1]))
    row[0, 0] = 1.0
    filled = replace(
        table,
        design=np.vstack([table.design, row]),
        low=np.append(table.low, unseen),
        high=np.append(table.high, unseen),
        offset=np.append(table.offset, 0.0),
    )
    fitted = fit_ranges(filled, exists=True)
    seen = float(fitted.expected[:-1].sum())
    total = seen + unseen
    return float(fitted.loglik + total - total * np.log(total) + gammaln(total + 1)), seen


def _total(table: Ranges, unseen: float) -> float:
    """Return the population at one end of the profile, infinite where there is no end."""
    return unseen + profile_height(table, unseen)[1] if np.isfinite(unseen) else unseen
