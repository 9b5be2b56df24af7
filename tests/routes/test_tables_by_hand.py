"""Every number of the room's tables on examples small enough to be counted, or worked out by another library."""

from functools import cache
from itertools import product

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.stats import chi2_contingency, norm, poisson, t
from scipy.stats import false_discovery_control as step_up

import lawful
from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.routes import (
    Agreements,
    Alarms,
    Breaks,
    ChangeSplit,
    Composition,
    Cooperation,
    CorridorChanges,
    Corridors,
    FirstSeen,
    FlowTable,
    Forecast,
    Geometry,
    Hubs,
    Nowcast,
    Trend,
    check_mass,
    compare_reports,
)
from ctresearch.routes.counts.reported import people_words, read_counts

ENDS = ["ci_low", "ci_high"]
ROWS = pd.DataFrame(
    {
        "from": ["a", "a", "b", "c", "c", "c", None],
        "to": ["b", "b", "c", "a", "c", "b", "a"],
        "year": [2019, 2020, 2020, 2020, 2021, 2021, 2020],
        "count": ["10", "20", "<5", "5-9", "40", "5-9", "3"],
    }
)


@cache
def known():
    """Read the table that most tests ask about once."""
    return flows(ROWS)


def flows(rows=None, **more):
    if rows is None and not more:
        return known()
    rows = ROWS if rows is None else rows
    return FlowTable.from_frame(rows, citizenship="from", detection="to", year="year", places="as given", **more)


def check(result, name):
    return next(one for one in result.checks if one.name == name)


def test_a_flow_table_tells_of_itself():
    table = flows()
    assert (len(table), table.roles, table.years, table.masked) == (
        7,
        ("citizenship", "detection"),
        (2019, 2020, 2021),
        3,
    )
    assert repr(table) == "FlowTable(7 counts, citizenship -> detection, 2019 to 2021)"
    assert table.frame[["low", "high"]].to_numpy().tolist() == [
        [10, 10], [20, 20], [0, 4], [5, 9], [40, 40], [5, 9], [3, 3]
    ]  # fmt: skip
    assert table.domestic("citizenship", "detection").tolist() == [False] * 4 + [True, False, False]
    assert len(table.select(years=[2020, 2021])) == 6
    assert len(table.select(domestic=False)) == 6
    assert table.select(years=[2021]).frame["high"].tolist() == [40, 9]
    assert {one.name: (one.status, dict(one.numbers)) for one in table.checks} == {
        "masked counts": ("review", {"masked": 3, "rows": 7})
    }
    with pytest.raises(DataError, match="0 of 7 flows are left"):
        table.select(years=[1999])
    panel = table.panel()
    assert panel.columns.tolist() == ["origin", "destination", "year", "low", "high", "listed"]
    assert len(panel) == 6
    full = table.panel(unlisted="zero")
    assert len(full) == 3 * 6  # each origin at each destination and year that published anything
    assert full["listed"].sum() == 6
    assert full.loc[~full["listed"], ["low", "high"]].to_numpy().sum() == 0
    assert len(table.panel(domestic=False)) == 5
    again = flows(pd.concat([ROWS, ROWS.head(1).assign(count="4")]), repeated="sum")
    assert again.frame.loc[0, ["low", "high"]].tolist() == [14, 14]
    assert check(again, "repeated rows").numbers == {"rows": 2}
    wide = flows(pd.concat([ROWS, ROWS.head(1).assign(count="4")]), repeated="widest")
    assert wide.frame.loc[0, ["low", "high"]].tolist() == [4, 10]
    assert check(wide, "repeated rows").status == "review"
    with pytest.raises(CellError, match="2 of 8 rows are of the same places") as caught:
        flows(pd.concat([ROWS, ROWS.head(1)]))
    assert caught.value.rows == (1, 8)
    for year in (1899, 2101, 2000.5):
        with pytest.raises(CellError, match="years from 1900 to 2100"):
            flows(ROWS.assign(year=[year, *ROWS["year"][1:]]))
    assert flows(ROWS.assign(year=[1900, *[2100] * 6])).years == (1900, 2100)


@pytest.mark.parametrize(
    ("cell", "ends"),
    [
        ("<5", (0, 4)), ("<1", (0, 0)), ("<=5", (0, 5)), ("\u22645", (0, 5)), ("5-9", (5, 9)), ("5 to 9", (5, 9)),
        ("5\u20139", (5, 9)), ("7", (7, 7)), ("7.0", (7, 7)), ("1,200", (1200, 1200)), (3, (3, 3)), (3.0, (3, 3)), ("5-5", (5, 5)),
    ],
)  # fmt: skip
def test_a_count_is_read_as_the_range_that_it_says(cell, ends):
    low, high = read_counts(pd.Series([cell, "2"], dtype=object), "n")
    assert (low[0], high[0], low[1], high[1]) == (*ends, 2, 2)


@pytest.mark.parametrize("cell", ["<0", "9-5", "-1", "1.5", "x", True, -1, 1.5, 2e9, "1234567890", None, [1]])
def test_what_says_no_range_is_refused(cell):
    column = pd.Series(["1", None, "2"], dtype=object)
    column[1] = cell
    with pytest.raises(CellError, match="whole numbers of at least 0") as caught:
        read_counts(column, "n")
    assert (caught.value.column, caught.value.rows) == ("n", (2,))


