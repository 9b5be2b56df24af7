"""The posterior of a Poisson log-linear model under a normal prior, or a mixture of normals with one unknown variance.

References
----------
.. [1] Overstall, A. M. and King, R. (2014). conting: an R package for Bayesian analysis of complete and incomplete
   contingency tables. Journal of Statistical Software 58 (7). https://doi.org/10.18637/jss.v058.i07
.. [2] Tierney, L. and Kadane, J. B. (1986). Accurate approximations for posterior moments and marginal densities.
   Journal of the American Statistical Association 81, 82-86. https://doi.org/10.1080/01621459.1986.10478240
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ctresearch.core.compile import copy_into, kernel

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

_MAX_ITERATIONS = 200
_MAX_HALVINGS = 40
_CONVERGED = 1e-10


class Target(NamedTuple):
    """A model, its data and its prior, for C cells and P coefficients.

    ``design`` (C, P) of the observed cells and ``counts`` (C,) of people in them; ``precision`` (P,) prior precision
    of each coefficient, 0 for a flat prior. With ``shape`` 0 the prior is normal. Otherwise the precisions are
    divided by one unknown variance whose prior is inverse gamma with shape ``shape`` and scale ``scale``, summed out.
    """

    design: Array
    counts: Array
    precision: Array
    shape: float
    scale: float


class Mode(NamedTuple):
    """Where a posterior is highest.

    ``beta`` (P,) coefficients; ``factor`` (P, P) lower triangle whose square is the information there; ``log_density``
    up to the factorials of the counts; ``log_laplace`` Laplace's approximation of the log marginal likelihood;
    ``found`` whether the search ended there.
    """

    beta: Array
    factor: Array
    log_density: float
    log_laplace: float
    found: bool


def log_density(target: Target, betas: Array) -> Array:
    """Return the log of likelihood times prior at some coefficients.

    Parameters
    ----------
    target : Target
        Model, data and prior.
    betas : numpy.ndarray
        Coefficients, shape (M, P).

    Returns
    -------
    numpy.ndarray
        Shape (M,), without the factorials of the counts; with the constants of the prior, so that models compare.

    Examples
    --------
    >>> target = Target(np.ones((2, 1)), np.array([3.0, 5.0]), np.zeros(1), 0.0, 0.0)
    >>> log_density(target, np.log([[4.0]])).round(4).tolist()
    [3.0904]
    """
    fitted = np.exp(np.minimum(betas @ target.design.T, 700.0))
    loglik = betas @ (target.counts @ target.design) - fitted.sum(axis=1)
    squares = betas**2 @ target.precision
    density: Array = loglik + _log_priors(target, squares)
    return density


@kernel
def find_mode(target: Target, start: Array) -> Mode:
    """Climb to the mode by Newton's method.

    Parameters
    ----------
    target : Target
        Model, data and prior.
    start : numpy.ndarray
        Coefficients to start from, shape (P,).

    Returns
    -------
    Mode
        The mode, or where the search stopped.
    """
    beta, size = start.copy(), start.size
    matrix, step = np.empty((size, size)), np.empty(size)
    value = density(target, beta)
    found = False
    for _ in range(_MAX_ITERATIONS):
        score = _fill_information(target, beta, matrix)
        if not _factorise(matrix):
            break
        copy_into(step, score)
        _solve(matrix, step)
        decrement = np.sum(step * score)
        scale, new = 1.0, value
        for _ in range(_MAX_HALVINGS):
            new = density(target, beta + scale * step)
            if new >= value - 1e-12 * abs(value):
                break
            scale *= 0.5
        beta += scale * step
        value = new
        if decrement < _CONVERGED:
            found = True
            break
    log_root = np.sum(np.log(np.diag(matrix)))
    return Mode(beta, matrix, value, value + 0.5 * size * math.log(2 * math.pi) - log_root, found)


@kernel
def _log_prior(target: Target, square: float) -> float:
    """Return the log prior density from the sum of squares weighted by precision."""
    active, log_precision = 0, 0.0
    for one in target.precision:
        if one > 0.0:
            active += 1
            log_precision += math.log(one)
    constant = 0.5 * (log_precision - active * math.log(2 * math.pi))
    if target.shape == 0.0:
        return constant - 0.5 * square
    shape = target.shape + 0.5 * active
    constant += math.lgamma(shape) - math.lgamma(target.shape) + target.shape * math.log(target.scale)
    return constant - shape * math.log(target.scale + 0.5 * square)


@kernel
def _log_priors(target: Target, squares: Array) -> Array:
    """Return the log prior density of each draw."""
    found = np.empty_like(squares)
    for i in range(squares.size):
        found[i] = _log_prior(target, squares[i])
    return found


@kernel
def density(target: Target, beta: Array) -> float:
    """Return the log of likelihood times prior at one point."""
    eta = target.design @ beta
    total = 0.0
    for c in range(eta.size):
        total += target.counts[c] * eta[c] - math.exp(min(eta[c], 700.0))
    return total + _log_prior(target, np.sum(beta * beta * target.precision))


@kernel
def _fill_information(target: Target, beta: Array, matrix: Array) -> Array:
    """Fill the information at a point, made positive where the mixture of normals bends it the other way."""
    means = np.exp(np.minimum(target.design @ beta, 700.0))
    pull, ratio = target.precision * beta, 1.0
    if target.shape > 0.0:
        active = np.sum(target.precision > 0.0)
        ratio = (target.shape + 0.5 * active) / (target.scale + 0.5 * np.sum(pull * beta))
    score: Array = target.design.T @ (target.counts - means) - ratio * pull
    weighted = np.empty_like(target.design)
    for c in range(means.size):
        for j in range(beta.size):
            weighted[c, j] = means[c] * target.design[c, j]
    product = target.design.T @ weighted
    for j in range(beta.size):
        copy_into(matrix[j], product[j])
        matrix[j, j] += ratio * target.precision[j]
    if target.shape > 0.0:
        bent = matrix.copy()
        twist = ratio * ratio / (target.shape + 0.5 * np.sum(target.precision > 0.0))
        for i in range(beta.size):
            for j in range(beta.size):
                bent[i, j] -= twist * pull[i] * pull[j]
        if _factorise(bent.copy()):
            for i in range(beta.size):
                copy_into(matrix[i], bent[i])
    return score


@kernel
def _factorise(matrix: Array) -> bool:
    """Replace a symmetric matrix by its lower Cholesky factor; say whether it is positive."""
    size = len(matrix)
    for j in range(size):
        pivot = matrix[j, j]
        for k in range(j):
            pivot -= matrix[j, k] * matrix[j, k]
        if not pivot > 0.0:
            return False
        matrix[j, j] = math.sqrt(pivot)
        for i in range(j + 1, size):
            value = matrix[i, j]
            for k in range(j):
                value -= matrix[i, k] * matrix[j, k]
            matrix[i, j] = value / matrix[j, j]
            matrix[j, i] = 0.0
    return True


@kernel
def _solve(factor: Array, vector: Array) -> None:
    """Solve a system in place from the lower Cholesky factor of its matrix."""
    for j in range(vector.size):
        for k in range(j):
            vector[j] -= factor[j, k] * vector[k]
        vector[j] /= factor[j, j]
    for j in range(vector.size - 1, -1, -1):
        for k in range(j + 1, vector.size):
            vector[j] -= factor[k, j] * vector[k]
        vector[j] /= factor[j, j]
