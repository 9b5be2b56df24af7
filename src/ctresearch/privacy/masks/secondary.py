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

from ctresearch.core.errors import DisclosureError
from ctresearch.privacy.masks.guard import guard
from ctresearch.privacy.recovery.audit import Intervals, attack
from ctresearch.privacy.recovery.moves import Moves

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.privacy.masks.guard import Reader

# Moves in fractions of people may fall short of whole ones, so a cell still too narrow is asked one further.
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
    exposed : numpy.ndarray of bool
        Masked counts that somebody who stands in another masked cell may know to be small, whatever is masked.
    """

    hidden: NDArray[np.bool_]
    primary: NDArray[np.bool_]
    lost: NDArray[np.bool_]
    intervals: Intervals
    exposed: NDArray[np.bool_]


def hide(
    table: NDArray[np.float64],
    primary: NDArray[np.bool_],
    *,
    down: NDArray[np.float64],
    up: NDArray[np.float64],
    known: NDArray[np.bool_],
    reader: Reader | None = None,
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
    reader : Reader, optional
        For counts: what somebody who stands in a masked cell may not learn of the others.

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
    hidden, moves = targets, Moves(table, known)
    for _ in range(_ROUNDS):
        for target, below, above in zip(np.flatnonzero(targets.ravel()), low, high, strict=True):
            for move in (above, -below):
                hidden = hidden | _moved(moves, hidden, int(target), float(table.flat[target] + move))
        found = attack(table, hidden, targets, whole=whole)
        safe = (found.low <= value - down[targets] + _TINY) & (found.high >= value + up[targets] - _TINY)
        if safe.all():
            break
        high = np.where(safe, high, high + 1)
    else:
        raise DisclosureError(
            f"{int((~safe).sum())} cells stay recoverable after {_ROUNDS} rounds: join categories first"
        )
    exposed = np.zeros(table.shape, dtype=bool)
    if reader is not None:
        hidden, exposed = guard(table, hidden, moves, reader)
    return Pattern(hidden | primary, primary, primary & known, found, exposed)


def _moved(moves: Moves, hidden: NDArray[np.bool_], target: int, to: float) -> NDArray[np.bool_]:
    """Find what must be masked for one cell to look as if it held another value."""
    found = moves.cheapest(hidden, {target: (to, to)})
    if found is None:
        raise DisclosureError(
            f"no masks of the {hidden.size:,} cells protect every small one, since an earlier release or empty cells "
            "give too much away: join categories, or leave the totals out"
        )
    return found
