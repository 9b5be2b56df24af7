"""The truth table: every combination of conditions, its cases, and whether it goes with the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

import numpy as np

from ctresearch.qualitative.comparative.sets import membership, sufficiency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ctresearch.qualitative.comparative.sets import Term

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

Verdict = Literal["1", "0", "C", "?"]
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class TruthTable:
    """Rows of a truth table.

    ``rows`` are all combinations, the last condition changing fastest; ``row_of`` has shape (cases,) and holds the row
    of each case, -1 for a case that is at one half in some condition. ``n``, ``consistency`` and ``pri`` have shape
    (rows,).
    """

    levels: tuple[int, ...]
    rows: tuple[Term, ...]
    row_of: Ints
    n: Ints
    consistency: Floats
    pri: Floats
    out: tuple[Verdict, ...]

    def having(self, *verdicts: Verdict) -> list[int]:
        """Return the places of rows with one of some verdicts."""
        return [i for i, out in enumerate(self.out) if out in verdicts]

    def terms(self, *verdicts: Verdict) -> list[Term]:
        """Return the rows with one of some verdicts."""
        return [self.rows[i] for i in self.having(*verdicts)]


def truth_table(
    data: Floats,
    outcome: Floats,
    levels: Sequence[int],
    *,
    consistency: tuple[float, float],
    pri: float = 0.0,
    cases: int = 1,
) -> TruthTable:
    """Sort cases into combinations, and say which go with the outcome.

    Parameters
    ----------
    data : numpy.ndarray
        Memberships, or values of conditions with more than two, shape (cases, conditions).
    outcome : numpy.ndarray
        Memberships in the outcome, shape (cases,).
    levels : sequence of int
        How many values each condition has.
    consistency : tuple of float
        From which consistency on a row goes with the outcome, and below which it does not; between them it is a
        contradiction.
    pri : float
        Least proportional reduction in inconsistency of a row that goes with the outcome.
    cases : int
        Fewest cases of a row that is no remainder.

    Returns
    -------
    TruthTable
        Every combination.

    Examples
    --------
    >>> made = truth_table(np.array([[1.0], [0.0]]), np.array([1.0, 0.0]), (2,), consistency=(0.8, 0.8))
    >>> made.out
    ('0', '1')
    """
    rows = tuple(product(*(range(n) for n in levels)))
    place = {row: i for i, row in enumerate(rows)}
    row_of = np.array([place.get(_corner(case, levels), -1) for case in data], dtype=np.int64)
    n = np.bincount(row_of[row_of >= 0], minlength=len(rows))
    there = [i for i in range(len(rows)) if n[i]]
    fits = {i: sufficiency(membership(data, rows[i], levels), outcome) for i in there}
    incl = np.array([fits[i].consistency if i in fits else np.nan for i in range(len(rows))])
    reduction = np.array([fits[i].pri if i in fits else np.nan for i in range(len(rows))])
    out = tuple(_verdict((n[i], incl[i], reduction[i]), consistency, pri, cases) for i in range(len(rows)))
    return TruthTable(tuple(levels), rows, row_of, n.astype(np.int64), incl, np.nan_to_num(reduction, nan=np.nan), out)


def _corner(case: Floats, levels: Sequence[int]) -> Term:
    """Return the combination that a case is more in than out of; an impossible one where it is at one half."""
    values = []
    for value, several in zip(case, levels, strict=True):
        if several > 2:
            values.append(int(value))
        else:
            values.append(-2 if value == _HALF else int(value > _HALF))
    return tuple(values)


def _verdict(row: tuple[int, float, float], cuts: tuple[float, float], pri: float, cases: int) -> Verdict:
    """Say of a row, of its cases, consistency and reduction, whether it goes with the outcome."""
    n, incl, reduction = row
    if n < cases or n == 0:
        return "?"
    # A consistency that equals a cut-off but for the last bit is on its upper side.
    if incl >= cuts[0] - 1e-12 and (pri <= 0 or reduction >= pri - 1e-12):
        return "1"
    return "C" if incl >= cuts[1] - 1e-12 and incl < cuts[0] else "0"
