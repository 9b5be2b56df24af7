"""A map of flows to explore in a browser: one file that loads nothing, for eyes, keyboards and screen readers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd  # noqa: TC002  # examples use it

from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.meaning import count, date, place
from ctresearch.core.message import say
from ctresearch.core.render import framed, save_page
from ctresearch.core.validate import is_a, one_of
from ctresearch.routes.counts.reported import people_words
from ctresearch.routes.flows.flow_table import FlowTable
from ctresearch.routes.maps.base_map import frame_of
from ctresearch.routes.maps.captions import FOUND, PROFILING, REACH, UNLISTED, shape_notes
from ctresearch.routes.maps.choropleth import as_geometry
from ctresearch.routes.maps.places_read import match_places, read_pairs, read_years
from ctresearch.routes.maps.value_classes import nice_breaks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ctresearch.core.meaning import Meaning
    from ctresearch.core.message import Message
    from ctresearch.routes.maps.geometry import Geometry

    Floats = NDArray[np.float64]

_PAGE = Path(__file__).with_name("map_page.html")
_WIDE = 2_000  # units across: half a unit is half a pixel on a wide screen, so whole numbers do
_SIDES = ("destination", "origin")


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class MapPage:
    """A page with a map, and the table that it shows.

    Parameters
    ----------
    html : str
        The whole file.
    table : pandas.DataFrame
        What it shows: ``origin``, ``destination``, ``year`` where there is one, and ``people``.
    places : int
        Areas on the map.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "n": [31]})
    >>> map_page(FlowTable.from_frame(frame, citizenship="a", detection="b", count="n"))
    page of 1 counts on 248 areas
    """

    html: str
    table: pd.DataFrame
    places: int

    @property
    def roles(self) -> dict[str, Meaning]:
        """What the columns of the table mean, for the release gate."""
        return {
            "origin": place("Origin"),
            "destination": place("Destination"),
            "year": date("Year", "year"),
            "people": count("People"),
        }

    def save(self, path: str | Path) -> Path:
        """Write the file.

        Parameters
        ----------
        path : str or pathlib.Path
            Ends in ``.html``.

        Returns
        -------
        pathlib.Path
            Where it is.

        Raises
        ------
        SpecificationError
            If the name ends in something else.

        Examples
        --------
        >>> import tempfile
        >>> frame = pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "n": [31]})
        >>> page = map_page(FlowTable.from_frame(frame, citizenship="a", detection="b", count="n"))
        >>> page.save(Path(tempfile.mkdtemp()) / "map.html").name
        'map.html'
        """
        return save_page(self.html, path)

    def __repr__(self) -> str:
        return say("page of {counts:,} counts on {areas:,} areas", counts=len(self.table), areas=self.places)

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame of its own that may run its script and nothing else."""
        return framed(self.html, "Map of flows", 820)


