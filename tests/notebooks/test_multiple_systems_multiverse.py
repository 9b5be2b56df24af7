"""The studies of every method repeat what was published, and show no number that a check took away."""

import json

import pandas as pd
import pytest

from ctresearch.core import CtResearchError, Result
from ctresearch.prevalence import default_methods
from ctresearch.studies import load_study, run_study
from ctresearch.studies.asked.project import Project, find_root

NOTEBOOK = "multiple_systems_multiverse"
STUDIES = [n for n in Project.at(find_root()).study_names() if load_study(n, find_root()).notebook == NOTEBOOK]
QUICK = {"replications": 2, "simulate": ["Independence (Mt)"], "bootstrap": 1000}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_may_choose_among_the_methods_there_are(name):
    parameters = load_study(name, find_root()).parameters
    assert list(parameters["headline"].choices) == list(default_methods(4))
    assert set(parameters["simulate"].value) <= set(default_methods(4))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["kosovo-replication", "korea-replication"])
def test_published_intervals_are_found_again(name, tmp_path):
    folder = run_study(name, QUICK, out=tmp_path).folder
    table = pd.read_csv(folder / "tables" / "replication.csv")
    assert table["level"].tolist() == [0.8, 0.95]
    for side in ("low", "high"):
        # 5 %: Monte Carlo error of an 80 or 95 % limit from 1,000 bootstrap tables on either side, and two digits of
        # the published one; 8 % at the upper limits, beyond which draws are few
        tolerance = 0.05 if side == "low" else 0.08
        assert table[f"found_{side}"].tolist() == pytest.approx(table[f"published_{side}"].tolist(), rel=tolerance)
    gate = json.loads((folder / "results.json").read_text(encoding="utf-8"))["gate"]
    assert {entry["status"] for entry in gate.values()} == {"pass"}
    methods = pd.read_csv(folder / "tables" / "methods.csv", index_col="method")
    assert methods.loc[methods["status"] == "fail", ["estimate", "ci_low", "ci_high"]].isna().all(axis=None)
    comparison = Result.from_dict(json.loads((folder / "estimates" / "comparison.json").read_text(encoding="utf-8")))
    alone = Result.from_dict(json.loads((folder / "estimates" / "estimate.json").read_text(encoding="utf-8")))
    assert comparison.estimates.loc["Log-linear BIC", "ci_high"] == alone.estimates.loc["population", "ci_high"]


@pytest.mark.slow
def test_published_limits_that_do_not_go_with_their_levels_are_refused(tmp_path):
    with pytest.raises(CtResearchError, match="published_limits has 1 numbers for 2 published_levels"):
        run_study("korea-replication", QUICK | {"published_limits": [135.0]}, out=tmp_path)
