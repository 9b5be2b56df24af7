"""The fewest people whom any one number of a result rests on, which the release gate asks of every estimate.

A coefficient of a level of a factor is a figure of the people in that level alone, and a fitted share of those with an
event in an arm gives their number away. So an estimate is as small as the smallest group that its table of data tells
apart: an arm, a level, the events within an arm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import ArrayLike, NDArray


def smallest_level(columns: Iterable[ArrayLike], rows: int) -> int:
    """Return the fewest rows that share a value of a column with two values: a level, or all without it.

    Parameters
    ----------
    columns : iterable of array-like
        Columns of a design; those with more than two values are measurements and tell no group apart.
    rows : int
        How many rows there are, which is the answer where no column tells a group apart.

    Returns
    -------
    int
        Rows in the smallest group.

    Examples
    --------
    >>> smallest_level([[0, 0, 0, 1], [0.3, 0.1, 0.7, 0.9]], 4)
    1
    """
    return min((int(counts.min()) for counts in map(_two_values, columns) if counts is not None), default=rows)


def smallest_cell(one: ArrayLike, other: ArrayLike) -> int:
    """Return the fewest rows in a cell of two columns crossed, empty cells left out.

    Parameters
    ----------
    one : array-like
        Groups: an arm, a stratum.
    other : array-like
        What happened; a measurement of more than two values is not crossed.

    Returns
    -------
    int
        Rows in the smallest cell, or in the smallest group where the other column is a measurement.

    Examples
    --------
    >>> smallest_cell(["a", "a", "a", "b", "b"], [1, 1, 0, 0, 0])
    1
    >>> smallest_cell(["a", "a", "a", "b", "b"], [1.2, 3.4, 0.5, 2.2, 9.1])
    2
    """
    groups = np.unique(np.asarray(one), return_inverse=True)[1].ravel()
    happened = np.asarray(other)
    if _two_values(happened) is not None:
        groups = 2 * groups + (happened == happened[0])
    counts = np.bincount(groups)
    return int(counts[counts > 0].min())


def smallest_of(*counts: ArrayLike) -> int:
    """Find the fewest people that any of some numbers describes alone.

    Parameters
    ----------
    *counts : array-like
        Numbers of people; nobody is described where there is none.

    Returns
    -------
    int
        The smallest above zero, 1 at least.

    Examples
    --------
    >>> smallest_of([12, 0, 7], 30)
    7
    """
    every = np.concatenate([np.ravel(np.asarray(one, dtype=float)) for one in counts])
    there = every[every > 0]
    return max(1, int(there.min())) if len(there) else 1


def _two_values(column: ArrayLike) -> NDArray[np.int64] | None:
    """Count the rows with each value of a column of two values; ``None`` for one of more, or of one."""
    values: NDArray[Any] = np.asarray(column)
    if not values.size:
        return None
    first = values == values[0]
    rest = values[~first]
    if not rest.size or not bool((rest == rest[0]).all()):
        return None
    return np.array([first.sum(), rest.size], dtype=np.int64)
