"""The report: exact counts, a summary without a cell, JSON, and tables that cannot be changed."""

import json

import pandas as pd
import pytest

from ctresearch.data import Report, load

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