def test_words_of_ranges_and_published_zeros():
    low, high = np.array([0, 1, 2, 5, 0]), np.array([4, 4, 4, 5, 0])
    assert people_words(low, high) == ["<5", "<5", "2 to 4", "5", "0"]
    assert read_counts(pd.Series(["<5", "<=1"]), "n", least_masked=1)[0].tolist() == [1, 1]
    with pytest.raises(CellError):
        read_counts(pd.Series(["<1"]), "n", least_masked=1)
    assert read_counts(pd.Series([1e9]), "n")[0].tolist() == [10**9]


def test_corridors_are_ordered_and_their_shares_bounded_by_every_count():
    found = Corridors().fit(flows())
    table = found.corridors
    assert table.drop(columns="domestic").to_numpy().tolist() == [
        ["c", "c", "40", 1, 2, 2021, 2021],
        ["a", "b", "30", 2, 3, 2019, 2020],
        ["c", "a", "5 to 9", 1, 1, 2020, 2020],
        ["c", "b", "5 to 9", 1, 3, 2021, 2021],
        ["b", "c", "<5", 1, 2, 2020, 2020],
    ]
    assert table["domestic"].tolist() == [True, False, False, False, False]
    assert (found.origin_role, found.destination_role, found.n, found.smallest_group) == (
        "citizenship",
        "detection",
        80,
        80,
    )
    whole = [np.array([40, 30, x, y, z]) for x, y, z in product(range(5, 10), range(5, 10), range(5))]
    shares = [one / one.sum() for one in whole]
    squared = [float(one @ one) for one in shares]
    even = [float(np.exp(-(one[one > 0] * np.log(one[one > 0])).sum())) for one in shares]
    rows = found.estimates
    assert rows.loc["domestic_share", ENDS].tolist() == pytest.approx([40 / 92, 40 / 80])
    assert rows.loc["concentration", ENDS].tolist() == pytest.approx([min(squared), max(squared)], rel=2e-3)
    assert rows.loc["effective_corridors", ENDS].tolist() == pytest.approx([min(even), max(even)], rel=2e-3)
    assert rows.loc["corridors", "estimate"] == 5
    assert rows["unit"].tolist() == ["", "", "", "corridors"]
    assert check(found, "places known").numbers == {"lost": 1, "rows": 7}
    assert check(found, "domestic flows").numbers == {"domestic": 1}
    abroad = Corridors(domestic=False).fit(flows())
    assert len(abroad.corridors) == 4
    assert abroad.estimates.loc["domestic_share", "estimate"] == 0
    told = Corridors().fit(flows(ROWS.assign(who="r"), reporter="who"))
    assert told.corridors["years_reported"].tolist() == [3] * 5  # of the one that reports all
    with pytest.raises(DataError, match="0 flows lead from one place to another"):
        Corridors(domestic=False).fit(flows(ROWS[4:5]))
    with pytest.raises(DataError, match="0 of 1 rows know both places"):
        Corridors().fit(flows(ROWS[6:]))


def test_hubs_add_up_what_goes_and_comes():
    found = Hubs().fit(flows())
    table = found.hubs.set_index("place")
    assert table[["sends", "receives", "within"]].loc[["a", "b", "c"]].to_numpy().tolist() == [
        ["30", "5 to 9", "0"], ["<5", "35 to 39", "0"], ["10 to 18", "<5", "40"]
    ]  # fmt: skip
    assert table[["origins", "destinations"]].loc[["a", "b", "c"]].to_numpy().tolist() == [[1, 1], [2, 1], [1, 2]]
    for column, end in (("betweenness", 0), ("betweenness_high", 1)):
        graph = nx.Graph()
        for one, other, count in (("a", "b", (30, 30)), ("b", "c", (5, 9 + 4)), ("a", "c", (5, 9))):
            graph.add_edge(one, other, weight=count[end])
        exact = nx.current_flow_betweenness_centrality(graph, weight="weight")
        assert table[column].to_dict() == pytest.approx(exact)
    assert table.index.tolist() == sorted(table.index, key=lambda one: (-table.loc[one, "betweenness_high"], one))
    ends = sorted([table["betweenness"].max(), table["betweenness_high"].max()])
    assert found.estimates.loc["greatest_betweenness", ENDS].tolist() == pytest.approx(ends)
    assert found.estimates.loc["places", "estimate"] == 3
    of_b = [(x**2 + 30**2) / (x + 30) ** 2 for x in range(5, 10)]
    assert table.loc["b", ["concentration_low", "concentration_high"]].astype(float).tolist() == pytest.approx(
        [min(of_b), max(of_b)], rel=1e-4
    )
    yearly = Hubs(yearly=True).fit(flows()).hubs
    assert yearly.columns.tolist()[:3] == ["place", "year", "sends"]
    assert yearly.loc[yearly["year"] == 2019, ["place", "sends"]].to_numpy().tolist() == [["a", "10"], ["b", "0"]]
    assert (found.n, check(found, "flows between places").numbers) == (80, {"between": 5})
    with pytest.raises(DataError, match="all 1 counts are 0"):
        Hubs().fit(flows(ROWS[:1].assign(count="0")))


def changed(table, **options):
    return CorridorChanges(after=2020, **options).fit(flows(table))


