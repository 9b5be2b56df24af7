"""Where everything stands in the picture of the first page: on the axis, in its row, and inside the frame."""

import math
from xml.etree import ElementTree as ET

import pytest

from ctresearch.core.answer import Answer
from ctresearch.core.tongue import ENGLISH, Tongue
from ctresearch.studies.shown import picture
from ctresearch.studies.shown.contract import Other
from ctresearch.studies.shown.picture import Axis, axis_for, range_picture

LEFT, RIGHT = 8.0, 352.0  # the picture is 360 wide, and 8 are left free on each side
INK, SOFT, ACCENT, LINE = "#1d1f21", "#5b6166", "#0b5a8f", "#c9ced3"


def drawn(markup):
    """Read what a part of the picture draws: its lines, circles and texts, each as a table of attributes."""
    root = ET.fromstring(f"<svg>{markup}</svg>")
    kinds = ("line", "circle", "text")
    return {kind: [dict(one.attrib) | {"said": one.text} for one in root.iter(kind)] for kind in kinds}


@pytest.mark.parametrize(
    ("axis", "value", "place"),
    [
        (Axis(0.0, 10.0, False), 0.0, LEFT),
        (Axis(0.0, 10.0, False), 10.0, RIGHT),
        (Axis(0.0, 10.0, False), 2.5, 94.0),
        (Axis(1.0, 100.0, True), 10.0, 180.0),
        (Axis(1.0, 100.0, True), 0.5, LEFT),
        (Axis(5.0, 5.0, False), 5.0, LEFT),
        (Axis(0.0, 3.0, False), 1.0, 122.67),  # to a hundredth
    ],
)
def test_a_number_has_one_place_between_the_ends(axis, value, place):
    assert axis.place(value) == place


@pytest.mark.parametrize(
    ("values", "low", "high", "logarithmic"),
    [
        ([10.0, 20.0, math.nan], 9.4, 20.6, False),  # six in a hundred of the way on each side
        ([1.0, 10.0], 1 / 1.15, 11.5, True),
        ([5.0], 4.5, 5.5, False),  # a tenth of a number alone
        ([-5.0], -5.5, -4.5, False),
        ([0.0], -1.0, 1.0, False),
        ([0.0, 100.0], -6.0, 106.0, False),
        ([1.0, 8.0, math.inf], 0.58, 8.42, False),
    ],
)
def test_an_axis_has_room_on_both_sides(values, low, high, logarithmic):
    axis = axis_for(values)
    assert (axis.low, axis.high) == pytest.approx((low, high), rel=1e-12)  # sums of a few doubles
    assert axis.logarithmic is logarithmic


@pytest.mark.parametrize(
    ("axis", "ticks"),
    [
        (Axis(1.0, 10.0, True), [1.0, 2.0, 5.0, 10.0]),
        (Axis(1.0, 20.0, True), [1.0, 2.0, 5.0, 10.0, 20.0]),
        (Axis(1.0, 50.0, True), [1.0, 10.0]),  # six would be too many: the powers of ten alone
        (Axis(1.0, 1e4, True), [1.0, 10.0, 100.0, 1e3, 1e4]),
        (Axis(1.0, 1e5, True), [1.0, 100.0, 1e4]),
        (Axis(3.0, 4.9, True), [3.0, 3.5, 4.0, 4.5]),  # no factor within: as on a plain axis
        (Axis(-1.0, 1.0, False), [-1.0, 0.0, 1.0]),
        (Axis(0.0, 1.0, False), [0.0, 0.5, 1.0]),
        (Axis(0.1, 0.4, False), [0.1, 0.2, 0.3, 0.4]),
        (Axis(0.0, 19.0, False), [0.0, 5.0, 10.0, 15.0]),
        (Axis(0.0, 99.0, False), [0.0, 20.0, 40.0, 60.0, 80.0]),
    ],
)
def test_ticks_are_at_round_numbers(axis, ticks):
    assert axis.ticks() == ticks


def test_the_axis_is_a_line_with_its_numbers_below_and_none_leaves_the_frame():
    parts = drawn(picture._axis(Axis(0.0, 10.0, False), 140.0, "persons", ENGLISH))
    foot = 140.0 - 40.0 + 4
    base, *marks = parts["line"]
    assert base == {"x1": "8", "x2": "352", "y1": f"{foot:g}", "y2": f"{foot:g}", "stroke": LINE, "said": None}
    assert [(one["x1"], one["x2"], one["y1"], one["y2"]) for one in marks] == [
        (x, x, "104", "108") for x in ("8", "180", "352")
    ]
    assert {one["stroke"] for one in marks} == {SOFT}
    unit, *numbers = parts["text"]
    assert (unit["said"], unit["x"], unit["y"], unit["text-anchor"]) == ("persons", "180", "135", "middle")
    assert [(one["said"], one["x"], one["y"], one["text-anchor"]) for one in numbers] == [
        ("0", "8", "120", "start"),
        ("5", "180", "120", "middle"),
        ("10", "352", "120", "end"),
    ]
    assert {(one["fill"], one["font-size"]) for one in parts["text"]} == {(SOFT, "11")}
    assert len(drawn(picture._axis(Axis(0.0, 10.0, False), 140.0, "", ENGLISH))["text"]) == 3


