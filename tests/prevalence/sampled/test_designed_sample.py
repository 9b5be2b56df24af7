"""A list that is a random sample: against survey's figures, Chapman's, and the truth."""

import numpy as np
import pandas as pd
import pytest
from pins import pinned

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, Chapman, DesignedSample, LogLinear
from ctresearch.prevalence.sampled.sample_rows import read_sample

DESIGNS = {"simple": {}, "strata": {"strata": "stratum"}, "cluster": {"strata": "stratum", "cluster": "cluster"}}


def by_formula():
    """Return the sample of the outside values, and as many people on a list outside it as make 900."""
    i = np.arange(200)
    sample = pd.DataFrame({"stratum": i // 50, "cluster": i // 5, "w": 1 + (i * 7) % 11 / 4, "survey": 1})
    sample = sample.assign(a=((i * i) % 7 < 2) * 1, b=((i * 3 + i // 9) % 8 < 2) * 1)
    missed = 900 - int(sample[["a", "b"]].any(axis=1).sum())
    return pd.concat([sample, pd.DataFrame({"survey": 0, "a": 1, "b": 0}, index=range(missed))], ignore_index=True)


@pytest.mark.parametrize("name", DESIGNS)
def test_it_gives_the_ratio_of_survey_and_its_error(name):
    outside, frame = pinned("flows")["sample"][name], by_formula()
    options = {"lists": ["a", "b"], "sample": "survey", "weight": "w", **DESIGNS[name]}
    row = DesignedSample(version="petersen", **options).fit(frame).estimates.loc["population"]
    # without clusters the sampled share of the lists' people is taken off, which survey was not told
    off = np.sqrt(1 - 117 / 900) if name != "cluster" else 1.0
    assert row["estimate"] == pytest.approx(outside["population"], rel=1e-10)
    assert row["std_error"] == pytest.approx(outside["std_error"] * off, rel=1e-8)


@pytest.mark.parametrize("name", DESIGNS)
def test_totals_are_those_of_survey(name):
    outside, frame = pinned("flows")["sample"][name], by_formula()
    read = read_sample(frame, ["a", "b"], "survey", weight="w", **DESIGNS[name])
    off = read.weight * ~read.on_any[read.sampled]
    assert off.sum() == pytest.approx(outside["off"], rel=1e-12)
    assert np.sqrt(read.spread(off)) == pytest.approx(outside["off_std_error"], rel=1e-9)
    options = {"lists": ["a", "b"], "sample": "survey", "weight": "w", **DESIGNS[name]}
    result = DesignedSample(version="frame", **options).fit(frame)
    assert result.estimates.loc["population", "estimate"] == pytest.approx(900 + outside["off"], rel=1e-12)


def test_with_one_list_it_is_chapmans_estimate_and_lincoln_and_petersens():
    frame = pd.DataFrame({"police": [1] * 80 + [0] * 40, "survey": [0] * 60 + [1] * 60})
    two = CaptureHistories.from_records(frame, ["police", "survey"])
    found = DesignedSample(lists=["police"], sample="survey").fit(frame).estimates
    assert found[["estimate", "std_error"]].to_numpy() == pytest.approx(
        Chapman().fit(two).estimates[["estimate", "std_error"]].to_numpy(), rel=1e-12
    )
    plain = DesignedSample(lists=["police"], sample="survey", version="petersen").fit(frame)
    assert plain.estimates.loc["population", "estimate"] == pytest.approx(80 * 60 / 20, rel=1e-12)
    # Petersen's variance, by the n / (n - 1) that a design puts on it
    expected = np.sqrt(80 * 60 * 60 * 40 / 20**3 * 60 / 59)
    assert plain.estimates.loc["population", "std_error"] == pytest.approx(expected, rel=1e-12)


def test_it_is_the_log_linear_model_that_leaves_the_lists_free():
    rng = np.random.default_rng(4)
    on = rng.random((3000, 3)) < (0.3, 0.2, 0.15)
    on[:, 1] |= on[:, 0] & (rng.random(3000) < 0.5)
    frame = pd.DataFrame(on * 1, columns=["a", "b", "survey"])
    frame = frame[frame.any(axis=1)]
    free = LogLinear("fixed", model="[12,3]").fit(CaptureHistories.from_records(frame, ["a", "b", "survey"]))
    found = DesignedSample(lists=["a", "b"], sample="survey", version="petersen").fit(frame)
    assert found.estimates.loc["population", "estimate"] == pytest.approx(
        free.estimates.loc["population", "estimate"], rel=1e-9
    )


def test_weights_up_to_a_factor_leave_the_estimate_where_it_is():
    frame = by_formula()
    options = {"lists": ["a", "b"], "sample": "survey", "weight": "w", "strata": "stratum", "cluster": "cluster"}
    one, other = (DesignedSample(**options).fit(frame.assign(w=frame["w"] * factor)).estimates for factor in (1, 7))
    assert one.drop(columns="unit").to_numpy() == pytest.approx(other.drop(columns="unit").to_numpy(), rel=1e-10)


@pytest.mark.slow
def test_it_holds_the_truth_where_lists_reach_different_people():
    held = np.zeros(2)
    for seed in range(40):
        rng = np.random.default_rng(seed)
        hidden = rng.random(3000)
        frame = pd.DataFrame(
            {"a": hidden < rng.random(3000) * 0.6, "b": hidden < rng.random(3000) * 0.6, "survey": False}
        )
        frame.loc[rng.choice(3000, 200, replace=False), "survey"] = True
        frame = frame[frame.any(axis=1)] * 1
        both = CaptureHistories.from_records(frame[frame[["a", "b"]].any(axis=1)], ["a", "b"])
        for place, result in enumerate(
            (DesignedSample(lists=["a", "b"], sample="survey").fit(frame), Chapman().fit(both))
        ):
            row = result.estimates.loc["population"]
            held[place] += row["ci_low"] <= 3000 <= row["ci_high"]
    assert held[0] >= 34  # at .95 forty draws hold fewer than 34 times once in a hundred
    assert held[1] == 0


def test_a_survey_through_one_of_the_lists_is_seen():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.random(4000) < 0.3, "b": rng.random(4000) < 0.3})
    frame["survey"] = rng.random(4000) < np.where(frame["a"], 0.3, 0.1)
    frame = frame[frame.any(axis=1)] * 1
    checks = {c.name: c for c in DesignedSample(lists=["a", "b"], sample="survey").fit(frame).checks}
    assert checks["met alike"].status == "review"
    assert checks["met alike"].numbers["largest"] > 3
    weights = frame.assign(w=5.0)
    options = {"lists": ["a", "b"], "sample": "survey", "weight": "w", "version": "frame"}
    assert {c.name: c.status for c in DesignedSample(**options).fit(weights).checks}["weights"] == "review"


def test_few_people_on_one_side_are_for_review():
    frame = pd.DataFrame({"a": [1] * 60 + [0] * 30, "survey": [0] * 55 + [1] * 35})
    assert {c.name: c.status for c in DesignedSample(lists=["a"], sample="survey").fit(frame).checks}[
        "sample"
    ] == "review"


def test_samples_that_tell_nothing_are_refused():
    frame = pd.DataFrame({"a": [1] * 60 + [0] * 30, "survey": [0] * 60 + [1] * 30, "s": 0, "c": 1})
    with pytest.raises(DataError, match="none of the 30 people"):
        DesignedSample(lists=["a"], sample="survey").fit(frame)
    with pytest.raises(FitError, match="all 90 people"):
        DesignedSample(lists=["a"], sample="survey").fit(frame.assign(a=1, survey=1))
    with pytest.raises(DataError, match="hold one cluster"):
        DesignedSample(lists=["a"], sample="survey", cluster="c").fit(frame.assign(survey=1))
    with pytest.raises(SpecificationError, match="needs weight="):
        DesignedSample(lists=["a"], sample="survey", version="frame")
    with pytest.raises(SpecificationError, match="is one of the lists"):
        DesignedSample(lists=["a"], sample="a")
