"""Shapes: decoded as published, projected as closed forms say, areas alone and no spots."""

import json
from itertools import pairwise

import numpy as np
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data import countries
from ctresearch.routes import Geometry
from ctresearch.routes.maps.geometry import LEAST_AREA
from ctresearch.routes.maps.outlines import cut_at_rim, square_kilometres
from ctresearch.routes.maps.projection import equal_earth, local_equal_area
from ctresearch.routes.maps.read_shapes import arcs_of, topojson_shapes

# pyproj 3.7.2 (PROJ 9.5.1): Proj("+proj=eqearth +R=1")(lon, lat), Proj("+proj=laea +R=1 +lon_0=20 +lat_0=5")(lon, lat)
PROJ = [
    ((0, 0), (0.0, 0.0), (-0.34761691820893464, -0.08323980327466286)),
    ((12.5, 41.9), (0.16456784853796436, 0.8076183205605644), (-0.10259730654256076, 0.634658483501248)),
    ((-77.0, 38.9), (-1.0331742400264419, 0.7552731777949337), (-1.114780639301891, 0.9147508381497877)),
    ((178, -18), (2.6137512464674986, -0.36148970790938506), (1.6379788893754508, -1.0619735401160852)),
    ((30, -85), (0.27014852390766636, -1.3099478794260733), (0.021417454550505356, -1.414983886355132)),
]
SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


def feature(code, coordinates=(SQUARE,), kind="Polygon", **properties):
    return {
        "type": "Feature",
        "id": code,
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def moved(right):
    return [[x + right, y] for x, y in SQUARE]


@pytest.mark.parametrize(("degrees", "world", "local"), PROJ)
def test_projections_are_those_of_another_program(degrees, world, local):
    # 1e-9: both evaluate the same closed form; PROJ rounds its angles at about 1e-10
    assert equal_earth(np.array([degrees]))[0] == pytest.approx(world, abs=1e-9)
    assert local_equal_area(np.array([degrees]), (20.0, 5.0))[0] == pytest.approx(local, abs=1e-9)


def test_projections_keep_areas():
    step = 1e-5  # degrees: the determinant of the derivative, by differences, to about 1e-6
    for longitude, latitude in [(0.0, 10.0), (60.0, 45.0), (-150.0, -70.0)]:
        points = np.array([[longitude, latitude], [longitude + step, latitude], [longitude, latitude + step]])
        true = np.cos(np.radians(latitude)) * np.radians(step) ** 2
        for project in (equal_earth, lambda one: local_equal_area(one, (-30.0, 20.0))):
            a, b, c = project(points)
            (x1, y1), (x2, y2) = b - a, c - a
            assert x1 * y2 - x2 * y1 == pytest.approx(true, rel=1e-4)


def test_arcs_are_decoded_from_differences_on_a_grid():
    topology = {
        "type": "Topology",
        "transform": {"scale": [0.5, 2.0], "translate": [-10.0, 5.0]},
        "arcs": [[[0, 0], [4, 0], [0, 2]], [[4, 2], [-4, 0], [0, -2]]],
        "objects": {
            "o": {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": [[0, 1]], "id": "a"}]}
        },
    }
    assert arcs_of(topology)[0].tolist() == [[-10, 5], [-8, 5], [-8, 9]]
    (shape,) = topojson_shapes(topology, None, "id", "name")
    assert shape.rings[0].tolist() == [[-10, 5], [-8, 5], [-8, 9], [-10, 9], [-10, 5]]
    topology["objects"]["o"]["geometries"][0]["arcs"] = [[~1, ~0]]
    assert topojson_shapes(topology, None, "id", "name")[0].rings[0].tolist() == shape.rings[0].tolist()[::-1]


def test_every_country_is_on_the_map_of_the_world():
    world = Geometry.world()
    assert set(countries()["alpha3"]) - set(world.codes) == {"ATA", "ATF"}
    assert world.area("GUF").region == "Americas"  # and no part of a map of Europe
    assert world.level == "country"
    # Natural Earth at 1:110 million generalises coasts: within 5 % of what statistics give, in thousand km2
    for code, known in {"BRA": 8516, "NGA": 924, "IND": 3287, "FRA": 549, "UKR": 604}.items():
        assert square_kilometres(world.area(code).rings) / 1000 == pytest.approx(known, rel=0.05), code
    assert "MLT" in world.marked()
    assert "ITA" not in world.marked()


def test_disputed_lines_are_dashed_and_drawn_once():
    world = Geometry.world()
    whole = {tuple(map(tuple, line.tolist())) for line in world.lines}
    assert len(world.dashed) == 14
    for line in world.dashed:
        assert tuple(map(tuple, line.tolist())) not in whole
    lines = [[tuple(point) for point in line.tolist()] for line in (*world.lines, *world.dashed)]
    steps = [frozenset(pair) for line in lines for pair in pairwise(line)]
    assert len(steps) == len(set(steps))
    middles = np.array([line.mean(axis=0) for line in world.dashed])
    for longitude, latitude in [(21, 42.6), (77, 34.5), (-12, 25), (34, 45.9), (127, 38)]:  # among others
        assert np.hypot(*(middles - (longitude, latitude)).T).min() < 4


def test_a_part_of_the_world_has_its_own_projection_and_lines():
    africa = Geometry.world().within("Africa")
    assert africa.middle is not None
    assert Geometry.world().middle is None
    assert 0 < len(africa.lines) < len(Geometry.world().lines)
    assert len(Geometry.regions("region")) == 5
    assert len(Geometry.world().within("Western Africa")) == 17
    with pytest.raises(SpecificationError, match="must be one of 'Africa'"):
        Geometry.world().within("Atlantis")


def test_what_crosses_the_rim_is_cut_and_keeps_its_area():
    ring = np.array([[170.0, 0], [-170, 0], [-170, 10], [170, 10], [170, 0]])
    parts = cut_at_rim(ring)
    assert sorted(round(float(np.abs(part[:, 0]).max())) for part in parts) == [180, 180]
    assert sum(np.ptp(part[:, 0]) for part in parts) == pytest.approx(20)
    assert all((np.abs(one[:, 0]) < 2.71).all() for rings in Geometry.world().drawn().values() for one in rings)
    assert cut_at_rim(np.array(SQUARE, dtype=float))[0].tolist() == SQUARE


def test_shapes_of_a_user_are_read_with_their_borders(tmp_path):
    both = collection(feature("a", name="North"), feature("b", (moved(1),)))
    path = tmp_path / "shapes.geojson"
    path.write_text(json.dumps(both))
    geometry = Geometry.from_geojson(path, disputed=[("a", "b")])
    assert geometry.codes == ("a", "b")
    assert geometry.name("a") == "North"
    assert geometry.level == "own"
    (dashed,) = geometry.dashed
    assert dashed.tolist() == [[1.0, 0.0], [1.0, 1.0]]
    several = Geometry.from_geojson(collection(feature("a"), feature("a", (moved(1),))))
    assert len(several.area("a").rings) == 2
    assert not several.dashed  # what lies within one area is no border


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (collection(feature("a", [0, 0], "Point")), "is a Point, must be a Polygon"),
        (collection(feature("a", SQUARE, "LineString")), "is a LineString"),
        (collection({"type": "Feature", "id": "a", "geometry": {"type": "Secret Street 5"}}), "is a something else"),
        (collection(feature("a", ([[x / 100, y / 100] for x, y in SQUARE],))), "less than 10 square kilometres"),
        (collection(feature(None)), "has no 'id'"),
        (collection(feature("a", ([[0, 0], [400, 0], [1, 1], [0, 0]],))), "no ring of longitudes"),
        (collection(feature("a", ([[0, 0], [1, 0]],))), "ring of 2 positions"),
        (collection(feature("a"), feature("A")), "1 codes differ in spelling alone"),
        (collection(), "no features"),
        ({"features": []}, "must be GeoJSON or TopoJSON"),
        ("nowhere.geojson", "no file that can be read"),
    ],
)
def test_points_lines_and_spots_are_no_shapes(made, words):
    with pytest.raises(DataError, match=words) as caught:
        Geometry.from_geojson(made)
    assert "Secret" not in str(caught.value)


