"""The likelihood of a list experiment, and its fits by regression.

References
----------
.. [1] Imai, K. (2011). Multivariate regression analysis for the item count technique. Journal of the American
   Statistical Association 106, 407-416. https://doi.org/10.1198/jasa.2011.ap10415
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import FitError
from ctresearch.prevalence.surveys.sensitive_rows import sandwich
from ctresearch.stats.regression.jet import Jet, seeds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.prevalence.surveys.sensitive_rows import SensitiveRows
    from ctresearch.prevalence.surveys.survey_design import Floats, Ints

    Bools = NDArray[np.bool_]


def list_likelihood(answer: Ints, treated: Bools, items: int, predictors: Floats) -> Jet:
    """Return the log-likelihood by row.

    Parameters
    ----------
    answer : numpy.ndarray
        Items that apply, shape (n,).
    treated : numpy.ndarray
        Who had the sensitive item among them, shape (n,).
    items : int
        Number of control items.
    predictors : numpy.ndarray
        Logits of the sensitive share and of a control item, one for everybody or one for those without and one for
        those with the sensitive trait, shape (n, 2) or (n, 3).

    Returns
    -------
    Jet
        By row, in the predictors.
    """
    etas = seeds(predictors)
    sensitive, without, among = etas[0], etas[1], etas[-1]
    low, high = _log_share(-sensitive), _log_share(sensitive)
    plain = _binomial(answer, items, without) + low
    shifted = _binomial(answer - 1, items, among) + high
    both = _log_sum(plain, shifted)
    with_item = plain.where(answer == 0, shifted.where(answer == items + 1, both))
    if len(etas) == 2:
        return with_item.where(treated, _binomial(answer, items, without))
    return with_item.where(treated, _log_sum(plain, _binomial(answer, items, among) + high))


def _log_share(eta: Jet) -> Jet:
    """Return the logarithm of the share with a logit."""
    return -((-eta).exp().log1p())


def _binomial(count: Ints, items: int, eta: Jet) -> Jet:
    """Return the logarithm of the chance of a count, those that cannot be held at the nearest that can."""
    from scipy.special import gammaln

    count = np.clip(count, 0, items)
    ways = np.asarray(gammaln(items + 1) - gammaln(count + 1) - gammaln(items - count + 1), dtype=np.float64)
    return eta * count.astype(float) + (eta.exp().log1p() * (-float(items)) + ways)


def _log_sum(one: Jet, other: Jet) -> Jet:
    """Return the logarithm of the sum of two exponentials."""
    top = np.maximum(one.value, other.value)
    return ((one - top).exp() + (other - top).exp()).log() + top


def linear_fit(rows: SensitiveRows, treated: Bools) -> tuple[Floats, Floats]:
    """Fit the answers by least squares on covariates and their products with treatment.

    Parameters
    ----------
    rows : SensitiveRows
        The answers.
    treated : numpy.ndarray
        Shape (n,).

    Returns
    -------
    beta : numpy.ndarray
        Of the control items first, then of the sensitive item, shape (2 P,).
    covariance : numpy.ndarray
        HC3, or over clusters where there are any.
    """
    columns = np.hstack([rows.matrix, rows.matrix * treated[:, None]])
    bread: Floats = np.asarray(np.linalg.inv((columns.T * rows.weight) @ columns), dtype=np.float64)
    beta = bread @ (columns.T @ (rows.weight * rows.answer))
    left = rows.answer - columns @ beta
    lever = np.einsum("ij,jk,ik->i", columns, bread, columns) * rows.weight
    if rows.cluster.max() + 1 < len(left):
        return beta, sandwich(bread, columns * (rows.weight * left)[:, None], rows.cluster)
    scores = columns * (rows.weight * left / (1 - lever))[:, None]
    return beta, np.asarray(bread @ (scores.T @ scores) @ bread)


def nonlinear_fit(rows: SensitiveRows, treated: Bools, items: int) -> tuple[Floats, Floats]:
    """Fit control items on those without the sensitive item, then the sensitive share on the others.

    Parameters
    ----------
    rows : SensitiveRows
        The answers.
    treated : numpy.ndarray
        Shape (n,).
    items : int
        Number of control items.

    Returns
    -------
    beta : numpy.ndarray
        Logits of the control items first, then of the sensitive share, shape (2 P,).
    covariance : numpy.ndarray
        Of both steps together.

    Raises
    ------
    FitError
        If least squares have no solution inside.
    """
    from scipy.optimize import least_squares
    from scipy.special import expit

    size, root, matrix = rows.matrix.shape[1], np.sqrt(rows.weight), rows.matrix
    control = least_squares(
        lambda g: (root * (rows.answer - items * expit(matrix @ g)))[~treated], np.zeros(size), xtol=1e-14, ftol=1e-14
    ).x
    rest = rows.answer - items * expit(matrix @ control)
    start = np.zeros(size)
    start[0] = np.log(0.2 / 0.8)
    told = least_squares(
        lambda d: (root * (rest - expit(matrix @ d)))[treated], start, xtol=1e-14, ftol=1e-14, max_nfev=2000
    )
    beta = np.concatenate([control, told.x])
    if not told.success or np.abs(matrix @ told.x).max() > 30:
        raise FitError(
            f"least squares with {told.x.size} terms have no solution inside: the share of some group runs to none or "
            "all; use fewer terms, or method='ml'"
        )
    return beta, _two_steps(rows, treated, items, beta)


def _two_steps(rows: SensitiveRows, treated: Bools, items: int, beta: Floats) -> Floats:
    """Return the sandwich of both steps."""
    from scipy.special import expit

    matrix, size = rows.matrix, rows.matrix.shape[1]
    others, share = expit(matrix @ beta[:size]), expit(matrix @ beta[size:])
    slope_one, slope_two = items * others * (1 - others), share * (1 - share)
    left_one, left_two = rows.answer - items * others, rows.answer - items * others - share
    first = matrix * (rows.weight * ~treated * left_one * slope_one)[:, None]
    second = matrix * (rows.weight * treated * left_two * slope_two)[:, None]
    bread = np.zeros((2 * size, 2 * size))
    bread[:size, :size] = (matrix.T * (rows.weight * ~treated * slope_one**2)) @ matrix
    bread[size:, size:] = (matrix.T * (rows.weight * treated * slope_two**2)) @ matrix
    bread[size:, :size] = (matrix.T * (rows.weight * treated * slope_two * slope_one)) @ matrix
    inverse: Floats = np.asarray(np.linalg.inv(bread), dtype=np.float64)
    scores = np.hstack([first, second])
    if rows.robust:
        return sandwich(inverse, scores, rows.cluster)
    return np.asarray(inverse @ (scores.T @ scores) @ inverse.T)
