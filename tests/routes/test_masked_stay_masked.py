"""Subtraction by sex, age and citizenship finds masked counts in a published table; no output here lets it through."""

import itertools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError
from ctresearch.data import load
from ctresearch.privacy import Output, release
from ctresearch.routes import (
    Composition,
    CorridorChanges,
    Corridors,
    FlowTable,
    Geometry,
    Hubs,
    IntervalGravity,
    Trend,
    choropleth,
    map_page,
)

COLUMNS = "Iso3_code,Country,Indicator,Dimension,Category,Sex,Age,Year,txtVALUE,Source"
HERE, FROM = ["ITA", "FRA", "ESP", "DEU"], ["Nigeria", "Romania", "Ghana", "Albania", "Morocco"]
YEARS = range(2015, 2021)


def shown(count):
    return "<5" if count < 5 else str(count)


def published():
    """Return a table with totals by sex and by citizenship, masked by single cells, and the counts behind it."""
    rng = np.random.default_rng(20)
    rows, true = [], {}
    for place, year in itertools.product(HERE, YEARS):
        counts = rng.negative_binomial(0.7, 0.06, len(FROM))
        women = rng.binomial(counts.sum(), 0.85)
        parts = {("by citizenship", name, "Total"): n for name, n in zip(FROM, counts, strict=True)}
        parts |= {("Total", "Total", "Total"): counts.sum(), ("Total", "Total", "Female"): women}
        parts["Total", "Total", "Male"] = counts.sum() - women
        for (dimension, category, sex), count in parts.items():
            true[place, year, dimension, category, sex] = int(count)
            start = f"{place},Somewhere,Detected trafficking victims,{dimension},{category},{sex},Total,{year}"
            rows.append(f"{start},{shown(count)},GLOTIP")
    return rows, true


def loaded(tmp_path, rows, name):
    file = tmp_path / f"{name}.csv"
    file.write_text("\n".join([COLUMNS, *rows]) + "\n")
    return load(file, as_="glotip")


def outputs(flows):
    """Return everything that a reader would be shown of flows, as text."""
    by_year = flows.frame.groupby(["detection", "year"])[["low", "high"]].sum().reset_index()
    by_year["people"] = [str(a) if a == b else f"{a}-{b}" for a, b in zip(by_year["low"], by_year["high"], strict=True)]
    pairs = flows.panel(unlisted="zero").assign(
        near=lambda d: (d["origin"] == "ROU").mul(d["destination"] == "ITA") * 1.0
    )
    made = [
        Corridors().fit(flows),
        Hubs(yearly=True).fit(flows),
        CorridorChanges(after=2018).fit(flows),
        Trend(count="people", contributor="detection").fit(by_year),
        Composition(count="people", contributor="detection", after=2018).fit(by_year),
        IntervalGravity(["near"], effects=["origin", "destination", "year"], year="year").fit(pairs),
    ]
    shapes = Geometry.tiles(sorted({*flows.frame["citizenship"], *HERE}))
    words = [one.get_text() for one in choropleth(flows, geometry=shapes).texts]
    return [str(result.to_dict()) for result in made], words, map_page(flows, geometry=shapes).html


def ends(words):
    """Read what a shown count allows."""
    found = re.fullmatch(r"<(\d+)|(\d+)(?: to (\d+))?", words)
    if found[1]:
        return 0, int(found[1]) - 1
    return int(found[2]), int(found[3] or found[2])


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rows, true = published()
    folder = tmp_path_factory.mktemp("glotip")
    whole = FlowTable.from_glotip(loaded(folder, rows, "whole"))
    alone = FlowTable.from_glotip(loaded(folder, [one for one in rows if ",by citizenship," in one], "alone"))
    return whole, alone, true


def test_the_table_gives_masked_counts_away_to_who_subtracts(table):
    _, _, true = table
    given_away = 0
    for place, year in itertools.product(HERE, YEARS):
        total, women, men = (true[place, year, "Total", "Total", sex] for sex in ("Total", "Female", "Male"))
        given_away += total >= 5 and (women >= 5) != (men >= 5)
        masked = [n for n in FROM if true[place, year, "by citizenship", n, "Total"] < 5]
        given_away += total >= 5 and len(masked) == 1
    assert given_away > 10


def test_no_output_hangs_on_the_rows_that_are_subtracted(table):
    whole, alone, _ = table
    assert whole.masked > 30
    assert outputs(whole) == outputs(alone)


def test_what_is_shown_is_what_each_range_allows_by_itself(table):
    flows, _, _ = table
    frame = flows.frame
    corridors = Corridors().fit(flows).corridors.set_index(["origin", "destination"])["people"]
    sums = frame.groupby(["citizenship", "detection"])[["low", "high"]].sum()
    hubs = Hubs(yearly=True).fit(flows).hubs.set_index(["place", "year"])["receives"]
    received = frame.groupby(["detection", "year"])[["low", "high"]].sum()
    for shown_counts, allowed in ((corridors, sums), (hubs, received)):
        for key, row in allowed.iterrows():
            low, high = ends(shown_counts[key])
            assert low <= row["low"], key
            assert high >= row["high"], key


def test_totals_and_their_parts_are_not_read_together():
    frame = pd.DataFrame({"a": "NGA", "b": "ITA", "sex": ["Total", "Female", "Male"], "n": [43, 40, "<5"]})
    with pytest.raises(DataError, match="must stand in a table of their own") as refused:
        FlowTable.from_frame(frame, citizenship="a", detection="b", sex="sex", count="n")
    assert "43" not in str(refused.value)
    apart = frame.assign(b=["FRA", "ITA", "ITA"])  # one place gives totals alone, another parts alone
    assert len(FlowTable.from_frame(apart, citizenship="a", detection="b", sex="sex", count="n")) == 3
    both = pd.concat([frame[:1].assign(age="Total"), frame[1:2].assign(age="9-17")])
    with pytest.raises(DataError, match="must stand in a table of their own"):
        FlowTable.from_frame(both, citizenship="a", detection="b", sex="sex", age="age", count="n")
    parts = FlowTable.from_frame(frame[1:], citizenship="a", detection="b", sex="sex", count="n")
    assert Corridors().fit(parts).corridors["people"].tolist() == ["40 to 44"]


def test_the_gate_sets_corridors_of_all_against_those_of_women():
    def corridors(name, counts):
        frame = pd.DataFrame({"a": ["NGA", "ROU", "GHA"], "b": "ITA", "n": counts})
        result = Corridors().fit(FlowTable.from_frame(frame, citizenship="a", detection="b", count="n"))
        table = result.corridors[["origin", "destination", "people"]]
        return Output(name, "table", "restricted", table, counts=[100], roles=dict(result.roles("corridors")))

    everybody, women = corridors("all", [43, 60, 70]), corridors("women", [40, 50, 60])
    assert release([everybody, women]).passed != ("all", "women")
    assert release([everybody, corridors("women", [30, 50, 60])]).passed == ("all", "women")


def test_outputs_add_nothing_to_what_subtraction_finds_in_a_published_workbook():
    path = Path(__file__).parents[2] / "benchmarks/results/joint_attack_routes.csv"
    table = pd.read_csv(path).set_index("what")
    counts = ["narrowed", "found"]
    assert table.loc["workbook, by sex", "found"] > 700  # the attack works where tables are set side by side
    assert table.loc["flows by citizenship, outputs of routes", counts].sum() == 0
    alone, both = (
        table.loc[f"flows by citizenship, totals of the workbook{more}", counts]
        for more in ("", " and outputs of routes")
    )
    assert alone["found"] > 0
    assert (alone == both).all()
