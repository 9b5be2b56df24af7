"""Shapes out of TopoJSON and GeoJSON: areas alone, since a point or a line could be where somebody is.

References
----------
.. [1] Bostock, M. and Metcalf, C. The TopoJSON format specification. https://github.com/topojson/topojson-specification
.. [2] Butler, H., Daly, M., Doyle, A., Gillies, S., Hagen, S. and Schaub, T. (2016). The GeoJSON format. RFC 7946.
   https://doi.org/10.17487/RFC7946
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ctresearch.core.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Ring = NDArray[np.float64]

_AREAS = ("Polygon", "MultiPolygon")
_DEGREES = (180.0, 90.0)
_LONGEST = 4096  # letters of a path; what is longer is text in place of a file
_SLACK = 1e-6  # files round 180 and 90 degrees


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape as a file holds it: its code, its name and its rings, each of longitude and latitude, shape (n, 2)."""

    code: str
    name: str
    rings: tuple[Ring, ...]


def read_mapping(source: Any) -> Mapping[str, Any]:
    """Return what a JSON file or text holds, or the mapping itself."""
    if isinstance(source, (str, Path)):
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, ValueError):
            raise DataError(f"{_named(source)} is no file that can be read, must be GeoJSON or TopoJSON") from None
        try:
            source = json.loads(text)
        except ValueError:
            raise DataError(f"{_named(source)} is no JSON, must be GeoJSON or TopoJSON") from None
    if not isinstance(source, dict) or not isinstance(source.get("type"), str):
        raise DataError(f"shapes are a {type(source).__name__}, must be GeoJSON or TopoJSON with a type")
    return source


def _named(source: str | Path) -> str:
    """Name a file for a message; text that was passed in place of one is not repeated."""
    name = Path(source).name
    return repr(name) if len(str(source)) <= _LONGEST and name.isprintable() and "{" not in name else "source"


def arcs_of(topology: Mapping[str, Any]) -> list[Ring]:
    """Decode the arcs of a topology into longitude and latitude."""
    try:
        arcs = [np.asarray(arc, dtype=float)[:, :2] for arc in topology["arcs"]]
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise DataError("the topology has no arcs that can be read, must be lists of pairs of numbers") from None
    if "transform" not in topology:
        return arcs
    try:
        scale, move = (np.asarray(topology["transform"][name], dtype=float)[:2] for name in ("scale", "translate"))
        scale, move = scale.reshape(2), move.reshape(2)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        raise DataError("the transform of the topology lacks scale or translate, must have both") from None
    return [arc.cumsum(axis=0) * scale + move for arc in arcs]


def topojson_shapes(topology: Mapping[str, Any], object_name: str | None, code: str, name: str) -> list[Shape]:
    """Return the shapes of one object of a topology."""
    objects = topology.get("objects")
    if not isinstance(objects, dict) or not objects:
        raise DataError(
            f"the topology has no objects but {', '.join(list(topology)[:5])}, must have one with the areas"
        )
    if object_name is None and len(objects) > 1:
        raise DataError(f"the topology has {len(objects)} objects, must be told which: pass object_name=")
    chosen = objects.get(object_name) if object_name is not None else next(iter(objects.values()))
    if not isinstance(chosen, dict):
        raise DataError(f"the topology has no object {object_name!r}, must name one of its {len(objects)}")
    arcs = arcs_of(topology)
    found = chosen.get("geometries", [chosen])
    if not isinstance(found, list):
        raise DataError("the object of the topology has no list of shapes, must have one of its areas")
    shapes = []
    for number, one in enumerate(found, start=1):
        polygons = _polygons(one, "arcs", number)
        try:
            rings = tuple(_joined(ring, arcs) for polygon in polygons for ring in polygon)
        except (TypeError, IndexError, ValueError):
            raise DataError(f"shape {number} names arcs that the topology does not have, must be whole") from None
        shapes.append(_shape(one, rings, code, name, number))
    return shapes


def geojson_shapes(collection: Mapping[str, Any], code: str, name: str) -> list[Shape]:
    """Return the shapes of a collection of features."""
    features = collection.get("features") if collection["type"] == "FeatureCollection" else [collection]
    if not isinstance(features, list) or not features:
        raise DataError(f"the {collection['type'][:40]} has no features, must have at least one area")
    shapes = []
    for number, one in enumerate(features, start=1):
        geometry = one.get("geometry") if isinstance(one, dict) else None
        polygons = _polygons(geometry, "coordinates", number)
        try:
            rings = tuple(np.asarray(ring, dtype=float)[:, :2] for polygon in polygons for ring in polygon)
        except (TypeError, ValueError, IndexError, OverflowError):
            raise DataError(f"shape {number} has rings that are no lists of positions, must be pairs") from None
        shapes.append(_shape(one, rings, code, name, number))
    return shapes


def _polygons(geometry: Any, where: str, number: int) -> list[Any]:
    """Return the polygons of a geometry; refuse what is no area."""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in _AREAS or not isinstance(geometry.get(where), (list, tuple)):
        told = kind if kind in ("Point", "MultiPoint", "LineString", "MultiLineString") else "something else"
        raise DataError(
            f"shape {number} is a {told}, must be a Polygon or a MultiPolygon: no point and no line is drawn, since it "
            "could be where somebody is"
        )
    return [geometry[where]] if kind == "Polygon" else list(geometry[where])


def _joined(ring: list[int], arcs: list[Ring]) -> Ring:
    """Join arcs into a ring; an arc with a negative number runs backwards."""
    parts = [arcs[one] if one >= 0 else arcs[~one][::-1] for one in ring]
    return np.vstack([parts[0], *(part[1:] for part in parts[1:])])


def _shape(one: Mapping[str, Any], rings: tuple[Ring, ...], code: str, name: str, number: int) -> Shape:
    """Check a shape's rings and find its code and name."""
    for ring in rings:
        wrong = len(ring) < 4 or not np.isfinite(ring).all() or (np.abs(ring) > np.add(_DEGREES, _SLACK)).any()
        if wrong:
            raise DataError(
                f"shape {number} has a ring of {len(ring)} positions that is no ring of longitudes and latitudes, must "
                "have at least 4 between -180 and 180 and between -90 and 90 degrees"
            )
    words = one.get("properties")
    told: dict[str, Any] = {**(words if isinstance(words, dict) else {}), "id": one.get("id")}
    if told.get(code) is None:
        raise DataError(f"shape {number} has no {code!r}, must have one that names it: pass code=")
    called = told.get(name)
    return Shape(str(told[code]), str(told[code] if called is None else called), rings)


def ring_pairs(rings: tuple[Ring, ...]) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the two ends of each step of each ring."""
    for ring in rings:
        points: list[tuple[float, float]] = [(x, y) for x, y in ring.tolist()]
        yield from pairwise(points)
