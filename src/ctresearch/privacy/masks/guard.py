"""Masks against a contributor: somebody who stands in a masked cell, and may know how many are in it.

What an outsider cannot work out may follow for him: where two masked cells hold 7 together, who knows of 4 in his own
knows of 3 in the other. One linear programme for each such pair finds the cheapest change of the table in which his
cell holds what he knows and the other is large enough; what it changes is masked, until nobody learns anything.

References
----------
.. [1] Castro, J. (2002). Network flows heuristics for complementary cell suppression: an empirical evaluation and
   extensions. Inference Control in Statistical Databases, LNCS 2316, 59-73. https://doi.org/10.1007/3-540-47804-3_5
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.privacy.recovery.attacker import Attacker
from ctresearch.privacy.recovery.audit import equations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from ctresearch.privacy.recovery.moves import Moves

_FURTHER = 5  # times that a move in fractions of people, as three axes allow, is asked to go further


@dataclass(frozen=True, slots=True)
class Reader:
    """What a reader of counts may not learn of a masked cell, and what he knows of it beforehand.

    Parameters
    ----------
    threshold : float
        Smallest number that may be known.
    least : float
        Smallest number a masked cell can hold: 1 where cells without anybody are shown.

    Examples
    --------
    >>> Reader(5.0).least
    1.0
    """

    threshold: float
    least: float = 1.0


def guard(
    table: NDArray[np.float64], hidden: NDArray[np.bool_], moves: Moves, reader: Reader
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Mask further cells until nobody who stands in a masked one learns that another is small.

    Parameters
    ----------
    table : numpy.ndarray
        Counts with margins.
    hidden : numpy.ndarray of bool
        Masked cells.
    moves : Moves
        What may move in the table.
    reader : Reader
        What may not be known.

    Returns
    -------
    tuple of numpy.ndarray of bool
        Masked cells, and those among them that no mask protects, since an earlier release gives them away.

    References
    ----------
    .. [1] Castro, J. (2002). Network flows heuristics for complementary cell suppression: an empirical evaluation and
       extensions. Inference Control in Statistical Databases, LNCS 2316, 59-73.
       https://doi.org/10.1007/3-540-47804-3_5

    Examples
    --------
    >>> import numpy as np
    >>> from ctresearch.privacy.recovery.moves import Moves
    >>> table = np.array([3.0, 4.0, 20.0, 40.0, 67.0])
    >>> guard(table, table < 5, Moves(table), Reader(5.0))[0].tolist()
    [True, True, True, False, False]
    """
    further = 0
    possible = [table.ravel()] if (table[hidden] >= reader.least).all() else []
    while True:
        wider, exposed, stuck = hidden, np.zeros(table.shape, dtype=bool), True
        for own, other, least in exposures(table, hidden, reader, possible):
            exposed.flat[other] = True
            wanted = own | {other: (reader.threshold + further, np.inf)}
            found = moves.cheapest(wider, wanted, least)
            if found is not None:
                wider, stuck = wider | found, False
        if not exposed.any() or stuck or further == _FURTHER:
            return hidden, exposed
        further += int((wider == hidden).all())
        hidden = wider


def exposures(
    table: NDArray[np.float64], hidden: NDArray[np.bool_], reader: Reader, possible: list[NDArray[np.float64]]
) -> Iterator[tuple[dict[int, tuple[float, float]], int, float]]:
    """Attack a table with margins from outside, and from each masked cell.

    Parameters
    ----------
    table : numpy.ndarray
        Counts with margins.
    hidden : numpy.ndarray of bool
        Masked cells.
    reader : Reader
        What may not be known.
    possible : list of numpy.ndarray
        Tables that agree with everything shown, as long as no less is masked; those found in the attack join them.

    Yields
    ------
    tuple of (dict, int, float)
        What somebody knows of his own cell, empty for an outsider; a cell he then knows to be small; and the smallest
        number that a masked cell can hold after all.

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([3.0, 4.0, 20.0, 27.0])
    >>> [(own, other) for own, other, _ in exposures(table, table < 5, Reader(5.0), [])]
    [({0: (4.0, 4.0)}, 1), ({1: (4.0, 4.0)}, 0)]
    """
    unknown = np.flatnonzero(hidden.ravel())
    if not len(unknown):
        return
    matrix = equations(table.shape)
    reduced = matrix[:, unknown]
    asked = np.diff(reduced.indptr) > 0
    right = -(matrix @ np.where(hidden, 0.0, table).ravel())[asked]
    many = np.ones(len(unknown))
    known = [one[unknown] for one in possible]
    attacker = Attacker(reduced[asked], right, reader.least * many, np.inf * many, reader.threshold * many, found=known)
    least = float(attacker.low.min())
    outside = attacker.outsider()
    for p in outside:
        yield {}, int(unknown[p]), least
    for q, value, learned in attacker.learned(outside):
        for p in learned:
            yield {int(unknown[q]): (value, value)}, int(unknown[p]), least
    for found in attacker.found[len(possible) :]:
        possible.append(table.ravel().copy())
        possible[-1][unknown] = found
