"""Distances of sequences by the least cost of turning one into the other, in compiled kernels.

Every two sequences are aligned by dynamic programming, with one cost for an insertion or deletion and a table of costs
for putting one state in the place of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ctresearch.core.compile import copy_into, kernel
from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Substitution = Literal["constant", "transition"]


@dataclass(frozen=True, slots=True)
class Coded:
    """N sequences of at most L states out of an alphabet of S.

    ``codes`` (N, L) states by place in the alphabet, -1 beyond the end; ``lengths`` (N,); ``alphabet`` (S,).
    """

    codes: Integers
    lengths: Integers
    alphabet: tuple[Hashable, ...]


def code_sequences(sequences: Sequence[Sequence[Hashable]]) -> Coded:
    """Write sequences as numbers.

    Parameters
    ----------
    sequences : sequence of sequences
        Each with at least one state.

    Returns
    -------
    Coded
        Their codes; the alphabet is in order.

    Raises
    ------
    DataError
        If there is no sequence or one is empty.

    Examples
    --------
    >>> code_sequences(["ba", "b"]).codes.tolist()
    [[1, 0], [1, -1]]
    """
    listed = [tuple(sequence) for sequence in sequences]
    if not listed or not all(listed):
        empty = sum(not sequence for sequence in listed)
        raise DataError(
            f"there are {len(listed)} sequences and {empty} of them empty, need at least one and none empty"
        )
    alphabet = tuple(sorted({state for sequence in listed for state in sequence}, key=lambda s: (str(type(s)), str(s))))
    place = {state: i for i, state in enumerate(alphabet)}
    lengths = np.array([len(sequence) for sequence in listed])
    codes = np.full((len(listed), lengths.max()), -1)
    for row, sequence in enumerate(listed):
        codes[row, : len(sequence)] = [place[state] for state in sequence]
    return Coded(codes, lengths, alphabet)


def sequence_distances(coded: Coded, *, indel: float = 1.0, substitution: Substitution = "constant") -> Floats:
    """Measure the distance of every two coded sequences, shape (N, N)."""
    return _all_distances(coded.codes, coded.lengths, substitution_costs(coded, substitution), float(indel))


def substitution_costs(coded: Coded, substitution: Substitution) -> Floats:
    """Return the cost of putting one state in the place of another.

    Parameters
    ----------
    coded : Coded
        The sequences.
    substitution : {"constant", "transition"}
        As in :func:`optimal_matching`.

    Returns
    -------
    numpy.ndarray
        Symmetric, zeros on the diagonal, shape (S, S).

    Examples
    --------
    >>> substitution_costs(code_sequences(["ab", "ab"]), "transition").tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    size = len(coded.alphabet)
    costs = np.full((size, size), 2.0)
    if substitution == "transition":
        rates = np.zeros((size, size))
        one, two = coded.codes[:, :-1].ravel(), coded.codes[:, 1:].ravel()
        np.add.at(rates, (one[two >= 0], two[two >= 0]), 1.0)
        rates /= np.maximum(rates.sum(axis=1, keepdims=True), 1.0)
        costs -= rates + rates.T
    np.fill_diagonal(costs, 0.0)
    return costs


@kernel
def _all_distances(codes: Integers, lengths: Integers, costs: Floats, indel: float) -> Floats:
    """Fill the table of distances, one pair at a time."""
    n = len(lengths)
    out = np.zeros((n, n))
    for one in range(n):
        for two in range(one):
            out[one, two] = out[two, one] = _distance(
                codes[one, : lengths[one]], codes[two, : lengths[two]], costs, indel
            )
    return out


@kernel
def _distance(one: Integers, two: Integers, costs: Floats, indel: float) -> Any:
    """Return the least cost of turning one sequence into another, by dynamic programming over two rows."""
    before = indel * np.arange(len(two) + 1)
    now = before.copy()
    for i in range(1, len(one) + 1):
        now[0] = indel * i
        for j in range(1, len(two) + 1):
            swapped = before[j - 1] + costs[one[i - 1], two[j - 1]]
            now[j] = min(swapped, before[j] + indel, now[j - 1] + indel)
        copy_into(before, now)
    return before[len(two)]
