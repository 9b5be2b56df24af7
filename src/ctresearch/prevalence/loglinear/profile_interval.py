"""Standard error and profile-likelihood limits of the population size under one log-linear model.

References
----------
.. [1] Cormack, R. M. (1992). Interval estimation for mark-recapture studies of closed populations. Biometrics 48,
   567-576.
.. [2] Baillargeon, S. and Rivest, L.-P. (2007). Rcapture: loglinear models for capture-recapture in R. Journal of
   Statistical Software 19(5). https://doi.org/10.18637/jss.v019.i05
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.prevalence.lists.cells import Array, table_margins
from ctresearch.prevalence.loglinear.existence import FittedModel, fit_model
from ctresearch.prevalence.loglinear.poisson import ESTIMATED

if TYPE_CHECKING:
    from collections.abc import Callable

# Between a millionth of a person and more than all people on earth: a limit beyond either is none.
_LEAST, _MOST = 1e-6, 1e10


@dataclass(frozen=True, slots=True)
class Profile:
    """The population size of the highest profile likelihood, and its limits; infinite beyond all people on earth."""

    estimate: float
    low: float
    high: float


def standard_error(model: FittedModel) -> float:
    """Return the standard error of the population size under a fitted model.

    The variance is the mean of the unobserved cell plus its square times the variance of the intercept.

    Parameters
    ----------
    model : FittedModel
        A model with an estimate.

    Returns
    -------
    float
        In persons.

    Examples
    --------
    >>> round(standard_error(fit_model(np.array([0, 60, 40, 20]), np.array([0, 1, 2]))), 4)
    37.9473
    """
    sums = table_margins(model.means)
    information = sums[model.kept[:, None] | model.kept[None, :]]
    variance = float(np.linalg.inv(information)[0, 0])
    return float(np.sqrt(model.unobserved + model.unobserved**2 * variance))


def profile_interval(counts: Array, terms: Array, level: float) -> Profile:
    """Find the population sizes that the multinomial likelihood of one model does not rule out.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,); the first is not used.
    terms : numpy.ndarray
        Terms of a model whose estimate exists.
    level : float
        Coverage as a proportion.

    Returns
    -------
    Profile
        Maximum and limits, as numbers of persons.

    Examples
    --------
    >>> profile = profile_interval(np.array([0, 60, 40, 20]), np.array([0, 1, 2]), 0.95)
    >>> round(profile.low), round(profile.high)
    (182, 339)
    """
    people, unobserved = float(counts[1:].sum()), fit_model(counts, terms).unobserved
    return climb_profile(lambda missing: _profile_height(counts, terms, missing), people, unobserved, level)


def climb_profile(height: Callable[[float], float], people: float, unobserved: float, level: float) -> Profile:
    """Find the top of any profile likelihood of the number on no list, and where it has fallen too far.

    Parameters
    ----------
    height : callable
        Profile log-likelihood, without its constant, at one number of people on no list.
    people : float
        Number on at least one list.
    unobserved : float
        Where to start: an estimate of the number on no list.
    level : float
        Coverage as a proportion.

    Returns
    -------
    Profile
        Maximum and limits, as numbers of persons.

    Examples
    --------
    >>> profile = climb_profile(lambda missing: -((np.log(missing) - 5) ** 2), 100, 120, 0.95)
    >>> round(profile.estimate, 3)
    248.413
    """
    from scipy.optimize import brentq, minimize_scalar
    from scipy.special import gammaincinv

    start = np.log(max(unobserved, 1.0))
    top = minimize_scalar(
        lambda x: -height(float(np.exp(x))), bounds=(start - 5, start + 3), method="bounded", options={"xatol": 1e-9}
    )
    drop = float(gammaincinv(0.5, level))  # half a quantile of chi-squared with one degree of freedom

    def above(log_unobserved: float) -> float:
        return height(float(np.exp(log_unobserved))) + float(top.fun) + drop

    low = _crossing(above, float(top.x), -1.0, brentq)
    high = _crossing(above, float(top.x), 1.0, brentq)
    return Profile(estimate=people + float(np.exp(top.x)), low=people + np.exp(low), high=people + np.exp(high))


def multinomial_height(kernel: float, people: float, unobserved: float) -> float:
    """Turn the Poisson likelihood of a table whose unobserved cell is filled into the multinomial one.

    Parameters
    ----------
    kernel : float
        Maximum of the Poisson log-likelihood without the factorials.
    people, unobserved : float
        Number on at least one list and on none.

    Returns
    -------
    float
        Log-likelihood without the terms that no population size changes.

    Examples
    --------
    >>> round(multinomial_height(0.0, 10, 10), 3)
    -12.683
    """
    from scipy.special import gammaln

    total = people + unobserved
    return float(kernel + total - total * np.log(total) + gammaln(total + 1) - gammaln(unobserved + 1))


def _crossing(above: Callable[[float], float], top: float, direction: float, solver: Callable[..., float]) -> float:
    """Walk away from the top until the profile has fallen far enough, then close in; infinite if it never does."""
    ends, inner, reach = np.log((_LEAST, _MOST)), top, 0.25
    while True:
        outer = float(np.clip(inner + direction * reach, *ends))
        if above(outer) < 0:
            crossing: float = solver(above, min(inner, outer), max(inner, outer), xtol=1e-12)
            return crossing
        if outer in ends:
            return direction * np.inf
        inner, reach = outer, 2 * reach


def _profile_height(counts: Array, terms: Array, unobserved: float) -> float:
    """Return the multinomial log-likelihood, without its constant, at one size of the unobserved cell."""
    filled = counts.astype(np.float64)
    filled[0] = unobserved
    model = fit_model(filled, terms, first=0)
    if model.verdict != ESTIMATED:
        return -np.inf
    return multinomial_height(model.loglik, float(filled[1:].sum()), unobserved)
