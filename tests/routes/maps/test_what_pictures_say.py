"""What legends, captions, diagrams and the page say and hold, against tables small enough to be added up by hand."""

import json
import re
from html import unescape
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex, to_rgba

from ctresearch.core import CellError, DataError, Meaning, SpecificationError, plot
from ctresearch.routes import (
    Corridors,
    FlowTable,
    Geometry,
    Hubs,
    chord,
    choropleth,
    flow_map,
    map_page,
    sankey,
    small_multiples,
)
from ctresearch.routes.maps import base_map, captions
from ctresearch.routes.maps import chord as circle
from ctresearch.routes.maps.choropleth import _parts
from ctresearch.routes.maps.flow_map import WIDTHS, largest
from ctresearch.routes.maps.geometry import Area
from ctresearch.routes.maps.map_page import _Shape
from ctresearch.routes.maps.places_read import mask_small, match_places, read_pairs, read_values
from ctresearch.routes.maps.pooled_pairs import OTHERS, colour_of, in_order, name_of, pooled
from ctresearch.routes.maps.value_classes import BLUES, FILL, HATCH, MASKED, MISSING, RANGE, ZERO, classes, nice_breaks

PAIRS = pd.DataFrame(
    [
        ("north", "east", "40"), ("south", "east", "9"), ("west", "west", "25"), ("middle", "coast", "<5"),
        ("coast", "coast", "<5"), ("coast", "north", "120"),
    ],
    columns=["a", "b", "n"],
)  # fmt: skip
ENDS = {"origin": "a", "destination": "b", "value": "n", "roles": {"a": "place", "b": "place", "n": "count"}}
TILES = Geometry.tiles(["north", "east", "south", "west", "middle", "coast"])
PLACES = {"place": "p", "value": "n", "roles": {"p": "place", "n": "count"}, "geometry": TILES}
FREE = {"mask_below": None, "unmatched": "table"}


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def told(frame=PAIRS, geometry=None, **more):
    return read_pairs(frame, geometry, **{**FREE, **ENDS, **more})


def values(frame, **more):
    usual = {"place_column": "p", "value": "n", "roles": {"p": "place", "n": "count"}, "role": None}
    return read_values(frame, more.pop("geometry", TILES), **{**usual, **FREE, "operational_detail": False, **more})


def caption(ax):
    return [one for one in ax.texts if one.get_gid() == "caption"]


# what is read


def test_pairs_are_read_as_they_stand():
    made = told(geometry=TILES)
    assert made.table.sort_values(["origin", "destination"]).to_numpy().tolist() == made.table.to_numpy().tolist()
    assert made.table.set_index(["origin", "destination"])["value"].to_dict() == {
        (a, b): n for a, b, n in PAIRS.to_numpy()
    }
    assert made.codes.tolist() == made.table[["origin", "destination"]].to_numpy().tolist()
    assert dict(zip(made.words(), made.masked.tolist(), strict=True))["<5"]
    assert (made.masked.sum(), made.ranges.sum(), made.lost, made.citizenship) == (2, 0, 0, False)
    spans = told(pd.DataFrame({"a": ["x", None, "y"], "b": ["y", "x", "x"], "n": ["2-9", "4", "1-9"]}))
    assert spans.table["value"].tolist() == ["2 to 9", "<10"]
    assert (spans.masked.tolist(), spans.ranges.tolist(), spans.lost) == ([False, True], [True, False], 1)
    assert (spans.low.tolist(), spans.high.tolist()) == ([2, 1], [9, 9])
    off = told(PAIRS[:1].assign(b="elsewhere"), geometry=TILES)
    assert off.codes.tolist() == [["north", None]]
    with pytest.raises(CellError, match="must each name an area of the map") as caught:
        told(PAIRS.assign(b=["elsewhere", *PAIRS["b"][1:]]), geometry=TILES, unmatched="refuse")
    assert (caught.value.column, caught.value.rows) == ("b", (1,))
    with pytest.raises(DataError, match="0 of 2 rows know both places"):
        told(PAIRS[:2].assign(a=None))
    with pytest.raises(CellError, match="2 of 6 rows are of the same two places") as caught:
        told(pd.concat([PAIRS[1:], PAIRS[5:]]))
    assert caught.value.rows == (5, 6)
    for missing in ("origin", "destination", "value", "roles"):
        with pytest.raises(SpecificationError, match="must have all four"):
            told(**{missing: None})
    for column in "abn":
        with pytest.raises(DataError, match=f"no column '{column}'"):
            told(PAIRS.drop(columns=column))
    with pytest.raises(SpecificationError, match="the value is declared 'share', must be one of 'count'"):
        told(roles={"a": "place", "b": "place", "n": "share"})
    for side in "ab":
        with pytest.raises(SpecificationError, match="the place is declared 'operational detail'"):
            told(roles={"a": "place", "b": "place", "n": "count"} | {side: "operational detail"})


@pytest.mark.parametrize(
    ("below", "low", "high"),
    [(None, [0, 1, 4, 5], [0, 1, 4, 5]), (5, [0, 0, 0, 5], [0, 4, 4, 5]), (2, [0, 0, 4, 5], [0, 1, 4, 5])],
)
def test_small_counts_are_masked_below_a_number_and_published_zeros_stay(below, low, high):
    counts = np.array([0, 1, 4, 5])
    assert [one.tolist() for one in mask_small(counts, counts, below)] == [low, high]


