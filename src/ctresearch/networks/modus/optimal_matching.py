"""Optimal matching: how many insertions, deletions and substitutions turn one sequence into another.

References
----------
.. [1] Abbott, A. and Tsay, A. (2000). Sequence analysis and optimal matching methods in sociology. Sociological Methods
   and Research 29, 3-33. https://doi.org/10.1177/0049124100029001001
.. [2] Gabadinho, A., Ritschard, G., Mueller, N. S. and Studer, M. (2011). Analyzing and visualizing state sequences in
   R with TraMineR. Journal of Statistical Software 40(4). https://doi.org/10.18637/jss.v040.i04
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.compile import copy_into, kernel
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import DataError
from ctresearch.core.inputs import record
from ctresearch.core.meaning import statistic
from ctresearch.core.message import say
from ctresearch.core.validate import in_range, one_of
from ctresearch.networks.evidence.declared import ONE_PERSON
from ctresearch.networks.evidence.measure_result import SequencesResult, without_limits

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

Substitution = Literal["constant", "transition"]
_METHODS = {
    "constant": say("Optimal matching of sequences, constant costs of substitution"),
    "transition": say("Optimal matching of sequences, transition costs of substitution"),
}
_TERMS = {
    "mean_distance": replace(statistic("Mean distance of two sequences", "cost"), headline=True),
    "largest_distance": statistic("Largest distance of two sequences", "cost", kind="greatest"),
}


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


def optimal_matching(
    sequences: Sequence[Sequence[Hashable]], *, indel: float = 1.0, substitution: Substitution = "constant"
) -> SequencesResult:
    """Measure the distance of every two sequences.

    Parameters
    ----------
    sequences : sequence of sequences
        States in order; lengths may differ.
    indel : float
        Cost of inserting or deleting a state.
    substitution : {"constant", "transition"}
        Every substitution costs 2; or 2 less the two rates at which one state follows the other, so that states which
        follow each other often are close.

    Returns
    -------
    SequencesResult
        It reads like a table of distances, shape (N, N), zeros on the diagonal. Terms are ``mean_distance`` and
        ``largest_distance`` over all pairs. Rows are cases: not for release.

    Raises
    ------
    DataError
        If there is no sequence or one is empty.
    SpecificationError
        If an option is not allowed.

    References
    ----------
    .. [1] Abbott, A. and Tsay, A. (2000). Sequence analysis and optimal matching methods in sociology. Sociological
       Methods and Research 29, 3-33. https://doi.org/10.1177/0049124100029001001

    Examples
    --------
    >>> scripts = [["recruit", "move", "exploit"], ["recruit", "exploit"], ["exploit"]]
    >>> optimal_matching(scripts).iloc[0].tolist()
    [0.0, 1.0, 2.0]
    """
    coded = code_sequences(sequences)
    in_range("indel", indel, 0, open_ends=True)
    one_of("substitution", substitution, ("constant", "transition"))
    distances = sequence_distances(coded, indel=indel, substitution=substitution)
    pairs = distances[np.triu_indices(len(distances), 1)]
    figures = {"mean_distance": pairs.mean(), "largest_distance": pairs.max()} if pairs.size else {}
    return SequencesResult(
        method=_METHODS[substitution],
        estimates=without_limits(figures, unit="cost"),
        table=pd.DataFrame(distances),
        n=len(distances),
        smallest_group=ONE_PERSON,
        checks=(_lengths(coded.lengths),),
        assumptions=("Every sequence is whole and in its true order.", "Steps cost the same wherever they stand."),
        references=references(optimal_matching),
        inputs=record(pd.DataFrame(coded.codes), packages=("numpy", "numba")),
        declaration=Declaration(_TERMS),
    )


def sequence_distances(coded: Coded, *, indel: float = 1.0, substitution: Substitution = "constant") -> Floats:
    """Measure the distance of every two coded sequences, shape (N, N)."""
    return _all_distances(coded.codes, coded.lengths, substitution_costs(coded, substitution), float(indel))


def _lengths(lengths: Integers) -> Check:
    """Say whether distances speak of length more than of order."""
    shortest, longest = int(lengths.min()), int(lengths.max())
    # where one is more than twice another, at least half of its steps must be inserted whatever they are
    status: Literal["pass", "review"] = "review" if longest > 2 * shortest else "pass"
    message = say(
        "Sequences have {shortest} to {longest} states; a difference in length is distance too.",
        shortest=shortest,
        longest=longest,
    )
    return Check("lengths", status, message, {"shortest": shortest, "longest": longest})


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
