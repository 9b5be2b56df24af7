"""Decomposable graphs of lists, and the sets of lists by which their distributions factorise.

A graph is decomposable when its vertices can be put in an order in which the earlier neighbours of each are all
linked. A distribution with that graph is then a product over vertices of p(vertex and earlier neighbours) over
p(earlier neighbours): what is left after cancelling are its cliques above and its separators below.

References
----------
.. [1] Tarjan, R. E. and Yannakakis, M. (1984). Simple linear-time algorithms to test chordality of graphs, test
   acyclicity of hypergraphs, and selectively reduce acyclic hypergraphs. SIAM Journal on Computing 13, 566-579.
   https://doi.org/10.1137/0213035
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.compile import kernel
from ctresearch.prevalence.lists.cells import Array, canonical_order, set_size
from ctresearch.prevalence.loglinear.model_terms import interactions, write_term

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_ENUMERATED = 6


@dataclass(frozen=True, slots=True)
class Graphs:
    """G decomposable graphs of one number of lists.

    ``adjacency`` (G, lists) neighbours of each list as bit patterns; ``powers`` (G, 2 ** lists) the power, above or
    below the line, at which the marginal of each set of lists stands in the distribution.
    """

    adjacency: Array
    powers: Array


@cache
def decomposable_graphs(lists: int) -> Graphs:
    """Enumerate the decomposable graphs of a few lists.

    Parameters
    ----------
    lists : int
        Number of lists, at most 6.

    Returns
    -------
    Graphs
        From the empty graph to the complete one; the arrays are read-only.

    Examples
    --------
    >>> [len(decomposable_graphs(k).powers) for k in (2, 3, 4, 5)]
    [2, 8, 61, 822]
    """
    pairs = interactions(lists, 2)
    graphs = np.arange(1 << len(pairs))
    graphs = graphs[np.argsort(set_size(graphs), kind="stable")]
    adjacency = np.zeros((len(graphs), lists), dtype=np.int64)
    for i, pair in enumerate(pairs.tolist()):
        for vertex in range(lists):
            if pair >> vertex & 1:
                adjacency[:, vertex] |= (graphs >> i & 1) * (pair ^ (1 << vertex))
    found = powers_of(adjacency)
    decomposable = found.any(axis=1)
    kept = Graphs(adjacency[decomposable], found[decomposable])
    kept.adjacency.setflags(write=False)
    kept.powers.setflags(write=False)
    return kept


def powers_of(adjacency: Array) -> Array:
    """Return the powers of the marginals in the distributions of some graphs.

    Parameters
    ----------
    adjacency : numpy.ndarray
        Neighbours of each list, shape (graphs, lists).

    Returns
    -------
    numpy.ndarray
        Shape (graphs, 2 ** lists), 8-bit integers; a row of zeros for a graph that is not decomposable.

    Examples
    --------
    >>> powers_of(np.array([[2, 5, 2]])).tolist()
    [[0, 0, -1, 1, 0, 0, 1, 0]]
    """
    powers = np.zeros((len(adjacency), 1 << adjacency.shape[1]), dtype=np.int8)
    _fill_powers(adjacency.copy(), powers)  # one that is read-only would be a type of its own to numba
    return powers


def clique_names(adjacency: Array, lists: Sequence[str]) -> list[str]:
    """Write graphs by their cliques, as log-linear models are written.

    Parameters
    ----------
    adjacency : numpy.ndarray
        Neighbours of each list in decomposable graphs, shape (graphs, lists).
    lists : sequence of str
        Names of the lists.

    Returns
    -------
    list of str
        One a graph.

    Examples
    --------
    >>> clique_names(np.array([[2, 1, 0]]), ["police", "charity", "court"])
    ['[12,3]']
    """
    sets = np.arange(1, 1 << len(lists))
    sets = sets[canonical_order(sets, len(lists))]
    sets = sets[np.argsort(-set_size(sets), kind="stable")]
    cliques = powers_of(adjacency)[:, sets] > 0
    words = {int(one): write_term(int(one), lists) for one in sets[cliques.any(axis=0)]}
    return ["[" + ",".join([words[one] for one in sets[row].tolist()]) + "]" for row in cliques]


@kernel
def factorise(adjacency: Array, above: Array, below: Array) -> bool:
    """Factorise the distribution of one graph by a maximum cardinality search.

    Parameters
    ----------
    adjacency : numpy.ndarray
        Neighbours of each list, shape (lists,).
    above, below : numpy.ndarray
        Filled with the sets above and below the line, shape (lists,) each; 0 below stands for the empty set.

    Returns
    -------
    bool
        Whether the graph is decomposable; the sets mean nothing if it is not.
    """
    lists, seen = adjacency.size, 0
    for place in range(lists):
        best, most = -1, -1
        for vertex in range(lists):
            if not seen >> vertex & 1:
                linked = _size(adjacency[vertex] & seen)
                if linked > most:
                    best, most = vertex, linked
        earlier = adjacency[best] & seen
        for vertex in range(lists):
            if earlier >> vertex & 1 and earlier & ~(adjacency[vertex] | 1 << vertex):
                return False
        above[place], below[place] = earlier | 1 << best, earlier
        seen |= 1 << best
    return True


@kernel
def _fill_powers(adjacency: Array, powers: Array) -> None:
    """Fill the powers of every graph that is decomposable."""
    lists = adjacency.shape[1]
    above, below = np.empty(lists, np.int64), np.empty(lists, np.int64)
    for graph in range(len(adjacency)):
        if factorise(adjacency[graph], above, below):
            for i in range(lists):
                powers[graph, above[i]] += 1
                powers[graph, below[i]] -= 1
            powers[graph, 0] = 0


@kernel
def _size(pattern: int) -> int:
    """Count the bits of a pattern."""
    size = 0
    while pattern:
        pattern &= pattern - 1
        size += 1
    return size