def test_values_are_read_with_what_is_known_of_them():
    frame = pd.DataFrame({"p": ["north", "east", "south", "west", "middle", "coast"]})
    made = values(frame.assign(n=["40", " Suppressed ", None, "<5", "0", "3-9"]))
    assert made.table["value"].tolist() == ["40", "masked", "", "<5", "0", "3 to 9"]
    assert np.isnan(made.low).tolist() == np.isnan(made.high).tolist() == [False, True, True, False, False, False]
    assert (made.low[[0, 3, 4, 5]].tolist(), made.high[[0, 3, 4, 5]].tolist()) == ([40, 0, 0, 3], [40, 4, 0, 9])
    assert made.masked.tolist() == [False, True, False, True, False, False]
    assert made.ranges.tolist() == [False] * 5 + [True]
    assert made.codes[:, 0].tolist() == frame["p"].tolist()
    assert (list(made.roles), made.value.role, made.roles["place"].role) == (["place", "value"], "count", "place")
    for word in ("masked", "suppressed", "withheld", "confidential", "*", "c", "x", ":", ".."):
        assert values(frame[:1].assign(n=[word])).masked.tolist() == [True]
    below = values(frame[:4].assign(n=[3, 0, 5, 9]), mask_below=5)
    assert below.table["value"].tolist() == ["<5", "0", "5", "9"]
    shares = {"p": "place", "n": "model"}
    rates = values(frame[:4].assign(n=[0.123456, None, "masked", 2]), roles=shares)
    assert rates.table["value"].tolist() == ["0.1235", "", "masked", "2"]
    assert np.isnan(rates.low).tolist() == [False, True, True, False]
    assert rates.masked.tolist() == [False, False, True, False]
    with pytest.raises(CellError, match="must be numbers, missing, or a word") as caught:
        values(frame[:3].assign(n=[1, "much", np.inf]), roles=shares)
    assert (caught.value.column, caught.value.rows) == ("n", (2, 3))
    with pytest.raises(SpecificationError, match="mask_below == 5, must be left out: the value is no count"):
        values(frame[:2].assign(n=0.5), roles=shares, mask_below=5)
    two = frame[:3].assign(p=["north", None, "NORTH "], n=1)
    with pytest.raises(CellError, match="2 of 2 rows are of one place with another") as caught:
        values(two)
    assert caught.value.rows == (1, 2)
    gone = values(two[:2])
    assert (len(gone.table), gone.lost) == (1, 1)
    with pytest.raises(CellError, match="rows are of one place"):
        values(frame[:2].assign(p="nowhere", n=1))
    for missing in ("place_column", "value", "roles"):
        with pytest.raises(SpecificationError, match="must have all three"):
            values(frame.assign(n=1), **{missing: None})
    for column in "pn":
        with pytest.raises(DataError, match=f"no column '{column}'"):
            values(frame.assign(n=1).drop(columns=column))
    for role, fine in (("key", True), ("place", True), ("actor", False), ("operational detail", False)):
        roles = {"p": role, "n": "count"}
        if fine:
            assert values(frame.assign(n=1), roles=roles).low.tolist() == [1] * 6
        else:
            with pytest.raises(SpecificationError, match=f"the place is declared '{role}'"):
                values(frame.assign(n=1), roles=roles)
    assert (
        len(values(frame.assign(n=1), roles={"p": "operational detail", "n": "count"}, operational_detail=True).low)
        == 6
    )
    with pytest.raises(SpecificationError, match="roles leave the place undeclared"):
        values(frame.assign(n=1), roles={"n": "count"})


def test_a_share_brings_what_stands_behind_it():
    roles = {"p": "place", "n": Meaning("share", "Share", base="people"), "people": "count"}
    made = values(
        pd.DataFrame({"p": ["north", None, "east"], "n": [0.5, 0.1, 0.2], "people": [40, 1, 10]}), roles=roles
    )
    assert made.table.columns.tolist() == ["place", "value", "people"]
    assert made.table["people"].tolist() == [40, 10]
    assert list(made.roles) == ["place", "value", "people"]
    assert made.roles["people"].role == "count"


def test_places_are_found_by_code_by_name_and_as_countries():
    made = Geometry((Area("N1", "North", (), (0.0, 0.0)), Area("ITA", "Italia", (), (1.0, 0.0))))
    words = pd.Series(["N1", "north", " NORTH", "n1", "Italy", None, "nowhere", ["N1"]])
    codes, lost = match_places(words, made, "p", "table")
    assert (codes.tolist(), lost) == (["N1", "N1", "N1", "N1", None, None, None, None], 4)
    both = Geometry(made.areas, level="country")
    codes, lost = match_places(pd.Series(["Italy", "Italians", "N1", "France"]), both, "p", "refuse")
    assert (codes.tolist(), lost) == (["ITA", "ITA", "N1", None], 1)  # a country that the map does not have is no error
    with pytest.raises(CellError, match="1 of 2 cells") as caught:
        match_places(pd.Series(["ITA", "Atlantis"]), both, "p", "refuse")
    assert (caught.value.column, caught.value.rows) == ("p", (2,))


def flows(rows, **more):
    frame = pd.DataFrame(rows, columns=["a", "b", "y", "n"])
    given = {"citizenship": "a", "detection": "b", "year": "y", "count": "n", "places": "as given"}
    return FlowTable.from_frame(frame, **{**given, **more})


ROWS = [
    ("north", "east", 2020, "40"), ("north", "east", 2021, "3"), ("south", "east", 2021, "<5"),
    ("east", "east", 2020, "7"), (None, "east", 2021, "9"), ("west", "north", 2021, "0"),
]  # fmt: skip


def test_flows_are_added_up_by_a_role():
    table = flows(ROWS)
    made = values(table, place_column=None, value=None, roles=None)
    assert made.table.to_numpy().tolist() == [["east", "59 to 63"], ["north", "0"]]
    assert (made.citizenship, made.lost, made.value.label, made.roles["place"].role) == (False, 0, "People", "place")
    by = values(table, place_column=None, value=None, roles=None, role="citizenship")
    assert by.table.to_numpy().tolist() == [["east", "7"], ["north", "43"], ["south", "<5"], ["west", "0"]]
    assert (by.citizenship, by.lost, by.masked.tolist()) == (True, 1, [False, False, True, False])
    below = values(table, place_column=None, value=None, roles=None, role="citizenship", mask_below=5)
    assert below.table["value"].tolist() == ["7", "40 to 44", "<5", "0"]
    for given in ({"place_column": "a"}, {"value": "n"}, {"roles": {"a": "place"}}):
        with pytest.raises(SpecificationError, match="must come with role= alone"):
            values(table, **{"place_column": None, "value": None, "roles": None, **given})
    with pytest.raises(SpecificationError, match="no role 'residence'"):
        values(table, place_column=None, value=None, roles=None, role="residence")
    with pytest.raises(SpecificationError, match="role == 'detection' was given with no FlowTable"):
        values(PAIRS, role="detection")
    only = flows([(None, "east", 2020, "3")])
    with pytest.raises(DataError, match="0 of 1 rows know the place of citizenship"):
        values(only, place_column=None, value=None, roles=None, role="citizenship")


