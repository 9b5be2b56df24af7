"""What a file of shapes may hold, to the last digit of a degree, and how what it may not is named."""

import json

import numpy as np
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.routes import Geometry
from ctresearch.routes.maps.read_shapes import arcs_of, geojson_shapes, read_mapping, ring_pairs, topojson_shapes

SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]


def feature(code="a", rings=(SQUARE,), kind="Polygon", **properties):
    return {
        "type": "Feature",
        "id": code,
        "properties": properties,
        "geometry": {"type": kind, "coordinates": list(rings)},
    }


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


def topology(geometries, arcs=(SQUARE,), **more):
    return {
        "type": "Topology",
        "objects": {"o": {"type": "GeometryCollection", "geometries": geometries}},
        "arcs": arcs,
        **more,
    }


def test_codes_and_names_are_the_properties_that_were_asked_for():
    one = feature("a", iso="X1", title="First", name="Plain")
    for options, code, name in (
        (("id", "name"), "a", "Plain"), (("iso", "title"), "X1", "First"), (("iso", "missing"), "X1", "X1"), (("id", "id"), "a", "a")
    ):  # fmt: skip
        (shape,) = geojson_shapes(collection(one), *options)
        assert (shape.code, shape.name) == (code, name)
    with pytest.raises(DataError, match="shape 2 has no 'iso', must have one that names it: pass code="):
        geojson_shapes(collection(one, feature("b")), "iso", "name")
    assert [one.code for one in geojson_shapes(feature("alone"), "id", "name")] == ["alone"]  # a feature by itself
    bare = {**feature("a"), "properties": None}
    assert geojson_shapes(collection(bare), "id", "name")[0].name == "a"
    assert geojson_shapes(collection(feature(3)), "id", "name")[0].code == "3"
    parts = feature(
        "a", [[SQUARE], [[[x + 5, y] for x, y in SQUARE], [[x + 5.2, y / 2] for x, y in SQUARE]]], "MultiPolygon"
    )
    (shape,) = geojson_shapes(collection(parts), "id", "name")
    assert [ring[0].tolist() for ring in shape.rings] == [[0, 0], [5, 0], [5.2, 0]]
    high = feature("a", [[[*point, 99.0] for point in SQUARE]])
    assert geojson_shapes(collection(high), "id", "name")[0].rings[0].tolist() == SQUARE  # heights are left out
    made = Geometry.from_geojson(collection(feature("NGA"), feature("ITA", [[[x + 1, y] for x, y in SQUARE]])))
    assert (made.level, made.area("NGA").region, made.area("NGA").subregion) == ("country", "Africa", "Western Africa")
    mixed = Geometry.from_geojson(collection(feature("NGA"), feature("north", [[[x + 1, y] for x, y in SQUARE]])))
    assert (mixed.level, mixed.area("north").region, mixed.area("NGA").region) == ("own", "", "Africa")
    first = Geometry.from_geojson(
        collection(feature("a", name="One"), feature("a", [[[x + 1, y] for x, y in SQUARE]], name="Two"))
    )
    assert (first.name("a"), len(first)) == ("One", 1)
    tiny = [[[x / 500, y / 500] for x, y in SQUARE]]
    assert Geometry.from_geojson(collection(feature("MCO", tiny))).codes == ("MCO",)  # a country may be small
    with pytest.raises(DataError, match="shape 2 has less than 10 square kilometres"):
        Geometry.from_geojson(collection(feature("a"), feature("b", tiny)))


@pytest.mark.parametrize(
    ("ring", "fine"),
    [
        ([[-180, -90], [180, -90], [0, 90], [-180, -90]], True),
        ([[-180.0000009, 0], [-170, 0], [-170, 1], [-180.0000009, 0]], True),
        ([[180.000002, 0], [170, 0], [170, 1], [180.000002, 0]], False),
        ([[0, 90.000002], [10, 0], [0, 1], [0, 90.000002]], False),
        ([[0, -90.000002], [10, 0], [0, 1], [0, -90.000002]], False),
        ([[0, 0], [1, 0], [0, 0]], False),
        ([[0, 0], [1, float("nan")], [1, 1], [0, 0]], False),
    ],
)
def test_a_ring_has_four_positions_on_the_globe(ring, fine):
    made = collection(feature("b"), feature("a", [ring]))
    if fine:
        assert len(geojson_shapes(made, "id", "name")[1].rings[0]) == 4
    else:
        with pytest.raises(
            DataError, match=f"shape 2 has a ring of {len(ring)} positions that is no ring of longitudes"
        ):
            geojson_shapes(made, "id", "name")


def test_arcs_may_be_plain_or_on_a_grid():
    assert [one.tolist() for one in arcs_of({"arcs": [SQUARE, [[0, 0, 7], [1, 1, 7]]]})] == [SQUARE, [[0, 0], [1, 1]]]
    grid = {"scale": [2, 3], "translate": [10, 20]}
    assert arcs_of({"arcs": [[[0, 0], [1, 1], [-1, 2]]], "transform": grid})[0].tolist() == [
        [10, 20],
        [12, 23],
        [10, 29],
    ]
    for wrong in ({}, {"arcs": 3}, {"arcs": [[1, 2]]}, {"arcs": [[["a", "b"]]]}):
        with pytest.raises(DataError, match="no arcs that can be read"):
            arcs_of(wrong)
    for wrong in (
        {"scale": [1, 1]},
        {"translate": [1, 1]},
        None,
        {"scale": [1], "translate": [1, 1]},
        {"scale": "ab", "translate": [1, 1]},
    ):
        with pytest.raises(DataError, match="lacks scale or translate"):
            arcs_of({"arcs": [SQUARE], "transform": wrong})


