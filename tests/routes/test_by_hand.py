"""Inner steps of the room beside what is written in the papers and what can be seen in a picture."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot

from ctresearch.core import Meaning
from ctresearch.routes import Breaks, FlowTable, Geometry, chord, choropleth, flow_map, sankey
from ctresearch.routes.maps.captions import FOUND, PROFILING, REACH, TILES, TRANSIT, UNLISTED, masked_label
from ctresearch.routes.maps.sankey import _band, _curve
from ctresearch.routes.trends import breaks
from ctresearch.routes.trends.break_dates import date_limits

NAMES = ["north", "east", "south", "west"]
TILES_OF = Geometry.tiles(NAMES)
ENDS = {"a": "place", "b": "place"}


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def test_the_date_of_the_nile_has_the_limits_of_bai():
    # strucchange 1.5, confint(breakpoints(Nile ~ 1)): 1895, 1898, 1902
    assert date_limits(28, (1097.75, 849.97), (17200.0, 15600.0), 0.95) == (25, 32)


def test_limits_of_a_date_turn_with_the_series_and_grow_as_the_break_shrinks():
    assert date_limits(20, (1.0, 2.0), (1.0, 1.0), 0.95) == (20 - 11 - 1, 20 + 11 + 1)  # 11.03 variances over squares
    assert date_limits(20, (1.0, 3.0), (1.0, 1.0), 0.95) == (20 - 2 - 1, 20 + 2 + 1)  # a fourth of it
    first, last = date_limits(0, (1.0, 2.0), (1.0, 4.0), 0.9)
    other_first, other_last = date_limits(0, (2.0, 1.0), (4.0, 1.0), 0.9)
    assert (first, last) == (-other_last, -other_first)
    assert -first > last  # the date is found late where values vary more after it
    assert date_limits(20, (1.0, 2.0), (0.0, 0.0), 0.95) == (20, 20)  # nothing varies but by the break
    nowhere = date_limits(20, (1.0, 1.0), (1.0, 1.0), 0.95)
    assert nowhere[0] < -1e6
    assert nowhere[1] > 1e6


@pytest.mark.parametrize(("model", "parameters"), [("mean", 1), ("waiting times", 1), ("mean and variance", 2)])
def test_penalties_are_those_of_the_papers(model, parameters, monkeypatch):
    asked, n = [], 20
    monkeypatch.setattr(
        breaks, "cheapest_cuts", lambda cost, n, price, least, **more: asked.append((price, more)) or []
    )
    frame = pd.DataFrame({"year": range(n), "count": np.arange(1.0, n + 1)})
    for name in ("bic", "mbic", "aic", "hannan-quinn"):
        Breaks(model=model, penalty=name).fit(frame)
    Breaks(model=model, penalty=7.5).fit(frame)
    free = parameters + 1  # the values of a stretch, and where it ends
    papers = [free * np.log(n), (free + 1) * np.log(n), 2 * free, 2 * free * np.log(np.log(n)), 7.5]
    assert [price for price, _ in asked] == pytest.approx(papers)
    assert [more["length_penalty"] for _, more in asked] == [False, True, False, False, False]


def test_bands_that_leave_one_place_or_reach_one_do_not_cross():
    frame = pd.DataFrame({"a": list("xxyyz"), "b": list("qpqpp"), "n": [30, 20, 25, 15, 10]})
    ax = sankey(frame, origin="a", destination="b", value="n", roles=ENDS | {"n": "count"})
    shapes = [one.get_path().vertices for one in ax.patches if one.get_gid() == "flow"]
    left, right = np.array([one[0, 1] for one in shapes]), np.array([one[3, 1] for one in shapes])
    size = np.array([one[3, 1] - one[4, 1] for one in shapes])
    assert size / size.sum() == pytest.approx(np.array([30, 25, 20, 15, 10]) / 100)  # the largest first
    by_size = frame.sort_values("n", ascending=False, kind="stable").reset_index(drop=True)
    for side, here, there in (("a", left, right), ("b", right, left)):
        for rows in by_size.groupby(side).indices.values():
            own = rows[np.argsort(-here[rows])]
            assert (np.diff(there[own]) < 0).all()
            assert here[own][:-1] - size[own][:-1] == pytest.approx(here[own][1:])  # each begins where the last ends
    words = [text.get_text() for text in ax.texts if text.get_gid() == "place"]
    assert sorted(words) == sorted(["x: 50", "y: 40", "z: 10", "p: 45", "q: 55"])


def test_outlines_of_bands_run_from_the_left_to_the_right_and_back():
    band, line = _band(-0.2, -0.5, 0.1).vertices, _curve(-0.2, -0.5).vertices
    assert band[:4].tolist() == line.tolist() == [[0, -0.2], [0.45, -0.2], [0.55, -0.5], [1, -0.5]]
    assert band[4:8] == pytest.approx(np.array([[1, -0.6], [0.55, -0.6], [0.45, -0.3], [0, -0.3]]))
    assert band[8].tolist() == band[0].tolist()


def captions(draw, frame, roles, **more):
    ax = draw(frame, roles=roles, **more)
    said = " ".join(text.get_text() for text in ax.texts) + " ".join(text.get_text() for text in ax.figure.texts)
    said = " ".join(said.split())
    known = {"found": FOUND, "profiling": PROFILING, "transit": TRANSIT, "unlisted": UNLISTED, "range": REACH}
    return {name for name, sentence in (known | {"tiles": TILES}).items() if str(sentence) in said}


def test_beneath_a_picture_stands_what_it_must_not_be_read_as():
    place = {"place": "place"}
    areas = {"geometry": TILES_OF, "place": "place", "value": "n"}
    frame = pd.DataFrame({"place": NAMES, "n": [40, 30, 20, 9]})
    assert captions(choropleth, frame, place | {"n": "count"}, **areas) == {"found", "unlisted", "tiles"}
    nobody = Meaning("count", "Offices", of="nobody")
    assert captions(choropleth, frame, place | {"n": nobody}, **areas) == {"unlisted", "tiles"}
    ranges = frame.assign(n=["40-90", "30", "20", "9"])
    assert captions(choropleth, ranges, place | {"n": "count"}, **areas) == {"found", "unlisted", "range", "tiles"}
    pairs = pd.DataFrame({"a": NAMES[:2], "b": NAMES[2:], "n": [40, 30]})
    ends = {"origin": "a", "destination": "b", "value": "n"}
    assert captions(flow_map, pairs, ENDS | {"n": "count"}, geometry=TILES_OF, **ends) == {"found", "tiles"}
    assert captions(sankey, pairs, ENDS | {"n": "count"}, **ends) == {"found"}
    seen = FlowTable.from_frame(pairs, citizenship="a", detection="b", count="n", places="as given")
    assert captions(chord, seen, None) == {"found", "profiling"}


class Masked:
    """What a legend of masked values reads."""

    def __init__(self, high, masked):
        self.high, self.masked = np.array(high, dtype=float), np.array(masked)


def test_a_masked_value_is_told_by_the_bound_that_was_published():
    assert str(masked_label(Masked([np.inf], [True]))) == "masked: not published"
    assert str(masked_label(Masked([4, 90], [True, False]))).startswith("fewer than 5:")
    assert "fewer than 5, or than 9" in str(masked_label(Masked([8, 4, 4], [True, True, True])))
