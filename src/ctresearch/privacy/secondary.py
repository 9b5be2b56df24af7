"""Secondary suppression: which further cells to mask, so that nobody can work the first ones out.

One linear programme for each protected cell and direction finds the cheapest change of the table that moves the cell
as far as it must be able to move while no shown cell moves (the network-flow heuristic); what it changes is masked.

References
----------
.. [1] Castro, J. (2002). Network flows heuristics for complementary cell suppression: an empirical evaluation and
   extensions. Inference Control in Statistical Databases, LNCS 2316, 59-73. https://doi.org/10.1007/3-540-47804-3_5
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog

from ctresearch.core.errors import DisclosureError
from ctresearch.privacy.audit import Intervals, attack, equations

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MARGIN = 100.0
_ROUNDS = 5
_TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which cells are masked, and what an attacker still knows.

    Parameters
    ----------
    hidden : numpy.ndarray of bool
        Masked cells, margins included.
    primary : numpy.ndarray of bool
        Those that need protection themselves.
    lost : numpy.ndarray of bool
        Primary cells that the attacker knows already.
    intervals : Intervals
        What the attacker knows of each primary cell that is not lost, in the order of the flattened table.
    """

    hidden: NDArray[np.bool_]
    primary: NDArray[np.bool_]
    lost: NDArray[np.bool_]
    intervals: Intervals


def hide(
    table: NDArray[np.float64],
    primary: NDArray[np.bool_],
    *,
    down: NDArray[np.float64],
    up: NDArray[np.float64],
    known: NDArray[np.bool_],
) -> Pattern:
    """Choose the cells to mask besides the primary ones, and audit the choice.

    Parameters
    ----------
    table : numpy.ndarray
        Values of 0 or more with margins, of any number of axes.
    primary : numpy.ndarray of bool
        Cells that need protection.
    down, up : numpy.ndarray
        How far below and above its value each primary cell must look possible.
    known : numpy.ndarray of bool
        Cells that the attacker knows already, so that masking them hides nothing.

    Returns
    -------
    Pattern
        A pattern that passed the audit.

    Raises
    ------
    DisclosureError
        If no pattern protects every primary cell.

    References
    ----------
    .. [1] Castro, J. (2002). Network flows heuristics for complementary cell suppression: an empirical evaluation and
       extensions. Inference Control in Statistical Databases, LNCS 2316, 59-73.
       https://doi.org/10.1007/3-540-47804-3_5

    Examples
    --------
    >>> import numpy as np
    >>> table = np.array([3.0, 20.0, 40.0, 63.0])
    >>> nothing = np.zeros(4, dtype=bool)
    >>> hide(table, table < 5, down=np.ones(4), up=np.full(4, 4.0), known=nothing).hidden.tolist()
    [True, True, False, False]
    """
    targets = primary & ~known
    value, whole = table[targets], bool((table == np.round(table)).all())
    low, high = down[targets].copy(), up[targets].copy()
    hidden = targets
    for _ in range(_ROUNDS):
        for target, below, above in zip(np.flatnonzero(targets.ravel()), low, high, strict=True):
            for move in (above, -below):
                hidden = hidden | _cheapest_move(table, hidden, known, int(target), float(move))
        found = attack(table, hidden, targets, whole=whole)
        safe = (found.low <= value - down[targets] + _TINY) & (found.high >= value + up[targets] - _TINY)
        if safe.all():
            return Pattern(hidden=hidden | primary, primary=primary, lost=primary & known, intervals=found)
        high = np.where(safe, high, high + 1)
    raise DisclosureError(f"{int((~safe).sum())} cells stay recoverable after {_ROUNDS} rounds: join categories first")


def _cheapest_move(
    table: NDArray[np.float64], hidden: NDArray[np.bool_], known: NDArray[np.bool_], target: int, move: float
) -> NDArray[np.bool_]:
    """Find the cheapest change that moves one cell and keeps every equation; cells already masked move free."""
    flat, free = table.ravel(), hidden.ravel()
    fixed = known.ravel() | (~free & (flat == 0))
    bounds = np.zeros((2 * flat.size, 2))  # first how far each cell goes up, then how far down
    bounds[:, 1] = np.concatenate([np.where(fixed, 0.0, np.inf), np.where(fixed, 0.0, flat)])
    bounds[[target, flat.size + target]] = [[max(move, 0.0)] * 2, [max(-move, 0.0)] * 2]
    matrix = equations(table.shape).toarray()
    cost = np.where(free, 1e-3, _costs(table).ravel())
    both = np.hstack([matrix, -matrix])
    found = linprog(np.concatenate([cost, cost]), A_eq=both, b_eq=np.zeros(len(matrix)), bounds=bounds)
    if found.status != 0:
        raise DisclosureError(
            "no masks protect every small cell, since an earlier release or empty cells give too much away: "
            "join categories, or leave the totals out"
        )
    moved: NDArray[np.bool_] = found.x[: flat.size] + found.x[flat.size :] > _TINY
    return moved.reshape(table.shape)


def _costs(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Masking a large cell costs more than masking a small one, and masking a total more than any cell."""
    margin = np.ones(table.shape, dtype=bool)
    margin[tuple(slice(0, d - 1) for d in table.shape)] = False
    costs: NDArray[np.float64] = 1.0 + np.log1p(table) + np.where(margin, _MARGIN, 0.0)
    return costs
