"""A picture of a group by role: how many actors each role has, and how thick the ties are between and within roles.

No mark stands for a single actor, so that this is the picture of a network that may leave a study.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.cite import references
from ctresearch.core.declaration import Declaration
from ctresearch.core.meaning import count, key
from ctresearch.core.message import say
from ctresearch.core.result import estimates_table
from ctresearch.networks.evidence.declared import of_group
from ctresearch.networks.evidence.figure_caveats import CAVEATS, recorded
from ctresearch.networks.evidence.measure_result import MeasureResult, sizes_check, undefined_check
from ctresearch.networks.evidence.network import as_network
from ctresearch.networks.position.brokerage import actor_groups
from ctresearch.stats.groups.smallest import smallest_of

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.networks.evidence.network import CriminalNetwork

_WIDEST, _LARGEST, _BEYOND, _MIDDLE, _WRITTEN = 14.0, 2000.0, 1.24, 0.2, 10

_TERMS = {"density": of_group("Density of ties", headline=True)}


def role_densities(network: CriminalNetwork | nx.Graph[Any], role: str) -> MeasureResult:
    """Give the density of ties between and within roles [1]_.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.
    role : str
        Attribute that holds the role or stage, known for every actor.

    Returns
    -------
    MeasureResult
        It reads like a table of roles by roles: ties over possible ties, from the row to the column where ties have a
        direction; NaN within a role of one actor. The estimates have the term ``density``, one row a ``source`` and
        ``target``.

    Raises
    ------
    DataError
        If an actor has no role.

    References
    ----------
    .. [1] Wasserman, S. and Faust, K. (1994). Social Network Analysis: Methods and Applications. Cambridge University
       Press. https://doi.org/10.1017/CBO9780511815478

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.complete_bipartite_graph(2, 3)
    >>> nx.set_node_attributes(graph, {i: "recruiter" if i < 2 else "host" for i in graph}, "role")
    >>> role_densities(graph, "role").to_numpy().tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    found = as_network(network)
    groups = actor_groups(found, role)
    table = density_table(found, role)
    sizes = pd.Series(groups).value_counts().to_numpy()
    return MeasureResult(
        method=say("Density of ties by {role}", role=role),
        estimates=_density_rows(table),
        table=table,
        n=len(found),
        smallest_group=smallest_of(sizes),
        checks=(*found.checks, sizes_check("role", sizes), undefined_check(say("densities"), table)),
        assumptions=CAVEATS,
        references=references(role_densities),
        inputs=recorded(found),
        declaration=Declaration(
            _TERMS,
            keys={"source": key("Role, from"), "target": key("Role, to")},
            tables={"table": {role: key(role), "*": _TERMS["density"]}},
        ),
    )


def density_table(found: CriminalNetwork, role: str) -> pd.DataFrame:
    """Divide ties by possible ties, roles by roles."""
    codes, names = pd.factorize(actor_groups(found, role), sort=True)
    member = np.eye(len(names))[codes]
    ties = member.T @ (found.adjacency @ member)
    sizes = member.sum(axis=0)
    with np.errstate(invalid="ignore"):
        values = ties / (np.outer(sizes, sizes) - np.diag(sizes))
    index = pd.Index(names, name=role)
    return pd.DataFrame(values, index=index, columns=index.rename(None))


def _density_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Lay the table out, one row a pair of roles."""
    nan, k = float("nan"), len(table)
    rows = estimates_table({"density": (nan, nan, nan, nan)}, unit="share of possible ties")
    many = rows.loc[["density"] * (k * k)]
    names = table.index.astype(str).to_numpy()
    return many.assign(estimate=table.to_numpy().ravel(), source=np.repeat(names, k), target=np.tile(names, k))


def plot_roles(network: CriminalNetwork | nx.Graph[Any], role: str, *, ax: Axes | None = None) -> Axes:
    """Draw roles as discs on a circle, joined by lines as wide as ties are dense; the ten densest bear their figure.

    Parameters
    ----------
    network : CriminalNetwork or networkx graph
        The network.
    role : str
        Attribute that holds the role or stage, known for every actor.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture: discs as large as the number of actors, with the density within the role beneath; where ties have
        a direction, lines show the mean of both.

    Raises
    ------
    DataError
        If an actor has no role.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.complete_bipartite_graph(2, 3)
    >>> nx.set_node_attributes(graph, {i: "recruiter" if i < 2 else "host" for i in graph}, "role")
    >>> len(plot_roles(graph, "role").lines)
    1
    """
    found = as_network(network)
    density = density_table(found, role)
    sizes = pd.Series(actor_groups(found, role)).value_counts().loc[density.index].to_numpy()
    angle = np.pi / 2 - 2 * np.pi * np.arange(len(sizes)) / len(sizes)
    where = np.column_stack([np.cos(angle), np.sin(angle)])
    ax = ax if ax is not None else plot.new_axes(7.2, 4.9)
    _draw_lines(ax, where, density.to_numpy())
    area = _LARGEST * sizes / sizes.max()
    ax.scatter(where[:, 0], where[:, 1], s=area, color=plot.BLUE, edgecolor="white", linewidth=1.2, zorder=3)
    for name, size, within, spot in zip(density.index, sizes, np.diag(density), where, strict=True):
        inside = say("one actor", many="{n} actors, density {within:.3f}", n=int(size), within=within)
        side = "center" if abs(spot[0]) < _MIDDLE else "left" if spot[0] > 0 else "right"
        up = "center" if side != "center" else "bottom" if spot[1] > 0 else "top"  # away from the disc
        ax.annotate(f"{name}\n{inside}", spot * _BEYOND, ha=side, va=up, fontsize=8)
    ax.set(xlim=(-2.4, 2.4), ylim=(-1.5, 1.5), title=say("{actors} actors by {role}", actors=len(found), role=role))
    ax.set_aspect("equal")
    ax.set_axis_off()
    drawn = density.rename_axis(role).set_axis([f"density with {name}" for name in density.columns], axis=1)
    drawn.insert(0, "actors", sizes)
    roles = {role: key(role), "actors": count("Actors of the role", "actors"), "density with *": of_group("")}
    return plot.shows(ax, drawn, roles)


def _draw_lines(ax: Axes, where: NDArray[np.float64], density: NDArray[np.float64]) -> None:
    """Draw a line between every two roles that have ties, with the highest densities written on theirs."""
    both = (density + density.T) / 2
    one, two = np.triu_indices(len(both), 1)
    widest = both[one, two].max(initial=0.0)
    for place, pair in enumerate(np.argsort(-both[one, two], kind="stable")):
        i, j = one[pair], two[pair]
        if both[i, j] == 0:
            break
        ends = where[[i, j]]
        width = _WIDEST * both[i, j] / widest
        ax.plot(ends[:, 0], ends[:, 1], color="#999999", linewidth=width, alpha=0.6, solid_capstyle="butt")
        if place < _WRITTEN:
            spot = 0.62 * ends[0] + 0.38 * ends[1]
            ax.annotate(f"{both[i, j]:.3f}", (spot[0], spot[1]), ha="center", va="center", fontsize=7, zorder=4)