def map_page(
    data: Any,
    *,
    geometry: Geometry | None = None,
    origin: str | None = None,
    destination: str | None = None,
    value: str | None = None,
    roles: Mapping[str, Meaning | str] | None = None,
    mask_below: int | None = None,
    unmatched: str = "table",
    title: str = "Map of flows",
) -> MapPage:
    """Draw flows on a map to explore, in one HTML file that needs no connection.

    Areas are coloured by the people found there or from there, in one year or all; choosing one shows its flows and
    lists them. Arrow keys move between areas, Enter chooses one, and what is shown is also a table. The file loads
    nothing and may send nothing: its content policy forbids it. It works out no masked count: sums are of the least and
    of the greatest that each published count allows.

    Parameters
    ----------
    data : FlowTable, CorridorsResult or pandas.DataFrame
        Flows by year; or corridors, or a table with one row a pair of places.
    geometry : Geometry, optional
        Areas; the countries of the world by default. With regions, flows are added up by them.
    origin, destination : str, optional
        Roles of a table of flows, its first and last by default; columns of another table. Transit is refused.
    value : str, optional
        Column of counts of a table.
    roles : mapping of str to Meaning or str, optional
        What the columns of a table mean.
    mask_below : int, optional
        Mask counts from 1 to one below this: cells of places and years, before anything is added.
    unmatched : {"table", "refuse"}
        What to do with places that are no area: leave them to the table, or refuse them.
    title : str
        Heading of the page.

    Returns
    -------
    MapPage
        The page; ``save(path)`` writes it, ``table`` with ``roles`` is what it shows.

    Raises
    ------
    DataError
        If a column is missing, a cell is no count, or there is no flow.
    SpecificationError
        If a column is not declared, or an option is not one of those allowed.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": ["NGA", "ALB"], "b": ["ITA", "GBR"], "y": [2020, 2021], "n": [31, "<5"]})
    >>> flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="y", count="n")
    >>> page = map_page(flows)
    >>> page.table["people"].tolist(), "https://" in page.html, len(page.html) < 600_000
    (['<5', '31'], False, True)
    """
    geometry = as_geometry(geometry)
    one_of("unmatched", unmatched, ("refuse", "table"))
    is_a("title", title, str)
    if isinstance(data, FlowTable):
        if value is not None or roles is not None:
            raise SpecificationError("a FlowTable brings its counts, must come without value= and roles=")
        cells, citizenship = read_years(data, geometry, origin=origin, destination=destination, mask_below=mask_below)
    else:
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
        citizenship = told.citizenship
        cells = told.table[["origin", "destination"]].assign(low=told.low.astype(int), high=told.high.astype(int))
    if cells.empty:
        raise DataError(f"0 of {len(data):,} flows know both places, must be at least one")
    for side in _SIDES:
        codes, _ = match_places(cells[side], geometry, side, unmatched)
        cells[side] = [geometry.name(code) if code else name for code, name in zip(codes, cells[side], strict=True)]
    keys = [*(["origin", "destination"]), *(["year"] if "year" in cells else [])]
    cells = cells.groupby(keys)[["low", "high"]].sum().reset_index()
    cells["people"] = people_words(cells["low"].to_numpy(), cells["high"].to_numpy())
    return MapPage(_written(cells, geometry, title, citizenship=citizenship), cells[[*keys, "people"]], len(geometry))


def _written(cells: pd.DataFrame, geometry: Geometry, title: str, *, citizenship: bool) -> str:
    """Write the page."""
    years = sorted(cells["year"].unique().tolist()) if "year" in cells else []
    there = {one.name for one in geometry.areas}
    lost = sorted({*cells["origin"], *cells["destination"]} - there)
    sentences = [*([PROFILING] if citizenship else []), FOUND, UNLISTED, REACH]
    sentences += [_off_map(len(lost))] if lost else []
    sentences += shape_notes(geometry)
    shape = _Shape(geometry)
    parts = {
        "title": escape(title),
        "notes": "".join(f"<p>{escape(one)}</p>" for one in sentences),
        "years": "".join(f"<option>{one}</option>" for one in reversed(years)),
        "breaks": escape(json.dumps(_breaks(cells), separators=(",", ":"))),
        "viewbox": f"0 0 {_WIDE} {shape.height}",
        "areas": "".join(shape.areas()),
        "lines": shape.lines(geometry.drawn_lines()),
        "dashed": shape.lines(geometry.drawn_lines(dashed=True)),
        "head": "".join(f"<th scope=col>{one}" for one in (years or [say("People")])),
        "rows": "".join(_rows(cells, years)),
    }
    page = _PAGE.read_text(encoding="utf-8")
    for name, text in parts.items():
        page = page.replace(f"<!--{name}-->", text)
    return page


def _off_map(places: int) -> Message:
    """Say how many places stand in the table alone."""
    return say(
        "{n:,} place is not on this map, and stands in the table alone.",
        many="{n:,} places are not on this map, and stand in the table alone.",
        n=places,
    )


