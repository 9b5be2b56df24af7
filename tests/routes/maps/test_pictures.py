"""Maps and diagrams: what is masked cannot be told apart, what was not published is not zero, and no person is a point."""

import io
import re

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError, plot
from ctresearch.core.meaning import count
from ctresearch.privacy import Output, release
from ctresearch.routes import Corridors, FlowTable, Geometry, Hubs, chord, choropleth, flow_map, sankey, small_multiples
from ctresearch.routes.maps.captions import PROFILING
from ctresearch.routes.maps.flow_lines import bundled
from ctresearch.routes.maps.value_classes import BLUES, MASKED, MISSING, RANGE, ZERO, classes, nice_breaks

NAMES = ["north", "east", "south", "west", "middle", "coast"]
TILES = Geometry.tiles(NAMES)
ROLES = {"place": "place", "people": "count"}
AS_GIVEN = {"citizenship": "a", "detection": "b", "count": "n", "places": "as given"}
FROM = {"origin": "a", "destination": "b", "value": "n", "roles": {"a": "place", "b": "place", "n": "count"}}


def told(*people, **more):
    return pd.DataFrame({"place": NAMES[: len(people)], "people": people}, **more)


def drawn(frame, **more):
    return choropleth(frame, geometry=TILES, place="place", value="people", roles=ROLES, **more)


def svg(ax):
    """Write a picture without settling its layout, which takes most of the time."""
    text = io.StringIO()
    ax.figure.set_layout_engine("none")
    with plot.style():
        ax.figure.savefig(text, format="svg", bbox_inches=None, metadata={"Date": None, "Creator": None})
    return text.getvalue()


def style_of(picture, code):
    """Return how an area is drawn, its place left out."""
    inside = re.search(rf'<g id="area-{code}">(.*?)</g>', picture, re.DOTALL)[1]
    return re.findall(r'(?:style|fill|clip-path)="([^"]*)"', inside)


def pairs(*counts):
    ends = [("north", "east"), ("south", "east"), ("west", "west"), ("middle", "coast"), ("coast", "north")]
    return pd.DataFrame(ends[: len(counts)], columns=["a", "b"]).assign(n=counts)


def words_of(ax):
    return " ".join(text.get_text().replace("\n", " ") for text in ax.texts)


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_a_masked_area_cannot_be_told_from_another():
    picture = svg(drawn(told(40, "<5", "<5", None, 0, 7)))
    styles = {name: style_of(picture, name) for name in NAMES}
    assert styles["east"] == styles["south"]
    assert len({str(styles[name]) for name in ("north", "east", "west", "middle", "coast")}) == 5  # and all else can


@pytest.mark.parametrize("draw", [flow_map, chord, sankey])
def test_a_count_that_is_masked_leaves_no_trace(draw):
    more = {"geometry": TILES} if draw is flow_map else {}
    one, two = (svg(draw(pairs(40, few, 9), mask_below=5, **FROM, **more)) for few in (1, 4))
    assert one == two
    tables = [
        plot.shown(draw(FlowTable.from_frame(pairs(40, few, 9), **AS_GIVEN), mask_below=5, **more))[0] for few in (1, 4)
    ]
    assert tables[0].equals(tables[1])


def test_a_masked_value_of_a_map_leaves_no_trace():
    one, two = (drawn(told(40, few, 90), mask_below=5) for few in (1, 4))
    assert svg(one) == svg(two)
    assert plot.shown(one)[0]["value"].tolist() == ["40", "<5", "90"]
    hidden = told(40, "<5", 90).assign(true=[40, 7919, 90])
    ax = drawn(hidden)
    assert "7919" not in svg(ax)
    assert "7919" not in plot.shown(ax)[0].to_csv()


def test_what_is_masked_is_masked_before_anything_is_added():
    flows = FlowTable.from_frame(pairs(40, 3, 9), **AS_GIVEN)
    shown = plot.shown(choropleth(flows, geometry=TILES, mask_below=5))[0].set_index("place")["value"]
    assert shown.to_dict() == {"east": "40 to 44", "west": "9"}  # 43 less the corridor of 40 would give it away
    assert plot.shown(flow_map(flows, geometry=TILES, mask_below=5))[0]["value"].tolist() == ["40", "<5", "9"]