def test_changes_are_judged_at_the_counts_that_show_them_least():
    rows = pd.DataFrame(
        [
            *(("a", "b", y, n) for y, n in zip(range(2016, 2024), ["9", "11", "10", "10", "30", "28", "32", "30"], strict=True)),
            *(("b", "a", y, n) for y, n in zip(range(2016, 2024), ["20", "20", "20-30", "20", "21", "19", "20", "20"], strict=True)),
            *(("c", "a", y, "30") for y in range(2016, 2020)),
        ],
        columns=["from", "to", "year", "count"],
    )  # fmt: skip
    found = changed(rows)
    table = found.changes.set_index(["origin", "destination"])
    assert table.loc[("a", "b"), ["before", "after", "years_before", "years_after"]].tolist() == ["40", "120", 4, 4]
    assert table.loc[("b", "a"), ["before", "after"]].tolist() == ["80 to 90", "80"]
    # squares over means of the four cells of known years, with three, three, two and three degrees of freedom
    cells = [[9, 11, 10, 10], [30, 28, 32, 30], [20, 20, 20], [21, 19, 20, 20], [30] * 4]
    spread = max(
        1, sum(((np.array(c) - np.mean(c)) ** 2).sum() / np.mean(c) for c in cells) / sum(len(c) - 1 for c in cells)
    )
    assert found.dispersion == spread == 1
    root = np.sqrt(2 * (40 * np.log(40 / 80) + 120 * np.log(120 / 80)))
    p = [2 * norm.sf(root), 1.0]
    assert table.loc[[("a", "b"), ("b", "a")], "p_value"].tolist() == pytest.approx(p)
    assert table.loc[[("a", "b"), ("b", "a")], "q_value"].tolist() == pytest.approx(step_up(p).tolist())
    assert table["change"].to_dict() == {("a", "b"): "more", ("b", "a"): "none found"}
    assert found.estimates["estimate"].to_dict() == {"new": 0, "vanished": 0, "more": 1, "fewer": 0}
    assert found.changes["q_value"].is_monotonic_increasing
    zero = changed(rows, unlisted="zero")
    told = zero.changes.set_index(["origin", "destination"])
    assert told.loc[("c", "a"), ["change", "before", "years_after"]].tolist() == ["vanished", "120", 4]
    assert pd.isna(told.loc[("c", "a"), "after"])
    assert zero.estimates["estimate"].to_dict() == {"new": 0, "vanished": 1, "more": 1, "fewer": 0}
    turned = changed(rows.assign(year=4039 - rows["year"]), unlisted="zero")
    assert turned.estimates["estimate"].to_dict() == {"new": 1, "vanished": 0, "more": 0, "fewer": 1}
    loose = changed(rows.assign(count=["5", "15", "2", "18", *rows["count"][4:]]))
    assert loose.dispersion == pytest.approx(((25 + 25 + 64 + 64) / 10 + 8 / 30 + 0 + 2 / 20) / 14)
    assert loose.changes["p_value"].min() == pytest.approx(2 * norm.sf(root / np.sqrt(loose.dispersion)))
    for after in (2016, 2024):
        with pytest.raises(DataError, match="has all years on one side"):
            CorridorChanges(after=after).fit(flows(rows))
    assert CorridorChanges(after=2017).fit(flows(rows)).changes["years_before"].tolist() == [1, 1, 1]


def test_reports_of_both_sides_are_set_side_by_side():
    found = FlowTable.from_frame(
        pd.DataFrame({"from": list("aabc"), "to": list("bcac"), "n": ["10", "<5", "7", "2"]}),
        citizenship="from", detection="to", count="n", places="as given",
    )  # fmt: skip
    back = FlowTable.from_frame(
        pd.DataFrame({"out": list("bcac"), "home": list("aabb"), "n": ["12", "3", "6", "1"]}),
        returned_from="out", repatriation="home", count="n", places="as given",
    )  # fmt: skip
    result = compare_reports(found, back)
    assert result.corridors.to_numpy().tolist() == [
        ["a", "b", "10", "12", "returned more"], ["a", "c", "<5", "3", "yes"], ["b", "a", "7", "6", "found more"]
    ]  # fmt: skip
    assert result.estimates["estimate"].to_dict() == pytest.approx(
        {"both": 3, "found_alone": 1, "returned_alone": 1, "agree": 1 / 3}
    )
    assert (result.n, result.smallest_group) == (19 + 22, 1)
    assert check(result, "symmetry").numbers == {"less": 1, "both": 3}
    assert check(result, "symmetry").status == "review"


def test_mass_is_compared_by_place_and_year():
    wholes = pd.DataFrame(
        {"place": ["a", "b", "b", "c"], "year": [2020, 2019, 2020, 2020], "low": [6, 10, 5, 9], "high": [7, 10, 19, 9]}
    )
    found = check_mass(flows(), wholes)
    # a: 5 to 9 of 6 or 7; b: 10 of 10 and 20 of at most 19; c: fewer than 5 of 9
    assert (found.status, dict(found.numbers)) == ("fail", {"cells": 4, "over": 1, "under": 1})
    assert check_mass(flows(), wholes.drop(index=2)).status == "review"
    assert check_mass(flows(), wholes[:2]).status == "pass"
    twice = pd.concat([wholes[:1], wholes[:1].assign(low=0, high=3)])
    assert check_mass(flows(), twice).numbers == {"cells": 1, "over": 0, "under": 0}  # the widest of both
    with pytest.raises(DataError, match="0 places and years are in both tables"):
        check_mass(flows(), wholes.assign(year=1999))
    with pytest.raises(CellError, match="at least 0 and at most the greatest") as caught:
        check_mass(flows(), wholes.assign(low=[8, 10, -1, 9]))
    assert caught.value.rows == (1, 3)


