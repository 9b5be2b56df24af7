"""How often the one best linkage joins two people, or misses that two records are one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class LinkageError:
    """Rates of error of a linkage, one value a draw.

    ``false_matches`` (draws,) is the share of joined pairs that a draw does not join; ``missed_matches`` (draws,) the
    share of pairs joined by a draw that the linkage does not join; NaN where there are no such pairs. ``joined`` is
    the number of pairs that the linkage joins.
    """

    false_matches: NDArray[np.float64]
    missed_matches: NDArray[np.float64]
    joined: int


def linkage_error(linked: NDArray[np.int64], drawn: Sequence[NDArray[np.int64]]) -> LinkageError:
    """Hold a linkage against draws of what may be true.

    Parameters
    ----------
    linked : numpy.ndarray
        Person of each record by the linkage, shape (records,).
    drawn : sequence of numpy.ndarray
        Person of each record by each draw, or by the truth, shape (records,).

    Returns
    -------
    LinkageError
        The rates.

    Examples
    --------
    >>> error = linkage_error(np.array([0, 0, 2, 2]), [np.array([0, 0, 2, 3])])
    >>> error.false_matches.tolist(), error.missed_matches.tolist()
    ([0.5], [0.0])
    """
    joined = _pairs(linked)
    rates = np.full((2, len(drawn)), np.nan)
    for d, true in enumerate(drawn):
        both, real = _pairs(linked, true), _pairs(true)
        rates[:, d] = (1 - both / joined if joined else np.nan, 1 - both / real if real else np.nan)
    return LinkageError(rates[0], rates[1], joined)


def _pairs(*persons: NDArray[np.int64]) -> int:
    """Count pairs of records that share a person, in all of one or two divisions."""
    _, counts = np.unique(np.column_stack(persons), axis=0, return_counts=True)
    return int((counts * (counts - 1) // 2).sum())