def test_the_legend_says_what_was_published_and_no_more():
    ax = drawn(told(40, "<5", "suppressed", None, 0, "12 to 16"), breaks=[1, 14, 30])
    assert legend_of(ax) == [
        "1 to 13 persons",
        "14 to 29 persons",
        "30 and more persons",
        "0 persons, as published",
        "fewer than 5: the count is masked",
        "a range across classes",
        "nothing published",
    ]
    assert "not zero" in words_of(ax)


def test_a_range_has_a_class_only_if_all_of_it_is_in_one():
    low, high = np.array([12.0, 12, 0, np.nan, 0, 50]), np.array([16.0, 22, 4, np.nan, 0, 50])
    found = classes(low, high, np.array([0, 0, 1, 0, 0, 0], dtype=bool), whole=True, breaks=[1, 20, 50])
    assert found.of.tolist() == [0, RANGE, MASKED, MISSING, ZERO, 2]
    with pytest.raises(SpecificationError, match="begin above 1 values"):
        classes(low, high, np.array([0, 1, 1, 0, 0, 0], dtype=bool), whole=True, breaks=[20, 30])
    for wrong in ([2, 1], [], [1, 2, 3, 4, 5, 6], "x", 3):
        with pytest.raises(SpecificationError, match="1 to 5 numbers that rise"):
            classes(low, high, np.zeros(6, dtype=bool), whole=True, breaks=wrong)


def test_breaks_are_round_and_hold_every_value():
    rng = np.random.default_rng(5)
    for values, whole in (
        (rng.lognormal(3, 2, 200).round(), True),
        (rng.normal(0.4, 0.1, 50), False),
        (np.full(3, 7.0), True),
    ):
        found = nice_breaks(values, whole=whole)
        assert 1 <= len(found) <= len(BLUES)
        assert (np.diff(found) > 0).all()
        assert found[0] <= values[values > 0].min()
    assert nice_breaks(np.array([0.0]), whole=True).tolist() == [1.0]


def test_colours_differ_in_lightness_alone():
    channels = np.array([[int(one[i : i + 2], 16) / 255 for i in (1, 3, 5)] for one in BLUES])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    lightness = 116 * np.cbrt(linear @ [0.2126, 0.7152, 0.0722]) - 16
    assert (np.diff(lightness) < -10).all()


def test_the_gate_judges_what_is_drawn():
    def verdict(ax):
        table, roles = plot.shown(ax)
        return release([Output("map", "table", "restricted", content=table, roles=roles)])["map"].verdict

    assert verdict(drawn(told(40, 2, 90))) == "fail"
    assert verdict(drawn(told(40, 2, 90), mask_below=5)) == "pass"
    flows = FlowTable.from_frame(pairs(40, 3, 9), **AS_GIVEN)
    for draw in (chord, sankey):
        assert verdict(draw(flows)) == "fail"
        assert verdict(draw(flows, mask_below=5)) == "pass"


def test_transit_is_operational_detail():
    frame = pd.DataFrame({"a": ["NGA"], "by": ["NER|LBY|NER"], "b": ["ITA"], "count": [40]})
    flows = FlowTable.from_frame(frame, recruitment="a", transit="by", exploitation="b")
    with pytest.raises(SpecificationError, match="operational detail: must be added up by region"):
        choropleth(flows, role="transit")
    with pytest.raises(DataError, match="transit begins or ends no corridor"):
        flow_map(flows, origin="transit")
    by_region = choropleth(flows, role="transit", geometry=Geometry.regions())
    assert sorted(plot.shown(by_region)[0]["place"]) == ["Northern Africa", "Western Africa"]
    asked = choropleth(flows, role="transit", geometry=Geometry.world().within("Africa"), operational=True)
    table, roles = plot.shown(asked)
    assert roles["place"].role == "operational detail"
    assert table["value"].tolist() == ["40", "40"]  # a stop that is passed twice is one
    assert "operational detail" in words_of(asked)
    verdict = release([Output("map", "table", "restricted", content=table, roles=roles)])["map"].verdict
    assert verdict != "pass"


