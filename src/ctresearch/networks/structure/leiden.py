"""Partitions of high modularity: Leiden by igraph where it is installed, Louvain by networkx where it is not."""

from __future__ import annotations

import random
from importlib.util import find_spec
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np

from ctresearch.core.validate import require_extra

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array


def engine() -> str:
    """Say which engine is used.

    Returns
    -------
    str
        ``"igraph"`` or ``"networkx"``.

    Examples
    --------
    >>> engine() in ("igraph", "networkx")
    True
    """
    return "igraph" if find_spec("igraph") else "networkx"


def partition(strengths: csr_array, resolution: float, seed: int, *, method: str) -> NDArray[np.int64]:
    """Divide a network into groups of high modularity.

    Parameters
    ----------
    strengths : scipy.sparse.csr_array
        Symmetric, shape (actors, actors).
    resolution : float
        Above 1 for smaller groups.
    seed : int
        Of the order in which actors are moved.
    method : {"igraph", "networkx"}
        Leiden [1]_ until nothing changes, or Louvain [2]_.

    Returns
    -------
    numpy.ndarray
        Group of each actor, counted from 0 in order of appearance, shape (actors,).

    References
    ----------
    .. [1] Traag, V. A., Waltman, L. and van Eck, N. J. (2019). From Louvain to Leiden: guaranteeing well-connected
       communities. Scientific Reports 9, 5233. https://doi.org/10.1038/s41598-019-41695-z
    .. [2] Blondel, V. D., Guillaume, J.-L., Lambiotte, R. and Lefebvre, E. (2008). Fast unfolding of communities in
       large networks. Journal of Statistical Mechanics, P10008. https://doi.org/10.1088/1742-5468/2008/10/P10008

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> two = as_network(nx.disjoint_union(nx.complete_graph(3), nx.complete_graph(3))).adjacency
    >>> partition(two, 1.0, 0, method="networkx").tolist()
    [0, 0, 0, 1, 1, 1]
    """
    half = strengths.tocoo()
    upper = half.row < half.col
    rows, columns, weights = half.row[upper], half.col[upper], half.data[upper]
    if method == "igraph":
        labels = _leiden(strengths.shape[0], np.column_stack([rows, columns]), weights, resolution, seed)
    else:
        graph: nx.Graph[int] = nx.Graph()
        graph.add_nodes_from(range(strengths.shape[0]))
        graph.add_weighted_edges_from(zip(rows.tolist(), columns.tolist(), weights.tolist(), strict=True))
        labels = np.empty(strengths.shape[0], dtype=np.int64)
        for label, members in enumerate(nx.community.louvain_communities(graph, resolution=resolution, seed=seed)):
            labels[list(members)] = label
    return canonical(labels)


def modularity(strengths: csr_array, labels: NDArray[np.int64], resolution: float = 1.0) -> float:
    """Compare the ties inside groups with what the strengths of their actors would give [1]_.

    Parameters
    ----------
    strengths : scipy.sparse.csr_array
        Symmetric, shape (actors, actors).
    labels : numpy.ndarray
        Group of each actor, shape (actors,).
    resolution : float
        Weight of what is expected.

    Returns
    -------
    float
        NaN without ties.

    References
    ----------
    .. [1] Newman, M. E. J. and Girvan, M. (2004). Finding and evaluating community structure in networks. Physical
       Review E 69, 026113. https://doi.org/10.1103/PhysRevE.69.026113

    Examples
    --------
    >>> from ctresearch.networks import as_network
    >>> two = as_network(nx.disjoint_union(nx.complete_graph(3), nx.complete_graph(3))).adjacency
    >>> modularity(two, np.array([0, 0, 0, 1, 1, 1]))
    0.5
    """
    all_ties = strengths.tocoo()
    total = float(all_ties.data.sum())
    if total == 0:
        return float("nan")
    inside = float(all_ties.data[labels[all_ties.row] == labels[all_ties.col]].sum())
    share = np.bincount(labels, np.asarray(strengths.sum(axis=1)).ravel()) / total
    return inside / total - resolution * float((share**2).sum())


def canonical(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give groups numbers in the order in which they first appear.

    Parameters
    ----------
    labels : numpy.ndarray
        Group of each actor, shape (actors,).

    Returns
    -------
    numpy.ndarray
        The same groups, shape (actors,).

    Examples
    --------
    >>> canonical(np.array([7, 2, 7])).tolist()
    [0, 1, 0]
    """
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    return np.asarray(np.argsort(np.argsort(first))[inverse], dtype=np.int64)


def _leiden(
    n: int, edges: NDArray[np.int64], weights: NDArray[np.float64], resolution: float, seed: int
) -> NDArray[np.int64]:
    """Run Leiden with a generator of its own, and give igraph its usual one back."""
    igraph = require_extra("igraph", "networks")
    graph = igraph.Graph(n, edges.tolist())
    igraph.set_random_number_generator(random.Random(seed))  # noqa: S311 - no secret hangs on it
    try:
        found = graph.community_leiden("modularity", weights=weights, resolution=resolution, n_iterations=-1)
    finally:
        igraph.set_random_number_generator(random)
    return np.array(found.membership, dtype=np.int64)
