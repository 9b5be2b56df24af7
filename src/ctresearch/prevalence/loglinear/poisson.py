"""Poisson log-linear models of one table of lists, by Newton's method without a design matrix.

The product of the columns of two terms is the column of their union, so every entry of the information matrix is a
superset sum of the fitted means. One iteration costs two passes over the cells and one Cholesky factorisation.

Each fit ends in a verdict. Terms with an empty margin are taken out first, with the cells they force to zero
(*extended* maximum likelihood). On what is left, a model is `ESTIMATED` when a maximum is proved to be near: the
log-likelihood is self-concordant, so it is enough that Newton's decrement times the standard error of any log mean is
at most one half. It has `NO_MLE` when whole numbers give a direction along which the likelihood rises for ever, and is
`NOT_IDENTIFIED` when the columns that remain are linearly dependent. `OPEN` is left to the linear programme of
:mod:`ctresearch.prevalence.loglinear.existence`.

References
----------
.. [1] Fienberg, S. E. and Rinaldo, A. (2012). Maximum likelihood estimation in log-linear models. Annals of
   Statistics 40, 996-1023. https://doi.org/10.1214/12-AOS986
.. [2] Bach, F. (2010). Self-concordant analysis for logistic regression. Electronic Journal of Statistics 4,
   384-414. https://doi.org/10.1214/09-EJS521
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ctresearch.core.compile import ZERO, kernel, step_of_kernels
from ctresearch.prevalence.lists.cells import Array, sum_over_subsets, sum_over_supersets, table_margins

ESTIMATED, NO_MLE, NOT_IDENTIFIED, OPEN = 0, 1, 2, 3
# A bound on time, not on the answer: a search that has not ended by then is left open to the linear programme.
_MAX_ITERATIONS = 200
# 2**-40 is 1e-12 of a step: whatever it still gains is lost in the rounding of the log-likelihood.
_MAX_HALVINGS = 40
# Squared decrement: half of it is what the log-likelihood can still gain.
_CONVERGED = 1e-12
# Nothing to gain, and yet a coefficient moves by a tenth: near a maximum strides shrink with the decrement, so this
# one runs away.
_FLAT = 1e-10
_STRIDE = 0.1
# Where the first guess expects so many times all people, Newton's method would take hundreds of steps.
_WILD = 1e4
# Units in the last place that the score may be off, as a share of all people.
_ROUNDING = 64 * 2.0**-52
# Small pivots may also come from very unequal counts, so a suspect is looked at again with every cell weighing the
# same; columns of zeros and ones then have pivots far above 1e-9, or rounding errors far below it.
_SUSPECT_PIVOT = 1e-6
_DEPENDENT_PIVOT = 1e-9


class Workspace(NamedTuple):
    """Memory of one fit, for tables of C cells and models of at most P terms.

    ``means``, ``sums`` (C,) floats; ``dead`` (C,) cells taken out; ``terms`` (P,) room for the terms of a model;
    ``kept`` (P,) terms kept; ``beta``, ``trial``, ``score``, ``step``, ``diagonal`` (P,) floats; ``matrix`` (P, P)
    floats.
    """

    means: Array
    sums: Array
    dead: Array
    terms: Array
    kept: Array
    beta: Array
    trial: Array
    score: Array
    step: Array
    diagonal: Array
    matrix: Array


class Cells(NamedTuple):
    """A table: people by cell and their superset sums, (C,) floats, and what is known of it.

    ``first`` is the first cell that was observed: 1, or 0 where the number of people on no list is part of the table.
    ``exists`` says that estimates are known to exist, so that the search needs no proof of it.
    """

    counts: Array
    margins: Array
    first: int
    exists: bool


class Fit(NamedTuple):
    """What a fit says: verdict, kernel of the log-likelihood, number of terms kept, mean of the unobserved cell."""

    verdict: int
    loglik: float
    kept: int
    unobserved: float


def observed_cells(counts: Array, first: int = 1, *, exists: bool = False) -> Cells:
    """Return a table in the form that fits take.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    first : int
        First cell that was observed, 0 or 1.
    exists : bool
        Whether estimates are known to exist.

    Returns
    -------
    Cells
        The table with its margins.

    Examples
    --------
    >>> observed_cells(np.array([0, 3, 4, 2])).margins.tolist()
    [9.0, 5.0, 6.0, 2.0]
    """
    values = counts.astype(np.float64)
    return Cells(values, table_margins(values), first, exists)


def workspace(cells: int, terms: int) -> Workspace:
    """Allocate the memory of one fit, outside of kernels: numba would take half a second to learn how."""
    means, sums = np.empty((2, cells))
    beta, trial, score, step, diagonal = np.empty((5, terms))
    room, kept = np.empty((2, terms), np.int64)
    dead, matrix = np.zeros(cells, np.bool_), np.empty((terms, terms))
    return Workspace(means, sums, dead, room, kept, beta, trial, score, step, diagonal, matrix)


@kernel
def fit(cells: Cells, terms: Array, work: Workspace) -> Fit:
    """Fit one model to one table.

    Parameters
    ----------
    cells : Cells
        The table.
    terms : numpy.ndarray
        Terms of the model, the intercept first.
    work : Workspace
        Memory; afterwards ``kept`` and ``beta`` hold the terms and their coefficients, ``means`` the fitted means.

    Returns
    -------
    Fit
        Verdict and numbers; the coefficients mean nothing unless the verdict is ``ESTIMATED``.
    """
    size = keep_terms(cells, terms, work)
    if _cold_start(cells.counts, size, work) < _SUSPECT_PIVOT and not _is_identified(size, work):
        return Fit(NOT_IDENTIFIED, np.nan, size, np.nan)
    verdict, loglik = _newton(cells.margins, size, cells.exists, work)
    if verdict == OPEN and _rises_for_ever(cells.counts, size, work):
        verdict = NO_MLE
    return Fit(verdict, loglik, size, np.exp(work.beta[0]))


@step_of_kernels
def keep_terms(cells: Cells, terms: Array, work: Workspace) -> int:
    """Keep the terms whose margin holds people; mark the cells that the others force to zero."""
    dead, kept, margins = work.dead, work.kept, cells.margins
    for c in range(dead.size):
        dead[c] = False
    size = ZERO
    for term in terms:
        if margins[term] > 0:
            kept[size] = term
            size += 1
        else:
            dead[term] = True
    if size < len(terms):
        step = 1
        while step < dead.size:
            for start in range(0, dead.size, 2 * step):
                for i in range(start, start + step):
                    dead[i + step] |= dead[i]
            step *= 2
    if cells.first == 1:
        dead[0] = True
    return size


@step_of_kernels
def weigh_counts(counts: Array, size: int, work: Workspace) -> None:
    """Set up weighted least squares on the log counts: the system in ``matrix`` and ``beta``."""
    means, sums, dead, beta, kept = work.means, work.sums, work.dead, work.beta, work.kept
    for c in range(means.size):
        means[c] = 0.0 if dead[c] else counts[c] + 0.1
        sums[c] = 0.0 if dead[c] else means[c] * np.log(means[c]) - 0.1
    sum_over_supersets(sums)
    for j in range(size):
        beta[j] = sums[kept[j]]
    fill_matrix(means, sums, kept, work.matrix, size)


@step_of_kernels
def _cold_start(counts: Array, size: int, work: Workspace) -> float:
    """Set the coefficients to weighted least squares on the log counts; return the smallest relative pivot."""
    weigh_counts(counts, size, work)
    return solve(work.matrix, work.beta, work.diagonal, size)


@step_of_kernels
def _is_identified(size: int, work: Workspace) -> bool:
    """Say whether the columns of the kept terms are linearly independent over the cells that are left."""
    means, dead, step = work.means, work.dead, work.step
    for c in range(means.size):
        means[c] = 0.0 if dead[c] else 1.0
    fill_matrix(means, work.sums, work.kept, work.matrix, size)
    for j in range(size):
        step[j] = 0.0
    return solve(work.matrix, step, work.diagonal, size) > _DEPENDENT_PIVOT


@kernel
def fill_matrix(means: Array, sums: Array, kept: Array, matrix: Array, size: int) -> None:
    """Fill the upper triangle of the information matrix from the means."""
    for c in range(sums.size):
        sums[c] = means[c]
    sum_over_supersets(sums)
    for j in range(size):
        for i in range(j, size):
            matrix[j, i] = sums[kept[j] | kept[i]]


@kernel
def solve(matrix: Array, vector: Array, diagonal: Array, size: int) -> float:
    """Solve a positive symmetric system in place from its upper triangle; return the smallest relative pivot.

    A pivot relative to its diagonal is one minus a squared multiple correlation: 0 means linear dependence, and the
    solution is then spoilt.
    """
    smallest = 1.0
    for j in range(size):
        diagonal[j] = matrix[j, j]
    for j in range(size):
        pivot = matrix[j, j]
        smallest = min(smallest, pivot / diagonal[j])
        if not pivot > 0.0:
            return 0.0
        for c in range(j + 1, size):
            ratio = matrix[j, c] / pivot
            for i in range(c, size):
                matrix[c, i] -= ratio * matrix[j, i]
            vector[c] -= ratio * vector[j]
    for j in range(size - 1, -1, -1):
        for i in range(j + 1, size):
            vector[j] -= matrix[j, i] * vector[i]
        vector[j] /= matrix[j, j]
    return smallest


@step_of_kernels
def _newton(margins: Array, size: int, exists: bool, work: Workspace) -> tuple[int, float]:
    """Climb to the maximum; return the verdict, ``ESTIMATED`` or ``OPEN``, and the log-likelihood.

    Long strides on flat ground mean that a coefficient runs away: the search ends.
    """
    means, kept, matrix = work.means, work.kept, work.matrix
    beta, score, step = work.beta, work.score, work.step
    loglik = first_loglik(margins, size, work)
    for _ in range(_MAX_ITERATIONS):
        fill_matrix(means, work.sums, kept, matrix, size)
        for j in range(size):
            score[j] = margins[kept[j]] - matrix[j, j]
            step[j] = score[j]
        if solve(matrix, step, work.diagonal, size) <= 0.0:
            return OPEN, loglik
        decrement, stride = 0.0, 0.0
        for j in range(size):
            decrement += score[j] * step[j]
            stride = max(stride, abs(step[j]))
        if decrement < _CONVERGED:
            if not (exists or _maximum_is_near(decrement, margins[0], size, work)):
                return OPEN, loglik
            for j in range(size):
                beta[j] += step[j]
            fill_means(beta, margins, means, kept, work.dead, size)
            return ESTIMATED, loglik
        if decrement < _FLAT and stride > _STRIDE and not exists:
            return OPEN, loglik
        loglik = advance(margins, size, loglik, work)
    return OPEN, loglik


@step_of_kernels
def _maximum_is_near(decrement: float, people: float, size: int, work: Workspace) -> bool:
    """Say whether a small squared decrement proves a maximum, rounding errors in the score included.

    The variance of a log mean is at most the number of terms times the trace of the inverse information, taken here
    from the factors that :func:`solve` leaves.
    """
    trace, column, matrix = 0.0, work.trial, work.matrix
    for j in range(size):
        for i in range(j, size):
            column[i] = 0.0
        column[j] = 1.0
        for k in range(j, size):
            scaled = column[k] / matrix[k, k]
            trace += column[k] * scaled
            for i in range(k + 1, size):
                column[i] -= matrix[k, i] * scaled
    variance = size * trace
    return decrement * variance <= 0.25 and _ROUNDING * people * variance <= 0.125


@step_of_kernels
def advance(margins: Array, size: int, loglik: float, work: Workspace) -> float:
    """Take Newton's step, halved until the likelihood does not fall; return the new log-likelihood."""
    beta, trial, step = work.beta, work.trial, work.step
    scale, new = 1.0, loglik
    for _ in range(_MAX_HALVINGS):
        for j in range(size):
            trial[j] = beta[j] + scale * step[j]
        new = fill_means(trial, margins, work.means, work.kept, work.dead, size)
        if new >= loglik - 1e-10 * (1.0 + abs(loglik)):
            break
        scale *= 0.5
    for j in range(size):
        beta[j] = trial[j]
    return new


