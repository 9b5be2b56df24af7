"""A map of areas coloured by class, and the same for each year, form or sex side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from ctresearch.core import plot
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.meaning import date, key
from ctresearch.core.validate import one_of
from ctresearch.routes.flows.flow_table import FlowTable
from ctresearch.routes.maps.base_map import (
    colours_of,
    draw_areas,
    draw_legend,
    draw_lines,
    frame_of,
    given_axes,
    legend_entries,
    look_of,
    map_axes,
    settle,
    write_caption,
    write_names,
)
from ctresearch.routes.maps.geometry import Geometry
from ctresearch.routes.maps.places_read import Told, read_values
from ctresearch.routes.maps.value_classes import MISSING, Classes, classes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from ctresearch.core.meaning import Meaning

_BY = ("year", "form", "sex", "age")
_MOST_PANELS = 12


def choropleth(
    data: Any,
    *,
    geometry: Geometry | None = None,
    place: str | None = None,
    value: str | None = None,
    roles: Mapping[str, Meaning | str] | None = None,
    role: str | None = None,
    breaks: Sequence[float] | None = None,
    mask_below: int | None = None,
    unmatched: str = "refuse",
    operational: bool = False,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw areas coloured by class.

    A masked value is hatched, and no masked value can be told from another; a published zero is dotted, what was not
    published is light grey. A value that is known by a range has a colour only if the whole range is in one class.

    Parameters
    ----------
    data : FlowTable, HubsResult or pandas.DataFrame
        Flows, added up by one role of their places; hubs; or a table with one row a place.
    geometry : Geometry, optional
        Areas; the countries of the world by default. With regions, flows are added up by them.
    place, value : str, optional
        Columns of a table.
    roles : mapping of str to Meaning or str, optional
        What the columns of a table mean: ``{"country": "place", "victims": "count"}``.
    role : str, optional
        Role of the place in a table of flows; its last by default. Transit is operational detail, and refused unless it
        is added up by region or ``operational`` is true.
    breaks : sequence of float, optional
        Least value of each class, at most five; round numbers by default.
    mask_below : int, optional
        Mask counts from 1 to one below this: cells of places and years, before anything is added.
    unmatched : {"refuse", "table"}
        What to do with places that are no area: refuse them, or leave them to the table.
    operational : bool
        Draw places of transit: the output is declared as operational detail, which the gate judges.
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
        If a column is missing, a cell is no value, or a place is no area or stands twice.
    SpecificationError
        If a column is not declared or may not be drawn on a map, or an option is not one of those allowed.

    Examples
    --------
    >>> found = pd.DataFrame({"country": ["Italy", "France", "Malta"], "people": [31, "<5", 0]})
    >>> ax = choropleth(found, place="country", value="people", roles={"country": "place", "people": "count"})
    >>> [text.get_text() for text in ax.get_legend().get_texts()][-3:]
    ['0 persons, as published', 'fewer than 5: the count is masked', 'nothing published']
    """
    geometry, given = as_geometry(geometry), given_axes(ax, title)
    told = read_values(
        data,
        geometry,
        place_column=place,
        value=value,
        roles=roles,
        role=role,
        mask_below=mask_below,
        operational_detail=operational,
        unmatched=unmatched,
    )
    found = classes(told.low, told.high, told.masked, whole=told.value.role == "count", breaks=breaks)
    ax = given or map_axes(geometry)
    draw_map(ax, geometry, told, found)
    colours = colours_of(found)
    dark = {
        code for code, number in zip(told.codes[:, 0], found.of.tolist(), strict=True) if colours.get(number, 0) > 2
    }
    write_names(ax, geometry, told, dark)
    entries = legend_entries(told, found)
    lines = draw_legend(ax, entries, colours, told.value.label)
    ax.set_title(title, loc="left", fontsize=11)
    write_caption(ax, told, geometry, values=True, lines=lines)
    return plot.shows(ax, told.table, told.roles)


