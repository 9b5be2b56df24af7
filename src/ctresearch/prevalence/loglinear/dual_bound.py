"""An upper bound of the likelihood that a model, or any model within it, can reach, in a few steps of Newton's method.

Let ``y`` be the counts, ``X`` the columns of the terms kept and ``m`` any table without negative cells that has the
margins of ``y``, ``X'm = X'y``. For all coefficients ``b``, by convexity of the exponential,

    sum(y * Xb - exp(Xb)) = sum(m * Xb - exp(Xb)) <= sum(m * log(m) - m),

so the right side bounds the log-likelihood of the model, whether or not it has a maximum, and that of each model with
fewer terms. A step ``s`` of Newton's method gives such a table: ``m * (1 + Xs)`` has the margins of ``y`` whatever the
means ``m`` were, and near the maximum it has no negative cell. Where coefficients run away its cells go to zero and the
bound stays tight; where columns are linearly dependent, a term that others make up is left out of the step.

References
----------
.. [1] Boyd, S. and Vandenberghe, L. (2004). Convex Optimization, chapter 5. Cambridge University Press.
   https://doi.org/10.1017/CBO9780511804441
"""

from __future__ import annotations

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.prevalence.lists.cells import Array, sum_over_subsets, sum_over_supersets
from ctresearch.prevalence.loglinear.poisson import Cells, Workspace, advance, fill_matrix, first_loglik, weigh_counts

# Added to every bound, the second for each person: margins that are off by as much as is let pass, times coefficients
# of 20, change it by less, and so does rounding.
_SLACK, _SLACK_A_PERSON = 1e-6, 1e-12
# How far bound and likelihood may lie apart when the search stops: closer costs more steps than it saves models.
_GAP = 1e-2
# A start from another model's coefficients that has not led there by then begins anew from the counts.
_WARM, _MAX_ITERATIONS = 12, 60
# Pivots of columns of zeros and ones are far above, those of dependent columns far below.
_DEPENDENT = 1e-11
# As a share of all people: a cell may be negative, and a margin off, by no more than rounding.
_NEGATIVE, _MARGIN = 1e-14, 1e-13


@kernel
def bound_loglik(cells: Cells, size: int, warm: bool, goal: float, work: Workspace) -> float:
    """Bound the log-likelihood of the terms kept.

    Parameters
    ----------
    cells : Cells
        The table.
    size : int
        Terms kept in ``work.kept``.
    warm : bool
        Whether ``work.beta`` holds coefficients to start from.
    goal : float
        The search ends as soon as the bound is at most this.
    work : Workspace
        Memory; afterwards ``beta`` holds coefficients near the maximum, ``matrix`` factors of the information there.

    Returns
    -------
    float
        The bound, infinite where none was found.
    """
    if not warm:
        _start(cells.counts, size, work)
    loglik, least = first_loglik(cells.margins, size, work), np.inf
    for iteration in range(_MAX_ITERATIONS):
        if warm and iteration == _WARM:
            _start(cells.counts, size, work)
            loglik = first_loglik(cells.margins, size, work)
        _newton_step(cells.margins, size, work)
        least = min(least, _dual_value(cells.margins, size, work))
        if least <= goal:
            return least
        if least - loglik < _GAP:
            for j in range(size):
                work.beta[j] += work.step[j]
            return least
        loglik = advance(cells.margins, size, loglik, work)
    return least


@kernel
def wald(place: int, size: int, work: Workspace) -> float:
    """Say about how far the deviance rises without one term, by the factors that :func:`bound_loglik` leaves.

    Parameters
    ----------
    place : int
        Place of the term among those kept.
    size : int
        How many are kept.
    work : Workspace
        As :func:`bound_loglik` leaves it.

    Returns
    -------
    float
        Squared coefficient over its variance; a guide to where to look first, not a bound.
    """
    variance, column = 0.0, work.trial
    column[:size] = 0.0
    column[place] = 1.0
    for k in range(place, size):
        if work.matrix[k, k] > 0.0:
            scaled = column[k] / work.matrix[k, k]
            variance += column[k] * scaled
            for i in range(k + 1, size):
                column[i] -= work.matrix[k, i] * scaled
    return work.beta[place] ** 2 / variance if variance > 0.0 else 0.0


@kernel
def _start(counts: Array, size: int, work: Workspace) -> None:
    """Set the coefficients to weighted least squares on the log counts."""
    weigh_counts(counts, size, work)
    _solve(work.matrix, work.beta, work.diagonal, size)


@kernel
def _newton_step(margins: Array, size: int, work: Workspace) -> None:
    """Work out Newton's step from the means."""
    fill_matrix(work.means, work.sums, work.kept, work.matrix, size)
    for j in range(size):
        work.score[j] = margins[work.kept[j]] - work.matrix[j, j]
        work.step[j] = work.score[j]
    _solve(work.matrix, work.step, work.diagonal, size)


@kernel
def _solve(matrix: Array, vector: Array, diagonal: Array, size: int) -> None:
    """Solve a symmetric system without negative pivots in place; terms that earlier ones make up get zero."""
    for j in range(size):
        diagonal[j] = matrix[j, j]
    for j in range(size):
        row = matrix[j]
        if not row[j] > _DEPENDENT * diagonal[j]:
            row[j] = 0.0
            continue
        for c in range(j + 1, size):
            ratio = row[c] / row[j]
            target = matrix[c]
            for i in range(c, size):
                target[i] -= ratio * row[i]
            vector[c] -= ratio * vector[j]
    for j in range(size - 1, -1, -1):
        if matrix[j, j] == 0.0:
            vector[j] = 0.0
            continue
        for i in range(j + 1, size):
            vector[j] -= matrix[j, i] * vector[i]
        vector[j] /= matrix[j, j]


@kernel
def _dual_value(margins: Array, size: int, work: Workspace) -> float:
    """Return the bound that the step gives; infinite where its table has a negative cell or other margins."""
    table = work.sums
    value: float = _SLACK + _SLACK_A_PERSON * margins[0]
    table[:] = 0.0
    for j in range(size):
        table[work.kept[j]] = work.step[j]
    sum_over_subsets(table)
    for c in range(table.size):
        mean = 0.0 if work.dead[c] else work.means[c] * (1.0 + table[c])
        if not mean >= -_NEGATIVE * margins[0]:
            return np.inf
        table[c] = max(mean, 0.0)
        if table[c] > 0.0:
            value += table[c] * np.log(table[c]) - table[c]
    sum_over_supersets(table)
    for j in range(size):
        if not abs(table[work.kept[j]] - margins[work.kept[j]]) <= _MARGIN * margins[0]:
            return np.inf
    return value
