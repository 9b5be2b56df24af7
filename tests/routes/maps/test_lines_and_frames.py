"""Where lines bend, rings are cut and a picture ends: points on a plane and on a globe that were worked out by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from scipy.interpolate import BPoly

from ctresearch.core import SpecificationError
from ctresearch.data import countries
from ctresearch.routes import Geometry
from ctresearch.routes.maps import base_map
from ctresearch.routes.maps.flow_lines import STEPS, bundled
from ctresearch.routes.maps.geometry import Area
from ctresearch.routes.maps.outlines import _back, cut_at_rim, lines_of, ring_middle, shared_steps, square_kilometres
from ctresearch.routes.maps.projection import local_equal_area, middle_of

EARTH = 6371.0  # kilometres


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


class Plane:
    """Places on a plane, by code: x, y and region."""

    def __init__(self, **places):
        self.places = places

    def area(self, code):
        x, y, region = self.places[code]
        return SimpleNamespace(middle=(x, y), subregion=region)

    def projected(self, points):
        return points


def box(x, y, wide=1.0, high=1.0):
    return np.array([[x, y], [x + wide, y], [x + wide, y + high], [x, y + high], [x, y]])


def whole(*areas, **more):
    """Set up areas (code, rings, middle, region) on a map of their own."""
    return Geometry(tuple(Area(code, code.upper(), rings, at, region) for code, rings, at, region in areas), **more)


def curve(*corners):
    """Follow the curve of four corners by another library."""
    return BPoly(np.array(corners, dtype=float)[:, None, :], [0, 1])(np.linspace(0, 1, STEPS))


@pytest.mark.parametrize(("strength", "first", "second"), [(0.8, 1.4, -1.0), (0.0, 0.6, 0.6), (1.0, 1.6, -1.4)])
def test_a_line_bends_to_the_middles_of_both_regions_as_far_as_it_is_asked_to(strength, first, second):
    plane = Plane(a=(0, 0, "A"), c=(0, 2, "A"), b=(10, 0, "B"), d=(10, -4, "B"))
    # the middles lie 1 above and 2 below the line, of 10: a tenth and a fifth of it, and .06 of it is for the way there
    line, _ = bundled(plane, ["a", "c"], ["b", "d"], strength=strength)
    assert line == pytest.approx(curve((0, 0), (1, first), (9, second), (10, 0)))
    assert bundled(plane, ["a", "c"], ["b", "d"])[0] == pytest.approx(curve((0, 0), (1, 1.4), (9, -1), (10, 0)))


@pytest.mark.parametrize(
    ("leaves", "enters", "corners"),
    [
        ((0, 20), (10, 0), ((1, 3.0), (9, 0.6))),  # never farther aside than three tenths, .8 of which it bends
        ((0, -20), (10, 40), ((1, -1.8), (9, 3.0))),
        ((6, 0), (4, 0), ((3, 0.6), (7, 0.6))),  # along as far as the middle
        ((12, 0), (-16, 0), ((4, 0.6), (6, 0.6))),  # never back, nor past its fellow
        ((-6, 0), (16, 0), ((1, 0.6), (9, 0.6))),
    ],
)
def test_a_line_bends_neither_far_aside_nor_back(leaves, enters, corners):
    plane = Plane(a=(0, 0, "A"), c=(*leaves, "A"), b=(10, 0, "B"), d=(*enters, "B"))
    line = bundled(plane, ["a", "c"], ["b", "d"])[0]
    assert line == pytest.approx(curve((0, 0), *corners, (10, 0)))


def test_there_and_back_are_two_lines_and_one_place_is_a_point():
    plane = Plane(a=(0, 0, ""), b=(0, 10, ""), c=(50, 50, ""))
    there, back, at_home = bundled(plane, ["a", "b", "a"], ["b", "a", "a"])
    assert there == pytest.approx(curve((0, 0), (-0.6, 1), (-0.6, 9), (0, 10)))  # each a little to its left
    assert back == pytest.approx(curve((0, 10), (0.6, 9), (0.6, 1), (0, 0)))
    assert at_home == pytest.approx(np.zeros((STEPS, 2)))
    assert bundled(plane, [], []).shape == (0, STEPS, 2)
    assert STEPS == 24
    # a place that is in many flows counts once for the middle of its region
    many = Plane(a=(0, 0, "A"), c=(0, 2, "A"), b=(10, 0, "B"))
    line = bundled(many, ["a", "a", "c"], ["b", "b", "b"])[0]
    assert line == pytest.approx(curve((0, 0), (1, 1.4), (9, 0.6), (10, 0)))


def test_the_area_and_the_middle_of_a_ring_are_those_of_the_globe():
    edge = np.linspace(0, 4, 401)
    still = np.zeros(401)
    ring = np.vstack(
        [
            np.column_stack([edge + 10, still + 40]),
            np.column_stack([still + 14, edge + 40]),
            np.column_stack([14 - edge, still + 44]),
            np.column_stack([still + 10, 44 - edge]),
        ]
    )
    known = EARTH**2 * np.radians(4) * (np.sin(np.radians(44)) - np.sin(np.radians(40)))
    assert square_kilometres((ring,)) == pytest.approx(known, rel=1e-5)  # parallels are written as 400 straight lines
    assert square_kilometres((ring[::-1],)) == pytest.approx(known, rel=1e-5)
    hole = box(11, 41, 0.5, 0.5)[::-1]
    small = EARTH**2 * np.radians(0.5) * (np.sin(np.radians(41.5)) - np.sin(np.radians(41)))
    assert square_kilometres((ring, hole)) == pytest.approx(known - small, rel=1e-5)
    assert square_kilometres((ring, hole[::-1])) == pytest.approx(known + small, rel=1e-5)
    assert ring_middle((ring,))[0] == pytest.approx(12)
    assert 41.9 < ring_middle((ring,))[1] < 42  # the southern half is the larger
    corners = np.array([[30, 0], [30.03, 0], [30, 0.06], [30, 0]])
    assert ring_middle((corners,)) == pytest.approx((30.01, 0.02), abs=1e-7)
    assert ring_middle((corners[::-1],)) == pytest.approx((30.01, 0.02), abs=1e-7)
    assert ring_middle((corners, box(-50.5, -0.5), corners)) == pytest.approx((-50, 0), abs=1e-5)  # the largest
    over = box(179, -1, 2, 2) - [[0, 0], [360, 0], [360, 0], [0, 0], [0, 0]]
    assert abs(ring_middle((over,))[0]) == pytest.approx(180, abs=1e-4)
    flat = np.array([[0.0, 0], [2, 0], [0, 0]])
    assert ring_middle((flat,)) == pytest.approx(middle_of(flat))


@pytest.mark.parametrize("middle", [(0.0, 0.0), (20.0, 55.0), (-70.0, -33.0), (175.0, 10.0)])
def test_what_was_projected_comes_back(middle):
    east, north = middle
    for right, up in [(3, 4), (-30, 20), (60, -25), (-0.01, 0.02), (0, 0)]:
        point = np.array([[(east + right + 180) % 360 - 180, north + up]])
        flat = local_equal_area(point, middle)[0]
        assert _back(*flat, middle) == pytest.approx(tuple(point[0]), abs=1e-8)
    far = local_equal_area(np.array([[east + 180, -north]]), middle)
    assert np.hypot(*far.T)[0] <= 2 + 1e-6


def test_middles_of_points_are_directions():
    assert middle_of(np.array([[0.0, 0], [90, 0]])) == pytest.approx((45, 0))
    assert middle_of(np.array([[10.0, 60], [10, 20]])) == pytest.approx((10, 40))
    high = np.degrees(np.arctan(np.tan(np.radians(10)) / np.cos(np.radians(10))))
    assert middle_of(np.array([[170.0, 10], [-170, 10]])) == pytest.approx((180, high))
    assert middle_of(np.array([[-100.0, -50]])) == pytest.approx((-100, -50))


def points(*rings):
    return [{tuple(np.round(point, 9)) for point in ring.tolist()} for ring in rings]


def test_a_ring_is_cut_where_it_meets_the_rim():
    over = np.array([[170.0, 0], [-170, 10], [170, 10], [170, 0]])
    west, east = cut_at_rim(over)
    assert points(west, east) == [{(-180, 5), (-170, 10), (-180, 10)}, {(170, 0), (180, 5), (180, 10), (170, 10)}]
    assert all(part[0].tolist() == part[-1].tolist() for part in (west, east))
    assert west.tolist()[:-1] == [[-180, 5], [-170, 10], [-180, 10]]  # in the order of the ring
    other = over[::-1] * [-1, 1]
    assert points(*cut_at_rim(other)) == [
        {(-170, 0), (-180, 5), (-180, 10), (-170, 10)},
        {(180, 5), (170, 10), (180, 10)},
    ]
    for still in (
        np.array([[170.0, 0], [180, 0], [180, 10], [170, 0]]),
        np.array([[-90.0, 0], [90, 0], [0, 50], [-90, 0]]),
    ):
        assert len(cut_at_rim(still)) == 1
        assert cut_at_rim(still)[0] is still


def test_lines_run_on_until_their_kind_changes_and_each_step_is_drawn_once():
    two = {"a": (box(0, 0),), "b": (box(1, 0),)}
    whole_lines, dashed = lines_of(two, set())
    assert [one.tolist() for one in whole_lines] == [box(0, 0).tolist(), [[1, 0], [2, 0], [2, 1], [1, 1]]]
    assert dashed == ()
    whole_lines, dashed = lines_of(two, shared_steps(two, [("a", "b")]))
    assert [one.tolist() for one in whole_lines] == [
        [[0, 0], [1, 0]],
        [[1, 1], [0, 1], [0, 0]],
        [[1, 0], [2, 0], [2, 1], [1, 1]],
    ]
    assert [one.tolist() for one in dashed] == [[[1, 0], [1, 1]]]
    one = {"a": (box(0, 0), box(1, 0))}
    whole_lines, dashed = lines_of(one, set())  # what both shapes of one area share is inside
    assert [line.tolist() for line in whole_lines] == [
        [[0, 0], [1, 0]],
        [[1, 1], [0, 1], [0, 0]],
        [[1, 0], [2, 0], [2, 1], [1, 1]],
    ]
    assert len(lines_of(one, {((1.0, 0.0), (1.0, 1.0))})[1]) == 1  # and drawn where it is disputed
    stands = {"a": (np.insert(box(0, 0), 1, [0, 0], axis=0),)}
    assert [line.tolist() for line in lines_of(stands, set())[0]] == [box(0, 0).tolist()]
    for wrong in ("ab", 3):
        with pytest.raises(SpecificationError, match="disputed is a"):
            shared_steps(two, wrong)
    for pair in (["a", "b"], ("a",), ("a", "c"), ("a", 3), ("a", "b", "a")):
        with pytest.raises(SpecificationError, match="something else than pairs of codes"):
            shared_steps(two, [pair])
    with pytest.raises(SpecificationError, match=r"disputed names \('a', 'c'\), which share no border"):
        shared_steps({**two, "c": (box(5, 5),)}, [("a", "c")])


def test_a_map_is_of_a_part_of_the_world_up_to_a_hundred_degrees_from_its_middle():
    for far, part in ((99.9, True), (100.1, False)):
        three = whole(*[(code, (), (at, 0.0), "") for code, at in (("a", 0.0), ("b", far), ("c", -far))])
        assert (three.middle is not None) == part
    around = whole(("a", (box(9, 39, 2, 2),), (10.0, 40.0), ""), ("b", (), (10.0, 60.0), ""))
    assert around.middle == pytest.approx(middle_of(np.vstack([box(9, 39, 2, 2), [[10, 60]]])))
    assert around.projected(np.array([around.middle])) == pytest.approx(np.zeros((1, 2)))
    flat = around.drawn()
    assert flat["b"] == []
    assert flat["a"][0] == pytest.approx(local_equal_area(box(9, 39, 2, 2), around.middle))


def spread(*more, **lines):
    """Set up areas all over the world."""
    far = [
        (code, (box(at, 0),), (at + 0.5, 0.5), "") for code, at in (("p", 0.0), ("q", 60.0), ("r", -60.0), ("t", 170.0))
    ]
    return whole(*far, *more, **lines)


def test_lines_of_a_map_of_the_world_end_at_its_rim():
    over = np.array([[170.0, 0], [-170, 0], [-160, 5]])
    plain = np.array([[10.0, 0], [20, 0]])
    world = spread(lines=(over, plain), dashed=(plain + 5,))
    assert world.middle is None
    drawn = world.drawn_lines()
    assert [len(one) for one in drawn] == [2, 2]  # one point is no line
    assert drawn[0] == pytest.approx(world.projected(over[1:]))
    assert drawn[1] == pytest.approx(world.projected(plain))
    (dashed,) = world.drawn_lines(dashed=True)
    assert dashed == pytest.approx(world.projected(plain + 5))
    long = np.array([[-90.0, 0], [90, 0]])  # 180 degrees are no jump
    assert len(spread(lines=(long,)).drawn_lines()) == 1
    local = whole(("a", (box(0, 0),), (0.5, 0.5), ""), lines=(plain,))
    assert local.drawn_lines()[0] == pytest.approx(local_equal_area(plain, local.middle))
    assert local.drawn_lines(dashed=True) == []


def test_what_is_too_small_to_be_seen_on_a_map_of_the_world_is_marked():
    # 6,000 square kilometres are a square of .697 degrees at the equator
    more = [("s", (box(30, 0, 0.69, 0.69),), (30.3, 0.3), ""), ("l", (box(40, 0, 0.70, 0.70),), (40.3, 0.3), "")]
    more.append(("n", (), (50.0, 0.0), ""))
    assert spread(*more).marked() == {"s", "n"}
    assert whole(*more).marked() == {"n"}  # by themselves they are large


def test_a_part_of_a_map_keeps_the_areas_of_a_region_and_their_lines():
    made = Geometry(
        (
            Area("a", "A", (box(0, 0),), (0.5, 0.5), "Near", "Left"),
            Area("b", "B", (box(1, 0),), (1.5, 0.5), "Near", "Right"),
            Area("c", "C", (box(2, 0),), (2.5, 0.5), "Far", "Beyond"),
        ),
        (box(0, 0), box(2, 0)[:3], box(1, 0)[1:3]),
        (box(1, 0)[:2], box(2, 0)[2:4]),
        "country",
    )
    near = made.within("Near")
    assert (near.codes, near.level) == (("a", "b"), "country")
    assert [one.tolist() for one in near.lines] == [box(0, 0).tolist(), box(1, 0)[1:3].tolist()]
    assert [one.tolist() for one in near.dashed] == [box(1, 0)[:2].tolist()]
    assert made.within("Beyond").codes == ("c",)
    assert (near.name("a"), near.name("c"), "a" in near, "c" in near, 3 in near) == ("A", "c", True, False, False)
    assert near.area("b").subregion == "Right"
    assert repr(near) == "Geometry(2 areas, 1 dashed lines)"
    with pytest.raises(SpecificationError, match="must be one of the 2 codes of the geometry"):
        near.area("c")
    with pytest.raises(SpecificationError, match="region == 'Beyond'"):
        near.within("Beyond")


def test_tiles_have_their_places_to_the_hundredth():
    tiles = Geometry.tiles(list("abcdefg"))  # seven: four across, the first row above
    for name, x, y in (("a", -2, 0.875), ("d", 1, 0.875), ("e", -2, -0.125), ("g", 0, -0.125)):
        (ring,) = tiles.area(name).rings
        assert ring == pytest.approx(box(x - 0.46, y - 0.46, 0.92, 0.92))
    assert (tiles.level, tiles.lines[0].shape) == ("tiles", (5, 2))
    assert Geometry.tiles(["one"]).area("one").rings[0] == pytest.approx(box(-1.46, -0.21, 0.92, 0.92))
    for wrong in ([], "ab", b"ab", 3, ["a", 3], ["a", "A"]):
        with pytest.raises(SpecificationError, match=r"^names are \d+ names, must be a list"):
            Geometry.tiles(wrong)


def test_regions_are_their_countries_together():
    told = countries()
    known = told[~told["alpha3"].isin(["ATA", "ATF"])]
    for level in ("region", "subregion"):
        made = Geometry.regions(level)
        assert made.level == level
        assert list(made.codes) == sorted(known[level].dropna().unique())
        assert [made.name(one) for one in made.codes] == list(made.codes)
    assert Geometry.regions() is Geometry.regions("subregion")
    west, africa = Geometry.regions().area("Western Africa"), Geometry.regions("region").area("Africa")
    assert (west.region, west.subregion, africa.region, africa.subregion) == ("Africa", "Western Africa", "Africa", "")
    world = Geometry.world()
    members = known.loc[known["subregion"] == "Western Africa", "alpha3"]
    assert len(west.rings) == sum(len(world.area(one).rings) for one in members)
    steps = sum(len(line) - 1 for line in Geometry.regions("region").dashed)
    assert 0 < steps <= sum(len(line) - 1 for line in world.dashed)
    lone = next(one for one in Geometry.regions().areas if not one.rings)  # islands that have no shape at this scale
    spots = [world.area(one).middle for one in known.loc[known["subregion"] == lone.name, "alpha3"]]
    assert lone.middle == pytest.approx(middle_of(np.array(spots)))
    assert world.area("MLT").middle == pytest.approx((14.4, 35.9), abs=0.3)
    assert world.area("NGA").middle == pytest.approx((8, 9.5), abs=0.5)


class Drawn:
    """What the frame of a map is worked out from."""

    def __init__(self, *rings, middle=(0.0, 0.0), level="own"):
        self.rings, self.middle, self.level = rings, middle, level

    def drawn(self):
        return {str(i): list(one) for i, one in enumerate(self.rings)}


def frame(*rings, **more):
    low, high = base_map.frame_of(Drawn(*rings, **more))
    return [*low.tolist(), *high.tolist()]


def test_one_area_that_takes_most_of_a_picture_is_cut_at_the_frame_of_the_others():
    large, small = [box(0, 0, 10, 10)], [[box(1, 1)], [box(2, 1, 2, 1)]]
    assert frame(large, *small) == pytest.approx([1 - 0.045, 1 - 0.045, 4 + 0.045, 2 + 0.045])
    for order in ((small[0], large, small[1]), (*small, large, [])):  # whichever comes first; what has no shape is none
        assert frame(*order) == pytest.approx([0.955, 0.955, 4.045, 2.045])
    assert frame(large, *small, middle=None) == pytest.approx([-0.15, -0.15, 10.15, 10.15])
    assert frame(large, small[0]) == pytest.approx([-0.15, -0.15, 10.15, 10.15])
    for other, cut in ((box(9, 4), False), (box(9, 3.9), True)):  # the others' frame is 10 by 5, half of it, or less
        low = frame(large, [box(0, 0)], [other])
        assert (low == pytest.approx([-0.15, -0.15, 10.15, 10.15])) == (not cut)
    assert frame([box(0, 0, 2, 8), box(-1, 3)]) == pytest.approx([-1.12, -0.12, 2.12, 8.12])


@pytest.mark.parametrize(
    ("shape", "width", "height"),
    [((1, 1), 6.0, 6.0), ((10, 1), 9.0, 2.8), ((1, 10), 9.0, 8.0), ((2, 1), 9.0, 9 * 1.06 / 2.06)],
)
def test_a_picture_is_as_high_as_its_map_within_bounds(shape, width, height):
    ax = base_map.map_axes(Drawn([box(0, 0, *shape)]), width=width)
    assert list(ax.figure.get_size_inches()) == pytest.approx([width, height + 0.9])
    base_map.settle(ax, Drawn([box(0, 0, *shape)]))
    edge = 0.015 * max(shape)
    assert [*ax.get_xlim(), *ax.get_ylim()] == pytest.approx([-edge, shape[0] + edge, -edge, shape[1] + edge])
    assert ax.get_aspect() == 1
    assert not ax.axison


def test_large_areas_lie_beneath_small_ones_and_those_without_a_shape_are_marks():
    made = whole(
        ("s", (box(2, 2),), (2.5, 2.5), ""),
        ("l", (box(0, 0, 9, 9), box(10, 0)), (4.5, 4.5), ""),
        ("m", (box(4, 4, 3, 3),), (5.5, 5.5), ""),
        ("x", (), (8.0, 8.0), ""),
        ("y", (), (1.0, 8.0), ""),
    )
    ax = pyplot.figure().add_subplot()
    looks = {"s": {"facecolor": "#111111", "hatch": "/"}, "x": {"facecolor": "#222222", "hatch": None}}
    base_map.draw_areas(ax, made, looks, {"facecolor": "#eeeeee"})
    assert [one.get_gid() for one in ax.patches] == ["area-l", "area-m", "area-s"]
    assert [to_rgba(one.get_facecolor()) for one in ax.patches] == [
        to_rgba(one) for one in ("#eeeeee", "#eeeeee", "#111111")
    ]
    assert [one.get_hatch() for one in ax.patches] == [None, None, "/"]
    assert {(one.get_linewidth(), one.get_zorder()) for one in ax.patches} == {(0, 1)}
    assert len(ax.patches[0].get_path().vertices) in (10, 12)  # both of its rings
    (mark,) = ax.collections  # of what is looked at alone
    assert (mark.get_gid(), mark.get_zorder(), mark.get_sizes().tolist()) == ("mark-x", 4, [pytest.approx(4.6**2)])
    assert np.asarray(mark.get_offsets()) == pytest.approx(made.projected(np.array([[8.0, 8.0]])))
    assert mark.get_linewidths().tolist() == [0.6]


def test_borders_are_whole_or_dashed():
    ax = pyplot.figure().add_subplot()
    line = np.array([[0.0, 0], [1, 1]])
    base_map.draw_lines(ax, whole(("a", (box(0, 0),), (0.5, 0.5), ""), lines=(line,)))
    assert [one.get_gid() for one in ax.collections] == ["borders"]
    ax = pyplot.figure().add_subplot()
    base_map.draw_lines(ax, whole(("a", (box(0, 0),), (0.5, 0.5), ""), lines=(line,), dashed=(line + 1, line)))
    borders, under, over = ax.collections
    assert [one.get_linewidth()[0] for one in (borders, under, over)] == [0.35, 1.0, 0.8]
    assert borders.get_zorder() < under.get_zorder() < over.get_zorder()
    assert [tuple(one.get_color()[0][:3]) for one in (under, over)] == [(1, 1, 1), (0, 0, 0)]
    assert (over.get_gid(), len(under.get_segments()), len(over.get_segments())) == ("disputed-borders", 2, 2)
    assert over.get_linestyle()[0][1] is not None
    assert under.get_linestyle()[0][1] is None
    assert to_rgba(borders.get_color()[0]) == to_rgba("#6f6f6f")


class Words:
    """Values of places, as they are told."""

    def __init__(self, **values):
        self.codes = np.array([[one] for one in values], dtype=object)
        self.values = list(values.values())

    def words(self):
        return self.values


def test_names_stand_on_maps_of_a_few_areas_of_ones_own():
    names = [f"place number {i}" for i in range(41)]
    for many, level, written in ((40, "own", 40), (41, "own", 0), (3, "tiles", 3), (3, "country", 0)):
        areas = tuple(Area(str(i), names[i], (box(2 * i, 0),), (2 * i + 0.5, 0.5)) for i in range(many))
        made = Geometry(areas, level=level)
        ax = pyplot.figure().add_subplot()
        base_map.write_names(ax, made, None)
        assert len(ax.texts) == written
    made = whole(("a", (box(0, 0),), (0.5, 0.5), ""), ("b", (box(2, 0),), (2.5, 0.5), ""), ("c", (), (4.5, 0.5), ""))
    ax = pyplot.figure().add_subplot()
    base_map.write_names(ax, made, Words(a="<5", b=""), dark={"a"})
    assert [one.get_text() for one in ax.texts] == ["A\n<5", "B", "C"]
    assert [one.get_color() for one in ax.texts] == ["white", "black", "black"]
    assert [one.get_bbox_patch() is None for one in ax.texts] == [True, False, False]
    assert {(one.get_ha(), one.get_va(), one.get_fontsize(), one.get_zorder()) for one in ax.texts} == {
        ("center", "center", 7, 5)
    }
    box_of = ax.texts[1].get_bbox_patch()
    assert (to_rgba(box_of.get_facecolor())[:3], box_of.get_alpha(), box_of.get_edgecolor()[3]) == ((1, 1, 1), 0.9, 0)
    assert ax.texts[1].get_position() == pytest.approx(made.projected(np.array([[2.5, 0.5]]))[0])
    long = Geometry((Area("a", "a name of many letters", (box(0, 0),), (0.5, 0.5)),))
    base_map.write_names(ax, long, None)
    assert ax.texts[-1].get_text() == "a name of many\nletters"


@pytest.mark.parametrize(("width", "entries", "lines"), [(6.0, 4, 3), (6.1, 4, 3), (6.1, 3, 2), (6.0, 3, 3), (9, 7, 4)])
def test_a_legend_stands_beneath_in_as_many_lines_as_it_says(width, entries, lines):
    ax = pyplot.figure(figsize=(width, 4)).add_subplot()
    handles = [Line2D([], [], label=str(i)) for i in range(entries)]
    assert base_map.legend_beneath(ax, handles, "People") == lines
    legend = ax.get_legend()
    assert legend.get_title().get_text() == "People"
    assert legend._ncols == (3 if width > 6 else 2)
    assert [one.get_text() for one in legend.get_texts()] == [str(i) for i in range(entries)]
    assert {one.get_fontsize() for one in legend.get_texts()} == {7.5}
    assert (legend.get_title().get_fontsize(), legend.get_zorder(), legend.get_frame_on()) == (8, 6, False)
    assert legend.get_bbox_to_anchor()._bbox.bounds[:2] == (0, -0.005)
    part = pyplot.figure(figsize=(width, 4)).subfigures(1, 2)[0].add_subplot()
    assert base_map.legend_beneath(part, handles, "People") == lines  # as wide as the whole figure is
