"""The picture of a causal graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx

from ctresearch.core.plot import BLUE, GREEN, GREY, ORANGE, VERMILION, new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ctresearch.causes.graph.graph import CausalGraph

_MARKS = {1: "+", -1: "−", 0: ""}


def draw_graph(graph: CausalGraph, treatment: str | None, outcome: str | None, ax: Axes | None) -> Axes:
    """Draw a causal graph in layers, causes on the left.

    Parameters
    ----------
    graph : CausalGraph
        What to draw.
    treatment, outcome : str or None
        The question.
    ax : matplotlib.axes.Axes or None
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Examples
    --------
    >>> from ctresearch.causes import CausalGraph
    >>> len(draw_graph(CausalGraph("a -> b"), None, None, None).texts) >= 2
    True
    """
    where = _layers(graph.graph)
    depth = max(x for x, _ in where.values()) + 1
    ax = ax if ax is not None else new_axes(2.2 + 1.9 * depth, 4.2)
    for a, b, sign in graph.graph.edges(data="sign", default=0):
        colour = {1: BLUE, -1: VERMILION, 0: GREY}[sign]
        bend = 0.18 if abs(where[a][0] - where[b][0]) > 1 else 0.0
        arrow = {
            "arrowstyle": "-|>",
            "color": colour,
            "shrinkA": 16,
            "shrinkB": 16,
            "connectionstyle": f"arc3,rad={bend}",
        }
        ax.annotate("", where[b], where[a], arrowprops=arrow)
        middle = ((where[a][0] + where[b][0]) / 2, (where[a][1] + where[b][1]) / 2)
        ax.text(*middle, _MARKS[sign], color=colour, ha="center", va="bottom", fontsize=11)
    for node, spot in where.items():
        box = {
            "boxstyle": "square,pad=0.35" if node in graph.selected else "round,pad=0.35",
            "facecolor": "white",
            "edgecolor": _colour(graph, node, treatment, outcome),
            "linestyle": "--" if node in graph.latent else "-",
        }
        ax.text(*spot, node, ha="center", va="center", bbox=box, fontsize=9)
    rows = [y for _, y in where.values()]
    ax.set_xlim(-0.6, depth - 0.4)
    ax.set_ylim(min(rows) - 0.6, max(rows) + 0.6)
    ax.set_axis_off()
    ax.set_title(_title(graph, treatment, outcome), loc="left", fontsize=11)
    return ax


def _layers(graph: nx.DiGraph[str]) -> dict[str, tuple[float, float]]:
    """Place each node: its layer by the longest chain of causes before it, spread evenly within."""
    where = {}
    for layer, nodes in enumerate(nx.topological_generations(graph)):
        ordered = sorted(nodes)
        for row, node in enumerate(ordered):
            where[node] = (float(layer), (len(ordered) - 1) / 2 - row + 0.13 * (layer % 2))
    return where


def _colour(graph: CausalGraph, node: str, treatment: str | None, outcome: str | None) -> str:
    """Choose the colour of a node's frame."""
    if node == treatment:
        return GREEN
    if node == outcome:
        return BLUE
    return ORANGE if node in graph.selected else GREY


def _title(graph: CausalGraph, treatment: str | None, outcome: str | None) -> str:
    """Say above the picture what to adjust for."""
    if treatment is None or outcome is None:
        return "Assumed causes"
    sets = graph.adjustment_sets(treatment, outcome)
    advice = f"adjust for {', '.join(sorted(sets[0])) or 'nothing'}" if sets else "no observed set suffices"
    return f"{treatment} on {outcome}: {advice}"
