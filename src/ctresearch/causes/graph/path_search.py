"""Search of a causal graph for open paths, the shortest first and within a bound that is always told.

A path may be open only if each of its ends can be reached from the other by open turns, so nodes from which no open way
leads on are left out beforehand; that is what keeps the search short.

References
----------
.. [1] Pearl, J. (2009). Causality: Models, Reasoning and Inference, second edition. Cambridge University Press.
   https://doi.org/10.1017/CBO9780511803161
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

State = tuple[str, bool, bool]
"""A node, whether the arrow just followed points into it, and whether the path has passed what it must."""
Turn = tuple[str, bool]
"""An inner node of a path and whether it is a collider there."""
MOST_BEGUN = 20_000


@dataclass(frozen=True, slots=True)
class FoundPaths:
    """Open paths, and whether these are all.

    Parameters
    ----------
    nodes : tuple of tuple of str
        Each path from one end to the other, the shortest first.
    complete : bool
        Whether there are no others.

    Examples
    --------
    >>> find_paths(nx.DiGraph([("u", "a"), ("u", "b")]), "a", "b", [])
    FoundPaths(nodes=(('a', 'u', 'b'),), complete=True)
    """

    nodes: tuple[tuple[str, ...], ...]
    complete: bool


def find_paths(
    graph: nx.DiGraph[str],
    one: str,
    other: str,
    given: Collection[str],
    *,
    passing: Callable[[Turn], bool] | None = None,
    most: int | None = None,
) -> FoundPaths:
    """Find the open paths between two nodes, whatever the direction of their arrows.

    Parameters
    ----------
    graph : networkx.DiGraph
        Without cycles.
    one, other : str
        The ends.
    given : collection of str
        What is conditioned on.
    passing : callable, optional
        Says of an inner node and of whether it is a collider that the path passes what it must; paths that pass
        nothing of the kind are left out.
    most : int, optional
        Stop after so many paths.

    Returns
    -------
    FoundPaths
        Cut short where more than 20,000 beginnings of paths were to be followed.

    Examples
    --------
    >>> g = nx.DiGraph([("a", "c"), ("b", "c"), ("u", "a"), ("u", "b")])
    >>> find_paths(g, "a", "b", ["c"], passing=lambda turn: turn == ("c", True)).nodes
    (('a', 'c', 'b'),)
    """
    start: State = (one, False, passing is None)
    fixed = set(given) - {one, other}
    opened = fixed.union(*(nx.ancestors(graph, node) for node in fixed)) if fixed else set()
    moves = _open_moves(graph, start, other, _Rules(one, fixed, opened, passing))
    waiting: deque[tuple[State, tuple[str, ...]]] = deque([(start, (one,))])
    found: list[tuple[str, ...]] = []
    begun, complete = 1, True
    while waiting:
        state, nodes = waiting.popleft()
        for after in moves.get(state, ()):
            if after[0] == other:
                found.append((*nodes, other))
                if len(found) == most:
                    return FoundPaths(tuple(found), complete=False)
            elif after[0] in nodes:
                continue
            elif begun < MOST_BEGUN:
                begun += 1
                waiting.append((after, (*nodes, after[0])))
            else:
                complete = False
    return FoundPaths(tuple(found), complete)


@dataclass(frozen=True, slots=True)
class _Rules:
    """Which turns of a path are open, and which it must pass."""

    first: str
    fixed: set[str]
    opened: set[str]
    passing: Callable[[Turn], bool] | None

    def passes(self, node: str, *, collider: bool) -> bool:
        """Say whether a turn is one that the path must pass."""
        return node != self.first and self.passing is not None and self.passing((node, collider))

    def steps(self, graph: nx.DiGraph[str], state: State) -> list[State]:
        """Return the states one open step ahead; a path never comes back to its first node."""
        node, into, passed = state
        through = passed or self.passes(node, collider=False)
        ahead: list[State] = []
        if node not in self.fixed:
            ahead += [(after, True, through) for after in graph.successors(node)]
        if into and node in self.opened:
            met = passed or self.passes(node, collider=True)
            ahead += [(after, False, met) for after in graph.predecessors(node)]
        elif not into and node not in self.fixed:
            ahead += [(after, False, through) for after in graph.predecessors(node)]
        return [after for after in ahead if after[0] != self.first]


def _open_moves(graph: nx.DiGraph[str], start: State, other: str, rules: _Rules) -> dict[State, list[State]]:
    """Return the open steps from each state, without those from which the other end is out of reach."""
    moves: dict[State, list[State]] = {}
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state in moves:
            continue
        moves[state] = [] if state[0] == other else rules.steps(graph, state)
        waiting += moves[state]
    arrived = [state for state in moves if state[0] == other and state[2]]
    back: nx.DiGraph[State] = nx.DiGraph((after, state) for state, steps in moves.items() for after in steps)
    back.add_nodes_from(arrived)
    useful = set(arrived).union(*(nx.descendants(back, state) for state in arrived))
    return {
        state: sorted(after for after in steps if after in useful) for state, steps in moves.items() if state in useful
    }