def test_flows_are_added_up_by_pair():
    made = read_pairs(flows(ROWS), None, **{**dict.fromkeys(ENDS), **FREE})
    assert made.table.to_numpy().tolist() == [
        ["east", "east", "7"], ["north", "east", "43"], ["south", "east", "<5"], ["west", "north", "0"]
    ]  # fmt: skip
    assert (made.citizenship, made.lost) == (True, 1)
    other = read_pairs(flows(ROWS, citizenship=None, residence="a"), None, **{**dict.fromkeys(ENDS), **FREE})
    assert not other.citizenship
    for given in ({"value": "n"}, {"roles": ENDS["roles"]}):
        with pytest.raises(SpecificationError, match="must come without value= and roles="):
            read_pairs(flows(ROWS), None, **{**dict.fromkeys(ENDS), **FREE, **given})
    result = Corridors().fit(flows(ROWS))
    again = read_pairs(result, None, **{**dict.fromkeys(ENDS), **FREE})
    assert again.table.equals(made.table)
    assert again.citizenship
    hubs = Hubs().fit(flows(ROWS))
    received = values(hubs, place_column=None, value=None, roles=None)
    assert received.table.set_index("place")["value"].to_dict() == {
        "east": "43 to 47",
        "north": "0",
        "south": "0",
        "west": "0",
    }
    sent = values(hubs, place_column=None, value="sends", roles=None)
    assert sent.table.set_index("place")["value"]["north"] == "43"
    for name in ("Citizenship", "the NATIONALity"):
        frame = PAIRS.rename(columns={"b": name})
        roles = {"a": "place", name: "place", "n": "count"}
        assert told(frame, destination=name, roles=roles).citizenship
        labelled = {"a": "place", "b": Meaning("place", name), "n": "count"}
        assert told(roles=labelled).citizenship
    assert not told(roles={"a": "place", "b": "place", "n": Meaning("count", "Nationals")}).citizenship


# classes and words


def test_breaks_part_values_at_round_numbers():
    assert nice_breaks(np.array([2.0, 4, 6, 8, 10]), whole=False).tolist() == pytest.approx(
        [2, 3.5, 5.0, 7, 8.5], abs=0.61
    )
    # steps of a twentieth of the span of 90, which is 5: quantiles at 28, 46, 64, 82 of ten even values
    even = nice_breaks(np.linspace(10, 100, 11), whole=True)
    assert even.tolist() == [1, 30, 45, 65, 80]
    # spread over more than twentyfold: fifths at 1.32, 4.6, 15.8, 53 or so, brought to 1, 2, 5 or 10 by their ratio
    wide = np.geomspace(0.4, 200, 6)
    assert nice_breaks(wide, whole=False).tolist() == pytest.approx([0.0, 1, 5, 20, 50], abs=1e-9)
    assert nice_breaks(np.array([5.0, 5, 5]), whole=True).tolist() == [1, 5]
    assert nice_breaks(np.array([5.0, 5, 5]), whole=False).tolist() == [5]
    assert nice_breaks(np.array([0.0, 7]), whole=True).tolist() == nice_breaks(np.array([7.0]), whole=True).tolist()
    assert nice_breaks(np.array([]), whole=True).tolist() == [1]
    assert nice_breaks(np.array([-3.0, 1]), whole=False)[0] <= -3


def test_a_value_is_in_the_class_that_its_ends_share():
    low = np.array([0.0, 1, 4, 5, 9, 10, 4, 0, np.nan, 0.5])
    high = np.array([0.0, 1, 4, 5, 9, 10, 5, 9, np.nan, 0.5])
    none = np.zeros(10, dtype=bool)
    found = classes(low, high, none, whole=True, breaks=[0.5, 5, 10])
    assert found.of.tolist() == [ZERO, 0, 0, 1, 1, 2, RANGE, RANGE, MISSING, 0]
    assert found.breaks == (0.5, 5.0, 10.0)
    shares = classes(low, high, none, whole=False, breaks=[0, 5, 10])
    assert shares.of.tolist() == [0, 0, 0, 1, 1, 2, RANGE, RANGE, MISSING, 0]
    assert classes(low, high, low == 4, whole=True, breaks=[0.1]).of.tolist()[2] == MASKED
    with pytest.raises(SpecificationError, match="breaks begin above 1 values"):
        classes(low, high, none, whole=True, breaks=[1, 5])
    with pytest.raises(SpecificationError, match="breaks begin above 2 values"):
        classes(low, high, low == 0.5, whole=False, breaks=[0.1, 5])


def test_labels_say_counts_in_thousands_and_numbers_as_they_are():
    found = classes(np.array([1.0]), np.array([1.0]), np.zeros(1, bool), whole=True, breaks=[1, 2, 1000, 2500])
    assert [str(found.label(i, "persons")) for i in range(4)] == [
        "1 persons", "2 to 999 persons", "1,000 to 2,499 persons", "2,500 and more persons"
    ]  # fmt: skip


