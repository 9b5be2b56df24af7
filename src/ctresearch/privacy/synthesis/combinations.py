"""Which combinations of up to three values a synthetic table invents and which it loses."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Combinations:
    """Combinations of as many values as ``size`` says, each of a column of its own.

    Parameters
    ----------
    size : int
        1, 2 or 3.
    real, synthetic : int
        How many different ones each table holds.
    lost : float
        Share of the real ones that the synthetic table lacks.
    lost_frequent : float
        The same among those of at least the threshold's number of people.
    invented : float
        Share of the synthetic ones that nobody has in the real table.
    """

    size: int
    real: int
    synthetic: int
    lost: float
    lost_frequent: float
    invented: float


def compare_combinations(
    real: NDArray[np.int64],
    synthetic: NDArray[np.int64],
    present: Sequence[NDArray[np.bool_]],
    *,
    up_to: int = 3,
    threshold: int = 10,
) -> tuple[Combinations, ...]:
    """Compare which combinations of values two tables hold.

    Parameters
    ----------
    real, synthetic : numpy.ndarray
        Codes, shape (columns, rows), with the same meaning in both.
    present : sequence of numpy.ndarray
        For each column, which codes say something: not blank, and not "no".
    up_to : int
        Largest number of values, at most the number of columns.
    threshold : int
        From how many real people on a combination is frequent.

    Returns
    -------
    tuple of Combinations
        One a size.

    Examples
    --------
    >>> both = np.array([True, True])
    >>> real, synthetic = np.array([[0, 1], [0, 1]]), np.array([[0, 0], [0, 1]])
    >>> [(c.real, c.lost, c.invented) for c in compare_combinations(real, synthetic, [both, both])]
    [(4, 0.25, 0.0), (2, 0.5, 0.5)]
    """
    sizes = range(1, min(up_to, len(present)) + 1)
    return tuple(_compare(real, synthetic, present, size, threshold) for size in sizes)


def _compare(
    real: NDArray[np.int64],
    synthetic: NDArray[np.int64],
    present: Sequence[NDArray[np.bool_]],
    size: int,
    threshold: int,
) -> Combinations:
    """Count over all sets of columns of one size."""
    there = seen = both = frequent = kept = 0
    for columns in combinations(range(len(present)), size):
        one, two = _counted(real, synthetic, present, columns)
        there += int((one > 0).sum())
        seen += int((two > 0).sum())
        both += int(((one > 0) & (two > 0)).sum())
        frequent += int((one >= threshold).sum())
        kept += int(((one >= threshold) & (two > 0)).sum())
    return Combinations(size, there, seen, _lacking(both, there), _lacking(kept, frequent), _lacking(both, seen))


def _counted(
    real: NDArray[np.int64],
    synthetic: NDArray[np.int64],
    present: Sequence[NDArray[np.bool_]],
    columns: tuple[int, ...],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count people by some columns in both tables, over combinations of values that are present."""
    one, two, wanted = np.zeros(real.shape[1], np.int64), np.zeros(synthetic.shape[1], np.int64), np.ones(1, bool)
    for c in columns:
        width = len(present[c])
        one, two = one * width + real[c], two * width + synthetic[c]
        wanted = (wanted[:, None] & present[c]).ravel()
    return np.bincount(one, minlength=wanted.size)[wanted], np.bincount(two, minlength=wanted.size)[wanted]


def _lacking(part: int, whole: int) -> float:
    """Share of a whole that is not in a part; 0 of nothing."""
    return 1 - part / whole if whole else 0.0
