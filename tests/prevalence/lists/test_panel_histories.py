"""People followed over years: a table a year, and one that counts everybody once."""

import pandas as pd
import pytest

from ctresearch.core import DataError, Scope
from ctresearch.prevalence import PanelHistories

SEEN = pd.DataFrame(
    {
        "who": [1, 1, 1, 2, 2, 3, 3, 4],
        "where": ["a", "b", "a", "a", "c", "b", "a", "b"],
        "year": [2020, 2020, 2021, 2020, 2021, 2021, 2021, 2021],
    }
)
ROLES = {"person": "who", "source": "where", "year": "year"}


def test_each_year_has_the_lists_of_the_whole_period():
    panel = PanelHistories.from_long(SEEN, **ROLES, scope=Scope(population="women"))
    assert panel.period.lists == ("a", "b", "c")
    assert panel.period.n_observed == 4
    assert list(panel.years) == ["2020", "2021"]
    first, second = panel.years.values()
    assert {table.lists for table in (first, second)} == {("a", "b", "c")}
    # in 2020 person 1 on a and b, 2 on a; in 2021 person 1 on a, 2 on c, 3 on a and b, 4 on b
    assert dict(zip(first.patterns.tolist(), first.frequencies.tolist(), strict=True)) == {1: 1, 3: 1}
    assert dict(zip(second.patterns.tolist(), second.frequencies.tolist(), strict=True)) == {1: 1, 2: 1, 3: 1, 4: 1}
    assert panel.absent == {"2020": ("c",)}
    assert panel.repeated == 2
    assert {table.scope.population for table in (panel.period, first, second)} == {"women"}
    assert repr(panel) == "4 people on 3 lists in 2 years: 2020 2, 2021 4; 2 in more than one year"


def test_spellings_are_merged_only_where_asked_and_every_table_says_so():
    frame = SEEN.assign(year=[f"Y{year}" for year in SEEN["year"]])
    frame.loc[0, "year"] = "y2020"
    frame.loc[0, "where"] = "A"
    with pytest.raises(DataError, match="in case, accents"):
        PanelHistories.from_long(frame, **ROLES)
    panel = PanelHistories.from_long(frame, **ROLES, merge_names=True)
    assert [table.n_observed for table in panel.years.values()] == [2, 4]
    for table in (panel.period, *panel.years.values()):
        assert [check.status for check in table.checks] == ["review"] * 2


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"year": 2020}, "'year' has 1 values, must have from 2 to 50"),
        ({"who": range(8)}, "nobody of 8 people is seen in two years"),
        ({"who": [None, *range(7)]}, "is missing in 1 rows"),
        ({"year": [None, None, *[2020, 2021] * 3]}, "is missing in 2 rows"),
        ({"year": ["Period", "2020"] * 4}, "which stands for all years together"),
    ],
)
def test_years_that_cannot_be_told_are_refused(change, says):
    with pytest.raises(DataError, match=says):
        PanelHistories.from_long(SEEN.assign(**change), **ROLES)
    with pytest.raises(DataError, match="no column 'when'"):
        PanelHistories.from_long(SEEN, person="who", source="where", year="when")
