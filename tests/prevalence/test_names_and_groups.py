"""Lists, people, strata and groups are told apart by one rule, and what was merged is said by every result."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from ctresearch import prevalence
from ctresearch.core import CellError, DataError
from ctresearch.prevalence import (
    CaptureHistories,
    Chapman,
    ConditionalLikelihood,
    DoublyRobust,
    GraphicalAverage,
    LogLinear,
    LowerBound,
    PanelHistories,
    PartialHistories,
    PartialLogLinear,
    PooledStrata,
    SampleCoverage,
    carry_linkage,
    compare_methods,
    highest_order_sensitivity,
    internal_validity,
    odds_ratio_sensitivity,
    panel_population,
    predictive_check,
    stratified,
    verdict,
)
from estimators import EXAMPLES


def appearances(people=400, seed=1):
    """Return appearances of people on three lists in two years."""
    rng = np.random.default_rng(seed)
    who, where, year = np.nonzero(rng.random((people, 3, 2)) < 0.35)
    names = np.array(["Police judiciaire", "NGO", "court"])
    return pd.DataFrame(
        {
            "who": np.char.add("A", who.astype(str)),
            "where": names[where],
            "year": 2020 + year,
            "sex": np.array(["f", "m"])[who % 2],
        }
    )


def misspelled():
    """Return the same with a tenth of one list's rows spelled in another way."""
    frame = appearances()
    police = frame.index[frame["where"] == "Police judiciaire"]
    frame.loc[police[::10], "where"] = "police judiciaire "
    return frame


def read(frame, **options):
    """Read appearances."""
    return CaptureHistories.from_long(frame, person="who", source="where", **options)


def test_two_spellings_of_a_list_are_refused_or_merged_and_then_it_is_as_if_they_were_one():
    with pytest.raises(
        CellError, match=r"column 'where': 1 name is spelled in more than one way.*merge_names=True"
    ) as caught:
        read(misspelled())
    assert "olice" not in str(caught.value)
    merged = read(misspelled(), merge_names=True)
    assert merged == read(appearances())
    assert merged.lists == ("NGO", "Police judiciaire", "court")
    assert [check.name for check in merged.checks] == ["names"]
    assert not read(appearances()).checks


def test_two_spellings_of_an_identifier_are_asked_about_and_merged_when_asked():
    frame = appearances()
    often = frame["who"].value_counts().index[0]
    frame.loc[frame.index[frame["who"] == often][0], "who"] = often.lower() + " "
    with pytest.raises(CellError, match=r"number them first with pandas\.factorize") as caught:
        read(frame)
    assert often.lower() not in str(caught.value).lower()
    merged = read(frame, merge_names=True)
    assert merged == read(appearances())
    assert "1 of" in merged.checks[0].message
    assert "people was spelled" in merged.checks[0].message
    apart = read(frame.assign(who=pd.factorize(frame["who"])[0]))
    assert apart.n_observed == merged.n_observed + 1


def test_columns_that_are_one_list_are_refused_or_hold_whoever_is_on_any():
    frame = pd.DataFrame({"NGO": [1, 0, 0, 1], "ngo ": [0, 1, 0, 0], "police": [0, 1, 1, 1]})
    for reader in (
        lambda f, **o: CaptureHistories.from_records(f, list(f.columns), **o),
        lambda f, **o: CaptureHistories.from_counts(f.assign(count=1), **o),
        lambda f, **o: PartialHistories.from_counts(f.iloc[[0, 1, 2]].assign(count=1), **o),
    ):
        with pytest.raises(DataError, match=r"lists .* differ from one another in case"):
            reader(frame)
        merged = reader(frame, merge_names=True)
        assert merged.lists == ("NGO", "police")
        assert [check.name for check in merged.checks] == ["names"]
    assert CaptureHistories.from_records(frame, list(frame), merge_names=True).overlaps().loc["NGO", "police"] == 2
    with pytest.raises(DataError, match="differ from one another"):
        DoublyRobust(lists=["NGO", "ngo "], covariates=["police"]).fit(frame)
    with pytest.raises(DataError, match="differ from one another"):
        ConditionalLikelihood(lists=["NGO", "ngo "]).fit(frame)


