"""The study of modi operandi finds the planted scripts and kinds, and keeps prices to itself."""

import json

import pandas as pd
import pytest

from ctresearch.core import Result
from ctresearch.data.synthetic.tables import as_text, make
from ctresearch.studies import run_study
from ctresearch.studies.asked.project import find_root

pytestmark = pytest.mark.slow

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
        "transitions": "smallest_group",  # single cases took some steps
        "typical": "operational_detail",
        "script_figure": "operational_detail",
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


def test_testimony_is_that_which_was_put_in_and_leaves_as_codes(folder):
    entry = json.loads((folder / "estimates" / "testimony.json").read_text(encoding="utf-8"))
    said = Result.from_dict(entry).estimates
    truth = make("coded_testimony").truth
    shares = said.loc["share"].set_index("theme")
    shares.index = shares.index.str.replace(" ", "_")
    away = (shares["estimate"] - truth["shares"]) / shares["std_error"]
    assert len(away) == 6
    assert away.astype(float).abs().max() < 3.5  # once in 360 studies, were the themes independent
    assert said.loc["kappa", "estimate"].min() > 0.6
    beside = pd.read_csv(folder / "tables" / "beside.csv")
    assert beside["lever"].tolist() == ["detection", "penalty", "entry_cost", "price"]
    assert beside.drop(columns=["theme", "lever", "stops_alone"]).to_numpy().max() <= 1


def test_types_and_recruiters_leave_as_shares(folder):
    types = pd.read_csv(folder / "tables" / "organisation.csv")
    assert types["type"].tolist() == ["governance", "business", "opportunistic", "individual"]
    assert types["estimate"].sum() == pytest.approx(1)
    relations = pd.read_csv(folder / "tables" / "recruiters.csv")
    assert set(relations.columns) == {"relation", "estimate", "ci_low", "ci_high"}


def test_a_theme_of_few_offenders_is_left_out(tmp_path):
    coded = pd.read_csv(HERE / "testimony.csv", comment="#")
    coded["own_debts"] = 0
    coded.loc[:2, "own_debts"] = 1
    coded.to_csv(tmp_path / "testimony.csv", index=False)
    run = run_study(STUDY, {"draws": 0}, data={"testimony": tmp_path / "testimony.csv"}, out=tmp_path / "runs")
    text = (run.folder / "estimates" / "testimony.json").read_text(encoding="utf-8")
    assert "easy money" in text
    assert "own debts" not in text


def test_the_testimony_is_that_of_its_call():
    assert (HERE / "testimony.csv").read_text(encoding="utf-8") == as_text("coded_testimony")
