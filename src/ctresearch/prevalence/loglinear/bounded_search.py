"""The best of all hierarchical models of a table, proven by bounds.

The search starts from the model with every term and takes terms away. It holds a model ``U`` and the terms ``I`` that
are to stay, and stands for all models between the two. A criterion charges each term the same, and no model within
``U`` has a larger likelihood than ``U`` can reach, so none of them is better than ``penalty * |I|`` minus twice the
bound of :mod:`ctresearch.prevalence.loglinear.dual_bound`. Where that is no better than the best model known, all of
them are done with. Elsewhere ``U`` itself is fitted if it could win, and the others are parted by the generators of
``U`` that are not in ``I``: those without the first; those with the first, and all it contains, without the second; and
so on. Every model belongs to one part only, so the search ends, and it leaves nothing out.

A term whose overlap is empty is charged as any other. With it the likelihood reaches its supremum over a table without
the cells it empties, and that is the supremum of the bound's argument. A model without an estimate bounds the models
within it as any other does, and cannot be chosen; where the fit leaves open whether there is one, linear programming
settles it for models that would win.

References
----------
.. [1] Fienberg, S. E. and Rinaldo, A. (2012). Maximum likelihood estimation in log-linear models. Annals of
   Statistics 40, 996-1023. https://doi.org/10.1214/12-AOS986
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ctresearch.core.compile import ZERO, kernel
from ctresearch.prevalence.loglinear.downhill import downhill
from ctresearch.prevalence.loglinear.dual_bound import bound_loglik, wald
from ctresearch.prevalence.loglinear.existence import FittedModel, fit_model
from ctresearch.prevalence.loglinear.hierarchy import mask_terms
from ctresearch.prevalence.loglinear.lattice import Lattice, lattice, mask_of, model_place
from ctresearch.prevalence.loglinear.poisson import (
    ESTIMATED,
    OPEN,
    Cells,
    Workspace,
    fit,
    keep_terms,
    observed_cells,
    workspace,
)
from ctresearch.prevalence.loglinear.ranking import TIE

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

# Terms taken away on the way down times generators left aside on each step: no path of six lists comes near.
_DEPTH = 2048
# Of the models likely to win, how many are fitted for a value to begin with.
_TRIED = 5


@dataclass(frozen=True, slots=True)
class BestModels:
    """The best models of a table.

    ``models`` the best first, ties in the order of all models; ``values`` (R,) their criterion without its constant;
    ``visited`` models whose likelihood was bounded; ``complete`` how far behind the best no model is missing.
    """

    models: tuple[FittedModel, ...]
    values: Array
    visited: int
    complete: float


class _Parts(NamedTuple):
    """Parts of the lattice that are still to do, D of them, for C cells.

    ``union`` (D,) and ``fixed`` (D,) masks of the terms that models of the part may and must have; ``ceiling`` (D,)
    bound of their log-likelihood; ``beta`` (D, C) coefficients to start from; ``dead`` (D, C) cells left out for them.
    """

    union: Array
    fixed: Array
    ceiling: Array
    beta: Array
    dead: Array


class _Problem(NamedTuple):
    """What is searched: a table, the lattice of its models, what a term costs, and the saturated log-likelihood."""

    cells: Cells
    of: Lattice
    penalty: float
    saturated: float


class _Memory(NamedTuple):
    """Memory for one model: its terms (P,), its generators (P,) with the weight of each (P,), and that of the fit."""

    terms: Array
    tops: Array
    weight: Array
    fit: Workspace
    other: Workspace


def best_models(
    counts: Array, lists: int, order: int, penalty: float, likely: Array, *, keep: int = 1, reach: float = 0.0
) -> BestModels:
    """Find the models with the smallest criterion among all hierarchical ones that have an estimate.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    lists, order : int
        Number of lists, at most six, and how many of them a term may link.
    penalty : float
        2 for AIC, the log of the number of people for BIC.
    likely : numpy.ndarray
        Masks of models likely to win, shape (L,): the better the first of them, the sooner the search ends. Of models
        that tie, the first of them wins.
    keep : int
        How many models to find, at most.
    reach : float
        How far behind the best they may be.

    Returns
    -------
    BestModels
        The models; none where no model has an estimate.

    Examples
    --------
    >>> counts = np.array([0, 60, 40, 20, 30, 10, 8, 3])
    >>> found = best_models(counts, 3, 2, np.log(counts.sum()), np.array([], dtype=np.uint64))
    >>> found.models[0].terms.tolist()
    [0, 1, 2, 4]
    """
    cells, of, seen = observed_cells(counts), lattice(lists, order), counts[counts > 0]
    least = _incumbent(counts, lists, order, penalty, likely)
    saturated = float(np.sum(seen * np.log(seen) - seen))
    problem = _Problem(cells, of, float(penalty), saturated)
    masks, values, verdicts, visited = _explore(problem, float(least), float(reach), keep, _memory(cells, of))
    known = np.sort(values[verdicts == ESTIMATED])
    cut = min(known[keep - 1] if len(known) >= keep else np.inf, (known[0] if len(known) else np.inf) + reach)
    near = masks[values <= cut + TIE]
    models = [one for one in (fit_model(counts, mask_terms(m)) for m in near) if one.verdict == ESTIMATED]
    return _ranked(models, lists, penalty, likely, (keep, reach, visited))


def _incumbent(counts: Array, lists: int, order: int, penalty: float, likely: Array) -> float:
    """Return the smallest criterion among some models with an estimate; of a walk downhill where none is likely."""
    if len(likely):
        models = [fit_model(counts, mask_terms(mask)) for mask in likely[:_TRIED]]
    else:
        models = downhill(counts, lists, order, penalty)[:1]
    values = [penalty * len(one.terms) - 2 * one.loglik for one in models if one.verdict == ESTIMATED]
    return float(min(values, default=np.inf))


def _ranked(
    models: list[FittedModel], lists: int, penalty: float, likely: Array, asked: tuple[int, float, int]
) -> BestModels:
    """Sort models by their criterion, ties by their place among likely ones or among all."""
    keep, reach, visited = asked
    value = np.array([penalty * len(one.terms) - 2 * one.loglik for one in models])
    masks = [mask_of(one.terms) for one in models]
    near = [np.flatnonzero(likely == np.uint64(mask)) for mask in masks]
    places = [
        (int(at[0]) if len(at) else len(likely), model_place(m, lists)) for at, m in zip(near, masks, strict=True)
    ]
    tied = np.round(value - value.min(initial=np.inf), 8)
    order = sorted(range(len(models)), key=lambda i: (tied[i], places[i]))
    inside = [i for i in order[:keep] if tied[i] <= reach]
    full = len(order) >= keep and len(inside) == keep
    return BestModels(
        models=tuple(models[i] for i in inside),
        values=value[inside],
        visited=visited,
        complete=float(tied[inside[-1]]) if full and keep > 1 else reach,
    )


@kernel
def _explore(
    problem: _Problem, least: float, reach: float, keep: int, memory: _Memory
) -> tuple[Array, Array, Array, int]:
    """Search the lattice; return masks of models that may be among the best, criteria, verdicts and parts looked at.

    The criterion of a model with the verdict ``OPEN`` is a bound from below. ``least`` is the criterion of a model
    that is known.
    """
    cells, of, penalty, saturated = problem
    parts, masks, values, verdicts = _first_part(cells, of, saturated)
    best, top, found, visited = np.full(keep, least + reach), 1, 0, 0
    while top > 0:
        top -= 1
        union, fixed = parts.union[top], parts.fixed[top]
        charge, worst = penalty * _terms_in(fixed), min(best[keep - 1], least + reach) + 2.0 * TIE
        if charge - 2.0 * parts.ceiling[top] >= worst:
            continue
        visited += 1
        size, kept, ceiling = _bound_part(problem, parts, top, (charge - worst) / 2.0, memory)
        if charge - 2.0 * ceiling >= worst:
            continue
        if penalty * size - 2.0 * ceiling < worst:
            fitted = fit(cells, memory.terms[:size], memory.other)
            value = penalty * size - 2.0 * (ceiling if fitted.verdict == OPEN else fitted.loglik)
            if fitted.verdict == OPEN or (fitted.verdict == ESTIMATED and value < worst):
                if found == masks.size:
                    masks, values, verdicts = _longer(masks), _longer(values), _longer(verdicts)
                masks[found], values[found], verdicts[found] = union, value, fitted.verdict
                found += 1
                if fitted.verdict == ESTIMATED:
                    least = min(least, value)
                    _insert(best, value)
        top = _part_on(problem, parts, (top, union, fixed, kept, ceiling), worst, memory)
    return masks[:found], values[:found], verdicts[:found], visited


def _memory(cells: Cells, of: Lattice) -> _Memory:
    """Allocate memory for one model: for its bound, and for its fit."""
    size, table = of.terms.size, cells.counts.size
    terms, tops = np.empty((2, size), np.int64)
    return _Memory(terms, tops, np.empty(size), workspace(table, size), workspace(table, size))


@kernel
def _first_part(cells: Cells, of: Lattice, saturated: float) -> tuple[_Parts, Array, Array, Array]:
    """Allocate memory, with all models as the one part to do."""
    count = cells.counts.size
    parts = _Parts(
        np.empty(_DEPTH, np.uint64),
        np.empty(_DEPTH, np.uint64),
        np.empty(_DEPTH),
        np.empty((_DEPTH, count)),
        np.empty((_DEPTH, count), np.bool_),
    )
    parts.union[0], parts.fixed[0], parts.ceiling[0] = of.most, of.least, saturated
    for c in range(count):  # no table leaves all cells out: the first fit starts from the counts
        parts.dead[0, c] = True
    return parts, np.empty(64, np.uint64), np.empty(64), np.empty(64, np.int64)


@kernel
def _bound_part(problem: _Problem, parts: _Parts, top: int, goal: float, memory: _Memory) -> tuple[int, int, float]:
    """Bound the likelihood of a part; return the terms of its largest model, how many are kept, and the bound."""
    work = memory.fit
    size = _write_terms(parts.union[top], problem.of, memory.terms)
    kept = keep_terms(problem.cells, memory.terms[:size], work)
    changed = ZERO  # counted: a plain True would be a type of its own, and what it is handed to compiled twice
    for c in range(work.dead.size):
        if work.dead[c] != parts.dead[top, c]:
            changed += 1
    warm = changed == 0
    if warm:
        for j in range(kept):
            work.beta[j] = parts.beta[top, work.kept[j]]
    bound = bound_loglik(problem.cells, kept, warm, goal, work)
    return size, kept, min(bound, parts.ceiling[top])


@kernel
def _part_on(
    problem: _Problem,
    parts: _Parts,
    here: tuple[int, np.uint64, np.uint64, int, float],
    worst: float,
    memory: _Memory,
) -> int:
    """Put the parts of a part on the pile, those of weighty generators first; return how many there are to do.

    What is left once the first generators must stay costs more and more, so that few of them are worth a look.
    """
    (top, union, fixed, kept, ceiling), work = here, memory.fit
    for place in range(_rank_generators(problem.of, union, fixed, kept, memory)):
        if problem.penalty * _terms_in(fixed) - 2.0 * ceiling >= worst:
            break
        term = memory.tops[place]
        parts.union[top] = union & ~(np.uint64(1) << np.uint64(term))
        parts.fixed[top], parts.ceiling[top] = fixed, ceiling
        for c in range(work.dead.size):
            parts.dead[top, c] = work.dead[c]
        for j in range(kept):
            parts.beta[top, work.kept[j]] = work.beta[j]
        fixed |= problem.of.within[term]
        top += 1
    return top


@kernel
def _rank_generators(of: Lattice, union: np.uint64, fixed: np.uint64, kept: int, memory: _Memory) -> int:
    """Write the generators that need not stay, those that matter most first; return how many there are."""
    number, work, tops, weights = 0, memory.fit, memory.tops, memory.weight
    for term in of.terms:
        bit = np.uint64(1) << np.uint64(term)
        if not union & bit or fixed & bit or union & of.beyond[term]:
            continue
        weight = 0.0
        for j in range(kept):
            if work.kept[j] == term:
                weight = wald(j, kept, work)
        place = number
        while place > 0 and weights[place - 1] < weight:
            weights[place], tops[place] = weights[place - 1], tops[place - 1]
            place -= 1
        weights[place], tops[place] = weight, term
        number += 1
    return number


@kernel
def _write_terms(mask: np.uint64, of: Lattice, terms: Array) -> int:
    """Write the terms of a mask in canonical order; return how many there are."""
    size = 0
    for term in of.terms:
        if (mask >> np.uint64(term)) & np.uint64(1):
            terms[size] = term
            size += 1
    return size


@kernel
def _terms_in(mask: np.uint64) -> int:
    """Count the terms of a mask."""
    count = 0
    while mask:
        mask &= mask - np.uint64(1)
        count += 1
    return count


@kernel
def _insert(best: Array, value: float) -> None:
    """Put a value into a sorted array, if it is below the largest, which goes."""
    place = best.size - 1
    if not value < best[place]:
        return
    while place > 0 and best[place - 1] > value:
        best[place] = best[place - 1]
        place -= 1
    best[place] = value


@kernel
def _longer(values: Array) -> Array:
    """Return an array of twice the length that begins alike."""
    more = np.empty(2 * values.size, values.dtype)
    for i in range(values.size):
        more[i] = values[i]
    return more
