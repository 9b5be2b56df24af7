"""The map itself: areas, lines, dashed lines and marks, drawn the same for every picture."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core import plot
from ctresearch.core.message import say
from ctresearch.core.validate import is_a
from ctresearch.routes.maps.captions import caption_of, masked_label, written
from ctresearch.routes.maps.value_classes import BLUES, FILL, HATCH, MASKED, MISSING, RANGE, ZERO

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from ctresearch.core.message import Message
    from ctresearch.routes.maps.geometry import Geometry
    from ctresearch.routes.maps.places_read import Told
    from ctresearch.routes.maps.value_classes import Classes

    Floats = NDArray[np.float64]

LINE, INK = "#6f6f6f", "#333333"
LAND = "#eeeeee"
_MARK = 4.6  # points across: seen, and no spot within a country
_CROP = 0.5  # an area that takes more than half of the picture by itself is cut at the others' frame
_FEW = 40  # areas of which each can carry its name
_LETTERS = 13.5  # of the caption's size in an inch


def look_of(number: int) -> dict[str, Any]:
    """Return the fill and the hatch of a class."""
    fill = BLUES[number] if number >= 0 else FILL[number]
    return {"facecolor": fill, "hatch": HATCH.get(number, "") or None}


def colours_of(told: Classes) -> Mapping[int, int]:
    """Spread few classes over the whole range of colours."""
    n = len(told.breaks)
    spread = np.linspace(0, len(BLUES) - 1, n).round().astype(int) if n > 1 else np.array([2])
    return dict(enumerate(spread.tolist()))


def draw_areas(ax: Axes, geometry: Geometry, look: Mapping[str, dict[str, Any]], usual: dict[str, Any]) -> None:
    """Draw every area in its look, large ones first, and areas without a shape as a mark."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    shapes, marked = geometry.drawn(), geometry.marked()
    size = {code: sum(np.ptp(ring[:, 0]) * np.ptp(ring[:, 1]) for ring in rings) for code, rings in shapes.items()}
    for code in sorted(shapes, key=lambda one: (-size[one], one)):
        style = look.get(code, usual)
        if shapes[code]:
            path = Path.make_compound_path(*(Path(ring, closed=True) for ring in shapes[code]))
            patch = PathPatch(path, linewidth=0, edgecolor=INK, zorder=1, **style)
            patch.set_gid(f"area-{code}")
            ax.add_patch(patch)
        if code in marked and code in look:
            x, y = geometry.projected(np.array([geometry.area(code).middle]))[0]
            mark = ax.scatter([x], [y], s=_MARK**2, linewidths=0.6, edgecolors=INK, zorder=4, **style)
            mark.set_gid(f"mark-{code}")


def draw_lines(ax: Axes, geometry: Geometry) -> None:
    """Draw outlines and borders, dashed where they are disputed or not final."""
    from matplotlib.collections import LineCollection

    whole = LineCollection(geometry.drawn_lines(), colors=LINE, linewidths=0.35, zorder=2)
    whole.set_gid("borders")
    ax.add_collection(whole)
    dashed = geometry.drawn_lines(dashed=True)
    if dashed:
        under = LineCollection(dashed, colors="white", linewidths=1.0, zorder=2.1)
        over = LineCollection(dashed, colors="black", linewidths=0.8, linestyles=(0, (2.4, 1.6)), zorder=2.2)
        over.set_gid("disputed-borders")
        ax.add_collection(under)
        ax.add_collection(over)


def write_names(ax: Axes, geometry: Geometry, told: Told | None, dark: Container[str] = ()) -> None:
    """Write the name of each area, with its value where it has one, on maps of few areas of a user's own."""
    if geometry.level not in ("own", "tiles") or len(geometry) > _FEW:
        return
    words = {} if told is None else dict(zip(told.codes[:, 0], told.words(), strict=True))
    spots = geometry.projected(np.array([one.middle for one in geometry.areas]))
    for one, (x, y) in zip(geometry.areas, spots, strict=True):
        text = "\n".join([*textwrap.wrap(one.name, 14), *([words[one.code]] if words.get(one.code) else [])])
        paint: dict[str, Any] = {
            "color": "white" if one.code in dark else "black",
            "fontsize": 7,
            "ha": "center",
            "va": "center",
        }
        label = ax.text(x, y, text, zorder=5, **paint)
        if one.code not in dark:
            label.set_bbox({"facecolor": "white", "alpha": 0.9, "edgecolor": "none", "pad": 0.8})


