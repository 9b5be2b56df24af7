"""The fewest people whom any one number of a result describes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ctresearch.prevalence.lists.cells import Array

_TWO_LISTS = 4


def fewest_people(counts: Array, terms: Iterable[int] = ()) -> int:
    """Return the fewest people whom one number of a log-linear model describes alone.

    A coefficient follows from the table of the lists that its term links, so that each of its cells can be worked out.
    Where a model has as many parameters as there are cells, and where there are two lists, whose three cells follow
    from people, estimate and error, every cell can.

    Parameters
    ----------
    counts : numpy.ndarray
        People by cell, shape (2 ** lists,); the first is not used.
    terms : iterable of int
        Terms whose coefficients a result shows; none where it shows the population alone.

    Returns
    -------
    int
        All people, or those of the smallest such cell.

    Examples
    --------
    >>> counts = np.array([0, 60, 40, 45, 30, 4, 8, 3])
    >>> fewest_people(counts), fewest_people(counts, [1, 2, 4, 5])
    (190, 7)
    """
    people, patterns, shown = counts[1:], np.arange(1, counts.size), [0, *(int(term) for term in terms)]
    if counts.size == _TWO_LISTS or len({*shown}) >= people.size:
        return smallest_of(people)
    return min(smallest_of(np.bincount(patterns & term, weights=people)) for term in shown)


def fewest_in_design(counts: Array, matrix: Array) -> int:
    """Return the fewest people whom one coefficient of a design sets apart from all others.

    Parameters
    ----------
    counts : numpy.ndarray
        People by row of the design, shape (rows,).
    matrix : numpy.ndarray
        The design, shape (rows, P); a column sets those apart for whom it is not zero.

    Returns
    -------
    int
        The smaller part, over all columns; all people where no column parts them.

    Examples
    --------
    >>> fewest_in_design(np.array([60, 40, 20]), np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]]))
    60
    """
    if matrix.shape[1] >= len(counts):
        return smallest_of(counts)
    inside = counts @ (matrix != 0)
    return smallest_of([*inside, *(counts.sum() - inside)])
