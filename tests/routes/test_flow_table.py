"""Tables of flows: every role by itself, masked counts as ranges, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, SpecificationError
from ctresearch.data import load
from ctresearch.routes import CorridorChanges, Corridors, FlowTable, Hubs, check_mass, compare_reports

HEAD = "Iso3_code,Country,Indicator,Dimension,Category,Sex,Age,Year,txtVALUE,Source"


def glotip(tmp_path, *rows):
    file = tmp_path / "glotip.csv"
    file.write_text("\n".join([HEAD, *rows]) + "\n")
    return load(file, as_="glotip")


def row(code, category, value, year=2020, dimension="by citizenship", sex="Total", age="Total"):
    return f"{code},Somewhere,Detected trafficking victims,{dimension},{category},{sex},{age},{year},{value},GLOTIP"


def table(counts, **more):
    frame = pd.DataFrame({"a": ["NGA", "ITA", "ROU"][: len(counts)], "b": ["ITA"] * len(counts), "n": counts})
    return FlowTable.from_frame(frame, citizenship="a", detection="b", count="n", **more)


def test_no_place_is_inferred_from_another():
    flows = table([3, 4, 5])
    assert flows.roles == ("citizenship", "detection")
    with pytest.raises(SpecificationError, match="no role 'exploitation'"):
        Corridors(destination="exploitation").fit(flows)


def test_domestic_flows_are_there_unless_they_are_left_out():
    flows = table([30, 40, 50])
    assert Corridors().fit(flows).corridors["domestic"].tolist() == [False, True, False]
    assert len(Corridors(domestic=False).fit(flows).corridors) == 2
    only = FlowTable.from_frame(
        pd.DataFrame({"a": ["ITA"], "b": ["ITA"], "n": [9]}), citizenship="a", detection="b", count="n"
    )
    assert Hubs().fit(only).checks[-2].status == "fail"
    with pytest.raises(DataError, match="0 flows lead"):
        Corridors(domestic=False).fit(only)


def test_a_masked_count_stays_the_range_that_was_published():
    flows = table([30, "<5", "<5"])
    assert flows.masked == 2
    result = Corridors().fit(flows)
    assert result.corridors["people"].tolist() == ["30", "<5", "<5"]
    assert table([30, "<5", "<5"], least_masked=1).frame["low"].tolist() == [30, 1, 1]
    assert result.estimates["estimate"].drop("corridors").isna().all()


def test_sums_are_of_the_ends_of_ranges_and_never_narrower():
    frame = pd.DataFrame({"a": ["NGA"] * 3, "b": ["ITA"] * 3, "t": [1, 2, 3], "n": [10, "<5", "<5"]}).assign(
        t=[2001, 2002, 2003]
    )
    flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t", count="n")
    assert Corridors().fit(flows).corridors["people"].tolist() == ["10 to 18"]


@pytest.mark.parametrize(
    "wrong", [[-1, 2, 3], [1.5, 2, 3], ["<0", 2, 3], ["many", 2, 3], [None, 2, 3], [True, False, True]]
)
def test_what_is_no_count_is_refused(wrong):
    with pytest.raises(DataError, match="must be whole numbers"):
        table(wrong)


def test_zero_and_not_listed_are_told_apart():
    flows = table([0, 4, 5])
    assert flows.frame["low"].tolist() == [0, 4, 5]
    panel = flows.panel(unlisted="zero")
    assert panel["listed"].all()
    two = FlowTable.from_frame(
        pd.DataFrame({"a": ["NGA", "GHA"], "b": ["ITA", "ESP"], "n": [6, 7]}), citizenship="a", detection="b", count="n"
    )
    assert (~two.panel(unlisted="zero")["listed"]).sum() == 2
    assert len(two.panel()) == 2


def test_rows_of_one_count_are_refused_added_or_kept_as_a_range():
    frame = pd.DataFrame({"a": ["NGA"] * 2, "b": ["ITA"] * 2, "n": [3, 9]})
    roles = {"citizenship": "a", "detection": "b", "count": "n"}
    with pytest.raises(DataError, match="repeated='sum'"):
        FlowTable.from_frame(frame, **roles)
    assert FlowTable.from_frame(frame, repeated="sum", **roles).frame["low"].tolist() == [12]
    widest = FlowTable.from_frame(frame, repeated="widest", **roles)
    assert widest.frame[["low", "high"]].to_numpy().tolist() == [[3, 9]]
    assert {check.name: check.status for check in widest.checks}["repeated rows"] == "review"


def test_countries_that_split_are_said_and_can_be_joined():
    frame = pd.DataFrame({"a": ["NGA"] * 2, "b": ["SCG", "SRB"], "t": [2004, 2010], "n": [7, 8]})
    roles = {"citizenship": "a", "detection": "b", "year": "t", "count": "n"}
    split = {c.name: c for c in FlowTable.from_frame(frame, **roles).checks}["countries that split"]
    assert split.status == "review"
    joined = FlowTable.from_frame(frame, joined={"SCG": ["SRB", "MNE"]}, **roles)
    assert set(joined.frame["detection"]) == {"SCG"}
    assert {c.name: c for c in joined.checks}["countries that split"].status == "pass"


def test_words_of_no_country_are_refused_or_counted():
    frame = pd.DataFrame({"a": ["NGA", "somewhere in Asia"], "b": ["ITA", "ITA"], "n": [7, 8]})
    roles = {"citizenship": "a", "detection": "b", "count": "n"}
    with pytest.raises(DataError, match="must each name one country") as caught:
        FlowTable.from_frame(frame, **roles)
    assert "Asia" not in str(caught.value)
    kept = FlowTable.from_frame(frame, unmatched="missing", **roles)
    assert kept.frame["citizenship"].isna().sum() == 1
    assert Corridors().fit(kept).checks[-2].status == "review"
    towns = FlowTable.from_frame(frame, places="as given", **roles)
    assert set(towns.frame["citizenship"]) == {"NGA", "somewhere in Asia"}


def test_several_hops_have_legs_and_no_leg_bridges_a_gap():
    frame = pd.DataFrame({"a": ["NGA", None], "by": ["NER|LBY", "LBY"], "b": ["ITA", "ITA"], "n": [7, 8]})
    flows = FlowTable.from_frame(frame, recruitment="a", transit="by", exploitation="b", count="n")
    legs = flows.hops()
    assert legs["leg"].tolist() == [1, 2, 3, 2]
    assert ("LBY", "ITA") in set(zip(legs["origin"], legs["destination"], strict=True))
    with pytest.raises(DataError, match="transit begins or ends no corridor"):
        Corridors(origin="transit").fit(flows)


def test_regions_add_up():
    by_region = table([30, "<5", 9]).in_regions()
    assert by_region.frame[["citizenship", "low", "high"]].to_numpy().tolist() == [
        ["Africa", 30, 30],
        ["Europe", 9, 13],
    ]


def test_glotip_rows_of_sex_and_age_are_not_mixed_with_totals(tmp_path):
    loaded = glotip(
        tmp_path,
        row("ITA", "Nigerians", "12"),
        row("ITA", "Nationals", "<5"),
        row("ITA", "Unknown", "7"),
        row("ITA", "Total", "9", dimension="Total", sex="Female"),
    )
    flows = FlowTable.from_glotip(loaded)
    assert flows.frame[["citizenship", "detection"]].to_numpy().tolist() == [["NGA", "ITA"], ["ITA", "ITA"]]
    assert "1 of 3 rows" in flows.checks[0].message
    with pytest.raises(DataError, match="by country of repatriation"):
        FlowTable.from_glotip(loaded, dimension="by country of repatriation")
    with pytest.raises(DataError, match="must be what data"):
        FlowTable.from_glotip(loaded.frame)


def test_returned_people_keep_roles_of_their_own(tmp_path):
    rows = [row("NGA", "Italy", "6", dimension="by country of repatriation"), row("ITA", "Nigerians", "31")]
    loaded = glotip(tmp_path, *rows)
    back = FlowTable.from_glotip(loaded, dimension="by country of repatriation")
    assert back.roles == ("returned_from", "repatriation")
    told = compare_reports(FlowTable.from_glotip(loaded), back)
    assert told.corridors["agree"].tolist() == ["found more"]
    assert told.checks[0].status == "pass"


def test_an_origin_that_reports_more_than_the_destination_is_said():
    there = table([3, 4, 5])
    back = FlowTable.from_frame(
        pd.DataFrame({"a": ["ITA"], "b": ["NGA"], "n": [40]}), returned_from="a", repatriation="b", count="n"
    )
    assert compare_reports(there, back).checks[0].status == "review"


@pytest.mark.parametrize(("whole", "status"), [(20, "fail"), (31, "pass"), (90, "review")])
def test_mass_is_kept_or_not(whole, status):
    frame = pd.DataFrame({"a": ["NGA"], "b": ["ITA"], "t": [2020], "n": [31]})
    flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t", count="n")
    wholes = pd.DataFrame({"place": ["ITA"], "year": [2020], "low": [whole], "high": [whole]})
    assert check_mass(flows, wholes).status == status


def test_records_are_counted():
    people = pd.DataFrame({"a": ["NGA"] * 3, "b": ["ITA"] * 3, "sex": ["f", "f", "m"]})
    flows = FlowTable.from_records(people, citizenship="a", detection="b", sex="sex")
    assert flows.frame["low"].tolist() == [2, 1]


def changes(before, after, **options):
    years = [2001, 2002, 2003, 2011, 2012, 2013]
    rows = [("NGA", "ITA", y, n) for y, n in zip(years, [*before, *after], strict=True) if n is not None]
    rows += [("ROU", "ITA", y, 50) for y in years]
    frame = pd.DataFrame(rows, columns=["a", "b", "t", "n"])
    flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t", count="n")
    found = CorridorChanges(after=2011, **options).fit(flows).changes
    return found.set_index("origin")


def test_new_and_vanished_corridors_need_that_unlisted_means_nobody():
    assert "NGA" not in changes([None] * 3, [40, 41, 39]).index
    found = changes([None] * 3, [40, 41, 39], unlisted="zero").loc["NGA"]
    assert found["change"] == "new"
    assert pd.isna(found["before"])  # never shown as zero
    assert changes([40, 41, 39], [None] * 3, unlisted="zero").loc["NGA", "change"] == "vanished"
    assert changes([20, 21, 19], [22, 19, 20]).loc["NGA", "change"] == "none found"


def test_what_is_found_does_not_hang_on_masked_counts():
    few = ["<5"] * 3
    assert changes(few, [9, 5, 6]).loc["NGA", "change"] == "none found"  # four, four and four would do
    assert changes(few, [90, 95, 91]).loc["NGA", "change"] == "more"
    assert changes(few, few).loc["NGA", "p_value"] == 1.0


@pytest.mark.slow
def test_false_discoveries_are_few_where_nothing_changed():
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(20):
        rows = [
            (f"P{i}", "Q", y, int(n))
            for i in range(40)
            for y, n in zip(range(2000, 2010), rng.negative_binomial(10, 0.4, 10), strict=True)
        ]
        frame = pd.DataFrame(rows, columns=["a", "b", "t", "n"])
        flows = FlowTable.from_frame(frame, citizenship="a", detection="b", year="t", count="n", places="as given")
        found += int((CorridorChanges(after=2005).fit(flows).changes["change"] != "none found").any())
    assert found <= 4  # one family in twenty at a rate of 5 %: more than four of twenty has a chance below 0.3 %
