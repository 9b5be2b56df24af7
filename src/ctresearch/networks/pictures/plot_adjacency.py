"""A picture of who is tied to whom, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.errors import DataError
from ctresearch.core.meaning import key
from ctresearch.core.message import say
from ctresearch.networks.evidence.declared import ACTOR
from ctresearch.networks.evidence.network import as_network
from ctresearch.networks.pictures.every_tie import show_every_tie
from ctresearch.networks.pictures.plot_network import numbered
from ctresearch.networks.removal.strategies import attribute

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes

    from ctresearch.networks.evidence.network import CriminalNetwork


def plot_adjacency(
    network: CriminalNetwork | nx.Graph[Any], blocks: str | pd.Series[Any], *, ax: Axes | None = None
) -> Axes:
    """Draw the table of ties with its actors ordered by block.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.
    blocks : str or pandas.Series
        Attribute of the actors, or one block an actor, such as the membership of a community.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture: dark where there is a tie, lines between blocks, and no names of actors. Where a pixel stands for
        several pairs, at whatever resolution it is drawn or saved, it is dark if any of them is tied.

    Raises
    ------
    DataError
        If an actor has no block in the series.
    SpecificationError
        If there is no such attribute.

    Examples
    --------
    >>> import networkx as nx
    >>> plot_adjacency(nx.karate_club_graph(), "club").get_title()
    '34 actors in 2 blocks'
    """
    found = as_network(network)
    if isinstance(blocks, pd.Series):
        missing = [actor for actor in found.nodes if actor not in blocks.index]
        if missing:
            raise DataError(f"blocks hold no block for {len(missing)} of {len(found)} actors, must hold one for each")
        members = blocks.loc[list(found.nodes)]
    else:
        members = attribute(found, blocks)
    names = members.astype(object).where(members.notna(), "unknown").map(str).to_numpy()
    degree = np.asarray(found.undirected_adjacency.sum(axis=1)).ravel()
    order = np.lexsort((-degree, names))
    table = found.adjacency.astype(np.uint8)[order][:, order].toarray()
    ax = ax if ax is not None else plot.new_axes(5.6, 5.6)
    show_every_tie(ax, table)
    kinds, starts = np.unique(names[order], return_index=True)
    for edge in starts[1:]:
        ax.axhline(edge - 0.5, color=plot.VERMILION, linewidth=1)
        ax.axvline(edge - 0.5, color=plot.VERMILION, linewidth=1)
    ends = np.append(starts[1:], len(names))
    ax.set_yticks((starts + ends - 1) / 2, kinds.tolist())
    ax.set_xticks([])
    ax.grid(visible=False)
    ax.set_title(say("{actors} actors in {blocks} blocks", actors=len(found), blocks=len(kinds)))
    return plot.shows(ax, numbered(names[order], "block"), {"actor": ACTOR, "block": key("Block")})
