"""Columns that give the outcome or the treatment exactly, and arms without events: refused by name, never estimated."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.causes import (
    DoublyRobustEffect,
    ExtremeBounds,
    InverseProbability,
    Mediation,
    NearestNeighbour,
    OrderedLogit,
    OutcomeRegression,
    PrevalenceRatio,
    RiskModel,
    selection_weights,
)
from ctresearch.core import DataError, FitError

KINDS = [OutcomeRegression, InverseProbability, DoublyRobustEffect, NearestNeighbour]


def people(n=400):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"x": rng.normal(size=n), "t": rng.integers(0, 2, n), "part": rng.normal(size=n)})
    frame["y"] = 2 * frame["x"] + frame["t"] + rng.normal(size=n)
    frame["m"] = frame["t"] + rng.normal(size=n)
    frame["hurt"] = (frame["y"] > 0.5).astype(int)
    frame["scale"] = np.digitize(frame["y"], [0, 2])
    return frame.assign(other=lambda d: d["y"] - d["part"])


def fits(copy, outcome):
    """Every estimator of the room with one more covariate."""
    for kind in KINDS:
        yield kind(treatment="t", outcome=outcome, covariates=["x", copy])
    yield Mediation(treatment="t", mediator="m", outcome=outcome, covariates=["x", copy])
    yield ExtremeBounds(outcome=outcome, candidates=["x", "t", copy], size=1)


@pytest.mark.parametrize("near", [0.0, 1e-7])
def test_a_copy_of_the_outcome_is_refused_by_name_in_every_estimator(near):
    frame = people()
    rng = np.random.default_rng(4)
    frame["y2"] = 2 * frame["y"] + 3 + near * rng.normal(size=len(frame))
    for one in fits("y2", "y"):
        with pytest.raises(DataError, match="'y2' is a copy of the outcome 'y'"):
            one.fit(frame)
    frame = frame.assign(safe=1 - frame["hurt"], twice=2 * frame["scale"])
    for one, name in (
        (PrevalenceRatio(outcome="hurt", covariates=["t", "safe"]), "safe"),
        (OrderedLogit(outcome="scale", covariates=["t", "twice"]), "twice"),
        (RiskModel(outcome="hurt", predictors=["x", "safe"]), "safe"),
        (OutcomeRegression(treatment="t", outcome="hurt", covariates=["safe"], family="logistic"), "safe"),
    ):
        with pytest.raises(DataError, match=f"'{name}' is a copy of the outcome"):
            one.fit(frame)
    with pytest.raises(DataError, match="'safe' is a copy of the selected 'hurt'"):
        selection_weights(frame, selected="hurt", covariates=["x", "safe"])


def test_parts_that_add_up_to_the_outcome_are_refused():
    for kind in KINDS:
        with pytest.raises(DataError, match="'x', 'part', 'other' together give the outcome 'y' exactly"):
            kind(treatment="t", outcome="y", covariates=["x", "part", "other"]).fit(people())


def test_a_copy_of_the_treatment_is_refused_by_name():
    frame = people().assign(arm=lambda d: np.where(d["t"] == 1, "helped", "not"))
    for one in list(fits("arm", "y"))[:-1]:
        with pytest.raises(DataError, match="'arm' is a copy of the treatment 't'"):
            one.fit(frame)
    with pytest.raises(DataError, match="'t' is a copy of the outcome 'y'"):
        OutcomeRegression(treatment="t", outcome="y", covariates=["x"]).fit(frame.assign(y=5 - 3 * frame["t"]))
    with pytest.raises(DataError, match="copy of the mediator 'm'"):
        Mediation(treatment="t", mediator="m", outcome="y", covariates=["x"]).fit(frame.assign(m=3 * frame["t"]))


def test_a_regression_that_leaves_nothing_over_has_no_limits():
    frame = people().assign(y=lambda d: d["x"] + 3 * d["t"])
    for kind in (OutcomeRegression, DoublyRobustEffect):
        with pytest.raises((DataError, FitError), match=r"give .*'y' exactly"):
            kind(treatment="t", outcome="y", covariates=["x"]).fit(frame)
    with pytest.raises((DataError, FitError), match="exactly"):
        Mediation(treatment="t", mediator="m", outcome="y", covariates=["x"]).fit(frame)


def test_a_close_fit_is_still_an_estimate():
    rng = np.random.default_rng(5)
    frame = people().assign(y=lambda d: d["x"] + 3 * d["t"] + 1e-3 * rng.normal(size=len(d)))
    row = OutcomeRegression(treatment="t", outcome="y", covariates=["x"]).fit(frame).estimates.loc["effect"]
    assert row["ci_low"] < 3 < row["ci_high"]
    assert row["std_error"] == pytest.approx(1e-4, rel=0.1)  # 2 * 1e-3 / sqrt(400)


@pytest.mark.parametrize("kind", [InverseProbability, NearestNeighbour, OutcomeRegression, DoublyRobustEffect])
@pytest.mark.parametrize("events", [0, 1])
def test_an_arm_in_which_all_or_none_have_the_outcome_is_refused_by_every_estimator(kind, events):
    random = np.random.default_rng(3)
    x = random.normal(size=400)
    t = (random.random(400) < 1 / (1 + np.exp(-x))).astype(int)
    frame = pd.DataFrame({"x": x, "t": t, "y": np.where(t == 1, x > 0, bool(events)).astype(int)})
    with pytest.raises(FitError, match=r"untreated rows have the outcome 'y'.*penalised='firth'"):
        kind(treatment="t", outcome="y", covariates=["x"]).fit(frame)


@pytest.mark.parametrize("kind", [InverseProbability, NearestNeighbour, OutcomeRegression, DoublyRobustEffect])
def test_a_covariate_made_of_outcome_and_treatment_is_refused_by_every_estimator(kind):
    random = np.random.default_rng(4)
    t = random.integers(0, 2, 300)
    y = random.normal(size=300)
    frame = pd.DataFrame({"t": t, "y": y, "z": y - t, "x": random.normal(size=300)})
    with pytest.raises(DataError, match="'z', 'x', 't' together give the outcome 'y' exactly"):
        kind(treatment="t", outcome="y", covariates=["z", "x"]).fit(frame)