def test_a_legend_shows_the_classes_that_there_are():
    made = values(pd.DataFrame({"p": ["north", "east"], "n": ["40", "7"]}))
    found = classes(made.low, made.high, made.masked, whole=True, breaks=[1, 10])
    assert [(number, str(words)) for number, words in base_map.legend_entries(made, found)] == [
        (0, "1 to 9 persons"), (1, "10 and more persons"), (MISSING, "nothing published")
    ]  # fmt: skip
    nobody = values(
        pd.DataFrame({"p": ["north", "east"], "n": ["40", "0"]}),
        roles={"p": "place", "n": Meaning("count", "Offices", of="nobody", unit="offices")},
    )
    found = classes(nobody.low, nobody.high, nobody.masked, whole=True, breaks=[1])
    assert [str(words) for _, words in base_map.legend_entries(nobody, found)] == [
        "1 and more offices", "0 offices, as published", "nothing published"
    ]  # fmt: skip
    ax = pyplot.figure(figsize=(9, 4)).add_subplot()
    lines = base_map.draw_legend(ax, base_map.legend_entries(nobody, found), {0: 3}, "Offices")
    boxes = ax.get_legend().get_patches()
    assert [to_hex(one.get_facecolor()) for one in boxes] == [BLUES[3], FILL[ZERO], FILL[MISSING]]
    assert [one.get_hatch() for one in boxes] == [None, HATCH[ZERO], None]
    assert {one.get_linewidth() for one in boxes} == {0.5}
    assert (lines, ax.get_legend().get_title().get_text()) == (2, "Offices")
    assert base_map.look_of(2) == {"facecolor": BLUES[2], "hatch": None}
    assert base_map.look_of(MASKED) == {"facecolor": "#ffffff", "hatch": "/////"}
    assert [base_map.colours_of(SimpleNamespace(breaks=range(n))) for n in (1, 2, 3, 4, 5)] == [
        {0: 2}, {0: 0, 1: 4}, {0: 0, 1: 2, 2: 4}, {0: 0, 1: 1, 2: 3, 3: 4}, {0: 0, 1: 1, 2: 2, 3: 3, 4: 4}
    ]  # fmt: skip


def sentences(made, geometry, **more):
    known = {name: str(getattr(captions, name)) for name in dir(captions) if name.isupper()}
    said = [str(one) for one in captions.caption_of(made, geometry, **{"values": False, **more})]
    return [next((name for name, words in known.items() if words == one), one) for one in said]


def test_captions_are_in_the_order_of_their_weight():
    made = told(geometry=TILES)
    assert sentences(made, None) == ["FOUND"]
    assert sentences(made, TILES) == ["FOUND", "TILES"]
    assert sentences(made, TILES, values=True) == ["FOUND", "UNLISTED", "TILES"]
    every = read_pairs(
        flows([("north", "elsewhere", 2020, "5-9"), ("beyond", "south", 2020, 9)]),
        TILES,
        **{**dict.fromkeys(ENDS), **FREE},
    )
    off = "2 rows name places that are not on this map, and stand in its table alone."
    assert sentences(every, TILES, values=True) == ["PROFILING", "FOUND", "UNLISTED", "REACH", off, "TILES"]
    assert sentences(every, None, values=True) == ["PROFILING", "FOUND", "UNLISTED", "REACH"]
    stops = flows([("NGA", "ITA", 2020, 9)], places="countries", transit="a", citizenship=None)
    world = Geometry.world()
    passed = values(
        stops, geometry=world, place_column=None, value=None, roles=None, role="transit", operational_detail=True
    )
    assert sentences(passed, world) == ["TRANSIT", "FOUND", "BORDERS", "ISLANDS", "SHAPES"]
    africa, own = world.within("Africa"), Geometry((Area("FLK", "F", (), (0.0, 0.0)),))
    assert [one in [*map(str, captions.shape_notes(africa))] for one in map(str, (captions.BORDERS, captions.ISLANDS))] == [
        True, False
    ]  # fmt: skip
    assert captions.shape_notes(own) == [captions.ISLANDS]
    line = np.array([[0.0, 0], [1, 1]])
    assert captions.shape_notes(Geometry(own.areas, dashed=(line,))) == [captions.BORDERS, captions.ISLANDS]
    assert captions.written(["one two three", "four"], 8) == "one two\nthree\nfour"


@pytest.mark.parametrize(("wide", "lines"), [(9.0, 0), (4.0, 3)])
def test_a_caption_stands_beneath_the_legend_in_lines_that_fit(wide, lines):
    ax = pyplot.figure(figsize=(wide, 3)).add_subplot()
    base_map.write_caption(ax, told(), None, values=True, lines=lines, more=[captions.SHAPES])
    (text,) = caption(ax)
    rows = text.get_text().split("\n")
    assert max(map(len, rows)) <= int(wide * 13.5)
    assert " ".join(rows) == " ".join(map(str, (captions.SHAPES, captions.FOUND, captions.UNLISTED)))
    assert (text.xy, text.xyann) == ((0, 0), (0, -12 - 13 * lines))
    assert (text.xycoords, text.anncoords, text.get_annotation_clip()) == ("axes fraction", "offset points", False)
    assert (text.get_ha(), text.get_va(), text.get_fontsize()) == ("left", "top", 7.5)


# maps of flows


def test_the_largest_flows_are_kept_in_the_order_of_the_table():
    rows = [
        ("a", "b", "5"),
        ("b", "a", "5"),
        ("a", "c", "2-9"),
        ("c", "a", "2-8"),
        ("b", "c", "0"),
        ("c", "b", "<5"),
        ("a", "a", "30"),
    ]
    made = told(pd.DataFrame(rows, columns=["a", "b", "n"]))
    order = [("a", "a"), ("a", "b"), ("b", "a"), ("a", "c"), ("c", "a"), ("c", "b")]
    for most in range(1, 7):
        drawn, said = largest(made, most)
        kept = list(map(tuple, drawn.table[["origin", "destination"]].to_numpy().tolist()))
        assert kept == sorted(order[:most])
        masked = 1 - (most > 5)
        start = f"{7 - most} corridor" + ("s" if most < 6 else "") + " of 7"
        assert str(said[0]).startswith(start)
        assert f"({masked} masked)" in str(said[0])
    assert largest(told(PAIRS[:2]), 2)[1] == []
    made.codes[0, 1] = None  # off the map
    assert ("a", "a") not in set(map(tuple, largest(made, 3)[0].table[["origin", "destination"]].to_numpy().tolist()))


