"""Units and the codes that coders gave them, equal units joined, so that size costs nothing where codes are few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

_KEY_LIMIT = 2**62  # the largest whole number that a row of codes may be written as


@dataclass(frozen=True, slots=True)
class CodedUnits:
    """Distinct rows of codes, and how many units show each.

    Parameters
    ----------
    rows : numpy.ndarray
        Shape (patterns, coders): codes from 0, -1 where a coder gave none. Where coders are not told apart, each row is
        sorted.
    times : numpy.ndarray
        Shape (patterns,): how many units show the pattern.
    pattern : numpy.ndarray
        Shape (units,): which pattern each unit shows.
    categories : int
        How many codes there are, used or not.

    Examples
    --------
    >>> join_units(np.array([[0, 1], [1, 0], [0, 1]]), 2).times.tolist()
    [3.0]
    """

    rows: Integers
    times: Floats
    pattern: Integers
    categories: int

    @property
    def units(self) -> int:
        """How many units there are."""
        return len(self.pattern)

    @property
    def rated(self) -> Floats:
        """How many coders rated each pattern, shape (patterns,)."""
        return np.asarray((self.rows >= 0).sum(axis=1), dtype=np.float64)

    def counts(self) -> Any:
        """Count coders by category, as a sparse array of shape (patterns, categories)."""
        from scipy.sparse import csr_array

        there = self.rows >= 0
        where = np.repeat(np.arange(len(self.rows)), there.sum(axis=1))
        shape = (len(self.rows), self.categories)
        found = csr_array((np.ones(len(where)), (where, self.rows[there])), shape=shape)
        found.sum_duplicates()
        return found

    def by_coder(self) -> Any:
        """Mark which coder gave which category: sparse, shape (patterns, coders * categories)."""
        from scipy.sparse import csr_array

        row, coder = np.nonzero(self.rows >= 0)
        column = coder * self.categories + self.rows[row, coder]
        shape = (len(self.rows), self.rows.shape[1] * self.categories)
        return csr_array((np.ones(len(row)), (row, column)), shape=shape)

    def without_coders(self) -> CodedUnits:
        """Join patterns that show the same codes, whoever gave which."""
        joined = join_units(self.rows, self.categories)
        times = np.bincount(joined.pattern, weights=self.times, minlength=len(joined.rows))
        return CodedUnits(joined.rows, times.astype(np.float64), joined.pattern[self.pattern], self.categories)

    def of_coders(self, *places: int) -> CodedUnits:
        """Keep some coders, and the units that all of them rated, for estimates alone."""
        rows = self.rows[:, list(places)]
        kept = (rows >= 0).all(axis=1)
        rows = np.ascontiguousarray(rows[kept])
        return CodedUnits(rows, self.times[kept], np.arange(len(rows)), self.categories)

    def where(self, kept: NDArray[np.bool_]) -> CodedUnits:
        """Keep some patterns, shape (patterns,), and the units that show them."""
        place = np.cumsum(kept) - 1
        inside = kept[self.pattern]
        return CodedUnits(self.rows[kept], self.times[kept], place[self.pattern[inside]], self.categories)


def join_units(codes: Integers, categories: int, *, coders_apart: bool = False) -> CodedUnits:
    """Join units that show the same codes.

    Parameters
    ----------
    codes : numpy.ndarray
        Shape (units, coders): codes from 0, -1 where a coder gave none.
    categories : int
        How many codes there are.
    coders_apart : bool
        Whether it matters who gave which code.

    Returns
    -------
    CodedUnits
        Units without any code are left out.

    Examples
    --------
    >>> join_units(np.array([[0, 1], [1, 0], [-1, -1]]), 2, coders_apart=True).rows.tolist()
    [[0, 1], [1, 0]]
    """
    import pandas as pd

    held = np.ascontiguousarray(codes[(codes >= 0).any(axis=1)], dtype=np.int64)
    held = held if coders_apart else np.sort(held, axis=1)
    if (categories + 1) ** held.shape[1] < _KEY_LIMIT:
        keys = np.zeros(len(held), dtype=np.int64)
        for column in held.T:
            keys = keys * (categories + 1) + column + 1
        pattern, first = pd.factorize(keys)
        seen = np.full(len(first), -1, dtype=np.int64)
        seen[pattern[::-1]] = np.arange(len(held))[::-1]
        rows = held[seen]
    else:
        rows, pattern = np.unique(held, axis=0, return_inverse=True)
    pattern = np.asarray(pattern, dtype=np.int64).ravel()
    return CodedUnits(rows, np.bincount(pattern, minlength=len(rows)).astype(np.float64), pattern, categories)
