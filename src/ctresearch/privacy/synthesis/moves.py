"""Rows that agree with all tables of pairs at once: single values are changed as long as that brings them nearer.

References
----------
.. [1] Williamson, P., Birkin, M. and Rees, P. H. (1998). The estimation of population microdata by using data from
   small area statistics and samples of anonymised records. Environment and Planning A, 30, 785-816.
   https://doi.org/10.1068/a300785
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.privacy.synthesis.measurement import cross_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.privacy.synthesis.measurement import Pair

    Array = NDArray[np.float64]

_SWEEPS = 40
_STILL = 1e-4
_SOFTEN = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class _Targets:
    """All tables behind one another in one array.

    ``layout`` has shape (2, columns, columns): where the table of two columns begins, or -1 where there is none, and
    the step from one category of the first to its next. ``cells`` has shape (2, cells): how many rows more than wanted
    are in each cell, and what the square of that weighs.
    """

    layout: NDArray[np.int64]
    cells: Array


def match_pairs(
    rows: NDArray[np.int64], pairs: dict[Pair, Array], sizes: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Change rows until their tables of pairs are those wanted.

    Parameters
    ----------
    rows : numpy.ndarray
        Shape (rows, columns), left as it is.
    pairs : dict of (int, int) to numpy.ndarray
        Wanted counts, each table with as many people as there are rows.
    sizes : numpy.ndarray
        Number of categories of each column.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    numpy.ndarray
        Shape (rows, columns).

    Notes
    -----
    What falls is the sum over all cells of (have - want)^2 / (want + 20): a chi-square distance, softened so that
    nearly empty cells do not rule. A sweep proposes for every value of every row that of another row, or the other one
    of two, and takes it if the sum falls. Sweeps end when hardly any is taken, or after 40.

    References
    ----------
    .. [1] Williamson, P., Birkin, M. and Rees, P. H. (1998). The estimation of population microdata by using data from
       small area statistics and samples of anonymised records. Environment and Planning A, 30, 785-816.
       https://doi.org/10.1068/a300785

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rows = rng.integers(0, 2, (1000, 2))
    >>> moved = match_pairs(rows, {(0, 1): np.array([[400.0, 100.0], [100.0, 400.0]])}, np.array([2, 2]), rng)
    >>> bool((abs(cross_table(moved[:, 0], moved[:, 1], 2, 2) - [[400, 100], [100, 400]]) < 5).all())
    True
    """
    rows = np.ascontiguousarray(rows).copy()
    targets = _targets(rows, pairs)
    for _ in range(_SWEEPS):
        donors = rng.integers(0, len(rows), size=rows.shape)
        proposed = np.where(sizes == 2, 1 - rows, np.take_along_axis(rows, donors, axis=0))
        if _sweep(rows, proposed, targets.layout, targets.cells) <= _STILL * rows.size:
            break
    return rows


def _targets(rows: NDArray[np.int64], pairs: dict[Pair, Array]) -> _Targets:
    """Lay out the tables."""
    starts, steps = np.full((2, rows.shape[1], rows.shape[1]), -1, dtype=np.int64)
    gaps, weights, start = [np.zeros(0)], [np.zeros(0)], 0
    for (i, j), wanted in pairs.items():
        starts[i, j] = starts[j, i] = start
        steps[i, j], steps[j, i] = wanted.shape[1], 1
        start += wanted.size
        have = cross_table(rows[:, i], rows[:, j], *wanted.shape)
        gaps.append((have - wanted).ravel())
        weights.append(1 / (wanted.ravel() + _SOFTEN))
    return _Targets(np.stack([starts, steps]), np.stack([np.concatenate(gaps), np.concatenate(weights)]))


@kernel
def _sweep(rows: Any, proposed: Any, layout: Any, cells: Any) -> int:
    """Consider the proposed value for every value, and return how many were taken."""
    taken = 0
    for r in range(rows.shape[0]):
        for c in range(rows.shape[1]):
            new = proposed[r, c]
            if new != rows[r, c] and _change(rows[r], c, new, layout, cells) < 0:
                _apply(rows[r], c, new, layout, cells)
                taken += 1
    return taken


@kernel
def _change(row: Any, c: int, new: int, layout: Any, cells: Any) -> float:
    """Return what the weighted sum of squared gaps would change by."""
    total = 0.0
    for e in range(row.shape[0]):
        if layout[0, c, e] >= 0:
            base = layout[0, c, e] + row[e] * layout[1, e, c]
            leaves, enters = base + row[c] * layout[1, c, e], base + new * layout[1, c, e]
            total += cells[1, leaves] * (1 - 2 * cells[0, leaves]) + cells[1, enters] * (1 + 2 * cells[0, enters])
    return total


@kernel
def _apply(row: Any, c: int, new: int, layout: Any, cells: Any) -> None:
    """Change a value, and the gaps in all tables of its column."""
    for e in range(row.shape[0]):
        if layout[0, c, e] >= 0:
            base = layout[0, c, e] + row[e] * layout[1, e, c]
            cells[0, base + row[c] * layout[1, c, e]] -= 1
            cells[0, base + new * layout[1, c, e]] += 1
    row[c] = new