@step_of_kernels
def first_loglik(margins: Array, size: int, work: Workspace) -> float:
    """Fill the means at the start, and begin without interactions where it is wild; return the log-likelihood.

    Least squares on log counts may put many times all people into a cell that few large counts say nothing about.
    """
    means, beta, kept = work.means, work.beta, work.kept
    loglik = fill_means(beta, margins, means, kept, work.dead, size)
    people, expected = margins[0], 0.0
    for c in range(means.size):
        expected += means[c]
    if expected <= _WILD * people:
        return loglik
    level = np.log(people)
    for j in range(1, size):
        term = kept[j]
        if term & (term - 1) == 0:
            share = (margins[term] + 0.5) / (people + 1.0)
            level += np.log(1.0 - share)
            beta[j] = np.log(share / (1.0 - share))
        else:
            beta[j] = 0.0
    beta[0] = level
    return fill_means(beta, margins, means, kept, work.dead, size)


@kernel
def fill_means(  # noqa: PLR0917  (arrays one by one: to hand over a tuple of eleven costs numba a tenth of all)
    beta: Array, margins: Array, means: Array, kept: Array, dead: Array, size: int
) -> float:
    """Fill the fitted means; return the kernel of the log-likelihood."""
    loglik = 0.0
    for c in range(means.size):
        means[c] = 0.0
    for j in range(size):
        means[kept[j]] = beta[j]
        loglik += margins[kept[j]] * beta[j]
    sum_over_subsets(means)
    for c in range(means.size):
        if dead[c]:
            means[c] = 0.0
        else:
            means[c] = np.exp(means[c])
            loglik -= means[c]
    return loglik


@step_of_kernels
def _rises_for_ever(counts: Array, size: int, work: Workspace) -> bool:
    """Say whether the last step, in whole numbers, is a direction in which only means of empty cells fall.

    Such a direction proves that there is no maximum: whole numbers leave no room for rounding.
    """
    direction, step, kept, dead = work.means, work.step, work.kept, work.dead
    for scale in range(1, 7):
        for c in range(direction.size):
            direction[c] = 0.0
        for j in range(size):
            direction[kept[j]] = np.floor(scale * step[j] + 0.5)
        sum_over_subsets(direction)
        falls, rises = 0, 0
        for c in range(direction.size):
            if not dead[c]:
                falls += direction[c] < 0.0
                rises += direction[c] > 0.0 or (counts[c] > 0.0 and direction[c] != 0.0)
        if falls > 0 and rises == 0:
            return True
    return False
