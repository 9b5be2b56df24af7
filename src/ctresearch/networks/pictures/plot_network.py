"""Drawings of a network: the same network gives the same drawing, roles by shape and colour, uncertain ties dashed.

References
----------
.. [1] Kamada, T. and Kawai, S. (1989). An algorithm for drawing general undirected graphs. Information Processing
   Letters 31, 7-15. https://doi.org/10.1016/0020-0190(89)90102-6
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.meaning import key
from ctresearch.core.message import say
from ctresearch.core.validate import in_range
from ctresearch.networks.evidence.declared import ACTOR
from ctresearch.networks.evidence.network import as_network
from ctresearch.networks.protection.marked_outputs import mark_picture
from ctresearch.networks.removal.strategies import attribute

if TYPE_CHECKING:
    from collections.abc import Mapping

    import networkx as nx
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

    Places = NDArray[np.float64]

SHAPES = ("o", "s", "^", "D", "v", "P", "X", "p")
COLOURS = (plot.BLUE, plot.ORANGE, plot.GREEN, plot.SKY, plot.VERMILION, plot.PURPLE, plot.YELLOW, plot.BLACK)
OTHER, _SPRINGS = "other", 300
ONE_A_ROW = {"actor": ACTOR, "role": key("Role"), "phase": key("Phase")}


def layout(network: CriminalNetwork | nx.Graph[Any]) -> Places:
    """Place the actors in a plane, near those they reach in few steps.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.

    Returns
    -------
    numpy.ndarray
        Coordinates in the order of the actors, shape (N, 2); isolated actors stand in a row below.

    References
    ----------
    .. [1] Kamada, T. and Kawai, S. (1989). An algorithm for drawing general undirected graphs. Information Processing
       Letters 31, 7-15. https://doi.org/10.1016/0020-0190(89)90102-6

    Examples
    --------
    >>> import networkx as nx
    >>> layout(nx.path_graph(3)).shape
    (3, 2)
    """
    import networkx as nx

    found = as_network(network)
    plain: nx.Graph[int] = nx.Graph()
    plain.add_nodes_from(range(len(found)))
    plain.add_edges_from(found.edges_index.tolist())
    places, shift = np.zeros((len(found), 2)), 0.0
    for part in sorted(nx.connected_components(plain), key=lambda c: (-len(c), min(c))):
        if len(part) == 1:
            continue
        piece = nx.Graph(plain.subgraph(sorted(part)))
        drawn = nx.kamada_kawai_layout(piece) if len(piece) <= _SPRINGS else nx.spring_layout(piece, seed=1)
        radius = np.sqrt(len(piece) / len(found))
        for actor, spot in drawn.items():
            places[actor] = np.asarray(spot) * radius + (shift + radius, 0.0)
        shift += 2.2 * radius
    alone = [actor for actor, degree in plain.degree if degree == 0]
    places[alone] = np.column_stack([np.linspace(0, max(shift, 1.0), len(alone)), np.full(len(alone), -1.3)])
    return places


def plot_network(
    network: CriminalNetwork | nx.Graph[Any],
    *,
    role: str | None = None,
    certain: float = 1.0,
    labels: bool = False,
    places: Places | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw actors and ties.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.
    role : str, optional
        Attribute that sets shape and colour; the eight most frequent values are told apart, the rest is "other".
    certain : float
        Confidence from which a tie is drawn whole; below it is dashed.
    labels : bool
        Write the actors' identifiers. Such a drawing may not leave a study.
    places : numpy.ndarray, optional
        Coordinates, shape (N, 2), so that several drawings agree; from :func:`layout` by default.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture.

    Raises
    ------
    DataError
        If the places are not one a actor.
    SpecificationError
        If there is no such attribute.

    Examples
    --------
    >>> import networkx as nx
    >>> ax = plot_network(nx.karate_club_graph(), role="club")
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['Mr. Hi', 'Officer']
    """
    found = as_network(network)
    in_range("certain", certain, 0, 1)
    where = layout(found) if places is None else np.asarray(places, dtype=float)
    if where.shape != (len(found), 2):
        raise DataError(f"places have the shape {where.shape}, must be {(len(found), 2)}")
    ax = ax if ax is not None else plot.new_axes(7.2, 5.4)
    _draw_ties(ax, found, where, certain)
    _draw_actors(ax, found, where, role)
    if labels:
        for actor, (x, y) in zip(found.nodes, where, strict=True):
            ax.annotate(str(actor), (x, y), fontsize=6, ha="center", va="center")
    ax.set_axis_off()
    ax.set_aspect("equal", adjustable="datalim")
    names = np.full(len(found), "actor") if role is None else shown_roles(found, role)
    plot.shows(ax, numbered(names, "role"), ONE_A_ROW)
    return mark_picture(ax, "record_level") if labels else ax


