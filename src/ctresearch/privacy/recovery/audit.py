"""The audit: what an attacker can work out about masked cells from the totals that are shown.

A table with its margins is a system of equations. The attacker knows every cell that is shown, and that the others are
whole numbers of at least zero; the least and the greatest value a masked cell can have are two integer programmes.

References
----------
.. [1] Fischetti, M. and Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear
   constraints. Management Science, 47(7), 1008-1027. https://doi.org/10.1287/mnsc.47.7.1008.9805
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from ctresearch.core.errors import FitError

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Intervals:
    """What an attacker knows of some cells.

    Parameters
    ----------
    low, high : numpy.ndarray, shape (cells,)
        Least and greatest value that agree with everything shown; ``inf`` where nothing bounds it from above.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]


def with_margins(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add the totals of every axis.

    Parameters
    ----------
    counts : numpy.ndarray
        Table without totals, of any number of axes.

    Returns
    -------
    numpy.ndarray
        One longer on every axis; the last entries are the totals.

    Examples
    --------
    >>> import numpy as np
    >>> with_margins(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[1.0, 2.0, 3.0], [3.0, 4.0, 7.0], [4.0, 6.0, 10.0]]
    """
    for axis in range(counts.ndim):
        counts = np.concatenate([counts, counts.sum(axis=axis, keepdims=True)], axis=axis)
    return counts


def equations(shape: tuple[int, ...]) -> csr_array:
    """Return the equations that a table with margins satisfies.

    Parameters
    ----------
    shape : tuple of int
        Shape with margins.

    Returns
    -------
    scipy.sparse.csr_array, shape (equations, cells)
        Along each axis, the entries minus their total are zero.

    Examples
    --------
    >>> equations((3,)).toarray().tolist()
    [[1.0, 1.0, -1.0]]
    """
    cells = np.arange(int(np.prod(shape))).reshape(shape)
    lines = [line for axis in range(len(shape)) for line in np.moveaxis(cells, axis, -1).reshape(-1, shape[axis])]
    columns = np.concatenate(lines)
    rows = np.repeat(np.arange(len(lines)), [len(line) for line in lines])
    signs = np.concatenate([np.r_[np.ones(len(line) - 1), -1.0] for line in lines])
    return csr_array((signs, (rows, columns)), shape=(len(lines), cells.size))


def attack(
    table: NDArray[np.float64],
    hidden: NDArray[np.bool_],
    targets: NDArray[np.bool_],
    *,
    whole: bool = True,
    most: NDArray[np.float64] | None = None,
) -> Intervals:
    """Work out what an attacker knows of masked cells.

    Parameters
    ----------
    table : numpy.ndarray
        True values with margins.
    hidden : numpy.ndarray of bool
        Cells that are masked, in the same shape.
    targets : numpy.ndarray of bool
        Masked cells to attack.
    whole : bool
        Whether the attacker knows that the values are whole numbers.
    most : numpy.ndarray, optional
        The largest value that each mask admits, in the same shape, as ``<5`` says 4; infinity where it says none.

    Returns
    -------
    Intervals
        One interval a target, in the order of the flattened table.

    Raises
    ------
    FitError
        If the solver gives up.

    References
    ----------
    .. [1] Fischetti, M. and Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear
       constraints. Management Science, 47(7), 1008-1027. https://doi.org/10.1287/mnsc.47.7.1008.9805

    Examples
    --------
    One masked cell and its total: the attacker subtracts.

    >>> import numpy as np
    >>> table = np.array([12.0, 3.0, 15.0])
    >>> hidden = np.array([False, True, False])
    >>> attack(table, hidden, hidden).low.tolist()
    [3.0]
    """
    unknown = np.flatnonzero(hidden.ravel())
    matrix = equations(table.shape)
    shown = np.where(hidden, 0.0, table).ravel()
    reduced = matrix[:, unknown]
    needed = np.diff(reduced.indptr) > 0
    constraint = LinearConstraint(reduced[needed], *(2 * [-(matrix @ shown)[needed]]))
    bounds = Bounds(0, np.inf if most is None else most.ravel()[unknown])
    position = np.searchsorted(unknown, np.flatnonzero(targets.ravel()))
    low, high = np.empty(len(position)), np.empty(len(position))
    for i, j in enumerate(position):
        objective = np.zeros(len(unknown))
        objective[j] = 1.0
        low[i] = _solve(objective, constraint, bounds, whole=whole)
        high[i] = -_solve(-objective, constraint, bounds, whole=whole)
    return Intervals(low=low, high=high)


def _solve(objective: NDArray[np.float64], constraint: LinearConstraint, bounds: Bounds, *, whole: bool) -> float:
    """Minimise over cells within bounds; minus infinity where nothing bounds it."""
    integrality = np.full(len(objective), int(whole))
    found = milp(objective, constraints=constraint, bounds=bounds, integrality=integrality)
    if found.status == 0:
        return float(np.round(found.fun, 6))
    if found.status in {3, 4}:  # unbounded, or "unbounded or infeasible": the true table is a solution
        return -np.inf
    raise FitError(f"the audit of a table with {len(objective)} masked cells did not finish: {found.message}")