def _breaks(cells: pd.DataFrame) -> dict[str, dict[str, list[float]]]:
    """Work out the classes: of each side, for one year and for all of them, from what is known of totals."""
    out: dict[str, dict[str, list[float]]] = {}
    for side in _SIDES:
        out[side] = {}
        for name, keys in (("all", [side]), ("year", [side, *(["year"] if "year" in cells else [])])):
            totals = cells.groupby(keys)[["low", "high"]].sum()
            masked = (totals["low"] < totals["high"]) & (totals["low"] <= 1)
            out[side][name] = nice_breaks(totals["low"].to_numpy(dtype=float)[~masked], whole=True).tolist()
    return out


def _rows(cells: pd.DataFrame, years: list[int]) -> list[str]:
    """Write a row a corridor: the table that the map is drawn from; end tags that HTML lets go are left out."""
    if not years:
        rows = cells[["origin", "destination", "people"]].to_numpy().tolist()
        return [f"<tr><td>{escape(a)}<td>{escape(b)}<td>{escape(people)}" for a, b, people in rows]
    wide = cells.set_index(["origin", "destination", "year"])["people"].unstack().reindex(columns=years)  # noqa: PD010
    words = wide.fillna("").to_numpy(dtype=object).tolist()
    return [
        f"<tr><td>{escape(str(a))}<td>{escape(str(b))}" + "".join(f"<td>{escape(one)}" for one in row)
        for (a, b), row in zip(wide.index, words, strict=True)
    ]


class _Shape:
    """Areas and lines in whole units of the page."""

    def __init__(self, geometry: Geometry) -> None:
        low, high = frame_of(geometry)
        self._geometry, self._low, self._high = geometry, low, high
        self._scale = _WIDE / float((high - low)[0])
        self.height = int(np.ceil(float((high - low)[1]) * self._scale))

    def areas(self) -> list[str]:
        """Write an area each: its outline, or a mark where it has none or is too small."""
        drawn, marked = self._geometry.drawn(), self._geometry.marked()
        middles = self._placed(self._geometry.projected(np.array([one.middle for one in self._geometry.areas])))
        size = {code: sum(float(np.ptp(r[:, 0]) * np.ptp(r[:, 1])) for r in rings) for code, rings in drawn.items()}
        out = []
        for at in sorted(range(len(middles)), key=lambda i: (-size[self._geometry.areas[i].code], i)):
            one = self._geometry.areas[at]
            x, y = middles[at].tolist()
            outline = "".join(text + "z" for text in map(self._outline, drawn[one.code]) if text)
            shape = f'<path d="{outline}"/>' if outline else ""
            mark = f'<circle cx="{x}" cy="{y}" r="7"/>' if one.code in marked else ""
            out.append(f'<g class="area" data-x="{x}" data-y="{y}" data-name="{escape(one.name)}">{shape}{mark}</g>')
        return out

    def lines(self, lines: list[Floats]) -> str:
        """Write lines as one path."""
        return "".join(self._outline(line) for line in lines)

    def _placed(self, points: Floats) -> NDArray[np.int64]:
        """Bring points onto the page, up being up."""
        x, y = (points[:, 0] - self._low[0]) * self._scale, (self._high[1] - points[:, 1]) * self._scale
        return np.column_stack([x, y]).round().astype(np.int64)

    def _outline(self, ring: Floats) -> str:
        """Write points as steps; steps of nothing are left out, and so is what is too small to be seen."""
        points = self._placed(ring)
        steps = np.diff(points, axis=0)
        steps = steps[(steps != 0).any(axis=1)]
        if not len(steps):
            return ""
        text = "l" + "".join(f"{' ' if x >= 0 else ''}{x}{' ' if y >= 0 else ''}{y}" for x, y in steps.tolist())
        return f"M{points[0, 0]} {points[0, 1]}{text.replace('l ', 'l', 1)}"
