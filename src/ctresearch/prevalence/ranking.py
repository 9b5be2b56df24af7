"""Fitting all hierarchical models of a table, and finding the best of them for many tables.

To find the best, models are tried in a given order and one is not fitted when it could not win even with a perfect
fit: its likelihood is at most that of the model with all terms of all models. Whether an estimate
exists is settled by linear programming only for a model that would win.

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

from ctresearch.core.compile import kernel
from ctresearch.core.parallel import map_chunks, split
from ctresearch.prevalence.existence import FittedModel, fit_model, status_word
from ctresearch.prevalence.hierarchy import mask_terms
from ctresearch.prevalence.poisson import ESTIMATED, OPEN, Cells, Workspace, fit, observed_cells, workspace

TIE = 1e-9
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
        Masks of :func:`ctresearch.prevalence.hierarchy.all_models`, shape (M,).

    Returns
    -------
    FittedModels
        In the order of ``models``.

    Examples
    --------
    >>> from ctresearch.prevalence.hierarchy import all_models
    >>> fits = fit_models(np.array([0, 60, 40, 20, 30, 10, 8, 3]), all_models(3, 2))
    >>> fits.status
    ['ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok', 'ok']
    """
    cells = observed_cells(counts)
    distinct, place = _distinct(cells.margins, models)
    work = partial(_fit_models, cells)
    parts = map_chunks(work, [distinct[r.start : r.stop] for r in split(len(distinct), _CHUNK)])
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
    >>> from ctresearch.prevalence.hierarchy import all_models
    >>> counts = np.array([0, 60, 40, 20, 30, 10, 8, 3])
    >>> best_model(counts, all_models(3, 2), np.log(counts.sum())).terms.tolist()
    [0, 1, 2, 4]
    """
    winner, least, open_at, open_value = _best_model(observed_cells(counts), models, penalty)
    best = None if winner < 0 else fit_model(counts, mask_terms(models[winner]))
    for m in open_at[np.argsort(open_value, kind="stable")]:
        terms = mask_terms(models[m])
        settled = fit_model(counts, terms)
        value = penalty * len(terms) - 2 * settled.loglik
        if settled.verdict == ESTIMATED and value < least - TIE:
            best, least = settled, value
    return best


if TYPE_CHECKING:
    from ctresearch.prevalence.cells import Array


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


@kernel
def _mask_terms(mask: np.uint64, terms: Array) -> int:
    """Write the terms of a mask into an array; return how many there are."""
    size = 0
    for term in range(terms.size):
        if (mask >> np.uint64(term)) & np.uint64(1):
            terms[size] = term
            size += 1
    return size


@kernel
def _fit_models(cells: Cells, models: Array) -> tuple[Array, Array, Array]:
    """Fit some models; return verdicts, log-likelihoods and means of the unobserved cell."""
    work, terms = workspace(cells.counts.size, cells.counts.size), np.empty(cells.counts.size, np.int64)
    verdict, loglik, unobserved = np.empty(models.size, np.int64), np.empty(models.size), np.empty(models.size)
    for m in range(models.size):
        found = fit(cells, terms[: _mask_terms(models[m], terms)], False, work)
        verdict[m], loglik[m], unobserved[m] = found.verdict, found.loglik, found.unobserved
    return verdict, loglik, unobserved


@kernel
def _best_model(cells: Cells, models: Array, penalty: float) -> tuple[int, float, Array, Array]:
    """Return the winner, its criterion, and the open models that would beat it with their criteria."""
    work, terms = workspace(cells.counts.size, cells.counts.size), np.empty(cells.counts.size, np.int64)
    value = np.full(models.size, np.inf)
    ceiling = _ceiling(cells, models, terms, work)
    winner, least = -1, np.inf
    for m in range(models.size):
        size = _mask_terms(models[m], terms)
        if penalty * size - 2 * ceiling >= least - TIE:
            continue
        found = fit(cells, terms[:size], False, work)
        criterion = penalty * size - 2 * found.loglik
        if found.verdict == OPEN:
            value[m] = criterion
        elif found.verdict == ESTIMATED and criterion < least - TIE:
            winner, least = m, criterion
    open_at = np.flatnonzero(value < least - TIE)
    return winner, least, open_at, value[open_at]


@kernel
def _ceiling(cells: Cells, models: Array, terms: Array, work: Workspace) -> float:
    """Return a log-likelihood that no model exceeds: of the union of all, or of the saturated model."""
    union = np.uint64(0)
    for model in models:
        union |= model
    found = fit(cells, terms[: _mask_terms(union, terms)], False, work)
    if found.verdict == ESTIMATED:
        return found.loglik + TIE
    saturated = 0.0
    for count in cells.counts:
        if count > 0.0:
            saturated += count * np.log(count) - count
    return saturated
