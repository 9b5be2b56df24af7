"""Indicator 16.2.2: cells add up, detected and estimated stay apart, and codes are those of the United Nations."""

import pandas as pd
import pytest

from ctresearch.core import Check, DataError, Result, Scope, SpecificationError, estimates_table
from ctresearch.prevalence import SDGResult, sdg_16_2_2
from ctresearch.privacy import Output, release

CELLS = pd.DataFrame(
    [
        ("Female", "18+", "Sexual exploitation", 90),
        ("female", "0-17", "sexual exploitation", 30),
        ("male", "adult", "forced labor", 60),
        ("M", "child", "Other", 20),
        (None, "18+", "removal of organs", 10),
        ("women", None, None, 40),
    ],
    columns=["sex", "age_group", "form", "count"],
)
PEOPLE = pd.DataFrame(
    [
        ("female", "0-17", 1_000_000),
        ("female", "18+", 3_000_000),
        ("male", "0-17", 1_100_000),
        ("male", "18+", 2_900_000),
    ],
    columns=["sex", "age_group", "count"],
)


def estimate(population=5000.0, checks=(), level=0.95, term="population"):
    table = estimates_table({term: (population, 500.0, 4100.0, 6100.0)}, unit="persons")
    return Result(method="lists", estimates=table, n=900, interval="normal", checks=checks, level=level)


def cell(result, sex, age, form):
    table = result.detected
    return table[(table["sex"] == sex) & (table["age_group"] == age) & (table["form"] == form)].iloc[0]


def test_cells_add_up_to_totals_and_what_is_not_known_stands_in_totals_alone():
    result = sdg_16_2_2(CELLS, population=PEOPLE)
    assert len(result.detected) == 3 * 3 * 5
    assert cell(result, "total", "total", "total")["victims"] == 250
    assert cell(result, "female", "18+", "sexual exploitation")["victims"] == 90
    assert cell(result, "female", "total", "total")["victims"] == 160
    assert cell(result, "female", "total", "sexual exploitation")["victims"] == 120
    assert cell(result, "male", "total", "total")["victims"] == 80
    assert cell(result, "total", "18+", "total")["victims"] == 160
    assert cell(result, "total", "0-17", "total")["victims"] == 50
    assert cell(result, "male", "18+", "removal of organs")["victims"] == 0
    assert cell(result, "total", "18+", "removal of organs")["victims"] == 10
    assert result.n == 250
    assert result.estimates.loc["detected", "estimate"] == 250
    assert result.estimates.loc[["detected"], ["std_error", "ci_low", "ci_high"]].isna().all(axis=None)
    assert result.smallest_group == 10


def test_rates_are_per_100_000_of_the_same_sex_and_age():
    result = sdg_16_2_2(CELLS, population=PEOPLE)
    assert cell(result, "female", "18+", "sexual exploitation")["rate"] == pytest.approx(3.0)
    assert cell(result, "total", "0-17", "total")["inhabitants"] == 2_100_000
    assert cell(result, "total", "0-17", "total")["rate"] == pytest.approx(50 / 21)
    assert cell(result, "total", "total", "total")["rate"] == pytest.approx(250 / 80)


def test_an_estimate_stands_in_a_table_of_its_own_and_changes_no_count():
    alone = sdg_16_2_2(CELLS, population=PEOPLE)
    both = sdg_16_2_2(CELLS, estimate(), population=PEOPLE, scope=Scope(population="detected victims"))
    assert alone.estimated is None
    pd.testing.assert_frame_equal(alone.detected, both.detected)
    assert both.estimates.loc["estimated"].tolist()[:4] == pytest.approx([5000, float("nan"), 4100, 6100], nan_ok=True)
    rate = both.estimates.loc["estimated_rate"]
    assert rate[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx([62.5, 51.25, 76.25])
    assert both.estimates["unit"].tolist() == ["persons", "persons", "persons per 100,000"]
    row = both.estimated.iloc[0]
    assert row[["rate", "rate_low", "rate_high"]].tolist() == pytest.approx([62.5, 51.25, 76.25])
    assert both.population == "detected victims"
    assert not any("detect" in name for name in both.estimated.columns)


def test_estimates_by_sex_and_age_have_rates_of_their_own():
    result = sdg_16_2_2(
        CELLS, {("female", "total"): estimate(), ("total", "0-17"): estimate(2100.0)}, population=PEOPLE
    )
    assert result.estimated["rate"].tolist() == pytest.approx([125.0, 100.0])
    assert result.estimates.index.tolist() == ["detected"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (estimate(checks=(Check("x", "fail", "No.", voids=True),)), "does not stand"),
        (estimate(term="unobserved"), "0 rows of the term 'population'"),
        ({("girls", "total"): estimate()}, "must be sex"),
        ({("female", "total"): estimate(), ("male", "total"): estimate(level=0.9)}, "levels 0.9, 0.95"),
    ],
)
def test_estimates_that_cannot_be_set_beside_are_refused(given, words):
    with pytest.raises(SpecificationError, match=words):
        sdg_16_2_2(CELLS, given, population=PEOPLE)


