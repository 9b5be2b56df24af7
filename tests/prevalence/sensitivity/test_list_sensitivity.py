"""Lists left out and merged."""

import numpy as np
import pytest
from pins import GLM, pinned, published_lists

from ctresearch.prevalence import CaptureHistories, LogLinear, list_sensitivity


def test_every_list_is_left_out_and_every_pair_merged():
    table = list_sensitivity(published_lists("uk-2013"), LogLinear("stepwise"))
    assert len(table) == 1 + 6 + 15
    assert table.loc["without PF", ["lists", "n"]].tolist() == [5, 1837]
    assert set(table.loc[table.index.str.endswith("merged"), "n"]) == {2744}
    # the published table of five lists is that of six with these two merged
    five = pinned("multiple_systems_estimation")["uk-2013-5"]["stepwise"]["estimate"]
    assert table.loc["PF and NCA merged", "estimate"] == pytest.approx(five, rel=GLM)
    alone = LogLinear("stepwise").fit(published_lists("uk-2013").drop("GO"))
    assert table.loc["without GO", "estimate"] == alone.estimates["estimate"]["population"]
    assert table.loc["without GO", "model"] == alone.model


def test_a_table_without_an_estimate_is_told_not_dropped():
    table = list_sensitivity(published_lists("artificial-3"), LogLinear())
    gone = table.loc["without A"]
    assert np.isnan(gone["estimate"])
    assert gone["status"] == "fail"
    assert "no two lists have anybody in common" in gone["note"]
    assert table.loc["all lists", "note"] == ""


def test_two_lists_have_nothing_to_leave_out():
    two = CaptureHistories.from_published("korea").drop("d")
    assert list_sensitivity(two, LogLinear()).index.tolist() == ["all lists"]
