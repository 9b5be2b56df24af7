"""Paths of a causal graph: which are open, and which sign they carry.

References
----------
.. [1] Pearl, J. (2009). Causality: Models, Reasoning and Inference, second edition. Cambridge University Press.
   https://doi.org/10.1017/CBO9780511803161
.. [2] Shpitser, I., VanderWeele, T. and Robins, J. M. (2010). On the validity of covariate adjustment for estimating
   causal effects. Proceedings of the 26th Conference on Uncertainty in Artificial Intelligence, 527-536.
   https://doi.org/10.48550/arXiv.1203.3515
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import networkx as nx

from ctresearch.causes.graph.path_search import find_paths
from ctresearch.core.render import as_card

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Direction = Literal["upwards", "downwards", "none", "undetermined"]


@dataclass(frozen=True, slots=True)
class Path:
    """A path between two nodes, whatever the direction of its arrows.

    Parameters
    ----------
    nodes : tuple of str
        From one end to the other.
    colliders : tuple of str
        Inner nodes into which both arrows point.
    sign : int
        Product of the arrows' signs; 0 if one has none or the path runs through a collider.
    text : str
        With its arrows.

    Examples
    --------
    >>> g = nx.DiGraph()
    >>> g.add_edge("u", "a", sign=1)
    >>> g.add_edge("u", "b", sign=-1)
    >>> path = open_paths(g, "a", "b", [])[0]
    >>> path.text, path.sign
    ('a <- u -> b', -1)
    """

    nodes: tuple[str, ...]
    colliders: tuple[str, ...]
    sign: int
    text: str

    def _repr_html_(self) -> str:
        return as_card(self, says=[self.text], show=["colliders", "sign"])


def separated(graph: nx.DiGraph[str], one: str, other: str, given: Iterable[str]) -> bool:
    """Say whether two nodes are d-separated [1]_.

    Parameters
    ----------
    graph : networkx.DiGraph
        Without cycles.
    one, other : str
        Two nodes.
    given : iterable of str
        What is conditioned on.

    Returns
    -------
    bool
        Whether every path between them is blocked.

    Examples
    --------
    >>> separated(nx.DiGraph([("a", "m"), ("m", "b")]), "a", "b", ["m"])
    True
    """
    return bool(nx.is_d_separator(graph, {one}, {other}, set(given) - {one, other}))


def causal_nodes(graph: nx.DiGraph[str], treatment: str, outcome: str) -> frozenset[str]:
    """Return the nodes on directed paths from treatment to outcome, the treatment left out.

    Parameters
    ----------
    graph : networkx.DiGraph
        Without cycles.
    treatment, outcome : str
        The question.

    Returns
    -------
    frozenset of str
        Mediators and the outcome; empty where there is no directed path.

    Examples
    --------
    >>> sorted(causal_nodes(nx.DiGraph([("a", "m"), ("m", "b"), ("a", "c")]), "a", "b"))
    ['b', 'm']
    """
    return frozenset(nx.descendants(graph, treatment) & (nx.ancestors(graph, outcome) | {outcome}))


def forbidden_nodes(graph: nx.DiGraph[str], treatment: str, outcome: str) -> frozenset[str]:
    """Return what no adjustment set may hold: mediators, the outcome and all that follows from them [2]_.

    Parameters
    ----------
    graph : networkx.DiGraph
        Without cycles.
    treatment, outcome : str
        The question.

    Returns
    -------
    frozenset of str
        The treatment is among them.

    Examples
    --------
    >>> sorted(forbidden_nodes(nx.DiGraph([("a", "b"), ("b", "seen")]), "a", "b"))
    ['a', 'b', 'seen']
    """
    found = {treatment, outcome}
    for node in causal_nodes(graph, treatment, outcome) | {outcome}:
        found |= {node} | nx.descendants(graph, node)
    return frozenset(found)


def back_door_graph(graph: nx.DiGraph[str], treatment: str, outcome: str) -> nx.DiGraph[str]:
    """Return the graph without the first arrow of each causal path.

    Parameters
    ----------
    graph : networkx.DiGraph
        Without cycles.
    treatment, outcome : str
        The question.

    Returns
    -------
    networkx.DiGraph
        A copy.

    Examples
    --------
    >>> list(back_door_graph(nx.DiGraph([("a", "b"), ("c", "a")]), "a", "b").edges)
    [('c', 'a')]
    """
    kept = graph.copy()
    kept.remove_edges_from([(treatment, node) for node in causal_nodes(graph, treatment, outcome)])
    return kept


def open_paths(graph: nx.DiGraph[str], one: str, other: str, given: Collection[str]) -> tuple[Path, ...]:
    """List the open paths between two nodes, the shortest first.

    Parameters
    ----------
    graph : networkx.DiGraph
        Arrows may carry a ``sign``.
    one, other : str
        The ends.
    given : collection of str
        What is conditioned on.

    Returns
    -------
    tuple of Path
        All where they are few; where not, the shortest, so that an empty list alone never means separation.

    Examples
    --------
    >>> g = nx.DiGraph([("a", "c"), ("b", "c")])
    >>> len(open_paths(g, "a", "b", [])), open_paths(g, "a", "b", ["c"])[0].colliders
    (0, ('c',))
    """
    return tuple(describe_path(graph, nodes) for nodes in find_paths(graph, one, other, given).nodes)


def direction_between(graph: nx.DiGraph[str], one: str, other: str, given: Collection[str]) -> Direction:
    """Return the direction of the association that open paths between two nodes make.

    Parameters
    ----------
    graph : networkx.DiGraph
        Arrows may carry a ``sign``.
    one, other : str
        The ends.
    given : collection of str
        What is conditioned on.

    Returns
    -------
    str
        ``"none"`` only where the nodes are separated; ``"undetermined"`` also where there are too many open paths to
        see the sign of each.

    Examples
    --------
    >>> g = nx.DiGraph()
    >>> g.add_edge("u", "a", sign=1)
    >>> g.add_edge("u", "b", sign=-1)
    >>> direction_between(g, "a", "b", []), direction_between(g, "a", "b", ["u"])
    ('downwards', 'none')
    """
    if separated(graph, one, other, given):
        return "none"
    found = find_paths(graph, one, other, given)
    if not found.complete or not found.nodes:
        return "undetermined"
    return joint_direction([describe_path(graph, nodes) for nodes in found.nodes])


def joint_direction(paths: Collection[Path]) -> Direction:
    """Return the direction of an association that open paths make, where they all agree.

    Parameters
    ----------
    paths : collection of Path
        All open paths, none left out.

    Returns
    -------
    str
        ``"none"`` without paths, ``"upwards"`` or ``"downwards"`` where all have one sign, else ``"undetermined"``.

    Examples
    --------
    >>> joint_direction([])
    'none'
    """
    if not paths:
        return "none"
    signs = {path.sign for path in paths}
    return "upwards" if signs == {1} else "downwards" if signs == {-1} else "undetermined"


def describe_path(graph: nx.DiGraph[Any], nodes: tuple[str, ...]) -> Path:
    """Read arrows, colliders and sign off a path.

    Parameters
    ----------
    graph : networkx.DiGraph
        Arrows may carry a ``sign``.
    nodes : tuple of str
        From one end to the other.

    Returns
    -------
    Path
        The same in words.

    Examples
    --------
    >>> describe_path(nx.DiGraph([("a", "s"), ("b", "s")]), ("a", "s", "b")).text
    'a -> s <- b'
    """
    forward = [graph.has_edge(a, b) for a, b in pairwise(nodes)]
    colliders = tuple(nodes[i] for i in range(1, len(nodes) - 1) if forward[i - 1] and not forward[i])
    sign, text = 0 if colliders else 1, nodes[0]
    for ahead, a, b in zip(forward, nodes, nodes[1:], strict=False):
        sign *= graph.edges[(a, b) if ahead else (b, a)].get("sign", 0)
        text += f" {'->' if ahead else '<-'} {b}"
    return Path(nodes, colliders, sign, text)
