"""Forward choice of interactions by the Poisson p-value of the overlap they describe.

The number of people on all lists of a candidate term, whatever other lists they stand on, is compared with what the
current model expects; the term whose overlap is least likely enters, if its p-value is below a threshold and the
estimate of the larger model exists.

References
----------
.. [1] Chan, L., Silverman, B. W. and Vincent, K. (2021). Multiple systems estimation for sparse capture data:
   inferential challenges when there are nonoverlapping lists. Journal of the American Statistical Association 116,
   1297-1306. https://doi.org/10.1080/01621459.2019.1708748
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, inf, lgamma, log

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.prevalence.lists.cells import Array, canonical_order, sum_over_supersets, table_margins
from ctresearch.prevalence.loglinear.existence import FittedModel, fit_model
from ctresearch.prevalence.loglinear.model_terms import can_enter, complete, interactions
from ctresearch.prevalence.loglinear.poisson import ESTIMATED, OPEN, Cells, Workspace, fit, observed_cells, workspace


@dataclass(frozen=True, slots=True)
class Step:
    """One model on the way: its fit, the term that entered and the p-value with which it did (NaN at the start)."""

    model: FittedModel
    entered: int
    p_value: float


def stepwise(counts: Array, lists: int, order: int, p_enter: float) -> list[Step]:
    """Add interactions to the model of independence, one by one.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    lists : int
        Number of lists.
    order : int
        Largest number of lists that a term may link.
    p_enter : float
        A term enters when its p-value is below this.

    Returns
    -------
    list of Step
        From independence to the model chosen. A single step where not even independence has an estimate.

    Examples
    --------
    >>> steps = stepwise(np.array([0, 60, 40, 45, 30, 4, 8, 3]), 3, 2, 0.02)
    >>> [step.entered for step in steps]
    [0, 5]
    """
    margins = table_margins(counts)
    terms = complete([], lists)
    steps = [Step(fit_model(counts, terms), 0, np.nan)]
    allowed = interactions(lists, order)
    while steps[-1].model.verdict == ESTIMATED:
        following = _next_step(counts, margins, steps[-1].model, allowed, p_enter)
        if following is None:
            break
        steps.append(following)
    return steps


def last_step(counts: Array, lists: int, order: int, p_enter: float) -> FittedModel:
    """Return the model that :func:`stepwise` comes to, without the steps, compiled.

    Parameters
    ----------
    counts, lists, order, p_enter
        As for :func:`stepwise`.

    Returns
    -------
    FittedModel
        The last model, or that of independence where it has no estimate.

    Examples
    --------
    >>> last_step(np.array([0, 60, 40, 45, 30, 4, 8, 3]), 3, 2, 0.02).terms.tolist()
    [0, 1, 2, 4, 5]
    """
    terms = np.array([0, *(1 << i for i in range(lists)), *interactions(lists, order).tolist()], dtype=np.int64)
    allowed = terms[canonical_order(terms, lists)]
    work = workspace(counts.size, len(allowed))
    size, settled = _walk(observed_cells(counts), allowed, lists, p_enter, work)
    if settled:
        return fit_model(counts, work.terms[:size].copy())
    return stepwise(counts, lists, order, p_enter)[-1].model


@kernel
def _walk(cells: Cells, allowed: Array, lists: int, p_enter: float, work: Workspace) -> tuple[int, bool]:
    """Walk forward; return how many terms there are at the end, and whether each fit was settled without a programme.

    ``allowed`` are all terms that a model may have, in canonical order: intercept and lists first. Those of the model
    at the end are in ``work.terms``.
    """
    margins, most, terms = cells.margins, allowed.size, work.terms
    there, log_p = np.zeros(margins.size, np.bool_), np.empty(most)
    for place in range(lists + 1):
        there[allowed[place]] = True
    added = -1
    while True:
        size = _gather(allowed, there, terms)
        found = fit(cells, terms[:size], work)
        if found.verdict == OPEN:
            return size, False
        if found.verdict == ESTIMATED:
            _log_p_of_open_terms(margins, allowed, there, work.means, log_p)
        elif added < 0:
            return size, True
        else:
            there[allowed[added]] = False
        added = -1  # the likeliest that is left; where several are as likely, the first
        for place in range(most):
            if log_p[place] < (0.0 if added < 0 else log_p[added]):
                added = place
        if added < 0 or not exp(log_p[added]) < p_enter:
            return _gather(allowed, there, terms), True
        there[allowed[added]] = True
        log_p[added] = 0.0


@kernel
def _log_p_of_open_terms(margins: Array, allowed: Array, there: Array, means: Array, log_p: Array) -> None:
    """Write the p-value of each term that may enter, those of which all terms one list smaller are there, else 0."""
    sum_over_supersets(means)
    for place in range(allowed.size):
        term, whole = allowed[place], not there[allowed[place]]
        one = 1
        while one < margins.size:
            if term & one and not there[term ^ one]:
                whole = False
            one *= 2
        log_p[place] = log_tail_probability(margins[term], means[term]) if whole else 0.0


@kernel
def _gather(allowed: Array, there: Array, terms: Array) -> int:
    """Write the terms of a model in order; return how many there are."""
    size = 0
    for term in allowed:
        if there[term]:
            terms[size] = term
            size += 1
    return size


def _next_step(counts: Array, margins: Array, current: FittedModel, allowed: Array, p_enter: float) -> Step | None:
    """Return the step that the likeliest candidates allow, trying them in order of their p-value."""
    candidates = can_enter(current.terms, allowed)
    expected = table_margins(current.means)[candidates]
    log_p = log_tail_probabilities(margins[candidates], expected)
    for place in np.argsort(log_p, kind="stable"):
        if not exp(log_p[place]) < p_enter:
            return None
        terms = complete([*current.terms.tolist(), int(candidates[place])], int(counts.size).bit_length() - 1)
        larger = fit_model(counts, terms)
        if larger.verdict == ESTIMATED:
            return Step(larger, int(candidates[place]), exp(log_p[place]))
    return None


def log_tail_probabilities(observed: Array, expected: Array) -> Array:
    """Return the logarithm of the smaller one-sided Poisson p-value of each count.

    Parameters
    ----------
    observed, expected : numpy.ndarray
        Counts and the means they would have, of one shape.

    Returns
    -------
    numpy.ndarray
        log min(P(X <= observed), P(X >= observed)), floats.

    Examples
    --------
    >>> np.exp(log_tail_probabilities(np.array([0.0, 3.0]), np.array([2.0, 1.0]))).round(6).tolist()
    [0.135335, 0.080301]
    """
    # not compiled: there are some dozens of terms, and to learn of a new array costs numba more than this ever will
    return np.array([log_tail_probability(count, mean) for count, mean in zip(observed, expected, strict=True)])


@kernel
def log_tail_probability(count: float, mean: float) -> float:
    """Return the logarithm of the smaller one-sided Poisson p-value of one count."""
    if mean <= 0.0:
        return 0.0 if count == 0.0 else -inf
    log_at = count * log(mean) - mean - lgamma(count + 1.0)
    total, term, j = 1.0, 1.0, count
    if count >= mean:
        while term > 1e-17 * total:
            j += 1.0
            term *= mean / j
            total += term
    else:
        while term > 1e-17 * total and j > 0.0:
            term *= j / mean
            total += term
            j -= 1.0
    near = log_at + log(total)
    far = 1.0 - exp(near) + exp(log_at)
    return min(near, log(far)) if far > 0.0 else near