def test_agreements_cover_the_years_in_which_both_are_bound():
    bound = pd.DataFrame(
        {
            "agreement": ["two", "two", "all", "all", "all"],
            "party": ["a", "b", "a", "b", "c"],
            "since": ["2015", "2016-07-01", "2019-12-31", "2020-01", "2021"],
            "until": [None, "2019-06-30", None, None, None],
        }
    )
    agreements = Agreements.from_frame(bound, until="until", places="as given")
    assert repr(agreements) == "Agreements(2 of 3 states, 1 bilateral)"
    found = Cooperation(agreements=agreements).fit(flows())
    table = found.corridors.set_index(["origin", "destination"])
    # a to b: 2019 half a year by two; 2020 for sure not until the end of January: in part; c with others: 2021 in part
    assert table["coverage"].to_dict() == {
        ("a", "b"): "covered in part", ("b", "c"): "not covered", ("c", "a"): "not covered", ("c", "b"): "covered in part"
    }  # fmt: skip
    assert table.loc[("a", "b"), ["people", "under_agreement", "agreements", "kinds"]].tolist() == [
        "30",
        "<31",
        2,
        "both",
    ]
    assert table.loc[("c", "b"), ["people", "under_agreement", "agreements", "kinds"]].tolist() == [
        "5 to 9",
        "<10",
        1,
        "multilateral",
    ]
    rows = found.estimates
    assert rows.loc["covered", ENDS].tolist() == pytest.approx([0, (30 + 9) / (30 + 9 + 5)])
    assert rows.loc["bilateral", ENDS].tolist() == pytest.approx([0, 10 / (10 + 20 + 5 + 5)])
    assert rows.loc["multilateral", ENDS].tolist() == pytest.approx([0, (20 + 9) / (20 + 9 + 10 + 5)])
    assert rows.loc[["corridors", "uncovered"], "estimate"].tolist() == [4, 2]
    assert found.uncovered.to_numpy().tolist() == [["5 to 24", "c", "a"], ["fewer than 5", "b", "c"]]
    assert found.bands.set_index("band")[["covered", "in_part", "not_covered"]].to_numpy().tolist() == [
        [0, 1, 0], [0, 1, 1], [0, 0, 1]
    ]  # fmt: skip
    assert found.bands["band"].tolist() == ["25 to 99", "5 to 24", "fewer than 5"]
    states = found.states.set_index("state")
    assert states.loc["a"].tolist() == ["30", "5 to 9", "0", 2, 1]
    assert states.loc["c"].tolist() == ["10 to 18", "<5", "40", 2, 1]
    assert {one.name: dict(one.numbers) for one in found.checks if one.name.startswith(("states", "years"))} == {
        "states in agreements": {"outside": 0, "states": 3}, "years of entry": {"part": 3, "counts": 5}
    }  # fmt: skip
    later = Cooperation(agreements=agreements, at=2022).fit(flows())
    assert later.estimates.loc["covered", "estimate"] == 1
    assert later.estimates.loc["multilateral", "estimate"] == 1
    assert later.estimates.loc["bilateral", "estimate"] == 0
    assert set(later.corridors["coverage"]) == {"covered"}
    early = Cooperation(agreements=agreements, at=2017).fit(flows()).corridors.set_index(["origin", "destination"])
    assert early.loc[("a", "b"), ["coverage", "kinds"]].tolist() == ["covered", "bilateral"]
    for wrong, said in (
        (bound[:1], "1 of 1 agreements have one party"),
        (pd.concat([bound, bound[:1]]), "1 of 6 rows bind a party to an agreement that binds it already"),
        (bound.head(0), "agreements has 0 rows"),
    ):
        with pytest.raises(DataError, match=said):
            Agreements.from_frame(wrong, until="until", places="as given")
    with pytest.raises(CellError, match="must not lie before the party became bound") as caught:
        Agreements.from_frame(bound.assign(until=["2014", *[None] * 4]), until="until", places="as given")
    assert caught.value.rows == (1,)


def test_a_change_is_parted_by_who_reported():
    rows = pd.DataFrame(
        [
            ("p", 2018, "10"),
            ("p", 2019, "12"),
            ("p", 2020, "20"),
            ("q", 2019, "<5"),
            ("r", 2020, "6"),
            ("r", 2021, "8-9"),
        ],
        columns=["who", "year", "count"],
    )
    found = Composition(after=2020, contributor="who").fit(rows)
    wanted = {
        "change": ((20 + 6 + 8) / 2 - (22 + 4) / 2, (20 + 6 + 9) / 2 - 22 / 2),
        "all along": (20 / 2 - 22 / 2, 20 / 2 - 22 / 2),
        "began": (14 / 2, 15 / 2),
        "stopped": (-4 / 2, 0),
    }
    assert {name: tuple(found.estimates.loc[name, ENDS]) for name in wanted} == wanted
    assert found.estimates["estimate"].isna().tolist() == [True, False, True, True]
    assert found.parts.astype(object).where(found.parts.notna(), None).to_numpy().tolist() == [
        ["all along", "22", "20", 1], ["began", None, "14 to 15", 1], ["stopped", "<5", None, 1]
    ]  # fmt: skip
    assert (found.n, found.smallest_group) == (56, 1)
    assert check(found, "same contributors").numbers == {"share": pytest.approx(42 / 56)}
    assert check(found, "times").numbers == {"before": 2, "after": 2}
    by_source = Composition(after=2020, contributor="who", source="from").fit(rows.assign(**{"from": list("xyxxyy")}))
    assert by_source.parts[["kind", "source", "contributors"]].to_numpy().tolist() == [
        ["all along", "x", 1], ["all along", "y", 1], ["began", "y", 1], ["stopped", "x", 1]
    ]  # fmt: skip
    for after in (2018, 2022):
        with pytest.raises(DataError, match="all times are on one side of after"):
            Composition(after=after, contributor="who").fit(rows)
    with pytest.raises(DataError, match="no column 'from'"):
        Composition(after=2020, contributor="who", source="from").fit(rows)