def test_a_spot_is_smaller_than_any_region():
    side = np.sqrt(LEAST_AREA) / 111.2  # degrees at the equator
    for factor, fine in ((1.02, True), (0.98, False)):
        shape = collection(feature("a", ([[x * side * factor, y * side * factor] for x, y in SQUARE],)))
        if fine:
            assert len(Geometry.from_geojson(shape)) == 1
        else:
            with pytest.raises(DataError, match="a spot"):
                Geometry.from_geojson(shape)


def test_what_a_topology_lacks_is_named():
    square = {"type": "Polygon", "arcs": [[0]], "id": "north"}
    whole = {"type": "Topology", "objects": {"o": square}, "arcs": [SQUARE]}
    assert Geometry.from_topojson(whole).codes == ("north",)
    for change, words in [
        ({"type": "Feature"}, "no Topology"),
        ({"objects": {}}, "no objects"),
        ({"objects": {"o": square, "p": square}}, "pass object_name="),
        ({"arcs": [["x"]]}, "no arcs that can be read"),
        ({"arcs": []}, "arcs that the topology does not have"),
        ({"transform": {}}, "lacks scale or translate"),
    ]:
        with pytest.raises(DataError, match=words):
            Geometry.from_topojson({**whole, **change})
    with pytest.raises(DataError, match="no object 'q'"):
        Geometry.from_topojson(whole, object_name="q")
    with pytest.raises(SpecificationError, match="share no border"):
        Geometry.from_geojson(collection(feature("a"), feature("b", (moved(3),))), disputed=[("a", "b")])
    with pytest.raises(SpecificationError, match="something else than pairs"):
        Geometry.from_geojson(collection(feature("a")), disputed=["ab"])
    with pytest.raises(SpecificationError, match="must be a list of names"):
        Geometry.tiles(["north", "North"])
