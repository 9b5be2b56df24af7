"""Make the shapes of the world that the package carries, out of the npm package ``world-atlas``.

``npm pack world-atlas@2.0.2``, unpack it, then ``python tools/world_shapes.py package``. Natural Earth is in the public
domain; world-atlas carries it as TopoJSON under the ISC licence (Copyright 2013-2019 Michael Bostock). What is changed:

- countries alone, by ISO 3166-1 alpha-3 code, Antarctica left out;
- countries without a shape at 1:110 million get the middle of their shape at 1:50 million;
- French Guiana stands alone, since it has a code and a region of its own;
- areas without a code stand with the member state of the United Nations that they are within: Somaliland with Somalia,
  Northern Cyprus with Cyprus, and Crimea with Ukraine (General Assembly resolution 68/262);
- lines that are disputed or not final are listed under ``disputed``, to be dashed.
"""

import csv
import json
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

Point = tuple[float, float]

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "src/ctresearch/routes/maps/world.json"
CODES = ROOT / "src/ctresearch/data/codelists/countries.csv"
WITHIN = {"Kosovo": "XKX", "Somaliland": "SOM", "N. Cyprus": "CYP"}
CRIMEA, GUIANA = (34.3, 45.2), (-53.0, 4.0)
DISPUTED = (  # two areas, and the part of the line between them: a test of longitude and latitude
    ("Serbia", "Kosovo", None),
    ("Morocco", "W. Sahara", None),
    ("Cyprus", "N. Cyprus", None),
    ("Somalia", "Somaliland", None),
    ("Israel", "Palestine", None),
    ("Israel", "Syria", None),
    ("India", "China", None),
    ("Pakistan", "China", None),
    ("India", "Pakistan", lambda x, y: y > 32.2),
    ("Ukraine", "Crimea", None),
    ("Sudan", "S. Sudan", None),
    ("Egypt", "Sudan", lambda x, y: x > 31),
    ("South Korea", "North Korea", None),
)
# Territories that stand in no file of world-atlas apart from their state: whole degrees and tenths of their middle.
MIDDLES = {
    "BES": (-68.3, 12.2),
    "BVT": (3.4, -54.4),
    "CCK": (96.9, -12.2),
    "CXR": (105.7, -10.5),
    "GIB": (-5.4, 36.1),
    "GLP": (-61.5, 16.2),
    "MTQ": (-61.0, 14.7),
    "MYT": (45.2, -12.8),
    "REU": (55.5, -21.1),
    "SJM": (16.0, 78.5),
    "TKL": (-171.8, -9.2),
    "TUV": (178.0, -8.0),
    "UMI": (166.6, 19.3),
}


def polygons(geometry: dict[str, Any]) -> list[Any]:
    """Return the polygons of a geometry, each a list of rings of arcs."""
    return [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]


class Topology:
    """Arcs as whole numbers on the grid of the file."""

    def __init__(self, path: Path) -> None:
        """Read a file of world-atlas."""
        held = json.loads(path.read_text(encoding="utf-8"))
        self.transform = held["transform"]
        self.arcs = []
        for arc in held["arcs"]:
            at, out = [0, 0], []
            for dx, dy in arc:
                at = [at[0] + dx, at[1] + dy]
                out.append(tuple(at))
            self.arcs.append(out)
        self.geometries = held["objects"]["countries"]["geometries"]

    def degrees(self, point: tuple[int, int]) -> Point:
        """Turn a point of the grid into degrees."""
        return tuple(p * s + t for p, s, t in zip(point, *self.transform.values(), strict=True))

    def ring(self, arcs: list[int]) -> list[Point]:
        """Return the points of a ring in degrees."""
        points = []
        for one in arcs:
            part = self.arcs[one] if one >= 0 else self.arcs[~one][::-1]
            points += part[1:] if points else part
        return [self.degrees(p) for p in points]

    def split(self, number: int, test: Callable[[float, float], bool]) -> int:
        """Cut an arc where a test of its points changes for the first time; return the new arc, which passes it."""
        arc = self.arcs[number]
        inside = [test(*self.degrees(p)) for p in arc]
        assert inside[0] != inside[-1], "the test must hold at one end alone"
        cut = inside.index(not inside[0]) - inside[0]  # the first or the last point that passes
        self.arcs[number], new = arc[: cut + 1], len(self.arcs)
        self.arcs.append(arc[cut:])
        for one in self.geometries:
            for polygon in polygons(one):
                for ring in polygon:
                    ring[:] = [
                        part for a in ring for part in ([a, new] if a == number else [~new, a] if a == ~number else [a])
                    ]
        return number if inside[0] else new