@pytest.mark.parametrize(
    ("at", "anchor"), [(27.99, "start"), (28.0, "middle"), (332.0, "middle"), (332.01, "end"), (8.0, "start")]
)
def test_a_number_near_an_end_is_written_inwards(monkeypatch, at, anchor):
    monkeypatch.setattr(Axis, "place", lambda self, value: at)
    monkeypatch.setattr(picture, "_apart", lambda axis, tongue: [5.0])
    assert drawn(picture._axis(Axis(1.0, 10.0, False), 140.0, "", ENGLISH))["text"][0]["text-anchor"] == anchor


def test_nothing_is_marked_where_it_lies_within_and_the_axis_is_plain():
    def marked(axis):
        return [one for one in drawn(picture._axis(axis, 140.0, "", ENGLISH))["line"] if "stroke-dasharray" in one]

    (zero,) = marked(Axis(-10.0, 10.0, False))
    assert (zero["x1"], zero["x2"], zero["y1"], zero["y2"]) == ("180", "180", "4", "104")
    assert (zero["stroke"], zero["stroke-dasharray"]) == (LINE, "2 2")
    assert marked(Axis(0.0, 10.0, False)) == marked(Axis(-10.0, 0.0, False)) == []
    assert marked(Axis(1.0, 100.0, True)) == []


def test_numbers_along_the_axis_do_not_touch():
    wide = Tongue("en", lambda one, many, n: one, lambda value: f"{value:.0f}")
    axis = Axis(0.0, 10.0, False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Axis, "ticks", lambda self: [0.0, 0.3, 0.4, 5.0, 10.0])
        patch.setattr(Tongue, "about", lambda self, value: "12345")  # 29 wide: 14.5 on each side
        # 0.3 stands at 18.32 and 0.4 at 21.76, and the first number ends at 22.5
        assert picture._apart(axis, wide) == [0.0, 5.0, 10.0]
        patch.setattr(Tongue, "about", lambda self, value: "1")  # 5.8 wide: 0.3 begins at 15.42 and ends at 21.22
        assert picture._apart(axis, wide) == [0.0, 0.3, 5.0, 10.0]


def test_the_words_above_a_bar_stand_left_and_its_numbers_right():
    parts = drawn(picture._words("A <label>", "12 to 13", bold=True))["text"]
    assert [(one["said"], one["x"], one["y"], one.get("text-anchor")) for one in parts] == [
        ("A <label>", "8", "6", None),
        ("12 to 13", "352", "6", "end"),
    ]
    assert {one["fill"] for one in parts} == {INK}
    assert {one["font-weight"] for one in parts} == {"600"}
    soft = drawn(picture._words("a", "b", soft=True))["text"]
    assert {(one["fill"], one.get("font-weight")) for one in soft} == {(SOFT, None)}
    fits, above = (drawn(picture._words("x" * n, "y" * 6))["text"] for n in (40, 41))
    assert (fits[0]["y"], above[0]["y"], above[1]["y"]) == ("6", "-9", "6")
    assert drawn(picture._words("x" * 46, ""))["text"][0]["said"] == "x" * 46
    assert drawn(picture._words("x" * 44 + "  x", ""))["text"][0]["said"] == "x" * 44 + "…"


def test_an_answer_is_a_point_on_its_interval():
    axis = Axis(0.0, 400.0, False)
    parts = drawn(picture._answer_row(Answer("People", 200.0, 100.0, 300.0, "persons"), axis, ENGLISH))
    (point,), (bar,) = parts["circle"], parts["line"]
    assert (point["cx"], point["cy"], point["r"], point["fill"]) == ("180", "20", "5.5", ACCENT)
    assert (bar["x1"], bar["x2"], bar["y1"], bar["y2"]) == ("94", "266", "20", "20")
    assert (bar["stroke"], bar["stroke-width"], bar["stroke-opacity"]) == (ACCENT, "5", ".45")
    assert [one["said"] for one in parts["text"]] == ["People", "200 (100 to 300)"]
    for low, high in ((math.nan, 300.0), (100.0, math.nan)):
        bare = drawn(picture._answer_row(Answer("People", 200.0, low, high, "persons"), axis, ENGLISH))
        assert bare["line"] == []
        assert "(" not in bare["text"][1]["said"]


