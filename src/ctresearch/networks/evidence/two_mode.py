"""Networks of two modes: actors and the events, places or cases they are tied to, with no tie inside either.

What is defined for one mode says something else about two: a tie between two actors cannot be there, so that densities,
degrees and triads are compared with what is impossible. A network says that it has two modes by networkx's attribute
``bipartite``, 0 or 1 for every node [1]_.

References
----------
.. [1] Borgatti, S. P. and Everett, M. G. (1997). Network analysis of 2-mode data. Social Networks 19, 243-269.
   https://doi.org/10.1016/S0378-8733(96)00301-2
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np

from ctresearch.core.check import Check
from ctresearch.core.errors import SpecificationError
from ctresearch.core.message import say
from ctresearch.networks.evidence.network import as_network

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

ATTRIBUTE = "bipartite"
_SIDES = {"0": False, "0.0": False, "False": False, "1": True, "1.0": True, "True": True}


def modes(network: CriminalNetwork) -> NDArray[np.bool_] | None:
    """Say who is in the second mode.

    Parameters
    ----------
    network : CriminalNetwork
        The network.

    Returns
    -------
    numpy.ndarray or None
        Shape (actors,); ``None`` where the network does not say that it has two modes, or ties stand inside one.

    Examples
    --------
    >>> modes(as_network(nx.complete_bipartite_graph(2, 1))).tolist()
    [False, False, True]
    """
    given = network.graph.nodes(data=ATTRIBUTE)
    values = [_SIDES.get(str(value)) for _, value in given]
    if None in values or len(set(values)) < 2:
        return None
    second = np.array(values, dtype=bool)
    ends = second[network.edges_index]
    return second if (ends[:, 0] != ends[:, 1]).all() else None


def one_mode(network: CriminalNetwork | nx.Graph[Any], what: str, *, at_least: int = 1) -> CriminalNetwork:
    """Take a network of one mode.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        What the user gave.
    what : str
        The measure that is defined for one mode, for the message.
    at_least : int
        Fewest actors it needs.

    Returns
    -------
    CriminalNetwork
        The network.

    Raises
    ------
    SpecificationError
        If it has two modes.
    DataError
        If it is something else, or too small.

    Examples
    --------
    >>> one_mode(nx.path_graph(3), "density").nodes
    (0, 1, 2)
    """
    found = as_network(network, at_least=at_least)
    second = modes(found)
    if second is not None:
        raise SpecificationError(
            f"the network has two modes ({int((~second).sum())} nodes with {ATTRIBUTE} == 0, {int(second.sum())} with "
            f"1), and {what} is defined for one: project it, as CriminalNetwork.from_incidence(frame, actor=..., "
            "event=...) or networkx.bipartite.weighted_projected_graph(graph, actors) do"
        )
    return found


def modes_check(network: CriminalNetwork) -> tuple[Check, ...]:
    """Ask for a review where a network that does not say so may have two modes.

    Parameters
    ----------
    network : CriminalNetwork
        The network.

    Returns
    -------
    tuple of Check
        One, where no tie stands inside either of two sets though there are circles of ties; else none.

    Examples
    --------
    >>> modes_check(as_network(nx.cycle_graph(6)))[0].status, modes_check(as_network(nx.star_graph(6)))
    ('review', ())
    """
    graph: nx.Graph[Any] = nx.Graph(network.graph)
    circles = graph.number_of_edges() - len(graph) + nx.number_connected_components(graph)
    if circles == 0 or not nx.is_bipartite(graph):
        return ()
    second = sum(sum(nx.bipartite.color(graph.subgraph(part)).values()) for part in nx.connected_components(graph))
    second = min(second, len(graph) - second)
    message = say(
        "No tie stands inside either of two sets, of {second} and {first} nodes. Were one of them "
        "events, places or cases, these figures would not hold: mark the nodes with the attribute "
        "'{attribute}', or project the network.",
        second=second,
        first=len(graph) - second,
        attribute=ATTRIBUTE,
    )
    return (Check("modes", "review", message, {"circles": circles}),)
