"""Fitting all hierarchical models of a table, and finding the best of them for many tables.

To find the best, models are tried in a given order, and one is passed over when it could not win even with the
likelihood of the model that holds the terms of all of them, which none exceeds. Whether an estimate exists, where the
fit leaves that open, is settled by linear programming for models that would win, and for no other.

References
----------
.. [1] Silverman, B. W., Chan, L. and Vincent, K. (2024). Bootstrapping multiple systems estimates to account for
   model selection. Statistics and Computing 34, 44. https://doi.org/10.1007/s11222-023-10346-9
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel, step_of_kernels
from ctresearch.core.parallel import map_chunks, split
from ctresearch.prevalence.loglinear.existence import FittedModel, fit_model, status_word
from ctresearch.prevalence.loglinear.hierarchy import mask_terms
from ctresearch.prevalence.loglinear.poisson import ESTIMATED, OPEN, Cells, Workspace, fit, observed_cells, workspace

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

SKIPPED = -1
# Log-likelihoods of one model, reached by two ways, agree to about 1e-12: closer ones are the same, and the first in
# order wins, so that the choice does not hang on the last bit.
TIE = 1e-9
# Models a worker takes at a time: fixed, so that results do not depend on the number of workers.
_CHUNK = 512


@dataclass(frozen=True, slots=True)
class FittedModels:
    """M models fitted to one table.

    ``size`` (M,) terms of each model; ``kept`` (M,) those with people in their margin; ``verdict`` (M,), never
    ``OPEN``; ``loglik`` (M,) without its constant; ``unobserved`` (M,), NaN without an estimate.
    """

    size: Array
    kept: Array
    verdict: Array
    loglik: Array
    unobserved: Array

    def criterion(self, penalty: float) -> Array:
        """Return minus twice the log-likelihood plus a penalty a term, infinite without an estimate.

        Parameters
        ----------
        penalty : float
            2 for AIC, the log of the number of people for BIC.

        Returns
        -------
        numpy.ndarray
            Shape (M,); without the constant of the log-likelihood.
        """
        return np.where(self.verdict == ESTIMATED, penalty * self.size - 2 * self.loglik, np.inf)

    @property
    def status(self) -> list[str]:
        """Status of each model, as the ranking shows it."""
        all_kept = self.kept == self.size
        return [status_word(v, k) for v, k in zip(self.verdict.tolist(), all_kept.tolist(), strict=True)]


def fit_models(counts: Array, models: Array) -> FittedModels:
    """Fit every model to one table and settle which estimates exist.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    models : numpy.ndarray
        Masks of :func:`ctresearch.prevalence.loglinear.hierarchy.all_models`, shape (M,).

    Returns
    -------
    FittedModels
        In the order of ``models``.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.hierarchy import all_models
    >>> fits = fit_models(np.array([0, 60, 40, 20, 30, 10, 8, 3]), all_models(3, 2))
    >>> fits.status
    ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok']
    """
    cells = observed_cells(counts)
    distinct, place = _distinct(cells.margins, models)
    chunks = [distinct[part.start : part.stop] for part in split(len(distinct), _CHUNK)]
    parts = map_chunks(partial(_fit_models, cells, np.inf, 0.0), chunks)
    verdict, loglik, unobserved = (np.concatenate([part[i] for part in parts]) for i in range(3))
    for m in np.flatnonzero(verdict == OPEN):
        settled = fit_model(counts, mask_terms(distinct[m]))
        verdict[m], loglik[m], unobserved[m] = settled.verdict, settled.loglik, settled.unobserved
    unobserved[verdict != ESTIMATED] = np.nan
    size, kept = (np.bitwise_count(masks).astype(np.int64) for masks in (models, models & _seen(cells.margins)))
    return FittedModels(size, kept, verdict[place], loglik[place], unobserved[place])


def best_model(counts: Array, models: Array, penalty: float) -> FittedModel | None:
    """Find the model with the smallest criterion among those whose estimate exists.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).
    models : numpy.ndarray
        Masks; those likely to win first. Of models that tie, the first wins.
    penalty : float
        2 for AIC, the log of the number of people for BIC.

    Returns
    -------
    FittedModel or None
        The winner; nothing where no model has an estimate.

    Examples
    --------
    >>> from ctresearch.prevalence.loglinear.hierarchy import all_models
    >>> counts = np.array([0, 60, 40, 20, 30, 10, 8, 3])
    >>> best_model(counts, all_models(3, 2), np.log(counts.sum())).terms.tolist()
    [0, 1, 2, 4]
    """
    cells = observed_cells(counts)
    verdict, loglik, _ = _fit_models(cells, _ceiling(counts, models), penalty, models)
    value = penalty * np.bitwise_count(models) - 2 * loglik
    known = np.where(verdict == ESTIMATED, value, np.inf)
    least = known.min()
    best = fit_model(counts, mask_terms(models[np.argmax(known <= least + TIE)])) if least < np.inf else None
    open_at = np.flatnonzero((verdict == OPEN) & (value < least - TIE))
    for m in open_at[np.argsort(value[open_at], kind="stable")]:
        settled = fit_model(counts, mask_terms(models[m]))
        value_now = penalty * len(settled.terms) - 2 * settled.loglik
        if settled.verdict == ESTIMATED and value_now < least - TIE:
            best, least = settled, value_now
    return best


def _ceiling(counts: Array, models: Array) -> float:
    """Return a log-likelihood that no model exceeds: of the union of all, or of the saturated model."""
    union = fit_model(counts, mask_terms(np.bitwise_or.reduce(models)))
    if union.verdict == ESTIMATED:
        return union.loglik + TIE
    seen = counts[counts > 0]
    return float(np.sum(seen * np.log(seen) - seen)) + TIE


def _seen(margins: Array) -> np.uint64:
    """Return the mask of the terms that have people in their margin."""
    return np.uint64(sum(1 << int(term) for term in np.flatnonzero(margins > 0)))


def _distinct(margins: Array, models: Array) -> tuple[Array, Array]:
    """Return one model of all that leave the same terms and cells, and the place of each model's stand-in.

    Models differ only in terms without people when those force the same cells to zero; models with pairs alone never.
    """
    cells = margins.size
    if cells > 32:
        return models, np.arange(len(models))
    forced = np.zeros_like(models)
    for term in np.flatnonzero(margins == 0):
        supersets = np.uint64(sum(1 << c for c in range(cells) if c & term == term))
        forced |= np.where(models >> np.uint64(term) & np.uint64(1), supersets, np.uint64(0))
    key = models & _seen(margins) | forced << np.uint64(32)
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    return models[first], place


@step_of_kernels
def write_terms(mask: np.uint64, terms: Array) -> int:
    """Write the terms of a mask into an array; return how many there are."""
    size = 0
    for term in range(terms.size):
        if (mask >> np.uint64(term)) & np.uint64(1):
            terms[size] = term
            size += 1
    return size


def _fit_models(cells: Cells, ceiling: float, penalty: float, models: Array) -> tuple[Array, Array, Array]:
    """Fit the models that may win; return verdicts, log-likelihoods and means of the unobserved cell.

    A model is passed over, with the verdict ``SKIPPED``, when not even the ceiling would make it better than the best
    so far. An infinite ceiling passes over none.
    """
    found = np.full((3, models.size), np.nan)
    found[0] = SKIPPED
    masks = models.copy()  # those kept are read-only, which numba takes for a type of its own
    _fit_each(cells, (ceiling, penalty), masks, workspace(cells.counts.size, cells.counts.size), found)
    return found[0].astype(np.int64), found[1], found[2]


@kernel
def _fit_each(cells: Cells, bar: tuple[float, float], models: Array, work: Workspace, found: Array) -> None:
    """Fit the models that may win by ceiling and penalty; write what :func:`_fit_models` returns, shape (3, models)."""
    ceiling, penalty = bar
    least = np.inf
    for m in range(models.size):
        size = write_terms(models[m], work.terms)
        if penalty * size - 2 * ceiling < least - TIE:
            one = fit(cells, work.terms[:size], work)
            found[0, m], found[1, m], found[2, m] = one.verdict, one.loglik, one.unobserved
            if one.verdict == ESTIMATED:
                least = min(least, penalty * size - 2 * one.loglik)
