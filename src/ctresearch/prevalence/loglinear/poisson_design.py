"""Poisson regression of a table on any design, for models that are not sets of lists and their interactions.

References
----------
.. [1] Baillargeon, S. and Rivest, L.-P. (2007). Rcapture: loglinear models for capture-recapture in R. Journal of
   Statistical Software 19(5). https://doi.org/10.18637/jss.v019.i05
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.core.errors import FitError
from ctresearch.prevalence.loglinear.existence import recedes

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

_MAX_ITERATIONS, _MAX_HALVINGS = 60, 30
# The ridge keeps the matrix invertible where columns depend; it shortens steps by one part in 1e11, which moves no
# maximum.
_CONVERGED, _RIDGE = 1e-13, 1e-11


@dataclass(frozen=True, slots=True)
class DesignFit:
    """A Poisson regression of C cells on P columns.

    ``columns`` (P,) of the design that were kept; ``beta`` (P,) coefficients; ``means`` (C,) fitted means;
    ``information`` (P, P) Fisher's; ``loglik`` has no factorials.
    """

    columns: Array
    beta: Array
    means: Array
    information: Array
    loglik: float

    @property
    def covariance(self) -> Array:
        """Covariance of the coefficients, shape (P, P)."""
        return np.asarray(np.linalg.inv(self.information))


def fit_design(design: Array, counts: Array, may_leave: Array) -> DesignFit:
    """Fit a Poisson regression whose marked coefficients may not be negative.

    A marked coefficient that comes out negative is left out, the first one first, and the rest is fitted again.

    Parameters
    ----------
    design : numpy.ndarray
        Cells by columns, shape (C, P); the first column is the intercept.
    counts : numpy.ndarray
        People by cell, shape (C,).
    may_leave : numpy.ndarray
        Whether a coefficient may not be negative, shape (P,).

    Returns
    -------
    DesignFit
        The fit; that its estimate exists is for :func:`require_existence` to say.

    Raises
    ------
    FitError
        If Newton's method does not converge.

    Examples
    --------
    >>> design = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 2.0]])
    >>> fitted = fit_design(design, np.array([50.0, 50.0, 20.0]), np.zeros(2, dtype=bool))
    >>> round(float(np.exp(fitted.beta[0])), 6)
    125.0
    """
    columns = np.arange(design.shape[1])
    scale = np.maximum(np.abs(design).max(axis=0), 1.0)
    while True:
        used = np.ascontiguousarray(design[:, columns] / scale[columns])
        weights = np.sqrt(counts + 0.1)
        start = np.linalg.lstsq(used * weights[:, None], weights * np.log(counts + 0.1), rcond=None)[0]
        beta, information, loglik, converged = _climb(used, counts, start)
        if not converged:
            raise FitError(
                f"Newton's method did not converge on a model with {len(columns)} parameters: choose a simpler model"
            )
        beta = beta / scale[columns]
        negative = np.flatnonzero(may_leave[columns] & (beta < 0))
        if not len(negative):
            break
        columns = np.delete(columns, negative[0])
    return DesignFit(
        columns=columns,
        beta=beta,
        means=np.exp(design[:, columns] @ beta),
        information=information * np.outer(scale[columns], scale[columns]),
        loglik=float(loglik),
    )


def require_existence(design: Array, counts: Array, model: str) -> None:
    """Check that the maximum-likelihood estimate of a regression exists and is identified.

    Parameters
    ----------
    design : numpy.ndarray
        Cells by columns that are in the model, shape (C, P).
    counts : numpy.ndarray
        People by cell, shape (C,).
    model : str
        Name of the model, for the message.

    Raises
    ------
    FitError
        If it does not.

    Examples
    --------
    >>> require_existence(np.array([[1.0, 1.0], [1.0, 2.0]]), np.array([3.0, 1.0]), "M0")
    """
    if np.linalg.matrix_rank(design / np.maximum(np.abs(design).max(axis=0), 1.0)) < design.shape[1]:
        raise FitError(f"the {design.shape[1]} parameters of {model} are not identified: choose a simpler model")
    if recedes(design[counts == 0], design[counts > 0]):
        raise FitError(
            f"the estimate of {model} does not exist: its likelihood rises for ever, since {int((counts == 0).sum())} "
            "patterns of lists are empty; choose a simpler model or merge the smallest lists"
        )


@kernel
def _climb(design: Array, counts: Array, start: Array) -> tuple[Array, Array, float, bool]:
    """Climb to the maximum by Newton's method; return coefficients, information, log-likelihood, convergence."""
    beta = start.copy()
    means = np.exp(design @ beta)
    loglik = np.sum(counts * (design @ beta)) - np.sum(means)
    information = np.zeros((beta.size, beta.size))
    for _ in range(_MAX_ITERATIONS):
        information = design.T @ (design * means.reshape(-1, 1))
        score = design.T @ (counts - means)
        damped = information.copy()
        for j in range(beta.size):
            damped[j, j] *= 1.0 + _RIDGE
        step = np.linalg.solve(damped, score)
        decrement = np.sum(step * score)
        if not decrement < np.inf:
            return beta, information, loglik, False
        for _ in range(_MAX_HALVINGS):
            linear = design @ (beta + step)
            trial = np.sum(counts * linear) - np.sum(np.exp(linear))
            if trial >= loglik - 1e-12 * (1.0 + abs(loglik)):
                break
            step = step * 0.5
        beta = beta + step
        means = np.exp(design @ beta)
        loglik = np.sum(counts * (design @ beta)) - np.sum(means)
        if decrement < _CONVERGED * (1.0 + np.sum(counts)):
            return beta, design.T @ (design * means.reshape(-1, 1)), loglik, True
    return beta, information, loglik, False
