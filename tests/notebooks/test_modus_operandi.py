"""The study of modi operandi finds the planted scripts and kinds, and keeps prices to itself."""

import json

import pandas as pd
import pytest

from ctresearch.studies.project import find_root
from ctresearch.studies.run import run_study

STUDY = "synthetic-modus-operandi"
HERE = find_root() / "studies" / STUDY
PLANTED = {
    "recruit → document → transport → receive → exploit → collect",
    "befriend → isolate → exploit → collect",
    "recruit → exploit → resell",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run_study(STUDY, {"draws": 50}, out=tmp_path_factory.mktemp("runs")).folder


def test_all_passes_but_the_script_which_the_owner_of_the_data_must_see(folder):
    gate = json.loads((folder / "results.json").read_text(encoding="utf-8"))["gate"]
    assert {name: entry["rule"] for name, entry in gate.items() if entry["status"] != "pass"} == {
        "transitions": "operational_detail"
    }


def test_the_planted_scripts_are_the_typical_ones(folder):
    table = pd.read_csv(folder / "tables" / "typical.csv")
    assert set(table["script"]) == PLANTED
    assert table["cases"].sum() == 240


def test_two_kinds_of_cases_are_found(folder):
    kinds = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert "kinds" in kinds["gate"]
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "2 kinds of cases" in report


def test_levers_leave_without_their_values(folder):
    table = pd.read_csv(folder / "tables" / "levers.csv")
    assert table.columns.tolist() == ["lever", "has a break-even"]
    assert table["has a break-even"].dtype == bool


def test_the_data_are_those_of_their_call(tmp_path):
    space = {"__file__": str(tmp_path / "make_data.py"), "__name__": "made"}
    exec(compile((HERE / "make_data.py").read_text(encoding="utf-8"), "make_data.py", "exec"), space)
    space["main"]()
    for name in ("events", "cases"):
        assert (tmp_path / f"{name}.csv").read_bytes() == (HERE / f"{name}.csv").read_bytes()
