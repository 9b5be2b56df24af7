"""Optimal matching: how many insertions, deletions and substitutions turn one sequence into another.

References
----------
.. [1] Abbott, A. and Tsay, A. (2000). Sequence analysis and optimal matching methods in sociology. Sociological Methods
   and Research 29, 3-33. https://doi.org/10.1177/0049124100029001001
.. [2] Gabadinho, A., Ritschard, G., Mueller, N. S. and Studer, M. (2011). Analyzing and visualizing state sequences in
   R with TraMineR. Journal of Statistical Software 40(4). https://doi.org/10.18637/jss.v040.i04
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from ctresearch.core.check import Check
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.inputs import record
from ctresearch.core.meaning import statistic
from ctresearch.core.message import say
from ctresearch.core.validate import in_range, one_of
from ctresearch.networks.evidence.declared import ONE_PERSON
from ctresearch.networks.evidence.measure_result import SequencesResult, without_limits
from ctresearch.networks.modus.sequence_distances import Substitution, code_sequences, sequence_distances

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

_METHODS = {
    "constant": say("Optimal matching of sequences, constant costs of substitution"),
    "transition": say("Optimal matching of sequences, transition costs of substitution"),
}
_TERMS = {
    "mean_distance": replace(statistic("Mean distance of two sequences", "cost"), headline=True),
    "largest_distance": statistic("Largest distance of two sequences", "cost", kind="greatest"),
}


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