def test_a_map_of_nationality_says_what_it_must_not_be_used_for():
    flows = FlowTable.from_frame(pairs(40, "<5", 9), **AS_GIVEN)
    start = str(PROFILING)[:40]
    for ax in (
        flow_map(flows, geometry=TILES),
        chord(flows),
        sankey(flows),
        choropleth(flows, role="citizenship", geometry=TILES),
    ):
        assert start in words_of(ax)
    assert start in words_of(flow_map(Corridors().fit(flows), geometry=TILES))
    by_label = {"a": "place", "b": "place", "n": "count"}
    assert start in words_of(
        sankey(
            pairs(40).rename(columns={"a": "nationality"}),
            **{**FROM, "origin": "nationality", "roles": by_label | {"nationality": "place"}},
        )
    )
    other = FlowTable.from_frame(pairs(40), recruitment="a", exploitation="b", count="n", places="as given")
    assert start not in words_of(sankey(other))


def test_borders_carry_their_disclaimer_and_dashes():
    ax = choropleth(
        pd.DataFrame({"place": ["SDN", "EGY"], "people": [40, "<5"]}),
        geometry=Geometry.world().within("Africa"),
        place="place",
        value="people",
        roles=ROLES,
    )
    assert "imply no endorsement" in words_of(ax)
    dashed = next(one for one in ax.collections if one.get_gid() == "disputed-borders")
    assert len(dashed.get_segments()) == 4
    assert dashed.get_linestyle()[0][1] is not None


def test_results_and_regions_are_drawn():
    frame = pd.DataFrame(
        {"a": ["NGA", "GHA", "ITA"], "b": ["ITA", "ITA", "ITA"], "y": [2020, 2021, 2021], "n": [31, "<5", 12]}
    )
    flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="y", count="n")
    regions = Geometry.regions("region")
    assert plot.shown(flow_map(flows, geometry=regions))[0]["value"].tolist() == ["31 to 35", "12"]
    europe = Geometry.world().within("Europe")
    hubs = plot.shown(choropleth(Hubs().fit(flows), geometry=europe, unmatched="table"))[0]
    assert hubs.set_index("place").loc["ITA", "value"] == "31 to 35"
    strip = small_multiples(flows, geometry=europe)
    assert [one.get_title() for one in strip.child_axes] == ["2020", "2021"]
    assert plot.shown(strip)[0]["year"].tolist() == ["2020", "2021"]


def test_the_largest_flows_are_drawn_and_the_others_counted():
    flows = pairs(40, 30, 20, "<5", "<5")
    ax = flow_map(flows, geometry=TILES, most=3, **FROM)
    assert plot.shown(ax)[0]["value"].tolist() == ["40", "30", "20"]
    assert "2 corridors of 5 are not drawn (2 masked)" in words_of(ax)
    table = plot.shown(sankey(pairs(40, 30, 20, 8, "<5"), most=3, **FROM))[0]
    assert set(table["origin"]) | set(table["destination"]) <= {*NAMES, "other places"}
    assert table["value"].tolist() == ["40", "8 to 12", "30", "20"] or "other places" in set(table["origin"])


def test_lines_end_in_the_middle_of_areas_and_never_turn_back():
    world = Geometry.world()
    lines = bundled(world, ["CHN", "IRL", "NGA"], ["USA", "GBR", "ITA"])
    for line, (a, b) in zip(lines, [("CHN", "USA"), ("IRL", "GBR"), ("NGA", "ITA")], strict=True):
        ends = world.projected(np.array([world.area(a).middle, world.area(b).middle]))
        assert np.allclose(line[[0, -1]], ends)
        assert (np.diff(line @ (ends[1] - ends[0])) > 0).all()