def test_lines_carry_arrows_by_their_width_and_a_legend_of_widths():
    ax = flow_map(PAIRS, geometry=TILES, title="Flows", **ENDS)
    breaks = nice_breaks(np.array([40.0, 9, 25, 120]), whole=True)
    heads = {}
    for one in ax.texts:
        if one.get_text() == "" and getattr(one, "arrow_patch", None):
            style = one.arrow_patch.get_arrowstyle()
            heads[tuple(np.round(one.xy, 6))] = (style.head_length, style.head_width, one.arrow_patch.get_edgecolor())
            assert one.arrow_patch.get_linewidth() == 0
            assert (one.arrow_patch.shrinkA, one.arrow_patch.shrinkB, one.get_zorder()) == (0, 0, 3.4)
    spots = {n: tuple(np.round(TILES.projected(np.array([TILES.area(n).middle]))[0], 6)) for n in TILES.codes}
    for name, count in (("north", 120), ("coast", None)):
        wide = 0.7 if count is None else WIDTHS[sum(count >= one for one in breaks) - 1]
        length, width, colour = heads[spots[name]]
        assert (length, width) == pytest.approx((0.28 + 0.05 * wide, 0.13 + 0.04 * wide), abs=0.0051)
        assert to_hex(colour) == ("#333333" if count is None else "#0a3a6b")
    handles = ax.get_legend().legend_handles
    assert [one.get_linewidth() for one in handles[: len(breaks)]] == list(WIDTHS[: len(breaks)])
    words = [one.get_text() for one in ax.get_legend().get_texts()]
    ends = [*breaks[1:], None]
    assert words[: len(breaks)] == [
        f"{a:,.0f} persons and more" if b is None else f"{a:,.0f} to {b - 1:,.0f} persons at least"
        for a, b in zip(breaks, ends, strict=True)
    ]
    assert (handles[-1].get_marker(), handles[-1].get_linestyle(), handles[-1].get_markersize()) == ("o", "None", 6)
    assert ax.get_title(loc="left") == "Flows"
    (lines,) = [one for one in ax.collections if one.get_gid() == "flows"]
    assert (lines.get_alpha(), lines.get_zorder(), to_hex(lines.get_color()[0])) == (0.55, 3, "#2469a6")
    rings = [one for one in ax.lines if one.get_gid() in {"ring", "ring-masked"}]
    assert {one.get_gid(): one.get_markeredgewidth() for one in rings} == {"ring": 1.3, "ring-masked": 0.7}
    assert {one.get_markerfacecolor() for one in rings} == {"none"}
    assert {one.get_zorder() for one in rings} == {3.6}
    plain = flow_map(PAIRS[:2], geometry=TILES, **ENDS)
    assert all(" at least" in w or " and more" in w for w in [one.get_text() for one in plain.get_legend().get_texts()])
    assert not [one for one in plain.lines if one.get_gid()]
    given = pyplot.figure().add_subplot()
    assert flow_map(PAIRS[:1], geometry=TILES, ax=given, **ENDS) is given
    for draw in (chord, sankey):
        ax = draw(PAIRS, title="Words", ax=pyplot.figure().add_subplot(), **ENDS)
        assert ax.get_title(loc="left") == "Words"
        assert not ax.axison
        with pytest.raises(SpecificationError, match="ax is a str"):
            draw(PAIRS, ax="here", **ENDS)


def test_areas_are_dark_from_the_fourth_colour_on_and_the_table_is_what_was_drawn():
    frame = pd.DataFrame({"p": ["north", "east", "south"], "n": [1, 30, 60]})
    ax = choropleth(frame, title="Areas", breaks=[1, 30, 60], **PLACES)
    assert ax.get_title(loc="left") == "Areas"
    colours = {one.get_text().split("\n")[0]: one.get_color() for one in ax.texts if "\n" in one.get_text()}
    assert {n: colours[n] for n in ("north", "east", "south")} == {"north": "black", "east": "black", "south": "white"}
    table, roles = plot.shown(ax)
    assert table.to_numpy().tolist() == [["north", "1"], ["east", "30"], ["south", "60"]]
    assert set(roles) == {"place", "value"}
    assert ax.get_legend().get_title().get_text() == roles["value"].label
    (text,) = caption(ax)
    assert text.xyann[1] == -12 - 13 * 3  # four entries stand in two lines, beneath a title
    with pytest.raises(SpecificationError, match="geometry is a str"):
        choropleth(frame, **{**PLACES, "geometry": "world"})
    with pytest.raises(SpecificationError, match="title is a int"):
        choropleth(frame, title=3, **PLACES)