def test_a_table_in_place_of_a_result_is_refused():
    with pytest.raises(DataError, match="must be a Result"):
        sdg_16_2_2(CELLS, {("female", "total"): CELLS}, population=PEOPLE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sex": "unknown to us"}, "must be one of female, male, not known"),
        ({"count": -1}, "whole numbers of people"),
        ({"count": 1.5}, "whole numbers of people"),
        ({"count": 0}, "no victim"),
        ({"sex": "female", "age_group": "18+", "form": "other"}, "5 of 6 rows of detected repeat a cell"),
    ],
)
def test_counts_that_are_none_are_refused(change, words):
    with pytest.raises(DataError, match=words):
        sdg_16_2_2(CELLS.assign(**change), population=PEOPLE)


@pytest.mark.parametrize("people", [PEOPLE.head(3), PEOPLE.assign(count=[0, 1, 1, 1]), PEOPLE.drop(columns="count")])
def test_inhabitants_must_be_there(people):
    with pytest.raises(DataError, match="population has"):
        sdg_16_2_2(CELLS, population=people)


def test_the_codes_are_those_of_the_harmonised_flow():
    table = sdg_16_2_2(CELLS, estimate(), population=PEOPLE).to_sdmx(442, 2024, source="National rapporteur")
    assert len(table) == 90
    assert set(table["SERIES"]) == {
        f"VC_HTF_DETV{form}{rate}" for form in ("", "SX", "FL", "OG", "OP") for rate in ("", "R")
    }
    assert set(table["SEX"]) == {"F", "M", "_T"}
    assert set(table["AGE"]) == {"Y0T17", "Y_GE18", "_T"}
    rates = table["SERIES"].str.endswith("R")
    assert set(table.loc[rates, "UNIT_MEASURE"]) == {"PER_100000_POP"}
    assert set(table.loc[~rates, "UNIT_MEASURE"]) == {"NUMBER"}
    one = table[(table["SERIES"] == "VC_HTF_DETVSX") & (table["SEX"] == "F") & (table["AGE"] == "Y0T17")].iloc[0]
    assert (one["OBS_VALUE"], one["REF_AREA"], one["TIME_PERIOD"]) == (30, 442, 2024)
    assert one["SOURCE_DETAIL"] == "National rapporteur"
    assert table["OBS_VALUE"].max() == 250  # 5,000 were estimated, and have no series
    with pytest.raises(SpecificationError, match="between 1 and 999"):
        sdg_16_2_2(CELLS, population=PEOPLE).to_sdmx(1000, 2024)


def test_the_gate_reads_both_tables_and_holds_small_cells_back():
    large = CELLS.assign(count=CELLS["count"] * 10)
    small = CELLS.assign(count=[900, 300, 600, 3, 100, 400])
    for cells, verdict in ((large, "pass"), (small, "fail")):
        result = sdg_16_2_2(cells, population=PEOPLE)
        outputs = [
            Output("cells", "table", "restricted", content=result.detected, roles=result.roles("detected")),
            Output(
                "sdmx",
                "table",
                "restricted",
                content=result.to_sdmx(442, 2024),
                roles=SDGResult.sdmx_roles(),
                counts=[result.n],
            ),
        ]
        found = release(outputs)
        assert found["cells"].verdict == verdict
        assert (found["sdmx"].verdict == "fail") == (verdict == "fail")


def test_many_victims_without_a_breakdown_are_to_be_reviewed():
    result = sdg_16_2_2(CELLS, population=PEOPLE)
    assert result.checks[0].status == "review"
    assert result.checks[0].numbers["share"] == pytest.approx(0.2)
    assert sdg_16_2_2(CELLS.head(4), population=PEOPLE).checks[0].status == "pass"
