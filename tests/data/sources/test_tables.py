"""Ways of writing of each source undone, column by column, and the words that tell of it."""

import pandas as pd
import pytest

from ctresearch.core import CellError, DataError, SpecificationError
from ctresearch.data import Description, describe_file, entities, ic_tip, load, schema, write_htcds
from ctresearch.data.contents.report import VIOLATION_COLUMNS, table
from ctresearch.data.sources.check import check_table
from ctresearch.data.sources.describe import safe_counts
from ctresearch.data.sources.eurostat import to_long
from ctresearch.data.sources.glotip import add_citizenship, repair_names
from ctresearch.data.sources.list_reader import read_list_table
from ctresearch.data.sources.list_table import WholeTable, as_lists, lists_among
from ctresearch.data.sources.nrm import strip_notes

LOST = "\ufffd"


def test_a_wide_table_becomes_one_row_a_count():
    raw = pd.DataFrame(
        {
            "freq,geo\\TIME_PERIOD": ["A,BE", "A,FR"],
            "2020 ": ["1 234 bd", ":"],
            "2021": ["12?", " 0.5 e "],
        }
    )
    long, repairs = to_long(raw)
    assert long.columns.tolist() == ["freq", "geo", "year", "value", "flag"]
    assert long.to_numpy().tolist() == [
        ["A", "BE", "2020", "1234", "bd"],
        ["A", "BE", "2021", "12?", ""],
        ["A", "FR", "2020", "", ""],
        ["A", "FR", "2021", "0.5", "e"],
    ]
    assert repairs.empty
    as_it_is, none = to_long(long)
    assert as_it_is is long
    assert none.empty
    short = to_long(pd.DataFrame({"freq,geo\\time": ["A"], "2020": ["1"]}))[0]
    assert short.to_numpy().tolist() == [["A", "", "2020", "1", ""]]


def test_marks_of_notes_are_taken_off_and_told():
    raw = pd.DataFrame({"count": ["4 [r]", "[c]", "4 [r]"], "stage": ["RG [note 1] [x]", "RG", f"RG [{'n' * 13}]"]})
    plain, repairs = strip_notes(raw)
    assert plain["count"].tolist() == ["4", "[c]", "4"]
    assert plain["stage"].tolist() == ["RG", "RG", f"RG [{'n' * 13}]"]
    assert repairs.to_numpy().tolist() == [
        ["count", "4 [r]", "4", 2, "mark of a note"],
        ["stage", "RG [note 1] [x]", "RG", 1, "mark of a note"],
    ]
    assert raw["count"].tolist()[0] == "4 [r]"


def test_names_of_countries_are_repaired_by_code_or_by_what_fits():
    raw = pd.DataFrame(
        {
            "Iso3_code": ["CIV", "CIV", "ESP"],
            "Country": [f"C{LOST}te", f"C{LOST}te", "Spain"],
            "Category": ["EspaÃ±a", f"q{LOST}q", "Total"],
        }
    )
    plain, repairs = repair_names(raw)
    assert plain["Country"].tolist() == ["Côte d’Ivoire", "Côte d’Ivoire", "Spain"]
    assert plain["Category"].tolist() == ["Spain", f"q{LOST}q", "Total"]
    assert repairs.astype(object).fillna("-").to_numpy().tolist() == [
        ["Country", f"C{LOST}te", "Côte d’Ivoire", 2, "letters lost in a wrong encoding"],
        ["Category", "EspaÃ±a", "Spain", 1, "letters lost in a wrong encoding"],
        ["Category", f"q{LOST}q", "-", 1, "letters lost in a wrong encoding"],
    ]
    alone, _ = repair_names(pd.DataFrame({"Country": [f"Per{LOST}"]}))
    assert alone["Country"].tolist() == ["Peru"]


def test_countries_are_added_for_dimensions_of_countries_alone():
    frame = pd.DataFrame(
        {
            "Dimension": ["by citizenship", "by country of repatriation", "by sex", "by citizenship"],
            "Category": ["Nigerians", "Spain", "Nigerians", "elsewhere"],
        }
    )
    assert add_citizenship(frame)["Category_iso3"].fillna("-").tolist() == ["NGA", "ESP", "-", "-"]
    bare = frame[["Category"]]
    assert add_citizenship(bare) is bare