def test_a_file_is_read_by_the_same_rule(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text("NGO,ngo ,police,count\n1,0,0,60\n0,1,1,4\n0,0,1,40\n")
    with pytest.raises(DataError, match="differ from one another"):
        CaptureHistories.from_csv(path)
    assert CaptureHistories.from_csv(path, merge_names=True).lists == ("NGO", "police")


@pytest.mark.parametrize("labels", [["north", "North "], [1, "1"], ["south", "all"], ["south", "ALL"]])
def test_strata_that_cannot_be_told_apart_are_refused_when_the_table_is_divided_by_them(labels):
    frame = pd.DataFrame({"A": [1, 0, 1, 1], "B": [0, 1, 1, 1], "area": pd.Series(labels * 2, dtype=object)})
    table = CaptureHistories.from_records(frame, ["A", "B"])
    assert table.n_observed == 4
    with pytest.raises(CellError, match="'area'") as caught:
        table.by("area")
    assert "orth" not in str(caught.value)
    if "all" not in str(labels).lower():
        merged = CaptureHistories.from_records(frame, ["A", "B"], merge_names=True).by("area")
        assert [one.n_observed for one in merged.values()] == [4]


def test_labels_of_strata_that_fall_on_one_another_or_on_the_total_are_refused():
    table = read(appearances())
    for strata in ({1: table, "1": table}, {"a": table, "A ": table}):
        for fit in (lambda s: stratified(LogLinear(), s), PooledStrata("[12,3]").fit):
            with pytest.raises(DataError, match="2 of 2 strata"):
                fit(strata)
    for fit in (lambda s: stratified(LogLinear(), s), PooledStrata("[12,3]").fit):
        with pytest.raises(DataError, match="stands for all of them together"):
            fit({"all": table, "b": table})


def test_years_go_by_the_same_rule_and_none_is_called_the_period():
    frame = appearances()
    for other in (lambda y: f"{y} ", str):
        odd = frame.astype({"year": object})
        odd.loc[::7, "year"] = [other(y) for y in odd.loc[::7, "year"]]
        with pytest.raises(CellError, match="spelled in more than one way"):
            PanelHistories.from_long(odd, person="who", source="where", year="year")
        merged = PanelHistories.from_long(odd, person="who", source="where", year="year", merge_names=True)
        assert len(merged.years) == 2
        assert "years were spelled" in merged.period.checks[0].message
    with pytest.raises(CellError, match="stands for all years"):
        PanelHistories.from_long(
            frame.assign(year=np.where(frame["year"] == 2020, "period", "x")), person="who", source="where", year="year"
        )


def test_every_result_from_a_table_says_that_names_were_merged():
    table = read(misspelled(), merge_names=True)
    two = table.drop("court")
    panel = PanelHistories.from_long(misspelled(), person="who", source="where", year="year", merge_names=True)
    fitted = LogLinear("bic").fit(table)
    results = [
        fitted,
        LogLinear("stepwise", bootstrap=50).fit(table),
        Chapman().fit(two),
        LowerBound().fit(table),
        SampleCoverage(bootstrap=50).fit(table),
        GraphicalAverage().fit(table),
        PartialLogLinear().fit(table),
        PartialLogLinear().fit(PartialHistories.from_histories(table)),
        stratified(LogLinear(), table.by("sex")),
        PooledStrata("[12,3]", draws=500).fit(table.by("sex")),
        panel_population(panel, "[12,3]"),
        carry_linkage(LogLinear("fixed", model="[12,3]"), [table] * 5),
        compare_methods(table, ["Independence (Mt)", "Lower bound"]),
        internal_validity(table, LogLinear("fixed", model="[1,2]")),
        odds_ratio_sensitivity(table, (table.lists[0], table.lists[1])),
        highest_order_sensitivity(table),
        predictive_check(fitted, samples=100),
    ]
    for result in results:
        assert [check.message for check in result.checks if check.name == "names"] == [table.checks[0].message], (
            result.method
        )
    for divided in (two, table.merge(["NGO", "court"], "x"), *table.by("sex").values(), *panel.years.values()):
        assert [check.name for check in divided.checks] == ["names"]
    assert verdict(table, {"bic": fitted})


OF_LISTS = [name for name, one in EXAMPLES.items() if isinstance(one.data, CaptureHistories)]


@pytest.mark.parametrize("name", OF_LISTS)
def test_every_estimator_of_lists_passes_on_what_must_be_said_of_its_table(name):
    said = read(misspelled(), merge_names=True).checks
    example = EXAMPLES[name]
    table = dataclasses.replace(example.data, checks=said)
    result = getattr(prevalence, name)(**example.options).fit(table)
    assert said[0] in result.checks


def people(rows=600):
    """Return people on two lists, with an age and a group."""
    rng = np.random.default_rng(2)
    on = rng.random((rows, 2)) < 0.6
    on = on[on.any(axis=1)]
    return pd.DataFrame({"a": on[:, 0] * 1, "b": on[:, 1] * 1, "age": rng.normal(size=len(on)), "g": "x"})


def test_a_group_called_all_does_not_take_the_place_of_the_total():
    frame = people()
    frame.loc[::3, "g"] = "all"
    with pytest.raises(CellError, match="'g' has a group named 'all'"):
        DoublyRobust(lists=["a", "b"], covariates=["age"], by="g").fit(frame)


@pytest.mark.parametrize("labels", [(1, "1"), ("x", "X "), ("é", "e\u0301")])
def test_groups_whose_labels_are_alike_do_not_vanish_into_one(labels):
    frame = people().astype({"g": object})
    frame["g"] = pd.Series([labels[i % 2] for i in range(len(frame))], dtype=object)
    with pytest.raises(CellError, match="spelled in more than one way"):
        DoublyRobust(lists=["a", "b"], covariates=["age"], by="g").fit(frame)


def test_numbered_groups_stand_by_size_below_the_total():
    frame = people()
    frame["g"] = np.where(np.arange(len(frame)) % 2, 9, 10)
    rows = DoublyRobust(lists=["a", "b"], covariates=["age"], by="g").fit(frame).estimates.loc["population"]
    assert rows["group"].tolist() == ["all", "9", "10"]
