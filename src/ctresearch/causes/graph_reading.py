"""Causal graphs from text or networkx, refused where they cannot be one."""

from __future__ import annotations

import networkx as nx

from ctresearch.causes.graph_text import read_graph_text
from ctresearch.core.errors import SpecificationError


def draw_text(text: str) -> tuple[nx.DiGraph[str], set[str], set[str]]:
    """Draw the graph of a text.

    Parameters
    ----------
    text : str
        Arrows and declarations.

    Returns
    -------
    tuple
        The graph, the latent nodes and the selected ones.

    Examples
    --------
    >>> draw_text("a -> b [+]; selected: b")[0].edges["a", "b"], draw_text("a -> b; selected: b")[2]
    ({'sign': 1}, {'b'})
    """
    read = read_graph_text(text)
    drawn: nx.DiGraph[str] = nx.DiGraph()
    drawn.add_nodes_from(read.nodes)
    drawn.add_edges_from((a, b, {"sign": sign}) for (a, b), sign in read.edges.items())
    return drawn, set(read.latent), set(read.selected)


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
        If it is something else, or a sign is not 1, -1 or 0.

    Examples
    --------
    >>> copy_networkx(nx.DiGraph([(1, 2)])).edges["1", "2"]
    {'sign': 0}
    """
    if not isinstance(graph, nx.DiGraph) or graph.is_multigraph():
        raise SpecificationError(f"graph is a {type(graph).__name__}, must be text or a networkx DiGraph")
    drawn: nx.DiGraph[str] = nx.DiGraph()
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
        raise SpecificationError(f"{name!r} is not in the graph, must be one of {', '.join(sorted(map(str, graph)))}")


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
