"""Scores of the Reintegration Sustainability Survey: by hand, reversed answers, gaps, and schemes that are none."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import CtResearchError, DataError, SpecificationError
from ctresearch.data import load, plan_file, reintegration_scores
from ctresearch.programmes import FollowUp, score_changes

SCHEME = pd.DataFrame(
    [
        ("q1", "economic", 1, 5, 2.0),
        ("q2", "economic", 5, 1, 1.0),
        ("q3", "social", 0, 1, 1.0),
        ("q4", "psychosocial", 1, 4, 4.0),
    ],
    columns=["question", "dimension", "lowest", "highest", "weight"],
)
ANSWERS = pd.DataFrame({"q1": [5, 3, None], "q2": [5, 1, 2], "q3": [1, 0, 1], "q4": [4, 1, 2]}, index=[7, 8, 9])
NAMED = {"source": "an invented scheme"}


def test_scores_are_those_by_hand():
    found = reintegration_scores(ANSWERS, SCHEME, **NAMED)
    assert found.index.tolist() == [7, 8, 9]
    assert found["economic"].tolist()[:2] == pytest.approx([2 / 3, 2 / 3], abs=1e-15)  # one rounding of a division
    assert found["social"].tolist() == [1, 0, 1]
    assert found["psychosocial"].tolist() == pytest.approx([1, 0, 1 / 3], abs=1e-15)
    by_hand = (3 * 2 / 3 + 1 * 1 + 4 * 1) / 8
    assert found.loc[7, "composite"] == pytest.approx(by_hand, abs=1e-15)
    assert np.isnan(found.loc[9, ["economic", "composite"]].to_numpy(dtype=float)).all()
    assert found.attrs["source"] == "an invented scheme"


def test_a_share_of_the_weight_may_be_enough():
    found = reintegration_scores(ANSWERS, SCHEME, answered=1 / 3, **NAMED)
    assert found.loc[9, "economic"] == 0.75  # the one question that was answered stands for both
    assert np.isnan(reintegration_scores(ANSWERS, SCHEME, answered=0.34, **NAMED).loc[9, "economic"])


def test_the_weights_of_the_composite_are_those_given():
    equal = dict.fromkeys(("economic", "social", "psychosocial"), 2.0)
    found = reintegration_scores(ANSWERS, SCHEME, composite=equal, **NAMED)
    assert found.loc[8, "composite"] == pytest.approx(2 / 9, abs=1e-15)


@pytest.mark.parametrize(
    ("change", "options", "says"),
    [
        ({}, {"source": " "}, "source names nothing"),
        ({}, {"answered": 0}, "answered == 0, must be above 0"),
        ({}, {"answered": 1.5}, "answered == 1.5"),
        ({}, {"composite": {"economic": 1.0}}, "must give a weight of at least 0 to each of economic, social"),
        ({"weight": 0.0}, {}, "lowest, highest and a weight above 0"),
        ({"dimension": "political"}, {}, "must be one of economic, social, psychosocial"),
        ({"question": "q1"}, {}, "each question once"),
        ({"lowest": 3, "highest": 3}, {}, "are one, must be"),
    ],
)
def test_what_is_no_scheme_is_refused(change, options, says):
    with pytest.raises(CtResearchError, match=says):
        reintegration_scores(ANSWERS, SCHEME.assign(**change), **(NAMED | options))


def test_answers_out_of_range_are_told_by_their_row():
    with pytest.raises(
        DataError, match=r"column 'q1': 1 of 3 cells is a number \(row 2\), must be numbers from 1 to 5"
    ):
        reintegration_scores(ANSWERS.assign(q1=[5, 6, None]), SCHEME, **NAMED)
    with pytest.raises(SpecificationError, match="weight"):
        reintegration_scores(ANSWERS, SCHEME.drop(columns="weight"), **NAMED)


def test_a_file_of_scores_is_known_and_loaded(tmp_path):
    path = tmp_path / "rss.csv"
    path.write_text("case_id;survey_wave;interview_date;economic_score;social_score\na;1;2020-01-31;0,5;0,25\n")
    assert plan_file(path).shape == "reintegration"
    loaded = load(path, "reintegration")
    assert loaded.report.ok
    assert loaded.frame[["person", "economic"]].to_numpy().tolist() == [["a", 0.5]]


def test_those_lost_to_sight_stay_in_the_table_and_are_bounded():
    rng = np.random.default_rng(4)
    n = 400
    arm, start = rng.integers(0, 2, n), rng.uniform(0.2, 0.6, n)
    first = pd.DataFrame({"id": range(n), "wave": "before", "composite": start, "arm": arm})
    seen = rng.random(n) < 0.8
    second = first.assign(wave="after", composite=start + 0.1 + 0.2 * arm)[seen]
    table = score_changes(
        pd.concat([first, second]), person="id", wave="wave", score="composite", first="before", last="after",
        keep=["arm"],
    )  # fmt: skip
    assert len(table) == n
    assert table["change"].isna().sum() == (~seen).sum()
    assert table["change"].dropna().to_numpy() == pytest.approx((0.1 + 0.2 * arm)[seen], abs=1e-12)  # of a difference
    options = {"outcome": "change", "treatment": "arm", "covariates": ["before"], "low": -1, "high": 1, "age": None}
    found = FollowUp(**options, bootstrap=50).fit(table)
    assert found.estimates.loc["effect_observed", "estimate"].item() == pytest.approx(0.2, abs=1e-9)  # no noise
    bounds = found.bounds.set_index("kind").loc["worst_case"]
    assert bounds["low"] < 0.2 < bounds["high"]


def test_waves_that_cannot_be_compared_are_refused():
    table = pd.DataFrame({"id": ["a", "a", "b"], "wave": ["1", "1", "2"], "s": [1.0, 2.0, 3.0]})
    options = {"person": "id", "wave": "wave", "score": "s", "first": "1", "last": "2"}
    with pytest.raises(DataError, match="rows 2 repeat a person within one wave"):
        score_changes(table, **options)
    with pytest.raises(DataError, match="last == '3' is no wave"):
        score_changes(table, **(options | {"last": "3"}))
    with pytest.raises(DataError, match=r"column 's': 1 of 2 cells is text \(row 2\)"):
        score_changes(table.iloc[1:].assign(s=[1.0, "Rosa"]), **options)
    with pytest.raises(DataError, match="nobody has a score"):
        score_changes(table.iloc[1:].assign(s=[None, 3.0]), **options)
    with pytest.raises(DataError, match="missing in rows 2"):
        score_changes(table.assign(id=["a", None, "b"]), **options)
