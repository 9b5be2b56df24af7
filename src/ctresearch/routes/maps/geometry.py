"""Shapes to draw on: the countries of the world, or regions that a user brings."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import numpy as np

from ctresearch.core.cells import shown
from ctresearch.core.errors import DataError, SpecificationError
from ctresearch.core.names import name_key
from ctresearch.core.render import as_card
from ctresearch.core.validate import is_a, one_of
from ctresearch.data.contents.countries import Country, countries, country
from ctresearch.routes.maps.outlines import (
    cut_at_rim,
    lines_of,
    ring_middle,
    shared_steps,
    square_kilometres,
    step_key,
)
from ctresearch.routes.maps.projection import equal_earth, local_equal_area, middle_of
from ctresearch.routes.maps.read_shapes import (
    Shape,
    arcs_of,
    geojson_shapes,
    read_mapping,
    ring_pairs,
    topojson_shapes,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Ring = NDArray[np.float64]
    Step = tuple[tuple[float, float], tuple[float, float]]

Level = Literal["country", "subregion", "region"]
LEVELS: tuple[Level, ...] = ("country", "subregion", "region")
LEAST_AREA = 10.0
"""Square kilometres. The smallest first-level regions of states of more than a million people are a little larger
(Melilla 12, Ceuta 18, Basel-Stadt 37); a smaller shape is a spot, and a spot can be an address."""
_WORLD = Path(__file__).with_name("world.json")
_FAR = 100.0  # degrees from the middle beyond which a map is one of the world
_LARGE = 6000.0  # square kilometres below which a shape cannot be seen on a map of the world and gets a mark


@dataclass(frozen=True, slots=True)
class Area:
    """One area: code, name, rings in degrees (none where its shape is not known) and a middle in degrees."""

    code: str
    name: str
    rings: tuple[Ring, ...]
    middle: tuple[float, float]
    region: str = ""
    subregion: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Geometry:
    """Areas to draw a map on, and the lines between them.

    Make one by :meth:`world`, :meth:`from_geojson` or :meth:`from_topojson`. Areas are countries or regions: points and
    lines are refused, and so are shapes of less than 10 square kilometres that are no country, since a spot on a map
    can be where somebody is.

    Parameters
    ----------
    areas : tuple of Area
        Areas by code.
    lines, dashed : tuple of numpy.ndarray
        Outlines and borders, and those that are disputed or not final; shape (points, 2), in degrees.
    level : {"country", "subregion", "region", "own", "tiles"}
        What an area is.

    Examples
    --------
    >>> Geometry.world().within("Africa")
    Geometry(59 areas, 4 dashed lines)
    """

    areas: tuple[Area, ...]
    lines: tuple[Ring, ...] = ()
    dashed: tuple[Ring, ...] = ()
    level: Literal["country", "subregion", "region", "own", "tiles"] = "own"
    _at: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Index the areas."""
        object.__setattr__(self, "_at", {one.code: i for i, one in enumerate(self.areas)})

    @classmethod
    def world(cls) -> Geometry:
        """Return the countries and territories of the world by ISO 3166-1 alpha-3 code.

        Returns
        -------
        Geometry
            One area a code of ``ctresearch.data.countries``, but for Antarctica and the French Southern Territories; 74
            that are too small for shapes of 1:110 million have a middle alone. Borders and names imply no endorsement;
            disputed lines are dashed.

        References
        ----------
        .. [1] Natural Earth, version 4.1.0, 1:110m Cultural Vectors. Public domain.
        .. [2] Bostock, M. (2019). world-atlas, version 2.0.2.

        Examples
        --------
        >>> world = Geometry.world()
        >>> len(world), world.name("NGA"), world.area("MLT").rings
        (248, 'Nigeria', ())
        """
        return _world()

    @classmethod
    def from_geojson(
        cls,
        source: Mapping[str, Any] | str | Path,
        *,
        code: str = "id",
        name: str = "name",
        disputed: Iterable[tuple[str, str]] = (),
    ) -> Self:
        """Read areas from GeoJSON.

        Parameters
        ----------
        source : mapping, str or pathlib.Path
            A collection of features, or its file.
        code : str
            The property that names an area in tables; ``"id"`` is the feature's own.
        name : str
            The property with its name for readers.
        disputed : iterable of tuple of str
            Pairs of codes whose common border is dashed; it must run through the same points in both.

        Returns
        -------
        Geometry
            The areas; several features of one code are one area.

        Raises
        ------
        DataError
            If a feature is no area, has no code, or is smaller than 10 square kilometres and no country; or the file
            cannot be read.
        SpecificationError
            If a pair names no two areas with a common border.

        Examples
        --------
        >>> ring = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]
        >>> one = {"type": "Feature", "id": "north", "geometry": {"type": "Polygon", "coordinates": [ring]}}
        >>> Geometry.from_geojson({"type": "FeatureCollection", "features": [one]}).codes
        ('north',)
        """
        is_a("code", code, str)
        is_a("name", name, str)
        return cls._from_shapes(geojson_shapes(read_mapping(source), code, name), disputed)

    @classmethod
    def from_topojson(
        cls,
        source: Mapping[str, Any] | str | Path,
        *,
        object_name: str | None = None,
        code: str = "id",
        name: str = "name",
        disputed: Iterable[tuple[str, str]] = (),
    ) -> Self:
        """Read areas from TopoJSON.

        Parameters
        ----------
        source : mapping, str or pathlib.Path
            A topology, or its file.
        object_name : str, optional
            Which of its objects; may be left out where there is one.
        code, name, disputed
            As in :meth:`from_geojson`.

        Returns
        -------
        Geometry
            The areas.

        Raises
        ------
        DataError
            As :meth:`from_geojson`.
        SpecificationError
            As :meth:`from_geojson`.

        Examples
        --------
        >>> square = {"type": "Polygon", "arcs": [[0]], "id": "north"}
        >>> arcs = [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]
        >>> Geometry.from_topojson({"type": "Topology", "objects": {"o": square}, "arcs": arcs}).codes
        ('north',)
        """
        for option, words in (("code", code), ("name", name), ("object_name", object_name or "")):
            is_a(option, words, str)
        held = read_mapping(source)
        if held["type"] != "Topology":
            raise DataError(
                f"the file is no Topology but of type {held['type'][:40]!r}, must be TopoJSON: "
                "GeoJSON is read by from_geojson"
            )
        return cls._from_shapes(topojson_shapes(held, object_name, code, name), disputed)

    @classmethod
    def _from_shapes(cls, shapes: list[Shape], disputed: Iterable[tuple[str, str]]) -> Self:
        """Join shapes of one code, refuse spots, and find the lines."""
        known = country_table()
        keys = {one.code: name_key(one.code) for one in shapes}
        if len(set(keys.values())) < len(keys):
            raise DataError(
                f"{len(keys) - len(set(keys.values()))} codes differ in spelling alone, must differ in more"
            )
        areas: list[Area] = []
        for code in dict.fromkeys(one.code for one in shapes):
            rings = tuple(ring for one in shapes if one.code == code for ring in one.rings)
            if code not in known and square_kilometres(rings) < LEAST_AREA:
                raise DataError(
                    f"shape {len(areas) + 1} has less than {LEAST_AREA:g} square kilometres, must be a country or a "
                    "region: a spot on a map can be where somebody is"
                )
            name = next(one.name for one in shapes if one.code == code)
            region, subregion = (known[code].region, known[code].subregion) if code in known else ("", "")
            areas.append(Area(code, name, rings, ring_middle(rings), region, subregion))
        by_code = {one.code: one.rings for one in areas}
        lines, dashed = lines_of(by_code, shared_steps(by_code, disputed))
        return cls(tuple(areas), lines, dashed, "country" if all(one.code in known for one in areas) else "own")

    def __len__(self) -> int:
        return len(self.areas)

    def __repr__(self) -> str:
        return f"Geometry({len(self)} areas, {len(self.dashed)} dashed lines)"

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the areas, in order."""
        return tuple(one.code for one in self.areas)

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str) and code in self._at

    def area(self, code: str) -> Area:
        """Return one area.

        Parameters
        ----------
        code : str
            Its code.

        Returns
        -------
        Area
            The area.

        Raises
        ------
        SpecificationError
            If there is none.

        Examples
        --------
        >>> Geometry.world().area("NGA").subregion
        'Western Africa'
        """
        if code not in self:
            raise SpecificationError(f"code == {shown(code)}, must be one of the {len(self):,} codes of the geometry")
        return self.areas[self._at[code]]

    def name(self, code: str) -> str:
        """Return the name of an area; its code where there is none of that code.

        Parameters
        ----------
        code : str
            A code.

        Returns
        -------
        str
            What a reader is shown.

        Examples
        --------
        >>> Geometry.world().name("FRA"), Geometry.world().name("YUG")
        ('France', 'YUG')
        """
        return self.areas[self._at[code]].name if code in self else code

    @classmethod
    def regions(cls, level: Literal["subregion", "region"] = "subregion") -> Geometry:
        """Return the regions of the United Nations, each of its countries as one area.

        Parameters
        ----------
        level : {"subregion", "region"}
            How coarse.

        Returns
        -------
        Geometry
            Areas whose codes are the names of regions.

        Raises
        ------
        SpecificationError
            If the level is none of these.

        Examples
        --------
        >>> Geometry.regions("region").codes
        ('Africa', 'Americas', 'Asia', 'Europe', 'Oceania')
        """
        return _regions(one_of("level", level, LEVELS[1:]))

    @classmethod
    def tiles(cls, names: Sequence[str]) -> Self:
        """Return one tile a place, all of one size, in the order given: for places whose shapes are not at hand.

        Parameters
        ----------
        names : sequence of str
            Names of places.

        Returns
        -------
        Geometry
            Squares in rows; where they stand says nothing of where the places are, and captions say so.

        Raises
        ------
        SpecificationError
            If there is no name, or one stands twice.

        Examples
        --------
        >>> Geometry.tiles(["north", "middle", "south"]).codes
        ('north', 'middle', 'south')
        """
        given = list(names) if isinstance(names, Iterable) and not isinstance(names, (str, bytes)) else []
        if not given or not all(isinstance(one, str) for one in given) or len(set(map(name_key, given))) < len(given):
            raise SpecificationError(f"names are {len(given)} names, must be a list of names that differ, at least one")
        names = given
        across = int(np.ceil(np.sqrt(len(names) * 1.8)))
        shapes = []
        for place, name in enumerate(names):
            down, right = divmod(place, across)
            corner = np.array([right - across / 2, -down + len(names) / across / 2])
            square = corner + 0.46 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
            shapes.append(Shape(str(name), str(name), (square,)))
        return replace(cls._from_shapes(shapes, ()), level="tiles")

    def within(self, region: str) -> Geometry:
        """Return the areas of one region or subregion of the United Nations.

        Parameters
        ----------
        region : str
            Such as ``"Africa"`` or ``"Western Africa"``.

        Returns
        -------
        Geometry
            Those areas, with the lines that bound them.

        Raises
        ------
        SpecificationError
            If no area is in such a region.

        Examples
        --------
        >>> len(Geometry.world().within("Western Africa"))
        17
        """
        known = sorted({name for one in self.areas for name in (one.region, one.subregion) if name})
        one_of("region", region, known)
        kept = tuple(one for one in self.areas if region in (one.region, one.subregion))
        points = {point for one in kept for ring in one.rings for point in map(tuple, ring.tolist())}

        def parts(lines: Sequence[Ring]) -> tuple[Ring, ...]:
            """Keep the lines that bound what is kept."""
            return tuple(line for line in lines if all(tuple(point) in points for point in line.tolist()))

        return replace(self, areas=kept, lines=parts(self.lines), dashed=parts(self.dashed))

    def projected(self, points: Ring) -> Ring:
        """Project longitudes and latitudes, areas true: Equal Earth for the world, Lambert's for a part of it.

        Parameters
        ----------
        points : numpy.ndarray
            Shape (points, 2), in degrees.

        Returns
        -------
        numpy.ndarray
            Shape (points, 2).

        Examples
        --------
        >>> Geometry.world().projected(np.array([[0.0, 0.0]])).tolist()
        [[0.0, 0.0]]
        """
        middle = self.middle
        return equal_earth(points) if middle is None else local_equal_area(points, middle)

    @cached_property
    def middle(self) -> tuple[float, float] | None:
        """The point that a map of a part of the world is drawn around; none for the world."""
        rings = [ring for one in self.areas for ring in one.rings]
        points = np.vstack([*rings, *([np.array([one.middle]) for one in self.areas if not one.rings])])
        middle = middle_of(points)
        far = 2 * np.degrees(np.arcsin(np.clip(np.hypot(*local_equal_area(points, middle).T) / 2, 0, 1)))
        return None if far.max() > _FAR else middle

    def drawn(self) -> dict[str, list[Ring]]:
        """Return the rings of each area as they are drawn, cut where a map of the world is.

        Returns
        -------
        dict of str to list of numpy.ndarray
            Code to projected rings; no rings where the shape is not known.

        Examples
        --------
        >>> shapes = Geometry.world().drawn()
        >>> len(shapes["FJI"]) > 1, shapes["MLT"]
        (True, [])
        """
        middle = self.middle
        if middle is None:
            return {
                one.code: [equal_earth(part) for ring in one.rings for part in cut_at_rim(ring)] for one in self.areas
            }
        return {one.code: [local_equal_area(ring, middle) for ring in one.rings] for one in self.areas}

    def drawn_lines(self, *, dashed: bool = False) -> list[Ring]:
        """Return the lines as they are drawn.

        Parameters
        ----------
        dashed : bool
            Those that are disputed or not final, in place of the others.

        Returns
        -------
        list of numpy.ndarray
            Projected lines.

        Examples
        --------
        >>> len(Geometry.world().drawn_lines(dashed=True)) > 10
        True
        """
        middle, lines = self.middle, self.dashed if dashed else self.lines
        if middle is not None:
            return [local_equal_area(line, middle) for line in lines]
        parts = [
            part for line in lines for part in np.split(line, np.flatnonzero(np.abs(np.diff(line[:, 0])) > 180) + 1)
        ]
        return [equal_earth(part) for part in parts if len(part) > 1]

    def marked(self) -> frozenset[str]:
        """Return the codes of areas that are drawn as a mark: without a shape, or too small to be seen as one.

        Returns
        -------
        frozenset of str
            Codes.

        Examples
        --------
        >>> "MLT" in Geometry.world().marked(), "NGA" in Geometry.world().marked()
        (True, False)
        """
        world = self.middle is None
        return frozenset(
            one.code for one in self.areas if not one.rings or (world and square_kilometres(one.rings) < _LARGE)
        )

    def _repr_html_(self) -> str:
        return as_card(self)


@cache
def country_table() -> dict[str, Country]:
    """Return the countries by code."""
    found = {code: country(code) for code in countries()["alpha3"]}
    return {code: one for code, one in found.items() if one is not None}


@cache
def _world() -> Geometry:
    """Read the packaged shapes once."""
    held = json.loads(_WORLD.read_text(encoding="utf-8"))
    arcs = arcs_of(held)
    table = country_table()
    rings: dict[str, tuple[Ring, ...]] = {}
    for one in topojson_shapes(held, "areas", "id", "id"):
        rings[one.code] = (*rings.get(one.code, ()), *one.rings)
    middles = {one["id"]: tuple(one["coordinates"]) for one in held["objects"]["points"]["geometries"]}
    areas = []
    for code in sorted({*rings, *middles}):
        row = table[code]
        middle = middles.get(code) or ring_middle(rings[code])
        areas.append(Area(code, row.name, rings.get(code, ()), middle, row.region, row.subregion))
    steps = {step_key(*step) for number in held["disputed"] for step in ring_pairs((arcs[number],))}
    lines, dashed = lines_of({one.code: one.rings for one in areas}, steps)
    return Geometry(tuple(areas), lines, dashed, "country")


@cache
def _regions(level: str) -> Geometry:
    """Join the countries of each region."""
    world = _world()
    areas = []
    for name in sorted({getattr(one, level) for one in world.areas}):
        parts = [one for one in world.areas if getattr(one, level) == name]
        rings = tuple(ring for one in parts for ring in one.rings)
        known = rings or tuple(np.array([one.middle]) for one in parts)
        middle = ring_middle(rings) if rings else middle_of(np.vstack(known))
        areas.append(Area(name, name, rings, middle, parts[0].region, parts[0].subregion if level != "region" else ""))
    steps = {step_key(*step) for step in ring_pairs(world.dashed)}
    lines, dashed = lines_of({one.code: one.rings for one in areas}, steps)
    return Geometry(tuple(areas), lines, dashed, cast("Any", level))
