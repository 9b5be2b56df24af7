"""Chances of being on each of several lists, from covariates, given that a person is on one at least.

Given the covariates lists are independent, and list ``k`` holds a person with the logistic chance of ``x @ beta_k``.
Only people on a list are seen, so the likelihood is that of their lists given that they are on one: an exponential
family, whose logarithm is concave.

References
----------
.. [1] Huggins, R. M. (1989). On the statistical analysis of capture experiments. Biometrika 76, 133-140.
   https://doi.org/10.1093/biomet/76.1.133
.. [2] Alho, J. M. (1990). Logistic regression in capture-recapture models. Biometrics 46, 623-635.
   https://doi.org/10.2307/2531605
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.prevalence.loglinear.existence import recedes

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

_MAX_ITERATIONS, _MAX_HALVINGS = 100, 40
_CONVERGED = 1e-10
# A chance below 1 in 20,000: only then is it worth a linear programme to see whether covariates separate the lists.
_SUSPECT_LOGIT = 10.0


@dataclass(frozen=True, slots=True)
class ConditionalFit:
    """Fit to n people, K lists and P columns.

    ``beta`` (K, P) coefficients; ``covariance`` (K * P, K * P), list after list; ``chances`` (n, K) of each list;
    ``seen`` (n,) chance of being on any; ``loglik`` of the lists given that.
    """

    beta: Array
    covariance: Array
    chances: Array
    seen: Array
    loglik: float


@dataclass(frozen=True, slots=True)
class Weighted:
    """Horvitz-Thompson estimate of the population and its standard error."""

    population: float
    std_error: float


def fit_conditional(member: Array, columns: Array) -> ConditionalFit:
    """Fit by Newton's method on orthogonal columns.

    Parameters
    ----------
    member : numpy.ndarray
        Lists of each person, 0 and 1, shape (n, K); everybody is on one.
    columns : numpy.ndarray
        Intercept and covariates, of full rank, shape (n, P).

    Returns
    -------
    ConditionalFit
        Estimates.

    Raises
    ------
    FitError
        If covariates separate lists, so that the estimate does not exist, or the search does not end.

    Examples
    --------
    >>> member = np.repeat([[1, 0], [0, 1], [1, 1]], [60, 40, 20], axis=0)
    >>> found = fit_conditional(member, np.ones((120, 1)))
    >>> found.chances[0].round(6).tolist(), round(float(found.seen[0]), 6)
    ([0.333333, 0.25], 0.5)
    """
    people, lists = member.shape
    orthogonal, upper = np.linalg.qr(columns)
    orthogonal = orthogonal * np.sqrt(people)
    gamma, information = _newton(member.astype(float), orthogonal)
    logits = orthogonal @ gamma.T
    if (np.abs(logits) > _SUSPECT_LOGIT).any() and _separated(member, orthogonal):
        raise FitError(
            f"covariates separate the lists, {lists} of {people:,} people: for some values a list holds everybody seen "
            "or nobody, and its chance runs to one or zero; leave the covariate out or join its levels"
        )
    back = np.kron(np.eye(lists), np.linalg.inv(upper) * np.sqrt(people))
    chances, seen, loglik = _evaluate(member, logits)
    beta = (back @ gamma.ravel()).reshape(lists, -1)
    return ConditionalFit(beta, back @ np.linalg.inv(information) @ back.T, chances, seen, loglik)


def weigh_people(fitted: ConditionalFit, columns: Array) -> Weighted:
    """Count everybody who was seen for as many as share their covariates.

    Parameters
    ----------
    fitted : ConditionalFit
        The fit.
    columns : numpy.ndarray
        The columns it was fitted on, shape (n, P).

    Returns
    -------
    Weighted
        The standard error adds the chance of who is seen to the error of the coefficients.

    Examples
    --------
    >>> member = np.repeat([[1, 0], [0, 1], [1, 1]], [60, 40, 20], axis=0)
    >>> weighted = weigh_people(fit_conditional(member, np.ones((120, 1))), np.ones((120, 1)))
    >>> round(weighted.population, 4), round(weighted.std_error, 4)
    (240.0, 37.9473)
    """
    odds = (1 - fitted.seen) / fitted.seen**2
    slope = -(columns.T @ (odds[:, None] * fitted.chances)).T.ravel()
    variance = float(odds.sum() + slope @ fitted.covariance @ slope)
    return Weighted(float((1 / fitted.seen).sum()), float(np.sqrt(variance)))


def pair_residuals(member: Array, fitted: ConditionalFit) -> Array:
    """Compare the overlap of each pair of lists with what independence given the covariates expects.

    Parameters
    ----------
    member : numpy.ndarray
        Lists of each person, shape (n, K).
    fitted : ConditionalFit
        The fit.

    Returns
    -------
    numpy.ndarray
        Observed less expected over the standard deviation, shape (K, K); zeros on the diagonal. The coefficients are
        taken as known, so values are a little small.

    Examples
    --------
    >>> member = np.repeat([[1, 0], [0, 1], [1, 1]], [60, 40, 20], axis=0)
    >>> np.abs(pair_residuals(member, fit_conditional(member, np.ones((120, 1))))).round(6).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    lists = member.shape[1]
    residuals = np.zeros((lists, lists))
    for k in range(lists):
        for other in range(k):
            both = fitted.chances[:, k] * fitted.chances[:, other] / fitted.seen
            gap = float((member[:, k] * member[:, other]).sum() - both.sum())
            residuals[k, other] = residuals[other, k] = gap / np.sqrt(float((both * (1 - both)).sum()))
    return residuals


