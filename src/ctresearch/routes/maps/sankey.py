"""A Sankey diagram: from where, on the left, to where, on the right."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core import plot
from ctresearch.core.validate import whole_number
from ctresearch.routes.counts.reported import people_words
from ctresearch.routes.maps.base_map import INK, given_axes, write_caption
from ctresearch.routes.maps.choropleth import as_geometry
from ctresearch.routes.maps.places_read import read_pairs
from ctresearch.routes.maps.pooled_pairs import DASHED, LEAST, colour_of, in_order, name_of, pooled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.path import Path

    from ctresearch.core.meaning import Meaning
    from ctresearch.routes.maps.geometry import Geometry
    from ctresearch.routes.maps.places_read import Told

_GAP, _THIN = 0.022, 0.004  # of the height: between two places, and what a dashed line takes
_LETTERS = 24  # of a name, so that the longest fit beside the bands


def sankey(
    data: Any,
    *,
    geometry: Geometry | None = None,
    origin: str | None = None,
    destination: str | None = None,
    value: str | None = None,
    roles: Mapping[str, Meaning | str] | None = None,
    most: int = 16,
    mask_below: int | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw flows between places as bands from left to right.

    Bands are as high as the least that published counts allow, in the colour of the region of their origin. Masked
    counts are dashed lines, all alike.

    Parameters
    ----------
    data : FlowTable, CorridorsResult or pandas.DataFrame
        As :func:`flow_map` takes them.
    geometry, origin, destination, value, roles, most, mask_below, title, ax
        As in :func:`chord`.

    Returns
    -------
    matplotlib.axes.Axes
        The picture, which brings the table that it draws to ``run.save``.

    Raises
    ------
    DataError
        If a column is missing, a cell is no count, or nobody went anywhere.
    SpecificationError
        If a column is not declared, or an option is not one of those allowed.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"a": ["NGA", "ITA"], "b": ["ITA", "FRA"], "n": [31, "<5"]})
    >>> ax = sankey(frame, origin="a", destination="b", value="n", roles={"a": "place", "b": "place", "n": "count"})
    >>> [text.get_text() for text in ax.texts if text.get_gid() == "place"]
    ['Nigeria: 31', 'Italy: <5', 'Italy: 31', 'France: <5']
    """
    whole_number("most", most, 3, 40)
    given = given_axes(ax, title)
    geometry = None if geometry is None else as_geometry(geometry)
    told = read_pairs(
        data,
        geometry,
        origin=origin,
        destination=destination,
        value=value,
        roles=roles,
        mask_below=mask_below,
        unmatched="refuse" if geometry is not None else "table",
    )
    drawn = pooled(told, most)
    longest = max(len(in_order(drawn, side)) for side in ("origin", "destination"))
    ax = given or plot.new_axes(8.0, 1.2 + 0.34 * longest)
    _draw(ax, drawn)
    ax.set(xlim=(-0.62, 1.62), ylim=(-1.02, 0.06))
    ax.set_axis_off()
    ax.set_title(title, loc="left", fontsize=11)
    more = [LEAST, *([DASHED] if drawn.masked.any() else [])]
    write_caption(ax, drawn, None, values=False, lines=0, more=more)
    return plot.shows(ax, drawn.table, drawn.roles)


def _draw(ax: Axes, told: Told) -> None:
    """Draw places and bands."""
    from matplotlib.patches import PathPatch, Rectangle

    columns = [_column(told, side) for side in ("origin", "destination")]
    for x, (places, _) in enumerate(columns):
        for name, (top, height, words) in places.items():
            left = x * 1.0 - (0.03 if x == 0 else 0.0)
            ax.add_patch(
                Rectangle((left, top - height), 0.03, height, facecolor=colour_of(name), edgecolor=INK, lw=0.5)
            )
            where = (-0.05, "right") if x == 0 else (1.05, "left")
            text = ax.text(where[0], top - height / 2, words, fontsize=8, ha=where[1], va="center")
            text.set_gid("place")
    for row in np.argsort(-told.low, kind="stable"):
        left, size = columns[0][1][row]
        right, _ = columns[1][1][row]
        if told.masked[row]:
            line = PathPatch(
                _curve(left - size / 2, right - size / 2), fill=False, edgecolor=INK, lw=0.7, ls=(0, (3, 2)), zorder=3
            )
            line.set_gid("masked-flow")
            ax.add_patch(line)
        else:
            colour = colour_of(str(told.table["origin"].iloc[row]))
            band = PathPatch(_band(left, right, size), facecolor=colour, alpha=0.55, edgecolor=colour, lw=0.3)
            band.set_gid("flow")
            ax.add_patch(band)


def _column(told: Told, side: str) -> tuple[dict[str, tuple[float, float, str]], dict[int, tuple[float, float]]]:
    """Stack the places of one side: top, height and words of each, and where each flow begins or ends."""
    names = in_order(told, side)
    whole = float(told.low[~told.masked].sum()) or 1.0
    size = np.where(told.masked, _THIN, told.low / whole)
    room = 1 - _GAP * (max(len(in_order(told, one)) for one in ("origin", "destination")) - 1)
    scale = max(room, 0.3) / size.sum()
    other = {name: i for i, name in enumerate(in_order(told, "destination" if side == "origin" else "origin"))}
    over = told.table["destination" if side == "origin" else "origin"].map(other).to_numpy()
    at, places, flows = 0.0, {}, {}
    for name in names:
        rows = np.flatnonzero((told.table[side] == name).to_numpy())
        top = at
        for row in rows[np.argsort(over[rows], kind="stable")]:
            flows[int(row)] = (at, float(size[row] * scale))
            at -= float(size[row] * scale)
        total = (np.array([int(ends[rows].sum())]) for ends in (told.low, told.high))
        words = re.sub(r"\d{4,}", lambda one: f"{int(one[0]):,}", people_words(*total)[0])
        places[name] = (top, top - at, f"{textwrap.shorten(name_of(name), _LETTERS, placeholder='…')}: {words}")
        at -= _GAP
    return places, flows


def _curve(left: float, right: float) -> Path:
    """Return a line from the left to the right."""
    from matplotlib.path import Path

    return Path([(0, left), (0.45, left), (0.55, right), (1, right)], [Path.MOVETO, *[Path.CURVE4] * 3])


def _band(left: float, right: float, size: float) -> Path:
    """Return the outline of a band from the left to the right."""
    from matplotlib.path import Path

    there = [(0, left), (0.45, left), (0.55, right), (1, right)]
    back = [(1, right - size), (0.55, right - size), (0.45, left - size), (0, left - size), (0, left)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.LINETO]
    return Path([*there, *back], codes)
