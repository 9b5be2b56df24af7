"""Choosing a model for one table: by a criterion over all models, downhill, step by step, or as given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.core.errors import FitError
from ctresearch.prevalence.lists.cells import set_size
from ctresearch.prevalence.loglinear.bounded_search import BestModels, best_models
from ctresearch.prevalence.loglinear.downhill import downhill
from ctresearch.prevalence.loglinear.existence import FittedModel, fit_model
from ctresearch.prevalence.loglinear.hierarchy import all_models, mask_terms, model_names
from ctresearch.prevalence.loglinear.lattice import count_models, mask_of
from ctresearch.prevalence.loglinear.loglinear_checks import PLAUSIBLE
from ctresearch.prevalence.loglinear.model_terms import numbered, write_model
from ctresearch.prevalence.loglinear.poisson import ESTIMATED, NOT_IDENTIFIED
from ctresearch.prevalence.loglinear.ranking import FittedModels, fit_models
from ctresearch.prevalence.loglinear.selection import (
    BestOf,
    BestOfAll,
    Criterion,
    Downhill,
    FixedModel,
    Rule,
    Stepwise,
    penalty,
)
from ctresearch.prevalence.loglinear.stepwise import stepwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ctresearch.prevalence.lists.cells import Array


# Fewer lists have 113 models at most, which are sooner fitted than bounded.
_BY_BOUNDS = 5
_SHOWN = 250


@dataclass(frozen=True, slots=True)
class Search:
    """The model chosen, the rule that chose it, and the models that were considered, the chosen one first.

    ``models`` is indexed by ``model`` with columns ``estimate``, ``bic``, ``aic``, ``parameters``, ``order`` and
    ``status``, and ``p_value`` where terms entered one by one. ``proof`` is there where not all were fitted and bounds
    exclude the others.
    """

    chosen: FittedModel
    rule: Rule
    models: pd.DataFrame
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """That a model is the best of all.

    ``models`` in all; ``visited`` those whose likelihood was bounded; ``complete`` how far behind the best no model is
    missing from the table.
    """

    models: int
    visited: int
    complete: float


def search_all(counts: Array, lists: Sequence[str], order: int, criterion: Criterion, top: int | None) -> Search:
    """Fit every hierarchical model and take the best.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    lists : sequence of str
        Names of the lists, at most six.
    order : int
        Largest number of lists that a term may link.
    criterion : {"bic", "aic"}
        What is best.
    top : int, optional
        How many models, the best for this table first, the rule tries on other tables; all by default.

    Returns
    -------
    Search
        All models in order of the criterion, those without an estimate last.

    Raises
    ------
    FitError
        If no model has an estimate.

    Examples
    --------
    >>> counts = np.array([0, 60, 40, 20, 30, 10, 8, 3])
    >>> search_all(counts, ["A", "B", "C"], 2, "bic", None).models.index[0]
    '[1,2,3]'
    """
    models = all_models(len(lists), order)
    fits = _fits(np.asarray(counts, dtype=np.float64).tobytes(), len(lists), order)
    value = fits.criterion(penalty(criterion, counts))
    best = np.lexsort((np.arange(len(models)), np.round(value, 8)))
    table = _table(counts, fits.unobserved, fits.loglik, fits.size)
    table = table.assign(order=_orders(models, len(lists)), status=fits.status)
    table.index = pd.Index(model_names(len(lists), order), name="model")
    rule = _rule(len(lists), order, criterion, models[best], top)
    return Search(_require(fit_model(counts, mask_terms(models[best[0]])), lists), rule, table.iloc[best])


@lru_cache(maxsize=2)
def _fits(counts: bytes, lists: int, order: int) -> FittedModels:
    """Fit all models once for the criteria and averages that are asked of one table."""
    return fit_models(np.frombuffer(counts), all_models(lists, order))


def search_bounded(counts: Array, lists: Sequence[str], order: int, criterion: Criterion, top: int | None) -> Search:
    """Find the best of all hierarchical models by bounds, where there are too many to fit each.

    Parameters
    ----------
    counts, lists, order, criterion
        As for :func:`search_all`.
    top : int, optional
        How many models, the best for this table first, the rule tries on other tables; all by default.

    Returns
    -------
    Search
        The models within 10 units of the best, at most 250 of them; or the ``top`` best.

    Raises
    ------
    FitError
        If no model has an estimate.

    Examples
    --------
    >>> counts = np.array([0, 60, 40, 20, 30, 10, 8, 3])
    >>> found = search_bounded(counts, ["A", "B", "C"], 2, "bic", None)
    >>> found.models.index[0], found.proof.models
    ('[1,2,3]', 8)
    """
    charge, number, likely = penalty(criterion, counts), len(lists), np.array([], dtype=np.uint64)
    best = best_models(counts, number, order, charge, likely)
    likely = _masks(best)
    found, reach = best, float(PLAUSIBLE)
    while len(found.models) < (top or 1) or found is best:
        found = best_models(counts, number, order, charge, likely, keep=top or _SHOWN, reach=reach)
        if reach > 2 * charge * counts.size or not found.models:
            break
        reach *= 2
    if not found.models:
        raise FitError(f"no model of these {number} lists has an estimate: merge small lists")
    rule = _rule(number, order, criterion, _masks(found), top)
    proof = Proof(count_models(number, order), best.visited, found.complete)
    return Search(found.models[0], rule, _fitted_table(counts, lists, found.models), proof)


def _rule(lists: int, order: int, criterion: Criterion, ranked: Array, top: int | None) -> Rule:
    """Choose on other tables among some models, or among all: one by one where they are few, else by bounds."""
    if top is None and lists >= _BY_BOUNDS:
        return BestOfAll(lists, order, criterion, ranked)
    return BestOf(ranked[:top], criterion)


def _masks(found: BestModels) -> Array:
    """Return the masks of models."""
    return np.array([mask_of(one.terms) for one in found.models], dtype=np.uint64)


def search_downhill(counts: Array, lists: Sequence[str], order: int, criterion: Criterion) -> Search:
    """Walk downhill in a criterion, where there are too many models to fit them all.

    Parameters
    ----------
    counts, lists, order, criterion
        As for :func:`search_all`, for any number of lists.

    Returns
    -------
    Search
        The models that were tried.

    Raises
    ------
    FitError
        If the walk finds no model with an estimate.

    Examples
    --------
    >>> counts = np.array([0, 60, 40, 20, 30, 10, 8, 3])
    >>> search_downhill(counts, ["A", "B", "C"], 2, "bic").models.index[0]
    '[1,2,3]'
    """
    tried = downhill(counts, len(lists), order, penalty(criterion, counts))
    table = _fitted_table(counts, lists, tried).sort_values(criterion, kind="stable")
    return Search(_require(tried[0], lists), Downhill(len(lists), order, criterion), table)


def search_stepwise(counts: Array, lists: Sequence[str], order: int, p_enter: float) -> Search:
    """Add terms one by one.

    Parameters
    ----------
    counts, lists, order
        As for :func:`search_all`, for any number of lists.
    p_enter : float
        A term enters when its p-value is below this.

    Returns
    -------
    Search
        The models on the way, the last first, with the p-value by which each was reached.

    Raises
    ------
    FitError
        If not even the model of independence has an estimate.

    Examples
    --------
    >>> counts = np.array([0, 60, 40, 45, 30, 4, 8, 3])
    >>> search_stepwise(counts, ["A", "B", "C"], 2, 0.02).models.index.tolist()
    ['[13,2]', '[1,2,3]']
    """
    steps = stepwise(counts, len(lists), order, p_enter)[::-1]
    table = _fitted_table(counts, lists, [step.model for step in steps])
    table = table.assign(p_value=[step.p_value for step in steps])
    return Search(_require(steps[0].model, lists), Stepwise(len(lists), order, p_enter), table)


def search_fixed(counts: Array, lists: Sequence[str], terms: Array) -> Search:
    """Fit the model given.

    Parameters
    ----------
    counts, lists
        As for :func:`search_all`, for any number of lists.
    terms : numpy.ndarray
        Terms of the model.

    Returns
    -------
    Search
        The one model.

    Raises
    ------
    FitError
        If it has no estimate; the message says why.

    Examples
    --------
    >>> search_fixed(np.array([0, 60, 40, 20]), ["A", "B"], np.array([0, 1, 2])).models["status"].tolist()
    ['ok']
    """
    model = fit_model(counts, terms)
    return Search(_require(model, lists), FixedModel(terms), _fitted_table(counts, lists, [model]))


def _require(model: FittedModel, lists: Sequence[str]) -> FittedModel:
    """Refuse a model without an estimate, and say why it has none."""
    name = write_model(model.terms, numbered(lists))
    if model.verdict == ESTIMATED:
        return model
    if model.verdict == NOT_IDENTIFIED:
        raise FitError(
            f"the model {name} is not identified: the cells left after removing terms without people cannot tell its "
            f"{len(model.kept)} parameters apart; choose one with fewer interactions"
        )
    raise FitError(
        f"the model {name} has no maximum-likelihood estimate: the empty overlaps of this table let its likelihood "
        "rise for ever; choose one with fewer interactions or merge small lists"
    )


def _fitted_table(counts: Array, lists: Sequence[str], models: Sequence[FittedModel]) -> pd.DataFrame:
    """Set models beside one another."""
    unobserved, loglik = (np.array([getattr(one, name) for one in models]) for name in ("unobserved", "loglik"))
    table = _table(counts, unobserved, loglik, np.array([len(one.terms) for one in models]))
    table.index = pd.Index([write_model(one.terms, lists) for one in models], name="model")
    return table.assign(order=[int(set_size(one.terms).max()) for one in models], status=[one.status for one in models])


def _table(counts: Array, unobserved: Array, loglik: Array, size: Array) -> pd.DataFrame:
    """Work out estimates and criteria, missing where there is no estimate."""
    from scipy.special import gammaln

    full = np.where(np.isnan(unobserved), np.nan, loglik - gammaln(counts + 1).sum())
    columns = {
        "estimate": counts[1:].sum() + unobserved,
        "bic": penalty("bic", counts) * size - 2 * full,
        "aic": penalty("aic", counts) * size - 2 * full,
        "parameters": size,
    }
    return pd.DataFrame(columns)


def _orders(models: Array, lists: int) -> Array:
    """Return the largest number of lists that a term of each mask links."""
    orders = np.ones(len(models), dtype=np.int64)
    for term in range(1, 1 << lists):
        there = (models >> np.uint64(term) & np.uint64(1)).astype(np.int64)
        orders = np.maximum(orders, there * term.bit_count())
    return orders
