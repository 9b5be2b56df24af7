"""Places, journeys, agreements and what is said of them, each counted by hand on a few rows."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from matplotlib.colors import to_rgba

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.routes import Agreements, Cooperation, CorridorChanges, Corridors, FlowTable, Hubs, compare_reports
from ctresearch.routes.cooperation import agreements as treaties
from ctresearch.routes.cooperation import cooperation
from ctresearch.routes.flows import corridor_changes, hubs
from ctresearch.routes.flows.corridor_result import _ends
from ctresearch.routes.flows.corridors import corridor_ends
from ctresearch.routes.flows.glotip_flows import glotip_flows
from ctresearch.routes.flows.places import joined_code, place_code, read_joined, read_places, region_of, split_years


@pytest.fixture(autouse=True)
def _closed():
    yield
    pyplot.close("all")


def check(held, name):
    return next(one for one in held.checks if one.name == name)


# places


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Nigerians", "NGA"), (" SCG ", "SCG"), ("Serbia and Montenegro", "SCG"), ("former YUGOSLAVIA", "YUG"), ("USSR", "SUN"),
        ("Soviet Union", "SUN"), ("Czechoslovakia", "CSK"), ("Netherlands Antilles", "ANT"), ("Zaire", "COD"), ("abroad", None), (3, None),
    ],
)  # fmt: skip
def test_words_name_countries_and_those_that_are_no_more(word, code):
    assert place_code(word) == code


def test_columns_of_places_are_read_stop_by_stop():
    column = pd.Series(["Niger|Libya", "Italy", None, "Niger|Atlantis"])
    found, lost = read_places(column, "by", places="countries", unmatched="missing")
    assert found.astype(object).where(found.notna(), None).tolist() == ["NER|LBY", "ITA", None, None]
    assert lost.tolist() == [False, False, False, True]
    with pytest.raises(CellError, match="must each name one country") as caught:
        read_places(column, "by", places="countries", unmatched="refuse")
    assert (caught.value.column, caught.value.rows) == ("by", (4,))
    given, lost = read_places(pd.Series(["north ", "north ", None]), "by", places="as given", unmatched="refuse")
    assert given.dropna().str.strip().tolist() == ["north"] * 2
    assert lost.tolist() == [False] * 3
    with pytest.raises(CellError, match="spelled in more than one way"):
        read_places(pd.Series(["north", "North"]), "by", places="as given", unmatched="refuse")
    for options in ({"places": "towns", "unmatched": "refuse"}, {"places": "countries", "unmatched": "drop"}):
        with pytest.raises(SpecificationError):
            read_places(column, "by", **options)


def test_countries_are_joined_and_a_stop_that_repeats_is_one():
    areas = read_joined({"SCG": ["Serbia", "MNE"], "Benelux": ("BEL", "NLD", "LUX")})
    assert areas == {
        "SCG": "SCG",
        "SRB": "SCG",
        "MNE": "SCG",
        "Benelux": "Benelux",
        "BEL": "Benelux",
        "NLD": "Benelux",
        "LUX": "Benelux",
    }
    assert read_joined(None) == {}
    for cell, area in (("SRB|MNE|ITA|SRB", "SCG|ITA|SCG"), ("ITA", "ITA"), ("SRB", "SCG"), ("ITA|BEL", "ITA|Benelux")):
        assert joined_code(cell, areas) == area
    assert joined_code(None, areas) is None
    with pytest.raises(SpecificationError, match="joined puts 'SRB' into two areas"):
        read_joined({"one": ["SRB"], "two": ["SRB"]})
    for wrong in (["SRB"], {"one": "SRB"}, {"one": [3]}, {3: ["SRB"]}):
        with pytest.raises(SpecificationError, match="joined must map"):
            read_joined(wrong)


def test_regions_of_countries_of_stops_and_of_those_that_are_no_more():
    codes = pd.Series(["NGA", "SCG", "YUG", "NER|LBY|DZA", "NER|XXQ", None, "SUN", "CSK"])
    assert region_of(codes, "region").astype(object).where(lambda s: s.notna(), None).tolist() == [
        "Africa", "Europe", "Europe", "Africa", None, None, None, "Europe"
    ]  # fmt: skip
    finer = region_of(codes, "subregion").astype(object).where(lambda s: s.notna(), None).tolist()
    assert finer == ["Western Africa", "Southern Europe", "Southern Europe", "Western Africa|Northern Africa", None, None, None, None] or finer[3:6] == [
        "Western Africa|Northern Africa", None, None
    ]  # fmt: skip
    with pytest.raises(SpecificationError, match="level == 'country'"):
        region_of(codes, "country")


def test_a_split_is_said_where_both_sides_of_it_are_there():
    def said(*rows):
        return split_years(pd.DataFrame(rows, columns=["detection", "year"]), ["detection"])

    assert said(("SCG", 2006), ("SRB", 2007)) == {"SCG": 2006}
    assert said(("SCG", 2005), ("SRB", 2006)) == {}  # all of it before
    assert said(("SCG", 2007), ("SRB", 2008)) == {}
    assert said(("SRB", 2005), ("SRB", 2008)) == {}  # one of them alone
    assert said(("SRB", 2001), ("MNE", 2007)) == {"SCG": 2006, "YUG": 2003}
    assert said(("SDN", 2011), ("SSD", 2012)) == {"SDN": 2011}
    assert split_years(pd.DataFrame({"detection": ["SCG", "SRB"]}), ["detection"]) == {}


def table(rows, columns=("a", "b", "t", "n"), **options):
    frame = pd.DataFrame(rows, columns=list(columns))
    return FlowTable.from_frame(frame, **{"citizenship": "a", "detection": "b", "year": "t", "count": "n", **options})


def test_checks_of_a_table_tell_what_was_read():
    rows = [("NGA", "SCG", 2004, 7), ("NGA", "SRB", 2010, "<5"), ("Atlantis", "ITA", 2010, 3)]
    made = table(rows, unmatched="missing")
    assert {one.name: (one.status, dict(one.numbers)) for one in made.checks} == {
        "places": ("review", {"lost": 1, "rows": 3}), "countries that split": ("review", {"countries": 1}), "masked counts": ("review", {"masked": 1, "rows": 3}),
    }  # fmt: skip
    assert "SCG" in str(check(made, "countries that split").message)
    joined = table(rows[:2], joined={"SCG": ["SRB"]})
    assert joined.frame.to_numpy().tolist() == [["NGA", "SCG", 2004, 7, 7], ["NGA", "SCG", 2010, 0, 4]]
    assert [one.name for one in joined.checks] == ["countries that split", "masked counts"]
    clean = table([("NGA", "ITA", 2004, 7)], unmatched="missing")
    assert [(one.name, one.status) for one in clean.checks] == [("places", "pass"), ("masked counts", "pass")]
    lone = table([*rows[:1], rows[0]], repeated="sum")
    assert str(check(lone, "repeated rows").message).startswith("2 rows were of one count")
    html = made._repr_html_()
    for words in ("3 counts", "2004 to 2010", "citizenship"):
        assert words in html
    timeless = FlowTable.from_frame(
        pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "count": [1]}), citizenship="a", detection="b"
    )
    assert " to " not in timeless._repr_html_().split("1 counts")[1][:40]
    assert repr(timeless) == "FlowTable(1 counts, citizenship -> detection)"
    assert timeless.years == ()


def test_totals_do_not_stand_beside_their_parts():
    rows = [("NGA", "ITA", "Total", 9), ("NGA", "ITA", "female", 5), ("ROU", "ITA", "Total", 4)]
    frame = pd.DataFrame(rows, columns=["a", "b", "s", "n"])
    roles = {"citizenship": "a", "detection": "b", "count": "n"}
    for name in ("sex", "age", "form"):
        with pytest.raises(CellError, match="must stand in a table of their own") as caught:
            FlowTable.from_frame(frame, **roles, **{name: "s"})
        assert (caught.value.column, caught.value.rows) == ("s", (1,))  # of the third no part is there
        assert len(FlowTable.from_frame(frame[1:], **roles, **{name: "s"})) == 2
    assert len(FlowTable.from_frame(frame[::2], **roles, sex="s")) == 2


def test_flows_are_chosen_by_year_by_form_and_by_whether_they_leave():
    rows = [("NGA", "ITA", 2019, "x", 9), ("ITA", "ITA", 2020, "y", 5), ("ROU", "ITA", 2020, None, 4)]
    made = table(rows, ("a", "b", "t", "f", "n"), form="f")
    assert made.select(form="x").frame["citizenship"].tolist() == ["NGA"]
    assert made.select(years={2020}, domestic=False).frame["citizenship"].tolist() == ["ROU"]
    assert made.select().frame.equals(made.frame)
    for options in ({"form": "z"}, {"years": [2021]}):
        with pytest.raises(DataError, match="0 of 3 flows are left"):
            made.select(**options)
    bare = FlowTable.from_frame(
        pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "count": [1]}), citizenship="a", detection="b"
    )
    for name in ("form", "years"):
        with pytest.raises(DataError, match="no column"):
            bare.select(**{name: "x" if name == "form" else [2020]})
    assert made.domestic("citizenship", "detection").tolist() == [False, True, False]
    with pytest.raises(SpecificationError, match="no role 'residence', must be one of citizenship, detection"):
        made.domestic("citizenship", "residence")


def test_regions_add_up_without_their_reporters():
    rows = [("NGA", "ITA", "ITA", 9), ("GHA", "FRA", "FRA", "<5"), ("XXQ", "ITA", "ITA", 3)]
    made = table(rows, ("a", "b", "r", "n"), year=None, reporter="r", unmatched="missing")
    by = made.in_regions()
    assert by.frame.astype(object).where(by.frame.notna(), None).to_numpy().tolist() == [
        ["Africa", "Europe", 9, 13],
        [None, "Europe", 3, 3],
    ]
    finer = made.in_regions("subregion")
    assert finer.frame["detection"].tolist() == ["Southern Europe", "Western Europe", "Southern Europe"]
    with pytest.raises(DataError, match="0 places are countries with a region"):
        table([("north", "south", 2020, 9)], places="as given").in_regions()


def test_a_panel_has_the_roles_and_years_that_are_asked_for():
    frame = pd.DataFrame(
        {
            "a": ["NGA", "NGA", "ITA", "GHA"],
            "m": ["ITA", "FRA", "ITA", None],
            "b": ["FRA", "FRA", "ITA", "FRA"],
            "t": [2020, 2020, 2021, 2021],
            "n": [4, "<5", 7, 2],
        }
    )
    made = FlowTable.from_frame(frame, citizenship="a", exploitation="m", detection="b", year="t", count="n")
    assert made.panel().to_numpy().tolist() == [
        ["GHA", "FRA", 2021, 2, 2, True], ["ITA", "ITA", 2021, 7, 7, True], ["NGA", "FRA", 2020, 4, 8, True]
    ]  # fmt: skip
    assert made.panel("citizenship", "exploitation", domestic=False).to_numpy().tolist() == [
        ["NGA", "FRA", 2020, 0, 4, True], ["NGA", "ITA", 2020, 4, 4, True]
    ]  # fmt: skip
    full = made.panel(unlisted="zero", domestic=False)
    assert full[["origin", "destination", "year", "high", "listed"]].to_numpy().tolist() == [
        ["GHA", "FRA", 2020, 0, False], ["GHA", "FRA", 2021, 2, True], ["GHA", "ITA", 2021, 0, False], ["ITA", "FRA", 2020, 0, False],
        ["ITA", "FRA", 2021, 0, False], ["NGA", "FRA", 2020, 8, True], ["NGA", "FRA", 2021, 0, False], ["NGA", "ITA", 2021, 0, False],
    ]  # fmt: skip
    with pytest.raises(DataError, match="the flows know 'citizenship' alone"):
        made.panel("citizenship", "citizenship")
    with pytest.raises(SpecificationError, match="no role 'transit'"):
        made.panel("transit")
    ends = corridor_ends(made, None, "exploitation")
    assert (ends.origin, ends.destination, ends.lost) == ("citizenship", "exploitation", 1)
    assert ends.frame.columns.tolist() == ["origin", "destination", "year", "low", "high"]


def test_legs_of_a_journey_keep_what_else_is_known():
    frame = pd.DataFrame(
        {"a": ["NGA", "GHA"], "by": ["NER|LBY", None], "b": ["ITA", "ITA"], "t": [2020, 2021], "n": ["<5", 8]}
    )
    made = FlowTable.from_frame(frame, recruitment="a", transit="by", exploitation="b", year="t", count="n")
    assert made.hops().to_numpy().tolist() == [
        ["NGA", "NER", 1, 2020, 0, 4], ["NER", "LBY", 2, 2020, 0, 4], ["LBY", "ITA", 3, 2020, 0, 4]
    ]  # fmt: skip  # nothing bridges the stops that are not known
    assert made.hops().columns.tolist() == ["origin", "destination", "leg", "year", "low", "high"]
    direct = FlowTable.from_frame(frame, recruitment="a", exploitation="b", year="t", count="n").hops()
    assert direct[["origin", "destination", "leg"]].to_numpy().tolist() == [["NGA", "ITA", 1], ["GHA", "ITA", 1]]
    with pytest.raises(SpecificationError, match="the flows know citizenship, detection, must know two of recruitment"):
        table([("NGA", "ITA", 2020, 9)]).hops()


def test_people_are_counted_from_their_records():
    people = pd.DataFrame({"a": ["NGA", "NGA", "ROU"], "b": "ITA"})
    made = FlowTable.from_records(people, citizenship="a", detection="b")
    assert made.frame.to_numpy().tolist() == [["NGA", "ITA", 2, 2], ["ROU", "ITA", 1, 1]]
    with pytest.raises(SpecificationError, match="count is given, must be left out"):
        FlowTable.from_records(people, citizenship="a", detection="b", count="a")
    with pytest.raises(DataError, match="people"):
        FlowTable.from_records([1], citizenship="a")


class Loaded:
    """What a loaded table of the United Nations is to the reader of flows."""

    schema = "glotip"

    def __init__(self, rows):
        columns = [
            "Iso3_code",
            "Category",
            "Category_iso3",
            "Year",
            "low",
            "high",
            "Dimension",
            "Sex",
            "Age",
            "Indicator",
        ]
        usual = ["by citizenship", "Total", "Total", "Detected trafficking victims"]
        self.frame = pd.DataFrame([(*one, *usual[len(one) - 6 :]) for one in rows], columns=columns)


def test_detected_victims_are_read_by_one_dimension_of_totals():
    rows = [
        ("ITA", "Nigerians", None, 2020, 12, 12), ("ITA", "own nationals", "XXQ", 2020, 0, 4), ("ITA", "Unknown", None, 2020, 7, 7),
        ("ITA", "Ghanaians", "GHA", 2020, 9, 9, "by citizenship", "Female"), ("ITA", "Ghanaians", "GHA", 2020, 9, 9, "by citizenship", "Total", "Child"),
        ("ITA", "Ghanaians", "GHA", 2020, 9, 9, "by citizenship", "Total", "Total", "Convicted persons"), (None, "Ghanaians", "GHA", 2020, 9, 9),
        ("NGA", "Italy", None, 2021, 3, 3, "by country of repatriation"),
    ]  # fmt: skip
    made, (lost,) = glotip_flows(Loaded(rows), "by citizenship", 1)
    assert made.to_dict("records") == [
        {"citizenship": "NGA", "detection": "ITA", "reporter": "ITA", "year": 2020, "low": 12, "high": 12},
        {"citizenship": "ITA", "detection": "ITA", "reporter": "ITA", "year": 2020, "low": 1, "high": 4},
    ]
    assert (lost.status, dict(lost.numbers)) == ("review", {"lost": 2, "rows": 4})
    assert str(lost.message).startswith("2 of 4 rows name no one country of citizenship")
    back, (lost,) = glotip_flows(Loaded(rows), "by country of repatriation", 0)
    assert back.to_dict("records") == [
        {"returned_from": "ITA", "repatriation": "NGA", "reporter": "NGA", "year": 2021, "low": 3, "high": 3}
    ]
    assert (lost.status, dict(lost.numbers)) == ("pass", {"lost": 0, "rows": 1})
    assert "0 of 1 rows name no one country of return" in str(lost.message)
    with pytest.raises(DataError, match="0 of 1 rows are of detected victims by citizenship"):
        glotip_flows(Loaded(rows[-1:]), "by citizenship", 0)
    with pytest.raises(DataError, match="loaded is a list"):
        glotip_flows([], "by citizenship", 0)
    with pytest.raises(SpecificationError, match="dimension == 'by form'"):
        glotip_flows(Loaded(rows), "by form", 0)


# corridors and hubs


def test_ranges_are_drawn_from_open_to_full_circles():
    assert [_ends(one) for one in ("<5", "7", "12 to 16", "<2")] == [(0, 4), (7, 7), (12, 16), (0, 1)]
    rows = [("NGA", "ITA", 2020, 30), ("ROU", "ITA", 2020, "<5"), ("GHA", "ITA", 2020, "6-9")]
    found = Corridors().fit(table(rows))
    ax = found.plot()
    most, least = ax.lines
    assert (most.get_xdata().tolist(), most.get_ydata().tolist()) == ([30, 9, 4], [2, 1, 0])
    assert (least.get_xdata().tolist(), least.get_ydata().tolist()) == ([30, 6, 0], [2, 1, 0])
    assert [(one.get_marker(), one.get_linestyle(), one.get_markersize()) for one in (most, least)] == [
        ("o", "None", 5)
    ] * 2
    assert (most.get_color(), least.get_markerfacecolor(), least.get_markeredgecolor()) == ("0.15", "white", "0.15")
    assert ax.get_xlabel() == "people"
    assert ax.collections[0].get_linewidth()[0] == 2
    many = [(a, b, 2020, 9) for a in ("NGA", "GHA", "ROU") for b in ("ITA", "FRA", "DEU", "ESP", "POL", "AUT", "GRC")]
    ax = Corridors().fit(table(many)).plot()
    assert len(ax.get_yticklabels()) == 20
    assert list(ax.figure.get_size_inches())[1] == pytest.approx(0.9 + 0.28 * 20, abs=0.02)


def test_hubs_stand_in_an_order_unless_masked_counts_turn_it():
    def said(low, high, masked=True):
        return hubs._check_steady(pd.DataFrame({"betweenness": low, "betweenness_high": high}), masked=masked)

    up = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]
    # of six places, swapping neighbours once leaves a rank correlation of 1 - 12/210, twice of 1 - 24/210
    once, twice = [0.2, 0.1, 0.3, 0.4, 0.5, 0.6], [0.2, 0.1, 0.4, 0.3, 0.5, 0.6]
    assert (said(up, once).status, said(up, once).numbers["correlation"]) == ("pass", pytest.approx(1 - 12 / 210))
    assert (said(up, twice).status, said(up, twice).numbers["correlation"]) == ("review", pytest.approx(1 - 24 / 210))
    assert said(up, twice).numbers["hidden"] == 0
    assert said(up, twice, masked=False).numbers == {"correlation": 1}
    hidden = said([np.nan, *up[1:]], up)
    assert (hidden.status, dict(hidden.numbers)) == ("review", {"correlation": pytest.approx(1), "hidden": 1})
    assert said(up[:2], up[1::-1]).status == "pass"  # two have no order to speak of
    assert said([0.5] * 4, up[:4]).status == "pass"
    assert said(up[:3], up[2::-1]).status == "review"
    rows = [("NGA", "ITA", 2020, 30), ("ITA", "FRA", 2021, 5), ("ITA", "ITA", 2021, 2)]
    yearly = Hubs(yearly=True).fit(table(rows)).hubs
    assert yearly[["place", "year", "within"]].to_numpy().tolist() == [
        ["ITA", 2020, "0"], ["NGA", 2020, "0"], ["FRA", 2021, "0"], ["ITA", 2021, "2"]
    ]  # fmt: skip
    with pytest.raises(DataError, match="no column 'year'"):
        Hubs(yearly=True).fit(table(rows, year=None, repeated="sum"))
    nowhere = Hubs().fit(table(rows[2:]))
    assert check(nowhere, "flows between places").numbers == {"between": 0}


def test_changes_are_signed_roots_of_the_deviance():
    years = np.array([[2.0, 4.0], [3.0, 3.0], [3.0, 3.0]])
    before, after = pd.Series([10.0, 0, 9]), pd.Series([40.0, 12, 9])
    e0, e1 = 50 / 6 * 2, 50 / 6 * 4
    first = np.sqrt(2 * (10 * np.log(10 / e0) + 40 * np.log(40 / e1)))
    found = corridor_changes._root(before, after, years)
    assert found.tolist() == pytest.approx([first, np.sqrt(2 * 12 * np.log(2)), 0])
    assert corridor_changes._root(after, before, years[:, ::-1]).tolist() == pytest.approx([-one for one in found])
    assert corridor_changes._root(before * 0, after * 0, years).tolist() == [0, 0, 0]
    for dispersion, status in ((np.nan, "review"), (1.7, "pass")):
        assert corridor_changes._check_dispersion(dispersion).status == status
    rows = [("NGA", "ITA", "r", y, n) for y, n in zip(range(2016, 2024), [9, 11, 10, 10, 30, 28, 32, 30], strict=True)]
    rows += [("ROU", "ITA", "r", 2015, 40), ("ROU", "ITA", "r", 2016, 41)]
    found = CorridorChanges(after=2020, unlisted="zero").fit(
        table(rows, ("a", "b", "r", "t", "n"), reporter="r", places="as given")
    )
    told = found.changes.set_index("origin")[["years_before", "years_after"]]
    assert told.to_numpy().tolist() == [[5, 4], [5, 4]]  # of the one that reports, whatever the corridor
    assert found.changes["origin"].tolist() == ["ROU", "NGA"]
    assert (found.n, found.smallest_group) == (241, 241)
    with pytest.raises(DataError, match="0 corridors have years reported in both periods"):
        CorridorChanges(after=2020).fit(table([("NGA", "ITA", 2019, 3), ("ROU", "ITA", 2021, 3)]))


def test_reports_are_compared_year_by_year_where_both_have_years():
    there = table([("NGA", "ITA", 2020, 9), ("NGA", "ITA", 2021, "3-6"), ("ROU", "ITA", 2021, 2)])
    back = table(
        [("ITA", "NGA", 2020, 9), ("ITA", "NGA", 2021, "<3")],
        citizenship=None,
        detection=None,
        returned_from="a",
        repatriation="b",
    )
    found = compare_reports(there, back)
    assert found.corridors.to_numpy().tolist() == [
        ["NGA", "ITA", 2020, "9", "9", "yes"],
        ["NGA", "ITA", 2021, "3 to 6", "<3", "found more"],
    ]
    assert found.estimates["estimate"].to_dict() == {"both": 2, "found_alone": 1, "returned_alone": 0, "agree": 0.5}
    assert (found.n, found.smallest_group) == (9 + 3 + 2 + 9, 1)
    assert check(found, "symmetry").numbers == {"less": 0, "both": 2}


# agreements


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        (2004, "2004-01-01", "2004-12-31"), ("2004", "2004-01-01", "2004-12-31"), (2004.0, "2004-01-01", "2004-12-31"),
        ("2004-02", "2004-02-01", "2004-02-29"), ("2003-02", "2003-02-01", "2003-02-28"), (" 2004-03-05 ", "2004-03-05", "2004-03-05"),
        (dt.date(2004, 3, 5), "2004-03-05", "2004-03-05"), (np.int64(1800), "1800-01-01", "1800-12-31"), ("2200-12-31", "2200-12-31", "2200-12-31"),
        ("1800-01-01", "1800-01-01", "1800-01-01"),
    ],
)  # fmt: skip
def test_a_date_is_every_day_that_it_can_mean(cell, first, last):
    assert treaties._days(cell) == tuple(dt.date.fromisoformat(one).toordinal() for one in (first, last))


@pytest.mark.parametrize(
    "cell",
    [
        1799,
        2201,
        "1799-12-31",
        "2201-01-01",
        dt.date(1799, 12, 31),
        pd.NaT,
        10_000,
        0,
        "2004-00",
        "2004-03-00",
        "x2004",
        "2004x",
        None,
        2004.5,
    ],
)
def test_what_is_no_date_is_none(cell):
    assert treaties._days(cell) is None


def agreed(*rows, **options):
    frame = pd.DataFrame(rows, columns=["agreement", "party", "since", "until"])
    return Agreements.from_frame(frame, until="until", places="as given", **options)


def test_a_year_is_covered_from_its_first_to_its_last_day():
    pairs = pd.DataFrame({"origin": "a", "destination": "b", "year": [2019, 2020, 2021]})

    def whole(since, until):
        found = treaties.bound_between(agreed(("A", "a", since, until), ("A", "b", 1990, None)), pairs)
        return dict(zip(found["year"], found["whole"], strict=True))

    assert whole("2020-01-01", "2020-12-31") == {2020: True}
    assert whole("2020-01-02", "2020-12-31") == {2020: False}
    assert whole("2020-01-01", "2020-12-30") == {2020: False}
    assert whole("2019-12-31", "2021-01-01") == {2019: False, 2020: True, 2021: False}
    assert whole("2019-12", "2021-01") == {2019: False, 2020: True, 2021: False}
    assert whole("2022-01-01", None) == {}
    three = agreed(
        ("A", "a", 1990, None),
        ("A", "b", 1990, None),
        ("A", "c", 1990, None),
        ("B", "a", 1990, None),
        ("B", "b", 2020, None),
    )
    found = treaties.bound_between(three, pairs)
    assert found.to_numpy().tolist() == [
        ["a", "b", 2019, "A", False, True], ["a", "b", 2020, "A", False, True], ["a", "b", 2020, "B", True, False],
        ["a", "b", 2021, "A", False, True], ["a", "b", 2021, "B", True, True],
    ]  # fmt: skip
    assert three.states == {"a", "b", "c"}
    same = agreed(("A", "a", 1990, None), ("A", "b", 1990, None))
    assert same == agreed(("A", "a", 1990, None), ("A", "b", 1990, None))
    assert same != agreed(("A", "a", 1991, None), ("A", "b", 1990, None))
    assert hash(same) == hash(agreed(("A", "a", 1991, None), ("A", "b", 1990, None)))
    assert "Agreements" in same._repr_html_()
    with pytest.raises(DataError, match="1 of 4 rows bind a party"):
        agreed(
            ("A", "a", "2001", "2005-06-01"),
            ("A", "a", "2005-06-01", None),
            ("A", "b", 1990, None),
            ("B", "b", 1990, None)[:0] or ("A", "c", 1990, None),
        )
    assert (
        len(agreed(("A", "a", "2001", "2005-06-01"), ("A", "a", "2005-06-02", None), ("A", "b", 1990, None)).frame) == 3
    )
    with pytest.raises(CellError, match="must not lie before"):
        agreed(("A", "a", "2005-06-02", "2005-06-01"), ("A", "b", 1990, None))
    assert len(agreed(("A", "a", "2005-06-01", "2005-06-01"), ("A", "b", 1990, None)).frame) == 2


def test_shares_and_bands_at_their_ends():
    def share(*rows):
        return cooperation._share(pd.DataFrame(rows, columns=["any", "low", "high"]), "any")

    assert share(("whole", 3, 5), ("part", 2, 4), ("none", 6, 7)) == pytest.approx(
        (3 / (3 + 4 + 7), (5 + 4) / (5 + 4 + 6))
    )
    assert share(("whole", 0, 4)) == (1, 1)
    assert share(("none", 0, 4)) == (0, 0)
    assert share(("whole", 0, 4), ("none", 0, 4)) == (0, 1)
    bands = {
        (0, 4): "fewer than 5",
        (4, 4): "fewer than 5",
        (5, 24): "5 to 24",
        (25, 99): "25 to 99",
        (99, 100): "25 or more",
        (100, 100): "100 or more",
        (4, 25): "fewer than 100",
        (24, 99): "5 to 99",
        (4, 100): "any size",
    }
    assert {ends: cooperation._band(*ends) for ends in bands} == bands
    for width, status in ((0.1, "pass"), (0.11, "review")):
        said = cooperation._check_width(pd.DataFrame({"ci_low": [0.25], "ci_high": [0.25 + width]}))
        assert (said.status, dict(said.numbers)) == (status, {"low": 0.25, "high": 0.25 + width})
        assert dict(said.message.values) == {"low": 0.25, "high": 0.25 + width}


def test_states_and_corridors_of_agreements_are_counted():
    rows = [
        ("a", "b", 2020, 120),
        ("b", "a", 2020, 30),
        ("a", "c", 2020, "<5"),
        ("a", "c", 2021, 7),
        ("c", "c", 2020, 9),
        ("b", "c", 2021, 0),
    ]
    signed = agreed(
        ("T", "a", "2020-07-01", None),
        ("T", "c", 1990, None),
        ("U", "a", 1990, None),
        ("U", "b", 1990, 2019),
        ("V", "a", 1990, None),
        ("V", "b", 1990, None),
        ("V", "c", 1990, "1995"),
    )
    found = Cooperation(agreements=signed).fit(table(rows, places="as given"))
    assert found.corridors.to_numpy().tolist() == [
        ["a", "b", "120", "120", "covered", 1, "multilateral"], ["a", "c", "7 to 11", "7 to 11", "covered in part", 1, "bilateral"], ["b", "a", "30", "30", "covered", 1, "multilateral"],
    ]  # fmt: skip
    assert found.states.to_numpy().tolist() == [
        ["a", "127 to 131", "30", "0", 2, 2], ["b", "30", "120", "0", 1, 1], ["c", "0", "7 to 11", "9", 1, 1]
    ]  # fmt: skip
    assert found.bands.to_numpy().tolist() == [["100 or more", 1, 0, 0], ["25 to 99", 1, 0, 0], ["5 to 24", 0, 1, 0]]
    assert len(found.uncovered) == 0
    ax = found.plot()
    assert [one.get_text() for one in ax.get_yticklabels()] == ["100 or more", "25 to 99", "5 to 24"]
    heights = [[bar.get_y() + bar.get_height() / 2 for bar in bars] for bars in ax.containers]
    assert heights == [pytest.approx([2, 1, 0])] * 3
    lefts = np.array([[bar.get_x() for bar in bars] for bars in ax.containers])
    assert lefts.tolist() == [[0, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert [bars[0].get_hatch() for bars in ax.containers] == ["", "//", ""]
    assert [to_rgba(bars[0].get_facecolor()) for bars in ax.containers] == [
        to_rgba(one) for one in ("0.25", "0.65", "white")
    ]
    assert [one.get_text() for one in ax.get_legend().get_texts()] == ["covered", "covered in part", "not covered"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("corridors between states", "people on the corridor")
    assert list(ax.figure.get_size_inches())[1] == pytest.approx(1.6 + 0.4 * 3, abs=0.02)
