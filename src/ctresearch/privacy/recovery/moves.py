"""The cheapest change of a table that moves some cells and keeps every total: what it changes must be masked.

References
----------
.. [1] Castro, J. (2002). Network flows heuristics for complementary cell suppression: an empirical evaluation and
   extensions. Inference Control in Statistical Databases, LNCS 2316, 59-73. https://doi.org/10.1007/3-540-47804-3_5
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import hstack

from ctresearch.privacy.recovery.audit import equations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

# Totals are what readers want most: one is masked only where cells would have to go by the hundred instead.
_MARGIN = 100.0
# Masked cells move for next to nothing, so that they are used first; not for nothing, so that none moves needlessly.
_MASKED = 1e-3
_TINY = 1e-6


class Moves:
    """Changes of a table with margins, each cell at the price of masking it.

    Parameters
    ----------
    table : numpy.ndarray
        Values of 0 or more with margins, of any number of axes.
    known : numpy.ndarray of bool, optional
        Cells that cannot be masked any more.

    References
    ----------
    .. [1] Castro, J. (2002). Network flows heuristics for complementary cell suppression: an empirical evaluation and
       extensions. Inference Control in Statistical Databases, LNCS 2316, 59-73.
       https://doi.org/10.1007/3-540-47804-3_5

    Examples
    --------
    >>> import numpy as np
    >>> Moves(np.array([3.0, 20.0, 40.0, 63.0])).cheapest(np.zeros(4, dtype=bool), {0: (7.0, 7.0)}).tolist()
    [True, True, False, False]
    """

    def __init__(self, table: NDArray[np.float64], known: NDArray[np.bool_] | None = None) -> None:
        self._table, self._flat = table, table.ravel()
        self._known = np.zeros(table.size, dtype=bool) if known is None else known.ravel()
        matrix = equations(table.shape)
        self._both, self._zero = hstack([matrix, -matrix], format="csr"), np.zeros(matrix.shape[0])
        self._price = _prices(table).ravel()

    def cheapest(
        self, hidden: NDArray[np.bool_], wanted: Mapping[int, tuple[float, float]], least: float = 0.0
    ) -> NDArray[np.bool_] | None:
        """Find the cheapest change; cells already masked move free.

        Parameters
        ----------
        hidden : numpy.ndarray of bool
            Masked cells.
        wanted : mapping of int to (float, float)
            By position in the flattened table, where a cell must come to lie.
        least : float
            Smallest number that a masked cell may hold.

        Returns
        -------
        numpy.ndarray of bool or None
            Cells that move; ``None`` where no change does it.

        Examples
        --------
        >>> import numpy as np
        >>> moves = Moves(np.array([3.0, 0.0, 3.0]), np.array([False, False, True]))
        >>> moves.cheapest(np.zeros(3, dtype=bool), {0: (7.0, 7.0)}) is None
        True
        """
        free, flat = hidden.ravel(), self._flat
        fixed = self._known | (~free & (flat == 0))
        up = np.column_stack([np.zeros(flat.size), np.where(fixed, 0.0, np.inf)])
        down = np.column_stack([np.zeros(flat.size), np.where(fixed, 0.0, np.maximum(flat - least, 0.0))])
        for cell, (low, high) in wanted.items():
            up[cell] = np.maximum([low - flat[cell], high - flat[cell]], 0.0)
            down[cell] = np.maximum([flat[cell] - high, flat[cell] - low], 0.0)
        price = np.where(free, _MASKED, self._price)
        found = linprog(
            np.concatenate([price, price]), A_eq=self._both, b_eq=self._zero, bounds=np.concatenate([up, down])
        )
        if found.status != 0:
            return None
        moved: NDArray[np.bool_] = found.x[: flat.size] + found.x[flat.size :] > _TINY
        return moved.reshape(self._table.shape)


def _prices(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Masking a large cell costs more than masking a small one, and masking a total more than any cell."""
    margin = np.ones(table.shape, dtype=bool)
    margin[tuple(slice(0, d - 1) for d in table.shape)] = False
    prices: NDArray[np.float64] = 1.0 + np.log1p(table) + np.where(margin, _MARGIN, 0.0)
    return prices
