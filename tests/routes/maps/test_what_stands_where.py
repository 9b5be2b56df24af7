"""Where each part of a picture stands, how large it is and what lies upon what."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_hex

from ctresearch.core import plot
from ctresearch.routes import Corridors, FlowTable, Geometry, chord, choropleth, flow_map, sankey, small_multiples
from ctresearch.routes.maps.chord import _slots
from ctresearch.routes.maps.flow_lines import bundled
from ctresearch.routes.maps.flow_map import WIDTHS, width_class
from ctresearch.routes.maps.outlines import lines_of, shared_steps
from ctresearch.routes.maps.places_read import read_pairs
from ctresearch.routes.maps.value_classes import BLUES, classes, nice_breaks

NAMES = ["north", "east", "south", "west", "middle", "coast"]
TILES = Geometry.tiles(NAMES)
ENDS = {"origin": "a", "destination": "b", "value": "n", "roles": {"a": "place", "b": "place", "n": "count"}}
PAIRS = pd.DataFrame(
    [
        ("north", "east", "40"), ("south", "east", "9"), ("west", "west", "25"), ("middle", "coast", "<5"),
        ("coast", "coast", "<5"), ("coast", "north", "120"),
    ],
    columns=["a", "b", "n"],
)  # fmt: skip


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def inches(ax):
    return [float(one) for one in ax.figure.get_size_inches()]


def by_gid(ax, gid):
    return [one for one in ax.get_children() if one.get_gid() == gid]


def test_corridors_are_lines_as_wide_as_their_class_the_widest_first():
    ax = flow_map(PAIRS, geometry=TILES, **ENDS)
    (flows,), (masked,) = by_gid(ax, "flows"), by_gid(ax, "masked-flows")
    breaks = nice_breaks(np.array([40.0, 9, 25, 120]), whole=True)
    order = [("coast", "north", 120), ("north", "east", 40), ("south", "east", 9)]
    wide = [WIDTHS[sum(n >= one for one in breaks) - 1] for *_, n in order]
    assert list(flows.get_linewidths()) == pytest.approx(wide)
    assert sorted(wide, reverse=True) == wide
    lines = bundled(TILES, ["coast", "north", "south"], ["north", "east", "east"])
    for path, line in zip(flows.get_paths(), lines, strict=True):
        assert path.vertices == pytest.approx(line)
    assert (len(masked.get_paths()), list(masked.get_linewidths())) == (1, [0.7])
    (ring,), (unknown,) = by_gid(ax, "ring"), by_gid(ax, "ring-masked")
    assert ring.get_markersize() == pytest.approx(3 + 1.6 * WIDTHS[sum(one <= 25 for one in breaks) - 1])
    assert unknown.get_markersize() == 4
    for one, name in ((ring, "west"), (unknown, "coast")):
        assert (
            np.hypot(
                *(
                    np.array([*one.get_xdata(), *one.get_ydata()])
                    - TILES.projected(np.array([TILES.area(name).middle]))[0]
                )
            )
            < 0.5
        )
    areas = [one for one in ax.patches if str(one.get_gid()).startswith("area-")]
    layers = [
        max(one.get_zorder() for one in areas),
        by_gid(ax, "borders")[0].get_zorder(),
        flows.get_zorder(),
        masked.get_zorder(),
        ring.get_zorder(),
    ]
    layers.append(min(text.get_zorder() for text in ax.texts if text.get_text() in NAMES))
    assert layers == sorted(layers)
    assert len(set(layers)) == len(layers)
    assert ax.get_legend().get_zorder() > layers[-1]
    arrows = [one for one in ax.texts if one.get_text() == "" and getattr(one, "arrow_patch", None)]
    assert len(arrows) == 4
    ends = {tuple(np.round(one.xy, 9)) for one in arrows}
    assert {tuple(np.round(line[-1], 9)) for line in lines} <= ends
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words[-2:] == ["fewer than 5: the count is masked", "within one place, larger for more people"]
    assert len(words) == len(breaks) + 2
    shut = choropleth(
        pd.DataFrame({"p": NAMES[:3], "n": ["40", "suppressed", "9"]}),
        geometry=TILES,
        place="p",
        value="n",
        roles={"p": "place", "n": "count"},
    )
    assert plot.shown(shut)[0]["value"].tolist() == ["40", "masked", "9"]
    assert width_class(np.array([0.0, 1, 9, 10, 99]), np.array([1.0, 10])).tolist() == [0, 0, 0, 1, 1]


def test_the_largest_corridors_are_drawn_and_the_rest_counted():
    ax = flow_map(PAIRS, geometry=TILES, most=2, **ENDS)
    assert len(by_gid(ax, "flows")[0].get_paths()) == 2
    said = " ".join(text.get_text().replace("\n", " ") for text in ax.texts)
    assert "4 corridors of 6 are not drawn (2 masked)" in said
    one = flow_map(PAIRS, geometry=TILES, most=5, **ENDS)
    assert "1 corridor of 6 is not drawn (1 masked)" in " ".join(t.get_text().replace("\n", " ") for t in one.texts)


def test_a_map_is_framed_by_its_areas_and_as_high_as_they_ask():
    for frame in (TILES, Geometry.tiles(list("abcdefghijkl"))):
        some = frame.areas[0].code
        ax = choropleth(
            pd.DataFrame({"p": [some], "n": [40]}),
            geometry=frame,
            place="p",
            value="n",
            roles={"p": "place", "n": "count"},
        )
        points = np.vstack([ring for rings in frame.drawn().values() for ring in rings])
        low, high = points.min(axis=0), points.max(axis=0)
        edge = 0.015 * (high - low).max()
        assert [*ax.get_xlim(), *ax.get_ylim()] == pytest.approx(
            [low[0] - edge, high[0] + edge, low[1] - edge, high[1] + edge]
        )
        width, height = inches(ax)
        ratio = (high - low + 2 * edge)[1] / (high - low + 2 * edge)[0]
        assert width == 9
        assert height == pytest.approx(np.clip(9 * ratio, 2.8, 8) + 0.9, abs=0.02)
        assert not ax.axison


def test_areas_are_as_dark_as_their_class_and_names_can_be_read_on_them():
    frame = pd.DataFrame({"p": NAMES, "n": [1, 10, 20, 30, 40, 50]})
    ax = choropleth(
        frame, geometry=TILES, place="p", value="n", roles={"p": "place", "n": "count"}, breaks=[1, 10, 20, 30, 40]
    )
    fills = {one.get_gid().removeprefix("area-"): to_hex(one.get_facecolor()) for one in ax.patches if one.get_gid()}
    assert [fills[one] for one in NAMES] == [*BLUES, BLUES[-1]]
    names = {text.get_text().split("\n")[0]: text for text in ax.texts if text.get_text().split("\n")[0] in NAMES}
    assert [names[one].get_color() for one in NAMES] == ["black"] * 3 + ["white"] * 3
    assert [names[one].get_bbox_patch() is not None for one in NAMES] == [True] * 3 + [False] * 3
    assert [names[one].get_text().split("\n")[1] for one in NAMES] == ["1", "10", "20", "30", "40", "50"]
    spots = TILES.projected(np.array([TILES.area(one).middle for one in NAMES]))
    assert np.array([names[one].get_position() for one in NAMES]) == pytest.approx(spots)
    two = choropleth(frame, geometry=TILES, place="p", value="n", roles={"p": "place", "n": "count"}, breaks=[1, 30])
    fills = {one.get_gid().removeprefix("area-"): to_hex(one.get_facecolor()) for one in two.patches if one.get_gid()}
    assert [fills[one] for one in NAMES] == [BLUES[0]] * 3 + [BLUES[-1]] * 3
    one = choropleth(frame, geometry=TILES, place="p", value="n", roles={"p": "place", "n": "count"}, breaks=[1])
    assert {to_hex(p.get_facecolor()) for p in one.patches if p.get_gid()} == {BLUES[2]}


def test_labels_of_classes_say_their_ends():
    found = classes(np.array([1.0, 5, 9]), np.array([1.0, 5, 9]), np.zeros(3, bool), whole=True, breaks=[1, 5, 6])
    assert [str(found.label(i, "persons")) for i in range(3)] == ["1 to 4 persons", "5 persons", "6 and more persons"]
    shares = classes(np.array([0.1, 0.5]), np.array([0.1, 0.5]), np.zeros(2, bool), whole=False, breaks=[0.1, 0.25])
    assert [str(shares.label(i, "")).strip() for i in range(2)] == ["0.1 to under 0.25", "0.25 and more"]


def test_parts_by_year_stand_in_rows_of_three():
    rows = pd.concat([PAIRS.assign(year=year) for year in (2019, 2020, 2021, 2022)])
    flows = FlowTable.from_frame(rows, citizenship="a", detection="b", count="n", year="year", places="as given")
    ax = small_multiples(flows, geometry=TILES)
    panels = ax.child_axes
    assert [one.get_title() for one in panels] == ["2019", "2020", "2021", "2022"]
    ax.figure.set_layout_engine("none")
    ax.figure.canvas.draw()
    whole = ax.get_position()
    left = [(one.get_position().x0 - whole.x0) / whole.width for one in panels]
    middle = [((one.get_position().y0 + one.get_position().y1) / 2 - whole.y0) / whole.height for one in panels]
    assert left[0] == pytest.approx(left[3], abs=0.02)
    assert left[0] < left[1] < left[2]
    assert middle[0] == pytest.approx(middle[1], abs=0.02)
    assert middle[3] < middle[0]
    assert inches(ax)[0] == 9


def test_places_of_a_diagram_stand_beneath_one_another_with_room_for_their_names():
    ax = sankey(PAIRS, **ENDS)
    assert inches(ax) == pytest.approx([8.0, 1.2 + 0.34 * 5], abs=0.02)
    assert [*ax.get_xlim(), *ax.get_ylim()] == [-0.62, 1.62, -1.02, 0.06]
    names = by_gid(ax, "place")
    left = [one for one in names if one.get_ha() == "right"]
    right = [one for one in names if one.get_ha() == "left"]
    assert {one.get_position()[0] for one in left} == {-0.05}
    assert {one.get_position()[0] for one in right} == {1.05}
    assert len(left) == 5
    assert len(right) == 4
    for side in (left, right):
        places = [one.get_position()[1] for one in side]
        assert places == sorted(places, reverse=True)
        assert -1.02 < min(places) <= max(places) < 0.06
    bars = [one for one in ax.patches if one.get_gid() is None and hasattr(one, "get_height")]
    assert {round(one.get_x(), 9) for one in bars} == {-0.03, 1.0}
    assert {round(one.get_width(), 9) for one in bars} == {0.03}
    for one, text in zip(sorted(bars, key=lambda b: (b.get_x(), -b.get_y())), [*left, *right], strict=True):
        assert one.get_y() + one.get_height() / 2 == pytest.approx(text.get_position()[1])
    assert len(by_gid(ax, "flow")) == 4
    assert len(by_gid(ax, "masked-flow")) == 2
    assert all(one.get_zorder() > two.get_zorder() for one in by_gid(ax, "masked-flow") for two in by_gid(ax, "flow"))
    assert {one.get_linewidth() for one in by_gid(ax, "masked-flow")} == {0.7}
    assert sankey(PAIRS[:1], **ENDS).figure.get_size_inches()[1] == pytest.approx(1.54, abs=0.02)


def test_arcs_of_a_circle_are_shares_of_both_ends():
    told = read_pairs(PAIRS, None, mask_below=None, unmatched="table", **ENDS)
    names = sorted({*PAIRS["a"], *PAIRS["b"]})
    slots, arcs = _slots(told, names)
    known = {"north": 160, "east": 49, "south": 9, "west": 50, "coast": 120, "middle": 0}
    size = {name: arcs[name][1] - arcs[name][0] for name in names}
    assert sum(size.values()) < 2 * np.pi
    assert size["north"] / size["west"] == pytest.approx(160 / 50)
    assert size["east"] / size["west"] == pytest.approx(49 / 50)
    assert size["coast"] > size["west"] * known["coast"] / 50  # and a thin line for each that is masked
    assert max(end for _, end in arcs.values()) == pytest.approx(np.pi / 2)
    gaps = [arcs[one][0] - arcs[two][1] for one, two in pairwise(names)]
    assert gaps == pytest.approx([gaps[0]] * len(gaps))
    assert gaps[0] > 0
    assert sum(size.values()) + gaps[0] * len(names) == pytest.approx(2 * np.pi)
    for (first, second), (a, b) in zip(slots, told.table[["origin", "destination"]].to_numpy(), strict=True):
        for slot, name in ((first, a), (second, b)):
            assert arcs[name][0] - 1e-9 <= slot[0] < slot[1] <= arcs[name][1] + 1e-9
    ax = chord(PAIRS, **ENDS)
    labels = by_gid(ax, "place")
    assert len(labels) == 6
    for one in labels:
        x, y = one.get_position()
        assert np.hypot(x, y) == pytest.approx(1.08)
        assert one.get_ha() == ("left" if x >= 0 else "right")


def test_bars_of_corridors_run_between_their_ends():
    flows = FlowTable.from_frame(PAIRS, citizenship="a", detection="b", count="n", places="as given")
    found = Corridors().fit(flows)
    ax = found.plot()
    assert inches(ax)[1] == pytest.approx(0.9 + 0.28 * 6, abs=0.02)
    assert [one.get_text() for one in ax.get_yticklabels()] == [
        f"{a} → {b}" for a, b in found.corridors[["origin", "destination"]].to_numpy()
    ]
    segments = np.array([one for collection in ax.collections for one in collection.get_segments()])
    assert segments[:, :, 0].tolist() == [[120, 120], [40, 40], [25, 25], [9, 9], [0, 4], [0, 4]]
    assert segments[:, 0, 1].tolist() == [5, 4, 3, 2, 1, 0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["at most", "at least"]


def test_breaks_are_round_in_decades_where_values_spread_and_in_steps_where_they_do_not():
    wide = nice_breaks(np.array([1.0, 3, 8, 20, 70, 300, 2000]), whole=True)
    assert wide.tolist() == [1, 5, 10, 50, 200]
    assert nice_breaks(np.array([40.0, 42, 47, 53, 58, 60]), whole=True).tolist() == [1, 42, 47, 53, 58]  # steps of one
    edge = nice_breaks(np.array([1.0, 5, 9, 13, 17, 20]), whole=False)
    assert all(float(one).is_integer() for one in edge)  # twentyfold is not yet spread
    assert nice_breaks(np.array([0.0, 0]), whole=True).tolist() == [1]
    assert nice_breaks(np.array([]), whole=False).tolist() == [0]
    shares = nice_breaks(np.array([0.11, 0.22, 0.33, 0.44, 0.55]), whole=False)
    assert shares[0] <= 0.11
    assert (np.round(shares / 0.02) * 0.02 == pytest.approx(shares)) or (
        np.round(shares / 0.05) * 0.05 == pytest.approx(shares)
    )


def test_every_border_that_is_disputed_is_found():
    square = {name: (np.array([[x, 0.0], [x + 1, 0], [x + 1, 1], [x, 1], [x, 0]]),) for x, name in enumerate("abc")}
    steps = shared_steps(square, [("a", "b"), ("b", "c")])
    assert len(steps) == 2
    whole, dashed = lines_of(square, steps)
    assert sorted(tuple(map(tuple, np.sort(one, axis=0))) for one in dashed) == [((1, 0), (1, 1)), ((2, 0), (2, 1))]
    assert sum(len(one) - 1 for one in whole) == 3 * 4 - 2 - 2  # each shared step once, and those dashed
