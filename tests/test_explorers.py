"""Explorers: what their rows say, their widgets move, and without a screen they are tables."""

import networkx as nx
import pandas as pd
import pytest

from ctresearch.core import Explorer, MissingExtraError
from ctresearch.networks import explore_removal
from ctresearch.prevalence import CaptureHistories, LogLinear, explore_dependence, explore_lists
from ctresearch.privacy import explore_threshold

LISTS = pd.DataFrame({"police": [1, 0, 1], "charity": [0, 1, 1], "count": [60, 40, 20]})
COUNTS = pd.DataFrame({"0-17": [3, 20, 12], "18+": [31, 40, 18]}, index=["A", "B", "C"])
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(autouse=True)
def by_hand(monkeypatch):
    monkeypatch.delenv("CTRESEARCH_RUN_FILE", raising=False)


def bent():
    return explore_dependence(CaptureHistories.from_counts(LISTS), ("police", "charity"), odds_ratios=[0.5, 1, 2])


def test_two_lists_move_in_proportion_to_the_odds_ratio():
    # people on no list are 60 x 40 / 20 = 120 times the ratio
    assert bent().table["estimate"].tolist() == pytest.approx([180, 240, 360])
    assert "Nothing in two lists can tell" in bent().says[0]


def test_the_slider_moves_the_picture_and_the_sentence():
    box = bent().widget()
    _, slider, shown = box.children
    assert "180 people" in shown.value
    slider.value = 2
    assert "360 people" in shown.value
    assert "<svg" in shown.value


def test_a_list_without_which_the_estimate_moves():
    explorer = explore_lists(CaptureHistories.from_published("korea"), LogLinear("stepwise"))
    assert explorer.table["estimate"].round(1).head(2).tolist() == [268.8, 349.1]
    assert "1.30 times" in explorer.says[1]


def test_a_higher_threshold_never_shows_more():
    table = explore_threshold(COUNTS, [3, 5, 13]).table
    assert table["small"].tolist() == [0, 1, 2]
    assert table["estimate"].is_monotonic_increasing
    assert table.loc[5, "others"] >= 1  # one cell alone could be subtracted


def test_removing_the_centre_of_a_star_leaves_single_actors():
    star = nx.relabel_nodes(nx.star_graph(9), lambda one: f"Zorquin {one}")
    explorer = explore_removal(star, steps=1)
    assert explorer.table["estimate"].round(1).tolist() == [100.0, 10.0]
    assert "Zorquin" not in explorer._repr_html_() + explorer.widget().children[2].value


def test_under_the_runner_it_is_a_table(monkeypatch):
    assert WIDGET in bent()._repr_mimebundle_()
    monkeypatch.setenv("CTRESEARCH_RUN_FILE", "run.json")
    bundle = bent()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert all(number in bundle["text/html"] for number in ("180", "240", "360"))


def test_without_the_extra_it_is_a_table_and_the_widget_says_what_is_missing(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "ipywidgets", None)
    assert WIDGET not in bent()._repr_mimebundle_()
    with pytest.raises(MissingExtraError, match="widgets"):
        bent().widget()


def test_a_row_without_an_estimate_draws_nothing_there():
    table = pd.DataFrame({"estimate": [1.0, float("nan")]}, index=["a", "b"])
    explorer = Explorer("Why?", "Which", "Persons", table, ("one", "none"))
    assert "–" in explorer._repr_html_()
    assert explorer.plot(1).get_xlabel() == "Persons"
