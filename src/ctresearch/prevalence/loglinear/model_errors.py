"""Coefficients and standard errors of many models of one table, as averages over all of them need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.prevalence.loglinear.coefficients import coefficients_of
from ctresearch.prevalence.loglinear.existence import fit_model
from ctresearch.prevalence.loglinear.hierarchy import mask_terms
from ctresearch.prevalence.loglinear.poisson import (
    ESTIMATED,
    Cells,
    Workspace,
    fill_matrix,
    fit,
    observed_cells,
    solve,
    workspace,
)
from ctresearch.prevalence.loglinear.ranking import write_terms

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array


@dataclass(frozen=True, slots=True)
class ModelErrors:
    """Coefficients of M models by term and their standard errors, (M, C): NaN where a model has no such term.

    A term that was removed has minus infinity and no error. ``population`` (M,) is the standard error of the number of
    people.
    """

    estimate: Array
    error: Array
    population: Array


def model_errors(counts: Array, models: Array) -> ModelErrors:
    """Fit models that are known to have an estimate, and tell how sure their numbers are.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,), of at most six lists.
    models : numpy.ndarray
        Masks, shape (M,).

    Returns
    -------
    ModelErrors
        In the order of ``models``.

    Examples
    --------
    >>> found = model_errors(np.array([0.0, 60, 40, 20]), np.array([0b111], dtype=np.uint64))
    >>> found.estimate.round(3).tolist(), found.population.round(2).tolist()
    ([[4.787, -0.693, -1.099, nan]], [37.95])
    """
    cells = observed_cells(counts)
    verdict, (estimate, error) = np.zeros(len(models), np.int64), np.full((2, len(models), counts.size), np.nan)
    _describe(cells, models, workspace(counts.size, counts.size), verdict, (estimate, error))
    for m in np.flatnonzero(verdict != ESTIMATED):  # those whose existence only a linear programme settles
        model = fit_model(counts, mask_terms(models[m]))
        estimate[m, model.terms], error[m, model.terms] = coefficients_of(model)
    unseen = np.exp(estimate[:, 0])
    return ModelErrors(estimate, error, np.sqrt(unseen + (unseen * error[:, 0]) ** 2))


@kernel
def _describe(cells: Cells, models: Array, work: Workspace, verdict: Array, found: tuple[Array, Array]) -> None:
    """Fit each model; write verdicts, and coefficients and standard errors by term."""
    estimate, error = found
    for m in range(models.size):
        size = write_terms(models[m], work.terms)
        one = fit(cells, work.terms[:size], work)
        verdict[m] = one.verdict
        if one.verdict == ESTIMATED:
            for term in work.terms[:size]:
                estimate[m, term] = -np.inf
            for j in range(one.kept):
                estimate[m, work.kept[j]] = work.beta[j]
            fill_matrix(work.means, work.sums, work.kept, work.matrix, one.kept)
            work.step[:] = 0.0
            solve(work.matrix, work.step, work.diagonal, one.kept)
            _errors(one.kept, work.matrix, work.trial, work.kept, error[m])


@kernel
def _errors(size: int, matrix: Array, column: Array, kept: Array, error: Array) -> None:
    """Write the roots of the diagonal of an inverse, from the factors that :func:`solve` leaves."""
    for j in range(size):
        variance = 0.0
        column[:size] = 0.0
        column[j] = 1.0
        for k in range(j, size):
            scaled = column[k] / matrix[k, k]
            variance += column[k] * scaled
            for i in range(k + 1, size):
                column[i] -= matrix[k, i] * scaled
        error[kept[j]] = np.sqrt(variance)
