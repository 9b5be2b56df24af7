"""How far the overlap of each pair of lists is from what independent lists and people who are all alike would give.

All of it follows from the sizes of lists and overlaps, so that hundreds of simulated tables cost a millisecond. With
chances p of being on each list and N people, the model expects N p_i p_j people on both of two lists, and the score
n_ij - N p_i p_j has the variance N p_i q_i p_j q_j less what is lost because people on no list are not seen.

References
----------
.. [1] Darroch, J. N., Fienberg, S. E., Glonek, G. F. V. and Junker, B. W. (1993). A three-sample multiple-recapture
   approach to census population estimation with heterogeneous catchability. Journal of the American Statistical
   Association 88, 1137-1148.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ctresearch.prevalence.lists.cells import Array

# From its right the equation is solved in a dozen of Newton's steps; the bound is on time alone.
_STEPS, _CLOSE = 200, 1e-10
# Below this share of what a column varies, what is left of it is rounding.
_ROOM = 1e-8
# Beyond, a column for each pair in each pattern takes more memory than the table.
_DENSE = 8


@dataclass(frozen=True, slots=True)
class PairScores:
    """Scores of T tables of L lists against independence.

    ``population`` (T,) is the estimate of that model, infinite where no two lists overlap. ``common`` (T,) is the
    statistic of one interaction that all pairs share, positive where people differ; ``pairs`` (T, L * (L - 1) / 2)
    those of each pair in the order of :func:`numpy.triu_indices`. Both are standard normal where lists are
    independent, and ``NaN`` where a table leaves no room for them.
    """

    population: Array
    common: Array
    pairs: Array


def independent_population(sizes: Array, people: Array) -> Array:
    """Estimate populations by independent lists and people who are all alike.

    Parameters
    ----------
    sizes : numpy.ndarray
        People on each list of each table, shape (tables, lists), each fewer than ``people``.
    people : numpy.ndarray
        People on at least one list, shape (tables,).

    Returns
    -------
    numpy.ndarray
        Persons, shape (tables,); infinite where no two lists have anybody in common.

    Examples
    --------
    >>> independent_population(np.array([[80.0, 60.0]]), np.array([120.0])).round(6).tolist()
    [240.0]
    """
    some = sizes.sum(axis=1) > people
    total = np.where(some, people * (1 + 1e-9), np.nan)
    for _ in range(_STEPS):
        apart = total[:, None] - sizes
        missed = np.prod(apart / total[:, None], axis=1)
        gap = total * (1 - missed) - people
        rise = 1 - missed - missed * np.sum(sizes / apart, axis=1)
        step = np.where(some, -gap / np.where(rise == 0, np.inf, rise), 0.0)
        step = np.where(total + step <= people, (people - total) / 2, step)
        total = total + step
        if np.nanmax(np.abs(step) / total, initial=0.0) < _CLOSE:
            break
    return np.where(some, total, np.inf)


def pair_scores(sizes: Array, shared: Array, people: Array) -> PairScores:
    """Score every pair of lists, and all of them together.

    Parameters
    ----------
    sizes : numpy.ndarray
        People on each list of each table, shape (tables, lists).
    shared : numpy.ndarray
        People that each pair has in common, shape (tables, pairs).
    people : numpy.ndarray
        People on at least one list, shape (tables,).

    Returns
    -------
    PairScores
        The statistics.

    Examples
    --------
    >>> sizes, shared = np.array([[135.0, 122.0, 126.0]]), np.array([[49.0, 45.0, 46.0]])
    >>> pair_scores(sizes, shared, np.array([271.0])).common.round(1).tolist()
    [5.1]
    """
    with np.errstate(divide="ignore", invalid="ignore"):  # tables that leave no room end as NaN
        return _pair_scores(sizes, shared, people)


def scores_of_tables(tables: Array) -> PairScores:
    """Score whole tables.

    Parameters
    ----------
    tables : numpy.ndarray
        People by cell, shape (tables, 2 ** lists); the first cell is not used.

    Returns
    -------
    PairScores
        The statistics.

    Examples
    --------
    >>> scores_of_tables(np.array([[0.0, 69, 55, 21, 63, 17, 18, 28]])).common.round(1).tolist()
    [5.1]
    """
    lists = tables.shape[1].bit_length() - 1
    on = (np.arange(tables.shape[1])[:, None] >> np.arange(lists) & 1).astype(np.float64)
    first, second = np.triu_indices(lists, 1)
    people = tables[:, 1:].sum(axis=1).astype(np.float64)
    if lists <= _DENSE:
        return pair_scores(tables @ on, tables @ (on[:, first] * on[:, second]), people)
    shared = np.empty((len(tables), lists, lists))
    for place, table in enumerate(tables):  # of many lists most patterns are nobody's
        held = np.flatnonzero(table)
        shared[place] = (on[held] * table[held, None]).T @ on[held]
    return pair_scores(np.einsum("tii->ti", shared), shared[:, first, second], people)


def _pair_scores(sizes: Array, shared: Array, people: Array) -> PairScores:
    """Score pairs as :func:`pair_scores` says."""
    first, second = np.triu_indices(sizes.shape[1], 1)
    usable = (sizes.max(axis=1) < people) & (sizes.min(axis=1) > 0)
    total = independent_population(np.where(usable[:, None], sizes, 1.0), np.where(usable, people, np.inf))
    known = np.where(np.isfinite(total), total, np.nan)[:, None]
    on = sizes / known
    missed = np.prod(1 - on, axis=1)
    lost = known[:, 0] * missed / (1 - missed * (1 + np.sum(on / (1 - on), axis=1)))
    both = on[:, first] * on[:, second]
    free = known * both * (1 - on[:, first]) * (1 - on[:, second])
    gaps, left = shared - known * both, free - lost[:, None] * both**2
    all_free, all_left = free.sum(axis=1), free.sum(axis=1) - lost * both.sum(axis=1) ** 2
    return PairScores(
        np.where(usable, total, np.nan),
        _over(gaps.sum(axis=1), all_left, all_free),
        _over(gaps, left, free),
    )


def _over(gap: Array, left: Array, free: Array) -> Array:
    """Divide scores by their standard errors where there is room for one."""
    room = left > _ROOM * free
    return np.where(room, gap / np.sqrt(np.where(room, left, 1.0)), np.nan)