def test_other_methods_are_points_on_one_thin_line():
    axis = Axis(0.0, 400.0, False)
    parts = drawn(picture._strip([Other("a", 300.0), Other("b", 100.0)], axis, ENGLISH))
    assert [one["said"] for one in parts["text"]] == ["2 other defensible methods", "100 to 300"]
    (line,) = parts["line"]
    assert (line["x1"], line["x2"], line["stroke"], line["stroke-width"]) == ("94", "266", SOFT, "1")
    assert [(one["cx"], one["cy"], one["r"]) for one in parts["circle"]] == [("266", "20", "4"), ("94", "20", "4")]
    assert {(one["fill"], one["fill-opacity"]) for one in parts["circle"]} == {(SOFT, ".8")}
    alone = drawn(picture._strip([Other("a", 300.0)], axis, ENGLISH))
    assert [one["said"] for one in alone["text"]] == ["1 other defensible method", "300"]


def test_what_the_data_reject_is_hollow_dashed_and_called_so():
    axis = Axis(0.0, 400.0, False)
    parts = drawn(picture._rejected_row(Other("a", 200.0, 100.0, 300.0), axis, ENGLISH))
    assert [one["said"] for one in parts["text"]] == ["Rejected by the data: a", "200"]
    assert {one["fill"] for one in parts["text"]} == {SOFT}
    (bar,), (point,) = parts["line"], parts["circle"]
    assert (bar["x1"], bar["x2"], bar["stroke"], bar["stroke-width"]) == ("94", "266", LINE, "1.5")
    assert bar["stroke-dasharray"] == "4 3"
    hollow = {"fill": "#fff", "stroke": SOFT, "stroke-width": "1.2", "r": "4", "cy": "20", "said": None}
    assert point == hollow | {"cx": "180"}
    for low, high in ((math.nan, 300.0), (100.0, math.inf)):
        assert drawn(picture._rejected_row(Other("a", 200.0, low, high), axis, ENGLISH))["line"] == []
    strip = drawn(picture._rejected_strip([Other("a", 100.0), Other("b", 300.0)], axis, ENGLISH))
    assert [one["said"] for one in strip["text"]] == ["2 more rejected by the data", None]
    assert strip["text"][0]["fill"] == SOFT
    assert strip["circle"] == [hollow | {"cx": "94"}, hollow | {"cx": "266"}]


def test_rows_stand_one_below_the_other_and_one_with_two_lines_has_more_room():
    told = [Answer("A", 1.0, 0.5, 1.5, "persons"), Answer("B" * 46, 2.0), Answer("C", math.nan), Answer("D", 3.0)]
    others = [Other("x", 2.5), Other("y", 4.0, rejected=True), Other("z", 5.0, rejected=True)]
    root = ET.fromstring(range_picture(told, others, ENGLISH))
    name = "{http://www.w3.org/2000/svg}"
    moved = [one.get("transform") for one in root.iter(f"{name}g")]
    # answers, other methods, the first that is rejected, and the rest of those: 42 a row, and 15 for a second line
    assert moved == [f"translate(0 {y})" for y in (16, 73, 115, 157, 199, 241)]
    height = 16 + 6 * 42 + 15 + 40
    assert (root.get("viewBox"), root.get("width"), root.get("height")) == (f"0 0 360 {height}", "360", f"{height}")
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "answer-title answer-text")
    assert [root.find(f"{name}{kind}").get("id") for kind in ("title", "desc")] == ["answer-title", "answer-text"]
    assert root.find(f"{name}title").text == "The answer and what other methods say"
    assert root.find(f"{name}desc").text == (
        f"{told[0].sentence()} {told[1].sentence()} {told[3].sentence()} "
        "Another defensible method says 2.5. Rejected by the data: y (4). Rejected by the data: z (5)."
    )
    assert root.get("font-size") == "12.5"
    assert "sans-serif" in root.get("font-family")
    unit = [one.text for one in root.findall(f"{name}text")]
    assert unit[0] == "persons"


def test_four_answers_are_drawn_at_most():
    told = [Answer(name, 1.0 + n) for n, name in enumerate("ABCDE")]
    root = ET.fromstring(range_picture(told, [], ENGLISH))
    assert len(list(root.iter("{http://www.w3.org/2000/svg}g"))) == 4
    assert "E:" not in root.find("{http://www.w3.org/2000/svg}desc").text


def test_the_axis_holds_intervals_and_estimates_and_of_methods_that_stand_the_estimate_alone():
    asked = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture, "axis_for", lambda values: asked.append(values) or axis_for(values))
        others = [Other("x", 7.0, 6.0, 900.0), Other("y", 8.0, 5.0, 9.0, rejected=True)]
        range_picture([Answer("A", 2.0, 1.0, 3.0)], others, ENGLISH)
    assert asked == [[2.0, 1.0, 3.0, 8.0, 5.0, 9.0, 7.0]]
