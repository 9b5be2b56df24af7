"""A chord diagram: from where to where, around a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core import plot
from ctresearch.core.validate import whole_number
from ctresearch.routes.maps.base_map import INK, given_axes, write_caption
from ctresearch.routes.maps.choropleth import as_geometry
from ctresearch.routes.maps.places_read import read_pairs
from ctresearch.routes.maps.pooled_pairs import DASHED, LEAST, colour_of, in_order, name_of, pooled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.path import Path
    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.routes.maps.geometry import Geometry
    from ctresearch.routes.maps.places_read import Told

    Floats = NDArray[np.float64]

_GAP, _THIN = 0.02, 0.012  # of the circle: between two places, and the least that a place or a dashed line takes
_RIM, _INNER, _ENDS = 1.0, 0.955, 0.90  # where flows leave, and where they end, a little before the rim


def chord(
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
    """Draw flows between places around a circle.

    A band leaves the rim at its origin and ends a little before it at its destination; it is as wide as the least that
    published counts allow, and in the colour of the region of its origin. Masked counts are dashed and all alike.

    Parameters
    ----------
    data : FlowTable, CorridorsResult or pandas.DataFrame
        As :func:`flow_map` takes them.
    geometry : Geometry, optional
        With ``Geometry.regions()``, flows are added up by region.
    origin, destination, value, roles, mask_below
        As in :func:`flow_map`.
    most : int
        How many places are drawn; the smallest are added up as others.
    title : str
        Line above the picture.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

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
    >>> ax = chord(frame, origin="a", destination="b", value="n", roles={"a": "place", "b": "place", "n": "count"})
    >>> sorted(text.get_text() for text in ax.texts if text.get_gid() == "place")
    ['France', 'Italy', 'Nigeria']
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
    ax = given or plot.new_axes(7.6, 5.4)
    _draw(ax, drawn)
    ax.set(xlim=(-1.75, 1.75), ylim=(-1.2, 1.2), aspect="equal")
    ax.set_axis_off()
    ax.set_title(title, loc="left", fontsize=11)
    more = [LEAST, *([DASHED] if drawn.masked.any() else [])]
    write_caption(ax, drawn, None, values=False, lines=0, more=more)
    return plot.shows(ax, drawn.table, drawn.roles)


def _draw(ax: Axes, told: Told) -> None:
    """Draw the rim and the bands."""
    from matplotlib.patches import PathPatch, Wedge

    places = list(dict.fromkeys([*in_order(told, "origin"), *in_order(told, "destination")]))
    slots, arcs = _slots(told, places)
    for name in places:
        start, end = arcs[name]
        turn = np.degrees([start, end])
        ax.add_patch(
            Wedge((0, 0), 1.03, turn[0], turn[1], width=0.05, facecolor=colour_of(name), edgecolor=INK, lw=0.5)
        )
        _label(ax, name_of(name), (start + end) / 2)
    order = np.argsort(-told.low, kind="stable")
    for row in order:
        leaves, ends = slots[row]
        name = told.table["origin"].iloc[row]
        if told.masked[row]:
            line = PathPatch(
                _thread(sum(leaves) / 2, sum(ends) / 2), fill=False, edgecolor=INK, lw=0.7, ls=(0, (3, 2)), zorder=3
            )
            line.set_gid("masked-flow")
            ax.add_patch(line)
        else:
            colour = colour_of(name)
            band = PathPatch(_band(*leaves, *ends), facecolor=colour, alpha=0.62, edgecolor=colour, lw=0.4)
            band.set_gid("flow")
            ax.add_patch(band)


def _slots(
    told: Told, places: list[str]
) -> tuple[list[tuple[tuple[float, float], tuple[float, float]]], dict[str, tuple[float, float]]]:
    """Share out the circle: an arc a place, and on it a stretch for each end of each flow."""
    ends: dict[str, list[tuple[float, int, int]]] = {name: [] for name in places}
    whole = float(told.low[~told.masked].sum()) * 2 or 1.0
    columns = told.table[["origin", "destination"]].to_numpy()
    for row, pair in enumerate(columns.tolist()):
        for side, name in enumerate(pair):
            ends[name].append((_THIN if told.masked[row] else float(told.low[row]) / whole, row, side))
    wide = {name: max(sum(size for size, *_ in ends[name]), _THIN) for name in places}
    room = 2 * np.pi * (1 - _GAP * len(places)) / sum(wide.values())
    at = np.pi / 2
    found: dict[tuple[int, int], tuple[float, float]] = {}
    arcs = {}
    for name in places:
        spot = at
        for size, row, side in sorted(ends[name], key=lambda one: (one[2], -one[0])):
            found[row, side] = (spot - size * room, spot)
            spot -= size * room
        arcs[name] = (at - wide[name] * room, at)
        at -= wide[name] * room + 2 * np.pi * _GAP
    return [(found[row, 0], found[row, 1]) for row in range(len(columns))], arcs


def _on_circle(angle: Any, radius: float) -> Floats:
    """Return points on a circle."""
    return radius * np.column_stack([np.cos(np.atleast_1d(angle)), np.sin(np.atleast_1d(angle))])


def _band(a1: float, a2: float, b1: float, b2: float) -> Path:
    """Return the outline of a band from one stretch of the rim to another."""
    from matplotlib.path import Path

    first = _on_circle(np.linspace(a1, a2, 12), _INNER)
    second = _on_circle(np.linspace(b1, b2, 12), _ENDS)
    middle = np.zeros((1, 2))
    points = np.vstack([first, middle, second, middle, first[:1]])
    codes = [Path.MOVETO, *[Path.LINETO] * 11, Path.CURVE3, Path.CURVE3, *[Path.LINETO] * 11, Path.CURVE3, Path.CURVE3]
    return Path(points, codes)


def _thread(a: float, b: float) -> Path:
    """Return the line of a masked flow."""
    from matplotlib.path import Path

    return Path(
        np.vstack([_on_circle(a, _INNER), np.zeros((1, 2)), _on_circle(b, _ENDS)]),
        [Path.MOVETO, Path.CURVE3, Path.CURVE3],
    )


def _label(ax: Axes, words: str, angle: float) -> None:
    """Write the name of a place beside its arc."""
    import textwrap

    x, y = _on_circle(angle, 1.08)[0]
    right = np.cos(angle) >= 0
    text = ax.text(x, y, "\n".join(textwrap.wrap(words, 20)), fontsize=8, ha="left" if right else "right", va="center")
    text.set_gid("place")
