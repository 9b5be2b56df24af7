"""The study of one list gives the published figures, passes the gate and says what the frequencies contradict."""

import json

import pandas as pd
import pytest

from ctresearch.studies import run_study

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return run_study("dutch-single-list", out=tmp_path_factory.mktemp("runs")).folder


def test_everything_passes_the_gate(folder):
    gate = json.loads((folder / "results.json").read_text(encoding="utf-8"))["gate"]
    assert {name for name, entry in gate.items() if entry["status"] != "pass"} == set()


def test_the_published_figures(folder):
    models = pd.read_csv(folder / "tables" / "models.csv").set_index("model")["estimate"]
    assert models.round().to_dict() == {
        "Poisson": 7080,
        "geometric": 13468,
        "one-inflated Poisson": 2456,
        "one-inflated geometric": 5317,
        "Zelterman": 9425,
        "Chao's lower bound": 9274,
    }


def test_the_report_says_what_has_no_estimate_and_who_these_are_not(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert "negative binomial: no estimate, since the likelihood has no maximum inside the model" in text
    assert "not trafficking victims" in text


def test_no_row_of_one_person_is_shown(folder):
    frequencies = pd.read_csv(folder / "tables" / "frequencies.csv")
    assert frequencies["observed"].tolist() == [1645, 183, 52]