def test_a_table_is_typed_and_what_breaks_a_rule_is_told():
    raw = pd.DataFrame({"year": ["2020", "x", "2020"], "unit": ["cases", "cASES", ""], "count": ["<5", "7", "1,000"]})
    checked = check_table(raw, schema("hotline"), offset=10)
    frame = checked.frame
    assert frame["year"].fillna(-1).tolist() == [2020, -1, 2020]
    assert frame["unit"].astype(object).fillna("-").tolist() == ["cases", "cases", "-"]
    assert frame[["low", "high"]].to_numpy().tolist() == [[0, 4], [7, 7], [1000, 1000]]
    assert frame["count"].tolist() == ["<5", "7", "1,000"]
    assert checked.censored == 1
    told = checked.violations[["row", "column", "value", "kind", "rule", "repaired"]].astype(object)
    assert told.fillna("-").to_numpy().tolist() == [
        [11, "unit", "cASES", "text", "letter_case", "cases"],
        [11, "year", "x", "text", "whole_number", "-"],
        [12, "unit", "", "blank", "required", "-"],
    ]
    assert checked.violations["allowed"][1] == "a whole number from 2000 to 2026"
    more = table(VIOLATION_COLUMNS, pd.DataFrame({"row": [11], "column": ["a"], "rule": ["b"]}))
    assert checked.with_more(more).violations["rule"].tolist() == ["letter_case", "whole_number", "b", "required"]
    assert checked.with_more(more.head(0)) is checked


def test_columns_that_are_missing_and_unknown_are_told_once():
    raw = pd.DataFrame({"country": ["A"], "year": ["2010"], "other": ["x"]})
    kept = check_table(raw, schema("tip-tiers"))
    assert ["tier", "missing_column"] in kept.violations[["column", "rule"]].to_numpy().tolist()
    assert kept.violations["row"].isna().all()
    assert kept.frame["other"].tolist() == ["x"]


def test_lists_are_the_columns_that_are_not_counts():
    one = schema("lists")
    assert as_lists(one, None, "count").names == ("count",)
    named = as_lists(one, ["a", "b"], "people")
    assert named.names == ("people", "a", "b")
    assert lists_among(one, ["a", "", "count", "b"]) == ["a", "b"]
    assert lists_among(named, ["people", "b", "sex"]) == ["b"]


def test_the_whole_of_a_table_of_lists_is_judged():
    whole = WholeTable("a.csv", schema("lists"))
    frame = pd.DataFrame({"A": [1, 0, 0], "B": [0, 1, 0], "count": [3, 4, 5]})
    nowhere = whole.add(frame, 100)
    assert nowhere[["row", "column", "value", "kind", "rule"]].to_numpy().tolist() == [
        [102, "all lists", "0", "a whole number", "on_no_list"]
    ]
    assert (whole.rows, whole.people, whole.right) == (3, 12, {"A": 3, "B": 3})
    assert whole.judge(counted=True) == ()
    assert whole.add(frame.assign(count=[0, 0, 0]), 3).empty
    whole.people = 100_000_001
    with pytest.raises(DataError, match=r"a\.csv counts 100,000,001 people, must count at most 100,000,000"):
        whole.judge(counted=True)
    whole.people = 100_000_000
    assert whole.judge(counted=True) == ()


def test_persons_are_counted_where_some_are_alike():
    whole = WholeTable("a.csv", schema("lists"))
    whole.add(pd.DataFrame({"A": [1, 0], "B": [0, 1]}), 0)
    with pytest.raises(DataError, match="no two rows that are alike"):
        whole.judge(counted=False)
    whole.add(pd.DataFrame({"A": [1, 1], "B": [0, 1]}), 2)
    assert whole.judge(counted=False) == ("There is no column of counts: each of the 4 rows is one person.",)
    assert (whole.rows, whole.people) == (4, 4)


@pytest.mark.parametrize(("lists", "said"), [(["a"], "has 1 list, must have from 2 to 60"), ([], "has 0 lists, must")])
def test_too_few_lists_are_refused(tmp_path, lists, said):
    (tmp_path / "a.csv").write_text(
        ",".join([*lists, "count"]) + "\n" + ",".join("1" for _ in [*lists, "count"]) + "\n"
    )
    with pytest.raises(DataError, match=said):
        load(tmp_path / "a.csv", "lists")


def test_a_cell_that_is_no_list_says_how_to_name_the_lists(tmp_path):
    (tmp_path / "a.csv").write_text("A,B,sex,count\n1,0,1,5\n0,1,0,5\n1,1,2,5\n")
    with pytest.raises(
        CellError, match=r"column 'sex': 1 of 3 cells is a whole number \(flag, line 4\).*lists=\["
    ) as one:
        read_list_table(tmp_path / "a.csv")
    assert (one.value.column, one.value.rows) == ("sex", (4,))