def plot_phases(phases: Mapping[str, CriminalNetwork | nx.Graph[Any]], *, role: str | None = None) -> Axes:
    """Draw the phases of one network side by side, every actor in the same place.

    Parameters
    ----------
    phases : mapping of str to network
        The phases in order.
    role : str, optional
        Attribute that sets shape and colour.

    Returns
    -------
    matplotlib.axes.Axes
        A strip, one panel a phase; its figure holds them all.

    Raises
    ------
    SpecificationError
        If there is no phase.

    Examples
    --------
    >>> import networkx as nx
    >>> len(plot_phases({"before": nx.path_graph(4), "after": nx.path_graph(3)}).child_axes)
    2
    """
    import networkx as nx

    if not phases:
        raise SpecificationError(f"phases == {phases!r}, must hold at least one network by name")
    found = {name: as_network(phase) for name, phase in phases.items()}
    whole: nx.Graph[Any] = nx.Graph()
    for phase in found.values():
        whole.add_nodes_from(phase.nodes)
        whole.add_edges_from(phase.graph.edges)
    spot = dict(zip(whole, layout(whole), strict=True))
    ax = plot.new_axes(2.6 * len(found), 2.9)
    ax.set_axis_off()
    width = 1 / len(found)
    limits = np.array([np.min(list(spot.values()), axis=0) - 0.1, np.max(list(spot.values()), axis=0) + 0.1])
    for place, (name, phase) in enumerate(found.items()):
        panel = ax.inset_axes((place * width, 0, 0.96 * width, 0.9))
        plot_network(phase, role=role, places=np.array([spot[a] for a in phase.nodes]), ax=panel)
        panel.set(
            title=say("{phase}: {actors} actors", phase=str(name), actors=len(phase)),
            xlim=limits[:, 0],
            ylim=limits[:, 1],
        )
        legend = panel.get_legend()
        if legend is not None and place:
            legend.remove()
    return plot.shows(
        ax, numbered(np.repeat(list(found), [len(phase) for phase in found.values()]), "phase"), ONE_A_ROW
    )


def numbered(values: NDArray[Any], column: str) -> pd.DataFrame:
    """Lay out what a drawing shows of each actor, so that the release gate knows that it shows every one.

    Parameters
    ----------
    values : numpy.ndarray
        One value an actor.
    column : str
        What it is.

    Returns
    -------
    pandas.DataFrame
        Numbers of actors from 1, no identifier, and the values as text.

    Examples
    --------
    >>> numbered(np.array(["host", "driver"]), "role")["actor"].tolist()
    [1, 2]
    """
    return pd.DataFrame({"actor": np.arange(1, len(values) + 1), column: [str(value) for value in values]})


def shown_roles(network: CriminalNetwork, role: str) -> NDArray[np.object_]:
    """Name the role under which each actor is drawn: the most frequent by name, the rest together.

    Parameters
    ----------
    network : CriminalNetwork
        The network.
    role : str
        Attribute.

    Returns
    -------
    numpy.ndarray
        One of at most eight names an actor, shape (actors,); "unknown" where the attribute is empty.

    Raises
    ------
    SpecificationError
        If there is no such attribute.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.path_graph(3)
    >>> graph.nodes[1]["role"] = "driver"
    >>> shown_roles(as_network(graph), "role").tolist()
    ['unknown', 'driver', 'unknown']
    """
    values = attribute(network, role)
    roles = values.astype(object).where(values.notna(), "unknown")
    common = roles.value_counts(sort=True)
    kept = common.index[: len(SHAPES) - 1] if len(common) > len(SHAPES) else common.index
    return np.asarray(roles.where(roles.isin(kept), OTHER).to_numpy(), dtype=object)


def _draw_ties(ax: Axes, network: CriminalNetwork, where: Places, certain: float) -> None:
    """Draw ties as lines, uncertain ones dashed."""
    from matplotlib.collections import LineCollection

    segments = where[network.edges_index]
    sure = (
        np.array([data.get("confidence", 1.0) for _, _, data in network.graph.edges(data=True)], dtype=float) >= certain
    )
    for chosen, dashes, alpha in ((sure, "solid", 0.7), (~sure, (0, (3, 2)), 0.9)):
        if chosen.any():
            lines = LineCollection(
                list(segments[chosen]), colors="#999999", linewidths=0.9, linestyles=[dashes], alpha=alpha
            )
            ax.add_collection(lines)
    ax.autoscale_view()


def _draw_actors(ax: Axes, network: CriminalNetwork, where: Places, role: str | None) -> None:
    """Draw actors as marks, one shape and colour a role."""
    size = 260 / np.sqrt(max(len(network), 1))
    if role is None:
        ax.scatter(where[:, 0], where[:, 1], s=size, color=plot.BLUE, edgecolor="white", linewidth=0.6, zorder=3)
        return
    shown = shown_roles(network, role)
    names = sorted(set(shown) - {OTHER}, key=str) + [OTHER] * (OTHER in shown)
    for name, shape, colour in zip(names, SHAPES, COLOURS, strict=False):
        here = where[shown == name]
        ax.scatter(
            here[:, 0],
            here[:, 1],
            s=size,
            marker=shape,
            color=colour,
            edgecolor="white",
            linewidth=0.6,
            zorder=3,
            label=str(name),
        )
    ax.legend(loc="center left", bbox_to_anchor=(1, 0.5), fontsize=8)