def test_objects_of_a_topology_are_chosen_by_name():
    area = {"type": "Polygon", "arcs": [[0]], "id": "a"}
    two = {**topology([area]), "objects": {"o": area, "p": {**area, "id": "b"}}}
    assert topojson_shapes(two, "p", "id", "name")[0].code == "b"
    assert Geometry.from_topojson(two, object_name="o").codes == ("a",)
    assert (
        topojson_shapes(topology([{**area, "type": "MultiPolygon", "arcs": [[[0]], [[~0]]]}]), None, "id", "name")[0]
        .rings[1]
        .tolist()
        == SQUARE[::-1]
    )
    halves = topology([{**area, "arcs": [[0, ~1]]}], [SQUARE[:3], [[0, 0], [0, 1], [1, 1]]])
    assert topojson_shapes(halves, None, "id", "name")[0].rings[0].tolist() == SQUARE
    for wrong, options, words in (
        (two, {}, "has 2 objects, must be told which: pass object_name="),
        (two, {"object_name": "q"}, "has no object 'q', must name one of its 2"),
        ({**two, "objects": {}}, {}, "has no objects but type, objects, arcs"),
        ({**two, "objects": []}, {}, "has no objects"),
        (topology("x"), {}, "has no list of shapes"),
        (topology([area, {**area, "arcs": [[5]]}]), {}, "shape 2 names arcs that the topology does not have"),
        (topology([area, {**area, "arcs": [["x"]]}]), {}, "shape 2 names arcs"),
        (topology([area, {"type": "LineString", "arcs": [0]}]), {}, "shape 2 is a LineString"),
        (topology([{"type": "Polygon", "coordinates": [SQUARE]}]), {}, "shape 1 is a something else"),
        (topology([{"type": "MultiPoint", "coordinates": []}]), {}, "shape 1 is a MultiPoint"),
        (feature(), {}, "the file is no Topology but of type 'Feature'"),
    ):
        with pytest.raises(DataError, match=words):
            Geometry.from_topojson(wrong, **options)
    for option in ("code", "name", "object_name"):
        with pytest.raises(SpecificationError, match=f"^{option} "):
            Geometry.from_topojson(two, **{option: 3})
    for option in ("code", "name"):
        with pytest.raises(SpecificationError, match=f"^{option} "):
            Geometry.from_geojson(feature(), **{option: 3})


def test_features_are_counted_from_one_and_none_is_a_point():
    for wrong, words in (
        (collection(), "the FeatureCollection has no features"),
        ({**collection(), "features": "x"}, "has no features"),
        (collection(feature(), feature("b", (SQUARE,), "MultiLineString")), "shape 2 is a MultiLineString"),
        (collection(feature(), 3), "shape 2 is a something else"),
        (collection(feature(), {**feature(), "geometry": None}), "shape 2 is a something else"),
        (collection({**feature(), "geometry": {"type": "Polygon", "coordinates": "x"}}), "shape 1 is a something else"),
        (collection(feature(), feature("b", [[["x", "y"]]])), "shape 2 has rings that are no lists of positions"),
        (collection(feature("b", [3])), "shape 1 has rings that are no lists"),
    ):
        with pytest.raises(DataError, match=words):
            Geometry.from_geojson(wrong)


def test_a_file_is_named_and_text_in_its_place_is_not_repeated(tmp_path):
    path = tmp_path / "shapes.geojson"
    path.write_text(json.dumps(collection(feature())))
    assert read_mapping(str(path)) == read_mapping(path) == collection(feature())
    path.write_text("no json")
    with pytest.raises(DataError, match=r"^'shapes.geojson' is no JSON"):
        read_mapping(path)
    with pytest.raises(DataError, match=r"^'gone.json' is no file that can be read"):
        read_mapping(tmp_path / "gone.json")
    for text in (json.dumps(feature()), "x" * 4097, "line\nbreak"):
        with pytest.raises(DataError, match=r"^source is no file that can be read"):
            read_mapping(text)
    with pytest.raises(DataError, match=r"^'x{200}' is no file"):
        read_mapping("x" * 200)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match="no file that can be read"):
        read_mapping(path)
    for wrong, kind in (([], "list"), (None, "NoneType"), ({}, "dict"), ({"type": 3}, "dict")):
        with pytest.raises(DataError, match=f"shapes are a {kind}, must be GeoJSON or TopoJSON with a type"):
            read_mapping(wrong)
    ring = np.array(SQUARE, dtype=float)
    assert list(ring_pairs((ring[:3], ring[3:]))) == [((0, 0), (1, 0)), ((1, 0), (1, 1)), ((0, 1), (0, 0))]
