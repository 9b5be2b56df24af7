"""A map of flows: lines from where to where, bundled by region, as wide as the people they are at least."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core import plot
from ctresearch.core.message import say
from ctresearch.core.validate import whole_number
from ctresearch.routes.maps.base_map import (
    INK,
    LAND,
    draw_areas,
    draw_lines,
    given_axes,
    legend_beneath,
    map_axes,
    settle,
    write_caption,
    write_names,
)
from ctresearch.routes.maps.captions import masked_label
from ctresearch.routes.maps.choropleth import as_geometry
from ctresearch.routes.maps.flow_lines import bundled
from ctresearch.routes.maps.places_read import Told, read_pairs, taken
from ctresearch.routes.maps.value_classes import nice_breaks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.message import Message
    from ctresearch.routes.maps.geometry import Geometry

    Floats = NDArray[np.float64]

WIDTHS = (0.8, 1.6, 2.8, 4.4, 6.4)
_FLOW, _DARK = "#2469a6", "#0a3a6b"
_MASKED_LINE: dict[str, Any] = {"colors": INK, "linewidths": 0.7, "linestyles": (0, (3, 2))}


def flow_map(
    data: Any,
    *,
    geometry: Geometry | None = None,
    origin: str | None = None,
    destination: str | None = None,
    value: str | None = None,
    roles: Mapping[str, Meaning | str] | None = None,
    most: int = 60,
    mask_below: int | None = None,
    unmatched: str = "refuse",
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw flows between areas.

    Lines run from the middle of an area to the middle of another, never to a place within one. A line is as wide as the
    class of the least that published counts allow; one whose count is masked is thin and dashed, whatever the count is.
    Flows within one place are rings.

    Parameters
    ----------
    data : FlowTable, CorridorsResult or pandas.DataFrame
        Flows, added up over years; corridors; or a table with one row a pair of places.
    geometry : Geometry, optional
        Areas; the countries of the world by default. With regions, flows are added up by them.
    origin, destination : str, optional
        Roles of a table of flows, its first and last by default; columns of another table. Transit is refused.
    value : str, optional
        Column of counts of a table.
    roles : mapping of str to Meaning or str, optional
        What the columns of a table mean.
    most : int
        How many flows are drawn, the largest first; the caption says how many are not.
    mask_below : int, optional
        Mask counts from 1 to one below this: cells of places and years, before anything is added.
    unmatched : {"refuse", "table"}
        What to do with places that are no area: refuse them, or leave them out and say how many.
    title : str
        Line above the map.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        The picture, which brings the table that it draws to ``run.save``.

    Raises
    ------
    DataError
        If a column is missing, a cell is no count, or a place is no area.
    SpecificationError
        If a column is not declared, or an option is not one of those allowed.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": ["NGA", "ITA", "ALB"], "b": ["ITA", "ITA", "GBR"], "n": [31, 12, "<5"]})
    >>> ax = flow_map(frame, origin="a", destination="b", value="n", roles={"a": "place", "b": "place", "n": "count"})
    >>> [text.get_text() for text in ax.get_legend().get_texts()][-2:]
    ['fewer than 5: the count is masked', 'within one place, larger for more people']
    """
    geometry, given = as_geometry(geometry), given_axes(ax, title)
    whole_number("most", most, 1, 400)
    told = read_pairs(
        data,
        geometry,
        origin=origin,
        destination=destination,
        value=value,
        roles=roles,
        mask_below=mask_below,
        unmatched=unmatched,
    )
    drawn, more = largest(told, most)
    ax = given or map_axes(geometry)
    draw_areas(ax, geometry, {}, {"facecolor": LAND})
    draw_lines(ax, geometry)
    breaks = nice_breaks(drawn.low[~drawn.masked], whole=True)
    _draw_flows(ax, geometry, drawn, breaks)
    write_names(ax, geometry, None)
    settle(ax, geometry)
    lines = _legend(ax, drawn, breaks)
    ax.set_title(title, loc="left", fontsize=11)
    write_caption(ax, drawn, geometry, values=False, lines=lines, more=more)
    return plot.shows(ax, drawn.table, drawn.roles)


