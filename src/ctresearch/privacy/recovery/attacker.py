"""The attacker of linked tables: whole numbers that add up as shown, and what can be learned of those that are masked.

An outsider knows what is shown. A contributor stands in a masked cell himself: he knows that it is not empty, and in a
small group he may know how many they are; so each masked cell is taken for known, at one and at one below the
threshold, and the others must hold all the same. The parts of his own cell are not among the others: that they are no
larger than it is known to whoever knows it, whatever is masked.

References
----------
.. [1] Fischetti, M. and Salazar, J. J. (2001). Solving the cell suppression problem on tabular data with linear
   constraints. Management Science, 47(7), 1008-1027. https://doi.org/10.1287/mnsc.47.7.1008.9805
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_array, csr_array, eye_array, kron, vstack

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

_SECONDS = 5.0  # for one programme; what is not proven safe by then is not safe
_TINY = 1e-6
# Starting the solver costs more than a programme of a few cells; much larger ones cost more than they save.
_MOST_TOGETHER = 6000
# Dearer than all that the cells of one table can gain, so that a cell holds another number only where it must.
_DEAR = 1e4
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
    found : list of numpy.ndarray, optional
        Unknowns that are known to satisfy everything; those found in an attack join them.

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

    def __init__(
        self,
        matrix: csr_array,
        right: Numbers,
        low: Numbers,
        high: Numbers,
        threshold: Numbers,
        *,
        found: list[Numbers] | None = None,
    ) -> None:
        self.threshold, self.low, self.high = threshold, low, high
        self._matrix, self._right = csr_array(matrix), right
        self._targets = np.flatnonzero((threshold > 0) & (high >= threshold))
        self._told = np.flatnonzero((threshold > 0) & (high < threshold))
        self._parts = _parts(self._matrix, right)
        self.found = [] if found is None else found
        self._beyond: dict[tuple[int, float], frozenset[int]] = {}
        self._agree()

    def _agree(self) -> None:
        """Leave out what the numbers contradict: that no masked cell is empty, then equations that do not hold."""
        known = any(((self.low <= one) & (one <= self.high)).all() for one in self.found)
        if known or self._solve(np.empty(0, dtype=int)) is not None:
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
        self, rest: NDArray[np.int64], fixed: tuple[int, float] | None = None, large: int | None = None
    ) -> Numbers | None:
        """Make some cells as large as the threshold, all at once as far as it goes; ``None`` where nothing agrees."""
        matrix = self._wide if len(rest) else self._matrix
        more, columns = matrix.shape[1] - self._matrix.shape[1], self._matrix.shape[1]
        low, high = np.append(self.low, np.zeros(more)), np.append(self.high, np.zeros(more))
        if fixed is not None:
            low[fixed[0]] = high[fixed[0]] = fixed[1]
        if large is not None:
            low[large] = max(low[large], self.threshold[large])
        high[columns + np.searchsorted(self._targets, rest)] = self.threshold[rest]
        right = np.append(self._right, np.zeros(more))
        found = milp(
            np.append(np.zeros(columns), -np.ones(more)),
            constraints=(
                LinearConstraint(matrix, right, np.append(self._right, np.full(more, np.inf)))
                if matrix.shape[0]
                else None
            ),
            bounds=Bounds(low, high),
            integrality=np.ones(columns + more),
            options={"time_limit": _SECONDS},
        )
        if found.x is None:
            return None
        self.found.append(np.round(found.x[:columns]))
        return self.found[-1]

    @cached_property
    def _wide(self) -> csr_array:
        """The equations, and for each masked cell a number that is no larger than it."""
        many, (rows, columns) = len(self._targets), self._matrix.shape
        pick = csr_array((np.ones(many), (np.arange(many), self._targets)), shape=(many, columns))
        return csr_array(block_array([[self._matrix, csr_array((rows, many))], [pick, -eye_array(many)]], format="csr"))

    def _small(self, targets: NDArray[np.int64], fixed: tuple[int, float] | None = None) -> set[int]:
        """Return the cells that cannot reach the threshold."""
        rest = self._unproven(targets, fixed)
        while len(rest) and (fixed is None or self._beyond.get(fixed) != frozenset(rest.tolist())):
            found = self._solve(rest, fixed)
            if found is None:
                return set(rest.tolist()) if fixed is None else set()
            left = rest[found[rest] < self.threshold[rest]]
            if len(left) == len(rest):
                break
            rest = left
        if len(rest) < 2:
            return set(rest.tolist())
        return {int(p) for p in rest if self._solve(rest[:0], fixed, int(p)) is None}

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
        outsider = self.outsider()
        contributor: set[int] = set()
        for _, _, learned in self.learned(outsider):
            contributor |= learned
        return Unsafe(frozenset(outsider), frozenset(contributor))

    def outsider(self) -> set[int]:
        """Attack every masked cell with what is shown alone.

        Returns
        -------
        set of int
            Those that can be worked out to be small.

        Examples
        --------
        >>> two = Attacker(csr_array([[1.0, 1.0]]), np.array([4.0]), np.ones(2), np.full(2, np.inf), np.full(2, 5.0))
        >>> sorted(two.outsider())
        [0, 1]
        """
        return self._small(self._targets) | self._narrowed()

    def learned(self, known: Collection[int] = ()) -> Iterator[tuple[int, float, set[int]]]:
        """Attack every masked cell with what somebody knows who stands in another.

        Parameters
        ----------
        known : collection of int
            Cells that are known already, and not attacked.

        Yields
        ------
        tuple of (int, float, set of int)
            The cell he stands in, how many he knows are in it, and the cells he then knows to be small, each once.

        Examples
        --------
        >>> two = Attacker(csr_array([[1.0, 1.0]]), np.array([7.0]), np.ones(2), np.full(2, np.inf), np.full(2, 5.0))
        >>> list(two.learned())
        [(0, 4.0, {1}), (1, 4.0, {0})]
        """
        done = set(known)
        self._foresee([q for q in self._contributors() if len(self._targets)], done)
        for q in self._contributors():
            left = self._others(q, done)
            for value in sorted({1.0, float(self.threshold[q] - 1)}):
                if not len(left):
                    break
                found = self._small(left, (q, value))
                if found:
                    done |= found
                    left = np.array([p for p in left if p not in found], dtype=np.int64)
                    yield q, value, found

    def _foresee(self, cells: Sequence[int], done: set[int]) -> None:
        """Find tables in which one cell holds what its people know and the others are large, for many cells at once."""
        asked = [(q, value) for q in cells for value in sorted({1.0, float(self.threshold[q] - 1)})]
        left = {pair: self._unproven(self._others(pair[0], done), pair) for pair in asked}
        while left := {pair: rest for pair, rest in left.items() if len(rest)}:
            pairs, size = list(left.items()), max(1, _MOST_TOGETHER // sum(self._wide.shape))
            for start in range(0, len(pairs), size):
                self._foresee_some(pairs[start : start + size])
            rests = {pair: self._unproven(rest, pair) for pair, rest in left.items()}
            left = {pair: rest for pair, rest in rests.items() if len(rest) < len(left[pair])}

    def _foresee_some(self, wanted: Sequence[tuple[tuple[int, float], NDArray[np.int64]]]) -> None:
        """Solve one programme of all: fractions of people are dropped, since a table of them proves nothing."""
        many, width, columns = len(wanted), self._wide.shape[1], self._matrix.shape[1]
        own = np.arange(many) * width + np.array([pair[0] for pair, _ in wanted])
        pick = csr_array((np.ones(many), (np.arange(many), own)), shape=(many, many * width))
        off = eye_array(many)
        matrix = block_array([[kron(eye_array(many), self._wide), None, None], [pick, off, -off]], format="csc")
        more, value = width - columns, np.array([pair[1] for pair, _ in wanted])
        least = np.append(np.tile(np.append(self._right, np.zeros(more)), many), value)
        most = np.append(np.tile(np.append(self._right, np.full(more, np.inf)), many), value)
        high = np.tile(np.append(self.high, np.zeros(more)), (many, 1))
        for i, (_, rest) in enumerate(wanted):
            high[i, columns + np.searchsorted(self._targets, rest)] = self.threshold[rest]
        low = np.tile(np.append(self.low, np.zeros(more)), many)
        gain = np.tile(np.append(np.zeros(columns), -np.ones(more)), many)
        found = milp(
            np.append(gain, np.full(2 * many, _DEAR)),
            constraints=LinearConstraint(matrix, least, most),
            bounds=Bounds(np.append(low, np.zeros(2 * many)), np.append(high.ravel(), np.full(2 * many, np.inf))),
            options={"time_limit": _SECONDS},
        )
        if found.status != 0:
            return
        tables = found.x[: many * width].reshape(many, width)[:, :columns]
        there = np.abs(tables - np.round(tables)).max(axis=1) < _TINY
        held = there & (found.x[many * width :].reshape(2, many).max(axis=0) < _TINY)
        self.found += list(np.round(tables[there]))
        for (pair, rest), table, holds in zip(wanted, np.round(tables), held, strict=True):
            if holds and (table[rest] < self.threshold[rest]).all():
                self._beyond[pair] = frozenset(rest.tolist())

    def _others(self, own: int, done: set[int]) -> NDArray[np.int64]:
        """List the masked cells that somebody who stands in one may attack."""
        aside = done | self._within(own)
        return np.array([p for p in self._targets if p not in aside], dtype=np.int64)

    def _within(self, own: int) -> set[int]:
        """Follow a cell down to its parts: who knows all of his own cell learns of no others from them."""
        found, left = {own}, [own]
        while left:
            new = self._parts.get(left.pop(), set()) - found
            found |= new
            left += new
        return found

    def _unproven(self, targets: NDArray[np.int64], fixed: tuple[int, float] | None) -> NDArray[np.int64]:
        """Leave out the cells that a solution found before shows to be safe."""
        for found in self.found:
            if fixed is None or found[fixed[0]] == fixed[1]:
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


def _parts(matrix: csr_array, right: Numbers) -> dict[int, set[int]]:
    """List by unknown those that are counted within it: its parts, and a whole whose other parts are empty."""
    out: dict[int, set[int]] = {}
    for row, equals in enumerate(right):
        at = slice(matrix.indptr[row], matrix.indptr[row + 1])
        whole = matrix.indices[at][matrix.data[at] < 0].tolist()
        parts = matrix.indices[at][matrix.data[at] > 0].tolist()
        if len(whole) == 1:
            out.setdefault(whole[0], set()).update(parts)
            if len(parts) == 1 and equals == 0:
                out.setdefault(parts[0], set()).update(whole)
    return out
