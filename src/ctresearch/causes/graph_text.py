"""Read a causal graph from text, one or more arrows a line.

``poverty -> trafficked [+]`` is an arrow with a sign, ``a <-> b`` a hidden common cause, ``latent: u`` and
``selected: detected`` declare nodes, ``#`` begins a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ctresearch.core.errors import SpecificationError

_ARROW = re.compile(r"\s*(<->|->|<-)\s*")
_SIGN = re.compile(r"\[\s*([+\-−?])\s*\]\s*$")
_SIGNS = {"+": 1, "-": -1, "−": -1, "?": 0}


@dataclass(frozen=True, slots=True)
class GraphText:
    """What a text says.

    Parameters
    ----------
    edges : dict of tuple to int
        Cause and effect to sign: 1, -1, or 0 where none is stated.
    nodes : tuple of str
        All names, in order of appearance.
    latent, selected : frozenset of str
        Nodes nobody observes, and nodes that decide who enters the data.

    Examples
    --------
    >>> read_graph_text("a -> b [+]").edges
    {('a', 'b'): 1}
    """

    edges: dict[tuple[str, str], int]
    nodes: tuple[str, ...]
    latent: frozenset[str]
    selected: frozenset[str]


def read_graph_text(text: str) -> GraphText:
    """Read the text of a graph.

    Parameters
    ----------
    text : str
        Statements on lines of their own or parted by semicolons.

    Returns
    -------
    GraphText
        Nodes and edges.

    Raises
    ------
    SpecificationError
        If a statement is none of those above, or an arrow is stated twice with different signs.

    Examples
    --------
    >>> read_graph_text("debt -> exploited; selected: detected; exploited -> detected").nodes
    ('debt', 'exploited', 'detected')
    """
    edges: dict[tuple[str, str], int] = {}
    nodes: dict[str, None] = {}
    declared: dict[str, set[str]] = {"latent": set(), "selected": set()}
    for line in re.split(r"[;\n]", text):
        statement = line.split("#")[0].strip()
        if not statement:
            continue
        kind, colon, names = statement.partition(":")
        if colon and kind.strip() in declared:
            found = [name.strip() for name in names.split(",") if name.strip()]
            declared[kind.strip()].update(found)
            nodes.update(dict.fromkeys(found))
        else:
            _read_chain(statement, edges, nodes, declared["latent"])
    return GraphText(edges, tuple(nodes), frozenset(declared["latent"]), frozenset(declared["selected"]))


def _read_chain(statement: str, edges: dict[tuple[str, str], int], nodes: dict[str, None], latent: set[str]) -> None:
    """Read one chain of arrows."""
    signed = _SIGN.search(statement)
    sign = _SIGNS[signed.group(1)] if signed else 0
    parts = _ARROW.split(_SIGN.sub("", statement).strip())
    names, arrows = parts[0::2], parts[1::2]
    if not all(names) or (not arrows and " " in names[0]):
        raise SpecificationError(
            f"graph statement {statement!r} is not understood, must read like 'a -> b', 'a <-> b', 'latent: u' or 'selected: s'"
        )
    nodes.update(dict.fromkeys(names))
    for left, arrow, right in zip(names, arrows, names[1:], strict=False):
        if arrow == "<->":
            hidden = f"U({left},{right})"
            latent.add(hidden)
            nodes[hidden] = None
            pairs = [((hidden, left), 0), ((hidden, right), sign)]
            if sign:
                pairs[0] = ((hidden, left), 1)
        else:
            pairs = [((left, right) if arrow == "->" else (right, left), sign)]
        for pair, value in pairs:
            if edges.setdefault(pair, value) != value:
                raise SpecificationError(
                    f"graph arrow {pair[0]} -> {pair[1]} is stated twice with different signs: keep one"
                )
