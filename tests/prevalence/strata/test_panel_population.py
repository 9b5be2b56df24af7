"""People followed over years."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import LogLinear, PanelHistories, panel_population

COLUMNS = {"person": "who", "source": "where", "year": "year"}


def appearances(seed=1, people=900, stay=0.5, chances=(0.35, 0.3, 0.25), years=3):
    """Draw people who are there in each year with chance ``stay``, and the lists they are on."""
    random = np.random.default_rng(seed)
    there = random.random((people, years)) < stay
    on = (random.random((people, years, len(chances))) < chances) & there[:, :, None]
    who, year, where = np.nonzero(on)
    frame = pd.DataFrame({"who": who, "year": 2019 + year, "where": np.array(list("abc"))[where]})
    return frame, there


def test_nobody_is_counted_twice_over_the_period():
    frame, _ = appearances()
    panel = PanelHistories.from_long(frame, **COLUMNS)
    assert panel.period.n_observed == frame["who"].nunique()
    for year, table in panel.years.items():
        assert table.n_observed == frame.loc[frame["year"].astype(str) == year, "who"].nunique()
        assert table.lists == ("a", "b", "c")
    assert panel.repeated == frame.groupby("who")["year"].nunique().sum() - frame["who"].nunique()


def test_years_and_period_hold_the_truth():
    frame, there = appearances(stay=0.7)
    result = panel_population(PanelHistories.from_long(frame, **COLUMNS), "[1,2,3]")
    rows = result.estimates.set_index("stratum")
    for s, year in enumerate(("2019", "2020", "2021")):
        assert rows.loc[year, "ci_low"] <= there[:, s].sum() <= rows.loc[year, "ci_high"]
    # people who stay longer are likelier to be listed, so the period is a little low: within a tenth
    assert rows.loc["period", "estimate"] == pytest.approx(there.any(axis=1).sum(), rel=0.1)
    told = {check.name: check for check in result.checks}
    assert told["period"].numbers["sum_of_years"] > 1.5 * rows.loc["period", "estimate"]
    assert "total" not in result.estimates.index
    assert result.n == frame["who"].nunique()
    assert len(result.plot().get_yticklabels()) == 4


def test_a_list_that_began_later_is_absent_before():
    frame, there = appearances(stay=0.7, people=2000)
    frame = frame[(frame["where"] != "c") | (frame["year"] > 2019)]
    panel = PanelHistories.from_long(frame, **COLUMNS)
    assert panel.absent == {"2019": ("c",)}
    rows = panel_population(panel, "[1,2,3]", pooling="partial").estimates.set_index("stratum")
    assert rows.loc["2019", "ci_low"] <= there[:, 0].sum() <= rows.loc["2019", "ci_high"]


def test_another_estimator_serves_the_period():
    panel = PanelHistories.from_long(appearances()[0], **COLUMNS)
    result = panel_population(panel, "[1,2,3]", period=LogLinear("bic"))
    assert result.estimates.loc["period_population", "estimate"] == pytest.approx(
        LogLinear("bic").fit(panel.period).estimates.loc["population", "estimate"]
    )


def test_records_that_do_not_follow_people_are_refused():
    frame, _ = appearances()
    anew = frame.assign(who=frame["who"] + 10_000 * frame["year"])
    with pytest.raises(DataError, match=r"nobody of .* people is seen in two years"):
        PanelHistories.from_long(anew, **COLUMNS)
    with pytest.raises(DataError, match="is missing in 1 rows"):
        PanelHistories.from_long(frame.assign(who=frame["who"].where(frame.index > 0)), **COLUMNS)
    with pytest.raises(DataError, match="has 1 values"):
        PanelHistories.from_long(frame[frame["year"] == 2019], **COLUMNS)
    with pytest.raises(DataError, match="has no column 'when'"):
        PanelHistories.from_long(frame, person="who", source="where", year="when")
    panel = PanelHistories.from_long(frame, **COLUMNS)
    with pytest.raises(DataError, match="must be PanelHistories"):
        panel_population(panel.years, "[1,2,3]")
    with pytest.raises(SpecificationError, match="must have a method fit"):
        panel_population(panel, "[1,2,3]", period="LogLinear")