def area_and_middle(points: list[Point]) -> tuple[float, Point]:
    """Return the area of a ring in square degrees and its middle."""
    twice = x = y = 0.0
    for (x1, y1), (x2, y2) in pairwise(points):
        cross = x1 * y2 - x2 * y1
        twice, x, y = twice + cross, x + (x1 + x2) * cross, y + (y1 + y2) * cross
    return abs(twice) / 2, (x / (3 * twice), y / (3 * twice))


def holds(ring: list[Point], point: Point) -> bool:
    """Say whether a point lies in a ring."""
    x, y, inside = *point, False
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def take_out(topology: Topology, name: str, point: Point, new: str) -> None:
    """Make an area of its own of the polygon of a country that holds a point."""
    country = next(g for g in topology.geometries if g["properties"]["name"] == name)
    at = next(i for i, p in enumerate(polygons(country)) if holds(topology.ring(p[0]), point))
    part = country["arcs"].pop(at)
    topology.geometries.append({"type": "Polygon", "arcs": part, "properties": {"name": new}})


def disputed_arcs(topology: Topology) -> list[int]:
    """Find the arcs of lines that are disputed, cutting those of which a part is."""
    owners = {}
    for one in topology.geometries:
        for polygon in polygons(one):
            for ring in polygon:
                for arc in ring:
                    owners.setdefault(max(arc, ~arc), set()).add(one["properties"]["name"])
    found = []
    for a, b, test in DISPUTED:
        arcs = [arc for arc, names in owners.items() if names == {a, b}]
        assert arcs, (a, b)
        found += [topology.split(arc, test) for arc in arcs] if test else arcs
    return sorted(found)


def main(folder: Path) -> None:
    """Write the file."""
    topology, finer = (Topology(folder / f"countries-{scale}m.json") for scale in (110, 50))
    codes = {row["m49"]: row["alpha3"] for row in csv.DictReader(CODES.open(encoding="utf-8")) if row["m49"]}
    named = WITHIN | {"Crimea": "UKR", "French Guiana": "GUF"}
    topology.geometries = [g for g in topology.geometries if codes.get(g.get("id")) not in {"ATA", "ATF"}]
    take_out(topology, "Russia", CRIMEA, "Crimea")
    take_out(topology, "France", GUIANA, "French Guiana")
    disputed = disputed_arcs(topology)
    shapes = [
        {"type": g["type"], "arcs": g["arcs"], "id": codes.get(g.get("id")) or named[g["properties"]["name"]]}
        for g in topology.geometries
    ]
    middles = dict(MIDDLES)
    for one in finer.geometries:
        code = codes.get(one.get("id"))
        if code and code not in {"ATA", "ATF"}:
            best = max(area_and_middle(finer.ring(p[0])) for p in polygons(one))
            middles.setdefault(code, tuple(round(v, 1) for v in best[1]))
    there = {one["id"] for one in shapes}
    points = [
        {"type": "Point", "coordinates": middles[code], "id": code} for code in sorted(middles) if code not in there
    ]
    used = sorted({max(a, ~a) for g in shapes for p in polygons(g) for ring in p for a in ring})
    place = {old: new for new, old in enumerate(used)}
    for one in shapes:
        for polygon in polygons(one):
            for ring in polygon:
                ring[:] = [place[a] if a >= 0 else ~place[~a] for a in ring]
    arcs = []
    for old in used:
        arc = topology.arcs[old]
        arcs.append([arc[0], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(arc))])
    made = {
        "type": "Topology",
        "source": "Natural Earth 4.1.0, 1:110m (public domain), by world-atlas 2.0.2 (ISC licence, Copyright 2013-2019 "
        "Michael Bostock); changed as tools/world_shapes.py says",
        "transform": topology.transform,
        "disputed": [place[a] for a in disputed],
        "objects": {
            "areas": {"type": "GeometryCollection", "geometries": sorted(shapes, key=lambda one: one["id"])},
            "points": {"type": "GeometryCollection", "geometries": points},
        },
        "arcs": arcs,
    }
    TARGET.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    print(TARGET.name, TARGET.stat().st_size, len(shapes), "shapes", len(points), "points", len(disputed), "dashed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