def test_a_change_of_counts_is_split_by_logarithms():
    rows = pd.DataFrame(
        {
            "year": range(2012, 2020),
            "count": [10, 14, 6, 10, 30, 20, 26, 24],
            "staff": [4.0] * 4 + [8] * 4,
            "told": [0.5] * 4 + [0.4] * 4,
        }
    )
    found = ChangeSplit(after=2016, effort="staff", reported="told", elasticity=(0.2, 0.7), level=0.9).fit(rows)
    observed, effort, told = np.log(2.5), np.log(2.0), np.log(0.8)
    squares = (16 + 16) / 10 + (25 + 25 + 1 + 1) / 25
    error = np.sqrt(max(1, squares / 6) * (1 / 40 + 1 / 100))
    bounds = found.bounds
    ends = {"observed": (observed, observed), "detection": (0.2 * effort, 0.7 * effort), "reporting": (told, told)}
    ends["occurrence"] = (observed - 0.7 * effort - told, observed - 0.2 * effort - told)
    assert {one: tuple(bounds.loc[one, ["lower", "upper"]]) for one in ends} == {
        one: pytest.approx(two) for one, two in ends.items()
    }
    plain = bounds.loc["occurrence", ["lower_without", "upper_without"]].tolist()
    assert plain == pytest.approx([observed - np.log(2) - np.log(1.25), observed + np.log(2) - np.log(0.8)])
    rows_ = found.estimates
    away = norm.ppf(0.95) * error
    assert rows_.loc["observed", ["estimate", "std_error", *ENDS]].tolist() == pytest.approx(
        [observed, error, observed - away, observed + away]
    )
    width = 0.5 * effort / error
    far = brentq(lambda c: norm.cdf(c + width) - norm.cdf(-c) - 0.9, 0, 10) * error
    low, high = ends["occurrence"]
    assert rows_.loc["occurrence", ENDS].tolist() == pytest.approx([low - far, high + far])
    assert np.isnan(rows_.loc["occurrence", "estimate"])
    assert rows_.loc["detection", ENDS].tolist() == pytest.approx(list(ends["detection"]))
    assert rows_.loc["reporting", "estimate"] == pytest.approx(told)
    assert check(found, "series").status == "pass"
    assert check(found, "direction").status == "pass"
    assert (found.n, found.smallest_group) == (140, 40)
    masked = ChangeSplit(after=2016).fit(rows.assign(count=["<5", *rows["count"].astype(str)[1:]]))
    assert masked.bounds.loc["observed", ["lower", "upper"]].tolist() == pytest.approx(
        [np.log(25 / (34 / 4)), np.log(25 / (30 / 4))]
    )
    with pytest.raises(DataError, match="share reported is above 1"):
        ChangeSplit(after=2016, reported="told").fit(rows.assign(told=1.01))
    assert ChangeSplit(after=2016, reported="told").fit(rows.assign(told=1.0)).bounds.loc["reporting", "upper"] == 0
    with pytest.raises(DataError, match="a period has nobody for certain"):
        ChangeSplit(after=2016).fit(rows.assign(count=["<5"] * 4 + ["9"] * 4))
    for after in (2012, 2020):
        with pytest.raises(DataError, match="all times are on one side"):
            ChangeSplit(after=after).fit(rows)


def test_a_trend_of_even_growth_has_the_slope_and_error_of_poisson_regression():
    years = np.arange(2010, 2018)
    counts = np.array([10, 13, 14, 20, 22, 30, 33, 42])
    found = Trend(level=0.8).fit(pd.DataFrame({"year": years, "count": counts}))
    import statsmodels.api as sm

    fit = sm.GLM(counts, sm.add_constant(years - years.mean()), family=sm.families.Poisson()).fit()
    spread = max(1, fit.pearson_chi2 / 6)
    error = fit.bse[1] * np.sqrt(spread)
    away = t.ppf(0.9, 6) * error
    assert found.estimates.loc["per_year", ["estimate", "std_error", *ENDS]].tolist() == pytest.approx(
        [fit.params[1], error, fit.params[1] - away, fit.params[1] + away]
    )
    assert (found.estimates.loc["whole_period", ["estimate", "std_error", *ENDS]] / 7).tolist() == pytest.approx(
        found.estimates.loc["per_year", ["estimate", "std_error", *ENDS]].tolist()
    )
    assert found.dispersion == pytest.approx(spread)
    assert found.series["fitted"].tolist() == pytest.approx(fit.fittedvalues.tolist())
    assert found.series["people"].tolist() == list(map(str, counts))
    assert found.series["time"].tolist() == list(map(str, years))
    residual = (counts - fit.fittedvalues) / np.sqrt(fit.fittedvalues * spread)
    related = (residual[1:] * residual[:-1]).sum() / (residual**2).sum()
    assert check(found, "neighbouring counts").numbers == {"correlation": pytest.approx(related)}
    assert check(found, "gaps").numbers == {"gaps": 0}
    assert (found.n, found.smallest_group, found.exposure) == (184, 184, "")
    per_staff = pd.DataFrame({"year": years, "count": counts, "staff": counts / 2})
    steady = Trend(exposure="staff").fit(per_staff)
    assert steady.estimates.loc["per_year", "estimate"] == pytest.approx(0, abs=1e-9)
    assert steady.exposure == "staff"
    gaps = Trend().fit(pd.DataFrame({"year": [2010, 2011, 2014, 2015, 2018], "count": [3, 4, 5, 6, 7]}))
    assert check(gaps, "gaps").numbers == {"gaps": 4}
    dated = Trend().fit(pd.DataFrame({"year": pd.to_datetime([f"{y}-01-01" for y in years]), "count": counts}))
    assert dated.estimates.loc["per_year", "estimate"] == pytest.approx(fit.params[1], rel=1e-3)
    assert dated.series["time"].tolist()[0] == "2010-01-01"


