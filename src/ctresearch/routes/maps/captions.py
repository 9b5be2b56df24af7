"""What stands beneath a map: what it does not say, and what it must not be used for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ctresearch.core.message import Message, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ctresearch.routes.maps.geometry import Geometry
    from ctresearch.routes.maps.places_read import Told

BORDERS = say("Borders and names imply no endorsement or acceptance; dashed lines are disputed or not final.")
ISLANDS = say("Sovereignty over the Falkland Islands (Malvinas) is disputed by Argentina and the United Kingdom.")
FOUND = say("Counts are of people whom authorities found: where nobody looks, nobody is found.")
UNLISTED = say("Where nothing was published is not zero.")
PROFILING = say(
    "Citizenship follows whom authorities looked for and found. It must not be used to stop, search, refuse or suspect "
    "anybody of a nationality."
)
TRANSIT = say("Places of transit are operational detail: have them judged before this leaves your hands.")
REACH = say("A range has a colour only where all of it is in one class.")
TILES = say("Tiles stand in the order of a list: not where the places are, nor how large.")
SHAPES = say("Shapes: Natural Earth. Areas are in proportion.")


def masked_label(told: Told) -> Message:
    """Say what a masked value is, for the legend: the bound that was published, and nothing nearer."""
    bounds = sorted({int(one) + 1 for one in told.high[told.masked & np.isfinite(told.high)]})
    if not bounds:
        return say("masked: not published")
    if len(bounds) == 1:
        return say("fewer than {n}: the count is masked", n=bounds[0])
    return say("masked: fewer than {n}, or than {most} where several add up", n=bounds[0], most=bounds[-1])


def caption_of(told: Told, geometry: Geometry | None, *, values: bool) -> list[Message]:
    """Return the sentences that belong beneath a picture.

    Parameters
    ----------
    told : Told
        What is drawn.
    geometry : Geometry, optional
        What it is drawn on; none for pictures that are no map.
    values : bool
        Whether areas are coloured by value.

    Returns
    -------
    list of Message
        In the order of their weight: what it must not be used for first.
    """
    counts = told.value.role == "count" and told.value.of != "nobody"
    found = [PROFILING] if told.citizenship else []
    found += [TRANSIT] if any(one.role == "operational detail" for one in told.roles.values()) else []
    found += [FOUND] if counts else []
    found += [UNLISTED] if values else []
    found += [REACH] if values and told.ranges.any() else []
    found += [_off(told)] if geometry is not None and _off_map(told) else []
    if geometry is not None:
        found += shape_notes(geometry)
    return found


def shape_notes(geometry: Geometry) -> list[Message]:
    """Say what the shapes are and are not."""
    if geometry.level == "tiles":
        return [TILES]
    packaged = geometry.level != "own"
    found = [BORDERS] if geometry.dashed or packaged else []
    return [*found, *([ISLANDS] if "FLK" in geometry else []), *([SHAPES] if packaged else [])]


def _off_map(told: Told) -> int:
    """Count the rows of which a place has no area."""
    return int((told.codes == None).any(axis=1).sum()) if len(told.codes) else 0  # noqa: E711  # elementwise


def _off(told: Told) -> Message:
    """Say how many rows stand in the table alone."""
    return say(
        "{n:,} row names a place that is not on this map, and stands in its table alone.",
        many="{n:,} rows name places that are not on this map, and stand in its table alone.",
        n=_off_map(told),
    )


def written(sentences: Iterable[Message], width: int) -> str:
    """Write sentences below each other, broken at a width in letters."""
    import textwrap

    return "\n".join(line for one in sentences for line in textwrap.wrap(str(one), width))
