"""Centralities by actor.

A centrality says where an actor stands in what was seen; :func:`ctresearch.networks.centrality_ranks` says how sure
that place is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pandas as pd

from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.errors import FitError, SpecificationError
from ctresearch.core.meaning import model
from ctresearch.core.message import say
from ctresearch.core.validate import one_of
from ctresearch.networks.evidence.declared import ONE_PERSON
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import (
    ActorsResult,
    actor_index,
    by_row,
    connected_check,
    undefined_check,
)
from ctresearch.networks.evidence.two_mode import modes_check, one_mode
from ctresearch.networks.position.ego_holes import ego_holes
from ctresearch.networks.position.shortest_paths import count_paths
from ctresearch.networks.position.weighted_paths import paths_through

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse import csr_array

    from ctresearch.networks.evidence.network import CriminalNetwork, Meaning

_DENSE = 400
_DAMPING = 0.85


def centrality(
    network: CriminalNetwork | nx.Graph[Any], kind: str = "degree", *, weighted: bool = False, normalized: bool = True
) -> ActorsResult:
    """Measure how central each actor is.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network; of a networkx graph the weights are left aside.
    kind : str
        ``"degree"`` (ties of both directions, as ``mode="all"`` in R's igraph), ``"in_degree"``, ``"out_degree"``,
        ``"betweenness"`` [1]_, ``"closeness"`` and ``"harmonic"`` (distances towards the actor), ``"eigenvector"``
        [2]_, ``"pagerank"``, ``"coreness"``, ``"clustering"``, ``"collective_influence"`` [3]_ (two steps),
        ``"constraint"`` or ``"effective_size"`` [4]_.
    weighted : bool
        Use the weights: as strengths in ``degree``, ``eigenvector``, ``pagerank`` and the structural holes, as
        distances (the inverse of strengths) in ``betweenness``, ``closeness`` and ``harmonic``. Paths whose lengths
        differ by rounding alone are equally short, as in R's igraph; networkx misses some of them.
    normalized : bool
        Divide by the largest value there could be, as networkx does: degree, closeness and harmonic by the n - 1
        others, betweenness by the pairs of others; an eigenvector gets length 1, otherwise largest value 1.
        Weighted degrees and the other kinds stand as they are.

    Returns
    -------
    ActorsResult
        It reads like a series of one value by ``actor``; its estimates are the same. Rows about people: not for
        release.

    Raises
    ------
    SpecificationError
        If the kind is unknown, has no weighted form, or weights are asked for and not explained.
    FitError
        If the eigenvector is not unique, as in a network of equal components.
    DataError
        If there is no actor.

    References
    ----------
    .. [1] Freeman, L. C. (1978). Centrality in social networks: conceptual clarification. Social Networks 1, 215-239.
       https://doi.org/10.1016/0378-8733(78)90021-7
    .. [2] Bonacich, P. (1972). Factoring and weighting approaches to status scores and clique identification. Journal
       of Mathematical Sociology 2, 113-120. https://doi.org/10.1080/0022250X.1972.9989806
    .. [3] Morone, F. and Makse, H. A. (2015). Influence maximization in complex networks through optimal percolation.
       Nature 524, 65-68. https://doi.org/10.1038/nature14604
    .. [4] Burt, R. S. (1992). Structural Holes: The Social Structure of Competition. Harvard University Press.

    Examples
    --------
    >>> kite = nx.krackhardt_kite_graph()
    >>> {kind: centrality(kite, kind).idxmax() for kind in ("degree", "betweenness", "closeness")}
    {'degree': 3, 'betweenness': 7, 'closeness': 5}
    """
    one_of("kind", kind, KINDS)
    found = one_mode(network, "centrality")
    values = actor_values(found, kind, weighted=weighted, normalized=normalized)
    table = pd.DataFrame({kind: values}, index=actor_index(found))
    spread = (connected_check(found),) if kind in _ALONG_PATHS else ()
    return ActorsResult(
        method=say("Centrality of actors by {kind}, weighted", kind=KINDS_SAID[kind])
        if weighted
        else say("Centrality of actors by {kind}", kind=KINDS_SAID[kind]),
        estimates=by_row(table, {kind: ""}),
        table=table,
        reads_as="column",
        n=len(found),
        smallest_group=ONE_PERSON,
        checks=(*found.checks, *spread, *modes_check(found), undefined_check(say("values"), values)),
        assumptions=CAVEATS,
        references=references(centrality),
        inputs=recorded(found),
        declaration=Declaration({kind: model(headline=True)}),
    )


def actor_values(
    network: CriminalNetwork, kind: str, *, weighted: bool = False, normalized: bool = True
) -> NDArray[np.float64]:
    """Measure the centrality of each actor, in the order of the network."""
    if weighted and kind not in _WEIGHTED:
        raise SpecificationError(f"weighted == True, but {kind!r} has no weighted form: those with one are {_WEIGHTED}")
    return _MEASURES[kind](network, weighted, normalized)


def _degree(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Count ties, or add their strengths, of both directions."""
    if weighted:
        matrix = network.matrix_as("strength")
        return _sums(matrix, 1) + (_sums(matrix, 0) if network.directed else 0.0)
    return _share(_sums(network.adjacency, 1) + (_sums(network.adjacency, 0) if network.directed else 0.0), normalized)


def _in_degree(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Count incoming ties."""
    return _sums(network.matrix_as("strength"), 0) if weighted else _share(_sums(network.adjacency, 0), normalized)


def _out_degree(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Count outgoing ties."""
    return _sums(network.matrix_as("strength"), 1) if weighted else _share(_sums(network.adjacency, 1), normalized)


def _betweenness(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Count the shortest paths through each actor."""
    n = len(network)
    values = paths_through(network.matrix_as("distance")) if weighted else count_paths(network.adjacency).betweenness
    pairs = max((n - 1.0) * (n - 2.0), 1.0)
    return values / (pairs if normalized else 1.0 if network.directed else 2.0)


def _closeness(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Invert the mean distance from those who reach the actor, times the share who do [Wasserman and Faust 1994]."""
    reached, total, _ = _incoming(network, weighted)
    with np.errstate(divide="ignore", invalid="ignore"):
        if not normalized:
            return np.where(total > 0, 1.0 / total, np.nan)
        return np.where(total > 0, reached**2 / (total * max(len(network) - 1, 1)), 0.0)


def _harmonic(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Add the inverse distances from all others."""
    return _share(_incoming(network, weighted)[2], normalized)


def _eigenvector(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Give each actor a share of the centrality of those who point to them."""
    matrix = network.matrix_as("strength") if weighted else network.adjacency
    strongest, second = _leading(matrix.T)
    if strongest[0] <= 1e-12 or strongest[0] - second <= 1e-9 * strongest[0]:
        raise FitError(
            f"the two largest eigenvalues are {strongest[0]:g} and {second:g}: there is no unique eigenvector "
            "centrality; take the largest component, or kind='pagerank' or 'harmonic'"
        )
    vector = np.abs(strongest[1])
    return np.asarray(vector / (np.linalg.norm(vector) if normalized else vector.max()), dtype=float)


def _pagerank(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Take the share of time that a random walk with jumps spends at each actor; it is normalised by itself."""
    graph = _valued(network, "strength") if weighted else network.graph
    found = nx.pagerank(graph, alpha=_DAMPING, weight="strength" if weighted else None, tol=1e-14, max_iter=10_000)
    return np.array([found[a] for a in network.nodes])


def _coreness(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Find the innermost core that each actor belongs to, ties taken without direction."""
    found = nx.core_number(nx.Graph(network.graph))
    return np.array([found[a] for a in network.nodes], dtype=float)


def _clustering(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Take the share of an actor's neighbours who are tied, 0 for those with fewer than two."""
    found = nx.clustering(nx.Graph(network.graph))
    return np.array([found[a] for a in network.nodes], dtype=float)


def _collective_influence(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Multiply degree less one by the sum of the same over those exactly two steps away."""
    adjacency = network.undirected_adjacency
    degree = _sums(adjacency, 1)
    two = (adjacency @ adjacency).astype(bool).astype(float).tolil()
    two.setdiag(0)
    frontier = two.tocsr() - two.tocsr().multiply(adjacency)
    return np.asarray(np.maximum(degree - 1, 0) * (frontier @ np.maximum(degree - 1, 0)), dtype=float)


def _constraint(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Measure how far an actor's contacts close in on them."""
    return ego_holes(network.matrix_as("strength") if weighted else network.adjacency).constraint


def _effective_size(network: CriminalNetwork, weighted: bool, normalized: bool) -> NDArray[np.float64]:
    """Count an actor's contacts that are not redundant."""
    return ego_holes(network.matrix_as("strength") if weighted else network.adjacency).effective_size


def _incoming(network: CriminalNetwork, weighted: bool) -> tuple[NDArray[np.float64], ...]:
    """Count those who reach each actor, and add up their distances and inverse distances."""
    if not weighted:
        paths = count_paths(network.adjacency.T.tocsr())
        return paths.reached, paths.distance, paths.inverse_distance
    from scipy.sparse.csgraph import dijkstra

    lengths = dijkstra(network.matrix_as("distance"), directed=network.directed)
    np.fill_diagonal(lengths, np.inf)
    there = np.isfinite(lengths)
    return there.sum(axis=0).astype(float), np.where(there, lengths, 0).sum(axis=0), (1 / lengths).sum(axis=0)


def _leading(matrix: csr_array) -> tuple[tuple[float, NDArray[np.float64]], float]:
    """Return the eigenvalue of largest real part with its vector, and the real part of the next."""
    n = matrix.shape[0]
    if n <= _DENSE:
        values, vectors = np.linalg.eig(matrix.toarray())
    else:
        from scipy.sparse.linalg import eigs

        values, vectors = eigs(matrix.astype(float), k=2, which="LR", v0=np.ones(n), tol=1e-12)
    order = np.argsort(-values.real)
    second = float(values.real[order[1]]) if len(order) > 1 else -np.inf
    return (float(values.real[order[0]]), vectors[:, order[0]].real), second


def _sums(matrix: csr_array, axis: int) -> NDArray[np.float64]:
    """Add up rows (1) or columns (0)."""
    return np.asarray(matrix.sum(axis=axis), dtype=float).ravel()


def _share(values: NDArray[np.float64], normalized: bool) -> NDArray[np.float64]:
    """Divide by the number of others, if asked."""
    return values / max(len(values) - 1, 1) if normalized else values


def _valued(network: CriminalNetwork, meaning: Meaning) -> nx.Graph[Any]:
    """Copy the graph with its weights in one meaning."""
    copy = nx.Graph(network.graph) if not network.directed else nx.DiGraph(network.graph)
    values = zip(network.graph.edges, network.weights_as(meaning).tolist(), strict=True)
    nx.set_edge_attributes(copy, dict(values), meaning)
    return copy


_MEASURES: dict[str, Callable[[CriminalNetwork, bool, bool], NDArray[np.float64]]] = {
    "degree": _degree,
    "in_degree": _in_degree,
    "out_degree": _out_degree,
    "betweenness": _betweenness,
    "closeness": _closeness,
    "harmonic": _harmonic,
    "eigenvector": _eigenvector,
    "pagerank": _pagerank,
    "coreness": _coreness,
    "clustering": _clustering,
    "collective_influence": _collective_influence,
    "constraint": _constraint,
    "effective_size": _effective_size,
}
KINDS = tuple(_MEASURES)
KINDS_SAID = {
    "degree": say("degree"),
    "in_degree": say("in degree"),
    "out_degree": say("out degree"),
    "betweenness": say("betweenness"),
    "closeness": say("closeness"),
    "harmonic": say("harmonic"),
    "eigenvector": say("eigenvector"),
    "pagerank": say("pagerank"),
    "coreness": say("coreness"),
    "clustering": say("clustering"),
    "collective_influence": say("collective influence"),
    "constraint": say("constraint"),
    "effective_size": say("effective size"),
}
_ALONG_PATHS = ("betweenness", "closeness", "harmonic", "eigenvector")
_WEIGHTED = (
    "degree",
    "in_degree",
    "out_degree",
    "betweenness",
    "closeness",
    "harmonic",
    "eigenvector",
    "pagerank",
    "constraint",
    "effective_size",
)
