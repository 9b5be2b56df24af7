"""The study of a referral cascade finds its truth, keeps children apart and lets nobody be worked out."""

import json

import pandas as pd
import pytest

from ctresearch.data.synthetic.tables import as_text
from ctresearch.studies import run_study
from ctresearch.studies.asked.project import find_root

pytestmark = pytest.mark.slow

STUDY = "synthetic-referral-cascade"
HERE = find_root() / "studies" / STUDY


def table(folder, name):
    return pd.read_csv(folder / "tables" / f"{name}.csv")


def refused(folder):
    gate = json.loads((folder / "results.json").read_text(encoding="utf-8"))["gate"]
    return {name: entry["rule"] for name, entry in gate.items() if entry["status"] != "pass"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run_study(STUDY, out=tmp_path_factory.mktemp("runs")).folder


def test_everything_passes_the_gate(folder):
    assert refused(folder) == {}


def test_the_limits_hold_the_truth(folder):
    known = table(folder, "known")
    assert len(known) == 36
    assert known["truth"].notna().all()
    assert known["within limits"].sum() >= 33  # of 36 at 95 %, in 97 of 100 studies were they independent


def test_children_are_apart_and_refusals_are_not_failures(folder):
    reached = table(folder, "reached")
    assert set(reached["group"]) == {"adults", "children"}
    refusal = table(folder, "refusal").set_index(["group", "stage"])
    assert refusal.loc["children", "estimate"].isna().all()
    adults = refusal.loc[("adults", "referred")]
    assert adults["share_of_consenting"] > adults["came_on"] + 0.15


def test_what_may_have_happened_to_the_lost_is_bounded(folder):
    lost = table(folder, "lost")
    assert (lost["never"] <= lost["as the others"]).all()
    assert (lost["as the others"] <= lost["at once"]).all()
    assert (lost["never"] < lost["at once"]).any()


def test_published_shares_are_above_those_of_people(folder):
    published = table(folder, "published").query("term == 'identified' and group == 'adults'")
    reached = table(folder, "reached").query("stage == 'identified' and group == 'adults'")
    assert published["estimate"].min() > reached["estimate"].item() + 0.1


def test_the_report_says_what_it_cannot_say(folder):
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "How many victims are reached" in report
    assert "if 35% to 50% are detected" in report


def test_real_people_without_a_truth_or_refusals_run_too(tmp_path):
    lines = (HERE / "people.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    few = tmp_path / "people.csv"
    few.write_text("".join(line for line in lines if "contact lost" not in line and "refused" not in line))
    none = tmp_path / "ends.csv"
    none.write_text("group,stage,outcome,share,median,shape\n")
    given = {"age": "", "detected": [], "horizon": 700, "refused": "said no"}
    folder = run_study(STUDY, given, data={"people": few, "ends": none}, out=tmp_path / "runs").folder
    assert table(folder, "known")["truth"].isna().all()
    assert set(table(folder, "reached")["group"]) == {"all"}
    assert "no share of all can be given" in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "name"), [("people", "referral_records"), ("ends", "referral_ends"), ("counts", "referral_counts")]
)
def test_the_data_are_those_of_their_call(file, name):
    assert (HERE / f"{file}.csv").read_text(encoding="utf-8") == as_text(name)
