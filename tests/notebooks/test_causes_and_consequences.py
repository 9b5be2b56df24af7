"""The studies of causes, consequences and costs find what is known, and everything passes the gate."""

import importlib.util
import json
import os
from pathlib import Path

import pandas as pd
import pytest

from ctresearch.causes import DoublyRobustEffect, InverseProbability, OutcomeRegression
from ctresearch.core import Result
from ctresearch.studies import run_study
from ctresearch.studies.asked.project import find_root

pytestmark = pytest.mark.slow

ROOT = find_root()
LALONDE = os.environ.get("CTRESEARCH_LALONDE", str(ROOT / "runs" / "lalonde.csv"))


def table(folder, name, index=0):
    return pd.read_csv(folder / "tables" / f"{name}.csv", index_col=index)


def estimate_of(folder):
    return Result.from_dict(json.loads((folder / "estimates" / "estimate.json").read_text(encoding="utf-8")))


def refused(folder):
    gate = json.loads((folder / "results.json").read_text(encoding="utf-8"))["gate"]
    return {name: entry["message"] for name, entry in gate.items() if entry["status"] != "pass"}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    names = ("synthetic-vulnerability", "rao-presenti", "synthetic-consequences", "home-office-2018-cost")
    quick = {"rao-presenti": {"bootstrap": 50}}
    return {name: run_study(name, quick.get(name), out=out).folder for name in names}


def test_everything_passes_the_gate(runs):
    assert {name: refused(folder) for name, folder in runs.items()} == {name: {} for name in runs}


def test_the_survey_holds_its_truth_and_the_plain_difference_does_not(runs):
    effects = table(runs["synthetic-vulnerability"], "effects")
    truth = effects.loc["truth of the invented survey", "estimate"]
    assert effects.loc["doubly robust", "ci_low"] < truth < effects.loc["doubly robust", "ci_high"]
    assert effects.loc["crude difference", "ci_low"] > truth
    worst = effects.loc["worst case, whatever was hidden"]
    assert worst["ci_high"] - worst["ci_low"] == pytest.approx(1)  # Manski's width for an outcome of 0 and 1


def test_a_detected_outcome_says_so_with_its_direction(tmp_path):
    given = {
        "graph": (
            "alone -> any_indicator [+]; sex -> alone; sex -> any_indicator; alone -> seen [-]; "
            "any_indicator -> seen [+]; sex -> seen; selected: seen"
        ),
        "covariates": ["sex"],
        "detected": "outcome",
    }
    folder = run_study("synthetic-vulnerability", given, out=tmp_path).folder
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "The outcome counts detected cases, not occurrence" in report
    assert "Direction of the bias of the ratio: downwards" in report


def test_the_inverse_u_is_that_of_the_published_analysis(runs):
    estimate = estimate_of(runs["rao-presenti"])
    assert estimate.n == 148
    # five decimals were published
    assert estimate.estimates.loc["lgdppc", "estimate"] == pytest.approx(7.31489, abs=6e-6)
    assert estimate.estimates.loc["lgdppc squared", "estimate"] == pytest.approx(-0.54953, abs=6e-6)
    bounds = table(runs["rao-presenti"], "bounds")
    assert bounds.loc[["lgdppc", "lgdppc squared"], "robust"].all()
    assert "undetermined" in (runs["rao-presenti"] / "report.html").read_text(encoding="utf-8")


def test_the_countries_are_those_of_the_pinned_table(runs):
    pinned = pd.read_csv(ROOT / "tests" / "reference" / "kelley_simmons_2015" / "incidence_2003.csv")
    ours = pd.read_csv(ROOT / "studies" / "rao-presenti" / "countries.csv", comment="#")
    shared = [name for name in pinned.columns if name in ours.columns]
    assert len(shared) == 6
    pd.testing.assert_frame_equal(ours[shared], pinned[shared], check_dtype=False)


def test_episodes_hold_the_truth_and_ignoring_late_entry_does_not(runs):
    folder = runs["synthetic-consequences"]
    support = table(folder, "comparison").loc["here"]
    assert support["ci_low"] < -0.7 < support["ci_high"]
    rates = table(folder, "rates", ["end", "term"])
    truth = {("identified", "child[yes]"): 0.5, ("escaped", "child[yes]"): -0.6, ("escaped", "sex[woman]"): -0.4}
    for row, value in truth.items():
        found = rates.loc[row, ["ci_low", "ci_high"]]
        assert found["ci_low"] < pow(2.718281828, value) < found["ci_high"], row
    right, wrong = (table(folder, name, ["term", "stratum"]) for name in ("duration", "entry_ignored"))
    assert (wrong["estimate"] > 1.2 * right["estimate"]).all()
    assert "upwards" in (folder / "report.html").read_text(encoding="utf-8")


def test_curves_are_shown_at_even_times(runs):
    curve = table(runs["synthetic-consequences"], "lasting", "curve")
    assert set(curve["time"] % 3) == {0}


def test_the_home_office_headline(runs):
    bounds = table(runs["home-office-2018-cost"], "bounds").loc["total"]
    assert bounds.tolist() == [328_720 * 10_000, 328_720 * 13_000]
    assert "3.287 billion to 4.273 billion" in (runs["home-office-2018-cost"] / "report.html").read_text(
        encoding="utf-8"
    )


@pytest.mark.slow
@pytest.mark.skipif(not Path(LALONDE).exists(), reason="the records are not ours to ship: studies/lalonde/get_data.py")
def test_lalonde(tmp_path):
    """R 4.5: lm, and glm with Hajek weights; square terms of age and schooling in the treatment model."""
    frame = pd.read_csv(LALONDE).assign(age2=lambda d: d["age"] ** 2, educ2=lambda d: d["educ"] ** 2)
    plain = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75", "u74", "u75"]
    shared = {"treatment": "treat", "outcome": "re78", "estimand": "att"}
    bent = {"covariates": [*plain, "age2", "educ2"], **shared}
    found = {
        1066.37632064506: OutcomeRegression(covariates=plain, **shared),
        1593.1934887713: InverseProbability(**bent),
        1516.93296074186: DoublyRobustEffect(outcome_covariates=plain, **bent),
    }
    for value, model in found.items():
        # the same equations in two programs; their solvers leave about ten digits
        assert model.fit(frame).estimates.loc["effect", "estimate"] == pytest.approx(value, rel=1e-9)
    folder = run_study("lalonde", data={"people": Path(LALONDE)}, out=tmp_path).folder
    assert refused(folder) == {}
    assert table(folder, "effects").loc["doubly robust", "estimate"] == pytest.approx(1516.93296, rel=1e-7)


def test_the_yardstick_is_made_as_its_script_says():
    where = ROOT / "studies" / "lalonde" / "get_data.py"
    spec = importlib.util.spec_from_file_location("get_data", where)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    columns = {name: [1.0, 0.0] for name in script.COLUMNS}
    made = script.combine(pd.DataFrame(columns), pd.DataFrame(columns).assign(treat=0.0))
    assert made["treat"].tolist() == [1.0, 0.0, 0.0]
    assert made["u74"].tolist() == [0, 0, 1]