def frame_of(geometry: Geometry) -> tuple[Floats, Floats]:
    """Return the lower left and the upper right corner of what is drawn."""
    shapes = {code: np.vstack(rings) for code, rings in geometry.drawn().items() if rings}
    corners = {code: (points.min(axis=0), points.max(axis=0)) for code, points in shapes.items()}

    def around(codes: Iterable[str]) -> tuple[Floats, Floats]:
        """Return the corners of some of the areas."""
        kept = [corners[one] for one in codes]
        return np.min([low for low, _ in kept], axis=0), np.max([high for _, high in kept], axis=0)

    low, high = around(corners)
    if geometry.middle is not None and len(corners) > 2:
        largest = max(corners, key=lambda one: float(np.prod(corners[one][1] - corners[one][0])))
        inner = around(one for one in corners if one != largest)
        if np.prod(inner[1] - inner[0]) < _CROP * np.prod(high - low):
            low, high = inner
    edge = 0.015 * (high - low).max()
    return low - edge, high + edge


def given_axes(ax: Axes | None, title: str) -> Axes | None:
    """Return the axes that were given, and refuse what is none, or a title that is no text."""
    from matplotlib.axes import Axes

    is_a("title", title, str)
    return None if ax is None else is_a("ax", ax, Axes)


def map_axes(geometry: Geometry, *, width: float = 9.0) -> Axes:
    """Return new axes in the shape of the map."""
    low, high = frame_of(geometry)
    ratio = float((high - low)[1] / (high - low)[0])
    return plot.new_axes(width, float(np.clip(width * ratio, 2.8, 8.0)) + 0.9)


def settle(ax: Axes, geometry: Geometry) -> None:
    """Set the frame of a map."""
    low, high = frame_of(geometry)
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    ax.set_aspect("equal")
    ax.set_axis_off()


def legend_entries(told: Told, found: Classes) -> list[tuple[int, Message]]:
    """Return the classes that a legend shows, the coloured ones first; those that nobody is in are left out."""
    unit = told.value.unit or ("persons" if told.value.counts_people else "")
    there = {*found.of.tolist(), MISSING}
    entries = [(number, found.label(number, unit)) for number in range(len(found.breaks))]
    others = (
        (ZERO, say("0 {unit}, as published", unit=unit)),
        (MASKED, masked_label(told)),
        (RANGE, say("a range across classes")),
        (MISSING, say("nothing published")),
    )
    return entries + [(number, words) for number, words in others if number in there]


def draw_legend(ax: Axes, entries: list[tuple[int, Message]], colours: Mapping[int, int], title: str) -> int:
    """Draw the legend beneath the map; return how many lines it has."""
    from matplotlib.patches import Patch

    handles = [
        Patch(linewidth=0.5, edgecolor=INK, label=str(words).strip(), **look_of(colours.get(number, number)))
        for number, words in entries
    ]
    return legend_beneath(ax, handles, title)


def legend_beneath(ax: Axes, handles: list[Any], title: str) -> int:
    """Draw a legend beneath a picture; return how many lines it has."""
    across = 3 if _width(ax) > 6 else 2
    legend = ax.legend(
        handles=handles,
        title=title,
        fontsize=7.5,
        title_fontsize=8,
        alignment="left",
        ncols=across,
        frameon=False,
        loc="upper left",
        bbox_to_anchor=(0, -0.005),
        borderaxespad=0,
        handlelength=2.6,
        columnspacing=1.6,
    )
    legend.set_zorder(6)
    return -(-len(handles) // across) + 1


def write_caption(
    ax: Axes, told: Told, geometry: Geometry | None, *, values: bool, lines: int, more: Iterable[Message] = ()
) -> None:
    """Write the caption beneath the picture and its legend of so many lines."""
    words = written([*more, *caption_of(told, geometry, values=values)], int(_width(ax) * _LETTERS))
    text = ax.annotate(
        words,
        (0, 0),
        xycoords="axes fraction",
        xytext=(0, -12 - 13 * lines),
        textcoords="offset points",
        fontsize=7.5,
        va="top",
        ha="left",
        color=INK,
        linespacing=1.35,
        annotation_clip=False,
    )
    text.set_gid("caption")


def _width(ax: Axes) -> float:
    """Return the width of the figure in inches."""
    figure: Any = ax.get_figure(root=True)
    return float(figure.get_size_inches()[0])