def test_breaks_are_the_cheapest_cuts_and_levels_are_means():
    counts = [4, 6, 5, 5, 4, 6, 5, 25, 24, 26, 25, 24, 26, 25]
    frame = pd.DataFrame({"year": range(2000, 2014), "count": counts})
    found = Breaks(dispersion=1.0).fit(frame)
    row = found.breaks.iloc[0]
    assert len(found.breaks) == 1
    assert (str(row["last_before"]), row["before"], row["after"]) == ("2006", pytest.approx(5), pytest.approx(25))
    assert str(row["low"]) <= "2006" <= str(row["high"])
    assert found.estimates["estimate"].to_dict() == pytest.approx({"breaks": 1, "greatest_ratio": 5})
    assert found.candidates.empty
    y = np.array(counts, dtype=float)
    assert found.n == 14
    with pytest.raises(SpecificationError, match="least == 8, must be at most half of the 14 times"):
        Breaks(least=8).fit(frame)
    assert Breaks(least=7, dispersion=1.0).fit(frame).estimates.loc["breaks", "estimate"] == 1
    level = Breaks(model="level").fit(frame)
    within = ((y[:7] - 5) ** 2).sum() + ((y[7:] - 25) ** 2).sum()
    whole = ((y - y.mean()) ** 2).sum()
    costs = level.candidates["cost"]
    assert costs.tolist()[:2] == pytest.approx([whole, within])
    assert costs.is_monotonic_decreasing
    bic = [14 * (np.log(one / 14) + 1 + np.log(2 * np.pi)) + np.log(14) * (2 * m + 2) for m, one in enumerate(costs)]
    assert level.candidates["bic"].tolist() == pytest.approx(bic)
    assert level.candidates.index.tolist() == list(range(6))
    for one in (found, level):
        assert one.sup_f == pytest.approx((whole - within) / (within / 12))
        assert one.p_value < 1e-3
        assert check(one, "any break").numbers == {"p_value": pytest.approx(one.p_value)}
    assert check(found, "times").numbers == {"times": 14}
    assert check(found, "dates").numbers == {"wide": 0, "breaks": 1}
    calm = [(a - b) ** 2 / (a + b) for a, b in zip(counts[1:], counts[:-1], strict=True)]
    assert Breaks().fit(frame).dispersion == pytest.approx(max(1, np.mean(calm)))
    for wrong, said in (({"year": [2000] * 14}, "of one time with another"), ({"count": 0}, "all counts are 0")):
        with pytest.raises(DataError, match=said):
            Breaks().fit(frame.assign(**wrong))
    with pytest.raises(DataError, match="7 times are there, must be at least 8"):
        Breaks(model="level").fit(frame[:7])
    assert Breaks(model="level").fit(frame[3:11]).n == 8
    with pytest.raises(CellError, match="must be above 0") as caught:
        Breaks(model="waiting times").fit(frame.assign(count=[0, *counts[1:]]))
    assert caught.value.rows == (1,)


def test_late_entries_are_made_up_for_by_shares_that_came():
    # of each period 6 come at once, 3 a period later and 1 after two
    rows = [(p, p + d) for p in range(12) for d, n in enumerate((60, 30, 10)) for _ in range(n) if p + d <= 11]
    frame = pd.DataFrame(rows, columns=["of", "came"])
    found = Nowcast(of="of", came="came", greatest=2, draws=2000, level=0.8).fit(frame)
    assert found.delays["delay"].tolist() == [0, 1, 2]
    assert found.delays["share"].tolist() == pytest.approx([0.6, 0.9, 1.0])
    assert found.periods["time"].tolist() == ["10", "11"]
    assert found.periods["people"].tolist() == [90, 60]
    assert found.periods["share"].tolist() == pytest.approx([0.9, 0.6])
    assert found.periods["expected"].tolist() == pytest.approx([100, 100], rel=0.03)
    draws = found.draws.to_numpy()
    for i, name in enumerate(("latest", "all")):
        wanted = [draws[i].mean(), draws[i].std(ddof=1), *np.quantile(draws[i], [0.1, 0.9])]
        assert found.estimates.loc[name, ["estimate", "std_error", *ENDS]].tolist() == pytest.approx(wanted)
    assert found.periods.loc[1, ["low", "high"]].tolist() == pytest.approx(found.estimates.loc["latest", ENDS].tolist())
    assert found.estimates.loc["all", "estimate"] == pytest.approx(found.periods["expected"].sum())
    # of 100 the 40 that lack vary as counts, and as the shares and the 60 are known
    assert found.estimates.loc["latest", "std_error"] == pytest.approx(np.sqrt(40 + 40**2 / 60), rel=0.1)
    assert (found.n, found.smallest_group) == (len(frame), 60)
    assert {one.name: one.status for one in found.checks} == {
        "entries": "pass", "come so far": "pass", "greatest delay": "review", "steady delays": "pass"
    }  # fmt: skip
    assert check(found, "entries").numbers == {"entries": len(frame)}
    assert check(found, "come so far").numbers == {"share": pytest.approx(0.6)}
    assert check(found, "greatest delay").numbers == {"share": pytest.approx(100 / len(frame))}
    assert check(found, "steady delays").numbers == {
        "p_value": pytest.approx(chi2_contingency([[300, 200]] * 2).pvalue)
    }
    earlier = Nowcast(of="of", came="came", greatest=2, now=10).fit(frame)
    assert earlier.periods["time"].tolist() == ["9", "10"]
    assert earlier.periods["people"].tolist() == [90, 60]
    with pytest.raises(DataError, match="12 periods are there, must be more than the greatest delay of 12"):
        Nowcast(of="of", came="came").fit(frame)
    assert Nowcast(of="of", came="came", greatest=11).fit(frame).n == len(frame)
    with pytest.raises(CellError, match="no earlier than the period the entry is of") as caught:
        Nowcast(of="of", came="came", greatest=2).fit(frame.assign(came=[-1, *frame["came"][1:]]))
    assert (caught.value.column, caught.value.rows) == ("came", (1,))