def _evaluate(member: Array, logits: Array) -> tuple[Array, Array, float]:
    """Return chances of each list and of any, and the log-likelihood."""
    from scipy.special import expit, log_expit

    missed = log_expit(-logits).sum(axis=1)
    seen = -np.expm1(missed)
    loglik = float((member * logits).sum() + missed.sum() - np.log(np.maximum(seen, 1e-300)).sum())
    return expit(logits), seen, loglik


def _newton(member: Array, columns: Array) -> tuple[Array, Array]:
    """Climb to the maximum; where it runs away, stop on the way for the proof that there is none."""
    people, lists = member.shape
    gamma = np.zeros((lists, columns.shape[1]))
    chances, seen, loglik = _evaluate(member, columns @ gamma.T)
    for _ in range(_MAX_ITERATIONS):
        expected = chances / seen[:, None]
        score = ((member - expected).T @ columns).ravel()
        information = _information(chances, seen, columns)
        step = np.linalg.lstsq(information, score, rcond=None)[0].reshape(gamma.shape)
        decrement = float(score @ step.ravel())
        if decrement < _CONVERGED:
            return gamma + step, information
        if np.abs(columns @ gamma.T).max() > 3 * _SUSPECT_LOGIT:
            return gamma, information
        scale = 1.0
        for _ in range(_MAX_HALVINGS):
            trial = _evaluate(member, columns @ (gamma + scale * step).T)
            if trial[2] >= loglik - 1e-12 * people:
                break
            scale /= 2
        gamma = gamma + scale * step
        chances, seen, loglik = trial
    raise FitError(
        f"Newton's method did not reach an estimate in {_MAX_ITERATIONS} steps: leave covariates out or join levels"
    )


def _information(chances: Array, seen: Array, columns: Array) -> Array:
    """Return the information of all coefficients, list after list: covariances of lists given that a person is seen."""
    lists, width = chances.shape[1], columns.shape[1]
    expected = chances / seen[:, None]
    information = np.empty((lists * width, lists * width))
    for k in range(lists):
        for other in range(lists):
            both = expected[:, k] if k == other else chances[:, k] * expected[:, other]
            weight = both - expected[:, k] * expected[:, other]
            block = (columns * weight[:, None]).T @ columns
            information[k * width : (k + 1) * width, other * width : (other + 1) * width] = block
    return information


def _separated(member: Array, columns: Array) -> bool:
    """Say whether some direction makes the lists of everybody no less likely, and of somebody more likely."""
    people, lists = member.shape
    others = np.arange(1, 1 << lists)[:, None] >> np.arange(lists) & 1
    gaps = (others[None, :, :] - member[:, None, :]).reshape(-1, lists)
    rows = gaps[:, :, None] * np.repeat(columns, len(others), axis=0)[:, None, :]
    flat = np.unique(rows.reshape(people * len(others), -1).round(9), axis=0)
    return recedes(flat, np.zeros((1, flat.shape[1])))
