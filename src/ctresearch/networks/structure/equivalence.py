"""Who stands in a like position: structural and regular equivalence of actors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.meaning import actor
from ctresearch.core.message import say
from ctresearch.core.validate import one_of, whole_number
from ctresearch.networks.evidence.declared import ACTOR, ONE_PERSON, of_group
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import ActorsResult, actor_index, undefined_check, without_limits
from ctresearch.networks.evidence.square_table import refuse_too_large
from ctresearch.networks.evidence.two_mode import modes_check, one_mode

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

Kind = Literal["structural", "regular"]
TERMS = {
    "mean": of_group("Mean likeness of two positions", headline=True),
    "equivalent": of_group("Pairs of actors in the same position"),
}
_MATRIX = {"actor": ACTOR, "*": actor()}
_METHODS = {
    "structural": say("Structural equivalence of actors"),
    "regular": say("Regular equivalence of actors"),
}


def equivalence(
    network: CriminalNetwork | nx.Graph[Any], kind: Kind = "structural", *, rounds: int = 3
) -> ActorsResult:
    """Measure how alike the positions of each pair of actors are.

    Structurally equivalent actors have the same ties to the same others [1]_: the correlation of their profiles, the
    ties between the two left aside. Regularly equivalent ones have like ties to actors who are themselves alike [2]_,
    as two recruiters who never meet and serve different houses (White and Reitz's algorithm, REGE).

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        At least three actors; weights are left aside.
    kind : {"structural", "regular"}
        Which equivalence. In an undirected network without isolates all actors are regularly equivalent, so that
        ``"regular"`` says something of directed networks only.
    rounds : int
        Rounds of REGE.

    Returns
    -------
    ActorsResult
        It reads like a table of actors by actors, 1 for equivalent; NaN where a profile does not vary. Terms are
        ``mean``, over the pairs for which there is a value, and ``equivalent``, the share of those at 1. Rows about
        people: not for release.

    Raises
    ------
    SpecificationError
        If the kind is unknown.

    References
    ----------
    .. [1] Lorrain, F. and White, H. C. (1971). Structural equivalence of individuals in social networks. Journal of
       Mathematical Sociology 1, 49-80. https://doi.org/10.1080/0022250X.1971.9989788
    .. [2] Borgatti, S. P. and Everett, M. G. (1993). Two algorithms for computing regular equivalence. Social Networks
       15, 361-376. https://doi.org/10.1016/0378-8733(93)90012-A

    Examples
    --------
    >>> import networkx as nx
    >>> tree = nx.balanced_tree(2, 2, create_using=nx.DiGraph)
    >>> # alike the other in the middle, not one below
    >>> equivalence(tree, "regular").loc[1, [2, 3]].tolist()
    [1.0, 0.2]
    """
    one_of("kind", kind, ("structural", "regular"))
    whole_number("rounds", rounds, 1)
    found = one_mode(network, "equivalence", at_least=3)
    refuse_too_large("equivalence", len(found), 4)
    ties = found.adjacency.toarray().astype(float)
    matrix = _profiles(ties) if kind == "structural" else _rege(ties, rounds)
    index = actor_index(found)
    pairs = matrix[np.triu_indices(len(found), 1)]
    known = pairs[np.isfinite(pairs)]
    # a correlation of equal profiles may miss 1 by rounding
    means = (known.mean(), (known > 1 - 1e-9).mean()) if known.size else (np.nan, np.nan)
    return ActorsResult(
        method=_METHODS[kind],
        estimates=without_limits(dict(zip(TERMS, map(float, means), strict=True))),
        table=pd.DataFrame(matrix, index=index, columns=index),
        n=len(found),
        smallest_group=ONE_PERSON,
        checks=(*found.checks, *modes_check(found), undefined_check(say("pairs"), pairs)),
        assumptions=CAVEATS,
        references=references(equivalence),
        inputs=recorded(found),
        declaration=Declaration(TERMS, tables={"table": _MATRIX}),
    )


def _profiles(ties: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlate the ties that each two actors send to and receive from the others."""
    n = len(ties)
    matrix = np.full((n, n), np.nan)
    both = np.concatenate([ties, ties.T], axis=1)
    for i in range(n):
        for j in range(i + 1, n):
            others = np.ones(n, dtype=bool)
            others[[i, j]] = False
            one, two = both[i, np.tile(others, 2)], both[j, np.tile(others, 2)]
            if np.array_equal(one, two):
                matrix[i, j] = matrix[j, i] = 1.0
            elif one.std() > 0 and two.std() > 0:
                matrix[i, j] = matrix[j, i] = np.corrcoef(one, two)[0, 1]
    np.fill_diagonal(matrix, 1.0)
    return matrix


def _rege(ties: NDArray[np.float64], rounds: int) -> NDArray[np.float64]:
    """Run REGE on ties that are there or not."""
    n = len(ties)
    alike = np.ones((n, n))
    # 1: a tie to the other, 2: one from them, 3: both
    kinds = ties + 2 * ties.T
    for _ in range(rounds):
        matched = np.stack([_matches(kinds, alike, i) for i in range(n)])
        most = ((kinds > 0) * np.where(kinds == 3, 2, 1)).sum(axis=1)
        total = most[:, None] + most
        alike = np.where(total > 0, (matched + matched.T) / np.maximum(total, 1), 1.0)
    return alike


def _matches(kinds: NDArray[np.float64], alike: NDArray[np.float64], actor: int) -> NDArray[np.float64]:
    """Match each tie of an actor with the best of every other actor's, and add up."""
    n = len(kinds)
    total = np.zeros(n)
    for k in np.flatnonzero(kinds[actor]):
        mine = np.array([kinds[actor, k] in (1, 3), kinds[actor, k] in (2, 3)])
        theirs = np.stack([np.isin(kinds, (1, 3)), np.isin(kinds, (2, 3))])
        common = (theirs & mine[:, None, None]).sum(axis=0)
        total += (common * alike[k]).max(axis=1)
    return total
