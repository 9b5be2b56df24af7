"""Holes around each actor of a matrix of ties, measured in a compiled kernel [1]_.

The effective size is an actor's number of contacts less the sum, over pairs of contacts q and j, of p_iq m_jq, where
p_iq is the share of i's ties that goes to q and m_jq the tie between j and q over the strongest of j's ties.
``networkx.effective_size`` of a directed graph takes another path for all nodes than for a list of nodes, and the two
differ.

References
----------
.. [1] Burt, R. S. (1992). Structural Holes: The Social Structure of Competition. Harvard University Press.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array


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
