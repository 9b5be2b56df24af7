"""Random terms of a linear mixed model, and the cross-products in which the whole table is held.

The term with the most levels is kept in blocks, one a level, since its levels never meet; everything else (further
terms, fixed columns and the outcome) stands in one dense square. So memory is the number of levels of the largest term
times the width of the rest, and no matrix has a row for each observation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MOST_DENSE = 4_000
"""Columns of the dense square: 4,000 are 128 MB, and a second for each step of the search."""


@dataclass(frozen=True, slots=True)
class RandomTerm:
    """What varies over the levels of one grouping.

    Parameters
    ----------
    codes : numpy.ndarray
        Shape (rows,): the level of each row, from 0.
    levels : int
        How many there are.
    columns : numpy.ndarray
        Shape (rows, width): ones for an intercept, and what has a slope of its own.
    """

    codes: NDArray[np.int64]
    levels: int
    columns: Floats

    @property
    def width(self) -> int:
        """How many columns vary."""
        return int(self.columns.shape[1])


@dataclass(frozen=True, slots=True)
class Products:
    """Weighted cross-products, the term with the most levels first.

    Parameters
    ----------
    order : tuple of int
        Which of the terms given each place holds.
    widths, levels : tuple of int
        Of each term, in this order.
    blocks : numpy.ndarray
        Shape (levels, width, width): the first term with itself.
    beside : numpy.ndarray
        Shape (levels, width, rest): the first term with the rest: further terms level by level, fixed columns, outcome.
    rest : numpy.ndarray
        Shape (rest, rest).
    fixed : int
        How many fixed columns there are.
    rows : int
        Observations.
    log_weights : float
        Sum of their logarithms.
    """

    order: tuple[int, ...]
    widths: tuple[int, ...]
    levels: tuple[int, ...]
    blocks: Floats
    beside: Floats
    rest: Floats
    fixed: int
    rows: int
    log_weights: float


def cross_products(y: Floats, design: Floats, terms: Sequence[RandomTerm], weights: Floats) -> Products:
    """Work out all cross-products once.

    Parameters
    ----------
    y : numpy.ndarray
        Outcomes, shape (rows,).
    design : numpy.ndarray
        Fixed columns, shape (rows, fixed).
    terms : sequence of RandomTerm
        At least one.
    weights : numpy.ndarray
        Shape (rows,): one over the variance of each row, as a multiple of what is common to all.

    Returns
    -------
    Products
        All that the likelihood needs.

    Raises
    ------
    DataError
        If further terms have so many levels that they do not fit.
    """
    order = tuple(sorted(range(len(terms)), key=lambda i: (-terms[i].levels, i)))
    first, others = terms[order[0]], [terms[i] for i in order[1:]]
    starts = np.cumsum([0, *(one.levels * one.width for one in others)])
    fixed = np.column_stack([design, y])
    width = int(starts[-1]) + fixed.shape[1]
    if width > _MOST_DENSE:
        raise DataError(
            f"groupings beside the largest have {int(starts[-1]):,} levels and slopes, must be at most "
            f"{_MOST_DENSE - fixed.shape[1]:,}: leave a grouping out, or merge levels"
        )
    beside = np.zeros((first.levels, first.width, width))
    rest = np.zeros((width, width))
    for i, one in enumerate(others):
        here = slice(starts[i], starts[i + 1])
        beside[:, :, here] = _met(first, one, weights)
        rest[here, starts[-1] :] = _summed(one, fixed, weights).reshape(-1, fixed.shape[1])
        for j, other in enumerate(others[: i + 1]):
            met = _met(one, other, weights).reshape(one.levels * one.width, -1)
            rest[here, starts[j] : starts[j + 1]] = met
            rest[starts[j] : starts[j + 1], here] = met.T
    beside[:, :, starts[-1] :] = _summed(first, fixed, weights)
    rest[starts[-1] :, : starts[-1]] = rest[: starts[-1], starts[-1] :].T
    rest[starts[-1] :, starts[-1] :] = (fixed * weights[:, None]).T @ fixed
    return Products(
        order,
        (first.width, *(one.width for one in others)),
        (first.levels, *(one.levels for one in others)),
        _within(first, weights),
        beside,
        rest,
        design.shape[1],
        len(y),
        float(np.log(weights).sum()),
    )


def _within(term: RandomTerm, weights: Floats) -> Floats:
    """Return a term with itself, level by level."""
    pairs = term.columns[:, :, None] * term.columns[:, None, :] * weights[:, None, None]
    return _by_level(term.codes, pairs.reshape(len(weights), -1), term.levels).reshape(
        term.levels, term.width, term.width
    )


def _summed(term: RandomTerm, columns: Floats, weights: Floats) -> Floats:
    """Return a term with columns: shape (levels, width, columns)."""
    products = term.columns[:, :, None] * columns[:, None, :] * weights[:, None, None]
    return _by_level(term.codes, products.reshape(len(weights), -1), term.levels).reshape(
        term.levels, term.width, columns.shape[1]
    )


def _met(one: RandomTerm, other: RandomTerm, weights: Floats) -> Floats:
    """Return two terms with each other: shape (levels, width, levels of the other times its width)."""
    cell = one.codes * other.levels + other.codes
    out = np.empty((one.levels, one.width, other.levels, other.width))
    for i in range(one.width):
        for j in range(other.width):
            products = weights * one.columns[:, i] * other.columns[:, j]
            met = np.bincount(cell, weights=products, minlength=one.levels * other.levels)
            out[:, i, :, j] = met.reshape(one.levels, other.levels)
    return out.reshape(one.levels, one.width, -1)


def _by_level(codes: NDArray[np.int64], columns: Floats, levels: int) -> Floats:
    """Sum columns over the rows of each level."""
    return np.column_stack([np.bincount(codes, weights=one, minlength=levels) for one in columns.T])