def largest(told: Told, most: int) -> tuple[Told, list[Message]]:
    """Keep the largest flows between areas, and say how many are left out."""
    there = np.flatnonzero((told.codes != None).all(axis=1) & (told.high > 0))  # noqa: E711  # elementwise
    order = there[np.lexsort((there, -told.high[there], -told.low[there]))][:most]
    drawn = taken(told, np.sort(order))
    out = len(told.low) - len(drawn.low)
    if not out:
        return drawn, []
    masked = int(told.masked.sum() - drawn.masked.sum())
    words = say(
        "{n:,} corridor of {whole:,} is not drawn ({masked:,} masked).",
        many="{n:,} corridors of {whole:,} are not drawn ({masked:,} masked): smaller ones, and those off the map.",
        n=out,
        whole=len(told.low),
        masked=masked,
    )
    return drawn, [words]


def width_class(low: Floats, breaks: Floats) -> NDArray[np.int64]:
    """Return the class of each least count; a count of 0 at least is in the first."""
    return np.maximum(np.searchsorted(breaks, low, side="right") - 1, 0)


def _draw_flows(ax: Axes, geometry: Geometry, told: Told, breaks: Floats) -> None:
    """Draw lines with arrows, dashed lines, and rings for flows within one place."""
    from matplotlib.collections import LineCollection

    origins, destinations = told.codes[:, 0].tolist(), told.codes[:, 1].tolist()
    lines = bundled(geometry, origins, destinations)
    within = np.array([a == b for a, b in zip(origins, destinations, strict=True)], dtype=bool)
    size = np.array(WIDTHS)[width_class(told.low, breaks)]
    known = ~told.masked & ~within
    order = np.flatnonzero(known)[np.argsort(-size[known], kind="stable")]
    look: dict[str, Any] = {"colors": _FLOW, "alpha": 0.55, "zorder": 3, "capstyle": "round"}
    paths = LineCollection(list(lines[order]), linewidths=size[order], **look)
    paths.set_gid("flows")
    ax.add_collection(paths)
    masked = told.masked & ~within
    dashed = LineCollection(list(lines[masked]), zorder=3.2, **_MASKED_LINE)
    dashed.set_gid("masked-flows")
    ax.add_collection(dashed)
    for at in np.flatnonzero(known | masked):
        wide = size[at] if known[at] else 0.7
        ax.annotate(
            "",
            lines[at, -1],
            xytext=lines[at, -2],
            zorder=3.4,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": f"-|>,head_length={0.28 + 0.05 * wide:.2f},head_width={0.13 + 0.04 * wide:.2f}",
                "color": _DARK if known[at] else INK,
                "linewidth": 0,
                "shrinkA": 0,
                "shrinkB": 0,
            },
        )
    _draw_rings(ax, lines[within][:, 0] if within.any() else np.empty((0, 2)), size[within], told.masked[within])


def _draw_rings(ax: Axes, at: Floats, size: Floats, masked: NDArray[np.bool_]) -> None:
    """Draw flows within one place."""
    for (x, y), wide, unknown in zip(at, size, masked, strict=True):
        ring = ax.plot(
            [x],
            [y],
            "o",
            markersize=4.0 if unknown else 3.0 + 1.6 * wide,
            markerfacecolor="none",
            markeredgecolor=INK if unknown else _DARK,
            markeredgewidth=0.7 if unknown else 1.3,
            zorder=3.6,
        )[0]
        ring.set_gid("ring-masked" if unknown else "ring")


def _legend(ax: Axes, told: Told, breaks: Floats) -> int:
    """Draw the legend of widths."""
    from matplotlib.lines import Line2D

    words = [
        say("{low:,} to {high:,} persons at least", low=int(a), high=int(b) - 1)
        if b != np.inf
        else say("{low:,} persons and more", low=int(a))
        for a, b in zip(breaks, [*breaks[1:], np.inf], strict=True)
    ]
    handles = [
        Line2D([], [], color=_FLOW, alpha=0.7, linewidth=WIDTHS[i], label=str(one)) for i, one in enumerate(words)
    ]
    if told.masked.any():
        label = str(masked_label(told))
        handles.append(Line2D([], [], color=INK, linewidth=0.7, linestyle=(0, (3, 2)), label=label))
    if (told.codes[:, 0] == told.codes[:, 1]).any():
        ring: dict[str, Any] = {"marker": "o", "linestyle": "none", "markerfacecolor": "none", "markeredgecolor": _DARK}
        handles.append(Line2D([], [], markersize=6, label=str(say("within one place, larger for more people")), **ring))
    return legend_beneath(ax, handles, "People")
