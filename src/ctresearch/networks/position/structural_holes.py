"""Structural holes: how far an actor's contacts leave them room to broker [1]_.

The tie between two actors is the sum of the ties in both directions, a_ij + a_ji, so directed networks are read as Burt
reads them. Hence the constraint of a directed network with strengths is that of the undirected one that adds both up
(``directed=False, combine="sum"``), and that of a directed network without weights gives a mutual tie twice the weight
of one that goes one way. This is what R's ``igraph::constraint(g)`` computes too, of which the weights are strengths,
as in ``igraph::strength(g, mode="all")``. Weights that are distances are inverted first.

The effective size is an actor's number of contacts less the sum, over pairs of contacts q and j, of p_iq m_jq, where
p_iq is the share of i's ties that goes to q and m_jq the tie between j and q over the strongest of j's ties.
``networkx.effective_size`` of a directed graph takes another path for all nodes than for a list of nodes, and the two
differ.

References
----------
.. [1] Burt, R. S. (1992). Structural Holes: The Social Structure of Competition. Harvard University Press.
.. [2] Everett, M. G. and Borgatti, S. P. (2020). Unpacking Burt's constraint measure. Social Networks 62, 50-57.
   https://doi.org/10.1016/j.socnet.2020.02.001
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.compile import kernel
from ctresearch.core.declaration import Declaration
from ctresearch.core.meaning import count, model
from ctresearch.core.message import say
from ctresearch.networks.evidence.declared import ACTOR, ONE_PERSON
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import ActorsResult, actor_index, by_row, undefined_check
from ctresearch.networks.evidence.two_mode import modes_check, one_mode

if TYPE_CHECKING:
    import networkx as nx
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ctresearch.networks.evidence.network import CriminalNetwork

_TERMS = {
    "contacts": count("Contacts", "actors"),
    "effective_size": model("Contacts that are not redundant", "actors"),
    "efficiency": model("Share of contacts that are not redundant"),
    "constraint": model("Constraint", headline=True),
}
UNITS = {"contacts": "actors", "effective_size": "actors", "efficiency": "share", "constraint": ""}


@dataclass(frozen=True, slots=True)
class EgoHoles:
    """Burt's measures of the holes around each actor, NaN for the isolated.

    Parameters
    ----------
    constraint : numpy.ndarray
        From near 0, free, to above 1, closed in, shape (actors,).
    effective_size : numpy.ndarray
        Contacts less their redundancy, shape (actors,).
    degree : numpy.ndarray
        Contacts, shape (actors,).

    Examples
    --------
    >>> EgoHoles(np.ones(1), np.ones(1), np.ones(1)).degree.shape
    (1,)
    """

    constraint: NDArray[np.float64]
    effective_size: NDArray[np.float64]
    degree: NDArray[np.float64]


def structural_holes(network: CriminalNetwork | nx.Graph[Any], *, weighted: bool = False) -> ActorsResult:
    """Measure the holes around each actor.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.
    weighted : bool
        Use the weights as strengths; distances are inverted. The ties of both directions are added up.

    Returns
    -------
    ActorsResult
        It reads like a table by ``actor``: ``contacts``, ``effective_size``, ``efficiency`` (effective size by
        contacts) and ``constraint``; NaN for the isolated. Its estimates are the same, one row a term and actor. Rows
        about people: not for release.

    Raises
    ------
    SpecificationError
        If weights are asked for and not explained.

    References
    ----------
    .. [1] Burt, R. S. (1992). Structural Holes: The Social Structure of Competition. Harvard University Press.

    Examples
    --------
    >>> import networkx as nx
    >>> structural_holes(nx.star_graph(3)).loc[0, ["effective_size", "constraint"]].round(3).tolist()
    [3.0, 0.333]
    """
    found = one_mode(network, "the measure of structural holes")
    holes = ego_holes(found.matrix_as("strength") if weighted else found.adjacency)
    contacts = np.where(holes.degree > 0, holes.degree, np.nan)
    columns = {
        "contacts": holes.degree.astype(int),
        "effective_size": holes.effective_size,
        "efficiency": holes.effective_size / contacts,
        "constraint": holes.constraint,
    }
    table = pd.DataFrame(columns, index=actor_index(found))
    return ActorsResult(
        method=say("Structural holes, ties by their strength") if weighted else say("Structural holes"),
        estimates=by_row(table, UNITS),
        table=table,
        n=len(found),
        smallest_group=ONE_PERSON,
        checks=(*found.checks, *modes_check(found), undefined_check(say("constraints"), holes.constraint)),
        assumptions=CAVEATS,
        references=references(structural_holes),
        inputs=recorded(found),
        declaration=Declaration(_TERMS, tables={"table": {"actor": ACTOR, **_TERMS}}),
    )


def ego_holes(ties: csr_array) -> EgoHoles:
    """Measure the holes around each actor of a matrix of ties.

    Parameters
    ----------
    ties : scipy.sparse.csr_array
        Strengths, shape (actors, actors).

    Returns
    -------
    EgoHoles
        The measures, arrays by actor.

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> import networkx as nx
    >>> ego_holes(as_network(nx.complete_graph(3)).adjacency).effective_size.tolist()
    [1.0, 1.0, 1.0]
    """
    both = (ties + ties.T).tocsr()
    both.sort_indices()
    found = _holes(both.indptr.astype(np.int64), both.indices.astype(np.int64), both.data.astype(float))
    return EgoHoles(found[0], found[1], found[2])


@kernel
def _holes(starts: NDArray[np.int64], ends: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute constraint, effective size and degree, shape (3, actors), from a symmetric matrix in rows."""
    n = len(starts) - 1
    total, largest = np.zeros(n), np.zeros(n)
    for i in range(n):
        for k in range(starts[i], starts[i + 1]):
            total[i] += values[k]
            largest[i] = max(largest[i], values[k])
    found = np.full((3, n), np.nan)
    share, through = np.zeros(n), np.zeros(n)
    for i in range(n):
        first, last = starts[i], starts[i + 1]
        found[2, i] = last - first
        if last == first:
            continue
        for k in range(first, last):
            share[ends[k]] = values[k] / total[i]
        redundancy = 0.0
        for k in range(first, last):
            q = ends[k]
            for h in range(starts[q], starts[q + 1]):
                j = ends[h]
                if share[j] > 0.0:
                    through[j] += share[q] * values[h] / total[q]
                    redundancy += share[j] * values[h] / largest[q]
        constraint = 0.0
        for k in range(first, last):
            j = ends[k]
            constraint += (share[j] + through[j]) ** 2
        for k in range(first, last):
            share[ends[k]], through[ends[k]] = 0.0, 0.0
        found[0, i], found[1, i] = constraint, last - first - redundancy
    return found
