"""Nodes of a graph with their attributes, where several nodes may be spellings of one actor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ctresearch.core.errors import CellError
from ctresearch.core.names import name_key

if TYPE_CHECKING:
    import networkx as nx

    from ctresearch.networks.evidence.actor_names import ActorNames


def node_attributes(graph: nx.Graph[Any], names: ActorNames) -> dict[Any, dict[str, Any]]:
    """Collect what a graph knows of each actor.

    Parameters
    ----------
    graph : networkx graph
        The graph.
    names : ActorNames
        Which spelling each actor keeps.

    Returns
    -------
    dict
        Attributes by actor, in the order of the nodes.

    Raises
    ------
    CellError
        If spellings of one actor have different values of an attribute.

    Examples
    --------
    >>> import networkx as nx
    >>> from ctresearch.networks.evidence.actor_names import ActorNames
    >>> graph = nx.path_graph(["Ana", "ana "])
    >>> graph.nodes["ana "]["role"] = "driver"
    >>> node_attributes(graph, ActorNames({"ana ": "Ana"}, 1, 1))
    {'Ana': {'role': 'driver'}}
    """
    found: dict[Any, dict[str, Any]] = {}
    for place, (actor, (_, data)) in enumerate(zip(names.apply(graph), graph.nodes(data=True), strict=True), start=1):
        known = found.setdefault(actor, {})
        unlike = [name for name, value in data.items() if name in known and name_key(known[name]) != name_key(value)]
        if unlike:
            raise CellError(
                f"node {place:,} is another spelling of an actor that stands above, and their values of {len(unlike)} "
                "attributes differ: make them alike",
                rows=[place],
            )
        known.update({name: value for name, value in data.items() if name not in known})
    return found