@pytest.mark.parametrize(
    ("frame", "options", "error", "words"),
    [
        (told(1), {"roles": None}, SpecificationError, "must have all three"),
        (told(1), {"roles": {"place": "place"}}, SpecificationError, "leave the value undeclared"),
        (told(1), {"roles": {"place": "actor", "people": "count"}}, SpecificationError, "no map shows persons"),
        (told(1), {"roles": {"place": "place", "people": "quote"}}, SpecificationError, "declared 'quote'"),
        (told(1), {"role": "detection"}, SpecificationError, "no FlowTable"),
        (told(1), {"unmatched": "drop"}, SpecificationError, "unmatched == 'drop'"),
        (told(1), {"mask_below": 1}, SpecificationError, "mask_below == 1"),
        (told(-1), {}, CellError, "1 of 1 cells"),
        (told("few"), {}, CellError, "1 of 1 cells is text"),
        (told(1, 2).assign(place="north"), {}, CellError, "2 of 2 rows are of one place"),
        (told(1).assign(place="12 High Street"), {}, CellError, "must each name an area"),
        (told(0.1), {"roles": {"place": "place", "people": "model"}, "mask_below": 5}, SpecificationError, "no count"),
        ([1], {}, DataError, "data is a list"),
    ],
)
def test_what_is_no_map_is_refused(frame, options, error, words):
    with pytest.raises(error, match=words) as caught:
        choropleth(frame, **{"geometry": TILES, "place": "place", "value": "people", "roles": ROLES, **options})
    assert "High Street" not in str(caught.value)


def test_more_that_is_refused():
    flows = FlowTable.from_frame(pairs(40, 30), **AS_GIVEN)
    for call, error, words in [
        (lambda: choropleth(flows, geometry=TILES, place="a"), SpecificationError, "must come with role= alone"),
        (lambda: choropleth(flows, geometry="world"), SpecificationError, "must be a Geometry"),
        (lambda: flow_map(flows, geometry=TILES, value="n"), SpecificationError, "must come without value="),
        (
            lambda: flow_map(pairs(1, 1).assign(a="north", b="east"), geometry=TILES, **FROM),
            CellError,
            "same two places",
        ),
        (lambda: flow_map(pairs(1), geometry=TILES, origin="a"), SpecificationError, "must have all four"),
        (lambda: sankey(pairs(0, 0), **FROM), DataError, "all counts are 0"),
        (lambda: chord(flows, most=2), SpecificationError, "most == 2"),
        (lambda: small_multiples(flows, geometry=TILES), DataError, "do not know 'year'"),
        (lambda: small_multiples(flows, by="place"), SpecificationError, "by == 'place'"),
        (lambda: small_multiples(pairs(1)), DataError, "must be a FlowTable"),
    ]:
        with pytest.raises(error, match=words):
            call()
    left = choropleth(
        told(9).assign(place="nowhere"), geometry=TILES, place="place", value="people", roles=ROLES, unmatched="table"
    )
    assert "1 row names a place that is not on this map" in words_of(left)


def test_rates_have_classes_of_their_own():
    roles = {"place": "place", "people": "model"}
    ax = choropleth(told(0.21, 0.43, None, "masked", 0.72), geometry=TILES, place="place", value="people", roles=roles)
    entries = legend_of(ax)
    assert entries[-2:] == ["masked: not published", "nothing published"]
    assert re.match(r"0\.2 to under 0\.\d+$", entries[0])
    with pytest.raises(CellError, match="must be numbers, missing"):
        choropleth(told("much"), geometry=TILES, place="place", value="people", roles=roles)


@pytest.mark.parametrize("draw", [sankey, chord, flow_map])
def test_what_pairs_count_is_what_the_caller_declares(draw):
    frame = pd.DataFrame({"a": ["NGA", "ITA"], "b": ["ITA", "FRA"], "n": [31, 12]})
    places = {"a": "place", "b": "place"}
    columns = {"origin": "a", "destination": "b", "value": "n"}
    _, roles = plot.shown(draw(frame, **columns, roles=places | {"n": count("Agreements", of="nobody")}))
    assert (roles["value"].of, roles["value"].label) == ("nobody", "Agreements")
    _, roles = plot.shown(draw(frame, **columns, roles=places | {"n": "count"}))
    assert roles["value"].of == "person"
