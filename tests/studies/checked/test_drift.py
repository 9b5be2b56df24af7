"""How far estimates moved, against the interval that was released with them."""

import math
from types import SimpleNamespace

import pytest

from ctresearch.studies.checked import drift
from ctresearch.studies.checked.drift import EDGE, Moved, harmless, moved_estimates, position
from ctresearch.studies.compare.compare import Comparison


def estimate(value, low=90.0, high=120.0, **more):
    row = {"term": "population", "estimate": value, "ci_low": low, "ci_high": high, "unit": "persons"}
    return {"total": {"rows": [row], **more}}


def run(value, parameters=None, **more):
    return SimpleNamespace(parameters=parameters or {}, results={"estimates": estimate(value, **more)})


def accepted(value, parameters=None, **more):
    return {"runs": [{"parameters": parameters or {}, "estimate": estimate(value, **more)}]}


@pytest.mark.parametrize(
    ("now", "reach", "place"),
    [
        (100.0, 0.0, "within"),
        (110.0, 0.5, "within"),
        (95.0, 0.5, "within"),
        (100.0 + 20 * EDGE, EDGE, "at edge"),
        (120.0, 1.0, "at edge"),
        (90.0, 1.0, "at edge"),
        (120.1, 1.005, "outside"),
        (80.0, 2.0, "outside"),
        (math.nan, math.nan, "no interval"),
    ],
)
def test_a_move_is_measured_on_the_way_to_the_limit_of_its_side(now, reach, place):
    found = position(100.0, 90.0, 120.0, now)
    assert found[0] == pytest.approx(reach, nan_ok=True)
    assert found[1] == place


def test_a_limit_that_is_missing_or_on_the_wrong_side_says_nothing_reassuring():
    assert position(100.0, 90.0, math.nan, 101.0)[1] == "no interval"
    assert position(100.0, 90.0, math.nan, 99.0)[1] == "within"
    assert position(100.0, 100.0, 120.0, 99.9) == (math.inf, "outside")
    assert position(100.0, 105.0, 120.0, 99.0) == (math.inf, "outside")


def test_the_latest_release_is_what_an_estimate_is_held_to(tmp_path, monkeypatch):
    folder = tmp_path / "demo" / "releases"
    folder.mkdir(parents=True)
    for version in ("1.9", "1.10", "1.2"):
        (folder / f"demo-{version}.zip").touch()
    monkeypatch.setattr(drift, "read_bundle", lambda path: path.stem)
    monkeypatch.setattr(drift, "from_bundle", lambda files, name: [run(100.0)])
    (one,) = moved_estimates(accepted(99.0), folder, [run(110.0)])
    assert one == Moved("total", "population", 100.0, 90.0, 120.0, 110.0, 0.5, "within", "demo-1.10")
    assert moved_estimates(accepted(99.0), folder, [run(100.0)]) == ()
    (other,) = moved_estimates(accepted(99.0, {"n": 2}), folder, [run(110.0, {"n": 2})])
    assert (other.source, other.released) == ("expected.json", 99.0)


def test_an_estimate_that_there_was_and_is_none_of_has_not_moved(tmp_path):
    none = dict.fromkeys(("low", "high"))
    assert moved_estimates(accepted(None, **none), tmp_path, [run(None, **none)]) == ()


def test_runs_of_a_grid_are_told_apart(tmp_path):
    then = {"runs": [*accepted(100.0, {"n": 1})["runs"], *accepted(100.0, {"n": 2})["runs"]]}
    found = moved_estimates(then, tmp_path, [run(130.0, {"n": 1}), run(100.0, {"n": 2})])
    assert [(one.output, one.place) for one in found] == [("total [n=1]", "outside")]


@pytest.mark.parametrize("reading", ["new", "gone", "does not stand"])
def test_an_estimate_that_came_went_or_fell_is_no_move(tmp_path, reading):
    then = accepted(100.0) if reading != "new" else {"runs": []}
    now = run(100.0) if reading != "gone" else SimpleNamespace(parameters={}, results={"estimates": {}})
    if reading == "does not stand":
        now.results["estimates"]["total"]["stands"] = False
    (one,) = moved_estimates(then, tmp_path, [now])
    assert one.place == reading
    assert not harmless([Comparison("total", "estimate", "drifted", "", "numbers")], [one], "outside")


def comparison(kind, change, output="total", status="drifted"):
    return Comparison(output, kind, status, "", change)


@pytest.mark.parametrize(
    ("place", "alarm", "quiet"),
    [
        ("within", "any", False),
        ("within", "edge", True),
        ("within", "outside", True),
        ("at edge", "edge", False),
        ("at edge", "outside", True),
        ("outside", "outside", False),
        ("no interval", "outside", False),
    ],
)
def test_an_alarm_goes_off_from_its_place_on(place, alarm, quiet):
    one = Moved("total", "population", 100.0, 90.0, 120.0, 110.0, 0.5, place, "demo-1.0")
    assert harmless([comparison("estimate", "numbers")], [one], alarm) is quiet


def test_new_data_may_change_tables_and_figures_and_the_numbers_of_estimates_and_nothing_else():
    within = [Moved("total", "population", 100.0, 90.0, 120.0, 110.0, 0.5, "within", "demo-1.0")]
    number = comparison("estimate", "numbers")
    for kind in ("table", "figure", "file"):
        assert harmless([number, comparison(kind, "otherwise", "x")], within, "outside")
        for change in ("new", "gone"):
            assert not harmless([number, comparison(kind, change, "x")], within, "outside")
    for change in ("otherwise", "new", "gone"):  # another unit, another method, a term more
        assert not harmless([comparison("estimate", change)], within, "outside")
    assert not harmless([comparison("estimate", "numbers", "other")], within, "outside")
    assert harmless([comparison("estimate", "numbers", status="within tolerance")], within, "edge")
    assert harmless([], [], "any")