def small_multiples(
    data: FlowTable,
    *,
    by: str = "year",
    geometry: Geometry | None = None,
    role: str | None = None,
    breaks: Sequence[float] | None = None,
    mask_below: int | None = None,
    unmatched: str = "refuse",
    operational: bool = False,
    title: str = "",
) -> Axes:
    """Draw one map a year, form, sex or age, all with the same classes.

    Parameters
    ----------
    data : FlowTable
        The flows.
    by : {"year", "form", "sex", "age"}
        What parts the maps; at most 12.
    geometry, role, breaks, mask_below, unmatched, operational, title
        As in :func:`choropleth`.

    Returns
    -------
    matplotlib.axes.Axes
        A strip that holds the maps as its child axes, with one legend.

    Raises
    ------
    DataError
        If the flows do not know what they are parted by.
    SpecificationError
        If there are more than 12 parts, or an option is not one of those allowed.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": ["NGA"] * 2, "b": ["ITA"] * 2, "year": [2020, 2021], "count": [31, "<5"]})
    >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="year")
    >>> len(small_multiples(flows).child_axes)
    2
    """
    geometry = as_geometry(geometry)
    given_axes(None, title)
    parts = _parts(data, one_of("by", by, _BY))
    told = {
        name: read_values(
            part,
            geometry,
            place_column=None,
            value=None,
            roles=None,
            role=role,
            mask_below=mask_below,
            operational_detail=operational,
            unmatched=unmatched,
        )
        for name, part in parts.items()
    }
    whole = _together(told, by)
    found = classes(whole.low, whole.high, whole.masked, whole=True, breaks=breaks)
    ax = _strip(geometry, told, found)
    lines = draw_legend(ax, legend_entries(whole, found), colours_of(found), whole.value.label)
    ax.set_title(title, loc="left", fontsize=11)
    write_caption(ax, whole, geometry, values=True, lines=lines)
    return plot.shows(ax, whole.table, whole.roles)


def as_geometry(geometry: Geometry | None) -> Geometry:
    """Return the areas, those of the world by default."""
    if geometry is None:
        return Geometry.world()
    if not isinstance(geometry, Geometry):
        raise SpecificationError(f"geometry is a {type(geometry).__name__}, must be a Geometry")
    return geometry


def draw_map(ax: Axes, geometry: Geometry, told: Told, found: Classes) -> None:
    """Draw the areas by class with their lines."""
    colours = colours_of(found)
    look = {
        code: look_of(colours.get(number, number))
        for code, number in zip(told.codes[:, 0], found.of.tolist(), strict=True)
        if code is not None and number != MISSING
    }
    draw_areas(ax, geometry, look, look_of(MISSING))
    draw_lines(ax, geometry)
    settle(ax, geometry)


def _parts(data: Any, by: str) -> dict[str, FlowTable]:
    """Part a table of flows by a column."""
    if not isinstance(data, FlowTable):
        raise DataError(f"data is a {type(data).__name__}, must be a FlowTable: make one by FlowTable.from_frame")
    if by not in data.frame:
        raise DataError(f"the flows do not know {by!r}, must have it to be parted by it")
    values = sorted(data.frame[by].dropna().unique())
    if not 1 <= len(values) <= _MOST_PANELS:
        raise SpecificationError(
            f"by == {by!r} has {len(values)} parts, must have 1 to {_MOST_PANELS}: choose years by select(years=)"
        )
    return {str(one): FlowTable(data.frame[data.frame[by] == one], data.scope, data.checks) for one in values}


def _together(told: Mapping[str, Told], by: str) -> Told:
    """Put what all maps are told into one table."""
    table = pd.concat([one.table.assign(**{by: name}) for name, one in told.items()], ignore_index=True)
    first = next(iter(told.values()))
    parted = date("Year", "year") if by == "year" else key(by.capitalize())
    return Told(
        table[["place", by, "value"]],
        np.vstack([one.codes for one in told.values()]),
        np.concatenate([one.low for one in told.values()]),
        np.concatenate([one.high for one in told.values()]),
        np.concatenate([one.masked for one in told.values()]),
        first.value,
        {**first.roles, by: parted},
        citizenship=first.citizenship,
        lost=sum(one.lost for one in told.values()),
    )


def _strip(geometry: Geometry, told: Mapping[str, Told], found: Classes) -> Axes:
    """Draw the maps in rows of at most three."""
    low, high = frame_of(geometry)
    across = min(3, len(told))
    rows = -(-len(told) // across)
    ratio = float((high - low)[1] / (high - low)[0])
    ax = plot.new_axes(9.0, float(np.clip(9.0 / across * ratio + 0.3, 1.2, 6.0)) * rows)
    ax.set_axis_off()
    at = 0
    for place, (name, one) in enumerate(told.items()):
        row, column = divmod(place, across)
        panel = ax.inset_axes((column / across, 1 - (row + 1) / rows, 0.98 / across, 0.9 / rows))
        part = Classes(found.breaks, found.of[at : at + len(one.low)], found.whole)
        draw_map(panel, geometry, one, part)
        panel.set_title(name, fontsize=9)
        at += len(one.low)
    return ax
