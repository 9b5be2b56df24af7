"""Causal graphs from text or networkx, refused where they cannot be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from ctresearch.causes.text.graph_text import read_graph_text
from ctresearch.causes.text.spelling import near_miss
from ctresearch.core.errors import SpecificationError
from ctresearch.core.names import name_key

if TYPE_CHECKING:
    from ctresearch.causes.text.graph_drawing import GraphText


def draw_text(text: str) -> tuple[nx.DiGraph[str], GraphText]:
    """Draw the graph of a text.

    Parameters
    ----------
    text : str
        Arrows and declarations, DOT, or dagitty.

    Returns
    -------
    tuple
        The graph, and what the text says of its nodes.

    Examples
    --------
    >>> drawn, read = draw_text("a -> b [+]; selected: b")
    >>> drawn.edges["a", "b"], read.selected
    ({'sign': 1}, frozenset({'b'}))
    """
    read = read_graph_text(text)
    drawn: nx.DiGraph[str] = nx.DiGraph()
    drawn.add_nodes_from(read.nodes)
    drawn.add_edges_from((a, b, {"sign": sign}) for (a, b), sign in read.edges.items())
    return drawn, read


def copy_networkx(graph: nx.DiGraph[str]) -> nx.DiGraph[str]:
    """Copy a networkx graph with the signs of its arrows.

    Parameters
    ----------
    graph : networkx.DiGraph
        Edges may carry a ``sign``.

    Returns
    -------
    networkx.DiGraph
        The same with names as text, 0 where an arrow has no sign.

    Raises
    ------
    SpecificationError
        If it is something else, two nodes differ in spelling or type alone, or a sign is not 1, -1 or 0.

    Examples
    --------
    >>> copy_networkx(nx.DiGraph([(1, 2)])).edges["1", "2"]
    {'sign': 0}
    """
    if not isinstance(graph, nx.DiGraph) or graph.is_multigraph():
        raise SpecificationError(f"graph is a {type(graph).__name__}, must be text or a networkx DiGraph")
    drawn: nx.DiGraph[str] = nx.DiGraph()
    _refuse_alike(graph)
    drawn.add_nodes_from(str(node) for node in graph)
    for a, b, sign in graph.edges(data="sign", default=0):
        if sign not in (1, -1, 0):
            raise SpecificationError(f"sign == {sign!r} on the arrow {a} -> {b}, must be 1, -1 or 0")
        drawn.add_edge(str(a), str(b), sign=sign)
    return drawn


def require_node(graph: nx.DiGraph[str], name: str) -> None:
    """Refuse a name that is not in the graph.

    Parameters
    ----------
    graph : networkx.DiGraph
        The graph.
    name : str
        What should be a node.

    Raises
    ------
    SpecificationError
        If it is none.

    Examples
    --------
    >>> require_node(nx.DiGraph([("a", "b")]), "a")
    """
    if name not in graph:
        meant = near_miss(str(name), sorted(map(str, graph)))
        cure = "" if meant is None else f": did you mean {meant!r}?"
        there = ", ".join(sorted(map(str, graph)))
        raise SpecificationError(f"{name!r} is not in the graph, must be one of {there}{cure}")


def refuse_cycle(graph: nx.DiGraph[str]) -> None:
    """Refuse a graph in which something is its own cause.

    Parameters
    ----------
    graph : networkx.DiGraph
        The graph.

    Raises
    ------
    SpecificationError
        If it has a cycle.

    Examples
    --------
    >>> refuse_cycle(nx.DiGraph([("a", "b")]))
    """
    try:
        cycle = nx.find_cycle(graph)
    except nx.NetworkXNoCycle:
        return
    shown = " -> ".join([*(str(a) for a, *_ in cycle), str(cycle[0][0])])
    raise SpecificationError(
        f"the graph has the cycle {shown}, must have none: give each variable its time, such as debt_2019"
    )


def _refuse_alike(graph: nx.DiGraph[str]) -> None:
    """Refuse nodes that would be one to a reader, such as 1 and '1'."""
    seen: dict[str, object] = {}
    for node in graph:
        other = seen.setdefault(name_key(node), node)
        if other is not node:
            raise SpecificationError(
                f"the graph has the nodes {other!r} and {node!r}, which differ in case, accents, spaces or type alone: "
                "give each a name of its own, or join them"
            )
