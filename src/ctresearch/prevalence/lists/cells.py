"""Bit patterns: which lists hold a person, and which lists a model term links.

List ``i``, counted from 0, is bit ``i``. A *cell* is the pattern of lists a person stands on; cell 0 holds everybody
who stands on none. A *term* of a log-linear model is the pattern of lists it links; term 0 is the intercept. Term
``a`` acts in cell ``c`` when ``a`` is a subset of ``c``, so the sums over cells and terms that a fit needs are subset
and superset sums, worked out in place without a design matrix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

Array = np.ndarray[Any, np.dtype[Any]]
FULL_TABLE = 12
"""Tables of more lists than this show the patterns that somebody has, not all there could be."""


@kernel
def sum_over_supersets(values: Array) -> None:
    """Replace each value by the sum of the values of all supersets of its pattern, in place.

    Parameters
    ----------
    values : numpy.ndarray
        One float a pattern, shape (2 ** lists,).

    Examples
    --------
    >>> values = np.array([0.0, 1.0, 2.0, 4.0])
    >>> sum_over_supersets(values)
    >>> values.tolist()
    [7.0, 5.0, 6.0, 4.0]
    """
    step = 1
    while step < values.size:
        for start in range(0, values.size, 2 * step):
            for i in range(start, start + step):
                values[i] += values[i + step]
        step *= 2


@kernel
def sum_over_subsets(values: Array) -> None:
    """Replace each value by the sum of the values of all subsets of its pattern, in place.

    Parameters
    ----------
    values : numpy.ndarray
        One float a pattern, shape (2 ** lists,).

    Examples
    --------
    >>> values = np.array([1.0, 1.0, 2.0, 4.0])
    >>> sum_over_subsets(values)
    >>> values.tolist()
    [1.0, 2.0, 3.0, 8.0]
    """
    step = 1
    while step < values.size:
        for start in range(0, values.size, 2 * step):
            for i in range(start, start + step):
                values[i + step] += values[i]
        step *= 2


def table_margins(counts: Array) -> Array:
    """Count the people on all lists of each pattern, whatever other lists they stand on.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,).

    Returns
    -------
    numpy.ndarray
        Floats of the same shape; the first is the total.

    Examples
    --------
    >>> table_margins(np.array([0, 3, 4, 2])).tolist()
    [9.0, 5.0, 6.0, 2.0]
    """
    margins = counts.astype(np.float64)
    sum_over_supersets(margins)
    return margins


def set_size(patterns: Array) -> Array:
    """Count the lists in each pattern.

    Parameters
    ----------
    patterns : numpy.ndarray
        Integers.

    Returns
    -------
    numpy.ndarray
        Number of bits set, of the same shape.

    Examples
    --------
    >>> set_size(np.array([0, 5, 7])).tolist()
    [0, 2, 3]
    """
    return np.bitwise_count(patterns).astype(np.int64)


def canonical_order(patterns: Array, lists: int) -> Array:
    """Return the order in which patterns are shown: by number of lists, then as a dictionary orders their members.

    Parameters
    ----------
    patterns : numpy.ndarray
        Integers below 2 ** lists.
    lists : int
        Number of lists.

    Returns
    -------
    numpy.ndarray
        Positions, as from :func:`numpy.argsort`.

    Examples
    --------
    >>> canonical_order(np.array([3, 2, 1]), 2).tolist()
    [2, 1, 0]
    """
    mirrored = np.zeros_like(patterns)
    for i in range(lists):
        mirrored |= ((patterns >> i) & 1) << (lists - 1 - i)
    return np.lexsort((-mirrored, set_size(patterns)))


def members(pattern: int) -> tuple[int, ...]:
    """Return the lists of one pattern.

    Parameters
    ----------
    pattern : int
        Any pattern.

    Returns
    -------
    tuple of int
        Positions of the lists, counted from 0.

    Examples
    --------
    >>> members(5)
    (0, 2)
    """
    return tuple(i for i in range(int(pattern).bit_length()) if pattern >> i & 1)


def added_up(rows: pd.DataFrame) -> pd.DataFrame:
    """Add up rows of the same pattern and stratum, without those of nobody and of people on no list."""
    seen = rows[(rows["count"] > 0) & (rows["pattern"] > 0)]
    return seen.groupby([c for c in seen.columns if c != "count"], sort=True)["count"].sum().reset_index()


def by_pattern(rows: pd.DataFrame, lists: int) -> tuple[Array, Array]:
    """Return the patterns in canonical order, and the number of people with each; neither can be written to."""
    total = rows.groupby("pattern")["count"].sum()
    order = canonical_order(total.index.to_numpy(), lists)
    patterns, frequencies = total.index.to_numpy()[order], total.to_numpy()[order]
    for values in (patterns, frequencies):
        values.setflags(write=False)
    return patterns, frequencies


def regrouped(rows: pd.DataFrame, lists: Sequence[str], parts: dict[str, list[str]]) -> pd.DataFrame:
    """Write the patterns anew where each list is a union of lists."""
    old, new = rows["pattern"].to_numpy(), np.zeros(len(rows), dtype=np.int64)
    for i, members in enumerate(parts.values()):
        union = sum(1 << lists.index(one) for one in members)
        new |= ((old & union) != 0).astype(np.int64) << i
    return rows.assign(pattern=new)