def test_a_forecast_of_the_last_value_is_the_last_value():
    counts = [10, 12, 9, 11, 10, 13, 12, 11, 12, 10, 11, 12, 13, 12]
    frame = pd.DataFrame({"year": range(2000, 2014), "count": counts})
    found = Forecast(model="last value", steps=3).fit(frame)
    table = found.forecast
    assert table["step"].tolist() == [1, 2, 3]
    assert table["time"].tolist() == ["2014", "2015", "2016"]
    assert table["expected"].tolist() == pytest.approx([12] * 3)
    assert (table["low"].diff().dropna() < 0).all()
    assert (table["high"].diff().dropna() > 0).all()
    assert found.estimates.index.tolist() == ["step 1", "step 2", "step 3"]
    assert found.estimates[["estimate", *ENDS]].to_numpy() == pytest.approx(
        table[["expected", "low", "high"]].to_numpy()
    )
    half = 0.5  # counts are moved by half before logarithms are taken
    logs = [np.log(table[one] + half) for one in ("low", "expected", "high")]
    assert (logs[2] - logs[1]).tolist() == pytest.approx((logs[1] - logs[0]).tolist())
    assert (found.n, found.smallest_group, found.model) == (sum(counts), 9, "last value")
    assert Forecast(model="last value", steps=1).fit(frame.assign(year=range(0, 28, 2))).forecast["time"].tolist() == [
        "28"
    ]
    with pytest.raises(DataError, match="all 14 counts are the same"):
        Forecast(model="last value").fit(frame.assign(count=3))


def test_something_new_is_counted_from_when_it_was_first_seen():
    rows = pd.DataFrame(
        {
            "form": ["x", "x", "y", "y", "y", "z", "v", "w", "w"],
            "year": [2018, 2021, 2022, 2020, 2021, 2021, 2018, 2018, 2020],
            "count": ["9", "3", "2", "1", "<5", "1", "1", "<5", "9"],
        }
    )
    found = FirstSeen(columns=["form"], since=2020, least=2).fit(rows)
    assert found.firsts.to_numpy().tolist() == [["y", "2020", "3 to 7"]]
    # one of those before was seen once; 16 people after for 10 before
    assert found.estimates["estimate"].to_dict() == {"new": 1, "new_by_chance": 1}
    assert FirstSeen(columns=["form"], since=2021, least=1).fit(rows).firsts.to_numpy().tolist() == [["z", "2021", "1"]]
    assert (found.n, found.smallest_group) == (26, 3)
    assert {one.name: (one.status, dict(one.numbers)) for one in found.checks} == {
        "chance": ("review", {"new": 1, "usual": 1}), "masked counts": ("review", {"masked": 1})
    }  # fmt: skip
    assert len(FirstSeen(columns=["form"], since=2020).fit(rows).firsts) == 0
    seen = FirstSeen(columns=["form"], since=2020, least=2).fit(rows[rows["form"].isin(["x", "y"])])
    assert seen.estimates.loc["new_by_chance", "estimate"] == 0
    assert [one.status for one in seen.checks] == ["pass", "pass"]
    both = FirstSeen(columns=["form", "year"], since=2020, least=3).fit(rows)
    assert both.firsts["value"].tolist() == ["w, 2020", "x, 2021"]
    for since in (2018, 2023):
        with pytest.raises(DataError, match="all times are on one side of since"):
            FirstSeen(columns=["form"], since=since).fit(rows)


def test_an_alarm_is_raised_above_the_limit_and_not_on_it():
    rng = np.random.default_rng(1)
    counts = rng.poisson(6, 52 * 4 + 7)
    counts[-3:] = [25, 6, 0]
    frame = pd.DataFrame({"time": range(len(counts)), "count": counts})
    found = Alarms(last=3).fit(frame)
    table = found.periods
    assert table["people"].tolist() == [25, 6, 0]
    assert table["time"].tolist() == [str(len(counts) - i) for i in (3, 2, 1)]
    assert table["alarm"].tolist() == ["yes", "no", "no"]
    assert table["expected"].to_numpy() == pytest.approx([6] * 3, abs=1.5)
    assert (table["upper"] > poisson.ppf(0.95, 6)).all()
    scores = (table["people"] - table["expected"]) / (table["upper"] - table["expected"])
    assert table["score"].tolist() == pytest.approx(scores.tolist())
    assert found.estimates["estimate"].to_dict() == {"alarms": 1, "judged": 3}
    assert (found.n, found.smallest_group) == (counts.sum(), 1)
    assert check(found, "chance").numbers == {"expected": pytest.approx(0.03)}
    assert check(found, "enough people").numbers == {"few": 0, "periods": 3}
    with pytest.raises(DataError, match=r"215 periods with 0 missing between are there, must be at least 216"):
        Alarms(last=4).fit(frame)
    with pytest.raises(DataError, match="214 periods with 1 missing"):
        Alarms(last=2).fit(frame.drop(index=5))
    calm = frame.assign(count=[*counts[:-3], 1, 1, 2])
    few = Alarms(last=1).fit(frame.assign(count=[*counts[:-4], 1, 1, 1, 1])).periods
    assert few["alarm"].tolist() == ["too few"]
    assert few["upper"].isna().all()
    assert Alarms(last=1).fit(calm.assign(count=[*counts[:-4], 1, 1, 1, 2])).periods["alarm"].tolist() == ["no"]
    loose, strict = (Alarms(rule="farrington", alpha=alpha).fit(frame).periods["upper"][0] for alpha in (0.05, 0.001))
    assert loose == Alarms(rule="farrington").fit(frame).periods["upper"][0] < strict
    assert Alarms(alpha=0.01).fit(frame).periods["upper"][0] == Alarms().fit(frame).periods["upper"][0]


