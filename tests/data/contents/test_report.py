"""The report: exact counts, a summary without a cell, JSON, and tables that cannot be changed."""

import json

import pandas as pd
import pytest

from ctresearch.data import Report, load
from ctresearch.data.contents.report import table

SECRET = "Rosa Example"


@pytest.fixture
def loaded(tmp_path):
    lines = ["country,year,tier", f"A,2010,{SECRET}", "B,2010,2.5", f"C,2010,{SECRET}", "D,1990,1"]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    return load(tmp_path / "t.csv", "tip-tiers")


def test_counts_and_rows_agree(loaded):
    report = loaded.report
    assert report.counts.to_numpy().tolist() == [["tier", "code_list", 2], ["year", "range", 1]]
    assert report.violations["row"].tolist() == [0, 2, 3]
    assert not report.ok
    assert report.n_violations == 3


def test_a_cell_stands_in_the_table_and_nowhere_else(loaded):
    report = loaded.report
    assert report.violations["value"].tolist()[0] == SECRET
    shown = [report.summary(), repr(report), repr(loaded), report._repr_html_(), loaded._repr_html_()]
    assert all(SECRET not in text for text in shown)
    told = json.dumps(report.to_dict())
    assert SECRET not in told
    assert json.loads(told)["repairs"] == [{"column": "tier", "why": "other spelling of the source", "n": 1}]


def test_the_tables_of_a_report_are_copies(loaded):
    report = loaded.report
    violations, counts = report.violations, report.counts
    violations["rule"] = "none"
    counts.loc[0, "n"] = 0
    assert report.violations["rule"].tolist() == ["code_list", "code_list", "range"]
    assert report.n_violations == 3
    with pytest.raises(AttributeError):
        report.rows = 0


def test_an_empty_report_has_all_its_columns():
    report = Report(source="nrm", file="a.csv", rows=1)
    assert report.violations.columns.tolist() == [
        "row",
        "line",
        "column",
        "value",
        "kind",
        "rule",
        "allowed",
        "repaired",
    ]
    assert report.ok
    assert report.violations["row"].dtype == pd.Int64Dtype()


def test_a_summary_names_every_part():
    report = Report(
        source="glotip",
        file="a.csv",
        rows=2000,
        reading="text",
        censored=500,
        violations=pd.DataFrame({"row": [1], "column": ["Year"], "rule": ["range"]}),
        counts=pd.DataFrame({"column": ["Year", "Sex"], "rule": ["range", "code_list"], "n": [1200, 3]}),
        repairs=pd.DataFrame(
            {"column": ["Sex"] * 3, "value": list("abc"), "n": [1, 2000, 4], "why": ["one", "one", "two"]}
        ),
        notices=("Mind this.",),
    )
    assert report.summary().splitlines() == [
        "a.csv as glotip: 2,000 rows, 1,203 violations (text)",
        "  500 counts (25.0%) are known by an upper bound only",
        "  Year: 1,200 x range",
        "  Sex: 3 x code_list",
        "  the first 1 are listed in .violations, all are in .counts",
        "  repaired: Sex, 2,001 x one",
        "  repaired: Sex, 4 x two",
        "  note: Mind this.",
    ]
    told = report.to_dict()
    assert {key: told[key] for key in ("source", "file", "rows", "censored", "reading", "ok", "n_violations")} == {
        "source": "glotip",
        "file": "a.csv",
        "rows": 2000,
        "censored": 500,
        "reading": "text",
        "ok": False,
        "n_violations": 1203,
    }
    assert told["violations"][1] == {"column": "Sex", "rule": "code_list", "n": 3}
    assert told["repairs"] == [{"column": "Sex", "why": "one", "n": 2001}, {"column": "Sex", "why": "two", "n": 4}]
    assert told["notices"] == ["Mind this."]
    assert Report(source="s", file="<f>", rows=1)._repr_html_().startswith("<pre>&lt;f&gt; as s: 1 rows, no violations")
    assert "(from memory)" in repr(Report(source="s", file="f", rows=1))


def test_tables_have_their_columns_in_order_and_type():
    built = table({"n": "int64", "t": "str"}, [(1, "a"), (2, None)])
    assert built.columns.tolist() == ["n", "t"]
    assert built["n"].dtype == "int64"
    again = table({"t": "str", "n": "float64"}, built.set_axis([5, 6]))
    assert again.columns.tolist() == ["t", "n"]
    assert again.index.tolist() == [0, 1]
    assert again["n"].dtype == "float64"