def test_maps_side_by_side_share_their_classes():
    rows = [("north", "east", 2018 + i, n) for i, n in enumerate(["1", "10", "100", "<5"])]
    ax = small_multiples(flows(rows), geometry=TILES, breaks=[1, 10, 100], title="Years")
    assert ax.get_title(loc="left") == "Years"
    fills = [
        {one.get_gid(): to_hex(one.get_facecolor()) for one in panel.patches}["area-east"] for panel in ax.child_axes
    ]
    assert fills == [BLUES[0], BLUES[2], BLUES[4], FILL[MASKED]]
    low, high = base_map.frame_of(TILES)
    ratio = (high - low)[1] / (high - low)[0]
    assert list(ax.figure.get_size_inches()) == pytest.approx([9, float(np.clip(3 * ratio + 0.3, 1.2, 6)) * 2])
    bounds = np.array([one.get_axes_locator()._bounds for one in ax.child_axes])
    assert bounds == pytest.approx(np.array([[i % 3 / 3, 0.5 - (i // 3) / 2, 0.98 / 3, 0.45] for i in range(4)]))
    table, roles = plot.shown(ax)
    assert table.to_numpy().tolist() == [["east", str(2018 + i), n] for i, (*_, n) in enumerate(rows)]
    assert [roles[one].role for one in ("place", "year", "value")] == ["place", "date", "count"]
    two = small_multiples(flows(rows[:2]), geometry=TILES)
    assert np.array([one.get_axes_locator()._bounds for one in two.child_axes]) == pytest.approx(
        np.array([[0, 0, 0.49, 0.9], [0.5, 0, 0.49, 0.9]])
    )
    assert two.figure.get_size_inches()[1] == pytest.approx(float(np.clip(4.5 * ratio + 0.3, 1.2, 6)))
    many = [("north", "east", 2000 + i, 9) for i in range(13)]
    assert list(_parts(flows(many[:12]), "year")) == [str(2000 + i) for i in range(12)]
    with pytest.raises(SpecificationError, match="by == 'year' has 13 parts, must have 1 to 12"):
        _parts(flows(many), "year")
    frame = pd.DataFrame({"a": "north", "b": "east", "form": ["y", "x"], "count": 9})
    parted = FlowTable.from_frame(frame, citizenship="a", detection="b", form="form", places="as given")
    ax = small_multiples(parted, by="form", geometry=TILES, role="citizenship")
    assert [one.get_title() for one in ax.child_axes] == ["x", "y"]
    assert plot.shown(ax)[1]["form"].label == "Form"
    assert str(captions.PROFILING)[:30] in caption(ax)[0].get_text()


# diagrams


def test_the_largest_places_keep_their_names_and_the_others_are_one():
    rows = [("a", "b", "10"), ("c", "b", "<5"), ("d", "a", "7"), ("e", "e", "3-6"), ("f", "d", "0")]
    made = told(pd.DataFrame(rows, columns=["a", "b", "n"]))
    # places by what leaves and enters, at least and at most: a 17, b 10-14, d 7, e 6-12 on both sides, c 0-4; f has nobody
    whole = pooled(made, 5)
    assert whole.table.to_numpy().tolist() == [
        ["a", "b", "10"],
        ["c", "b", "<5"],
        ["d", "a", "7"],
        ["e", "e", "3 to 6"],
    ]
    assert whole.masked.tolist() == [False, True, False, False]
    assert whole.codes.tolist() == whole.table[["origin", "destination"]].to_numpy().tolist()
    few = pooled(made, 4)
    assert few.table.to_numpy().tolist() == [
        ["a", "b", "10"], ["d", "a", "7"], [str(OTHERS), "b", "<5"], [str(OTHERS), str(OTHERS), "3 to 6"]
    ]  # fmt: skip
    fewer = pooled(made, 3)
    assert fewer.table.to_numpy().tolist() == [
        ["a", "b", "10"], [str(OTHERS), "a", "7"], [str(OTHERS), "b", "<5"], [str(OTHERS), str(OTHERS), "3 to 6"]
    ]  # fmt: skip
    assert (in_order(fewer, "origin"), in_order(fewer, "destination")) == (["a", str(OTHERS)], ["b", "a", str(OTHERS)])
    ties = told(pd.DataFrame([("z", "q", "5"), ("y", "q", "5"), ("x", "q", "2-9")], columns=["a", "b", "n"]))
    assert in_order(pooled(ties, 9), "origin") == ["y", "z", "x"]
    with pytest.raises(DataError, match="all counts are 0 in 1 rows"):
        pooled(told(pd.DataFrame(rows[4:], columns=["a", "b", "n"])), 9)


def test_colours_are_of_regions_and_names_of_countries():
    of = {"Africa": plot.BLUE, "Americas": plot.GREEN, "Asia": plot.ORANGE, "Europe": plot.SKY, "Oceania": plot.PURPLE}
    for word, region in {
        "NGA": "Africa", "Western Africa": "Africa", "BRA": "Americas", "Central America": "Americas", "Caribbean": "Americas",
        "Northern America": "Americas", "THA": "Asia", "South-eastern Asia": "Asia", "ITA": "Europe", "Southern Europe": "Europe",
        "FJI": "Oceania", "Melanesia": "Oceania", "Australia and New Zealand": "Oceania", "Americas": "Americas",
    }.items():  # fmt: skip
        assert colour_of(word) == of[region], word
    assert colour_of("north") == plot.GREY
    assert (name_of("NGA"), name_of("north"), name_of("XXQ")) == ("Nigeria", "north", "XXQ")


def test_flows_share_the_arcs_of_their_places_the_largest_first():
    rows = [("a", "b", "10"), ("a", "c", "30"), ("b", "a", "<5"), ("c", "c", "60")]
    made = told(pd.DataFrame(rows, columns=["a", "b", "n"]))
    slots, arcs = circle._slots(made, ["a", "b", "c"])
    thin, whole = 0.012, 200.0
    wide = {"a": 40 / whole + thin, "b": thin + 10 / whole, "c": 30 / whole + 120 / whole}
    room = 2 * np.pi * (1 - 0.02 * 3) / sum(wide.values())
    at, known = np.pi / 2, {}
    for name in "abc":
        known[name] = (at - wide[name] * room, at)
        at -= wide[name] * room + 2 * np.pi * 0.02
    assert {name: arcs[name] == pytest.approx(known[name]) for name in known} == dict.fromkeys("abc", True)

    def along(name, *parts):
        ends = known[name][1] - np.cumsum([0, *parts]) * room
        return list(zip(ends[1:], ends[:-1], strict=True))

    a, b, c = along("a", 0.15, 0.05, thin), along("b", thin, 0.05), along("c", 0.3, 0.3, 0.15)
    for (leaves, ends), wanted in zip(slots, [(a[1], b[1]), (a[0], c[2]), (b[0], a[2]), (c[0], c[1])], strict=True):
        assert (*leaves, *ends) == pytest.approx((*wanted[0], *wanted[1]))
    lone = told(pd.DataFrame([("a", "b", "<5")], columns=["a", "b", "n"]))
    _, arcs = circle._slots(lone, ["a", "b"])
    assert arcs["a"][1] - arcs["a"][0] == pytest.approx(2 * np.pi * 0.96 / 2)


def test_bands_and_threads_run_through_the_middle_of_the_circle():
    band = circle._band(0.2, 0.8, 2.0, 3.0)
    first, second = np.linspace(0.2, 0.8, 12), np.linspace(2, 3, 12)
    assert band.vertices[:12] == pytest.approx(0.955 * np.column_stack([np.cos(first), np.sin(first)]))
    assert band.vertices[13:25] == pytest.approx(0.90 * np.column_stack([np.cos(second), np.sin(second)]))
    assert band.vertices[[12, 25]].tolist() == [[0, 0], [0, 0]]
    assert band.vertices[26] == pytest.approx(band.vertices[0])
    move, line, bend = band.MOVETO, band.LINETO, band.CURVE3
    assert band.codes.tolist() == [move, *[line] * 11, bend, bend, *[line] * 11, bend, bend]
    thread = circle._thread(0.5, 2.5)
    assert thread.vertices == pytest.approx(
        np.array([[0.955 * np.cos(0.5), 0.955 * np.sin(0.5)], [0, 0], [0.9 * np.cos(2.5), 0.9 * np.sin(2.5)]])
    )
    assert thread.codes.tolist() == [move, bend, bend]


def test_a_circle_has_a_wedge_a_place_and_a_name_beside_it():
    rows = [("NGA", "ITA", "30"), ("north of everything that is", "ITA", "10"), ("ITA", "NGA", "<5")]
    ax = chord(pd.DataFrame(rows, columns=["a", "b", "n"]), **ENDS)
    assert [*ax.get_xlim(), *ax.get_ylim()] == [-1.75, 1.75, -1.2, 1.2]
    assert ax.get_aspect() == 1
    assert list(ax.figure.get_size_inches()) == pytest.approx([7.6, 5.4], abs=0.02)
    made = pooled(told(pd.DataFrame(rows, columns=["a", "b", "n"])), 16)
    places = ["NGA", "north of everything that is", "ITA"]
    slots, arcs = circle._slots(made, places)
    wedges = [one for one in ax.patches if hasattr(one, "theta1")]
    assert [(one.theta1, one.theta2) for one in wedges] == [
        pytest.approx(tuple(np.degrees(arcs[one]))) for one in places
    ]
    assert {(one.r, one.width, one.center, one.get_linewidth()) for one in wedges} == {(1.03, 0.05, (0, 0), 0.5)}
    assert [to_rgba(one.get_facecolor()) for one in wedges] == [to_rgba(colour_of(one)) for one in places]
    names = [one for one in ax.texts if one.get_gid() == "place"]
    assert [one.get_text() for one in names] == ["Nigeria", "north of everything\nthat is", "Italy"]
    for one, place in zip(names, places, strict=True):
        angle = sum(arcs[place]) / 2
        assert one.get_position() == pytest.approx((1.08 * np.cos(angle), 1.08 * np.sin(angle)))
    bands = [one for one in ax.patches if one.get_gid() == "flow"]
    order = made.table["origin"].tolist()
    ordered = [order.index("NGA"), order.index("north of everything that is")]  # the largest first, the others upon it
    for one, row in zip(bands, ordered, strict=True):
        assert one.get_path().vertices == pytest.approx(circle._band(*slots[row][0], *slots[row][1]).vertices)
        assert to_rgba(one.get_facecolor())[:3] == to_rgba(colour_of(order[row]))[:3]
        assert (one.get_alpha(), one.get_linewidth()) == (0.62, 0.4)
    (line,) = [one for one in ax.patches if one.get_gid() == "masked-flow"]
    (leaves, ends) = slots[order.index("ITA")]
    assert line.get_path().vertices == pytest.approx(circle._thread(np.mean(leaves), np.mean(ends)).vertices)
    assert (line.get_fill(), line.get_linewidth(), line.get_zorder()) == (False, 0.7, 3)
    said = caption(ax)[0].get_text().replace("\n", " ")
    assert "Widths are of the least" in said
    assert "every such line is alike" in said
    plain = chord(pd.DataFrame(rows[:2], columns=["a", "b", "n"]), **ENDS)
    assert "every such line" not in caption(plain)[0].get_text().replace("\n", " ")
    assert caption(plain)[0].xyann == (0, -12)


def test_a_column_of_places_fills_its_height_but_for_the_gaps():
    rows = [("NGA", "ITA", "3000"), ("a place with a name that is far too long", "ITA", "1000"), ("NGA", "FRA", "<5")]
    ax = sankey(pd.DataFrame(rows, columns=["a", "b", "n"]), **ENDS)
    scale = (1 - 0.022) / (1 + 0.004)  # one gap on either side; 4,000 people are the whole, a masked line .004 of it
    bars = [one for one in ax.patches if one.get_gid() is None and hasattr(one, "get_height")]
    left = [one for one in bars if one.get_x() < 0]
    assert [one.get_height() for one in left] == pytest.approx([(0.75 + 0.004) * scale, 0.25 * scale])
    assert [one.get_y() + one.get_height() for one in left] == pytest.approx([0, -0.754 * scale - 0.022])
    right = [one for one in bars if one.get_x() > 0]
    assert [one.get_height() for one in right] == pytest.approx([scale, 0.004 * scale])
    assert [one.get_text() for one in ax.texts if one.get_gid() == "place"] == [
        "Nigeria: 3,000 to 3,004", "a place with a name…: 1,000", "Italy: 4,000", "France: <5"
    ]  # fmt: skip
    assert [to_rgba(one.get_facecolor()) for one in bars] == [
        to_rgba(colour_of(one)) for one in ("NGA", "a place", "ITA", "FRA")
    ]
    assert {one.get_linewidth() for one in bars} == {0.5}
    bands = [one for one in ax.patches if one.get_gid() == "flow"]
    assert {(one.get_alpha(), one.get_linewidth()) for one in bands} == {(0.55, 0.3)}
    assert [to_rgba(one.get_facecolor())[:3] for one in bands] == [
        to_rgba(colour_of(one))[:3] for one in ("NGA", "a place")
    ]
    (thread,) = [one for one in ax.patches if one.get_gid() == "masked-flow"]
    start = -0.75 * scale - 0.002 * scale  # its middle, beneath the band to Italy
    end = -scale - 0.022 - 0.002 * scale
    assert thread.get_path().vertices[[0, -1]] == pytest.approx(np.array([[0, start], [1, end]]))
    assert not thread.get_fill()
    many = pd.DataFrame([(f"p{i:02}", "x", "9") for i in range(39)], columns=["a", "b", "n"])
    ax = sankey(many, most=40, **ENDS)
    bars = [one for one in ax.patches if one.get_gid() is None and hasattr(one, "get_height") and one.get_x() < 0]
    assert sum(one.get_height() for one in bars) == pytest.approx(0.3)  # of 38 gaps no more than seven tenths


# the page


def parts(page):
    """Read areas, classes and rows out of a page."""
    areas = re.findall(r'<g class="area" data-x="(\d+)" data-y="(\d+)" data-name="([^"]*)">(.*?)</g>', page.html)
    found = re.search(r'\{(?:&quot;|")destination(?:&quot;|").*?\}\}', page.html)[0]
    return areas, json.loads(unescape(found))


def test_a_page_holds_areas_in_whole_units_up_being_up():
    made = Geometry(
        (
            Area("a", 'A & "B"', (np.array([[0.0, 0], [2, 0], [2, 1], [0, 1], [0, 0]]),), (1.0, 0.5)),
            Area("c", "C", (np.array([[3.0, 0], [4, 0], [4, 1], [3, 0]]),), (3.7, 0.3)),
            Area("d", "D", (), (2.5, 0.5)),
        ),
        lines=(np.array([[0.0, 0], [4, 0]]),),
        dashed=(np.array([[2.0, 1], [2, 0]]),),
    )
    low, high = base_map.frame_of(made)
    scale = 2000 / (high - low)[0]
    page = map_page(PAIRS[:1].assign(a="a", b="c"), geometry=made, **ENDS)
    areas, _ = parts(page)
    assert [unescape(name) for *_, name, _ in areas] == ['A & "B"', "C", "D"]  # the largest first
    drawn = made.drawn()
    for x, y, name, inside in areas:
        area = next(one for one in made.areas if one.name == unescape(name))
        spot = made.projected(np.array([area.middle]))[0]
        assert (int(x), int(y)) == (round((spot[0] - low[0]) * scale), round((high[1] - spot[1]) * scale))
        assert ("<circle" in inside) == (area.code == "d")
        assert ("<path" in inside) == (area.code != "d")
        if area.code != "d":
            begin, steps = re.search(r'd="M(\d+ \d+)l([^z]*)z"', inside).groups()
            ring = drawn[area.code][0]
            wanted = np.column_stack([(ring[:, 0] - low[0]) * scale, (high[1] - ring[:, 1]) * scale]).round()
            walked = np.array(re.findall(r"-?\d+", steps), dtype=int).reshape(-1, 2)
            assert np.vstack([[*map(int, begin.split())], walked]).cumsum(axis=0) == pytest.approx(wanted)
    assert f'viewBox="0 0 2000 {int(np.ceil((high - low)[1] * scale))}"' in page.html
    shape = _Shape(made)
    still = np.repeat(drawn["c"][0][:1], 3, axis=0)
    assert shape.lines([still]) == ""
    assert shape.lines([drawn["c"][0][:2], drawn["c"][0][1:3]]).count("M") == 2
    for lines in (made.drawn_lines(), made.drawn_lines(dashed=True)):
        assert f'"{shape.lines(lines)}"' in page.html


def test_a_page_tells_years_classes_and_what_is_off_the_map():
    rows = [
        ("north", "east", 2020, "40"), ("north", "east", 2021, "8"), ("south", "east", 2021, "<5"), ("south", "north", 2021, "3"),
        ("beyond", "east", 2020, "20"), ("farther", "west", 2020, "6"),
    ]  # fmt: skip
    page = map_page(flows(rows), geometry=TILES)
    _, breaks = parts(page)
    assert breaks["destination"]["all"] == nice_breaks(np.array([68.0, 3, 6]), whole=True).tolist()
    assert breaks["destination"]["year"] == nice_breaks(np.array([60.0, 8, 3, 6]), whole=True).tolist()
    assert breaks["origin"]["all"] == nice_breaks(np.array([20.0, 6, 48, 3]), whole=True).tolist()
    assert breaks["origin"]["year"] == nice_breaks(np.array([20.0, 6, 40, 8, 3]), whole=True).tolist()
    assert re.findall(r"<option>(\d+)", page.html) == ["2021", "2020"]
    assert re.findall(r"<th scope=col>(\d+)", page.html) == ["2020", "2021"]
    assert page.table.columns.tolist() == ["origin", "destination", "year", "people"]
    assert page.table.to_numpy().tolist() == sorted([a, b, y, n] for a, b, y, n in rows)
    assert "2 places are not on this map" in page.html
    assert str(captions.PROFILING)[:30] in page.html
    notes = re.findall(r"<p>(.*?)</p>", page.html)
    assert [unescape(one) for one in notes][:4] == [
        str(one) for one in (captions.PROFILING, captions.FOUND, captions.UNLISTED, captions.REACH)
    ]
    once = map_page(PAIRS, geometry=TILES, title="A <title>", **ENDS)
    assert "A &lt;title&gt;" in once.html
    assert "not on this map" not in once.html
    assert str(captions.PROFILING)[:30] not in once.html
    assert re.findall(r"<th scope=col>([^<]*)", once.html)[-1].strip() == "People"
    assert "<tr><td>coast<td>north<td>120" in once.html
    assert "<option>20" not in once.html
    assert once.table.columns.tolist() == ["origin", "destination", "people"]
    assert "1 place is not on this map" in map_page(flows(rows[:5]), geometry=TILES).html
    assert {one: meaning.role for one, meaning in page.roles.items()} == {
        "origin": "place", "destination": "place", "year": "date", "people": "count"
    }  # fmt: skip
    with pytest.raises(DataError, match=r"0 of 1 \w+ know both places"):
        map_page(flows([(None, "east", 2020, 3)]), geometry=TILES)
    with pytest.raises(SpecificationError, match="title is a int"):
        map_page(flows(rows), geometry=TILES, title=3)
    assert map_page(flows(rows), geometry=TILES, mask_below=7).table["people"].tolist().count("<7") == 3