def test_descriptions_read_as_a_table():
    column = {"name": "sex", "type": "text", "missing": None, "distinct": None, "values": {"f": 1200, "m": 30}}
    other = {"name": "age", "type": "number", "missing": 1000, "distinct": 7, "values": {}}
    told = Description(
        file="a.csv", reading="text", rows=2500, columns=(column, other), threshold=11, notices=("Mind this.",)
    )
    assert told.summary().splitlines() == [
        "a.csv: 2,500 rows, 2 columns (text)",
        "  sex: text, missing not shown, distinct 1,000 or more",
        "    f 1,200, m 30",
        "  age: number, missing 1,000, distinct 7",
        "Counts below 11, and those that would give one away, are not shown.",
        "note: Mind this.",
    ]
    assert told.to_dict() == {
        "file": "a.csv",
        "reading": "text",
        "rows": 2500,
        "threshold": 11,
        "columns": [column, other],
        "notices": ["Mind this."],
    }


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"a": 3, "b": 12, "c": 50}, {"c": 50}),
        ({"a": 6, "b": 6, "c": 50}, {"c": 50}),
        ({"a": 0, "b": 11}, {"a": 0, "b": 11}),
        ({"a": 10, "b": 1, "c": 50}, {"c": 50}),
        ({"a": 5, "b": 5, "c": 50, "d": 60}, {"d": 60}),
        ({"a": 3}, {}),
        ({}, {}),
    ],
)
def test_small_counts_and_those_that_give_them_away_are_left_out(counts, shown):
    assert safe_counts(counts, 11) == shown


def test_columns_with_many_values_are_not_listed(tmp_path):
    for n, listed, distinct in ((20, True, 20), (21, False, 21), (1000, False, None), (999, False, 999)):
        pd.DataFrame({"region": [f"v{i}" for i in range(n)] * 12}).to_csv(tmp_path / "a.csv", index=False)
        (column,) = describe_file(tmp_path / "a.csv").columns
        assert (bool(column["values"]), column["distinct"]) == (listed, distinct)
        assert column["missing"] == 0


def test_entities_and_vocabulary():
    parts = entities(pd.DataFrame({"prs_Gender": [1], "con_Consent": [2], "prs_Age": [3], "other": [4]}))
    assert {name: list(part.columns) for name, part in parts.items()} == {
        "prs": ["prs_Gender", "prs_Age"],
        "con": ["con_Consent"],
    }
    frame = ic_tip().to_frame()
    assert frame.columns.tolist() == ["block", "variable", "label"]
    assert frame["variable"].tolist() == list(ic_tip().variables)
    assert ic_tip().version == "2025"


def test_what_the_standard_cannot_hold_is_not_written(tmp_path):
    frame = pd.DataFrame({"prs_Gender": ["Feminine", "x", "y"], "con_Consent": ["?", None, None]})
    with pytest.raises(CellError, match=r"2 of 3 cells are text \(rows . and 3\).*1 more column holds such") as caught:
        write_htcds(frame[["prs_Gender", "con_Consent"]].assign(con_Consent=["?", None, "?"]), tmp_path / "a.csv")
    assert caught.value.column in {"prs_Gender", "con_Consent"}
    assert not (tmp_path / "a.csv").exists()
    with pytest.raises(DataError, match=r"must end in \.csv, \.xlsx or \.parquet"):
        write_htcds(frame, tmp_path / "a.txt")
    (tmp_path / "b.csv").write_text("")
    with pytest.raises(DataError, match=r"b\.csv is there already"):
        write_htcds(frame, tmp_path / "b.csv")
    with pytest.raises(CellError, match="must be text that is not empty"):
        write_htcds(pd.DataFrame({"prs_Gender": ["", None]}), tmp_path / "c.csv")


def test_a_loaded_table_says_whom_it_counts_and_what_it_can_part(tmp_path):
    (tmp_path / "t.csv").write_text("geo,year,value,flag\nBE,2020,3,bd\nFR,2020,4,\n")
    loaded = load(tmp_path / "t.csv", "eurostat-thb")
    assert repr(loaded).splitlines()[0] == schema("eurostat-thb").title
    assert f"Counts whom: {loaded.scope}." in repr(loaded)
    assert loaded._repr_html_() == loaded.report._repr_html_()
    parts = loaded.explode("flag")
    assert parts.columns.tolist() == ["row", "flag"]
    assert parts.fillna("-").to_numpy().tolist() == [[0, "b"], [0, "d"], [1, "-"]]
    with pytest.raises(SpecificationError, match="column == 'geo', must hold several values in a cell: 'flag'"):
        loaded.explode("geo")
