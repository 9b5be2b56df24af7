"""The attacker of linked tables: whole numbers that add up as shown, and what can be learned of those that are masked.

An outsider knows what is shown. A contributor stands in a masked cell himself: he knows that it is not empty, and in a
small group he may know how many they are; so each masked cell is taken for known, at one and at one below the threshold,
and the others must hold all the same.

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
from scipy.sparse import block_array, csr_array, eye_array, vstack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_SECONDS = 5.0  # for one programme; what is not proven safe by then is not safe
_TINY = 1e-6
_MOST_CONTRIBUTORS = 60  # in larger systems only cells beside few other masked ones


@dataclass(frozen=True, slots=True)
class Unsafe:
    """Masked cells that somebody can work out to be small.

    Parameters
    ----------
    outsider, contributor : frozenset of int
        Positions among the unknown numbers.
    """

    outsider: frozenset[int]
    contributor: frozenset[int]


class Attacker:
    """Whole numbers that satisfy equations, some of which are masked cells.

    Parameters
    ----------
    matrix : scipy.sparse.csr_array, shape (equations, unknowns)
        Coefficients.
    right : numpy.ndarray
        What each equation equals.
    low, high : numpy.ndarray
        What is known of each unknown before.
    threshold : numpy.ndarray
        By unknown, the smallest number that may be known; 0 where it is no masked cell.

    References
    ----------
    .. [1] Fischetti, M. and Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear
       constraints. Management Science, 47(7), 1008-1027. https://doi.org/10.1287/mnsc.47.7.1008.9805

    Examples
    --------
    >>> one = Attacker(csr_array([[1.0]]), np.array([3.0]), np.zeros(1), np.full(1, np.inf), np.full(1, 5.0))
    >>> one.unsafe().outsider
    frozenset({0})
    """

    def __init__(self, matrix: csr_array, right: Numbers, low: Numbers, high: Numbers, threshold: Numbers) -> None:
        self.threshold, self.low, self.high = threshold, low, high
        self._matrix, self._right = csr_array(matrix), right
        self._targets = np.flatnonzero((threshold > 0) & (high >= threshold))
        self._told = np.flatnonzero((threshold > 0) & (high < threshold))
        self._found: list[Numbers] = []
        self._agree()

    def _agree(self) -> None:
        """Leave out what the numbers contradict: first that no masked cell is empty, then the equations that do not hold."""
        if self._solve(np.empty(0, dtype=int)) is not None:
            return
        for low in (np.where(self.low == 1, 0.0, self.low), np.zeros_like(self.low)):
            self.low = low
            if self._solve(np.empty(0, dtype=int)) is not None:
                return
        self._repair()

    def _repair(self) -> None:
        """Let equations be off by as little as makes them agree, in whatever way: so are totals that were rounded."""
        rows, columns = self._matrix.shape
        both = block_array([[self._matrix, eye_array(rows), -eye_array(rows)]], format="csr")
        none, free = np.zeros(2 * rows), np.full(2 * rows, np.inf)
        found = milp(
            np.concatenate([np.zeros(columns), none + 1]),
            constraints=LinearConstraint(both, self._right, self._right),
            bounds=Bounds(np.concatenate([self.low, none]), np.concatenate([self.high, free])),
        )
        least = np.inf if found.x is None else float(np.ceil(found.fun - _TINY))
        off = csr_array(np.concatenate([np.zeros(columns), none + 1, [1.0]])[None, :])
        wider = block_array([[both, csr_array((rows, 1))]], format="csr")
        self._matrix = csr_array(vstack([wider, off]))
        self._right = np.concatenate([self._right, [least]])
        self.low = np.concatenate([self.low, none, [0.0]])
        self.high = np.concatenate([self.high, free, [np.inf]])
        self.threshold = np.concatenate([self.threshold, none, [0.0]])

    def _solve(
        self, rest: NDArray[np.int64], fixed: tuple[int, float] | None = None, sign: float = 1.0
    ) -> Numbers | None:
        """Make some cells as large as the threshold, all at once as far as it goes; ``None`` where nothing agrees."""
        columns, many = self._matrix.shape[1], len(rest)
        low, high = self.low.copy(), self.high.copy()
        if fixed is not None:
            low[fixed[0]] = high[fixed[0]] = fixed[1]
        pick = csr_array((np.ones(many), (np.arange(many), rest)), shape=(many, columns))
        matrix = block_array(
            [[self._matrix, csr_array((self._matrix.shape[0], many))], [pick, -eye_array(many)]], format="csr"
        )
        if not many:
            matrix = self._matrix
        caps = self.threshold[rest] if sign > 0 else np.full(many, np.inf)
        constraint = LinearConstraint(
            matrix,
            np.concatenate([self._right, np.zeros(many)]),
            np.concatenate([self._right, np.full(many, np.inf if sign > 0 else 0.0)]),
        )
        found = milp(
            np.concatenate([np.zeros(columns), np.full(many, -sign)]),
            constraints=constraint if matrix.shape[0] else None,
            bounds=Bounds(np.concatenate([low, np.zeros(many)]), np.concatenate([high, caps])),
            integrality=np.ones(columns + many),
            options={"time_limit": _SECONDS},
        )
        return None if found.x is None else np.round(found.x[:columns])

    def _small(self, targets: NDArray[np.int64], fixed: tuple[int, float] | None = None) -> set[int]:
        """Return the cells that cannot reach the threshold."""
        rest = targets
        while len(rest):
            found = self._solve(rest, fixed)
            if found is None:
                return set(rest.tolist()) if fixed is None else set()
            self._found.append(found)
            left = rest[found[rest] < self.threshold[rest]]
            if len(left) == len(rest):
                break
            rest = left
        if len(rest) < 2:
            return set(rest.tolist())
        return {int(p) for p in rest if self._small(np.array([p]), fixed)}

    def _narrowed(self) -> set[int]:
        """Return the cells of a mask that says they are small, of which more is known than it says."""
        out = set()
        for p in self._told:
            ends = [self._extreme(int(p), sign) for sign in (-1.0, 1.0)]
            if ends[1] - ends[0] < self.high[p] - self.low[p]:
                out.add(int(p))
        return out

    def _extreme(self, position: int, sign: float) -> float:
        """Return the least or the greatest value of one unknown with an upper bound."""
        cost = np.zeros(self._matrix.shape[1])
        cost[position] = -sign
        found = milp(
            cost,
            constraints=LinearConstraint(self._matrix, self._right, self._right) if self._matrix.shape[0] else None,
            bounds=Bounds(self.low, self.high),
            integrality=np.ones(len(cost)),
            options={"time_limit": _SECONDS},
        )
        bound = self.high if sign > 0 else self.low
        return float(bound[position]) if found.x is None else float(np.round(found.x[position]))

    def unsafe(self) -> Unsafe:
        """Attack every masked cell.

        Returns
        -------
        Unsafe
            Those that an outsider, and those that a contributor, knows to be small.

        Examples
        --------
        Two masked cells whose total is 7: who knows that his own holds 4 knows that the other holds 3.

        >>> two = Attacker(csr_array([[1.0, 1.0]]), np.array([7.0]), np.ones(2), np.full(2, np.inf), np.full(2, 5.0))
        >>> two.unsafe()
        Unsafe(outsider=frozenset(), contributor=frozenset({0, 1}))
        """
        outsider = self._small(self._targets) | self._narrowed()
        contributor: set[int] = set()
        for q in self._contributors():
            left = np.array([p for p in self._targets if p != q and p not in outsider | contributor], dtype=np.int64)
            for value in {1.0, float(self.threshold[q] - 1)}:
                if len(left):
                    contributor |= self._small(self._unproven(left, q, value), (q, value))
        return Unsafe(frozenset(outsider), frozenset(contributor))

    def _unproven(self, targets: NDArray[np.int64], own: int, value: float) -> NDArray[np.int64]:
        """Leave out the cells that a solution found before shows to be safe."""
        for found in self._found:
            if found[own] == value:
                targets = targets[found[targets] < self.threshold[targets]]
        return targets

    def _contributors(self) -> list[int]:
        """List the masked cells whose people may attack the others."""
        masked = np.flatnonzero(self.threshold > 0)
        if len(masked) <= _MOST_CONTRIBUTORS:
            return [int(q) for q in masked]
        few = np.diff(self._matrix.indptr) <= 3
        beside = np.unique(self._matrix[few].indices)
        return [int(q) for q in np.intersect1d(masked, beside)]
