"""Search for the smallest sets of nodes that identify an effect."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import networkx as nx

from ctresearch.causes.graph.paths import separated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LARGEST_SET = 4


def minimal_sets(nodes: Sequence[str], least: int, accept: Callable[[frozenset[str]], bool]) -> list[frozenset[str]]:
    """List the sets that are accepted and hold no smaller one that is.

    Parameters
    ----------
    nodes : sequence of str
        What sets are made of.
    least : int
        Size of the smallest sets.
    accept : callable
        Says whether a set serves.

    Returns
    -------
    list of frozenset
        Sets of up to four nodes, the smallest first.

    Examples
    --------
    >>> minimal_sets(["a", "b", "c"], 0, lambda chosen: "b" in chosen)
    [frozenset({'b'})]
    """
    found: list[frozenset[str]] = []
    for size in range(least, min(LARGEST_SET, len(nodes)) + 1):
        for chosen in map(frozenset, combinations(nodes, size)):
            if not any(smaller <= chosen for smaller in found) and accept(chosen):
                found.append(chosen)
    return found


def is_front_door(
    graph: nx.DiGraph[str], treatment: str, outcome: str, mediators: frozenset[str], selected: frozenset[str]
) -> bool:
    """Say whether mediators meet the three front-door conditions.

    Parameters
    ----------
    graph : networkx.DiGraph
        The causal graph.
    treatment, outcome : str
        The question.
    mediators : frozenset of str
        Nodes between them.
    selected : frozenset of str
        What is conditioned on in any case.

    Returns
    -------
    bool
        Whether they intercept every causal path, and neither their link to the treatment nor that to the outcome is
        confounded, given the treatment.

    Examples
    --------
    >>> graph = nx.DiGraph([("a", "m"), ("m", "b"), ("u", "a"), ("u", "b")])
    >>> is_front_door(graph, "a", "b", frozenset("m"), frozenset())
    True
    """
    if nx.has_path(graph.subgraph(set(graph) - mediators), treatment, outcome):
        return False
    behind = nx.DiGraph(graph)
    behind.remove_edges_from(list(graph.out_edges(treatment)))
    if not all(separated(behind, treatment, node, selected) for node in mediators):
        return False
    onward = nx.DiGraph(graph)
    onward.remove_edges_from([edge for node in mediators for edge in graph.out_edges(node)])
    return all(separated(onward, node, outcome, {treatment} | selected) for node in mediators)