def test_tiles_stand_in_rows_and_do_not_touch():
    places = Geometry.tiles(list("abcdefg"))
    middles = np.array([places.area(one).middle for one in "abcdefg"])
    across = np.unique(middles[:, 0].round(9))
    assert len(across) == 4  # seven tiles in two rows
    assert middles[:4, 1] - middles[4, 1] == pytest.approx(1, abs=1e-3)  # from above
    assert middles[0, 0] < middles[1, 0] < middles[2, 0]
    assert np.diff(across) == pytest.approx(1, abs=1e-3)
    assert places.name("a") == "a"


@pytest.mark.parametrize(
    ("known", "wanted", "kinds", "status", "words"),
    [
        (True, True, ("origin-year",), "pass", "was taken out"),
        (False, True, ("origin-year",), "pass", "is not known for these"),
        (False, False, ("origin-year",), "review", "was not taken out"),
        (False, True, ("pair",), "review", "is not known for these"),
    ],
)
def test_what_many_effects_leave_is_said_in_the_words_of_its_case(known, wanted, kinds, status, words):
    from ctresearch.routes.gravity.gravity import _check_correction

    said = _check_correction(kinds, known=known, wanted=wanted, repeated=False)
    assert (said.status, words in str(said.message)) == (status, True)


def test_an_option_of_a_reader_is_refused_by_its_name():
    pairs = {"frame": ROWS, "citizenship": "from", "detection": "to", "places": "as given"}
    lawful.options_of_a_reader_are_refused_by_name(FlowTable.from_frame, pairs, but=["frame"])
    bound = pd.DataFrame({"agreement": "g", "party": ["a", "b"], "since": [2001, 2002]})
    lawful.options_of_a_reader_are_refused_by_name(
        Agreements.from_frame, {"frame": bound, "places": "as given"}, but=["frame"]
    )
    wholes = pd.DataFrame({"place": ["a"], "year": [2020], "low": [6], "high": [7]})
    lawful.options_of_a_reader_are_refused_by_name(check_mass, {"parts": flows(), "wholes": wholes}, but=["parts"])


def test_counts_that_vary_more_than_chance_have_wider_limits_by_their_degrees_of_freedom():
    rows = pd.DataFrame({"year": range(2012, 2020), "count": [2, 30, 5, 23, 10, 60, 12, 58]})
    found = ChangeSplit(after=2016).fit(rows)
    squares = sum(((y - y.mean()) ** 2).sum() / y.mean() for y in (rows["count"][:4], rows["count"][4:]))
    error = np.sqrt(squares / 6 * (1 / 60 + 1 / 140))
    assert found.estimates.loc["observed", "std_error"] == pytest.approx(error)
    spread = Trend().fit(rows)
    assert spread.dispersion > 3
    flat = Breaks(model="level").fit(rows.assign(count=[5.0] * 4 + [7.0] * 4))
    assert flat.estimates.loc["breaks", "estimate"] == 1


def test_axes_of_series_are_named():
    years = pd.DataFrame({"year": range(2010, 2018), "count": [10, 13, 14, 20, 22, 30, 33, 42]})
    ax = Trend().fit(years).plot()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time", "people")
    assert [one.get_text() for one in ax.get_xticklabels()] == [str(one) for one in range(2010, 2018)]
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["people, at most", "people, at least", "trend"]
    assert ax.get_ylim()[0] == 0
    entries = pd.DataFrame([(p, p + d) for p in range(9) for d in (0, 0, 0, 1) if p + d <= 8], columns=["of", "came"])
    ax = Nowcast(of="of", came="came", greatest=1, draws=200).fit(entries).plot()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("period", "people")
    assert [one.get_text() for one in ax.get_xticklabels()] == ["8"]


@pytest.mark.parametrize(
    ("cell", "ends"),
    [
        ("1 200", (1200, 1200)),
        ("<1,200", (0, 1199)),
        ("1,000-1,999", (1000, 1999)),
        ("1,000,000,000", (10**9, 10**9)),
        ("1200.000", (1200, 1200)),
    ],
)
def test_thousands_of_people_are_read(cell, ends):
    low, high = read_counts(pd.Series([cell], dtype=object), "n")
    assert (low[0], high[0]) == ends


@pytest.mark.parametrize(
    "cell",
    ["12,5", "1,5", "1,2,3", "12,3456", "0,125", "1.000", "61 102,019", "<1,5", "1,5-2,5", "10+", "9,999,999,999"],
)
def test_a_comma_that_parts_no_thousands_is_refused_without_the_cell(cell):
    with pytest.raises(CellError, match=r"commas or blanks between thousands alone \('1,234'\)") as caught:
        read_counts(pd.Series(["7", cell], dtype=object), "n")
    assert caught.value.rows == (2,)
    assert cell not in str(caught.value)
