"""The studies of overlapping lists run, and say what the published methods say."""

import json

import pandas as pd
import pytest

from ctresearch.core import Result
from ctresearch.studies import run_study

QUICK = {"bootstrap": 20, "compare_bootstrap": 0, "sensitivity_bootstrap": 0, "calibration": 0}


def estimate_of(folder, name="estimate"):
    return Result.from_dict(json.loads((folder / "estimates" / f"{name}.json").read_text(encoding="utf-8")))


def test_the_uk_study_gives_the_published_estimate(tmp_path):
    folder = run_study("uk-2013-prevalence", QUICK, out=tmp_path).folder
    estimate = estimate_of(folder)
    # the stepwise estimate of Chan, Silverman and Vincent (2021), as their software gives it; eight digits are
    # what a run publishes
    assert estimate.estimates.loc["population", "estimate"] == pytest.approx(11417.991091504586, rel=1e-8)
    assert estimate.population == "potential victims of human trafficking in the United Kingdom"
    assert (estimate.reference_period, estimate.measure) == ("2013", "period")
    assert estimate_of(folder, "independence").estimates.loc["population", "estimate"] == pytest.approx(12214, abs=1)

    rules = pd.read_csv(folder / "tables" / "rules.csv", index_col=["lists", "rule"])["estimate"]
    # AIC and BIC over all models of the five-list table up to triples; BIC as Rcapture 1.4 and
    # MultipleSystemsEstimation 1.2 give it, published to eight digits
    assert rules[5, "smallest AIC"] == pytest.approx(5552, abs=1)
    assert rules[5, "smallest BIC"] == pytest.approx(25311.2906125325, rel=1e-7)

    rate = pd.read_csv(folder / "tables" / "rate.csv").loc[0]
    assert rate["estimate"] == pytest.approx(100_000 * 11417.991 / 64_105_700, rel=1e-7)  # eight digits published
    assert "64,105,700 residents" in rate["unit"]

    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "<b>11,418</b>" in report or "<strong>11,418</strong>" in report
    assert "potential victims of human trafficking" in report
    assert "Bootstrap:" not in report, "progress bars do not belong in a report"


@pytest.mark.slow
def test_a_table_of_ones_own_takes_the_place_of_the_published_one(tmp_path):
    table = tmp_path / "own.csv"
    table.write_text("A,B,C,count\n1,0,0,60\n0,1,0,49\n0,0,1,247\n1,1,0,4\n1,0,1,112\n0,1,1,142\n1,1,1,12\n")
    own = QUICK | {"merge": [], "published_interval": [], "population": 1000}
    folder = run_study("uk-2013-prevalence", own, data={"lists": table}, out=tmp_path / "runs").folder
    estimate = estimate_of(folder)
    assert estimate.n == 626
    assert estimate.population == "not stated"
    assert str(tmp_path) not in (folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("study", "estimate", "rate"),
    [
        # the same method by the authors' software, to the digits that the notes of the studies give
        ("netherlands-prevalence", 111139, True),
        ("new-orleans-prevalence", 1184, True),
        ("western-us-prevalence", 2483, False),  # an undisclosed site has no residents to divide by
    ],
)
def test_the_other_studies_run(study, estimate, rate, tmp_path):
    folder = run_study(study, QUICK, out=tmp_path).folder
    assert estimate_of(folder).estimates.loc["population", "estimate"] == pytest.approx(estimate, abs=1)
    assert pd.read_csv(folder / "tables" / "rate.csv")["estimate"].notna().tolist() == [rate]
